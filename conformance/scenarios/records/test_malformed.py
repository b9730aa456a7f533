"""Malformed records in every state of a connection.

Records that Python cannot send are made by hand, in clear: a renegotiation (HelloRequest, a second
ClientHello) and a KeyUpdate need the keys of the connection, and no ssl module sends them. So they
come in clear here, which an honest peer would not do either.
"""

import pytest

from conformance.peers import Pair, attempt, both_sides, both_versions, bring_into, deliver

HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC, APPLICATION_DATA = 22, 21, 20, 23


def record(kind, payload, version=b"\x03\x03", length=None):
    """A record of that content type, with the length of its payload or another one."""
    length = len(payload) if length is None else length
    return bytes([kind]) + version + length.to_bytes(2, "big") + payload


MALFORMED = {
    "unknown-type": record(99, b"?"),
    "heartbeat": record(24, b"\x01\x00\x04ping"),
    "other-major-version": record(APPLICATION_DATA, b"data", b"\x02\x00"),
    "empty-handshake": record(HANDSHAKE, b""),
    "empty-data": record(APPLICATION_DATA, b""),
    "oversized": record(APPLICATION_DATA, b"x" * 64, length=2**14 + 2048 + 1),
    "data-in-clear": record(APPLICATION_DATA, b"nobody encrypted this, nobody believes it"),
    "unknown-handshake-message": record(HANDSHAKE, b"\x63\x00\x00\x01?"),
    "hello-request": record(HANDSHAKE, b"\x00\x00\x00\x00"),
    "key-update": record(HANDSHAKE, b"\x18\x00\x00\x01\x01"),
    "change-cipher-spec": record(CHANGE_CIPHER_SPEC, b"\x01"),
    "wrong-change-cipher-spec": record(CHANGE_CIPHER_SPEC, b"\x02"),
    "close-notify-in-clear": record(ALERT, b"\x01\x00"),
    "fatal-alert-in-clear": record(ALERT, b"\x02\x28"),
    "unknown-alert": record(ALERT, b"\x02\xff"),
    "short-alert": record(ALERT, b"\x02"),
    "no-record-at-all": b"GET / HTTP/1.0\r\n\r\n",
}

malformed = pytest.mark.parametrize("what", list(MALFORMED))


def gets(connected: Pair, side, what, operation, *arguments):
    """Let a side get the record, try an operation twice, then unwrap; return what was raised."""
    peer, other = connected.sides(side)
    peer.outgoing.read()
    peer.incoming.write(MALFORMED[what])
    raised = [attempt(peer, getattr(peer.tls, operation), *arguments) for _ in range(2)]
    deliver(peer, other)
    attempt(other, getattr(other.tls, operation), *arguments)
    peer.tls.version()
    peer.tls.pending()
    attempt(peer, peer.tls.unwrap)
    peer.outgoing.read()
    return raised


@malformed
@both_sides
def test_before_the_handshake(ssl, peers, what, side):
    """A side whose first record is malformed does not finish the handshake.

    rfc8446#section-5.1
    """
    connected = peers.pair()
    connected.client.step()
    first, _ = gets(connected, side, what, "do_handshake")
    assert isinstance(first, ssl.SSLError)


@malformed
@both_sides
@both_versions
def test_in_the_handshake(ssl, peers, version, what, side):
    """A side that gets a malformed record between flights does not finish the handshake.

    rfc8446#section-5.1
    """
    connected = peers.pair(version)
    bring_into("mid-handshake", connected, getattr(connected, side))
    first, _ = gets(connected, side, what, "do_handshake")
    assert isinstance(first, ssl.SSLError)


@malformed
@both_sides
@both_versions
def test_when_established(ssl, peers, version, what, side):
    """A side that gets a malformed record in an established connection reads no data from it.

    rfc8446#section-5.2
    """
    connected = peers.pair(version)
    bring_into("established", connected, getattr(connected, side))
    first, _ = gets(connected, side, what, "read", 64)
    assert isinstance(first, ssl.SSLError)


@malformed
@both_sides
def test_after_close_notify_was_sent(ssl, peers, what, side):
    """A side that has sent close_notify reads no data from a malformed record.

    rfc8446#section-6.1
    """
    connected = peers.pair("TLSv1.3")
    bring_into("close_notify sent", connected, getattr(connected, side))
    first, _ = gets(connected, side, what, "read", 64)
    assert isinstance(first, ssl.SSLError)


@malformed
@both_sides
def test_after_close_notify_was_received(peers, what, side):
    """A side that has received close_notify ignores what comes after it.

    rfc8446#section-6.1
    """
    connected = peers.pair("TLSv1.3")
    bring_into("close_notify received", connected, getattr(connected, side))
    assert gets(connected, side, what, "read", 64) == [None, None]


def test_hello_of_an_old_version_2(ssl, peers):
    """A server refuses a hello in the format of SSL 2.

    rfc6176#section-3
    """
    server = peers.make_peer(peers.server_context(), server_side=True)
    server.incoming.write(b"\x80\x1c\x01\x00\x02\x00\x03\x00\x00\x00\x10\x01\x00\x80" + bytes(16))
    with pytest.raises(ssl.SSLError):
        server.tls.do_handshake()
    server.outgoing.read()
    assert server.tls.version() is None


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-server\r\n", b"220 ready\r\n", b"HTTP/1.0 400 No\r\n"]
)
def test_answer_that_is_no_tls(ssl, peers, answer):
    """A client that talks to a server of another protocol raises WRONG_VERSION_NUMBER.

    library/ssl.html#ssl.SSLError.reason
    """
    context = peers.client_context()
    client = peers.make_peer(context, server_hostname="localhost")
    client.step()
    client.outgoing.read()
    client.incoming.write(answer)
    with pytest.raises(ssl.SSLError) as caught:
        client.tls.do_handshake()
    assert caught.value.reason == "WRONG_VERSION_NUMBER"
    client.outgoing.read()
