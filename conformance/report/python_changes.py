"""What Python's own history says of a change that the scenarios see.

history.toml is a reviewed list: what changed, in which version, what members show it, and where
Python's documentation or tracker speaks of it. The report puts each entry next to the drift it
explains. An entry that explains nothing although its version was asked is stale, and is told.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.report.findings import Drift, Unlike, Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).parent / "python_changes.toml"

DOCUMENTATION = "https://docs.python.org/3/"
TRACKER = "https://github.com/python/cpython/issues/"
OLD_TRACKER = "https://bugs.python.org/issue"

KEYS = {
    "since": str,
    "told": str,
    "references": list,
    "members": list,
    "shows": str,
    "field": str,
}
REQUIRED = ("since", "told", "references", "members")


class HistoryError(ValueError):
    """history.toml cannot be used; the message is one sentence that says why."""


@dataclass(frozen=True)
class Known:
    """One entry: a change of Python's own."""

    since: str
    """The minor version it came with: "3.10"."""
    told: str
    """What changed, in one sentence."""
    references: tuple[str, ...]
    """Pages of the documentation ("whatsnew/3.10.html#ssl"), issues ("gh-112389", "bpo-31399")."""
    members: tuple[str, ...]
    """Patterns for the members that show it."""
    shows: str = ""
    """Text that is in one of the values, before or after; empty where any will do."""
    field: str = ""
    """The field of the outcome; empty where any will do."""

    def explains(self, drift: Drift, line: Sequence[Version]) -> bool:
        """Whether this is what a drift shows. `line` is the versions of its history."""
        return (
            self.since in turns(drift, line)
            and (not self.field or self.field == drift.field)
            and any(
                fnmatchcase(member, pattern) for member in drift.members for pattern in self.members
            )
            and (not self.shows or any(self.shows in one.value for one in drift.stretches))
        )


def turns(drift: Drift, line: Sequence[Version]) -> set[str]:
    """The versions that did something else than the one before them."""
    known = [
        (version, did)
        for version, did in zip(line, drift.history, strict=True)
        if did is not Unlike.UNKNOWN
    ]
    return {
        version.name
        for (_, before), (version, did) in zip(known, known[1:], strict=False)
        if before != did
    }


def load(path: Path = FILE) -> list[Known]:
    """Every entry of history.toml. Raises HistoryError."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path.name} is no TOML: {error}") from None
    entries = found.pop("change", [])
    if found or not isinstance(entries, list):
        raise HistoryError(f"{path.name} holds [[change]] entries and nothing else.")
    return [_entry(path, number, entry) for number, entry in enumerate(entries, 1)]


def _entry(path: Path, number: int, entry: object) -> Known:
    where = f"Entry {number} of {path.name}"
    if not isinstance(entry, dict):
        raise HistoryError(f"{where} is no table.")
    for key in REQUIRED:
        if not entry.get(key):
            raise HistoryError(f"{where} lacks {key!r}.")
    for key, value in entry.items():
        if key not in KEYS:
            raise HistoryError(f"{where} has the unknown key {key!r}.")
        if not isinstance(value, KEYS[key]):
            raise HistoryError(f"{where}: {key!r} must be a {KEYS[key].__name__}.")
    for reference in entry["references"]:
        address_of(reference, where)
    return Known(
        entry["since"],
        " ".join(entry["told"].split()),
        tuple(entry["references"]),
        tuple(entry["members"]),
        entry.get("shows", ""),
        entry.get("field", ""),
    )


def address_of(reference: str, where: str = "A reference") -> str:
    """Where a reference is to be read. Raises HistoryError."""
    kind, _, number = reference.partition("-")
    if kind == "gh" and number.isdigit():
        return TRACKER + number
    if kind == "bpo" and number.isdigit():
        return OLD_TRACKER + number
    if ".html" in reference and not reference.startswith(("http:", "https:", "/")):
        return DOCUMENTATION + reference
    raise HistoryError(f"{where}: {reference!r} is no page of the documentation and no issue.")


def stale(known: Iterable[Known], drifts: Sequence[Drift], line: Sequence[Version]) -> list[str]:
    """Sentences about entries that explain nothing, though the versions to show it were asked."""
    asked = [version.name for version in line]
    sentences = []
    for entry in known:
        if entry.since not in asked[1:]:
            continue
        if not any(entry.explains(drift, line) for drift in drifts):
            sentences.append(
                f"history.toml says of {entry.since}: {entry.told} "
                "No scenario shows it: correct the entry, delete it, or add the scenario."
            )
    return sentences
