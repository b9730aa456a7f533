"""Every difference between two transcripts that no equivalence rule explains.

A difference does not end the walk: what is known or inherited must not hide what comes after it.
Only where the two no longer do the same (another verb, member or argument), or an agent was lost,
is there nothing left to compare.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from conformance.judge.equivalence import explain, is_absence
from conformance.judge.same_operation import do_the_same, passes_another
from conformance.run.plan import Axis
from conformance.transcript.elide import FINGERPRINT, elide_with_digest
from conformance.transcript.model import (
    NOTHING_RAISED,
    RAISED,
    EnumerationMember,
    Observed,
    Operation,
    Transcript,
    Value,
)
from conformance.transcript.render import render, render_observed, render_use

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
    "chained",
)
"""Fields of an exception, compared only where its class agrees."""

WORDS = ("errno", "library", "reason", "message")
"""Of these, what is kept of a candidate's exception whose class differs; it is not compared."""


NAME = "name"
"""The field of a difference in the name of a member of an enumeration whose number is the same."""
FOLLOWING = ("value", NAME)
"""Fields in which a difference may be the consequence of an argument that differed before."""

LEFT_BEHIND = "left behind"
"""The field of a difference in what a scenario left behind; its member is what that is of."""
NOTHING = "nothing"


@dataclass(frozen=True)
class Difference:
    """One difference: how the transcripts differ, and where."""

    member: str
    field: str
    """Of the outcome; "operation" where the next operation is another one; LEFT_BEHIND."""
    reference: Observed
    candidate: Observed
    position: int
    """Of the operation in the scenario, from 0; behind the last at its end."""
    call: str | None = None
    """How the member is used, where both do the same: "MemoryBIO.read(4)"."""
    follows: bool = False
    """Whether it is the value made of another one, which an earlier operation gave."""
    words: Mapping[str, Observed] = dataclasses.field(default_factory=dict, compare=False)
    """By field, what the candidate has besides, and is not compared: of an exception whose class
    differs the WORDS; of flags whose name differs the whole value."""

    @property
    def is_course(self) -> bool:
        """Whether it is the scenario that goes another way, and not an operation that differs."""
        return self.member == "scenario"

    @property
    def pinned(self) -> tuple[str, str, str, str]:
        """Member, field and both values, as a known-divergence file has them."""
        texts = (render_observed(self.field, one) for one in (self.reference, self.candidate))
        return pinned(self.member, self.field, *texts)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.pinned)


def pinned(member: str, field: str, reference: str, candidate: str) -> tuple[str, str, str, str]:
    """What a known-divergence file pins: both values cut to the length of a fingerprint's."""
    values = (elide_with_digest(one, FINGERPRINT) for one in (reference, candidate))
    return member, field, *values  # type: ignore[return-value]


def fingerprint(pin: tuple[str, str, str, str]) -> str:
    """Twelve digits that stand for member, field and both values."""
    return hashlib.sha256("\0".join(pin).encode("utf-8", "surrogatepass")).hexdigest()[:12]


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
    if candidate is reference and candidate.lost is None:
        return Comparison((), Counter(), len(candidate.operations))
    rules: Counter[str] = Counter()
    differences: list[Difference] = []
    position = 0
    pairs = zip(reference.operations, candidate.operations, strict=False)
    for position, (ours, theirs) in enumerate(pairs):
        if axis == "backward" and is_new_name(ours, theirs):
            rules["new-name"] += 1
            return Comparison(tuple(differences), rules, position)
        if not do_the_same(reference, candidate, position):
            break
        if theirs.lost is not None:
            break
        languages = reference.of_python_2 != candidate.of_python_2
        found = compare_operation(ours, theirs, position, rules, languages)
        if any(one.field in FOLLOWING for one in found):
            follows = passes_another(reference, candidate, position)
            found = [replace(one, follows=follows and one.field in FOLLOWING) for one in found]
        differences += found
    else:
        position = min(len(reference.operations), len(candidate.operations))
    loss = compare_loss(reference, candidate)
    if loss is not None:
        differences.append(loss)
    elif not is_entailed(reference, candidate, position):
        ends = compare_ends(reference, candidate, position)
        differences += ends or compare_left(reference, candidate)
    return Comparison(tuple(differences), rules, position)


def compare_loss(reference: Transcript, candidate: Transcript) -> Difference | None:
    """A lost agent is a difference wherever it happened, compared or not."""
    lost = candidate.lost
    if lost is None:
        return None
    position = candidate.operations.index(lost)
    expected = Observed.of_course(reference, position)
    if expected.value == lost.member:
        expected = Observed.of_outcome(reference.operations[position])
    outcome = Observed.of_outcome(lost)
    return Difference(lost.member, "outcome", expected, outcome, position, render_use(lost))


def is_new_name(stock: Operation, patched: Operation) -> bool:
    """Whether stock 2.7 lacks a name that the patched module has.

    A method is looked up before its arguments are evaluated, but only a missing one shows in a
    transcript: then the patched module's next operation is another one.
    """
    if not is_absence(stock):
        return False
    return stock.member != patched.member or not is_absence(patched)


def compare_operation(
    ours: Operation, theirs: Operation, position: int, rules: Counter[str], languages: bool
) -> list[Difference]:
    """What differs in one operation, a difference for each field that is not a consequence.

    `languages` is whether rules may explain it: one of the two is of Python 2.
    """

    def difference(name: str, one: Observed, other: Observed) -> Difference:
        return Difference(ours.member, name, one, other, position, render_use(ours))

    if ours.kind != theirs.kind:
        found = [difference("outcome", Observed.of_outcome(ours), Observed.of_outcome(theirs))]
        return with_words(found, theirs, languages)
    found = []
    for name in field_names(ours, theirs):
        if name in EXCEPTION_DETAILS and any(item.field == "exception" for item in found):
            continue
        if name in ("strerror", "argument_count") and any(
            item.field in ("message", "errno") for item in found
        ):
            continue  # both repeat what the message says
        explanation = explain(name, ours, theirs, languages)
        if explanation is None:
            one, other = (Observed.of_field(side, name) for side in (ours, theirs))
            if name == "value" and differ_in_name_alone(one.value, other.value):
                named = difference(NAME, of_name(one), of_name(other))
                found.append(replace(named, words={"value": other}))
            else:
                found.append(difference(name, one, other))
        else:
            rules.update(explanation)
    if ours.verb != theirs.verb and not any(one.field == "exception" for one in found):
        # A method raised the class that the lack of one raises: its words are no difference.
        return [difference("operation", *(Observed("course", one.verb) for one in (ours, theirs)))]
    return with_words(found, theirs, languages)


def differ_in_name_alone(one: Value, other: Value) -> bool:
    """Whether two are one number of an enumeration, of which versions make another name."""
    if not isinstance(one, EnumerationMember) or not isinstance(other, EnumerationMember):
        return False
    return (one.class_name, one.value) == (other.class_name, other.value)


def of_name(side: Observed) -> Observed:
    """What a side has as the name of a member of an enumeration."""
    assert isinstance(side.value, EnumerationMember)
    return Observed("field", side.value.name)


def with_words(found: list[Difference], theirs: Operation, languages: bool) -> list[Difference]:
    """The same, with what an exception says whose class differs; not where a language does."""
    if not found or languages or theirs.kind != "exception":
        return found
    words = {name: Observed.of_field(theirs, name) for name in WORDS if name in theirs.fields}
    return [
        replace(one, words=words) if one.field in ("outcome", "exception") else one for one in found
    ]


def field_names(ours: Operation, theirs: Operation) -> list[str]:
    """The fields of either outcome, in the order in which they explain each other."""
    order = (
        "value",
        "exception",
        *EXCEPTION_DETAILS,
        "arguments",
        "keywords",
        "pending",
        "notes",
        "mutated",
        "warnings",
    )
    return [name for name in order if name in ours.fields or name in theirs.fields]


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
    sides = (reference, candidate)
    if all(position < len(side.operations) for side in sides):  # and they do not do the same
        ours, theirs = (side.operations[position] for side in sides)
        return [Difference("scenario", "operation", *ways(ours, theirs), position)]
    one, other = (Observed.of_course(side, position) for side in sides)
    return (
        []
        if one.value == other.value
        else [Difference("scenario", "operation", one, other, position)]
    )


def compare_left(reference: Transcript, candidate: Transcript) -> list[Difference]:
    """What two scenarios that went the same way did not leave behind alike."""
    return [
        Difference(
            name,
            LEFT_BEHIND,
            Observed("course", reference.left.get(name, NOTHING)),
            Observed("course", candidate.left.get(name, NOTHING)),
            len(candidate.operations),
        )
        for name in sorted({*reference.left, *candidate.left})
        if reference.left.get(name) != candidate.left.get(name)
    ]


def ways(ours: Operation, theirs: Operation) -> tuple[Observed, Observed]:
    """Two operations that do not do the same, by the first that tells them apart."""
    texts: tuple[Callable[[Operation], str], ...] = (
        lambda one: one.member,
        lambda one: f"{one.verb} {one.member}",
        lambda one: one.call,
        lambda one: f"{one.call} with {render(list(one.arguments))}",
    )
    text = next((each for each in texts if each(ours) != each(theirs)), texts[-1])
    return Observed("course", text(ours)), Observed("course", text(theirs))
