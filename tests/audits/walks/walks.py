"""Walks: sequences of operations that a seed alone decides, never an answer.

Whatever raises goes on; what the languages mean differently (text where bytes are wanted, and the
other way round) is not asked, since every divergence is to be one of ssl.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Sequence
from typing import Any

from conformance.peers import TAMPERED, Peers
from impls.host.process import AgentFailure, AgentLost

NUMBERS = (0, 1, -1, 2, 3, 5, 255, 256, 65535, 2**31 - 1, 2**31, -(2**31), 2**32, 2**63, -(2**63))
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    1.5,
    2.0,
    [],
    ["h2"],
    ["http/1.1", "h2"],
    (),
    (1, 2),
    {},
    bytearray(b"a"),
)
TEXTS = ("", "x", "localhost", "example.com", "127.0.0.1", "::1", "xn--a", "\0", "a\0b", "'")
BYTES = (b"", b"x", b"localhost", b"a\0b")

NAMES = (
    "localhost", "other.example", "127.0.0.1", "", None, "LOCALHOST", "localhost.", "*.example",
    "::1", "bücher.example", "a" * 63, "a" * 64,
)  # fmt: skip
CIPHERS = (
    "ALL", "DEFAULT", "ECDHE", "HIGH:!aNULL", "AES128", "nonsense", "", "PSK", "!ALL",
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256", "DEFAULT:@SECLEVEL=0",
    "@SECLEVEL=2:ALL", "AESGCM+ECDHE", "TLS_AES_128_GCM_SHA256", "ALL:COMPLEMENTOFALL",
)  # fmt: skip
CURVES = ("prime256v1", "secp384r1", "X25519", "nope", "", "P-256", "ü", None, 5)
PROTOCOLS: tuple[list[str], ...] = (
    ["h2"],
    ["h2", "http/1.1"],
    [],
    ["x" * 255],
    ["x" * 256],
    [""],
    ["http/1.1"],
)
OPTIONS = (
    "OP_NO_TICKET", "OP_NO_TLSv1_3", "OP_NO_TLSv1_2", "OP_NO_COMPRESSION", "OP_NO_RENEGOTIATION",
    "OP_IGNORE_UNEXPECTED_EOF", "OP_CIPHER_SERVER_PREFERENCE", "OP_ENABLE_MIDDLEBOX_COMPAT",
    "OP_LEGACY_SERVER_CONNECT",
)  # fmt: skip
VERIFY_FLAGS = (0, 0x20, 0x8000, 0x80000, 0x8020, 4, 12, 2**31, -1, 64)
VERSIONS = ("TLSv1_2", "TLSv1_3", "TLSv1", "MINIMUM_SUPPORTED", "MAXIMUM_SUPPORTED", "SSLv3")
SETTINGS = (
    "options", "verify_flags", "verify_mode", "minimum_version", "maximum_version", "protocol",
    "check_hostname", "hostname_checks_common_name", "post_handshake_auth", "num_tickets",
    "sni_callback", "security_level",
)  # fmt: skip
CONTEXT_METHODS = (
    "set_ciphers", "set_alpn_protocols", "cert_store_stats", "get_ca_certs", "get_ciphers",
    "set_servername_callback", "load_default_certs", "set_default_verify_paths", "session_stats",
)  # fmt: skip
QUESTIONS = (
    "pending", "version", "cipher", "compression", "selected_alpn_protocol", "shared_ciphers",
    "verify_client_post_handshake", "get_verified_chain", "get_unverified_chain",
)  # fmt: skip
WIRE = (
    b"x",
    b"\x17\x03\x03\x00\x02ab",
    b"\x15\x03\x03\x00\x02\x01\x00",
    b"\x15\x03\x03\x00\x02\x02\x28",
    b"\x16\x03\x01\x00\x05\x00\x00\x00\x00\x00",
    b"GET / HTTP/1.0\r\n\r\n",
    b"\x14\x03\x03\x00\x01\x01",
    TAMPERED,
    b"\x17\x03\x03\x48\x00",
    b"\x80\x2e\x01\x00\x02",
)
"""What may arrive instead of TLS, or in the middle of it."""
DATA = (b"hello", b"", b"x" * 16384, b"x" * 16385, b"y" * 40000, bytearray(b"buffer"), b"z")
SIZES: tuple[tuple[int, ...], ...] = ((), (1,), (5,), (1024,), (0,), (65536,), (-1,), (2**31,))
BINDINGS = ("tls-unique", "x", "", "a\0b", "ü")
DATES = (
    "Jan  5 09:34:43 2018 GMT", "May  9 00:00:00 2007 GMT", "Feb 29 12:00:00 2024 GMT",
    "Dec 31 23:59:60 2016 GMT", "Jan 01 00:00:00 1970 GMT",
)  # fmt: skip
MODULE_FUNCTIONS = (
    "Purpose", "create_default_context", "RAND_status", "get_default_verify_paths", "SSLSession",
)  # fmt: skip
MOMENT = 0.01
"""Seconds that a socket may wait."""
NUMBERED = ("TLSVersion", "Options", "VerifyFlags", "VerifyMode", "AlertDescription", "SSLContext")


class Walk:
    """What all walks do: draw lots, and carry on whatever happens."""

    def __init__(self, seed: int, ssl: Any, native: Any, certificates: Any) -> None:
        self.lots = random.Random(f"{type(self).__name__} {seed}")
        self.ssl, self.native, self.certificates = ssl, native, certificates
        self.peers = Peers(ssl, native, certificates)
        # Half of all walks are calm: what ends a connection hides what could come later.
        self.calm = self.chance(0.5)
        self.ending = 0.2 if self.calm else 1

    def drawn(self, choices: Sequence[Any]) -> Any:
        return self.lots.choice(choices)

    def chance(self, likelihood: float) -> bool:
        return self.lots.random() < likelihood

    def one_of(self, *choices: tuple[float, Callable[[], Any]]) -> None:
        """Do one of these things, each of which comes with its weight."""
        weights = [weight for weight, _ in choices]
        ((_, action),) = self.lots.choices(choices, weights)
        action()

    def anything(self, *kinds: Sequence[Any]) -> Any:
        return self.drawn([value for kind in (NUMBERS, OTHERS, *kinds) for value in kind])

    def arguments(self, fewer_than: int, *kinds: Sequence[Any]) -> list[Any]:
        return [self.anything(*kinds) for _ in range(self.lots.randrange(fewer_than))]

    def tried(self, operation: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """What an operation returns; None where it raises."""
        try:
            return operation(*arguments, **keywords)
        except (AgentFailure, AgentLost):
            raise
        except Exception as error:
            self.met(error)
            return None

    def met(self, error: Exception) -> None:
        """Hear what an operation raised."""

    def read(self, target: Any, name: str) -> Any:
        return self.tried(getattr, target, name)

    def call(self, target: Any, name: str, *arguments: Any, **keywords: Any) -> Any:
        return self.tried(lambda: getattr(target, name)(*arguments, **keywords))

    def put(self, target: Any, name: str, value: Any) -> None:
        self.tried(setattr, target, name, value)

    def go(self) -> None:
        """Walk."""
        raise NotImplementedError

    # Contexts

    def client_context(self) -> Any:
        ssl, kind = self.ssl, self.lots.randrange(4)
        authority = self.certificates.authority.certificate
        if kind == 0:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(authority)
            return context
        context = ssl.create_default_context(cafile=authority)
        if kind == 1:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def server_context(self) -> Any:
        ssl = self.ssl
        if self.chance(0.25):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        else:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if self.chance(0.9):
            identity = self.certificates.localhost
            if self.chance(0.3):
                identity = self.drawn([*self.certificates.identities()])
            self.call(context, "load_cert_chain", identity.chain, identity.key)
        return context

    def contexts(self) -> tuple[Any, Any]:
        """One for a client and one for a server, with a few of their settings changed."""
        if self.calm:
            return self.peers.contexts()
        client, server = self.client_context(), self.server_context()
        for context in (client, server):
            for _ in range(self.drawn([0, 0, 1, 2, 4])):
                self.change(context)
        if self.chance(0.15):
            server.load_verify_locations(self.certificates.authority.certificate)
            server.verify_mode = self.drawn([1, 2])
            if self.chance(0.5):
                shown = self.certificates.client
                self.call(client, "load_cert_chain", shown.chain, shown.key)
            if self.chance(0.6):
                client.post_handshake_auth = True
        if self.chance(0.4):
            self.drawn([self.name_callback, self.key_callbacks, self.message_callback])(
                client, server
            )
        return client, server

    def change(self, context: Any) -> None:
        """Change, or ask, one thing of a context."""
        call, put, drawn = self.call, self.put, self.drawn
        limits = ["minimum_version", "maximum_version"]
        switches = ["check_hostname", "hostname_checks_common_name", "post_handshake_auth"]
        hints = [None, "hint", "ü", "x" * 300]
        self.one_of(
            (1, lambda: call(context, "set_ciphers", drawn(CIPHERS))),
            (1, lambda: call(context, "set_alpn_protocols", drawn(PROTOCOLS))),
            (1, lambda: put(context, drawn(limits), getattr(self.ssl.TLSVersion, drawn(VERSIONS)))),
            (1, lambda: put(context, drawn(switches), drawn([True, False, 0, 1, "x", None]))),
            (1, lambda: put(context, "verify_mode", drawn([0, 1, 2, 3, -1, None, "x"]))),
            (1, lambda: put(context, "verify_flags", drawn(VERIFY_FLAGS))),
            (1, lambda: self.add_option(context)),
            (1, lambda: put(context, "num_tickets", drawn([0, 1, 2, 5, -1, "x", None]))),
            (1, lambda: call(context, "set_ecdh_curve", drawn(CURVES))),
            (1, lambda: self.trust_data(context)),
            (1, lambda: self.trust_files(context)),
            (1, lambda: self.trust_defaults(context)),
            (1, lambda: call(context, "set_psk_client_callback", None)),
            (1, lambda: call(context, "set_psk_server_callback", None, drawn(hints))),
            (1, lambda: self.show_certificate(context)),
            (1, lambda: self.set_anything(context)),
            (1, lambda: self.call_anything(context)),
            (1, lambda: self.read(context, drawn([*SETTINGS, "keylog_filename"]))),
        )

    def add_option(self, context: Any) -> None:
        added = self.native.integer(getattr(self.ssl, self.drawn(OPTIONS)))
        before = self.native.integer(context.options) if self.chance(0.5) else 0
        self.put(context, "options", before | added)

    def trust_data(self, context: Any) -> None:
        authority = self.certificates.authority
        given = [authority.der, authority.pem, b"", "", b"xxx", "xxx", authority.der + b"x"]
        data = self.drawn([*given, authority.der * 2, authority.pem * 2])
        if not isinstance(data, bytes) or data[:1] == b"0":  # else 2.7 takes it for text
            self.call(context, "load_verify_locations", cadata=data)

    def trust_files(self, context: Any) -> None:
        certificate, key = self.certificates.authority.certificate, self.certificates.localhost.key
        file, folder = self.drawn([None, certificate, "/none", key]), self.drawn([None, "/none"])
        self.call(context, "load_verify_locations", file, folder)

    def trust_defaults(self, context: Any) -> None:
        purpose = getattr(self.ssl.Purpose, self.drawn(["SERVER_AUTH", "CLIENT_AUTH"]))
        self.call(context, "load_default_certs", purpose)

    def show_certificate(self, context: Any) -> None:
        authority, localhost = self.certificates.authority, self.certificates.localhost
        chain = self.drawn([localhost.chain, localhost.key, "/none", authority.certificate])
        key = self.drawn([None, localhost.key, localhost.chain])
        self.call(context, "load_cert_chain", chain, key)

    def set_anything(self, context: Any) -> None:
        name, value = self.drawn(SETTINGS), self.anything(TEXTS)
        # More tickets than the system keeps for a peer that does not read are no use.
        if name != "num_tickets" or not isinstance(value, int) or value < 100:
            self.put(context, name, value)

    def call_anything(self, context: Any) -> None:
        self.call(context, self.drawn(CONTEXT_METHODS), *self.arguments(3, TEXTS))

    def name_callback(self, _: Any, server: Any) -> None:
        other = self.server_context()
        for _ in range(self.lots.randrange(3)):
            self.change(other)
        act = self.lots.randrange(5)
        denied = self.ssl.ALERT_DESCRIPTION_ACCESS_DENIED
        answer = self.drawn([None, 0, 1, 40, 112, 255, 256, -1, True, "x", 1.5, denied])

        def callback(asked: Any, name: Any, context: Any) -> Any:
            if act == 0:
                asked.context = other
            elif act == 1:
                raise ValueError("mine")
            elif act == 2:
                self.read(asked, "server_side")
                self.call(asked, "version")
                self.call(asked, "cipher")
            return answer

        if self.chance(0.8):
            self.put(server, "sni_callback", callback)
        else:
            self.call(server, "set_servername_callback", callback)

    def key_callbacks(self, client: Any, server: Any) -> None:
        key = self.drawn([b"k" * 16, b"", b"x" * 300, None, bytearray(b"kk")])
        identity = self.drawn(["me", "", "x" * 200, None, 5])
        answers: list[Callable[..., Any]] = [
            lambda hint: (identity, key),
            lambda hint: None,
            lambda hint: (identity,),
            lambda: 5,
        ]
        self.call(client, "set_psk_client_callback", self.drawn(answers))
        answers = [lambda asked: key, lambda asked: None, lambda asked: 5]
        hint = self.drawn([None, "hint"])
        self.call(server, "set_psk_server_callback", self.drawn(answers), hint)
        if self.chance(0.7):
            for context in (client, server):
                self.call(context, "set_ciphers", "PSK")
                self.put(context, "maximum_version", self.ssl.TLSVersion.TLSv1_2)
            self.put(client, "check_hostname", False)
            self.put(client, "verify_mode", self.ssl.CERT_NONE)

    def message_callback(self, client: Any, server: Any) -> None:
        # One of the agent's own: what it is told of has random bytes.
        callback = self.drawn([self.native.message_log(), None, 5])
        self.put(self.drawn([client, server]), "_msg_callback", callback)


class Bytes(Walk):
    """Pairs of SSLObjects, and whatever may happen to the bytes between them."""

    def go(self) -> None:
        self.pairs: list[tuple[tuple[Any, Any], list[Any], tuple[Any, Any]]] = []
        self.sessions: list[Any] = []
        while not self.pairs:
            self.connect()
        if self.calm or self.chance(0.7):
            self.flow(3)
        for _ in range(self.drawn([5, 10, 20, 40])):
            if self.chance(0.04):
                self.connect()
            self.step()
        if self.chance(0.5):
            self.end()

    def end(self) -> None:
        """Say goodbye on one side or both, and see what can be done then."""
        (near, far), bios, _ = self.pairs[-1]
        for end, side in ((near, 0), (far, 1), (near, 0)):
            if self.chance(0.8):
                self.unwrap(end)
            self.move(bios, side)
        for _ in range(5):
            self.step()

    def connect(self) -> None:
        client, server = self.contexts()
        bios = [self.ssl.MemoryBIO() for _ in range(4)]
        name = "localhost" if self.calm or self.chance(0.8) else self.drawn(NAMES)
        keywords = {}
        if self.sessions and self.chance(0.4):
            keywords["session"] = self.drawn(self.sessions)
        near = self.call(client, "wrap_bio", bios[0], bios[1], server_hostname=name, **keywords)
        far = self.call(server, "wrap_bio", bios[2], bios[3], server_side=True)
        if near is not None and far is not None:
            self.pairs.append(((near, far), bios, (client, server)))

    def flow(self, rounds: int) -> None:
        """Let the newest pair go on with its handshake."""
        ends, bios, _ = self.pairs[-1]
        for _ in range(rounds):
            for end, side in zip(ends, (0, 1), strict=True):
                self.call(end, "do_handshake")
                self.move(bios, side)

    def move(self, bios: Sequence[Any], side: int, *size: int) -> None:
        data = self.call(bios[1 + 2 * side], "read", *size)
        if data:
            self.call(bios[2 - 2 * side], "write", data)

    def step(self) -> None:
        ends, bios, contexts = self.drawn(self.pairs)
        side = self.lots.randrange(2)
        end, incoming, outgoing = ends[side], bios[2 * side], bios[1 + 2 * side]
        call, drawn = self.call, self.drawn
        lengths, sizes = [0, 1, 5, 9, 100, -1], [0, 1, 8, 100]
        names = ["session_reused", "server_side", "server_hostname"]
        self.one_of(
            (4, lambda: call(end, "do_handshake")),
            (5, lambda: self.move(bios, side)),
            (2, lambda: self.flow(drawn([1, 2, 3]))),
            (1, lambda: self.move(bios, side, drawn([1, 2, 5, 6, 10]))),
            (self.ending, lambda: call(incoming, "write_eof")),
            (self.ending, lambda: call(incoming, "write", drawn(WIRE))),
            (4, lambda: self.carry(ends, bios, side)),
            (3, lambda: call(end, "write", drawn(DATA))),
            (4, lambda: call(end, "read", *drawn(SIZES))),
            (1, lambda: call(end, "read", drawn(lengths), bytearray(drawn(sizes)))),
            (2 * self.ending, lambda: self.unwrap(end)),
            (1, lambda: call(end, drawn(QUESTIONS))),
            (1, lambda: call(end, "getpeercert", *drawn([(), (True,), (False,), (1,), (None,)]))),
            (1, lambda: call(end, "get_channel_binding", drawn(BINDINGS))),
            (1, lambda: self.read(end, drawn(names))),
            (1, lambda: self.keep_session(ends[0])),
            (1, lambda: self.put(end, "session", drawn([*self.sessions, None, 5]))),
            (1, lambda: self.put(end, "context", drawn([*contexts, None, 5]))),
            (1, lambda: self.read(drawn(bios), drawn(["pending", "eof"]))),
            (1, lambda: self.change(contexts[side])),
            (self.ending, lambda: call(drawn([incoming, outgoing]), "read", *drawn(SIZES))),
            (1, lambda: self.any_arguments(end)),
        )

    def carry(self, ends: Sequence[Any], bios: Sequence[Any], side: int) -> None:
        """Send something, and let the other end read some of it."""
        self.call(ends[side], "write", self.drawn(DATA))
        self.move(bios, side)
        for _ in range(self.lots.randrange(4)):
            self.call(ends[1 - side], "read", *self.drawn(SIZES))
            self.call(ends[1 - side], "pending")

    def unwrap(self, end: Any) -> None:
        self.call(end, "unwrap")
        # What it left in OpenSSL's queue would be the next connection's: a known divergence.
        self.call(end, "read", 1)

    def any_arguments(self, end: Any) -> None:
        name = self.drawn(["read", "write", "getpeercert", "do_handshake", "unwrap", "pending"])
        wanted = BYTES if name == "write" else TEXTS
        self.call(end, name, *self.arguments(3, wanted))

    def keep_session(self, client: Any) -> None:
        session = self.read(client, "session")
        if session is not None:
            self.sessions.append(session)
            for name in ("has_ticket", "timeout", "ticket_lifetime_hint"):
                self.read(session, name)


FAILURES = ("SSLError", "SSLEOFError", "SSLZeroReturnError")
"""After which a connection is not what it was."""


class Sockets(Walk):
    """Two SSLSockets that are connected with each other, and neither of which waits for long."""

    def go(self) -> None:
        client, server = self.contexts()
        name = "localhost" if self.calm or self.chance(0.8) else self.drawn(NAMES)
        family = self.drawn(["AF_UNIX", "AF_UNIX", "AF_INET"])
        plain = self.native.socketpair(family)
        if family == "AF_UNIX":  # what TCP takes before it is full depends on time
            self.spare = [self.native.duplicate(each) for each in plain]
        ends = self.tried(
            self.peers.sockets.wrapped,
            plain=plain,
            client=client,
            server=server,
            client_arguments={"server_hostname": name},
            server_arguments={"suppress_ragged_eofs": self.chance(0.5)},
        )
        if ends is None:
            return
        self.without_tls: list[Any] = []
        for _ in range(3 if self.calm or self.chance(0.7) else 0):
            for end in ends:
                self.call(end, "do_handshake")
        if self.chance(0.1):
            self.clog()
        self.established = None not in [self.call(end, "version") for end in ends]
        steps = [self.drawn(ends) for _ in range(self.drawn([5, 10, 20, 40]))]
        goodbyes = [*ends, *ends] if self.chance(0.5) else []
        for end in steps:
            self.step(end, (client, server))
            if self.spoiled:
                return
        for end in goodbyes:
            self.unwrap(end)
            if self.spoiled:
                return
            self.step(end, (client, server))

    established = spoiled = False

    def met(self, error: Exception) -> None:
        # What is known to go on in other words: see "Not there yet" in the backport's README.
        broken = getattr(error, "errno", None) in (errno.EPIPE, errno.ECONNRESET)
        misused = getattr(error, "reason", None) in ("BAD_WRITE_RETRY", "BAD_LENGTH")
        full = self.clogged is not None and type(error).__name__ in FAILURES
        self.spoiled = self.spoiled or misused or full or (broken and not self.established)

    # 2.7's own sockets judge a closed one before the arguments, and ask the system for no bytes.

    def step(self, end: Any, contexts: tuple[Any, Any]) -> None:
        call, drawn = self.call, self.drawn
        data = [b"hello", b"", bytearray(b"buffer"), b"z" * 2000]
        names = [
            "session", "session_reused", "server_side", "server_hostname", "context",
            "do_handshake_on_connect", "suppress_ragged_eofs",
        ]  # fmt: skip
        refused = ["sendto", "recvmsg", "sendmsg", "dup", "accept"]
        plain = ["gettimeout", "getblocking", "getsockname", "getpeername", "selected_npn_protocol"]
        wrong = [(), (False,), ("x",), (0,), (None, 1)]
        self.one_of(
            (4, lambda: call(end, "do_handshake", *drawn([(), (), (), (False,)]))),
            (4, lambda: self.send(end, drawn(data))),
            (
                5,
                lambda: self.receive(
                    end, drawn(["recv", "read"]), drawn([(), (1,), (5,), (5000,)])
                ),
            ),
            (1, lambda: self.receive_into(end, drawn([1, 8, 100]))),
            (self.ending, lambda: self.unwrap(end)),
            (1, lambda: call(end, drawn([*QUESTIONS, *plain]))),
            (1, lambda: call(end, "getpeercert", *drawn([(), (True,), (False,)]))),
            (1, lambda: call(end, "get_channel_binding", drawn(BINDINGS))),
            (1, lambda: self.read(end, drawn(names))),
            (1, lambda: self.put(end, "context", drawn([*contexts, None, 5]))),
            (self.ending, lambda: self.shut_down(end, drawn([0, 1, 2]))),
            (self.ending / 4, lambda: call(end, "close")),
            (1, lambda: call(end, drawn(refused))),
            (0.5, lambda: call(end, "settimeout", drawn([0.0, MOMENT, MOMENT]))),
            (0.3, self.clog),
            (1, self.unclog),
            (1, lambda: self.change(drawn(contexts))),
            (1, lambda: call(end, drawn(["getpeercert", "pending"]), *drawn(wrong))),
        )

    spare: Sequence[Any] = ()
    """Plain sockets for either end, which are in the way of TLS when they send."""
    clogged: tuple[int, Any] | None = None
    """Whose way is blocked, and by what."""

    def clog(self) -> None:
        if self.spare and self.clogged is None:
            side = self.drawn([0, 1])
            sent = self.tried(self.native.fill_send_buffer, self.spare[side])
            self.clogged = None if sent is None else (side, sent)

    def unclog(self) -> None:
        if self.clogged is not None:
            side, sent = self.clogged
            self.tried(self.native.drain, self.spare[1 - side], sent)
            self.clogged = None

    def send(self, end: Any, data: Any) -> None:
        name, flags = self.drawn(["send", "sendall", "write"]), self.drawn([(), (), (), (0,), (1,)])
        self.call(end, name, data, *flags)

    def receive(self, end: Any, name: str, arguments: tuple[Any, ...]) -> None:
        # Without TLS it would be the other end's records as they are: random bytes.
        if end not in self.without_tls:
            self.call(end, name, *arguments)

    def receive_into(self, end: Any, size: int) -> None:
        self.receive(end, "recv_into", (bytearray(size), *self.drawn([(), (None,)])))

    def shut_down(self, end: Any, how: int) -> None:
        self.call(end, "shutdown", how)
        self.without_tls.append(end)

    def unwrap(self, end: Any) -> None:
        if self.call(end, "unwrap") is not None:
            self.without_tls.append(end)
        self.ssl.create_default_context()  # empties OpenSSL's queue: see Bytes.unwrap()


class Functions(Walk):
    """The functions of the module, its enumerations and constructors."""

    def go(self) -> None:
        for _ in range(20):
            self.step()

    def step(self) -> None:
        ssl, call, drawn = self.ssl, self.call, self.drawn
        times = [1, 10, 100]
        self.one_of(
            (1, lambda: call(ssl, "cert_time_to_seconds", self.misspelled(drawn(DATES)))),
            (1, lambda: call(ssl, "PEM_cert_to_DER_cert", self.certificate_in_pem())),
            (1, lambda: call(ssl, "DER_cert_to_PEM_cert", drawn(BYTES) * drawn(times))),
            (1, self.number),
            (1, lambda: call(ssl, "MemoryBIO", *self.arguments(2))),
            (1, self.buffer),
            (1, lambda: call(ssl, "RAND_add", self.anything(), self.anything())),
            (1, lambda: call(ssl, drawn(MODULE_FUNCTIONS), *self.arguments(2, TEXTS))),
            (1, self.member),
        )

    def certificate_in_pem(self) -> Any:
        return self.certificates.authority.pem[self.lots.randrange(2) :]

    def number(self) -> None:
        number = self.drawn([value for value in NUMBERS if abs(value) < 2**63])
        self.call(self.ssl, self.drawn(NUMBERED), self.drawn([number, number, *TEXTS, None]))

    def buffer(self) -> None:
        bio = self.ssl.MemoryBIO()
        for _ in range(self.lots.randrange(6)):
            arguments = self.arguments(3, BYTES)
            self.call(bio, self.drawn(["read", "write", "write", "write_eof"]), *arguments)
            self.read(bio, self.drawn(["pending", "eof"]))

    def member(self) -> None:
        name = self.drawn(["TLSVersion", "Options", "VerifyFlags", "AlertDescription"])
        value = self.call(self.ssl, name, self.lots.randrange(130))
        if value is not None:
            self.tried(self.native.repr, value)

    def misspelled(self, text: str) -> str:
        """A text with up to two letters dropped, doubled or replaced."""
        for _ in range(self.lots.randrange(3)):
            place = self.lots.randrange(len(text))
            new = drawn_letter(self.lots, text[place])
            text = text[:place] + new + text[place + 1 :]
        return text


def drawn_letter(lots: random.Random, letter: str) -> str:
    return lots.choice(["", letter * 2, " ", "0", "9", "Z", letter.swapcase(), "\n"])


WALKS: tuple[type[Walk], ...] = (Bytes, Sockets, Functions)
