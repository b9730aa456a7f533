"""The surface of the module: every name, what it is, its members, parameters and defaults.

The names are found by introspection, so that a new name shows by itself.
"""

import string

import pytest

CLASSES = ["MemoryBIO", "SSLContext", "SSLObject", "SSLSession", "SSLSocket"]


def test_module_has_the_names(ssl, native):
    """The module offers the same public names, for the same kinds of things and the same values.

    library/ssl.html
    """
    found = [name for initial in string.ascii_letters for name in native.public_names(initial)]
    assert "SSLContext class" in found
    assert native.has(ssl, "SSLContext") is True


@pytest.mark.parametrize("name", CLASSES)
def test_class_has_the_members(ssl, native, name):
    """The class has the same public methods and attributes.

    library/ssl.html
    """
    kind = getattr(ssl, name)
    assert [native.public_members(kind, initial) for initial in string.ascii_lowercase]


@pytest.mark.parametrize("name", [*CLASSES, "DefaultVerifyPaths", "SSLError"])
def test_class_is_under_the_same(ssl, native, name):
    """The class has the same classes of ssl above it.

    library/ssl.html
    """
    assert name in native.own_bases(getattr(ssl, name))


@pytest.mark.parametrize(
    "name",
    [
        "AlertDescription",
        "Options",
        "Purpose",
        "SSLErrorNumber",
        "TLSVersion",
        "VerifyFlags",
        "VerifyMode",
        "_SSLMethod",
        "_TLSAlertType",
        "_TLSContentType",
        "_TLSMessageType",
    ],
)
def test_enumeration_has_the_members(ssl, native, name):
    """The enumeration has the same members, in the same order and with the same values.

    library/ssl.html#constants
    """
    assert native.enumeration_members(getattr(ssl, name))


FUNCTIONS = """
    DER_cert_to_PEM_cert PEM_cert_to_DER_cert cert_time_to_seconds create_default_context
    get_default_verify_paths get_protocol_name get_server_certificate _create_unverified_context
    _create_stdlib_context _create_default_https_context
""".split()

METHODS = {
    "SSLContext": """
        wrap_bio wrap_socket set_alpn_protocols set_npn_protocols set_servername_callback
        load_default_certs
    """,
    "SSLObject": """
        cipher compression do_handshake get_channel_binding get_unverified_chain
        get_verified_chain getpeercert pending read selected_alpn_protocol selected_npn_protocol
        shared_ciphers unwrap verify_client_post_handshake version write
    """,
    "SSLSocket": """
        accept cipher compression connect connect_ex do_handshake dup get_channel_binding
        get_unverified_chain get_verified_chain getpeercert pending read recv recv_into recvfrom
        recvfrom_into recvmsg recvmsg_into selected_alpn_protocol selected_npn_protocol send
        sendall sendfile sendmsg sendto shared_ciphers shutdown unwrap
        verify_client_post_handshake version write
    """,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_the_parameters(ssl, native, name):
    """The function has the same parameters in the same order, with the same defaults.

    library/ssl.html
    """
    assert native.signature(getattr(ssl, name))


@pytest.mark.parametrize(
    "owner, name", [(owner, name) for owner, names in METHODS.items() for name in names.split()]
)
def test_method_has_the_parameters(ssl, native, owner, name):
    """The method has the same parameters in the same order, with the same defaults.

    library/ssl.html
    """
    assert native.signature(getattr(getattr(ssl, owner), name))


@pytest.mark.parametrize(
    "name, keyword",
    [
        ("create_default_context", "cafile"),
        ("create_default_context", "capath"),
        ("create_default_context", "cadata"),
        ("_create_unverified_context", "cert_reqs"),
        ("_create_unverified_context", "certfile"),
        ("_create_unverified_context", "keyfile"),
        ("_create_unverified_context", "cafile"),
        ("_create_unverified_context", "capath"),
        ("_create_unverified_context", "cadata"),
    ],
)
def test_parameter_is_given_by_keyword_alone(ssl, certificates, name, keyword):
    """The parameter is accepted by name, and refused by position.

    library/ssl.html#ssl.create_default_context
    """
    arguments = {"cafile": certificates.authority.certificate, keyword: None}
    if keyword == "cert_reqs":
        arguments[keyword] = ssl.CERT_NONE
    getattr(ssl, name)(**arguments)
    with pytest.raises(TypeError):
        getattr(ssl, name)(ssl.Purpose.SERVER_AUTH, None)


@pytest.mark.parametrize(
    "owner, name, keywords",
    [
        ("module", "RAND_bytes", {"n": 1}),
        ("module", "RAND_bytes", {"num": 1}),
        ("module", "RAND_add", {"string": b"x", "entropy": 0.0}),
        ("MemoryBIO", "read", {"size": 1}),
        ("MemoryBIO", "write", {"b": b"x"}),
        ("SSLContext", "set_ciphers", {"cipherlist": "ALL"}),
        ("SSLContext", "set_ecdh_curve", {"name": "prime256v1"}),
        ("SSLContext", "load_dh_params", {"path": "/nonexistent/file"}),
        ("SSLContext", "load_cert_chain", {"certfile": "/nonexistent/file"}),
        ("SSLContext", "load_cert_chain", {"certfile": "/nonexistent/file", "keyfile": None}),
        ("SSLContext", "load_cert_chain", {"certfile": "/nonexistent/file", "password": None}),
        ("SSLContext", "load_verify_locations", {"cafile": "/nonexistent/file"}),
        ("SSLContext", "load_verify_locations", {"capath": "/nonexistent/folder"}),
        ("SSLContext", "load_verify_locations", {"cadata": ""}),
        ("SSLContext", "get_ca_certs", {"binary_form": True}),
        ("SSLContext", "cert_store_stats", {"extra": 1}),
        ("SSLContext", "session_stats", {"extra": 1}),
        ("SSLContext", "get_ciphers", {"extra": 1}),
        ("SSLContext", "set_default_verify_paths", {"extra": 1}),
        ("SSLContext", "set_psk_client_callback", {"callback": None}),
        ("SSLContext", "set_psk_server_callback", {"callback": None}),
        ("SSLContext", "set_psk_server_callback", {"callback": None, "identity_hint": None}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_function_of_the_core_knows_keywords(ssl, certificates, owner, name, keywords):
    """A function written in C accepts the same keywords, and refuses others with TypeError.

    library/ssl.html
    """
    if owner == "module":
        target = ssl
    elif owner == "MemoryBIO":
        target = ssl.MemoryBIO()
    else:
        purpose = ssl.Purpose.SERVER_AUTH if "client" in name else ssl.Purpose.CLIENT_AUTH
        target = ssl.create_default_context(purpose, cafile=certificates.authority.certificate)
    try:
        getattr(target, name)(**keywords)
    except (TypeError, OSError, ValueError):
        return
