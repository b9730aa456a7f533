"""A client and a server that talk through a pair of connected sockets.

As in memory.py, the helpers call only what a scenario could call itself. Both ends are in one
process and the handshake is driven without blocking, end by end, so that nothing depends on time.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from conformance.peers.contexts import Contexts
from conformance.peers.memory import ROUNDS, HandshakeStalled

PATIENCE = 5.0
"""Seconds that a blocking socket may wait for what is there already: only a fault waits long."""

RECORD = b"x" * 16384
"""What ``Sockets.fill`` sends, as much as a record can hold."""


BROKEN_PIPE = 32
"""POSIX's number of EPIPE on Linux."""

SYSTEM_CALL = 5
"""SSL_ERROR_SYSCALL."""


class Ends(NamedTuple):
    """The two SSLSockets of a connection."""

    client: Any
    server: Any


@dataclass(frozen=True)
class Sockets(Contexts):
    """Clients and servers of one implementation over connected sockets: `peers.sockets`."""

    def wrapped(
        self,
        *,
        client: Any = None,
        server: Any = None,
        plain: Any = None,
        client_arguments: dict[str, Any] | None = None,
        server_arguments: dict[str, Any] | None = None,
    ) -> Ends:
        """Non-blocking SSLSockets over a new socket pair, or a given one, before the handshake.

        The contexts are default ones with the catalogue's ``localhost``, unless given. The
        arguments are for ``wrap_socket``, besides those that the handshake needs.
        """
        one, other = plain or self.native.socketpair()
        one.setblocking(False)
        other.setblocking(False)
        client = client or self.client_context()
        server = server or self.server_context()
        usual = {"server_hostname": "localhost", "do_handshake_on_connect": False}
        near = client.wrap_socket(one, **{**usual, **(client_arguments or {})})
        usual = {"server_side": True, "do_handshake_on_connect": False}
        far = server.wrap_socket(other, **{**usual, **(server_arguments or {})})
        one.close()  # nothing in Python 3; in 2.7 they would keep the connection open
        other.close()
        return Ends(near, far)

    def handshake(self, ends: Ends) -> None:
        """Call ``do_handshake`` in turns, the client first, until both ends are done.

        Errors other than want-read pass through.
        """
        wants_read = self.ssl.SSLWantReadError
        waiting = list(ends)
        for _ in range(ROUNDS):
            for end in list(waiting):
                try:
                    end.do_handshake()
                except wants_read:
                    continue
                waiting.remove(end)
            if not waiting:
                return
        raise HandshakeStalled(f"after {ROUNDS} rounds {len(waiting)} ends want to read")

    def established(self, version: str = "TLSv1.3", **arguments: Any) -> Ends:
        """Connected non-blocking SSLSockets of default contexts, the handshake done.

        The client has read the session tickets of TLS 1.3: a socket that is closed with something
        unread resets the connection. ``arguments`` are those of ``wrapped``, except the contexts.
        """
        client, server = self.contexts(version)
        ends = self.wrapped(client=client, server=server, **arguments)
        self.handshake(ends)
        wants_read = self.ssl.SSLWantReadError
        with contextlib.suppress(wants_read):
            ends.client.recv(1)
        return ends

    def send_flights(self, ends: Ends) -> None:
        """Let each end send its first flight of the handshake, the client first."""
        wants_read = self.ssl.SSLWantReadError
        for end in ends:
            with contextlib.suppress(wants_read):
                end.do_handshake()

    def fill(self, end: Any) -> int:
        """Send records until the next would block; return how many were sent whole."""
        wants_write = self.ssl.SSLWantWriteError
        for sent in range(10000):
            try:
                assert end.send(RECORD) == len(RECORD)
            except wants_write:
                return sent
        raise AssertionError("The socket takes everything.")


def wait(*ends: Any) -> None:
    """Let sockets block, for a while: what they wait for is on its way already."""
    for end in ends:
        end.settimeout(PATIENCE)


# What could not be sent is an error of the system since OpenSSL 3.4, and an OSError since Python
# 3.13.2 (gh-127257)


def report_lost_alert(ssl: Any, about: Any, operation: Any, *arguments: Any) -> None:
    """Let an operation report that what this side sent, such as an alert, reached nobody.

    Before OpenSSL 3.4 nothing reports that, and there is nothing to do.
    """
    if about.openssl < (3, 4):
        return
    with pytest.raises(OSError) as caught:
        operation(*arguments)
    if about.python >= (3, 13, 2):
        assert caught.value.errno == BROKEN_PIPE
    else:
        assert isinstance(caught.value, ssl.SSLError)
        assert caught.value.reason is None


def reports_it_ever_after(about: Any) -> bool:
    """Whether an operation that has reported it does so again, and nothing else."""
    return bool(about.openssl >= (3, 4) and about.python >= (3, 13, 2))


def broken_pipe(about: Any) -> int:
    """The number of the error that says that a peer is gone."""
    lost = about.openssl >= (3, 4) and about.python < (3, 13, 2)
    return SYSTEM_CALL if lost else BROKEN_PIPE
