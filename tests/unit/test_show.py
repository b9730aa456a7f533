"""--show: the transcripts of the selected scenarios, next to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.plugin.show import Table
from conformance.transcript.model import Operation, Transcript
from tests.support.trees import REFERENCE, Tree


def transcript(*values: int | str, members: str = "abcdefgh") -> Transcript:
    """Operations of those members that return the values."""
    operations = [
        Operation("call", f"ssl.{name}", f"ssl.{name}()", "value", {"value": value})
        for name, value in zip(members, values, strict=False)
    ]
    return Transcript(tuple(operations), "completed")


def shown(*others: Transcript, width: int = 100) -> list[str]:
    """The table of a reference that returns 1, 2, 3, and of others, without its title."""
    table = Table("a scenario", "forward", transcript(1, 2, 3), "ref")
    for letter, other in zip("xyz", others, strict=False):
        table.add(letter, other)
    return [line for line in table.lines(width) if line.strip()][1:]


def test_targets_that_do_not_differ_have_no_column() -> None:
    lines = shown(transcript(1, 2, 3), transcript(1, 2, 3))
    assert lines[:2] == ["  A  ref (reference)", "  as A: x, y"]
    assert [line.split() for line in lines[3:]] == [
        [str(number), f"ssl.{name}()", str(number + 1)] for number, name in enumerate("abc")
    ]


def test_equal_targets_share_a_column_and_the_first_difference_is_marked() -> None:
    lines = shown(transcript(1, 7, 3), transcript(1, 2, 3), transcript(1, 7, 3))
    assert lines[:3] == ["  A  ref (reference)", "  B  x, z", "  as A: y"]
    assert [line.split() for line in lines[4:]] == [
        ["0", "ssl.a()", "1", "="],
        [">", "1", "ssl.b()", "2", "7"],
        ["2", "ssl.c()", "3", "="],
    ]


def test_operations_are_shown_from_where_the_course_parts() -> None:
    lines = shown(transcript(1, 2, 3, 4, members="aXYZ"), width=140)
    assert [line.split() for line in lines[3:]] == [
        ["0", "ssl.a()", "1", "="],
        [">", "1", "ssl.b()", "2", "ssl.X()", "->", "2"],
        ["2", "ssl.c()", "3", "ssl.Y()", "->", "3"],
        ["3", "(the", "end)", "ssl.Z()", "->", "4"],
        ["4", "(the", "end)", "ends:", "completed"],
    ]


def test_scenario_that_was_stopped_says_by_what() -> None:
    table = Table("a scenario", "forward", transcript(1, 2), "ref")
    table.add("x", transcript(1), "test_x.py:3: AssertionError: assert 1 == 2")
    assert "ends: test_x.py:3: AssertionError: assert 1 == 2" in list(table.lines(200))[-2]


@pytest.mark.parametrize("width", [60, 80, 132])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    others = [transcript(1, text * 100, 3) for text in ("one", "two", "six")]
    lines = shown(*others, width=width)
    assert max(map(len, lines)) <= width
    assert sum("..." in line for line in lines) >= 1
    heads = [line.split() for line in lines if line.split()[0] == "A" and len(line.split()) < 5]
    assert [letter for head in heads[1:] for letter in head if letter != "A"] == ["B", "C", "D"]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path / "tree")
    made.copy_scenario("memory_bio/test_eof.py")
    return made


def test_run_prints_what_each_did(tree: Tree) -> None:
    wrong = "ssl.MemoryBIO = lambda true=ssl.MemoryBIO: (lambda b: (b.write_eof(), b)[1])(true())"
    path = tree.implementation("hasty", set_up=["import ssl", wrong])
    outcome = tree.run(
        "memory_bio/test_eof.py::test_turns_true_once_drained",
        "--show",
        implementations=[path],
        environment={"COLUMNS": "160"},
    )
    assert outcome.status == 1
    printed = outcome.output.partition("= transcripts =")[2]
    assert f"  A  {REFERENCE} (reference)" in printed
    assert "  B  hasty" in printed
    (line,) = [line for line in printed.splitlines() if line.startswith(">")]
    assert ".write(b'tail')" in line
    assert "raises SSLError" in line and "cannot write() after write_eof()" in line


def test_processes_of_xdist_are_refused(tree: Tree) -> None:
    tree.implementation("sound", drop_in=True, set_up=["import ssl"])
    outcome = tree.run("conformance", "--show", "-n", "2")
    assert outcome.status == 4
    assert (
        "--show needs the transcripts of all runs in one process: leave -n out, or use -n 0."
        in outcome.output
    )
    assert tree.run("conformance", "--show", "-n", "0").status == 0
