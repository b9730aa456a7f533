"""Buffers about as large as a C int can count, and larger."""

import pytest

from conformance.peers import deliver

INT_MAX = 2**31 - 1
MEMORY_BIO_MAX = 0x5FFFFFFC
"""What OpenSSL's own BUF_MEM can be made to hold."""
SIZES = [INT_MAX, INT_MAX + 1, 2 * INT_MAX + 7]
IDS = ["as-int", "more-than-int", "more-than-two-ints"]


@pytest.mark.parametrize(
    "before, size",
    [(0, MEMORY_BIO_MAX + 1), (1, MEMORY_BIO_MAX), (0, INT_MAX), (6, INT_MAX)],
    ids=["alone", "with-what-is-there", "as-int", "as-int-with-what-is-there"],
)
def test_memory_bio_refuses_more_than_openssl_holds(ssl, native, before, size):
    """A write() that would make a MemoryBIO hold more than 0x5ffffffc bytes is an SSLError.

    Nothing of it is stored, and the BIO goes on.

    man:BUF_MEM_grow(3)
    """
    bio = ssl.MemoryBIO()
    bio.write(b"x" * before)
    with pytest.raises(ssl.SSLError):
        bio.write(native.zeros(size))
    assert bio.pending == before
    bio.write(b"after")
    assert bio.read() == b"x" * before + b"after"


@pytest.mark.parametrize("size", SIZES[1:], ids=IDS[1:])
def test_memory_bio_refuses_more_than_a_c_int_counts(ssl, native, size):
    """write() of more than 2147483647 bytes is an OverflowError and stores nothing.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    bio.write(b"before")
    with pytest.raises(OverflowError):
        bio.write(native.zeros(size))
    assert bio.read() == b"before"


@pytest.mark.parametrize("size", SIZES[1:], ids=IDS[1:])
def test_memory_bio_that_has_ended_counts_first(ssl, native, size):
    """After write_eof(), writing more than 2147483647 bytes is still an OverflowError.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    bio = ssl.MemoryBIO()
    bio.write_eof()
    with pytest.raises(OverflowError):
        bio.write(native.zeros(size))
    with pytest.raises(ssl.SSLError):
        bio.write(native.zeros(MEMORY_BIO_MAX + 1))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_write_before_the_handshake_begins_it(ssl, peers, native, size):
    """SSLObject.write() of any size before the handshake is SSLWantReadError.

    library/ssl.html#ssl.SSLSocket.write
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = peers.client_context()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.write(native.zeros(size))
    assert outgoing.pending > 0


@pytest.mark.parametrize("mapped", [False, True], ids=["array", "mmap"])
@pytest.mark.parametrize("size", [0, -1, 4], ids=["0", "-1", "4"])
@pytest.mark.parametrize("room", SIZES, ids=IDS)
def test_read_into(peers, native, room, size, mapped):
    """read() into a buffer longer than a C int wants a length that fits one: without it, an
    OverflowError that loses nothing.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established()
    pair.client.tls.write(b"abcdef")
    deliver(pair.client, pair.server)
    buffer = native.zeros(room, mapped=mapped)
    if room > INT_MAX and size <= 0:
        with pytest.raises(OverflowError):
            pair.server.tls.read(size, buffer)
        assert pair.server.tls.read(10) == b"abcdef"
    else:
        length = size if size > 0 else 6
        assert pair.server.tls.read(size, buffer) == length
        assert native.beginning(buffer, 6) == b"abcdef"[:length] + b"\0" * (6 - length)


@pytest.mark.parametrize("size", [INT_MAX, INT_MAX + 1], ids=IDS[:2])
def test_read(peers, size):
    """read() takes a length longer than a C int and returns what there is.

    library/ssl.html#ssl.SSLSocket.read
    """
    pair = peers.established()
    pair.client.tls.write(b"abcdef")
    deliver(pair.client, pair.server)
    assert pair.server.tls.read(size) == b"abcdef"


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_cadata(ssl, native, size):
    """cadata longer than 2147483647 bytes is an OverflowError, and shorter of zeros an SSLError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(OverflowError if size > INT_MAX else ssl.SSLError):
        context.load_verify_locations(cadata=native.zeros(size))
    assert context.cert_store_stats() == {"crl": 0, "x509": 0, "x509_ca": 0}


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_socket_receives_into_it(peers, native, size):
    """SSLSocket.recv_into() takes a buffer longer than a C int.

    library/ssl.html#ssl.SSLSocket.read
    """
    near, far = peers.sockets.established()
    near.send(b"abcdef")
    buffer = native.zeros(size)
    assert far.recv_into(buffer) == 6
    assert native.beginning(buffer, 7) == b"abcdef\0"


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_socket_sends_the_beginning(ssl, peers, native, size):
    """A non-blocking send() of a buffer longer than a C int sends records until it would block.

    library/ssl.html#ssl.SSLSocket.write
    """
    near, far = peers.sockets.established()
    with pytest.raises(ssl.SSLWantWriteError):
        near.send(native.zeros(size))
    assert far.recv(20000) == bytes(16384)
