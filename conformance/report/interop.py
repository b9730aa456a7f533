"""What the report says of clients and servers of different implementations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.explain.titles import explain_title
from conformance.judge.interop import test_id
from conformance.judge.verdict import ACCEPTED, VERDICTS
from conformance.report.findings import SEVERITY
from conformance.report.markdown import code, contrasted, count, prose

ALIKE = ("same", "equivalent", "inherited")
LONGEST = 100
"""Characters of a value in the table of findings."""

Judged = Mapping[str, Any]
"""A judgement as results.json has it."""


@dataclass
class InteropFinding:
    """One way to differ, whatever the scenario, the client and the server that show it."""

    verdict: str
    side: str
    at_fault: str
    divergence: Mapping[str, Any]
    culprits: set[str] = field(default_factory=set)
    runs: list[Judged] = field(default_factory=list)


class InteropSection:
    """The section of the report, and the line on the terminal."""

    def __init__(self, results: Mapping[str, Any], order: Sequence[str]) -> None:
        """`results` is what report/results.json holds, `order` the implementations as listed."""
        found = results.get("interop") or {"meetings": []}
        self.judged: list[Judged] = list(found["meetings"])
        met = {one[side] for one in self.judged for side in ("client", "server")}
        self.names = [name for name in order if name in met]

    @property
    def summary(self) -> str:
        """How many runs of a client with a server, and what came of them."""
        counts = Counter(one["verdict"] for one in self.judged)
        alike = sum(counts[name] for name in ALIKE)
        rest = [f"{counts[name]} {name}" for name in VERDICTS if counts[name] and name not in ALIKE]
        told = f"{count(len(self.judged), 'run')}: {', '.join([f'{alike} alike', *rest])}"
        failed = sum(not one["passed"] for one in self.judged)
        return f"{told}; {failed} not accepted" if failed else told

    @property
    def scenarios(self) -> int:
        return len({one["scenario"] for one in self.judged})

    @property
    def rows(self) -> list[list[str]]:
        """A row for each client: what came of it with each server."""
        cells: dict[tuple[str, str], list[Judged]] = {}
        for one in self.judged:
            cells.setdefault((one["client"], one["server"]), []).append(one)
        return [
            [f"**{prose(client)}**"]
            + [self.cell(cells.get((client, server), [])) for server in self.names]
            for client in self.names
        ]

    @staticmethod
    def cell(judged: Sequence[Judged]) -> str:
        counts = Counter(one["verdict"] for one in judged if one["verdict"] not in ALIKE)
        if not judged:
            return "·"
        failed = {one["verdict"] for one in judged if not one["passed"]}
        told = [
            f"**{counts[name]} {name}**" if name in failed else f"{counts[name]} {name}"
            for name in VERDICTS
            if counts[name]
        ]
        return ", ".join(told) or "alike"

    @property
    def _found(self) -> list[InteropFinding]:
        """The findings, the gravest first."""
        found: dict[tuple[str, ...], InteropFinding] = {}
        for one in self.judged:
            for differing in one["findings"]:
                divergence = differing["divergence"]
                key = (
                    divergence["verdict"],
                    differing["side"],
                    differing["at_fault"],
                    divergence["fingerprint"],
                )
                finding = found.setdefault(key, InteropFinding(*key[:3], divergence))
                finding.culprits.update(differing["culprits"])
                finding.runs.append(one)
        return sorted(
            found.values(),
            key=lambda finding: (
                -SEVERITY[finding.verdict],
                sorted(finding.culprits),
                finding.divergence["member"],
                finding.divergence["fingerprint"],
                finding.side,
            ),
        )

    @property
    def findings(self) -> list[list[str]]:
        """A row for each finding."""
        rows = []
        for finding in self._found:
            divergence = finding.divergence
            first = finding.runs[0]
            key = (first["scenario"], first["client"], first["server"])
            culprits = [name for name in self.names if name in finding.culprits]
            title = explain_title(
                divergence["member"], divergence["field"], divergence["candidate"]
            )
            verdict = finding.verdict if finding.verdict in ACCEPTED else f"**{finding.verdict}**"
            rows.append(
                [
                    f"{finding.at_fault}: {', '.join(map(code, culprits))}",
                    verdict,
                    f"{prose(title)} (in the {finding.side})",
                    *contrasted([divergence["reference"], divergence["candidate"]], LONGEST),
                    f"{len(finding.runs)}, as {code(test_id(key), 1000)}",
                ]
            )
        return rows

    @property
    def notes(self) -> list[list[str]]:
        """A row for each run of which there is more to say than what differs."""
        return [
            [
                one["verdict"] if one["passed"] else f"**{one['verdict']}**",
                code(test_id((one["scenario"], one["client"], one["server"])), 1000),
                prose(one["note"]),
            ]
            for one in self.judged
            if one["note"] is not None
        ]
