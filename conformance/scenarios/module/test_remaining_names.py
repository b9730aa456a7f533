"""Names of the module that no other scenario uses."""

import pytest


@pytest.mark.parametrize(
    "name, number",
    [
        ("DECRYPT_ERROR", 51),
        ("DECODE_ERROR", 50),
        ("RECORD_OVERFLOW", 22),
        ("DECOMPRESSION_FAILURE", 30),
        ("UNSUPPORTED_CERTIFICATE", 43),
        ("CERTIFICATE_REVOKED", 44),
        ("CERTIFICATE_EXPIRED", 45),
        ("CERTIFICATE_UNKNOWN", 46),
        ("ILLEGAL_PARAMETER", 47),
        ("INSUFFICIENT_SECURITY", 71),
        ("USER_CANCELLED", 90),
        ("NO_RENEGOTIATION", 100),
        ("UNSUPPORTED_EXTENSION", 110),
        ("CERTIFICATE_UNOBTAINABLE", 111),
        ("BAD_CERTIFICATE_STATUS_RESPONSE", 113),
        ("BAD_CERTIFICATE_HASH_VALUE", 114),
    ],
)
def test_alert_has_the_number_of_the_standard(ssl, native, name, number):
    """ALERT_DESCRIPTION_* are the numbers of the TLS standard, also of alerts never sent.

    rfc8446#section-6
    """
    assert native.integer(getattr(ssl, "ALERT_DESCRIPTION_" + name)) == number


def test_armour_of_a_certificate(ssl):
    """PEM_HEADER and PEM_FOOTER are the lines around a certificate.

    library/ssl.html#ssl.PEM_cert_to_DER_cert
    """
    assert ssl.PEM_HEADER == "-----BEGIN CERTIFICATE-----"
    assert ssl.PEM_FOOTER == "-----END CERTIFICATE-----"


def test_old_name_of_the_protocol(ssl, native):
    """PROTOCOL_SSLv23 is another name of PROTOCOL_TLS.

    library/ssl.html#ssl.PROTOCOL_SSLv23
    """
    assert native.integer(ssl.PROTOCOL_SSLv23) == native.integer(ssl.PROTOCOL_TLS) == 2


def test_name_of_a_protocol(ssl):
    """get_protocol_name() returns a protocol's name, and "<unknown>" for any other value.

    library/ssl.html#ssl.SSLContext.protocol
    """
    assert ssl.get_protocol_name(ssl.PROTOCOL_TLS) == "PROTOCOL_TLS"
    assert ssl.get_protocol_name(5) == "PROTOCOL_TLSv1_2"
    assert ssl.get_protocol_name(99) == "<unknown>"


def test_default_paths(ssl, native):
    """get_default_verify_paths() names OpenSSL's variables and its compiled-in places.

    library/ssl.html#ssl.get_default_verify_paths
    """
    paths = ssl.get_default_verify_paths()
    assert native.type_name(paths) == "DefaultVerifyPaths"
    assert paths.openssl_cafile_env == "SSL_CERT_FILE"
    assert paths.openssl_capath_env == "SSL_CERT_DIR"
    assert ssl.DefaultVerifyPaths(*paths) == paths
    with pytest.raises(TypeError):
        ssl.DefaultVerifyPaths("few")


def test_default_paths_are_a_named_tuple(ssl, native):
    """What get_default_verify_paths() returns is a named tuple, of which a copy may be changed.

    library/collections.html#collections.namedtuple
    """
    paths = native.kept(ssl.get_default_verify_paths)
    fields = "cafile capath openssl_cafile_env openssl_cafile openssl_capath_env openssl_capath"
    assert list(paths._fields) == fields.split()
    replaced = native.kept(paths._replace, capath="elsewhere")
    assert replaced.capath == "elsewhere"
    assert replaced.cafile == paths.cafile


def test_kernel_option(ssl, native):
    """OP_ENABLE_KTLS is a number, and no bit of another option.

    library/ssl.html#ssl.OP_ENABLE_KTLS
    """
    number = native.integer(ssl.OP_ENABLE_KTLS)
    assert number & native.integer(ssl.OP_IGNORE_UNEXPECTED_EOF) == 0


@pytest.mark.parametrize("name", ["Options", "VerifyFlags"])
def test_flags_are_made_from_numbers(ssl, name):
    """A combination of flags is made from its number, and from nothing else.

    library/ssl.html#ssl.Options
    """
    flags = getattr(ssl, name)
    assert flags(4) == 4
    with pytest.raises(ValueError):
        flags("many")


def test_version_is_made_from_its_number(ssl):
    """A TLSVersion is made from the number of the wire; another number is a ValueError.

    library/ssl.html#ssl.TLSVersion
    """
    assert ssl.TLSVersion(772) == 772
    with pytest.raises(ValueError):
        ssl.TLSVersion(5)


def test_purpose_is_made_from_a_purpose(ssl):
    """A Purpose is made from a Purpose; anything else, its object identifier too, is a ValueError.

    library/ssl.html#ssl.Purpose.SERVER_AUTH
    """
    assert ssl.Purpose.SERVER_AUTH.oid == "1.3.6.1.5.5.7.3.1"
    assert ssl.Purpose(ssl.Purpose.SERVER_AUTH).nid == 129
    with pytest.raises(ValueError):
        ssl.Purpose("1.3.6.1.5.5.7.3.1")


def test_random_state(ssl):
    """RAND_add() accepts bytes and an entropy, and RAND_status() is true.

    library/ssl.html#ssl.RAND_add
    """
    assert ssl.RAND_add(b"noise", 0.0) is None
    assert ssl.RAND_status() is True


@pytest.mark.parametrize(
    "noise", [bytearray(b"noise"), "noise", "Lärm"], ids=["bytearray", "str", "no ASCII"]
)
def test_random_state_takes_any_buffer_and_text(ssl, noise):
    """RAND_add() accepts any bytes-like object, and text.

    library/ssl.html#ssl.RAND_add
    """
    assert ssl.RAND_add(noise, 0.0) is None
    with pytest.raises(TypeError):
        ssl.RAND_add(["noise"], 0.0)


def test_pem_of_nothing_is_nothing_again(ssl):
    """PEM_cert_to_DER_cert() returns no bytes for what DER_cert_to_PEM_cert() made of none.

    library/ssl.html#ssl.DER_cert_to_PEM_cert
    """
    assert ssl.PEM_cert_to_DER_cert(ssl.DER_cert_to_PEM_cert(b"")) == b""


def test_server_certificate_wants_an_address(ssl):
    """get_server_certificate() without a pair of host and port is refused before any connection.

    library/ssl.html#ssl.get_server_certificate
    """
    with pytest.raises(TypeError):
        ssl.get_server_certificate()
    with pytest.raises(TypeError):
        ssl.get_server_certificate(None)


@pytest.mark.parametrize(
    "text", ["Jan 5 09:34:43 2018", "Foo  5 09:34:43 2018 GMT", "Jan 32 09:34:43 2018 GMT", ""]
)
def test_time_of_a_certificate_has_one_form(ssl, text):
    """cert_time_to_seconds() accepts the form of getpeercert() only; others are a ValueError.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    assert ssl.cert_time_to_seconds("Jan  5 09:34:43 2018 GMT") == 1515144883
    with pytest.raises(ValueError):
        ssl.cert_time_to_seconds(text)


def test_armour_is_wanted(ssl, certificates):
    """PEM_cert_to_DER_cert() needs both lines; without one it is a ValueError.

    library/ssl.html#ssl.PEM_cert_to_DER_cert
    """
    text = ssl.DER_cert_to_PEM_cert(certificates.localhost.der)
    assert ssl.PEM_cert_to_DER_cert(text) == certificates.localhost.der
    for part in (text[1:], text.rstrip()[:-1]):
        with pytest.raises(ValueError):
            ssl.PEM_cert_to_DER_cert(part)
