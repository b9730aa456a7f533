"""Client certificates between two implementations, in the handshake and after it."""

import pytest

from conformance.peers.memory import client_context, meet, server_context

versions = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


def demanding(client_ssl, server_ssl, client_native, certificates, version, identity):
    """A pair whose server requires a certificate and whose client shows the identity, or none."""
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=version, maximum=version)
    if identity is not None:
        client.load_cert_chain(identity.chain, identity.key)
    server = server_context(
        server_ssl, certificates.localhost, authority=certificates.authority.certificate
    )
    server.verify_mode = server_ssl.CERT_REQUIRED
    return meet(client_ssl, client, server_ssl, server)


@versions
def test_certificate_is_shown(client_ssl, server_ssl, client_native, certificates, version):
    """A server that requires a certificate gets the client's.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    shown = certificates.client
    connected = demanding(client_ssl, server_ssl, client_native, certificates, version, shown)
    connected.handshake()
    assert connected.server.object.getpeercert(True) == certificates.client.der
    assert connected.server.object.getpeercert()["subjectAltName"] == (
        ("email", "client@conformance.example"),
    )


@versions
def test_certificate_is_missing(client_ssl, server_ssl, client_native, certificates, version):
    """A server refuses a client without the required certificate, which learns it by an alert.

    rfc8446#section-4.4.2.4
    """
    refused = demanding(client_ssl, server_ssl, client_native, certificates, version, None)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert outcomes.client is not None
    assert refused.client.done is (version == "TLSv1.3")


def test_certificate_is_not_trusted(client_ssl, server_ssl, client_native, certificates):
    """A server refuses a certificate of an authority it does not trust; the alert says so.

    rfc8446#section-6.2
    """
    shown = certificates.untrusted_client
    refused = demanding(client_ssl, server_ssl, client_native, certificates, "TLSv1.3", shown)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.client.reason == "TLSV1_ALERT_UNKNOWN_CA"


def test_certificate_is_asked_for_after_the_handshake(client_ssl, server_ssl, certificates):
    """A TLS 1.3 server gets the client's certificate after the handshake, when it asks then.

    The certificate is RSA's, whose signatures have one length.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    client = client_context(client_ssl, certificates)
    shown = certificates.localhost_rsa
    client.load_cert_chain(shown.chain, shown.key)
    client.post_handshake_auth = True
    server = server_context(
        server_ssl, certificates.localhost, authority=certificates.authority.certificate
    )
    server.post_handshake_auth = True
    server.verify_mode = server_ssl.CERT_REQUIRED
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    assert connected.server.object.getpeercert(True) is None
    connected.server.object.verify_client_post_handshake()
    connected.server.object.write(b"who are you?")
    connected.transfer()
    assert connected.client.object.read(20) == b"who are you?"
    connected.client.object.write(b"see for yourself")
    connected.transfer()
    assert connected.server.object.read(20) == b"see for yourself"
    assert connected.server.object.getpeercert(True) == shown.der
