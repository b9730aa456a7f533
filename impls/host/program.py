"""Programs: what a scenario requested of one implementation, run as a whole by another.

A scenario's conversation with the reference's agent is recorded and compiled to a program, which
another agent runs without asking back (see `impls/agent/program.py`). Then the scenario itself runs
against the answers: each message that it sends is compared with the one that the agent carried out,
and is answered with what came of it. So what the scenario sees, and what the implementation was
given, are what they would be message by message; only the processes wait for each other less.

Where the agent stopped, because an answer was of another kind than the recorded one, the
conversation goes on message by message. Where the scenario sends another message than the one that
was carried out, nothing of the run counts: `Deviated` is raised, and the scenario is to be run
anew without a program.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol, SupportsIndex, TypeAlias

from impls.host import wire
from impls.host.process import ENCODER, AgentLost, AgentProcess, Lost
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

PATIENCE = 1.25
"""Of an operation's timeout: the agent sends what it has every eighth of it."""


class Deviated(BaseException):
    """The scenario sent another message than the one that the agent has carried out.

    Not an `Exception`, so that no scenario's `except` can mistake it for the implementation's.
    """


class Transport(Protocol):
    """What a session talks through."""

    def send(self, message: wire.Message) -> None: ...

    def receive(self, timeout: float) -> dict[str, Any]: ...


# Bytes that know where they came from


@dataclass(frozen=True, slots=True)
class Part:
    """A part of some bytes that an answer gave."""

    answer: int
    content: bytes
    """All that the answer gave there."""
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

    def __init__(self, process: AgentProcess) -> None:
        self._process = process
        self.messages: list[wire.Message] = []
        self.answers: list[dict[str, Any]] = []

    def send(self, message: wire.Message) -> None:
        self.messages.append(message)
        self._process.send(message)

    def receive(self, timeout: float) -> dict[str, Any]:
        answer = self._process.receive(timeout)
        self.answers.append(answer)
        return answer

    def traced(self, content: bytes) -> bytes:
        """Bytes that the last answer gave."""
        return Traced.of(content, Part(len(self.answers) - 1, content))


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


@dataclass(frozen=True)
class Program:
    """A scenario's messages to one implementation, for others."""

    steps: tuple[Step, ...]
    answers: tuple[Mapping[str, Any], ...]
    files: tuple[File, ...]
    text: str
    """The messages as an agent gets them: a list in JSON."""


def compiled(recorder: Recorder) -> Program:
    """The program of a conversation that is over."""
    messages, answers = recorder.messages, recorder.answers
    needed = {found for message in messages for found in numbers_in(message)}
    steps: list[Step] = []
    plain: list[Json] = []
    files: dict[str, File] = {}
    known: set[tuple[str, int]] = set()
    for message, answer in zip(messages, answers, strict=True):
        made = []
        for path, kind, number in numbered(answer):
            if (kind, number) in needed - known:
                known.add((kind, number))
                made.append((path, kind, number))
        bare = json.loads(ENCODER.encode(message))
        refs = []
        origins: dict[int | str, Json] = {}
        for path, value in places_of(message):
            if isinstance(value, File):
                files.setdefault(value.name, value)
                at(bare, path).pop("v", None)
            elif is_reference(value):
                refs.append((path, reference_to(value, answers)))
                if isinstance(value, ByteString):
                    origins[id(value)] = refs[-1][1]["parts"]
            elif type(value) is str and len(value) >= LONG_TEXT:
                found = place_of_text(value, answers[: len(steps)])
                if found is not None:
                    refs.append((path, found))
                    origins[value] = found
        steps.append(Step(message, tuple(made), origins))
        plain.append({**bare, "refs": refs, "made": made, "then": kind_of(answer)})
    text = json.dumps(plain, separators=(",", ":"))
    return Program(tuple(steps), tuple(answers), tuple(files.values()), text)


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


def reference_to(value: wire.Value, answers: Sequence[Json]) -> Json:
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
        path = place_of(part, answers)
        if path is None:  # as it is: where it would be other bytes, the scenario will tell
            return {"parts": [wire.to_base64(value.content)]}
        parts.append({"answer": part.answer, "path": path, "slices": part.slices})
    return {"parts": parts}


def place_of(part: Part, answers: Sequence[Json]) -> Place | None:
    """Where an answer has the bytes that it gave."""
    text = wire.to_base64(part.content)
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


# Running


class Playback:
    """Takes the place of an agent's process for one scenario, after the agent ran a program.

    It answers what the program has answered already; what comes after that goes to the agent.
    """

    def __init__(
        self, program: Program, process: AgentProcess, files: Sequence[File], timeout: float
    ) -> None:
        """Have the program run; `files` are those of its files that the agent lacks."""
        self._program = program
        self._process = process
        self.answers: list[dict[str, Any]] = []
        self.lost: Lost | None = None
        """How the agent was lost in the middle of the program."""
        self._given = 0
        """How many of the answers the scenario has."""
        self._handles: dict[int, int] = {0: 0}
        self._classes: dict[int, int] = {}
        self._freed: set[int] = set()
        try:
            self._run(files, timeout)
        except AgentLost as error:
            self.lost = error.lost

    def _run(self, files: Sequence[File], timeout: float) -> None:
        head = ENCODER.encode({"op": "program", "timeout": timeout, "files": list(files)})
        self._process.send_line(f'{head[:-1]},"messages":{self._program.text}}}')
        over = False
        while not over:
            batch = self._process.receive(timeout * PATIENCE)
            answers = batch.get("answers")
            if not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
                raise self._process.garbage(repr(batch)[:60])
            self.answers += answers
            over = batch.get("over", False)
            if batch.get("late", False):
                del self.answers[-1:]
                raise self._process.hang(timeout)

    @property
    def complete(self) -> bool:
        """Whether the whole program ran, its end included."""
        return self.lost is None and len(self.answers) == len(self._program.steps)

    def send(self, message: wire.Message) -> None:
        """Compare a message with the one that the agent carried out. Raises Deviated."""
        if self._given == len(self.answers):
            if self.lost is None:
                self._process.send(message)
            return
        step = self._program.steps[self._given]
        if not self._is_as_carried_out(message, step):
            raise Deviated

    def receive(self, timeout: float) -> dict[str, Any]:
        """What came of the message that was sent last. Raises AgentLost."""
        if self._given == len(self.answers):
            if self.lost is not None:
                raise AgentLost(self.lost)
            return self._process.receive(timeout)
        answer = self.answers[self._given]
        for path, kind, number in self._program.steps[self._given].made:
            found = at(answer, path)
            if isinstance(found, dict) and kind in found:
                own = self._handles if kind == "h" else self._classes
                own.setdefault(number, found[kind])
        self._given += 1
        return dict(answer)

    def _is_as_carried_out(self, message: wire.Message, step: Step) -> bool:
        """Whether a message is the step's, with what this agent gave in place of references."""
        recorded, origins = step.message, step.origins
        if type(message) is not type(recorded):
            return False
        if isinstance(message, Request):
            assert isinstance(recorded, Request)
            if message.verb != recorded.verb or message.name != recorded.name:
                return False
            if recorded.target is not None and message.target != self._handles.get(recorded.target):
                return False
            if (message.target is None) != (recorded.target is None):
                return False
            same = self._all_same(origins, message.arguments, recorded.arguments) and (
                list(message.keywords) == list(recorded.keywords)
                and self._all_same(origins, message.keywords.values(), recorded.keywords.values())
            )
        elif isinstance(message, CallbackReturns):
            assert isinstance(recorded, CallbackReturns)
            same = self._same(origins, message.value, recorded.value)
        elif isinstance(message, CallbackRaises):
            assert isinstance(recorded, CallbackRaises)
            same = self._same(origins, message.cls, recorded.cls) and self._all_same(
                origins, message.arguments, recorded.arguments
            )
        else:
            same = True
        return same and message.freed == self._freed_by(recorded)

    def _freed_by(self, recorded: wire.Message) -> list[int]:
        """The handles that the agent dropped for a message, as its Program.resolve() chose them."""
        freed = []
        for handle in recorded.freed:
            own = self._handles.pop(handle, None)
            if own is not None and own not in self._freed:
                self._freed.add(own)
                freed.append(own)
        return freed

    def _all_same(
        self,
        origins: Origins,
        values: Iterable[wire.Value],
        recorded: Iterable[wire.Value],
    ) -> bool:
        ours, theirs = list(values), list(recorded)
        return len(ours) == len(theirs) and all(
            self._same(origins, one, other) for one, other in zip(ours, theirs, strict=True)
        )

    def _same(self, origins: Origins, value: wire.Value, recorded: wire.Value) -> bool:
        """Whether a value in a message is the recorded one, or what stands for that here."""
        kind = type(recorded)
        if kind is str and recorded in origins:
            return value == self._text(origins[recorded])  # type: ignore[index]
        if type(value) is not kind:
            return False
        if kind in PLAIN:
            return value == recorded
        if isinstance(recorded, Reference):
            return value.handle == self._handles.get(recorded.handle)  # type: ignore[union-attr]
        if isinstance(recorded, ByteString):
            assert isinstance(value, ByteString)
            parts = origins.get(id(recorded))
            content = recorded.content if parts is None else self._joined(parts)
            return value.kind == recorded.kind and content == value.content
        if isinstance(recorded, list):
            return self._all_same(origins, value, recorded)  # type: ignore[arg-type]
        if isinstance(recorded, Class):
            return value.class_number == self._classes.get(recorded.class_number)  # type: ignore[union-attr]
        if isinstance(recorded, Collection):
            assert isinstance(value, Collection)
            return value.kind == recorded.kind and self._all_same(
                origins, value.items, recorded.items
            )
        if isinstance(recorded, Dictionary):
            assert isinstance(value, Dictionary)
            return self._all_same(origins, chain(*value.pairs), chain(*recorded.pairs))
        if isinstance(recorded, File):
            assert isinstance(value, File)
            return (value.kind, value.path) == (recorded.kind, recorded.path)
        return value == recorded  # a buffer, a float, a callback: nothing in them is a reference

    def _text(self, origin: Json) -> wire.Value:
        """The text that the agent had in the place of a recorded one, as a message has it."""
        found = at(self.answers[origin["text"]], origin["path"])
        if not isinstance(found, dict):
            return found if isinstance(found, str) else None
        if found.get("t") == "str":
            return ByteString("bytes", base64.b64decode(found["v"]))
        return found["v"] if found.get("t") == "unicode" else None

    def _joined(self, parts: Sequence[Json]) -> bytes | None:
        """The bytes that the agent had in the place of recorded ones; None where it had none."""
        content = b""
        for part in parts:
            if isinstance(part, str):
                content += base64.b64decode(part)
                continue
            found = at(self.answers[part["answer"]], part["path"])
            if not isinstance(found, dict) or found.get("t") not in ("bytes", "str"):
                return None
            piece = base64.b64decode(found["v"])
            for start, stop in part["slices"]:
                piece = piece[start:stop]
            content += piece
        return content


PLAIN = frozenset((type(None), bool, int, str))


def at(value: Json, path: Place) -> Json:
    """What is at a path inside of JSON; None where there is nothing."""
    try:
        for key in path:
            value = value[key]
    except (IndexError, KeyError, TypeError):
        return None
    return value
