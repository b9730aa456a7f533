"""What a Python is, as far as its ssl goes: its version, its OpenSSL, how it was built.

Versions are read, grouped into lanes, and met by conditions.

A lane is what implementations share that run on one series of OpenSSL: only these are compared.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Numbers = tuple[int, ...]

DEFAULT_SUITES = ("python", "openssl", "other")
"""Whose cipher suites the contexts of a Python begin with.

CPython is built `--with-ssl-default-suites=python`, unless its distributor chose `openssl`, as
Debian and Fedora do, or a list of its own ("other"). Only with Python's suites, or a list, do
contexts begin at TLS 1.2 too (using/configure.html). "unknown" is none of these: an interpreter
that does not say how it was built.
"""

_LANE = "-openssl"
_OPERATORS: Mapping[str, Callable[[Numbers, Numbers], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


def numbers(text: str | None) -> Numbers:
    """(3, 0, 19) of "OpenSSL 3.0.19 27 Jan 2026", (3, 13, 0) of "3.13.0rc1"; () where none are."""
    found = re.search(r"\d+(?:\.\d+)*", text or "")
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def exact_openssl(text: str | None) -> str:
    """ "OpenSSL 3.0.19" of "OpenSSL 3.0.19 27 Jan 2026": without the day it was made."""
    return " ".join((text or "").split()[:2])


def lane_of(openssl: str | None) -> str | None:
    """The lane of a run-time OpenSSL: "3.0" of "OpenSSL 3.0.19 27 Jan 2026", "1.1.1" of 1.1.1w.

    Another library than OpenSSL has its name in it; None where nothing is known.
    """
    found = numbers(openssl)
    if openssl is None or not found:
        return None
    lane = ".".join(map(str, found[: 2 if found[0] >= 3 else 3]))
    library = openssl.split()[0]
    return lane if library == "OpenSSL" else f"{library} {lane}"


def default_suites_of(number: int | str | None) -> str:
    """One of `DEFAULT_SUITES` for what ./configure calls PY_SSL_DEFAULT_CIPHERS, or "unknown".

    Pythons before 3.7 and PyPy have no such choice, and Python's suites.
    """
    named: Mapping[int | str | None, str] = {0: "other", 1: "python", None: "python", 2: "openssl"}
    return named.get(number, "unknown")


# Ids of one implementation in several lanes


def in_lane(identifier: str, lane: str | None) -> str:
    """The id of an implementation in a lane that is not its first: "stock-py2.7-openssl3.6"."""
    return identifier + _LANE + (lane or "unknown").replace(" ", "-")


def without_lane(identifier: str) -> str:
    """The id that an implementation has in its first lane."""
    return identifier.partition(_LANE)[0]


def without_lanes(text: str) -> str:
    """A text in which ids stand in backticks, or which is one, with each as in its first lane."""
    return re.sub(rf"{_LANE}[\w.-]+(?=`|$)", "", text)


# What a reference is, and conditions on it


@dataclass(frozen=True)
class About:
    """What a scenario can know of the reference that it makes its claim about."""

    python: Numbers
    """As (3, 13, 0): compare it with (3, 13)."""
    openssl: Numbers
    """At run time, as (3, 0, 19); () where the module does not say."""
    released: bool = True
    """Whether it is a released Python: 3.15.0 is, and 3.15.0rc1 and 3.15.0+ are not."""
    default_suites: str = DEFAULT_SUITES[0]
    """One of `DEFAULT_SUITES`, or "unknown"."""

    @classmethod
    def of(cls, python: str | None, openssl: str | None, default_suites: str = "python") -> About:
        """Of the texts in which an agent names them."""
        released = re.fullmatch(r"[\d.]*", python or "") is not None
        return cls(numbers(python), numbers(openssl), released, default_suites)

    def has(self, *releases: str) -> bool:
        """Whether the Python has a change that came with these releases, the oldest first.

        Such as has("3.12.8", "3.13.1"), where 3.12 got in a later release what 3.13.1 brought.
        """
        came = [numbers(release) for release in releases]
        own = [each for each in came if each[:2] == self.python[:2]]
        return self.python >= (own or came)[-1]


@dataclass(frozen=True)
class Condition:
    """What the reference's Python and OpenSSL must be; texts such as ">=3.14" or ">=3.2, <3.6"."""

    python: str | None = None
    openssl: str | None = None
    default_suites: str | None = None
    """One of `DEFAULT_SUITES`."""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Condition:
        """Of a table with the keys of `impls.host.toml_reader.CONDITIONS`."""
        return cls(table["python"], table["openssl"], table["default_suites"])

    def holds(self, about: About) -> bool:
        """Whether it holds for a reference."""
        return (
            met(self.python, about.python)
            and met(self.openssl, about.openssl)
            and self.default_suites in (None, about.default_suites)
        )

    def __str__(self) -> str:
        texts = (
            ("Python", self.python),
            ("OpenSSL", self.openssl),
            ("default suites of", self.default_suites),
        )
        return " and ".join(f"{name} {text}" for name, text in texts if text is not None)


def is_condition(text: str) -> bool:
    """Whether a text is a list of bounds on a version: ">=3.14" or ">=3.2, <3.6"."""
    bound = r"(?:>=|<=|==|>|<)\s*\d+(?:\.\d+)*"
    return re.fullmatch(rf"\s*{bound}(?:\s*,\s*{bound})*\s*", text) is not None


def can_be_met(text: str) -> bool:
    """Whether any version is within bounds: one of those at, just below or just above a bound."""
    near: list[Numbers] = []
    for _, bound in _bounds(text):
        *before, last = bound
        near += [(*before, max(number, 0)) for number in (last - 1, last, last + 1)]
        near.append((*before, last, 0))
        near += [(*before[:-1], before[-1] - 1, 10**6)] if before and before[-1] else []
    return any(met(text, version) for version in near)


def _bounds(text: str) -> list[tuple[str, Numbers]]:
    """The operators and versions of a list of bounds."""
    return [
        (sign, numbers(version)) for sign, version in re.findall(r"(>=|<=|==|>|<)\s*([\d.]+)", text)
    ]


def met(condition: str | None, version: Numbers) -> bool:
    """Whether a version is within bounds, each compared as far as it goes: 3.14.8 is not >3.14."""
    if condition is None:
        return True
    for sign, bound in _bounds(condition):
        if not version or not _OPERATORS[sign](version[: len(bound)], bound):
            return False
    return True
