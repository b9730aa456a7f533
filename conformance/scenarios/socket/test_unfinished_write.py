"""What an SSLSocket can do while a write of its own is unfinished: nothing is sent before it."""

import contextlib

import pytest

from conformance.sockets import RECORD, established, fill, handshake, wait, wrapped

MOMENT = 0.01
"""Seconds to wait for what does not come."""

WHY = pytest.mark.parametrize("why", ["nobody reads", "nobody will read"])


def begin(ssl, native, ends, why):
    """Let the client begin to send RECORD to a server that does not read, or that never will."""
    if why == "nobody reads":
        fill(ssl, ends.client)
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
def test_rest_goes_on(ssl, native, certificates, why):
    """A done handshake stays done where data could not be sent, and the same data is tried again.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, why)
    assert ends.client.do_handshake() is None
    with pytest.raises(OSError):
        ends.client.send(RECORD)
    assert ends.client.version() == "TLSv1.3"


@WHY
def test_goodbye_has_to_wait(ssl, native, certificates, why):
    """unwrap() is told what the socket said last; the next, that the write had to come first.

    With this the connection is at its end.

    man:SSL_write(3)
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, why)
    with pytest.raises(OSError):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"
    assert ends.client.version() is None


@WHY
def test_reading_nothing_says_nothing(ssl, native, certificates, why):
    """recv(0) and a handshake that is done already do not change what unwrap() is told.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, why)
    wanted = ssl.SSLWantWriteError if why == "nobody reads" else ssl.SSLWantReadError
    assert ends.client.recv(0) == b""
    assert ends.client.do_handshake() is None
    with pytest.raises(wanted):
        ends.client.unwrap()


def test_goodbye_of_the_peer_comes_after_such_a_goodbye(ssl, native, certificates):
    """close_notify that is read then is SSLZeroReturnError, and the write had to come first.

    man:SSL_get_error(3)
    """
    ends = established(ssl, native, certificates)
    fill(ssl, ends.client)
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.unwrap()
    with pytest.raises(ssl.SSLError):
        ends.server.unwrap()
    for _ in range(2):
        with pytest.raises(ssl.SSLZeroReturnError):
            ends.client.recv(10)
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


@WHY
def test_what_is_wanted_after_such_a_goodbye(ssl, native, certificates, why):
    """A connection that ended so wants what unwrap() wanted, until it is asked to write.

    man:SSL_want(3)
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, why)
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
def test_nothing_is_sent_after_such_a_goodbye(ssl, native, certificates, why):
    """After an unwrap() the write cannot be finished any more.

    man:SSL_shutdown(3)
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, why)
    with pytest.raises(OSError):
        ends.client.unwrap()
    assert refused(ssl, ends.client.send, RECORD) == "PROTOCOL_IS_SHUTDOWN"
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    assert refused(ssl, ends.client.send, b"less") == "PROTOCOL_IS_SHUTDOWN"


@pytest.mark.parametrize("broken", [False, True], ids=["full", "broken"])
def test_goodbye_after_reading(ssl, native, certificates, broken):
    """Where the socket has nothing to say, after a recv() that found data, unwrap() is at the end.

    man:SSL_get_error(3)
    """
    ends = established(ssl, native, certificates)
    ends.server.send(b"hello")
    if broken:
        break_pipe(ssl, native, ends)
    else:
        fill(ssl, ends.client)
    assert ends.client.recv(10) == b"hello"
    with pytest.raises(ssl.SSLEOFError):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_goodbye_after_that_of_the_peer(ssl, native, certificates):
    """Where the peer said goodbye before it was gone, write and unwrap are SSLZeroReturnErrors.

    man:SSL_get_error(3)
    """
    ends = established(ssl, native, certificates)
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.unwrap()
    break_pipe(ssl, native, ends)
    assert ends.client.recv(10) == b""
    for operation, arguments in ((ends.client.send, (RECORD,)), (ends.client.unwrap, ())):
        with pytest.raises(ssl.SSLZeroReturnError):
            operation(*arguments)
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_goodbye_of_the_peer_changes_nothing(ssl, native, certificates):
    """After close_notify has come the write is tried again, and is done when there is room.

    rfc8446#section-6.1
    """
    ends = established(ssl, native, certificates)
    fill(ssl, ends.client)
    with pytest.raises(ssl.SSLError):
        ends.server.unwrap()  # which takes one of the client's records, and refuses it
    assert ends.client.recv(100) == b""
    assert ends.client.send(RECORD) == len(RECORD)


@pytest.mark.parametrize("gone", ["closed", "garbage"])
def test_end_of_the_connection_ends_the_write(ssl, native, certificates, gone):
    """Where reading finds the connection at its end, the write is not tried any more.

    The same data is an SSLEOFError then, and less of it has a bad length.

    man:SSL_get_error(3)
    """
    plain = native.socketpair()
    spare = native.duplicate(plain[1])
    ends = established(ssl, native, certificates, plain=plain)
    begin(ssl, native, ends, "nobody will read")
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


def test_end_of_the_connection_after_such_a_goodbye(ssl, native, certificates):
    """Where reading finds the connection at its end, an unwrap() before it is of no account.

    man:SSL_shutdown(3)
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, "nobody will read")
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    ends.server.close()
    assert ends.client.recv(10) == b""
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"


@WHY
def test_less_is_no_repetition(ssl, native, certificates, why):
    """Less data than that of the unfinished write has a bad length, and ends the connection.

    man:SSL_write(3)
    """
    ends = established(ssl, native, certificates)
    begin(ssl, native, ends, why)
    assert refused(ssl, ends.client.send, b"less") == "BAD_LENGTH"
    with pytest.raises(ssl.SSLEOFError):
        ends.client.send(RECORD)
    assert refused(ssl, ends.client.send, b"less") == "BAD_LENGTH"
    assert ends.client.recv(10) == b""
    with pytest.raises(ssl.SSLEOFError):
        ends.client.do_handshake()
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"
    assert ends.client.version() is None


def test_less_may_be_repetition_enough(ssl, native, certificates):
    """Of the data of an unfinished write only what was sent, to the end of its record, has to be
    there again.

    man:SSL_write(3)
    """
    ends = established(ssl, native, certificates)
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(native.zeros(2**24))
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(native.zeros(2**23))
    ends.server.setblocking(True)
    ends.client.setblocking(True)
    sip = native.sip(ends.server, 2**14, 0)
    assert ends.client.send(native.zeros(2**22)) == 2**22
    ends.client.close()
    sip.result()


@pytest.mark.parametrize("reading", [False, True], ids=["write", "read"])
def test_goodbye_waits_as_long_as_the_time_out(ssl, native, certificates, reading):
    """unwrap() waits for what the socket said last; when that does not come it has timed out.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = established(ssl, native, certificates)
    fill(ssl, ends.client)
    if reading:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match=f"The {'read' if reading else 'write'} operation timed out"):
        ends.client.unwrap()
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


@pytest.mark.parametrize("reading", [False, True], ids=["write", "read"])
def test_goodbye_after_a_time_out(ssl, native, certificates, reading):
    """unwrap() waits for what the operation waited for that timed out last.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = established(ssl, native, certificates)
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match="The write operation timed out"):
        ends.client.send(RECORD * 20)
    if reading:
        with pytest.raises(OSError, match="The read operation timed out"):
            ends.client.recv(10)
    with pytest.raises(OSError, match=f"The {'read' if reading else 'write'} operation timed out"):
        ends.client.unwrap()


@pytest.mark.parametrize("reading", [False, True], ids=["write", "read"])
def test_goodbye_does_not_wait_for_what_is_there(ssl, native, certificates, reading):
    """Once the socket is ready, unwrap() at once says that the write had to come first.

    man:SSL_write(3)
    """
    ends = established(ssl, native, certificates)
    sent = fill(ssl, ends.client)
    if reading:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)
        ends.server.send(b"hello")
    else:
        for _ in range(sent):
            assert len(ends.server.recv(len(RECORD))) == len(RECORD)
    ends.client.settimeout(MOMENT)
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_broken_pipe_is_told_whatever_came_between(ssl, native, certificates):
    """What unwrap() says of the unfinished write does not depend on what else was done meanwhile.

    man:SSL_get_error(3)
    """
    ends = established(ssl, native, certificates)
    break_pipe(ssl, native, ends)
    ssl.create_default_context()
    with pytest.raises(OSError):
        ends.client.unwrap()


@pytest.mark.parametrize("name", ["send", "sendall"])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_more_than_before_is_sent_whole(ssl, native, certificates, name, kind):
    """Trying again with more data than before sends what is new behind what was unfinished.

    man:SSL_write(3)
    """
    ends = established(ssl, native, certificates)
    sent = fill(ssl, ends.client)
    wait(ends.server)
    for _ in range(sent):
        ends.server.recv(len(RECORD))
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    assert getattr(ends.client, name)(kind(RECORD + b"and more")) in (None, len(RECORD) + 8)
    assert ends.server.recv(len(RECORD)) == RECORD
    assert ends.server.recv(100) == b"and more"


def test_more_than_before_is_unfinished_too(ssl, native, certificates):
    """Where what is new cannot be sent either, all of it has to be tried again.

    man:SSL_write(3)
    """
    ends = established(ssl, native, certificates)
    fill(ssl, ends.client)
    wait(ends.server)
    ends.server.recv(len(RECORD))
    more = RECORD + b"z" * 16384
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(more)
    assert refused(ssl, ends.client.send, more[:-1]) == "BAD_LENGTH"


@pytest.mark.parametrize("name", ["send", "recv", "unwrap"])
def test_reset_is_told_once_where_a_time_out_waits(ssl, native, certificates, name):
    """Waiting for a socket to be ready takes no error away from the operation that waits.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    plain = native.socketpair("AF_INET")
    spare = native.duplicate(plain[1])
    ends = wrapped(ssl, native, certificates, plain=plain)
    handshake(ssl, ends)
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
