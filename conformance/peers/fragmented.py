"""Scenarios of other topics with their bytes arriving in pieces: an application sees the same.

TLS is a stream. Whether its bytes come at once, record by record or one at a time is the network's
business, and an application that calls the same methods must see the same outcomes. So every
implementation can be compared with itself: this oracle needs no second one.

`seen` runs a scenario in one of the `WAYS`. What its `peers` write into an incoming BIO is then
only on its way; a piece of it arrives whenever an operation wants to read (`Arrival` in the agent,
so that a byte costs no request).
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from conformance.peers.fixture import Peers
from conformance.peers.memory import Peer
from conformance.peers.parameters import combinations, marks_of

SCENARIOS = Path(__file__).parents[1] / "scenarios"

READERS = ("do_handshake", "read", "write", "unwrap")
"""Methods of an SSLObject that may take something from the incoming BIO."""

RANDOM = ("get_channel_binding",)
"""Methods whose value differs in every connection."""

Seen = list[tuple[str, str]]
"""What an application called, and the outcome of each call."""


WAYS = ("at once", "by record", "by byte")
"""How bytes arrive. The agent cuts them, so that a scenario knows no length that is random."""


def scenarios_in(files: Iterable[str]) -> dict[str, Callable[..., object]]:
    """The scenarios of these files, by name, without what is the implementation's to give.

    Of each only the last combination of its parameters: others differ in what bytes there are, not
    in how they arrive.
    """
    found: dict[str, Callable[..., object]] = {}
    for file in map(Path, files):
        module = loaded(SCENARIOS / file)
        for name, function in vars(module).items():
            if name.startswith("test_") and isinstance(function, FunctionType):
                *_, last = combinations(marks_of(module, function))
                named = inspect.signature(function).parameters
                given = {each: value for each, value in last.items() if each in named}
                key = ".".join(
                    [file.parent.name, *(n.removeprefix("test_") for n in (file.stem, name))]
                )
                found[key] = partial(function, **given)
    return found


def loaded(file: Path) -> ModuleType:
    """A file of scenarios as a module of its own, which pytest knows nothing of."""
    name = f"loaded_again.{file.parent.name}.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seen(scenario: Callable[..., object], way: str, peers: Peers, about: Any = None) -> Seen:
    """What the application of a scenario sees when its bytes arrive in that way.

    `about` is the fixture of that name, for a scenario that takes it. An assertion of the scenario
    that does not hold is the last thing seen.
    """
    found: Seen = []
    proxy = type(peers.ssl)

    def carried(peer: Peer) -> Peer:
        arrival = None
        if way != "at once":
            arrival = peers.native.arrival(peer.incoming, peer.errors.wants_read)
        application = Application(peer.tls, arrival, found, proxy)
        incoming = peer.incoming if arrival is None else Incoming(peer.incoming, arrival, way)
        return Peer(application, incoming, peer.outgoing, peer.errors)

    given = {
        "ssl": peers.ssl,
        "native": peers.native,
        "certificates": peers.certificates,
        "about": about,
        "peers": replace(peers, carrier=carried),
    }
    named = inspect.signature(scenario).parameters
    try:
        scenario(**{name: value for name, value in given.items() if name in named})
    except (AssertionError, pytest.fail.Exception, peers.ssl.SSLError, ValueError) as stopped:
        found.append(("stopped", type(stopped).__name__))
    return found


class Application:
    """An SSLObject that notes what its user sees."""

    def __init__(self, target: Any, arrival: Any, found: Seen, proxy: type[Any]) -> None:
        """``proxy`` is the class of what stands for objects of the implementation."""
        self.__dict__.update(_target=target, _handle=target._handle)
        self.__dict__.update(_arrival=arrival, _found=found, _proxy=proxy)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in READERS and self._arrival is not None:

            def method(*args: Any, **kwargs: Any) -> Any:
                return self._arrival.call(self._target, name, *args, **kwargs)
        else:
            method = getattr(self._target, name)
            if not callable(method) or isinstance(method, self._proxy):
                return method

        def noted(*args: Any, **kwargs: Any) -> Any:
            try:
                value = method(*args, **kwargs)
            except Exception as error:
                self._found.append((name, described(error)))
                raise
            self._found.append((name, "" if name in RANDOM else shown(value, self._proxy)))
            return value

        return noted

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._target, name, value)


class Incoming:
    """An incoming BIO to which what is written is only on its way."""

    def __init__(self, target: Any, arrival: Any, way: str) -> None:
        self._target = target
        self._handle = target._handle
        self._arrival = arrival
        self._way = way

    def write(self, data: bytes) -> int:
        self._arrival.send(data, self._way)
        return len(data)

    def write_eof(self) -> None:
        self._arrival.send_end()

    def __getattr__(self, name: str) -> Any:
        """A scenario that looks at the BIO itself sees all that was written."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._arrival.arrive_all()
        return getattr(self._target, name)


def described(error: Exception) -> str:
    """An exception, without what may vary with the place in the source where it was raised."""
    parts = [type(error).__name__]
    parts += [f"{name}={getattr(error, name, None)}" for name in ("errno", "reason", "verify_code")]
    return " ".join(parts)


def shown(value: Any, proxy: type[Any]) -> str:
    """A value as text; of an object of the implementation only the name of its class."""
    return str(value._handle.class_name) if isinstance(value, proxy) else repr(value)
