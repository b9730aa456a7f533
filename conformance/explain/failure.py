"""What a failing test prints, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.explain.recording import Recording
from conformance.judge.known import FINGERPRINT
from conformance.judge.verdict import ACCEPTED, VERDICTS, Divergence, Verdict
from conformance.run.claim import Claim
from conformance.transcript.elide import OUTCOME, contrast
from conformance.transcript.render import render_outcome

OPERATIONS_SHOWN = 5
"""Operations that agreed, shown before the first that did not."""


@dataclass(frozen=True)
class Failure:
    """A scenario that an implementation fails."""

    test_id: str
    scenario: str
    claim: Claim
    verdict: Verdict
    divergences: Sequence[Divergence]
    reference: Recording
    candidate: Recording
    note: str | None = None
    reproducer: str | None = None
    """The command that shows the difference without the suite."""


@dataclass(frozen=True)
class InteropFailure:
    """A scenario that fails between a client and a server."""

    test_id: str
    claim: Claim
    client: str
    server: str
    reference: str
    """What both sides are compared with: it talks to itself."""
    differing: Sequence[Differing]
    stopped: str | None = None
    """What stopped the scenario."""


@dataclass(frozen=True)
class Differing:
    """One difference in what the client or the server did."""

    side: str
    """Either "client" or "server"."""
    at_fault: str
    """One of both, or "both"."""
    culprits: Sequence[str]
    divergence: Divergence
    reference: Recording
    candidate: Recording


def explain(failure: Failure) -> str:
    """The claim, the operations that agreed, the first that did not, and how to rerun it."""
    lines = [headline(failure), "", *documented(failure.claim)]
    if failure.note:
        lines += ["", failure.note]
    failing = [item for item in failure.divergences if item.verdict not in ACCEPTED]
    if failing:
        lines += explain_first(failing, failure.reference, failure.candidate)
    if failure.candidate.last_printed:
        lines += ["", f"What {failure.candidate.name} printed last:"]
        lines += ["    " + line for line in failure.candidate.last_printed]
    lines += ["", f"Rerun just this:  pytest '{failure.test_id}'"]
    if failure.reproducer is not None:
        lines.append(f"Without the suite:  {failure.reproducer}")
    return "\n".join(lines)


def explain_interop(failure: InteropFailure) -> str:
    """The claim, what differs on each side and whose fault that is, and how to rerun it."""
    lines = [
        f"{failure.client} as client, {failure.server} as server, compared "
        f"with {failure.reference} as both.",
        "",
        *documented(failure.claim),
    ]
    for differing in failure.differing:
        lines += explain_side(differing)
    if failure.stopped is not None:
        lines += ["", f"The scenario stopped: {failure.stopped}"]
    return "\n".join([*lines, "", f"Rerun just this:  pytest '{failure.test_id}'"])


def headline(failure: Failure) -> str:
    """The verdict on what, in one sentence."""
    return (
        f"{failure.verdict}: {failure.scenario} on {failure.candidate.name}, compared with "
        f"{failure.reference.name} ({VERDICTS[failure.verdict]})."
    )


def documented(claim: Claim) -> list[str]:
    return [f"Claim:          {claim.text}", f"Documentation:  {claim.anchor}"]


def explain_first(
    failing: Sequence[Divergence], reference: Recording, candidate: Recording
) -> list[str]:
    """Lines about the first of the divergences, and the fingerprints of all."""
    first = failing[0]
    lines = [""]
    agreed = list(enumerate(reference.operations[: first.position]))[-OPERATIONS_SHOWN:]
    if agreed:
        lines.append("The last operations before it:")
        lines += [f"  {number:4}  {item.call}  ->  {render_outcome(item)}" for number, item in agreed]
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
    lines += ["", "Fingerprint, as a file in conformance/divergences/ would pin it:"]
    for divergence in failing:
        lines.append(f"    # operation {divergence.position}: {divergence.verdict}")
        pins = zip(FINGERPRINT, divergence.pinned, strict=True)
        lines += [f"    {key} = {toml(value)}" for key, value in pins]
    return lines


def explain_side(differing: Differing) -> list[str]:
    """Lines about one difference between a client or server and the reference's own."""
    divergence = differing.divergence
    sides = (differing.reference, differing.candidate)
    lines = [
        "",
        f"{divergence.verdict} in the {differing.side}, operation {divergence.position}; at fault: "
        f"{differing.at_fault} ({', '.join(differing.culprits)})",
        f"    {call_at(differing.reference, divergence.position)}",
    ]
    for side, outcome in zip(sides, outcomes_at(sides, divergence.position), strict=True):
        lines.append(f"    {side.name}  ->  {outcome}")
    ours, theirs = contrast([divergence.reference, divergence.candidate], OUTCOME)
    lines += [f"    {divergence.field}: {ours}", f"    instead: {theirs}"]
    return lines + ["    " + line for line in differing.candidate.last_printed]


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
    return f"stopped: {side.stopped}" if side.stopped else "completed"


def toml(text: str) -> str:
    """A TOML string, literal where it can be."""
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
