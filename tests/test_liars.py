"""Every liar is caught by a scenario of its topic, and an honest one by none of all.

Each test is one topic: the reference is asked its scenarios once, the honest one too, and each
liar until the first scenario that catches it.
"""

from __future__ import annotations

import datetime
import functools
import gc
import importlib.util
import inspect
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

import certs
from conformance.judging import judge_pair
from conformance.minted import names_of
from conformance.runner import Runner, Scenario
from conformance.verdict import ACCEPTED, Pair
from impls import registry
from impls.liars import HONEST, Liar, implementation, liars
from impls.registry import Implementation

SCENARIOS = Path(__file__).parent.parent / "conformance" / "scenarios"
LEAST = 80
"""Liars that there must be, whoever deletes one."""

TODAY = datetime.date(2020, 1, 1)
"""No known divergences are taken into account, so no date matters."""

ASKED_OF_PYTHON_2 = {"graft"}
"""Topics whose scenarios are for the backward axis alone, which no Python 3 is on."""


def topics() -> list[str]:
    folders = [entry.name for entry in SCENARIOS.iterdir() if list(entry.glob("test_*.py"))]
    return sorted(set(folders) - ASKED_OF_PYTHON_2)


def scenarios(topic: str, certificates: certs.Catalogue) -> Iterator[Scenario]:
    """The scenarios of a topic as pytest would collect them for the forward axis."""
    for file in sorted((SCENARIOS / topic).glob("test_*.py")):
        module = loaded(file)
        for name, function in vars(module).items():
            if name.startswith("test_") and isinstance(function, FunctionType):
                yield from expanded(f"{topic}/{file.name}::{name}", module, function, certificates)


def loaded(file: Path) -> ModuleType:
    name = f"asked_of_liars.{file.parent.name}.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expanded(
    name: str, module: ModuleType, function: FunctionType, certificates: certs.Catalogue
) -> Iterator[Scenario]:
    """A scenario function once for each combination of its parameters."""
    everywhere = getattr(module, "pytestmark", [])
    marks = [*(everywhere if isinstance(everywhere, list) else [everywhere])]
    marks = [getattr(mark, "mark", mark) for mark in marks]
    marks += getattr(function, "pytestmark", [])
    if any(mark.name == "axis" for mark in marks):
        return
    fixtures = {"ssl": None, "native": None, "certificates": certificates}
    choices = [choices_of(mark) for mark in marks if mark.name == "parametrize"]
    for number, chosen in enumerate(itertools.product(*choices)):
        arguments = dict(fixtures)
        for choice in chosen:
            arguments.update(choice)
        code = function.__code__
        wanted = code.co_varnames[: code.co_argcount]
        yield Scenario(f"{name}[{number}]", function, {each: arguments[each] for each in wanted})


def choices_of(mark: pytest.Mark) -> list[dict[str, Any]]:
    names, values = mark.args
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    rows = []
    for value in values:
        if isinstance(value, type(pytest.param())):
            value = value.values if len(names) > 1 else value.values[0]
        rows.append(value if len(names) > 1 else (value,))
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> certs.Catalogue:
    return certs.mint(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def reference() -> Implementation:
    _, selection = registry.assemble(fetch=False)
    return selection.reference


def catch(
    runner: Runner, asked: list[Scenario], liar: Liar, reference: Implementation
) -> Pair | None:
    """The first judgement that catches a liar."""
    asked_one = implementation(liar, reference)
    gc.collect()
    gc.freeze()  # what is there already is not looked at again for each scenario
    for scenario in likeliest_first(asked, liar):
        pair = judge_pair(
            runner, scenario.id, scenario, asked_one, reference, None, "forward", (), TODAY
        )
        assert pair.verdict not in ("ERROR", "MISSING"), f"{liar.name}: {scenario.id}: {pair.note}"
        if pair.verdict not in ACCEPTED:
            return pair
    return None


def likeliest_first(asked: list[Scenario], liar: Liar) -> list[Scenario]:
    """The scenarios that share many rare words with a liar before those that share few."""
    said = [words_of(scenario.function) for scenario in asked]
    count = Counter(word for each in said for word in each)
    told = words(" ".join(liar.set_up[1:]))

    def weight(position: int) -> float:
        return -sum(1 / count[word] for word in said[position] & told)

    return [asked[position] for position in sorted(range(len(asked)), key=weight)]


@functools.cache
def words_of(function: FunctionType) -> set[str]:
    return words(inspect.getsource(function))


def words(source: str) -> set[str]:
    """The names in a source, whole and in their parts."""
    names = set(re.findall(r"\w+", source))
    return names | {part for name in names for part in name.split("_")}


@pytest.mark.parametrize("topic", topics())
def test_liars_are_caught_and_the_honest_one_is_not(
    topic: str,
    certificates: certs.Catalogue,
    reference: Implementation,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runner = Runner(names_of(certificates))
    asked = list(scenarios(topic, certificates))
    wanted = [liar for liar in liars() if liar.topic == topic]
    try:
        wronged = catch(runner, asked, HONEST, reference)
        caught = {liar.name: catch(runner, asked, liar, reference) for liar in wanted}
    finally:
        runner.close()
        gc.unfreeze()
    survivors = [liar for liar in wanted if caught[liar.name] is None]
    score = f"{topic}: {len(wanted) - len(survivors)} of {len(wanted)} liars caught"
    with capsys.disabled():
        print(f"\n{score} by {len(asked)} scenarios")
    assert wronged is None, f"The honest one was caught: {wronged.story}"
    assert not survivors, score + "".join(f"\n{one.name} survives: {one.lie}" for one in survivors)
    assert wanted, f"There is no liar about {topic}."


def test_there_are_liars_about_every_topic_and_no_other() -> None:
    told = liars()
    assert {liar.topic for liar in told} == set(topics())
    assert len({liar.name for liar in told} | {HONEST.name}) == len(told) + 1 > LEAST
    assert len({liar.lie for liar in told}) == len(told)
