"""Handshakes between two implementations that succeed, and what both sides then know."""

import pytest

from conformance.peers.memory import client_context, meet, server_context


def told(side):
    """What a side says of a connection, the same in every Python."""
    return side.object.version(), side.object.cipher(), side.object.pending()


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_both_sides_agree(client_ssl, server_ssl, client_native, certificates, version):
    """A handshake completes, and both sides name the same version and cipher.

    library/ssl.html#ssl.SSLObject
    """
    shown = certificates.through_intermediate
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum=version, maximum=version)
    connected = meet(client_ssl, client, server_ssl, server_context(server_ssl, shown))
    connected.handshake()
    assert told(connected.client) == told(connected.server)
    assert connected.client.object.version() == version
    assert connected.client.object.getpeercert(True) == shown.der
    assert connected.server.object.getpeercert(True) is None


def test_server_limits_the_version(client_ssl, server_ssl, server_native, certificates):
    """A server that has only TLS 1.2 connects with a client that has more.

    rfc8446#section-4.2.1
    """
    server = server_context(server_ssl, certificates.localhost)
    server_native.limit_versions(server, minimum="TLSv1.2", maximum="TLSv1.2")
    client = client_context(client_ssl, certificates)
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.2"
    assert connected.server.object.version() == "TLSv1.2"


def test_flights_arrive_in_fragments(client_ssl, server_ssl, certificates):
    """A handshake completes although headers of records arrive byte by byte.

    library/ssl.html#ssl.MemoryBIO
    """
    client = client_context(client_ssl, certificates)
    server = server_context(server_ssl, certificates.localhost)
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake_in_fragments()
    assert told(connected.client) == told(connected.server)


def test_cipher_of_the_client_s_choice(client_ssl, server_ssl, client_native, certificates):
    """A TLS 1.2 client with one cipher connects by that one.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    cipher = "ECDHE-ECDSA-CHACHA20-POLY1305"
    client.set_ciphers(cipher)
    server = server_context(server_ssl, certificates.localhost)
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    assert connected.client.object.cipher()[0] == cipher
    assert connected.server.object.cipher()[0] == cipher


def test_server_asks_for_another_group(client_ssl, server_ssl, certificates):
    """A server with a curve that the client did not guess asks for another hello, and connects.

    rfc8446#section-4.1.4
    """
    client = client_context(client_ssl, certificates)
    server = server_context(server_ssl, certificates.localhost_rsa)
    server.set_ecdh_curve("secp384r1")
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    assert told(connected.client) == told(connected.server)


@pytest.mark.parametrize(
    "offered, agreed",
    [(["h2", "http/1.1"], "http/1.1"), (["h2"], None)],
    ids=["common", "none-in-common"],
)
def test_protocol_agreed_by_alpn(client_ssl, server_ssl, certificates, offered, agreed):
    """Both sides name the protocol that the client offered and the server has, or none.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = client_context(client_ssl, certificates)
    client.set_alpn_protocols(offered)
    server = server_context(server_ssl, certificates.localhost)
    server.set_alpn_protocols(["spdy/3", "http/1.1"])
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    assert connected.client.object.selected_alpn_protocol() == agreed
    assert connected.server.object.selected_alpn_protocol() == agreed


def test_name_the_client_asks_for(client_ssl, server_ssl, certificates):
    """The server's callback is told the name that the client gave to wrap_bio(), once.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    names = []

    def note(called_for, name, context):
        names.append(name)

    client = client_context(client_ssl, certificates)
    server = server_context(server_ssl, certificates.other_host)
    server.sni_callback = note
    connected = meet(client_ssl, client, server_ssl, server, server_hostname="other.example")
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
def test_name_that_the_certificate_has(client_ssl, server_ssl, certificates, identity, name):
    """A client connects by a name or an address that the server's certificate is for.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = client_context(client_ssl, certificates)
    server = server_context(server_ssl, getattr(certificates, identity))
    connected = meet(client_ssl, client, server_ssl, server, server_hostname=name)
    connected.handshake()
    assert connected.client.object.server_hostname == name


def test_channel_binding_is_the_same_on_both_sides(
    client_ssl, server_ssl, client_native, certificates
):
    """In TLS 1.2 both sides have the same tls-unique binding.

    library/ssl.html#ssl.SSLSocket.get_channel_binding
    """
    client = client_context(client_ssl, certificates)
    client_native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server = server_context(server_ssl, certificates.localhost)
    connected = meet(client_ssl, client, server_ssl, server)
    connected.handshake()
    binding = connected.client.object.get_channel_binding("tls-unique")
    assert binding == connected.server.object.get_channel_binding("tls-unique")
    assert binding
