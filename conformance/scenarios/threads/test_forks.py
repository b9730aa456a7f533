"""What a child of fork() may do with what its parent made."""

import pytest

from conformance.peers import both_versions, deliver


@both_versions
def test_context_serves_in_a_child(peers, native, version):
    """Contexts make connections in a child of the process that made them, and in that too.

    library/ssl.html#multi-processing
    """
    client, server = peers.contexts(version)
    talk = native.handshake_and_echo(client, server, "localhost")
    assert str(native.in_child(talk)).startswith(f"{version} hello")
    (told,) = native.all_at_once(1, talk)
    assert str(told).startswith(f"{version} hello")


def test_context_serves_in_a_child_that_a_thread_is_missing_in(peers, native):
    """Contexts make connections in a child that came when another thread was using one of them.

    library/ssl.html#multi-processing
    """
    client, server = peers.contexts()
    connected = peers.connect(client, server)
    connected.handshake()
    talk = native.handshake_and_echo(client, server, "localhost")
    thread = native.thread(connected.client.tls.write, native.zeros(64 * 2**20))
    assert str(native.in_child(talk)).startswith("TLSv1.3 hello")
    assert thread.result() == 64 * 2**20


def test_connection_goes_on_in_a_child(peers, native):
    """A connection goes on in a child of fork(), which changes nothing of its parent's.

    library/ssl.html#multi-processing
    """
    connected = peers.established()
    connected.client.tls.write(b"hello")
    deliver(connected.client, connected.server)
    assert native.in_child(connected.server.tls.read, 5) == "hello"
    assert native.in_child(connected.server.tls.write, b"good") == 4
    assert connected.server.outgoing.pending == 0
    assert connected.server.tls.read(5) == b"hello"
    connected.server.tls.write(b"bye")
    connected.transfer()
    assert connected.client.tls.read(3) == b"bye"


@pytest.mark.parametrize("name", ["read", "write", "write_eof"])
def test_bio_is_used_in_a_child(ssl, native, name):
    """A MemoryBIO is used in a child of fork(), and is in the parent as it was.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    bio.write(b"before")
    arguments, told = {"read": ((3,), "bef"), "write": ((b"x",), 1), "write_eof": ((), None)}[name]
    assert native.in_child(getattr(bio, name), *arguments) == told
    assert bio.read() == b"before"
    assert bio.eof is False


def left_in_a_callback(peers, native):
    """A server whose handshake another thread drives, and is in a callback of it; how to go on."""
    held = native.held_callback()
    server = peers.server_context()
    server.sni_callback = held
    connected = peers.connect(peers.client_context(), server)
    connected.client.step()
    deliver(connected.client, connected.server)
    thread = native.thread(connected.server.tls.do_handshake)
    held.wait()

    def go_on():
        held.let_go()
        with pytest.raises(connected.server.errors.wants_read):
            thread.result()
        deliver(connected.server, connected.client)
        connected.handshake()

    return connected.server.tls, go_on


@pytest.mark.parametrize(
    "name",
    [
        "cipher",
        "compression",
        "get_channel_binding",
        "get_unverified_chain",
        "get_verified_chain",
        "pending",
        "selected_alpn_protocol",
        "shared_ciphers",
        "version",
    ],
)
def test_object_that_another_thread_was_in_is_asked(peers, native, name):
    """What a connection is can be read in a child of fork() that came during its callback.

    The thread that was in the callback is not in the child.

    library/os.html#os.fork
    """
    tls, go_on = left_in_a_callback(peers, native)
    told = native.in_child(getattr(tls, name))
    go_on()
    assert told != "raises SSLError"


def test_object_that_another_thread_was_in_gets_a_context(peers, native):
    """The context of a connection can be set in a child of fork() that came during its callback.

    library/os.html#os.fork
    """
    tls, go_on = left_in_a_callback(peers, native)
    other = peers.server_context()
    told = native.in_child(native.probe("set_attribute"), tls, "context", other)
    go_on()
    assert told is None


def test_object_that_another_thread_was_in_gets_no_session(peers, native):
    """A server refuses a session in a child of fork() that came during its callback, as ever.

    library/ssl.html#ssl.SSLSocket.session
    """
    session = peers.established("TLSv1.2").client.tls.session
    tls, go_on = left_in_a_callback(peers, native)
    told = native.in_child(native.probe("set_attribute"), tls, "session", session)
    go_on()
    assert told == "raises ValueError"


def test_object_that_another_thread_was_in_goes_no_further(peers, native):
    """Such a connection refuses what is for finished handshakes, in the child too.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    tls, go_on = left_in_a_callback(peers, native)
    told = native.in_child(tls.verify_client_post_handshake)
    go_on()
    assert told == "raises SSLError"
