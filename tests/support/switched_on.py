"""The cases of the graft: programs of 2.7 that say what holds while it is switched on and after."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from impls.host.declarations import Implementation, agent_environment

PROGRAM = Path(__file__).parents[1] / "unit" / "switched_on_in_python27.py"
CASES: list[str] = re.findall(r"^@case\ndef (\w+)\(\):", PROGRAM.read_text("utf-8"), re.MULTILINE)
"""Their names."""

SECONDS = 60.0

HOLDS = (0, "")
"""What told() returns about a case that holds."""


def told(
    patched: Implementation, certificates: Path, case: str, **environment: str
) -> tuple[int, str]:
    """The exit status of a case, and what it printed.

    `patched` is the graft, built; `certificates` a folder of them. Raises
    subprocess.TimeoutExpired.
    """
    found = subprocess.run(
        [*patched.argv, "-B", str(PROGRAM), case, str(certificates)],
        env={
            **agent_environment(patched),
            "PYTHONPATH": patched.path[0],
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    )
    return found.returncode, found.stdout.decode("utf-8", "replace")
