"""MemoryBIO when much is written and read in turns."""

import pytest


@pytest.mark.parametrize("size", [1, 90, 100, 1000])
def test_order_is_kept_when_reads_leave_a_rest(ssl, size):
    """Bytes come out in the order they went in, whatever was left when more were written.

    library/ssl.html#ssl.MemoryBIO.read
    """
    bio = ssl.MemoryBIO()
    sent, got = b"", b""
    for turn in range(12):
        data = bytes([65 + turn]) * size
        assert bio.write(data) == size
        sent += data
        got += bio.read(size - size // 8)
        assert bio.pending == len(sent) - len(got)
    assert got + bio.read() == sent
    assert bio.pending == 0
