"""The scripts that a run leaves: each shows the difference without the suite."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.scripts import execute, sides
from tests.support.trees import HOST, REFERENCE, Outcome, Tree, once

WRONG = """
class MemoryBIO(object):
    '''A MemoryBIO whose eof is never true.'''
    def __init__(self, original=ssl.MemoryBIO):
        self._bio = original()
    eof = False
    pending = property(lambda self: self._bio.pending)
    def read(self, *size):
        return self._bio.read(*size)
    def write(self, data):
        return self._bio.write(data)
    def write_eof(self):
        {}
ssl.MemoryBIO = MemoryBIO
"""
EOF = "test_turns_true_once_drained"


def left(folder: Path) -> Outcome:
    """A run with one that is wrong, one that dies, one behind a launcher, and one that is known."""
    tree = Tree(folder / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    wrong = ["import ssl", WRONG.format("self._bio.write_eof()")]
    raises = ["import ssl", WRONG.format("raise ssl.SSLError(1, 'no')")]
    launcher = [str(shutil.which("env")), "ONE=1", str(HOST.executable)]
    files = [
        tree.implementation("wrong", environment={"TWO": "2 2"}, set_up=wrong),
        tree.implementation("known", set_up=wrong),
        tree.implementation("launched", argv=launcher, set_up=wrong),
        tree.implementation("raises", set_up=raises),
        tree.implementation("witness", role="witness", set_up=wrong),
        tree.implementation("dies", set_up=["import os, ssl", WRONG.format("os._exit(3)")]),
    ]
    fingerprint = ("MemoryBIO.eof", "value", "True", "False")
    tree.known("eof", fingerprint, implementation="known", scenario="*")
    end = "stopped by AssertionError at: assert bio.eof is True"
    course = ("scenario", "operation", "MemoryBIO.pending", end)
    tree.known("end", course, implementation="known", scenario="*")
    scenario = f"memory_bio/test_eof.py::{EOF}"
    return tree.run("--reproducers", str(folder / "left"), scenario, implementations=files)


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    return once(tmp_path_factory, "reproducers", left, worker_id)


def commands(run: Outcome) -> dict[str, str]:
    """{implementation: the command that its story names}."""
    found = re.findall(r"^Without the suite:  (.*)$", run.output, re.M)
    return {re.findall(r"-(\w+)\.py", command)[-1]: command for command in found}


def test_the_story_names_the_script_of_whoever_fails(run: Outcome) -> None:
    assert run.verdict(EOF, "wrong") == "NEW", run.output
    assert run.verdict(EOF, "known") == "known", run.output
    assert set(commands(run)) == {"wrong", "launched", "raises", "dies"}


def test_a_script_shows_the_wrong_outcome_there_and_the_right_one_elsewhere(run: Outcome) -> None:
    command = commands(run)["wrong"]
    assert command.startswith("env TWO='2 2' ")
    there, elsewhere = execute(command), execute(command, "--plain")
    assert (there.returncode, elsewhere.returncode) == (1, 0), there.stderr + elsewhere.stderr
    assert "   2  bio1.write_eof()  ->  None\n" in there.stdout
    assert there.stdout.endswith("It differs here.\n")
    assert elsewhere.stdout.endswith("It does not differ here.\n")
    assert sides(there) == {"reference": "True", "recorded": "False", "here": "False"}
    assert sides(elsewhere) == {"reference": "True", "recorded": "False", "here": "True"}


def test_what_is_known_leaves_a_script_too_and_a_witness_none(run: Outcome) -> None:
    folder = Path(re.findall(r"(\S+)/[^/\s]*-wrong\.py", commands(run)["wrong"])[0])
    names = sorted(path.name for path in folder.iterdir())
    whom = ("dies", "known", "launched", "raises", "wrong")
    assert sorted(re.findall(r"-(\w+)\.py", " ".join(names))) == sorted(whom)
    (known,) = [name for name in names if name.endswith("-known.py")]
    assert re.fullmatch(r"MemoryBIO\.eof-value-[0-9a-f]{12}-known\.py", known)
    text = (folder / known).read_text("ascii")
    assert f"# known differs from {REFERENCE}." in text
    assert "\n# Claim:          `eof` is true only" in text


def test_a_launcher_reads_the_script_from_its_input(run: Outcome) -> None:
    command = commands(run)["launched"]
    assert "env ONE=1 " in command and " - < " in command
    assert sides(execute(command))["here"] == "False"


def test_a_script_of_a_death_says_what_was_to_be_before_it_dies(run: Outcome) -> None:
    process = execute(commands(run)["dies"])
    assert process.returncode == 3
    assert sides(process) == {
        "reference": "None",
        "recorded": "CRASH: It ended with exit status 3.",
    }


def test_an_exception_is_told_in_one_line(run: Outcome) -> None:
    process = execute(commands(run)["raises"])
    assert process.returncode == 1, process.stderr
    raised = "raises SSLError: no"
    assert sides(process) == {"reference": "None", "recorded": raised, "here": raised}
