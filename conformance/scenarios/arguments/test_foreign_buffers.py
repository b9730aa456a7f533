"""Buffers of other modules, read from and written to: those of ctypes, and mapped memory."""

import pytest

mapped = pytest.mark.parametrize("mapped", [False, True], ids=["ctypes", "mmap"])


@mapped
def test_content_is_taken(ssl, peers, native, mapped):
    """A MemoryBIO, an SSLObject and an SSLSocket send the bytes of a foreign buffer.

    c-api/buffer.html#c.Py_buffer
    """
    buffer = native.zeros(5, mapped)
    bio = ssl.MemoryBIO()
    assert bio.write(buffer) == 5
    assert bio.read() == bytes(5)
    pair = peers.established()
    assert pair.client.tls.write(buffer) == 5
    pair.transfer()
    assert pair.server.tls.read(9) == bytes(5)
    near, far = peers.sockets.established()
    assert near.send(buffer) == 5
    assert far.recv(9) == bytes(5)


@mapped
def test_room_is_filled(peers, native, mapped):
    """An SSLObject and an SSLSocket fill a foreign buffer, and no more than it has.

    c-api/buffer.html#c.Py_buffer
    """
    pair = peers.established()
    pair.server.tls.write(b"content")
    pair.transfer()
    buffer = native.zeros(5, mapped)
    assert pair.client.tls.read(100, buffer) == 5
    assert native.beginning(buffer, 5) == b"conte"
    assert pair.client.tls.read(100) == b"nt"
    near, far = peers.sockets.established()
    near.send(b"content")
    buffer = native.zeros(5, mapped)
    assert far.recv_into(buffer) == 5
    assert native.beginning(buffer, 5) == b"conte"
    assert far.recv(9) == b"nt"


@mapped
def test_room_that_is_not_needed_stays(peers, native, mapped):
    """Less than a foreign buffer has room for changes its beginning alone.

    library/ssl.html#ssl.SSLObject.read
    """
    pair = peers.established()
    pair.server.tls.write(b"x" * 2000)
    pair.transfer()
    assert pair.client.tls.read(2000, native.zeros(2000, mapped)) == 2000
    pair.server.tls.write(b"content")
    pair.transfer()
    buffer = native.zeros(2000, mapped)
    assert pair.client.tls.read(2000, buffer) == 7
    assert native.beginning(buffer, 2000) == b"content" + bytes(1993)


@mapped
def test_authorities_are_none(ssl, native, mapped):
    """load_verify_locations() reads cadata from a foreign buffer: zeros are no certificate.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ssl.SSLError):
        context.load_verify_locations(cadata=native.zeros(5, mapped))
    assert context.cert_store_stats()["x509"] == 0


def test_closed_map_is_refused(ssl, peers, native):
    """A closed mmap is refused: with ValueError as what to send, with TypeError as room to read.

    library/mmap.html#mmap.mmap.close
    """
    memory = native.zeros(5, mapped=True)
    memory.close()
    bio = ssl.MemoryBIO()
    with pytest.raises(ValueError):
        bio.write(memory)
    assert bio.pending == 0
    pair = peers.established()
    with pytest.raises(ValueError):
        pair.client.tls.write(memory)
    with pytest.raises(TypeError):
        pair.client.tls.read(5, memory)
    with pytest.raises(ValueError):
        ssl.RAND_add(memory, 1.0)
