"""read() and write() where the handshake is not done yet."""

import pytest

from conformance.peers import memory as peers

VERSIONS = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


@VERSIONS
def test_write_starts_the_handshake(ssl, native, certificates, version):
    """write() before the handshake sends the hello and wants to read; the data is not taken.

    man:SSL_write(3)
    """
    pair = peers.pair(ssl, certificates, native, version)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.object.write(b"early")
    assert pair.client.outgoing.pending > 5
    assert pair.client.object.pending() == 0
    assert pair.client.object.version() is None


def test_read_starts_the_handshake(ssl, certificates):
    """read() before the handshake sends the hello and wants to read.

    man:SSL_read(3)
    """
    pair = peers.pair(ssl, certificates)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.object.read(10)
    assert pair.client.outgoing.pending > 5
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.object.read(10)
    assert pair.server.outgoing.pending == 0


def test_read_of_nothing_starts_nothing(ssl, certificates):
    """read(0) before the handshake returns b"" and sends nothing.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.pair(ssl, certificates)
    assert pair.client.object.read(0) == b""
    assert pair.client.outgoing.pending == 0


@VERSIONS
def test_handshake_by_writing_and_reading_alone(ssl, native, certificates, version):
    """Repeating write() and read() does the whole handshake; the data arrives once.

    man:SSL_connect(3)
    """
    pair = peers.pair(ssl, certificates, native, version)
    written = 0
    received = b""
    for _ in range(peers.ROUNDS):
        if not written:
            try:
                written = pair.client.object.write(b"hello")
            except ssl.SSLWantReadError:
                pass
        peers.deliver(pair.client, pair.server)
        try:
            received = pair.server.object.read(10)
            break
        except ssl.SSLWantReadError:
            peers.deliver(pair.server, pair.client)
    assert written == 5
    assert received == b"hello"
    assert pair.client.object.version() == version
    assert pair.server.object.version() == version


def test_clear_text_instead_of_a_hello(ssl, certificates):
    """A server that is sent an HTTP request says SSLError HTTP_REQUEST, then SSLEOFError.

    man:SSL_accept(3)
    """
    pair = peers.pair(ssl, certificates)
    pair.server.incoming.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.object.do_handshake()
    assert caught.value.reason == "HTTP_REQUEST"
    assert pair.server.outgoing.pending == 0
    with pytest.raises(ssl.SSLEOFError):
        pair.server.object.do_handshake()


def test_empty_incoming_bio_wants_to_read_not_ends(ssl, certificates):
    """An empty incoming BIO without its end is a want-read, on both sides, any number of times.

    An OpenSSL memory BIO answers an empty read with end-of-file unless told to retry.

    library/ssl.html#ssl.MemoryBIO
    """
    pair = peers.pair(ssl, certificates)
    for side in (pair.client, pair.server):
        for _ in range(3):
            with pytest.raises(ssl.SSLWantReadError):
                side.object.do_handshake()
        assert side.incoming.eof is False
    assert pair.server.outgoing.pending == 0
