"""Closing with unwrap(): who says goodbye first, and what the other may still do."""

import pytest

from conformance.peers import memory as peers

pytestmark = [
    pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"]),
    pytest.mark.parametrize("closer", ["client", "server"]),
]


def sides(pair, closer):
    """Return the side that closes first, and the other one."""
    return (pair.client, pair.server) if closer == "client" else (pair.server, pair.client)


def start_closing(ssl, side):
    """Call unwrap() where the peer's close_notify is not there yet."""
    with pytest.raises(ssl.SSLWantReadError):
        side.object.unwrap()


def test_first_unwrap_wants_to_read(ssl, native, certificates, version, closer):
    """unwrap() sends close_notify and raises SSLWantReadError until the peer's has come.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    with pytest.raises(ssl.SSLWantReadError) as caught:
        first.object.unwrap()
    assert caught.value.errno == ssl.SSL_ERROR_WANT_READ
    assert first.outgoing.pending > 0
    assert other.outgoing.pending == 0


def test_repeated_unwrap_sends_nothing_more(ssl, native, certificates, version, closer):
    """unwrap() while waiting sends close_notify once only and wants to read again.

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, _ = sides(pair, closer)
    start_closing(ssl, first)
    first.outgoing.read()
    start_closing(ssl, first)
    start_closing(ssl, first)
    assert first.outgoing.pending == 0


def test_answer_completes_both_sides(ssl, native, certificates, version, closer):
    """The side that has received close_notify answers at once; then both unwrap() return None.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    assert other.object.unwrap() is None
    assert other.outgoing.pending > 0
    peers.deliver(other, first)
    assert first.object.unwrap() is None
    assert first.outgoing.pending == 0
    assert first.incoming.pending == 0


def test_goodbyes_that_cross_complete_both_sides(ssl, native, certificates, version, closer):
    """Both sides may send close_notify before either has read the other's.

    rfc8446#section-6.1
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    assert first.object.unwrap() is None
    assert other.object.unwrap() is None
    assert first.outgoing.pending == 0
    assert other.outgoing.pending == 0


def test_unwrap_after_the_end_returns_none_again(ssl, native, certificates, version, closer):
    """Once both close_notifys were exchanged unwrap() returns None however often, silently.

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    other.object.unwrap()
    peers.deliver(other, first)
    first.object.unwrap()
    assert first.object.unwrap() is None
    assert other.object.unwrap() is None
    assert first.outgoing.pending == 0
    assert other.outgoing.pending == 0


def test_read_after_the_peers_goodbye_is_empty(ssl, native, certificates, version, closer):
    """After the peer's close_notify read() returns b"", as at the end of a file, again and again.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    assert other.object.read(10) == b""
    assert other.object.read() == b""
    assert other.object.pending() == 0
    assert other.outgoing.pending == 0


def test_read_into_a_buffer_after_the_peers_goodbye_is_zero(
    ssl, native, certificates, version, closer
):
    """After the peer's close_notify read() into a buffer returns 0 and leaves the buffer alone.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    buffer = bytearray(b"untouched")
    assert other.object.read(9, buffer) == 0
    assert buffer == b"untouched"


def test_read_after_both_goodbyes_is_a_zero_return(ssl, native, certificates, version, closer):
    """Once this side has closed too, read() raises SSLZeroReturnError instead of returning b"".

    library/ssl.html#ssl.SSLZeroReturnError
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    other.object.unwrap()
    peers.deliver(other, first)
    first.object.unwrap()
    for side in (first, other):
        with pytest.raises(ssl.SSLZeroReturnError) as caught:
            side.object.read(10)
        assert caught.value.errno == ssl.SSL_ERROR_ZERO_RETURN


def test_read_of_nothing_after_the_end_is_empty(ssl, native, certificates, version, closer):
    """read(0) returns b"" even when the connection is closed: it does not look.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    first.object.unwrap()
    assert first.object.read(0) == b""


def test_write_after_own_goodbye_is_refused(ssl, native, certificates, version, closer):
    """After unwrap() this side can write no more: SSLError PROTOCOL_IS_SHUTDOWN, nothing sent.

    rfc8446#section-6.1
    """
    pair = peers.established(ssl, certificates, native, version)
    first, _ = sides(pair, closer)
    start_closing(ssl, first)
    first.outgoing.read()
    with pytest.raises(ssl.SSLError) as caught:
        first.object.write(b"one more thing")
    assert caught.value.reason == "PROTOCOL_IS_SHUTDOWN"
    assert first.outgoing.pending == 0


def test_empty_write_after_own_goodbye_is_refused(ssl, native, certificates, version, closer):
    """A write of no bytes is refused after unwrap() as well.

    man:SSL_write(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, _ = sides(pair, closer)
    start_closing(ssl, first)
    with pytest.raises(ssl.SSLError) as caught:
        first.object.write(b"")
    assert caught.value.reason == "PROTOCOL_IS_SHUTDOWN"


def test_write_after_the_peers_goodbye_still_works(ssl, native, certificates, version, closer):
    """A received close_notify closes one direction: the other side may go on writing.

    rfc8446#section-6.1
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    assert other.object.read(10) == b""
    assert other.object.write(b"not yet") == 7
    peers.deliver(other, first)
    assert first.object.read(10) == b"not yet"
    start_closing(ssl, first)


def test_half_closed_side_reads_on_until_the_end(ssl, native, certificates, version, closer):
    """After its own unwrap() a side wants to read, reads data, and unwraps when all is read.

    rfc8446#section-6.1
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    with pytest.raises(ssl.SSLWantReadError):
        first.object.read(10)
    other.object.write(b"last words")
    assert other.object.unwrap() is None
    peers.deliver(other, first)
    assert first.object.read(4) == b"last"
    assert first.object.pending() == 6
    assert first.object.read(10) == b" words"
    assert first.object.unwrap() is None


def test_unread_data_makes_unwrap_fail(ssl, native, certificates, version, closer):
    """unwrap() over data that was never read is SSLError APPLICATION_DATA_AFTER_CLOSE_NOTIFY.

    The data arrives while this side waits for close_notify, or was there before it closed.

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    other.object.write(b"unread")
    peers.deliver(other, first)
    with pytest.raises(ssl.SSLError) as caught:
        first.object.unwrap()
    assert caught.value.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    with pytest.raises(ssl.SSLError) as caught:
        first.object.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


def test_data_under_way_makes_the_second_unwrap_fail(ssl, native, certificates, version, closer):
    """Data that was under way when this side closed fails its second unwrap().

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    other.object.write(b"crossing")
    start_closing(ssl, first)
    pair.transfer()
    with pytest.raises(ssl.SSLError) as caught:
        first.object.unwrap()
    assert caught.value.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    assert first.outgoing.pending == 0


def test_failed_unwrap_loses_the_unread_data(ssl, native, certificates, version, closer):
    """What an unwrap() met instead of close_notify can be read no more: SSLEOFError.

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    other.object.write(b"unread")
    peers.deliver(other, first)
    with pytest.raises(ssl.SSLError):
        first.object.unwrap()
    assert first.object.pending() == 0
    with pytest.raises(ssl.SSLEOFError) as caught:
        first.object.read(10)
    assert caught.value.reason is None


def test_rest_of_a_partly_read_record_makes_unwrap_fail(ssl, native, certificates, version, closer):
    """unwrap() with a rest in pending() fails like unread data, although close_notify is there.

    man:SSL_shutdown(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    first.object.write(b"abcdef")
    start_closing(ssl, first)
    peers.deliver(first, other)
    assert other.object.read(2) == b"ab"
    assert other.object.pending() == 4
    with pytest.raises(ssl.SSLError) as caught:
        other.object.unwrap()
    assert caught.value.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    assert other.object.pending() == 0


def test_data_before_the_goodbye_is_read_first(ssl, native, certificates, version, closer):
    """Data sent before close_notify is delivered before read() says b"".

    rfc8446#section-6.1
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    first.object.write(b"one")
    first.object.write(b"two")
    start_closing(ssl, first)
    peers.deliver(first, other)
    assert other.object.read(2) == b"on"
    assert other.object.read(10) == b"e"
    assert other.object.read(10) == b"two"
    assert other.object.read(10) == b""
    assert other.object.unwrap() is None


def test_bytes_after_the_goodbye_are_not_looked_at(ssl, native, certificates, version, closer):
    """Whatever follows close_notify stays in the incoming BIO; read() and unwrap() go on as before.

    This is what lets a protocol return to clear text after unwrap().

    rfc8446#section-6.1
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other)
    other.incoming.write(b"220 back in clear text\r\n")
    assert other.object.read(10) == b""
    assert other.incoming.pending == 24
    assert other.object.unwrap() is None
    assert other.incoming.read() == b"220 back in clear text\r\n"


def test_goodbye_in_two_pieces_wants_to_read_between(ssl, native, certificates, version, closer):
    """Half a close_notify is no end: read() wants to read, then finds b"".

    man:SSL_read(3)
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    peers.deliver(first, other, 7)
    with pytest.raises(ssl.SSLWantReadError):
        other.object.read(10)
    assert other.incoming.pending == 0
    peers.deliver(first, other)
    assert other.object.read(10) == b""


def test_session_still_tells_about_itself_after_the_end(ssl, native, certificates, version, closer):
    """version(), cipher() and the negotiated protocol stay known after an orderly end.

    library/ssl.html#ssl.SSLSocket.version
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    first.object.unwrap()
    assert first.object.version() == version
    assert first.object.cipher()[1] == version
    assert first.object.selected_alpn_protocol() is None
    assert first.object.compression() is None
    assert first.object.server_side is (closer == "server")


def test_handshake_after_the_end_does_nothing(ssl, native, certificates, version, closer):
    """do_handshake() on a closed connection returns None and sends nothing.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    pair = peers.established(ssl, certificates, native, version)
    first, other = sides(pair, closer)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    first.object.unwrap()
    assert first.object.do_handshake() is None
    assert first.outgoing.pending == 0
