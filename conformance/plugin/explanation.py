"""What a failing test prints, and the script that shows it without the suite."""

from __future__ import annotations

from conformance.explain.failure import (
    LONGEST_OUTCOME,
    Claim,
    Side,
    call_at,
    outcomes_at,
    tell,
)
from conformance.explain.reproducer.script import Question, Recorded, Reproducers, asked_about
from conformance.judge.judge import Judged
from conformance.run import plan
from conformance.run.runner import Run
from conformance.transcript.elide import contrast


def explained(judged: Judged, test_id: str, reproducers: Reproducers | None) -> str | None:
    """Why a test fails, for a person; None where it passes. Leaves a script where one is wanted."""
    judgement = judged.judgement
    if not judged.theirs:
        return None if judgement.passed else judgement.note
    if judgement.server is not None:
        return None if judgement.passed else interop_explained(judged, test_id)
    claim = Claim.of(judged.scenario.function)
    ours, theirs = judged.ours["alone"], judged.theirs["alone"]
    reference, implementation = judged.target.reference, judged.target.implementation
    command, shown = None, asked_about(judgement)
    if reproducers is not None and shown is not None:
        command = reproducers.leave(
            Question(test_id, claim.text, claim.anchor, shown),
            implementation,
            recorded(implementation.id, theirs),
            recorded(reference.id, ours),
        )
    if judgement.passed:
        return None
    return tell(
        test_id,
        judged.scenario.id,
        claim,
        judgement.verdict,
        judgement.divergences,
        Side(reference.id, ours.transcript.operations, ours.stopped),
        Side(implementation.id, theirs.transcript.operations, theirs.stopped, theirs.stderr),
        judgement.note,
        command,
    )


def recorded(name: str, run: Run) -> Recorded:
    return Recorded(name, run.events, run.transcript.operations, run.stopped)


def interop_explained(judged: Judged, test_id: str) -> str:
    """Why a client and a server fail."""
    target, judgement = judged.target, judged.judgement
    if judgement.verdict == "ERROR" and judgement.note:
        return judgement.note
    claim = Claim.of(judged.scenario.function)
    lines = [
        f"{judgement.implementation} as client, {judgement.server} as server, compared "
        f"with {target.reference.id} as both.",
        "",
        f"Claim:          {claim.text}",
        f"Documentation:  {claim.anchor}",
    ]
    for divergence in judgement.divergences:
        if divergence.passed:
            continue
        side: plan.Side = divergence.side
        ours, theirs = judged.ours[side], judged.theirs[side]
        shown = [
            Side(name, run.transcript.operations, run.stopped, run.stderr)
            for name, run in ((target.reference.id, ours), (target.on(side).id, theirs))
        ]
        lines += [
            "",
            f"{divergence.verdict} in the {side}, operation {divergence.position}; at fault: "
            f"{divergence.at_fault} ({', '.join(divergence.culprits)})",
            f"    {call_at(shown[0], divergence.position)}",
        ]
        outcomes = outcomes_at(shown, divergence.position)
        for one, outcome in zip(shown, outcomes, strict=True):
            lines.append(f"    {one.name}  ->  {outcome}")
        expected, got = contrast([divergence.reference, divergence.candidate], LONGEST_OUTCOME)
        lines += [f"    {divergence.field}: {expected}", f"    instead: {got}"]
        lines += ["    " + line for line in shown[1].stderr.splitlines()[-15:]]
    stopped = judged.theirs["client"].stopped
    if stopped is not None:
        lines += ["", f"The scenario stopped: {stopped}"]
    return "\n".join([*lines, "", f"Rerun just this:  pytest '{test_id}'"])
