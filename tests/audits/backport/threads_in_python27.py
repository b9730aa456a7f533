"""Uses the backport from several threads, in callbacks and across a fork.

usage: python2.7 threads_in_python27.py BUILD CERTIFICATES

Each situation runs in a process of its own, which a signal ends when it takes
too long. Prints a line of JSON for each: its name, and "ok" or how it ended.
"""
from __future__ import print_function

import gc
import os
import socket
import sys
import threading
import time
import weakref

sys.path.insert(0, sys.argv[1])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair                                 # noqa: E402
from situations_in_python27 import (                              # noqa: E402
    SECONDS, run_situations, together)

CERTIFICATES = sys.argv[2]


def new_pair(ssl, contexts=None):
    pair = Pair(ssl, _tls_bootstrap.TLSVersion.TLSv1_3, CERTIFICATES)
    if contexts is not None:
        pair.contexts = contexts
    pair.wrap()
    return pair


def connected(ssl):
    pair = new_pair(ssl)
    pair.handshake()
    pair.talk()
    return pair


def objects_of_one_context_in_8_threads(ssl):
    contexts = new_pair(ssl).contexts

    def work():
        for _ in range(10):
            pair = new_pair(ssl, contexts)
            assert pair.handshake()[0][0] == "TLSv1.3"
            pair.talk()
            pair.describe()
            pair.resume()
            pair.close()

    together(*[work] * 8)


def one_object_in_2_threads(ssl):
    pair = connected(ssl)
    sent = 200

    def write():
        for _ in range(sent):
            pair.client.write(b"x" * 1000)
            pair.server.version()

    def read():
        left = sent * 1000
        while left:
            try:
                left -= len(pair.server.read(700))
            except ssl.SSLWantReadError:
                pair.server.pending()

    together(write, read, pair.client.getpeercert, pair.server.cipher)


def one_object_handshakes_in_2_threads(ssl):
    for _ in range(30):
        pair = new_pair(ssl)

        def drive():
            for _ in range(20):
                for peer in pair.client, pair.server:
                    try:
                        peer.do_handshake()
                    except ssl.SSLWantReadError:
                        pass

        together(drive, drive)
        assert pair.client.version() == "TLSv1.3"


def socket_in_both_directions(ssl):
    """The backport's SSLSocket alone: a stock one is not made for this, nor is Python 3's."""
    contexts = new_pair(ssl).contexts
    plain = [socket.socket(_sock=end) for end in socket.socketpair()]
    ends = [None, None]

    def connect(at, **arguments):
        plain[at].settimeout(SECONDS)
        ends[at] = contexts[at].wrap_socket(plain[at], **arguments)

    together(lambda: connect(0, server_hostname="localhost"),
             lambda: connect(1, server_side=True))
    data = b"0123456789abcdef" * (1 << 14)

    def receive(end):
        received = b""
        while len(received) < len(data):
            received += end.recv(65536)
        assert received == data

    together(*[lambda end=end, work=work: work(end) for end in ends
               for work in (receive, lambda end: end.sendall(data))])


def one_buffer_of_2_objects(ssl):
    pair = new_pair(ssl)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    clients = [pair.contexts[0].wrap_bio(incoming, outgoing,
                                         server_hostname="localhost")
               for _ in range(2)]

    def start(client):
        for _ in range(50):
            try:
                client.do_handshake()
            except ssl.SSLError:
                pass

    def move():
        for _ in range(200):
            outgoing.read(100)
            incoming.write(b"\x16\x03\x03")
            outgoing.pending, incoming.eof

    together(lambda: start(clients[0]), lambda: start(clients[1]), move, move)


def one_buffer_in_8_threads(ssl):
    bio = ssl.MemoryBIO()

    def work():
        for _ in range(500):
            bio.write(b"x" * 999)
            bio.read(333), bio.read(333), bio.read(333)

    together(*[work] * 8)
    bio.read()
    assert bio.pending == 0


def one_context_is_loaded_in_8_threads(ssl):
    """The backport's contexts alone: a stock one, and Python 3's, is not made for this."""
    client, server = new_pair(ssl).contexts
    identity = os.path.join(CERTIFICATES, "identities", "rich")
    authority = os.path.join(CERTIFICATES, "authorities", "authority",
                             "certificate.pem")

    def load():
        for _ in range(20):
            server.load_cert_chain(os.path.join(identity, "chain.pem"),
                                   os.path.join(identity, "key.pem"),
                                   lambda: "not asked for")
            server.load_verify_locations(authority, CERTIFICATES)
            server.set_default_verify_paths()
            server.get_ca_certs()
            server.cert_store_stats()

    together(*[load] * 8)
    pair = new_pair(ssl, (client, server))
    assert pair.handshake()[0][0] == "TLSv1.3"
    pair.talk()


def protocols_are_replaced_while_a_handshake_chooses_one(ssl):
    """A handshake reads the server's list without the GIL: gh-141012."""
    contexts = new_pair(ssl).contexts
    client, server = contexts
    names = ["name-%d-%s" % (number, "x" * 200) for number in range(40)]
    client.set_alpn_protocols(names)
    working = [None] * 4

    def work():
        try:
            for _ in range(100):
                pair = new_pair(ssl, contexts)
                pair.handshake()
                assert pair.server.selected_alpn_protocol() in [None] + names
        finally:
            working.pop()

    def replace():
        while working:
            for first in range(len(names)):
                server.set_alpn_protocols(names[first:])

    together(*[work] * 4 + [replace] * 2)


def authorities_are_listed_while_a_handshake_finds_one(ssl):
    """A handshake adds to its context what it finds in a capath: CVE-2024-0397."""
    server = new_pair(ssl).contexts[1]
    folder = os.path.join(CERTIFICATES, "capath")

    def once():
        client = ssl.create_default_context(cadata=unrelated())
        client.load_verify_locations(capath=folder)
        client.check_hostname = False
        client.load_cert_chain(
            os.path.join(CERTIFICATES, "identities", "client", "chain.pem"),
            os.path.join(CERTIFICATES, "identities", "client", "key.pem"))
        done = threading.Event()

        def list_authorities():
            while not done.is_set():
                client.get_ca_certs(True)
                client.cert_store_stats()

        def handshake():
            try:
                new_pair(ssl, (client, server)).handshake()
            finally:
                done.set()

        together(list_authorities, list_authorities, handshake)
        assert len(client.get_ca_certs()) == 2

    for _ in range(30):
        once()


def unrelated():
    """The text of an authority that no peer has anything to do with."""
    path = os.path.join(CERTIFICATES, "authorities", "other_authority",
                        "certificate.pem")
    with open(path) as stream:
        return stream.read().decode("ascii")


def object_freed_in_its_callback(ssl):
    for _ in range(20):
        pair = new_pair(ssl)
        gone = weakref.ref(pair.server)

        def forget(called_for, name, context):
            pair.server = None

        pair.contexts[1].sni_callback = forget
        server = pair.server
        pair.contexts[1].sni_callback = forget
        try:
            pair.client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        handshake = server.do_handshake
        del server
        try:
            handshake()
        except ssl.SSLError:
            pass
        del handshake
        sys.exc_clear()  # its traceback has the object
        gc.collect()
        assert gone() is None


def callback_that_raises(ssl):
    def refuse(*ignored):
        raise ValueError("refused")

    pair = new_pair(ssl)
    pair.contexts[1].sni_callback = refuse
    sys.stderr = open(os.devnull, "w")
    try:
        pair.handshake()
    except ssl.SSLError:
        pass
    else:
        raise AssertionError("nobody noticed")
    finally:
        sys.stderr = sys.__stderr__


def callback_that_drives_its_object(ssl):
    seen = []

    def drive(called_for, name, context):
        for call in (called_for.do_handshake, called_for.unwrap,
                     lambda: called_for.read(1),
                     lambda: called_for.write(b"x"),
                     called_for.getpeercert, called_for.version):
            try:
                seen.append(call())
            except (ssl.SSLError, ValueError) as error:
                seen.append(error)

    pair = new_pair(ssl)
    pair.contexts[1].sni_callback = drive
    pair.handshake()
    assert len(seen) == 6 and pair.server.version() == "TLSv1.3"


def callback_that_replaces_the_context(ssl):
    other = new_pair(ssl).contexts[1]

    def replace(called_for, name, context):
        called_for.context = other

    pair = new_pair(ssl)
    pair.contexts[1].sni_callback = replace
    # Nobody else refers to the first context from here on.
    pair.contexts = pair.contexts[0], None
    pair.handshake()
    gc.collect()
    assert pair.server.context is other
    pair.talk()


def callback_that_replaces_itself(ssl):
    pair = new_pair(ssl)
    context = pair.contexts[1]

    def replace(called_for, name, shown):
        context.sni_callback = None
        gc.collect()

    context.sni_callback = replace
    del replace
    pair.handshake()
    pair.talk()


def progress_during(work):
    """Whether another thread ran while `work` did; `work` is tried again.

    That thread gets no turn but by the GIL being released in `work`; whether
    it uses the turn is the operating system's choice.
    """
    return any(ran_during(work) for _ in range(20))


def ran_during(work):
    seen = []
    running = threading.Event()
    done = threading.Event()

    def count():
        running.set()
        while not done.is_set():
            seen.append(time.time())
            time.sleep(0)

    counter = threading.Thread(target=count)
    # No switches but those that somebody releases the GIL for.
    sys.setcheckinterval(2 ** 30)
    counter.start()
    running.wait()
    begin = time.time()
    work()
    end = time.time()
    done.set()
    counter.join()
    return any(begin < moment < end for moment in seen)


def others_run_during_a_write(ssl):
    pair = connected(ssl)
    data = b"x" * (32 * 2 ** 20)
    assert progress_during(lambda: pair.client.write(data))


def others_run_during_a_read(ssl):
    pair = connected(ssl)
    for _ in range(2000):
        pair.client.write(b"x" * 16384)
    target = bytearray(16384)

    def read():
        for _ in range(100):
            pair.server.read(16384, target)

    assert progress_during(read)


def others_run_during_a_handshake(ssl):
    contexts = new_pair(ssl).contexts
    assert progress_during(lambda: new_pair(ssl, contexts).handshake())


def fork_in_the_middle(ssl):
    pair = connected(ssl)
    half = new_pair(ssl)
    try:
        half.client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    child = os.fork()
    half.handshake()
    pair.talk()
    new_pair(ssl).handshake()
    if child == 0:
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, status


def fork_while_threads_work(ssl):
    pairs = [connected(ssl) for _ in range(4)]
    stop = threading.Event()

    def work(pair):
        while not stop.is_set():
            pair.talk()

    def fork():
        for _ in range(10):
            child = os.fork()
            if child == 0:
                # What no other thread was using must go on working here.
                new_pair(ssl).handshake()
                os._exit(0)
            _, status = os.waitpid(child, 0)
            assert status == 0, status
        stop.set()

    together(fork, *[lambda pair=pair: work(pair) for pair in pairs])


SITUATIONS = [
    objects_of_one_context_in_8_threads,
    one_object_in_2_threads,
    one_object_handshakes_in_2_threads,
    one_buffer_of_2_objects,
    one_buffer_in_8_threads,
    authorities_are_listed_while_a_handshake_finds_one,
    object_freed_in_its_callback,
    callback_that_raises,
    callback_that_drives_its_object,
    callback_that_replaces_the_context,
    callback_that_replaces_itself,
    others_run_during_a_write,
    others_run_during_a_read,
    others_run_during_a_handshake,
    fork_in_the_middle,
    fork_while_threads_work,
]
OF_THE_BACKPORT_ALONE = [
    socket_in_both_directions,
    one_context_is_loaded_in_8_threads,
    protocols_are_replaced_while_a_handshake_chooses_one,
]


def main():
    _tls_bootstrap.monkeypatch_ssl()
    run_situations([
        (_tls_bootstrap, "direct", SITUATIONS + OF_THE_BACKPORT_ALONE),
        (stock, "grafted", SITUATIONS)], sys.argv[3:])


main()
