"""Implementations that are wrong in exactly one small way: the suite's own test.

A liar is a function in the file of the topic that must catch it. It is given the newest Python's
`ssl`, right after import, and changes one thing; the first line of its docstring is the lie. Its
source travels to the agent in `set_up`, after that of tools.py, so a liar needs nothing installed.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Liar:
    """One lie, and where it must be found out."""

    name: str
    topic: str
    """The folder of the scenarios that must catch it."""
    lie: str
    """What is wrong, in one sentence."""
    set_up: tuple[str, ...]
    """What makes an honest `ssl` tell it."""
    file: Path


TRUE_SINCE = {"missing_name_is_an_error": ("3.14.8",)}
"""What later Pythons do themselves: by the name of the liar, the releases since which it is true,
as `About.has()` takes them."""

HONEST = Liar(
    "honest",
    "",
    "Everything that liars are made with is in place, and nothing is wrong.",
    ((FOLDER / "tools.py").read_text("utf-8"), "all_honest()"),
    FOLDER / "tools.py",
)
"""Nobody may catch this one: whatever catches a liar catches its lie, not how it is told."""


def liars() -> list[Liar]:
    """Every liar, by topic and in the order of its file."""
    found = []
    for file in sorted(FOLDER.glob("*.py")):
        if file.stem in ("__init__", "tools"):
            continue
        module = importlib.import_module(f"{__name__}.{file.stem}")
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                found.append(_liar(name, file, function))
    return found


def _liar(name: str, file: Path, function: FunctionType) -> Liar:
    lie = inspect.getdoc(function)
    assert lie, f"{file.name}: {name} does not say what its lie is"
    set_up = (HONEST.set_up[0], inspect.getsource(function), f"{name}(ssl)")
    return Liar(name, file.stem, lie.splitlines()[0], set_up, file)
