"""A run at a glance: whether the gate passes, and what there is to know before anything else.

Texts are plain sentences with `code`; REPORT.md and the HTML show the same ones.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.coverage import guards
from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import LOST, Judgement
from conformance.report import openssl, python_changes
from conformance.report.audits import AuditRecord
from conformance.report.changelog import Headline, Version, changelog
from conformance.report.coverage import ContractSection
from conformance.report.decided import Decided, Seen, by_decision, seen_in, seen_in_lanes
from conformance.report.drift import Drift
from conformance.report.drift_of_lanes import drift_of_lanes
from conformance.report.edits import same_edit
from conformance.report.findings import Reading, of_lane
from conformance.report.interop import InteropSection
from conformance.report.markdown import count
from conformance.report.openssl import DocumentedChange, OpensslSection
from conformance.report.python_changes import PythonChanges
from conformance.report.terminal import axes_of, failing, ordered
from conformance.report.versions import listed, series
from conformance.run.canaries import CANARIES
from conformance.run.plan import Axis
from impls.host.versions import exact_openssl

ALIKE = ("same", "equivalent")
DECIDED = ("known", "UNSUPPORTED")


@dataclass(frozen=True)
class Row:
    """A candidate opposite one reference: how many scenarios came to what."""

    candidate: str
    what: str
    """Which names are compared, and with what."""
    openssl: str
    scenarios: int
    alike: int
    inherited: int
    """The graft does as stock 2.7 does."""
    decided: int
    """Differs as a decision or a declaration says."""
    new: int
    """All else, which fails the run."""


class Overview:
    """Everything that a run comes to, arranged for people. `results` is what results.json holds."""

    def __init__(
        self,
        results: Mapping[str, Any],
        pins: Sequence[Pin] = (),
        audits: Sequence[AuditRecord] = (),
        changes: PythonChanges | None = None,
        documented: Sequence[DocumentedChange] = (),
    ) -> None:
        self.results = results
        self.audits = audits
        self.changes = changes or PythonChanges()
        self.documented = documented
        self.openssl = OpensslSection(results, documented)
        """What OpenSSL itself changed."""
        self.everything = Reading(results)
        """All lanes as one."""
        lanes = results.get("lanes", [])
        self.readings = [self.everything]
        if len(lanes) > 1:
            self.readings = [
                Reading(of_lane(results, number))
                for number, lane in enumerate(lanes)
                if lane["reference"] is not None
            ]
        """One for each lane that has a reference."""
        self.decisions: dict[str, Decision] = {pin.decision.name: pin.decision for pin in pins}
        self.order = ordered(self.everything)
        self.interop = InteropSection(self.everything.interop, self.order)

    # What is compared

    @property
    def commit(self) -> str:
        """Of the suite, where the run says it."""
        return str(self.results.get("run", {}).get("commit") or "")

    @property
    def run(self) -> str:
        """Which run it is: commit and date, as far as it says so."""
        run = self.results.get("run", {})
        commit, date = str(run.get("commit") or "")[:12], str(run.get("date") or "")[:10]
        return " of ".join(text for text in (commit, date) if text)

    @property
    def lanes(self) -> list[str]:
        """A sentence for each OpenSSL: which Pythons ran on it, and what they are compared with."""
        sentences = []
        for reading in self.readings:
            openssl = {exact_openssl(one["openssl"]) for one in reading.implementations.values()}
            exact = listed(sorted(str(one) for one in openssl if one))
            pythons = [version.exact for version in reading.line]
            own = reading.implementations.get(reading.reference)
            if own is None:
                continue
            sentences.append(
                f"{exact}: Python {listed(pythons)}; the reference is {own['python']} "
                f"(`{reading.reference}`)."
            )
        return sentences

    @functools.cached_property
    def gate(self) -> str:
        """Whether the gate passes, and why not, in one sentence."""
        results = self.results
        if not results["complete"]:
            return "The gate FAILS: the run is incomplete."
        if not results["passed"]:
            reasons = []
            failed = len(failing(self.everything))
            failed += sum(not one.passed for one in self.everything.interop)
            if failed:
                verdicts = len(self.everything.pairs) + len(self.everything.interop)
                reasons.append(f"{failed} of {verdicts} verdicts are not accepted")
            if self.problems:
                reasons.append(f"the run has {count(len(self.problems), 'problem')}")
            missing = [
                name for name in self.order if self.everything.implementations[name]["missing"]
            ]
            if missing:
                reasons.append(f"{listed(missing)} is missing")
            return f"The gate FAILS: {'; '.join(reasons) or 'the run did not pass'}."
        if not results["whole"]:
            return "What was run passes, but part of the suite was left out: not the gate."
        return "The gate passes."

    @property
    def problems(self) -> list[str]:
        return sorted(self.results["problems"])

    @functools.cached_property
    def rows(self) -> list[Row]:
        """A row for each candidate, each axis and each OpenSSL."""
        found = []
        for reading in self.readings:
            for name in ordered(reading):
                one = reading.implementations[name]
                if one["role"] == "candidate":
                    found += [self._row(reading, name, axis) for axis in axes_of(reading, name)]
        return found

    def _row(self, reading: Reading, name: str, axis: Axis) -> Row:
        one = reading.implementations[name]
        pairs = reading.pairs_of(name, axis)
        if axis == "backward":
            what = f"old names, against `{one['backward_reference']}`"
        elif one["backward_reference"]:
            what = f"new names, against `{reading.reference}`"
        else:
            what = f"against `{reading.reference}`"
        counts = Counter[str](pair.verdict for pair in pairs)
        alike = sum(counts[verdict] for verdict in ALIKE)
        decided = sum(counts[verdict] for verdict in DECIDED)
        new = len(pairs) - alike - decided - counts["inherited"]
        openssl = series(one["openssl"]) or ""
        return Row(name, what, openssl, len(pairs), alike, counts["inherited"], decided, new)

    # What differs

    @functools.cached_property
    def seen(self) -> list[Seen]:
        """What candidates do differently, each way once, the gravest first."""
        return seen_in_lanes(self.readings)

    @functools.cached_property
    def inherited(self) -> list[Seen]:
        """What the graft kept from stock 2.7."""
        found: dict[str, Seen] = {}
        for reading in self.readings:
            findings = [one for one in reading.findings() if one.verdict == "inherited"]
            for one in seen_in(reading, findings):
                found.setdefault(one.id, one)
        return sorted(found.values(), key=lambda one: (one.member, one.id))

    @functools.cached_property
    def decided(self) -> list[Decided]:
        return by_decision(self.seen, self.decisions)

    @property
    def undecided(self) -> list[Seen]:
        """What fails, and what no decision explains."""
        return [
            one for one in self.seen if not one.passed or not set(one.files) & set(self.decisions)
        ]

    @functools.cached_property
    def ways_to_fail(self) -> list[list[Seen]]:
        """What is undecided, with what is told as one: texts that were edited alike."""
        found: dict[tuple[object, ...], list[Seen]] = {}
        for one in self.undecided:
            same = same_edit(one.member, one.field, one.reference, one.candidate)
            key = (one.axis, one.verdicts, one.files, same or one.id)
            found.setdefault(key, []).append(one)
        return list(found.values())

    @functools.cached_property
    def failures(self) -> list[tuple[Judgement, int]]:
        """Failing pairs that no divergence explains, one of each kind, and how many there are."""
        found: dict[tuple[str, str, str], list[Judgement]] = {}
        for pair in failing(self.everything):
            if pair.verdict in ("ERROR", "MISSING") or not any(
                one.verdict == pair.verdict for one in pair.divergences
            ):
                key = (pair.verdict, pair.implementation, pair.note or "")
                found.setdefault(key, []).append(pair)
        return [(pairs[0], len(pairs)) for pairs in found.values()]

    @functools.cached_property
    def drift(self) -> list[Drift]:
        return drift_of_lanes(self.readings)

    @functools.cached_property
    def versions(self) -> list[Version]:
        """The drift as a changelog."""
        return changelog(self.drift, self.changes.documented, self.changes.undocumented)

    @property
    def stale_entries(self) -> list[str]:
        """Sentences about entries of reviewed lists of changes that explain nothing of this run."""
        lines = [reading.line for reading in self.readings]
        return [
            *python_changes.stale(self.changes, self.drift, lines),
            *openssl.stale(self.documented, self.results),
        ]

    @property
    def undocumented(self) -> list[tuple[Version, Headline]]:
        """Everything in the changelog that Python documents nowhere."""
        return [
            (version, head)
            for version in self.versions
            for head in version.headlines
            if not head.is_documented
        ]

    @property
    def breaking(self) -> list[tuple[Version, Headline]]:
        """What is documented nowhere and can break a program."""
        return [(version, head) for version, head in self.undocumented if head.breaks]

    @property
    def wording(self) -> list[Drift]:
        return [one for one in self.drift if one.is_wording]

    # Trust

    @functools.cached_property
    def bugs(self) -> list[tuple[str, tuple[str, ...], str]]:
        """Bugs of Python that the run shows: a sentence, trackers, and the decision's anchor."""
        found: list[tuple[str, tuple[str, ...], str]] = []
        for one in self.decided:
            decision = one.decision
            if decision.python_bug:
                trackers = tuple(name for name in decision.tracker if name.startswith("gh-"))
                found.append((decision.python_bug, trackers, decision.anchor))
        return found + [(text, (), "") for text in self._lost()]

    def _lost(self) -> list[str]:
        """Sentences about Pythons that die or hang where no candidate may."""
        lost: dict[tuple[str, str], list[str]] = {}
        for pair in self.everything.pairs:
            if pair.role == "candidate" or pair.axis != "forward":
                continue
            for one in pair.divergences:
                if one.candidate_kind in LOST and pair.verdict in LOST:
                    key = (f"{one.candidate}", pair.scenario)
                    lost.setdefault(key, []).append(
                        str(self.everything.implementations[pair.implementation]["python"])
                    )
        return [
            f"Python {listed(sorted(set(versions)))}: {text} In `{scenario}`."
            for (text, scenario), versions in sorted(lost.items())
        ]

    @property
    def guarded(self) -> str:
        """How many changes of CPython and reports of users a scenario guards."""
        return " ".join(guards.summaries())

    @property
    def covered(self) -> str:
        """How much of the contract scenarios cover, where the run says so."""
        contract = self.results.get("contract")
        if contract is None:
            return ""
        section = ContractSection(contract)
        return f"{section.summary} {section.origins}".strip()

    @property
    def trust(self) -> str:
        """One line: why a green run can be believed, with the commits of the audits."""
        canaries = self.results["canaries"]
        caught = sum(one["verdict"] == one["expected"] for one in canaries)
        sentence = f"{caught} of {len(CANARIES)} canaries were caught in this run"
        if caught < len(CANARIES):
            return f"{sentence}: it proves nothing."
        ran = [one for one in self.audits if one.outcome != "not run"]
        commits: dict[str, list[str]] = {}
        for one in ran:
            if one.outcome == "passed":
                commits.setdefault(one.commit[:7], []).append(one.name)
        parts = [f"{', '.join(sorted(names))} (`{commit}`)" for commit, names in commits.items()]
        if parts:
            sentence += f". Audits that passed, by the commit that they ran on: {'; '.join(parts)}"
        bad = [f"{one.name} ({one.outcome}, `{one.commit[:7]}`)" for one in ran]
        bad = [text for text, one in zip(bad, ran, strict=True) if one.outcome != "passed"]
        if bad:
            sentence += f". Not passed: {', '.join(bad)}"
        rest = [one.name for one in self.audits if one.outcome == "not run"]
        if rest:
            sentence += f". Not run: {', '.join(rest)}"
        return f"{sentence}."
