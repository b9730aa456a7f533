"""What an audit found, in report/audits/, and the ways in which it ends.

NAME.log has everything that was printed, NAME.json the result, the folder NAME whatever else the
audit leaves.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

TOP = Path(__file__).resolve().parents[2]
FOLDER = TOP / "report" / "audits"

UNFINISHED = 3
"""The exit status of an audit that was ended early and goes on there when it is run again."""

NOT_POSSIBLE = 77
"""The exit status of an audit that cannot be run on this machine; the last line says why."""

MOST_NUMBERS = 10


@dataclass(frozen=True)
class Table:
    """A table of a result. All cells are plain text."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Result:
    """What an audit found, for audits.toml and for whoever reads more."""

    sentence: str
    """The result as one sentence of plain text; `backticks` are code."""
    numbers: Mapping[str, float]
    """What is worth comparing with the next release: at most MOST_NUMBERS, by name."""
    details: Sequence[str] = ()
    """More sentences."""
    tables: Sequence[Table] = field(default=())

    def __post_init__(self) -> None:
        if len(self.numbers) > MOST_NUMBERS:
            raise ValueError(f"A result has at most {MOST_NUMBERS} numbers.")


def publish(name: str, result: Result, folder: Path = FOLDER) -> Path:
    """Print the sentences of a result and write all of it to NAME.json; return that file."""
    print("\n".join([result.sentence, *result.details]), flush=True)
    return write(folder / f"{name}.json", asdict(result))


def write(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a JSON file: whole, or not at all. Makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return fresh.replace(path)


def fresh_folder(name: str) -> Path:
    """An empty folder of this name for what an audit leaves besides its log and its result."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def fail_on(problems: Sequence[str]) -> None:
    """End the audit with these sentences and exit status 1, where there are any."""
    if problems:
        sys.exit("\n".join(problems))


def not_possible(reason: object) -> NoReturn:
    """End the audit with the reason why it cannot be run on this machine."""
    print(reason, file=sys.stderr)
    sys.exit(NOT_POSSIBLE)
