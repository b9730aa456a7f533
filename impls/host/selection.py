"""Which implementations a run is about: declarations matched with the interpreters of this machine.

`resolve` expands every declaration for each interpreter that fits and says what is missing;
`Registry.select` takes what the options of a run name. `assemble` does all of that.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from impls.host import interpreters
from impls.host.build import build
from impls.host.cache import cache_folder
from impls.host.debian import DebianError
from impls.host.declarations import (
    FOLDER,
    ROLES,
    Declaration,
    Implementation,
    RegistryError,
    load,
    resolved,
)
from impls.host.interpreters import Interpreter
from impls.host.lanes import Lane, lanes_available
from impls.host.prefix import NEWEST
from impls.host.python3 import with_python3
from impls.host.python27 import python27
from impls.host.versions import in_lane, lane_of, numbers

NEWEST_PYTHONS = 3
"""Of the Python 3s in a fetched lane, as many take part, and the Python 2.7 of the candidates."""

Version = tuple[int, int, int, str, int]
"""As ``sys.version_info``."""

_NAMES = {"cpython": "CPython", "pypy": "PyPy"}


@dataclass(frozen=True)
class Missing:
    """What was declared, or named, and is not on this machine."""

    id: str
    """An id, with a pattern in place of the version where any of several would do."""
    role: str
    reason: str
    """One sentence: why, and what to do."""
    optional: bool
    """Whether that is in order: to be announced, but not a failure."""
    file: Path


@dataclass(frozen=True)
class Selection:
    """What one run is about: never empty, and all of it is known before the run begins."""

    reference: Implementation
    """What all others are compared with."""
    implementations: tuple[Implementation, ...]
    """What is compared with it, candidates first; the reference is not among them."""
    missing: tuple[Missing, ...]
    backward: Mapping[str, Implementation]
    """For an implementation's id, its reference on the backward axis, where there is one."""
    references: tuple[Implementation, ...] = ()
    """The newest plain stdlib in each other lane that something was chosen from."""
    unavailable: tuple[str, ...] = ()
    """Sentences: which lanes were wanted and cannot be had."""
    arbiters: tuple[Implementation, ...] = ()
    """What is not compared: other Pythons of the reference's minor version and lane, which say
    whether it is the reference that changed or a claim that is wrong."""

    @property
    def everyone(self) -> tuple[Implementation, ...]:
        """All that must be built and started, each once."""
        chosen = (self.reference, *self.implementations)
        needed = (*chosen, *self.backward.values(), *self.references, *self.arbiters)
        return tuple({implementation.id: implementation for implementation in needed}.values())


@dataclass(frozen=True)
class Registry:
    """Every implementation this machine has, and every one that it lacks."""

    declarations: tuple[Declaration, ...]
    interpreters: tuple[Interpreter, ...]
    """What was found, with what was fetched: to resolve just the same in another process."""
    known: tuple[Implementation, ...]
    missing: tuple[Missing, ...]
    unavailable: tuple[str, ...] = ()
    """Sentences: which lanes were wanted and cannot be had."""

    def select(self, patterns: Sequence[str] = (), reference: str | None = None) -> Selection:
        """What a run with these options is about; RegistryError when an option names nothing.

        A pattern is an id, a pattern for ids, or the path of a TOML file that was loaded. Without
        any, it is about everything. The reference is the newest plain stdlib on the OpenSSL of the
        first candidate, unless named.
        """
        chosen: dict[str, Implementation] = {}
        missing: dict[str, Missing] = {}
        for pattern in patterns or ("*",):
            found, lacking = self._matching(pattern)
            if not found and not lacking:
                raise self._nothing("--implementation", pattern)
            chosen.update((one.id, one) for one in found)
            missing.update((one.id, one) for one in lacking)
        by_id = {one.id: one for one in self.known}
        order = [*by_id]
        ordered = sorted(
            chosen.values(), key=lambda one: (ROLES.index(one.role), order.index(one.id))
        )
        standard = self._reference(reference, ordered)
        chosen.pop(standard.id, None)
        if not chosen and not missing:
            raise RegistryError(
                f"Only {standard.id} was selected, and it is the reference: name another one "
                "with --reference, or more with --implementation."
            )
        backward: dict[str, Implementation] = {}
        for one in chosen.values():
            if one.backward_reference in by_id:
                backward[one.id] = by_id[one.backward_reference]
            elif one.backward_reference is not None:
                _, lacking = self._matching(one.backward_reference)
                missing.update((each.id, each) for each in lacking)
        newest = self._newest()
        lanes = dict.fromkeys(_lane(one) for one in ordered)
        references = {newest[lane].id: newest[lane] for lane in lanes if lane in newest}
        references.pop(standard.id, None)
        arbiters = tuple(
            one
            for one in self.known
            if one.plain_stdlib
            and one.id not in chosen
            and one.id not in references
            and one.id != standard.id
            and _lane(one) == _lane(standard)
            and _minor(one) == _minor(standard)
        )
        return Selection(
            reference=standard,
            implementations=tuple(one for one in ordered if one.id in chosen),
            missing=tuple(missing.values()),
            backward=backward,
            references=tuple(references.values()),
            unavailable=self.unavailable,
            arbiters=arbiters,
        )

    def on(self, lanes: Sequence[str], lacking: Sequence[str] = ()) -> Registry:
        """The registry without interpreters on other OpenSSLs than these lanes.

        `lacking` says what else was wanted and cannot be had. RegistryError where nothing is left.
        """
        kept = tuple(one for one in self.known if _lane(one) in (None, *lanes))
        if not {_lane(one) for one in kept} & {*lanes}:
            raise RegistryError(f"--openssl leaves nothing to run. {' '.join(lacking)}".strip())
        return dataclasses.replace(self, known=kept, unavailable=(*self.unavailable, *lacking))

    def _newest(self) -> dict[str | None, Implementation]:
        """The newest plain stdlib of each lane."""
        plain = sorted((one for one in self.known if one.plain_stdlib), key=age)
        return {_lane(one): one for one in plain}

    def _reference(self, wanted: str | None, chosen: Sequence[Implementation]) -> Implementation:
        """The implementation that is named, or the newest plain stdlib in the first lane."""
        if wanted is None:
            newest = self._newest()
            if not newest:
                raise RegistryError(
                    "No CPython 3 with a working ssl was found to be the reference: install one "
                    "and name it with --interpreter, or name an implementation with --reference."
                )
            lanes = [_lane(one) for one in chosen if one.role == "candidate"]
            lane = next((one for one in lanes if one is not None and one in newest), None)
            standard = max(newest.values(), key=age) if lane is None else newest[lane]
            return dataclasses.replace(standard, role="reference")
        found, lacking = self._matching(wanted)
        if not found and lacking:
            raise RegistryError(f"--reference {wanted} is missing: {lacking[0].reason}")
        if not found:
            raise self._nothing("--reference", wanted)
        if len(found) > 1:
            names = ", ".join(one.id for one in found)
            raise RegistryError(f"--reference {wanted} matches several ({names}): name one.")
        return dataclasses.replace(found[0], role="reference")

    def _matching(self, pattern: str) -> tuple[list[Implementation], list[Missing]]:
        """What an id, a pattern or the path of a file stands for."""
        if pattern.endswith(".toml"):
            file = resolved(Path(pattern))
            return (
                [one for one in self.known if one.file == file],
                [one for one in self.missing if one.file == file],
            )
        found = [one for one in self.known if fnmatchcase(one.id, pattern)]
        lacking = [one for one in self.missing if one.id == pattern or fnmatchcase(one.id, pattern)]
        if not found and not lacking:
            lacking = [
                Missing(
                    pattern,
                    declaration.role,
                    _not_found(f"{_kind(declaration)} {version}", self.interpreters),
                    False,
                    declaration.file,
                )
                for declaration, version in self._could_be(pattern)
            ]
        return found, lacking

    def _could_be(self, identifier: str) -> Iterable[tuple[Declaration, str]]:
        """The declarations that would give this very id, had its interpreter been found."""
        for declaration in self.declarations:
            before, _, after = declaration.id.partition("{version}")
            version = identifier[len(before) : len(identifier) - len(after)]
            if (
                declaration.wildcard
                and re.fullmatch(r"\d+\.\d+", version)
                and identifier == f"{before}{version}{after}"
                and any(
                    fnmatchcase(version, text.split(" ")[1]) for text in declaration.interpreter
                )
            ):
                yield declaration, version

    def _nothing(self, option: str, pattern: str) -> RegistryError:
        names = [one.id for one in self.known] + [one.id for one in self.missing]
        if "/" in pattern:
            id_too = " and its id here" if option == "--reference" else ""
            return RegistryError(
                f"{option} {pattern} is not the path of a TOML file: write one that describes what "
                f"runs there, or name a Python with --interpreter{id_too}."
            )
        near = difflib.get_close_matches(pattern, names, 1)
        hint = f"did you mean {near[0]}? Known are" if near else "known are"
        return RegistryError(f"{option} {pattern} matches nothing; {hint} {', '.join(names)}.")


# Matching


def resolve(
    declarations: Sequence[Declaration],
    found: Sequence[Interpreter],
    fetch: Callable[[], Interpreter] | None = None,
) -> Registry:
    """Match every declaration with the interpreters that were found.

    ``fetch`` is called, at most once, when a CPython 2.7 is wanted and none fits; what it
    raises (DebianError, InterpreterError) becomes the reason why 2.7's implementations are missing.
    """
    pool = list(found)
    trouble = ""
    if fetch is not None and _wants_python27(declarations, pool):
        try:
            fetched = fetch()
        except (DebianError, interpreters.InterpreterError) as error:
            trouble = str(error)
        else:
            pool = [fetched, *(each for each in pool if not _is_python27(each))]
    tags = _tags(pool)
    known: list[Implementation] = []
    missing: list[Missing] = []
    for declaration in declarations:
        for one in _expand(declaration, pool, trouble, tags):
            if isinstance(one, Missing):
                missing.append(one)
            else:
                known.append(one)
    replaced = _replaced([*known, *missing])
    known = [one for one in known if (one.id, one.file) not in replaced]
    missing = [one for one in missing if (one.id, one.file) not in replaced]
    names: dict[str, Implementation | Missing] = {}
    everything: list[Implementation | Missing] = [*known, *missing]
    for each in everything:
        if each.id in names:
            raise RegistryError(
                f'{each.file} and {names[each.id].file} both give the id "{each.id}": '
                "change one of them."
            )
        names[each.id] = each
    known = [_with_absences_of_like(one, names, declarations) for one in known]
    registry = Registry(tuple(declarations), tuple(pool), tuple(known), tuple(missing))
    for implementation in known:
        wanted = implementation.backward_reference
        if wanted == implementation.id:
            raise RegistryError(
                f'{implementation.file}: "backward_reference" names {wanted} itself: name another '
                "one."
            )
        if wanted is not None and wanted not in names and not list(registry._could_be(wanted)):
            raise RegistryError(
                f'{implementation.file}: "backward_reference" names "{wanted}", which is '
                f"not known; known are {', '.join(names)}."
            )
    return registry


def _replaced(everything: Iterable[Implementation | Missing]) -> set[tuple[str, Path]]:
    """The ids and files of what comes with the project, and a person's file has the same id."""
    by_id: dict[str, list[Path]] = {}
    for one in everything:
        by_id.setdefault(one.id, []).append(one.file)
    return {
        (name, file)
        for name, files in by_id.items()
        for file in files
        if file.parent == FOLDER and any(other.parent != FOLDER for other in files)
    }


def _with_absences_of_like(
    one: Implementation,
    names: Mapping[str, Implementation | Missing],
    declarations: Sequence[Declaration],
) -> Implementation:
    """The implementation, with what the one that it is like is declared not to have."""
    if one.like is None:
        return one
    other = names.get(one.like)
    if other is one:
        raise RegistryError(f'{one.file}: "like" names {one.id} itself: name another one.')
    if other is None:
        near = difflib.get_close_matches(one.like, [name for name in names if name != one.id], 1)
        hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(names)}."
        raise RegistryError(f'{one.file}: "like" names "{one.like}", which is not known; {hint}')
    theirs = next(each.unsupported for each in declarations if each.file == other.file)
    borrowed = tuple(dataclasses.replace(absence, borrowed=True) for absence in theirs)
    return dataclasses.replace(one, unsupported=(*one.unsupported, *borrowed))


def _is_python27(interpreter: Interpreter) -> bool:
    return interpreter.implementation == "cpython" and interpreter.minor == "2.7"


def _wants_python27(declarations: Sequence[Declaration], pool: Sequence[Interpreter]) -> bool:
    """Whether a 2.7 is wanted and none fits; one that a person named is not replaced."""
    wanted = [each for each in declarations if "cpython 2.7" in each.interpreter]
    found = [each for each in pool if _is_python27(each)]
    if not wanted or any(each.source == "option" for each in found):
        return False
    building = any(each.build for each in wanted)
    return not any(each.openssl and (each.headers or not building) for each in found)


@dataclass(frozen=True)
class _Tag:
    """How an interpreter is called in ids, so that each has one of its own."""

    version: str
    lane: str | None = None
    """Its lane, where another interpreter of the same version is in another lane."""

    def named(self, text: str) -> str:
        name = text.replace("{version}", self.version)
        return name if self.lane is None else in_lane(name, self.lane)


def _tags(pool: Sequence[Interpreter]) -> dict[Interpreter, _Tag]:
    """The first interpreter of each minor version is called by that alone."""
    tags: dict[Interpreter, _Tag] = {}
    first: dict[tuple[str, str], Interpreter] = {}
    taken: set[tuple[str, _Tag]] = set()
    for each in pool:
        same = first.setdefault((each.implementation, each.minor), each)
        lane = _lane_of(each)
        own = None if lane == _lane_of(same) else lane
        tag = _Tag(each.minor, own)
        if (each.implementation, tag) in taken:
            tag = _Tag(each.version, own)
        tags.setdefault(each, tag)
        taken.add((each.implementation, tag))
    return tags


def _lane(implementation: Implementation) -> str | None:
    """The lane of its interpreter; None where only the agent will know."""
    found = implementation.interpreter
    return None if found is None else _lane_of(found)


def _minor(implementation: Implementation) -> str | None:
    found = implementation.interpreter
    return None if found is None else found.minor


def _lane_of(interpreter: Interpreter) -> str | None:
    """The lane of what is run in an interpreter."""
    return lane_of(interpreter.extension_openssl or interpreter.loaded or interpreter.openssl)


def _is_extension(declaration: Declaration) -> bool:
    """Whether it is a module that is built and used directly, whatever the ssl beside it."""
    return declaration.build is not None and declaration.module != "ssl"


def _expand(
    declaration: Declaration,
    pool: Sequence[Interpreter],
    trouble: str,
    tags: Mapping[Interpreter, _Tag],
) -> list[Implementation | Missing]:
    """A declaration for each interpreter that fits, or the reason why there is none."""
    if declaration.argv:
        return [_implementation(declaration, None)]
    if "/" in declaration.interpreter[0]:
        path = declaration.file.parent / Path(declaration.interpreter[0]).expanduser()
        try:
            fitting = [interpreters.probe(path)]
        except interpreters.InterpreterError as error:
            return [_lacking(declaration, _Tag("unknown"), str(error))]
    else:
        fitting = [
            each
            for each in pool
            if declaration.fits(each)
            and (each.extension_openssl is None or _is_extension(declaration))
        ]
    if not fitting:
        first = declaration.interpreter[0].split(" ")[1]
        kinds = " or ".join(
            f"{_kind(declaration)} {text.split(' ')[1]}" for text in declaration.interpreter
        )
        if trouble and "cpython 2.7" in declaration.interpreter:
            reason = f"no {kinds} was found, and none could be built: {trouble}"
        else:
            reason = _not_found(kinds, pool)
        return [_lacking(declaration, _Tag(first), reason)]
    expanded: list[Implementation | Missing] = []
    for each in fitting:
        reason = _unfit(declaration, each)
        tag = tags.get(each, _Tag(each.minor))
        expanded.append(
            _lacking(declaration, tag, reason)
            if reason
            else _implementation(declaration, each, tag)
        )
    return expanded


def _unfit(declaration: Declaration, interpreter: Interpreter) -> str:
    """Why an interpreter that fits by name will not do; nothing when it does."""
    who = f"{interpreter.implementation} {interpreter.version} at {interpreter.executable}"
    if interpreter.openssl is None:
        return (
            f"{who} cannot import ssl ({interpreter.trouble}); "
            "install one that can and name it with --interpreter."
        )
    if declaration.build and not interpreter.headers:
        return (
            f"{who} has no Python.h to build with; "
            "install its headers, or name one that has them with --interpreter."
        )
    return ""


def _not_found(kinds: str, pool: Sequence[Interpreter]) -> str:
    there = [
        f"{_NAMES.get(each.implementation, each.implementation)} {each.minor}" for each in pool
    ]
    found = f" (there is {', '.join(dict.fromkeys(there))})" if there else ""
    return (
        f"no {kinds} was found{found}; install one and name it with --interpreter, or put it on "
        "PATH."
    )


def _kind(declaration: Declaration) -> str:
    return _NAMES[declaration.interpreter[0].split(" ")[0]]


def _lacking(declaration: Declaration, tag: _Tag, reason: str) -> Missing:
    return Missing(
        id=tag.named(declaration.id),
        role=declaration.role,
        reason=reason,
        optional=declaration.optional,
        file=declaration.file,
    )


def _implementation(
    declaration: Declaration, interpreter: Interpreter | None, tag: _Tag | None = None
) -> Implementation:
    def named(text: str) -> str:
        return text if tag is None else tag.named(text)

    backward = declaration.backward_reference
    return Implementation(
        id=named(declaration.id),
        describe=declaration.describe.replace("{version}", tag.version if tag else "{version}"),
        role=declaration.role,
        argv=interpreter.command if interpreter else declaration.argv,
        shell_quoted=declaration.shell_quoted,
        interpreter=interpreter,
        module=declaration.module,
        set_up=declaration.set_up,
        path=declaration.path,
        environment=declaration.environment,
        backward_reference=None if backward is None else named(backward),
        operation_timeout=declaration.operation_timeout,
        unsupported=declaration.unsupported,
        build=declaration.build,
        file=declaration.file,
        like=None if declaration.like is None else named(declaration.like),
        divergences=declaration.divergences,
        same_class=declaration.same_class,
        site=declaration.site,
    )


def age(implementation: Implementation) -> tuple[Any, ...]:
    """Newest last, any released Python after all that are not yet.

    Of one minor version what a person named counts as the newer.
    """
    found = implementation.interpreter
    assert found is not None
    return found.final, found.version_info[:2], found.source == "option", found.version_info


# Building, and all of it


def built(implementation: Implementation, cache_root: Path | None = None) -> Implementation:
    """The implementation with what it needs built and on its path; BuildError when that fails."""
    if implementation.build is None or implementation.interpreter is None:
        return implementation
    root = cache_folder() if cache_root is None else cache_root
    folder = build(implementation.build, implementation.interpreter, root)
    return dataclasses.replace(implementation, build=None, path=(str(folder), *implementation.path))


def assemble(
    implementation: Sequence[str] = (),
    reference: str | None = None,
    interpreter: Sequence[Path] = (),
    cache_root: Path | None = None,
    fetch: bool = True,
    openssl: Sequence[str] = (),
) -> tuple[Registry, Selection]:
    """All of the above for a run with these options: load, find, fetch, resolve, select.

    `openssl` has what `lanes_available` takes; without any, the machine's interpreters are used,
    and a CPython 3 that is built where theirs are all too old for a reference.
    """
    files = [Path(text) for text in (*implementation, reference or "") if text.endswith(".toml")]
    machine, trouble = interpreters.find(interpreter), ""
    if fetch and reference is None:
        machine, trouble = with_python3(machine, cache_root)
    pool, lanes, lacking = with_lanes(machine, openssl, cache_root)
    registry = resolve(load(files), pool, (lambda: python27(cache_root)) if fetch else None)
    if openssl:
        registry = registry.on(lanes, lacking)
    if trouble:
        registry = dataclasses.replace(registry, unavailable=(*registry.unavailable, trouble))
    return registry, registry.select(implementation, reference)


def with_lanes(
    machine: Sequence[Interpreter], openssl: Sequence[str], cache_root: Path | None
) -> tuple[list[Interpreter], list[str], list[str]]:
    """The machine's interpreters, first, and those of the lanes that are wanted.

    Then the lanes that there are, and sentences about what of them cannot be had.
    """
    pool: list[Interpreter] = [*machine]
    lacking: list[str] = []
    found: dict[str, Lane] = {}
    for lane in lanes_available(machine, openssl, cache_root) if openssl else ():
        if isinstance(lane, Lane):
            found[lane.openssl] = lane
            lacking += lane.notes
        else:
            what = "No newest Python: " if lane.openssl == NEWEST else ""
            lacking.append(what + lane.reason)
    taking_part = {
        name: [*lane.interpreters] if lane.prefix is None else of_fetched(lane)
        for name, lane in found.items()
    }
    for older, newer in pairwise(sorted(found, key=numbers)):
        for name, each in shared(found[older], found[newer], taking_part):
            taking_part[name].append(each)
    for lane in found.values():
        pool += [each for each in taking_part[lane.openssl] if each not in pool]
    return pool, [*found], lacking


def shared(
    older: Lane, newer: Lane, taking_part: Mapping[str, Sequence[Interpreter]]
) -> list[tuple[str, Interpreter]]:
    """What must take part as well so that one Python 3 is in both lanes, to the patch level.

    The newest that both can have; nothing where one is in both already, or none can be.
    """
    names = older.openssl, newer.openssl
    already = [_threes(taking_part[name]) for name in names]
    if already[0].keys() & already[1].keys():
        return []
    possible = [_threes((*lane.interpreters, *lane.others)) for lane in (older, newer)]
    both = possible[0].keys() & possible[1].keys()
    if not both:
        return []
    version = max(both, key=lambda one: (one[3] == "final", one))
    return [
        (name, has[version])
        for name, has, takes in zip(names, possible, already, strict=True)
        if version not in takes
    ]


def _threes(found: Sequence[Interpreter]) -> dict[Version, Interpreter]:
    """CPython 3s by version, the first of each."""
    threes: dict[Version, Interpreter] = {}
    for each in found:
        if each.implementation == "cpython" and each.version_info[0] == 3:
            threes.setdefault(each.version_info, each)
    return threes


def of_fetched(lane: Lane) -> list[Interpreter]:
    """Those that take part of a fetched lane's interpreters, candidates' own first.

    Where only the backport can be, it is, if there is a Python 3 to compare it with.
    """
    cpythons = [each for each in lane.interpreters if each.implementation == "cpython"]
    threes = [each for each in cpythons if each.version_info[0] == 3]
    threes.sort(key=lambda each: each.version_info)
    twos = [each for each in cpythons if each.minor == "2.7"]
    extension_only = [lane.extension_only] if lane.extension_only and threes else []
    return [*twos, *extension_only, *threes[-NEWEST_PYTHONS:]]
