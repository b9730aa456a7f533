"""Bytes leave a MemoryBIO in the order they came in."""


def test_is_kept_over_interleaved_reads_and_writes(ssl):
    """Reads and writes in turn keep first-in, first-out order across their borders.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    bio.write(b"abc")
    assert bio.read(1) == b"a"
    bio.write(b"def")
    assert bio.pending == 5
    assert bio.read(4) == b"bcde"
    bio.write(b"gh")
    assert bio.read(1) == b"f"
    assert bio.read(10) == b"gh"
    bio.write(b"i")
    assert bio.read() == b"i"
    assert bio.pending == 0


def test_is_kept_over_many_small_writes(ssl):
    """Two hundred writes of one byte are one read of two hundred.

    library/ssl.html#ssl.MemoryBIO
    """
    content = bytes(range(200))
    bio = ssl.MemoryBIO()
    for at in range(200):
        assert bio.write(content[at : at + 1]) == 1
    assert bio.pending == 200
    assert bio.read() == content


def test_is_kept_over_many_small_reads(ssl):
    """One write of two hundred bytes is two hundred reads of one.

    library/ssl.html#ssl.MemoryBIO
    """
    content = bytes(range(200))
    bio = ssl.MemoryBIO()
    bio.write(content)
    for at in range(200):
        assert bio.read(1) == content[at : at + 1]
    assert bio.pending == 0
    assert bio.read(1) == b""


def test_pending_follows_every_step(ssl):
    """`pending` is what was written less what was read, after every operation.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    bio = ssl.MemoryBIO()
    bio.write(b"12345")
    assert bio.pending == 5
    bio.read(2)
    assert bio.pending == 3
    bio.write(b"6789")
    assert bio.pending == 7
    bio.read(0)
    assert bio.pending == 7
    bio.read(6)
    assert bio.pending == 1
    bio.read(100)
    assert bio.pending == 0
    bio.write(b"again")
    assert bio.pending == 5


def test_asking_for_pending_changes_nothing(ssl):
    """Reading `pending` and `eof` changes nothing, however often.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    bio = ssl.MemoryBIO()
    bio.write(b"content")
    assert [bio.pending, bio.pending, bio.pending] == [7, 7, 7]
    assert [bio.eof, bio.eof] == [False, False]
    assert bio.read() == b"content"


def test_is_kept_when_the_buffer_grows_while_half_read(ssl):
    """Content larger than the buffer, written behind a half-read rest, comes out in order.

    Memory BIOs move or reallocate what is left; the seam is where bytes get lost or doubled.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    bio.write(b"a" * 100)
    assert bio.read(60) == b"a" * 60
    bio.write(b"b" * 70000)
    assert bio.pending == 70040
    assert bio.read(41) == b"a" * 40 + b"b"
    bio.write(b"c" * 3)
    assert bio.read(69999) == b"b" * 69999
    assert bio.read() == b"ccc"
