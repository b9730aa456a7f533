"""What is known of the changes that the scenarios see between versions of Python.

python_changes.toml is a reviewed list: what changed, in which version, which findings show it, and
where Python's documentation or tracker says so, or else why a program would care. A finding that no
entry explains has not been reviewed yet. An entry that explains nothing, although the run had its
version, is stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from conformance.report.drift import Change, Drift
from conformance.report.findings import Place
from conformance.report.links import address_of
from conformance.report.versions import Version, VersionStep, number_of
from impls.host import toml_reader
from impls.host.toml_reader import (
    FLAG,
    PROSE,
    TEXT,
    TEXT_OR_TEXTS,
    Key,
    Schema,
    Several,
    Table,
    TomlError,
)

FILE = Path(__file__).parent / "python_changes.toml"


class PythonChangesError(TomlError):
    """python_changes.toml cannot be used; the message is one sentence that says why."""


SINCE = """The minor version that it came with, "3.10"; where a patch release of an earlier one has
it already, the first that does, "3.13.1"."""

MATCHING = (
    Key("members", TEXT_OR_TEXTS, "Patterns for the members that show it."),
    Key(
        "field",
        TEXT_OR_TEXTS,
        "The fields of the outcome that changed; any where there is none.",
        (),
    ),
    Key("before", TEXT_OR_TEXTS, "Texts, one of which is in what it did before.", ()),
    Key("after", TEXT, "Text that is in what it does since.", ""),
    Key("scenarios", TEXT_OR_TEXTS, "Patterns; each place is in one of these.", ()),
    Key("openssl", TEXT, 'The series of OpenSSL whose lane alone shows it: "1.1.1".', ""),
)
"""How an entry says which findings it explains."""

BREAKS = Key("breaks", FLAG, "Whether it can break a program that worked.", False)

CHANGE = Schema(
    "change",
    "One change that Python's documentation or tracker tells.",
    (
        Key("since", TEXT, SINCE),
        Key("summary", PROSE, "What changed, in one sentence."),
        Key(
            "references",
            TEXT_OR_TEXTS,
            'Pages of the documentation ("whatsnew/3.10.html#ssl") and issues ("gh-112389").',
        ),
        Key("why", PROSE, "Why a program would care, where that is not plain.", ""),
        BREAKS,
        *MATCHING,
    ),
    PythonChangesError,
)

UNDOCUMENTED = Schema(
    "undocumented",
    "One change that neither Python's documentation nor its tracker tells.",
    (
        Key("since", TEXT, SINCE),
        Key("summary", PROSE, "What changed, in one sentence."),
        Key("why", PROSE, "Why a program would care."),
        BREAKS,
        *MATCHING,
    ),
    PythonChangesError,
)

PYTHON_CHANGES = Schema(
    "python-changes",
    "What is known of the changes that the scenarios see between versions of Python.",
    (
        Key("change", Several(CHANGE), "What is documented.", ()),
        Key("undocumented", Several(UNDOCUMENTED), "What is not, reviewed.", ()),
    ),
    PythonChangesError,
)


@dataclass(frozen=True)
class Entry:
    """What both kinds of entry have. The fields are keys of python_changes.toml."""

    since: str
    summary: str
    members: tuple[str, ...]
    field: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: str = ""
    scenarios: tuple[str, ...] = ()
    openssl: str = ""
    why: str = ""
    breaks: bool = False

    def explains(self, drift: Drift) -> bool:
        """Whether this is what a drift shows."""
        return (
            drift.step.contains(self.since)
            and (not self.openssl or f"OpenSSL {self.openssl}" in drift.openssls)
            and any(fnmatchcase(drift.member, pattern) for pattern in self.members)
            and (not self.scenarios or all(map(self._is_named, drift.places)))
            and any(map(self._shows, drift.changes))
        )

    def _is_named(self, place: Place) -> bool:
        return any(fnmatchcase(place.scenario, pattern) for pattern in self.scenarios)

    def _shows(self, change: Change) -> bool:
        return (
            (not self.field or change.field in self.field)
            and (not self.before or any(text in change.before for text in self.before))
            and self.after in change.after
        )


@dataclass(frozen=True, kw_only=True)
class PythonChange(Entry):
    """One change that Python's documentation or tracker tells."""

    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Undocumented(Entry):
    """One change that neither tells."""


@dataclass(frozen=True)
class PythonChanges:
    """Every entry of python_changes.toml."""

    documented: tuple[PythonChange, ...] = ()
    undocumented: tuple[Undocumented, ...] = ()


def load(path: Path = FILE) -> PythonChanges:
    """Every entry of python_changes.toml. Raises PythonChangesError."""
    tables = toml_reader.read(path, PYTHON_CHANGES)
    for table in (*tables["change"], *tables["undocumented"]):
        if not re.fullmatch(r"3\.\d+(\.[1-9]\d*)?", table["since"]):
            raise table.wrong(
                f'"since" must be a minor version such as "3.10", or a later patch release such as '
                f'"3.13.1", not {table["since"]!r}'
            )
    for name in ("change", "undocumented"):
        toml_reader.refuse_twins(tables[name])
        told: dict[tuple[str, str], Table] = {}
        for table in tables[name]:
            first = told.setdefault((table["since"], table["summary"]), table)
            if any(table.get(key) != first.get(key) for key in ("references", "why", "breaks")):
                raise table.wrong(
                    "it has the summary of an earlier one, and other references, why or breaks"
                )
    return PythonChanges(
        tuple(_change(table) for table in tables["change"]),
        tuple(Undocumented(**table) for table in tables["undocumented"]),
    )


def _change(entry: Table) -> PythonChange:
    for reference in entry["references"]:
        if address_of(reference) is None:
            raise entry.wrong(f"{reference!r} is neither a page of the documentation nor an issue")
    return PythonChange(**entry)


def stale(
    changes: PythonChanges, drifts: Sequence[Drift], lines: Iterable[Sequence[Version]]
) -> list[str]:
    """Sentences about entries that explain nothing, though the run had the versions to show it.

    `lines` are the versions of each lane, the oldest first.
    """
    steps = [VersionStep(*two, forwards=True) for line in lines for two in pairwise(line)]
    sentences = []
    for entry in (*changes.documented, *changes.undocumented):
        could = any(_could_show(step, entry) for step in steps)
        if could and not any(map(entry.explains, drifts)):
            sentences.append(
                f"{FILE.name} says of {entry.since}: {entry.summary} "
                "No scenario shows it: correct the entry, delete it, or add the scenario."
            )
    return sentences


def _could_show(step: VersionStep, entry: Entry) -> bool:
    """Whether a step from one version to another would have to show an entry.

    Over a gap nobody can tell what came in between, except where an entry says so of that lane.
    """
    if entry.openssl and step.first.openssl != f"OpenSSL {entry.openssl}":
        return False
    if entry.openssl or len(number_of(entry.since)) > 2:
        return step.contains(entry.since)
    return entry.since == step.first.name
