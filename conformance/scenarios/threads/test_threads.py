"""What threads may share: contexts, sessions, BIOs, and a socket that one waits for."""

import pytest

from conformance.peers import attempt_any, both_versions
from conformance.peers.sockets import wait

THREADS = 8


@both_versions
def test_contexts_are_shared(peers, native, version):
    """Eight threads may connect by the same two contexts at once.

    library/ssl.html#ssl.SSLContext
    """
    client = peers.client_context(version=version)
    server = peers.server_context()
    talk = native.handshake_and_echo(client, server, "localhost")
    outcomes = [str(text) for text in native.all_at_once(THREADS, talk)]
    assert len(outcomes) == THREADS
    assert all(text.startswith(f"{version} hello") for text in outcomes)


@both_versions
def test_failure_is_of_one_thread(peers, native, version):
    """Every thread gets its own error, however many fail at the same time.

    library/ssl.html#ssl.SSLError
    """
    client = peers.client_context(version=version)
    server = peers.server_context("untrusted")
    talk = native.handshake_and_echo(client, server, "localhost")
    outcomes = native.all_at_once(THREADS, talk)
    assert outcomes == ["SSLCertVerificationError CERTIFICATE_VERIFY_FAILED"] * THREADS


def test_failures_leave_nothing_behind(peers, native):
    """A handshake that fails leaves no error for the one that comes next in that process.

    library/ssl.html#ssl.SSLError
    """
    client = peers.client_context()
    wrong = native.handshake_and_echo(client, peers.server_context("untrusted"), "localhost")
    right = native.handshake_and_echo(client, peers.server_context(), "localhost")
    native.all_at_once(THREADS, wrong)
    outcomes = [str(text) for text in native.all_at_once(THREADS, right)]
    assert all(text.startswith("TLSv1.3 hello") for text in outcomes)


def test_session_is_shared(peers, native):
    """Eight threads may resume one session at once.

    library/ssl.html#ssl.SSLSession
    """
    client, server = peers.contexts("TLSv1.2")
    first = peers.connect(client, server)
    first.handshake()
    session = first.client.tls.session
    talk = native.handshake_and_echo(client, server, "localhost", session)
    outcomes = [str(text) for text in native.all_at_once(THREADS, talk)]
    assert all("reused: True" in text for text in outcomes)


def test_callback_is_called_in_every_thread(peers, native):
    """A callback for server names works in many handshakes at once.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client = peers.client_context()
    server = peers.server_context("untrusted")
    server.sni_callback = native.switching_callback(peers.server_context())
    talk = native.handshake_and_echo(client, server, "localhost")
    outcomes = [str(text) for text in native.all_at_once(THREADS, talk)]
    assert all(text.startswith("TLSv1.3 hello") for text in outcomes)


@pytest.mark.parametrize("name", ["cert_store_stats", "session_stats"])
def test_context_is_asked_by_many(peers, native, name):
    """Calling one context in many threads returns the same in all of them.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.client_context()
    repeat = native.repeated(20, getattr(context, name))
    outcomes = [str(text) for text in native.all_at_once(THREADS, repeat)]
    assert len(outcomes) == THREADS
    assert len(set(outcomes)) == 1


def test_authorities_are_loaded_by_many(peers, native, certificates):
    """Loading an authority in many threads at once leaves it in the context once.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = peers.client_context()
    path = certificates.other_authority.certificate
    repeat = native.repeated(5, client.load_verify_locations, path)
    assert native.all_at_once(THREADS, repeat) == [None] * THREADS
    assert client.cert_store_stats() == {"x509": 2, "crl": 0, "x509_ca": 2}


def test_nothing_written_to_a_bio_is_lost(ssl, native):
    """All that many threads write to one MemoryBIO is in it.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    native.all_at_once(THREADS, native.repeated(1000, bio.write, b"seven77"))
    assert bio.pending == THREADS * 1000 * 7
    assert bio.read(70) == b"seven77" * 10


def test_nothing_is_read_twice_from_a_bio(ssl, native):
    """Each byte of a MemoryBIO is read by one of the threads that read.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    bio.write(b"x" * (THREADS * 1000 + 5))
    native.all_at_once(THREADS, native.repeated(1000, bio.read, 1))
    assert bio.pending == 5


def test_objects_are_asked_while_they_talk(peers, native):
    """Calling one SSLObject in many threads returns the same in all of them.

    library/ssl.html#ssl.SSLObject
    """
    connected = peers.established()
    for name in ("version", "cipher", "pending"):
        repeat = native.repeated(100, getattr(connected.client.tls, name))
        outcomes = native.all_at_once(THREADS, repeat)
        assert len({str(text) for text in outcomes}) == 1


def test_socket_waits_while_another_thread_writes(peers, native):
    """A thread that waits for data does not keep another one from sending.

    It waits already: what two threads do with one SSLSocket at the same time is undefined, since
    OpenSSL's objects are not made for that.

    man:openssl-threads(7)
    """
    ends = peers.sockets.established()
    wait(*ends)
    reader = native.waiting_thread(ends.client.recv, 10)
    for _ in range(3):
        ends.client.sendall(b"ping")
        assert ends.server.recv(10) == b"ping"
    ends.server.sendall(b"pong")
    assert reader.result() == b"pong"


@pytest.mark.parametrize("name", ["recv", "recv_into"])
def test_socket_is_shut_down_while_another_thread_receives(peers, native, name):
    """A thread that receives when another one calls shutdown() returns once the peer says goodbye.

    library/socket.html#socket.socket.shutdown
    """
    ends = peers.sockets.established()
    wait(*ends)
    argument = 10 if name == "recv" else native.zeros(10)
    reader = native.waiting_thread(getattr(ends.client, name), argument)
    ends.client.shutdown(native.socket_number("SHUT_WR"))
    ends.server.setblocking(False)
    attempt_any(ends.server.unwrap)
    assert not reader.result()


@pytest.mark.parametrize("name", ["send", "sendall"])
def test_socket_is_shut_down_while_another_thread_sends(peers, native, name):
    """A thread that sends when another one calls shutdown() finds a broken pipe.

    library/socket.html#socket.socket.shutdown
    """
    ends = peers.sockets.established()
    wait(*ends)
    writer = native.waiting_thread(getattr(ends.client, name), native.zeros(4000000))
    ends.client.shutdown(native.socket_number("SHUT_RDWR"))
    with pytest.raises(OSError):
        writer.result()


def test_object_that_is_busy_is_waited_for(peers, native):
    """An object that one thread drives may be called by another one, which may have to wait.

    library/ssl.html#ssl.SSLObject.pending
    """
    asking = []

    def ask(called_for, name, context):
        asking.append(native.thread(called_for.pending))
        for _ in range(10):
            native.collect()

    server = peers.server_context()
    server.sni_callback = ask
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert asking[0].result() == 0
