"""What Python 3.14 and 3.15 added to the module, and what an older OpenSSL has none of."""

import pytest

from conformance.peers import lacks


@pytest.mark.parametrize(
    "name, since",
    [("HAS_PHA", (3, 14)), ("HAS_PSK_TLS13", (3, 15))],
    ids=["HAS_PHA", "HAS_PSK_TLS13"],
)
def test_newer_capability_is_there(ssl, about, name, since):
    """HAS_PHA and HAS_PSK_TLS13 are True: OpenSSL has TLS 1.3.

    library/ssl.html#ssl.HAS_PHA
    """
    if about.python < since:
        with pytest.raises(AttributeError):
            getattr(ssl, name)
        return
    assert getattr(ssl, name) is True


NEEDED = {
    "get_sigalgs": (3, 4),
    "get_groups": (3, 5),
    "group": (3, 2),
    "client_sigalg": (3, 5),
    "server_sigalg": (3, 5),
}
"""What needs an OpenSSL that is not the oldest, and which."""


@pytest.mark.parametrize("name", NEEDED)
def test_what_openssl_lacks_is_not_implemented(ssl, peers, about, name):
    """What OpenSSL is too old for raises NotImplementedError.

    library/ssl.html#ssl.SSLContext.get_groups
    """
    pair = peers.established()
    owner = {"get_sigalgs": ssl, "get_groups": peers.client_context()}.get(name, pair.client.tls)
    if about.openssl >= NEEDED[name] or lacks(about, owner, name):
        return
    with pytest.raises(NotImplementedError):
        getattr(owner, name)()
