"""get_verified_chain() and get_unverified_chain(): every certificate of the other side."""

import pytest

from conformance.peers import both_versions


def test_client_sees_the_server_s_chain(peers, certificates):
    """A client gets the verified chain up to the authority, and what the server sent.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    identity = certificates.through_intermediate
    connected = peers.connect(peers.client_context(), peers.server_context(identity))
    connected.handshake()
    client = connected.client.tls
    verified, sent = client.get_verified_chain(), client.get_unverified_chain()
    assert verified == [identity.der, certificates.intermediate.der, certificates.authority.der]
    assert sent == [identity.der, certificates.intermediate.der]


@both_versions
def test_server_sees_the_client_s_chain(ssl, peers, certificates, version):
    """A server gets the client's own certificate first, in both chains.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = peers.client_context(version=version)
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    connected = peers.connect(client, server)
    connected.handshake()
    chain = connected.server.tls.get_verified_chain()
    assert chain[0] == certificates.client.der
    assert connected.server.tls.get_unverified_chain()[0] == certificates.client.der


@both_versions
def test_server_sees_the_client_s_certificate_alone(ssl, peers, certificates, version):
    """A server gets the client's own certificate where that sent no other.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which has no authority to send along
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.load_cert_chain(certificates.client.combined)
    server = peers.server_context(version=version, authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.get_unverified_chain() == [certificates.client.der]


@both_versions
def test_client_that_showed_nothing_has_no_chain(ssl, peers, certificates, version):
    """A server that requested a certificate and got none has an empty verified chain.

    The chain that was sent cannot be asked for: AttributeError.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = peers.client_context(version=version)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_OPTIONAL
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.getpeercert() is None
    assert connected.server.tls.get_verified_chain() == []
    with pytest.raises(AttributeError):
        connected.server.tls.get_unverified_chain()


def test_chains_are_empty_before_the_handshake(peers):
    """A client that has received nothing has no chains.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    fresh = peers.connect(peers.client_context(), peers.server_context())
    assert fresh.client.tls.get_verified_chain() == []
    assert fresh.client.tls.get_unverified_chain() == []


def test_resumed_tls_12_connection_has_no_chains(peers, about, certificates):
    """A resumed TLS 1.2 connection has the certificate of the first time but no chain.

    Since Python 3.13.1 a session is no copy, and keeps the chain that was sent (gh-116810).

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = peers.client_context(version="TLSv1.2")
    server = peers.server_context()
    first = peers.connect(client, server)
    first.handshake()
    again = peers.connect(client, server, session=first.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert again.client.tls.getpeercert(True) == certificates.localhost.der
    sent = [certificates.localhost.der] if about.has("3.12.8", "3.13.1") else []
    assert again.client.tls.get_unverified_chain() == sent
    assert again.client.tls.get_verified_chain() == []


def test_chain_of_constrained_authorities(peers, certificates):
    """A verified chain through an authority with constraints lists it between the others.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    identity = certificates.within_constraints
    client, server = peers.client_context(), peers.server_context(identity)
    connected = peers.connect(client, server, server_hostname="www.permitted.example")
    connected.handshake()
    verified = connected.client.tls.get_verified_chain()
    assert len(verified) == 3
    assert verified[0] == identity.der
    assert verified[2] == certificates.authority.der
    assert connected.client.tls.get_unverified_chain() == verified[:2]


def test_refused_chain_is_not_verified(peers):
    """After a refused handshake there is neither chain nor certificate.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    server = peers.server_context("outside_constraints")
    refused = peers.connect(peers.client_context(), server)
    assert refused.handshake_outcomes().client is not None
    with pytest.raises(ValueError):
        refused.client.tls.getpeercert()
    refused.client.tls.get_unverified_chain()
    refused.client.tls.get_verified_chain()
