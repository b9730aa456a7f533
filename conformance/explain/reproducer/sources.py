"""Definitions by their source: a script gets those that it needs, of the prelude and the agent."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from impls.host.process import AGENT_SOURCES

PRELUDE = Path(__file__).with_name("prelude.py")
TOP = Path(__file__).parents[3]
SHARED = (
    TOP / "conformance" / "transcript" / "masks.py",
    TOP / "conformance" / "transcript" / "tls_records.py",
    TOP / "impls" / "agent" / "left_behind.py",
)
"""Files of the suite of which the prelude uses parts that are in the common subset."""

OWN_PROBES = (
    *("collect", "is_hashable", "limit_versions", "listening_socket", "new_path", "tested_module"),
    *("unused_path", "weak_reference"),
)
"""Probes that the prelude has in a form of its own."""


@cache
def probes() -> Mapping[str, str]:
    """The probes by name, each as a method of the agent: the first class of each file has them."""
    found = {}
    for file, text in AGENT_SOURCES:
        classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
        if file.startswith("probes/"):
            for method in classes[0].body:
                if isinstance(method, ast.FunctionDef):
                    found[method.name] = source_of(method, text)
    return found


@cache
def needs_the_agent(probe: str) -> bool:
    """Whether a probe is not to be had outside of the agent: it uses more than other probes."""
    if probe in OWN_PROBES:
        return False
    if probe not in probes() or "self" in names_in(probe_function(probe)):
        return True
    return any(map(needs_the_agent, others_of(probe)))


def others_of(probe: str) -> set[str]:
    """What a probe uses of the object that has them all."""
    return set(re.findall(r"\bself\.(\w+)", probes()[probe]))


def with_others(names: Iterable[str]) -> list[str]:
    """Probes, and those that they use in turn."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in OWN_PROBES:
            found.add(name)
            waiting += others_of(name)
    return sorted(found)


def probe_function(name: str) -> str:
    """A probe that needs nothing of the agent, as a function."""
    method = textwrap.dedent(probes()[name]).removeprefix("@staticmethod\n")
    method = method.replace("(self, ", "(", 1).replace("(self)", "()", 1)
    method = method.replace("ByHandle(", "(")  # what travels by handle is only a value here
    method = method.replace(f"def {name}(", f"def {function_name(name)}(", 1)
    return method.replace("self.", "")


def function_name(probe: str) -> str:
    """What a probe is called as a function: it hides no built-in one, which it may call."""
    return f"{probe}_" if hasattr(builtins, probe) else probe


@cache
def imports() -> Mapping[str, str]:
    """The imports that a script may need, by the name they bind."""
    found = {name: f"import {name}" for name in ("copy", "importlib", "operator")}
    for text in (PRELUDE.read_text("ascii"), *(text for _, text in AGENT_SOURCES)):
        for node in ast.parse(text).body:
            if isinstance(node, ast.Import):
                found.update({alias.name: f"import {alias.name}" for alias in node.names})
    del found["ssl"]
    return found


@cache
def prelude() -> Mapping[str, str]:
    """What the prelude defines or shares with the suite, by name, in an order that works."""
    found: dict[str, str] = {}
    for path in SHARED:
        found.update(definitions_in(path.read_text("ascii")))
    return {**found, **definitions_in(PRELUDE.read_text("ascii"))}


@cache
def agent() -> Mapping[str, str]:
    """What the agent defines, by name, its core's first; what the prelude has is left out."""
    found: dict[str, str] = {}
    for _, text in reversed(AGENT_SOURCES):
        found.update(definitions_in(text))
    return {name: source for name, source in found.items() if name not in prelude()}


def definitions_in(text: str) -> dict[str, str]:
    """What a file defines at its top, by name: classes, functions, constants, optional imports."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found[node.name] = source_of(node, text)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = source_of(node, text)
        elif isinstance(node, ast.Try):  # an import, where there is such a module
            imported = node.body[0]
            assert isinstance(imported, (ast.Import, ast.ImportFrom))
            found[imported.names[0].name] = source_of(node, text)
    return found


def source_of(node: ast.stmt, text: str) -> str:
    """The lines of a statement, with its decorators and what stands behind it."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return "\n".join(text.splitlines()[first - 1 : node.end_lineno])


def needed(known: Mapping[str, str], *texts: str) -> list[str]:
    """The sources of the definitions that programs lean on, directly or not, in their order."""
    names: set[str] = set()
    waiting = list(texts)
    while waiting:
        new = (names_in(waiting.pop()) & known.keys()) - names
        names |= new
        waiting += [known[name] for name in new]
    return [source for name, source in known.items() if name in names]


def imports_for(text: str) -> list[str]:
    """The lines that import what a program uses."""
    return sorted(imports()[name] for name in names_in(text) & imports().keys())


def names_in(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def is_taken(name: str) -> bool:
    """Whether a variable of that name would hide what a script may be given."""
    return any(name in known for known in (prelude(), imports(), probes()))
