"""REPORT.md: what is known of a run, arranged for the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.explain.titles import title
from conformance.judge.equivalence import RULES
from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import ACCEPTED, VERDICTS, Judgement
from conformance.report.audits import AuditRecord
from conformance.report.baseline import block, facts_of, sealed, topic
from conformance.report.coverage import ContractSection
from conformance.report.drift import WORDING, Drift, apart_of, drift_of
from conformance.report.findings import (
    Finding,
    Occurrence,
    Place,
    Reading,
    declared_as_a_whole,
    judged,
    of_lane,
)
from conformance.report.interop import InteropSection
from conformance.report.links import link_to_reference, link_to_source, links
from conformance.report.markdown import code, contents, contrasted, count, link, prose
from conformance.report.openssl import DocumentedChange, OpensslSection
from conformance.report.python_changes import PythonChange
from conformance.report.terminal import axes_of, failing, ordered, tally
from conformance.report.versions import listed, suites
from conformance.run.canaries import CANARIES
from conformance.run.ids import target_id, test_id
from conformance.run.plan import Axis
from conformance.transcript.masks import MASKS

TEMPLATE = "report.md.jinja"
PLACES_UNFOLDED = 40
"""Places listed at all, most of them only when they are unfolded."""
APART_SHOWN = 25
"""Entries listed for a witness that is no version of the reference's own kind."""

CONTENTS = "<!-- contents -->"
"""Where the list of the sections goes."""


def render(
    results: Mapping[str, Any],
    pins: Sequence[Pin],
    audits: Sequence[AuditRecord] = (),
    changes: Sequence[PythonChange] = (),
    documented: Sequence[DocumentedChange] = (),
) -> str:
    """The text of REPORT.md. The same results give the same text, in whatever order they come.

    `results` is what report/results.json holds; `pins` are those of conformance/divergences/;
    `audits` are those of audits.toml; `changes` are what Python's documentation and tracker say,
    `documented` what OpenSSL says of its own.
    """
    everything = Reading(results)
    lanes = results.get("lanes", [])
    page = Page(Reading(of_lane(results, 0)), pins, changes)
    page.other_lanes = [
        LaneSection(lane["openssl"], Page(Reading(of_lane(results, number)), pins, changes))
        for number, lane in enumerate(lanes)
        if number and lane["reference"] is not None
    ]
    page.everything = everything
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(code=code, prose=prose, count=count, suites=suites)
    openssl = OpensslSection(results, documented)
    text = environment.get_template(TEMPLATE).render(page=page, audits=audits, openssl=openssl)
    text = text.replace(CONTENTS, contents(text))
    return sealed(text + block(facts_of(everything)) + "\n")


@dataclass(frozen=True)
class Column:
    """A column of the matrix: an implementation on an axis."""

    implementation: str
    axis: Axis
    title: str


@dataclass(frozen=True)
class ShownValue:
    """A value, and the implementations that have it."""

    implementations: str
    value: str


@dataclass(frozen=True)
class Entry:
    """A finding as the report shows it. All texts are Markdown."""

    title: str
    verdicts: str
    claim: str
    outcomes: tuple[ShownValue, ...]
    judgement: tuple[str, ...]
    explanation: str
    scenarios: int
    places: tuple[str, ...]
    rerun: str


@dataclass(frozen=True)
class AcceptedDivergence:
    """A decision as the report shows it. All texts are Markdown."""

    anchor: str
    title: str
    reason: str
    workaround: str
    decided: str
    """Category, who decided, where it can be read, until when."""
    findings: tuple[int, ...]
    """Their numbers."""


@dataclass(frozen=True)
class VersionSection:
    """The drift that one version brought."""

    title: str
    caveat: str
    entries: tuple[str, ...]


@dataclass(frozen=True)
class LaneSection:
    """What came of a lane beside the first."""

    openssl: str
    page: Page


class Page:
    """Everything that the template shows."""

    other_lanes: Sequence[LaneSection] = ()
    """Those beside the one that most of the page is about."""

    def __init__(
        self,
        reading: Reading,
        pins: Sequence[Pin],
        changes: Sequence[PythonChange] = (),
    ) -> None:
        self.reading = reading
        self.everything = reading
        """The reading of all lanes."""
        self.results = reading.results
        self.verdicts = VERDICTS
        self.accepted = ACCEPTED
        self.reference = reading.reference
        self._decisions = {pin.decision.name: pin.decision for pin in pins}
        self._claims = {one["id"]: one for one in self.results["scenarios"]}
        self._order = ordered(reading)
        self._divergences = {
            (pair.scenario, pair.implementation, pair.axis): len(pair.divergences)
            for pair in reading.pairs
        }
        found = reading.findings()
        self._findings = [one for one in found if not self._is_in_a_table(one)]
        self._inherited = [one for one in found if one.verdict == "inherited"]
        drift = drift_of(reading)
        self._drift = [one for one in drift if one.field not in WORDING]
        self._wording = [one for one in drift if one.field in WORDING]
        self._changes = changes
        self.interop = InteropSection(reading.interop, self._order)

    @staticmethod
    def _is_in_a_table(finding: Finding) -> bool:
        """Whether a table of its own has it, and not the list of divergences of candidates."""
        return finding.verdict in ("inherited", "UNSUPPORTED")

    @property
    def contract(self) -> ContractSection | None:
        """What a whole run covers of the reference's public members."""
        contract = self.results.get("contract")
        return None if contract is None else ContractSection(contract)

    # The verdict

    @property
    def problems(self) -> list[str]:
        return sorted(self.results["problems"])

    @property
    def gate(self) -> str:
        results = self.results
        if not results["complete"]:
            return "**The gate FAILS: the run is incomplete.**"
        failed = failing(self.everything)
        if not results["passed"]:
            reasons = []
            if failed:
                reasons.append(
                    f"{len(failed)} of {len(self.everything.pairs)} verdicts are unacceptable"
                )
            if self.problems:
                reasons.append(f"the run has {count(len(self.problems), 'problem')}")
            missing = [one for one in self._order if self.reading.implementations[one]["missing"]]
            if missing:
                reasons.append(f"{listed(missing)} is missing")
            return f"**The gate FAILS: {'; '.join(reasons) or 'the run did not pass'}.**"
        if not results["whole"]:
            return "**What was run passes, but part of the suite was left out: not the gate.**"
        return "**The gate passes.**"

    @property
    def canaries(self) -> str:
        caught = [
            f"{code(one['id'])} is {one['verdict']}"
            for one in sorted(self.results["canaries"], key=lambda one: str(one["id"]))
            if one["verdict"] == one["expected"]
        ]
        if len(caught) < len(CANARIES):
            return "**Not every canary was caught: this run proves nothing.**"
        return f"Wrong on purpose in every run, and caught: {', '.join(caught)}."

    @property
    def distances(self) -> list[str]:
        """Sentences: how far each candidate is, and how far Pythons are among themselves."""
        sentences = []
        for column in self.candidate_columns:
            pairs = self.reading.pairs_of(column.implementation, column.axis)
            against = self._against(column)
            alike = sum(pair.verdict in ("same", "equivalent") for pair in pairs)
            findings = [
                one
                for one in self._findings
                if one.axis == column.axis
                and any(own.implementation == column.implementation for own in one.shown)
            ]
            sentence = f"`{column.implementation}` behaves as `{against}` in {alike} of " + count(
                len(pairs), "scenario"
            )
            rest = self._rest(pairs)
            if rest:
                sentence += f" ({rest})"
            if findings:
                sentence += f"; what differs comes down to {count(len(findings), 'finding')}"
            sentences.append(sentence + ".")
        scale = self._scale()
        return [*sentences, scale] if scale else sentences

    @staticmethod
    def _rest(pairs: Sequence[Judgement]) -> str:
        return tally([pair for pair in pairs if pair.verdict not in ("same", "equivalent")])

    def _scale(self) -> str:
        """How far the oldest Python is, for comparison."""
        oldest = self.reading.line[0] if self.reading.line else None
        if oldest is None or oldest.implementation == self.reference:
            return ""
        pairs = self.reading.pairs_of(oldest.implementation, "forward")
        drifted = sum(pair.verdict not in ("same", "equivalent") for pair in pairs)
        return (
            f"For scale: Python {oldest.name} differs from `{self.reference}` in {drifted} of "
            f"{count(len(pairs), 'scenario')}, and from version to version there are "
            f"{count(len(self._drift), 'finding')}."
        )

    def _against(self, column: Column) -> str:
        if column.axis == "forward":
            return self.reference
        return str(self.reading.implementations[column.implementation]["backward_reference"])

    # What was compared with what

    @property
    def environment(self) -> list[Mapping[str, Any]]:
        return [self.everything.implementations[name] for name in ordered(self.everything)]

    @property
    def left_out(self) -> list[str]:
        """Sentences about what was wanted and cannot be had, or compared."""
        return list(self.results.get("left_out", []))

    @property
    def candidate_columns(self) -> list[Column]:
        return self._columns("candidate")

    @property
    def witness_columns(self) -> list[Column]:
        return self._columns("witness")

    def _columns(self, role: str) -> list[Column]:
        found = []
        for name in self._order:
            one = self.reading.implementations[name]
            if one["role"] == role:
                for axis in axes_of(self.reading, name):
                    against = one["backward_reference"]
                    title = f"{name} against {against}" if axis == "backward" else name
                    found.append(Column(name, axis, title))
        return sorted(found, key=lambda column: column.axis != "forward")

    @property
    def topics(self) -> list[str]:
        return sorted({topic(pair.scenario) for pair in self.reading.pairs})

    def cell(self, subject: str, column: Column) -> str:
        """What came of a topic in a candidate's column, the unacceptable in bold."""
        pairs = self._pairs(subject, column)
        parts = tally(pairs).split(", ") if pairs else ["·"]
        bold = {name for name in VERDICTS if name not in ACCEPTED}
        return ", ".join(f"**{text}**" if text.split()[-1] in bold else text for text in parts)

    def drifting(self, subject: str, column: Column) -> str:
        """In how many scenarios of a topic a witness differs."""
        pairs = self._pairs(subject, column)
        if not pairs:
            return "·"
        counts = Counter(pair.verdict for pair in pairs)
        parts = [f"{counts['drift'] + counts['known']}/{len(pairs)}"]
        parts += [
            f"{counts[name]} {name}"
            for name in VERDICTS
            if counts[name] and name not in ("same", "equivalent", "drift", "known")
        ]
        return ", ".join(parts)

    def _pairs(self, subject: str, column: Column) -> list[Judgement]:
        found = self.reading.pairs_of(column.implementation, column.axis)
        return [pair for pair in found if topic(pair.scenario) == subject]

    # Findings

    @property
    def findings(self) -> list[Entry]:
        return [self._entry(finding) for finding in self._findings]

    def _entry(self, finding: Finding) -> Entry:
        gravest = finding.gravest
        place = min(gravest.places, key=lambda one: self._aptness(finding, gravest, one))
        verdicts = ", ".join(f"{own.verdict} on `{own.implementation}`" for own in finding.shown)
        target = target_id(gravest.implementation, finding.axis)
        return Entry(
            title=self._title(finding),
            verdicts=verdicts + (" (backward axis)" if finding.axis == "backward" else ""),
            claim=self.claim(place.scenario),
            outcomes=self._outcomes(finding, gravest),
            judgement=tuple(self._judgement(finding)),
            explanation=prose(finding.explanation),
            scenarios=len({place.scenario for place in finding.places}),
            places=self._places(finding.places),
            rerun=f"pytest '{test_id(place.scenario, target)}'",
        )

    def _aptness(
        self, finding: Finding, shown: Occurrence, place: Place
    ) -> tuple[bool, bool, int, Place]:
        """Orders places: first those whose claim speaks of the member, then where it is alone."""
        anchor = self._claims.get(place.scenario, {}).get("anchor", "")
        name = finding.member.rpartition(".")[2]
        key = (place.scenario, shown.implementation, finding.axis)
        return (
            not anchor.endswith(finding.member),
            name not in anchor,
            self._divergences[key],
            place,
        )

    @staticmethod
    def _title(finding: Finding) -> str:
        words = title(finding.member, finding.field, finding.candidate_kind)
        if words.startswith(finding.member):
            return code(finding.member) + " " + prose(words[len(finding.member) :])
        return prose(words[0].upper() + words[1:])

    def _outcomes(self, finding: Finding, gravest: Occurrence) -> tuple[ShownValue, ...]:
        column = Column(gravest.implementation, finding.axis, "")
        candidates = ", ".join(f"`{own.implementation}`" for own in finding.shown)
        ours, theirs = contrasted([finding.reference, finding.candidate])
        return ShownValue(f"`{self._against(column)}`", ours), ShownValue(candidates, theirs)

    def _judgement(self, finding: Finding) -> list[str]:
        """What was decided about it: a sentence for each decision, or for each verdict."""
        found: dict[str, None] = {}
        for own in finding.shown:
            if own.verdict in ("inherited", "NEW") or own.reason is None:
                found[f"{own.verdict}: {VERDICTS[own.verdict]}."] = None
                continue
            decision = self._decisions.get(own.file or "")
            if decision is not None:
                sentence = link(prose(decision.title), "#" + decision.anchor) + "."
            else:
                sentence = prose(own.reason)
                sentence += f" ({code(own.file)})" if own.file is not None else ""
            found[f"{own.verdict}: {sentence}"] = None
        return list(found)

    @property
    def decisions(self) -> list[AcceptedDivergence]:
        """The decisions that findings refer to, in the order of their files."""
        numbers: dict[str, list[int]] = {}
        for number, finding in enumerate(self._findings, 1):
            for name in dict.fromkeys(own.file for own in finding.shown):
                if name in self._decisions and name is not None:
                    numbers.setdefault(name, []).append(number)
        return [
            self._decision(self._decisions[name], tuple(numbers[name])) for name in sorted(numbers)
        ]

    @staticmethod
    def _decision(decision: Decision, findings: tuple[int, ...]) -> AcceptedDivergence:
        decided = f"*{decision.category}*, decided by {prose(decision.decided_by)}"
        decided += f", review by {decision.review_by}" if decision.review_by else ""
        return AcceptedDivergence(
            decision.anchor,
            prose(decision.title),
            prose(decision.reason),
            prose(decision.workaround),
            "; ".join([decided, *map(link_to_reference, decision.tracker), code(decision.name)]),
            findings,
        )

    @staticmethod
    def _places(places: Sequence[Place]) -> tuple[str, ...]:
        """Every scenario, those that differ in their parameters alone as one."""
        parameters: dict[str, list[str]] = {}
        for scenario in sorted({place.scenario for place in places}):
            name, _, rest = scenario.partition("[")
            parameters.setdefault(name, []).extend([rest[:-1]] if rest else [])
        lines = []
        for name, own in parameters.items():
            values = f" ({', '.join(map(code, own))})" if own else ""
            lines.append(code(name) + values)
        if len(lines) > PLACES_UNFOLDED:
            more = len(lines) - PLACES_UNFOLDED
            lines[PLACES_UNFOLDED:] = [f"and {more} more in report/results.json"]
        return tuple(lines)

    def claim(self, scenario: str) -> str:
        """What a scenario claims, with a link to where the documentation says so."""
        found = self._claims.get(scenario)
        if found is None:
            return prose(scenario)
        if not found["anchor"]:
            return prose(found["claim"])
        return f"{prose(found['claim'])} ({link_to_source(found['anchor'])})"

    @property
    def failures(self) -> list[tuple[str, str, str, str]]:
        """Failing pairs that no divergence explains: verdict, where, why, and how many."""
        found: dict[tuple[str, str, str], list[Judgement]] = {}
        for pair in failing(self.reading):
            if not any(one.verdict == pair.verdict for one in judged(pair)):
                key = (pair.verdict, pair.implementation, pair.note or "")
                found.setdefault(key, []).append(pair)
        rows = []
        for (verdict, _, note), pairs in found.items():
            first = pairs[0]
            where = code(test_id(first.scenario, first.target))
            if len(pairs) > 1:
                where += f" and {len(pairs) - 1} more"
            rows.append((verdict, where, prose(note or VERDICTS[first.verdict]), str(len(pairs))))
        return rows

    @property
    def inherited(self) -> list[tuple[str, str, str, str, str]]:
        """What the graft kept: title, both values, where, and in how many places."""
        rows = []
        for one in self._inherited:
            ours, theirs = contrasted([one.reference, one.candidate])
            where, places = code(one.places[0].scenario), str(len(one.places))
            rows.append((self._title(one), ours, theirs, where, places))
        return rows

    @property
    def unsupported(self) -> list[tuple[str, str, str, str]]:
        """Declared absences: implementation, what, why, and in how many scenarios it mattered."""
        found: dict[tuple[str, str, str], set[str]] = {}
        for pair in self.reading.pairs:
            for one in judged(pair):
                if one.verdict == "UNSUPPORTED":
                    key = (pair.implementation, code(one.file or one.member), one.reason or "")
                    found.setdefault(key, set()).add(pair.scenario)
            if declared_as_a_whole(pair):
                key = (pair.implementation, "whole scenarios", pair.note or "")
                found.setdefault(key, set()).add(pair.scenario)
        return [
            (f"`{name}`", what, prose(reason), str(len(scenarios)))
            for (name, what, reason), scenarios in sorted(
                found.items(), key=lambda item: (self._order.index(item[0][0]), item[0])
            )
        ]

    # Drift

    @property
    def changes(self) -> list[VersionSection]:
        """What changed from version to version, except for the words of errors."""
        return self._by_version(self._drift)

    @property
    def wording(self) -> list[VersionSection]:
        """Where only the words of an error changed."""
        return self._by_version(self._wording)

    @property
    def undocumented(self) -> list[str]:
        """Findings of which no entry of python_changes.toml says where they come from."""
        if not self._changes:
            return []
        return [
            f"{one.step.versions}: {self._subject(one.members, one.field)}"
            for one in self._drift
            if not any(change.explains(one, self.reading.line) for change in self._changes)
        ]

    def _by_version(self, drift: Sequence[Drift]) -> list[VersionSection]:
        groups: dict[
            tuple[str, str], dict[tuple[tuple[str, ...], tuple[Place, ...]], list[Drift]]
        ] = {}
        for one in drift:
            how = "Changed in" if one.step.forwards else "Newer than the reference: changed in"
            title = f"{how} {one.step.versions}"
            said = " ".join(text for text in (one.step.patch_levels, one.step.caveat) if text)
            group = groups.setdefault((title, said), {})
            key = (one.members, () if one.is_new else one.places)
            group.setdefault(key, []).append(one)
        return [
            VersionSection(
                title, prose(caveat), tuple(self._drift_entry(entry) for entry in entries.values())
            )
            for (title, caveat), entries in groups.items()
        ]

    def _drift_entry(self, drifts: Sequence[Drift]) -> str:
        """One entry of the changelog: all that changed at the same places."""
        first = drifts[0]
        scenario = first.places[0].scenario
        histories = []
        for one in drifts:
            values = contrasted([stretch.value for stretch in one.stretches])
            histories.append(
                "; ".join(
                    f"{stretch.when} {value}"
                    for stretch, value in zip(one.stretches, values, strict=True)
                )
            )
            if one is not first:
                histories[-1] = f"{one.field.replace('_', ' ')}: {histories[-1]}"
        where = f"{count(len(first.places), 'place')}, such as {code(scenario)}"
        if len(first.places) == 1:
            where = code(scenario)
        known = list(
            dict.fromkeys(
                change
                for one in drifts
                for change in self._changes
                if change.explains(one, self.reading.line)
            )
        )
        subject = self._subject(first.members, first.field)
        changed = f": {'. And '.join(histories)}"
        if first.call is not None and not first.is_new:
            subject += f", {code(first.call)}"
        entry = f"{subject}{' is new' if first.is_new else changed} ({where})"
        return entry + "".join(
            f". *{prose(change.summary)}* {links(change.references)}" for change in known
        )

    @staticmethod
    def _subject(members: Sequence[str], field: str) -> str:
        shown = members if len(members) <= 4 else members[:3]
        names = ", ".join(code(name) for name in shown)
        if len(shown) < len(members):
            names += f" and {len(members) - len(shown)} more"
        plain = ("value", "outcome", "operation")
        return f"**{names}**" + ("" if field in plain else f" {field.replace('_', ' ')}")

    @property
    def apart(self) -> list[tuple[str, int, list[str]]]:
        """Witnesses of another kind: id, how many findings, and the first of them."""
        entries: dict[str, list[str]] = {}
        for one in apart_of(self.reading):
            theirs, ours = contrasted([one.value, one.reference])
            entry = (
                f"{self._subject((one.member,), one.field)}: {theirs}, the reference {ours} "
                f"({count(len(one.places), 'place')})"
            )
            entries.setdefault(one.implementation, []).append(entry)
        return [(name, len(own), own[:APART_SHOWN]) for name, own in entries.items()]

    @property
    def unmet(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """What the reference no longer does, or does not do: the claim, why, and both outcomes."""
        rows = []
        for one in (*self.reading.pairs, *self.reading.interop):
            if one.verdict == "unmet":
                shown = []
                for found in one.divergences:
                    before, now = contrasted([found.reference, found.candidate])
                    words = title(found.member, found.field, found.candidate_kind)
                    shown.append(f"{prose(words)}: before {before}, now {now}")
                rows.append((self.claim(one.scenario), prose(one.note or ""), tuple(shown)))
        return rows

    # Rules and masks

    @property
    def judged_columns(self) -> list[str]:
        """Candidates by id, for the counts of rules and masks."""
        return [one for one in self._order if self._is_candidate(one)]

    def _is_candidate(self, name: str) -> bool:
        one = self.reading.implementations[name]
        return one["role"] == "candidate" and not one["missing"]

    @property
    def rules(self) -> list[tuple[str, str, list[str]]]:
        """Every rule with its reason, and how often it applied: per candidate, all witnesses."""
        return [
            (name, prose(reason), self._hits((pair.rules.get(name, 0), pair) for pair in self._all))
            for name, reason in RULES.items()
        ]

    @property
    def masks(self) -> list[tuple[str, str, list[str]]]:
        return [
            (name, prose(what), self._hits((pair.masks.get(name, 0), pair) for pair in self._all))
            for name, what in MASKS.items()
        ]

    @property
    def _all(self) -> list[Judgement]:
        return self.reading.pairs

    def _hits(self, hits: Iterable[tuple[int, Judgement]]) -> list[str]:
        counts = Counter[str]()
        for number, pair in hits:
            if pair.role != "reference":
                counts["" if pair.role == "witness" else pair.implementation] += number
        return [str(counts[name] or "–") for name in (*self.judged_columns, "")]
