"""Temporary: events of impls/host/remote.py with the types of impls/host/wire.py."""

from __future__ import annotations

import base64
from typing import Any

from impls.host import wire
from impls.host.wire import Event


def typed(event: Any) -> Event:
    """The event with typed values and a typed outcome."""
    return Event(
        event.verb,
        event.target,
        event.name,
        [value_of(value) for value in event.arguments],
        {name: value_of(value) for name, value in event.keywords.items()},
        outcome_of(event.outcome) if isinstance(event.outcome, dict) else event.outcome,
        event.parent,
        event.function,
        event.freed,
    )


def outcome_of(outcome: Any) -> wire.Outcome | None:
    if "lost" in outcome:
        return wire.AgentGone(outcome["lost"])
    if "raised" in outcome:
        return wire.CallbackRaised(outcome["raised"])
    warnings = tuple((category, text) for category, text in outcome.get("warnings", ()))
    mutated = {int(key): base64.b64decode(v) for key, v in outcome.get("mutated", {}).items()}
    if "error" in outcome:
        return wire.Raised(wire.read_error(outcome["error"]), warnings, mutated)
    if "value" in outcome:
        return wire.Returned(value_of(outcome["value"]), warnings, mutated)
    return None


def value_of(value: Any) -> Any:
    if isinstance(value, list):
        return [value_of(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value["t"]
    if kind == "handle":
        return wire.Reference(value["h"])
    if kind in ("file", "folder"):
        return wire.File(kind, value["name"], value["path"])
    if "k" in value:
        part = (value["start"], value["stop"], value["step"]) if "start" in value else None
        content = base64.b64decode(value["v"])
        return wire.Buffer(kind, content, value["k"], value["m"], value.get("c", ""), part)
    if kind in ("tuple", "set", "frozenset"):
        return wire.Collection(kind, [value_of(item) for item in value["v"]])
    if kind == "dict":
        return wire.Dictionary([(value_of(key), value_of(item)) for key, item in value["v"]])
    return wire.read_value(value)
