"""Which host names a certificate is accepted for."""

import pytest

ACCEPTED = [
    ("localhost", "localhost"),
    ("localhost", "LOCALHOST"),
    ("wildcard", "a.wild.example"),
    ("wildcard", "A.WILD.example"),
    ("wildcard", "xn--a.wild.example"),
    ("several_names", "first.example"),
    ("several_names", "second.example"),
    ("several_names", "192.0.2.1"),
    ("addresses", "127.0.0.1"),
    ("addresses", "::1"),
    ("addresses", "0:0:0:0:0:0:0:1"),
    ("idna", "xn--bcher-kva.example"),
    ("idna", "XN--BCHER-KVA.example"),
    ("rich", "x.rich.example"),
    ("address_and_common_name", "127.0.0.1"),
    ("address_and_common_name", "localhost"),
]

MISMATCHED = [
    ("localhost", "localhost."),
    ("localhost", "localhost "),
    ("localhost", "sub.localhost"),
    ("localhost", "*"),
    ("wildcard", "wild.example"),
    ("wildcard", "a.b.wild.example"),
    ("wildcard", "a.wild.example."),
    ("partial_wildcard", "www1.wild.example"),
    ("inner_wildcard", "www.a.example"),
    ("several_names", "third.example"),
    ("wrong_host", "localhost"),
    ("nul_name", "localhost"),
    ("addresses", "localhost"),
    ("addresses", "127.1"),
    ("addresses", "127.0.0.1."),
    ("addresses", "[::1]"),
    ("addresses", "::1%eth0"),
    ("addresses", "::1%25eth0"),
]


@pytest.mark.parametrize("identity, name", ACCEPTED, ids=[f"{i}-{n}" for i, n in ACCEPTED])
def test_name_is_accepted(peers, identity, name):
    """A name that the certificate covers is accepted, and server_hostname is as it was given.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    server = peers.server_context(identity)
    client = peers.client_context()
    connected = peers.connect(client, server, server_hostname=name)
    connected.handshake()
    assert connected.client.tls.server_hostname == name


@pytest.mark.parametrize("identity, name", MISMATCHED, ids=[f"{i}-{n}" for i, n in MISMATCHED])
def test_name_is_refused(peers, identity, name):
    """A name that the certificate does not cover is a host name mismatch, code 62.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    server = peers.server_context(identity)
    client = peers.client_context()
    outcomes = peers.connect(client, server, server_hostname=name).handshake_outcomes()
    assert outcomes.client.verify_code == 62
    assert outcomes.server.reason == "SSLV3_ALERT_BAD_CERTIFICATE"


@pytest.mark.parametrize(
    "identity, address",
    [
        ("localhost", "127.0.0.1"),
        ("localhost", "::1"),
        ("addresses", "127.0.0.2"),
        ("address_as_common_name", "127.0.0.1"),
    ],
)
def test_address_is_refused(peers, identity, address):
    """An address that the certificate does not cover is an IP address mismatch, code 64.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    server = peers.server_context(identity)
    client = peers.client_context()
    outcomes = peers.connect(client, server, server_hostname=address).handshake_outcomes()
    assert outcomes.client.verify_code == 64
    assert outcomes.client.verify_message == (
        f"IP address mismatch, certificate is not valid for '{address}'."
    )


def test_empty_name_is_refused_at_once(ssl, peers):
    """wrap_bio() raises ValueError for an empty server_hostname, also where none is checked.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    for checked in (True, False):
        context.check_hostname = checked
        with pytest.raises(ValueError):
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="")


@pytest.mark.parametrize(
    "name",
    [".localhost", "localhost..", "a..b.example", "l" * 64 + ".example", "host." + "l" * 64],
    ids=["leading dot", "two dots", "empty label", "long label", "long last label"],
)
def test_name_that_is_no_host_name_is_refused_at_once(ssl, peers, name):
    """wrap_bio() raises UnicodeError for a server_hostname that IDNA cannot encode.

    library/codecs.html#module-encodings.idna
    """
    context = peers.client_context()
    with pytest.raises(UnicodeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)


@pytest.mark.parametrize("checked", [True, False], ids=["checked", "not checked"])
def test_bytes_that_begin_with_a_dot_are_refused_at_once(ssl, peers, checked):
    """wrap_bio() raises ValueError for bytes, which IDNA does not look at, with a leading dot.

    OpenSSL would take them for any name of that domain.

    man:X509_VERIFY_PARAM_set1_host(3)
    """
    context = peers.client_context()
    context.check_hostname = checked
    name = bytearray(b".localhost")
    with pytest.raises(ValueError, match="leading dot"):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)


def test_bytes_with_an_empty_label_are_nobody_s_name(peers):
    """Bytes with two dots side by side are taken for a name, and no certificate is for it.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    pair = peers.connect(
        peers.client_context(),
        peers.server_context(),
        server_hostname=bytearray(b"local..host"),
    )
    assert pair.handshake_outcomes().client.verify_code == 62


@pytest.mark.parametrize(
    "name",
    [
        "xn--\xfc.example",
        "host.a\u200eb",
        "host.\u0627a.example",
        "\u06271",
        "a.\xad.b",
        "\xfc..b",
        "host." + "\xfc" * 60,
    ],
    ids=["ACE", "character", "direction", "last", "nothing left", "empty", "long"],
)
def test_international_name_that_is_no_host_name(ssl, peers, native, name):
    """The UnicodeError for an international name says what is wrong with which part of it.

    rfc3490#section-4.1
    """
    context = peers.client_context()
    with pytest.raises(UnicodeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=native.unicode(name))


@pytest.mark.parametrize(
    "name",
    ["a..b..c", "\u0627a.a\u200eb", "\xfc..b.\u06271", "a\u200eb." + "\xfc" * 60],
    ids=["two empty", "direction and character", "empty and last", "character and long"],
)
def test_first_of_several_faults_of_a_name_is_reported(ssl, peers, native, name):
    """The UnicodeError for a name with several faults is about the first one.

    rfc3490#section-4.1
    """
    context = peers.client_context()
    with pytest.raises(UnicodeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=native.unicode(name))


@pytest.mark.parametrize(
    "name",
    ["l" * 63 + ".example", "host." + "l" * 63, "localhost.", "under_score.-.example", "a b\n"],
    ids=["long label", "long last label", "dot at the end", "other characters", "white space"],
)
def test_name_with_nothing_to_encode_is_taken_as_it_is(ssl, peers, name):
    """A server_hostname whose labels are ASCII, at most 63 characters, is not changed.

    library/codecs.html#module-encodings.idna
    """
    context = peers.client_context()
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    assert client.server_hostname == name


def test_longest_name(ssl, peers):
    """A server_hostname has at most 255 bytes; a longer one raises SSLError.

    man:SSL_CTX_set_tlsext_servername_callback(3)
    """
    context = peers.client_context()
    longest = ".".join(["l" * 63] * 4)
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=longest)
    assert client.server_hostname == longest
    with pytest.raises(ssl.SSLError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=longest + ".")


@pytest.mark.parametrize("name", ["local\0host", "localhost\0"], ids=["inside", "at the end"])
def test_name_with_a_nul_is_refused_at_once(ssl, peers, name):
    """wrap_bio() raises TypeError for a server_hostname with a NUL character.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)


@pytest.mark.parametrize("name", [1, ["localhost"], 1.5], ids=["int", "list", "float"])
def test_name_of_a_wrong_type_is_refused_at_once(ssl, peers, name):
    """wrap_bio() raises for a server_hostname that is neither text nor bytes.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises((TypeError, AttributeError)):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)


@pytest.mark.parametrize(
    "name, encoded",
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "strasse.example"),
    ],
)
def test_international_name_is_encoded(peers, name, encoded):
    """A server_hostname beyond ASCII is encoded as IDNA 2003, for the check and as attribute.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    client = peers.client_context()
    server = peers.server_context("idna")
    connected = peers.connect(client, server, server_hostname=name)
    assert connected.client.tls.server_hostname == encoded
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_international_name_is_shown_encoded_in_a_mismatch(peers):
    """The message of a mismatch has the name in its ASCII form.

    library/ssl.html#ssl.SSLCertVerificationError.verify_message
    """
    client = peers.client_context()
    server = peers.server_context()
    outcomes = peers.connect(client, server, server_hostname="bücher.example").handshake_outcomes()
    assert outcomes.client.verify_message == (
        "Hostname mismatch, certificate is not valid for 'xn--bcher-kva.example'."
    )


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_name_may_be_bytes(peers, native, kind):
    """A server_hostname of ASCII bytes works and is shown as text.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    client = peers.client_context()
    server = peers.server_context()
    connected = peers.connect(client, server, server_hostname=kind(b"localhost"))
    connected.handshake()
    assert connected.client.tls.server_hostname == "localhost"
    assert native.type_name(connected.client.tls.server_hostname) == "str"


def test_bytes_beyond_ascii_are_refused(ssl, peers):
    """wrap_bio() raises UnicodeError for a server_hostname of bytes beyond ASCII.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises(UnicodeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=b"b\xfccher.example")


def test_missing_name_is_not_checked(peers, about, certificates):
    """Without server_hostname wrap_bio() raises nothing and no host name is checked.

    The documentation demands server_hostname where check_hostname is set; since Python 3.14.8 at
    the latest wrap_bio() does, too.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context()
    server = peers.server_context("wrong_host")
    if about.python >= (3, 14, 8):
        with pytest.raises(ValueError):
            peers.connect(client, server, server_hostname=None)
        return
    connected = peers.connect(client, server, server_hostname=None)
    assert client.check_hostname is True
    assert connected.client.tls.server_hostname is None
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.wrong_host.der


def test_mismatch_is_ignored_without_check_hostname(peers):
    """With check_hostname off any trusted certificate is accepted, whatever its host.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context()
    client.check_hostname = False
    connected = peers.connect(client, peers.server_context("wrong_host"))
    connected.handshake()
    assert connected.client.tls.server_hostname == "localhost"


def test_common_name_is_checked_by_default(peers):
    """Without any subject alternative name the common name is what is checked.

    library/ssl.html#ssl.SSLContext.hostname_checks_common_name
    """
    client = peers.client_context()
    server = peers.server_context("common_name_only")
    connected = peers.connect(client, server)
    connected.handshake()
    outcomes = peers.connect(client, server, server_hostname="other.example").handshake_outcomes()
    assert outcomes.client.verify_code == 62


def test_common_name_is_not_checked_when_told_so(peers):
    """With hostname_checks_common_name off a certificate with a common name only is refused.

    library/ssl.html#ssl.SSLContext.hostname_checks_common_name
    """
    client = peers.client_context()
    assert client.hostname_checks_common_name is True
    client.hostname_checks_common_name = False
    assert client.hostname_checks_common_name is False
    server = peers.server_context("common_name_only")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert outcomes.client.verify_code == 62
    client.hostname_checks_common_name = True
    peers.connect(client, server).handshake()


def test_common_names_and_wildcards_are_settings_of_their_own(peers):
    """hostname_checks_common_name, off or on again, does not let a wildcard be a part of a label.

    library/ssl.html#ssl.SSLContext.hostname_checks_common_name
    """
    client, server = peers.client_context(), peers.server_context("partial_wildcard")
    for setting in (False, True):
        client.hostname_checks_common_name = setting
        refused = peers.connect(client, server, server_hostname="www1.wild.example")
        assert refused.handshake_outcomes().client.verify_code == 62


def test_name_is_checked_before_the_handshake_returns(ssl, peers):
    """A mismatch is raised by do_handshake() itself, before the client's Finished was sent.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client = peers.client_context(version="TLSv1.2")
    refused = peers.connect(client, peers.server_context("wrong_host"))
    with pytest.raises(ssl.CertificateError):
        refused.handshake()
    assert refused.client.done is False
    assert refused.server.tls.version() is None
