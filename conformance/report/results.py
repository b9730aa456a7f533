"""The verdicts of a run as they come in, checked against its plan, and the file they end up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.coverage.contract import Judgement
from conformance.coverage.states import Cell
from conformance.explain.failure import Claim
from conformance.judge import known
from conformance.judge.interop import Meetings, is_of_product, meetings_of
from conformance.judge.verdict import Axis, Pair, Role
from conformance.run.canaries import CANARIES, uncaught
from conformance.run.plan import Plan
from impls.host.declarations import matches

SCHEMA = 1

Key = tuple[str, str, Axis]
"""(scenario, implementation, axis)"""


@dataclass
class Results:
    """What was planned, what was judged, and everything else that is wrong with a run."""

    plan: Plan
    whole: bool = True
    """Whether every scenario was collected, none deselected, and everyone asked."""
    allow_missing: bool = False
    planned: set[Key] = field(default_factory=set)
    claims: dict[str, Claim] = field(default_factory=dict)
    pairs: dict[Key, Pair] = field(default_factory=dict)
    canaries: dict[str, Pair] = field(default_factory=dict)
    """By name; all of them are part of every plan."""
    problems: list[str] = field(default_factory=list)
    cells: set[Cell] = field(default_factory=set)
    """What the reference's runs met of the contract."""
    contract: Judgement | None = None
    """What a whole run covers of it."""
    left_out: bool = False
    """Whether a file of scenarios could not even be read."""
    meetings: Meetings = field(init=False)
    """The scenarios that are asked of a client and a server."""

    def __post_init__(self) -> None:
        self.meetings = Meetings({one.id: one for one in meetings_of(self.plan)})

    def plan_tests(self, test_ids: Iterable[str]) -> None:
        """Fix the plan: the tests that were collected, and the same ones for who is missing."""
        for test_id in test_ids:
            if is_of_product(test_id):
                self.meetings.plan_test(test_id)
                continue
            scenario, asked = self.plan.split(test_id)
            if asked.implementation.id in CANARIES:
                continue
            self.planned.add((scenario, asked.implementation.id, asked.axis))
            for name in self.missing:
                key: Key = (scenario, name, "forward")
                role: Role = "candidate"
                if self.plan.describe[name][1] != "candidate":
                    role = "witness"
                self.planned.add(key)
                self.pairs[key] = Pair(scenario, name, "forward", role, "MISSING")

    def leave_out(self, what: str) -> None:
        """Something that was to be planned could not be."""
        self.left_out = True
        if what not in self.problems:
            self.problems.append(what)

    def add(self, plain: Mapping[str, Any], claim: Mapping[str, str]) -> None:
        """Take one judgement, as it travelled from the process that made it."""
        pair = Pair.from_plain({**plain, "story": None})
        if pair.implementation in CANARIES:
            self.canaries[pair.implementation] = pair
            return
        key = (pair.scenario, pair.implementation, pair.axis)
        if key in self.pairs:
            self.problems.append(f"{test_id(key)} was judged twice.")
        self.pairs[key] = pair
        self.claims[pair.scenario] = Claim(**claim)

    def finish(self, files: Iterable[str] = ()) -> None:
        """Compare what was judged with what was planned, and say what is wrong.

        `files` are those that hold scenarios: a whole run leaves out none of them.
        """
        everything = {*self.planned, *self.meetings.planned}
        asked = {key[0].partition("::")[0] for key in everything}
        for file in sorted(set(files) - asked):
            if self.whole:
                self.problems.append(f"{file} was left out: no scenario in it was collected.")
        for key in sorted(self.planned - set(self.pairs)):
            self.problems.append(f"{test_id(key)} was planned and has no verdict.")
        for key in sorted(set(self.pairs) - self.planned):
            self.problems.append(f"{test_id(key)} has a verdict and was not planned.")
        self.meetings.finish()
        self.problems += self.meetings.problems
        for name in CANARIES if everything else ():
            if name not in self.canaries:
                self.problems.append(f"{name} was planned and has no verdict.")
                continue
            told = uncaught(self.canaries[name])
            if told is not None:
                self.problems.append(told)
        if not everything:
            self.problems.append("Nothing was planned: no scenario was asked of anybody.")
        for name, started in sorted(self.plan.started.items()):
            if started.missing and not self.allow_missing:
                self.problems.append(f"MISSING {name}: {started.missing}")
        if self.whole and not self.missing:
            self.problems += known.unmatched(self.plan.known, self.planned)
            self.problems += self._unused_declarations()

    def _unused_declarations(self) -> Iterable[str]:
        """Sentences about declared absences that no scenario met."""
        used = {
            (pair.implementation, divergence.file)
            for pair in self.pairs.values()
            for divergence in pair.divergences
            if divergence.verdict == "UNSUPPORTED"
        }
        for implementation in self.plan.selection.implementations:
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
                        "and there is none such: delete that."
                    )

    @property
    def missing(self) -> list[str]:
        return sorted(name for name, started in self.plan.started.items() if started.missing)

    @property
    def complete(self) -> bool:
        if not (self.planned or self.meetings.planned) or self.left_out:
            return False
        if not self.meetings.complete:
            return False
        return set(self.pairs) == self.planned and set(self.canaries) == set(CANARIES)

    @property
    def passed(self) -> bool:
        """The gate: everything has a verdict, every verdict may stay, nothing else is wrong."""
        if not self.complete or self.problems or not self.meetings.passed:
            return False
        allowed = self.missing if self.allow_missing else ()
        return all(pair.passed or pair.implementation in allowed for pair in self.pairs.values())

    def to_plain(self) -> dict[str, Any]:
        """As report/results.json has it; the same for the same verdicts in whatever order."""
        return {
            "schema": SCHEMA,
            "complete": self.complete,
            "whole": self.whole,
            "passed": self.passed,
            "reference": self.plan.selection.reference.id,
            "implementations": [self._implementation(name) for name in sorted(self.plan.started)],
            "scenarios": [
                {"id": name, "claim": claim.text, "anchor": claim.anchor}
                for name, claim in sorted(self.claims.items())
            ],
            "pairs": [self.pairs[key].to_plain() for key in sorted(self.pairs)],
            "canaries": [
                {"id": name, "expected": CANARIES[name].verdict, "verdict": pair.verdict}
                for name, pair in sorted(self.canaries.items())
            ],
            "contract": None if self.contract is None else self.contract.to_plain(),
            "interop": self.meetings.to_plain(),
            "problems": sorted(self.problems),
        }

    def _implementation(self, name: str) -> dict[str, Any]:
        started = self.plan.started[name]
        describe, role = self.plan.describe[name]
        selection = self.plan.selection
        backward = selection.backward.get(name)
        return {
            "id": name,
            "describe": describe,
            "role": "reference" if name == selection.reference.id else role,
            "python": started.python,
            "interpreter": started.interpreter,
            "openssl": started.openssl,
            "backward_reference": None if backward is None else backward.id,
            "missing": started.missing,
        }


def test_id(key: Key) -> str:
    """A pair's test id, as pytest prints it."""
    scenario, implementation, axis = key
    asked = implementation + ("-backward" if axis == "backward" else "")
    if scenario.endswith("]"):
        return f"{scenario[:-1]}-{asked}]"
    return f"{scenario}[{asked}]"
