"""A connection after a fatal error, on the side that found it and on the other."""

import pytest

from conformance.peers import both_versions, deliver

pytestmark = both_versions


def poisoned(ssl, peers, version):
    """Return an established pair whose server has a tampered record waiting to be read."""
    pair = peers.established(version)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.read(1)
    pair.client.tls.write(b"secret")
    flight = pair.client.outgoing.read()
    pair.server.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    return pair


def refuse(ssl, about, side):
    """Let a side read the tampered record.

    Since OpenSSL 3.2 the record layer reports its own failure on top (openssl/openssl#25290).
    """
    with pytest.raises(ssl.SSLError) as caught:
        side.tls.read(10)
    reason = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    if about.openssl >= (3, 2):
        reason = "RECORD_LAYER_FAILURE"
    assert caught.value.reason == reason


def test_finder_reads_an_eof_error_ever_after(ssl, peers, about, version):
    """The side that refused a record gets SSLEOFError without reason from later reads.

    library/ssl.html#ssl.SSLEOFError
    """
    pair = poisoned(ssl, peers, version)
    refuse(ssl, about, pair.server)
    for _ in range(2):
        with pytest.raises(ssl.SSLEOFError) as caught:
            pair.server.tls.read(10)
        assert caught.value.reason is None


def test_finder_can_write_no_more(ssl, peers, about, version):
    """The side that refused a record gets SSLEOFError from write() and sends nothing.

    rfc8446#section-6.2
    """
    pair = poisoned(ssl, peers, version)
    refuse(ssl, about, pair.server)
    pair.server.outgoing.read()
    with pytest.raises(ssl.SSLEOFError):
        pair.server.tls.write(b"x")
    assert pair.server.outgoing.pending == 0


def test_finder_cannot_close_in_order(ssl, peers, about, version):
    """The side that refused a record cannot unwrap(): SHUTDOWN_WHILE_IN_INIT, nothing sent.

    rfc8446#section-6.2
    """
    pair = poisoned(ssl, peers, version)
    refuse(ssl, about, pair.server)
    pair.server.outgoing.read()
    with pytest.raises(ssl.SSLError) as caught:
        pair.server.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    assert pair.server.outgoing.pending == 0
    assert pair.server.tls.pending() == 0
    assert pair.server.tls.version() is None


def test_finder_does_not_read_good_records_behind_it(ssl, peers, about, version):
    """A good record behind a refused one is not returned.

    rfc8446#section-5.2
    """
    pair = poisoned(ssl, peers, version)
    pair.client.tls.write(b"good")
    deliver(pair.client, pair.server)
    refuse(ssl, about, pair.server)
    with pytest.raises(ssl.SSLEOFError):
        pair.server.tls.read(10)
    assert pair.server.tls.pending() == 0


def test_other_side_is_told_by_the_alert(ssl, peers, about, version):
    """The sender of a refused record reads the alert as SSLError SSLV3_ALERT_BAD_RECORD_MAC.

    rfc8446#section-6.2
    """
    pair = poisoned(ssl, peers, version)
    refuse(ssl, about, pair.server)
    deliver(pair.server, pair.client)
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.tls.read(10)
    assert caught.value.errno == ssl.SSL_ERROR_SSL
    assert caught.value.reason == "SSLV3_ALERT_BAD_RECORD_MAC"
    assert pair.client.outgoing.pending == 0


def test_other_side_reads_nothing_after_the_alert(ssl, peers, about, version):
    """Once a fatal alert was read, read() returns b"" and write() is SSLZeroReturnError.

    A caller that misses the one error sees what looks like an orderly end.

    library/ssl.html#ssl.SSLZeroReturnError
    """
    pair = poisoned(ssl, peers, version)
    refuse(ssl, about, pair.server)
    deliver(pair.server, pair.client)
    with pytest.raises(ssl.SSLError):
        pair.client.tls.read(10)
    assert pair.client.tls.read(10) == b""
    assert pair.client.tls.read(10, bytearray(4)) == 0
    with pytest.raises(ssl.SSLZeroReturnError):
        pair.client.tls.write(b"x")
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    assert pair.client.outgoing.pending == 0


def unwrapped_by_an_alert(ssl, peers, about, version):
    """A pair whose client's unwrap() found a fatal alert instead of close_notify."""
    pair = poisoned(ssl, peers, version)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    refuse(ssl, about, pair.server)
    deliver(pair.server, pair.client)
    assert pair.client.tls.unwrap() is None
    return pair


def test_alert_met_by_unwrap_looks_like_an_orderly_end(ssl, peers, about, version):
    """unwrap() that gets a fatal alert instead of close_notify returns None the first time.

    Only the next unwrap() fails, with a reason of its own, and then read() is SSLZeroReturnError.

    man:SSL_shutdown(3)
    """
    pair = unwrapped_by_an_alert(ssl, peers, about, version)
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.tls.unwrap()
    assert caught.value.reason == "SHUTDOWN_WHILE_IN_INIT"
    with pytest.raises(ssl.SSLZeroReturnError):
        pair.client.tls.read(10)


@pytest.mark.parametrize(
    "member, arguments, reason",
    [
        ("read", (10,), "SSLV3_ALERT_BAD_RECORD_MAC"),
        ("do_handshake", (), "SSLV3_ALERT_BAD_RECORD_MAC"),
        ("write", (b"data",), "PROTOCOL_IS_SHUTDOWN"),
    ],
    ids=["read", "do_handshake", "write"],
)
def test_alert_met_by_unwrap_is_told_next(ssl, peers, about, version, member, arguments, reason):
    """The operation after an unwrap() that got a fatal alert raises the SSLError of the alert.

    A write() has a reason of its own, and after any of them the connection is at its end.

    man:SSL_get_error(3)
    """
    pair = unwrapped_by_an_alert(ssl, peers, about, version)
    assert pair.client.tls.pending() == 0
    with pytest.raises(ssl.SSLError) as caught:
        getattr(pair.client.tls, member)(*arguments)
    assert caught.value.reason == reason
    with pytest.raises(ssl.SSLZeroReturnError):
        pair.client.tls.read(10)
