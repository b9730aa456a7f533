"""Every difference between two transcripts that no equivalence rule explains.

A difference does not end the walk: what is known or inherited must not hide what comes after it.
Only where the two no longer do the same operations, or an agent was lost, is there nothing left to
compare.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from conformance.judge.equivalence import ABSENT, explain
from conformance.run.plan import Axis
from conformance.transcript.build import (
    NOTHING_RAISED,
    RAISED,
    Operation,
    Transcript,
    Value,
    render,
    shorten,
)
from impls.host.process import Loss

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

ObservedKind = Literal["field", "returns", "raises", "course"] | Loss
"""What of a transcript is observed: one field of an outcome, a whole outcome, or how it goes on."""


@dataclass(frozen=True)
class Observed:
    """What one transcript shows at a difference."""

    kind: ObservedKind
    value: Value
    """Of the field; what was returned; the exception's `reason`; how the agent was lost; the member
    of the next operation or how the transcript ended."""
    exception: str | None = None
    """The class, where one was raised."""

    def text(self, field: str) -> str:
        """It as text, in a field of that name; very long ones are cut, with a digest."""
        if self.kind == "returns":
            return f"returns {printed(self.value)}"
        if self.kind == "raises":
            words = "" if self.value is None else f" {render(self.value)}"
            return f"raises {self.exception}{words}"
        if self.kind in ("CRASH", "HANG", "GARBAGE"):
            return f"{self.kind}: {self.value}"
        if self.kind == "course" or field in ("exception", "message"):
            return "absent" if self.value == ABSENT else str(self.value)
        return printed(self.value)


def printed(value: Value) -> str:
    """A value as its language prints it."""
    if value == ABSENT:
        return "absent"
    text = render(value)
    return shorten(text, encoded(text), LONGEST_RECORDED)


@dataclass(frozen=True)
class Difference:
    """One difference: how the transcripts differ, and where."""

    member: str
    field: str
    """Of the outcome; "operation" where the next operation is another one."""
    reference: Observed
    candidate: Observed
    position: int
    """Of the operation in the scenario, from 0."""

    @property
    def is_course(self) -> bool:
        """Whether it is the scenario that goes another way, and not an operation that differs."""
        return self.member == "scenario"

    @property
    def pinned(self) -> tuple[str, str, str, str]:
        """Member, field and both values, as a known-divergence file has them."""
        texts = (one.text(self.field) for one in (self.reference, self.candidate))
        return pinned(self.member, self.field, *texts)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.pinned)


def pinned(member: str, field: str, reference: str, candidate: str) -> tuple[str, str, str, str]:
    """What a known-divergence file pins: both values cut to the length of a fingerprint's."""
    values = (shorten(one, encoded(one), LONGEST_FINGERPRINT) for one in (reference, candidate))
    return member, field, *values  # type: ignore[return-value]


def fingerprint(pin: tuple[str, str, str, str]) -> str:
    """Twelve digits that stand for member, field and both values."""
    return hashlib.sha256(encoded("\0".join(pin))).hexdigest()[:12]


@dataclass(frozen=True)
class Comparison:
    """All that differs between two transcripts."""

    differences: tuple[Difference, ...]
    rules: Counter[str]
    """Equivalence rules that applied, and how often."""
    compared: int
    """Operations compared; fewer than the reference has where the walk ended early."""


def compare(reference: Transcript, candidate: Transcript, axis: Axis = "forward") -> Comparison:
    """Every difference between two transcripts that no equivalence rule explains."""
    rules: Counter[str] = Counter()
    differences: list[Difference] = []
    position = 0
    pairs = zip(reference.operations, candidate.operations, strict=False)
    for position, (ours, theirs) in enumerate(pairs):
        if axis == "backward" and is_new_name(ours, theirs):
            rules["new-name"] += 1
            return Comparison(tuple(differences), rules, position)
        if ours.member != theirs.member:
            break
        if theirs.lost is not None:
            break
        differences += compare_operation(ours, theirs, position, rules)
    else:
        position = min(len(reference.operations), len(candidate.operations))
    loss = compare_loss(reference, candidate)
    if loss is not None:
        differences.append(loss)
    elif not is_entailed(reference, candidate, position):
        differences += compare_ends(reference, candidate, position)
    return Comparison(tuple(differences), rules, position)


def compare_loss(reference: Transcript, candidate: Transcript) -> Difference | None:
    """A lost agent is a difference wherever it happened, compared or not."""
    lost = candidate.lost
    if lost is None:
        return None
    position = candidate.operations.index(lost)
    expected = next_member(reference, position)
    if expected.value == lost.member:
        expected = brief(reference.operations[position])
    return Difference(lost.member, "outcome", expected, brief(lost), position)


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
) -> list[Difference]:
    """What differs in one operation, a difference for each field that is not a consequence."""

    def difference(name: str, one: Observed, other: Observed) -> Difference:
        return Difference(ours.member, name, one, other, position)

    if ours.kind != theirs.kind:
        return [difference("outcome", brief(ours), brief(theirs))]
    found = []
    if ours.verb != theirs.verb:
        verbs = (Observed("course", one.verb) for one in (ours, theirs))
        found.append(difference("operation", *verbs))
    for name in field_names(ours, theirs):
        if name in EXCEPTION_DETAILS and any(item.field == "exception" for item in found):
            continue
        if name in ("strerror", "argument_count") and any(
            item.field in ("message", "errno") for item in found
        ):
            continue  # both repeat what the message says
        explanation = explain(name, ours, theirs)
        if explanation is None:
            found.append(difference(name, field_of(ours, name), field_of(theirs, name)))
        else:
            rules.update(explanation)
    return found


def field_names(ours: Operation, theirs: Operation) -> list[str]:
    """The fields of either outcome, in the order in which they explain each other."""
    order = ("value", "exception", *EXCEPTION_DETAILS, "arguments", "mutated", "warnings")
    return [name for name in order if name in ours.fields or name in theirs.fields]


def field_of(operation: Operation, name: str) -> Observed:
    """What an outcome has in a field."""
    return Observed("field", operation.fields.get(name, ABSENT))


def brief(operation: Operation) -> Observed:
    """An outcome without what may vary with the text of errors."""
    fields = operation.fields
    if operation.lost is not None:
        return Observed(operation.lost, fields["lost"])
    if operation.kind == "exception":
        return Observed("raises", fields.get("reason"), fields["exception"])
    return Observed("returns", fields.get("value"))


def is_entailed(reference: Transcript, candidate: Transcript, position: int) -> bool:
    """Whether the candidate must stop here because of how its last operation came out.

    Either it raised what the reference's did not, and that very exception stopped the scenario; or
    the reference's raised and the candidate's did not, and the scenario expected an exception. That
    outcome is a difference of its own, or explained by a rule; that it stops there is not one more.
    """
    if position != len(candidate.operations):
        return False
    last = next((n for n in reversed(range(position)) if candidate.operations[n].inside is None), 0)
    if last >= min(len(reference.operations), len(candidate.operations)):
        return False
    ours, theirs = reference.operations[last], candidate.operations[last]
    if candidate.end == NOTHING_RAISED:
        return ours.kind == "exception" and theirs.kind == "value"
    if candidate.end != RAISED or theirs.kind != "exception":
        return False
    return ours.kind == "value" or ours.fields["exception"] != theirs.fields["exception"]


def compare_ends(reference: Transcript, candidate: Transcript, position: int) -> list[Difference]:
    """Differences of the course itself: what comes after the operations that both did."""
    ours = next_member(reference, position)
    theirs = next_member(candidate, position)
    if ours.value == theirs.value:
        return []
    return [Difference("scenario", "operation", ours, theirs, position)]


def next_member(transcript: Transcript, position: int) -> Observed:
    """The member of the operation at a place, or how the transcript ended before it."""
    if position < len(transcript.operations):
        return Observed("course", transcript.operations[position].member)
    return Observed("course", transcript.end)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
