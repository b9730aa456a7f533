"""What a context reports and accepts before it is first used, and after."""

from pathlib import Path

import pytest

from conformance.peers import lacks

DH_PARAMETERS = Path(__file__).parent.parent / "context" / "ffdhe2048.pem"

USED = pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])


def made(ssl, peers, used):
    """Return a server's context, and the side of a connection that uses it, if any."""
    context = peers.server_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not used:
        return context, None
    pair = peers.connect(peers.client_context(), context)
    pair.handshake()
    return context, pair


SETTINGS = {
    "check_hostname": False,
    "hostname_checks_common_name": False,
    "keylog_filename": None,
    "num_tickets": 1,
    "post_handshake_auth": True,
    "sni_callback": None,
}


@USED
@pytest.mark.parametrize("name", SETTINGS)
def test_setting_can_be_changed(ssl, peers, used, name):
    """A setting of a context can be changed at any time, and an existing connection goes on.

    library/ssl.html#ssl.SSLContext
    """
    context, pair = made(ssl, peers, used)
    getattr(context, name)
    setattr(context, name, SETTINGS[name])
    assert getattr(context, name) == SETTINGS[name]
    if pair is not None:
        pair.server.tls.write(b"goes on")
        pair.transfer()
        assert pair.client.tls.read(7) == b"goes on"


@USED
@pytest.mark.parametrize(
    "name, limit", [("minimum_version", "TLSv1_3"), ("maximum_version", "TLSv1_2")]
)
def test_version_limit_can_be_changed(ssl, peers, used, name, limit):
    """A limit of versions can be changed at any time, and an existing connection goes on.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context, pair = made(ssl, peers, used)
    getattr(context, name)
    setattr(context, name, getattr(ssl.TLSVersion, limit))
    assert getattr(context, name) == getattr(ssl.TLSVersion, limit)
    with pytest.raises(ValueError):
        setattr(context, name, 5)
    if pair is not None:
        assert pair.server.tls.version() == "TLSv1.3"
        pair.server.tls.write(b"goes on")
        pair.transfer()
        assert pair.client.tls.read(7) == b"goes on"


@USED
@pytest.mark.parametrize("name", ["verify_mode", "verify_flags", "options"])
def test_flags_can_be_set_to_what_they_are(ssl, peers, used, name):
    """Verification and options can be read and written back at any time.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context, _ = made(ssl, peers, used)
    before = getattr(context, name)
    setattr(context, name, before)
    assert getattr(context, name) == before
    with pytest.raises(TypeError):
        setattr(context, name, "many")
    assert getattr(context, name) == before


@USED
@pytest.mark.parametrize("name", ["protocol", "security_level"])
def test_fact_cannot_be_set(ssl, peers, used, name):
    """`protocol` and `security_level` can be read, and cannot be set.

    library/ssl.html#ssl.SSLContext.protocol
    """
    context, _ = made(ssl, peers, used)
    before = getattr(context, name)
    with pytest.raises(AttributeError):
        setattr(context, name, before)
    assert getattr(context, name) == before


@USED
@pytest.mark.parametrize("name", ["sslobject_class", "sslsocket_class"])
def test_class_can_be_set(ssl, peers, native, used, name):
    """The classes that a context makes can be read and replaced at any time.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    context, _ = made(ssl, peers, used)
    base = getattr(context, name)
    derived = native.subclass(base, "Derived")
    setattr(context, name, derived)
    assert native.is_same(getattr(context, name), derived) is True


ACTIONS = {
    "cert_store_stats": [],
    "get_ca_certs": [],
    "session_stats": [],
    "load_default_certs": [],
    "set_default_verify_paths": [],
    "load_dh_params": [DH_PARAMETERS],
    "set_ecdh_curve": ["prime256v1"],
    "set_ciphers": ["ECDHE+AESGCM"],
    "set_alpn_protocols": [["h2"]],
    "set_servername_callback": [None],
    "set_psk_server_callback": [None],
}


@USED
@pytest.mark.parametrize("name", ACTIONS)
def test_method_can_be_called(ssl, peers, used, name):
    """A context's methods work at any time, and an existing connection goes on.

    library/ssl.html#ssl.SSLContext
    """
    context, pair = made(ssl, peers, used)
    getattr(context, name)(*ACTIONS[name])
    if pair is not None:
        pair.server.tls.write(b"goes on")
        pair.transfer()
        assert pair.client.tls.read(7) == b"goes on"


NAMES = {
    "set_ciphersuites": "TLS_AES_128_GCM_SHA256",
    "set_client_sigalgs": "ed25519",
    "set_groups": "P-256",
    "set_server_sigalgs": "ed25519",
}


@USED
@pytest.mark.parametrize("name", NAMES)
def test_list_of_names_can_be_set(ssl, peers, about, used, name):
    """Groups, suites and signatures can be chosen at any time, and a connection goes on.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context, pair = made(ssl, peers, used)
    if lacks(about, context, name, NAMES[name]):
        return
    getattr(context, name)(NAMES[name])
    with pytest.raises(ssl.SSLError):
        getattr(context, name)("nonsense")
    if pair is not None:
        pair.server.tls.write(b"goes on")
        pair.transfer()
        assert pair.client.tls.read(7) == b"goes on"


@USED
def test_groups_are_listed(ssl, peers, about, used):
    """The groups of a context can be listed at any time.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    context, _ = made(ssl, peers, used)
    if lacks(about, context, "set_groups", "P-256"):
        return
    assert "secp256r1" in context.get_groups()
    with pytest.raises(TypeError):
        context.get_groups(True)


@USED
def test_ciphers_are_listed(ssl, peers, used):
    """The ciphers of a context are those it was given, at any time.

    library/ssl.html#ssl.SSLContext.get_ciphers
    """
    context, _ = made(ssl, peers, used)
    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    names = [cipher["name"] for cipher in context.get_ciphers()]
    assert names[-1] == "ECDHE-ECDSA-AES256-GCM-SHA384"


@USED
def test_client_callback_for_keys_can_be_taken_away(ssl, peers, used):
    """set_psk_client_callback(None) is accepted at any time.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    context = peers.client_context()
    if used:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    assert context.set_psk_client_callback(None) is None


@USED
def test_next_protocol_negotiation_is_gone(ssl, peers, used):
    """set_npn_protocols() warns, and fails where OpenSSL no longer has NPN.

    library/ssl.html#ssl.SSLContext.set_npn_protocols
    """
    context, _ = made(ssl, peers, used)
    assert ssl.HAS_NPN is False
    with pytest.raises(AttributeError):
        context.set_npn_protocols(["http/1.1"])
