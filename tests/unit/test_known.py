"""Known-divergence files: what they may say, and what they speak of."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from conformance.judge.known import KnownDivergenceError, load, unmatched
from impls.host.declarations import matches

GOOD = """
scenario = ["memory_bio/test_eof.py::test_a[TLSv1.2-client]", "memory_bio/*"]
implementation = "backport-*"
category = "language"
reason = '''
Because
it is so.'''
decided_by = "A maintainer"
tracker = "https://example.org/1"
review_by = 2030-01-31
[fingerprint]
member = "MemoryBIO.read"
field = "value"
reference = "b'x'"
candidate = "1"
"""
SCENARIO = "memory_bio/test_eof.py::test_a[TLSv1.2-client]"


def write(folder: Path, text: str, name: str = "a.toml") -> None:
    (folder / name).write_text(text, "utf-8")


def test_a_good_file(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "README.md").write_text("Not one of them.")
    (file,) = load(tmp_path)
    assert file.name == "a.toml"
    assert file.axis == "forward"
    assert file.reason == "Because it is so."
    assert file.review_by == datetime.date(2030, 1, 31)
    assert file.fingerprint == ("MemoryBIO.read", "value", "b'x'", "1")
    assert file.speaks_of(SCENARIO, "backport-py2.7", "forward")
    assert not file.speaks_of(SCENARIO, "backport-py2.7", "backward")
    assert not file.speaks_of(SCENARIO, "stdlib-py3.9", "forward")
    assert not file.speaks_of("shutdown/test_x.py::test_a", "backport-py2.7", "forward")


def test_no_folder_is_no_files(tmp_path: Path) -> None:
    assert load(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('category = "language"', "category = ", "a.toml is not TOML"),
        ('category = "language"', 'categroy = "language"', "has the unknown key 'categroy'"),
        ('category = "language"', "", "category must be a text that is not empty"),
        ('category = "language"', 'category = "whim"', "category is 'whim', not one of"),
        ("Because\nit is so.", "  \n", "reason must be a text that is not empty"),
        ('"A maintainer"', '""', "decided_by must be a text that is not empty"),
        ('"A maintainer"', "7", "decided_by must be a text that is not empty"),
        ('tracker = "https://example.org/1"', "", "tracker must be a text"),
        ("2030-01-31", '"2030-01-31"', "review_by is not a date"),
        ("2030-01-31", "2030-01-31T00:00:00", "review_by is not a date"),
        ("review_by = 2030-01-31", 'axis = "sideways"', "axis is 'sideways'"),
        ('implementation = "backport-*"', "implementation = []", "must be an id"),
        ('implementation = "backport-*"', "", "implementation must be an id"),
        ('implementation = "backport-*"', 'implementation = ""', "implementation must be an id"),
        ('implementation = "backport-*"', 'implementation = ["a", 1]', "must be an id"),
        ('member = "MemoryBIO.read"', "", "must have exactly member, field"),
        ('member = "MemoryBIO.read"', 'member = ""\nmore = ""', "must have exactly member, field"),
        ('candidate = "1"', "candidate = 1", "must be a text"),
        ("[fingerprint]", "[other]", "has the unknown key 'other'"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert GOOD.count(old) == 1
    write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(KnownDivergenceError) as caught:
        load(tmp_path)
    assert told in str(caught.value)
    assert str(caught.value).startswith("a.toml")
    assert "\n" not in str(caught.value)


def test_brackets_of_an_id_are_no_pattern() -> None:
    assert matches("a.py::test[one]", "a.py::test[one]")
    assert matches("a.py::test[one]", "a.py::test[[]*") is False
    assert matches("a.py::test[one]", "a.py::*[one]")
    assert not matches("a.py::testo", "a.py::test[one]")


def test_a_pattern_that_means_nothing_is_told(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    files = load(tmp_path)
    planned = [(SCENARIO, "backport-py2.7", "forward")]
    assert unmatched(files, planned) == []
    assert unmatched(files, [("memory_bio/b.py::c", "backport-py2.7", "forward")]) == [
        f"a.toml: scenario '{SCENARIO}' matches nothing."
    ]
    assert unmatched(files, [(SCENARIO, "stock-py2.7", "forward")]) == [
        "a.toml: implementation 'backport-*' matches nothing.",
        "a.toml: it matches no planned pair on the forward axis.",
    ]
    assert unmatched(files, [(SCENARIO, "backport-py2.7", "backward")]) == [
        "a.toml: it matches no planned pair on the forward axis."
    ]
    assert len(unmatched(files, [])) == 4
