"""Which records closing puts on the wire."""

import pytest

from conformance.peers import both_sides, deliver

ALERT, HANDSHAKE, APPLICATION_DATA = 21, 22, 23

CLOSING = [("TLSv1.2", ALERT), ("TLSv1.3", APPLICATION_DATA)]
"""In TLS 1.3 the outer type of every protected record is application data."""


def record_types(flight):
    """Return the outer content type of each record of a flight."""
    types = []
    while flight:
        types.append(flight[0])
        flight = flight[5 + int.from_bytes(flight[3:5], "big") :]
    return types


@pytest.mark.parametrize("version, outer", CLOSING)
def test_unwrap_sends_one_alert(ssl, peers, version, outer):
    """unwrap() sends a single alert record and nothing else.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    assert record_types(deliver(pair.client, pair.server)) == [outer]
    pair.server.tls.unwrap()
    assert record_types(deliver(pair.server, pair.client)) == [outer]
    pair.client.tls.unwrap()
    assert record_types(pair.client.outgoing.read()) == []


@pytest.mark.parametrize("version, outer", CLOSING)
def test_data_goes_before_the_alert(ssl, peers, version, outer):
    """Records leave in the order of the calls: data, data, close_notify.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    pair.client.tls.write(b"first")
    pair.client.tls.write(b"second")
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    flight = pair.client.outgoing.read()
    assert record_types(flight) == [APPLICATION_DATA, APPLICATION_DATA, outer]


@pytest.mark.parametrize("version, outer", CLOSING)
def test_receiving_the_goodbye_sends_nothing(ssl, peers, version, outer):
    """read() that reads close_notify sends nothing: unwrap() sends the answer.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    assert record_types(deliver(pair.client, pair.server)) == [outer]
    assert pair.server.tls.read(1) == b""
    assert pair.server.outgoing.pending == 0


@pytest.mark.parametrize("version, outer", CLOSING)
@both_sides
def test_ragged_end_sends_a_fatal_alert(ssl, peers, version, outer, side):
    """A read that reaches an end without close_notify sends one alert, and only one.

    man:SSL_read(3)
    """
    pair = peers.established(version)
    peer = getattr(pair, side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(1)
    assert record_types(peer.outgoing.read()) == [outer]
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(1)
    assert peer.outgoing.pending == 0


def test_ragged_end_instead_of_an_answer_sends_hello_and_alert(ssl, peers):
    """A client that reaches the end before any answer has sent its hello and a clear alert.

    rfc8446#section-6.2
    """
    pair = peers.pair("TLSv1.2")
    pair.client.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        pair.client.tls.do_handshake()
    flight = pair.client.outgoing.read()
    assert record_types(flight) == [HANDSHAKE, ALERT]
    assert flight[-2:-1] == b"\x02"


@pytest.mark.parametrize("version, outer", CLOSING)
def test_refused_record_is_answered_with_one_alert(ssl, peers, version, outer):
    """A record that does not decrypt is answered with one alert; later calls send nothing.

    rfc8446#section-5.2
    """
    pair = peers.established(version)
    pair.client.tls.write(b"secret")
    flight = pair.client.outgoing.read()
    pair.server.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    with pytest.raises(ssl.SSLError):
        pair.server.tls.read(10)
    assert record_types(pair.server.outgoing.read()) == [outer]
    with pytest.raises(ssl.SSLError):
        pair.server.tls.read(10)
    with pytest.raises(ssl.SSLError):
        pair.server.tls.unwrap()
    assert pair.server.outgoing.pending == 0
