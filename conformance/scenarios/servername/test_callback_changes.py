"""A callback for server names whose surroundings change while it runs."""

import pytest

from conformance.peers import both_versions, deliver


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "replaced"])
def test_may_be_replaced_while_it_runs(peers, native, removed):
    """A callback that removes or replaces itself ends its own call; later hellos meet the other.

    Before Python 3.15 the callable could be freed while it was in use (gh-149816).

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = peers.server_context()
    calls = []

    def second(called_for, name, context):
        calls.append("second")

    def first(called_for, name, context):
        calls.append("first")
        server.sni_callback = None if removed else second
        native.collect()

    server.sni_callback = first
    client = peers.client_context()
    for _ in range(2):
        connected = peers.connect(client, server)
        connected.handshake()
        assert connected.server.tls.version() == "TLSv1.3"
    assert calls == (["first"] if removed else ["first", "second"])


@both_versions
def test_first_context_may_go(peers, native, version):
    """A connection that the callback moves goes on although nobody else holds the first context.

    Before Python 3.15 freed memory was used (gh-156293).

    library/ssl.html#ssl.SSLObject.context
    """
    other = peers.server_context("other_host")
    server = peers.server_context()
    server.sni_callback = native.switching_callback(other)
    client = peers.client_context(version=version)
    client.check_hostname = False
    connected = peers.connect(client, server)
    del server
    connected.handshake()
    native.collect()
    assert native.is_same(connected.server.tls.context, other) is True
    connected.server.tls.write(b"still here")
    connected.transfer()
    assert connected.client.tls.read(10) == b"still here"


@both_versions
def test_messages_are_shown_to_the_new_context(peers, native, version):
    """From the switch on the new context's _msg_callback counts, and the first one's no longer.

    Before Python 3.10 that was a deadlock (bpo-43577).

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    first, second = native.message_log(), native.message_log()
    other = peers.server_context()
    other._msg_callback = second
    server = peers.server_context()
    server._msg_callback = first
    server.sni_callback = native.switching_callback(other)
    connected = peers.connect(peers.client_context(version=version), server)
    connected.handshake()
    shown = first.take()
    assert "CLIENT_HELLO" in str(shown)
    assert "SERVER_HELLO" not in str(shown)
    assert "SERVER_HELLO" in str(second.take())


@both_versions
def test_secrets_are_logged_where_the_new_context_logs(peers, native, version):
    """From the switch on secrets go to the new context's keylog_filename, and not to the first's.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    first, second = native.new_path("first.log"), native.new_path("second.log")
    other = peers.server_context()
    other.keylog_filename = second
    server = peers.server_context()
    server.keylog_filename = first
    server.sni_callback = native.switching_callback(other)
    connected = peers.connect(peers.client_context(version=version), server)
    connected.handshake()
    assert "SECRET" not in str(native.key_log(first))
    assert "CLIENT_RANDOM" not in str(native.key_log(first))
    assert len(native.key_log(second)) > 1


def test_messages_end_with_a_context_that_shows_none(peers, native):
    """After a switch to a context without _msg_callback no message is shown.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    log = native.message_log()
    server = peers.server_context()
    server._msg_callback = log
    server.sni_callback = native.switching_callback(peers.server_context())
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert "SERVER_HELLO" not in str(log.take())


def test_object_may_be_gone(ssl, peers, native, about):
    """A callback that is due for an object that is gone ends the handshake with an SSLError.

    Before Python 3.15 the process died (gh-146080), so that an older reference only makes it.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    calls = []
    server = peers.server_context()
    server.sni_callback = lambda *arguments: calls.append(arguments)
    connected = peers.connect(peers.client_context(), server)
    connected.client.step()
    deliver(connected.client, connected.server)
    inner = connected.server.tls._sslobj
    connected.server.tls = None
    native.collect()
    if about.python >= (3, 15):
        with pytest.raises(ssl.SSLError):
            inner.do_handshake()
    assert calls == []


def test_unreadable_names_leave_the_context_as_it_was(peers, native):
    """Names that are not ASCII end their handshakes, and the context serves on and is freed.

    Until Python 3.9 the context's references were miscounted (bpo-41252).

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = peers.server_context()
    server.sni_callback = native.switching_callback(None)
    client = peers.client_context()
    client.check_hostname = False
    for _ in range(5):
        connected = peers.connect(client, server)
        connected.client.step()
        hello = connected.client.outgoing.read().replace(b"localhost", b"local\xffost")
        connected.server.incoming.write(hello)
        assert connected.server.failure() is not None
    server.sni_callback = None
    peers.connect(client, server).handshake()
    del connected
    gone = native.weak_reference(server)
    del server
    native.collect()
    assert gone() is None


@both_versions
def test_last_of_several_switches_counts(peers, native, certificates, version):
    """A callback may go from one context to another and back: that of the last counts.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    other = peers.server_context("other_host")
    server = peers.server_context()

    def hesitate(called_for, name, context):
        for each in (other, context, other):
            called_for.context = each

    server.sni_callback = hesitate
    client = peers.client_context(version=version)
    client.check_hostname = False
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.other_host.der
    assert native.is_same(connected.server.tls.context, other) is True


def test_is_shown_the_context_that_it_was_set_on(peers, native, about):
    """A callback whose object was given another context is called with its own context.

    Since Python 3.14 none is called, without a word of it, unless the other context has one.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    calls = []

    def note(*arguments):
        calls.append(arguments)

    server = peers.server_context()
    server.sni_callback = note
    connected = peers.connect(peers.client_context(), server)
    connected.server.tls.context = other = peers.server_context()
    connected.handshake()
    if about.python >= (3, 14):
        assert calls == []
        return
    called_for, name, context = calls.pop()
    assert name == "localhost"
    assert native.is_same(context, server)
    assert native.is_same(called_for.context, other)
