"""`python -m conformance html`: a run as a folder of HTML, from results and without a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.report import html, results_file
from conformance.report.overview import Overview
from conformance.report.paths import a_path
from conformance.report.results_file import CommandError
from conformance.report.reviewed import reviewed
from conformance.report.transcripts import folder_of

SUMMARY = "write the results of a run, or of several, as HTML that opens from a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "results",
        type=a_path,
        nargs="+",
        help="files that --results wrote; of several the last is shown, with all as its history",
    )
    parser.add_argument("folder", type=a_path, help="a new folder, or one with an older report")


def run(arguments: argparse.Namespace) -> int:
    """Write the folder. Raises CommandError."""
    beside = reviewed()
    overviews = [Overview(results_file.read(path), *beside) for path in arguments.results]
    folder: Path = arguments.folder
    try:
        html.write(overviews[-1], folder, [folder_of(arguments.results[-1])], overviews[:-1])
    except html.FolderError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(
            f"{folder} cannot be written ({error.strerror}): make room there, or give another path."
        ) from None
    print(f"{folder / 'index.html'} is written: open it in a browser.")
    return 0
