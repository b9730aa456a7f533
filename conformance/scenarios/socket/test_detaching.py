"""detach(): the descriptor that it returns, and what it returns where there is none."""

import pytest


@pytest.mark.parametrize("before", ["close", "detach", "unwrap"])
def test_nothing_is_left_to_detach(ssl, peers, native, before):
    """detach() of a socket that has no descriptor any more returns -1, however often.

    library/socket.html#socket.socket.detach
    """
    ends = peers.sockets.established()
    if before == "close":
        ends.client.close()
    elif before == "detach":
        native.module("os").close(native.kept(ends.client.detach))
    else:
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.unwrap()
        ends.client.close()
    assert ends.client.detach() == -1
    assert ends.client.detach() == -1


@pytest.mark.parametrize("suppressed", [True, False])
def test_reading_when_the_descriptor_is_closed(ssl, peers, native, suppressed):
    """Reading from a socket whose descriptor was detached and closed is an OSError, and no end.

    From Python 3.10 to 3.12 it was taken for the end of the connection.

    library/socket.html#socket.socket.detach
    """
    ends = peers.sockets.established(client_arguments={"suppress_ragged_eofs": suppressed})
    native.module("os").close(native.kept(ends.client.detach))
    with pytest.raises(OSError) as caught:
        ends.client.recv(5)
    assert not isinstance(caught.value, ssl.SSLEOFError)


@pytest.mark.parametrize("inheritable", [True, False])
def test_detached_descriptor_is_inherited_as_before(peers, native, inheritable):
    """detach() returns the descriptor as it is: to be inherited by a new program, or not.

    library/os.html#fd-inheritance
    """
    ends = peers.sockets.established()
    ends.client.set_inheritable(inheritable)
    descriptor = native.kept(ends.client.detach)
    fcntl = native.module("fcntl")
    flags = native.kept(fcntl.fcntl, descriptor, fcntl.F_GETFD)
    assert native.is_equal(flags, 0 if inheritable else 1) is True
    native.module("os").close(descriptor)
