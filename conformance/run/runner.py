"""Runs scenarios on implementations and keeps what they did.

One `Runner` lives in each worker process. It starts an agent for an implementation when it is
first asked and keeps it from scenario to scenario; an agent that was lost, or that a scenario left
changed, is replaced. Every (scenario, implementation) is run once and remembered, so the
reference's transcript serves all comparisons; a lost agent is confirmed once in a fresh one.
"""

from __future__ import annotations

import gc
import json
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from conformance.peers import UnboundPeers
from conformance.run.replay import replay
from conformance.transcript.build import Operation, Transcript, Value, build
from impls.host.process import AgentFailure, AgentLost
from impls.host.registry import Implementation
from impls.host.remote import ClassDescription, Event, RemoteAgent, Session

OBJECT_NUMBER = re.compile(r"(?<= )#\d+")


@dataclass(frozen=True)
class Scenario:
    """A scenario function with the arguments that are the same for every implementation."""

    id: str
    function: Callable[..., object]
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Fixtures and parameters; `ssl` and `native`, where wanted, are None here, and `peers` is
    an UnboundPeers."""


@dataclass(frozen=True)
class Run:
    """What came of one scenario on one implementation."""

    transcript: Transcript
    events: tuple[Event, ...]
    classes: Mapping[int, ClassDescription]
    """The classes that the events speak of, by the numbers they had in that agent."""
    stopped: str | None = None
    """What stopped the scenario, for a person: the exception and the line of the scenario."""
    error: str | None = None
    """One sentence: what the scenario did wrong, whatever the implementation did."""
    note: str | None = None
    """One sentence about a loss that was not confirmed."""
    stderr: str = ""

    @property
    def lost(self) -> Operation | None:
        """The operation at which the agent was lost, if it was."""
        return self.transcript.lost


class Attempt(Protocol):
    """What a scenario amounts to on those it was asked of: a Run, or a Met of two."""

    @property
    def lost(self) -> Operation | None: ...


A = TypeVar("A", bound=Attempt)


class Runner:
    """The agents of one process, and what they have answered so far."""

    def __init__(self, minted: Mapping[str | bytes, str]) -> None:
        """`minted` names the certificates, serial numbers and dates of this run."""
        self._minted = minted
        self._agents: dict[str, RemoteAgent] = {}
        self._runs: dict[tuple[str, str], Run] = {}

    def run(self, scenario: Scenario, implementation: Implementation) -> Run:
        """The run of a scenario, made once. Raises AgentStartError and AgentFailure."""
        key = (scenario.id, implementation.id)
        if key not in self._runs:
            self._runs[key] = confirmed(lambda: self._run_once(scenario, implementation))
        return self._runs[key]

    def run_again(self, scenario: Scenario, implementation: Implementation) -> Run:
        """One more run, to see whether it gives the same transcript."""
        return self._run_once(scenario, implementation)

    def answers_alike(self, run: Run, position: int, other: Implementation) -> bool:
        """Whether `other`, asked what an operation of a run asked, answers the same.

        Only what the operation depends on is asked (see replay.py). False where that cannot be
        asked at all.
        """
        agent = self._agent(other)
        session = Session(agent)
        answered = replay(session, run.events, run.classes, position)
        transcript = build(session.events, agent.classes, "completed", self._minted)
        self._end(session, other)
        if not answered:
            return False
        own = build(run.events[: position + 1], run.classes, "completed", self._minted)
        one, two = own.operations[-1], transcript.operations[-1]
        return one.kind == two.kind and unnumbered(one.fields) == unnumbered(two.fields)

    def close(self) -> None:
        for agent in self._agents.values():
            agent.close()
        self._agents.clear()

    def _agent(self, implementation: Implementation) -> RemoteAgent:
        agent = self._agents.get(implementation.id)
        if agent is None:
            agent = self._agents[implementation.id] = RemoteAgent(implementation)
        return agent

    def _discard(self, implementation: Implementation) -> None:
        agent = self._agents.pop(implementation.id, None)
        if agent is not None:
            agent.close()

    def _run_once(self, scenario: Scenario, implementation: Implementation) -> Run:
        agent = self._agent(implementation)
        session = Session(agent)
        arguments = dict(scenario.arguments)
        for name, value in (("ssl", session.module), ("native", session.native)):
            if name in arguments:
                arguments[name] = value
        peers = arguments.get("peers")
        if isinstance(peers, UnboundPeers):
            arguments["peers"] = peers.bind(session.module, session.native)
        try:
            end, stopped = carry_out(scenario.function, arguments)
        except (AgentFailure, KeyboardInterrupt, SystemExit):
            self._discard(implementation)
            raise
        error = self._end(session, implementation)
        return recorded(session, end, stopped, error, self._minted)

    def _end(self, session: Session, implementation: Implementation) -> str | None:
        """End a session; return what the scenario left behind, as one sentence."""
        end = session.end()
        if session.lost is not None:
            self._discard(implementation)
            return None
        if end.changed:
            self._discard(implementation)
            return f"The scenario left {', '.join(end.changed)} changed."
        if end.leaked:
            return f"The scenario leaked {', '.join(end.leaked)}."
        return None


def confirmed(attempt: Callable[[], A]) -> A:
    """What `attempt` makes; where it lost an agent, made again in a fresh one."""
    first = attempt()
    lost = first.lost
    if lost is None:
        return first
    second = attempt()
    if second.lost is not None:
        return second
    how = f"{lost.kind} at {lost.call}, once; a second run in a fresh agent completed."
    # A machine under load may hang, so then the second is judged; what died, died.
    return replace(second if lost.kind == "HANG" else first, note=how)  # type: ignore[type-var]


def carry_out(
    function: Callable[..., object], arguments: dict[str, object]
) -> tuple[str, str | None]:
    """Run a scenario and drop its arguments; return how it ended, and what stopped it.

    Raises AgentFailure, KeyboardInterrupt and SystemExit, which are not the scenario's own.
    """
    gc.disable()  # what the scenario drops must be dropped at the same operation every time
    try:
        function(**arguments)
    except (AgentFailure, KeyboardInterrupt, SystemExit):
        raise
    except AgentLost:
        return "lost", None
    except BaseException as problem:  # an assertion, pytest's Failed, an ssl error
        stopped = describe(problem, function)
        release_frames(problem.__traceback__)
        return "stopped", stopped
    finally:
        gc.enable()
        arguments.clear()
    return "completed", None


def recorded(
    session: Session,
    end: str,
    stopped: str | None,
    error: str | None,
    minted: Mapping[str | bytes, str],
) -> Run:
    """The run that a session which is over amounts to."""
    lost = session.lost
    transcript = build(
        session.events, session.agent.classes, end if lost is None else "lost", minted
    )
    stderr = "" if lost is None else lost.stderr
    return Run(
        transcript, tuple(session.events), session.agent.classes, stopped, error, None, stderr
    )


def unnumbered(fields: Mapping[str, Value]) -> str:
    """Fields without the numbers of objects, which say only how many were met before."""
    return OBJECT_NUMBER.sub("", json.dumps(fields, sort_keys=True))


def describe(problem: BaseException, function: Callable[..., object]) -> str:
    """An exception in one line, with the line of the scenario at which it arose."""
    lines = str(problem).strip().splitlines()
    text = f"{type(problem).__name__}: {lines[0]}" if lines else type(problem).__name__
    path = Path(function.__code__.co_filename)
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if Path(frame.filename) == path:
            return f"{path.name}:{frame.lineno}: {text}"
    return text


def release_frames(found: TracebackType | None) -> None:
    """Drop the variables of a scenario that was stopped, and with them its remote objects."""
    traceback.clear_frames(found)
