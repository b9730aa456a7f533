"""How far a run has come, as one line that a person reads, in place of pytest's letters.

On a terminal the line moves; in a log there is one every few per cent. What fails is told when it
happens.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import Any

import pytest

from conformance.judge.verdict import VERDICTS
from conformance.plugin.gate import RESULTS, judged_of
from conformance.run import canaries

EVERY = 5
"""Per cent between two lines in a log."""

PROGRESS = pytest.StashKey["Progress"]()

MOVES = 0.2
"""Seconds between two on a terminal."""

TOLD = 20
"""Failures that are told when they happen; the end of the run tells what is left."""


class Progress:
    """Counts verdicts in the controlling process, and says how many there are."""

    def __init__(self, config: pytest.Config, clock: Any = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._begun: float | None = None
        self._verdicts: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        """By scenario, how many of its pairs have no verdict yet."""
        self._scenarios = 0
        self._pairs = 0
        self._failed = 0
        self._told = 0.0
        self._line = ""

    @property
    def _reporter(self) -> Any:
        return self._config.pluginmanager.get_plugin("terminalreporter")

    def _begin(self) -> None:
        planned = self._config.stash[RESULTS].planned
        self._begun = self._clock()
        self._waiting = Counter(scenario for scenario, _ in planned)
        self._scenarios, self._pairs = len(self._waiting), len(planned)

    def pytest_collection_finish(self) -> None:
        self._reporter.showfspath = False

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        judged = judged_of(report)
        if report.when != "call" or report.nodeid.startswith(f"{canaries.FILE.name}::"):
            return
        if self._begun is None:
            self._begin()
        verdict = "ERROR"
        if judged is not None:
            judgement = judged["judgement"]
            verdict = judgement["verdict"]
            self._waiting[judgement["scenario"]] -= 1
        self._verdicts[verdict] += 1
        if report.failed:
            self._failed += 1
            if self._failed <= TOLD:
                self._write_over(f"{verdict:8} {report.nodeid}")
            elif self._failed == TOLD + 1:
                self._write_over("More failures are told at the end.")
        self._show()

    def _show(self) -> None:
        done = sum(self._verdicts.values())
        now = self._clock()
        if self._moves:
            if now - self._told >= MOVES or done == self._pairs:
                self._told = now
                self._line = self.line(now)
                width = self._reporter._tw.fullwidth - 1
                self._reporter._tw.write(f"\r\033[K{self._line[:width]}", flush=True)
        elif done * 100 // self._pairs // EVERY > self._told or done == self._pairs:
            self._told = done * 100 // self._pairs // EVERY
            self._reporter.ensure_newline()
            self._reporter.write_line(self.line(now))
            self._reporter.flush()

    @property
    def _moves(self) -> bool:
        return bool(self._reporter.isatty)

    def _write_over(self, text: str) -> None:
        """Write a line in place of the one that moves."""
        if self._moves:
            self._reporter._tw.write("\r\033[K")
        else:
            self._reporter.ensure_newline()
        self._reporter.write_line(text, red=True)
        self._reporter.flush()

    def line(self, now: float) -> str:
        """So far: scenarios of all, pairs by verdict, failures, time left."""
        done = sum(self._verdicts.values())
        finished = sum(1 for left in self._waiting.values() if left <= 0)
        names = [name for name in VERDICTS if self._verdicts[name]]
        counts = ", ".join(f"{self._verdicts[name]:,} {name}" for name in names)
        parts = [
            f"{done * 100 // self._pairs:3} %",
            f"{finished:,} of {self._scenarios:,} scenarios",
            f"{done:,} of {self._pairs:,} pairs: {counts}",
            f"{self._failed:,} failed",
        ]
        if 0 < done < self._pairs and self._begun is not None:
            left = (now - self._begun) / done * (self._pairs - done)
            parts.append(f"{duration(left)} left")
        return "; ".join(parts)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self._moves and self._line:
            with contextlib.suppress(OSError):  # a terminal that is gone keeps nobody from the end
                self._reporter._tw.line()


def duration(seconds: float) -> str:
    """How long something takes, roughly."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def is_wanted(config: pytest.Config) -> bool:
    """Whether a person reads this run: neither -v, -q nor -p no:terminal asks for anything else."""
    manager = config.pluginmanager
    names = ("terminal", "terminalreporter")
    if not manager.has_plugin(names[0]) or any(map(manager.is_blocked, names)):
        return False
    return config.option.verbose == 0 and not config.option.collectonly
