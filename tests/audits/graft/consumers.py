"""Real programs that use ssl on 2.7, without the graft and with it, in both orders of import.

usage: python -m tests.audits consumers [--interpreter PATH] [CONSUMER ...]

Each case is a process of its own that talks to a server of graft.servers over a recorded
connection. With the graft it must come to what it comes to without it, and nothing that is secret
may be on the wire. Exit status 0 means just that.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certs
from impls.host.cache import cache_folder, locked
from impls.host.declarations import agent_environment
from impls.host.interpreters import Interpreter
from impls.host.selection import assemble, built
from tests.audits.graft.servers import (
    CLIENT_SECRET,
    PROTOCOLS,
    SERVER_SECRET,
    Recording,
    recorded,
    serving,
)
from tests.audits.result import Result, Table, fail_on, publish

PROGRAM = Path(__file__).parent / "consumers_in_python27.py"
PACKAGES = (
    "eventlet==0.33.3",
    "gevent==22.10.2",
    "requests==2.27.1",
    "trollius==2.2.1",
    "urllib3==1.26.20",
)
"""The last versions for 2.7; eventlet's is the last that calls SSLObject()."""

ORDERS = ("stock", "patch first", "consumer first")
SITUATIONS = {
    "trusted": "localhost",
    "wrong host": "wrong_host",
    "unknown authority": "untrusted",
}
"""The situations, each with the server's certificate in the catalogue."""

SECONDS = 30.0
"""How long one process may take (normally at most 2)."""


@dataclass(frozen=True)
class Consumer:
    """One function of consumers_in_python27.py."""

    function: str
    name: str
    protocol: str = "http"
    """Of the server that it talks to; empty where it is the server."""
    connections: int = 1
    """How many it makes where all is well; FTP's second one is for data."""
    verifies: str = "certificate and host"
    over_objects: bool = False
    """Whether its TLS goes through SSLObject as soon as there is one."""


CONSUMERS = (
    Consumer("wrap_socket", "ssl.wrap_socket", verifies="certificate"),
    Consumer("wrap_then_connect", "SSLContext.wrap_socket, then connect"),
    Consumer("context_of_before", "contexts and a subclass of before", connections=2),
    Consumer("ssl_server", "a server of SSLSocket", ""),
    Consumer("httplib", "httplib"),
    Consumer("urllib", "urllib"),
    Consumer("urllib2", "urllib2"),
    Consumer("smtplib", "smtplib.SMTP_SSL", "smtp", verifies="nothing"),
    Consumer("smtplib_starttls", "smtplib, STARTTLS", "smtp_starttls", verifies="nothing"),
    Consumer("imaplib", "imaplib.IMAP4_SSL", "imap", verifies="nothing"),
    Consumer("poplib", "poplib.POP3_SSL", "pop3", verifies="nothing"),
    Consumer("ftplib", "ftplib.FTP_TLS", "ftp", connections=2),
    Consumer("requests", "requests 2.27.1"),
    Consumer("urllib3", "urllib3 1.26.20"),
    Consumer("trollius", "trollius 2.2.1", over_objects=True),
    Consumer("trollius_server", "a server of trollius", "", over_objects=True),
    Consumer("gevent", "gevent 22.10.2, monkey.patch_all and urllib2"),
    Consumer("gevent_socket", "gevent.ssl"),
    Consumer("gevent_server", "a server of gevent", ""),
    Consumer("eventlet", "eventlet 0.33.3, monkey_patch and urllib2"),
    Consumer("eventlet_wrap_then_connect", "eventlet.green.ssl", verifies="certificate"),
    Consumer("eventlet_swallowing", "the same, and TypeError is swallowed", verifies="certificate"),
    Consumer("eventlet_server", "a server of eventlet", ""),
)


@dataclass(frozen=True)
class Case:
    """What one process came to."""

    said: Mapping[str, Any]
    """The program's own last words; see consumers_in_python27.py."""
    heard: tuple[str, ...]
    """What the other side got inside of TLS, or the name of the exception that it met."""
    recordings: tuple[Recording, ...]

    @property
    def brief(self) -> str:
        return "data" if "data" in self.said else str(self.said["raised"])


class CaseError(Exception):
    """A process that came to nothing, in one sentence."""


# What is wrong with a case


def complaints(consumer: Consumer, order: str, case: Case, stock: Case) -> Iterator[str]:
    """What is wrong with a case of any order, beside the stock one of the same situation."""
    yield from wire_complaints(case.recordings)
    if case.said["patched"] != (order != "stock"):
        yield f"patched is {case.said['patched']}"
    went_through = case.said["objects"] > 0
    if went_through != (consumer.over_objects and order != "stock"):
        yield f"{case.said['objects']} SSLObjects were made"
    if "data" in case.said:
        wanted = SERVER_SECRET if consumer.protocol else CLIENT_SECRET
        if wanted not in case.said["data"]:
            yield f"it got {case.said['data']!r}"
        if CLIENT_SECRET not in "".join(case.heard):
            yield f"the other side got {case.heard}"
    elif CLIENT_SECRET in "".join(case.heard):
        yield "the other side got the secret although the consumer failed"
    if order != "stock":
        yield from differences(case, stock)


def wire_complaints(recordings: Sequence[Recording]) -> Iterator[str]:
    """What was seen on the wire and should not, or was not and should."""
    if not recordings:
        yield "nobody connected"
    for recording in recordings:
        both = bytes(recording.sent + recording.received)
        for secret in (SERVER_SECRET, CLIENT_SECRET):
            if secret.encode() in both:
                yield f"{secret!r} went over the wire in plain text"
        # STARTTLS: a client hello is the first thing after the line that asks for TLS.
        start = max(
            (
                recording.sent.find(line) + len(line)
                for line in (b"STARTTLS\r\n", b"AUTH TLS\r\n")
                if line in recording.sent
            ),
            default=0,
        )
        if recording.sent[start : start + 2] != b"\x16\x03":
            yield f"no TLS: it began with {bytes(recording.sent[start : start + 40])!r}"


def differences(case: Case, stock: Case) -> Iterator[str]:
    """How a case with the graft differs from the stock one, to who calls the consumer."""
    ours = {key: case.said.get(key) for key in ("data", "raised", "text", "caught as")}
    theirs = {key: stock.said.get(key) for key in ours}
    if ours == theirs:
        return
    caught = set(theirs["caught as"] or ()) <= set(ours["caught as"] or ())
    if case.said["objects"] and "raised" in case.said and "raised" in stock.said and caught:
        return  # another path, with another text; but whoever caught it before does so now
    yield f"it came to {_told(ours)}; stock: {_told(theirs)}"


def _told(words: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in words.items() if value is not None)


# Running a case


@dataclass(frozen=True)
class Bench:
    """What all cases need."""

    python: Path
    """Of the virtualenv with the consumers."""
    environment: Mapping[str, str]
    certificates: certs.Catalogue
    folder: Path

    def run(self, consumer: Consumer, situation: str, order: str) -> Case:
        """Run one case; CaseError where the process says nothing in time."""
        identity = getattr(self.certificates, SITUATIONS[situation])
        if not consumer.protocol:
            return self._server(consumer, situation, order, identity)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.chain, identity.key)
        with serving(PROTOCOLS[consumer.protocol], context) as server:
            with self._process(consumer, order, identity, server.port) as process:
                said = _last_words(process)
        words = _without(said, server.port)
        return Case(words, tuple(server.heard), tuple(server.recordings))

    def _server(
        self, consumer: Consumer, situation: str, order: str, identity: certs.Identity
    ) -> Case:
        """The process is the server: this one connects to it."""
        context = ssl.create_default_context(cafile=self.certificates.authority.certificate)
        recordings: list[Recording] = []
        with self._process(consumer, order, identity, 0) as process:
            assert process.stdout is not None
            killer = threading.Timer(SECONDS, process.kill)
            killer.start()
            try:
                first = json.loads(process.stdout.readline() or "{}")
                if "port" not in first:
                    raise CaseError(f"it says no port, but {first}")
                with recorded(first["port"], recordings) as front:
                    heard = _ask(context, front)
                said = _last_words(process)
            finally:
                killer.cancel()
        return Case(_without(said, first["port"]), (heard,), tuple(recordings))

    @contextlib.contextmanager
    def _process(
        self, consumer: Consumer, order: str, identity: certs.Identity, port: int
    ) -> Iterator[subprocess.Popen[str]]:
        situation = {
            "port": port,
            "authority": str(self.certificates.authority.certificate),
            "chain": str(identity.chain),
            "key": str(identity.key),
            "server_secret": SERVER_SECRET,
            "client_secret": CLIENT_SECRET,
        }
        command = [str(self.python), "-B", str(PROGRAM), order, consumer.function]
        with open(self.folder / f"{consumer.function}.log", "ab") as log:
            process = subprocess.Popen(
                [*command, json.dumps(situation)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        with process:
            try:
                yield process
            finally:
                process.kill()


def _ask(context: ssl.SSLContext, port: int) -> str:
    """Talk to a server of ours; the client's secret where it answered with its own."""
    request = f"POST / HTTP/1.1\r\nContent-Length: {len(CLIENT_SECRET)}\r\n\r\n{CLIENT_SECRET}"
    try:
        with (
            socket.create_connection(("127.0.0.1", port), SECONDS) as sock,
            context.wrap_socket(sock, server_hostname="localhost") as tls,
        ):
            tls.sendall(request.encode())
            received = b""
            while not received.endswith(SERVER_SECRET.encode()):
                data = tls.recv(1000)
                if not data:
                    return f"only {received!r}"
                received += data
    except OSError as error:
        return type(error).__name__
    return CLIENT_SECRET


def _last_words(process: subprocess.Popen[str]) -> dict[str, Any]:
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise CaseError(f"it did not end within {SECONDS:g} seconds") from None
    lines = output.splitlines()
    if process.returncode != 0 or not lines:
        raise CaseError(f"it ended with exit status {process.returncode} and said nothing")
    words: dict[str, Any] = json.loads(lines[-1])
    return words


def _without(said: Mapping[str, Any], port: int) -> dict[str, Any]:
    """The words with the port, which is another one each time, taken out of the text."""
    return {
        key: value.replace(str(port), "PORT") if key == "text" else value
        for key, value in said.items()
    }


# All of it


def virtualenv(interpreter: Interpreter) -> Path:
    """The Python of a 2.7 virtualenv with the PACKAGES, made when there is none yet."""
    key = json.dumps([PACKAGES, str(interpreter.executable)]).encode()
    folder = cache_folder() / f"consumers-{hashlib.sha256(key).hexdigest()[:16]}"
    python = folder / "bin" / "python"
    done = folder / "complete"
    with locked(folder.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make = [sys.executable, "-m", "virtualenv", "-q", "-p", str(interpreter.executable)]
            install = [str(python), "-m", "pip", "install", "-q", *PACKAGES]
            for command in ([*make, str(folder)], install):
                if subprocess.run(command).returncode != 0:
                    sys.exit(f"The virtualenv could not be made: {' '.join(command)} failed.")
            done.touch()
    return python


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits consumers")
    parser.add_argument("--interpreter", type=Path, action="append", default=[])
    parser.add_argument("consumers", nargs="*", metavar="CONSUMER")
    options = parser.parse_args()
    unknown = set(options.consumers) - {consumer.function for consumer in CONSUMERS}
    if unknown:
        parser.error(f"there is no consumer called {' or '.join(sorted(unknown))}")
    _, selection = assemble(["monkeypatched-py2.7"], interpreter=options.interpreter)
    if selection.missing:
        sys.exit(selection.missing[0].reason)
    patched = built(selection.implementations[0])
    assert patched.interpreter is not None
    chosen = [
        consumer
        for consumer in CONSUMERS
        if not options.consumers or consumer.function in options.consumers
    ]
    with tempfile.TemporaryDirectory(prefix="consumers-") as scratch:
        bench = Bench(
            virtualenv(patched.interpreter),
            {**agent_environment(patched), "PYTHONPATH": patched.path[0]},
            certs.mint(Path(scratch, "certificates")),
            Path(scratch),
        )
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda consumer: asked(bench, consumer), chosen))
    trouble = list(itertools.chain.from_iterable(wrong for _, wrong in results))
    columns = ("consumer", "verifies", *SITUATIONS, "SSLObjects with the graft")
    table = Table(
        "What each came to without the graft, and with it in both orders of import",
        columns,
        tuple(row for row, _ in results),
    )
    for row in (columns, *table.rows):
        print(" | ".join(row))
    fail_on(trouble)
    count = len(chosen) * len(SITUATIONS) * len(ORDERS)
    sentence = (
        f"{patched.interpreter}: {len(chosen)} consumers, {count} processes: with the graft, "
        "switched on before or after the consumer was imported, each came to what it came to "
        "without; every connection was TLS from its first byte (or from STARTTLS on), and nothing "
        "secret was seen on the wire."
    )
    numbers = {"consumers": len(chosen), "processes": count}
    publish("consumers", Result(sentence, numbers, (), [table]))


def asked(bench: Bench, consumer: Consumer) -> tuple[tuple[str, ...], list[str]]:
    """A consumer's line in the table, and what is wrong with it."""
    cells, trouble, objects = [], [], set()
    for situation in SITUATIONS:
        stock: Case | None = None
        for order in ORDERS:
            where = f"{consumer.function}, {situation}, {order}"
            try:
                case = bench.run(consumer, situation, order)
            except CaseError as error:
                trouble.append(f"{where}: {error}")
                continue
            if order == "stock":
                stock = case
                cells.append(case.brief)
            else:
                objects.add(case.said["objects"])
            if stock is None:
                continue  # that one is in trouble already
            trouble += [f"{where}: {text}" for text in complaints(consumer, order, case, stock)]
            if situation == "trusted" and len(case.recordings) != consumer.connections:
                trouble.append(f"{where}: {len(case.recordings)} connections were recorded")
    made = " or ".join(map(str, sorted(objects)))
    return (consumer.name, consumer.verifies, *cells, made), trouble


if __name__ == "__main__":
    main()
