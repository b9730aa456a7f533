"""Handshakes whose bytes arrive in other portions than they were sent."""

import pytest

from conformance.peers import both_versions, deliver


@both_versions
def test_flights_may_arrive_in_fragments(peers, version):
    """A handshake completes although headers of records arrive byte by byte.

    library/ssl.html#ssl.MemoryBIO
    """
    connected = peers.pair(version)
    connected.handshake_in_fragments()
    assert connected.client.tls.version() == version
    assert connected.server.tls.version() == version
    assert connected.client.tls.cipher() == connected.server.tls.cipher()


def test_fragment_of_a_flight_is_consumed_and_answered_by_nothing(ssl, peers):
    """A server given the first bytes of a hello takes them, sends nothing and wants to read.

    library/ssl.html#ssl.SSLWantReadError
    """
    fresh = peers.pair("TLSv1.3")
    fresh.client.step()
    deliver(fresh.client, fresh.server, 4)
    assert fresh.server.incoming.pending == 4
    with pytest.raises(ssl.SSLWantReadError):
        fresh.server.tls.do_handshake()
    assert fresh.server.incoming.pending == 0
    assert fresh.server.outgoing.pending == 0


@both_versions
def test_client_waits_for_the_rest_of_a_truncated_flight(ssl, peers, version):
    """A client that got half of the server's flight wants to read, and goes on with the rest.

    library/ssl.html#ssl.SSLWantReadError
    """
    connected = peers.pair(version)
    connected.client.step()
    deliver(connected.client, connected.server)
    connected.server.step()
    deliver(connected.server, connected.client, 300)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.do_handshake()
    assert connected.client.tls.version() is None
    deliver(connected.server, connected.client)
    connected.handshake()
    assert connected.client.tls.version() == version


@pytest.mark.parametrize("size", [0, 4, 5, 300], ids="{} bytes".format)
def test_eof_inside_the_server_s_flight_is_an_error(ssl, peers, size):
    """A client whose incoming BIO ends before the server's flight does raises SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    fresh = peers.pair("TLSv1.3")
    fresh.client.step()
    deliver(fresh.client, fresh.server)
    fresh.server.step()
    fresh.client.incoming.write(fresh.server.outgoing.read(size))
    fresh.client.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError) as caught:
        fresh.client.tls.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_EOF
    assert fresh.client.tls.version() is None


def test_eof_instead_of_a_hello_is_an_error(ssl, peers):
    """A server whose incoming BIO ends before anything arrived raises SSLEOFError.

    library/ssl.html#ssl.SSLEOFError
    """
    server = peers.pair().server
    server.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        server.tls.do_handshake()
    server.outgoing.read()
    assert server.tls.version() is None


def test_error_of_an_eof_repeats(ssl, peers):
    """A handshake that failed at the end of its input fails again on the next call.

    library/ssl.html#ssl.SSLEOFError
    """
    client = peers.pair().client
    client.incoming.write_eof()
    for _ in range(2):
        with pytest.raises(ssl.SSLEOFError):
            client.tls.do_handshake()


def test_eof_on_the_outgoing_bio_does_not_stop_the_first_flight(ssl, peers):
    """A client whose outgoing BIO had write_eof() called writes its hello there all the same.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    client = peers.pair().client
    client.outgoing.write_eof()
    assert client.outgoing.eof is True
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.do_handshake()
    assert client.outgoing.pending > 0
    assert client.outgoing.eof is False


def test_eof_after_the_handshake_is_not_the_handshake_s_problem(peers):
    """A handshake succeeds although its input ends right after the last flight.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    connected = peers.pair("TLSv1.3")
    connected.client.step()
    deliver(connected.client, connected.server)
    connected.server.step()
    deliver(connected.server, connected.client)
    connected.client.step()
    deliver(connected.client, connected.server)
    connected.server.incoming.write_eof()
    assert connected.server.tls.do_handshake() is None
    assert connected.server.tls.version() == "TLSv1.3"


@both_versions
def test_handshake_leaves_application_data_that_came_with_it(peers, version):
    """Data sent right behind the client's Finished waits until it is read.

    library/ssl.html#ssl.SSLSocket.read
    """
    connected = peers.pair(version)
    if version == "TLSv1.2":
        connected.handshake()
        connected.client.tls.write(b"behind")
    else:
        connected.client.step()
        deliver(connected.client, connected.server)
        connected.server.step()
        deliver(connected.server, connected.client)
        connected.client.tls.do_handshake()
        connected.client.tls.write(b"behind")
    deliver(connected.client, connected.server)
    assert connected.server.tls.do_handshake() is None
    assert connected.server.tls.pending() == 0
    assert connected.server.tls.read(6) == b"behind"
