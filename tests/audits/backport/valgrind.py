"""`tox -e audit-valgrind`: the operations of references_in_python27.py under valgrind.

usage: python -m tests.audits valgrind

Exit status 0 means no error and no definite leak; nothing is suppressed. 77 means that valgrind,
or the debugging CPython 2.7 that hides no memory from it, is not here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import certs
from impls.host.declarations import agent_environment
from impls.host.selection import assemble, built
from tests.audits.backport import debug_python
from tests.audits.result import Result, fresh_folder, not_possible, publish

PROGRAM = Path(__file__).with_name("references_in_python27.py")
REPETITIONS = 2
_SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) errors? from")
_DEFINITE = re.compile(r"definitely lost: ([\d,]+) bytes")


def summary(log: str) -> tuple[int, str] | None:
    """The number of errors and the bytes definitely lost; None where valgrind did not end."""
    errors, lost = _SUMMARY.search(log), _DEFINITE.search(log)
    if errors is None:
        return None
    return int(errors[1]), lost[1] if lost else "0"


def main() -> None:
    folder = fresh_folder("valgrind")
    if shutil.which("valgrind") is None:
        not_possible("There is no valgrind: install it (Debian: valgrind).")
    try:
        python = debug_python.executable()
    except debug_python.NoDebugPython as error:
        not_possible(error)
    certificates = folder / "certificates"
    certs.mint(certificates)
    _, selection = assemble(["backport-py2.7"], interpreter=[python])
    backport = built(selection.implementations[0])
    log = folder / "valgrind.txt"
    command = ["valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite"]
    command += [f"--log-file={log}", "--error-exitcode=99"]
    command += [str(python), str(PROGRAM), backport.path[0], str(certificates), str(REPETITIONS)]
    done = subprocess.run(command, env=agent_environment(backport), stdout=subprocess.DEVNULL)
    found = summary(log.read_text("utf-8", "replace"))
    if done.returncode != 0 or found is None or found[0]:
        sys.exit(f"valgrind ended with exit status {done.returncode}; read {log}.")
    version = subprocess.check_output(["valgrind", "--version"], text=True).strip()
    sentence = (
        f"{version} reported no error and no definite leak ({found[1]} bytes) in {REPETITIONS} "
        "repetitions of every kind of operation, on a CPython 2.7 without pymalloc."
    )
    publish("valgrind", Result(sentence, {"errors": found[0], "repetitions": REPETITIONS}))


if __name__ == "__main__":
    main()
