"""sendall() of more than the sockets hold, which it sends in parts."""

import pytest

from conformance.peers import both_versions
from conformance.peers.sockets import RECORD, wait

SIZE = 1 << 18


def received(end, size):
    """Read so many bytes, and tell whether all are zeros."""
    zeros = True
    while size:
        data = end.recv(min(size, len(RECORD)))
        zeros = zeros and not data.strip(b"\0")
        size -= len(data)
    return zeros


@both_versions
@pytest.mark.parametrize("kind", ["bytes", "bytearray", "wide items", "rows"])
def test_parts_make_the_whole(peers, native, version, kind):
    """Data that is sent in parts arrives once and in order, whatever its items are.

    Until Python 3.6.2 wide items were sent in part (bpo-27340).

    library/socket.html#socket.socket.sendall
    """
    ends = peers.sockets.established(version)
    wait(*ends)
    if kind == "wide items":
        ctypes = native.module("ctypes")
        data = native.construct(native.operate("mul", ctypes.c_uint32, SIZE // 4))
    elif kind == "rows":
        row = native.operate("mul", native.module("ctypes").c_ubyte, 256)
        data = native.construct(native.operate("mul", row, SIZE // 256))
    else:
        data = bytes(SIZE) if kind == "bytes" else native.buffer(bytes(SIZE))
    writer = native.thread(ends.client.sendall, data)
    assert received(ends.server, SIZE) is True
    assert writer.result() is None
    ends.client.sendall(b"behind")
    assert ends.server.recv(10) == b"behind"


@both_versions
def test_records_that_a_socket_takes_in_part(peers, native, version):
    """Data arrives once and in order although no record fits into what the socket holds.

    library/socket.html#socket.socket.sendall
    """
    socket = native.module("socket")
    listener = native.listening_socket("AF_INET")
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    near = native.connecting_socket(listener)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    far, _ = listener.accept()
    ends = peers.sockets.established(version, plain=(near, far))
    wait(*ends)
    writer = native.thread(ends.client.sendall, bytes(SIZE))
    assert received(ends.server, SIZE) is True
    assert writer.result() is None
    ends.client.sendall(b"behind")
    assert ends.server.recv(10) == b"behind"
