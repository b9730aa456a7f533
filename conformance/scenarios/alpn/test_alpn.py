"""Application-layer protocol negotiation over BIOs."""

import pytest

from conformance.peers import both_sides, both_versions, deliver


def negotiating(peers, offered, supported):
    """A pair that offers and supports the protocols; ``None`` leaves a side without any."""
    client = peers.client_context()
    if offered is not None:
        client.set_alpn_protocols(offered)
    server = peers.server_context()
    if supported is not None:
        server.set_alpn_protocols(supported)
    return peers.connect(client, server)


@pytest.mark.parametrize(
    "offered, supported, agreed",
    [
        (["http/1.1"], ["http/1.1"], "http/1.1"),
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["h2", "http/1.1"], ["http/1.1", "h2"], "http/1.1"),
        (["http/1.1", "h2"], ["h2", "http/1.1"], "h2"),
        (["a", "b", "c"], ["x", "c", "a"], "c"),
    ],
    ids=["only one", "one of two", "server order 1", "server order 2", "first shared"],
)
def test_server_picks_its_first_that_the_client_offers(peers, offered, supported, agreed):
    """Both sides report the first of the server's protocols that the client offers.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    connected = negotiating(peers, offered, supported)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == agreed
    assert connected.server.tls.selected_alpn_protocol() == agreed


@pytest.mark.parametrize(
    "offered, supported",
    [(["h2"], ["http/1.1"]), (["h2"], None), (None, ["h2"]), (None, None)],
    ids=["no overlap", "client only", "server only", "nobody"],
)
def test_without_agreement_the_handshake_goes_on(peers, offered, supported):
    """Without a protocol in common the handshake succeeds and both sides report None.

    library/ssl.html#ssl.SSLSocket.selected_alpn_protocol
    """
    connected = negotiating(peers, offered, supported)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() is None
    assert connected.server.tls.selected_alpn_protocol() is None


@both_versions
def test_agreement_does_not_depend_on_the_version(peers, version):
    """ALPN works in TLS 1.2 and 1.3 alike.

    rfc7301#section-3.1
    """
    client = peers.client_context(version=version)
    client.set_alpn_protocols(["h2", "http/1.1"])
    server = peers.server_context()
    server.set_alpn_protocols(["http/1.1"])
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == "http/1.1"
    assert connected.server.tls.selected_alpn_protocol() == "http/1.1"


def test_nothing_is_selected_before_the_handshake(peers):
    """selected_alpn_protocol() is None until the server has answered.

    library/ssl.html#ssl.SSLSocket.selected_alpn_protocol
    """
    fresh = negotiating(peers, ["h2"], ["h2"])
    assert fresh.client.tls.selected_alpn_protocol() is None
    assert fresh.server.tls.selected_alpn_protocol() is None
    fresh.client.step()
    assert fresh.client.tls.selected_alpn_protocol() is None


def test_server_knows_first(peers):
    """The server reports the selected protocol once it has read the hello, the client later.

    rfc7301#section-3.1
    """
    fresh = negotiating(peers, ["h2"], ["h2"])
    fresh.client.step()
    deliver(fresh.client, fresh.server)
    fresh.server.step()
    assert fresh.server.tls.selected_alpn_protocol() == "h2"
    assert fresh.client.tls.selected_alpn_protocol() is None


@pytest.mark.parametrize(
    "protocols",
    [[""], ["a" * 256], ["ok", ""]],
    ids=["empty name", "long name", "empty among others"],
)
def test_name_must_have_1_to_255_bytes(ssl, peers, protocols):
    """set_alpn_protocols() raises SSLError for a name of no or more than 255 bytes.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    with pytest.raises(ssl.SSLError, match="must be 1 to 255 in length"):
        peers.client_context().set_alpn_protocols(protocols)


def test_name_of_255_bytes_is_agreed_on(peers):
    """A protocol name of 255 bytes, the longest there is, works.

    rfc7301#section-3.1
    """
    connected = negotiating(peers, ["a" * 255], ["a" * 255])
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == "a" * 255


def test_empty_list_offers_nothing(peers):
    """set_alpn_protocols([]) is accepted and nothing is negotiated.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    connected = negotiating(peers, [], ["h2"])
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() is None
    assert connected.server.tls.selected_alpn_protocol() is None


@both_sides
def test_empty_list_takes_a_list_back(peers, side):
    """set_alpn_protocols([]) after another list leaves nothing to be offered, or chosen from.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client, server = peers.contexts()
    client.set_alpn_protocols(["h2"])
    server.set_alpn_protocols(["h2"])
    context = client if side == "client" else server
    context.set_alpn_protocols([])
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() is None


def test_later_list_replaces_the_earlier(peers):
    """The last list that was set is the one that counts.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = peers.client_context()
    client.set_alpn_protocols(["h2"])
    client.set_alpn_protocols(["http/1.1"])
    server = peers.server_context()
    server.set_alpn_protocols(["h2", "http/1.1"])
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize("protocols", ["h2", ("h2", "http/1.1")], ids=["string", "tuple"])
def test_any_iterable_of_strings_will_do(peers, protocols):
    """set_alpn_protocols() takes any iterable of strings, so a string is its characters.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    connected = negotiating(peers, protocols, ["2", "http/1.1"])
    connected.handshake()
    expected = "2" if protocols == "h2" else "http/1.1"
    assert connected.client.tls.selected_alpn_protocol() == expected


@pytest.mark.parametrize("protocols", [None, 1, [1], [None]], ids=repr)
def test_protocols_of_a_wrong_type_are_refused(peers, protocols):
    """set_alpn_protocols() raises for what is not an iterable of strings.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    with pytest.raises((TypeError, ValueError)):
        peers.client_context().set_alpn_protocols(protocols)


@pytest.mark.parametrize("protocols", [["h\xe9"], ["h\u20ac"]], ids=["latin", "euro"])
def test_name_must_be_ascii(peers, protocols):
    """set_alpn_protocols() raises UnicodeEncodeError for a name beyond ASCII.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    with pytest.raises(UnicodeEncodeError):
        peers.client_context().set_alpn_protocols(protocols)


@pytest.mark.parametrize("protocols", [[b"h2"]], ids=["bytes"])
def test_name_must_be_text(peers, protocols):
    """set_alpn_protocols() raises TypeError for a name of bytes.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    with pytest.raises(TypeError):
        peers.client_context().set_alpn_protocols(protocols)


def test_offer_of_a_client_is_taken_when_the_object_is_made(peers):
    """set_alpn_protocols() after wrap_bio() does not change what that client offers.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = peers.client_context()
    server = peers.server_context()
    server.set_alpn_protocols(["h2"])
    connected = peers.connect(client, server)
    client.set_alpn_protocols(["h2"])
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() is None


def test_choice_of_a_server_is_made_at_the_hello(peers):
    """set_alpn_protocols() after wrap_bio() does change what that server selects.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client = peers.client_context()
    client.set_alpn_protocols(["h2", "http/1.1"])
    server = peers.server_context()
    connected = peers.connect(client, server)
    server.set_alpn_protocols(["http/1.1"])
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == "http/1.1"


def test_module_says_alpn_is_there(ssl):
    """HAS_ALPN is true and HAS_NPN is false.

    library/ssl.html#ssl.HAS_ALPN
    """
    assert ssl.HAS_ALPN is True
    assert ssl.HAS_NPN is False


def test_next_protocol_negotiation_selects_nothing(peers):
    """selected_npn_protocol() is None on both sides.

    library/ssl.html#ssl.SSLSocket.selected_npn_protocol
    """
    connected = peers.pair()
    connected.handshake()
    assert connected.client.tls.selected_npn_protocol() is None
    assert connected.server.tls.selected_npn_protocol() is None
