"""What OpenSSL itself changes: one Python in two lanes, compared with itself.

The verdicts are those of the axis "openssl". Between two lanes everything is the same but OpenSSL,
so what differs is its doing. A change is one way to differ, whichever members show it.

openssl_changes.toml is a reviewed list of what OpenSSL says of its changes: it knows in which
version one came where the lanes of a run only know between which. An entry that explains nothing,
although the run had the lanes to show it, is stale.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from conformance.judge.verdict import Divergence, Judgement
from conformance.report.drift import WORDING
from conformance.report.findings import Place, judged, outcome, slot_of
from conformance.report.links import links
from conformance.report.markdown import code, contrasted, count, prose
from conformance.report.neutral import neutral
from impls.host import toml_reader
from impls.host.toml_reader import (
    PROSE,
    TEXT,
    TEXT_OR_TEXTS,
    Key,
    Schema,
    Several,
    Table,
    TomlError,
)
from impls.host.versions import numbers

FILE = Path(__file__).parent / "openssl_changes.toml"

SERIES = ("1.1.1", "3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "4.0")
"""The series that OpenSSL released, the oldest first."""

MEMBERS_SHOWN = 4
COURSE = "scenario"
"""The member of what differs in how a scenario went on."""
VERSION = "OPENSSL_VERSION"


class OpensslChangesError(TomlError):
    """openssl_changes.toml cannot be used; the message is one sentence that says why."""


CHANGE = Schema(
    "change",
    "One change that OpenSSL made to what ssl shows.",
    (
        Key("since", TEXT, 'The series that it came with: "3.2".'),
        Key("summary", PROSE, "What changed, in one sentence."),
        Key(
            "references",
            TEXT_OR_TEXTS,
            'Manual pages ("man:SSL_read(3)"), issues ("openssl/openssl#25290"), the changelog '
            '("CHANGES.md, 3.2"), RFCs ("rfc8446#section-6").',
        ),
        Key("members", TEXT_OR_TEXTS, "Patterns for the members that show it."),
        Key("shows", TEXT, "Text that is in one of the values, before or after.", ""),
        Key("field", TEXT, "The field of the outcome that changed.", ""),
    ),
    OpensslChangesError,
)

OPENSSL_CHANGES = Schema(
    "openssl-changes",
    "What OpenSSL says of its changes that the scenarios see.",
    (Key("change", Several(CHANGE), "As many as there are.", ()),),
    OpensslChangesError,
)


@dataclass(frozen=True)
class Side:
    """One Python on one OpenSSL."""

    implementation: str
    series: str
    """As "3.0"."""
    openssl: str
    """To the patch level: "OpenSSL 3.0.19"."""
    python: str
    """To the patch level: "CPython 3.13.0"."""


@dataclass(frozen=True)
class Step:
    """From one lane to a newer one that has the same Python."""

    older: Side
    newer: Side

    @property
    def next(self) -> bool:
        """Whether nothing was released between the two."""
        if self.newer.series not in SERIES:
            return False
        position = SERIES.index(self.newer.series)
        return position > 0 and SERIES[position - 1] == self.older.series

    @property
    def when(self) -> str:
        """For a title: "in OpenSSL 3.6", or between which two it happened."""
        if self.next:
            return f"in OpenSSL {self.newer.series}"
        return f"between OpenSSL {self.older.series} and {self.newer.series}"

    def contains(self, series: str) -> bool:
        """Whether a series lies on the way: after the older lane, up to the newer one."""
        return numbers(self.older.series) < numbers(series) <= numbers(self.newer.series)


@dataclass(frozen=True)
class OpensslChange:
    """One thing that OpenSSL changed, with every place that shows it."""

    step: Step
    members: tuple[str, ...]
    field: str
    before: str
    after: str
    places: tuple[Place, ...]
    call: str | None = None
    """How the operation reads at the first of the places, where that is known."""


@dataclass(frozen=True)
class DocumentedChange:
    """An entry of openssl_changes.toml. The fields are its keys."""

    since: str
    summary: str
    references: tuple[str, ...]
    members: tuple[str, ...]
    shows: str = ""
    """Empty where any value will do."""
    field: str = ""
    """Empty where any field will do."""

    def explains(self, change: OpensslChange) -> bool:
        """Whether this is what a change shows."""
        return (
            change.step.contains(self.since)
            and (not self.field or self.field == change.field)
            and any(
                fnmatchcase(member, pattern)
                for member in change.members
                for pattern in self.members
            )
            and (not self.shows or self.shows in change.before or self.shows in change.after)
        )


def load(path: Path = FILE) -> list[DocumentedChange]:
    """Every entry of openssl_changes.toml. Raises OpensslChangesError."""
    return [_documented(entry) for entry in toml_reader.read(path, OPENSSL_CHANGES)["change"]]


def _documented(entry: Table) -> DocumentedChange:
    if entry["since"] not in SERIES:
        raise entry.wrong(f"{entry['since']!r} is not a series that OpenSSL released")
    return DocumentedChange(**entry)


# What changed


def steps_of(results: Mapping[str, Any]) -> list[Step]:
    """The pairs of lanes that have a Python in common, the newest first."""
    found = {}
    named = {one["id"]: one for one in results["implementations"]}
    for one in results["judgements"]:
        key = (one["reference"], one["implementation"])
        if one["axis"] == "openssl" and key not in found and set(key) <= named.keys():
            found[key] = Step(*(_side(named[name]) for name in key))
    return sorted(
        found.values(),
        key=lambda step: (numbers(step.newer.series), numbers(step.older.series)),
        reverse=True,
    )


def _side(implementation: Mapping[str, Any]) -> Side:
    return Side(
        implementation["id"],
        str(implementation["lane"]),
        " ".join((implementation["openssl"] or "").split()[:2]),
        f"{implementation['interpreter']} {implementation['python']}",
    )


def changes_of(results: Mapping[str, Any]) -> list[OpensslChange]:
    """What OpenSSL changed, each change once: the newest first, and then by member."""
    steps = {(one.older.implementation, one.newer.implementation): one for one in steps_of(results)}
    found: dict[tuple[Step, str, str, str], list[tuple[Place, Divergence]]] = defaultdict(list)
    for plain in results["judgements"]:
        step = steps.get((plain["reference"], plain["implementation"]))
        if plain["axis"] != "openssl" or step is None:
            continue
        pair = Judgement.from_plain(plain)
        for one in judged(pair):
            place = Place(pair.scenario, one.position)
            before, after = _values(one)
            if VERSION in one.member or (VERSION in before and VERSION in after):
                continue  # that it is another version is not what it changes
            texts = str(neutral(before)), str(neutral(after))
            if texts[0] == texts[1]:  # only numbers differ: these say what they are of
                texts = (f"{one.member} {before}", after)
            found[(step, slot_of(one), texts[0], texts[1])].append((place, one))
    changes = [_change(step, slot, shown) for (step, slot, *_), shown in found.items()]
    order = list(steps.values())
    return sorted(
        changes, key=lambda one: (order.index(one.step), one.members, one.field, one.places)
    )


def _change(step: Step, slot: str, shown: Sequence[tuple[Place, Divergence]]) -> OpensslChange:
    members = Counter(one.member for _, one in shown)
    place, first = min(shown, key=lambda item: item[0])
    return OpensslChange(
        step,
        tuple(sorted(members, key=lambda name: (-members[name], name))),
        slot,
        *_values(first),
        tuple(sorted({place for place, _ in shown})),
        first.call if len(members) == 1 else None,
    )


def _values(one: Divergence) -> tuple[str, str]:
    return outcome(one) if slot_of(one) == "outcome" else (one.reference, one.candidate)


def stale(documented: Iterable[DocumentedChange], results: Mapping[str, Any]) -> list[str]:
    """Sentences about entries that explain nothing, though the run had the lanes to show it."""
    steps, changes = steps_of(results), changes_of(results)
    return [
        f"{FILE.name} says of OpenSSL {entry.since}: {entry.summary} No scenario shows it: "
        "correct the entry, delete it, or add the scenario."
        for entry in documented
        if any(step.contains(entry.since) for step in steps)
        and not any(map(entry.explains, changes))
    ]


# The section of the report


@dataclass(frozen=True)
class StepSection:
    """What one step brought. All texts are Markdown."""

    title: str
    compared: str
    """A sentence: what was compared with what, to the patch level."""
    entries: tuple[str, ...]
    wording: tuple[str, ...]
    """Where only the words of an error changed."""


class OpensslSection:
    """The section of the report on what OpenSSL itself changes."""

    def __init__(
        self, results: Mapping[str, Any], documented: Sequence[DocumentedChange] = ()
    ) -> None:
        """`results` is what report/results.json holds."""
        self._results = results
        self._documented = documented
        self._steps = steps_of(results)
        self._changes = changes_of(results)
        self._claims = {one["id"]: one["claim"] for one in results["scenarios"]}

    @property
    def summary(self) -> list[str]:
        """A sentence for each step: how many scenarios show what OpenSSL changed."""
        sentences = []
        for step in reversed(self._steps):
            pairs = [
                one
                for one in self._results["judgements"]
                if one["axis"] == "openssl" and one["implementation"] == step.newer.implementation
            ]
            differ = sum(one["verdict"] != "same" for one in pairs)
            changes = [one for one in self._changes if one.step == step]
            sentences.append(
                f"{step.newer.python} does something else on OpenSSL {step.newer.series} than on "
                f"{step.older.series} in {differ} of {count(len(pairs), 'scenario')}: "
                f"{count(len(changes), 'change')}."
            )
        return sentences

    @property
    def not_compared(self) -> list[str]:
        """Sentences about lanes that have no Python in common with an older one."""
        lanes = sorted(
            {str(one["openssl"]) for one in self._results.get("lanes", []) if one["openssl"]},
            key=numbers,
        )
        reached = {step.newer.series for step in self._steps}
        return [
            f"No Python is on OpenSSL {newer} and on an older one, to the patch level: what "
            f"changed since OpenSSL {older} cannot be told from what Python changed."
            for older, newer in pairwise(lanes)
            if newer not in reached
        ]

    @property
    def steps(self) -> list[StepSection]:
        """The newest first."""
        return [self._section(step) for step in self._steps]

    def _section(self, step: Step) -> StepSection:
        changes = [one for one in self._changes if one.step == step]
        older, newer = step.older, step.newer
        groups: dict[object, list[OpensslChange]] = defaultdict(list)
        for one in sorted(changes, key=self._weight):
            if one.field not in WORDING:
                known = self._known(one)
                groups[tuple(each.summary for each in known) or id(one)].append(one)
        return StepSection(
            f"Changed {step.when}",
            prose(f"{newer.python}, on {older.openssl} and on {newer.openssl}."),
            tuple(self._entry(first, len(others)) for first, *others in groups.values()),
            tuple(self._entry(one) for one in changes if one.field in WORDING),
        )

    def _known(self, change: OpensslChange) -> list[DocumentedChange]:
        return [one for one in self._documented if one.explains(change)]

    def _weight(self, change: OpensslChange) -> tuple[bool, bool, int, tuple[str, ...]]:
        """What OpenSSL tells comes first, then what most scenarios show; last, how these ended."""
        known = self._known(change)
        return (not known, change.members == (COURSE,), -len(change.places), change.members)

    def _entry(self, change: OpensslChange, more: int = 0) -> str:
        """A change, of `more` that are one for OpenSSL."""
        known = self._known(change)
        before, after = contrasted([change.before, change.after])
        shown = change.members[: MEMBERS_SHOWN - (len(change.members) > MEMBERS_SHOWN)]
        names = ", ".join(map(code, shown))
        if len(shown) < len(change.members):
            names += f" and {len(change.members) - len(shown)} more"
        subject = f"**{names}**"
        if change.field not in ("value", "outcome", "operation"):
            subject += f" {change.field.replace('_', ' ')}"
        if change.call is not None and not change.call.endswith("()"):
            subject += f", {code(change.call)}"
        step = change.step
        since = f"since {known[0].since}" if known else f"by {step.newer.series}"
        if step.next:
            since = f"since {step.newer.series}"
        where = count(len(change.places), "place")
        if len(change.places) == 1:
            where = code(change.places[0].scenario)
        if change.members == (COURSE,):
            return f"{since} no longer, at least in part: {self._claim(change)} ({where})"
        text = f"{subject}: up to {self._until(step, known)} {before}; {since} {after} ({where})"
        text += f" and {count(more, 'change')} more" if more else ""
        return text + "".join(f". *{prose(one.summary)}* {links(one.references)}" for one in known)

    def _claim(self, change: OpensslChange) -> str:
        scenario = change.places[0].scenario
        return prose(self._claims.get(scenario, scenario))

    @staticmethod
    def _until(step: Step, known: Sequence[DocumentedChange]) -> str:
        """The last series that is known to do what it did before."""
        if known:
            return SERIES[SERIES.index(known[0].since) - 1]
        return step.older.series
