"""Which events an operation depends on, so that another implementation can be asked it."""

from __future__ import annotations

from pathlib import Path

from conformance.run.replay import replay, slice_events
from impls.host.session import RemoteAgent, Session
from impls.host.wire import Collection, Event, Object, Reference, Returned, Value
from tests.support.agents import implementation, interpreter


def made(handle: int) -> Object:
    return Object(handle, 0)


def called(target: int, name: str, *arguments: Value, value: Value = None) -> Event:
    return Event("call", target, name, list(arguments), {}, Returned(value))


def probed(name: str, *arguments: Value, value: Value = None) -> Event:
    return Event("probe", None, name, list(arguments), {}, Returned(value))


def pair_of_sockets(one: int, other: int) -> Event:
    return probed("socketpair", value=Collection("tuple", [made(one), made(other)]))


def test_what_is_done_to_the_other_end_of_a_connection_counts() -> None:
    events = [
        called(0, "SSLContext", value=made(1)),
        pair_of_sockets(2, 3),
        called(1, "wrap_socket", Reference(2), value=made(4)),
        called(1, "wrap_socket", Reference(3), value=made(5)),
        called(5, "send", "hello", value=5),
        called(4, "recv", 5),
    ]
    assert slice_events(events, 5) == [0, 1, 2, 3, 4, 5]


def test_what_is_done_to_another_connection_does_not() -> None:
    events = [
        pair_of_sockets(1, 2),
        pair_of_sockets(3, 4),
        called(1, "send", "hello", value=5),
        called(3, "send", "hello", value=5),
        called(4, "recv", 5),
    ]
    assert slice_events(events, 4) == [1, 3, 4]


def test_what_connects_to_a_socket_that_listens_belongs_to_it() -> None:
    events = [
        probed("listening_socket", value=made(1)),
        probed("connecting_socket", Reference(1), value=made(2)),
        called(1, "accept", value=Collection("tuple", [made(3), "address"])),
        called(2, "send", "hello", value=5),
        called(3, "recv", 5),
    ]
    assert slice_events(events, 4) == [0, 1, 2, 3, 4]


def test_what_has_no_connection_depends_on_what_made_it() -> None:
    events = [
        called(0, "MemoryBIO", value=made(1)),
        called(0, "MemoryBIO", value=made(2)),
        called(1, "write", "x", value=1),
        called(2, "read"),
    ]
    assert slice_events(events, 3) == [1, 3]


def test_what_collects_garbage_counts() -> None:
    events = [
        called(0, "SSLContext", value=made(1)),
        probed("weak_reference", Reference(1), value=made(2)),
        probed("collect"),
        called(2, "__call__"),
    ]
    assert slice_events(events, 3) == [0, 1, 2, 3]


def test_what_was_dropped_is_dropped_again() -> None:
    """Else an object that a graft keeps alive would be as alive wherever it is asked about."""
    support = Path(__file__).parents[1] / "support"
    running = RemoteAgent(
        implementation(python=interpreter("3"), module="module_under_test", path=(str(support),))
    )
    recorded = Session(running)
    thing = recorded.module.Thing()
    thing.itself = thing
    reference = recorded.native.weak_reference(thing)
    assert reference() is thing
    del thing
    recorded.native.collect()
    assert reference() is None
    recorded.end()
    events, again = recorded.events, Session(running)
    assert replay(again, events, running.classes, len(events) - 1)
    assert again.events[-1].outcome == Returned(None)
    again.end()
    running.close()
