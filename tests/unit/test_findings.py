"""Findings, since when, and because of what, from small results made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.judge.verdict import Divergence, Judgement, Verdict
from conformance.report.drift import apart_of, drift_of
from conformance.report.findings import Place, Reading, declared_as_a_whole, judged
from conformance.report.versions import listed, minor, series

LINE = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.13")
EOF_ERROR = "raises SSLEOFError"


def implementation(
    name: str, role: str, python: str = "", openssl: str | None = "OpenSSL 3.0.19 27 Jan 2026"
) -> dict[str, Any]:
    return {
        "id": name,
        "describe": name,
        "role": role,
        "python": python,
        "interpreter": "CPython",
        "openssl": openssl,
        "backward_reference": None,
        "missing": None if python else "Nobody found it.",
    }


def divergence(
    candidate: str,
    *,
    reference: str = EOF_ERROR,
    member: str = "SSLObject.read",
    field: str = "outcome",
    position: int = 2,
    verdict: Verdict = "drift",
    neutral: str | None = None,
) -> Divergence:
    return Divergence(member, field, reference, candidate, position, verdict, neutral=neutral)


def called(call: str, one: Divergence) -> Divergence:
    """A divergence whose operation reads so."""
    return replace(one, call=call)


class Run:
    """Results in the making: everyone is asked every scenario, and what is not said is the same."""

    def __init__(self, *versions: str, reference: str = "3.13") -> None:
        self.reference = f"stdlib-py{reference}"
        self.everyone = [implementation("backport-py2.7", "candidate", "2.7.18")]
        for version in versions or LINE:
            role = "reference" if version == reference else "witness"
            self.everyone.append(implementation(f"stdlib-py{version}", role, f"{version}.1"))
        self.pairs: dict[tuple[str, str], Judgement] = {}

    def says(self, name: str, *found: Divergence, scenario: str = "a/t.py::t", **more: Any) -> Run:
        """Who differs how, where; versions of Python by their number alone."""
        name = name if "-" in name else f"stdlib-py{name}"
        role = next(one["role"] for one in self.everyone if one["id"] == name)
        verdict = max((one.verdict for one in found), default="same")
        more = {"verdict": verdict, "operations": 9, "compared": 9, **more}
        pair = Judgement(scenario, name, "forward", role, divergences=found, **more)
        self.pairs[scenario, name] = pair
        return self

    def read(self) -> Reading:
        for scenario in {scenario for scenario, _ in self.pairs}:
            for one in self.everyone:
                if (scenario, one["id"]) not in self.pairs and not one["missing"]:
                    self.says(one["id"], scenario=scenario)
        return Reading(
            {
                "schema": 1,
                "complete": True,
                "whole": True,
                "passed": True,
                "reference": self.reference,
                "implementations": self.everyone,
                "scenarios": [],
                "judgements": [pair.to_plain() for pair in self.pairs.values()],
                "problems": [],
            }
        )

    def history(self) -> list[str]:
        """Each drift in one line."""
        return [
            f"{one.since} {one.member}: "
            + "; ".join(f"{change.before} -> {change.after}" for change in one.changes)
            for one in drift_of(self.read())
        ]


# Drift: since when


def test_what_changed_twice_is_two_findings() -> None:
    run = Run()
    for version in ("3.6", "3.7"):
        run.says(version, divergence("raises SSLError"))
    for version in ("3.8", "3.9"):
        run.says(version, divergence("returns b''"))
    assert run.history() == [
        f"3.10 SSLObject.read: returns b'' -> {EOF_ERROR}",
        "3.8 SSLObject.read: raises SSLError -> returns b''",
    ]


def test_returning_and_raising_another_class_are_steps_of_one_thing() -> None:
    told = "raises SSLEOFError 'UNEXPECTED_EOF'"
    run = Run().says("3.9", divergence("returns b''", reference=told))
    for version in ("3.6", "3.7", "3.8"):
        run.says(version, divergence("SSLError", reference="SSLEOFError", field="exception"))
    assert run.history() == [
        f"3.10 SSLObject.read: returns b'' -> {told}",
        "3.9 SSLObject.read: raises SSLError -> returns b''",
    ]


def test_a_value_that_another_version_returns_is_that_of_its_own() -> None:
    run = Run().says("3.8", divergence("raises SSLError", reference="returns 1"))
    run.says("3.9", divergence("7", reference="1", field="value"))
    assert "3.9 SSLObject.read: raises SSLError -> returns 7" in run.history()
    assert "3.10 SSLObject.read: 7 -> 1" in run.history()


def test_versions_that_go_back_and_forth_are_told_as_they_are() -> None:
    run = Run().says("3.6", divergence("X")).says("3.8", divergence("X"))
    assert run.history() == [
        f"3.9 SSLObject.read: X -> {EOF_ERROR}",
        f"3.8 SSLObject.read: {EOF_ERROR} -> X",
        f"3.7 SSLObject.read: X -> {EOF_ERROR}",
    ]


def test_a_gap_between_versions_leaves_open_when_it_changed() -> None:
    run = Run("3.6", "3.9", "3.11", "3.13").says("3.9", divergence("X"))
    run.says("3.6", divergence("X"))
    assert run.history() == [f"after 3.9, up to 3.11 SSLObject.read: X -> {EOF_ERROR}"]
    run = Run("3.6", "3.13").says("3.6", divergence("X"))
    assert run.history() == [f"after 3.6, up to 3.13 SSLObject.read: X -> {EOF_ERROR}"]


def test_a_version_newer_than_the_reference() -> None:
    run = Run("3.9", "3.10", "3.11", reference="3.10").says("3.11", divergence("Z"))
    assert run.history() == [f"3.11 SSLObject.read: {EOF_ERROR} -> Z"]
    assert not drift_of(run.read())[0].step.forwards


def test_the_same_drift_at_many_places_is_one_finding() -> None:
    run = Run()
    for scenario in ("b/t.py::t", "a/t.py::t"):
        for version in ("3.6", "3.7"):
            run.says(version, divergence("X"), divergence("X", position=5), scenario=scenario)
    (drift,) = drift_of(run.read())
    assert [str(place.scenario) for place in drift.places] == ["a/t.py::t"] * 2 + ["b/t.py::t"] * 2


def test_members_that_changed_alike_are_findings_of_their_own() -> None:
    written = divergence("X", member="SSLObject.write", position=5)
    run = Run().says("3.6", divergence("X"), written).says("3.7", divergence("X"), written)
    assert run.history() == [
        f"3.8 SSLObject.read: X -> {EOF_ERROR}",
        f"3.8 SSLObject.write: X -> {EOF_ERROR}",
    ]


def test_what_differs_in_a_number_or_a_label_is_one_finding() -> None:
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9",
        divergence("version 0x1", reference="<X #1>"),
        divergence("version 0x3", reference="<X #2>", position=4),
        divergence("other 0x3", reference="<X #2>", position=6),
    )
    assert sorted(len(one.places) for one in drift_of(run.read())) == [1, 2]


def test_details_of_a_call_stand_under_what_changed_there() -> None:
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9",
        divergence("1", reference="2", field="errno"),
        divergence("'A'", reference="'B'", field="reason"),
        divergence("1", reference="2", field="errno", position=4),
    )
    (drift,) = drift_of(run.read())
    assert {change.field for change in drift.changes} == {"errno", "reason"}


def test_a_detail_of_many_other_calls_stands_alone() -> None:
    details = [divergence("1", reference="2", field="errno", position=one) for one in range(3, 9)]
    shown = (divergence("X", field="value", reference="Y"), *details)
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9", *shown, divergence("1", reference="2", field="errno")
    )
    assert sorted(one.field for one in drift_of(run.read())) == ["errno", "value"]


def test_a_member_that_came_is_one_finding_whatever_is_done_with_it() -> None:
    lacking = "raises AttributeError"
    run = Run()
    for version in ("3.6", "3.7"):
        run.says(
            version,
            divergence(lacking, reference="returns 1"),
            divergence(lacking, reference="raises ValueError", position=4),
            divergence("7", reference="8", field="value", position=6),
        )
    run.says("3.8", divergence("raises OSError", reference="raises ValueError", position=4))
    later, came = drift_of(run.read())
    assert (came.kind, came.member, came.since) == ("new", "SSLObject.read", "3.8")
    assert len(came.places) == 3, "an attribute may be set before there is such a member"
    assert (later.kind, later.since) == ("changed", "3.9"), "what changed since is another"


def test_a_member_that_an_object_of_a_subclass_lacks_is_no_new_one() -> None:
    lacking, member = "raises AttributeError", "UninitializedSSLContext.protocol"
    run = Run().says("3.6", divergence(lacking, reference="returns 1", member=member))
    (drift,) = drift_of(run.read())
    assert (drift.kind, drift.member, drift.since) == ("changed", "SSLContext.protocol", "3.7")
    plain = divergence(lacking, reference="returns 1", member="SSLContext.protocol", position=4)
    run.says("3.6", divergence(lacking, reference="returns 1", member=member), plain)
    (drift,) = drift_of(run.read())
    assert (drift.kind, drift.member, drift.since) == ("new", "SSLContext.protocol", "3.7")


def test_a_member_that_an_object_of_a_subclass_has_lost_is_not_gone() -> None:
    lacking, member = "raises AttributeError", "UninitializedSSLContext.protocol"
    run = Run("3.9", "3.10", reference="3.10")
    run.says("3.9", divergence("returns 1", reference=lacking, member=member))
    (drift,) = drift_of(run.read())
    assert (drift.kind, drift.member) == ("changed", "SSLContext.protocol")


def test_what_a_class_lists_says_when_a_member_came() -> None:
    listed = called(
        "native.public_members(<class SSLObject>, 'r')",
        divergence(
            "['a method']",
            reference="['a method', 'read method']",
            member="native.public_members",
            field="value",
        ),
    )
    run = Run().says("3.6", listed, divergence("raises AttributeError", position=4))
    run.says("3.7", listed, divergence("returns 3", position=4))
    (came,) = drift_of(run.read())
    assert (came.kind, came.member, came.since) == ("new", "SSLObject.read", "3.8")


def test_a_change_over_a_gap_that_begins_before_a_member_came_is_a_part_of_that() -> None:
    lacking = divergence("raises AttributeError", reference="returns 1")
    refused = divergence("returns None", reference="raises OverflowError", position=4)
    run = Run().says("3.6", lacking, refused).says("3.7", lacking, refused)
    run.says("3.8", compared=3).says("3.9", compared=3)
    (came,) = drift_of(run.read())
    assert (came.kind, came.since, len(came.places)) == ("new", "3.8", 2)


def test_the_type_of_what_was_passed_makes_no_other_finding() -> None:
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9",
        *(
            divergence(
                f"an integer is required (got type {name})",
                reference=f"'{name}' object cannot be interpreted as an integer",
                field="message",
                position=position,
            )
            for position, name in enumerate(("str", "list", "object_with_int"))
        ),
        *(
            divergence(
                f"f() argument 1 must be {wanted}, not int",
                reference=f"f() argument 'x' must be {wanted}, not int",
                field="message",
                position=position,
            )
            for position, wanted in enumerate(("str", "bytes"), 4)
        ),
    )
    assert sorted(len(one.places) for one in drift_of(run.read())) == [1, 1, 3]


def test_a_closed_socket_shows_the_same_change_as_an_open_one() -> None:
    shown = "<ssl.SSLSocket {}, family={}>".format
    run = Run("3.10", "3.11", reference="3.11").says(
        "3.10",
        divergence(shown("fd=...", "AF_UNIX"), reference=shown("fd=...", 1), field="value"),
        divergence(
            shown("[closed] fd=-1", "AF_UNIX"),
            reference=shown("[closed] fd=-1", 1),
            field="value",
            position=4,
        ),
    )
    (drift,) = drift_of(run.read())
    assert len(drift.places) == 2


def test_raising_without_a_reason_is_the_same_change_as_with_one() -> None:
    def raises(*reasons: str) -> list[int]:
        found = (
            divergence("returns b''", reference=f"raises SSLError{reason}", position=position)
            for position, reason in enumerate(reasons)
        )
        run = Run("3.9", "3.10", reference="3.10").says("3.9", *found)
        return sorted(len(one.places) for one in drift_of(run.read()))

    assert raises("", " 'A'") == [2]
    assert raises("", " 'A'", " 'B'") == [1, 1, 1], "it may be either"


def test_what_an_operation_returns_is_its_value() -> None:
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9",
        divergence("returns 1", reference="returns 2"),
        divergence("1", reference="2", field="value", position=4),
    )
    assert run.history() == ["3.10 SSLObject.read: 1 -> 2"]


def course(theirs: str, ours: str, position: int = 4) -> Divergence:
    return divergence(
        theirs, reference=ours, member="scenario", field="operation", position=position
    )


def test_how_a_scenario_goes_on_says_whether_it_is_called_back() -> None:
    run = Run("3.9", "3.10", reference="3.10")
    run.says("3.9", course("callback refuse", "completed")).says(
        "3.9", course("callback <lambda>", "SSLContext.f"), scenario="b/t.py::t"
    )
    assert run.history() == ["3.10 ssl: a callback is called -> no callback is called"]


def test_what_comes_of_an_operation_that_raises_is_no_finding() -> None:
    raised = divergence("raises TypeError", reference="returns 1")
    (found,) = Run("3.9", "3.10", reference="3.10").says("3.9", raised).history()
    run = Run("3.9", "3.10", reference="3.10").says("3.9", raised, course("X.f", "X.g", 3))
    assert run.history() == [found]
    run = Run("3.9", "3.10", reference="3.10").says("3.9", raised, course("X.f", "X.g", 5))
    assert len(run.history()) == 2, "something else may have changed between them"


def test_a_scenario_that_stops_where_a_member_is_not_there_shows_that_it_came() -> None:
    has = called(
        "native.has(<class SSLObject>, 'read')",
        divergence("False", reference="True", member="native.has", field="value"),
    )
    run = Run("3.9", "3.10", reference="3.10").says("3.9", has)
    run.says("3.9", course("SSLObject.read", "native.unicode"), scenario="b/t.py::t")
    (came,) = drift_of(run.read())
    assert (came.kind, came.member, len(came.places)) == ("new", "SSLObject.read", 2)


def test_a_class_of_the_suite_is_no_value_of_ssl() -> None:
    run = Run("3.9", "3.10", reference="3.10").says(
        "3.9",
        divergence("<SSLObject #1>", reference="<OwnObject #1>", field="value"),
        divergence("<SSLObject #1>", reference="<ObjectOfContext #1>", field="value", position=4),
        divergence("no", reference="OwnObject is private", field="message", position=6),
        divergence("no", reference="SSLObject is private", field="message", position=7),
    )
    assert run.history() == [
        "3.10 SSLObject.read: no -> OwnObject is private",
        "3.10 SSLObject.read: <SSLObject #1> -> <subclass of SSLObject #1>",
    ]


def test_objects_are_numbered_by_class_so_that_another_class_is_one_finding() -> None:
    def numbers(*shown: tuple[str, str]) -> list[str]:
        found = (
            divergence(f"<{before}>", reference=f"<{after}>", field="value", position=position)
            for position, (before, after) in enumerate(shown)
        )
        return Run("3.9", "3.10", reference="3.10").says("3.9", *found).history()

    other, later = ("SSLObject #1", "OwnObject #1"), ("SSLObject #2", "SSLObject #1")
    assert numbers(other, later) == [
        "3.10 SSLObject.read: <SSLObject #1> -> <subclass of SSLObject #1>"
    ]
    assert len(numbers(later, other)) == 2, "it was another object before"
    assert len(numbers(later)) == 1


def test_a_name_that_went_is_one_finding() -> None:
    listed = called(
        "native.public_names('R')",
        divergence(
            "['RAND_egd function']", reference="[]", member="native.public_names", field="value"
        ),
    )
    has = called(
        "native.has(<ssl>, 'RAND_egd')",
        divergence("True", reference="False", member="native.has", field="value", position=4),
    )
    run = Run()
    for version in ("3.6", "3.7", "3.8"):
        run.says(version, listed, has)
    (gone,) = drift_of(run.read())
    assert (gone.kind, gone.member, gone.since, len(gone.places)) == (
        "gone",
        "ssl.RAND_egd",
        "3.9",
        2,
    )


def test_what_could_not_be_compared_neither_splits_nor_proves() -> None:
    run = Run()
    for version in ("3.6", "3.7", "3.8"):
        run.says(version, divergence("X"))
    run.says("3.6", verdict="drift", compared=1, scenario="b/t.py::t")  # ended before it
    run.says("3.7", divergence("X"), scenario="b/t.py::t")
    run.says("3.8", divergence("X"), scenario="b/t.py::t")
    assert run.history() == [f"3.9 SSLObject.read: X -> {EOF_ERROR}"]
    assert len(drift_of(run.read())[0].places) == 2


def test_what_a_scenario_leaves_is_unknown_where_it_ended_elsewhere() -> None:
    run = Run("3.8", "3.9", "3.10", reference="3.10")
    left = divergence(
        "1 alive", reference="nothing", member="SSLObject", field="left behind", position=9
    )
    run.says("3.9", left).says("3.8", compared=4, operations=4)
    assert run.history() == ["3.10 SSLObject: 1 alive -> nothing"]
    run.says("3.8", compared=9, operations=9)
    assert run.history() == [
        "3.10 SSLObject: 1 alive -> nothing",
        "3.9 SSLObject: nothing -> 1 alive",
    ]


def test_a_step_over_a_gap_joins_the_one_that_is_known_better() -> None:
    run = Run("3.8", "3.9", "3.10", reference="3.10")
    run.says("3.8", divergence("X")).says("3.9", divergence("X"))
    run.says("3.8", divergence("X"), scenario="b/t.py::t")
    run.says("3.9", verdict="drift", compared=1, scenario="b/t.py::t")
    (drift,) = drift_of(run.read())
    assert (drift.since, len(drift.places)) == ("3.10", 2)


def test_details_of_an_exception_are_unknown_where_its_class_differs() -> None:
    run = Run().says("3.6", divergence("OSError", field="exception", reference="SSLError"))
    run.says("3.7", divergence("late", field="message", reference="early"))
    assert run.history() == [
        "3.8 SSLObject.read: late -> early",
        "3.7 SSLObject.read: raises OSError -> raises SSLError",
    ]


def test_another_openssl_may_be_the_cause() -> None:
    run = Run("3.9", "3.10", reference="3.10").says("3.9", divergence("X"))
    assert drift_of(run.read())[0].step.caveat == ""
    run.everyone[1]["openssl"] = "OpenSSL 1.1.1w  11 Sep 2023"
    assert drift_of(run.read())[0].step.caveat == (
        "Python 3.9 ran on OpenSSL 1.1.1 and 3.10 on OpenSSL 3.0, so it may be OpenSSL that "
        "changed."
    )


def test_a_distributors_choice_may_be_the_cause() -> None:
    run = Run("3.9", "3.10", reference="3.10").says("3.9", divergence("X"))
    run.everyone[1]["default_suites"] = "openssl"
    assert drift_of(run.read())[0].step.caveat == (
        "Python 3.9 was built with OpenSSL's default suites and 3.10 with Python's default suites, "
        "as the distributor chose: for that reason contexts begin with other ciphers and another "
        "lowest version."
    )


def test_missing_versions_are_no_part_of_the_line() -> None:
    run = Run("3.9", "3.10", reference="3.10")
    run.everyone.append(implementation("stdlib-py3.6", "witness"))
    assert [version.name for version in run.read().line] == ["3.9", "3.10"]


def test_other_kinds_of_witness_stand_apart() -> None:
    run = Run()
    run.everyone.append(implementation("stdlib-pypy3.11", "witness", "3.11.1"))
    run.says("stdlib-pypy3.11", divergence("X"))
    reading = run.read()
    assert drift_of(reading) == []
    (apart,) = apart_of(reading)
    assert (apart.implementation, apart.value) == ("stdlib-pypy3.11", "X")


# Candidates: findings, and what explains them


def test_a_fingerprint_is_one_finding_with_all_its_places() -> None:
    run = Run().says("backport-py2.7", divergence("X", verdict="NEW"))
    run.says("backport-py2.7", divergence("X", verdict="known"), scenario="b/t.py::t")
    (finding,) = run.read().findings()
    assert finding.verdict == "NEW"
    assert finding.places == (Place("a/t.py::t", 2), Place("b/t.py::t", 2))


def test_what_two_decisions_speak_of_is_a_finding_of_each() -> None:
    run = Run()
    for scenario, file in (("a/t.py::t", "one.toml"), ("b/t.py::t", "two.toml")):
        known = replace(divergence("X", verdict="known"), file=file)
        run.says("backport-py2.7", known, scenario=scenario)
    found = run.read().findings()
    assert [(one.files, len(one.places)) for one in found] == [
        (("one.toml",), 1),
        (("two.toml",), 1),
    ]


def test_the_gravest_finding_comes_first() -> None:
    run = Run().says(
        "backport-py2.7",
        divergence("X", verdict="known", position=1),
        divergence("CRASH: died", verdict="CRASH", position=4),
        divergence("Y", verdict="NEW", position=3),
    )
    assert [one.verdict for one in run.read().findings()] == ["CRASH", "NEW", "known"]


@pytest.mark.parametrize(
    "alike, sentence",
    [
        (["3.6", "3.7", "3.8", "3.9"], "As Python 3.6 to 3.9 do; changed in 3.10."),
        (["3.6"], "As Python 3.6 does; changed in 3.7."),
        (["3.8", "3.9"], "As Python 3.8 and 3.9 do, and no other Python of that kind."),
        (
            ["3.6", "3.7", "3.8", "3.9", "3.10"],
            "As Python 3.6 to 3.10 do; changed after 3.10, up to 3.13.",
        ),
        ([], "No other implementation in this run does so: it is the candidate's own."),
    ],
)
def test_who_else_does_so(alike: list[str], sentence: str) -> None:
    run = Run().says("backport-py2.7", divergence("returns ''", verdict="NEW"))
    for version in alike:
        spelled = divergence("returns b''", neutral="returns ''")  # Python 3's way
        run.says(version, spelled)
    assert run.read().findings()[0].explanation == sentence


def test_other_implementations_that_do_so_are_named() -> None:
    run = Run().says("backport-py2.7", divergence("X", verdict="NEW")).says("3.6", divergence("X"))
    run.everyone.append(implementation("stdlib-pypy3.11", "witness", "3.11.1"))
    run.says("stdlib-pypy3.11", divergence("X"))
    explanation = run.read().findings()[0].explanation
    assert explanation == "As Python 3.6 does; changed in 3.7. Also stdlib-pypy3.11."


def test_what_some_places_show_is_not_said_of_all() -> None:
    run = Run()
    for scenario in ("a/t.py::t", "b/t.py::t"):
        run.says("backport-py2.7", divergence("X", verdict="NEW"), scenario=scenario)
    run.says("3.6", divergence("X"))
    explanation = run.read().findings()[0].explanation
    assert explanation == "At some of the places Python 3.6 does so too."
    run.says("3.7", divergence("X"))
    explanation = run.read().findings()[0].explanation
    assert explanation == "At some of the places Python 3.6 and 3.7 do so too."


def test_the_openssl_axis() -> None:
    run = Run("3.9", "3.10", reference="3.10").says("3.9", divergence("X"))
    run.says("backport-py2.7", divergence("X", verdict="NEW"))
    for one in run.everyone[:2]:
        one["openssl"] = "OpenSSL 1.1.1w"
    assert "All of these run on OpenSSL 1.1.1, and none of the others." in (
        run.read().findings()[0].explanation
    )


def test_nobody_could_be_compared() -> None:
    run = Run("3.13").says("backport-py2.7", divergence("X", verdict="NEW"))
    explanation = run.read().findings()[0].explanation
    assert explanation == "No other implementation could be compared there."


# What counts as judged


def test_an_error_has_no_findings() -> None:
    run = Run().says("backport-py2.7", divergence("X", verdict="NEW"), verdict="ERROR")
    assert run.read().findings() == []


def test_a_declared_scenario_hides_its_divergences_and_a_declared_member_only_its_own() -> None:
    one = divergence("X", verdict="NEW")
    absent = divergence("raises AttributeError", verdict="UNSUPPORTED")
    whole = Judgement("a", "b", "forward", "candidate", "UNSUPPORTED", (one, absent))
    assert judged(whole) == [absent]
    assert declared_as_a_whole(whole)
    single = Judgement("a", "b", "forward", "candidate", "UNSUPPORTED", (absent,))
    assert judged(single) == [absent]
    assert not declared_as_a_whole(single)


def test_no_results_at_all() -> None:
    reading = Run().read()
    assert (reading.findings(), drift_of(reading), apart_of(reading)) == ([], [], [])


def test_versions_and_names_in_words() -> None:
    assert [minor("3.13.0rc1"), minor("")] == ["3.13", ""]
    assert [series("OpenSSL 3.0.19 27 Jan"), series("OpenSSL 1.1.1w"), series(None)] == [
        "OpenSSL 3.0",
        "OpenSSL 1.1.1",
        None,
    ]
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
