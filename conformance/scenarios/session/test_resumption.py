"""SSLSession: what it says, and resuming with it."""

import pytest

from conformance.peers import client_context, connect, established, server_context


def told_tickets(connected):
    """Let the client read what came after its handshake: in TLS 1.3, the tickets."""
    with pytest.raises(connected.client.errors.wants_read):
        connected.client.object.read(1)


def first(ssl, certificates, native, version):
    """A finished connection, and its contexts."""
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum=version, maximum=version)
    connected = connect(ssl, client, server)
    connected.handshake()
    told_tickets(connected)
    return connected, client, server


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_given_to_wrap_bio_is_resumed(ssl, certificates, native, version):
    """A session given to wrap_bio() is resumed, and both sides say so.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    connected, client, server = first(ssl, certificates, native, version)
    assert connected.client.object.session_reused is False
    again = connect(ssl, client, server, session=connected.client.object.session)
    again.handshake()
    assert again.client.object.session_reused is True
    assert again.server.object.session_reused is True
    assert again.client.object.getpeercert(True) == certificates.localhost.der


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_set_before_the_handshake_is_resumed(ssl, certificates, native, version):
    """A session assigned to an object before its handshake is resumed.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(ssl, certificates, native, version)
    again = connect(ssl, client, server)
    again.client.object.session = connected.client.object.session
    again.handshake()
    assert again.client.object.session_reused is True
    again.client.object.write(b"after")
    again.transfer()
    assert again.server.object.read(5) == b"after"


def test_session_serves_more_than_once(ssl, certificates, native):
    """A TLS 1.2 session object can be given to several connections, one after the other.

    library/ssl.html#session
    """
    connected, client, server = first(ssl, certificates, native, "TLSv1.2")
    session = connected.client.object.session
    for _ in range(2):
        again = connect(ssl, client, server, session=session)
        again.handshake()
        assert again.client.object.session_reused is True


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_attributes_of_a_session(ssl, certificates, native, version):
    """A session has an id, when it was made, how long it lasts, and whether it has a ticket.

    library/ssl.html#ssl.SSLSession
    """
    connected, _, _ = first(ssl, certificates, native, version)
    session = connected.client.object.session
    assert native.type_name(session) == "SSLSession"
    assert native.length(session.id) == 32
    assert session.time > 0
    assert session.timeout == 7200
    assert session.ticket_lifetime_hint == 7200
    assert session.has_ticket is True
    assert connected.server.object.session is not None


@pytest.mark.parametrize("name", ["id", "time", "timeout", "ticket_lifetime_hint", "has_ticket"])
def test_attributes_cannot_be_set(ssl, certificates, native, name):
    """The attributes of a session are read-only.

    library/ssl.html#ssl.SSLSession
    """
    connected, _, _ = first(ssl, certificates, native, "TLSv1.2")
    with pytest.raises(AttributeError):
        setattr(connected.client.object.session, name, 1)


def test_sessions_are_compared_by_their_id(ssl, certificates, native):
    """Two objects of one session are equal, those of two are not, and none is hashable.

    library/ssl.html#ssl.SSLSession
    """
    connected, client, server = first(ssl, certificates, native, "TLSv1.2")
    session = connected.client.object.session
    other = connect(ssl, client, server)
    other.handshake()
    assert native.is_same(session, connected.client.object.session) is False
    assert native.is_equal(session, connected.client.object.session) is True
    assert native.operate("ne", session, other.client.object.session) is True
    assert native.is_equal(session, other.client.object.session) is False
    assert native.is_equal(session, 1) is False
    assert native.is_hashable(session) is False
    with pytest.raises(TypeError):
        native.operate("add", session, session)


def test_cannot_be_made(ssl):
    """SSLSession has no public constructor.

    library/ssl.html#ssl.SSLSession
    """
    with pytest.raises(TypeError):
        ssl.SSLSession()


def test_there_is_none_before_the_handshake(ssl, certificates):
    """session is None and session_reused False before anything was exchanged.

    library/ssl.html#ssl.SSLSocket.session
    """
    fresh = connect(
        ssl, client_context(ssl, certificates), server_context(ssl, certificates.localhost)
    )
    assert fresh.client.object.session is None
    assert fresh.client.object.session_reused is False


@pytest.mark.parametrize("wrong", [None, 1, "session"], ids=["None", "int", "str"])
def test_must_be_a_session(ssl, certificates, wrong):
    """Assigning anything but an SSLSession raises TypeError.

    library/ssl.html#ssl.SSLSocket.session
    """
    fresh = connect(
        ssl, client_context(ssl, certificates), server_context(ssl, certificates.localhost)
    )
    with pytest.raises(TypeError):
        fresh.client.object.session = wrong
    assert fresh.client.object.session is None


def test_must_be_of_the_same_context(ssl, certificates, native):
    """A session of another context is refused with ValueError.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, _, server = first(ssl, certificates, native, "TLSv1.2")
    fresh = connect(ssl, client_context(ssl, certificates), server)
    with pytest.raises(ValueError):
        fresh.client.object.session = connected.client.object.session
    with pytest.raises(ValueError):
        connect(
            ssl,
            client_context(ssl, certificates),
            server,
            session=connected.client.object.session,
        )


def test_server_takes_none(ssl, certificates, native):
    """A session cannot be set on a server's object.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, _, server = first(ssl, certificates, native, "TLSv1.2")
    fresh = connect(ssl, client_context(ssl, certificates), server)
    with pytest.raises(ValueError):
        fresh.server.object.session = connected.server.object.session


def test_cannot_be_set_after_the_handshake(ssl, certificates, native):
    """Setting the session of an established connection raises ValueError.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(ssl, certificates, native, "TLSv1.2")
    with pytest.raises(ValueError):
        connected.client.object.session = connected.client.object.session


def test_cannot_be_deleted(ssl, certificates, native):
    """Deleting the session of an object raises, and leaves it.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected = established(ssl, certificates, native, "TLSv1.2")
    with pytest.raises(AttributeError):
        native.delete_attribute(connected.client.object, "session")
    assert connected.client.object.session is not None


def test_outlives_its_connection_and_context(ssl, certificates, native):
    """A session can be asked after everything it came from is gone.

    library/ssl.html#ssl.SSLSession
    """
    session = first(ssl, certificates, native, "TLSv1.2")[0].client.object.session
    native.collect()
    assert native.length(session.id) == 32
    assert session.timeout == 7200


def test_resumption_is_counted(ssl, certificates, native):
    """session_stats() of the server counts a resumed session as a hit.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    connected, client, server = first(ssl, certificates, native, "TLSv1.2")
    assert server.session_stats()["hits"] == 0
    connect(ssl, client, server, session=connected.client.object.session).handshake()
    assert server.session_stats()["hits"] == 1
    client.session_stats()


def test_without_tickets_the_server_s_cache_is_used(ssl, certificates, native):
    """With OP_NO_TICKET a TLS 1.2 session has no ticket and is resumed from the server's cache.

    library/ssl.html#ssl.OP_NO_TICKET
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server.options |= ssl.OP_NO_TICKET
    connected = connect(ssl, client, server)
    connected.handshake()
    session = connected.client.object.session
    assert session.has_ticket is False
    assert session.ticket_lifetime_hint == 0
    again = connect(ssl, client, server, session=session)
    again.handshake()
    assert again.client.object.session_reused is True


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_of_one_name_for_another(ssl, certificates, native, version):
    """A session is resumed by a connection of its context that is for another name.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    connected, client, server = first(ssl, certificates, native, version)
    session = connected.client.object.session
    again = connect(ssl, client, server, server_hostname="elsewhere.example", session=session)
    again.handshake()
    assert again.client.object.session_reused is True


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_from_before_the_context_verified(ssl, certificates, native, version):
    """A session of an unverified connection is resumed once its context verifies.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client = client_context(ssl, certificates, authority=certificates.other_authority.certificate)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum=version, maximum=version)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    connected = connect(ssl, client, server)
    connected.handshake()
    told_tickets(connected)
    session = connected.client.object.session
    client.verify_mode = ssl.CERT_REQUIRED
    client.check_hostname = True
    again = connect(ssl, client, server, session=session)
    again.handshake()
    assert again.client.object.session_reused is True


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_is_of_the_context_that_came_later(ssl, certificates, native, version):
    """A session belongs to the context that its connection has when it is read.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(ssl, certificates, native, version)
    other = client_context(ssl, certificates)
    native.limit_versions(other, minimum=version, maximum=version)
    connected.client.object.context = other
    again = connect(ssl, other, server, session=connected.client.object.session)
    again.handshake()
    assert again.client.object.session_reused is True
