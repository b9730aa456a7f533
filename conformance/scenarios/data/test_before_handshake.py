"""read() and write() before the handshake is done."""

import pytest

from conformance.peers import ROUNDS, both_versions, deliver


@both_versions
def test_write_starts_the_handshake(ssl, peers, version):
    """write() before the handshake sends the hello and wants to read; the data is not taken.

    man:SSL_write(3)
    """
    pair = peers.pair(version)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.write(b"early")
    assert pair.client.outgoing.pending > 5
    assert pair.client.tls.pending() == 0
    assert pair.client.tls.version() is None


def test_read_starts_the_handshake(ssl, peers):
    """read() before the handshake sends the hello and wants to read.

    man:SSL_read(3)
    """
    pair = peers.pair()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.read(10)
    assert pair.client.outgoing.pending > 5
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.read(10)
    assert pair.server.outgoing.pending == 0


def test_read_of_nothing_starts_nothing(peers):
    """read(0) before the handshake returns b"" and sends nothing.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.pair()
    assert pair.client.tls.read(0) == b""
    assert pair.client.outgoing.pending == 0


@both_versions
def test_handshake_by_writing_and_reading_alone(ssl, peers, version):
    """Repeating write() and read() does the whole handshake; the data arrives once.

    man:SSL_connect(3)
    """
    pair = peers.pair(version)
    written = 0
    received = b""
    for _ in range(ROUNDS):
        if not written:
            try:
                written = pair.client.tls.write(b"hello")
            except ssl.SSLWantReadError:
                pass
        deliver(pair.client, pair.server)
        try:
            received = pair.server.tls.read(10)
            break
        except ssl.SSLWantReadError:
            deliver(pair.server, pair.client)
    assert written == 5
    assert received == b"hello"
    assert pair.client.tls.version() == version
    assert pair.server.tls.version() == version


def test_clear_text_instead_of_a_hello(ssl, peers, about):
    """A server that receives an HTTP request raises SSLError HTTP_REQUEST, then SSLEOFError.

    On OpenSSL 3.5, and perhaps before, it waits for more instead: SSLWantReadError.

    man:SSL_accept(3)
    """
    pair = peers.pair()
    pair.server.incoming.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.do_handshake()
    assert caught.value.reason == "HTTP_REQUEST"
    assert pair.server.outgoing.pending == 0
    with pytest.raises(ssl.SSLWantReadError if about.openssl >= (3, 5) else ssl.SSLEOFError):
        pair.server.tls.do_handshake()


def test_empty_incoming_bio_wants_to_read_not_ends(ssl, peers):
    """An empty incoming BIO that has not ended is a want-read, on both sides, repeatedly.

    An OpenSSL memory BIO answers an empty read with end-of-file unless told to retry.

    library/ssl.html#ssl.MemoryBIO
    """
    pair = peers.pair()
    for side in (pair.client, pair.server):
        for _ in range(3):
            with pytest.raises(ssl.SSLWantReadError):
                side.tls.do_handshake()
        assert side.incoming.eof is False
    assert pair.server.outgoing.pending == 0
