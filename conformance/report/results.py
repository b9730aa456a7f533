"""The verdicts of a run as they come in, checked against its plan, and the file they end up in."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.coverage.contract import ContractCoverage
from conformance.coverage.origins import Use
from conformance.coverage.states import Cell, Member
from conformance.judge import known
from conformance.judge.canaries import uncaught
from conformance.judge.known import Kin, Pin
from conformance.judge.verdict import Judgement
from conformance.report.leftovers import idle, unused_declarations
from conformance.report.origin import origin
from conformance.run import ids
from conformance.run.canaries import CANARIES
from conformance.run.claim import Claim
from conformance.run.ids import Shard
from conformance.run.plan import Plan, Role, Target, shown_path
from impls.host.declarations import Implementation
from impls.host.versions import About

SCHEMA = 3

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
    every_scenario: bool = True
    """Whether every scenario was collected and none deselected, on whatever implementations."""
    shard_of_whole: bool = False
    """Whether this is a shard, and all shards together are the whole suite."""
    planned: dict[Key, Target] = field(default_factory=dict)
    """The target of each; for one that is MISSING there is none."""
    claims: dict[str, Claim] = field(default_factory=dict)
    judgements: dict[Key, Judgement] = field(default_factory=dict)
    canaries: dict[str, Judgement] = field(default_factory=dict)
    """By name; all of them are part of every plan."""
    problems: list[str] = field(default_factory=list)
    cells: set[Cell] = field(default_factory=set)
    """What the reference's runs met of the contract."""
    uses: set[Use] = field(default_factory=set)
    """The same of its table of origins."""
    contract: ContractCoverage | None = None
    """What a whole run covers of it."""
    left_out: bool = False
    """Whether a file of scenarios could not even be read."""
    origin: Mapping[str, Any] = field(default_factory=origin)
    """Of which commit, day and platform they are."""
    shard: Shard | None = None
    """Which part of the scenarios this run has."""
    members: Sequence[Member] = ()
    """Of the contract, where this is a shard of a whole run."""
    inputs: Mapping[str, Any] | None = None
    """What the verdicts come of: see inputs.py."""
    since: Mapping[str, Any] = field(default_factory=dict)
    """Where the results come from of which verdicts are kept, as results.json has it."""
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
            self.problems.append(
                "Nothing was planned: no scenario that is named, and left by the options, runs on "
                "an implementation that takes part."
            )
        for name, started in sorted(self.plan.started.items()):
            if started.missing and not self.allow_missing:
                self.problems.append(f"MISSING {name}: {started.complaint}")
        self.problems += self.plan.alone
        self.problems += self._no_candidate()
        if self.every_scenario and self.planned:
            places, kin = self._places(), self._kin()
            everything = self.whole and not self.missing
            self.problems += known.unmatched(
                self.known, places, self._references(), kin, everything
            )
            judgements = [*self.judgements.values()]
            self.problems += idle(self.known, judgements, self._references(), kin)
            plain = {name: self._implementation(name) for name in self.plan.started}
            self.problems += unused_declarations(plain, judgements)

    def _no_candidate(self) -> Iterable[str]:
        """A sentence where candidates were wanted and all of them are missing."""
        roles = {name: self.plan.describe[name][1] for name in self.plan.started}
        candidates = [name for name, role in roles.items() if role == "candidate"]
        if self.allow_missing and candidates and set(candidates) <= set(self.missing):
            yield (
                f"No candidate is there ({', '.join(candidates)} missing), so nothing was gated: "
                "--allow-missing allows that some are missing, and not all."
            )

    def _kin(self) -> dict[str, Kin]:
        everyone = [one for lane in self.plan.lanes for one in lane.implementations]
        return {one.id: Kin.of(one) for one in everyone}

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

    def header(self) -> dict[str, Any]:
        """What a journal of this run begins with: to resume it, all of it must be the same."""
        declared = {one.id: one for one in self.plan.selection.everyone}
        return {
            "suite": self.origin["suite"],
            "shard": None if self.shard is None else str(self.shard),
            "reference": self.plan.selection.reference.id,
            "implementations": {
                name: [self._exactly(name), digest(declared.get(name))]
                for name in sorted(self.plan.started)
            },
        }

    def _exactly(self, name: str) -> str:
        """What an implementation runs on, for a sentence."""
        started = self.plan.started[name]
        if started.missing:
            return "MISSING"
        openssl = started.openssl or "an unknown OpenSSL"
        return f"{started.interpreter} {started.python} on {openssl}"

    def to_plain(self) -> dict[str, Any]:
        """As report/results.json has it; the same for the same verdicts in whatever order."""
        everything = {**self._missing, **self.judgements}
        return {
            "schema": SCHEMA,
            "run": {**self.origin},
            "shard": None if self.shard is None else self._of_shard(self.shard),
            "inputs": self.inputs,
            "kept": self._kept(),
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

    def _kept(self) -> list[dict[str, Any]]:
        """The earlier run of which verdicts are kept, if any are."""
        count = sum(one.kept for one in self.judgements.values())
        since = {key: self.since.get(key) for key in ("commit", "date")}
        return [{**since, "judgements": count}] if count else []

    def _of_shard(self, shard: Shard) -> dict[str, Any]:
        """What all shards together are to decide: see merge.py."""
        references = self._references()
        pins = [pin for pin in self.known if any(map(pin.holds, references))]
        return {
            "number": shard.number,
            "of": shard.of,
            "whole": self.shard_of_whole,
            "cells": sorted([*cell] for cell in self.cells),
            "uses": sorted([*use] for use in self.uses),
            "members": [[*member] for member in self.members],
            "pins": [known.to_plain(pin) for pin in pins] if self.shard_of_whole else [],
        }

    @functools.cached_property
    def _declared(self) -> Mapping[str, Implementation]:
        """By id, what each has of its declaration that holds opposite its reference."""
        everyone = {one.id: one for one in self.plan.selection.everyone}
        return everyone | {one.id: one for lane in self.plan.lanes for one in lane.implementations}

    def _implementation(self, name: str) -> dict[str, Any]:
        started = self.plan.started[name]
        describe, role = self.plan.describe[name]
        backward = self.plan.backward.get(name)
        declared = self._declared.get(name)
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
            "file": started.file,
            "like": None if declared is None else declared.like,
            "divergences": None
            if declared is None or declared.divergences is None
            else shown_path(declared.divergences),
            "unsupported": [
                ["member", one.member] if one.member else ["scenario", str(one.scenario)]
                for one in (() if declared is None else declared.unsupported)
                if not one.borrowed
            ],
        }


def digest(implementation: Implementation | None) -> str:
    """Eight digits that stand for what an implementation is declared to be."""
    return hashlib.sha256(repr(implementation).encode()).hexdigest()[:8]
