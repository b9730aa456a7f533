"""What Python says of its own changes: read strictly, put where it belongs, told when stale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.report import python_changes as history
from conformance.report import render
from conformance.report.findings import Reading
from conformance.report.python_changes import HistoryError, Known
from tests.unit.test_report import section, typical

ENTRY = """
[[change]]
since = "3.10"
told = "It changed."
references = ["whatsnew/3.10.html#ssl", "gh-1", "bpo-2"]
members = ["SSLObject.*"]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "history.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_committed_file_can_be_read() -> None:
    assert len(history.load()) > 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[change", "is no TOML"),
        ("change = 1", "holds [[change]] entries and nothing else"),
        ("[other]\n", "holds [[change]] entries and nothing else"),
        (ENTRY.replace('since = "3.10"', ""), "Entry 1 of history.toml lacks 'since'"),
        (ENTRY + "extra = 1\n", "has the unknown key 'extra'"),
        (ENTRY.replace('["SSLObject.*"]', '"SSLObject.*"'), "'members' must be a list"),
        (ENTRY.replace("gh-1", "gh-x"), "'gh-x' is no page of the documentation and no issue"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(HistoryError) as caught:
        history.load(written(tmp_path, text))
    assert told in str(caught.value)


def entry(**other: Any) -> Known:
    known = Known("3.10", "It changed.", ("gh-1",), ("MemoryBIO.*",))
    return Known(**{**vars(known), **other})


@pytest.fixture
def reading() -> Reading:
    """A run in which 3.9 differs from 3.13 in two members."""
    return Reading(typical())


def test_an_entry_explains_what_turned_in_its_version(reading: Reading) -> None:
    drifts = reading.drift()
    since = {version for one in drifts for version in history.turns(one, reading.line)}
    assert since == {"3.13"}
    members = {member for one in drifts for member in one.members}
    for member in members:
        assert not history.stale([entry(since="3.13", members=(member,))], drifts, reading.line)


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
    (told,) = history.stale([known], reading.drift(), reading.line)
    assert told.startswith("history.toml says of 3.13: It changed.")


def test_a_version_that_was_not_asked_is_not_judged(reading: Reading) -> None:
    assert not history.stale([entry(since="3.10")], reading.drift(), reading.line)
    assert not history.stale([entry(since="3.9")], reading.drift(), reading.line)


def test_the_report_puts_it_next_to_the_drift() -> None:
    known = entry(since="3.13", members=("*",))
    told = section(render(typical(), [], [], [known]), "Drift between Pythons")
    assert "*It changed.* [gh-1](https://github.com/python/cpython/issues/1)" in told
    assert "It changed." not in section(render(typical(), []), "Drift between Pythons")
