"""Walks of SSLObjects over memory BIOs, and whatever may happen to the bytes between them."""

from __future__ import annotations

from conformance.peers import TAMPERED
from tests.audits.walks.values import CONTEXTS, SETTINGS, Kind, Lines, Values, sources

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

VALUES: Values = {
    "hostname": sources(
        "localhost", "other.example", "127.0.0.1", "", None, "LOCALHOST", "localhost.",
        "*.example", "::1", "bücher.example", "a" * 63, "a" * 64,
    ),
    "wire": sources(*WIRE),
    "data": ("b'hello'", "b''", "b'x' * 16384", "b'x' * 16385", "b'y' * 40000", "bytearray(b'z')"),
    "sizes": ("1", "", "5", "1024", "0", "65536", "-1", "2**31"),
    "lengths": ("1", "0", "5", "9", "100", "-1"),
    "buffers": ("bytearray(8)", "bytearray(0)", "bytearray(1)", "bytearray(100)"),
    "pieces": ("1", "2", "5", "6", "10", "100"),
    "question": (
        "pending", "version", "cipher", "compression", "selected_alpn_protocol", "shared_ciphers",
        "get_verified_chain", "get_unverified_chain", "verify_client_post_handshake",
        "selected_npn_protocol",
    ),
    "attribute": ("session_reused", "server_side", "server_hostname"),
    "binary": ("", "True", "False", "binary_form=True", "1", "None"),
    "binding": sources("tls-unique", "x", "", "a\0b", "ü"),
    "wrong": ("None", "5", "pair", "'x'"),
    "called": ("read", "write", "getpeercert", "do_handshake", "unwrap", "pending", "version"),
    "in_thread": ("read, 1", "do_handshake", "write, b'thread'", "pending", "unwrap", "version"),
    "keyword": ("", ", session=session", ", session=None"),
    "bio": ("incoming", "outgoing"),
}  # fmt: skip

CONNECTIONS: Lines = (
    "pair = peers.connect(client_context, server_context)",
    "pair = peers.connect(client_context, server_context)",
    "pair = peers.connect(client_context, server_context)",
    "pair = peers.connect(client_context, server_context, server_hostname=$hostname)",
)
HANDSHAKES: Lines = (
    "",
    *("pair.handshake()",) * 5,
    "pair.handshake_in_fragments()",
    "pair.handshake_outcomes()",
    "pair.client.step()\npair.transfer()\npair.server.step()",
)
TRAFFIC: Lines = (
    "pair.transfer()",
    "pair.$side.tls.write($data)",
    "pair.$side.tls.read($sizes)",
    "pair.$side.tls.write($data)\npair.transfer()",
    "pair.transfer()\npair.$side.tls.read($sizes)",
    "pair.client.tls.write($data)\n"
    "pair.transfer()\n"
    "pair.server.tls.read($sizes)\n"
    "pair.server.tls.pending()",
    "pair.server.tls.write($data)\n"
    "pair.transfer()\n"
    "pair.client.tls.read($sizes)\n"
    "pair.client.tls.pending()",
    "pair.$side.tls.read($lengths, $buffers)",
    "pair.$side.tls.do_handshake()",
    "deliver(pair.client, pair.server, $pieces)",
    "deliver(pair.server, pair.client, $pieces)",
    "pair.handshake()",
)
QUESTIONS: Lines = (
    *("pair.$side.tls.$question()",) * 3,
    "pair.$side.tls.$attribute",
    "pair.$side.tls.getpeercert($binary)",
    "pair.$side.tls.get_channel_binding($binding)",
    "pair.$side.$bio.eof",
    "pair.$side.tls.$called($any)",
    "pair.$side.tls.$called($any, $any)",
)
FAULTS: Lines = (
    "pair.$side.incoming.write_eof()",
    "pair.$side.incoming.write($wire)",
    "pair.$side.incoming.read($sizes)",
    "pair.$side.outgoing.read($sizes)",
    "pair.$side.outgoing.write_eof()",
    "pair.$side.outgoing.write($wire)",
    "deliver(pair.client, pair.server, $pieces)\npair.server.incoming.write_eof()",
    "deliver(pair.server, pair.client, $pieces)\npair.client.incoming.write_eof()",
    "pair.$side.incoming.read(1)\npair.$side.incoming.write(b'x')",
)
ENDINGS: Lines = (
    # What it left in OpenSSL's queue would be the next connection's: a known divergence.
    "pair.$side.tls.unwrap()",
    "pair.transfer()\npair.$side.tls.unwrap()",
    "pair.$side.tls.read(1)",
    "pair.transfer()",
    "pair.$side.tls.write($data)",
)
SESSIONS: Lines = (
    "session = pair.client.tls.session",
    "session = pair.$side.tls.session",
    "session.has_ticket, session.timeout, session.ticket_lifetime_hint",
    "pair = peers.connect(client_context, server_context$keyword)\npair.handshake()",
    "pair = peers.connect(client_context, server_context, session=session)",
    "pair.$side.tls.session = session",
    "pair.$side.tls.session = $wrong",
    "pair.client.tls.read(1)",
    "other_context = peers.client_context()\n"
    "pair = peers.connect(other_context, server_context, session=session)",
    "former, pair = pair, peers.connect(client_context, server_context)",
    "former, pair = pair, former",
)
CALLBACKS: Lines = (
    "other_context = peers.server_context('other_host')\n"
    "def named(connection, name, context):\n"
    "    $inside\n"
    "    return $answer\n"
    "server_context.sni_callback = named",
    "other_context = peers.server_context($identity)\n"
    "def switched(connection, name, context):\n"
    "    connection.context = other_context\n"
    "server_context.set_servername_callback(switched)",
    "server_context.sni_callback = native.raising_callback()",
    "server_context.sni_callback = None",
    "client_context.set_psk_client_callback(lambda hint: $pair_of_psk)",
    "server_context.set_psk_server_callback(lambda identity: $key, $hint)",
    "for each in (client_context, server_context):\n"
    "    each.maximum_version = ssl.TLSVersion.TLSv1_2\n"
    "    each.set_ciphers('PSK')\n"
    "client_context.check_hostname = False\n"
    "client_context.verify_mode = ssl.CERT_NONE",
    "log = native.message_log()\n$context._msg_callback = log",
    "$context._msg_callback = native.raising_callback()",
    "$context._msg_callback = native.calling_callback(native.collect)",
    "log.take()",
    "path = native.new_path('keys')\n$context.keylog_filename = path",
    "native.key_log(path)",
    "$context.keylog_filename = $path",
    "pair = peers.connect(client_context, server_context)",
    "pair.handshake()",
)
CLIENTS: Lines = (
    "server_context.load_verify_locations(certificates.authority.certificate)\n"
    "server_context.verify_mode = ssl.$required",
    "client_context.load_cert_chain(certificates.client.chain, certificates.client.key)",
    "client_context.load_cert_chain($files)",
    "client_context.post_handshake_auth = True",
    "pair = peers.connect(client_context, server_context)\npair.handshake()",
    "pair.server.tls.verify_client_post_handshake()",
    "pair.transfer()\npair.$side.tls.read(1)",
    "pair.server.tls.getpeercert($binary)",
)
OBJECTS: Lines = (
    "native.collect()",
    "del pair",
    "del $context",
    "del pair.$side.tls",
    "pair.$side.incoming = ssl.MemoryBIO()",
    "pair.$side.tls.context",
    "pair.$side.tls.context = $context",
    "pair.$side.tls.context = $wrong",
    "native.thread(pair.$side.tls.$in_thread).result()",
    "native.thread($context.set_ciphers, $ciphers).result()",
    "pair.$side.tls.owner",
    "gone = native.weak_reference(pair.$side.tls)\ndel pair.$side.tls\ngone()",
    "$context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=$truth, "
    "server_hostname=$hostname)",
    "$context.wrap_bio(pair.$side.incoming, pair.$side.outgoing, server_side=$truth)",
    "$context.wrap_bio($any, ssl.MemoryBIO(), server_hostname='localhost')",
)

VALUES |= {
    "inside": (
        "pass",
        "connection.context = other_context",
        "raise ValueError('mine')",
        "connection.version()",
        "connection.cipher()",
        "connection.server_hostname",
        "connection.session",
        "connection.getpeercert()",
        "connection.selected_alpn_protocol()",
        "connection.context = None",
        "context.set_ciphers('AES128')",
        "context.set_alpn_protocols(['h2'])",
        "context.sni_callback = None",
        "context.verify_mode = ssl.CERT_REQUIRED",
        "context.load_cert_chain(certificates.other_host.chain, certificates.other_host.key)",
        "native.collect()",
        "connection.read(1)",
        "connection.write(b'early')",
        "connection.do_handshake()",
        "connection.unwrap()",
        "pair.server.incoming.write_eof()",
        "pair.server.incoming.write(b'x')",
        "pair.server.outgoing.read()",
    ),
    "answer": (
        "None", "0", "1", "40", "112", "255", "256", "-1", "True", "'x'", "1.5",
        "ssl.ALERT_DESCRIPTION_ACCESS_DENIED",
    ),
    "pair_of_psk": (
        "('me', b'k' * 16)", "('me', b'')", "('', b'k' * 16)", "(None, b'k' * 16)", "None",
        "('me',)", "5", "('x' * 200, b'k' * 16)", "('me', b'x' * 300)", "('me', bytearray(b'kk'))",
    ),
    "key": ("b'k' * 16", "b''", "None", "5", "b'x' * 300", "bytearray(b'kk')"),
    "hint": ("None", "'hint'", "'ü'", "'x' * 300"),
    "required": ("CERT_REQUIRED", "CERT_OPTIONAL"),
}  # fmt: skip

MEMORY = Kind(
    "Bytes",
    openings=(CONTEXTS,),
    settings=SETTINGS,
    then=(CONNECTIONS, HANDSHAKES),
    legs=(TRAFFIC, QUESTIONS, FAULTS, ENDINGS, SESSIONS, CALLBACKS, CLIENTS, OBJECTS, SETTINGS),
    values=VALUES,
)
