"""The plan and the results: every planned pair is judged once, and nothing else is."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.judge.verdict import Judgement, Verdict
from conformance.report.results import Results
from conformance.run.canaries import CANARIES
from conformance.run.claim import Claim
from conformance.run.ids import target_id
from conformance.run.ids import test_id as id_of
from conformance.run.plan import Axis, Plan, Role, Started, hint
from impls.host.declarations import Implementation
from impls.host.selection import Selection
from tests.support.agents import implementation

REFERENCE = implementation("stdlib-py3.13", role="reference")
OLD = implementation("stdlib-py3.1", role="witness")
STOCK = implementation("stock-py2.7", role="witness")
PATCHED = implementation("monkeypatched-py2.7", backward_reference="stock-py2.7")
BACKPORT = implementation("backport-py2.7")
ONE, TWO = "a/test_a.py::test_one", "b/test_b.py::test_two[TLSv1.2-client]"
SONG = "canaries.py::test_canary"
CLAIM = {"text": "It is so.", "anchor": "library/ssl.html"}


def plan(missing: Mapping[str, Role] | None = None, *extra: Implementation) -> Plan:
    everyone = (BACKPORT, PATCHED, OLD, *extra)
    started = {one.id: Started("3.13.0", "CPython", "OpenSSL") for one in (REFERENCE, *everyone)}
    describe = {one.id: ("What it is", one.role) for one in (REFERENCE, *everyone)}
    for name, role in (missing or {}).items():
        started[name] = Started(missing="It is not there.")
        describe[name] = ("not on this machine", role)
    selection = Selection(REFERENCE, everyone, (), {PATCHED.id: STOCK})
    return Plan(
        selection=selection,
        started=started,
        describe=describe,
        optional={},
        certificates=Path("/c"),
    )


def test_whom_a_scenario_is_asked_of() -> None:
    forward = [
        ("stdlib-py3.13", "forward"),
        ("backport-py2.7", "forward"),
        ("monkeypatched-py2.7", "forward"),
        ("stdlib-py3.1", "forward"),
    ]
    backward = [("monkeypatched-py2.7", "backward")]
    made = plan()
    assert [
        (one.implementation.id, one.axis) for one in made.targets("forward")
    ] == forward + backward
    assert [(one.implementation.id, one.axis) for one in made.targets("backward")] == backward
    assert [one.reference.id for one in made.targets("backward")] == ["stock-py2.7"]


@pytest.mark.parametrize("scenario", [ONE, TWO, "a/t.py::test[stdlib-py3.13]"])
def test_a_test_id_is_taken_apart_and_put_together(scenario: str) -> None:
    made = plan()
    for one in made.targets("forward"):
        whole = id_of(scenario, one.id)
        assert made.knows(whole)
        assert made.split(whole) == (scenario, one)


def test_what_is_no_test_id() -> None:
    made = plan()
    for other in (ONE, TWO, f"{ONE}[stdlib-py3.9]", f"{ONE}[xbackport-py2.7]", ""):
        assert not made.knows(other)


def test_ids_that_end_alike_are_told_apart() -> None:
    other = implementation("client-backport-py2.7")
    made = plan(None, other)
    scenario, one = made.split(f"{ONE}[client-backport-py2.7]")
    assert (scenario, one.implementation.id) == (ONE, "client-backport-py2.7")


def test_a_plan_survives_the_way_to_a_worker() -> None:
    made = plan({"gone": "candidate"})
    assert Plan.unpacked(made.packed()) == made


# Results


def results(
    *, missing: Mapping[str, Role] | None = None, allow_missing: bool = False, whole: bool = True
) -> Results:
    made = plan(missing)
    one = Results(made, (), whole, allow_missing)
    for scenario in (ONE, TWO):
        for asked in made.targets("forward"):
            one.plan_tests([id_of(scenario, asked.id)])
    return one


def judge(
    target: Results,
    scenario: str,
    name: str,
    axis: Axis = "forward",
    verdict: Verdict = "same",
    role: Role = "candidate",
) -> None:
    target.add(Judgement(scenario, name, axis, role, verdict).to_plain(), CLAIM)


def everything(target: Results) -> list[tuple[str, str, Axis]]:
    return [
        (scenario, asked.implementation.id, asked.axis)
        for scenario in (ONE, TWO)
        for asked in target.plan.targets("forward")
    ]


def finished(target: Results, *, without: int | None = None) -> Results:
    for number, (scenario, name, axis) in enumerate(everything(target)):
        if number != without:
            judge(target, scenario, name, axis)
    sing(target)
    target.finish()
    return target


def sing(target: Results, **others: Verdict) -> None:
    """Let the canaries be found to be what they are, and these others, by their last word."""
    for name, canary in CANARIES.items():
        verdict = others.get(name.rpartition("-")[2], canary.verdict)
        judge(target, SONG, name, verdict=verdict)


def test_everything_judged_is_green() -> None:
    done = finished(results())
    assert done.complete and done.passed and done.problems == []
    assert done.to_plain()["passed"] is True
    assert len(done.to_plain()["judgements"]) == 10


@pytest.mark.parametrize("number", range(10))
def test_a_dropped_pair(number: int) -> None:
    done = finished(results(), without=number)
    assert not done.complete and not done.passed
    scenario, name, axis = everything(done)[number]
    whole = id_of(scenario, target_id(name, axis))
    assert done.problems == [f"{whole} was planned and has no verdict."]


def test_a_duplicate_pair() -> None:
    target = results()
    judge(target, ONE, "backport-py2.7")
    done = finished(target)
    assert done.complete and not done.passed
    assert done.problems == [f"{ONE}[backport-py2.7] was judged twice."]


def test_a_duplicate_does_not_hide_what_failed() -> None:
    target = results()
    judge(target, ONE, "backport-py2.7", verdict="CRASH")
    assert not finished(target).passed


def test_an_unplanned_pair() -> None:
    target = results()
    judge(target, "c/test_c.py::test_three", "backport-py2.7")
    done = finished(target)
    assert not done.complete and not done.passed
    assert done.problems == [
        "c/test_c.py::test_three[backport-py2.7] has a verdict and was not planned."
    ]


def test_nothing_planned() -> None:
    empty = Results(plan())
    empty.finish()
    assert not empty.complete and not empty.passed
    assert any(one.startswith("Nothing was planned: ") for one in empty.problems)


@pytest.mark.parametrize("verdict", ["NEW", "CHANGED", "FIXED", "EXPIRED", "CRASH", "ERROR"])
def test_one_red_pair_is_enough(verdict: Verdict) -> None:
    target = results()
    for scenario, name, axis in everything(target):
        last = (scenario, name, axis) == everything(target)[-1]
        judge(target, scenario, name, axis, verdict if last else "same")
    sing(target)
    target.finish()
    assert target.complete and not target.passed


@pytest.mark.parametrize("name", CANARIES)
def test_a_canary_that_nobody_asked(name: str) -> None:
    target = results()
    for key in everything(target):
        judge(target, *key)
    sing(target)
    del target.canaries[name]
    target.finish()
    assert not target.complete and not target.passed
    assert target.problems == [f"{name} was planned and has no verdict."]


@pytest.mark.parametrize("how", ["lies", "crashes", "hangs"])
@pytest.mark.parametrize("verdict", ["same", "equivalent", "known", "ERROR"])
def test_a_canary_that_was_not_caught(how: str, verdict: Verdict) -> None:
    target = results()
    for key in everything(target):
        judge(target, *key)
    sing(target, **{how: verdict})
    target.finish()
    assert target.complete and not target.passed
    (told,) = target.problems
    assert f"canary-that-{how}" in told and f"is {verdict}: this run finds out nothing." in told


def test_canaries_are_no_candidates() -> None:
    done = finished(results())
    plain = done.to_plain()
    assert {one["id"] for one in plain["canaries"]} == set(CANARIES)
    assert not [pair for pair in plain["judgements"] if pair["implementation"] in CANARIES]
    assert SONG not in [one["id"] for one in plain["scenarios"]]
    only = Results(plan())
    only.plan_tests([id_of(SONG, name) for name in CANARIES])
    sing(only)
    only.finish()
    assert not only.complete and not only.passed
    assert any(one.startswith("Nothing was planned: ") for one in only.problems)


@pytest.mark.parametrize("role", ["candidate", "witness"])
def test_who_is_missing(role: Role) -> None:
    done = finished(results(missing={"gone": role}))
    assert done.complete and not done.passed
    assert "MISSING gone: It is not there." in done.problems
    assert {
        (one["scenario"], one["implementation"])
        for one in done.to_plain()["judgements"]
        if one["verdict"] == "MISSING"
    } == {(ONE, "gone"), (TWO, "gone")}
    assert finished(results(missing={"gone": role}, allow_missing=True)).passed


def test_allow_missing_is_not_for_who_was_there() -> None:
    target = results(allow_missing=True)
    for scenario, name, axis in everything(target):
        last = (scenario, name, axis) == everything(target)[-1]
        judge(target, scenario, name, axis, "MISSING" if last else "same")
    sing(target)
    target.finish()
    assert not target.passed


def test_the_order_of_verdicts_makes_no_difference() -> None:
    texts = set()
    for seed in range(5):
        target = results()
        order = everything(target)
        random.Random(seed).shuffle(order)
        for key in order:
            judge(target, *key)
        target.finish()
        plain = target.to_plain()
        del plain["run"]["date"]
        texts.add(json.dumps(plain))
    assert len(texts) == 1


# Claims


def test_a_claim_is_the_first_paragraph_and_the_anchor_the_last() -> None:
    def scenario() -> None:
        """It is so,
        always.

        More of it.

        library/ssl.html#x
        """

    assert Claim.of(scenario) == Claim("It is so, always.", "library/ssl.html#x")

    def bare() -> None:
        pass

    assert Claim.of(bare) == Claim("", "")


@pytest.mark.parametrize("in_the_cache", [True, False])
def test_a_file_system_that_allows_no_code_is_named(
    tmp_path: Path, in_the_cache: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLS_BOOTSTRAP_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / ("cache" if in_the_cache else "mine") / "builds"
    why = f"ImportError: {folder}/_x.so: failed to map segment from shared object"
    told = hint(BACKPORT, why)
    assert "Its file system does not allow code (it is mounted noexec): name " in told
    assert ("TLS_BOOTSTRAP_CACHE" in told) == in_the_cache
    assert "Site-packages" not in told
