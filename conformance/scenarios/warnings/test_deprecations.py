"""Deprecated names warn once, with the same text, at the caller's line."""

import pytest

PROTOCOLS = [
    "PROTOCOL_TLS",
    "PROTOCOL_SSLv23",
    "PROTOCOL_TLSv1",
    "PROTOCOL_TLSv1_1",
    "PROTOCOL_TLSv1_2",
]


def texts(warnings):
    """The warnings as texts, each pointing at the caller."""
    texts = [str(text) for text in warnings]
    assert all(text.endswith("(the line is the caller's)") for text in texts)
    return texts


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocol_is_deprecated(ssl, native, name):
    """A context of a protocol other than the client's and the server's warns, by name.

    library/ssl.html#ssl.SSLContext
    """
    found = texts(native.blamed("call", ssl, "SSLContext", getattr(ssl, name)))
    assert len(found) == 1
    assert found[0].startswith("DeprecationWarning: ssl.PROTOCOL_TLS")


def test_protocol_left_out_is_deprecated(ssl, native):
    """A context without a protocol warns about that, and about the protocol that it uses.

    library/ssl.html#ssl.SSLContext
    """
    found = texts(native.blamed("call", ssl, "SSLContext"))
    assert "without protocol argument" in found[0]
    assert len(found) == 2


@pytest.mark.parametrize("name", ["PROTOCOL_TLS_CLIENT", "PROTOCOL_TLS_SERVER"])
def test_protocol_of_one_side_is_not(ssl, native, name):
    """The protocols for clients and for servers do not warn.

    library/ssl.html#ssl.PROTOCOL_TLS_CLIENT
    """
    assert native.blamed("call", ssl, "SSLContext", getattr(ssl, name)) == []


@pytest.mark.parametrize("purpose", ["SERVER_AUTH", "CLIENT_AUTH"])
def test_default_context_does_not_warn(ssl, native, purpose):
    """create_default_context() does not warn.

    library/ssl.html#ssl.create_default_context
    """
    assert native.blamed("get", ssl.Purpose, purpose) == []
    if purpose == "CLIENT_AUTH":
        found = native.blamed("call", ssl, "create_default_context", ssl.Purpose.CLIENT_AUTH)
        assert found == []


@pytest.mark.parametrize(
    "name",
    ["OP_NO_SSLv3", "OP_NO_TLSv1", "OP_NO_TLSv1_1", "OP_NO_TLSv1_2", "OP_NO_TLSv1_3"],
)
def test_option_against_a_version_is_deprecated(ssl, peers, native, name):
    """Setting an OP_NO_* option of a version warns, and names minimum_version instead.

    library/ssl.html#ssl.OP_NO_TLSv1
    """
    context = peers.client_context()
    without = native.operate("and", context.options, native.operate("invert", getattr(ssl, name)))
    context.options = without
    wanted = native.operate("or", without, getattr(ssl, name))
    found = texts(native.blamed("set", context, "options", wanted))
    assert len(found) == (name != "OP_NO_SSLv3" or len(found))


@pytest.mark.parametrize(
    "name", ["OP_NO_TICKET", "OP_NO_COMPRESSION", "OP_NO_RENEGOTIATION", "OP_NO_SSLv2"]
)
def test_other_option_is_not(ssl, peers, native, name):
    """Options that do not concern an existing version do not warn.

    library/ssl.html#ssl.OP_NO_TICKET
    """
    context = peers.client_context()
    wanted = native.operate("or", context.options, getattr(ssl, name))
    assert native.blamed("set", context, "options", wanted) == []


@pytest.mark.parametrize("name", ["SSLv3", "TLSv1", "TLSv1_1"])
@pytest.mark.parametrize("limit", ["minimum_version", "maximum_version"])
def test_old_version_as_limit_is_deprecated(ssl, peers, native, limit, name):
    """A limit below TLS 1.2 warns.

    library/ssl.html#ssl.TLSVersion
    """
    context = peers.client_context()
    found = texts(native.blamed("set", context, limit, getattr(ssl.TLSVersion, name)))
    assert any(f"ssl.TLSVersion.{name} is deprecated" in text for text in found)


@pytest.mark.parametrize("name", ["TLSv1_2", "TLSv1_3", "MINIMUM_SUPPORTED", "MAXIMUM_SUPPORTED"])
@pytest.mark.parametrize("limit", ["minimum_version", "maximum_version"])
def test_version_of_today_as_limit_is_not(ssl, peers, native, limit, name):
    """TLS 1.2, TLS 1.3 and "whatever is supported" do not warn.

    library/ssl.html#ssl.TLSVersion
    """
    context = peers.client_context()
    assert native.blamed("set", context, limit, getattr(ssl.TLSVersion, name)) == []


@pytest.mark.parametrize("limit", ["minimum_version", "maximum_version"])
def test_reading_a_limit_does_not_warn(peers, native, limit):
    """Reading the limits of a context does not warn.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = peers.client_context()
    assert native.blamed("get", context, limit) == []
    assert native.blamed("get", context, "options") == []


def test_offering_next_protocols_is_deprecated(ssl, peers):
    """set_npn_protocols() warns before it does anything else.

    library/ssl.html#ssl.SSLContext.set_npn_protocols
    """
    context = peers.client_context()
    with pytest.raises(AttributeError):
        context.set_npn_protocols(["one"])
    with pytest.raises(ssl.SSLError):
        context.set_npn_protocols(["x" * 256])


def test_next_protocol_of_an_object_is_deprecated(peers, native):
    """SSLObject.selected_npn_protocol() warns.

    library/ssl.html#ssl.SSLSocket.selected_npn_protocol
    """
    connected = peers.pair()
    found = texts(native.blamed("call", connected.client.tls, "selected_npn_protocol"))
    assert found[0].startswith("DeprecationWarning: ssl NPN is deprecated")


def test_next_protocol_of_a_socket_is_deprecated(peers, native):
    """SSLSocket.selected_npn_protocol() warns.

    library/ssl.html#ssl.SSLSocket.selected_npn_protocol
    """
    ends = peers.sockets.wrapped()
    found = texts(native.blamed("call", ends.client, "selected_npn_protocol"))
    assert found[0].startswith("DeprecationWarning: ssl NPN is deprecated")


def test_unverified_context_of_an_old_protocol_is_deprecated(ssl, native):
    """_create_unverified_context() of an old protocol warns as the context does.

    The line is that of the module, which makes the context.

    library/ssl.html#ssl.SSLContext
    """
    found = native.blamed("call", ssl, "_create_unverified_context", ssl.PROTOCOL_TLSv1_2)
    assert "ssl.PROTOCOL_TLSv1_2 is deprecated" in str(found[0])


@pytest.mark.parametrize("name", ["DEFAULT", "ALL", "AES128-SHA"])
def test_ciphers_do_not_warn(peers, native, name):
    """set_ciphers() does not warn, however weak the ciphers.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    assert native.blamed("call", peers.client_context(), "set_ciphers", name) == []


def test_deprecation_that_is_an_error_stops_the_call(ssl, peers, native):
    """Where warnings are errors a deprecated call raises, and changes nothing.

    library/warnings.html#warning-filter
    """
    context = peers.client_context()
    before = context.maximum_version
    with pytest.raises(DeprecationWarning):
        native.strictly("set", context, "maximum_version", ssl.TLSVersion.TLSv1)
    assert context.maximum_version == before
    with pytest.raises(DeprecationWarning):
        native.strictly("call", ssl, "SSLContext", ssl.PROTOCOL_TLSv1)


def test_deprecated_option_that_is_an_error_is_not_set(ssl, peers, native):
    """Where warnings are errors, forbidding a version by an option raises and leaves the options.

    library/warnings.html#warning-filter
    """
    context = peers.client_context()
    before = context.options
    with pytest.raises(DeprecationWarning):
        native.strictly("set", context, "options", before | ssl.OP_NO_TLSv1_3)
    assert context.options == before


def test_options_are_left_where_the_warning_is_an_error(ssl, peers, native):
    """Where the warning of a deprecated option is an error no other option is taken away either.

    library/warnings.html#warning-filter
    """
    context = peers.client_context()
    before = context.options
    with pytest.raises(DeprecationWarning):
        native.strictly("set", context, "options", ssl.OP_NO_TLSv1_3)
    assert context.options == before
