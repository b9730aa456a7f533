"""The contract as the HTML shows it: tables of members by state, and by origin of a connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.coverage.contract import NEVER
from conformance.coverage.origins import ORIGINS, OWNERS, SIDES
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
        origins = contract.get("origins", {"members": [], "reasons": []})
        self._used = origins["members"]
        self._reasons_of_origins = origins["reasons"]

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
    def origins(self) -> str:
        """The same of the table of origins; nothing where results have none."""
        fields = len(self._used) * len(ORIGINS) * len(SIDES)
        reached = sum(len(sides) for one in self._used for sides in one["reached"].values())
        explained = sum(reason["count"] for reason in self._reasons_of_origins)
        if not fields:
            return ""
        return (
            f"Of {fields:,} pairs of a member of a connection and how that came to be scenarios "
            f"reached {reached:,}; {explained:,} have a reason."
        )

    @property
    def origin_tables(self) -> list[ContractTable]:
        """A table of members and origins for SSLObjects, and one for SSLSockets."""
        tables = []
        for owner in sorted(OWNERS.values()):
            rows = [self._origin_row(one) for one in self._used if one["owner"] == owner]
            if rows:
                tables.append(ContractTable(f"`{owner}`", ("Member", *ORIGINS), tuple(rows)))
        return tables

    @staticmethod
    def _origin_row(one: Mapping[str, Any]) -> tuple[str, ...]:
        reached = [one["reached"].get(origin, []) for origin in ORIGINS]
        cells = ["both" if len(sides) == len(SIDES) else (*sides, HOLE)[0] for sides in reached]
        return (f"`{one['name']}` {one['way']}", *cells)

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
        found = [(", ".join(reason["holes"]), reason["reason"]) for reason in self._reasons]
        return found + [(one["gaps"], one["reason"]) for one in self._reasons_of_origins]
