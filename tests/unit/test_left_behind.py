"""What a scenario leaves behind: seen by the agent, on Python 2.7 and 3, and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.compare import compare
from conformance.transcript.model import Operation, Transcript
from impls.host.declarations import Implementation
from impls.host.session import RemoteAgent, Session
from impls.host.wire import ByteString, Raised
from tests.support.agents import implementation, interpreter

FOLDER = str(Path(__file__).parents[1] / "support")
MODULE = "module_under_test"


@pytest.fixture(scope="module", params=("2.7", "3"))
def with_module(request: pytest.FixtureRequest) -> Implementation:
    return implementation(python=interpreter(request.param), module=MODULE, path=(FOLDER,))


@pytest.fixture(scope="module")
def agent(with_module: Implementation) -> Iterator[RemoteAgent]:
    running = RemoteAgent(with_module)
    yield running
    running.close()


def make_a_cycle(module: Any) -> None:
    context = module.SSLContext()
    context.itself = context


LEAVES: Mapping[str, tuple[Callable[[Any], object], dict[str, str]]] = {
    "an object": (lambda module: module.hold(module.SSLContext()), {"SSLContext": "1 alive"}),
    "two objects": (
        lambda module: module.hold(module.SSLContext(), module.SSLContext()),
        {"SSLContext": "2 alive"},
    ),
    "a cycle, which is nothing": (make_a_cycle, {}),
    "another class's object": (lambda module: module.hold(module.Callable()), {}),
    "a buffer": (lambda module: module.use(bytearray(b"x")), {"bytearray": "1 in use"}),
    "a buffer nobody uses": (lambda module: module.fill(bytearray(b"xy")), {}),
    "a socket": (lambda module: module.open_for_good("socket"), {"socket": "1 open"}),
    "a file": (lambda module: module.open_for_good("file"), {"file": "1 open"}),
    "exceptions": (
        lambda module: module.report(2),
        {"exceptions": "LookupError, LookupError reported and not raised"},
    ),
    "errors of OpenSSL": (
        lambda module: (module.queue_an_error(), module.queue_an_error()),
        {"OpenSSL's error queue": "not empty"},
    ),
    "lines": (lambda module: module.write_to_stderr("one\ntwo\n"), {"sys.stderr": "2 lines"}),
}


@pytest.mark.parametrize("what", LEAVES)
def test_what_is_left_is_told_once(agent: RemoteAgent, what: str) -> None:
    leave, left = LEAVES[what]
    session = Session(agent)
    leave(session.module)
    assert dict(session.end().left) == left
    nothing = Session(agent)
    assert nothing.module.data == "data"
    assert nothing.end().left == ()


def test_queued_errors_are_found_by_the_next_operation(agent: RemoteAgent) -> None:
    session = Session(agent)
    session.module.queue_an_error()
    assert session.module.has_queued_errors()
    assert session.end().left
    later = Session(agent)
    assert not later.module.has_queued_errors()
    later.end()


def test_queued_errors_may_be_dropped_after_each_operation(with_module: Implementation) -> None:
    drops = (("AGENT_DROPS_QUEUED_ERRORS", "1"),)
    running = RemoteAgent(replace(with_module, environment=drops))
    session = Session(running)
    session.module.queue_an_error()
    assert not session.module.has_queued_errors()

    def called() -> None:
        session.module.queue_an_error()

    session.module.queue_an_error_and_call(called)
    assert session.module.error_was_kept
    assert not session.module.has_queued_errors()
    assert session.end().left == ()
    running.close()


def test_files_that_a_scenario_names_are_told_with_their_lines(agent: RemoteAgent) -> None:
    session = Session(agent)
    path = session.native.new_path("some.log")
    session.native.new_path("other.log")
    session.module.write_file(path, "one\ntwo\n")
    assert session.end().left == (("some.log", "2 lines"),)
    assert Session(agent).end().left == ()


def test_exceptions_before_an_exception_are_told_where_the_language_notes_them(
    agent: RemoteAgent,
) -> None:
    session = Session(agent)
    chains = []
    for function in (session.module.fail_while_handling, session.module.fail_because_of):
        with pytest.raises(session.module.Sub):
            function()
        outcome = session.events[-1].outcome
        assert isinstance(outcome, Raised)
        chains.append(outcome.error.attributes.get("chained"))
    if session.module.PY2:
        assert chains == [None, [ByteString("str", b"raised from LookupError")]]
    else:
        assert chains == [["raised while handling LookupError"], ["raised from LookupError"]]


def run(*, end: str = "completed", **left: str) -> Transcript:
    operation = Operation("call", "X.f", "X.f()", "value", {"value": 1})
    return Transcript((operation,), end, left=left)


def test_another_rest_is_a_difference() -> None:
    found = compare(run(SSLContext="1 alive"), run(SSLContext="2 alive", socket="1 open"))
    assert [one.pinned for one in found.differences] == [
        ("SSLContext", "left behind", "1 alive", "2 alive"),
        ("socket", "left behind", "nothing", "1 open"),
    ]
    assert {one.position for one in found.differences} == {1}
    assert not compare(run(socket="1 open"), run(socket="1 open")).differences


def test_behind_another_course_it_is_a_consequence() -> None:
    stopped = run(end="stopped by TypeError at: x", SSLContext="1 alive")
    assert [one.member for one in compare(run(), stopped).differences] == ["scenario"]
