"""Ends the interpreter while daemon threads are in handshakes with callbacks.

usage: python2.7 exit_in_python27.py BUILD CERTIFICATES direct|grafted

OpenSSL is kept from its own cleaning up at the exit, under which threads that
are in it crash, whoever uses it.
"""
import ctypes
import ctypes.util
import sys
import threading
import time

OPENSSL_INIT_NO_ATEXIT = 0x80000
ctypes.CDLL(ctypes.util.find_library("crypto")).OPENSSL_init_crypto(
    ctypes.c_uint64(OPENSSL_INIT_NO_ATEXIT), None)
sys.path.insert(0, sys.argv[1])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair                                 # noqa: E402

_tls_bootstrap.monkeypatch_ssl()
ssl = stock if sys.argv[3] == "grafted" else _tls_bootstrap


def connect():
    pair = Pair(ssl, _tls_bootstrap.TLSVersion.TLSv1_3, sys.argv[2])
    if ssl is _tls_bootstrap:
        for context in pair.contexts:
            context._msg_callback = lambda *ignored: None
    while True:
        pair.wrap()
        try:
            pair.handshake()
        except BaseException:                 # the interpreter is going
            pass


for _ in range(6):
    thread = threading.Thread(target=connect)
    thread.daemon = True
    thread.start()
time.sleep(0.3)
