"""`tox -e audit-allocations`: allocations fail in handshakes, reads and whatever else.

usage: python -m tests.audits allocations [every]

Every allocation of OpenSSL fails once in the direct module's operations, and every one of the
interpreter in all of them. In the other cases (the graft; everything from the N-th allocation on;
configuring contexts) each hundredth of OpenSSL does, or, with "every", each. Exit status 0 means
that every attempt did its work or raised MemoryError or SSLError, and none left a block of
OpenSSL's allocated.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certs
from impls.host.declarations import agent_environment
from impls.host.selection import assemble, built
from tests.audits.backport import debug_python
from tests.audits.result import TOP, Result, Table, fail_on, fresh_folder, publish

PROGRAM = Path(__file__).with_name("allocations_in_python27.py")
SHIM = Path(__file__).with_name("failing_allocations.c")
SAMPLE = 100
WHOLE = ("handshake", "wrap", "read and write", "certificates", "resume", "close")
"""The operations in which every allocation fails; those of contexts mostly read files."""


Program = tuple[list[str], dict[str, str]]
"""A command and its environment."""

Told = dict[str, Any]
"""What allocations_in_python27.py says of an operation."""


@dataclass(frozen=True)
class Part:
    """Some operations of one process, and how many of their allocations fail."""

    whose: str
    step: int
    words: tuple[str, ...]


def parts(every: bool) -> list[Part]:
    """What there is to try, in pieces that can run side by side."""
    found = []
    for how, version in itertools.product(("direct", "grafted"), ("TLSv1_2", "TLSv1_3")):
        found.append(Part("Python", 1, (how, version, ", the N-th")))
        # A grafted context is configured by stock 2.7's own methods.
        operations = ("load", "configure", "settings", *WHOLE) if how == "direct" else WHOLE
        for operation, mode in itertools.product(operations, (", the N-th", "all from the N-th")):
            whole = every or (how == "direct" and operation in WHOLE and mode == ", the N-th")
            found.append(
                Part("OpenSSL", 1 if whole else SAMPLE, (f"{operation}, ", how, version, mode))
            )
    return found


def unwanted(whose: str, told: Mapping[str, Any]) -> list[str]:
    """Sentences about what no failing allocation may end in."""
    where = f"{told['operation']} ({whose}'s allocations)"
    return [
        *(
            f"{where}: {what}, {len(numbers)} times, as at {numbers[:5]}"
            for what, numbers in told["strange"].items()
        ),
        *(
            f"{where}: {blocks} blocks not freed, {len(numbers)} times, as at {numbers[:5]}"
            for blocks, numbers in told["leaks"].items()
        ),
    ]


def prepare(folder: Path) -> tuple[Path, Path]:
    """The compiled library that makes allocations fail, and the certificates."""
    shim = folder / "failing_allocations.so"
    command = [*"gcc -shared -fPIC -O2 -Wall -Wextra -Werror".split(), str(SHIM)]
    subprocess.run([*command, "-o", str(shim), "-lcrypto"], check=True)
    certificates = folder / "certificates"
    certs.mint(certificates)
    parameters = TOP / "conformance" / "scenarios" / "context" / "ffdhe2048.pem"
    shutil.copy(parameters, certificates / "dh.pem")
    return shim, certificates


def program(
    interpreter: Sequence[Path],
    shim: Path,
    certificates: Path,
    implementation: str = "backport-py2.7",
) -> Program:
    """The command, without its last words, and its environment."""
    _, selection = assemble([implementation], interpreter=interpreter)
    if selection.missing:
        sys.exit(selection.missing[0].reason)
    backport = built(selection.implementations[0])
    command = [*backport.argv, str(PROGRAM), str(shim), str(certificates), backport.path[0]]
    return command, {**agent_environment(backport), "LD_PRELOAD": str(shim)}


def attempts(
    programs: Mapping[str, Program], wanted: Sequence[Part]
) -> tuple[list[tuple[Part, list[Told]]], list[str]]:
    """What the programs, by whose allocations fail, told of each part; and what is not in order.

    Parts for which there is no program are left out.
    """

    def attempt(part: Part) -> list[Told]:
        command, environment = programs[part.whose]
        command = [*command, part.whose, str(part.step), *part.words]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{command}: exit status {done.returncode}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    possible = [part for part in wanted if part.whose in programs]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = [*zip(possible, pool.map(attempt, possible), strict=True)]
    trouble = [
        sentence
        for part, told in answers
        for each in told
        for sentence in unwanted(part.whose, each)
    ]
    return answers, trouble


def main() -> None:
    every = sys.argv[1:] == ["every"]
    folder = fresh_folder("allocations")
    shim, certificates = prepare(folder)
    programs = {"OpenSSL": program([], shim, certificates)}
    details = []
    try:
        programs["Python"] = program([debug_python.executable()], shim, certificates)
    except debug_python.NoDebugPython as error:
        details.append(f"The interpreter's own allocations were not made to fail: {error}")

    answers, trouble = attempts(programs, parts(every))
    rows = tuple(
        (
            each["operation"],
            part.whose,
            str(each["allocations"]),
            str(each["harmless"]),
            str(each["refused"]),
        )
        for part, told in answers
        for each in told
    )
    fail_on(trouble)
    tried = sum(int(row[3]) + int(row[4]) for row in rows)
    sentence = (
        f"{tried:,} attempts, each with a failing allocation of OpenSSL or of the interpreter: "
        "each did its work or raised `MemoryError` or `SSLError`; no crash, and no block of "
        "OpenSSL's left allocated."
    )
    table = Table(
        "Failing allocations",
        ("operation", "whose", "allocations", "did its work", "raised"),
        rows,
    )
    publish("allocations", Result(sentence, {"attempts": tried}, details, [table]))


if __name__ == "__main__":
    main()
