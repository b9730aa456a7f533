"""A client and a server over MemoryBIOs, for the programs beside this file."""
import array
import os


def unless_too_old(getter):
    """What a getter returns; None where this OpenSSL has nothing for it."""
    try:
        return getter()
    except NotImplementedError:
        return None


class Pair(object):
    """A client and a server that verify each other, before the handshake."""

    def __init__(self, ssl, version, certificates):
        def path(*names):
            return os.path.join(certificates, *names)

        authority = path("authorities", "authority", "certificate.pem")
        self.ssl = ssl
        client = ssl.create_default_context(cafile=authority)
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_verify_locations(authority)
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_cert_chain(path("identities", "rich", "chain.pem"),
                               path("identities", "rich", "key.pem"))
        client.load_cert_chain(path("identities", "client", "chain.pem"),
                               path("identities", "client", "key.pem"))
        client.check_hostname = False
        client.set_alpn_protocols(["h2", "http/1.1"])
        server.set_alpn_protocols(["http/1.1"])
        server.sni_callback = lambda called_for, name, context: None
        for context in client, server:
            context.minimum_version = context.maximum_version = version
        self.contexts = client, server

    def wrap(self):
        ssl = self.ssl
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        client, server = self.contexts
        self.client = client.wrap_bio(down, up, server_hostname="localhost")
        self.server = server.wrap_bio(up, down, server_side=True)

    def handshake(self):
        for _ in range(4):
            for peer in self.client, self.server:
                try:
                    peer.do_handshake()
                except self.ssl.SSLWantReadError:
                    pass
        return [(peer.version(), peer.selected_alpn_protocol(),
                 peer.getpeercert(True)) for peer in (self.client, self.server)]

    def talk(self):
        for source, target in ((self.client, self.server),
                               (self.server, self.client)):
            for size in 5, 16384, 40000:
                data = b"x" * size
                while data:
                    data = data[source.write(data):]
                while size:
                    size -= len(target.read(size))
            source.write(b"hello")
            target.read(5, array.array("B", b"-----"))
        self.ssl.MemoryBIO().write(b"x" * 100000)

    def describe(self):
        told = []
        for peer in self.client, self.server:
            told += [peer.getpeercert(), peer.getpeercert(True),
                     peer.get_verified_chain(), peer.get_unverified_chain(),
                     peer.cipher(), peer.shared_ciphers(), peer.version(),
                     peer.context.get_ciphers(), peer.context.get_ca_certs()]
            peer.get_channel_binding()
            peer.session
            for getter in (peer.group, peer.client_sigalg, peer.server_sigalg,
                           peer.context.get_groups, self.ssl.get_sigalgs):
                told.append(unless_too_old(getter))
        return told

    def resume(self):
        session = self.client.session
        self.wrap()
        self.client.session = session
        self.handshake()

    def close(self):
        for peer in self.client, self.server, self.client:
            try:
                peer.unwrap()
            except self.ssl.SSLWantReadError:
                pass
