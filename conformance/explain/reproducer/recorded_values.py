"""What a script looks for inside recorded values: callbacks, objects, minted certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.explain.reproducer.literals import literal_text
from conformance.transcript.model import Value
from impls.host.remote import Wire


def callbacks_in(value: Wire) -> Iterator[int]:
    """The numbers of the host's functions in a value on the wire."""
    if isinstance(value, list):
        for item in value:
            yield from callbacks_in(item)
    elif isinstance(value, dict):
        if value.get("t") == "callback":
            yield value["id"]
        if isinstance(value.get("v"), list):
            yield from callbacks_in(value["v"])


def objects_in(value: Wire, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Everything with a handle in a value on the wire, and the expression that leads there."""
    if isinstance(value, dict) and "h" in value:
        yield value, path
    elif isinstance(value, dict) and value.get("t") == "dict":
        for key, item in value["v"]:
            if isinstance(key, str):
                yield from objects_in(item, f"{path}[{literal_text(key)}]")
    elif isinstance(value, list) or (isinstance(value, dict) and value.get("t") == "tuple"):
        for index, item in enumerate(value if isinstance(value, list) else value["v"]):
            yield from objects_in(item, f"{path}[{index}]")


def side_by_side(value: Wire, normal: Value) -> Iterator[tuple[dict[str, Any], Value]]:
    """Each object of a value on the wire with what the transcript has in its place."""
    if isinstance(value, list) and isinstance(normal, list):
        for one, other in zip(value, normal, strict=False):
            yield from side_by_side(one, other)
    elif isinstance(value, dict) and "h" in value:
        yield value, normal
    elif isinstance(value, dict) and isinstance(normal, dict) and value.get("t") == "tuple":
        yield from side_by_side(value["v"], normal["v"])


def minted_labels(value: Value) -> Iterator[str]:
    """The names of certificates and serial numbers in a normalised value."""
    if isinstance(value, list):
        for item in value:
            yield from minted_labels(item)
    elif isinstance(value, dict):
        if value.get("t") == "minted":
            yield value["label"]
        for key in ("v", "fields"):
            inner = value.get(key)
            yield from minted_labels(list(inner.values()) if isinstance(inner, dict) else inner)
