"""`tox -e coverage`: how much of the C the suite runs, with gcov and gcovr.

usage: python -m tests.checks.coverage [pytest arguments]

Leaves results and an HTML page of every line in report/coverage/. Exit status 0 means that at
least 95 % of the lines ran, and that unreached.toml names just the lines that did not. Only a run
of everything is compared with that file and put on record.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import measurements
from tests.checks import variants

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WANTED = 95.0
"""Percent of the lines."""

UNREACHED = Path(__file__).resolve().parent / "unreached.toml"
"""The lines that no scenario reaches, and why: `[[unreached]]` with `file`, `function`, `lines`
(their text, one entry for each) and `why`."""

Place = tuple[str, str]
"""A file and a function."""


@dataclass(frozen=True)
class Covered:
    """One C file, as gcovr tells of it."""

    file: str
    lines: int
    """Those that have code."""
    unreached: tuple[tuple[str, int, str], ...]
    """Function, number and text of each that did not run."""


def read_gcovr(report: Mapping[str, Any], source: Path) -> list[Covered]:
    """What gcovr's JSON says of the files of `source`."""
    found = []
    for file in report["files"]:
        path = source / Path(file["file"]).name
        if path.suffix != ".c" or not path.exists():
            continue
        text = path.read_text("utf-8").splitlines()
        ran: Counter[tuple[str, int]] = Counter()
        for line in file["lines"]:
            if not line.get("gcovr/noncode"):
                ran[line.get("function_name", ""), line["line_number"]] += line["count"]
        unreached = [
            (function, number, text[number - 1].strip())
            for (function, number), count in sorted(ran.items(), key=lambda item: item[0][1])
            if count == 0
        ]
        found.append(Covered(path.name, len(ran), tuple(unreached)))
    return sorted(found, key=lambda covered: covered.file)


def read_reviewed(text: str) -> dict[Place, tuple[Counter[str], str]]:
    """unreached.toml: the texts of the lines of each function, and why they are not reached."""
    found: dict[Place, tuple[Counter[str], str]] = {}
    for entry in tomllib.loads(text)["unreached"]:
        place = entry["file"], entry["function"]
        lines, reasons = found.get(place, (Counter(), ""))
        found[place] = lines + Counter(entry["lines"]), f"{reasons} {entry['why']}".strip()
    return found


def disagreements(
    covered: Sequence[Covered], reviewed: Mapping[Place, tuple[Counter[str], str]]
) -> list[str]:
    """Sentences: lines that nobody has given a reason for, and reasons for lines that ran."""
    found: dict[Place, Counter[str]] = {}
    numbers: dict[tuple[str, str, str], list[int]] = {}
    for file in covered:
        for function, number, text in file.unreached:
            found.setdefault((file.file, function), Counter())[text] += 1
            numbers.setdefault((file.file, function, text), []).append(number)
    sentences = []
    for place in sorted({*found, *reviewed}):
        ran_not = found.get(place, Counter())
        listed = reviewed.get(place, (Counter(), ""))[0]
        for text in ran_not - listed:
            where = ", ".join(map(str, numbers[place[0], place[1], text]))
            sentences.append(
                f"{place[0]}: {place[1]}() has a line that no scenario reaches (at {where}) and "
                f"that {UNREACHED.name} does not name: {text}"
            )
        for text, count in (listed - ran_not).items():
            sentences.append(
                f"{UNREACHED.name} names {count} times too often a line of {place[1]}() in "
                f"{place[0]}: {text}"
            )
    return sentences


def main() -> None:
    folder = variants.fresh_folder("coverage")
    build = folder / "build"
    build.mkdir()
    # The counters lie beside the objects, so every run builds anew, into a place of its own.
    stamp = f"-DRUN={time.time_ns()}"
    flags = {"CFLAGS": f"-O0 -g --coverage {stamp}", "LDFLAGS": "--coverage"}
    files = variants.describe(folder, "covered", flags, {}, str(build))
    run = variants.run(files, folder, "covered", sys.argv[1:])
    variants.finish(run.trouble)
    report = folder / "gcovr.json"
    command = [sys.executable, "-m", "gcovr", "--root", str(variants.SOURCE)]
    command += ["--object-directory", str(build), "--json", str(report)]
    command += ["--html-details", str(folder / "lines.html"), str(build)]
    subprocess.run(command, check=True)
    covered = read_gcovr(json.loads(report.read_text("utf-8")), variants.SOURCE)
    lines = sum(file.lines for file in covered)
    ran = lines - sum(len(file.unreached) for file in covered)
    percent = 100 * ran / lines
    print(f"{ran} of {lines} lines ran: {percent:.1f} %")
    if sys.argv[1:]:
        return
    trouble = disagreements(covered, read_reviewed(UNREACHED.read_text("utf-8")))
    if percent < WANTED:
        trouble.append(f"{percent:.1f} % of the lines ran, and {WANTED:g} % are wanted.")
    variants.finish(trouble)
    rows = tuple(
        (
            file.file,
            str(file.lines),
            str(len(file.unreached)),
            f"{100 - 100 * len(file.unreached) / file.lines:.1f} %",
        )
        for file in covered
    )
    sentences = [
        f"The suite ran {ran} of the {lines} lines of the backport's C: {percent:.1f} %. "
        f"`tests/checks/{UNREACHED.name}` says of each other line why nothing reaches it."
    ]
    table = measurements.Table("Lines of C", ("file", "lines", "not run", "run"), rows)
    measurements.record(
        "coverage",
        "Coverage of the C",
        sentences,
        [table],
        ["impls/backport", "conformance/scenarios"],
    )


if __name__ == "__main__":
    main()
