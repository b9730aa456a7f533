"""How connections came to be, and which members were used on them: the contract's other table.

A use is (owner, member, way) on one side of a connection of one origin. The origin is derived from
what the events of a scenario show: what the objects reported of themselves, what was set, which
bytes went from one side to the other. The two sides of a connection are known to belong together
where one was given what the other wrote, or where they are the ends of one pair of sockets; then
what one shows holds for both. Where anything is uncertain, the uses count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from conformance.coverage.states import (
    DRIVING,
    HARMLESS,
    LOOKING,
    WRAPPED,
    Way,
    handle_in,
    lineage,
)
from impls.host.wire import (
    Buffer,
    ByteString,
    Callback,
    ClassDescription,
    Collection,
    Dictionary,
    Error,
    Event,
    Object,
    Value,
)

OWNERS = {"wrap_bio": "SSLObject", "wrap_socket": "SSLSocket"}
"""What each method of a context makes. Of an SSLSocket the members count that both have."""

SIDES = ("client", "server")

FULL = "full handshake"
BY_ID = "resumed by TLS 1.2 id"
BY_TICKET = "resumed by TLS 1.2 ticket"
RESUMED = "resumed with TLS 1.3"
SWITCHED = "context switched by server name"
AUTHENTICATED = "client authenticated in the handshake"
LATER = "client authenticated after the handshake"
KEY_12 = "pre-shared key of TLS 1.2"
KEY_13 = "pre-shared key of TLS 1.3"
UPDATED = "after a KeyUpdate"
RENEGOTIATED = "after a renegotiation"
WRONG_ARGUMENT = "after a TypeError or ValueError"
REFUSED_ATTRIBUTE = "after a refused attribute"
REFUSED_OPERATION = "after an SSLError"
WAITED = "after an SSLWantReadError"

ORIGINS = (
    FULL,
    BY_ID,
    BY_TICKET,
    RESUMED,
    SWITCHED,
    AUTHENTICATED,
    LATER,
    KEY_12,
    KEY_13,
    UPDATED,
    RENEGOTIATED,
    WRONG_ARGUMENT,
    REFUSED_ATTRIBUTE,
    REFUSED_OPERATION,
    WAITED,
)
"""The origins, in their order: the handshake's, and what happened to a connection after it.

The latter count from there on: from the server's first look at the client's certificate, from the
read that took a KeyUpdate in, from the version() that ends a renegotiation, from the failed call.
"""

DRIVING_SOCKETS = (*DRIVING, "recv", "recv_into", "send", "sendall")
"""The methods of an SSLSocket whose errors may end its connection."""

ENDING = ("close", "detach", "shutdown", "unwrap")
"""The methods of an SSLSocket after which it has no connection."""

WRAPPED_SOCKET = (
    "sock",
    "server_side",
    "do_handshake_on_connect",
    "suppress_ragged_eofs",
    "server_hostname",
    "session",
)
"""The parameters of wrap_socket(), in their order."""

OP_NO_TICKET = 1 << 14
"""OpenSSL's bit for that option."""

CERTAIN = 32
"""Bytes of TLS that are as many are random in part, and so are known again."""


class Use(NamedTuple):
    """A member, one way to use it, and the side and origin of the connection that it is of."""

    owner: str
    name: str
    way: Way
    origin: str
    side: str


def uses_in(events: Sequence[Event], classes: Mapping[int, ClassDescription]) -> list[Use]:
    """The uses that the events of one scenario show, sorted; `classes` are those of their agent."""
    if not any(event.name in OWNERS for event in events):
        return []
    return sorted(_Tracker(events, classes).follow())


def as_they_ended(events: Sequence[Event]) -> Iterator[Event]:
    """The events in the order of their ends: what happened inside a callback ends first."""
    running: list[int] = []
    for position, event in enumerate(events):
        while running and running[-1] != event.parent:
            yield events[running.pop()]
        running.append(position)
    while running:
        yield events[running.pop()]


@dataclass(eq=False)
class _Connection:
    """What is known of one side of a connection."""

    owner: str
    side: str
    context: int
    """The handle of the context that it was wrapped with."""
    offers: bool = False
    """Whether it was ever given a session."""
    has_no_tickets: bool = False
    """Whether its context had OP_NO_TICKET when it was made."""
    peer: _Connection | None = None
    done: bool = False
    """Whether its handshake has been seen to be over."""
    over: bool = False
    """Whether it was lost, or went another way than its events show."""
    version: str | None = None
    cipher: str | None = None
    reused: bool | None = None
    sessions: list[int] = field(default_factory=list)
    """The handles of the sessions that it was given and reported."""
    switched: bool = False
    has_other_context: bool = False
    """Whether the scenario itself has replaced its context."""
    authenticated: bool = False
    asked: bool = False
    """Whether a server has requested a certificate after the handshake."""
    updating: bool = False
    """Whether a KeyUpdate is on its way to it."""
    again: bool = False
    """Whether it is in a handshake although it had one."""
    agreed_again: bool = False
    """Whether what it reports may be of another handshake than its first."""
    used: set[tuple[str, Way]] = field(default_factory=set)
    since: dict[str, set[tuple[str, Way]]] = field(default_factory=dict)
    """By what happened to it after its handshake, what was used from then on."""


class _Tracker:
    """Follows the connections through the events of one scenario."""

    def __init__(self, events: Sequence[Event], classes: Mapping[int, ClassDescription]) -> None:
        self.events, self.classes = events, classes
        self.connections: dict[int, _Connection] = {}
        """By handle, the object or socket."""
        self.made: list[_Connection] = []
        self.reading: dict[int, _Connection] = {}
        """By what it reads from."""
        self.writing: dict[int, _Connection] = {}
        """By the MemoryBIO that it writes to."""
        self.flights: dict[bytes, _Connection] = {}
        """By what it has written, while its peer is not known."""
        self.pairs: dict[int, int] = {}
        """The other end of a socket of a pair."""
        self.forgers: set[int] = set()
        self.met: set[int] = set()
        """Handles that something was done with."""
        self.freed: set[int] = set()
        self.touched: set[int] = set()
        """What a probe may have done anything with."""
        self.no_tickets: set[int] = set()
        self.later: set[int] = set()
        """Contexts with post_handshake_auth."""
        self.with_keys: set[int] = set()
        """Contexts with a callback for keys that are known before."""
        self.choosing: set[int] = set()
        """Contexts with a callback for server names."""
        self.choosers: set[int] = set()
        """The numbers of such callbacks."""
        self.tickets: dict[int, bool] = {}
        """By the handle of a session, whether it has one."""

    def follow(self) -> set[Use]:
        for event in as_they_ended(self.events):
            self.end(event)
        found: set[Use] = set()
        for one in self.made:
            uses = {origin: one.used for origin in self.origins(one)} | {
                origin: used
                for origin, used in one.since.items()
                if origin != LATER or self.began(one)
            }
            for origin, used in uses.items():
                found.update(Use(one.owner, *each, origin, one.side) for each in used)
        return found

    def end(self, event: Event) -> None:
        """Learn from an event."""
        target = event.target
        connection = None if target is None else self.connections.get(target)
        if connection is not None:
            self.use(event, connection)
        elif event.verb == "probe":
            self.probe(event)
        elif target in self.forgers:
            self.forge(event)
        elif event.name in OWNERS:
            self.wrap(event)
        elif event.verb in ("set", "call"):
            self.configure(event)
        elif event.name == "has_ticket" and target is not None and isinstance(event.value, bool):
            self.tickets[target] = event.value
        if target is not None:
            self.met.add(target)
        self.freed.update(event.freed)

    # Before a handshake

    def probe(self, event: Event) -> None:
        value = event.value
        if event.name == "socketpair" and isinstance(value, (list, Collection)):
            ends = value if isinstance(value, list) else value.items
            one, other = (end.handle for end in ends if isinstance(end, Object))
            self.pairs.update({one: other, other: one})
        elif event.name == "duplicate" and isinstance(value, Object):
            same = handle_in(event.arguments[0])
            if same in self.pairs:
                self.pairs[value.handle] = self.pairs[same]
        elif event.name in ("forger", "forger_of_requests") and isinstance(value, Object):
            self.forgers.add(value.handle)
        if event.name not in LOOKING:
            self.touch(event)

    def touch(self, event: Event) -> None:
        """Rely no longer on knowing what is done with the objects that something was given."""
        for handle in map(handle_in, event.inputs):
            if handle is not None:
                self.touched.add(handle)
            if handle in self.connections:
                self.connections.pop(handle).over = True

    def wrap(self, event: Event) -> None:
        """Begin to follow what a context made."""
        made, context = event.value, event.target
        if not isinstance(made, Object) or context is None:
            return
        assert event.name is not None
        owner = OWNERS[event.name]
        names = WRAPPED if owner == "SSLObject" else WRAPPED_SOCKET
        given = dict(zip(names, event.arguments, strict=False)) | event.keywords
        is_server = given.get("server_side", False)
        if not isinstance(is_server, bool):
            return
        carrier, offered = handle_in(given.get(names[0])), handle_in(given.get("session"))
        one = _Connection(owner, SIDES[is_server], context)
        one.offers, one.has_no_tickets = offered is not None, context in self.no_tickets
        one.sessions += [] if offered is None else [offered]
        self.connections[made.handle] = one
        self.made.append(one)
        if carrier is not None:
            self.reading[carrier] = one
        outgoing = handle_in(given.get("outgoing"))
        if outgoing is not None:
            self.writing[outgoing] = one
        end = self.pairs.get(carrier or 0)
        if owner == "SSLSocket" and end in self.reading:
            self.link(one, self.reading[end])

    def link(self, one: _Connection, other: _Connection) -> None:
        """Know that two belong together."""
        if one.side != other.side and one.peer is None and other.peer is None:
            one.peer, other.peer = other, one

    def configure(self, event: Event) -> None:
        """What was set up in a context, and what went through a MemoryBIO."""
        target, name = event.target, event.name
        given = next(event.inputs, None)
        if event.verb == "call":
            self.touch(event)
        if target is None or not event.returned:
            return
        if target in self.writing and name == "read":
            if isinstance(event.value, ByteString) and event.value.length >= CERTAIN:
                self.flights[event.value.content] = self.writing[target]
        elif target in self.reading and name == "write":
            if isinstance(given, (ByteString, Buffer)) and given.content in self.flights:
                self.link(self.flights.pop(given.content), self.reading[target])
        elif name == "options" and isinstance(given, int):
            self.no_tickets.discard(target)
            self.no_tickets.update([target] if given & OP_NO_TICKET else [])
        elif name == "post_handshake_auth":
            self.later.discard(target)
            self.later.update([target] if given is True else [])
        elif name in ("set_psk_client_callback", "set_psk_server_callback"):
            self.with_keys.add(target)
        elif name in ("sni_callback", "set_servername_callback"):
            self.choosing.add(target)
            self.choosers.update([given.number] if isinstance(given, Callback) else [])

    # A connection

    def use(self, event: Event, one: _Connection) -> None:
        """Note a use of a member of a connection, and what it shows."""
        if one.over or event.name is None or event.outcome is None:
            return
        was_done, since = one.done, list(one.since)
        if event.returned:
            self.learn(event, event.name, event.value, one)
        if one.done and event.verb in ("call", "get", "set"):
            use = (event.name, event.verb)
            one.used.add(use)
            for origin in since:
                one.since[origin].add(use)
        if event.error is not None:
            self.fail(event, event.error, one, was_done)
        if one.owner == "SSLSocket" and event.name in ENDING and event.returned:
            one.over = True

    def learn(self, event: Event, name: str, value: Value, one: _Connection) -> None:
        """What a member that returned shows."""
        if name == "do_handshake":
            one.done = True
        elif name == "version":
            self.versioned(value, one)
        elif one.agreed_again:
            return
        elif name == "cipher" and isinstance(value, Collection) and one.done:
            one.cipher = str(value.items[0])
        elif name == "session_reused" and isinstance(value, bool) and one.done:
            one.reused = value
        elif name == "session":
            handle = value.handle if isinstance(value, Object) else None
            if event.verb == "set":
                one.offers, handle = True, handle_in(event.arguments[0])
            one.sessions += [] if handle is None else [handle]
        elif name == "context":
            self.switch(event, value, one)
        elif name == "verify_client_post_handshake":
            one.asked = True
        elif name == "getpeercert" and one.side == "server" and is_certificate(value):
            self.authenticate(one)

    def versioned(self, value: Value, one: _Connection) -> None:
        """version() has a value while no handshake is under way."""
        if value is None:
            one.again = one.done
            one.agreed_again |= one.done and one.version != "TLSv1.3"
            return
        if one.again and value != "TLSv1.3":  # there a certificate may be under way
            one.since.setdefault(RENEGOTIATED, set())
        one.done, one.again = True, False
        one.version = one.version or str(value)

    def switch(self, event: Event, value: Value, one: _Connection) -> None:
        """See who has replaced a context: a callback for server names, or the scenario."""
        if event.verb == "set":
            parent = None if event.parent is None else self.events[event.parent]
            if parent is None or parent.function not in self.choosers:
                one.has_other_context = True
            elif not one.done:
                one.switched = True
        elif isinstance(value, Object) and value.handle != one.context:
            # A handle that is new may be that of a context whose old one was freed.
            known = value.handle in self.met and one.context not in self.freed
            if known and one.context in self.choosing and not one.has_other_context:
                one.switched = True

    def authenticate(self, one: _Connection) -> None:
        """A server has its client's certificate."""
        if not one.asked:
            one.authenticated = True
        elif not one.authenticated and one.context in self.later:
            one.since.setdefault(LATER, set())
            if one.peer is not None:
                one.peer.since.setdefault(LATER, set())

    def forge(self, event: Event) -> None:
        """A KeyUpdate or a HelloRequest was written into what a connection reads from."""
        if event.name not in ("update", "send") or not event.returned:
            return
        carrier = handle_in(event.arguments[0])
        one = self.reading.get(self.pairs.get(carrier or 0, carrier or 0))
        if one is None:
            return
        if event.name == "update":
            one.updating = True
            return
        for side in (one, one.peer):
            if side is not None:
                side.agreed_again = True

    def fail(self, event: Event, error: Error, one: _Connection, was_done: bool) -> None:
        """See whether a failed operation leaves a connection, and what kind of failure it is."""
        kinds = {name for name, _ in lineage(self.classes, error.class_number)}
        found = []
        if "SSLWantReadError" in kinds:
            found = [WAITED]
            if one.updating and event.name in ("read", "recv"):
                one.updating = False
                found.append(UPDATED)
        elif kinds & {"SSLWantWriteError", "SSLZeroReturnError"}:
            return
        elif event.verb == "set":
            found = [REFUSED_ATTRIBUTE]
        elif "OSError" in kinds:
            drives = DRIVING if one.owner == "SSLObject" else DRIVING_SOCKETS
            is_harmless = error.attributes.get("reason") in HARMLESS
            one.over = event.name in drives and not is_harmless
            found = [REFUSED_OPERATION] if "SSLError" in kinds else []
        elif kinds & {"TypeError", "ValueError"}:
            found = [WRONG_ARGUMENT]
        if was_done and event.verb != "get":
            for origin in found:
                one.since.setdefault(origin, set())

    # What it comes to

    def began(self, one: _Connection) -> bool:
        """Whether a connection is known to have gone on from no earlier one."""
        sides = [side for side in (one, one.peer) if side is not None]
        reused = {side.reused for side in sides} - {None}
        if reused:
            return reused == {False}
        return any(
            side.side == "client" and not side.offers and self.has_no_key(side) for side in sides
        )

    def has_no_key(self, one: _Connection) -> bool:
        """Whether a side is known to have no pre-shared key."""
        return one.context not in self.with_keys | self.touched

    def origins(self, one: _Connection) -> Iterator[str]:
        """How the handshake of a connection was, in every way that is certain."""
        sides = [side for side in (one, one.peer) if side is not None]
        if not one.done:
            return
        version = next((side.version for side in sides if side.version is not None), None)
        if {side.reused for side in sides} - {None} == {True}:
            yield from self.resumed(sides, version)
        elif self.began(one):
            ciphers = [side.cipher for side in sides if side.cipher is not None]
            if version == "TLSv1.2" and any("PSK" in cipher for cipher in ciphers):
                yield KEY_12
            elif ciphers or any(self.has_no_key(side) for side in sides):
                yield FULL
            if any(side.authenticated for side in sides):
                yield AUTHENTICATED
        if any(side.switched for side in sides):
            yield SWITCHED

    def resumed(self, sides: Sequence[_Connection], version: str | None) -> Iterator[str]:
        """What a connection that says that it is resumed went on from."""
        client = next((side for side in sides if side.side == "client"), None)
        if version == "TLSv1.3":
            if any(self.has_no_key(side) for side in sides):
                yield RESUMED
            elif client is not None and not client.offers and client.context in self.with_keys:
                yield KEY_13
        elif version == "TLSv1.2":
            # A server's own session tells nothing of the ticket that it came in.
            told = [] if client is None else [self.tickets.get(each) for each in client.sessions]
            if True in told and False not in told:
                yield BY_TICKET
            elif False in told or any(side.has_no_tickets for side in sides):
                yield BY_ID


def is_certificate(value: Value) -> bool:
    """Whether getpeercert() returned one."""
    if isinstance(value, ByteString):
        return value.length > 0
    return isinstance(value, Dictionary) and bool(value.pairs)
