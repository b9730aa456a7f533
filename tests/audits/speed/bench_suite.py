"""`tox -e audit-bench-suite`: what the suite costs, beside CPython's own test_ssl.

usage: python -m tests.audits bench-suite [--topics N]

Runs a small part of the suite on everyone, the suite with more and more implementations and
topics, then everything; CPython's test_ssl on the reference; and once a quarter in a single
process, to tell where the time goes. Writes report/audits/bench-suite/bench-suite.md. Exit status 1
means that nothing was measured, because a run was not finished; verdicts decide nothing here.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host.declarations import RegistryError
from impls.host.interpreters import InterpreterError
from impls.host.selection import Selection, assemble
from tests.audits.result import TOP, Result, Table, fresh_folder, publish
from tests.audits.speed import accounting
from tests.audits.speed.tables import markdown

SCENARIOS = TOP / "conformance" / "scenarios"
STEPS = (1, 2, 4)
"""With how many implementations besides the reference half of the topics run, before all do."""
EVERY = 8
"""Of so many files of scenarios one is in the small part: some 400 scenarios."""

WAITING = ("contexts", "handshakes", "operations")
"""The kinds of work in which the host waits for an agent."""

_TESTS_RUN = re.compile(r"Total tests: run=([\d,]+)")


class Unfinished(Exception):
    """A run that tells nothing; the message is one sentence that says why."""


@dataclass(frozen=True)
class Cost:
    """What one run took, with all its processes."""

    title: str
    scenarios: int
    verdicts: int
    wall: float
    cpu: float

    @property
    def each(self) -> float:
        """Milliseconds of CPU for one verdict."""
        return 1000 * self.cpu / self.verdicts


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits bench-suite")
    parser.add_argument("--topics", type=int, metavar="N", help="only the first N topics")
    options = parser.parse_args()
    topics = sorted({path.parent.name for path in SCENARIOS.glob("*/test_*.py")})
    topics = topics[: options.topics]
    try:
        _, selection = assemble()
        with tempfile.TemporaryDirectory(prefix="suite-cost-") as folder:
            account = accounted(topics[::4], Path(folder))
            own = test_ssl(selection)
            costs = matrix(selection, topics, Path(folder))
    except (InterpreterError, RegistryError, Unfinished) as error:
        sys.exit(f"Nothing was measured: {error}")
    sentences = [*told(costs, own), least(account, costs[-1], own)]
    tables = [cost_table(costs, own), account_table(account)]
    text = "\n\n".join(["# What the suite costs", *sentences, *map(markdown, tables)]) + "\n"
    (fresh_folder("bench-suite") / "bench-suite.md").write_text(text, "utf-8")
    print(text)
    whole = costs[-1]
    sentence = (
        f"The whole matrix, {whole.verdicts} verdicts, takes {whole.wall:.0f} s and "
        f"{whole.cpu:.0f} s of CPU, {whole.each:.1f} ms for a verdict; CPython's own `test_ssl` "
        f"takes {own.wall:.0f} s for {own.verdicts} tests of one interpreter."
    )
    numbers = {
        "verdicts": whole.verdicts,
        "seconds": round(whole.wall),
        "CPU milliseconds for a verdict": round(whole.each, 1),
        "times a bare loop of its contexts and handshakes": round(times_bare(account, whole), 2),
        "seconds of test_ssl": round(own.wall),
    }
    publish("bench-suite", Result(sentence, numbers, sentences, tables))


def matrix(selection: Selection, topics: Sequence[str], folder: Path) -> list[Cost]:
    """What runs cost: first of a small part on everyone, last of everything.

    Between them half of the topics with more and more implementations, and all with one.
    """
    names = [one.id for one in selection.implementations]
    files = [
        str(file.relative_to(SCENARIOS))
        for topic in topics
        for file in sorted((SCENARIOS / topic).glob("test_*.py"))
    ]
    arrangements: list[tuple[Sequence[str], list[str]]] = [(files[::EVERY], names)]
    arrangements += [(topics[::2], names[:step]) for step in STEPS if step < len(names)]
    arrangements += [(topics[::2], names), (topics, names[:1]), (topics, names)]
    return [suite(some, chosen, folder) for some, chosen in arrangements]


def suite(
    parts: Sequence[str],
    names: Sequence[str],
    folder: Path,
    arguments: Sequence[str] = ("-n", "auto"),
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run some topics, or files, on the reference and some others. Raises Unfinished."""
    results = folder / "results.json"
    results.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "--allow-missing"]
    command += [*arguments, "--results", str(results)]
    command += [word for name in names for word in ("--implementation", name)]
    command += [str(SCENARIOS / part) for part in parts]
    status, output, wall, cpu = timed(command, environment)
    if status not in (0, 1) or not results.exists():
        last = "".join(output.splitlines()[-1:])
        raise Unfinished(f"pytest ended with exit status {status}: {last}")
    found = json.loads(results.read_text("utf-8"))
    if not found["complete"]:
        raise Unfinished("a run of the suite left out some of what it had planned.")
    judged = found["judgements"]
    kind = "files" if parts[0].endswith(".py") else "topics"
    return Cost(
        f"{len(parts)} {kind}, {len(names) + 1} implementations",
        len({one["scenario"] for one in judged}),
        len(judged),
        wall,
        cpu,
    )


def test_ssl(selection: Selection) -> Cost:
    """CPython's own tests of ssl on the reference. Raises Unfinished where it has none."""
    command = [*selection.reference.argv, "-m", "test", "test_ssl"]
    status, output, wall, cpu = timed(command)
    ran = _TESTS_RUN.search(output)
    if ran is None:
        raise Unfinished(
            f"test_ssl of {selection.reference.id} ended with exit status {status} "
            "and did not tell how many tests it ran."
        )
    count = int(ran[1].replace(",", ""))
    return Cost(f"test_ssl of {selection.reference.id}", count, count, wall, cpu)


def accounted(topics: Sequence[str], folder: Path) -> dict[str, float]:
    """Seconds by kind of work, from one live run in a single process; its verdicts and trips.

    The trips are those of kinds of work for which the host waits, and "round_trips" all of them;
    "asking" is how long the host waits for most operations.
    """
    file = folder / "account.json"
    cost = suite(
        topics,
        (),
        folder,
        ("-n", "0", "--live", "-p", accounting.__name__),
        {**os.environ, accounting.VARIABLE: str(file)},
    )
    account = json.loads(file.read_text("utf-8"))
    trips = {f"{work} trips": account["trips"].get(work, 0) for work in WAITING}
    counts = {"round_trips": sum(account["trips"].values()), "verdicts": cost.verdicts}
    asking = {"asking": account["medians"].get("operations", 0.0)}
    return {**account["seconds"], **trips, **asking, **counts}


def timed(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[int, str, float, float]:
    """Run a command: exit status, output, seconds by the wall and of CPU with its children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command,
        cwd=TOP,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, done.stdout, wall, cpu


def growth(costs: Sequence[Cost]) -> tuple[float, float]:
    """Seconds of CPU that a run takes whatever it asks, and milliseconds for each verdict.

    The straight line that is nearest to all runs.
    """
    slope, fixed = statistics.linear_regression(
        [one.verdicts for one in costs], [one.cpu for one in costs]
    )
    return fixed, 1000 * slope


def told(costs: Sequence[Cost], own: Cost) -> list[str]:
    """The result in sentences."""
    small, whole = costs[0], costs[-1]
    fixed, each = growth(costs)
    return [
        f"The whole matrix, {whole.verdicts} verdicts, takes {whole.wall:.0f} s and "
        f"{whole.cpu:.0f} s of CPU: {whole.each:.1f} ms of CPU for a verdict. CPython's own "
        f"`test_ssl` takes {own.wall:.0f} s and {own.cpu:.0f} s of CPU for {own.verdicts} tests of "
        f"one interpreter, {own.each:.0f} ms of CPU and {1000 * own.wall / own.verdicts:.0f} ms "
        "of waiting for a test.",
        f"A matrix of {small.scenarios} scenarios, one of every {EVERY} files, {small.verdicts} "
        f"verdicts, takes {small.wall:.0f} s, {small.wall / own.wall:.1f} times as long as "
        "`test_ssl`.",
        f"Over all runs the cost grows by {each:.1f} ms of CPU with each verdict and is "
        f"{fixed:.0f} s at nought (the start of the run: certificates, builds, collecting).",
    ]


def bare(account: Mapping[str, float]) -> float:
    """Seconds of a verdict that its contexts and handshakes take in a loop that asks nobody.

    What it takes to ask is the median of all other operations, some of which wait for time-outs.
    That is a little too much, as they do something too: in doubt the suite seems slower beside the
    loop than it is.
    """
    trips = account["contexts trips"] + account["handshakes trips"]
    waited = account["contexts"] + account["handshakes"]
    return (waited - account["asking"] * trips) / account["verdicts"]


def times_bare(account: Mapping[str, float], whole: Cost) -> float:
    """How many times the cost of its contexts and handshakes a verdict costs."""
    return whole.each / (1000 * bare(account))


def least(account: Mapping[str, float], whole: Cost, own: Cost) -> str:
    """How long the matrix takes at the least, as one sentence: what OpenSSL does in it."""
    each = bare(account)
    cores = os.cpu_count() or 1
    seconds = each * whole.verdicts / cores
    return (
        f"Making contexts and shaking hands, which OpenSSL does whoever asks, is {1000 * each:.1f} "
        f"ms of a verdict, and a verdict takes {times_bare(account, whole):.2f} times that. On "
        f"{cores} cores contexts and handshakes alone are {seconds:.0f} s for the matrix, "
        f"{seconds / own.wall:.1f} times as long as `test_ssl` takes: with that many questions no "
        "suite can be as quick."
    )


def cost_table(costs: Sequence[Cost], own: Cost) -> Table:
    rows = [
        (
            one.title,
            str(one.scenarios),
            str(one.verdicts),
            f"{one.wall:.1f} s",
            f"{one.cpu:.1f} s",
            f"{one.each:.1f} ms",
        )
        for one in (*costs, own)
    ]
    return Table(
        "What runs of the suite cost, and CPython's own tests (of which each is one verdict)",
        ("", "scenarios", "verdicts", "wall", "CPU", "CPU for a verdict"),
        tuple(rows),
    )


def account_table(account: Mapping[str, float]) -> Table:
    total = sum(account.get(work, 0) for work in accounting.WORK)
    rows = [
        (title, f"{account.get(work, 0):.1f} s", f"{100 * account.get(work, 0) / total:.0f} %")
        for work, title in accounting.WORK.items()
    ]
    waited = sum(account.get(work, 0) for work in WAITING)
    trips = int(account["round_trips"])
    rows.append((f"{trips} round trips", f"{1e6 * waited / trips:.0f} µs each", ""))
    return Table(
        "Where the time goes when a quarter of the topics runs on everyone in one process",
        ("", "wall", "share"),
        tuple(rows),
    )


if __name__ == "__main__":
    main()
