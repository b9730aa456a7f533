"""`tox -e steady`: the same verdicts every time, whatever the order, the workers and the hash seed.

usage: python -m tests.checks.steady [--runs N] [--seconds N] [pytest arguments]

Each run shuffles the scenarios with a seed of its own and has another number of workers. Leaves the
results and logs in report/steady/. Runs of everything are put on record one by one, and count for
as long as the sources are the same: what --seconds ended, with exit status 3, goes on there, on
another machine too if it has the same interpreters. Exit status 0 means that all results are the
same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.report import measurements
from impls.host.cache import cache_folder
from tests.audits.backport import variants

RUNS = 20
WORKERS = (2, 1, 4, 3, 2, 3, 4, 2, 3, 4)
"""How many workers the runs have, in turn; one alone takes twice as long."""

SOURCES = ("certs", "conformance", "conftest.py", "impls")
"""What results depend on."""

UNFINISHED = 3
"""The exit status of fewer runs than were wanted."""

COLUMNS = ("seed", "workers", "exit status", "verdicts", "digest of the results", "differences")
NONE = "none"

SHOWN = 20
"""Differences that are told of one run."""


def workers_of(number: int) -> int:
    return WORKERS[number % len(WORKERS)]


def run(number: int, folder: Path, arguments: list[str]) -> tuple[int, Any]:
    """One shuffled run: its exit status and its results."""
    results, log = folder / f"{number}.json", folder / f"{number}.log"
    workers = workers_of(number)
    command = [sys.executable, "-m", "pytest", "conformance", "-q", "-n", str(workers)]
    command += ["--random-order-bucket=global", f"--random-order-seed={number}"]
    command += ["--tb=short", "--results", str(results), *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": str(number)}
    with open(log, "wb") as file:
        process = subprocess.run(
            command, cwd=variants.TOP, env=environment, stdout=file, stderr=file
        )
    if not results.exists():
        sys.exit(f"Run {number} ended with exit status {process.returncode} and no results: {log}.")
    return process.returncode, json.loads(results.read_text("utf-8"))


def differences(first: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two results differ, by the ids of scenarios and implementations on the way there."""
    if isinstance(first, dict) and isinstance(other, dict):
        for key in sorted({*first, *other}):
            if key not in first or key not in other:
                yield f"{place} {key}: {'absent' if key not in first else 'there'} in the first run"
                continue
            yield from differences(first[key], other[key], f"{place} {key}")
    elif isinstance(first, list) and isinstance(other, list) and len(first) == len(other):
        for number, (one, two) in enumerate(zip(first, other, strict=True)):
            yield from differences(one, two, f"{place} {name_of(one) or number}")
    elif first != other:
        yield f"{place}: {shown(first)} in the first run, {shown(other)} in this one"


def name_of(entry: Any) -> str:
    """What a list's entry is about, where it says so."""
    if not isinstance(entry, dict):
        return ""
    return " ".join(str(entry[key]) for key in ("scenario", "implementation", "id") if key in entry)


def shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} entries"
    return json.dumps(value)[:200]


@dataclass(frozen=True)
class Run:
    """What one run was, beside the first."""

    status: int
    verdicts: int
    digest: str
    """Of the whole results."""
    differences: str
    """From the first run, as sentences; NONE where there are none."""


def compared(runs: Sequence[Run], status: int, results: Any, kept: Path) -> Run:
    """A run beside those before it; the results of the first are in the folder `kept`."""
    text = json.dumps(results, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    if not runs:
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{digest}.json").write_text(text, "utf-8")
        return Run(status, len(results["judgements"]), digest, NONE)
    first, told = runs[0], []
    if digest != first.digest:
        file = kept / f"{first.digest}.json"
        if file.exists():
            told = list(differences(json.loads(file.read_text("utf-8")), results))
            told[SHOWN:] = [f"... and {len(told) - SHOWN} more"] * (len(told) > SHOWN)
        told = told or ["the results differ, and this machine has not kept the first ones"]
    if status != first.status:
        told.append(f"exit status {first.status} in the first run, {status} in this")
    return Run(status, len(results["judgements"]), digest, "; ".join(told) or NONE)


def asked(results: Any) -> str:
    """Whom the results are of, as a sentence: those of others cannot be the same."""
    told = sorted(
        {
            f"{one['interpreter']} {one['python']} on {one['openssl']}"
            for one in results["implementations"]
        }
    )
    return f"Asked were {', '.join(told)}."


def on_record(folder: Path = measurements.FOLDER) -> tuple[list[Run], str]:
    """The whole runs of these sources that have been recorded, and who was asked then."""
    file = folder / "steady.json"
    if not file.exists():
        return [], ""
    found = measurements.load(file)
    if found.changed or not found.sources:
        return [], ""
    rows = found.tables[0].rows
    return [Run(int(row[2]), int(row[3]), row[4], row[5]) for row in rows], found.sentences[1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.checks.steady")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options, arguments = parser.parse_known_args()
    deadline = time.monotonic() + options.seconds
    folder = variants.fresh_folder("steady")
    runs, before = ([], "") if arguments else on_record()
    while len(runs) < options.runs and time.monotonic() < deadline:
        number, began = len(runs), time.monotonic()
        status, results = run(number, folder, arguments)
        if not results["complete"]:
            sys.exit(f"Run {number} is not complete: {folder / f'{number}.log'}.")
        if runs and asked(results) != before:
            print(f"The {len(runs)} runs on record are begun anew. {before} Now it is not so.")
            runs = []
        before = asked(results)
        runs.append(compared(runs, status, results, cache_folder() / "steady"))
        print(
            f"run {number}: {runs[-1].verdicts} verdicts, {time.monotonic() - began:.0f} s, "
            f"differences: {runs[-1].differences}",
            flush=True,
        )
        if results["whole"]:
            put_on_record(runs, before)
    variants.finish(trouble(runs))
    if len(runs) < options.runs:
        print(f"{len(runs)} of {options.runs} runs so far: run this again.")
        sys.exit(UNFINISHED)


def trouble(runs: Sequence[Run]) -> list[str]:
    return [
        f"Run {number}: {each.differences}"
        for number, each in enumerate(runs)
        if each.differences != NONE
    ]


def put_on_record(runs: Sequence[Run], who: str, folder: Path = measurements.FOLDER) -> None:
    workers = sorted({workers_of(number) for number in range(len(runs))})
    sentences = [
        f"{len(runs)} whole runs of {runs[0].verdicts} verdicts each, in {len(runs)} orders, with "
        f"{', '.join(map(str, workers))} workers and {len(runs)} hash seeds, gave "
        + ("results that differ in what follows." if trouble(runs) else "the same results."),
        who,
    ]
    if len(runs) < RUNS:
        sentences.append(f"{RUNS} are wanted: `tox -e steady` goes on where it was ended.")
    rows = [
        (
            str(number),
            str(workers_of(number)),
            str(each.status),
            str(each.verdicts),
            each.digest,
            each.differences,
        )
        for number, each in enumerate(runs)
    ]
    table = measurements.Table("Runs", COLUMNS, tuple(rows))
    measurements.record("steady", "The same every time", sentences, [table], SOURCES, folder)


if __name__ == "__main__":
    main()
