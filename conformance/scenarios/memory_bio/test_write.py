"""What MemoryBIO.write() accepts and returns."""

import array

import pytest


@pytest.mark.parametrize(
    "content",
    [
        b"abcd",
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"__abcd__")[2:6],
        memoryview(bytearray(b"__abcd__"))[2:6],
        array.array("B", b"abcd"),
    ],
    ids=[
        "bytes",
        "bytearray",
        "memoryview",
        "memoryview-slice",
        "memoryview-slice-of-bytearray",
        "array",
    ],
)
def test_takes_every_buffer(ssl, content):
    """write() takes any contiguous bytes-like object and returns the number of bytes.

    asyncio, trollius and urllib3 hand over slices of memoryviews; array.array has, on 2.7, only
    the old buffer interface.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    assert bio.write(content) == 4
    assert bio.pending == 4
    assert bio.read() == b"abcd"


def test_counts_bytes_not_items(ssl):
    """For a buffer of wider items write() returns and `pending` counts bytes.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    assert bio.write(array.array("H", [0x4141, 0x4242, 0x4343])) == 6
    assert bio.pending == 6
    assert bio.read() == b"AABBCC"


def test_refuses_a_strided_buffer(ssl):
    """A memoryview that is not contiguous is a BufferError and adds nothing.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    bio.write(b"before")
    with pytest.raises(BufferError):
        bio.write(memoryview(b"a-b-c-")[::2])
    assert bio.pending == 6
    assert bio.read() == b"before"


def test_refuses_text(ssl, native):
    """Text is a TypeError, even when it is plain ASCII, and adds nothing.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(TypeError):
        bio.write(native.unicode("text"))
    with pytest.raises(TypeError):
        bio.write(native.unicode(""))
    assert bio.pending == 0


@pytest.mark.parametrize(
    "content",
    [None, 3, True, 1.5, [97, 98], (b"a",)],
    ids=["None", "3", "True", "1.5", "list", "tuple"],
)
def test_refuses_what_is_no_buffer(ssl, content):
    """Anything that is not bytes-like is a TypeError and adds nothing.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    bio.write(b"before")
    with pytest.raises(TypeError):
        bio.write(content)
    assert bio.read() == b"before"


def test_wants_exactly_one_positional_argument(ssl):
    """write() takes one argument, by position.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(TypeError):
        bio.write()
    with pytest.raises(TypeError):
        bio.write(b"one", b"two")
    with pytest.raises(TypeError):
        bio.write(b=b"one")
    with pytest.raises(TypeError):
        bio.write(data=b"one")
    assert bio.pending == 0


@pytest.mark.parametrize(
    "nothing", [b"", bytearray(), memoryview(b"")], ids=["bytes", "bytearray", "memoryview"]
)
def test_of_nothing_is_zero(ssl, nothing):
    """Writing an empty buffer returns 0 and changes nothing.

    OpenSSL's BIO_write() of no bytes looks like a failure; write() must not raise for it.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    assert bio.write(nothing) == 0
    assert bio.pending == 0
    bio.write(b"content")
    assert bio.write(nothing) == 0
    assert bio.pending == 7
    assert bio.eof is False
    assert bio.read() == b"content"


def test_keeps_embedded_nulls(ssl):
    """NUL bytes at the beginning, inside and at the end are content like any other.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    assert bio.write(b"\0\0a\0b\0") == 6
    assert bio.read(3) == b"\0\0a"
    assert bio.read() == b"\0b\0"


def test_keeps_every_byte_value(ssl):
    """All 256 byte values come out as they went in.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    assert bio.write(bytes(range(256))) == 256
    assert bio.read() == bytes(range(256))


def test_takes_a_mebibyte_at_once(ssl):
    """One write takes 1 MiB, and one read gives it back.

    library/ssl.html#ssl.MemoryBIO.write
    """
    content = bytes(range(256)) * 4096
    bio = ssl.MemoryBIO()
    assert bio.write(content) == 1048576
    assert bio.pending == 1048576
    assert bio.read() == content
    assert bio.pending == 0
