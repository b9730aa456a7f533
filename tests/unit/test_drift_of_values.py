"""What each version did where versions cannot be compared one by one: values, names and words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.judge.verdict import Judgement
from conformance.report.drift import drift_of
from tests.unit.test_findings import Run, divergence


def test_words_count_between_versions_that_both_differ_from_the_reference() -> None:
    run = Run()
    raised = divergence("raises TypeError", reference="returns 1")
    for version, message, errno in (("3.6", "an integer", "1"), ("3.7", "an integer", "2")):
        run.says(version, replace(raised, words={"message": message, "errno": errno}))
    for version in ("3.8", "3.9"):
        run.says(version, replace(raised, words={"message": "a number", "errno": "2"}))
    other = divergence("raises OSError", reference="returns 1")
    run.says("3.10", replace(other, words={"message": "no number"}))
    assert [(one.since, one.field, one.is_wording) for one in drift_of(run.read())] == [
        ("after 3.10, up to 3.13", "outcome", False),
        ("3.10", "outcome", False),
        ("3.8", "message", True),
        ("3.7", "errno", False),
    ]


def test_words_of_what_is_lacking_are_none() -> None:
    run = Run()
    lacking = divergence("raises AttributeError", reference="returns 1")
    run.says("3.6", replace(lacking, words={"message": "'X' has no y"}))
    run.says("3.7", replace(lacking, words={"message": "X has no y"}))
    (came,) = drift_of(run.read())
    assert (came.kind, came.since) == ("new", "3.8")


def test_a_value_made_of_another_one_is_neither_its_own_nor_the_reference_s() -> None:
    run = Run().says("3.6", followed={2: "0"}).says("3.7", followed={2: "1"})
    for version in ("3.8", "3.9"):
        run.says(version, divergence("False", reference="True", field="value"))
    assert run.history() == ["3.10 SSLObject.read: False -> True"], "3.7 may be as 3.8 is"


def test_a_value_made_of_another_one_is_returned_all_the_same() -> None:
    run = Run().says("3.6", divergence("raises OSError", reference="returns 5"))
    run.says("3.7", followed={2: "1"}).says("3.9", followed={2: "2"})
    run.says("3.8", divergence("raises TypeError", reference="returns 5"))
    assert run.history() == [
        "3.9 SSLObject.read: raises TypeError -> returns 2",
        "3.8 SSLObject.read: returns 1 -> raises TypeError",
        "3.7 SSLObject.read: raises OSError -> returns 1",
    ]


def test_flags_of_another_number_say_nothing_of_their_name() -> None:
    named = divergence("None", reference="'A|B'", field="name")
    run = Run().says("3.9", replace(named, words={"value": "F(3)"}))
    run.says("3.6", replace(named, words={"value": "F(3)"}))
    run.says("3.8", divergence("F(4)", reference="F.A|B", field="value"))
    run.says("3.7", divergence("F(5)", reference="F.A|B", field="value"))
    assert run.history() == [
        "3.10 SSLObject.read: None -> 'A|B'",
        "3.9 SSLObject.read: F(4) -> F(3)",
        "3.8 SSLObject.read: F(5) -> F(4)",
        "3.7 SSLObject.read: F(3) -> F(5)",
    ]
    run = Run().says("3.7", replace(named, words={"value": "F(3)"}))
    for version in ("3.8", "3.9"):
        run.says(version, divergence("F(4)", reference="F.A|B", field="value"))
    assert [one.field for one in drift_of(run.read())] == ["value", "value", "name"]


def test_names_of_other_flags_are_one_finding() -> None:
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9",
        divergence("None", reference="'A|B'", field="name"),
        divergence("None", reference="'A|C'", field="name", position=4),
    )
    (drift,) = drift_of(run.read())
    assert len(drift.places) == 2


def test_a_reason_is_that_of_the_version_which_raises() -> None:
    told = "raises SSLEOFError 'UNEXPECTED_EOF'"
    run = Run().says("3.9", divergence("returns b''", reference=told))
    for version, reason in (("3.7", "None"), ("3.6", "'OTHER'")):
        run.says(version, divergence(reason, reference="'UNEXPECTED_EOF'", field="reason"))
    run.says("3.8", divergence("returns b''", reference=told))
    assert run.history() == [
        f"3.10 SSLObject.read: returns b'' -> {told}",
        "3.8 SSLObject.read: raises SSLEOFError -> returns b''",
        "3.7 SSLObject.read: 'OTHER' -> None",
    ]


def test_a_detail_that_another_outcome_lies_between_is_no_finding() -> None:
    run = Run().says("3.7", divergence("['old']", reference="absent", field="warnings"))
    for version in ("3.8", "3.9"):
        run.says(version, divergence("raises TypeError", reference="returns False"))
    assert run.history() == [
        "3.10 SSLObject.read: raises TypeError -> returns False",
        "3.8 SSLObject.read: returns False -> raises TypeError",
        "3.7 SSLObject.read: absent -> ['old']",
    ]


@pytest.mark.parametrize("reached", [True, False])
def test_a_warning_is_lost_where_nobody_between_was_asked(reached: bool) -> None:
    run = Run("3.8", "3.9", "3.10", reference="3.10")
    run.says("3.8", divergence("['old']", reference="absent", field="warnings"))
    run.says("3.9", compared=1) if reached else run.says("3.9", verdict="ERROR")
    assert [one.since for one in drift_of(run.read())] == ["after 3.8, up to 3.10"] * (not reached)


def test_what_followed_is_kept_in_results() -> None:
    made = Run().says("3.6", followed={2: "1"}).pairs["a/t.py::t", "stdlib-py3.6"]
    assert Judgement.from_plain(json.loads(json.dumps(made.to_plain()))) == made
