"""set_server_sigalgs(), set_client_sigalgs() and get_sigalgs()."""

import pytest

from conformance.peers import both_sides, both_versions, lacks

UNKNOWN = ["", "nonsense", ":", "rsa_pss_rsae_sha256:nonsense", "ed25519/ed448", "nönsense"]
IDS = ["empty", "unknown", "nothing", "one of two", "slash", "no ASCII"]
SETTERS = pytest.mark.parametrize("name", ["set_server_sigalgs", "set_client_sigalgs"])


def authenticated(ssl, peers, certificates, version=None, identity="localhost_rsa"):
    """A client's context that has a certificate, and a server's that wants one."""
    client = peers.client_context(version=version)
    shown = certificates.client
    client.load_cert_chain(shown.chain, shown.key)
    server = peers.server_context(identity, authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_REQUIRED
    return client, server


@both_sides
@pytest.mark.parametrize("algorithm", ["rsa_pss_rsae_sha512", "rsa_pss_rsae_sha384"])
@both_versions
def test_server_signs_with_what_was_chosen(peers, about, version, algorithm, side):
    """A server signs with the only algorithm that one of the two sides allows.

    library/ssl.html#ssl.SSLContext.set_server_sigalgs
    """
    client = peers.client_context(version=version)
    server = peers.server_context("localhost_rsa")
    context = client if side == "client" else server
    if lacks(about, context, "set_server_sigalgs", algorithm):
        return
    assert context.set_server_sigalgs(algorithm) is None
    pair = peers.connect(client, server)
    pair.handshake()
    for peer in (pair.client, pair.server):
        assert peer.tls.server_sigalg() == algorithm
        assert peer.tls.client_sigalg() is None


@both_versions
def test_key_that_cannot_sign_so_does_not_serve(ssl, peers, about, version):
    """A server whose key is not for an algorithm that the client allows is refused.

    library/ssl.html#ssl.SSLContext.set_server_sigalgs
    """
    client = peers.client_context(version=version)
    server = peers.server_context("localhost_rsa")
    if lacks(about, client, "set_server_sigalgs", "ecdsa_secp256r1_sha256"):
        return
    client.set_server_sigalgs("ecdsa_secp256r1_sha256")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert isinstance(outcomes.client, ssl.SSLError)
    assert isinstance(outcomes.server, ssl.SSLError)


@both_versions
def test_client_signs_with_what_the_server_allows(ssl, peers, about, certificates, version):
    """A client signs with an algorithm that the server allows for clients.

    library/ssl.html#ssl.SSLContext.set_client_sigalgs
    """
    client, server = authenticated(ssl, peers, certificates, version)
    allowed = "rsa_pss_rsae_sha512:ecdsa_secp256r1_sha256"
    if lacks(about, server, "set_client_sigalgs", allowed):
        return
    assert server.set_client_sigalgs(allowed) is None
    pair = peers.connect(client, server)
    pair.handshake()
    for peer in (pair.client, pair.server):
        assert peer.tls.client_sigalg() == "ecdsa_secp256r1_sha256"
        assert peer.tls.server_sigalg() == "rsa_pss_rsae_sha256"


@both_sides
@both_versions
def test_key_that_cannot_sign_so_is_not_shown(ssl, peers, about, certificates, version, side):
    """A client whose key is not for the algorithms of clients shows no certificate.

    library/ssl.html#ssl.SSLContext.set_client_sigalgs
    """
    client, server = authenticated(ssl, peers, certificates, version)
    context = client if side == "client" else server
    if lacks(about, context, "set_client_sigalgs", "rsa_pss_rsae_sha512"):
        return
    context.set_client_sigalgs("rsa_pss_rsae_sha512")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert isinstance(outcomes.server, ssl.SSLError)
    assert outcomes.server.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


@SETTERS
@pytest.mark.parametrize("given", UNKNOWN, ids=IDS)
def test_unknown_algorithm_is_refused(ssl, peers, about, name, given):
    """A list with an algorithm that OpenSSL does not know is an SSLError and changes nothing.

    library/ssl.html#ssl.SSLContext.set_server_sigalgs
    """
    server = peers.server_context("localhost_rsa")
    if lacks(about, server, name, given):
        return
    getattr(server, name)("rsa_pss_rsae_sha512")
    with pytest.raises(ssl.SSLError, match="unrecognized signature algorithm"):
        getattr(server, name)(given)
    pair = peers.connect(peers.client_context(), server)
    pair.handshake()
    chosen = "rsa_pss_rsae_sha512" if name == "set_server_sigalgs" else "rsa_pss_rsae_sha256"
    assert pair.client.tls.server_sigalg() == chosen


@SETTERS
def test_unknown_algorithm_may_be_left_out(peers, about, name):
    """An algorithm behind a question mark may be unknown.

    man:SSL_CTX_set1_sigalgs_list(3)
    """
    server = peers.server_context("localhost_rsa")
    given = "?nonsense:rsa_pss_rsae_sha512"
    if lacks(about, server, name, given):
        return
    assert getattr(server, name)(given) is None
    peers.connect(peers.client_context(), server).handshake()


def test_choice_is_for_connections_to_come(peers, about):
    """set_server_sigalgs() after wrap_bio() does not change the handshake of that object.

    library/ssl.html#ssl.SSLContext.set_server_sigalgs
    """
    server = peers.server_context("localhost_rsa")
    if lacks(about, server, "set_server_sigalgs", "rsa_pss_rsae_sha384"):
        return
    server.set_server_sigalgs("rsa_pss_rsae_sha384")
    pair = peers.connect(peers.client_context(), server)
    server.set_server_sigalgs("rsa_pss_rsae_sha512")
    pair.handshake()
    assert pair.client.tls.server_sigalg() == "rsa_pss_rsae_sha384"


def test_algorithms_are_listed(ssl, peers, about):
    """get_sigalgs() lists the names of the algorithms that OpenSSL has, each once.

    library/ssl.html#ssl.get_sigalgs
    """
    if lacks(about, peers.server_context(), "set_server_sigalgs", "ed25519"):
        return
    algorithms = ssl.get_sigalgs()
    assert {"ecdsa_secp256r1_sha256", "ed25519", "rsa_pss_rsae_sha512"} < set(algorithms)
    assert len(algorithms) == len(set(algorithms))


@SETTERS
def test_listed_algorithms_can_be_chosen(ssl, peers, about, name):
    """Each algorithm that get_sigalgs() lists is taken by a context.

    library/ssl.html#ssl.get_sigalgs
    """
    context = peers.server_context()
    if lacks(about, context, name, "ed25519"):
        return
    for algorithm in ssl.get_sigalgs():
        assert getattr(context, name)(algorithm) is None
