"""Asks another implementation what one operation of a transcript asked, and no more.

"No more" is the slice of the events that the operation depends on: what made the objects it
touches, and everything done to those objects before, their being dropped and a garbage collection
included. So stock 2.7 can be asked about a context that some scenario set up, although it could
not run the rest of that scenario.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from impls.host.process import AgentLost
from impls.host.proxies import Handle
from impls.host.session import Session
from impls.host.wire import (
    Callback,
    CallbackRaised,
    Class,
    ClassDescription,
    Collection,
    Event,
    Reference,
    Value,
    handle_of,
    handles_in,
)

MAKES_CONNECTIONS = ("listening_socket", "socketpair")
"""The probes that do; what accept() and connecting_socket() make belongs to their listener."""


def handles_used(event: Event) -> set[int]:
    """The handles an event asks or passes on, the module's (0) left out."""
    used = {handle for value in event.inputs for handle in handles_in(value)}
    if event.target:
        used.add(event.target)
    return used - {0}


def slice_events(events: Sequence[Event], position: int) -> list[int]:
    """The positions of the events that the event at `position` depends on, itself the last."""
    needed = {position}
    connected = connected_handles(events[: position + 1])
    wanted = with_connected(handles_used(events[position]), connected)
    for index in range(position - 1, -1, -1):
        event = events[index]
        if event.verb == "callback" or event.parent is not None:
            continue
        made = set(handles_in(event.value))
        collects = event.verb == "probe" and event.name == "collect"
        if collects or made & wanted or (may_change(event) & wanted):
            needed.add(index)
            wanted = with_connected(wanted | handles_used(event), connected)
    return sorted(needed)


def connected_handles(events: Sequence[Event]) -> list[set[int]]:
    """For each pair of sockets, or one that listens, its ends and all that was made from them.

    What happens to one end of a connection shows at the other, though no event names both.
    """
    connections: list[set[int]] = []
    for event in events:
        made = set(handles_in(event.value))
        if event.verb == "probe" and event.name in MAKES_CONNECTIONS:
            connections.append(made)
        for connection in connections:
            if connection & handles_used(event):
                connection |= made
    return connections


def with_connected(handles: set[int], connections: Sequence[set[int]]) -> set[int]:
    """The handles, and those of every connection that one of them belongs to."""
    return handles.union(*(connection for connection in connections if connection & handles))


def may_change(event: Event) -> set[int]:
    """The objects an event may have changed: its target, and what a probe was handed."""
    if event.verb == "get":
        return set()
    return handles_used(event) if event.verb == "probe" else {event.target or 0} - {0}


def replay(
    session: Session,
    events: Sequence[Event],
    classes: Mapping[int, ClassDescription],
    position: int,
) -> bool:
    """Ask in `session` what the event at `position` asked; tell whether it could be asked.

    `classes` are those that the events speak of. The last event of the session is then the answer.
    """
    return _Replay(session, events, classes).play(slice_events(events, position))


class _Replay:
    """Sends recorded events to another agent, with its own handles in place of the recorded."""

    def __init__(
        self, session: Session, events: Sequence[Event], classes: Mapping[int, ClassDescription]
    ) -> None:
        self._session = session
        self._events = events
        self._classes = classes
        self._objects: dict[int, Any] = {0: session.module}
        self._dropped = 0
        """How many events have had what they dropped forgotten."""

    def play(self, positions: Sequence[int]) -> bool:
        """Send the events at these positions; False where the last cannot be asked.

        What the other one has no name for is left out, and so is what needs its result: it cannot
        have changed anything there.
        """
        for position in positions[:-1]:
            event = self._events[position]
            self._drop(position)
            if handles_used(event) - set(self._objects):
                continue
            try:  # no variable of its own for the result: it would keep what is to be dropped
                self._note(event.value, self._send(event))
            except AgentLost:
                return False
            except AttributeError:
                continue
            except Exception:  # whatever else the implementation raises
                if event.error is None:
                    return False
        self._drop(positions[-1])
        return self._ask(self._events[positions[-1]])

    def _drop(self, position: int) -> None:
        """Forget what the scenario had dropped before the event at a position."""
        for event in self._events[self._dropped : position + 1]:
            for handle in event.freed:
                self._objects.pop(handle, None)
        self._dropped = position + 1

    def _ask(self, event: Event) -> bool:
        """Send the event in question; whatever comes of it is the answer."""
        if handles_used(event) - set(self._objects):
            return False
        try:
            self._send(event)
        except AgentLost:
            return False
        except Exception:  # whatever the implementation raises
            asked = [one for one in self._session.events if one.parent is None]
            return bool(asked) and asked[-1].name == event.name
        return True

    def _send(self, event: Event) -> Any:
        handle = None
        if event.target is not None:
            handle = self._handle(self._objects[event.target])
        arguments = tuple(self._argument(value) for value in event.arguments)
        keywords = {name: self._argument(value) for name, value in event.keywords.items()}
        return self._session.request(event.verb, handle, event.name, arguments, keywords)

    @staticmethod
    def _handle(thing: Any) -> Handle:
        handle: Handle = thing._handle
        return handle

    def _argument(self, value: Value) -> Any:
        if isinstance(value, Reference):
            return self._objects[value.handle]
        if isinstance(value, Class):  # an exception's: it has no handle
            return getattr(self._session.module, self._classes[value.class_number].name)
        if isinstance(value, Callback):
            return self._function(value.number)
        if isinstance(value, list):
            return [self._argument(item) for item in value]
        if isinstance(value, Collection) and value.kind == "tuple":
            return tuple(self._argument(item) for item in value.items)
        return self._session.recorded(value)

    def _function(self, number: int) -> Callable[..., Any]:
        """A function that answers as the scenario's own was recorded to."""
        calls = iter([event for event in self._events if event.function == number])

        def recorded(*args: object, **kwargs: object) -> Any:
            event = next(calls, None)
            if event is not None and isinstance(event.outcome, CallbackRaised):
                raise getattr(builtins, event.outcome.exception, RuntimeError)
            return None if event is None else self._argument(event.value)

        return recorded

    def _note(self, recorded: Value, result: Any) -> None:
        """Remember which object of this agent stands for a recorded handle."""
        handle = handle_of(recorded)
        if handle is not None:
            self._objects[handle] = result
        elif (
            isinstance(recorded, Collection)
            and recorded.kind == "tuple"
            and isinstance(result, tuple)
        ):
            for one, other in zip(recorded.items, result, strict=False):
                self._note(one, other)
