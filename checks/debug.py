"""`tox -e debug`: the suite on a CPython 2.7 that checks itself (`--with-pydebug`).

usage: python -m checks.debug [pytest arguments]

Exit status 0 means that every verdict is in order with that interpreter; 77 that such an
interpreter cannot be made on this machine. Only a run of everything is put on record.
"""

from __future__ import annotations

import sys
from collections import Counter

from checks import debug_python, variants
from conformance import measurements
from impls import interpreters


def main() -> None:
    folder = variants.fresh_folder("debug")
    try:
        python = debug_python.executable()
    except debug_python.NoDebugPython as error:
        print(error, file=sys.stderr)
        sys.exit(77)
    found, trouble = variants.ask(
        [
            *("--interpreter", str(python)),
            *("--implementation", "backport-py2.7", "--implementation", "monkeypatched-py2.7"),
            *sys.argv[1:],
        ],
        folder,
    )
    if found is None:
        sys.exit("\n".join(trouble))
    verdicts = Counter(pair["verdict"] for pair in found["pairs"])
    run = variants.Run(
        tuple(
            f"{pair['verdict']}: {pair['scenario']} on {pair['implementation']}, {pair['axis']}"
            for pair in found["pairs"]
            if pair["verdict"] not in variants.ACCEPTED
        ),
        verdicts,
    )
    variants.finish([*trouble, *run.trouble])
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
