"""Differences and what is known of them in, a verdict out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from conformance.judge.compare import (
    LEFT_BEHIND,
    Comparison,
    Difference,
    fingerprint,
    pinned,
)
from conformance.judge.equivalence import is_absence
from conformance.judge.known import Pin, find, stale
from conformance.run import ids
from conformance.run.plan import Axis, Role, Side
from conformance.transcript.elide import VALUE, elide
from conformance.transcript.model import ObservedKind, Transcript
from conformance.transcript.render import render_neutral, render_observed
from impls.host.declarations import Unsupported

Verdict = Literal[
    "same",
    "equivalent",
    "inherited",
    "known",
    "drift",
    "unmet",
    "UNSUPPORTED",
    "FIXED",
    "EXPIRED",
    "CHANGED",
    "NEW",
    "CRASH",
    "HANG",
    "GARBAGE",
    "MISSING",
    "ERROR",
]

VERDICTS: dict[Verdict, str] = {
    "same": "nothing differs",
    "equivalent": "only the languages differ, by named rules",
    "inherited": "stock 2.7 does the same: the graft kept what was",
    "known": "differs as a reviewed file says",
    "drift": "an older Python differs from the reference: reported, never gated",
    "unmet": "does not hold on a reference for which the suite was not written: reported",
    "UNSUPPORTED": "declared as absent, with a reason",
    "FIXED": "a file or declaration says it differs, and it no longer does: delete that",
    "EXPIRED": "differs as a file says whose review_by has passed",
    "CHANGED": "differs, but not as the file for it says",
    "NEW": "differs, and no file says so",
    "CRASH": "the process died",
    "HANG": "no answer in time",
    "GARBAGE": "an invalid answer",
    "MISSING": "the implementation was selected and did not start",
    "ERROR": "the scenario or the suite itself is wrong",
}
"""Every verdict, the mildest first: a judgement has the gravest of its divergences."""

SEVERITY: Mapping[str, int] = {verdict: rank for rank, verdict in enumerate(VERDICTS)}
"""The rank of every verdict, the mildest first."""

ACCEPTED: tuple[Verdict, ...] = (
    "same",
    "equivalent",
    "inherited",
    "known",
    "drift",
    "unmet",
    "UNSUPPORTED",
)
"""What does not fail a run."""

LOST: tuple[Verdict, ...] = ("CRASH", "HANG", "GARBAGE")
"""How an agent can be lost."""


@dataclass(frozen=True)
class Divergence:
    """A difference with its verdict, as it is reported."""

    member: str
    field: str
    """Of the outcome; "operation" where the next operation is another one."""
    reference: str
    candidate: str
    position: int
    """Of the operation in the scenario, from 0."""
    verdict: Verdict = "NEW"
    file: str | None = None
    """The decision's file, or the declaration, that speaks of it."""
    reason: str | None = None
    reference_kind: ObservedKind = "field"
    candidate_kind: ObservedKind = "field"
    """What the two values are: of a field, a whole outcome, or how the scenario goes on."""
    neutral: str | None = None
    """The candidate's value as no language spells it, where that is another text."""
    side: Side = "alone"
    """Where it shows."""
    at_fault: Literal["alone", "client", "server", "both"] = "alone"
    """Which side of a client and a server causes it."""
    culprits: tuple[str, ...] = ()
    """The implementations on that side, by id; the reference only where there is no other."""
    call: str | None = None
    """How the member is used, where there are arguments."""
    gated: bool = True
    """Whether it can fail a run: of a client and a server only one of them may be a candidate."""
    words: Mapping[str, str] | None = None
    """By field, what the candidate has besides, and is not compared: see Difference."""

    @classmethod
    def of(cls, difference: Difference) -> Divergence:
        """A difference that nothing is known about."""
        name, ours, theirs = difference.field, difference.reference, difference.candidate
        text, neutral = render_observed(name, theirs), render_neutral(name, theirs)
        return cls(
            difference.member,
            name,
            render_observed(name, ours),
            text,
            difference.position,
            reference_kind=ours.kind,
            candidate_kind=theirs.kind,
            neutral=None if neutral == text else neutral,
            call=None if difference.call is None else elide(difference.call, VALUE),
            words={field: render_observed(field, one) for field, one in difference.words.items()}
            or None,
        )

    @property
    def pinned(self) -> tuple[str, str, str, str]:
        """Member, field and both values, as a pin has them."""
        return pinned(self.member, self.field, self.reference, self.candidate)

    @property
    def fingerprint(self) -> str:
        """Twelve digits that stand for member, field and both values."""
        return fingerprint(self.pinned)

    @property
    def passed(self) -> bool:
        return self.verdict in ACCEPTED or not self.gated

    def with_verdict(
        self, verdict: Verdict, file: str | None = None, reason: str | None = None
    ) -> Divergence:
        return replace(self, verdict=verdict, file=file, reason=reason)


@dataclass(frozen=True)
class Judgement:
    """What came of one planned scenario on one target."""

    scenario: str
    implementation: str
    """The id of the one it ran on, or of the client."""
    axis: Axis
    role: Role
    verdict: Verdict
    divergences: tuple[Divergence, ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict)
    masks: Mapping[str, int] = field(default_factory=dict)
    operations: int = 0
    compared: int = 0
    note: str | None = None
    """One sentence about what is not a divergence: why there is an ERROR, an unconfirmed HANG."""
    server: str | None = None
    """The id of the server, where it ran on a client and a server."""
    reference: str = ""
    """The id of what it was compared with."""
    kept: bool = False
    """Whether it is an earlier run's, of the same inputs: --since."""
    followed: Mapping[int, str] = field(default_factory=dict)
    """By position, values of a witness that are made of one that differed before: no divergences,
    and not the reference's values either."""

    @property
    def target(self) -> str:
        """The id of the target."""
        if self.server is not None:
            return ids.interop_id(self.implementation, self.server)
        return ids.target_id(self.implementation, self.axis)

    @property
    def passed(self) -> bool:
        """Whether it may stay so: except for candidates only ERROR and MISSING may not."""
        if self.verdict in ("ERROR", "MISSING"):
            return False
        if self.server is not None:
            return all(one.passed for one in self.divergences)
        return self.role != "candidate" or self.verdict in ACCEPTED

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        plain = {**vars(self)}  # asdict() would copy what nobody changes, at a great cost
        plain["divergences"] = [
            {**vars(found), "fingerprint": found.fingerprint} for found in self.divergences
        ]
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Judgement:
        divergences = []
        for item in plain["divergences"]:
            found: dict[str, Any] = {key: item[key] for key in item if key != "fingerprint"}
            found["culprits"] = tuple(found.get("culprits", ()))
            divergences.append(Divergence(**found))
        followed = {int(position): text for position, text in plain.get("followed", {}).items()}
        return cls(**{**plain, "divergences": tuple(divergences), "followed": followed})


@dataclass(frozen=True)
class Circumstances:
    """What a difference is judged by."""

    candidate: Transcript
    role: Role
    known: Sequence[Pin]
    """The pins that speak of this scenario and implementation."""
    unsupported: Sequence[Unsupported]
    inherited: Callable[[int], bool]
    """Whether stock 2.7 does at a position of the transcript what the candidate does."""
    inherited_course: Callable[[int], bool]
    """Whether stock 2.7, in the whole scenario, goes on from a position as the candidate does."""
    today: datetime.date
    certain: bool = True
    """Whether the pins without a condition were written for this reference, and so must show."""
    inherited_left: Callable[[str], bool] = lambda name: False
    """Whether stock 2.7 leaves as much of that behind as the candidate does."""


def judge(
    comparison: Comparison, by: Circumstances
) -> tuple[Verdict, tuple[Divergence, ...], str | None]:
    """The verdict on a comparison, each divergence with its own, and a note for FIXED."""
    judged = tuple(judge_difference(one, by) for one in considered(comparison, by.role))
    verdicts: list[Verdict] = [one.verdict for one in judged if not is_preparation(one, by)]
    notes = [] if by.candidate.lost is not None else stale_notes(judged, by)
    if notes:
        verdicts.append("FIXED")
    if not verdicts:
        verdicts.append("equivalent" if comparison.rules else "same")
    return gravest(verdicts), judged, " ".join(notes) or None


def is_preparation(divergence: Divergence, by: Circumstances) -> bool:
    """Whether it says nothing of the claim: a fixture's own call, which stock 2.7 answers alike."""
    if divergence.verdict != "inherited" or divergence.position >= len(by.candidate.operations):
        return False
    return by.candidate.operations[divergence.position].preparing


def considered(comparison: Comparison, role: Role) -> Sequence[Difference]:
    """The differences that are judged.

    For a witness another course after other differences is taken for their consequence, and so is
    another value made of one that differed before: a witness is reported, never gated, and the
    same would be reported twice.
    """
    if role != "witness":
        return comparison.differences
    differences = [one for one in comparison.differences if not one.follows]
    if len(differences) > 1 and differences[-1].is_course:
        return differences[:-1]
    return differences


def followed(comparison: Comparison, role: Role) -> dict[int, str]:
    """By position, the values that considered() leaves out."""
    if role != "witness":
        return {}
    return {
        one.position: render_observed("value", one.words.get("value", one.candidate))
        for one in comparison.differences
        if one.follows
    }


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """The gravest of verdicts, of which there is at least one."""
    return max(verdicts, key=lambda verdict: SEVERITY[verdict])


def judge_difference(difference: Difference, by: Circumstances) -> Divergence:
    """A difference with the verdict that what is known of it gives."""
    divergence = Divergence.of(difference)
    operation = None
    if not difference.is_course and difference.position < len(by.candidate.operations):
        operation = by.candidate.operations[difference.position]
    if operation is not None and operation.lost is not None:
        return divergence.with_verdict(operation.lost)
    absence = operation is not None and is_absence(operation)
    if operation is not None and absence:
        for declared in by.unsupported:
            if declared.member is not None and declares(declared.member, operation.member):
                return divergence.with_verdict("UNSUPPORTED", declared.member, declared.reason)
    pin = find(by.known, divergence.pinned)
    if pin is not None and pin.fingerprint == divergence.pinned:
        review_by = pin.decision.review_by
        expired = review_by is not None and review_by < by.today
        return divergence.with_verdict(
            "EXPIRED" if expired else "known", pin.decision.name, pin.decision.reason
        )
    if difference.field == LEFT_BEHIND:
        if by.inherited_left(difference.member):
            return divergence.with_verdict("inherited")
    elif difference.is_course:
        if by.inherited_course(difference.position):
            return divergence.with_verdict("inherited")
    elif not absence and difference.field != "operation" and by.inherited(difference.position):
        return divergence.with_verdict("inherited")
    if by.role == "witness":
        return divergence.with_verdict("drift")
    if pin is not None:
        return divergence.with_verdict("CHANGED", pin.decision.name, pin.decision.reason)
    return divergence


def declares(declared: str, member: str) -> bool:
    """Whether a declaration of a member ("MemoryBIO", "SSLContext.wrap_bio") speaks of this one."""
    return member in (declared, f"ssl.{declared}")


def stale_notes(judged: Sequence[Divergence], by: Circumstances) -> list[str]:
    """Sentences about pins and declarations that are no longer true here."""
    used = [one.pinned for one in judged if one.verdict in ("known", "EXPIRED", "CHANGED")]
    certain = [pin for pin in by.known if by.certain or pin.is_conditional]
    notes = stale(certain, used, [one.pinned for one in judged])
    for declared in by.unsupported:
        if declared.borrowed:
            continue
        works = declared.member is not None and any(
            declares(declared.member, operation.member) and not is_absence(operation)
            for operation in by.candidate.operations
        )
        if works:
            notes.append(
                f"{declared.member} is declared UNSUPPORTED, and it is there: delete that."
            )
    return notes
