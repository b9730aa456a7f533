"""Programs: what a scenario requested of one implementation, run as a whole by another.

A scenario's conversation with the reference's agent is recorded and compiled to a program, which
another agent runs without asking back (see `impls/agent/program.py` and `playback.py`). Handles,
classes, bytes and long texts that earlier answers gave are references in it, not values. Of handles
and of traced bytes the origin is known; of a text it is guessed. A guess may be wrong: what the
scenario would have sent is compared with what was sent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias

from impls.host import wire
from impls.host.process import ENCODER, AgentProcess
from impls.host.wire import (
    ByteString,
    CallbackRaises,
    CallbackReturns,
    Class,
    Collection,
    Dictionary,
    File,
    Json,
    Reference,
    Request,
)

Place: TypeAlias = tuple[str | int, ...]
"""Where something is inside of JSON: keys and positions, outermost first."""

Side: TypeAlias = Literal["alone", "client", "server"]
"""Which of the implementations that take part in a scenario."""


class Transport(Protocol):
    """What a session talks through."""

    def send(self, message: wire.Message) -> None: ...

    def receive(self, timeout: float) -> dict[str, Any]: ...


# Bytes that know where they came from


@dataclass(frozen=True, slots=True)
class Part:
    """A part of some bytes that an answer gave."""

    side: Side
    """To whom that was the answer."""
    answer: int
    content: bytes = field(compare=False)
    """All that the answer gave there. Each implementation gives its own."""
    slices: tuple[tuple[int | None, int | None], ...] = ()
    """What was taken of it, of what was taken of it, ..."""


class Traced(bytes):
    """Bytes that an answer gave, or slices and sums of such.

    A scenario that takes bytes to pieces in another way has bytes that know nothing.
    """

    parts: tuple[Part | bytes, ...]

    @classmethod
    def of(cls, content: bytes, *parts: Part | bytes) -> Traced:
        made = cls(content)
        made.parts = parts
        return made

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        content = bytes.__getitem__(self, index)
        (part, *more) = self.parts
        if isinstance(index, slice) and isinstance(part, Part) and not more:
            if index.step is None and all(
                end is None or type(end) is int for end in (index.start, index.stop)
            ):
                slices = (*part.slices, (index.start, index.stop))
                return Traced.of(content, replace(part, slices=slices))  # type: ignore[arg-type]
        return content

    def __add__(self, other: Any) -> bytes:
        content = bytes.__add__(self, other)
        return Traced.of(content, *self.parts, *parts_of(other))

    def __radd__(self, other: Any) -> bytes:
        return Traced.of(bytes(other) + bytes(self), *parts_of(other), *self.parts)


def parts_of(content: Any) -> tuple[Part | bytes, ...]:
    return content.parts if isinstance(content, Traced) else (bytes(content),)


# Recording


class Recorder:
    """Passes messages on to an agent, and keeps them with their answers."""

    def __init__(self, process: AgentProcess, side: Side = "alone") -> None:
        self._process = process
        self.side: Side = side
        self.positions: list[int] = []
        """Of the event that each answer belongs to, in the session's list."""
        self.messages: list[wire.Message] = []
        self.answers: list[dict[str, Any]] = []
        self.strayed = False
        """Whether an answer told of calls that belong to no scenario."""

    def send(self, message: wire.Message) -> None:
        self.messages.append(message)
        self._process.send(message)

    def receive(self, timeout: float) -> dict[str, Any]:
        answer = self._process.receive(timeout)
        self.answers.append(answer)
        self.strayed |= "strays" in answer
        return answer

    def traced(self, content: bytes) -> bytes:
        """Bytes that the last answer gave."""
        return Traced.of(content, Part(self.side, len(self.answers) - 1, content))


def as_recorded(value: wire.Value) -> wire.Value:
    """A value for the transcript: files without content, and bytes that know nothing."""
    if isinstance(value, File):
        return replace(value, content=None)
    if isinstance(value, ByteString) and type(value.content) is Traced:
        return replace(value, content=bytes(value.content))
    if isinstance(value, list):
        return [as_recorded(item) for item in value]
    if isinstance(value, Collection):
        return replace(value, items=[as_recorded(item) for item in value.items])
    if isinstance(value, Dictionary):
        return Dictionary([(as_recorded(key), as_recorded(item)) for key, item in value.pairs])
    return value


# Compiling

Origins: TypeAlias = Mapping[int | str, Json]
"""Where arguments came from: by its identity a ByteString, and by itself a text."""

LONG_TEXT = 12
"""Characters; a text that is so long and that an answer gave is taken for that."""


@dataclass(frozen=True)
class Step:
    """One message of a program."""

    message: wire.Message
    made: tuple[tuple[Place, str, int], ...]
    """Where the answer has a handle ("h") or a class ("c") that the program needs later, and the
    number that the message has for it."""
    origins: Origins
    plain: Json
    """The message as an agent gets it."""
    text: str
    """The same in JSON."""
    needs: int
    """How many answers the other side must have given before: bytes of theirs are in it."""


@dataclass(frozen=True)
class Program:
    """A scenario's messages to one implementation, for others."""

    side: Side
    steps: tuple[Step, ...]
    answers: tuple[Mapping[str, Any], ...]
    files: tuple[File, ...]


def compiled(recorder: Recorder, other: Recorder | None = None) -> Program:
    """The program of a conversation that is over; `other` is that with the other side."""
    recorded: dict[Side, Sequence[Json]] = {recorder.side: recorder.answers}
    if other is not None:
        recorded[other.side] = other.answers
    messages, answers = recorder.messages, recorder.answers
    needed = {found for message in messages for found in numbers_in(message)}
    steps: list[Step] = []
    files: dict[str, File] = {}
    known: set[tuple[str, int]] = set()
    for message, answer in zip(messages, answers, strict=True):
        made = []
        for path, kind, number in numbered(answer):
            if (kind, number) in needed - known:
                known.add((kind, number))
                made.append((path, kind, number))
        plain = json.loads(ENCODER.encode(message))
        refs = []
        needs = 0
        origins: dict[int | str, Json] = {}
        for path, value in places_of(message):
            if isinstance(value, File):
                files.setdefault(value.name, value)
                at(plain, path).pop("v", None)
            elif is_reference(value):
                found = reference_to(value, recorded)
                refs.append((path, found))
                if isinstance(value, ByteString):
                    origins[id(value)] = found["parts"]
                    needs = max(needs, needed_of(found["parts"], recorder.side))
            elif type(value) is str and len(value) >= LONG_TEXT:
                found = place_of_text(value, answers[: len(steps)])
                if found is not None:
                    refs.append((path, found))
                    origins[value] = found
        plain.update(refs=refs, made=made, then=kind_of(answer))
        text = json.dumps(plain, separators=(",", ":"))
        steps.append(Step(message, tuple(made), origins, plain, text, needs))
    return Program(recorder.side, tuple(steps), tuple(answers), tuple(files.values()))


def needed_of(parts: Sequence[Json], side: Side) -> int:
    """How many answers of the other side must be there for these parts of some bytes."""
    return max(
        (part["answer"] + 1 for part in parts if not isinstance(part, str) if part["side"] != side),
        default=0,
    )


def kind_of(answer: Mapping[str, Any]) -> str | int | None:
    """What an answer is, as `kind_of` of the agent says it."""
    if "callback" in answer:
        number: int | None = answer["callback"]
        return number
    return next((kind for kind in ("value", "error") if kind in answer), "failure")


def numbers_in(message: wire.Message) -> Iterator[tuple[str, int]]:
    """The handles and classes that a message names."""
    yield from (("h", handle) for handle in message.freed)
    if isinstance(message, Request) and message.target is not None:
        yield "h", message.target
    for _, value in places_of(message):
        if isinstance(value, Reference):
            yield "h", value.handle
        elif isinstance(value, Class):
            yield "c", value.class_number


def numbered(value: Json, path: Place = ()) -> Iterator[tuple[Place, str, int]]:
    """The handles and classes in an answer: where each is, and its number."""
    if isinstance(value, dict):
        for kind in ("h", "c"):
            if type(value.get(kind)) is int:
                yield path, kind, value[kind]
        for key, item in value.items():
            yield from numbered(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from numbered(item, (*path, position))


def places_of(message: wire.Message) -> Iterator[tuple[Place, wire.Value]]:
    """The values in a message, with where they are in its JSON."""
    if isinstance(message, Request):
        yield from places(message.arguments, ("args",))
        for name, value in message.keywords.items():
            yield from places(value, ("kwargs", name))
    elif isinstance(message, CallbackReturns):
        yield from places(message.value, ("value",))
    elif isinstance(message, CallbackRaises):
        yield from places(message.arguments, ("args",))
        if isinstance(message.cls, Class):
            yield ("class",), message.cls


def places(value: wire.Value, path: Place) -> Iterator[tuple[Place, wire.Value]]:
    yield path, value
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*path, position))
    elif isinstance(value, Collection):
        for position, item in enumerate(value.items):
            yield from places(item, (*path, "v", position))
    elif isinstance(value, Dictionary):
        for position, pair in enumerate(value.pairs):
            for place, item in enumerate(pair):
                yield from places(item, (*path, "v", position, place))


def is_reference(value: wire.Value) -> bool:
    if isinstance(value, ByteString):
        return type(value.content) is Traced
    return isinstance(value, (Reference, Class))


def reference_to(value: wire.Value, recorded: Mapping[Side, Sequence[Json]]) -> Json:
    """What an agent puts in the place of a value."""
    if isinstance(value, Reference):
        return {"h": value.handle}
    if isinstance(value, Class):
        return {"c": value.class_number}
    assert isinstance(value, ByteString) and isinstance(value.content, Traced)
    parts: list[Json] = []
    for part in value.content.parts:
        if not isinstance(part, Part):
            parts.append(wire.to_base64(part))
            continue
        path = place_of(part, recorded.get(part.side, ()))
        if path is None:  # as it is: where it would be other bytes, the scenario will tell
            return {"parts": [wire.to_base64(value.content)]}
        found = {"side": part.side, "answer": part.answer, "path": path, "slices": part.slices}
        parts.append(found)
    return {"parts": parts}


def place_of(part: Part, answers: Sequence[Json]) -> Place | None:
    """Where an answer has the bytes that it gave."""
    text = wire.to_base64(part.content)
    if part.answer >= len(answers):
        return None
    for path, value in dictionaries(answers[part.answer]):
        if value.get("t") in ("bytes", "str") and value.get("v") == text:
            return path
    return None


def place_of_text(text: str, answers: Sequence[Json]) -> Json:
    """Where the newest answer that has a text has it; None where none does."""
    for number in reversed(range(len(answers))):
        for path, value in strings(answers[number]):
            if value == text:
                return {"text": number, "path": path}
    return None


def strings(value: Json, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """The texts in JSON, those of 2.7 as well."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from strings(item, (*path, position))
    elif isinstance(value, dict):
        if value.get("t") == "str":
            yield path, base64.b64decode(value["v"]).decode("latin-1")
        elif value.get("t") == "unicode":
            yield path, value["v"]
        else:
            for key, item in value.items():
                yield from strings(item, (*path, key))


def dictionaries(value: Json, path: Place = ()) -> Iterator[tuple[Place, dict[str, Json]]]:
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            yield from dictionaries(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from dictionaries(item, (*path, position))


def at(value: Json, path: Place) -> Json:
    """What is at a path inside of JSON; None where there is nothing."""
    try:
        for key in path:
            value = value[key]
    except (IndexError, KeyError, TypeError):
        return None
    return value
