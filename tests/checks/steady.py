"""`tox -e steady`: the same verdicts every time, whatever the order, the workers and the hash seed.

usage: python -m tests.checks.steady [--runs N] [pytest arguments]

Each run shuffles the scenarios with a seed of its own and has another number of workers. Leaves the
results and logs in report/steady/. Exit status 0 means that all results are the same; only runs of
everything are put on record.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance import measurements
from tests.checks import variants

RUNS = 20
WORKERS = (2, 1, 4, 3)
"""How many workers the runs have, in turn."""

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.checks.steady")
    parser.add_argument("--runs", type=int, default=RUNS)
    options, arguments = parser.parse_known_args()
    folder = variants.fresh_folder("steady")
    trouble: list[str] = []
    first: tuple[int, Any] | None = None
    for number in range(options.runs):
        began = time.monotonic()
        made = run(number, folder, arguments)
        first = first or made
        found = list(differences(first[1], made[1]))
        if made[0] != first[0]:
            found.append(f"exit status {first[0]} in the first run, {made[0]} in this one")
        trouble += [f"Run {number}:{text}" for text in found[:SHOWN]]
        trouble += [f"Run {number}: ... and {len(found) - SHOWN} more"] if found[SHOWN:] else []
        pairs = len(made[1]["pairs"])
        took = time.monotonic() - began
        print(f"run {number}: {pairs} verdicts, {len(found)} differences, {took:.0f} s", flush=True)
    assert first is not None
    if first[1]["whole"] and first[1]["complete"]:
        put_on_record(options.runs, len(first[1]["pairs"]), trouble)
    elif not first[1]["complete"]:
        trouble.append("The first run is not complete.")
    variants.finish(trouble)


def put_on_record(runs: int, pairs: int, trouble: list[str]) -> None:
    workers = ", ".join(str(number) for number in sorted(WORKERS))
    sentences = [
        f"{runs} whole runs of {pairs} verdicts each, in {runs} orders, with {workers} workers and "
        f"{runs} hash seeds, gave "
        + ("the same results." if not trouble else "results that differ in what follows."),
        *trouble,
    ]
    sources = ["conformance", "impls"]
    measurements.record("steady", "The same every time", sentences, sources=sources)


if __name__ == "__main__":
    main()
