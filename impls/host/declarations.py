"""Which implementations there are: the TOML files that declare them, read and checked.

An implementation is one TOML file; those in `impls/` are always there, and a user adds one by
dropping in a file or by giving its path. A file describes one implementation, or one for each
interpreter that its pattern fits; `SCHEMA` says what may be in it.
"""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import functools
import os
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host import toml_reader
from impls.host.build import PLACEHOLDERS, BuildTable
from impls.host.interpreters import Interpreter
from impls.host.toml_reader import (
    CONDITIONS,
    FLAG,
    PROSE,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    VARIABLES,
    Inner,
    Key,
    Schema,
    Several,
    Table,
)
from impls.host.versions import About, Condition

FOLDER = Path(__file__).resolve().parents[1]
"""Where the implementations that are always there are described."""

OPERATION_TIMEOUT = 10.0
"""Seconds until an operation without an answer is a HANG, where a file does not say otherwise."""

LONGEST_ID = 100
"""Characters of an id: files are named by two of them."""

ROLES = ("candidate", "witness")

CLASSES_OF_SSL = tuple(name for name in dir(ssl) if isinstance(getattr(ssl, name), type))

RESERVED = re.compile(r"^canary-|-backward$|-across$|-to-|-openssl")
"""What in an id means something else: see conformance/run/ids.py, canaries.py and versions.py."""

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


class RegistryError(toml_reader.TomlError):
    """What is wrong with a file or an option and what to do, in one sentence."""


BUILD = Schema(
    "build",
    "How what the implementation needs is built, for the interpreter it is for.",
    (
        Key("source", TEXT, "The folder it is built from, relative to this file."),
        Key(
            "command",
            TEXTS,
            """The command, word by word, with {python}, {output} and {temporary}; the folder
            {output} comes first on the agent's sys.path.""",
        ),
    ),
    RegistryError,
)

UNSUPPORTED = Schema(
    "unsupported",
    "One thing that the implementation does not have, either a member or what scenarios are about.",
    (
        Key("member", TEXT, "A member of the module, Class or Class.member.", None),
        Key("scenario", TEXT, "A pattern for ids such as graft/test_x.py::test_*.", None),
        Key("reason", TEXT, "Why it does not have that."),
        *CONDITIONS,
    ),
    RegistryError,
)

SCHEMA = Schema(
    "implementation",
    """A file in impls/, or one named with --implementation, that declares one ssl provider in one
    interpreter, or in each of several.""",
    (
        Key(
            "id",
            TEXT,
            """Its name: letters, digits, ".", "_" and "-", with {version} for the interpreter's
            3.13; needed where several interpreters may fit.""",
        ),
        Key("describe", PROSE, "A phrase that says what it is; may use {version} too."),
        Key(
            "role",
            toml_reader.one_of(ROLES),
            """A candidate is gated, a witness is reported. The reference is chosen from the
            witnesses that are a plain ssl: the newest CPython 3.""",
        ),
        Key(
            "interpreter",
            TEXT_OR_TEXTS,
            """Which interpreter to find: "cpython 2.7", "pypy 3.*", a list of these for the same
            kind of Python, or the path of an executable.""",
            (),
        ),
        Key(
            "argv",
            TEXTS,
            """Instead of interpreter: any command that takes arguments as a Python executable
            does, e.g. ["docker", "run", "-i", "image", "python3"].""",
            (),
        ),
        Key(
            "shell_quoted",
            FLAG,
            "Whether argv hands its arguments to a shell, as ssh does.",
            False,
        ),
        Key("module", TEXT, "The module that is tested.", "ssl"),
        Key("set_up", TEXTS, "Statements to run before anything else, one by one.", ()),
        Key(
            "path",
            TEXTS,
            """Folders for the agent's sys.path, relative to this file; with argv they belong to
            wherever it runs, and must be absolute.""",
            (),
        ),
        Key(
            "environment",
            VARIABLES,
            """Variables for the agent, which has hardly any others; {here} is this file's folder,
            here and in argv.""",
            (),
        ),
        Key(
            "backward_reference",
            TEXT,
            """The id of the implementation it must not differ from in what 2.7 already had; may
            use {version}.""",
            None,
        ),
        Key(
            "operation_timeout",
            toml_reader.number("a number of seconds above 0 and below 86400", 86400),
            "Seconds until an operation without an answer is a HANG.",
            OPERATION_TIMEOUT,
        ),
        Key(
            "optional",
            FLAG,
            "Whether a machine without it is in order: then it is announced, not a failure.",
            False,
        ),
        Key("build", Inner(BUILD), "What is built before it is started.", None),
        Key("unsupported", Several(UNSUPPORTED), "Declared absences.", ()),
        Key(
            "like",
            TEXT,
            """The id of an implementation whose decisions and declared absences excuse this one
            too; it need not share all of them.""",
            None,
        ),
        Key(
            "divergences",
            TEXT,
            """A folder of decisions about this implementation alone, relative to this file; see
            `--schema divergence`.""",
            None,
        ),
        Key(
            "same_class",
            VARIABLES,
            """Classes of its own that stand for one of ssl's, by their names:
            {TruststoreSSLObject = "SSLObject"}.""",
            (),
        ),
        Key(
            "site",
            FLAG,
            """Whether what is installed in its site-packages can be imported; true where argv is
            given.""",
            None,
        ),
    ),
    RegistryError,
)


@dataclass(frozen=True)
class Unsupported:
    """One thing that an implementation says it does not have."""

    reason: str
    member: str | None = None
    """A member of the module, or ``Class.member``."""
    scenario: str | None = None
    """A pattern for the ids of scenarios, such as ``graft/test_x.py::test_*``."""
    condition: Condition = Condition()
    """What the reference must be; elsewhere this says nothing."""
    borrowed: bool = False
    """Whether another implementation declares it, which this one is like: it need not be so."""


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
    like: str | None
    divergences: Path | None
    same_class: tuple[tuple[str, str], ...]
    site: bool

    def fits(self, interpreter: Interpreter) -> bool:
        """Whether one of the patterns asks for this interpreter."""
        for pattern in self.interpreter:
            implementation, _, version = pattern.partition(" ")
            if interpreter.implementation == implementation and (
                fnmatch.fnmatchcase(interpreter.minor, version)
                or fnmatch.fnmatchcase(interpreter.version, version)
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
    like: str | None = None
    """The id of another one, whose decisions and declared absences it has too."""
    divergences: Path | None = None
    """The folder of decisions about this one alone."""
    same_class: tuple[tuple[str, str], ...] = ()
    """Names of its own classes, and of those of ssl that they stand for."""
    site: bool = False
    """Whether its site-packages are on the agent's sys.path."""

    @property
    def plain_stdlib(self) -> bool:
        """Whether this is a CPython 3's own ssl with nothing done to it: fit to be reference."""
        return (
            self.interpreter is not None
            and self.interpreter.implementation == "cpython"
            and self.interpreter.version_info[0] == 3
            and self.role != "candidate"
            and self.module == "ssl"
            and not (self.set_up or self.path or self.environment or self.build or self.site)
        )

    def opposite(self, reference: About) -> Implementation:
        """The same with only those declared absences that hold opposite this reference."""
        found = tuple(one for one in self.unsupported if one.condition.holds(reference))
        return dataclasses.replace(self, unsupported=found)

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

    def only_borrows(self, scenario: str) -> bool:
        """Whether it is only one that this is like which declares that a scenario cannot run."""
        return not any(
            entry.scenario and not entry.borrowed and matches(scenario, entry.scenario)
            for entry in self.unsupported
        )


def matches(name: str, pattern: str) -> bool:
    """Whether an id is meant by a pattern. Brackets are literal: test ids have them."""
    expression = compiled_pattern(pattern)
    return name == pattern if expression is None else expression.match(name) is not None


@functools.cache
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """The expression for a pattern with wildcards; None for one that means only itself."""
    if not set(pattern) & set("*?"):
        return None
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


# Reading


def load(paths: Sequence[Path] = (), folder: Path = FOLDER) -> list[Declaration]:
    """The declarations in ``folder`` and in the files ``paths``, each file once, in order.

    One of ``paths`` replaces that of ``folder`` which has its id.
    """
    files = [resolved(path) for path in sorted(folder.glob("*.toml"))]
    named = [read(file) for file in dict.fromkeys(map(resolved, paths)) if file not in files]
    own = {declaration.id for declaration in named}
    declarations = [one for one in map(read, files) if one.id not in own] + named
    seen: dict[str, Path] = {}
    for declaration in declarations:
        if declaration.id in seen:
            raise RegistryError(
                f"{declaration.file} and {seen[declaration.id]} both have the id "
                f'"{declaration.id}": give one of them another.'
            )
        seen[declaration.id] = declaration.file
    return declarations


def resolved(path: Path) -> Path:
    """The path of a file that is the same however a person wrote it."""
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError):  # links in a circle, or nobody's home: to be told when read
        return path.absolute()


def read(file: Path) -> Declaration:
    """What one file declares. Raises RegistryError."""
    table = toml_reader.read(file, SCHEMA)
    here = str(file.parent)
    keys = dict(table)
    keys["argv"] = tuple(word.replace("{here}", here) for word in table["argv"])
    keys["environment"] = tuple(
        (name, value.replace("{here}", here)) for name, value in table["environment"]
    )
    keys["build"] = None if table["build"] is None else _build(table["build"])
    keys["unsupported"] = tuple(_unsupported(entry) for entry in table["unsupported"])
    keys["site"] = bool(table["argv"]) if table["site"] is None else table["site"]
    if table["divergences"] is not None:
        keys["divergences"] = resolved(file.parent / table["divergences"])
        if not keys["divergences"].is_dir():
            raise table.wrong(
                f'"divergences" must be a folder, and there is none at {keys["divergences"]}'
            )
    found = Declaration(file=file, **keys)
    _check(table, found)
    if found.argv:
        return found
    path = tuple(os.path.normpath(file.parent / folder) for folder in found.path)
    return dataclasses.replace(found, path=path)


def _check(table: Table, found: Declaration) -> None:
    """What no key can show alone."""
    name = found.id.replace("{version}", "1", 1)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise table.wrong(
            f'"id" may have letters, digits, ".", "_", "-" and one {{version}}, '
            f'and "{found.id}" has something else'
        )
    if not name[0].isalnum() or len(name) > LONGEST_ID:
        raise table.wrong(
            f'"id" must begin with a letter or a digit and have at most {LONGEST_ID} characters, '
            f"which {found.id[:30]!r}{'...' if len(found.id) > 30 else ''} has not"
        )
    reserved = RESERVED.search(found.id)
    if reserved:
        raise table.wrong(
            f'"id" must not have "{reserved[0]}" in it, which the suite itself adds to ids: '
            f'"{found.id}" would be taken for another one'
        )
    _check_words(table, found)
    if bool(found.argv) == bool(found.interpreter):
        raise table.wrong('give either "interpreter" or "argv"')
    if found.argv:
        relative = [folder for folder in found.path if not folder.startswith("/")]
        if found.build:
            raise table.wrong('[build] needs "interpreter": with "argv" no Python is known')
        if "{version}" in found.id:
            raise table.wrong('"id" cannot have {version} with "argv"')
        if relative:
            raise table.wrong(f'with "argv" a "path" must be absolute, and "{relative[0]}" is not')
    elif found.shell_quoted:
        raise table.wrong('"shell_quoted" is about "argv", which is not given')
    for text in found.interpreter:
        if "/" in text and len(found.interpreter) == 1:
            continue
        if re.fullmatch(r"(cpython|pypy) \d+", text):
            raise table.wrong(f'"interpreter" needs a minor version, or "{text}.*" for any')
        if not re.fullmatch(r"(cpython|pypy) \d[\d.*]*", text):
            raise table.wrong(
                f'"interpreter" is like "cpython 2.7", "pypy 3.*" or the path of an '
                f'executable, not "{text}"'
            )
    if found.argv and any("{version}" in word for word in found.argv):
        raise table.wrong('"argv" cannot have {version}: with it no Python is known')
    absences = [(one.member, one.scenario, one.condition) for one in found.unsupported]
    for number, absence in enumerate(absences, 1):
        if absence in absences[: number - 1]:
            first = absences.index(absence) + 1
            raise table.wrong(f"[[unsupported]] number {number} is the same as number {first}")
    if len({text.split(" ")[0] for text in found.interpreter}) > 1:
        raise table.wrong('"interpreter" mixes CPython and PyPy: write a file for each')
    if found.wildcard and "{version}" not in found.id:
        raise table.wrong(
            f'several interpreters may fit, and "id" needs {{version}}: "{found.id}" has none'
        )


def _check_words(table: Table, found: Declaration) -> None:
    """What no process could be started with."""
    if found.argv and not found.argv[0].strip():
        raise table.wrong('"argv" must begin with a command, and its first word is empty')
    if not all(part.isidentifier() for part in found.module.split(".")):
        raise table.wrong(f'"module" must be the name of a module, and "{found.module}" is none')
    for name, _ in found.environment:
        if not name or "=" in name:
            raise table.wrong(f'"environment" has "{name}", which cannot be the name of a variable')
    for name, stands_for in found.same_class:
        if not (name.isidentifier() and stands_for.isidentifier()):
            raise table.wrong(
                f'"same_class" has {name} = "{stands_for}": give the name of a class of ssl'
            )
        if stands_for not in CLASSES_OF_SSL:
            near = difflib.get_close_matches(stands_for, CLASSES_OF_SSL, 1)
            hint = f'did you mean "{near[0]}"?' if near else "give the name of one."
            raise table.wrong(
                f'"same_class" has {name} = "{stands_for}", and ssl has no such class; {hint}',
                end="",
            )
    words = [
        *found.argv,
        *found.path,
        *found.set_up,
        *(word for pair in found.environment for word in pair),
    ]
    for word in words:
        if "\0" in word:
            raise table.wrong(f"{word!r} has a null character in it, and no process can get that")
    for word in [*found.argv, *(value for _, value in found.environment)]:
        for name in re.findall(r"(?<!\$)\{(\w+)\}", word):
            if difflib.get_close_matches(name, ["here"]):
                raise table.wrong(
                    f"{{{name}}} is not replaced by anything; did you mean {{here}}?", end=""
                )


def _build(table: Table) -> BuildTable:
    source, command = resolved(table.file.parent / table["source"]), table["command"]
    if not source.is_dir():
        raise table.wrong(f'"source" must be a folder, and there is none at {source}')
    words = set(re.findall(r"\{(\w*)\}", " ".join(command)))
    for name in sorted(words.difference(PLACEHOLDERS)):
        choices = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
        raise table.wrong(f'"command" has {{{name}}}; there are {choices}')
    if "output" not in words:
        raise table.wrong('"command" must say where the result goes with {output}')
    return BuildTable(source, command)


def _unsupported(table: Table) -> Unsupported:
    if (table["member"] is None) == (table["scenario"] is None):
        raise table.wrong('give either "member" or "scenario"')
    condition = Condition.of(table)
    return Unsupported(table["reason"], table["member"], table["scenario"], condition)


# Starting


def agent_environment(implementation: Implementation) -> dict[str, str]:
    """All the variables an agent gets: enough to run, nothing that changes how ssl behaves.

    Not the caller's SSL_CERT_FILE, SSL_CERT_DIR, LD_LIBRARY_PATH or PYTHON*: where an
    implementation needs one, its file says so, and its Python then hears those of PYTHON*. The
    machine's configuration of OpenSSL, in which distributors limit versions and ciphers, is not
    read.
    """
    kept = _PASSED_ON if implementation.interpreter else (*_PASSED_ON, *_FOR_LAUNCHERS)
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "LANG": "C.UTF-8",
        "OPENSSL_CONF": os.devnull,
        "TZ": "UTC",
        **dict(implementation.environment),
    }
