"""What the servername callback can do with the connection that it is called for."""

import pytest

from conformance.peers import both_versions, deliver


def called(ssl, peers, version, callback):
    """A server that has a ClientHello and will call back."""
    client, server = peers.contexts(version)
    server.sni_callback = callback
    pair = peers.connect(client, server)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.do_handshake()
    deliver(pair.client, pair.server)
    return pair


@both_versions
def test_what_is_written_leaves_as_plain_text(ssl, peers, version):
    """What the callback writes to its connection is sent at once, and nothing encrypts it yet.

    man:SSL_write(3)
    """

    def early(connection, name, context):
        assert connection.write(b"secret") == 6

    pair = called(ssl, peers, version, early)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.do_handshake()
    assert b"secret" in pair.server.outgoing.read()


@both_versions
def test_nothing_can_be_read(ssl, peers, version):
    """The callback has nothing to read from its connection, and the handshake goes on.

    library/ssl.html#ssl.SSLWantReadError
    """

    def look(connection, name, context):
        with pytest.raises(ssl.SSLWantReadError):
            connection.read(1)

    pair = called(ssl, peers, version, look)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.do_handshake()
    deliver(pair.server, pair.client)


@both_versions
def test_connection_cannot_be_shut_down(ssl, peers, version):
    """unwrap() inside the callback is an SSLError, and the handshake goes on.

    man:SSL_shutdown(3)
    """

    def leave(connection, name, context):
        with pytest.raises(ssl.SSLError):
            connection.unwrap()

    pair = called(ssl, peers, version, leave)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.do_handshake()
    deliver(pair.server, pair.client)


def test_client_cannot_be_asked_for_a_certificate(ssl, peers):
    """verify_client_post_handshake() inside the callback is an SSLError; the handshake goes on.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """

    def ask(connection, name, context):
        with pytest.raises(ssl.SSLError):
            connection.verify_client_post_handshake()

    pair = called(ssl, peers, "TLSv1.3", ask)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.do_handshake()
    deliver(pair.server, pair.client)
