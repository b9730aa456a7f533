"""What travels between the host and an agent, typed: messages, outcomes, values, events.

JSON and its one-letter keys (see `impls/agent/agent.py`) end here. What has no type of its own in
JSON is an instance of one of the classes of `Value`; None, booleans, integers, text and lists stand
for themselves. `read_*` make these from what the agent sent and raise whatever comes of an answer
that no agent wrote; `to_json` makes what is sent to it.

Values are decoded once, when they arrive, because several need them: the scenario, the states,
the replay and the transcript.
"""

from __future__ import annotations

import array
import base64
import ctypes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, Union

from impls.host.process import AgentFailure, Lost
from impls.host.versions import default_suites_of

Json: TypeAlias = Any
"""What `json` makes of a line, or can write."""

Verb = Literal["get", "set", "del", "call", "probe", "callback", "end"]


# Values


@dataclass(frozen=True, slots=True)
class UnicodeText:
    """A `unicode` of Python 2.7; where `str` is text, it is a plain string."""

    text: str


@dataclass(frozen=True, slots=True)
class LongInteger:
    """A `long` of Python 2.7."""

    number: int


@dataclass(frozen=True, slots=True)
class FloatNumber:
    """A float, as its `repr`: that survives infinities and the last bit."""

    text: str

    def to_json(self) -> Json:
        return {"t": "float", "v": self.text}


@dataclass(frozen=True, slots=True)
class ByteString:
    """Bytes, as the type that held them."""

    kind: str
    """bytes, str (of 2.7), bytearray, memoryview or array."""
    content: bytes
    typecode: str = ""
    """Of an array."""

    def to_json(self) -> Json:
        return {"t": self.kind, "v": to_base64(self.content)}

    @property
    def length(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Buffer:
    """An argument that is a buffer, with the content it had; it may come back changed."""

    kind: str
    """bytearray, memoryview or array."""
    content: bytes
    """Of a memoryview, that of the whole object it shows a part of."""
    key: int
    """Its position among the buffers of the operation: what it is called when it comes back."""
    mutable: bool = True
    typecode: str = ""
    """Of an array."""
    part: tuple[int, int, int] | None = None
    """Of a memoryview: start, stop and step of what it shows."""

    def to_json(self) -> Json:
        value = {"t": self.kind, "k": self.key, "m": self.mutable, "v": to_base64(self.content)}
        if self.typecode:
            value["c"] = self.typecode
        if self.part is not None:
            value["start"], value["stop"], value["step"] = self.part
        return value

    @property
    def length(self) -> int:
        return len(self.content) if self.part is None else len(range(*self.part))


@dataclass(frozen=True, slots=True)
class Collection:
    """A tuple or a set."""

    kind: str
    """tuple, set or frozenset; the items of the latter two are in the order of their JSON."""
    items: list[Value]

    def to_json(self) -> Json:
        return {"t": self.kind, "v": self.items}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A dictionary; what comes from an agent is in the order of its JSON."""

    pairs: list[tuple[Value, Value]]

    def to_json(self) -> Json:
        return {"t": "dict", "v": self.pairs}


@dataclass(frozen=True, slots=True)
class Object:
    """Something that stays with the agent."""

    handle: int
    class_number: int


@dataclass(frozen=True, slots=True)
class Class:
    """A class; those of exceptions have no handle."""

    class_number: int
    handle: int | None = None

    def to_json(self) -> Json:
        return {"t": "class", "c": self.class_number}


@dataclass(frozen=True, slots=True)
class Function:
    """A function, or a method, that stays with the agent."""

    handle: int
    name: str


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A member of an enumeration, or a combination of flags."""

    class_number: int
    handle: int
    name: Value
    value: Value


@dataclass(frozen=True, slots=True)
class NamedCollection:
    """A tuple whose fields have names."""

    class_number: int
    handle: int
    fields: tuple[str, ...]
    items: list[Value]


@dataclass(frozen=True, slots=True)
class Error:
    """An exception: raised, or a value."""

    class_number: int
    arguments: list[Value]
    text: str
    """Its `str()`."""
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Callback:
    """A function of the host, wherever it is met."""

    number: int

    def to_json(self) -> Json:
        return {"t": "callback", "id": self.number}


@dataclass(frozen=True, slots=True)
class Reference:
    """An argument that is something which stays with the agent."""

    handle: int

    def to_json(self) -> Json:
        return {"t": "handle", "h": self.handle}


@dataclass(frozen=True, slots=True)
class File:
    """An argument that is a file or folder of the host; its path arrives as that of a copy."""

    kind: str
    """file or folder."""
    name: str
    """What the agent calls its copy."""
    path: str
    content: bytes | Mapping[str, bytes] | None = None
    """What the agent does not have already; of a folder, by name. An event does not keep it."""

    def to_json(self) -> Json:
        value: dict[str, Json] = {"t": self.kind, "name": self.name, "path": self.path}
        if isinstance(self.content, bytes):
            value["v"] = to_base64(self.content)
        elif self.content is not None:
            value["v"] = {name: to_base64(content) for name, content in self.content.items()}
        return value


Value: TypeAlias = Union[
    None,
    bool,
    int,
    str,
    "list[Value]",
    UnicodeText,
    LongInteger,
    FloatNumber,
    ByteString,
    Buffer,
    Collection,
    Dictionary,
    Object,
    Class,
    Function,
    Enumeration,
    NamedCollection,
    Error,
    Callback,
    Reference,
    File,
]
"""A value at the wire."""


def handle_of(value: Value) -> int | None:
    """The handle of what a value is, or refers to, if it has one."""
    kind = type(value)
    if kind in HAVE_HANDLES:
        handle: int | None = value.handle  # type: ignore[union-attr]
        return handle
    return None


HAVE_HANDLES = frozenset((Object, Class, Function, Enumeration, NamedCollection, Reference))


def parts_of(value: Value) -> Iterator[Value]:
    """The values directly inside a value."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, (Collection, NamedCollection)):
        yield from value.items
    elif isinstance(value, Dictionary):
        for pair in value.pairs:
            yield from pair
    elif isinstance(value, Enumeration):
        yield value.value


def values_in(value: Value) -> Iterator[Value]:
    """A value and all that is inside, outermost first."""
    yield value
    for part in parts_of(value):
        yield from values_in(part)


def handles_in(value: Value) -> Iterator[int]:
    """All handles that a value contains."""
    for part in values_in(value):
        handle = handle_of(part)
        if handle is not None:
            yield handle


def read_value(sent: Json) -> Value:
    """A value that an agent sent."""
    kind = type(sent)
    if kind is dict:
        return _READERS[sent["t"]](sent)
    if kind is list:
        return [read_value(item) for item in sent]
    value: Value = sent
    return value


def read_error(sent: Json) -> Error:
    attributes = {name: read_value(value) for name, value in sent["attributes"].items()}
    arguments = [read_value(argument) for argument in sent["args"]]
    return Error(sent["c"], arguments, sent["str"], attributes)


def _read_bytes(sent: Json) -> ByteString:
    return ByteString(sent["t"], base64.b64decode(sent["v"]))


def _read_array(sent: Json) -> ByteString:
    return ByteString("array", base64.b64decode(sent["v"]), sent["c"])


def _read_collection(sent: Json) -> Collection:
    return Collection(sent["t"], [read_value(item) for item in sent["v"]])


def _read_dictionary(sent: Json) -> Dictionary:
    return Dictionary([(read_value(key), read_value(item)) for key, item in sent["v"]])


def _read_enumeration(sent: Json) -> Enumeration:
    return Enumeration(sent["c"], sent["h"], read_value(sent["n"]), read_value(sent["v"]))


def _read_named_tuple(sent: Json) -> NamedCollection:
    items = [read_value(item) for item in sent["v"]]
    return NamedCollection(sent["c"], sent["h"], tuple(sent["f"]), items)


_READERS: Mapping[str, Callable[[Json], Value]] = {
    "unicode": lambda sent: UnicodeText(sent["v"]),
    "long": lambda sent: LongInteger(sent["v"]),
    "float": lambda sent: FloatNumber(sent["v"]),
    "bytes": _read_bytes,
    "str": _read_bytes,
    "bytearray": _read_bytes,
    "memoryview": _read_bytes,
    "array": _read_array,
    "tuple": _read_collection,
    "set": _read_collection,
    "frozenset": _read_collection,
    "dict": _read_dictionary,
    "object": lambda sent: Object(sent["h"], sent["c"]),
    "class": lambda sent: Class(sent["c"], sent.get("h")),
    "function": lambda sent: Function(sent["h"], sent["n"]),
    "enum": _read_enumeration,
    "namedtuple": _read_named_tuple,
    "exception": lambda sent: read_error(sent["e"]),
    "callback": lambda sent: Callback(sent["id"]),
}


# From the host to the agent


@dataclass(slots=True)
class Request:
    """One operation."""

    verb: Verb
    target: int | None
    """The handle it is about; None for a probe and for the end of a scenario."""
    name: str | None
    arguments: list[Value]
    keywords: dict[str, Value]
    freed: list[int] = field(default_factory=list)
    """Handles that nothing refers to any longer."""

    def to_json(self) -> Json:
        message: dict[str, Json] = {
            "op": self.verb,
            "name": self.name,
            "args": self.arguments,
            "kwargs": self.keywords,
        }
        if self.target is not None:
            message["on"] = self.target
        if self.freed:
            message["free"] = self.freed
        return message


@dataclass(slots=True)
class CallbackReturns:
    """What a function of the host returned to the agent."""

    value: Value
    freed: list[int] = field(default_factory=list)

    def to_json(self) -> Json:
        message: dict[str, Json] = {"op": "return", "value": self.value}
        return {**message, "free": self.freed} if self.freed else message


@dataclass(slots=True)
class CallbackRaises:
    """What a function of the host raised, for the agent to raise."""

    cls: Class | str
    """A class of the agent's, or the name of a built-in one."""
    arguments: list[Value]
    freed: list[int] = field(default_factory=list)

    def to_json(self) -> Json:
        message: dict[str, Json] = {"op": "raise", "class": self.cls, "args": self.arguments}
        return {**message, "free": self.freed} if self.freed else message


@dataclass(slots=True)
class EndOfScenario:
    """Forget all that the scenario held."""

    freed: list[int] = field(default_factory=list)

    def to_json(self) -> Json:
        return {"op": "end", "free": self.freed} if self.freed else {"op": "end"}


Message: TypeAlias = Request | CallbackReturns | CallbackRaises | EndOfScenario


# From the agent to the host


@dataclass(frozen=True)
class Hello:
    """What an agent says of itself when it has started."""

    python: str
    """Its version, such as "3.13.1"."""
    implementation: str
    """CPython, PyPy."""
    openssl: str | None
    """The module's OPENSSL_VERSION."""
    default_suites: str
    """Of the Python: one of `impls.host.versions.DEFAULT_SUITES`, or "unknown"."""
    executable: str
    module: str
    members: Mapping[str, str]
    """Of the module: {name: method, class or data}."""


def read_hello(sent: Json) -> Hello:
    return Hello(
        sent["python"],
        sent["implementation"],
        _text(read_value(sent["openssl"])),
        default_suites_of(sent["default_ciphers"]),
        sent["executable"],
        sent["module"],
        sent["members"],
    )


def _text(value: Value) -> str | None:
    """A version as text, whichever of 2.7's strings it came in."""
    if isinstance(value, ByteString):
        return value.content.decode("latin-1")
    if isinstance(value, UnicodeText):
        return value.text
    return None if value is None else str(value)


@dataclass(frozen=True)
class ClassDescription:
    """A class of the implementation, as its agent described it."""

    name: str
    module: str | None
    bases: tuple[int, ...]
    is_exception: bool
    members: Mapping[str, str]


def read_classes(sent: Json) -> dict[int, ClassDescription]:
    """The classes that an answer describes, by number."""
    return {
        int(number): ClassDescription(
            found["name"],
            found["module"],
            tuple(found["bases"]),
            found["exception"],
            found["members"],
        )
        for number, found in sent.items()
    }


@dataclass(frozen=True, slots=True)
class Returned:
    """An operation, or a callback, gave a value."""

    value: Value = None
    warnings: tuple[tuple[str, str], ...] = ()
    """(name of the category, text) of each."""
    mutated: Mapping[int, bytes] = field(default_factory=dict)
    """By their keys, the buffers that were changed, with what they hold now."""
    pending: Error | None = None
    """What it had set all the same: an exception that nobody raised."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An operation raised an exception."""

    error: Error
    warnings: tuple[tuple[str, str], ...] = ()
    mutated: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallbackRaised:
    """A callback raised an exception."""

    exception: str
    """The name of its class."""


@dataclass(frozen=True, slots=True)
class AgentGone:
    """The agent was lost at this operation."""

    lost: Lost


Outcome: TypeAlias = Returned | Raised | CallbackRaised | AgentGone


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """The agent calls a function of the host."""

    function: int | None
    """None for one of an earlier scenario."""
    arguments: list[Value]
    keywords: dict[str, Value]
    pending: Error | None = None
    """The exception with which the implementation made the call."""
    notes: tuple[str, ...] = ()
    """What else is wrong with the call: another thread, after the end, during no operation."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The agent could not carry out the request."""

    text: str


Answer: TypeAlias = Returned | Raised | CallbackRequest | Failure


def read_answer(sent: Json) -> Answer | None:
    """What an agent answered to a request; None where it is not a valid one."""
    if "callback" in sent:
        return read_callback(sent)
    if "failure" in sent:
        return Failure(sent["failure"])
    warnings: tuple[tuple[str, str], ...] = ()
    mutated: Mapping[int, bytes] = {}
    if "warnings" in sent:
        warnings = tuple((category, text) for category, text in sent["warnings"])
    if "mutated" in sent:
        mutated = {int(key): base64.b64decode(value) for key, value in sent["mutated"].items()}
    if "error" in sent:
        return Raised(read_error(sent["error"]), warnings, mutated)
    if "value" in sent:
        pending = read_error(sent["pending"]) if "pending" in sent else None
        return Returned(read_value(sent["value"]), warnings, mutated, pending)
    return None


def read_callback(sent: Json) -> CallbackRequest:
    """A call of one of the host's functions."""
    pending = sent.get("pending")
    return CallbackRequest(
        sent["callback"],
        [read_value(value) for value in sent["args"]],
        {name: read_value(value) for name, value in sent["kwargs"].items()},
        None if pending is None else read_error(pending),
        tuple(sent.get("notes", ())),
    )


# What was recorded


@dataclass
class Event:
    """One operation of a scenario, or one callback from inside one, as it travelled."""

    verb: Verb
    target: int | None
    """The handle it is about; None for a probe."""
    name: str | None
    arguments: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    outcome: Outcome | None = None
    """None while it goes on."""
    parent: int | None = None
    """For what happened inside a callback: the position of the event that caused it."""
    function: int | None = None
    """For a callback: the number that the function has on the wire."""
    freed: list[int] = field(default_factory=list)
    """What the scenario had dropped by then; of a callback, by its end."""
    preparing: bool = False
    """Whether a fixture prepares what the scenario is about."""
    pending: Error | None = None
    """For a callback: the exception that was pending when the implementation made the call."""
    notes: tuple[str, ...] = ()
    """For a callback: what else is wrong with the call."""

    @property
    def value(self) -> Value:
        """What it gave; None where it gave nothing."""
        return self.outcome.value if isinstance(self.outcome, Returned) else None

    @property
    def error(self) -> Error | None:
        """What it raised in the implementation."""
        return self.outcome.error if isinstance(self.outcome, Raised) else None

    @property
    def returned(self) -> bool:
        return isinstance(self.outcome, Returned)

    @property
    def inputs(self) -> Iterator[Value]:
        """Arguments and keywords, in order."""
        yield from self.arguments
        yield from self.keywords.values()


# Bytes and buffers


def to_base64(data: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(data).decode("ascii")


def buffer_of(value: bytearray | memoryview | array.array[Any], key: int) -> Buffer:
    """A buffer with its content. Raises AgentFailure for what an agent could not make."""
    if isinstance(value, array.array):
        return Buffer("array", value.tobytes(), key, typecode=value.typecode)
    if isinstance(value, bytearray):
        return Buffer("bytearray", bytes(value), key)
    part = slice_of(value)
    whole = bytes(memoryview(value.obj).cast("B"))
    return Buffer("memoryview", whole, key, not value.readonly, part=part)


def slice_of(view: memoryview) -> tuple[int, int, int]:
    """Which bytes of its underlying object a one-dimensional view of bytes shows."""
    if view.ndim != 1 or view.itemsize != 1 or view.strides is None or view.strides[0] < 1:
        raise AgentFailure("Only a forward, one-dimensional memoryview of bytes can travel.")
    whole = memoryview(view.obj).cast("B")
    step = view.strides[0]
    start = 0
    if len(view) and len(whole):
        start = address(view) - address(whole)
    return start, start + (len(view) - 1) * step + 1 if len(view) else start, step


def address(view: memoryview) -> int:
    """Where a view begins in memory: slices of one object differ in nothing else."""
    buffer = (ctypes.c_ssize_t * 12)()  # struct Py_buffer: `buf` is its first member
    ctypes.pythonapi.PyObject_GetBuffer(
        ctypes.py_object(view),
        ctypes.byref(buffer),
        ctypes.c_int(0x18),  # PyBUF_STRIDES
    )
    try:
        return int(buffer[0])
    finally:
        ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))


def fill_buffer(buffer: bytearray | memoryview | array.array[Any], content: bytes) -> None:
    """Put what the agent's copy holds now into the host's buffer."""
    target = memoryview(buffer.obj if isinstance(buffer, memoryview) else buffer)
    target.cast("B")[:] = content
