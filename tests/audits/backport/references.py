"""`tox -e audit-references`: nothing keeps a reference that it should have given back.

usage: python -m tests.audits references

Exit status 0 means that the sum of all reference counts does not grow over 1,000 repetitions of
every kind of operation, in one run; 77 that no interpreter which counts them can be made here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import certs
from impls.host import interpreters
from impls.host.declarations import agent_environment
from impls.host.selection import assemble, built
from tests.audits.backport import debug_python
from tests.audits.result import Result, Table, fail_on, fresh_folder, not_possible, publish

REPETITIONS = 1000
SLACK = 100
"""References that may stay in all: caches of the interpreter fill up. A leak leaves 1,000."""


def grown(counts: dict[str, int]) -> list[str]:
    """Sentences about the kinds of operations that leave references behind."""
    return [
        f"{kind}: {count} references more after {REPETITIONS} repetitions."
        for kind, count in counts.items()
        if count > SLACK
    ]


def main() -> None:
    folder = fresh_folder("references")
    try:
        python = debug_python.executable()
    except debug_python.NoDebugPython as error:
        not_possible(error)
    certs.mint(folder / "certificates")
    _, selection = assemble(["backport-py2.7"], interpreter=[python])
    backport = built(selection.implementations[0])
    program = Path(__file__).with_name("references_in_python27.py")
    command = [str(python), str(program), backport.path[0], str(folder / "certificates")]
    answer = subprocess.run(
        [*command, str(REPETITIONS)],
        env=agent_environment(backport),
        stdout=subprocess.PIPE,
        text=True,
    )
    if answer.returncode != 0:
        sys.exit(f"The program that repeats operations ended with status {answer.returncode}.")
    # A --with-pydebug interpreter prints its count of references at its end, on stderr.
    counts = json.loads(answer.stdout.splitlines()[0])
    fail_on(grown(counts))
    sentence = (
        f"`sys.gettotalrefcount()` stayed flat over {REPETITIONS:,} repetitions of each of "
        f"{len(counts)} kinds of operations, in one run on {interpreters.probe(python)}, built "
        f"`{' '.join(debug_python.OPTIONS[:2])}` from Debian's source."
    )
    rows = tuple((kind, str(counts[kind])) for kind in sorted(counts))
    table = Table(
        f"References more after {REPETITIONS:,} repetitions", ("operation", "references"), rows
    )
    numbers = {"kinds of operations": len(counts), "repetitions": REPETITIONS}
    publish("references", Result(sentence, numbers, (), [table]))


if __name__ == "__main__":
    main()
