"""Application data between two implementations."""

import pytest

from conformance.peers import both_versions, deliver

LARGE = bytes(range(256)) * 400
"""More than six records, whose last is not full."""


@both_versions
def test_messages_both_ways(client_ssl, server_ssl, peers, version):
    """What one side writes the other reads, message by message, in both directions.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(version)
    for number in range(3):
        assert pair.client.tls.write(b"question %d" % number) == 10
        pair.transfer()
        assert pair.server.tls.read(4) == b"ques"
        assert pair.server.tls.pending() == 6
        assert pair.server.tls.read(20) == b"tion %d" % number
        assert pair.server.tls.write(b"answer %d" % number) == 8
        pair.transfer()
        assert pair.client.tls.read(20) == b"answer %d" % number
    with pytest.raises(client_ssl.SSLWantReadError):
        pair.client.tls.read(1)
    with pytest.raises(server_ssl.SSLWantReadError):
        pair.server.tls.read(1)


def test_messages_that_cross(peers):
    """Messages of both sides cross without disturbing each other.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.established()
    for number in range(3):
        pair.client.tls.write(b"from client %d" % number)
        pair.server.tls.write(b"from server %d" % number)
    pair.transfer()
    for number in range(3):
        assert pair.client.tls.read(20) == b"from server %d" % number
        assert pair.server.tls.read(20) == b"from client %d" % number


def test_large_data(peers):
    """A write of many records arrives whole, a record at a time.

    rfc8446#section-5.1
    """
    pair = peers.established()
    for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
        assert source.tls.write(LARGE) == len(LARGE)
        deliver(source, target)
        received = bytearray()
        while len(received) < len(LARGE):
            received += target.tls.read(65536)
        assert bytes(received) == LARGE


@both_versions
def test_tampered_record(client_ssl, server_ssl, peers, about, version):
    """A record with one bit changed is refused, and its writer gets the alert.

    Since OpenSSL 3.2 the record layer reports its own failure on top (openssl/openssl#25290).

    rfc8446#section-5.2
    """
    pair = peers.established(version)
    pair.client.tls.write(b"secret")
    flight = pair.client.outgoing.read()
    pair.server.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    with pytest.raises(server_ssl.SSLError) as caught:
        pair.server.tls.read(20)
    reason = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    if about.openssl >= (3, 2):
        reason = "RECORD_LAYER_FAILURE"
    assert caught.value.reason == reason
    deliver(pair.server, pair.client)
    with pytest.raises(client_ssl.SSLError) as caught:
        pair.client.tls.read(20)
    assert caught.value.reason == "SSLV3_ALERT_BAD_RECORD_MAC"
