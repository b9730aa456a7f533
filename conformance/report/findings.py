"""What the divergences of candidates amount to: findings, since when, and because of what.

A finding is one fingerprint on one axis, however many scenarios and implementations show it. The
witnesses say what explains it: a value that Python 3.9 gives too, and 3.10 no longer, is a matter
of the Python version and not of the candidate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from conformance.judge.compare import EXCEPTION_DETAILS, FOLLOWING, LEFT_BEHIND, NAME
from conformance.judge.verdict import SEVERITY, Divergence, Judgement, Verdict
from conformance.report.versions import Version, VersionStep, in_words, listed, minor, series
from conformance.run.plan import Axis
from conformance.transcript.model import ObservedKind
from impls.host.versions import numbers, without_lane


@dataclass(frozen=True, order=True)
class Place:
    """An operation of a scenario."""

    scenario: str
    position: int


@dataclass(frozen=True)
class Occurrence:
    """One implementation that shows a finding."""

    implementation: str
    verdict: Verdict
    """The gravest it has there."""
    file: str | None
    """The decision's file, or the declared member where the verdict is UNSUPPORTED."""
    reason: str | None
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Finding:
    """One way to differ, with every implementation that differs so, and where.

    Where several decisions speak of the same way, it is a finding of each.
    """

    axis: Axis
    fingerprint: str
    member: str
    field: str
    reference: str
    candidate: str
    candidate_kind: ObservedKind
    neutral: str | None
    """The candidate's value as no language spells it, where that is another text."""
    call: str | None
    """How the member is used, at the first of the places that were met."""
    shown: tuple[Occurrence, ...]
    """By id of the implementation."""
    explanation: str
    """Sentences: which others do so, and which axis explains it; empty on the backward axis."""

    @property
    def gravest(self) -> Occurrence:
        return max(self.shown, key=lambda one: SEVERITY[one.verdict])

    @property
    def verdict(self) -> Verdict:
        return self.gravest.verdict

    @property
    def files(self) -> tuple[str, ...]:
        """The decisions and declarations that speak of it."""
        return tuple(sorted({own.file for own in self.shown if own.file}))

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(sorted({place for one in self.shown for place in one.places}))


class Unlike(Enum):
    """What a version of Python does at a place, where it is not a value of its own."""

    NOTHING = "as the reference"
    UNKNOWN = "cannot be compared there"


NOWHERE = "No other implementation could be compared there."
OWN = "No other implementation in this run does so: it is the candidate's own."
"""Explanations of a finding that no witness helps to explain."""

Did = str | Unlike
"""What one version does: another value than the reference, or how it compares otherwise."""


def of_lane(results: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """The results of one lane of a run; what is in none belongs to the first."""
    lanes = results.get("lanes", [])
    if len(lanes) < 2:
        return results
    others = [
        {name for name in (lane["reference"], *lane["implementations"]) if name}
        for lane in lanes[1:]
    ]
    every = {one["id"] for one in results["implementations"]}
    own = others[number - 1] if number else every.difference(*others)
    return {
        **results,
        "reference": lanes[number]["reference"],
        "implementations": [one for one in results["implementations"] if one["id"] in own],
        "judgements": [
            one
            for one in results["judgements"]
            if {one["implementation"], one["server"]} <= {*own, None}
        ],
    }


def kind_of(implementation: Mapping[str, Any]) -> str:
    """The id of an implementation without its version and lane: "stdlib-py"."""
    name, python = without_lane(implementation["id"]), implementation["python"] or ""
    version = minor(python)
    return name.replace(python, version).replace(version, "") if version else name


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
        """Versions of the reference's own kind of Python, the oldest first."""
        self._forward = {
            (pair.scenario, pair.implementation): pair
            for pair in self.pairs
            if pair.axis == "forward"
        }
        self._at = {key: divergences_at(pair.divergences) for key, pair in self._forward.items()}

    def _line(self) -> tuple[Version, ...]:
        """The reference and the witnesses whose id differs from its id in the version alone.

        Of two patch levels it has the reference, or else the newer one.
        """
        own = self.implementations.get(self.reference)
        if own is None or not own["python"]:
            return ()
        kind = kind_of(own)
        found = {}
        same = [
            one
            for one in self.implementations.values()
            if not one["missing"] and one["role"] != "candidate" and kind_of(one) == kind
        ]
        for one in sorted(same, key=lambda one: (one is own, numbers(one["python"]))):
            version = minor(one["python"])
            if version:
                found[version] = Version(
                    version,
                    one["id"],
                    series(one["openssl"]),
                    str(one["python"]),
                    one.get("default_suites", "python"),
                )
        return tuple(sorted(found.values(), key=lambda version: version.number))

    @property
    def in_line(self) -> set[str]:
        """The implementations of the line."""
        return {one.implementation for one in self.line}

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
        found = [
            self._finding(axis, items)
            for (axis, _), every in shown.items()
            for items in by_decision(every)
        ]
        return sorted(
            found,
            key=lambda one: (
                -SEVERITY[one.verdict],
                one.axis != "forward",
                one.member,
                one.field,
                one.fingerprint,
                one.files,
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
                Occurrence(
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
            first.candidate_kind,
            first.neutral,
            first.call,
            tuple(shown),
            "",
        )
        if axis == "backward":
            return finding
        return Finding(**{**vars(finding), "explanation": self._explanation(finding)})

    def _explanation(self, finding: Finding) -> str:
        """Which others do so, and whether that makes it a matter of Python, OpenSSL or neither."""
        places = finding.places
        everywhere: list[str] = []
        somewhere: list[str] = []
        compared = 0
        for witness in self._witnesses():
            found = [self._found(witness, place, slot_of(finding)) for place in places]
            known = [what for what in found if what is not Unlike.UNKNOWN]
            compared += bool(known)
            same = [what for what in known if isinstance(what, Divergence) and alike(what, finding)]
            if same:
                (everywhere if len(same) == len(known) else somewhere).append(witness)
        if not compared:
            return NOWHERE
        if not everywhere and not somewhere:
            return OWN
        sentences = []
        if everywhere:
            sentences.append(self._as_others_do(everywhere))
        if somewhere:
            do = "do" if len(somewhere) > 1 else "does"
            sentences.append(f"At some of the places {self._named(somewhere)} {do} so too.")
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
        others = [name for name in witnesses if name not in self.in_line]
        if not indices:
            return f"As {listed(others)} does."
        text = f"As Python {in_words(self.line, indices)} {'do' if len(indices) > 1 else 'does'}"
        if indices == list(range(len(indices))) and len(indices) < len(self.line):
            change = VersionStep(self.line[indices[-1]], self.line[indices[-1] + 1], True)
            when = change.versions
            text += f"; changed {when if change.is_gap else f'in {when}'}."
        else:
            text += ", and no other Python of that kind."
        return f"{text} Also {listed(others)}." if others else text

    def _named(self, witnesses: Sequence[str]) -> str:
        indices = [index for index, one in enumerate(self.line) if one.implementation in witnesses]
        others = [name for name in witnesses if name not in self.in_line]
        return listed([f"Python {in_words(self.line, indices)}"] * bool(indices) + others)

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

        A slot is a field, except that the kind of outcome and the class of an exception are one:
        "outcome".
        """
        found = self._found(implementation, place, slot)
        if isinstance(found, Unlike):
            return found
        return outcome(found)[1] if slot == "outcome" else found.candidate

    def made_of_another(self, implementation: str, place: Place) -> str | None:
        """The value that an implementation made of one which differed before, if it did."""
        pair = self._forward.get((place.scenario, implementation))
        return None if pair is None else pair.followed.get(place.position)

    def of_the_same_number(self, implementation: str, place: Place) -> str | None:
        """The flags that an implementation gave, if they differ in their name alone."""
        found = self._found(implementation, place, NAME)
        return None if isinstance(found, Unlike) else (found.words or {}).get("value")

    def went_another_way(self, implementation: str, place: Place) -> bool:
        """Whether an implementation came to a place in another way, or not at all."""
        pair = self._forward.get((place.scenario, implementation))
        if pair is None or pair.verdict in ("MISSING", "ERROR"):
            return False
        return self._found(implementation, place, "operation") is not Unlike.NOTHING

    def words(self, implementation: str, place: Place) -> Mapping[str, str]:
        """What an exception of another class than the reference's says at a place, by field."""
        found = self._found(implementation, place, "outcome")
        return {} if isinstance(found, Unlike) else found.words or {}

    def _found(self, implementation: str, place: Place, slot: str) -> Divergence | Unlike:
        """How an implementation differs at a place in a slot of the outcome, if it does."""
        pair = self._forward.get((place.scenario, implementation))
        if pair is None or pair.verdict in ("MISSING", "ERROR"):
            return Unlike.UNKNOWN
        here = self._at[place.scenario, implementation].get(place.position, ())
        for divergence in here:
            if slot_of(divergence) == slot:
                return divergence
        for divergence in here:
            field = divergence.field
            hides_detail = field == "exception" and slot in EXCEPTION_DETAILS
            hides_name = field == "value" and slot == NAME
            if field in ("outcome", "operation", "lost") or hides_detail or hides_name:
                return Unlike.UNKNOWN
        if place.position in pair.followed and slot in FOLLOWING:
            return Unlike.UNKNOWN
        if place.position >= pair.compared and pair.role != "reference":
            at_the_end = slot in ("operation", LEFT_BEHIND)
            ends_there = pair.compared == pair.operations == place.position
            ended = at_the_end and not here and ends_there
            return Unlike.NOTHING if ended else Unlike.UNKNOWN
        return Unlike.NOTHING


def by_decision(
    items: Sequence[tuple[Judgement, Divergence]],
) -> Iterable[Sequence[tuple[Judgement, Divergence]]]:
    """Divergences of one fingerprint, apart where several decisions speak of them.

    What none speaks of goes with the first of them.
    """
    files = sorted({one.file or "" for _, one in items} - {""})
    groups: dict[str, list[tuple[Judgement, Divergence]]] = {}
    for pair, one in items:
        groups.setdefault(one.file or (files or [""])[0], []).append((pair, one))
    return groups.values()


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


def alike(one: Divergence | Finding, other: Divergence | Finding) -> bool:
    """Whether two candidates do the same, however their languages spell it."""
    return neutral_outcome(one) == neutral_outcome(other)


def neutral_outcome(divergence: Divergence | Finding) -> str:
    """What a candidate did, as no language spells it; reads as outcomes do."""
    neutral = divergence.candidate if divergence.neutral is None else divergence.neutral
    return f"raises {neutral}" if divergence.field == "exception" else neutral
