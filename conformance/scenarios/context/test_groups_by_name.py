"""set_groups() and get_groups(), which choose and list the groups of the key agreement."""

import pytest

from conformance.peers import both_versions, lacks

UNKNOWN = ["nonsense", ":", "P-256:nonsense", "nönsense", "prime256v1,P-384"]
IDS = ["unknown", "nothing", "one of two", "no ASCII", "comma"]


@pytest.mark.parametrize(
    "given, told",
    [
        ("P-256", "secp256r1"),
        ("secp384r1", "secp384r1"),
        ("x25519", "x25519"),
        ("X448", "x448"),
        ("ffdhe2048", "ffdhe2048"),
    ],
)
def test_client_s_group_is_agreed_on(peers, about, given, told):
    """A TLS 1.3 connection agrees on the only group of the client, whatever its name is.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context(version="TLSv1.3")
    if lacks(about, client, "set_groups", given):
        return
    assert client.set_groups(given) is None
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.client.tls.group() == told
    assert pair.server.tls.group() == told


@both_versions
def test_server_s_group_is_agreed_on(peers, about, version):
    """A connection agrees on the only group of the server, in TLS 1.2 as in 1.3.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context(version=version)
    server = peers.server_context()
    if lacks(about, server, "set_groups", "P-256"):
        return
    server.set_groups("P-256")
    pair = peers.connect(client, server)
    pair.handshake()
    assert pair.client.tls.group() == "secp256r1"
    assert pair.server.tls.group() == "secp256r1"


def test_group_of_two_kinds_is_agreed_on(peers, about):
    """A group may be one of two kinds together, against computers to come.

    man:SSL_CTX_set1_groups_list(3)
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", "X25519MLKEM768"):
        return
    client.set_groups("X25519MLKEM768")
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.server.tls.group() == "X25519MLKEM768"


@both_versions
def test_sides_without_a_common_group_do_not_connect(ssl, peers, about, version):
    """A client and a server with different groups do not connect.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context(version=version)
    server = peers.server_context()
    if lacks(about, client, "set_groups", "X25519"):
        return
    client.set_ciphers("ECDHE+AESGCM")
    client.set_groups("X25519")
    server.set_groups("P-384")
    outcomes = peers.connect(client, server).handshake_outcomes()
    assert isinstance(outcomes.client, ssl.SSLError)
    assert isinstance(outcomes.server, ssl.SSLError)


@pytest.mark.parametrize("order", ["X25519:P-256:P-384", "P-384:P-256:X25519"])
def test_one_of_several_is_agreed_on(peers, about, order):
    """Of several groups that both sides have, one is agreed on, and both sides name it.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context()
    server = peers.server_context()
    if lacks(about, client, "set_groups", order):
        return
    client.set_groups(order)
    server.set_groups("P-256:P-384")
    pair = peers.connect(client, server)
    pair.handshake()
    assert pair.client.tls.group() in ("secp256r1", "secp384r1")
    assert pair.server.tls.group() == pair.client.tls.group()


def test_last_choice_counts(peers, about):
    """set_groups() and set_ecdh_curve() replace what was chosen before.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", "P-384"):
        return
    chosen = []
    for choose, group in (("set_groups", "P-384"), ("set_ecdh_curve", "X25519")):
        getattr(client, choose)(group)
        pair = peers.connect(client, peers.server_context())
        pair.handshake()
        chosen.append(pair.client.tls.group())
    assert chosen == ["secp384r1", "x25519"]


def test_choice_is_for_connections_to_come(peers, about):
    """set_groups() after wrap_bio() does not change the handshake of that object.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", "P-256"):
        return
    client.set_groups("P-256")
    pair = peers.connect(client, peers.server_context())
    client.set_groups("P-384")
    pair.handshake()
    assert pair.client.tls.group() == "secp256r1"


@pytest.mark.parametrize("groups", UNKNOWN, ids=IDS)
def test_unknown_group_is_refused(ssl, peers, about, groups):
    """A list with a group that OpenSSL does not know is an SSLError and changes nothing.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", groups):
        return
    client.set_groups("P-384")
    with pytest.raises(ssl.SSLError, match="unrecognized group"):
        client.set_groups(groups)
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.client.tls.group() == "secp384r1"


def test_unknown_group_may_be_left_out(peers, about):
    """A group behind a question mark may be unknown.

    man:SSL_CTX_set1_groups_list(3)
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", "?nonsense:P-384"):
        return
    client.set_groups("?nonsense:P-384")
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.client.tls.group() == "secp384r1"


@pytest.mark.parametrize("groups", ["P-256:P-256", " P-256"], ids=["twice", "space"])
def test_odd_list_is_taken(peers, about, groups):
    """A list that names a group twice and one with a space are taken.

    man:SSL_CTX_set1_groups_list(3)
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", groups):
        return
    assert client.set_groups(groups) is None
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    assert pair.client.tls.group() == "secp256r1"


def test_empty_list_is_taken_and_connects_to_nobody(ssl, peers, about):
    """An empty list of groups is taken; a client without groups does not begin.

    man:SSL_CTX_set1_groups_list(3)
    """
    client = peers.client_context()
    if lacks(about, client, "set_groups", ""):
        return
    assert client.set_groups("") is None
    pair = peers.connect(client, peers.server_context())
    with pytest.raises(ssl.SSLError) as caught:
        pair.client.step()
    assert caught.value.reason == "NO_SUITABLE_GROUPS"


def test_groups_are_listed(peers, about):
    """get_groups() lists the names of the groups that OpenSSL has, each once.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    context = peers.client_context()
    if lacks(about, context, "set_groups", "P-256"):
        return
    groups = context.get_groups()
    assert {"secp256r1", "x25519", "ffdhe2048"} < set(groups)
    assert "P-256" not in groups
    assert len(groups) == len(set(groups))


def test_other_names_are_listed_where_wanted(peers, about):
    """get_groups(include_aliases=True) lists the other names of groups as well.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    context = peers.client_context()
    if lacks(about, context, "set_groups", "P-256"):
        return
    names = context.get_groups(include_aliases=True)
    assert {"secp256r1", "P-256"} < set(names)
    assert set(context.get_groups(include_aliases=False)) < set(names)
    assert context.get_groups(include_aliases=[]) == context.get_groups()
    assert context.get_groups(include_aliases="yes") == names


def test_versions_decide_what_is_listed(ssl, peers, about):
    """get_groups() lists what minimum_version and maximum_version leave.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    newer = peers.client_context()
    if lacks(about, newer, "set_groups", "P-256"):
        return
    newer.minimum_version = ssl.TLSVersion.TLSv1_3
    older = peers.client_context()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    assert "secp256k1" in older.get_groups()
    assert "secp256k1" not in newer.get_groups()
    assert "ffdhe2048" in newer.get_groups()


def test_choice_does_not_change_what_is_listed(peers, about):
    """get_groups() lists what there is, whatever set_groups() has chosen.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    context = peers.server_context()
    if lacks(about, context, "set_groups", "P-256"):
        return
    before = context.get_groups()
    context.set_groups("P-256")
    assert context.get_groups() == before


def test_listed_groups_can_be_chosen(peers, about):
    """What get_groups() lists, other names too, is taken by set_groups().

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context = peers.server_context()
    if lacks(about, context, "set_groups", "P-256"):
        return
    for name in context.get_groups(include_aliases=True):
        assert context.set_groups(name) is None
