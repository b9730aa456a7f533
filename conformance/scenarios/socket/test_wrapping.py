"""SSLContext.wrap_socket(): what it accepts, what it refuses, and what it returns."""

import contextlib

import pytest

from conformance.peers.sockets import wait


def test_socket_class_has_no_public_constructor(ssl, native):
    """SSLSocket() is a TypeError: instances come from SSLContext.wrap_socket().

    library/ssl.html#ssl.SSLSocket
    """
    with pytest.raises(TypeError, match="public constructor"):
        ssl.SSLSocket(native.unconnected_socket())


def test_wrapped_socket_is_a_socket(ssl, peers, native):
    """What wrap_socket() returns is an SSLSocket and so a socket.socket.

    library/ssl.html#ssl.SSLSocket
    """
    ends = peers.sockets.wrapped()
    for end in ends:
        assert native.is_instance(end, ssl.SSLSocket) is True
        assert native.is_instance(end, native.module("socket").socket) is True
        assert native.type_name(end) == "SSLSocket"


def test_wrapped_socket_takes_the_descriptor_over(peers, native):
    """wrap_socket() detaches the socket it is given: its descriptor is the SSLSocket's now.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, _ = native.socketpair()
    before = native.kept(one.fileno)
    context = peers.client_context()
    arguments = {"server_hostname": "localhost", "do_handshake_on_connect": False}
    end = context.wrap_socket(one, **arguments)
    assert native.is_equal(native.kept(end.fileno), before) is True
    with pytest.raises(OSError) as caught:
        one.send(b"x")
    assert caught.value.errno == 9


def test_wrapped_socket_keeps_the_settings(peers, native):
    """Family, kind, protocol and timeout are those of the socket that was wrapped.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, _ = native.socketpair()
    one.settimeout(2.5)
    names = ["family", "type", "proto"]
    kept = [native.number_at(one, name) for name in names]
    context = peers.client_context()
    arguments = {"server_hostname": "localhost", "do_handshake_on_connect": False}
    end = context.wrap_socket(one, **arguments)
    assert end.gettimeout() == 2.5
    assert [native.number_at(end, name) for name in names] == kept


@pytest.mark.parametrize(
    "name, client, server",
    [
        ("server_side", False, True),
        ("server_hostname", "localhost", None),
        ("do_handshake_on_connect", False, False),
        ("suppress_ragged_eofs", True, True),
        ("session", None, None),
        ("session_reused", None, None),
    ],
)
def test_attribute_before_the_handshake(peers, name, client, server):
    """An SSLSocket reports what it was made with, before it has sent a byte.

    library/ssl.html#ssl.SSLSocket
    """
    ends = peers.sockets.wrapped()
    found = getattr(ends.client, name), getattr(ends.server, name)
    assert name == "session_reused" or found == (client, server)


def test_context_is_the_one_that_wrapped(peers, native):
    """SSLSocket.context is the SSLContext whose wrap_socket() made it.

    library/ssl.html#ssl.SSLSocket.context
    """
    context = peers.client_context()
    ends = peers.sockets.wrapped(client=context)
    assert native.is_same(ends.client.context, context) is True


def test_context_can_be_exchanged(peers, native):
    """Assigning another SSLContext replaces the old one, also during a connection.

    library/ssl.html#ssl.SSLSocket.context
    """
    other = peers.client_context()
    ends = peers.sockets.established()
    ends.client.context = other
    assert native.is_same(ends.client.context, other) is True
    wait(*ends)
    ends.server.send(b"still")
    assert ends.client.recv(5) == b"still"


@pytest.mark.parametrize("value", [None, 1, "context"], ids=["None", "int", "str"])
def test_context_must_be_a_context(peers, value):
    """Assigning what is not an SSLContext is a TypeError.

    library/ssl.html#ssl.SSLSocket.context
    """
    ends = peers.sockets.wrapped()
    with pytest.raises(TypeError):
        ends.client.context = value


@pytest.mark.parametrize("without_tls", [False, True], ids=["TLS", "closed"])
def test_context_that_is_refused_is_told_all_the_same(peers, without_tls):
    """A context that was assigned is shown from then on, even where the connection refused it.

    Without TLS there is no connection to ask: AttributeError.

    library/ssl.html#ssl.SSLSocket.context
    """
    ends = peers.sockets.wrapped()
    if without_tls:
        ends.client.close()
    with pytest.raises(AttributeError if without_tls else TypeError):
        ends.client.context = 5
    assert ends.client.context == 5


def test_only_streams_are_wrapped(peers, native):
    """A datagram socket is refused with NotImplementedError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = peers.client_context()
    with pytest.raises(NotImplementedError, match="only stream sockets"):
        context.wrap_socket(native.unconnected_socket("SOCK_DGRAM"), server_hostname="localhost")


@pytest.mark.parametrize("value", [None, 1, "socket"], ids=["None", "int", "str"])
def test_only_sockets_are_wrapped(peers, value):
    """A value that is not a socket cannot be wrapped.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    with pytest.raises(AttributeError):
        peers.client_context().wrap_socket(value, server_hostname="localhost")


def test_server_takes_no_hostname(peers, native):
    """server_hostname together with server_side is a ValueError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, _ = native.socketpair()
    context = peers.server_context()
    with pytest.raises(ValueError, match="client mode"):
        context.wrap_socket(one, server_side=True, server_hostname="localhost")


def test_checked_name_must_be_given(peers, native):
    """A context with check_hostname refuses to wrap without server_hostname.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    one, _ = native.socketpair()
    with pytest.raises(ValueError, match="server_hostname"):
        peers.client_context().wrap_socket(one)


def test_server_that_checks_names_is_refused(ssl, peers, native):
    """A server cannot say whose name is to be checked: its context must not want that.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    one, _ = native.socketpair()
    server = peers.server_context()
    server.verify_mode = ssl.CERT_REQUIRED
    server.check_hostname = True
    with pytest.raises(ValueError, match="server_hostname"):
        server.wrap_socket(one, server_side=True, do_handshake_on_connect=False)


def test_refused_socket_stays_usable(peers, native):
    """When wrap_socket() refuses its arguments the plain socket is as it was.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, other = native.socketpair()
    with pytest.raises(ValueError):
        peers.client_context().wrap_socket(one)
    one.send(b"plain")
    assert other.recv(5) == b"plain"


@pytest.mark.parametrize("hostname", ["", ".example.com", "example.com\0"])
def test_hostname_that_cannot_be_one_is_refused(peers, native, hostname):
    """server_hostname follows the rules that it has for wrap_bio().

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, _ = native.socketpair()
    context = peers.client_context()
    with pytest.raises((ValueError, TypeError)):
        context.wrap_socket(one, server_hostname=hostname, do_handshake_on_connect=False)


def test_handshake_at_once_needs_a_blocking_socket(peers, native):
    """do_handshake_on_connect, the default, is a ValueError for a socket that does not block.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, _ = native.socketpair()
    one.setblocking(False)
    with pytest.raises(ValueError, match="non-blocking"):
        peers.client_context().wrap_socket(one, server_hostname="localhost")


def test_handshake_at_once_is_the_default(peers, native, certificates):
    """wrap_socket() of a connected socket returns when the handshake is done.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, other = native.socketpair()
    wait(one, other)
    server = peers.server_context()
    far = native.thread(server.wrap_socket, other, server_side=True)
    near = peers.client_context().wrap_socket(one, server_hostname="localhost")
    end = far.result()
    assert near.version() == end.version() == "TLSv1.3"
    assert near.do_handshake_on_connect is True
    assert near.getpeercert(True) == certificates.localhost.der


def test_failed_handshake_is_raised_by_wrap_socket(ssl, peers, native):
    """A certificate that does not verify makes wrap_socket() raise on both sides.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, other = native.socketpair()
    wait(one, other)
    server = peers.server_context("untrusted")
    client = peers.client_context(version="TLSv1.2")
    far = native.thread(server.wrap_socket, other, server_side=True)
    with pytest.raises(ssl.SSLError) as caught:
        client.wrap_socket(one, server_hostname="localhost")
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"
    with pytest.raises(ssl.SSLError) as caught:
        far.result()
    assert caught.value.reason == "TLSV1_ALERT_UNKNOWN_CA"


def test_hostname_is_checked(ssl, peers):
    """An SSLSocket of a context with check_hostname refuses a certificate of another name.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    arguments = {"server_hostname": "other.example"}
    ends = peers.sockets.wrapped(client_arguments=arguments)
    with pytest.raises(ssl.SSLError, match="Hostname mismatch"):
        peers.sockets.handshake(ends)


def test_contexts_make_sockets_of_their_class(ssl, peers, native):
    """wrap_socket() returns an instance of sslsocket_class of the context.

    library/ssl.html#ssl.SSLContext.sslsocket_class
    """
    context = peers.client_context()
    own = native.subclass(ssl.SSLSocket, "OwnSocket")
    context.sslsocket_class = own
    ends = peers.sockets.wrapped(client=context)
    assert native.type_name(ends.client) == "OwnSocket"
    assert native.type_name(ends.server) == "SSLSocket"
    peers.sockets.handshake(ends)
    assert ends.client.version() == "TLSv1.3"


def test_contexts_tell_their_class_of_sockets(ssl, native):
    """sslsocket_class is SSLSocket by default.

    library/ssl.html#ssl.SSLContext.sslsocket_class
    """
    assert native.is_same(ssl.SSLContext.sslsocket_class, ssl.SSLSocket) is True


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_arguments_may_be_positional(peers, native, count):
    """The parameters of wrap_socket() are all positional too, in the order of the documentation.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    one, _ = native.socketpair()
    context = peers.client_context()
    context.check_hostname = False
    values = [one, False, False, True, "localhost", None, None][:count]
    if count in (1, 2, 7):  # a handshake at once has no peer here; a seventh there is not
        one.setblocking(False)
        with pytest.raises((TypeError, ValueError)):
            context.wrap_socket(*values)
    else:
        wrapped = context.wrap_socket(*values)
        assert wrapped.server_side is False
        assert wrapped.do_handshake_on_connect is False
        assert wrapped.suppress_ragged_eofs is True
        assert wrapped.server_hostname == (None if count < 5 else "localhost")


@pytest.mark.parametrize("flag", [0o2000000, 0o4000], ids=["CLOEXEC", "NONBLOCK"])
def test_stream_with_a_flag_is_a_stream(peers, native, flag):
    """A socket whose kind was given with one of Linux's flags is wrapped as any other.

    library/socket.html#socket.SOCK_CLOEXEC
    """
    sock = native.unconnected_socket(flags=flag)
    wrapped = peers.client_context().wrap_socket(
        sock, do_handshake_on_connect=False, server_hostname="localhost"
    )
    assert wrapped.version() is None


def test_unconnected_socket_is_wrapped_without_tls(peers, native):
    """A socket that is not connected is wrapped, and has no TLS until it connects.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = peers.client_context()
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    assert end.version() is None
    assert end.cipher() is None
    assert end.pending() == 0
    assert end.compression() is None
    assert end.shared_ciphers() is None
    assert end.selected_alpn_protocol() is None
    assert end.get_channel_binding() is None
    assert end.session is None


@pytest.mark.parametrize(
    "name", ["do_handshake", "getpeercert", "unwrap", "read", "verify_client_post_handshake"]
)
def test_unconnected_socket_refuses(peers, native, name):
    """What needs a peer is an error on a socket that is not connected.

    library/ssl.html#ssl.SSLSocket
    """
    context = peers.client_context()
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    with pytest.raises((OSError, ValueError)):
        getattr(end, name)()


@pytest.mark.parametrize("name", ["get_verified_chain", "get_unverified_chain"])
def test_chains_of_an_unconnected_socket(peers, native, name):
    """A socket that is not connected has the methods for chains, and they raise AttributeError.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    context = peers.client_context()
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    assert native.has(end, name) is True
    with pytest.raises(AttributeError):
        getattr(end, name)()


@pytest.mark.parametrize(
    "name, shown",
    [
        (b"localhost", "localhost"),
        (bytearray(b"x"), "x"),
        ("b\xfccher.example", "xn--bcher-kva.example"),
        ("", ""),
    ],
    ids=["bytes", "bytearray", "beyond ASCII", "empty"],
)
def test_name_of_an_unconnected_socket(ssl, peers, native, name, shown):
    """server_hostname of a socket is encoded at once; what names no host is no error before TLS.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    end = context.wrap_socket(native.unconnected_socket(), server_hostname=name)
    assert end.server_hostname == shown


@pytest.mark.parametrize("name", [3, "a..b"], ids=["number", "empty label"])
def test_name_that_cannot_be_encoded_is_refused_at_once(ssl, native, name):
    """A server_hostname that is no name is an error also where the socket is not connected.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with pytest.raises((AttributeError, TypeError, UnicodeError)):
        context.wrap_socket(native.unconnected_socket(), server_hostname=name)


def test_representation_tells_the_socket(peers, native):
    """repr() of an SSLSocket is that of a socket, and shows whether it is closed.

    library/socket.html#socket.socket
    """
    ends = peers.sockets.established()
    assert "SSLSocket fd=" in native.repr(ends.client)
    ends.client.close()
    assert "[closed] fd=-1" in native.repr(ends.client)


@pytest.mark.parametrize("how", ["close", "detach"])
def test_kind_after_close(peers, native, how):
    """A closed SSLSocket still tells its family, type and protocol.

    library/socket.html#socket.socket.family
    """
    ends = peers.sockets.established()
    before = [native.number_at(ends.client, name) for name in ("family", "type", "proto")]
    if how == "detach":
        native.module("os").close(native.kept(ends.client.detach))
    else:
        ends.client.close()
    after = [native.number_at(ends.client, name) for name in ("family", "type", "proto")]
    assert after == before == [1, 1, 0]


def test_wrapping_what_is_wrapped(ssl, peers):
    """Wrapping an SSLSocket takes its connection: TLS begins again, in place of what was there.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    ends = peers.sockets.established()
    context = peers.client_context()
    again = context.wrap_socket(
        ends.client, server_hostname="localhost", do_handshake_on_connect=False
    )
    assert ends.client.fileno() == -1
    assert ends.client.version() == "TLSv1.3"
    assert again.version() is None
    again.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        again.do_handshake()
    with pytest.raises(ssl.SSLError) as caught:
        ends.server.recv(10)
    assert caught.value.reason is not None


@pytest.mark.parametrize(
    "operation", ["recv", "send", "unwrap", "version", "pending", "getpeername"]
)
def test_what_has_lost_its_descriptor(peers, native, operation):
    """An SSLSocket that was detached still has its TLS.

    library/socket.html#socket.socket.detach
    """
    ends = peers.sockets.established()
    native.kept(ends.client.detach)
    arguments = {"recv": [1], "send": [b"x"]}.get(operation, [])
    for _ in range(2):
        with contextlib.suppress(OSError, ValueError):
            getattr(ends.client, operation)(*arguments)
    assert ends.client.cipher() is not None
