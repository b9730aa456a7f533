"""A connection and a context after a call that failed: what they were before."""

import pytest

from conformance.peers import attempt_any, both_sides, both_versions, each_carrier
from conformance.peers.members import told as all_told
from conformance.peers.members import told_and_refused
from conformance.peers.sockets import wait

MEMBERS = {
    "read negative": ("read", (-1,)),
    "read text": ("read", ("5",)),
    "read into bytes": ("read", (5, b"fixed")),
    "read too much": ("read", (2**70,)),
    "write None": ("write", (None,)),
    "write number": ("write", (5,)),
    "write nothing given": ("write", ()),
    "unwrap argument": ("unwrap", (1,)),
    "do_handshake argument": ("do_handshake", (True, True)),
    "getpeercert arguments": ("getpeercert", (True, True)),
    "get_channel_binding name": ("get_channel_binding", ("none such",)),
    "verify_client_post_handshake": ("verify_client_post_handshake", ()),
    "set context": ("context", (None,)),
    "set session": ("session", (None,)),
    "set server_side": ("server_side", (True,)),
    "set server_hostname": ("server_hostname", ("other",)),
    "set session_reused": ("session_reused", (True,)),
}
"""A method of an SSLObject with arguments, or an attribute with a value, that must fail."""


def told(tls):
    """What an SSLObject tells of itself."""
    return (
        tls.version(),
        tls.cipher(),
        tls.selected_alpn_protocol(),
        tls.shared_ciphers() is None,
        tls.get_channel_binding() is None,
        tls.getpeercert(True),
        tls.pending(),
        tls.session_reused,
        tls.server_side,
        tls.server_hostname,
        tls.compression(),
    )


def fail(target, name, arguments):
    """Do what must fail; return the class of what it raised."""
    method = name not in ("context", "session", "server_side", "server_hostname", "session_reused")
    if method:
        return attempt_any(getattr(target, name), *arguments)
    return attempt_any(setattr, target, name, *arguments)


@pytest.mark.parametrize("member", MEMBERS)
@both_sides
@both_versions
def test_connection_is_as_before(ssl, peers, native, member, side, version):
    """A call that failed leaves a connection as it was, and what is under way arrives.

    library/ssl.html#ssl.SSLObject
    """
    client, server = peers.contexts(version)
    for context in (client, server):
        context.set_alpn_protocols(["h2"])
        context.set_ciphers("ECDHE+AESGCM")
    pair = peers.connect(client, server)
    pair.handshake()
    near, far = pair.sides(side)
    far.tls.write(b"under way")
    pair.transfer()
    assert near.tls.read(5) == b"under"
    before, context, session = told(near.tls), near.tls.context, near.tls.session
    for _ in range(2):
        assert fail(near.tls, *MEMBERS[member]) != "value"
        assert near.outgoing.pending == 0
    assert told(near.tls) == before
    assert native.is_same(near.tls.context, context) is True
    assert native.is_equal(near.tls.session, session) is True
    assert near.tls.read(10) == b" way"
    with pytest.raises(ssl.SSLWantReadError):
        near.tls.read(1)
    near.tls.write(b"answer")
    pair.transfer()
    assert far.tls.read(10) == b"answer"


SOCKET = {
    "recv negative": ("recv", (-1,)),
    "recv text": ("recv", ("5",)),
    "recv_into bytes": ("recv_into", (b"fixed",)),
    "recvfrom": ("recvfrom", (5,)),
    "read negative": ("read", (-1,)),
    "send None": ("send", (None,)),
    "sendall None": ("sendall", (None,)),
    "sendall number": ("sendall", (5,)),
    "sendto": ("sendto", (b"words", ("localhost", 5))),
    "write None": ("write", (None,)),
    "getpeercert arguments": ("getpeercert", (True, True)),
    "get_channel_binding name": ("get_channel_binding", ("none such",)),
    "settimeout negative": ("settimeout", (-1,)),
    "settimeout text": ("settimeout", ("5",)),
    "do_handshake arguments": ("do_handshake", (True, True)),
    "unwrap argument": ("unwrap", (1,)),
}
"""The same of an SSLSocket."""


@pytest.mark.parametrize("member", SOCKET)
@both_sides
def test_socket_is_as_before(peers, member, side):
    """A call that failed leaves an SSLSocket as it was, and what is under way arrives.

    library/ssl.html#ssl.SSLSocket
    """
    ends = peers.sockets.established()
    near, far = ends if side == "client" else ends[::-1]
    wait(near, far)
    far.sendall(b"under way")
    assert near.recv(5) == b"under"
    before = near.version(), near.cipher(), near.pending(), near.gettimeout()
    for _ in range(2):
        assert fail(near, *SOCKET[member]) != "value"
    assert (near.version(), near.cipher(), near.pending(), near.gettimeout()) == before
    assert near.recv(10) == b" way"
    near.sendall(b"answer")
    assert far.recv(10) == b"answer"


FAILURES = {
    "wrong argument": ("get_channel_binding", ("none such",), "ValueError"),
    "refused attribute": ("session_reused", (True,), "AttributeError"),
    "refused operation": ("verify_client_post_handshake", (), "SSLError"),
    "want to read": ("read", (1,), "SSLWantReadError"),
}
"""A call of each kind that fails, and what it raises."""


@pytest.mark.parametrize("kind", FAILURES)
@both_sides
@each_carrier
def test_all_is_as_before(ssl, peers, kind, side, carrier):
    """After a failed call an end tells, refuses and does what it told, refused and did before.

    library/ssl.html#ssl.SSLSocket
    """
    if carrier == "objects":
        pair = peers.established()
        ends = pair.client.tls, pair.server.tls
        with pytest.raises(ssl.SSLWantReadError):
            ends[0].read(1)
    else:
        ends = peers.sockets.established()
    end = ends[0] if side == "client" else ends[1]
    before = all_told(end)
    name, arguments, raised = FAILURES[kind]
    assert end.session_reused is False
    for _ in range(2):
        assert fail(end, name, arguments) == raised
    told_and_refused(ssl, end, carrier, before)


BEFORE = ["read", "write", "unwrap", "getpeercert", "verify_client_post_handshake"]
"""Methods that fail before a handshake."""


@pytest.mark.parametrize("name", BEFORE)
@both_sides
@both_versions
def test_handshake_goes_on(peers, name, side, version):
    """A call that needs a connection fails in the midst of a handshake, which then goes on.

    library/ssl.html#ssl.SSLObject.do_handshake
    """
    pair = peers.pair(version)
    pair.client.step()
    pair.transfer()
    near, _ = pair.sides(side)
    if side == "server":
        near.step()
    arguments = {"read": (1,), "write": (b"early",)}.get(name, ())
    for _ in range(2):
        assert attempt_any(getattr(near.tls, name), *arguments) != "value"
    pair.handshake()
    assert near.tls.version() == version
    pair.server.tls.write(b"first word")
    pair.transfer()
    assert pair.client.tls.read(20) == b"first word"


SETTINGS = {
    "verify_mode number": ("verify_mode", 7),
    "verify_mode None": ("verify_mode", None),
    "verify_mode while names are checked": ("verify_mode", 0),
    "verify_flags text": ("verify_flags", "strict"),
    "verify_flags None": ("verify_flags", None),
    "options text": ("options", "all"),
    "options huge": ("options", 2**70),
    "minimum_version number": ("minimum_version", 7),
    "minimum_version huge": ("minimum_version", 2**70),
    "maximum_version number": ("maximum_version", 7),
    "maximum_version text": ("maximum_version", "TLSv1.2"),
    "security_level": ("security_level", 0),
    "_msg_callback": ("_msg_callback", 7),
}
"""A setting of a client's context, and a value that it refuses."""

GONE = [
    "check_hostname",
    "minimum_version",
    "num_tickets",
    "options",
    "post_handshake_auth",
    "verify_flags",
    "verify_mode",
]
"""Attributes that cannot be deleted. Python 3.13 crashes where keylog_filename is."""

CALLS = {
    "set_ecdh_curve": ("none such",),
    "set_alpn_protocols": (["good", ""],),
    "load_dh_params": ("no/such/file",),
    "load_cert_chain": ("no/such/file",),
    "load_cert_chain key": ("chain", "no/such/file"),
    "load_cert_chain other key": ("chain", "other key"),
    "load_cert_chain garbage": ("garbage",),
    "load_verify_locations": ("no/such/file",),
    "load_verify_locations nothing": (),
    "load_verify_locations data": (None, None, "no certificate"),
    "load_verify_locations number": ("authority", 1),
    "set_psk_client_callback": (7,),
    "set_npn_protocols": (["one"],),
    "wrap_bio": (None, None, False, "localhost"),
    "wrap_bio name": ("bio", "bio", False, ".localhost"),
    "wrap_bio session": ("bio", "bio", False, "localhost", 7),
    "get_ca_certs": (True, True),
}
"""A method of a client's context, and arguments that it refuses."""


def settings(context):
    """What a context tells of itself."""
    return (
        context.options,
        context.verify_mode,
        context.verify_flags,
        context.check_hostname,
        context.hostname_checks_common_name,
        context.minimum_version,
        context.maximum_version,
        context.num_tickets,
        context.post_handshake_auth,
        context.security_level,
        context.keylog_filename,
        [cipher["name"] for cipher in context.get_ciphers()],
        context.cert_store_stats(),
        context.get_ca_certs(True),
        context.session_stats(),
    )


def set_up(ssl, peers):
    """A client's context of which nothing is as it was made, and a server's."""
    client, server = peers.contexts()
    client.minimum_version = ssl.TLSVersion.TLSv1_2
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    client.set_alpn_protocols(["one"])
    server.set_alpn_protocols(["good", "one"])
    client.options |= ssl.OP_NO_TICKET
    client.keylog_filename = "/dev/null"
    client.post_handshake_auth = True
    return client, server


def goes_on(peers, client, server):
    """Assert that a client's context makes the connections that it was set up for."""
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"
    assert connected.client.tls.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert connected.client.tls.selected_alpn_protocol() == "one"
    assert connected.client.tls.session.has_ticket is False


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_are_as_before(ssl, peers, setting):
    """A setting that refuses a value leaves all settings of the context, that one included.

    library/ssl.html#ssl.SSLContext
    """
    client, server = set_up(ssl, peers)
    before = settings(client)
    for _ in range(2):
        assert attempt_any(setattr, client, *SETTINGS[setting]) != "value"
    assert settings(client) == before
    goes_on(peers, client, server)


@pytest.mark.parametrize("name", GONE)
def test_setting_cannot_be_deleted(ssl, peers, native, name):
    """A setting of a context cannot be deleted, and the attempt changes none.

    reference/datamodel.html#object.__delete__
    """
    client, server = set_up(ssl, peers)
    before = settings(client)
    assert attempt_any(native.delete_attribute, client, name) != "value"
    assert settings(client) == before
    goes_on(peers, client, server)


@pytest.mark.parametrize("call", CALLS)
def test_context_is_as_before(ssl, peers, certificates, call):
    """A method that refuses its arguments leaves all settings of a context and what it has loaded.

    library/ssl.html#ssl.SSLContext
    """
    client, server = set_up(ssl, peers)
    before = settings(client)
    files = {
        "authority": certificates.other_authority.certificate,
        "bio": ssl.MemoryBIO(),
        "chain": certificates.client.chain,
        "garbage": certificates.garbage,
        "other key": certificates.mismatched_key.key,
    }
    arguments = [files.get(v, v) if isinstance(v, str) else v for v in CALLS[call]]
    for _ in range(2):
        assert attempt_any(getattr(client, call.partition(" ")[0]), *arguments) != "value"
    assert settings(client) == before
    goes_on(peers, client, server)
