"""SSLObject.read() with and without a length, and pending()."""

import pytest

from conformance.peers import both_versions, deliver

pytestmark = both_versions


def receiver_of(peers, version, *messages):
    """Return the server of an established pair to which the client has sent the messages."""
    pair = peers.established(version)
    for message in messages:
        pair.client.tls.write(message)
    deliver(pair.client, pair.server)
    return pair.server


def test_gives_at_most_1024_bytes_without_a_length(peers, version):
    """Without a length read() returns up to 1024 bytes and leaves the rest pending.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"a" * 1500)
    assert server.tls.read() == b"a" * 1024
    assert server.tls.pending() == 476
    assert server.tls.read() == b"a" * 476
    assert server.tls.pending() == 0


@pytest.mark.parametrize("length", [1, 5, 6, 7, 100000])
def test_gives_at_most_the_length(peers, version, length):
    """read(n) returns at most n bytes of one record; pending() counts its rest.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    assert server.tls.read(length) == b"abcdef"[:length]
    assert server.tls.pending() == max(0, 6 - length)


def test_of_zero_takes_nothing(peers, version):
    """read(0) returns b"" at once, with data waiting and without, and takes nothing in.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    waiting = server.incoming.pending
    assert server.tls.read(0) == b""
    assert server.incoming.pending == waiting
    assert server.tls.read(10) == b"abcdef"
    assert server.tls.read(0) == b""


def test_does_not_join_records(ssl, peers, version):
    """One read() returns bytes of one record, however many records are waiting.

    man:SSL_read(3)
    """
    server = receiver_of(peers, version, b"one", b"two", b"three")
    assert server.tls.read(100) == b"one"
    assert server.tls.pending() == 0
    assert server.incoming.pending > 0
    assert server.tls.read(1) == b"t"
    assert server.tls.read(100) == b"wo"
    assert server.tls.read(100) == b"three"
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.read(100)


def test_wants_to_read_when_there_is_nothing(ssl, peers, version):
    """With no data waiting read() raises SSLWantReadError, repeatedly.

    library/ssl.html#ssl.SSLWantReadError
    """
    server = receiver_of(peers, version)
    for _ in range(3):
        with pytest.raises(ssl.SSLWantReadError) as caught:
            server.tls.read(1)
        assert caught.value.errno == ssl.SSL_ERROR_WANT_READ
    assert server.outgoing.pending == 0


def test_pending_is_zero_before_a_record_was_read(peers, version):
    """pending() counts bytes already decrypted: 0 while a record is still in the incoming BIO.

    library/ssl.html#ssl.SSLSocket.pending
    """
    server = receiver_of(peers, version, b"abcdef")
    assert server.incoming.pending > 6
    assert server.tls.pending() == 0
    server.tls.read(1)
    assert server.incoming.pending == 0
    assert server.tls.pending() == 5


@pytest.mark.parametrize("length", [-1, -1000])
def test_of_a_negative_length_is_a_value_error(peers, version, length):
    """A negative length without a buffer is a ValueError, not "everything".

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    with pytest.raises(ValueError):
        server.tls.read(length)
    assert server.tls.read(10) == b"abcdef"


@pytest.mark.parametrize("length", [None, 1.0, "1", b"1"], ids=["None", "1.0", "str", "bytes"])
def test_of_no_integer_is_a_type_error(peers, version, length):
    """A length that is not an integer is a TypeError and takes nothing in; None is refused too.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    with pytest.raises(TypeError):
        server.tls.read(length)
    assert server.tls.read(10) == b"abcdef"


def test_takes_no_buffer_for_none(peers, version):
    """read(n, None) is read(n): None as buffer means no buffer.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    assert server.tls.read(4, None) == b"abcd"
    assert server.tls.read(len=1, buffer=None) == b"e"
    assert server.tls.read(buffer=None) == b"f"


def test_of_a_huge_length_gives_what_there_is(ssl, peers, version):
    """A length of a mebibyte returns the six available bytes and then wants to read.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    assert server.tls.read(2**20) == b"abcdef"
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.read(2**20)


def test_of_a_length_beyond_ssize_t_is_an_overflow(peers, version):
    """A length beyond every C integer is an OverflowError and takes nothing in.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    with pytest.raises(OverflowError):
        server.tls.read(2**64)
    assert server.tls.read(10) == b"abcdef"
