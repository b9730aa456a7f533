"""An implementation that runs the reference's program is found to do what it does live."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.judge import Judge
from conformance.run.plan import Target
from conformance.run.runner import Runner, Scenario
from impls.host.declarations import Implementation
from impls.host.program import Part, Traced
from tests.support.programs import (
    ALIKE,
    COMPARED,
    WENT_ANOTHER_WAY,
    Body,
    made,
    shown,
)


def judged(runners: tuple[Runner, Runner], body: Body, other: Implementation) -> str:
    """In which way the second runner ran it; both have the same verdict and transcript."""
    reference = made("reference")
    scenario = Scenario("topic/test_file.py::test_it", lambda ssl: body(ssl), {"ssl": None})
    own, target = Target((reference,), reference), Target((other,), reference)
    live, program = Judge(runners[0]), Judge(runners[1])
    assert live.judge(scenario, own).judgement == program.judge(scenario, own).judgement
    before = Counter(runners[1].counts)
    one, two = (judge.judge(scenario, target) for judge in (live, program))
    assert one.judgement == two.judgement
    assert one.theirs["alone"].transcript == two.theirs["alone"].transcript
    assert one.ours["alone"].transcript == two.ours["alone"].transcript
    assert [len(event.freed) for event in one.theirs["alone"].events] == [
        len(event.freed) for event in two.theirs["alone"].events
    ]
    return " ".join(sorted((runners[1].counts - before).elements()))


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


@pytest.mark.parametrize(("version", "way"), [("2.7", COMPARED), ("3.6", ALIKE), ("3", ALIKE)])
def test_an_honest_one_runs_the_program(
    runners: tuple[Runner, Runner], version: str, way: str
) -> None:
    assert judged(runners, everything, made("other", version=version)) == way


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
    assert judged(runners, everything, made("other", lie)) == COMPARED


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
    ("body", "lie", "way"),
    [
        (looks_at_a_length, "", ALIKE),
        (looks_at_a_length, SHORTER, WENT_ANOTHER_WAY),
        (looks_at_a_length, ANOTHER, COMPARED),
        (looks_at_a_number, MORE, WENT_ANOTHER_WAY),
        (asserts, ANOTHER, WENT_ANOTHER_WAY),
        (everything, "module.used = lambda *things, **named: 0", WENT_ANOTHER_WAY),
        (everything, "module.other = module.new", WENT_ANOTHER_WAY),
        (everything, "module.one = module.other = module.new", WENT_ANOTHER_WAY),
        (passes_a_literal_on, ANOTHER, COMPARED),
        (passes_on_what_the_second_gave, ANOTHER, COMPARED),
        (computes, "", ALIKE),
        (computes, ANOTHER, WENT_ANOTHER_WAY),
        (looks_inside_of_a_callback, MORE, WENT_ANOTHER_WAY),
        (uses_what_two_answers_gave, "", ALIKE),
        (uses_what_two_answers_gave, "module.other = module.new", WENT_ANOTHER_WAY),
    ],
)
def test_what_the_scenario_looks_at_decides(
    runners: tuple[Runner, Runner], body: Body, lie: str, way: str
) -> None:
    assert judged(runners, body, made("other", lie)) == way


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
    judged(runners, calls, made("other", CALLERS[caller]))
    verdict = Judge(runners[1]).judge(
        Scenario("topic/test_file.py::test_it", lambda ssl: calls(ssl), {"ssl": None}),
        Target((made("other", CALLERS[caller]),), made("reference")),
    )
    assert verdict.judgement.verdict == "NEW"


def parts_early(ssl: Any) -> None:
    ssl.used("as expected" if ssl.given() == b"abcdef" else "otherwise")
    ssl.one()


def parts_in_a_callback(ssl: Any) -> None:
    ssl.called(lambda number: parts_early(ssl))


RAISES = f"{ANOTHER}\ndef used(*things): raise ValueError\nmodule.used = used"
CHANGES = RAISES.replace("raise", "module.done = None; raise")
DIES_AT_THE_END = f"{RAISES}\nclass End(object):\n    def __del__(self): os._exit(3)\n"
DIES_AT_THE_END += "module.given = lambda: End()"


@pytest.mark.parametrize(
    ("body", "lie", "same"),
    [
        (parts_early, RAISES, True),
        (parts_in_a_callback, RAISES, False),
        (parts_early, CHANGES, False),
        (parts_early, DIES_AT_THE_END, False),
    ],
)
def test_an_agent_that_waits_for_a_request_is_kept(
    runners: tuple[Runner, Runner], body: Body, lie: str, same: bool
) -> None:
    reference, other = made("reference"), made("other", lie)
    judge = Judge(runners[1])
    agents = []
    for number, function in enumerate((asserts, body, body)):
        scenario = Scenario(f"topic/test_file.py::test_{number}", function, {"ssl": None})
        for one in (reference, other):
            judge.judge(scenario, Target((one,), reference))
        agents.append(runners[1]._agents.get(("alone", "other")))
    assert runners[1].counts["deviated"] >= 2
    kept = agents[0] is not None and agents[0] is agents[1] is agents[2]
    assert kept == same
    if lie is RAISES:
        assert judged(runners, body, other) == WENT_ANOTHER_WAY


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


@pytest.mark.parametrize("lie", ["os._exit(7)", "time.sleep(3600)", "os.write(4, b'nonsense\\n')"])
def test_a_loss_where_the_scenario_does_not_go_is_none(
    runners: tuple[Runner, Runner], lie: str
) -> None:
    def stops(ssl: Any) -> None:
        assert ssl.given() == b"abcdef"
        ssl.done()

    two = f"module.given = lambda: b'ABCDEF'\nmodule.done = lambda: {lie}"
    other = made("other", two, operation_timeout=1.0)
    judged(runners, stops, other)
    (lost,) = {run.lost for run in runners[1]._runs["other",].values()}
    assert lost is None


def test_a_loss_that_does_not_come_again_is_judged(
    runners: tuple[Runner, Runner], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    lie = (
        f"module.used = lambda *all, **named: os.path.exists({str(mark)!r}) or "
        f"(open({str(mark)!r}, 'w').close(), os._exit(7))"
    )
    other = made("other", lie)
    scenario = Scenario("topic/test_file.py::test_it", lambda ssl: everything(ssl), {"ssl": None})
    target = Target((other,), made("reference"))
    judge = Judge(runners[1])
    judge.judge(scenario, target.of_reference)
    found = judge.judge(scenario, target).judgement
    assert found.verdict == "CRASH" and found.note is not None and ", once; " in found.note


def test_a_program_may_take_longer_than_an_operation(runners: tuple[Runner, Runner]) -> None:
    other = made("other", "module.used = lambda *things: time.sleep(0.4)", operation_timeout=0.8)

    def many(ssl: Any) -> None:
        for number in range(5):
            ssl.used(number)

    assert judged(runners, many, other) == COMPARED


def test_an_operation_that_takes_too_long_hangs_in_a_program_too(
    runners: tuple[Runner, Runner],
) -> None:
    other = made("other", "module.done = lambda: time.sleep(0.9)", operation_timeout=0.8)
    judged(runners, lambda ssl: (ssl.used(), ssl.done(), ssl.used()), other)
    (run,) = runners[1]._runs["other",].values()
    assert run.lost is not None and (run.lost.kind, run.lost.member) == ("HANG", "ssl.done")


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

    assert judged(runners, scenario, made("other")) == ALIKE
    assert judged(runners, scenario, made("another", "module.data = 1", "2.7")) == COMPARED


def interop(client_ssl: Any, server_ssl: Any) -> None:
    hello = client_ssl.noise()
    assert hello
    for piece in (hello[:1], hello[1:]):
        answer = server_ssl.echo(piece)
        client_ssl.kept(client_ssl.echo(answer + b"!"))
    if server_ssl.used(1) > 1:
        server_ssl.done()
    client_ssl.done()


@pytest.mark.parametrize(
    ("client", "server", "way", "kinds"),
    [
        ("", "", COMPARED, {"client": None, "server": None}),
        ("module.noise = lambda: b'noise'", "", COMPARED, {"client": None, "server": None}),
        ("", "module.echo = lambda data: b'other'", COMPARED, {"client": None, "server": None}),
        ("", MORE, WENT_ANOTHER_WAY, {"client": None, "server": None}),
        ("", "module.used = lambda *all: os._exit(3)", None, {"client": None, "server": "CRASH"}),
        ("module.kept = lambda one: os._exit(3)", "", None, {"client": "CRASH", "server": None}),
    ],
)
def test_client_and_server_run_programs_in_turns(
    runners: tuple[Runner, Runner],
    client: str,
    server: str,
    way: str | None,
    kinds: dict[str, str | None],
) -> None:
    reference, *others = made("reference"), made("theirs", client), made("ours", server)
    arguments = {"client_ssl": None, "server_ssl": None}
    scenario = Scenario("interop/test_file.py::test_it", interop, arguments)
    target = Target((others[0], others[1]), reference)
    live: dict[str, Any] = {}
    program: dict[str, Any] = {}
    for runner, found in zip(runners, (live, program), strict=True):
        runner.runs(scenario, target.of_reference)
        before = Counter(runner.counts)
        runs = runner.runs(scenario, target)
        found["ways"] = " ".join(sorted((runner.counts - before).elements()))
        found["runs"] = {side: shown(run.transcript) for side, run in runs.items()}
        found["lost"] = {side: run.lost and run.lost.kind for side, run in runs.items()}
    assert live["runs"] == program["runs"] and live["lost"] == program["lost"] == kinds
    assert way is None or program["ways"] == way


def test_traced_bytes_know_their_slices_and_sums() -> None:
    whole = Traced.of(b"abcdef", Part("alone", 3, b"abcdef"))
    assert whole[1:4][:-1] == b"bc"
    assert whole[1:4][:-1].parts == (Part("alone", 3, b"abcdef", ((1, 4), (None, -1))),)
    assert (b"x" + whole[:2] + b"y").parts == (
        b"x",
        Part("alone", 3, b"abcdef", ((None, 2),)),
        b"y",
    )
    assert type(whole[::2]) is bytes and type(whole[0]) is int
    assert whole == b"abcdef" and hash(whole) == hash(b"abcdef")


def test_what_a_run_writes_to_is_not_the_next_one_s_argument(
    runners: tuple[Runner, Runner],
) -> None:
    """An implementation that fills a buffer it should have refused spoils no other run."""
    seen = []

    def body(ssl: Any, rooms: tuple[bytearray, dict[str, list[bytearray]]]) -> None:
        for room in (rooms[0], rooms[1]["rooms"][0]):
            seen.append(bytes(room))
            room[:] = b"spoilt"

    rooms = (bytearray(b"fresh"), {"rooms": [bytearray(b"fresh")]})
    scenario = Scenario("topic/test_file.py::test_it", body, {"ssl": None, "rooms": rooms})
    for runner in runners:
        for name in ("reference", "other"):
            runner.run(scenario, made(name))
    assert set(seen) == {b"fresh"}


FAILS = """
def called(function):
    function(1)
    raise module.Sub({!r})
module.called = called
"""


def test_what_calls_back_and_raises_is_asked_of_another(runners: tuple[Runner, Runner]) -> None:
    """The answer of the operation counts, not that of the function it called last."""

    def body(ssl: Any) -> None:
        with pytest.raises(ssl.Sub):
            ssl.called(lambda number: number)

    scenario = Scenario("topic/test_file.py::test_it", body, {"ssl": None})
    runner = runners[0]
    run = runner.run(scenario, made("one", FAILS.format("why")))
    position = next(at for at, event in enumerate(run.events) if event.name == "called")
    assert runner.answers_alike(run, position, made("like", FAILS.format("why")))
    assert not runner.answers_alike(run, position, made("unlike", FAILS.format("because")))
    assert not runner.answers_alike(run, position, made("honest"))
