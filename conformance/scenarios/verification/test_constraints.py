"""Constraints of authorities, and lists of revoked certificates."""

import pytest

from conformance.peers import both_versions

REFUSED = {
    "signed_by_leaf": (79, "invalid CA certificate"),
    "too_deep": (25, "path length constraint exceeded"),
    "outside_constraints": (47, "permitted subtree violation"),
    "excluded_by_constraints": (48, "excluded subtree violation"),
    "unknown_critical": (34, "unhandled critical extension"),
}


@pytest.mark.parametrize("identity", list(REFUSED))
@both_versions
def test_constraint_that_is_broken_is_named(peers, native, identity, version):
    """A chain that breaks a constraint is refused with the code and message that name it.

    rfc5280#section-6.1
    """
    client = peers.client_context()
    client.check_hostname = False
    native.limit_versions(client, minimum=version, maximum=version)
    server = peers.server_context(identity)
    outcomes = peers.connect(client, server).handshake_outcomes()
    code, message = REFUSED[identity]
    assert outcomes.client.verify_code == code
    assert outcomes.client.verify_message == message
    assert outcomes.server is not None


def test_name_within_the_constraints_is_accepted(peers):
    """A certificate for a name that its issuer is permitted is accepted.

    rfc5280#section-4.2.1.10
    """
    client = peers.client_context()
    server = peers.server_context("within_constraints")
    connected = peers.connect(client, server, server_hostname="www.permitted.example")
    connected.handshake()
    names = connected.client.tls.getpeercert()["subjectAltName"]
    assert names == (("DNS", "www.permitted.example"),)


def test_constraints_do_not_matter_without_verification(ssl, peers):
    """A client with CERT_NONE connects although the chain breaks a constraint.

    library/ssl.html#ssl.CERT_NONE
    """
    client = peers.client_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    connected = peers.connect(client, peers.server_context("outside_constraints"))
    connected.handshake()
    assert connected.client.tls.getpeercert() == {}


def test_old_list_is_refused(ssl, peers, certificates):
    """With a CRL whose next update is past, every certificate is refused with code 12.

    library/ssl.html#ssl.VERIFY_CRL_CHECK_LEAF
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.old_revocations)
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    server = peers.server_context()
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 12
    assert outcomes.client.verify_message == "CRL has expired"


def test_list_of_another_authority_does_not_help(ssl, peers, certificates):
    """A CRL of another issuer than the certificate's leaves code 3.

    library/ssl.html#ssl.VERIFY_CRL_CHECK_LEAF
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.intermediate_revocations)
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    server = peers.server_context()
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 3


def test_leaf_check_asks_for_one_list(ssl, peers, certificates):
    """VERIFY_CRL_CHECK_LEAF needs the list of the leaf's issuer alone.

    library/ssl.html#ssl.VERIFY_CRL_CHECK_LEAF
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.intermediate_revocations)
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    connected = peers.connect(client, peers.server_context("through_intermediate"))
    connected.handshake()
    assert client.cert_store_stats()["crl"] == 1


@pytest.mark.parametrize("complete", [False, True], ids=["one-list", "all-lists"])
def test_chain_check_asks_for_every_list(ssl, peers, certificates, complete):
    """VERIFY_CRL_CHECK_CHAIN needs the list of every issuer in the chain.

    library/ssl.html#ssl.VERIFY_CRL_CHECK_CHAIN
    """
    client = peers.client_context()
    client.load_verify_locations(certificates.intermediate_revocations)
    if complete:
        client.load_verify_locations(certificates.revocations)
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    server = peers.server_context("through_intermediate")
    outcomes = peers.connect(client, server).handshake_outcomes()
    if complete:
        assert outcomes.client is None
    else:
        assert outcomes.client.verify_code == 3


def test_server_checks_its_clients_lists(ssl, peers, certificates):
    """A server with VERIFY_CRL_CHECK_LEAF refuses a client whose certificate was revoked.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    client = peers.client_context()
    client.load_cert_chain(certificates.revoked.chain, certificates.revoked.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(certificates.revocations)
    server.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.verify_code == 23
    assert outcomes.client.reason == "SSLV3_ALERT_CERTIFICATE_REVOKED"
