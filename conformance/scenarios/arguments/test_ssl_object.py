"""Attributes and arguments of an SSLObject."""

import pytest


def idle_client(ssl, peers):
    """Return an SSLObject on which nothing has been called yet."""
    context = peers.client_context()
    return context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")


@pytest.mark.parametrize(
    "name", ["server_side", "server_hostname", "session_reused", "context", "session"]
)
def test_attribute_cannot_be_deleted(ssl, peers, native, name):
    """No attribute of an SSLObject can be deleted.

    library/ssl.html#ssl.SSLObject
    """
    client = idle_client(ssl, peers)
    with pytest.raises(AttributeError):
        native.delete_attribute(client, name)
    assert native.has(client, name) is True


@pytest.mark.parametrize("wrong", [None, "x", b"x", 3], ids=["None", "str", "bytes", "int"])
def test_session_must_be_a_session(ssl, peers, wrong):
    """Setting `session` to anything except an SSLSession is a TypeError, None included.

    library/ssl.html#ssl.SSLSocket.session
    """
    client = idle_client(ssl, peers)
    with pytest.raises(TypeError):
        client.session = wrong
    assert client.session is None


def test_unknown_attribute_is_an_attribute_error(ssl, peers):
    """Reading an attribute that an SSLObject lacks is an AttributeError.

    library/ssl.html#ssl.SSLObject
    """
    client = idle_client(ssl, peers)
    with pytest.raises(AttributeError):
        client.nickname  # noqa: B018 - the access is the operation


def test_takes_attributes_of_the_caller(ssl, peers):
    """An SSLObject is a plain Python object: a caller may put an attribute on it.

    library/ssl.html#ssl.SSLObject
    """
    client = idle_client(ssl, peers)
    client.nickname = "peer"
    assert client.nickname == "peer"


@pytest.mark.parametrize(
    "name",
    [
        "send",
        "recv",
        "recv_into",
        "makefile",
        "fileno",
        "close",
        "shutdown",
        "settimeout",
        "accept",
    ],
)
def test_has_no_method_of_a_socket(ssl, peers, native, name):
    """An SSLObject has none of the methods that need a socket.

    Callers choose their code path by hasattr(), so an added name is a behaviour.

    library/ssl.html#ssl.SSLObject
    """
    assert native.has(idle_client(ssl, peers), name) is False


@pytest.mark.parametrize(
    "name",
    [
        "do_handshake",
        "unwrap",
        "cipher",
        "version",
        "pending",
        "compression",
        "shared_ciphers",
        "selected_alpn_protocol",
        "selected_npn_protocol",
        "verify_client_post_handshake",
    ],
)
def test_method_takes_no_argument(ssl, peers, name):
    """A method without parameters raises TypeError for an argument, before anything else.

    library/ssl.html#ssl.SSLObject
    """
    client = idle_client(ssl, peers)
    with pytest.raises(TypeError):
        getattr(client, name)(True)


def test_handshake_has_no_block(ssl, peers):
    """SSLSocket.do_handshake() accepts block=, SSLObject.do_handshake() does not.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    client = idle_client(ssl, peers)
    with pytest.raises(TypeError):
        client.do_handshake(block=True)


@pytest.mark.parametrize(
    "name", ["cipher", "version", "compression", "shared_ciphers", "selected_alpn_protocol"]
)
def test_nothing_is_known_before_the_handshake(ssl, peers, name):
    """Before the handshake what it negotiates is None.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    assert getattr(idle_client(ssl, peers), name)() is None


def test_peer_certificate_before_the_handshake_is_an_error(ssl, peers):
    """getpeercert() before the handshake is a ValueError, in both forms.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = idle_client(ssl, peers)
    with pytest.raises(ValueError):
        client.getpeercert()
    with pytest.raises(ValueError):
        client.getpeercert(True)
    with pytest.raises(ValueError):
        client.getpeercert(binary_form=True)
    with pytest.raises(TypeError):
        client.getpeercert(True, False)


@pytest.mark.parametrize(
    "kind",
    [
        "tls-exporter",
        "tls-server-end-point",
        "tls-unique-for-telnet",
        "TLS-UNIQUE",
        "",
        "tls-unique\0",
        "tls-einmälig",
        "'",
    ],
)
def test_unknown_channel_binding_is_a_value_error(ssl, peers, kind):
    """Only the channel binding "tls-unique" is supported; any other is a ValueError.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    with pytest.raises(ValueError):
        idle_client(ssl, peers).get_channel_binding(kind)


@pytest.mark.parametrize("kind", [None, 3, ["tls-unique"]], ids=["None", "int", "list"])
def test_channel_binding_is_named_by_text(ssl, peers, kind):
    """A channel binding whose name is not text is a TypeError.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    with pytest.raises(TypeError):
        idle_client(ssl, peers).get_channel_binding(kind)


def test_channel_binding_before_the_handshake_is_none(ssl, peers):
    """The channel binding is None before the handshake, with and without its name.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client = idle_client(ssl, peers)
    assert client.get_channel_binding() is None
    assert client.get_channel_binding("tls-unique") is None
    assert client.get_channel_binding(cb_type="tls-unique") is None


def test_known_channel_bindings_are_listed(ssl):
    """CHANNEL_BINDING_TYPES lists what get_channel_binding() accepts.

    library/ssl.html#ssl.CHANNEL_BINDING_TYPES
    """
    assert ssl.CHANNEL_BINDING_TYPES == ["tls-unique"]


def test_has_no_length_and_is_true(ssl, peers, native):
    """An SSLObject has no length, is not iterated, and is true.

    library/ssl.html#ssl.SSLObject
    """
    client = idle_client(ssl, peers)
    with pytest.raises(TypeError):
        native.length(client)
    assert native.has(client, "__iter__") is False
    assert native.operate("truth", client) is True


def test_ssl_object_is_not_made_the_old_way(ssl):
    """SSLObject(sslobj, owner=...), as in Python 3.6, is a TypeError that names wrap_bio().

    eventlet's green ssl calls it so when the name exists.

    library/ssl.html#ssl.SSLObject
    """
    with pytest.raises(TypeError, match="wrap_bio"):
        ssl.SSLObject(None, owner=None)


def test_session_is_not_made_directly(ssl):
    """SSLSession has no constructor: calling the class is a TypeError.

    library/ssl.html#ssl.SSLSession
    """
    with pytest.raises(TypeError):
        ssl.SSLSession()


def test_nothing_can_be_read_or_written_without_its_inner_object(ssl, peers, native):
    """Without its inner object, or with another, a method raises AttributeError.

    library/ssl.html#ssl.SSLObject
    """
    client = idle_client(ssl, peers)
    client._sslobj = None
    with pytest.raises(AttributeError):
        client.read(1)
    with pytest.raises(AttributeError):
        client.write(b"x")
    with pytest.raises(AttributeError):
        client.getpeercert()
    native.delete_attribute(client, "_sslobj")
    with pytest.raises(AttributeError):
        client.read(1)
    with pytest.raises(AttributeError):
        client.write(b"x")
