"""What the audits of the backport make of their tools' output."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from impls.host import toml_reader
from impls.host.declarations import load
from tests.audits.backport import (
    allocations,
    analyze,
    coverage,
    references,
    sanitize,
    threads,
    valgrind,
    variants,
)
from tests.audits.mutation import mutants

LEAK = """\
Direct leak of 64 byte(s) in 1 object(s) allocated from:
    #0 0x7f in __interceptor_malloc asan_malloc_linux.cpp:69
    #1 0x7f in {function} {file}:12
    #2 0x7f in PyEval_EvalFrameEx Python/ceval.c:3013"""
HEAD = "=====\n==1==ERROR: LeakSanitizer: detected memory leaks"
FOOT = "SUMMARY: AddressSanitizer: 64 byte(s) leaked in 1 allocation(s)."
OURS = LEAK.format(function="append", file=variants.SOURCE / "memory_bio.c")
THEIRS = LEAK.format(function="dictresize", file="Objects/dictobject.c")


def test_leaks_of_the_interpreter_are_none() -> None:
    assert sanitize.complaints("\n\n".join([HEAD, THEIRS, FOOT])) == ""


def test_the_frame_that_a_callback_keeps_is_no_leak() -> None:
    frame = OURS.replace("    #1", "    #0 0x7f in PyFrame_New Objects/frameobject.c:733\n    #1")
    assert sanitize.complaints("\n\n".join([HEAD, frame, FOOT])) == ""


def test_a_leak_of_the_backport_is_told() -> None:
    told = sanitize.complaints("\n\n".join([HEAD, THEIRS, OURS, FOOT]))
    assert "memory_bio.c:12" in told and "dictresize" not in told


def test_what_is_no_leak_is_told() -> None:
    overflow = "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6"
    assert overflow in sanitize.complaints(f"{overflow}\n\n    #0 0x7f in take memory_bio.c:26")


def test_an_empty_report_tells_nothing() -> None:
    assert sanitize.complaints("") == ""


def test_warnings_are_read_once_with_all_their_names() -> None:
    line = "/a/b.c:3:9: warning: this [odd] thing [bugprone-x,cert-y]"
    found = analyze.read_warnings(f"{line}\n  3 | code\n/a/b.c:3:9: note: why\n{line}\n")
    assert found == [analyze.Remark("b.c", 3, "this [odd] thing", ("bugprone-x", "cert-y"))]


def test_a_warning_nobody_excused_and_an_excuse_for_none_are_told() -> None:
    warnings = [analyze.Remark("b.c", 3, "odd", ("x",)), analyze.Remark("b.c", 4, "dull", ("y",))]
    told = analyze.disagreements(warnings, {"y": "why", "z": "why"})
    assert len(told) == 2 and "b.c:3: odd [x]" in told[0] and "z" in told[1]


def gcovr_line(number: int, count: int, function: str = "f") -> dict[str, object]:
    return {"line_number": number, "count": count, "function_name": function}


@pytest.fixture
def covered(tmp_path: Path) -> list[coverage.Covered]:
    (tmp_path / "a.c").write_text("one\ntwo\n  return NULL;\n", "utf-8")
    lines = [gcovr_line(1, 5), gcovr_line(2, 0), gcovr_line(3, 0)]
    lines.append({**gcovr_line(1, 0), "gcovr/noncode": True})
    report = {"files": [{"file": "a.c", "lines": lines}, {"file": "generated.h", "lines": []}]}
    return coverage.read_gcovr(report, tmp_path)


def test_lines_that_did_not_run_are_read_with_their_text(covered: list[coverage.Covered]) -> None:
    unreached = (("f", 2, "two"), ("f", 3, "return NULL;"))
    assert covered == [coverage.Covered("a.c", 3, unreached)]


def test_a_line_that_ran_in_one_of_two_builds_ran(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("one\n", "utf-8")
    files = [{"file": "a.c", "lines": [gcovr_line(1, 0), gcovr_line(1, 2)]}]
    assert coverage.read_gcovr({"files": files}, tmp_path)[0].unreached == ()


REVIEWED = """
[[unreached]]
file = "a.c"
function = "f"
lines = ["two", "return NULL;"]
why = "because"
"""


def reviewed(folder: Path, text: str) -> dict[coverage.Place, coverage.Reviewed]:
    file = folder / "unreached.toml"
    file.write_text(text, "utf-8")
    return coverage.read_reviewed(file)


def test_reviewed_lines_agree(covered: list[coverage.Covered], tmp_path: Path) -> None:
    assert coverage.disagreements(covered, reviewed(tmp_path, REVIEWED)) == []


def test_the_committed_lists_can_be_read() -> None:
    assert coverage.read_reviewed()
    assert toml_reader.read(analyze.UNHEEDED, analyze.FILE)["unheeded"]
    assert mutants.reviewed()


def test_a_line_nobody_reviewed_is_told(covered: list[coverage.Covered]) -> None:
    (told,) = coverage.disagreements(covered, {("a.c", "f"): coverage.Reviewed(Counter(["two"]))})
    assert "at 3" in told and "return NULL;" in told


def test_a_reason_for_a_line_that_ran_is_told(
    covered: list[coverage.Covered], tmp_path: Path
) -> None:
    text = REVIEWED.replace('"two"', '"two", "two", "three"')
    told = coverage.disagreements(covered, reviewed(tmp_path, text))
    assert len(told) == 2 and all("too often" in sentence for sentence in told)


def test_a_line_that_some_runs_reach_may_run_or_not(
    covered: list[coverage.Covered], tmp_path: Path
) -> None:
    text = REVIEWED.replace('"two"', '"two", "three"') + "sometimes = true\n"
    assert coverage.disagreements(covered, reviewed(tmp_path, text)) == []


def test_crashes_and_leaks_are_unwanted() -> None:
    told = {"operation": "wrap", "strange": {"signal 11": [3]}, "leaks": {"2": [4, 5]}}
    assert allocations.unwanted("OpenSSL", told) == [
        "wrap (OpenSSL's allocations): signal 11, 1 times, as at [3]",
        "wrap (OpenSSL's allocations): 2 blocks not freed, 2 times, as at [4, 5]",
    ]
    assert allocations.unwanted("OpenSSL", {**told, "strange": {}, "leaks": {}}) == []


def test_every_part_steps_by_one_when_all_is_asked() -> None:
    assert {part.step for part in allocations.parts(every=True)} == {1}
    assert {part.step for part in allocations.parts(every=False)} == {1, allocations.SAMPLE}


def test_references_that_stay_are_told() -> None:
    assert references.grown({"close": 1, "wrap": 1000}) == [
        "wrap: 1000 references more after 1000 repetitions."
    ]


def test_situations_that_did_not_end_well_are_told() -> None:
    assert threads.unwanted("plain", {"fork": "ok", "raise": "died of signal 11"}) == [
        "raise, plain: died of signal 11"
    ]


def test_valgrinds_summary() -> None:
    lost = "==1==    definitely lost: 1,024 bytes in 2 blocks\n"
    assert valgrind.summary(lost + "==1== ERROR SUMMARY: 2 errors from 1 contexts") == (2, "1,024")
    assert valgrind.summary("==1== ERROR SUMMARY: 0 errors from 0 contexts") == (0, "0")
    assert valgrind.summary("it was killed") is None


def test_described_implementations_are_the_plain_ones_built_otherwise(tmp_path: Path) -> None:
    files = variants.describe(tmp_path, "odd", {"CFLAGS": "-O0"}, {"A": 'b "c"'}, "/base")
    read = {one.id: one for one in load(files)}
    for name in variants.PLAIN:
        plain, odd = read[f"{name}-py{{version}}"], read[f"odd-{name}-py{{version}}"]
        assert (odd.module, odd.set_up, odd.unsupported) == (
            plain.module,
            plain.set_up,
            plain.unsupported,
        )
        assert odd.environment == (("A", 'b "c"'),)
        assert odd.build is not None and plain.build is not None
        assert odd.build.source == plain.build.source
        assert odd.build.command[:2] == ("env", "CFLAGS=-O0") and "/base" in odd.build.command


@pytest.mark.parametrize("verdict, told", [("known", []), ("NEW", ["NEW"]), ("CRASH", ["CRASH"])])
def test_only_accepted_verdicts_pass(
    verdict: str, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = {"verdict": verdict, "scenario": "t.py::x", "axis": "forward", "server": None}
    found = {"judgements": [{**pair, "implementation": "odd-backport-py2.7"}]}
    monkeypatch.setattr(
        variants, "ask", lambda arguments, folder: (json.loads(json.dumps(found)), ())
    )
    trouble = variants.run([], tmp_path, "odd", []).trouble
    assert [sentence.partition(":")[0] for sentence in trouble[:-1]] == told
    assert not trouble or trouble[-1].startswith(str(tmp_path / variants.LOG))


@pytest.mark.parametrize(("verdict", "told"), [("CRASH", []), ("same", ["same"]), ("NEW", ["NEW"])])
def test_what_is_excused_must_happen(
    verdict: str, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"verdict": verdict, "scenario": "t.py::x", "axis": "forward"}
    pair = {**one, "implementation": "one", "server": None}
    monkeypatch.setattr(variants, "ask", lambda arguments, folder: ({"judgements": [pair]}, ()))
    excused = {"t.py::x on one, forward": "CRASH"}
    trouble = variants.run([], tmp_path, "", [], excused).trouble
    assert [sentence.partition(":")[0] for sentence in trouble[:-1]] == told
