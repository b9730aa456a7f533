"""Values that raise when they are converted to a bool or to a number."""

import pytest

SETTINGS = [
    ("check_hostname", "bool"),
    ("post_handshake_auth", "bool"),
    ("hostname_checks_common_name", "bool"),
    ("verify_mode", "index"),
    ("num_tickets", "index"),
]

PARAMETERS = [
    ("SSLContext.get_ca_certs", "bool"),
    ("SSLObject.getpeercert", "bool"),
    ("SSLObject.read", "index"),
    ("MemoryBIO.read", "index"),
    ("ssl.RAND_bytes", "index"),
]
"""A callable, and what it converts its first argument to."""


def refuse():
    """Raise, as such a value does instead of returning its number."""
    raise KeyError("not today")


@pytest.mark.parametrize("name, special", SETTINGS, ids=[name for name, _ in SETTINGS])
def test_setting_passes_it_on(peers, native, name, special):
    """An exception that a value raises passes through, and the setting does not change.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.server_context()
    before = getattr(context, name)
    with pytest.raises(KeyError, match="not today"):
        setattr(context, name, native.answering(special, refuse))
    assert getattr(context, name) == before


@pytest.mark.parametrize("name, special", PARAMETERS, ids=[name for name, _ in PARAMETERS])
def test_parameter_passes_it_on(peers, native, name, special):
    """An exception that an argument raises passes through the call.

    library/ssl.html#module-ssl
    """
    method = getattr(peers.untouched(name), name.partition(".")[2])
    with pytest.raises(KeyError, match="not today"):
        method(native.answering(special, refuse))


def test_side_passes_it_on(ssl, peers, native):
    """An exception that server_side raises passes through wrap_bio().

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.server_context()
    with pytest.raises(KeyError, match="not today"):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), native.answering("bool", refuse))
