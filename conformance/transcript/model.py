"""What a transcript consists of: operations with their outcomes, and what can be seen of them.

Everything here is a value. Text is made of it at the end, by render.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, Union

from impls.host.process import Loss
from impls.host.wire import ByteString, FloatNumber, LongInteger, UnicodeText

OutcomeKind = Literal["value", "exception"] | Loss


# Values: strings and numbers as they are at the wire, and these


@dataclass(frozen=True, slots=True)
class Label:
    """What stands for a value that a mask hides, or that is no value."""

    text: str


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that stays in the implementation, by a label that says which one it is."""

    kind: str
    """object, function, class or callback."""
    label: str
    """Such as "MemoryBIO #2"."""


@dataclass(frozen=True, slots=True)
class Minted:
    """A value that was minted for this run, by its name."""

    of: str
    """The type that it had: text, unicode, str or bytes."""
    name: str


@dataclass(frozen=True, slots=True)
class Records:
    """Bytes of TLS, by the records that they complete."""

    of: str
    """The type that they had."""
    found: list[str]
    inside: bool
    """Whether a record has begun that is not complete."""
    empty: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple or a set."""

    kind: str
    """tuple, set or frozenset; the items of the latter two are in the order of their text."""
    items: list[Value]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dictionary, in the order of its keys' text."""

    pairs: list[tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Keyword(Pairs):
    """An argument that is passed by name: one pair, of its name and its value."""


@dataclass(frozen=True, slots=True)
class EnumerationMember:
    """A member of an enumeration, or a combination of flags."""

    class_name: str
    name: Value
    value: Value


@dataclass(frozen=True, slots=True)
class NamedItems:
    """A named tuple."""

    class_name: str
    names: tuple[str, ...]
    items: list[Value]


@dataclass(frozen=True, slots=True)
class ExceptionValue:
    """An exception that is a value, with the fields of one that is raised."""

    fields: Mapping[str, Value]


Value: TypeAlias = Union[
    None,
    bool,
    int,
    str,
    "list[Any]",
    ByteString,
    UnicodeText,
    LongInteger,
    FloatNumber,
    Items,
    Pairs,
    Label,
    Thing,
    Minted,
    Records,
    EnumerationMember,
    NamedItems,
    ExceptionValue,
]
"""A normalised value: as it came, with labels and names where the wire has numbers."""

ABSENT = Label("absent")
"""The value of a field that an outcome does not have."""


# Transcripts

COMPLETED = "completed"
"""The end of a transcript whose scenario ran through."""

RAISED = "stopped by what its last operation raised"
"""The end of one that let the exception of its last operation pass."""

NOTHING_RAISED = "stopped as its last operations raised nothing"
"""The end of one that expected an exception."""


@dataclass(frozen=True)
class Operation:
    """One step of a transcript."""

    verb: str
    member: str
    """What was called or read, without saying of which object: "MemoryBIO.read"."""
    call: str
    """How it reads: "MemoryBIO #1.read(4)"."""
    kind: OutcomeKind
    fields: Mapping[str, Value]
    """The outcome, field by field: value, or exception, errno, ...; mutated, warnings."""
    inside: int | None = None
    """For what happened in a callback: the position of the operation that called back."""
    preparing: bool = False
    """Whether it is a fixture's own, and no part of what the scenario claims."""
    arguments: Sequence[Value] = ()
    """What the scenario passed; each keyword is a `Keyword`, and those come last."""

    @property
    def lost(self) -> Loss | None:
        """How the agent was lost at this operation, if it was."""
        return None if self.kind == "value" or self.kind == "exception" else self.kind

    @property
    def bases(self) -> list[Any]:
        """The names of the base classes of what was raised."""
        bases = self.fields.get("bases")
        return bases if isinstance(bases, list) else []


@dataclass(frozen=True)
class Transcript:
    """What one implementation did in one scenario."""

    operations: tuple[Operation, ...]
    end: str
    """COMPLETED, RAISED, NOTHING_RAISED, "lost", or by what and where the scenario was stopped."""
    masks: Mapping[str, int] = field(default_factory=dict)
    """How often each mask was used."""
    of_python_2: bool = False
    """Whether it is of an implementation on Python 2, as that says when it starts."""
    left: Mapping[str, str] = field(default_factory=dict)
    """What it left behind, by what it is of: {"SSLContext": "1 alive"}."""

    @property
    def lost(self) -> Operation | None:
        """The operation at which the agent was lost, if it was."""
        for operation in self.operations:
            if operation.lost is not None:
                return operation
        return None


ObservedKind = Literal["field", "returns", "raises", "course"] | Loss


@dataclass(frozen=True)
class Observed:
    """What one side did where two transcripts differ."""

    kind: ObservedKind
    """One field of an outcome, a whole outcome, or the course: how the scenario goes on."""
    value: Value
    """Of the field; what was returned; the reason that the exception names, None without one; how
    the agent was lost; the member of the next operation, or the end of the transcript."""
    exception: str | None = None
    """The class of what was raised, where that is the whole outcome."""

    @classmethod
    def of_field(cls, operation: Operation, name: str) -> Observed:
        return cls("field", operation.fields.get(name, ABSENT))

    @classmethod
    def of_outcome(cls, operation: Operation) -> Observed:
        """An outcome without what may vary with the text of errors."""
        fields = operation.fields
        if operation.kind == "value":
            return cls("returns", fields.get("value"))
        if operation.kind == "exception":
            return cls("raises", fields.get("reason"), str(fields["exception"]))
        return cls(operation.kind, fields["lost"])

    @classmethod
    def of_course(cls, transcript: Transcript, position: int) -> Observed:
        if position < len(transcript.operations):
            return cls("course", transcript.operations[position].member)
        return cls("course", transcript.end)
