"""What an SSLObject reports, accepts and does in every state of a connection."""

import pytest

from conformance.peers import (
    CONNECTION_STATES,
    attempt,
    both_sides,
    both_versions,
    bring_into,
    each_state,
    lacks,
)

BEFORE = ("fresh", "mid-handshake")
LOST = ("after EOF", "after a fatal error")


def in_state(peers, native, state, side, version):
    """Return the named side of a pair, brought into a state."""
    client = peers.client_context()
    server = peers.server_context()
    for context in (client, server):
        context.set_alpn_protocols(["h2"])
        context.set_ciphers("ECDHE+AESGCM")
    native.limit_versions(client, minimum=version, maximum=version)
    pair = peers.connect(client, server)
    bring_into(state, pair, getattr(pair, side))
    return getattr(pair, side)


def outcome(peer, operation, *arguments):
    """Return what an operation raised, by class and reason, or "value"."""
    error = attempt(peer, operation, *arguments)
    if error is None:
        return "value"
    reason = getattr(error, "reason", None)
    return type(error).__name__ + (f" {reason}" if reason else "")


@each_state
@both_sides
def test_attributes_stay(peers, native, state, side):
    """Side, host name and context of an SSLObject are the same in every state.

    The first two cannot be set, nor can `session_reused`; `context` only to a context.

    library/ssl.html#ssl.SSLObject
    """
    made = in_state(peers, native, state, side, "TLSv1.3").tls
    context = made.context
    for name in ("server_side", "server_hostname", "session_reused"):
        with pytest.raises(AttributeError):
            setattr(made, name, True)
    for wrong in (None, "context"):
        with pytest.raises(TypeError):
            made.context = wrong
        with pytest.raises(TypeError):
            made.session = wrong
    assert made.server_side is (side == "server")
    assert made.server_hostname == ("localhost" if side == "client" else None)
    assert native.is_same(made.context, context) is True
    assert made.session_reused is False


@each_state
@both_sides
@both_versions
def test_peer_is_told_while_the_connection_holds(peers, native, certificates, state, side, version):
    """version() and getpeercert() have no value before a handshake and after a lost connection.

    They are None and a ValueError then. Closing the connection in order changes nothing.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    made = in_state(peers, native, state, side, version).tls
    holds = state not in BEFORE + LOST
    assert made.version() == (version if holds else None)
    if not holds:
        for form in (False, True):
            with pytest.raises(ValueError):
                made.getpeercert(form)
    elif side == "client":
        assert made.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)
        assert made.getpeercert(True) == certificates.localhost.der
    else:
        assert made.getpeercert() is None
        assert made.getpeercert(True) is None


@each_state
@both_sides
@both_versions
def test_session_is_told(peers, about, native, state, side, version):
    """There is a session once there is one to resume, and it stays when the connection is lost.

    Asked in the middle of a handshake, where the session has no keys yet, it is a ValueError; since
    Python 3.13.1, which makes no copy (gh-116810), it is there.

    library/ssl.html#ssl.SSLSocket.session
    """
    peer = in_state(peers, native, state, side, version)
    unfinished = state == "mid-handshake" and (side, version) != ("server", "TLSv1.3")
    if state == "fresh":
        assert peer.tls.session is None
    elif unfinished and not about.has("3.12.8", "3.13.1"):  # gh-116810
        with pytest.raises(ValueError):
            peer.tls.session  # noqa: B018 - the access is the operation
    else:
        assert native.type_name(peer.tls.session) == "SSLSession"


@each_state
@both_sides
@both_versions
def test_what_was_negotiated_is_told(peers, native, certificates, state, side, version):
    """Cipher, ALPN, channel binding and chains stay known after a handshake, even if lost.

    A server chooses before it is over, in TLS 1.3 the cipher too.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    made = in_state(peers, native, state, side, version).tls
    chosen = state == "mid-handshake" and side == "server"
    done = state not in BEFORE
    assert (made.cipher() is not None) is (done or (chosen and version == "TLSv1.3"))
    assert made.selected_alpn_protocol() == ("h2" if done or chosen else None)
    assert (made.shared_ciphers() is not None) is (side == "server" and (done or chosen))
    assert (made.get_channel_binding() is not None) is done
    assert made.compression() is None
    assert made.pending() == 0
    assert made.selected_npn_protocol() is None
    shown = done and side == "client"
    leaf, root = certificates.localhost.der, certificates.authority.der
    assert made.get_verified_chain() == ([leaf, root] if shown else [])
    assert made.get_unverified_chain() == ([leaf] if shown else [])


@each_state
@both_sides
@both_versions
def test_key_agreement_is_told(peers, native, about, state, side, version):
    """Group and signatures stay known after a handshake, even if the connection is lost.

    A server chooses before it is over. A client that has not begun is not asked for its group:
    Python 3.15.0 crashes there (gh-155782).

    library/ssl.html#ssl.SSLSocket.group
    """
    made = in_state(peers, native, state, side, version).tls
    if lacks(about, made, "client_sigalg"):
        return
    known = state not in BEFORE or (state == "mid-handshake" and side == "server")
    if state != "fresh":
        assert (made.group() is not None) is known
    assert made.server_sigalg() == ("ecdsa_secp256r1_sha256" if known else None)
    assert made.client_sigalg() is None
    for name in ("group", "client_sigalg", "server_sigalg"):
        with pytest.raises(TypeError):
            getattr(made, name)(1)


OUTCOMES = {
    "do_handshake": ["SSLWantReadError"] * 2 + ["value"] * 4 + ["SSLEOFError"] * 2,
    "read": ["SSLWantReadError"] * 4 + ["value", "SSLZeroReturnError"] + ["SSLEOFError"] * 2,
    "write": ["SSLWantReadError"] * 2
    + ["value", "SSLError PROTOCOL_IS_SHUTDOWN"] * 2
    + ["SSLEOFError"] * 2,
    "unwrap": ["SSLError SHUTDOWN_WHILE_IN_INIT"] * 2
    + ["SSLWantReadError"] * 2
    + ["value"] * 2
    + ["SSLError SHUTDOWN_WHILE_IN_INIT"] * 2,
}
"""What each operation does in each of CONNECTION_STATES, in whatever version on whatever side."""

ARGUMENTS = {
    "do_handshake": [(), ()],
    "read": [(1,), (5, bytearray(5))],
    "write": [(b"",), (b"x",)],
    "unwrap": [(), ()],
}
"""What each operation is given the first time and the second."""


@each_state
@both_sides
@both_versions
@pytest.mark.parametrize("name", OUTCOMES)
def test_operation_does_what_the_state_allows(peers, about, native, state, side, version, name):
    """Handshake, read, write and unwrap do in each state what it allows, the second time too.

    A read of nothing gives nothing in every state; a write of nothing is like any write. Since
    Python 3.14.8 an end without close_notify is met again by that too (gh-148292).

    library/ssl.html#ssl.SSLObject
    """
    peer = in_state(peers, native, state, side, version)
    expected = OUTCOMES[name][CONNECTION_STATES.index(state)]
    if state == "after EOF" and about.openssl >= (4,) and about.python < (3, 14, 8):
        expected = "SSLError"  # of OpenSSL 4, which remembers that something was fatal, not what
    if state == "after EOF" and about.python >= (3, 14, 8):
        with pytest.raises(OSError) as caught:
            peer.tls.read(0)
        assert type(caught.value).__name__ == "SSLEOFError"
    else:
        assert peer.tls.read(0) == b""
    for argument in ARGUMENTS[name]:
        assert outcome(peer, getattr(peer.tls, name), *argument) == expected
        peer.outgoing.read()
        peer.tls.version()


@each_state
@both_sides
@both_versions
def test_nothing_is_read_where_there_is_no_room(ssl, peers, about, native, state, side, version):
    """Reading into a buffer of no bytes reads nothing in every state.

    Since Python 3.14.8 an end without close_notify is met again by that too (gh-148292).

    library/ssl.html#ssl.SSLObject
    """
    peer = in_state(peers, native, state, side, version)
    if state == "after EOF" and about.python >= (3, 14, 8):
        with pytest.raises(ssl.SSLEOFError):
            peer.tls.read(1, bytearray(0))
    else:
        assert peer.tls.read(1, bytearray(0)) == 0


@each_state
@both_sides
@both_versions
def test_certificate_after_the_handshake(ssl, peers, native, state, side, version):
    """verify_client_post_handshake() is an SSLError with a reason in every state.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    peer = in_state(peers, native, state, side, version)
    with pytest.raises(ssl.SSLError):
        peer.tls.verify_client_post_handshake()
    peer.outgoing.read()
    peer.tls.version()


@each_state
@both_sides
def test_context_can_be_set(peers, native, state, side):
    """The context of an SSLObject can be replaced in every state, and the object keeps its side.

    library/ssl.html#ssl.SSLObject.context
    """
    made = in_state(peers, native, state, side, "TLSv1.3").tls
    other = peers.server_context()
    made.context = other
    assert native.is_same(made.context, other) is True
    assert made.server_side is (side == "server")
    made.version()


@each_state
@both_sides
def test_session_can_be_set_on_a_client_without_connection(peers, native, state, side):
    """A session can be set on a client while there is no connection; all else is a ValueError.

    library/ssl.html#ssl.SSLSocket.session
    """
    client = peers.client_context()
    server = peers.server_context()
    native.limit_versions(client, maximum="TLSv1.2")
    first = peers.connect(client, server)
    first.handshake()
    pair = peers.connect(client, server)
    peer = getattr(pair, side)
    bring_into(state, pair, peer)
    session = first.client.tls.session
    if side == "client" and state in BEFORE + LOST:
        peer.tls.session = session
        assert native.is_equal(peer.tls.session, session) is True
    else:
        with pytest.raises(ValueError):
            peer.tls.session = session
    assert session.has_ticket is True
