"""One Python on two OpenSSLs: each side runs what it claims of itself, and nothing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from conformance.judge.judge import Judge
from conformance.run.plan import Plan, Target
from conformance.run.runner import Run, Runner, Runs, Scenario
from conformance.transcript.model import Operation
from impls.host.versions import About
from tests.support.declared import resolved
from tests.unit.test_planned_lanes import MACHINE, NEW, on, planned
from tests.unit.test_verdict import lost, run, value


def did(one: Operation) -> Run:
    return Run(run(one, end="completed" if one.lost is None else "lost"), (), {})


A, B = (did(value("MemoryBIO.read", letter)) for letter in "ab")
CRASHED = did(lost("MemoryBIO.read"))


class Recorded(Runner):
    """A runner that has run everything already."""

    def __init__(self, runs: Mapping[str, Run]) -> None:
        super().__init__({})
        self.outcomes = runs
        self.asked: list[tuple[str, str, object]] = []

    def runs(self, scenario: Scenario, target: Target) -> Runs:
        (one,) = target.implementations
        self.asked.append((one.id, scenario.id, scenario.arguments.get("about")))
        return {"alone": self.outcomes[one.id]}


def plan_of(folder: Path) -> Plan:
    return planned(resolved(folder, machine=(*MACHINE, *on(NEW, "3.13", "3.15"))))


def judging(folder: Path, older: Run, newer: Run) -> tuple[Recorded, Judge]:
    runner = Recorded({"stdlib-py3.13": older, "stdlib-py3.13-openssl3.6": newer})
    return runner, Judge(runner, plan=plan_of(folder))


def scenario(**arguments: object) -> Scenario:
    return Scenario("topic/test_x.py::test_y", lambda ssl: None, {"ssl": None, **arguments})


def test_what_differs_is_drift(tmp_path: Path) -> None:
    runner, judge = judging(tmp_path, A, B)
    (target,) = plan_of(tmp_path).across
    found = judge.judge(scenario(), target).judgement
    assert (found.verdict, found.role, found.axis) == ("drift", "witness", "openssl")
    assert found.passed and found.reference == "stdlib-py3.13"
    (one,) = found.divergences
    assert (one.reference, one.candidate) == ("'a'", "'b'")
    assert [name for name, *_ in runner.asked[:2]] == ["stdlib-py3.13", "stdlib-py3.13-openssl3.6"]
    assert {name for _, name, _ in runner.asked} == {"topic/test_x.py::test_y"}


def test_each_side_claims_for_itself(tmp_path: Path) -> None:
    """Neither for the references of their lanes, nor one for the other."""
    runner, judge = judging(tmp_path, A, A)
    (target,) = plan_of(tmp_path).across
    lane = About((3, 15, 1), (3, 6, 5))
    assert judge.judge(scenario(about=lane), target).judgement.verdict == "same"
    (_, first, older), (_, second, newer) = runner.asked[:2]
    assert older == About((3, 13, 1), (3, 0, 19)) and newer == About((3, 13, 1), (3, 6, 5))
    assert first == second != "topic/test_x.py::test_y"


def test_a_claim_that_fails_is_no_error(tmp_path: Path) -> None:
    stopped = replace(A, stopped="test_x.py:1: AssertionError")
    _, judge = judging(tmp_path, stopped, B)
    (target,) = plan_of(tmp_path).across
    assert judge.judge(scenario(), target).judgement.verdict == "drift"


def test_a_crash_on_the_older_openssl_is_no_error(tmp_path: Path) -> None:
    _, judge = judging(tmp_path, CRASHED, B)
    (target,) = plan_of(tmp_path).across
    found = judge.judge(scenario(), target).judgement
    assert found.verdict == "drift" and found.passed and found.divergences
