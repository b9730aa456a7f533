"""What Python says of its own changes: read strictly, put where it belongs, told when stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.report import python_changes, render
from conformance.report.drift import Drift, drift_of
from conformance.report.findings import Reading
from conformance.report.python_changes import PythonChange, PythonChangesError
from tests.unit.test_report import section, typical

ENTRY = """
[[change]]
since = "3.10"
summary = "It changed."
references = ["whatsnew/3.10.html#ssl", "gh-1", "bpo-2"]
members = ["SSLObject.*"]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "python_changes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_committed_file_can_be_read() -> None:
    assert len(python_changes.load()) > 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[change", "is not valid TOML"),
        ("change = 1", "must be tables, each under its own [[change]], not the number 1"),
        ("[other]\n", 'unknown key "other"; there are change.'),
        (
            ENTRY.replace('since = "3.10"', ""),
            'python_changes.toml [[change]] number 1: the key "since" is missing',
        ),
        (ENTRY + "extra = 1\n", 'unknown key "extra"; there are since, summary'),
        (ENTRY.replace('["SSLObject.*"]', "7"), '"members" must be a string, or a list of strings'),
        (
            ENTRY.replace("gh-1", "gh-x"),
            "'gh-x' is neither a page of the documentation nor an issue",
        ),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PythonChangesError) as caught:
        python_changes.load(written(tmp_path, text))
    assert told in str(caught.value)


def entry(**other: Any) -> PythonChange:
    known = PythonChange("3.10", "It changed.", ("gh-1",), ("MemoryBIO.*",))
    return PythonChange(**{**vars(known), **other})


@pytest.fixture
def reading() -> Reading:
    """A run in which 3.9 differs from 3.13 in two members."""
    return Reading(typical())


def test_an_entry_explains_what_turned_in_its_version(reading: Reading) -> None:
    drifts = drift_of(reading)
    since = {version for one in drifts for version in python_changes.turns(one, reading.line)}
    assert since == {"3.13"}
    members = {member for one in drifts for member in one.members}
    for member in members:
        assert not python_changes.stale(
            [entry(since="3.13", members=(member,))], drifts, reading.line
        )


@pytest.mark.parametrize(
    "other",
    [
        {"members": ("SSLContext.nothing",)},
        {"shows": "a value that nobody has"},
        {"field": "warnings"},
    ],
)
def test_an_entry_that_nothing_shows_is_stale(reading: Reading, other: dict[str, Any]) -> None:
    known = entry(**{"since": "3.13", "members": ("*",), **other})
    (told,) = python_changes.stale([known], drift_of(reading), reading.line)
    assert told.startswith("python_changes.toml says of 3.13: It changed.")


def test_a_version_that_was_not_asked_is_not_judged(reading: Reading) -> None:
    assert not python_changes.stale([entry(since="3.10")], drift_of(reading), reading.line)
    assert not python_changes.stale([entry(since="3.9")], drift_of(reading), reading.line)


def test_the_report_puts_it_next_to_the_drift() -> None:
    known = entry(since="3.13", members=("*",))
    told = section(render(typical(), [], [], [known]), "Drift between Pythons")
    assert "*It changed.* [gh-1](https://github.com/python/cpython/issues/1)" in told
    assert "It changed." not in section(render(typical(), []), "Drift between Pythons")


def test_an_entry_is_stale_where_no_lane_shows_it(reading: Reading) -> None:
    shown, odd = (entry(since="3.13", members=(name,)) for name in ("*", "SSLContext.nothing"))
    nothing: list[Drift] = []
    lane, without = (drift_of(reading), reading.line), (nothing, reading.line)
    other = (nothing, [replace(one, name=f"9.{one.name}") for one in reading.line])
    told = python_changes.stale([odd], *lane)
    assert len(told) == 1
    assert python_changes.stale_in_all([shown, odd], [lane, other]) == told
    assert python_changes.stale_in_all([odd], [other]) == []
    assert len(python_changes.stale_in_all([shown], [without])) == 1
    assert python_changes.stale_in_all([shown], [without, lane]) == []
