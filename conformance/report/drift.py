"""How Pythons differ among themselves: what changed from one version to the next.

The versions of the reference's own kind make a line, from the oldest to the newest. A drift is one
step on it: what one member, used in one way, did before and does since. What changed in 3.8 and
again in 3.13 is two. A witness that is not one of the line stands apart.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from conformance.judge.compare import EXCEPTION_DETAILS, NAME, WORDS
from conformance.judge.verdict import Divergence
from conformance.report.findings import (
    Place,
    Reading,
    Unlike,
    judged,
    outcome,
    slot_of,
)
from conformance.report.neutral import neutral
from conformance.report.subjects import (
    COURSE,
    LISTING,
    SUBCLASSES,
    Subject,
    split,
    subject_of,
    without_classes_of_the_suite,
)
from conformance.report.versions import VersionStep

LACKING = "raises AttributeError"

WORDING = ("message", "argument_count", "strerror", "verify_message")
"""Fields that are the words of an error, where its class and its reason are the same."""

DETAILS = (*EXCEPTION_DETAILS, "pending", "notes", "keywords", "mutated")
"""Fields that belong to another one of the same call, where that changed too."""

CALLER = " (the line is the caller's)"
"""What a probe adds to a warning that names the right line."""

LABELLED = re.compile(r"<([\w ]+) #\d+>")
"""An object, by its class and which one of that class it is."""

REASON = re.compile(r"^(raises \w+) '.*", re.DOTALL)
"""The reason of what an operation raises."""


def without_reason(text: str) -> str:
    """What an operation did, by the class alone where it raises."""
    return REASON.sub(r"\1", text)


Kind = Literal["changed", "new", "gone"]


@dataclass(frozen=True)
class Change:
    """What one field of an outcome was before, and is since."""

    field: str
    """Of the outcome; the class of an exception counts as "outcome"."""
    before: str
    after: str

    @property
    def alike(self) -> tuple[str, str]:
        """Both values without what may differ within one change: numbers, labels, flags' names."""
        if self.field == NAME:
            return tuple(
                "names" if one.startswith("'") else one for one in (self.before, self.after)
            )  # type: ignore[return-value]
        return neutral(self.before), neutral(self.after)


@dataclass(frozen=True)
class Drift:
    """One thing that changed from one version to the next, with every place that shows it."""

    member: str
    """In ssl's words: see subjects.py."""
    kind: Kind
    """Whether what it does changed, or it came, or it went."""
    changes: tuple[Change, ...]
    """The outcome or value first, then details that changed with it."""
    step: VersionStep
    places: tuple[Place, ...]
    call: str | None = None
    """How the member is used at the first of the places, where that is known."""
    openssls: tuple[str, ...] = ()
    """The series of OpenSSL on which it was seen."""
    missing_in_first_lane: bool = False
    """Whether the first lane has both minor versions, and does not show it."""

    @property
    def field(self) -> str:
        return self.changes[0].field

    @property
    def since(self) -> str:
        return self.step.versions

    @property
    def is_wording(self) -> bool:
        return all(change.field in WORDING for change in self.changes)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it one finding, whatever numbers, labels and objects it has."""
        first = self.changes[0]
        alike = first.alike
        if self.kind != "changed":
            alike = ("", "")
        return (self.member, self.kind, first.field, *alike)


@dataclass(frozen=True)
class Apart:
    """What a witness that is no version of the reference's kind does differently, of its own."""

    implementation: str
    member: str
    field: str
    reference: str
    value: str
    places: tuple[Place, ...]


@dataclass
class _Slot:
    """What every version did in one field of one operation."""

    subject: Subject
    probe: str
    """The member as scenarios call it."""
    values: list[str | None]
    """By version of the line, None where it is not known."""
    reference: int = 0
    """The reference's number in the line."""
    followed: frozenset[int] = frozenset()
    """The versions whose value is made of another one that differs: what returns, returns that."""
    same_number: frozenset[int] = frozenset()
    """The versions whose flags differ from the reference's in their name alone."""

    @property
    def is_of_a_subclass(self) -> bool:
        """Whether the member is that of an object of a class of the suite."""
        return self.probe.partition(".")[0] in SUBCLASSES

    @property
    def steps(self) -> list[tuple[int, int]]:
        """Where it changes: from which version to which, by their numbers in the line."""
        compared, found = self.compared, []
        last = None
        for version, value in enumerate(compared):
            if value is None:
                continue
            if last is None:
                last = version
                continue
            both_return = value.startswith("returns ") and (compared[last] or "").startswith(
                "returns "
            )
            if both_return and version in self.followed:
                continue  # which value it would return is not known
            if compared[last] != value and not (both_return and last in self.followed):
                found.append((last, version))
            last = version
        return found

    @property
    def compared(self) -> list[str | None]:
        """The values as they are compared: reasons and names differ in fields of their own."""
        found = [None if value is None else without_reason(value) for value in self.values]
        for version in self.same_number:
            found[version] = found[self.reference]
        return found


@dataclass(frozen=True)
class _Presence:
    """What is known of which members, and of which versions by their numbers in the line."""

    there: set[tuple[str, int]]
    """As scenarios call them, those that a version has: it does something else than lack them."""
    lacking: set[tuple[str, int]]
    """In ssl's words, those that ssl's own class lacks, whatever a subclass makes of that."""

    def may_lack(self, one: _Slot, version: int, passes_nothing: bool = False) -> bool:
        """Whether an AttributeError may mean that a version lacks the member.

        `passes_nothing` is whether it was read, or called without an argument, which is the same to
        one that is lacking.
        """
        if one.is_of_a_subclass and (one.subject.member, version) not in self.lacking:
            return False
        return passes_nothing or (one.probe, version) not in self.there


@dataclass
class _Found:
    """A drift in the making: one change of one field."""

    change: Change
    kind: Kind
    calls: dict[Place, str | None] = field(default_factory=dict)


def drift_of(reading: Reading) -> list[Drift]:
    """What changed along the line of versions, ordered as a changelog: newest change first."""
    slots = _slots(reading)
    presence = _presence(slots)
    found: dict[tuple[str, int, int, str, str, str], _Found] = {}
    told = [(place, slot, one) for (place, _, slot), one in slots.items()]
    words = [
        (place, field, each)
        for place, slot, one in told
        if slot == "outcome"
        for field, each in _words(reading, place, one)
    ]
    steps = [
        (place, one, step, *changed)
        for place, slot, one in told + words
        for step in one.steps
        if not _spans_another_outcome(reading, slots, (place, one.probe, slot), step)
        for changed in _changes(one, slot, step, presence)
    ]
    came = _came(steps)
    consequences, numbered = _consequences(steps), _numbered(steps)
    for place, one, step, member, kind, change in steps:
        if one.probe == COURSE and (place, step) in consequences:
            continue
        if _same_class(change) and numbered.get((place.scenario, step), place) < place:
            continue
        if one.probe == COURSE:
            member = next((name for name in _names_in(change) if came.get(name) == step), member)
        since = came.get(member, (0, 0))
        if step[0] < since[1]:  # until then it was not there
            step, kind = since, "new"
        name = (change.field, *change.alike) if kind == "changed" else (kind, "", "")
        item = found.setdefault((member, *step, *name), _Found(change, kind))
        item.calls[place] = one.subject.call
    _narrow(found)
    _join_without_reason(found)
    series = reading.line[0].openssl if reading.line else None
    return ordered(
        replace(drift, openssls=(series,) if series else ())
        for (member, last, first), items in _by_step(found).items()
        for drift in _joined(member, _step(reading, last, first), items)
    )


def ordered(drifts: Iterable[Drift]) -> list[Drift]:
    """As a changelog has them: the newest version first, then by member."""
    return sorted(
        drifts,
        key=lambda one: (
            [-number for number in one.step.first.number],
            [-number for number in one.step.last.number],
            one.member,
            one.field,
            [(change.field, change.before, change.after) for change in one.changes],
            one.places,
        ),
    )


SlotKey = tuple[Place, str, str]
"""A place, a member as scenarios call it, and a field of its outcome."""


def _slots(reading: Reading) -> dict[SlotKey, _Slot]:
    """Every field of every operation in which some version differs from the reference."""
    anchors = {one["id"]: one["anchor"] for one in reading.results["scenarios"]}
    names = reading.in_line - {reading.reference}
    references: dict[SlotKey, tuple[str, Divergence]] = {}
    for pair in reading.pairs:
        if pair.axis != "forward" or pair.implementation not in names:
            continue
        for one in judged(pair):
            if one.verdict == "UNSUPPORTED":
                continue
            key = (Place(pair.scenario, one.position), one.member, slot_of(one))
            reference = outcome(one)[0] if key[2] == "outcome" else one.reference
            # An outcome says why it raises, where a class alone does not.
            if len(reference) > len(references.get(key, ("",))[0]):
                references[key] = reference, one
            references.setdefault(key, (reference, one))
    found: dict[SlotKey, _Slot] = {}
    for key, (reference, one) in references.items():
        place, member, slot = key
        anchor = anchors.get(place.scenario, "")
        subject = subject_of(member, one.call, reference, place.scenario, anchor)
        made, named = _of_another(reading, place, slot), _of_the_same_number(reading, place, slot)
        values = list(_values(reading, place, slot, reference))
        own = [version.implementation for version in reading.line].index(reading.reference)
        for version, text in {**made, **named}.items():
            returned = slot == "outcome" and (values[version] or "returns ").startswith("returns ")
            if returned or (slot == "value" and version in named):
                values[version] = f"returns {text}" if slot == "outcome" else text
        found[key] = _Slot(subject, member, values, own, frozenset(made), frozenset(named))
    return found


def _of_another(reading: Reading, place: Place, slot: str) -> dict[int, str]:
    """By version, the values at a place that are made of another one which differs."""
    if slot != "outcome":
        return {}
    made = [reading.made_of_another(version.implementation, place) for version in reading.line]
    return {at: text for at, text in enumerate(made) if text is not None}


def _of_the_same_number(reading: Reading, place: Place, slot: str) -> dict[int, str]:
    """By version, the flags at a place that differ from the reference's in their name alone."""
    if slot not in ("outcome", "value"):
        return {}
    flags = [reading.of_the_same_number(version.implementation, place) for version in reading.line]
    return {at: text for at, text in enumerate(flags) if text is not None}


def _spans_another_outcome(
    reading: Reading,
    slots: Mapping[SlotKey, _Slot],
    key: SlotKey,
    step: tuple[int, int],
) -> bool:
    """Whether a detail differs over versions whose outcome is another one.

    Then it went with the outcome that was before, and came with the one that is since. Of warnings
    that is also to be taken for granted where all versions between came there in another way, and
    of names where they gave another number.
    """
    place, probe, slot = key
    between = range(step[0] + 1, step[1])
    if slot == "outcome" or not between:
        return False
    if slot == "warnings" and all(
        reading.went_another_way(reading.line[at].implementation, place) for at in between
    ):
        return True
    others = [slots.get((place, probe, name)) for name in ("outcome", "value")]
    return any(
        other is not None and other.compared[at] not in (None, other.compared[step[0]])
        for other in others[: 2 if slot == NAME else 1]
        for at in between
    )


def _words(reading: Reading, place: Place, one: _Slot) -> Iterator[tuple[str, _Slot]]:
    """Details, by field, of neighbouring versions that raise one class, not the reference's.

    An AttributeError is taken for the lack of the member, of which nothing else is to be told.
    """
    said = [reading.words(version.implementation, place) for version in reading.line]
    raised = one.compared
    known = [at for at, value in enumerate(raised) if value is not None]
    rows = [list(row) for _, row in itertools.groupby(known, lambda at: raised[at])]
    for row in rows:
        if len(row) == 1 or raised[row[0]] == LACKING:
            continue
        for name in WORDS:
            values: list[str | None] = [None] * len(said)
            for at in row:
                values[at] = said[at].get(name)
            yield name, replace(one, values=values)


def _values(reading: Reading, place: Place, slot: str, reference: str) -> Iterator[str | None]:
    for version in reading.line:
        if version.implementation == reading.reference:
            yield reference
            continue
        did = reading.did(version.implementation, place, slot)
        if did is Unlike.UNKNOWN:
            yield None
        elif isinstance(did, Unlike):
            value = reading.did(version.implementation, place, "value")
            returned = slot == "outcome" and reference.startswith("returns ")
            if returned and isinstance(value, str):
                yield f"returns {value}"
            else:
                yield _with_reason(reading, version.implementation, place, slot, reference)
        else:
            yield did


def _with_reason(
    reading: Reading, implementation: str, place: Place, slot: str, reference: str
) -> str:
    """What the reference did, with the reason that a version has for it."""
    if slot != "outcome" or not reference.startswith("raises "):
        return reference
    reason = reading.did(implementation, place, "reason")
    if not isinstance(reason, str):
        return reference
    raised = without_reason(reference)
    return raised if reason in ("None", "absent") else f"{raised} {reason}"


Stepped = tuple[Place, _Slot, tuple[int, int], str, Kind, Change]
"""A change at a place: what is used there, from which version to which, and what it amounts to."""


def _names_in(change: Change) -> Iterator[str]:
    """The members that the next operation may be of, as a change of the course tells them."""
    for text in (change.before, change.after):
        yield text.split(" ")[-1].partition("(")[0]


def _consequences(steps: Iterable[Stepped]) -> set[tuple[Place, tuple[int, int]]]:
    """Where a scenario goes on in another way for what the operation just before came to.

    That operation raises in one of the versions only, which is a change of its own.
    """
    return {
        (Place(place.scenario, place.position + 1), step)
        for place, one, step, _, _, change in steps
        if one.probe != COURSE
        and change.field == "outcome"
        and change.before.startswith("raises ") != change.after.startswith("raises ")
    }


def _numbered(steps: Iterable[Stepped]) -> dict[tuple[str, tuple[int, int]], Place]:
    """Where in a scenario an object is of another class first: those after it count otherwise."""
    found: dict[tuple[str, tuple[int, int]], Place] = {}
    for place, _, step, _, _, change in steps:
        objects = [LABELLED.fullmatch(text) for text in (change.before, change.after)]
        if all(objects) and not _same_class(change):
            key = (place.scenario, step)
            found[key] = min(found.get(key, place), place)
    return found


def _same_class(change: Change) -> bool:
    """Whether both are objects of one class, so that only their numbers differ."""
    one, other = (LABELLED.fullmatch(text) for text in (change.before, change.after))
    return one is not None and other is not None and one[1] == other[1]


def _came(steps: Iterable[Stepped]) -> dict[str, tuple[int, int]]:
    """The step with which each new member came: whatever changed until then is a part of that.

    What a class lists is certain; without that, a member came with the last version that could
    not read it. To set one says nothing: a class may take any attribute.
    """
    certain: dict[str, tuple[int, int]] = {}
    read: dict[str, tuple[int, int]] = {}
    other: dict[str, tuple[int, int]] = {}
    for _, one, step, member, kind, _ in steps:
        if kind == "new":
            setting = " = " in (one.subject.call or "")
            of = certain if one.probe in LISTING else other if setting else read
            # The latest, and of two of these the narrowest.
            of[member] = max(of.get(member, step), step, key=lambda it: (it[1], it[0]))
    return {**other, **read, **certain}


def _changes(
    one: _Slot, slot: str, step: tuple[int, int], presence: _Presence
) -> Iterator[tuple[str, Kind, Change]]:
    """What a step in one field amounts to: what came, what went, or what changed."""
    before, after = (without_classes_of_the_suite(str(one.values[version])) for version in step)
    member, call = one.subject.member, one.subject.call
    if slot == "outcome" and before.startswith("returns ") and after.startswith("returns "):
        slot = "value"
        before, after = before.removeprefix("returns "), after.removeprefix("returns ")
    if one.probe == COURSE:
        before, after = _whether_called(before, after)
    passes_nothing = call is None or call == member or call.endswith("()")
    lacks = before == LACKING and presence.may_lack(one, step[0], passes_nothing)
    if one.probe in LISTING:
        yield from _names(member, before, after)
    elif one.probe == "native.has":
        yield member, "new" if after == "True" else "gone", Change(slot, before, after)
    elif slot == "operation" and {before, after} == {"get", "call"}:
        yield member, "new" if after == "call" else "gone", Change(slot, before, after)
    elif one.probe == "native.blamed" and slot == "value":
        told = (text.replace(CALLER, "").replace('"', "'") for text in (before, after))
        texts = ["absent" if text == "[]" else text for text in told]
        yield member, "changed", Change("warnings", *texts)
    elif lacks and not member.startswith("del "):
        yield member, "new", Change(slot, before, after)
    elif after == LACKING and presence.may_lack(one, step[1]) and not member.startswith("del "):
        yield member, "gone", Change(slot, before, after)
    else:
        yield member, "changed", Change(slot, before, after)


def _whether_called(before: str, after: str) -> tuple[str, str]:
    """How a scenario goes on; in words where one of the versions calls back and the other not."""
    calls = [text.startswith("callback ") for text in (before, after)]
    if calls[0] == calls[1]:
        return before, after
    words = {True: "a callback is called", False: "no callback is called"}
    return words[calls[0]], words[calls[1]]


def _names(owner: str, before: str, after: str) -> Iterator[tuple[str, Kind, Change]]:
    """The names that came, went or are something else in a list of "NAME KIND"."""
    ours, theirs = _listed(before), _listed(after)
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name, LACKING), theirs.get(name, LACKING)
        if one != other:
            kind: Kind = "new" if one == LACKING else "gone" if other == LACKING else "changed"
            prefix = "ssl" if name.startswith(("OP_", "VERIFY_")) else owner
            yield f"{prefix}.{name}", kind, Change("value", one, other)


def _listed(text: str) -> dict[str, str]:
    """The names in a list of "NAME KIND", each with its kind."""
    items = (item.strip("'\"").partition(" ") for item in split(text.strip("[]")))
    return {name: kind for name, _, kind in items}


def _presence(slots: Mapping[SlotKey, _Slot]) -> _Presence:
    """What all slots together say of which member is there in which version."""
    there: set[tuple[str, int]] = set()
    lacking: set[tuple[str, int]] = set()
    for (_, _, slot), one in slots.items():
        if slot == "operation":
            continue
        for index, value in enumerate(one.values):
            if value is not None and value != LACKING:
                there.add((one.probe, index))
            elif value == LACKING and not one.is_of_a_subclass:
                lacking.add((one.subject.member, index))
    return _Presence(there, lacking)


def _narrow(found: dict[tuple[str, int, int, str, str, str], _Found]) -> None:
    """Give the places of a step over a gap to the same change where the step is known better."""
    for key in sorted(found, key=lambda one: (one[1] - one[2], one)):
        member, last, first, *rest = key
        for other in found:
            inside = last <= other[1] and other[2] <= first and key != other
            if inside and (other[0], *other[3:]) == (member, *rest):
                for place, call in found[key].calls.items():
                    found[other].calls.setdefault(place, call)
                del found[key]
                break


def _join_without_reason(found: dict[tuple[str, int, int, str, str, str], _Found]) -> None:
    """Give the places of what raises without a reason to the same change with one.

    Where several have a reason each, it is not known which of them it is.
    """
    for key in sorted(found):
        bare = [without_reason(text) for text in key[4:]]
        same = [
            other
            for other in found
            if other[:4] == key[:4]
            and other != key
            and [without_reason(text) for text in other[4:]] == bare
        ]
        if list(key[4:]) == bare and len(same) == 1:
            for place, call in found.pop(key).calls.items():
                found[same[0]].calls.setdefault(place, call)


Step = tuple[str, int, int]


def _by_step(
    found: Mapping[tuple[str, int, int, str, str, str], _Found],
) -> dict[Step, list[_Found]]:
    """The changes of each member from one version to another."""
    steps: dict[Step, list[_Found]] = defaultdict(list)
    for key in sorted(found):
        steps[key[:3]].append(found[key])
    return steps


def _joined(member: str, step: VersionStep, items: Sequence[_Found]) -> Iterator[Drift]:
    """One drift for each change, with the details that changed at the same places."""
    first = [one for one in items if one.change.field not in DETAILS]
    details = [one for one in items if one.change.field in DETAILS]
    groups: list[list[_Found]] = [[one] for one in first]
    for detail in sorted(details, key=lambda one: (-len(one.calls), one.change.field)):
        near = max(groups, key=lambda group: _shared(group[0], detail), default=None)
        if near is not None and 2 * _shared(near[0], detail) > len(detail.calls):
            near.append(detail)
        else:
            groups.append([detail])
    for group in groups:
        calls = {place: call for one in group for place, call in one.calls.items()}
        places = tuple(sorted(calls))
        yield Drift(
            member,
            group[0].kind,
            tuple(dict.fromkeys(one.change for one in group)),
            step,
            places,
            next((calls[place] for place in places if calls[place]), None),
        )


def _shared(one: _Found, other: _Found) -> int:
    return len(one.calls.keys() & other.calls.keys())


def _step(reading: Reading, last: int, first: int) -> VersionStep:
    """A step on the line; forwards where it is on the way to the reference."""
    own = [version.implementation for version in reading.line].index(reading.reference)
    return VersionStep(reading.line[last], reading.line[first], first <= own)


def apart_of(reading: Reading) -> list[Apart]:
    """What witnesses outside the line do differently, by implementation and member."""
    anchors = {one["id"]: one["anchor"] for one in reading.results["scenarios"]}
    found: dict[tuple[str, str, str, str, str], set[Place]] = defaultdict(set)
    for pair in reading.pairs:
        outside = pair.role == "witness" and pair.implementation not in reading.in_line
        if not outside or pair.axis != "forward":
            continue
        for one in judged(pair):
            if one.verdict != "UNSUPPORTED" and one.member != COURSE:
                anchor = anchors.get(pair.scenario, "")
                subject = subject_of(one.member, one.call, one.reference, pair.scenario, anchor)
                key = (pair.implementation, subject.member, one.field, one.reference, one.candidate)
                found[key].add(Place(pair.scenario, one.position))
    return [Apart(*key, tuple(sorted(places))) for key, places in sorted(found.items())]
