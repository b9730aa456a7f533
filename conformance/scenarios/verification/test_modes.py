"""How verify_mode and verify_flags affect verification."""

import pytest


def unverifying(ssl, peers):
    """A client context that verifies nothing."""
    context = peers.client_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("defect", ["expired", "untrusted", "self_signed", "wrong_host"])
def test_cert_none_accepts_every_defect(ssl, peers, certificates, defect):
    """A client with CERT_NONE completes the handshake and can still show the certificate's DER.

    library/ssl.html#ssl.CERT_NONE
    """
    shown = getattr(certificates, defect)
    connected = peers.connect(unverifying(ssl, peers), peers.server_context(shown))
    connected.handshake()
    assert connected.client.tls.getpeercert() == {}
    assert connected.client.tls.getpeercert(True) == shown.der


@pytest.mark.parametrize("mode", ["CERT_OPTIONAL", "CERT_REQUIRED"])
def test_optional_is_required_for_a_client(ssl, peers, mode):
    """A client with CERT_OPTIONAL refuses a bad certificate just as one with CERT_REQUIRED.

    library/ssl.html#ssl.CERT_OPTIONAL
    """
    client = peers.client_context()
    client.verify_mode = getattr(ssl, mode)
    outcomes = peers.connect(client, peers.server_context("untrusted")).handshake_outcomes()
    assert outcomes.client.verify_code == 20


@pytest.mark.parametrize("mode", ["CERT_OPTIONAL", "CERT_REQUIRED"])
def test_optional_checks_the_name(ssl, peers, mode):
    """A client with CERT_OPTIONAL checks the server's name just as one with CERT_REQUIRED.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context()
    client.verify_mode = getattr(ssl, mode)
    outcomes = peers.connect(client, peers.server_context("other_host")).handshake_outcomes()
    assert outcomes.client.verify_code == 62


def test_mode_is_taken_when_the_object_is_made(ssl, peers):
    """Changing verify_mode after wrap_bio() does not change what that object verifies.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client = peers.client_context()
    before = peers.connect(client, peers.server_context("untrusted"))
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    assert before.handshake_outcomes().client.reason == "CERTIFICATE_VERIFY_FAILED"
    after = peers.connect(client, peers.server_context("untrusted"))
    after.handshake()
    assert after.client.tls.version() == "TLSv1.3"


def test_strict_is_default_and_demands_key_identifiers(peers):
    """A default context is strict: a certificate without key identifiers is refused.

    library/ssl.html#ssl.VERIFY_X509_STRICT
    """
    client = peers.client_context()
    server = peers.server_context("no_key_identifiers")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 85
    assert outcomes.client.verify_message == "Missing Authority Key Identifier"


def test_without_strict_key_identifiers_are_not_needed(ssl, peers):
    """A certificate without key identifiers is accepted once VERIFY_X509_STRICT is cleared.

    library/ssl.html#ssl.VERIFY_X509_STRICT
    """
    client = peers.client_context()
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    connected = peers.connect(client, peers.server_context("no_key_identifiers"))
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_strict_can_be_asked_for(ssl, peers):
    """With VERIFY_X509_STRICT set a certificate without key identifiers is refused.

    library/ssl.html#ssl.VERIFY_X509_STRICT
    """
    client = peers.client_context()
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    server = peers.server_context("no_key_identifiers")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"


def test_trusted_leaf_is_an_anchor_by_default(peers, certificates):
    """A default context accepts a certificate that is itself trusted, its authority unknown.

    library/ssl.html#ssl.VERIFY_X509_PARTIAL_CHAIN
    """
    client = peers.client_context(authority=certificates.localhost.certificate)
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_trusted_leaf_is_no_anchor_without_partial_chains(ssl, peers, certificates):
    """With VERIFY_X509_PARTIAL_CHAIN cleared a chain must end in a self-signed certificate.

    library/ssl.html#ssl.VERIFY_X509_PARTIAL_CHAIN
    """
    client = peers.client_context(authority=certificates.localhost.certificate)
    client.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    server = peers.server_context()
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 20


def test_crl_check_fails_without_a_crl(ssl, peers):
    """With VERIFY_CRL_CHECK_LEAF and no CRL every certificate is refused with code 3.

    library/ssl.html#ssl.VERIFY_CRL_CHECK_LEAF
    """
    client = peers.client_context()
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    server = peers.server_context()
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 3
    assert outcomes.client.verify_message == "unable to get certificate CRL"


def test_crl_check_names_the_revoked(ssl, peers, certificates):
    """With a CRL loaded a revoked certificate is refused with code 23, others are accepted.

    library/ssl.html#ssl.VERIFY_CRL_CHECK_LEAF
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.revocations)
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    server = peers.server_context("revoked")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 23
    assert outcomes.client.verify_message == "certificate revoked"
    assert outcomes.server.reason == "SSLV3_ALERT_CERTIFICATE_REVOKED"


def test_revocation_does_not_matter_by_default(peers, certificates):
    """A revoked certificate is accepted by a client that does not check CRLs.

    library/ssl.html#ssl.VERIFY_DEFAULT
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.revocations)
    connected = peers.connect(client, peers.server_context("revoked"))
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_flags_are_taken_when_the_object_is_made(ssl, peers):
    """Setting verify_flags after wrap_bio() does not change what that object verifies.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    client = peers.client_context()
    connected = peers.connect(client, peers.server_context())
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_default_verify_flags_of_a_default_context(ssl, peers):
    """A default context trusts the first anchor, accepts partial chains and is strict.

    library/ssl.html#ssl.create_default_context
    """
    context = peers.client_context()
    for flag in ("VERIFY_X509_TRUSTED_FIRST", "VERIFY_X509_PARTIAL_CHAIN", "VERIFY_X509_STRICT"):
        assert context.verify_flags & getattr(ssl, flag)
