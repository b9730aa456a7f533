"""Records that arrive in pieces, together, interleaved or damaged."""

import pytest

from conformance.peers import both_versions, deliver

pytestmark = both_versions


def test_byte_at_a_time(ssl, peers, version):
    """A record that arrives byte by byte wants to read until its last byte has come.

    library/ssl.html#ssl.SSLWantReadError
    """
    pair = peers.established(version)
    pair.client.tls.write(b"drop by drop")
    for _ in range(pair.client.outgoing.pending - 1):
        deliver(pair.client, pair.server, 1)
        with pytest.raises(ssl.SSLWantReadError):
            pair.server.tls.read(20)
    deliver(pair.client, pair.server, 1)
    assert pair.server.tls.read(20) == b"drop by drop"


def test_record_in_two_pieces(ssl, peers, version):
    """Half a record wants to read and is kept inside; the other half completes it.

    library/ssl.html#ssl.SSLWantReadError
    """
    pair = peers.established(version)
    pair.client.tls.write(b"in two pieces")
    deliver(pair.client, pair.server, 20)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.read(20)
    assert pair.server.incoming.pending == 0
    assert pair.server.tls.pending() == 0
    deliver(pair.client, pair.server)
    assert pair.server.tls.read(20) == b"in two pieces"


def test_one_and_a_half_records(ssl, peers, version):
    """A whole record is given out although the next one is incomplete.

    man:SSL_read(3)
    """
    pair = peers.established(version)
    pair.client.tls.write(b"whole")
    length = pair.client.outgoing.pending
    pair.client.tls.write(b"half")
    deliver(pair.client, pair.server, length + 10)
    assert pair.server.tls.read(20) == b"whole"
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.read(20)
    deliver(pair.client, pair.server)
    assert pair.server.tls.read(20) == b"half"


def test_writes_after_a_want_read(ssl, peers, version):
    """A side that waits in the middle of a record can write at the same time.

    library/ssl.html#ssl-nonblocking
    """
    pair = peers.established(version)
    pair.client.tls.write(b"question")
    deliver(pair.client, pair.server, 12)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.read(20)
    assert pair.server.tls.write(b"answer first") == 12
    pair.transfer()
    assert pair.client.tls.read(20) == b"answer first"
    assert pair.server.tls.read(20) == b"question"


def test_both_directions_at_once(peers, version):
    """Messages of both sides cross without disturbing each other.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.established(version)
    for number in range(3):
        pair.client.tls.write(b"from client %d" % number)
        pair.server.tls.write(b"from server %d" % number)
        pair.transfer()
    for number in range(3):
        assert pair.client.tls.read(20) == b"from server %d" % number
        assert pair.server.tls.read(20) == b"from client %d" % number


def test_two_records_and_the_end(ssl, peers, version):
    """Two records followed by the end of the BIO are two reads, then SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    pair.client.tls.write(b"one")
    pair.client.tls.write(b"two")
    pair.transfer()
    pair.server.incoming.write_eof()
    assert pair.server.tls.read(20) == b"one"
    assert pair.server.incoming.eof is False
    assert pair.server.tls.read(20) == b"two"
    assert pair.server.incoming.eof is True
    with pytest.raises(ssl.SSLEOFError):
        pair.server.tls.read(20)


def reason_of(reason, about):
    """Return the reason of a refused record, as the reference's OpenSSL reports it.

    Since OpenSSL 3.2 the record layer reports its own failure on top (openssl/openssl#25290).
    """
    return "RECORD_LAYER_FAILURE" if about.openssl >= (3, 2) else reason


def test_tampered_record_is_refused(ssl, peers, about, version):
    """A record with one bit changed is SSLError DECRYPTION_FAILED_OR_BAD_RECORD_MAC, no data.

    rfc8446#section-5.2
    """
    pair = peers.established(version)
    pair.client.tls.write(b"secret")
    flight = pair.client.outgoing.read()
    pair.server.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.read(20)
    assert caught.value.errno == ssl.SSL_ERROR_SSL
    assert caught.value.library == "SSL"
    assert caught.value.reason == reason_of("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", about)
    assert pair.server.tls.pending() == 0


def test_replayed_record_is_refused(ssl, peers, about, version):
    """A record delivered a second time is refused: it is read once.

    rfc8446#section-5.3
    """
    pair = peers.established(version)
    pair.client.tls.write(b"pay once")
    flight = deliver(pair.client, pair.server)
    pair.server.incoming.write(flight)
    assert pair.server.tls.read(20) == b"pay once"
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.read(20)
    assert caught.value.reason == reason_of("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", about)


def test_records_out_of_order_are_refused(ssl, peers, about, version):
    """The second record delivered before the first is refused.

    rfc8446#section-5.3
    """
    pair = peers.established(version)
    pair.client.tls.write(b"first")
    pair.client.outgoing.read()
    pair.client.tls.write(b"second")
    pair.transfer()
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.read(20)
    assert caught.value.reason == reason_of("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", about)


def test_clear_text_in_a_session_is_refused(ssl, peers, about, version):
    """Bytes that are not a TLS record raise SSLError WRONG_VERSION_NUMBER, then SSLEOFError.

    rfc8446#section-5.1
    """
    pair = peers.established(version)
    pair.server.incoming.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.read(20)
    assert caught.value.reason == reason_of("WRONG_VERSION_NUMBER", about)
    with pytest.raises(ssl.SSLEOFError):
        pair.server.tls.read(20)
