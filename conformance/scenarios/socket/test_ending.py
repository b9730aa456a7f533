"""How the connection of an SSLSocket ends, and what can be done with it afterwards."""

import pytest

from conformance.peers import both_versions
from conformance.peers.sockets import (
    broken_pipe,
    report_lost_alert,
    reports_it_ever_after,
    wait,
)


def unwrapped(ssl, ends):
    """End TLS on both sides, the client first; return the plain sockets."""
    wants_read = ssl.SSLWantReadError
    with pytest.raises(wants_read):
        ends.client.unwrap()
    far = ends.server.unwrap()
    return ends.client.unwrap(), far


@both_versions
def test_unwrapping_takes_both_sides(ssl, peers, version):
    """unwrap() sends close_notify and returns when that of the peer has arrived.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established(version)
    near, far = unwrapped(ssl, ends)
    assert near is not None
    assert far is not None


@both_versions
def test_plain_text_after_unwrapping(ssl, peers, version):
    """After unwrap() both sides can talk without TLS through what it returned.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established(version)
    near, far = unwrapped(ssl, ends)
    near.send(b"plain")
    assert far.recv(10) == b"plain"
    far.sendall(b"as well")
    assert near.recv(10) == b"as well"


@pytest.mark.parametrize("name", ["recv", "recv_into", "recvfrom", "recvfrom_into"])
def test_plain_text_may_be_looked_at(ssl, peers, native, name):
    """After unwrap() flags are those of a plain socket: what MSG_PEEK showed is still there.

    library/socket.html#socket.socket.recv
    """
    ends = peers.sockets.established()
    unwrapped(ssl, ends)
    ends.server.send(b"plain")
    wait(ends.client)
    for flags in (native.socket_number("MSG_PEEK"), 0):
        room = bytearray(5)
        arguments = (room, 5) if name.endswith("into") else (5,)
        received = getattr(ends.client, name)(*arguments, flags)
        if name.startswith("recvfrom"):
            received = received[0]
        assert (room if name.endswith("into") else received) == b"plain"


@both_versions
def test_plain_text_right_behind_close_notify(ssl, peers, version):
    """Plain text that arrives together with close_notify is there to be read after unwrap().

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established(version)
    wants_read = ssl.SSLWantReadError
    with pytest.raises(wants_read):
        ends.client.unwrap()
    far = ends.server.unwrap()
    far.sendall(b"plain")
    near = ends.client.unwrap()
    assert near.recv(3) == b"pla"
    assert near.recv(10) == b"in"


@both_versions
def test_records_that_were_not_read_stay_where_they_are(peers, native, version):
    """After shutdown() has ended TLS a socket reads the rest of the records undecrypted.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established(version)
    ends.server.send(b"first")
    ends.server.send(b"second")
    wait(*ends)
    assert ends.client.recv(10) == b"first"
    ends.client.shutdown(native.socket_number("SHUT_WR"))
    assert ends.client.recv(3) == b"\x17\x03\x03"


def test_wrapped_again_after_unwrapping(ssl, peers, native):
    """What unwrap() returned can be wrapped once more.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    near, far = unwrapped(ssl, ends)
    assert native.is_instance(near, native.module("socket").socket) is True
    near.send(b"plain")
    assert far.recv(5) == b"plain"


@pytest.mark.parametrize(
    "name",
    ["version", "cipher", "pending", "compression", "selected_alpn_protocol", "shared_ciphers"],
)
def test_question_after_unwrapping(ssl, peers, name):
    """An SSLSocket without TLS returns None about it, and 0 from pending().

    library/ssl.html#ssl.SSLSocket
    """
    ends = peers.sockets.established()
    unwrapped(ssl, ends)
    assert not getattr(ends.client, name)()


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("read", ()),
        ("write", (b"x",)),
        ("unwrap", ()),
        ("verify_client_post_handshake", ()),
        ("do_handshake", ()),
        ("getpeercert", ()),
        ("get_verified_chain", ()),
    ],
)
def test_use_after_unwrapping(ssl, peers, name, arguments):
    """What needs TLS is an error after unwrap().

    library/ssl.html#ssl.SSLSocket
    """
    ends = peers.sockets.established()
    unwrapped(ssl, ends)
    with pytest.raises((ValueError, AttributeError)):
        getattr(ends.client, name)(*arguments)


@both_versions
def test_data_in_flight_is_lost_on_the_way_out(ssl, peers, version):
    """unwrap() with data of the peer still unread fails in TLS 1.2 and 1.3 alike.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established(version)
    ends.server.send(b"unread")
    with pytest.raises(ssl.SSLError):
        ends.client.unwrap()
    with pytest.raises(ssl.SSLError):
        ends.client.unwrap()


@both_versions
@pytest.mark.parametrize("name", ["recv", "read"])
def test_close_notify_is_the_end(ssl, peers, version, name):
    """After the peer's close_notify reading returns no bytes, again and again.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established(version)
    ends.client.send(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    assert getattr(ends.server, name)(10) == b"last"
    assert getattr(ends.server, name)(10) == b""
    assert getattr(ends.server, name)(10) == b""


def test_close_notify_ends_a_read_with_a_timeout(ssl, peers):
    """After the peer's close_notify a read with a timeout returns no bytes at once.

    Before Python 3.5 it waited for the socket, and timed out (bpo-23576).

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    ends.server.settimeout(1.0)
    for _ in range(2):
        assert ends.server.recv(10) == b""


@both_versions
@pytest.mark.parametrize("name", ["recv", "read"])
def test_missing_close_notify_is_suppressed(ssl, peers, about, version, name):
    """By default the end without close_notify looks like the end: no bytes.

    Since OpenSSL 3.4 the alert about it, which reaches nobody, is reported first.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    ends = peers.sockets.established(version)
    ends.client.send(b"last")
    ends.client.close()
    assert getattr(ends.server, name)(10) == b"last"
    report_lost_alert(ssl, about, getattr(ends.server, name), 10)
    if reports_it_ever_after(about):
        return
    assert getattr(ends.server, name)(10) == b""
    assert getattr(ends.server, name)(10) == b""


def test_missing_close_notify_leaves_the_buffer(ssl, peers, about):
    """recv_into() returns 0 at the end without close_notify.

    Since OpenSSL 3.4 the alert about it, which reaches nobody, is reported first.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    ends = peers.sockets.established()
    ends.client.close()
    buffer = bytearray(b"untouched")
    report_lost_alert(ssl, about, ends.server.recv_into, buffer)
    assert buffer == b"untouched"
    if reports_it_ever_after(about):
        return
    assert ends.server.recv_into(buffer) == 0
    assert buffer == b"untouched"


@both_versions
@pytest.mark.parametrize("name", ["recv", "read"])
def test_missing_close_notify_is_an_error_where_wanted(ssl, peers, about, version, name):
    """With suppress_ragged_eofs=False the end without close_notify is an SSLEOFError.

    Since OpenSSL 3.4 the alert about it, which reaches nobody, is reported first.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    arguments = {"suppress_ragged_eofs": False}
    ends = peers.sockets.established(version, server_arguments=arguments)
    assert ends.server.suppress_ragged_eofs is False
    ends.client.send(b"last")
    ends.client.close()
    assert getattr(ends.server, name)(10) == b"last"
    report_lost_alert(ssl, about, getattr(ends.server, name), 10)
    if reports_it_ever_after(about):
        return
    with pytest.raises(ssl.SSLEOFError):
        getattr(ends.server, name)(10)


def test_close_notify_is_no_ragged_end(ssl, peers):
    """suppress_ragged_eofs=False makes no difference where the peer sends close_notify.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    arguments = {"suppress_ragged_eofs": False}
    ends = peers.sockets.established(server_arguments=arguments)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    assert ends.server.recv(10) == b""


def test_end_in_the_handshake_is_never_suppressed(ssl, peers):
    """A peer that goes away in the handshake makes do_handshake() raise.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.wrapped()
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.do_handshake()
    ends.server.close()
    with pytest.raises(OSError):
        ends.client.do_handshake()


def test_unwrapping_when_the_peer_is_gone(peers):
    """unwrap() with a peer that closed without close_notify is an error.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    ends.server.close()
    with pytest.raises(OSError):
        ends.client.unwrap()


def test_writing_when_the_peer_is_gone(peers):
    """send() to a peer that closed is an OSError.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    ends.server.close()
    with pytest.raises(OSError):
        ends.client.send(b"anybody?")


@pytest.mark.parametrize(("name", "arguments"), [("send", (b"anybody?",)), ("unwrap", ())])
def test_answering_close_notify_to_nobody(ssl, peers, about, name, arguments):
    """After a peer has sent close_notify and closed, sending to it is an SSLZeroReturnError.

    Since OpenSSL 3.4 it is reported instead that this reaches nobody.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.unwrap()
    ends.server.close()
    assert ends.client.recv(1) == b""
    report_lost_alert(ssl, about, getattr(ends.client, name), *arguments)
    if about.openssl < (3, 4):
        with pytest.raises(ssl.SSLZeroReturnError):
            getattr(ends.client, name)(*arguments)


def test_goodbye_to_nobody_is_said_once(ssl, peers, about):
    """After an unwrap() that could not send close_notify, send() is refused by TLS itself.

    On OpenSSL 4 it fails for the missing peer again.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    ends.server.close()
    with pytest.raises(OSError):
        ends.client.unwrap()
    if about.openssl >= (4,):
        report_lost_alert(ssl, about, ends.client.send, b"anybody?")
        return
    with pytest.raises(ssl.SSLError) as caught:
        ends.client.send(b"anybody?")
    assert caught.value.reason == "PROTOCOL_IS_SHUTDOWN"


def test_goodbye_to_nobody_is_tried_again(ssl, peers, about, native):
    """unwrap() to a peer that is gone tries to send close_notify, and fails, each time.

    Only once the end was read there is no TLS any longer that could be ended.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    ends.server.shutdown(native.socket_number("SHUT_RD"))
    for _ in range(2):
        with pytest.raises(OSError) as caught:
            ends.client.unwrap()
        assert caught.value.errno == broken_pipe(about)
    if reports_it_ever_after(about):
        report_lost_alert(ssl, about, ends.client.recv, 1)
        return
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    with pytest.raises(OSError) as caught:
        ends.client.unwrap()
    assert caught.value.errno == broken_pipe(about)
    ends.server.close()
    assert ends.client.recv(1) == b""
    with pytest.raises(ssl.SSLError) as caught:
        ends.client.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"


@pytest.mark.parametrize("begun", [False, True], ids=["unread", "half read"])
def test_goodbye_is_said_before_the_answer_is_read(peers, about, begun):
    """unwrap() sends close_notify first: it fails for the missing peer, not for unread data.

    man:SSL_shutdown(3)
    """
    ends = peers.sockets.established()
    ends.server.send(b"unread")
    if begun:
        assert ends.client.recv(2) == b"un"
    ends.server.close()
    for _ in range(2):
        with pytest.raises(OSError) as caught:
            ends.client.unwrap()
        assert caught.value.errno == broken_pipe(about)


def test_alert_to_nobody_is_sent_once(ssl, peers, about):
    """Where the alert about a missing answer cannot be sent, send() raises SSLEOFError.

    On OpenSSL 4 it is an SSLError, as after any other that is fatal.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.wrapped()
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.do_handshake()
    ends.client.close()
    for operation, arguments in (("do_handshake", ()), ("send", (b"anybody?",))):
        sending = about.openssl >= (4,) and operation == "send"
        with pytest.raises(ssl.SSLError if sending else ssl.SSLEOFError):
            getattr(ends.server, operation)(*arguments)


@pytest.mark.parametrize(
    ("name", "arguments"), [("do_handshake", ()), ("recv", (1,)), ("send", (b"anybody?",))]
)
@pytest.mark.parametrize("how", ["close", "shutdown"])
def test_session_tickets_for_nobody(ssl, peers, about, native, name, arguments, how):
    """A client that is gone after its part of a TLS 1.3 handshake misses only session tickets.

    The server's handshake is done, and its recv() is at the end of the data; send() is an error.
    Since OpenSSL 3.4 recv() reports first that the alert about the end reaches nobody.

    man:SSL_CTX_set_num_tickets(3)
    """
    ends = peers.sockets.wrapped()
    peers.sockets.send_flights(ends)
    assert ends.client.do_handshake() is None
    if how == "close":
        ends.client.close()
    else:
        ends.client.shutdown(native.socket_number("SHUT_RDWR"))
    if name == "send":
        with pytest.raises(OSError):
            ends.server.send(*arguments)
    elif name == "do_handshake":
        assert ends.server.do_handshake() is None
    else:
        report_lost_alert(ssl, about, ends.server.recv, *arguments)
        if not reports_it_ever_after(about):
            assert ends.server.recv(*arguments) == b""
    ends.server.version()


@pytest.mark.parametrize("begun", [False, True], ids=["nothing sent", "flight sent"])
def test_data_after_a_broken_handshake_of_nobody(peers, begun):
    """Where the alert about a broken handshake cannot be sent, send() fails whatever the data.

    man:SSL_write(3)
    """
    ends = peers.sockets.wrapped()
    if begun:
        peers.sockets.send_flights(ends)
    ends.client.close()
    with pytest.raises(OSError):
        ends.server.do_handshake()
    for data in (b"", b"1", b"12"):
        with pytest.raises(OSError):
            ends.server.send(data)


def test_data_shorter_than_an_alert_to_nobody(ssl, peers, about):
    """After an alert that cannot be sent, data that is shorter than it has a bad length.

    On OpenSSL 4 it is the broken pipe that is an error.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    ends.client.close()
    report_lost_alert(ssl, about, ends.server.recv, 1)
    if not reports_it_ever_after(about):
        assert ends.server.recv(1) == b""
    for data in (b"", b"1", b"12"):
        with pytest.raises(OSError if about.openssl >= (4,) else ssl.SSLError):
            ends.server.send(data)


@pytest.mark.parametrize("how", ["SHUT_RD", "SHUT_WR", "SHUT_RDWR"])
def test_shutdown_ends_tls_without_goodbye(peers, native, how):
    """shutdown() ends TLS on this side at once, whatever direction it names.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established()
    assert ends.client.shutdown(native.socket_number(how)) is None
    assert ends.client.version() is None
    assert ends.client.pending() == 0
    with pytest.raises(ValueError):
        ends.client.read()


def test_shutdown_shows_at_the_peer(ssl, peers, native):
    """After shutdown(SHUT_WR) the peer reads the end, without close_notify.

    library/ssl.html#ssl-sockets
    """
    arguments = {"suppress_ragged_eofs": False}
    ends = peers.sockets.established(server_arguments=arguments)
    ends.client.shutdown(native.socket_number("SHUT_WR"))
    with pytest.raises(ssl.SSLEOFError):
        ends.server.recv(10)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("recv", (10,)),
        ("send", (b"x",)),
        ("sendall", (b"x",)),
        ("read", (10,)),
        ("write", (b"x",)),
        ("do_handshake", ()),
        ("unwrap", ()),
        ("getpeercert", ()),
        ("getpeername", ()),
        ("version", ()),
        ("cipher", ()),
        ("pending", ()),
        ("compression", ()),
        ("selected_alpn_protocol", ()),
        ("shared_ciphers", ()),
        ("get_channel_binding", ()),
        ("shutdown", (2,)),
        ("accept", ()),
        ("connect", ("address",)),
        ("connect_ex", ("address",)),
        ("get_verified_chain", ()),
        ("get_unverified_chain", ()),
        ("setblocking", (True,)),
        ("getsockopt", (1, 1)),
        ("recv_into", (bytearray(3),)),
        ("verify_client_post_handshake", ()),
    ],
)
def test_use_after_close(peers, name, arguments):
    """A closed SSLSocket refuses to move data with an error, and no longer has TLS.

    library/socket.html#socket.socket.close
    """
    ends = peers.sockets.established()
    ends.client.close()
    questions = "version cipher pending compression selected_alpn_protocol shared_ciphers"
    if name in [*questions.split(), "get_channel_binding"]:
        getattr(ends.client, name)(*arguments)
    else:
        with pytest.raises((OSError, ValueError, AttributeError)):
            getattr(ends.client, name)(*arguments)


def test_time_out_after_close(peers):
    """A closed SSLSocket still has its timeout.

    library/socket.html#socket.socket.gettimeout
    """
    ends = peers.sockets.established()
    ends.client.settimeout(2.5)
    ends.client.close()
    assert ends.client.gettimeout() == 2.5
    assert ends.client.timeout == 2.5


def test_closing_twice(peers):
    """close() may be called again.

    library/socket.html#socket.socket.close
    """
    ends = peers.sockets.established()
    assert ends.client.close() is None
    assert ends.client.close() is None


def test_closing_says_no_goodbye(ssl, peers, about):
    """close() sends no close_notify: the peer sees a ragged end.

    Since OpenSSL 3.4 the alert about it, which reaches nobody, is reported first.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    arguments = {"suppress_ragged_eofs": False}
    ends = peers.sockets.established(server_arguments=arguments)
    ends.client.close()
    report_lost_alert(ssl, about, ends.server.recv, 1)
    if reports_it_ever_after(about):
        return
    with pytest.raises(ssl.SSLEOFError):
        ends.server.recv(1)


def test_dropping_closes(peers, about, native):
    """An SSLSocket is closed with its last reference.

    library/socket.html#socket.socket.close
    """
    ends = peers.sockets.established()
    server = ends.server
    del ends
    native.collect()
    with pytest.raises(OSError) as caught:
        server.send(b"anybody?")
    assert caught.value.errno == broken_pipe(about)


def test_descriptor_after_close(peers):
    """fileno() of a closed SSLSocket is -1.

    library/socket.html#socket.socket.fileno
    """
    ends = peers.sockets.established()
    ends.client.close()
    assert ends.client.fileno() == -1


def test_detaching_keeps_the_descriptor(ssl, peers, about, native):
    """detach() returns the descriptor, open, and the SSLSocket is closed.

    library/socket.html#socket.socket.detach
    """
    ends = peers.sockets.established()
    descriptor = native.kept(ends.client.detach)
    assert ends.client.fileno() == -1
    assert "[closed]" in native.repr(ends.client)
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.recv(1)
    native.module("os").close(descriptor)
    report_lost_alert(ssl, about, ends.server.recv, 1)
    if not reports_it_ever_after(about):
        assert ends.server.recv(1) == b""


def test_with_statement_closes(ssl, peers, about, native):
    """An SSLSocket is a context manager that closes itself.

    library/socket.html#socket.socket
    """
    ends = peers.sockets.established()
    assert native.enter_and_leave(ends.client) is True
    with pytest.raises(OSError):
        ends.client.getpeername()
    report_lost_alert(ssl, about, ends.server.recv, 1)
    if not reports_it_ever_after(about):
        assert ends.server.recv(1) == b""


def test_peer_s_name_is_that_of_the_socket(peers):
    """getpeername() and getsockname() are the socket's own.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established()
    assert ends.client.getpeername() == ""
    assert ends.server.getsockname() == ""


def test_blocking_unwrap_waits_for_the_peer(peers, native):
    """unwrap() of a blocking socket returns once the peer has unwrapped too.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    wait(*ends)
    far = native.thread(ends.server.unwrap)
    near = ends.client.unwrap()
    near.send(b"plain")
    assert far.result().recv(10) == b"plain"


@pytest.mark.parametrize("operation", ["recv", "do_handshake", "pending", "version"])
def test_goodbye_that_waits_is_for_unwrap_alone(ssl, peers, native, operation):
    """While close_notify cannot be sent, reading goes on, and a done handshake stays done.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    plain = native.socketpair()
    spare = native.duplicate(plain[0]), native.duplicate(plain[1])
    ends = peers.sockets.wrapped(plain=plain)
    peers.sockets.handshake(ends)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    ends.server.send(b"hello")
    sent = native.fill_send_buffer(spare[0])
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.unwrap()
    if operation == "recv":
        assert ends.client.recv(10) == b"hello"
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.recv(10)
    else:
        getattr(ends.client, operation)()
        assert ends.client.recv(10) == b"hello"
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.unwrap()
    native.drain(spare[1], sent)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    ends.server.setblocking(False)
    assert ends.server.recv(10) == b""
