"""Transcripts and known divergences in, a verdict out.

`compare` walks two transcripts side by side and returns every difference that no equivalence rule
explains; `judge` says what they amount to. A difference does not end the walk: what is known or
inherited must not hide what comes after it. Only where the two no longer do the same operations,
or an agent was lost, is there nothing left to compare.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.judge.equivalence import ABSENT, explain
from conformance.judge.known import Pin, find, stale
from conformance.transcript.build import Operation, Transcript, render, shorten
from impls.host.registry import Unsupported

Axis = Literal["forward", "backward"]
Role = Literal["reference", "candidate", "witness"]

Verdict = Literal[
    "same",
    "equivalent",
    "inherited",
    "known",
    "drift",
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
    "inherited": "stock 2.7, asked the same, answers the same: the graft kept what was",
    "known": "differs as a reviewed file says",
    "drift": "an older Python differs from the reference: reported, never gated",
    "UNSUPPORTED": "declared as absent, with a reason",
    "FIXED": "a file or declaration says it differs, and it no longer does: delete that",
    "EXPIRED": "differs as a file says whose review_by has passed",
    "CHANGED": "differs, but not as the file for it says",
    "NEW": "differs, and no file says so",
    "CRASH": "the process died",
    "HANG": "no answer in time",
    "GARBAGE": "an answer that is none",
    "MISSING": "the implementation was asked for and did not start",
    "ERROR": "the scenario or the suite itself is wrong",
}
"""Every verdict, the mildest first: a pair has the gravest of its divergences."""

ACCEPTED: tuple[Verdict, ...] = (
    "same",
    "equivalent",
    "inherited",
    "known",
    "drift",
    "UNSUPPORTED",
)
"""What does not fail a run."""

LONGEST_RECORDED = 100_000
"""Characters of a value that a divergence has whole; of a longer one its start and digest."""

LONGEST_FINGERPRINT = 240
"""Characters of a value that a fingerprint has whole; of a longer one its start and digest."""

EXCEPTION_DETAILS = (
    "bases",
    "errno",
    "library",
    "reason",
    "verify_code",
    "verify_message",
    "message",
    "strerror",
    "argument_count",
    "filename",
)
"""Fields of an exception, compared only where its class agrees."""


@dataclass(frozen=True)
class Divergence:
    """One difference: how it differs (the fingerprint) and where."""

    member: str
    field: str
    """Of the outcome; "operation" where the next operation is another one, "end" for the end."""
    reference: str
    candidate: str
    position: int
    """Of the operation in the scenario, from 0."""
    verdict: Verdict = "NEW"
    file: str | None = None
    """The known-divergence file or declaration that speaks of it."""
    reason: str | None = None

    @property
    def pinned(self) -> tuple[str, str, str, str]:
        """Member, field and both values, as a known-divergence file has them."""
        values = [
            shorten(value, encoded(value), LONGEST_FINGERPRINT)
            for value in (self.reference, self.candidate)
        ]
        return self.member, self.field, values[0], values[1]

    @property
    def fingerprint(self) -> str:
        """Twelve digits that stand for member, field and both values."""
        return hashlib.sha256(encoded("\0".join(self.pinned))).hexdigest()[:12]

    def with_verdict(
        self, verdict: Verdict, file: str | None = None, reason: str | None = None
    ) -> Divergence:
        return Divergence(
            self.member,
            self.field,
            self.reference,
            self.candidate,
            self.position,
            verdict,
            file,
            reason,
        )


@dataclass(frozen=True)
class Comparison:
    """All that differs between two transcripts."""

    divergences: tuple[Divergence, ...]
    rules: Counter[str]
    """Equivalence rules that applied, and how often."""
    compared: int
    """Operations compared; fewer than the reference has where the walk ended early."""


@dataclass(frozen=True)
class Pair:
    """The judgement on one planned (scenario, implementation) pair."""

    scenario: str
    implementation: str
    axis: Axis
    role: Role
    verdict: Verdict
    divergences: tuple[Divergence, ...] = ()
    rules: dict[str, int] = field(default_factory=dict)
    masks: dict[str, int] = field(default_factory=dict)
    operations: int = 0
    compared: int = 0
    note: str | None = None
    """One sentence about what is not a divergence: why there is an ERROR, an unconfirmed HANG."""
    story: str | None = None
    """For a person, when it fails: the operations that agreed and the first that did not."""

    @property
    def passed(self) -> bool:
        """Whether it may stay so: for all but candidates only ERROR and MISSING may not."""
        if self.role == "candidate":
            return self.verdict in ACCEPTED
        return self.verdict not in ("ERROR", "MISSING")

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it, without the story."""
        plain = {**vars(self)}  # asdict() would copy what nobody changes, at a great cost
        del plain["story"]
        plain["divergences"] = [
            {**vars(found), "fingerprint": found.fingerprint} for found in self.divergences
        ]
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Pair:
        divergences = tuple(
            Divergence(**{key: item[key] for key in item if key != "fingerprint"})
            for item in plain["divergences"]
        )
        return cls(**{**plain, "divergences": divergences})


def compare(reference: Transcript, candidate: Transcript, axis: Axis = "forward") -> Comparison:
    """Every difference between two transcripts that no equivalence rule explains."""
    rules: Counter[str] = Counter()
    divergences: list[Divergence] = []
    position = 0
    pairs = zip(reference.operations, candidate.operations, strict=False)
    for position, (ours, theirs) in enumerate(pairs):
        if axis == "backward" and is_new_name(ours, theirs):
            rules["new-name"] += 1
            return Comparison(tuple(divergences), rules, position)
        if ours.member != theirs.member:
            break
        if theirs.lost is not None:
            break
        divergences += compare_operation(ours, theirs, position, rules)
    else:
        position = min(len(reference.operations), len(candidate.operations))
    loss = compare_loss(reference, candidate)
    if loss is not None:
        divergences.append(loss)
    elif not divergences and not rules["strided-memoryview"]:  # its error no scenario expects
        divergences += compare_ends(reference, candidate, position)
    return Comparison(tuple(divergences), rules, position)


def compare_loss(reference: Transcript, candidate: Transcript) -> Divergence | None:
    """A lost agent is a divergence wherever it happened, compared or not."""
    lost = candidate.lost
    if lost is None:
        return None
    position = candidate.operations.index(lost)
    expected = next_member(reference, position)
    if expected == lost.member:
        expected = brief(reference.operations[position])
    return Divergence(lost.member, "outcome", expected, brief(lost), position)


def is_new_name(stock: Operation, patched: Operation) -> bool:
    """Whether stock 2.7 lacks a name that the patched module has.

    A method is looked up before its arguments are evaluated, but only a missing one shows in a
    transcript: then the patched module's next operation is another one.
    """
    if not is_absence(stock):
        return False
    return stock.member != patched.member or not is_absence(patched)


def is_absence(operation: Operation) -> bool:
    """Whether an operation found that there is no such member."""
    if operation.kind != "exception" or operation.fields["exception"] != "AttributeError":
        return False
    message = str(operation.fields["message"])
    name = operation.member.rpartition(".")[2]
    if operation.verb in ("set", "del", "probe"):  # may also be there and read-only
        return "has no attribute" in message
    return operation.verb in ("get", "call") and f"'{name}'" in message


def compare_operation(
    ours: Operation, theirs: Operation, position: int, rules: Counter[str]
) -> list[Divergence]:
    """What differs in one operation, a divergence for each field that is not a consequence."""

    def divergence(name: str, one: str, other: str) -> Divergence:
        return Divergence(ours.member, name, one, other, position)

    if ours.kind != theirs.kind:
        return [divergence("outcome", brief(ours), brief(theirs))]
    found = []
    if ours.verb != theirs.verb:
        found.append(divergence("operation", ours.verb, theirs.verb))
    for name in field_names(ours, theirs):
        if name in EXCEPTION_DETAILS and any(item.field == "exception" for item in found):
            continue
        if name in ("strerror", "argument_count") and any(
            item.field in ("message", "errno") for item in found
        ):
            continue  # both repeat what the message says
        explanation = explain(name, ours, theirs)
        if explanation is None:
            one, other = ours.fields.get(name, ABSENT), theirs.fields.get(name, ABSENT)
            found.append(divergence(name, shown(name, one), shown(name, other)))
        else:
            rules.update(explanation)
    return found


def field_names(ours: Operation, theirs: Operation) -> list[str]:
    """The fields of either outcome, in the order in which they explain each other."""
    order = ("value", "exception", *EXCEPTION_DETAILS, "arguments", "mutated", "warnings")
    return [name for name in order if name in ours.fields or name in theirs.fields]


def shown(name: str, value: Any) -> str:
    if value == ABSENT:
        return "absent"
    if name in ("exception", "message"):
        return str(value)
    text = render(value)
    return shorten(text, encoded(text), LONGEST_RECORDED)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def brief(operation: Operation) -> str:
    """An outcome without what may vary with the text of errors."""
    if operation.kind == "value":
        return "returns " + shown("value", operation.fields.get("value"))
    if operation.kind == "exception":
        reason = operation.fields.get("reason")
        told = "" if reason is None else f" {render(reason)}"
        return f"raises {operation.fields['exception']}{told}"
    return f"{operation.kind}: {operation.fields['lost']}"


def compare_ends(reference: Transcript, candidate: Transcript, position: int) -> list[Divergence]:
    """Differences of the course itself, where no operation differed before."""
    ours = next_member(reference, position)
    theirs = next_member(candidate, position)
    if ours == theirs:
        return []
    return [Divergence("scenario", "operation", ours, theirs, position)]


def next_member(transcript: Transcript, position: int) -> str:
    if position < len(transcript.operations):
        return transcript.operations[position].member
    return transcript.end


def judge(
    comparison: Comparison,
    *,
    candidate: Transcript,
    role: Role,
    known: Iterable[Pin],
    unsupported: Sequence[Unsupported],
    inherited: Callable[[Divergence], bool],
    today: datetime.date,
) -> tuple[Verdict, tuple[Divergence, ...], str | None]:
    """The verdict on a comparison, each divergence with its own, and a note for FIXED.

    `known` are the pins that speak of this scenario and implementation; `inherited` asks stock
    2.7 whether it answers a divergence's operation as the candidate does.
    """
    pins = list(known)
    judged = []
    absent = False
    for divergence in comparison.divergences:
        found = judge_divergence(divergence, candidate, role, pins, unsupported, inherited, today)
        absent = absent or found.verdict == "UNSUPPORTED"
        judged.append(found)
    verdicts = [divergence.verdict for divergence in judged]
    notes = []
    if candidate.lost is None:
        notes = stale_notes(pins, judged, candidate, unsupported, absent)
    if notes:
        verdicts.append("FIXED")
    if not verdicts:
        verdicts.append("equivalent" if comparison.rules else "same")
    order = list(VERDICTS)
    return max(verdicts, key=order.index), tuple(judged), " ".join(notes) or None


def judge_divergence(
    divergence: Divergence,
    candidate: Transcript,
    role: Role,
    pins: Sequence[Pin],
    unsupported: Sequence[Unsupported],
    inherited: Callable[[Divergence], bool],
    today: datetime.date,
) -> Divergence:
    operation = None
    if divergence.position < len(candidate.operations):
        operation = candidate.operations[divergence.position]
    if operation is not None and operation.lost is not None:
        return divergence.with_verdict(operation.lost)
    if operation is not None and is_absence(operation):
        for declared in unsupported:
            if declared.member is not None and declares(declared.member, operation.member):
                return divergence.with_verdict("UNSUPPORTED", declared.member, declared.reason)
    pin = find(pins, divergence.pinned)
    if pin is not None and pin.fingerprint == divergence.pinned:
        review_by = pin.decision.review_by
        expired = review_by is not None and review_by < today
        return divergence.with_verdict(
            "EXPIRED" if expired else "known", pin.decision.name, pin.decision.reason
        )
    absence = operation is not None and is_absence(operation)
    if not absence and divergence.field != "operation" and inherited(divergence):
        return divergence.with_verdict("inherited")
    if role == "witness":
        return divergence.with_verdict("drift")
    if pin is not None:
        return divergence.with_verdict("CHANGED", pin.decision.name, pin.decision.reason)
    return divergence


def declares(declared: str, member: str) -> bool:
    """Whether a declaration of a member ("MemoryBIO", "SSLContext.wrap_bio") speaks of this one."""
    return member in (declared, f"ssl.{declared}")


def stale_notes(
    pins: Sequence[Pin],
    judged: Sequence[Divergence],
    candidate: Transcript,
    unsupported: Sequence[Unsupported],
    absent: bool,
) -> list[str]:
    """Sentences about pins and declarations that are no longer true here."""
    used = [one.pinned for one in judged if one.verdict in ("known", "EXPIRED", "CHANGED")]
    notes = stale(pins, used, [one.pinned for one in judged])
    for declared in unsupported:
        works = declared.member is not None and any(
            declares(declared.member, operation.member) and not is_absence(operation)
            for operation in candidate.operations
        )
        if works:
            notes.append(
                f"{declared.member} is declared UNSUPPORTED, and it is there: delete that."
            )
    return notes
