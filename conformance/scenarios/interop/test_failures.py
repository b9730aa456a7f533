"""Handshakes between two implementations that cannot succeed: who raises what, on which alert."""

import pytest

from conformance.peers.memory import client_context, meet, server_context


@pytest.mark.parametrize(
    "identity, alert",
    [
        ("untrusted", "TLSV1_ALERT_UNKNOWN_CA"),
        ("expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    ],
)
def test_certificate_that_the_client_refuses(client_ssl, server_ssl, certificates, identity, alert):
    """A client refuses a defective certificate, and the server learns why by an alert.

    rfc8446#section-6.2
    """
    client = client_context(client_ssl, certificates)
    server = server_context(server_ssl, getattr(certificates, identity))
    outcomes = meet(client_ssl, client, server_ssl, server).handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.server.reason == alert


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_certificate_for_another_host(client_ssl, server_ssl, client_native, certificates, version):
    """A client refuses a certificate for another host, and the server learns it by an alert.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=version, maximum=version)
    server = server_context(server_ssl, certificates.wrong_host)
    outcomes = meet(client_ssl, client, server_ssl, server).handshake_outcomes()
    assert outcomes.client.reason == "CERTIFICATE_VERIFY_FAILED"
    assert outcomes.server.reason == "SSLV3_ALERT_BAD_CERTIFICATE"


@pytest.mark.parametrize(
    "client_version, server_version", [("TLSv1.2", "TLSv1.3"), ("TLSv1.3", "TLSv1.2")]
)
def test_no_version_in_common(
    client_ssl,
    server_ssl,
    client_native,
    server_native,
    certificates,
    client_version,
    server_version,
):
    """Without a version in common the server says so in an alert, whichever side is the newer.

    rfc8446#section-4.2.1
    """
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=client_version, maximum=client_version)
    server = server_context(server_ssl, certificates.localhost)
    server_native.limit_versions(server, minimum=server_version, maximum=server_version)
    outcomes = meet(client_ssl, client, server_ssl, server).handshake_outcomes()
    assert outcomes.server.reason == "UNSUPPORTED_PROTOCOL"
    assert outcomes.client.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_no_cipher_in_common(client_ssl, server_ssl, client_native, certificates):
    """Without a cipher in common the server raises NO_SHARED_CIPHER, the client meets an alert.

    rfc5246#section-7.4.1.3
    """
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    server = server_context(server_ssl, certificates.localhost)
    server.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    outcomes = meet(client_ssl, client, server_ssl, server).handshake_outcomes()
    assert outcomes.server.reason == "NO_SHARED_CIPHER"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_input_ends_in_the_handshake(client_ssl, server_ssl, certificates):
    """A server whose client goes away after its hello, and a client left alone, meet the end.

    library/ssl.html#ssl.SSLEOFError
    """
    client = client_context(client_ssl, certificates)
    server = server_context(server_ssl, certificates.localhost)
    cut = meet(client_ssl, client, server_ssl, server)
    cut.client.step()
    cut.transfer()
    cut.server.step()
    cut.client.incoming.write_eof()
    cut.server.incoming.write_eof()
    with pytest.raises(client_ssl.SSLError):
        cut.client.object.do_handshake()
    with pytest.raises(server_ssl.SSLError):
        cut.server.object.do_handshake()
    assert cut.client.object.version() is None
