"""Key exchange: set_ecdh_curve() and load_dh_params()."""

from pathlib import Path

import pytest

from conformance.peers.memory import client_context, connect, server_context

FFDHE2048 = Path(__file__).with_name("ffdhe2048.pem")
"""The public group of RFC 7919."""


@pytest.mark.parametrize("curve", ["prime256v1", "secp384r1", "X25519"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_server_with_one_curve_connects(ssl, certificates, native, curve, version):
    """A server with a curve of its choice connects with a client that has it too.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost_rsa)
    native.limit_versions(client, minimum=version, maximum=version)
    assert server.set_ecdh_curve(curve) is None
    connect(ssl, client, server).handshake()


def test_sides_without_a_common_curve_do_not_connect(ssl, certificates, native):
    """A client and a server with different curves do not connect in TLS 1.3.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost_rsa)
    native.limit_versions(client, minimum="TLSv1.3", maximum="TLSv1.3")
    client.set_ecdh_curve("X25519")
    server.set_ecdh_curve("secp384r1")
    assert connect(ssl, client, server).handshake_outcomes().server is not None


@pytest.mark.parametrize(
    "curve",
    ["nonsense", "", b"nonsense", "nönsense"],
    ids=["text", "empty", "bytes", "no ASCII"],
)
def test_unknown_curve_is_refused(ssl, certificates, curve):
    """A name that is no curve's raises ValueError.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    context = server_context(ssl, certificates.localhost)
    with pytest.raises(ValueError):
        context.set_ecdh_curve(curve)


def test_name_of_no_curve_is_refused(ssl, certificates):
    """A name that OpenSSL knows as something else than a curve is refused.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    with pytest.raises((ValueError, ssl.SSLError)):
        server_context(ssl, certificates.localhost).set_ecdh_curve("SHA256")


@pytest.mark.parametrize("wrong", [None, 1], ids=["None", "int"])
def test_curve_must_be_text(ssl, certificates, wrong):
    """A curve that is no text raises TypeError.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    with pytest.raises(TypeError):
        server_context(ssl, certificates.localhost).set_ecdh_curve(wrong)


def test_parameters_make_diffie_hellman_possible(ssl, certificates, native):
    """A server with DH parameters serves a client that has DHE ciphers only.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    client = client_context(ssl, certificates)
    client.set_ciphers("DHE-RSA-AES256-GCM-SHA384")
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    server = server_context(ssl, certificates.localhost_rsa)
    assert server.load_dh_params(FFDHE2048) is None
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.server.object.cipher()[0] == "DHE-RSA-AES256-GCM-SHA384"


@pytest.mark.parametrize("name", ["garbage", "empty", "broken"])
def test_file_without_parameters_is_refused(ssl, certificates, name):
    """A file without DH parameters raises SSLError.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    context = server_context(ssl, certificates.localhost)
    with pytest.raises(ssl.SSLError):
        context.load_dh_params(getattr(certificates, name))


def test_file_that_does_not_exist_is_refused(ssl, certificates):
    """A file of DH parameters that is not there raises FileNotFoundError.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    context = server_context(ssl, certificates.localhost)
    with pytest.raises(OSError):
        context.load_dh_params("/there/is/no/such/file.pem")


@pytest.mark.parametrize("wrong", [None, 1], ids=["None", "int"])
def test_path_of_parameters_must_be_a_path(ssl, certificates, wrong):
    """A path that is none raises TypeError.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    with pytest.raises(TypeError):
        server_context(ssl, certificates.localhost).load_dh_params(wrong)
