"""What Python says of its own changes: read strictly, put where it belongs, told when stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.report import python_changes
from conformance.report.changelog import changelog
from conformance.report.drift import Drift, drift_of
from conformance.report.findings import Place, Reading
from conformance.report.python_changes import (
    PythonChange,
    PythonChanges,
    PythonChangesError,
    Undocumented,
)
from conformance.report.versions import Version, VersionStep
from tests.unit.test_findings import Run, divergence
from tests.unit.test_report import typical

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
    found = python_changes.load()
    assert len(found.documented) > 60 and len(found.undocumented) > 25


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[change", "is not valid TOML"),
        ("change = 1", "must be tables, each under its own [[change]], not the number 1"),
        ("[other]\n", 'unknown key "other"; there are change, undocumented.'),
        (
            ENTRY.replace('since = "3.10"', ""),
            'python_changes.toml [[change]] number 1: the key "since" is missing',
        ),
        (
            ENTRY.replace('"3.10"', '"3.10.0"'),
            '"since" must be a minor version such as "3.10", or a later patch release',
        ),
        (ENTRY + "extra = 1\n", 'unknown key "extra"; there are since, summary, references'),
        (2 * ENTRY, "[[change]] number 2: it is the same as number 1: delete one"),
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
    known = PythonChange("3.10", "It changed.", ("MemoryBIO.*",), references=("gh-1",))
    return PythonChange(**{**vars(known), **other})


def stale(known: PythonChange | Undocumented, reading: Reading) -> list[str]:
    """What is said of an entry that is the only one."""
    kinds = ((known,), ()) if isinstance(known, PythonChange) else ((), (known,))
    return python_changes.stale(PythonChanges(*kinds), drift_of(reading), [reading.line])


@pytest.fixture
def reading() -> Reading:
    """A run in which 3.9 differs from 3.13 in one member."""
    return Reading(typical())


def test_an_entry_explains_what_turned_in_its_version(reading: Reading) -> None:
    (drift,) = drift_of(reading)
    assert not stale(entry(since="3.13", members=(drift.member,)), reading)
    assert entry(since="3.11", members=("*",)).explains(drift), "there is a gap"
    assert not entry(since="3.9", members=("*",)).explains(drift)


@pytest.mark.parametrize(
    "other",
    [
        {"members": ("SSLContext.nothing",)},
        {"before": ("a value that nobody had",)},
        {"after": "a value that nobody has"},
        {"field": ("warnings",)},
        {"scenarios": ("alpn/*",)},
    ],
)
@pytest.mark.parametrize("documented", [True, False])
def test_an_entry_that_nothing_shows_is_stale(
    reading: Reading, other: dict[str, Any], documented: bool
) -> None:
    known: PythonChange | Undocumented = entry(**{"since": "3.13", "members": ("*",), **other})
    if not documented:
        fields = {name: value for name, value in vars(known).items() if name != "references"}
        known = Undocumented(**{**fields, "why": "Who knows."})
    (told,) = stale(known, reading)
    assert told.startswith("python_changes.toml says of 3.13: It changed.")


def test_each_place_is_in_one_of_the_scenarios_that_an_entry_names(reading: Reading) -> None:
    (drift,) = drift_of(reading)
    known = entry(since="3.13", members=("*",), scenarios=("shutdown/*",))
    assert known.explains(drift)
    elsewhere = replace(drift, places=(*drift.places, Place("alpn/test_a.py::test", 1)))
    assert not known.explains(elsewhere)


def test_a_version_that_was_not_asked_is_not_judged(reading: Reading) -> None:
    assert not stale(entry(since="3.10"), reading)
    assert not stale(entry(since="3.9"), reading)


def at(drift: Drift, last: Version, first: Version) -> Drift:
    return replace(drift, step=VersionStep(last, first, True))


def test_patch_release_is_looked_for_between_patch_releases(reading: Reading) -> None:
    (drift,) = drift_of(reading)
    old = Version("3.13", "CPython", None, "3.13.0")
    new = Version("3.13.15", "CPython", None, "3.13.15")
    other = Version("3.14", "CPython", None, "3.14.8")
    known = entry(since="3.13.2", members=("*",))
    assert known.explains(at(drift, old, other))
    assert known.explains(at(drift, old, new))
    assert not known.explains(at(drift, new, other))
    changes = PythonChanges((known,), ())
    assert python_changes.stale(changes, [], [[old, other]])
    assert not python_changes.stale(changes, [], [[new, other]])


def test_what_one_lane_alone_shows_is_looked_for_there(reading: Reading) -> None:
    (drift,) = drift_of(reading)
    old, new = (Version(name, "CPython", "OpenSSL 1.1.1") for name in ("3.9", "3.13"))
    known = entry(since="3.10", members=("*",), openssl="1.1.1")
    there = replace(at(drift, old, new), openssls=("OpenSSL 1.1.1",))
    assert known.explains(there)
    assert not known.explains(replace(there, openssls=("OpenSSL 3.0",)))
    changes = PythonChanges((known,), ())
    assert python_changes.stale(changes, [], [[old, new]])
    elsewhere = [replace(one, openssl="OpenSSL 3.0") for one in (old, new)]
    assert not python_changes.stale(changes, [], [elsewhere])


def test_what_another_lane_shows_step_by_step_stands_there(reading: Reading) -> None:
    (drift,) = drift_of(reading)
    names = ("3.9", "3.10", "3.12", "3.13")
    nine, ten, twelve, thirteen = (Version(name, "CPython", None) for name in names)
    exact, gap = at(drift, nine, ten), at(drift, nine, thirteen)
    known = entry(since="3.10", members=("*",))
    (version,) = changelog([gap, exact], [known])
    assert (version.title, version.headlines[0].drifts) == ("Python 3.10", (exact, gap))
    assert [one.title for one in changelog([gap, at(drift, twelve, thirteen)], [known])] == [
        "After Python 3.9, up to 3.13",
        "Python 3.13",
    ]


def test_findings_that_entries_explain_stand_under_them() -> None:
    known = entry(since="3.13", members=("*",))
    drifts = drift_of(Reading(typical()))
    (version,) = changelog(drifts, [known])
    (head,) = version.headlines
    assert (head.summary, head.references, head.drifts) == (
        "It changed.",
        ("gh-1",),
        tuple(drifts),
    )
    (other,) = changelog(drifts)
    assert (other.headlines[0].summary, other.headlines[0].id == head.id) == ("", False)


def test_what_is_documented_nowhere_and_breaks_programs_comes_first() -> None:
    run = Run("3.9", "3.10", reference="3.10")
    for name in ("a", "b", "c", "d"):
        run.says("3.9", divergence("X", member=f"SSLObject.{name}"), scenario=f"{name}/t.py::t")
    known = entry(since="3.10", members=("SSLObject.a",))
    breaks = Undocumented("3.10", "It broke.", ("SSLObject.c",), why="It reads.", breaks=True)
    mild = Undocumented("3.10", "It bent.", ("SSLObject.d",), why="It reads.")
    (version,) = changelog(drift_of(run.read()), [known], [breaks, mild])
    assert [head.summary for head in version.headlines][:2] == ["It broke.", ""]
