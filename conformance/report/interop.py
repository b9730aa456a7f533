"""What the report tells of clients and servers of different implementations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.explain.titles import explain_title
from conformance.judge.verdict import ACCEPTED, SEVERITY, VERDICTS, Divergence, Judgement
from conformance.report.markdown import code, contrasted, count, prose
from conformance.run.ids import test_id

ALIKE = ("same", "equivalent", "inherited")
LONGEST = 100
"""Characters of a value in the table of findings."""


@dataclass
class Group:
    """Findings that differ only in where they were made and who met whom."""

    verdict: str
    side: str
    at_fault: str
    divergence: Divergence
    culprits: set[str] = field(default_factory=set)
    meetings: list[Judgement] = field(default_factory=list)


class Meetings:
    """The section of the report, and the line on the terminal."""

    def __init__(self, judged: Sequence[Judgement], order: Sequence[str]) -> None:
        """`judged` are the judgements on clients and servers, `order` all implementations."""
        self.judged = judged
        met = {name for one in judged for name in (one.implementation, one.server)}
        self.names = [name for name in order if name in met]

    @property
    def summary(self) -> str:
        """How many meetings, and what came of them."""
        counts = Counter[str](one.verdict for one in self.judged)
        alike = sum(counts[name] for name in ALIKE)
        rest = [f"{counts[name]} {name}" for name in VERDICTS if counts[name] and name not in ALIKE]
        told = f"{count(len(self.judged), 'meeting')}: {', '.join([f'{alike} alike', *rest])}"
        failed = sum(not one.passed for one in self.judged)
        return f"{told}; {failed} not accepted" if failed else told

    @property
    def scenarios(self) -> int:
        return len({one.scenario for one in self.judged})

    @property
    def rows(self) -> list[list[str]]:
        """A row for each client: what came of it with each server."""
        cells: dict[tuple[str, str | None], list[Judgement]] = {}
        for one in self.judged:
            cells.setdefault((one.implementation, one.server), []).append(one)
        return [
            [f"**{prose(client)}**"]
            + [self.cell(cells.get((client, server), [])) for server in self.names]
            for client in self.names
        ]

    @staticmethod
    def cell(judged: Sequence[Judgement]) -> str:
        counts = Counter[str](one.verdict for one in judged if one.verdict not in ALIKE)
        if not judged:
            return "·"
        failed = {one.verdict for one in judged if not one.passed}
        told = [
            f"**{counts[name]} {name}**" if name in failed else f"{counts[name]} {name}"
            for name in VERDICTS
            if counts[name]
        ]
        return ", ".join(told) or "alike"

    @property
    def groups(self) -> list[Group]:
        """The findings, the gravest first."""
        found: dict[tuple[str, ...], Group] = {}
        for one in self.judged:
            for divergence in one.divergences:
                key = (
                    divergence.verdict,
                    divergence.side,
                    divergence.at_fault,
                    divergence.fingerprint,
                )
                group = found.setdefault(key, Group(*key[:3], divergence))
                group.culprits.update(divergence.culprits)
                group.meetings.append(one)
        return sorted(
            found.values(),
            key=lambda group: (
                -SEVERITY[group.verdict],
                sorted(group.culprits),
                group.divergence.member,
                group.divergence.fingerprint,
                group.side,
            ),
        )

    @property
    def findings(self) -> list[list[str]]:
        """A row for each group."""
        rows = []
        for group in self.groups:
            divergence = group.divergence
            where = code(test_id(group.meetings[0].scenario, group.meetings[0].target), 1000)
            culprits = [name for name in self.names if name in group.culprits]
            title = explain_title(divergence.member, divergence.field, divergence.candidate)
            verdict = group.verdict if group.verdict in ACCEPTED else f"**{group.verdict}**"
            rows.append(
                [
                    f"{group.at_fault}: {', '.join(map(code, culprits))}",
                    verdict,
                    f"{prose(title)} (in the {group.side})",
                    *contrasted([divergence.reference, divergence.candidate], LONGEST),
                    f"{len(group.meetings)}, as {where}",
                ]
            )
        return rows

    @property
    def wrong(self) -> list[list[str]]:
        """A row for each meeting of which there is more to say than what differs."""
        return [
            [
                one.verdict if one.passed else f"**{one.verdict}**",
                code(test_id(one.scenario, one.target), 1000),
                prose(one.note),
            ]
            for one in self.judged
            if one.note is not None
        ]
