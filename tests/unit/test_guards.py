"""The lists of old faults: read strictly, and what they name as guards is there and says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance.coverage import guards
from conformance.coverage.guards import Fault, GuardsError
from tests.unit.test_scenarios import FILES, SCENARIOS, scenarios

ISSUE = re.compile(r"\b(?:gh|bpo)-\d+")
CHANGE = """
[[change]]
issue = "gh-1"
version = "3.13.0"
before = "It crashed."
after = "It does not."
"""
GUARDED = 'scenarios = ["data/test_read.py::test_of_zero_takes_nothing"]\n'


def docstrings() -> dict[str, str]:
    """What each scenario says, by its file and name."""
    return {
        f"{path.relative_to(SCENARIOS).as_posix()}::{scenario.name}": ast.get_docstring(scenario)
        or ""
        for path in FILES
        for scenario in scenarios(path)
    }


def without_a_guard(faults: Iterable[Fault], there: Iterable[str]) -> list[str]:
    """Sentences about scenarios that do not exist."""
    known = set(there)
    return [
        f"{fault.source}: there is no scenario {scenario}"
        for fault in faults
        for scenario in fault.scenarios
        if scenario not in known
    ]


def named_elsewhere(faults: Iterable[Fault], texts: dict[str, str]) -> list[str]:
    """Sentences about scenarios that name an issue of the list and do not stand at it."""
    guarded: dict[str, set[str]] = {}
    for fault in faults:
        guarded.setdefault(fault.source, set()).update(fault.scenarios)
    return [
        f"{scenario} names {issue}, and stands at it nowhere"
        for scenario, text in texts.items()
        for issue in sorted(set(ISSUE.findall(text)) & guarded.keys())
        if scenario not in guarded[issue]
    ]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "upstream.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_guard_is_a_scenario() -> None:
    faults = [*guards.upstream(), *guards.trackers()]
    assert without_a_guard(faults, docstrings()) == []


def test_what_names_an_issue_guards_it() -> None:
    assert named_elsewhere(guards.upstream(), docstrings()) == []


def test_no_entry_of_the_changelog_is_lost() -> None:
    inside = guards.upstream()
    assert len(inside) == 125
    text = guards.UPSTREAM.read_text("utf-8")
    outside = re.findall(r"(?:gh-\d+|bpo-\d+|none) in \d", text)
    assert len(inside) + len(outside) == 219


def test_no_report_is_there_twice() -> None:
    found = [fault.source for fault in guards.trackers()]
    assert len(found) == len(set(found)) >= 100


@pytest.mark.parametrize(
    "text",
    [CHANGE, CHANGE + GUARDED + 'reason = "Nothing shows."\n', CHANGE + "scenarios = []\n"],
    ids=["neither", "both", "empty"],
)
def test_an_entry_has_a_guard_or_a_reason(tmp_path: Path, text: str) -> None:
    with pytest.raises(GuardsError, match=r"upstream.toml \[\[change\]\] number 1: .*scenarios"):
        guards.upstream(written(tmp_path, text))


def test_a_guard_that_is_gone_is_told() -> None:
    fault = Fault("gh-1", "It crashed.", ("data/test_read.py::test_gone",), "")
    assert without_a_guard([fault], docstrings()) == [
        "gh-1: there is no scenario data/test_read.py::test_gone"
    ]


def test_a_scenario_that_names_an_issue_and_does_not_guard_it_is_told() -> None:
    fault = Fault("gh-1", "It crashed.", ("a.py::test_one",), "")
    texts = {"a.py::test_one": "One. (gh-1)", "a.py::test_other": "Other. (gh-1, gh-2)"}
    assert named_elsewhere([fault], texts) == [
        "a.py::test_other names gh-1, and stands at it nowhere"
    ]


def test_the_summary_counts() -> None:
    guarded = Fault("gh-1", "It crashed.", ("a.py::test_one",), "")
    excused = Fault("gh-2", "It crashed.", (), "Nothing shows.")
    assert guards.summary("Upstream changes", [guarded, guarded, excused]) == (
        "Upstream changes: 2 of 3 guarded; 1 has a reason why nothing can be seen."
    )
    assert len(guards.summaries()) == 2
