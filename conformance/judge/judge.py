"""Runs a scenario on a target and on its reference, compares them, and gives the verdict."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.judge import interop
from conformance.judge.compare import Comparison, compare
from conformance.judge.known import Kin, Pin
from conformance.judge.same_operation import do_the_same
from conformance.judge.verdict import (
    LOST,
    Circumstances,
    Divergence,
    Judgement,
    Verdict,
    followed,
    gravest,
    judge,
)
from conformance.run.canaries import CANARIES
from conformance.run.plan import Axis, Plan, Side, Target
from conformance.run.runner import Run, Runner, Runs, Scenario, unnumbered
from conformance.run.written_for import is_known_to_hold, is_written_for
from conformance.transcript.model import Transcript
from conformance.transcript.render import render_outcome
from impls.host.declarations import Implementation
from impls.host.process import AgentFailure, AgentStartError


@dataclass(frozen=True)
class Judged:
    """A judgement and what it was made from, for who explains it."""

    judgement: Judgement
    scenario: Scenario
    target: Target
    ours: Runs
    """The reference's runs; empty where an agent did not start or failed."""
    theirs: Runs


class Judge:
    """Judges scenarios on targets; what it is made with does not change during a run."""

    def __init__(
        self,
        runner: Runner,
        known: Sequence[Pin] = (),
        backward: Mapping[str, Implementation] | None = None,
        today: datetime.date = datetime.date.min,
        plan: Plan | None = None,
    ) -> None:
        """`known` are the reviewed divergences, with dates to be compared with `today`.

        `backward` names, by id of an implementation, the one that it inherits from. `plan` knows
        the versions of the references; without one, every claim is known to hold on them.
        """
        self.runner = runner
        self._known = known
        self._about_targets: dict[tuple[str, str, str], list[tuple[Pin, bool]]] = {}
        self._backward = backward or {}
        self._today = today
        self._plan = plan
        self._comparisons: deque[tuple[Transcript, Transcript, Axis, Comparison]] = deque(maxlen=16)
        """The latest ones."""

    def judge(self, scenario: Scenario, target: Target, axis: Axis = "forward") -> Judged:
        """The judgement on a scenario and a target, which may be the reference's own.

        `axis` is the one whose reference the scenario makes its claim about. On the other axis it
        is compared as far as it goes.
        """
        judgement = blank(scenario, target)
        nothing: Runs = {}
        try:
            ours = self.runner.runs(self._about(scenario, target.of_reference), target.of_reference)
            if target.axis == "openssl":
                theirs = self.runner.runs(self._about(scenario, target), target)
            elif target.is_reference:
                theirs = self.runner.runs_again(scenario, target)
            else:
                theirs = self.runner.runs(scenario, target)
            judgement = self._compared(judgement, scenario, target, axis, (ours, theirs))
        except AgentStartError as error:
            name = "" if target.is_reference else f"{target.implementations[0].id} did not start: "
            judgement = replace(judgement, verdict="MISSING", note=f"{name}{error}")
            return Judged(judgement, scenario, target, nothing, nothing)
        except AgentFailure as error:
            judgement = replace(judgement, note=f"The suite's own fault: {error}")
            return Judged(judgement, scenario, target, nothing, nothing)
        return Judged(judgement, scenario, target, ours, theirs)

    def _compared(
        self,
        judgement: Judgement,
        scenario: Scenario,
        target: Target,
        axis: Axis,
        runs: tuple[Runs, Runs],
    ) -> Judgement:
        ours, theirs = runs
        comparisons = {side: self._side(ours, theirs, side, target.axis) for side in target.sides}
        judgement = counted(judgement, comparisons, theirs)
        claimed = target.axis == axis
        stopped = next((run.stopped for run in ours.values() if run.stopped is not None), None)
        blamed = claimed and stopped is not None and self._is_at_fault(scenario, target)
        wrong = what_is_wrong(target, ours, theirs, blamed)
        if wrong is None and target.is_reference:
            wrong = flaky(target, comparisons)
        if wrong is not None:
            found = [
                replace(Divergence.of(one), side=side)
                for side, comparison in comparisons.items()
                for one in comparison.differences
            ]
            return replace(judgement, divergences=tuple(found), note=wrong)
        if target.is_reference and claimed and stopped is not None:
            return self._unmet(judgement, scenario, target, stopped)
        if judgement.server is None:
            return self._alone(judgement, scenario, target, comparisons["alone"], theirs["alone"])
        return self._together(judgement, scenario, target, comparisons, theirs)

    def _side(self, ours: Runs, theirs: Runs, side: Side, axis: Axis) -> Comparison:
        """How one side differs, found once for all implementations that share a run."""
        sides = (ours[side].transcript, theirs[side].transcript)
        for one, other, known_axis, found in self._comparisons:
            if one is sides[0] and other is sides[1] and axis == known_axis:
                return found
        found = compare(*sides, axis)
        self._comparisons.append((*sides, axis, found))
        return found

    def _about(self, scenario: Scenario, target: Target) -> Scenario:
        """The scenario as it is run on a target: across OpenSSLs each side claims for itself."""
        if target.axis != "openssl" or "about" not in scenario.arguments:
            return scenario
        assert self._plan is not None
        about = self._plan.about(target.implementation.id)
        # It has a name of its own, because it is not what ran on this implementation in its lane.
        name = f"{scenario.id} about Python and OpenSSL themselves"
        return replace(scenario, id=name, arguments={**scenario.arguments, "about": about})

    def _is_certain(self, target: Target) -> bool:
        """Whether a claim, and what is decided without a condition, was written for the reference
        of a target."""
        return self._plan is None or is_written_for(self._plan.about(target.reference.id))

    def _is_at_fault(self, scenario: Scenario, target: Target) -> bool:
        """Whether it is the suite's fault that a claim does not hold on the reference of a target.

        It is where the claim was seen to hold. On another patch level, or a build that a person
        named, it is where no other Python meets the claim either.
        """
        if self._plan is None:
            return True
        reference = target.reference
        if not self._is_certain(target):
            return False
        named = self._plan.is_named(reference)
        if is_known_to_hold(self._plan.about(reference.id)) and not named:
            return True
        return self._that_meets(scenario, target) is None

    def _that_meets(self, scenario: Scenario, target: Target) -> tuple[Implementation, Runs] | None:
        """The newest other Python 3 of the lane that does what a scenario claims, with its runs."""
        assert self._plan is not None
        for other in self._plan.others_than(target.reference):
            runs = self._met(scenario, target, other)
            if runs is not None:
                return other, runs
        return None

    def _unmet(
        self, judgement: Judgement, scenario: Scenario, target: Target, stopped: str
    ) -> Judgement:
        """The judgement on a reference that does not do what the scenario claims.

        What differs is shown beside the newest Python 3 that does.
        """
        assert self._plan is not None
        name = target.reference.id
        judgement = replace(judgement, verdict="unmet")
        found = self._that_meets(scenario, target)
        if found is None:
            return replace(judgement, note=f"{name} does not do so: {stopped}")
        other, before = found
        ours = self.runner.runs(scenario, target)
        differences = [
            replace(Divergence.of(one).with_verdict("drift"), side=side)
            for side in target.sides
            for one in compared(before, ours, side).differences
        ]
        note = f"{name} no longer does so, as {other.id} does: {stopped}"
        return replace(judgement, divergences=tuple(differences), note=note)

    def _met(self, scenario: Scenario, target: Target, other: Implementation) -> Runs | None:
        """The runs on another implementation, if the claim holds there."""
        try:
            runs = self.runner.runs(scenario, replace(target, reference=other).of_reference)
        except AgentStartError:
            return None
        held = all(run.stopped is None and run.lost is None for run in runs.values())
        return runs if held else None

    def _alone(
        self,
        judgement: Judgement,
        scenario: Scenario,
        target: Target,
        comparison: Comparison,
        run: Run,
    ) -> Judgement:
        """The judgement on one implementation."""
        implementation = target.implementation
        known = [*self._pins(scenario, target)] if implementation.id not in CANARIES else []
        certain = self._is_certain(target)
        stock = self._backward.get(implementation.id) if target.axis == "forward" else None

        def inherited(position: int) -> bool:
            return stock is not None and self.runner.answers_alike(run, position, stock)

        def inherited_course(position: int) -> bool:
            if stock is None:
                return False
            other = self.runner.run(scenario, stock).transcript
            return same_course(run.transcript, other, position)

        def inherited_left(name: str) -> bool:
            if stock is None:
                return False
            other = self.runner.run(scenario, stock).transcript
            return other.left.get(name) == run.transcript.left.get(name)

        verdict, divergences, note = judge(
            comparison,
            Circumstances(
                run.transcript,
                judgement.role,
                known,
                implementation.unsupported,
                inherited,
                inherited_course,
                self._today,
                certain,
                inherited_left,
            ),
        )
        note = " ".join(text for text in (note, run.note) if text) or None
        judgement = replace(
            judgement,
            verdict=verdict,
            divergences=divergences,
            note=note,
            followed=followed(comparison, judgement.role),
        )
        return declared_unsupported(judgement, scenario, implementation, certain)

    def _pins(self, scenario: Scenario, target: Target) -> Iterator[Pin]:
        """The pins that speak of a scenario on a target of one implementation.

        Those of an implementation that it is like hold wherever their fingerprint occurs.
        """
        for pin, is_its_own in self._pins_about(target):
            if pin.speaks_in(scenario.id):
                yield pin if is_its_own else replace(pin, scenarios=())

    def _pins_about(self, target: Target) -> list[tuple[Pin, bool]]:
        """The pins about a target in any scenario, each with whether they are about it by itself
        and not because it is like another. Found once for each target, as every pair wants them.
        """
        name, axis = target.implementation.id, target.axis
        key = (name, axis, target.reference.id)
        if key not in self._about_targets:
            kin = Kin.of(target.implementation)
            alone = kin._replace(like=None)
            about = None if self._plan is None else self._plan.about(target.reference.id)
            self._about_targets[key] = [
                (pin, pin.is_about(name, axis, alone))
                for pin in self._known
                if (about is None or pin.holds(about)) and pin.is_about(name, axis, kin)
            ]
        return self._about_targets[key]

    def _pins_wherever(self, implementation: Implementation) -> list[Pin]:
        """The pins that hold wherever the fingerprint occurs: with another implementation too."""
        kin = Kin.of(implementation)
        about = [pin for pin in self._known if pin.is_about(implementation.id, "forward", kin)]
        return [pin for pin in about if pin.holds_wherever]

    def _together(
        self,
        judgement: Judgement,
        scenario: Scenario,
        target: Target,
        comparisons: Mapping[Side, Comparison],
        theirs: Runs,
    ) -> Judgement:
        """The judgement on a client and a server."""
        divergences = tuple(
            interop.divergences(
                interop.Meeting(self.runner, scenario, target), comparisons, self._circumstances
            )
        )
        verdicts: list[Verdict] = [one.verdict for one in divergences]
        rules = any(comparison.rules for comparison in comparisons.values())
        verdicts.append("equivalent" if rules else "same")
        note = next((run.note for run in theirs.values() if run.note), None)
        return replace(judgement, verdict=gravest(verdicts), divergences=divergences, note=note)

    def _circumstances(
        self,
        run: Run,
        implementation: Implementation,
        culprits: Sequence[Implementation],
        own: bool,
    ) -> Circumstances:
        """What a side's differences are judged by; `own` where the side itself is at fault.

        The decisions about any who is at fault count, wherever it shows.
        """
        stock = self._backward.get(implementation.id) if own else None

        def inherited(position: int) -> bool:
            return stock is not None and self.runner.answers_alike(run, position, stock)

        return Circumstances(
            run.transcript,
            "candidate" if any(one.role == "candidate" for one in culprits) else "witness",
            [pin for one in culprits for pin in self._pins_wherever(one)],
            implementation.unsupported,
            inherited,
            lambda position: False,
            self._today,
        )


def blank(scenario: Scenario, target: Target) -> Judgement:
    """The judgement before anything has run."""
    client, *server = (one.id for one in target.implementations)
    made = Judgement(
        scenario.id, client, target.axis, target.role, "ERROR", reference=target.reference.id
    )
    return replace(made, server=server[0]) if server else made


def compared(ours: Runs, theirs: Runs, side: Side, axis: Axis = "forward") -> Comparison:
    """How one side differs from the reference's."""
    return compare(ours[side].transcript, theirs[side].transcript, axis)


def same_course(one: Transcript, other: Transcript, position: int) -> bool:
    """Whether two transcripts go on alike from a position, operation by operation, to their end."""
    if len(one.operations) != len(other.operations) or one.end != other.end:
        return False
    if not all(do_the_same(one, other, number) for number in range(len(one.operations))):
        return False
    return all(
        a.kind == b.kind and unnumbered(a.fields) == unnumbered(b.fields)
        for a, b in zip(one.operations[position:], other.operations[position:], strict=True)
    )


def counted(
    judgement: Judgement, comparisons: Mapping[Side, Comparison], theirs: Runs
) -> Judgement:
    """The judgement with the numbers of what was compared."""
    rules: dict[str, int] = {}
    masks: dict[str, int] = {}
    for side, comparison in comparisons.items():
        for name, uses in comparison.rules.items():
            rules[name] = rules.get(name, 0) + uses
        for name, uses in theirs[side].transcript.masks.items():
            masks[name] = masks.get(name, 0) + uses
    return replace(
        judgement,
        rules=dict(sorted(rules.items())),
        masks=dict(sorted((name, uses) for name, uses in masks.items() if uses)),
        operations=sum(len(run.transcript.operations) for run in theirs.values()),
        compared=sum(one.compared for one in comparisons.values()),
    )


def what_is_wrong(target: Target, ours: Runs, theirs: Runs, claimed: bool) -> str | None:
    """Why the scenario or the suite is wrong, in one sentence, whatever the target does."""
    reference = target.reference.id
    for side, run in ours.items():
        if run.stopped is not None and claimed:
            return f"The claim does not hold on the reference {reference}: {run.stopped}"
        role = "" if side == "alone" else f" as {side}"
        if run.lost is not None and target.axis != "openssl":
            lost = run.lost
            return f"The reference {reference} was lost{role}: {lost.call}: {render_outcome(lost)}"
        if not run.transcript.operations:
            return f"The scenario does nothing{role}: not one operation was recorded."
    for runs, names in ((ours, target.of_reference), (theirs, target)):
        for side, run in runs.items():
            if run.error is not None:
                return f"On {names.on(side).id}: {run.error}"
    return None


def flaky(target: Target, comparisons: Mapping[Side, Comparison]) -> str | None:
    """A sentence where two runs on the reference itself differ."""
    for comparison in comparisons.values():
        if comparison.differences or comparison.rules:
            differences = comparison.differences
            where = differences[0].member if differences else "a value's type"
            return (
                f"Two runs on the reference {target.reference.id} differ in {where}: the scenario "
                "is flaky."
            )
    return None


def declared_unsupported(
    judgement: Judgement, scenario: Scenario, implementation: Implementation, certain: bool = True
) -> Judgement:
    """Apply the declarations that speak of whole scenarios; see Circumstances for `certain`.

    They say what Python 3 does and the implementation does not: on the backward axis it may well do
    what stock 2.7 does.
    """
    reason = implementation.unsupported_scenario(scenario.id)
    if reason is None or judgement.verdict in LOST:
        return judgement
    if judgement.verdict in ("same", "equivalent"):
        if not certain or judgement.axis == "backward" or implementation.only_borrows(scenario.id):
            return judgement
        return replace(
            judgement,
            verdict="FIXED",
            note="It is declared UNSUPPORTED, and it is as the reference: delete the declaration.",
        )
    return replace(judgement, verdict="UNSUPPORTED", note=reason)
