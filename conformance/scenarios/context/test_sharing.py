"""One context for several connections, and what changes after one was made."""

import pytest

from conformance.peers.memory import client_context, connect, make_peer, server_context


def test_certificate_loaded_later_is_for_later_objects(ssl, certificates):
    """A certificate loaded after wrap_bio() is shown by the next object, not by that one.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    before = connect(ssl, client, server)
    server.load_cert_chain(certificates.plain.chain, certificates.plain.key)
    after = connect(ssl, client, server)
    before.handshake()
    after.handshake()
    assert before.client.object.getpeercert(True) == certificates.localhost.der
    assert after.client.object.getpeercert(True) == certificates.plain.der


def test_authority_loaded_later_is_for_earlier_objects_too(ssl, certificates):
    """An authority loaded after wrap_bio() is trusted by that object: the store is shared.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = client_context(ssl, certificates)
    connected = connect(ssl, client, server_context(ssl, certificates.untrusted))
    client.load_verify_locations(certificates.other_authority.certificate)
    connected.handshake()
    assert connected.client.object.getpeercert(True) == certificates.untrusted.der


def test_connection_outlives_its_names_for_the_context(ssl, certificates, native):
    """A connection works on after everything else that referred to its contexts is gone.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    connected = connect(
        ssl, client_context(ssl, certificates), server_context(ssl, certificates.localhost)
    )
    native.collect()
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.3"


def test_statistics_count_both_sides(ssl, certificates):
    """session_stats() counts the connections of a context that were begun and done.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    assert set(client.session_stats().values()) == {0}
    connect(ssl, client, server).handshake()
    assert client.session_stats()["connect"] == 1
    assert client.session_stats()["connect_good"] == 1
    assert server.session_stats()["accept"] == 1
    assert server.session_stats()["accept_good"] == 1


def test_client_that_failed_is_counted_as_not_good(ssl, certificates):
    """session_stats() counts a failed handshake as begun but not as good.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.expired)
    connect(ssl, client, server).handshake_outcomes()
    assert client.session_stats()["connect"] == 1
    assert client.session_stats()["connect_good"] == 0
    assert server.session_stats()["accept_good"] == 0


def test_one_context_may_be_both_sides(ssl, certificates):
    """A PROTOCOL_TLS context may make a client and a server of the same connection.

    library/ssl.html#ssl.PROTOCOL_TLS
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.load_cert_chain(certificates.localhost.combined)
    context.load_verify_locations(certificates.authority.certificate)
    connected = connect(ssl, context, context)
    connected.handshake()
    assert connected.client.object.getpeercert(True) == certificates.localhost.der


@pytest.mark.parametrize("count", [0, 1, 3])
def test_number_of_tickets_can_be_chosen(ssl, certificates, count):
    """A server context sends as many TLS 1.3 tickets as num_tickets says.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    server = server_context(ssl, certificates.localhost)
    assert server.num_tickets == 2
    server.num_tickets = count
    assert server.num_tickets == count
    connected = connect(ssl, client_context(ssl, certificates), server)
    connected.handshake()
    assert (connected.client.incoming.pending > 0) is (count > 0)


def test_client_context_has_no_number_of_tickets_to_choose(ssl, certificates):
    """Setting num_tickets on a client context raises ValueError, as does a negative number.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    with pytest.raises(ValueError):
        client_context(ssl, certificates).num_tickets = 1
    server = server_context(ssl, certificates.localhost)
    with pytest.raises(ValueError):
        server.num_tickets = -1
    assert server.num_tickets == 2


def test_unfinished_object_does_not_hinder_another(ssl, certificates):
    """An object that never finishes its handshake leaves others of its context alone.

    library/ssl.html#ssl.SSLContext
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    abandoned = make_peer(ssl, client, server_hostname="localhost")
    abandoned.step()
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.3"
    assert abandoned.object.version() is None
