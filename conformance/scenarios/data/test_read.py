"""SSLObject.read() with and without a length, and pending()."""

import pytest

from conformance.peers import memory as peers

pytestmark = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


def receiver_of(ssl, native, certificates, version, *messages):
    """Return the server of an established pair to which the client has sent the messages."""
    pair = peers.established(ssl, certificates, native, version)
    for message in messages:
        pair.client.object.write(message)
    peers.deliver(pair.client, pair.server)
    return pair.server


def test_gives_at_most_1024_bytes_without_a_length(ssl, native, certificates, version):
    """Without a length read() returns up to 1024 bytes and leaves the rest pending.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"a" * 1500)
    assert server.object.read() == b"a" * 1024
    assert server.object.pending() == 476
    assert server.object.read() == b"a" * 476
    assert server.object.pending() == 0


@pytest.mark.parametrize("length", [1, 5, 6, 7, 100000])
def test_gives_at_most_the_length(ssl, native, certificates, version, length):
    """read(n) returns at most n bytes of one record; pending() counts its rest.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    assert server.object.read(length) == b"abcdef"[:length]
    assert server.object.pending() == max(0, 6 - length)


def test_of_zero_takes_nothing(ssl, native, certificates, version):
    """read(0) returns b"" at once, with data waiting and without, and takes nothing in.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    waiting = server.incoming.pending
    assert server.object.read(0) == b""
    assert server.incoming.pending == waiting
    assert server.object.read(10) == b"abcdef"
    assert server.object.read(0) == b""


def test_does_not_join_records(ssl, native, certificates, version):
    """One read() returns bytes of one record, however many records are waiting.

    man:SSL_read(3)
    """
    server = receiver_of(ssl, native, certificates, version, b"one", b"two", b"three")
    assert server.object.read(100) == b"one"
    assert server.object.pending() == 0
    assert server.incoming.pending > 0
    assert server.object.read(1) == b"t"
    assert server.object.read(100) == b"wo"
    assert server.object.read(100) == b"three"
    with pytest.raises(ssl.SSLWantReadError):
        server.object.read(100)


def test_wants_to_read_when_there_is_nothing(ssl, native, certificates, version):
    """With no data waiting read() raises SSLWantReadError, any number of times.

    library/ssl.html#ssl.SSLWantReadError
    """
    server = receiver_of(ssl, native, certificates, version)
    for _ in range(3):
        with pytest.raises(ssl.SSLWantReadError) as caught:
            server.object.read(1)
        assert caught.value.errno == ssl.SSL_ERROR_WANT_READ
    assert server.outgoing.pending == 0


def test_pending_is_zero_before_a_record_was_read(ssl, native, certificates, version):
    """pending() counts bytes already decrypted: 0 while a record is still in the incoming BIO.

    library/ssl.html#ssl.SSLSocket.pending
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    assert server.incoming.pending > 6
    assert server.object.pending() == 0
    server.object.read(1)
    assert server.incoming.pending == 0
    assert server.object.pending() == 5


@pytest.mark.parametrize("length", [-1, -1000])
def test_of_a_negative_length_is_a_value_error(ssl, native, certificates, version, length):
    """A negative length without a buffer is a ValueError, not "everything".

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    with pytest.raises(ValueError):
        server.object.read(length)
    assert server.object.read(10) == b"abcdef"


@pytest.mark.parametrize("length", [None, 1.0, "1", b"1"], ids=["None", "1.0", "str", "bytes"])
def test_of_no_integer_is_a_type_error(ssl, native, certificates, version, length):
    """A length that is no integer is a TypeError and takes nothing in; None is none.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    with pytest.raises(TypeError):
        server.object.read(length)
    assert server.object.read(10) == b"abcdef"


def test_takes_no_buffer_for_none(ssl, native, certificates, version):
    """read(n, None) is read(n): a buffer of None is no buffer.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    assert server.object.read(4, None) == b"abcd"
    assert server.object.read(len=1, buffer=None) == b"e"
    assert server.object.read(buffer=None) == b"f"


def test_of_a_huge_length_gives_what_there_is(ssl, native, certificates, version):
    """A length of a mebibyte gives the six bytes there are and then wants to read.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    assert server.object.read(2**20) == b"abcdef"
    with pytest.raises(ssl.SSLWantReadError):
        server.object.read(2**20)


def test_of_a_length_beyond_ssize_t_is_an_overflow(ssl, native, certificates, version):
    """A length that is no C integer at all is an OverflowError and takes nothing in.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(ssl, native, certificates, version, b"abcdef")
    with pytest.raises(OverflowError):
        server.object.read(2**64)
    assert server.object.read(10) == b"abcdef"
