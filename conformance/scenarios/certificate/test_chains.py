"""get_verified_chain() and get_unverified_chain(): every certificate of the other side."""

import pytest

from conformance.peers.memory import client_context, connect, server_context


def test_client_sees_the_server_s_chain(ssl, certificates):
    """A client gets the verified chain up to the authority, and what the server sent.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    identity = certificates.through_intermediate
    connected = connect(ssl, client_context(ssl, certificates), server_context(ssl, identity))
    connected.handshake()
    client = connected.client.object
    verified, sent = client.get_verified_chain(), client.get_unverified_chain()
    assert verified == [identity.der, certificates.intermediate.der, certificates.authority.der]
    assert sent == [identity.der, certificates.intermediate.der]


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_server_sees_the_client_s_chain(ssl, certificates, native, version):
    """A server gets the client's own certificate first, in both chains.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum=version, maximum=version)
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = server_context(
        ssl, certificates.localhost, authority=certificates.authority.certificate
    )
    server.verify_mode = ssl.CERT_REQUIRED
    connected = connect(ssl, client, server)
    connected.handshake()
    chain = connected.server.object.get_verified_chain()
    assert chain[0] == certificates.client.der
    assert connected.server.object.get_unverified_chain()[0] == certificates.client.der


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_client_that_showed_nothing_has_no_chain(ssl, certificates, native, version):
    """A server that asked for a certificate and got none has an empty verified chain.

    The chain that was sent cannot be asked for: AttributeError.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum=version, maximum=version)
    server = server_context(
        ssl, certificates.localhost, authority=certificates.authority.certificate
    )
    server.verify_mode = ssl.CERT_OPTIONAL
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.server.object.getpeercert() is None
    assert connected.server.object.get_verified_chain() == []
    with pytest.raises(AttributeError):
        connected.server.object.get_unverified_chain()


def test_chains_are_empty_before_the_handshake(ssl, certificates):
    """A client that has received nothing has no chains.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    fresh = connect(
        ssl, client_context(ssl, certificates), server_context(ssl, certificates.localhost)
    )
    assert fresh.client.object.get_verified_chain() == []
    assert fresh.client.object.get_unverified_chain() == []


def test_resumed_tls_12_connection_has_no_chains(ssl, certificates, native):
    """A resumed TLS 1.2 connection has the certificate of the first time but no chain.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server = server_context(ssl, certificates.localhost)
    first = connect(ssl, client, server)
    first.handshake()
    again = connect(ssl, client, server, session=first.client.object.session)
    again.handshake()
    assert again.client.object.session_reused is True
    assert again.client.object.getpeercert(True) == certificates.localhost.der
    assert again.client.object.get_unverified_chain() == []
    assert again.client.object.get_verified_chain() == []


def test_chain_of_constrained_authorities(ssl, certificates):
    """A verified chain through an authority with constraints lists it between the others.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    identity = certificates.within_constraints
    client, server = client_context(ssl, certificates), server_context(ssl, identity)
    connected = connect(ssl, client, server, server_hostname="www.permitted.example")
    connected.handshake()
    verified = connected.client.object.get_verified_chain()
    assert len(verified) == 3
    assert verified[0] == identity.der
    assert verified[2] == certificates.authority.der
    assert connected.client.object.get_unverified_chain() == verified[:2]


def test_refused_chain_is_not_verified(ssl, certificates):
    """After a refused handshake there is neither chain nor certificate.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    server = server_context(ssl, certificates.outside_constraints)
    refused = connect(ssl, client_context(ssl, certificates), server)
    assert refused.handshake_outcomes().client is not None
    with pytest.raises(ValueError):
        refused.client.object.getpeercert()
    refused.client.object.get_unverified_chain()
    refused.client.object.get_verified_chain()
