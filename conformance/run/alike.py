"""Whether a scenario could not have seen a difference between two implementations.

What the reference answered is what another one answered, after the numbers of handles and classes
are matched, except for what a mask hides: random bytes, and parts of texts that say where something
ran. That the scenario does not look at those is found out once, by a rehearsal (opaque.py). Then
it does the same there as on the reference, and its transcript is the same: it needs no run.

In doubt the answer is no.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass
class Numbers:
    """Which handles and classes of an agent are which of the reference's."""

    ours: RemoteAgent
    theirs: RemoteAgent
    names: frozenset[str]
    """All that a scenario reads or calls by name."""
    classes: dict[int, int] = field(default_factory=dict)
    handles: dict[int, int] = field(default_factory=lambda: {0: 0})
    taken: set[int] = field(default_factory=lambda: {0})
    """Handles of the agent that one of the reference's stands for already."""

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
class Certainty:
    """What may differ from the reference without being seen."""

    program: Program
    agent: RemoteAgent
    """The reference's."""
    events: Sequence[Event]
    transcript: Transcript
    positions: Sequence[int]
    """Of the event that each answer belongs to."""
    hidden: Mapping[int, bytes | int]
    """By the number of the answer that gave it, what a mask hides altogether."""
    lengths_matter: bool

    def covers(self, playback: Playback, agent: RemoteAgent) -> bool:
        """Whether the scenario could not tell these answers from the reference's."""
        if not playback.complete or agent.hello.python.startswith("2."):
            return False
        numbers = Numbers(self.agent, agent, names_in(self.program))
        if not same_members(self.agent.hello.members, agent.hello.members, numbers.names):
            return False
        others: dict[int, tuple[bytes | int, bytes | None]] = {}
        for number, (ours, theirs) in enumerate(
            zip(self.program.answers, playback.answers, strict=True)
        ):
            if number not in self.hidden:
                if not same_answer(ours, theirs, numbers):
                    return False
                continue
            value = hidden_value(theirs)
            if value is None or ours.keys() - IGNORED != theirs.keys() - IGNORED:
                return False
            if not self._may_be(self.hidden[number], value):
                return False
            others[self.positions[number]] = value, playback.argument(number)
        return not others or shows_the_same(self.events, self.transcript, others)

    def _may_be(self, ours: bytes | int, theirs: bytes | int) -> bool:
        """Whether a scenario that looks at no hidden value could not see one in place of another.

        It may see whether there are bytes, and where it takes them to pieces how many; and whether
        a number is nought.
        """
        if isinstance(ours, bytes) and isinstance(theirs, bytes):
            same_length = len(ours) == len(theirs)
            return same_length or (bool(ours) == bool(theirs) and not self.lengths_matter)
        if isinstance(ours, int) and isinstance(theirs, int):
            return (ours > 0, ours < 0) == (theirs > 0, theirs < 0)
        return False


IGNORED = {"classes"}


def names_in(program: Program) -> frozenset[str]:
    messages = (step.message for step in program.steps)
    return frozenset(
        message.name
        for message in messages
        if isinstance(message, Request) and message.name is not None
    )


def same_answer(ours: Mapping[str, Json], theirs: Mapping[str, Json], numbers: Numbers) -> bool:
    if ours.keys() - IGNORED != theirs.keys() - IGNORED or "strays" in theirs:
        return False
    return all(same(ours[key], theirs[key], numbers) for key in ours if key not in IGNORED)


def same(ours: Json, theirs: Json, numbers: Numbers) -> bool:
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
    if isinstance(value, dict) and value.get("t") == "bytes":
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
