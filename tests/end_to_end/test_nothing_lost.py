"""What a run found stays, however the run ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.plugin.junit import beside
from conformance.plugin.outputs import is_junit
from conformance.report.journal import Journal, JournalError, journal_of
from tests.support.results import results_of
from tests.support.trees import REFERENCE, Outcome, Tree

SCENARIOS = "".join(
    f'''
def test_{name}(ssl):
    """An empty MemoryBIO has nothing pending."""
    assert ssl.MemoryBIO().pending == 0
'''
    for name in ("one", "two", "three")
)
STOPS = '''
import os, pathlib

RUNS = pathlib.Path(__file__).with_name("runs")


def test_stops(ssl):
    """An empty MemoryBIO has not come to its end."""
    RUNS.write_text(RUNS.read_text() + "x" if RUNS.exists() else "x")
    if not pathlib.Path(__file__).with_name("well").exists():
        os.kill(os.getpid(), {})
    assert ssl.MemoryBIO().eof is False
'''
WRONG = ["import ssl", "ssl.MemoryBIO = None"]


def tree_of(tmp_path: Path, stop: int = signal.SIGTERM) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SCENARIOS)
    tree.scenario("second/test_stops.py", STOPS.format(int(stop)))
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    return tree


def well(tree: Tree) -> None:
    (tree.scenarios / "second" / "well").touch()


def journal(tree: Tree) -> Path:
    return journal_of(tree.folder / "results.json")


def recorded(path: Path) -> list[str]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [line[0] for line in lines if isinstance(line, list)]


FIRST = [
    f"first/test_first.py::test_{name}[{implementation}]"
    for name in ("one", "two", "three")
    for implementation in (REFERENCE, "mine", "wrong")
]


@pytest.fixture(autouse=True)
def without_nohup() -> Iterator[None]:
    """What these tests start hears SIGHUP, however they were started themselves."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_is_as_ctrl_c(tmp_path: Path, stop: int) -> None:
    outcome = tree_of(tmp_path, stop).run()
    assert outcome.status == pytest.ExitCode.INTERRUPTED, outcome.output
    assert outcome.written["complete"] is False
    assert len(outcome.written["judgements"]) == len(FIRST)
    assert "INCOMPLETE" in outcome.output and "--resume goes on there" in outcome.output


IMPATIENT = '''
import os, time


def test_stops(ssl):
    """An empty MemoryBIO has not come to its end."""
    again = f"for i in 1 2 3 4 5 6 7 8 9; do kill -INT {os.getppid() if WORKER else os.getpid()}"
    # Not a Popen: the run would complain, where it ends before what it began does.
    os.system(f"(/bin/sleep 2; {again}; /bin/sleep 0.1; done) &")
    time.sleep(60)
'''


@pytest.mark.parametrize("workers", ["0", "1"])
def test_many_interrupts_are_as_one(tmp_path: Path, workers: str) -> None:
    tree = tree_of(tmp_path)
    text = IMPATIENT.replace("WORKER", str(workers != "0"))
    (tree.scenarios / "second" / "test_stops.py").unlink()
    # Of the same topic as what is counted: workers do not take topics one after the other.
    tree.scenario("first/test_stops.py", text)
    outcome = tree.run("conformance", "-n", workers)
    # One that comes when all is written ends the process by itself.
    assert outcome.status in (pytest.ExitCode.INTERRUPTED, 130, -signal.SIGINT), outcome.output
    assert "Traceback" not in outcome.output
    assert outcome.written["complete"] is False
    assert len(outcome.written["judgements"]) == len(FIRST)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_was_stopped_is_gone_on_with(tmp_path: Path, stop: int) -> None:
    tree = tree_of(tmp_path, stop)
    killed = tree.run()
    assert killed.status != 0
    assert recorded(journal(tree)) == FIRST
    with open(journal(tree), "ab") as file:
        file.write(b'["first/test_first.py::test_cut_o')
    well(tree)
    whole = tree.run("--resume", "conformance", keep_results=True)
    assert whole.written["complete"] is True, whole.output
    assert f"{len(FIRST)} verdicts are taken from " in whole.output
    assert not journal(tree).exists()
    (tree.scenarios / "second" / "runs").unlink()
    plain = tree.run()
    assert whole.status == plain.status == 1
    assert whole.output.count("FAILED first/test_first.py") == 0  # -rN
    for both in (whole, plain):
        del both.written["run"]["date"]
    assert whole.written == plain.written


def test_lines_of_a_journal_that_are_damaged_run_again(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.run()
    well(tree)
    head, *lines = journal(tree).read_text("utf-8").splitlines()
    tests = [json.loads(line) for line in lines]
    tests[0][0] = ["no id"]
    tests[1][2] = "no entry"
    tests[2][2] = ["{}", None]
    tests[3][2] = [3]
    tests[4] = {"an": "object"}
    text = "\n".join([head, *map(json.dumps, tests)])
    journal(tree).write_text(text + "\n", "utf-8")
    outcome = tree.run("--resume", "conformance")
    assert f"{len(FIRST) - 5} verdicts are taken from " in outcome.output
    assert outcome.written["complete"] is True, outcome.output
    assert "Traceback" not in outcome.output


def test_what_failed_is_told_again_where_a_run_is_gone_on_with(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.run()
    well(tree)
    outcome = tree.run("--resume", "conformance")
    assert "NEW: first/test_first.py::test_one on wrong, compared with" in outcome.output


def test_what_may_have_been_lost_by_the_stop_runs_again(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation("dies", drop_in=True, set_up=["import ssl, os", "ssl.MemoryBIO = os.abort"])
    tree.run()
    crashes = [one for one in recorded(journal(tree)) if one.endswith("[dies]")]
    assert len(crashes) == 3
    well(tree)
    outcome = tree.run("--resume", "conformance")
    assert f"{len(FIRST)} verdicts are taken from " in outcome.output
    assert outcome.verdict("::test_one", "dies") == "CRASH"
    assert outcome.written["complete"] is True, outcome.output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("suite", "the suite's files have changed since then"),
        ("declaration", "what declares mine has changed since then"),
        ("implementation", "late was not there then"),
        ("nothing there", "There is nothing to resume"),
        ("no header", "There is nothing to resume"),
        ("no results", "--resume goes on with the run whose results were to be in --results"),
    ],
)
def test_what_cannot_be_gone_on_with(tmp_path: Path, change: str, told: str) -> None:
    tree = tree_of(tmp_path)
    tree.run()
    before = journal(tree).read_bytes()
    arguments = ["--resume", "conformance"]
    if change == "suite":
        tree.scenario("third/test_more.py", SCENARIOS)
    elif change == "declaration":
        tree.implementation("mine", drop_in=True, set_up=["import ssl", "import os"])
    elif change == "implementation":
        tree.implementation("late", drop_in=True, set_up=["import ssl"])
    elif change == "no header":
        before = b'{"implementations": [1]}\n' + before.partition(b"\n")[2]
        journal(tree).write_bytes(before)
    elif change == "nothing there":
        journal(tree).unlink()
        before = b""
    outcome = tree.run(*arguments) if change != "no results" else plainly(tree, *arguments)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR, outcome.output
    assert told in outcome.output
    assert "Traceback" not in outcome.output
    assert (journal(tree).read_bytes() if journal(tree).exists() else b"") == before


def plainly(tree: Tree, *arguments: str) -> Outcome:
    """A run without --results."""
    return tree.run(*arguments, results=None)


def test_the_verdicts_of_a_stopped_run_are_announced_before_they_are_replaced(
    tmp_path: Path,
) -> None:
    tree = tree_of(tmp_path)
    tree.run()
    well(tree)
    outcome = tree.run()
    assert f"has {len(FIRST)} verdicts of a run that did not end" in outcome.output


# An earlier file


@pytest.mark.parametrize(
    "arguments",
    [
        ["--implementation", "nobody", "conformance"],
        ["conformance/nowhere"],
        ["conformance", "--collect-only"],
        ["conformance", "-k", "nothing_of_that_name"],
        ["conformance", "-k", "a ( b"],
        ["conformance", "-n", "1", "-k", "a ( b"],
        ["first/test_first.py::test_none"],
        ["conformance", "--nonsense"],
        ["conformance", "--resume"],
    ],
)
def test_an_earlier_file_stays_until_the_plan_stands(tmp_path: Path, arguments: list[str]) -> None:
    tree = tree_of(tmp_path)
    well(tree)
    before = tree.run().written
    outcome = tree.run(*arguments, keep_results=True)
    assert outcome.status != 0 or "--collect-only" in arguments
    assert outcome.written == before
    assert not journal(tree).exists()


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_an_earlier_file_is_kept_until_the_new_one_is_complete(tmp_path: Path, stop: int) -> None:
    tree = tree_of(tmp_path, stop)
    well(tree)
    tree.run()
    results = tree.folder / "results.json"
    before = results.read_bytes()
    kept = tree.folder / "results.json.earlier"
    recorded_before = sorted(transcripts_in(tree, "results.json"))
    (tree.scenarios / "second" / "well").unlink()
    for _ in range(2):  # what a run left that was stopped takes no complete one's place
        stopped = tree.run(keep_results=True)
        assert stopped.status != 0
        assert kept.read_bytes() == before
        assert sorted(transcripts_in(tree, "results.json.earlier")) == recorded_before
        assert results.exists() == (stop != signal.SIGKILL)
        if stop != signal.SIGKILL:
            assert f"What an earlier run wrote is in {kept}" in stopped.output
    well(tree)
    whole = tree.run("--resume", "conformance", keep_results=True)
    assert whole.written["complete"] is True, whole.output
    assert not [*tree.folder.glob("results.json.*earlier*")]
    assert transcripts_in(tree, "results.json")


def transcripts_in(tree: Tree, name: str) -> list[str]:
    folder = tree.folder / f"{name}.transcripts"
    return [line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()]


OURS = {
    "nothing": "",
    "the beginning of one": '{\n "cana',
    "a half-written one": '{\n "canaries": [\n  {\n   "expected": "C',
    "one of an older schema": json.dumps({"schema": 1, "judgements": [], "passed": True}),
    "one in another layout": json.dumps(results_of(), indent=4),
}
OTHERS = {
    "a package": '{"name": "my-app"}',
    "an empty object": "{}",
    "a schema": '{\n  "$schema": "http://json-schema.org/draft-07/schema#"',
    "a list": "[]",
    "a report of another tool": '{"schema": 1, "tests": []}',
    "a journal": '{"suite": "x", "implementations": {}}\n',
}


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_only_results_are_replaced_by_results(tmp_path: Path, name: str) -> None:
    text = {**OURS, **OTHERS}[name]
    path = tmp_path / "r.json"
    path.write_text(text, "utf-8")
    if name in OURS:
        Journal(path).abandon()
    else:
        told = r"r.json is there and is not a file of results: give another path with --results\."
        with pytest.raises(JournalError, match=told):
            Journal(path)
    assert path.read_text("utf-8") == text
    assert [*tmp_path.iterdir()] == [path]


def test_only_a_journal_is_replaced_by_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "r.json.journal"
    path.write_text("Dear diary\n", "utf-8")
    with pytest.raises(JournalError, match="is there and is not the journal of a run: remove it"):
        Journal(tmp_path / "r.json")
    assert path.read_text("utf-8") == "Dear diary\n"
    for text in ('{"suite": "x", "impl', '{"implementations": [1]}\n', ""):
        path.write_text(text, "utf-8")
        Journal(tmp_path / "r.json").abandon()


@pytest.mark.parametrize("text", ["<project/>", '<?xml version="1.0"?>\n<!-- x -->\n<html/>'])
def test_only_a_junit_file_is_replaced_by_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.xml"
    path.write_text(text, "utf-8")
    assert not is_junit(path)
    head = '<?xml version="1.0" encoding="utf-8"?>'
    for ours in ("", head, f"{head}<tests", f"{head}\n<testsuites>", "<testsuite/>", "<?xml"):
        path.write_text(ours, "utf-8")
        assert is_junit(path), ours


# Places that cannot be written


@pytest.mark.parametrize("option", ["--results", "--report", "--check-report", "--reproducers"])
@pytest.mark.parametrize("place", ["folder", "below a file"])
def test_a_path_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, option: str, place: str
) -> None:
    if (option, place) in [("--reproducers", "folder"), ("--check-report", "below a file")]:
        pytest.skip("This is in order.")
    tree = tree_of(tmp_path)
    (tmp_path / "file").touch()
    path = str(tmp_path if place == "folder" else tmp_path / "file" / "x")
    outcome = tree.run("conformance", option, path, results=None)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR, outcome.output
    assert "Traceback" not in outcome.output
    (line,) = [line for line in outcome.output.splitlines() if path in line]
    assert line.startswith("ERROR: ") and line.endswith(".")
    assert not (tree.scenarios / "second" / "runs").exists()


@pytest.fixture
def full_disk(tmp_path: Path) -> Path:
    """A file system with room for two pages and no more."""
    folder = tmp_path / "full"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("No file system can be mounted here.")
    return folder


def test_a_full_disk_is_a_sentence(tmp_path: Path, full_disk: Path) -> None:
    try:
        tree = tree_of(tmp_path)
        well(tree)
        outcome = tree.run("conformance", "--results", str(full_disk / "r.json"), results=None)
        assert outcome.status == 1
        assert "Traceback" not in outcome.output and "INTERNALERROR" not in outcome.output
        assert "r.json could not be written (No space left on device)" in outcome.output
        assert "r.json.journal could not be written any further (No space left" in outcome.output
        assert "FAILS  4 NEW" in outcome.output, "the verdicts are not shown"
        assert outcome.output.splitlines()[-2] == "FAILED."
    finally:
        subprocess.run(["umount", str(full_disk)], check=False)


def test_earlier_files_are_whole_after_a_run_on_a_full_disk(
    tmp_path: Path, full_disk: Path
) -> None:
    try:
        tree = tree_of(tmp_path)
        well(tree)
        results, junit = full_disk / "r.json", full_disk / "j.xml"
        results.write_text(json.dumps(results_of()), "utf-8")
        junit.write_text("<testsuites></testsuites>", "utf-8")
        before = [path.read_bytes() for path in (results, junit)]
        arguments = ["conformance", "--results", str(results), "--junitxml", str(junit)]
        outcome = tree.run(*arguments, results=None)
        assert outcome.status == 1
        kept = full_disk / "r.json.earlier"
        assert [path.read_bytes() for path in (kept, junit)] == before
        assert "j.xml could not be written (No space left" in outcome.output.split("Problems:")[1]
        assert {path.name for path in full_disk.iterdir()} <= {
            *("j.xml", "r.json.earlier", "r.json.journal", "r.json.transcripts")
        }
    finally:
        subprocess.run(["umount", str(full_disk)], check=False)


def test_a_device_is_written_and_not_replaced(tmp_path: Path) -> None:
    assert beside(Path("/dev/null")) == Path("/dev/null")
    assert beside(tmp_path / "j.xml").parent == tmp_path
    (tmp_path / "link").symlink_to("/dev/full")
    assert beside(tmp_path / "link") == tmp_path / "link"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_transcripts_that_cannot_be_written_cost_no_verdict(tmp_path: Path, when: str) -> None:
    tree = tree_of(tmp_path)
    text = '"""A file in the way."""\nimport pathlib\n\n\n'
    text += "pathlib.Path('results.json.transcripts').touch()\n"
    tree.scenario("second/test_stops.py", text if when == "meanwhile" else "")
    if when == "before":
        (tree.folder / "results.json.transcripts").touch()
    outcome = tree.run("conformance", "--implementation=mine")
    assert "Traceback" not in outcome.output
    if when == "before":
        assert outcome.status == pytest.ExitCode.USAGE_ERROR
        assert "results.json.transcripts: it is not a folder; remove it" in outcome.output
    else:
        assert outcome.status == 0, outcome.output


def test_a_junit_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.scenario(
        "second/test_stops.py",
        'import pathlib\n\n\ndef test_in_the_way(ssl):\n    """Claims."""\n    ssl.MemoryBIO()\n'
        '    pathlib.Path("j.xml").mkdir(exist_ok=True)\n',
    )
    outcome = tree.run("conformance", "--junitxml=j.xml", "--implementation=mine")
    assert outcome.status == 1, outcome.output
    assert "j.xml could not be written (Is a directory)." in outcome.output
    assert "Traceback" not in outcome.output and "generated xml file" not in outcome.output
    assert "j.xml could not be written" in outcome.problems()
    assert outcome.written["passed"] is False
    assert "\nFAILED.\n" in outcome.output
    assert outcome.written["complete"] is True


def test_a_reproducer_that_cannot_be_written_takes_no_verdict_with_it(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    well(tree)
    path = tree.folder / "conformance" / "explain" / "reproducer" / "script.py"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("        target = judged.target\n", "        raise KeyError('x')\n")
    )
    known = ("ssl.MemoryBIO", "value", "<class MemoryBIO>", "None")
    tree.known("gone", known, implementation="wrong")
    outcome = tree.run("conformance", "--reproducers", "left")
    assert outcome.verdict("::test_one", "wrong") != "ERROR"
    assert outcome.written["complete"] is True
    assert "NEW: first/test_first.py::test_one on wrong" in outcome.output
    assert (
        "No script could be written for first/test_first.py::test_one[wrong]" in outcome.problems()
    )
    assert "INTERNALERROR" not in outcome.output


def test_two_runs_with_one_path_are_told(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.scenario(
        "second/test_stops.py",
        'import pathlib, time\n\n\ndef test_waits(ssl):\n    """Claims."""\n    ssl.MemoryBIO()\n'
        '    here = pathlib.Path(__file__)\n    here.with_name("waits").touch()\n'
        "    while not here.with_name('well').exists():\n        time.sleep(0.05)\n",
    )
    child = os.fork()
    if not child:
        os._exit(tree.run().status)
    while not (tree.scenarios / "second" / "waits").exists():
        time.sleep(0.05)
    second = tree.run(keep_results=True)
    for name in ("a.json", "b.json"):
        (tree.folder / name).write_text(json.dumps(results_of()), "utf-8")
    command = [sys.executable, "-m", "conformance", "merge", "a.json", "b.json"]
    merged = subprocess.run(
        [*command, "-o", "results.json"], cwd=tree.folder, capture_output=True, text=True
    )
    assert merged.returncode == 2 and "Another run is writing to" in merged.stderr, merged.stderr
    well(tree)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert second.status == pytest.ExitCode.USAGE_ERROR, second.output
    assert "Another run is writing to" in second.output
    assert json.loads((tree.folder / "results.json").read_text())["complete"] is True


# Told at the start


@pytest.mark.parametrize("quiet", [False, True])
def test_a_missing_one_is_told_before_anything_runs(tmp_path: Path, quiet: bool) -> None:
    tree = tree_of(tmp_path)
    well(tree)
    tree.implementation("gone", drop_in=True, argv=["/bin/false"])
    outcome = tree.run("conformance", *(["-qq"] if quiet else []))
    head = outcome.output.partition("FAILURES")[0]
    (line,) = [line for line in head.splitlines() if line.startswith("This run will fail")]
    assert "gone is MISSING (" in line and "gone.toml" in line and "--allow-missing" in line
