"""What an SSLSocket does while a write is unfinished: nothing is sent before it."""

import contextlib

import pytest

from conformance.peers.sockets import (
    BROKEN_PIPE,
    RECORD,
    broken_pipe,
    report_lost_alert,
    reports_it_ever_after,
    wait,
)

MOMENT = 0.01
"""Seconds to wait for what does not come."""

WHY = pytest.mark.parametrize("why", ["nobody reads", "nobody will read"])


def begin(ssl, peers, about, native, ends, why):
    """Let the client begin to send RECORD to a server that does not read, or that never will."""
    if why == "nobody reads":
        peers.sockets.fill(ends.client)
        return
    break_pipe(ssl, about, native, ends)
    if reports_it_ever_after(about):
        report_lost_alert(ssl, about, ends.client.recv, 10)
    else:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)


def reports_nothing_else(about, why):
    """Whether the broken pipe is what the next operations report, and nothing else."""
    return why == "nobody will read" and reports_it_ever_after(about)


def is_over(about, why):
    """Whether a broken pipe has ended TLS."""
    return why == "nobody will read" and about.openssl >= (4,)


def lets_goodbye_wait(about):
    """Whether close_notify waits for the unfinished write, and then both can be sent.

    Seen between OpenSSL 3.0 and 3.5; before, the second unwrap() says BAD_WRITE_RETRY.
    """
    return about.openssl >= (3, 5)


def break_pipe(ssl, about, native, ends):
    """Let the client begin to send RECORD to a server that will read nothing more."""
    ends.server.shutdown(native.socket_number("SHUT_RD"))
    with pytest.raises(OSError) as caught:
        ends.client.send(RECORD)
    assert isinstance(caught.value, ssl.SSLError) is (broken_pipe(about) != BROKEN_PIPE)


def refused(ssl, operation, *arguments):
    """The reason of the SSLError that this raises."""
    with pytest.raises(ssl.SSLError) as caught:
        operation(*arguments)
    return caught.value.reason


def wanted(ssl, why):
    """What unwrap() wants: what the last operation wanted."""
    return ssl.SSLWantWriteError if why == "nobody reads" else ssl.SSLWantReadError


def bad_length(about):
    """The reason why less data than before is refused once the connection is at its end."""
    return "BAD_LENGTH" if about.openssl < (3, 6) else None


@WHY
def test_rest_goes_on(ssl, peers, about, native, why):
    """A done handshake stays done where data could not be sent, and the same data is tried again.

    On OpenSSL 4 a broken pipe ends TLS.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, why)
    if is_over(about, why):
        report_lost_alert(ssl, about, ends.client.do_handshake)
        assert ends.client.version() is None
        return
    assert ends.client.do_handshake() is None
    with pytest.raises(OSError):
        ends.client.send(RECORD)
    assert ends.client.version() == "TLSv1.3"


@WHY
def test_goodbye_has_to_wait(ssl, peers, about, native, why):
    """unwrap() raises the socket's last error; the next one says that the write comes first.

    With this the connection is at its end. Newer OpenSSLs let it wait, as the first one.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, why)
    if reports_nothing_else(about, why):
        for _ in range(2):
            report_lost_alert(ssl, about, ends.client.unwrap)
        return
    with pytest.raises(OSError):
        ends.client.unwrap()
    if lets_goodbye_wait(about):
        with pytest.raises(wanted(ssl, why)):
            ends.client.unwrap()
        assert ends.client.version() == "TLSv1.3"
        return
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"
    assert ends.client.version() is None


@WHY
def test_reading_nothing_says_nothing(ssl, peers, about, native, why):
    """recv(0) and a handshake that is done already do not change what unwrap() raises.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, why)
    assert ends.client.recv(0) == b""
    if is_over(about, why):
        report_lost_alert(ssl, about, ends.client.do_handshake)
    else:
        assert ends.client.do_handshake() is None
    if reports_nothing_else(about, why):
        report_lost_alert(ssl, about, ends.client.unwrap)
        return
    with pytest.raises(wanted(ssl, why)):
        ends.client.unwrap()


def test_goodbye_of_the_peer_comes_after_such_a_goodbye(ssl, peers, about):
    """close_notify read after such an unwrap() is SSLZeroReturnError; the write comes first.

    Where close_notify waits for the write, it is not asked for again.

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
    if lets_goodbye_wait(about):
        with pytest.raises(ssl.SSLZeroReturnError):
            ends.client.unwrap()
        return
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


@WHY
def test_what_is_wanted_after_such_a_goodbye(ssl, peers, about, native, why):
    """A connection that ended so wants what unwrap() wanted, until the next write.

    Where close_notify waits for the write, the connection is not at its end, and wants to read.

    man:SSL_want(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, why)
    if reports_nothing_else(about, why):
        for _ in range(2):
            report_lost_alert(ssl, about, ends.client.unwrap)
        return
    with pytest.raises(wanted(ssl, why)):
        ends.client.unwrap()
    if lets_goodbye_wait(about):
        with pytest.raises(wanted(ssl, why)):
            ends.client.unwrap()
        for _ in range(2):
            with pytest.raises(ssl.SSLWantReadError):
                ends.client.recv(10)
            assert ends.client.do_handshake() is None
            assert ends.client.recv(0) == b""
            assert refused(ssl, ends.client.send, RECORD) == "PROTOCOL_IS_SHUTDOWN"
        return
    assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    for operation, arguments in ((ends.client.recv, (10,)), (ends.client.do_handshake, ())):
        with pytest.raises(wanted(ssl, why)):
            operation(*arguments)
    assert ends.client.recv(0) == b""
    assert refused(ssl, ends.client.send, RECORD) == "PROTOCOL_IS_SHUTDOWN"
    assert ends.client.recv(10) == b""
    with pytest.raises(ssl.SSLEOFError):
        ends.client.do_handshake()


@WHY
def test_nothing_is_sent_after_such_a_goodbye(ssl, peers, about, native, why):
    """After an unwrap() the write can no longer be finished.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, why)
    with pytest.raises(OSError):
        ends.client.unwrap()
    if is_over(about, why):
        report_lost_alert(ssl, about, ends.client.send, RECORD)
        return
    assert refused(ssl, ends.client.send, RECORD) == "PROTOCOL_IS_SHUTDOWN"
    if not lets_goodbye_wait(about):  # then it is an error of a system call that was none
        assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    assert refused(ssl, ends.client.send, b"less") == "PROTOCOL_IS_SHUTDOWN"


@pytest.mark.parametrize("broken", [False, True], ids=["full", "broken"])
def test_goodbye_after_reading(ssl, peers, about, native, broken):
    """After a recv() that returned data, unwrap() is at the end.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    ends.server.send(b"hello")
    if broken:
        break_pipe(ssl, about, native, ends)
    else:
        peers.sockets.fill(ends.client)
    if broken and about.openssl >= (4,):
        report_lost_alert(ssl, about, ends.client.recv, 10)
    else:
        assert ends.client.recv(10) == b"hello"
    if broken and reports_it_ever_after(about):
        report_lost_alert(ssl, about, ends.client.unwrap)
        return
    with pytest.raises(ssl.SSLEOFError):
        ends.client.unwrap()
    if lets_goodbye_wait(about):
        with pytest.raises(ssl.SSLEOFError):
            ends.client.unwrap()
    else:
        assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"


def test_goodbye_after_that_of_the_peer(ssl, peers, about, native):
    """After the peer has sent close_notify and closed, write and unwrap are SSLZeroReturnErrors.

    Since OpenSSL 3.4 what could not be sent is reported first.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.unwrap()
    break_pipe(ssl, about, native, ends)
    if reports_it_ever_after(about):
        for operation, arguments in ((ends.client.recv, (10,)), (ends.client.unwrap, ())):
            report_lost_alert(ssl, about, operation, *arguments)
        return
    assert ends.client.recv(10) == b""
    report_lost_alert(ssl, about, ends.client.send, RECORD)
    if about.openssl < (3, 4):
        with pytest.raises(ssl.SSLZeroReturnError):
            ends.client.send(RECORD)
    with pytest.raises(ssl.SSLZeroReturnError):
        ends.client.unwrap()
    if not lets_goodbye_wait(about):
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
def test_end_of_the_connection_ends_the_write(ssl, peers, about, native, gone):
    """Once reading has found the end of the connection, the write is no longer tried.

    The same data is an SSLEOFError then, and less of it has a bad length, or since OpenSSL 3.6 is
    an SSLEOFError too. On OpenSSL 4 the broken pipe has ended TLS before.

    man:SSL_get_error(3)
    """
    plain = native.socketpair()
    spare = native.duplicate(plain[1])
    ends = peers.sockets.established(plain=plain)
    begin(ssl, peers, about, native, ends, "nobody will read")
    if about.openssl >= (4,):
        report_lost_alert(ssl, about, ends.client.send, RECORD)
        return
    if gone == "closed":
        spare.close()
        ends.server.close()
        if reports_it_ever_after(about):
            assert refused(ssl, ends.client.recv, 10) == "UNEXPECTED_EOF_WHILE_READING"
        else:
            assert ends.client.recv(10) == b""
    else:
        spare.send(b"GET / HTTP/1.0\r\n\r\n")
        reason = "RECORD_LAYER_FAILURE" if about.openssl >= (3, 2) else "WRONG_VERSION_NUMBER"
        assert refused(ssl, ends.client.recv, 10) == reason
    with pytest.raises(ssl.SSLEOFError):
        ends.client.send(RECORD)
    assert refused(ssl, ends.client.send, b"less") == bad_length(about)
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"


def test_end_of_the_connection_after_such_a_goodbye(ssl, peers, about, native):
    """Once reading has found the end of the connection, an earlier unwrap() does not matter.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, "nobody will read")
    if reports_it_ever_after(about):
        report_lost_alert(ssl, about, ends.client.unwrap)
    else:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.unwrap()
    ends.server.close()
    if about.openssl >= (4,):
        report_lost_alert(ssl, about, ends.client.recv, 10)
        return
    if reports_it_ever_after(about):
        assert refused(ssl, ends.client.recv, 10) == "UNEXPECTED_EOF_WHILE_READING"
    else:
        assert ends.client.recv(10) == b""
    assert refused(ssl, ends.client.unwrap) == "SHUTDOWN_WHILE_IN_INIT"


@WHY
def test_less_is_no_repetition(ssl, peers, about, native, why):
    """Less data than that of the unfinished write has a bad length, and ends the connection.

    On OpenSSL 4 nothing but that error comes after it.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    begin(ssl, peers, about, native, ends, why)
    if is_over(about, why):
        report_lost_alert(ssl, about, ends.client.send, b"less")
        return
    assert refused(ssl, ends.client.send, b"less") == "BAD_LENGTH"
    if about.openssl >= (4,):
        assert refused(ssl, ends.client.send, RECORD) is None
        assert refused(ssl, ends.client.recv, 10) is None
        return
    with pytest.raises(ssl.SSLEOFError):
        ends.client.send(RECORD)
    assert refused(ssl, ends.client.send, b"less") == bad_length(about)
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
def test_goodbye_waits_as_long_as_the_time_out(ssl, peers, about, reading):
    """unwrap() waits for what the last operation waited for, and times out when it does not come.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    if reading:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)
    ends.client.settimeout(MOMENT)
    for _ in range(2 if lets_goodbye_wait(about) else 1):
        words = f"The {'read' if reading else 'write'} operation timed out"
        with pytest.raises(OSError, match=words):
            ends.client.unwrap()
    if not lets_goodbye_wait(about):
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
def test_goodbye_does_not_wait_for_what_is_there(ssl, peers, about, reading):
    """Once the socket is ready, unwrap() at once says that the write comes first.

    Where close_notify waits for the write, both are sent, and it waits for the peer's.

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
    if not lets_goodbye_wait(about):
        assert refused(ssl, ends.client.unwrap) == "BAD_WRITE_RETRY"
    elif reading:
        assert refused(ssl, ends.client.unwrap) == "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
    else:
        with pytest.raises(OSError, match="The read operation timed out"):
            ends.client.unwrap()


def test_broken_pipe_is_told_whatever_came_between(ssl, peers, about, native):
    """unwrap() raises the same for an unfinished write, whatever else was called meanwhile.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    break_pipe(ssl, about, native, ends)
    ssl.create_default_context()
    if lets_goodbye_wait(about):  # then it is an error of a system call that was none
        return
    if about.openssl < (3,):  # then it is the error of whatever the thread did last
        return
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
