"""Reads which implementations there are, and matches them with the interpreters of this machine.

An implementation is one TOML file; those beside this module are always there, and a user adds
one by dropping in a file or by giving its path. A file describes one implementation, or one for
each interpreter that its pattern fits. Every key:

====================  ==========================================================================
key                   meaning
====================  ==========================================================================
id                    its name: letters, digits, ``.``, ``_`` and ``-``, with ``{version}`` for
                      the interpreter's ``3.13``; needed where several interpreters may fit
describe              one phrase that tells a reader what it is; may use ``{version}`` too
role                  ``candidate`` (gated) or ``witness`` (reported); the reference is chosen
                      from the witnesses that are a plain ``ssl``: the newest CPython 3
interpreter           which interpreter to find: ``"cpython 2.7"``, ``"pypy 3.*"``, a list of
                      these for the same kind of Python, or the path of an executable
argv                  instead of ``interpreter``: any command that takes arguments as a Python
                      executable does, e.g. ``["docker", "run", "-i", "image", "python3"]``
shell_quoted          true when ``argv`` hands its arguments to a shell, as ssh does
module                the module that is asked (default ``ssl``)
set_up                statements to run before anything else, one by one
path                  folders for the agent's ``sys.path``, relative to this file; with ``argv``
                      they belong to wherever it runs, and must be absolute
environment           variables for the agent, which has hardly any others; ``{here}`` is this
                      file's folder here, and in ``argv``
backward_reference    id of the implementation it must not differ from in what 2.7 already had;
                      may use ``{version}``
operation_timeout     seconds until an operation without an answer is a HANG (default 10)
optional              true when a machine without it is in order: it is announced, not a failure
[build] source        the folder it is built from, relative to this file
[build] command       how: words with ``{python}``, ``{output}`` and ``{temporary}``; the folder
                      ``{output}`` comes first on the agent's ``sys.path``
[[unsupported]]       a declared absence: ``member`` (of the module, ``Class`` or
                      ``Class.member``) or ``scenario`` (a pattern for test ids), and ``reason``
====================  ==========================================================================
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from impls.host import fetch as debian
from impls.host import interpreters
from impls.host.build import PLACEHOLDERS, BuildTable, build
from impls.host.cache import cache_folder
from impls.host.interpreters import Interpreter

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).resolve().parents[1]
"""Where the implementations that are always there are described."""

OPERATION_TIMEOUT = 10.0
"""Seconds until an operation without an answer is a HANG, where a file does not say otherwise."""

_ROLES = ("candidate", "witness")
_NAMES = {"cpython": "CPython", "pypy": "PyPy"}
_PASSED_ON = ("PATH", "HOME", "TMPDIR")
# What a launcher such as ssh or docker needs to work at all.
_FOR_LAUNCHERS = (
    "SSH_AUTH_SOCK",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "CONTAINER_HOST",
    "XDG_RUNTIME_DIR",
    "KUBECONFIG",
)


class RegistryError(Exception):
    """What is wrong with a file or an option and what to do, in one sentence."""


@dataclass(frozen=True)
class Unsupported:
    """One thing that an implementation says it does not have."""

    reason: str
    member: str | None = None
    """A member of the module, or ``Class.member``."""
    scenario: str | None = None
    """A pattern for the ids of scenarios, such as ``graft/test_x.py::test_*``."""


@dataclass(frozen=True)
class Declaration:
    """One TOML file, checked. The fields are its keys."""

    file: Path
    id: str
    describe: str
    role: str
    interpreter: tuple[str, ...]
    """Patterns or one path; empty where ``argv`` is given."""
    argv: tuple[str, ...]
    shell_quoted: bool
    module: str
    set_up: tuple[str, ...]
    path: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    backward_reference: str | None
    operation_timeout: float
    optional: bool
    build: BuildTable | None
    unsupported: tuple[Unsupported, ...]

    def fits(self, interpreter: Interpreter) -> bool:
        """Whether one of the patterns asks for this interpreter."""
        for pattern in self.interpreter:
            implementation, _, version = pattern.partition(" ")
            if interpreter.implementation == implementation and (
                fnmatchcase(interpreter.minor, version) or fnmatchcase(interpreter.version, version)
            ):
                return True
        return False

    @property
    def wildcard(self) -> bool:
        """Whether several interpreters may fit."""
        return len(self.interpreter) > 1 or any("*" in text for text in self.interpreter)


@dataclass(frozen=True)
class Implementation:
    """One ``ssl`` provider in one interpreter, ready to be built and started."""

    id: str
    describe: str
    role: str
    """``reference``, ``candidate`` or ``witness``."""
    argv: tuple[str, ...]
    """The command that behaves like a Python executable; arguments are added."""
    shell_quoted: bool
    """Whether the added arguments must be quoted for a shell."""
    interpreter: Interpreter | None
    """None where ``argv`` was given: only the agent will know."""
    module: str
    set_up: tuple[str, ...]
    path: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    backward_reference: str | None
    operation_timeout: float
    unsupported: tuple[Unsupported, ...]
    build: BuildTable | None
    """What is still to be built; None after ``built``."""
    file: Path

    @property
    def plain_stdlib(self) -> bool:
        """Whether this is a CPython 3's own ssl with nothing done to it: fit to be reference."""
        return (
            self.interpreter is not None
            and self.interpreter.implementation == "cpython"
            and self.interpreter.version_info[0] == 3
            and self.role != "candidate"
            and self.module == "ssl"
            and not (self.set_up or self.path or self.environment or self.build)
        )

    def unsupported_member(self, member: str) -> str | None:
        """The declared reason why ``member`` (or the class it is in) is absent, or None."""
        for entry in self.unsupported:
            if entry.member and (member + ".").startswith(entry.member + "."):
                return entry.reason
        return None

    def unsupported_scenario(self, scenario: str) -> str | None:
        """The declared reason why the scenario of this id cannot run here, or None."""
        for entry in self.unsupported:
            if entry.scenario and matches(scenario, entry.scenario):
                return entry.reason
        return None


def matches(name: str, pattern: str) -> bool:
    """Whether an id is meant by a pattern. Brackets are literal: test ids have them."""
    return name == pattern or fnmatchcase(name, pattern.replace("[", "[[]"))


@dataclass(frozen=True)
class Missing:
    """What was declared, or asked for, and is not on this machine."""

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
    """What one run asks: never empty, and all of it is known before the run begins."""

    reference: Implementation
    """Whom all others are compared with."""
    implementations: tuple[Implementation, ...]
    """Whom to judge, candidates first; the reference is not among them."""
    missing: tuple[Missing, ...]
    backward: Mapping[str, Implementation]
    """For an implementation's id, its reference on the backward axis, where there is one."""

    @property
    def everyone(self) -> tuple[Implementation, ...]:
        """Everyone who will be asked something, each once: all that must be built and started."""
        asked = (self.reference, *self.implementations, *self.backward.values())
        return tuple({implementation.id: implementation for implementation in asked}.values())


@dataclass(frozen=True)
class Registry:
    """Every implementation this machine has, and every one that it lacks."""

    declarations: tuple[Declaration, ...]
    interpreters: tuple[Interpreter, ...]
    """What was found, with what was fetched: to resolve just the same in another process."""
    known: tuple[Implementation, ...]
    missing: tuple[Missing, ...]

    def select(self, patterns: Sequence[str] = (), reference: str | None = None) -> Selection:
        """What a run with these options asks; RegistryError when an option names nothing.

        A pattern is an id, a pattern for ids, or the path of a TOML file that was loaded. Without
        any, everything is asked. The reference is the newest plain stdlib, unless named.
        """
        chosen: dict[str, Implementation] = {}
        missing: dict[str, Missing] = {}
        for pattern in patterns or ("*",):
            found, lacking = self._matching(pattern)
            if not found and not lacking:
                raise self._nothing("--implementation", pattern)
            chosen.update((one.id, one) for one in found)
            missing.update((one.id, one) for one in lacking)
        standard = self._reference(reference)
        chosen.pop(standard.id, None)
        if not chosen and not missing:
            raise RegistryError(
                f"Only {standard.id} was selected, and it is the reference: name another one "
                "with --reference, or more with --implementation."
            )
        by_id = {one.id: one for one in self.known}
        backward: dict[str, Implementation] = {}
        for one in chosen.values():
            if one.backward_reference in by_id:
                backward[one.id] = by_id[one.backward_reference]
            elif one.backward_reference is not None:
                _, lacking = self._matching(one.backward_reference)
                missing.update((each.id, each) for each in lacking)
        order = [*by_id]
        return Selection(
            reference=standard,
            implementations=tuple(
                sorted(
                    chosen.values(), key=lambda one: (_ROLES.index(one.role), order.index(one.id))
                )
            ),
            missing=tuple(missing.values()),
            backward=backward,
        )

    def _reference(self, wanted: str | None) -> Implementation:
        if wanted is None:
            plain = [one for one in self.known if one.plain_stdlib]
            if not plain:
                raise RegistryError(
                    "No CPython 3 with a working ssl was found to be the reference: install one "
                    "and name it with --interpreter, or name an implementation with --reference."
                )
            return dataclasses.replace(max(plain, key=_age), role="reference")
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
            file = _file(Path(pattern))
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
                    _not_found(f"{_kind(declaration)} {version}"),
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
        return RegistryError(f"{option} {pattern} matches nothing; known are {', '.join(names)}.")


# Reading


def load(paths: Sequence[Path] = (), folder: Path = FOLDER) -> list[Declaration]:
    """The declarations in ``folder`` and in the files ``paths``, each file once, in order."""
    files = [_file(path) for path in sorted(folder.glob("*.toml"))]
    declarations = [_read(file) for file in dict.fromkeys([*files, *map(_file, paths)])]
    seen: dict[str, Path] = {}
    for declaration in declarations:
        if declaration.id in seen:
            raise RegistryError(
                f"{declaration.file} and {seen[declaration.id]} both have the id "
                f'"{declaration.id}": give one of them another.'
            )
        seen[declaration.id] = declaration.file
    return declarations


def _file(path: Path) -> Path:
    return path.expanduser().resolve()


def _read(file: Path) -> Declaration:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise RegistryError(
            f"{file} cannot be read ({error.strerror}): give the path of a TOML file that "
            "describes an implementation."
        ) from error
    except UnicodeDecodeError as error:
        raise RegistryError(f"{file} is not UTF-8 text, as TOML must be: {error}.") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{file} is not valid TOML: {error}.") from error
    return _Reader(file, table).declaration()


_T = TypeVar("_T")


class _Reader:
    """Takes the keys out of one file's table, and complains about what is left."""

    def __init__(self, file: Path, table: dict[str, Any], where: str = "") -> None:
        self.file = file
        self.table = dict(table)
        self.where = where
        self.asked: list[str] = []

    def declaration(self) -> Declaration:
        here = self.file.parent
        interpreter = self.take("interpreter", _texts_or_text, ())
        argv = self.take("argv", _texts, ())
        build_table = self.take("build", _table, None)
        found = Declaration(
            file=self.file,
            id=self.take("id", _text),
            describe=self.take("describe", _text),
            role=self.take("role", _text),
            interpreter=interpreter,
            argv=tuple(word.replace("{here}", str(here)) for word in argv),
            shell_quoted=self.take("shell_quoted", _flag, False),
            module=self.take("module", _text, "ssl"),
            set_up=self.take("set_up", _texts, ()),
            path=self.take("path", _texts, ()),
            environment=tuple(
                (name, value.replace("{here}", str(here)))
                for name, value in self.take("environment", _variables, ())
            ),
            backward_reference=self.take("backward_reference", _text, None),
            operation_timeout=self.take("operation_timeout", _seconds, OPERATION_TIMEOUT),
            optional=self.take("optional", _flag, False),
            build=None if build_table is None else self._build(build_table),
            unsupported=tuple(
                self._unsupported(number, entry)
                for number, entry in enumerate(self.take("unsupported", _tables, ()), 1)
            ),
        )
        self.finish()
        self._agrees(found)
        if not found.argv:
            path = tuple(os.path.normpath(here / folder) for folder in found.path)
            found = dataclasses.replace(found, path=path)
        return found

    def take(self, key: str, check: Callable[[Any], _T], default: Any = ...) -> _T | Any:
        """The value of a key, of the right type; without a default it must be there."""
        self.asked.append(key)
        if key not in self.table:
            if default is ...:
                raise self.wrong(f'the key "{key}" is missing')
            return default
        value = self.table.pop(key)
        try:
            return check(value)
        except TypeError as error:
            raise self.wrong(f'"{key}" must be {error}, not {_shown(value)}') from None

    def finish(self) -> None:
        """What nobody asked for is a mistake."""
        for key in self.table:
            near = difflib.get_close_matches(key, self.asked, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(self.asked)}."
            raise self.wrong(f'unknown key "{key}"; {hint}', end="")

    def wrong(self, what: str, end: str = ".") -> RegistryError:
        return RegistryError(f"{self.file}{self.where}: {what}{end}")

    def _agrees(self, found: Declaration) -> None:
        """What no key can show alone."""
        if found.role not in _ROLES:
            raise self.wrong(f'"role" must be candidate or witness, not "{found.role}"')
        if not re.fullmatch(r"[A-Za-z0-9._-]+", found.id.replace("{version}", "1", 1)):
            raise self.wrong(
                f'"id" may have letters, digits, ".", "_", "-" and one {{version}}, '
                f'and "{found.id}" has something else'
            )
        if bool(found.argv) == bool(found.interpreter):
            raise self.wrong('give either "interpreter" or "argv"')
        if found.argv:
            relative = [folder for folder in found.path if not folder.startswith("/")]
            if found.build:
                raise self.wrong('[build] needs "interpreter": with "argv" nobody knows for whom')
            if "{version}" in found.id:
                raise self.wrong('"id" cannot have {version} with "argv"')
            if relative:
                raise self.wrong(
                    f'with "argv" a "path" must be absolute, and "{relative[0]}" is not'
                )
        elif found.shell_quoted:
            raise self.wrong('"shell_quoted" is about "argv", which is not given')
        for text in found.interpreter:
            if "/" in text and len(found.interpreter) == 1:
                continue
            if not re.fullmatch(r"(cpython|pypy) \d[\d.*]*", text):
                raise self.wrong(
                    f'"interpreter" is like "cpython 2.7", "pypy 3.*" or the path of an '
                    f'executable, not "{text}"'
                )
        if len({text.split(" ")[0] for text in found.interpreter}) > 1:
            raise self.wrong('"interpreter" mixes CPython and PyPy: write a file for each')
        if found.wildcard and "{version}" not in found.id:
            raise self.wrong(
                f'several interpreters may fit, and "id" needs {{version}}: "{found.id}" has none'
            )

    def _build(self, table: dict[str, Any]) -> BuildTable:
        inner = _Reader(self.file, table, " [build]")
        source = _file(self.file.parent / inner.take("source", _text))
        command: tuple[str, ...] = inner.take("command", _texts)
        inner.finish()
        if not source.is_dir():
            raise inner.wrong(f'"source" must be a folder, and there is none at {source}')
        words = set(re.findall(r"\{(\w*)\}", " ".join(command)))
        for name in sorted(words.difference(PLACEHOLDERS)):
            choices = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise inner.wrong(f'"command" has {{{name}}}; there are {choices}')
        if "output" not in words:
            raise inner.wrong('"command" must say where the result goes with {output}')
        return BuildTable(source, command)

    def _unsupported(self, number: int, table: dict[str, Any]) -> Unsupported:
        inner = _Reader(self.file, table, f" [[unsupported]] number {number}")
        entry = Unsupported(
            member=inner.take("member", _text, None),
            scenario=inner.take("scenario", _text, None),
            reason=inner.take("reason", _text),
        )
        inner.finish()
        if (entry.member is None) == (entry.scenario is None):
            raise inner.wrong('give either "member" or "scenario"')
        return entry


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError("a string with something in it")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(e, str) for e in value):
        raise TypeError("a list of strings with something in it")
    return tuple(value)


def _texts_or_text(value: Any) -> tuple[str, ...]:
    return _texts([value] if isinstance(value, str) else value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 86400:
        raise TypeError("a number of seconds")
    return float(value)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("a table")
    return value


def _tables(value: Any) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise TypeError("tables, each under its own [[unsupported]]")
    return tuple(value)


def _variables(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise TypeError("a table of strings")
    return tuple(value.items())


def _shown(value: Any) -> str:
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "list"}
    kind = kinds.get(type(value), "table" if isinstance(value, dict) else "date")
    return f"the {kind} {value!r}" if kind != "table" else "a table"


# Matching


def resolve(
    declarations: Sequence[Declaration],
    found: Sequence[Interpreter],
    fetch: Callable[[], Interpreter] | None = None,
) -> Registry:
    """Match every declaration with the interpreters that were found.

    ``fetch`` is called, at most once, when a CPython 2.7 is wanted and none will do; what it
    raises (DebianError, InterpreterError) becomes the reason why 2.7's implementations are missing.
    """
    pool = list(found)
    trouble = ""
    if fetch is not None and _wants_python27(declarations, pool):
        try:
            fetched = fetch()
        except (debian.DebianError, interpreters.InterpreterError) as error:
            trouble = str(error)
        else:
            pool = [fetched, *(each for each in pool if not _is_python27(each))]
    known: list[Implementation] = []
    missing: list[Missing] = []
    for declaration in declarations:
        for one in _expand(declaration, pool, trouble):
            if isinstance(one, Missing):
                missing.append(one)
            else:
                known.append(one)
    names: dict[str, Implementation | Missing] = {}
    everything: list[Implementation | Missing] = [*known, *missing]
    for each in everything:
        if each.id in names:
            raise RegistryError(
                f'{each.file} and {names[each.id].file} both give the id "{each.id}": '
                "change one of them."
            )
        names[each.id] = each
    registry = Registry(tuple(declarations), tuple(pool), tuple(known), tuple(missing))
    for implementation in known:
        wanted = implementation.backward_reference
        if wanted is not None and wanted not in names and not list(registry._could_be(wanted)):
            raise RegistryError(
                f'{implementation.file}: "backward_reference" names "{wanted}", and there is none '
                f"such; known are {', '.join(names)}."
            )
    return registry


def _is_python27(interpreter: Interpreter) -> bool:
    return interpreter.implementation == "cpython" and interpreter.minor == "2.7"


def _wants_python27(declarations: Sequence[Declaration], pool: Sequence[Interpreter]) -> bool:
    """Whether a 2.7 is asked for and none will do; one that a person named is not replaced."""
    wanted = [each for each in declarations if "cpython 2.7" in each.interpreter]
    found = [each for each in pool if _is_python27(each)]
    if not wanted or any(each.source == "option" for each in found):
        return False
    building = any(each.build for each in wanted)
    return not any(each.openssl and (each.headers or not building) for each in found)


def _expand(
    declaration: Declaration, pool: Sequence[Interpreter], trouble: str
) -> list[Implementation | Missing]:
    """A declaration for each interpreter that fits, or the reason why there is none."""
    if declaration.argv:
        return [_implementation(declaration, None)]
    if "/" in declaration.interpreter[0]:
        path = declaration.file.parent / Path(declaration.interpreter[0]).expanduser()
        try:
            fitting = [interpreters.probe(path)]
        except interpreters.InterpreterError as error:
            return [_lacking(declaration, "unknown", str(error))]
    else:
        fitting = [each for each in pool if declaration.fits(each)]
    if not fitting:
        first = declaration.interpreter[0].split(" ")[1]
        kinds = " or ".join(
            f"{_kind(declaration)} {text.split(' ')[1]}" for text in declaration.interpreter
        )
        if trouble and "cpython 2.7" in declaration.interpreter:
            reason = f"no {kinds} was found, and none could be fetched: {trouble}"
        else:
            reason = _not_found(kinds)
        return [_lacking(declaration, first, reason)]
    expanded: list[Implementation | Missing] = []
    for each in fitting:
        reason = _unfit(declaration, each)
        expanded.append(
            _lacking(declaration, each.minor, reason)
            if reason
            else _implementation(declaration, each)
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


def _not_found(kinds: str) -> str:
    return f"no {kinds} was found; install one and name it with --interpreter, or put it on PATH."


def _kind(declaration: Declaration) -> str:
    return _NAMES[declaration.interpreter[0].split(" ")[0]]


def _lacking(declaration: Declaration, version: str, reason: str) -> Missing:
    return Missing(
        id=declaration.id.replace("{version}", version),
        role=declaration.role,
        reason=reason,
        optional=declaration.optional,
        file=declaration.file,
    )


def _implementation(declaration: Declaration, interpreter: Interpreter | None) -> Implementation:
    def named(text: str) -> str:
        return text.replace("{version}", interpreter.minor) if interpreter else text

    backward = declaration.backward_reference
    return Implementation(
        id=named(declaration.id),
        describe=named(declaration.describe),
        role=declaration.role,
        argv=(str(interpreter.executable),) if interpreter else declaration.argv,
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
    )


def _age(implementation: Implementation) -> tuple[Any, ...]:
    """Newest last, any released Python after all that are not yet."""
    assert implementation.interpreter is not None
    return implementation.interpreter.final, implementation.interpreter.version_info


# Starting


def built(implementation: Implementation, cache_root: Path | None = None) -> Implementation:
    """The implementation with what it needs built and on its path; BuildError when that fails."""
    if implementation.build is None or implementation.interpreter is None:
        return implementation
    root = cache_folder() if cache_root is None else cache_root
    folder = build(implementation.build, implementation.interpreter, root)
    return dataclasses.replace(implementation, build=None, path=(str(folder), *implementation.path))


def agent_environment(implementation: Implementation) -> dict[str, str]:
    """All the variables an agent gets: enough to run, nothing that changes how ssl behaves.

    Not the caller's SSL_CERT_FILE, SSL_CERT_DIR, OPENSSL_CONF, LD_LIBRARY_PATH or PYTHON*: where
    an implementation needs one, its file says so.
    """
    kept = _PASSED_ON if implementation.interpreter else (*_PASSED_ON, *_FOR_LAUNCHERS)
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        **dict(implementation.environment),
    }


def fetch_python27(cache_root: Path | None = None) -> Interpreter:
    """A CPython 2.7 of our own, for ``resolve``; DebianError says why there can be none."""
    return interpreters.probe(debian.fetch_python27(cache_root), "fetched")


def assemble(
    implementation: Sequence[str] = (),
    reference: str | None = None,
    interpreter: Sequence[Path] = (),
    cache_root: Path | None = None,
    fetch: bool = True,
) -> tuple[Registry, Selection]:
    """All of the above for a run with these options: load, find, fetch, resolve, select."""
    files = [Path(text) for text in (*implementation, reference or "") if text.endswith(".toml")]
    registry = resolve(
        load(files),
        interpreters.find(interpreter),
        (lambda: fetch_python27(cache_root)) if fetch else None,
    )
    return registry, registry.select(implementation, reference)
