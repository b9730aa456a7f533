"""A handshake is done when its last message has been sent, not when it has been made."""

import contextlib
import time
from typing import Any, NamedTuple

import pytest

from conformance.peers import both_sides, both_versions

CLOSE_NOTIFY = b"\x15\x03\x03\x00\x02\x01\x00"
"""A warning of TLS, not encrypted."""

MOMENT = 0.01
"""Seconds to wait for what does not come."""

LAST = pytest.mark.parametrize(
    ("side", "version"), [("client", "TLSv1.3"), ("server", "TLSv1.3"), ("server", "TLSv1.2")]
)
"""Who sends the last message: in TLS 1.3 a server's last are session tickets."""


class Clogged(NamedTuple):
    """An SSLSocket that cannot send the last message of its handshake, and what can change that."""

    end: Any
    peer: Any
    peer_plain: Any
    """A plain socket that reads what the peer would."""
    sent: Any
    """What is in the way."""


@pytest.mark.parametrize("way", ["close", "reset"])
def test_client_that_goes_once_it_is_done_spoils_nothing(ssl, peers, native, way):
    """A TLS 1.3 server's handshake succeeds although nobody takes its tickets any more.

    man:SSL_do_handshake(3)
    """
    ends = peers.sockets.wrapped(plain=native.socketpair("AF_INET"))
    for end in (ends.client, ends.server, ends.client):
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    if way == "close":
        ends.client.close()
    else:
        native.reset(ends.client)
    time.sleep(MOMENT)
    assert ends.server.do_handshake() is None
    assert ends.server.version() == "TLSv1.3"


def clogged(ssl, peers, native, side, version, *, handshake=True, **contexts):
    """A handshake up to the last message, which has been made unless `handshake` is False."""
    plain = native.socketpair()
    spare = [native.duplicate(each) for each in plain]
    client = contexts.pop("client", None) or peers.client_context()
    native.limit_versions(client, minimum=version, maximum=version)
    ends = peers.sockets.wrapped(plain=plain, client=client, **contexts)
    turns = [ends.client, ends.server]
    if side == "server":
        turns.append(ends.client)
    wants_read = ssl.SSLWantReadError
    for end in turns:
        with contextlib.suppress(wants_read):
            end.do_handshake()
    at = 0 if side == "client" else 1
    sent = native.fill_send_buffer(spare[at])
    if handshake:
        with pytest.raises(ssl.SSLWantWriteError):
            ends[at].do_handshake()
    return Clogged(ends[at], ends[1 - at], spare[1 - at], sent)


def unclog(native, state):
    native.drain(state.peer_plain, state.sent)
    state.peer.setblocking(False)


def finish(ssl, native, state):
    """Send what was made, and let the peer have it."""
    unclog(native, state)
    assert state.end.do_handshake() is None
    with contextlib.suppress(ssl.SSLWantReadError):
        state.peer.do_handshake()
        state.peer.recv(1)


@LAST
def test_last_message_is_waited_for(ssl, peers, native, side, version):
    """A handshake whose last message cannot be sent wants to write, and has no version yet.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    state = clogged(ssl, peers, native, side, version)
    assert state.end.version() is None
    with pytest.raises(ssl.SSLWantWriteError):
        state.end.do_handshake()
    finish(ssl, native, state)
    assert state.end.version() == version
    assert state.peer.version() == version


QUESTIONS = [
    "version",
    "cipher",
    "compression",
    "getpeercert",
    "get_channel_binding",
    "get_unverified_chain",
    "get_verified_chain",
    "pending",
    "selected_alpn_protocol",
    "shared_ciphers",
    "verify_client_post_handshake",
    "unwrap",
]


@LAST
@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_known_before_the_end(ssl, peers, native, side, version, question):
    """What a handshake has negotiated can be read while its last message waits, or is refused.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    client = peers.client_context()
    server = peers.server_context()
    for context in client, server:
        context.set_alpn_protocols(["h2"])
        context.set_ciphers("ECDHE+AESGCM")
    state = clogged(ssl, peers, native, side, version, client=client, server=server)
    with contextlib.suppress(ValueError, OSError):
        getattr(state.end, question)()
    assert state.end.session_reused is False
    with pytest.raises(OSError):
        state.end.do_handshake()


def test_handshake_is_counted_once_it_is_sent(ssl, peers, native):
    """session_stats() does not count a handshake as good before its last message was sent.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    client = peers.client_context()
    state = clogged(ssl, peers, native, "client", "TLSv1.3", client=client)
    assert client.session_stats()["connect_good"] == 0
    finish(ssl, native, state)
    assert client.session_stats()["connect_good"] == 1


@LAST
def test_sending_ends_the_handshake_first(ssl, peers, native, side, version):
    """send() sends the last message first: until that is done it has taken no data.

    library/ssl.html#ssl.SSLSocket.write
    """
    state = clogged(ssl, peers, native, side, version)
    for data in (b"a long text that is not sent", b"", b"short"):
        with pytest.raises(ssl.SSLWantWriteError):
            state.end.send(data)
        assert state.end.version() is None
    unclog(native, state)
    assert state.end.send(b"other") == 5
    assert state.end.version() == version
    with contextlib.suppress(ssl.SSLWantReadError):
        state.peer.do_handshake()
    assert state.peer.recv(100) == b"other"


@LAST
def test_sending_begins_the_end_of_a_handshake(ssl, peers, native, side, version):
    """send() that makes the last message itself has taken no data either.

    library/ssl.html#ssl.SSLSocket.write
    """
    state = clogged(ssl, peers, native, side, version, handshake=False)
    with pytest.raises(ssl.SSLWantWriteError):
        state.end.send(b"a long text that is not sent")
    assert state.end.version() is None
    unclog(native, state)
    assert state.end.send(b"other") == 5
    with contextlib.suppress(ssl.SSLWantReadError):
        state.peer.do_handshake()
    assert state.peer.recv(100) == b"other"


@LAST
@pytest.mark.parametrize("handshake", [True, False])
def test_reading_ends_the_handshake_first(ssl, peers, native, side, version, handshake):
    """recv() sends the last message first, and wants to write when that is not possible.

    library/ssl.html#ssl.SSLSocket.read
    """
    state = clogged(ssl, peers, native, side, version, handshake=handshake)
    assert state.end.recv(0) == b""
    with pytest.raises(ssl.SSLWantWriteError):
        state.end.recv(1)
    assert state.end.version() is None
    unclog(native, state)
    with pytest.raises(ssl.SSLWantReadError):
        state.end.recv(1)
    assert state.end.version() == version


@both_versions
def test_data_behind_the_last_message(ssl, peers, native, version):
    """Data right behind a handshake is read once the handshake's last message has been sent.

    library/ssl.html#ssl.SSLSocket.read
    """
    if version == "TLSv1.2":  # neither side may send before the server has
        state = clogged(ssl, peers, native, "server", version)
        unclog(native, state)
        with pytest.raises(ssl.SSLWantReadError):
            state.end.recv(10)
        state.peer.send(b"hello")
    else:
        state = clogged(ssl, peers, native, "server", version, handshake=False)
        state.peer.send(b"hello")
        with pytest.raises(ssl.SSLWantWriteError):
            state.end.recv(10)
        unclog(native, state)
    assert state.end.recv(10) == b"hello"


@LAST
@pytest.mark.parametrize(
    ("operation", "what"),
    [("do_handshake", "handshake"), ("recv", "read"), ("send", "write")],
)
def test_waiting_for_the_end_times_out(ssl, peers, native, side, version, operation, what):
    """Each operation that has to send the last message times out as itself.

    library/ssl.html#notes-on-non-blocking-sockets
    """
    state = clogged(ssl, peers, native, side, version)
    state.end.settimeout(MOMENT)
    arguments = {"recv": [1], "send": [b"x"]}.get(operation, [])
    with pytest.raises(OSError, match=f"The {what} operation timed out"):
        getattr(state.end, operation)(*arguments)
    state.end.setblocking(False)
    finish(ssl, native, state)
    assert state.end.version() == version


@LAST
@pytest.mark.parametrize("operation", ["do_handshake", "recv", "send"])
def test_peer_is_gone_before_the_end(ssl, peers, native, side, version, operation):
    """A peer that is gone before the last message makes that a broken pipe, except tickets.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    state = clogged(ssl, peers, native, side, version)
    state.peer.close()
    state.peer_plain.close()
    arguments = {"recv": [1], "send": [b"x"]}.get(operation, [])
    for _ in range(3):
        with contextlib.suppress(OSError):
            getattr(state.end, operation)(*arguments)
        done = state.end.version() is not None
        assert done is False or (side, version) == ("server", "TLSv1.3")
    assert state.end.cipher() is not None


@LAST
@pytest.mark.parametrize("data", [17, None, "text", [1]])
def test_what_cannot_be_sent_begins_nothing(ssl, peers, native, side, version, data):
    """send() of a value that is not a buffer is a TypeError before anything is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    state = clogged(ssl, peers, native, side, version, handshake=False)
    if data == "text":
        data = native.unicode("text")
    with pytest.raises(TypeError):
        state.end.send(data)
    assert state.end.version() is None
    unclog(native, state)
    assert state.end.do_handshake() is None


@LAST
def test_what_cannot_be_read_begins_nothing(ssl, peers, native, side, version):
    """recv() of a negative number of bytes, or into what cannot be written, begins nothing.

    library/ssl.html#ssl.SSLSocket.read
    """
    state = clogged(ssl, peers, native, side, version, handshake=False)
    with pytest.raises(ValueError):
        state.end.recv(-1)
    with pytest.raises(TypeError):
        state.end.recv("1")
    with pytest.raises(TypeError):
        state.end.read(1, b"readonly")
    assert state.end.version() is None
    unclog(native, state)
    assert state.end.do_handshake() is None


@both_sides
@pytest.mark.parametrize("operation", ["recv", "recv_into", "send", "do_handshake"])
def test_goodbye_before_the_handshake(peers, native, side, operation):
    """close_notify before the handshake is the end for recv(), and an error for send().

    rfc8446#section-6.1
    """
    near, far = native.socketpair()
    near.setblocking(False)
    if side == "client":
        arguments = {"server_hostname": "localhost"}
        context = peers.client_context()
    else:
        arguments = {"server_side": True}
        context = peers.server_context()
    end = context.wrap_socket(near, do_handshake_on_connect=False, **arguments)
    far.send(CLOSE_NOTIFY)
    arguments = {"recv": [1], "recv_into": [bytearray(4)], "send": [b"x"]}.get(operation, [])
    for _ in range(3):
        with contextlib.suppress(OSError):
            assert getattr(end, operation)(*arguments) in (b"", 0)
    assert end.version() is None


@both_sides
@pytest.mark.parametrize("operation", ["recv", "send", "do_handshake", "unwrap"])
@pytest.mark.parametrize("suppressed", [True, False])
def test_end_before_the_handshake(peers, native, side, operation, suppressed):
    """An end before the handshake is suppressed in recv() where ragged ends are.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    near, far = native.socketpair()
    near.setblocking(False)
    arguments = {"suppress_ragged_eofs": suppressed, "do_handshake_on_connect": False}
    if side == "client":
        arguments["server_hostname"] = "localhost"
        context = peers.client_context()
    else:
        arguments["server_side"] = True
        context = peers.server_context()
    end = context.wrap_socket(near, **arguments)
    far.shutdown(native.socket_number("SHUT_WR"))
    arguments = {"recv": [1], "send": [b"x"]}.get(operation, [])
    for _ in range(2):
        with contextlib.suppress(OSError):
            getattr(end, operation)(*arguments)
    assert end.version() is None


@LAST
def test_unwrapping_takes_nothing_of_the_handshake(ssl, peers, native, side, version):
    """unwrap() before the last message was sent is refused, and the message can still be sent.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    state = clogged(ssl, peers, native, side, version)
    for _ in range(2):
        with pytest.raises(ssl.SSLError) as caught:
            state.end.unwrap()
        assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    finish(ssl, native, state)
    assert state.peer.version() == version


@both_sides
def test_unwrapping_takes_nothing_of_the_beginning(ssl, peers, native, side):
    """unwrap() before the first message was sent is refused; the message can still be sent.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    plain = native.socketpair()
    spare = [native.duplicate(each) for each in plain]
    ends = peers.sockets.wrapped(plain=plain)
    at = 0 if side == "client" else 1
    if side == "server":
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.do_handshake()
    sent = native.fill_send_buffer(spare[at])
    with pytest.raises(ssl.SSLWantWriteError):
        ends[at].do_handshake()
    for _ in range(2):
        with pytest.raises(ssl.SSLError) as caught:
            ends[at].unwrap()
        assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    native.drain(spare[1 - at], sent)
    ends[1 - at].setblocking(False)
    peers.sockets.handshake(ends)
    assert ends[at].version() == "TLSv1.3"


def test_hello_in_the_form_of_ssl_2(ssl, peers, native):
    """A server reads a ClientHello in the form of SSL 2 to its end, and no byte behind it.

    OpenSSL takes this form for what the hello offers: here nothing that both have.

    rfc5246#appendix-E.2
    """
    near, far = native.socketpair()
    suites, challenge = b"\0\xc0\x2b", bytes(16)
    body = b"\x01\x03\x03\0\x03\0\0\0\x10" + suites + challenge
    near.sendall(bytes([0x80, len(body)]) + body + b"plain")
    server = peers.server_context().wrap_socket(
        far, server_side=True, do_handshake_on_connect=False
    )
    with pytest.raises(ssl.SSLError):
        server.do_handshake()
    assert native.module("os").read(native.kept(server.fileno), 10) == b"plain"
