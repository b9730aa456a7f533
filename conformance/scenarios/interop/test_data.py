"""Application data between two implementations."""

import pytest

from conformance.peers.memory import client_context, deliver, meet, server_context

versions = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])

LARGE = bytes(range(256)) * 400
"""More than six records, whose last is not full."""


def connected(client_ssl, server_ssl, client_native, certificates, version):
    """A pair with its handshake done."""
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=version, maximum=version)
    server = server_context(server_ssl, certificates.localhost)
    made = meet(client_ssl, client, server_ssl, server)
    made.handshake()
    return made


@versions
def test_messages_both_ways(client_ssl, server_ssl, client_native, certificates, version):
    """What one side writes the other reads, message by message, in both directions.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = connected(client_ssl, server_ssl, client_native, certificates, version)
    for number in range(3):
        assert pair.client.object.write(b"question %d" % number) == 10
        pair.transfer()
        assert pair.server.object.read(4) == b"ques"
        assert pair.server.object.pending() == 6
        assert pair.server.object.read(20) == b"tion %d" % number
        assert pair.server.object.write(b"answer %d" % number) == 8
        pair.transfer()
        assert pair.client.object.read(20) == b"answer %d" % number
    with pytest.raises(client_ssl.SSLWantReadError):
        pair.client.object.read(1)
    with pytest.raises(server_ssl.SSLWantReadError):
        pair.server.object.read(1)


def test_messages_that_cross(client_ssl, server_ssl, client_native, certificates):
    """Messages of both sides cross without touching one another.

    library/ssl.html#ssl.SSLObject
    """
    pair = connected(client_ssl, server_ssl, client_native, certificates, "TLSv1.3")
    for number in range(3):
        pair.client.object.write(b"from client %d" % number)
        pair.server.object.write(b"from server %d" % number)
    pair.transfer()
    for number in range(3):
        assert pair.client.object.read(20) == b"from server %d" % number
        assert pair.server.object.read(20) == b"from client %d" % number


def test_large_data(client_ssl, server_ssl, client_native, certificates):
    """A write of many records arrives whole, a record at a time.

    rfc8446#section-5.1
    """
    pair = connected(client_ssl, server_ssl, client_native, certificates, "TLSv1.3")
    for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
        assert source.object.write(LARGE) == len(LARGE)
        deliver(source, target)
        received = bytearray()
        while len(received) < len(LARGE):
            received += target.object.read(65536)
        assert bytes(received) == LARGE


@versions
def test_tampered_record(client_ssl, server_ssl, client_native, certificates, version):
    """A record with one bit changed is refused, and its writer meets the alert.

    rfc8446#section-5.2
    """
    pair = connected(client_ssl, server_ssl, client_native, certificates, version)
    pair.client.object.write(b"secret")
    flight = pair.client.outgoing.read()
    pair.server.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    with pytest.raises(server_ssl.SSLError) as caught:
        pair.server.object.read(20)
    assert caught.value.reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    deliver(pair.server, pair.client)
    with pytest.raises(client_ssl.SSLError) as caught:
        pair.client.object.read(20)
    assert caught.value.reason == "SSLV3_ALERT_BAD_RECORD_MAC"
