"""Every liar is caught by a scenario of its topic, and an honest one by none of all.

Each test is one topic: the reference is asked its scenarios once, the honest one too, and each
liar until the first scenario that catches it.
"""

from __future__ import annotations

import datetime
import gc

import pytest

import certs
from conformance.collection import likeliest_first, scenarios, topics
from conformance.judging import judge_pair
from conformance.minted import names_of
from conformance.runner import Runner, Scenario
from conformance.verdict import ACCEPTED, Pair
from impls import registry
from impls.liars import HONEST, Liar, implementation, liars
from impls.registry import Implementation

LEAST = 80
"""Liars that there must be, whoever deletes one."""

TODAY = datetime.date(2020, 1, 1)
"""No known divergences are taken into account, so no date matters."""

ASKED_OF_PYTHON_2 = {"graft"}
"""Topics whose scenarios are for the backward axis alone, which no Python 3 is on."""

TOPICS = [topic for topic in topics() if topic not in ASKED_OF_PYTHON_2]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> certs.Catalogue:
    return certs.mint(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def reference() -> Implementation:
    _, selection = registry.assemble(fetch=False)
    return selection.reference


def catch(
    runner: Runner, asked: list[Scenario], liar: Liar, reference: Implementation
) -> Pair | None:
    """The first judgement that catches a liar."""
    asked_one = implementation(liar, reference)
    gc.collect()
    gc.freeze()  # what is there already is not looked at again for each scenario
    for scenario in likeliest_first(asked, " ".join(liar.set_up[1:])):
        pair = judge_pair(
            runner, scenario.id, scenario, asked_one, reference, None, "forward", (), TODAY
        )
        assert pair.verdict not in ("ERROR", "MISSING"), f"{liar.name}: {scenario.id}: {pair.note}"
        if pair.verdict not in ACCEPTED:
            return pair
    return None


@pytest.mark.parametrize("topic", TOPICS)
def test_liars_are_caught_and_the_honest_one_is_not(
    topic: str,
    certificates: certs.Catalogue,
    reference: Implementation,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runner = Runner(names_of(certificates))
    asked = list(scenarios(topic, certificates))
    wanted = [liar for liar in liars() if liar.topic == topic]
    try:
        wronged = catch(runner, asked, HONEST, reference)
        caught = {liar.name: catch(runner, asked, liar, reference) for liar in wanted}
    finally:
        runner.close()
        gc.unfreeze()
    survivors = [liar for liar in wanted if caught[liar.name] is None]
    score = f"{topic}: {len(wanted) - len(survivors)} of {len(wanted)} liars caught"
    with capsys.disabled():
        print(f"\n{score} by {len(asked)} scenarios")
    assert wronged is None, f"The honest one was caught: {wronged.story}"
    assert not survivors, score + "".join(f"\n{one.name} survives: {one.lie}" for one in survivors)
    assert wanted, f"There is no liar about {topic}."


def test_there_are_liars_about_every_topic_and_no_other() -> None:
    told = liars()
    assert {liar.topic for liar in told} == set(TOPICS)
    assert len({liar.name for liar in told} | {HONEST.name}) == len(told) + 1 > LEAST
    assert len({liar.lie for liar in told}) == len(told)
