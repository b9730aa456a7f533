"""Bytes in pieces: how they are cut, and that whoever depends on it is found out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from runpy import run_path
from typing import Any

import pytest

import certs
from conformance.peers import Peers, deliver
from conformance.peers.fragmented import WAYS, Seen, seen
from impls.host.declarations import Implementation
from impls.host.process import AGENT_FOLDER
from impls.host.session import RemoteAgent, Session
from impls.liars import HONEST, Liar, liars
from tests.support.liars import implementation

ARRIVAL: Any = run_path(str(AGENT_FOLDER / "probes" / "tls.py"))["Arrival"]
records, single_bytes = ARRIVAL.records, ARRIVAL.single_bytes

RECORD = b"\x17\x03\x03\x00\x03abc"
LONG = b"\x17\x03\x03\x40\x00" + bytes(2**14)


@pytest.mark.parametrize(
    ("flight", "lengths"),
    [
        (b"", []),
        (RECORD, [8]),
        (RECORD + RECORD, [8, 8]),
        (RECORD + RECORD[:6], [8, 6]),
        (RECORD + RECORD[:4], [8, 4]),
        (b"GET / HTTP/1.0\r\n", [16]),
    ],
)
def test_a_flight_is_cut_into_its_records(flight: bytes, lengths: list[int]) -> None:
    assert records(flight) == lengths


def test_what_is_small_arrives_byte_by_byte() -> None:
    assert single_bytes(RECORD) == [1] * 8
    assert single_bytes(b"") == []


@pytest.mark.parametrize("flight", [LONG, LONG + RECORD, LONG + b"\x17\x03\x03\x00\x01"])
def test_what_is_large_arrives_byte_by_byte_around_the_borders(flight: bytes) -> None:
    assert len(flight) > ARRIVAL.LARGE
    pieces = single_bytes(flight)
    assert sum(pieces) == len(flight)
    assert set(accumulate(records(flight))) <= set(accumulate(pieces))
    assert pieces[:8] == [1] * 8
    assert pieces[9] == 1


def talk(ssl: Any, peers: Any) -> None:
    """A scenario of both sides' bytes, with its end."""
    pair = peers.established()
    for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
        source.tls.write(b"words")
        deliver(source, target)
        assert target.tls.read(20) == b"words"
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    pair.transfer()
    assert pair.server.tls.unwrap() is None
    pair.transfer()
    assert pair.client.tls.unwrap() is None


LIARS = [HONEST, *(liar for liar in liars() if liar.topic == "fragmentation")]


@pytest.fixture(params=LIARS, ids=lambda liar: liar.name)
def asked(
    request: pytest.FixtureRequest, reference: Implementation
) -> Iterator[tuple[Liar, Session]]:
    liar: Liar = request.param
    agent = RemoteAgent(implementation(liar, reference))
    yield liar, Session(agent)
    agent.close()


def test_what_depends_on_the_pieces_is_seen(
    asked: tuple[Liar, Session], tmp_path_factory: pytest.TempPathFactory
) -> None:
    liar, session = asked
    catalogue = certs.mint(tmp_path_factory.mktemp("certificates"))

    def found(way: str) -> Seen:
        return seen(talk, way, Peers(session.module, session.native, catalogue))

    told = {way: found(way) for way in WAYS}
    assert ("stopped", "AssertionError") not in told["at once"]
    assert ("read", "b'words'") in told["at once"]
    assert (told["by byte"] == told["at once"]) is (liar is HONEST)
    assert told["by record"] == told["at once"] or liar is not HONEST
