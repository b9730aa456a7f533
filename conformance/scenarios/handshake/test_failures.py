"""Handshakes that cannot succeed: which side raises what, and which alert the other gets."""

import pytest

from conformance.peers import deliver


def test_no_cipher_in_common(peers):
    """Without a cipher in common the server raises NO_SHARED_CIPHER, the client gets an alert.

    rfc5246#section-7.4.1.3
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    server = peers.server_context()
    server.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "NO_SHARED_CIPHER"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_client_without_the_identity_s_kind_of_cipher(peers):
    """A client that only accepts RSA is refused by a server that only has an ECDSA identity.

    rfc5246#section-7.4.2
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    server = peers.server_context()
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == "NO_SHARED_CIPHER"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


@pytest.mark.parametrize(
    "version, reason, alert",
    [
        ("TLSv1.2", "NO_SHARED_CIPHER", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ("TLSv1.3", "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"),
    ],
    ids=["TLSv1.2", "TLSv1.3"],
)
def test_server_without_a_certificate(ssl, peers, version, reason, alert):
    """A server whose context has no certificate starts a handshake and fails at the hello.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    client = peers.client_context(version=version)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.server.reason == reason
    assert outcomes.client.reason == alert


def test_two_clients(ssl, peers):
    """A client that receives another client's hello raises SSLError for an unexpected message.

    rfc8446#section-6.2
    """
    one = peers.make_peer(peers.client_context(), server_hostname="localhost")
    other = peers.make_peer(peers.client_context(), server_hostname="localhost")
    one.step()
    other.step()
    other.outgoing.read()
    deliver(one, other)
    with pytest.raises(ssl.SSLError) as caught:
        other.tls.do_handshake()
    assert caught.value.reason == "UNEXPECTED_MESSAGE"
    deliver(other, one)
    with pytest.raises(ssl.SSLError) as caught:
        one.tls.do_handshake()
    assert caught.value.reason == "SSLV3_ALERT_UNEXPECTED_MESSAGE"


@pytest.mark.parametrize(
    "sent, reason",
    [
        (b"GET / HTTP/1.0\r\n\r\n", "HTTP_REQUEST"),
        (b"POST / HTTP/1.0\r\n\r\n", "HTTP_REQUEST"),
        (b"CONNECT example:443 HTTP/1.0\r\n\r\n", "HTTPS_PROXY_REQUEST"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "WRONG_VERSION_NUMBER"),
        (b"\x00" * 16, "WRONG_VERSION_NUMBER"),
        (b"\x17\x03\x03\x00\x05hello", "UNEXPECTED_MESSAGE"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "UNEXPECTED_MESSAGE"),
    ],
    ids=["GET", "POST", "CONNECT", "SSH", "zeros", "application data", "alert"],
)
def test_server_names_what_it_got_instead_of_a_hello(ssl, peers, sent, reason):
    """A server that receives anything except a hello raises SSLError with a specific reason.

    library/ssl.html#ssl.SSLError.reason
    """
    server = peers.pair().server
    server.incoming.write(sent)
    with pytest.raises(ssl.SSLError) as caught:
        server.tls.do_handshake()
    assert caught.value.library == "SSL"
    assert caught.value.reason == reason
    server.outgoing.read()


@pytest.mark.parametrize(
    "sent, reason",
    [
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", "WRONG_VERSION_NUMBER"),
        (b"220 mail.example ESMTP\r\n", "WRONG_VERSION_NUMBER"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "TLSV1_ALERT_PROTOCOL_VERSION"),
        (b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", "LENGTH_MISMATCH"),
    ],
    ids=["HTTP", "SMTP", "alert", "empty ServerHello"],
)
def test_client_names_what_it_got_instead_of_a_hello(ssl, peers, sent, reason):
    """A client whose peer does not speak TLS raises SSLError with a specific reason.

    library/ssl.html#ssl.SSLError.reason
    """
    client = peers.pair().client
    client.step()
    client.outgoing.read()
    client.incoming.write(sent)
    with pytest.raises(ssl.SSLError) as caught:
        client.tls.do_handshake()
    assert caught.value.library == "SSL"
    assert caught.value.reason == reason
    client.outgoing.read()


def test_warning_alert_does_not_stop_a_tls_12_handshake(ssl, peers):
    """A warning alert is skipped by a TLS 1.2 client, which goes on wanting to read.

    rfc5246#section-7.2.2
    """
    connected = peers.pair("TLSv1.2")
    connected.client.step()
    connected.client.incoming.write(b"\x15\x03\x03\x00\x02\x01\x70")
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.do_handshake()
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"


def test_corrupted_server_flight_fails_with_bad_record(ssl, peers, about):
    """A TLS 1.3 flight with a changed last byte is a bad record MAC; the server gets an alert.

    Since OpenSSL 3.2 the record layer reports its failure on top (openssl/openssl#25290).

    rfc8446#section-5.2
    """
    fresh = peers.pair("TLSv1.3")
    fresh.client.step()
    deliver(fresh.client, fresh.server)
    fresh.server.step()
    flight = fresh.server.outgoing.read()
    fresh.client.incoming.write(flight[:-1] + bytes([flight[-1] ^ 1]))
    with pytest.raises(ssl.SSLError) as caught:
        fresh.client.tls.do_handshake()
    reason = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    if about.openssl >= (3, 2):
        reason = "RECORD_LAYER_FAILURE"
    assert caught.value.reason == reason
    deliver(fresh.client, fresh.server)
    with pytest.raises(ssl.SSLError):
        fresh.server.tls.do_handshake()


def test_failed_handshake_stays_failed(ssl, peers):
    """do_handshake() after a failed handshake raises SSLError again.

    library/ssl.html#ssl.SSLSocket.do_handshake
    """
    server = peers.pair().server
    server.incoming.write(b"\x00" * 16)
    with pytest.raises(ssl.SSLError):
        server.tls.do_handshake()
    with pytest.raises(ssl.SSLError):
        server.tls.do_handshake()
    with pytest.raises(ssl.SSLError):
        server.tls.read(1)
    with pytest.raises(ssl.SSLError):
        server.tls.write(b"x")
    assert server.tls.version() is None


def test_failure_of_one_connection_leaves_its_context_usable(ssl, peers):
    """A context of which one connection failed serves the next one.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    server = peers.server_context()
    client = peers.client_context()
    failed = peers.connect(client, server)
    failed.server.incoming.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ssl.SSLError):
        failed.server.tls.do_handshake()
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_weak_identity_is_refused_when_loaded(ssl, certificates):
    """At OpenSSL's default security level an RSA key of 1024 bits is refused when it is loaded.

    library/ssl.html#ssl.SSLContext.security_level
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with pytest.raises(ssl.SSLError) as caught:
        context.load_cert_chain(certificates.weak_key.chain, certificates.weak_key.key)
    assert caught.value.reason == "EE_KEY_TOO_SMALL"


def test_weak_identity_serves_at_a_lower_level(ssl, peers, certificates):
    """A weak identity loads and serves at security level 1, and is refused by a client at level 2.

    man:SSL_CTX_set_security_level(3)
    """
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.set_ciphers("DEFAULT:@SECLEVEL=1")
    server.load_cert_chain(certificates.weak_key.chain, certificates.weak_key.key)
    client = peers.client_context()
    client.set_ciphers("DEFAULT:@SECLEVEL=1")
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.weak_key.der
    outcomes = peers.connect(peers.client_context(), server).handshake_outcomes()
    assert outcomes.client.verify_message == "EE certificate key too weak"


def test_point_that_is_not_on_its_curve_is_refused_by_tls(ssl, peers, about):
    """A key share that is no point of its curve is TLS's error, and not the curve's before it.

    The reason is another one since OpenSSL 4.0.

    rfc8446#section-4.2.8.2
    """
    client, server = peers.contexts("TLSv1.3")
    for context in (client, server):
        context.set_ecdh_curve("prime256v1")
    connected = peers.connect(client, server)
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.do_handshake()
    hello = connected.client.outgoing.read()
    at = hello.index(bytes.fromhex("0017004104")) + 10  # in the share for secp256r1
    connected.server.incoming.write(hello[:at] + bytes([hello[at] ^ 1]) + hello[at + 1 :])
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.do_handshake()
    reason = "BAD_KEY_SHARE" if about.openssl >= (4, 0) else "BAD_ECPOINT"
    assert (caught.value.library, caught.value.reason) == ("SSL", reason)
