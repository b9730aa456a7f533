"""The verdicts of a run as they come in, checked against its plan, and the file they end up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.coverage.contract import ContractCoverage
from conformance.coverage.states import Cell
from conformance.judge import known
from conformance.judge.canaries import uncaught
from conformance.judge.known import Pin
from conformance.judge.verdict import Judgement
from conformance.run import ids
from conformance.run.canaries import CANARIES
from conformance.run.claim import Claim
from conformance.run.plan import Plan, Role, Target
from impls.host.declarations import matches
from impls.host.versions import About

SCHEMA = 2

Key = tuple[str, str]
"""(scenario, target), by their ids."""


@dataclass
class Results:
    """What was planned, what was judged, and everything else that is wrong with a run."""

    plan: Plan
    known: Sequence[Pin] = ()
    whole: bool = True
    """Whether every scenario was collected, none deselected, on every implementation."""
    allow_missing: bool = False
    planned: dict[Key, Target] = field(default_factory=dict)
    """The target of each; for one that is MISSING there is none."""
    claims: dict[str, Claim] = field(default_factory=dict)
    judgements: dict[Key, Judgement] = field(default_factory=dict)
    canaries: dict[str, Judgement] = field(default_factory=dict)
    """By name; all of them are part of every plan."""
    problems: list[str] = field(default_factory=list)
    cells: set[Cell] = field(default_factory=set)
    """What the reference's runs met of the contract."""
    contract: ContractCoverage | None = None
    """What a whole run covers of it."""
    left_out: bool = False
    """Whether a file of scenarios could not even be read."""
    _missing: dict[Key, Judgement] = field(default_factory=dict)

    def plan_tests(self, test_ids: Iterable[str]) -> None:
        """Fix the plan: the tests that were collected, and the same ones for what is missing."""
        for test in test_ids:
            scenario, target = self.plan.split(test)
            if target.implementations[0].id in CANARIES:
                continue
            self.planned[scenario, target.id] = target
            for name in () if ids.is_interop(scenario) else self.missing:
                role: Role = "candidate"
                if self.plan.describe[name][1] != "candidate":
                    role = "witness"
                self._missing[scenario, name] = Judgement(
                    scenario, name, "forward", role, "MISSING"
                )

    def leave_out(self, what: str) -> None:
        """Something that was to be planned could not be."""
        self.left_out = True
        if what not in self.problems:
            self.problems.append(what)

    def add(self, plain: Mapping[str, Any], claim: Mapping[str, str]) -> None:
        """Take one judgement, as it travelled from the process that made it."""
        judgement = Judgement.from_plain(plain)
        if judgement.implementation in CANARIES:
            self.canaries[judgement.implementation] = judgement
            return
        key = (judgement.scenario, judgement.target)
        if key in self.judgements:
            self.problems.append(f"{ids.test_id(*key)} was judged twice.")
        self.judgements[key] = judgement
        self.claims[judgement.scenario] = Claim(**claim)

    def finish(self, files: Iterable[str] = ()) -> None:
        """Compare what was judged with what was planned, and say what is wrong.

        `files` are those that hold scenarios: a whole run leaves out none of them.
        """
        collected = {ids.file_of(scenario) for scenario, _ in self.planned}
        for file in sorted(set(files) - collected):
            if self.whole:
                self.problems.append(f"{file} was left out: no scenario in it was collected.")
        for key in sorted(self.planned.keys() - self.judgements.keys()):
            self.problems.append(f"{ids.test_id(*key)} was planned and has no verdict.")
        for key in sorted(self.judgements.keys() - self.planned.keys()):
            self.problems.append(f"{ids.test_id(*key)} has a verdict and was not planned.")
        for name in CANARIES if self.planned else ():
            if name not in self.canaries:
                self.problems.append(f"{name} was planned and has no verdict.")
                continue
            sentence = uncaught(self.canaries[name])
            if sentence is not None:
                self.problems.append(sentence)
        if not self.planned:
            self.problems.append("Nothing was planned: no scenario runs on anything.")
        for name, started in sorted(self.plan.started.items()):
            if started.missing and not self.allow_missing:
                self.problems.append(f"MISSING {name}: {started.missing}")
        self.problems += self.plan.alone
        if self.whole and not self.missing:
            self.problems += known.unmatched(self.known, self._places(), self._references())
            self.problems += self._unused_declarations()

    def _places(self) -> list[tuple[str, str, str]]:
        """The scenarios, implementations and axes that a known divergence can speak of."""
        return [
            (scenario, target.implementation.id, target.axis)
            for (scenario, _), target in self.planned.items()
            if not ids.is_interop(scenario)
        ]

    def _references(self) -> list[About]:
        """The Python and OpenSSL of everything that something is compared with."""
        compared_with = {target.reference.id for target in self.planned.values()}
        return [self.plan.about(name) for name in sorted(compared_with)]

    def _unused_declarations(self) -> Iterable[str]:
        """Sentences about declared absences that no scenario met."""
        used = {
            (judgement.implementation, divergence.file)
            for judgement in self.judgements.values()
            for divergence in judgement.divergences
            if divergence.verdict == "UNSUPPORTED"
        }
        for implementation in [one for lane in self.plan.lanes for one in lane.implementations]:
            for declared in implementation.unsupported:
                if declared.member and (implementation.id, declared.member) not in used:
                    yield (
                        f"{implementation.file.name} declares {declared.member} UNSUPPORTED, and "
                        f"no scenario found it absent on {implementation.id}: delete that."
                    )
                pattern = declared.scenario
                if pattern and not any(matches(key[0], pattern) for key in self.planned):
                    yield (
                        f"{implementation.file.name} declares the scenario {pattern} UNSUPPORTED, "
                        "and there is no such scenario: delete that."
                    )

    @property
    def missing(self) -> list[str]:
        return sorted(name for name, started in self.plan.started.items() if started.missing)

    @property
    def complete(self) -> bool:
        if not self.planned or self.left_out:
            return False
        judged = self.judgements.keys() == self.planned.keys()
        return judged and set(self.canaries) == set(CANARIES)

    @property
    def passed(self) -> bool:
        """The gate: everything has a verdict, every verdict may stay, nothing else is wrong."""
        if not self.complete or self.problems or (self._missing and not self.allow_missing):
            return False
        return all(judgement.passed for judgement in self.judgements.values())

    def to_plain(self) -> dict[str, Any]:
        """As report/results.json has it; the same for the same verdicts in whatever order."""
        everything = {**self._missing, **self.judgements}
        return {
            "schema": SCHEMA,
            "complete": self.complete,
            "whole": self.whole,
            "passed": self.passed,
            "reference": self.plan.selection.reference.id,
            "lanes": [
                {
                    "openssl": lane.openssl,
                    "reference": None if lane.reference is None else lane.reference.id,
                    "implementations": [one.id for one in lane.implementations],
                }
                for lane in self.plan.lanes
            ],
            "left_out": self.plan.left_out,
            "implementations": [self._implementation(name) for name in sorted(self.plan.started)],
            "scenarios": [
                {"id": name, "claim": claim.text, "anchor": claim.anchor}
                for name, claim in sorted(self.claims.items())
            ],
            "judgements": [everything[key].to_plain() for key in sorted(everything)],
            "canaries": [
                {"id": name, "expected": CANARIES[name].verdict, "verdict": judgement.verdict}
                for name, judgement in sorted(self.canaries.items())
            ],
            "contract": None if self.contract is None else self.contract.to_plain(),
            "problems": sorted(self.problems),
        }

    def _implementation(self, name: str) -> dict[str, Any]:
        started = self.plan.started[name]
        describe, role = self.plan.describe[name]
        backward = self.plan.backward.get(name)
        return {
            "id": name,
            "describe": describe,
            "role": "reference" if name in self.plan.references else role,
            "lane": self.plan.lane_of(name),
            "python": started.python,
            "interpreter": started.interpreter,
            "openssl": started.openssl,
            "default_suites": started.default_suites,
            "backward_reference": None if backward is None else backward.id,
            "missing": started.missing,
        }
