"""get_channel_binding(): bytes that only the two ends of a connection share."""

import pytest


def test_both_sides_have_the_same(peers, native):
    """tls-unique is the same bytes on both sides of a TLS 1.2 connection.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    connected = peers.established("TLSv1.2")
    theirs = connected.server.tls.get_channel_binding("tls-unique")
    assert native.is_equal(connected.client.tls.get_channel_binding(), theirs) is True
    assert native.length(theirs) == 12


@pytest.mark.parametrize("resumed", [False, True], ids=["full", "resumed"])
def test_it_is_told_from_the_first_finished_message_on(peers, native, resumed):
    """tls-unique is told once the first Finished message was sent, or has come.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client, server = peers.contexts("TLSv1.2")
    session = None
    if resumed:
        before = peers.connect(client, server)
        before.handshake()
        session = before.client.tls.session
    connected = peers.connect(client, server, session=session)
    known = {"client": [], "server": []}
    for end in (connected.client, connected.server) * 2:
        end.step()
        connected.transfer()
        for side, found in known.items():
            binding = native.kept(getattr(connected, side).tls.get_channel_binding)
            found.append(native.type_name(binding) != "NoneType")
    # In full the client's Finished is the first, in the third step; resumed the server's is.
    assert known["client"] == [False, False, True, True]
    assert known["server"] == (
        [False, True, True, True] if resumed else [False, False, False, True]
    )


def test_resumed_connection_has_another(peers, native):
    """A resumed TLS 1.2 connection has a tls-unique of its own, the same on both sides.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client, server = peers.contexts("TLSv1.2")
    before = peers.connect(client, server)
    before.handshake()
    again = peers.connect(client, server, session=before.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    ours = again.client.tls.get_channel_binding()
    assert native.is_equal(ours, again.server.tls.get_channel_binding()) is True
    assert native.is_equal(ours, before.client.tls.get_channel_binding()) is False


def test_it_is_the_first_finished_message(peers, native):
    """tls-unique is the first Finished message of the latest handshake, whoever sent it.

    In a full handshake that is the client's, in a resumed one the server's (RFC 5929, section 3.1).

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client, server = peers.contexts("TLSv1.2")
    log = native.finished_log()
    client._msg_callback = log
    before = peers.connect(client, server)
    before.handshake()
    assert log.has(0, before.client.tls.get_channel_binding()) is True
    again = peers.connect(client, server, session=before.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert log.has(2, again.client.tls.get_channel_binding()) is True
    assert log.has(2, again.server.tls.get_channel_binding()) is True


def test_it_is_whole_with_the_longest_digest(peers, native):
    """With SHA-384 in TLS 1.3 it is the client's Finished message, the second of two, in full.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client, server = peers.contexts("TLSv1.3")
    log = native.finished_log()
    client._msg_callback = log
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.cipher()[0] == "TLS_AES_256_GCM_SHA384"
    ours = native.kept(connected.client.tls.get_channel_binding)
    assert native.length(ours) == 48
    assert log.has(1, connected.client.tls.get_channel_binding()) is True
    assert log.has(1, connected.server.tls.get_channel_binding()) is True


def test_there_is_none_before_the_handshake(peers):
    """get_channel_binding() is None before the handshake.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    fresh = peers.pair()
    assert fresh.client.tls.get_channel_binding() is None
    assert fresh.server.tls.get_channel_binding() is None


@pytest.mark.parametrize("kind", ["tls-server-end-point", ""], ids=["other kind", "empty"])
def test_other_kinds_are_refused(ssl, peers, kind):
    """A kind that is not in CHANNEL_BINDING_TYPES raises ValueError.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    assert ssl.CHANNEL_BINDING_TYPES == ["tls-unique"]
    with pytest.raises(ValueError):
        peers.pair().client.tls.get_channel_binding(kind)
