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


def main() -> None:
    folder = variants.fresh_folder("debug")
    try:
        python = debug_python.executable()
    except debug_python.NoDebugPython as error:
        print(error, file=sys.stderr)
        sys.exit(77)
    arguments = ["--interpreter", str(python), *sys.argv[1:]]
    run = variants.run(["backport-py2.7", "monkeypatched-py2.7"], folder, "", arguments)
    variants.finish(run.trouble)
    version = interpreters.probe(python)
    options = " ".join(debug_python.OPTIONS[:2])
    sentences = [
        f"The suite ran on {version}, built `{options}` from Debian's source: "
        f"{run.pairs} pairs ({run.told()}).",
    ]
    print("\n".join(sentences))
    if not sys.argv[1:]:
        measurements.record(
            "debug", "The debugging interpreter", sentences, sources=["impls/backport"]
        )


if __name__ == "__main__":
    main()
