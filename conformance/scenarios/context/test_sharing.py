"""One context for several connections, and changes to it after one was made."""

import pytest


def test_certificate_loaded_later_is_for_later_objects(peers, certificates):
    """A certificate loaded after wrap_bio() is shown by the next object, not by that one.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    client = peers.client_context()
    server = peers.server_context()
    before = peers.connect(client, server)
    server.load_cert_chain(certificates.plain.chain, certificates.plain.key)
    after = peers.connect(client, server)
    before.handshake()
    after.handshake()
    assert before.client.tls.getpeercert(True) == certificates.localhost.der
    assert after.client.tls.getpeercert(True) == certificates.plain.der


def test_authority_loaded_later_is_for_earlier_objects_too(peers, certificates):
    """An authority loaded after wrap_bio() is trusted by that object: the store is shared.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = peers.client_context()
    connected = peers.connect(client, peers.server_context("untrusted"))
    client.load_verify_locations(certificates.other_authority.certificate)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.untrusted.der


def test_connection_outlives_its_names_for_the_context(peers, native):
    """A connection works on after everything else that referred to its contexts is gone.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    connected = peers.connect(peers.client_context(), peers.server_context())
    native.collect()
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_statistics_count_both_sides(peers):
    """session_stats() counts the connections of a context that were begun and done.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    client = peers.client_context()
    server = peers.server_context()
    assert set(client.session_stats().values()) == {0}
    peers.connect(client, server).handshake()
    assert client.session_stats()["connect"] == 1
    assert client.session_stats()["connect_good"] == 1
    assert server.session_stats()["accept"] == 1
    assert server.session_stats()["accept_good"] == 1


def test_client_that_failed_is_counted_as_not_good(peers):
    """session_stats() counts a failed handshake as begun but not as good.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    client = peers.client_context()
    server = peers.server_context("expired")
    peers.connect(client, server).handshake_outcomes()
    assert client.session_stats()["connect"] == 1
    assert client.session_stats()["connect_good"] == 0
    assert server.session_stats()["accept_good"] == 0


def test_one_context_may_be_both_sides(ssl, peers, certificates):
    """A PROTOCOL_TLS context may make a client and a server of the same connection.

    library/ssl.html#ssl.PROTOCOL_TLS
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.load_cert_chain(certificates.localhost.combined)
    context.load_verify_locations(certificates.authority.certificate)
    connected = peers.connect(context, context)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.localhost.der


@pytest.mark.parametrize("count", [0, 1, 3])
def test_number_of_tickets_can_be_chosen(peers, count):
    """A server context sends as many TLS 1.3 tickets as num_tickets says.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    server = peers.server_context()
    assert server.num_tickets == 2
    server.num_tickets = count
    assert server.num_tickets == count
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert (connected.client.incoming.pending > 0) is (count > 0)


def test_client_context_has_no_number_of_tickets_to_choose(peers):
    """Setting num_tickets on a client context raises ValueError, as does a negative number.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    with pytest.raises(ValueError):
        peers.client_context().num_tickets = 1
    server = peers.server_context()
    with pytest.raises(ValueError):
        server.num_tickets = -1
    assert server.num_tickets == 2


@pytest.mark.parametrize("name", ["PROTOCOL_TLS", "PROTOCOL_TLSv1_2"])
def test_context_for_both_sides_has_no_number_of_tickets_to_choose(ssl, name):
    """Setting num_tickets on a context that is not for servers alone raises ValueError.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    context = ssl.SSLContext(getattr(ssl, name))
    with pytest.raises(ValueError):
        context.num_tickets = 1
    assert context.num_tickets == 2


def test_unfinished_object_does_not_hinder_another(peers):
    """An object that never finishes its handshake does not disturb others of its context.

    library/ssl.html#ssl.SSLContext
    """
    client = peers.client_context()
    server = peers.server_context()
    abandoned = peers.make_peer(client, server_hostname="localhost")
    abandoned.step()
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"
    assert abandoned.tls.version() is None
