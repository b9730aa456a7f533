"""The host's half of an implementation: a remote `ssl` that scenarios use like the real one.

This is the one piece of magic in the project. `Session.module` is a proxy of an implementation's
module. Every attribute read, set or deleted and every call on it, and on whatever it returned, is
one request to the agent (see `impls/agent/agent.py` for the protocol) and one `Event` in the
session's list, whatever the scenario does with the answer.

- Plain values come back as values. 2.7's `str` comes back as a `NativeString`, which is bytes that
  also compare with text, because on 2.7 it is both. Everything else comes back as a proxy; the
  same remote object is the same proxy for as long as the scenario holds it, and when the scenario
  drops it the agent does too, before its next operation.
- The agent describes each class once, without calling anything of it: which names are methods. A
  method is called by name in one request; any other name is read first.
- Exceptions are raised here as instances of classes with the same names and bases.
- A function given as an argument is called back from the agent; a `pathlib.Path` is a file or
  folder of the host whose content travels, and arrives as the path of a copy.
"""

from __future__ import annotations

import array
import builtins
import gc
import shlex
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from impls.host import wire
from impls.host.declarations import Implementation, agent_environment
from impls.host.playback import Deviated, Playback, advance_together
from impls.host.process import (
    AGENT_ARGUMENTS,
    AgentFailure,
    AgentLost,
    AgentProcess,
    Lost,
    folder_for_code,
)
from impls.host.program import Program, Recorder, Side, Transport, as_recorded
from impls.host.proxies import (
    Handle,
    NativeString,
    Probes,
    RemoteEnumeration,
    RemoteMember,
    RemoteNamedTuple,
    RemoteObject,
)
from impls.host.wire import ClassDescription, Event, Verb

BUILTIN_MODULES = ("builtins", "exceptions")

BUILTIN_ALIASES = {
    "StandardError": "Exception",
    "EnvironmentError": "OSError",
    "IOError": "OSError",
}
"""What 2.7 calls classes that Python 3 merged (PEP 3151) or dropped."""

BYTE_STRINGS: Mapping[str, Callable[[bytes], Any]] = {
    "str": NativeString,
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
}

COLLECTIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


@dataclass(frozen=True)
class SessionEnd:
    """What a scenario left behind in the agent."""

    leaked: tuple[str, ...]
    """Proxies that outlived the scenario, by class."""
    changed: tuple[str, ...]
    """Names of the module that are another object than before."""
    left: tuple[tuple[str, str], ...] = ()
    """What is left of it and how, sorted, see `impls/agent/left_behind.py`."""


class RemoteAgent:
    """A started agent, kept from scenario to scenario, and what it is known to know."""

    def __init__(self, implementation: Implementation) -> None:
        """Start the agent of an implementation. Raises AgentStartError."""
        self.implementation = implementation
        unwanted = {"-S"} if implementation.site else set()
        if any(name.startswith("PYTHON") for name, _ in implementation.environment):
            unwanted.add("-E")  # with it Python hears none of them
        arguments = tuple(each for each in AGENT_ARGUMENTS if each not in unwanted)
        if implementation.shell_quoted:
            arguments = tuple(shlex.quote(argument) for argument in arguments)
        self.process = AgentProcess(
            [*implementation.argv, *arguments], agent_environment(implementation)
        )
        self.classes: dict[int, ClassDescription] = {}
        self.exceptions: dict[int, type[BaseException]] = {}
        self.number_of_exception: dict[type, int] = {}
        self.files: dict[str, Path] = {}
        """By the name they have there, the files and folders it was sent already."""
        path = [str(entry) for entry in implementation.path]
        # With site-packages, anything may have run before, and what it compiles is its own.
        local = implementation.interpreter is not None and not implementation.site
        hello, classes = self.process.start(
            implementation.module, implementation.set_up, path, folder_for_code() if local else None
        )
        self.hello = wire.read_hello(hello)
        self.learn(classes)

    def learn(self, sent: wire.Json) -> None:
        """Take the classes that an answer describes, by the names that they stand for."""
        names = dict(self.implementation.same_class)
        for number, found in wire.read_classes(sent).items():
            name = names.get(found.name, found.name)
            self.classes[number] = found if name == found.name else replace(found, name=name)

    def exception(self, number: int) -> type[BaseException]:
        """The class that stands here for an exception class over there."""
        known = self.exceptions.get(number)
        if known is None:
            known = self._make_exception(number)
            self.exceptions[number] = known
            self.number_of_exception.setdefault(known, number)
        return known

    def _make_exception(self, number: int) -> type[BaseException]:
        described = self.classes[number]
        if described.module in BUILTIN_MODULES:
            name = BUILTIN_ALIASES.get(described.name, described.name)
            own = getattr(builtins, name, None)
            if isinstance(own, type) and issubclass(own, BaseException):
                return own
        if (described.module, described.name) == ("socket", "error"):
            return OSError
        bases: list[type[BaseException]] = []
        for base in described.bases:
            if self.classes[base].is_exception and self.exception(base) not in bases:
                bases.append(self.exception(base))
        attributes = {"__module__": described.module, "__str__": lambda self: self.text}
        return type(described.name, tuple(bases) or (Exception,), attributes)

    def playback(self, program: Program, careful: bool) -> Playback:
        """What answers in the agent's place when it has run a program: see run_programs()."""
        timeout = self.implementation.operation_timeout
        return Playback(program, self.process, timeout, self._lacking, careful=careful)

    def _lacking(self, files: Iterable[wire.File]) -> list[wire.File]:
        """The files that the agent does not have, with their contents; it has them from now on."""
        lacking = [file for file in files if file.name not in self.files]
        self.files.update((file.name, Path(file.path)) for file in lacking)
        return [replace(file, content=content_of(Path(file.path))) for file in lacking]

    def learn_from(self, playback: Playback) -> None:
        """Take in the classes that answers describe: each is described once, in some session."""
        for answer in playback.answers:
            try:
                self.learn(answer.get("classes", {}))
            except Exception:  # no agent wrote it: the session says so when it comes to it
                break

    def gave_up(self, playback: Playback) -> bool:
        """End a scenario that went another way than the program that was run for it.

        Returns whether the agent is as it was before; one that is not must be replaced.
        """
        if playback.complete:
            return True
        if not playback.is_idle:
            return False
        try:
            self.process.send(wire.EndOfScenario())
            answer = self.process.receive(self.implementation.operation_timeout)
            self.learn(answer.get("classes", {}))
            unchanged: bool = answer["value"]["changed"] == []
        except (AgentLost, Exception):  # it says so again where that counts
            return False
        return unchanged

    def close(self) -> None:
        self.process.close()


def run_programs(
    programs: Sequence[tuple[RemoteAgent, Program]], *, careful: bool = False
) -> list[Playback]:
    """Have agents run their programs of one scenario; return what answers in their places.

    `careful` is whether they tell each answer at once.
    """
    playbacks = [agent.playback(program, careful) for agent, program in programs]
    advance_together(playbacks)
    for (agent, _), playback in zip(programs, playbacks, strict=True):
        agent.learn_from(playback)
    return playbacks


def content_of(path: Path) -> bytes | dict[str, bytes]:
    """What is in a file, or in the files of a folder by their names."""
    if path.is_dir():
        return {entry.name: entry.read_bytes() for entry in path.iterdir()}
    return path.read_bytes()


AT_THE_END = "at the end, where all that the scenario made is dropped"


class Session:
    """One scenario's conversation with one agent. `events` is what its transcript is made from."""

    def __init__(
        self,
        agent: RemoteAgent,
        playback: Playback | None = None,
        *,
        records_as: Side | None = None,
    ) -> None:
        """`playback` is of a program that the agent has run for this scenario.

        Where `records_as` says for which side, the conversation is kept, to become a program.
        """
        self.agent = agent
        self.recorder = None if records_as is None else Recorder(agent.process, records_as)
        self._transport: Transport = playback or self.recorder or agent.process
        self.deviated = False
        """Whether the scenario requested what its program has not: nothing of this counts."""
        self.events: list[Event] = []
        self.released: list[int] = []
        self.lost: Lost | None = None
        self.ended = False
        self.preparing = False
        """Whether operations are a fixture's own: see Probes._preparing()."""
        self._handles: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()
        self._proxies: weakref.WeakValueDictionary[int, RemoteObject] = (
            weakref.WeakValueDictionary()
        )
        self._functions: list[Callable[..., Any]] = []
        self._names: list[str] = []
        """Of the functions, also when the scenario is over and they are dropped."""
        self._host_error: BaseException | None = None
        self._inside: int | None = None
        self._module_handle = Handle(self, 0, agent.hello.module)
        self.module = RemoteObject(self._module_handle, agent.hello.members)
        self._proxies[0] = self.module  # which a probe may hand out too
        self.native = Probes(self)

    # One operation

    def request(
        self,
        verb: Verb,
        target: Handle | None,
        name: str | None,
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Any:
        """Carry out one operation, record it, and return or raise what it did."""
        if self.ended or (target is not None and target.session is not self):
            raise AgentFailure(
                f"A {target.class_name if target else name} of an earlier scenario was used again."
            )
        if self.lost is not None:
            raise AgentLost(self.lost)
        if self.deviated:
            raise Deviated
        buffers: list[Any] = []
        message = wire.Request(
            verb,
            None if target is None else target.number,
            name,
            [self._encode(value, buffers) for value in args],
            {key: self._encode(value, buffers) for key, value in (kwargs or {}).items()},
        )
        event = Event(
            verb,
            message.target,
            name,
            [as_recorded(value) for value in message.arguments],
            {key: as_recorded(value) for key, value in message.keywords.items()},
            parent=self._inside,
            preparing=self.preparing,
        )
        self.events.append(event)
        try:
            event.outcome, sent = self._converse(message, len(self.events) - 1)
            if self._host_error is not None:
                own, self._host_error = self._host_error, None
                raise own
            if isinstance(event.outcome, wire.Raised):
                raise self._raised(event, buffers, sent)
            return self._taken_in(event.outcome, buffers, sent)
        except AgentLost as error:
            self.lost = error.lost
            event.outcome = wire.AgentGone(error.lost)
            raise

    def _taken_in(
        self, outcome: wire.Returned | wire.Raised, buffers: list[Any], sent: object
    ) -> Any:
        """What an outcome returned or raised; buffers are filled. Raises AgentLost.

        No variable holds an exception: its traceback would keep what the scenario drops.
        """
        try:
            for key, content in outcome.mutated.items():
                wire.fill_buffer(buffers[key], content)
            if isinstance(outcome, wire.Returned):
                return self._decode(outcome.value)
            return self._exception(outcome.error)
        except Exception as error:
            raise self._unreadable(sent, error) from error

    def _raised(self, event: Event, buffers: list[Any], sent: object) -> BaseException:
        """The exception of an operation, which is known again where it stops the scenario."""
        assert isinstance(event.outcome, wire.Raised)
        problem: Any = self._taken_in(event.outcome, buffers, sent)
        problem.event = event
        return problem  # type: ignore[no-any-return]

    def _converse(
        self, message: wire.Message, position: int
    ) -> tuple[wire.Returned | wire.Raised, object]:
        """Send a request and serve the callbacks until its outcome comes, which is also as sent."""
        timeout = self.agent.implementation.operation_timeout
        transport = self._transport
        self._send(message, self.events[position])
        while True:
            sent = transport.receive(timeout)
            if self.recorder is not None:
                called = "callback" in sent  # its event is the next
                self.recorder.positions.append(len(self.events) if called else position)
            try:
                if "classes" in sent:
                    self.agent.learn(sent.pop("classes"))
                strays = [wire.read_callback(stray) for stray in sent.pop("strays", ())]
                answer = wire.read_answer(sent)
            except Exception as error:
                raise self._unreadable(sent, error) from error
            for stray in strays:
                self._refused(stray, None)
            if isinstance(answer, (wire.Returned, wire.Raised)):
                return answer, sent
            if isinstance(answer, wire.CallbackRequest):
                self._send(*self._called_back(answer, position, sent))
            elif isinstance(answer, wire.Failure):
                raise AgentFailure(answer.text)
            else:
                raise self._unreadable(sent)

    def _unreadable(self, answer: object, error: Exception | None = None) -> AgentLost:
        """An answer of which nothing can be made: no agent wrote it."""
        return self.agent.process.garbage(repr(answer)[:60], error)

    def _send(self, message: wire.Message, event: Event) -> None:
        if self.released:
            message.freed = event.freed = self.released
            self.released = []
        try:
            self._transport.send(message)
        except Deviated:
            self.deviated = True
            raise

    def _called_back(
        self, answer: wire.CallbackRequest, position: int, sent: object
    ) -> tuple[wire.Message, Event]:
        """Run the host's function; return the message that hands its result to the agent."""
        if answer.function is None:
            return self._refused(answer, position)
        try:
            function = self._functions[answer.function]
            args = [self._decode(value) for value in answer.arguments]
            kwargs = {key: self._decode(value) for key, value in answer.keywords.items()}
        except Exception as error:
            raise self._unreadable(sent, error) from error
        event = Event(
            "callback",
            None,
            self._names[answer.function],
            answer.arguments,
            answer.keywords,
            parent=position,
            function=answer.function,
            pending=answer.pending,
            notes=answer.notes,
        )
        self.events.append(event)
        outer, self._inside = self._inside, len(self.events) - 1
        try:
            value = self._encode(function(*args, **kwargs), [])
        except Exception as error:
            raised = self._raising(error)
            name = raised.cls if isinstance(raised.cls, str) else type(error).__name__
            event.outcome = wire.CallbackRaised(name)
            return raised, event
        finally:
            self._inside = outer
        event.outcome = wire.Returned(as_recorded(value))
        return wire.CallbackReturns(value), event

    def _refused(
        self, answer: wire.CallbackRequest, position: int | None
    ) -> tuple[wire.Message, Event]:
        """Record a call at a time at which no function can be run; return what it raises."""
        name = "of an earlier scenario"
        if answer.function is not None:
            name = dict(enumerate(self._names)).get(answer.function, "callback")
        event = Event(
            "callback",
            None,
            name,
            answer.arguments,
            answer.keywords,
            wire.CallbackRaised("RuntimeError"),
            parent=position,
            function=answer.function,
            pending=answer.pending,
            notes=answer.notes,
        )
        self.events.append(event)
        return wire.CallbackRaises("RuntimeError", ["The scenario does not run now."]), event

    def _raising(self, error: Exception) -> wire.CallbackRaises:
        """The message that has the agent raise what a function of the host raised."""
        number = self.agent.number_of_exception.get(type(error))
        cls: wire.Class | str = type(error).__name__
        if number is not None and not is_builtin(type(error)):
            cls = wire.Class(number)
        elif isinstance(error, AssertionError) or not is_builtin(type(error)):
            self._host_error = error  # the scenario's own: raised when the operation is over
            return wire.CallbackRaises("RuntimeError", [])
        return wire.CallbackRaises(cls, [self._encode(argument, []) for argument in error.args])

    # Values: Python -> wire

    def _encode(self, value: object, buffers: list[Any]) -> wire.Value:
        """A value as it travels; buffers that could be filled are added to `buffers`."""
        kind = type(value)
        if value is None or kind is bool or kind is int or kind is str:
            return value  # type: ignore[return-value]
        if isinstance(value, RemoteMember):
            value = value._fetch()
        handle = getattr(value, "_handle", None)
        if isinstance(handle, Handle):
            if handle.session is not self and isinstance(value, int):
                return int(value)
            if handle.session is not self:
                raise AgentFailure(f"A {handle.class_name} of another agent was passed on.")
            return wire.Reference(handle.number)
        if isinstance(value, type) and value in self.agent.number_of_exception:
            return wire.Class(self.agent.number_of_exception[value])
        if isinstance(value, bytes):
            return wire.ByteString("bytes", value)
        if isinstance(value, (bytearray, memoryview, array.array)):
            buffers.append(value)
            return wire.buffer_of(value, len(buffers) - 1)
        if kind is float:
            return wire.FloatNumber(repr(value))
        if isinstance(value, list):
            return [self._encode(item, buffers) for item in value]
        if kind in (tuple, set):
            items: Any = value
            return wire.Collection(kind.__name__, [self._encode(item, buffers) for item in items])
        if isinstance(value, dict):
            return wire.Dictionary(
                [
                    (self._encode(key, buffers), self._encode(item, buffers))
                    for key, item in value.items()
                ]
            )
        if isinstance(value, Path):
            return self._encode_path(value)
        if callable(value):
            return wire.Callback(self._callback_number(value))
        raise AgentFailure(f"A {kind.__name__} cannot travel to an agent.")

    def _encode_path(self, path: Path) -> wire.File:
        name = f"{path.parent.name}/{path.name}"
        kind = "folder" if path.is_dir() else "file"
        known = self.agent.files.get(name)
        if known is not None and known != path:
            raise AgentFailure(f"{known} and {path} would have the same name in the agent.")
        content: bytes | dict[str, bytes] | None = None
        if known is None:
            self.agent.files[name] = path
            content = content_of(path)
        return wire.File(kind, name, str(path), content)

    def _callback_number(self, function: Callable[..., Any]) -> int:
        if function not in self._functions:
            self._functions.append(function)
            self._names.append(getattr(function, "__name__", "callback"))
        return self._functions.index(function)

    # Values: wire -> Python

    def _decode(self, value: wire.Value) -> Any:
        make = self._MAKERS.get(type(value))
        return value if make is None else make(self, value)

    def recorded(self, value: wire.Value) -> Any:
        """An argument as an event recorded it, to be passed once more."""
        if isinstance(value, wire.File):
            return Path(value.path)
        return self._decode(value)

    def _list(self, value: list[wire.Value]) -> list[Any]:
        return [self._decode(item) for item in value]

    def _byte_string(self, value: wire.ByteString) -> Any:
        if value.kind == "array":
            return array.array(value.typecode, value.content)
        if value.kind == "bytes" and self.recorder is not None:
            return self.recorder.traced(value.content)
        return BYTE_STRINGS[value.kind](value.content)

    def _buffer(self, value: wire.Buffer) -> Any:
        if value.kind == "array":
            return array.array(value.typecode, value.content)
        if value.part is None:
            return bytearray(value.content)
        start, stop, step = value.part
        return memoryview(bytearray(value.content) if value.mutable else value.content)[
            start:stop:step
        ]

    def _collection(self, value: wire.Collection) -> Any:
        return COLLECTIONS[value.kind](self._list(value.items))

    def _dictionary(self, value: wire.Dictionary) -> dict[Any, Any]:
        return {self._decode(key): self._decode(item) for key, item in value.pairs}

    def _class(self, value: wire.Class) -> Any:
        return self.agent.exception(value.class_number) if value.handle is None else self._of(value)

    def _of(self, value: wire.Object | wire.Class | wire.Function | wire.Enumeration) -> Any:
        """The proxy of something that stays with the agent."""
        number: int = value.handle  # type: ignore[assignment]
        proxy = self._proxies.get(number)
        if proxy is None:
            members: Mapping[str, str] = {}
            if not isinstance(value, wire.Function):
                members = self.agent.classes[value.class_number].members
            proxy = RemoteObject(self._handle(value), members)
            self._proxies[number] = proxy
        return proxy

    def _handle(self, value: Any) -> Handle:
        handle = self._handles.get(value.handle)
        if handle is None:
            if isinstance(value, wire.Function):
                name = value.name
            else:
                name = self.agent.classes[value.class_number].name
            handle = Handle(self, value.handle, name)
            self._handles[value.handle] = handle
        return handle

    def _enumeration(self, value: wire.Enumeration) -> Any:
        content = self._decode(value.value)
        if not isinstance(content, int):
            return self._of(value)
        result = RemoteEnumeration(content)
        result.name, result.value = self._decode(value.name), content
        result._handle = self._handle(value)
        return result

    def _named_tuple(self, value: wire.NamedCollection) -> RemoteNamedTuple:
        result = RemoteNamedTuple(self._list(value.items))
        result._fields = value.fields
        result._handle = self._handle(value)
        return result

    def _exception(self, error: wire.Error) -> BaseException:
        cls = self.agent.exception(error.class_number)
        args = self._list(error.arguments)
        try:
            instance = cls(*args)
        except TypeError:  # a class whose constructor wants more than its args keep
            instance = cls.__new__(cls)
            instance.args = tuple(args)
        described = self.agent.classes[error.class_number]
        if type(instance) is not cls and described.module == "builtins":
            # OSError chooses a class by errno (PEP 3151). 2.7's is to be caught as that, but
            # where a Python 3 raised the plain class, that is what it raised.
            instance = cls.__new__(cls)
            instance.args = tuple(args)
        for name, value in error.attributes.items():
            if value is None and is_builtin(cls):
                continue  # as it is already, and OSError would say "[Errno None] None"
            try:
                setattr(instance, name, self._decode(value))
            except AttributeError:
                continue
        if not is_builtin(cls):
            instance.text = error.text  # type: ignore[attr-defined]
        return instance

    _MAKERS: ClassVar[Mapping[type, Callable[[Any, Any], Any]]] = {
        list: _list,
        wire.UnicodeText: lambda self, value: value.text,
        wire.LongInteger: lambda self, value: value.number,
        wire.FloatNumber: lambda self, value: float(value.text),
        wire.ByteString: _byte_string,
        wire.Buffer: _buffer,
        wire.Collection: _collection,
        wire.Dictionary: _dictionary,
        wire.Object: _of,
        wire.Class: _class,
        wire.Function: _of,
        wire.Enumeration: _enumeration,
        wire.NamedCollection: _named_tuple,
        wire.Error: _exception,
        wire.Callback: lambda self, value: self._functions[value.number],
    }
    """What makes a Python value of each kind; of other kinds a value is what it is already."""

    # The end

    def end(self) -> SessionEnd:
        """Drop what is left, in the agent too; say what the scenario leaked or changed.

        An agent that does not survive it is `lost`, at an event of its own. Raises Deviated.
        """
        self._functions.clear()
        self.ended = True
        for generation in range(3):  # what is in a cycle is mostly as young as the scenario
            if self._handles:
                gc.collect(generation)
        leaked = tuple(sorted(handle.class_name for handle in self._handles.values()))
        if self.lost is not None or self.deviated:
            return SessionEnd(leaked, ())
        event = Event("end", None, None)
        try:
            self._send(wire.EndOfScenario(), event)
            return self._told_at_the_end(event, leaked)
        except AgentLost as error:
            self.lost = error.lost
            event.outcome = wire.AgentGone(error.lost)
            self.events.append(event)
            return SessionEnd(leaked, ())

    def _told_at_the_end(self, end: Event, leaked: tuple[str, ...]) -> SessionEnd:
        """What the agent says at the end that the scenario left behind; calls are recorded."""
        while True:
            answer = self._transport.receive(self.agent.implementation.operation_timeout)
            if "failure" in answer:
                raise AgentFailure(answer["failure"])
            told: SessionEnd | None = None
            try:
                self.agent.learn(answer.pop("classes", {}))
                calls = [wire.read_callback(stray) for stray in answer.pop("strays", ())]
                if "callback" in answer:
                    calls.append(wire.read_callback(answer))
                else:
                    told = SessionEnd(
                        leaked,
                        tuple(answer["value"]["changed"]),
                        tuple((str(what), str(how)) for what, how in answer["value"]["left"]),
                    )
            except Exception as error:
                raise self._unreadable(answer, error) from error
            for call in calls:
                refusal, _ = self._refused(replace(call, notes=(*call.notes, AT_THE_END)), None)
            if told is not None:
                return told
            self._send(refusal, end)


def is_builtin(cls: type) -> bool:
    """Whether a class is one of this Python's own, whatever module it says that it is of."""
    return getattr(builtins, cls.__name__, None) is cls
