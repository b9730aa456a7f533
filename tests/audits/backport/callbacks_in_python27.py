"""Callbacks, finalizers and threads that get in each other's way.

usage: python2.7 callbacks_in_python27.py BUILD CERTIFICATES [names]

Each situation runs in a process of its own, which a signal ends when it takes
too long. Prints a line of JSON for each: its name, and "ok" or how it ended.
The named ones are left out.
"""
from __future__ import print_function

import ctypes
import ctypes.util
import functools
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import weakref

sys.path.insert(0, sys.argv[1])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair                                 # noqa: E402
from reconfigure_in_python27 import (                             # noqa: E402
    CHAIN, GRAFTED_SETTERS, KEY, SETTERS, VERSIONS, new_pair, toggled_psk, use)
from situations_in_python27 import run_situations, together       # noqa: E402

CERTIFICATES = sys.argv[2]
FOLDER = tempfile.mkdtemp()


# ---- threads that would wait for each other

def entangled(ssl, use_the_next, number=2):
    """Handshakes, each in a callback that uses the next connection, the last the first one."""
    pairs = [new_pair(ssl) for _ in range(number)]
    inside = [threading.Event() for _ in pairs]
    told = []

    def connect(index):
        def callback(called_for, name, context):
            inside[index].set()
            assert all(event.wait(20) for event in inside)
            try:
                use_the_next(pairs[(index + 1) % number].server)
            except ssl.SSLError as error:
                told.append(str(error))
        pairs[index].contexts[1].sni_callback = callback
        pairs[index].wrap()
        assert pairs[index].handshake()[0][0] == "TLSv1.3"

    together(*[functools.partial(connect, index) for index in range(number)])
    return told


def callbacks_drive_connections_in_a_ring(ssl):
    """Of three as well somebody is told."""
    told = entangled(ssl, lambda other: other.read(1), 3)
    assert any("waits for this one" in text for text in told), told


def callbacks_drive_each_others_connections(ssl):
    """The second would wait for ever; the first then gets its turn."""
    told = entangled(ssl, lambda other: other.read(1))
    assert any("waits for this one" in text for text in told), told


def finalizers_drive_each_others_connections(ssl):
    """The same in what runs when the callbacks drop an object."""
    told = []

    class Last(object):
        def __init__(self, other):
            self.other = other

        def __del__(self):
            try:
                self.other.do_handshake()
            except ssl.SSLError as error:
                told.append(str(error))

    entangled(ssl, Last)
    assert any("waits for this one" in text for text in told), told


def messages_switch_each_others_contexts(ssl):
    """What changes a connection waits for its driver as well."""
    pairs = [new_pair(ssl) for _ in range(2)]
    both = [threading.Event() for _ in pairs]
    told = []

    def connect(index):
        def show(*ignored):
            if both[index].is_set():
                return
            both[index].set()
            assert both[1 - index].wait(20)
            other = pairs[1 - index].client
            try:
                other.context = other.context
            except ssl.SSLError as error:
                told.append(str(error))
        pairs[index].contexts[0]._msg_callback = show
        pairs[index].wrap()
        assert pairs[index].handshake()[0][0] == "TLSv1.3"

    together(lambda: connect(0), lambda: connect(1))
    assert any("waits for this one" in text for text in told), told


def stock_callbacks_ask_about_each_other(ssl):
    """A stock servername callback is outside OpenSSL while it runs."""
    pairs = [new_pair(ssl) for _ in range(2)]
    both = [threading.Event() for _ in pairs]
    told = []

    def connect(index):
        def callback(called_for, name, context):
            both[index].set()
            assert both[1 - index].wait(20)
            try:
                pairs[1 - index].server.version()
            except ssl.SSLError as error:
                told.append(str(error))
        pairs[index].contexts[1].set_servername_callback(callback)
        pairs[index].wrap()
        assert pairs[index].handshake()[0][0] == "TLSv1.3"

    together(lambda: connect(0), lambda: connect(1))
    assert not told, told


# ---- OpenSSL's queue of errors, which a callback shares with its operation

def leave_error():
    """As other code that uses OpenSSL may."""
    library = ctypes.CDLL(ctypes.util.find_library("crypto"))
    library.ERR_new()
    library.ERR_set_error(20, 100, None)


def callback_hides_no_error(ssl):
    """A message about the alert comes when the reason for it is in the queue."""
    def show(*ignored):
        ssl.create_default_context().set_ciphers("DEFAULT")

    for version in VERSIONS:
        pair = new_pair(ssl, version=version)
        pair.contexts[0].check_hostname = True
        pair.contexts[0]._msg_callback = show
        pair.client = pair.contexts[0].wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="wrong.test")
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        pair.client = pair.contexts[0].wrap_bio(down, up,
                                                server_hostname="wrong.test")
        pair.server = pair.contexts[1].wrap_bio(up, down, server_side=True)
        try:
            pair.handshake()
        except ssl.SSLCertVerificationError:
            continue
        raise AssertionError("a wrong name was taken")


def callback_leaves_no_error(ssl):
    """What it leaves in the queue is not the operation's."""
    pair = new_pair(ssl)
    pair.contexts[1].sni_callback = lambda *ignored: leave_error()
    if ssl is _tls_bootstrap:
        for context in pair.contexts:
            context._msg_callback = lambda *ignored: leave_error()
    pair.wrap()
    assert pair.handshake()[0][0] == "TLSv1.3"
    pair.talk()


# ---- setters

def every_setter_in_every_callback(ssl):
    """On the contexts of the connection whose callback it is."""
    names = SETTERS if ssl is _tls_bootstrap else GRAFTED_SETTERS
    for version in VERSIONS:
        for name in names:
            pair = new_pair(ssl, version=version)
            contexts = pair.contexts
            changed = []

            def change(*ignored):
                if len(changed) < 8:
                    changed.append(1)
                    for context in contexts:
                        SETTERS[name](context)

            def key(*ignored):
                change()
                return b""

            def identity(hint):
                change()
                return None, b""

            contexts[1].sni_callback = change
            contexts[0].set_psk_client_callback(identity)
            contexts[1].set_psk_server_callback(key, "hint")
            if ssl is _tls_bootstrap:
                for context in contexts:
                    context._msg_callback = change
            pair.wrap()
            use(pair)
            assert changed, name


def finalizer_of_a_callback_sets_another(ssl):
    """What is called is what was set last."""
    client = ssl.SSLContext(stock.PROTOCOL_SSLv23)
    server = ssl.SSLContext(stock.PROTOCOL_SSLv23)
    for context in client, server:
        context.set_ciphers("PSK")
        context.maximum_version = VERSIONS[0]

    class Old(object):
        def __init__(self, setter, answer):
            self.setter, self.answer = setter, answer

        def __call__(self, text):
            return b""

        def __del__(self):
            self.setter(lambda text: self.answer)

    for setter, answer in (
            (client.set_psk_client_callback, (u"me", b"k" * 16)),
            (server.set_psk_server_callback, b"k" * 16)):
        setter(Old(setter, answer))
        setter(None)
    pair = Pair(ssl, VERSIONS[0], CERTIFICATES)
    pair.contexts = client, server
    pair.wrap()
    assert pair.handshake()[0][0] == "TLSv1.2"


# ---- the key log

def later_of_two_key_logs_stays(ssl):
    """While a line of the present one is being written, and nobody reads it."""
    pair = new_pair(ssl)
    context = pair.contexts[1]
    for _ in range(12):
        folder = tempfile.mkdtemp(dir=FOLDER)
        fifo = os.path.join(folder, "fifo")
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        context.keylog_filename = fifo
        try:
            while True:
                os.write(reader, b"x")
        except OSError:                       # it is full
            pass
        pair.wrap()
        threads = [threading.Thread(target=pair.handshake)]
        names = [os.path.join(folder, "log-%d" % index)
                 for index in range(4)]
        threads += [threading.Thread(target=setattr, args=(
            context, "keylog_filename", name)) for name in names]
        for thread in threads:
            thread.start()
            time.sleep(0.02)
        end = time.time() + 20
        while any(thread.isAlive() for thread in threads):
            assert time.time() < end
            try:
                os.read(reader, 1 << 20)
            except OSError:
                time.sleep(0.01)
        os.close(reader)
        sizes = [os.path.getsize(name) for name in names]
        pair.wrap()
        pair.handshake()
        grown = [name for name, size in zip(names, sizes)
                 if os.path.getsize(name) > size]
        assert grown == [context.keylog_filename], grown


def key_log_keeps_no_context(ssl):
    """The name may be of a subclass, whose object refers to the context."""
    class Name(str):
        pass

    class Context(ssl.SSLContext):
        pass

    context = Context(stock.PROTOCOL_SSLv23)
    name = Name(os.devnull)
    name.context = context
    context.keylog_filename = name
    gone = weakref.ref(context)
    del context, name
    gc.collect()
    assert gone() is None


# ---- what is private

def other_objects_are_no_stock_contexts(ssl):
    """What is not one is not looked into, whatever type comes with it."""
    import __tls_bootstrap as core
    for value in (None, 1, "x" * 100, object(), [], ssl.MemoryBIO(),
                  core._SSLContext(stock.PROTOCOL_SSLv23), ssl.SSLContext):
        for look in (lambda: core.adopt(value, type(value), 2),
                     lambda: core.adopt(value, object, 2),
                     lambda: core.read_shared(value),
                     lambda: core.read_stock_socket(value)):
            try:
                look()
            except (TypeError, ValueError):
                continue
            raise AssertionError("%r was looked into" % (value,))


def shared_core_refuses_what_is_not_for_stock_sockets(ssl):
    """Their handshakes would take their own struct for one of the backport."""
    import __tls_bootstrap as core
    context = ssl.SSLContext(stock.PROTOCOL_SSLv23)
    context.minimum_version
    shared = core.adopt(context, type(context), 2)
    for change in (lambda: setattr(shared, "_msg_callback", len),
                   lambda: shared._set_alpn_protocols(b"\x02h2")):
        try:
            change()
        except ssl.SSLError:
            continue
        raise AssertionError("taken")


# ---- stock sockets of a grafted context

def graft_changed_beside_stock_sockets(ssl):
    """What the graft added may be called while stock connections are made.

    But for what those copy or share without a lock: the backport's README says
    which that is, and that it is to be set before.
    """
    client, server = new_pair(ssl).contexts
    server.sni_callback = lambda *ignored: None
    setters = {name: SETTERS[name] for name in GRAFTED_SETTERS}
    del setters["names"]
    setters["PSK"] = lambda context: toggled_psk(context, hint=None)
    end = time.time() + 4

    def connect():
        while time.time() < end:
            pair = socket.socketpair()
            thread = threading.Thread(target=serve, args=(pair[1],))
            thread.start()
            begin(client, pair[0], server_hostname="localhost")
            thread.join()

    def serve(plain):
        begin(server, plain, server_side=True)

    def begin(context, plain, **arguments):
        try:
            context.wrap_socket(socket.socket(_sock=plain), **arguments)
        except (ssl.SSLError, socket.error):
            pass
        plain.shutdown(socket.SHUT_RDWR)

    def change(setter):
        while time.time() < end:
            for context in client, server:
                setter(context)

    together(connect, connect, connect,
             *[lambda setter=setter: change(setter)
               for setter in setters.values()])


def another_thread_answers_for_a_stock_callback(ssl):
    """While one runs its connection may be looked at, and its context set."""
    pair = new_pair(ssl)
    server = pair.contexts[1]
    server.sni_callback = None

    def answer():
        assert begin.wait(20)
        for use_it in (pair.server.version, lambda: pair.server.session,
                       lambda: setattr(pair.server, "context", server),
                       lambda: SETTERS["names"](server)):
            use_it()

    def callback(connection, name, context):
        begin.set()
        answering.join(20)
        assert not answering.is_alive()

    begin = threading.Event()
    answering = threading.Thread(target=answer)
    answering.daemon = True
    answering.start()
    server.set_servername_callback(callback)
    pair.wrap()
    assert pair.handshake()[0][0] == "TLSv1.3"


def stock_callback_switches_to_what_is_changed(ssl):
    """What the callback switches to may be changed: the connection uses it."""
    client, server = new_pair(ssl, version=VERSIONS[0]).contexts
    other = new_pair(ssl, version=VERSIONS[0]).contexts[1]
    server.sni_callback = None
    server.set_servername_callback(
        lambda connection, *ignored: setattr(connection, "context", other))
    for context in server, other:
        context.set_ciphers("ALL")        # a long list, and its last one
        context.verify_mode = ssl.CERT_NONE
    client.set_ciphers("AES128-SHA")
    end = time.time() + 15

    def change():
        while time.time() < end:
            other.set_ciphersuites("TLS_AES_128_GCM_SHA256")
            other.set_ciphersuites("TLS_AES_256_GCM_SHA384")

    def connect():
        pair = new_pair(ssl, (client, server), VERSIONS[0])
        while time.time() < end:
            pair.wrap()
            try:
                pair.handshake()
            except ssl.SSLError:          # the certificate is another kind's
                pass
            assert pair.server.context is other

    together(change, connect)


# ---- contexts that are gone

def finalizers_use_what_is_going(ssl):
    """What a finalizer did with a dying context is no part of the next one."""
    class Dying(ssl.SSLContext):
        def __del__(self):
            self.minimum_version

    for number in range(200):
        context = Dying(ssl.PROTOCOL_SSLv23)
        del context
        cls = Dying if number % 2 else ssl.SSLContext
        context = cls(ssl.PROTOCOL_SSLv23)
        context.verify_mode = ssl.CERT_REQUIRED
        core = _tls_bootstrap._core_of(context)
        assert core.verify_mode == ssl.CERT_REQUIRED, "another's SSL_CTX"
        assert _tls_bootstrap._core_of(context) is core
        del context


def context_is_going_while_its_callback_is_wanted(ssl):
    """A finalizer of its attributes drives what it has made for another one."""
    class Going(ssl.SSLContext):
        pass

    class Last(object):
        def __init__(self, drive):
            self.drive = drive

        def __del__(self):
            self.drive()

    called = []
    client, server = new_pair(ssl).contexts
    for number in range(20):
        # One that never had a callback: OpenSSL then wants that of the first.
        other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        other.load_cert_chain(CHAIN, KEY)
        going = Going(ssl.PROTOCOL_TLS_SERVER)
        going.sni_callback = lambda *arguments: called.append(arguments)
        pair = new_pair(ssl, (client, going))
        pair.server.context = other
        going.last = Last(pair.handshake)
        pair.contexts = client, other
        del going
        assert pair.server.version() == "TLSv1.3"
        pair.talk()
    assert not called, called


# ---- signals

def handler_ends_a_wait(ssl):
    """What a thread waits for may come of a signal's handler, in this one."""
    pair = new_pair(ssl)
    inside, answered = threading.Event(), threading.Event()
    in_time = []

    def callback(*ignored):
        inside.set()
        in_time.append(answered.wait(30))

    pair.contexts[1].sni_callback = callback
    pair.wrap()
    other = threading.Thread(target=pair.handshake)
    other.start()
    assert inside.wait(20)
    signal.signal(signal.SIGUSR1, lambda *ignored: answered.set())
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    try:
        pair.server.do_handshake()
    except ssl.SSLWantReadError:
        pass
    other.join()
    assert in_time == [True]


def handler_raises_in_a_wait(ssl):
    """What a signal's handler raises ends waiting for an object."""
    pair = new_pair(ssl)
    inside, over = threading.Event(), threading.Event()
    in_time = []

    def callback(*ignored):
        inside.set()
        in_time.append(over.wait(30))

    def interrupt(*ignored):
        raise KeyError("enough")

    pair.contexts[1].sni_callback = callback
    pair.wrap()
    other = threading.Thread(target=pair.handshake)
    other.start()
    assert inside.wait(20)
    signal.signal(signal.SIGUSR1, interrupt)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    try:
        pair.server.do_handshake()
    except KeyError as error:
        assert error.args == ("enough",)
    over.set()
    other.join()
    assert in_time == [True]
    assert pair.handshake()[0][0] == "TLSv1.3"


BOTH = [
    handler_ends_a_wait,
    handler_raises_in_a_wait,
    callbacks_drive_each_others_connections,
    callbacks_drive_connections_in_a_ring,
    finalizers_drive_each_others_connections,
    callback_leaves_no_error,
    every_setter_in_every_callback,
    finalizer_of_a_callback_sets_another,
    later_of_two_key_logs_stays,
    other_objects_are_no_stock_contexts,
]
OF_THE_BACKPORT_ALONE = [
    key_log_keeps_no_context,
    context_is_going_while_its_callback_is_wanted,
    messages_switch_each_others_contexts,
    callback_hides_no_error,
]
OF_THE_GRAFT_ALONE = [
    stock_callbacks_ask_about_each_other,
    graft_changed_beside_stock_sockets,
    shared_core_refuses_what_is_not_for_stock_sockets,
    another_thread_answers_for_a_stock_callback,
    stock_callback_switches_to_what_is_changed,
    finalizers_use_what_is_going,
]


def main():
    _tls_bootstrap.monkeypatch_ssl()
    try:
        run_situations([
            (_tls_bootstrap, "direct", BOTH + OF_THE_BACKPORT_ALONE),
            (stock, "grafted", BOTH + OF_THE_GRAFT_ALONE)], sys.argv[3:])
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
