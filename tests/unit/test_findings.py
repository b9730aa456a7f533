"""Findings, since when, and because of what, from small results made by hand."""

from __future__ import annotations

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
            f"{one.step.versions} {', '.join(one.members)}: "
            + "; ".join(f"{stretch.when}: {stretch.value}" for stretch in one.stretches)
            for one in drift_of(self.read())
        ]


# Drift: since when


def test_what_older_versions_did_is_told_as_one_history() -> None:
    run = Run()
    for version in ("3.6", "3.7"):
        run.says(version, divergence("raises SSLError"))
    for version in ("3.8", "3.9"):
        run.says(version, divergence("returns b''"))
    assert run.history() == [
        "3.10 SSLObject.read: until 3.7: raises SSLError; 3.8 and 3.9: returns b''; "
        f"since 3.10: {EOF_ERROR}"
    ]


def test_returning_and_raising_another_class_are_one_history() -> None:
    told = "raises SSLEOFError 'UNEXPECTED_EOF'"
    run = Run().says("3.9", divergence("returns b''", reference=told))
    for version in ("3.6", "3.7", "3.8"):
        run.says(version, divergence("SSLError", reference="SSLEOFError", field="exception"))
    assert run.history() == [
        f"3.10 SSLObject.read: until 3.8: raises SSLError; 3.9: returns b''; since 3.10: {told}"
    ]


def test_only_some_versions_in_the_middle() -> None:
    run = Run().says("3.8", divergence("X")).says("3.9", divergence("X"))
    assert run.history() == [
        f"3.10 SSLObject.read: only 3.8 and 3.9: X; before and after: {EOF_ERROR}"
    ]


def test_versions_that_go_back_and_forth_are_told_as_they_are() -> None:
    run = Run().says("3.6", divergence("X")).says("3.8", divergence("X"))
    assert run.history() == [
        f"3.9 SSLObject.read: until 3.6: X; 3.7: {EOF_ERROR}; 3.8: X; since 3.9: {EOF_ERROR}"
    ]


def test_a_gap_between_versions_leaves_open_when_it_changed() -> None:
    run = Run("3.6", "3.9", "3.11", "3.13").says("3.9", divergence("X"))
    run.says("3.6", divergence("X"))
    assert run.history() == [f"3.10 or 3.11 SSLObject.read: until 3.9: X; by 3.11: {EOF_ERROR}"]
    run = Run("3.6", "3.13").says("3.6", divergence("X"))
    assert run.history()[0].startswith("one of 3.7 to 3.13 SSLObject.read: until 3.6: X; by 3.13: ")


def test_a_version_newer_than_the_reference() -> None:
    run = Run("3.9", "3.10", "3.11", reference="3.10").says("3.11", divergence("Z"))
    assert run.history() == [f"3.11 SSLObject.read: until 3.10: {EOF_ERROR}; since 3.11: Z"]
    assert not drift_of(run.read())[0].step.forwards


def test_the_same_drift_at_many_places_is_one_finding() -> None:
    run = Run()
    for scenario in ("b/t.py::t", "a/t.py::t"):
        for version in ("3.6", "3.7"):
            run.says(version, divergence("X"), divergence("X", position=5), scenario=scenario)
    (drift,) = drift_of(run.read())
    assert [str(place.scenario) for place in drift.places] == ["a/t.py::t"] * 2 + ["b/t.py::t"] * 2


def test_members_with_the_same_history_are_findings_of_their_own() -> None:
    written = divergence("X", member="SSLObject.write", position=5)
    run = Run().says("3.6", divergence("X"), written).says("3.7", divergence("X"), written)
    assert run.history() == [
        f"3.8 SSLObject.read: until 3.7: X; since 3.8: {EOF_ERROR}",
        f"3.8 SSLObject.write: until 3.7: X; since 3.8: {EOF_ERROR}",
    ]


def test_what_differs_in_a_number_or_a_label_is_one_finding() -> None:
    run = Run().says(
        "3.9",
        divergence("version 0x1", reference="<X #1>"),
        divergence("version 0x3", reference="<X #2>", position=4),
        divergence("other 0x3", reference="<X #2>", position=6),
    )
    assert [len(one.places) for one in drift_of(run.read())] == [2, 1]


def test_a_member_that_came_is_one_finding_whatever_is_done_with_it() -> None:
    lacking = "raises AttributeError"
    run = Run()
    for version in ("3.6", "3.7"):
        run.says(
            version,
            divergence(lacking, reference="returns 1"),
            divergence(lacking, reference="raises ValueError", position=4),
            divergence(lacking, reference="returns 2", member="native.has", position=6),
        )
    run.says("3.8", divergence("raises OSError", reference="raises ValueError", position=4))
    came, later, probe = sorted(drift_of(run.read()), key=lambda one: (not one.is_new, one.members))
    assert (came.is_new, came.members, len(came.places)) == (True, ("SSLObject.read",), 2)
    assert came.step.versions == "3.8"
    assert (later.is_new, later.step.versions) == (False, "3.9"), "what changed since is another"
    assert (probe.is_new, probe.members) == (False, ("native.has",)), "a probe came nowhere"


def test_a_member_that_was_there_is_not_new() -> None:
    run = Run().says(
        "3.9",
        divergence("raises AttributeError", reference="returns 1"),
        divergence("returns 3", reference="returns 2", position=4),
    )
    assert not any(one.is_new for one in drift_of(run.read()))


def test_what_could_not_be_compared_neither_splits_nor_proves() -> None:
    run = Run()
    for version in ("3.6", "3.7", "3.8"):
        run.says(version, divergence("X"))
    run.says("3.6", verdict="drift", compared=1, scenario="b/t.py::t")  # ended before it
    run.says("3.7", divergence("X"), scenario="b/t.py::t")
    run.says("3.8", divergence("X"), scenario="b/t.py::t")
    assert run.history() == [f"3.9 SSLObject.read: until 3.8: X; since 3.9: {EOF_ERROR}"]
    assert len(drift_of(run.read())[0].places) == 2


def test_details_of_an_exception_are_unknown_where_its_class_differs() -> None:
    run = Run().says("3.6", divergence("OSError", field="exception", reference="SSLError"))
    run.says("3.7", divergence("late", field="message", reference="early"))
    assert run.history() == [
        "3.8 SSLObject.read: 3.7: late; since 3.8: early",
        "3.7 SSLObject.read: until 3.6: raises OSError; since 3.7: raises SSLError",
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
        "which is the distributor's choice: what contexts begin with (ciphers, lowest version) "
        "differs for that."
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
            "As Python 3.6 to 3.10 do; changed in one of 3.11 to 3.13.",
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
