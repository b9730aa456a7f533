"""SSLContext._msg_callback, which gets every TLS message except data; for debugging."""

import pytest

from conformance.peers import attempt_any, both_sides, both_versions, deliver

ALERTS = {
    10: "UNEXPECTED_MESSAGE",
    20: "BAD_RECORD_MAC",
    21: "DECRYPTION_FAILED",
    22: "RECORD_OVERFLOW",
    30: "DECOMPRESSION_FAILURE",
    40: "HANDSHAKE_FAILURE",
    42: "BAD_CERTIFICATE",
    43: "UNSUPPORTED_CERTIFICATE",
    44: "CERTIFICATE_REVOKED",
    45: "CERTIFICATE_EXPIRED",
    46: "CERTIFICATE_UNKNOWN",
    47: "ILLEGAL_PARAMETER",
    48: "UNKNOWN_CA",
    49: "ACCESS_DENIED",
    50: "DECODE_ERROR",
    51: "DECRYPT_ERROR",
    60: "EXPORT_RESTRICTION",
    70: "PROTOCOL_VERSION",
    71: "INSUFFICIENT_SECURITY",
    80: "INTERNAL_ERROR",
    86: "INAPPROPRIATE_FALLBACK",
    90: "USER_CANCELED",
    100: "NO_RENEGOTIATION",
    109: "MISSING_EXTENSION",
    110: "UNSUPPORTED_EXTENSION",
    111: "CERTIFICATE_UNOBTAINABLE",
    112: "UNRECOGNIZED_NAME",
    113: "BAD_CERTIFICATE_STATUS_RESPONSE",
    114: "BAD_CERTIFICATE_HASH_VALUE",
    115: "UNKNOWN_PSK_IDENTITY",
    116: "CERTIFICATE_REQUIRED",
    120: "NO_APPLICATION_PROTOCOL",
}
"""Numbers and names of alerts, of old standards too."""


def watched(peers, native, version, side, log):
    """A pair before the handshake, the context of one side with a log as callback."""
    contexts = {
        "client": peers.client_context(),
        "server": peers.server_context(),
    }
    native.limit_versions(contexts["client"], minimum=version, maximum=version)
    contexts[side]._msg_callback = log
    return peers.connect(contexts["client"], contexts["server"])


def sslv2_client_hello() -> bytes:
    """A hello that offers TLS 1.2 in the format of SSLv2, see RFC 5246 appendix E.2."""
    ciphers = bytes.fromhex("00c02b 00c02f 00009c")  # three bytes each, 00 for those of TLS
    challenge = b"c" * 16
    lengths = (len(ciphers), 0, len(challenge))  # the 0 is a session id's
    hello = b"\x01\x03\x03" + b"".join(length.to_bytes(2, "big") for length in lengths)
    hello += ciphers + challenge
    return (0x8000 | len(hello)).to_bytes(2, "big") + hello


def test_there_is_none_at_first(peers):
    """_msg_callback is None until one is set.

    library/ssl.html#ssl.SSLContext
    """
    assert peers.client_context()._msg_callback is None


def test_callback_is_told_as_set(peers, native):
    """_msg_callback is the function that was assigned, and None removes it.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.client_context()
    log = native.message_log()
    context._msg_callback = log
    assert native.is_same(context._msg_callback, log) is True
    context._msg_callback = None
    assert context._msg_callback is None


@pytest.mark.parametrize("value", [1, "text", ()], ids=["int", "str", "tuple"])
def test_callback_must_be_callable(peers, native, value):
    """A value that cannot be called is a TypeError and changes nothing.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.client_context()
    log = native.message_log()
    context._msg_callback = log
    with pytest.raises(TypeError):
        context._msg_callback = value
    assert native.is_same(context._msg_callback, log) is True


def test_callback_cannot_be_deleted(peers):
    """Deleting the attribute is an AttributeError.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.client_context()
    with pytest.raises(AttributeError):
        del context._msg_callback


@both_versions
@both_sides
def test_messages_of_a_handshake(peers, native, version, side):
    """Each message of a handshake is shown once, with its header, in the order of the wire.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    connected = watched(peers, native, version, side, log)
    connected.handshake()
    told = [str(text) for text in log.take()]
    assert any("HANDSHAKE _TLSMessageType.CLIENT_HELLO" in text for text in told)
    assert any("HANDSHAKE _TLSMessageType.FINISHED" in text for text in told)


@both_versions
def test_object_is_the_one_that_talks(peers, native, version):
    """The first argument is the SSLObject whose message it is.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    connected = watched(peers, native, version, "client", log)
    connected.handshake()
    assert log.was_told_of(connected.client.tls) is True


@both_versions
def test_data_is_not_shown(peers, native, version):
    """The callback gets only the headers of application data.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    connected = watched(peers, native, version, "server", log)
    connected.handshake()
    log.take()
    connected.server.tls.write(b"secret")
    connected.client.tls.write(b"as well")
    connected.transfer()
    assert connected.server.tls.read(10) == b"as well"
    told = [str(text) for text in log.take()]
    assert told
    assert all("HANDSHAKE" not in text for text in told)


def test_every_alert_has_its_name(ssl, peers, native):
    """An alert of the peer is shown by its name.

    rfc8446#section-6
    """
    log = native.message_log()
    for number, name in ALERTS.items():
        connected = watched(peers, native, "TLSv1.2", "client", log)
        connected.client.step()
        log.take()
        connected.client.incoming.write(bytes([21, 3, 3, 0, 2, 2, number]))
        with pytest.raises(ssl.SSLError):
            connected.client.tls.do_handshake()
        shown = [str(text) for text in log.take() if "_TLSContentType.ALERT " in str(text)]
        assert f"_TLSAlertType.{name}:" in shown[0]
        assert log.was_told_of(connected.client.tls) is True


@both_versions
def test_alert_is_shown(ssl, peers, native, version):
    """close_notify is shown as an alert when it is sent.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    connected = watched(peers, native, version, "client", log)
    connected.handshake()
    log.take()
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.unwrap()
    assert "_TLSAlertType.CLOSE_NOTIFY" in str(log.take())


def test_alert_of_the_peer_is_shown(peers, native):
    """An alert that arrives is shown, by the name it has in the standard.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    server = peers.server_context("untrusted")
    server._msg_callback = log
    client = peers.client_context()
    native.limit_versions(client, maximum="TLSv1.2")
    peers.connect(client, server).handshake_outcomes()
    assert "_TLSAlertType.UNKNOWN_CA" in str(log.take())


def test_hello_of_sslv2_has_no_content_type(ssl, peers, native):
    """A ClientHello in SSLv2's format, which has no record layer, is shown as numbers.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    server = peers.server_context()
    server._msg_callback = log
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = server.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(sslv2_client_hello())
    with pytest.raises(ssl.SSLError) as caught:
        connection.do_handshake()
    assert caught.value.reason == "NO_SHARED_CIPHER"  # it names no curve and no signature
    told = [str(text) for text in log.take()]
    assert told[0] == "SSLObject read 2 0 -1: more of bytes"
    assert "_TLSAlertType.HANDSHAKE_FAILURE" in told[-1]


def test_callback_is_for_objects_made_later(peers, native):
    """An object made before the callback was set is not shown.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    client = peers.client_context()
    connected = peers.connect(client, peers.server_context())
    client._msg_callback = log
    connected.handshake()
    assert log.take() == []


def test_callback_that_was_taken_away_is_not_called(peers, native):
    """After None was assigned no message is shown, also of existing objects.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    client = peers.client_context()
    client._msg_callback = log
    connected = peers.connect(client, peers.server_context())
    client._msg_callback = None
    connected.handshake()
    assert log.take() == []


@both_versions
def test_callback_that_uses_openssl_hides_no_error(ssl, peers, native, version):
    """A callback that uses OpenSSL itself leaves the reason for which the handshake fails.

    man:ERR_get_error(3)
    """
    client = peers.client_context(version=version)
    client._msg_callback = native.calling_callback(peers.client_context().get_ciphers)
    connected = peers.connect(client, peers.server_context("other_host"))
    failed, _ = connected.handshake_outcomes()
    assert isinstance(failed, ssl.SSLCertVerificationError)
    assert failed.reason == "CERTIFICATE_VERIFY_FAILED"


def test_exception_waits_for_success(peers, native):
    """An exception of the callback is raised by the operation, once that has done its work.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log(failing_at=0)
    connected = peers.pair()
    connected.handshake()
    client = peers.client_context()
    client._msg_callback = log
    server = peers.server_context()
    native.limit_versions(server, maximum="TLSv1.2")
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"


@both_versions
@pytest.mark.parametrize("name, arguments", [("write", (b"data",)), ("read", (10,))])
def test_exception_takes_the_place_of_a_result(peers, native, version, name, arguments):
    """A callback that fails makes an operation fail that would have succeeded.

    library/ssl.html#ssl.SSLContext
    """
    counting = native.message_log()
    watched(peers, native, version, "server", counting).handshake()
    log = native.message_log(failing_at=native.integer(counting.calls))
    connected = watched(peers, native, version, "server", log)
    connected.handshake()
    connected.client.tls.write(b"data")
    connected.transfer()
    with pytest.raises(KeyError):
        getattr(connected.server.tls, name)(*arguments)


@both_versions
def test_exception_takes_the_place_of_a_farewell(ssl, peers, native, version):
    """A callback that fails makes unwrap() fail, which has said goodbye all the same.

    It fails in the same way at each call: whose exception is raised is another question.

    library/ssl.html#ssl.SSLContext
    """
    nothing = native.module("collections").deque()
    raising = native.calling_callback(nothing.pop)
    connected = watched(peers, native, version, "server", raising)
    for _ in range(3):
        for source, target in ((connected.client, connected.server), connected.sides("server")):
            attempt_any(source.tls.do_handshake)
            deliver(source, target)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.unwrap()
    deliver(connected.client, connected.server)
    with pytest.raises(IndexError):
        connected.server.tls.unwrap()
    deliver(connected.server, connected.client)
    assert connected.client.tls.unwrap() is None


def test_last_exception_is_the_one_that_is_raised(peers, native):
    """Of several exceptions that a callback raises in one operation the last one is raised.

    library/ssl.html#ssl.SSLContext
    """
    raising = native.raising_callback()
    connected = watched(peers, native, "TLSv1.3", "client", raising)
    connected.client.step()
    deliver(connected.client, connected.server)
    connected.server.step()
    deliver(connected.server, connected.client)
    before = raising.calls
    with pytest.raises(KeyError) as caught:
        connected.client.tls.do_handshake()
    assert raising.calls > before + 5
    assert caught.value.args == (raising.calls,)
    assert connected.client.tls.version() == "TLSv1.3"


def test_exception_gives_way_to_an_error(ssl, peers, native):
    """An operation that fails itself raises its own error.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log(failing_at=0)
    connected = watched(peers, native, "TLSv1.3", "client", log)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.do_handshake()


@both_versions
def test_sockets_are_shown_too(peers, native, version):
    """The callback is called for SSLSockets as well, with the SSLSocket.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    client = peers.client_context(version=version)
    client._msg_callback = log
    ends = peers.sockets.wrapped(client=client)
    peers.sockets.handshake(ends)
    assert log.was_told_of(ends.client) is True
    assert "CLIENT_HELLO" in str(log.take())


def test_nobody_is_told_of_an_object_that_is_gone(ssl, peers, native):
    """The messages of an object that is gone are not shown; its handshake goes on.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    connected = watched(peers, native, "TLSv1.3", "client", log)
    inner = connected.client.tls._sslobj
    connected.client.tls = None
    native.collect()
    with pytest.raises(ssl.SSLWantReadError):
        inner.do_handshake()
    assert log.take() == []


def test_failure_is_told_although_the_callback_works(peers, native):
    """What a callback does with contexts hides nothing of why a handshake fails.

    library/ssl.html#ssl.SSLContext
    """
    other = peers.client_context()
    client = peers.client_context(version="TLSv1.2")
    client._msg_callback = native.calling_callback(
        native.repeated(1, other.set_ciphers, "ECDHE+AESGCM")
    )
    outcomes = peers.connect(client, peers.server_context("untrusted")).handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"


@both_versions
@both_sides
def test_callback_may_look_at_its_connection(peers, native, version, side):
    """In its message callback a connection tells its side, its version and what is pending.

    library/ssl.html#ssl.SSLSocket.version
    """
    seen = set()

    def look():
        tls = near.tls
        seen.add((tls.server_side, tls.version() in (None, version), tls.pending()))

    connected = watched(peers, native, version, side, native.calling_callback(look))
    near, _ = connected.sides(side)
    connected.handshake()
    assert seen == {(side == "server", True, 0)}
