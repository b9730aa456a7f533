"""Which protocol version a handshake settles on, and what happens when there is none."""

import pytest

from conformance.peers import both_versions


@both_versions
def test_both_sides_report_the_negotiated_version(peers, version):
    """After the handshake version() names the negotiated protocol on both sides.

    library/ssl.html#ssl.SSLSocket.version
    """
    connected = peers.established(version)
    assert connected.client.tls.version() == version
    assert connected.server.tls.version() == version


def test_version_is_none_before_the_handshake(peers):
    """version() is None on both sides until the handshake is done.

    library/ssl.html#ssl.SSLSocket.version
    """
    fresh = peers.pair()
    assert fresh.client.tls.version() is None
    assert fresh.server.tls.version() is None


def test_version_stays_none_on_a_client_that_sent_its_hello(ssl, peers):
    """version() is still None after a first flight was sent and nothing was answered.

    library/ssl.html#ssl.SSLSocket.version
    """
    fresh = peers.pair()
    with pytest.raises(ssl.SSLWantReadError):
        fresh.client.tls.do_handshake()
    assert fresh.client.tls.version() is None


def test_default_contexts_prefer_the_newest_version(peers):
    """Two default contexts agree on TLS 1.3.

    library/ssl.html#ssl.create_default_context
    """
    connected = peers.pair()
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"
    assert connected.server.tls.version() == "TLSv1.3"


def test_server_limit_is_met_by_a_capable_client(peers):
    """A client with more versions agrees on the only version that its server allows.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    server = peers.server_context(version="TLSv1.2")
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"
    assert connected.server.tls.version() == "TLSv1.2"


def test_server_refuses_a_client_that_is_too_old(peers):
    """A TLS 1.3 server refuses a TLS 1.2 client, which gets a protocol version alert.

    rfc8446#section-6.2
    """
    client = peers.client_context(version="TLSv1.2")
    server = peers.server_context(version="TLSv1.3")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "UNSUPPORTED_PROTOCOL"
    assert outcomes.client.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_server_refuses_a_client_that_is_too_new(peers):
    """A TLS 1.2 server refuses a client that speaks TLS 1.3 only, with the same alert.

    rfc8446#section-6.2
    """
    client = peers.client_context(version="TLSv1.3")
    server = peers.server_context(version="TLSv1.2")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "UNSUPPORTED_PROTOCOL"
    assert outcomes.client.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_no_version_is_reported_after_a_failed_negotiation(peers):
    """version() is None on the side that refused the other's protocol version.

    library/ssl.html#ssl.SSLSocket.version
    """
    client = peers.client_context(version="TLSv1.2")
    server = peers.server_context(version="TLSv1.3")
    refused = peers.connect(client, server)
    refused.handshake_outcomes()
    assert refused.server.tls.version() is None
    assert refused.client.tls.version() is None
    assert refused.client.tls.cipher() is None
