"""What a scenario leaves behind: seen by the agent, on Python 2.7 and 3, and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.compare import compare
from conformance.transcript.model import Operation, Transcript
from impls.host.session import RemoteAgent, Session
from tests.support.agents import implementation, interpreter

FOLDER = str(Path(__file__).parents[1] / "support")
MODULE = "module_under_test"


@pytest.fixture(scope="module", params=("2.7", "3"))
def agent(request: pytest.FixtureRequest) -> Iterator[RemoteAgent]:
    python = interpreter(request.param)
    running = RemoteAgent(implementation(python=python, module=MODULE, path=(FOLDER,)))
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
