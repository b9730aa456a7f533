"""The HTML of a run: what is in the folder, and what a person who gives wrong input is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.__main__ import main
from conformance.report import Overview, html, results_file
from conformance.report.html.data import LETTERS
from conformance.report.html.text import code, prose, reference
from conformance.report.transcripts import Transcripts, folder_of
from tests.unit.test_report import (
    NASTY,
    OTHER,
    PIN,
    READ,
    SCENARIO,
    SHUT,
    in_two_lanes,
    pair,
    results,
    typical,
)


def written(made: dict[str, Any], folder: Path, **more: Any) -> dict[str, str]:
    """The pages of a run, by name."""
    html.write(Overview(made, [PIN]), folder, **more)
    return {path.name: path.read_text("utf-8") for path in folder.glob("*.html")}


def data(folder: Path, name: str) -> Any:
    """What a data file hands over."""
    text = (folder / "data" / f"{name}.js").read_text("utf-8")
    found = re.fullmatch(r'conformance\.take\("([\w-]+)",(.*)\);\n', text, re.DOTALL)
    assert found is not None and found[1] == name
    return json.loads(found[2])


def test_every_verdict_is_a_letter(tmp_path: Path) -> None:
    written(typical(), tmp_path)
    index, scenarios = data(tmp_path, "index"), data(tmp_path, "scenarios")
    assert [one[0] for one in scenarios] == sorted([SCENARIO, OTHER])
    letters = {
        column["target"]: letter
        for column, letter in zip(index["columns"], scenarios[1][3], strict=True)
    }
    assert letters["backport-py2.7"] == LETTERS["NEW"]
    assert letters["monkeypatched-py2.7"] == LETTERS["inherited"]
    assert letters["monkeypatched-py2.7-backward"] == LETTERS["same"]
    assert letters["stdlib-py3.9"] == LETTERS["drift"]
    assert len(set(LETTERS.values())) == len(LETTERS)


def test_pages_link_findings_decisions_and_changes_that_are_there(tmp_path: Path) -> None:
    pages = written(typical(), tmp_path)
    assert 'id="read-spelling"' in pages["decisions.html"]
    index = data(tmp_path, "index")
    ids = {one["id"] for one in index["findings"]}
    assert ids
    for one in index["findings"]:
        page, _, anchor = one["at"].partition("#")
        assert anchor == f"finding-{one['id']}" and f'id="{anchor}"' in pages[page], one
    assert {one["at"].partition("#")[0] for one in index["findings"]} == {
        "decisions.html",
        "index.html",
    }
    (head,) = index["headlines"]
    assert f'id="h-{head["id"]}"' in pages["drift.html"]
    assert head["members"] == ["SSLObject.unwrap"] and not head["documented"]


def test_a_finding_is_shown_once(tmp_path: Path) -> None:
    other = replace(PIN, decision=replace(PIN.decision, name="other.toml"))
    made = results(
        pair("backport-py2.7", READ),
        pair("backport-py2.7", replace(READ, file="other.toml"), scenario=OTHER),
    )
    html.write(Overview(made, [PIN, other]), tmp_path)
    for path in tmp_path.glob("*.html"):
        ids = re.findall(r' id="([^"]+)"', path.read_text("utf-8"))
        assert len(ids) == len(set(ids)), path.name


def test_ids_of_findings_stay_when_numbers_and_runs_change(tmp_path: Path) -> None:
    ids = []
    for number, shown in enumerate((SHUT, SHUT)):
        made = results(pair("backport-py2.7", READ, shown, scenario=OTHER))
        written(made, tmp_path / str(number))
        ids.append([one["id"] for one in data(tmp_path / str(number), "index")["findings"]])
    assert ids[0] == ids[1]


def test_lanes_have_tables_of_their_own(tmp_path: Path) -> None:
    text = written(in_two_lanes(), tmp_path)["index.html"]
    assert "on OpenSSL 3.0</h2>" in text and "on OpenSSL 3.6</h2>" in text


def test_what_is_in_results_cannot_become_markup(tmp_path: Path) -> None:
    nasty = READ.with_verdict("NEW", None, NASTY)
    made = results(
        pair("backport-py2.7", nasty, scenario=f"{NASTY}/t.py::t", note=NASTY), problems=[NASTY]
    )
    made["scenarios"].append({"id": f"{NASTY}/t.py::t", "claim": NASTY, "anchor": "a b|c"})
    for text in written(made, tmp_path).values():
        assert "<script>-" not in text
    for path in (tmp_path / "data").iterdir():
        assert "</script" not in path.read_text("utf-8")


def test_text() -> None:
    assert prose("a `<b>` & ``c`d``") == "a <code>&lt;b&gt;</code> &amp; <code>c`d</code>"
    assert code("a\n\x1b") == "<code>a\\n\\x1b</code>"
    assert code("") == "<code>(nothing)</code>"
    assert reference("gh-1") == '<a href="https://github.com/python/cpython/issues/1">gh-1</a>'
    assert reference("what nobody can read") == "what nobody can read"


def test_history_is_there_where_there_are_several_results(tmp_path: Path) -> None:
    assert "history.html" not in written(typical(), tmp_path / "one")
    earlier = Overview(results(run={"commit": "abc", "date": "2026-11-28T1"}), [PIN])
    pages = written(typical(), tmp_path / "two", earlier=[earlier])
    assert "<h2>abc of 2026-11-28</h2>" in pages["history.html"]
    assert "4 lines of findings came, 0 went" in pages["history.html"]


# Transcripts


LINES = [["ssl.MemoryBIO()", "<MemoryBIO #1>"], ["MemoryBIO #1.read()", "b''"]]


def recorded(folder: Path, *lines: object) -> Path:
    folder.mkdir(parents=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "gw0.jsonl").write_text(text + '{"part": "refer', "utf-8")
    return folder


def test_transcripts_are_shared_by_text_and_shown_as_far_as_they_differ(tmp_path: Path) -> None:
    folder = recorded(
        tmp_path / "t",
        {"part": "source", "function": SCENARIO, "text": "def test(ssl): ..."},
        {
            "part": "reference",
            "scenario": SCENARIO,
            "side": "alone",
            "id": "stdlib-py3.13",
            "lines": LINES,
            "end": "completed",
        },
        {
            "part": "target",
            "scenario": SCENARIO,
            "side": "alone",
            "id": "backport-py2.7",
            "of": "stdlib-py3.13",
            "lines": {"1": ["MemoryBIO #1.read()", "''"]},
            "count": 2,
            "end": "completed",
        },
    )
    written(typical(), tmp_path / "site", transcripts=[folder])
    own = data(tmp_path / "site", "topic-0")
    shown = own["scenarios"][SCENARIO]
    assert own["texts"][shown["source"]] == "def test(ssl): ..."
    part = data(tmp_path / "site", "transcripts-0-0")
    runs = part["scenarios"][SCENARIO]
    texts = [
        [part["texts"][number] for number in line[1:]] for line in runs["stdlib-py3.13"]["lines"]
    ]
    assert texts == LINES
    ((position, _, came),) = runs["backport-py2.7"]["lines"]
    assert (position, part["texts"][came]) == (1, "''")
    assert shown["part"] == 0
    assert data(tmp_path / "site", "topic-1")["scenarios"][OTHER]["part"] is None


def test_a_folder_that_is_not_there_has_no_transcripts(tmp_path: Path) -> None:
    assert Transcripts.read(tmp_path / "nothing") == Transcripts()
    assert folder_of(Path("a/results.json")) == Path("a/results.json.transcripts")


# The commands


@pytest.fixture
def any_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are read without a look at what else they should have."""
    monkeypatch.setattr(results_file, "read", lambda path: json.loads(path.read_text("utf-8")))


@pytest.mark.usefixtures("any_results")
def test_both_commands_work_from_results_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(typical()), "utf-8")
    assert main(["html", str(file), str(tmp_path / "html")]) == 0
    assert main(["html", str(file), str(tmp_path / "html")]) == 0, "an older report is replaced"
    assert (tmp_path / "html" / "index.html").exists()
    assert main(["report", str(file), str(tmp_path / "R.md")]) == 0
    assert (tmp_path / "R.md").read_text("utf-8").startswith("# How far apart")
    assert (tmp_path / "R.findings.txt").exists()
    assert "open it in a browser" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["html", "good.json", "full"], "full holds something else than a report"),
        (["html", "good.json", "good.json"], "good.json is not a folder"),
        (["report", "good.json", "none/R.md"], "R.md cannot be written"),
        (["report", "good.json", "good.json"], "good.json is there and is not a report"),
        (["report", "good.json", "full/mine.txt"], "mine.txt is there and is not a report"),
        (["report", "good.json", "full"], "full is a folder"),
        (["report", "good.json", "/dev/null"], "/dev/null is there and is not a report"),
    ],
)
@pytest.mark.usefixtures("any_results")
def test_a_place_that_cannot_be_written_is_one_sentence_and_loses_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(json.dumps(typical()), "utf-8")
    Path("full").mkdir()
    Path("full", "mine.txt").write_text("mine", "utf-8")
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert told in error and len(error.strip().splitlines()) == 1
    assert Path("full", "mine.txt").read_text("utf-8") == "mine"
    assert json.loads(Path("good.json").read_text("utf-8"))["complete"]


@pytest.mark.usefixtures("any_results")
@pytest.mark.parametrize("command", ["html", "report"])
def test_an_older_report_stays_until_the_new_one_is_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(json.dumps(typical()), "utf-8")
    for path in ("old", "new"):
        assert main([command, "good.json", path]) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    full = OSError(28, "No space left on device")

    def fails(*_: object, **__: object) -> None:
        raise full

    monkeypatch.setattr(html, "_data", fails)
    monkeypatch.setattr("tempfile.mkstemp", fails)
    for path in ("old", "newer"):
        assert main([command, "good.json", path]) == 2
        assert "cannot be written (No space left on device): make room" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert not Path("newer").exists()


@pytest.mark.parametrize("text", [None, '{"half":', "[]", "7", ""])
@pytest.mark.parametrize("command", ["html", "report"])
def test_what_is_not_results_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, text: str | None
) -> None:
    file = tmp_path / "mine.json"
    if text is not None:
        file.write_text(text, "utf-8")
    assert main([command, str(file), str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "mine.json" in error and len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
