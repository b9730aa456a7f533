"""What speaks of nothing that was run: decisions and declarations that are to be deleted.

Only a run that could know says so: every scenario was run on the implementation, and none was lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.judge import known
from conformance.judge.known import Kin
from conformance.judge.verdict import LOST, Judgement
from impls.host.declarations import matches
from impls.host.versions import About

UNSURE = (*LOST, "ERROR", "MISSING")
"""Verdicts after which nobody knows what else would have been found."""


def idle(
    pins: Sequence[known.Pin],
    judgements: Sequence[Judgement],
    references: Sequence[About],
    kin: Mapping[str, Kin],
) -> Iterable[str]:
    """Sentences about pins that hold wherever their fingerprint occurs, which is nowhere."""
    alone = [one for one in judgements if one.server is None]
    lost = {one.implementation for one in alone if one.verdict in UNSURE}
    ran = {(one.implementation, one.axis) for one in alone if one.implementation not in lost}
    shown = [
        (name, one.axis, found.pinned)
        for one in judgements
        for found in one.divergences
        for name in ((one.implementation,) if one.server is None else found.culprits)
    ]
    holding = [pin for pin in pins if any(map(pin.holds, references))]
    return known.nowhere(holding, shown, ran, kin)


def unused_declarations(
    implementations: Mapping[str, Mapping[str, Any]], judgements: Sequence[Judgement]
) -> Iterable[str]:
    """Sentences about declared absences that no scenario met, where every scenario was run."""
    judgements = [one for one in judgements if one.server is None]
    used = {
        (one.implementation, divergence.file)
        for one in judgements
        for divergence in one.divergences
        if divergence.verdict == "UNSUPPORTED"
    }
    lost = {one.implementation for one in judgements if one.verdict in UNSURE}
    ran = {one.implementation for one in judgements} - lost
    scenarios = {one.scenario for one in judgements}
    for name in sorted(ran):
        file = Path(implementations[name]["file"]).name
        for kind, what in implementations[name]["unsupported"]:
            if kind == "member" and (name, what) not in used:
                yield (
                    f"{file} declares {what} UNSUPPORTED, and no scenario found it absent on "
                    f"{name}: delete that."
                )
            if kind == "scenario" and not any(matches(one, what) for one in scenarios):
                yield (
                    f"{file} declares the scenario {what} UNSUPPORTED, and there is no such "
                    "scenario: delete that."
                )
