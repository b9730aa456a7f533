"""A CPython 3 to compare with, built once, for a machine whose newest one is too old for that.

The candidates are to be as a recent Python 3 is. Opposite an older one every change that Python
made since would be laid at their door.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def pythons3(found: Iterable[Interpreter]) -> list[Interpreter]:
    """The CPython 3s among them that have an ssl."""
    return [
        each
        for each in found
        if each.implementation == "cpython" and each.version_info[0] == 3 and each.openssl
    ]


def newest_python3(found: Iterable[Interpreter]) -> Interpreter | None:
    """The newest CPython 3 among them, a released one if there is one."""
    threes = pythons3(found)
    return max(threes, key=lambda each: (each.final, each.version_info), default=None)


def has_reference(found: Iterable[Interpreter]) -> bool:
    """Whether a CPython 3 is among them that candidates can be compared with.

    It is 3.13 or newer and released, or a person named it.
    """
    return any(
        each.source == "option" or (each.final and each.version_info[:2] >= OLDEST_REFERENCE)
        for each in pythons3(found)
    )


def with_python3(
    machine: Sequence[Interpreter], cache: Path | None = None
) -> tuple[tuple[Interpreter, ...], str]:
    """The interpreters, with a CPython 3 among them that is new enough to be the reference.

    The second part says, in one sentence, why there is none; it is empty where there is one. Where
    a person named a Python 3, that is the one to compare with, whatever its age.
    """
    threes = pythons3(machine)
    if has_reference(threes):
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
