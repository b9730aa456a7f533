"""Where a run writes: checked before anything is run, so that nothing else is lost for it."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from conformance.report import html, transcripts, write_report
from conformance.report.baseline import path_of
from conformance.report.earlier_results import earlier_of
from conformance.report.journal import Journal, JournalError, journal_of
from conformance.report.paths import leads_in_a_circle, real

RESULTS_FILE = Path(__file__).parents[2] / "report" / "results.json"

FILES = ("--report", "--check-report", "--since")
FOLDERS = ("--reproducers", "--html")

ONE_REPORT = (
    {"--report", "--check-report"},
    {"the findings of --report", "the findings of --check-report"},
)
"""A run may compare with the report that it writes."""

_BEFORE_JUNIT = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_JUNIT = b"<testsuite"


def results_file(config: pytest.Config) -> Path | None:
    """Where the results of a run are written; None where nobody wants them."""
    option = config.option
    if option.results is None and (option.report is not None or option.html is not None):
        return RESULTS_FILE
    path: Path | None = option.results
    return path


def junit_file(config: pytest.Config) -> Path | None:
    """Where pytest writes its JUnit file; None where it writes none, or its plugin is not there."""
    path = getattr(config.option, "xmlpath", None)
    return Path(os.path.expanduser(os.path.expandvars(path))) if path else None


def check(config: pytest.Config) -> None:
    """Raise UsageError where something cannot be written at the end, or would be lost. OSError."""
    check_circles(config)
    if config.option.html is not None:
        try:
            html.check(config.option.html)
        except html.FolderError as error:
            raise pytest.UsageError(f"--html: {error}") from None
    check_apart(config)
    check_junit(config)
    for name, check_one in (
        ("--report", write_report.check),
        ("--check-report", write_report.check_committed),
    ):
        if config.getoption(name) is not None:
            try:
                check_one(config.getoption(name))
            except write_report.ReportError as error:
                raise pytest.UsageError(f"{name} {error}") from None
    report = config.getoption("--report")
    if report is not None:
        if not report.absolute().parent.is_dir():
            raise pytest.UsageError(f"--report {report}: there is no folder {report.parent}.")
        if not os.access(report if report.exists() else report.absolute().parent, os.W_OK):
            raise pytest.UsageError(f"--report {report} cannot be written: permission denied.")
    folder = config.getoption("--reproducers")
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pytest.UsageError(
                f"--reproducers {folder} cannot be made ({error.strerror}): give the path of a "
                "folder."
            ) from None


def named(config: pytest.Config) -> dict[str, Path]:
    """What the command line names to be written or read, by option."""
    paths = {name: config.getoption(name) for name in (*FILES, *FOLDERS)}
    paths |= {"--results": results_file(config), "--junitxml": junit_file(config)}
    return {name: path for name, path in paths.items() if path is not None}


def check_circles(config: pytest.Config) -> None:
    """Raise UsageError where links lead in a circle."""
    for name, path in named(config).items():
        if leads_in_a_circle(path):
            raise pytest.UsageError(
                f"{name} {path}: its links lead in a circle; give another path."
            )


def check_apart(config: pytest.Config) -> None:
    """Raise UsageError where one output would be written over another, or in a file's place."""
    places = {name: real(path) for name, path in places_of(named(config))}
    folders = {name for name in places if name in FOLDERS or name.startswith("the transcripts")}
    for (one, place), (other, second) in itertools.combinations(places.items(), 2):
        if place == second and {one, other} not in ONE_REPORT:
            raise pytest.UsageError(
                f"{one} and {other} name one path, {second}: give each its own."
            )
    for (one, place), (other, second) in itertools.permutations(places.items(), 2):
        if place not in second.parents or one == "--reproducers":
            continue
        if one == "--html":
            why = "the folder of --html, which is emptied when it is written"
        elif one in folders:
            why = f"the folder of {one}"
        else:
            why = f"the place of {one}, which is a file"
        raise pytest.UsageError(f"{other} {second} is in {why}: give another path.")


def places_of(paths: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """What the options name, and what a run writes beside that."""
    for name, path in paths.items():
        if name != "--since":
            yield name, path
        elif "--html" in paths and real(paths["--html"]) in real(path).parents:
            yield name, path  # it is only read, and so may be where the results come
        if name == "--results":
            yield "the journal of --results", journal_of(path)
            yield "the transcripts of --results", transcripts.folder_of(path)
            yield "the earlier file of --results", earlier_of(path)
            yield "the transcripts of the earlier file", transcripts.folder_of(earlier_of(path))
        elif name in ("--report", "--check-report"):
            yield f"the findings of {name}", path_of(path)


def check_junit(config: pytest.Config) -> None:
    """Raise UsageError where pytest could not write its JUnit file at the end."""
    place = junit_file(config)
    if place is None:
        return
    folder = place.absolute().parent
    try:
        if place.is_file() and not is_junit(place):
            raise pytest.UsageError(
                f"--junitxml {place} is there and is not a JUnit file: give another path."
            )
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(place if place.exists() else folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise pytest.UsageError(f"--junitxml {place} cannot be written: give another path.")


def is_junit(path: Path) -> bool:
    """Whether a file is JUnit's XML, the beginning of it, or empty. Raises OSError."""
    with open(path, "rb") as file:
        text = file.read(4096)
    text = text[_BEFORE_JUNIT.match(text).end() :]  # type: ignore[union-attr]
    return text.startswith(_JUNIT) or _JUNIT.startswith(text) or b"<?xml".startswith(text)


def open_journal(config: pytest.Config) -> Journal | None:
    """The journal beside the results, where they are to be written."""
    file = results_file(config)
    if file is None or config.option.collectonly:
        return None
    try:
        journal = Journal(file)
    except JournalError as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(journal.abandon)
    folder = transcripts.folder_of(file)
    if why := transcripts.trouble(folder):
        raise pytest.UsageError(
            f"Transcripts cannot be written to {folder}: {why}; remove it, or give another path "
            "with --results."
        )
    return journal
