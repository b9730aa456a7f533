"""Callables of each kind, for everything that takes a callback."""

import pytest

from conformance.peers import attempt_any

CALLABLES = ["function", "bound method", "partial", "object", "class", "empty"]

KEY = b"a key of bytes that both know"

MEMBERS = [
    "password",
    "sni_callback",
    "set_servername_callback",
    "_msg_callback",
    "set_psk_client_callback",
    "set_psk_server_callback",
]
"""What takes a callback; the first is an argument of load_cert_chain()."""

ARGUMENTS = {
    "password": 0,
    "sni_callback": 3,
    "set_servername_callback": 3,
    "_msg_callback": 6,
    "set_psk_client_callback": 1,
    "set_psk_server_callback": 1,
}
"""How many arguments each callback gets."""


class Uses:
    """Two contexts of which one is to have a callback, and what uses it."""

    def __init__(self, peers, certificates, member):
        self.peers, self.member = peers, member
        self.identity = certificates.encrypted_key
        self.client, self.server = peers.contexts("TLSv1.2" if "psk" in member else None)
        if "psk" in member:
            self.client.check_hostname = False
            self.client.verify_mode = 0
            self.client.set_ciphers("PSK")
            self.server.set_ciphers("PSK")
            self.client.set_psk_client_callback(lambda hint: ("me", KEY))
            self.server.set_psk_server_callback(lambda identity: KEY)

    @property
    def result(self):
        """What a callback has to return."""
        if self.member == "password":
            return "correct horse"
        return {"set_psk_client_callback": ("me", KEY), "set_psk_server_callback": KEY}.get(
            self.member
        )

    def set(self, callback):
        """Set it, and use it where that is one call."""
        context = self.client if "client" in self.member else self.server
        if self.member == "password":
            context.load_cert_chain(self.identity.chain, self.identity.key, callback)
        elif self.member.startswith("set_"):
            getattr(context, self.member)(callback)
        else:
            setattr(context, self.member, callback)

    def use(self):
        """Make a connection; return what each side raised."""
        return self.peers.connect(self.client, self.server).handshake_outcomes()


def of_kind(native, kind, function):
    """A callable of that kind that calls the function."""
    return function if kind == "function" else native.callable_of(kind, function)


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("kind", CALLABLES)
def test_callable_is_called(peers, native, certificates, member, kind):
    """A callback may be whatever can be called, and gets the arguments that are documented.

    library/functions.html#callable
    """
    uses = Uses(peers, certificates, member)
    counts = set()

    def note(*arguments):
        counts.add(len(arguments))
        return uses.result

    log = native.message_log()  # as the bytes of messages are other ones in each run
    uses.set(of_kind(native, kind, log if member == "_msg_callback" else note))
    assert uses.use() == (None, None)
    if member == "_msg_callback":
        assert log.calls > 5
    else:
        assert counts == {ARGUMENTS[member]}


@pytest.mark.parametrize("member", MEMBERS)
def test_object_that_cannot_be_called(peers, native, certificates, member):
    """An object that alone has `__call__`, and not its class, is no callback: TypeError.

    reference/datamodel.html#special-method-lookup
    """
    uses = Uses(peers, certificates, member)
    called = []
    own = native.callable_of("instance", lambda *arguments: called.append("called"))
    wrong = [1, 1.5, [], True] + [own] * (member != "_msg_callback")
    assert [attempt_any(uses.set, value) for value in wrong] == ["TypeError"] * len(wrong)
    assert called == []


def test_object_that_cannot_be_called_for_messages(peers, native):
    """_msg_callback takes an object that alone has `__call__`, and do_handshake() fails in the end.

    reference/datamodel.html#special-method-lookup
    """
    client, server = peers.contexts()
    called = []
    server._msg_callback = native.callable_of("instance", lambda *_: called.append("called"))
    with pytest.raises(TypeError):
        peers.connect(client, server).handshake()
    server._msg_callback = None
    peers.connect(client, server).handshake()
    assert called == []


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("more", [-1, 1], ids=["too few", "too many"])
def test_callback_of_another_number_of_arguments(ssl, peers, native, certificates, member, more):
    """A callback that takes fewer or more arguments fails where it is called, not where it is set.

    Its TypeError passes through load_cert_chain() and, of a message callback, do_handshake(); that
    of any other callback ends the handshake.

    library/exceptions.html#TypeError
    """
    uses = Uses(peers, certificates, member)
    callback = native.function_of(abs(ARGUMENTS[member] + more))
    if member == "password":
        with pytest.raises(TypeError):
            uses.set(callback)
        return
    uses.set(callback)
    connected = peers.connect(uses.client, uses.server)
    if member == "_msg_callback":
        with pytest.raises(TypeError):
            connected.handshake()
        return
    outcomes = connected.handshake_outcomes()
    assert isinstance(outcomes.client, ssl.SSLError)
    assert isinstance(outcomes.server, ssl.SSLError)
