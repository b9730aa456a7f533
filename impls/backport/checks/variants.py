"""The whole suite on the backport built in another way, for checks that are not about verdicts.

Host code, Python 3.10 or newer; run from the top folder of the clone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
TOP = SOURCE.parent.parent

_GRAFT = """\
backward_reference = "stock-py{version}"
set_up = ["import _tls_bootstrap", "_tls_bootstrap.monkeypatch_ssl()"]

[[unsupported]]
member = "PROTOCOL_TLS_CLIENT"
reason = "The stock constructor refuses it."

[[unsupported]]
member = "PROTOCOL_TLS_SERVER"
reason = "The stock constructor refuses it."
"""


def describe(
    folder: Path,
    name: str,
    flags: Mapping[str, str],
    environment: Mapping[str, str],
    build_base: str = "{temporary}",
) -> list[Path]:
    """Write the implementations, direct and grafted, of a build with these compiler flags."""
    command = ["env", *(f"{key}={value}" for key, value in flags.items())]
    command += ["{python}", "setup.py", "build"]
    command += ["--build-base", build_base, "--build-lib", "{output}"]
    files = []
    for kind, ways in (("backport", 'module = "_tls_bootstrap"\n'), ("monkeypatched", _GRAFT)):
        text = f"""\
id = "{name}-{kind}-py{{version}}"
describe = "The {kind} module, built with {flags.get("CFLAGS", "other flags")}"
role = "candidate"
interpreter = "cpython 2.7"
operation_timeout = 120
{ways}
[build]
source = {json.dumps(str(SOURCE))}
command = {json.dumps(command)}

[environment]
"""
        text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in environment.items())
        files.append(folder / f"{name}-{kind}.toml")
        files[-1].write_text(text, "utf-8")
    return files


def run(files: Sequence[Path], results: Path, arguments: Sequence[str]) -> list[str]:
    """Ask every scenario of them; whoever died, hung or did not start, as sentences.

    Verdicts are another run's business: here only what kills an implementation counts.
    """
    results.unlink(missing_ok=True)  # what an earlier run left would pass for this one's
    chosen = [word for file in files for word in ("--implementation", str(file))]
    command = [sys.executable, "-m", "pytest", "conformance", "-q", "-n", "auto"]
    command += ["--tb=no", "--results", str(results), *chosen, *arguments]
    with open(results.with_suffix(".log"), "wb") as log:
        status = subprocess.run(command, cwd=TOP, stdout=log, stderr=log).returncode
    if not results.exists():
        end = results.with_suffix(".log").read_text("utf-8", "replace").splitlines()[-20:]
        return [f"pytest ended with exit status {status} and without results:", *end]
    if status not in (0, 1):
        return [f"pytest ended with exit status {status}: the run was not finished"]
    found = json.loads(results.read_text("utf-8"))
    if not found["complete"]:
        return ["the run is not complete: some scenarios have no verdict"]
    return [
        f"{pair['verdict']} {pair['scenario']} on {pair['implementation']}"
        for pair in found["pairs"]
        if pair["verdict"] in ("CRASH", "HANG", "MISSING", "ERROR")
    ]
