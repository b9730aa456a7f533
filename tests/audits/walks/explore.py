"""`tox -e audit-walks`: random walks through ssl, on the reference and on a candidate.

usage: python -m tests.audits walks [--walks N] [--first SEED] [--seconds N] [--processes N]
                                    [--implementation ID]

Each walk of each kind (Bytes, Sockets, Functions) is made up from its seed alone, so that what one
found is found again. Tells each kind of divergence once, with the operations before it. Exit status
0 means that there is none; what a reviewed file in conformance/divergences/ says, wherever it says
it, counts as none. Walks that the reference itself does not walk twice alike are left out and
counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import certs
from conformance.explain.failure import explain_first, explain_pins
from conformance.explain.recording import Recording
from conformance.judge import known
from conformance.judge.compare import compare, fingerprint
from conformance.judge.verdict import Divergence
from conformance.run.runner import Run, Runner, Scenario
from conformance.transcript.certificate_names import names_of
from conformance.transcript.render import render_outcome
from impls.host.declarations import Implementation
from impls.host.process import AgentFailure
from impls.host.selection import assemble, built
from tests.audits.result import TOP, Result, fail_on, publish
from tests.audits.walks.walks import WALKS, Walk
from tests.support.forks import forked
from tests.support.liars import is_of_the_wrapper

WALKED = 1000
"""Walks of each kind where nobody says how many."""
BATCH = 25
"""Walks between two looks at the clock."""


@dataclass(frozen=True)
class Found:
    """What one walk came to."""

    walk: str
    """Its kind and seed: "Bytes 12"."""
    kind: tuple[str, ...] = ()
    """What is the same in all walks that find the same; empty where nothing was found."""
    story: str = ""
    wavers: bool = False
    """Whether the reference differs from itself."""


@dataclass(frozen=True)
class Parties:
    reference: Implementation
    candidate: Implementation
    reviewed: frozenset[str]
    """Fingerprints of known divergences."""
    wrapped: bool = False
    """Whether the candidate is a liar: see is_of_the_wrapper()."""


def walked(kind: type[Walk], seed: int, catalogue: certs.Catalogue) -> Scenario:
    """The walk of this kind and seed, as a scenario."""

    def function(ssl: object, native: object, certificates: object) -> None:
        kind(seed, ssl, native, certificates).go()

    arguments = {"ssl": None, "native": None, "certificates": catalogue}
    return Scenario(f"{kind.__name__} {seed}", function, arguments)


def judged(runner: Runner, scenario: Scenario, parties: Parties) -> Found:
    """Ask the reference and the candidate, and say what the candidate does differently."""
    name = scenario.id
    try:
        ours = runner.run(scenario, parties.reference)
        theirs = runner.run(scenario, parties.candidate)
    except AgentFailure as failure:
        return Found(name, (str(failure),), str(failure))
    for who, run in ((parties.reference, ours), (parties.candidate, theirs)):
        problem = run.error or (run.stopped if run is ours else None)
        if run.lost is not None:
            problem = f"{run.lost.call}: {render_outcome(run.lost)}"
        if problem is not None:
            return Found(name, (who.id, problem), f"{name}, {who.id}: {problem}")
    new = [
        found
        for one in compare(ours.transcript, theirs.transcript).differences
        for found in [Divergence.of(one)]
        if found.fingerprint not in parties.reviewed
        and not (parties.wrapped and is_of_the_wrapper(found, theirs.transcript))
    ]
    if not new:
        return Found(name)
    again = runner.run_again(scenario, parties.reference)
    if compare(ours.transcript, again.transcript).differences:
        return Found(name, wavers=True)
    first = new[0]
    kind = (first.member, first.field, *first.pinned[2:])
    return Found(name, kind, told(name, first, parties, ours, theirs))


def told(name: str, first: Divergence, parties: Parties, ours: Run, theirs: Run) -> str:
    sides = (
        Recording(parties.reference.id, ours),
        Recording(parties.candidate.id, theirs),
    )
    pins = explain_pins([first], name, parties.candidate.id, "forward")
    return "\n".join([f"{name}:", *explain_first(first, *sides), *pins])


def parties_of(name: str) -> Parties:
    """Whom to ask: the newest standard library, and the implementation of this id, built."""
    _, selection = assemble([name])
    candidates = [one for one in selection.implementations if one != selection.reference]
    if len(candidates) != 1:
        told = selection.missing[0].reason if selection.missing else f"{name} names not just one."
        sys.exit(told)
    files = known.load(TOP / "conformance" / "divergences")
    reviewed = frozenset(fingerprint(one.fingerprint) for one in files)
    return Parties(built(selection.reference), built(candidates[0]), reviewed)


def explored(
    batch: Sequence[tuple[type[Walk], int]], catalogue: certs.Catalogue, parties: Parties
) -> list[Found]:
    runner = Runner(names_of(catalogue))
    try:
        return [judged(runner, walked(kind, seed, catalogue), parties) for kind, seed in batch]
    finally:
        runner.close()


def batches(first: int, walks: int) -> Iterator[list[tuple[type[Walk], int]]]:
    """All kinds of walks in turn, a few at a time."""
    for start in range(first, first + walks, BATCH):
        for kind in WALKS:
            seeds = range(start, min(start + BATCH, first + walks))
            yield [(kind, seed) for seed in seeds]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits walks")
    parser.add_argument("--walks", type=int, default=WALKED, help="of each kind")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--implementation", default="backport-*")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    parties = parties_of(options.implementation)
    walks = wavering = 0
    seen: dict[tuple[str, ...], int] = {}
    with tempfile.TemporaryDirectory() as folder:
        certs.mint(Path(folder))
        catalogue = certs.load(Path(folder))

        every = list(batches(options.first, options.walks))

        def explore(job: int) -> list[Found]:
            late = time.monotonic() > deadline
            return [] if late else explored(every[job], catalogue, parties)

        for _, results in forked(explore, len(every), options.processes):
            walks += len(results)
            wavering += sum(one.wavers for one in results)
            for one in results:
                if one.kind and one.kind not in seen:
                    print(f"{one.story}\n", flush=True)
                if one.kind:
                    seen[one.kind] = seen.get(one.kind, 0) + 1
    if not walks:
        sys.exit("There was no time for a single walk.")
    if seen:
        different = f"{sum(seen.values())} of {walks} walks found {len(seen)} different things."
        fail_on([different, "Each is told above, and is a scenario that is missing."])
    steady = walks - wavering
    sentence = (
        f"{steady} random walks through ssl found nothing that `{parties.candidate.id}` does and "
        f"`{parties.reference.id}` does not; {wavering} more, which the reference does not walk "
        "twice alike, were left out."
    )
    publish("walks", Result(sentence, {"walks": steady, "left out": wavering}))


if __name__ == "__main__":
    main()
