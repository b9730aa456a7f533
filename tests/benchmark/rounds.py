"""Rounds: everyone does every case once, one after the other, in an order that rotates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmark.cases import Case, check_hello, check_proof, check_same
from tests.benchmark.participants import Participant, Sample

FIRST_ITERATIONS = 20


@dataclass(frozen=True)
class Rates:
    """How much of a case one did in a second, in each round, by either clock."""

    cpu: tuple[float, ...]
    wall: tuple[float, ...]


Measured = Mapping[str, Mapping[str, Rates]]
"""By the name of the case, by the name of the participant."""


def measure(
    participants: Sequence[Participant],
    cases: Sequence[Case],
    rounds: int,
    seconds: float,
) -> Measured:
    """The rates of everyone. Raises Refusal as soon as anyone's work is not the same.

    `seconds` is about how long the first participant takes for a batch: all do as many iterations
    as it does in that time, so that even what the work leaves behind is the same.
    """
    for one in participants:
        check_hello(one.name, one.hello, participants[0].hello["openssl"])
    found = {}
    for case in cases:
        doing = [one for one in participants if one.does(case)]
        found[case.name] = _measure_case(doing, case, rounds, seconds)
    return found


def rotated(participants: Sequence[Participant], by: int) -> list[Participant]:
    """The same participants, beginning with another one in each round."""
    by %= len(participants)
    return [*participants[by:], *participants[:by]]


def _measure_case(
    participants: Sequence[Participant], case: Case, rounds: int, seconds: float
) -> dict[str, Rates]:
    iterations = _how_many(participants[0], case, seconds)
    samples: dict[str, list[Sample]] = {one.name: [] for one in participants}
    for one in participants:
        one.measure(case, iterations // 4 + 1)  # contexts are made, caches and adaptive code warm
    for number in range(rounds):
        for one in rotated(participants, number):
            sample = one.measure(case, iterations)
            check_proof(one.name, case, iterations, sample.proof)
            samples[one.name].append(sample)
        first = participants[0].name
        for one in participants:
            check_same(one.name, samples[one.name][-1].proof, first, samples[first][-1].proof, case)
    amount = case.amount * iterations
    return {
        name: Rates(
            tuple(amount / one.cpu for one in taken), tuple(amount / one.wall for one in taken)
        )
        for name, taken in samples.items()
    }


def _how_many(participant: Participant, case: Case, seconds: float) -> int:
    """How many iterations a participant does in that many seconds of CPU."""
    iterations = FIRST_ITERATIONS
    while True:
        took = participant.measure(case, iterations).cpu
        if took >= seconds / 4:
            return max(1, round(iterations * seconds / took))
        iterations *= 4
