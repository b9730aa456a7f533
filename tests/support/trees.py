"""A copy of the suite in a folder of its own, to run with scenarios and implementations of a test.

The copy has no scenarios, no known divergences, no contract and no implementations but the plain
stdlib, and its runs find no interpreter but the one these tests run in: a run takes two seconds.
"""

from __future__ import annotations

import atexit
import compileall
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

import certs
from impls.host import interpreters
from impls.host.cache import locked
from impls.host.interpreters import Interpreter
from impls.host.versions import default_suites_of, numbers
from tests.support import ready_certificates

ROOT = Path(__file__).resolve().parents[2]
HOST: Interpreter = interpreters.probe(Path(sys.executable))
"""The Python these tests run in, outside of any virtualenv."""
REFERENCE = f"stdlib-py{HOST.minor}"
PLUGINS = ("no:cacheprovider", "no:hypothesispytest", "no:_hypothesis_pytestplugin")
RUN_SECONDS = 90.0


@dataclass(frozen=True)
class Outcome:
    """What came of one run."""

    status: int
    output: str
    results: dict[str, Any] | None
    """What is in the JSON file, where there is one."""

    @property
    def written(self) -> dict[str, Any]:
        assert self.results is not None, self.output
        return self.results

    def pair(self, scenario: str, implementation: str, axis: str = "forward") -> dict[str, Any]:
        """The one pair of a scenario, by the end of its id, and an implementation."""
        found = [
            pair
            for pair in self.written["judgements"]
            if pair["scenario"].endswith(scenario)
            and (pair["implementation"], pair["axis"]) == (implementation, axis)
            and pair["server"] is None
        ]
        assert len(found) == 1, (scenario, implementation, found, self.output)
        return dict(found[0])

    def verdict(self, scenario: str, implementation: str) -> str:
        return str(self.pair(scenario, implementation)["verdict"])

    def verdicts(self) -> Counter[str]:
        return Counter(pair["verdict"] for pair in self.written["judgements"])

    def problems(self) -> str:
        return "\n".join(self.written["problems"])


@functools.cache
def template() -> Path:
    """What every copy is a copy of: the files with their bytecode, made once in each process.

    Their date is that of no file that a test writes, so that a changed file has no bytecode.
    """
    top = Path(tempfile.mkdtemp(prefix="template-"))
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    folder = top / "tree"
    ignored = shutil.ignore_patterns(
        "__pycache__", "scenarios", "divergences", "backport", "contract.toml"
    )
    for name in ("conformance", "impls", "certs"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("audits.toml", "conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(ready_certificates.__file__, folder)
    for path in (folder / "impls").glob("*.toml"):
        if path.name != "stdlib.toml":
            path.unlink()
    for path in folder.rglob("*.py"):
        os.utime(path, (0, 0))
    for name in ("scenarios", "divergences"):
        (folder / "conformance" / name).mkdir()
    (folder / "user").mkdir()
    (folder / "empty").mkdir()
    # pytest has bytecode of its own for the suite's plugin.
    subprocess.run(
        [sys.executable, "-m", "pytest", "--schema", "results", "-p", "no:cacheprovider"],
        cwd=folder,
        env=variables_in(folder) | {"PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    for name in ("conformance", "impls/host", "certs"):
        compileall.compile_dir(folder / name, quiet=1)
    return folder


@functools.cache
def ready_folder() -> Path:
    """Certificates for the runs in copies, minted once in each process."""
    top = Path(tempfile.mkdtemp(prefix="ready-"))
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    return certs.mint(top).directory


def variables_in(folder: Path) -> dict[str, str]:
    """The environment of what runs in a copy: nothing is found on this machine."""
    empty = str(folder / "empty")
    variables = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": empty,
        "HOME": empty,
        "PYENV_ROOT": empty,
        "XDG_DATA_HOME": empty,
        "UV_PYTHON_INSTALL_DIR": empty,
    }
    for name in [name for name in variables if name.startswith(("PYTEST_XDIST", "COV_"))]:
        del variables[name]
    variables.pop("PYTEST_CURRENT_TEST", None)
    variables.pop("PYTEST_ADDOPTS", None)
    return variables


class Tree:
    """One copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scenarios = folder / "conformance" / "scenarios"
        self.divergences = folder / "conformance" / "divergences"
        shutil.copytree(template(), folder, dirs_exist_ok=True)
        self.written_for(HOST.version_info[:2])

    def written_for(self, *pythons: tuple[int, int]) -> None:
        """Have the copy's claims written for these Pythons on this one's OpenSSL."""
        path = self.folder / "conformance" / "run" / "written_for.py"
        text = (ROOT / "conformance" / "run" / "written_for.py").read_text("utf-8")
        suites = default_suites_of(sysconfig.get_config_var("PY_SSL_DEFAULT_CIPHERS"))
        listed = "".join(
            f"    About({(*python, *HOST.version_info[2:3])}, {numbers(HOST.openssl)}, True, "
            f"{suites!r}),\n"
            for python in pythons
        )
        path.write_text(f"{text}\nWRITTEN_FOR = (\n{listed})\n", "utf-8")

    def copy_scenario(self, name: str) -> str:
        """A scenario file of the project, "memory_bio/test_eof.py"; returns its name."""
        path = self.scenarios / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "conformance" / "scenarios" / name, path)
        return name

    def scenario(self, name: str, text: str) -> str:
        """A scenario file "topic/test_x.py" of a test; returns its name."""
        path = self.scenarios / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return name

    def implementation(self, name: str, *, drop_in: bool = False, **keys: Any) -> str:
        """Write the TOML of an implementation, by default of this Python; return its path."""
        keys = {"describe": f"{name}, wrong on purpose", "role": "candidate", **keys}
        if "argv" not in keys:
            keys.setdefault("interpreter", str(HOST.executable))
        lines = [f"id = {json.dumps(name)}"]
        tables = []
        for key, value in keys.items():
            if key == "unsupported":
                for entry in value:
                    tables += ["[[unsupported]]", *(f"{k} = {toml(v)}" for k, v in entry.items())]
            elif isinstance(value, Mapping):
                tables += [f"[{key}]", *(f"{k} = {toml(v)}" for k, v in value.items())]
            else:
                lines.append(f"{key} = {toml(value)}")
        path = self.folder / ("impls" if drop_in else "user") / f"{name}.toml"
        path.write_text("\n".join([*lines, *tables]) + "\n", "utf-8")
        return str(path)

    def known(self, name: str, fingerprint: Sequence[str] = (), **keys: Any) -> None:
        """Write a file of one decision with one pin; what is not given is in order."""
        names = ("member", "field", "reference", "candidate")
        pin = {"scenario": "*", "implementation": "*", **dict(zip(names, fingerprint, strict=True))}
        pin |= {key: keys.pop(key) for key in ("scenario", "implementation", "axis") if key in keys}
        decision = {
            "title": "It differs",
            "reason": "A test wants it so.",
            "workaround": "None is needed.",
            "category": "deliberate",
            "decided_by": "A test",
            "tracker": "https://example.org/1",
            **keys,
        }
        lines = [f"{key} = {toml(value)}" for key, value in decision.items()]
        lines += ["[[pin]]", *(f"{key} = {toml(value)}" for key, value in pin.items())]
        (self.divergences / f"{name}.toml").write_text("\n".join(lines) + "\n", "utf-8")

    def run(
        self,
        *arguments: str,
        implementations: Sequence[str] = (),
        plugins: Sequence[str] = ("xdist",),
        environment: Mapping[str, str] | None = None,
        seconds: float = RUN_SECONDS,
        keep_results: bool = False,
        results: str | None = "results.json",
    ) -> Outcome:
        """Run pytest in the copy; only the plugins named are loaded, or not blocked.

        `keep_results`: what an earlier run wrote is there when this one begins. `results` is where
        they are written, if anywhere. A run with a TMPDIR of its own mints its certificates; all
        others have the same ones.
        """
        file = self.folder / (results or "results.json")
        if not keep_results:
            file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest"]
        command += [] if "no:terminal" in plugins else ["-rN", "--color=no"]  # it has them
        command += [] if results is None else ["--results", str(file)]
        blocked = [plugin for plugin in PLUGINS if plugin.removeprefix("no:") not in plugins]
        loaded = [plugin for plugin in plugins if f"no:{plugin}" not in PLUGINS]
        variables = variables_in(self.folder) | dict(environment or {})
        if "TMPDIR" not in (environment or {}):
            loaded.append(Path(ready_certificates.__file__).stem)
            variables[ready_certificates.FOLDER] = str(ready_folder())
        for plugin in (*blocked, *loaded):
            command += ["-p", plugin]
        for path in implementations:
            command += ["--implementation", path]
        process = subprocess.run(
            [*command, *(arguments or ("conformance",))],
            cwd=self.folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            preexec_fn=heed_interrupts,
        )
        results = json.loads(file.read_text("utf-8")) if file.exists() else None
        return Outcome(process.returncode, process.stdout.decode("utf-8", "replace"), results)


def heed_interrupts() -> None:
    """As from a terminal: a shell lets what it starts in the background ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def toml(value: object) -> str:
    """A value as TOML has it: for texts, numbers, truths, dates and lists JSON will do."""
    return str(value) if hasattr(value, "isoformat") else json.dumps(value)


def once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Outcome], worker: str
) -> Outcome:
    """The outcome of a run that several tests look at, made by the first worker that needs it."""
    common = factory.getbasetemp()
    if worker != "master":
        common = common.parent
    kept = common / f"{name}.json"
    with locked(common / f"{name}.lock"):
        if not kept.exists():
            outcome = make(factory.mktemp(name))
            kept.write_text(json.dumps(asdict(outcome)), "utf-8")
    return Outcome(**json.loads(kept.read_text("utf-8")))
