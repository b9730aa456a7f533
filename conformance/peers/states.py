"""Brings an SSLObject into each of the states that a connection can be in."""

from __future__ import annotations

from conformance.coverage.states import STATES
from conformance.peers.memory import Pair, Peer, attempt, deliver

CONNECTION_STATES = STATES["SSLObject"]
"""The states of an SSLObject, as the contract names them."""

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
        attempt(peer, peer.tls.unwrap)
    elif state in ("close_notify received", "closed both ways"):
        attempt(other, other.tls.unwrap)
        deliver(other, peer)
        attempt(peer, peer.tls.read, 1)
        if state == "closed both ways":
            attempt(peer, peer.tls.unwrap)
    elif state == "after EOF":
        peer.incoming.write_eof()
        attempt(peer, peer.tls.read, 1)
    elif state == "after a fatal error":
        peer.incoming.write(TAMPERED)
        attempt(peer, peer.tls.read, 1)
