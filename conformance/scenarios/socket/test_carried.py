"""What reaches an SSLSocket through a scenario's hands: in pieces, forged, or empty."""

import contextlib

import pytest

from conformance.peers import both_sides, both_versions
from conformance.peers.sockets import Ends


def carry(native, source, target, most=100000):
    """Hand on what is there, or the first bytes of it."""
    target.sendall(native.kept(source.recv, most))


def connected_by_hand(ssl, peers, native, client, server):
    """The two SSLSockets of a connection, and the sockets on the other side of each.

    The client has read the session tickets of TLS 1.3.
    """
    near, one = native.socketpair()
    far, other = native.socketpair()
    ends = peers.sockets.wrapped(client=client, server=server, plain=(near, far))
    for _ in range(2):
        with contextlib.suppress(ssl.SSLWantReadError):
            ends.client.do_handshake()
        carry(native, one, other)
        with contextlib.suppress(ssl.SSLWantReadError):
            ends.server.do_handshake()
        carry(native, other, one)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    return ends, one, other


@both_versions
@pytest.mark.parametrize("first", [1, 2, 4, 5, 6])
def test_plain_text_right_behind_close_notify_in_pieces(ssl, peers, native, version, first):
    """Plain text is there to be read although close_notify before it came in two pieces.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends, one, other = connected_by_hand(ssl, peers, native, *peers.contexts(version))
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    carry(native, one, other)
    ends.server.unwrap().sendall(b"plain")
    carry(native, other, one, first)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    carry(native, other, one)
    assert ends.client.unwrap().recv(10) == b"plain"


@both_versions
@both_sides
@pytest.mark.parametrize("kind", [20, 21, 22, 23], ids=str)
def test_empty_record_in_plain_text_is_no_end(ssl, peers, native, version, side, kind):
    """A record without any bytes before or in a handshake is not the end of the stream.

    rfc8446#section-5.1
    """
    near, raw = native.socketpair()
    client, server = peers.contexts(version)
    near.setblocking(False)
    if side == "client":
        end = client.wrap_socket(near, server_hostname="localhost", do_handshake_on_connect=False)
    else:
        end = server.wrap_socket(near, server_side=True, do_handshake_on_connect=False)
    with pytest.raises(ssl.SSLWantReadError):
        end.do_handshake()
    raw.sendall(bytes([kind]) + b"\x03\x03\0\0")
    with pytest.raises(ssl.SSLError) as caught:
        end.do_handshake()
    assert not isinstance(caught.value, ssl.SSLEOFError)


@pytest.mark.parametrize("kind", [20, 22], ids=["change of ciphers", "handshake"])
def test_handshake_after_an_empty_record(ssl, peers, native, kind):
    """A server skips a record without any bytes, and completes the handshake with what follows.

    No sender may send such records; what a receiver makes of one is OpenSSL's to say.

    rfc8446#section-5.1
    """
    near, raw = native.socketpair()
    client, server = peers.contexts()
    for sock in (near, raw):
        sock.setblocking(False)
    raw.sendall(bytes([kind]) + b"\x03\x03\0\0")
    end = server.wrap_socket(near, server_side=True, do_handshake_on_connect=False)
    with pytest.raises(ssl.SSLWantReadError):
        end.do_handshake()
    other = client.wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False)
    peers.sockets.handshake(Ends(other, end))
    assert end.version() == "TLSv1.3"


def test_record_of_no_bytes_is_no_end(ssl, peers, native):
    """A record without any data in it is not the end of an SSLSocket's stream.

    rfc8446#section-5.1
    """
    client, server = peers.contexts("TLSv1.3")
    path = native.new_path("keys.log")
    client.keylog_filename = path
    ends, one, _ = connected_by_hand(ssl, peers, native, client, server)
    forger = native.forger(path, "SERVER_TRAFFIC_SECRET_0", 2)
    bio = ssl.MemoryBIO()
    forger.send_data(bio, b"")
    one.sendall(native.kept(bio.read))
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    forger.send_data(bio, b"data")
    one.sendall(native.kept(bio.read))
    assert ends.client.recv(10) == b"data"
