"""A connection after new keys: a KeyUpdate of TLS 1.3, or a HelloRequest of TLS 1.2.

No method of ssl sends either. So it is made from the key log, in the peer's name.
"""

import pytest

from conformance.peers import attempt_any, both_sides, deliver, each_carrier
from conformance.peers.members import told as all_told
from conformance.peers.members import told_and_refused

LABELS = {"client": "SERVER_TRAFFIC_SECRET_0", "server": "CLIENT_TRAFFIC_SECRET_0"}
"""Of the secret with which each side reads."""

SENT = {"client": 2, "server": 0}
"""How many records each side was sent with it: a server sends two tickets."""


def told(tls):
    """What an SSLObject tells of its connection."""
    return (
        tls.version(),
        tls.cipher(),
        tls.getpeercert(True),
        tls.get_channel_binding(),
        tls.selected_alpn_protocol(),
        tls.shared_ciphers() is None,
        tls.pending(),
        tls.session_reused,
        tls.compression(),
        len(tls.get_unverified_chain()),
    )


def logged(peers, native, version):
    """A client's context that writes a key log, a server's, and where the log is."""
    client, server = peers.contexts(version)
    if version == "TLSv1.2":
        client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    path = native.new_path("keys.log")
    client.keylog_filename = path
    return client, server, path


def connected(ssl, peers, native, side, log=None):
    """The side, the other one, and a forger of what that sends; the log is of the side."""
    client, server, path = logged(peers, native, "TLSv1.3")
    if log is not None:
        (client if side == "client" else server)._msg_callback = log
    pair = peers.connect(client, server)
    pair.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.read(1)  # it takes the tickets
    near, far = pair.sides(side)
    return near, far, native.forger(path, LABELS[side], SENT[side])


def updated(ssl, peers, native, side, wanted):
    """The same, after a KeyUpdate was read."""
    near, far, forger = connected(ssl, peers, native, side)
    before = told(near.tls)
    forger.update(near.incoming, wanted)
    with pytest.raises(ssl.SSLWantReadError):
        near.tls.read(1)
    assert told(near.tls) == before
    return near, far, forger


@both_sides
@pytest.mark.parametrize("wanted", [False, True], ids=["alone", "wanted in return"])
def test_data_goes_on(ssl, peers, native, side, wanted):
    """A side that was sent a KeyUpdate reads what comes with the new key, and writes on.

    rfc8446#section-4.6.3
    """
    near, far, forger = updated(ssl, peers, native, side, wanted)
    forger.send_data(near.incoming, b"with the new key")
    assert near.tls.read(8) == b"with the"
    assert near.tls.pending() == 8
    assert near.tls.read(20) == b" new key"
    near.tls.write(b"answer")
    deliver(near, far)
    before = told(far.tls)[:5]
    assert far.tls.read(20) == b"answer"
    assert told(far.tls)[:5] == before
    near.tls.write(b"and more")
    deliver(near, far)
    assert far.tls.read(20) == b"and more"


@both_sides
def test_second_update(ssl, peers, native, side):
    """Keys may be updated again and again, also when nothing was read between two updates.

    rfc8446#section-4.6.3
    """
    near, far, forger = updated(ssl, peers, native, side, True)
    for _ in range(3):
        forger.update(near.incoming, True)
    forger.send_data(near.incoming, b"words")
    assert near.tls.read(20) == b"words"
    near.tls.write(b"answer")
    deliver(near, far)
    assert far.tls.read(20) == b"answer"


@both_sides
def test_old_key_is_over(ssl, peers, native, side):
    """What is sent with the old key after a KeyUpdate is refused, and the connection is lost.

    rfc8446#section-4.6.3
    """
    near, far, _ = updated(ssl, peers, native, side, False)
    far.tls.write(b"late")
    deliver(far, near)
    with pytest.raises(ssl.SSLError) as caught:
        near.tls.read(20)
    assert not isinstance(caught.value, ssl.SSLWantReadError)
    assert near.tls.version() is None


@both_sides
def test_connection_is_closed(ssl, peers, native, side):
    """A side that was sent a KeyUpdate can close its connection.

    rfc8446#section-6.1
    """
    near, far, forger = updated(ssl, peers, native, side, True)
    with pytest.raises(ssl.SSLWantReadError):
        near.tls.unwrap()
    deliver(near, far)
    assert far.tls.read(1) == b""
    assert attempt_any(near.tls.write, b"late") == "SSLError"


@both_sides
def test_update_is_shown(ssl, peers, native, side):
    """A message callback is called for a KeyUpdate, and for the one in return.

    rfc8446#section-4.6.3
    """
    log = native.message_log()
    near, _, forger = connected(ssl, peers, native, side, log)
    log.take()
    forger.update(near.incoming, True)
    with pytest.raises(ssl.SSLWantReadError):
        near.tls.read(1)
    near.tls.write(b"answer")
    shown = [line for line in log.take() if "KEY_UPDATE" in line]
    ways = [way for line in shown for way in ("read", "write") if f" {way} " in line]
    assert ways == ["read", "write"]


def test_request_to_renegotiate(ssl, peers, native):
    """A client that is sent a HelloRequest is in a handshake again, which a server refuses.

    Until that is over its peer's certificate is not told.

    rfc5746#section-4.2
    """
    client, server, path = logged(peers, native, "TLSv1.2")
    pair = peers.connect(client, server)
    pair.client.step()
    deliver(pair.client, pair.server)
    pair.server.step()
    flight = deliver(pair.server, pair.client)
    pair.handshake()
    native.forger_of_requests(path, flight).send(pair.client.incoming)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.read(1)
    assert pair.client.outgoing.pending > 0
    assert pair.client.tls.version() is None
    with pytest.raises(ValueError):
        pair.client.tls.getpeercert(True)
    deliver(pair.client, pair.server)
    with pytest.raises(ssl.SSLError):
        pair.server.tls.read(1)
    deliver(pair.server, pair.client)
    with pytest.raises(ssl.SSLError):
        pair.client.tls.read(1)


ALLOW_CLIENT_RENEGOTIATION = 1 << 8
"""OpenSSL's option of a server, which ssl has no name for."""


def wired(peers, native, client, server):
    """Two SSLSockets, and the other end of each of them once more, to write and read there."""
    plain = native.socketpair()
    wires = [native.duplicate(plain[1]), native.duplicate(plain[0])]
    return peers.sockets.wrapped(client=client, server=server, plain=plain), wires


def move(pair):
    """Carry what two peers have written to each other; ends of sockets need nobody for that."""
    if pair is not None:
        pair.transfer()


@both_sides
@each_carrier
def test_all_is_as_before_an_update(ssl, peers, native, side, carrier):
    """After a KeyUpdate an end tells, refuses and does what it told, refused and did before.

    rfc8446#section-4.6.3
    """
    if carrier == "objects":
        peer, _, forger = connected(ssl, peers, native, side)
        near, way = peer.tls, peer.incoming
    else:
        client, server, path = logged(peers, native, "TLSv1.3")
        ends, wires = wired(peers, native, client, server)
        peers.sockets.handshake(ends)
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.read(1)
        near, way = (ends.client, wires[0]) if side == "client" else (ends.server, wires[1])
        forger = native.forger(path, LABELS[side], SENT[side])
    before = all_told(near)
    forger.update(way, True)
    with pytest.raises(ssl.SSLWantReadError):
        near.read(1)
    told_and_refused(ssl, near, carrier, before)


@both_sides
@each_carrier
def test_all_is_as_before_a_renegotiation(ssl, peers, native, side, carrier):
    """After a renegotiation an end tells, refuses and does what it did before it.

    Only the channel's binding is new. The server allows it, and a word of its own is lost: the
    request takes that record's place.

    rfc5746#section-3.5
    """
    client, server, path = logged(peers, native, "TLSv1.2")
    server.options |= ALLOW_CLIENT_RENEGOTIATION
    if carrier == "objects":
        pair = peers.connect(client, server)
        pair.client.step()
        deliver(pair.client, pair.server)
        pair.server.step()
        flight = deliver(pair.server, pair.client)
        pair.handshake()
        ends, way = [pair.client.tls, pair.server.tls], pair.client.incoming
        ends[1].write(b"lost")
        pair.server.outgoing.read()
    else:
        pair = None
        ends, (way, back) = wired(peers, native, client, server)
        peers.sockets.send_flights(ends)
        incoming = native.duplicate(back)
        flight = native.kept(incoming.recv, 64, native.socket_number("MSG_PEEK"))
        peers.sockets.handshake(ends)
        ends[1].write(b"lost")
        native.kept(incoming.recv, 4096)
    near = ends[0] if side == "client" else ends[1]
    before = all_told(near)
    native.forger_of_requests(path, flight).send(way)
    versions = []
    for _ in range(3):
        for end in ends:
            with pytest.raises(ssl.SSLWantReadError):
                end.read(1)
            versions.append(end.version())
            move(pair)
    assert versions[2:] == ["TLSv1.2"] * 4
    binding = near.get_channel_binding()
    assert binding != before["get_channel_binding"]
    before["get_channel_binding"] = binding
    told_and_refused(ssl, near, carrier, before)
