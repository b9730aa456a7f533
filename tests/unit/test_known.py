"""Decisions on divergences: what their files may say, and what they speak of."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from conformance.judge.known import (
    Fingerprint,
    KnownDivergenceError,
    Pin,
    find,
    load,
    pin_as_toml,
    stale,
    unmatched,
)
from impls.host import toml_reader
from impls.host.declarations import matches

DIVERGENCES = Path(__file__).parents[2] / "conformance" / "divergences"

GOOD = """
title = "Reading gives a number"
reason = '''
Because
it is so.'''
workaround = "Write it down."
category = "language"
decided_by = "A maintainer"
tracker = ["https://example.org/1", "gh-1"]
review_by = 2030-01-31

[[pin]]
scenario = ["memory_bio/test_eof.py::test_a[TLSv1.2-client]", "memory_bio/*"]
implementation = "backport-*"
member = "MemoryBIO.read"
field = "value"
reference = "b'x'"
candidate = "1"

[[pin]]
scenario = "shutdown/test_x.py::test_a"
implementation = "backport-*"
axis = "backward"
member = "MemoryBIO.write"
field = "outcome"
reference = ""
candidate = "returns 2"
"""
SCENARIO = "memory_bio/test_eof.py::test_a[TLSv1.2-client]"
SHUT = "shutdown/test_x.py::test_a"
READ: Fingerprint = ("MemoryBIO.read", "value", "b'x'", "1")


def write(folder: Path, text: str, name: str = "a.toml") -> None:
    (folder / name).write_text(text, "utf-8")


def test_a_good_file(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "README.md").write_text("Not one of them.")
    pin, other = load(tmp_path)
    assert pin.decision is other.decision
    assert pin.decision.name == "a.toml"
    assert pin.decision.anchor == "a"
    assert pin.decision.title == "Reading gives a number"
    assert pin.decision.workaround == "Write it down."
    assert pin.decision.tracker == ("https://example.org/1", "gh-1")
    assert (pin.where, other.where) == ("a.toml, pin 1", "a.toml, pin 2")
    assert (pin.axis, other.axis) == ("forward", "backward")
    assert pin.decision.reason == "Because it is so."
    assert pin.decision.review_by == datetime.date(2030, 1, 31)
    assert pin.fingerprint == READ
    assert pin.speaks_of(SCENARIO, "backport-py2.7", "forward")
    assert not pin.speaks_of(SCENARIO, "backport-py2.7", "backward")
    assert not pin.speaks_of(SCENARIO, "stdlib-py3.9", "forward")
    assert not pin.speaks_of(SHUT, "backport-py2.7", "forward")
    assert other.speaks_of(SHUT, "backport-py2.7", "backward")


def test_no_folder_is_no_files(tmp_path: Path) -> None:
    assert load(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('category = "language"', "category = ", "a.toml is not valid TOML"),
        (
            'category = "language"',
            'categroy = "language"',
            'unknown key "categroy"; did you mean "category"?',
        ),
        (
            'category = "language"',
            'category = "language"\ncategroy = "language"',
            'unknown key "categroy"; did you mean "category"?',
        ),
        ('category = "language"', "", 'the key "category" is missing'),
        ('category = "language"', 'category = "whim"', '"category" must be language, openssl,'),
        ('title = "Reading gives a number"', "", 'the key "title" is missing'),
        ('workaround = "Write it down."', "", 'the key "workaround" is missing'),
        ("Because\nit is so.", "  \n", '"reason" must be a string with something in it'),
        ('"A maintainer"', '""', '"decided_by" must be a string with something in it'),
        ('"A maintainer"', "7", '"decided_by" must be a string with something in it'),
        ('tracker = ["https://example.org/1", "gh-1"]', "", 'the key "tracker" is missing'),
        ('["https://example.org/1", "gh-1"]', "[]", '"tracker" must be a string, or a list'),
        ("2030-01-31", '"2030-01-31"', '"review_by" must be a date'),
        ("2030-01-31", "2030-01-31T00:00:00", '"review_by" must be a date'),
        ('axis = "backward"', 'axis = "sideways"', '"axis" must be forward or backward'),
        ('client]", "memory_bio/*"]', 'client]", 1]', '"scenario" must be a string, or a list'),
        ('"shutdown/test_x.py::test_a"', "[]", '"scenario" must be a string, or a list'),
        ('scenario = "shutdown/test_x.py::test_a"', "", 'the key "scenario" is missing'),
        ('"shutdown/test_x.py::test_a"', '""', '"scenario" must be a string, or a list'),
        ('member = "MemoryBIO.read"', "", 'the key "member" is missing'),
        ('member = "MemoryBIO.read"', 'member = "x"\nmore = ""', 'unknown key "more"'),
        ('candidate = "1"', "candidate = 1", '"candidate" must be a string'),
        (GOOD[GOOD.index("[[pin]]") :], "", 'the key "pin" is missing'),
        (GOOD[GOOD.index("[[pin]]") :], "pin = []", "there must be at least one [[pin]]"),
        (GOOD[GOOD.index("[[pin]]") :], "pin = 1", '"pin" must be tables'),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert GOOD.count(old) == 1
    write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(KnownDivergenceError) as caught:
        load(tmp_path)
    assert told in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "a.toml"))
    assert "\n" not in str(caught.value)


def test_brackets_of_an_id_are_no_pattern() -> None:
    assert matches("a.py::test[one]", "a.py::test[one]")
    assert matches("a.py::test[one]", "a.py::test[[]*") is False
    assert matches("a.py::test[one]", "a.py::*[one]")
    assert not matches("a.py::testo", "a.py::test[one]")


def test_a_pattern_that_means_nothing_is_told(tmp_path: Path) -> None:
    write(tmp_path, GOOD.partition('\n[[pin]]\nscenario = "shutdown')[0])
    pins = load(tmp_path)
    planned = [(SCENARIO, "backport-py2.7", "forward")]
    assert unmatched(pins, planned) == []
    assert unmatched(pins, [("memory_bio/b.py::c", "backport-py2.7", "forward")]) == [
        f"a.toml, pin 1: scenario '{SCENARIO}' matches nothing."
    ]
    assert unmatched(pins, [(SCENARIO, "stock-py2.7", "forward")]) == [
        "a.toml, pin 1: implementation 'backport-*' matches nothing.",
        "a.toml, pin 1: it matches no planned pair on the forward axis.",
    ]
    assert unmatched(pins, [(SCENARIO, "backport-py2.7", "backward")]) == [
        "a.toml, pin 1: it matches no planned pair on the forward axis."
    ]
    assert len(unmatched(pins, [])) == 4


def test_what_a_pattern_that_means_nothing_was_to_mean(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    renamed = SHUT.replace("test_a", "test_ab")
    places = [
        (SCENARIO, "backport-py2.7", "forward"),
        (renamed, "backport-py2.7", "backward"),
    ]
    told, _ = unmatched(load(tmp_path), places)
    assert told == f"a.toml, pin 2: scenario '{SHUT}' matches nothing. Nearest is '{renamed}'."


# What is pinned, and what is not


@pytest.fixture
def pins(tmp_path: Path) -> list[Pin]:
    write(tmp_path, GOOD)
    return load(tmp_path)


def test_a_pin_of_the_same_fingerprint_comes_before_one_of_the_same_member(pins: list[Pin]) -> None:
    first, second = pins
    again = Pin(first.decision, 3, ("*",), ("*",), "forward", (*READ[:3], "2"))
    assert find([first, again], again.fingerprint) is again
    assert find([again, first], (*READ[:3], "3")) is again
    assert find(pins, READ) is first
    assert find(pins, second.fingerprint) is second
    assert find(pins, ("MemoryBIO.read", "outcome", "b'x'", "1")) is None


def test_a_pin_that_nothing_shows_is_told_with_what_is_nearest(pins: list[Pin]) -> None:
    assert stale(pins, [pin.fingerprint for pin in pins], []) == []
    seen: list[Fingerprint] = [READ, ("MemoryBIO.write", "value", "1", "2"), ("x", "y", "", "")]
    (told,) = stale(pins, [READ], seen)
    assert told == (
        "a.toml, pin 2 (MemoryBIO.write, outcome: '' became 'returns 2') says this differs, and it "
        "no longer does: delete it. Nearest is MemoryBIO.write, value: '1' became '2'."
    )
    (told,) = stale(pins[1:], [], [])
    assert told.endswith("delete it. Nothing differs here.")


def test_each_pin_of_a_file_must_be_shown(pins: list[Pin]) -> None:
    """That one of a decision's pins is true does not excuse the others."""
    assert len(stale(pins, [READ], [READ])) == 1


def test_two_pins_of_the_same_are_told(pins: list[Pin]) -> None:
    again = Pin(pins[0].decision, 3, ("*",), ("*",), "forward", READ)
    assert stale([pins[0], again], [READ], [READ]) == [
        "a.toml, pin 3 pins the same as a.toml, pin 1: delete one."
    ]


# Pins to be written


@pytest.mark.parametrize(
    "text", ["plain", "it's", "both ' and \"", "back\\slash 'x'", "line\n'x'", "\\n", "tab\t'x'"]
)
@pytest.mark.parametrize("axis", ["forward", "backward"])
def test_a_printed_pin_can_be_pasted(tmp_path: Path, text: str, axis: str) -> None:
    fingerprint = ("X.last", "value", text, f"{text}, bücher\0\x1b")
    lines = pin_as_toml("a.py::t['x']", "backport-py2.7", axis, fingerprint)
    (read,) = toml_reader.loads("\n".join(lines))["pin"]
    assert read["candidate"] == fingerprint[3]
    write(tmp_path, GOOD + "\n" + "\n".join(lines))
    pin = load(tmp_path)[-1]
    assert pin.fingerprint == fingerprint
    assert pin.speaks_of("a.py::t['x']", "backport-py2.7", axis)


# The committed files


def test_the_committed_decisions_are_few_and_pin_nothing_twice() -> None:
    pins = load(DIVERGENCES)
    decisions = {pin.decision for pin in pins}
    assert len(pins) > len(decisions) > 5
    places = [
        (scenario, implementation, pin.axis, pin.fingerprint, pin.condition)
        for pin in pins
        for scenario in pin.scenarios
        for implementation in pin.implementations
    ]
    assert len(places) == len(set(places))


def test_the_committed_decisions_are_written_for_people() -> None:
    for decision in {pin.decision for pin in load(DIVERGENCES)}:
        assert len(decision.title) < 90 and not decision.title.endswith("."), decision.name
        assert decision.reason.endswith("."), decision.name
        assert decision.workaround.endswith("."), decision.name
        assert not any(";" in one for one in decision.tracker), decision.name
