"""Switches the graft on where the program starts; then one context is for sockets and for memory.

usage: python2.7 graft_at_start.py HOST PORT CAFILE

Sends a line to a server that echoes, over a stock socket and through MemoryBIOs.
"""
import _tls_bootstrap
_tls_bootstrap.monkeypatch_ssl()          # before threads are started; once is enough

import socket                             # noqa: E402
import ssl                                # noqa: E402
import sys                                # noqa: E402


def over_a_socket(context, host, port):
    sock = context.wrap_socket(socket.create_connection((host, port)), server_hostname=host)
    try:
        sock.sendall(b"hello\n")
        return sock.recv(100)
    finally:
        sock.close()


def through_memory(context, host, port):
    sock = socket.create_connection((host, port))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host)

    def finish(operation, *arguments):
        """Repeats an operation until TLS has received all that it needs."""
        while True:
            try:
                return operation(*arguments)
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                data = sock.recv(65536)
                if data:
                    incoming.write(data)
                else:
                    incoming.write_eof()
            finally:
                sock.sendall(outgoing.read())

    try:
        finish(tls.do_handshake)
        finish(tls.write, b"hello\n")
        return finish(tls.read, 100)
    finally:
        sock.close()


def main(host, port, cafile):
    context = ssl.create_default_context(cafile=cafile)
    for way in over_a_socket, through_memory:
        print("%s: %s" % (way.__name__, way(context, host, int(port)).strip()))


if __name__ == "__main__":
    main(*sys.argv[1:])
