"""The whole story of a failing pair, for a person at a terminal."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.judge.known import FINGERPRINT
from conformance.judge.verdict import ACCEPTED, VERDICTS, Divergence, Verdict
from conformance.transcript.build import Operation
from conformance.transcript.elide import contrast

OPERATIONS_SHOWN = 5
"""Operations that agreed, shown before the first that did not."""
LONGEST_OUTCOME = 1000
"""Characters of each of the two outcomes that are shown."""


@dataclass(frozen=True)
class Claim:
    """What a scenario's docstring says."""

    text: str
    """One sentence."""
    anchor: str
    """Where the documentation says so."""

    @classmethod
    def of(cls, function: Callable[..., object]) -> Claim:
        lines = [line.strip() for line in (inspect.getdoc(function) or "").splitlines()]
        paragraphs = "\n".join(lines).split("\n\n")
        anchor = paragraphs[-1].strip() if len(paragraphs) > 1 else ""
        return cls(" ".join(paragraphs[0].split()), anchor)


@dataclass(frozen=True)
class Side:
    """One of the two transcripts, by the name of its implementation."""

    name: str
    operations: Sequence[Operation]
    stopped: str | None
    stderr: str = ""


def headline(scenario: str, implementation: str, reference: str, verdict: Verdict) -> str:
    return (
        f"{verdict}: {scenario} on {implementation}, compared with {reference}"
        f" ({VERDICTS[verdict]})."
    )


def tell(
    test_id: str,
    scenario: str,
    claim: Claim,
    verdict: Verdict,
    divergences: Sequence[Divergence],
    reference: Side,
    candidate: Side,
    note: str | None,
    reproducer: str | None = None,
) -> str:
    """The claim, the operations that agreed, the first that did not, and how to rerun it."""
    lines = [headline(scenario, candidate.name, reference.name, verdict), ""]
    lines += [f"Claim:          {claim.text}", f"Documentation:  {claim.anchor}"]
    if note:
        lines += ["", note]
    failing = [item for item in divergences if item.verdict not in ACCEPTED]
    if failing:
        lines += tell_first(failing, reference, candidate)
    if candidate.stderr.strip():
        lines += ["", f"What {candidate.name} printed last:"]
        lines += ["    " + line for line in candidate.stderr.splitlines()[-15:]]
    lines += ["", f"Rerun just this:  pytest '{test_id}'"]
    if reproducer is not None:
        lines.append(f"Without the suite:  {reproducer}")
    return "\n".join(lines)


def tell_first(failing: Sequence[Divergence], reference: Side, candidate: Side) -> list[str]:
    first = failing[0]
    lines = [""]
    agreed = list(enumerate(reference.operations[: first.position]))[-OPERATIONS_SHOWN:]
    if agreed:
        lines.append("The last operations before it:")
        lines += [f"  {number:4}  {item.call}  ->  {item.outcome()}" for number, item in agreed]
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


def call_at(side: Side, position: int) -> str:
    if position < len(side.operations):
        return side.operations[position].call
    return "(the scenario ended)"


def outcomes_at(sides: Sequence[Side], position: int) -> list[str]:
    """The outcomes of an operation, long ones cut so that their difference shows."""
    return contrast([outcome_at(side, position) for side in sides], LONGEST_OUTCOME)


def outcome_at(side: Side, position: int) -> str:
    if position < len(side.operations):
        return side.operations[position].outcome()
    return f"stopped: {side.stopped}" if side.stopped else "completed"


def toml(text: str) -> str:
    """A TOML string, literal where it can be."""
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
