"""What stands in a scenario for what is in the implementation: objects, members, values, probes.

Every attribute read, set or deleted on a proxy, and every call of one, is one request of the
conversation that it belongs to. None of these knows what a request is made of: see `session.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from impls.host.wire import Verb


class Conversation(Protocol):
    """What a proxy needs of its session."""

    released: list[int]
    preparing: bool
    """Handles that nothing here refers to any longer."""

    def request(
        self,
        verb: Verb,
        target: Handle | None,
        name: str | None,
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Any: ...


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


class Handle:
    """Keeps one object of the agent alive for as long as something here refers to it."""

    __slots__ = ("__weakref__", "class_name", "number", "session")

    def __init__(self, session: Conversation, number: int, class_name: str) -> None:
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

    It is read when it is itself an argument or when an attribute of it is used.
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


class Probes:
    """The probes of the agent by name, for what cannot be said through a proxy."""

    def __init__(self, session: Conversation) -> None:
        self._session = session

    @contextlib.contextmanager
    def _preparing(self) -> Iterator[None]:
        """Mark the operations inside as a fixture's own: they are no part of a claim."""
        self._session.preparing = True
        try:
            yield
        finally:
            self._session.preparing = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        session = self._session
        return lambda *args, **kwargs: session.request("probe", None, name, args, kwargs)
