"""Clients and servers that meet: who meets whom, and what of it makes a run red."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.judge.verdict import Judgement, Verdict
from conformance.report.results import Results
from conformance.run.ids import test_id as id_of
from conformance.run.plan import Target
from impls.host.declarations import Unsupported
from tests.support.agents import implementation
from tests.unit.test_plan import BACKPORT, CLAIM, OLD, PATCHED, REFERENCE, STOCK, plan, sing

EVERYONE = [REFERENCE, BACKPORT, PATCHED, OLD]


def test_who_has_no_bios_meets_nobody() -> None:
    absent = Unsupported("It is new.", "SSLContext.wrap_bio")
    made = plan(None, implementation("bare", unsupported=(absent,)))
    met = {tuple(one.id for one in target.implementations) for target in made.interop_targets}
    assert met == {(one.id, other.id) for one in EVERYONE for other in EVERYONE}
    assert STOCK.id not in {name for names in met for name in names}


@pytest.mark.parametrize("scenario", ["interop/t.py::test", "interop/t.py::test[TLSv1.2-first]"])
def test_a_test_id_is_taken_apart_and_put_together(scenario: str) -> None:
    made = plan()
    for one in made.interop_targets:
        whole = id_of(scenario, one.id)
        assert made.split(whole) == (scenario, one)
        assert made.knows(whole), "xdist's workers name what they collected by that"


def judged(one: Target, verdict: Verdict = "same") -> dict[str, Any]:
    client, server = (each.id for each in one.implementations)
    found = Judgement(TALKED, client, "forward", "candidate", verdict, server=server)
    return found.to_plain()


TALKED = "interop/t.py::test"


def test_what_was_planned_and_never_judged_is_red() -> None:
    made = plan()
    results = Results(made)
    first, second = made.interop_targets[:2]
    results.plan_tests(id_of(TALKED, one.id) for one in (first, second))
    results.add(judged(first), CLAIM)
    results.finish()
    assert not results.complete
    assert not results.passed
    assert any("has no verdict" in problem for problem in results.problems)


def test_what_was_not_planned_or_judged_twice_is_told() -> None:
    made = plan()
    first, second = made.interop_targets[:2]
    results = Results(made, whole=False)
    results.plan_tests([id_of(TALKED, first.id)])
    for one in (first, first, second):
        results.add(judged(one), CLAIM)
    sing(results)
    results.finish()
    assert [problem.rpartition("]")[2] for problem in results.problems] == [
        " was judged twice.",
        " has a verdict and was not planned.",
    ]
    assert not results.complete


@pytest.mark.parametrize(("verdict", "green"), [("same", True), ("ERROR", False)])
def test_one_that_fails_fails_all(verdict: Verdict, green: bool) -> None:
    made = plan()
    first, second = made.interop_targets[:2]
    results = Results(made, whole=False)
    results.plan_tests(id_of(TALKED, one.id) for one in (first, second))
    results.add(judged(first), CLAIM)
    results.add(judged(second, verdict), CLAIM)
    sing(results)
    results.finish()
    assert results.complete
    assert results.passed is green
