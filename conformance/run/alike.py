"""Whether a scenario could not have seen a difference between two implementations.

What one implementation answered, the reference or another one that ran the scenario, is what the
next one answered, after the numbers of handles and classes are matched, except for what a mask
hides: random bytes, and parts of texts that say where something ran. That the scenario does not
look at those is found out once, by a rehearsal (opaque.py). Then it does the same on both, and its
transcript is the same: the next one needs no run.

In doubt the answer is no.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conformance.transcript.build import shows_the_same
from conformance.transcript.masks import Masks
from conformance.transcript.model import Label, Records, Transcript
from impls.host.playback import Playback
from impls.host.program import Program
from impls.host.session import RemoteAgent
from impls.host.wire import Event, Json, Request

CALLED = ("method", "class")
"""Kinds of members that are called by name."""


def masked(text: str) -> tuple[str, Mapping[str, int]]:
    """A text without what masks hide, and which masks those are."""
    masks = Masks({})
    return masks.parts(text), masks.hits


def is_masked(text: str) -> bool:
    return any(masked(text)[1].values())


def same_text(one: str, other: str) -> bool:
    return one == other or masked(one) == masked(other)


class Matching(Protocol):
    """Says which handles and classes of two agents are the same."""

    def same_handle(self, ours: int, theirs: int) -> bool: ...

    def same_class(self, ours: int, theirs: int) -> bool: ...


class Unnumbered:
    """Takes every handle for every other, and every class."""

    def same_handle(self, ours: int, theirs: int) -> bool:
        return True

    def same_class(self, ours: int, theirs: int) -> bool:
        return True


@dataclass
class Numbers:
    """Which handles and classes of an agent are which of another one's."""

    ours: RemoteAgent
    theirs: RemoteAgent
    names: frozenset[str]
    """All that a scenario reads or calls by name."""
    classes: dict[int, int] = field(default_factory=dict)
    handles: dict[int, int] = field(default_factory=lambda: {0: 0})
    taken: set[int] = field(default_factory=lambda: {0})
    """Handles of the agent that one of the other's stands for already."""

    def same_handle(self, ours: int, theirs: int) -> bool:
        known = self.handles.get(ours)
        if known is not None:
            return known == theirs
        if theirs in self.taken:
            return False
        self.handles[ours] = theirs
        self.taken.add(theirs)
        return True

    def same_class(self, ours: int, theirs: int) -> bool:
        """Whether two classes are the same to a scenario: names, bases, what is called."""
        known = self.classes.get(ours)
        if known is not None:
            return known == theirs
        one, other = self.ours.classes[ours], self.theirs.classes[theirs]
        same = one.name == other.name and same_members(one.members, other.members, self.names)
        if one.is_exception or other.is_exception:  # the host makes classes of these
            same = same and (
                one.is_exception == other.is_exception
                and lineage(self.ours, ours) == lineage(self.theirs, theirs)
            )
        if same:
            self.classes[ours] = theirs
        return same


def lineage(agent: RemoteAgent, number: int) -> tuple[object, ...]:
    """A class with its module, and the same of its bases."""
    described = agent.classes[number]
    bases = tuple(lineage(agent, base) for base in described.bases)
    return described.module, described.name, described.is_exception, bases


def same_members(one: Mapping[str, str], other: Mapping[str, str], names: frozenset[str]) -> bool:
    """Whether the same of these names are called, and the same are read."""
    return all((one.get(name) in CALLED) == (other.get(name) in CALLED) for name in names)


@dataclass(frozen=True)
class Answered:
    """What an agent answered to a program, with the run of the scenario that this came to."""

    program: Program
    """With that agent's answers."""
    agent: RemoteAgent
    events: Sequence[Event]
    transcript: Transcript
    positions: Sequence[int]
    """Of the event that each answer belongs to."""

    @functools.cached_property
    def hidden(self) -> Mapping[int, bytes | int]:
        """By the number of the answer that gave it, what a mask hides altogether."""
        return hidden_in(self.program, self.transcript, self.positions)

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """All that the scenario reads or calls by name."""
        messages = (step.message for step in self.program.steps)
        return frozenset(
            message.name
            for message in messages
            if isinstance(message, Request) and message.name is not None
        )

    def may_be_like(self, number: int, playback: Playback) -> bool:
        """Whether an answer may be like another agent's, whatever handles and classes are."""
        ours, theirs = self.program.answers[number], playback.answers[number]
        return number in self.hidden or same_answer(ours, theirs, Unnumbered())

    def parts_from(
        self, playback: Playback, agent: RemoteAgent, *, lengths_matter: bool
    ) -> int | None:
        """The number of the first answer by which a scenario that looks at no hidden value could
        tell another agent from this one; None where it could not.

        `lengths_matter` is whether it takes hidden bytes to pieces.
        """
        numbers = Numbers(self.agent, agent, self.names)
        if is_of_python_2(self.agent) != is_of_python_2(agent):
            return 0
        if not same_members(self.agent.hello.members, agent.hello.members, numbers.names):
            return 0
        others: dict[int, tuple[bytes | int, bytes | None]] = {}
        for number, (ours, theirs) in enumerate(
            zip(self.program.answers, playback.answers, strict=True)
        ):
            if number not in self.hidden:
                if not same_answer(ours, theirs, numbers):
                    return number
                continue
            value = hidden_value(theirs)
            if value is None or ours.keys() - IGNORED != theirs.keys() - IGNORED:
                return number
            if not may_be(self.hidden[number], value, lengths_matter):
                return number
            others[self.positions[number]] = value, playback.argument(number)
        if not others or shows_the_same(self.events, self.transcript, others):
            return None
        return min(self.hidden)


def is_of_python_2(agent: RemoteAgent) -> bool:
    return agent.hello.python.startswith("2.")


def may_be(ours: bytes | int, theirs: bytes | int, lengths_matter: bool) -> bool:
    """Whether a scenario that looks at no hidden value could not see one in place of another.

    It may see whether there are bytes, and where it takes them to pieces how many; and whether a
    number is nought.
    """
    if isinstance(ours, bytes) and isinstance(theirs, bytes):
        same_length = len(ours) == len(theirs)
        return same_length or (bool(ours) == bool(theirs) and not lengths_matter)
    if isinstance(ours, int) and isinstance(theirs, int):
        return (ours > 0, ours < 0) == (theirs > 0, theirs < 0)
    return False


IGNORED = {"classes"}


def same_answer(ours: Mapping[str, Json], theirs: Mapping[str, Json], numbers: Matching) -> bool:
    if ours.keys() - IGNORED != theirs.keys() - IGNORED or "strays" in theirs:
        return False
    return all(same(ours[key], theirs[key], numbers) for key in ours if key not in IGNORED)


def same(ours: Json, theirs: Json, numbers: Matching) -> bool:
    """Whether a scenario sees the same in two values, as they travel."""
    kind = type(ours)
    if kind is not type(theirs):
        return False
    if kind is dict:
        if ours.keys() != theirs.keys():
            return False
        for key, value in ours.items():
            other = theirs[key]
            if key == "h" and type(value) is int:
                if type(other) is not int or not numbers.same_handle(value, other):
                    return False
            elif key == "c" and type(value) is int:
                if type(other) is not int or not numbers.same_class(value, other):
                    return False
            elif not same(value, other, numbers):
                return False
        return True
    if kind is list:
        return len(ours) == len(theirs) and all(
            same(one, other, numbers) for one, other in zip(ours, theirs, strict=True)
        )
    if kind is str:
        return same_text(ours, theirs)
    return bool(ours == theirs)


def hidden_value(answer: Mapping[str, Json]) -> bytes | int | None:
    """What an answer gave, if it is bytes or a number and nothing else."""
    value = answer.get("value")
    if "strays" in answer:
        return None
    if type(value) is int:
        return value
    if isinstance(value, dict) and value.get("t") in ("bytes", "str"):
        return base64.b64decode(value["v"])
    return None


def hidden_in(
    program: Program, transcript: Transcript, positions: Sequence[int]
) -> dict[int, bytes | int]:
    """By the number of its answer, what the transcript does not show of what answers gave."""
    found: dict[int, bytes | int] = {}
    for number, (answer, position) in enumerate(zip(program.answers, positions, strict=False)):
        shown = transcript.operations[position].fields.get("value")
        value = hidden_value(answer)
        if isinstance(shown, (Label, Records)) and value is not None:
            found[number] = value
    return found
