"""`tox -e debug`: the suite on a CPython 2.7 that checks itself (`--with-pydebug`).

usage: python -m tests.checks.debug [pytest arguments]

Exit status 0 means that every verdict is in order with that interpreter; 77 that such an
interpreter cannot be made on this machine. Only a run of everything is put on record.
"""

from __future__ import annotations

import sys

from conformance import measurements
from impls import interpreters
from tests.checks import debug_python, variants

ASSERTED = {
    f"servername/test_sni_callback.py::{name} on monkeypatched-py2.7, forward": "CRASH"
    for name in (
        "test_old_method_hands_international_names_as_they_were_sent",
        "test_old_method_takes_ascii_names",
    )
}
"""What ends here as it must: 2.7's own servername callback asserts that every connection of a
context is a stock SSLSocket, and only a debugging build compiles its assertions. What the callback
then reads, the graft's connections have (STOCK_SOCKET_FIELDS in tls_bootstrap.h)."""


def main() -> None:
    folder = variants.fresh_folder("debug")
    try:
        python = debug_python.executable()
    except debug_python.NoDebugPython as error:
        print(error, file=sys.stderr)
        sys.exit(77)
    arguments = ["--interpreter", str(python), *sys.argv[1:]]
    plain = ["backport-py2.7", "monkeypatched-py2.7"]
    run = variants.run(plain, folder, "", arguments, ASSERTED)
    variants.finish(run.trouble)
    version = interpreters.probe(python)
    options = " ".join(debug_python.OPTIONS[:2])
    sentences = [
        f"The suite ran on {version}, built `{options}` from Debian's source: "
        f"{run.pairs} pairs ({run.told()}).",
        f"{len(ASSERTED)} of them end at an assertion of 2.7's own `_ssl` that every connection of "
        "a context is a stock one, which no release build compiles; nothing else does.",
    ]
    print("\n".join(sentences))
    if not sys.argv[1:]:
        measurements.record(
            "debug", "The debugging interpreter", sentences, sources=["impls/backport"]
        )


if __name__ == "__main__":
    main()
