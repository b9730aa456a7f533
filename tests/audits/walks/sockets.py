"""Walks of two SSLSockets that are connected with each other, and never wait."""

from __future__ import annotations

import errno

from tests.audits.walks.values import CONTEXTS, SETTINGS, Kind, Lines, Values, sources

VALUES: Values = {
    "data": ("b'hello'", "b''", "bytearray(b'buffer')", "b'z' * 2000"),
    "send": ("send", "sendall", "write"),
    "flags": ("", ", 0", ", 1"),
    "receive": ("recv", "read"),
    "sizes": ("1", "", "5", "5000"),
    "buffers": ("bytearray(8)", "bytearray(1)", "bytearray(100)"),
    "question": (
        "pending", "version", "cipher", "compression", "selected_alpn_protocol", "shared_ciphers",
        "get_verified_chain", "get_unverified_chain", "verify_client_post_handshake",
        "gettimeout", "getblocking", "getsockname", "getpeername", "selected_npn_protocol",
    ),
    "attribute": (
        "session", "session_reused", "server_side", "server_hostname", "context",
        "do_handshake_on_connect", "suppress_ragged_eofs",
    ),
    "binary": ("", "True", "False"),
    "binding": sources("tls-unique", "x", "", "a\0b", "ü"),
    "wrong": ("None", "5"),
    "refused": ("sendto", "recvmsg", "sendmsg", "dup", "accept"),
    "arguments": ("", "False", "'x'", "0", "None, 1"),
    "family": sources("AF_UNIX", "AF_INET"),
    "hostname": sources("localhost", "other.example", "127.0.0.1", "", "LOCALHOST", "*.example"),
    "how": ("0", "1", "2"),
    "ending": ("shutdown($how)", "close()", "unwrap()", "unwrap()"),
}  # fmt: skip

CONNECTIONS: Lines = (
    "ends = peers.sockets.wrapped(client=client_context, server=server_context)",
    "ends = peers.sockets.wrapped(client=client_context, server=server_context)",
    "ends = peers.sockets.wrapped(client=client_context, server=server_context, "
    "server_arguments={'suppress_ragged_eofs': False})",
    "ends = peers.sockets.wrapped(client=client_context, server=server_context, "
    "plain=native.socketpair($family))",
    "ends = peers.sockets.wrapped(client=client_context, server=server_context, "
    "client_arguments={'server_hostname': $hostname})",
)
# Never over TCP: what it takes before it is full depends on time.
CLOGGED: Lines = (
    "plain = native.socketpair()\n"
    "spare = [native.duplicate(each) for each in plain]\n"
    "ends = peers.sockets.wrapped(client=client_context, server=server_context, plain=plain)",
    "peers.sockets.handshake(ends)",
    "blocked = native.fill_send_buffer(spare[0])",
    "native.drain(spare[1], blocked)",
    "ends.client.$send($data)",
    "ends.client.$receive($sizes)",
    "ends.client.do_handshake()",
    "ends.client.$question()",
)
HANDSHAKES: Lines = ("", *("peers.sockets.handshake(ends)",) * 5, "ends.client.do_handshake()")
TRAFFIC: Lines = (
    "ends.$side.$send($data$flags)",
    "ends.$side.$receive($sizes)",
    "ends.$side.recv_into($buffers)",
    "ends.$side.do_handshake()",
    "ends.$side.recv_into($buffers, None)",
)
QUESTIONS: Lines = (
    *("ends.$side.$question()",) * 2,
    "ends.$side.$attribute",
    "ends.$side.getpeercert($binary)",
    "ends.$side.get_channel_binding($binding)",
    "ends.$side.$refused()",
    "ends.$side.pending($arguments)",
    "ends.$side.getpeercert($arguments)",
    "ends.$side.do_handshake(False)",
    "ends.$side.context = $context",
    "ends.$side.context = $wrong",
    "native.thread(ends.$side.$send, $data).result()",
    "native.collect()",
)
# After one of these a socket without TLS shows the other end's records as they are: random bytes.
ENDINGS: Lines = (
    "",
    "ends.$side.unwrap()",
    "ends.$side.unwrap()\nends.$side.$question()",
    "ends.client.unwrap()\nends.server.$receive($sizes)",
    "ends.server.unwrap()\nends.client.$receive($sizes)",
    "ends.client.shutdown($how)\nends.server.$receive($sizes)",
    "ends.server.close()\nends.client.$receive($sizes)",
    "ends.client.close()\nends.server.$receive($sizes)\nends.client.$question()",
)

SOCKETS = Kind(
    "Sockets",
    openings=(CONTEXTS,),
    settings=SETTINGS,
    then=(CONNECTIONS, HANDSHAKES),
    legs=(TRAFFIC, QUESTIONS, SETTINGS, CLOGGED),
    endings=(ENDINGS,),
    values=VALUES,
    last=(errno.EPIPE, errno.ECONNRESET, "BAD_WRITE_RETRY", "BAD_LENGTH"),
)
