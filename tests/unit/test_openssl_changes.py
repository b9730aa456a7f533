"""What OpenSSL itself changes: each change once, with what is known of when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.judge.verdict import Divergence, Judgement, Verdict
from conformance.report import Overview, not_comparable, openssl, render, stale
from conformance.report.openssl import DocumentedChange, OpensslChangesError, OpensslSection
from impls.host import toml_reader

SERIES = {"a": "3.0", "b": "3.5", "c": "3.6"}
ENTRY = """
[[change]]
since = "3.2"
summary = "It changed."
references = ["man:SSL_read(3)"]
members = ["SSLObject.*"]
"""


def differs(member: str = "SSLObject.read", **other: Any) -> Divergence:
    keys = {"field": "reason", "reference": "'OLD'", "candidate": "'NEW'", "position": 4}
    return Divergence(member, **{**keys, **other, "verdict": "drift"})


def judged(name: str, older: str, newer: str, *found: Divergence) -> dict[str, Any]:
    verdict: Verdict = "drift" if found else "same"
    return Judgement(
        f"topic/test_x.py::{name}", newer, "openssl", "witness", verdict, found, reference=older
    ).to_plain()


def results(*judgements: dict[str, Any], lanes: str = "abc") -> dict[str, Any]:
    return {
        "schema": 2,
        "complete": True,
        "whole": True,
        "passed": True,
        "reference": "a",
        "lanes": [
            {"openssl": SERIES[name], "reference": name, "implementations": []} for name in lanes
        ],
        "left_out": [],
        "implementations": [
            {
                "id": name,
                "describe": "CPython",
                "role": "reference",
                "lane": SERIES[name],
                "python": "3.13.0",
                "interpreter": "CPython",
                "openssl": f"OpenSSL {SERIES[name]}.7 1 Jan 2026",
                "backward_reference": None,
                "missing": None,
            }
            for name in lanes
        ],
        "scenarios": [],
        "judgements": list(judgements),
        "canaries": [],
        "contract": None,
        "problems": [],
    }


TYPICAL = results(
    judged("test_1", "a", "b", differs()),
    judged("test_2", "a", "b", differs("SSLObject.write"), differs(position=9)),
    judged("test_3", "a", "b"),
    judged("test_1", "b", "c", differs(reference="'NEW'", candidate="'NEWER'")),
)


def test_each_change_is_told_once() -> None:
    newest, oldest = OpensslSection(TYPICAL).steps
    assert newest.title == "Changed in OpenSSL 3.6"
    assert newest.entries == (
        "**`SSLObject.read`** reason: up to 3.5 `'NEW'`; since 3.6 `'NEWER'` "
        "(`topic/test_x.py::test_1`)",
    )
    assert oldest.title == "Changed between OpenSSL 3.0 and 3.5"
    assert oldest.compared == "CPython 3.13.0, on OpenSSL 3.0.7 and on OpenSSL 3.5.7."
    assert oldest.entries == (
        "**`SSLObject.read`, `SSLObject.write`** reason: up to 3.0 `'OLD'`; by 3.5 `'NEW'` "
        "(3 places)",
    )


def test_how_much_changed() -> None:
    assert OpensslSection(TYPICAL).summary == [
        "CPython 3.13.0 does something else on OpenSSL 3.5 than on 3.0 in 2 of 3 scenarios: "
        "1 change.",
        "CPython 3.13.0 does something else on OpenSSL 3.6 than on 3.5 in 1 of 1 scenario: "
        "1 change.",
    ]


def test_what_openssl_says_of_it() -> None:
    known = DocumentedChange("3.2", "It changed.", ("man:SSL_read(3)",), ("SSLObject.*",))
    newest, oldest = OpensslSection(TYPICAL, [known]).steps
    assert "up to 3.1 `'OLD'`; since 3.2 `'NEW'`" in oldest.entries[0]
    assert ". *It changed.* [OpenSSL's `SSL_read`](" in oldest.entries[0]
    assert "It changed" not in newest.entries[0]
    assert openssl.stale([known], TYPICAL) == []


@pytest.mark.parametrize("other", [{"members": ("SSLSocket.*",)}, {"shows": "x"}, {"field": "x"}])
def test_an_entry_that_explains_nothing_is_stale(other: dict[str, Any]) -> None:
    known = DocumentedChange(**{**vars(openssl._documented(entry())), **other})
    (told,) = openssl.stale([known], TYPICAL)
    assert told.startswith("openssl_changes.toml says of OpenSSL 3.2: It changed. No scenario")
    assert openssl.stale([known], results(lanes="a")) == []


def entry() -> Any:
    return toml_reader.parse(ENTRY, Path("x.toml"), openssl.OPENSSL_CHANGES)["change"][0]


def test_that_it_is_another_version_is_no_change() -> None:
    found = differs("ssl.OPENSSL_VERSION_INFO", field="value")
    texts = {"reference": "[OPENSSL_VERSION 1]", "candidate": "[OPENSSL_VERSION 2]"}
    listed = differs("native.public_names", field="value", **texts)
    assert openssl.changes_of(results(judged("test_1", "a", "b", found, listed))) == []


def test_numbers_alone_are_told_of_each_member() -> None:
    texts = {"field": "value", "reference": "28", "candidate": "29"}
    found = [differs(name, **texts) for name in ("MessageLog.calls", "native.integer")]
    assert len(openssl.changes_of(results(judged("test_1", "a", "b", *found)))) == 2


def test_lanes_without_a_python_in_common() -> None:
    found = results(judged("test_1", "a", "b", differs()))
    assert OpensslSection(found).not_compared == [
        "No Python is on OpenSSL 3.6 and on an older one, to the patch level: what changed since "
        "OpenSSL 3.5 cannot be told from what Python changed."
    ]


def test_the_report_has_it() -> None:
    text = render(Overview(TYPICAL)).text
    assert "## What OpenSSL itself changes" in text
    assert "### Changed between OpenSSL 3.0 and 3.5" in text
    assert "What OpenSSL itself changes" not in render(Overview(results(lanes="a"))).text


def test_what_openssl_changes_is_no_fault_of_a_later_run() -> None:
    """It is listed, where both runs had the two lanes."""
    changed = results(judged("test_1", "a", "b", differs(candidate="'OTHER'")))
    committed, fresh = render(Overview(TYPICAL)), render(Overview(changed))
    assert stale(committed, fresh) == []
    alone = render(Overview(results(judged("test_1", "b", "c"), lanes="bc")))
    assert stale(committed, alone) == []
    assert not [one for one in not_comparable(committed, alone) if " on b:" in one]


def test_the_committed_file_can_be_read() -> None:
    assert len(openssl.load()) > 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[change", "is not valid TOML"),
        (ENTRY.replace("3.2", "3.9"), "'3.9' is not a series that OpenSSL released"),
        (ENTRY + "extra = 1\n", 'unknown key "extra"'),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "openssl_changes.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(OpensslChangesError) as caught:
        openssl.load(path)
    assert told in str(caught.value)
