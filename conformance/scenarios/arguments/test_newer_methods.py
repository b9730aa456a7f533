"""What the methods that Python 3.15 brought take as arguments, and how they refuse others."""

import pytest

from conformance.peers import attempt_any, lacks

SETTERS = ("set_ciphersuites", "set_client_sigalgs", "set_groups", "set_server_sigalgs")
GETTERS = ("group", "client_sigalg", "server_sigalg")

NOT_TEXT = {
    "None": None,
    "True": True,
    "3": 3,
    "huge": 2**70,
    "1.5": 1.5,
    "bytearray": bytearray(b"P-256"),
    "list": ["P-256"],
    "tuple": ("P-256",),
    "dict": {"P-256": 1},
}
"""A value of each kind that no implementation takes for text."""


@pytest.mark.parametrize("name", SETTERS)
def test_list_of_names_must_be_text(peers, about, name):
    """A list of names is one text: anything else is a TypeError.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context = peers.server_context()
    if lacks(about, context, name, None):
        return
    for value in NOT_TEXT.values():
        assert attempt_any(getattr(context, name), value) == "TypeError"


@pytest.mark.parametrize("name", SETTERS)
def test_list_of_names_in_bytes_is_refused(peers, about, name):
    """A list of names in bytes is a TypeError.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context = peers.server_context()
    if lacks(about, context, name, b"nonsense"):
        return
    with pytest.raises(TypeError):
        getattr(context, name)(b"nonsense")


@pytest.mark.parametrize("name", SETTERS)
def test_list_of_names_with_a_nul_is_refused(peers, native, about, name):
    """Text with a NUL character is a ValueError.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context = peers.server_context()
    if lacks(about, context, name, native.unicode("a\0")):
        return
    for text in ("P-256\0", "\0", "TLS_AES_128_GCM_SHA256\0:x"):
        with pytest.raises(ValueError):
            getattr(context, name)(native.unicode(text))


@pytest.mark.parametrize("name", SETTERS)
def test_half_a_character_is_refused(ssl, peers, native, about, name):
    """Text with a lone surrogate names nothing and is refused.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context = peers.server_context()
    if lacks(about, context, name, native.unicode("\udc80")):
        return
    with pytest.raises((UnicodeError, ssl.SSLError)):
        getattr(context, name)(native.unicode("\udc80"))


@pytest.mark.parametrize(
    "name, given",
    [
        ("set_ciphersuites", "TLS_AES_128_GCM_SHA256"),
        ("set_client_sigalgs", "ed25519"),
        ("set_groups", "P-256"),
        ("set_server_sigalgs", "ed25519"),
    ],
)
def test_list_of_names_has_one_place_and_no_name(peers, native, about, name, given):
    """A setter of names takes one argument, by position: all else is a TypeError.

    library/ssl.html#ssl.SSLContext.set_groups
    """
    context = peers.server_context()
    if lacks(about, context, name, given):
        return
    method = getattr(context, name)
    assert method(native.unicode(given)) is None
    assert attempt_any(method) == "TypeError"
    assert attempt_any(method, given, given) == "TypeError"
    for keyword in ("groups", "grouplist", "ciphersuites", "sigalgs", "sigalgslist"):
        with pytest.raises(TypeError):
            method(**{keyword: given})


def test_get_groups_takes_one_switch_by_name(peers, native, about):
    """get_groups() takes include_aliases by name only, and any value for a switch.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    context = peers.server_context()
    if lacks(about, context, "get_groups", True):
        return
    fewer, more = context.get_groups(), context.get_groups(include_aliases=True)
    for false in (None, 0, "", [], 0.0):
        assert context.get_groups(include_aliases=false) == fewer
    for true in (1, "x", [0], -1, 2**70):
        assert context.get_groups(include_aliases=true) == more
    for name, true in (("bool", True), ("len", 3), ("bool", False), ("len", 0)):
        given = native.answering(name, native.returning(true))
        assert context.get_groups(include_aliases=given) == (more if true else fewer)
    with pytest.raises(KeyError):
        context.get_groups(include_aliases=native.answering("bool", native.raising_callback()))
    assert attempt_any(context.get_groups, True) == "TypeError"
    assert attempt_any(context.get_groups, None, None) == "TypeError"
    for keywords in ({"aliases": True}, {"include_aliases": True, "nonsense": 1}):
        with pytest.raises(TypeError):
            context.get_groups(**keywords)


@pytest.mark.parametrize("name", GETTERS)
def test_getters_take_nothing(peers, about, name):
    """group(), client_sigalg() and server_sigalg() take no arguments.

    library/ssl.html#ssl.SSLSocket.group
    """
    made = peers.established().client.tls
    if lacks(about, made, name, 1):
        return
    assert attempt_any(getattr(made, name), 1) == "TypeError"
    with pytest.raises(TypeError):
        getattr(made, name)(nonsense=1)


def test_get_sigalgs_takes_nothing(ssl, about):
    """get_sigalgs() takes no arguments.

    library/ssl.html#ssl.get_sigalgs
    """
    if lacks(about, ssl, "get_sigalgs", 1):
        return
    assert attempt_any(ssl.get_sigalgs, 1) == "TypeError"
    with pytest.raises(TypeError):
        ssl.get_sigalgs(nonsense=1)
