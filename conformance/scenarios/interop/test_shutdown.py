"""The end of a connection between two implementations."""

import pytest

from conformance.peers.memory import client_context, deliver, meet, server_context

versions = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
either = pytest.mark.parametrize("first", ["client", "server"])


def sides(client_ssl, server_ssl, client_native, certificates, version, first):
    """An established pair as (module and side that ends first, module and side of the other)."""
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=version, maximum=version)
    server = server_context(server_ssl, certificates.localhost)
    pair = meet(client_ssl, client, server_ssl, server)
    pair.handshake()
    named = [(client_ssl, pair.client), (server_ssl, pair.server)]
    return named if first == "client" else named[::-1]


@versions
@either
def test_close_notify_both_ways(
    client_ssl, server_ssl, client_native, certificates, version, first
):
    """The side that ends waits for the other's close_notify; both unwrap() then return.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    (own_ssl, own), (_, other) = sides(
        client_ssl, server_ssl, client_native, certificates, version, first
    )
    with pytest.raises(own_ssl.SSLWantReadError):
        own.object.unwrap()
    deliver(own, other)
    assert other.object.unwrap() is None
    deliver(other, own)
    assert own.object.unwrap() is None


@either
def test_data_before_close_notify_is_read(
    client_ssl, server_ssl, client_native, certificates, first
):
    """What was written before the other side's close_notify is read, then comes the end.

    library/ssl.html#ssl.SSLSocket.read
    """
    (own_ssl, own), (_, other) = sides(
        client_ssl, server_ssl, client_native, certificates, "TLSv1.3", first
    )
    own.object.write(b"last words")
    with pytest.raises(own_ssl.SSLWantReadError):
        own.object.unwrap()
    deliver(own, other)
    assert other.object.read(20) == b"last words"
    assert other.object.read(20) == b""
    assert other.object.unwrap() is None
    deliver(other, own)
    assert own.object.unwrap() is None


@either
def test_end_without_close_notify(client_ssl, server_ssl, client_native, certificates, first):
    """An input that ends without close_notify gives its data, then SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    (_, own), (other_ssl, other) = sides(
        client_ssl, server_ssl, client_native, certificates, "TLSv1.3", first
    )
    own.object.write(b"last words")
    deliver(own, other)
    other.incoming.write_eof()
    assert other.object.read(20) == b"last words"
    with pytest.raises(other_ssl.SSLEOFError):
        other.object.read(20)
