"""The report: what it says, that it says the same every time, and when it is out of date."""

from __future__ import annotations

import copy
import datetime
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import VERDICTS, Divergence, Judgement, Verdict
from conformance.report import facts_in, not_comparable, render, stale, summary, write_json
from conformance.report.baseline import BEGIN
from conformance.report.links import link_to_reference, link_to_source
from conformance.report.markdown import code, link, prose
from conformance.report.python_changes import PythonChange
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


# What REPORT.md says


def test_the_same_results_in_any_order_give_the_same_bytes() -> None:
    made = typical()
    text = render(made, [PIN])
    shuffle = random.Random(0).shuffle
    for _ in range(5):
        for key in ("judgements", "implementations", "scenarios", "problems"):
            shuffle(made[key])
        assert render(made, [PIN]) == text
    assert render(json.loads(json.dumps(made)), [PIN]) == text


def test_a_finding_says_all_a_maintainer_needs() -> None:
    told = section(render(typical(), [PIN]), "What candidates do differently")
    new, _, known = told.partition("### 2.")
    assert new.startswith("\n### 1. `SSLObject.unwrap` returns where the reference raises\n")
    assert "NEW on `backport-py2.7`, inherited on `monkeypatched-py2.7`" in new
    assert "| `stdlib-py3.13` | `raises SSLError` |" in new
    assert "| `backport-py2.7`, `monkeypatched-py2.7` | `returns None` |" in new
    assert "As Python 3.9 does; changed in one of 3.10 to 3.13." in new
    assert "`pytest 'shutdown/test_order.py::test_unwrap[TLSv1.3-backport-py2.7]'`" in new
    assert "- known: [Reading returns a number](#read-spelling).\n" in known
    assert "](https://docs.python.org/3/library/ssl.html#ssl.MemoryBIO.eof)" in known


def test_a_decision_is_told_once_with_what_a_program_can_do() -> None:
    text = render(typical(), [PIN])
    told = section(text, "Accepted divergences")
    assert '### <a id="read-spelling"></a>Reading returns a number\n\n2.7 has no bytes.\n' in told
    assert "- Workaround: Count.\n" in told
    assert "- *language*, decided by A maintainer, review by 2030-01-31; [https:" in told
    assert "](https://peps.python.org/pep-0546/); [gh-1](https://github.com/" in told
    assert "; `read-spelling.toml`\n- Finding 2\n" in told
    assert text.count("2.7 has no bytes.") == 1


def test_a_decision_that_nothing_shows_is_not_in_the_report() -> None:
    assert "Accepted divergences" not in render(results(), [PIN])


def test_the_matrix_counts_scenarios_by_topic() -> None:
    told = section(render(typical(), [PIN]), "Topic by topic")
    assert "monkeypatched-py2.7 against stock-py2.7 |" in told
    assert "| **memory_bio** | 1 known | 1 alike | 1 alike |" in told
    assert "| **shutdown** | **1 NEW** | 1 inherited | 1 alike |" in told
    assert "| **shutdown** | 1/1 | 0/1 |" in told


def test_a_finding_at_many_places_is_told_once_and_folds_the_rest() -> None:
    pairs = [
        pair("backport-py2.7", SHUT, scenario=f"data/test_{number}.py::test") for number in range(9)
    ]
    told = section(render(results(*pairs), []), "What candidates do differently")
    assert told.count("### ") == 1
    assert "In 9 scenarios:" in told
    assert "<summary>6 more lines</summary>" in told


def test_drift_reads_as_a_changelog() -> None:
    told = section(render(typical(), []), "Drift between Pythons")
    assert "### Changed in one of 3.10 to 3.13" in told
    assert (
        f"- **`SSLObject.unwrap`**: until 3.9 `returns None`; by 3.13 `raises SSLError` (`{OTHER}`)"
    ) in told


def test_the_words_of_errors_are_folded_and_no_part_of_the_changelog() -> None:
    words = Divergence("SSLObject.unwrap", "message", "one", "other", 1, "drift")
    made = results(pair("stdlib-py3.9", words), pair("stdlib-py3.9", SHUT, scenario=OTHER))
    told = section(render(made, []), "Drift between Pythons")
    changelog, found, wording = told.partition("### Only the words of an error\n")
    assert found and "`other`" in wording and "`other`" not in changelog
    assert "<details><summary>Changed in one of 3.10 to 3.13: 1 finding</summary>" in wording
    assert "### Only" not in render(typical(), [])


def test_what_no_source_explains_is_listed() -> None:
    known = PythonChange("3.13", "It changed.", ("gh-1",), ("SSLObject.unwrap",))
    other = PythonChange("3.13", "It changed.", ("gh-1",), ("MemoryBIO.read",))
    told = section(render(typical(), [], [], [other]), "Drift between Pythons")
    listed = told.partition("### Not documented\n")[2]
    assert "- one of 3.10 to 3.13: **`SSLObject.unwrap`**" in listed and "1 finding<" in listed
    told = section(render(typical(), [], [], [known]), "Drift between Pythons")
    assert "Not documented" not in told


def test_inherited_and_unsupported_have_tables_of_their_own() -> None:
    made = results(
        pair("monkeypatched-py2.7", SHUT.with_verdict("inherited"), scenario=OTHER),
        pair("backport-py2.7", SHUT, verdict="UNSUPPORTED", note="Declared: no unwrap."),
        passed=True,
    )
    text = render(made, [])
    assert "Nothing except" in section(text, "What candidates do differently")
    assert "| `returns None` |" in section(text, "What the graft kept from stock 2.7")
    told = section(text, "What is declared UNSUPPORTED")
    assert "| `backport-py2.7` | whole scenarios | Declared: no unwrap. | 1 |" in told


def test_rules_and_masks_are_counted_with_their_reasons() -> None:
    told = section(render(typical(), []), "Equivalences applied")
    assert re.search(r"\| `native-string` \| 2\.7's `str` is both .* \| 3 \| – \| – \|\n", told)
    assert re.search(r"\| `minted` \| a certificate.* \| 2 \| – \| – \|\n", told)


def test_what_fails_without_a_divergence_is_told() -> None:
    made = results(pair("backport-py2.7", verdict="FIXED", note="x.toml says so: delete it."))
    text = render(made, [])
    assert "**The gate FAILS: 1 of 12 verdicts are unacceptable.**" in text
    assert "| FIXED | `memory_bio/test_eof.py::test_turns_true_once_drained[backport-py2.7]` |" in (
        text
    )


def test_an_incomplete_run_cannot_be_read_as_green() -> None:
    text = render(results(complete=False, passed=True, problems=["x was planned."]), [])
    assert text.startswith("> # INCOMPLETE: THIS IS NOT A RESULT\n")
    assert "**The gate FAILS: the run is incomplete.**" in text
    assert "- x was planned." in text
    assert "passes" not in text.split("## ")[0]


def test_a_partial_run_is_no_gate() -> None:
    text = render(results(whole=False), [])
    assert text.startswith("> # PARTIAL: THIS IS NOT A RESULT\n")
    assert "The gate passes" not in text


def test_a_green_run_says_so() -> None:
    text = render(results(), [])
    assert text.startswith("# How far apart the copies of ssl are\n\n**The gate passes.**\n\n- ")
    assert "`backport-py2.7` behaves as `stdlib-py3.13` in 2 of 2 scenarios." in text
    assert "`monkeypatched-py2.7` behaves as `stock-py2.7` in 2 of 2 scenarios." in text


def test_every_section_can_be_reached_from_the_top() -> None:
    text = render(results(), [])
    top, _, rest = text.partition("\n## ")
    linked = re.findall(r"^- \[(.+)\]\(#([\w-]+)\)$", top, re.MULTILINE)
    assert [heading for heading, _ in linked] == re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert ("What is declared UNSUPPORTED", "what-is-declared-unsupported") in linked


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
    text = render(made, [])
    assert "backport-py2.7 is missing" in text
    assert "**MISSING** | No CPython 2.7 found. |" in section(text, "What was compared with what")
    assert "1 MISSING" in section(text, "Topic by topic")


def test_nothing_was_asked() -> None:
    made = results(complete=False, passed=False)
    for key in ("judgements", "scenarios", "implementations"):
        made[key] = []
    assert render(made, []).startswith("> # INCOMPLETE")
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
    text = render(made, [])
    visible, _, hidden = text.partition("<!-- findings")
    assert "<script>" not in re.sub(r"(`+)[^`].*?\1(?!`)", "", visible.replace("\\`", ""))
    assert hidden.count("-->") == 2
    assert any(fact.title == f"{NASTY}, value" for fact in facts_in(text))
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
    told = section(render(made, []), "What candidates do differently")
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


def test_each_lane_has_a_section_of_its_own() -> None:
    text = render(in_two_lanes(), [PIN])
    first, _, second = text.partition("## On OpenSSL 3.6\n")
    assert f"compared with `{NEWER}`" in second.lower() and "`mine-openssl3.6` behaves as" in second
    assert "returns None" in second and "mine-openssl3.6" not in first.split("## Topic by topic")[1]
    assert "- Left out: OpenSSL 4.0: no Python here is on it." in first


def test_what_a_reference_no_longer_does_is_said_with_both_outcomes() -> None:
    text = render(in_two_lanes(), [PIN])
    (line,) = [one for one in text.splitlines() if f"{NEWER} no longer does so" in one]
    assert line.startswith("- What ")
    assert "before raises SSLError, now returns None" in text.replace("`", "")
    assert "No longer so:" in summary(in_two_lanes())


def test_the_facts_of_all_lanes_are_checked() -> None:
    committed, other = in_two_lanes(), in_two_lanes()
    other["judgements"] = [
        {**one, "divergences": [], "verdict": "same"} if one["verdict"] == "NEW" else one
        for one in other["judgements"]
    ]
    found = stale(render(committed, [PIN]), render(other, [PIN]))
    assert found and all("on mine-openssl3.6" in sentence for sentence in found)


# Whether a committed report is current


def test_a_report_is_current_with_itself_and_with_another_machine() -> None:
    committed = render(typical(), [PIN])
    assert stale(committed, committed) == []
    assert stale(committed.replace("\n", "\r\n"), committed) == []
    elsewhere = typical()
    for one in elsewhere["implementations"]:
        one["openssl"] = "OpenSSL 3.0.2 15 Mar 2022"
    elsewhere["judgements"][0]["rules"]["native-string"] = 4
    fresh = render(elsewhere, [PIN])
    assert fresh != committed
    assert stale(committed, fresh) == []


def test_an_implementation_that_only_one_side_has_is_left_out_and_announced() -> None:
    committed = render(typical(), [PIN])
    made = typical()
    made["implementations"] = [
        one for one in made["implementations"] if one["id"] != "stdlib-py3.9"
    ]
    made["judgements"] = [
        one for one in made["judgements"] if one["implementation"] != "stdlib-py3.9"
    ]
    fresh = render(made, [PIN])
    assert stale(committed, fresh) == stale(fresh, committed) == []
    assert not_comparable(committed, fresh) == [
        "REPORT.md has results of stdlib-py3.9, which this run does not have."
    ]
    assert not_comparable(fresh, committed) == [
        "REPORT.md has no results of stdlib-py3.9, which this run has."
    ]


def test_another_reference_is_announced_and_only_the_backward_axis_compared() -> None:
    committed = render(typical(), [PIN])
    made = results(pair("monkeypatched-py2.7", SHUT, scenario=OTHER, axis="backward"))
    made["reference"] = "stdlib-py3.14"
    fresh = render(made, [])
    assert len(stale(committed, fresh)) == 2
    assert all("(backward)" in sentence for sentence in stale(committed, fresh))
    assert "only findings of the backward axis were checked" in not_comparable(committed, fresh)[0]


def with_versions(made: dict[str, Any], name: str, **versions: str) -> dict[str, Any]:
    """Results in which an implementation has other versions."""
    (one,) = [one for one in made["implementations"] if one["id"] == name]
    one.update(versions)
    return made


@pytest.mark.parametrize("versions", [{"python": "2.7.17"}, {"openssl": "OpenSSL 3.0.2 1 Jan"}])
def test_another_patch_level_is_announced_and_not_compared(versions: dict[str, str]) -> None:
    found = results(pair("backport-py2.7", READ), pair("monkeypatched-py2.7", READ))
    fresh = render(with_versions(results(), "backport-py2.7", **versions), [])
    committed = render(found, [PIN])
    assert {
        sentence.rpartition(" on ")[2].split(":")[0] for sentence in stale(committed, fresh)
    } == {"monkeypatched-py2.7"}
    (sentence,) = not_comparable(committed, fresh)
    assert sentence.startswith("REPORT.md has backport-py2.7 as CPython 2.7.18 on OpenSSL 3.0.19,")
    assert sentence.endswith("it was not checked.")


def test_another_patch_level_of_the_reference_is_compared_with_nothing() -> None:
    made = [results(pair("backport-py2.7", READ)), results()]
    for one in made:
        for judgement in one["judgements"]:
            judgement["reference"] = "stdlib-py3.13"
    committed = render(made[0], [PIN])
    assert stale(committed, render(made[1], []))
    other = with_versions(made[1], "stdlib-py3.13", python="3.13.5")
    assert stale(committed, render(other, [])) == []
    assert "this run as CPython 3.13.5" in not_comparable(committed, render(other, []))[0]


def test_a_witness_is_listed_and_no_fault() -> None:
    drifted = SHUT.with_verdict("drift")
    committed, fresh = render(results(pair("stdlib-py3.9", drifted)), []), render(results(), [])
    assert stale(committed, fresh) == []
    sentences = not_comparable(committed, fresh)
    assert len(sentences) == 2 and all("on stdlib-py3.9" in one for one in sentences)


def test_a_finding_that_came_that_went_and_that_changed() -> None:
    with_it = render(results(pair("backport-py2.7", READ)), [PIN])
    without = render(results(), [PIN])
    changed = render(results(pair("backport-py2.7", READ.with_verdict("NEW"))), [])
    (fact,) = [fact for fact in facts_in(with_it) if fact.kind == "finding"]
    what = f"MemoryBIO.read, value [{READ.fingerprint}] on backport-py2.7"
    assert fact.subject == READ.fingerprint
    assert stale(without, with_it)[0].startswith(f"REPORT.md does not have the finding {what}")
    assert stale(with_it, without)[0].startswith(f"REPORT.md has a finding that is gone: {what}")
    assert stale(with_it, changed)[0] == (
        f"REPORT.md says of {what}: {fact.detail}; now it is: NEW at 1 place."
    )
    assert stale(with_it, changed)[1] == (
        "REPORT.md says of memory_bio on backport-py2.7: 1 known; now it is: 1 NEW."
    )


def test_another_reason_is_another_finding() -> None:
    other = READ.with_verdict("known", DECISION.name, "Another reason.")
    one, two = (render(results(pair("backport-py2.7", found)), []) for found in (READ, other))
    assert len(stale(one, two)) == 1


def test_a_report_changed_by_hand_is_not_current() -> None:
    committed = render(typical(), [PIN])
    edited = committed.replace("NEW on", "fine on")
    assert stale(edited, committed) == [
        "The committed REPORT.md was changed by hand: write it again with --report."
    ]


@pytest.mark.parametrize("text", ["", "# Something else\n", f"{BEGIN}\neJyL\n-->\n"])
def test_what_is_no_report_is_not_current(text: str) -> None:
    (sentence,) = stale(text, render(typical(), []))
    assert "cannot be read" in sentence


def test_damage_does_not_hide_a_finding() -> None:
    committed = render(typical(), [PIN])
    where = committed.index("\n", committed.index(BEGIN)) + 20
    damaged = committed[:where] + committed[where + 4 :]
    assert facts_in(committed) and facts_in(damaged) == set()


def test_reports_of_runs_that_were_not_whole_prove_nothing() -> None:
    whole = render(typical(), [PIN])
    for made in (results(whole=False), results(complete=False)):
        part = render(made, [])
        assert "proves nothing" in stale(part, whole)[0]
        assert "proves nothing" in stale(whole, part)[0]


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
