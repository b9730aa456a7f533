"""What a failing test prints, for a person at a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.explain.recording import Recording
from conformance.judge.judge import Judged
from conformance.judge.known import Kin, Pin, described, nearest, pin_as_toml
from conformance.judge.verdict import ACCEPTED, LOST, VERDICTS, Divergence
from conformance.run.claim import Claim
from conformance.run.plan import Axis, Side
from conformance.transcript.elide import OUTCOME, contrast
from conformance.transcript.render import render_end, render_outcome

OPERATIONS_SHOWN = 5
"""Operations that agreed, shown before the first that did not."""


@dataclass(frozen=True)
class Advice:
    """What a failing test says of how to go on."""

    test_id: str
    options: Sequence[str] = ()
    """Of this run, without which the test would run on something else."""
    reproducer: str | None = None
    """The command that shows the difference without the suite."""
    known: Sequence[Pin] = ()
    """All decisions of this run."""


def explain(judged: Judged, advice: Advice) -> str | None:
    """The claim, what differs, and how to rerun it; None where the test passes."""
    judgement = judged.judgement
    if judgement.passed:
        return None
    if not judged.theirs:
        return judgement.note
    if judgement.server is None:
        lines = explain_alone(judged, advice)
    elif judgement.verdict == "ERROR" and judgement.note:
        return judgement.note
    else:
        lines = explain_interop(judged)
    rerun = shlex.join(["pytest", advice.test_id, *advice.options])
    lines += ["", f"Rerun just this:  {rerun}"]
    if advice.reproducer is not None:
        lines.append(f"Without the suite:  {advice.reproducer}")
    return "\n".join(lines)


def explain_alone(judged: Judged, advice: Advice) -> list[str]:
    """Lines about one implementation: the operations that agreed, and the first that did not."""
    judgement = judged.judgement
    reference, candidate = recordings(judged, "alone")
    lines = [
        f"{judgement.verdict}: {judged.scenario.id} on {candidate.name}, compared with "
        f"{reference.name} ({VERDICTS[judgement.verdict]}).",
        "",
        *documented(Claim.of(judged.scenario.function)),
    ]
    if judgement.note:
        lines += ["", judgement.note]
    failing = [item for item in judgement.divergences if item.verdict not in ACCEPTED]
    if failing:
        lines += explain_first(failing[0], reference, candidate)
        lines += explain_decisions(failing, judged, advice.known)
        lines += explain_pins(failing, judgement.scenario, candidate.name, judgement.axis)
    if candidate.last_printed:
        lines += ["", f"What {candidate.name} printed last:"]
        lines += ["    " + line for line in candidate.last_printed]
    return lines


def explain_decisions(
    failing: Sequence[Divergence], judged: Judged, known: Sequence[Pin]
) -> list[str]:
    """Lines about the decisions that no longer cover what differs: their files, dates and values.

    Of what is NEW, the nearest pin that speaks of this implementation.
    """
    place = (judged.judgement.implementation, judged.judgement.axis)
    kin = Kin.of(judged.target.implementation)
    about = [pin for pin in known if pin.is_about(*place, kin)]
    lines = []
    for one in failing:
        at = f"operation {one.position}"
        own = [pin for pin in about if pin.decision.name == one.file]
        near = nearest(one.pinned, [pin.fingerprint for pin in own or about])
        pin = next((pin for pin in own or about if pin.fingerprint == near), None)
        if pin is None:
            continue
        where = f"{pin.where} ({pin.decision.title})"
        if one.verdict == "EXPIRED":
            lines.append(
                f"EXPIRED, {at}: {where} was to be reviewed by {pin.decision.review_by}: review "
                "the decision, and set a new review_by or take it back."
            )
        elif one.verdict == "CHANGED":
            lines.append(f"CHANGED, {at}: nearest is {where}, which pins")
            lines.append(f"    {described(pin.fingerprint)}")
            lines.append(f"  and now it is {described(one.pinned)}")
        elif one.verdict == "NEW" and pin.fingerprint[0] == one.member:
            lines.append(f"NEW, {at}: nearest is {where}, which pins")
            lines.append(f"    {described(pin.fingerprint)}")
    return ["", *lines] if lines else []


def explain_interop(judged: Judged) -> list[str]:
    """Lines about a client and a server: what differs on each side, and whose fault that is."""
    judgement = judged.judgement
    lines = [
        f"{judgement.implementation} as client, {judgement.server} as server, compared "
        f"with {judged.target.reference.id} as both.",
        "",
        *documented(Claim.of(judged.scenario.function)),
    ]
    for divergence in judgement.divergences:
        if not divergence.passed:
            lines += explain_side(divergence, *recordings(judged, divergence.side))
    stopped = judged.theirs["client"].stopped
    if stopped is not None:
        lines += ["", f"The scenario stopped: {stopped}"]
    return lines


def recordings(judged: Judged, side: Side) -> tuple[Recording, Recording]:
    """What the reference and the target did on one side."""
    return (
        Recording(judged.target.reference.id, judged.ours[side]),
        Recording(judged.target.on(side).id, judged.theirs[side]),
    )


def documented(claim: Claim) -> list[str]:
    return [f"Claim:          {claim.text}", f"Documentation:  {claim.anchor}"]


def explain_first(first: Divergence, reference: Recording, candidate: Recording) -> list[str]:
    """Lines about the first divergence: what came before it, and both outcomes."""
    lines = [""]
    agreed = list(enumerate(reference.operations[: first.position]))[-OPERATIONS_SHOWN:]
    if agreed:
        lines.append("The last operations before it:")
        lines += [
            f"  {number:4}  {item.call}  ->  {render_outcome(item)}" for number, item in agreed
        ]
    lines.append("The first that differs:")
    width = max(len(reference.name), len(candidate.name))
    sides = (reference, candidate)
    calls = [call_at(side, first.position) for side in sides]
    lines.append(f"  {first.position:4}  {calls[0]}")
    if calls[0] != calls[1]:
        lines.append(f"        (on {candidate.name}: {calls[1]})")
    for side, outcome in zip(sides, outcomes_at(sides, first.position), strict=True):
        lines.append(f"        {side.name:{width}}  ->  {outcome}")
    if candidate.stopped:
        lines.append(f"        and there it stopped: {candidate.stopped}")
    return lines


def explain_pins(
    failing: Sequence[Divergence], scenario: str, implementation: str, axis: Axis
) -> list[str]:
    """Lines of the pins that would accept divergences; nothing accepts that an agent is lost."""
    pins = []
    for divergence in failing:
        if divergence.verdict not in LOST:
            pins.append(f"    # operation {divergence.position}: {divergence.verdict}")
            lines = pin_as_toml(scenario, implementation, axis, divergence.pinned)
            pins += [f"    {line}" for line in lines]
    if not pins:
        return []
    return ["", "To accept it, a file in conformance/divergences/ would have:", *pins]


def explain_side(divergence: Divergence, reference: Recording, candidate: Recording) -> list[str]:
    """Lines about one difference between a client or server and the reference's own."""
    sides = (reference, candidate)
    lines = [
        "",
        f"{divergence.verdict} in the {divergence.side}, operation {divergence.position}; "
        f"at fault: {divergence.at_fault} ({', '.join(divergence.culprits)})",
        f"    {call_at(reference, divergence.position)}",
    ]
    for side, outcome in zip(sides, outcomes_at(sides, divergence.position), strict=True):
        lines.append(f"    {side.name}  ->  {outcome}")
    ours, theirs = contrast([divergence.reference, divergence.candidate], OUTCOME)
    lines += [f"    {divergence.field}: {ours}", f"    instead: {theirs}"]
    return lines + ["    " + line for line in candidate.last_printed]


def call_at(side: Recording, position: int) -> str:
    if position < len(side.operations):
        return side.operations[position].call
    return "(the scenario ended)"


def outcomes_at(sides: Sequence[Recording], position: int) -> list[str]:
    """The outcomes of an operation, long ones cut so that their difference shows."""
    return contrast([outcome_at(side, position) for side in sides], OUTCOME)


def outcome_at(side: Recording, position: int) -> str:
    if position < len(side.operations):
        return render_outcome(side.operations[position])
    ended = f"stopped: {side.stopped}" if side.stopped else "completed"
    return render_end(ended, side.run.transcript.left)
