"""A setter or loader that fails leaves what was there, and no error for the next operation."""

from pathlib import Path

import pytest

from conformance.peers import attempt_any, both_sides

GROUPS = Path(__file__).parent
KEY = b"a key of bytes that both know"


def test_ciphers_that_are_refused(ssl, peers, native):
    """set_ciphers() that is refused leaves what TLS 1.3 has of the ciphers that were there.

    man:SSL_CTX_set_cipher_list(3)
    """
    client = peers.client_context()
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    with pytest.raises(ssl.SSLError):
        client.set_ciphers("none such")
    assert native.length(native.kept(client.get_ciphers)) >= 3
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_level_beside_ciphers_that_are_refused(ssl, about):
    """set_ciphers() that is refused has set the security level that stands before the ciphers.

    man:SSL_CTX_set_cipher_list(3)
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.set_ciphers("@SECLEVEL=2:HIGH")
    with pytest.raises(ssl.SSLError):
        context.set_ciphers("@SECLEVEL=0:none such")
    if about.has("3.10"):
        assert context.security_level == 0


def test_version_that_is_refused(ssl):
    """minimum_version that is refused has allowed SSLv3 all the same.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLSv1_2)
    context.options = ssl.OP_NO_SSLv3
    with pytest.raises(ValueError):
        context.minimum_version = ssl.TLSVersion.SSLv3
    assert not context.options & ssl.OP_NO_SSLv3


@both_sides
def test_protocols_that_are_refused(ssl, peers, side):
    """set_alpn_protocols() that is refused leaves the protocols that were there.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client, server = peers.contexts()
    client.set_alpn_protocols(["one"])
    server.set_alpn_protocols(["one"])
    context = client if side == "client" else server
    for wrong in (["other", ""], ["other", "x" * 256], ["other", 1], 1):
        assert attempt_any(context.set_alpn_protocols, wrong) != "value"
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.selected_alpn_protocol() == "one"


@pytest.mark.parametrize("wrong", ["garbage", "broken", "missing"])
def test_authorities_that_are_refused(peers, certificates, wrong):
    """load_verify_locations() that is refused leaves the authorities that were there.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = peers.client_context()
    path = "/there/is/no/such/file.pem"
    if wrong != "missing":
        path = getattr(certificates, wrong)
    assert attempt_any(client.load_verify_locations, path) != "value"
    assert client.cert_store_stats() == {"crl": 0, "x509": 1, "x509_ca": 1}
    peers.connect(client, peers.server_context()).handshake()


def test_data_beside_a_file_that_is_missing(peers, certificates):
    """load_verify_locations() that misses its file has loaded the cadata beside it.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    client = peers.client_context(authority=certificates.other_authority.certificate)
    data = certificates.authority.pem
    with pytest.raises(FileNotFoundError):
        client.load_verify_locations("/there/is/no/such/file.pem", None, data)
    assert client.cert_store_stats() == {"crl": 0, "x509": 2, "x509_ca": 2}
    peers.connect(client, peers.server_context()).handshake()


@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_data_of_which_the_second_is_refused(ssl, peers, certificates, form):
    """Of cadata whose second certificate is refused the first one stays loaded.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    broken = certificates.broken.read_text("ascii")
    data = certificates.authority.pem + broken
    if form == "DER":
        data = certificates.authority.der + b"0\x82\x01"
    with pytest.raises(ssl.SSLError):
        context.load_verify_locations(cadata=data)
    assert context.cert_store_stats() == {"crl": 0, "x509": 1, "x509_ca": 1}


def test_parameters_that_are_refused(peers):
    """load_dh_params() that is refused leaves the parameters that were there.

    library/ssl.html#ssl.SSLContext.load_dh_params
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("DHE-RSA-AES256-GCM-SHA384")
    server = peers.server_context("localhost_rsa")
    server.load_dh_params(GROUPS / "ffdhe2048.pem")
    for wrong in (GROUPS / "dh512.pem", "/there/is/no/such/file.pem", 1):
        assert attempt_any(server.load_dh_params, wrong) != "value"
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.server.tls.cipher()[0] == "DHE-RSA-AES256-GCM-SHA384"


def test_curve_that_is_refused(peers):
    """set_ecdh_curve() that is refused leaves the curve that was there.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    client, server = peers.contexts()
    client.set_ecdh_curve("secp384r1")
    server.set_ecdh_curve("prime256v1")
    for wrong in ("none such", None, 1):
        assert attempt_any(server.set_ecdh_curve, wrong) != "value"
    assert peers.connect(client, server).handshake_outcomes().server is not None
    client.set_ecdh_curve("prime256v1")
    peers.connect(client, server).handshake()


def test_callback_for_server_names_that_is_refused(peers):
    """sni_callback that is refused takes the callback that was there away.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    names = []
    client, server = peers.contexts()
    server.sni_callback = lambda called_for, name, context: names.append(name)
    for wrong in (1, "text"):
        assert attempt_any(setattr, server, "sni_callback", wrong) == "TypeError"
    assert server.sni_callback is None
    peers.connect(client, server).handshake()
    assert names == []


def test_callback_of_the_other_setter_and_one_that_is_refused(peers):
    """sni_callback that is refused takes away what set_servername_callback() has set.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    names = []
    client, server = peers.contexts()
    server.set_servername_callback(lambda called_for, name, context: names.append(name))
    assert attempt_any(setattr, server, "sni_callback", 1) == "TypeError"
    peers.connect(client, server).handshake()
    assert names == []


LOGS = {
    "number": 7,
    "NUL": "nul\0",
    "folder": "/",
    "half a character": "\ud800",
}
"""What cannot be the name of a log; beside these there are objects whose `__fspath__` fails."""


@pytest.mark.parametrize("wrong", [*LOGS, "no path", "raising"])
def test_log_that_is_refused(peers, native, wrong):
    """keylog_filename that is refused ends the log that was there.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """

    def refuse():
        raise KeyError("no path today")

    client, server = peers.contexts()
    path = native.new_path("keys.log")
    client.keylog_filename = path
    peers.connect(client, server).handshake()
    logged = native.key_log(path)
    value = LOGS.get(wrong)
    if wrong in ("no path", "raising"):
        value = native.answering("fspath", refuse if wrong == "raising" else lambda: 1)
    elif wrong == "half a character":
        value = native.unicode(value)
    assert attempt_any(setattr, client, "keylog_filename", value) != "value"
    assert client.keylog_filename is None
    peers.connect(client, server).handshake()
    assert native.key_log(path) == logged
    assert native.descriptors_of(path) == []


@both_sides
def test_callback_for_keys_that_is_refused(peers, side):
    """A PSK callback that is refused leaves the callback and the hint that were there.

    library/ssl.html#ssl.SSLContext.set_psk_server_callback
    """
    client, server = peers.client_context(version="TLSv1.2"), peers.server_context()
    client.check_hostname = False
    client.verify_mode = 0
    client.set_ciphers("PSK")
    server.set_ciphers("PSK")
    hints = []

    def answer(hint):
        hints.append(hint)
        return "me", KEY

    client.set_psk_client_callback(answer)
    server.set_psk_server_callback(lambda identity: KEY, "a hint")
    if side == "client":
        assert attempt_any(client.set_psk_client_callback, 1) == "TypeError"
    else:
        assert attempt_any(server.set_psk_server_callback, 1, "other") == "TypeError"
        refused = lambda identity: b"another"  # noqa: E731
        assert attempt_any(server.set_psk_server_callback, refused, 1) == "TypeError"
        assert attempt_any(server.set_psk_server_callback, refused, "h" * 1000) != "value"
    peers.connect(client, server).handshake()
    assert hints == ["a hint"]


def test_number_of_tickets_that_is_refused(peers):
    """num_tickets that is refused leaves the number that was there.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    server = peers.server_context()
    server.num_tickets = 3
    for wrong in (-1, 2**70, "4", None):
        assert attempt_any(setattr, server, "num_tickets", wrong) != "value"
    assert server.num_tickets == 3


@pytest.mark.parametrize("number", [2**31, 2**32, 2**33 + 2, 2**63 - 1], ids=str)
def test_largest_numbers_of_tickets(peers, number):
    """num_tickets takes what a C long has room for, and shows it.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    server = peers.server_context()
    server.num_tickets = number
    assert server.num_tickets == number


def test_session_that_is_refused(peers):
    """A session that is refused leaves the one that was given before, which is resumed.

    library/ssl.html#ssl.SSLObject.session
    """
    client, server = peers.contexts("TLSv1.2")
    earlier = peers.connect(client, server)
    earlier.handshake()
    stranger = peers.established("TLSv1.2").client.tls.session
    again = peers.connect(client, server, session=earlier.client.tls.session)
    for wrong in (stranger, None, 1):
        assert attempt_any(setattr, again.client.tls, "session", wrong) != "value"
    again.handshake()
    assert again.client.tls.session_reused is True


def test_context_that_is_refused(peers, native):
    """A context that is refused leaves the object with the one that it had.

    library/ssl.html#ssl.SSLObject.context
    """
    client, server = peers.contexts()
    fresh = peers.connect(client, server)
    for wrong in (None, 1, "context"):
        assert attempt_any(setattr, fresh.server.tls, "context", wrong) == "TypeError"
    assert native.is_same(fresh.server.tls.context, server)
    fresh.handshake()


CALLS = {
    "set_ciphers": ("none such",),
    "set_ecdh_curve": ("none such",),
    "load_dh_params": ("garbage",),
    "load_verify_locations": ("garbage",),
    "load_cert_chain": ("garbage",),
    "load_cert_chain, missing": ("no/such/file",),
    "load_cert_chain, other key": ("other_chain", "other_key"),
    "load_cert_chain, wrong password": ("locked_chain", "locked_key", "wrong"),
    "load_cert_chain, long password": ("locked_chain", "locked_key", "x" * 2000),
    "load_verify_locations, text": (None, None, "no certificate"),
    "load_verify_locations, DER": (None, None, b"0\x82\x01"),
    "load_dh_params, missing": ("no/such/file",),
    "set_alpn_protocols": (["x" * 300],),
    "set_psk_server_callback": (7,),
}
"""A method of a server's context and arguments that it refuses."""


@pytest.mark.parametrize("name", CALLS)
def test_error_is_not_the_next_call_s(ssl, peers, certificates, name):
    """After a call that failed, another connection wants to read, and reads, as if nothing was.

    man:SSL_get_error(3)
    """
    connected = peers.established()
    wants_read = ssl.SSLWantReadError
    with pytest.raises(wants_read):
        connected.client.tls.read(1)
    files = {
        "garbage": certificates.garbage,
        "other_chain": certificates.mismatched_key.chain,
        "other_key": certificates.mismatched_key.key,
        "locked_chain": certificates.encrypted_key.chain,
        "locked_key": certificates.encrypted_key.key,
    }
    arguments = [files.get(v, v) if isinstance(v, str) else v for v in CALLS[name]]
    context = peers.server_context()
    name = name.partition(",")[0]
    assert attempt_any(getattr(context, name), *arguments) != "value"
    with pytest.raises(wants_read):
        connected.client.tls.read(1)
    assert attempt_any(getattr(context, name), *arguments) != "value"
    connected.server.tls.write(b"data")
    connected.transfer()
    assert connected.client.tls.read(4) == b"data"
    assert attempt_any(getattr(context, name), *arguments) != "value"
    with pytest.raises(wants_read):
        connected.client.tls.unwrap()
