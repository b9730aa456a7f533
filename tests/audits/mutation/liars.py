"""`tox -e audit-liars`: the scenarios of their topic catch all liars (impls/liars).

usage: python -m tests.audits liars

Exit status 0 means all of them, and not the honest one. The tests of the suite ask the same.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import certs
from conformance.explain import failure
from conformance.judge.judge import Judge, Judged
from conformance.judge.verdict import ACCEPTED
from conformance.run.plan import Target
from conformance.run.runner import Runner, Scenario
from conformance.run.scenarios import about_of, likeliest_first, scenarios, topics
from conformance.run.written_for import is_known_to_hold
from conformance.transcript.certificate_names import names_of
from impls.host.declarations import Implementation
from impls.host.selection import assemble
from impls.host.versions import About
from impls.liars import HONEST, TRUE_SINCE, Liar, liars
from tests.audits.result import Result, Table, fail_on, publish
from tests.support.forks import forked
from tests.support.liars import implementation, is_of_the_wrapper

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
    runner: Runner,
    asked: Sequence[Scenario],
    liar: Liar,
    reference: Implementation,
    about: About,
) -> Judged | None:
    """The first judgement that catches a liar.

    A scenario whose claim is not known to hold on the reference, and does not, catches none.
    """
    judge = Judge(runner)
    target = Target((implementation(liar, reference),), reference)
    gc.collect()
    gc.freeze()  # what is there already is not looked at again for each scenario
    for scenario in likeliest_first(asked, " ".join(liar.set_up[1:])):
        judged = judge.judge(scenario, target)
        verdict, note = judged.judgement.verdict, judged.judgement.note
        if verdict == "ERROR" and not is_known_to_hold(about):
            continue
        if verdict in ("ERROR", "MISSING"):
            raise RuntimeError(f"{liar.name}: {scenario.id}: {note}")
        if verdict not in ACCEPTED and not is_of_the_wrapper_alone(judged):
            return judged
    return None


def is_of_the_wrapper_alone(judged: Judged) -> bool:
    """Whether all that is not accepted is the wording of the liar's own wrapper."""
    failing = [one for one in judged.judgement.divergences if not one.passed]
    if not failing or not judged.theirs:
        return False
    transcript = judged.theirs["alone"].transcript
    return all(is_of_the_wrapper(one, transcript) for one in failing)


def lies(liar: Liar, about: About) -> bool:
    """Whether a reference does not do itself what the liar does."""
    return liar.name not in TRUE_SINCE or not about.has(*TRUE_SINCE[liar.name])


def score(
    topic: str,
    certificates: certs.Catalogue,
    reference: Implementation,
    honest_everywhere: bool = True,
) -> Score:
    """Run the scenarios of a topic on each liar until one catches it, and on the honest one.

    That one gets every scenario, or only those that caught a liar.
    """
    runner = Runner(names_of(certificates))
    about = about_of(reference)
    asked = list(scenarios(topic, certificates, about))
    wanted = [liar for liar in liars() if liar.topic == topic and lies(liar, about)]
    try:
        caught = {liar: catch(runner, asked, liar, reference, about) for liar in wanted}
        free = [liar for liar, judged in caught.items() if judged is None]
        used = {judged.scenario.id for judged in caught.values() if judged is not None}
        honest = [one for one in asked if honest_everywhere or one.id in used]
        wronged = catch(runner, honest, HONEST, reference, about)
    finally:
        runner.close()
        gc.unfreeze()
    return Score(
        topic,
        len(asked),
        len(wanted),
        tuple(f"{liar.name}: {liar.lie}" for liar in free),
        None if wronged is None else failure.explain(wronged, failure.Advice(wronged.scenario.id)),
    )


def main() -> None:
    _, selection = assemble()
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
    fail_on(trouble)
    publish("liars", result_of(scores))


def result_of(scores: Sequence[Score]) -> Result:
    """What it came to where all were caught."""
    total = sum(one.liars for one in scores)
    sentence = (
        f"The scenarios of their topic catch all of {total} implementations that are wrong in one "
        "small way on purpose, and none catches the honest one, made of the same tools."
    )
    rows = tuple(
        (one.topic, str(one.liars), str(one.liars - len(one.survivors)), str(one.asked))
        for one in scores
    )
    columns = ("topic", "liars", "caught", "scenarios")
    return Result(sentence, {"liars": total}, (), [Table("Liars by topic", columns, rows)])


if __name__ == "__main__":
    main()
