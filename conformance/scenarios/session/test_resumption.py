"""SSLSession: its attributes, and resuming with it."""

import pytest

from conformance.peers import attempt_any, both_versions, deliver


def read_tickets(connected):
    """Let the client read what came after its handshake: in TLS 1.3, the tickets."""
    with pytest.raises(connected.client.errors.wants_read):
        connected.client.tls.read(1)


def finished(peers, client, server):
    """A connection of these contexts, its handshake done and its tickets read."""
    connected = peers.connect(client, server)
    connected.handshake()
    read_tickets(connected)
    return connected


def first(peers, version):
    """A finished connection, and its contexts."""
    client, server = peers.contexts(version)
    return finished(peers, client, server), client, server


def assert_resumed(peers, client, server, session):
    """That a connection with this session resumes it."""
    again = peers.connect(client, server, session=session)
    again.handshake()
    assert again.client.tls.session_reused is True


@both_versions
def test_session_given_to_wrap_bio_is_resumed(peers, certificates, version):
    """A session given to wrap_bio() is resumed, and both sides report it.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    connected, client, server = first(peers, version)
    assert connected.client.tls.session_reused is False
    again = peers.connect(client, server, session=connected.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert again.server.tls.session_reused is True
    assert again.client.tls.getpeercert(True) == certificates.localhost.der


@both_versions
def test_session_set_before_the_handshake_is_resumed(peers, version):
    """A session assigned to an object before its handshake is resumed.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(peers, version)
    again = peers.connect(client, server)
    again.client.tls.session = connected.client.tls.session
    again.handshake()
    assert again.client.tls.session_reused is True
    again.client.tls.write(b"after")
    again.transfer()
    assert again.server.tls.read(5) == b"after"


@both_versions
def test_session_of_a_dropped_connection_is_resumed(peers, native, version):
    """A session can be resumed when its connection was dropped without close_notify.

    library/ssl.html#ssl.SSLSession
    """
    connected, client, server = first(peers, version)
    session = connected.client.tls.session
    del connected
    native.collect()
    assert_resumed(peers, client, server, session)


def test_session_serves_more_than_once(peers):
    """A TLS 1.2 session object can be given to several connections, one after the other.

    library/ssl.html#session
    """
    connected, client, server = first(peers, "TLSv1.2")
    session = connected.client.tls.session
    for _ in range(2):
        again = peers.connect(client, server, session=session)
        again.handshake()
        assert again.client.tls.session_reused is True


@both_versions
def test_attributes_of_a_session(peers, native, version):
    """A session has an id, when it was made, how long it lasts, and whether it has a ticket.

    library/ssl.html#ssl.SSLSession
    """
    connected, _, _ = first(peers, version)
    session = connected.client.tls.session
    assert native.type_name(session) == "SSLSession"
    assert native.length(session.id) == 32
    assert session.time > 0
    assert session.timeout == 7200
    assert session.ticket_lifetime_hint == 7200
    assert session.has_ticket is True
    assert connected.server.tls.session is not None


@pytest.mark.parametrize("name", ["id", "time", "timeout", "ticket_lifetime_hint", "has_ticket"])
def test_attributes_cannot_be_set(peers, name):
    """The attributes of a session are read-only.

    library/ssl.html#ssl.SSLSession
    """
    connected, _, _ = first(peers, "TLSv1.2")
    with pytest.raises(AttributeError):
        setattr(connected.client.tls.session, name, 1)


def test_sessions_are_compared_by_their_id(peers, native):
    """Two objects of one session are equal, those of two are not; sessions have no order or hash.

    library/ssl.html#ssl.SSLSession
    """
    connected, client, server = first(peers, "TLSv1.2")
    session = connected.client.tls.session
    other = peers.connect(client, server)
    other.handshake()
    assert native.is_same(session, connected.client.tls.session) is False
    assert native.is_equal(session, connected.client.tls.session) is True
    assert native.operate("ne", session, other.client.tls.session) is True
    assert native.is_equal(session, other.client.tls.session) is False
    assert native.is_equal(session, 1) is False
    assert native.is_hashable(session) is False
    for name in ("lt", "le", "gt", "ge"):
        for second in (session, connected.client.tls.session, other.client.tls.session):
            assert attempt_any(native.operate, name, session, second) == "TypeError"
    with pytest.raises(TypeError):
        native.operate("add", session, session)


def test_sessions_without_an_id_are_equal(peers, native):
    """Two sessions without an id are equal, and unequal to one that has an id.

    In TLS 1.3 it is a ticket that gives a session its id.

    library/ssl.html#ssl.SSLSession
    """
    client, server = peers.contexts("TLSv1.3")
    with_id = first(peers, "TLSv1.2")[0].client.tls.session
    server.num_tickets = 0
    without = []
    for _ in range(2):
        connected = peers.connect(client, server)
        connected.handshake()
        without.append(connected.client.tls.session)
    assert [native.length(session.id) for session in (*without, with_id)] == [0, 0, 32]
    assert native.operate("eq", without[0], without[1]) is True
    assert native.operate("eq", without[0], with_id) is False
    assert native.operate("ne", with_id, without[0]) is True


def test_cannot_be_made(ssl):
    """SSLSession has no public constructor.

    library/ssl.html#ssl.SSLSession
    """
    with pytest.raises(TypeError):
        ssl.SSLSession()


def test_there_is_none_before_the_handshake(peers):
    """session is None and session_reused False before anything was exchanged.

    library/ssl.html#ssl.SSLSocket.session
    """
    fresh = peers.connect(peers.client_context(), peers.server_context())
    assert fresh.client.tls.session is None
    assert fresh.client.tls.session_reused is False


@pytest.mark.parametrize("wrong", [None, 1, "session"], ids=["None", "int", "str"])
def test_must_be_a_session(peers, wrong):
    """Assigning anything except an SSLSession raises TypeError.

    library/ssl.html#ssl.SSLSocket.session
    """
    fresh = peers.connect(peers.client_context(), peers.server_context())
    with pytest.raises(TypeError):
        fresh.client.tls.session = wrong
    assert fresh.client.tls.session is None


def test_must_be_of_the_same_context(peers):
    """A session of another context is refused with ValueError.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, _, server = first(peers, "TLSv1.2")
    fresh = peers.connect(peers.client_context(), server)
    with pytest.raises(ValueError, match="different SSLContext"):
        fresh.client.tls.session = connected.client.tls.session
    with pytest.raises(ValueError, match="different SSLContext"):
        peers.connect(peers.client_context(), server, session=connected.client.tls.session)


@both_versions
def test_is_of_the_context_that_the_connection_was_given(peers, version):
    """After a switch before the handshake the session is for the new context, and not the old one.

    library/ssl.html#ssl.SSLSocket.context
    """
    client, server = peers.contexts(version)
    other, _ = peers.contexts(version)
    connected = peers.connect(client, server)
    connected.client.tls.context = other
    connected.handshake()
    read_tickets(connected)
    session = connected.client.tls.session
    with pytest.raises(ValueError, match="different SSLContext"):
        peers.connect(client, server, session=session)
    again = peers.connect(other, server, session=session)
    again.handshake()
    assert again.client.tls.session_reused is True


def test_server_takes_none(peers):
    """A session cannot be set on a server's object: one of another context is refused for that.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, _, server = first(peers, "TLSv1.2")
    fresh = peers.connect(peers.client_context(), server)
    with pytest.raises(ValueError, match="server-side"):
        fresh.server.tls.session = connected.server.tls.session
    with pytest.raises(ValueError, match="different SSLContext"):
        fresh.server.tls.session = connected.client.tls.session


def test_cannot_be_set_after_the_handshake(peers):
    """Setting the session of an established connection raises ValueError.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(peers, "TLSv1.2")
    with pytest.raises(ValueError):
        connected.client.tls.session = connected.client.tls.session


def test_cannot_be_deleted(peers, native):
    """Deleting the session of an object raises, and leaves it.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected = peers.established("TLSv1.2")
    with pytest.raises(AttributeError):
        native.delete_attribute(connected.client.tls, "session")
    assert connected.client.tls.session is not None


def test_outlives_its_connection_and_context(peers, native):
    """A session can be read after everything that it came from is gone.

    library/ssl.html#ssl.SSLSession
    """
    session = first(peers, "TLSv1.2")[0].client.tls.session
    native.collect()
    assert native.length(session.id) == 32
    assert session.timeout == 7200


def test_resumption_is_counted(peers):
    """session_stats() of the server counts a resumed session as a hit.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    connected, client, server = first(peers, "TLSv1.2")
    assert server.session_stats()["hits"] == 0
    peers.connect(client, server, session=connected.client.tls.session).handshake()
    assert server.session_stats()["hits"] == 1
    client.session_stats()


def test_session_that_a_server_does_not_know_is_counted(ssl, peers):
    """session_stats() counts a session that the server does not know as a miss and no hit.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    client, server = peers.contexts("TLSv1.2")
    server.options |= ssl.OP_NO_TICKET
    connected = peers.connect(client, server)
    connected.handshake()
    other = peers.server_context(version="TLSv1.2")
    again = peers.connect(client, other, session=connected.client.tls.session)
    again.handshake()
    assert again.server.tls.session_reused is False
    found = other.session_stats()
    assert found["misses"] == 1
    assert found["hits"] == 0
    assert found["accept"] == found["accept_good"] == 1


def test_without_tickets_the_server_s_cache_is_used(ssl, peers):
    """With OP_NO_TICKET a TLS 1.2 session has no ticket and is resumed from the server's cache.

    library/ssl.html#ssl.OP_NO_TICKET
    """
    client, server = peers.contexts("TLSv1.2")
    server.options |= ssl.OP_NO_TICKET
    connected = peers.connect(client, server)
    connected.handshake()
    session = connected.client.tls.session
    assert session.has_ticket is False
    assert session.ticket_lifetime_hint == 0
    assert_resumed(peers, client, server, session)


@both_versions
@pytest.mark.parametrize("name", ["elsewhere.example", "LOCALHOST"])
def test_session_of_one_name_for_another(peers, version, name):
    """A session is resumed by a connection of its context that is for another name.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    connected, client, server = first(peers, version)
    session = connected.client.tls.session
    again = peers.connect(client, server, server_hostname=name, session=session)
    again.handshake()
    assert again.client.tls.session_reused is True


def unverified(ssl, peers, certificates, version):
    """A client that trusts another authority and has verified nothing, a server; their talk."""
    authority = certificates.other_authority.certificate
    client = peers.client_context(authority=authority, version=version)
    server = peers.server_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    connected = finished(peers, client, server)
    return client, server, connected


@both_versions
@pytest.mark.parametrize("mode", ["CERT_REQUIRED", "CERT_OPTIONAL"])
@pytest.mark.parametrize("names", [True, False], ids=["with names", "without"])
def test_session_from_before_the_context_verified(ssl, peers, certificates, version, mode, names):
    """A session of an unverified connection is resumed once its context verifies.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client, server, connected = unverified(ssl, peers, certificates, version)
    session = connected.client.tls.session
    client.verify_mode = getattr(ssl, mode)
    client.check_hostname = names
    assert_resumed(peers, client, server, session)


@both_versions
def test_session_from_before_the_context_wanted_more(ssl, peers, version):
    """A session of a certificate without a revocation list is resumed once lists are wanted.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    connected, client, server = first(peers, version)
    session = connected.client.tls.session
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    assert_resumed(peers, client, server, session)


LENIENT = {"partial chain": 0x80000, "critical": 0x10, "time": 0x200000}
"""X509_V_FLAG_PARTIAL_CHAIN, _IGNORE_CRITICAL, _NO_CHECK_TIME: each refuses fewer chains."""


@both_versions
@pytest.mark.parametrize("flag", LENIENT.values(), ids=LENIENT)
def test_session_from_before_the_context_wanted_more_of_chains(peers, version, flag):
    """A session of a context that refused fewer chains is resumed once it refuses more.

    man:X509_VERIFY_PARAM_set_flags(3)
    """
    client, server = peers.contexts(version)
    client.verify_flags |= flag
    connected = finished(peers, client, server)
    client.verify_flags &= ~flag
    assert_resumed(peers, client, server, connected.client.tls.session)


@both_versions
def test_session_from_before_the_context_wanted_more_of_names(peers, version):
    """A session of a context that checked no names is resumed once it checks them.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client, server = peers.contexts(version)
    client.check_hostname = False
    connected = finished(peers, client, server)
    client.check_hostname = True
    assert_resumed(peers, client, server, connected.client.tls.session)


@both_versions
def test_session_from_before_the_context_wanted_less(ssl, peers, version):
    """A session of a context that has become less strict is resumed.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    client, server = peers.contexts(version)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    client.verify_flags &= ~ssl.VERIFY_ALLOW_PROXY_CERTS
    connected = finished(peers, client, server)
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    client.verify_flags |= ssl.VERIFY_ALLOW_PROXY_CERTS
    assert_resumed(peers, client, server, connected.client.tls.session)


def test_session_from_before_common_names_were_no_names(peers):
    """A session is resumed once its context no longer takes common names for names.

    library/ssl.html#ssl.SSLContext.hostname_checks_common_name
    """
    connected, client, server = first(peers, "TLSv1.3")
    session = connected.client.tls.session
    client.hostname_checks_common_name = False
    assert_resumed(peers, client, server, session)


@both_versions
def test_session_from_before_the_server_wanted_whole_chains(
    ssl, peers, native, certificates, version
):
    """A server that no longer takes partial chains resumes the session of before.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    client = peers.client_context(version=version)
    client.load_cert_chain(certificates.client.combined)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    server.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    connected = finished(peers, client, server)
    server.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    session = connected.client.tls.session
    talk = native.handshake_and_echo(client, server, "localhost", session)
    assert "reused: True" in str(native.all_at_once(1, talk)[0])


def test_session_that_is_read_when_common_names_are_no_names(peers):
    """A session is resumed that was read after its context no longer took common names for names.

    library/ssl.html#ssl.SSLContext.hostname_checks_common_name
    """
    connected, client, server = first(peers, "TLSv1.3")
    client.hostname_checks_common_name = False
    assert_resumed(peers, client, server, connected.client.tls.session)


@both_versions
def test_session_from_before_the_server_wanted_more(ssl, peers, native, certificates, version):
    """A server that has begun to want revocation lists resumes the session of before.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    client = peers.client_context(version=version)
    client.load_cert_chain(certificates.client.combined)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    connected = finished(peers, client, server)
    server.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    session = connected.client.tls.session
    talk = native.handshake_and_echo(client, server, "localhost", session)
    assert "reused: True" in str(native.all_at_once(1, talk)[0])


@both_versions
def test_session_is_of_the_context_that_came_later(peers, version):
    """A session belongs to the context that its connection has when it is read.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(peers, version)
    other = peers.client_context(version=version)
    connected.client.tls.context = other
    again = peers.connect(other, server, session=connected.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True


@both_versions
def test_session_is_no_longer_of_the_context_that_came_earlier(peers, version):
    """A session that is read after a switch is not for the context from before, one read before is.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(peers, version)
    earlier = connected.client.tls.session
    connected.client.tls.context = peers.client_context(version=version)
    with pytest.raises(ValueError, match="different SSLContext"):
        peers.connect(client, server, session=connected.client.tls.session)
    again = peers.connect(client, server, session=earlier)
    again.handshake()
    assert again.client.tls.session_reused is True


@both_versions
@pytest.mark.parametrize(
    ("side", "reason"), [("client", "after handshake"), ("server", "server-side")]
)
def test_switched_connection_refuses_its_own_session(peers, version, side, reason):
    """A connection that was switched does not take its own session for that of another context.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, _, _ = first(peers, version)
    switched = getattr(connected, side).tls
    earlier = switched.session
    switched.context = peers.client_context() if side == "client" else peers.server_context()
    with pytest.raises(ValueError, match="different SSLContext"):
        switched.session = earlier
    with pytest.raises(ValueError, match=reason):
        switched.session = switched.session


@both_versions
@pytest.mark.parametrize("before", ["CERT_NONE", "CERT_OPTIONAL"])
def test_session_from_before_the_server_verified(ssl, peers, native, certificates, before, version):
    """A server that has begun to require certificates resumes the session of a client without one.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client = peers.client_context(version=version)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = getattr(ssl, before)
    connected = finished(peers, client, server)
    server.verify_mode = ssl.CERT_REQUIRED
    session = connected.client.tls.session
    talk = native.handshake_and_echo(client, server, "localhost", session)
    assert "reused: True" in str(native.all_at_once(1, talk)[0])


@both_versions
def test_session_for_an_object_whose_context_verifies_no_longer(ssl, peers, certificates, version):
    """An object that was made to verify resumes an unverified session once its context does not.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client, server, connected = unverified(ssl, peers, certificates, version)
    client.verify_mode = ssl.CERT_REQUIRED
    again = peers.connect(client, server)
    client.verify_mode = ssl.CERT_NONE
    again.client.tls.session = connected.client.tls.session
    again.handshake()
    assert again.client.tls.session_reused is True


def test_session_that_was_taken_before_the_end_of_the_handshake(ssl, peers):
    """A session that a client took before the server's last message is resumed later.

    library/ssl.html#ssl.SSLSocket.session
    """
    client, server = peers.contexts("TLSv1.2")
    server.options |= ssl.OP_NO_TICKET
    connected = peers.connect(client, server)
    connected.client.step()
    deliver(connected.client, connected.server)
    connected.server.step()
    deliver(connected.server, connected.client)
    connected.client.step()
    session = connected.client.tls.session
    connected.handshake()
    assert_resumed(peers, client, server, session)


@both_versions
def test_session_that_was_set_for_a_context_that_is_replaced(peers, version):
    """A session that was set is still there when the context of its object was replaced.

    library/ssl.html#ssl.SSLSocket.session
    """
    connected, client, server = first(peers, version)
    again = peers.connect(client, server, session=connected.client.tls.session)
    again.client.tls.context = peers.client_context(version=version)
    assert again.client.tls.session is not None


@both_versions
def test_session_that_was_set_where_the_context_stays(peers, version):
    """A session that was set is resumed although the object was given the context that it had.

    library/ssl.html#ssl.SSLSocket.context
    """
    connected, client, server = first(peers, version)
    again = peers.connect(client, server, session=connected.client.tls.session)
    again.client.tls.context = client
    again.handshake()
    assert again.client.tls.session_reused is True


@both_versions
def test_session_from_before_names_were_not_checked(peers, version):
    """A session of a client that checked names is resumed by its context that no longer does.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    connected, client, server = first(peers, version)
    client.check_hostname = False
    assert_resumed(peers, client, server, connected.client.tls.session)


@both_versions
def test_client_that_verifies_nothing_resumes(ssl, peers, version):
    """A client that verifies no certificates resumes sessions like any other.

    library/ssl.html#ssl.SSLSocket.session
    """
    client, server = peers.contexts(version)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    connected = finished(peers, client, server)
    again = peers.connect(client, server, session=connected.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
