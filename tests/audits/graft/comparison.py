"""Compares what tests came to on two sides, and tells a difference from a test that wavers.

A run of a module is a dictionary: the id of each test, and its outcome. Both sides run once; where
a test differs, both run again, and only what all runs say counts. A test that wavers on the stock
side is unsteady and is named; it never excuses an outcome that the stock side does not show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["same", "different", "unsteady", "undecided"]

REPEATS = 3
"""How often each side runs a module in which something differs."""

ATTEMPTS = 40
"""How often the stock side may try to show what only some runs of the other side showed: a test
that wavers once in fourteen runs does so within these with a probability of 95 %."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class Outcome:
    """What became of one test: in a word, and what it said of that."""

    kind: str
    detail: str = ""

    @classmethod
    def of(cls, kind: str, detail: str) -> Outcome:
        """An outcome without the addresses that its text may show."""
        return cls(kind, _ADDRESS.sub("0x...", detail))

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind


ABSENT = Outcome("absent")
"""Of a test that one side ran and the other did not."""

Run = Mapping[str, Outcome]


@dataclass(frozen=True)
class Judged:
    """One test, what it came to on each side in any run, and what that means."""

    test: str
    stock: tuple[Outcome, ...]
    patched: tuple[Outcome, ...]
    verdict: Verdict

    def __str__(self) -> str:
        def told(outcomes: tuple[Outcome, ...]) -> str:
            return " or ".join(map(str, outcomes))

        return f"{self.test}: stock {told(self.stock)}; patched {told(self.patched)}"


def judge(stock: Sequence[Run], patched: Sequence[Run]) -> list[Judged]:
    """Every test that any of the runs has, in the order of its id."""
    tests = sorted({test for run in (*stock, *patched) for test in run})
    return [
        _judged(
            test,
            [run.get(test, ABSENT) for run in stock],
            [run.get(test, ABSENT) for run in patched],
        )
        for test in tests
    ]


def _judged(test: str, stock: Sequence[Outcome], patched: Sequence[Outcome]) -> Judged:
    before = {outcome.kind for outcome in stock}
    after = {outcome.kind for outcome in patched}
    verdict: Verdict
    if not before & after:
        verdict = "different"
    elif len(before) > 1:
        # Wavering on the stock side explains what that side shows, and nothing else.
        verdict = "unsteady" if after <= before else "undecided"
    elif len(after) > 1:
        verdict = "undecided"
    elif len(set(stock)) == len(set(patched)) == 1 and stock[0] != patched[0]:
        verdict = "different"  # it fails on both sides, but steadily with another complaint
    else:
        verdict = "same"
    return Judged(test, _distinct(stock), _distinct(patched), verdict)


def _distinct(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    return tuple(dict.fromkeys(outcomes))


def compare(
    run_stock: Callable[[Collection[str]], Run],
    run_patched: Callable[[Collection[str]], Run],
    repeats: int = REPEATS,
    attempts: int = ATTEMPTS,
) -> list[Judged]:
    """Judge a module. Each function runs it, or only the tests named; none named means all.

    Nothing is left undecided: what only the patched side shows, and the stock side does not in
    `attempts` more runs of those tests alone, is different.
    """
    stock, patched = [run_stock(())], [run_patched(())]
    judged = judge(stock, patched)
    if any(each.verdict != "same" for each in judged):
        for _ in range(repeats - 1):
            stock.append(run_stock(()))
            patched.append(run_patched(()))
        judged = judge(stock, patched)
    for _ in range(attempts):
        open_ones = {each.test for each in judged if each.verdict == "undecided"}
        if not open_ones:
            break
        # The other tests keep what their last whole run came to.
        stock.append({**stock[0], **run_stock(open_ones)})
        judged = judge(stock, patched)
    return [
        Judged(each.test, each.stock, each.patched, "different")
        if each.verdict == "undecided"
        else each
        for each in judged
    ]
