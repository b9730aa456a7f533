"""However an implementation calls a function of the scenario, the transcript has the call."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.compare import compare
from conformance.transcript.build import build
from conformance.transcript.model import Operation, Transcript
from impls.host.session import RemoteAgent, Session
from tests.support.agents import implementation, interpreter

FOLDER = Path(__file__).parents[1] / "support"
MODULE = "module_under_test"


@pytest.fixture(scope="module", params=["2.7", "3.6", "3"])
def agent(request: pytest.FixtureRequest) -> Iterator[RemoteAgent]:
    python = interpreter(request.param)
    running = RemoteAgent(implementation(python=python, module=MODULE, path=(str(FOLDER),)))
    yield running
    running.close()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A shared library that calls with an exception pending."""
    made = str(tmp_path_factory.mktemp("library") / "pending.so")
    source = str(FOLDER / "pending.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", made, source], check=True)
    return made


def transcript(agent: RemoteAgent, scenario: Callable[[Any], object]) -> Transcript:
    session = Session(agent)
    try:
        scenario(session.module)
    finally:
        session.end()
    return build(session.events, agent.classes, "completed", {})


def calls(found: Transcript) -> list[Operation]:
    return [one for one in found.operations if one.verb == "callback"]


def function(*arguments: object, **keywords: object) -> str:
    return "answer"


def test_a_call_that_is_right_has_no_remarks(agent: RemoteAgent) -> None:
    (call,) = calls(transcript(agent, lambda asked: asked.call(function, 1)))
    assert call.member == "callback function" and dict(call.fields) == {"arguments": [1]}


def called(agent: RemoteAgent, times: int, *arguments: object) -> Transcript:
    """What one operation does that calls so often, without the number."""

    def scenario(asked: Any) -> None:
        asked.call_times(times, function, *arguments)

    found = transcript(agent, scenario)
    first = replace(found.operations[0], arguments=(), fields={"value": None})
    return replace(found, operations=(first, *found.operations[1:]))


@pytest.mark.parametrize("times", [0, 2])
def test_a_call_too_many_or_never_is_another_course(agent: RemoteAgent, times: int) -> None:
    once, other = called(agent, 1), called(agent, times)
    assert len(calls(other)) == times
    assert [one.member for one in compare(once, other).differences] == ["scenario"]
    assert not compare(once, called(agent, 1)).differences


def test_other_arguments_differ(agent: RemoteAgent) -> None:
    (difference,) = compare(called(agent, 1, "a"), called(agent, 1, "b")).differences
    assert (difference.member, difference.field) == ("callback function", "arguments")


def test_a_call_with_an_exception_pending_is_not_lost(agent: RemoteAgent, library: str) -> None:
    seen = []

    def password() -> str:
        seen.append(1)
        return "answer"

    def scenario(asked: Any) -> None:
        with pytest.raises(KeyError, match="pending"):
            asked.call_with_exception_pending(library, password)

    found = transcript(agent, scenario)
    (call,) = calls(found)
    assert seen == [1] and call.inside == 0
    assert call.fields["pending"].fields["exception"] == "KeyError"  # type: ignore[union-attr]
    assert found.operations[0].fields["exception"] == "KeyError"


def test_a_return_with_an_exception_pending_is_not_lost(agent: RemoteAgent, library: str) -> None:
    def scenario(asked: Any) -> None:
        function = asked.new_function(library)
        try:
            assert function() is True
        except SystemError:  # most of Python 3 looks itself
            assert agent.hello.python.startswith("3")
        assert asked.call_times(0, function) == [], "the next operation has it not"

    found = transcript(agent, scenario).operations[1]
    if found.kind == "value":
        assert found.fields["value"] is True
        assert found.fields["pending"].fields["exception"] == "KeyError"  # type: ignore[union-attr]


def test_what_the_function_raises_takes_the_place_of_what_was_pending(
    agent: RemoteAgent, library: str
) -> None:
    def password() -> str:
        raise ValueError("mine")

    def scenario(asked: Any) -> None:
        with pytest.raises(ValueError, match="mine"):
            asked.call_with_exception_pending(library, password)

    assert len(calls(transcript(agent, scenario))) == 1


def test_a_call_in_another_thread_says_so(agent: RemoteAgent) -> None:
    (call,) = calls(transcript(agent, lambda asked: asked.call_in_thread(function)))
    assert call.fields["notes"] == ["in another thread"]


def test_a_call_while_nothing_is_going_on_is_recorded_with_the_next_operation(
    agent: RemoteAgent,
) -> None:
    def scenario(asked: Any) -> None:
        asked.call_soon(function)
        time.sleep(0.4)
        assert asked.is_called()

    (call,) = calls(transcript(agent, scenario))
    assert call.fields["notes"] == ["while no operation was going on"]
    assert call.member == "callback function"


def test_a_call_while_all_is_dropped_is_recorded(agent: RemoteAgent) -> None:
    (call,) = calls(transcript(agent, lambda asked: asked.CallsWhenDropped(function)))
    assert call.member == "callback function"
    kept: list[Any] = []
    (call,) = calls(transcript(agent, lambda asked: kept.append(asked.CallsWhenDropped(function))))
    assert call.fields["notes"] == ["at the end, where all that the scenario made is dropped"]
    kept.clear()

    def scenario(asked: Any) -> None:
        asked.keep(asked.CallsWhenDropped(function))

    assert not calls(transcript(agent, scenario))
    found = transcript(agent, lambda asked: asked.call_kept())
    assert [call.fields["notes"] for call in calls(found)] == [["after the end of its scenario"]]
    session = Session(agent)
    assert session.module.value("int") == 5, "the agent goes on"
    session.end()


def test_a_call_after_the_end_never_reaches_a_function_of_the_next_scenario(
    agent: RemoteAgent,
) -> None:
    def other() -> str:
        raise AssertionError("called for another function")

    transcript(agent, lambda asked: asked.keep(function))

    def scenario(asked: Any) -> None:
        asked.identity(other)
        assert asked.call_kept()[0] == "RuntimeError"

    (call,) = calls(transcript(agent, scenario))
    assert call.member == "callback of an earlier scenario"
    assert call.fields["notes"] == ["after the end of its scenario"]
