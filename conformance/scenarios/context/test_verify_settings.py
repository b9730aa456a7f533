"""verify_mode, check_hostname and verify_flags, and how they depend on each other."""

import pytest


def test_check_hostname_turns_verification_on(ssl):
    """Setting check_hostname on a context with CERT_NONE makes it CERT_REQUIRED.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    assert context.verify_mode == ssl.CERT_NONE
    context.check_hostname = True
    assert context.check_hostname is True
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_check_hostname_keeps_an_optional_verification(ssl):
    """Setting check_hostname on a context with CERT_OPTIONAL leaves the mode as it is.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.check_hostname = True
    assert context.verify_mode == ssl.CERT_OPTIONAL


def test_verification_cannot_be_turned_off_while_names_are_checked(ssl, peers):
    """Setting CERT_NONE while check_hostname is on raises ValueError and changes nothing.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = peers.client_context()
    with pytest.raises(ValueError):
        context.verify_mode = ssl.CERT_NONE
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname is True


def test_check_hostname_off_leaves_verification_on(ssl, peers):
    """Clearing check_hostname does not change verify_mode, which can then be cleared.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = peers.client_context()
    context.check_hostname = False
    assert context.verify_mode == ssl.CERT_REQUIRED
    context.verify_mode = ssl.CERT_NONE
    assert context.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("value", [1, "yes", [0], 0, "", None], ids=repr)
def test_check_hostname_takes_any_truth_value(peers, value):
    """check_hostname becomes the truth value of what it is set to.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = peers.client_context()
    context.check_hostname = value
    assert context.check_hostname is bool(value)


@pytest.mark.parametrize("mode", ["CERT_NONE", "CERT_OPTIONAL", "CERT_REQUIRED"])
def test_verify_mode_is_read_as_it_was_set(ssl, native, mode):
    """verify_mode is a VerifyMode and equal to the constant it was set to.

    library/ssl.html#ssl.VerifyMode
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_mode = getattr(ssl, mode)
    assert context.verify_mode == getattr(ssl, mode)
    assert native.type_name(context.verify_mode) == "VerifyMode"


@pytest.mark.parametrize("value", [3, -1, 99], ids=["three", "negative", "big"])
def test_unknown_verify_mode_is_refused(ssl, value):
    """Setting verify_mode to a number that is not a mode raises ValueError and changes nothing.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(ValueError):
        context.verify_mode = value
    assert context.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("value", [None, "CERT_NONE", 1.0], ids=repr)
def test_verify_mode_must_be_a_number(ssl, value):
    """Setting verify_mode to what is not an integer raises TypeError.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(TypeError):
        context.verify_mode = value


def test_verify_mode_may_be_a_plain_number(ssl, native):
    """Setting verify_mode to a plain int works and it is read as a VerifyMode.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_mode = 2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert native.type_name(context.verify_mode) == "VerifyMode"


def test_verify_flags_are_set_and_cleared(ssl, native):
    """verify_flags can be set and cleared; a new context trusts the first anchor.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    default = context.verify_flags
    assert default == ssl.VERIFY_X509_TRUSTED_FIRST
    assert native.type_name(default) == "VerifyFlags"
    context.verify_flags = ssl.VERIFY_CRL_CHECK_LEAF
    assert context.verify_flags == ssl.VERIFY_CRL_CHECK_LEAF
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert context.verify_flags == ssl.VERIFY_CRL_CHECK_LEAF | ssl.VERIFY_X509_STRICT
    context.verify_flags = ssl.VERIFY_DEFAULT
    assert context.verify_flags == ssl.VERIFY_DEFAULT


@pytest.mark.parametrize("value", [None, "flags", 1.0], ids=repr)
def test_verify_flags_must_be_a_number(ssl, value):
    """Setting verify_flags to what is not an integer raises TypeError.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(TypeError):
        context.verify_flags = value


@pytest.mark.parametrize(
    "name", ["verify_mode", "verify_flags", "options", "minimum_version", "protocol"]
)
def test_settings_cannot_be_deleted(ssl, native, name):
    """Deleting a setting of a context raises AttributeError and leaves it.

    library/ssl.html#ssl.SSLContext
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    if name == "minimum_version":
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    before = getattr(context, name)
    with pytest.raises(AttributeError):
        native.delete_attribute(context, name)
    assert getattr(context, name) == before


def test_check_hostname_cannot_be_deleted(peers, native):
    """Deleting check_hostname raises TypeError, unlike the other settings, and leaves it.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        native.delete_attribute(context, "check_hostname")
    assert context.check_hostname is True


def test_host_flags_are_a_number(peers, native):
    """_host_flags, which hostname_checks_common_name sets, is always a number.

    library/ssl.html#ssl.SSLContext.hostname_checks_common_name
    """
    context = peers.client_context()
    before = context._host_flags
    with pytest.raises(TypeError):
        context._host_flags = None
    with pytest.raises(TypeError):
        native.delete_attribute(context, "_host_flags")
    assert context._host_flags == before
