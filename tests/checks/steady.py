"""`tox -e steady`: the same verdicts every time, whatever the order, the workers and the hash seed.

usage: python -m tests.checks.steady [--runs N] [--seconds N] [pytest arguments]

Each run shuffles the scenarios with a seed of its own and has another number of workers. Leaves the
results and logs in report/steady/. What runs came to is kept for as long as the sources are the
same: one that --seconds ended, with exit status 3, goes on there. Exit status 0 means that all
results are the same; only runs of everything are put on record.
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
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from conformance import measurements
from impls import cache_folder
from tests.checks import variants

RUNS = 20
WORKERS = (2, 1, 4, 3, 2, 3, 4, 2, 3, 4)
"""How many workers the runs have, in turn; one alone takes twice as long."""

SOURCES = ("certs", "conformance", "conftest.py", "impls")
"""What results depend on."""

UNFINISHED = 3
"""The exit status of fewer runs than were wanted."""

SHOWN = 20
"""Differences that are told of one run."""


def run(number: int, folder: Path, arguments: list[str]) -> tuple[int, Any]:
    """One shuffled run: its exit status and its results."""
    results, log = folder / f"{number}.json", folder / f"{number}.log"
    workers = WORKERS[number % len(WORKERS)]
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
class Found:
    """What one run was, beside the first."""

    status: int
    verdicts: int
    differences: tuple[str, ...]


class Record:
    """The runs so far of these sources, in a folder: twenty take longer than many have at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._first, self._list = folder / "first.json", folder / "runs.json"
        folder.mkdir(parents=True, exist_ok=True)
        self.runs: list[Found] = []
        if self._list.exists():
            listed = json.loads(self._list.read_text("utf-8"))
            self.runs = [Found(one[0], one[1], tuple(one[2])) for one in listed]

    def add(self, status: int, results: Any) -> Found:
        """One more run, compared with the first."""
        pairs = len(results["pairs"])
        if not self.runs:
            self._first.write_text(json.dumps(results), "utf-8")
            found = Found(status, pairs, ())
        else:
            first = json.loads(self._first.read_text("utf-8"))
            told = list(differences(first, results))
            if status != self.runs[0].status:
                told.append(f"exit status {self.runs[0].status} in the first run, {status} in this")
            found = Found(status, pairs, tuple(told))
        self.runs.append(found)
        self._list.write_text(json.dumps([astuple(one) for one in self.runs]), "utf-8")
        return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.checks.steady")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options, arguments = parser.parse_known_args()
    deadline = time.monotonic() + options.seconds
    digests = [measurements.digest_of(name) for name in SOURCES] + arguments
    stamp = hashlib.sha256(" ".join(digests).encode()).hexdigest()[:16]
    record = Record(cache_folder() / "steady" / stamp)
    folder = variants.fresh_folder("steady")
    whole = False
    while len(record.runs) < options.runs and time.monotonic() < deadline:
        number, began = len(record.runs), time.monotonic()
        status, results = run(number, folder, arguments)
        if not results["complete"]:
            sys.exit(f"Run {number} is not complete: {folder / f'{number}.log'}.")
        whole = bool(results["whole"])
        found = record.add(status, results)
        print(
            f"run {number}: {found.verdicts} verdicts, {len(found.differences)} differences, "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    trouble = []
    for number, found in enumerate(record.runs):
        trouble += [f"Run {number}:{text}" for text in found.differences[:SHOWN]]
        if found.differences[SHOWN:]:
            trouble.append(f"Run {number}: ... and {len(found.differences) - SHOWN} more")
    if whole:
        put_on_record(record.runs, trouble)
    variants.finish(trouble)
    if len(record.runs) < options.runs:
        print(f"{len(record.runs)} of {options.runs} runs so far: run this again.")
        sys.exit(UNFINISHED)


def put_on_record(runs: Sequence[Found], trouble: list[str]) -> None:
    workers = sorted({WORKERS[number % len(WORKERS)] for number in range(len(runs))})
    sentences = [
        f"{len(runs)} whole runs of {runs[0].verdicts} verdicts each, in {len(runs)} orders, with "
        f"{', '.join(map(str, workers))} workers and {len(runs)} hash seeds, gave "
        + ("the same results." if not trouble else "results that differ in what follows."),
        *trouble,
    ]
    if len(runs) < RUNS:
        sentences.insert(1, f"{RUNS} are wanted: `tox -e steady` goes on where it was ended.")
    measurements.record("steady", "The same every time", sentences, sources=SOURCES)


if __name__ == "__main__":
    main()
