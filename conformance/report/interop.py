"""What the report says of clients and servers of different implementations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.explain.titles import title
from conformance.judge.verdict import SEVERITY, VERDICTS, Divergence, Judgement
from conformance.report.markdown import count
from conformance.run.ids import test_id
from conformance.transcript.elide import CELL, contrast

ALIKE = ("same", "equivalent", "inherited")


@dataclass
class InteropFinding:
    """One way to differ, whatever the scenario, the client and the server that show it."""

    verdict: str
    side: str
    at_fault: str
    divergence: Divergence
    culprits: set[str] = field(default_factory=set)
    runs: list[Judgement] = field(default_factory=list)


class InteropSection:
    """What the HTML shows, and the line on the terminal. Texts are plain, with `code`."""

    def __init__(self, judged: Sequence[Judgement], order: Sequence[str]) -> None:
        """`judged` are the judgements on clients and servers, `order` all implementations."""
        self.judged = judged
        met = {name for one in judged for name in (one.implementation, one.server)}
        self.names = [name for name in order if name in met]

    @property
    def summary(self) -> str:
        """How many runs of a client with a server, and what came of them."""
        counts = Counter[str](one.verdict for one in self.judged)
        alike = sum(counts[name] for name in ALIKE)
        rest = [f"{counts[name]} {name}" for name in VERDICTS if counts[name] and name not in ALIKE]
        text = f"{count(len(self.judged), 'run')}: {', '.join([f'{alike} alike', *rest])}"
        failed = sum(not one.passed for one in self.judged)
        return f"{text}; {failed} not accepted" if failed else text

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
            [client] + [self.cell(cells.get((client, server), [])) for server in self.names]
            for client in self.names
        ]

    @staticmethod
    def cell(judged: Sequence[Judgement]) -> str:
        counts = Counter[str](one.verdict for one in judged if one.verdict not in ALIKE)
        if not judged:
            return "·"
        parts = [f"{counts[name]} {name}" for name in VERDICTS if counts[name]]
        return ", ".join(parts) or "alike"

    @property
    def _found(self) -> list[InteropFinding]:
        """The findings, the gravest first."""
        found: dict[tuple[str, ...], InteropFinding] = {}
        for one in self.judged:
            for divergence in one.divergences:
                key = (
                    divergence.verdict,
                    divergence.side,
                    divergence.at_fault,
                    divergence.fingerprint,
                )
                finding = found.setdefault(key, InteropFinding(*key[:3], divergence))
                finding.culprits.update(divergence.culprits)
                finding.runs.append(one)
        return sorted(
            found.values(),
            key=lambda finding: (
                -SEVERITY[finding.verdict],
                sorted(finding.culprits),
                finding.divergence.member,
                finding.divergence.fingerprint,
                finding.side,
            ),
        )

    @property
    def findings(self) -> list[list[str]]:
        """A row for each finding."""
        rows = []
        for finding in self._found:
            divergence = finding.divergence
            where = f"`{test_id(finding.runs[0].scenario, finding.runs[0].target)}`"
            culprits = [name for name in self.names if name in finding.culprits]
            differs = title(divergence.member, divergence.field, divergence.candidate_kind)
            rows.append(
                [
                    f"{finding.at_fault}: {', '.join(culprits)}",
                    finding.verdict,
                    f"{differs} (in the {finding.side})",
                    *contrast([divergence.reference, divergence.candidate], CELL),
                    f"{len(finding.runs)}, as {where}",
                ]
            )
        return rows

    @property
    def notes(self) -> list[list[str]]:
        """A row for each run of which there is more to say than what differs."""
        return [
            [
                one.verdict,
                f"`{test_id(one.scenario, one.target)}`",
                one.note,
            ]
            for one in self.judged
            if one.note is not None
        ]
