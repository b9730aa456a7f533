"""The incoming BIO ends without close_notify, at every stage of a connection."""

import pytest

from conformance.peers import memory as peers

pytestmark = [
    pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"]),
    pytest.mark.parametrize("name", ["client", "server"]),
]
STAGES = pytest.mark.parametrize("stage", ["at-the-start", "in-first-record", "between-flights"])


def sides(pair, name):
    """Return the named side and the other one."""
    return (pair.client, pair.server) if name == "client" else (pair.server, pair.client)


def cut_off(pair, name, stage):
    """Bring a new pair to a stage of the handshake, end the named side's input, return the side.

    In the first record means: 40 bytes of it have come, which is not all.
    """
    side, other = sides(pair, name)
    if stage != "at-the-start":
        pair.client.step()
    if stage == "between-flights" or (stage == "in-first-record" and name == "client"):
        peers.deliver(pair.client, pair.server)
        pair.server.step()
    if stage == "in-first-record":
        peers.deliver(other, side, 40)
    side.outgoing.read()
    side.incoming.write_eof()
    return side


@STAGES
def test_in_the_handshake_is_an_eof_error(ssl, native, certificates, version, name, stage):
    """An end in the handshake is SSLEOFError(8) with reason UNEXPECTED_EOF_WHILE_READING.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.pair(ssl, certificates, native, version)
    side = cut_off(pair, name, stage)
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert side.incoming.eof is True
    assert side.object.version() is None


def test_in_the_handshake_is_final(ssl, native, certificates, version, name):
    """After an end in the handshake every call fails: handshake, read, write with SSLEOFError.

    The reason was said the first time and is gone from then on.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.pair(ssl, certificates, native, version)
    side = cut_off(pair, name, "between-flights")
    with pytest.raises(ssl.SSLEOFError):
        side.object.do_handshake()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.do_handshake()
    assert caught.value.reason is None
    with pytest.raises(ssl.SSLEOFError):
        side.object.read(1)
    with pytest.raises(ssl.SSLEOFError):
        side.object.write(b"x")
    with pytest.raises(ssl.SSLError) as caught:
        side.object.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


def test_first_met_by_read_is_the_same_error(ssl, native, certificates, version, name):
    """A read() that has to do the handshake itself meets the end as do_handshake() does.

    man:SSL_read(3)
    """
    pair = peers.pair(ssl, certificates, native, version)
    side = cut_off(pair, name, "at-the-start")
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(1)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_after_the_handshake_is_an_eof_error(ssl, native, certificates, version, name):
    """read() at an end without close_notify raises SSLEOFError; it does not return b"".

    Returning b"" makes a truncated answer look complete (gh-90471: unnoticed for over a year).

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(10)
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_met_by_read_into_a_buffer(ssl, native, certificates, version, name):
    """read() into a buffer raises SSLEOFError at a ragged end too, and fills nothing in.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    buffer = bytearray(b"untouched")
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(9, buffer)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert buffer == b"untouched"


def test_is_met_only_after_the_data(ssl, native, certificates, version, name):
    """Data that came before the end is read first, in pieces, and only then SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, other = sides(pair, name)
    other.object.write(b"one")
    other.object.write(b"two")
    peers.deliver(other, side)
    side.incoming.write_eof()
    assert side.incoming.eof is False
    assert side.object.read(1) == b"o"
    assert side.object.pending() == 2
    assert side.object.read(10) == b"ne"
    assert side.object.read(10) == b"two"
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert side.incoming.eof is True


@pytest.mark.parametrize("size", [3, 9], ids=["in-the-header", "in-the-content"])
def test_inside_a_record_is_an_eof_error(ssl, native, certificates, version, name, size):
    """An end inside a record is SSLEOFError and no byte of the record is given out.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, other = sides(pair, name)
    other.object.write(b"never to arrive whole")
    peers.deliver(other, side, size)
    with pytest.raises(ssl.SSLWantReadError):
        side.object.read(10)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert side.object.pending() == 0


def test_second_read_has_no_reason(ssl, native, certificates, version, name):
    """Reading on after SSLEOFError raises SSLEOFError again, now without a reason.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        side.object.read(10)
    for _ in range(2):
        with pytest.raises(ssl.SSLEOFError) as caught:
            side.object.read(10)
        assert caught.value.errno == ssl.SSL_ERROR_EOF
        assert caught.value.reason is None
        assert caught.value.library is None


def test_read_of_nothing_does_not_meet_it(ssl, native, certificates, version, name):
    """read(0) at a ragged end returns b"": it does not look.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    assert side.object.read(0) == b""
    assert side.object.read(0) == b""


def test_write_does_not_notice_it(ssl, native, certificates, version, name):
    """Before a read has met the end, write() still works and the data arrives.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    side, other = sides(pair, name)
    side.incoming.write_eof()
    assert side.object.write(b"still here") == 10
    peers.deliver(side, other)
    assert other.object.read(20) == b"still here"


def test_write_after_it_was_met_is_an_eof_error(ssl, native, certificates, version, name):
    """Once a read has met the end the session is dead: write() raises SSLEOFError, sends nothing.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        side.object.read(10)
    side.outgoing.read()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.write(b"too late")
    assert caught.value.reason is None
    assert side.outgoing.pending == 0


def test_unwrap_after_it_was_met_is_refused(ssl, native, certificates, version, name):
    """unwrap() after a ragged end is SSLError SHUTDOWN_WHILE_IN_INIT and sends no close_notify.

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        side.object.read(10)
    side.outgoing.read()
    with pytest.raises(ssl.SSLError) as caught:
        side.object.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    assert side.outgoing.pending == 0


def test_version_after_it_was_met_is_unknown(ssl, native, certificates, version, name):
    """After a ragged end version() is None, as before a handshake.

    library/ssl.html#ssl.SSLSocket.version
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    assert side.object.version() == version
    with pytest.raises(ssl.SSLEOFError):
        side.object.read(10)
    assert side.object.version() is None
    assert side.object.pending() == 0


def test_met_by_unwrap_is_an_eof_error(ssl, native, certificates, version, name):
    """unwrap() that waits for close_notify and meets the end raises SSLEOFError.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.unwrap()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert side.outgoing.pending > 0
    with pytest.raises(ssl.SSLError) as caught:
        side.object.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


def test_instead_of_the_answer_to_close_notify(ssl, native, certificates, version, name):
    """A peer that hangs up on close_notify makes the second unwrap() an SSLEOFError, silently.

    Very common: most peers do not answer close_notify.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    with pytest.raises(ssl.SSLWantReadError):
        side.object.unwrap()
    side.outgoing.read()
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.unwrap()
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
    assert side.outgoing.pending == 0


def test_read_after_own_close_notify(ssl, native, certificates, version, name):
    """A half-closed side that reads at a ragged end gets SSLEOFError, not a clean end.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    with pytest.raises(ssl.SSLWantReadError):
        side.object.unwrap()
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_after_close_notify_is_no_ragged_end(ssl, native, certificates, version, name):
    """An end behind the peer's close_notify is orderly: read() is b"", unwrap() returns None.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(ssl, certificates, native, version)
    side, other = sides(pair, name)
    with pytest.raises(ssl.SSLWantReadError):
        other.object.unwrap()
    peers.deliver(other, side)
    side.incoming.write_eof()
    assert side.object.read(10) == b""
    assert side.incoming.eof is True
    assert side.object.read(10) == b""
    assert side.object.write(b"x") == 1
    assert side.object.unwrap() is None


def test_inside_close_notify_is_an_eof_error(ssl, native, certificates, version, name):
    """An end inside the record of close_notify is a ragged one.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, other = sides(pair, name)
    with pytest.raises(ssl.SSLWantReadError):
        other.object.unwrap()
    peers.deliver(other, side, 7)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"


def test_clean_end_after_a_want_read(ssl, native, certificates, version, name):
    """A want-read just before the end leaves nothing behind that changes the error.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = peers.established(ssl, certificates, native, version)
    side, _ = sides(pair, name)
    with pytest.raises(ssl.SSLWantReadError):
        side.object.read(10)
    with pytest.raises(ssl.SSLWantReadError):
        side.object.read(10)
    side.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        side.object.read(10)
    assert caught.value.reason == "UNEXPECTED_EOF_WHILE_READING"
