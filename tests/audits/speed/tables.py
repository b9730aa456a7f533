"""What was measured, as sentences and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.audits.result import Table
from tests.audits.speed.arithmetic import Spread, ratios, spread
from tests.audits.speed.cases import Case
from tests.audits.speed.participants import LIMIT
from tests.audits.speed.rounds import Measured, Rates


def told(
    cases: Sequence[Case],
    measured: Measured,
    candidates: Sequence[str],
    reference: str,
    rounds: int,
) -> list[str]:
    """The result in sentences."""
    sentences = [
        "All do the same work on the same OpenSSL and, where the system is Linux, on one and the "
        f"same core, {rounds} times in turn and each time in a new process; what counts is the CPU "
        "time of the process, and each figure is the median of the rounds. A ratio is the median "
        "of the rounds' own ratios."
    ]
    for name in candidates:
        below = [
            f"{case.title} ({one.median:.2f} of {other})"
            for case in cases
            for other, goal, one in compared(case, measured[case.name], name, reference)
            if goal is not None and one.median < goal
        ]
        if below:
            sentences.append(
                f"`{name}` is below what is wanted (as fast as {reference} everywhere, 0.9 of the "
                f"{LIMIT} in handshakes and at 16 KiB) in: {'; '.join(below)}."
            )
        else:
            least = slowest(cases, measured, name, reference)
            sentences.append(
                f"`{name}` is at least {least[reference]:.2f} times as fast as {reference} in "
                f"every case, and reaches 0.9 of the {LIMIT} in handshakes and at 16 KiB."
            )
    return sentences


def compared(
    case: Case, rates: Mapping[str, Rates], name: str, reference: str
) -> list[tuple[str, float | None, Spread]]:
    """With whom a candidate is compared, what is wanted, and the ratio."""
    ratio = ratios(rates[name].cpu, rates[reference].cpu)
    found = [(reference, case.reference_goal, ratio)]
    if case.in_c and LIMIT in rates:
        limit = rates[LIMIT].cpu
        return [*found, (LIMIT, case.limit_goal, ratios(rates[name].cpu, limit))]
    return [*found]


def slowest(
    cases: Sequence[Case], measured: Measured, name: str, reference: str
) -> dict[str, float]:
    """The least that a candidate is of the speed of each other, in the cases that have a goal."""
    found: dict[str, float] = {}
    for case in cases:
        for other, goal, ratio in compared(case, measured[case.name], name, reference):
            if goal is not None:
                found[other] = min(round(ratio.median, 2), found.get(other, ratio.median))
    return found


def speed_table(cases: Sequence[Case], measured: Measured, clock: str) -> Table:
    """How much each one does in a second."""
    names = list(dict.fromkeys(name for case in cases for name in measured[case.name]))
    rows = []
    for case in cases:
        row = [f"{case.title} ({case.unit})"]
        for name in names:
            if name in measured[case.name]:
                one = spread(getattr(measured[case.name][name], clock))
                row.append(f"{figure(one.median)} ± {one.percent:.0f} %")
            else:
                row.append("")
        rows.append(tuple(row))
    what = "CPU time" if clock == "cpu" else "the wall's clock"
    return Table(
        f"How much in a second of {what}: median ± half of the distance between the quartiles",
        ("", *names),
        tuple(rows),
    )


def ratio_table(
    cases: Sequence[Case], measured: Measured, candidates: Sequence[str], reference: str
) -> Table:
    """How many times as fast as the reference and the C loop the candidates are."""
    rows = []
    for case in cases:
        row = [case.title]
        for name in candidates:
            found = compared(case, measured[case.name], name, reference)
            row += [f"{one.median:.2f} ({one.low:.2f} to {one.high:.2f})" for *_, one in found]
            row += [""] * (2 - len(found))
        rows.append(tuple(row))
    columns = [f"{name} / {other}" for name in candidates for other in (reference, LIMIT)]
    return Table(
        "Ratios of CPU speed: median (and the quartiles); above 1 the first is the faster",
        ("", *columns),
        tuple(rows),
    )


def figure(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def markdown(table: Table) -> str:
    """A table as Markdown that is straight on a terminal too."""
    rows = [table.columns, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([f"{table.caption}:", "", *lines])
