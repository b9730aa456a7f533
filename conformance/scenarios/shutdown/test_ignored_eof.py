"""OP_IGNORE_UNEXPECTED_EOF: an end without close_notify counts as one with it."""

import pytest

from conformance.peers import both_sides, both_versions, deliver

pytestmark = [both_versions, both_sides]


def lenient_pair(ssl, peers, native, version):
    """Return a pair, before its handshake, whose contexts both have the option set."""
    client, server = peers.contexts(version)
    for context in (client, server):
        context.options = native.operate("or_", context.options, ssl.OP_IGNORE_UNEXPECTED_EOF)
    return peers.connect(client, server)


def test_read_returns_nothing(ssl, peers, native, version, side):
    """With the option a ragged end reads as b"", again and again.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, peers, native, version)
    pair.handshake()
    peer = getattr(pair, side)
    peer.incoming.write_eof()
    assert peer.tls.read(10) == b""
    assert peer.tls.read(10) == b""
    assert peer.tls.read(10, bytearray(10)) == 0


def test_sends_no_alert(ssl, peers, native, version, side):
    """With the option nothing is sent in answer to a ragged end, and this side may go on writing.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, peers, native, version)
    pair.handshake()
    peer = getattr(pair, side)
    peer.incoming.write_eof()
    assert peer.tls.read(10) == b""
    assert peer.outgoing.pending == 0
    assert peer.tls.write(b"still here") == 10


def test_unwrap_is_complete_at_once(ssl, peers, native, version, side):
    """With the option unwrap() at a ragged end sends close_notify and returns None.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, peers, native, version)
    pair.handshake()
    peer = getattr(pair, side)
    peer.incoming.write_eof()
    assert peer.tls.unwrap() is None
    assert peer.outgoing.pending > 0
    assert peer.tls.read(10) == b""


def test_in_the_handshake_is_a_zero_return(ssl, peers, native, version, side):
    """With the option an end in the handshake is SSLZeroReturnError, not SSLEOFError.

    library/ssl.html#ssl.OP_IGNORE_UNEXPECTED_EOF
    """
    pair = lenient_pair(ssl, peers, native, version)
    pair.client.step()
    peer = getattr(pair, side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLZeroReturnError):
        peer.tls.do_handshake()
    with pytest.raises(ssl.SSLZeroReturnError):
        peer.tls.write(b"x")
    assert peer.tls.read(1) == b""


def test_inside_a_record_reads_as_nothing_too(ssl, peers, native, version, side):
    """With the option even an end in the middle of a record reads as b"".

    Documented by OpenSSL as the danger of the option: a truncated record goes unnoticed.

    man:SSL_CTX_set_options(3)
    """
    pair = lenient_pair(ssl, peers, native, version)
    pair.handshake()
    peer, other = pair.sides(side)
    other.tls.write(b"never to arrive whole")
    deliver(other, peer, 12)
    peer.incoming.write_eof()
    assert peer.tls.read(10) == b""
    assert peer.tls.pending() == 0
