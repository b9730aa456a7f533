"""Every liar is caught by a scenario of its topic, and the honest one by none of those.

Each test is one topic: its scenarios run on each liar until one catches it, and those that caught
one run on the honest one. All scenarios run on that in the audit `liars`.
"""

from __future__ import annotations

import pytest

import certs
from impls.host.declarations import Implementation
from impls.liars import HONEST, TRUE_SINCE, liars
from tests.audits.mutation.liars import TOPICS, score

LEAST = 80
"""Liars that there must be, whoever deletes one."""


@pytest.mark.parametrize("topic", TOPICS)
def test_liars_are_caught_and_the_honest_one_is_not(
    topic: str,
    certificates: certs.Catalogue,
    reference: Implementation,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = score(topic, certificates, reference, honest_everywhere=False)
    with capsys.disabled():
        print(f"\n{found}")
    assert found.wronged is None, f"The honest one was caught: {found.wronged}"
    assert not found.survivors, "\n".join([str(found), *found.survivors])
    assert found.liars, f"There is no liar about {topic}."


def test_there_are_liars_about_every_topic_and_no_other() -> None:
    told = liars()
    assert {liar.topic for liar in told} == set(TOPICS)
    assert len({liar.name for liar in told} | {HONEST.name}) == len(told) + 1 > LEAST
    assert len({liar.lie for liar in told}) == len(told)
    assert TRUE_SINCE.keys() <= {liar.name for liar in told}
