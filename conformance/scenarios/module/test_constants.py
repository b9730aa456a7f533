"""The constants that users of MemoryBIO and SSLObject need."""

import pytest


@pytest.mark.parametrize(
    "name, number",
    [
        ("SSL_ERROR_SSL", 1),
        ("SSL_ERROR_WANT_READ", 2),
        ("SSL_ERROR_WANT_WRITE", 3),
        ("SSL_ERROR_WANT_X509_LOOKUP", 4),
        ("SSL_ERROR_SYSCALL", 5),
        ("SSL_ERROR_ZERO_RETURN", 6),
        ("SSL_ERROR_WANT_CONNECT", 7),
        ("SSL_ERROR_EOF", 8),
        ("SSL_ERROR_INVALID_ERROR_CODE", 10),
        ("CERT_NONE", 0),
        ("CERT_OPTIONAL", 1),
        ("CERT_REQUIRED", 2),
        ("PROTOCOL_TLS", 2),
        ("PROTOCOL_TLS_CLIENT", 16),
        ("PROTOCOL_TLS_SERVER", 17),
        ("VERIFY_DEFAULT", 0),
        ("VERIFY_CRL_CHECK_LEAF", 4),
        ("VERIFY_CRL_CHECK_CHAIN", 12),
        ("VERIFY_X509_STRICT", 32),
        ("VERIFY_X509_TRUSTED_FIRST", 32768),
        ("VERIFY_ALLOW_PROXY_CERTS", 64),
        ("VERIFY_X509_PARTIAL_CHAIN", 524288),
    ],
)
def test_has_its_number(ssl, native, name, number):
    """The constant exists and is the number that the C core and all callers know it by.

    library/ssl.html#constants
    """
    assert native.integer(getattr(ssl, name)) == number


@pytest.mark.parametrize(
    "name",
    [
        "OP_ALL",
        "OP_NO_SSLv2",
        "OP_NO_SSLv3",
        "OP_NO_TLSv1",
        "OP_NO_TLSv1_1",
        "OP_NO_TLSv1_2",
        "OP_NO_TLSv1_3",
        "OP_NO_RENEGOTIATION",
        "OP_NO_TICKET",
        "OP_NO_COMPRESSION",
        "OP_CIPHER_SERVER_PREFERENCE",
        "OP_SINGLE_DH_USE",
        "OP_SINGLE_ECDH_USE",
        "OP_ENABLE_MIDDLEBOX_COMPAT",
        "OP_IGNORE_UNEXPECTED_EOF",
        "OP_LEGACY_SERVER_CONNECT",
    ],
)
def test_option_is_a_bit_mask_of_openssl(ssl, native, name):
    """The option exists as a number that is not negative: OpenSSL's own bits.

    The bits belong to OpenSSL; the transcript compares them where the OpenSSL is the same.

    library/ssl.html#ssl.OP_ALL
    """
    assert native.integer(getattr(ssl, name)) >= 0


@pytest.mark.parametrize(
    "name, number",
    [
        ("CLOSE_NOTIFY", 0),
        ("UNEXPECTED_MESSAGE", 10),
        ("BAD_RECORD_MAC", 20),
        ("HANDSHAKE_FAILURE", 40),
        ("BAD_CERTIFICATE", 42),
        ("UNKNOWN_CA", 48),
        ("ACCESS_DENIED", 49),
        ("PROTOCOL_VERSION", 70),
        ("INTERNAL_ERROR", 80),
        ("UNRECOGNIZED_NAME", 112),
        ("UNKNOWN_PSK_IDENTITY", 115),
    ],
)
def test_alert_has_the_number_of_the_standard(ssl, native, name, number):
    """ALERT_DESCRIPTION_* are the numbers of the TLS standard; servername callbacks return them.

    library/ssl.html#ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
    """
    assert native.integer(getattr(ssl, "ALERT_DESCRIPTION_" + name)) == number


@pytest.mark.parametrize(
    "name, number",
    [
        ("MINIMUM_SUPPORTED", -2),
        ("SSLv3", 768),
        ("TLSv1", 769),
        ("TLSv1_1", 770),
        ("TLSv1_2", 771),
        ("TLSv1_3", 772),
        ("MAXIMUM_SUPPORTED", -1),
    ],
)
def test_version_has_the_number_of_the_wire(ssl, native, name, number):
    """TLSVersion members are the version numbers of the protocol, and -2 and -1 for the bounds.

    library/ssl.html#ssl.TLSVersion
    """
    assert native.integer(getattr(ssl.TLSVersion, name)) == number


@pytest.mark.parametrize(
    "name",
    [
        "HAS_ALPN",
        "HAS_ECDH",
        "HAS_NEVER_CHECK_COMMON_NAME",
        "HAS_NPN",
        "HAS_PSK",
        "HAS_SNI",
        "HAS_SSLv2",
        "HAS_SSLv3",
        "HAS_TLSv1",
        "HAS_TLSv1_1",
        "HAS_TLSv1_2",
        "HAS_TLSv1_3",
    ],
)
def test_capability_is_a_boolean(ssl, native, name):
    """HAS_* is a bool, the same for the same OpenSSL.

    library/ssl.html#ssl.HAS_ALPN
    """
    assert native.type_name(getattr(ssl, name)) == "bool"


@pytest.mark.parametrize(
    "name, kind",
    [
        ("OPENSSL_VERSION", "str"),
        ("OPENSSL_VERSION_NUMBER", "int"),
        ("OPENSSL_VERSION_INFO", "tuple"),
    ],
)
def test_openssl_version_has_its_type(ssl, native, name, kind):
    """The version of OpenSSL is given as a text, a number and a tuple.

    library/ssl.html#ssl.OPENSSL_VERSION
    """
    assert native.type_name(getattr(ssl, name)) == kind


@pytest.mark.parametrize("name", ["wrap_socket", "match_hostname", "RAND_pseudo_bytes", "RAND_egd"])
def test_name_that_was_removed_is_gone(ssl, native, name):
    """A name that Python 3 removed is an AttributeError.

    whatsnew/3.12.html#ssl
    """
    assert native.has(ssl, name) is False
