"""The contract in a run: a whole one fails for what no scenario covers."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.test_commands import conformance
from tests.support.trees import Tree

SCENARIO = '''
def test_client_is_told_the_version(peers):
    """A client is told the version.

    library/ssl.html#ssl.SSLSocket.version
    """
    assert peers.established().client.tls.version() == "TLSv1.3"
'''


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


def test_shards_cover_together_what_one_run_covers(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    tree.scenario("handshake/test_version.py", SCENARIO)
    tree.implementation("sound", drop_in=True, set_up=["import ssl"])
    reasons = tree.folder / "conformance" / "coverage" / "contract.toml"
    reasons.write_text("", "utf-8")
    whole = tree.run()
    unused = "No scenario uses SSLObject.version (call) on the {} of a connection of this origin: "
    assert f"{unused.format('server')}full handshake." in whole.problems()
    assert f"{unused.format('client')}full handshake." not in whole.problems()
    for number in ("1", "2"):
        tree.run("--shard", f"{number}/2", results=f"{number}.json")
    done = conformance(tree, "merge", "1.json", "2.json", "-o", "merged.json")
    assert done.returncode == 1, done.stderr
    merged = json.loads((tree.folder / "merged.json").read_text("utf-8"))
    assert merged["contract"] == whole.written["contract"]
    assert merged["problems"] == whole.written["problems"]
