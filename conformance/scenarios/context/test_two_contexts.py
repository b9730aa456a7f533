"""Two contexts, with callbacks and logs of their own, whose connections are made in turn."""

import pytest

from conformance.peers import deliver

KEYS = {"one": b"the key of the one", "other": b"the other's key"}


def interleaved(pairs):
    """Make the handshakes of two pairs step by step in turn."""
    for _ in range(4):
        for pair in pairs:
            for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
                if not source.done:
                    source.step()
                deliver(source, target)
    assert all(pair.client.done and pair.server.done for pair in pairs)


def noting(calls, name):
    """A callback for server names that notes its name."""

    def note(called_for, server_name, context):
        calls.append(name)

    return note


def test_callback_for_server_names_is_its_context_s(peers):
    """Of two contexts with callbacks for server names each calls its own.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    calls = []
    client, servers = peers.client_context(), [peers.server_context(), peers.server_context()]
    for name, server in zip(("one", "other"), servers, strict=True):
        server.sni_callback = noting(calls, name)
    interleaved([peers.connect(client, server) for server in servers])
    assert calls == ["one", "other"]
    servers[0].sni_callback = None
    interleaved([peers.connect(client, server) for server in servers])
    assert calls == ["one", "other", "other"]


def test_message_callback_is_its_context_s(peers, native):
    """Of two contexts with message callbacks each shows its own connections alone.

    library/ssl.html#ssl.SSLContext
    """
    server = peers.server_context()
    clients = [peers.client_context(), peers.client_context()]
    logs = [native.message_log(), native.message_log()]
    for client, log in zip(clients, logs, strict=True):
        client._msg_callback = log
    pairs = [peers.connect(client, server) for client in clients]
    interleaved(pairs)
    assert [log.was_told_of(pair.client.tls) for pair, log in zip(pairs, logs, strict=True)] == [
        True,
        True,
    ]


def test_log_is_its_context_s(peers, native):
    """Of two contexts with key logs each writes its own connections' secrets alone.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    server = peers.server_context()
    clients = [peers.client_context(), peers.client_context()]
    logs = [native.new_path("one.log"), native.new_path("other.log")]
    for client, log in zip(clients, logs, strict=True):
        client.keylog_filename = log
    interleaved([peers.connect(client, server) for client in clients])
    told = [native.key_log(log) for log in logs]
    assert [lines.count("EXPORTER_SECRET (64, 96)") for lines in told] == [1, 1]
    clients[0].keylog_filename = None
    interleaved([peers.connect(client, server) for client in clients])
    again = [native.key_log(log) for log in logs]
    assert again[0] == told[0]
    assert again[1].count("EXPORTER_SECRET (64, 96)") == 2


def test_key_is_its_context_s(peers):
    """Of two contexts with callbacks for keys each gives its own key.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    pairs = []
    for name in KEYS:
        client, server = peers.client_context(version="TLSv1.2"), peers.server_context()
        client.check_hostname = False
        client.verify_mode = 0
        client.set_ciphers("PSK")
        server.set_ciphers("PSK")
        client.set_psk_client_callback(lambda hint, name=name: (name, KEYS[name]))
        server.set_psk_server_callback(lambda identity: KEYS[identity], name)
        pairs.append(peers.connect(client, server))
    interleaved(pairs)
    for pair, name in zip(pairs, KEYS, strict=True):
        pair.client.tls.write(name.encode())
        pair.transfer()
        assert pair.server.tls.read(10) == name.encode()


def test_password_of_one_while_the_other_s_is_asked(peers, certificates):
    """A password function may load another key, with another password, into another context.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    contexts = [peers.server_context(), peers.server_context()]

    def password():
        contexts[1].load_cert_chain(identity.chain, identity.key, "correct horse")
        return "correct horse"

    contexts[0].load_cert_chain(identity.chain, identity.key, password)
    for context in contexts:
        connected = peers.connect(peers.client_context(), context)
        connected.handshake()
        assert connected.client.tls.getpeercert(True) == identity.der


@pytest.mark.parametrize("identity", ["localhost", "untrusted"])
def test_connection_is_made_while_another_is(peers, native, identity):
    """A callback may make another connection, or fail to, without disturbing its own.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client, server = peers.contexts()
    inner = native.handshake_and_echo(client, peers.server_context(identity), "localhost")
    outcomes = []

    def connect(called_for, name, context):
        try:
            outcomes.append(str(inner()).partition(" ")[0])
        except peers.ssl.SSLError as error:
            outcomes.append(error.reason)

    server.sni_callback = connect
    connected = peers.connect(client, server)
    connected.handshake()
    assert outcomes == ["TLSv1.3" if identity == "localhost" else "CERTIFICATE_VERIFY_FAILED"]
    connected.server.tls.write(b"hello")
    connected.transfer()
    assert connected.client.tls.read(5) == b"hello"
