"""The same scenario with its bytes arriving in other portions: it must not change what is seen.

TLS is a stream. Whether its bytes come at once, record by record or one at a time is the network's
business, and an application that calls the same methods must see the same outcomes. So every
implementation can be compared with itself: this oracle needs no second one.

`seen` runs a scenario of another topic in one of the `WAYS`. What the helpers of peers.py write
into an incoming BIO is then only on its way; a piece of it arrives whenever an operation wants to
read (`Arrival` in impls/agent.py, so that a byte costs no request).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.peers import memory as peers
from conformance.run.runner import Scenario
from conformance.transcript.tls_records import CONTENT_TYPES, HEADER
from impls.host.proxies import RemoteObject

LARGE = 4096
"""Bytes; what is longer arrives byte by byte only around the borders of its records."""

BORDER = HEADER + 3
"""Bytes at the beginning of a record that arrive one by one in what is large."""

READERS = ("do_handshake", "read", "write", "unwrap")
"""Methods of an SSLObject that may take something from the incoming BIO."""

RANDOM = ("get_channel_binding",)
"""Methods whose value is another one in every connection."""

Seen = list[tuple[str, str]]
"""What an application did, and what came of it."""


def records(data: bytes) -> list[int]:
    """The lengths of the records in a flight; what is none is one piece."""
    lengths = []
    while len(data) > HEADER and data[0] in CONTENT_TYPES:
        lengths.append(min(len(data), HEADER + int.from_bytes(data[3:HEADER], "big")))
        data = data[lengths[-1] :]
    return lengths + [len(data)] * bool(data)


def single_bytes(data: bytes) -> list[int]:
    """One byte at a time, in a large flight only around the borders of records."""
    if len(data) <= LARGE:
        return [1] * len(data)
    pieces: list[int] = []
    for length in records(data):
        border = min(length, BORDER)
        pieces += [1] * border
        if length > border + 1:
            pieces.append(length - border - 1)
        if length > border:
            pieces.append(1)
    return pieces


WAYS: Mapping[str, Callable[[bytes], list[int]] | None] = {
    "at once": None,
    "by record": records,
    "by byte": single_bytes,
}
"""By name, how a flight is cut into pieces; None where it is not."""


def seen(scenario: Scenario, way: str, ssl: Any, native: Any, certificates: Any) -> Seen:
    """What the application of a scenario sees when its bytes arrive in that way.

    An assertion of the scenario that does not hold is the last thing seen.
    """
    found: Seen = []
    cut = WAYS[way]

    def carried(peer: peers.Peer) -> peers.Peer:
        arrival = None if cut is None else native.arrival(peer.incoming, peer.errors.wants_read)
        application = Application(peer.object, arrival, found)
        incoming = peer.incoming if cut is None else Incoming(peer.incoming, arrival, cut)
        return peers.Peer(application, incoming, peer.outgoing, peer.errors)

    given = {"ssl": ssl, "native": native, "certificates": certificates}
    arguments = {name: given.get(name, value) for name, value in scenario.arguments.items()}
    with peers.carried_by(carried):
        try:
            scenario.function(**arguments)
        except (AssertionError, pytest.fail.Exception, ssl.SSLError, ValueError) as stopped:
            found.append(("stopped", type(stopped).__name__))
    return found


class Application:
    """An SSLObject that notes what its user sees."""

    def __init__(self, target: Any, arrival: Any, found: Seen) -> None:
        self.__dict__.update(_target=target, _handle=target._handle)
        self.__dict__.update(_arrival=arrival, _found=found)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in READERS and self._arrival is not None:

            def method(*args: Any, **kwargs: Any) -> Any:
                return self._arrival.call(self._target, name, *args, **kwargs)
        else:
            method = getattr(self._target, name)
            if not callable(method) or isinstance(method, RemoteObject):
                return method

        def noted(*args: Any, **kwargs: Any) -> Any:
            try:
                value = method(*args, **kwargs)
            except Exception as error:
                self._found.append((name, described(error)))
                raise
            self._found.append((name, shown(value) if name not in RANDOM else ""))
            return value

        return noted

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._target, name, value)


class Incoming:
    """An incoming BIO to which what is written is only on its way."""

    def __init__(self, target: Any, arrival: Any, cut: Callable[[bytes], list[int]]) -> None:
        self._target = target
        self._handle = target._handle
        self._arrival = arrival
        self._cut = cut

    def write(self, data: bytes) -> int:
        lengths = self._cut(data)
        self._arrival.send(data, 1 if set(lengths) == {1} else lengths)
        return len(data)

    def write_eof(self) -> None:
        self._arrival.send_end()

    def __getattr__(self, name: str) -> Any:
        """Whoever looks at the BIO itself sees all that was written."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._arrival.arrive_all()
        return getattr(self._target, name)


def described(error: Exception) -> str:
    """An exception, without what may vary with the place in the source where it was raised."""
    told = [type(error).__name__]
    told += [f"{name}={getattr(error, name, None)}" for name in ("errno", "reason", "verify_code")]
    return " ".join(told)


def shown(value: Any) -> str:
    """A value; of an object of the implementation only what it is one of."""
    if isinstance(value, RemoteObject):
        return str(value._handle.class_name)
    return repr(value)
