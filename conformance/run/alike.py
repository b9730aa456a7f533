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
from conformance.transcript.model import Transcript
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
        same = (
            (one.name, one.module, one.is_exception)
            == (other.name, other.module, other.is_exception)
            and len(one.bases) == len(other.bases)
            and same_members(one.members, other.members, self.names)
            and all(map(self.same_class, one.bases, other.bases))
        )
        if same:
            self.classes[ours] = theirs
        return same


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
    random: Mapping[int, bytes]
    """By the number of the answer whose value they are, bytes that are others in each run."""
    lengths_matter: bool

    def covers(self, playback: Playback, agent: RemoteAgent) -> bool:
        """Whether the scenario could not tell these answers from the reference's."""
        if not playback.complete or agent.hello.python.startswith("2."):
            return False
        numbers = Numbers(self.agent, agent, names_in(self.program))
        if not same_members(self.agent.hello.members, agent.hello.members, numbers.names):
            return False
        own: dict[int, bytes] = {}
        for number, (ours, theirs) in enumerate(
            zip(self.program.answers, playback.answers, strict=True)
        ):
            if number in self.random:
                content = random_bytes(theirs)
                expected = self.random[number]
                if content is None or bool(content) != bool(expected):
                    return False
                if self.lengths_matter and len(content) != len(expected):
                    return False
                if set(ours) - IGNORED != set(theirs) - IGNORED:
                    return False
                own[self.positions[number]] = content
            elif not same_answer(ours, theirs, numbers):
                return False
        return not own or shows_the_same(self.events, self.transcript, own)


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


def random_bytes(answer: Mapping[str, Json]) -> bytes | None:
    """What an answer gave, if it is bytes and nothing else."""
    value = answer.get("value")
    if not isinstance(value, dict) or value.get("t") != "bytes" or "strays" in answer:
        return None
    return base64.b64decode(value["v"])


def random_in(program: Program, playback: Playback, agent: RemoteAgent) -> dict[int, bytes] | None:
    """What is random in a program's answers, from a second run of it on the same implementation.

    None where something else differs, too.
    """
    numbers = Numbers(agent, agent, names_in(program))
    found: dict[int, bytes] = {}
    for number, (one, other) in enumerate(zip(program.answers, playback.answers, strict=True)):
        if same_answer(one, other, numbers):
            continue
        first, second = random_bytes(one), random_bytes(other)
        if first is None or second is None:
            return None
        found[number] = first
    return found
