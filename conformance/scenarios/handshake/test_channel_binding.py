"""get_channel_binding(): bytes that only the two ends of a connection know."""

import pytest

from conformance.peers.memory import client_context, connect, established, pair, server_context


def test_both_sides_have_the_same(ssl, certificates, native):
    """tls-unique is the same bytes on both sides of a TLS 1.2 connection.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    connected = established(ssl, certificates, native, "TLSv1.2")
    theirs = connected.server.object.get_channel_binding("tls-unique")
    assert native.is_equal(connected.client.object.get_channel_binding(), theirs) is True
    assert native.length(theirs) == 12


def test_resumed_connection_has_another(ssl, certificates, native):
    """A resumed TLS 1.2 connection has a tls-unique of its own, the same on both sides.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    before = connect(ssl, client, server)
    before.handshake()
    again = connect(ssl, client, server, session=before.client.object.session)
    again.handshake()
    assert again.client.object.session_reused is True
    ours = again.client.object.get_channel_binding()
    assert native.is_equal(ours, again.server.object.get_channel_binding()) is True
    assert native.is_equal(ours, before.client.object.get_channel_binding()) is False


def test_there_is_none_before_the_handshake(ssl, certificates):
    """get_channel_binding() is None before the handshake.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    fresh = pair(ssl, certificates)
    assert fresh.client.object.get_channel_binding() is None
    assert fresh.server.object.get_channel_binding() is None


@pytest.mark.parametrize("kind", ["tls-server-end-point", ""], ids=["other kind", "empty"])
def test_other_kinds_are_refused(ssl, certificates, kind):
    """A kind that is not in CHANNEL_BINDING_TYPES raises ValueError.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    assert ssl.CHANNEL_BINDING_TYPES == ["tls-unique"]
    with pytest.raises(ValueError):
        pair(ssl, certificates).client.object.get_channel_binding(kind)
