"""group(), client_sigalg() and server_sigalg(): how keys were agreed on, and who signed how."""

from pathlib import Path

import pytest

from conformance.peers import both_versions, lacks

DH_PARAMETERS = Path(__file__).parent.parent / "context" / "ffdhe2048.pem"


def told(pair):
    """What both sides report, each as (group, client's algorithm, server's algorithm)."""
    return [
        (side.tls.group(), side.tls.client_sigalg(), side.tls.server_sigalg())
        for side in (pair.client, pair.server)
    ]


@both_versions
@pytest.mark.parametrize(
    "identity, algorithm",
    [("localhost", "ecdsa_secp256r1_sha256"), ("localhost_rsa", "rsa_pss_rsae_sha256")],
)
def test_server_s_key_decides_the_algorithm(peers, about, version, identity, algorithm):
    """server_sigalg() names on both sides how the server signed; the client signed nothing.

    library/ssl.html#ssl.SSLSocket.server_sigalg
    """
    pair = peers.connect(peers.client_context(version=version), peers.server_context(identity))
    if lacks(about, pair.client.tls, "server_sigalg"):
        return
    pair.handshake()
    for side in (pair.client, pair.server):
        assert side.tls.server_sigalg() == algorithm
        assert side.tls.client_sigalg() is None


@both_versions
def test_client_s_signature_is_told(ssl, peers, about, certificates, version):
    """client_sigalg() names on both sides how the client signed.

    library/ssl.html#ssl.SSLSocket.client_sigalg
    """
    client = peers.client_context(version=version)
    shown = certificates.client
    client.load_cert_chain(shown.chain, shown.key)
    server = peers.server_context("localhost_rsa", authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    pair = peers.connect(client, server)
    if lacks(about, pair.client.tls, "client_sigalg"):
        return
    pair.handshake()
    for side in (pair.client, pair.server):
        assert side.tls.client_sigalg() == "ecdsa_secp256r1_sha256"
        assert side.tls.server_sigalg() == "rsa_pss_rsae_sha256"


@both_versions
def test_resumed_connection_is_not_signed(ssl, peers, about, version):
    """A resumed connection has a group and no signatures.

    library/ssl.html#ssl.SSLSocket.session
    """
    client, server = peers.contexts(version)
    first = peers.connect(client, server)
    if lacks(about, first.client.tls, "server_sigalg"):
        return
    first.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        first.client.tls.read(1)
    again = peers.connect(client, server, session=first.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    for group, clients, servers in told(again):
        assert group is not None
        assert (clients, servers) == (None, None)


@pytest.mark.parametrize("cipher", ["DHE-RSA-AES256-GCM-SHA384", "AES256-GCM-SHA384"])
def test_older_key_exchanges_have_no_group(peers, about, cipher):
    """A connection of TLS 1.2 without elliptic curves has no group.

    library/ssl.html#ssl.SSLSocket.group
    """
    client = peers.client_context(version="TLSv1.2")
    server = peers.server_context("localhost_rsa")
    pair = peers.connect(client, server)
    if lacks(about, pair.client.tls, "client_sigalg"):
        return
    for context in (client, server):
        context.set_ciphers(cipher)
    server.load_dh_params(DH_PARAMETERS)
    pair = peers.connect(client, server)
    pair.handshake()
    assert pair.client.tls.group() is None
    assert pair.server.tls.group() is None


def test_failed_handshake_has_no_group(peers, about):
    """After a handshake that failed for want of a group nobody tells one.

    library/ssl.html#ssl.SSLSocket.group
    """
    client = peers.client_context(version="TLSv1.3")
    server = peers.server_context()
    if lacks(about, client, "set_groups", "P-256"):
        return
    client.set_groups("P-256")
    server.set_groups("P-384")
    pair = peers.connect(client, server)
    assert pair.handshake_outcomes().server is not None
    assert told(pair) == [(None, None, None)] * 2


def test_group_of_a_client_is_known_with_the_server_s_answer(peers, about):
    """A client names no group before the server has answered.

    library/ssl.html#ssl.SSLSocket.group
    """
    pair = peers.pair("TLSv1.3")
    if lacks(about, pair.client.tls, "client_sigalg"):
        return
    pair.client.step()
    assert pair.client.tls.group() is None
    pair.transfer()
    pair.server.step()
    pair.transfer()
    pair.client.step()
    assert pair.client.tls.group() == pair.server.tls.group()
    assert pair.client.tls.group() is not None


def test_algorithms_are_unknown_before_the_handshake(peers, about):
    """A connection that has not begun has no signatures.

    library/ssl.html#ssl.SSLSocket.client_sigalg
    """
    pair = peers.pair()
    for side in (pair.client, pair.server):
        if lacks(about, side.tls, "client_sigalg"):
            return
        assert side.tls.client_sigalg() is None
        assert side.tls.server_sigalg() is None


def test_context_of_a_servername_callback_signs(peers, about):
    """server_sigalg() names the algorithm of the context that the callback chose.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    server = peers.server_context("localhost")
    other = peers.server_context("localhost_rsa")

    def choose(connection, name, context):
        connection.context = other

    server.set_servername_callback(choose)
    pair = peers.connect(peers.client_context(), server)
    if lacks(about, pair.client.tls, "server_sigalg"):
        return
    pair.handshake()
    assert pair.client.tls.server_sigalg() == "rsa_pss_rsae_sha256"
    assert pair.server.tls.server_sigalg() == "rsa_pss_rsae_sha256"


def test_pre_shared_key_signs_nothing(peers, native, about):
    """A connection by a pre-shared key has no signatures; in TLS 1.2 it has no group either.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    client = peers.client_context()
    server = peers.server_context()
    pair = peers.connect(client, server)
    if lacks(about, pair.client.tls, "client_sigalg"):
        return
    client.check_hostname = False
    for context in (client, server):
        native.limit_versions(context, maximum="TLSv1.2")
        context.set_ciphers("PSK-AES256-GCM-SHA384")
    client.set_psk_client_callback(lambda hint: ("client", b"key"))
    server.set_psk_server_callback(lambda identity: b"key")
    pair = peers.connect(client, server)
    pair.handshake()
    assert told(pair) == [(None, None, None)] * 2
