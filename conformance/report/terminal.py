"""The end of a run on the terminal, to be read in ten seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.explain.titles import title
from conformance.judge.verdict import SEVERITY, VERDICTS, Divergence, Judgement
from conformance.report.edits import same_edit
from conformance.report.findings import Reading
from conformance.report.interop import InteropSection
from conformance.report.origin import described
from conformance.run.canaries import CANARIES
from conformance.run.ids import test_id
from conformance.run.plan import Axis
from conformance.transcript.elide import CELL, LINE, contrast, elide

SHOWN = 10
"""Lines of one kind, after which the rest is counted."""

_ROLES = ("candidate", "reference", "witness")


def summary(results: Mapping[str, Any], report: Path | None = None) -> str:
    """A run in a few lines: one for each implementation, what is wrong, and the result last.

    `results` is what report/results.json holds, `report` the file in which to read more.
    """
    reading = Reading(results)
    rows = [row for name in ordered(reading) for row in implementation_rows(reading, name)]
    width = max((len(row[1]) for row in rows), default=0)
    interop = InteropSection(reading.interop, ordered(reading))
    rows += [("interop", "", interop.summary)] if interop.judged else []
    lines = [f"{role:9}  {name:{width}}  {text}".rstrip() for role, name, text in rows]
    caught = sum(one["verdict"] == one["expected"] for one in results["canaries"])
    lines.append(f"{'canaries':9}  {caught} of {len(CANARIES)} caught")
    for run in results.get("kept", []):
        count, since = f"{run['judgements']:,}", described(run)
        lines.append(f"{'kept':9}  {count} verdicts were kept from the run of {since}")
    lines += section("No longer so:", changed(reading))
    lines += section("Problems:", list(results["problems"]))
    lines += section("Not accepted:", failures(failing(reading)))
    lines += ["", result(results)]
    if report is not None:
        lines.append(f"The report: {report}")
    return "\n".join(lines)


def ordered(reading: Reading) -> list[str]:
    """Implementations as they are listed: candidates, the reference, then Pythons by age."""
    line = {version.implementation: version.number for version in reading.line}

    def key(name: str) -> tuple[int, bool, tuple[int, ...], str]:
        role = _ROLES.index(reading.implementations[name]["role"])
        return role, name not in line, line.get(name, ()), name

    return sorted(reading.implementations, key=key)


def axes_of(reading: Reading, name: str) -> list[Axis]:
    """The axes on which an implementation was judged."""
    axes: tuple[Axis, ...] = ("forward", "backward")
    return [axis for axis in axes if reading.pairs_of(name, axis)]


def implementation_rows(reading: Reading, name: str) -> list[tuple[str, str, str]]:
    """Role, name and what came of it: a row for each axis."""
    one = reading.implementations[name]
    if one["missing"]:
        return [(one["role"], name, elide(f"MISSING: {' '.join(one['missing'].split())}", LINE))]
    rows = []
    for axis in axes_of(reading, name):
        pairs = reading.pairs_of(name, axis)
        against = f" against {one['backward_reference']}" if axis == "backward" else ""
        fails = not all(pair.passed for pair in pairs)
        text = f"{'FAILS' if fails else 'ok':5}  {tally(pairs)}"
        rows.append((one["role"], name + against, text))
    compared_with = {other["backward_reference"] for other in reading.implementations.values()}
    if not rows and name in compared_with:
        return []  # not selected itself: only there for another one's backward axis
    in_interop = InteropSection(reading.interop, [name]).names
    if rows or in_interop:
        return rows
    text = "FAILS  no scenario ran on it" if reading.results["whole"] else "-      not in this run"
    return [(one["role"], name, text)]


def tally(pairs: Sequence[Judgement]) -> str:
    """The verdicts of pairs, counted: "23 alike, 1 known, 2 NEW"."""
    counts = Counter[str](pair.verdict for pair in pairs)
    alike = counts["same"] + counts["equivalent"]
    rest = [
        f"{counts[name]} {name}"
        for name in VERDICTS
        if counts[name] and name not in ("same", "equivalent")
    ]
    return ", ".join(([f"{alike} alike"] if alike else []) + rest)


def changed(reading: Reading) -> list[str]:
    """What references do no longer, or do not do: a line for each claim."""
    return [
        f"{test_id(one.scenario, one.target)}: {one.note}"
        for one in [*reading.pairs, *reading.interop]
        if one.verdict == "unmet"
    ]


def failing(reading: Reading) -> list[Judgement]:
    """The pairs that fail, the gravest first, except those of an implementation that is missing."""
    found = [
        pair
        for pair in reading.pairs
        if not pair.passed and not reading.implementations[pair.implementation]["missing"]
    ]
    return sorted(found, key=lambda pair: -SEVERITY[pair.verdict])


def failures(pairs: Sequence[Judgement]) -> list[str]:
    """What fails, once for each way to fail on an implementation: where first, and why."""
    lines = []
    for same in ways_to_fail(pairs):
        first, reason = same[0], why(same[0])
        where = test_id(first.scenario, first.target)
        more = f" and {len(same) - 1} more" if len(same) > 1 else ""
        texts = len({why(one) for one in same})
        edited = f" ({texts} texts edited alike)" if texts > 1 else ""
        lines.append(f"{first.verdict} {where}{more}{': ' if reason else ''}{reason}{edited}")
    return lines


def ways_to_fail(pairs: Iterable[Judgement]) -> list[list[Judgement]]:
    """Failing pairs, those together that fail alike on an implementation."""
    found: dict[tuple[object, ...], list[Judgement]] = {}
    for pair in pairs:
        worst = None if pair.note else gravest(pair)
        same = worst and same_edit(worst.member, worst.field, worst.reference, worst.candidate)
        key = (pair.verdict, pair.implementation, pair.axis, same or why(pair))
        found.setdefault(key, []).append(pair)
    return list(found.values())


def gravest(pair: Judgement) -> Divergence | None:
    """The divergence of a pair for which it fails first."""
    return max(pair.divergences, key=lambda one: SEVERITY[one.verdict], default=None)


def why(pair: Judgement) -> str:
    """What is gravest about a pair that fails, in one line."""
    if pair.note:
        return " ".join(pair.note.split())
    worst = gravest(pair)
    if worst is None:
        return ""
    differs = title(worst.member, worst.field, worst.candidate_kind)
    expected, got = contrast([worst.reference, worst.candidate], CELL)
    return f"{differs}: expected {expected}, got {got}"


def section(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"  {elide(' '.join(line.split()), LINE)}" for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"  ... and {len(lines) - SHOWN} more")
    return ["", title, *shown]


def result(results: Mapping[str, Any]) -> str:
    """What it comes to, in one sentence."""
    if not results["complete"]:
        return "INCOMPLETE, and so FAILED: not every planned pair has a verdict."
    if not results["passed"]:
        return "FAILED."
    if not results["whole"]:
        return "What was run passes, but this was not the whole suite."
    return "PASSED."
