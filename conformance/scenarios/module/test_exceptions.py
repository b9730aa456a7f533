"""The exception classes: their hierarchy, and what their instances carry."""

import pytest

KINDS = [
    "SSLZeroReturnError",
    "SSLWantReadError",
    "SSLWantWriteError",
    "SSLSyscallError",
    "SSLEOFError",
    "SSLCertVerificationError",
]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_an_ssl_error(ssl, native, name):
    """The class is a direct subclass of SSLError and so an OSError.

    library/ssl.html#ssl.SSLError
    """
    kind = getattr(ssl, name)
    assert native.is_subclass(kind, ssl.SSLError) is True
    assert ssl.SSLError in kind.__bases__
    assert issubclass(kind, OSError)


@pytest.mark.parametrize("name", [kind for kind in KINDS if kind != "SSLWantReadError"])
def test_want_read_is_none_of_the_others(ssl, native, name):
    """`except SSLWantReadError` catches no other kind, and no other catches it.

    library/ssl.html#ssl.SSLWantReadError
    """
    kind = getattr(ssl, name)
    assert native.is_subclass(kind, ssl.SSLWantReadError) is False
    assert native.is_subclass(ssl.SSLWantReadError, kind) is False


def test_certificate_error_is_the_verification_error(ssl, native):
    """CertificateError is another name of SSLCertVerificationError.

    library/ssl.html#ssl.CertificateError
    """
    assert native.is_same(ssl.CertificateError, ssl.SSLCertVerificationError) is True


def test_verification_error_takes_in_certificate_errors(ssl, native):
    """`except SSLCertVerificationError` catches a CertificateError.

    library/ssl.html#ssl.CertificateError
    """
    assert native.is_subclass(ssl.CertificateError, ssl.SSLCertVerificationError) is True
    assert native.is_subclass(ssl.SSLError, ssl.SSLCertVerificationError) is False


def test_certificate_error_is_an_instance_of_the_verification_error(ssl, native):
    """A CertificateError is an instance of SSLCertVerificationError, another error is not.

    library/ssl.html#ssl.CertificateError
    """
    made = native.kept(ssl.CertificateError, "name")
    assert native.is_instance(made, ssl.SSLCertVerificationError) is True
    other = native.kept(ssl.SSLEOFError, 8, "text")
    assert native.is_instance(other, ssl.SSLCertVerificationError) is False


def test_subclass_of_the_verification_error_is_one_of_many(ssl, native):
    """A program's own subclass of SSLCertVerificationError takes in no other error.

    library/ssl.html#ssl.SSLCertVerificationError
    """
    own = native.subclass(ssl.SSLCertVerificationError, "OwnError")
    assert native.is_subclass(own, ssl.SSLCertVerificationError) is True
    assert native.is_subclass(ssl.SSLCertVerificationError, own) is False
    assert native.is_subclass(ssl.CertificateError, own) is False
    assert native.is_instance(native.kept(ssl.CertificateError, "name"), own) is False


def test_verification_error_is_a_value_error_too(ssl):
    """SSLCertVerificationError can be caught as SSLError, as OSError and as ValueError.

    library/ssl.html#ssl.SSLCertVerificationError
    """
    for kind in (ssl.SSLError, OSError, ValueError):
        assert issubclass(ssl.SSLCertVerificationError, kind)


@pytest.mark.parametrize(
    "arguments",
    [(), ("message",), (1,), (1, "message"), (None, "message"), (1, "message", "file")],
    ids=["none", "message", "number", "both", "no-number", "with-file"],
)
def test_made_by_hand_looks_like_an_os_error(ssl, native, arguments):
    """SSLError called directly accepts what OSError accepts and has no reason and no library.

    library/exceptions.html#OSError
    """
    error = native.construct(ssl.SSLError, *arguments)
    assert type(error).__name__ == "SSLError"
    assert error.errno == (arguments[0] if len(arguments) > 1 else None)
    assert not hasattr(error, "reason")
    assert not hasattr(error, "library")


def test_str_is_the_message_alone(ssl, native):
    """str() of an SSLError is its message, without the number that OSError puts in front.

    library/ssl.html#ssl.SSLError
    """
    assert str(native.construct(ssl.SSLError, 1, "message")) == "message"
    assert str(native.construct(ssl.SSLWantReadError, 2, "wait")) == "wait"


def test_keywords_are_refused(ssl, native):
    """SSLError takes no keyword argument.

    library/exceptions.html#OSError
    """
    with pytest.raises(TypeError):
        native.construct(ssl.SSLError, 1, "message", filename=None)


def test_raised_want_read_has_number_and_message(ssl, peers):
    """A want-read carries errno 2, a message, and neither reason nor library.

    library/ssl.html#ssl.SSLWantReadError
    """
    pair = peers.pair()
    with pytest.raises(ssl.SSLWantReadError, match="did not complete") as caught:
        pair.client.tls.do_handshake()
    assert caught.value.errno == 2
    assert caught.value.args[0] == 2
    assert caught.value.reason is None
    assert caught.value.library is None


def test_raised_openssl_error_names_library_and_reason(ssl, peers):
    """An error of OpenSSL carries errno 1, library and reason, and its message begins with both.

    library/ssl.html#ssl.SSLError.library
    """
    pair = peers.pair()
    pair.server.incoming.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ssl.SSLError, match=r"^\[SSL: HTTP_REQUEST\] http request") as caught:
        pair.server.tls.do_handshake()
    assert caught.value.errno == 1
    assert caught.value.library == "SSL"
    assert caught.value.reason == "HTTP_REQUEST"


def test_raised_error_is_an_os_error(peers):
    """What a handshake raises can be caught as OSError, as socket code does.

    library/ssl.html#ssl.SSLError
    """
    pair = peers.pair()
    with pytest.raises(OSError) as caught:
        pair.client.tls.do_handshake()
    assert type(caught.value).__name__ == "SSLWantReadError"
