"""Lanes that are wanted and cannot be had: announced everywhere, and never red by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.trees import Outcome, Tree, once

SCENARIO = """
def test_is_empty(ssl):
    \"\"\"A new MemoryBIO has nothing in it.\"\"\"
    assert ssl.MemoryBIO().pending == 0
"""


def made(folder: Path) -> Tree:
    tree = Tree(folder / "tree")
    tree.scenario("topic/test_bio.py", SCENARIO)
    tree.implementation("sound", drop_in=True, set_up=["import ssl"])
    return tree


def run_without_a_mirror(folder: Path) -> Outcome:
    tree = made(folder)
    report = tree.folder / "REPORT.md"
    outcome = tree.run(
        "conformance", "--openssl", "machine", "--openssl", "newest", "--report", str(report)
    )
    return Outcome(outcome.status, outcome.output + report.read_text("utf-8"), outcome.results)


@pytest.fixture
def without_a_mirror(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """A run that wants the newest Python's lane, where nothing can be fetched."""
    return once(tmp_path_factory, "without_a_mirror", run_without_a_mirror, worker_id)


def test_it_passes_all_the_same(without_a_mirror: Outcome) -> None:
    assert without_a_mirror.status == 0, without_a_mirror.output
    assert without_a_mirror.verdict("::test_is_empty", "sound") == "same"
    assert without_a_mirror.problems() == ""


def test_what_is_left_out_is_announced(without_a_mirror: Outcome) -> None:
    told = "No newest Python: A newer OpenSSL is fetched only on Debian and its kin"
    header, _, report = without_a_mirror.output.partition("# How far apart")
    assert f"left out   {told}" in header
    assert f"- Left out: {told}" in report
    assert any(one.startswith(told) for one in without_a_mirror.written["left_out"])


def test_a_lane_that_nothing_is_in_is_one_sentence(tmp_path: Path) -> None:
    outcome = made(tmp_path).run("conformance", "--openssl", "9.9")
    assert outcome.status == 4
    assert "--openssl leaves nothing to run. OpenSSL 9.9 is fetched only on" in outcome.output
