"""get_server_certificate(): connects, and returns the server's certificate."""

import pytest


def retrieved(ssl, peers, native, identity, **arguments):
    """What get_server_certificate() returns or raises about a server that shows an identity."""
    server = native.one_connection_server(peers.server_context(identity))
    address = native.kept(server.address)
    try:
        return ssl.get_server_certificate(address, **arguments)
    finally:
        server.close()


def test_certificate_is_returned(ssl, peers, native, certificates):
    """The certificate is returned as PEM text, unverified.

    library/ssl.html#ssl.get_server_certificate
    """
    found = retrieved(ssl, peers, native, certificates.untrusted)
    assert ssl.PEM_cert_to_DER_cert(found) == certificates.untrusted.der


def test_certificate_is_verified_where_wanted(ssl, peers, native, certificates):
    """With ca_certs the certificate must be signed by one of those authorities.

    library/ssl.html#ssl.get_server_certificate
    """
    authority = certificates.authority.certificate
    found = retrieved(ssl, peers, native, certificates.localhost, ca_certs=authority)
    assert ssl.PEM_cert_to_DER_cert(found) == certificates.localhost.der
    with pytest.raises(ssl.SSLError) as caught:
        retrieved(ssl, peers, native, certificates.untrusted, ca_certs=authority)
    assert caught.value.reason == "CERTIFICATE_VERIFY_FAILED"


def test_version_is_taken(ssl, peers, native):
    """ssl_version is the protocol of the connection: a server that does not speak it is an error.

    library/ssl.html#ssl.get_server_certificate
    """
    server = native.one_connection_server(peers.server_context(version="TLSv1.3"))
    address = native.kept(server.address)
    with pytest.raises(ssl.SSLError):
        ssl.get_server_certificate(address, ssl_version=ssl.PROTOCOL_TLSv1_2)
    server.close()


def test_time_out_is_taken(ssl, peers, native, certificates):
    """The timeout is a number of seconds, or None to wait for ever.

    library/ssl.html#ssl.get_server_certificate
    """
    for timeout in (5.0, None):
        found = retrieved(ssl, peers, native, certificates.localhost, timeout=timeout)
        assert ssl.PEM_cert_to_DER_cert(found) == certificates.localhost.der


def test_time_out_ends_the_wait_for_a_silent_server(ssl, native):
    """A server that accepts and says nothing is waited for as long as the timeout.

    library/ssl.html#ssl.get_server_certificate
    """
    listener = native.listening_socket("AF_INET")
    address = native.kept(listener.getsockname)
    with pytest.raises(OSError, match="handshake operation timed out"):
        ssl.get_server_certificate(address, timeout=0.2)


def test_default_time_out_of_sockets_is_taken(ssl, native):
    """Without a timeout a silent server is waited for as long as any new socket would.

    library/socket.html#socket.setdefaulttimeout
    """
    listener = native.listening_socket("AF_INET")
    address = native.kept(listener.getsockname)
    with pytest.raises(OSError, match="handshake operation timed out"):
        native.under_default_timeout(0.2, ssl.get_server_certificate, address)


def test_none_waits_whatever_the_default_is(ssl, peers, native, certificates):
    """timeout=None waits for ever, also where new sockets do not block.

    library/ssl.html#ssl.get_server_certificate
    """
    server = native.one_connection_server(peers.server_context())
    retrieve = (ssl.get_server_certificate, native.kept(server.address), ssl.PROTOCOL_TLS_CLIENT)
    try:
        found = native.under_default_timeout(0.0, *retrieve, None, None)
    finally:
        server.close()
    assert ssl.PEM_cert_to_DER_cert(found) == certificates.localhost.der


def test_nobody_is_there(ssl):
    """Without a listener connecting fails with the socket's error.

    library/ssl.html#ssl.get_server_certificate
    """
    with pytest.raises(OSError) as caught:
        ssl.get_server_certificate(("127.0.0.1", 1))
    assert caught.value.errno == 111


@pytest.mark.parametrize("address", [None, 443], ids=str)
def test_address_must_be_one(ssl, address):
    """An address that is not a pair of host and port is refused.

    library/ssl.html#ssl.get_server_certificate
    """
    with pytest.raises(TypeError):
        ssl.get_server_certificate(address)


def test_missing_authorities_are_an_error(ssl):
    """ca_certs that do not exist are an error before anything is sent.

    library/ssl.html#ssl.get_server_certificate
    """
    with pytest.raises(OSError) as caught:
        ssl.get_server_certificate(("127.0.0.1", 1), ca_certs="/nonexistent/file")
    assert caught.value.errno == 2


def test_name_of_the_host_is_sent(ssl, peers, native, certificates):
    """The host is sent as server name, so that a server of many names shows its certificate.

    Until Python 3.9 none was sent (bpo-36076).

    library/ssl.html#ssl.get_server_certificate
    """
    context = peers.server_context()
    other = peers.server_context("other_host")
    context.set_servername_callback(native.switching_callback(other, "localhost"))
    server = native.one_connection_server(context)
    port = native.kept(native.probe("operate"), "getitem", native.kept(server.address), 1)
    try:
        found = ssl.get_server_certificate(("localhost", port))
    finally:
        server.close()
    assert ssl.PEM_cert_to_DER_cert(found) == certificates.other_host.der
