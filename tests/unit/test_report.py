"""The report: what it says, that it says the same every time, and when it is out of date."""

from __future__ import annotations

import copy
import datetime
import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import VERDICTS, Divergence, Judgement, Verdict
from conformance.report import Overview, Report, stale, summary, write_json
from conformance.report import render as rendered
from conformance.report.audits import AuditRecord
from conformance.report.baseline import facts_in
from conformance.report.links import link_to_reference, link_to_source
from conformance.report.markdown import code, link, prose
from conformance.report.page import HEADLINES
from conformance.report.python_changes import PythonChange, PythonChanges, Undocumented
from conformance.run.canaries import CANARIES
from conformance.run.plan import Axis, Role

SCENARIO = "memory_bio/test_eof.py::test_turns_true_once_drained"
OTHER = "shutdown/test_order.py::test_unwrap[TLSv1.3]"
NASTY = "a|b `c` <script>--> \\ \n*d* ``e`` -- é"

DECISION = Decision(
    name="read-spelling.toml",
    title="Reading returns a number",
    reason="2.7 has no bytes.",
    workaround="Count.",
    category="language",
    decided_by="A maintainer",
    tracker=("https://peps.python.org/pep-0546/", "gh-1"),
    review_by=datetime.date(2030, 1, 31),
)
PIN = Pin(
    decision=DECISION,
    number=1,
    scenarios=(SCENARIO,),
    implementations=("backport-*",),
    axis="forward",
    fingerprint=("MemoryBIO.read", "value", "b'tail'", "7"),
)
READ = Divergence(
    "MemoryBIO.read", "value", "b'tail'", "7", 4, "known", DECISION.name, DECISION.reason
)
SHUT = Divergence(
    "SSLObject.unwrap",
    "outcome",
    "raises SSLError",
    "returns None",
    3,
    reference_kind="raises",
    candidate_kind="returns",
)


def implementation(name: str, role: Role, python: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "describe": f"What {name} is",
        "role": role,
        "python": python,
        "interpreter": "CPython",
        "openssl": "OpenSSL 3.0.19 27 Jan 2026",
        "backward_reference": None,
        "missing": None,
        **more,
    }


EVERYONE = [
    implementation("backport-py2.7", "candidate", "2.7.18"),
    implementation("monkeypatched-py2.7", "candidate", "2.7.18", backward_reference="stock-py2.7"),
    implementation("stdlib-py3.9", "witness", "3.9.18"),
    implementation("stdlib-py3.13", "reference", "3.13.0"),
    implementation("stock-py2.7", "witness", "2.7.18"),
]


def pair(
    name: str,
    *found: Divergence,
    scenario: str = SCENARIO,
    axis: Axis = "forward",
    verdict: Verdict | None = None,
    **more: Any,
) -> dict[str, Any]:
    role = next(one["role"] for one in EVERYONE if one["id"] == name)
    gravest: Verdict = max((one.verdict for one in found), key=list(VERDICTS).index, default="same")
    more = {"operations": 9, "compared": 9, **more}
    judged = Judgement(scenario, name, axis, role, verdict or gravest, found, **more)
    return judged.to_plain()


def results(*pairs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Results of a run in which all else is the same as on the reference."""
    said = {(one["scenario"], one["implementation"], one["axis"]) for one in pairs}
    rest = [
        pair(one["id"], scenario=scenario, axis=axis)
        for scenario in (SCENARIO, OTHER)
        for one in EVERYONE
        for axis in ("forward", "backward")
        if (scenario, one["id"], axis) not in said
        and (axis == "forward" or one["backward_reference"])
    ]
    found = [*pairs, *rest]
    return copy.deepcopy(
        {
            "schema": 1,
            "complete": True,
            "whole": True,
            "passed": all(Judgement.from_plain(one).passed for one in found),
            "reference": "stdlib-py3.13",
            "implementations": EVERYONE,
            "scenarios": [
                {
                    "id": scenario,
                    "claim": f"What {scenario} claims.",
                    "anchor": "library/ssl.html#ssl.MemoryBIO.eof",
                }
                for scenario in (SCENARIO, OTHER)
            ],
            "judgements": found,
            "canaries": [
                {"id": name, "expected": canary.verdict, "verdict": canary.verdict}
                for name, canary in CANARIES.items()
            ],
            "problems": [],
            **more,
        }
    )


def typical() -> dict[str, Any]:
    return results(
        pair("backport-py2.7", READ, rules={"native-string": 3}, masks={"minted": 2}),
        pair("backport-py2.7", SHUT, scenario=OTHER),
        pair("monkeypatched-py2.7", SHUT.with_verdict("inherited"), scenario=OTHER),
        pair("stdlib-py3.9", SHUT.with_verdict("drift"), scenario=OTHER),
        pair(
            "stock-py2.7",
            Divergence(
                "ssl.MemoryBIO", "outcome", "returns <MemoryBIO #1>", "raises", 0
            ).with_verdict("UNSUPPORTED", "MemoryBIO", "New in Python 3.5."),
        ),
    )


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def report(
    made: dict[str, Any],
    pins: Sequence[Pin] = (),
    audits: Sequence[AuditRecord] = (),
    changes: PythonChanges | None = None,
    before: Report | None = None,
) -> Report:
    """The report of results, and its findings."""
    return rendered(Overview(made, pins, audits, changes), before)


def render(made: dict[str, Any], pins: Sequence[Pin] = (), **more: Any) -> str:
    """The text of the report of results."""
    return report(made, pins, **more).text


# What REPORT.md says


def test_the_same_results_in_any_order_give_the_same_bytes() -> None:
    made = typical()
    first = report(made, [PIN])
    shuffle = random.Random(0).shuffle
    for _ in range(5):
        for key in ("judgements", "implementations", "scenarios", "problems"):
            shuffle(made[key])
        assert report(made, [PIN]) == first
    assert report(json.loads(json.dumps(made)), [PIN]) == first


def test_what_fails_says_all_a_maintainer_needs() -> None:
    told = section(render(typical(), [PIN]), "What fails")
    (line,) = told.strip().splitlines()
    assert "**NEW on `backport-py2.7`, inherited on `monkeypatched-py2.7`**" in line
    assert "`SSLObject.unwrap`: `raises SSLError`, on " in line
    assert "on `backport-py2.7`, `monkeypatched-py2.7` `returns None`" in line
    assert "As Python 3.9 does; changed after 3.9, up to 3.13." in line
    assert "`pytest 'shutdown/test_order.py::test_unwrap[TLSv1.3-backport-py2.7]'`" in line
    assert "](https://docs.python.org/3/library/ssl.html#ssl.MemoryBIO.eof)" in line


def test_a_decision_is_told_once_with_what_a_program_can_do() -> None:
    text = render(typical(), [PIN])
    told = section(text, "Decisions")
    file = "conformance/divergences/read-spelling.toml"
    assert f"### [Reading returns a number]({file})\n" in told
    assert "- `MemoryBIO.read`: `b'tail'`, on `backport-py2.7` `7`\n" in told
    assert "- What to do: Count.\n" in told
    assert "- Reproduce: `pytest 'memory_bio/test_eof.py::test_turns_true_once_drained[" in told
    issue = "[gh-1](https://github.com/python/cpython/issues/1)"
    assert f"- *language*, review by 2030-01-31; {issue}\n" in told, "its file has the sources"
    assert text.count("2.7 has no bytes.") == 1


def test_a_long_reason_is_told_as_far_as_whole_sentences_go() -> None:
    reason = " ".join(f"Sentence {number} says this and that of it." for number in range(40))
    pin = replace(PIN, decision=replace(DECISION, reason=reason))
    told = section(render(results(pair("backport-py2.7", READ)), [pin]), "Decisions")
    assert "of it. …\n" in told
    assert "Sentence 3 " in told and "Sentence 20 " not in told


def test_a_decision_that_nothing_shows_is_not_in_the_report() -> None:
    assert "## Decisions" not in render(results(), [PIN])


def test_a_course_is_a_consequence_of_what_differs_before_it() -> None:
    course = replace(READ, member="scenario", field="operation", position=5)
    told = section(render(results(pair("backport-py2.7", READ, course)), [PIN]), "Decisions")
    assert told.count(", on `backport-py2.7` ") == 1
    assert "- and 1 consequence\n" in told
    alone = section(render(results(pair("backport-py2.7", course)), [PIN]), "Decisions")
    assert f"- not so on `backport-py2.7`: What {SCENARIO} claims.\n" in alone


def test_what_is_left_behind_comes_after_what_a_call_does() -> None:
    left = replace(READ, member="A socket", field="left behind", reference="none", candidate="1")
    made = results(
        *(pair("backport-py2.7", left, scenario=scenario) for scenario in (SCENARIO, OTHER)),
        pair("monkeypatched-py2.7", READ),
    )
    told = section(render(made, [PIN]), "Decisions")
    assert "- `MemoryBIO.read`: `b'tail'`, on `monkeypatched-py2.7` `7`\n- and 1 more" in told
    assert "[monkeypatched-py2.7]'`\n" in told


def test_a_decision_about_a_bug_of_python_is_told_on_the_first_screen() -> None:
    pin = replace(PIN, decision=replace(DECISION, python_bug="It reads too much."))
    first = render(results(pair("backport-py2.7", READ)), [pin]).partition("\n## ")[0]
    assert "- It reads too much. ([gh-1](https://github.com/" in first
    assert "[decision](conformance/divergences/read-spelling.toml))" in first


def test_a_python_that_dies_is_told_on_the_first_screen() -> None:
    died = Divergence(
        "SSLObject.read",
        "outcome",
        "returns 1",
        "CRASH: It died.",
        1,
        "CRASH",
        candidate_kind="CRASH",
    )
    first = render(results(pair("stdlib-py3.9", died))).partition("\n## ")[0]
    assert f"- Python 3.9.18: CRASH: It died. In `{SCENARIO}`." in first


def test_the_first_table_counts_new_and_old_names_apart() -> None:
    told = render(typical(), [PIN]).partition("\n## ")[0]
    assert "| `backport-py2.7` | 3.0 | against `stdlib-py3.13` | 2 | 0 | – | 1 | **1** |" in told
    new = "| `monkeypatched-py2.7` | 3.0 | new names, against `stdlib-py3.13` | 2 | 1 | 1 | – | – |"
    old = "| `monkeypatched-py2.7` | 3.0 | old names, against `stock-py2.7` | 2 | 2 | – | – | – |"
    assert new in told and old in told


def test_findings_that_differ_in_a_number_or_an_object_are_one() -> None:
    shown = [
        replace(SHUT, member="SSLContext.options", candidate=f"returns {number}")
        for number in range(9)
    ]
    pairs = [
        pair("backport-py2.7", one, scenario=f"data/test_{number}.py::test")
        for number, one in enumerate(shown)
    ]
    told = section(render(results(*pairs)), "What fails")
    assert len(told.strip().splitlines()) == 1


def test_texts_of_errors_that_were_edited_alike_fail_in_one_way() -> None:
    texts = [
        replace(
            SHUT,
            member=f"SSLObject.m{number}",
            field="message",
            reference=f"operation {number} is unexpected",
            candidate=f"operation {number} is unexpectd",
        )
        for number in range(16)
    ]
    pairs = [
        pair("backport-py2.7", one, scenario=f"data/test_{number}.py::test")
        for number, one in enumerate(texts)
    ]
    made = results(*pairs)
    (line,) = section(render(made), "What fails").strip().splitlines()
    assert "(and 15 more texts edited alike)" in line
    (line,) = summary(made).partition("Not accepted:\n")[2].strip().splitlines()[:1]
    assert line.startswith("NEW data/test_0.py::test[backport-py2.7] and 15 more: SSLObject.m0")
    assert summary(made).count("\n  NEW ") == 1 and "16 texts edited alike" in summary(made)


def test_values_are_one_way_to_fail_only_within_one_member() -> None:
    values = [
        replace(SHUT, member=member, field="value", reference=f"({at}, 1)", candidate=f"({at}, 2)")
        for at, member in enumerate(["SSLObject.cipher", "SSLObject.cipher", "SSLContext.x"])
    ]
    pairs = [
        pair("backport-py2.7", one, scenario=f"data/test_{number}.py::test")
        for number, one in enumerate(values)
    ]
    assert summary(results(*pairs)).count("\n  NEW ") == 2


def test_drift_reads_as_a_changelog() -> None:
    told = section(render(typical()), "Drift between Pythons")
    assert (
        "### After Python 3.9, up to 3.13\n\n3.9.18 was compared with 3.13.0 on OpenSSL 3.0.\n"
        in told
    )
    assert "- Not reviewed: `SSLObject.unwrap`: `returns None` → `raises SSLError`\n" in told


def test_the_words_of_errors_are_counted_and_no_part_of_the_changelog() -> None:
    words = Divergence("SSLObject.unwrap", "message", "one", "other", 1, "drift")
    made = results(pair("stdlib-py3.9", words), pair("stdlib-py3.9", SHUT, scenario=OTHER))
    told = section(render(made), "Drift between Pythons")
    assert "1 more are only the words\nof errors" in told
    assert "`other`" not in told and "`raises SSLError`" in told


UNWRAP = PythonChange("3.13", "It changed.", ("SSLObject.unwrap",), references=("gh-1", "gh-2"))
NOBODY = Undocumented("3.13", "It broke.", ("SSLObject.unwrap",), why="It reads.", breaks=True)


def test_what_is_documented_and_what_is_not_are_told_apart() -> None:
    documented = render(typical(), changes=PythonChanges((UNWRAP,), (NOBODY,)))
    assert "- It changed. [gh-1](https://github.com/python/cpython/issues/1)\n" in documented
    assert "tracker has 1 of them, neither has 0, and 0 are not reviewed yet" in documented
    assert "It broke." not in documented
    other = render(typical(), changes=PythonChanges((), (NOBODY,)))
    first, _, rest = other.partition("\n## ")
    assert "- After Python 3.9, up to 3.13: It broke.\n" in first
    assert "- **Not documented.** It broke. It reads. `SSLObject.unwrap`: `returns None` →" in rest
    assert "tracker has 0 of them, neither has 1, and 0 are not reviewed yet" in rest


def test_some_headlines_of_a_version_are_shown() -> None:
    drifted = [
        replace(SHUT, member=f"SSLObject.m{number}", position=number, verdict="drift")
        for number in range(14)
    ]
    told = section(render(results(pair("stdlib-py3.9", *drifted))), "Drift between Pythons")
    assert told.count("- Not reviewed: ") == HEADLINES
    assert f"- and {14 - HEADLINES} more in the HTML\n" in told
    broken = tuple(
        Undocumented(
            "3.13", f"It broke {number}.", (f"SSLObject.m{number}",), why="It reads.", breaks=True
        )
        for number in range(HEADLINES + 2)
    )
    made = results(pair("stdlib-py3.9", *drifted))
    told = section(render(made, changes=PythonChanges((), broken)), "Drift between Pythons")
    assert told.count("- **Not documented.** It broke") == HEADLINES + 2, "what breaks is shown"


def test_what_is_documented_and_breaks_programs_says_both() -> None:
    breaks = replace(UNWRAP, why="It reads.", breaks=True)
    told = render(typical(), changes=PythonChanges((breaks,), ()))
    first, _, rest = told.partition("\n## ")
    assert "It changed." not in first, "it is documented"
    assert "- **Breaks.** It changed. [gh-1](" in rest and " It reads. `SSLObject.unwrap`: " in rest


def test_audits_are_one_line_with_their_commits() -> None:
    audits = [
        AuditRecord("liars", "passed", "abcdef012345", datetime.date(2026, 1, 2)),
        AuditRecord("walks", "failed", "0123456789", datetime.date(2026, 1, 2)),
        AuditRecord("debian", "not run"),
    ]
    (line,) = [
        one for one in render(results(), audits=audits).splitlines() if one.startswith("**Trust:**")
    ]
    assert line.startswith("**Trust:** 3 of 3 canaries were caught in this run.")
    assert "liars (`abcdef0`)" in line
    assert "Not passed: walks (failed, `0123456`)" in line
    assert line.endswith("Not run: debian.")


def test_a_canary_that_was_not_caught_proves_nothing() -> None:
    made = results()
    made["canaries"][0]["verdict"] = "same"
    assert "2 of 3 canaries were caught in this run: it proves nothing." in render(made)


def test_what_fails_without_a_divergence_is_told() -> None:
    made = results(pair("backport-py2.7", verdict="FIXED", note="x.toml says so: delete it."))
    text = render(made)
    assert "**The gate FAILS: 1 of 12 verdicts are not accepted.**" in text
    assert f"- **FIXED** `{SCENARIO}[backport-py2.7]`: x.toml says so: delete it.\n" in text


def test_an_incomplete_run_cannot_be_read_as_green() -> None:
    text = render(results(complete=False, passed=True, problems=["x was planned."]))
    assert text.startswith("> # INCOMPLETE: THIS IS NOT A RESULT\n")
    assert "**The gate FAILS: the run is incomplete.**" in text
    assert "- x was planned." in text
    assert "passes" not in text.split("## ")[0]


def test_a_partial_run_is_no_gate() -> None:
    text = render(results(whole=False))
    assert text.startswith("> # PARTIAL: THIS IS NOT A RESULT\n")
    assert "The gate passes" not in text


def test_a_green_run_says_so_with_its_commit_and_pythons() -> None:
    text = render(results(run={"commit": "abc", "date": "2026-11-29"}))
    assert text.startswith(
        "# How far apart the copies of ssl are\n\n**The gate passes.** At commit "
    )
    assert "At commit `abc`.\n" in text
    assert "- OpenSSL 3.0.19: Python 3.9.18 and 3.13.0; the reference is 3.13.0 (" in text
    assert "## What fails" not in text


def test_what_is_new_is_said_until_something_else_is() -> None:
    old = report(results(), [PIN])
    assert "This is the first report." in old.text
    new = report(typical(), [PIN], before=old)
    assert "Since the last report 4 lines of the findings are new and 0 gone." in new.text
    (line,) = re.findall("(?m)^- New: .*`backport-py2.7`.*$", new.text)
    assert re.fullmatch(r"- New: \d lines? about `backport-py2.7`, in .*`MemoryBIO.read`.*", line)
    assert report(typical(), [PIN], before=new) == new, "written twice, it says the same"
    back = report(results(), [PIN], before=new)
    assert "0 lines of the findings are new and 4 gone." in back.text


def test_trackers_are_links() -> None:
    assert (
        link_to_reference("gh-148594")
        == "[gh-148594](https://github.com/python/cpython/issues/148594)"
    )
    assert link_to_reference("PEP 546, python-dev") == (
        "[PEP 546](https://peps.python.org/pep-0546/), python-dev"
    )
    assert link_to_reference("whatsnew/3.13.html#ssl") == (
        "[What's New in 3.13](https://docs.python.org/3/whatsnew/3.13.html#ssl)"
    )
    assert link_to_reference("man:SSL_get_error(3)").startswith(
        "[OpenSSL's `SSL_get_error`](https://"
    )
    assert link_to_reference("library/ssl.html#ssl.SSLObject") == (
        "[`SSLObject`](https://docs.python.org/3/library/ssl.html#ssl.SSLObject)"
    )
    assert link_to_reference("what nobody can read") == "what nobody can read"


def test_a_missing_implementation_is_shown() -> None:
    made = results(
        *(pair("backport-py2.7", scenario=name, verdict="MISSING") for name in (SCENARIO, OTHER))
    )
    made["implementations"][0].update(missing="No CPython 2.7 found.", python="", openssl=None)
    assert "backport-py2.7 is missing" in render(made)


def test_nothing_was_asked() -> None:
    made = results(complete=False, passed=False)
    for key in ("judgements", "scenarios", "implementations"):
        made[key] = []
    assert render(made).startswith("> # INCOMPLETE")
    assert "INCOMPLETE" in summary(made)


def test_special_characters_break_nothing() -> None:
    nasty = Divergence(NASTY, "value", NASTY, NASTY + "!", 1, "CHANGED", NASTY, NASTY)
    made = results(
        pair("backport-py2.7", nasty, scenario=f"{NASTY}/test.py::test"),
        pair("stdlib-py3.9", nasty.with_verdict("drift"), scenario=f"{NASTY}/test.py::test"),
        pair("monkeypatched-py2.7", nasty.with_verdict("inherited")),
        pair("stock-py2.7", nasty.with_verdict("UNSUPPORTED", NASTY, NASTY)),
        problems=[NASTY],
    )
    made["scenarios"].append({"id": f"{NASTY}/test.py::test", "claim": NASTY, "anchor": "a b|c"})
    text, findings = report(made)
    assert "<script>" not in re.sub(r"(`+)[^`].*?\1(?!`)", "", text.replace("\\`", ""))
    assert text.count("<!-- ") == text.count(" -->")
    facts = facts_in(findings)
    assert len(facts) == len([one for one in findings.splitlines() if not one.startswith("#")])
    assert any(fact.subject.startswith("a|b `c` <script>") for fact in facts)
    columns = None
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
        assert None in (cells, columns) or cells == columns, line
        columns = cells


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain", "`plain`"),
        ("", "(nothing)"),
        ("  ", "(2 spaces)"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a|b", "`a\\|b`"),
        ("a\nb\x1b", "`a\\nb\\x1b`"),
    ],
)
def test_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_a_long_value_is_shortened() -> None:
    assert len(code("x" * 10_000)) < 300


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a_b __init__", "a_b \\_\\_init\\_\\_"),
        ("<b> & |", "&lt;b&gt; &amp; \\|"),
        ("a\n  b", "a b"),
        ("`code|` and ``more``, ` alone", "`code\\|` and `more`, \\` alone"),
        ("[x](y)", "\\[x\\](y)"),
    ],
)
def test_prose(text: str, shown: str) -> None:
    assert prose(text) == shown


@pytest.mark.parametrize(
    "anchor, address",
    [
        (
            "library/ssl.html#ssl.RAND_add",
            "https://docs.python.org/3/library/ssl.html#ssl.RAND_add",
        ),
        ("man:SSL_read(3)", "https://docs.openssl.org/master/man3/SSL_read/"),
        ("rfc8446#section-6.1", "https://www.rfc-editor.org/rfc/rfc8446#section-6.1"),
    ],
)
def test_where_a_claim_is_documented(anchor: str, address: str) -> None:
    assert link_to_source(anchor).endswith(f"]({address})")


def test_the_example_is_the_scenario_that_speaks_of_the_member() -> None:
    made = results(
        pair("backport-py2.7", SHUT), pair("backport-py2.7", SHUT, scenario=OTHER), passed=False
    )
    made["scenarios"][1]["anchor"] = "library/ssl.html#ssl.SSLObject.unwrap"
    told = section(render(made), "What fails")
    assert f"Claim: What {OTHER.replace('[', chr(92) + '[').replace(']', chr(92) + ']')}" in told


def test_link() -> None:
    assert link("a", "https://x/y(z) |") == "[a](https://x/y%28z%29%20%7C)"


# Lanes, and references that changed

NEWER = "stdlib-py3.15"


def in_two_lanes() -> dict[str, Any]:
    """Results with a second lane, whose reference no longer does what a scenario claims."""
    made = results(pair("backport-py2.7", READ))
    newer = implementation(NEWER, "reference", "3.15.0", openssl="OpenSSL 3.6.5 1 Nov 2026")
    other = implementation("mine-openssl3.6", "candidate", "2.7.18", openssl="OpenSSL 3.6.5")
    note = f"{NEWER} no longer does so, as stdlib-py3.14 does: test_eof.py:7: assert 1 == 2"
    shut = SHUT.with_verdict("drift")
    unmet = Judgement(SCENARIO, NEWER, "forward", "reference", "unmet", (shut,), note=note)
    new = Judgement(SCENARIO, other["id"], "forward", "candidate", "NEW", (SHUT,))
    made["implementations"] += [newer, other]
    made["judgements"] += [replace(one, reference=NEWER).to_plain() for one in (unmet, new)]
    for one in made["judgements"]:
        one["reference"] = one["reference"] or made["reference"]
    names = [one["id"] for one in EVERYONE if one["role"] != "reference"]
    made["lanes"] = [
        {"openssl": "3.0", "reference": made["reference"], "implementations": names},
        {"openssl": "3.6", "reference": NEWER, "implementations": [other["id"]]},
    ]
    made["left_out"] = ["OpenSSL 4.0: no Python here is on it."]
    return made


def test_each_lane_has_rows_of_its_own() -> None:
    text = render(in_two_lanes(), [PIN])
    assert f"| `mine` | 3.6 | against `{NEWER}` | 1 | 0 | – | – | **1** |" in text
    assert f"the reference is 3.15.0 (`{NEWER}`)." in text
    assert "NEW on `mine-openssl3.6`" in section(text, "What fails")


def test_what_a_reference_no_longer_does_is_said() -> None:
    text = render(in_two_lanes(), [PIN])
    (line,) = [one for one in text.splitlines() if f"{NEWER} no longer does so" in one]
    assert line.startswith("- What ")
    assert "No longer so:" in summary(in_two_lanes())


def test_the_facts_of_all_lanes_are_checked() -> None:
    committed, other = in_two_lanes(), in_two_lanes()
    other["judgements"] = [
        {**one, "divergences": [], "verdict": "same"} if one["verdict"] == "NEW" else one
        for one in other["judgements"]
    ]
    found = stale(report(committed, [PIN]), report(other, [PIN]))
    assert found and all("on mine-openssl3.6" in sentence for sentence in found)


# The terminal, and JSON


def test_the_summary_has_a_line_for_each_implementation_and_the_result_last() -> None:
    lines = summary(typical(), Path("REPORT.md")).splitlines()
    assert re.match(r"candidate  backport-py2\.7 +FAILS  1 known, 1 NEW$", lines[0])
    assert re.match(r"candidate  monkeypatched-py2\.7 +ok +1 alike, 1 inherited$", lines[1])
    assert re.match(r"candidate  monkeypatched-py2\.7 against stock-py2\.7  ok +2 alike$", lines[2])
    assert re.match(r"witness    stdlib-py3\.9 .* ok +1 alike, 1 drift$", lines[4])
    assert re.match(r"reference  stdlib-py3\.13 +ok +2 alike$", lines[3])
    assert (
        "  NEW shutdown/test_order.py::test_unwrap[TLSv1.3-backport-py2.7]: SSLObject.unwrap "
        "returns where the reference raises: expected raises SSLError, got returns None"
    ) in lines
    assert lines[-2:] == ["FAILED.", "The report: REPORT.md"]


def test_the_summary_is_short_however_much_fails() -> None:
    pairs = [
        pair("backport-py2.7", scenario=f"a/{n}.py::test", verdict="ERROR", note=f"Why {n}.")
        for n in range(99)
    ]
    made = results(*pairs, problems=[f"{n} was planned and has no verdict." for n in range(99)])
    text = summary(made)
    assert len(text.splitlines()) < 45
    assert text.count("  ... and 89 more") == 2
    assert max(map(len, text.splitlines())) <= 310


def test_the_summary_tells_the_same_failure_once() -> None:
    pairs = [pair("backport-py2.7", SHUT, scenario=f"a/{n}.py::test") for n in range(99)]
    assert "  NEW a/0.py::test[backport-py2.7] and 98 more: SSLObject.unwrap " in (
        summary(results(*pairs))
    )


def test_the_summary_of_what_was_not_whole() -> None:
    assert summary(results()).endswith("PASSED.")
    assert "not the whole suite" in summary(results(whole=False))
    assert "PASSED" not in summary(results(complete=False, passed=True))


@pytest.mark.parametrize("whole", [True, False])
def test_an_implementation_without_a_scenario_fails_a_whole_run_alone(whole: bool) -> None:
    made = results(whole=whole)
    made["judgements"] = [
        one for one in made["judgements"] if one["implementation"] != "stdlib-py3.9"
    ]
    (line,) = [line for line in summary(made).splitlines() if "stdlib-py3.9" in line]
    assert line.endswith("FAILS  no scenario ran on it" if whole else "-      not in this run")


def test_json_is_written_whole_with_sorted_keys(tmp_path: Path) -> None:
    path = tmp_path / "report" / "results.json"
    write_json({"b": 1, "a": [2]}, path)
    assert path.read_text("utf-8") == '{\n "a": [\n  2\n ],\n "b": 1\n}\n'
    with pytest.raises(TypeError):
        write_json({"a": object()}, path)
    assert json.loads(path.read_text("utf-8")) == {"b": 1, "a": [2]}
    assert [one.name for one in path.parent.iterdir()] == ["results.json"]
