"""What two implementations agree on in a resumed connection, and by pre-shared keys."""

import pytest

from conformance.peers import both_versions

KEY = b"a key of bytes that both know"


def resumed(client_ssl, peers, version, client=None, server=None):
    """A connection that resumes the session of an earlier one between the same contexts."""
    client = client or peers.client_context(version=version)
    server = server or peers.server_context()
    earlier = peers.connect(client, server)
    earlier.handshake()
    with pytest.raises(client_ssl.SSLWantReadError):
        earlier.client.tls.read(1)
    again = peers.connect(client, server, session=earlier.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert again.server.tls.session_reused is True
    return again


def test_channel_binding_of_a_resumed_connection(client_ssl, peers):
    """In a resumed TLS 1.2 connection both sides have the same tls-unique binding.

    rfc5929#section-3.1
    """
    again = resumed(client_ssl, peers, "TLSv1.2")
    binding = again.client.tls.get_channel_binding("tls-unique")
    assert binding == again.server.tls.get_channel_binding("tls-unique")
    assert binding


@both_versions
def test_protocol_of_a_resumed_connection(client_ssl, peers, version):
    """A resumed connection agrees on a protocol by ALPN as a new one does.

    rfc7301#section-3.1
    """
    client, server = peers.client_context(version=version), peers.server_context()
    client.set_alpn_protocols(["one", "other"])
    server.set_alpn_protocols(["other"])
    again = resumed(client_ssl, peers, version, client, server)
    assert again.client.tls.selected_alpn_protocol() == "other"
    assert again.server.tls.selected_alpn_protocol() == "other"


@both_versions
def test_certificate_of_a_client_that_resumes(client_ssl, peers, certificates, version):
    """A server has the certificate of a client that resumes, which was shown the first time.

    rfc8446#section-2.2
    """
    shown = certificates.localhost_rsa
    client = peers.client_context(version=version)
    client.load_cert_chain(shown.chain, shown.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = 2
    again = resumed(client_ssl, peers, version, client, server)
    assert again.server.tls.getpeercert(True) == shown.der


@both_versions
def test_key_that_both_know(server_ssl, peers, version):
    """Two sides with the same pre-shared key connect without any certificate, and talk.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client = peers.client_context(version=version)
    client.check_hostname = False
    client.verify_mode = 0
    server = server_ssl.create_default_context(server_ssl.Purpose.CLIENT_AUTH)
    if version == "TLSv1.2":
        client.set_ciphers("PSK")
        server.set_ciphers("PSK")
    identities = []

    def known(identity):
        identities.append(identity)
        return KEY

    client.set_psk_client_callback(lambda hint: ("me", KEY))
    server.set_psk_server_callback(known)
    connected = peers.connect(client, server)
    connected.handshake()
    assert identities == ["me"]
    assert connected.client.tls.getpeercert(True) is None
    connected.client.tls.write(b"hello")
    connected.transfer()
    assert connected.server.tls.read(5) == b"hello"
