"""Agents and implementations for the tests of single parts."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from impls.host import interpreters
from impls.host.declarations import Implementation
from impls.host.interpreters import Interpreter


@functools.cache
def found() -> tuple[Interpreter, ...]:
    """Every interpreter of this machine."""
    return interpreters.find()


def interpreter(version: str) -> Interpreter:
    """A CPython of this minor version, or the newest 3 for "3"; without one the test is skipped."""
    fitting = [
        each
        for each in found()
        if each.implementation == "cpython"
        and (each.minor == version or version == "3" and each.version_info[0] == 3)
    ]
    if not fitting:
        pytest.skip(f"no CPython {version} on this machine")
    return fitting[-1]


def implementation(
    name: str = "mine",
    python: Interpreter | None = None,
    *,
    role: str = "candidate",
    argv: tuple[str, ...] = ("/nonexistent",),
    **more: Any,
) -> Implementation:
    """An implementation as the registry would have made it."""
    keys: dict[str, Any] = {
        "describe": f"What {name} is",
        "shell_quoted": False,
        "module": "ssl",
        "set_up": (),
        "path": (),
        "environment": (),
        "backward_reference": None,
        "operation_timeout": 20.0,
        "unsupported": (),
        "build": None,
        "file": Path("/nonexistent.toml"),
        **more,
    }
    if python is not None:
        argv = (str(python.executable),)
    return Implementation(id=name, role=role, argv=argv, interpreter=python, **keys)
