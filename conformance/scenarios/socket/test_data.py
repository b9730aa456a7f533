"""Sending and receiving through an SSLSocket, by all the names that sockets have for it."""

import array
from pathlib import Path

import pytest

from conformance.peers.sockets import wait

TEXT = b"some text that travels"


@pytest.mark.parametrize("name", ["send", "write"])
def test_sent_bytes_arrive(peers, name):
    """send() and write() return how many bytes they took, and recv() returns them.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    wait(*ends)
    assert getattr(ends.client, name)(TEXT) == len(TEXT)
    assert ends.server.recv(100) == TEXT
    assert getattr(ends.server, name)(TEXT) == len(TEXT)
    assert ends.client.recv(100) == TEXT


def test_sendall_sends_all(peers):
    """sendall() returns None when everything was sent, also what is longer than a record.

    library/socket.html#socket.socket.sendall
    """
    ends = peers.sockets.established()
    wait(*ends)
    assert ends.client.sendall(b"x" * 40000) is None
    received = [len(ends.server.recv(100000)) for _ in range(3)]
    assert received == [16384, 16384, 7232]


@pytest.mark.parametrize("seconds", [2**22, 2**31], ids=str)
def test_time_out_may_be_very_long(peers, seconds):
    """A time-out of months or years is one like any other.

    library/socket.html#socket.socket.settimeout
    """
    ends = peers.sockets.established()
    ends.client.settimeout(seconds)
    ends.server.settimeout(seconds)
    assert ends.client.send(TEXT) == len(TEXT)
    assert ends.server.recv(100) == TEXT


def test_send_takes_more_than_a_record(peers):
    """send() takes everything, in records of 16384 bytes; recv() returns one record at most.

    man:SSL_write(3)
    """
    ends = peers.sockets.established()
    wait(*ends)
    assert ends.client.send(b"x" * 20000) == 20000
    assert len(ends.server.recv(20000)) == 16384
    assert len(ends.server.recv(20000)) == 3616


@pytest.mark.parametrize(
    "data",
    [bytearray(TEXT), memoryview(TEXT), array.array("B", TEXT)],
    ids=lambda x: type(x).__name__,
)
@pytest.mark.parametrize("name", ["send", "sendall", "write"])
def test_any_buffer_can_be_sent(peers, name, data):
    """Every bytes-like object can be sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    wait(*ends)
    getattr(ends.client, name)(data)
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("lengths", [(4,), (2, 2)], ids=["flat", "nested"])
@pytest.mark.parametrize("name", ["send", "sendall", "write"])
def test_items_of_several_bytes_are_sent_as_bytes(peers, native, name, lengths):
    """Every byte of a buffer with wider items is sent.

    library/ssl.html#ssl.SSLSocket.write
    """
    kind = native.module("ctypes").c_uint16
    for length in lengths:
        kind = native.operate("mul", kind, length)
    ends = peers.sockets.established()
    wait(*ends)
    getattr(ends.client, name)(native.construct(kind))
    assert ends.server.recv(100) == bytes(8)
    ends.client.send(TEXT)
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("data", [1, None, [b"x"]], ids=["int", "None", "list"])
@pytest.mark.parametrize("name", ["send", "sendall", "write"])
def test_what_is_no_buffer_is_refused(peers, name, data):
    """Data that is not bytes-like is a TypeError, and the connection goes on.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    wait(*ends)
    with pytest.raises(TypeError):
        getattr(ends.client, name)(data)
    ends.client.send(TEXT)
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("name", ["send", "sendall", "write"])
def test_nothing_can_be_sent(peers, name):
    """Sending no bytes is accepted and sends no data.

    library/ssl.html#ssl.SSLSocket.write
    """
    ends = peers.sockets.established()
    wait(*ends)
    assert not getattr(ends.client, name)(b"")
    ends.client.send(TEXT)
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("name", ["recv", "read"])
def test_reading_takes_up_to_a_size(peers, name):
    """recv() and read() return at most the requested bytes; pending() counts the rest.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(TEXT)
    assert ends.server.pending() == 0
    assert getattr(ends.server, name)(4) == TEXT[:4]
    assert ends.server.pending() == len(TEXT) - 4
    assert getattr(ends.server, name)() == TEXT[4:]
    assert ends.server.pending() == 0


@pytest.mark.parametrize("name", ["recv", "read"])
def test_nothing_may_be_asked_for(peers, name):
    """A size of 0 returns no bytes at once and leaves what is there.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(TEXT)
    assert getattr(ends.server, name)(0) == b""
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("name", ["recv", "read"])
@pytest.mark.parametrize("size", [-1, "4", 2.0], ids=["negative", "str", "float"])
def test_size_must_be_a_number(peers, name, size):
    """A negative size is a ValueError, and a size that is not an int a TypeError.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(TEXT)
    with pytest.raises((ValueError, TypeError)):
        getattr(ends.server, name)(size)
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("arguments", [(), (None,), (0,), (4,), (100,)], ids=str)
def test_recv_into_fills_a_buffer(peers, arguments):
    """recv_into() fills a buffer with as many bytes as requested or fit, and returns how many.

    library/socket.html#socket.socket.recv_into
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(TEXT)
    buffer = bytearray(10)
    size = ends.server.recv_into(buffer, *arguments)
    assert size == (4 if arguments == (4,) else 10)
    assert buffer[:size] == TEXT[:size]
    assert ends.server.recv(100) == TEXT[size:]


def test_recv_into_fills_a_larger_buffer(peers):
    """recv_into() without a number fills a buffer of more than 1,024 bytes.

    library/socket.html#socket.socket.recv_into
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(bytes(3000))
    assert ends.server.recv_into(bytearray(b"x" * 2000)) == 2000
    assert ends.server.recv(3000) == bytes(1000)


def test_recv_into_counts_bytes(peers):
    """recv_into() without a number fills a buffer of wider items with as many bytes as it has.

    library/socket.html#socket.socket.recv_into
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(b"AABBCCDD")
    buffer = array.array("I", [0, 0])
    assert ends.server.recv_into(buffer) == 8
    assert buffer == array.array("I", [0x42424141, 0x44444343])


def test_foreign_items_are_counted_as_bytes(peers, native):
    """send() and recv_into() count the bytes of a ctypes array of wider items.

    library/socket.html#socket.socket.send
    """
    ends = peers.sockets.established()
    wait(*ends)
    ctypes = native.module("ctypes")
    many = native.construct(native.operate("mul", ctypes.c_uint32, 5000))
    assert ends.client.send(many) == 20000
    few = native.construct(native.operate("mul", ctypes.c_uint32, 3))
    assert ends.server.recv_into(few) == 12


def test_recv_into_an_empty_buffer(peers):
    """recv_into() with an empty buffer returns 0 and takes nothing.

    library/socket.html#socket.socket.recv_into
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(TEXT)
    assert ends.server.recv_into(bytearray()) == 0
    assert ends.server.recv(100) == TEXT


@pytest.mark.parametrize("name", ["send", "write"])
def test_sending_nothing_ends_the_handshake(peers, name):
    """send() of no bytes still completes the handshake and sends its last bytes.

    man:SSL_write(3)
    """
    ends = peers.sockets.wrapped()
    peers.sockets.send_flights(ends)
    assert getattr(ends.client, name)(b"") == 0
    assert ends.server.do_handshake() is None
    assert getattr(ends.server, name)(b"") == 0


def test_recv_into_an_empty_buffer_without_tls(ssl, peers):
    """After unwrap(), recv_into() with an empty buffer wants a kilobyte: it is too small for that.

    library/socket.html#socket.socket.recv_into
    """
    ends = peers.sockets.established()
    wants_read = ssl.SSLWantReadError
    with pytest.raises(wants_read):
        ends.client.unwrap()
    plain = ends.server.unwrap()
    with pytest.raises(ValueError):
        plain.recv_into(bytearray())


@pytest.mark.parametrize("arguments", [(), (10, None)], ids=str)
def test_recv_into_may_be_given_by_keyword(peers, arguments):
    """read() takes its buffer by position or by keyword.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.send(TEXT)
    if arguments:
        assert ends.server.read(*arguments) == TEXT[:10]
    else:
        buffer = bytearray(10)
        assert ends.server.read(len=4, buffer=buffer) == 4
        assert buffer[:4] == TEXT[:4]


@pytest.mark.parametrize("buffer", [b"fixed", 3], ids=["bytes", "int"])
def test_recv_into_wants_a_writable_buffer(ssl, peers, buffer):
    """A buffer that cannot be written to is refused.

    library/socket.html#socket.socket.recv_into
    """
    ends = peers.sockets.established()
    ends.client.send(TEXT)
    with pytest.raises((TypeError, ssl.SSLError)):
        ends.server.recv_into(buffer)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("send", (TEXT, 1)),
        ("sendall", (TEXT, 1)),
        ("recv", (10, 2)),
        ("recv_into", (bytearray(10), 10, 2)),
        ("send", (3, [])),
        ("sendall", (TEXT, None)),
        ("recv", ([], ())),
    ],
)
def test_flags_are_refused(peers, name, arguments):
    """Flags are refused: any except 0 is a ValueError.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established()
    ends.client.send(TEXT)
    with pytest.raises(ValueError, match="non-zero flags not allowed"):
        getattr(ends.server, name)(*arguments)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("recvfrom", (10,)),
        ("recvfrom_into", (bytearray(10),)),
        ("sendto", (TEXT, "address")),
        ("sendto", (TEXT, 0, "address")),
    ],
)
def test_datagrams_are_refused(peers, name, arguments):
    """TLS is a stream: calls that return or take an address are a ValueError.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established()
    with pytest.raises(ValueError, match="not allowed on instances"):
        getattr(ends.client, name)(*arguments)


@pytest.mark.parametrize(
    "name, arguments",
    [("recvmsg", (10,)), ("recvmsg_into", ([bytearray(10)],)), ("sendmsg", ([TEXT],))],
)
def test_messages_are_refused(peers, name, arguments):
    """recvmsg(), recvmsg_into() and sendmsg() are a NotImplementedError.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established()
    with pytest.raises(NotImplementedError):
        getattr(ends.client, name)(*arguments)


def test_messages_are_refused_before_tls_too(ssl, native, certificates):
    """Also a socket that has no TLS yet refuses sendmsg().

    library/ssl.html#ssl-sockets
    """
    context = ssl.create_default_context(cafile=certificates.authority.certificate)
    end = context.wrap_socket(native.unconnected_socket(), server_hostname="localhost")
    with pytest.raises(NotImplementedError):
        end.sendmsg([TEXT])


def test_copies_are_refused(peers):
    """dup() is a NotImplementedError: two sockets cannot share one TLS connection.

    library/ssl.html#ssl-sockets
    """
    ends = peers.sockets.established()
    with pytest.raises(NotImplementedError, match="dup"):
        ends.client.dup()


def test_file_reads_lines(peers, native):
    """makefile() returns a file object that reads decrypted data.

    library/socket.html#socket.socket.makefile
    """
    ends = peers.sockets.established()
    wait(*ends)
    ends.client.sendall(b"one\ntwo\n")
    lines = native.file_of(ends.server, "rb")
    assert lines.readline() == b"one\n"
    assert lines.readline() == b"two\n"
    lines.close()
    ends.client.send(TEXT)
    assert ends.server.recv(100) == TEXT


def test_file_writes(peers, native):
    """What is written to a file of makefile() is sent when it is flushed.

    library/socket.html#socket.socket.makefile
    """
    ends = peers.sockets.established()
    wait(*ends)
    stream = native.file_of(ends.client, "wb")
    stream.write(b"one")
    stream.write(b"two")
    stream.flush()
    assert ends.server.recv(100) == b"onetwo"
    stream.close()


def test_file_without_a_buffer_writes_at_once(peers, native):
    """What is written to a file of makefile() with a buffer of 0 is sent without flush().

    library/functions.html#open
    """
    ends = peers.sockets.established()
    wait(*ends)
    stream = native.file_of(ends.client, "wb", 0)
    stream.write(b"one")
    assert ends.server.recv(100) == b"one"
    stream.close()


def test_file_keeps_the_connection_open(peers, native):
    """close() ends the connection only when the files of makefile() are closed as well.

    library/socket.html#socket.socket.makefile
    """
    ends = peers.sockets.established()
    wait(*ends)
    stream = native.file_of(ends.server, "rb")
    ends.server.close()
    ends.client.send(b"late\n")
    assert stream.readline() == b"late\n"
    stream.close()


def closed_with_two_files(peers, native):
    """Both ends of a connection whose server was closed, and two files that keep it open."""
    ends = peers.sockets.established()
    wait(*ends)
    first = native.file_of(ends.server, "rb")
    second = native.file_of(ends.server, "rb")
    ends.server.close()
    return ends, first, second


def test_each_file_keeps_the_connection_open(peers, native):
    """Of two files of makefile() the second keeps the connection open when the first is closed.

    library/socket.html#socket.socket.makefile
    """
    ends, first, second = closed_with_two_files(peers, native)
    first.close()
    ends.client.send(b"late\n")
    assert second.readline() == b"late\n"
    second.close()
    with pytest.raises(OSError):
        ends.client.send(b"too late\n")


def test_with_statement_leaves_what_a_file_keeps_open(peers, native):
    """The end of a with statement is close(): a file of makefile() keeps the connection open.

    library/socket.html#socket.socket.makefile
    """
    ends = peers.sockets.established()
    wait(*ends)
    stream = native.file_of(ends.server, "rb")
    assert native.enter_and_leave(ends.server) is True
    ends.client.send(b"late\n")
    assert stream.readline() == b"late\n"
    stream.close()


def test_file_may_be_closed_twice(peers, native):
    """close() of a file of makefile() that is closed does nothing, also to another file's socket.

    library/io.html#io.IOBase.close
    """
    ends, first, second = closed_with_two_files(peers, native)
    first.close()
    assert first.close() is None
    ends.client.send(b"late\n")
    assert second.readline() == b"late\n"


def assert_arrived(ends, native, size):
    """That the client has sent so many bytes: one more that it sends is the last to come."""
    ends.client.send(b"!")
    received = 0
    while received < size + 1:
        received += native.length(native.kept(ends.server.recv, 100000))
    assert received == size + 1


def test_sendfile_sends_a_file(peers, native, certificates):
    """sendfile() sends the rest of a file, encrypted, and returns how many bytes that were.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    file = native.open(certificates.authority.certificate)
    length = len(certificates.authority.certificate.read_bytes())
    sent = native.kept(ends.client.sendfile, file)
    assert native.is_equal(sent, length) is True
    assert ends.server.recv(11) == b"-----BEGIN "


@pytest.mark.parametrize(
    "arguments", [(2,), (0, 3), (2, 3), (50,), (0, 5000)], ids=lambda each: str(each)
)
def test_sendfile_sends_a_part(peers, native, certificates, arguments):
    """sendfile() begins at an offset and sends at most the given count.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    file = native.open(certificates.authority.certificate)
    content = certificates.authority.certificate.read_bytes()
    end = arguments[0] + arguments[1] if len(arguments) == 2 else len(content)
    sent = native.kept(ends.client.sendfile, file, *arguments)
    wanted = content[arguments[0] : end]
    assert native.is_equal(sent, len(wanted)) is True
    assert_arrived(ends, native, len(wanted))


@pytest.mark.parametrize("count", [None, 3, 5000])
def test_sendfile_needs_no_more_than_read(peers, native, certificates, count):
    """sendfile() sends what an object with nothing but read() gives, to its end or the count.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    reader = native.bare_reader(certificates.authority.certificate)
    length = len(certificates.authority.certificate.read_bytes())
    sent = native.kept(ends.client.sendfile, reader, count=count)
    wanted = min(count or length, length)
    assert native.is_equal(sent, wanted) is True
    assert_arrived(ends, native, wanted)


def test_nothing_is_sent_without_send(ssl, peers, native):
    """sendall() of nothing calls no send(), which a subclass may have overridden.

    library/socket.html#socket.socket.sendall
    """
    client = peers.client_context()
    client.sslsocket_class = native.limiting_subclass(ssl.SSLSocket, "send", 4, 0)
    ends = peers.sockets.wrapped(client=client)
    peers.sockets.handshake(ends)
    assert ends.client.sendall(b"") is None
    with pytest.raises(ConnectionResetError):
        ends.client.sendall(b"x")


@pytest.mark.parametrize("offset", [0, 3])
def test_sendfile_that_fails_leaves_the_file_at_what_was_sent(ssl, peers, native, offset):
    """sendfile() that cannot go on leaves the file behind the last byte that was sent.

    library/socket.html#socket.socket.sendfile
    """
    client = peers.client_context()
    client.sslsocket_class = native.limiting_subclass(ssl.SSLSocket, "send", 4, 3)
    ends = peers.sockets.wrapped(client=client)
    peers.sockets.handshake(ends)
    wait(*ends)
    file = native.open(Path(__file__))
    with pytest.raises(ConnectionResetError):
        ends.client.sendfile(file, offset)
    content = Path(__file__).read_bytes()
    assert file.read(20) == content[offset + 12 : offset + 32]


def test_sendfile_sends_no_more_than_it_is_told(peers, native, certificates):
    """A count that is no multiple of any block is kept to the byte, however long the file is.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    sent = native.kept(ends.client.sendfile, native.open(Path(__file__)), 0, 10000)
    assert native.is_equal(sent, 10000) is True
    assert_arrived(ends, native, 10000)


def test_sendfile_leaves_the_file_behind_the_part(peers, native, certificates):
    """After sendfile() the file is at the offset, 0 by default, and as far on as was sent.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    file = native.open(certificates.authority.certificate)
    assert file.read(11) == b"-----BEGIN "
    assert ends.client.sendfile(file, 0, 4) == 4
    assert file.read(6) == b"-BEGIN"
    assert ends.client.sendfile(file, 5, 2) == 2
    assert file.read(4) == b"GIN "
    assert ends.server.recv(100) == b"CERT"


def test_sendfile_at_the_end_stays_there(peers, native, certificates):
    """sendfile() of a file that is at its end sends nothing, however often.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    file = native.open(certificates.authority.certificate)
    native.kept(file.read, 1 << 20)
    assert ends.client.sendfile(file) == 0
    assert file.read(1) == b""
    assert ends.client.sendfile(file) == 0


def test_sendfile_takes_any_count(peers, native, certificates):
    """A count that no signed number of 64 bits holds is one like any other: the file ends before.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    file = native.open(certificates.authority.certificate)
    length = len(certificates.authority.certificate.read_bytes())
    sent = native.kept(ends.client.sendfile, file, 0, 1 << 63)
    assert native.is_equal(sent, length) is True


@pytest.mark.parametrize("count", [0, -1, 1.5, "3"], ids=str)
def test_sendfile_refuses_a_count(peers, native, certificates, count):
    """The count of sendfile() is a positive int.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    wait(*ends)
    file = native.open(certificates.authority.certificate)
    with pytest.raises((ValueError, TypeError)):
        ends.client.sendfile(file, 0, count)


def test_sendfile_wants_a_socket_that_blocks(peers, native, certificates):
    """sendfile() of an SSLSocket that does not block is a ValueError.

    library/socket.html#socket.socket.sendfile
    """
    ends = peers.sockets.established()
    file = native.open(certificates.authority.certificate)
    with pytest.raises(ValueError, match="non-blocking"):
        ends.client.sendfile(file)


def test_file_has_the_descriptor_of_its_socket(peers, native):
    """fileno() of what makefile() returns is the socket's.

    library/io.html#io.IOBase.fileno
    """
    ends = peers.sockets.established()
    file = native.file_of(ends.client, "rb")
    assert native.is_equal(native.kept(file.fileno), native.kept(ends.client.fileno)) is True


def test_descriptor_is_inherited_on_demand(peers):
    """set_inheritable() decides whether a new program inherits the descriptor.

    library/socket.html#socket.socket.set_inheritable
    """
    ends = peers.sockets.established()
    for wanted in (True, False, True, True, False):
        ends.client.set_inheritable(wanted)
        assert ends.client.get_inheritable() is wanted


def test_blocking_is_told(peers):
    """getblocking() is False where the timeout is 0.

    library/socket.html#socket.socket.getblocking
    """
    ends = peers.sockets.established()
    assert ends.client.getblocking() is False
    ends.client.settimeout(1)
    assert ends.client.getblocking() is True
    ends.client.setblocking(False)
    assert ends.client.getblocking() is False
