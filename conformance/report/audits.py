"""audits.toml: what each audit of tests/audits came to when it last ran for a release.

`tox -e release` writes the file; REPORT.md shows a line of each. A table per audit, by its name:

    [threads]
    outcome = "passed"           # or "failed", "unfinished", "not possible", "not run"
    commit = "c03494b2a1"        # what it ran on
    date = 2026-11-28
    machine = "Linux x86_64"
    sentence = "35 situations came to their end."
    numbers = { situations = 35 }

An audit that was not run has its outcome alone.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

AUDITS_FILE = Path(__file__).parents[2] / "audits.toml"
OUTCOMES = ("passed", "failed", "unfinished", "not possible", "not run")
KEYS: dict[str, tuple[type, str]] = {
    "outcome": (str, "text"),
    "commit": (str, "text"),
    "date": (datetime.date, "date"),
    "machine": (str, "text"),
    "sentence": (str, "text"),
    "numbers": (dict, "table"),
}
REMEDY = "restore it from git, or write it with `tox -e release`."


class AuditsError(ValueError):
    """audits.toml is not as it should be; the message is one sentence that says where."""


@dataclass(frozen=True)
class AuditRecord:
    """What one audit came to."""

    name: str
    outcome: str
    """One of OUTCOMES."""
    commit: str
    date: datetime.date
    machine: str
    sentence: str
    """The result in plain text with `code`, or why there is none."""
    numbers: Mapping[str, float] = field(default_factory=dict)


def load(path: Path = AUDITS_FILE) -> list[AuditRecord]:
    """Every audit of the file, in its order; none where there is no file. Raises AuditsError."""
    if not path.exists():
        return []
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AuditsError(f"{path.name} is not valid TOML ({error}): {REMEDY}") from None
    return [_record(path.name, name, table) for name, table in found.items()]


def _record(file: str, name: str, table: Any) -> AuditRecord:
    def wrong(what: str) -> AuditsError:
        return AuditsError(f"{file}: [{name}] {what}: {REMEDY}")

    if not isinstance(table, dict) or table.get("outcome") not in OUTCOMES:
        raise wrong(f"has no `outcome` of {', '.join(OUTCOMES)}")
    if table["outcome"] == "not run":
        if len(table) > 1:
            raise wrong("was not run, so it has nothing else")
        return AuditRecord(name, "not run", "", datetime.date.min, "", "", {})
    for key in [*table, *KEYS]:
        if key not in KEYS:
            raise wrong(f"has an unknown key `{key}`")
        if not isinstance(table.get(key), KEYS[key][0]):
            raise wrong(f"needs `{key}`, a {KEYS[key][1]}")
    if not all(type(value) in (int, float) for value in table["numbers"].values()):
        raise wrong("has `numbers` that are not numbers")
    return AuditRecord(name=name, **table)
