"""What the templates show that REPORT.md does not: the matrix, and everything by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.judge.equivalence import RULES
from conformance.judge.verdict import ACCEPTED, VERDICTS, Judgement
from conformance.report.coverage import ContractSection
from conformance.report.drift import Apart, apart_of
from conformance.report.html.data import Column, Columns
from conformance.report.openssl import DocumentedChange, OpensslChange, changes_of, steps_of
from conformance.report.overview import ALIKE, Overview
from conformance.run.ids import topic_of
from conformance.transcript.masks import MASKS


@dataclass(frozen=True)
class Cell:
    """A topic on an implementation."""

    column: Column
    scenarios: int
    alike: int
    parts: tuple[tuple[str, int], ...]
    """What the others came to, by verdict."""
    passed: bool

    @property
    def share(self) -> int:
        """Per cent that are alike."""
        return 100 * self.alike // self.scenarios if self.scenarios else 0


class View:
    """Everything by name, for the templates."""

    accepted = ACCEPTED
    verdicts = VERDICTS

    def __init__(self, overview: Overview, columns: Columns) -> None:
        self.overview = overview
        self.columns = columns
        self._claims = columns.claims

    def claim(self, scenario: str) -> str:
        found = self._claims.get(scenario)
        return str(found["claim"]) if found else scenario

    # The matrix

    def of_lane(self, openssl: str) -> list[Column]:
        return [one for one in self.columns.all if one.openssl == openssl]

    def row(self, topic: str, openssl: str) -> list[Cell]:
        """What came of a topic, an implementation of a lane each."""
        return [self._cell(topic, one) for one in self.of_lane(openssl)]

    def _cell(self, topic: str, column: Column) -> Cell:
        number = self.columns.all.index(column)
        pairs = [one for name, one in self.columns.pairs[number].items() if topic_of(name) == topic]
        counts = Counter[str](one.verdict for one in pairs)
        alike = sum(counts[name] for name in ALIKE)
        parts = tuple(
            (name, counts[name]) for name in VERDICTS if counts[name] and name not in ALIKE
        )
        return Cell(column, len(pairs), alike, parts, all(one.passed for one in pairs))

    # Tables

    @property
    def unsupported(self) -> list[tuple[str, str, str, int]]:
        """Declared absences: implementation, what, why, and in how many scenarios."""
        found: dict[tuple[str, str, str], set[str]] = {}
        for pair in self.overview.everything.pairs:
            for one in pair.divergences:
                if one.verdict == "UNSUPPORTED":
                    key = (pair.implementation, one.file or one.member, one.reason or "")
                    found.setdefault(key, set()).add(pair.scenario)
            if pair.verdict == "UNSUPPORTED" and not pair.divergences:
                key = (pair.implementation, "whole scenarios", pair.note or "")
                found.setdefault(key, set()).add(pair.scenario)
        return [(*key, len(scenarios)) for key, scenarios in sorted(found.items())]

    @property
    def apart(self) -> dict[str, list[Apart]]:
        """What witnesses of another kind do, by their ids."""
        found: dict[str, list[Apart]] = {}
        for reading in self.overview.readings:
            for one in apart_of(reading):
                found.setdefault(one.implementation, []).append(one)
        return found

    @property
    def unmet(self) -> list[Judgement]:
        """What references no longer do, or do not do."""
        everything = self.overview.everything
        return [one for one in (*everything.pairs, *everything.interop) if one.verdict == "unmet"]

    @property
    def openssl(self) -> list[tuple[str, str, list[tuple[OpensslChange, list[DocumentedChange]]]]]:
        """What OpenSSL itself changed: of each step its title, what was compared, and changes."""
        overview = self.overview
        changes = changes_of(overview.results)
        return [
            (
                f"Changed {step.when}",
                f"{step.newer.python}, on {step.older.openssl} and on {step.newer.openssl}.",
                [
                    (one, [known for known in overview.documented if known.explains(one)])
                    for one in changes
                    if one.step == step
                ],
            )
            for step in steps_of(overview.results)
        ]

    @property
    def rules(self) -> list[tuple[str, str, int]]:
        return self._used("rules", RULES)

    @property
    def masks(self) -> list[tuple[str, str, int]]:
        return self._used("masks", MASKS)

    def _used(self, what: str, known: Mapping[str, str]) -> list[tuple[str, str, int]]:
        counts = Counter[str]()
        for pair in self.overview.everything.pairs:
            counts.update(getattr(pair, what))
        return [(name, text, counts[name]) for name, text in known.items()]

    @property
    def contract(self) -> ContractSection | None:
        """What a whole run covers of the reference's public members."""
        contract = self.overview.results.get("contract")
        return None if contract is None else ContractSection(contract)
