"""Versions of Python in a line, from the oldest to the newest, and how people speak of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """One minor version of the reference's kind of Python, where this run has it."""

    name: str
    """As people say it: "3.9"."""
    implementation: str
    openssl: str | None
    """The series of OpenSSL it runs on."""
    exact: str = ""
    """With its patch level: "3.9.18"."""
    default_suites: str = "python"
    """With whose cipher suites its contexts begin: see `impls.host.versions.DEFAULT_SUITES`."""

    @property
    def number(self) -> tuple[int, ...]:
        return number_of(self.name)

    @property
    def patch_level(self) -> tuple[int, ...]:
        """The number with the patch level, where that is known."""
        return number_of(self.exact or self.name)


def number_of(version: str) -> tuple[int, ...]:
    """(3, 13, 5) of "3.13.5", and of "3.13.5rc1"."""
    return tuple(int(re.match(r"\d+", part)[0]) for part in version.split("."))  # type: ignore[index]


@dataclass(frozen=True)
class VersionStep:
    """From the last version that does one thing to the first that does another."""

    last: Version
    first: Version
    forwards: bool
    """Whether it is the way to the reference; otherwise away from it, in a version after it."""

    @property
    def versions(self) -> str:
        """The version that made the change; over a gap, between which two it came."""
        if not self.is_gap:
            return self.first.name
        return f"after {self.last.name}, up to {self.first.name}"

    @property
    def title(self) -> str:
        """The same as a title: "Python 3.13", "After Python 3.9, up to 3.13"."""
        title = f"Python {self.first.name}"
        if self.is_gap:
            title = f"After Python {self.last.name}, up to {self.first.name}"
        return title if self.forwards else f"Newer than the reference: {title}"

    @property
    def is_gap(self) -> bool:
        """Whether a minor version lies between the two, of one major version."""
        before, after = self.last.number, self.first.number
        return before[0] == after[0] and after[1] - before[1] > 1

    def contains(self, version: str) -> bool:
        """Whether a version came after the last, up to the first: "3.13.2" by patch levels."""
        number = number_of(version)
        if len(number) > 2:
            return self.last.patch_level < number <= self.first.patch_level
        return self.last.number < number <= self.first.number

    @property
    def patch_levels(self) -> str:
        """A sentence: what was compared, to the patch level; another one may do otherwise."""
        if not self.last.exact or not self.first.exact:
            return ""
        on = f" on {self.first.openssl}" if self.first.openssl == self.last.openssl else ""
        return f"{self.last.exact} was compared with {self.first.exact}{on}."

    @property
    def caveat(self) -> str:
        """Sentences on what else differs between the two, and may explain it."""
        last, first = self.last, self.first
        sentences = []
        if last.openssl != first.openssl:
            sentences.append(
                f"Python {last.name} ran on {last.openssl} and {first.name} on {first.openssl}, so "
                "it may be OpenSSL that changed."
            )
        if last.default_suites != first.default_suites:
            sentences.append(
                f"Python {last.name} was built with {suites(last.default_suites)} and {first.name} "
                f"with {suites(first.default_suites)}, as the distributor chose: for that reason "
                "contexts begin with other ciphers and another lowest version."
            )
        return " ".join(sentences)


def in_words(line: Sequence[Version], indices: Sequence[int]) -> str:
    """Some versions of a line in words: "3.6 to 3.8 and 3.10"."""
    groups: list[list[int]] = []
    for index in indices:
        if groups and groups[-1][-1] == index - 1:
            groups[-1].append(index)
        else:
            groups.append([index])
    words = []
    for group in groups:
        names = [line[index].name for index in group]
        words += [f"{names[0]} to {names[-1]}"] if len(names) > 2 else names
    return listed(words)


def suites(default_suites: str) -> str:
    """What a Python begins with, for a sentence: "OpenSSL's default suites"."""
    whose = {"python": "Python's", "openssl": "OpenSSL's", "other": "other"}
    return f"{whose.get(default_suites, 'unknown')} default suites"


def minor(version: str) -> str:
    """The minor version of "3.13.0rc1", "3.13"; empty where there is none."""
    found = re.match(r"\d+\.\d+", version)
    return found.group() if found else ""


def series(openssl: str | None) -> str | None:
    """ "OpenSSL 3.0" of "OpenSSL 3.0.19 27 Jan 2026": what its makers call one release."""
    found = re.match(r"(\w+) (?:(1\.\d+\.\d+)|(\d+\.\d+))", openssl or "")
    return f"{found[1]} {found[2] or found[3]}" if found else openssl


def listed(names: Sequence[str]) -> str:
    """Names in words: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
