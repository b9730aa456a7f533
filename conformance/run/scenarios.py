"""The scenarios as objects, for those who ask them outside of a run of pytest."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import certs
from conformance.peers import UnboundPeers
from conformance.peers.parameters import combinations, marks_of
from conformance.run.ids import INTEROP
from conformance.run.plan import Axis
from conformance.run.runner import Scenario
from impls.host.declarations import Implementation
from impls.host.session import RemoteAgent
from impls.host.versions import About

SCENARIOS = Path(__file__).parents[1] / "scenarios"

LOADS_OTHERS = "scenarios_in("
"""What a file of scenarios has that runs those of other files."""

SPREAD = 4
"""How many other scenarios come before a likely one with its next combination of parameters."""


def topics() -> list[str]:
    """The folders that hold scenarios for one implementation at a time."""
    found = [entry.name for entry in SCENARIOS.iterdir() if list(entry.glob("test_*.py"))]
    return sorted(name for name in found if name != INTEROP)


def about_of(reference: Implementation) -> About:
    """What scenarios make their claims about on a reference. Raises AgentStartError."""
    agent = RemoteAgent(reference)
    try:
        return About.of(agent.hello.python, agent.hello.openssl, agent.hello.default_suites)
    finally:
        agent.close()


def scenarios(
    topic: str, certificates: certs.Catalogue, about: About, axis: Axis = "forward"
) -> Iterator[Scenario]:
    """The scenarios of a topic that pytest would collect for this axis, and for no other.

    `about` is that of the axis's reference, see `about_of`.
    """
    fixtures = {
        "ssl": None,
        "native": None,
        "certificates": certificates,
        "peers": UnboundPeers(certificates),
        "about": about,
    }
    for file in sorted((SCENARIOS / topic).glob("test_*.py")):
        module = loaded(file)
        for name, function in vars(module).items():
            if name.startswith("test_") and isinstance(function, FunctionType):
                found = f"{topic}/{file.name}::{name}"
                yield from expanded(found, module, function, fixtures, axis)


def loaded(file: Path) -> ModuleType:
    name = f"asked_elsewhere.{file.parent.name}.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expanded(
    name: str,
    module: ModuleType,
    function: FunctionType,
    fixtures: Mapping[str, object],
    axis: Axis,
) -> Iterator[Scenario]:
    """A scenario function once for each combination of its parameters."""
    marks = marks_of(module, function)
    axes = [mark.args[0] for mark in marks if mark.name == "axis"] or ["forward"]
    if axis not in axes:
        return
    for number, chosen in enumerate(combinations(marks)):
        arguments: dict[str, Any] = {**fixtures, **chosen}
        code = function.__code__
        wanted = code.co_varnames[: code.co_argcount]
        yield Scenario(f"{name}[{number}]", function, {each: arguments[each] for each in wanted})


def likeliest_first(asked: Sequence[Scenario], source: str) -> list[Scenario]:
    """The scenarios that share many rare words with a source before those that share few.

    A scenario that has many words is weighed less, and its further combinations of parameters come
    later than its first, among others.
    """
    said = [words_of(one.function) | words_of_parameters(one) for one in asked]
    count = Counter(word for each in said for word in each)
    told = words(source)
    rarity = {word: math.log(len(asked) / count[word]) ** 2 for word in told if word in count}

    def weight(position: int) -> float:
        shared = sum(rarity[word] for word in said[position] & told)
        return -shared / math.sqrt(len(said[position]))

    place: dict[object, int] = {}
    seen: Counter[object] = Counter()
    order: list[tuple[int, int]] = []
    for position in sorted(range(len(asked)), key=weight):
        function = asked[position].function
        first = place.setdefault(function, len(place))
        order.append((first + SPREAD * seen[function], position))
        seen[function] += 1
    return [asked[position] for _, position in sorted(order)]


@functools.cache
def words_of(function: FunctionType) -> set[str]:
    return words(inspect.getsource(function))


def words_of_parameters(scenario: Scenario) -> set[str]:
    """The names in those parameters that are text, such as a state."""
    told = (value for value in scenario.arguments.values() if isinstance(value, str))
    return words(" ".join(told))


def words(source: str) -> set[str]:
    """The names in a source, whole and in their parts."""
    names = set(re.findall(r"\w+", source))
    return names | {part for name in names for part in name.split("_")}
