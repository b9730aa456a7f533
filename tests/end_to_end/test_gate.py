"""The gate, end to end: what an implementation does wrong is named, and nothing else suffers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conformance.report.baseline import CHECKSUM, HEAD
from conformance.report.write_report import TITLE
from tests.support.trees import HOST, REFERENCE, Outcome, Tree, once

ENDED = "test_turns_true_once_drained"
"""A scenario that calls write_eof(), where everyone below goes wrong."""
NOT_ENDED = "test_is_false_on_an_empty_one_without_write_eof"
"""A scenario that does not."""
SELECTED = [f"memory_bio/test_eof.py::{name}" for name in (ENDED, NOT_ENDED)]

WRAPPED = """
import os, time, ctypes, signal
class MemoryBIO(object):
    def __init__(self, original=ssl.MemoryBIO):
        self._bio = original()
    eof = property(lambda self: self._bio.eof)
    pending = property(lambda self: self._bio.pending)
    def read(self, *size):
        return self._bio.read(*size)
    def write(self, data):
        return self._bio.write(data)
    def write_eof(self):
        {}
ssl.MemoryBIO = MemoryBIO
"""
"""A MemoryBIO that is right but for one method; the real one cannot be subclassed."""
SEGFAULT = "ctypes.string_at(8)"
GARBAGE = """
        for descriptor in range(1, 32):
            try:
                os.write(descriptor, b"%PDF-1.4 nonsense\\n")
            except OSError:
                pass
"""


def wrong_at_write_eof(statement: str) -> list[str]:
    return ["import ssl", WRAPPED.format(statement)]


AT_WORK = {
    "segfaults": (SEGFAULT, "CRASH", "It died of SIGSEGV."),
    "aborts": ("os.abort()", "CRASH", "It died of SIGABRT."),
    "exits": ("os._exit(3)", "CRASH", "It ended with exit status 3."),
    "exits-well": ("os._exit(0)", "CRASH", "It ended with exit status 0."),
    "sleeps": ("time.sleep(600)", "HANG", "It gave no answer within 1 s."),
    "writes": (GARBAGE, "GARBAGE", "which is not a valid answer"),
    "talks": ("return b'x' * (50 << 20)", "GARBAGE", "Its answer is longer than 64 MiB."),
    "stops": ("os.kill(os.getpid(), signal.SIGSTOP)", "HANG", "It gave no answer within 1 s."),
}
"""What write_eof() does, the verdict on it, and what is said of it."""

AT_START: dict[str, tuple[dict[str, Any], str]] = {
    "segfaults-at-start": ({"set_up": ["import ctypes", SEGFAULT]}, "It died of SIGSEGV."),
    "exits-at-once": ({"argv": ["/bin/sh", "-c", "exit 3"]}, "It ended with exit status 3."),
    "exits-in-silence": ({"argv": ["/bin/true"]}, "It ended with exit status 0."),
    "greets": (
        {"argv": ["/bin/sh", "-c", f'echo Welcome!; exec {HOST.executable} "$@"', "sh"]},
        "It answered 'Welcome!', which is not a valid answer.",
    ),
    "greets-in-json": (
        {"argv": ["/bin/sh", "-c", f'echo "{{}}"; exec {HOST.executable} "$@"', "sh"]},
        "It printed something else where the agent's hello belongs.",
    ),
    "not-found": ({"interpreter": "cpython 3.4"}, "no CPython 3.4 was found"),
    "no-such-path": ({"interpreter": "/nonexistent/python3"}, "/nonexistent/python3 is not"),
    "no-such-command": ({"argv": ["nonexistent-python3"]}, "nonexistent-python3 cannot be run"),
    "set-up-raises": (
        {"set_up": ["import ssl", "ssl.nonsense"]},
        "Its set-up failed: ssl.nonsense raised AttributeError",
    ),
    "set-up-exits": ({"set_up": ["raise SystemExit(0)"]}, "raised SystemExit"),
    "no-such-module": ({"module": "nonsense"}, "import nonsense raised"),
}
"""The keys of those that do not come up, and what is said of them."""


AS_WITNESSES = ("segfaults", "exits", "sleeps", "writes")


def broken(tree: Tree, role: str, names: Iterable[str]) -> list[str]:
    files = []
    for name in names:
        statement, verdict, _ = AT_WORK[name]
        keys: dict[str, Any] = {"operation_timeout": 1 if verdict == "HANG" else 60}
        set_up = wrong_at_write_eof(statement)
        files.append(tree.implementation(name, role=role, set_up=set_up, **keys))
    return files


def run_candidates(folder: Path) -> Outcome:
    tree = Tree(folder / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    files = broken(tree, "candidate", AT_WORK)
    files += [tree.implementation(name, **keys) for name, (keys, _) in AT_START.items()]
    files.append(tree.implementation("sound", set_up=["import ssl"]))
    return tree.run("-n", "2", *SELECTED, implementations=files)


def run_witnesses(folder: Path) -> Outcome:
    tree = Tree(folder / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    return tree.run("-n", "2", *SELECTED, implementations=broken(tree, "witness", AS_WITNESSES))


@pytest.fixture
def candidates(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """One run with everybody as a candidate."""
    return once(tmp_path_factory, "candidates", run_candidates, worker_id)


@pytest.fixture
def witnesses(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """One run with those that start as witnesses."""
    return once(tmp_path_factory, "witnesses", run_witnesses, worker_id)


def test_a_run_with_everything_broken_ends_red_and_without_a_traceback(
    candidates: Outcome,
) -> None:
    assert candidates.status == 1
    assert candidates.written["passed"] is False
    for text in ("Traceback (most recent call last)", "INTERNALERROR"):
        assert text not in candidates.output


def test_everybody_has_a_verdict_for_everything(candidates: Outcome) -> None:
    everyone = {REFERENCE, "sound", *AT_WORK, *AT_START}
    pairs = {
        (pair["scenario"].rpartition("::")[2], pair["implementation"])
        for pair in candidates.written["judgements"]
    }
    assert pairs == {(scenario, name) for scenario in (ENDED, NOT_ENDED) for name in everyone}
    assert candidates.written["complete"] is True
    assert {each["id"] for each in candidates.written["implementations"]} == everyone


@pytest.mark.parametrize("name", AT_WORK)
def test_lost_at_an_operation(candidates: Outcome, name: str) -> None:
    _, verdict, what = AT_WORK[name]
    pair = candidates.pair(ENDED, name)
    assert pair["verdict"] == verdict
    assert [found["member"] for found in pair["divergences"]] == ["MemoryBIO.write_eof"]
    assert what in pair["divergences"][0]["candidate"]
    assert pair["note"] is None, "it was not confirmed"
    assert f"{verdict}: memory_bio/test_eof.py::{ENDED} on {name}" in candidates.output


@pytest.mark.parametrize("name", ["sound", *AT_WORK])
def test_lost_at_one_operation_and_asked_all_others(candidates: Outcome, name: str) -> None:
    assert candidates.verdict(NOT_ENDED, name) == "same"


@pytest.mark.parametrize("name", ["sound", REFERENCE])
def test_whoever_is_well_is_not_touched(candidates: Outcome, name: str) -> None:
    assert candidates.verdict(ENDED, name) == "same"


@pytest.mark.parametrize("name", AT_START)
def test_lost_at_the_start(candidates: Outcome, name: str) -> None:
    _, what = AT_START[name]
    for scenario in (ENDED, NOT_ENDED):
        assert candidates.verdict(scenario, name) == "MISSING"
    (told,) = [each for each in candidates.written["implementations"] if each["id"] == name]
    assert what in told["missing"]
    assert f"MISSING {name}: " in candidates.problems()
    assert what in candidates.output.replace("\n", " ")


def test_what_a_dying_process_said_is_in_its_story(candidates: Outcome) -> None:
    assert "Fatal Python error: Segmentation fault" in candidates.output
    assert "What segfaults printed last:" in candidates.output


def test_a_broken_witness_is_reported_and_does_not_fail(witnesses: Outcome) -> None:
    assert witnesses.status == 0, witnesses.output
    for name in AS_WITNESSES:
        assert witnesses.verdict(ENDED, name) == AT_WORK[name][1]
        assert witnesses.verdict(NOT_ENDED, name) == "same"


MISSING = ("exits-at-once", "not-found", "set-up-raises")


@pytest.mark.parametrize(
    ("also", "status"), [("sound", 0), ("exits", 1)], ids=["missing-alone", "and-a-crash"]
)
def test_allow_missing_allows_that_and_nothing_else(tmp_path: Path, also: str, status: int) -> None:
    tree = Tree(tmp_path / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    files = [tree.implementation(name, **AT_START[name][0]) for name in MISSING]
    set_up = wrong_at_write_eof(AT_WORK[also][0]) if also in AT_WORK else ["import ssl"]
    files.append(tree.implementation(also, set_up=set_up))
    outcome = tree.run("--allow-missing", *SELECTED, implementations=files)
    assert outcome.status == status, outcome.output
    assert outcome.written["passed"] is (status == 0)
    assert outcome.written["complete"] is True
    for name in MISSING:
        assert outcome.verdict(ENDED, name) == "MISSING"


def test_a_missing_witness_fails_too(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    files = [
        tree.implementation("gone", role="witness", argv=["/bin/false"]),
        tree.implementation("sound", set_up=["import ssl"]),
    ]
    outcome = tree.run(*SELECTED, implementations=files)
    assert outcome.status == 1
    assert outcome.verdict(ENDED, "gone") == "MISSING"
    assert outcome.verdict(ENDED, "sound") == "same"


def test_an_optional_one_may_be_missing(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    files = [
        tree.implementation("gone", role="witness", interpreter="pypy 3.6", optional=True),
        tree.implementation("sound", set_up=["import ssl"]),
    ]
    outcome = tree.run(*SELECTED, implementations=files)
    assert outcome.status == 0, outcome.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--implementation", "nobody"], "--implementation nobody matches nothing"),
        (["--reference", "nobody"], "--reference nobody matches nothing"),
        (["--implementation", "absent.toml"], "absent.toml cannot be read"),
        (["--interpreter", "/nonexistent"], "/nonexistent was named as an interpreter"),
        (["--report", "R.md", "-k", "eof"], "--report needs a whole run"),
        (["--check-report", "R.md", "-k", "eof"], "--check-report needs a whole run"),
    ],
)
def test_an_option_that_means_nothing_is_one_sentence(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    tree = Tree(tmp_path / "tree")
    tree.copy_scenario("memory_bio/test_eof.py")
    tree.implementation("sound", drop_in=True, set_up=["import ssl"])
    (tree.folder / "R.md").write_text(f"{TITLE}{CHECKSUM}")
    (tree.folder / "R.findings.txt").write_text(f"{HEAD}run | - | - | - | whole\n")
    outcome = tree.run(*arguments, "conformance")
    assert outcome.status == pytest.ExitCode.USAGE_ERROR, outcome.output
    assert told in outcome.output
    assert "Traceback" not in outcome.output
