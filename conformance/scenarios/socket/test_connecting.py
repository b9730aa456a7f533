"""connect() and accept() of an SSLSocket."""

import pytest

from conformance.peers import client_context, server_context
from conformance.sockets import Ends, handshake, wait


def listening(ssl, native, certificates, **arguments):
    """A listening SSLSocket of a server, and its address."""
    context = server_context(ssl, certificates.localhost)
    plain = native.listening_socket()
    address = native.kept(plain.getsockname)
    arguments = {"server_side": True, "do_handshake_on_connect": False, **arguments}
    return context.wrap_socket(plain, **arguments), address


def connecting(ssl, native, certificates, **arguments):
    """An SSLSocket of a client that is not connected yet."""
    arguments = {"server_hostname": "localhost", "do_handshake_on_connect": False, **arguments}
    return client_context(ssl, certificates).wrap_socket(native.unconnected_socket(), **arguments)


def test_accepted_socket_is_wrapped(ssl, native, certificates):
    """accept() returns a new SSLSocket with the listener's settings, and the address.

    library/ssl.html#ssl-sockets
    """
    listener, address = listening(ssl, native, certificates, suppress_ragged_eofs=False)
    client = connecting(ssl, native, certificates)
    assert client.connect(address) is None
    server, peer = listener.accept()
    assert native.type_name(server) == "SSLSocket"
    assert native.is_same(server.context, listener.context) is True
    assert server.server_side is True
    assert server.suppress_ragged_eofs is False
    assert server.do_handshake_on_connect is False
    assert not peer


def test_connected_sockets_talk(ssl, native, certificates):
    """After connect() and accept() the handshake can be done and data travels.

    library/ssl.html#ssl-sockets
    """
    listener, address = listening(ssl, native, certificates)
    client = connecting(ssl, native, certificates)
    client.connect(address)
    server, _ = listener.accept()
    client.setblocking(False)
    server.setblocking(False)
    handshake(ssl, Ends(client, server))
    wait(client, server)
    client.send(b"hello")
    assert server.recv(5) == b"hello"
    assert client.version() == "TLSv1.3"


def test_connecting_does_the_handshake(ssl, native, certificates):
    """connect() and accept() do the handshake unless told otherwise.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    listener, address = listening(ssl, native, certificates, do_handshake_on_connect=True)
    listener.settimeout(5.0)
    client = connecting(ssl, native, certificates, do_handshake_on_connect=True)
    client.settimeout(5.0)
    far = native.thread(listener.accept)
    client.connect(address)
    assert client.version() == "TLSv1.3"
    server, _ = far.result()
    assert server.version() == "TLSv1.3"


def test_connect_ex_returns_zero(ssl, native, certificates):
    """connect_ex() returns 0 when it has connected.

    library/socket.html#socket.socket.connect_ex
    """
    _listener, address = listening(ssl, native, certificates)
    client = connecting(ssl, native, certificates)
    assert client.connect_ex(address) == 0
    assert client.cipher() is None
    with pytest.raises(ValueError, match="handshake not done yet"):
        client.getpeercert()


def test_nobody_listens(ssl, native, certificates):
    """connect() to where nobody listens is an OSError, and connect_ex() returns its number.

    library/socket.html#socket.socket.connect_ex
    """
    client = connecting(ssl, native, certificates)
    with pytest.raises(OSError) as caught:
        client.connect("/nonexistent/socket")
    assert caught.value.errno == 2
    assert client.connect_ex("/nonexistent/socket") == 2


def test_connecting_twice_is_refused(ssl, native, certificates):
    """connect() on a connected SSLSocket is a ValueError.

    library/ssl.html#ssl-sockets
    """
    _listener, address = listening(ssl, native, certificates)
    client = connecting(ssl, native, certificates)
    client.connect(address)
    with pytest.raises(ValueError, match="already-connected"):
        client.connect(address)
    with pytest.raises(ValueError, match="already-connected"):
        client.connect_ex(address)


def test_server_does_not_connect(ssl, native, certificates):
    """connect() of a server's SSLSocket is a ValueError.

    library/ssl.html#ssl-sockets
    """
    context = server_context(ssl, certificates.localhost)
    end = context.wrap_socket(native.unconnected_socket(), server_side=True)
    with pytest.raises(ValueError, match="server-side mode"):
        end.connect("/nonexistent/socket")
    with pytest.raises(ValueError, match="server-side mode"):
        end.connect_ex("/nonexistent/socket")


def test_accept_does_not_wait_where_nobody_comes(ssl, native, certificates):
    """accept() of a listener that does not block raises as that of a plain socket.

    library/socket.html#socket.socket.accept
    """
    listener, _ = listening(ssl, native, certificates)
    listener.setblocking(False)
    with pytest.raises(OSError) as caught:
        listener.accept()
    assert caught.value.errno == 11


def test_context_belongs_to_a_connection(ssl, native, certificates):
    """Assigning the context of an SSLSocket that has no TLS yet is an AttributeError.

    library/ssl.html#ssl.SSLSocket.context
    """
    listener, _ = listening(ssl, native, certificates)
    with pytest.raises(AttributeError):
        listener.context = server_context(ssl, certificates.plain)
