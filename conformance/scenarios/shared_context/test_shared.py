"""One context for sockets and for SSLObjects: what is set through either holds for both."""

import pytest

from conformance.peers import memory as peers
from conformance.peers import sockets
from conformance.peers.memory import client_context, connect, server_context


def over_objects(ssl, client, server, name="localhost"):
    """A pair of SSLObjects, connected."""
    pair = connect(ssl, client, server, server_hostname=name)
    pair.handshake()
    return pair


def over_sockets(ssl, native, client, server, name="localhost"):
    """A pair of SSLSockets, connected."""
    arguments = {"server_hostname": name}
    ends = sockets.wrapped(
        ssl, native, None, client=client, server=server, client_arguments=arguments
    )
    sockets.handshake(ssl, ends)
    return ends


@pytest.mark.parametrize("first", ["sockets", "objects"])
def test_context_serves_both(ssl, native, certificates, first):
    """A context makes sockets and objects in any order, and neither disturbs the other.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    for kind in ("objects", "sockets", "objects") if first == "objects" else ("sockets", "objects"):
        if kind == "objects":
            pair = over_objects(ssl, client, server)
            near, far = pair.client.object, pair.server.object
            near.write(b"hello")
            peers.deliver(pair.client, pair.server)
        else:
            near, far = over_sockets(ssl, native, client, server)
            near.write(b"hello")
            far.settimeout(sockets.PATIENCE)
        assert far.read(10) == b"hello"
        assert near.version() == far.version() == "TLSv1.3"
        assert near.cipher() == far.cipher()
        assert native.is_same(near.context, client) is True


@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
def test_version_limit_holds_for_both(ssl, native, certificates, name):
    """minimum_version and maximum_version hold for sockets as for objects, also once both exist.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(server, minimum="TLSv1.2")
    over_objects(ssl, client, server)
    over_sockets(ssl, native, client, server)
    if name == "maximum_version":
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        expected = "TLSv1.2"
    else:
        client.minimum_version = ssl.TLSVersion.TLSv1_3
        expected = "TLSv1.3"
    assert over_objects(ssl, client, server).client.object.version() == expected
    assert over_sockets(ssl, native, client, server).client.version() == expected


def test_options_hold_for_both(ssl, native, certificates):
    """An option that is set once a context has made objects holds for what it makes then.

    library/ssl.html#ssl.SSLContext.options
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    over_objects(ssl, client, server)
    native.limit_versions(client, maximum="TLSv1.2")
    assert over_objects(ssl, client, server).client.object.version() == "TLSv1.2"
    assert over_sockets(ssl, native, client, server).client.version() == "TLSv1.2"


def test_alpn_holds_for_both(ssl, native, certificates):
    """Protocols for ALPN hold for sockets and for objects.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    over_objects(ssl, client, server)
    client.set_alpn_protocols(["one", "two"])
    server.set_alpn_protocols(["two", "one"])
    pair = over_objects(ssl, client, server)
    assert pair.client.object.selected_alpn_protocol() == "two"
    assert pair.server.object.selected_alpn_protocol() == "two"
    ends = over_sockets(ssl, native, client, server)
    assert ends.client.selected_alpn_protocol() == "two"
    assert ends.server.selected_alpn_protocol() == "two"


def test_client_certificate_is_asked_for_by_both(ssl, native, certificates):
    """verify_mode and the authorities of a server hold for sockets and for objects.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client = client_context(ssl, certificates)
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = server_context(ssl, certificates.localhost)
    pair = over_objects(ssl, client, server)
    assert pair.server.object.getpeercert() is None
    server.load_verify_locations(certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    pair = over_objects(ssl, client, server)
    assert pair.server.object.getpeercert(True) == certificates.client.der
    ends = over_sockets(ssl, native, client, server)
    assert ends.server.getpeercert(True) == certificates.client.der


def test_callback_for_server_names_is_called_by_both(ssl, native, certificates):
    """sni_callback is called for sockets and for objects, with each one's own class.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    kinds = []

    def callback(connection, name, context):
        kinds.append((native.type_name(connection), name))
        assert native.is_same(context, server)

    server.sni_callback = callback
    over_objects(ssl, client, server)
    over_sockets(ssl, native, client, server)
    over_objects(ssl, client, server)
    names = ["SSLObject", "SSLSocket", "SSLObject"]
    assert kinds == [(name, "localhost") for name in names]
    server.sni_callback = None
    over_sockets(ssl, native, client, server)
    over_objects(ssl, client, server)
    assert len(kinds) == 3


def test_callback_may_change_the_context_of_both(ssl, native, certificates):
    """A callback gives a connection of either kind another context, whose certificate is shown.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    other = server_context(ssl, certificates.several_names)
    server.sni_callback = native.switching_callback(other)
    pair = over_objects(ssl, client, server, "first.example")
    assert pair.client.object.getpeercert(True) == certificates.several_names.der
    assert native.is_same(pair.server.object.context, other) is True
    ends = over_sockets(ssl, native, client, server, "first.example")
    assert ends.client.getpeercert(True) == certificates.several_names.der
    assert native.is_same(ends.server.context, other) is True


@pytest.mark.parametrize("name", ["wrong_host", "untrusted", "expired"])
def test_wrong_certificate_is_refused_by_both(ssl, native, certificates, name):
    """Whatever is wrong with a certificate, neither a socket nor an object accepts it.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, getattr(certificates, name))
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            over_objects(ssl, client, server)
        with pytest.raises((ssl.SSLError, ValueError)):  # stock 2.7's CertificateError is this
            over_sockets(ssl, native, client, server)


def test_context_goes_when_both_are_gone(ssl, native, certificates):
    """A context that has made sockets and objects dies with the last of them.

    library/ssl.html#ssl.SSLContext
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    reference = native.weak_reference(client)
    pair = over_objects(ssl, client, server)
    ends = over_sockets(ssl, native, client, server)
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


def test_subclass_serves_both(ssl, native, certificates):
    """A subclass of SSLContext makes sockets and objects like the class itself.

    library/ssl.html#ssl.SSLContext
    """
    kind = native.subclass(ssl.SSLContext, "Mine")
    server = kind(ssl.PROTOCOL_TLS)
    server.load_cert_chain(certificates.localhost.chain, certificates.localhost.key)
    client = client_context(ssl, certificates)
    assert over_objects(ssl, client, server).server.object.version() == "TLSv1.3"
    ends = over_sockets(ssl, native, client, server)
    assert ends.server.version() == "TLSv1.3"
    assert native.is_same(ends.server.context, server) is True


def test_failure_of_an_object_is_not_a_socket_s(ssl, native, certificates):
    """After an SSLObject has failed, a read from an SSLSocket without data still wants to read.

    OpenSSL queues errors by thread: what is left there the next connection takes for its own.

    man:SSL_get_error(3)
    """
    ends = sockets.established(ssl, native, certificates)
    failing = peers.make_peer(ssl, client_context(ssl, certificates), server_hostname="localhost")
    failing.incoming.write(b"this is no TLS record")
    with pytest.raises(ssl.SSLError):
        failing.object.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.read(1)
    ends.server.write(b"hello")
    ends.client.settimeout(sockets.PATIENCE)
    assert ends.client.read(10) == b"hello"


def test_refused_ciphers_are_not_a_socket_s(ssl, native, certificates):
    """After refused ciphers a read from a socket of the standard library still wants to read.

    man:SSL_get_error(3)
    """
    make_context = native.standard("create_default_context")
    client = make_context(cafile=certificates.authority.certificate)
    server = make_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.localhost.chain, certificates.localhost.key)
    ends = over_sockets(ssl, native, client, server)
    wants_read = ssl.SSLWantReadError
    with pytest.raises(wants_read):
        ends.client.read(1)  # it takes the session tickets
    context = client_context(ssl, certificates)
    with pytest.raises(ssl.SSLError):
        context.set_ciphers("none such")
    with pytest.raises(wants_read):
        ends.client.read(1)


def test_error_that_nobody_took(ssl, native, certificates):
    """After an unknown object identifier was refused, a read without data is an SSLError.

    The identifier's error stays in OpenSSL's queue, where Python 3 takes it for the connection's:
    it does not say that the read wants to read.

    man:SSL_get_error(3)
    """
    client = peers.established(ssl, certificates, native).client.object
    with pytest.raises(ssl.SSLWantReadError):
        client.read(1)  # it takes the session tickets
    with pytest.raises(ValueError):
        ssl._ASN1Object("9.9.1")
    with pytest.raises(ssl.SSLError):
        client.read(1)


def test_alert_that_unwrap_met_is_told_to_another(ssl, native, certificates):
    """A fatal alert that unwrap() took for an end is the SSLError of another connection's read.

    It stays in OpenSSL's queue, where Python 3 takes it for that of the next read without data.

    man:SSL_get_error(3)
    """
    other = peers.established(ssl, certificates, native).client.object
    with pytest.raises(ssl.SSLWantReadError):
        other.read(1)  # it takes the session tickets
    pair = peers.established(ssl, certificates, native)
    pair.server.incoming.write(peers.TAMPERED)
    with pytest.raises(ssl.SSLError):
        pair.server.object.read(1)
    peers.deliver(pair.server, pair.client)
    assert pair.client.object.unwrap() is None
    with pytest.raises(ssl.SSLError):
        other.read(1)
