"""How many arguments each callable takes, and which of them by keyword."""

from pathlib import Path

import pytest

DH_PARAMETERS = Path(__file__).parent.parent / "context" / "ffdhe2048.pem"

SIGNATURES = [
    ("MemoryBIO.read", 0, 1, {}, {"size": 1, "n": 1, "len": 1}),
    ("MemoryBIO.write", 1, 1, {}, {"b": b"x", "data": b"x", "buf": b"x"}),
    ("MemoryBIO.write_eof", 0, 0, {}, {}),
    ("SSLObject.do_handshake", 0, 0, {}, {"block": True}),
    ("SSLObject.read", 0, 2, {"len": 1, "buffer": bytearray(b"\x00\x00")}, {"size": 1}),
    ("SSLObject.write", 1, 1, {"data": b"x"}, {"b": b"x"}),
    ("SSLObject.unwrap", 0, 0, {}, {}),
    ("SSLObject.pending", 0, 0, {}, {}),
    ("SSLObject.version", 0, 0, {}, {}),
    ("SSLObject.cipher", 0, 0, {}, {}),
    ("SSLObject.compression", 0, 0, {}, {}),
    ("SSLObject.shared_ciphers", 0, 0, {}, {}),
    ("SSLObject.selected_alpn_protocol", 0, 0, {}, {}),
    ("SSLObject.selected_npn_protocol", 0, 0, {}, {}),
    ("SSLObject.getpeercert", 0, 1, {"binary_form": True}, {}),
    ("SSLObject.get_verified_chain", 0, 0, {}, {"binary_form": True}),
    ("SSLObject.get_unverified_chain", 0, 0, {}, {"binary_form": True}),
    ("SSLObject.get_channel_binding", 0, 1, {"cb_type": "tls-unique"}, {}),
    ("SSLObject.verify_client_post_handshake", 0, 0, {}, {}),
    ("SSLContext.cert_store_stats", 0, 0, {}, {}),
    ("SSLContext.session_stats", 0, 0, {}, {}),
    ("SSLContext.get_ciphers", 0, 0, {}, {}),
    ("SSLContext.set_default_verify_paths", 0, 0, {}, {}),
    ("SSLContext.get_ca_certs", 0, 1, {"binary_form": True}, {}),
    (
        "SSLContext.load_cert_chain",
        1,
        3,
        {"certfile": "chain", "keyfile": "key", "password": None},
        {},
    ),
    ("SSLContext.load_dh_params", 1, 1, {}, {"path": "dh"}),
    (
        "SSLContext.load_verify_locations",
        1,
        3,
        {"cafile": "chain", "capath": None, "cadata": None},
        {},
    ),
    ("SSLContext.load_default_certs", 0, 1, {}, {}),
    ("SSLContext.set_alpn_protocols", 1, 1, {"alpn_protocols": ["h2"]}, {}),
    ("SSLContext.set_npn_protocols", 1, 1, {}, {}),
    ("SSLContext.set_ciphers", 1, 1, {}, {"cipherlist": "ALL"}),
    ("SSLContext.set_ecdh_curve", 1, 1, {}, {"name": "prime256v1"}),
    ("SSLContext.set_servername_callback", 1, 1, {"server_name_callback": None}, {}),
    ("SSLContext.set_psk_client_callback", 1, 1, {"callback": None}, {}),
    ("SSLContext.set_psk_server_callback", 1, 2, {"callback": None, "identity_hint": "hint"}, {}),
    ("SSLContext.wrap_bio", 2, 5, {}, {}),
    ("ssl.MemoryBIO", 0, 0, {}, {}),
    ("ssl.RAND_bytes", 1, 1, {}, {"n": 1}),
    ("ssl.RAND_add", 2, 2, {}, {"string": b"x"}),
    ("ssl.RAND_status", 0, 0, {}, {}),
    ("ssl.DER_cert_to_PEM_cert", 1, 1, {"der_cert_bytes": b"x"}, {}),
    ("ssl.PEM_cert_to_DER_cert", 1, 1, {}, {}),
    ("ssl.cert_time_to_seconds", 1, 1, {"cert_time": "Jan  5 09:34:43 2018 GMT"}, {}),
    ("ssl.get_default_verify_paths", 0, 0, {}, {}),
    ("ssl.get_protocol_name", 1, 1, {"protocol_code": 5}, {}),
]
"""A callable, how many arguments it wants and takes, a call that names them all, and names that it
does not take with values that would do by position."""


COUNTED = [(row[0], row[1], row[2], row[4]) for row in SIGNATURES]
NAMED = [(row[0], row[3]) for row in SIGNATURES if row[3]]


@pytest.mark.parametrize(
    "name, least, most, wrong_names", COUNTED, ids=[row[0] for row in SIGNATURES]
)
def test_arguments_are_counted(peers, name, least, most, wrong_names):
    """One argument too few or too many, or an unknown keyword, is a TypeError.

    library/ssl.html#module-ssl
    """
    method = name.partition(".")[2]
    call = getattr(peers.untouched(name), method)
    if least:
        with pytest.raises(TypeError):
            call(*[None] * (least - 1))
    with pytest.raises(TypeError):
        call(*[None] * (most + 1))
    files = {"dh": DH_PARAMETERS}
    for wrong, value in {"nonsense": None, **wrong_names}.items():
        with pytest.raises(TypeError):
            call(**{wrong: files.get(value, value) if isinstance(value, str) else value})


@pytest.mark.parametrize("name, by_name", NAMED, ids=[name for name, _ in NAMED])
def test_arguments_can_be_named(ssl, peers, certificates, name, by_name):
    """Every parameter that the documentation names can be given by keyword.

    library/ssl.html#module-ssl
    """
    method = name.partition(".")[2]
    files = {"chain": certificates.localhost.chain, "key": certificates.localhost.key}
    given = {
        key: files.get(value, value) if isinstance(value, str) else value
        for key, value in by_name.items()
    }
    refused = None
    try:
        getattr(peers.untouched(name), method)(**given)
    except (ssl.SSLWantReadError, ValueError) as error:  # nothing happened yet: no data, no peer
        refused = error
    assert not isinstance(refused, TypeError)


@pytest.mark.parametrize("keyword", [False, True], ids=["positional", "keyword"])
def test_context_ignores_what_it_does_not_know(ssl, native, keyword):
    """SSLContext() leaves arguments after the protocol to subclasses, and ignores them itself.

    library/ssl.html#ssl.SSLContext
    """
    if keyword:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS, colour="blue")
    else:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS, "blue")
    assert native.integer(made.protocol) == 2


def test_default_context_takes_but_its_purpose_by_name(ssl, certificates):
    """create_default_context() takes its purpose by position or name, all else by name.

    library/ssl.html#ssl.create_default_context
    """
    authority = certificates.authority.certificate
    made = ssl.create_default_context(
        purpose=ssl.Purpose.SERVER_AUTH, cafile=authority, capath=None, cadata=None
    )
    assert made.cert_store_stats()["x509_ca"] == 1
    with pytest.raises(TypeError):
        ssl.create_default_context(ssl.Purpose.SERVER_AUTH, authority)
    with pytest.raises(TypeError):
        ssl.create_default_context(protocol=ssl.PROTOCOL_TLS)
