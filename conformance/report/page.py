"""REPORT.md: what is known of a run, arranged for the template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.explain.titles import explain_title
from conformance.judge.equivalence import RULES
from conformance.judge.known import KnownDivergence
from conformance.judge.verdict import ACCEPTED, VERDICTS, Judgement
from conformance.report.audits import AuditRecord
from conformance.report.baseline import block, facts_of, sealed, topic
from conformance.report.coverage import Coverage
from conformance.report.findings import (
    Drift,
    Finding,
    Place,
    Reading,
    Showing,
    declared_as_a_whole,
    judged,
    listed,
)
from conformance.report.interop import Meetings
from conformance.report.markdown import code, contents, contrasted, count, link, prose
from conformance.report.python_changes import DOCUMENTATION, Known, address_of
from conformance.report.terminal import axes_of, failing, ordered, tally
from conformance.run.canaries import CANARIES
from conformance.run.ids import target_id, test_id
from conformance.run.plan import Axis
from conformance.transcript.build import MASKS

OPENSSL_MANUAL = "https://docs.openssl.org/master/man{section}/{name}/"
RFCS = "https://www.rfc-editor.org/rfc/"
PEPS = "https://peps.python.org/pep-{number:04}/"
TEMPLATE = "report.md.jinja"
PLACES_UNFOLDED = 40
"""Places listed at all, most of them only when they are unfolded."""
APART_SHOWN = 25
"""Entries listed for a witness that is no version of the reference's own kind."""

CONTENTS = "<!-- contents -->"
"""Where the template wants the list of its sections."""


def render(
    results: Mapping[str, Any],
    known: Sequence[KnownDivergence],
    audits: Sequence[AuditRecord] = (),
    history: Sequence[Known] = (),
) -> str:
    """The text of REPORT.md. The same results give the same text, in whatever order they come.

    `results` is what report/results.json holds; `known` are the files of conformance/divergences,
    for who decided what; `audits` are those of audits.toml; `history` is what Python says of its
    own changes.
    """
    reading = Reading(results)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(code=code, prose=prose, count=count)
    text = environment.get_template(TEMPLATE).render(
        page=Page(reading, known, history), audits=audits
    )
    text = text.replace(CONTENTS, contents(text))
    return sealed(text + block(facts_of(reading)) + "\n")


@dataclass(frozen=True)
class Column:
    """A column of the matrix: an implementation on an axis."""

    implementation: str
    axis: Axis
    title: str


@dataclass(frozen=True)
class Outcome:
    """Whose value, and the value."""

    who: str
    value: str


@dataclass(frozen=True)
class Entry:
    """A finding as the report shows it. All texts are Markdown."""

    title: str
    verdicts: str
    claim: str
    outcomes: tuple[Outcome, ...]
    judgement: tuple[str, ...]
    explanation: str
    scenarios: int
    places: tuple[str, ...]
    rerun: str


@dataclass(frozen=True)
class Change:
    """A group of drift that one version brought."""

    title: str
    caveat: str
    entries: tuple[str, ...]


class Page:
    """Everything the template asks for."""

    def __init__(
        self,
        reading: Reading,
        known: Sequence[KnownDivergence],
        history: Sequence[Known] = (),
    ) -> None:
        self.reading = reading
        self.results = reading.results
        self.verdicts = VERDICTS
        self.accepted = ACCEPTED
        self.reference = reading.reference
        self._known = {file.name: file for file in known}
        self._claims = {one["id"]: one for one in self.results["scenarios"]}
        self._order = ordered(reading)
        self._divergences = {
            (pair.scenario, pair.implementation, pair.axis): len(pair.divergences)
            for pair in reading.pairs
        }
        found = reading.findings()
        self._findings = [one for one in found if not self._is_in_a_table(one)]
        self._inherited = [one for one in found if one.verdict == "inherited"]
        self._drift = reading.drift()
        self._history = history
        self.meetings = Meetings(reading.interop, self._order)

    @staticmethod
    def _is_in_a_table(finding: Finding) -> bool:
        """Whether it is told in a table of its own, and not as a divergence of a candidate."""
        return finding.verdict in ("inherited", "UNSUPPORTED")

    @property
    def contract(self) -> Coverage | None:
        """What a whole run covers of the reference's public members."""
        contract = self.results.get("contract")
        return None if contract is None else Coverage(contract)

    # The verdict

    @property
    def problems(self) -> list[str]:
        return sorted(self.results["problems"])

    @property
    def gate(self) -> str:
        results = self.results
        if not results["complete"]:
            return "**The gate FAILS: the run is incomplete.**"
        failed = failing(self.reading)
        if not results["passed"]:
            told = []
            if failed:
                told.append(f"{len(failed)} of {len(self.reading.pairs)} verdicts are unacceptable")
            if self.problems:
                told.append(f"the run has {count(len(self.problems), 'problem')}")
            missing = [one for one in self._order if self.reading.implementations[one]["missing"]]
            if missing:
                told.append(f"{listed(missing)} is missing")
            return f"**The gate FAILS: {'; '.join(told) or 'the run did not pass'}.**"
        if not results["whole"]:
            return "**What was asked passes, but part of the suite was left out: not the gate.**"
        return "**The gate passes.**"

    @property
    def canaries(self) -> str:
        caught = [
            f"{code(one['id'])} is {one['verdict']}"
            for one in sorted(self.results["canaries"], key=lambda one: str(one["id"]))
            if one["verdict"] == one["expected"]
        ]
        if len(caught) < len(CANARIES):
            return "**Not every canary was caught: this run finds out nothing.**"
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
            told = f"`{column.implementation}` answers as `{against}` in {alike} of " + count(
                len(pairs), "scenario"
            )
            rest = self._rest(pairs)
            if rest:
                told += f" ({rest})"
            if findings:
                told += f"; what differs comes down to {count(len(findings), 'finding')}"
            sentences.append(told + ".")
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
        return [self.reading.implementations[name] for name in self._order]

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
        told = tally(pairs).split(", ") if pairs else ["·"]
        bold = {name for name in VERDICTS if name not in ACCEPTED}
        return ", ".join(f"**{text}**" if text.split()[-1] in bold else text for text in told)

    def drifting(self, subject: str, column: Column) -> str:
        """How many scenarios of a topic a witness answers differently."""
        pairs = self._pairs(subject, column)
        if not pairs:
            return "·"
        counts = Counter(pair.verdict for pair in pairs)
        told = [f"{counts['drift'] + counts['known']}/{len(pairs)}"]
        told += [
            f"{counts[name]} {name}"
            for name in VERDICTS
            if counts[name] and name not in ("same", "equivalent", "drift", "known")
        ]
        return ", ".join(told)

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
        self, finding: Finding, shown: Showing, place: Place
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
        words = explain_title(finding.member, finding.field, finding.candidate)
        if words.startswith(finding.member):
            return code(finding.member) + " " + prose(words[len(finding.member) :])
        return prose(words[0].upper() + words[1:])

    def _outcomes(self, finding: Finding, gravest: Showing) -> tuple[Outcome, ...]:
        column = Column(gravest.implementation, finding.axis, "")
        who = ", ".join(f"`{own.implementation}`" for own in finding.shown)
        ours, theirs = contrasted([finding.reference, finding.candidate])
        return Outcome(f"`{self._against(column)}`", ours), Outcome(who, theirs)

    def _judgement(self, finding: Finding) -> list[str]:
        """What was decided about it: a sentence for each file that speaks of it."""
        found: dict[str, None] = {}
        for own in finding.shown:
            if own.verdict in ("inherited", "NEW") or own.reason is None:
                found[f"{own.verdict}: {VERDICTS[own.verdict]}."] = None
                continue
            file = self._known.get(own.file or "")
            told = f"{own.verdict}: {prose(own.reason)}"
            if file is not None:
                told += f" (*{file.category}*, decided by {prose(file.decided_by)}; "
                told += sources(file.references)
                told += f"; review by {file.review_by}" if file.review_by else ""
                told += f"; {code(file.name)})"
            elif own.file is not None:
                told += f" ({code(own.file)})"
            found[told] = None
        return list(found)

    @staticmethod
    def _places(places: Sequence[Place]) -> tuple[str, ...]:
        """Every scenario, those that differ in their parameters alone as one."""
        parameters: dict[str, list[str]] = {}
        for scenario in sorted({place.scenario for place in places}):
            name, _, rest = scenario.partition("[")
            parameters.setdefault(name, []).extend([rest[:-1]] if rest else [])
        told = []
        for name, own in parameters.items():
            values = f" ({', '.join(map(code, own))})" if own else ""
            told.append(code(name) + values)
        if len(told) > PLACES_UNFOLDED:
            more = len(told) - PLACES_UNFOLDED
            told[PLACES_UNFOLDED:] = [f"and {more} more in report/results.json"]
        return tuple(told)

    def claim(self, scenario: str) -> str:
        """What a scenario claims, with a link to where the documentation says so."""
        found = self._claims.get(scenario)
        if found is None:
            return prose(scenario)
        if not found["anchor"]:
            return prose(found["claim"])
        return f"{prose(found['claim'])} ({source(found['anchor'])})"

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
    def changes(self) -> list[Change]:
        groups: dict[
            tuple[str, str], dict[tuple[tuple[str, ...], tuple[Place, ...]], list[Drift]]
        ] = {}
        for one in self._drift:
            how = "Changed in" if one.change.forwards else "Newer than the reference: changed in"
            title = f"{how} {one.change.versions}"
            group = groups.setdefault((title, one.change.caveat), {})
            group.setdefault((one.members, one.places), []).append(one)
        return [
            Change(title, prose(caveat), tuple(self._told(entry) for entry in entries.values()))
            for (title, caveat), entries in groups.items()
        ]

    def _told(self, drifts: Sequence[Drift]) -> str:
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
                entry
                for one in drifts
                for entry in self._history
                if entry.explains(one, self.reading.line)
            )
        )
        subject = self._subject(first.members, first.field)
        told = f"{subject}: {'. And '.join(histories)} ({where})"
        return told + "".join(
            f". *{prose(entry.told)}* {sources(entry.references)}" for entry in known
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
        """Witnesses of another kind: who, how many findings, and the first of them."""
        entries: dict[str, list[str]] = {}
        for one in self.reading.apart():
            theirs, ours = contrasted([one.value, one.reference])
            told = (
                f"{self._subject((one.member,), one.field)}: {theirs}, the reference {ours} "
                f"({count(len(one.places), 'place')})"
            )
            entries.setdefault(one.implementation, []).append(told)
        return [(name, len(told), told[:APART_SHOWN]) for name, told in entries.items()]

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


def sources(references: Sequence[str]) -> str:
    """Links to what reviewed files name."""
    return ", ".join(map(reference, references))


def reference(named: str) -> str:
    """A link to what a reviewed file names: an issue, a PEP, a page, or what source() knows."""
    page = re.match(r"whatsnew/([\d.]+)\.html", named)
    if page is not None:
        return link(f"What's New in {page[1]}", address_of(named))
    if re.fullmatch(r"(gh|bpo)-\d+", named):
        return link(named, address_of(named))
    pep = re.match(r"PEP (\d+)", named)
    if pep is not None:
        return link(pep[0], PEPS.format(number=int(pep[1]))) + prose(named[pep.end() :])
    if named.startswith(("https://", "http://")):
        return link(prose(named), named)
    return source(named) if re.match(r"man:|rfc\d|\S+\.html", named) else prose(named)


def source(anchor: str) -> str:
    """A link to where the documentation, a manual page of OpenSSL or an RFC says so."""
    manual = re.fullmatch(r"man:([\w-]+)\((\w+)\)", anchor)
    if manual is not None:
        address = OPENSSL_MANUAL.format(name=manual[1], section=manual[2])
        return link(f"OpenSSL's {code(manual[1])}", address)
    rfc = re.match(r"rfc(\d+)", anchor)
    if rfc is not None:
        return link(f"RFC {rfc[1]}", RFCS + anchor)
    return link("documentation", DOCUMENTATION + anchor)
