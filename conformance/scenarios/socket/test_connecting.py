"""connect() and accept() of an SSLSocket."""

import pytest

from conformance.peers.sockets import Ends, wait


def listening(peers, native, family="AF_UNIX", **arguments):
    """A listening SSLSocket of a server, and its address."""
    context = peers.server_context()
    plain = native.listening_socket(family)
    address = native.kept(plain.getsockname)
    arguments = {"server_side": True, "do_handshake_on_connect": False, **arguments}
    return context.wrap_socket(plain, **arguments), address


def connecting(peers, native, sock=None, **arguments):
    """An SSLSocket of a client that is not connected yet, over a new socket or that."""
    arguments = {"server_hostname": "localhost", "do_handshake_on_connect": False, **arguments}
    sock = sock or native.unconnected_socket()
    return peers.client_context().wrap_socket(sock, **arguments)


def test_accepted_socket_is_wrapped(peers, native):
    """accept() returns an address, and an SSLSocket with the listener's settings but no time-out.

    library/ssl.html#ssl-sockets
    """
    listener, address = listening(peers, native, suppress_ragged_eofs=False)
    client = connecting(peers, native)
    assert client.connect(address) is None
    listener.settimeout(5.0)
    server, peer = listener.accept()
    assert native.type_name(server) == "SSLSocket"
    assert native.is_same(server.context, listener.context) is True
    assert server.server_side is True
    assert server.suppress_ragged_eofs is False
    assert server.do_handshake_on_connect is False
    assert server.gettimeout() is None
    assert not peer


def test_accepted_socket_is_of_the_context_s_class(ssl, peers, native):
    """accept() makes a socket of the sslsocket_class that the context has by then.

    library/ssl.html#ssl.SSLContext.sslsocket_class
    """
    listener, address = listening(peers, native)
    client = connecting(peers, native)
    client.connect(address)
    listener.context.sslsocket_class = native.subclass(ssl.SSLSocket, "Own")
    server, _ = listener.accept()
    assert native.type_name(server) == "Own"
    assert native.type_name(listener) == "SSLSocket"


def test_accepted_socket_is_a_server_whatever_its_listener_is(peers, native):
    """accept() makes a server's socket also where server_side was not given to the listener.

    library/ssl.html#ssl-sockets
    """
    listener, address = listening(peers, native, server_side=False)
    assert listener.server_side is False
    client = connecting(peers, native)
    client.connect(address)
    server, _ = listener.accept()
    assert server.server_side is True
    client.setblocking(False)
    server.setblocking(False)
    peers.sockets.handshake(Ends(client, server))
    assert server.version() == "TLSv1.3"


def test_session_may_be_assigned_before_connecting(peers, native):
    """A session that is assigned before connect() is offered by it, and resumed.

    library/ssl.html#ssl.SSLSocket.session
    """
    listener, address = listening(peers, native)
    context = peers.client_context(version="TLSv1.2")
    session = None
    for reused in (False, True):
        plain = native.unconnected_socket()
        arguments = {"server_hostname": "localhost", "do_handshake_on_connect": False}
        client = context.wrap_socket(plain, **arguments)
        if reused:
            client.session = session
        client.connect(address)
        server, _ = listener.accept()
        client.setblocking(False)
        server.setblocking(False)
        peers.sockets.handshake(Ends(client, server))
        assert client.session_reused is reused
        session = client.session


def test_connected_sockets_talk(peers, native):
    """After connect() and accept() the handshake can be done and data travels.

    library/ssl.html#ssl-sockets
    """
    listener, address = listening(peers, native)
    client = connecting(peers, native)
    client.connect(address)
    server, _ = listener.accept()
    client.setblocking(False)
    server.setblocking(False)
    peers.sockets.handshake(Ends(client, server))
    wait(client, server)
    client.send(b"hello")
    assert server.recv(5) == b"hello"
    assert client.version() == "TLSv1.3"


def test_connecting_does_the_handshake(peers, native):
    """connect() and accept() do the handshake by default.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    listener, address = listening(peers, native, do_handshake_on_connect=True)
    listener.settimeout(5.0)
    client = connecting(peers, native, do_handshake_on_connect=True)
    client.settimeout(5.0)
    far = native.thread(listener.accept)
    client.connect(address)
    assert client.version() == "TLSv1.3"
    server, _ = far.result()
    assert server.version() == "TLSv1.3"


def test_connect_ex_returns_zero(peers, native):
    """connect_ex() returns 0 when it has connected.

    library/socket.html#socket.socket.connect_ex
    """
    _listener, address = listening(peers, native)
    client = connecting(peers, native)
    assert client.connect_ex(address) == 0
    assert client.cipher() is None
    with pytest.raises(ValueError, match="handshake not done yet"):
        client.getpeercert()


def test_nobody_listens(peers, native):
    """connect() to an address without a listener is an OSError; connect_ex() returns its number.

    library/socket.html#socket.socket.connect_ex
    """
    client = connecting(peers, native)
    with pytest.raises(OSError) as caught:
        client.connect("/nonexistent/socket")
    assert caught.value.errno == 2
    assert client.connect_ex("/nonexistent/socket") == 2


def test_connecting_twice_is_refused(peers, native):
    """connect() on a connected SSLSocket is a ValueError.

    library/ssl.html#ssl-sockets
    """
    _listener, address = listening(peers, native)
    client = connecting(peers, native)
    client.connect(address)
    with pytest.raises(ValueError, match="already-connected"):
        client.connect(address)
    with pytest.raises(ValueError, match="already-connected"):
        client.connect_ex(address)


def test_server_does_not_connect(peers, native):
    """connect() of a server's SSLSocket is a ValueError.

    library/ssl.html#ssl-sockets
    """
    context = peers.server_context()
    end = context.wrap_socket(native.unconnected_socket(), server_side=True)
    with pytest.raises(ValueError, match="server-side mode"):
        end.connect("/nonexistent/socket")
    with pytest.raises(ValueError, match="server-side mode"):
        end.connect_ex("/nonexistent/socket")


def test_accept_does_not_wait_where_nobody_comes(peers, native):
    """accept() of a listener that does not block raises as that of a plain socket.

    library/socket.html#socket.socket.accept
    """
    listener, _ = listening(peers, native)
    listener.setblocking(False)
    with pytest.raises(OSError) as caught:
        listener.accept()
    assert caught.value.errno == 11


def test_context_belongs_to_a_connection(peers, native):
    """Assigning the context of an SSLSocket that has no TLS yet is an AttributeError.

    library/ssl.html#ssl.SSLSocket.context
    """
    listener, _ = listening(peers, native)
    with pytest.raises(AttributeError):
        listener.context = peers.server_context("plain")


FAMILIES = pytest.mark.parametrize("family", ["AF_UNIX", "AF_INET"])
NAMES = pytest.mark.parametrize("name", ["connect", "connect_ex"])


def test_what_is_sent_while_connecting_is_tls(ssl, peers, native):
    """After connect_ex() that goes on in the background nothing is sent in plain text.

    library/ssl.html#ssl-sockets
    """
    listener = native.listening_socket("AF_INET")
    client = connecting(peers, native, sock=native.unconnected_socket(family="AF_INET"))
    client.setblocking(False)
    address = native.kept(listener.getsockname)
    assert client.connect_ex(address) == native.error_number("EINPROGRESS")
    far, _ = listener.accept()
    with pytest.raises(ssl.SSLWantReadError):
        client.send(b"hello")
    assert far.recv(3) == b"\x16\x03\x01"


def test_connection_in_the_background_is_completed(peers, native):
    """A handshake can follow connect_ex() that went on in the background; connecting again cannot.

    library/ssl.html#ssl-sockets
    """
    listener, address = listening(peers, native, family="AF_INET")
    client = connecting(peers, native, sock=native.unconnected_socket(family="AF_INET"))
    client.setblocking(False)
    assert client.connect_ex(address) == native.error_number("EINPROGRESS")
    server, _ = listener.accept()
    server.setblocking(False)
    with pytest.raises(ValueError, match="already-connected"):
        client.connect_ex(address)
    peers.sockets.handshake(Ends(client, server))
    assert client.version() == "TLSv1.3"
    client.send(b"hello")
    wait(server)
    assert server.recv(5) == b"hello"


def test_interrupted_by_would_block(peers, native):
    """connect() that goes on in the background is a BlockingIOError, and can be tried again.

    library/socket.html#socket.socket.connect
    """
    listener, address = listening(peers, native, family="AF_INET")
    client = connecting(peers, native, sock=native.unconnected_socket(family="AF_INET"))
    client.setblocking(False)
    with pytest.raises(OSError) as caught:
        client.connect(address)
    assert caught.value.errno == native.error_number("EINPROGRESS")
    assert client.version() is None
    server, _ = listener.accept()
    assert client.connect(address) is None
    server.setblocking(False)
    peers.sockets.handshake(Ends(client, server))
    assert client.version() == "TLSv1.3"


def test_refused_by_connect(peers, native):
    """connect() that is refused leaves a socket without TLS, which may try again.

    library/socket.html#socket.socket.connect
    """
    client = connecting(peers, native, sock=native.unconnected_socket(family="AF_INET"))
    deaf = native.deaf_socket()
    for _ in range(2):
        with pytest.raises(OSError) as caught:
            client.connect(native.kept(deaf.getsockname))
        assert caught.value.errno == native.error_number("ECONNREFUSED")
    with pytest.raises(ValueError, match="on closed or unwrapped SSL socket"):
        client.read(1)


def test_refused_by_connect_ex(peers, native):
    """connect_ex() that is refused leaves a socket that is for TLS and does not connect again.

    library/socket.html#socket.socket.connect_ex
    """
    client = connecting(peers, native, sock=native.unconnected_socket(family="AF_INET"))
    deaf = native.deaf_socket()
    address = native.kept(deaf.getsockname)
    assert client.connect_ex(address) == native.error_number("ECONNREFUSED")
    with pytest.raises(ValueError, match="already-connected"):
        client.connect_ex(address)
    with pytest.raises(ValueError, match="already-connected"):
        client.connect(address)
    assert client.cipher() is None
    with pytest.raises(OSError) as caught:
        client.do_handshake()
    assert caught.value.errno == native.error_number("ENOTCONN")


@NAMES
@FAMILIES
def test_handshake_that_would_block_ends_connecting(ssl, peers, native, name, family):
    """Connecting without blocking, but with a handshake, connects and takes TLS away again.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    listener, address = listening(peers, native, family=family)
    sock = native.unconnected_socket(family=family)
    client = connecting(peers, native, sock=sock, do_handshake_on_connect=True)
    if family == "AF_UNIX":
        client.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):
            getattr(client, name)(address)
    else:
        client.settimeout(0.01)
        with pytest.raises(OSError, match="timed out"):
            getattr(client, name)(address)
    assert client.version() is None
    assert client.cipher() is None
    with pytest.raises(ValueError, match="already-connected"):
        client.connect(address)
    with pytest.raises(ValueError, match="on closed or unwrapped SSL socket"):
        client.read(1)


@NAMES
def test_handshake_that_fails_ends_connecting(ssl, peers, native, name):
    """A handshake that fails while connecting leaves the socket open, without TLS.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    listener = native.listening_socket()
    client = connecting(peers, native, do_handshake_on_connect=True)
    wait(client)
    words = native.speak_first(listener, b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(ssl.SSLError) as caught:
        getattr(client, name)(native.kept(listener.getsockname))
    assert caught.value.reason == "WRONG_VERSION_NUMBER"
    words.result()
    assert native.kept(client.getpeername)
    assert client.version() is None
    assert client.session is None
    with pytest.raises(ValueError, match="already-connected"):
        client.connect_ex("/nonexistent/socket")


@NAMES
def test_closed_socket_does_not_connect(peers, native, name):
    """A closed SSLSocket does not connect: connect() raises EBADF, connect_ex() returns it.

    library/socket.html#socket.socket.close
    """
    client = connecting(peers, native)
    client.close()
    if name == "connect_ex":
        assert client.connect_ex("/nonexistent/socket") == native.error_number("EBADF")
        return
    with pytest.raises(OSError) as caught:
        client.connect("/nonexistent/socket")
    assert caught.value.errno == native.error_number("EBADF")


@NAMES
def test_address_of_another_kind(peers, native, name):
    """An invalid address is a TypeError, after which the SSLSocket refuses to connect.

    library/socket.html#socket.socket.connect
    """
    client = connecting(peers, native)
    with pytest.raises(TypeError):
        getattr(client, name)(17)
    with pytest.raises(ValueError, match="already-connected"):
        getattr(client, name)("/nonexistent/socket")


@FAMILIES
def test_unconnected_socket_does_not_talk(ssl, peers, native, family):
    """A socket that is not connected has no TLS: reading and writing are plain, and refused.

    library/ssl.html#ssl.SSLSocket.read
    """
    client = connecting(peers, native, sock=native.unconnected_socket(family=family))
    for operation, argument in ((client.send, b"x"), (client.recv, 1), (client.sendall, b"x")):
        with pytest.raises(OSError) as caught:
            operation(argument)
        assert not isinstance(caught.value, ssl.SSLError)
    for operation, argument in ((client.write, b"x"), (client.read, 1)):
        with pytest.raises(ValueError, match="on closed or unwrapped SSL socket"):
            operation(argument)


@pytest.mark.parametrize("operation", ["send", "recv", "unwrap", "pending", "version"])
def test_connect_ex_that_failed_and_talking(ssl, peers, native, operation):
    """What is tried on a socket whose connect_ex() failed goes through TLS, and fails there.

    library/ssl.html#ssl-sockets
    """
    client = connecting(peers, native)
    client.setblocking(False)
    assert client.connect_ex("/nonexistent/socket") == native.error_number("ENOENT")
    if operation in ("pending", "version"):
        assert not getattr(client, operation)()
        return
    arguments = {"send": [b"x"], "recv": [1], "unwrap": []}[operation]
    with pytest.raises(ssl.SSLError):
        getattr(client, operation)(*arguments)


@pytest.mark.parametrize("way", ["changed", "replaced"])
def test_names_are_checked_only_later(ssl, peers, native, way):
    """connect() checks no name where the context has begun to check names since wrap_socket().

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    listener = native.listening_socket()
    context = peers.client_context()
    context.check_hostname = False
    client = context.wrap_socket(native.unconnected_socket(), do_handshake_on_connect=False)
    if way == "changed":
        context.check_hostname = True
    else:
        with pytest.raises(AttributeError):
            client.context = peers.client_context()
    assert client.connect(native.kept(listener.getsockname)) is None
