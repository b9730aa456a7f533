"""The set-up changes nothing in the module that was there before."""

import pytest

pytestmark = pytest.mark.axis("backward")


def test_import_alone_changes_no_name(native):
    """Importing the provider leaves every existing name of ssl, _ssl and socket as it was.

    Opt-in at run time: who does not call the set-up never notices.

    library/ssl.html
    """
    assert native.names_changed(after="import") == []


def test_import_alone_adds_no_name(native):
    """Importing the provider adds no name to ssl, _ssl and socket.

    Consumers decide by hasattr(ssl, "MemoryBIO") whether to use what is not set up yet.

    library/ssl.html
    """
    assert native.names_added(after="import") == []


def test_set_up_makes_no_name_another_object(native):
    """After the set-up each name that was there is the very object it was before.

    A name that is bound again is another object for code that imported it early.

    library/ssl.html
    """
    assert native.names_changed(after="setup") == []


def test_set_up_twice_is_the_same_as_once(native):
    """Running the set-up again changes and adds no name.

    library/ssl.html
    """
    assert native.set_up_again() == []


def test_set_up_twice_leaves_contexts_working(ssl, native):
    """A context made before the set-up was repeated is still an instance of ssl.SSLContext.

    library/ssl.html#ssl.SSLContext
    """
    before = ssl.SSLContext(ssl.PROTOCOL_TLS)
    native.set_up_again()
    after = ssl.SSLContext(ssl.PROTOCOL_TLS)
    assert native.is_instance(before, ssl.SSLContext) is True
    assert native.type_name(after) == native.type_name(before)
    before.verify_mode = ssl.CERT_REQUIRED
    assert before.verify_mode == 2
    assert after.verify_mode == 0


@pytest.mark.parametrize(
    "name",
    ["SSLContext", "SSLSocket", "SSLError", "CertificateError", "Purpose", "DefaultVerifyPaths"],
)
def test_class_says_the_module_it_is_from(ssl, native, name):
    """A class of ssl keeps its name and module, which pickles and tracebacks show.

    library/ssl.html
    """
    kind = getattr(ssl, name)
    assert name in native.repr(kind)
    assert "ssl" in native.repr(kind)


def test_plain_context_has_no_instance_dictionary(ssl, native):
    """A stock context takes no attribute of the caller: its slots are what they were.

    library/ssl.html#ssl.SSLContext
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    assert native.has(context, "__dict__") is False
    with pytest.raises(AttributeError):
        context.nickname = "mine"


@pytest.mark.parametrize(
    "name",
    [
        "wrap_socket",
        "sslwrap_simple",
        "get_protocol_name",
        "match_hostname",
        "_create_default_https_context",
        "_create_unverified_context",
        "_https_verify_certificates",
    ],
)
def test_old_function_is_still_there(ssl, native, name):
    """A function that Python 3 removed is still there.

    library/ssl.html
    """
    assert native.has(ssl, name) is True


@pytest.mark.parametrize("name", ["_wrap_socket", "_set_npn_protocols", "_set_alpn_protocols"])
def test_seams_of_the_context_are_still_there(ssl, native, name):
    """The private members that gevent, eventlet and urllib3 use are still there.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    assert native.has(ssl.SSLContext, name) is True


@pytest.mark.parametrize("name", ["PROTOCOL_TLS", "CERT_REQUIRED", "SSL_ERROR_EOF"])
def test_constant_stays_a_plain_number(ssl, native, name):
    """Constants do not turn into Python 3's enumerations.

    library/ssl.html#constants
    """
    assert native.type_name(getattr(ssl, name)) == "int"


def test_protocol_names_are_still_plain(ssl):
    """get_protocol_name() still returns a protocol's name, or "<unknown>".

    library/ssl.html#ssl.PROTOCOL_TLS
    """
    assert ssl.get_protocol_name(ssl.PROTOCOL_TLS) == "PROTOCOL_TLS"
    assert ssl.get_protocol_name(ssl.PROTOCOL_TLSv1_2) == "PROTOCOL_TLSv1_2"
    assert ssl.get_protocol_name(99) == "<unknown>"


def test_error_of_old_is_the_ssl_error(ssl, native):
    """socket.sslerror is ssl.SSLError is _ssl.SSLError: old code catches what is raised today.

    library/socket.html
    """
    assert native.is_same(native.module("socket").sslerror, ssl.SSLError) is True
    assert native.is_same(native.module("_ssl").SSLError, ssl.SSLError) is True
    assert native.is_subclass(ssl.SSLError, native.module("socket").error) is True
