"""Certificates that a verifying client refuses, and how it says why."""

import pytest

from conformance.peers.memory import client_context, connect, server_context

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
def test_defect_is_named_by_code_and_message(ssl, certificates, defect):
    """A refused certificate raises SSLCertVerificationError with OpenSSL's code and message.

    library/ssl.html#ssl.SSLCertVerificationError.verify_code
    """
    server = server_context(ssl, getattr(certificates, defect))
    refused = connect(ssl, client_context(ssl, certificates), server)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        refused.handshake()
    code, message, _ = DEFECTS[defect]
    assert caught.value.verify_code == code
    assert caught.value.verify_message == message
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"


@by_defect
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_server_learns_of_the_defect_by_an_alert(ssl, certificates, native, version, defect):
    """The server of a refused certificate raises SSLError for the alert that fits the defect.

    rfc8446#section-6.2
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum=version, maximum=version)
    refused = connect(ssl, client, server_context(ssl, getattr(certificates, defect)))
    outcomes = refused.handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.server.reason == DEFECTS[defect][2]


def test_wrong_host_is_named_in_the_message(ssl, certificates):
    """A certificate for another host is refused with code 62 and the name that was expected.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    server = server_context(ssl, certificates.wrong_host)
    outcomes = connect(ssl, client_context(ssl, certificates), server).handshake_outcomes()
    assert outcomes.client.verify_code == 62
    assert outcomes.client.verify_message == (
        "Hostname mismatch, certificate is not valid for 'localhost'."
    )
    assert outcomes.server.reason == "SSLV3_ALERT_BAD_CERTIFICATE"


def test_failure_is_caught_as_certificate_error(ssl, certificates, native):
    """SSLCertVerificationError is caught as CertificateError, which is the same class.

    library/ssl.html#ssl.CertificateError
    """
    assert native.is_same(ssl.CertificateError, ssl.SSLCertVerificationError)
    server = server_context(ssl, certificates.expired)
    with pytest.raises(ssl.CertificateError):
        connect(ssl, client_context(ssl, certificates), server).handshake()


@pytest.mark.parametrize("defect", ["expired", "wrong_host"])
def test_failure_is_caught_as_value_error(ssl, certificates, defect):
    """A verification failure is an SSLError and a ValueError too.

    library/ssl.html#ssl.SSLCertVerificationError
    """
    for caught_as in (ssl.SSLError, ValueError, OSError):
        server = server_context(ssl, getattr(certificates, defect))
        refused = connect(ssl, client_context(ssl, certificates), server)
        with pytest.raises(caught_as):
            refused.handshake()


def test_refused_connection_shows_no_certificate(ssl, certificates):
    """After a failed verification getpeercert() raises ValueError and version() is None.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    server = server_context(ssl, certificates.expired)
    refused = connect(ssl, client_context(ssl, certificates), server)
    refused.handshake_outcomes()
    with pytest.raises(ValueError):
        refused.client.object.getpeercert()
    assert refused.client.object.version() is None


def test_refused_connection_is_over(ssl, certificates):
    """do_handshake() after a failed verification raises SSLEOFError: nothing more will come.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    server = server_context(ssl, certificates.expired)
    refused = connect(ssl, client_context(ssl, certificates), server)
    assert refused.handshake_outcomes().client.reason == "CERTIFICATE_VERIFY_FAILED"
    with pytest.raises(ssl.SSLEOFError) as caught:
        refused.client.object.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert refused.client.incoming.eof is False


def test_intermediate_in_the_chain_is_used(ssl, certificates):
    """A certificate whose intermediate is sent along with it is accepted.

    library/ssl.html#certificate-chains
    """
    server = server_context(ssl, certificates.through_intermediate)
    connected = connect(ssl, client_context(ssl, certificates), server)
    connected.handshake()
    assert connected.client.object.getpeercert(True) == certificates.through_intermediate.der


def test_known_intermediate_completes_a_chain(ssl, certificates):
    """An intermediate that the client was given completes a chain that came without it.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = client_context(ssl, certificates)
    client.load_verify_locations(certificates.intermediate.certificate)
    connected = connect(ssl, client, server_context(ssl, certificates.incomplete_chain))
    connected.handshake()
    assert connected.client.object.getpeercert(True) == certificates.incomplete_chain.der


def test_trusted_self_signed_certificate_is_accepted(ssl, certificates):
    """A self-signed certificate that the client was given as trusted is accepted.

    library/ssl.html#self-signed-certificates
    """
    client = client_context(ssl, certificates, authority=certificates.self_signed.certificate)
    connected = connect(ssl, client, server_context(ssl, certificates.self_signed))
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.3"


def test_untrusted_certificate_is_accepted_once_its_authority_is_known(ssl, certificates):
    """The verdict on a certificate changes with the authorities of the context.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.untrusted)
    refused = connect(ssl, client, server)
    assert refused.handshake_outcomes().client.reason == "CERTIFICATE_VERIFY_FAILED"
    client.load_verify_locations(certificates.other_authority.certificate)
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.3"


def test_defects_do_not_matter_to_the_server_that_shows_them(ssl, certificates):
    """load_cert_chain() accepts an expired certificate: only who verifies it objects.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    for identity in (certificates.expired, certificates.self_signed, certificates.untrusted):
        assert context.load_cert_chain(identity.chain, identity.key) is None


def test_good_certificate_verifies(ssl, certificates):
    """A certificate without defects is accepted by a client that requires one.

    library/ssl.html#ssl.CERT_REQUIRED
    """
    context = client_context(ssl, certificates)
    assert context.verify_mode == ssl.CERT_REQUIRED
    connected = connect(ssl, context, server_context(ssl, certificates.localhost))
    connected.handshake()
    assert connected.client.object.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)
