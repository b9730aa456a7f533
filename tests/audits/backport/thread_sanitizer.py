"""The backport built with ThreadSanitizer, on an interpreter and an OpenSSL that are not.

It sees what the backport's own C reads and writes, and every lock, semaphore and condition that
the interpreter (its GIL is one), OpenSSL and the backport use. Of what OpenSSL itself reads and
writes it sees little, and not the atomic counters that make it right: that takes an OpenSSL built
with it, whose folder TLS_BOOTSTRAP_TSAN_OPENSSL names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from impls.host.declarations import Implementation, agent_environment
from tests.audits.backport import variants

FLAGS = "-g -O1 -fno-omit-frame-pointer -fsanitize=thread"
OPENSSL = "TLS_BOOTSTRAP_TSAN_OPENSSL"
_ACCESS = re.compile(r"^  (?:Previous )?(?:atomic )?(?:read|write) of size", re.I)
_FRAME = re.compile(r"^    #\d+ \S+ (?P<place>\S+)")


class NoThreadSanitizer(Exception):
    """Why it cannot run here, in one sentence."""


@dataclass(frozen=True)
class Racing:
    """The build, and the program and variables that it is started with."""

    implementation: Implementation
    instrumented: str
    """What beside the backport is built with the sanitizer, in words; empty for nothing."""


def start(folder: Path) -> Racing:
    """The direct implementation; reports of its runs go to FOLDER/races.*.

    Raises NoThreadSanitizer.
    """
    library = variants.compiler_path("libtsan.so")
    if library is None or not library.exists():
        raise NoThreadSanitizer("gcc has no libtsan: install gcc's sanitizers.")
    setarch = shutil.which("setarch")
    if setarch is None:
        raise NoThreadSanitizer("There is no setarch, which turns address randomisation off.")
    openssl = os.environ.get(OPENSSL, "")
    environment = {
        "TSAN_OPTIONS": f"log_path={folder}/races:exitcode=0:die_after_fork=0"
        ":report_signal_unsafe=0:history_size=4",
    }
    flags = {"CFLAGS": FLAGS, "LDFLAGS": "-fsanitize=thread"}
    # The build itself imports nothing of it: only a run needs the library.
    made = variants.built(flags, folder, "raced", environment)
    preload = [setarch, "-R", "env", f"LD_PRELOAD={library}"]
    if openssl:
        preload.append(f"LD_LIBRARY_PATH={openssl}")
    racing = replace(made, argv=(*preload, *made.argv))
    check(racing)
    return Racing(racing, "OpenSSL" if openssl else "")


def check(racing: Implementation) -> None:
    """Raise NoThreadSanitizer unless the interpreter can import the build under it."""
    command: Sequence[str] = [*racing.argv, "-c", "import sys; sys.path.insert(0, sys.argv[1]); "]
    command = [*command[:-1], command[-1] + "import _tls_bootstrap", racing.path[0]]
    done = subprocess.run(
        command, env=agent_environment(racing), capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise NoThreadSanitizer(f"2.7 does not start under ThreadSanitizer: {last}")


def is_ours(report: str) -> bool:
    """Whether one of the two accesses of a report is the backport's own, not OpenSSL's."""
    lines = report.splitlines()
    for number, line in enumerate(lines):
        if not _ACCESS.match(line):
            continue
        for frame in map(_FRAME.match, lines[number + 1 :]):
            if frame is None:
                break
            if "/libsanitizer/" in frame["place"]:
                continue  # memcpy() and the like, called by the next frame
            if frame["place"].startswith(f"{variants.SOURCE}/"):
                return True
            break
    return False


def reported(folder: Path) -> list[str]:
    """Every report below FOLDER, with the file it is in; of OpenSSL's where it is instrumented."""
    everything = bool(os.environ.get(OPENSSL))
    return [
        f"{file}:\n{report.strip()}"
        for file in sorted(folder.glob("races.*"))
        for report in file.read_text("utf-8", "replace").split("=" * 18 + "\n")
        if "WARNING: ThreadSanitizer" in report and (everything or is_ours(report))
    ]
