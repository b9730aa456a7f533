"""SSLContext._msg_callback, which is shown every TLS message but data; for debugging."""

import pytest

from conformance.peers.memory import client_context, connect, pair, server_context
from conformance.peers.sockets import handshake, wrapped

VERSIONS = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


def watched(ssl, native, certificates, version, side, log):
    """A pair before the handshake, the context of one side with a log as callback."""
    contexts = {
        "client": client_context(ssl, certificates),
        "server": server_context(ssl, certificates.localhost),
    }
    native.limit_versions(contexts["client"], minimum=version, maximum=version)
    contexts[side]._msg_callback = log
    return connect(ssl, contexts["client"], contexts["server"])


def sslv2_client_hello() -> bytes:
    """A hello that offers TLS 1.2 in the format of SSLv2, see RFC 5246 appendix E.2."""
    ciphers = bytes.fromhex("00c02b 00c02f 00009c")  # three bytes each, 00 for those of TLS
    challenge = b"c" * 16
    lengths = (len(ciphers), 0, len(challenge))  # the 0 is a session id's
    hello = b"\x01\x03\x03" + b"".join(length.to_bytes(2, "big") for length in lengths)
    hello += ciphers + challenge
    return (0x8000 | len(hello)).to_bytes(2, "big") + hello


def test_there_is_none_at_first(ssl, certificates):
    """_msg_callback is None unless somebody sets one.

    library/ssl.html#ssl.SSLContext
    """
    assert client_context(ssl, certificates)._msg_callback is None


def test_callback_is_told_as_set(ssl, native, certificates):
    """_msg_callback is the function that was assigned, and None takes it away.

    library/ssl.html#ssl.SSLContext
    """
    context = client_context(ssl, certificates)
    log = native.message_log()
    context._msg_callback = log
    assert native.is_same(context._msg_callback, log) is True
    context._msg_callback = None
    assert context._msg_callback is None


@pytest.mark.parametrize("value", [1, "text", ()], ids=["int", "str", "tuple"])
def test_callback_must_be_callable(ssl, native, certificates, value):
    """What cannot be called is a TypeError, and leaves what was there.

    library/ssl.html#ssl.SSLContext
    """
    context = client_context(ssl, certificates)
    log = native.message_log()
    context._msg_callback = log
    with pytest.raises(TypeError):
        context._msg_callback = value
    assert native.is_same(context._msg_callback, log) is True


def test_callback_cannot_be_deleted(ssl, certificates):
    """Deleting the attribute is an AttributeError.

    library/ssl.html#ssl.SSLContext
    """
    context = client_context(ssl, certificates)
    with pytest.raises(AttributeError):
        del context._msg_callback


@VERSIONS
@pytest.mark.parametrize("side", ["client", "server"])
def test_messages_of_a_handshake(ssl, native, certificates, version, side):
    """Each message of a handshake is shown once, with its header, in the order of the wire.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    connected = watched(ssl, native, certificates, version, side, log)
    connected.handshake()
    told = [str(text) for text in log.take()]
    assert any("HANDSHAKE _TLSMessageType.CLIENT_HELLO" in text for text in told)
    assert any("HANDSHAKE _TLSMessageType.FINISHED" in text for text in told)


@VERSIONS
def test_object_is_the_one_that_talks(ssl, native, certificates, version):
    """The first argument is the SSLObject whose message it is.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    connected = watched(ssl, native, certificates, version, "client", log)
    connected.handshake()
    assert log.was_told_of(connected.client.object) is True


@VERSIONS
def test_data_is_not_shown(ssl, native, certificates, version):
    """Of application data the headers alone are shown.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    connected = watched(ssl, native, certificates, version, "server", log)
    connected.handshake()
    log.take()
    connected.server.object.write(b"secret")
    connected.client.object.write(b"as well")
    connected.transfer()
    assert connected.server.object.read(10) == b"as well"
    told = [str(text) for text in log.take()]
    assert told
    assert all("HANDSHAKE" not in text for text in told)


@VERSIONS
def test_alert_is_shown(ssl, native, certificates, version):
    """close_notify is shown as an alert when it is sent.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    connected = watched(ssl, native, certificates, version, "client", log)
    connected.handshake()
    log.take()
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.object.unwrap()
    assert "_TLSAlertType.CLOSE_NOTIFY" in str(log.take())


def test_alert_of_the_peer_is_shown(ssl, native, certificates):
    """An alert that arrives is shown, by the name it has in the standard.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    server = server_context(ssl, certificates.untrusted)
    server._msg_callback = log
    client = client_context(ssl, certificates)
    native.limit_versions(client, maximum="TLSv1.2")
    connect(ssl, client, server).handshake_outcomes()
    assert "_TLSAlertType.UNKNOWN_CA" in str(log.take())


def test_hello_of_sslv2_has_no_content_type(ssl, native, certificates):
    """A ClientHello in SSLv2's format, which has no record layer, is shown as numbers.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    server = server_context(ssl, certificates.localhost)
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


def test_callback_is_for_objects_made_later(ssl, native, certificates):
    """An object made before the callback was set is not shown.

    man:SSL_CTX_set_msg_callback(3)
    """
    log = native.message_log()
    client = client_context(ssl, certificates)
    connected = connect(ssl, client, server_context(ssl, certificates.localhost))
    client._msg_callback = log
    connected.handshake()
    assert log.take() == []


def test_callback_that_was_taken_away_is_not_called(ssl, native, certificates):
    """After None was assigned nothing more is shown, of objects that are there neither.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    client = client_context(ssl, certificates)
    client._msg_callback = log
    connected = connect(ssl, client, server_context(ssl, certificates.localhost))
    client._msg_callback = None
    connected.handshake()
    assert log.take() == []


def test_exception_waits_for_success(ssl, native, certificates):
    """What the callback raises is raised by the operation, when that has done its work.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log(failing_at=0)
    connected = pair(ssl, certificates)
    connected.handshake()
    client = client_context(ssl, certificates)
    client._msg_callback = log
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(server, maximum="TLSv1.2")
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.2"


@VERSIONS
@pytest.mark.parametrize("name, arguments", [("write", (b"data",)), ("read", (10,))])
def test_exception_takes_the_place_of_a_result(ssl, native, certificates, version, name, arguments):
    """A callback that fails makes an operation fail that would have succeeded.

    library/ssl.html#ssl.SSLContext
    """
    counting = native.message_log()
    watched(ssl, native, certificates, version, "server", counting).handshake()
    log = native.message_log(failing_at=native.integer(counting.calls))
    connected = watched(ssl, native, certificates, version, "server", log)
    connected.handshake()
    connected.client.object.write(b"data")
    connected.transfer()
    with pytest.raises(KeyError):
        getattr(connected.server.object, name)(*arguments)


def test_exception_gives_way_to_an_error(ssl, native, certificates):
    """Where the operation fails itself its own error is raised.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log(failing_at=0)
    connected = watched(ssl, native, certificates, "TLSv1.3", "client", log)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.object.do_handshake()


@VERSIONS
def test_sockets_are_shown_too(ssl, native, certificates, version):
    """The callback is called for SSLSockets as well, with the SSLSocket.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum=version, maximum=version)
    client._msg_callback = log
    ends = wrapped(ssl, native, certificates, client=client)
    handshake(ssl, ends)
    assert log.was_told_of(ends.client) is True
    assert "CLIENT_HELLO" in str(log.take())


def test_nobody_is_told_of_an_object_that_is_gone(ssl, native, certificates):
    """The messages of an object that is gone are not shown; its handshake goes on.

    library/ssl.html#ssl.SSLContext
    """
    log = native.message_log()
    connected = watched(ssl, native, certificates, "TLSv1.3", "client", log)
    inner = connected.client.object._sslobj
    connected.client.object = None
    native.collect()
    with pytest.raises(ssl.SSLWantReadError):
        inner.do_handshake()
    assert log.take() == []
