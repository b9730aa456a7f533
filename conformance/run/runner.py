"""Runs scenarios on their targets and keeps what they did.

One `Runner` lives in each worker process. It starts an agent when one is first needed and keeps it
from scenario to scenario; an agent that was lost, or that a scenario left changed, is replaced. A
scenario is run once on a target and remembered, so that the reference's transcript serves all
comparisons; a lost agent is confirmed once in a fresh one.
"""

from __future__ import annotations

import array
import copy
import functools
import gc
import re
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Literal

import pytest

from conformance.peers import UnboundPeers
from conformance.run.alike import Answered, is_masked
from conformance.run.plan import Side, Target
from conformance.run.replay import replay
from conformance.transcript.build import build
from conformance.transcript.model import (
    COMPLETED,
    NOTHING_RAISED,
    RAISED,
    Operation,
    Transcript,
    Value,
)
from impls.host.declarations import Implementation
from impls.host.opaque import Rehearsal
from impls.host.playback import Deviated, Playback
from impls.host.process import AgentFailure, AgentLost
from impls.host.program import Program, Recorder, compiled
from impls.host.session import RemoteAgent, Session, run_programs
from impls.host.wire import ClassDescription, Event, Json

OBJECT_NUMBER = re.compile(r"(?<= )#\d+")

REMOTE = ("ssl", "native")
"""Arguments of a scenario that are put in for each implementation when it runs; with "client_" and
"server_" before them where it runs on both."""


@dataclass(frozen=True)
class Scenario:
    """A scenario function with the arguments that are the same for every target."""

    id: str
    function: Callable[..., object]
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Fixtures and parameters; those of `REMOTE`, where wanted, are None here, and `peers` is not
    bound to an implementation."""


def fresh(value: object) -> object:
    """A parameter for one run: what an implementation writes to is not the next one's argument."""
    if type(value) in (bytearray, array.array):
        return copy.copy(value)
    if type(value) is list:
        return [fresh(each) for each in value]
    if type(value) is tuple:
        return tuple(fresh(each) for each in value)
    if type(value) is dict:
        return {key: fresh(each) for key, each in value.items()}
    return value


@dataclass(frozen=True)
class Run:
    """What came of one scenario on one side of its target."""

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


Runs = Mapping[Side, Run]
"""What came of one scenario on each side of its target."""


Way = Literal["program", "live", "ahead"]
"""How runs came about: as a program, live, or live after a program that lost its agent where the
scenario does not go."""


@dataclass
class Precedent:
    """Runs that are those of every implementation that answers alike."""

    runs: Runs
    answered: Answered
    blind: bool | None = None
    """Whether the scenario looks at nothing that a mask hides; None before that is known."""
    lengths_matter: bool = False
    """Whether it takes hidden bytes to pieces."""


@dataclass
class Recorded:
    """What the reference did in a scenario, to become a program for others."""

    recorders: Mapping[Side, Recorder]
    agents: Mapping[Side, RemoteAgent]
    runs: Runs
    precedents: list[Precedent] = field(default_factory=list)
    """The first is the reference's, where there is any."""

    @functools.cached_property
    def programs(self) -> Mapping[Side, Program]:
        others: dict[Side, Side] = {"client": "server", "server": "client"}
        return {
            side: compiled(recorder, self.recorders[others[side]] if side in others else None)
            for side, recorder in self.recorders.items()
        }

    def set_precedent(self, agent: RemoteAgent, answers: Sequence[Json], runs: Runs) -> None:
        """Let an agent's answers to the whole program count for others, where they can."""
        run = runs.get("alone")
        if run is None or run.stopped or run.error or run.note or run.lost is not None:
            return
        recorder = self.recorders["alone"]
        if recorder.strayed or any("strays" in answer for answer in answers):
            return  # such calls are events, and no answers
        program = replace(self.programs["alone"], answers=tuple(answers))
        answered = Answered(program, agent, run.events, run.transcript, recorder.positions)
        self.precedents.append(Precedent(runs, answered))


class Runner:
    """The agents of one process, and what scenarios have done in them so far."""

    def __init__(self, names: Mapping[str | bytes, str], *, live: bool = False) -> None:
        """`names` are those of the certificates, serial numbers and dates of this run.

        `live` is whether every operation waits for its outcome: no programs.
        """
        self._names = names
        self._live = live
        self._agents: dict[tuple[Side, str], RemoteAgent] = {}
        self._scenario = ""
        self._runs: dict[tuple[str, ...], Runs] = {}
        self._recorded: dict[str, Recorded] = {}
        """By reference, what it did in the scenario when it ran live."""
        self.counts: Counter[str] = Counter()
        """How often scenarios ran in which way."""

    def runs(self, scenario: Scenario, target: Target) -> Runs:
        """The runs of a scenario on a target, made once. Raises AgentStartError, AgentFailure."""
        if scenario.id != self._scenario:  # one scenario's targets come one after the other
            self._scenario, self._runs, self._recorded = scenario.id, {}, {}
        key = tuple(one.id for one in target.implementations)
        if key not in self._runs:
            self._runs[key] = self._confirmed(scenario, target)
        return self._runs[key]

    def _confirmed(self, scenario: Scenario, target: Target) -> Runs:
        """The runs of a scenario; where they lost an agent, made again in a fresh one."""
        first, way = self._attempt(scenario, target)
        if lost_in(first) is not None and way == "program":
            # Where that was is known only of a program whose answers are told one by one.
            second, way = self._attempt(scenario, target, careful=True)
            if way != "ahead":
                return settled(first, second)
            first = second
        if lost_in(first) is None:
            return first
        return settled(first, self._run_live(scenario, target))

    def runs_again(self, scenario: Scenario, target: Target) -> Runs:
        """Once more, as a program where there is one."""
        return self._attempt(scenario, target)[0]

    def _attempt(
        self, scenario: Scenario, target: Target, *, careful: bool = False
    ) -> tuple[Runs, Way]:
        """The runs of a scenario, as a program where there is one, and the way it went.

        Where the scenario goes another way than its program, it is run anew without. `careful` is
        whether agents tell each answer at once, so that it is known where they are lost.
        """
        recorded = self._recorded.get(target.reference.id)
        if recorded is None or scenario.id != self._scenario:
            return self._run_live(scenario, target), "live"
        agents = {side: self._agent(side, target.on(side)) for side in target.sides}
        programs = [(agents[side], recorded.programs[side]) for side in target.sides]
        playbacks = dict(zip(target.sides, run_programs(programs, careful=careful), strict=True))
        if "alone" in playbacks and playbacks["alone"].complete:
            playback = playbacks["alone"]
            known = self._precedent(scenario, target, recorded, playback, agents["alone"])
            if known is not None:
                self.counts["alike"] += 1
                return known, "program"
        sessions = {side: Session(agents[side], playbacks[side]) for side in target.sides}
        try:
            runs = self._run(scenario, target, sessions)
        except Deviated:
            self.counts["deviated"] += 1
            for side in target.sides:
                if not agents[side].gave_up(playbacks[side]):
                    self._discard(side, target.on(side))
            if target.is_reference:
                del self._recorded[target.reference.id]  # nor would any other do the same
            lost = any(playback.lost is not None for playback in playbacks.values())
            return self._run_live(scenario, target), "ahead" if lost else "live"
        self.counts["compared"] += 1
        if "alone" in playbacks and playbacks["alone"].complete:
            recorded.set_precedent(agents["alone"], playbacks["alone"].answers, runs)
        return runs, "program"

    def _precedent(
        self,
        scenario: Scenario,
        target: Target,
        recorded: Recorded,
        playback: Playback,
        agent: RemoteAgent,
    ) -> Runs | None:
        """The runs of one that answered the whole program as this agent has, if there is any."""
        differs = 0
        """The answer by which the last precedent differed: whoever differs there is soon known."""
        for known in recorded.precedents:
            if known.blind is False or not known.answered.may_be_like(differs, playback):
                continue
            first = known.answered.parts_from(playback, agent, lengths_matter=known.lengths_matter)
            if first is None and known.blind is None:
                self._rehearse(scenario, target, known)
                if known.blind is False:
                    continue
                if known.lengths_matter:
                    first = known.answered.parts_from(playback, agent, lengths_matter=True)
            if first is None:
                return known.runs
            differs = first
        return None

    def _rehearse(self, scenario: Scenario, target: Target, known: Precedent) -> None:
        """Find out what the scenario does not see of what is behind masks."""
        answered = known.answered
        recording = Playback.of_recorded(answered.program, answered.agent.process)
        rehearsal = Rehearsal(answered.agent, recording, answered.hidden, is_masked)
        arguments = self._bound(scenario, target, {"alone": rehearsal})
        known.blind = rehearsal.perform(scenario.function, arguments)
        known.lengths_matter = bool(rehearsal.looks)

    def _run_live(self, scenario: Scenario, target: Target) -> Runs:
        """Message by message, in fresh agents where the last ones were lost.

        What the reference did is kept, to become a program for others.
        """
        self.counts["live"] += 1
        records = not self._live and target.is_reference and scenario.id == self._scenario
        agents = {side: self._agent(side, target.on(side)) for side in target.sides}
        sessions = {
            side: Session(agents[side], records_as=side if records else None)
            for side in target.sides
        }
        runs = self._run(scenario, target, sessions)
        if records and lost_in(runs) is None:
            recorders = {
                side: session.recorder
                for side, session in sessions.items()
                if session.recorder is not None
            }
            recorded = Recorded(recorders, agents, runs)
            self._recorded[target.reference.id] = recorded
            if target.sides == ("alone",):
                recorded.set_precedent(agents["alone"], recorders["alone"].answers, runs)
        return runs

    @staticmethod
    def _bound(
        scenario: Scenario, target: Target, sessions: Mapping[Side, Session]
    ) -> dict[str, object]:
        """The arguments of a scenario for a run in these sessions."""
        arguments = {name: fresh(value) for name, value in scenario.arguments.items()}
        for side, session in sessions.items():
            prefix = "" if side == "alone" else f"{side}_"
            for name, value in (("ssl", session.module), ("native", session.native)):
                if prefix + name in arguments:
                    arguments[prefix + name] = value
            del value
        peers = arguments.get("peers")
        if isinstance(peers, UnboundPeers):
            sides = [(session.module, session.native) for session in sessions.values()]
            arguments["peers"] = peers.bind(*sides)
            del sides
        return arguments

    def _run(self, scenario: Scenario, target: Target, sessions: Mapping[Side, Session]) -> Runs:
        """The runs of a scenario in these sessions. Raises Deviated."""
        arguments = self._bound(scenario, target, sessions)
        try:
            ending = carry_out(scenario.function, arguments)
        except (AgentFailure, KeyboardInterrupt, SystemExit):
            for side in target.sides:
                self._discard(side, target.on(side))
            raise
        if any(session.deviated for session in sessions.values()):
            for session in sessions.values():
                session.end()
            raise Deviated
        runs: dict[Side, Run] = {}
        for side, session in sessions.items():
            error, left = self._end(side, session, target.on(side))
            runs[side] = recorded(session, ending, error, self._names, left)
        return runs

    def run(self, scenario: Scenario, implementation: Implementation) -> Run:
        """The run of a scenario on one implementation, made once."""
        return self.runs(scenario, Target((implementation,), implementation))["alone"]

    def run_again(self, scenario: Scenario, implementation: Implementation) -> Run:
        """One more run, to see whether it gives the same transcript."""
        return self.runs_again(scenario, Target((implementation,), implementation))["alone"]

    def answers_alike(self, run: Run, position: int, other: Implementation) -> bool:
        """Whether an operation of a run has the same outcome on another implementation.

        Only what the operation depends on is run there (see replay.py). False where it cannot be.
        """
        agent = self._agent("alone", other)
        session = Session(agent)
        answered = replay(session, run.events, run.classes, position)
        transcript = build(session.events, agent.classes, "completed", self._names)
        self._end("alone", session, other)
        if not answered:
            return False
        own = build(run.events[: position + 1], run.classes, "completed", self._names)
        one = own.operations[-1]
        # What it called back comes behind it.
        two = next(each for each in reversed(transcript.operations) if each.inside is None)
        return one.kind == two.kind and unnumbered(one.fields) == unnumbered(two.fields)

    def close(self) -> None:
        for agent in self._agents.values():
            agent.close()
        self._agents.clear()

    def _agent(self, side: Side, implementation: Implementation) -> RemoteAgent:
        key = (side, implementation.id)
        agent = self._agents.get(key)
        if agent is None:
            agent = self._agents[key] = RemoteAgent(implementation)
        return agent

    def _discard(self, side: Side, implementation: Implementation) -> None:
        agent = self._agents.pop((side, implementation.id), None)
        if agent is not None:
            agent.close()

    def _end(
        self, side: Side, session: Session, implementation: Implementation
    ) -> tuple[str | None, dict[str, str]]:
        """End a session; return what is wrong with the scenario, and what it left behind."""
        end = session.end()
        if session.lost is not None:
            self._discard(side, implementation)
            return None, {}
        if end.changed:
            self._discard(side, implementation)
            return f"The scenario left {', '.join(end.changed)} changed.", dict(end.left)
        if end.leaked:
            return f"The scenario leaked {', '.join(end.leaked)}.", dict(end.left)
        return None, dict(end.left)


def lost_in(runs: Runs) -> Operation | None:
    """The operation at which a side lost its agent, if one did."""
    found = [run.lost for run in runs.values() if run.lost is not None]
    return found[0] if found else None


def settled(first: Runs, second: Runs) -> Runs:
    """What is judged where the first runs lost an agent, and the second were in a fresh one."""
    lost = lost_in(first)
    if lost is None or lost_in(second) is not None:
        return second
    note = f"{lost.kind} at {lost.call}, once; a second run in a fresh agent completed."
    # A machine under load may hang, so then the second is judged; what died, died.
    judged = second if lost.kind == "HANG" else first
    return {side: replace(run, note=note) for side, run in judged.items()}


@dataclass(frozen=True)
class Ending:
    """How the function of a scenario ended."""

    text: str = COMPLETED
    """As the transcript has it: the same for the same cause."""
    stopped: str | None = None
    """What stopped it, for a person."""
    event: Event | None = None
    """The operation whose own exception stopped it, if it was one's."""


def carry_out(function: Callable[..., object], arguments: dict[str, object]) -> Ending:
    """Run a scenario and drop its arguments; return how it ended.

    Raises AgentFailure, KeyboardInterrupt and SystemExit, which are not the scenario's own.
    """
    gc.disable()  # what the scenario drops must be dropped at the same operation every time
    try:
        function(**arguments)
    except (AgentFailure, KeyboardInterrupt, SystemExit):
        raise
    except (AgentLost, Deviated):
        return Ending("lost")
    except BaseException as problem:  # an assertion, pytest's Failed, an ssl error
        ending = ending_of(problem, function)
        release_frames(problem.__traceback__)
        return ending
    finally:
        gc.enable()
        arguments.clear()
    return Ending()


def ending_of(problem: BaseException, function: Callable[..., object]) -> Ending:
    """How an exception stopped a scenario: by itself, or at which line of the scenario it arose."""
    name = type(problem).__name__
    lines = str(problem).strip().splitlines()
    told = f"{name}: {lines[0]}" if lines else name
    path = Path(function.__code__.co_filename)
    frames = traceback.extract_tb(problem.__traceback__)
    frame = next((one for one in reversed(frames) if Path(one.filename) == path), None)
    text, stopped = f"stopped by {name}", told
    if frame is not None:
        text = f"stopped by {name} at: {frame.line}"
        stopped = f"{path.name}:{frame.lineno}: {told}"
    if isinstance(problem, pytest.fail.Exception) and str(problem).startswith("DID NOT RAISE"):
        text = NOTHING_RAISED
    return Ending(text, stopped, getattr(problem, "event", None))


def recorded(
    session: Session,
    ending: Ending,
    error: str | None,
    names: Mapping[str | bytes, str],
    left: Mapping[str, str],
) -> Run:
    """The run that a session which is over amounts to; `left` is what it left behind."""
    lost = session.lost
    text = ending.text
    if lost is not None:
        text = "lost"
    elif ending.event is not None and ending.event is last_of(session.events):
        text = RAISED
    transcript = build(session.events, session.agent.classes, text, names)
    of_python_2 = session.agent.hello.python.startswith("2.")
    transcript = replace(transcript, of_python_2=of_python_2, left=left)
    stderr = "" if lost is None else lost.stderr
    return Run(
        transcript,
        tuple(session.events),
        session.agent.classes,
        ending.stopped,
        error,
        None,
        stderr,
    )


def last_of(events: Sequence[Event]) -> Event | None:
    """The last operation of the scenario itself, not of a callback inside it."""
    return next((event for event in reversed(events) if event.parent is None), None)


def unnumbered(fields: Mapping[str, Value]) -> str:
    """Fields without the numbers of objects, which say only how many were met before."""
    return OBJECT_NUMBER.sub("", repr(sorted(fields.items())))


def release_frames(found: TracebackType | None) -> None:
    """Drop the variables of a scenario that was stopped, and with them its remote objects."""
    traceback.clear_frames(found)
