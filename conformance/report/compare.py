"""Two files of results -> what is new, what is gone and what changed, by finding."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from conformance.explain.titles import title
from conformance.judge.verdict import ACCEPTED, SEVERITY, Divergence, Judgement, Verdict
from conformance.report.edits import same_edit
from conformance.report.findings import judged
from conformance.report.markdown import code
from conformance.report.origin import described
from conformance.report.paths import a_path
from conformance.report.results_file import read
from conformance.run.ids import test_id
from conformance.transcript.elide import CELL, contrast

SUMMARY = "say what is new, gone or changed between the results of two runs, by finding"

SHOWN = 30
"""Findings of one kind, after which the rest is counted."""

Kind = Literal["new", "gone", "changed"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=a_path, metavar="OLD", help="what --results wrote before")
    parser.add_argument("new", type=a_path, metavar="NEW", help="what --results wrote now")
    parser.add_argument(
        "--markdown", action="store_true", help="as Markdown, for a comment on a pull request"
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare two files; returns 1 where what candidates do is worse, or the new run not whole."""
    comparison = Compared(read(arguments.old), read(arguments.new))
    print("\n".join(comparison.markdown() if arguments.markdown else comparison.text()))
    return 1 if comparison.is_worse else 0


@dataclass(frozen=True)
class Shown:
    """What the results of one run say of one finding on one implementation."""

    implementation: str
    axis: str
    what: str
    """Which member differs in which field."""
    expected: str
    got: str
    verdict: Verdict
    """The gravest."""
    places: int
    first: str
    """The id of a test that shows it."""
    candidate: bool
    fails: bool
    edit: tuple[str, ...]
    """What findings have in common that are told as one."""
    alike: int = 1
    """How many findings it stands for: texts that were edited alike."""

    @property
    def times(self) -> str:
        places = f"{self.places} place{'' if self.places == 1 else 's'}"
        return f"{self.verdict} at {places}" + (
            f", {self.alike} texts edited alike" if self.alike > 1 else ""
        )


@dataclass(frozen=True)
class Change:
    """A finding that is not as it was."""

    kind: Kind
    before: Shown | None
    now: Shown | None

    @property
    def shown(self) -> Shown:
        found = self.now or self.before
        assert found is not None
        return found

    @property
    def is_worse(self) -> bool:
        """Whether it fails the gate as it did not before."""
        if self.now is None or not self.now.fails:
            return False
        return self.before is None or not self.before.fails or self.now.places > self.before.places

    def lines(self) -> list[str]:
        one = self.shown
        axis = "" if one.axis == "forward" else f" ({one.axis})"
        times = one.times
        if self.before is not None and self.now is not None:
            times = f"{self.before.times}; now {self.now.times}"
        lines = [f"{one.implementation}{axis}: {one.what}: {times}"]
        if one.expected or one.got:
            lines.append(f"expected {one.expected}, got {one.got}")
        return [*lines, f"first in {one.first}"]


class Compared:
    """What two runs have in common, and what of that is not the same."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self.old, self.new = old, new
        both = [{one["id"]: one for one in side["implementations"]} for side in (old, new)]
        self.implementations = sorted(both[0].keys() & both[1].keys())
        self.only = [
            sorted(both[0].keys() - both[1].keys()),
            sorted(both[1].keys() - both[0].keys()),
        ]
        self.other_versions = [
            f"{name}: {_versions(both[0][name])}; now {_versions(both[1][name])}"
            for name in self.implementations
            if _versions(both[0][name]) != _versions(both[1][name])
        ]
        scenarios = [{one["id"] for one in side["scenarios"]} for side in (old, new)]
        self.scenarios_gone = sorted(scenarios[0] - scenarios[1])
        self.scenarios_new = sorted(scenarios[1] - scenarios[0])
        started = {name for name, one in both[1].items() if not one["missing"]}
        there = {_pair(one) for one in new["judgements"]}
        self.pairs_gone = sorted(
            test_id(one["scenario"], Judgement.from_plain(one).target)
            for one in old["judgements"]
            if one["scenario"] in scenarios[1]
            and started.issuperset(filter(None, (one["implementation"], one["server"])))
            and _pair(one) not in there
        )
        self.changes = self._changes()

    def _changes(self) -> list[Change]:
        # Whatever only one run has is compared as well: it is new, or gone.
        before, now = _shown(self.old), _shown(self.new)
        changes = []
        for key in sorted(before.keys() | now.keys()):
            was, becomes = before.get(key), now.get(key)
            if was is None:
                changes.append(Change("new", None, becomes))
            elif becomes is None:
                changes.append(Change("gone", was, None))
            elif (was.verdict, was.places) != (becomes.verdict, becomes.places):
                changes.append(Change("changed", was, becomes))
        return sorted(
            _grouped(changes),
            key=lambda one: (
                not one.shown.candidate,
                -SEVERITY[one.shown.verdict],
                one.shown.implementation,
                one.shown.what,
            ),
        )

    @property
    def is_worse(self) -> bool:
        fresh = set(self.new["problems"]) - set(self.old["problems"])
        lost = [one for one in self.only[0] if self._was_gated(one)]
        return (
            not self.new["complete"]
            or bool(fresh or lost or self.scenarios_gone or self.pairs_gone)
            or any(one.is_worse for one in self.changes)
        )

    def _was_gated(self, name: str) -> bool:
        roles = {one["id"]: one["role"] for one in self.old["implementations"]}
        return bool(roles[name] == "candidate")

    def of(self, kind: Kind, candidates: bool) -> list[Change]:
        return [
            one for one in self.changes if one.kind == kind and one.shown.candidate == candidates
        ]

    @property
    def verdict(self) -> str:
        """What it comes to, in one sentence."""
        if not self.new["complete"]:
            return "The new run is INCOMPLETE, so nothing is known to be gone."
        if self.is_worse:
            return "It is worse: something fails that did not, or is no longer run."
        return "Nothing fails that did not fail before." if self.changes else "Nothing changed."

    def circumstances(self) -> list[str]:
        """Sentences about what else is not the same in both runs."""
        lines = []
        if self.old["run"]["suite"] != self.new["run"]["suite"]:
            lines.append(
                f"The suite itself changed ({described(self.old['run'])}; now "
                f"{described(self.new['run'])})."
            )
        for names, what in zip(
            self.only, ("no longer there", "there for the first time"), strict=True
        ):
            lines += [f"{name} is {what}." for name in names]
        lines += [f"{versions}." for versions in self.other_versions]
        for scenarios, what in ((self.scenarios_gone, "gone"), (self.scenarios_new, "new")):
            if scenarios:
                more = f" and {len(scenarios) - 1} more" if len(scenarios) > 1 else ""
                lines.append(f"Scenarios are {what}: {scenarios[0]}{more}.")
        if self.pairs_gone:
            more = f" and {len(self.pairs_gone) - 1} more" if len(self.pairs_gone) > 1 else ""
            lines.append(f"Verdicts are gone: {self.pairs_gone[0]}{more}.")
        fresh = [one for one in self.new["problems"] if one not in self.old["problems"]]
        return lines + [f"Problem: {one}" for one in fresh]

    def text(self) -> list[str]:
        """For a terminal."""
        lines = [self.verdict]
        if circumstances := self.circumstances():
            lines += ["", "Not the same in both runs:", *(f"  {one}" for one in circumstances)]
        for candidates, who in ((True, "candidates"), (False, "witnesses")):
            for kind in _KINDS:
                changes = self.of(kind, candidates)
                if changes:
                    lines += ["", f"{kind.capitalize()} on {who}: {len(changes)}"]
                for change in changes[:SHOWN]:
                    first, *rest = change.lines()
                    lines += [f"  {first}", *(f"      {line}" for line in rest)]
                if len(changes) > SHOWN:
                    lines.append(f"  ... and {len(changes) - SHOWN} more")
        return lines

    def markdown(self) -> list[str]:
        """For a comment on a pull request."""
        mark = "❌" if self.is_worse else "✅"
        lines = [f"### ssl conformance: {mark} {self.verdict}"]
        if circumstances := self.circumstances():
            lines += ["", *(f"- {_escaped(one)}" for one in circumstances)]
        for candidates, who in ((True, "candidates"), (False, "witnesses")):
            for kind in _KINDS:
                changes = self.of(kind, candidates)
                if not changes:
                    continue
                summary = f"{kind.capitalize()} on {who}: {len(changes)}"
                shut = "" if candidates and kind != "gone" else None
                lines += [
                    "",
                    f"<details{'' if shut is None else ' open'}><summary>{summary}</summary>",
                    "",
                ]
                lines += ["| implementation | what | expected | got | verdict | test |"]
                lines += ["| --- | --- | --- | --- | --- | --- |"]
                lines += [_row(change) for change in changes[:SHOWN]]
                if len(changes) > SHOWN:
                    lines.append(f"\n... and {len(changes) - SHOWN} more")
                lines += ["", "</details>"]
        return lines


_KINDS: tuple[Kind, ...] = ("new", "changed", "gone")


def _pair(judgement: Mapping[str, Any]) -> tuple[str, str, str | None, str]:
    names = ("scenario", "implementation", "server", "axis")
    return tuple(judgement[name] for name in names)


def _versions(implementation: Mapping[str, Any]) -> str:
    if implementation["missing"]:
        return "MISSING"
    openssl = implementation["openssl"] or "an unknown OpenSSL"
    return f"{implementation['interpreter']} {implementation['python']} on {openssl}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _row(change: Change) -> str:
    one = change.shown
    times = one.times
    if change.before is not None and change.now is not None:
        times = f"{change.before.times}; now {change.now.times}"
    axis = "" if one.axis == "forward" else f" ({one.axis})"
    cells = [
        one.implementation + axis,
        _escaped(one.what),
        code(one.expected) if one.expected else "",
        code(one.got) if one.got else "",
        times,
        code(one.first),
    ]
    return "| " + " | ".join(cells) + " |"


Key = tuple[str, str, str]


def _shown(results: Mapping[str, Any]) -> dict[Key, Shown]:
    """Every finding of every implementation, and every pair that failed without one."""
    items: dict[Key, list[tuple[Judgement, Divergence | None]]] = {}
    for plain in results["judgements"]:
        one = Judgement.from_plain(plain)
        found = judged(one)
        for divergence in found:
            key = (_who(one), one.axis, divergence.fingerprint)
            items.setdefault(key, []).append((one, divergence))
        if not found and one.verdict not in ("same", "equivalent"):
            items.setdefault((_who(one), one.axis, f"verdict {one.verdict}"), []).append(
                (one, None)
            )
    return {key: _of(key, found) for key, found in items.items()}


def _who(judgement: Judgement) -> str:
    if judgement.server is None:
        return judgement.implementation
    return f"{judgement.implementation} with {judgement.server}"


def _of(key: Key, found: Sequence[tuple[Judgement, Divergence | None]]) -> Shown:
    judgement, divergence = max(
        found, key=lambda item: SEVERITY[item[1].verdict if item[1] else item[0].verdict]
    )
    candidate = judgement.role == "candidate"
    if divergence is None:
        note = " ".join((judgement.note or "").split())
        what, expected, got, verdict = note or "no difference", "", "", judgement.verdict
        fails = not judgement.passed
    else:
        what = title(divergence.member, divergence.field, divergence.candidate_kind)
        expected, got = contrast([divergence.reference, divergence.candidate], CELL)
        verdict = divergence.verdict
        fails = candidate and divergence.gated and verdict not in ACCEPTED
    places = {(one.scenario, None if other is None else other.position) for one, other in found}
    return Shown(
        implementation=key[0],
        axis=key[1],
        what=what,
        expected=expected,
        got=got,
        verdict=verdict,
        places=len(places),
        first=min(test_id(one.scenario, one.target) for one, _ in found),
        candidate=candidate,
        fails=fails,
        edit=_edit(key[2], divergence),
    )


def _edit(fingerprint: str, divergence: Divergence | None) -> tuple[str, ...]:
    """What findings have in common that are told as one: the fingerprint, or how texts differ."""
    if divergence is not None:
        found = same_edit(
            divergence.member, divergence.field, divergence.reference, divergence.candidate
        )
        if found is not None:
            return found
    return (fingerprint,)


def _grouped(changes: Iterable[Change]) -> list[Change]:
    """Changes of findings whose texts were edited alike, as one."""
    groups: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        one = change.shown
        verdicts = [side and side.verdict for side in (change.before, change.now)]
        key = (change.kind, one.implementation, one.axis, *verdicts, one.edit)
        groups.setdefault(key, []).append(change)
    return [
        Change(
            found[0].kind,
            _together([one.before for one in found if one.before is not None]),
            _together([one.now for one in found if one.now is not None]),
        )
        for found in groups.values()
    ]


def _together(shown: Sequence[Shown]) -> Shown | None:
    if len(shown) < 2:
        return shown[0] if shown else None
    return replace(
        shown[0],
        places=sum(one.places for one in shown),
        first=min(one.first for one in shown),
        alike=len(shown),
    )
