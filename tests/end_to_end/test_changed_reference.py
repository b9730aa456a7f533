"""A reference that changed is a finding, and a claim broken where it was written is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.trees import HOST, REFERENCE, Outcome, Tree, once

SCENARIOS = """
def test_is_empty(ssl):
    \"\"\"A new MemoryBIO has nothing in it.\"\"\"
    assert ssl.MemoryBIO().pending == 0


def test_knows_its_reference(ssl, about):
    \"\"\"The reference's Python and OpenSSL are known, at the cost of no operation.\"\"\"
    bio = ssl.MemoryBIO()
    assert bio.pending == (1 if about.python >= {python} and about.openssl >= (3,) else 2)
"""
EMPTY = "::test_is_empty"
KNOWS = "::test_knows_its_reference"
PATCHED = """
class MemoryBIO(object):
    def __init__(self, original=ssl.MemoryBIO):
        self._bio = original()
    pending = property(lambda self: self._bio.pending + 1)
ssl.MemoryBIO = MemoryBIO
"""
OLDER = (HOST.version_info[0], HOST.version_info[1] - 1)


def made(folder: Path, *written_for: tuple[int, int]) -> tuple[Tree, str]:
    tree = Tree(folder / "tree")
    if written_for:
        tree.written_for(*written_for)
    tree.scenario("topic/test_bio.py", SCENARIOS.format(python=HOST.version_info[:2]))
    patched = tree.implementation("patched", role="witness", set_up=["import ssl", PATCHED])
    return tree, patched


def run_changed(folder: Path) -> Outcome:
    tree, patched = made(folder, OLDER)
    return tree.run("conformance", "--reference", patched, implementations=[REFERENCE])


@pytest.fixture
def changed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """A run with a Python as the reference that does something else than those before it."""
    return once(tmp_path_factory, "changed", run_changed, worker_id)


def test_it_is_a_finding_and_not_an_error(changed: Outcome) -> None:
    assert changed.status == 0, changed.output
    pair = changed.pair(EMPTY, "patched")
    assert (pair["verdict"], pair["role"], pair["reference"]) == ("unmet", "reference", "patched")
    assert pair["note"].startswith(f"patched no longer does so, as {REFERENCE} does: test_bio.py:")


def test_both_outcomes_are_shown(changed: Outcome) -> None:
    (found,) = [
        one
        for one in changed.pair(EMPTY, "patched")["divergences"]
        if one["member"] == "MemoryBIO.pending"
    ]
    assert (found["reference"], found["candidate"], found["verdict"]) == ("0", "1", "drift")
    assert "patched no longer does so" in changed.output


def test_the_others_are_compared_as_far_as_it_goes(changed: Outcome) -> None:
    pair = changed.pair(EMPTY, REFERENCE)
    assert pair["verdict"] == "drift"
    assert ("1", "0") in [(one["reference"], one["candidate"]) for one in pair["divergences"]]


def test_a_claim_about_this_reference_holds(changed: Outcome) -> None:
    assert changed.verdict(KNOWS, "patched") == "same"
    assert changed.pair(KNOWS, "patched")["operations"] == 2


def test_a_candidate_is_gated_by_it_all_the_same(tmp_path: Path) -> None:
    tree, patched = made(tmp_path, OLDER)
    sound = tree.implementation("sound", set_up=["import ssl"])
    outcome = tree.run("conformance", "--reference", patched, implementations=[sound])
    assert outcome.status == 1
    assert outcome.verdict(EMPTY, "sound") == "NEW"


def test_where_the_claim_was_known_to_hold_it_is_an_error(tmp_path: Path) -> None:
    tree, patched = made(tmp_path)
    outcome = tree.run("conformance", "--reference", patched, implementations=[REFERENCE])
    assert outcome.status == 1
    assert outcome.verdict(EMPTY, "patched") == "ERROR"
    assert outcome.verdict(EMPTY, REFERENCE) == "ERROR"


def test_an_older_reference_is_not_an_error(tmp_path: Path) -> None:
    newer = (HOST.version_info[0], HOST.version_info[1] + 1)
    tree, patched = made(tmp_path, newer)
    outcome = tree.run("conformance", "--reference", patched, implementations=[REFERENCE])
    assert outcome.status == 0
    assert outcome.verdict(EMPTY, "patched") == "unmet"
