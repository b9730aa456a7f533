"""The contract as the HTML shows it: a table of members and states for each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.coverage.contract import NEVER
from conformance.coverage.states import ALWAYS, EXCEPTIONS, MODULE, STATES
from conformance.report.markdown import count

HOLE = "·"
"""What a cell shows where no scenario was; the reasons say why."""


@dataclass(frozen=True)
class ContractTable:
    """What there is of one class, or of the module. Texts are plain, with `code`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ContractSection:
    """The contract of a run, as results.json has it."""

    def __init__(self, contract: Mapping[str, Any]) -> None:
        self._members = contract["members"]
        self._reasons = contract["reasons"]

    @property
    def summary(self) -> str:
        """How much there is, and how much of it is covered, in one sentence."""
        cells = sum(len(STATES[member["owner"]]) for member in self._members)
        met = sum(len(member["outcomes"]) for member in self._members)
        holes = sum(len(member["holes"]) for member in self._members)
        return (
            f"{count(len(self._members), 'way')} to use a member make {count(cells, 'cell')}, of "
            f"which scenarios reached {met}. With the outcomes that a member never had, that "
            f"leaves {count(holes, 'hole')}."
        )

    @property
    def tables(self) -> list[ContractTable]:
        return [self._table(owner) for owner in STATES]

    def _table(self, owner: str) -> ContractTable:
        members = [member for member in self._members if member["owner"] == owner]
        rows = [self._row(member) for member in members if not self._is_constant(member)]
        constants = len(members) - len(rows)
        title = f"`{owner}`" if owner != EXCEPTIONS else "Exceptions"
        title += f": {count(len(rows), 'member')}"
        if constants:
            title += f", and {count(constants, 'constant')} that scenarios read"
        states = STATES[owner]
        columns = ("Outcomes",) if states == (ALWAYS,) else states
        return ContractTable(title, ("Member", *columns), tuple(rows))

    @staticmethod
    def _is_constant(member: Mapping[str, Any]) -> bool:
        return member["owner"] == MODULE and member["way"] == "get" and not member["holes"]

    @staticmethod
    def _row(member: Mapping[str, Any]) -> tuple[str, ...]:
        cells = [
            ", ".join(member["outcomes"].get(state, [HOLE])) for state in STATES[member["owner"]]
        ]
        never = [NEVER[what] for what in member["holes"] if what in NEVER]
        name = f"`{member['name']}` {member['way']}"
        return (f"{name} ({', '.join(never)})" if never else name, *cells)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """What cannot be covered, and why."""
        return [(", ".join(reason["holes"]), reason["reason"]) for reason in self._reasons]
