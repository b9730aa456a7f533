"""Sockets: connected, listening, full, deaf, reset."""

import os
import select
import socket
import struct


class SocketProbes(object):
    """Probes that make sockets, and what may happen to them."""

    def socketpair(self, family="AF_UNIX"):
        """Two stream sockets that are connected with each other."""
        if family != "AF_UNIX":
            listener = self.listening_socket(family)
            near = self.connecting_socket(listener)
            far = listener.accept()[0]
            listener.close()
            return near, far
        ends = socket.socketpair()
        if PY2:  # there it returns what socket.socket is made around
            ends = tuple(socket.socket(_sock=end) for end in ends)
        return ends

    def unconnected_socket(self, kind="SOCK_STREAM", family="AF_UNIX", flags=0):
        """A new socket of the family and kind that socketpair() makes, or of others."""
        sock = socket.socket(getattr(socket, family), getattr(socket, kind) | flags)
        if (family, kind) == ("AF_INET", "SOCK_STREAM"):
            # What is sent is there at once, as with AF_UNIX; accept() passes it on.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def listening_socket(self, family="AF_UNIX"):
        """A socket that listens, at an address of its own."""
        listener = self.unconnected_socket(family=family)
        if family == "AF_UNIX":
            listener.bind(os.path.join(self.agent.objects.new_folder(), "socket"))
        else:
            listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        return listener

    def deaf_socket(self):
        """A TCP socket with an address, at which nobody listens."""
        sock = self.unconnected_socket(family="AF_INET")
        sock.bind(("127.0.0.1", 0))
        return sock

    def full_listener(self, family):
        """A socket that listens, without room for another than the one that waits, and that one."""
        listener = self.listening_socket(family)
        listener.listen(0)
        return listener, self.connecting_socket(listener)

    def connecting_socket(self, listener):
        """A new socket that is connected to one that listens; nobody has accepted it yet."""
        sock = self.unconnected_socket(family="AF_UNIX" if listener.family == 1 else "AF_INET")
        sock.connect(listener.getsockname())
        return sock

    def reset_socket(self, words=b""):
        """A TCP socket whose peer said something, not in TLS, and has reset the connection."""
        near, far = self.socketpair("AF_INET")
        self.reset(far, words)
        self.wait_for_reset(near)
        return near

    def wait_for_reset(self, sock):
        """Return when the peer's reset has come."""
        poll = select.poll()
        poll.register(sock.fileno(), 0)
        if not poll.poll(Thread.PATIENCE * 1000):
            raise RuntimeError("The connection was not reset.")

    def reset(self, sock, words=b""):
        """Say something on a TCP socket and reset its connection."""
        sock.sendall(words)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()  # without lingering: that resets

    def under_default_timeout(self, seconds, function, *args):
        """What a function returns or raises where new sockets of any thread wait so many seconds."""
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(seconds)
        try:
            return function(*args)
        finally:
            socket.setdefaulttimeout(before)

    def duplicate(self, sock):
        """Another socket for the same connection; dup() of 2.7 has the same timeout."""
        return socket.fromfd(sock.fileno(), sock.family, sock.type)

    def socket_number(self, name):
        """A number of the socket module by name."""
        return int(getattr(socket, name))
