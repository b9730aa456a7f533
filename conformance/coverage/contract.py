"""The contract: every public member in every state of its object, and its outcomes there.

Coverage that is computed, not claimed. What there is to cover is read from the reference itself, so
a member that a new Python brings is uncovered until a scenario uses it. What is covered is what the
runs on the reference did (states.py).

A cell that no scenario covers is a hole, and so is a member that never returned a value, or never
raised. Every hole has a reason in contract.toml, and every reason there is for a hole: anything
else fails a whole run. How the connections came to be is a table of its own (origin_contract.py),
with its reasons in the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

from conformance.coverage import origin_contract
from conformance.coverage.origin_contract import OriginCoverage, OriginReason
from conformance.coverage.origins import Use
from conformance.coverage.states import EXCEPTIONS, MODULE, STATES, Cell, Member, Way, is_own
from impls.host import toml_reader
from impls.host.proxies import Handle
from impls.host.session import RemoteAgent, Session
from impls.host.toml_reader import PROSE, TEXT_OR_TEXTS, Key, Schema, Several, Table
from impls.host.wire import Class, Enumeration, Function, NamedCollection, Object

FILE = Path(__file__).parent / "contract.toml"

NEVER = {"value": "never a value", "exception": "never an exception"}
"""Holes of a member as a whole, as reasons name them and as reports show them."""


class ContractError(toml_reader.TomlError):
    """contract.toml is wrong; the message is one sentence that says how."""


REASON = Schema(
    "reason",
    "Why no scenario can fill a hole of the contract. One whose hole is filled fails a whole run.",
    (
        Key("member", TEXT_OR_TEXTS, 'Like "SSLObject.session", or an exception\'s name.'),
        Key("way", toml_reader.one_of(get_args(Way)), "What is done with the member."),
        Key("hole", TEXT_OR_TEXTS, 'States in which it is not done, "value" or "exception".'),
        Key("reason", PROSE, "Why not."),
    ),
    ContractError,
)

ORIGIN = Schema(
    "origin",
    "Why no scenario can use a member on a connection that came to be in some way. One that a "
    "scenario uses there fails a whole run.",
    origin_contract.KEYS,
    ContractError,
)

SCHEMA = Schema(
    "contract",
    "contract.toml: the reasons for the holes that the contract has.",
    (
        Key("reason", Several(REASON), "Each names one hole or several.", ()),
        Key("origin", Several(ORIGIN), "Each names gaps of the table of origins.", ()),
    ),
    ContractError,
)


# What there is to cover


def members_of(agent: RemoteAgent) -> list[Member]:
    """Every public member of the module and of its classes that have states."""
    session = Session(agent)
    module = Handle(session, 0, agent.hello.module)
    found: set[Member] = set()
    for name in sorted(agent.hello.members):
        if not name.startswith("_"):
            found.update(_members_of_name(session, module, name))
    del module
    session.end()
    return sorted(found)


def _members_of_name(session: Session, module: Handle, name: str) -> Iterator[Member]:
    read = session.request("get", module, name)
    value = session.events[-1].value
    described = None
    if isinstance(value, (Object, Class, Enumeration, NamedCollection)):
        described = session.agent.classes[value.class_number]
    if described is not None and described.is_exception:
        if is_own(described.module):
            yield Member(EXCEPTIONS, described.name, "raise")
            yield Member(EXCEPTIONS, described.name, "construct")
            yield Member(MODULE, name, "get")
    elif described is not None and not is_own(described.module):
        return  # what the module has imported for itself
    elif described is not None and isinstance(value, Class):
        yield Member(MODULE, name, "call")
        if name in STATES:
            for member, way in _ways(described.members):
                yield Member(name, member, way)
    elif isinstance(value, Function):
        if is_own(session.request("get", read._handle, "__module__")):
            yield Member(MODULE, name, "call")
    else:
        yield Member(MODULE, name, "get")


def _ways(members: Mapping[str, str]) -> Iterator[tuple[str, Way]]:
    for name, kind in members.items():
        if name.startswith("_"):
            continue
        if kind == "method":
            yield name, "call"
        else:
            yield name, "get"
            yield name, "set"


# What is not covered, and why


class Hole(NamedTuple):
    """Something that no scenario covers: a state, or a kind of outcome (a key of `NEVER`)."""

    member: Member
    what: str

    def __str__(self) -> str:
        return f"{self.member}: {NEVER.get(self.what, self.what)}"


@dataclass(frozen=True)
class Reason:
    """Why holes cannot be filled: one table of contract.toml."""

    holes: tuple[Hole, ...]
    reason: str


def holes_of(members: Iterable[Member], cells: Iterable[Cell]) -> list[Hole]:
    """Everything that the cells leave open, in the order of the members."""
    met: dict[Member, set[tuple[str, str]]] = {}
    for cell in cells:
        met.setdefault(cell.member, set()).add((cell.state, cell.outcome))
    holes = []
    for member in members:
        found = met.get(member, set())
        states = {state for state, _ in found}
        outcomes = {outcome for _, outcome in found}
        missing = [state for state in STATES[member.owner] if state not in states]
        holes += [Hole(member, state) for state in missing]
        if found and may_raise(member):
            if "value" not in outcomes:
                holes.append(Hole(member, "value"))
            if outcomes == {"value"}:
                holes.append(Hole(member, "exception"))
    return holes


def may_raise(member: Member) -> bool:
    """Whether both kinds of outcome are to be seen; reading an attribute has only one."""
    return member.way in ("call", "set")


@dataclass(frozen=True)
class ContractCoverage:
    """What a run covers of the contract."""

    members: Sequence[Member]
    cells: Sequence[Cell]
    holes: Sequence[Hole]
    reasons: Sequence[Reason]
    origins: OriginCoverage

    @property
    def problems(self) -> list[str]:
        """Sentences about holes without a reason, and about reasons without a hole."""
        explained = {hole for reason in self.reasons for hole in reason.holes}
        open_ = [
            f"No scenario covers {hole}. Write one, or a reason in {FILE.name}."
            for hole in self.holes
            if hole not in explained
        ]
        known = set(self.members)
        stale = [
            f"{FILE.name} has a reason for {hole}, and "
            + ("a scenario covers it" if hole.member in known else "there is no such member")
            + ": delete it."
            for hole in sorted(explained - set(self.holes))
        ]
        return [*open_, *stale, *self.origins.problems(FILE.name)]

    def to_plain(self) -> dict[str, Any]:
        """As report/results.json has it."""
        met: dict[Member, dict[str, set[str]]] = {}
        for cell in self.cells:
            met.setdefault(cell.member, {}).setdefault(cell.state, set()).add(cell.outcome)
        return {
            "members": [
                {
                    "owner": member.owner,
                    "name": member.name,
                    "way": member.way,
                    "outcomes": {
                        state: sorted(outcomes) for state, outcomes in met.get(member, {}).items()
                    },
                    "holes": [hole.what for hole in self.holes if hole.member == member],
                }
                for member in self.members
            ],
            "reasons": [
                {"holes": [str(hole) for hole in reason.holes], "reason": reason.reason}
                for reason in self.reasons
            ],
            "origins": self.origins.to_plain(),
        }


@dataclass(frozen=True)
class Reasons:
    """All that contract.toml says."""

    of_states: Sequence[Reason] = ()
    of_origins: Sequence[OriginReason] = ()


def coverage_of(
    members: Iterable[Member], cells: Iterable[Cell], uses: Iterable[Use], reasons: Reasons
) -> ContractCoverage:
    """What a whole run covers of the members, and what the reasons say of the rest."""
    wanted, met = sorted(members), sorted(set(cells))
    origins = origin_contract.coverage_of(wanted, uses, reasons.of_origins)
    return ContractCoverage(wanted, met, holes_of(wanted, met), reasons.of_states, origins)


def load(path: Path = FILE) -> Reasons:
    """The reasons of a contract.toml, which `SCHEMA` describes. Raises ContractError."""
    read = toml_reader.read(path, SCHEMA)
    return Reasons(
        [_reason(entry) for entry in read["reason"]],
        [OriginReason.of(entry) for entry in read["origin"]],
    )


def _reason(entry: Table) -> Reason:
    holes = []
    for member in entry["member"]:
        owner, _, name = member.rpartition(".")
        owner = owner or EXCEPTIONS
        for what in entry["hole"]:
            if owner not in STATES or what not in (*STATES[owner], *NEVER):
                raise entry.wrong(f"{member} has no {what!r}")
            holes.append(Hole(Member(owner, name, entry["way"]), what))
    return Reason(tuple(holes), entry["reason"])
