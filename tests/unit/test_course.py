"""The course of a scenario is judged always, whatever was accepted on the way."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.judge.compare import compare
from conformance.judge.verdict import ACCEPTED, Circumstances, Divergence, Verdict, judge
from conformance.transcript.model import NOTHING_RAISED, RAISED, Operation, Transcript
from impls.host.declarations import Unsupported
from impls.host.wire import LongInteger
from tests.unit.test_verdict import error, file, run, value

ABSENT = Unsupported("Not there.", member="MemoryBIO")
TAIL = (value("SSLObject.read", 1), value("SSLObject.write", 2), value("SSLObject.version", 3))
CALLED = Operation("callback", "callback f", "f()", "value", {"arguments": []}, inside=1)

BEHIND: dict[Verdict, tuple[Operation, Operation]] = {
    "same": (value("a", 1), value("a", 1)),
    "equivalent": (value("a", 1), value("a", LongInteger(1))),
    "inherited": (value("a", 1), value("a", 2)),
    "known": (value("a", 1), value("a", 3)),
    "UNSUPPORTED": (value("ssl.MemoryBIO", 1), error("ssl.MemoryBIO", "AttributeError")),
}
"""By accepted verdict: an operation of the reference and the candidate's that gets it."""

ASSERTION = "stopped by AssertionError at: assert x"

CHANGES: dict[str, Callable[[Transcript], Transcript]] = {
    "cut": lambda one: replace(one, operations=one.operations[:1], end=ASSERTION),
    "cut, nothing said": lambda one: replace(one, operations=one.operations[:1], end="stopped"),
    "cut, completed": lambda one: replace(one, operations=one.operations[:1]),
    "stopped later": lambda one: replace(one, operations=one.operations[:-1], end=ASSERTION),
    "raised later": lambda one: replace(one, operations=one.operations[:-1], end=RAISED),
    "nothing raised later": lambda one: replace(
        one, operations=one.operations[:-1], end=NOTHING_RAISED
    ),
    "stopped at the end": lambda one: replace(one, end=ASSERTION),
    "lengthened": lambda one: replace(one, operations=(*one.operations, TAIL[0])),
    "called back too often": lambda one: replace(
        one, operations=(*one.operations[:2], CALLED, *one.operations[2:])
    ),
    "a get is not a set": lambda one: replace(
        one, operations=(*one.operations[:-1], replace(one.operations[-1], verb="set"))
    ),
    "another argument": lambda one: replace(
        one, operations=(*one.operations[:-1], replace(one.operations[-1], arguments=(9,)))
    ),
    "reordered": lambda one: replace(
        one, operations=(one.operations[0], one.operations[2], one.operations[1], TAIL[2])
    ),
}
"""What may go wrong with the course of a transcript."""


def judged(accepted: Verdict, ours: Transcript, theirs: Transcript) -> Verdict:
    """The verdict, where what is known makes the first operation's accepted."""
    by = Circumstances(
        theirs,
        "candidate",
        [file("f.toml", "a", "value", "1", "3")] if accepted == "known" else [],
        [ABSENT] if accepted == "UNSUPPORTED" else [],
        lambda position: accepted == "inherited" and position == 0,
        lambda position: False,
        datetime.date(2026, 1, 1),
    )
    return judge(compare(ours, theirs), by)[0]


def transcripts(accepted: Verdict) -> tuple[Transcript, Transcript]:
    ours, theirs = BEHIND[accepted]
    return run(ours, *TAIL), run(theirs, *TAIL, of_python_2=True)


@pytest.mark.parametrize("accepted", BEHIND)
def test_the_same_course_is_accepted(accepted: Verdict) -> None:
    assert judged(accepted, *transcripts(accepted)) == accepted


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("accepted", BEHIND)
def test_another_course_is_never_green(accepted: Verdict, change: str) -> None:
    ours, theirs = transcripts(accepted)
    assert judged(accepted, ours, CHANGES[change](theirs)) not in ACCEPTED


@pytest.mark.parametrize(
    ("ours", "theirs", "end", "entailed"),
    [
        (value("a", 1), error("a"), RAISED, True),
        (error("a", "ValueError"), error("a", "SSLError"), RAISED, True),
        (error("a"), value("a", 1), NOTHING_RAISED, True),
        (error("a"), error("a"), RAISED, False),
        (value("a", 1), value("a", 2), RAISED, False),
        (value("a", 1), value("a", 2), NOTHING_RAISED, False),
        (value("a", 1), error("a"), NOTHING_RAISED, False),
        (error("a"), value("a", 1), RAISED, False),
        (value("a", 1), error("a"), ASSERTION, False),
    ],
)
def test_an_outcome_that_must_stop_a_scenario_is_one_difference(
    ours: Operation, theirs: Operation, end: str, entailed: bool
) -> None:
    found = compare(run(ours, *TAIL), run(theirs, end=end)).differences
    assert any(one.is_course for one in found) is not entailed


def test_an_outcome_before_the_last_entails_nothing() -> None:
    theirs = run(error("a"), value("SSLObject.read", 1), end=RAISED)
    assert compare(run(value("a", 1), *TAIL), theirs).differences[-1].is_course


def test_callbacks_inside_the_last_operation_change_nothing() -> None:
    inside = replace(CALLED, inside=0)
    theirs = run(error("a"), inside, end=RAISED)
    found = compare(run(value("a", 1), inside, *TAIL), theirs).differences
    assert not any(one.is_course for one in found)


def test_another_course_is_inherited_where_stock_takes_it() -> None:
    ours, theirs = run(value("a", 1), *TAIL), run(value("a", 2), end=ASSERTION)
    by = Circumstances(
        theirs,
        "candidate",
        (),
        (),
        lambda _: True,
        lambda position: position == 1,
        datetime.date.max,
    )
    assert judge(compare(ours, theirs), by)[0] == "inherited"


def test_a_witness_is_not_told_of_the_consequence() -> None:
    ours, theirs = run(value("a", 1), *TAIL), run(value("a", 2), end=ASSERTION)
    by = Circumstances(
        theirs, "witness", (), (), lambda _: False, lambda _: False, datetime.date.max
    )
    found, divergences, _ = judge(compare(ours, theirs), by)
    assert found == "drift" and [one.member for one in divergences] == ["a"]


@pytest.mark.parametrize(("preparing", "expected"), [(True, "same"), (False, "inherited")])
def test_what_a_fixture_inherits_is_no_part_of_the_claim(preparing: bool, expected: str) -> None:
    ours, theirs = run(value("a", 1)), run(replace(value("a", 2), preparing=preparing))
    today = datetime.date.max
    by = Circumstances(theirs, "candidate", (), (), lambda _: True, lambda _: True, today)
    found, divergences, _ = judge(compare(ours, theirs), by)
    assert found == expected and len(divergences) == 1


def test_what_an_exception_of_another_class_says_is_kept_and_not_compared() -> None:
    raised = error("a", "TypeError", message="an integer is required")
    for ours in (value("a", 1), error("a", "OSError")):
        (found,) = compare(run(ours), run(raised)).differences
        assert Divergence.of(found).words == {"message": "an integer is required"}
        assert found == replace(found, words={})
    (of_python_2,) = compare(run(value("a", 1)), replace(run(raised), of_python_2=True)).differences
    assert Divergence.of(of_python_2).words is None
    (returned,) = compare(run(raised), run(value("a", 1))).differences
    assert Divergence.of(returned).words is None
