"""A TLS 1.3 server that asks for another key share (HelloRetryRequest): all else is as without.

The server takes the curve P-384 alone, of which no client sends a share at first.
"""

import pytest

from conformance.peers import both_sides, deliver

CURVE = "secp384r1"


def retried(peers):
    """A client's and a server's context whose handshakes take a second hello."""
    client, server = peers.contexts("TLSv1.3")
    server.set_ecdh_curve(CURVE)
    return client, server


def read_tickets(ssl, connected):
    """Let the client read the tickets that come after the handshake."""
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.read(1)


def test_handshake_takes_two_more_flights(peers):
    """A server that wants another key share answers by a short hello, and the client sends another.

    rfc8446#section-4.1.4
    """
    connected = peers.connect(*retried(peers))
    assert connected.client.step() is False
    deliver(connected.client, connected.server)
    assert connected.server.step() is False
    assert 0 < connected.server.outgoing.pending < 200
    deliver(connected.server, connected.client)
    assert connected.client.step() is False
    assert connected.client.outgoing.pending > 200
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"
    assert connected.client.tls.cipher() == connected.server.tls.cipher()
    connected.client.tls.write(b"hello")
    connected.transfer()
    assert connected.server.tls.read(10) == b"hello"


def test_protocols_are_chosen(peers):
    """After a HelloRetryRequest ALPN is negotiated as without.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client, server = retried(peers)
    client.set_alpn_protocols(["a", "b"])
    server.set_alpn_protocols(["c", "b"])
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == "b"
    assert connected.server.tls.selected_alpn_protocol() == "b"


@pytest.mark.parametrize("name", ["sni_callback", "set_servername_callback"])
def test_name_is_told(peers, name):
    """With a HelloRetryRequest the servername callback is called for either hello.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client, server = retried(peers)
    names = []

    def note(called_for, told, context):
        names.append(told)

    if name == "sni_callback":
        server.sni_callback = note
    else:
        server.set_servername_callback(note)
    peers.connect(client, server).handshake()
    assert names == 2 * ["localhost"]


def test_callback_may_refuse(ssl, peers):
    """The servername callback's alert ends a handshake in place of a HelloRetryRequest.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client, server = retried(peers)
    server.sni_callback = lambda *arguments: 49
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "CALLBACK_FAILED"
    assert "ACCESS_DENIED" in outcomes.client.reason


def test_context_is_switched(peers, certificates):
    """With a HelloRetryRequest the servername callback may switch to another certificate.

    library/ssl.html#ssl.SSLSocket.context
    """
    client, server = retried(peers)
    client.check_hostname = False
    other = peers.server_context("other_host", version="TLSv1.3")
    other.set_ecdh_curve(CURVE)

    def switch(called_for, name, context):
        called_for.context = other

    server.sni_callback = switch
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.other_host.der


def test_session_is_resumed(ssl, peers):
    """A session is resumed after a HelloRetryRequest, and the connection has its certificate.

    library/ssl.html#ssl.SSLSession
    """
    client, server = retried(peers)
    connected = peers.connect(client, server)
    connected.handshake()
    read_tickets(ssl, connected)
    again = peers.connect(client, server, session=connected.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert again.server.tls.session_reused is True
    assert again.client.tls.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)


def test_client_shows_its_certificate(ssl, peers, certificates):
    """A client that shows its certificate after a HelloRetryRequest is verified.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client, server = retried(peers)
    client.load_cert_chain(certificates.client.combined)
    server.load_verify_locations(certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.getpeercert(True) == certificates.client.der


def test_wrong_name_is_refused(ssl, peers):
    """A certificate for another name is refused after a HelloRetryRequest.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    connected = peers.connect(*retried(peers), server_hostname="elsewhere.example")
    outcomes = connected.handshake_outcomes()
    assert isinstance(outcomes.client, ssl.SSLCertVerificationError)
    assert outcomes.client.verify_code == 62


def test_key_is_asked_for(ssl, peers, certificates):
    """With a HelloRetryRequest the client's PSK callback is called for either hello.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client, server = retried(peers)
    asked, told = [], []

    def client_key(hint):
        asked.append(hint)
        return "an identity", b"a key"

    def server_key(identity):
        told.append(identity)
        return b"a key"

    client.set_psk_client_callback(client_key)
    server.set_psk_server_callback(server_key)
    peers.connect(client, server).handshake_outcomes()
    assert asked == 2 * [None]
    assert set(told) == {"an identity"}


@both_sides
def test_messages_are_shown(peers, native, side):
    """With a HelloRetryRequest both hellos of either side are shown to a message callback.

    man:SSL_CTX_set_msg_callback(3)
    """
    client, server = retried(peers)
    log = native.message_log()
    (client if side == "client" else server)._msg_callback = log
    connected = peers.connect(client, server)
    connected.handshake()
    assert log.was_told_of(getattr(connected, side).tls) is True
    told = [str(text) for text in log.take()]
    for name in ("CLIENT_HELLO", "SERVER_HELLO"):
        assert sum(f"HANDSHAKE _TLSMessageType.{name}" in text for text in told) == 2


@both_sides
def test_secrets_are_logged_once(peers, native, side):
    """With a HelloRetryRequest a key log gets each secret once.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client, server = retried(peers)
    path = native.new_path("keys")
    (client if side == "client" else server).keylog_filename = path
    peers.connect(client, server).handshake()
    labels = [str(line).split(" ")[0] for line in native.key_log(path)[1:]]
    assert len(labels) == len(set(labels)) == 5
