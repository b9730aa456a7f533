"""unwrap() where there is no session to close yet."""

import pytest

from conformance.peers import both_sides, both_versions


@both_sides
def test_unwrap_on_an_idle_object_is_refused(ssl, peers, side):
    """unwrap() before any handshake is an SSLError and sends nothing.

    Nothing has been said yet, so there is no close_notify to wait for.

    man:SSL_shutdown(3)
    """
    pair = peers.pair()
    peer = getattr(pair, side)
    with pytest.raises(ssl.SSLError) as caught:
        peer.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    assert caught.value.errno == ssl.SSL_ERROR_SSL
    assert peer.outgoing.pending == 0


def test_refused_unwrap_does_not_spoil_the_handshake(ssl, peers):
    """After a refused unwrap() on both sides the handshake goes through and data passes.

    man:SSL_shutdown(3)
    """
    pair = peers.pair()
    for peer in (pair.client, pair.server):
        with pytest.raises(ssl.SSLError) as caught:
            peer.tls.unwrap()
        assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    pair.handshake()
    pair.client.tls.write(b"hello")
    pair.transfer()
    assert pair.server.tls.read(10) == b"hello"


@both_versions
def test_unwrap_in_the_handshake_is_refused(ssl, peers, version):
    """unwrap() between flights is an SSLError on either side and adds nothing to the flight.

    man:SSL_shutdown(3)
    """
    pair = peers.pair(version)
    pair.client.step()
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    pair.transfer()
    assert pair.client.outgoing.pending == 0
    pair.server.step()
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    pair.handshake()
    assert pair.server.tls.version() == version


def test_client_may_close_before_the_server_is_done(ssl, peers):
    """In TLS 1.3 a client is done first: its unwrap() works while the server's is refused.

    rfc8446#section-2
    """
    pair = peers.pair("TLSv1.3")
    pair.client.step()
    pair.transfer()
    pair.server.step()
    pair.transfer()
    assert pair.client.step() is True
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    pair.transfer()
    assert pair.server.step() is True
    assert pair.server.tls.read(10) == b""
    assert pair.server.tls.unwrap() is None


def test_unread_tickets_do_not_stop_unwrap(ssl, peers):
    """TLS 1.3 session tickets waiting in the client's input do not make its unwrap() fail.

    Tickets are not application data; a client that only writes and closes never reads them.

    rfc8446#section-4.6.1
    """
    pair = peers.established("TLSv1.3")
    assert pair.client.incoming.pending > 0
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    pair.transfer()
    assert pair.server.tls.unwrap() is None
    pair.transfer()
    assert pair.client.tls.unwrap() is None
    assert pair.client.incoming.pending == 0


@both_versions
def test_unwrap_after_a_failed_handshake_is_refused(ssl, peers, version):
    """After a handshake that failed, unwrap() is an SSLError and sends no close_notify.

    man:SSL_shutdown(3)
    """
    client, server = peers.contexts(version)
    pair = peers.connect(client, server, server_hostname="elsewhere.example")
    pair.client.step()
    pair.transfer()
    pair.server.step()
    pair.transfer()
    with pytest.raises(ssl.SSLCertVerificationError):
        pair.client.tls.do_handshake()
    pair.client.outgoing.read()
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    assert pair.client.outgoing.pending == 0
