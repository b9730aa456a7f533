"""Whether a run has caught its canaries (conformance/run/canaries.py)."""

from __future__ import annotations

from conformance.judge.verdict import Judgement
from conformance.run.canaries import CANARIES


def uncaught(judgement: Judgement) -> str | None:
    """One sentence where a canary was not found to be what it is."""
    canary = CANARIES[judgement.implementation]
    if judgement.verdict == canary.verdict:
        return None
    return (
        f"{judgement.implementation} ({canary.describe}) was to be found {canary.verdict} and is "
        f"{judgement.verdict}: this run finds out nothing."
    )
