"""What counts as true, for every setting and parameter that is on or off."""

import pytest

TRUTHS: dict[str, tuple[object, bool]] = {
    "0": (0, False),
    "2": (2, True),
    "-1": (-1, True),
    "0.0": (0.0, False),
    "0.5": (0.5, True),
    "no text": ("", False),
    "text": ("0", True),
    "no bytes": (b"", False),
    "bytes": (b"\0", True),
    "no items": ([], False),
    "item": ([False], True),
    "tuple": ((), False),
    "dict": ({}, False),
    "None": (None, False),
}
"""A value of each kind, and whether it is true."""

OBJECTS: dict[str, tuple[str, object, bool]] = {
    "bool": ("bool", True, True),
    "no bool": ("bool", False, False),
    "length": ("len", 3, True),
    "no length": ("len", 0, False),
    "neither": ("own_method", None, True),
}
"""A special method of an object, what it returns, and whether the object is true."""

SETTINGS = ["check_hostname", "hostname_checks_common_name", "post_handshake_auth"]


def truths(native):
    """All values by name, and which of them are true."""
    values = {name: value for name, (value, _) in TRUTHS.items()}
    expected = {name: true for name, (_, true) in TRUTHS.items()}
    for name, (special, answer, true) in OBJECTS.items():
        values[name] = native.answering(special, native.returning(answer))
        values[f"old {name}"] = native.answering(special, native.returning(answer), old_style=True)
        expected[name] = expected[f"old {name}"] = true
    return values, expected


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_on_or_off(ssl, native, name):
    """A setting that is on or off is on for whatever is true, and tells True or False.

    library/stdtypes.html#truth-value-testing
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    values, expected = truths(native)
    found = {}
    for kind, value in values.items():
        setattr(context, name, value)
        found[kind] = getattr(context, name)
        setattr(context, name, not found[kind])
    assert found == expected
    assert {type(value) for value in found.values()} == {bool}


def test_form_of_authorities(ssl, native, certificates):
    """get_ca_certs() gives bytes where its argument is true, and dictionaries otherwise.

    library/stdtypes.html#truth-value-testing
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates.other_authority.certificate)
    values, expected = truths(native)
    found = {kind: context.get_ca_certs(value) for kind, value in values.items()}
    assert {kind: isinstance(given[0], bytes) for kind, given in found.items()} == expected


def test_form_of_a_certificate(peers, native):
    """getpeercert() gives bytes where its argument is true, and a dictionary otherwise.

    library/stdtypes.html#truth-value-testing
    """
    client, server = peers.client_context(), peers.server_context("plain")
    connected = peers.connect(client, server)
    connected.handshake()
    values, expected = truths(native)
    found = {kind: connected.client.tls.getpeercert(value) for kind, value in values.items()}
    assert {kind: isinstance(given, bytes) for kind, given in found.items()} == expected


def test_side(ssl, native):
    """wrap_bio() makes a server's side where server_side is true, and a client's otherwise.

    library/stdtypes.html#truth-value-testing
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    values, expected = truths(native)
    found = {
        kind: context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), value).server_side
        for kind, value in values.items()
    }
    assert found == expected
    assert {type(value) for value in found.values()} == {bool}
