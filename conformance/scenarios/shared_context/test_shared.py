"""One context for sockets and SSLObjects: its settings hold for both."""

import pytest

from conformance.peers import TAMPERED, deliver
from conformance.peers.sockets import PATIENCE, reports_it_ever_after


def over_objects(peers, client, server, name="localhost"):
    """A pair of SSLObjects, connected."""
    pair = peers.connect(client, server, server_hostname=name)
    pair.handshake()
    return pair


def over_sockets(peers, client, server, name="localhost"):
    """A pair of SSLSockets, connected."""
    arguments = {"server_hostname": name}
    ends = peers.sockets.wrapped(client=client, server=server, client_arguments=arguments)
    peers.sockets.handshake(ends)
    return ends


@pytest.mark.parametrize("first", ["sockets", "objects"])
def test_context_serves_both(peers, native, first):
    """A context makes sockets and objects in any order, and neither disturbs the other.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    client = peers.client_context()
    server = peers.server_context()
    for kind in ("objects", "sockets", "objects") if first == "objects" else ("sockets", "objects"):
        if kind == "objects":
            pair = over_objects(peers, client, server)
            near, far = pair.client.tls, pair.server.tls
            near.write(b"hello")
            deliver(pair.client, pair.server)
        else:
            near, far = over_sockets(peers, client, server)
            near.write(b"hello")
            far.settimeout(PATIENCE)
        assert far.read(10) == b"hello"
        assert near.version() == far.version() == "TLSv1.3"
        assert near.cipher() == far.cipher()
        assert native.is_same(near.context, client) is True


@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
def test_version_limit_holds_for_both(ssl, peers, native, name):
    """minimum_version and maximum_version hold for sockets as for objects, also once both exist.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    client = peers.client_context()
    server = peers.server_context()
    native.limit_versions(server, minimum="TLSv1.2")
    over_objects(peers, client, server)
    over_sockets(peers, client, server)
    if name == "maximum_version":
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        expected = "TLSv1.2"
    else:
        client.minimum_version = ssl.TLSVersion.TLSv1_3
        expected = "TLSv1.3"
    assert over_objects(peers, client, server).client.tls.version() == expected
    assert over_sockets(peers, client, server).client.version() == expected


def test_options_hold_for_both(peers, native):
    """An option that is set once a context has made objects holds for what it makes then.

    library/ssl.html#ssl.SSLContext.options
    """
    client = peers.client_context()
    server = peers.server_context()
    over_objects(peers, client, server)
    native.limit_versions(client, maximum="TLSv1.2")
    assert over_objects(peers, client, server).client.tls.version() == "TLSv1.2"
    assert over_sockets(peers, client, server).client.version() == "TLSv1.2"


def test_alpn_holds_for_both(peers):
    """Protocols for ALPN hold for sockets and for objects.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = peers.client_context()
    server = peers.server_context()
    over_objects(peers, client, server)
    client.set_alpn_protocols(["one", "two"])
    server.set_alpn_protocols(["two", "one"])
    pair = over_objects(peers, client, server)
    assert pair.client.tls.selected_alpn_protocol() == "two"
    assert pair.server.tls.selected_alpn_protocol() == "two"
    ends = over_sockets(peers, client, server)
    assert ends.client.selected_alpn_protocol() == "two"
    assert ends.server.selected_alpn_protocol() == "two"


def test_client_certificate_is_asked_for_by_both(ssl, peers, certificates):
    """verify_mode and the authorities of a server hold for sockets and for objects.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client = peers.client_context()
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = peers.server_context()
    pair = over_objects(peers, client, server)
    assert pair.server.tls.getpeercert() is None
    server.load_verify_locations(certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    pair = over_objects(peers, client, server)
    assert pair.server.tls.getpeercert(True) == certificates.client.der
    ends = over_sockets(peers, client, server)
    assert ends.server.getpeercert(True) == certificates.client.der


def test_callback_for_server_names_is_called_by_both(peers, native):
    """sni_callback is called for sockets and for objects, with each one's own class.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client = peers.client_context()
    server = peers.server_context()
    kinds = []

    def callback(connection, name, context):
        kinds.append((native.type_name(connection), name))
        assert native.is_same(context, server)

    server.sni_callback = callback
    over_objects(peers, client, server)
    over_sockets(peers, client, server)
    over_objects(peers, client, server)
    names = ["SSLObject", "SSLSocket", "SSLObject"]
    assert kinds == [(name, "localhost") for name in names]
    server.sni_callback = None
    over_sockets(peers, client, server)
    over_objects(peers, client, server)
    assert len(kinds) == 3


def test_callback_may_change_the_context_of_both(peers, native, certificates):
    """A callback gives a connection of either kind another context, whose certificate is shown.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client = peers.client_context()
    server = peers.server_context()
    other = peers.server_context("several_names")
    server.sni_callback = native.switching_callback(other)
    pair = over_objects(peers, client, server, "first.example")
    assert pair.client.tls.getpeercert(True) == certificates.several_names.der
    assert native.is_same(pair.server.tls.context, other) is True
    ends = over_sockets(peers, client, server, "first.example")
    assert ends.client.getpeercert(True) == certificates.several_names.der
    assert native.is_same(ends.server.context, other) is True


@pytest.mark.parametrize("name", ["wrong_host", "untrusted", "expired"])
def test_wrong_certificate_is_refused_by_both(ssl, peers, name):
    """A defective certificate is refused by sockets and by objects.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context()
    server = peers.server_context(name)
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            over_objects(peers, client, server)
        with pytest.raises((ssl.SSLError, ValueError)):  # stock 2.7's CertificateError is this
            over_sockets(peers, client, server)


def test_context_goes_when_both_are_gone(peers, native):
    """A context that has made sockets and objects dies with the last of them.

    library/ssl.html#ssl.SSLContext
    """
    client = peers.client_context()
    server = peers.server_context()
    reference = native.weak_reference(client)
    pair = over_objects(peers, client, server)
    ends = over_sockets(peers, client, server)
    del client
    native.collect()
    assert reference() is not None
    ends.client.close()
    del ends
    native.collect()
    assert reference() is not None
    del pair
    native.collect()
    assert reference() is None


def test_subclass_serves_both(ssl, peers, native, certificates):
    """A subclass of SSLContext makes sockets and objects like the class itself.

    library/ssl.html#ssl.SSLContext
    """
    kind = native.subclass(ssl.SSLContext, "Mine")
    server = kind(ssl.PROTOCOL_TLS)
    server.load_cert_chain(certificates.localhost.chain, certificates.localhost.key)
    client = peers.client_context()
    assert over_objects(peers, client, server).server.tls.version() == "TLSv1.3"
    ends = over_sockets(peers, client, server)
    assert ends.server.version() == "TLSv1.3"
    assert native.is_same(ends.server.context, server) is True


def test_failure_of_an_object_is_not_a_socket_s(ssl, peers):
    """After an SSLObject has failed, a read from an SSLSocket without data still wants to read.

    OpenSSL queues errors by thread: what is left there the next connection takes for its own.

    man:SSL_get_error(3)
    """
    ends = peers.sockets.established()
    failing = peers.make_peer(peers.client_context(), server_hostname="localhost")
    failing.incoming.write(b"this is no TLS record")
    with pytest.raises(ssl.SSLError):
        failing.tls.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.read(1)
    ends.server.write(b"hello")
    ends.client.settimeout(PATIENCE)
    assert ends.client.read(10) == b"hello"


def test_refused_ciphers_are_not_a_socket_s(ssl, peers, native, certificates):
    """After refused ciphers a read from a socket of the standard library still wants to read.

    man:SSL_get_error(3)
    """
    make_context = native.standard("create_default_context")
    client = make_context(cafile=certificates.authority.certificate)
    server = make_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.localhost.chain, certificates.localhost.key)
    ends = over_sockets(peers, client, server)
    wants_read = ssl.SSLWantReadError
    with pytest.raises(wants_read):
        ends.client.read(1)  # it takes the session tickets
    context = peers.client_context()
    with pytest.raises(ssl.SSLError):
        context.set_ciphers("none such")
    with pytest.raises(wants_read):
        ends.client.read(1)


def test_error_that_nobody_took(ssl, peers):
    """After an unknown object identifier was refused, a read without data is an SSLError.

    The identifier's error stays in OpenSSL's queue, where Python 3 takes it for the connection's:
    it does not say that the read wants to read.

    man:SSL_get_error(3)
    """
    client = peers.established().client.tls
    with pytest.raises(ssl.SSLWantReadError):
        client.read(1)  # it takes the session tickets
    with pytest.raises(ValueError):
        ssl._ASN1Object("9.9.1")
    with pytest.raises(ssl.SSLError):
        client.read(1)


def test_error_that_a_callback_left(ssl, peers):
    """After a callback met an unknown object identifier its handshake is an SSLError.

    The identifier's error is taken for the connection's: the client wants to read, and does not say
    so.

    man:SSL_get_error(3)
    """

    def give(hint):
        with pytest.raises(ValueError):
            ssl._ASN1Object("9.9.1")
        return "identity", b"a key of bytes that both know"

    client = peers.client_context()
    client.set_psk_client_callback(give)
    connected = peers.connect(client, peers.server_context())
    with pytest.raises(ssl.SSLError):
        connected.client.tls.do_handshake()


def test_hint_that_is_too_long_is_told_to_another(ssl, peers):
    """After an identity_hint that is too long was refused, another connection's read fails.

    What OpenSSL said of it stays in its queue, where Python 3 takes it for the connection's.

    man:SSL_get_error(3)
    """
    client = peers.established().client.tls
    with pytest.raises(ssl.SSLWantReadError):
        client.read(1)  # it takes the session tickets
    with pytest.raises(ValueError):
        peers.server_context().set_psk_server_callback(lambda identity: b"key", "h" * 300)
    with pytest.raises(ssl.SSLError):
        client.read(1)
    with pytest.raises(ssl.SSLWantReadError):
        client.read(1)


def test_error_that_nobody_took_is_told_of_a_curve(ssl, peers, about):
    """A curve that TLS does not have is refused with an error that something else left.

    OpenSSL 3.0 refuses it without an error of its own; on OpenSSL 1.1.1 nothing says that it was
    not set.

    man:ERR_get_error(3)
    """
    context = peers.server_context()
    with pytest.raises(ValueError):
        ssl._ASN1Object("9.9.1")
    if about.openssl < (3, 0):
        assert context.set_ecdh_curve("secp112r1") is None
        return
    with pytest.raises(ssl.SSLError):
        context.set_ecdh_curve("secp112r1")


def test_alert_that_unwrap_met_is_told_to_another(ssl, peers):
    """A fatal alert that unwrap() took for an end is the SSLError of another connection's read.

    It stays in OpenSSL's queue, where Python 3 takes it for that of the next read without data.

    man:SSL_get_error(3)
    """
    other = peers.established().client.tls
    with pytest.raises(ssl.SSLWantReadError):
        other.read(1)  # it takes the session tickets
    pair = peers.established()
    pair.server.incoming.write(TAMPERED)
    with pytest.raises(ssl.SSLError):
        pair.server.tls.read(1)
    deliver(pair.server, pair.client)
    assert pair.client.tls.unwrap() is None
    with pytest.raises(ssl.SSLError):
        other.read(1)


def test_broken_pipe_is_told_to_another(ssl, peers, about):
    """After send() met a broken pipe, a read of another connection without data wants to read.

    Since Python 3.13.2 on OpenSSL 3.4 the error stays in OpenSSL's queue, where that read finds it:
    it raises BrokenPipeError as well.

    man:SSL_get_error(3)
    """
    wants_read = ssl.SSLWantReadError
    others = peers.sockets.established()
    with pytest.raises(wants_read):
        others.client.read(1)  # it takes the session tickets
    ends = peers.sockets.established()
    ends.server.close()
    with pytest.raises(OSError):
        ends.client.send(b"anybody?")
    with pytest.raises(OSError if reports_it_ever_after(about) else wants_read):
        others.client.read(1)
