"""Private names that applications use all the same."""

import pytest

from conformance.peers import attempt_any

INNER = ["read", "write", "pending", "do_handshake", "shutdown", "version", "cipher"]


@pytest.mark.parametrize("name", ["_create_default_https_context", "create_default_context"])
def test_https_context_verifies(ssl, name):
    """_create_default_https_context() is create_default_context(): it verifies names and chains.

    library/ssl.html#ssl.create_default_context
    """
    context = getattr(ssl, name)()
    assert context.check_hostname is True
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("name", ["_create_unverified_context", "_create_stdlib_context"])
def test_unverified_context_connects_with_anybody(ssl, peers, native, name):
    """_create_unverified_context() verifies nothing, and connects.

    library/ssl.html#ssl.SSLContext
    """
    context = getattr(ssl, name)()
    assert context.check_hostname is False
    assert context.verify_mode == ssl.CERT_NONE
    connected = peers.connect(context, peers.server_context("untrusted"))
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_unverified_context_takes_what_to_verify(ssl, peers, certificates):
    """_create_unverified_context() takes cert_reqs, check_hostname and authorities by keyword.

    library/ssl.html#ssl.SSLContext
    """
    make = ssl._create_unverified_context
    authority = certificates.authority.certificate
    context = make(cert_reqs=ssl.CERT_REQUIRED, check_hostname=True, cafile=authority)
    assert context.check_hostname is True
    peers.connect(context, peers.server_context()).handshake()
    refused = peers.connect(context, peers.server_context("other_host")).handshake_outcomes()
    assert refused.client is not None
    assert attempt_any(make, None, ssl.CERT_NONE) == "TypeError"


def test_unverified_context_that_checks_names(ssl):
    """_create_unverified_context(check_hostname=True) that verifies nothing is a ValueError.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    with pytest.raises(ValueError, match="verify_mode"):
        ssl._create_unverified_context(check_hostname=True)


def test_unverified_context_of_no_mode(ssl):
    """_create_unverified_context(cert_reqs=None) leaves the mode as it is: CERT_REQUIRED.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl._create_unverified_context(cert_reqs=None)
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("cert_reqs", ["None", "default"])
@pytest.mark.parametrize("protocol", ["PROTOCOL_TLS", "PROTOCOL_TLS_CLIENT", "PROTOCOL_TLS_SERVER"])
def test_unverified_context_of_a_protocol(ssl, protocol, cert_reqs):
    """_create_unverified_context() of any protocol verifies nothing, but with None for cert_reqs.

    None leaves it as it is, CERT_REQUIRED for clients.

    library/ssl.html#ssl.SSLContext
    """
    keywords = {"cert_reqs": None} if cert_reqs == "None" else {}
    context = ssl._create_unverified_context(getattr(ssl, protocol), **keywords)
    required = keywords and protocol == "PROTOCOL_TLS_CLIENT"
    assert context.verify_mode == (ssl.CERT_REQUIRED if required else ssl.CERT_NONE)
    assert context.check_hostname is False


@pytest.mark.parametrize("name", ["create_default_context", "_create_unverified_context"])
def test_purpose_that_is_neither_is_refused(ssl, native, name):
    """A purpose that is for neither servers nor clients, such as mail, is a ValueError.

    library/ssl.html#ssl.Purpose
    """
    purpose = native.kept(ssl._ASN1Object, "1.3.6.1.5.5.7.3.4")
    with pytest.raises(ValueError):
        getattr(ssl, name)(purpose=purpose)


def test_ciphers_of_the_module(ssl, peers):
    """_DEFAULT_CIPHERS is a text for set_ciphers(), and servers have no other.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    peers.server_context().set_ciphers(ssl._DEFAULT_CIPHERS)
    assert ssl._RESTRICTED_SERVER_CIPHERS == ssl._DEFAULT_CIPHERS


BORROWED = """
    AF_INET SO_TYPE SOCK_STREAM SOL_SOCKET create_connection ipaddress re socket socket_error
    textwrap warnings
"""


@pytest.mark.parametrize("name", BORROWED.split())
def test_name_of_another_module(ssl, native, name):
    """The module has socket, warnings and names of sockets, not re, textwrap, ipaddress, AF_INET.

    library/ssl.html
    """
    there = {"SO_TYPE", "SOCK_STREAM", "SOL_SOCKET", "create_connection", "socket", "warnings"}
    assert native.has(ssl, name) is (name in {*there, "socket_error"})


def test_unverified_context_loads_an_identity(ssl, peers, certificates):
    """_create_unverified_context() takes certfile and keyfile, and a purpose for servers.

    library/ssl.html#ssl.SSLContext
    """
    identity = certificates.localhost
    server = ssl._create_unverified_context(
        purpose=ssl.Purpose.CLIENT_AUTH, certfile=identity.chain, keyfile=identity.key
    )
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == identity.der


def test_unverified_context_wants_a_whole_identity(ssl, certificates):
    """_create_unverified_context() refuses a certificate without a key, and a key without one.

    library/ssl.html#ssl.SSLContext
    """
    identity = certificates.localhost
    with pytest.raises(ssl.SSLError):
        ssl._create_unverified_context(certfile=identity.chain)
    with pytest.raises(ValueError, match="certfile must be specified"):
        ssl._create_unverified_context(keyfile=identity.key)


@pytest.mark.parametrize("name", INNER)
def test_inner_object_has_the_method(peers, native, name):
    """The `_sslobj` of an SSLObject has the methods that applications call on it.

    library/ssl.html#ssl.SSLObject
    """
    assert native.has(peers.established().client.tls._sslobj, name) is True


def test_inner_object_is_the_connection(peers):
    """What is called on `_sslobj` is called on the connection.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.established()
    inner = pair.client.tls._sslobj
    assert inner.write(b"through the seam") == 16
    pair.transfer()
    assert pair.server.tls._sslobj.read(7) == b"through"
    assert pair.server.tls._sslobj.pending() == 9
    assert pair.server.tls.read(20) == b" the seam"
    assert inner.version() == "TLSv1.3"
    assert inner.server_hostname == "localhost"


@pytest.mark.parametrize("name", ["", ".localhost"], ids=["empty", "dot"])
def test_core_refuses_what_is_no_host_name(ssl, peers, name):
    """The core of a context refuses a server_hostname that is empty or begins with a dot.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    with pytest.raises(ValueError):
        peers.client_context()._wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), False, server_hostname=name
        )
