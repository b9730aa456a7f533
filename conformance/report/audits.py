"""audits.toml: what each audit of tests/audits came to when it last ran for a release.

`tox -e release` writes the file, tests/audits/release.py says how; REPORT.md shows a line of each.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impls.host import toml_reader
from impls.host.toml_reader import DATE, STRING, TEXT, Key, Kind, Schema, Several, TomlError, one_of

AUDITS_FILE = Path(__file__).parents[2] / "audits.toml"
TOMORROW = datetime.timedelta(days=1)
"""A machine elsewhere may have it already."""
OUTCOMES = ("passed", "failed", "unfinished", "not possible", "not run")


class AuditsError(TomlError):
    """audits.toml is not as it should be; the message is one sentence that says where."""


def _numbers(value: Any) -> dict[str, float]:
    if isinstance(value, dict) and all(type(one) in (int, float) for one in value.values()):
        return value
    raise ValueError


AUDIT = Schema(
    "audit",
    "What one audit came to. One that was not run has a name and an outcome alone.",
    (
        Key("name", TEXT, "The audit's name, as `python -m tests.audits --list` has it."),
        Key("outcome", one_of(OUTCOMES), "How it ended."),
        Key("commit", STRING, "What it ran on.", ""),
        Key("date", DATE, "When it ran.", None),
        Key("machine", STRING, "What it ran on: system and processor.", ""),
        Key("sentence", STRING, "What it found, or why it did not pass.", ""),
        Key("numbers", Kind("a table of numbers", _numbers), "What can be compared.", {}),
    ),
    AuditsError,
)
FILE = Schema(
    "audits",
    "What every audit came to when it last ran for a release.",
    (Key("audit", Several(AUDIT), "One audit each.", ()),),
    AuditsError,
)


@dataclass(frozen=True)
class AuditRecord:
    """What one audit came to."""

    name: str
    outcome: str
    """One of OUTCOMES."""
    commit: str = ""
    date: datetime.date | None = None
    machine: str = ""
    sentence: str = ""
    """The result in plain text with `code`, or why there is none."""
    numbers: Mapping[str, float] = field(default_factory=dict)


def load(path: Path = AUDITS_FILE) -> list[AuditRecord]:
    """Every audit of the file, in its order. Raises AuditsError."""
    found = []
    for table in toml_reader.read(path, FILE)["audit"]:
        if table["date"] is not None and table["date"] > datetime.date.today() + TOMORROW:
            raise table.wrong(f'"date" is {table["date"]}, which is yet to come')
        if table["outcome"] != "not run" and not (table["commit"] and table["date"]):
            raise table.wrong('"commit" and "date" are missing: it says that it was run')
        found.append(AuditRecord(**table))
    return found
