"""What an SSLSocket reports about its connection."""

import pytest

from conformance.peers import both_versions, lacks
from conformance.peers.sockets import wait


@both_versions
def test_version_is_told(peers, version):
    """version() is None before the handshake and the name of the protocol after it.

    library/ssl.html#ssl.SSLSocket.version
    """
    ends = peers.sockets.established(version)
    assert ends.client.version() == version
    assert ends.server.version() == version
    assert peers.sockets.wrapped().client.version() is None


@both_versions
def test_cipher_is_told(peers, version):
    """cipher() is the same triple on both sides.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    ends = peers.sockets.established(version)
    assert ends.client.cipher() == ends.server.cipher()
    assert peers.sockets.wrapped().client.cipher() is None


def test_shared_ciphers_are_the_server_s_to_tell(peers):
    """shared_ciphers() is a list on the server and None on the client.

    library/ssl.html#ssl.SSLSocket.shared_ciphers
    """
    ends = peers.sockets.established()
    assert ends.client.shared_ciphers() is None
    assert ends.server.cipher()[0] in [cipher[0] for cipher in ends.server.shared_ciphers()]


@both_versions
def test_key_agreement_is_told(peers, about, version):
    """group() and server_sigalg() are the same on both sides, and None after close().

    library/ssl.html#ssl.SSLSocket.group
    """
    ends = peers.sockets.established(version)
    if lacks(about, ends.client, "client_sigalg"):
        return
    assert ends.client.group() == ends.server.group()
    assert ends.client.group() is not None
    for end in ends:
        assert end.server_sigalg() == "ecdsa_secp256r1_sha256"
        assert end.client_sigalg() is None
    ends.client.close()
    for name in ("group", "client_sigalg", "server_sigalg"):
        assert getattr(ends.client, name)() is None


def test_nothing_is_compressed(peers):
    """compression() is None.

    library/ssl.html#ssl.SSLSocket.compression
    """
    ends = peers.sockets.established()
    assert ends.client.compression() is None


def test_certificate_of_the_server(peers, certificates):
    """getpeercert() is the server's certificate as a dictionary, or in DER form.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = peers.sockets.established()
    assert ends.client.getpeercert(binary_form=True) == certificates.localhost.der
    assert dict(ends.client.getpeercert())["version"] == 3
    assert ends.client.getpeercert(False) == ends.client.getpeercert()


def test_certificate_of_a_client_without(peers):
    """getpeercert() is None on a server whose client showed no certificate.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = peers.sockets.established()
    assert ends.server.getpeercert() is None
    assert ends.server.getpeercert(True) is None


def test_certificate_before_the_handshake(peers):
    """getpeercert() before the handshake is a ValueError.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = peers.sockets.wrapped()
    with pytest.raises(ValueError, match="handshake not done yet"):
        ends.client.getpeercert()


@both_versions
def test_chains_are_told(peers, certificates, version):
    """get_verified_chain() and get_unverified_chain() are lists of DER, the peer's own first.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    ends = peers.sockets.established(version)
    assert ends.client.get_verified_chain()[0] == certificates.localhost.der
    assert ends.client.get_unverified_chain()[0] == certificates.localhost.der


def test_chains_before_the_handshake(peers):
    """The chains are empty lists before the handshake.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    ends = peers.sockets.wrapped()
    assert ends.client.get_verified_chain() == []
    assert ends.client.get_unverified_chain() == []


def test_chain_of_a_client_that_showed_nothing(ssl, peers, certificates):
    """get_unverified_chain() of a server whose client sent no certificate is an AttributeError.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_OPTIONAL
    ends = peers.sockets.wrapped(server=server)
    peers.sockets.handshake(ends)
    assert ends.server.get_verified_chain() == []
    with pytest.raises(AttributeError):
        ends.server.get_unverified_chain()


@pytest.mark.parametrize("kind", ["tls-unique"])
def test_channel_binding_is_the_same_on_both_sides(peers, kind):
    """get_channel_binding() gives both sides the same bytes in TLS 1.2.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    ends = peers.sockets.established("TLSv1.2")
    assert ends.client.get_channel_binding(kind) == ends.server.get_channel_binding(kind)
    assert ends.client.get_channel_binding() == ends.server.get_channel_binding(cb_type=kind)


@pytest.mark.parametrize("kind", ["unknown", "", "einmälig"])
def test_unknown_channel_binding_is_refused(peers, native, kind):
    """Another kind of channel binding is a ValueError, also without TLS.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    ends = peers.sockets.established()
    with pytest.raises(ValueError, match="not implemented"):
        ends.client.get_channel_binding(kind)
    context = peers.client_context()
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    with pytest.raises(ValueError, match="not implemented"):
        end.get_channel_binding(kind)


def test_unknown_channel_binding_without_tls(peers, native):
    """An unknown kind of channel binding is a ValueError of a socket that is not connected, too.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    context = peers.client_context()
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    with pytest.raises(ValueError):
        end.get_channel_binding("unknown")


def test_protocol_is_selected(peers):
    """selected_alpn_protocol() is what both sides agreed on.

    library/ssl.html#ssl.SSLSocket.selected_alpn_protocol
    """
    client = peers.client_context()
    server = peers.server_context()
    client.set_alpn_protocols(["one", "two"])
    server.set_alpn_protocols(["two"])
    ends = peers.sockets.wrapped(client=client, server=server)
    assert ends.client.selected_alpn_protocol() is None
    peers.sockets.handshake(ends)
    assert ends.client.selected_alpn_protocol() == "two"
    assert ends.server.selected_alpn_protocol() == "two"


def test_old_protocol_selection_warns(peers):
    """selected_npn_protocol() is None, with a deprecation warning.

    library/ssl.html#ssl.SSLSocket.selected_npn_protocol
    """
    ends = peers.sockets.established()
    assert ends.client.selected_npn_protocol() is None


@both_versions
def test_session_is_resumed(peers, native, version):
    """A session of one SSLSocket, given to wrap_socket() for the next, is reused.

    library/ssl.html#ssl.SSLSocket.session
    """
    client, server = peers.contexts(version)
    first = peers.sockets.wrapped(client=client, server=server)
    peers.sockets.handshake(first)
    wait(*first)
    first.server.send(b"x")
    first.client.recv(1)
    assert first.client.session_reused is False
    session = first.client.session
    assert native.type_name(session) == "SSLSession"
    arguments = {"session": session}
    second = peers.sockets.wrapped(client=client, server=server, client_arguments=arguments)
    peers.sockets.handshake(second)
    assert second.client.session_reused is True
    assert second.server.session_reused is True


def test_session_may_be_assigned(peers, native):
    """A session can be assigned before the handshake, and not after it.

    library/ssl.html#ssl.SSLSocket.session
    """
    client = peers.client_context()
    server = peers.server_context()
    native.limit_versions(client, maximum="TLSv1.2")
    first = peers.sockets.wrapped(client=client, server=server)
    peers.sockets.handshake(first)
    session = first.client.session
    second = peers.sockets.wrapped(client=client, server=server)
    second.client.session = session
    peers.sockets.handshake(second)
    assert second.client.session_reused is True
    with pytest.raises(ValueError):
        second.client.session = session


def test_session_is_that_of_a_connection(peers, native):
    """Before connect() and after close() there is none, whatever wrap_socket() was given.

    library/ssl.html#ssl.SSLSocket.session
    """
    client, server = peers.contexts("TLSv1.2")
    first = peers.sockets.wrapped(client=client, server=server)
    peers.sockets.handshake(first)
    session = first.client.session
    arguments = {"session": session}
    second = peers.sockets.wrapped(client=client, server=server, client_arguments=arguments)
    second.client.close()
    assert second.client.session is None
    plain = native.unconnected_socket()
    waiting = client.wrap_socket(plain, server_hostname="localhost", session=session)
    assert waiting.session is None
    assert waiting.session_reused is None


def test_server_takes_no_session(peers, native):
    """A session for a server's socket is a ValueError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    ends = peers.sockets.established("TLSv1.2")
    one, _ = native.socketpair()
    server = peers.server_context()
    with pytest.raises(ValueError, match="client mode"):
        server.wrap_socket(one, server_side=True, session=ends.client.session)


@pytest.mark.parametrize("session", [1, "session"], ids=["int", "str"])
def test_session_must_be_one(peers, session):
    """A session that is not an SSLSession is a TypeError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    with pytest.raises(TypeError):
        peers.sockets.wrapped(client_arguments={"session": session})


def test_server_learns_the_name_that_was_asked_for(peers, native):
    """The callback for server names gets the SSLSocket, the name and the context.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = peers.server_context()
    told = []

    def note(end, name, context):
        told.append((native.type_name(end), name, native.is_same(context, server)))

    server.sni_callback = note
    ends = peers.sockets.wrapped(server=server)
    peers.sockets.handshake(ends)
    assert told == [("SSLSocket", "localhost", True)]


def test_server_may_change_its_context_for_a_name(peers, native, certificates):
    """A context assigned in the callback for server names shows its own certificate.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = peers.server_context("plain")
    other = peers.server_context()

    def change(end, name, context):
        end.context = other

    server.sni_callback = change
    ends = peers.sockets.wrapped(server=server)
    peers.sockets.handshake(ends)
    assert ends.client.getpeercert(True) == certificates.localhost.der
    assert native.is_same(ends.server.context, other) is True


def test_client_shows_its_certificate_later(ssl, peers, certificates):
    """verify_client_post_handshake() requests the client's certificate in TLS 1.3.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    client = peers.client_context()
    client.post_handshake_auth = True
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    server.post_handshake_auth = True
    ends = peers.sockets.wrapped(client=client, server=server)
    peers.sockets.handshake(ends)
    assert ends.server.getpeercert(True) is None
    ends.server.verify_client_post_handshake()
    ends.server.send(b"who are you?")
    wait(*ends)
    assert ends.client.recv(20) == b"who are you?"
    ends.client.send(b"me")
    assert ends.server.recv(20) == b"me"
    assert ends.server.getpeercert(True) == certificates.client.der
