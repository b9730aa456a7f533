"""A client and a server of two implementations: which of them is at fault.

A scenario of the topic interop takes two remote modules, `client_ssl` and `server_ssl`, each in a
process of its own, and carries the bytes between them. What each side does is a transcript of its
own. Both are compared with those of the reference that talks to itself, and a difference is laid
to the account of a side by looking at the same scenario with other partners:

- the client differs in the same way when the reference is its server: the client is at fault; and
  the other way round for the server;
- the reference in its place, opposite the same partner, differs too: the partner is at fault;
- only the two together differ: the side at fault is the one that shows the same when it talks to
  itself, and both where neither or each of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.judge.compare import Comparison, Difference, compare
from conformance.judge.verdict import Circumstances, Divergence, judge_difference
from conformance.run.plan import Side, Target
from conformance.run.runner import Run, Runner, Scenario, lost_in
from impls.host.declarations import Implementation

Judging = Callable[[Run, Implementation, Sequence[Implementation], bool], Circumstances]
"""What the differences of a run on an implementation are judged by: who is at fault, and whether
that is the side itself."""


@dataclass(frozen=True)
class Meeting:
    """A scenario on a client and a server, and how it runs with other partners."""

    runner: Runner
    scenario: Scenario
    target: Target

    def comparison(self, target: Target, side: Side) -> Comparison:
        """How a side of a target differs from the reference that talks to itself."""
        ours = self.runner.runs(self.scenario, self.target.of_reference)
        theirs = self.runner.runs(self.scenario, target)
        return compare(ours[side].transcript, theirs[side].transcript)

    def shows(self, target: Target, side: Side, difference: Difference) -> bool:
        """Whether a side differs in the same way on another target."""
        found = self.comparison(target, side).differences
        return any(one.fingerprint == difference.fingerprint for one in found)


def divergences(
    meeting: Meeting, comparisons: Mapping[Side, Comparison], judging: Judging
) -> Iterator[Divergence]:
    """What both sides do differently, with verdicts and the implementations at fault."""
    runs = meeting.runner.runs(meeting.scenario, meeting.target)
    for side, comparison in comparisons.items():
        lost_here = runs[side].lost is not None
        for difference in comparison.differences:
            if lost_in(runs) is not None and not lost_here and difference.is_course:
                continue  # the course ends here because the other side was lost
            sides = (side,) if lost_here else sides_at_fault(meeting, side, difference)
            at_fault = [meeting.target.on(one) for one in sides]
            culprits = [one for one in at_fault if one.id != meeting.target.reference.id]
            culprits = culprits or at_fault
            gated = any(one.role == "candidate" for one in culprits)
            if difference.is_course and not gated and len(comparison.differences) > 1:
                continue  # a consequence of what is reported already: see verdict.considered()
            by = judging(runs[side], meeting.target.on(side), culprits, sides == (side,))
            yield replace(
                judge_difference(difference, by),
                side=side,
                at_fault="both" if len(sides) > 1 else sides[0],
                culprits=tuple(dict.fromkeys(one.id for one in culprits)),
                gated=gated,
            )


def sides_at_fault(meeting: Meeting, side: Side, difference: Difference) -> tuple[Side, ...]:
    """Which sides cause a difference that shows in `side`."""
    target, reference = meeting.target, meeting.target.reference
    other: Side = "server" if side == "client" else "client"
    here, there = target.on(side), target.on(other)
    if meeting.shows(target.with_side(other, reference), side, difference):
        return (side,)
    if meeting.shows(target.with_side(side, reference), side, difference):
        return (other,)
    alone = meeting.shows(target.with_side(other, here), side, difference)
    if alone == meeting.shows(target.with_side(side, there), side, difference):
        return ("client", "server")
    return (side,) if alone else (other,)
