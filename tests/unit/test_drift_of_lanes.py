"""What several lanes show of how Pythons differ: one drift, with the OpenSSLs that show it."""

from __future__ import annotations

from dataclasses import replace

from conformance.judge.verdict import Divergence
from conformance.report.baseline import facts_of_drift
from conformance.report.drift_of_lanes import drift_of_lanes
from conformance.report.page import Page
from tests.unit.test_findings import EOF_ERROR, Run, divergence


def test_steps_that_one_lane_shows_are_no_finding_of_another_over_a_gap() -> None:
    texts = {"3.9": "'old'", "3.10": "'newer'", "3.11": "'new'"}
    line, gap = Run("3.9", "3.10", "3.11", reference="3.11"), Run("3.9", "3.11", reference="3.11")
    for version, text in texts.items():
        if version != "3.11":
            line.says(version, divergence(text, reference="'new'", field="message"))
    gap.says("3.9", divergence("'old'", reference="'new'", field="message"))
    told = [one.since for one in drift_of_lanes([line.read(), gap.read()])]
    assert told == ["3.11", "3.10"]
    other = Run("3.9", "3.11", reference="3.11")
    other.says("3.9", divergence("'else'", reference="'new'", field="message"))
    told = [one.since for one in drift_of_lanes([line.read(), other.read()])]
    assert told == ["3.11", "after 3.9, up to 3.11", "3.10"]


def test_a_reason_that_one_lane_alone_tells_makes_no_other_finding() -> None:
    one, other = Run("3.9", "3.10", reference="3.10"), Run("3.9", "3.10", reference="3.10")
    told = "raises SSLEOFError 'UNEXPECTED_EOF'"
    one.says("3.9", divergence("X", reference=EOF_ERROR))
    other.says("3.9", divergence("X", reference=told))
    for each in other.everyone:
        each["openssl"] = "OpenSSL 3.6.5 1 Nov 2026"
    (drift,) = drift_of_lanes([one.read(), other.read()])
    assert (drift.changes[0].after, set(drift.openssls)) == (told, {"OpenSSL 3.0", "OpenSSL 3.6"})
    assert not drift.missing_in_first_lane


def on(run: Run, openssl: str) -> Run:
    """The same run on another OpenSSL."""
    for each in run.everyone:
        each["openssl"] = openssl
    return run


def test_what_a_lane_shows_over_a_gap_is_joined_to_what_another_shows_exactly() -> None:
    gap = Run("3.8", "3.9", "3.10", reference="3.10").says("3.8", divergence("X"))
    gap.says("3.9", verdict="ERROR")
    exact = on(Run("3.9", "3.10", reference="3.10"), "OpenSSL 3.6.5 1 Nov 2026")
    exact.says("3.9", divergence("X", reference=f"{EOF_ERROR} 'U'"))
    (drift,) = drift_of_lanes([gap.read(), exact.read()])
    assert (drift.since, sorted(drift.openssls)) == ("3.10", ["OpenSSL 3.0", "OpenSSL 3.6"])
    assert not drift.missing_in_first_lane


def test_steps_at_other_places_or_of_one_version_make_no_change_over_a_gap() -> None:
    def message(before: str, after: str, position: int = 2) -> Divergence:
        return divergence(before, reference=after, field="message", position=position)

    gap = Run("3.9", "3.11", reference="3.11").says("3.9", message("'a'", "'c'"))
    line = Run("3.9", "3.10", "3.11", reference="3.11")
    line.says("3.9", message("'a'", "'b'", 4)).says("3.10", message("'b'", "'c'", 6))
    found = drift_of_lanes([line.read(), gap.read()])
    assert "after 3.9, up to 3.11" in [one.since for one in found], "other places"
    line = Run("3.9", "3.10", reference="3.10")
    line.says(
        "3.9", message("'a'", "'b'"), replace(message("'b'", "'c'"), call="SSLObject.read(1)")
    )
    found = drift_of_lanes([line.read(), gap.read()])
    assert "after 3.9, up to 3.11" in [one.since for one in found], "one version"


def test_of_three_lanes_the_first_one_counts() -> None:
    lanes = [Run("3.9", "3.10", reference="3.10") for _ in range(3)]
    for number in (1, 2):
        on(lanes[number].says("3.9", divergence("Y")), f"OpenSSL 3.{4 + number}.0 1 Nov 2026")
    (drift,) = drift_of_lanes([one.read() for one in lanes])
    assert drift.missing_in_first_lane and len(drift.openssls) == 2


def test_what_another_lane_alone_shows_says_so() -> None:
    one, other = Run("3.9", "3.10", reference="3.10"), Run("3.9", "3.10", reference="3.10")
    one.says("3.9", divergence("X"))
    other.says("3.9", divergence("X"), divergence("Y", position=4))
    newer = Run("3.10", "3.11", reference="3.11").says("3.10", divergence("Z"))
    found = drift_of_lanes([one.read(), other.read(), newer.read()])
    assert [(drift.changes[0].before, drift.missing_in_first_lane) for drift in found] == [
        ("Z", False),
        ("X", False),
        ("Y", True),
    ]
    shown = [" on OpenSSL 3.0" in Page.drift(drift) for drift in found]
    facts = [" on OpenSSL 3.0 alone:" in fact.detail for fact in facts_of_drift(found)]
    assert shown == facts == [False, False, True]


def test_two_lanes_tell_the_same_drift_once() -> None:
    one, other = Run("3.9", "3.10", reference="3.10"), Run("3.9", "3.10", reference="3.10")
    for run in (one, other):
        run.says("3.9", divergence("X"))
    for each in other.everyone:
        each["openssl"] = "OpenSSL 3.6.5 1 Nov 2026"
    (drift,) = drift_of_lanes([one.read(), other.read()])
    assert drift.openssls == ("OpenSSL 3.0", "OpenSSL 3.6")
