"""The host's half of an implementation: a remote `ssl` that scenarios use like the real one.

This is the one piece of magic in the project. `Session.module` is a proxy of the module that an
implementation is asked about. Every attribute read, set or deleted and every call on it, and on
whatever it returned, is one request to the agent (see agent.py for the protocol) and one `Event`
in the session's list, whatever the scenario does with the answer.

- Plain values come back as values. 2.7's `str` comes back as a `NativeString`, which is bytes that
  also compare with text, because on 2.7 it is both. Everything else comes back as a proxy; the
  same remote object is the same proxy for as long as the scenario holds it, and when the scenario
  drops it the agent does too, before its next operation.
- Which names are methods the agent tells once per class, read from the class without calling
  anything. A method is called by name in one request; any other name is read first.
- Exceptions are raised here as instances of classes with the same names and bases.
- A function given as an argument is called back from the agent; a `pathlib.Path` is a file or
  folder of the host whose content travels, and arrives as the path of a copy.
"""

from __future__ import annotations

import array
import base64
import builtins
import contextlib
import gc
import shlex
import weakref
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from impls.host.process import AGENT_ARGUMENTS, AgentFailure, AgentLost, AgentProcess, Lost
from impls.host.registry import Implementation, agent_environment

Wire = Any
"""A value as it travels, see agent.py."""

Verb = Literal["get", "set", "del", "call", "probe", "callback", "end"]

BUILTIN_MODULES = ("builtins", "exceptions")

BUILTIN_ALIASES = {
    "StandardError": "Exception",
    "EnvironmentError": "OSError",
    "IOError": "OSError",
}
"""What 2.7 calls classes that Python 3 merged (PEP 3151) or dropped."""


class NativeString(bytes):
    """A `str` of Python 2.7: bytes that are text as well, so it compares with both."""

    __hash__ = bytes.__hash__  # the same as that of the ASCII text

    def __eq__(self, other: object) -> bool:
        return str(self) == other if isinstance(other, str) else bytes.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __contains__(self, part: object) -> bool:
        return part in str(self) if isinstance(part, str) else bytes.__contains__(self, part)  # type: ignore[operator]

    def __str__(self) -> str:
        return self.decode("latin-1")


BYTE_STRINGS: dict[str, Callable[[bytes], Any]] = {
    "str": NativeString,
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
}


@dataclass(frozen=True)
class ClassDescription:
    """A class of the implementation, as its agent described it."""

    name: str
    module: str | None
    bases: tuple[int, ...]
    is_exception: bool
    members: Mapping[str, str]


@dataclass
class Event:
    """One operation of a scenario, or one call back from inside one, as it travelled."""

    verb: Verb
    target: int | None
    """The handle asked; None for a probe."""
    name: str | None
    arguments: list[Wire] = field(default_factory=list)
    keywords: dict[str, Wire] = field(default_factory=dict)
    outcome: dict[str, Any] = field(default_factory=dict)
    """{"value": V}, {"error": E} or {"lost": Lost}, with "warnings" and "mutated"."""
    parent: int | None = None
    """For what happened inside a call back: the position of the event that caused it."""
    function: int | None = None
    """For a call back: the number that the function has on the wire."""
    freed: list[int] = field(default_factory=list)
    """What the scenario had dropped by then; of a call back, by its end."""


@dataclass(frozen=True)
class SessionEnd:
    """What a scenario left behind in the agent."""

    leaked: tuple[str, ...]
    """Proxies that outlived the scenario, by class."""
    changed: tuple[str, ...]
    """Names of the module that are another object than before."""


class RemoteAgent:
    """A started agent, kept from scenario to scenario, and what it is known to know."""

    def __init__(self, implementation: Implementation) -> None:
        """Start the agent of an implementation. Raises AgentStartError."""
        self.implementation = implementation
        arguments: tuple[str, ...] = AGENT_ARGUMENTS
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
        hello, classes = self.process.start(implementation.module, implementation.set_up, path)
        self.hello = hello
        self.learn(classes)

    def learn(self, classes: Mapping[str, Mapping[str, Any]]) -> None:
        for number, found in classes.items():
            self.classes[int(number)] = ClassDescription(
                found["name"],
                found["module"],
                tuple(found["bases"]),
                found["exception"],
                found["members"],
            )

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

    def close(self) -> None:
        self.process.close()


class Handle:
    """Keeps one object of the agent alive for as long as something here refers to it."""

    __slots__ = ("__weakref__", "class_name", "number", "session")

    def __init__(self, session: Session, number: int, class_name: str) -> None:
        self.session = session
        self.number = number
        self.class_name = class_name

    def __del__(self) -> None:
        self.session.released.append(self.number)


class RemoteObject:
    """A proxy of an object of the implementation."""

    __slots__ = ("__weakref__", "_handle", "_members")

    def __init__(self, handle: Handle, members: Mapping[str, str]) -> None:
        object.__setattr__(self, "_handle", handle)
        object.__setattr__(self, "_members", members)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._members.get(name) in ("method", "class"):
            return RemoteMember(self._handle, name)
        return self._handle.session.request("get", self._handle, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._handle.session.request("set", self._handle, name, (value,))

    def __delattr__(self, name: str) -> None:
        self._handle.session.request("del", self._handle, name)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._handle.session.request("call", self._handle, None, args, kwargs)

    def __repr__(self) -> str:
        return f"<remote {self._handle.class_name} {self._handle.number}>"


class RemoteMember:
    """A method, or a class of a module: called by name in one request, read only where it must be.

    It is read when it is itself an argument or has its own attributes asked for.
    """

    __slots__ = ("_name", "_owner", "_value")

    _owner: Handle
    _name: str
    _value: Any

    def __init__(self, owner: Handle, name: str) -> None:
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_value", None)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._owner.session.request("call", self._owner, self._name, args, kwargs)

    def _fetch(self) -> Any:
        """Its value, kept here: as an argument it must live until the operation is over.

        Its name begins so that it hides no member of the implementation: there is one called read.
        """
        value = self._owner.session.request("get", self._owner, self._name)
        object.__setattr__(self, "_value", value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._fetch(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._fetch(), name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._fetch(), name)


class RemoteEnumeration(int):
    """A member of an enumeration of integers, or a combination of flags."""

    name: str | None
    value: int
    _handle: Handle

    def __repr__(self) -> str:
        return f"<{self._handle.class_name}.{self.name}: {int(self)}>"


class RemoteNamedTuple(tuple[Any, ...]):
    """A named tuple; its fields can be read by name."""

    _fields: tuple[str, ...]
    _handle: Handle

    def __getattr__(self, name: str) -> Any:
        if name in self._fields:
            return self[self._fields.index(name)]
        raise AttributeError(name)


class Native:
    """The probes of the agent by name, for what cannot be said through a proxy."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        session = self._session
        return lambda *args, **kwargs: session.request("probe", None, name, args, kwargs)


class Session:
    """One scenario's conversation with one agent. `events` is what its transcript is made from."""

    def __init__(self, agent: RemoteAgent) -> None:
        self.agent = agent
        self.events: list[Event] = []
        self.released: list[int] = []
        self.lost: Lost | None = None
        self.ended = False
        self._handles: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()
        self._proxies: weakref.WeakValueDictionary[int, RemoteObject] = (
            weakref.WeakValueDictionary()
        )
        self._functions: list[Callable[..., Any]] = []
        self._host_error: BaseException | None = None
        self._inside: int | None = None
        self._module_handle = Handle(self, 0, agent.hello["module"])
        self.module = RemoteObject(self._module_handle, agent.hello["members"])
        self._proxies[0] = self.module  # which a probe may hand out too
        self.native = Native(self)

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
        buffers: list[Any] = []
        arguments = [self._encode(value, buffers) for value in args]
        keywords = {key: self._encode(value, buffers) for key, value in (kwargs or {}).items()}
        event = Event(
            verb,
            None if target is None else target.number,
            name,
            [without_content(value) for value in arguments],
            {key: without_content(value) for key, value in keywords.items()},
            parent=self._inside,
        )
        self.events.append(event)
        message: dict[str, Any] = {
            "op": verb,
            "name": name,
            "args": arguments,
            "kwargs": keywords,
        }
        if target is not None:
            message["on"] = target.number
        try:
            event.outcome = self._converse(message, len(self.events) - 1)
            if self._host_error is not None:
                own, self._host_error = self._host_error, None
                raise own
            if "error" in event.outcome:
                raise self._raised(event, buffers)
            return self._taken_in(event.outcome, buffers)
        except AgentLost as error:
            self.lost = error.lost
            event.outcome = {"lost": error.lost}
            raise

    def _taken_in(self, outcome: dict[str, Any], buffers: list[Any]) -> Any:
        """What an outcome says was returned or raised; buffers are filled. Raises AgentLost."""
        with self._reading(outcome):
            for key, content in outcome.get("mutated", {}).items():
                fill_buffer(buffers[int(key)], base64.b64decode(content))
            if "error" in outcome:
                return self._exception(outcome["error"])
            return self._decode(outcome["value"])

    def _raised(self, event: Event, buffers: list[Any]) -> BaseException:
        """The exception of an operation, which is known again where it stops the scenario."""
        problem: Any = self._taken_in(event.outcome, buffers)
        problem.event = event
        return problem  # type: ignore[no-any-return]

    def _converse(self, message: dict[str, Any], position: int) -> dict[str, Any]:
        """Send a request and serve the calls back until its outcome comes."""
        timeout = self.agent.implementation.operation_timeout
        process = self.agent.process
        self._send(message, self.events[position])
        while True:
            answer = process.receive(timeout)
            if "classes" in answer:
                with self._reading(answer):
                    self.agent.learn(answer.pop("classes"))
            if "callback" in answer:
                self._send(*self._called_back(answer, position))
            elif "failure" in answer:
                raise AgentFailure(answer["failure"])
            elif "value" in answer or "error" in answer:
                return answer
            else:
                raise process.garbage(repr(answer)[:60])

    @contextlib.contextmanager
    def _reading(self, answer: dict[str, Any]) -> Generator[None]:
        """Whatever cannot be made of an answer, no agent wrote it: it is garbage then."""
        try:
            yield
        except Exception as error:
            raise self.agent.process.garbage(repr(answer)[:60], error) from error

    def _send(self, message: dict[str, Any], event: Event) -> None:
        if self.released:
            event.freed, self.released = self.released, []
            message["free"] = event.freed
        self.agent.process.send(message)

    def _called_back(self, answer: dict[str, Any], position: int) -> tuple[dict[str, Any], Event]:
        """Run the host's function; return the message that hands its result to the agent."""
        with self._reading(answer):
            function = self._functions[answer["callback"]]
            args = [self._decode(value) for value in answer["args"]]
            kwargs = {key: self._decode(value) for key, value in answer["kwargs"].items()}
        name = getattr(function, "__name__", "callback")
        event = Event(
            "callback",
            None,
            name,
            answer["args"],
            answer["kwargs"],
            parent=position,
            function=answer["callback"],
        )
        self.events.append(event)
        outer, self._inside = self._inside, len(self.events) - 1
        try:
            value = self._encode(function(*args, **kwargs), [])
        except AgentLost:
            raise
        except Exception as error:
            cls: Wire = self.agent.number_of_exception.get(type(error))
            if cls is not None and not is_builtin(type(error)):
                cls = {"t": "class", "c": cls}
            elif isinstance(error, AssertionError) or not is_builtin(type(error)):
                self._host_error = error  # the scenario's own: raised when the operation is over
                cls, error = "RuntimeError", RuntimeError()
            else:
                cls = type(error).__name__
            arguments = [self._encode(argument, []) for argument in error.args]
            event.outcome = {"raised": type(error).__name__}
            return {"op": "raise", "class": cls, "args": arguments}, event
        finally:
            self._inside = outer
        event.outcome = {"value": without_content(value)}
        return {"op": "return", "value": value}, event

    # Values

    def _encode(self, value: object, buffers: list[Any]) -> Wire:
        kind = type(value)
        if value is None or kind is bool or kind is int or kind is str:
            return value
        if isinstance(value, RemoteMember):
            value = value._fetch()
        handle = getattr(value, "_handle", None)
        if isinstance(handle, Handle):
            if handle.session is not self and isinstance(value, int):
                return int(value)
            if handle.session is not self:
                raise AgentFailure(f"A {handle.class_name} of another agent was passed on.")
            return {"t": "handle", "h": handle.number}
        if isinstance(value, type) and value in self.agent.number_of_exception:
            return {"t": "class", "c": self.agent.number_of_exception[value]}
        if isinstance(value, bytes):
            return {"t": "bytes", "v": to_base64(value)}
        if isinstance(value, (bytearray, memoryview, array.array)):
            return encode_buffer(value, buffers)
        if kind is float:
            return {"t": "float", "v": repr(value)}
        if isinstance(value, list):
            return [self._encode(item, buffers) for item in value]
        if kind in (tuple, set):
            items: Any = value
            return {"t": kind.__name__, "v": [self._encode(item, buffers) for item in items]}
        if isinstance(value, dict):
            pairs = [
                [self._encode(key, buffers), self._encode(item, buffers)]
                for key, item in value.items()
            ]
            return {"t": "dict", "v": pairs}
        if isinstance(value, Path):
            return self._encode_path(value)
        if callable(value):
            return {"t": "callback", "id": self._callback_number(value)}
        raise AgentFailure(f"A {kind.__name__} cannot travel to an agent.")

    def recorded(self, value: Wire) -> Any:
        """An argument as an event recorded it, to be passed once more."""
        if isinstance(value, dict):
            kind = value["t"]
            if kind in ("file", "folder"):
                return Path(value["path"])
            if kind == "memoryview":
                content = base64.b64decode(value["v"])
                whole = memoryview(bytearray(content) if value["m"] else content)
                return whole[value["start"] : value["stop"] : value["step"]]
        return self._decode(value)

    def _encode_path(self, path: Path) -> Wire:
        name = f"{path.parent.name}/{path.name}"
        kind = "folder" if path.is_dir() else "file"
        value: dict[str, Any] = {"t": kind, "name": name, "path": str(path)}
        known = self.agent.files.get(name)
        if known is None:
            self.agent.files[name] = path
            if kind == "folder":
                value["v"] = {entry.name: to_base64(entry.read_bytes()) for entry in path.iterdir()}
            else:
                value["v"] = to_base64(path.read_bytes())
        elif known != path:
            raise AgentFailure(f"{known} and {path} would have the same name in the agent.")
        return value

    def _callback_number(self, function: Callable[..., Any]) -> int:
        if function not in self._functions:
            self._functions.append(function)
        return self._functions.index(function)

    def _decode(self, value: Wire) -> Any:
        if isinstance(value, list):
            return [self._decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        kind = value["t"]
        if kind in ("unicode", "long"):
            return value["v"]
        if kind == "float":
            return float(value["v"])
        if kind == "callback":
            return self._functions[value["id"]]
        if kind == "exception":
            return self._exception(value["e"])
        if kind == "class" and "h" not in value:
            return self.agent.exception(value["c"])
        if kind in ("object", "class", "function"):
            return self._proxy(value)
        if kind in ("enum", "namedtuple"):
            return self._decode_named(value)
        if kind in ("tuple", "set", "frozenset"):
            return getattr(builtins, kind)(self._decode(item) for item in value["v"])
        if kind == "dict":
            return {self._decode(key): self._decode(item) for key, item in value["v"]}
        content = base64.b64decode(value["v"])
        if kind == "array":
            return array.array(value["c"], content)
        return {
            "str": NativeString,
            "bytes": bytes,
            "bytearray": bytearray,
            "memoryview": memoryview,
        }[kind](content)

    def _proxy(self, value: Wire) -> RemoteObject:
        proxy = self._proxies.get(value["h"])
        if proxy is None:
            members: Mapping[str, str] = {}
            if "c" in value:
                members = self.agent.classes[value["c"]].members
            proxy = RemoteObject(self._handle_of(value), members)
            self._proxies[value["h"]] = proxy
        return proxy

    def _handle_of(self, value: Wire) -> Handle:
        handle = self._handles.get(value["h"])
        if handle is None:
            name = self.agent.classes[value["c"]].name if "c" in value else value["n"]
            handle = Handle(self, value["h"], name)
            self._handles[value["h"]] = handle
        return handle

    def _decode_named(self, value: Wire) -> Any:
        content = self._decode(value["v"])
        result: Any
        if value["t"] == "enum" and isinstance(content, int):
            result = RemoteEnumeration(content)
            result.name, result.value = self._decode(value["n"]), content
        elif value["t"] == "enum":
            return self._proxy(value)
        else:
            result = RemoteNamedTuple(content)
            result._fields = tuple(value["f"])
        result._handle = self._handle_of(value)
        return result

    def _exception(self, error: Wire) -> BaseException:
        cls = self.agent.exception(error["c"])
        args = [self._decode(argument) for argument in error["args"]]
        try:
            instance = cls(*args)
        except TypeError:  # a class whose constructor wants more than its args keep
            instance = cls.__new__(cls)
            instance.args = tuple(args)
        if type(instance) is not cls and self.agent.classes[error["c"]].module == "builtins":
            # OSError chooses a class by errno (PEP 3151). 2.7's is to be caught as that, but
            # where a Python 3 raised the plain class, that is what it raised.
            instance = cls.__new__(cls)
            instance.args = tuple(args)
        for name, value in error["attributes"].items():
            if value is None and is_builtin(cls):
                continue  # as it is already, and OSError would say "[Errno None] None"
            try:
                setattr(instance, name, self._decode(value))
            except AttributeError:
                continue
        if not is_builtin(cls):
            instance.text = error["str"]  # type: ignore[attr-defined]
        return instance

    # The end

    def end(self) -> SessionEnd:
        """Drop what is left, in the agent too; say what the scenario leaked or changed.

        An agent that does not survive it is `lost`, at an event of its own.
        """
        self._functions.clear()
        self.ended = True
        for generation in range(3):  # what is in a cycle is mostly as young as the scenario
            if self._handles:
                gc.collect(generation)
        leaked = tuple(sorted(handle.class_name for handle in self._handles.values()))
        if self.lost is not None:
            return SessionEnd(leaked, ())
        event = Event("end", None, None)
        try:
            self._send({"op": "end"}, event)
            answer = self.agent.process.receive(self.agent.implementation.operation_timeout)
            if "failure" in answer:
                raise AgentFailure(answer["failure"])
            with self._reading(answer):
                return SessionEnd(leaked, tuple(answer["value"]["changed"]))
        except AgentLost as error:
            self.lost = error.lost
            event.outcome = {"lost": error.lost}
            self.events.append(event)
            return SessionEnd(leaked, ())


def is_builtin(cls: type) -> bool:
    """Whether a class is one of this Python's own, whatever module it says that it is of."""
    return getattr(builtins, cls.__name__, None) is cls


def to_base64(data: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(data).decode("ascii")


def encode_buffer(value: bytearray | memoryview | array.array[Any], buffers: list[Any]) -> Wire:
    """A buffer with its content; one that can be filled gets a key to come back under."""
    buffers.append(value)
    key = len(buffers) - 1
    if isinstance(value, array.array):
        return {
            "t": "array",
            "k": key,
            "m": True,
            "c": value.typecode,
            "v": to_base64(value.tobytes()),
        }
    if isinstance(value, bytearray):
        return {"t": "bytearray", "k": key, "m": True, "v": to_base64(value)}
    start, stop, step = slice_of(value)
    return {
        "t": "memoryview",
        "k": key,
        "m": not value.readonly,
        "v": to_base64(memoryview(value.obj).cast("B")),
        "start": start,
        "stop": stop,
        "step": step,
    }


def slice_of(view: memoryview) -> tuple[int, int, int]:
    """Which bytes of its underlying object a one-dimensional view of bytes shows."""
    if view.ndim != 1 or view.itemsize != 1 or view.strides is None or view.strides[0] < 1:
        raise AgentFailure("Only a forward, one-dimensional memoryview of bytes can travel.")
    whole = memoryview(view.obj).cast("B")
    step = view.strides[0]
    start = 0
    if len(view) and len(whole):
        start = address(view) - address(whole)
    return start, start + (len(view) - 1) * step + 1 if len(view) else start, step


def address(view: memoryview) -> int:
    """Where a view begins in memory: slices of one object differ in nothing else."""
    import ctypes

    buffer = (ctypes.c_ssize_t * 12)()  # struct Py_buffer: `buf` is its first member
    ctypes.pythonapi.PyObject_GetBuffer(
        ctypes.py_object(view),
        ctypes.byref(buffer),
        ctypes.c_int(0x18),  # PyBUF_STRIDES
    )
    try:
        return int(buffer[0])
    finally:
        ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))


def fill_buffer(buffer: bytearray | memoryview | array.array[Any], content: bytes) -> None:
    """Put what the agent's copy holds now into the host's buffer."""
    target = memoryview(buffer.obj if isinstance(buffer, memoryview) else buffer)
    target.cast("B")[:] = content


def without_content(value: Wire) -> Wire:
    """A file in an event is its name: the content is the catalogue's."""
    if isinstance(value, dict) and value["t"] in ("file", "folder"):
        return {"t": value["t"], "name": value["name"], "path": value["path"]}
    return value
