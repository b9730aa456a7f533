"""Pre-shared keys: set_psk_client_callback() and set_psk_server_callback()."""

import contextlib

import pytest

from conformance.peers import attempt_any, both_sides, both_versions

KEY = b"a key of bytes that both know"


def contexts(ssl, native, certificates, version="TLSv1.2"):
    """A client and a server that verify and show no certificates.

    Without an authority to trust each would load the platform's, of which nothing is the question.
    """
    made = []
    for purpose in (ssl.Purpose.SERVER_AUTH, ssl.Purpose.CLIENT_AUTH):
        context = ssl.create_default_context(purpose, cafile=certificates.authority.certificate)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        native.limit_versions(context, minimum=version, maximum=version)
        if version == "TLSv1.2":
            context.set_ciphers("PSK")
        made.append(context)
    return made


def returning(answer, calls):
    """A callback that notes its arguments."""

    def callback(*arguments):
        calls.append(arguments)
        return answer

    return callback


def flight_that_names_me(connected, sender):
    """The bytes in which the client or the server says "~me", not delivered yet."""
    for end, other in 2 * (
        (connected.client, connected.server),
        (connected.server, connected.client),
    ):
        end.step()
        flight = end.outgoing.read()
        if end is sender and b"\0\3~me" in flight:
            return flight
        other.incoming.write(flight)
    raise AssertionError("Nothing was said of ~me.")


@both_versions
def test_same_key_makes_a_connection(ssl, peers, native, certificates, version):
    """Two sides with the same key complete a handshake without any certificate.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates, version)
    asked, told = [], []
    client.set_psk_client_callback(returning(("an identity", KEY), asked))
    server.set_psk_server_callback(returning(KEY, told))
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == version
    assert connected.client.tls.getpeercert(True) is None
    assert connected.server.tls.getpeercert(True) is None
    assert asked == [(None,)]
    assert told == [("an identity",)]
    connected.client.tls.write(b"hello")
    connected.transfer()
    assert connected.server.tls.read(5) == b"hello"


@pytest.mark.parametrize("hint", ["a hint", "f\u00fcr dich"], ids=["ASCII", "beyond-ASCII"])
def test_client_gets_the_hint(ssl, peers, native, certificates, hint):
    """In TLS 1.2 the client's callback gets the server's identity_hint.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    asked = []
    client.set_psk_client_callback(returning(("me", KEY), asked))
    server.set_psk_server_callback(lambda identity: KEY, hint)
    peers.connect(client, server).handshake()
    assert asked == [(hint,)]


def test_hint_may_be_named(ssl, peers, native, certificates):
    """The callback and the hint may be given by keyword.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    hints = []
    client.set_psk_client_callback(callback=returning(("me", KEY), hints))
    server.set_psk_server_callback(callback=lambda identity: KEY, identity_hint="a hint")
    peers.connect(client, server).handshake()
    assert hints == [("a hint",)]


@both_versions
def test_identity_beyond_ascii(ssl, peers, native, certificates, version):
    """The identity that the client's callback returned is the text that the server's gets.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates, version)
    told = []
    client.set_psk_client_callback(lambda hint: ("J\u00f6rg", KEY))
    server.set_psk_server_callback(returning(KEY, told))
    peers.connect(client, server).handshake()
    assert told == [("J\u00f6rg",)]


def test_hint_is_that_of_the_last_call(ssl, peers, native, certificates):
    """A callback that is set without identity_hint has none, whatever was set before.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    asked = []
    client.set_psk_client_callback(returning(("me", KEY), asked))
    server.set_psk_server_callback(lambda identity: b"another", "a hint")
    server.set_psk_server_callback(lambda identity: KEY)
    peers.connect(client, server).handshake()
    assert asked == [(None,)]


@both_versions
@pytest.mark.parametrize("length", [1, 255, 256])
def test_longest_identity(ssl, peers, native, certificates, version, length):
    """An identity of up to 255 bytes goes to the server; a longer one ends the handshake.

    OpenSSL before 3.0 has room for 127.

    man:SSL_CTX_set_psk_client_callback(3)
    """
    client, server = contexts(ssl, native, certificates, version)
    told = []
    client.set_psk_client_callback(lambda hint: ("m" * length, KEY))
    server.set_psk_server_callback(returning(KEY, told))
    connected = peers.connect(client, server)
    if length == 256:
        assert connected.handshake_outcomes().client is not None
        assert told == []
    else:
        connected.handshake()
        assert told == [("m" * length,)]


@pytest.mark.parametrize("length", [256, 512, 513])
def test_longest_key(ssl, peers, native, certificates, length):
    """A key of up to 512 bytes makes a connection; a longer one ends the handshake.

    OpenSSL before 3.0 has room for 256.

    man:SSL_CTX_set_psk_client_callback(3)
    """
    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(lambda hint: ("me", b"k" * length))
    server.set_psk_server_callback(lambda identity: b"k" * length)
    connected = peers.connect(client, server)
    if length == 513:
        assert connected.handshake_outcomes().client is not None
    else:
        connected.handshake()
        assert connected.client.tls.version() == "TLSv1.2"


def test_hint_without_a_callback_may_be_anything(ssl, native, certificates):
    """A hint that is too long is refused with a callback, and ignored without one.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    _, server = contexts(ssl, native, certificates)
    with pytest.raises(ValueError):
        server.set_psk_server_callback(lambda identity: KEY, "h" * 300)
    assert server.set_psk_server_callback(None, "h" * 300) is None


def test_identity_may_be_none(ssl, peers, native, certificates):
    """A client callback may return None as identity: the server's callback gets None.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    told = []
    client.set_psk_client_callback(lambda hint: (None, KEY))
    server.set_psk_server_callback(returning(KEY, told), identity_hint=None)
    peers.connect(client, server).handshake()
    assert told == [(None,)]


@both_versions
def test_other_key_fails(ssl, peers, native, certificates, version):
    """Sides with different keys do not connect.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates, version)
    client.set_psk_client_callback(lambda hint: ("me", KEY))
    server.set_psk_server_callback(lambda identity: b"another")
    assert peers.connect(client, server).handshake_outcomes().server is not None


@pytest.mark.parametrize(
    "answer",
    [
        ("me", b""),
        ("me", b"k" * 600),
        ("m" * 300, KEY),
        ("me",),
        ("me", 1),
        ("me", bytearray(KEY)),
        (1, KEY),
        None,
        b"key",
    ],
    ids=[
        "empty key",
        "long key",
        "long identity",
        "one item",
        "number as key",
        "bytearray as key",
        "number as identity",
        "None",
        "no tuple",
    ],
)
def test_client_s_unusable_answer_ends_the_handshake(ssl, peers, native, certificates, answer):
    """An invalid result of the client's callback makes its handshake fail.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(lambda hint: answer)
    server.set_psk_server_callback(lambda identity: KEY)
    assert peers.connect(client, server).handshake_outcomes().client is not None


@pytest.mark.parametrize(
    "answer",
    [b"", b"k" * 600, None, 1, bytearray(KEY)],
    ids=["empty", "long", "None", "number", "bytearray"],
)
def test_server_s_unusable_answer_ends_the_handshake(ssl, peers, native, certificates, answer):
    """An invalid result of the server's callback makes its handshake fail.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(lambda hint: ("me", KEY))
    server.set_psk_server_callback(lambda identity: answer)
    assert peers.connect(client, server).handshake_outcomes().server is not None


@both_sides
def test_callback_that_raises_ends_the_handshake(ssl, peers, native, certificates, side):
    """An exception in a callback is not passed on: the handshake fails.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """

    def fail(argument):
        raise KeyError("unknown")

    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(fail if side == "client" else lambda hint: ("me", KEY))
    server.set_psk_server_callback(fail if side == "server" else lambda identity: KEY)
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert getattr(outcomes, side) is not None


def test_none_takes_the_callbacks_away(ssl, peers, native, certificates):
    """Setting None removes a callback.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(lambda hint: ("me", KEY))
    server.set_psk_server_callback(lambda identity: KEY)
    assert client.set_psk_client_callback(None) is None
    assert server.set_psk_server_callback(None) is None
    assert peers.connect(client, server).handshake_outcomes().client is not None


@both_sides
def test_none_counts_for_what_was_made_before(ssl, peers, native, certificates, side):
    """A callback that None has taken away is not called for a connection made before that either.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    calls = []
    client.set_psk_client_callback(returning(("me", KEY), calls))
    server.set_psk_server_callback(returning(KEY, calls))
    connected = peers.connect(client, server)
    if side == "client":
        client.set_psk_client_callback(None)
    else:
        server.set_psk_server_callback(None)
    assert connected.handshake_outcomes().client is not None
    assert len(calls) == (0 if side == "client" else 1)


@both_sides
def test_side_without_a_callback_has_no_keys(ssl, peers, native, certificates, side):
    """Where None took a callback away, its side neither offers nor chooses a cipher with PSK.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(lambda hint: ("me", KEY))
    server.set_psk_server_callback(lambda identity: KEY)
    if side == "client":
        client.set_psk_client_callback(None)
    else:
        server.set_psk_server_callback(None)
    connected = peers.connect(client, server)
    outcomes = connected.handshake_outcomes()
    reasons = {"client": "NO_CIPHERS_AVAILABLE", "server": "NO_SHARED_CIPHER"}
    assert getattr(outcomes, side).reason == reasons[side]


@pytest.mark.parametrize("wrong", [1, "text"], ids=["int", "str"])
def test_callback_must_be_callable(ssl, native, certificates, wrong):
    """Callbacks that cannot be called are refused with TypeError.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    with pytest.raises(TypeError):
        client.set_psk_client_callback(wrong)
    with pytest.raises(TypeError):
        server.set_psk_server_callback(wrong)
    with pytest.raises(TypeError):
        client.set_psk_client_callback()
    with pytest.raises(TypeError):
        server.set_psk_server_callback()


@pytest.mark.parametrize("hint", [1, "nul\0"], ids=["int", "NUL"])
def test_hint_must_be_text(ssl, native, certificates, hint):
    """An identity_hint that is not text, or has a NUL in it, is refused.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    _, server = contexts(ssl, native, certificates)
    with pytest.raises((TypeError, ValueError)):
        server.set_psk_server_callback(lambda identity: KEY, hint)


@pytest.mark.parametrize("hint", ["\ud800", "h\udc80\udc81"], ids=["one", "two"])
def test_hint_of_half_characters_is_refused(ssl, native, certificates, hint):
    """An identity_hint with lone surrogates is refused with UnicodeEncodeError.

    library/exceptions.html#UnicodeEncodeError
    """
    _, server = contexts(ssl, native, certificates)
    with pytest.raises(UnicodeEncodeError):
        server.set_psk_server_callback(lambda identity: KEY, native.unicode(hint))


@both_versions
def test_key_is_for_sockets_too(ssl, peers, native, certificates, version):
    """Two SSLSockets with the same key complete a handshake without any certificate.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates, version)
    client.set_psk_client_callback(returning(("an identity", KEY), []))
    server.set_psk_server_callback(returning(KEY, []))
    ends = peers.sockets.wrapped(client=client, server=server)
    peers.sockets.handshake(ends)
    assert ends.client.version() == version
    assert ends.server.getpeercert(True) is None
    ends.client.send(b"hello")
    assert ends.server.recv(5) == b"hello"


def test_hint_must_not_be_too_long(ssl, native, certificates):
    """An identity_hint longer than OpenSSL allows is refused with ValueError.

    man:SSL_CTX_use_psk_identity_hint(3)
    """
    _, server = contexts(ssl, native, certificates)
    with pytest.raises(ValueError):
        server.set_psk_server_callback(lambda identity: KEY, "h" * 1000)


def test_each_side_has_its_callback(ssl, peers):
    """A client context refuses the server's callback and a server context the client's.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    with pytest.raises(ssl.SSLError):
        peers.client_context().set_psk_server_callback(lambda identity: KEY)
    with pytest.raises(ssl.SSLError):
        peers.server_context().set_psk_client_callback(lambda hint: None)


def test_callback_does_not_keep_its_context(ssl, native, certificates):
    """A context whose PSK callback does not refer to it is freed with its last reference.

    One that does refer to it keeps it alive in Python 3.13.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    client.set_psk_client_callback(lambda hint: None)
    server.set_psk_server_callback(lambda identity: KEY)
    references = [native.weak_reference(context) for context in (client, server)]
    del client, server
    native.collect()
    assert [reference() for reference in references] == [None, None]


@both_sides
def test_context_may_be_assigned_in_a_callback(ssl, peers, native, certificates, side):
    """A callback may assign to `context` what it is.

    library/ssl.html#ssl.SSLSocket.context
    """
    client, server = contexts(ssl, native, certificates)
    connected = None
    outcomes = []

    def assign(answer):
        peer = getattr(connected, side).tls
        outcomes.append(attempt_any(setattr, peer, "context", peer.context))
        return answer

    wanted = assign if side == "client" else lambda answer: answer
    client.set_psk_client_callback(lambda hint: wanted(("an identity", KEY)))
    other = assign if side == "server" else lambda answer: answer
    server.set_psk_server_callback(lambda identity: other(KEY))
    connected = peers.connect(client, server)
    connected.handshake()
    assert outcomes == ["value"]


def test_switched_context_has_the_key(ssl, peers, native, certificates):
    """The key is that of the context which the servername callback assigned.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    other = contexts(ssl, native, certificates)[1]
    calls, replacements = [], [other]
    client.set_psk_client_callback(returning(("me", KEY), []))
    server.set_psk_server_callback(returning(b"another key", []))
    other.set_psk_server_callback(returning(KEY, calls))

    def switch(called_for, name, context):
        called_for.context = replacements.pop()

    server.sni_callback = switch
    peers.connect(client, server).handshake()
    assert calls == [("me",)]


def test_exception_of_a_callback_is_reported(ssl, peers, native, certificates):
    """What a PSK callback raises, which do_handshake() does not, goes to sys.unraisablehook.

    library/sys.html#sys.unraisablehook
    """
    client, server = contexts(ssl, native, certificates, "TLSv1.3")
    client.set_psk_client_callback(native.raising_callback())
    connected = peers.connect(client, server)
    assert native.reported(connected.client.tls.do_handshake) == ["KeyError"]


@both_versions
@both_sides
def test_connection_takes_what_its_callback_writes(ssl, peers, native, certificates, version, side):
    """write() inside a callback is taken at once, although there is no key for it yet.

    man:SSL_write(3)
    """
    client, server = contexts(ssl, native, certificates, version)
    called = []

    def early(told):
        called.append(told)
        with contextlib.suppress(ssl.SSLError):
            assert getattr(connected, side).tls.write(b"secret") == 6
        return KEY if side == "server" else ("me", KEY)

    client.set_psk_client_callback(early if side == "client" else lambda hint: ("me", KEY))
    server.set_psk_server_callback(early if side == "server" else lambda identity: KEY)
    connected = peers.connect(client, server)
    for end in (connected.client, connected.server) * 2:
        end.step()
        if called:
            break
        connected.transfer()
    assert len(called) == 1


@pytest.mark.parametrize("identity", [b"\xed\xa0\x80", b"\xff\xff\xff"], ids=["half", "bytes"])
def test_identity_that_is_no_text_is_nobody_s(ssl, peers, native, certificates, identity):
    """A server's callback is not called for an identity that is not UTF-8, or half a character.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = contexts(ssl, native, certificates)
    told = []
    client.set_psk_client_callback(lambda hint: ("~me", KEY))
    server.set_psk_server_callback(returning(KEY, told))
    connected = peers.connect(client, server)
    flight = flight_that_names_me(connected, connected.client)
    connected.server.incoming.write(flight.replace(b"~me", identity))
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.do_handshake()
    assert caught.value.reason == "PSK_IDENTITY_NOT_FOUND"
    assert told == []


@pytest.mark.parametrize("hint", [b"\xed\xa0\x80", b"\xff\xff\xff"], ids=["half", "bytes"])
def test_hint_that_is_no_text_is_nobody_s(ssl, peers, native, certificates, hint):
    """A client's callback is not called for a hint that is not UTF-8, and the handshake ends.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = contexts(ssl, native, certificates)
    told = []
    client.set_psk_client_callback(returning(("me", KEY), told))
    server.set_psk_server_callback(lambda identity: KEY, "~me")
    connected = peers.connect(client, server)
    flight = flight_that_names_me(connected, connected.server)
    connected.client.incoming.write(flight.replace(b"~me", hint))
    with pytest.raises(ssl.SSLError) as caught:
        connected.client.tls.do_handshake()
    assert caught.value.reason == "PSK_IDENTITY_NOT_FOUND"
    assert told == []


@both_sides
def test_callback_may_look_at_its_connection(ssl, peers, side):
    """In its callback for keys a connection tells its side and what is pending.

    library/ssl.html#ssl.SSLSocket.version
    """
    client, server = peers.client_context(version="TLSv1.2"), peers.server_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_ciphers("PSK")
    server.set_ciphers("PSK")
    seen = []

    def look():
        tls = connected.sides(side)[0].tls
        seen.append((tls.server_side, tls.pending(), tls.session_reused))

    def answer_client(hint):
        if side == "client":
            look()
        return "me", KEY

    def answer_server(identity):
        if side == "server":
            look()
        return KEY

    client.set_psk_client_callback(answer_client)
    server.set_psk_server_callback(answer_server)
    connected = peers.connect(client, server)
    connected.handshake()
    assert seen == [(side == "server", 0, False)]


@both_sides
def test_callback_of_the_other_side_is_refused_whatever_it_is(ssl, side):
    """A context that only connects, or only serves, refuses what may be the other's callback.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    if side == "client":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        method = context.set_psk_server_callback
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        method = context.set_psk_client_callback
    for value in (lambda *ignored: None, 5, None):
        with pytest.raises(ssl.SSLError):
            method(value)
