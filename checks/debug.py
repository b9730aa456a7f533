"""`tox -e debug`: the suite on a CPython 2.7 that counts references, and the counts stay flat.

usage: python -m checks.debug [pytest arguments]

Exit status 0 means that every verdict is in order with that interpreter, and that the sum of all
reference counts does not grow over 1,000 repetitions of every kind of operation; 77 that such an
interpreter cannot be made on this machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import certs
from checks import debug_python, variants
from conformance import measurements
from impls import interpreters, registry

REPETITIONS = 1000
SLACK = 100
"""References that may stay in all: caches of the interpreter fill up. A leak leaves 1,000."""


def grown(counts: dict[str, int]) -> list[str]:
    """Sentences about the kinds of operations that leave references behind."""
    return [
        f"{kind}: {count} references more after {REPETITIONS} repetitions."
        for kind, count in counts.items()
        if count > SLACK
    ]


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
    certs.mint(folder / "certificates")
    _, selection = registry.assemble(["backport-py2.7"], interpreter=[python])
    backport = registry.built(selection.implementations[0])
    program = Path(__file__).with_name("references_in_python27.py")
    command = [str(python), str(program), backport.path[0], str(folder / "certificates")]
    answer = subprocess.run(
        [*command, str(REPETITIONS)],
        env=registry.agent_environment(backport),
        stdout=subprocess.PIPE,
        text=True,
    )
    if answer.returncode != 0:
        sys.exit(f"The program that repeats operations ended with status {answer.returncode}.")
    # A --with-pydebug interpreter prints its count of references at its end, on stderr.
    counts = json.loads(answer.stdout.splitlines()[0])
    variants.finish([*trouble, *run.trouble, *grown(counts)])
    version = interpreters.probe(python)
    options = " ".join(debug_python.OPTIONS[:2])
    sentences = [
        f"The suite ran on {version}, built `{options}` from Debian's source: "
        f"{run.pairs} pairs ({run.told()}).",
        f"`sys.gettotalrefcount()` stayed flat over {REPETITIONS:,} repetitions of "
        f"{len(counts)} kinds of operations, in one run.",
    ]
    print("\n".join(sentences))
    rows = tuple((kind, str(count)) for kind, count in counts.items())
    table = measurements.Table(
        f"References more after {REPETITIONS:,} repetitions", ("operation", "references"), rows
    )
    if not sys.argv[1:]:
        measurements.record("debug", "Reference counts", sentences, [table], ["impls/backport"])


if __name__ == "__main__":
    main()
