"""Exceptions that a program makes itself, from any number of arguments, and pickles."""

import pytest

NAMES = [
    "SSLError",
    "SSLZeroReturnError",
    "SSLWantReadError",
    "SSLWantWriteError",
    "SSLSyscallError",
    "SSLEOFError",
    "SSLCertVerificationError",
]

ARGUMENTS = [
    (),
    ("text",),
    (1, "text"),
    (1, "text", "file"),
    (1, "text", "file", None),
    (1, "text", "file", None, "other"),
]
"""None to five; four and five are a form of OSError that 2.7's does not have."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", range(4))
def test_exception_keeps_its_arguments(ssl, native, name, count):
    """An exception made from up to three arguments has errno, strerror and filename of them.

    library/exceptions.html#OSError
    """
    arguments = ARGUMENTS[count]
    described = native.described(getattr(ssl, name), *arguments)
    named = [*arguments, None, None] if count > 1 else [None] * 3
    kept = list(arguments[:2]) if count > 1 else list(arguments)
    text = "text" if count > 1 else str(arguments)
    assert described == [name, text, kept, *told(named)]


def told(named):
    """The three attributes as the probe describes them."""
    return [f"{a}: {b}" for a, b in zip(("errno", "strerror", "filename"), named, strict=False)]


@pytest.mark.parametrize("name", ["SSLError", "SSLCertVerificationError"])
def test_text_of_an_exception_may_be_unicode(ssl, native, name):
    """The text of an exception is its text, whichever kind of text it is.

    library/exceptions.html#OSError
    """
    text = native.unicode("text")
    assert native.described(getattr(ssl, name), 1, text)[1] == "text"


@pytest.mark.parametrize("name", ["SSLError", "SSLCertVerificationError"])
@pytest.mark.parametrize("second", [None, 2], ids=["None", "number"])
def test_second_argument_is_no_text(ssl, native, name, second):
    """An exception whose second argument is no text shows all its arguments as its text.

    library/exceptions.html#BaseException
    """
    described = native.described(getattr(ssl, name), 1, second)
    assert described == [name, str((1, second)), [1, second], *told((1, second, None))]


def test_certificate_error_has_a_number(ssl, native):
    """A CertificateError made from a number and a text has them as errno and strerror.

    library/ssl.html#ssl.CertificateError
    """
    described = native.described(ssl.CertificateError, 1, "text")
    assert described[1:] == ["text", [1, "text"], *told((1, "text", None))]


@pytest.mark.parametrize("count", range(3))
def test_certificate_error_keeps_its_arguments(ssl, native, count):
    """A CertificateError made from up to two arguments is like any SSLError.

    library/ssl.html#ssl.CertificateError
    """
    described = native.described(ssl.CertificateError, *ARGUMENTS[count])
    assert described[1] == ("text" if count == 2 else str(ARGUMENTS[count]))
    assert described[2] == list(ARGUMENTS[count])


@pytest.mark.parametrize("name", ["SSLError", "SSLCertVerificationError"])
def test_exception_is_shown(ssl, native, name):
    """repr() of an exception has its class and its arguments.

    library/exceptions.html#BaseException
    """
    cls = getattr(ssl, name)
    assert native.repr(native.kept(cls, "text")) == f"{name}('text')"
    assert native.repr(native.kept(cls, 1, "text")) == f"{name}(1, 'text')"


@pytest.mark.parametrize("name", ["SSLError", "SSLCertVerificationError", "CertificateError"])
def test_proxy_of_an_exception_is_an_instance(ssl, native, name):
    """What says that its class is an exception's, as proxies and mocks do, is an instance of that.

    library/functions.html#isinstance
    """
    cls = getattr(ssl, name)
    assert native.proxy_is_instance(cls, cls) is True
    assert native.proxy_is_instance(cls, ssl.SSLWantReadError) is False
    assert native.proxy_is_instance(ssl.MemoryBIO, cls) is False
    assert native.proxy_is_instance("no class", cls) is False


@pytest.mark.parametrize("count", [4, 5])
def test_exception_of_more_arguments(ssl, native, count):
    """An exception may be made from up to five arguments, of which two are its own.

    library/exceptions.html#OSError
    """
    described = native.described(ssl.SSLError, *ARGUMENTS[count])
    assert described[0] == "SSLError"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", range(3))
def test_exception_survives_pickling(ssl, native, name, count):
    """An exception that was pickled is of the same class, with the same arguments and attributes.

    library/pickle.html#what-can-be-pickled-and-unpickled
    """
    cls = getattr(ssl, name)
    before = native.described(cls, *ARGUMENTS[count])
    assert native.described_once_pickled(cls, *ARGUMENTS[count]) == before


def test_raised_error_survives_pickling(ssl, peers, native):
    """An error of OpenSSL that was pickled has its library and reason still.

    library/ssl.html#ssl.SSLError.reason
    """
    client = peers.client_context(version="TLSv1.3")
    server = peers.server_context()
    native.limit_versions(server, maximum="TLSv1.2")
    talk = native.handshake_and_echo(client, server, "localhost")
    with pytest.raises(ssl.SSLError) as caught:
        native.raised_again(talk)
    assert caught.value.library == "SSL"
    assert caught.value.reason == "UNSUPPORTED_PROTOCOL"


def test_raised_verification_error_survives_pickling(ssl, peers, native):
    """A failed verification that was pickled has its code and message still.

    library/ssl.html#ssl.SSLCertVerificationError.verify_code
    """
    server = peers.server_context("untrusted")
    talk = native.handshake_and_echo(peers.client_context(), server, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        native.raised_again(talk)
    assert caught.value.verify_code == 20
    assert caught.value.verify_message == "unable to get local issuer certificate"
