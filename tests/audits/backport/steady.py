"""`tox -e audit-steady`: the same verdicts every time, whatever the order, workers and hash seed.

usage: python -m tests.audits steady [--runs N] [--seconds N] [pytest arguments]

Each run shuffles the scenarios with a seed of its own and has another number of workers. Leaves the
results and logs in report/audits/steady/. Runs of everything are kept in the cache one by one, and
count for as long as the sources and the interpreters are the same: what --seconds ended, with exit
status 3, goes on there. Exit status 0 means that all results are the same.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from impls.host.cache import cache_folder
from tests.audits import sources
from tests.audits.result import (
    TOP,
    UNFINISHED,
    Result,
    Table,
    fail_on,
    fresh_folder,
    publish,
    write,
)

RUNS = 20
WORKERS = (2, 1, 4, 3, 2, 3, 4, 2, 3, 4)
"""How many workers the runs have, in turn; one alone takes twice as long."""

SOURCES = ("certs", "conformance", "conftest.py", "impls")
"""What results depend on."""

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
        process = subprocess.run(command, cwd=TOP, env=environment, stdout=file, stderr=file)
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
    results.get("run", {}).pop("date", None)
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


class Kept:
    """The whole runs of these sources so far, in a file of the cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "runs.json"
        self._digest = sources.digest(SOURCES)

    def load(self) -> tuple[list[Run], str]:
        """The runs, and who was asked then; none where the sources have changed since."""
        found = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        if found.get("sources") != self._digest:
            return [], ""
        return [Run(**one) for one in found["runs"]], found["asked"]

    def save(self, runs: Sequence[Run], who: str) -> None:
        plain = [asdict(one) for one in runs]
        write(self._file, {"sources": self._digest, "asked": who, "runs": plain})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits steady")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options, arguments = parser.parse_known_args()
    deadline = time.monotonic() + options.seconds
    folder = fresh_folder("steady")
    kept = Kept(cache_folder() / "steady")
    runs, before = ([], "") if arguments else kept.load()
    while len(runs) < options.runs and time.monotonic() < deadline:
        number, began = len(runs), time.monotonic()
        status, results = run(number, folder, arguments)
        if not results["complete"]:
            sys.exit(f"Run {number} is not complete: {folder / f'{number}.log'}.")
        if runs and asked(results) != before:
            print(f"The {len(runs)} runs so far are begun anew. {before} Now it is not so.")
            runs = []
        before = asked(results)
        runs.append(compared(runs, status, results, kept.folder))
        print(
            f"run {number}: {runs[-1].verdicts} verdicts, {time.monotonic() - began:.0f} s, "
            f"differences: {runs[-1].differences}",
            flush=True,
        )
        if results["whole"]:
            kept.save(runs, before)
    fail_on(trouble(runs))
    if len(runs) < options.runs:
        print(f"{len(runs)} of {options.runs} runs so far: run this again.")
        sys.exit(UNFINISHED)
    publish("steady", result_of(runs, before))


def trouble(runs: Sequence[Run]) -> list[str]:
    return [
        f"Run {number}: {each.differences}"
        for number, each in enumerate(runs)
        if each.differences != NONE
    ]


def result_of(runs: Sequence[Run], who: str) -> Result:
    """What it came to where all results are the same."""
    workers = ", ".join(map(str, sorted({workers_of(number) for number in range(len(runs))})))
    sentence = (
        f"{len(runs)} runs of {runs[0].verdicts} verdicts each, in as many orders and with "
        f"as many hash seeds, with {workers} workers, gave the same results."
    )
    rows = [
        (str(number), str(workers_of(number)), *map(str, asdict(each).values()))
        for number, each in enumerate(runs)
    ]
    numbers = {"runs": len(runs), "verdicts": runs[0].verdicts}
    return Result(sentence, numbers, [who], [Table("Runs", COLUMNS, tuple(rows))])


if __name__ == "__main__":
    main()
