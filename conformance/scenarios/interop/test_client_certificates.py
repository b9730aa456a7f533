"""Client certificates between two implementations, in the handshake and after it."""

from conformance.peers import both_versions


def demanding(server_ssl, peers, certificates, version, identity):
    """A pair whose server requires a certificate and whose client shows the identity, or none."""
    client = peers.client_context(version=version)
    if identity is not None:
        client.load_cert_chain(identity.chain, identity.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = server_ssl.CERT_REQUIRED
    return peers.connect(client, server)


@both_versions
def test_certificate_is_shown(server_ssl, peers, certificates, version):
    """A server that requires a certificate gets the client's.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    shown = certificates.client
    connected = demanding(server_ssl, peers, certificates, version, shown)
    connected.handshake()
    assert connected.server.tls.getpeercert(True) == certificates.client.der
    assert connected.server.tls.getpeercert()["subjectAltName"] == (
        ("email", "client@conformance.example"),
    )


@both_versions
def test_certificate_is_missing(server_ssl, peers, certificates, version):
    """A server refuses a client without the required certificate, which gets an alert.

    rfc8446#section-4.4.2.4
    """
    refused = demanding(server_ssl, peers, certificates, version, None)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert outcomes.client is not None
    assert refused.client.done is (version == "TLSv1.3")


def test_certificate_is_not_trusted(server_ssl, peers, certificates):
    """A server refuses a certificate of an authority it does not trust; the alert says so.

    rfc8446#section-6.2
    """
    shown = certificates.untrusted_client
    refused = demanding(server_ssl, peers, certificates, "TLSv1.3", shown)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.client.reason == "TLSV1_ALERT_UNKNOWN_CA"


def test_certificate_is_asked_for_after_the_handshake(server_ssl, peers, certificates):
    """A TLS 1.3 server that requests it gets the client's certificate after the handshake.

    The certificate is RSA's, whose signatures have one length.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    client = peers.client_context()
    shown = certificates.localhost_rsa
    client.load_cert_chain(shown.chain, shown.key)
    client.post_handshake_auth = True
    server = peers.server_context(authority=certificates.authority.certificate)
    server.post_handshake_auth = True
    server.verify_mode = server_ssl.CERT_REQUIRED
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.getpeercert(True) is None
    connected.server.tls.verify_client_post_handshake()
    connected.server.tls.write(b"who are you?")
    connected.transfer()
    assert connected.client.tls.read(20) == b"who are you?"
    connected.client.tls.write(b"see for yourself")
    connected.transfer()
    assert connected.server.tls.read(20) == b"see for yourself"
    assert connected.server.tls.getpeercert(True) == shown.der
