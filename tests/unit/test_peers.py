"""The fixture `peers`: what it binds, and that it keeps nothing of a scenario alive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import certs
from conformance.peers import InteropPeers, Peers, UnboundPeers, both_versions
from conformance.peers.parameters import combinations
from impls.host.session import RemoteAgent, Session
from tests.support.agents import implementation, interpreter


@pytest.fixture(scope="module")
def agent() -> Iterator[RemoteAgent]:
    made = RemoteAgent(implementation(python=interpreter("3")))
    yield made
    made.close()


@pytest.fixture
def session(agent: RemoteAgent) -> Iterator[Session]:
    made = Session(agent)
    yield made
    made.end()


@pytest.fixture
def peers(session: Session, certificates: certs.Catalogue) -> Peers:
    return Peers(session.module, session.native, certificates)


def freed(session: Session) -> int:
    """How many objects the agent was told to free, from the next operation on."""
    before = len(session.events)
    session.native.collect()
    return sum(len(event.freed) for event in session.events[before:])


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_established_pair_has_the_version(peers: Peers, version: str) -> None:
    pair = peers.established(version)
    assert pair.client.tls.version() == pair.server.tls.version() == version


def test_pair_alone_keeps_its_objects(peers: Peers, session: Session) -> None:
    pair = peers.established()
    assert freed(session) == 0
    del pair
    assert freed(session) == 6  # both SSLObjects and their BIOs


def test_contexts_are_the_scenario_s_to_keep(peers: Peers, session: Session) -> None:
    client, server = peers.contexts()
    assert freed(session) == 0
    del client, server
    assert freed(session) == 2


def test_sockets_keep_nothing(peers: Peers, session: Session) -> None:
    ends = peers.sockets.established()
    freed(session)
    del ends
    assert freed(session) == 2


def test_making_the_fixture_is_no_operation(session: Session) -> None:
    bound = UnboundPeers(None).bind((session.module, session.native))
    assert isinstance(bound, Peers)
    assert bound.sockets.ssl is session.module
    assert session.events == []


def test_two_sides_are_client_and_server(session: Session) -> None:
    bound = UnboundPeers(None).bind((session.module, 1), (session.module, 2))
    assert isinstance(bound, InteropPeers)
    assert (bound.client.native, bound.server.native) == (1, 2)


def test_identity_is_an_entry_or_its_name(peers: Peers, certificates: certs.Catalogue) -> None:
    for identity in ("expired", certificates.expired):
        server = peers.server_context(identity)
        outcomes = peers.connect(peers.client_context(), server).handshake_outcomes()
        assert getattr(outcomes.client, "verify_code", None) == 10


def test_combinations_are_those_of_pytest() -> None:
    marks = [
        pytest.mark.parametrize("a, b", [(1, 2), (3, 4)]).mark,
        pytest.mark.axis("backward").mark,
        both_versions.mark,
        pytest.mark.parametrize("c", [pytest.param(5, id="five")]).mark,
    ]
    assert list(combinations(marks)) == [
        {"a": a, "b": a + 1, "version": version, "c": 5}
        for a in (1, 3)
        for version in ("TLSv1.2", "TLSv1.3")
    ]
