"""Sockets that wrap_socket() or a handshake fails with: what is raised, and what is closed."""

import pytest


@pytest.mark.parametrize("name", ["nul\0", "a..b"], ids=["NUL", "empty label"])
def test_socket_that_cannot_be_made_is_closed(native, peers, name):
    """A wrap_socket() that fails once it has taken the descriptor closes it at once.

    Until Python 3.12.1 it stayed open as long as the exception (gh-113280).

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    near, far = native.socketpair()
    far.setblocking(False)
    wrap = peers.client_context().wrap_socket
    arguments = {"server_hostname": name, "do_handshake_on_connect": False}
    assert native.while_handling(far.recv, 1, wrap, near, **arguments) == b""


@pytest.mark.parametrize("name", [None, ""], ids=["None", "empty"])
def test_socket_that_is_refused_stays_open(ssl, native, peers, name):
    """A wrap_socket() that is refused for its arguments leaves the socket as it was.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    near, far = native.socketpair()
    with pytest.raises(ValueError, match="check_hostname requires server_hostname"):
        peers.client_context().wrap_socket(near, server_hostname=name)
    with pytest.raises(ValueError, match="can only be specified in client mode"):
        peers.server_context().wrap_socket(near, server_side=True, server_hostname="localhost")
    near.sendall(b"plain")
    assert far.recv(10) == b"plain"


def test_failed_verification_is_told_although_the_peer_is_gone(ssl, peers):
    """A failed verification is an SSLCertVerificationError although its alert cannot be sent.

    Before Python 3.12 and 3.11.5 it was a plain SSLError (gh-107077).

    library/ssl.html#ssl.SSLCertVerificationError
    """
    ends = peers.sockets.wrapped(server=peers.server_context("untrusted"))
    peers.sockets.send_flights(ends)
    ends.server.close()
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        ends.client.do_handshake()
    assert caught.value.verify_code == 20
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"
