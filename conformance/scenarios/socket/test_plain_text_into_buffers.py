"""Plain text after unwrap(), read into a program's own buffers."""

import pytest

from conformance.peers.sockets import wait


def plain_text_waits(ssl, peers):
    """Sockets of a connection whose TLS both sides have ended; the client was sent plain text."""
    ends = peers.sockets.established()
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    ends.server.unwrap()
    ends.client.unwrap()
    ends.server.send(b"plain text")
    wait(ends.client)
    return ends


def test_plain_text_fills_a_small_buffer(ssl, peers):
    """After unwrap() recv_into() without a size reads as much as the buffer has room for.

    library/socket.html#socket.socket.recv_into
    """
    ends = plain_text_waits(ssl, peers)
    room = bytearray(5)
    assert ends.client.recv_into(room) == 5
    assert room == b"plain"


def test_plain_text_with_its_sender_wants_a_size(ssl, peers):
    """After unwrap() recvfrom_into() hands the size on that it was given, and None is no size.

    library/socket.html#socket.socket.recvfrom_into
    """
    ends = plain_text_waits(ssl, peers)
    room = bytearray(5)
    with pytest.raises(TypeError):
        ends.client.recvfrom_into(room)
    assert ends.client.recvfrom_into(room, 0)[0] == 5
    assert room == b"plain"
