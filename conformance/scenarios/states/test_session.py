"""What an SSLSession reports once it was given to another connection."""

import pytest

from conformance.peers import both_versions

NAMES = ["id", "time", "timeout", "ticket_lifetime_hint", "has_ticket"]


def offered(ssl, peers, version, how):
    """Return a session that was given to a second connection, and that connection."""
    client, server = peers.contexts(version)
    first = peers.connect(client, server)
    first.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        first.client.tls.read(1)
    session = first.client.tls.session
    if how == "wrap_bio":
        return session, peers.connect(client, server, session=session)
    second = peers.connect(client, server)
    second.client.tls.session = session
    return session, second


@pytest.mark.parametrize("how", ["wrap_bio", "attribute"])
@pytest.mark.parametrize("done", [False, True], ids=["offered", "resumed"])
@both_versions
def test_session_stays_what_it_was(ssl, peers, native, version, done, how):
    """A session that was given to a connection keeps its attributes, and none can be set.

    library/ssl.html#ssl.SSLSession
    """
    session, second = offered(ssl, peers, version, how)
    if done:
        second.handshake()
        assert second.client.tls.session_reused is True
    for name in NAMES:
        with pytest.raises(AttributeError):
            setattr(session, name, getattr(session, name))
    assert session.has_ticket is True
    assert session.timeout == 7200
    assert session.ticket_lifetime_hint == 7200
    assert session.time > 0
    assert native.length(session.id) == 32


def test_session_without_keys_is_not_resumed(peers, about):
    """A session that was taken in the middle of a handshake is not resumed.

    Before Python 3.13.1 it could not even be taken (gh-116810).

    library/ssl.html#ssl.SSLSession
    """
    client, server = peers.contexts("TLSv1.2")
    first = peers.connect(client, server)
    first.client.step()
    if about.python < (3, 13, 1):
        with pytest.raises(ValueError):
            first.client.tls.session  # noqa: B018 - the access is the operation
        return
    session = first.client.tls.session
    again = peers.connect(client, server)
    again.client.tls.session = session
    again.handshake()
    assert again.client.tls.session_reused is False
