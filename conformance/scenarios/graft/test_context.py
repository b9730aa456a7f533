"""The old surface of SSLContext."""

import pytest

pytestmark = pytest.mark.axis("backward")


def test_constructor_wants_a_protocol(ssl):
    """SSLContext() without a protocol is a TypeError; the protocol may be named.

    library/ssl.html#ssl.SSLContext
    """
    with pytest.raises(TypeError):
        ssl.SSLContext()
    assert ssl.SSLContext(protocol=ssl.PROTOCOL_TLS).protocol == 2


@pytest.mark.parametrize("protocol", [99, -1])
def test_constructor_refuses_an_unknown_protocol(ssl, protocol):
    """A number that is not a protocol is a ValueError.

    library/ssl.html#ssl.SSLContext
    """
    with pytest.raises(ValueError):
        ssl.SSLContext(protocol)


@pytest.mark.parametrize("protocol", [None, "TLS"], ids=["None", "str"])
def test_constructor_refuses_what_is_no_number(ssl, protocol):
    """A protocol that is not a number is a TypeError.

    library/ssl.html#ssl.SSLContext
    """
    with pytest.raises(TypeError):
        ssl.SSLContext(protocol)


def test_plain_context_verifies_nothing(ssl):
    """A plain context has CERT_NONE, no hostname check and no certificates.

    library/ssl.html#ssl.SSLContext
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    assert context.verify_mode == ssl.CERT_NONE
    assert context.check_hostname is False
    assert context.verify_flags == ssl.VERIFY_X509_TRUSTED_FIRST
    assert context.options > 0
    assert context.protocol == ssl.PROTOCOL_TLS
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
    assert context.get_ca_certs() == []
    assert context.get_ca_certs(True) == []


@pytest.mark.parametrize("mode", [0, 1, 2, True])
def test_verify_mode_is_told_as_set(ssl, mode):
    """verify_mode accepts 0, 1 and 2 and returns them.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_mode = mode
    assert context.verify_mode == mode


@pytest.mark.parametrize("mode", [3, -1])
def test_verify_mode_refuses_an_unknown_number(ssl, mode):
    """A verify_mode that does not exist is a ValueError and changes nothing.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(ValueError):
        context.verify_mode = mode
    assert context.verify_mode == 0


@pytest.mark.parametrize("name", ["verify_mode", "verify_flags", "options"])
@pytest.mark.parametrize("value", [None, "x"], ids=["None", "str"])
def test_setting_refuses_what_is_no_number(ssl, name, value):
    """verify_mode, verify_flags and options raise TypeError for what is not a number.

    library/ssl.html#ssl.SSLContext.options
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    before = getattr(context, name)
    with pytest.raises(TypeError):
        setattr(context, name, value)
    assert getattr(context, name) == before


def test_hostname_check_needs_verification(ssl):
    """check_hostname with CERT_NONE is a ValueError; it does not raise verify_mode by itself.

    Python 3.7 changed that; old code relies on the refusal.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(ValueError):
        context.check_hostname = True
    assert context.check_hostname is False
    assert context.verify_mode == 0
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = 1
    assert context.check_hostname is True


def test_verification_cannot_be_dropped_under_the_hostname_check(ssl):
    """verify_mode CERT_NONE while check_hostname is on is a ValueError.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    context = ssl.create_default_context()
    with pytest.raises(ValueError):
        context.verify_mode = ssl.CERT_NONE
    assert context.verify_mode == ssl.CERT_REQUIRED
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert context.verify_mode == ssl.CERT_NONE


def test_options_are_set_and_cleared(ssl, native):
    """Options are set with | and cleared again with & and ~.

    library/ssl.html#ssl.SSLContext.options
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.options = native.operate("or_", context.options, ssl.OP_NO_TLSv1)
    assert native.operate("and_", context.options, ssl.OP_NO_TLSv1) == ssl.OP_NO_TLSv1
    mask = native.operate("invert", ssl.OP_NO_TLSv1)
    context.options = native.operate("and_", context.options, mask)
    assert native.operate("and_", context.options, ssl.OP_NO_TLSv1) == 0
    context.options = 0
    assert context.options == 0


def test_verify_flags_are_told_as_set(ssl):
    """verify_flags accepts the VERIFY_* bits and returns them.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_flags = ssl.VERIFY_CRL_CHECK_LEAF
    assert context.verify_flags == 4
    context.verify_flags = 0
    assert context.verify_flags == 0


def test_default_context_for_clients_verifies(ssl):
    """create_default_context() verifies certificate and hostname.

    library/ssl.html#ssl.create_default_context
    """
    context = ssl.create_default_context()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert context.protocol == ssl.PROTOCOL_TLS
    assert context.options > 0


def test_default_context_for_servers_asks_nothing(ssl):
    """create_default_context(CLIENT_AUTH) requests no client certificate.

    library/ssl.html#ssl.create_default_context
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    assert context.verify_mode == ssl.CERT_NONE
    assert context.check_hostname is False


@pytest.mark.parametrize("purpose", ["serverAuth", 1], ids=["str", "int"])
def test_default_context_refuses_an_unknown_purpose(ssl, purpose):
    """A purpose that is not a member of Purpose is a TypeError.

    library/ssl.html#ssl.create_default_context
    """
    with pytest.raises(TypeError):
        ssl.create_default_context(purpose)


def test_ciphers_are_refused_when_none_is_left(ssl):
    """set_ciphers() that selects nothing is an SSLError; what is not text is a TypeError.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(ssl.SSLError, match="No cipher can be selected"):
        context.set_ciphers("NO-SUCH-CIPHER")
    with pytest.raises(TypeError):
        context.set_ciphers(3)
    assert context.set_ciphers("ECDHE+AESGCM") is None


def test_loading_a_missing_file_is_an_io_error(ssl):
    """A file that is not there is an IOError with errno 2, not an SSLError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(OSError) as caught:
        context.load_verify_locations("/nonexistent/authority.pem")
    assert caught.value.errno == 2
    with pytest.raises(OSError) as caught:
        context.load_cert_chain("/nonexistent/chain.pem")
    assert caught.value.errno == 2
    with pytest.raises(OSError) as caught:
        context.load_dh_params("/nonexistent/dh.pem")
    assert caught.value.errno == 2


def test_loading_nothing_is_a_type_error(ssl):
    """load_verify_locations() wants a file, a folder or data.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(TypeError):
        context.load_verify_locations()
    with pytest.raises(TypeError):
        context.load_verify_locations(cadata=3)
    with pytest.raises(ValueError):
        context.load_verify_locations(cadata=b"")


def test_loading_an_authority_shows_in_the_statistics(ssl, certificates):
    """A loaded authority is counted, and listed by get_ca_certs().

    library/ssl.html#ssl.SSLContext.cert_store_stats
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    assert context.load_verify_locations(certificates.authority.certificate) is None
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    assert len(context.get_ca_certs()) == 1
    assert len(context.get_ca_certs(binary_form=True)) == 1


def test_protocols_for_alpn_are_one_to_255_bytes(ssl):
    """An empty or too long ALPN protocol is an SSLError.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    for protocol in ("", "x" * 256):
        with pytest.raises(ssl.SSLError, match="1 to 255"):
            context.set_alpn_protocols([protocol])
    assert context.set_alpn_protocols(["x" * 255]) is None


def test_servername_callback_must_be_callable(ssl):
    """set_servername_callback() accepts a callable or None.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(TypeError):
        context.set_servername_callback(3)
    assert context.set_servername_callback(None) is None


def test_curve_must_be_known(ssl):
    """set_ecdh_curve() refuses an unknown name with ValueError and None with TypeError.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with pytest.raises(ValueError):
        context.set_ecdh_curve("no-such-curve")
    with pytest.raises(TypeError):
        context.set_ecdh_curve(None)
    assert context.set_ecdh_curve("prime256v1") is None


def test_session_statistics_start_at_zero(ssl):
    """session_stats() of a new context is all zeros, under eleven names.

    library/ssl.html#ssl.SSLContext.session_stats
    """
    statistics = ssl.SSLContext(ssl.PROTOCOL_TLS).session_stats()
    assert len(statistics) == 11
    assert set(statistics.values()) == {0}
