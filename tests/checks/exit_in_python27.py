"""Ends the interpreter while daemon threads are in handshakes with callbacks.

usage: python2.7 exit_in_python27.py BUILD CERTIFICATES direct|grafted
"""
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])

import _tls_bootstrap                                             # noqa: E402
import ssl as stock                                               # noqa: E402
from pair_in_python27 import Pair                                 # noqa: E402

_tls_bootstrap.monkeypatch_ssl()
ssl = stock if sys.argv[3] == "grafted" else _tls_bootstrap


def connect():
    pair = Pair(ssl, _tls_bootstrap.TLSVersion.TLSv1_3, sys.argv[2])
    while True:
        pair.wrap()
        try:
            pair.handshake()
        except BaseException:                 # the interpreter is going
            pass


for _ in range(3):
    thread = threading.Thread(target=connect)
    thread.daemon = True
    thread.start()
time.sleep(0.3)
