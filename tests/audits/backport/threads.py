"""`tox -e audit-threads`: threads, callbacks and forks, on the plain build and with the sanitizers.

usage: python -m tests.audits threads

Exit status 0 means that every situation came to its end on all builds, and that AddressSanitizer,
UBSan and, where it can run, ThreadSanitizer reported nothing. The situations are those of
threads_in_python27.py, of reconfigure_in_python27.py, which changes what is in use, and of
callbacks_in_python27.py, where callbacks, finalizers and threads get in each other's way.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import certs
from impls.host.declarations import Implementation, agent_environment
from impls.host.selection import assemble, built
from tests.audits.backport import sanitize, thread_sanitizer
from tests.audits.result import Result, Table, fail_on, fresh_folder, publish

PROGRAMS = [
    Path(__file__).with_name("threads_in_python27.py"),
    Path(__file__).with_name("reconfigure_in_python27.py"),
    Path(__file__).with_name("callbacks_in_python27.py"),
]

FREED_MEMORY_IS_FILLED = {"MALLOC_PERTURB_": "165"}
"""So that a libssl that reads it fails at once: mallopt(3)."""

NOT_SANITIZED = (
    "fork while threads work",
    "fork while a context is changed",
    "fork with another thread in an object",
    "daemons with callbacks at the exit",
)
"""Situations that no sanitized build can be in: a child of fork() may find AddressSanitizer's
allocator locked for ever by a thread that it does not have, and at the end of a process it looks at
threads that are still at work."""


def outcomes(
    backport: Implementation, certificates: Path, left_out: Sequence[str] = ()
) -> dict[str, str]:
    """How each situation ended on this build."""
    found: dict[str, str] = {}
    for program in PROGRAMS:
        try:
            found.update(of_program(backport, program, certificates, left_out))
        except RuntimeError as error:
            sys.exit(str(error))
    return found


def of_program(
    backport: Implementation,
    program: Path,
    certificates: Path,
    left_out: Sequence[str] = (),
    timeout: float | None = None,
) -> dict[str, str]:
    """How each situation of a program ended. Raises RuntimeError, and TimeoutExpired.

    With a `timeout` in seconds it is ended then, with all that it started.
    """
    process = subprocess.Popen(
        [*backport.argv, str(program), backport.path[0], str(certificates), *left_out],
        env={**agent_environment(backport), **FREED_MEMORY_IS_FILLED},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        told, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        end_with_all(process)
        raise
    if process.returncode != 0 or not told:
        raise RuntimeError(f"{program.name} ended with exit status {process.returncode}.")
    return dict(json.loads(line) for line in told.splitlines())


def end_with_all(process: subprocess.Popen[str]) -> None:
    """End a program, and the situation that it waits for, which has a session of its own."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    process.kill()
    for child in children.split():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(child), signal.SIGKILL)
    process.wait()


def unwanted(build: str, found: Mapping[str, str]) -> list[str]:
    """What did not end as it should, as sentences."""
    return [f"{name}, {build}: {how}" for name, how in found.items() if how != "ok"]


def race(folder: Path, certificates: Path) -> tuple[dict[str, str], str]:
    """How each situation ended with ThreadSanitizer, and a sentence about that."""
    try:
        racing = thread_sanitizer.start(folder)
    except thread_sanitizer.NoThreadSanitizer as error:
        return {}, f"ThreadSanitizer looked at none: {error}"
    found = outcomes(racing.implementation, certificates, NOT_SANITIZED)
    beside = f" and of {racing.instrumented}" if racing.instrumented else ""
    return found, (
        f"ThreadSanitizer looked at {len(found)} of them and saw no race in the memory of the "
        f"backport{beside}."
    )


def main() -> None:
    folder = fresh_folder("threads")
    certificates = folder / "certificates"
    certs.mint(certificates)
    _, selection = assemble(["backport-py2.7"])
    if selection.missing:
        sys.exit(selection.missing[0].reason)
    plain = outcomes(built(selection.implementations[0]), certificates)
    sanitized = outcomes(sanitize.start(folder), certificates, NOT_SANITIZED)
    raced, races = race(folder, certificates)
    fail_on(
        [
            *unwanted("plain", plain),
            *unwanted("sanitized", sanitized),
            *unwanted("with ThreadSanitizer", raced),
            *sanitize.reported(folder),
            *thread_sanitizer.reported(folder),
        ]
    )
    sentence = (
        f"{len(plain)} situations, used directly and grafted, came to their end on the plain "
        f"build, and {len(sanitized)} of them with AddressSanitizer and "
        "UndefinedBehaviorSanitizer: no crash, no deadlock, nothing reported."
    )
    details = [
        races,
        f"What was left out, {' and '.join(NOT_SANITIZED)}, can stop AddressSanitizer itself.",
        "Other threads run during a handshake, a read and a write, where the interpreter itself "
        "never switches: the GIL is released.",
    ]
    table = Table(
        "Situations", ("situation", "outcome"), tuple((name, how) for name, how in plain.items())
    )
    numbers = {"situations": len(plain), "sanitized": len(sanitized), "raced": len(raced)}
    publish("threads", Result(sentence, numbers, details, [table]))


if __name__ == "__main__":
    main()
