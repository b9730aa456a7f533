"""SSLObject.write(): what it takes, returns and puts into the outgoing BIO."""

import array

import pytest

from conformance.peers import memory as peers

pytestmark = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


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
def test_takes_every_buffer(ssl, native, certificates, version, content):
    """write() takes any contiguous bytes-like object and returns the number of bytes.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    assert pair.client.object.write(content) == 4
    pair.transfer()
    assert pair.server.object.read(10) == bytes(content)


def test_refuses_text(ssl, native, certificates, version):
    """Text is a TypeError even when it is plain ASCII, and nothing is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    with pytest.raises(TypeError):
        pair.client.object.write(native.unicode("text"))
    assert pair.client.outgoing.pending == 0


@pytest.mark.parametrize("content", [None, 3, [97]], ids=["None", "int", "list"])
def test_refuses_what_is_no_buffer(ssl, native, certificates, version, content):
    """What is not bytes-like is a TypeError and nothing is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    with pytest.raises(TypeError):
        pair.client.object.write(content)
    assert pair.client.outgoing.pending == 0
    assert pair.client.object.write(b"still works") == 11


def test_refuses_a_strided_buffer(ssl, native, certificates, version):
    """A memoryview that is not contiguous is a BufferError and nothing is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    with pytest.raises(BufferError):
        pair.client.object.write(memoryview(b"a-b-c-")[::2])
    assert pair.client.outgoing.pending == 0


def test_takes_its_data_by_keyword(ssl, native, certificates, version):
    """The parameter of write() is named data.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    assert pair.client.object.write(data=b"named") == 5
    with pytest.raises(TypeError):
        pair.client.object.write(buffer=b"named")


def test_of_nothing_returns_zero_and_sends_nothing(ssl, native, certificates, version):
    """Writing no bytes returns 0, sends no record, and does not disturb what follows.

    library/ssl.html#ssl.SSLSocket.write
    """
    pair = peers.established(ssl, certificates, native, version)
    assert pair.client.object.write(b"") == 0
    assert pair.client.outgoing.pending == 0
    assert pair.client.object.write(b"after") == 5
    pair.transfer()
    assert pair.server.object.read(10) == b"after"


def test_takes_a_large_message_at_once(ssl, native, certificates, version):
    """A memory BIO is never full: 100 KiB are written in one call, in records of 16 KiB.

    rfc8446#section-5.1
    """
    content = bytes(range(256)) * 400
    pair = peers.established(ssl, certificates, native, version)
    assert pair.client.object.write(content) == 102400
    pair.transfer()
    received = [pair.server.object.read(65536) for _ in range(7)]
    assert [len(part) for part in received] == [16384] * 6 + [4096]
    assert b"".join(received) == content
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.object.read(1)


def test_large_message_can_be_read_in_odd_pieces(ssl, native, certificates, version):
    """100 KiB come out whole when read in pieces that never fit the records.

    Five reads for each of six records of 16384 bytes and two for the last one.

    library/ssl.html#ssl.SSLSocket.read
    """
    content = bytes(range(251)) * 408
    pair = peers.established(ssl, certificates, native, version)
    pair.client.object.write(content)
    pair.transfer()
    received = [pair.server.object.read(3677) for _ in range(32)]
    assert b"".join(received) == content
    assert pair.server.object.pending() == 0
    assert pair.server.incoming.pending == 0


def test_still_works_after_the_outgoing_end(ssl, native, certificates, version):
    """write_eof() on the outgoing BIO is for its reader: the SSLObject goes on writing into it.

    library/ssl.html#ssl.MemoryBIO.write_eof
    """
    pair = peers.established(ssl, certificates, native, version)
    pair.client.outgoing.write_eof()
    assert pair.client.outgoing.eof is True
    assert pair.client.object.write(b"beyond") == 6
    assert pair.client.outgoing.pending > 6
    assert pair.client.outgoing.eof is False
    pair.transfer()
    assert pair.server.object.read(10) == b"beyond"
