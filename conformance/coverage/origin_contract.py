"""The contract's other table: every member of a connection, on both sides, for every origin.

Every member that an SSLObject has is used on SSLObjects and on SSLSockets, as client and as server,
for each way in which a connection can have come to be (origins.py). Not in each of its states, and
without outcomes: contract.py has those. What no scenario uses is a gap; every gap has a reason
`[[origin]]` in contract.toml, and every such reason is for gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from conformance.coverage.origins import ORIGINS, OWNERS, SIDES, Use
from conformance.coverage.states import Member, Way
from impls.host import toml_reader
from impls.host.toml_reader import PROSE, TEXT_OR_TEXTS, Key, Table

ANY = "*"
"""In a reason, every member of the class."""

KEYS = (
    Key("member", TEXT_OR_TEXTS, 'Like "SSLSocket.unwrap", or "SSLSocket.*" for all of them.'),
    Key("way", toml_reader.one_of(get_args(Way)), "What is done with it; if left out, all.", ""),
    Key("origin", TEXT_OR_TEXTS, "How the connections came to be on which it is not used."),
    Key("side", TEXT_OR_TEXTS, "client or server; if left out, both.", ()),
    Key("reason", PROSE, "Why not."),
)
"""Of a table `[[origin]]` in contract.toml."""


class Gap(NamedTuple):
    """A member that no scenario uses on one side of connections of one origin."""

    member: Member
    origin: str
    side: str

    def __str__(self) -> str:
        return f"{self.member}: {self.origin}, {self.side}"


@dataclass(frozen=True)
class OriginReason:
    """Why gaps cannot be filled: one table of contract.toml."""

    members: tuple[tuple[str, str], ...]
    """Owner and name of each; the name may be `ANY`."""
    way: Way | Literal[""]
    """Nothing for every way."""
    origins: tuple[str, ...]
    sides: tuple[str, ...]
    reason: str

    @classmethod
    def of(cls, entry: Table) -> OriginReason:
        """What a table says. Raises the error of its schema where there is no such thing."""
        members = []
        for member in entry["member"]:
            owner, _, name = member.rpartition(".")
            if owner not in OWNERS.values():
                raise entry.wrong(f"{member} is not a member of {' or '.join(OWNERS.values())}")
            members.append((owner, name))
        for key, known in (("origin", ORIGINS), ("side", SIDES)):
            for one in entry[key]:
                if one not in known:
                    raise entry.wrong(f"there is no {key} {one!r}")
        origins, sides = tuple(entry["origin"]), tuple(entry["side"]) or SIDES
        return cls(tuple(members), entry["way"], origins, sides, entry["reason"])

    def gaps(self, members: Sequence[Member]) -> Iterator[Gap]:
        """The gaps that it speaks of; of a member that does not exist, one that cannot be."""
        for owner, name in self.members:
            found = [
                member
                for member in members
                if member.owner == owner
                and name in (member.name, ANY)
                and self.way in (member.way, "")
            ]
            for member in found or [Member(owner, name, self.way or "call")]:
                for origin in self.origins:
                    for side in self.sides:
                        yield Gap(member, origin, side)

    def __str__(self) -> str:
        """What it speaks of, for the table of reasons."""
        members = ", ".join(f"{owner}.{name}" for owner, name in self.members)
        way = f" ({self.way})" if self.way else ""
        sides = "" if self.sides == SIDES else f", {self.sides[0]}"
        return f"{members}{way}: {'; '.join(self.origins)}{sides}"


@dataclass(frozen=True)
class OriginCoverage:
    """What a run covers of this table."""

    members: Sequence[Member]
    uses: frozenset[Use]
    reasons: Sequence[OriginReason]

    @property
    def gaps(self) -> list[Gap]:
        """What no scenario uses, in the order of the table."""
        return [
            Gap(member, origin, side)
            for member in self.members
            for origin in ORIGINS
            for side in SIDES
            if Use(*member, origin, side) not in self.uses
        ]

    def problems(self, file: str) -> Iterator[str]:
        """Sentences about gaps without a reason, and reasons without a gap; `file` has them."""
        gaps = self.gaps
        explained = {gap for reason in self.reasons for gap in reason.gaps(self.members)}
        for gap in gaps:
            if gap not in explained:
                yield (
                    f"No scenario uses {gap.member} on the {gap.side} of a connection of this "
                    f"origin: {gap.origin}. Write one, or a reason [[origin]] in {file}."
                )
        for gap in sorted(explained - set(gaps)):
            why = "a scenario uses it" if gap.member in self.members else "there is no such member"
            yield f"{file} has a reason [[origin]] for {gap}, and {why}: delete it."

    def to_plain(self) -> dict[str, Any]:
        """As report/results.json has it."""
        reached: dict[Member, dict[str, list[str]]] = {}
        for use in sorted(self.uses):
            member = Member(use.owner, use.name, use.way)
            reached.setdefault(member, {}).setdefault(use.origin, []).append(use.side)
        return {
            "members": [
                {
                    "owner": member.owner,
                    "name": member.name,
                    "way": member.way,
                    "reached": reached.get(member, {}),
                }
                for member in self.members
            ],
            "reasons": [
                {
                    "gaps": str(reason),
                    "count": len({*reason.gaps(self.members)}),
                    "reason": reason.reason,
                }
                for reason in self.reasons
            ],
        }


def coverage_of(
    members: Iterable[Member], uses: Iterable[Use], reasons: Sequence[OriginReason]
) -> OriginCoverage:
    """What the uses of a whole run cover; `members` are all that there is in the contract."""
    names = sorted(member[1:] for member in members if member.owner == "SSLObject")
    wanted = [Member(owner, *name) for owner in sorted(OWNERS.values()) for name in names]
    return OriginCoverage(wanted, frozenset(uses), reasons)
