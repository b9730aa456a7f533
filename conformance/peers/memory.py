"""What scenarios need to let a client and a server talk through memory BIOs.

The helpers call only what a scenario could call itself (``do_handshake``, ``read``, ``write``),
so every step of them is an operation of the transcript. Their control flow depends on nothing
random: only on whether a side is done, wants to read, or had bytes to send.

``ssl`` is the remote module, ``certificates`` the catalogue of ``certs``; remote objects have no
static type, hence the many ``Any``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from conformance.coverage.states import STATES

ROUNDS = 10
"""Rounds (client, then server) a handshake may take; the longest real one takes four."""


class HandshakeStalled(AssertionError):
    """Both sides still want to read although everything sent was delivered."""


class Outcomes(NamedTuple):
    """What each side raised in the end; ``None`` for a side that raised nothing."""

    client: Exception | None
    server: Exception | None


@dataclass(frozen=True)
class Errors:
    """The exception classes of one implementation, fetched once."""

    wants_read: type[Exception]
    failures: tuple[type[Exception], ...]

    @classmethod
    def of(cls, ssl: Any) -> Errors:
        # Before 3.7 and on 2.7 CertificateError is a ValueError, not an SSLError.
        return cls(ssl.SSLWantReadError, (ssl.SSLError, ValueError))


def client_context(ssl: Any, certificates: Any, *, authority: Path | None = None) -> Any:
    """A verifying client context that trusts the catalogue's authority, or the one given."""
    return ssl.create_default_context(cafile=authority or certificates.authority.certificate)


def server_context(ssl: Any, identity: Any, *, authority: Path | None = None) -> Any:
    """A server context that shows ``identity``, an entry of the catalogue.

    ``authority`` is whom it would trust for client certificates; whether it asks for them is the
    scenario's to say with ``verify_mode``.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.load_cert_chain(identity.chain, identity.key)
    return context


@dataclass
class Peer:
    """One side: an SSLObject and the two BIOs it reads from and writes to."""

    object: Any
    incoming: Any
    outgoing: Any
    errors: Errors = field(repr=False)
    done: bool = False
    """Whether ``do_handshake`` has returned, in a helper of this module."""

    def step(self) -> bool:
        """Call ``do_handshake`` once; tell whether it returned rather than wanted to read."""
        try:
            self.object.do_handshake()
        except self.errors.wants_read:
            return False
        self.done = True
        return True

    def failure(self) -> Exception | None:
        """Do the next thing and return what it raised; ``None`` for success and want-read.

        The next thing is ``do_handshake``, or one ``read`` when the handshake is done: in
        TLS 1.3 a client is done before the server has judged its certificate.
        """
        try:
            if self.done:
                self.object.read(1)
            else:
                self.step()
        except self.errors.wants_read:
            return None
        except self.errors.failures as failure:
            return failure
        return None


def make_peer(
    ssl: Any,
    context: Any,
    *,
    server_side: bool = False,
    server_hostname: Any = None,
    session: Any = None,
    errors: Errors | None = None,
) -> Peer:
    """An SSLObject of ``context`` with two new BIOs.

    Arguments that are not given are not passed on, so that a plain call stays a plain call.
    """
    incoming = ssl.MemoryBIO()
    outgoing = ssl.MemoryBIO()
    arguments: dict[str, Any] = {}
    if server_side:
        arguments["server_side"] = True
    if server_hostname is not None:
        arguments["server_hostname"] = server_hostname
    if session is not None:
        arguments["session"] = session
    wrapped = context.wrap_bio(incoming, outgoing, **arguments)
    return _CARRIER.get()(Peer(wrapped, incoming, outgoing, errors or Errors.of(ssl)))


Carrier = Callable[[Peer], Peer]

_CARRIER: ContextVar[Carrier] = ContextVar("carrier", default=lambda peer: peer)


@contextmanager
def carried_by(carrier: Carrier) -> Iterator[None]:
    """Let ``make_peer`` return what ``carrier`` makes of a peer: see arrival.py."""
    token = _CARRIER.set(carrier)
    try:
        yield
    finally:
        _CARRIER.reset(token)


def deliver(source: Peer, target: Peer, size: int | None = None) -> bytes:
    """Move bytes that ``source`` wrote into what ``target`` reads: all, or at most ``size``.

    Returns them. Nothing is written when there was nothing.
    """
    data: bytes = source.outgoing.read() if size is None else source.outgoing.read(size)
    if data:
        target.incoming.write(data)
    return data


def fragments(flight: bytes) -> Iterator[bytes]:
    """Cut a flight into eight: six single bytes, all but the last of the rest, the last.

    That crosses every border where a record is parsed (header of five bytes, then content) and
    keeps the number of operations the same although lengths of signatures are random.
    """
    for index in range(6):
        yield flight[index : index + 1]
    yield flight[6:-1]
    yield flight[-1:]


@dataclass
class Pair:
    """A client and a server, connected by whoever carries the bytes."""

    client: Peer
    server: Peer

    def transfer(self) -> None:
        """Move all pending bytes of each side to the other, the client's first."""
        deliver(self.client, self.server)
        deliver(self.server, self.client)

    def handshake(self) -> None:
        """Alternate, client first, until both sides are done.

        Whatever a side wrote last is delivered too: after TLS 1.3 the session tickets wait in
        the client's incoming BIO. Errors other than want-read pass through.
        """
        for _ in range(ROUNDS):
            for source, target in ((self.client, self.server), (self.server, self.client)):
                if not source.done:
                    source.step()
                deliver(source, target)
            if self.client.done and self.server.done:
                return
        raise HandshakeStalled(self._where())

    def handshake_in_fragments(self) -> None:
        """Like ``handshake``, but each flight arrives in ``fragments``, with a step after each."""
        self.client.step()
        for _ in range(ROUNDS):
            for source, target in ((self.client, self.server), (self.server, self.client)):
                flight: bytes = source.outgoing.read()
                if flight:
                    for fragment in fragments(flight):
                        target.incoming.write(fragment)
                        if not target.done:
                            target.step()
            if self.client.done and self.server.done:
                deliver(self.server, self.client)
                return
        raise HandshakeStalled(self._where())

    def handshake_outcomes(self) -> Outcomes:
        """Drive a handshake that is meant to fail, and return what each side raised.

        Alternates until a side raises something other than want-read. Its alert is delivered
        and the other side does its next thing once, to meet it. When both sides get done and
        nobody objects in one ``read`` each, both outcomes are ``None``.
        """
        for _ in range(ROUNDS):
            finished = self.client.done and self.server.done
            failure = self.client.failure()
            deliver(self.client, self.server)
            if failure is not None:
                return Outcomes(failure, self.server.failure())
            failure = self.server.failure()
            deliver(self.server, self.client)
            if failure is not None:
                return Outcomes(self.client.failure(), failure)
            if finished:
                return Outcomes(None, None)
        raise HandshakeStalled(self._where())

    def _where(self) -> str:
        def state(peer: Peer) -> str:
            return "done" if peer.done else "wants to read"

        return f"after {ROUNDS} rounds client {state(self.client)}, server {state(self.server)}"


def connect(
    ssl: Any, client: Any, server: Any, *, server_hostname: Any = "localhost", session: Any = None
) -> Pair:
    """A pair of the two contexts, before the handshake."""
    errors = Errors.of(ssl)
    return Pair(
        make_peer(ssl, client, server_hostname=server_hostname, session=session, errors=errors),
        make_peer(ssl, server, server_side=True, errors=errors),
    )


def meet(
    client_ssl: Any,
    client: Any,
    server_ssl: Any,
    server: Any,
    *,
    server_hostname: Any = "localhost",
    session: Any = None,
) -> Pair:
    """A pair like that of ``connect`` whose sides are two implementations."""
    return Pair(
        make_peer(client_ssl, client, server_hostname=server_hostname, session=session),
        make_peer(server_ssl, server, server_side=True),
    )


def pair(ssl: Any, certificates: Any, native: Any = None, version: str | None = None) -> Pair:
    """A pair of default contexts with the catalogue's ``localhost``, before the handshake.

    ``version`` ("TLSv1.2" or "TLSv1.3") fixes the version and needs ``native``.
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    if version is not None:
        native.limit_versions(client, minimum=version, maximum=version)
    return connect(ssl, client, server)


def established(ssl: Any, certificates: Any, native: Any, version: str = "TLSv1.3") -> Pair:
    """A pair like that of ``pair``, with its handshake done."""
    connected = pair(ssl, certificates, native, version)
    connected.handshake()
    return connected


CONNECTION_STATES = STATES["SSLObject"]
"""What can have become of an SSLObject, in the words of the contract."""

TAMPERED = b"\x17\x03\x03\x00\x20" + bytes(32)
"""A record of application data that no key has made."""


def bring_into(state: str, connected: Pair, peer: Peer) -> None:
    """Bring ``peer``, one side of a pair before its handshake, into one of ``CONNECTION_STATES``.

    What the other side sent it to get there it has read; what it sent itself waits in its outgoing
    BIO. Only operations that do the same on every implementation decide what comes next.
    """
    other = connected.server if peer is connected.client else connected.client
    if state == "fresh":
        return
    if state == "mid-handshake":
        connected.client.step()
        if peer is connected.server:
            deliver(other, peer)
            peer.step()
        return
    connected.handshake()
    if state == "close_notify sent":
        attempt(peer, peer.object.unwrap)
    elif state in ("close_notify received", "closed both ways"):
        attempt(other, other.object.unwrap)
        deliver(other, peer)
        attempt(peer, peer.object.read, 1)
        if state == "closed both ways":
            attempt(peer, peer.object.unwrap)
    elif state == "after EOF":
        peer.incoming.write_eof()
        attempt(peer, peer.object.read, 1)
    elif state == "after a fatal error":
        peer.incoming.write(TAMPERED)
        attempt(peer, peer.object.read, 1)


def attempt(peer: Peer, operation: Callable[..., Any], *arguments: Any) -> Exception | None:
    """Call an operation of a peer; return what it raised of ssl's, ``None`` for nothing."""
    try:
        operation(*arguments)
    except peer.errors.failures as failure:
        return failure
    return None


def attempt_any(operation: Callable[..., Any], *arguments: Any) -> str:
    """Call an operation; return the name of the class of what it raised, or "value".

    For tables of what comes of which argument: whatever is raised is compared with one.
    """
    try:
        operation(*arguments)
    except Exception as error:
        return type(error).__name__
    return "value"


def untouched(ssl: Any, certificates: Any, member: str) -> Any:
    """An object with that member ("SSLObject.read"), for which nothing has happened yet.

    SSLObjects are clients, contexts are servers' where that is no contradiction.
    """
    owner = member.partition(".")[0]
    if owner == "ssl":
        return ssl
    if owner == "MemoryBIO":
        return ssl.MemoryBIO()
    if owner == "SSLContext" and "psk_client" not in member:
        return server_context(ssl, certificates.localhost)
    context = client_context(ssl, certificates)
    if owner == "SSLContext":
        return context
    return make_peer(ssl, context, server_hostname="localhost").object
