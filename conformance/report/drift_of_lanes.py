"""How Pythons differ among themselves, of all lanes together: what several show is one drift."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.report.drift import Drift, drift_of, ordered, without_reason
from conformance.report.findings import Reading


def drift_of_lanes(readings: Sequence[Reading]) -> list[Drift]:
    """What changed in any lane; what several show is told once, with the places of the first."""
    found: dict[tuple[object, ...], Drift] = {}
    first = {version.name for version in readings[0].line} if readings else set()
    for number, reading in enumerate(readings):
        for one in drift_of(reading):
            missing = number > 0 and {one.step.last.name, one.step.first.name} <= first
            one = replace(one, missing_in_first_lane=missing)
            key = (one.key, one.step.last.number, one.step.first.number)
            known = found.get(key)
            found[key] = one if known is None else _of_both(known, one)
    return ordered(_joined_by_reason(_without_gaps(found.values())))


def _of_both(one: Drift, other: Drift) -> Drift:
    """A drift that two lanes show, with the places of one."""
    openssls = tuple(dict.fromkeys((*one.openssls, *other.openssls)))
    missing = one.missing_in_first_lane and other.missing_in_first_lane
    return replace(one, openssls=openssls, missing_in_first_lane=missing)


def _bare(one: Drift) -> tuple[object, ...]:
    """What makes it one finding, without the reasons of what is raised."""
    before, after = map(without_reason, one.key[-2:])
    return (*one.key[:-2], before, after)


def _joined_by_reason(drifts: Iterable[Drift]) -> list[Drift]:
    """Drifts; what one lane shows without a reason is joined to what another shows with it."""
    found: dict[tuple[object, ...], list[Drift]] = defaultdict(list)
    for one in drifts:
        found[_bare(one), one.step.last.number, one.step.first.number].append(one)
    joined = []
    for same in found.values():
        bare = [one for one in same if one.key == _bare(one)]
        if len(same) == 2 and len(bare) == 1:
            (told,) = (one for one in same if one is not bare[0])
            same = [_of_both(told, bare[0])]
        joined += same
    return joined


def _without_gaps(drifts: Iterable[Drift]) -> list[Drift]:
    """Drifts; what one lane shows over a gap is joined to what another shows step by step."""
    drifts = list(drifts)
    exact: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(drifts):
        exact[_bare(one)].append(index)
    found = dict(enumerate(drifts))
    for index, one in enumerate(drifts):
        inside = [
            other
            for other in exact[_bare(one)]
            if other != index and _is_inside(drifts[other], one)
        ]
        if inside:
            for other in set(inside) & found.keys():
                found[other] = _of_both(found[other], one)
        if inside or _is_made_of_steps(one, drifts):
            del found[index]
    return list(found.values())


def _is_inside(one: Drift, other: Drift) -> bool:
    """Whether a narrower step lies within another one."""
    own, its = one.step, other.step
    spans = [(step.last.number, step.first.number) for step in (own, its)]
    within = its.last.number <= own.last.number and own.first.number <= its.first.number
    return within and spans[0] != spans[1]


def _is_made_of_steps(one: Drift, drifts: Sequence[Drift]) -> bool:
    """Whether a change over a gap is what several steps inside of it, one after the other, make.

    Each of them is seen at a place of its.
    """
    if not one.step.is_gap or one.kind != "changed":
        return False
    places = set(one.places)
    inside = [
        other
        for other in drifts
        if (other.member, other.kind, other.field) == (one.member, one.kind, one.field)
        and _is_inside(other, one)
        and not places.isdisjoint(other.places)
    ]

    def leads(value: str, last: tuple[int, ...]) -> bool:
        if value == one.changes[0].after and last > one.step.last.number:
            return True
        return any(
            leads(other.changes[0].after, other.step.first.number)
            for other in inside
            if other.changes[0].before == value and last <= other.step.last.number
        )

    return leads(one.changes[0].before, one.step.last.number)
