"""How the project is built: imports run down, modules and functions stay small.

A room is a package of conformance, impls or tests, or certs. ROOMS has them from the top down with
what each may import.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PROJECT = ("certs", "conformance", "impls", "tests")

HOST = ("impls.host", "certs")
BELOW_RUN = ("conformance.transcript", "conformance.coverage", "conformance.peers", *HOST)
BELOW_JUDGE = ("conformance.run", *BELOW_RUN)
BELOW_EXPLAIN = ("conformance.judge", *BELOW_JUDGE)
BELOW_REPORT = ("conformance.explain", *BELOW_EXPLAIN)
BELOW_PLUGIN = ("conformance.report", *BELOW_REPORT)
BELOW_TESTS = ("conformance.__main__", "conformance.plugin", *BELOW_PLUGIN, "impls.liars")

ROOMS: Mapping[str, tuple[str, ...]] = {
    "tests.unit": ("tests.support", "tests.audits", *BELOW_TESTS),
    "tests.end_to_end": ("tests.support", *BELOW_TESTS),
    "tests.conftest": ("tests.support", *BELOW_TESTS),
    "tests.audits": ("tests.support", *BELOW_TESTS),
    "tests.support": BELOW_TESTS,
    "conformance.__main__": BELOW_PLUGIN,
    "conformance.plugin": BELOW_PLUGIN,
    "conformance.report": BELOW_REPORT,
    "conformance.explain": BELOW_EXPLAIN,
    "conformance.judge": BELOW_JUDGE,
    "conformance.run": BELOW_RUN,
    "conformance.transcript": HOST,
    "conformance.coverage": HOST,
    "conformance.scenarios": ("conformance.peers",),
    "conformance.peers": ("conformance.coverage.states",),
    "certs": (),
    "impls.host": (),
    # What runs inside an implementation, and what only lies there to be found.
    "impls.agent": (),
    "impls.backport": (),
    "impls.liars": (),
    # A package that only holds rooms.
    "conformance": (),
    "impls": (),
    "tests": (),
    "conftest": (),
}
"""What each room may import besides itself: rooms, or single modules of them."""

ALONE = ("impls.agent", "impls.backport")
"""Rooms of which each module is alone: it travels, or is installed, without the others."""

LINES = 700
LONGER = {
    "impls/backport/_tls_bootstrap.py": "It mirrors ssl.py, and is installed as one file.",
    "tests/audits/backport/reconfigure_in_python27.py": "One program; each situation is alone.",
    "tests/unit/switched_on_in_python27.py": "One program; each case is alone.",
}
"""Modules that may have more than LINES, and why."""

PARAMETERS = 7
CONFTEST_LINES = 20


@dataclass(frozen=True)
class Module:
    """One file of Python, as far as its imports go."""

    name: str
    imports: frozenset[str]
    """Modules of the project that it imports, anywhere in it."""


def read(name: str, text: str, known: frozenset[str], is_package: bool = False) -> Module:
    """A module by its source; `known` are the names of all modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = name if is_package else name.rpartition(".")[0]
                parts = package.split(".")
                parts = parts[: len(parts) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return Module(name, frozenset(one for one in found if one.split(".")[0] in PROJECT))


def room_of(name: str) -> str:
    """The room of a module: the longest name of ROOMS that it begins with."""
    fitting = [room for room in ROOMS if is_in(name, room)]
    return max(fitting, key=len, default=name)


def is_in(name: str, place: str) -> bool:
    """Whether a module is this one or below it."""
    return f"{name}.".startswith(f"{place}.")


def upward(modules: Mapping[str, Module]) -> list[str]:
    """Sentences about the imports that ROOMS does not allow."""
    wrong = []
    for module in modules.values():
        room = room_of(module.name)
        for other in sorted(module.imports):
            own = room_of(other) == room and room not in ALONE
            if not own and not any(is_in(other, allowed) for allowed in ROOMS[room]):
                wrong.append(f"{module.name} imports {other}, and {room} must not.")
    return wrong


def circles(modules: Mapping[str, Module]) -> list[list[str]]:
    """Modules that import each other, directly or through others."""
    reached: dict[str, set[str]] = {}
    for name in modules:
        reached[name], waiting = set(), [name]
        while waiting:
            for other in modules[waiting.pop()].imports & modules.keys() - reached[name]:
                reached[name].add(other)
                waiting.append(other)
    found: dict[str, list[str]] = {}
    for name in sorted(modules):
        circle = [other for other in sorted(reached[name]) if name in reached[other]]
        if circle:
            found.setdefault(" ".join(circle), circle)
    return list(found.values())


def too_many_parameters(text: str) -> Iterator[str]:
    """The functions of a source with more than PARAMETERS, `self` and `cls` apart."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            given = node.args
            names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            names += [one.arg for one in (given.vararg, given.kwarg) if one is not None]
            names = names[1:] if names[:1] in (["self"], ["cls"]) else names
            if len(names) > PARAMETERS:
                yield f"{getattr(node, 'name', 'lambda')}() has {len(names)} parameters"


@functools.cache
def files() -> dict[str, Path]:
    """Every file of Python in the project, by the name of its module."""
    paths = [TOP / "conftest.py"]
    for folder in PROJECT:
        paths += sorted((TOP / folder).rglob("*.py"))
    return {
        ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


@functools.cache
def project() -> dict[str, Module]:
    """Every module of the project."""
    known = frozenset(files())
    return {
        name: read(name, path.read_text("utf-8"), known, path.name == "__init__.py")
        for name, path in files().items()
    }


# The project


def test_every_module_is_in_a_room() -> None:
    assert {name for name in project() if room_of(name) not in ROOMS} == set()
    halls = {name for name in project() if room_of(name) in ("conformance", "impls", "tests")}
    assert halls == {"conformance", "impls", "tests"}, "a module beside the rooms"


def test_imports_run_down() -> None:
    assert upward(project()) == []


def test_no_circle() -> None:
    assert circles(project()) == []


def test_modules_are_short() -> None:
    lines = {
        path.relative_to(TOP).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in files().values()
    }
    assert {name: count for name, count in lines.items() if count > LINES}.keys() == LONGER.keys()
    assert lines["conftest.py"] < CONFTEST_LINES


def test_functions_have_few_parameters() -> None:
    wrong = [
        f"{path.relative_to(TOP)}: {told}"
        for path in files().values()
        for told in too_many_parameters(path.read_text("utf-8"))
    ]
    assert wrong == []


# What finds that out

KNOWN = frozenset(
    {"conformance.run", "conformance.run.plan", "conformance.judge", "conformance.judge.judge"}
)


@pytest.mark.parametrize(
    ("name", "text", "imported"),
    [
        ("conformance.run.plan", "from conformance.judge.judge import Judge", "judge.judge"),
        ("conformance.run.plan", "from conformance.judge import judge", "judge.judge"),
        ("conformance.run.plan", "from conformance.judge import Judge", "judge"),
        ("conformance.run.plan", "import conformance.judge.judge as one", "judge.judge"),
        ("conformance.run.plan", "from ..judge import judge", "judge.judge"),
        ("conformance.run.plan", "def late():\n    import conformance.judge", "judge"),
    ],
)
def test_an_import_is_seen_however_it_is_written(name: str, text: str, imported: str) -> None:
    module = read(name, text, KNOWN)
    assert module.imports == {f"conformance.{imported}"}
    assert upward({name: module}) == [
        f"{name} imports conformance.{imported}, and conformance.run must not."
    ]


def test_imports_from_outside_do_not_count() -> None:
    text = "import os, pytest\nfrom certsomething import x\nfrom . import plan"
    assert read("conformance.run.runner", text, KNOWN).imports == {"conformance.run.plan"}
    assert read("conformance.run", text, KNOWN, True).imports == {"conformance.run.plan"}


def test_one_module_of_a_room_may_be_allowed() -> None:
    def imports(name: str) -> list[str]:
        one = Module("conformance.peers.states", frozenset({name}))
        return upward({one.name: one})

    assert imports("conformance.coverage.states") == []
    assert imports("conformance.coverage.contract") != []


def test_what_travels_alone_imports_not_even_its_neighbours() -> None:
    one = Module("impls.agent.agent", frozenset({"impls.agent.probes"}))
    assert len(upward({one.name: one})) == 1


def test_a_circle_is_seen_through_others() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set[str]()}
    made = {name: Module(name, frozenset(others)) for name, others in arrows.items()}
    assert circles(made) == [["a", "b", "c"]]
    assert circles({**made, "c": Module("c", frozenset({"e"}))}) == []


def test_parameters_are_counted_of_whatever_kind() -> None:
    seven = "def f(self, a, /, b, c, *, d, e, f, g): ..."
    assert list(too_many_parameters(seven)) == []
    eight = "class A:\n    def f(self, a, b, c, *d, e, f, g, **h): ..."
    assert list(too_many_parameters(eight)) == ["f() has 8 parameters"]


def test_no_two_files_of_the_agent_define_one_name() -> None:
    """The host joins them: what two define, only the later has."""
    found: dict[str, list[str]] = {}
    folder = TOP / "impls" / "agent"
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.setdefault(node.name, []).append(path.name)
    assert len(found) > 30
    assert {name: files for name, files in found.items() if len(files) > 1} == {}
