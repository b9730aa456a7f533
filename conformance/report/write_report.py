"""`python -m conformance report`: REPORT.md and its findings, from results and without a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.report import results_file
from conformance.report.baseline import HEAD, Report, is_readable, path_of
from conformance.report.overview import Overview
from conformance.report.page import render
from conformance.report.paths import a_path
from conformance.report.results_file import CommandError
from conformance.report.reviewed import reviewed
from conformance.report.write_json import write_whole

TITLE = "\n# How far apart the copies of ssl are\n"
"""What every report has."""

SUMMARY = "write REPORT.md from the results of a run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=a_path, help="a file that --results wrote")
    parser.add_argument(
        "report", type=a_path, nargs="?", default=Path("REPORT.md"), help="default: %(default)s"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write both files. Raises CommandError."""
    results = results_file.read(arguments.results)
    beside = reviewed()
    report: Path = arguments.report
    try:
        check(report)
        overview = Overview(results, *beside)
        written(render(overview, existing(report)), report)
    except ReportError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(
            f"{report} cannot be written ({error.strerror}): make room there, or give another path."
        ) from None
    print(f"{report} and {path_of(report)} are written.")
    return 0


class ReportError(Exception):
    """A report cannot be written there; the message is one sentence that says why."""


def check(report: Path) -> None:
    """Raise ReportError where something else than a report would be lost, and OSError."""
    if report.is_dir():
        raise ReportError(f"{report} is a folder: give the path of a file.")
    _check_findings(path_of(report))
    if not report.exists():
        return
    text = report.read_text("utf-8", "replace") if report.is_file() else "?"
    if text.strip() and TITLE not in f"\n{text}":
        raise ReportError(f"{report} is there and is not a report: give another path.")


def _check_findings(path: Path) -> None:
    """Raise ReportError where something else is in the place of the findings, and OSError."""
    if path.exists():
        text = path.read_text("utf-8", "replace") if path.is_file() else "?"
        if text.strip() and not text.startswith(HEAD.splitlines()[0]):
            raise ReportError(
                f"needs {path} too, which is there and is not a list of findings: give another "
                "path."
            )


def check_committed(report: Path) -> None:
    """Raise ReportError where no run could be compared with a report that is to be there."""
    if not report.exists():
        raise ReportError(f"{report}: it is not there; write it with --report.")
    found = existing(report) if report.is_file() else None
    if report.is_file() and found is None:
        raise ReportError(
            f"{report} and {path_of(report)} cannot both be read: write them with --report."
        )
    check(report)
    if found is not None and not is_readable(found):
        raise ReportError(
            f"{report} and {path_of(report)} are not what --report writes, or not all of it: write "
            "them again."
        )


def existing(report: Path) -> Report | None:
    """The report that is there, if both of its files are."""
    try:
        return Report(report.read_text("utf-8"), path_of(report).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def written(made: Report, report: Path) -> None:
    """Write a report and its findings. Raises OSError."""
    write_whole(made.findings, path_of(report))
    write_whole(made.text, report)
