"""SSLContext() and its defaults by protocol."""

import pytest

PROTOCOLS = ["PROTOCOL_TLS_CLIENT", "PROTOCOL_TLS_SERVER", "PROTOCOL_TLS"]

by_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


@by_protocol
def test_protocol_is_what_was_asked_for(ssl, protocol):
    """protocol is the constant that the context was made with.

    library/ssl.html#ssl.SSLContext.protocol
    """
    context = ssl.SSLContext(getattr(ssl, protocol))
    assert context.protocol == getattr(ssl, protocol)


@pytest.mark.parametrize(
    "protocol, mode, check",
    [
        ("PROTOCOL_TLS_CLIENT", "CERT_REQUIRED", True),
        ("PROTOCOL_TLS_SERVER", "CERT_NONE", False),
        ("PROTOCOL_TLS", "CERT_NONE", False),
    ],
    ids=PROTOCOLS,
)
def test_only_clients_verify_by_default(ssl, protocol, mode, check):
    """A new context verifies certificates and host names for PROTOCOL_TLS_CLIENT only.

    library/ssl.html#ssl.PROTOCOL_TLS_CLIENT
    """
    context = ssl.SSLContext(getattr(ssl, protocol))
    assert context.verify_mode == getattr(ssl, mode)
    assert context.check_hostname is check


@by_protocol
def test_new_context_trusts_nobody(ssl, protocol):
    """A context made with SSLContext() has no authorities.

    library/ssl.html#ssl.SSLContext
    """
    context = ssl.SSLContext(getattr(ssl, protocol))
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
    assert context.get_ca_certs() == []


@by_protocol
def test_new_context_has_safe_options(ssl, native, protocol):
    """A new context refuses SSL 2 and 3 and compression, and picks the cipher as a server.

    library/ssl.html#ssl.SSLContext
    """
    options = ssl.SSLContext(getattr(ssl, protocol)).options
    assert native.type_name(options) == "Options"
    for option in (
        "OP_NO_SSLv3",
        "OP_NO_COMPRESSION",
        "OP_CIPHER_SERVER_PREFERENCE",
        "OP_SINGLE_DH_USE",
        "OP_SINGLE_ECDH_USE",
        "OP_ENABLE_MIDDLEBOX_COMPAT",
        "OP_IGNORE_UNEXPECTED_EOF",
    ):
        value = getattr(ssl, option)
        assert options & value == (0 if option == "OP_IGNORE_UNEXPECTED_EOF" else value)


@by_protocol
def test_new_context_starts_at_tls_12(ssl, about, protocol):
    """The lowest version of a new context is TLS 1.2, the highest the newest supported.

    A Python that was built with OpenSSL's default suites leaves the lowest version to OpenSSL too.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    lowest = "MINIMUM_SUPPORTED" if about.default_suites == "openssl" else "TLSv1_2"
    context = ssl.SSLContext(getattr(ssl, protocol))
    # using/configure.html#cmdoption-with-ssl-default-suites
    assert context.minimum_version == getattr(ssl.TLSVersion, lowest)
    assert context.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED


def test_protocol_may_be_left_out(ssl):
    """SSLContext() without a protocol, or with None, is a PROTOCOL_TLS context.

    library/ssl.html#ssl.SSLContext
    """
    context = ssl.SSLContext()
    assert context.protocol == ssl.PROTOCOL_TLS
    assert context.verify_mode == ssl.CERT_NONE
    assert ssl.SSLContext(None).protocol == ssl.PROTOCOL_TLS


@pytest.mark.parametrize("protocol", [-1, 99, 2**31], ids=["negative", "unknown", "too big"])
def test_unknown_protocol_is_refused(ssl, protocol):
    """SSLContext() raises ValueError or OverflowError for a number that is not a protocol.

    library/ssl.html#ssl.SSLContext
    """
    with pytest.raises((ValueError, OverflowError)):
        ssl.SSLContext(protocol)


@pytest.mark.parametrize("protocol", ["TLS", 2.0, [2]], ids=["str", "float", "list"])
def test_protocol_must_be_a_number(ssl, protocol):
    """SSLContext() raises TypeError for a protocol that is not an integer.

    library/ssl.html#ssl.SSLContext
    """
    with pytest.raises(TypeError):
        ssl.SSLContext(protocol)


def test_protocol_cannot_be_changed(ssl):
    """protocol is read-only.

    library/ssl.html#ssl.SSLContext.protocol
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(AttributeError):
        context.protocol = ssl.PROTOCOL_TLS_SERVER


@pytest.mark.parametrize(
    "purpose, protocol, mode, check",
    [
        ("SERVER_AUTH", "PROTOCOL_TLS_CLIENT", "CERT_REQUIRED", True),
        ("CLIENT_AUTH", "PROTOCOL_TLS_SERVER", "CERT_NONE", False),
    ],
    ids=["SERVER_AUTH", "CLIENT_AUTH"],
)
def test_default_context_fits_its_purpose(ssl, certificates, purpose, protocol, mode, check):
    """create_default_context() is for one side: a client verifies, a server requests nothing.

    library/ssl.html#ssl.create_default_context
    """
    context = ssl.create_default_context(
        getattr(ssl.Purpose, purpose), cafile=certificates.authority.certificate
    )
    assert context.verify_mode == getattr(ssl, mode)
    assert context.check_hostname is check
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    assert context.protocol == getattr(ssl, protocol)


def test_default_context_needs_a_purpose_object(ssl):
    """create_default_context() raises TypeError for a purpose that is a string.

    library/ssl.html#ssl.create_default_context
    """
    with pytest.raises(TypeError):
        ssl.create_default_context("SERVER_AUTH")


def test_default_context_takes_the_rest_by_keyword(ssl, certificates):
    """create_default_context() takes cafile, capath and cadata by keyword only.

    library/ssl.html#ssl.create_default_context
    """
    with pytest.raises(TypeError):
        ssl.create_default_context(ssl.Purpose.SERVER_AUTH, certificates.authority.certificate)
    context = ssl.create_default_context(cadata=certificates.authority.pem)
    assert context.cert_store_stats()["x509_ca"] == 1
