"""Every scenario says what it claims and where the documentation says so."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audits.walks.walk import TO_BE_WRITTEN, Walk

SCENARIOS = Path(__file__).parents[2] / "conformance" / "scenarios"
FILES = sorted(SCENARIOS.rglob("test_*.py"))
ANCHOR = re.compile(
    r"(library|whatsnew|reference|howto|c-api)/[\w./-]+(#[\w.-]+)?$|rfc\d+#|man:[\w-]+\(\d"
)
FIXTURES = {"ssl", "native", "certificates", "peers", "client_ssl", "server_ssl"}


def scenarios(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SCENARIOS).as_posix())
def test_every_scenario_has_a_claim_and_an_anchor(path: Path) -> None:
    assert [one for one in map(what_is_wrong, scenarios(path)) if one] == []


def what_is_wrong(scenario: ast.FunctionDef) -> str | None:
    """What the docstring of a scenario lacks, in one sentence."""
    lines = (ast.get_docstring(scenario) or "").strip().splitlines()
    if any(TO_BE_WRITTEN in line for line in lines):
        return f"{scenario.name}: a walk found it; its claim and its citation are to be written"
    if len(lines) < 3 or not ANCHOR.match(lines[-1].strip()):
        return f"{scenario.name}: its last line cites nothing: {lines[-1:]}"
    return None


def test_what_a_walk_wrote_is_no_scenario_before_a_person_has_read_it() -> None:
    walk = Walk(("client_context = peers.client_context()", "client_context.get_ciphers()"))
    file = walk.written(
        "what SSLContext.get_ciphers does here (value).", "A story.", {1: "SSLError"}
    )
    (written,) = (one for one in ast.parse(file).body if isinstance(one, ast.FunctionDef))
    assert what_is_wrong(written) == (
        f"{written.name}: a walk found it; its claim and its citation are to be written"
    )
    by_hand = file.replace(f"The citation is {TO_BE_WRITTEN}.", "library/ssl.html#ssl.SSLContext")
    (half,) = (one for one in ast.parse(by_hand).body if isinstance(one, ast.FunctionDef))
    assert what_is_wrong(half) == what_is_wrong(written)
    finished = by_hand.replace(f"{TO_BE_WRITTEN}: what", "What")
    (whole,) = (one for one in ast.parse(finished).body if isinstance(one, ast.FunctionDef))
    assert what_is_wrong(whole) is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SCENARIOS).as_posix())
def test_every_scenario_asks_an_implementation_and_is_there_once(path: Path) -> None:
    names = [scenario.name for scenario in scenarios(path)]
    assert len(names) == len(set(names))
    for scenario in scenarios(path):
        arguments = {argument.arg for argument in scenario.args.args}
        assert arguments & FIXTURES, scenario.name


def test_no_scenario_is_skipped_or_expected_to_fail() -> None:
    words = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|xfail)")
    assert [path.name for path in FILES if words.search(path.read_text("utf-8"))] == []


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_scenarios_import_only_pytest_and_peers() -> None:
    outside = {
        (path.name, name)
        for path in FILES
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | {"pytest"}
        and name.partition(".peers")[0] != "conformance"
    }
    assert outside == set()


SHARED = {
    "both_versions": 'parametrize("version", ["TLSv1.2", "TLSv1.3"])',
    "both_sides": '["client", "server"])',
}


@pytest.mark.parametrize("name", SHARED)
def test_shared_parameters_are_not_written_out_again(name: str) -> None:
    assert [path.name for path in FILES if SHARED[name] in path.read_text("utf-8")] == []
