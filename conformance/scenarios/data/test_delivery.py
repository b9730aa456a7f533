"""Records that arrive in pieces, together, interleaved or damaged."""

import pytest

from conformance.peers import memory as peers

pytestmark = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


def test_byte_at_a_time(ssl, native, certificates, version):
    """A record that arrives byte by byte wants to read until its last byte has come.

    library/ssl.html#ssl.SSLWantReadError
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"drop by drop")
    for _ in range(pair.client.outgoing.pending - 1):
        peers.deliver(pair.client, pair.server, 1)
        with pytest.raises(ssl.SSLWantReadError):
            pair.server.object.read(20)
    peers.deliver(pair.client, pair.server, 1)
    assert pair.server.object.read(20) == b"drop by drop"


def test_record_in_two_pieces(ssl, native, certificates, version):
    """Half a record wants to read and is kept inside; the other half completes it.

    library/ssl.html#ssl.SSLWantReadError
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"in two pieces")
    peers.deliver(pair.client, pair.server, 20)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.object.read(20)
    assert pair.server.incoming.pending == 0
    assert pair.server.object.pending() == 0
    peers.deliver(pair.client, pair.server)
    assert pair.server.object.read(20) == b"in two pieces"


def test_one_and_a_half_records(ssl, native, certificates, version):
    """A whole record is given out although the next one is incomplete.

    man:SSL_read(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"whole")
    length = pair.client.outgoing.pending
    pair.client.object.write(b"half")
    peers.deliver(pair.client, pair.server, length + 10)
    assert pair.server.object.read(20) == b"whole"
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.object.read(20)
    peers.deliver(pair.client, pair.server)
    assert pair.server.object.read(20) == b"half"


def test_writes_after_a_want_read(ssl, native, certificates, version):
    """A side that waits in the middle of a record can write at the same time.

    library/ssl.html#ssl-nonblocking
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"question")
    peers.deliver(pair.client, pair.server, 12)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.object.read(20)
    assert pair.server.object.write(b"answer first") == 12
    pair.transfer()
    assert pair.client.object.read(20) == b"answer first"
    assert pair.server.object.read(20) == b"question"


def test_both_directions_at_once(ssl, native, certificates, version):
    """Messages of both sides cross without touching one another.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.established(ssl, certificates, native, version)
    for number in range(3):
        pair.client.object.write(b"from client %d" % number)
        pair.server.object.write(b"from server %d" % number)
        pair.transfer()
    for number in range(3):
        assert pair.client.object.read(20) == b"from server %d" % number
        assert pair.server.object.read(20) == b"from client %d" % number


def test_two_records_and_the_end(ssl, native, certificates, version):
    """Two records followed by the end of the BIO are two reads, then SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"one")
    pair.client.object.write(b"two")
    pair.transfer()
    pair.server.incoming.write_eof()
    assert pair.server.object.read(20) == b"one"
    assert pair.server.incoming.eof is False
    assert pair.server.object.read(20) == b"two"
    assert pair.server.incoming.eof is True
    with pytest.raises(ssl.SSLEOFError):
        pair.server.object.read(20)


def test_tampered_record_is_refused(ssl, native, certificates, version):
    """A record with one bit changed is SSLError DECRYPTION_FAILED_OR_BAD_RECORD_MAC, no data.

    rfc8446#section-5.2
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"secret")
    flight = pair.client.outgoing.read()
    pair.server.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.object.read(20)
    assert caught.value.errno == ssl.SSL_ERROR_SSL
    assert caught.value.library == "SSL"
    assert caught.value.reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    assert pair.server.object.pending() == 0


def test_replayed_record_is_refused(ssl, native, certificates, version):
    """A record delivered a second time is refused: it is read once.

    rfc8446#section-5.3
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"pay once")
    flight = peers.deliver(pair.client, pair.server)
    pair.server.incoming.write(flight)
    assert pair.server.object.read(20) == b"pay once"
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.object.read(20)
    assert caught.value.reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"


def test_records_out_of_order_are_refused(ssl, native, certificates, version):
    """The second record delivered before the first is refused.

    rfc8446#section-5.3
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(b"first")
    pair.client.outgoing.read()
    pair.client.object.write(b"second")
    pair.transfer()
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.object.read(20)
    assert caught.value.reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"


def test_clear_text_in_a_session_is_refused(ssl, native, certificates, version):
    """Bytes that are no TLS record are SSLError WRONG_VERSION_NUMBER, then SSLEOFError.

    rfc8446#section-5.1
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.server.incoming.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.object.read(20)
    assert caught.value.reason == "WRONG_VERSION_NUMBER"
    with pytest.raises(ssl.SSLEOFError):
        pair.server.object.read(20)
