"""A TLS client in a select loop, which never blocks in TLS.

usage: python2.7 select_loop.py HOST PORT CAFILE

Sends a line to a server that echoes, and prints what comes back.
"""
import select
import socket
import sys

import _tls_bootstrap as ssl


class Connection(object):
    """A TLS connection over a socket that does not block."""

    def __init__(self, sock, context, hostname):
        self.sock = sock
        self.sock.setblocking(False)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=hostname)
        self.unsent = b""
        self.is_established = False

    def wants_to_send(self):
        self.unsent += self.outgoing.read()
        return bool(self.unsent)

    def send_what_waits(self):
        """Called when the socket can be written to."""
        if self.wants_to_send():
            self.unsent = self.unsent[self.sock.send(self.unsent):]

    def receive(self):
        """Called when the socket can be read; returns the application's data so far."""
        data = self.sock.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()
        return self.advance()

    def advance(self):
        """Goes on with the handshake, then reads all there is. b"" means: nothing yet. The peer's
        goodbye is an SSLZeroReturnError; an end without one an SSLEOFError."""
        received = []
        try:
            if not self.is_established:
                self.tls.do_handshake()   # raises where the certificate is not in order
                self.is_established = True
            while True:
                data = self.tls.read(65536)
                if not data:
                    raise ssl.SSLZeroReturnError(6, "the peer has said goodbye")
                received.append(data)
        except ssl.SSLWantReadError:
            return b"".join(received)
        except ssl.SSLZeroReturnError:
            if received:
                return b"".join(received)
            raise


def main(host, port, cafile):
    context = ssl.create_default_context(cafile=cafile)
    connection = Connection(socket.create_connection((host, int(port))), context, host)
    connection.advance()
    asked, answer = False, b""
    while not answer.endswith(b"\n"):
        writers = [connection.sock] if connection.wants_to_send() else []
        readable, writable, _ = select.select([connection.sock], writers, [], 10)
        if writable:
            connection.send_what_waits()
        if readable:
            answer += connection.receive()
        if connection.is_established and not asked:
            connection.tls.write(b"hello\n")
            asked = True
    print("%s %s" % (connection.tls.version(), answer.strip()))


if __name__ == "__main__":
    main(*sys.argv[1:])
