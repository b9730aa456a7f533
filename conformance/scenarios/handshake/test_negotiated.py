"""What both sides report about a connection once its handshake is done."""

import pytest

from conformance.peers import both_versions


@both_versions
def test_both_sides_name_the_same_cipher(peers, version):
    """cipher() is the same name, protocol and strength on both sides.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    connected = peers.established(version)
    cipher = connected.client.tls.cipher()
    name, protocol, bits = cipher
    assert connected.server.tls.cipher() == cipher
    assert protocol == version
    assert bits == 256


def test_cipher_names_the_protocol_that_introduced_it(peers):
    """The second field of cipher() is of the cipher, not of the connection.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    server = peers.server_context()
    server.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"
    assert connected.client.tls.cipher() == ("ECDHE-ECDSA-AES128-SHA", "TLSv1.0", 128)


@both_versions
@pytest.mark.parametrize("identity", ["localhost", "localhost_rsa"])
def test_ecdsa_and_rsa_identities_both_serve(peers, certificates, identity, version):
    """A server with an ECDSA or an RSA identity completes a handshake and shows it.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    client = peers.client_context(version=version)
    shown = getattr(certificates, identity)
    connected = peers.connect(client, peers.server_context(shown))
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == shown.der
    connected.client.tls.cipher()


def test_server_with_two_identities_serves_the_kind_the_client_can_use(peers, native, certificates):
    """A context holds one identity per kind of key and shows the one that the cipher needs.

    man:SSL_CTX_use_certificate(3)
    """
    server = peers.server_context()
    server.load_cert_chain(certificates.localhost_rsa.chain, certificates.localhost_rsa.key)
    for kind, identity in (
        ("RSA", certificates.localhost_rsa),
        ("ECDSA", certificates.localhost),
    ):
        client = peers.client_context()
        native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
        client.set_ciphers("ECDHE-" + kind + "-AES256-GCM-SHA384")
        connected = peers.connect(client, server)
        connected.handshake()
        assert connected.client.tls.getpeercert(True) == identity.der


def test_shared_ciphers_is_known_to_the_server_only(peers):
    """shared_ciphers() lists the client's ciphers on the server and is None on the client.

    library/ssl.html#ssl.SSLSocket.shared_ciphers
    """
    connected = peers.established("TLSv1.3")
    shared = connected.server.tls.shared_ciphers()
    assert connected.client.tls.shared_ciphers() is None
    assert connected.server.tls.cipher() in shared


def test_shared_ciphers_keeps_the_order_of_the_server(peers):
    """shared_ciphers() lists exactly what both sides allow, in the server's order.

    library/ssl.html#ssl.SSLSocket.shared_ciphers
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers(
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384"
    )
    server = peers.server_context()
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.shared_ciphers() == [
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2", 256),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2", 128),
    ]


@both_versions
def test_nothing_is_compressed(peers, version):
    """compression() is None on both sides.

    library/ssl.html#ssl.SSLSocket.compression
    """
    connected = peers.established(version)
    assert connected.client.tls.compression() is None
    assert connected.server.tls.compression() is None


@both_versions
def test_no_application_data_is_pending_after_the_handshake(ssl, peers, version):
    """pending() is 0 on both sides: tickets and Finished are not application data.

    library/ssl.html#ssl.SSLSocket.pending
    """
    connected = peers.established(version)
    for side in (connected.client, connected.server):
        assert side.tls.pending() == 0
        with pytest.raises(ssl.SSLWantReadError):
            side.tls.read(1)
        assert side.tls.pending() == 0


def test_tls_12_binds_both_sides_to_one_channel(peers):
    """The tls-unique channel binding of a TLS 1.2 connection is the same on both sides.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    connected = peers.established("TLSv1.2")
    binding = connected.client.tls.get_channel_binding()
    assert connected.server.tls.get_channel_binding("tls-unique") == binding
    assert len(binding) == 12


def test_unknown_channel_bindings_are_refused(peers):
    """get_channel_binding() of a type that is not supported raises ValueError.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    connected = peers.established()
    with pytest.raises(ValueError):
        connected.client.tls.get_channel_binding("tls-server-end-point")


def test_preference_of_the_server_decides_the_cipher(peers):
    """A default server context picks the cipher it prefers, not the one the client does.

    library/ssl.html#ssl.OP_CIPHER_SERVER_PREFERENCE
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    server = peers.server_context()
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.cipher()[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
    assert connected.server.tls.cipher()[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
