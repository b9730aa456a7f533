"""Handshakes between two implementations that cannot succeed: what each side raises."""

import pytest

from conformance.peers import both_versions


@pytest.mark.parametrize(
    "identity, alert",
    [
        ("untrusted", "TLSV1_ALERT_UNKNOWN_CA"),
        ("expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    ],
)
def test_certificate_that_the_client_refuses(peers, identity, alert):
    """A client refuses a defective certificate, and the server gets the alert for it.

    rfc8446#section-6.2
    """
    client = peers.client_context()
    server = peers.server_context(identity)
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.server.reason == alert


@both_versions
def test_certificate_for_another_host(peers, version):
    """A client refuses a certificate for another host, and the server gets an alert.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context(version=version)
    server = peers.server_context("wrong_host")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.server.reason == "SSLV3_ALERT_BAD_CERTIFICATE"


@pytest.mark.parametrize(
    "client_version, server_version", [("TLSv1.2", "TLSv1.3"), ("TLSv1.3", "TLSv1.2")]
)
def test_no_version_in_common(peers, client_version, server_version):
    """Without a version in common the server sends an alert, whichever side is the newer.

    rfc8446#section-4.2.1
    """
    client = peers.client_context(version=client_version)
    server = peers.server_context(version=server_version)
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "UNSUPPORTED_PROTOCOL"
    assert outcomes.client.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_no_cipher_in_common(peers):
    """Without a cipher in common the server raises NO_SHARED_CIPHER, the client gets an alert.

    rfc5246#section-7.4.1.3
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    server = peers.server_context()
    server.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "NO_SHARED_CIPHER"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_input_ends_in_the_handshake(client_ssl, server_ssl, peers):
    """A side whose peer goes away in the middle of the handshake raises SSLError.

    library/ssl.html#ssl.SSLEOFError
    """
    client = peers.client_context()
    server = peers.server_context()
    cut = peers.connect(client, server)
    cut.client.step()
    cut.transfer()
    cut.server.step()
    cut.client.incoming.write_eof()
    cut.server.incoming.write_eof()
    with pytest.raises(client_ssl.SSLError):
        cut.client.tls.do_handshake()
    with pytest.raises(server_ssl.SSLError):
        cut.server.tls.do_handshake()
    assert cut.client.tls.version() is None
