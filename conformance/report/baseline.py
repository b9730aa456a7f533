"""What REPORT.md claims, as lines of text that a review can read and a later run is compared with.

They are in a file beside the report, sorted, one fact a line, with " | " between its parts, so that
another behaviour is another line. An implementation is compared with what the file says of it only
where its exact Python and OpenSSL are the file's, and its reference's too. Only candidates can make
a run fail; of witnesses there is the drift, which nothing depends on. Checksums in the report show
that nobody changed either file by hand.
"""

from __future__ import annotations

import hashlib
import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from conformance.judge.known import Decision
from conformance.judge.verdict import SEVERITY, VERDICTS, Divergence, Judgement
from conformance.report.drift import Drift
from conformance.report.findings import Reading, judged
from conformance.report.subjects import COURSE, subject_of
from conformance.report.versions import listed, suites
from conformance.transcript.elide import FINGERPRINT, contrast_with_digest, elide_with_digest
from impls.host.versions import exact_openssl

SUFFIX = ".findings.txt"
"""What the name of the file has in place of the report's ".md"."""

HEAD = """\
# What the report beside this file claims, one fact a line, as a later run is compared with it.
# Written with the report; never edit it. A finding has member, field and both values as a pin has
# them, and then the first place that shows it, with the call in words of ssl. Lines of "drift" are
# for reviews: no run fails for them.
"""
SEPARATOR = " | "
OF_FINDINGS = "<!-- sha256 of the findings: "
CHECKSUM = "<!-- sha256 of all above: "
END = " -->"


class Report(NamedTuple):
    """REPORT.md and the findings beside it, as texts."""

    text: str
    findings: str


KINDS = {
    "run": "how much was run",
    "reference": "its id",
    "implementation": "its role and exact versions",
    "compared": "with what",
    "verdicts": "of a topic, counted",
    "finding": "one way to differ",
    "decision": "the digest of what it says",
    "drift": "what changed between Pythons: the version is in the place of the implementation",
}
"""The kinds of facts, and what each says."""


class Fact(NamedTuple):
    """One line."""

    kind: str
    """One of KINDS."""
    implementation: str
    axis: str
    subject: str
    """The topic, or what differs and how: member, call, field and both values."""
    detail: str
    """What may change: verdict, number of places and the first of them, or the counts."""

    @property
    def line(self) -> str:
        return SEPARATOR.join(map(plain, self))

    @property
    def member(self) -> str:
        """What differs, of a finding or of drift: SSLObject.read."""
        return self.subject.partition(SEPARATOR)[0]

    @classmethod
    def read(cls, line: str) -> Fact:
        """The fact of a line. Raises ValueError where it is not one."""
        kind, implementation, axis, rest = line.split(SEPARATOR, 3)
        if kind not in KINDS:
            raise ValueError(f"{kind} is not a kind of fact")
        subject, _, detail = rest.rpartition(SEPARATOR)
        return cls(kind, implementation, axis, subject, detail)


def plain(text: str) -> str:
    """A text on one line, with nothing that cannot be printed; "-" where there is none."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
    return shown.strip() or "-"


def without_separator(text: str) -> str:
    """A text that stays one part of a line: "Options|Options"."""
    return text.replace(SEPARATOR, "|")


def path_of(report: Path) -> Path:
    """Where the findings of a report are."""
    return report.with_suffix(SUFFIX)


def text_of(reading: Reading, drifts: Iterable[Drift], decisions: Mapping[str, Decision]) -> str:
    """The text of the file for a run: `reading` has all of its lanes."""
    facts = [*facts_of(reading), *facts_of_interop(reading), *facts_of_drift(drifts)]
    facts += facts_of_decisions(reading, decisions)
    return HEAD + "".join(f"{line}\n" for line in sorted({fact.line for fact in facts}))


def facts_of(reading: Reading) -> Iterable[Fact]:
    """What was run, and what candidates came to."""
    yield Fact("run", "", "", "", extent(reading.results))
    yield Fact("reference", "", "", "", reading.reference)
    for name, one in reading.implementations.items():
        if not one["missing"]:
            yield Fact("implementation", name, "", one["role"], exactly(one))
    pairs = {(one.axis, one.implementation, one.reference) for one in reading.pairs}
    for axis, name, reference in pairs:
        if reference:
            yield Fact("compared", name, axis, "", reference)
    cells: dict[tuple[str, str, str], Counter[str]] = {}
    found: dict[tuple[str, str, str], list[tuple[Judgement, Divergence]]] = {}
    for pair in reading.pairs:
        if pair.role != "candidate":
            continue
        at = (pair.implementation, str(pair.axis), topic(pair.scenario))
        cells.setdefault(at, Counter())[pair.verdict] += 1
        for divergence in judged(pair):
            what = (pair.implementation, str(pair.axis), subject(divergence))
            found.setdefault(what, []).append((pair, divergence))
    for cell, counts in cells.items():
        yield Fact("verdicts", *cell, counted(counts))
    anchors = {one["id"]: one["anchor"] for one in reading.results["scenarios"]}
    for key, items in found.items():
        worst = max((one for _, one in items), key=lambda one: SEVERITY[one.verdict])
        places = len({(pair.scenario, one.position) for pair, one in items})
        said = f" by {worst.file}" if worst.file else ""
        seen = f"{worst.verdict} at {number(places, 'place')}{said}: {where(items, anchors)}"
        yield Fact("finding", *key, seen)


def where(items: Sequence[tuple[Judgement, Divergence]], anchors: Mapping[str, str]) -> str:
    """How ssl is used at the first place of a finding, and in which scenario."""
    pair, first = min(items, key=lambda item: (item[0].scenario, item[1].position))
    scenario = pair.scenario
    anchor = anchors.get(scenario, "")
    of = subject_of(first.member, first.call, first.reference, scenario, anchor)
    used = "" if first.member == COURSE else f"{of.call or of.member} in "
    return without_separator(f"{used}{scenario}")


def subject(divergence: Divergence) -> str:
    """What differs and how, with both values; a long one has its digest."""
    values = (
        elide_with_digest(value, FINGERPRINT)
        for value in (divergence.reference, divergence.candidate)
    )
    return SEPARATOR.join(map(plain, (divergence.member, divergence.field, *values)))


def facts_of_interop(reading: Reading) -> Iterable[Fact]:
    """What a candidate did opposite the reference: which others a run has may differ."""
    cells: dict[tuple[str, str], Counter[str]] = {}
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in reading.interop:
        parties = {"client": one.implementation, "server": str(one.server)}
        reference = one.reference or reading.reference
        sides = [side for side, name in parties.items() if name != reference]
        if len(sides) != 1:
            continue
        side = sides[0]
        name = parties[side]
        if reading.implementations[name]["role"] != "candidate":
            continue
        cells.setdefault((name, f"interop as {side}"), Counter())[one.verdict] += 1
        for divergence in one.divergences:
            what = f"{subject(divergence)}{SEPARATOR}as {side}, in the {divergence.side}"
            found.setdefault((name, what, divergence.verdict), []).append(one.scenario)
    for (name, what), counts in cells.items():
        yield Fact("verdicts", name, "forward", what, counted(counts))
    for (name, what, verdict), scenarios in found.items():
        first = without_separator(min(scenarios))
        seen = f"{verdict} at {number(len(scenarios), 'place')}: {first}"
        yield Fact("finding", name, "forward", what, seen)


def facts_of_decisions(reading: Reading, decisions: Mapping[str, Decision]) -> Iterable[Fact]:
    """The digests of what the decisions say that the run refers to: the report repeats it."""
    named = {
        one.file
        for pair in reading.pairs
        if pair.role == "candidate"
        for one in judged(pair)
        if one.file is not None
    }
    for name in named & decisions.keys():
        one = decisions[name]
        said = (one.title, one.reason, one.workaround, one.category, one.python_bug)
        yield Fact("decision", "", "", name, checksum("\0".join((*said, *one.tracker)))[:12])


def facts_of_drift(drifts: Iterable[Drift]) -> Iterable[Fact]:
    """What changed between Pythons, a fact for each finding."""
    for one in drifts:
        first = one.changes[0]
        parts = [without_separator(one.member), without_separator(one.call or ""), first.field]
        if one.kind == "changed":
            parts += contrast_with_digest([first.before, first.after], FINGERPRINT)
        what = SEPARATOR.join(map(plain, parts))
        on = f" on {listed(one.openssls)} alone" if one.missing_in_first_lane else ""
        seen = f"{number(len(one.places), 'place')}{on}: {one.places[0].scenario}"
        yield Fact("drift", one.since, one.kind, what, without_separator(seen))


def number(places: int, noun: str) -> str:
    return f"{places} {noun}{'' if places == 1 else 's'}"


def exactly(implementation: Mapping[str, Any]) -> str:
    """What an implementation is: "CPython 3.13.0 on OpenSSL 3.0.19", and how it was built."""
    openssl = exact_openssl(implementation["openssl"]) or "an unknown OpenSSL"
    built = implementation.get("default_suites", "python")
    how = "" if built == "python" else f", with {suites(built)}"
    return f"{implementation['interpreter']} {implementation['python']} on {openssl}{how}"


def extent(results: Mapping[str, Any]) -> str:
    """How much of the suite was run."""
    if not results["complete"]:
        return "incomplete"
    return "whole" if results["whole"] else "partial"


def topic(scenario: str) -> str:
    return scenario.partition("/")[0]


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in VERDICTS if counts.get(name))


# Checksums


def sealed(text: str, findings: str) -> str:
    """A report with the checksums of its findings and of itself."""
    text = f"{text}{OF_FINDINGS}{checksum(findings)}{END}\n"
    return f"{text}{CHECKSUM}{checksum(text)}{END}\n"


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_intact(made: Report) -> bool:
    """Whether a report and its findings are as they were written, line ends apart."""
    report, findings = (text.replace("\r\n", "\n") for text in made)
    above, found, below = report.rpartition(CHECKSUM)
    own = f"{OF_FINDINGS}{checksum(findings)}{END}\n"
    return bool(found) and below.rstrip() == f"{checksum(above)}{END}" and above.endswith(own)


# Comparing


def facts_in(findings: str) -> set[Fact]:
    """The facts of a text; an empty set where some line is not one."""
    lines = [line for line in findings.splitlines() if line and not line.startswith("#")]
    try:
        return {Fact.read(line) for line in lines}
    except ValueError:
        return set()


def is_readable(report: Report) -> bool:
    """Whether a report and its findings are whole enough for anything to be compared with them."""
    return bool(_Claims(facts_in(report.findings)).extent) and CHECKSUM in report.text


def not_comparable(committed: Report, fresh: Report) -> list[str]:
    """Sentences about what `stale` leaves out, to be shown; none is a fault."""
    ours, theirs = _Claims(facts_in(committed.findings)), _Claims(facts_in(fresh.findings))
    sentences = []
    if ours.reference and theirs.reference and ours.reference != theirs.reference:
        sentences.append(
            f"REPORT.md compares with {ours.reference} and this run with {theirs.reference}: "
            "only findings of the backward axis were checked."
        )
    for name in sorted(ours.implementations - theirs.implementations):
        sentences.append(f"REPORT.md has results of {name}, which this run does not have.")
    for name in sorted(theirs.implementations - ours.implementations):
        sentences.append(f"REPORT.md has no results of {name}, which this run has.")
    for name in sorted(ours.implementations & theirs.implementations):
        before, now = ours.versions(name), theirs.versions(name)
        if before != now:
            sentences.append(
                f"REPORT.md has {name} as {before}, and this run as {now}: it was not checked."
            )
    apart = len(ours.of("drift") ^ theirs.of("drift"))
    if apart:
        sentences.append(
            f"{number(apart, 'line')} of drift between Pythons differ from REPORT.md's: that is no "
            "fault of a candidate."
        )
    return sentences


def stale(committed: Report, fresh: Report) -> list[str]:
    """How the findings of a committed report differ from a fresh one's; [] when they are current.

    What comes out are sentences. Only candidates that both have are compared, each only where its
    versions and those of its reference are the same in both; see `not_comparable` for the rest.
    """
    if not is_readable(committed):
        return [
            "The committed REPORT.md and its findings cannot be read as a report of this suite: "
            "write it again with --report."
        ]
    ours, theirs = _Claims(facts_in(committed.findings)), _Claims(facts_in(fresh.findings))
    if not theirs.extent:
        return ["The fresh findings cannot be read as those of this suite."]
    for which, claims in (("committed REPORT.md is", ours), ("fresh report is", theirs)):
        if claims.extent != "whole":
            return [f"The {which} of a run that was {claims.extent}, so it proves nothing."]
    if not ours.implementations & theirs.implementations:
        return ["The committed REPORT.md and this run have no implementation in common."]
    sentences = []
    if not is_intact(committed):
        sentences.append(
            "The committed REPORT.md or its findings were changed by hand: write it again with "
            "--report."
        )
    return sentences + _changes(ours, theirs)


def news(before: str, now: str) -> tuple[list[Fact], list[Fact]]:
    """The facts of findings and drift that only `now` has, and those that only `before` has.

    What candidates do comes first. Both arguments are texts of findings. A line whose counts alone
    changed is in neither.
    """
    ours, theirs = (
        {fact[:4]: fact for fact in facts_in(text) if fact.kind in ("finding", "drift")}
        for text in (before, now)
    )
    line = operator.attrgetter("line")
    return (
        sorted((theirs[key] for key in theirs.keys() - ours.keys()), key=line, reverse=True),
        sorted((ours[key] for key in ours.keys() - theirs.keys()), key=line, reverse=True),
    )


def _changes(ours: _Claims, theirs: _Claims) -> list[str]:
    """What became of the facts about every candidate that can be compared."""
    common = {name for name in ours.candidates & theirs.candidates}
    before, now = ours.about(common), theirs.about(common)
    sentences = []
    for key in sorted(before.keys() | now.keys()):
        _, name, axis, _ = key
        if all(one == other for one, other in _circumstances(ours, theirs, axis, name)):
            sentences += difference(before.get(key), now.get(key))
    decided = ours.of("decision") ^ theirs.of("decision")
    return sentences + [
        f"REPORT.md does not say what {name} says: write it again with --report."
        for name in sorted({fact.subject for fact in decided})
        if any(fact.subject == name for fact in theirs.of("decision"))
    ]


def _circumstances(
    ours: _Claims, theirs: _Claims, axis: str, name: str
) -> Iterable[tuple[str, str]]:
    """What must be the same for what two reports say of an implementation to be comparable."""
    references = [claims.compared_with(axis, name) for claims in (ours, theirs)]
    yield references[0], references[1]
    yield ours.versions(name), theirs.versions(name)
    yield ours.versions(references[0]), theirs.versions(references[1])


def difference(before: Fact | None, now: Fact | None) -> list[str]:
    """What became of one fact, as a sentence, or nothing."""
    fact = now or before
    assert fact is not None
    if before is not None and now is not None and before.detail == now.detail:
        return []
    where = fact.implementation + (" (backward)" if fact.axis == "backward" else "")
    if fact.kind == "verdicts":
        said = before.detail if before else "nothing"
        found = now.detail if now else "nothing"
        return [f"REPORT.md says of {fact.subject} on {where}: {said}; now it is: {found}."]
    what = f"{shown(fact.subject)} on {where}"
    if before is None:
        return [f"REPORT.md does not have the finding {what}: {fact.detail}."]
    if now is None:
        return [f"REPORT.md has a finding that is gone: {what}: {fact.detail}."]
    return [f"REPORT.md says of {what}: {before.detail}; now it is: {now.detail}."]


def shown(subject: str) -> str:
    """A finding's subject for a sentence: member, field, and both values."""
    parts: Sequence[str] = subject.split(SEPARATOR, 3)
    if len(parts) < 4:
        return subject
    member, field, *values = parts
    return f"{member}, {field}: {' -> '.join(values)}"


class _Claims:
    """The facts of one text."""

    def __init__(self, facts: set[Fact]) -> None:
        self.facts = facts
        self.extent = self._only("run")
        self.reference = self._only("reference")
        self._had = {fact.implementation: fact for fact in self.of("implementation")}
        self.implementations = set(self._had)
        self.candidates = {name for name, fact in self._had.items() if fact.subject == "candidate"}
        self._with = {(fact.axis, fact.implementation): fact.detail for fact in self.of("compared")}

    def of(self, kind: str) -> set[Fact]:
        return {fact for fact in self.facts if fact.kind == kind}

    def _only(self, kind: str) -> str:
        return next((fact.detail for fact in self.of(kind)), "")

    def versions(self, name: str) -> str:
        """The exact versions of an implementation; empty where the text does not say."""
        return self._had[name].detail if name in self._had else ""

    def compared_with(self, axis: str, name: str) -> str:
        """The reference of an implementation on an axis."""
        return self._with.get((axis, name), self.reference if axis == "forward" else "")

    def about(self, implementations: set[str]) -> dict[tuple[str, str, str, str], Fact]:
        return {
            fact[:4]: fact
            for fact in self.facts
            if fact.implementation in implementations and fact.kind in ("finding", "verdicts")
        }
