"""What candidates do differently, by decision and in ssl's words. Texts are plain.

Findings that differ in a number, a label or an object's name are one. Where a scenario went another
way because of a difference, that is a consequence of it and no finding of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.judge.compare import LEFT_BEHIND
from conformance.judge.known import Decision
from conformance.judge.verdict import ACCEPTED, SEVERITY, Verdict
from conformance.report.findings import Finding, Occurrence, Place, Reading, outcome
from conformance.report.neutral import neutral
from conformance.report.subjects import COURSE, subject_of
from conformance.run.ids import target_id, test_id
from conformance.run.plan import Axis

APART = ("inherited", "UNSUPPORTED")
"""Verdicts of what has tables of its own: what the graft kept, and what is declared absent."""


@dataclass(frozen=True)
class Seen:
    """One way in which candidates differ, wherever they do. All texts are plain."""

    id: str
    """Stable: it depends on what differs and not on the run."""
    axis: Axis
    member: str
    """In ssl's words: see subjects.py."""
    call: str
    """How it is used; the member where that is not known."""
    field: str
    reference: str
    candidate: str
    verdicts: tuple[tuple[str, Verdict], ...]
    """By id of the implementation, the gravest of each."""
    files: tuple[str, ...]
    """Of the decisions or declarations that speak of it."""
    reasons: tuple[str, ...]
    since: str
    """Sentences: which others do so, since which version."""
    places: tuple[Place, ...]
    example: str
    """The test that shows it."""
    claim: str
    """The id of the scenario whose claim says it best."""
    openssls: tuple[str, ...]
    """The series of OpenSSL on which it was seen."""
    is_course: bool
    """Whether it is only that a scenario goes another way."""

    @property
    def verdict(self) -> Verdict:
        return max((verdict for _, verdict in self.verdicts), key=lambda one: SEVERITY[one])

    @property
    def passed(self) -> bool:
        return self.verdict in ACCEPTED

    @property
    def scenarios(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.scenario for place in self.places))


@dataclass(frozen=True)
class Decided:
    """A decision with what it accepts."""

    decision: Decision
    seen: tuple[Seen, ...]
    """What a program sees, the first of which is shown as the example; where a scenario only goes
    another way is left out if there is more."""
    consequences: int
    """How many of those were left out."""

    @property
    def openssls(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.seen for name in one.openssls))

    @property
    def implementations(self) -> tuple[str, ...]:
        return tuple(sorted({name for one in self.seen for name, _ in one.verdicts}))


def seen_in(reading: Reading, findings: Iterable[Finding]) -> list[Seen]:
    """What the findings of one lane come to, the gravest first."""
    scenarios = {one["id"]: one["anchor"] for one in reading.results["scenarios"]}
    openssl = reading.line[-1].openssl if reading.line else None
    found: dict[str, Seen] = {}
    for finding in findings:
        made = _seen(reading, finding, scenarios, openssl or "")
        known = found.get(made.id)
        found[made.id] = made if known is None else together(known, made)
    return sorted(found.values(), key=order)


def order(one: Seen) -> tuple[object, ...]:
    return (-SEVERITY[one.verdict], one.axis != "forward", one.is_course, one.member, one.id)


def together(one: Seen, other: Seen) -> Seen:
    """Two of the same id as one: what is shown of them is that of the first."""
    verdicts = dict(one.verdicts)
    for name, verdict in other.verdicts:
        verdicts[name] = max(verdicts.get(name, verdict), verdict, key=lambda it: SEVERITY[it])
    return replace(
        one,
        verdicts=tuple(sorted(verdicts.items())),
        files=tuple(dict.fromkeys((*one.files, *other.files))),
        reasons=tuple(dict.fromkeys((*one.reasons, *other.reasons))),
        places=tuple(sorted({*one.places, *other.places})),
        openssls=tuple(dict.fromkeys((*one.openssls, *other.openssls))),
    )


def seen_in_lanes(readings: Sequence[Reading]) -> list[Seen]:
    """What candidates do differently in any lane, each way once, except what is shown apart."""
    found: dict[str, Seen] = {}
    for reading in readings:
        findings = [one for one in reading.findings() if one.verdict not in APART]
        for one in seen_in(reading, findings):
            found[one.id] = together(found[one.id], one) if one.id in found else one
    return sorted(found.values(), key=order)


def ids_of(reading: Reading) -> dict[tuple[Axis, str, str], str]:
    """The id of every way to differ of one lane, by axis, fingerprint and decision."""
    anchors = {one["id"]: one["anchor"] for one in reading.results["scenarios"]}
    return {
        (one.axis, one.fingerprint, own.file or ""): _seen(reading, one, anchors, "").id
        for one in reading.findings()
        for own in one.shown
    }


def by_decision(seen: Iterable[Seen], decisions: Mapping[str, Decision]) -> list[Decided]:
    """The decisions that a run refers to, by name, each with what it accepts."""
    found: dict[str, list[Seen]] = {}
    for one in seen:
        for name in one.files:
            if name in decisions:
                found.setdefault(name, []).append(one)
    made = []
    for name in sorted(found):
        own = sorted(found[name], key=_order_in_decision)
        shown = [one for one in own if not one.is_course] or own
        made.append(Decided(decisions[name], tuple(shown), len(own) - len(shown)))
    return made


def _order_in_decision(one: Seen) -> tuple[object, ...]:
    """What most programs see comes first, and what is left behind after what a call does."""
    return (one.is_course, one.field == LEFT_BEHIND, -len(one.places), one.member)


def _seen(reading: Reading, finding: Finding, anchors: Mapping[str, str], openssl: str) -> Seen:
    gravest = finding.gravest
    place = min(gravest.places, key=lambda one: _aptness(finding, gravest, one, anchors))
    anchor = anchors.get(place.scenario, "")
    subject = subject_of(finding.member, finding.call, finding.reference, place.scenario, anchor)
    ours, theirs = outcome(finding)
    alike = (
        finding.axis,
        subject.member,
        finding.field,
        neutral(ours),
        neutral(theirs),
        *finding.files,
    )
    text = "\0".join(alike).encode("utf-8", "surrogatepass")
    target = target_id(gravest.implementation, finding.axis)
    return Seen(
        hashlib.sha256(text).hexdigest()[:8],
        finding.axis,
        subject.member,
        subject.call or subject.member,
        finding.field,
        ours,
        theirs,
        tuple((own.implementation, own.verdict) for own in finding.shown),
        finding.files,
        tuple(dict.fromkeys(own.reason for own in finding.shown if own.reason)),
        finding.explanation,
        finding.places,
        test_id(place.scenario, target),
        place.scenario,
        (openssl,) if openssl else (),
        finding.member == COURSE,
    )


def _aptness(
    finding: Finding, shown: Occurrence, place: Place, anchors: Mapping[str, str]
) -> tuple[bool, bool, Place]:
    """Orders places: first those whose claim speaks of the member."""
    anchor = anchors.get(place.scenario, "")
    name = finding.member.rpartition(".")[2]
    return (not anchor.endswith(finding.member), name not in anchor, place)
