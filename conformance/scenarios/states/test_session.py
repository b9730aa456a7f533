"""What an SSLSession tells once another connection was given it."""

import pytest

from conformance.peers.memory import client_context, connect, server_context

NAMES = ["id", "time", "timeout", "ticket_lifetime_hint", "has_ticket"]


def offered(ssl, certificates, native, version, how):
    """Return a session that was given to a second connection, and that connection."""
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum=version, maximum=version)
    first = connect(ssl, client, server)
    first.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        first.client.object.read(1)
    session = first.client.object.session
    if how == "wrap_bio":
        return session, connect(ssl, client, server, session=session)
    second = connect(ssl, client, server)
    second.client.object.session = session
    return session, second


@pytest.mark.parametrize("how", ["wrap_bio", "attribute"])
@pytest.mark.parametrize("done", [False, True], ids=["offered", "resumed"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_stays_what_it_was(ssl, certificates, native, version, done, how):
    """A session that was given away tells what it told before, and nothing of it can be set.

    library/ssl.html#ssl.SSLSession
    """
    session, second = offered(ssl, certificates, native, version, how)
    if done:
        second.handshake()
        assert second.client.object.session_reused is True
    for name in NAMES:
        with pytest.raises(AttributeError):
            setattr(session, name, getattr(session, name))
    assert session.has_ticket is True
    assert session.timeout == 7200
    assert session.ticket_lifetime_hint == 7200
    assert session.time > 0
    assert native.length(session.id) == 32
