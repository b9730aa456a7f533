"""What scenarios import: the parameters they share, and helpers beside the fixture `peers`."""

from conformance.peers.fixture import InteropPeers, Peers, UnboundPeers
from conformance.peers.memory import (
    ROUNDS,
    HandshakeStalled,
    Outcomes,
    Pair,
    Peer,
    attempt,
    attempt_any,
    deliver,
    fragments,
)
from conformance.peers.newer import lacks
from conformance.peers.parameters import both_sides, both_versions, each_carrier, each_state
from conformance.peers.states import CONNECTION_STATES, TAMPERED, bring_into

__all__ = [
    "CONNECTION_STATES",
    "ROUNDS",
    "TAMPERED",
    "HandshakeStalled",
    "InteropPeers",
    "Outcomes",
    "Pair",
    "Peer",
    "Peers",
    "UnboundPeers",
    "attempt",
    "attempt_any",
    "both_sides",
    "both_versions",
    "bring_into",
    "deliver",
    "each_carrier",
    "each_state",
    "fragments",
    "lacks",
]
