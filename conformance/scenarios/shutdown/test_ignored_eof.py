"""OP_IGNORE_UNEXPECTED_EOF: an end without close_notify counts as one with it."""

import pytest

from conformance.peers import memory as peers

pytestmark = [
    pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"]),
    pytest.mark.parametrize("name", ["client", "server"]),
]


def lenient_pair(ssl, native, certificates, version):
    """Return a pair, before its handshake, whose contexts both have the option set."""
    client = peers.client_context(ssl, certificates)
    server = peers.server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum=version, maximum=version)
    for context in (client, server):
        context.options = native.operate("or_", context.options, ssl.OP_IGNORE_UNEXPECTED_EOF)
    return peers.connect(ssl, client, server)


def test_read_returns_nothing(ssl, native, certificates, version, name):
    """With the option a ragged end reads as b"", again and again.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, native, certificates, version)
    pair.handshake()
    side = getattr(pair, name)
    side.incoming.write_eof()
    assert side.object.read(10) == b""
    assert side.object.read(10) == b""
    assert side.object.read(10, bytearray(10)) == 0


def test_sends_no_alert(ssl, native, certificates, version, name):
    """With the option nothing is sent in answer to a ragged end, and this side may go on writing.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, native, certificates, version)
    pair.handshake()
    side = getattr(pair, name)
    side.incoming.write_eof()
    assert side.object.read(10) == b""
    assert side.outgoing.pending == 0
    assert side.object.write(b"still here") == 10


def test_unwrap_is_complete_at_once(ssl, native, certificates, version, name):
    """With the option unwrap() at a ragged end sends close_notify and returns None.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, native, certificates, version)
    pair.handshake()
    side = getattr(pair, name)
    side.incoming.write_eof()
    assert side.object.unwrap() is None
    assert side.outgoing.pending > 0
    assert side.object.read(10) == b""


def test_in_the_handshake_is_a_zero_return(ssl, native, certificates, version, name):
    """With the option an end in the handshake is SSLZeroReturnError, not SSLEOFError.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, native, certificates, version)
    pair.client.step()
    side = getattr(pair, name)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLZeroReturnError):
        side.object.do_handshake()
    with pytest.raises(ssl.SSLZeroReturnError):
        side.object.write(b"x")
    assert side.object.read(1) == b""


def test_inside_a_record_reads_as_nothing_too(ssl, native, certificates, version, name):
    """With the option even an end in the middle of a record reads as b"".

    Documented by OpenSSL as the danger of the option: a truncated record goes unnoticed.

    man:SSL_CTX_set_options(3)
    """
    pair = lenient_pair(ssl, native, certificates, version)
    pair.handshake()
    side = getattr(pair, name)
    other = pair.server if name == "client" else pair.client
    other.object.write(b"never to arrive whole")
    peers.deliver(other, side, 12)
    side.incoming.write_eof()
    assert side.object.read(10) == b""
    assert side.object.pending() == 0
