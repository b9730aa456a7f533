"""A scenario against what an agent did on its own: programs run, and compared with the scenario.

When an agent has run a program, the scenario itself runs against the answers: each message that it
sends is compared with the one that the agent carried out, and is answered with what came of it. So
what the scenario sees, and what the implementation was given, are what they would be message by
message; only the processes wait for each other less.

Where the agent stopped, because an answer was of another kind than the recorded one, the
conversation goes on message by message. Where the scenario sends another message than the one that
was carried out, nothing of the run counts: `Deviated` is raised, and the scenario is to be run
anew without a program.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from impls.host import wire
from impls.host.process import ENCODER, AgentLost, AgentProcess, Lost
from impls.host.program import Origins, Program, Step, Traced, at
from impls.host.wire import (
    ByteString,
    CallbackRaises,
    CallbackReturns,
    Class,
    Collection,
    Dictionary,
    EndOfScenario,
    File,
    Json,
    Reference,
    Request,
)

PATIENCE = 1.25
"""Of an operation's timeout: the agent sends what it has every eighth of it."""

PLAIN = frozenset((type(None), bool, int, str))


class Deviated(BaseException):
    """The scenario sent another message than the one that the agent has carried out.

    Not an `Exception`, so that no scenario's `except` can mistake it for the implementation's.
    """


class Playback:
    """Takes the place of an agent's process for one scenario, after the agent ran a program.

    It answers what the program has answered already; what comes after that goes to the agent.
    """

    def __init__(
        self,
        program: Program,
        process: AgentProcess,
        timeout: float,
        lacking: Callable[[Iterable[File]], list[File]],
        *,
        careful: bool = False,
    ) -> None:
        """`timeout` is that of one operation, in seconds; `lacking` tells, and notes, which files
        the agent must be sent; `careful` is whether each answer is told at once."""
        self.program = program
        self._process = process
        self._timeout = timeout
        self._lacking = lacking
        self._careful = careful
        self.answers: list[dict[str, Any]] = []
        self.lost: Lost | None = None
        """How the agent was lost in the middle of the program."""
        self.partner: Playback | None = None
        """That of the other side of the scenario."""
        self.stopped = False
        """Whether the agent has stopped before the end of what it was given."""
        self.given = 0
        """How many of the answers the scenario has."""
        self._handles: dict[int, int] = {0: 0}
        self._classes: dict[int, int] = {}
        self._freed: set[int] = set()

    @classmethod
    def of_recorded(cls, program: Program, process: AgentProcess) -> Playback:
        """Answer as the program's own conversation went; the process is not used."""
        made = cls(program, process, 0, list)
        made.answers = [dict(answer) for answer in program.answers]
        return made

    def advance(self) -> bool:
        """Have the agent run the steps that are possible now; return whether there were any."""
        start = end = len(self.answers)
        there = 0 if self.partner is None else len(self.partner.answers)
        while end < len(self.program.steps) and self.program.steps[end].needs <= there:
            end += 1
        if self.stopped or start == end:
            return False
        steps = self.program.steps[start:end]
        texts = [step.text if not step.needs else self._with_bytes(step) for step in steps]
        files = self._lacking(self.program.files) if start == 0 else []
        head = {
            "op": "program",
            "timeout": self._timeout,
            "files": files,
            "goes_on": start > 0,
            "careful": self._careful,
        }
        try:
            message = ENCODER.encode(head)
            self._process.send_line(f'{message[:-1]},"messages":[{",".join(texts)}]}}')
            self._collect(self._timeout)
        except AgentLost as error:
            self.lost = error.lost
        self.stopped = len(self.answers) < end
        return True

    def _with_bytes(self, step: Step) -> str:
        """A step in JSON, with bytes of the other side as they came there."""
        refs = [
            (path, {"parts": self._resolved(what["parts"])} if "parts" in what else what)
            for path, what in step.plain["refs"]
        ]
        return ENCODER.encode({**step.plain, "refs": refs})

    def _resolved(self, parts: Sequence[Json]) -> list[Json]:
        """Parts of which those of the other side are literals."""
        return [
            part
            if isinstance(part, str) or part["side"] == self.program.side
            else wire.to_base64(self._joined([part]) or b"")
            for part in parts
        ]

    def _collect(self, timeout: float) -> None:
        """Receive what the agent answers to a program. Raises AgentLost."""
        over = False
        while not over:
            try:
                batch = self._process.receive(timeout * PATIENCE)
            except AgentLost as error:
                if error.lost.how != "HANG":
                    raise
                what = f"It gave no answer within {timeout:g} s."
                raise AgentLost(replace(error.lost, what=what)) from None
            answers = batch.get("answers")
            if not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
                raise self._process.garbage(repr(batch)[:60])
            self.answers += answers
            over = batch.get("over", False)
            if batch.get("late", False):
                del self.answers[-1:]
                raise self._process.hang(timeout)

    @property
    def complete(self) -> bool:
        """Whether the whole program ran, its end included."""
        return self.lost is None and len(self.answers) == len(self.program.steps)

    @property
    def is_idle(self) -> bool:
        """Whether the agent stopped where it waits for a request, and not in a callback."""
        messages = [step.message for step in self.program.steps[: len(self.answers)]]
        returned = sum(not isinstance(one, (Request, EndOfScenario)) for one in messages)
        return self.lost is None and returned == sum("callback" in one for one in self.answers)

    @property
    def exhausted(self) -> bool:
        """Whether the scenario has had every answer."""
        return self.given == len(self.answers)

    def send(self, message: wire.Message) -> None:
        """Compare a message with the one that the agent carried out. Raises Deviated.

        That is so too where the agent was lost: it may have been at something else.
        """
        if self.exhausted and self.lost is None:
            self._process.send(message)
        elif self.given < len(self.program.steps):
            if not self._is_as_carried_out(message, self.program.steps[self.given]):
                raise Deviated

    def receive(self, timeout: float) -> dict[str, Any]:
        """What came of the message that was sent last. Raises AgentLost."""
        if self.exhausted:
            if self.lost is not None:
                raise AgentLost(self.lost)
            return self._process.receive(timeout)
        answer = self.answers[self.given]
        for path, kind, number in self.program.steps[self.given].made:
            found = at(answer, path)
            if isinstance(found, dict) and kind in found:
                own = self._handles if kind == "h" else self._classes
                own.setdefault(number, found[kind])
        self.given += 1
        return dict(answer)

    def _is_as_carried_out(self, message: wire.Message, step: Step) -> bool:
        """Whether a message is the step's, with what this agent gave in place of references."""
        recorded, origins = step.message, step.origins
        if type(message) is not type(recorded):
            return False
        if isinstance(message, Request):
            assert isinstance(recorded, Request)
            if message.verb != recorded.verb or message.name != recorded.name:
                return False
            if recorded.target is not None and message.target != self._handles.get(recorded.target):
                return False
            if (message.target is None) != (recorded.target is None):
                return False
            same = self._all_same(origins, message.arguments, recorded.arguments) and (
                list(message.keywords) == list(recorded.keywords)
                and self._all_same(origins, message.keywords.values(), recorded.keywords.values())
            )
        elif isinstance(message, CallbackReturns):
            assert isinstance(recorded, CallbackReturns)
            same = self._same(origins, message.value, recorded.value)
        elif isinstance(message, CallbackRaises):
            assert isinstance(recorded, CallbackRaises)
            same = self._same(origins, message.cls, recorded.cls) and self._all_same(
                origins, message.arguments, recorded.arguments
            )
        else:
            same = True
        return same and message.freed == self._freed_by(recorded)

    def argument(self, number: int) -> bytes | None:
        """The bytes that the agent was passed in a step, if they are its first argument."""
        step = self.program.steps[number]
        if not isinstance(step.message, Request) or not step.message.arguments:
            return None
        value = step.message.arguments[0]
        if not isinstance(value, ByteString):
            return None
        parts = step.origins.get(id(value))
        return bytes(value.content) if parts is None else self._joined(parts)

    def _freed_by(self, recorded: wire.Message) -> list[int]:
        """The handles that the agent dropped for a message, as its Program.resolve() chose them."""
        freed = []
        for handle in recorded.freed:
            own = self._handles.pop(handle, None)
            if own is not None and own not in self._freed:
                self._freed.add(own)
                freed.append(own)
        return freed

    def _all_same(
        self,
        origins: Origins,
        values: Iterable[wire.Value],
        recorded: Iterable[wire.Value],
    ) -> bool:
        ours, theirs = list(values), list(recorded)
        return len(ours) == len(theirs) and all(
            self._same(origins, one, other) for one, other in zip(ours, theirs, strict=True)
        )

    def _same(self, origins: Origins, value: wire.Value, recorded: wire.Value) -> bool:
        """Whether a value in a message is the recorded one, or what stands for that here."""
        kind = type(recorded)
        if kind is str and recorded in origins:
            return value == self._text(origins[recorded])  # type: ignore[index]
        if type(value) is not kind:
            return False
        if kind in PLAIN:
            return value == recorded
        if isinstance(recorded, Reference):
            return value.handle == self._handles.get(recorded.handle)  # type: ignore[union-attr]
        if isinstance(recorded, ByteString):
            assert isinstance(value, ByteString)
            if type(value.content) is Traced:  # in a rehearsal
                return type(recorded.content) is Traced and (
                    value.content.parts == recorded.content.parts
                )
            parts = origins.get(id(recorded))
            content = recorded.content if parts is None else self._joined(parts)
            return value.kind == recorded.kind and content == value.content
        if isinstance(recorded, list):
            return self._all_same(origins, value, recorded)  # type: ignore[arg-type]
        if isinstance(recorded, Class):
            return value.class_number == self._classes.get(recorded.class_number)  # type: ignore[union-attr]
        if isinstance(recorded, Collection):
            assert isinstance(value, Collection)
            return value.kind == recorded.kind and self._all_same(
                origins, value.items, recorded.items
            )
        if isinstance(recorded, Dictionary):
            assert isinstance(value, Dictionary)
            return self._all_same(origins, chain(*value.pairs), chain(*recorded.pairs))
        if isinstance(recorded, File):
            assert isinstance(value, File)
            return (value.kind, value.path) == (recorded.kind, recorded.path)
        return value == recorded  # a buffer, a float, a callback: nothing in them is a reference

    @property
    def _answers_there(self) -> Sequence[Json]:
        return () if self.partner is None else self.partner.answers

    def _text(self, origin: Json) -> wire.Value:
        """The text that the agent had in the place of a recorded one, as a message has it."""
        found = at(self.answers[origin["text"]], origin["path"])
        if not isinstance(found, dict):
            return found if isinstance(found, str) else None
        if found.get("t") == "str":
            return ByteString("bytes", base64.b64decode(found["v"]))
        return found["v"] if found.get("t") == "unicode" else None

    def _joined(self, parts: Sequence[Json]) -> bytes | None:
        """The bytes that the agent had in the place of recorded ones; None where it had none."""
        content = b""
        for part in parts:
            if isinstance(part, str):
                content += base64.b64decode(part)
                continue
            answers = self.answers if part["side"] == self.program.side else self._answers_there
            found = at(answers[part["answer"]], part["path"])
            if not isinstance(found, dict) or found.get("t") not in ("bytes", "str"):
                return None
            piece = base64.b64decode(found["v"])
            for start, stop in part["slices"]:
                piece = piece[start:stop]
            content += piece
        return content


def advance_together(playbacks: Sequence[Playback]) -> None:
    """Have the agents of all sides run what they can, each with the bytes that others gave.

    When one has stopped, or was lost, the others wait for the scenario: it may go another way.
    """
    if len(playbacks) == 2:
        playbacks[0].partner, playbacks[1].partner = playbacks[1], playbacks[0]
    moved = True
    while moved:
        moved = False
        for playback in playbacks:
            moved |= playback.advance()
            if playback.stopped:
                return
