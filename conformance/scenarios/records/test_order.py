"""Records that come twice, in another order, not at all, or from another connection."""

import pytest

from conformance.peers import both_versions, deliver

BAD_MAC = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"


def bad_mac(about):
    """Return the reason of a record that cannot be decrypted.

    Since OpenSSL 3.2 the record layer reports its own failure on top (openssl/openssl#25290).
    """
    return "RECORD_LAYER_FAILURE" if about.openssl >= (3, 2) else BAD_MAC


def records(flight):
    """A flight cut into its records."""
    found = []
    while flight:
        length = 5 + int.from_bytes(flight[3:5], "big")
        found.append(flight[:length])
        flight = flight[length:]
    return found


def server_flight(peers, version):
    """A pair whose client waits for the server's first flight, and the records of that."""
    connected = peers.pair(version)
    connected.client.step()
    deliver(connected.client, connected.server)
    connected.server.step()
    return connected, records(connected.server.outgoing.read())


def refused(ssl, connected):
    """What the client's handshake raises; its alert has been delivered to the server."""
    with pytest.raises(ssl.SSLError) as caught:
        connected.client.tls.do_handshake()
    assert not isinstance(caught.value, connected.client.errors.wants_read)
    deliver(connected.client, connected.server)
    assert connected.server.failure() is not None
    return caught.value


@both_versions
def test_first_record_of_a_flight_comes_twice(ssl, peers, version):
    """A client that gets the ServerHello twice raises for an unexpected message.

    rfc8446#section-4
    """
    connected, flight = server_flight(peers, version)
    connected.client.incoming.write(b"".join([flight[0], *flight]))
    refused(ssl, connected)
    assert connected.client.tls.version() is None


@both_versions
def test_first_record_of_a_flight_is_lost(ssl, peers, version):
    """A client that never gets the ServerHello refuses what follows it.

    rfc8446#section-4
    """
    connected, flight = server_flight(peers, version)
    connected.client.incoming.write(b"".join(flight[1:]))
    refused(ssl, connected)


@both_versions
def test_last_two_records_of_a_flight_are_swapped(ssl, peers, version):
    """A client that gets the end of a flight before what belongs before it raises SSLError.

    rfc8446#section-4
    """
    connected, flight = server_flight(peers, version)
    connected.client.incoming.write(b"".join([*flight[:-2], flight[-1], flight[-2]]))
    refused(ssl, connected)


@both_versions
def test_bit_of_a_server_hello_is_changed(ssl, peers, version):
    """A client that gets a ServerHello with another random number does not finish.

    rfc8446#section-4.4.4
    """
    connected, flight = server_flight(peers, version)
    hello = bytearray(flight[0])
    hello[20] ^= 1
    connected.client.incoming.write(bytes(hello) + b"".join(flight[1:]))
    refused(ssl, connected)


@both_versions
def test_own_flight_comes_back(ssl, peers, version):
    """A client that gets its own hello back raises for an unexpected message.

    rfc8446#section-4
    """
    connected = peers.pair(version)
    connected.client.step()
    connected.client.incoming.write(connected.client.outgoing.read())
    with pytest.raises(ssl.SSLError) as caught:
        connected.client.tls.do_handshake()
    assert caught.value.reason == "UNEXPECTED_MESSAGE"
    connected.client.outgoing.read()


@both_versions
def test_own_record_comes_back(ssl, peers, about, version):
    """A record that is sent back to its writer is refused: each direction has its own key.

    rfc8446#section-5.2
    """
    connected = peers.established(version)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.read(1)
    connected.client.tls.write(b"echo?")
    connected.client.incoming.write(connected.client.outgoing.read())
    with pytest.raises(ssl.SSLError) as caught:
        connected.client.tls.read(20)
    assert caught.value.reason == bad_mac(about)


@both_versions
def test_record_of_another_connection(ssl, peers, about, version):
    """A record of another connection between the same contexts is refused.

    rfc8446#section-5.2
    """
    one = peers.established(version)
    other = peers.established(version)
    one.client.tls.write(b"for one")
    deliver(one.client, other.server)
    with pytest.raises(ssl.SSLError) as caught:
        other.server.tls.read(20)
    assert caught.value.reason == bad_mac(about)


@both_versions
def test_record_that_is_lost(ssl, peers, version):
    """After a lost record the next one is refused, and so is everything after that.

    rfc8446#section-5.3
    """
    connected = peers.established(version)
    for word in (b"one", b"two", b"three"):
        connected.client.tls.write(word)
    one, _, three = records(connected.client.outgoing.read())
    connected.server.incoming.write(one + three)
    assert connected.server.tls.read(20) == b"one"
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            connected.server.tls.read(20)
    deliver(connected.server, connected.client)
    with pytest.raises(ssl.SSLError) as caught:
        connected.client.tls.read(20)
    assert caught.value.reason == "SSLV3_ALERT_BAD_RECORD_MAC"


@both_versions
def test_header_with_another_type(ssl, peers, version):
    """A record whose header has another content type than it was made with is refused.

    rfc8446#section-5.2
    """
    connected = peers.established(version)
    connected.client.tls.write(b"words")
    flight = connected.client.outgoing.read()
    connected.server.incoming.write(b"\x16" + flight[1:])
    with pytest.raises(ssl.SSLError):
        connected.server.tls.read(20)
    connected.server.outgoing.read()
    assert connected.server.tls.pending() == 0


@both_versions
@pytest.mark.parametrize("change", [-1, 1], ids=["shorter", "longer"])
def test_header_with_another_length(ssl, peers, about, version, change):
    """A record whose header says another length is refused, or waited for and then refused.

    rfc8446#section-5.1
    """
    connected = peers.established(version)
    connected.client.tls.write(b"words")
    connected.client.tls.write(b"more words")
    flight = bytearray(connected.client.outgoing.read())
    flight[4] += change
    connected.server.incoming.write(bytes(flight))
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.read(20)
    assert caught.value.reason == bad_mac(about)


@both_versions
def test_close_notify_comes_twice(ssl, peers, version):
    """A second close_notify is ignored: the end has come already.

    rfc8446#section-6.1
    """
    connected = peers.established(version)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.unwrap()
    end = deliver(connected.client, connected.server)
    connected.server.incoming.write(end)
    assert connected.server.tls.read(20) == b""
    assert connected.server.tls.read(20) == b""
    assert connected.server.tls.unwrap() is None


@both_versions
def test_data_after_close_notify(ssl, peers, version):
    """A record that comes after close_notify is never read.

    rfc8446#section-6.1
    """
    connected = peers.established(version)
    connected.client.tls.write(b"before")
    before = connected.client.outgoing.read()
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.unwrap()
    end = connected.client.outgoing.read()
    connected.server.incoming.write(before + end + before)
    assert connected.server.tls.read(20) == b"before"
    assert connected.server.tls.read(20) == b""
    assert connected.server.tls.read(20) == b""
    assert connected.server.tls.pending() == 0
