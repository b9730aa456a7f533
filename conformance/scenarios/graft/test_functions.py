"""The old functions and exceptions of the module."""

import pytest

pytestmark = pytest.mark.axis("backward")

WILDCARD = {
    "subject": ((("commonName", "example.com"),),),
    "subjectAltName": (("DNS", "*.example.com"),),
}
COMMON_NAME = {"subject": ((("commonName", "example.com"),),)}


@pytest.mark.parametrize("hostname", ["a.example.com", "A.EXAMPLE.COM"])
def test_match_hostname_takes_one_label_for_a_wildcard(ssl, hostname):
    """match_hostname() returns None where the wildcard stands for one label, in any case.

    library/ssl.html#ssl.match_hostname
    """
    assert ssl.match_hostname(WILDCARD, hostname) is None


@pytest.mark.parametrize("hostname", ["example.com", "a.b.example.com", "other.com", ""])
def test_match_hostname_refuses_another_name(ssl, hostname):
    """match_hostname() raises CertificateError for no label, two labels or another name.

    library/ssl.html#ssl.match_hostname
    """
    with pytest.raises(ssl.CertificateError, match="doesn't match"):
        ssl.match_hostname(WILDCARD, hostname)


def test_match_hostname_falls_back_to_the_common_name(ssl):
    """Without subjectAltName the common name counts.

    library/ssl.html#ssl.match_hostname
    """
    assert ssl.match_hostname(COMMON_NAME, "example.com") is None
    with pytest.raises(ssl.CertificateError):
        ssl.match_hostname(COMMON_NAME, "other.com")


@pytest.mark.parametrize("certificate", [None, {}], ids=["None", "empty"])
def test_match_hostname_wants_a_certificate(ssl, certificate):
    """match_hostname() without a certificate is a ValueError.

    library/ssl.html#ssl.match_hostname
    """
    with pytest.raises(ValueError):
        ssl.match_hostname(certificate, "example.com")


def test_certificate_error_is_a_value_error_alone(ssl, native):
    """CertificateError is a ValueError and not an SSLError, as it was before Python 3.7.

    `except ssl.SSLError` in old code does not catch it; `except ValueError` does.

    library/ssl.html#ssl.CertificateError
    """
    assert issubclass(ssl.CertificateError, ValueError)
    assert native.is_subclass(ssl.CertificateError, ssl.SSLError) is False


@pytest.mark.parametrize(
    "time", ["Jan  5 09:34:43 2018 GMT", "Jan 5 09:34:43 2018 GMT", "jan 05 09:34:43 2018 gmt"]
)
def test_certificate_time_becomes_seconds(ssl, time):
    """cert_time_to_seconds() reads the time of a certificate as UTC.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    assert ssl.cert_time_to_seconds(time) == 1515144883


@pytest.mark.parametrize("time", ["", "Foo  5 09:34:43 2018 GMT", "Jan  5 09:34:43 2018"])
def test_wrong_certificate_time_is_a_value_error(ssl, time):
    """A text that is not a certificate's time, or does not name GMT, is a ValueError.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    with pytest.raises(ValueError):
        ssl.cert_time_to_seconds(time)


def test_der_becomes_pem_and_back(ssl, native):
    """DER_cert_to_PEM_cert() wraps at 64 columns, and PEM_cert_to_DER_cert() undoes it.

    library/ssl.html#ssl.DER_cert_to_PEM_cert
    """
    pem = ssl.DER_cert_to_PEM_cert(b"a" * 100)
    lines = str(native.str(pem)).split("\n")
    assert [len(line) for line in lines] == [27, 64, 64, 8, 25, 0]
    assert ssl.PEM_cert_to_DER_cert(pem) == b"a" * 100


@pytest.mark.parametrize(
    "pem", ["nope", "-----BEGIN CERTIFICATE-----\nYQ==\nnope"], ids=["no-begin", "no-end"]
)
def test_pem_without_its_lines_is_a_value_error(ssl, pem):
    """PEM_cert_to_DER_cert() wants the lines BEGIN and END.

    library/ssl.html#ssl.PEM_cert_to_DER_cert
    """
    with pytest.raises(ValueError):
        ssl.PEM_cert_to_DER_cert(pem)


def test_random_generator_is_seeded(ssl):
    """RAND_status() is true, and RAND_add() accepts more entropy.

    library/ssl.html#ssl.RAND_status
    """
    assert ssl.RAND_status() == 1
    assert ssl.RAND_add(b"seed", 0.0) is None
    with pytest.raises(TypeError):
        ssl.RAND_add(3, 0.0)


def test_default_verify_paths_have_six_fields(ssl, native):
    """get_default_verify_paths() is a named tuple of six paths.

    library/ssl.html#ssl.get_default_verify_paths
    """
    assert native.type_name(ssl.get_default_verify_paths()) == "DefaultVerifyPaths"
    assert native.length(ssl.get_default_verify_paths()) == 6


def test_purpose_is_an_object_identifier(ssl):
    """Purpose.SERVER_AUTH has its number, names and dotted identifier.

    library/ssl.html#ssl.Purpose.SERVER_AUTH
    """
    assert ssl.Purpose.SERVER_AUTH.nid == 129
    assert ssl.Purpose.SERVER_AUTH.shortname == "serverAuth"
    assert ssl.Purpose.SERVER_AUTH.oid == "1.3.6.1.5.5.7.3.1"
    assert ssl.Purpose.CLIENT_AUTH.oid == "1.3.6.1.5.5.7.3.2"


def test_errors_made_by_hand_are_environment_errors(ssl, native):
    """SSLError(number, message) keeps both and has neither reason nor library.

    library/ssl.html#ssl.SSLError
    """
    error = native.construct(ssl.SSLError, 1, "message")
    assert error.errno == 1
    assert error.strerror == "message"
    assert str(error) == "message"
    assert not hasattr(error, "reason")
