"""Known divergences: the small reviewed files in conformance/divergences/.

A file pins one fingerprint (member, field, both values) at its places, and says why. Every key:

=================  ============================================================================
key                meaning
=================  ============================================================================
scenario           ids or patterns (fnmatch) of the places; each place must show the divergence
implementation     ids or patterns of the implementations that show it
axis               "forward" (default) or "backward"
category           one of ``CATEGORIES``
reason             why it differs and why that is accepted: what a maintainer would sign
decided_by         who accepted it
tracker            the issue, PEP or documentation where that can be read, or several of them with
                   semicolons between: "gh-148594; man:SSL_get_error(3)"
review_by          optional date; after it the verdict is EXPIRED
[fingerprint]      member, field, reference, candidate: as the failing test prints them
=================  ============================================================================
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impls.host.declarations import matches

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CATEGORIES = {
    "language": "2.7 and 3 differ as languages, and the documented behaviour cannot be had on 2.7",
    "openssl": "the OpenSSL underneath differs",
    "platform": "what 2.7's own modules give cannot be replaced by a graft",
    "deliberate": "the backport does better, or safer, on purpose",
}

TEXTS = ("category", "reason", "decided_by", "tracker")
KEYS = {"scenario", "implementation", "axis", "review_by", "fingerprint", *TEXTS}
FINGERPRINT = ("member", "field", "reference", "candidate")


class KnownDivergenceError(Exception):
    """A file in conformance/divergences/ is wrong; the message is one sentence that says how."""


@dataclass(frozen=True)
class KnownDivergence:
    """One reviewed file."""

    name: str
    scenarios: tuple[str, ...]
    implementations: tuple[str, ...]
    axis: str
    category: str
    reason: str
    decided_by: str
    tracker: str
    review_by: datetime.date | None
    fingerprint: tuple[str, str, str, str]

    @property
    def references(self) -> list[str]:
        """What the tracker names, one by one."""
        return [one.strip() for one in self.tracker.split(";")]

    def speaks_of(self, scenario: str, implementation: str, axis: str) -> bool:
        return (
            axis == self.axis
            and any(matches(scenario, pattern) for pattern in self.scenarios)
            and any(matches(implementation, pattern) for pattern in self.implementations)
        )


def load(folder: Path) -> list[KnownDivergence]:
    """All files of a folder, by name. Raises KnownDivergenceError."""
    return [read(path) for path in sorted(folder.glob("*.toml"))]


def read(path: Path) -> KnownDivergence:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnownDivergenceError(f"{path.name} is not TOML: {error}.") from None
    unknown = sorted(set(table) - KEYS)
    if unknown:
        known = ", ".join(sorted(KEYS))
        raise KnownDivergenceError(
            f"{path.name} has the unknown key {unknown[0]!r}; keys: {known}."
        )
    texts = {key: text(path, table, key) for key in TEXTS}
    if texts["category"] not in CATEGORIES:
        raise KnownDivergenceError(
            f"{path.name}: category is {texts['category']!r}, not one of {', '.join(CATEGORIES)}."
        )
    axis = table.get("axis", "forward")
    if axis not in ("forward", "backward"):
        raise KnownDivergenceError(f'{path.name}: axis is {axis!r}, not "forward" or "backward".')
    review_by = table.get("review_by")
    if review_by is not None and type(review_by) is not datetime.date:
        raise KnownDivergenceError(f"{path.name}: review_by is not a date like 2030-01-31.")
    return KnownDivergence(
        name=path.name,
        scenarios=patterns(path, table, "scenario"),
        implementations=patterns(path, table, "implementation"),
        axis=axis,
        review_by=review_by,
        fingerprint=fingerprint(path, table.get("fingerprint")),
        **texts,
    )


def text(path: Path, table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise KnownDivergenceError(f"{path.name}: {key} must be a text that is not empty.")
    return " ".join(value.split())


def patterns(path: Path, table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key)
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(i, str) and i for i in found):
        raise KnownDivergenceError(f"{path.name}: {key} must be an id, or a list of ids.")
    return tuple(found)


def fingerprint(path: Path, table: Any) -> tuple[str, str, str, str]:
    if not isinstance(table, dict) or set(table) != set(FINGERPRINT):
        raise KnownDivergenceError(
            f"{path.name}: [fingerprint] must have exactly {', '.join(FINGERPRINT)}."
        )
    if not all(isinstance(value, str) for value in table.values()):
        raise KnownDivergenceError(f"{path.name}: every value of [fingerprint] must be a text.")
    member, field, reference, candidate = (table[key] for key in FINGERPRINT)
    return member, field, reference, candidate


def unmatched(
    files: Iterable[KnownDivergence], planned: Iterable[tuple[str, str, str]]
) -> list[str]:
    """Sentences about patterns that mean no planned (scenario, implementation, axis)."""
    places = [place for place in planned]
    found = []
    for file in files:
        for kind, position, wanted in (
            ("scenario", 0, file.scenarios),
            ("implementation", 1, file.implementations),
        ):
            for pattern in wanted:
                if not any(matches(place[position], pattern) for place in places):
                    found.append(f"{file.name}: {kind} {pattern!r} matches nothing.")
        if not any(file.speaks_of(*place) for place in places):
            found.append(f"{file.name}: it matches no planned pair on the {file.axis} axis.")
    return found
