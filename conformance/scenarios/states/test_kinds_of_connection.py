"""What both ends report of a connection, for each way in which a connection can come to be."""

import pytest

from conformance.peers import attempt_any, deliver, each_carrier
from conformance.peers.members import REFUSED, chains, refused, told, told_newer
from conformance.peers.sockets import Ends, wait

KEY = b"a key of bytes that both know"

WAYS = [
    "full 1.2",
    "full 1.3",
    "resumed by id 1.2",
    "resumed by ticket 1.2",
    "resumed 1.3",
    "switched 1.2",
    "switched 1.3",
    "switched and resumed 1.3",
    "client authenticated 1.2",
    "client authenticated 1.3",
    "client authenticated and resumed 1.2",
    "client authenticated and resumed 1.3",
    "authenticated later 1.3",
    "key 1.2",
    "key 1.3",
]
"""How a connection comes to be, and in which version."""

each_way = pytest.mark.parametrize("way", WAYS)


class Maker:
    """Makes connections of one kind over memory BIOs or over sockets."""

    def __init__(self, ssl, peers, native, certificates, way, carrier):
        self.ssl, self.peers, self.native = ssl, peers, native
        self.way, self.carrier = way, carrier
        self.version = "TLSv" + way.split()[-1]
        self.client, self.server = peers.contexts(self.version)
        self.earlier = []  # a session of a connection that is lost can no longer be resumed
        self.other = peers.server_context("several_names")
        self.name = "localhost"
        for context in (self.client, self.server, self.other):
            context.set_alpn_protocols(["h2"])
            context.set_ciphers("ECDHE+AESGCM")
        if "by id" in way:
            self.server.options |= ssl.OP_NO_TICKET
        if "client" in way or "later" in way:
            self.client.load_cert_chain(certificates.client.chain, certificates.client.key)
            self.server.load_verify_locations(certificates.authority.certificate)
            self.server.verify_mode = ssl.CERT_REQUIRED
        if "later" in way:
            self.client.post_handshake_auth = self.server.post_handshake_auth = True
        if "switched" in way:
            self.name = "first.example"
            self.server.sni_callback = native.switching_callback(self.other)
        if "key" in way:
            self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.server.set_alpn_protocols(["h2"])
            self.client.check_hostname = False
            self.client.verify_mode = ssl.CERT_NONE
            if self.version == "TLSv1.2":
                self.client.set_ciphers("PSK")
                self.server.set_ciphers("PSK")
            self.client.set_psk_client_callback(lambda hint: ("me", KEY))
            self.server.set_psk_server_callback(native.key_callback("me", KEY))

    def made(self):
        """The two ends of a connection, the handshake and what follows it done."""
        session = None
        if "resumed" in self.way:
            session = self.connected(None).client.session
        ends = self.connected(session)
        if "later" in self.way:
            ends.server.verify_client_post_handshake()
            self.exchange(ends.server, ends.client)
            self.exchange(ends.client, ends.server)
            assert ends.server.getpeercert(True) is not None
        return ends

    def show(self, ends):
        """Let a connection report that it came to be in this way."""
        key = "key" in self.way
        for end in ends:
            assert end.version() == self.version
            assert end.session_reused is ("resumed" in self.way or self.way == "key 1.3")
        assert ("PSK" in ends.client.cipher()[0]) is (key and self.version == "TLSv1.2")
        assert (ends.server.getpeercert(True) is None) is ("authenticated" not in self.way)
        if "resumed" in self.way:
            assert ends.client.session.has_ticket is ("by id" not in self.way)
        if "switched" in self.way:
            assert self.native.is_same(ends.server.context, self.other) is True

    def connected(self, session):
        """The two ends, which have exchanged a word, so that all tickets were read."""
        if self.carrier == "objects":
            self.pair = self.peers.connect(
                self.client, self.server, server_hostname=self.name, session=session
            )
            self.pair.handshake()
            ends = Ends(self.pair.client.tls, self.pair.server.tls)
        else:
            arguments = {"server_hostname": self.name}
            if session is not None:
                arguments["session"] = session
            ends = self.peers.sockets.wrapped(
                client=self.client, server=self.server, client_arguments=arguments
            )
            self.peers.sockets.handshake(ends)
            wait(*ends)
        self.exchange(ends.client, ends.server)
        self.exchange(ends.server, ends.client)
        self.earlier.append(ends)
        return ends

    def exchange(self, source, target):
        """Send a word, and what comes with it."""
        assert source.write(b"word") == 4
        if self.carrier == "objects":
            self.pair.transfer()
        assert target.read(4) == b"word"


@each_way
@each_carrier
def test_peer_is_told(ssl, peers, native, certificates, way, carrier):
    """Both ends of a connection tell the other's certificate, however the connection came to be.

    Of a resumed one it is that of the first connection, and nobody shows one where a key is known.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    ends = Maker(ssl, peers, native, certificates, way, carrier).made()
    served = certificates.several_names if "switched" in way else certificates.localhost
    shown = {
        "client": certificates.client.der if "authenticated" in way else None,
        "server": None if "key" in way else served.der,
    }
    assert ends.client.getpeercert(True) == shown["server"]
    assert ends.server.getpeercert(True) == shown["client"]
    assert bool(ends.client.getpeercert()) is (shown["server"] is not None)
    assert bool(ends.server.getpeercert()) is (shown["client"] is not None)


@pytest.mark.parametrize("way", [way for way in WAYS if "resumed" not in way])
@each_carrier
def test_chains_are_told(ssl, peers, native, certificates, way, carrier):
    """Each end tells the chain that the other showed in this handshake, or after it.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    ends = Maker(ssl, peers, native, certificates, way, carrier).made()
    leaf = None if "key" in way else ends.client.getpeercert(True)
    for chain in (ends.client.get_unverified_chain(), ends.client.get_verified_chain()):
        assert chain[:1] == ([] if leaf is None else [leaf])
    if "authenticated" in way:
        leaf = certificates.client.der
        assert ends.server.get_unverified_chain()[0] == leaf
        assert ends.server.get_verified_chain()[0] == leaf


@each_way
@each_carrier
def test_agreement_is_told(ssl, peers, native, certificates, way, carrier):
    """Both ends tell the same agreement, however the connection came to be.

    library/ssl.html#ssl.SSLSocket.cipher
    """
    maker = Maker(ssl, peers, native, certificates, way, carrier)
    ends = maker.made()
    one, other = (
        (
            end.version(),
            end.cipher(),
            end.selected_alpn_protocol(),
            end.session_reused,
            end.compression(),
            end.pending(),
        )
        for end in ends
    )
    assert one == other
    assert one[0] == maker.version
    assert one[2] == "h2"
    assert one[3] is ("resumed" in way or way == "key 1.3")
    assert ends.client.shared_ciphers() is None
    bindings = [end.get_channel_binding() for end in ends]
    assert (bindings[0] is None) is (bindings[1] is None)


@each_way
@each_carrier
def test_end_stays_what_it_was_made(ssl, peers, native, certificates, way, carrier):
    """Side, name and context of both ends are those of the wrapping, but for a switched context.

    library/ssl.html#ssl.SSLSocket.context
    """
    maker = Maker(ssl, peers, native, certificates, way, carrier)
    ends = maker.made()
    switched = "switched" in way
    assert [end.server_side for end in ends] == [False, True]
    assert [end.server_hostname for end in ends] == [maker.name, None]
    assert native.is_same(ends.client.context, maker.client) is True
    assert native.is_same(ends.server.context, maker.other if switched else maker.server) is True


@each_way
@each_carrier
def test_session_can_be_offered(ssl, peers, native, certificates, way, carrier):
    """The session of a connection, however that came to be, can be resumed by the next.

    library/ssl.html#ssl.SSLSocket.session
    """
    maker = Maker(ssl, peers, native, certificates, way, carrier)
    session = maker.made().client.session
    again = maker.connected(session)
    assert again.client.session_reused is again.server.session_reused
    assert again.client.session.has_ticket is session.has_ticket
    assert again.client.session_reused is True


@each_way
@each_carrier
def test_nothing_can_be_changed(ssl, peers, native, certificates, way, carrier):
    """What a connection was made with can be neither set nor agreed again, however it came to be.

    Only its context can be replaced, here by itself. Nothing of what it tells changes by that.

    library/ssl.html#ssl.SSLSocket.session
    """
    maker = Maker(ssl, peers, native, certificates, way, carrier)
    ends = maker.made()
    before = [told(end) for end in ends]
    newer = [told_newer(end) for end in ends]
    for end in ends:
        assert refused(end, ends.client.session) == REFUSED[carrier]
    assert [told(end) for end in ends] == before
    assert [told_newer(end) for end in ends] == newer
    maker.exchange(ends.server, ends.client)
    maker.show(ends)
    for end in ends:
        chains(end)
        if carrier == "sockets":
            end.setblocking(False)
        attempt_any(end.unwrap)


@each_way
@each_carrier
def test_certificate_later(ssl, peers, native, certificates, way, carrier):
    """A server can want a certificate later only of a client that offered that, in TLS 1.3.

    library/ssl.html#ssl.SSLSocket.verify_client_post_handshake
    """
    maker = Maker(ssl, peers, native, certificates, way, carrier)
    ends = maker.made()
    with pytest.raises(ssl.SSLError):
        ends.client.verify_client_post_handshake()
    if "later" in way:
        assert ends.server.verify_client_post_handshake() is None
    else:
        with pytest.raises(ssl.SSLError):
            ends.server.verify_client_post_handshake()
    maker.exchange(ends.server, ends.client)
    maker.exchange(ends.client, ends.server)
    maker.show(ends)


@each_way
@each_carrier
def test_connection_is_closed(ssl, peers, native, certificates, way, carrier):
    """Both ends of a connection close it in order, however it came to be.

    library/ssl.html#ssl.SSLSocket.unwrap
    """
    maker = Maker(ssl, peers, native, certificates, way, carrier)
    ends = maker.made()
    maker.exchange(ends.server, ends.client)
    if carrier == "sockets":
        ends.client.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):
            ends.client.unwrap()
        assert ends.server.unwrap() is not None
        assert ends.client.unwrap() is not None
        return
    with pytest.raises(ssl.SSLWantReadError):
        ends.client.unwrap()
    deliver(maker.pair.client, maker.pair.server)
    assert ends.server.unwrap() is None
    deliver(maker.pair.server, maker.pair.client)
    assert ends.client.unwrap() is None
