"""How Pythons differ among themselves: what changed from version to version.

The versions of the reference's own kind make a line, from the oldest to the newest, and what
differs along it is a piece of history: "until 3.9: X; since 3.10: Z". A witness that is not one of
them stands apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.report.findings import Did, Place, Reading, Unlike, judged, outcome, slot_of
from conformance.report.versions import Version, VersionStep, in_words

LACKING = "raises AttributeError"
NUMBER = re.compile(r"0x[0-9A-Fa-f]+|\d+(?:_\d+)*")

WORDING = ("message", "argument_count")
"""Fields that are the words of an error, where its class and its reason are the same."""


@dataclass(frozen=True)
class Stretch:
    """Versions next to each other that do the same."""

    when: str
    """Such as "until 3.9", "3.8 and 3.9", "since 3.10"; "by 3.12" where the run has no 3.11."""
    value: str


@dataclass(frozen=True)
class Drift:
    """One thing that changed from version to version, with every place that shows it."""

    members: tuple[str, ...]
    """One: unrelated members are findings of their own, though they changed alike."""
    field: str
    """Of the outcome; the class of an exception counts as "outcome"."""
    reference: str
    """What the reference does, which is the newest."""
    history: tuple[Did, ...]
    """What each version of the line did."""
    places: tuple[Place, ...]
    step: VersionStep
    stretches: tuple[Stretch, ...]
    call: str | None = None
    """How the operation reads at the first of the places, where that is known."""
    is_new: bool = False
    """Whether it is that the member came: whatever is done with it, older versions lack it."""


@dataclass(frozen=True)
class Apart:
    """What a witness that is no version of the reference's kind does differently, of its own."""

    implementation: str
    member: str
    field: str
    reference: str
    value: str
    places: tuple[Place, ...]


def drift_of(reading: Reading) -> list[Drift]:
    """What changed along the line of versions, ordered as a changelog: newest change first."""
    references: dict[tuple[Place, str, str], str] = {}
    calls: dict[tuple[Place, str], str | None] = {}
    names = reading.in_line - {reading.reference}
    for pair in reading.pairs:
        if pair.axis != "forward" or pair.implementation not in names:
            continue
        for one in judged(pair):
            if one.verdict != "UNSUPPORTED":
                key = (Place(pair.scenario, one.position), one.member, slot_of(one))
                calls[key[:2]] = one.call
                reference = outcome(one)[0] if key[2] == "outcome" else one.reference
                # An outcome says why it raises, where a class alone does not.
                references[key] = max(references.get(key, ""), reference, key=len)
    seen: Seen = {
        (place, member, slot, reference): tuple(
            Unlike.NOTHING
            if version.implementation == reading.reference
            else reading.did(version.implementation, place, slot)
            for version in reading.line
        )
        for (place, member, slot), reference in references.items()
    }
    found = list(_new(reading, seen))
    histories: dict[tuple[str, str, str], dict[tuple[Did, ...], set[Place]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for (place, member, slot, reference), history in seen.items():
        histories[member, slot, reference][history].add(place)
    alike: dict[tuple[object, ...], tuple[str, tuple[Did, ...], set[Place]]] = {}
    for (member, slot, reference), theirs in sorted(histories.items()):
        for known, places in merged(theirs).items():
            finding = (member, slot, unnumbered(reference), tuple(map(unnumbered, known)))
            alike.setdefault(finding, (reference, known, set()))[2].update(places)
    found += [
        _drift(reading, (str(member),), str(slot), reference, history, places)
        for (member, slot, *_), (reference, history, places) in alike.items()
    ]
    found = [replace(one, call=calls.get((one.places[0], one.members[0]))) for one in found]
    return sorted(
        found,
        key=lambda one: (
            [-number for number in one.step.first.number],
            [-number for number in one.step.last.number],
            one.members,
            one.field,
            one.reference,
            [str(what) for what in one.history],
        ),
    )


def unnumbered(did: Did) -> Did:
    """What was done, without numbers and without those of objects: so a finding is one."""
    return NUMBER.sub("N", did) if isinstance(did, str) else did


Seen = dict[tuple[Place, str, str, str], tuple[Did, ...]]
"""What every version did, by place, member, slot and what the reference does there."""


def _new(reading: Reading, seen: Seen) -> Iterator[Drift]:
    """The members that came, each once; in `seen` is left what changed since."""
    others = {
        (member, index)
        for (_, member, slot, _), history in seen.items()
        if slot != "operation"
        for index, did in enumerate(history)
        if isinstance(did, str) and did != LACKING
    }
    came: dict[tuple[str, int], list[tuple[Place, str]]] = defaultdict(list)
    for key, history in list(seen.items()):
        place, member, slot, reference = key
        lacking = how_many_lack(history) if slot == "outcome" else 0
        if member.startswith("native.") or any((member, n) in others for n in range(lacking)):
            continue  # it was there: something else raises that class
        if lacking:
            came[member, lacking].append((place, reference))
            del seen[key]
            since = (*([Unlike.UNKNOWN] * lacking), *history[lacking:])
            if any(isinstance(did, str) for did in since):
                seen[key] = since
    for (member, lacking), places in sorted(came.items()):
        count = len(reading.line) - lacking
        history = (*([LACKING] * lacking), *([Unlike.NOTHING] * count))
        _, reference = min(places)
        found = _drift(
            reading, (member,), "outcome", reference, history, {place for place, _ in places}
        )
        yield replace(found, is_new=True)


def how_many_lack(history: Sequence[Did]) -> int:
    """How many of the oldest versions lack a member; what is unknown before the last is so too."""
    number = 0
    for index, did in enumerate(history):
        if did == LACKING:
            number = index + 1
        elif did is not Unlike.UNKNOWN:
            break
    return number


def _drift(
    reading: Reading,
    members: tuple[str, ...],
    field: str,
    reference: str,
    history: tuple[Did, ...],
    places: set[Place],
) -> Drift:
    return Drift(
        members,
        field,
        reference,
        history,
        tuple(sorted(places)),
        _step(reading, history),
        _stretches(reading.line, history, reference),
    )


def _step(reading: Reading, history: Sequence[Did]) -> VersionStep:
    """The last change on the way to the reference, or the first after it."""
    own = [version.implementation for version in reading.line].index(reading.reference)
    before = [i for i in range(own) if isinstance(history[i], str)]
    if before:
        after = next(i for i in range(before[-1], own + 1) if history[i] is Unlike.NOTHING)
        return VersionStep(reading.line[before[-1]], reading.line[after], True)
    after = next(i for i in range(own, len(history)) if isinstance(history[i], str))
    as_today = [i for i in range(own, after) if history[i] is Unlike.NOTHING]
    return VersionStep(reading.line[as_today[-1]], reading.line[after], False)


def _stretches(
    line: Sequence[Version], history: Sequence[Did], reference: str
) -> tuple[Stretch, ...]:
    runs: list[tuple[Did, list[int]]] = []
    for index, did in enumerate(history):
        if did is Unlike.UNKNOWN:
            continue
        if runs and runs[-1][0] == did:
            runs[-1][1].append(index)
        else:
            runs.append((did, [index]))
    values = {did for did, _ in runs if isinstance(did, str)}
    outside = [did for did, _ in (runs[0], runs[-1])]
    if len(values) == 1 and outside == [Unlike.NOTHING, Unlike.NOTHING]:
        odd = [index for did, own in runs if isinstance(did, str) for index in own]
        only = Stretch(f"only {in_words(line, odd)}", values.pop())
        return only, Stretch("before and after", reference)
    found = []
    for number, (did, indices) in enumerate(runs):
        if number == 0 and indices[0] == 0 and len(runs) > 1:
            when = f"until {line[indices[-1]].name}"
        elif number == len(runs) - 1:
            previous = line[runs[number - 1][1][-1]] if number else line[indices[0]]
            first = line[indices[0]]
            exact = VersionStep(previous, first, True).versions == first.name
            when = f"{'since' if exact else 'by'} {first.name}"
        else:
            when = in_words(line, indices)
        found.append(Stretch(when, did if isinstance(did, str) else reference))
    return tuple(found)


def apart_of(reading: Reading) -> list[Apart]:
    """What witnesses outside the line do differently, by implementation and member."""
    found: dict[tuple[str, str, str, str, str], set[Place]] = defaultdict(set)
    for pair in reading.pairs:
        outside = pair.role == "witness" and pair.implementation not in reading.in_line
        if not outside or pair.axis != "forward":
            continue
        for one in judged(pair):
            if one.verdict != "UNSUPPORTED":
                key = (pair.implementation, one.member, one.field, one.reference, one.candidate)
                found[key].add(Place(pair.scenario, one.position))
    return [Apart(*key, tuple(sorted(places))) for key, places in sorted(found.items())]


def merged(
    histories: Mapping[tuple[Did, ...], set[Place]],
) -> dict[tuple[Did, ...], set[Place]]:
    """Histories that differ only in what is unknown, as one; what is known best comes first."""
    found: dict[tuple[Did, ...], set[Place]] = {}
    ordered = sorted(
        histories, key=lambda one: (one.count(Unlike.UNKNOWN), [str(what) for what in one])
    )
    for history in ordered:
        fitting = (known for known in found if fits(history, known))
        place = next(fitting, None)
        if place is None:
            found[history] = set(histories[history])
        else:
            found[place] |= histories[history]
    return found


def fits(history: Sequence[Did], known: Sequence[Did]) -> bool:
    """Whether a history says nothing that one that is known better does not say."""
    return all(
        one == other or one is Unlike.UNKNOWN for one, other in zip(history, known, strict=True)
    )
