"""SSLObject.read() into a buffer of the caller."""

import array

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


def test_returns_the_count_and_fills_the_start(peers, version):
    """read(n, buffer) returns the number of bytes and leaves the buffer's tail as it was.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abc")
    buffer = bytearray(b"--------")
    assert server.tls.read(8, buffer) == 3
    assert buffer == b"abc-----"


def test_length_smaller_than_the_buffer_limits(peers, version):
    """The length limits what is read into a larger buffer.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    buffer = bytearray(b"--------")
    assert server.tls.read(2, buffer) == 2
    assert buffer == b"ab------"
    assert server.tls.pending() == 4


def test_buffer_smaller_than_the_length_limits(peers, version):
    """A buffer smaller than the length is filled and never overrun.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    buffer = bytearray(b"----")
    assert server.tls.read(100, buffer) == 4
    assert buffer == b"abcd"
    assert server.tls.pending() == 2
    assert server.tls.read(10) == b"ef"


@pytest.mark.parametrize("length", [0, -1, -1000])
def test_length_of_zero_or_less_means_the_whole_buffer(peers, version, length):
    """With a buffer a length of zero or less means as much as the buffer holds.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    buffer = bytearray(b"----")
    assert server.tls.read(length, buffer) == 4
    assert buffer == b"abcd"


@pytest.mark.parametrize("length", [0, 4])
def test_buffer_of_no_bytes_reads_nothing(peers, version, length):
    """Into an empty buffer read() returns 0 at once, with data waiting and without.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    assert server.tls.read(length, bytearray()) == 0
    assert server.tls.read(10) == b"abcdef"
    assert server.tls.read(length, bytearray()) == 0


def test_memoryview_slice_is_filled_within_its_borders(peers, version):
    """Reading into a slice of a memoryview touches no byte outside the slice.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    buffer = bytearray(b"----------")
    assert server.tls.read(100, memoryview(buffer)[3:7]) == 4
    assert buffer == b"---abcd---"


def test_array_is_filled_by_bytes(peers, version):
    """Reading into an array of wider items counts and fills bytes.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"AABBCC")
    buffer = array.array("H", [0, 0])
    assert server.tls.read(100, buffer) == 4
    assert buffer == array.array("H", [0x4141, 0x4242])


@pytest.mark.parametrize("kind", ["b", "B", "H", "memoryview"])
@pytest.mark.parametrize("length", [1, 3])
def test_part_of_an_array_is_filled(peers, version, kind, length):
    """The number of bytes that is asked for counts with any kind of buffer.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"AABB")
    if kind == "memoryview":
        content = bytearray(4)
        buffer = memoryview(content)
    else:
        content = buffer = array.array(kind, bytes(4))
    assert server.tls.read(length, buffer) == length
    assert bytes(content) == b"AABB"[:length] + bytes(4 - length)
    assert server.tls.read(10) == b"AABB"[length:]


@pytest.mark.parametrize("kind", ["b", "B", "bytearray", "memoryview"])
def test_rest_of_a_buffer_is_left(peers, version, kind):
    """read() leaves the rest of a buffer, of any kind, as it was.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcd")
    buffer = content = bytearray(20 * b"x")
    if kind == "memoryview":
        buffer = memoryview(content)
    elif kind != "bytearray":
        buffer = content = array.array(kind, 20 * b"x")
    assert server.tls.read(20, buffer) == 4
    assert bytes(content) == b"abcd" + 16 * b"x"


@pytest.mark.parametrize(
    "buffer",
    [b"read-only", memoryview(b"read-only"), "text", 3, [0, 0]],
    ids=["bytes", "memoryview-of-bytes", "str", "int", "list"],
)
def test_refuses_what_cannot_be_written(peers, version, buffer):
    """A read-only buffer, or no buffer at all, is a TypeError and the data stays to be read.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    with pytest.raises(TypeError):
        server.tls.read(4, buffer)
    assert server.tls.read(10) == b"abcdef"


def test_want_read_leaves_the_buffer_alone(ssl, peers, version):
    """When there is nothing to read the buffer keeps its content.

    library/ssl.html#ssl.SSLWantReadError
    """
    server = receiver_of(peers, version)
    buffer = bytearray(b"untouched")
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.read(9, buffer)
    assert buffer == b"untouched"


def test_length_of_none_is_refused(peers, version):
    """The length may not be None, not even with a buffer.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    buffer = bytearray(b"----")
    with pytest.raises(TypeError):
        server.tls.read(None, buffer)
    assert buffer == b"----"


def test_buffer_alone_takes_up_to_1024(peers, version):
    """read(buffer=b) without a length fills at most 1024 bytes of a larger buffer.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"a" * 1500)
    buffer = bytearray(b"-" * 1600)
    assert server.tls.read(buffer=buffer) == 1024
    assert buffer == b"a" * 1024 + b"-" * 576


def test_array_of_no_items_reads_nothing(peers, version):
    """Reading into an array without items returns 0 and leaves the data.

    library/ssl.html#ssl.SSLSocket.read
    """
    server = receiver_of(peers, version, b"abcdef")
    assert server.tls.read(4, array.array("B")) == 0
    assert server.tls.read(10) == b"abcdef"
