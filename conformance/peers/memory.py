"""A client and a server that talk through memory BIOs.

The helpers call only what a scenario could call itself (``do_handshake``, ``read``, ``write``),
so every step of them is an operation of the transcript. Their control flow depends on nothing
random: only on whether a side is done, wants to read, or had bytes to send.

Remote objects have no static type, hence the many ``Any``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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


@dataclass
class Peer:
    """One side: an SSLObject and the two BIOs it reads from and writes to."""

    tls: Any
    incoming: Any
    outgoing: Any
    errors: Errors = field(repr=False)
    done: bool = False
    """Whether ``do_handshake`` has returned, in a helper of this module."""

    def step(self) -> bool:
        """Call ``do_handshake`` once; tell whether it returned rather than wanted to read."""
        try:
            self.tls.do_handshake()
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
                self.tls.read(1)
            else:
                self.step()
        except self.errors.wants_read:
            return None
        except self.errors.failures as failure:
            return failure
        return None


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
    """A client and a server; the scenario carries the bytes between them."""

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
        neither objects in one ``read`` each, both outcomes are ``None``.
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

    def sides(self, name: str) -> tuple[Peer, Peer]:
        """The side of that name ("client", "server"), and the other one."""
        return (self.client, self.server) if name == "client" else (self.server, self.client)

    def _where(self) -> str:
        def state(peer: Peer) -> str:
            return "done" if peer.done else "wants to read"

        return f"after {ROUNDS} rounds client {state(self.client)}, server {state(self.server)}"


def attempt(peer: Peer, operation: Callable[..., Any], *arguments: Any) -> Exception | None:
    """Call an operation of a peer; return the ssl error that it raised, ``None`` for none."""
    try:
        operation(*arguments)
    except peer.errors.failures as failure:
        return failure
    return None


def attempt_any(operation: Callable[..., Any], *arguments: Any) -> str:
    """Call an operation; return the name of the class of what it raised, or "value".

    For tables of arguments and what each raises.
    """
    try:
        operation(*arguments)
    except Exception as error:
        return type(error).__name__
    return "value"
