"""A CPython 3 to compare with, built once, for a machine whose newest one is too old for that.

The candidates are to be as a recent Python 3 is. Opposite an older one every change that Python
made since would be laid at their door.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from impls.host import interpreters
from impls.host.debian import DebianError
from impls.host.from_source import SourcePackage, built, on_this_openssl
from impls.host.interpreters import Interpreter, InterpreterError
from impls.host.prefix import Prefix

OLDEST_REFERENCE = (3, 13)
"""The Python 3 that the claims of the scenarios were written for."""

SOURCE = SourcePackage(
    "python3.13",
    ("trixie", "questing"),
    "some minutes",
    "install Python 3.13 or newer, or compare with an older one on purpose: --reference",
)

OPTIONS = ("--without-ensurepip", "--disable-test-modules", "OPT=-DNDEBUG -O1")


def python3(cache: Path | None = None) -> Interpreter:
    """A CPython 3.13 on this machine's OpenSSL, built when not yet in ``cache``.

    Raises DebianError, which says in one sentence why there is none.
    """
    return on_this_openssl(SOURCE, OPTIONS, cache)


def python3_on(prefix: Prefix) -> Interpreter:
    """A CPython 3.13 on the OpenSSL of a prefix, built when not yet beside that.

    Only where the prefix has no C library of its own: what is built here needs the machine's.
    Raises DebianError or InterpreterError, which say in one sentence why there is none.
    """
    what = f"CPython 3.13 against OpenSSL {prefix.openssl}"
    if prefix.own_libc:
        raise DebianError(f"No {what} can be built: {prefix.suite} has another C library.")
    libraries = prefix.folder / "openssl"
    variables = {**prefix.compile_flags, "LD_LIBRARY_PATH": str(libraries)}
    final = prefix.folder.parent / f"{prefix.folder.name}-{SOURCE.name}"
    base = interpreters.probe(built(final, OPTIONS, what, SOURCE, variables), "fetched")
    found = interpreters.probe(prefix.launcher(base), "fetched")
    if found.lane != prefix.lane:
        raise DebianError(
            f"The CPython 3.13 that was built in {final} is not on OpenSSL {prefix.openssl} "
            f"({found.trouble or found.openssl}); delete that folder."
        )
    return found


def is_new_enough(interpreter: Interpreter) -> bool:
    """Whether it is a CPython that candidates can be compared with: 3.13 or newer, and released."""
    return (
        interpreter.implementation == "cpython"
        and interpreter.final
        and interpreter.version_info[:2] >= OLDEST_REFERENCE
    )


def with_python3(
    machine: Sequence[Interpreter], cache: Path | None = None
) -> tuple[tuple[Interpreter, ...], str]:
    """The interpreters, with a CPython 3 among them that is new enough to be the reference.

    The second part says, in one sentence, why there is none; it is empty where there is one. Where
    a person named a Python 3, that is the one to compare with, whatever its age.
    """
    threes = [
        each
        for each in machine
        if each.implementation == "cpython" and each.version_info[0] == 3 and each.openssl
    ]
    if any(each.source == "option" or is_new_enough(each) for each in threes):
        return tuple(machine), ""
    newest = f"Python {threes[-1].version}" if threes else "No Python 3"
    try:
        made = python3(cache)
    except (DebianError, InterpreterError) as error:
        return tuple(machine), (
            f"{newest} is the newest here, and what candidates are to be like is Python "
            f"{'.'.join(map(str, OLDEST_REFERENCE))}: {error}"
        )
    return (*machine, made), ""
