"""Key exchange: set_ecdh_curve() and load_dh_params()."""

from pathlib import Path

import pytest

from conformance.peers import both_versions

FFDHE2048 = Path(__file__).with_name("ffdhe2048.pem")
"""The public group of RFC 7919."""

SMALL = Path(__file__).with_name("dh512.pem")
"""A group of 512 bits, made for this."""


@pytest.mark.parametrize("curve", ["prime256v1", "secp384r1", "X25519"])
@both_versions
def test_server_with_one_curve_connects(peers, native, curve, version):
    """A server with one curve connects with a client that has it too.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    client = peers.client_context()
    server = peers.server_context("localhost_rsa")
    native.limit_versions(client, minimum=version, maximum=version)
    assert server.set_ecdh_curve(curve) is None
    peers.connect(client, server).handshake()


def test_sides_without_a_common_curve_do_not_connect(peers, native):
    """A client and a server with different curves do not connect in TLS 1.3.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    client = peers.client_context()
    server = peers.server_context("localhost_rsa")
    native.limit_versions(client, minimum="TLSv1.3", maximum="TLSv1.3")
    client.set_ecdh_curve("X25519")
    server.set_ecdh_curve("secp384r1")
    assert peers.connect(client, server).handshake_outcomes().server is not None


@pytest.mark.parametrize(
    "curve",
    ["nonsense", "", b"nonsense", "nönsense"],
    ids=["text", "empty", "bytes", "no ASCII"],
)
def test_unknown_curve_is_refused(peers, curve):
    """A name that no curve has raises ValueError.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    context = peers.server_context()
    with pytest.raises(ValueError):
        context.set_ecdh_curve(curve)


def test_name_of_no_curve_is_refused(ssl, peers):
    """A name that is known to OpenSSL but is not a curve is refused.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    with pytest.raises((ValueError, ssl.SSLError)):
        peers.server_context().set_ecdh_curve("SHA256")


@pytest.mark.parametrize("wrong", [None, 1], ids=["None", "int"])
def test_curve_must_be_text(peers, wrong):
    """A curve that is not text raises TypeError.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    with pytest.raises(TypeError):
        peers.server_context().set_ecdh_curve(wrong)


def test_parameters_make_diffie_hellman_possible(peers, native):
    """A server with DH parameters serves a client that has DHE ciphers only.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    client = peers.client_context()
    client.set_ciphers("DHE-RSA-AES256-GCM-SHA384")
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server = peers.server_context("localhost_rsa")
    assert server.load_dh_params(FFDHE2048) is None
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.cipher()[0] == "DHE-RSA-AES256-GCM-SHA384"


@pytest.mark.parametrize("name", ["garbage", "empty", "broken"])
def test_file_without_parameters_is_refused(ssl, peers, certificates, name):
    """A file without DH parameters raises SSLError.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    context = peers.server_context()
    with pytest.raises(ssl.SSLError):
        context.load_dh_params(getattr(certificates, name))


def test_small_parameters_are_refused(ssl, peers):
    """DH parameters that are too small for the security level raise SSLError with the reason.

    Until Python 3.9 that was a SystemError (bpo-41235).

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    with pytest.raises(ssl.SSLError) as caught:
        peers.server_context().load_dh_params(SMALL)
    assert caught.value.reason == "DH_KEY_TOO_SMALL"


def test_file_that_does_not_exist_is_refused(peers):
    """A file of DH parameters that is not there raises FileNotFoundError.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    context = peers.server_context()
    with pytest.raises(OSError):
        context.load_dh_params("/there/is/no/such/file.pem")


@pytest.mark.parametrize("wrong", [None, 1], ids=["None", "int"])
def test_path_of_parameters_must_be_a_path(peers, wrong):
    """A value that is not a path raises TypeError.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    with pytest.raises(TypeError):
        peers.server_context().load_dh_params(wrong)
