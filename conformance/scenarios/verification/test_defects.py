"""Certificates that a verifying client refuses, and the errors it raises."""

import pytest

from conformance.peers import both_versions

DEFECTS = {
    "expired": (10, "certificate has expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    "not_yet_valid": (9, "certificate is not yet valid", "SSLV3_ALERT_BAD_CERTIFICATE"),
    "untrusted": (20, "unable to get local issuer certificate", "TLSV1_ALERT_UNKNOWN_CA"),
    "incomplete_chain": (20, "unable to get local issuer certificate", "TLSV1_ALERT_UNKNOWN_CA"),
    "self_signed": (18, "self-signed certificate", "TLSV1_ALERT_UNKNOWN_CA"),
    "client_usage_only": (
        26,
        "unsuitable certificate purpose",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    ),
}

by_defect = pytest.mark.parametrize("defect", list(DEFECTS))


@by_defect
def test_defect_is_named_by_code_and_message(ssl, peers, about, defect):
    """A refused certificate raises SSLCertVerificationError with OpenSSL's code and message.

    For one that is not yet valid the message has more words since OpenSSL 3.6 at the latest
    (X509_V_ERR_CERT_NOT_YET_VALID).

    library/ssl.html#ssl.SSLCertVerificationError.verify_code
    """
    server = peers.server_context(defect)
    refused = peers.connect(peers.client_context(), server)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        refused.handshake()
    code, message, _ = DEFECTS[defect]
    if defect == "not_yet_valid" and about.openssl >= (3, 6):
        message += " or the system clock is incorrect"
    assert caught.value.verify_code == code
    assert caught.value.verify_message == message
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"


@by_defect
@both_versions
def test_server_learns_of_the_defect_by_an_alert(peers, version, defect):
    """The server of a refused certificate raises SSLError for the alert of the defect.

    rfc8446#section-6.2
    """
    client = peers.client_context(version=version)
    refused = peers.connect(client, peers.server_context(defect))
    outcomes = refused.handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.server.reason == DEFECTS[defect][2]


def test_wrong_host_is_named_in_the_message(peers):
    """A certificate for another host is refused with code 62 and the name that was expected.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    server = peers.server_context("wrong_host")
    outcomes = peers.connect(peers.client_context(), server).handshake_outcomes()
    assert outcomes.client.verify_code == 62
    assert outcomes.client.verify_message == (
        "Hostname mismatch, certificate is not valid for 'localhost'."
    )
    assert outcomes.server.reason == "SSLV3_ALERT_BAD_CERTIFICATE"


def test_failure_is_caught_as_certificate_error(ssl, peers, native):
    """SSLCertVerificationError is caught as CertificateError, which is the same class.

    library/ssl.html#ssl.CertificateError
    """
    assert native.is_same(ssl.CertificateError, ssl.SSLCertVerificationError)
    server = peers.server_context("expired")
    with pytest.raises(ssl.CertificateError):
        peers.connect(peers.client_context(), server).handshake()


@pytest.mark.parametrize("defect", ["expired", "wrong_host"])
def test_failure_is_caught_as_value_error(ssl, peers, defect):
    """A verification failure is an SSLError and a ValueError too.

    library/ssl.html#ssl.SSLCertVerificationError
    """
    for caught_as in (ssl.SSLError, ValueError, OSError):
        server = peers.server_context(defect)
        refused = peers.connect(peers.client_context(), server)
        with pytest.raises(caught_as):
            refused.handshake()


def test_refused_connection_shows_no_certificate(peers):
    """After a failed verification getpeercert() raises ValueError and version() is None.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    server = peers.server_context("expired")
    refused = peers.connect(peers.client_context(), server)
    refused.handshake_outcomes()
    with pytest.raises(ValueError):
        refused.client.tls.getpeercert()
    assert refused.client.tls.version() is None


def test_refused_connection_is_over(ssl, peers):
    """do_handshake() after a failed verification raises SSLEOFError: nothing more will come.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    server = peers.server_context("expired")
    refused = peers.connect(peers.client_context(), server)
    assert refused.handshake_outcomes().client.reason == "CERTIFICATE_VERIFY_FAILED"
    with pytest.raises(ssl.SSLEOFError) as caught:
        refused.client.tls.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert refused.client.incoming.eof is False


def test_intermediate_in_the_chain_is_used(peers, certificates):
    """A certificate whose intermediate is sent along with it is accepted.

    library/ssl.html#certificate-chains
    """
    server = peers.server_context("through_intermediate")
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.through_intermediate.der


def test_known_intermediate_completes_a_chain(peers, certificates):
    """An intermediate that the client has loaded completes a chain that came without it.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.intermediate.certificate)
    connected = peers.connect(client, peers.server_context("incomplete_chain"))
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.incomplete_chain.der


def test_trusted_self_signed_certificate_is_accepted(peers, certificates):
    """A self-signed certificate that the client has loaded as trusted is accepted.

    library/ssl.html#self-signed-certificates
    """
    client = peers.client_context(authority=certificates.self_signed.certificate)
    connected = peers.connect(client, peers.server_context("self_signed"))
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_untrusted_certificate_is_accepted_once_its_authority_is_known(peers, certificates):
    """A certificate is accepted once its authority was loaded into the context.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = peers.client_context()
    server = peers.server_context("untrusted")
    refused = peers.connect(client, server)
    assert refused.handshake_outcomes().client.reason == "CERTIFICATE_VERIFY_FAILED"
    client.load_verify_locations(certificates.other_authority.certificate)
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_defects_do_not_matter_to_the_server_that_shows_them(ssl, certificates):
    """load_cert_chain() accepts an expired certificate: only its verification fails.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    for identity in (certificates.expired, certificates.self_signed, certificates.untrusted):
        assert context.load_cert_chain(identity.chain, identity.key) is None


def test_good_certificate_verifies(ssl, peers):
    """A certificate without defects is accepted by a client that requires one.

    library/ssl.html#ssl.CERT_REQUIRED
    """
    context = peers.client_context()
    assert context.verify_mode == ssl.CERT_REQUIRED
    connected = peers.connect(context, peers.server_context())
    connected.handshake()
    assert connected.client.tls.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)
