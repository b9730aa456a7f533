"""The incoming BIO ends without close_notify, at every stage of a connection."""

import contextlib

import pytest

from conformance.peers import both_sides, both_versions, deliver

pytestmark = [both_versions, both_sides]
STAGES = pytest.mark.parametrize("stage", ["at-the-start", "in-first-record", "between-flights"])


def cut_off(pair, side, stage):
    """Bring a new pair to a stage of the handshake, end the named side's input, return the side.

    In the first record means: 40 bytes of it have come, which is not all.
    """
    peer, other = pair.sides(side)
    if stage != "at-the-start":
        pair.client.step()
    if stage == "between-flights" or (stage == "in-first-record" and side == "client"):
        deliver(pair.client, pair.server)
        pair.server.step()
    if stage == "in-first-record":
        deliver(other, peer, 40)
    peer.outgoing.read()
    peer.incoming.write_eof()
    return peer


@STAGES
def test_in_the_handshake_is_an_eof_error(ssl, peers, version, side, stage):
    """An end in the handshake is SSLEOFError(8) with reason UNEXPECTED_EOF_WHILE_READING.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.pair(version)
    peer = cut_off(pair, side, stage)
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert peer.incoming.eof is True
    assert peer.tls.version() is None


def test_in_the_handshake_is_final(ssl, peers, version, side):
    """After an end in the handshake every call fails: handshake, read, write with SSLEOFError.

    The reason was said the first time and is gone from then on.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.pair(version)
    peer = cut_off(pair, side, "between-flights")
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.do_handshake()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.do_handshake()
    assert caught.value.reason is None
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(1)
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.write(b"x")
    with pytest.raises(ssl.SSLError) as caught:
        peer.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


def test_first_met_by_read_is_the_same_error(ssl, peers, version, side):
    """A read() that has to do the handshake itself raises for the end as do_handshake() does.

    man:SSL_read(3)
    """
    pair = peers.pair(version)
    peer = cut_off(pair, side, "at-the-start")
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(1)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_after_the_handshake_is_an_eof_error(ssl, peers, version, side):
    """read() at an end without close_notify raises SSLEOFError; it does not return b"".

    Returning b"" makes a truncated answer look complete (gh-90471: unnoticed for over a year).

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(10)
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_met_by_read_into_a_buffer(ssl, peers, version, side):
    """read() into a buffer raises SSLEOFError at a ragged end too, and leaves the buffer alone.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    buffer = bytearray(b"untouched")
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(9, buffer)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert buffer == b"untouched"


def test_is_met_only_after_the_data(ssl, peers, version, side):
    """Data that came before the end is read first, in pieces, and only then SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, other = pair.sides(side)
    other.tls.write(b"one")
    other.tls.write(b"two")
    deliver(other, peer)
    peer.incoming.write_eof()
    assert peer.incoming.eof is False
    assert peer.tls.read(1) == b"o"
    assert peer.tls.pending() == 2
    assert peer.tls.read(10) == b"ne"
    assert peer.tls.read(10) == b"two"
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert peer.incoming.eof is True


@pytest.mark.parametrize("size", [3, 9], ids=["in-the-header", "in-the-content"])
def test_inside_a_record_is_an_eof_error(ssl, peers, version, side, size):
    """An end inside a record is SSLEOFError and no byte of the record is returned.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, other = pair.sides(side)
    other.tls.write(b"never to arrive whole")
    deliver(other, peer, size)
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.read(10)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert peer.tls.pending() == 0


def test_second_read_has_no_reason(ssl, peers, version, side):
    """Reading on after SSLEOFError raises SSLEOFError again, now without a reason.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(10)
    for _ in range(2):
        with pytest.raises(ssl.SSLEOFError) as caught:
            peer.tls.read(10)
        assert caught.value.errno == ssl.SSL_ERROR_EOF
        assert caught.value.reason is None
        assert caught.value.library is None


def test_read_of_nothing_does_not_meet_it(peers, version, side):
    """read(0) at a ragged end returns b"".

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    assert peer.tls.read(0) == b""
    assert peer.tls.read(0) == b""


def test_write_does_not_notice_it(peers, version, side):
    """Before a read has reached the end, write() still works and the data arrives.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    peer, other = pair.sides(side)
    peer.incoming.write_eof()
    assert peer.tls.write(b"still here") == 10
    deliver(peer, other)
    assert other.tls.read(20) == b"still here"


def test_write_after_it_was_met_is_an_eof_error(ssl, peers, version, side):
    """Once a read has reached the end, write() raises SSLEOFError and sends nothing.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(10)
    peer.outgoing.read()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.write(b"too late")
    assert caught.value.reason is None
    assert peer.outgoing.pending == 0


def test_buffer_of_a_write_after_it_was_met_is_free(ssl, peers, native, version, side):
    """A bytearray that write() was given after the end had been reached can be resized.

    c-api/buffer.html#c.PyBuffer_Release
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(10)
    buffer = native.buffer(b"too late")
    with contextlib.suppress(ssl.SSLError):
        peer.tls.write(buffer)
    native.resize(buffer)


def test_unwrap_after_it_was_met_is_refused(ssl, peers, version, side):
    """unwrap() after a ragged end is SSLError SHUTDOWN_WHILE_IN_INIT and sends no close_notify.

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(10)
    peer.outgoing.read()
    with pytest.raises(ssl.SSLError) as caught:
        peer.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    assert peer.outgoing.pending == 0


def test_version_after_it_was_met_is_unknown(ssl, peers, version, side):
    """After a ragged end version() is None, as before a handshake.

    library/ssl.html#ssl.SSLSocket.version
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    assert peer.tls.version() == version
    with pytest.raises(ssl.SSLEOFError):
        peer.tls.read(10)
    assert peer.tls.version() is None
    assert peer.tls.pending() == 0


def test_met_by_unwrap_is_an_eof_error(ssl, peers, version, side):
    """unwrap() that waits for close_notify and reaches the end raises SSLEOFError.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.unwrap()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert peer.outgoing.pending > 0
    with pytest.raises(ssl.SSLError) as caught:
        peer.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


def test_instead_of_the_answer_to_close_notify(ssl, peers, version, side):
    """A peer that hangs up on close_notify makes the second unwrap() an SSLEOFError.

    Very common: most peers do not answer close_notify.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()
    peer.outgoing.read()
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.unwrap()
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert peer.outgoing.pending == 0


def test_read_after_own_close_notify(ssl, peers, version, side):
    """A half-closed side that reads at a ragged end gets SSLEOFError, not a clean end.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_after_close_notify_is_no_ragged_end(ssl, peers, version, side):
    """An end behind the peer's close_notify is orderly: read() is b"", unwrap() returns None.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(version)
    peer, other = pair.sides(side)
    with pytest.raises(ssl.SSLWantReadError):
        other.tls.unwrap()
    deliver(other, peer)
    peer.incoming.write_eof()
    assert peer.tls.read(10) == b""
    assert peer.incoming.eof is True
    assert peer.tls.read(10) == b""
    assert peer.tls.write(b"x") == 1
    assert peer.tls.unwrap() is None


def test_inside_close_notify_is_an_eof_error(ssl, peers, version, side):
    """An end inside the record of close_notify is a ragged one.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, other = pair.sides(side)
    with pytest.raises(ssl.SSLWantReadError):
        other.tls.unwrap()
    deliver(other, peer, 7)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_clean_end_after_a_want_read(ssl, peers, version, side):
    """A want-read just before the end does not change the error.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(version)
    peer, _ = pair.sides(side)
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.read(10)
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.read(10)
    peer.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        peer.tls.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
