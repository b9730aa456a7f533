"""Handshakes between two implementations that succeed, and what both sides then report."""

import pytest

from conformance.peers import both_versions


def reported(side):
    """What a side reports about a connection, the same in every Python."""
    return side.tls.version(), side.tls.cipher(), side.tls.pending()


@both_versions
def test_both_sides_agree(peers, certificates, version):
    """A handshake completes, and both sides name the same version and cipher.

    library/ssl.html#ssl.SSLObject
    """
    shown = certificates.through_intermediate
    client = peers.client_context(version=version)
    connected = peers.connect(client, peers.server_context(shown))
    connected.handshake()
    assert reported(connected.client) == reported(connected.server)
    assert connected.client.tls.version() == version
    assert connected.client.tls.getpeercert(True) == shown.der
    assert connected.server.tls.getpeercert(True) is None


def test_server_limits_the_version(peers):
    """A server that has only TLS 1.2 connects with a client that has newer versions too.

    rfc8446#section-4.2.1
    """
    server = peers.server_context(version="TLSv1.2")
    client = peers.client_context()
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"
    assert connected.server.tls.version() == "TLSv1.2"


def test_flights_arrive_in_fragments(peers):
    """A handshake completes although headers of records arrive byte by byte.

    library/ssl.html#ssl.MemoryBIO
    """
    client = peers.client_context()
    server = peers.server_context()
    connected = peers.connect(client, server)
    connected.handshake_in_fragments()
    assert reported(connected.client) == reported(connected.server)


def test_cipher_of_the_client_s_choice(peers):
    """A TLS 1.2 client with one cipher connects by that one.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    client = peers.client_context(version="TLSv1.2")
    cipher = "ECDHE-ECDSA-CHACHA20-POLY1305"
    client.set_ciphers(cipher)
    server = peers.server_context()
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.cipher()[0] == cipher
    assert connected.server.tls.cipher()[0] == cipher


def test_server_asks_for_another_group(peers):
    """A server with a curve that the client did not guess requests another hello, and connects.

    rfc8446#section-4.1.4
    """
    client = peers.client_context()
    server = peers.server_context("localhost_rsa")
    server.set_ecdh_curve("secp384r1")
    connected = peers.connect(client, server)
    connected.handshake()
    assert reported(connected.client) == reported(connected.server)


@pytest.mark.parametrize(
    "offered, agreed",
    [(["h2", "http/1.1"], "http/1.1"), (["h2"], None)],
    ids=["common", "none-in-common"],
)
def test_protocol_agreed_by_alpn(peers, offered, agreed):
    """Both sides name the protocol that the client offered and the server has, or none.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = peers.client_context()
    client.set_alpn_protocols(offered)
    server = peers.server_context()
    server.set_alpn_protocols(["spdy/3", "http/1.1"])
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == agreed
    assert connected.server.tls.selected_alpn_protocol() == agreed


def test_name_the_client_asks_for(peers):
    """The server's callback gets the name that the client gave to wrap_bio(), once.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    names = []

    def note(called_for, name, context):
        names.append(name)

    client = peers.client_context()
    server = peers.server_context("other_host")
    server.sni_callback = note
    connected = peers.connect(client, server, server_hostname="other.example")
    connected.handshake()
    assert names == ["other.example"]


@pytest.mark.parametrize(
    "identity, name",
    [
        ("addresses", "127.0.0.1"),
        ("wildcard", "any.wild.example"),
        ("idna", "xn--bcher-kva.example"),
    ],
)
def test_name_that_the_certificate_has(peers, identity, name):
    """A client connects by a name or an address that the server's certificate is for.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context()
    server = peers.server_context(identity)
    connected = peers.connect(client, server, server_hostname=name)
    connected.handshake()
    assert connected.client.tls.server_hostname == name


def test_channel_binding_is_the_same_on_both_sides(peers):
    """In TLS 1.2 both sides have the same tls-unique binding.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client = peers.client_context(version="TLSv1.2")
    server = peers.server_context()
    connected = peers.connect(client, server)
    connected.handshake()
    binding = connected.client.tls.get_channel_binding("tls-unique")
    assert binding == connected.server.tls.get_channel_binding("tls-unique")
    assert binding
