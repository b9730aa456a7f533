"""Medians and how far values are spread around them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The middle of some values, and between which two the middle half of them lies."""

    median: float
    low: float
    high: float

    @property
    def percent(self) -> float:
        """Half the distance from low to high, in percent of the median."""
        return 50 * (self.high - self.low) / self.median


def spread(values: Sequence[float]) -> Spread:
    """The median and the quartiles of one value or more."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times as fast as theirs ours is, from the rates of the same rounds.

    Each round gives one ratio: what slowed a machine down for a while slowed both of them.
    """
    if len(ours) != len(theirs):
        raise ValueError("a ratio needs the same rounds of both")
    return spread([one / other for one, other in zip(ours, theirs, strict=True)])
