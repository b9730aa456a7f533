"""Resumption between two implementations."""

import pytest

from conformance.peers.memory import client_context, meet, server_context


def first(client_ssl, server_ssl, client_native, certificates, version):
    """A finished connection with the tickets read, and its contexts."""
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=version, maximum=version)
    server = server_context(server_ssl, certificates.localhost)
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    with pytest.raises(client_ssl.SSLWantReadError):
        connected.client.object.read(1)
    return connected, client, server


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_session_is_resumed(client_ssl, server_ssl, client_native, certificates, version):
    """A session from an earlier connection is resumed, and both sides say so.

    library/ssl.html#ssl.SSLSocket.session_reused
    """
    connected, client, server = first(client_ssl, server_ssl, client_native, certificates, version)
    session = connected.client.object.session
    again = meet(client_ssl, client, server_ssl, server, session=session)
    again.handshake()
    assert again.client.object.session_reused is True
    assert again.server.object.session_reused is True
    again.client.object.write(b"after")
    again.transfer()
    assert again.server.object.read(5) == b"after"


def test_another_context_does_not_know_the_session(
    client_ssl, server_ssl, client_native, certificates
):
    """A server context that did not make the session goes through a full handshake instead.

    rfc8446#section-2.2
    """
    connected, client, _ = first(client_ssl, server_ssl, client_native, certificates, "TLSv1.3")
    session = connected.client.object.session
    other = server_context(server_ssl, certificates.localhost)
    again = meet(client_ssl, client, server_ssl, other, session=session)
    again.handshake()
    assert again.client.object.session_reused is False
    assert again.server.object.session_reused is False
