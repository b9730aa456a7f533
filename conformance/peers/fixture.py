"""The `peers` of a scenario: makes clients and servers of the implementation that it runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.peers.contexts import Contexts
from conformance.peers.memory import Errors, Pair, Peer
from conformance.peers.sockets import Sockets


def unchanged(peer: Peer) -> Peer:
    return peer


@dataclass(frozen=True)
class Peers(Contexts):
    """Clients and servers of one implementation, which talk through memory BIOs.

    The methods call only what a scenario could call itself, so every step of them is an operation
    of the transcript, in an order that depends on nothing random.
    """

    carrier: Callable[[Peer], Peer] = unchanged
    """What ``make_peer`` returns is what this makes of a new peer: see fragmented.py."""

    @property
    def sockets(self) -> Sockets:
        """The same over connected sockets."""
        return Sockets(self.ssl, self.native, self.certificates)

    def make_peer(
        self,
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
        incoming = self.ssl.MemoryBIO()
        outgoing = self.ssl.MemoryBIO()
        arguments: dict[str, Any] = {}
        if server_side:
            arguments["server_side"] = True
        if server_hostname is not None:
            arguments["server_hostname"] = server_hostname
        if session is not None:
            arguments["session"] = session
        wrapped = context.wrap_bio(incoming, outgoing, **arguments)
        return self.carrier(Peer(wrapped, incoming, outgoing, errors or Errors.of(self.ssl)))

    def connect(
        self, client: Any, server: Any, *, server_hostname: Any = "localhost", session: Any = None
    ) -> Pair:
        """A pair of the two contexts, before the handshake."""
        errors = Errors.of(self.ssl)
        return Pair(
            self.make_peer(client, server_hostname=server_hostname, session=session, errors=errors),
            self.make_peer(server, server_side=True, errors=errors),
        )

    def pair(self, version: str | None = None) -> Pair:
        """A pair of default contexts, before the handshake.

        ``version`` ("TLSv1.2", "TLSv1.3") makes it the only one that the client has.
        """
        return self.connect(*self.contexts(version))

    def established(self, version: str = "TLSv1.3") -> Pair:
        """A pair like that of ``pair``, with its handshake done."""
        connected = self.pair(version)
        connected.handshake()
        return connected

    def untouched(self, member: str) -> Any:
        """An object with that member ("SSLObject.read"), on which nothing has been called yet.

        SSLObjects are clients; contexts are those of servers, except for what only clients have.
        """
        owner = member.partition(".")[0]
        if owner == "ssl":
            return self.ssl
        if owner == "MemoryBIO":
            return self.ssl.MemoryBIO()
        if owner == "SSLContext" and "psk_client" not in member:
            return self.server_context()
        context = self.client_context()
        if owner == "SSLContext":
            return context
        return self.make_peer(context, server_hostname="localhost").tls


@dataclass(frozen=True)
class InteropPeers:
    """The `peers` of a scenario of interop: client and server are two implementations."""

    client: Peers
    server: Peers

    def client_context(self, *, authority: Path | None = None, version: str | None = None) -> Any:
        """A context of the client's implementation: see ``Contexts.client_context``."""
        return self.client.client_context(authority=authority, version=version)

    def server_context(
        self,
        identity: Any = "localhost",
        *,
        authority: Path | None = None,
        version: str | None = None,
    ) -> Any:
        """A context of the server's implementation: see ``Contexts.server_context``."""
        return self.server.server_context(identity, authority=authority, version=version)

    def connect(
        self, client: Any, server: Any, *, server_hostname: Any = "localhost", session: Any = None
    ) -> Pair:
        """A pair of a client's context and a server's, before the handshake."""
        return Pair(
            self.client.make_peer(client, server_hostname=server_hostname, session=session),
            self.server.make_peer(server, server_side=True),
        )

    def established(self, version: str = "TLSv1.3") -> Pair:
        """A pair of default contexts, with its handshake done."""
        client = self.client_context(version=version)
        server = self.server_context()
        connected = self.connect(client, server)
        connected.handshake()
        return connected


@dataclass(frozen=True)
class UnboundPeers:
    """The `peers` argument of a scenario before it is known on which implementation it runs."""

    certificates: Any

    def bind(self, *sides: tuple[Any, Any]) -> Peers | InteropPeers:
        """The `peers` for a run, from the remote module and the probes of each side."""
        bound = [Peers(ssl, native, self.certificates) for ssl, native in sides]
        return bound[0] if len(bound) == 1 else InteropPeers(*bound)
