"""A TLS layer between a transport and a protocol, as Twisted and trollius have them.

usage: python2.7 transport.py CERTIFICATE CAFILE

Lets a client and a server talk through two such layers, in memory, and prints what was said.
CERTIFICATE is a file with a key and a certificate for "localhost".
"""
import sys

import _tls_bootstrap as ssl


class TLSLayer(object):
    """A protocol to the transport below, a transport to the protocol above."""

    def __init__(self, protocol, context, **arguments):
        self.protocol = protocol
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, **arguments)
        self.is_established = False
        self.waiting = []         # what the protocol wrote before the handshake was done

    # what the transport below calls

    def connection_made(self, transport):
        self.transport = transport
        self.advance()

    def data_received(self, data):
        self.incoming.write(data)
        self.advance()

    def eof_received(self):
        self.incoming.write_eof()
        self.advance()

    # what the protocol above calls

    def write(self, data):
        if not self.is_established:
            self.waiting.append(data)
            return
        self.tls.write(data)
        self.flush()

    def close(self):
        try:
            self.tls.unwrap()     # says goodbye; the peer's is not waited for
        except ssl.SSLError:
            pass
        self.flush()
        self.transport.close()

    # between the two

    def flush(self):
        if self.outgoing.pending:
            self.transport.write(self.outgoing.read())

    def advance(self):
        try:
            if not self.is_established:
                self.tls.do_handshake()
                self.is_established = True
                self.protocol.connection_made(self)
                for data in self.waiting:
                    self.tls.write(data)
                del self.waiting[:]
            while True:
                data = self.tls.read(65536)
                if not data:
                    self.protocol.connection_lost(None)
                    break
                self.protocol.data_received(data)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:     # an alert may be waiting for the peer
            self.flush()
            self.transport.close()
            self.protocol.connection_lost(error)
            return
        self.flush()


class Pipe(object):
    """A transport that keeps what is written until it is delivered."""

    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append(data)

    def close(self):
        pass

    def deliver(self, layer):
        """Whether there was anything for the layer at the other end."""
        written, self.written = self.written, []
        for data in written:
            layer.data_received(data)
        return bool(written)


class Asking(object):
    def connection_made(self, transport):
        transport.write(b"hello")

    def data_received(self, data):
        print("the server says %s" % data)

    def connection_lost(self, error):
        print("the server is gone: %s" % error)


class Answering(object):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data.upper())
        self.transport.close()

    def connection_lost(self, error):
        print("the client is gone: %s" % error)


def main(certificate, cafile):
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate)
    client_context = ssl.create_default_context(cafile=cafile)
    client = TLSLayer(Asking(), client_context, server_hostname="localhost")
    server = TLSLayer(Answering(), server_context, server_side=True)
    up, down = Pipe(), Pipe()
    server.connection_made(down)
    client.connection_made(up)
    while up.deliver(server) or down.deliver(client):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
