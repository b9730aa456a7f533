"""What one thread is using is used by another one: each gets what it would get alone."""

MUCH = 64 * 2**20
"""Bytes that take a while to encrypt, so that the other thread comes meanwhile."""


def writing(peers, native):
    """A connection to which a thread writes, its contexts, and the thread."""
    client, server = peers.contexts()
    connected = peers.connect(client, server)
    connected.handshake()
    thread = native.thread(connected.client.tls.write, native.zeros(MUCH))
    return connected, client, server, thread


def test_object_is_asked_while_it_writes(peers, native):
    """What a connection is, and has received, can be read while another thread writes to it.

    library/ssl.html#ssl.SSLObject.pending
    """
    connected, _, _, thread = writing(peers, native)
    for _ in range(30):
        assert connected.client.outgoing.eof is False
    asking = [native.thread(connected.client.tls.pending) for _ in range(3)]
    assert connected.client.tls.version() == "TLSv1.3"
    assert [each.result() for each in asking] == [0, 0, 0]
    assert thread.result() == MUCH


def test_handshake_is_over_while_it_writes(peers, native):
    """do_handshake() has nothing more to do while another thread writes, and returns.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    connected, _, _, thread = writing(peers, native)
    assert connected.client.tls.do_handshake() is None
    assert thread.result() == MUCH


def test_context_is_assigned_while_it_writes(peers, native):
    """The context of a connection can be replaced while another thread writes to it.

    library/ssl.html#ssl.SSLSocket.context
    """
    connected, _, _, thread = writing(peers, native)
    other = peers.client_context()
    connected.client.tls.context = other
    assert native.is_same(connected.client.tls.context, other) is True
    assert thread.result() == MUCH


def test_ciphers_are_set_while_a_connection_writes(peers, native):
    """The ciphers of a context can be set while a connection of it writes: that is not changed.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    connected, client, server, thread = writing(peers, native)
    cipher = connected.client.tls.cipher()
    assert client.set_ciphers("ECDHE+AESGCM") is None
    assert thread.result() == MUCH
    assert connected.client.tls.cipher() == cipher
    again = peers.connect(client, server)
    again.handshake()
    assert again.client.tls.version() == "TLSv1.3"


def test_others_connect_while_ciphers_are_set(peers, native):
    """A handshake goes on while another thread sets ciphers and a third one writes.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    _, client, server, thread = writing(peers, native)
    setting = native.thread(client.set_ciphers, "ECDHE+AESGCM")
    again = peers.connect(client, server)
    again.handshake()
    assert again.client.tls.version() == "TLSv1.3"
    assert setting.result() is None
    assert thread.result() == MUCH
