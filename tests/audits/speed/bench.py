"""`tox -e audit-bench`: how fast the backport is beside every Python 3's ssl and a bare loop in C.

usage: python -m tests.audits bench [--rounds N] [--seconds S] [--case PATTERN]
                                    [--implementation PATTERN] [--openssl SERIES]

Writes bench.md and bench.svg in report/audits/bench/. Exit status 1 means that nothing was
measured, because somebody did not do the same work as the others: the sentence says who. How fast
anyone is decides nothing.

With --openssl it is the lane of that OpenSSL, as `pytest --openssl` has it, and not the machine's
own. There the loop in C takes no part: it is linked to the machine's.

CPU time is what the ratios are of. All of the work is computation in one thread, so on a machine
with nothing else to do the two clocks agree; on a loaded one the wall's clock also runs while
others do, and the process's own does not. Everyone works on one and the same core: those of a
virtual machine may be of unequal speed, as each has its own neighbours.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from impls.host.build import BuildError
from impls.host.declarations import Implementation, RegistryError
from impls.host.interpreters import InterpreterError
from impls.host.selection import assemble, built
from tests.audits.result import Result, fresh_folder, publish
from tests.audits.speed import participants, picture
from tests.audits.speed.cases import CASES, Case, Refusal
from tests.audits.speed.rounds import Measured, measure
from tests.audits.speed.tables import markdown, ratio_table, slowest, speed_table, told

ROUNDS = 21
SECONDS = 0.06
"""About how much CPU the reference has for one batch."""


def main() -> None:
    options = parse(sys.argv[1:])
    cases = [case for case in CASES if fnmatchcase(case.name, options.case)]
    try:
        measured, reference, candidates, notes = run(cases, options)
    except (BuildError, InterpreterError, RegistryError, Refusal) as error:
        sys.exit(f"Nothing was measured: {error}")
    tables = [
        speed_table(cases, measured, "cpu"),
        ratio_table(cases, measured, candidates, reference),
        speed_table(cases, measured, "wall"),
    ]
    sentences = [*told(cases, measured, candidates, reference, options.rounds), *notes]
    folder = fresh_folder("bench")
    text = "\n\n".join(["# Speed", *sentences, *map(markdown, tables), "![](bench.svg)"]) + "\n"
    (folder / "bench.md").write_text(text, "utf-8")
    picture.draw(cases, measured, reference, folder / "bench.svg")
    print(text)
    least = {name: slowest(cases, measured, name, reference) for name in candidates}
    numbers = {
        f"{name} / {other}": ratio
        for name, found in least.items()
        for other, ratio in found.items()
    }
    told_of_all = " and ".join(
        f"`{name}` is {found[reference]:.2f} times as fast as `{reference}`"
        for name, found in least.items()
        if reference in found
    )
    sentence = f"By CPU time, in the slowest case of each, {told_of_all}."
    publish("bench", Result(sentence, numbers, sentences, tables[:2]))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.audits bench")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S")
    parser.add_argument("--case", default="*", metavar="PATTERN")
    parser.add_argument("--implementation", default="*", metavar="PATTERN")
    parser.add_argument("--openssl", metavar="SERIES")
    return parser.parse_args(arguments)


def run(
    cases: Sequence[Case], options: argparse.Namespace
) -> tuple[Measured, str, list[str], list[str]]:
    """The rates, the name of the reference, those of the candidates, and who was left out."""
    _, selection = assemble(openssl=[options.openssl] if options.openssl else ())
    reference = selection.reference
    chosen = [reference]
    notes = []
    if options.openssl:
        notes.append(f"The {participants.LIMIT} takes no part: its OpenSSL is the machine's.")
    for one in selection.implementations:
        if not (one.role == "candidate" or one.plain_stdlib):
            continue
        if not fnmatchcase(one.id, options.implementation):
            continue
        if openssl_of(one) != openssl_of(reference):
            notes.append(
                f"{one.id} was left out: it runs on {openssl_of(one)}, and {reference.id} "
                f"on {openssl_of(reference)}."
            )
            continue
        chosen.append(one)
    stay_on_one_core()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        folder = Path(made)
        directory = participants.lay_out_certificates(folder)
        starts = [partial(participants.python, built(one), directory) for one in chosen]
        if not options.openssl:
            program = participants.compile_limit(folder)
            starts.append(partial(participants.limit, program, directory))
        measured = measure(starts, cases, options.rounds, options.seconds)
    candidates = [one.id for one in chosen if one.role == "candidate"]
    return measured, reference.id, candidates, notes


def stay_on_one_core() -> None:
    """Keep this process, and all that it starts from now on, on the last core it may use."""
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def openssl_of(implementation: Implementation) -> str | None:
    assert implementation.interpreter is not None
    return implementation.interpreter.openssl


if __name__ == "__main__":
    main()
