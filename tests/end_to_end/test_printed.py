"""What a run prints is true: what to run again, what a test id names, which file is wrong."""

from __future__ import annotations

import datetime
import re
import shlex
from pathlib import Path

import pytest

from tests.support.trees import REFERENCE, Tree

SEEDED = '''
def test_seeded(ssl):
    """The generator is seeded."""
    ssl.RAND_status()


def test_other(ssl):
    """The generator gives bytes."""
    ssl.RAND_bytes(0)
'''
ONE = "first/test_first.py::test_seeded"
WRONG = ["import ssl", "ssl.RAND_status = lambda: 7"]


def tree_of(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SEEDED)
    return tree


def test_the_line_to_run_again_runs_just_that(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    right = tree.implementation("right", role="witness", set_up=["import ssl"])
    mine = tree.implementation("mine", set_up=WRONG)
    more = tree.implementation("more", set_up=WRONG)
    outcome = tree.run("conformance", "--reference", right, implementations=[mine, more])
    (line,) = re.findall(r"^Rerun just this:  pytest (.*seeded\[mine\].*)$", outcome.output, re.M)
    again = tree.run(*shlex.split(line))
    assert again.status == 1, again.output
    assert [(one["scenario"], one["implementation"]) for one in again.written["judgements"]] == [
        (ONE, "mine")
    ]
    assert again.written["reference"] == "right"
    assert again.pair(ONE, "mine")["divergences"] == outcome.pair(ONE, "mine")["divergences"]


@pytest.mark.parametrize("name", ["mine", REFERENCE])
def test_one_id_runs_only_what_it_names_and_says_nothing_of_others(
    tmp_path: Path, name: str
) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    tree.implementation("gone", drop_in=True, argv=["/bin/false"])
    tree.implementation("marks", drop_in=True, set_up=["open('started', 'w').close()"])
    outcome = tree.run(f"{ONE}[{name}]")
    assert outcome.status == 0, outcome.output
    assert [one["implementation"] for one in outcome.written["judgements"]] == [name]
    assert "gone" not in outcome.output and "marks" not in outcome.output
    assert not (tree.folder / "started").exists()


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (f"{ONE}[mien]", f"{ONE}[mien] names no implementation that is known; did you mean mine?"),
        ("conformance/scenarios/frist", "conformance/scenarios/frist is not there: give a file"),
        ("first/test_frist.py::test_seeded[mine]", "first/test_frist.py is not there: give a file"),
        ("first/test_first.py::test_sown", "test_first.py has no test test_sown: `pytest"),
        (
            "first/test_first.py::test_sown[mine]",
            "test_first.py has no test test_sown: `pytest",
        ),
    ],
)
@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_id_that_names_nothing(tmp_path: Path, named: str, told: str, workers: str) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    outcome = tree.run(named, "-n", workers)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert told in outcome.output


def test_only_what_failed_last_keeps_the_canaries(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, set_up=WRONG)
    plugins = ("xdist", "cacheprovider")
    assert tree.run("conformance", plugins=plugins).status == 1
    outcome = tree.run("conformance", "--lf", plugins=plugins)
    assert "3 of 3 caught" in outcome.output
    assert outcome.written["complete"] is True, outcome.output
    assert [one["scenario"] for one in outcome.written["judgements"]] == [ONE]


def test_allow_missing_without_any_candidate_fails(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("gone", drop_in=True, argv=["/bin/false"])
    tree.implementation("there", drop_in=True, role="witness", set_up=["import ssl"])
    outcome = tree.run("conformance", "--allow-missing")
    assert outcome.status == 1, outcome.output
    assert "No candidate is there (gone missing), so nothing was gated" in outcome.problems()


@pytest.mark.parametrize("option", ["--pdb", "--trace"])
def test_a_debugger_is_told_why_not(tmp_path: Path, option: str) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, set_up=WRONG)
    outcome = tree.run("conformance", option)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert f"{option} has nowhere to stop" in outcome.output


def test_what_changed_names_file_pin_and_both_values(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, set_up=WRONG)
    pinned = ("ssl.RAND_status", "value", "True", "8")
    tree.known("seed", pinned, scenario=ONE, implementation="mine")
    outcome = tree.run("conformance")
    assert outcome.verdict(ONE, "mine") == "CHANGED"
    assert (
        "CHANGED, operation 0: nearest is seed.toml, pin 1 (It differs), which pins"
        in outcome.output
    )
    assert "    ssl.RAND_status, value: 'True' became '8'" in outcome.output
    assert "  and now it is ssl.RAND_status, value: 'True' became '7'" in outcome.output


def test_what_expired_names_file_and_date(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, set_up=WRONG)
    tree.known(
        "seed",
        ("ssl.RAND_status", "value", "True", "7"),
        scenario=ONE,
        implementation="mine",
        review_by=datetime.date(2020, 1, 31),
    )
    outcome = tree.run("conformance")
    assert outcome.verdict(ONE, "mine") == "EXPIRED"
    told = "EXPIRED, operation 0: seed.toml, pin 1 (It differs) was to be reviewed by 2020-01-31"
    assert told in outcome.output


def test_what_is_missing_names_its_file_and_what_is_nearest(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("mine", drop_in=True, interpreter="cpython 3.4")
    outcome = tree.run("conformance")
    assert "(impls/mine.toml)" in outcome.problems()
    assert f"there is CPython {REFERENCE.removeprefix('stdlib-py')}" in outcome.problems()
    unknown = tree.run("conformance", "--implementation", "mien")
    assert "--implementation mien matches nothing; did you mean mine?" in unknown.output
