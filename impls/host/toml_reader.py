"""Reads every TOML file of the project, strictly: what its schema does not have is an error.

A `Schema` lists the keys of a table, with what each must be and what it is for. `read` checks a
file against it and returns a `Table`: a dictionary with exactly the keys of the schema, defaults
filled in, each value converted by its `Kind`. Every fault is one sentence that says where it is,
what is wrong and what would be right, raised as the error class of the schema::

    conformance/divergences/x.toml [[pin]] number 2: unknown key "senario"; did you mean "scenario"?

What no key can show alone is checked by whoever reads, and said with `raise table.wrong(...)`.
`Schema.describe()` is the help for a person who writes such a file.
"""

from __future__ import annotations

import datetime
import difflib
import stat
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from impls.host.versions import DEFAULT_SUITES, can_be_met, is_condition

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WIDTH = 100
"""Columns of a description."""


class TomlError(Exception):
    """What is wrong with a file and what to do, in one sentence."""


class Table(dict[str, Any]):
    """A checked table: the keys of its schema, defaults included."""

    def __init__(self, schema: Schema, file: Path, where: str = "") -> None:
        super().__init__()
        self.schema = schema
        self.file = file
        self.where = where
        """Which table of the file, such as ` [build]`; nothing for the file's own."""

    def wrong(self, what: str, end: str = ".") -> TomlError:
        """The error to raise for what is wrong in this table."""
        return self.schema.error(f"{self.file}{self.where}: {what}{end}")

    def fill(self, raw: Mapping[str, Any]) -> Table:
        """Check and take all of a raw table."""
        names = [key.name for key in self.schema.keys]
        for name in raw:
            if name not in names:  # first, as it may be what is missing, spelled wrong
                near = difflib.get_close_matches(name, names, 1)
                hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(names)}."
                raise self.wrong(f'unknown key "{name}"; {hint}', end="")
        for key in self.schema.keys:
            if key.name in raw:
                self[key.name] = key.kind.take(self, key.name, raw[key.name])
            elif key.required:
                raise self.wrong(f'the key "{key.name}" is missing')
            else:
                self[key.name] = key.default
        return self


class Kind:
    """What a value must be, and what is made of it."""

    def __init__(self, what: str, convert: Callable[[Any], Any]) -> None:
        """`what` completes "it must be ..."; `convert` raises ValueError for what is not that."""
        self.what = what
        self.convert = convert

    def take(self, table: Table, name: str, value: Any) -> Any:
        try:
            return self.convert(value)
        except ValueError as error:
            what = f"and {error}" if str(error) else f"not {shown(value)}"
            raise table.wrong(f'"{name}" must be {self.what}, {what}') from None

    def parts(self) -> Iterable[tuple[str, Schema]]:
        """The headings and schemas of the tables inside, for a description."""
        return ()


class Inner(Kind):
    """A table inside, `[name]`."""

    def __init__(self, schema: Schema) -> None:
        super().__init__("a table", _table)
        self.schema = schema

    def take(self, table: Table, name: str, value: Any) -> Any:
        raw = super().take(table, name, value)
        where = f"{table.where} [{name}]"
        return Table(self.schema, table.file, where).fill(raw)

    def parts(self) -> Iterable[tuple[str, Schema]]:
        return (("[{}]", self.schema),)


class Several(Kind):
    """Any number of tables inside, each under its own `[[name]]`; a tuple is made of them."""

    def __init__(self, schema: Schema) -> None:
        super().__init__("tables", _tables)
        self.schema = schema

    def take(self, table: Table, name: str, value: Any) -> Any:
        try:
            entries = self.convert(value)
        except ValueError:
            what = f"tables, each under its own [[{name}]]"
            raise table.wrong(f'"{name}" must be {what}, not {shown(value)}') from None
        return tuple(
            Table(self.schema, table.file, f"{table.where} [[{name}]] number {number}").fill(raw)
            for number, raw in enumerate(entries, 1)
        )

    def parts(self) -> Iterable[tuple[str, Schema]]:
        return (("[[{}]]", self.schema),)


_REQUIRED: Any = object()


@dataclass(frozen=True)
class Key:
    """One key of a table."""

    name: str
    kind: Kind
    about: str
    """What it is for, in a phrase or a few sentences."""
    default: Any = field(default=_REQUIRED)
    """What it is where the file does not have it; a key without a default is required."""

    @property
    def required(self) -> bool:
        return self.default is _REQUIRED


@dataclass(frozen=True)
class Schema:
    """The keys of a table, in the order in which a person would write them."""

    name: str
    """What such a file, or table, is called: "implementation", "divergence"."""
    about: str
    keys: tuple[Key, ...]
    error: type[TomlError] = TomlError
    """What is raised; of an inner table, give the same one."""

    def describe(self) -> str:
        """The help for a person who writes such a file."""
        return self._described(f"{self.name}:", "")

    def _described(self, heading: str, path: str) -> str:
        lines = [heading, *_wrapped(self.about, ""), ""]
        for key in self.keys:
            lines.append(f"{key.name}  ({self._needed(key)})")
            lines += _wrapped(key.about, "    ")
        inner = [
            schema._described(form.format(path + key.name), f"{path}{key.name}.")
            for key in self.keys
            for form, schema in key.kind.parts()
        ]
        return "\n\n".join(["\n".join(lines), *inner])

    @staticmethod
    def _needed(key: Key) -> str:
        if key.required:
            return f"required; {key.kind.what}"
        if key.default in (None, (), ""):
            return f"optional; {key.kind.what}"
        shown_default = str(key.default).lower() if key.default in (True, False) else key.default
        return f"optional; {key.kind.what}; default {shown_default}"


def _wrapped(text: str, indent: str) -> list[str]:
    joined = " ".join(text.split())
    return textwrap.wrap(joined, WIDTH, initial_indent=indent, subsequent_indent=indent)


# Reading


def read(file: Path, schema: Schema) -> Table:
    """A file, checked. Raises the error of the schema, also where it cannot be read at all."""
    if is_endless(file):
        raise schema.error(
            f"{file} is a device or a pipe: give the path of a TOML file that describes "
            f"{_article(schema.name)}."
        )
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise schema.error(
            f"{file} cannot be read ({error.strerror}): give the path of a TOML file that "
            f"describes {_article(schema.name)}."
        ) from error
    except UnicodeDecodeError as error:
        raise schema.error(f"{file} is not UTF-8 text, as TOML must be: {error}.") from error
    return parse(text, file, schema)


def is_endless(path: Path) -> bool:
    """Whether reading it may never end: it is neither a file nor a folder, but it is there."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # to be told when it is read
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def parse(text: str, file: Path, schema: Schema) -> Table:
    """The text of a file, checked; `file` is named where something is wrong."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets numbers and depth through
        raise schema.error(f"{file} is not valid TOML: {error}.") from error
    return Table(schema, file).fill(raw)


def loads(text: str) -> dict[str, Any]:
    """What a TOML text holds, checked against nothing. Raises ValueError."""
    table: dict[str, Any] = tomllib.loads(text)
    return table


def describe(schemas: Iterable[Schema], name: str) -> str:
    """The description of the schema that has this name. Raises TomlError where there is none."""
    by_name = {schema.name: schema for schema in schemas}
    if name not in by_name:
        near = difflib.get_close_matches(name, by_name, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(by_name)}."
        raise TomlError(f'There is no schema "{name}"; {hint}')
    return by_name[name].describe()


def shown(value: object) -> str:
    """A value of a file as an error shows it."""
    if isinstance(value, dict):
        return "a table"
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "list"}
    if type(value) not in kinds:
        return f"the date {value}"
    return f"the {kinds[type(value)]} {value!r}"


def _article(name: str) -> str:
    if name.endswith("s"):
        return name.replace("-", " ")
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def refuse_twins(tables: Iterable[Table]) -> None:
    """Raise the error of a table that says the same as an earlier one of its kind."""
    seen: list[Table] = []
    for table in tables:
        if table in seen:
            raise table.wrong(f"it is the same as number {seen.index(table) + 1}: delete one")
        seen.append(table)


# Kinds


def _no() -> NoReturn:
    raise ValueError


def _string(value: Any) -> str:
    return value if isinstance(value, str) else _no()


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value.strip() else _no()


def _verbatim(value: Any) -> str:
    return value if isinstance(value, str) else _no()


def _prose(value: Any) -> str:
    line = " ".join(_text(value).split())
    strange = next((each for each in line if not each.isprintable()), None)
    if strange is not None:
        raise ValueError(f"{strange!r} is in it, which cannot be printed")
    return line


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        _no()
    for entry in value:
        if not isinstance(entry, str):
            raise ValueError(f"{shown(entry)} is in it")
    return tuple(value)


def _several_texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(entry) for entry in _texts([value] if isinstance(value, str) else value))


def _condition(value: Any) -> str:
    if not isinstance(value, str) or not is_condition(value):
        _no()
    if not can_be_met(value):
        raise ValueError(f"no version is within {value!r}")
    return str(value)


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else _no()


def _date(value: Any) -> datetime.date:
    return value if type(value) is datetime.date else _no()


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _no()


def _tables(value: Any) -> list[dict[str, Any]]:
    return [_table(entry) for entry in value] if isinstance(value, list) else _no()


def _variables(value: Any) -> tuple[tuple[str, str], ...]:
    for name, each in _table(value).items():
        if not isinstance(each, str):
            raise ValueError(f'"{name}" is {shown(each)}')
    return tuple(value.items())


STRING = Kind("a string", _string)
"""It may be empty."""
TEXT = Kind("a string with something in it", _text)
VERBATIM = Kind("a string", _verbatim)
PROSE = Kind("a string with something in it", _prose)
"""Every run of white space, line ends too, becomes one space."""
TEXTS = Kind("a list of strings with something in it", _texts)
"""A tuple is made of it."""
TEXT_OR_TEXTS = Kind("a string, or a list of strings, with something in it", _several_texts)
"""A tuple is made of either."""
CONDITION = Kind('bounds on a version, such as ">=3.14" or ">=3.2, <3.6"', _condition)
FLAG = Kind("true or false", _flag)
DATE = Kind("a date like 2030-01-31, without quotes", _date)
VARIABLES = Kind("a table of strings", _variables)
"""Pairs are made of it."""


def one_of(choices: Iterable[str]) -> Kind:
    """One of these strings."""
    known = tuple(choices)
    what = f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else known[0]
    return Kind(what, lambda value: value if value in known else _no())


CONDITIONS = (
    Key("python", CONDITION, 'Only opposite a reference of these: ">=3.14".', None),
    Key("openssl", CONDITION, 'Only on these OpenSSLs: "<3.2", or ">=3.2, <3.6".', None),
    Key(
        "default_suites",
        one_of(DEFAULT_SUITES),
        """Only opposite a reference that was built with these default cipher suites: Python's, or
        those of OpenSSL, as distributors choose (./configure --with-ssl-default-suites).""",
        None,
    ),
)
"""When a table says anything: `impls.host.versions.Condition` is made of them."""


def number(what: str, most: float) -> Kind:
    """A number above zero and below `most`, a float; `what` is like "a number of seconds"."""

    def convert(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < most:
            _no()
        return float(value)

    return Kind(what, convert)
