"""Resumption between two implementations."""

import pytest

from conformance.peers import both_versions


def first(client_ssl, peers, version):
    """A finished connection with the tickets read, and its contexts."""
    client = peers.client_context(version=version)
    server = peers.server_context()
    connected = peers.connect(client, server)
    connected.handshake()
    with pytest.raises(client_ssl.SSLWantReadError):
        connected.client.tls.read(1)
    return connected, client, server


@both_versions
def test_session_is_resumed(client_ssl, peers, version):
    """A session from an earlier connection is resumed, and both sides report it.

    library/ssl.html#ssl.SSLSocket.session_reused
    """
    connected, client, server = first(client_ssl, peers, version)
    session = connected.client.tls.session
    again = peers.connect(client, server, session=session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert again.server.tls.session_reused is True
    again.client.tls.write(b"after")
    again.transfer()
    assert again.server.tls.read(5) == b"after"


def test_another_context_does_not_know_the_session(client_ssl, peers):
    """A server context that did not make the session goes through a full handshake instead.

    rfc8446#section-2.2
    """
    connected, client, _ = first(client_ssl, peers, "TLSv1.3")
    session = connected.client.tls.session
    other = peers.server_context()
    again = peers.connect(client, other, session=session)
    again.handshake()
    assert again.client.tls.session_reused is False
    assert again.server.tls.session_reused is False
