"""Several runs, the oldest first: how the candidates came on, and which findings came and went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.baseline import news, text_of
from conformance.report.overview import Overview, Row


@dataclass(frozen=True)
class Run:
    """One of the runs."""

    title: str
    gate: str
    rows: tuple[Row, ...]
    came: tuple[str, ...]
    """Lines of findings that the run before did not have."""
    gone: tuple[str, ...]


class History:
    """The runs in the order that they were given."""

    def __init__(self, overviews: Sequence[Overview]) -> None:
        self._overviews = overviews

    @property
    def runs(self) -> list[Run]:
        """The newest first."""
        found: list[Run] = []
        before: str | None = None
        for number, one in enumerate(self._overviews, 1):
            findings = text_of(one.everything, one.drift, one.decisions)
            came, gone = ([], []) if before is None else news(before, findings)
            before = findings
            title = one.run or f"run {number}"
            lines = (tuple(fact.line for fact in facts) for facts in (came, gone))
            found.append(Run(title, one.gate, tuple(one.rows), *lines))
        return found[::-1]
