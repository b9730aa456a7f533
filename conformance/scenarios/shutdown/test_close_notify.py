"""Closing with unwrap(): which side sends close_notify first, what the other may still do."""

import pytest

from conformance.peers import both_sides, both_versions, deliver

pytestmark = [both_versions, both_sides]


def start_closing(ssl, peer):
    """Call unwrap() where the peer's close_notify is not there yet."""
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()


def test_first_unwrap_wants_to_read(ssl, peers, version, side):
    """unwrap() sends close_notify and raises SSLWantReadError until the peer's has come.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    with pytest.raises(ssl.SSLWantReadError) as caught:
        first.tls.unwrap()
    assert caught.value.errno == ssl.SSL_ERROR_WANT_READ
    assert first.outgoing.pending > 0
    assert other.outgoing.pending == 0


def test_repeated_unwrap_sends_nothing_more(ssl, peers, version, side):
    """unwrap() while waiting sends close_notify once only and wants to read again.

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    first, _ = pair.sides(side)
    start_closing(ssl, first)
    first.outgoing.read()
    start_closing(ssl, first)
    start_closing(ssl, first)
    assert first.outgoing.pending == 0


def test_answer_completes_both_sides(ssl, peers, version, side):
    """The side that has received close_notify answers at once; then both unwrap() return None.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    assert other.tls.unwrap() is None
    assert other.outgoing.pending > 0
    deliver(other, first)
    assert first.tls.unwrap() is None
    assert first.outgoing.pending == 0
    assert first.incoming.pending == 0


def test_goodbyes_that_cross_complete_both_sides(ssl, peers, version, side):
    """Both sides may send close_notify before either has read the other's.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    assert first.tls.unwrap() is None
    assert other.tls.unwrap() is None
    assert first.outgoing.pending == 0
    assert other.outgoing.pending == 0


def test_unwrap_after_the_end_returns_none_again(ssl, peers, version, side):
    """Once both sides have sent close_notify unwrap() returns None repeatedly, sends nothing.

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    other.tls.unwrap()
    deliver(other, first)
    first.tls.unwrap()
    assert first.tls.unwrap() is None
    assert other.tls.unwrap() is None
    assert first.outgoing.pending == 0
    assert other.outgoing.pending == 0


def test_read_after_the_peers_goodbye_is_empty(ssl, peers, version, side):
    """After the peer's close_notify read() returns b"", as at the end of a file, again and again.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    assert other.tls.read(10) == b""
    assert other.tls.read() == b""
    assert other.tls.pending() == 0
    assert other.outgoing.pending == 0


def test_read_into_a_buffer_after_the_peers_goodbye_is_zero(ssl, peers, version, side):
    """After the peer's close_notify read() into a buffer returns 0 and leaves the buffer alone.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    buffer = bytearray(b"untouched")
    assert other.tls.read(9, buffer) == 0
    assert buffer == b"untouched"


def test_read_after_both_goodbyes_is_a_zero_return(ssl, peers, version, side):
    """Once this side has closed too, read() raises SSLZeroReturnError instead of returning b"".

    library/ssl.html#ssl.SSLZeroReturnError
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    other.tls.unwrap()
    deliver(other, first)
    first.tls.unwrap()
    for peer in (first, other):
        with pytest.raises(ssl.SSLZeroReturnError) as caught:
            peer.tls.read(10)
        assert caught.value.errno == ssl.SSL_ERROR_ZERO_RETURN


def test_read_of_nothing_after_the_end_is_empty(ssl, peers, version, side):
    """read(0) returns b"" even when the connection is closed.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    first.tls.unwrap()
    assert first.tls.read(0) == b""


def test_write_after_own_goodbye_is_refused(ssl, peers, version, side):
    """After unwrap() write() raises SSLError PROTOCOL_IS_SHUTDOWN and sends nothing.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    first, _ = pair.sides(side)
    start_closing(ssl, first)
    first.outgoing.read()
    with pytest.raises(ssl.SSLError) as caught:
        first.tls.write(b"one more thing")
    assert caught.value.reason == "PROTOCOL_IS_SHUTDOWN"
    assert first.outgoing.pending == 0


def test_empty_write_after_own_goodbye_is_refused(ssl, peers, version, side):
    """A write of no bytes is refused after unwrap() as well.

    man:SSL_write(3)
    """
    pair = peers.established(version)
    first, _ = pair.sides(side)
    start_closing(ssl, first)
    with pytest.raises(ssl.SSLError) as caught:
        first.tls.write(b"")
    assert caught.value.reason == "PROTOCOL_IS_SHUTDOWN"


def test_write_after_the_peers_goodbye_still_works(ssl, peers, version, side):
    """A received close_notify closes one direction: the other side may go on writing.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    assert other.tls.read(10) == b""
    assert other.tls.write(b"not yet") == 7
    deliver(other, first)
    assert first.tls.read(10) == b"not yet"
    start_closing(ssl, first)


def test_half_closed_side_reads_on_until_the_end(ssl, peers, version, side):
    """After its own unwrap() a side wants to read, reads data, and unwraps when all is read.

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    with pytest.raises(ssl.SSLWantReadError):
        first.tls.read(10)
    other.tls.write(b"last words")
    assert other.tls.unwrap() is None
    deliver(other, first)
    assert first.tls.read(4) == b"last"
    assert first.tls.pending() == 6
    assert first.tls.read(10) == b" words"
    assert first.tls.unwrap() is None


def test_unread_data_makes_unwrap_fail(ssl, peers, version, side):
    """unwrap() over data that was never read is SSLError APPLICATION_DATA_AFTER_CLOSE_NOTIFY.

    The data arrives while this side waits for close_notify, or was there before it closed.

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    other.tls.write(b"unread")
    deliver(other, first)
    with pytest.raises(ssl.SSLError) as caught:
        first.tls.unwrap()
    assert caught.value.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    with pytest.raises(ssl.SSLError) as caught:
        first.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


def test_data_under_way_makes_the_second_unwrap_fail(ssl, peers, version, side):
    """Data that was under way when this side closed fails its second unwrap().

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    other.tls.write(b"crossing")
    start_closing(ssl, first)
    pair.transfer()
    with pytest.raises(ssl.SSLError) as caught:
        first.tls.unwrap()
    assert caught.value.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    assert first.outgoing.pending == 0


def test_failed_unwrap_loses_the_unread_data(ssl, peers, version, side):
    """Data that made an unwrap() fail can no longer be read: SSLEOFError.

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    other.tls.write(b"unread")
    deliver(other, first)
    with pytest.raises(ssl.SSLError):
        first.tls.unwrap()
    assert first.tls.pending() == 0
    with pytest.raises(ssl.SSLEOFError) as caught:
        first.tls.read(10)
    assert caught.value.reason is None


def test_rest_of_a_partly_read_record_makes_unwrap_fail(ssl, peers, version, side):
    """unwrap() with a rest in pending() fails like unread data, although close_notify is there.

    man:SSL_shutdown(3)
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    first.tls.write(b"abcdef")
    start_closing(ssl, first)
    deliver(first, other)
    assert other.tls.read(2) == b"ab"
    assert other.tls.pending() == 4
    with pytest.raises(ssl.SSLError) as caught:
        other.tls.unwrap()
    assert caught.value.reason == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    assert other.tls.pending() == 0


def test_data_before_the_goodbye_is_read_first(ssl, peers, version, side):
    """Data sent before close_notify is delivered before read() returns b"".

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    first.tls.write(b"one")
    first.tls.write(b"two")
    start_closing(ssl, first)
    deliver(first, other)
    assert other.tls.read(2) == b"on"
    assert other.tls.read(10) == b"e"
    assert other.tls.read(10) == b"two"
    assert other.tls.read(10) == b""
    assert other.tls.unwrap() is None


def test_bytes_after_the_goodbye_are_not_looked_at(ssl, peers, version, side):
    """Whatever follows close_notify stays in the incoming BIO; read() and unwrap() go on as before.

    This is what lets a protocol return to clear text after unwrap().

    rfc8446#section-6.1
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other)
    other.incoming.write(b"220 back in clear text\r\n")
    assert other.tls.read(10) == b""
    assert other.incoming.pending == 24
    assert other.tls.unwrap() is None
    assert other.incoming.read() == b"220 back in clear text\r\n"


def test_goodbye_in_two_pieces_wants_to_read_between(ssl, peers, version, side):
    """Half a close_notify is not an end: read() wants to read, and later returns b"".

    man:SSL_read(3)
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    deliver(first, other, 7)
    with pytest.raises(ssl.SSLWantReadError):
        other.tls.read(10)
    assert other.incoming.pending == 0
    deliver(first, other)
    assert other.tls.read(10) == b""


def test_session_still_tells_about_itself_after_the_end(ssl, peers, version, side):
    """version(), cipher() and the negotiated protocol stay known after an orderly end.

    library/ssl.html#ssl.SSLSocket.version
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    first.tls.unwrap()
    assert first.tls.version() == version
    assert first.tls.cipher()[1] == version
    assert first.tls.selected_alpn_protocol() is None
    assert first.tls.compression() is None
    assert first.tls.server_side is (side == "server")


def test_handshake_after_the_end_does_nothing(ssl, peers, version, side):
    """do_handshake() on a closed connection returns None and sends nothing.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    pair = peers.established(version)
    first, other = pair.sides(side)
    start_closing(ssl, first)
    start_closing(ssl, other)
    pair.transfer()
    first.tls.unwrap()
    assert first.tls.do_handshake() is None
    assert first.outgoing.pending == 0
