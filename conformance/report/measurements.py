"""What was measured besides the verdicts: a small committed file per measurement.

A tox environment that measures something (mutants, coverage, the consumers, the benchmark) calls
`record` at its end; REPORT.md shows every file of conformance/measurements/ as it is, and says
where the sources it speaks of have changed since.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parents[1] / "measurements"
SOURCES = (".c", ".h", ".py", ".toml", ".jinja")
"""Ends of the names of files that count as sources; what a build leaves beside them does not."""


class MeasurementError(ValueError):
    """A file of conformance/measurements/ is no measurement; the message says why."""


@dataclass(frozen=True)
class Table:
    """A table of a measurement. All cells are plain text."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Measurement:
    """One measurement, in words for the report."""

    name: str
    """The tox environment that makes it."""
    title: str
    sentences: tuple[str, ...]
    """The result, each a whole sentence of plain text; `backticks` are code."""
    tables: tuple[Table, ...]
    date: str
    machine: str
    sources: dict[str, str]
    """What was measured: paths in the project, with the digest of their content then."""

    @property
    def changed(self) -> list[str]:
        """The sources that are not what they were."""
        return [path for path, digest in self.sources.items() if digest_of(path) != digest]


def record(
    name: str,
    title: str,
    sentences: Sequence[str],
    tables: Sequence[Table] = (),
    sources: Sequence[str] = (),
    folder: Path = FOLDER,
) -> Path:
    """Write a measurement over the last one of its name; return the file.

    `name` is the tox environment; `sources` are files and folders of the project, "impls/backport".
    """
    made = Measurement(
        name,
        title,
        tuple(sentences),
        tuple(tables),
        datetime.date.today().isoformat(),
        f"{platform.system()} {platform.machine()}",
        {path: digest_of(path) for path in sources},
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    text = json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n"
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path


def load_all(folder: Path = FOLDER) -> list[Measurement]:
    """Every measurement on record, by name. Raises MeasurementError."""
    return [load(path) for path in sorted(folder.glob("*.json"))]


def load(path: Path) -> Measurement:
    """One measurement. Raises MeasurementError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Measurement(
            found["name"],
            found["title"],
            tuple(found["sentences"]),
            tuple(
                Table(
                    one["caption"],
                    tuple(one["columns"]),
                    tuple(tuple(row) for row in one["rows"]),
                )
                for one in found["tables"]
            ),
            found["date"],
            found["machine"],
            dict(found["sources"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MeasurementError(
            f"{path.name} is no measurement ({type(error).__name__}: {error}): "
            f"run `tox -e {path.stem}` again, or delete it."
        ) from None


def digest_of(path: str) -> str:
    """The digest of the sources under a path of the project; of nothing where there are none."""
    place = ROOT / path
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    total = hashlib.sha256()
    for file in files:
        if file.is_file() and (file == place or file.suffix in SOURCES):
            total.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
            total.update(file.read_bytes())
    return total.hexdigest()[:16]
