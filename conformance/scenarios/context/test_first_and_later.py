"""Lists of certificates, ciphers and protocols: what the first item, and a later one, decides."""

import pytest

from conformance.peers import attempt_any

FILES = {
    "broken last": (["authority", "broken"], 0),
    "broken first": (["broken", "authority"], 0),
    "broken between": (["authority", "broken", "other"], 0),
    "garbage between": (["authority", "garbage", "other"], 2),
    "key between": (["authority", "key", "other"], 2),
    "twice and another": (["authority", "authority", "other"], 2),
    "another between": (["authority", "other", "authority", "leaf"], 3),
    "list between": (["authority", "revocations", "other"], 2),
}
"""What a file is made of, and how many certificates of it are loaded: none where it is refused."""

DATA = {
    "broken last": (["authority", "broken"], 1),
    "broken first": (["broken", "authority"], 0),
    "broken between": (["authority", "broken", "other"], 1),
    "garbage between": (["authority", "garbage", "other"], 2),
    "twice and another": (["authority", "authority", "other"], 2),
    "another between": (["authority", "other", "authority", "leaf"], 3),
}
"""The same of cadata, of which everything before the broken certificate is loaded."""


def parts(certificates):
    """The file of each part by name."""
    return {
        "authority": certificates.authority.certificate,
        "other": certificates.other_authority.certificate,
        "leaf": certificates.localhost.certificate,
        "key": certificates.localhost.key,
        "broken": certificates.broken,
        "garbage": certificates.garbage,
        "revocations": certificates.revocations,
    }


@pytest.mark.parametrize("made_of", FILES)
def test_file_of_several(ssl, native, certificates, made_of):
    """A cafile is loaded whole, or not at all where one of its certificates cannot be read.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    names, count = FILES[made_of]
    files = [parts(certificates)[name] for name in names]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outcome = attempt_any(context.load_verify_locations, native.joined("several.pem", *files))
    assert outcome == ("SSLError" if "broken" in names else "value")
    assert context.cert_store_stats()["x509"] == count


@pytest.mark.parametrize("made_of", DATA)
def test_data_of_several(ssl, certificates, made_of):
    """Of cadata all is loaded that comes before a certificate that cannot be read.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    names, count = DATA[made_of]
    data = "".join(parts(certificates)[name].read_text("ascii") for name in names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outcome = attempt_any(context.load_verify_locations, None, None, data)
    assert outcome == ("SSLError" if "broken" in names else "value")
    assert context.cert_store_stats()["x509"] == count


SOURCES = {
    "data, then no file": ("no/such", None, True, "FileNotFoundError", 1),
    "data, then no file and a folder": ("no/such", "folder", True, "FileNotFoundError", 1),
    "file, and data that is none": ("file", None, "none", "SSLError", 0),
    "file, and data of a wrong type": ("file", None, 1, "TypeError", 0),
    "file, and a folder with NUL": ("file", "nul\0", None, "ValueError", 0),
    "data, and a folder of a wrong type": (None, 1, True, "TypeError", 0),
    "data, and a file of a wrong type": (1, None, True, "TypeError", 0),
}
"""cafile, capath, cadata (True for an authority), what they raise, how many are loaded then."""


@pytest.mark.parametrize("given", SOURCES)
def test_one_source_of_several_fails(ssl, certificates, given):
    """Types are checked first; then cadata is loaded, and a cafile that fails does not undo that.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    cafile, capath, cadata, outcome, count = SOURCES[given]
    if cafile == "file":
        cafile = certificates.other_authority.certificate
    if capath == "folder":
        capath = certificates.capath
    if cadata is True:
        cadata = certificates.authority.pem
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert attempt_any(context.load_verify_locations, cafile, capath, cadata) == outcome
    assert context.cert_store_stats()["x509"] == count
    context.load_verify_locations(certificates.bundle)
    assert context.cert_store_stats()["x509"] == 2


CHAINS = {
    "authority last": (["leaf", "authority"], ["leaf", "authority"]),
    "twice": (["leaf", "leaf"], ["leaf", "leaf"]),
    "stranger last": (["leaf", "other"], ["leaf", "other"]),
    "garbage between": (["leaf", "garbage", "authority"], ["leaf", "authority"]),
    "key between": (["leaf", "key", "authority"], ["leaf", "authority"]),
    "broken last": (["leaf", "broken"], None),
    "broken first": (["broken", "leaf"], None),
    "broken between": (["leaf", "broken", "authority"], None),
}
"""What a chain is made of, and what of it a server sends; None where it is refused."""


@pytest.mark.parametrize("made_of", CHAINS)
def test_chain_of_several(ssl, peers, native, certificates, made_of):
    """A server sends its chain whole and as it stands, or load_cert_chain() refuses it.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    names, sent = CHAINS[made_of]
    identity = certificates.localhost
    chain = native.joined("chain.pem", *(parts(certificates)[name] for name in names))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    outcome = attempt_any(server.load_cert_chain, chain, identity.key)
    assert outcome == ("value" if sent else "SSLError")
    if sent is None:
        server.load_cert_chain(identity.chain, identity.key)
        sent = ["leaf"]
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    ders = {
        "leaf": identity.der,
        "authority": certificates.authority.der,
        "other": certificates.other_authority.der,
    }
    assert connected.client.tls.get_unverified_chain() == [ders[name] for name in sent]


ONE, OTHER = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"

CIPHERS = {
    f"{ONE}:none": [ONE],
    f"none:{ONE}": [ONE],
    f":{ONE}:": [ONE],
    f"{ONE},{OTHER} {ONE}": [ONE, OTHER],
    f"{OTHER}:{ONE}:{OTHER}": [OTHER, ONE],
    f"{ONE}:{OTHER}:@STRENGTH": [OTHER, ONE],
    f"{ONE}:{OTHER}:!{ONE}": [OTHER],
    f"{ONE}:{OTHER}:+{ONE}": [OTHER, ONE],
    f"-{ONE}:{OTHER}": [OTHER],
}
"""A list of ciphers, and which of TLS 1.2 it selects, in their order."""


@pytest.mark.parametrize("text", CIPHERS, ids=range(len(CIPHERS)))
def test_ciphers_of_several(ssl, text):
    """An unknown name in a list of ciphers does not matter, wherever it stands.

    man:openssl-ciphers(1)
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(text)
    ciphers = context.get_ciphers()
    assert [each["name"] for each in ciphers if each["protocol"] != "TLSv1.3"] == CIPHERS[text]


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize(
    "wrong, outcome",
    [("", "SSLError"), ("x" * 256, "SSLError"), (1, "TypeError"), (None, "TypeError")],
    ids=["empty", "long", "number", "None"],
)
def test_protocol_that_is_wrong(peers, position, wrong, outcome):
    """A wrong name is refused wherever in a list of protocols it stands, and sets none of them.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client, server = peers.contexts()
    server.set_alpn_protocols(["one", "other"])
    protocols = ["one", "other"]
    protocols.insert(position, wrong)
    assert attempt_any(client.set_alpn_protocols, protocols) == outcome
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() is None
