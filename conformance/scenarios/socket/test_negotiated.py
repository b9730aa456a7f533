"""What an SSLSocket tells about its connection."""

import pytest

from conformance.peers.memory import client_context, server_context
from conformance.peers.sockets import established, handshake, wait, wrapped

VERSIONS = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


@VERSIONS
def test_version_is_told(ssl, native, certificates, version):
    """version() is None before the handshake and the name of the protocol after it.

    library/ssl.html#ssl.SSLSocket.version
    """
    ends = established(ssl, native, certificates, version)
    assert ends.client.version() == version
    assert ends.server.version() == version
    assert wrapped(ssl, native, certificates).client.version() is None


@VERSIONS
def test_cipher_is_told(ssl, native, certificates, version):
    """cipher() is the same triple on both sides.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    ends = established(ssl, native, certificates, version)
    assert ends.client.cipher() == ends.server.cipher()
    assert wrapped(ssl, native, certificates).client.cipher() is None


def test_shared_ciphers_are_the_server_s_to_tell(ssl, native, certificates):
    """shared_ciphers() is a list on the server and None on the client.

    library/ssl.html#ssl.SSLSocket.shared_ciphers
    """
    ends = established(ssl, native, certificates)
    assert ends.client.shared_ciphers() is None
    assert ends.server.cipher()[0] in [cipher[0] for cipher in ends.server.shared_ciphers()]


def test_nothing_is_compressed(ssl, native, certificates):
    """compression() is None.

    library/ssl.html#ssl.SSLSocket.compression
    """
    ends = established(ssl, native, certificates)
    assert ends.client.compression() is None


def test_certificate_of_the_server(ssl, native, certificates):
    """getpeercert() is the server's certificate as a dictionary, or in DER form.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = established(ssl, native, certificates)
    assert ends.client.getpeercert(binary_form=True) == certificates.localhost.der
    assert dict(ends.client.getpeercert())["version"] == 3
    assert ends.client.getpeercert(False) == ends.client.getpeercert()


def test_certificate_of_a_client_without(ssl, native, certificates):
    """getpeercert() is None on a server whose client showed no certificate.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = established(ssl, native, certificates)
    assert ends.server.getpeercert() is None
    assert ends.server.getpeercert(True) is None


def test_certificate_before_the_handshake(ssl, native, certificates):
    """getpeercert() before the handshake is a ValueError.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = wrapped(ssl, native, certificates)
    with pytest.raises(ValueError, match="handshake not done yet"):
        ends.client.getpeercert()


@VERSIONS
def test_chains_are_told(ssl, native, certificates, version):
    """get_verified_chain() and get_unverified_chain() are lists of DER, the peer's own first.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    ends = established(ssl, native, certificates, version)
    assert ends.client.get_verified_chain()[0] == certificates.localhost.der
    assert ends.client.get_unverified_chain()[0] == certificates.localhost.der


def test_chains_before_the_handshake(ssl, native, certificates):
    """The chains are empty lists before the handshake.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    ends = wrapped(ssl, native, certificates)
    assert ends.client.get_verified_chain() == []
    assert ends.client.get_unverified_chain() == []


def test_chain_of_a_client_that_showed_nothing(ssl, native, certificates):
    """A server whose client showed no certificate cannot ask for its chain: AttributeError.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    server = server_context(
        ssl, certificates.localhost, authority=certificates.authority.certificate
    )
    server.verify_mode = ssl.CERT_OPTIONAL
    ends = wrapped(ssl, native, certificates, server=server)
    handshake(ssl, ends)
    assert ends.server.get_verified_chain() == []
    with pytest.raises(AttributeError):
        ends.server.get_unverified_chain()


@pytest.mark.parametrize("kind", ["tls-unique"])
def test_channel_binding_is_the_same_on_both_sides(ssl, native, certificates, kind):
    """get_channel_binding() gives both sides the same bytes in TLS 1.2.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    ends = established(ssl, native, certificates, "TLSv1.2")
    assert ends.client.get_channel_binding(kind) == ends.server.get_channel_binding(kind)
    assert ends.client.get_channel_binding() == ends.server.get_channel_binding(cb_type=kind)


@pytest.mark.parametrize("kind", ["unknown", "", "einmälig"])
def test_unknown_channel_binding_is_refused(ssl, native, certificates, kind):
    """Another kind of channel binding is a ValueError, also without TLS.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    ends = established(ssl, native, certificates)
    with pytest.raises(ValueError, match="not implemented"):
        ends.client.get_channel_binding(kind)
    context = client_context(ssl, certificates)
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    with pytest.raises(ValueError, match="not implemented"):
        end.get_channel_binding(kind)


def test_protocol_is_selected(ssl, native, certificates):
    """selected_alpn_protocol() is what both sides agreed on.

    library/ssl.html#ssl.SSLSocket.selected_alpn_protocol
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    client.set_alpn_protocols(["one", "two"])
    server.set_alpn_protocols(["two"])
    ends = wrapped(ssl, native, certificates, client=client, server=server)
    assert ends.client.selected_alpn_protocol() is None
    handshake(ssl, ends)
    assert ends.client.selected_alpn_protocol() == "two"
    assert ends.server.selected_alpn_protocol() == "two"


def test_old_protocol_selection_warns(ssl, native, certificates):
    """selected_npn_protocol() is None, with a deprecation warning.

    library/ssl.html#ssl.SSLSocket.selected_npn_protocol
    """
    ends = established(ssl, native, certificates)
    assert ends.client.selected_npn_protocol() is None


@VERSIONS
def test_session_is_resumed(ssl, native, certificates, version):
    """A session of one SSLSocket, given to wrap_socket() for the next, is reused.

    library/ssl.html#ssl.SSLSocket.session
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum=version, maximum=version)
    first = wrapped(ssl, native, certificates, client=client, server=server)
    handshake(ssl, first)
    wait(*first)
    first.server.send(b"x")
    first.client.recv(1)
    assert first.client.session_reused is False
    session = first.client.session
    assert native.type_name(session) == "SSLSession"
    arguments = {"session": session}
    second = wrapped(
        ssl, native, certificates, client=client, server=server, client_arguments=arguments
    )
    handshake(ssl, second)
    assert second.client.session_reused is True
    assert second.server.session_reused is True


def test_session_may_be_assigned(ssl, native, certificates):
    """A session can be assigned before the handshake, and not after it.

    library/ssl.html#ssl.SSLSocket.session
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, maximum="TLSv1.2")
    first = wrapped(ssl, native, certificates, client=client, server=server)
    handshake(ssl, first)
    session = first.client.session
    second = wrapped(ssl, native, certificates, client=client, server=server)
    second.client.session = session
    handshake(ssl, second)
    assert second.client.session_reused is True
    with pytest.raises(ValueError):
        second.client.session = session


def test_server_takes_no_session(ssl, native, certificates):
    """A session for a server's socket is a ValueError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    ends = established(ssl, native, certificates, "TLSv1.2")
    one, _ = native.socketpair()
    server = server_context(ssl, certificates.localhost)
    with pytest.raises(ValueError, match="client mode"):
        server.wrap_socket(one, server_side=True, session=ends.client.session)


@pytest.mark.parametrize("session", [1, "session"], ids=["int", "str"])
def test_session_must_be_one(ssl, native, certificates, session):
    """What is no SSLSession is a TypeError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    with pytest.raises(TypeError):
        wrapped(ssl, native, certificates, client_arguments={"session": session})


def test_server_learns_the_name_that_was_asked_for(ssl, native, certificates):
    """The callback for server names gets the SSLSocket, the name and the context.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = server_context(ssl, certificates.localhost)
    told = []

    def note(end, name, context):
        told.append((native.type_name(end), name, native.is_same(context, server)))

    server.sni_callback = note
    ends = wrapped(ssl, native, certificates, server=server)
    handshake(ssl, ends)
    assert told == [("SSLSocket", "localhost", True)]


def test_server_may_change_its_context_for_a_name(ssl, native, certificates):
    """A context assigned in the callback for server names brings its certificate.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = server_context(ssl, certificates.plain)
    other = server_context(ssl, certificates.localhost)

    def change(end, name, context):
        end.context = other

    server.sni_callback = change
    ends = wrapped(ssl, native, certificates, server=server)
    handshake(ssl, ends)
    assert ends.client.getpeercert(True) == certificates.localhost.der
    assert native.is_same(ends.server.context, other) is True


def test_client_shows_its_certificate_later(ssl, native, certificates):
    """verify_client_post_handshake() asks for the client's certificate in TLS 1.3.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    client = client_context(ssl, certificates)
    client.post_handshake_auth = True
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = server_context(
        ssl, certificates.localhost, authority=certificates.authority.certificate
    )
    server.verify_mode = ssl.CERT_REQUIRED
    server.post_handshake_auth = True
    ends = wrapped(ssl, native, certificates, client=client, server=server)
    handshake(ssl, ends)
    assert ends.server.getpeercert(True) is None
    ends.server.verify_client_post_handshake()
    ends.server.send(b"who are you?")
    wait(*ends)
    assert ends.client.recv(20) == b"who are you?"
    ends.client.send(b"me")
    assert ends.server.recv(20) == b"me"
    assert ends.server.getpeercert(True) == certificates.client.der
