"""`tox -e audit-debug`: the suite on a CPython 2.7 that checks itself (`--with-pydebug`).

usage: python -m tests.audits debug [pytest arguments]

Exit status 0 means that every verdict is in order with that interpreter; 77 that such an
interpreter cannot be made on this machine.
"""

from __future__ import annotations

import sys

from impls.host import interpreters
from tests.audits.backport import debug_python, variants
from tests.audits.result import Result, fail_on, fresh_folder, not_possible, publish

NAMES = "servername/test_sni_callback.py::test"
CALLED = "arguments/test_callables.py::test"
EMPTY = "socket/test_data.py::test_recv_into_an_empty_buffer_without_tls"
ASSERTED = {
    f"{NAMES}_old_method_hands_* on monkeypatched-py2.7, forward": "CRASH",
    f"{NAMES}_old_method_takes_* on monkeypatched-py2.7, forward": "CRASH",
    f"{NAMES}_old_method_refuses_names_* on monkeypatched-py2.7, forward": "CRASH",
    f"{NAMES}_last_callback_*[method] on monkeypatched-py2.7, forward": "CRASH",
    f"{CALLED}_callable_is_*-set_servername_callback] on monkeypatched-py2.7, forward": "CRASH",
    f"{CALLED}_callback_of_*-set_servername_callback] on monkeypatched-py2.7, forward": "CRASH",
    "shared_context/*::test_callback_for_server_names on monkeypatched-py2.7, forward": "CRASH",
    f"{EMPTY} on backport-py2.7, forward": "CRASH",
    f"{EMPTY} on monkeypatched-py2.7, forward": "CRASH",
    f"{EMPTY} on monkeypatched-py2.7, backward": "ERROR",
}
"""What ends here as it must, at assertions of 2.7's own modules, which no release build compiles.

`_ssl`: every connection of a context with a servername callback is a stock SSLSocket. What that
callback then reads, the graft's connections have (STOCK_SOCKET_FIELDS in tls_bootstrap.h).
`_socket`: no socket receives into an empty buffer. Stock 2.7 ends there as well, so that there is
nothing to compare the grafted one with."""


def main() -> None:
    folder = fresh_folder("debug")
    try:
        python = debug_python.executable()
    except debug_python.NoDebugPython as error:
        not_possible(error)
    arguments = ["--interpreter", str(python), *sys.argv[1:]]
    plain = ["backport-py2.7", "monkeypatched-py2.7"]
    run = variants.run(plain, folder, "", arguments, ASSERTED)
    fail_on(run.trouble)
    version = interpreters.probe(python)
    options = " ".join(debug_python.OPTIONS[:2])
    sentence = (
        f"Of {run.pairs} pairs on {version}, built `{options}` from Debian's source, "
        f"{run.excused} end at assertions of 2.7's own `_ssl` and `_socket`, which no release "
        "build compiles; nothing else does."
    )
    numbers = {"pairs": run.pairs, "asserted": run.excused}
    publish("debug", Result(sentence, numbers, [run.told()]))


if __name__ == "__main__":
    main()
