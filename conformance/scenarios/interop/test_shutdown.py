"""The end of a connection between two implementations."""

import pytest

from conformance.peers import both_sides, both_versions, deliver


def sides(client_ssl, server_ssl, peers, version, side):
    """An established pair as (module and side that ends first, module and side of the other)."""
    pair = peers.established(version)
    named = [(client_ssl, pair.client), (server_ssl, pair.server)]
    return named if side == "client" else named[::-1]


@both_versions
@both_sides
def test_close_notify_both_ways(client_ssl, server_ssl, peers, version, side):
    """The side that ends waits for the other's close_notify; both unwrap() then return.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    (own_ssl, own), (_, other) = sides(client_ssl, server_ssl, peers, version, side)
    with pytest.raises(own_ssl.SSLWantReadError):
        own.tls.unwrap()
    deliver(own, other)
    assert other.tls.unwrap() is None
    deliver(other, own)
    assert own.tls.unwrap() is None


@both_sides
def test_data_before_close_notify_is_read(client_ssl, server_ssl, peers, side):
    """Data that the other side wrote before its close_notify is read first, then the end.

    library/ssl.html#ssl.SSLSocket.read
    """
    (own_ssl, own), (_, other) = sides(client_ssl, server_ssl, peers, "TLSv1.3", side)
    own.tls.write(b"last words")
    with pytest.raises(own_ssl.SSLWantReadError):
        own.tls.unwrap()
    deliver(own, other)
    assert other.tls.read(20) == b"last words"
    assert other.tls.read(20) == b""
    assert other.tls.unwrap() is None
    deliver(other, own)
    assert own.tls.unwrap() is None


@both_sides
def test_end_without_close_notify(client_ssl, server_ssl, peers, side):
    """An input that ends without close_notify gives its data, then SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    (_, own), (other_ssl, other) = sides(client_ssl, server_ssl, peers, "TLSv1.3", side)
    own.tls.write(b"last words")
    deliver(own, other)
    other.incoming.write_eof()
    assert other.tls.read(20) == b"last words"
    with pytest.raises(other_ssl.SSLEOFError):
        other.tls.read(20)
