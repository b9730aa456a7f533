"""Plain text that comes before TLS must never be returned as decrypted data."""

import pytest

from conformance.peers import both_sides
from conformance.peers.sockets import wait

WORDS = b"GET / HTTP/1.1"


def wrap(peers, sock, side, **arguments):
    """The SSLSocket of a side, without a handshake by default."""
    arguments = {"do_handshake_on_connect": False, **arguments}
    if side == "client":
        return peers.client_context().wrap_socket(sock, server_hostname="localhost", **arguments)
    context = peers.server_context()
    return context.wrap_socket(sock, server_side=True, **arguments)


@both_sides
@pytest.mark.parametrize("handshake", [True, False])
def test_words_of_a_peer_that_is_gone_are_refused(ssl, peers, native, side, handshake):
    """Wrapping a socket that was reset, but has something to read, is an SSLError.

    Such a socket looks as if it had never been connected: what it says then would be read without
    TLS (CVE-2023-40217).

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    sock = native.reset_socket(WORDS)
    with pytest.raises(ssl.SSLError, match="before TLS handshake with data in recv buffer"):
        wrap(peers, sock, side, do_handshake_on_connect=handshake)
    with pytest.raises(OSError) as caught:
        sock.getsockname()
    assert caught.value.errno == native.error_number("EBADF")


@both_sides
def test_one_byte_is_enough(ssl, peers, native, side):
    """A single byte that came before TLS is refused as well, and so is a socket with a timeout.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    sock = native.reset_socket(b"x")
    wait(sock)
    with pytest.raises(ssl.SSLError, match="before TLS handshake with data in recv buffer"):
        wrap(peers, sock, side)


@both_sides
def test_peer_that_is_gone_without_a_word(ssl, peers, native, side):
    """Wrapping a socket that was reset before anything came raises the socket's own error.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    sock = native.reset_socket()
    with pytest.raises(OSError) as caught:
        wrap(peers, sock, side)
    assert caught.value.errno == native.error_number("ECONNRESET")
    assert not isinstance(caught.value, ssl.SSLError)


@pytest.mark.parametrize("timeout", [None, 0.0, 2.5])
@pytest.mark.parametrize("family", ["AF_UNIX", "AF_INET"])
def test_looking_for_words_leaves_the_time_out(peers, native, family, timeout):
    """A socket that is not connected keeps its timeout when it is wrapped.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    sock = native.unconnected_socket(family=family)
    sock.settimeout(timeout)
    end = wrap(peers, sock, "client")
    assert end.gettimeout() == timeout
    with pytest.raises(OSError):
        end.getpeername()


@pytest.mark.parametrize("family", ["AF_UNIX", "AF_INET"])
def test_words_of_a_peer_that_is_there_are_no_tls(ssl, peers, about, native, family):
    """Plain text of a connected peer fails the handshake, and is never returned.

    Then OpenSSL 3.5 and 3.6 wait for TLS again, and OpenSSL 4 repeats its refusal.

    rfc8446#section-5.1
    """
    near, far = native.socketpair(family)
    far.sendall(WORDS)
    server = wrap(peers, near, "server")
    wait(server)
    with pytest.raises(ssl.SSLError) as caught:
        server.recv(100)
    assert caught.value.reason == "HTTP_REQUEST"
    server.settimeout(0.1)
    if about.openssl >= (4,):
        with pytest.raises(ssl.SSLError):
            server.recv(100)
    elif about.openssl >= (3, 5):
        with pytest.raises(OSError, match="timed out"):
            server.recv(100)
    else:
        assert server.recv(100) == b""


def test_accepted_peer_that_is_gone_is_refused(ssl, peers, native):
    """accept() of a listening SSLSocket refuses a peer that sent plain text and is gone.

    library/ssl.html#ssl-sockets
    """
    plain = native.listening_socket("AF_INET")
    listener = wrap(peers, plain, "server")
    peer = native.connecting_socket(listener)
    native.reset(peer, WORDS)
    with pytest.raises(ssl.SSLError, match="before TLS handshake with data in recv buffer"):
        listener.accept()
    assert listener.getsockname()[0] == "127.0.0.1"
