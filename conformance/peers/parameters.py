"""The parameters that many scenarios share, and what parameters amount to outside of pytest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import pytest

from conformance.peers.states import CONNECTION_STATES

both_versions = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
"""Run a scenario once for each version of TLS."""

both_sides = pytest.mark.parametrize("side", ["client", "server"])
"""Run a scenario once for each side of a connection."""

each_carrier = pytest.mark.parametrize("carrier", ["objects", "sockets"])
"""Run a scenario once over memory BIOs and once over sockets."""

each_state = pytest.mark.parametrize("state", CONNECTION_STATES)
"""Run a scenario once for each state of an SSLObject: see ``bring_into``."""


def marks_of(module: ModuleType, function: FunctionType) -> list[pytest.Mark]:
    """The marks of a scenario: those of its module, then its own."""
    everywhere = getattr(module, "pytestmark", [])
    marks = [*(everywhere if isinstance(everywhere, list) else [everywhere])]
    marks = [getattr(mark, "mark", mark) for mark in marks]
    return [*marks, *getattr(function, "pytestmark", [])]


def combinations(marks: list[pytest.Mark]) -> Iterator[dict[str, Any]]:
    """Every combination of the parameters that marks give, as arguments."""
    choices = [_choices(mark) for mark in marks if mark.name == "parametrize"]
    for chosen in itertools.product(*choices):
        yield {name: value for choice in chosen for name, value in choice.items()}


def _choices(mark: pytest.Mark) -> list[dict[str, Any]]:
    names, values = mark.args
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    rows = []
    for value in values:
        if isinstance(value, type(pytest.param())):
            value = value.values if len(names) > 1 else value.values[0]
        rows.append(value if len(names) > 1 else (value,))
    return [dict(zip(names, row, strict=True)) for row in rows]
