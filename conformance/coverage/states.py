"""What the reference's runs cover of the contract: which member was used in which state.

A cell is (owner, member, way, state) with a kind of outcome. The states of all objects are followed
through the events of a scenario; where what happened to an object cannot be seen, it has no state
any longer and nothing that is done with it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from impls.host.wire import (
    Buffer,
    ByteString,
    Class,
    ClassDescription,
    Error,
    Event,
    Object,
    Reference,
    Value,
)

MODULE = "ssl"
"""The owner of what is a member of the module itself, whatever that is called."""
EXCEPTIONS = "exceptions"
"""The owner of the exception classes, which are raised and constructed."""

Way = Literal["call", "get", "set", "raise", "construct"]
"""What can be done with a member. The last two are for exception classes."""

ALWAYS = "always"
"""The one state of what has none."""

STATES: Mapping[str, tuple[str, ...]] = {
    "MemoryBIO": ("empty", "with data", "EOF behind data", "drained EOF"),
    "SSLObject": (
        "fresh",
        "mid-handshake",
        "established",
        "close_notify sent",
        "close_notify received",
        "closed both ways",
        "after EOF",
        "after a fatal error",
    ),
    "SSLContext": ("unused", "used"),
    "SSLSession": ("kept", "offered"),
    MODULE: (ALWAYS,),
    EXCEPTIONS: (ALWAYS,),
}
"""The states of each owner, in their order.

A MemoryBIO is followed until it is handed to wrap_bio(): TLS moves what is in it from then on. A
context is used from its first wrap_bio() on, a session is offered when another connection is given
it. An SSLObject has the state that its own operations show: what it has not read does not count.
"""

DRIVING = ("do_handshake", "read", "write", "unwrap")
"""The methods of an SSLObject that move it from state to state."""

HARMLESS = (
    "APPLICATION_DATA_AFTER_CLOSE_NOTIFY",
    "BAD_LENGTH",
    "PROTOCOL_IS_SHUTDOWN",
    "SHUTDOWN_WHILE_IN_INIT",
    "UNINITIALIZED",
)
"""Reasons of errors that refuse an operation and leave the connection as it was."""


WRAPPED = ("incoming", "outgoing", "server_side", "server_hostname", "session")
"""The parameters of wrap_bio(), in their order."""

IGNORE_UNEXPECTED_EOF = 1 << 7
"""OpenSSL's bit for that option."""


LOOKING = (
    "construct",
    "delete_attribute",
    "has",
    "integer",
    "is_equal",
    "is_hashable",
    "is_instance",
    "is_same",
    "is_subclass",
    "length",
    "limit_versions",
    "operate",
    "repr",
    "str",
    "subclass",
    "type_name",
    "weak_reference",
)
"""Probes that leave an object in the state it is in; others may do anything with it."""


class Member(NamedTuple):
    """A member and one way to use it."""

    owner: str
    name: str
    way: Way

    def __str__(self) -> str:
        name = self.name if self.owner == EXCEPTIONS else f"{self.owner}.{self.name}"
        return f"{name} ({self.way})"


class Cell(NamedTuple):
    """A member in a state, and one kind of outcome that it had there."""

    owner: str
    name: str
    way: Way
    state: str
    outcome: str
    """Either "value" or an exception class; of a raised exception, the member that raised it."""

    @property
    def member(self) -> Member:
        return Member(self.owner, self.name, self.way)


def is_own(module: object) -> bool:
    """Whether something of that module is ssl's: "ssl", "_ssl"."""
    return str(module).lstrip("_") == "ssl"


def lineage(
    classes: Mapping[int, ClassDescription], number: int
) -> Iterator[tuple[str, str | None]]:
    """Name and module of a class and of all its bases."""
    described = classes[number]
    yield described.name, described.module
    for base in described.bases:
        yield from lineage(classes, base)


def cells_of(events: Sequence[Event], classes: Mapping[int, ClassDescription]) -> list[Cell]:
    """The cells that the events of one scenario met, sorted; `classes` are those of their agent."""
    return sorted(_Tracker(classes).follow(events))


@dataclass
class _Connection:
    """What is known of an SSLObject."""

    incoming: int | None
    ignores_ends: bool
    """Whether its context had OP_IGNORE_UNEXPECTED_EOF when it was made."""
    state: str = "fresh"


@dataclass
class _Bio:
    """What is known of a MemoryBIO."""

    held: int = 0
    ended: bool = False
    free: bool = True
    """Whether nothing else moves bytes of it."""

    @property
    def state(self) -> str | None:
        if not self.free:
            return None
        if self.ended:
            return "EOF behind data" if self.held else "drained EOF"
        return "with data" if self.held else "empty"


class _Tracker:
    """Follows the states of all objects through the events of one scenario."""

    def __init__(self, classes: Mapping[int, ClassDescription]) -> None:
        self.classes = classes
        self.cells: set[Cell] = set()
        self.owners: dict[int, str] = {0: MODULE}
        """Of every handle that is followed, the class with states that it is of."""
        self.names: dict[int, str] = {0: MODULE}
        """Of every handle that was met, the class it is of."""
        self.connections: dict[int, _Connection] = {}
        self.bios: dict[int, _Bio] = {}
        self.states: dict[int, str] = {}
        """Of contexts and sessions."""
        self.ignoring: set[int] = set()
        """Contexts with OP_IGNORE_UNEXPECTED_EOF."""

    def follow(self, events: Sequence[Event]) -> set[Cell]:
        running: list[tuple[int, Event, str | None]] = []
        for position, event in enumerate(events):
            while running and running[-1][0] != event.parent:
                self.finish(*running.pop()[1:])
            running.append((position, event, self.begin(event)))
        while running:
            self.finish(*running.pop()[1:])
        return self.cells

    def begin(self, event: Event) -> str | None:
        """Note the cell of an event; return the state of its target. Callbacks come after it."""
        if event.verb == "callback":
            self.meet(event.arguments, "used")
        elif event.verb == "probe":
            if event.name == "construct":
                self.constructed(event)
            elif event.name not in LOOKING:
                self.forget(event.inputs)
        if event.target is None or event.name is None:
            return None
        owner, state = self.owners.get(event.target), self.state_of(event.target)
        if owner is None and event.verb == "call":
            self.forget(event.inputs)
        if owner is not None and state is not None and event.verb in ("call", "get", "set"):
            self.note(owner, event.name, event.verb, state, self.outcome(event))
        self.raised(event)
        if drives(event) and state == "fresh" and event.name != "unwrap":
            self.connections[event.target].state = "mid-handshake"
        return state

    def finish(self, event: Event, state: str | None) -> None:
        """What an event has changed, when all that happened inside it is over."""
        self.meet(event.value, "unused" if event.verb == "call" else "used")
        target = event.target
        if target is None:
            return
        owner = self.owners.get(target)
        if target in self.connections and state is not None:
            if drives(event):
                self.connections[target].state = self.driven(event, state)
            elif event.verb == "set" and event.name in ("context", "session"):
                self.use(event.arguments)
        elif owner == "MemoryBIO":
            self.move(event, self.bios[target])
        elif owner == "SSLContext":
            self.configure(event, target)

    def note(self, owner: str, name: str, way: Way, state: str, outcome: str) -> None:
        if outcome != "lost":
            self.cells.add(Cell(owner, name, way, state, outcome))

    def outcome(self, event: Event) -> str:
        if event.returned:
            return "value"
        raised = self.error(event)
        return "lost" if raised is None else raised.name

    def error(self, event: Event) -> ClassDescription | None:
        """The class of what an operation raised."""
        return None if event.error is None else self.classes[event.error.class_number]

    def state_of(self, handle: int) -> str | None:
        """The state of an object, None where it is not known."""
        if handle == 0:
            return ALWAYS
        if handle in self.connections:
            return self.connections[handle].state
        return self.bios[handle].state if handle in self.bios else self.states.get(handle)

    # Objects

    def meet(self, value: Value, context_state: str) -> None:
        """Begin to follow the objects that appear for the first time."""
        if isinstance(value, list):
            for item in value:
                self.meet(item, context_state)
            return
        if not isinstance(value, Object) or value.handle in self.owners:
            return
        handle, owner = value.handle, self.owner(value.class_number)
        self.names[handle] = owner or self.classes[value.class_number].name
        if owner is None:
            return
        self.owners[handle] = owner
        if owner == "MemoryBIO":
            self.bios[handle] = _Bio()
        elif owner == "SSLContext":
            self.states[handle] = context_state
        elif owner == "SSLSession":
            self.states[handle] = "kept"

    def owner(self, number: int) -> str | None:
        """The class with states that a class is, or is derived from."""
        for name, module in lineage(self.classes, number):
            if name in STATES and is_own(module):
                return name
        return None

    def forget(self, values: Iterable[Value]) -> None:
        """Know nothing more of the states of objects."""
        for handle in map(handle_in, values):
            if handle is not None:
                self.connections.pop(handle, None)
                self.states.pop(handle, None)
            if handle in self.bios:
                self.bios[handle].free = False

    # Contexts, sessions and MemoryBIOs

    def configure(self, event: Event, context: int) -> None:
        if event.verb == "set" and event.name == "options" and event.returned:
            (value,) = event.arguments
            if isinstance(value, int):
                self.ignoring.discard(context)
                self.ignoring.update([context] if value & IGNORE_UNEXPECTED_EOF else [])
        wrapped = event.value
        if event.name not in ("wrap_bio", "wrap_socket") or not isinstance(wrapped, Object):
            return
        self.states[context] = "used"
        if event.name == "wrap_bio":
            given = dict(zip(WRAPPED, event.arguments, strict=False)) | event.keywords
            incoming, outgoing = (handle_in(given[name]) for name in WRAPPED[:2])
            ignores = context in self.ignoring
            self.connections[wrapped.handle] = _Connection(incoming, ignores)
            for handle in (incoming, outgoing):
                if handle in self.bios:
                    self.bios[handle].free = False
            self.use([given.get("session")])

    def use(self, values: Sequence[Value]) -> None:
        """Contexts and sessions that a connection is given."""
        for handle in map(handle_in, values):
            if handle in self.states:
                is_session = self.owners[handle] == "SSLSession"
                self.states[handle] = "offered" if is_session else "used"

    def move(self, event: Event, bio: _Bio) -> None:
        if event.verb != "call" or not event.returned:
            return
        if event.name == "write_eof":
            bio.ended = True
        elif event.name == "write":
            bio.held += length_of(event.value)
        elif event.name == "read":
            bio.held -= length_of(event.value)

    # Connections

    def driven(self, event: Event, state: str) -> str:
        """The state in which a driving operation leaves a connection that was in `state`."""
        if state in ("after EOF", "after a fatal error"):
            return state
        sent = state in ("close_notify sent", "closed both ways")
        received = "closed both ways" if sent else "close_notify received"
        assert event.target is not None
        if event.error is not None:
            return self.after_error(event, event.error, state, received)
        if not event.returned or moves_nothing(event):
            return state
        if event.name == "unwrap":
            return "closed both ways"
        if event.name == "read" and length_of(event.value) == 0:
            connection = self.connections[event.target]
            bio = self.bios.get(connection.incoming or 0)
            ended = connection.ignores_ends and bio is not None and bio.ended
            return "after EOF" if ended else received
        return "established" if state in ("fresh", "mid-handshake") else state

    def after_error(self, event: Event, error: Error, state: str, received: str) -> str:
        found = lineage(self.classes, error.class_number)
        names = {name for name, module in found if is_own(module)}
        if "SSLError" not in names:
            return state
        if "SSLWantReadError" in names:
            before = {"fresh": "mid-handshake"}
            if event.name == "unwrap":
                before = {"established": "close_notify sent"}
            return before.get(state, state)
        if "SSLZeroReturnError" in names:
            return received
        if names & {"SSLEOFError", "SSLSyscallError"}:
            return "after EOF"
        harmless = error.attributes.get("reason") in HARMLESS or state == "closed both ways"
        return state if harmless else "after a fatal error"

    # Exceptions

    def raised(self, event: Event) -> None:
        """Note which of ssl's exceptions an operation raised."""
        by = f"{self.names.get(event.target or 0, '?')}.{event.name}"
        raised = self.error(event)
        if raised is not None and is_own(raised.module):
            self.note(EXCEPTIONS, raised.name, "raise", ALWAYS, by)

    def constructed(self, event: Event) -> None:
        cls = event.arguments[0]
        if isinstance(cls, Class) and is_own(self.classes[cls.class_number].module):
            name = self.classes[cls.class_number].name
            self.note(EXCEPTIONS, name, "construct", ALWAYS, self.outcome(event))


def drives(event: Event) -> bool:
    return event.verb == "call" and event.name in DRIVING


def moves_nothing(event: Event) -> bool:
    """Whether a read or write is of no bytes, which moves nothing."""
    if event.name not in ("read", "write"):
        return False
    names = ("len", "buffer") if event.name == "read" else ("data",)
    given = dict(zip(names, event.arguments, strict=False)) | event.keywords
    if event.name == "write":
        return length_of(given["data"]) == 0
    buffer = given.get("buffer")
    return given.get("len", 1) == 0 if buffer is None else length_of(buffer) == 0


def length_of(value: Value) -> int:
    """How many bytes a value is, or says that it moved."""
    if isinstance(value, (ByteString, Buffer)):
        return value.length
    return value if isinstance(value, int) else 0


def handle_in(value: Value) -> int | None:
    """The handle that an argument is, if it is one."""
    return value.handle if isinstance(value, Reference) else None
