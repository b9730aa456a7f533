"""The plot: everyone's speed as a multiple of the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from tests.audits.speed.arithmetic import ratios
from tests.audits.speed.cases import Case
from tests.audits.speed.rounds import Measured

# The text stays text, and the same figures give the same file.
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "bench"


def draw(cases: Sequence[Case], measured: Measured, reference: str, path: Path) -> None:
    """Write an SVG: a row for each case, a mark for everyone, a line where the reference is."""
    figure = Figure(figsize=(10, 0.7 * len(cases) + 1.5), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(name for case in cases for name in measured[case.name]))
    names.remove(reference)
    colours = matplotlib.colormaps["tab20"]
    for number, name in enumerate(names):
        rows, middles, errors = [], [], []
        for row, case in enumerate(cases):
            rates = measured[case.name]
            if name in rates:
                ratio = ratios(rates[name].cpu, rates[reference].cpu)
                rows.append(row + 0.7 * (number / max(1, len(names) - 1) - 0.5))
                middles.append(ratio.median)
                errors.append((ratio.median - ratio.low, ratio.high - ratio.median))
        axes.errorbar(
            middles,
            rows,
            xerr=list(zip(*errors, strict=True)),
            fmt="o",
            markersize=4,
            color=colours(number),
            label=name,
        )
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="x", which="minor", labelsize=7)
    axes.set_yticks(range(len(cases)), [case.title for case in cases])
    axes.invert_yaxis()
    axes.grid(axis="x", which="both", linewidth=0.3)
    axes.set_xlabel(f"times as fast as {reference}, by CPU time (median and quartiles)")
    figure.legend(loc="outside right upper")
    figure.savefig(path, metadata={"Date": None})
