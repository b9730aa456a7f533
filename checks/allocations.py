"""Fails every single OpenSSL allocation of handshakes, reads, certificate decoding and so on.

usage: python impls/backport/checks/allocations.py FOLDER [words]

Only operations whose label has all the words are tried, e.g. "direct", "TLSv1_3", "handshake",
", the N-th" or "all from the N-th". Exit status 0 means that each attempt did its work or raised
MemoryError or SSLError.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import variants

sys.path.insert(0, str(variants.TOP))

import certs  # noqa: E402
from impls import registry  # noqa: E402

HERE = Path(__file__).resolve().parent
PARTS = [
    ["direct", "grafted"],
    ["TLSv1_2", "TLSv1_3"],
    [", the N-th", "all from the N-th"],
]
"""Each combination is one process: there are as many at a time as there are processors."""


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    shim = folder / "failing_allocations.so"
    source = HERE / "failing_allocations.c"
    command = [*"gcc -shared -fPIC -O2 -Wall -Wextra -Werror".split(), str(source)]
    subprocess.run([*command, "-o", str(shim), "-lcrypto"], check=True)
    certificates = folder / "certificates"
    if not certificates.exists():
        certs.mint(certificates)
    parameters = certificates / "dh.pem"
    if not parameters.exists():
        command = ["openssl", "dhparam", "-dsaparam", "-out", str(parameters), "2048"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    _, selection = registry.assemble(["backport-py2.7"])
    if selection.missing:
        sys.exit(selection.missing[0].reason)
    backport = registry.built(selection.implementations[0])
    command = [*backport.argv, str(HERE / "allocations_in_python27.py")]
    command += [str(shim), str(certificates), backport.path[0]]
    environment = registry.agent_environment(backport)

    def attempt(words: tuple[str, ...]) -> int:
        return subprocess.run([*command, *words, *sys.argv[2:]], env=environment).returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sys.exit(max(pool.map(attempt, itertools.product(*PARTS))))


if __name__ == "__main__":
    main()
