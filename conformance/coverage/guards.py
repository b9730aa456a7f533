"""What guards against faults that ssl once had, or that its users reported, coming back.

Two reviewed lists, each entry with the scenarios that are red where the fault is back, or with the
reason why no scenario can see it:

- upstream.toml: every entry of CPython's changelog about ssl, from 3.5 to 3.15;
- trackers.toml: reports of the projects that use MemoryBIO and SSLObject.

An entry with neither, or with both, is an error of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host import toml_reader
from impls.host.toml_reader import PROSE, STRING, TEXT, TEXTS, Key, Schema, Several, Table

UPSTREAM = Path(__file__).with_name("upstream.toml")
TRACKERS = Path(__file__).with_name("trackers.toml")


class GuardsError(toml_reader.TomlError):
    """A list cannot be used; the message is one sentence that says why."""


GUARD = (
    Key("scenarios", TEXTS, "Those that are red where it is back, as FILE::FUNCTION.", ()),
    Key("reason", PROSE, "Why no scenario can see it.", ""),
)
"""What every entry has one of."""

CHANGE = Schema(
    "change",
    "One entry of the changelog about what ssl does.",
    (
        Key("issue", STRING, 'Its number: "gh-115627", "bpo-40262". A few have none.', ""),
        Key("version", TEXT, 'The first version that has it: "3.13.0a3".'),
        Key("before", PROSE, "What a program saw until then."),
        Key("after", PROSE, "What it sees since."),
        *GUARD,
    ),
    GuardsError,
)

OUTSIDE = Schema(
    "outside",
    "Entries that are about something else than what ssl does here.",
    (
        Key("scope", PROSE, "What they are about."),
        Key("issues", TEXTS, 'Each with its first version: "gh-118950 in 3.14.0a2".'),
    ),
    GuardsError,
)

UPSTREAM_SCHEMA = Schema(
    "upstream",
    "Every entry of CPython's changelog about ssl, and what guards against it coming back.",
    (
        Key("change", Several(CHANGE), "Newest first.", ()),
        Key("outside", Several(OUTSIDE), "One for each scope.", ()),
    ),
    GuardsError,
)

REPORT = Schema(
    "report",
    "One report of a project that uses ssl, read for what ssl does.",
    (
        Key("report", TEXT, 'Its repository and number: "urllib3/urllib3 2637".'),
        Key("symptom", PROSE, "What was seen, in our own words."),
        *GUARD,
    ),
    GuardsError,
)

TRACKERS_SCHEMA = Schema(
    "trackers",
    "Reports of the projects that use MemoryBIO and SSLObject, and what guards against them.",
    (Key("report", Several(REPORT), "As many as there are.", ()),),
    GuardsError,
)

SCHEMAS = (UPSTREAM_SCHEMA, TRACKERS_SCHEMA)


@dataclass(frozen=True)
class Fault:
    """One entry of either list."""

    source: str
    """The number of the issue, without its repository where that is CPython's; or nothing."""
    what: str
    """What was wrong, in a sentence or two."""
    scenarios: tuple[str, ...]
    reason: str
    version: str = ""
    """The first of CPython that has the change; nothing for reports."""


def upstream(path: Path = UPSTREAM) -> list[Fault]:
    """The changes of upstream.toml, or of a file like it. Raises GuardsError."""
    entries = toml_reader.read(path, UPSTREAM_SCHEMA)["change"]
    return [_fault(entry, entry["issue"], entry["before"], entry["version"]) for entry in entries]


def trackers(path: Path = TRACKERS) -> list[Fault]:
    """The reports of trackers.toml, or of a file like it. Raises GuardsError."""
    entries = toml_reader.read(path, TRACKERS_SCHEMA)["report"]
    return [_fault(entry, entry["report"], entry["symptom"]) for entry in entries]


def _fault(entry: Table, source: str, what: str, version: str = "") -> Fault:
    scenarios, reason = entry["scenarios"], entry["reason"]
    if bool(scenarios) == bool(reason):
        raise entry.wrong('give either "scenarios" or a "reason" why there can be none')
    return Fault(source, what, scenarios, reason, version)


def summary(name: str, faults: Sequence[Fault]) -> str:
    """Like "Upstream changes: 107 of 125 guarded; 18 have a reason why nothing can be seen."."""
    guarded = sum(bool(fault.scenarios) for fault in faults)
    rest = len(faults) - guarded
    return (
        f"{name}: {guarded} of {len(faults)} guarded; {rest} "
        f"{'has' if rest == 1 else 'have'} a reason why nothing can be seen."
    )


def summaries() -> list[str]:
    """The sentence of each list, as the report shows them."""
    return [
        summary("Upstream changes", upstream()),
        summary("Reports of users", trackers()),
    ]
