"""set_ciphersuites(), which chooses the cipher suites of TLS 1.3."""

import pytest

from conformance.peers import lacks

AES_128, AES_256 = "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"
CHACHA = "TLS_CHACHA20_POLY1305_SHA256"


TLS_12 = "ECDHE-ECDSA-AES128-GCM-SHA256"


def context_with_one_cipher(peers):
    """A client's context with one cipher of TLS 1.2."""
    context = peers.client_context()
    context.set_ciphers(TLS_12)
    return context


def listed(context):
    """The names of what get_ciphers() lists."""
    return [cipher["name"] for cipher in context.get_ciphers()]


@pytest.mark.parametrize("suite", [AES_128, AES_256, CHACHA])
def test_chosen_suite_is_used(peers, about, suite):
    """A TLS 1.3 connection uses the only suite of the client.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    client = peers.client_context()
    if lacks(about, client, "set_ciphersuites", suite):
        return
    assert client.set_ciphersuites(suite) is None
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.client.tls.cipher()[0] == suite
    assert pair.server.tls.cipher()[0] == suite


def test_order_is_kept(peers, about):
    """The suites are listed in the order in which they were chosen, before the ciphers of TLS 1.2.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    context = context_with_one_cipher(peers)
    if lacks(about, context, "set_ciphersuites", CHACHA):
        return
    context.set_ciphersuites(f"{CHACHA}:{AES_128}")
    assert listed(context) == [CHACHA, AES_128, TLS_12]


def test_ciphers_of_tls_12_do_not_change_the_suites(peers, about):
    """set_ciphers() leaves the suites that were chosen.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    context = peers.client_context()
    if lacks(about, context, "set_ciphersuites", AES_128):
        return
    context.set_ciphersuites(AES_128)
    context.set_ciphers(TLS_12)
    assert listed(context) == [AES_128, TLS_12]


def test_server_prefers_its_own_order(peers, about):
    """A server uses the first of its suites that the client has.

    library/ssl.html#ssl.OP_CIPHER_SERVER_PREFERENCE
    """
    client = peers.client_context()
    server = peers.server_context()
    if lacks(about, client, "set_ciphersuites", AES_256):
        return
    client.set_ciphersuites(f"{AES_256}:{AES_128}")
    server.set_ciphersuites(f"{CHACHA}:{AES_128}:{AES_256}")
    pair = peers.connect(client, server)
    pair.handshake()
    assert pair.client.tls.cipher()[0] == AES_128


def test_sides_without_a_common_suite_do_not_connect(ssl, peers, about):
    """A client and a server with different suites do not connect in TLS 1.3.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    client = peers.client_context(version="TLSv1.3")
    server = peers.server_context()
    if lacks(about, client, "set_ciphersuites", AES_128):
        return
    client.set_ciphersuites(AES_128)
    server.set_ciphersuites(AES_256)
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert isinstance(outcomes.client, ssl.SSLError)
    assert isinstance(outcomes.server, ssl.SSLError)


def test_no_suites_leave_tls_12(ssl, peers, native, about):
    """An empty list leaves the ciphers of TLS 1.2, with which no connection of TLS 1.3 begins.

    man:SSL_CTX_set_ciphersuites(3)
    """
    client = context_with_one_cipher(peers)
    if lacks(about, client, "set_ciphersuites", ""):
        return
    assert client.set_ciphersuites("") is None
    assert listed(client) == [TLS_12]
    pair = peers.connect(client, peers.server_context())
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.step()
    assert caught.value.reason == "NO_CIPHERS_AVAILABLE"
    native.limit_versions(client, maximum="TLSv1.2")
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.client.tls.version() == "TLSv1.2"


@pytest.mark.parametrize(
    "given",
    ["nonsense", ":", "AES128-SHA", f"{AES_128},{AES_256}", "nönsense"],
    ids=["unknown", "nothing", "TLS 1.2", "comma", "no ASCII"],
)
def test_unknown_suite_is_refused(ssl, peers, about, given):
    """A list without any suite of TLS 1.3 is an SSLError and changes nothing.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    context = context_with_one_cipher(peers)
    if lacks(about, context, "set_ciphersuites", given):
        return
    context.set_ciphersuites(AES_128)
    with pytest.raises(ssl.SSLError, match="No cipher suite can be selected"):
        context.set_ciphersuites(given)
    assert listed(context) == [AES_128, TLS_12]


def test_name_in_lower_case(ssl, peers, about):
    """A suite's name in lower case is refused, and since OpenSSL 4 taken.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    context = context_with_one_cipher(peers)
    if lacks(about, context, "set_ciphersuites", AES_128.lower()):
        return
    if about.openssl >= (4,):
        context.set_ciphersuites(AES_128.lower())
    else:
        with pytest.raises(ssl.SSLError, match="No cipher suite can be selected"):
            context.set_ciphersuites(AES_128.lower())


@pytest.mark.parametrize(
    "given",
    [f"{AES_128}:nonsense", f" {AES_128}", f"{AES_128}:"],
    ids=["unknown", "space", "nothing"],
)
def test_known_suite_is_taken_from_among_others(peers, about, given):
    """Of a list, the suites that OpenSSL knows are taken.

    man:SSL_CTX_set_ciphersuites(3)
    """
    context = context_with_one_cipher(peers)
    if lacks(about, context, "set_ciphersuites", given):
        return
    context.set_ciphersuites(given)
    assert listed(context) == [AES_128, TLS_12]


def test_suites_are_taken_when_the_handshake_begins(peers, about):
    """set_ciphersuites() after wrap_bio() still changes that object's handshake, unlike groups.

    library/ssl.html#ssl.SSLContext.set_ciphersuites
    """
    client = peers.client_context()
    if lacks(about, client, "set_ciphersuites", AES_128):
        return
    client.set_ciphersuites(AES_128)
    pair = peers.connect(client, peers.server_context())
    client.set_ciphersuites(CHACHA)
    pair.handshake()
    assert pair.client.tls.cipher()[0] == CHACHA
