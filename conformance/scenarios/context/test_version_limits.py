"""minimum_version and maximum_version."""

import pytest


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_limit_is_read_as_it_was_set(ssl, peers, native, version):
    """Both limits are read as the TLSVersion they were set to.

    library/ssl.html#ssl.TLSVersion
    """
    context = peers.client_context()
    context.minimum_version = getattr(ssl.TLSVersion, version)
    context.maximum_version = getattr(ssl.TLSVersion, version)
    assert context.minimum_version == getattr(ssl.TLSVersion, version)
    assert context.maximum_version == getattr(ssl.TLSVersion, version)
    assert native.type_name(context.maximum_version) == "TLSVersion"


def test_limits_leave_the_options(ssl, peers):
    """Setting the limits to versions in use changes no option.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = peers.client_context()
    before = context.options
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    assert context.options == before


def test_default_context_is_limited_to_tls_12_and_newer(ssl, peers, about):
    """A default context allows TLS 1.2 to the newest supported.

    A Python that was built with OpenSSL's default suites leaves the lowest version to OpenSSL too.

    library/ssl.html#ssl.create_default_context
    """
    lowest = "MINIMUM_SUPPORTED" if about.default_suites == "openssl" else "TLSv1_2"
    context = peers.client_context()
    # using/configure.html#cmdoption-with-ssl-default-suites
    assert context.minimum_version == getattr(ssl.TLSVersion, lowest)
    assert context.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED


@pytest.mark.parametrize("limit", ["minimum_version", "maximum_version"])
def test_lowest_and_highest_are_names_for_what_is_supported(ssl, peers, limit):
    """Either limit takes MINIMUM_SUPPORTED and MAXIMUM_SUPPORTED.

    library/ssl.html#ssl.TLSVersion.MINIMUM_SUPPORTED
    """
    context = peers.client_context()
    setattr(context, limit, ssl.TLSVersion.MINIMUM_SUPPORTED)
    lowest = getattr(context, limit)
    setattr(context, limit, ssl.TLSVersion.MAXIMUM_SUPPORTED)
    highest = getattr(context, limit)
    if limit == "minimum_version":
        assert lowest == ssl.TLSVersion.MINIMUM_SUPPORTED
        assert highest == ssl.TLSVersion.TLSv1_3
    else:
        assert lowest in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.SSLv3)
        assert highest == ssl.TLSVersion.MAXIMUM_SUPPORTED


def test_limits_may_be_plain_numbers(ssl, peers):
    """A limit may be set to the number of a version on the wire.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = peers.client_context()
    context.maximum_version = 0x0303
    assert context.maximum_version == ssl.TLSVersion.TLSv1_2


def test_oldest_limit_where_it_is_allowed_already(ssl, native):
    """SSLv3 as the lowest limit leaves SSLv3 allowed, however often it is set.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.options = 0
    for _ in range(2):
        context.minimum_version = ssl.TLSVersion.SSLv3
        assert native.number_at(context, "options") == 0


@pytest.mark.parametrize("value", [0x0300, "SSLv3"], ids=str)
def test_oldest_limit_by_number_and_by_name(ssl, native, value):
    """SSLv3 as the lowest limit allows it, as a number and as a member: OP_NO_SSLv3 is cleared.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.options = ssl.OP_NO_SSLv3
    context.minimum_version = ssl.TLSVersion.SSLv3 if value == "SSLv3" else value
    assert native.number_at(context, "options") == 0


@pytest.mark.parametrize("value", [5, 0, -3], ids=str)
def test_unknown_version_is_refused(ssl, peers, value):
    """A number that is not a version raises ValueError and changes nothing.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = peers.client_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ValueError):
        context.minimum_version = value
    with pytest.raises(ValueError):
        context.maximum_version = value
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("value", [None, "TLSv1_2", 1.0], ids=repr)
def test_version_must_be_a_number(peers, value):
    """A limit that is not an integer raises TypeError.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.minimum_version = value


def test_conflicting_limits_are_set_and_fail_in_the_handshake(ssl, peers):
    """A minimum above the maximum is accepted; the handshake then raises SSLError.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    client = peers.client_context()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    assert client.minimum_version == ssl.TLSVersion.TLSv1_3
    assert client.maximum_version == ssl.TLSVersion.TLSv1_2
    fresh = peers.connect(client, peers.server_context())
    with pytest.raises(ssl.SSLError) as caught:
        fresh.client.tls.do_handshake()
    assert caught.value.reason == "NO_PROTOCOLS_AVAILABLE"


@pytest.mark.parametrize("version, name", [("TLSv1_2", "TLSv1.2"), ("TLSv1_3", "TLSv1.3")])
def test_maximum_of_the_server_decides(ssl, peers, version, name):
    """The maximum of one side limits what both agree on.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    server = peers.server_context()
    server.maximum_version = getattr(ssl.TLSVersion, version)
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    assert connected.client.tls.version() == name
    assert connected.server.tls.version() == name


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_versions_cannot_be_had_at_the_default_security_level(ssl, peers, version):
    """A client limited to TLS 1.0 or 1.1 cannot connect at OpenSSL's default security level.

    library/ssl.html#ssl.TLSVersion.TLSv1
    """
    client = peers.client_context()
    client.minimum_version = getattr(ssl.TLSVersion, version)
    client.maximum_version = getattr(ssl.TLSVersion, version)
    server = peers.server_context()
    server.minimum_version = getattr(ssl.TLSVersion, version)
    fresh = peers.connect(client, server)
    outcomes = fresh.handshake_outcomes()
    assert outcomes.client.library == "SSL"
    assert fresh.client.tls.version() is None


@pytest.mark.parametrize("protocol", ["PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "PROTOCOL_TLSv1_2"])
@pytest.mark.parametrize(
    "limit", ["MINIMUM_SUPPORTED", "SSLv3", "TLSv1", "TLSv1_2", "TLSv1_3", "MAXIMUM_SUPPORTED"]
)
def test_limits_of_a_fixed_version_context_cannot_be_set(ssl, protocol, limit):
    """A context of a version-specific protocol refuses to have its limits set, whatever to.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = ssl.SSLContext(getattr(ssl, protocol))
    with pytest.raises(ValueError):
        context.minimum_version = getattr(ssl.TLSVersion, limit)
    with pytest.raises(ValueError):
        context.maximum_version = getattr(ssl.TLSVersion, limit)


@pytest.mark.parametrize("value", ["MINIMUM_SUPPORTED", "SSLv3", "TLSv1", "MAXIMUM_SUPPORTED"])
def test_limit_leaves_the_options_but_for_the_oldest(ssl, value):
    """Only SSLv3 as minimum_version takes OP_NO_SSLv3 away, and no limit another option.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    before = context.options
    assert before & ssl.OP_NO_SSLv3
    context.minimum_version = getattr(ssl.TLSVersion, value)
    assert context.options == (before & ~ssl.OP_NO_SSLv3 if value == "SSLv3" else before)
