"""set_ciphers() and get_ciphers()."""

import pytest


def names(context):
    """The names of what get_ciphers() lists."""
    return [cipher["name"] for cipher in context.get_ciphers()]


def test_chosen_cipher_is_used(peers):
    """A TLS 1.2 handshake uses the only cipher that set_ciphers() left.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    client = peers.client_context(version="TLSv1.2")
    assert client.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305") is None
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    assert connected.client.tls.cipher() == ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2", 256)


def test_tls_13_ciphers_cannot_be_chosen(peers):
    """set_ciphers() leaves the TLS 1.3 suites enabled, before the chosen ones.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    context = peers.client_context()
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    assert names(context) == [
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
    ]


@pytest.mark.parametrize("ciphers", ["", "NONSENSE", "^$:,;?*'dorothyx", "TLS_AES_256_GCM_SHA384"])
def test_no_cipher_is_an_error(ssl, peers, ciphers):
    """set_ciphers() raises SSLError when it would leave no cipher of TLS 1.2.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    context = peers.client_context()
    with pytest.raises(ssl.SSLError, match="No cipher can be selected"):
        context.set_ciphers(ciphers)


def test_unknown_names_among_known_are_skipped(peers):
    """set_ciphers() ignores unknown names as long as one name is known.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    context = peers.client_context()
    context.set_ciphers("NONSENSE:ECDHE-RSA-AES256-GCM-SHA384")
    assert names(context)[-1] == "ECDHE-RSA-AES256-GCM-SHA384"
    assert "ECDHE-ECDSA-AES256-GCM-SHA384" not in names(context)


@pytest.mark.parametrize("ciphers", [None, 1, b"HIGH"], ids=["None", "int", "bytes"])
def test_ciphers_must_be_text(peers, ciphers):
    """set_ciphers() raises TypeError for anything that is not text.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    with pytest.raises(TypeError):
        peers.client_context().set_ciphers(ciphers)


def test_text_with_a_nul_is_refused(peers):
    """set_ciphers() raises ValueError for text with a NUL character.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    with pytest.raises(ValueError):
        peers.client_context().set_ciphers("HIGH\0")


def test_cipher_is_described_by_a_dictionary(peers):
    """get_ciphers() describes every cipher by a dictionary of its properties.

    library/ssl.html#ssl.SSLContext.get_ciphers
    """
    context = peers.client_context()
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    described = context.get_ciphers()[-1]
    assert described["id"] == 0x0300C030
    assert described["name"] == "ECDHE-RSA-AES256-GCM-SHA384"
    assert described["protocol"] == "TLSv1.2"
    assert described["strength_bits"] == 256
    assert described["alg_bits"] == 256
    assert described["aead"] is True
    assert described["symmetric"] == "aes-256-gcm"
    assert described["digest"] is None
    assert described["kea"] == "kx-ecdhe"
    assert described["auth"] == "auth-rsa"


def test_default_ciphers_are_strong(peers, native, about):
    """A default context enables only ciphers of 128 bits or more, all with forward secrecy.

    The second is so where Python chose the ciphers; OpenSSL's own choice has others too.

    library/ssl.html#ssl.create_default_context
    """
    enabled = native.cipher_summary(peers.client_context())
    assert enabled["strength_bits"] >= 128
    forward_secret = {"kx-any", "kx-ecdhe", "kx-dhe"}
    # using/configure.html#cmdoption-with-ssl-default-suites
    assert (set(enabled["kea"]) <= forward_secret) is (about.default_suites != "openssl")


def test_default_ciphers_begin_with_those_of_tls_13(peers):
    """get_ciphers() of a default context lists every cipher, those of TLS 1.3 first.

    library/ssl.html#ssl.SSLContext.get_ciphers
    """
    ciphers = peers.client_context().get_ciphers()
    assert [cipher["protocol"] for cipher in ciphers[:3]] == ["TLSv1.3"] * 3


def test_ciphers_are_taken_when_the_handshake_begins(peers):
    """set_ciphers() after wrap_bio() still changes that object's handshake, unlike options.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    connected = peers.connect(client, peers.server_context())
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    connected.handshake()
    assert connected.client.tls.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"


def test_security_level_is_two_by_default(peers):
    """security_level is 2 in a default context and cannot be assigned; set_ciphers() changes it.

    library/ssl.html#ssl.SSLContext.security_level
    """
    context = peers.client_context()
    assert context.security_level == 2
    with pytest.raises(AttributeError):
        context.security_level = 1
    context.set_ciphers("DEFAULT:@SECLEVEL=1")
    assert context.security_level == 1
