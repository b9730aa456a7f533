"""A timeout is for the whole operation, however often the peer sends something."""

from typing import Any, NamedTuple

import pytest

TIMEOUT = 0.2
PAUSE = 0.02
"""Seconds between two of the two dozen pieces of a message: it takes twice the timeout."""


class Link(NamedTuple):
    """Two non-blocking SSLSockets, and the two plain ones between which bytes must be carried."""

    client: Any
    near: Any
    far: Any
    server: Any


def link(peers, native):
    """The two before the handshake."""
    one, near = native.socketpair()
    far, other = native.socketpair()
    ends = peers.sockets.wrapped(plain=(one, other))
    return Link(ends.client, near, far, ends.server)


def shake(ssl, end, done):
    if done:
        end.do_handshake()
    else:
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()


def established(ssl, peers, native):
    """The two after the handshake, the session tickets read."""
    it = link(peers, native)
    shake(ssl, it.client, False)
    native.forward(it.near, it.far)
    shake(ssl, it.server, False)
    native.forward(it.far, it.near)
    shake(ssl, it.client, True)
    native.forward(it.near, it.far)
    shake(ssl, it.server, True)
    native.forward(it.far, it.near)
    with pytest.raises(ssl.SSLWantReadError):
        it.client.recv(1)
    return it


def test_handshake(ssl, peers, native):
    """A handshake that arrives too slowly raises TimeoutError.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    it = link(peers, native)
    shake(ssl, it.client, False)
    native.forward(it.near, it.far)
    shake(ssl, it.server, False)
    it.client.settimeout(TIMEOUT)
    drip = native.forward_slowly(it.far, it.near, PAUSE)
    with pytest.raises(OSError, match="handshake operation timed out"):
        it.client.do_handshake()
    it.client.close()
    drip.result()


def test_reading(ssl, peers, native):
    """A record that arrives too slowly raises TimeoutError, and is not lost.

    library/ssl.html#ssl.SSLSocket.read
    """
    it = established(ssl, peers, native)
    it.server.send(b"0123456789")
    drip = native.forward_slowly(it.far, it.near, PAUSE)
    it.client.settimeout(TIMEOUT)
    with pytest.raises(OSError, match="read operation timed out"):
        it.client.recv(10)
    it.client.settimeout(None)
    assert it.client.recv(10) == b"0123456789"
    drip.result()


def test_writing(ssl, peers, native):
    """A peer that reads too slowly makes sendall() raise TimeoutError.

    library/ssl.html#ssl.SSLSocket.write
    """
    it = established(ssl, peers, native)
    it.client.settimeout(TIMEOUT)
    sip = native.receive_slowly(it.near, 32768, PAUSE)
    with pytest.raises(OSError, match="write operation timed out"):
        it.client.sendall(native.zeros(2**22))
    it.client.close()
    sip.result()


def test_unwrapping(ssl, peers, native):
    """A close_notify that arrives too slowly makes unwrap() raise TimeoutError.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    it = established(ssl, peers, native)
    with pytest.raises(ssl.SSLWantReadError):
        it.server.unwrap()
    drip = native.forward_slowly(it.far, it.near, PAUSE)
    it.client.settimeout(TIMEOUT)
    with pytest.raises(OSError, match="read operation timed out"):
        it.client.unwrap()
    it.client.close()
    drip.result()
