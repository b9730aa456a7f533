"""Fails the allocations of some operations, one at a time.

usage: python2.7 allocations_in_python27.py SHIM CERTIFICATES BUILD WHOSE STEP
       [words]

SHIM is preloaded. WHOSE is "OpenSSL" or "Python"; with a STEP of 1 every
allocation fails once, with 10 each tenth. Only operations whose label has all
the words are tried. Each attempt runs in a process of its own. Prints one
line of JSON for each operation. Where the extension counts what it runs (gcov),
the attempts' counts are saved.
"""
from __future__ import print_function

import ctypes
import gc
import json
import os
import signal
import sys

shim = ctypes.CDLL(sys.argv[1])
assert shim.failing_install(), "OpenSSL has allocated before"
WHOSE = ["OpenSSL", "Python"].index(sys.argv[4])
STEP = int(sys.argv[5])
for function in (shim.failing_disarm, shim.failing_live):
    function.restype = ctypes.c_long
shim.failing_arm.argtypes = [ctypes.c_int, ctypes.c_long, ctypes.c_long]
CERTIFICATES = sys.argv[2]
sys.path.insert(0, sys.argv[3])

import __tls_bootstrap as _core                                   # noqa: E402
import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair                                 # noqa: E402


def path(*names):
    return os.path.join(CERTIFICATES, *names)


with open(path("authorities", "authority", "certificate.pem")) as authority:
    TEXT = authority.read()


def load(given):
    """The extension, and its methods for the class in Python, once more."""
    ctypes.PyDLL(_core.__file__).init__tls_bootstrap()
    _core.add_methods(type("SSLObject", (object,), {}))


def configure(given):
    ssl, version = given
    pair = Pair(ssl, version, CERTIFICATES)
    pair.contexts[0].load_cert_chain(
        path("identities", "encrypted_key", "chain.pem"),
        path("identities", "encrypted_key", "key.pem"), u"correct horse")


def settings(pair):
    context = pair.contexts[0]
    context.load_verify_locations(cadata=TEXT.decode("ascii"))
    context.load_verify_locations(cadata=stock.PEM_cert_to_DER_cert(TEXT))
    context.set_alpn_protocols(["h2"])
    context.set_ciphers("ECDHE+AESGCM")
    context.set_ecdh_curve(u"prime256v1")
    context.set_groups(u"X25519:P-256")
    context.set_ciphersuites(u"TLS_AES_128_GCM_SHA256")
    context.set_server_sigalgs(u"ecdsa_secp256r1_sha256")
    context.set_client_sigalgs(u"ecdsa_secp256r1_sha256")
    context.cert_store_stats()
    context.get_ca_certs()
    context.options = int(context.options)
    context.keylog_filename = os.devnull
    context.keylog_filename = None
    context.set_psk_client_callback(lambda hint: (None, b"k" * 32))
    context = pair.contexts[1]
    context.set_psk_server_callback(lambda identity: b"k" * 32, "hint")
    context.load_dh_params(path("dh.pem"))
    pair.ssl.RAND_bytes(1000)


def prepared(*steps):
    def prepare(ssl, version):
        pair = Pair(ssl, version, CERTIFICATES)
        for step in steps:
            getattr(pair, step)()
        return pair
    return prepare


OPERATIONS = [
    ("load", lambda ssl, version: None, load),
    ("configure", lambda ssl, version: (ssl, version), configure),
    ("settings", prepared(), settings),
    ("handshake", prepared("wrap"), Pair.handshake),
    ("wrap", prepared(), Pair.wrap),
    ("read and write", prepared("wrap", "handshake"), Pair.talk),
    ("certificates", prepared("wrap", "handshake"), Pair.describe),
    ("resume", prepared("wrap", "handshake", "talk"), Pair.resume),
    ("close", prepared("wrap", "handshake", "talk"), Pair.close),
]
GOOD, REFUSED, STRANGE = 0, 1, 2
save_counts = getattr(ctypes.CDLL(_core.__file__), "__gcov_dump", None)
STDERR = os.open(os.environ.get("CHILDREN_STDERR", os.devnull),
                 os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def leaked(before):
    gc.collect()
    return settled() - before


def settled():
    """The blocks in use without what OpenSSL keeps for the thread."""
    shim.OPENSSL_thread_stop()
    return shim.failing_live(0)


def attempt(operate, prepared_pair, expected, before, first, last):
    """In a child: (how it ended, what was raised, allocations made, leaked)."""
    shim.failing_arm(WHOSE, first, last)
    how, what = GOOD, "-"
    try:
        if operate(prepared_pair[0]) != expected:
            how, what = STRANGE, "another answer"
    except (MemoryError, stock.SSLError) as error:
        how, what = REFUSED, type(error).__name__
    except BaseException as error:
        how, what = STRANGE, "%s: %s" % (type(error).__name__, error)
    made = shim.failing_disarm()
    sys.exc_clear()
    del prepared_pair[:]
    return how, what, made, leaked(before)


def in_a_child(*arguments):
    """The attempt's answer, or the signal or status that ended it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(STDERR, 2)
        signal.alarm(10)
        try:
            os.write(writing, repr(attempt(*arguments)))
            if save_counts is not None:
                save_counts()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "signal %d" % os.WTERMSIG(status)
    if not answer:
        return "exit status %d" % os.WEXITSTATUS(status)
    return eval(answer)


def check(name, prepare, operate, ssl, version, persistent):
    """Prints what happened when each allocation, or all from it on, failed."""
    # Once without a failure, so that what OpenSSL keeps for good is there.
    expected = operate(prepare(ssl, version))
    gc.collect()
    before = settled()
    arguments = operate, [prepare(ssl, version)], expected, before
    _, _, total, usual = in_a_child(*(arguments + (-1, -1)))
    counts = [0, 0, 0]
    strange, leaks = {}, {}
    for number in range(1, total + 1, STEP):
        last = sys.maxint if persistent else number
        answer = in_a_child(*(arguments + (number, last)))
        if isinstance(answer, str):
            how, what, surplus = STRANGE, answer, 0
        else:
            how, what, _, surplus = answer
        counts[how] += 1
        if how == STRANGE:
            strange.setdefault(what, []).append(number)
        if surplus > usual:
            leaks.setdefault(surplus - usual, []).append(number)
    print(json.dumps({
        "operation": name, "allocations": total, "harmless": counts[GOOD],
        "refused": counts[REFUSED], "strange": strange, "leaks": leaks}))
    sys.stdout.flush()


def main():
    _tls_bootstrap.monkeypatch_ssl()
    wanted = sys.argv[6:]
    for ssl, how in ((_tls_bootstrap, "direct"), (stock, "grafted")):
        for version in (_tls_bootstrap.TLSVersion.TLSv1_2,
                        _tls_bootstrap.TLSVersion.TLSv1_3):
            for name, prepare, operate in OPERATIONS:
                if name in ("load", "configure", "settings") and ssl is stock:
                    continue  # the same, or stock 2.7's own methods
                for persistent in False, True:
                    label = "%s, %s, %s, %s" % (
                        name, how, version.name,
                        "all from the N-th" if persistent else "the N-th")
                    if all(word in label for word in wanted):
                        check(label, prepare, operate, ssl, version,
                              persistent)


main()
