"""The drift between Pythons as a changelog: for each version its headlines, documented or not.

A headline is an entry of python_changes.toml with every finding that it explains, or one finding
that no entry explains. Texts are plain; whoever shows them makes Markdown or HTML of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.report.drift import Drift
from conformance.report.python_changes import PythonChange, Undocumented


@dataclass(frozen=True)
class Headline:
    """What changed in one version, as one thing, with everything that shows it."""

    id: str
    """Stable: it depends on what changed and not on the run."""
    summary: str
    """One sentence; empty where nobody has reviewed it yet."""
    references: tuple[str, ...]
    why: str
    """Why a program would care; where Python documents it, it may be empty."""
    breaks: bool
    """Whether it can break a program that worked."""
    drifts: tuple[Drift, ...]

    @property
    def is_documented(self) -> bool:
        return bool(self.references)

    @property
    def first(self) -> Drift:
        """The finding with most places, of those that are a change of what ssl does."""
        return max(self.drifts, key=lambda one: (len(one.places), one.member))

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.member for one in self.drifts))

    @property
    def places(self) -> int:
        return len({place for one in self.drifts for place in one.places})


@dataclass(frozen=True)
class Version:
    """What came with one version of Python."""

    title: str
    compared: str
    """What was compared, to the patch level, and a warning where OpenSSL changed as well."""
    headlines: tuple[Headline, ...]
    """The ones that break programs first, and of these what is documented nowhere."""


def changelog(
    drifts: Iterable[Drift],
    changes: Sequence[PythonChange] = (),
    undocumented: Sequence[Undocumented] = (),
) -> list[Version]:
    """The versions that changed something, the newest first; the words of errors are left out."""
    shown = [one for one in drifts if not one.is_wording]
    reviewed = {id(one): explanation(one, changes, undocumented) for one in shown}
    versions: dict[tuple[str, str], list[Drift]] = {}
    homes: dict[object, list[Drift]] = {}
    """Of what a lane shows from one version to the next, the findings of that version."""
    for one in shown:
        if not one.step.is_gap:
            found = versions.setdefault(_version_of(one), [])
            found.append(one)
            homes.setdefault(reviewed[id(one)], found)
    for one in shown:
        if one.step.is_gap:
            entry = reviewed[id(one)]
            home = None if entry is None else homes.get(entry)
            (versions.setdefault(_version_of(one), []) if home is None else home).append(one)
    order = {_version_of(one): number for number, one in reversed(list(enumerate(shown)))}
    merged: dict[str, Version] = {}
    for title, said in sorted(versions, key=order.__getitem__):
        own = versions[title, said]
        made = Version(title, said, tuple(_headlines(own, reviewed)))
        merged[title] = _together(merged[title], made) if title in merged else made
    return list(merged.values())


def _version_of(one: Drift) -> tuple[str, str]:
    """The title that a finding stands under, and what was compared."""
    said = " ".join(text for text in (one.step.patch_levels, one.step.caveat) if text)
    return one.step.title, said


def _together(one: Version, other: Version) -> Version:
    """One version that several lanes, or steps, show."""
    found = {head.id: head for head in one.headlines}
    for head in other.headlines:
        known = found.get(head.id)
        found[head.id] = (
            head if known is None else replace(known, drifts=known.drifts + head.drifts)
        )
    compared = " ".join(dict.fromkeys(text for text in (one.compared, other.compared) if text))
    return Version(one.title, compared, tuple(sorted(found.values(), key=_weight)))


def _headlines(
    drifts: Sequence[Drift], reviewed: Mapping[int, PythonChange | Undocumented | None]
) -> list[Headline]:
    """`reviewed` has the entry of each finding, by its identity."""
    groups: dict[object, list[Drift]] = {}
    entries: dict[object, PythonChange | Undocumented] = {}
    for one in drifts:
        entry = reviewed[id(one)]
        key: object = _unexplained(one) if entry is None else (entry.since, entry.summary)
        if entry is not None:
            entries[key] = entry
        groups.setdefault(key, []).append(one)
    found = []
    for key, own in groups.items():
        of = entries.get(key)
        since = own[0].since
        if of is not None:
            references = of.references if isinstance(of, PythonChange) else ()
            name = _id(since, of.summary)
            made = Headline(name, of.summary, references, of.why, of.breaks, (*own,))
        else:
            made = Headline(_id(since, *map(str, _unexplained(own[0]))), "", (), "", False, (*own,))
        found.append(made)
    return sorted(found, key=_weight)


def explanation(
    drift: Drift, changes: Sequence[PythonChange], undocumented: Sequence[Undocumented]
) -> PythonChange | Undocumented | None:
    """The entry that a finding stands under: a documented change before one that is not."""
    entries: list[PythonChange | Undocumented] = [*changes, *undocumented]
    return next((entry for entry in entries if entry.explains(drift)), None)


def _unexplained(one: Drift) -> tuple[str, ...]:
    """What makes findings without an entry one: the same change of the same member."""
    name = one.member.rpartition(".")[2]
    first = one.changes[0]
    return (name, one.kind, first.field, *first.alike)


def _weight(one: Headline) -> tuple[bool, bool, bool, int, str]:
    known = one.breaks and one.is_documented
    return (not one.breaks, known, bool(one.summary), -one.places, one.id)


def _id(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
