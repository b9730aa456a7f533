"""A run with --html: its folder has every scenario with transcripts, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

from conformance.report.transcripts import Transcripts
from tests.support.trees import Tree

WRONG = ["import ssl", "ssl.MemoryBIO = type('MemoryBIO', (), {'pending': 7})"]
"""A MemoryBIO that is another thing altogether."""
SCENARIO = '''
import pytest


@pytest.mark.parametrize("number", [1, 2])
def test_pending(ssl, number):
    """A new MemoryBIO is empty.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    bio = ssl.MemoryBIO()
    assert bio.pending == 0
'''


def tree_of(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.scenario("memory_bio/test_pending.py", SCENARIO)
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    return tree


def test_a_run_leaves_html_and_transcripts_of_every_process(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    outcome = tree.run("conformance", "-n", "2", "--html", "html")
    assert outcome.status == 1, outcome.output
    text = (tree.folder / "html" / "index.html").read_text("utf-8")
    assert "The gate FAILS: 2 of 4 verdicts are not accepted." in text
    recorded = Transcripts.read(tree.folder / "results.json.transcripts")
    name = "memory_bio/test_pending.py::test_pending[1]"
    ours = next(one for (target, _), one in recorded.runs[name].items() if target != "wrong")
    theirs = recorded.runs[name]["wrong", "alone"]
    assert [line for _, line in sorted(ours.lines.items())] == [
        ("ssl.MemoryBIO()", "<MemoryBIO #1>"),
        ("MemoryBIO #1.pending", "0"),
    ]
    assert theirs.lines == {1: ("MemoryBIO #1.pending", "7")} and theirs.count == 2
    assert "A new MemoryBIO is empty." in recorded.sources[name.partition("[")[0]]
    shown = "".join(
        path.read_text("utf-8") for path in (tree.folder / "html" / "data").glob("transcripts-*")
    )
    assert "MemoryBIO #1.pending" in shown


def test_an_earlier_run_s_transcripts_do_not_pass_for_this_one_s(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    folder = tree.folder / "results.json.transcripts"
    folder.mkdir()
    (folder / "gw9.jsonl").write_text("{}\n", "utf-8")
    tree.run("conformance")
    assert [path.name for path in folder.iterdir()] == ["main.jsonl"]
    assert len(Transcripts.read(folder).runs) == 2


def test_a_folder_with_something_else_is_refused_before_anything_runs(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    (tree.folder / "mine").mkdir()
    (tree.folder / "mine" / "text").write_text("mine", "utf-8")
    (tree.folder / "results.json").write_text("{}", "utf-8")
    outcome = tree.run("conformance", "--html", "mine", keep_results=True)
    assert outcome.status == 4
    assert "mine holds something else than a report" in outcome.output
    assert (tree.folder / "mine" / "text").read_text("utf-8") == "mine"
    assert (tree.folder / "results.json").read_text("utf-8") == "{}"
