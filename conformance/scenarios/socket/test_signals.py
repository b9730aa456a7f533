"""A signal that interrupts a system call does not end the operation of an SSLSocket (PEP 475)."""

import pytest

from conformance.peers.sockets import RECORD, Ends, report_lost_alert, wait

A_WHILE = 0.1
"""Seconds after which an operation has waited long enough."""

WAYS = pytest.mark.parametrize("way", ["blocking", "with a time-out"])


def let_wait(end, way):
    """Let a socket block, for ever or for a while."""
    end.settimeout(None) if way == "blocking" else wait(end)


@WAYS
def test_reading_goes_on(peers, native, way):
    """recv() that signals interrupt returns data that comes later.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.established()
    let_wait(ends.client, way)
    peer = native.after_signals(ends.server.send, b"hello")
    assert native.under_signals(ends.client.recv, 10) == b"hello"
    assert peer.result() == 5


@WAYS
def test_writing_goes_on(ssl, peers, about, native, way):
    """send() that signals interrupt sends all when the peer reads later.

    Since OpenSSL 3.4 the peer reports at the end that its alert about that reaches nobody.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    let_wait(ends.client, way)
    wait(ends.server)
    peer = native.after_signals(native.repeated(20, ends.server.recv, len(RECORD)))
    assert native.under_signals(ends.client.send, RECORD) == len(RECORD)
    ends.client.close()
    if about.openssl >= (3, 4):
        report_lost_alert(ssl, about, peer.result)
    else:
        peer.result()


@WAYS
def test_handshake_goes_on(peers, native, way):
    """do_handshake() that signals interrupt is done when the peer does its part later.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.wrapped()
    let_wait(ends.client, way)
    wait(ends.server)
    peer = native.after_signals(ends.server.do_handshake)
    assert native.under_signals(ends.client.do_handshake) is None
    assert peer.result() is None
    assert ends.client.version() == "TLSv1.3"


def test_unwrapping_goes_on(peers, native):
    """unwrap() with a timeout that signals interrupt returns once the peer sends close_notify.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.established()
    wait(*ends)
    peer = native.after_signals(ends.server.unwrap)
    plain = native.under_signals(ends.client.unwrap)
    assert native.kept(peer.result)
    plain.send(b"plain")
    assert ends.server.recv(5) == b"plain"


def test_unwrapping_without_a_time_out_is_interrupted(ssl, peers, native):
    """unwrap() of a blocking socket that signals interrupt wants to read, and can be called again.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    ends.client.settimeout(None)
    wait(ends.server)
    peer = native.after_signals(ends.server.unwrap)
    with pytest.raises(ssl.SSLWantReadError):
        native.under_signals(ends.client.unwrap)
    assert native.kept(peer.result)
    assert native.kept(ends.client.unwrap)


@WAYS
@pytest.mark.parametrize("family", ["AF_UNIX", "AF_INET"])
def test_accepting_goes_on(peers, native, way, family):
    """accept() that signals interrupt returns a peer that connects later.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    context = peers.server_context()
    plain = native.listening_socket(family)
    listener = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    let_wait(listener, way)
    peer = native.after_signals(native.probe("connecting_socket"), listener)
    server, _ = native.under_signals(listener.accept)
    client = peers.client_context().wrap_socket(
        peer.result(), server_hostname="localhost", do_handshake_on_connect=False
    )
    client.setblocking(False)
    server.setblocking(False)
    peers.sockets.handshake(Ends(client, server))
    assert server.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("name", "way"), [("connect", "blocking"), ("connect_ex", "with a time-out")]
)
def test_connecting_goes_on(ssl, peers, native, name, way):
    """connect() that signals interrupt returns when there is room for it later.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    listener, _first = native.full_listener("AF_INET")
    client = peers.client_context().wrap_socket(
        native.unconnected_socket(family="AF_INET"),
        server_hostname="localhost",
        do_handshake_on_connect=False,
    )
    let_wait(client, way)
    address = native.kept(listener.getsockname)
    peer = native.after_signals(listener.accept)
    assert native.under_signals(getattr(client, name), address) in (None, 0)
    assert native.kept(peer.result)
    assert native.kept(client.getpeername)
    far, _ = listener.accept()
    client.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    assert far.recv(3) == b"\x16\x03\x01"


@pytest.mark.parametrize("name", ["connect", "connect_ex"])
def test_connecting_times_out(peers, native, name):
    """connect() times out although signals interrupt it all the time.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    listener, _first = native.full_listener("AF_INET")
    client = peers.client_context().wrap_socket(
        native.unconnected_socket(family="AF_INET"), server_hostname="localhost"
    )
    client.settimeout(A_WHILE)
    address = native.kept(listener.getsockname)
    if name == "connect_ex":
        assert native.under_signals(client.connect_ex, address) == native.error_number("EAGAIN")
        return
    with pytest.raises(OSError, match="timed out"):
        native.under_signals(client.connect, address)


def test_connecting_fails_later(peers, native):
    """connect() that signals interrupt raises the error that it gets later.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    listener, _first = native.full_listener("AF_INET")
    client = peers.client_context().wrap_socket(
        native.unconnected_socket(family="AF_INET"), server_hostname="localhost"
    )
    address = native.kept(listener.getsockname)
    closing = native.after_signals(listener.shutdown, native.socket_number("SHUT_RDWR"))
    with pytest.raises(OSError) as caught:
        native.under_signals(client.connect, address)
    assert caught.value.errno == native.error_number("ECONNREFUSED")
    assert closing.result() is None


def test_reading_times_out(peers, native):
    """recv() times out although signals interrupt it all the time, and can be tried again.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.established()
    ends.client.settimeout(A_WHILE)
    with pytest.raises(OSError, match="The read operation timed out"):
        native.under_signals(ends.client.recv, 10)
    assert ends.client.gettimeout() == A_WHILE
    ends.server.send(b"hello")
    assert ends.client.recv(10) == b"hello"


def test_writing_times_out(peers, native):
    """send() times out although signals interrupt it all the time.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    ends.client.settimeout(A_WHILE)
    with pytest.raises(OSError, match="The write operation timed out"):
        native.under_signals(ends.client.send, RECORD)


def test_handshake_times_out(peers, native):
    """do_handshake() times out although signals interrupt it all the time.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    ends = peers.sockets.wrapped()
    ends.client.settimeout(A_WHILE)
    with pytest.raises(OSError, match="The handshake operation timed out"):
        native.under_signals(ends.client.do_handshake)


def test_accepting_times_out(peers, native):
    """accept() times out although signals interrupt it all the time.

    whatsnew/3.5.html#pep-475-retry-system-calls-failing-with-eintr
    """
    context = peers.server_context()
    listener = context.wrap_socket(native.listening_socket(), server_side=True)
    listener.settimeout(A_WHILE)
    with pytest.raises(OSError, match="timed out"):
        native.under_signals(listener.accept)


@pytest.mark.parametrize("operation", ["recv", "do_handshake", "unwrap", "send"])
def test_handler_that_raises_ends_the_operation(peers, native, operation):
    """An exception of a signal's handler passes through the operation, which can be repeated.

    library/signal.html#execution-of-python-signal-handlers
    """
    if operation == "do_handshake":
        ends = peers.sockets.wrapped()
    else:
        ends = peers.sockets.established()
    arguments = {"recv": [10], "send": [RECORD]}.get(operation, [])
    if operation == "send":
        peers.sockets.fill(ends.client)
    ends.client.settimeout(None)
    with pytest.raises(KeyError, match="a handler that fails"):
        native.under_failing_signals(getattr(ends.client, operation), *arguments)
    ends.client.setblocking(False)
    with pytest.raises(OSError):
        getattr(ends.client, operation)(*arguments)


def test_handler_that_raises_ends_accepting(peers, native):
    """An exception of a signal's handler passes through accept(), which can be repeated.

    library/signal.html#execution-of-python-signal-handlers
    """
    context = peers.server_context()
    listener = context.wrap_socket(
        native.listening_socket(), server_side=True, do_handshake_on_connect=False
    )
    with pytest.raises(KeyError, match="a handler that fails"):
        native.under_failing_signals(listener.accept)
    peer = native.connecting_socket(listener)
    server, _ = listener.accept()
    peer.close()
    assert server.recv(1) == b""
