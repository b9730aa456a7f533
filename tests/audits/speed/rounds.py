"""Rounds: everyone does every case once, one after the other, in an order that rotates.

Each round has processes of its own. One process may be a tenth faster or slower than the next for
as long as it lives, so rounds in one and the same process would agree with each other on a figure
that another run does not get.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.audits.speed.cases import Case, check_hello, check_proof, check_same
from tests.audits.speed.participants import Participant, Sample

FIRST_ITERATIONS = 20


@dataclass(frozen=True)
class Rates:
    """How much of a case one did in a second, in each round, by either clock."""

    cpu: tuple[float, ...]
    wall: tuple[float, ...]


Measured = Mapping[str, Mapping[str, Rates]]
"""By the name of the case, by the name of the participant."""


Start = Callable[[], Participant]
"""Starts a process that does the work."""


def measure(
    starts: Sequence[Start], cases: Sequence[Case], rounds: int, seconds: float
) -> Measured:
    """The rates of everyone. Raises Refusal as soon as anyone's work is not the same.

    `seconds` is about how long the first one takes for a batch: all do as many iterations as it
    does in that time, so that even what the work leaves behind is the same.
    """
    iterations: dict[str, int] = {}
    taken: dict[str, dict[str, list[Sample]]] = {case.name: {} for case in cases}
    for number in range(rounds):
        with contextlib.ExitStack() as stack:
            everyone = [stack.enter_context(start()) for start in starts]
            for one in everyone:
                check_hello(one.name, one.hello, everyone[0].hello["openssl"])
            for case in cases:
                doing = [one for one in everyone if one.does(case)]
                if case.name not in iterations:
                    iterations[case.name] = _how_many(doing[0], case, seconds)
                for one, sample in _one_round(doing, case, iterations[case.name], number):
                    taken[case.name].setdefault(one.name, []).append(sample)
    return {
        case.name: {
            name: _rates(samples, case.amount * iterations[case.name])
            for name, samples in taken[case.name].items()
        }
        for case in cases
    }


def rotated(participants: Sequence[Participant], by: int) -> list[Participant]:
    """The same participants, beginning with another one in each round."""
    by %= len(participants)
    return [*participants[by:], *participants[:by]]


def _one_round(
    doing: Sequence[Participant], case: Case, iterations: int, number: int
) -> list[tuple[Participant, Sample]]:
    """What each took for a batch, in the order of `doing`."""
    for one in doing:
        one.measure(case, iterations // 4 + 1)  # contexts are made, caches and adaptive code warm
    samples = {one.name: one.measure(case, iterations) for one in rotated(doing, number)}
    first = doing[0].name
    for one in doing:
        check_proof(one.name, case, iterations, samples[one.name].proof)
        check_same(one.name, samples[one.name].proof, first, samples[first].proof, case)
    return [(one, samples[one.name]) for one in doing]


def _rates(samples: Sequence[Sample], amount: float) -> Rates:
    return Rates(
        tuple(amount / one.cpu for one in samples), tuple(amount / one.wall for one in samples)
    )


def _how_many(participant: Participant, case: Case, seconds: float) -> int:
    """How many iterations a participant does in that many seconds of CPU."""
    iterations = FIRST_ITERATIONS
    while True:
        took = participant.measure(case, iterations).cpu
        if took >= seconds / 4:
            return max(1, round(iterations * seconds / took))
        iterations *= 4
