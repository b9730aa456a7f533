"""The end of file of a MemoryBIO."""

import pytest


def test_turns_true_once_drained(ssl):
    """`eof` is true only when the end was written and the buffer is empty.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"tail")
    assert bio.write_eof() is None
    assert bio.eof is False
    assert bio.pending == 4
    assert bio.read() == b"tail"
    assert bio.eof is True
    assert bio.pending == 0


def test_stays_false_while_a_byte_is_left(ssl):
    """`eof` stays false while a byte is left to read.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"abc")
    bio.write_eof()
    assert bio.read(1) == b"a"
    assert bio.eof is False
    assert bio.read(1) == b"b"
    assert bio.eof is False
    assert bio.read(0) == b""
    assert bio.eof is False
    assert bio.read(1) == b"c"
    assert bio.eof is True


def test_is_true_at_once_on_an_empty_one(ssl):
    """Writing the end to an empty MemoryBIO makes `eof` true immediately.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write_eof()
    assert bio.eof is True
    assert bio.pending == 0


def test_is_false_on_an_empty_one_without_write_eof(ssl):
    """A buffer that was drained but not ended is not at its end.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"content")
    bio.read()
    assert bio.eof is False
    bio.read()
    assert bio.eof is False


def test_stays_true_over_further_reads(ssl):
    """After the end, read() returns b"" for every size and `eof` stays true.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"x")
    bio.write_eof()
    bio.read()
    assert bio.read() == b""
    assert bio.read(0) == b""
    assert bio.read(10) == b""
    assert bio.read(-1) == b""
    assert bio.eof is True


def test_refuses_a_write_after_it(ssl):
    """A write after write_eof() is an SSLError and leaves content and end as they were.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"tail")
    bio.write_eof()
    with pytest.raises(ssl.SSLError) as caught:
        bio.write(b"late")
    assert type(caught.value).__name__ == "SSLError"
    assert bio.pending == 4
    assert bio.eof is False
    assert bio.read() == b"tail"
    assert bio.eof is True


def test_refuses_a_write_after_it_was_drained(ssl):
    """The end is final: once drained, the buffer still refuses a write.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    bio = ssl.MemoryBIO()
    bio.write_eof()
    assert bio.read() == b""
    with pytest.raises(ssl.SSLError):
        bio.write(b"late")
    assert bio.pending == 0
    assert bio.eof is True
    assert bio.read() == b""


def test_refuses_even_an_empty_write_after_it(ssl):
    """A write of no bytes after write_eof() is refused like any other.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    bio = ssl.MemoryBIO()
    bio.write_eof()
    with pytest.raises(ssl.SSLError):
        bio.write(b"")
    assert bio.eof is True


def test_wrong_argument_comes_before_it(ssl):
    """A value that is not a buffer is a TypeError after the end too: arguments come first.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    bio.write_eof()
    with pytest.raises(TypeError):
        bio.write(None)
    with pytest.raises(TypeError):
        bio.write()


def test_refused_write_carries_no_openssl_error(ssl):
    """The refused write raises only a message: no errno, no OpenSSL library, no reason.

    An implementation that asks OpenSSL's (stale or empty) error queue for it shows here.

    library/ssl.html#ssl.SSLError.reason
    """
    bio = ssl.MemoryBIO()
    bio.write_eof()
    with pytest.raises(ssl.SSLError, match=r"cannot write\(\) after write_eof\(\)") as caught:
        bio.write(b"late")
    assert caught.value.errno is None
    assert getattr(caught.value, "reason", None) is None
    assert getattr(caught.value, "library", None) is None


def test_may_be_written_twice(ssl):
    """write_eof() twice is the same as once, before and after draining.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"x")
    assert bio.write_eof() is None
    assert bio.write_eof() is None
    assert bio.eof is False
    assert bio.read() == b"x"
    assert bio.eof is True
    assert bio.write_eof() is None
    assert bio.eof is True


def test_is_written_without_arguments(ssl):
    """write_eof() takes no argument, and a refused call does not write the end.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(TypeError):
        bio.write_eof(True)
    with pytest.raises(TypeError):
        bio.write_eof(eof=True)
    assert bio.eof is False
    assert bio.write(b"still open") == 10
