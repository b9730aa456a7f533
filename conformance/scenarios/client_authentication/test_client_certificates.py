"""Servers that request a client certificate, and what they get."""

import pytest

from conformance.peers import both_versions, deliver


def requesting(ssl, peers, certificates, version, mode, identity=None):
    """A pair whose server has the verify mode and whose client shows the identity, or none."""
    client = peers.client_context(version=version)
    if identity is not None:
        client.load_cert_chain(identity.chain, identity.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = getattr(ssl, mode)
    return peers.connect(client, server)


@both_versions
@pytest.mark.parametrize("mode", ["CERT_OPTIONAL", "CERT_REQUIRED"])
def test_certificate_is_shown_when_asked_for(ssl, peers, certificates, version, mode):
    """A server that requests it gets the client's certificate, in both forms.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    connected = requesting(ssl, peers, certificates, version, mode, certificates.client)
    connected.handshake()
    shown = connected.server.tls.getpeercert()
    assert shown["subjectAltName"] == (("email", "client@conformance.example"),)
    assert connected.server.tls.getpeercert(True) == certificates.client.der


@both_versions
def test_certificate_is_not_shown_unless_asked_for(ssl, peers, certificates, version):
    """A server with CERT_NONE sees no client certificate although the client has one.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    connected = requesting(ssl, peers, certificates, version, "CERT_NONE", certificates.client)
    connected.handshake()
    assert connected.server.tls.getpeercert() is None
    assert connected.server.tls.getpeercert(True) is None


@both_versions
def test_optional_certificate_may_be_missing(ssl, peers, certificates, version):
    """A server with CERT_OPTIONAL completes the handshake with a client that has no certificate.

    library/ssl.html#ssl.CERT_OPTIONAL
    """
    connected = requesting(ssl, peers, certificates, version, "CERT_OPTIONAL")
    connected.handshake()
    assert connected.server.tls.getpeercert() is None
    assert connected.client.tls.version() == version


def test_required_certificate_is_missing_in_tls_12(ssl, peers, certificates):
    """In TLS 1.2 a client without the required certificate fails inside its handshake.

    rfc5246#section-7.4.6
    """
    refused = requesting(ssl, peers, certificates, "TLSv1.2", "CERT_REQUIRED")
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert refused.client.done is False


def test_required_certificate_is_missing_in_tls_13(ssl, peers, certificates):
    """In TLS 1.3 a client without the required certificate fails in its first read.

    rfc8446#section-4.4.2.4
    """
    refused = requesting(ssl, peers, certificates, "TLSv1.3", "CERT_REQUIRED")
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert outcomes.client.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert refused.client.done is True


@pytest.mark.parametrize("mode", ["CERT_OPTIONAL", "CERT_REQUIRED"])
@pytest.mark.parametrize("version, client_is_done", [("TLSv1.2", False), ("TLSv1.3", True)])
def test_untrusted_certificate_is_refused(ssl, peers, certificates, version, client_is_done, mode):
    """An untrusted client certificate is refused, in TLS 1.3 after the client was done.

    library/ssl.html#ssl.CERT_OPTIONAL
    """
    refused = requesting(ssl, peers, certificates, version, mode, certificates.untrusted_client)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.verify_code == 20
    assert outcomes.client.reason == "TLSV1_ALERT_UNKNOWN_CA"
    assert refused.client.done is client_is_done


@both_versions
def test_server_certificate_is_no_client_certificate(ssl, peers, certificates, version):
    """A certificate whose extended key usage is for servers only is refused from a client.

    library/ssl.html#ssl.Purpose.CLIENT_AUTH
    """
    refused = requesting(
        ssl, peers, certificates, version, "CERT_REQUIRED", certificates.server_usage_only
    )
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.verify_code == 26
    assert outcomes.client.reason == "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"


@both_versions
def test_expired_client_certificate_is_refused(ssl, peers, certificates, version):
    """An expired client certificate raises SSLCertVerificationError on the server.

    library/ssl.html#ssl.SSLCertVerificationError
    """
    refused = requesting(ssl, peers, certificates, version, "CERT_REQUIRED", certificates.expired)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.verify_code == 10
    assert outcomes.server.verify_message == "certificate has expired"
    assert outcomes.client.reason == "SSLV3_ALERT_CERTIFICATE_EXPIRED"


def test_tls_13_client_may_write_before_it_is_refused(ssl, peers, certificates):
    """A TLS 1.3 client without the required certificate is done and can write; read() fails.

    rfc8446#section-4.4.2.4
    """
    refused = requesting(ssl, peers, certificates, "TLSv1.3", "CERT_REQUIRED")
    refused.client.step()
    deliver(refused.client, refused.server)
    refused.server.step()
    deliver(refused.server, refused.client)
    assert refused.client.tls.do_handshake() is None
    assert refused.client.tls.write(b"in vain") == 7
    deliver(refused.client, refused.server)
    with pytest.raises(ssl.SSLError) as caught:
        refused.server.tls.do_handshake()
    assert caught.value.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert refused.server.tls.version() is None
    deliver(refused.server, refused.client)
    with pytest.raises(ssl.SSLError) as caught:
        refused.client.tls.read(1)
    assert caught.value.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


@both_versions
def test_client_host_name_is_not_checked(ssl, peers, certificates, version):
    """A server does not check the names in a client certificate.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    connected = requesting(
        ssl, peers, certificates, version, "CERT_REQUIRED", certificates.wrong_host
    )
    connected.handshake()
    assert connected.server.tls.getpeercert(True) == certificates.wrong_host.der


def test_chain_of_a_client_is_verified_through_its_intermediate(ssl, peers, certificates):
    """A client certificate is accepted through the intermediate that was sent with it.

    library/ssl.html#certificate-chains
    """
    connected = requesting(
        ssl, peers, certificates, "TLSv1.3", "CERT_REQUIRED", certificates.through_intermediate
    )
    connected.handshake()
    assert connected.server.tls.getpeercert(True) == certificates.through_intermediate.der


def test_post_handshake_auth_is_off_by_default(ssl, peers, certificates):
    """Contexts do not offer post-handshake authentication by default; the server's request fails.

    library/ssl.html#ssl.SSLContext.post_handshake_auth
    """
    connected = requesting(ssl, peers, certificates, "TLSv1.3", "CERT_NONE", certificates.client)
    assert connected.client.tls.context.post_handshake_auth is False
    connected.handshake()
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.verify_client_post_handshake()
    assert caught.value.reason == "EXTENSION_NOT_RECEIVED"


def answer_later_request(ssl, connected):
    """Have the server request a certificate after the handshake, and the client answer."""
    assert connected.server.tls.verify_client_post_handshake() is None
    with pytest.raises(ssl.SSLWantReadError):
        connected.server.tls.read(1)
    deliver(connected.server, connected.client)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.read(1)
    deliver(connected.client, connected.server)


@pytest.mark.parametrize("mode", ["CERT_OPTIONAL", "CERT_REQUIRED"])
@pytest.mark.parametrize("verifies", [True, False], ids=["verifies", "trusts anybody"])
def test_post_handshake_auth_asks_later(ssl, peers, certificates, verifies, mode):
    """A server requests the certificate after the handshake and has it after the next reads.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    identity = certificates.localhost_rsa
    client = peers.client_context()
    if not verifies:
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
    client.post_handshake_auth = True
    client.load_cert_chain(identity.chain, identity.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.post_handshake_auth = True
    server.verify_mode = getattr(ssl, mode)
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.getpeercert(True) is None
    answer_later_request(ssl, connected)
    with pytest.raises(ssl.SSLWantReadError):
        connected.server.tls.read(1)
    assert connected.server.tls.getpeercert(True) == identity.der


def test_post_handshake_auth_may_require_a_certificate(ssl, peers, certificates):
    """A client that answers a late request without a certificate fails where one is required.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    client = peers.client_context()
    client.post_handshake_auth = True
    server = peers.server_context(authority=certificates.authority.certificate)
    server.post_handshake_auth = True
    server.verify_mode = ssl.CERT_REQUIRED
    connected = peers.connect(client, server)
    connected.handshake()
    answer_later_request(ssl, connected)
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.read(1)
    assert caught.value.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


def test_post_handshake_auth_is_not_for_clients(ssl, peers, certificates):
    """verify_client_post_handshake() on a client raises SSLError.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    connected = requesting(ssl, peers, certificates, "TLSv1.3", "CERT_NONE")
    connected.handshake()
    with pytest.raises(ssl.SSLError) as caught:
        connected.client.tls.verify_client_post_handshake()
    assert caught.value.reason == "NOT_SERVER"


def test_post_handshake_auth_does_not_exist_in_tls_12(ssl, peers, certificates):
    """verify_client_post_handshake() on a TLS 1.2 connection raises SSLError.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    connected = requesting(ssl, peers, certificates, "TLSv1.2", "CERT_NONE")
    connected.handshake()
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.verify_client_post_handshake()
    assert caught.value.reason == "WRONG_SSL_VERSION"


@both_versions
def test_client_that_offers_authentication_and_verifies_nothing(peers, version):
    """A client with post_handshake_auth and CERT_NONE accepts any certificate of a server.

    Before Python 3.8 and 3.7.5 it was verified all the same (bpo-37428).

    library/ssl.html#ssl.SSLContext.post_handshake_auth
    """
    client = peers.client_context(version=version)
    client.check_hostname = False
    client.verify_mode = 0
    client.post_handshake_auth = True
    connected = peers.connect(client, peers.server_context("untrusted"))
    connected.handshake()
    assert connected.client.tls.version() == version
