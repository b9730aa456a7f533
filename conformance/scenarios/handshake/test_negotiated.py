"""What both sides say about a connection once its handshake is done."""

import pytest

from conformance.peers.memory import client_context, connect, established, server_context


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_both_sides_name_the_same_cipher(ssl, certificates, native, version):
    """cipher() is the same name, protocol and strength on both sides.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    connected = established(ssl, certificates, native, version)
    cipher = connected.client.object.cipher()
    name, protocol, bits = cipher
    assert connected.server.object.cipher() == cipher
    assert protocol == version
    assert bits == 256


def test_cipher_names_the_protocol_that_introduced_it(ssl, certificates, native):
    """The second field of cipher() is of the cipher, not of the connection.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    server = server_context(ssl, certificates.localhost)
    server.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.2"
    assert connected.client.object.cipher() == ("ECDHE-ECDSA-AES128-SHA", "TLSv1.0", 128)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("identity", ["localhost", "localhost_rsa"])
def test_ecdsa_and_rsa_identities_both_serve(ssl, certificates, native, identity, version):
    """A server with an ECDSA or an RSA identity completes a handshake and shows it.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum=version, maximum=version)
    shown = getattr(certificates, identity)
    connected = connect(ssl, client, server_context(ssl, shown))
    connected.handshake()
    assert connected.client.object.getpeercert(True) == shown.der
    connected.client.object.cipher()


def test_server_with_two_identities_serves_the_kind_the_client_can_use(ssl, certificates, native):
    """A context holds one identity per kind of key and shows the one the cipher asks for.

    man:SSL_CTX_use_certificate(3)
    """
    server = server_context(ssl, certificates.localhost)
    server.load_cert_chain(certificates.localhost_rsa.chain, certificates.localhost_rsa.key)
    for kind, identity in (
        ("RSA", certificates.localhost_rsa),
        ("ECDSA", certificates.localhost),
    ):
        client = client_context(ssl, certificates)
        native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
        client.set_ciphers("ECDHE-" + kind + "-AES256-GCM-SHA384")
        connected = connect(ssl, client, server)
        connected.handshake()
        assert connected.client.object.getpeercert(True) == identity.der


def test_shared_ciphers_is_known_to_the_server_only(ssl, certificates, native):
    """shared_ciphers() lists the client's ciphers on the server and is None on the client.

    library/ssl.html#ssl.SSLSocket.shared_ciphers
    """
    connected = established(ssl, certificates, native, "TLSv1.3")
    shared = connected.server.object.shared_ciphers()
    assert connected.client.object.shared_ciphers() is None
    assert connected.server.object.cipher() in shared


def test_shared_ciphers_keeps_the_order_of_the_server(ssl, certificates, native):
    """shared_ciphers() lists exactly what both sides allow, in the server's order.

    library/ssl.html#ssl.SSLSocket.shared_ciphers
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    client.set_ciphers(
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384"
    )
    server = server_context(ssl, certificates.localhost)
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.server.object.shared_ciphers() == [
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2", 256),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2", 128),
    ]


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_nothing_is_compressed(ssl, certificates, native, version):
    """compression() is None on both sides.

    library/ssl.html#ssl.SSLSocket.compression
    """
    connected = established(ssl, certificates, native, version)
    assert connected.client.object.compression() is None
    assert connected.server.object.compression() is None


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_no_application_data_is_pending_after_the_handshake(ssl, certificates, native, version):
    """pending() is 0 on both sides: tickets and Finished are no application data.

    library/ssl.html#ssl.SSLSocket.pending
    """
    connected = established(ssl, certificates, native, version)
    for side in (connected.client, connected.server):
        assert side.object.pending() == 0
        with pytest.raises(ssl.SSLWantReadError):
            side.object.read(1)
        assert side.object.pending() == 0


def test_tls_12_binds_both_sides_to_one_channel(ssl, certificates, native):
    """The tls-unique channel binding of a TLS 1.2 connection is the same on both sides.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    connected = established(ssl, certificates, native, "TLSv1.2")
    binding = connected.client.object.get_channel_binding()
    assert connected.server.object.get_channel_binding("tls-unique") == binding
    assert len(binding) == 12


def test_unknown_channel_bindings_are_refused(ssl, certificates, native):
    """get_channel_binding() of a type that is not supported raises ValueError.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    connected = established(ssl, certificates, native)
    with pytest.raises(ValueError):
        connected.client.object.get_channel_binding("tls-server-end-point")


def test_preference_of_the_server_decides_the_cipher(ssl, certificates, native):
    """A default server context picks the cipher it prefers, not the one the client does.

    library/ssl.html#ssl.OP_CIPHER_SERVER_PREFERENCE
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    server = server_context(ssl, certificates.localhost)
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.client.object.cipher()[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
    assert connected.server.object.cipher()[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
