"""Fails every single OpenSSL allocation of some operations, one at a time.

usage: python2.7 allocations_in_python27.py SHIM CERTIFICATES BUILD

Each attempt runs in a process of its own. Prints one line for each operation
and each unwanted outcome; the exit status is 1 when there was one.
"""
from __future__ import print_function

import ctypes
import gc
import os
import signal
import sys

shim = ctypes.CDLL(sys.argv[1])
assert shim.failing_install(), "OpenSSL has allocated before"
for function in (shim.failing_disarm, shim.failing_live):
    function.restype = ctypes.c_long
shim.failing_arm.argtypes = [ctypes.c_long, ctypes.c_long]
CERTIFICATES = sys.argv[2]
sys.path.insert(0, sys.argv[3])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402


def path(*names):
    return os.path.join(CERTIFICATES, *names)


AUTHORITY = path("authorities", "authority", "certificate.pem")


def configure(ssl, version):
    pair = Pair(ssl, version)
    context = pair.contexts[0]
    with open(AUTHORITY) as file:
        text = file.read()
    context.load_verify_locations(cadata=text)
    context.load_verify_locations(cadata=stock.PEM_cert_to_DER_cert(text))
    context.set_ciphers("ECDHE+AESGCM")
    context.set_ecdh_curve("prime256v1")
    context.cert_store_stats()
    context.keylog_filename = os.devnull
    context.keylog_filename = None
    context.set_psk_client_callback(lambda hint: (None, b"k" * 32))
    context = pair.contexts[1]
    context.set_psk_server_callback(lambda identity: b"k" * 32, "hint")
    context.load_dh_params(path("dh.pem"))


def prepared(*steps):
    def prepare(ssl, version):
        pair = Pair(ssl, version)
        for step in steps:
            getattr(pair, step)()
        return pair
    return prepare


OPERATIONS = [
    ("configure", lambda ssl, version: (ssl, version),
     lambda given: configure(*given)),
    ("handshake", prepared("wrap"), Pair.handshake),
    ("wrap", prepared(), Pair.wrap),
    ("read and write", prepared("wrap", "handshake"), Pair.talk),
    ("certificates", prepared("wrap", "handshake"), Pair.describe),
    ("resume", prepared("wrap", "handshake", "talk"), Pair.resume),
    ("close", prepared("wrap", "handshake", "talk"), Pair.close),
]
GOOD, REFUSED, STRANGE = 0, 1, 2
STDERR = os.open(os.environ.get("CHILDREN_STDERR", os.devnull),
                 os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def leaked(before):
    gc.collect()
    return settled() - before


def settled():
    """The blocks in use without what OpenSSL keeps for the thread."""
    shim.OPENSSL_thread_stop()
    return shim.failing_live()


def attempt(operate, prepared_pair, expected, before, first, last):
    """In a child: (how it ended, what was raised, allocations made, leaked)."""
    shim.failing_arm(first, last)
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
    bad = 0
    counts = [0, 0, 0]
    strange, leaks = {}, {}
    for number in range(1, total + 1):
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
    print("%s: %d allocations, %d harmless, %d MemoryError or SSLError, "
          "%d unwanted" % (name, total, counts[GOOD], counts[REFUSED],
                           counts[STRANGE]))
    for what, numbers in sorted(strange.items()):
        print("    %s: %d times, as at %s" % (what, len(numbers), numbers[:5]))
    for surplus, numbers in sorted(leaks.items()):
        print("    %d blocks not freed: %d times, as at %s"
              % (surplus, len(numbers), numbers[:5]))
    sys.stdout.flush()
    return counts[STRANGE]


def main():
    _tls_bootstrap.monkeypatch_ssl()
    bad = 0
    wanted = sys.argv[4:]
    for ssl, how in ((_tls_bootstrap, "direct"), (stock, "grafted")):
        for version in (_tls_bootstrap.TLSVersion.TLSv1_2,
                        _tls_bootstrap.TLSVersion.TLSv1_3):
            for name, prepare, operate in OPERATIONS:
                for persistent in False, True:
                    label = "%s, %s, %s, %s" % (
                        name, how, version.name,
                        "all from the N-th" if persistent else "the N-th")
                    if all(word in label for word in wanted):
                        bad += check(label, prepare, operate, ssl, version,
                                     persistent)
    sys.exit(1 if bad else 0)


main()
