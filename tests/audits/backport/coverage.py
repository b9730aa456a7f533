"""`tox -e audit-coverage`: how much of the C the suite runs, with gcov and gcovr.

usage: python -m tests.audits coverage [pytest arguments]

The scenarios run first, and are counted alone. Then memory allocations fail in the same build, as
in the audit `allocations`, for what is done then no scenario can ask. Leaves results and an HTML
page of every line in report/audits/coverage/. Exit status 0 means that at least 95 % of the lines
ran, 94 % by the scenarios alone, and that unreached.toml names just those that neither reached; 77
that this cannot be told, for want of a debugging CPython 2.7. Only a run of everything is compared
with that file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impls.host import toml_reader
from impls.host.toml_reader import FLAG, PROSE, TEXT, TEXTS, Key, Schema, Several
from tests.audits.backport import allocations, debug_python, variants
from tests.audits.result import Result, Table, fail_on, fresh_folder, not_possible, publish

WANTED = 95.0
"""Percent of the lines, with failing allocations."""

WANTED_BY_SCENARIOS = 94.0
"""Percent of the lines, by the scenarios alone."""

UNREACHED = Path(__file__).resolve().parent / "unreached.toml"

ENTRY = Schema(
    "unreached",
    "Lines of one function that nothing reaches.",
    (
        Key("file", TEXT, "The C file."),
        Key("function", TEXT, "The function in it."),
        Key("lines", TEXTS, "The text of each line."),
        Key("why", PROSE, "Why nothing reaches them."),
        Key("sometimes", FLAG, "Whether some runs reach them and some do not.", False),
    ),
)
FILE = Schema(
    "unreached.toml",
    "The lines of the C that nothing reaches.",
    (Key("unreached", Several(ENTRY), "Some lines of one function.", ()),),
)

FAILING = tuple(
    allocations.Part(whose, step, (operation, "direct, TLSv1_3, the N-th"))
    for whose, step, operations in (
        ("Python", 1, ("",)),
        ("OpenSSL", 1, ("load, ", "settings, ", "wrap, ", "read and write, ", "close, ")),
        ("OpenSSL", 40, ("configure, ", "handshake, ", "certificates, ", "resume, ")),
    )
    for operation in operations
)
"""The allocations that fail: of the long operations, which do the same again and again, some."""

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


@dataclass
class Reviewed:
    """The lines of one function that unreached.toml names, by their texts."""

    never: Counter[str] = field(default_factory=Counter)
    sometimes: Counter[str] = field(default_factory=Counter)


def read_reviewed(file: Path = UNREACHED) -> dict[Place, Reviewed]:
    """The lines of each function that have a reason. Raises TomlError."""
    found: dict[Place, Reviewed] = {}
    for entry in toml_reader.read(file, FILE)["unreached"]:
        of_function = found.setdefault((entry["file"], entry["function"]), Reviewed())
        lines = of_function.sometimes if entry["sometimes"] else of_function.never
        lines.update(entry["lines"])
    return found


def disagreements(covered: Sequence[Covered], reviewed: Mapping[Place, Reviewed]) -> list[str]:
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
        listed = reviewed.get(place, Reviewed())
        for text in ran_not - listed.never - listed.sometimes:
            where = ", ".join(map(str, numbers[place[0], place[1], text]))
            sentences.append(
                f"{place[0]}: {place[1]}() has a line that nothing reaches (at {where}) and "
                f"that {UNREACHED.name} does not name: {text}"
            )
        for text, count in (listed.never - ran_not).items():
            sentences.append(
                f"{UNREACHED.name} names {count} times too often a line of {place[1]}() in "
                f"{place[0]}: {text}"
            )
    return sentences


def counted(folder: Path) -> list[Covered]:
    """What has run so far of the build in this folder; leaves gcovr's reports there."""
    build, report = folder / "build", folder / "gcovr.json"
    command = [sys.executable, "-m", "gcovr", "--root", str(variants.SOURCE)]
    command += ["--object-directory", str(build), "--json", str(report)]
    command += ["--html-details", str(folder / "lines.html"), str(build)]
    subprocess.run(command, check=True)
    return read_gcovr(json.loads(report.read_text("utf-8")), variants.SOURCE)


def fail_allocations(folder: Path, implementation: Path) -> list[str]:
    """Let allocations fail in the covered build; sentences about what is not in order.

    Raises NoDebugPython where the interpreter's cannot be made to fail.
    """
    interpreter = debug_python.executable()
    shim, certificates = allocations.prepare(folder)
    programs = {
        whose: allocations.program(interpreters, shim, certificates, str(implementation))
        for whose, interpreters in (("OpenSSL", []), ("Python", [interpreter]))
    }
    return allocations.attempts(programs, FAILING)[1]


def share(covered: Sequence[Covered]) -> tuple[int, int, float]:
    """How many lines ran, of how many, in percent."""
    lines = sum(file.lines for file in covered)
    ran = lines - sum(len(file.unreached) for file in covered)
    return ran, lines, 100 * ran / lines


def main() -> None:
    folder = fresh_folder("coverage")
    build = folder / "build"
    build.mkdir()
    # The counters lie beside the objects, so every run builds anew, into a place of its own.
    stamp = f"-DRUN={time.time_ns()}"
    flags = {
        "CFLAGS": f"-O0 -g --coverage -fprofile-update=atomic {stamp}",
        "LDFLAGS": "--coverage -Wl,--undefined=__gcov_dump",
    }
    files = variants.describe(folder, "covered", flags, {}, str(build))
    run = variants.run(files, folder, "covered", sys.argv[1:])
    fail_on(run.trouble)
    scenarios = counted(folder)
    print("The scenarios ran {} of {} lines: {:.1f} %.".format(*share(scenarios)))
    if sys.argv[1:]:
        return
    try:
        trouble = fail_allocations(folder, files[0])
    except debug_python.NoDebugPython as error:
        not_possible(error)
    fail_on(trouble)
    judge(scenarios, counted(folder))


def judge(scenarios: Sequence[Covered], both: Sequence[Covered]) -> None:
    """Compare a whole run with unreached.toml, and publish what it came to."""
    trouble = disagreements(both, read_reviewed())
    percent = share(both)[2]
    if percent < WANTED:
        trouble.append(f"{percent:.1f} % of the lines ran, and {WANTED:g} % are wanted.")
    ran, lines, alone = share(scenarios)
    if alone < WANTED_BY_SCENARIOS:
        trouble.append(
            f"The scenarios ran {alone:.1f} % of the lines, and {WANTED_BY_SCENARIOS:g} % are "
            "wanted."
        )
    fail_on(trouble)
    sentence = (
        f"The scenarios ran {ran} of the {lines} lines of the backport's C: {alone:.1f} %. With "
        f"memory allocations that fail, {share(both)[0]} lines ran: {percent:.1f} %. "
        f"`{UNREACHED.name}` says of each other line why nothing reaches it."
    )
    rows = tuple(
        (
            file.file,
            str(file.lines),
            f"{share([before])[2]:.1f} %",
            f"{share([file])[2]:.1f} %",
            str(len(file.unreached)),
        )
        for before, file in zip(scenarios, both, strict=True)
    )
    heads = ("file", "lines", "by scenarios", "with failing allocations", "not run")
    numbers = {
        "lines": lines,
        "percent by scenarios": round(alone, 1),
        "percent with failing allocations": round(percent, 1),
    }
    publish("coverage", Result(sentence, numbers, (), [Table("Lines of C", heads, rows)]))


if __name__ == "__main__":
    main()
