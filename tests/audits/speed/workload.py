"""The work that is timed: one file that runs in every Python from 2.7 on, with nothing else.

usage: PYTHON workload.py SETTINGS

SETTINGS is a JSON object: "module" is the ssl module's name, "path" and "set_up" come before its
import, "directory" has the certificates (see limit.c, which does the same work in C). Then it
reads one JSON document a line, {"case": NAME, "iterations": N}, does that case N times and answers
with the seconds it took by the wall and by the process's CPU clock, and with "proof": what the
work came to, from which the host sees that all do the same.
"""
from __future__ import print_function

import gc
import hashlib
import importlib
import json
import os.path
import resource
import sys
import time
from itertools import repeat  # range() makes a list in 2.7

wall_clock = getattr(time, "perf_counter", time.time)


def cpu_clock():
    """Seconds of CPU of this process: the one call that has microseconds in all Pythons."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def hexadecimal(data):
    return "".join("%02x" % byte for byte in bytearray(data))


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Pair(object):
    """A client and a server over memory BIOs, after their handshake."""

    def __init__(self, ssl, client_context, server_context, host="localhost", session=None):
        self.client_in, self.client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server_in, self.server_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client_context.wrap_bio(
            self.client_in, self.client_out, server_hostname=host, session=session)
        self.server = server_context.wrap_bio(self.server_in, self.server_out, server_side=True)
        self.wire = 0
        self.flight = None
        client_done = server_done = False
        while not (client_done and server_done):
            if not client_done:
                try:
                    self.client.do_handshake()
                    client_done = True
                except ssl.SSLWantReadError:
                    pass
            data = self.client_out.read()
            self.wire += len(data)
            self.server_in.write(data)
            if not server_done:
                try:
                    self.server.do_handshake()
                    server_done = True
                except ssl.SSLWantReadError:
                    pass
            data = self.server_out.read()
            self.wire += len(data)
            self.client_in.write(data)
            if self.flight is None:
                self.flight = data


class Workload(object):
    def __init__(self, ssl, directory):
        self.ssl = ssl
        self.directory = directory
        self.prepared = {}

    # What both sides are configured with: everything that a version may have its own opinion on.

    def context(self, side, tls13):
        ssl = self.ssl
        context = ssl.SSLContext(getattr(ssl, "PROTOCOL_TLS_" + side, ssl.PROTOCOL_SSLv23))
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.options = (
            ssl.OP_NO_SSLv3 | ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1 | ssl.OP_NO_COMPRESSION
            | ssl.OP_CIPHER_SERVER_PREFERENCE | 0x100000  # OP_ENABLE_MIDDLEBOX_COMPAT
            | (ssl.OP_NO_TLSv1_2 if tls13 else ssl.OP_NO_TLSv1_3))
        context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
        context.set_ecdh_curve("prime256v1")
        return context

    def file(self, name):
        return os.path.join(self.directory, name)

    def client_context(self, tls13, authority="authority.pem"):
        context = self.context("CLIENT", tls13)
        context.load_verify_locations(self.file(authority))
        context.verify_flags = self.ssl.VERIFY_X509_TRUSTED_FIRST
        context.verify_mode = self.ssl.CERT_REQUIRED
        context.check_hostname = True
        return context

    def server_context(self, tls13, identity="localhost"):
        context = self.context("SERVER", tls13)
        context.load_cert_chain(
            self.file(identity + "-chain.pem"), self.file(identity + "-key.pem"))
        return context

    def accepts(self, authority="authority.pem", host="localhost"):
        try:
            Pair(self.ssl, self.client_context(True, authority), self.server_context(True), host)
        except (self.ssl.SSLError, self.ssl.CertificateError):  # 3.6 has the second for the host
            return False
        return True

    def once(self, key, prepare):
        if key not in self.prepared:
            self.prepared[key] = prepare()
        return self.prepared[key]

    # The cases: each returns a function that does it and one that tells what came of it.

    def handshake_tls12(self):
        return self.handshakes(False, False)

    def handshake_tls13(self):
        return self.handshakes(True, False)

    def resumed_tls12(self):
        return self.handshakes(False, True)

    def resumed_tls13(self):
        return self.handshakes(True, True)

    def contexts_and_session(self, tls13):
        client_context, server_context = self.client_context(tls13), self.server_context(tls13)
        pair = Pair(self.ssl, client_context, server_context)
        try:
            pair.client.read(1)         # TLS 1.3's tickets come after the handshake
        except self.ssl.SSLWantReadError:
            pass
        return client_context, server_context, pair.client.session

    def handshakes(self, tls13, resume):
        ssl = self.ssl
        client_context, server_context, session = self.once(
            ("contexts", tls13), lambda: self.contexts_and_session(tls13))
        if not resume:
            session = None
        last = []

        def work(iterations):
            resumed = wire = 0
            for _ in repeat(None, iterations):
                pair = None  # one at a time, as in limit.c
                pair = Pair(ssl, client_context, server_context, "localhost", session)
                resumed += pair.client.session_reused
                wire += pair.wire
            last[:] = pair, resumed, wire

        def proof(iterations):
            pair, resumed, wire = last
            return {
                "handshakes": iterations,
                "resumed": resumed,
                "wire": float(wire) / iterations,
                "version": pair.client.version(),
                "cipher": pair.client.cipher()[0],
                "peer": digest(pair.client.getpeercert(True)),
                "flight": hexadecimal(pair.flight),
            }
        return work, proof

    def bulk_16384(self):
        return self.bulk(16384)

    def bulk_64(self):
        return self.bulk(64)

    def bulk(self, size):
        pair = self.once("bulk", lambda: Pair(
            self.ssl, self.client_context(True), self.server_context(True)))
        payload = b"x" * size
        last = []

        def work(iterations):
            client, server = pair.client, pair.server
            client_out, server_in = pair.client_out, pair.server_in
            total = wire = 0
            for _ in repeat(None, iterations):
                client.write(payload)
                data = client_out.read()
                wire += len(data)
                server_in.write(data)
                received = server.read(size)
                total += len(received)
            last[:] = total, wire, received

        def proof(iterations):
            total, wire, received = last
            return {
                "bytes": total,
                "wire": float(wire) / iterations,
                "version": pair.client.version(),
                "cipher": pair.client.cipher()[0],
                "received": digest(received),
            }
        return work, proof

    def pipe_16384(self):
        return self.pipe(16384)

    def pipe_64(self):
        return self.pipe(64)

    def pipe(self, size):
        bio = self.once("pipe", self.ssl.MemoryBIO)
        payload = b"x" * size
        last = []

        def work(iterations):
            total = 0
            for _ in repeat(None, iterations):
                bio.write(payload)
                received = bio.read(size)
                total += len(received)
            last[:] = total, received

        def proof(iterations):
            total, received = last
            return {"bytes": total, "received": digest(received)}
        return work, proof

    def certificate_dict(self):
        return self.certificate(False, lambda found: {
            "dictionary": digest(json.dumps(found, sort_keys=True).encode("ascii"))})

    def certificate_der(self):
        return self.certificate(True, lambda found: {"der": digest(found)})

    def certificate(self, binary, told):
        client = self.once("certificate", lambda: Pair(
            self.ssl, self.client_context(True), self.server_context(True, "rich"))).client
        last = []

        def work(iterations):
            for _ in repeat(None, iterations):
                found = client.getpeercert(binary)
            last[:] = [found]

        def proof(iterations):
            return dict(told(last[0]), certificates=iterations)
        return work, proof

    def calls(self):
        last = []

        def work(iterations):
            block = bytearray(64)
            total = 0
            for _ in repeat(None, iterations):
                block.append(120)
                block.pop(0)
                total += len(block)
            last[:] = [total]

        def proof(iterations):
            return {"bytes": last[0]}
        return work, proof

    def measure(self, case, iterations):
        work, proof = getattr(self, case)()
        gc.collect()
        wall, cpu = wall_clock(), cpu_clock()
        work(iterations)
        cpu, wall = cpu_clock() - cpu, wall_clock() - wall
        return {"wall": wall, "cpu": cpu, "proof": proof(iterations)}


def say(message):
    print(json.dumps(message))
    sys.stdout.flush()


def main():
    settings = json.loads(sys.argv[1])
    sys.path[:0] = settings["path"]
    names = {}
    for statement in settings["set_up"]:
        exec(statement, names)
    ssl = importlib.import_module(settings["module"])
    workload = Workload(ssl, settings["directory"])
    say({"openssl": ssl.OPENSSL_VERSION, "accepts": {
        "the right one": workload.accepts(),
        "unknown authority": workload.accepts(authority="other_authority.pem"),
        "other host": workload.accepts(host="other.example"),
    }})
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        request = json.loads(line)
        say(workload.measure(request["case"], request["iterations"]))


if __name__ == "__main__":
    main()
