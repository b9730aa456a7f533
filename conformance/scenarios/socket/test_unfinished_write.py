"""What an SSLSocket does while a write is unfinished: nothing is sent before it."""

import contextlib

import pytest

from conformance.peers.sockets import RECORD, wait

MOMENT = 0.01
"""Seconds to wait for what does not come."""

WHY = pytest.mark.parametrize("why", ["nobody reads", "nobody will read"])


def begin(ssl, peers, native, ends, why):
    """Let the client begin to send RECORD to a server that does not read, or that never will."""
    if why == "nobody reads":
        peers.sockets.fill(ends.client)
    else:
        break_pipe(ssl, native, ends)
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)


def break_pipe(ssl, native, ends):
    """Let the client begin to send RECORD to a server that will read nothing more."""
    ends.server.shutdown(native.socket_number("SHUT_RD"))
    with pytest.raises(OSError) as caught:
        ends.client.send(RECORD)
    assert not isinstance(caught.value, ssl.SSLError)


def refused(ssl, operation, *arguments):
    """The reason of the SSLError that this raises."""
    with pytest.raises(ssl.SSLError) as caught:
        operation(*arguments)
    return caught.value.reason


@WHY
def test_rest_goes_on(ssl, peers, native, why):
    """A done handshake stays done where data could not be sent, and the same data is tried again.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, why)
    assert ends.client.do_handshake() is None
    with pytest.raises(OSError):
        ends.client.send(RECORD)
    assert ends.client.version() == "TLSv1.3"


@WHY
def test_goodbye_has_to_wait(ssl, peers, native, why):
    """unwrap() raises the socket's last error; the next one says that the write comes first.

    With this the connection is at its end.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, why)
    with pytest.raises(OSError):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"
    assert ends.client.version() is None


@WHY
def test_reading_nothing_says_nothing(ssl, peers, native, why):
    """recv(0) and a handshake that is done already do not change what unwrap() raises.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, why)
    wanted = ssl.SSLWantWriteError if why == "nobody reads" else ssl.SSLWantReadError
    assert ends.client.recv(0) == b""
    assert ends.client.do_handshake() is None
    with pytest.raises(wanted):
        ends.client.unwrap()


def test_goodbye_of_the_peer_comes_after_such_a_goodbye(ssl, peers):
    """close_notify read after such an unwrap() is SSLZeroReturnError; the write comes first.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.unwrap()
    with pytest.raises(ssl.SSLError):
        ends.server.unwrap()
    for _ in range(2):
        with pytest.raises(ssl.SSLZeroReturnError):
            ends.client.recv(10)
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


@WHY
def test_what_is_wanted_after_such_a_goodbye(ssl, peers, native, why):
    """A connection that ended so wants what unwrap() wanted, until the next write.

    man:SSL_want(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, why)
    wanted = ssl.SSLWantWriteError if why == "nobody reads" else ssl.SSLWantReadError
    with pytest.raises(wanted):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    for operation, arguments in ((ends.client.recv, (10,)), (ends.client.do_handshake, ())):
        with pytest.raises(wanted):
            operation(*arguments)
    assert ends.client.recv(0) == b""
    assert refused(ssl, ends.client.send, RECORD) == "PROTOCOL_IS_SHUTDOWN"
    assert ends.client.recv(10) == b""
    with pytest.raises(ssl.SSLEOFError):
        ends.client.do_handshake()


@WHY
def test_nothing_is_sent_after_such_a_goodbye(ssl, peers, native, why):
    """After an unwrap() the write can no longer be finished.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, why)
    with pytest.raises(OSError):
        ends.client.unwrap()
    assert refused(ssl, ends.client.send, RECORD) == "PROTOCOL_IS_SHUTDOWN"
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    assert refused(ssl, ends.client.send, b"less") == "PROTOCOL_IS_SHUTDOWN"


@pytest.mark.parametrize("broken", [False, True], ids=["full", "broken"])
def test_goodbye_after_reading(ssl, peers, native, broken):
    """After a recv() that returned data, unwrap() is at the end.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    ends.server.send(b"hello")
    if broken:
        break_pipe(ssl, native, ends)
    else:
        peers.sockets.fill(ends.client)
    assert ends.client.recv(10) == b"hello"
    with pytest.raises(ssl.SSLEOFError):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_goodbye_after_that_of_the_peer(ssl, peers, native):
    """After the peer has sent close_notify and closed, write and unwrap are SSLZeroReturnErrors.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.unwrap()
    break_pipe(ssl, native, ends)
    assert ends.client.recv(10) == b""
    for operation, arguments in ((ends.client.send, (RECORD,)), (ends.client.unwrap, ())):
        with pytest.raises(ssl.SSLZeroReturnError):
            operation(*arguments)
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_goodbye_of_the_peer_changes_nothing(ssl, peers):
    """After a received close_notify the repeated write succeeds once there is room.

    rfc8446#section-6.1
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    with pytest.raises(ssl.SSLError):
        ends.server.unwrap()  # which takes one of the client's records, and refuses it
    assert ends.client.recv(100) == b""
    assert ends.client.send(RECORD) == len(RECORD)


@pytest.mark.parametrize("gone", ["closed", "garbage"])
def test_end_of_the_connection_ends_the_write(ssl, peers, native, gone):
    """Once reading has found the end of the connection, the write is no longer tried.

    The same data is an SSLEOFError then, and less of it has a bad length.

    man:SSL_get_error(3)
    """
    plain = native.socketpair()
    spare = native.duplicate(plain[1])
    ends = peers.sockets.established(plain=plain)
    begin(ssl, peers, native, ends, "nobody will read")
    if gone == "closed":
        spare.close()
        ends.server.close()
        assert ends.client.recv(10) == b""
    else:
        spare.send(b"GET / HTTP/1.0\r\n\r\n")
        assert refused(ssl, ends.client.recv, 10) == "WRONG_VERSION_NUMBER"
    with pytest.raises(ssl.SSLEOFError):
        ends.client.send(RECORD)
    assert refused(ssl, ends.client.send, b"less") == "BAD_LENGTH"
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"


def test_end_of_the_connection_after_such_a_goodbye(ssl, peers, native):
    """Once reading has found the end of the connection, an earlier unwrap() does not matter.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, "nobody will read")
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    ends.server.close()
    assert ends.client.recv(10) == b""
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"


@WHY
def test_less_is_no_repetition(ssl, peers, native, why):
    """Less data than that of the unfinished write has a bad length, and ends the connection.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, native, ends, why)
    assert refused(ssl, ends.client.send, b"less") == "BAD_LENGTH"
    with pytest.raises(ssl.SSLEOFError):
        ends.client.send(RECORD)
    assert refused(ssl, ends.client.send, b"less") == "BAD_LENGTH"
    assert ends.client.recv(10) == b""
    with pytest.raises(ssl.SSLEOFError):
        ends.client.do_handshake()
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"
    assert ends.client.version() is None


def test_less_may_be_repetition_enough(ssl, peers, native):
    """Of the data of an unfinished write only what was sent, to the end of its record, has to be
    there again.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(native.zeros(2**24))
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(native.zeros(2**23))
    ends.server.setblocking(True)
    ends.client.setblocking(True)
    sip = native.receive_slowly(ends.server, 2**14, 0)
    assert ends.client.send(native.zeros(2**22)) == 2**22
    ends.client.close()
    sip.result()


@pytest.mark.parametrize("reading", [False, True], ids=["write", "read"])
def test_goodbye_waits_as_long_as_the_time_out(ssl, peers, reading):
    """unwrap() waits for what the last operation waited for, and times out when it does not come.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    if reading:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match=f"The {'read' if reading else 'write'} operation timed out"):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


@pytest.mark.parametrize("reading", [False, True], ids=["write", "read"])
def test_goodbye_after_a_time_out(peers, reading):
    """unwrap() waits for what the last timed out operation waited for.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match="The write operation timed out"):
        ends.client.send(RECORD * 20)
    if reading:
        with pytest.raises(OSError, match="The read operation timed out"):
            ends.client.recv(10)
    with pytest.raises(OSError, match=f"The {'read' if reading else 'write'} operation timed out"):
        ends.client.unwrap()


@pytest.mark.parametrize("reading", [False, True], ids=["write", "read"])
def test_goodbye_does_not_wait_for_what_is_there(ssl, peers, reading):
    """Once the socket is ready, unwrap() at once says that the write comes first.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    sent = peers.sockets.fill(ends.client)
    if reading:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)
        ends.server.send(b"hello")
    else:
        for _ in range(sent):
            assert len(ends.server.recv(len(RECORD))) == len(RECORD)
    ends.client.settimeout(MOMENT)
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_broken_pipe_is_told_whatever_came_between(ssl, peers, native):
    """unwrap() raises the same for an unfinished write, whatever else was called meanwhile.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    break_pipe(ssl, native, ends)
    ssl.create_default_context()
    with pytest.raises(OSError):
        ends.client.unwrap()


@pytest.mark.parametrize("name", ["send", "sendall"])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_more_than_before_is_sent_whole(ssl, peers, name, kind):
    """Repeating a write with more data sends the new data behind the unfinished.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    sent = peers.sockets.fill(ends.client)
    wait(ends.server)
    for _ in range(sent):
        ends.server.recv(len(RECORD))
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    assert getattr(ends.client, name)(kind(RECORD + b"and more")) in (None, len(RECORD) + 8)
    assert ends.server.recv(len(RECORD)) == RECORD
    assert ends.server.recv(100) == b"and more"


def test_more_than_before_is_unfinished_too(ssl, peers):
    """Where the new data cannot be sent either, the whole write has to be repeated.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    wait(ends.server)
    ends.server.recv(len(RECORD))
    more = RECORD + b"z" * 16384
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(more)
    assert refused(ssl, ends.client.send, more[:-1]) == "BAD_LENGTH"


@pytest.mark.parametrize("name", ["send", "recv", "unwrap"])
def test_reset_is_told_once_where_a_time_out_waits(peers, native, name):
    """An error that comes while an operation waits for the socket is raised by that operation.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    plain = native.socketpair("AF_INET")
    spare = native.duplicate(plain[1])
    ends = peers.sockets.wrapped(plain=plain)
    peers.sockets.handshake(ends)
    ends.client.settimeout(1.0)
    ends.server.close()
    native.reset(spare)
    native.wait_for_reset(ends.client)
    arguments = {"send": [b"x"], "recv": [1], "unwrap": []}[name]
    with pytest.raises(OSError) as caught:
        getattr(ends.client, name)(*arguments)
    assert caught.value.errno == native.error_number("ECONNRESET")
    with contextlib.suppress(OSError):
        getattr(ends.client, name)(*arguments)
