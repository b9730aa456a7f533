"""Small TLS servers on 127.0.0.1 for the consumers, and what records the bytes on the wire.

Each server speaks just what the standard library's client of its protocol says. SERVER_SECRET and
CLIENT_SECRET travel inside of TLS, so neither may be seen in a recording.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

SERVER_SECRET = "the server's secret"
CLIENT_SECRET = "the-clients-secret"
SECONDS = 10.0
"""How long a server waits for the next bytes."""


class Stream:
    """One connection of a server, in lines; TLS from the start or from `start_tls` on."""

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext,
        implicit: bool,
        recordings: list[Recording],
    ) -> None:
        sock.settimeout(SECONDS)
        self.context = context
        self.recordings = recordings
        """Where a connection that belongs to this one is to be recorded."""
        self._socket = sock
        self._file = sock.makefile("rb")
        if implicit:
            self.start_tls()

    def start_tls(self) -> None:
        self._socket = self.context.wrap_socket(self._socket, server_side=True)
        self._file = self._socket.makefile("rb")

    def line(self) -> str:
        """The next line; an empty one at the end."""
        return self._file.readline().decode("latin-1").rstrip("\r\n")

    def read(self, size: int) -> str:
        return self._file.read(size).decode("latin-1")

    def say(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode("latin-1"))

    def end(self) -> None:
        """Close with close_notify, where the other side still listens."""
        if isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(OSError):
                self._socket.settimeout(1.0)
                self._socket = self._socket.unwrap()
        self._file.close()
        self._socket.close()


# What the protocols say. Each returns what the client sent inside of TLS.


def http(stream: Stream) -> str:
    """Answers one request with the server's secret; returns its body."""
    size = 0
    stream.line()
    while header := stream.line():
        name, _, value = header.partition(":")
        if name.lower() == "content-length":
            size = int(value)
    body = stream.read(size)
    stream.say("HTTP/1.1 200 OK", f"Content-Length: {len(SERVER_SECRET)}", "Connection: close", "")
    stream.send(SERVER_SECRET)
    return body


def smtp(stream: Stream) -> str:
    """Takes one message; its greeting is the server's secret where TLS is there from the start."""
    stream.say("220 localhost")
    return _smtp_session(stream)


def smtp_starttls(stream: Stream) -> str:
    stream.say("220 localhost")
    while not stream.line().upper().startswith("STARTTLS"):
        stream.say("250-localhost", "250 STARTTLS")
    stream.say("220 go ahead")
    stream.start_tls()
    return _smtp_session(stream)


def _smtp_session(stream: Stream) -> str:
    message: list[str] = []
    while line := stream.line():
        if line.upper().startswith("DATA"):
            stream.say("354 go ahead")
            while (text := stream.line()) != ".":
                message.append(text)
            stream.say("250 OK")
        elif line.upper().startswith("QUIT"):
            stream.say("221 bye")
            break
        else:
            stream.say(f"250 {SERVER_SECRET}")
    return "".join(message)


def imap(stream: Stream) -> str:
    """One message, which is the server's secret; the password is the client's."""
    password = ""
    stream.say("* OK IMAP4rev1")
    while line := stream.line():
        tag, command, *words = line.split(" ")
        if command == "CAPABILITY":
            stream.say("* CAPABILITY IMAP4rev1")
        elif command == "LOGIN":
            password = words[1].strip('"')
        elif command == "SELECT":
            stream.say("* 1 EXISTS")
        elif command == "FETCH":
            stream.say(f"* 1 FETCH (RFC822 {{{len(SERVER_SECRET)}}}")
            stream.say(f"{SERVER_SECRET})")
        elif command == "LOGOUT":
            stream.say("* BYE")
        stream.say(f"{tag} OK done")
        if command == "LOGOUT":
            break
    return password


def pop3(stream: Stream) -> str:
    """One message, which is the server's secret; the password is the client's."""
    password = ""
    stream.say("+OK ready")
    while line := stream.line():
        command, _, rest = line.partition(" ")
        if command == "PASS":
            password = rest
        stream.say("+OK")
        if command == "RETR":
            stream.say(SERVER_SECRET, ".")
        elif command == "QUIT":
            break
    return password


def ftp(stream: Stream) -> str:
    """One file, which is the server's secret, over a second connection that is recorded too."""
    password = ""
    stream.say("220 ready")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listener())
        recorder = recorded(listener.getsockname()[1], stream.recordings)
        port = stack.enter_context(recorder)
        while line := stream.line():
            command, _, rest = line.upper().partition(" ")
            if command == "AUTH":
                stream.say("234 go ahead")
                stream.start_tls()
            elif command == "USER":
                stream.say("331 password?")
            elif command == "PASS":
                password = line.partition(" ")[2]
                stream.say("230 welcome")
            elif command == "PASV":
                stream.say(f"227 (127,0,0,1,{port // 256},{port % 256})")
            elif command == "RETR":
                stream.say("150 here it comes")
                data = Stream(listener.accept()[0], stream.context, True, stream.recordings)
                data.send(SERVER_SECRET)
                data.end()
                stream.say("226 done")
            elif command == "QUIT":
                stream.say("221 bye")
                break
            else:
                stream.say("200 OK")
    return password


@dataclass(frozen=True)
class Protocol:
    """What a server speaks, and whether TLS is there from the first byte."""

    speak: Callable[[Stream], str]
    implicit: bool = True


PROTOCOLS = {
    "http": Protocol(http),
    "smtp": Protocol(smtp),
    "smtp_starttls": Protocol(smtp_starttls, implicit=False),
    "imap": Protocol(imap),
    "pop3": Protocol(pop3),
    "ftp": Protocol(ftp, implicit=False),
}


# Connections


@dataclass
class Recording:
    """What went over one connection each way."""

    sent: bytearray = field(default_factory=bytearray)
    """By whoever connected."""
    received: bytearray = field(default_factory=bytearray)


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(SECONDS)
    return listener


def _relay(source: socket.socket, target: socket.socket, copy: bytearray) -> None:
    """Pass on what comes until its end, and keep a copy."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            copy += data
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def recorded(port: int, recordings: list[Recording]) -> Iterator[int]:
    """A port whose connections go on to another one of 127.0.0.1; each adds its recording."""
    relays: list[threading.Thread] = []

    def connect(near: socket.socket) -> None:
        recording = Recording()
        recordings.append(recording)
        with near, socket.create_connection(("127.0.0.1", port), SECONDS) as far:
            near.settimeout(SECONDS)
            back = threading.Thread(target=_relay, args=(far, near, recording.received))
            back.start()
            _relay(near, far, recording.sent)
            back.join()

    with _serving(connect, relays) as front:
        yield front
    for relay in relays:
        relay.join()


@contextlib.contextmanager
def _serving(
    serve: Callable[[socket.socket], None], threads: list[threading.Thread]
) -> Iterator[int]:
    """A port; each connection to it is served in a thread of its own."""
    listener = _listener()
    port: int = listener.getsockname()[1]

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=serve, args=(sock,))
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield port
    finally:
        # close() alone does not wake the thread that waits in accept().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()


@dataclass
class Server:
    """A server that runs, and what came of its connections."""

    port: int
    heard: list[str]
    """What clients sent inside of TLS, or the name of the exception that the server met."""
    recordings: list[Recording]


@contextlib.contextmanager
def serving(protocol: Protocol, context: ssl.SSLContext) -> Iterator[Server]:
    """Serve a protocol on a port that records; every connection is over when this is."""
    threads: list[threading.Thread] = []
    heard: list[str] = []
    recordings: list[Recording] = []

    def serve(sock: socket.socket) -> None:
        try:
            stream = Stream(sock, context, protocol.implicit, recordings)
            try:
                heard.append(protocol.speak(stream))
            finally:
                stream.end()
        except OSError as error:
            heard.append(type(error).__name__)
        finally:
            sock.close()

    with _serving(serve, threads) as port, recorded(port, recordings) as front:
        yield Server(front, heard, recordings)
    for thread in threads:
        thread.join()
