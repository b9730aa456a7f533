"""A time-out is that of the whole operation, however often the peer gives a sign of life."""

import pytest

from conformance import peers

TIMEOUT = 0.2
PAUSE = 0.02
"""Seconds between two bytes: a close_notify, the shortest message, takes twice the time-out."""


def client_and_server(ssl, native, certificates):
    """A non-blocking client on a socket, its other end, and a server that has no socket."""
    one, other = native.socketpair()
    one.setblocking(False)
    context = peers.client_context(ssl, certificates)
    client = context.wrap_socket(one, server_hostname="localhost", do_handshake_on_connect=False)
    context = peers.server_context(ssl, certificates.localhost)
    return client, other, peers.make_peer(ssl, context, server_side=True)


def ask(native, other, server):
    """Let the server answer what the client sent."""
    native.pour(other, server.incoming)
    server.step()


def established(ssl, native, certificates):
    """The same after the handshake."""
    client, other, server = client_and_server(ssl, native, certificates)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    ask(native, other, server)
    native.spill(server.outgoing, other)
    client.do_handshake()
    ask(native, other, server)
    native.spill(server.outgoing, other)
    with pytest.raises(ssl.SSLWantReadError):
        client.recv(1)
    return client, other, server


def test_handshake(ssl, native, certificates):
    """A handshake that comes in byte by byte raises TimeoutError.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    client, other, server = client_and_server(ssl, native, certificates)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    ask(native, other, server)
    client.settimeout(TIMEOUT)
    drip = native.drip(server.outgoing, other, PAUSE)
    with pytest.raises(OSError, match="handshake operation timed out"):
        client.do_handshake()
    client.close()
    drip.result()


def test_reading(ssl, native, certificates):
    """A record that comes in byte by byte raises TimeoutError, and is not lost.

    library/ssl.html#ssl.SSLSocket.read
    """
    client, other, server = established(ssl, native, certificates)
    server.object.write(b"0123456789")
    drip = native.drip(server.outgoing, other, PAUSE)
    client.settimeout(TIMEOUT)
    with pytest.raises(OSError, match="read operation timed out"):
        client.recv(10)
    client.settimeout(None)
    assert client.recv(10) == b"0123456789"
    drip.result()


def test_writing(ssl, native, certificates):
    """A peer that takes little at a time makes sendall() of much raise TimeoutError.

    library/ssl.html#ssl.SSLSocket.write
    """
    client, other, _ = established(ssl, native, certificates)
    client.settimeout(TIMEOUT)
    sip = native.sip(other, 32768, PAUSE)
    with pytest.raises(OSError, match="write operation timed out"):
        client.sendall(native.zeros(2**22))
    client.close()
    sip.result()


def test_unwrapping(ssl, native, certificates):
    """A close_notify that comes in byte by byte makes unwrap() raise TimeoutError.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    client, other, server = established(ssl, native, certificates)
    with pytest.raises(ssl.SSLWantReadError):
        server.object.unwrap()
    drip = native.drip(server.outgoing, other, PAUSE)
    client.settimeout(TIMEOUT)
    with pytest.raises(OSError, match="read operation timed out"):
        client.unwrap()
    client.close()
    drip.result()
