"""What must hold while the graft is switched on and after it, each in a 2.7 process of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import certs
from impls.host.declarations import Implementation, agent_environment
from impls.host.selection import assemble, built

PROGRAM = Path(__file__).parent / "switched_on_in_python27.py"
CASES = re.findall(r"^@case\ndef (\w+)\(\):", PROGRAM.read_text("utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def patched() -> Implementation:
    _, selection = assemble(["monkeypatched-py2.7"])
    return built(selection.implementations[0])


@pytest.mark.parametrize("case", CASES)
def test_case_holds(patched: Implementation, certificates: certs.Catalogue, case: str) -> None:
    found = subprocess.run(
        [*patched.argv, "-B", str(PROGRAM), case, str(certificates.directory)],
        env={**agent_environment(patched), "PYTHONPATH": patched.path[0]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    assert (found.returncode, found.stdout.decode("utf-8", "replace")) == (0, "")
