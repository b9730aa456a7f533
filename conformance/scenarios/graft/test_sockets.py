"""The old surface of sockets: SSLSocket and wrap_socket() as 2.7 has them."""

import pytest

from conformance.peers.sockets import PATIENCE, Ends, wait

pytestmark = pytest.mark.axis("backward")


def connected(peers, **arguments):
    """Two stock sockets with their handshake done, the client's context and the server's."""
    client = peers.client_context()
    server = peers.server_context()
    ends = peers.sockets.wrapped(client=client, server=server, **arguments)
    peers.sockets.handshake(ends)
    wait(*ends)
    return ends, client, server


def test_socket_is_a_stock_socket(ssl, peers, native):
    """wrap_socket() gives 2.7's own SSLSocket, over 2.7's own C object.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    ends, client, _ = connected(peers)
    assert native.is_same(ends.client.context, client) is True
    assert native.type_name(ends.client) == "SSLSocket"
    assert native.is_instance(ends.client, ssl.SSLSocket) is True
    assert native.is_instance(ends.client, native.module("socket").socket) is True
    assert native.type_name(ends.client._sslobj) == "_SSLSocket"


def test_data_travels_by_every_name(peers):
    """read, write, send, sendall, recv and recv_into work as ever.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends, _, _ = connected(peers)
    assert ends.client.write(b"one") == 3
    assert ends.server.read() == b"one"
    assert ends.client.send(b"two") == 3
    assert ends.server.recv(2) == b"tw"
    assert ends.server.pending() == 1
    assert ends.server.recv(10) == b"o"
    assert ends.client.sendall(b"three") == 5
    buffer = bytearray(8)
    assert ends.server.recv_into(buffer) == 5
    assert buffer == b"three\0\0\0"
    ends.client.sendall(b"four")
    assert ends.server.read(3, buffer) == 3
    assert buffer == b"fouee\0\0\0"


def test_connection_tells_what_was_agreed_on(peers, certificates):
    """version(), cipher(), compression() and getpeercert() return what they always returned.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    ends, _, _ = connected(peers)
    for end in ends:
        assert end.version() == "TLSv1.3"
        assert end.cipher()[1:] == ("TLSv1.3", 256)
        assert end.compression() is None
        assert end.selected_alpn_protocol() is None
        assert end.selected_npn_protocol() is None
    assert ends.client.getpeercert(True) == certificates.localhost.der
    assert ("DNS", "localhost") in ends.client.getpeercert()["subjectAltName"]
    assert ends.server.getpeercert() is None


def test_time_out_is_an_ssl_error(ssl, peers):
    """A read that takes too long is an SSLError in words, not socket.timeout.

    Old code looks for "timed out" in the text of an SSLError.

    library/ssl.html#ssl.SSLSocket.read
    """
    ends, _, _ = connected(peers)
    ends.server.settimeout(0.01)
    with pytest.raises(ssl.SSLError) as caught:
        ends.server.recv(1)
    assert str(caught.value) == "('The read operation timed out',)"


def test_socket_that_would_block_says_which_way(ssl, peers):
    """A non-blocking socket with nothing to read raises SSLWantReadError with errno 2.

    library/ssl.html#ssl.SSLWantReadError
    """
    ends, _, _ = connected(peers)
    ends.server.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError) as caught:
        ends.server.recv(1)
    assert caught.value.errno == ssl.SSL_ERROR_WANT_READ


def test_wrong_host_is_a_certificate_error(ssl, peers):
    """A certificate of another host is the plain CertificateError, once the handshake is done.

    library/ssl.html#ssl.CertificateError
    """
    server = peers.server_context("wrong_host")
    ends = peers.sockets.wrapped(server=server)
    with pytest.raises(ssl.CertificateError) as caught:
        peers.sockets.handshake(ends)
    assert not isinstance(caught.value, ssl.SSLError)


def test_untrusted_certificate_is_an_ssl_error(ssl, peers):
    """An untrusted certificate is a plain SSLError with its reason.

    library/ssl.html#ssl.SSLError
    """
    server = peers.server_context("untrusted")
    ends = peers.sockets.wrapped(server=server)
    with pytest.raises(ssl.SSLError) as caught:
        peers.sockets.handshake(ends)
    assert type(caught.value).__name__ == "SSLError"
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"


def test_callback_for_server_names_gets_the_socket(peers, native, certificates):
    """A servername callback gets the SSLSocket, the name and the context, and may change it.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    client = peers.client_context()
    server = peers.server_context()
    other = peers.server_context("several_names")
    kinds = []

    def callback(connection, name, context):
        kinds.append((native.type_name(connection), name))
        assert native.is_same(context, server)
        connection.context = other

    server.set_servername_callback(callback)
    ends = peers.sockets.wrapped(
        client=client, server=server, client_arguments={"server_hostname": "first.example"}
    )
    peers.sockets.handshake(ends)
    assert kinds == [("SSLSocket", "first.example")]
    assert ends.client.getpeercert(True) == certificates.several_names.der


def test_old_function_wraps_a_socket(ssl, peers, native, certificates):
    """ssl.wrap_socket() still accepts files and what to verify, and checks no host name.

    library/ssl.html#ssl.wrap_socket
    """
    one, other = native.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    near = ssl.wrap_socket(
        one,
        do_handshake_on_connect=False,
        cert_reqs=ssl.CERT_REQUIRED,
        ca_certs=certificates.authority.certificate,
    )
    far = ssl.wrap_socket(
        other,
        do_handshake_on_connect=False,
        server_side=True,
        certfile=certificates.wrong_host.chain,
        keyfile=certificates.wrong_host.key,
    )
    peers.sockets.handshake(Ends(near, far))
    assert near.version() == "TLSv1.3"
    assert near.getpeercert(True) == certificates.wrong_host.der
    assert near.context.verify_mode == ssl.CERT_REQUIRED
    assert near.context.check_hostname is False


def test_class_wraps_a_socket(ssl, native):
    """SSLSocket(socket) has a public constructor in 2.7.

    library/ssl.html#ssl.SSLSocket
    """
    sock = native.unconnected_socket()
    wrapped = ssl.SSLSocket(sock)
    assert wrapped.server_side is False
    assert wrapped._sslobj is None
    assert wrapped.context.verify_mode == ssl.CERT_NONE
    with pytest.raises(ValueError):
        ssl.SSLSocket(sock, server_side=True)


def test_connection_ends_both_ways(ssl, peers, native):
    """unwrap() returns the plain socket, which goes on in plain text.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    ends, _, _ = connected(peers)
    ends.client.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    plain = ends.server.unwrap()
    ends.client.settimeout(PATIENCE)
    other = ends.client.unwrap()
    assert native.type_name(plain) == native.type_name(other)
    plain.sendall(b"in plain text")
    assert other.recv(100) == b"in plain text"


def test_files_read_and_write(peers, native):
    """makefile() returns 2.7's own file object over the socket.

    library/socket.html#socket.socket.makefile
    """
    ends, _, _ = connected(peers)
    file = ends.client.makefile("rwb")
    assert native.type_name(file) == "_fileobject"
    file.write(b"line\n")
    file.flush()
    assert ends.server.makefile("rb").readline() == b"line\n"


def test_other_socket_calls_are_refused(peers):
    """Flags, datagrams and dup() are refused on a socket with TLS.

    library/ssl.html#ssl-sockets
    """
    ends, _, _ = connected(peers)
    with pytest.raises(ValueError):
        ends.client.recv(1, 1)
    with pytest.raises(ValueError):
        ends.client.send(b"x", 1)
    with pytest.raises(ValueError):
        ends.client.recvfrom(1)
    with pytest.raises(ValueError):
        ends.client.sendto(b"x", ("127.0.0.1", 1))
    with pytest.raises(NotImplementedError):
        ends.client.dup()


def test_private_seam_makes_a_connection(peers, native):
    """SSLContext._wrap_socket(socket, server_side, name, ssl_sock=) is as gevent calls it.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = peers.client_context()
    sock = native.unconnected_socket()
    made = context._wrap_socket(sock._sock, False, "localhost", ssl_sock=sock)
    assert native.type_name(made) == "_SSLSocket"
    assert native.is_same(made.context, context) is True
    assert made.cipher() is None
    assert made.pending() == 0
    with pytest.raises(TypeError):
        context._wrap_socket(sock, False, "localhost", ssl_sock=sock)
