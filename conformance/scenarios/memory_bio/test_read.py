"""What MemoryBIO.read() returns for each size."""

import pytest


def filled(ssl, content=b"abcdef"):
    """Return a MemoryBIO that holds `content`."""
    bio = ssl.MemoryBIO()
    bio.write(content)
    return bio


def test_gives_everything_without_a_size(ssl):
    """Without a size read() returns all bytes and empties the buffer.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    assert bio.read() == b"abcdef"
    assert bio.pending == 0
    assert bio.read() == b""


@pytest.mark.parametrize("size", [-1, -2, -1000, -(2**31)])
def test_gives_everything_for_a_negative_size(ssl, size):
    """Any negative size means all bytes, not only -1.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    assert bio.read(size) == b"abcdef"
    assert bio.pending == 0


def test_gives_nothing_for_zero(ssl):
    """read(0) returns b"" and takes nothing out.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    assert bio.read(0) == b""
    assert bio.pending == 6
    assert bio.read() == b"abcdef"


@pytest.mark.parametrize("size, expected", [(1, b"a"), (5, b"abcde"), (6, b"abcdef")])
def test_gives_the_first_bytes_for_a_size(ssl, size, expected):
    """read(n) returns the first n bytes and leaves the others.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    assert bio.read(size) == expected
    assert bio.pending == 6 - size
    assert bio.read() == b"abcdef"[size:]


@pytest.mark.parametrize("size", [7, 65536, 2**31 - 1])
def test_gives_what_there_is_for_a_larger_size(ssl, size):
    """A size beyond the content returns the content, however large the size is.

    The buffer for the answer must follow the content, not the size asked for.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    assert bio.read(size) == b"abcdef"
    assert bio.pending == 0


@pytest.mark.parametrize("size", [2**31, 2**63, 2**64, -(2**31) - 1, -(2**63) - 1])
def test_refuses_a_size_beyond_a_c_int(ssl, size):
    """A size beyond a C int is an OverflowError and takes nothing out.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    with pytest.raises(OverflowError):
        bio.read(size)
    assert bio.read() == b"abcdef"


@pytest.mark.parametrize(
    "size", [None, "3", b"3", 1.5, 2.0, [1]], ids=["None", "str", "bytes", "1.5", "2.0", "list"]
)
def test_refuses_a_size_that_is_no_integer(ssl, size):
    """A size must be an integer: None and floats are TypeErrors and take nothing out.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    with pytest.raises(TypeError):
        bio.read(size)
    assert bio.pending == 6


def test_takes_booleans_as_integers(ssl):
    """True is the size 1 and False the size 0.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    assert bio.read(True) == b"a"
    assert bio.read(False) == b""
    assert bio.pending == 5


def test_refuses_the_size_by_keyword(ssl):
    """The size of read() is positional only.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    with pytest.raises(TypeError):
        bio.read(size=1)
    with pytest.raises(TypeError):
        bio.read(n=1)
    assert bio.pending == 6


def test_refuses_two_arguments(ssl):
    """read() takes one argument at the most; there is no buffer to read into.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl)
    with pytest.raises(TypeError):
        bio.read(3, bytearray(3))
    assert bio.pending == 6


def test_never_wants_and_never_fails_when_empty(ssl):
    """Reading an empty MemoryBIO returns b"" for every size, again and again.

    An empty OpenSSL memory BIO says "retry"; MemoryBIO turns that into b"", not into an error.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = ssl.MemoryBIO()
    assert bio.read() == b""
    assert bio.read(0) == b""
    assert bio.read(-1) == b""
    assert bio.read(16) == b""
    assert bio.read(16) == b""
    assert bio.pending == 0
    assert bio.eof is False


def test_returns_bytes(ssl):
    """read() returns bytes whatever type was written.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = filled(ssl, bytearray(b"mutable"))
    content = bio.read()
    assert isinstance(content, bytes)
    assert content == b"mutable"
