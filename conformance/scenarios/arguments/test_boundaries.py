"""Numbers, texts and lists at the limits of what is accepted, and beyond them."""

import pytest

from conformance.peers import attempt_any

VALUE, WRONG, OVERFLOW = "value", "ValueError", "OverflowError"
TLS = "SSLError"

CALLS = [
    (
        "MemoryBIO.read",
        {0: VALUE, 3: VALUE, 2**31 - 1: VALUE, 2**31: OVERFLOW, 2**63: OVERFLOW}
        | {-2: VALUE, -(2**31): VALUE, -(2**31) - 1: OVERFLOW},
    ),
    (
        "SSLObject.read",
        {0: VALUE, 1: "SSLWantReadError", 16384: "SSLWantReadError", 16385: "SSLWantReadError"}
        | {-1: WRONG, -(2**31) - 1: WRONG, 2**63: OVERFLOW, -(2**63) - 1: OVERFLOW},
    ),
    ("SSLContext.set_ecdh_curve", {"": WRONG, "P-256": WRONG, "X25519": VALUE, "X\0": WRONG}),
    (
        "SSLContext.set_ciphers",
        {"": TLS, " ": TLS, "NONE": TLS, "ALL:!ALL": TLS, "TLS_AES_128_GCM_SHA256": TLS}
        | {"x" * 255: TLS, "NONE:ALL": VALUE, "@SECLEVEL=0:ALL": VALUE},
    ),
    ("SSLContext.load_cert_chain", {"": "FileNotFoundError"}),
    ("SSLContext.load_verify_locations", {"": "FileNotFoundError"}),
    ("SSLContext.load_dh_params", {"": "FileNotFoundError"}),
    ("ssl.RAND_bytes", {0: VALUE, 2**31: OVERFLOW}),
    (
        "ssl.cert_time_to_seconds",
        {"Jan  1 00:00:00 1970 GMT": VALUE, "Dec 31 23:59:59 9999 GMT": VALUE}
        | {"Feb 29 00:00:00 2000 GMT": VALUE, "Jan  1 00:00:60 2016 GMT": VALUE}
        | {"jan  1 00:00:00 2016 gmt": VALUE, "Jan  1 00:00:62 2016 GMT": WRONG},
    ),
]

SETTINGS = [
    ("num_tickets", {0: VALUE, 255: VALUE, 256: VALUE, 2**31 - 1: VALUE, 2**63: OVERFLOW}),
    (
        "options",
        {2**31: VALUE, 2**32 - 1: VALUE, 2**32: VALUE, 2**64 - 1: VALUE, 2**64: OVERFLOW},
    ),
    (
        "verify_flags",
        {-1: VALUE, 0: VALUE, 2**32: VALUE, 2**64 - 1: VALUE, 2**64: VALUE}
        | {-(2**63): VALUE, -(2**63) - 1: VALUE},
    ),
    ("verify_mode", {0: VALUE, 1: VALUE, 2: VALUE, 3: WRONG, -1: WRONG}),
    (
        "minimum_version",
        {-3: WRONG, -2: VALUE, -1: VALUE, 0: WRONG, 767: WRONG, 768: VALUE, 772: VALUE, 773: WRONG}
        | {2**31: OVERFLOW},
    ),
    (
        "maximum_version",
        {-3: WRONG, -2: VALUE, -1: VALUE, 0: WRONG, 767: WRONG, 768: VALUE, 772: VALUE, 773: WRONG}
        | {2**31: OVERFLOW},
    ),
]


@pytest.mark.parametrize("name, outcomes", CALLS, ids=[name for name, _ in CALLS])
def test_argument_at_its_ends(peers, name, outcomes):
    """An argument at the limit of its range is accepted, and beyond it refused.

    library/ssl.html#module-ssl
    """
    asked = peers.untouched(name)
    method = name.partition(".")[2]
    found = {value: attempt_any(getattr(asked, method), value) for value in outcomes}
    assert found == outcomes


@pytest.mark.parametrize("name, outcomes", SETTINGS, ids=[name for name, _ in SETTINGS])
def test_setting_at_its_ends(peers, name, outcomes):
    """A setting at the limit of its range is accepted, and beyond it refused.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.untouched(f"SSLContext.{name}")
    found = {}
    for value in outcomes:
        found[value] = attempt_any(setattr, context, name, value)
        if found[value] == VALUE:
            getattr(context, name)
    assert found == outcomes


@pytest.mark.parametrize(
    "names, outcome",
    [
        ([], VALUE),
        ([""], TLS),
        (["a"], VALUE),
        (["a" * 255], VALUE),
        (["a" * 256], TLS),
        (["h2", ""], TLS),
        (["h2", "h2"], VALUE),
        (["a" * 255] * 255, VALUE),
    ],
    ids=["none", "empty", "1", "255", "256", "one-empty", "twice", "many"],
)
def test_protocol_names_have_1_to_255_bytes(peers, names, outcome):
    """A protocol for ALPN has a name of 1 to 255 bytes; any other is an SSLError.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    context = peers.client_context()
    assert attempt_any(context.set_alpn_protocols, names) == outcome


@pytest.mark.parametrize("number", range(-1, 19))
def test_protocol_is_one_of_six(ssl, number):
    """SSLContext() accepts the numbers of existing protocols, and no other number.

    library/ssl.html#ssl.SSLContext
    """
    outcome = attempt_any(ssl.SSLContext, number)
    assert outcome == (VALUE if number in (2, 3, 4, 5, 16, 17) else WRONG)


@pytest.mark.parametrize(
    "hostname",
    [
        "a" * 63,
        ".".join(["a" * 63] * 3 + ["a" * 61]),
        ".".join(["a" * 63] * 4),
        "1.2.3.4",
        "::1",
        "localhost.",
        "*.example",
        "a_b.example",
        "-a.example",
        "xn--nxasmq6b",
        "256.1.1.1",
        "a b",
    ],
)
def test_hostname_is_kept_as_it_is(ssl, peers, hostname):
    """A name or address with labels of at most 63 letters is taken as it is.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=hostname)
    assert client.server_hostname == hostname
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
