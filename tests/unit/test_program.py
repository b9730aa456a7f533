"""An implementation that runs the reference's program is found to do what it does live."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.judge import Judge
from conformance.run.plan import Target
from conformance.run.runner import Runner, Scenario
from impls.host.declarations import Implementation
from impls.host.program import Part, Traced
from tests.support.agents import implementation, interpreter

SUPPORT = str(Path(__file__).parents[1] / "support")

HONEST = """
import module_under_test as module
import os, time

def given(): return b"abcdef"
def also(): return b"abcdef"
def used(*things, **named): return len(things)
def called(*functions): return [function(1) for function in functions]
def kept(function): return None
def done(): return None
def raised(): raise module.Sub("why")
thing = module.Thing()
def one(): return thing
def other(): return thing
def new(): return module.Thing()
def alive(): return module.Thing.made
for name in "given also used called kept done raised one other new alive".split():
    setattr(module, name, globals()[name])
"""

Body = Callable[[Any], object]


def made(name: str, lie: str = "", version: str = "3", **more: Any) -> Implementation:
    return implementation(
        name,
        interpreter(version),
        module="module_under_test",
        path=(SUPPORT,),
        set_up=(HONEST, "import module_under_test as module, os, time\n" + lie)
        if lie
        else (HONEST,),
        **more,
    )


@pytest.fixture
def runners() -> Iterator[tuple[Runner, Runner]]:
    """One that runs live, and one that runs programs."""
    both = Runner({}, live=True), Runner({})
    yield both
    for one in both:
        one.close()
    gc.unfreeze()


def judged(runners: tuple[Runner, Runner], body: Body, other: Implementation) -> dict[str, int]:
    """How often the second runner ran in which way; both have the same verdict and transcript."""
    reference = made("reference")
    scenario = Scenario("topic/test_file.py::test_it", lambda ssl: body(ssl), {"ssl": None})
    target = Target((other,), reference)
    live, program = (Judge(runner).judge(scenario, target) for runner in runners)
    assert live.judgement == program.judgement
    assert live.theirs["alone"].transcript == program.theirs["alone"].transcript
    assert live.ours["alone"].transcript == program.ours["alone"].transcript
    assert [len(one.freed) for one in live.theirs["alone"].events] == [
        len(one.freed) for one in program.theirs["alone"].events
    ]
    return dict(runners[1].counts)


HAS_RUN_AS_A_PROGRAM = {"live": 1}
"""The reference alone ran live."""
WENT_ANOTHER_WAY = {"live": 2, "deviated": 1}


def everything(ssl: Any) -> None:
    given = ssl.given()
    ssl.used(given, given[1:3], [given[:-1], (given[-2:],)], b"literal" + given)
    thing = ssl.one()
    assert thing.method() == "called"
    ssl.called(lambda number: ssl.used(number, thing), lambda number: thing)
    with pytest.raises(ssl.Sub) as caught:
        ssl.raised()
    assert caught.value.args == ("why",)
    buffer = bytearray(b"xy")
    ssl.used(thing, {"key": thing}, buffer, 1.5, None, True, key=ssl.other())


@pytest.mark.parametrize("version", ["2.7", "3.6", "3"])
def test_an_honest_one_runs_the_program(runners: tuple[Runner, Runner], version: str) -> None:
    assert judged(runners, everything, made("other", version=version)) == HAS_RUN_AS_A_PROGRAM


@pytest.mark.parametrize(
    "lie",
    [
        "module.given = lambda: b'ABCDEF'",
        "module.given = lambda: b'another length'",
    ],
)
def test_values_that_the_scenario_passes_on_are_the_own_ones(
    runners: tuple[Runner, Runner], lie: str
) -> None:
    assert judged(runners, everything, made("other", lie)) == HAS_RUN_AS_A_PROGRAM


def looks_at_a_length(ssl: Any) -> None:
    for number in range(len(ssl.given())):
        ssl.used(number)


def looks_at_a_number(ssl: Any) -> None:
    ssl.used("many" if ssl.used(1) > 1 else "few")


def asserts(ssl: Any) -> None:
    assert ssl.given() == b"abcdef"
    ssl.used()


def passes_a_literal_on(ssl: Any) -> None:
    ssl.given()
    ssl.used(b"abcdef")


def passes_on_what_the_second_gave(ssl: Any) -> None:
    first, second = ssl.given(), ssl.also()
    ssl.used(second, first)


def computes(ssl: Any) -> None:
    given = ssl.given()
    ssl.used(given[:-1] + bytes([given[-1] ^ 1]))


def looks_inside_of_a_callback(ssl: Any) -> None:
    ssl.called(lambda number: ssl.used("many" if ssl.used() else "few"), lambda number: None)


def uses_what_two_answers_gave(ssl: Any) -> None:
    first = ssl.one()
    second = ssl.other()
    del first
    ssl.used(second)
    ssl.alive()


SHORTER = "module.given = lambda: b'abc'"
ANOTHER = "module.given = lambda: b'ABCDEF'"
MORE = "module.used = lambda *things: 7"


@pytest.mark.parametrize(
    ("body", "lie", "ways"),
    [
        (looks_at_a_length, "", HAS_RUN_AS_A_PROGRAM),
        (looks_at_a_length, SHORTER, WENT_ANOTHER_WAY),
        (looks_at_a_length, ANOTHER, HAS_RUN_AS_A_PROGRAM),
        (looks_at_a_number, MORE, WENT_ANOTHER_WAY),
        (asserts, ANOTHER, WENT_ANOTHER_WAY),
        (everything, "module.used = lambda *things, **named: 0", WENT_ANOTHER_WAY),
        (everything, "module.other = module.new", WENT_ANOTHER_WAY),
        (everything, "module.one = module.other = module.new", WENT_ANOTHER_WAY),
        (passes_a_literal_on, ANOTHER, HAS_RUN_AS_A_PROGRAM),
        (passes_on_what_the_second_gave, ANOTHER, HAS_RUN_AS_A_PROGRAM),
        (computes, "", HAS_RUN_AS_A_PROGRAM),
        (computes, ANOTHER, WENT_ANOTHER_WAY),
        (looks_inside_of_a_callback, MORE, WENT_ANOTHER_WAY),
        (uses_what_two_answers_gave, "", HAS_RUN_AS_A_PROGRAM),
        (uses_what_two_answers_gave, "module.other = module.new", WENT_ANOTHER_WAY),
    ],
)
def test_what_the_scenario_looks_at_decides(
    runners: tuple[Runner, Runner], body: Body, lie: str, ways: dict[str, int]
) -> None:
    assert judged(runners, body, made("other", lie)) == ways


def calls(ssl: Any) -> None:
    def first(number: int) -> Any:
        return ssl.used(number)

    def second(number: int) -> Any:
        return ssl.used(number, number)

    ssl.kept(first)
    ssl.called(first, second)
    ssl.done()
    ssl.used()


CALLERS = {
    "once more": "module.called = lambda *all: [one(1) for one in all + all[:1]]",
    "once less": "module.called = lambda *all: [one(1) for one in all[:1]]",
    "not at all": "module.called = lambda *all: [1, 2]",
    "in another order": "module.called = lambda *all: [one(1) for one in all[::-1]]",
    "with another argument": "module.called = lambda *all: [one(2) for one in all]",
    "with another count": "module.called = lambda *all: [one(1, 2) for one in all]",
    "later": "module.kept = lambda one: module.KEPT.append(one)\n"
    "module.done = lambda: module.KEPT.pop()(1)",
    "at the end": """
class Caller(object):
    def __init__(self, function): self.function = function
    def __del__(self): self.function(1)
module.kept = Caller
""",
    "in a thread": """
import threading
def called(*functions):
    for function in functions:
        thread = threading.Thread(target=function, args=(1,))
        thread.start()
        thread.join()
module.called = called
""",
}


@pytest.mark.parametrize("caller", CALLERS)
def test_another_way_to_call_is_found(runners: tuple[Runner, Runner], caller: str) -> None:
    ways = judged(runners, calls, made("other", CALLERS[caller]))
    assert ways["live"] <= 2
    verdict = Judge(runners[1]).judge(
        Scenario("topic/test_file.py::test_it", lambda ssl: calls(ssl), {"ssl": None}),
        Target((made("other", CALLERS[caller]),), made("reference")),
    )
    assert verdict.judgement.verdict == "NEW"


LOSSES = {
    "CRASH": "module.used = lambda *things: os._exit(7)",
    "HANG": "module.used = lambda *things: time.sleep(3600)",
    "GARBAGE": "module.used = lambda *things: os.write(4, b'nonsense\\n')",
}


@pytest.mark.parametrize("how", LOSSES)
def test_a_loss_is_put_at_its_operation(runners: tuple[Runner, Runner], how: str) -> None:
    other = made("other", LOSSES[how], operation_timeout=1.0)
    judged(runners, everything, other)
    lost = (
        runners[1]
        .run(
            Scenario("topic/test_file.py::test_it", lambda ssl: everything(ssl), {"ssl": None}),
            other,
        )
        .lost
    )
    assert lost is not None and lost.kind == how and lost.member == "ssl.used"


def test_a_program_may_take_longer_than_an_operation(runners: tuple[Runner, Runner]) -> None:
    other = made("other", "module.used = lambda *things: time.sleep(0.4)", operation_timeout=0.8)

    def many(ssl: Any) -> None:
        for number in range(5):
            ssl.used(number)

    assert judged(runners, many, other) == HAS_RUN_AS_A_PROGRAM


def test_an_operation_that_takes_too_long_hangs_in_a_program_too(
    runners: tuple[Runner, Runner],
) -> None:
    other = made("other", "module.done = lambda: time.sleep(0.9)", operation_timeout=0.8)
    judged(runners, lambda ssl: (ssl.used(), ssl.done(), ssl.used()), other)
    assert runners[1].counts["live"] == 2


def test_objects_die_at_the_same_operation(runners: tuple[Runner, Runner]) -> None:
    def scenario(ssl: Any) -> None:
        first = ssl.new()
        ssl.alive()
        second = ssl.new()
        del first
        ssl.alive()
        ssl.used(second)
        second = None
        ssl.alive()

    assert judged(runners, scenario, made("other")) == HAS_RUN_AS_A_PROGRAM


def test_traced_bytes_know_their_slices_and_sums() -> None:
    whole = Traced.of(b"abcdef", Part(3, b"abcdef"))
    assert whole[1:4][:-1] == b"bc"
    assert whole[1:4][:-1].parts == (Part(3, b"abcdef", ((1, 4), (None, -1))),)
    assert (b"x" + whole[:2] + b"y").parts == (b"x", Part(3, b"abcdef", ((None, 2),)), b"y")
    assert type(whole[::2]) is bytes and type(whole[0]) is int
    assert whole == b"abcdef" and hash(whole) == hash(b"abcdef")
