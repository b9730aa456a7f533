"""Changes contexts and connections while they are in use.

usage: python2.7 reconfigure_in_python27.py BUILD CERTIFICATES [names]

Each situation runs in a process of its own, which a signal ends when it takes
too long. Prints a line of JSON for each: its name, and "ok" or how it ended.
The named ones are left out.
"""
from __future__ import print_function

import gc
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, sys.argv[1])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair, unless_too_old                 # noqa: E402
from situations_in_python27 import run_situations, together       # noqa: E402

CERTIFICATES = sys.argv[2]
SECONDS = 1.5
"""How long each setter is called while others use its context."""
VERSIONS = _tls_bootstrap.TLSVersion.TLSv1_2, _tls_bootstrap.TLSVersion.TLSv1_3
FOLDER = tempfile.mkdtemp()


def path(*names):
    return os.path.join(CERTIFICATES, *names)


AUTHORITY = path("authorities", "authority", "certificate.pem")
CHAIN, KEY = [path("identities", "rich", name)
              for name in ("chain.pem", "key.pem")]
LOCKED_CHAIN, LOCKED_KEY = [path("identities", "encrypted_key", name)
                            for name in ("chain.pem", "key.pem")]
PASSWORD = "correct horse"
with open(AUTHORITY) as stream:
    AUTHORITY_TEXT = stream.read().decode("ascii")


def new_pair(ssl, contexts=None, version=VERSIONS[1]):
    pair = Pair(ssl, version, CERTIFICATES)
    if contexts is not None:
        pair.contexts = contexts
    pair.wrap()
    return pair


# ---- what is changed

def another_folder():
    return tempfile.mkdtemp(dir=FOLDER)


def another_name():
    return os.path.join(FOLDER, "keys-%d" % random.randrange(3))


def nothing(*ignored):
    pass


def toggled(name, *values):
    """A setter of an attribute, one value after the other."""
    def change(context):
        for value in values:
            setattr(context, name, value)
    return change


def toggled_ciphers(context):
    for text in "ECDHE+AESGCM", "AES128-SHA256", "ALL:@SECLEVEL=0", "DEFAULT":
        context.set_ciphers(text)


def toggled_names(context):
    for change, first, second in (
            (context.set_groups, "P-256", "X25519:P-256"),
            (context.set_ciphersuites, "TLS_AES_128_GCM_SHA256",
             "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"),
            (context.set_server_sigalgs, "ecdsa_secp256r1_sha256",
             "ecdsa_secp256r1_sha256:ed25519:rsa_pss_rsae_sha256"),
            (context.set_client_sigalgs, "ed25519",
             "ecdsa_secp256r1_sha256:ed25519")):
        change(first)
        change(second)


def toggled_flags(name, flag):
    def change(context):
        setattr(context, name, getattr(context, name) ^ flag)
        setattr(context, name, getattr(context, name) ^ flag)
    return change


def toggled_psk(context, hint="hint"):
    for callback in lambda hint: (None, b"k" * 32), None:
        try:
            context.set_psk_client_callback(callback)
        except stock.SSLError:                # a server's context
            pass
        try:
            context.set_psk_server_callback(callback, callback and hint)
        except stock.SSLError:
            pass


def toggled_key_log(context):
    context.keylog_filename = another_name()
    context.keylog_filename = another_name()
    context.keylog_filename = None


def toggled_sni(context):
    try:
        context.sni_callback = nothing
        context.sni_callback = None
    except ValueError:                        # a client's context
        pass


def refused_identity(context):
    """Neither a failed load nor its callback may leave anything behind."""
    for password in "wrong", lambda: 1 / 0:
        try:
            context.load_cert_chain(LOCKED_CHAIN, LOCKED_KEY, password)
        except (stock.SSLError, ZeroDivisionError):
            pass
        else:
            raise AssertionError("a wrong password was taken")


SETTERS = {
    "certificate": lambda context: context.load_cert_chain(CHAIN, KEY),
    "locked certificate": lambda context: context.load_cert_chain(
        LOCKED_CHAIN, LOCKED_KEY, lambda: PASSWORD),
    "refused certificate": refused_identity,
    "ciphers": toggled_ciphers,
    "authorities in a file": lambda context: context.load_verify_locations(
        AUTHORITY),
    "authorities in folders": lambda context: context.load_verify_locations(
        capath=another_folder()),
    "authorities as text": lambda context: context.load_verify_locations(
        cadata=AUTHORITY_TEXT),
    "default authorities": lambda context:
        context.set_default_verify_paths(),
    "ALPN": lambda context: context.set_alpn_protocols(
        ["http/1.1", "x" * random.randrange(1, 200)]),
    "key log": toggled_key_log,
    "SNI": toggled_sni,
    "PSK": toggled_psk,
    "messages": toggled("_msg_callback", nothing, None),
    "options": toggled_flags("options", stock.OP_CIPHER_SERVER_PREFERENCE),
    "verify flags": toggled_flags("verify_flags",
                                  stock.VERIFY_X509_TRUSTED_FIRST),
    "verify mode": toggled("verify_mode", stock.CERT_OPTIONAL,
                           stock.CERT_REQUIRED),
    "versions": toggled("maximum_version", *VERSIONS),
    "common names": toggled("hostname_checks_common_name", False, True),
    "post-handshake": toggled("post_handshake_auth", True, False),
    "curve": lambda context: context.set_ecdh_curve("prime256v1"),
    "names": toggled_names,
    "listing": lambda context: (
        context.get_ciphers(), context.get_ca_certs(),
        context.cert_store_stats(), context.session_stats()),
}
LONGER = {"ciphers": 10, "names": 10, "certificate": 5}
"""Seconds of those whose faults took longer to show."""
GRAFTED_SETTERS = ("key log", "SNI", "PSK", "versions", "post-handshake",
                   "names")
"""Those that a stock context has from here; the others are stock's own."""


def use(pair):
    """Everything that a connection does, whatever comes of it."""
    ssl = pair.ssl
    for call in (pair.handshake, pair.talk, pair.describe, pair.resume,
                 pair.close):
        try:
            call()
        except (ssl.SSLError, ValueError):
            pass


def session_of(pair):
    try:
        return pair.client.session
    except ValueError:                        # in the middle of a handshake
        return None


def switch(pair, contexts):
    """A session and a context for a connection at any time."""
    ssl = pair.ssl
    pair.wrap()
    session = None
    for _ in range(6):
        for peer in pair.client, pair.server:
            for change in (lambda: setattr(peer, "context", contexts[
                               peer is pair.server]),
                           lambda: setattr(peer, "session", session),
                           peer.do_handshake):
                try:
                    change()
                except (ssl.SSLError, ValueError, TypeError):
                    pass
        session = session_of(pair)


def only_handshakes(ssl, contexts, version, end):
    """Close together: what they read without the GIL is read most often."""
    pair = Pair(ssl, version, CERTIFICATES)
    pair.contexts[0].minimum_version = pair.contexts[0].maximum_version = version
    pair.contexts = pair.contexts[0], contexts[1]
    while time.time() < end:
        for _ in range(10):
            pair.wrap()
        try:
            pair.handshake()
        except (ssl.SSLError, ValueError):
            pass


def while_in_use(ssl, setters, seconds=SECONDS):
    """The setters, in threads of their own, beside connections."""
    pairs = [Pair(ssl, version, CERTIFICATES) for version in VERSIONS]
    contexts = pairs[0].contexts
    for context in contexts:
        context.maximum_version = VERSIONS[1]
    pairs[1].contexts = contexts
    end = time.time() + seconds

    def change(setter):
        while time.time() < end:
            for context in contexts:
                setter(context)

    def connect(pair):
        while time.time() < end:
            pair.wrap()
            use(pair)
            switch(pair, contexts)

    together(*[lambda pair=pair: connect(pair) for pair in pairs]
             + [lambda version=version: only_handshakes(ssl, contexts, version,
                                                        end)
                for version in VERSIONS]
             + [lambda setter=setter: change(setter) for setter in setters])


def changed(name):
    """The situation of one setter."""
    def situation(ssl):
        while_in_use(ssl, [SETTERS[name]], LONGER.get(name, SECONDS))
    situation.__name__ = "%s changed beside connections" % name
    return situation


def everything_changed_beside_connections(ssl):
    names = SETTERS if ssl is _tls_bootstrap else GRAFTED_SETTERS
    while_in_use(ssl, [SETTERS[name] for name in names], 5)


# ---- finalizers and signal handlers

class Node(object):
    pass


def leave_garbage(function):
    """A cycle whose collection calls the function."""
    class Last(object):
        def __del__(self):
            function()

    node = Node()
    node.me, node.last = node, Last()


def meddler(pair, session):
    """Uses the whole interface on the pair; what is refused is refused."""
    ssl = pair.ssl
    names = SETTERS if ssl is _tls_bootstrap else GRAFTED_SETTERS
    costly = "default authorities", "authorities in folders"

    def meddle():
        for peer in pair.client, pair.server:
            for change in [
                    lambda: setattr(peer, "session", session),
                    lambda: setattr(peer, "context", peer.context),
                    peer.do_handshake, peer.version, peer.cipher,
                    peer.shared_ciphers, peer.get_unverified_chain,
                    peer.group, peer.server_sigalg,
                    lambda: peer.read(1), lambda: peer.write(b"")]:
                try:
                    change()
                except (ssl.SSLError, ValueError, TypeError,
                        NotImplementedError):
                    pass
        for name in names:
            if name not in costly:
                for context in pair.contexts:
                    SETTERS[name](context)
    return meddle


def established(ssl, version=VERSIONS[1]):
    pair = new_pair(ssl, version=version)
    pair.handshake()
    pair.talk()
    return pair


def getters(pair):
    for peer in pair.client, pair.server:
        for name in ("version", "cipher", "shared_ciphers", "compression",
                     "pending", "selected_alpn_protocol", "getpeercert",
                     "get_verified_chain", "get_unverified_chain",
                     "get_channel_binding"):
            yield getattr(peer, name)
        for name in ("session", "context", "server_hostname", "server_side",
                     "session_reused"):
            yield lambda peer=peer, name=name: getattr(peer, name)
        for name in "get_ca_certs", "cert_store_stats", "get_ciphers":
            yield getattr(peer.context, name)
        for getter in (peer.group, peer.client_sigalg, peer.server_sigalg,
                       peer.context.get_groups):
            yield lambda getter=getter: unless_too_old(getter)
        for name in ("options", "verify_flags", "verify_mode",
                     "minimum_version", "keylog_filename", "sni_callback"):
            yield lambda peer=peer, name=name: getattr(peer.context, name)


def quick_meddler(pair, session):
    """What frees the lists, chains and names that a getter may be reading."""
    ssl = pair.ssl

    def meddle():
        for peer in pair.client, pair.server:
            for change in (lambda: setattr(peer, "session", session),
                           lambda: setattr(peer, "context", peer.context),
                           peer.do_handshake):
                try:
                    change()
                except (ssl.SSLError, ValueError, TypeError):
                    pass
        for context in pair.contexts:
            for text in "AES128-SHA256", "DEFAULT", "AES128-SHA256":
                context.set_ciphers(text)
            context.set_alpn_protocols(["http/1.1"])
            toggled_sni(context)
    return meddle


def half_established(ssl, version):
    """The client knows the server's chain, and the handshake is not over."""
    pair = new_pair(ssl, version=version)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    pair.client = pair.contexts[0].wrap_bio(down, up,
                                            server_hostname="localhost")
    pair.server = pair.contexts[1].wrap_bio(up, down, server_side=True)
    for peer in pair.client, pair.server:
        try:
            peer.do_handshake()
        except ssl.SSLWantReadError:
            pass
    for byte in down.read():
        down.write(byte)
        try:
            pair.client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        if pair.client.get_unverified_chain():
            break
    return pair


def collections_in_every_getter(ssl):
    """In 2.7 an allocation may collect garbage, and so run any code."""
    # So many that Python has none of the kind left over: each is allocated.
    kept = [([], {}, ()) for _ in range(300)]
    for version in VERSIONS:
        whole = established(ssl, version)
        session = session_of(whole)
        for make in (lambda: whole), (lambda: half_established(ssl, version)):
            pair = make()
            for index in range(len(list(getters(pair)))):
                for threshold in range(1, 45):
                    for context in pair.contexts:
                        context.set_ciphers("ALL")
                    get = list(getters(pair))[index]
                    gc.collect(0)
                    leave_garbage(quick_meddler(pair, session))
                    gc.set_threshold(threshold)
                    try:
                        get()
                    except (ssl.SSLError, ValueError):
                        pass
                    finally:
                        gc.set_threshold(700)
    del kept


def collections_in_a_handshake(ssl):
    """At every allocation of a handshake and of what comes after it."""
    for version in VERSIONS:
        pair = established(ssl, version)
        session = pair.client.session
        for threshold in range(1, 40, 3):
            pair = new_pair(ssl, pair.contexts, version)
            meddle = meddler(pair, session)
            gc.collect()
            leave_garbage(meddle)
            gc.set_threshold(threshold)
            try:
                use(pair)
            finally:
                gc.set_threshold(700)


def signal_handlers_use_what_they_interrupt(ssl):
    pair = new_pair(ssl)
    session = None
    meddle = [nothing]

    def handle(*ignored):
        meddle[0]()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.002)

    signal.signal(signal.SIGVTALRM, handle)
    handle()
    end = time.time() + 4
    while time.time() < end:
        pair = new_pair(ssl, pair.contexts)
        meddle[0] = meddler(pair, session)
        use(pair)
        session = session or session_of(pair)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


# ---- callbacks

def callbacks_ask_about_each_other(ssl):
    """What asks needs no lock that the other thread's callback has."""
    pairs = [new_pair(ssl) for _ in range(2)]
    both = [threading.Event() for _ in pairs]
    asked = []

    def connect(index):
        def callback(called_for, name, context):
            both[index].set()
            assert both[1 - index].wait(20)
            asked.append(pairs[1 - index].server.version())
            asked.append(pairs[1 - index].server.cipher())
        pairs[index].contexts[1].sni_callback = callback
        pairs[index].handshake()

    together(lambda: connect(0), lambda: connect(1))
    assert len(asked) == 4


def another_thread_answers_for_a_callback(ssl):
    """A servername callback waits for the thread that sets the context."""
    pair = new_pair(ssl)
    other = Pair(ssl, VERSIONS[1], CERTIFICATES).contexts[1]

    def callback(called_for, name, context):
        thread = threading.Thread(
            target=lambda: setattr(called_for, "context", other))
        thread.start()
        thread.join(20)
        assert not thread.isAlive()

    pair.contexts[1].sni_callback = callback
    pair.handshake()
    assert pair.server.context is other
    pair.talk()


def messages_switch_the_context(ssl):
    """Only a servername callback may: OpenSSL uses the old certificate."""
    refused = []

    def show(connection, *ignored):
        try:
            connection.context = other
        except ssl.SSLError as error:
            refused.append(error)

    for version in VERSIONS:
        pair = new_pair(ssl, version=version)
        other = Pair(ssl, version, CERTIFICATES).contexts[1]
        for context in pair.contexts:
            context._msg_callback = show
        pair.wrap()
        pair.handshake()
        assert pair.server.context is pair.contexts[1]
        pair.talk()
    assert refused


def session_in_the_middle_of_a_handshake(ssl):
    for version in VERSIONS:
        pair = established(ssl, version)
        session = pair.client.session
        for cut in range(1, 3000, 37):
            up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = pair.contexts[0].wrap_bio(down, up,
                                               server_hostname="localhost")
            server = pair.contexts[1].wrap_bio(up, down, server_side=True)
            for peer in client, server:
                try:
                    peer.do_handshake()
                except ssl.SSLWantReadError:
                    pass
            flight = down.read()
            for part in flight[:cut], flight[cut:]:
                down.write(part)
                try:
                    client.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                try:
                    client.session = session
                except ValueError:
                    continue
                raise AssertionError("taken in the middle of a handshake")


def password_callback_waits_for_another_load(ssl):
    context = Pair(ssl, VERSIONS[1], CERTIFICATES).contexts[1]

    def password():
        thread = threading.Thread(
            target=lambda: context.load_cert_chain(CHAIN, KEY))
        thread.start()
        thread.join(20)
        assert not thread.isAlive()
        context.set_ciphers("DEFAULT")
        return PASSWORD

    context.load_cert_chain(LOCKED_CHAIN, LOCKED_KEY, password)


def password_callback_that_raises_once(ssl):
    asked = []

    def password():
        asked.append(1)
        if len(asked) == 1:
            raise KeyError("the first time")
        return PASSWORD

    context = Pair(ssl, VERSIONS[1], CERTIFICATES).contexts[1]
    try:
        context.load_cert_chain(LOCKED_CHAIN, LOCKED_KEY, password)
    except KeyError:
        assert len(asked) == 1, asked
    else:
        raise AssertionError("the exception is lost")
    for _ in range(1000):                     # where one would come up
        pass


def failed_load_leaves_the_context_as_it_was(ssl):
    pair = new_pair(ssl)
    refused_identity(pair.contexts[1])
    try:
        pair.contexts[1].load_cert_chain(CHAIN, LOCKED_CHAIN)
    except ssl.SSLError:
        pass
    pair.wrap()
    assert pair.handshake()[0][0] == "TLSv1.3"
    pair.talk()


# ---- the key log

def key_log_on_a_full_disk(ssl):
    pair = new_pair(ssl)
    for context in pair.contexts:
        context.keylog_filename = "/dev/full"
    pair.wrap()
    assert pair.handshake()[0][0] == "TLSv1.3"
    pair.talk()


def files_that_nobody_writes_stop_no_thread(ssl):
    """A FIFO stands for a mount that is gone."""
    fifo = os.path.join(FOLDER, "fifo")
    os.mkfifo(fifo)
    context = Pair(ssl, VERSIONS[1], CERTIFICATES).contexts[1]
    for load in (lambda: context.load_cert_chain(fifo),
                 lambda: context.load_verify_locations(fifo),
                 lambda: context.load_dh_params(fifo),
                 lambda: setattr(context, "keylog_filename", fifo)):
        thread = threading.Thread(target=ignoring(load))
        thread.start()
        new_pair(ssl).handshake()
        time.sleep(0.05)
        assert thread.isAlive()
        # Both ends, so that whoever opens it goes on and finds nothing.
        os.close(os.open(fifo, os.O_RDWR))
        for _ in range(200):
            if not thread.isAlive():
                break
            for flags in os.O_WRONLY, os.O_RDONLY:
                try:
                    os.close(os.open(fifo, flags | os.O_NONBLOCK))
                except OSError:
                    pass
            thread.join(0.02)
        assert not thread.isAlive()


def ignoring(function):
    def call():
        try:
            function()
        except (EnvironmentError, ValueError):
            pass
    return call


def key_log_is_not_inherited(ssl):
    context = Pair(ssl, VERSIONS[1], CERTIFICATES).contexts[1]
    context.keylog_filename = os.path.join(FOLDER, "secrets")
    listing = subprocess.Popen(["ls", "-l", "/proc/self/fd"],
                               stdout=subprocess.PIPE).communicate()[0]
    assert "secrets" not in listing


def key_log_is_the_first_descriptor(ssl):
    """As in a daemon, which has closed its standard input."""
    name = os.path.join(FOLDER, "of-a-daemon")

    def check():
        pair = new_pair(ssl)
        os.close(0)
        pair.contexts[1].keylog_filename = name
        os.fstat(0)
        assert pair.handshake()[0][0] == "TLSv1.3"

    in_a_child(check)
    with open(name) as log:
        assert "CLIENT_HANDSHAKE_TRAFFIC_SECRET" in log.read()
    os.unlink(name)


# ---- forks

def in_a_child(check, seconds=20):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        try:
            check()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, status


def callback_waits(pair):
    """Two events: the server is in its callback, and may go on."""
    inside, leave = threading.Event(), threading.Event()

    def callback(called_for, name, context):
        inside.set()
        leave.wait(20)

    pair.contexts[1].sni_callback = callback
    return inside, leave


def fork_with_another_thread_in_an_object(ssl):
    pair = new_pair(ssl)
    inside, leave = callback_waits(pair)
    thread = threading.Thread(target=pair.handshake)
    thread.start()
    assert inside.wait(20)

    def check():
        for call in (pair.server.do_handshake, pair.server.version,
                     pair.server.getpeercert, lambda: pair.server.read(1),
                     lambda: setattr(pair.server, "context",
                                     pair.contexts[1])):
            try:
                call()
            except ssl.SSLError as error:
                assert "forked" in str(error), error
            else:
                raise AssertionError("half a handshake goes on")
        for context in pair.contexts:
            context.keylog_filename = os.devnull
            toggled_sni(context)
            if ssl is _tls_bootstrap:
                toggled_ciphers(context)
        other = new_pair(ssl, pair.contexts)
        assert other.handshake()[0][0] == "TLSv1.3"
        pair.server = None                    # is dropped, not freed
        gc.collect()

    in_a_child(check)
    leave.set()
    thread.join()
    assert pair.server.version() == "TLSv1.3"


def fork_and_then_threads(ssl):
    """What a fork left is used by two threads of the child, as by the parent's."""
    pair = new_pair(ssl)
    inside, leave = callback_waits(pair)

    def check():
        thread = threading.Thread(target=pair.handshake)
        thread.start()
        assert inside.wait(20)
        assert pair.server.server_side
        assert pair.server.pending() == 0
        pair.server.version()
        leave.set()
        thread.join(20)
        assert pair.server.version() == "TLSv1.3"
        pair.talk()

    in_a_child(check)


def fork_in_a_callback(ssl):
    pair = new_pair(ssl)

    def callback(called_for, name, context):
        children.append(os.fork())

    children = []
    pair.contexts[1].sni_callback = callback
    assert pair.handshake()[0][0] == "TLSv1.3"
    pair.talk()
    if children == [0]:
        os._exit(0)
    _, status = os.waitpid(children[0], 0)
    assert status == 0, status


def fork_of_a_fork_in_a_callback(ssl):
    """Another thread than the child's first forks; its connection goes on in the grandchild."""
    outcomes = []

    def fork_again():
        pair = new_pair(ssl)
        children, failed = [], True

        def callback(called_for, name, context):
            children.append(os.fork())
            called_for.pending()
            called_for.version()

        pair.contexts[1].sni_callback = callback
        try:
            assert pair.handshake()[0][0] == "TLSv1.3"
            pair.talk()
            failed = False
        finally:
            if children == [0]:
                os._exit(failed)
        outcomes.append(os.waitpid(children[0], 0)[1])

    def check():
        thread = threading.Thread(target=fork_again)
        thread.start()
        thread.join(20)
        assert outcomes == [0], outcomes

    in_a_child(check)


def fork_while_a_context_is_changed(ssl):
    """No child finds one locked or half-changed.

    It does nothing that takes a lock of OpenSSL's own, such as to fetch a
    cipher or to read a file: a thread that it does not have may hold that.
    """
    pair = new_pair(ssl)
    stop = threading.Event()
    names = [name for name in SETTERS
             if name not in ("authorities in folders", "default authorities")]
    if ssl is not _tls_bootstrap:
        names = GRAFTED_SETTERS

    def change():
        while not stop.is_set():
            for name in names:
                SETTERS[name](pair.contexts[1])

    def connect():
        while not stop.is_set():
            use(new_pair(ssl, pair.contexts))

    def check():
        context = pair.contexts[1]
        toggled_key_log(context)
        toggled_sni(context)
        toggled_psk(context)
        if ssl is _tls_bootstrap:
            toggled_ciphers(context)
            SETTERS["ALPN"](context)
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)

    def fork():
        try:
            for _ in range(15):
                in_a_child(check)
        finally:
            stop.set()

    together(fork, change, connect)


def fork_in_a_password_callback(ssl):
    context = Pair(ssl, VERSIONS[1], CERTIFICATES).contexts[1]

    def password():
        in_a_child(lambda: context.load_cert_chain(CHAIN, KEY))
        return PASSWORD

    context.load_cert_chain(LOCKED_CHAIN, LOCKED_KEY, password)


def daemons_with_callbacks_at_the_exit(ssl):
    """A callback of a thread that the interpreter's end left behind."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           "exit_in_python27.py")
    how = "grafted" if ssl is stock else "direct"
    for _ in range(8):
        status = subprocess.call([sys.executable, program, sys.argv[1],
                                  CERTIFICATES, how])
        assert status == 0, status


BOTH = [
    everything_changed_beside_connections,
    collections_in_every_getter,
    collections_in_a_handshake,
    signal_handlers_use_what_they_interrupt,
    callbacks_ask_about_each_other,
    another_thread_answers_for_a_callback,
    session_in_the_middle_of_a_handshake,
    key_log_on_a_full_disk,
    key_log_is_not_inherited,
    key_log_is_the_first_descriptor,
    daemons_with_callbacks_at_the_exit,
    fork_with_another_thread_in_an_object,
    fork_and_then_threads,
    fork_in_a_callback,
    fork_of_a_fork_in_a_callback,
    fork_while_a_context_is_changed,
]
OF_THE_BACKPORT_ALONE = [
    messages_switch_the_context,
    password_callback_waits_for_another_load,
    password_callback_that_raises_once,
    failed_load_leaves_the_context_as_it_was,
    files_that_nobody_writes_stop_no_thread,
    fork_in_a_password_callback,
]
"""A stock context has its own loaders, and no message callback."""


def main():
    _tls_bootstrap.monkeypatch_ssl()
    direct = [changed(name) for name in sorted(SETTERS)]
    grafted = [changed(name) for name in GRAFTED_SETTERS]
    try:
        run_situations([
            (_tls_bootstrap, "direct", BOTH + OF_THE_BACKPORT_ALONE + direct),
            (stock, "grafted", BOTH + grafted)], sys.argv[3:])
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
