"""The contract in a run: a whole one fails for what no scenario covers."""

from __future__ import annotations

from pathlib import Path

from tests.support.trees import Tree


def test_run_fails_for_holes_when_it_is_whole(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    tree.implementation("sound", drop_in=True, set_up=["import ssl"])
    reasons = tree.folder / "conformance" / "coverage" / "contract.toml"
    reasons.write_text(
        '[[reason]]\nmember = "MemoryBIO.read"\nway = "call"\nhole = "empty"\nreason = "So."\n',
        "utf-8",
    )
    whole = tree.run("-n", "2")
    assert whole.status == 1
    assert "No scenario covers SSLObject.read (call): fresh." in whole.problems()
    assert "contract.toml has a reason for MemoryBIO.read (call): empty" in whole.problems()
    assert "MemoryBIO.write_eof (call): empty" not in whole.problems()
    (row,) = [
        row
        for row in whole.written["contract"]["members"]
        if (row["owner"], row["name"]) == ("MemoryBIO", "write_eof")
    ]
    assert "value" in row["outcomes"]["empty"]
    part = tree.run("-k", "drained")
    assert part.status == 0
    assert part.written["contract"] is None
