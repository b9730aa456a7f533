"""Which protocol version a handshake settles on, and what happens when there is none."""

import pytest

from conformance.peers.memory import client_context, connect, established, pair, server_context


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_both_sides_report_the_negotiated_version(ssl, certificates, native, version):
    """After the handshake version() names the negotiated protocol on both sides.

    library/ssl.html#ssl.SSLSocket.version
    """
    connected = established(ssl, certificates, native, version)
    assert connected.client.object.version() == version
    assert connected.server.object.version() == version


def test_version_is_none_before_the_handshake(ssl, certificates):
    """version() is None on both sides until the handshake is done.

    library/ssl.html#ssl.SSLSocket.version
    """
    fresh = pair(ssl, certificates)
    assert fresh.client.object.version() is None
    assert fresh.server.object.version() is None


def test_version_stays_none_on_a_client_that_sent_its_hello(ssl, certificates):
    """version() is still None after a first flight was sent and nothing was answered.

    library/ssl.html#ssl.SSLSocket.version
    """
    fresh = pair(ssl, certificates)
    with pytest.raises(ssl.SSLWantReadError):
        fresh.client.object.do_handshake()
    assert fresh.client.object.version() is None


def test_default_contexts_prefer_the_newest_version(ssl, certificates):
    """Two default contexts agree on TLS 1.3.

    library/ssl.html#ssl.create_default_context
    """
    connected = pair(ssl, certificates)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.3"
    assert connected.server.object.version() == "TLSv1.3"


def test_server_limit_is_met_by_a_capable_client(ssl, certificates, native):
    """A client that can do more comes down to the only version its server allows.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(server, minimum="TLSv1.2", maximum="TLSv1.2")
    connected = connect(ssl, client_context(ssl, certificates), server)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.2"
    assert connected.server.object.version() == "TLSv1.2"


def test_server_refuses_a_client_that_is_too_old(ssl, certificates, native):
    """A TLS 1.3 server refuses a TLS 1.2 client, which learns it from a protocol version alert.

    rfc8446#section-6.2
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(server, minimum="TLSv1.3", maximum="TLSv1.3")
    outcomes = connect(ssl, client, server).handshake_outcomes()
    assert outcomes.server.reason == "UNSUPPORTED_PROTOCOL"
    assert outcomes.client.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_server_refuses_a_client_that_is_too_new(ssl, certificates, native):
    """A TLS 1.2 server refuses a client that speaks TLS 1.3 only, with the same alert.

    rfc8446#section-6.2
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.3", maximum="TLSv1.3")
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(server, minimum="TLSv1.2", maximum="TLSv1.2")
    outcomes = connect(ssl, client, server).handshake_outcomes()
    assert outcomes.server.reason == "UNSUPPORTED_PROTOCOL"
    assert outcomes.client.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_no_version_is_reported_after_a_failed_negotiation(ssl, certificates, native):
    """version() is None on the side that refused the other's protocol version.

    library/ssl.html#ssl.SSLSocket.version
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server = server_context(ssl, certificates.localhost)
    native.limit_versions(server, minimum="TLSv1.3", maximum="TLSv1.3")
    refused = connect(ssl, client, server)
    refused.handshake_outcomes()
    assert refused.server.object.version() is None
    assert refused.client.object.version() is None
    assert refused.client.object.cipher() is None
