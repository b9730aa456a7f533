"""Judges one planned pair: runs what must be run, compares, and tells the story."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from conformance.explain.failure import Claim, Side, tell
from conformance.explain.reproducer.script import Question, Recorded, Reproducers, asked_about
from conformance.judge.known import Pin
from conformance.judge.verdict import Axis, Comparison, Divergence, Pair, Role, compare, judge
from conformance.run.runner import Run, Runner, Scenario
from impls.host.process import AgentFailure, AgentStartError
from impls.host.registry import Implementation


def judge_pair(
    runner: Runner,
    test_id: str,
    scenario: Scenario,
    implementation: Implementation,
    reference: Implementation,
    stock: Implementation | None,
    axis: Axis,
    known: Sequence[Pin],
    today: datetime.date,
    claimed: bool = True,
    reproducers: Reproducers | None = None,
) -> Pair:
    """The judgement on a scenario and an implementation, which may be the reference itself.

    `stock` is who may have handed a divergence down to the implementation, on the forward axis.
    `claimed` is False where the scenario claims nothing of this reference: stock 2.7, asked the
    scenarios of the forward axis, is compared as far as it goes.
    `reproducers` is where a script of what a candidate does differently is left.
    """
    role = role_of(implementation, reference)
    pair = Pair(scenario.id, implementation.id, axis, role, "ERROR")
    try:
        ours = runner.run(scenario, reference)
        if role == "reference":
            theirs = runner.run_again(scenario, reference)
        else:
            theirs = runner.run(scenario, implementation)
    except AgentStartError as error:
        return replace(pair, verdict="MISSING", note=f"{implementation.id} did not start: {error}")
    except AgentFailure as error:
        return replace(pair, note=f"The suite's own fault: {error}", story=str(error))
    comparison = compare(ours.transcript, theirs.transcript, axis)
    pair = replace(
        pair,
        rules=dict(sorted(comparison.rules.items())),
        masks=dict(sorted((name, n) for name, n in theirs.transcript.masks.items() if n)),
        operations=len(theirs.transcript.operations),
        compared=comparison.compared,
    )

    def inherited(divergence: Divergence) -> bool:
        return stock is not None and runner.answers_alike(theirs, divergence.position, stock)

    wrong = what_is_wrong(ours, theirs, reference.id, implementation.id, role, comparison, claimed)
    if wrong is not None:
        divergences = comparison.divergences
        pair = replace(pair, divergences=divergences, note=wrong)
    else:
        verdict, divergences, note = judge(
            comparison,
            candidate=theirs.transcript,
            role=role,
            known=[pin for pin in known if pin.speaks_of(scenario.id, implementation.id, axis)],
            unsupported=implementation.unsupported,
            inherited=inherited,
            today=today,
        )
        note = " ".join(text for text in (note, theirs.note) if text) or None
        pair = replace(pair, verdict=verdict, divergences=divergences, note=note)
        pair = declared_unsupported(pair, scenario, implementation)
    command, asked = None, asked_about(pair)
    if reproducers is not None and asked is not None:
        claim = Claim.of(scenario.function)
        command = reproducers.leave(
            Question(test_id, claim.text, claim.anchor, asked),
            implementation,
            Recorded(
                implementation.id, theirs.events, theirs.transcript.operations, theirs.stopped
            ),
            Recorded(reference.id, ours.events, ours.transcript.operations, ours.stopped),
        )
    if pair.passed:
        return pair
    story = tell(
        test_id,
        scenario.id,
        Claim.of(scenario.function),
        pair.verdict,
        pair.divergences,
        Side(reference.id, ours.transcript.operations, ours.stopped),
        Side(implementation.id, theirs.transcript.operations, theirs.stopped, theirs.stderr),
        pair.note,
        command,
    )
    return replace(pair, story=story)


def role_of(implementation: Implementation, reference: Implementation) -> Role:
    if implementation.id == reference.id:
        return "reference"
    return "candidate" if implementation.role == "candidate" else "witness"


def what_is_wrong(
    ours: Run,
    theirs: Run,
    reference: str,
    implementation: str,
    role: Role,
    comparison: Comparison,
    claimed: bool,
) -> str | None:
    """Why the scenario or the suite is wrong, in one sentence, whatever the candidate does."""
    if ours.stopped is not None and claimed:
        return f"The claim does not hold on the reference {reference}: {ours.stopped}"
    lost = ours.transcript.lost
    if lost is not None:
        return f"The reference {reference} was lost: {lost.call}: {lost.outcome()}"
    if not ours.transcript.operations:
        return "The scenario asks nothing: not one operation was recorded."
    if role == "reference" and (comparison.divergences or comparison.rules):
        where = comparison.divergences[0].member if comparison.divergences else "a value's type"
        return f"Two runs on the reference {reference} differ in {where}: the scenario is flaky."
    for name, run in ((reference, ours), (implementation, theirs)):
        if run.error is not None:
            return f"On {name}: {run.error}"
    return None


def declared_unsupported(pair: Pair, scenario: Scenario, implementation: Implementation) -> Pair:
    """Apply the declarations that speak of whole scenarios."""
    reason = implementation.unsupported_scenario(scenario.id)
    if reason is None or pair.verdict in ("CRASH", "HANG", "GARBAGE"):
        return pair
    if pair.verdict in ("same", "equivalent"):
        return replace(
            pair,
            verdict="FIXED",
            note="It is declared UNSUPPORTED, and it is as the reference: delete the declaration.",
        )
    return replace(pair, verdict="UNSUPPORTED", note=reason)
