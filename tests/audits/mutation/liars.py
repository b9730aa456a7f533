"""`tox -e liars`: how many of the liars (impls/liars) are caught by the scenarios of their topic.

usage: python -m tests.mutants.liars

Exit status 0 means all of them, and not the honest one. The tests of the suite ask the same.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import certs
from conformance.judge.judge import Judge, Judged
from conformance.judge.verdict import ACCEPTED
from conformance.plugin.explanation import explained
from conformance.report import measurements
from conformance.run.plan import Target
from conformance.run.runner import Runner, Scenario
from conformance.run.scenarios import likeliest_first, scenarios, topics
from conformance.transcript.certificate_names import names_of
from impls.host.declarations import Implementation
from impls.host.selection import assemble
from impls.liars import HONEST, Liar, implementation, liars
from tests.support.forks import forked

ASKED_OF_PYTHON_2 = {"graft"}
"""Topics whose scenarios are for the backward axis alone, which no Python 3 is on."""

TOPICS = [topic for topic in topics() if topic not in ASKED_OF_PYTHON_2]


@dataclass(frozen=True)
class Score:
    """What came of the liars about one topic."""

    topic: str
    asked: int
    """Scenarios."""
    liars: int
    survivors: tuple[str, ...]
    """Names, each with its lie."""
    wronged: str | None
    """The story of the honest one, where that was caught."""

    def __str__(self) -> str:
        caught = self.liars - len(self.survivors)
        return f"{self.topic}: {caught} of {self.liars} liars caught by {self.asked} scenarios"


def catch(
    runner: Runner, asked: Sequence[Scenario], liar: Liar, reference: Implementation
) -> Judged | None:
    """The first judgement that catches a liar."""
    judge = Judge(runner)
    target = Target((implementation(liar, reference),), reference)
    gc.collect()
    gc.freeze()  # what is there already is not looked at again for each scenario
    for scenario in likeliest_first(asked, " ".join(liar.set_up[1:])):
        judged = judge.judge(scenario, target)
        verdict, note = judged.judgement.verdict, judged.judgement.note
        if verdict in ("ERROR", "MISSING"):
            raise RuntimeError(f"{liar.name}: {scenario.id}: {note}")
        if verdict not in ACCEPTED:
            return judged
    return None


def score(topic: str, certificates: certs.Catalogue, reference: Implementation) -> Score:
    """Ask the honest one every scenario of a topic, and each liar until it is caught."""
    runner = Runner(names_of(certificates))
    asked = list(scenarios(topic, certificates))
    wanted = [liar for liar in liars() if liar.topic == topic]
    try:
        wronged = catch(runner, asked, HONEST, reference)
        free = [liar for liar in wanted if catch(runner, asked, liar, reference) is None]
    finally:
        runner.close()
        gc.unfreeze()
    return Score(
        topic,
        len(asked),
        len(wanted),
        tuple(f"{liar.name}: {liar.lie}" for liar in free),
        None if wronged is None else explained(wronged, wronged.scenario.id, None),
    )


def main() -> None:
    _, selection = assemble(fetch=False)
    with tempfile.TemporaryDirectory() as folder:
        certificates = certs.mint(Path(folder))

        def work(number: int) -> Score:
            return score(TOPICS[number], certificates, selection.reference)

        found = {}
        for number, one in forked(work, len(TOPICS), os.cpu_count() or 1):
            found[number] = one
            print(one, flush=True)
    scores = [found[number] for number in sorted(found)]
    survivors = [name for one in scores for name in one.survivors]
    trouble = [f"{name}  (it survives)" for name in survivors]
    trouble += [f"The honest one was caught: {one.wronged}" for one in scores if one.wronged]
    put_on_record(scores, survivors)
    sys.exit("\n".join(trouble) or 0)


def put_on_record(scores: Sequence[Score], survivors: Sequence[str]) -> None:
    total = sum(one.liars for one in scores)
    caught = total - len(survivors)
    sentences = [
        f"Of {total} implementations that are wrong in one small way on purpose, the scenarios of "
        f"their topic catch {caught}: {100 * caught / total:.1f} %.",
        "The honest one, made of the same tools, is caught by none."
        if not any(one.wronged for one in scores)
        else "The honest one, made of the same tools, is caught too.",
    ]
    sentences += [f"Nobody catches `{name.partition(':')[0]}`: {name}" for name in survivors]
    rows = tuple(
        (one.topic, str(one.liars), str(one.liars - len(one.survivors)), str(one.asked))
        for one in scores
    )
    columns = ("topic", "liars", "caught", "scenarios")
    table = measurements.Table("Liars by topic", columns, rows)
    sources = ["impls/liars", "conformance/scenarios"]
    measurements.record("liars", "Liars", sentences, [table], sources)


if __name__ == "__main__":
    main()
