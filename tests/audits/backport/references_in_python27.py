"""Repeats each kind of operation and counts the references that stay.

usage: python2.7 references_in_python27.py BUILD CERTIFICATES REPETITIONS

For a --with-pydebug interpreter. Prints one line of JSON: for each kind, used
directly and grafted, by how much sys.gettotalrefcount() grew.
"""
import array
import gc
import json
import os
import socket
import sys

sys.path.insert(0, sys.argv[1])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair                                 # noqa: E402

CERTIFICATES = sys.argv[2]
REPETITIONS = int(sys.argv[3])
AUTHORITY = os.path.join(CERTIFICATES, "authorities", "authority",
                         "certificate.pem")
DH_PARAMETERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "..", "conformance", "scenarios", "context",
                             "ffdhe2048.pem")
WARM_UP = min(10, REPETITIONS)


class Collecting(object):
    """A callback that lets the collector look around when it goes."""

    def __call__(self, *ignored):
        return None

    def __del__(self):
        gc.collect(0)


class Kinds(object):
    """One method for each kind of operation; each leaves nothing behind."""

    def __init__(self, ssl, version):
        self.ssl = ssl
        self.version = version
        self.pair = Pair(ssl, version, CERTIFICATES)
        self.connect()
        self.talking = Pair(ssl, version, CERTIFICATES)
        self.talking.wrap()
        self.talking.handshake()
        self.talking.talk()
        with open(AUTHORITY) as file:
            self.text = file.read()

    def connect(self):
        self.pair.wrap()
        self.pair.handshake()

    def resumed_handshake(self):
        pair = self.pair
        self.connect()
        pair.talk()
        pair.resume()
        assert pair.client.session_reused

    def close(self):
        self.connect()
        self.pair.talk()
        self.pair.close()

    def read_and_write(self):
        self.talking.talk()
        try:
            self.talking.client.read(100)
        except self.ssl.SSLWantReadError:
            sys.exc_clear()

    def read_into(self):
        pair, target = self.talking, bytearray(5)
        pair.client.write(memoryview(b"hello"))
        assert pair.server.read(5, target) == 5
        assert pair.server.pending() == 0

    def certificates(self):
        self.talking.describe()

    def odd_certificates(self):
        if self.ssl is not _tls_bootstrap:  # get_ca_certs() stays stock 2.7's
            return
        for name in ("odd_authority", "every_kind_of_text", "services_twice",
                     "unreadable_services", "unreadable_name",
                     "unreadable_alternative_name", "unreadable_access",
                     "unreadable_distribution_point"):
            context = self.ssl.create_default_context(cafile=os.path.join(
                CERTIFICATES, "identities", name, "certificate.pem"))
            try:
                context.get_ca_certs()
            except UnicodeDecodeError:
                sys.exc_clear()

    def context(self):
        ssl = self.ssl
        context = ssl.create_default_context(cadata=self.text.decode())
        if ssl is _tls_bootstrap:  # stock 2.7 fails there on OpenSSL 3
            context.load_verify_locations(
                cadata=stock.PEM_cert_to_DER_cert(self.text))
        context.set_ciphers("ECDHE+AESGCM")
        context.get_ciphers()
        context.get_ca_certs()
        context.cert_store_stats()
        context.session_stats()
        context.set_ecdh_curve("prime256v1")
        context.set_groups("X25519:P-256")
        context.set_ciphersuites("TLS_AES_128_GCM_SHA256")
        context.set_server_sigalgs("ecdsa_secp256r1_sha256")
        context.set_client_sigalgs(u"ecdsa_secp256r1_sha256")
        context.set_alpn_protocols(["h2"])
        context.verify_flags = context.verify_flags
        context.options |= ssl.OP_NO_TICKET
        context.keylog_filename = os.devnull
        str(context.keylog_filename)
        context.keylog_filename = None

    def callbacks_that_refer_to_their_context(self):
        context = self.ssl.create_default_context(
            self.ssl.Purpose.CLIENT_AUTH, cafile=AUTHORITY)
        context.sni_callback = lambda *ignored: context
        if self.ssl is _tls_bootstrap:
            context.set_psk_server_callback(lambda identity: context)
            client = self.ssl.create_default_context(cafile=AUTHORITY)
            client.set_psk_client_callback(lambda hint: (client, b"k"))

    def callback_that_raises(self):
        context = self.pair.contexts[1]
        keep = context.sni_callback

        def refuse(*ignored):
            raise ValueError("refused")

        context.sni_callback = refuse
        stderr, sys.stderr = sys.stderr, open(os.devnull, "w")
        try:
            self.connect()
        except self.ssl.SSLError:
            pass
        sys.stderr = stderr
        context.sni_callback = keep

    def message_callback(self):
        if self.ssl is not _tls_bootstrap:  # private, so not grafted
            return
        context = self.pair.contexts[0]
        context._msg_callback = lambda *told: [told]
        self.connect()

        def refuse(*ignored):
            raise ValueError("refused")

        context._msg_callback = refuse
        assert context._msg_callback is refuse
        self.pair.wrap()
        try:
            self.pair.client.do_handshake()
        except self.ssl.SSLWantReadError:  # it says more than the callback's
            sys.exc_clear()
        context._msg_callback = None

    def errors(self):
        ssl, pair = self.ssl, self.pair
        stranger = ssl.create_default_context(cafile=AUTHORITY)
        pair.wrap()
        for call in (lambda: pair.client.read(-1), pair.client.do_handshake,
                     pair.client.unwrap, pair.client.getpeercert,
                     lambda: pair.client.write(u"no bytes"),
                     lambda: pair.client.read(1, b"not writable"),
                     lambda: setattr(pair.client, "session", 1),
                     lambda: stranger.set_ciphers("none such"),
                     lambda: stranger.set_groups("none such"),
                     lambda: stranger.set_ciphersuites("none such"),
                     lambda: stranger.set_server_sigalgs("none such"),
                     lambda: stranger.set_client_sigalgs(u"\udc80"),
                     lambda: stranger.get_groups(1),
                     lambda: pair.contexts[0].load_cert_chain("/none/such"),
                     lambda: pair.contexts[0].load_verify_locations(
                         cadata=b"\x30\x82garbage"),
                     lambda: pair.contexts[0].wrap_bio(None, None),
                     lambda: ssl.SSLObject()):
            try:
                call()
            except (ssl.SSLError, ValueError, TypeError, IOError):
                sys.exc_clear()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = pair.contexts[0].wrap_bio(incoming, outgoing,
                                           server_hostname="no")
        incoming.write(b"this is no TLS record")
        try:
            client.do_handshake()
        except ssl.SSLError:
            sys.exc_clear()

    def refused_certificate(self):
        pair = self.pair
        stranger = self.ssl.create_default_context(
            capath=os.path.dirname(__file__))
        up, down = self.ssl.MemoryBIO(), self.ssl.MemoryBIO()
        client = stranger.wrap_bio(down, up, server_hostname="localhost")
        server = pair.contexts[1].wrap_bio(up, down, server_side=True)
        for _ in range(3):
            for peer in client, server:
                try:
                    peer.do_handshake()
                except self.ssl.SSLError:
                    sys.exc_clear()

    def sessions(self):
        session = self.talking.client.session
        (session.id, session.time, session.timeout, session.has_ticket,
         session.ticket_lifetime_hint)
        assert session == self.talking.client.session
        assert session != 1 and session != None and (session < 1) in (0, 1)

    def memory_bio(self):
        bio = self.ssl.MemoryBIO()
        bio.write(b"x" * 5000)
        bio.write(bytearray(b"y"))
        bio.write(array.array("c", b"of the old kind"))
        bio.read(1), bio.read()
        bio.write_eof()
        assert bio.eof and not bio.pending
        try:
            bio.write(b"late")
        except self.ssl.SSLError:
            sys.exc_clear()

    def replaced_context(self):
        ours = self.pair.contexts[1]
        other = self.talking.contexts[1]
        self.pair.wrap()

        def replace(called_for, name, context):
            called_for.context = other

        keep = ours.sni_callback
        ours.sni_callback = replace
        self.pair.handshake()
        ours.sni_callback = keep

    def pre_shared_keys(self):
        """Names beyond ASCII, which are encoded, and answers that are refused."""
        pair, key = Pair(self.ssl, self.version, CERTIFICATES), b"k" * 16
        client, server = pair.contexts
        client.set_ciphers("PSK")
        server.set_ciphers("PSK")
        server.set_psk_server_callback(lambda identity: key, u"f\xfcr dich")
        client.set_psk_client_callback(lambda hint: (u"J\xf6rg", key))
        pair.wrap()
        pair.handshake()
        for answer in (u"J" * 300, key), (u"nul\0", key), (None, u"key"), key:
            client.set_psk_client_callback(lambda hint: answer)
            pair.wrap()
            stderr, sys.stderr = sys.stderr, open(os.devnull, "w")
            try:
                pair.handshake()
            except self.ssl.SSLError:
                sys.exc_clear()
            sys.stderr = stderr
        for context, callback, hint in ((server, None, u"h" * 300),
                                        (server, len, u"h" * 300),
                                        (server, 1, u"hint"),
                                        (client, len, u"hint")):
            try:
                context.set_psk_server_callback(callback, hint)
            except (self.ssl.SSLError, TypeError, ValueError):
                sys.exc_clear()

    def sockets(self):
        ssl = self.ssl
        ends = [socket.socket(_sock=end) for end in socket.socketpair()]
        for end in ends:
            end.setblocking(False)
        client = self.pair.contexts[0].wrap_socket(
            ends[0], do_handshake_on_connect=False,
            server_hostname="localhost")
        server = self.pair.contexts[1].wrap_socket(
            ends[1], do_handshake_on_connect=False, server_side=True)
        buffer = bytearray(10)
        for _ in range(4):
            for end in client, server:
                for call in (end.do_handshake, lambda: end.send(b"hello"),
                             lambda: end.recv(2),
                             lambda: end.recv_into(buffer),
                             lambda: end.write(b"x" * 20), end.pending,
                             lambda: end.read(20), end.getpeercert):
                    try:
                        call()
                    except (ssl.SSLError, ValueError):
                        sys.exc_clear()
        for end in client, server, client, server:
            try:
                end.unwrap()
            except (ssl.SSLError, ValueError):
                sys.exc_clear()
        client.close()
        server.close()

    def what_is_seldom_called(self):
        ssl = self.ssl
        ssl.RAND_add("entropy", 0.0)
        if ssl is not _tls_bootstrap:
            return
        ssl.RAND_bytes(5)
        ssl.RAND_add(u"entropy", 0.0)
        core = sys.modules.pop("__tls_bootstrap")
        self.refused_certificate()
        sys.modules["__tls_bootstrap"] = core
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_dh_params(DH_PARAMETERS)
        context.set_default_verify_paths()
        context.num_tickets = 3
        context.post_handshake_auth = True
        (context.num_tickets, context.post_handshake_auth, context.protocol,
         context.security_level, self.talking.client.compression(),
         self.talking.client._sslobj.owner)
        for call in (lambda: context.load_dh_params(AUTHORITY),
                     lambda: ssl.RAND_add(5, 0.0),
                     lambda: setattr(context, "num_tickets", -1),
                     self.talking.server.verify_client_post_handshake):
            try:
                call()
            except (ssl.SSLError, TypeError, ValueError):
                sys.exc_clear()

    def what_is_half_gone(self):
        """The collector must not see what a finalizer that it runs belongs to."""
        pair = Pair(self.ssl, self.version, CERTIFICATES)
        pair.wrap()
        pair.handshake()
        pair.talk()
        client, server = pair.contexts
        client.set_psk_client_callback(Collecting())
        server.set_psk_server_callback(Collecting())
        del client, server, pair.contexts
        del pair.server
        session = pair.client.session
        del pair.client
        del session

    def objects_in_cycles(self):
        self.pair.wrap()
        self.pair.client.own = self.pair.client
        self.pair.wrap()
        context = self.ssl.create_default_context(
            self.ssl.Purpose.CLIENT_AUTH, cafile=AUTHORITY)
        server = context.wrap_bio(self.ssl.MemoryBIO(), self.ssl.MemoryBIO(),
                                  server_side=True)
        context.sni_callback = lambda *ignored: server


NAMES = sorted(name for name in vars(Kinds) if not name.startswith("_"))


def growth(operation):
    for _ in range(WARM_UP):
        operation()
    sys.exc_clear()
    gc.collect()
    before = sys.gettotalrefcount()
    for _ in xrange(REPETITIONS):
        operation()
    sys.exc_clear()
    gc.collect()
    return sys.gettotalrefcount() - before


def main():
    _tls_bootstrap.monkeypatch_ssl()
    found = {}
    gc.disable()
    for ssl, how in (_tls_bootstrap, "direct"), (stock, "grafted"):
        for version in "TLSv1_2", "TLSv1_3":
            kinds = Kinds(ssl, getattr(_tls_bootstrap.TLSVersion, version))
            for name in NAMES:
                label = "%s, %s, %s" % (name.replace("_", " "), how, version)
                found[label] = growth(getattr(kinds, name))
    print(json.dumps(found))


main()
