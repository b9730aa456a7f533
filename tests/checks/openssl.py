"""`tox -e openssl`: the backport on OpenSSL 1.1.1, with the CPython 2.7 that Debian built for it.

usage: python -m tests.checks.openssl [pytest arguments]

The reference is on this machine's own OpenSSL, so what differs on the forward axis may be the
library's doing: it is told, not judged. Exit status 0 means that it builds without a warning,
nobody died or hung, and the graft left stock 2.7's behaviour as it is on that OpenSSL; 77 that no
such CPython 2.7 can be fetched.
"""

from __future__ import annotations

import sys
from collections import Counter

from conformance import measurements
from impls import debian, interpreters
from tests.checks import variants

TOPICS = "handshake or data or shutdown"
GRAVE = ("CRASH", "HANG", "GARBAGE", "MISSING", "ERROR")


def main() -> None:
    folder = variants.fresh_folder("openssl")
    try:
        python = debian.fetch_python27()
    except debian.DebianError as error:
        print(error, file=sys.stderr)
        sys.exit(77)
    found, trouble = variants.ask(
        [
            *("--interpreter", str(python)),
            *("--implementation", "backport-py2.7", "--implementation", "monkeypatched-py2.7"),
            *(sys.argv[1:] or ["-k", TOPICS]),
        ],
        folder,
    )
    if found is None:
        sys.exit("\n".join(trouble))
    bad = [
        f"{pair['verdict']}: {pair['scenario']} on {pair['implementation']}, {pair['axis']}"
        for pair in found["pairs"]
        if pair["verdict"] in GRAVE
        or (pair["axis"] == "backward" and pair["verdict"] not in variants.ACCEPTED)
    ]
    variants.finish([*trouble, *bad])
    version = interpreters.probe(python)
    counts = Counter(
        (pair["implementation"], pair["axis"], pair["verdict"]) for pair in found["pairs"]
    )
    sentences = [
        f"The backport builds without a warning on {version} and ran what "
        f"`{' '.join(sys.argv[1:] or ['-k', TOPICS])}` selects: nobody died or hung, and the "
        "graft left what stock 2.7 has as it is there.",
    ]
    print("\n".join(sentences))
    rows = tuple((*key, str(counts[key])) for key in sorted(counts))
    table = measurements.Table(
        "On OpenSSL 1.1.1, against a reference on this machine's OpenSSL",
        ("implementation", "axis", "verdict", "pairs"),
        rows,
    )
    if not sys.argv[1:]:
        measurements.record("openssl", "Another OpenSSL", sentences, [table], ["impls/backport"])


if __name__ == "__main__":
    main()
