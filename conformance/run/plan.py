"""What a run is going to ask of whom, fixed before it begins."""

from __future__ import annotations

import base64
import datetime
import functools
import pickle
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.judge.known import Pin
from conformance.judge.verdict import Axis
from conformance.run import canaries as canary
from impls.host.build import BuildError
from impls.host.interpreters import InterpreterError
from impls.host.process import AgentStartError
from impls.host.registry import Implementation, RegistryError, Selection, assemble, built
from impls.host.remote import RemoteAgent

BACKWARD_SUFFIX = "-backward"


class PlanError(Exception):
    """A run cannot begin; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Asked:
    """One implementation on one axis: what a scenario is parametrised with."""

    implementation: Implementation
    reference: Implementation
    axis: Axis

    @property
    def id(self) -> str:
        suffix = BACKWARD_SUFFIX if self.axis == "backward" else ""
        return self.implementation.id + suffix


@dataclass(frozen=True)
class Started:
    """What an implementation said of itself when it was started, or why it was not."""

    python: str = ""
    interpreter: str = ""
    openssl: str | None = None
    missing: str | None = None


@dataclass(frozen=True)
class Plan:
    """All that every process of a run must agree on."""

    selection: Selection
    """With every implementation built; those that could not be started are not in it."""
    started: dict[str, Started]
    """By id, everyone who was wanted."""
    describe: dict[str, tuple[str, str]]
    """By id: what it is, and its role."""
    optional: dict[str, str]
    """By id, who would have been asked too if it were on this machine, and why it is not."""
    certificates: Path
    known: tuple[Pin, ...]
    today: datetime.date

    def asked(self, axis: Axis) -> list[Asked]:
        """Whom to ask a scenario: one marked "backward" is for that axis alone."""
        selection = self.selection
        backward = [
            Asked(implementation, selection.backward[implementation.id], "backward")
            for implementation in selection.implementations
            if implementation.id in selection.backward
        ]
        if axis == "backward":
            return backward
        forward = [
            Asked(implementation, selection.reference, "forward")
            for implementation in (selection.reference, *selection.implementations)
        ]
        return forward + backward

    @functools.cached_property
    def canaries(self) -> list[Asked]:
        """Who is asked the scenario of canary.py in every run."""
        reference = self.selection.reference
        made = canary.implementations(reference)
        return [Asked(implementation, reference, "forward") for implementation in made]

    def knows(self, test_id: str) -> bool:
        """Whether a test id is that of a scenario asked of somebody."""
        return split_test_id(test_id, self._everyone) is not None

    def split(self, test_id: str) -> tuple[str, Asked]:
        """The scenario and whom it is asked of. `knows` the test id, or ValueError."""
        found = split_test_id(test_id, self._everyone)
        if found is None:
            raise ValueError(f"{test_id} is asked of nobody in this plan.")
        return found[0], self._everyone[found[1]]

    @functools.cached_property
    def _everyone(self) -> dict[str, Asked]:
        return {one.id: one for one in self.asked("forward") + self.canaries}

    def packed(self) -> str:
        """For a worker process of the same run."""
        return base64.b64encode(pickle.dumps(self)).decode("ascii")

    @staticmethod
    def unpacked(text: str) -> Plan:
        plan = pickle.loads(base64.b64decode(text))
        assert isinstance(plan, Plan)
        return plan


def make_plan(
    implementations: Sequence[str],
    reference: str | None,
    interpreters: Sequence[Path],
    certificates: Path,
    known: Sequence[Pin],
    today: datetime.date,
) -> Plan:
    """Find, build and start everyone once. Raises PlanError.

    Who cannot be built or started is MISSING, with the reason; without a reference there is
    nothing to compare with, and no run.
    """
    try:
        _, selection = assemble(implementations, reference, interpreters)
    except (RegistryError, InterpreterError) as error:
        raise PlanError(str(error)) from None
    started = {one.id: Started(missing=one.reason) for one in selection.missing if not one.optional}
    optional = {one.id: one.reason for one in selection.missing if one.optional}
    describe = {one.id: ("not on this machine", one.role) for one in selection.missing}
    ready: dict[str, Implementation] = {}
    for one in selection.everyone:
        describe[one.id] = (one.describe, one.role)
        try:
            made = built(one)
            agent = RemoteAgent(made)
        except (BuildError, AgentStartError) as error:
            started[one.id] = Started(missing=str(error))
            continue
        hello = agent.hello
        agent.close()
        openssl = hello["openssl"]
        started[one.id] = Started(hello["python"], hello["implementation"], text_of(openssl), None)
        ready[one.id] = made
    if selection.reference.id not in ready:
        reason = started[selection.reference.id].missing
        raise PlanError(f"The reference {selection.reference.id} did not start: {reason}")
    selection = replace(
        selection,
        reference=ready[selection.reference.id],
        implementations=tuple(
            ready[one.id] for one in selection.implementations if one.id in ready
        ),
        backward={
            name: ready[one.id]
            for name, one in selection.backward.items()
            if name in ready and one.id in ready
        },
    )
    return Plan(selection, started, describe, optional, certificates, tuple(known), today)


def split_test_id(test_id: str, asked: Container[str]) -> tuple[str, str] | None:
    """A test id without its last parameter, and that parameter; None where nobody has that id.

    Ids of implementations have dashes as the borders between parameters do: the longest fits.
    """
    for border in re.finditer(r"[\[-]", test_id):
        last = test_id[border.end() : -1]
        if last in asked:
            before = test_id[: border.start()]
            return before + "]" * (border.group() == "-"), last
    return None


def text_of(value: object) -> str | None:
    """A version as text, whichever of 2.7's strings it came in."""
    if isinstance(value, dict):
        content = value["v"]
        return base64.b64decode(content).decode("latin-1") if value["t"] == "str" else str(content)
    return None if value is None else str(value)
