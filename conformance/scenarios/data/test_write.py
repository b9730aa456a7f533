"""SSLObject.write(): what it accepts, returns and puts into the outgoing BIO."""

import array

import pytest

from conformance.peers import both_versions

pytestmark = both_versions


@pytest.mark.parametrize(
    "content",
    [
        b"abcd",
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"__abcd__")[2:6],
        array.array("B", b"abcd"),
        array.array("H", [0x6161, 0x6262]),
    ],
    ids=["bytes", "bytearray", "memoryview", "memoryview-slice", "array", "array-of-shorts"],
)
def test_takes_every_buffer(peers, version, content):
    """write() takes any contiguous bytes-like object and returns the number of bytes.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    assert pair.client.tls.write(content) == 4
    pair.transfer()
    assert pair.server.tls.read(10) == bytes(content)


def test_refuses_text(peers, native, version):
    """Text is a TypeError even when it is plain ASCII, and nothing is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    with pytest.raises(TypeError):
        pair.client.tls.write(native.unicode("text"))
    assert pair.client.outgoing.pending == 0


@pytest.mark.parametrize("content", [None, 3, [97]], ids=["None", "int", "list"])
def test_refuses_what_is_no_buffer(peers, version, content):
    """What is not bytes-like is a TypeError and nothing is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    with pytest.raises(TypeError):
        pair.client.tls.write(content)
    assert pair.client.outgoing.pending == 0
    assert pair.client.tls.write(b"still works") == 11


def test_refuses_a_strided_buffer(peers, version):
    """A memoryview that is not contiguous is a BufferError and nothing is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    with pytest.raises(BufferError):
        pair.client.tls.write(memoryview(b"a-b-c-")[::2])
    assert pair.client.outgoing.pending == 0


def test_takes_its_data_by_keyword(peers, version):
    """The parameter of write() is named data.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    assert pair.client.tls.write(data=b"named") == 5
    with pytest.raises(TypeError):
        pair.client.tls.write(buffer=b"named")


def test_of_nothing_returns_zero_and_sends_nothing(peers, version):
    """Writing no bytes returns 0, sends no record, and does not disturb what follows.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(version)
    assert pair.client.tls.write(b"") == 0
    assert pair.client.outgoing.pending == 0
    assert pair.client.tls.write(b"after") == 5
    pair.transfer()
    assert pair.server.tls.read(10) == b"after"


def test_takes_a_large_message_at_once(ssl, peers, version):
    """A memory BIO is never full: 100 KiB are written in one call, in records of 16 KiB.

    rfc8446#section-5.1
    """
    content = bytes(range(256)) * 400
    pair = peers.established(version)
    assert pair.client.tls.write(content) == 102400
    pair.transfer()
    received = [pair.server.tls.read(65536) for _ in range(7)]
    assert [len(part) for part in received] == [16384] * 6 + [4096]
    assert b"".join(received) == content
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.tls.read(1)


def test_large_message_can_be_read_in_odd_pieces(peers, version):
    """100 KiB come out whole when read in pieces that never fit the records.

    Five reads for each of six records of 16384 bytes and two for the last one.

    library/ssl.html#ssl.SSLSocket.read
    """
    content = bytes(range(251)) * 408
    pair = peers.established(version)
    pair.client.tls.write(content)
    pair.transfer()
    received = [pair.server.tls.read(3677) for _ in range(32)]
    assert b"".join(received) == content
    assert pair.server.tls.pending() == 0
    assert pair.server.incoming.pending == 0


def test_still_works_after_the_outgoing_end(peers, version):
    """After write_eof() on the outgoing BIO the SSLObject still writes into it.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    pair = peers.established(version)
    pair.client.outgoing.write_eof()
    assert pair.client.outgoing.eof is True
    assert pair.client.tls.write(b"beyond") == 6
    assert pair.client.outgoing.pending > 6
    assert pair.client.outgoing.eof is False
    pair.transfer()
    assert pair.server.tls.read(10) == b"beyond"
