"""What a committed REPORT.md claims, as facts that a later run is compared with.

The report ends with a comment that holds every fact: a JSON list, compressed, because as text it
would be longer than all that people read, and sites that show Markdown stop at half a megabyte. An
implementation is compared with what the report says of it only where its exact Python and OpenSSL
are the report's, and its reference's too; a witness is compared and never a fault. The counts of
rules and masks are not among the facts. A checksum shows that nobody changed the prose by hand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import textwrap
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from conformance.judge.verdict import SEVERITY, VERDICTS, Divergence, Judgement
from conformance.report.findings import Reading, judged
from conformance.report.versions import suites
from impls.host.versions import exact_openssl

BEGIN = "<!-- findings:"
HINT = " what a later run is compared with; conformance/report/baseline.py reads it"
END = "-->"
CHECKSUM = "<!-- sha256 of all above: "


class Fact(NamedTuple):
    """One thing a report says of one implementation."""

    kind: str
    """Either "finding" or "matrix", or about the report itself: "run", "reference", "asked" (the
    implementations that the run had, with role and exact versions), "compared" (with what)."""
    axis: str
    implementation: str
    subject: str
    """The fingerprint, or the topic."""
    detail: str
    """What may change: verdict and number of places, or the counts."""
    title: str
    """For a sentence: member and field."""


def facts_of(reading: Reading) -> list[Fact]:
    """Every fact, sorted."""
    facts = [
        Fact("run", "", "", "", extent(reading.results), ""),
        Fact("reference", "", "", "", reading.reference, ""),
    ]
    facts += [
        Fact("asked", "", name, one["role"], exactly(one), "")
        for name, one in reading.implementations.items()
        if not one["missing"]
    ]
    pairs = {(one.axis, one.implementation, one.reference) for one in reading.pairs}
    facts += [Fact("compared", axis, name, "", with_, "") for axis, name, with_ in pairs if with_]
    cells: dict[tuple[str, str, str], Counter[str]] = {}
    found: dict[tuple[str, str, str], list[tuple[Judgement, Divergence]]] = {}
    for pair in reading.pairs:
        cell = (pair.axis, pair.implementation, topic(pair.scenario))
        cells.setdefault(cell, Counter())[pair.verdict] += 1
        for divergence in judged(pair):
            place = (pair.axis, pair.implementation, divergence.fingerprint)
            found.setdefault(place, []).append((pair, divergence))
    facts += [Fact("matrix", *key, counted(counts), "") for key, counts in cells.items()]
    for key, items in found.items():
        worst = max((one for _, one in items), key=lambda one: SEVERITY[one.verdict])
        places = len({(pair.scenario, one.position) for pair, one in items})
        detail = f"{worst.verdict} at {places} place{'' if places == 1 else 's'}"
        if worst.reason and worst.verdict != "UNSUPPORTED":
            detail += f", reason {hashlib.sha256(worst.reason.encode()).hexdigest()[:8]}"
        facts.append(Fact("finding", *key, detail, f"{worst.member}, {worst.field}"))
    return sorted([*facts, *facts_of_interop(reading)])


def facts_of_interop(reading: Reading) -> Iterable[Fact]:
    """What a client or server did opposite the reference: which others a run has may differ."""
    cells: dict[tuple[str, str], Counter[str]] = {}
    found: Counter[tuple[str, str, str, str]] = Counter()
    for one in reading.interop:
        parties = {"client": one.implementation, "server": str(one.server)}
        reference = one.reference or reading.reference
        sides = [side for side, name in parties.items() if name != reference]
        if len(sides) != 1:
            continue
        side = sides[0]
        name = parties[side]
        cells.setdefault((name, f"interop, as {side}"), Counter())[one.verdict] += 1
        for divergence in one.divergences:
            title = f"{divergence.member}, {divergence.field}, as {side}"
            subject = f"{divergence.fingerprint} as {side}, in the {divergence.side}"
            found[name, subject, divergence.verdict, title] += 1
    for (name, subject), counts in cells.items():
        yield Fact("matrix", "forward", name, subject, counted(counts), "")
    for (name, subject, verdict, title), places in found.items():
        detail = f"{verdict} at {places} place{'' if places == 1 else 's'}"
        yield Fact("finding", "forward", name, subject, detail, title)


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


def block(facts: Iterable[Fact]) -> str:
    """Facts as the comment at the end of a report."""
    packed = base64.b64encode(zlib.compress(json.dumps([*facts]).encode(), 9)).decode()
    return "\n".join([BEGIN + HINT, *textwrap.wrap(packed, 120), END])


def sealed(text: str) -> str:
    """A report with its checksum."""
    return f"{text}{CHECKSUM}{checksum(text)} {END}\n"


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(text: str) -> bool:
    """Whether a report is as it was written, line ends apart."""
    above, found, below = text.replace("\r\n", "\n").rpartition(CHECKSUM)
    return bool(found) and below.rstrip() == f"{checksum(above)} {END}"


def facts_in(text: str) -> set[Fact]:
    """The facts of a REPORT.md; an empty set where it is not one, or they are damaged."""
    _, found, rest = text.rpartition(BEGIN)
    packed, end, _ = rest.partition("\n")[2].partition(END)
    if not found or not end:
        return set()
    try:
        listed = json.loads(
            zlib.decompress(base64.b64decode("".join(packed.split()), validate=True))
        )
        return {Fact(*map(str, values)) for values in listed}
    except (ValueError, TypeError, zlib.error):
        return set()


def not_comparable(committed: str, fresh: str) -> list[str]:
    """Sentences about what `stale` leaves out, to be shown; none is a fault.

    Both arguments are texts of a REPORT.md.
    """
    ours, theirs = _Claims(facts_in(committed)), _Claims(facts_in(fresh))
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
        if not alike(before, now):
            sentences.append(
                f"REPORT.md has {name} as {before}, and this run as {now}: it was not checked."
            )
    return sentences + _changes(ours, theirs, witnesses=True)


def stale(committed: str, fresh: str) -> list[str]:
    """How the findings of a committed REPORT.md differ from a fresh one's; [] when current.

    Both arguments are texts; what comes out are sentences. Only implementations that both have are
    compared, each only where its versions and those of its reference are the same in both; see
    `not_comparable` for what that leaves out, and for what witnesses do.
    """
    ours, theirs = _Claims(facts_in(committed)), _Claims(facts_in(fresh))
    if not ours.facts:
        return [
            "The committed REPORT.md cannot be read as a report of this suite: write it again with "
            "--report."
        ]
    if not theirs.facts:
        return ["The fresh report cannot be read as a report of this suite."]
    for which, claims in (("committed REPORT.md is", ours), ("fresh report is", theirs)):
        if claims.extent != "whole":
            return [f"The {which} of a run that was {claims.extent}, so it proves nothing."]
    if not ours.implementations & theirs.implementations:
        return ["The committed REPORT.md and this run have no implementation in common."]
    sentences = []
    if not is_intact(committed):
        sentences.append(
            "The committed REPORT.md was changed by hand: write it again with --report."
        )
    return sentences + _changes(ours, theirs, witnesses=False)


def alike(before: str, now: str) -> bool:
    """Whether two texts of versions are the same; a report of old has none."""
    return before == now or not before or not now


def _changes(ours: _Claims, theirs: _Claims, witnesses: bool) -> list[str]:
    """What became of the facts about everything that can be compared.

    What OpenSSL itself changed is no more a fault than what a witness does.
    """
    common = ours.implementations & theirs.implementations
    before, now = ours.about(common), theirs.about(common)
    sentences = []
    for key in sorted(before.keys() | now.keys()):
        _, axis, name, _ = key
        if (theirs.role(name) == "witness" or axis == "openssl") != witnesses:
            continue
        if axis == "openssl" and not all(one.compared_with(axis, name) for one in (ours, theirs)):
            continue  # one of the two had no older lane to compare it with
        if all(alike(*both) for both in _circumstances(ours, theirs, axis, name)):
            sentences += difference(before.get(key), now.get(key))
    return sentences


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
    if fact.kind == "matrix":
        said = before.detail if before else "nothing"
        found = now.detail if now else "nothing"
        return [f"REPORT.md says of {fact.subject} on {where}: {said}; now it is: {found}."]
    what = f"{fact.title} [{fact.subject}] on {where}"
    if before is None:
        return [f"REPORT.md does not have the finding {what}: {fact.detail}."]
    if now is None:
        return [f"REPORT.md has a finding that is gone: {what}: {fact.detail}."]
    return [f"REPORT.md says of {what}: {before.detail}; now it is: {now.detail}."]


class _Claims:
    """The facts of one report."""

    def __init__(self, facts: set[Fact]) -> None:
        self.facts = facts
        self.extent = self._only("run")
        self.reference = self._only("reference")
        self._had = {fact.implementation: fact for fact in facts if fact.kind == "asked"}
        self.implementations = set(self._had)
        self._with = {
            (fact.axis, fact.implementation): fact.detail
            for fact in facts
            if fact.kind == "compared"
        }

    def _only(self, kind: str) -> str:
        return next((fact.detail for fact in self.facts if fact.kind == kind), "")

    def versions(self, name: str) -> str:
        """The exact versions of an implementation; empty where the report does not say."""
        return self._had[name].detail if name in self._had else ""

    def role(self, name: str) -> str:
        return self._had[name].subject

    def compared_with(self, axis: str, name: str) -> str:
        """The reference of an implementation on an axis."""
        return self._with.get((axis, name), self.reference if axis == "forward" else "")

    def about(self, implementations: set[str]) -> dict[tuple[str, str, str, str], Fact]:
        return {
            fact[:4]: fact
            for fact in self.facts
            if fact.implementation in implementations and fact.kind in ("finding", "matrix")
        }
