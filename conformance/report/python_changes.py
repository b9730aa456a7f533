"""What Python's documentation and tracker say of the changes that the scenarios see.

python_changes.toml is a reviewed list: what changed, in which version, which members show it, and
where Python's documentation or tracker says so. The report puts each entry next to the drift that
it explains. An entry that explains nothing, although the run had its version, is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.report.drift import Drift
from conformance.report.findings import Unlike
from conformance.report.links import address_of
from conformance.report.versions import Version
from impls.host import toml_reader
from impls.host.toml_reader import (
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


CHANGE = Schema(
    "change",
    "One change that Python made to ssl.",
    (
        Key("since", TEXT, 'The minor version that it came with: "3.10".'),
        Key("summary", PROSE, "What changed, in one sentence."),
        Key(
            "references",
            TEXT_OR_TEXTS,
            'Pages of the documentation ("whatsnew/3.10.html#ssl") and issues ("gh-112389").',
        ),
        Key("members", TEXT_OR_TEXTS, "Patterns for the members that show it."),
        Key("shows", TEXT, "Text that is in one of the values, before or after.", ""),
        Key("field", TEXT, "The field of the outcome that changed.", ""),
    ),
    PythonChangesError,
)

PYTHON_CHANGES = Schema(
    "python-changes",
    "What Python's documentation and tracker say of the changes that the scenarios see.",
    (Key("change", Several(CHANGE), "As many as there are.", ()),),
    PythonChangesError,
)


@dataclass(frozen=True)
class PythonChange:
    """One change that Python made: an entry of python_changes.toml. The fields are its keys."""

    since: str
    summary: str
    references: tuple[str, ...]
    members: tuple[str, ...]
    shows: str = ""
    """Empty where any value will do."""
    field: str = ""
    """Empty where any field will do."""

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


def load(path: Path = FILE) -> list[PythonChange]:
    """Every entry of python_changes.toml. Raises PythonChangesError."""
    return [_change(entry) for entry in toml_reader.read(path, PYTHON_CHANGES)["change"]]


def _change(entry: Table) -> PythonChange:
    for reference in entry["references"]:
        if address_of(reference) is None:
            raise entry.wrong(f"{reference!r} is neither a page of the documentation nor an issue")
    return PythonChange(**entry)


def stale_in_all(
    changes: Iterable[PythonChange], lanes: Sequence[tuple[Sequence[Drift], Sequence[Version]]]
) -> list[str]:
    """Sentences about entries that explain nothing in any lane that had the versions to show it.

    `lanes` are the drift and the versions of each.
    """
    sentences = []
    for change in changes:
        having = [lane for lane in lanes if change.since in [one.name for one in lane[1][1:]]]
        told = [stale([change], drifts, line) for drifts, line in having]
        if told and all(told):
            sentences += told[0]
    return sentences


def stale(
    changes: Iterable[PythonChange], drifts: Sequence[Drift], line: Sequence[Version]
) -> list[str]:
    """Sentences about entries that explain nothing, though the run had the versions to show it."""
    present = [version.name for version in line]
    sentences = []
    for change in changes:
        if change.since not in present[1:]:
            continue
        if not any(change.explains(drift, line) for drift in drifts):
            sentences.append(
                f"{FILE.name} says of {change.since}: {change.summary} "
                "No scenario shows it: correct the entry, delete it, or add the scenario."
            )
    return sentences
