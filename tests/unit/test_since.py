"""--since: a verdict is kept only where nothing that it came of has changed."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import Judgement, Verdict
from conformance.report import inputs, merge
from conformance.report.transcripts import keep
from conformance.run import scenarios
from conformance.run.plan import Started
from tests.support.agents import implementation, interpreter
from tests.unit.test_plan import BACKPORT, OLD, ONE, PATCHED, REFERENCE, STOCK, plan

EVERYONE = (BACKPORT, OLD, PATCHED, REFERENCE, STOCK)
TODAY = datetime.date(2026, 11, 29)


def digits() -> dict[str, Any]:
    return {
        "suite": "s",
        "scenarios": {"a/test_a.py": "a"},
        "implementations": {one.id: one.id for one in EVERYONE},
    }


def judged(verdict: Verdict = "same", **more: Any) -> Judgement:
    made = Judgement(ONE, OLD.id, "forward", "witness", verdict, reference=REFERENCE.id)
    return replace(made, **more)


def kept(*judgements: Judgement, before: Any = None, now: Any = None) -> set[str]:
    results = {
        "inputs": digits() if before is None else before,
        "judgements": [one.to_plain() for one in judgements],
    }
    return set(inputs.kept(results, digits() if now is None else now, plan()))


def test_the_same_inputs_keep_a_verdict() -> None:
    grafted = judged("known", implementation=PATCHED.id, role="candidate")
    backward = replace(grafted, axis="backward", reference=STOCK.id, verdict="same")
    assert kept(judged(), grafted, backward) == {
        f"{ONE}[stdlib-py3.1]",
        f"{ONE}[monkeypatched-py2.7]",
        f"{ONE}[monkeypatched-py2.7-backward]",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(suite="other"),
        lambda one: one["scenarios"].update({"a/test_a.py": "other"}),
        lambda one: one["scenarios"].clear(),
        lambda one: one["implementations"].update({PATCHED.id: "other"}),
        lambda one: one["implementations"].update({PATCHED.id: None}),
        lambda one: one["implementations"].update({REFERENCE.id: "other"}),
        lambda one: one["implementations"].update({STOCK.id: "other"}),
    ],
)
@pytest.mark.parametrize("earlier", [True, False])
def test_another_input_keeps_none(change: Callable[[Any], None], earlier: bool) -> None:
    changed = copy.deepcopy(digits())
    change(changed)
    mine = judged(implementation=PATCHED.id, role="candidate")
    assert kept(mine) and not kept(mine, **{"before" if earlier else "now": changed})


def test_a_change_of_one_implementation_keeps_the_others() -> None:
    changed = digits()
    changed["implementations"][BACKPORT.id] = "other"
    mine = judged(implementation=BACKPORT.id, role="candidate")
    assert kept(judged(), mine, now=changed) == {f"{ONE}[stdlib-py3.1]"}


@pytest.mark.parametrize(
    "one",
    [
        judged("NEW", implementation=BACKPORT.id, role="candidate"),
        judged("CRASH"),
        judged("HANG"),
        judged(implementation=REFERENCE.id, role="reference"),
        judged(server=OLD.id),
        judged(implementation="stdlib-py3.99"),
    ],
)
def test_what_failed_and_what_others_are_compared_with_is_run(one: Judgement) -> None:
    assert not kept(one)


def test_results_without_digits_keep_nothing() -> None:
    assert not inputs.kept({"judgements": [judged().to_plain()]}, digits(), plan())


def of_implementation(role: str = "witness", pins: Any = (), **more: Any) -> str | None:
    one = implementation("mine", interpreter("3"), role=role, **more)
    made = plan(None, one)
    started = {**made.started, one.id: Started("3.13.0", "CPython", "OpenSSL 3.0.19")}
    found = inputs.inputs_of(replace(made, started=started), pins, TODAY)
    digits: str | None = found["implementations"][one.id]
    return digits


def test_what_more_may_be_in_has_no_digits(tmp_path: Path) -> None:
    assert of_implementation()
    assert of_implementation(path=(str(tmp_path),)) is None
    assert of_implementation(environment=(("A", "b"),)) is None
    assert of_implementation(site=True) is None
    named = replace(interpreter("3"), source="option")
    made = plan(None, implementation("named", named, role="witness"))
    assert inputs.inputs_of(made, (), TODAY)["implementations"]["named"] is None


def test_the_files_of_ssl_are_inputs(tmp_path: Path) -> None:
    library = tmp_path / "lib" / f"python{interpreter('3').minor}"
    (library / "lib-dynload").mkdir(parents=True)
    moved = replace(interpreter("3"), executable=tmp_path / "bin" / "python")
    one = implementation("mine", moved, role="witness")
    made = plan(None, one)

    def found() -> Any:
        return inputs.inputs_of(made, (), TODAY)["implementations"]["mine"]

    assert found() is None, "nobody knows where its ssl is"
    (library / "ssl.py").write_text("")
    before = found()
    (library / "lib-dynload" / "_ssl.so").write_text("")
    between = found()
    (library / "ssl.py").write_text("changed")
    assert before and len({before, between, found()}) == 3


def test_decisions_are_inputs_of_candidates() -> None:
    decision = Decision("a.toml", "It differs", "So.", "No.", "language", "We", ("gh-1",), None)
    pin = Pin(decision, 1, ("*",), ("*",), "forward", ("m", "value", "1", "2"))
    assert of_implementation() == of_implementation(pins=[pin])
    assert of_implementation("candidate") != of_implementation("candidate", [pin])
    past = replace(pin, decision=replace(pin.decision, review_by=TODAY - datetime.timedelta(1)))
    assert of_implementation("candidate", [past]) != of_implementation("candidate", [pin])


def test_each_file_of_scenarios_has_its_own_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "topic").mkdir()
    texts = {"test_a.py": "", "test_b.py": "", "test_all.py": scenarios.LOADS_OTHERS}
    for name, text in texts.items():
        (tmp_path / "topic" / name).write_text(text)
    monkeypatch.setattr(inputs, "SCENARIOS", tmp_path)

    def changed(name: str, text: str) -> set[str]:
        before = inputs._of_scenarios()
        (tmp_path / "topic" / name).write_text(text)
        now = inputs._of_scenarios()
        return {file.rpartition("/")[2] for file in now if now[file] != before.get(file)}

    assert changed("test_a.py", "other") == {"test_a.py", "test_all.py"}
    assert changed("group.pem", "new") == set(texts), "what lies beside them is in all"


def test_nothing_else_lies_beside_scenarios() -> None:
    there = {path.suffix for path in scenarios.SCENARIOS.rglob("*.*") if path.is_file()}
    assert there - {".pyc"} <= set(inputs.BESIDE)


def test_merged_results_have_what_both_came_of() -> None:
    other = digits()
    other["implementations"] |= {OLD.id: "other", "one more": "x"}
    found = merge._inputs(digits(), other)
    assert found["implementations"][OLD.id] is None
    assert found["implementations"]["one more"] == "x"
    assert merge._inputs(digits(), {**other, "suite": "other"}) is None


def test_transcripts_of_kept_verdicts_are_kept(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    lines = [
        {"part": "reference", "scenario": ONE, "id": REFERENCE.id},
        {"part": "target", "scenario": ONE, "id": OLD.id},
        {"part": "target", "scenario": ONE, "id": BACKPORT.id},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "old" / "main.jsonl").write_text(text + '{"part": "target", "scen')
    keep(tmp_path / "old", {f"{ONE}[stdlib-py3.1]"}, tmp_path / "kept.jsonl")
    assert json.loads((tmp_path / "kept.jsonl").read_text()) == lines[1]
