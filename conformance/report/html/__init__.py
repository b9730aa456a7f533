"""A run as a folder of HTML that opens from a file: no server and no network.

`write` makes the folder. Pages are made by templates; what is too much for a page is in script
files of `data/`, which the pages load as they need them, because a page that was opened from a file
may load scripts and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.report.html.data import Columns, index_of, interop_of, scenarios_of, topic_of
from conformance.report.html.history import History
from conformance.report.html.text import FILTERS
from conformance.report.html.view import View
from conformance.report.overview import Overview
from conformance.report.transcripts import Transcripts

HERE = Path(__file__).parent
PAGES = (
    "index",
    "decisions",
    "drift",
    "openssl",
    "scenarios",
    "interop",
    "contract",
    "about",
    "history",
)
MARK = "conformance-report"
"""A file of this name says that a folder was made here, and may be made again."""

UNFINISHED = ".unfinished"
"""Where in the folder a report is until it is whole."""

CHUNK = 60
"""Scenarios whose transcripts are in one file."""


class FolderError(Exception):
    """The folder cannot be written; the message is one sentence that says why."""


def write(
    overview: Overview,
    folder: Path,
    transcripts: Sequence[Path] = (),
    earlier: Sequence[Overview] = (),
) -> None:
    """Write a run as HTML.

    `transcripts` are folders that runs left beside their results; `earlier` are older runs, the
    oldest first, for the history. An older report in the folder is replaced, once the new one is
    whole. Raises FolderError where something else is there, and OSError.
    """
    check(folder)
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / UNFINISHED
    shutil.rmtree(made, ignore_errors=True)
    try:
        made.mkdir()
        _write(overview, made, transcripts, earlier)
        (made / MARK).write_text("Written by `python -m conformance html`; do not edit.\n", "utf-8")
        for old in [one for one in folder.iterdir() if one != made]:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        for new in [*made.iterdir()]:
            new.rename(folder / new.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def _write(
    overview: Overview, folder: Path, transcripts: Sequence[Path], earlier: Sequence[Overview]
) -> None:
    """Write all pages and what they load into a folder that is empty."""
    columns = Columns(overview)
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters.update(FILTERS)
    view = View(overview, columns)
    history = History([*earlier, overview])
    for page in PAGES:
        if page == "history" and not earlier:
            continue
        template = environment.get_template(f"{page}.html.jinja")
        text = template.render(view=view, overview=overview, history=history, page=page)
        (folder / f"{page}.html").write_text(text, encoding="utf-8")
    for name in ("site.css", "site.js", "scenarios.js"):
        shutil.copyfile(HERE / name, folder / name)
    data = folder / "data"
    data.mkdir()
    _data(data, "index", index_of(overview, columns))
    _data(data, "scenarios", scenarios_of(columns))
    if overview.everything.interop:
        _data(data, "interop", interop_of(overview))
    recorded = Transcripts()
    for one in transcripts:
        found = Transcripts.read(one)
        recorded.runs.update(found.runs)
        recorded.sources.update(found.sources)
    for number, topic in enumerate(columns.topics):
        made, chunks = topic_of(columns, topic, recorded, CHUNK)
        _data(data, f"topic-{number}", made)
        for part, chunk in enumerate(chunks):
            _data(data, f"transcripts-{number}-{part}", chunk)


def check(folder: Path) -> None:
    """Raise FolderError where there is anything but an older report, or nothing can be written."""
    place = folder.absolute()
    try:
        while not place.exists():
            place = place.parent
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be made ({error.strerror}): give another path."
        ) from None
    if place != folder.absolute():
        if not place.is_dir() or not os.access(place, os.W_OK):
            raise FolderError(
                f"{folder} cannot be made, because {place} is not a folder that can be written: "
                "give another path."
            )
        return
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder: give the path of one.")
    if not os.access(folder, os.W_OK):
        raise FolderError(f"{folder} cannot be written (permission denied): give another path.")
    if not (folder / MARK).exists() and any(one.name != UNFINISHED for one in folder.iterdir()):
        raise FolderError(
            f"{folder} holds something else than a report: give an empty folder or a new one."
        )


def _data(folder: Path, name: str, content: Any) -> None:
    """A script that hands a value to the page that loads it."""
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    (folder / f"{name}.js").write_text(f"conformance.take({json.dumps(name)},{text});\n", "utf-8")
