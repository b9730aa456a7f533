"""Subclasses that override methods, as event loops and proxies do: who calls whom."""

import pytest

from conformance.peers.sockets import wait

OBJECT = ["do_handshake", "read", "write", "unwrap", "pending", "version", "getpeercert"]
SOCKET = [*OBJECT, "recv", "recv_into", "send", "sendall", "close"]


def test_object_calls_none_of_its_methods(ssl, peers, native):
    """Methods of an SSLObject call no other public one, so each override is called once a call.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    counting = native.counting_subclass(ssl.SSLObject, OBJECT)
    client = peers.client_context()
    client.sslobject_class = counting
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    connected.client.tls.write(b"data")
    connected.transfer()
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.read(1, bytearray(1))
    connected.client.tls.getpeercert(True)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.unwrap()
    assert list(counting.counts) == [
        "do_handshake: 2",
        "getpeercert: 1",
        "read: 1",
        "unwrap: 1",
        "write: 1",
    ]


def test_socket_calls_its_methods(ssl, peers, native):
    """recv() and recv_into() call read(), and sendall() calls send(), also where overridden.

    library/ssl.html#ssl.SSLContext.sslsocket_class
    """
    counting = native.counting_subclass(ssl.SSLSocket, SOCKET)
    client = peers.client_context()
    client.sslsocket_class = counting
    ends = peers.sockets.wrapped(client=client)
    peers.sockets.handshake(ends)
    wait(*ends)
    ends.server.sendall(b"abcdef")
    assert ends.client.recv(2) == b"ab"
    assert ends.client.recv_into(bytearray(2)) == 2
    assert ends.client.read(2) == b"ef"
    assert ends.client.send(b"one") == 3
    ends.client.sendall(b"two")
    assert ends.client.write(b"three") == 5
    assert ends.server.recv(20) == b"one"
    assert list(counting.counts) == [
        "do_handshake: 2",
        "read: 3",
        "recv: 1",
        "recv_into: 1",
        "send: 2",
        "sendall: 1",
        "write: 1",
    ]


def limited(ssl, peers, native):
    """A client and a server that have talked; the client's send() takes four items at most."""
    client = peers.client_context()
    client.sslsocket_class = native.limiting_subclass(ssl.SSLSocket, "send", 4)
    ends = peers.sockets.wrapped(client=client)
    peers.sockets.handshake(ends)
    wait(*ends)
    return ends


def test_parts_that_an_override_sends_make_the_whole(ssl, peers, native):
    """sendall() calls send() until everything is sent, whatever that takes.

    library/socket.html#socket.socket.sendall
    """
    ends = limited(ssl, peers, native)
    assert ends.client.send(b"0123456789") == 4
    assert ends.client.sendall(b"0123456789") is None
    assert [ends.server.recv(20) for _ in range(4)] == [b"0123", b"0123", b"4567", b"89"]


def test_parts_that_an_override_sends_are_bytes(ssl, peers, native):
    """sendall() hands an overridden send() bytes, whatever the items of its data are.

    library/socket.html#socket.socket.sendall
    """
    ends = limited(ssl, peers, native)
    ctypes = native.module("ctypes")
    three = native.construct(native.operate("mul", ctypes.c_uint32, 3))
    assert ends.client.sendall(three) is None
    assert ends.client.sendall(b"end") is None
    assert [ends.server.recv(20) for _ in range(4)] == [bytes(4), bytes(4), bytes(4), b"end"]


@pytest.mark.parametrize("names", [["recv", "recv_into"], ["send", "sendall"]], ids=["rb", "wb"])
def test_files_call_what_is_overridden(ssl, peers, native, names):
    """A file of makefile() reads and writes by methods of the socket, also where overridden.

    library/socket.html#socket.socket.makefile
    """
    client = peers.client_context()
    client.sslsocket_class = ssl.SSLSocket
    for name in names:
        client.sslsocket_class = native.replacing_subclass(
            client.sslsocket_class, name, native.raising_callback()
        )
    ends = peers.sockets.wrapped(client=client)
    peers.sockets.handshake(ends)
    wait(*ends)
    if names[0] == "recv":
        ends.server.send(b"line")
        with pytest.raises(KeyError):
            native.file_of(ends.client, "rb").read(4)
    else:
        with pytest.raises(KeyError):
            native.file_of(ends.client, "wb", 0).write(b"line")


def test_methods_that_making_a_socket_calls(ssl, peers, native):
    """wrap_socket() of a socket without a peer calls methods that a subclass may override.

    library/ssl.html#ssl.SSLContext.sslsocket_class
    """
    names = ["getpeername", "recv", "setblocking"]
    client = peers.client_context()
    client.sslsocket_class = native.counting_subclass(ssl.SSLSocket, names)
    end = client.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    assert list(client.sslsocket_class.counts) == ["getpeername: 1", "recv: 1", "setblocking: 2"]
    end.close()


def test_context_is_asked_once(ssl, peers, native, certificates):
    """wrap_bio() and wrap_socket() of a subclass are called once for each connection.

    library/ssl.html#ssl.SSLContext
    """
    names = ["wrap_bio", "wrap_socket", "load_verify_locations"]
    counting = native.counting_subclass(ssl.SSLContext, names)
    client = native.construct(counting, ssl.PROTOCOL_TLS)
    client.load_verify_locations(certificates.authority.certificate)
    client.verify_mode = ssl.CERT_REQUIRED
    client.check_hostname = True
    server = peers.server_context()
    peers.connect(client, server).handshake()
    peers.sockets.handshake(peers.sockets.wrapped(client=client, server=server))
    assert list(counting.counts) == ["load_verify_locations: 1", "wrap_bio: 1", "wrap_socket: 1"]


def test_constructor_of_a_context_calls_no_method(ssl, native):
    """Making a context calls none of the methods that a subclass may override.

    library/ssl.html#ssl.SSLContext
    """
    names = ["set_ciphers", "set_ecdh_curve", "load_verify_locations", "load_default_certs"]
    counting = native.counting_subclass(ssl.SSLContext, names)
    context = native.construct(counting, ssl.PROTOCOL_TLS_CLIENT)
    assert list(counting.counts) == []
    context.set_ciphers("DEFAULT")
    assert list(counting.counts) == ["set_ciphers: 1"]
