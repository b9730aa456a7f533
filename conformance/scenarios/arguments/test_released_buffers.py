"""Buffers are let go by the call that got them, whether it succeeds or raises.

A bytearray that is still in use cannot be resized: BufferError.
"""

import pytest

from conformance.peers import attempt_any, deliver


def test_read_lets_its_buffer_go(peers, native):
    """read() lets the buffer go when it filled it, wants to read, or meets the end.

    library/stdtypes.html#bytearray
    """
    pair = peers.established()
    read = pair.client.tls.read
    buffer = native.buffer(bytes(8))
    assert attempt_any(read, 5, buffer) == "SSLWantReadError"
    native.resize(buffer)
    pair.server.tls.write(b"hello")
    deliver(pair.server, pair.client)
    assert attempt_any(read, 5, buffer) == "value"
    native.resize(buffer)
    assert attempt_any(read, -(2**70), buffer) == "OverflowError"
    native.resize(buffer)
    pair.client.incoming.write_eof()
    assert attempt_any(read, 5, buffer) == "SSLEOFError"
    native.resize(buffer)
    assert native.beginning(buffer, 5) == b"hello"


def test_write_lets_its_buffer_go(ssl, peers, native):
    """write() lets the buffer go when it sent it, wants to read, or is refused.

    library/stdtypes.html#bytearray
    """
    pair = peers.pair()
    buffer = native.buffer(b"content")
    assert attempt_any(pair.client.tls.write, buffer) == "SSLWantReadError"
    native.resize(buffer)
    pair.handshake()
    assert attempt_any(pair.client.tls.write, buffer) == "value"
    native.resize(buffer)
    assert attempt_any(pair.client.tls.unwrap) == "SSLWantReadError"
    assert attempt_any(pair.client.tls.write, buffer) == "SSLError"
    native.resize(buffer)


def test_memory_bio_lets_its_buffer_go(ssl, native):
    """MemoryBIO.write() lets the buffer go when it stored it, and when it is refused.

    library/ssl.html#ssl.MemoryBIO.write
    """
    bio = ssl.MemoryBIO()
    buffer = native.buffer(b"content")
    assert bio.write(buffer) == 7
    native.resize(buffer)
    bio.write_eof()
    assert attempt_any(bio.write, buffer) == "SSLError"
    native.resize(buffer)
    assert bio.read() == b"content"


def test_socket_lets_its_buffers_go(peers, native):
    """send(), sendall() and recv_into() of an SSLSocket let their buffers go.

    library/ssl.html#ssl.SSLSocket
    """
    near, far = peers.sockets.established()
    buffer = native.buffer(b"content")
    assert attempt_any(near.recv_into, buffer) == "SSLWantReadError"
    native.resize(buffer)
    assert near.send(buffer) == 8
    native.resize(buffer)
    near.sendall(buffer)
    native.resize(buffer)
    assert far.recv_into(buffer) == 8
    native.resize(buffer)
    assert far.recv(100) == b"contentxx"
    assert attempt_any(far.unwrap) == "SSLWantReadError"
    assert attempt_any(near.recv_into, buffer) == "value"
    native.resize(buffer)


def test_authorities_let_their_buffer_go(ssl, native, certificates):
    """load_verify_locations() lets cadata go when it took it, and when it is refused.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    buffer = native.buffer(certificates.authority.der)
    assert context.load_verify_locations(cadata=buffer) is None
    native.resize(buffer)  # which is garbage behind the certificate
    assert attempt_any(lambda: context.load_verify_locations(cadata=buffer)) == "SSLError"
    native.resize(buffer)


@pytest.mark.parametrize("password, outcome", [("correct horse", "value"), ("wrong", "SSLError")])
def test_password_is_let_go(peers, native, certificates, password, outcome):
    """load_cert_chain() lets a password go, right or wrong.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = peers.server_context()
    identity = certificates.encrypted_key
    buffer = native.buffer(password.encode("ascii"))
    found = attempt_any(context.load_cert_chain, identity.chain, identity.key, buffer)
    assert found == outcome
    native.resize(buffer)


@pytest.mark.parametrize(
    "name, outcome",
    [(b"localhost", "value"), (b"nul\0", "TypeError")],
    ids=["good", "NUL"],
)
def test_host_name_is_let_go(ssl, peers, native, name, outcome):
    """wrap_bio() lets a server_hostname go, whether it takes it or refuses it.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    buffer = native.buffer(name)
    bios = ssl.MemoryBIO(), ssl.MemoryBIO()
    assert attempt_any(peers.client_context().wrap_bio, *bios, False, buffer) == outcome
    native.resize(buffer)


def test_room_that_a_callback_takes_away(peers, native):
    """read() does not write to memory that a callback tries to unmap meanwhile: BufferError.

    library/mmap.html#mmap.mmap.close
    """
    client = peers.client_context()
    client._msg_callback = native.message_log()
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    pair.server.tls.write(b"content")
    deliver(pair.server, pair.client)
    memory = native.zeros(5, mapped=True)
    client._msg_callback = native.calling_callback(memory.close)
    assert attempt_any(pair.client.tls.read, 5, memory) == "BufferError"
