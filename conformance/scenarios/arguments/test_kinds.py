"""Which kinds of values each parameter and setting accepts, and how it refuses others."""

import pytest

from conformance.peers import attempt_any

KINDS = {
    "None": None,
    "True": True,
    "3": 3,
    "-1": -1,
    "huge": 2**70,
    "1.5": 1.5,
    "text": "x",
    "bytes": b"x",
    "bytearray": bytearray(b"x"),
    "list": [],
    "tuple": (),
    "dict": {},
}
"""A value of each kind; "text" is made native, so that it is not bytes on 2.7 either."""

PARAMETERS = [
    ("MemoryBIO.read", (), "", {"value": "True 3 -1", "OverflowError": "huge"}),
    ("MemoryBIO.write", (), "", {"value": "bytes bytearray"}),
    (
        "SSLObject.read",
        (),
        "",
        {"SSLWantReadError": "True 3", "ValueError": "-1", "OverflowError": "huge"},
    ),
    ("SSLObject.read", (1,), "", {"SSLWantReadError": "None bytearray"}),
    ("SSLObject.write", (), "", {"SSLWantReadError": "bytes bytearray"}),
    ("SSLObject.getpeercert", (), "", {"ValueError": " ".join(KINDS)}),
    ("SSLObject.get_channel_binding", (), "bytes", {"ValueError": "text"}),
    ("SSLContext.load_cert_chain", (), "", {"FileNotFoundError": "text bytes"}),
    (
        "SSLContext.load_cert_chain",
        ("chain",),
        "",
        {"FileNotFoundError": "text bytes", "SSLError": "None"},
    ),
    (
        "SSLContext.load_cert_chain",
        ("chain", "key"),
        "",
        {"value": "None text bytes bytearray"},
    ),
    ("SSLContext.load_dh_params", (), "", {"FileNotFoundError": "text bytes"}),
    ("SSLContext.load_verify_locations", (), "", {"FileNotFoundError": "text bytes"}),
    ("SSLContext.load_verify_locations", (None,), "", {"value": "text bytes"}),
    ("SSLContext.load_verify_locations", (None, None), "text bytes", {"SSLError": "bytearray"}),
    ("SSLContext.load_default_certs", (), "", {}),
    ("SSLContext.set_ciphers", (), "bytes", {"SSLError": "text"}),
    ("SSLContext.set_alpn_protocols", (), "text bytes", {"value": "list tuple dict"}),
    (
        "SSLContext.set_npn_protocols",
        (),
        "text bytes bytearray",
        {"AttributeError": "list tuple dict"},
    ),
    ("SSLContext.set_ecdh_curve", (), "", {"ValueError": "text bytes"}),
    ("SSLContext.set_psk_client_callback", (), "", {"value": "None"}),
    ("SSLContext.set_psk_server_callback", (), "", {"value": "None"}),
    ("SSLContext.set_psk_server_callback", (None,), "bytes", {"value": "None text"}),
    ("SSLContext.set_servername_callback", (), "", {"value": "None"}),
    ("SSLContext.get_ca_certs", (), "", {"value": " ".join(KINDS)}),
    (
        "ssl.RAND_bytes",
        (),
        "True 3",
        {"ValueError": "-1", "OverflowError": "huge"},
    ),
    ("ssl.RAND_add", (b"x",), "", {"value": "True 3 -1 huge 1.5"}),
    ("ssl.DER_cert_to_PEM_cert", (), "text", {"value": "bytes bytearray"}),
    ("ssl.create_default_context", (), "", {}),
]
"""A callable, what comes before the parameter, kinds not to ask, what is raised for which kinds.

Not asked is what 2.7 and 3 cannot have in common, and where what comes out is random. "value" is
where a kind is taken; it is TypeError for all that are not named.
"""

SETTINGS = [
    ("verify_mode", "", {"value": "True", "ValueError": "3 -1", "OverflowError": "huge"}),
    ("options", "", {"value": "True 3", "OverflowError": "-1 huge"}),
    (
        "minimum_version",
        "",
        {"value": "-1", "ValueError": "True 3", "OverflowError": "huge"},
    ),
    (
        "maximum_version",
        "",
        {"value": "-1", "ValueError": "True 3", "OverflowError": "huge"},
    ),
    ("num_tickets", "", {"value": "True 3", "ValueError": "-1", "OverflowError": "huge"}),
    ("keylog_filename", "text bytes bytearray", {"value": "None"}),
    ("sni_callback", "", {"value": "None"}),
    ("check_hostname", "", {"value": " ".join(KINDS)}),
    ("hostname_checks_common_name", "", {"value": " ".join(KINDS)}),
    ("post_handshake_auth", "", {"value": " ".join(KINDS)}),
]


def expected(outcomes, kind):
    """Return the expected outcome for a kind."""
    return next((name for name, kinds in outcomes.items() if kind in kinds.split()), "TypeError")


@pytest.mark.parametrize(
    "name, before, skipped, outcomes",
    PARAMETERS,
    ids=[f"{name}-{len(before) + 1}" for name, before, _, _ in PARAMETERS],
)
def test_parameter_takes(peers, native, certificates, name, before, skipped, outcomes):
    """A parameter accepts values of its kinds, and refuses others with the documented exception.

    library/ssl.html#module-ssl
    """
    method = name.partition(".")[2]
    asked = peers.untouched(name)
    files = {"chain": certificates.localhost.chain, "key": certificates.localhost.key}
    before = [files.get(value, value) for value in before]
    found = {}
    for kind in [kind for kind in KINDS if kind not in skipped.split()]:
        value = native.unicode("x") if kind == "text" else KINDS[kind]
        found[kind] = attempt_any(getattr(asked, method), *before, value)
    assert found == {kind: expected(outcomes, kind) for kind in found}


@pytest.mark.parametrize("name, skipped, outcomes", SETTINGS, ids=[name for name, _, _ in SETTINGS])
def test_setting_takes(ssl, peers, native, about, name, skipped, outcomes):
    """A setting of a context accepts values of its kinds, and refuses all others.

    Since Python 3.14 a negative number for options is a ValueError (gh-132987).

    library/ssl.html#ssl.SSLContext
    """
    context = peers.server_context()
    if name.endswith("_version"):
        setattr(context, name, ssl.TLSVersion.TLSv1_2)
    found = {}
    for kind in [kind for kind in KINDS if kind not in skipped.split()]:
        value = native.unicode("x") if kind == "text" else KINDS[kind]
        found[kind] = attempt_any(setattr, context, name, value)
        getattr(context, name)
    if name == "options" and about.python >= (3, 14):
        outcomes = {"value": "True 3", "ValueError": "-1", "OverflowError": "huge"}
    assert found == {kind: expected(outcomes, kind) for kind in found}
