"""Whether a committed report is current, by its findings: lines that a review can read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.report import Report, not_comparable, stale
from conformance.report.baseline import SEPARATOR, facts_in, path_of
from tests.unit.test_report import (
    DECISION,
    OTHER,
    PIN,
    READ,
    SCENARIO,
    SHUT,
    implementation,
    pair,
    report,
    results,
    typical,
)


def test_findings_are_lines_that_a_review_can_read() -> None:
    lines = report(typical(), [PIN]).findings.splitlines()
    facts = [line for line in lines if not line.startswith("#")]
    assert facts == sorted(facts)
    assert (
        "finding | backport-py2.7 | forward | MemoryBIO.read | value | b'tail' | 7 | "
        f"known at 1 place by read-spelling.toml: MemoryBIO.read in {SCENARIO}"
    ) in lines
    assert "verdicts | backport-py2.7 | forward | memory_bio | 1 known" in lines
    assert (
        "drift | after 3.9, up to 3.13 | changed | SSLObject.unwrap | SSLObject.unwrap | "
        f"outcome | returns None | raises SSLError | 1 place: {OTHER}"
    ) in lines
    assert path_of(Path("a/REPORT.md")) == Path("a/REPORT.findings.txt")


def test_a_finding_says_what_of_ssl_it_is_and_where_it_shows() -> None:
    probed = replace(READ, member="native.set_attribute", verdict="NEW", position=3)
    probed = replace(probed, call="native.set_attribute(<X #1>, 'a', 1 | 2)")
    later = pair("backport-py2.7", probed, scenario=OTHER)
    course = replace(READ, member="scenario", field="operation", verdict="NEW", position=1)
    lines = report(results(pair("backport-py2.7", course, probed), later)).findings.splitlines()
    found = [line for line in lines if line.startswith("finding")]
    assert [line.rpartition(SEPARATOR)[2] for line in found] == [
        f"NEW at 2 places by read-spelling.toml: X.a = 1|2 in {SCENARIO}",
        f"NEW at 1 place by read-spelling.toml: {SCENARIO}",
    ]


def test_another_letter_in_a_behaviour_is_another_line_and_no_more() -> None:
    texts = []
    for letter in "xy":
        found = replace(READ, candidate="a" * 500 + letter)
        pin = replace(PIN, fingerprint=found.pinned)
        texts.append(
            set(report(results(pair("backport-py2.7", found)), [pin]).findings.split("\n"))
        )
    assert [len(texts[0] - texts[1]), len(texts[1] - texts[0])] == [1, 1]


def test_a_report_is_current_with_itself_and_with_another_machine() -> None:
    committed = report(typical(), [PIN])
    assert stale(committed, committed) == []
    windows = Report(*(text.replace("\n", "\r\n") for text in committed))
    assert stale(windows, committed) == []
    elsewhere = typical()
    for one in elsewhere["implementations"]:
        one["openssl"] = "OpenSSL 3.0.2 15 Mar 2022"
    elsewhere["judgements"][0]["rules"]["native-string"] = 4
    fresh = report(elsewhere, [PIN])
    assert fresh != committed
    assert stale(committed, fresh) == []


def test_an_implementation_that_only_one_side_has_is_left_out_and_announced() -> None:
    committed = report(typical(), [PIN])
    made = typical()
    made["implementations"] = [
        one for one in made["implementations"] if one["id"] != "stdlib-py3.9"
    ]
    made["judgements"] = [
        one for one in made["judgements"] if one["implementation"] != "stdlib-py3.9"
    ]
    fresh = report(made, [PIN])
    assert stale(committed, fresh) == stale(fresh, committed) == []
    told = "REPORT.md has results of stdlib-py3.9, which this run does not have."
    assert told in not_comparable(committed, fresh)
    told = "REPORT.md has no results of stdlib-py3.9, which this run has."
    assert told in not_comparable(fresh, committed)


def test_another_reference_is_announced_and_only_the_backward_axis_compared() -> None:
    committed = report(typical(), [PIN])
    made = results(pair("monkeypatched-py2.7", SHUT, scenario=OTHER, axis="backward"))
    made["reference"] = "stdlib-py3.14"
    made["implementations"].append(implementation("stdlib-py3.14", "reference", "3.14.0"))
    fresh = report(made, [PIN])
    found = [one for one in stale(committed, fresh) if "does not say what" not in one]
    assert len(found) == 2
    assert all("(backward)" in sentence for sentence in found)
    assert "only findings of the backward axis were checked" in not_comparable(committed, fresh)[0]


def with_versions(made: dict[str, Any], name: str, **versions: str) -> dict[str, Any]:
    """Results in which an implementation has other versions."""
    (one,) = [one for one in made["implementations"] if one["id"] == name]
    one.update(versions)
    return made


@pytest.mark.parametrize("versions", [{"python": "2.7.17"}, {"openssl": "OpenSSL 3.0.2 1 Jan"}])
def test_another_patch_level_is_announced_and_not_compared(versions: dict[str, str]) -> None:
    found = results(pair("backport-py2.7", READ), pair("monkeypatched-py2.7", READ))
    fresh = report(with_versions(results(), "backport-py2.7", **versions))
    committed = report(found, [PIN])
    sentences = stale(committed, fresh)
    assert sentences and all(" on monkeypatched-py2.7" in one for one in sentences)
    (sentence,) = not_comparable(committed, fresh)
    assert sentence.startswith("REPORT.md has backport-py2.7 as CPython 2.7.18 on OpenSSL 3.0.19,")
    assert sentence.endswith("it was not checked.")


def test_another_patch_level_of_the_reference_is_compared_with_nothing() -> None:
    made = [results(pair("backport-py2.7", READ)), results()]
    for one in made:
        for judgement in one["judgements"]:
            judgement["reference"] = "stdlib-py3.13"
    committed = report(made[0], [PIN])
    assert stale(committed, report(made[1]))
    other = with_versions(made[1], "stdlib-py3.13", python="3.13.5")
    assert stale(committed, report(other)) == []
    assert "this run as CPython 3.13.5" in not_comparable(committed, report(other))[0]


def test_a_witness_is_a_note_and_no_fault() -> None:
    drifted = SHUT.with_verdict("drift")
    committed, fresh = report(results(pair("stdlib-py3.9", drifted))), report(results())
    assert stale(committed, fresh) == []
    (sentence,) = not_comparable(committed, fresh)
    assert sentence.startswith("1 line of drift between Pythons differ from REPORT.md's")


def test_a_reference_is_no_fault_either() -> None:
    unmet = pair("stdlib-py3.13", SHUT.with_verdict("drift"), verdict="unmet")
    assert stale(report(results(unmet)), report(results())) == []


def test_a_finding_that_came_that_went_and_that_changed() -> None:
    with_it = report(results(pair("backport-py2.7", READ)), [PIN])
    without = report(results(), [PIN])
    changed = report(results(pair("backport-py2.7", READ.with_verdict("NEW"))))
    what = "MemoryBIO.read, value: b'tail' -> 7 on backport-py2.7"
    first = f"MemoryBIO.read in {SCENARIO}"
    known = f"known at 1 place by read-spelling.toml: {first}"
    assert f"REPORT.md does not have the finding {what}: {known}." in stale(without, with_it)
    assert f"REPORT.md has a finding that is gone: {what}: {known}." in stale(with_it, without)
    assert stale(with_it, changed) == [
        f"REPORT.md says of {what}: {known}; now it is: NEW at 1 place: {first}.",
        "REPORT.md says of memory_bio on backport-py2.7: 1 known; now it is: 1 NEW.",
    ]


def test_another_reason_is_a_report_that_is_not_current() -> None:
    other = replace(PIN, decision=replace(DECISION, reason="Another reason."))
    one, two = (report(results(pair("backport-py2.7", READ)), [pin]) for pin in (PIN, other))
    assert stale(one, two) == [
        "REPORT.md does not say what read-spelling.toml says: write it again with --report."
    ]


def test_a_report_changed_by_hand_is_not_current() -> None:
    committed = report(typical(), [PIN])
    told = (
        "The committed REPORT.md or its findings were changed by hand: write it again with "
        "--report."
    )
    edited = committed._replace(text=committed.text.replace("NEW on", "fine on"))
    assert edited != committed and stale(edited, committed) == [told]
    edited = committed._replace(findings=committed.findings.replace("# What", "# Which"))
    assert edited != committed and stale(edited, committed) == [told]


@pytest.mark.parametrize("text", ["", "# Something else\n", "run | - | - | - | whole\n"])
def test_what_is_no_report_is_not_current(text: str) -> None:
    (sentence,) = stale(Report(text, text), report(typical()))
    assert "cannot be read" in sentence


def test_damage_does_not_hide_a_finding() -> None:
    committed = report(typical(), [PIN])
    lost = committed.findings.replace("finding | backport-py2.7 |", "finding backport-py2.7", 1)
    assert facts_in(committed.findings) and facts_in(lost) == set()
    kept = [line for line in committed.findings.splitlines() if "MemoryBIO.read" not in line]
    assert stale(committed._replace(findings="\n".join(kept) + "\n"), committed)
    assert SEPARATOR in lost


def test_reports_of_runs_that_were_not_whole_prove_nothing() -> None:
    whole = report(typical(), [PIN])
    for made in (results(whole=False), results(complete=False)):
        part = report(made)
        assert "proves nothing" in stale(part, whole)[0]
        assert "proves nothing" in stale(whole, part)[0]
