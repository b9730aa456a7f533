"""Parts of scenarios that run in the agent as a whole, not by single operations.

A thread must not use callbacks of the host, and a pause between two pieces must not depend on how fast
the pipe is: so these are written here, and a scenario calls them by name.
"""

import errno
import itertools
import socket
import time


class ScenarioBodies(object):
    """What a scenario starts as a whole."""

    def handshake_and_echo(self, client, server, hostname, session=None):
        """A function that connects two contexts in memory, echoes a word there and back 20 times.

        It returns one line: version, word, whether the session was reused, size of the subject.
        """
        module = self.tested_module()
        bio, wants_read = module.MemoryBIO, module.SSLWantReadError

        def talk():
            to_client, to_server = bio(), bio()
            near = client.wrap_bio(to_client, to_server, server_hostname=hostname, session=session)
            far = server.wrap_bio(to_server, to_client, server_side=True)
            waiting = [near, far]
            while waiting:
                for end in list(waiting):
                    try:
                        end.do_handshake()
                    except wants_read:
                        continue
                    waiting.remove(end)
            for number in range(20):
                near.write(b"hello")
                far.write(far.read(5))
                answer = near.read(5)
            subject = dict(item for name in near.getpeercert()["subject"] for item in name)
            result = (near.version(), answer.decode("ascii"), near.session_reused, len(subject))
            return "%s %s, reused: %s, names: %d" % result

        return talk

    def talk_through(self, outer_ends, client, server, hostname):
        """Connect two contexts by records that are the data of another connection, and talk.

        `outer_ends` are of that: the client's SSLObject and its incoming and outgoing BIOs, and
        the same of the server.
        It returns the version, the server's word, and what is read at the end.
        """
        outer, into_outer, from_outer, far_outer, into_far_outer, from_far_outer = outer_ends
        module = self.tested_module()
        bio, wants_read = module.MemoryBIO, module.SSLWantReadError
        near_in, near_out, far_in, far_out = bio(), bio(), bio(), bio()
        near = client.wrap_bio(near_in, near_out, server_hostname=hostname)
        far = server.wrap_bio(far_in, far_out, server_side=True)

        def carry():
            for source, sent, target, arriving, written, arrived in (
                (outer, from_outer, far_outer, into_far_outer, near_out, far_in),
                (far_outer, from_far_outer, outer, into_outer, far_out, near_in),
            ):
                data = written.read()
                if data:
                    source.write(data)
                    arriving.write(sent.read())
                while data:
                    piece = target.read(len(data))
                    arrived.write(piece)
                    data = data[len(piece) :]

        def done(function, *args):
            try:
                return function(*args)
            except wants_read:
                return "wants to read"

        for _ in range(4):
            done(near.do_handshake)
            carry()
            done(far.do_handshake)
            carry()
        far.write(b"a word")
        carry()
        told = [near.version(), near.read(10).decode("ascii"), done(near.unwrap)]
        carry()
        return told + [far.read(10).decode("ascii")]

    def switching_callback(self, context, wanted=None):
        """A callback that gives a connection another context, for one name or for whatever comes."""

        def switch(connection, name, original):
            if wanted in (None, name):
                connection.context = context

        return switch

    def one_connection_server(self, context):
        """A Server of one connection on the loopback interface."""
        return Server(context)

    def speak_first(self, listener, words):
        """A Thread that accepts one connection, sends words that are not TLS, and returns it."""
        listener.settimeout(Thread.PATIENCE)

        def speak():
            sock = listener.accept()[0]
            sock.sendall(words)
            return sock

        return Thread(speak, (), {})

    def forward(self, source, target):
        """Send on one socket what another has received."""
        target.sendall(source.recv(65536))

    def forward_slowly(self, source, target, pause):
        """The same in a Thread, in two dozen pieces or more, until the other end is closed.

        `pause` is the seconds between two pieces.
        """
        data = source.recv(65536)
        size = max(1, len(data) // 24)
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        return Thread(self.slowly, (pause, target.send, pieces))

    def receive_slowly(self, sock, size, pause):
        """A Thread that reads `size` bytes at a time until the other end is closed."""
        return Thread(self.slowly, (pause, sock.recv, itertools.repeat(size)))

    def slowly(self, pause, operation, arguments):
        try:
            for argument in arguments:
                if not operation(argument):
                    return
                time.sleep(pause)
        except socket.error:
            pass

    def fill_send_buffer(self, sock):
        """Send on a socket, not in TLS, until it takes no more; how many bytes, for drain()."""
        sent = 0
        sock.setblocking(False)
        try:
            while True:
                sent += sock.send(b"x" * 4096)
        except socket.error as error:
            if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
                raise
        return ByHandle(sent)

    def drain(self, sock, sent):
        """Read at the other end the bytes that fill_send_buffer() sent."""
        sock.setblocking(False)
        while sent:
            read = len(sock.recv(sent))
            if not read:
                raise RuntimeError("The other end has closed.")
            sent -= read


class Server(object):
    """Accepts one connection on the loopback interface, does its handshake and closes it."""

    def __init__(self, context):
        self.context = context
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.listener.settimeout(Thread.PATIENCE)
        self.thread = Thread(self.serve, (), {})

    def address(self):
        return self.listener.getsockname()

    def serve(self):
        connection, _ = self.listener.accept()
        try:
            connection.settimeout(Thread.PATIENCE)
            self.context.wrap_socket(connection, server_side=True).close()
        finally:
            connection.close()

    def close(self):
        """Wait until the connection is over; what the handshake raised is the client's to tell."""
        socket.create_connection(self.address()).close()  # the one to wait for, where no other came
        self.thread.thread.join(Thread.PATIENCE)
        self.listener.close()
