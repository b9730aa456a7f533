"""What the divergences of a run amount to: findings, since when, and because of what.

A finding is one fingerprint on one axis, however many scenarios and implementations show it. For
candidates, the witnesses say which axis explains it: a value that Python 3.9 gives too, and 3.10
no longer, is a matter of the Python version and not of the candidate. For the witnesses themselves
the versions of the reference's own kind make a line, from the oldest to the newest, and what
differs along it is a piece of history: "until 3.9: X; since 3.10: Z".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from conformance.judge.compare import EXCEPTION_DETAILS
from conformance.judge.equivalence import respelled
from conformance.judge.verdict import SEVERITY, Divergence, Judgement, Verdict
from conformance.run.plan import Axis


@dataclass(frozen=True, order=True)
class Place:
    """An operation of a scenario."""

    scenario: str
    position: int


@dataclass(frozen=True)
class Showing:
    """One implementation that shows a finding."""

    implementation: str
    verdict: Verdict
    """The gravest it has there."""
    file: str | None
    """The known-divergence file, or the declared member where the verdict is UNSUPPORTED."""
    reason: str | None
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Finding:
    """One way to differ, with everyone who differs so and everywhere."""

    axis: Axis
    fingerprint: str
    member: str
    field: str
    reference: str
    candidate: str
    shown: tuple[Showing, ...]
    """By id of the implementation."""
    explanation: str
    """Sentences: who else does so, and which axis explains it; empty on the backward axis."""

    @property
    def gravest(self) -> Showing:
        return max(self.shown, key=lambda one: SEVERITY[one.verdict])

    @property
    def verdict(self) -> Verdict:
        return self.gravest.verdict

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(sorted({place for one in self.shown for place in one.places}))


class Unlike(Enum):
    """What a version of Python does at a place, where it is not a value of its own."""

    NOTHING = "as the reference"
    UNKNOWN = "cannot be compared there"


Did = str | Unlike
"""What one version does: another value than the reference, or how it compares otherwise."""


@dataclass(frozen=True)
class Version:
    """One minor version of the reference's kind of Python, asked in this run."""

    name: str
    """As people say it: "3.9"."""
    implementation: str
    openssl: str | None
    """The series of OpenSSL it runs on."""

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.name.split("."))


@dataclass(frozen=True)
class Change:
    """When it became what it is: between the last version that differs and the first that not."""

    last: Version
    first: Version
    forwards: bool
    """Whether it is the way to the reference; otherwise away from it, in a version after it."""

    @property
    def versions(self) -> str:
        """The versions that may have made the change: only a gap leaves more than one."""
        before, after = self.last.number, self.first.number
        if before[0] != after[0] or after[1] - before[1] == 1:
            return self.first.name
        if after[1] - before[1] == 2:
            return f"{before[0]}.{before[1] + 1} or {self.first.name}"
        return f"one of {before[0]}.{before[1] + 1} to {self.first.name}"

    @property
    def caveat(self) -> str:
        """A sentence where the two run on different OpenSSLs, so that either may explain it."""
        if self.last.openssl == self.first.openssl:
            return ""
        return (
            f"Python {self.last.name} ran on {self.last.openssl} and {self.first.name} on "
            f"{self.first.openssl}, so it may be OpenSSL that changed."
        )


@dataclass(frozen=True)
class Stretch:
    """Versions next to each other that do the same."""

    when: str
    """Such as "until 3.9", "3.8 and 3.9", "since 3.10"; "by 3.12" where 3.11 was not asked."""
    value: str


@dataclass(frozen=True)
class Drift:
    """One thing that changed from version to version, with every place that shows it."""

    members: tuple[str, ...]
    field: str
    """Of the outcome; the class of an exception counts as "outcome"."""
    reference: str
    """What the reference does, which is the newest."""
    history: tuple[Did, ...]
    """What each version of the line did."""
    places: tuple[Place, ...]
    change: Change
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Apart:
    """What a witness that is no version of the reference's kind does differently, of its own."""

    implementation: str
    member: str
    field: str
    reference: str
    value: str
    places: tuple[Place, ...]


class Reading:
    """The results of a run, with what they amount to."""

    def __init__(self, results: Mapping[str, Any]) -> None:
        """`results` is what report/results.json holds."""
        self.results = results
        self.implementations: dict[str, Mapping[str, Any]] = {
            one["id"]: one for one in results["implementations"]
        }
        judgements = [Judgement.from_plain(one) for one in results["judgements"]]
        self.pairs = sorted(
            (one for one in judgements if one.server is None),
            key=lambda one: (one.scenario, one.implementation, one.axis),
        )
        self.interop = [one for one in judgements if one.server is not None]
        """What came of clients and servers."""
        self.reference: str = results["reference"]
        self.line = self._line()
        self._forward = {
            (pair.scenario, pair.implementation): pair
            for pair in self.pairs
            if pair.axis == "forward"
        }
        self._at = {key: divergences_at(pair.divergences) for key, pair in self._forward.items()}

    def _line(self) -> tuple[Version, ...]:
        """The reference and the witnesses whose id differs from its id in the version alone."""
        own = self.implementations.get(self.reference)
        if own is None or not own["python"]:
            return ()
        found = {}
        for one in self.implementations.values():
            version = minor(one["python"] or "")
            if version and not one["missing"] and one["role"] != "candidate":
                if one["id"] == self.reference.replace(minor(own["python"]), version):
                    found[version] = Version(version, one["id"], series(one["openssl"]))
        return tuple(sorted(found.values(), key=lambda version: version.number))

    def pairs_of(self, implementation: str, axis: Axis) -> list[Judgement]:
        return [
            pair
            for pair in self.pairs
            if pair.implementation == implementation and pair.axis == axis
        ]

    # Candidates

    def findings(self) -> list[Finding]:
        """What candidates do differently, each fingerprint once: the gravest verdict first."""
        shown: dict[tuple[Axis, str], list[tuple[Judgement, Divergence]]] = defaultdict(list)
        for pair in self.pairs:
            if pair.role == "candidate":
                for divergence in judged(pair):
                    shown[pair.axis, divergence.fingerprint].append((pair, divergence))
        found = [self._finding(axis, items) for (axis, _), items in shown.items()]
        return sorted(
            found,
            key=lambda one: (
                -SEVERITY[one.verdict],
                one.axis != "forward",
                one.member,
                one.field,
                one.fingerprint,
            ),
        )

    def _finding(self, axis: Axis, items: Sequence[tuple[Judgement, Divergence]]) -> Finding:
        by_implementation: dict[str, list[tuple[Judgement, Divergence]]] = defaultdict(list)
        for pair, divergence in items:
            by_implementation[pair.implementation].append((pair, divergence))
        shown = []
        for implementation, own in sorted(by_implementation.items()):
            _, gravest = max(own, key=lambda item: SEVERITY[item[1].verdict])
            places = sorted({Place(pair.scenario, one.position) for pair, one in own})
            shown.append(
                Showing(
                    implementation, gravest.verdict, gravest.file, gravest.reason, tuple(places)
                )
            )
        first = items[0][1]
        finding = Finding(
            axis,
            first.fingerprint,
            first.member,
            first.field,
            first.reference,
            first.candidate,
            tuple(shown),
            "",
        )
        if axis == "backward":
            return finding
        return Finding(**{**vars(finding), "explanation": self._explanation(finding)})

    def _explanation(self, finding: Finding) -> str:
        """Who else does so, and whether that makes it a matter of Python, OpenSSL or neither."""
        places = finding.places
        everywhere: list[str] = []
        somewhere: list[str] = []
        asked = 0
        for witness in self._witnesses():
            did = [self.did(witness, place, slot_of(finding)) for place in places]
            known = [what for what in did if what is not Unlike.UNKNOWN]
            asked += bool(known)
            same = [what for what in known if isinstance(what, str) and alike(what, finding)]
            if same:
                (everywhere if len(same) == len(known) else somewhere).append(witness)
        if not asked:
            return "No other implementation could be compared there."
        if not everywhere and not somewhere:
            return "No other implementation asked does so: it is the candidate's own."
        sentences = []
        if everywhere:
            sentences.append(self._as_others_do(everywhere))
        if somewhere:
            sentences.append(f"At some of the places {self._named(somewhere)} does so too.")
        sentences.append(self._openssl_axis(finding, everywhere))
        return " ".join(text for text in sentences if text)

    def _witnesses(self) -> list[str]:
        return [
            name
            for name, one in sorted(self.implementations.items())
            if one["role"] == "witness" and not one["missing"]
        ]

    def _as_others_do(self, witnesses: Sequence[str]) -> str:
        indices = [index for index, one in enumerate(self.line) if one.implementation in witnesses]
        others = [name for name in witnesses if name not in self._in_line()]
        if not indices:
            return f"As {listed(others)} does."
        text = f"As Python {self._versions(indices)} {'do' if len(indices) > 1 else 'does'}"
        if indices == list(range(len(indices))) and len(indices) < len(self.line):
            change = Change(self.line[indices[-1]], self.line[indices[-1] + 1], True)
            text += f"; changed in {change.versions}."
        else:
            text += ", and no other Python of that kind."
        return f"{text} Also {listed(others)}." if others else text

    def _named(self, witnesses: Sequence[str]) -> str:
        indices = [index for index, one in enumerate(self.line) if one.implementation in witnesses]
        others = [name for name in witnesses if name not in self._in_line()]
        return listed([f"Python {self._versions(indices)}"] * bool(indices) + others)

    def _in_line(self) -> set[str]:
        return {one.implementation for one in self.line}

    def _openssl_axis(self, finding: Finding, witnesses: Iterable[str]) -> str:
        """A sentence where it goes with the series of OpenSSL as well, which may be the cause."""
        doing = {*witnesses, *(one.implementation for one in finding.shown)}
        others = [self.reference, *(name for name in self._witnesses() if name not in doing)]
        theirs = {series(self.implementations[name]["openssl"]) for name in doing}
        rest = {series(self.implementations[name]["openssl"]) for name in others}
        if None in theirs | rest or theirs & rest:
            return ""
        return f"All of these run on {listed(sorted(map(str, theirs)))}, and none of the others."

    # Witnesses

    def did(self, implementation: str, place: Place, slot: str) -> Did:
        """What an implementation did at a place, as far as a slot of the outcome says.

        A slot is a field, but for the kind of outcome and the class of an exception, which are one:
        "outcome".
        """
        pair = self._forward.get((place.scenario, implementation))
        if pair is None or pair.verdict in ("MISSING", "ERROR"):
            return Unlike.UNKNOWN
        here = self._at[place.scenario, implementation].get(place.position, ())
        for divergence in here:
            if slot_of(divergence) == slot:
                return divergence.candidate if slot != "outcome" else outcome(divergence)[1]
        for divergence in here:
            if divergence.field in ("outcome", "operation", "lost") or (
                divergence.field == "exception" and slot in EXCEPTION_DETAILS
            ):
                return Unlike.UNKNOWN
        if place.position >= pair.compared and pair.role != "reference":
            ended = slot == "operation" and not here and pair.compared == pair.operations
            return Unlike.NOTHING if ended else Unlike.UNKNOWN
        return Unlike.NOTHING

    def drift(self) -> list[Drift]:
        """What changed along the line of versions, ordered as a changelog: newest change first."""
        references: dict[tuple[Place, str, str], str] = {}
        names = self._in_line() - {self.reference}
        for pair in self.pairs:
            if pair.axis != "forward" or pair.implementation not in names:
                continue
            for one in judged(pair):
                if one.verdict != "UNSUPPORTED":
                    key = (Place(pair.scenario, one.position), one.member, slot_of(one))
                    reference = outcome(one)[0] if key[2] == "outcome" else one.reference
                    # An outcome says why it raises, where a class alone does not.
                    references[key] = max(references.get(key, ""), reference, key=len)
        histories: dict[tuple[str, str, str], dict[tuple[Did, ...], set[Place]]] = defaultdict(
            lambda: defaultdict(set)
        )
        for (place, member, slot), reference in references.items():
            history = tuple(
                Unlike.NOTHING
                if version.implementation == self.reference
                else self.did(version.implementation, place, slot)
                for version in self.line
            )
            histories[member, slot, reference][history].add(place)
        members: dict[tuple[str, str, tuple[Did, ...]], dict[str, set[Place]]] = defaultdict(dict)
        for (member, slot, reference), own in sorted(histories.items()):
            for known, places in merged(own).items():
                members[slot, reference, known][member] = places
        found = [
            self._drift(tuple(sorted(own)), slot, reference, history, set().union(*own.values()))
            for (slot, reference, history), own in members.items()
        ]
        return sorted(
            found,
            key=lambda one: (
                [-number for number in one.change.first.number],
                [-number for number in one.change.last.number],
                one.members,
                one.field,
                one.reference,
                [str(what) for what in one.history],
            ),
        )

    def _drift(
        self,
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
            self._change(history),
            self._stretches(history, reference),
        )

    def _change(self, history: Sequence[Did]) -> Change:
        """The last change on the way to the reference, or the first after it."""
        own = [version.implementation for version in self.line].index(self.reference)
        before = [i for i in range(own) if isinstance(history[i], str)]
        if before:
            after = next(i for i in range(before[-1], own + 1) if history[i] is Unlike.NOTHING)
            return Change(self.line[before[-1]], self.line[after], True)
        after = next(i for i in range(own, len(history)) if isinstance(history[i], str))
        as_today = [i for i in range(own, after) if history[i] is Unlike.NOTHING]
        return Change(self.line[as_today[-1]], self.line[after], False)

    def _stretches(self, history: Sequence[Did], reference: str) -> tuple[Stretch, ...]:
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
            only = Stretch(f"only {self._versions(odd)}", values.pop())
            return only, Stretch("before and after", reference)
        found = []
        for number, (did, indices) in enumerate(runs):
            if number == 0 and indices[0] == 0 and len(runs) > 1:
                when = f"until {self.line[indices[-1]].name}"
            elif number == len(runs) - 1:
                previous = self.line[runs[number - 1][1][-1]] if number else self.line[indices[0]]
                first = self.line[indices[0]]
                exact = Change(previous, first, True).versions == first.name
                when = f"{'since' if exact else 'by'} {first.name}"
            else:
                when = self._versions(indices)
            found.append(Stretch(when, did if isinstance(did, str) else reference))
        return tuple(found)

    def _versions(self, indices: Sequence[int]) -> str:
        """Versions of the line in words: "3.6 to 3.8 and 3.10"."""
        groups: list[list[int]] = []
        for index in indices:
            if groups and groups[-1][-1] == index - 1:
                groups[-1].append(index)
            else:
                groups.append([index])
        words = []
        for group in groups:
            names = [self.line[index].name for index in group]
            words += [f"{names[0]} to {names[-1]}"] if len(names) > 2 else names
        return listed(words)

    def apart(self) -> list[Apart]:
        """What witnesses outside the line do differently, by implementation and member."""
        found: dict[tuple[str, str, str, str, str], set[Place]] = defaultdict(set)
        for pair in self.pairs:
            outside = pair.role == "witness" and pair.implementation not in self._in_line()
            if not outside or pair.axis != "forward":
                continue
            for one in judged(pair):
                if one.verdict != "UNSUPPORTED":
                    key = (pair.implementation, one.member, one.field, one.reference, one.candidate)
                    found[key].add(Place(pair.scenario, one.position))
        return [Apart(*key, tuple(sorted(places))) for key, places in sorted(found.items())]


def judged(pair: Judgement) -> list[Divergence]:
    """The divergences of a pair that stand for themselves.

    None in an ERROR, where nothing was judged; in a pair that is declared UNSUPPORTED as a whole
    only those that are declared one by one.
    """
    if pair.verdict == "ERROR":
        return []
    if pair.verdict == "UNSUPPORTED":
        limit = SEVERITY["UNSUPPORTED"]
        return [one for one in pair.divergences if SEVERITY[one.verdict] <= limit]
    return list(pair.divergences)


def declared_as_a_whole(pair: Judgement) -> bool:
    """Whether it is the scenario that is declared UNSUPPORTED, and not members it meets."""
    return pair.verdict == "UNSUPPORTED" and (
        len(judged(pair)) < len(pair.divergences)
        or not any(one.verdict == "UNSUPPORTED" for one in pair.divergences)
    )


def divergences_at(divergences: Iterable[Divergence]) -> dict[int, tuple[Divergence, ...]]:
    """Divergences by the position of their operation."""
    found: dict[int, tuple[Divergence, ...]] = {}
    for divergence in divergences:
        found[divergence.position] = (*found.get(divergence.position, ()), divergence)
    return found


def slot_of(divergence: Divergence | Finding) -> str:
    """What of an outcome a divergence speaks of: whether it raises and which class are one."""
    return "outcome" if divergence.field == "exception" else divergence.field


def outcome(divergence: Divergence | Finding) -> tuple[str, str]:
    """Both values; for the class of an exception they read as outcomes do."""
    values = divergence.reference, divergence.candidate
    if divergence.field == "exception":
        return f"raises {values[0]}", f"raises {values[1]}"
    return values


def alike(value: str, finding: Finding) -> bool:
    """Whether a value is the finding's, however the languages spell it."""
    return respelled(value) == respelled(outcome(finding)[1])


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


def minor(version: str) -> str:
    """The minor version of "3.13.0rc1", "3.13"; empty where there is none."""
    found = re.match(r"\d+\.\d+", version)
    return found.group() if found else ""


def series(openssl: str | None) -> str | None:
    """ "OpenSSL 3.0" of "OpenSSL 3.0.19 27 Jan 2026": what its makers call one release."""
    found = re.match(r"(\w+) (?:(1\.\d+\.\d+)|(\d+\.\d+))", openssl or "")
    return f"{found[1]} {found[2] or found[3]}" if found else openssl


def listed(names: Sequence[str]) -> str:
    """Names in words: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
