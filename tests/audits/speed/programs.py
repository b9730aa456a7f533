"""`tox -e audit-programs`: a run with programs and a run without come to the same, byte for byte.

usage: python -m tests.audits programs [--implementation ID] [--openssl SERIES] [-n N] [PART ...]

Runs the scenarios (or those of a PART: a topic or a file of one) with programs and then `--live`,
and compares both results.json. Exit status 1 names the first pairs that differ.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.audits.result import Result, fail_on, publish
from tests.audits.speed.bench_suite import SCENARIOS, Cost, Unfinished, timed

SHOWN = 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits programs")
    parser.add_argument("parts", nargs="*", metavar="PART", default=[""])
    parser.add_argument("--implementation", action="append", default=[], metavar="ID")
    parser.add_argument("--openssl", action="append", default=[], metavar="SERIES")
    parser.add_argument("-n", default="auto", metavar="N")
    options = parser.parse_args()
    arguments = ["-n", options.n]
    for name in ("implementation", "openssl"):
        for value in getattr(options, name):
            arguments += [f"--{name}", value]
    arguments += [str(SCENARIOS / part) for part in options.parts]
    with tempfile.TemporaryDirectory(prefix="programs-") as folder:
        try:
            programs, fast = run(arguments, Path(folder) / "programs.json")
            live, slow = run([*arguments, "--live"], Path(folder) / "live.json")
        except Unfinished as error:
            sys.exit(f"Nothing was compared: {error}")
    fail_on(differences(live, programs))
    publish(
        "programs",
        Result(
            f"{fast.verdicts} verdicts are the same with programs and without, byte for byte: "
            f"{fast.cpu:.0f} s of CPU with them, {slow.cpu:.0f} s live.",
            {
                "verdicts": fast.verdicts,
                "CPU seconds with programs": round(fast.cpu),
                "CPU seconds live": round(slow.cpu),
            },
        ),
    )


def run(arguments: Sequence[str], results: Path) -> tuple[dict[str, Any], Cost]:
    """The results of a run, and what it took. Raises Unfinished."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "--allow-missing"]
    status, output, wall, cpu = timed([*command, *arguments, "--results", str(results)])
    if status not in (0, 1) or not results.exists():
        last = "".join(output.splitlines()[-1:])
        raise Unfinished(f"pytest ended with exit status {status}: {last}")
    found: dict[str, Any] = json.loads(results.read_text("utf-8"))
    del found["run"]["date"]
    judged = found["judgements"]
    scenarios = len({one["scenario"] for one in judged})
    return found, Cost("", scenarios, len(judged), wall, cpu)


def differences(live: Mapping[str, Any], programs: Mapping[str, Any]) -> list[str]:
    """What differs between the results of two runs, a sentence each."""
    found = [
        f"{name} differs."
        for name in sorted(live.keys() | programs.keys())
        if name != "judgements" and live.get(name) != programs.get(name)
    ]
    ours, theirs = ({key_of(one): one for one in each["judgements"]} for each in (live, programs))
    pairs = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
    for key in pairs[:SHOWN]:
        found.append(
            f"{' '.join(filter(None, key))}: live {verdict_of(ours.get(key))}, as a program "
            f"{verdict_of(theirs.get(key))}"
        )
    return found + [f"{len(pairs)} pairs differ."] * bool(pairs)


def key_of(judgement: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("scenario", "implementation", "server", "axis")
    return tuple(judgement.get(name) or "" for name in names)


def verdict_of(judgement: Mapping[str, Any] | None) -> str:
    if judgement is None:
        return "nothing"
    return f"{judgement['verdict']} with {len(judgement['divergences'])} divergences"


if __name__ == "__main__":
    main()
