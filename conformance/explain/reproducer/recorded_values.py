"""What a script looks for inside recorded values: callbacks, objects, minted certificates."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from conformance.explain.reproducer.literals import literal_text
from conformance.transcript.model import (
    ExceptionValue,
    Items,
    Minted,
    NamedItems,
    Pairs,
    Value,
)
from impls.host import wire

OWN_PATH = re.compile(r"/conformance-[^/]+/new/[^/]+$")


def callbacks_in(value: wire.Value) -> Iterator[int]:
    """The numbers of the host's functions in a value on the wire."""
    for each in wire.values_in(value):
        if isinstance(each, wire.Callback):
            yield each.number


def objects_in(value: wire.Value, path: str) -> Iterator[tuple[wire.Value, str]]:
    """Everything with a handle in a value on the wire, and the expression that leads there."""
    if wire.handle_of(value) is not None:
        yield value, path
    elif isinstance(value, wire.Dictionary):
        for key, item in value.pairs:
            if isinstance(key, str):
                yield from objects_in(item, f"{path}[{literal_text(key)}]")
    elif isinstance(value, list) or (isinstance(value, wire.Collection) and value.kind == "tuple"):
        for index, item in enumerate(wire.parts_of(value)):
            yield from objects_in(item, f"{path}[{index}]")


def is_own_path(value: object) -> TypeGuard[str | bytes]:
    """Whether it is the path of a file that an agent made room for in its own folder."""
    return isinstance(value, str | bytes) and OWN_PATH.search(os.fsdecode(value)) is not None


def side_by_side(value: wire.Value, normal: Value) -> Iterator[tuple[wire.Value, Value]]:
    """Each object of a value on the wire with what the transcript has in its place."""
    if isinstance(value, list) and isinstance(normal, list):
        for one, other in zip(value, normal, strict=False):
            yield from side_by_side(one, other)
    elif wire.handle_of(value) is not None:
        yield value, normal
    elif isinstance(value, wire.Collection) and isinstance(normal, Items):
        yield from side_by_side(value.items, normal.items)


def minted_names(value: Any) -> Iterator[str]:
    """The names of certificates and serial numbers in a normalised value, or in parts of it."""
    if isinstance(value, Minted):
        yield value.name
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from minted_names(item)
    elif isinstance(value, ExceptionValue):
        yield from minted_names(list(value.fields.values()))
    elif isinstance(value, (Items, NamedItems)):
        yield from minted_names(value.items)
    elif isinstance(value, Pairs):
        yield from minted_names(value.pairs)
