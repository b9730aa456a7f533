"""Plain text where TLS came to its end by another way than unwrap()."""

import pytest

from conformance.peers.sockets import wait

SECRET = b"secret"

SENDING = pytest.mark.parametrize("name", ["send", "sendall", "sendfile", "makefile"])
RECEIVING = pytest.mark.parametrize("name", ["recv", "recv_into", "recvfrom", "recvfrom_into"])
ENDS = pytest.mark.parametrize("way", ["connect", "shutdown"])


def refused_by_connect(ssl, peers, native):
    """A client's SSLSocket whose connect() found a certificate of another name; its raw peer."""
    listener = native.listening_socket()
    client = peers.client_context().wrap_socket(
        native.unconnected_socket(), server_hostname="localhost"
    )
    wait(client, listener)
    near = native.thread(client.connect, native.kept(listener.getsockname))
    plain, _ = listener.accept()
    raw = native.duplicate(plain)
    server = peers.server_context("wrong_host").wrap_socket(
        plain, server_side=True, do_handshake_on_connect=False
    )
    wait(server, raw)
    with pytest.raises(ssl.SSLError):
        server.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError):
        near.result()
    return client, raw


def without_tls(ssl, peers, native, way, how):
    """An SSLSocket whose TLS ended so, and a plain socket at the other end of the connection."""
    if way == "connect":
        return refused_by_connect(ssl, peers, native)
    plain = native.socketpair()
    raw = native.duplicate(plain[1])
    ends = peers.sockets.established(plain=plain)
    ends.client.shutdown(native.socket_number(how))
    wait(ends.client, raw)
    return ends.client, raw


def send(native, certificates, end, name):
    """Send SECRET, or a file that begins as every certificate's does."""
    if name == "makefile":
        file = native.file_of(end, "wb")
        file.write(SECRET)
        file.flush()
    elif name == "sendfile":
        end.sendfile(native.open(certificates.localhost.certificate), 0, len(SECRET))
    else:
        getattr(end, name)(SECRET)


@SENDING
@ENDS
def test_sending_goes_out_in_plain_text(ssl, peers, native, certificates, way, name):
    """What is sent after connect() failed or after shutdown(SHUT_RD) goes out in plain text.

    library/ssl.html#ssl-sockets
    """
    end, raw = without_tls(ssl, peers, native, way, "SHUT_RD")
    send(native, certificates, end, name)
    assert raw.recv(len(SECRET)) in (SECRET, b"-----B")


@RECEIVING
def test_plain_text_is_received(ssl, peers, native, name):
    """What is received after shutdown(SHUT_WR) need not come from TLS.

    library/ssl.html#ssl-sockets
    """
    end, raw = without_tls(ssl, peers, native, "shutdown", "SHUT_WR")
    raw.send(b"not from TLS")
    arguments = (bytearray(3), 3) if name.endswith("into") else (3,)
    received = getattr(end, name)(*arguments)
    if name.startswith("recvfrom"):
        received = received[0]
    assert (arguments[0] if name.endswith("into") else received) == b"not"


def test_records_are_received_after_a_failed_connect(ssl, peers, native):
    """recv() after connect() failed gives the records that the handshake did not come to.

    library/ssl.html#ssl-sockets
    """
    end, _raw = without_tls(ssl, peers, native, "connect", "")
    assert end.recv(3) == b"\x17\x03\x03"


def test_at_the_end_there_is_nothing_to_receive(ssl, peers, native):
    """recv() after shutdown(SHUT_WR) shows the end of the connection.

    library/socket.html#socket.socket.recv
    """
    end, raw = without_tls(ssl, peers, native, "shutdown", "SHUT_WR")
    raw.shutdown(native.socket_number("SHUT_WR"))
    assert end.recv(3) == b""


@pytest.mark.parametrize("name", ["send", "sendall", "makefile"])
def test_nothing_is_sent_where_the_socket_was_shut_down(ssl, peers, native, certificates, name):
    """What is sent after shutdown(SHUT_WR) is a broken pipe.

    library/socket.html#socket.socket.shutdown
    """
    end, _raw = without_tls(ssl, peers, native, "shutdown", "SHUT_WR")
    with pytest.raises(OSError) as caught:
        send(native, certificates, end, name)
    assert caught.value.errno == native.error_number("EPIPE")


def test_shutdown_of_nothing_known(peers, native):
    """shutdown() with an argument that the system refuses has ended TLS all the same.

    library/socket.html#socket.socket.shutdown
    """
    plain = native.socketpair()
    raw = native.duplicate(plain[1])
    ends = peers.sockets.established(plain=plain)
    with pytest.raises(OSError):
        ends.client.shutdown(17)
    wait(ends.client, raw)
    assert ends.client.send(SECRET) == len(SECRET)
    assert raw.recv(len(SECRET)) == SECRET


def test_goodbye_that_was_not_answered_changes_nothing(ssl, peers, native):
    """What is sent after an unwrap() that wants to read, and shutdown(), goes out in plain text.

    library/ssl.html#ssl-sockets
    """
    plain = native.socketpair()
    raw = native.duplicate(plain[1])
    ends = peers.sockets.established(plain=plain)
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    wait(ends.server, raw)
    assert ends.server.recv(1) == b""  # the record of close_notify
    ends.client.shutdown(native.socket_number("SHUT_RD"))
    assert ends.client.send(SECRET) == len(SECRET)
    assert raw.recv(len(SECRET)) == SECRET


def test_connection_that_comes_after_connect_raised(peers, native):
    """What is sent where connect() raised, and the connection came later, goes out in plain text.

    library/ssl.html#ssl-sockets
    """
    listener = native.listening_socket("AF_INET")
    client = peers.client_context().wrap_socket(
        native.unconnected_socket(family="AF_INET"), server_hostname="localhost"
    )
    client.setblocking(False)
    with pytest.raises(OSError) as caught:
        client.connect(native.kept(listener.getsockname))
    assert caught.value.errno == native.error_number("EINPROGRESS")
    far, _ = listener.accept()
    wait(client, far)
    assert client.send(SECRET) == len(SECRET)
    assert far.recv(len(SECRET)) == SECRET
