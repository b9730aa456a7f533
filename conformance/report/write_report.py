"""`python -m conformance report`: REPORT.md and its findings, from results and without a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.report import results_file
from conformance.report.baseline import Report, path_of
from conformance.report.overview import Overview
from conformance.report.page import render
from conformance.report.results_file import CommandError
from conformance.report.reviewed import reviewed

SUMMARY = "write REPORT.md from the results of a run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, help="a file that --results wrote")
    parser.add_argument(
        "report", type=Path, nargs="?", default=Path("REPORT.md"), help="default: %(default)s"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write both files. Raises CommandError."""
    results = results_file.read(arguments.results)
    beside = reviewed()
    report: Path = arguments.report
    try:
        overview = Overview(results, *beside)
        written(render(overview, existing(report)), report)
    except OSError as error:
        raise CommandError(f"{report} cannot be written ({error.strerror}).") from None
    print(f"{report} and {path_of(report)} are written.")
    return 0


def existing(report: Path) -> Report | None:
    """The report that is there, if both of its files are."""
    try:
        return Report(report.read_text("utf-8"), path_of(report).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def written(made: Report, report: Path) -> None:
    """Write a report and its findings. Raises OSError."""
    report.write_text(made.text, encoding="utf-8")
    path_of(report).write_text(made.findings, encoding="utf-8")
