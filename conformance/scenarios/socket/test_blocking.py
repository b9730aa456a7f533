"""What an SSLSocket does when it would have to wait, with and without a timeout."""

import pytest

from conformance.peers import both_sides, both_versions
from conformance.peers.sockets import RECORD, wait

MOMENT = 0.01
"""Seconds to wait for what does not come."""


@both_sides
def test_handshake_wants_to_read(ssl, peers, side):
    """do_handshake() on a socket that does not block raises SSLWantReadError until it is done.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    ends = peers.sockets.wrapped()
    with pytest.raises(ssl.SSLWantReadError):
        getattr(ends, side).do_handshake()
    peers.sockets.handshake(ends)
    assert ends.client.version() == ends.server.version() == "TLSv1.3"


@both_versions
def test_reading_does_the_handshake(ssl, peers, version):
    """recv() before the handshake drives it: each end wants to read until it is done.

    man:SSL_read(3)
    """
    client = peers.client_context(version=version)
    ends = peers.sockets.wrapped(client=client)
    wants_read = ssl.SSLWantReadError
    for end in [*ends, *ends, *ends]:
        with pytest.raises(wants_read):
            end.recv(1)
    assert ends.client.version() == ends.server.version() == version


@both_versions
@pytest.mark.parametrize("name", ["recv", "read"])
def test_reading_wants_to_read(ssl, peers, version, name):
    """Reading raises SSLWantReadError on a non-blocking socket without data.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    ends = peers.sockets.established(version)
    for end in ends:
        with pytest.raises(ssl.SSLWantReadError):
            getattr(end, name)(10)


def test_reading_into_wants_to_read(ssl, peers):
    """recv_into() leaves its buffer alone when it has to wait.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    ends = peers.sockets.established()
    buffer = bytearray(b"untouched")
    with pytest.raises(ssl.SSLWantReadError):
        ends.server.recv_into(buffer)
    assert buffer == b"untouched"


def test_zero_bytes_want_nothing(peers):
    """Reading no bytes never has to wait.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    ends = peers.sockets.established()
    assert ends.server.recv(0) == b""


def test_writing_wants_to_write(ssl, peers):
    """send() raises SSLWantWriteError when the peer does not take what was sent.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    ends = peers.sockets.established()
    sent = peers.sockets.fill(ends.client)
    with pytest.raises(ssl.SSLWantWriteError):
        ends.client.send(RECORD)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.recv(1)
    received = 0
    for _ in range(sent):
        received += len(ends.server.recv(len(RECORD)))
    assert received == sent * len(RECORD)


def test_refused_write_is_tried_again(peers):
    """Data whose send() raised SSLWantWriteError is sent by the same call again, and only once.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    sent = peers.sockets.fill(ends.client)
    for _ in range(sent):
        assert len(ends.server.recv(len(RECORD))) == len(RECORD)
    assert ends.client.send(RECORD) == len(RECORD)
    assert ends.server.recv(len(RECORD)) == RECORD
    ends.client.send(b"after")
    assert ends.server.recv(10) == b"after"


@pytest.mark.parametrize("lengths", [(8192,), (2, 4096)], ids=["flat", "nested"])
def test_refused_write_may_be_tried_with_wide_items(peers, native, lengths):
    """The data of a repeated write is measured in bytes, whatever its items are.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    sent = peers.sockets.fill(ends.client)
    for _ in range(sent):
        assert len(ends.server.recv(len(RECORD))) == len(RECORD)
    kind = native.module("ctypes").c_uint16
    for length in lengths:
        kind = native.operate("mul", kind, length)
    assert ends.client.send(native.construct(kind)) == len(RECORD)
    assert ends.server.recv(len(RECORD)) == RECORD


@pytest.mark.parametrize("name", ["recv", "read"])
def test_reading_times_out(peers, name):
    """Reading longer than the timeout raises TimeoutError, and the connection goes on.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    ends.server.settimeout(MOMENT)
    with pytest.raises(OSError, match="The read operation timed out"):
        getattr(ends.server, name)(10)
    ends.client.send(b"late")
    wait(ends.server)
    assert ends.server.recv(10) == b"late"


def test_handshake_times_out(peers):
    """A handshake with a peer that is silent raises TimeoutError.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.wrapped()
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match="handshake operation timed out"):
        ends.client.do_handshake()
    assert ends.client.gettimeout() == MOMENT


def test_handshake_goes_on_after_its_time_out(peers):
    """A handshake that timed out can be continued.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.wrapped()
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match="timed out"):
        ends.client.do_handshake()
    ends.client.setblocking(False)
    peers.sockets.handshake(ends)
    assert ends.client.version() == "TLSv1.3"


def test_writing_times_out(peers):
    """Writing longer than the timeout raises TimeoutError.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    peers.sockets.fill(ends.client)
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match="The write operation timed out"):
        ends.client.send(RECORD)


def test_write_that_did_not_begin_is_not_tried_again(peers):
    """A send() that times out before the socket takes anything need not be repeated.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    ends.client.settimeout(MOMENT)
    sent = []
    with pytest.raises(OSError, match="The write operation timed out"):
        while len(sent) < 10000:
            sent.append(ends.client.send(RECORD))
    for size in sent:
        assert len(ends.server.recv(size)) == size
    assert ends.client.send(b"less") == 4
    assert ends.server.recv(10) == b"less"


def test_unwrapping_times_out(peers):
    """unwrap() waits for the peer's close_notify no longer than the timeout.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends = peers.sockets.established()
    ends.client.settimeout(MOMENT)
    with pytest.raises(OSError, match="timed out"):
        ends.client.unwrap()


def test_blocking_can_be_switched(peers):
    """setblocking() and settimeout() work as on every socket.

    library/socket.html#socket.socket.settimeout
    """
    ends = peers.sockets.established()
    assert ends.client.gettimeout() == 0.0
    ends.client.setblocking(True)
    assert ends.client.gettimeout() is None
    ends.client.settimeout(3)
    assert ends.client.gettimeout() == 3.0
    with pytest.raises(ValueError):
        ends.client.settimeout(-1)


def test_forced_handshake_blocks_and_restores(peers, native):
    """do_handshake(block=True) waits on a socket that does not block, and leaves it so.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.wrapped()
    far = native.thread(ends.server.do_handshake, True)
    ends.client.do_handshake(block=True)
    assert far.result() is None
    assert ends.client.gettimeout() == 0.0
    assert ends.client.version() == "TLSv1.3"


def test_forced_handshake_that_fails_restores(ssl, peers, native):
    """do_handshake(block=True) that fails leaves a socket that does not block so, too.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    ends = peers.sockets.wrapped(server=peers.server_context("untrusted"))
    far = native.thread(ends.server.do_handshake, True)
    with pytest.raises(ssl.SSLError) as caught:
        ends.client.do_handshake(True)
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"
    assert ends.client.gettimeout() == 0.0
    with pytest.raises(ssl.SSLError):
        far.result()
    assert ends.server.gettimeout() == 0.0


def test_waiting_reader_is_woken(peers, native):
    """A blocking recv() returns as soon as the peer has sent.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    ends.server.setblocking(True)
    reader = native.thread(ends.server.recv, 10)
    ends.client.send(b"wake up")
    assert reader.result() == b"wake up"


def test_big_transfer_between_blocking_ends(peers, native):
    """sendall() of more than the sockets buffer finishes while the peer reads.

    library/socket.html#socket.socket.sendall
    """
    ends = peers.sockets.established()
    wait(*ends)
    writer = native.thread(ends.client.sendall, b"0123456789abcdef" * 65536)
    received = 0
    while received < 1 << 20:
        received += len(ends.server.recv(len(RECORD)))
    assert writer.result() is None


def test_server_refuses_an_old_client_at_once(ssl, peers, native, certificates):
    """A failed handshake is raised at both ends, and its alert arrives although neither waits.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    server = peers.server_context()
    native.limit_versions(server, minimum="TLSv1.3")
    client = ssl.create_default_context(cafile=certificates.authority.certificate)
    native.limit_versions(client, maximum="TLSv1.2")
    ends = peers.sockets.wrapped(client=client, server=server)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.do_handshake()
    with pytest.raises(ssl.SSLError) as caught:
        ends.server.do_handshake()
    assert caught.value.reason == "UNSUPPORTED_PROTOCOL"
    with pytest.raises(ssl.SSLError) as caught:
        ends.client.do_handshake()
    assert caught.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_limit_of_the_system_is_long_enough(peers, native):
    """A blocking socket with a limit of the system (SO_RCVTIMEO) gets what comes in time.

    man:socket(7)
    """
    ends = peers.sockets.established()
    ends.client.settimeout(None)
    limit = (5).to_bytes(8, "little") + bytes(8)
    level, option = (native.socket_number(name) for name in ("SOL_SOCKET", "SO_RCVTIMEO"))
    ends.client.setsockopt(level, option, limit)
    reader = native.waiting_thread(ends.client.recv, 10)
    ends.server.send(b"in time")
    assert reader.result() == b"in time"
