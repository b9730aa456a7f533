"""Lanes: the interpreters that share one run-time OpenSSL, on this machine or on a fetched one.

A lane is called by its OpenSSL series: ``3.6``. The machine's own lanes are what its interpreters
run on; any other comes from a release that has that OpenSSL (`impls.host.prefix`): its Pythons,
and those of the machine wherever the library's name is the same. What an interpreter runs on is
read from its process, never assumed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from impls.host import interpreters
from impls.host.debian import SUITES, CommandError, DebianError
from impls.host.interpreters import Interpreter, InterpreterError
from impls.host.prefix import NEWEST, Prefix, check_runtime, prefix_with
from impls.host.python3 import has_reference, newest_python3, python3_on
from impls.host.python27 import python27

ALL = "all"
MACHINE = "machine"
"""In place of OpenSSL series: every one that is known, and those of the machine's interpreters."""


@dataclass(frozen=True)
class Lane:
    """The interpreters on one OpenSSL series."""

    openssl: str
    """``3.6``, or ``1.1.1``."""
    interpreters: tuple[Interpreter, ...]
    """One of each implementation and minor version, CPython before PyPy, older before newer.

    Where the machine and a fetched release have the same, it is the machine's, unless that is an
    older patch level of the newest: a lane's newest is its reference.
    """
    others: tuple[Interpreter, ...] = ()
    """Further patch levels of the same minor versions."""
    extension_only: Interpreter | None = None
    """A CPython 2.7 for the backport alone: an extension built for it is on this OpenSSL, and its
    own ``_ssl`` on another. Only where no CPython 2.7 can be on this OpenSSL as a whole."""
    prefix: Path | None = None
    """The folder of the fetched release; None for the machine's own OpenSSL."""
    origin: str = "this machine"
    """Where the OpenSSL comes from, such as ``Debian forky``."""
    notes: tuple[str, ...] = ()
    """What of it could not be had: sentences, to be announced."""


@dataclass(frozen=True)
class Unavailable:
    """A lane that cannot be had here and today: an ordinary result, to be announced."""

    openssl: str
    """As it was wanted."""
    reason: str
    """One sentence."""


def lanes_available(
    machine: Sequence[Interpreter], wanted: Sequence[str] = (MACHINE,), cache: Path | None = None
) -> list[Lane | Unavailable]:
    """The lanes of these OpenSSL series, each once, fetched where this machine lacks them.

    ``machine`` has the interpreters that `interpreters.find` found. ``wanted`` has series such as
    ``3.6``, major versions such as ``4`` or ``4.x`` for all of their series, NEWEST for that of the
    newest release with its Pythons, MACHINE for those of the machine's interpreters, and ALL. A
    machine without a CPython 2.7 gets one built.
    """
    pool, trouble = with_python27(machine, cache)
    found: dict[str, Lane | Unavailable] = {}
    for openssl in _expanded(wanted, pool):
        lane = _lane(openssl, pool, cache)
        # The newest release's lane comes first, and has all that a plain series would give.
        found.setdefault(lane.openssl, _with_reason(lane, trouble))
    return list(found.values())


def with_python27(
    machine: Sequence[Interpreter], cache: Path | None = None
) -> tuple[tuple[Interpreter, ...], str]:
    """The interpreters, with a CPython 2.7 on the OpenSSL of the newest Python 3 among them.

    The second part says, in one sentence, why there is no such 2.7; it is empty where there is. A
    2.7 that a person named is not replaced.
    """
    usable = [each for each in machine if each.implementation == "cpython" and each.openssl]
    newest = newest_python3(usable)
    for each in usable:
        if each.minor == "2.7" and each.headers:
            if each.source == "option" or newest is None or each.lane == newest.lane:
                return tuple(machine), ""
    try:
        made = python27(cache)
    except (DebianError, InterpreterError) as error:
        return tuple(machine), str(error)
    if newest is not None and made.lane != newest.lane:
        return tuple(machine), (
            f"The newest Python 3 here is on OpenSSL {newest.lane} and the headers that are "
            f"installed are of OpenSSL {made.lane}, so no CPython 2.7 can be built for it; install "
            "one on the same OpenSSL and name it with --interpreter."
        )
    return (made, *machine), ""


def _expanded(wanted: Sequence[str], machine: Sequence[Interpreter]) -> list[str]:
    """The OpenSSL series that are wanted; NEWEST first, for only it has fetched Pythons as well."""
    own = [each.lane for each in machine if each.lane]
    every = [NEWEST, *own, *(suite.openssl for suite in SUITES)]
    choices = {ALL: every, MACHINE: own}
    for series in every[1:]:
        # "4", or "4.x", is every series of that major version.
        major = series.partition(".")[0]
        for word in (major, f"{major}.x"):
            choices.setdefault(word, []).append(series)
    names = [name for word in wanted for name in choices.get(word, [word])]
    return sorted(dict.fromkeys(names), key=lambda name: name != NEWEST)


def _lane(openssl: str, machine: Sequence[Interpreter], cache: Path | None) -> Lane | Unavailable:
    own = [each for each in machine if each.lane == openssl]
    if any(each.version_info[0] == 3 for each in own):
        chosen, others = _one_of_each(own)
        return Lane(openssl, chosen, others)
    try:
        prefix = prefix_with(openssl, cache)
    except DebianError as error:
        return Unavailable(openssl, str(error))
    return _on_prefix(prefix, machine)


def _on_prefix(prefix: Prefix, machine: Sequence[Interpreter]) -> Lane:
    """The lane of a fetched release: the machine's interpreters on its OpenSSL, and its own."""
    names = {path.name for path in (prefix.folder / "openssl").iterdir()}
    native = [each for each in machine if each.lane == prefix.lane]
    cpythons = [
        each for each in machine if each.implementation == "cpython" and each.prefix is None
    ]
    fitting = [
        each
        for each in cpythons
        if each not in native and each.library is not None and each.library.name in names
    ]
    # All are written before the first is started: a process that another thread starts has a copy
    # of each file that is open for writing, and a script cannot be run while one is (ETXTBSY).
    for each in fitting:
        prefix.launcher(each)
    with ThreadPoolExecutor(max_workers=8) as pool:
        launched = list(pool.map(lambda each: launched_on(prefix, each), fitting))
        fetched = list(
            pool.map(
                lambda minor: interpreters.probe(prefix.python(minor), "fetched"), prefix.pythons
            )
        )
    running = [each for each in launched if isinstance(each, Interpreter)]
    notes = [each for each in launched if isinstance(each, str)]
    on_it = [*native, *running, *fetched]
    if not has_reference(on_it):
        try:
            on_it.append(python3_on(prefix))
        except (DebianError, InterpreterError) as error:
            notes.append(f"No Python 3.13 or newer is on OpenSSL {prefix.openssl}: {error}")
    chosen, others = _one_of_each(newest_first(on_it))
    has_python27 = any(each.minor == "2.7" for each in chosen)
    for_extension = [each for each in cpythons if each.minor == "2.7" and each.headers]
    extension_only: Interpreter | None = None
    if for_extension and not has_python27:
        try:
            extension_only = dataclasses.replace(
                _launched(prefix, for_extension[0]),
                extension_openssl=f"OpenSSL {prefix.openssl}",
            )
        except InterpreterError as error:
            notes.append(str(error))
    return Lane(
        prefix.lane,
        chosen,
        others,
        extension_only,
        prefix.folder,
        prefix.suite,
        (*prefix.notes, *notes),
    )


def newest_first(found: Sequence[Interpreter]) -> list[Interpreter]:
    """The interpreters, the newest CPython 3 before all others: it is its lane's reference."""
    newest = newest_python3(found)
    return sorted(found, key=lambda each: each is not newest)


def launched_on(prefix: Prefix, base: Interpreter) -> Interpreter | str:
    """An interpreter of this machine on a prefix's OpenSSL; a sentence says why it is not."""
    try:
        found = _launched(prefix, base)
        check_runtime(found, prefix)
    except (InterpreterError, CommandError) as error:
        reason = str(error).rstrip(".")
        return f"{base} does not run on OpenSSL {prefix.openssl} of {prefix.suite} ({reason})."
    return found


def _launched(prefix: Prefix, base: Interpreter) -> Interpreter:
    return interpreters.probe(prefix.launcher(base), base.source)


def _one_of_each(
    found: Sequence[Interpreter],
) -> tuple[tuple[Interpreter, ...], tuple[Interpreter, ...]]:
    """The first of each implementation and minor version, in order, and the rest."""
    chosen: dict[tuple[str, tuple[int, ...]], Interpreter] = {}
    others: list[Interpreter] = []
    for each in found:
        key = (each.implementation, each.version_info[:2])
        if chosen.setdefault(key, each) is not each:
            others.append(each)
    return tuple(chosen[key] for key in sorted(chosen)), tuple(others)


def _with_reason(lane: Lane | Unavailable, trouble: str) -> Lane | Unavailable:
    """The lane with the sentence that says why it has no CPython 2.7, where it has none."""
    if isinstance(lane, Unavailable):
        return lane
    notes = list(lane.notes)
    if not any(each.minor == "2.7" for each in lane.interpreters):
        if trouble:
            notes.append(f"No CPython 2.7 is on OpenSSL {lane.openssl}: {trouble}")
        elif lane.extension_only is not None:
            notes.append(
                f"No CPython 2.7 is on OpenSSL {lane.openssl} as a whole: the backport alone is, "
                f"beside an ssl on OpenSSL {lane.extension_only.lane}."
            )
        else:
            notes.append(
                f"No CPython 2.7 is on OpenSSL {lane.openssl}: build one against it and name it "
                "with --interpreter."
            )
    if not any(each.version_info[0] == 3 for each in lane.interpreters):
        notes.append(
            f"No Python 3 is on OpenSSL {lane.openssl}: build one against it and name it with "
            "--interpreter."
        )
    return dataclasses.replace(lane, notes=tuple(notes))
