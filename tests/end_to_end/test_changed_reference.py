"""A reference that changed is a finding, and a claim broken where it was written is an error.

A Python that behaves differently stands for one that was patched: by its declaration, by its
version, or as an executable that is named with --interpreter.
"""

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
STARTED = """
import sys
try:
    import ssl
except ImportError:
    pass
"""
OLDER = (HOST.version_info[0], HOST.version_info[1] - 1)


def made(folder: Path, *written_for: tuple[int, int]) -> tuple[Tree, str]:
    tree = Tree(folder / "tree")
    if written_for:
        tree.written_for(*written_for)
    tree.scenario("topic/test_bio.py", SCENARIOS.format(python=HOST.version_info[:2]))
    patched = tree.implementation("patched", role="witness", set_up=["import ssl", PATCHED])
    return tree, patched


def pretending(major: int, minor: int) -> str:
    """Code after which a Python says that it is of another version."""
    return f"""
sys.version_info = type("version_info", (tuple,), {{
    "major": {major}, "minor": {minor}, "micro": 0, "releaselevel": "final", "serial": 0,
}})(({major}, {minor}, 0, "final", 0))
sys.version = "{major}.{minor}.0" + sys.version[sys.version.index(" "):]
"""


def executable(folder: Path, code: str) -> Path:
    """A Python that runs code first, whatever it is started with."""
    path = folder / "patched-python" / "bin" / "python"
    path.parent.mkdir(parents=True)
    first = path.parent / "first.py"
    first.write_text(STARTED + f"sys.executable = {str(path)!r}\n" + code, "utf-8")
    path.write_text(
        f"""#!{HOST.executable} -ES
import os, sys
arguments = sys.argv[1:]
while arguments and arguments[0] != "-c":
    del arguments[0]
exec(compile(open({str(first)!r}).read(), "first.py", "exec"), {{}})
sys.argv = ["-c", *arguments[2:]]
exec(compile(arguments[1], "<string>", "exec"), {{"__name__": "__main__"}})
""",
        "utf-8",
    )
    path.chmod(0o755)
    return path


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


def test_a_claim_that_nobody_meets_is_an_error(tmp_path: Path) -> None:
    tree, patched = made(tmp_path)
    tree.scenario("topic/test_bio.py", SCENARIOS.replace("pending == 0", "pending == 7"))
    alone = tree.run("conformance", "--reference", REFERENCE, implementations=[patched])
    assert (alone.status, alone.verdict(EMPTY, REFERENCE)) == (1, "ERROR")
    assert "The claim does not hold on the reference" in alone.pair(EMPTY, REFERENCE)["note"]
    other = tree.run("conformance", "--reference", patched, implementations=[REFERENCE])
    assert (other.status, other.verdict(EMPTY, "patched")) == (1, "ERROR")


def test_a_patched_python_of_a_known_version_is_a_finding(tmp_path: Path) -> None:
    """Its version says nothing: the Python that it was made from meets the claim."""
    tree, patched = made(tmp_path)
    outcome = tree.run("conformance", "--reference", patched, implementations=[REFERENCE])
    assert outcome.status == 0, outcome.output
    pair = outcome.pair(EMPTY, "patched")
    assert pair["verdict"] == "unmet"
    assert pair["note"].startswith(f"patched no longer does so, as {REFERENCE} does")
    assert outcome.verdict(EMPTY, REFERENCE) == "drift"


def test_two_builds_are_compared(tmp_path: Path) -> None:
    """Neither is what the machine has, and that says whether one of them changed."""
    tree, patched = made(tmp_path)
    build_b = tree.implementation("build-b", role="witness", set_up=["import ssl"])
    outcome = tree.run("conformance", "--reference", patched, implementations=[build_b])
    assert outcome.status == 0, outcome.output
    assert outcome.verdict(EMPTY, "patched") == "unmet"
    pair = outcome.pair(EMPTY, "build-b")
    assert (pair["verdict"], pair["reference"]) == ("drift", "patched")
    assert ("1", "0") in [(one["reference"], one["candidate"]) for one in pair["divergences"]]
    assert not [one for one in outcome.written["judgements"] if one["implementation"] == REFERENCE]


def test_an_interpreter_that_is_named_is_the_reference(tmp_path: Path) -> None:
    """A patched Python as an executable, which says that it is of the version it was made from."""
    tree, _ = made(tmp_path)
    python = executable(tmp_path, PATCHED)
    outcome = tree.run("conformance", "--interpreter", str(python))
    assert outcome.status == 0, outcome.output
    assert outcome.written["reference"] == REFERENCE
    usual = f"{REFERENCE.removesuffix(HOST.minor)}{HOST.version}"
    assert outcome.pair(EMPTY, REFERENCE)["note"].startswith(
        f"{REFERENCE} no longer does so, as {usual} does"
    )
    assert outcome.verdict(EMPTY, usual) == "drift"


def test_a_newer_interpreter_that_is_named_is_the_reference(tmp_path: Path) -> None:
    """A patched Python as an executable of the next version: nothing else is of its kind."""
    tree, _ = made(tmp_path)
    newer = (HOST.version_info[0], HOST.version_info[1] + 1)
    python = executable(tmp_path, pretending(*newer) + PATCHED)
    outcome = tree.run("conformance", "--interpreter", str(python))
    assert outcome.status == 0, outcome.output
    name = f"stdlib-py{newer[0]}.{newer[1]}"
    assert outcome.written["reference"] == name
    assert outcome.pair(EMPTY, name)["note"].startswith(
        f"{name} no longer does so, as {REFERENCE} does"
    )
    assert outcome.verdict(KNOWS, name) == "same"
    assert f"{name} no longer does so" in outcome.output


def test_an_older_reference_is_not_an_error(tmp_path: Path) -> None:
    newer = (HOST.version_info[0], HOST.version_info[1] + 1)
    tree, patched = made(tmp_path, newer)
    outcome = tree.run("conformance", "--reference", patched, implementations=[REFERENCE])
    assert outcome.status == 0
    assert outcome.verdict(EMPTY, "patched") == "unmet"
