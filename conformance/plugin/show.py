"""`--show`: the transcripts of the selected scenarios, an operation a line, next to each other.

A scenario gets one table for each axis and side. Its first column is the reference; every other one
stands for all targets that did the same, and shows only where it differs beyond what the
equivalence rules explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from string import ascii_uppercase

import pytest

from conformance.judge.compare import compare
from conformance.judge.judge import Judged
from conformance.run.plan import Axis
from conformance.transcript.elide import GAP, contrast
from conformance.transcript.model import Operation, Transcript
from conformance.transcript.render import render_end, render_outcome

SAME = "="
"""The cell of an operation in which a column does not differ from the reference."""

NARROWEST = 24
"""Characters of a column below which the columns are shown in several tables instead."""

MARK = ">"
"""Before the first operation in which any column differs."""


@dataclass
class Column:
    """Targets that did the same: what each operation did differently, by its position."""

    names: list[str]
    cells: dict[int, str]


@dataclass
class Table:
    """The transcripts of one scenario, on one axis and side."""

    title: str
    axis: Axis
    reference: Transcript
    name: str
    """The id of the reference, or of the reference that talks to itself."""
    columns: list[Column] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    """The targets that differ nowhere."""

    def add(self, name: str, transcript: Transcript, stopped: str | None = None) -> None:
        """Take what a target did, and what stopped the scenario there."""
        cells = self.differing(transcript, render_end(stopped or transcript.end, transcript.left))
        if not cells:
            self.same.append(name)
            return
        for column in self.columns:
            if column.cells == cells:
                column.names.append(name)
                return
        self.columns.append(Column([name], cells))

    def differing(self, transcript: Transcript, end: str) -> dict[int, str]:
        """What a transcript shows at each position where it differs, and from where it parts."""
        found = compare(self.reference, transcript, self.axis)
        cells: dict[int, str] = {}
        for position in {difference.position for difference in found.differences}:
            cells[position] = self.cell(transcript, position, end)
        parted = any(one.field == "operation" for one in found.differences)
        if parted or found.compared < len(self.reference.operations):
            last = max(len(self.reference.operations), len(transcript.operations) + 1)
            for position in range(found.compared, last):
                cells[position] = self.cell(transcript, position, end)
        return cells

    def cell(self, transcript: Transcript, position: int, end: str) -> str:
        """The outcome at a position, with its operation where that is not the reference's."""
        if position >= len(transcript.operations):
            return "" if position > len(transcript.operations) else f"ends: {end}"
        operation = transcript.operations[position]
        ours = self.reference.operations[position : position + 1]
        same_call = ours and ours[0].member == operation.member
        return outcome(operation) if same_call else f"{operation.call} -> {outcome(operation)}"

    def lines(self, width: int) -> Iterator[str]:
        """The table as text, at most `width` characters wide."""
        yield self.title
        yield ""
        for letter, names in zip(ascii_uppercase, self.legend(), strict=False):
            yield from folded(f"  {letter}  ", names, width)
        if self.same:
            yield from folded("  as A: ", self.same, width)
        yield ""
        call = width * 2 // 5 if not self.columns else max(NARROWEST, width // 4)
        most = max(1, (width - call - 8) // NARROWEST - 1)
        parts = [self.columns[at : at + most] for at in range(0, len(self.columns), most)] or [[]]
        for number, columns in enumerate(parts):
            letters = ascii_uppercase[1 + number * most :]
            yield from self.part(columns, letters, call, (width - call - 8) // (len(columns) + 1))
            yield ""

    def legend(self) -> list[list[str]]:
        return [[f"{self.name} (reference)"], *(column.names for column in self.columns)]

    def part(self, columns: Sequence[Column], letters: str, call: int, wide: int) -> Iterator[str]:
        """Some of the columns beside that of the reference; `wide` characters are each one's."""
        first = min((position for column in self.columns for position in column.cells), default=-1)
        heads = ["A", *letters[: len(columns)]]
        yield row(" ", "", "", heads, call, wide)
        last = max([len(self.reference.operations) - 1, *(max(c.cells) for c in columns)])
        for position in range(last + 1):
            ours = self.reference.operations[position : position + 1]
            cells = [outcome(ours[0])] if ours else [""]
            cells += [column.cells.get(position, SAME) for column in columns]
            shown = contrasted(cells, wide - 2)
            what = ours[0].call if ours else "(the end)"
            mark = MARK if position == first else " "
            yield row(mark, str(position), what, shown, call, wide)


def outcome(operation: Operation) -> str:
    return " ".join(render_outcome(operation).split())


def contrasted(cells: Sequence[str], wide: int) -> list[str]:
    """Cells cut so that what differs is seen, where there is room for that."""
    different = [cell for cell in cells if cell != SAME]
    cut = contrast(different, wide)
    found = {
        whole: short for whole, short in zip(different, cut, strict=True) if len(short) <= wide
    }
    return [found.get(cell, cell) for cell in cells]


def row(mark: str, number: str, what: str, cells: Sequence[str], call: int, wide: int) -> str:
    """One line of a table."""
    text = f"{mark}{number:>4}  {fitted(what, call)}"
    return (text + "".join(f"  {fitted(cell, wide - 2)}" for cell in cells)).rstrip()


def fitted(text: str, wide: int) -> str:
    """A text of exactly that many characters."""
    if len(text) > wide:
        text = text[: wide - len(GAP)] + GAP
    return text.ljust(wide)


def folded(head: str, names: Sequence[str], width: int) -> Iterator[str]:
    """Names behind a head, on as many lines as they need."""
    line = head
    for name in names:
        if len(line) + len(name) + 2 > width and line.strip():
            yield line.rstrip()
            line = " " * len(head)
        line += f"{name}, " if name is not names[-1] else name
    yield line


class Show:
    """Collects transcripts as scenarios run, and prints them when the run is over."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, Axis, str, str], Table] = {}

    def add(self, judged: Judged) -> None:
        """Take the runs of a scenario on a target; there are none where an agent did not start."""
        target = judged.target
        for side, run in judged.theirs.items():
            name = replace(target.of_reference, axis="forward").id
            key = (judged.scenario.id, target.axis, side, name)
            if key not in self.tables:
                title = judged.scenario.id
                title += f", {target.axis} axis" if target.axis != "forward" else ""
                title += f", {side}" if side != "alone" else ""
                reference = judged.ours[side].transcript
                self.tables[key] = Table(title, target.axis, reference, name)
            if not target.is_reference:
                self.tables[key].add(target.id, run.transcript, run.stopped)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("transcripts")
        width = terminalreporter._tw.fullwidth
        for table in self.tables.values():
            for line in table.lines(width):
                terminalreporter.write_line(line)


SHOW = pytest.StashKey[Show]()


def add_option(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--show",
        action="store_true",
        help="print the transcripts of the selected scenarios, one column an implementation; "
        "not with xdist",
    )


def configure(config: pytest.Config) -> None:
    """Register what --show needs. Raises UsageError where the runs are in other processes."""
    if not config.getoption("--show"):
        return
    if getattr(config.option, "dist", "no") != "no" or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "--show needs the transcripts of all runs in one process: leave -n out, or use -n 0."
        )
    config.stash[SHOW] = Show()
    config.pluginmanager.register(config.stash[SHOW], "conformance-show")


def show(config: pytest.Config, judged: Judged) -> None:
    """Keep what a scenario did on a target, where it is to be shown."""
    if SHOW in config.stash:
        config.stash[SHOW].add(judged)
