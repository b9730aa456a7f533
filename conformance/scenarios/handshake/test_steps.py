"""What each call of do_handshake() does, from the first flight to one after the last."""

import pytest

from conformance.peers import both_sides, both_versions, deliver


def test_client_wants_to_read_after_its_first_flight(ssl, peers):
    """A client's first do_handshake() writes its hello and raises SSLWantReadError.

    library/ssl.html#ssl.SSLObject
    """
    client = peers.pair().client
    assert client.outgoing.pending == 0
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.do_handshake()
    assert client.outgoing.pending > 0


def test_server_wants_to_read_before_anything_arrived(ssl, peers):
    """A server's first do_handshake() writes nothing and raises SSLWantReadError.

    library/ssl.html#ssl.SSLObject
    """
    server = peers.pair().server
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.do_handshake()
    assert server.outgoing.pending == 0


def test_asking_again_repeats_nothing(ssl, peers):
    """A second do_handshake() without new data wants to read again and sends nothing twice.

    library/ssl.html#ssl.SSLWantReadError
    """
    client = peers.pair().client
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.do_handshake()
    client.outgoing.read()
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.do_handshake()
    assert client.outgoing.pending == 0


def test_want_read_error_says_why(ssl, peers):
    """The SSLWantReadError of a handshake carries SSL_ERROR_WANT_READ as its errno.

    library/ssl.html#ssl.SSLWantReadError
    """
    client = peers.pair().client
    with pytest.raises(ssl.SSLWantReadError) as caught:
        client.tls.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_WANT_READ
    assert caught.value.library is None
    assert caught.value.reason is None


def test_tls_13_client_is_done_first(ssl, peers):
    """In TLS 1.3 the client is done after the server's one flight, before the server is.

    rfc8446#section-2
    """
    fresh = peers.pair("TLSv1.3")
    with pytest.raises(ssl.SSLWantReadError):
        fresh.client.tls.do_handshake()
    deliver(fresh.client, fresh.server)
    with pytest.raises(ssl.SSLWantReadError):
        fresh.server.tls.do_handshake()
    deliver(fresh.server, fresh.client)
    assert fresh.client.tls.do_handshake() is None
    assert fresh.client.incoming.pending == 0
    deliver(fresh.client, fresh.server)
    assert fresh.server.tls.do_handshake() is None


def test_tls_12_server_is_done_first(ssl, peers):
    """In TLS 1.2 the server is done once it has the client's Finished, the client one flight later.

    rfc5246#section-7.3
    """
    fresh = peers.pair("TLSv1.2")
    with pytest.raises(ssl.SSLWantReadError):
        fresh.client.tls.do_handshake()
    deliver(fresh.client, fresh.server)
    with pytest.raises(ssl.SSLWantReadError):
        fresh.server.tls.do_handshake()
    deliver(fresh.server, fresh.client)
    with pytest.raises(ssl.SSLWantReadError):
        fresh.client.tls.do_handshake()
    deliver(fresh.client, fresh.server)
    assert fresh.server.tls.do_handshake() is None
    deliver(fresh.server, fresh.client)
    assert fresh.client.tls.do_handshake() is None


@both_versions
def test_handshake_after_the_handshake_does_nothing(peers, version):
    """do_handshake() on a connection whose handshake is done returns None and sends nothing.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    connected = peers.established(version)
    for side in (connected.client, connected.server):
        assert side.tls.do_handshake() is None
        assert side.outgoing.pending == 0


@both_versions
def test_reading_drives_the_handshake(ssl, peers, version):
    """read() before the handshake starts the handshake and wants to read.

    library/ssl.html#ssl.SSLObject
    """
    client = peers.pair(version).client
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.read(1)
    assert client.outgoing.pending > 0
    assert client.tls.version() is None


def test_writing_drives_the_handshake(ssl, peers):
    """write() before the handshake starts the handshake and wants to read, not to write.

    library/ssl.html#ssl.SSLObject
    """
    client = peers.pair().client
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.write(b"early")
    assert client.outgoing.pending > 0


def test_data_written_early_is_not_sent(ssl, peers):
    """Data given to write() before the handshake is not sent by the handshake.

    library/ssl.html#ssl.SSLObject
    """
    connected = peers.pair()
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.write(b"early")
    connected.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        connected.server.tls.read(5)


def test_handshake_may_be_driven_by_reads_alone(ssl, peers):
    """Both sides complete a handshake although only read() is ever called.

    library/ssl.html#ssl.SSLObject
    """
    connected = peers.pair()
    for _ in range(3):
        for source, target in (
            (connected.client, connected.server),
            (connected.server, connected.client),
        ):
            with pytest.raises(ssl.SSLWantReadError):
                source.tls.read(1)
            deliver(source, target)
    assert connected.client.tls.version() == "TLSv1.3"
    assert connected.server.tls.version() == "TLSv1.3"


@both_sides
def test_nothing_is_known_before_the_handshake(peers, side):
    """Before the handshake nothing is negotiated: every query returns None, False or 0.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    obj = getattr(peers.pair(), side).tls
    assert obj.version() is None
    assert obj.cipher() is None
    assert obj.shared_ciphers() is None
    assert obj.compression() is None
    assert obj.selected_alpn_protocol() is None
    assert obj.get_channel_binding("tls-unique") is None
    assert obj.pending() == 0
    assert obj.session_reused is False


def test_half_done_server_reports_no_version(peers):
    """A server that waits for the client's Finished has no version() yet.

    library/ssl.html#ssl.SSLSocket.version
    """
    fresh = peers.pair("TLSv1.3")
    fresh.client.step()
    deliver(fresh.client, fresh.server)
    fresh.server.step()
    assert fresh.server.tls.version() is None
    fresh.server.tls.cipher()
    fresh.server.tls.selected_alpn_protocol()
    fresh.server.tls.pending()


@both_versions
def test_refused_handshake_does_not_go_on(ssl, peers, about, version):
    """After a certificate was refused the next handshake is an SSLEOFError; nothing can be read.

    Since Python 3.14.8 that end is met again by a read of nothing, too (gh-148292). OpenSSL 4
    remembers that something was fatal, which is an SSLError.

    library/ssl.html#ssl.SSLEOFError
    """
    contexts = peers.contexts(version)
    pair = peers.connect(*contexts, server_hostname="other.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        pair.handshake()
    is_end = about.openssl < (4,)
    with pytest.raises(ssl.SSLEOFError if is_end else ssl.SSLError):
        pair.client.tls.do_handshake()
    if is_end and about.python >= (3, 14, 8):
        with pytest.raises(ssl.SSLEOFError):
            pair.client.tls.read(0)
    else:
        assert pair.client.tls.read(0) == b""
