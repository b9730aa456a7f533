"""Temporary: events with the dictionaries that travelled, for readers not converted yet."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from impls.host import wire
from impls.host.wire import Event

UntypedEvent: TypeAlias = Any
make_event: Any = Event


def untyped(event: Event) -> Any:
    """The event with its values and its outcome as they were in JSON."""
    if isinstance(event.outcome, dict):
        return event
    return replace(
        event,
        arguments=[json_of(value) for value in event.arguments],
        keywords={name: json_of(value) for name, value in event.keywords.items()},
        outcome=_outcome(event.outcome),
    )


def _outcome(outcome: wire.Outcome | None) -> Any:
    if outcome is None:
        return {}
    if isinstance(outcome, wire.AgentGone):
        return {"lost": outcome.lost}
    if isinstance(outcome, wire.CallbackRaised):
        return {"raised": outcome.exception}
    found: dict[str, Any] = {}
    if isinstance(outcome, wire.Returned):
        found["value"] = json_of(outcome.value)
    else:
        found["error"] = _error(outcome.error)
    if outcome.warnings:
        found["warnings"] = [list(warning) for warning in outcome.warnings]
    if outcome.mutated:
        found["mutated"] = {
            str(key): wire.to_base64(content) for key, content in outcome.mutated.items()
        }
    return found


def _error(error: wire.Error) -> Any:
    return {
        "c": error.class_number,
        "args": [json_of(value) for value in error.arguments],
        "str": error.text,
        "attributes": {name: json_of(value) for name, value in error.attributes.items()},
    }


def json_of(value: Any) -> Any:
    if isinstance(value, list):
        return [json_of(item) for item in value]
    if isinstance(value, wire.UnicodeText):
        return {"t": "unicode", "v": value.text}
    if isinstance(value, wire.LongInteger):
        return {"t": "long", "v": value.number}
    if isinstance(value, wire.ByteString) and value.kind == "array":
        content = base64.b64encode(value.content).decode()
        return {"t": "array", "c": value.typecode, "v": content}
    if isinstance(value, wire.Collection):
        return {"t": value.kind, "v": json_of(value.items)}
    if isinstance(value, wire.Dictionary):
        return {"t": "dict", "v": [[json_of(key), json_of(item)] for key, item in value.pairs]}
    if isinstance(value, wire.Object):
        return {"t": "object", "h": value.handle, "c": value.class_number}
    if isinstance(value, wire.Class):
        found = {"t": "class", "c": value.class_number}
        return found if value.handle is None else {**found, "h": value.handle}
    if isinstance(value, wire.Function):
        return {"t": "function", "h": value.handle, "n": value.name}
    if isinstance(value, wire.Enumeration):
        return {
            "t": "enum",
            "c": value.class_number,
            "h": value.handle,
            "n": json_of(value.name),
            "v": json_of(value.value),
        }
    if isinstance(value, wire.NamedCollection):
        return {
            "t": "namedtuple",
            "c": value.class_number,
            "h": value.handle,
            "f": list(value.fields),
            "v": json_of(value.items),
        }
    if isinstance(value, wire.Error):
        return {"t": "exception", "e": _error(value)}
    return value.to_json() if hasattr(value, "to_json") else value


def handles_in(value: Any) -> Iterator[int]:
    """All handles in a dictionary of old."""
    if isinstance(value, list):
        for item in value:
            yield from handles_in(item)
    elif isinstance(value, dict):
        if "h" in value:
            yield value["h"]
        for key in ("v", "fields"):
            if isinstance(value.get(key), list):
                yield from handles_in(value[key])


def handles_used(event: Any) -> set[int]:
    """The handles an event of old asks or passes on, the module's (0) left out."""
    used = {handle for value in event.arguments for handle in handles_in(value)}
    used |= {handle for value in event.keywords.values() for handle in handles_in(value)}
    if event.target:
        used.add(event.target)
    return used - {0}
