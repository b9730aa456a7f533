"""What must never come out green: runs that are cut short, and scenarios that prove nothing."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.trees import REFERENCE, Outcome, Tree, once

GOOD = '''
def test_good(ssl):
    """An empty MemoryBIO has nothing pending."""
    assert ssl.MemoryBIO().pending == 0
'''
LOOKS = '''
def test_good(ssl):
    """An empty MemoryBIO has not come to its end, whatever is pending."""
    bio = ssl.MemoryBIO()
    assert [bio.pending, bio.eof][1] is False
'''
OTHER = '''
def test_one(ssl):
    """One."""
    assert ssl.MemoryBIO().pending == 0


def test_two(ssl):
    """Two."""
    assert ssl.MemoryBIO().eof is False
'''

WRAPPED = """
import os
class MemoryBIO(object):
    def __init__(self, original=ssl.MemoryBIO):
        self._bio = original()
    eof = property(lambda self: self._bio.eof)
    pending = property(lambda self: self._bio.pending + {more})
    def read(self, *size):
        return self._bio.read(*size)
    def write(self, data):
        return self._bio.write(data)
    def write_eof(self):
        return self._bio.write_eof()
ssl.MemoryBIO = MemoryBIO
"""
SOUND = ["import ssl"]
WRONG = ["import ssl", WRAPPED.format(more=1)]

# Scenarios that are wrong themselves

FAULTY = {
    "asserts_wrongly": (
        "assert ssl.MemoryBIO().pending == 1",
        f"The claim does not hold on the reference {REFERENCE}: test_faulty.py:",
    ),
    "raises": ("ssl.MemoryBIO().nonsense", "AttributeError"),
    "asks_nothing": ("assert True", "The scenario does nothing: not one operation was recorded."),
    "skips": ("ssl.MemoryBIO(); pytest.skip('not today')", "Skipped: not today"),
    "leaks": ("KEPT.append(ssl.MemoryBIO())", f"On {REFERENCE}: The scenario leaked MemoryBIO."),
    "changes_the_module": (
        "ssl.HAS_SNI = 'changed'",
        f"On {REFERENCE}: The scenario left ssl.HAS_SNI changed.",
    ),
    "adds_to_the_module": ("ssl.X = 1", "ssl.X"),
    "deletes_from_the_module": (
        "del ssl.HAS_SNI",
        f"On {REFERENCE}: The scenario left ssl.HAS_SNI changed.",
    ),
    "changes_a_class": ("ssl.SSLContext.sni_callback = None", "ssl.SSLContext.sni_callback"),
}
"""What a scenario does, and what is said of it: ERROR for everyone."""

FLAKY = {
    "differs_in_a_value": "ssl.RAND_bytes(16)",
    "differs_in_its_course": "[ssl.MemoryBIO() for _ in range(next(COUNTER) + 1)]",
}
NO_VERDICT = {
    "marked_to_be_skipped": "@pytest.mark.skip(reason='not today')",
    "marked_to_fail": "@pytest.mark.xfail",
    "wants_a_fixture_that_is_not_there": "@pytest.mark.usefixtures('nonsense')",
}


def faulty_scenarios() -> str:
    lines = ["import itertools", "import pytest", "KEPT = []", "COUNTER = itertools.count()", ""]
    for name, (statement, _) in FAULTY.items():
        lines += [f"def test_{name}(ssl):", '    """Claims."""', f"    {statement}", ""]
    for name, statement in FLAKY.items():
        lines += [f"def test_{name}(ssl):", '    """Claims."""', f"    {statement}", ""]
    for name, mark in NO_VERDICT.items():
        lines += [mark, f"def test_{name}(ssl):", '    """Claims."""', "    ssl.MemoryBIO()", ""]
    lines += ["def test_exits(ssl):", "    ssl.MemoryBIO()", "    raise SystemExit(0)", ""]
    return "\n".join(lines)


def run_faulty(folder: Path) -> Outcome:
    tree = Tree(folder / "tree")
    tree.scenario("topic/test_faulty.py", faulty_scenarios())
    tree.scenario("topic/test_good.py", GOOD)
    tree.implementation("sound", drop_in=True, set_up=SOUND)
    return tree.run()


@pytest.fixture
def faulty(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """One run with all of the faulty scenarios and a good one."""
    return once(tmp_path_factory, "faulty", run_faulty, worker_id)


@pytest.mark.parametrize("name", FAULTY)
def test_a_wrong_scenario_is_an_error_for_everyone(faulty: Outcome, name: str) -> None:
    for implementation in (REFERENCE, "sound"):
        pair = faulty.pair(f"::test_{name}", implementation)
        assert pair["verdict"] == "ERROR"
        assert FAULTY[name][1] in pair["note"]


@pytest.mark.parametrize("name", FLAKY)
def test_a_flaky_scenario_is_an_error(faulty: Outcome, name: str) -> None:
    pair = faulty.pair(f"::test_{name}", REFERENCE)
    assert pair["verdict"] == "ERROR"
    assert "the scenario is flaky" in pair["note"]


@pytest.mark.parametrize("name", [*NO_VERDICT, "exits"])
def test_what_was_not_judged_is_a_problem(faulty: Outcome, name: str) -> None:
    scenario = f"topic/test_faulty.py::test_{name}"
    assert scenario not in [pair["scenario"] for pair in faulty.written["judgements"]]
    for implementation in (REFERENCE, "sound"):
        assert f"{scenario}[{implementation}] was planned and has no verdict." in faulty.problems()


def test_faulty_scenarios_turn_the_run_red_and_leave_the_others_alone(faulty: Outcome) -> None:
    assert faulty.status == 1
    assert faulty.written["passed"] is False
    assert faulty.written["complete"] is False
    assert faulty.verdict("::test_good", "sound") == "same"
    assert "INTERNALERROR" not in faulty.output


# Runs that are cut short


OLD = "# How far apart the copies of ssl are\n\nOld.\n"
"""A report of an earlier run."""


def two_files(tmp_path: Path, set_up: list[str]) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_other.py", OTHER)
    tree.scenario("topic/test_good.py", GOOD)
    tree.implementation("mine", drop_in=True, set_up=set_up)
    (tree.folder / "REPORT.md").write_text(OLD)
    return tree


def untouched(tree: Tree) -> bool:
    return (tree.folder / "REPORT.md").read_text() == OLD


def test_a_whole_run_is_green_and_writes_the_report(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    outcome = tree.run("conformance", "--report", "REPORT.md")
    assert outcome.status == 0, outcome.output
    assert outcome.written["passed"] and outcome.written["complete"] and outcome.written["whole"]
    assert outcome.verdicts() == {"same": 6}
    assert not untouched(tree)
    assert tree.run("conformance", "--check-report", "REPORT.md").status == 0


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_stopped_at_the_first_failure_is_not_complete(
    tmp_path: Path, option: str, workers: str
) -> None:
    tree = two_files(tmp_path, WRONG)
    outcome = tree.run("conformance", option, "-n", workers, "--report", "REPORT.md")
    assert outcome.status != 0
    assert outcome.written["complete"] is False or workers == "2"
    assert outcome.written["passed"] is False
    if not outcome.written["complete"]:
        assert "was planned and has no verdict" in outcome.problems()
        assert untouched(tree)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "nothing_of_that_name"],
        ["-m", "axis"],
        ["--deselect", "first", "--deselect", "topic"],
    ],
    ids=["k", "m", "deselect"],
)
def test_nothing_selected_is_not_green(tmp_path: Path, arguments: list[str]) -> None:
    tree = two_files(tmp_path, SOUND)
    outcome = tree.run("conformance", *arguments)
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    assert "Nothing was planned" in outcome.problems()


def test_nothing_collected_is_not_green(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.implementation("mine", drop_in=True, set_up=SOUND)
    outcome = tree.run("conformance", "--report", "REPORT.md")
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    assert not (tree.folder / "REPORT.md").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--ignore", "conformance/scenarios/first"],
        ["--ignore-glob", "*/first/*"],
        ["--deselect", "first/test_other.py"],
        ["-p", "deselecting"],
    ],
    ids=["ignore", "ignore-glob", "deselect", "plugin"],
)
def test_a_part_of_the_scenarios_is_never_a_report(tmp_path: Path, arguments: list[str]) -> None:
    tree = two_files(tmp_path, SOUND)
    (tree.folder / "deselecting.py").write_text(
        "def pytest_collection_modifyitems(config, items):\n"
        "    config.hook.pytest_deselected(items=items[1:])\n"
        "    del items[1:]\n"
    )
    outcome = tree.run("conformance", *arguments, "--report", "REPORT.md")
    assert outcome.status != 0, outcome.output
    assert untouched(tree)


def test_a_part_that_was_asked_for_is_green_and_says_so(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    outcome = tree.run("conformance", "-k", "good")
    assert outcome.status == 0, outcome.output
    assert outcome.written["whole"] is False
    assert "this was not the whole suite" in outcome.output


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("go_on", [False, True], ids=["stops", "goes-on"])
def test_a_scenario_file_that_cannot_be_read(tmp_path: Path, go_on: bool, workers: str) -> None:
    tree = two_files(tmp_path, SOUND)
    tree.scenario("topic/test_broken.py", "def test_broken(ssl:\n")
    more = ["--continue-on-collection-errors"] if go_on else []
    outcome = tree.run("conformance", "-n", workers, "--report", "REPORT.md", *more)
    assert outcome.status != 0, outcome.output
    assert "SyntaxError" in outcome.output
    assert outcome.written["passed"] is False
    assert outcome.written["complete"] is False
    assert untouched(tree)


KILLS = """
import os
import pathlib


def test_kill(ssl):
    {docstring}
    mark = pathlib.Path(__file__).with_name("killed")
    if {always} or not mark.exists():
        mark.touch()
        os._exit(9)
    ssl.MemoryBIO()
"""


@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
def test_a_worker_that_dies(tmp_path: Path, always: bool) -> None:
    """The run ends (it has a limit of time here), red, and everything else has its verdict."""
    tree = two_files(tmp_path, SOUND)
    tree.scenario("topic/test_kill.py", KILLS.format(always=always, docstring='"""Claims."""'))
    outcome = tree.run("conformance", "-n", "2", "--report", "REPORT.md", seconds=45)
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    assert "crashed while running" in outcome.output
    for scenario in ("::test_one", "::test_two", "::test_good"):
        for implementation in (REFERENCE, "mine"):
            assert outcome.verdict(scenario, implementation) == "same"
    assert f"topic/test_kill.py::test_kill[{REFERENCE}] was planned" in outcome.problems()
    assert outcome.written["complete"] is False
    assert untouched(tree)


KILLS_LATER = """
import os
import pathlib


def test_kill(ssl):
    '''Claims.'''
    calls = pathlib.Path(__file__).with_name("calls")
    calls.touch()
    calls.write_text(calls.read_text() + ".")
    if len(calls.read_text()) == {}:
        os._exit(9)
    ssl.MemoryBIO()
"""


@pytest.mark.parametrize("call", [2, 3])
def test_what_a_worker_had_not_sent_when_it_died_is_missed(tmp_path: Path, call: int) -> None:
    """Verdicts of a scenario travel together: one that dies with the worker was not given."""
    tree = two_files(tmp_path, SOUND)
    tree.scenario("topic/test_kill.py", KILLS_LATER.format(call))
    outcome = tree.run("conformance", "-n", "2", "--live", seconds=45)
    assert outcome.status != 0, outcome.output
    assert outcome.written["complete"] is False
    judged = outcome.written["judgements"]
    given = {one["implementation"] for one in judged if "kill" in one["scenario"]}
    assert given != {REFERENCE, "mine"}
    for name in (REFERENCE, "mine"):
        missed = f"topic/test_kill.py::test_kill[{name}] was planned" in outcome.problems()
        assert missed is (name not in given)


def test_workers_that_collect_different_scenarios(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    tree.scenario(
        "topic/test_pid.py",
        "import os\nimport pytest\n\n\n"
        "@pytest.mark.parametrize('number', [os.getpid()])\n"
        "def test_pid(ssl, number):\n"
        '    """Claims."""\n'
        "    ssl.MemoryBIO()\n",
    )
    outcome = tree.run("conformance", "-n", "2", "--report", "REPORT.md")
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    assert untouched(tree)


DOES = """
import os


def test_does(ssl):
    '''Claims.'''
    ssl.MemoryBIO()
    {}
"""


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), 9)", "os._exit(1)", "os.kill(os.getpid(), 2)"]
)
def test_a_run_that_is_killed_leaves_no_results_of_an_earlier_one(tmp_path: Path, end: str) -> None:
    tree = two_files(tmp_path, SOUND)
    assert tree.run().written["passed"] is True
    tree.scenario("topic/test_does.py", DOES.format(end))
    outcome = tree.run("conformance", "--report", "REPORT.md", keep_results=True)
    assert outcome.status != 0, outcome.output
    assert outcome.results is None or outcome.written["passed"] is False
    assert untouched(tree)


def test_results_that_are_cut_off_are_no_results(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    tree.run()
    text = (tree.folder / "results.json").read_text("utf-8").rstrip()
    for length in range(0, len(text), 97):
        with pytest.raises(ValueError):
            json.loads(text[:length])


DROPS = """
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    session.items[:] = [item for item in session.items if "test_two" not in item.name]
"""


def test_a_planned_pair_that_is_dropped(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    (tree.folder / "dropping.py").write_text(DROPS)
    outcome = tree.run("conformance", "-p", "dropping", "--report", "REPORT.md")
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    assert "::test_two[mine] was planned and has no verdict." in outcome.problems()
    assert untouched(tree)


def test_a_planned_pair_that_is_judged_twice(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    twice = ["topic/test_good.py", "topic/test_good.py", "--keep-duplicates"]
    outcome = tree.run(*twice)
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    assert "topic/test_good.py::test_good[mine] was judged twice." in outcome.problems()


def test_all_agree_on_an_answer_that_an_assertion_knows_to_be_wrong(tmp_path: Path) -> None:
    tree = two_files(tmp_path, WRONG)
    agrees = tree.implementation("agrees", role="witness", set_up=WRONG)
    for plain in (tree.folder / "impls").glob("stdlib*.toml"):  # it would tell that it is wrong
        plain.unlink()
    outcome = tree.run("conformance", "--reference", agrees)
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    for implementation in ("agrees", "mine"):
        assert outcome.verdict("::test_good", implementation) == "ERROR"
        assert outcome.verdict("::test_two", implementation) == "same"
    told = outcome.pair("::test_good", "mine")["note"]
    assert told.startswith("The claim does not hold on the reference agrees: ")


def test_a_reference_by_name_that_agrees_on_a_wrong_answer_is_told_beside_one_that_does_not(
    tmp_path: Path,
) -> None:
    tree = two_files(tmp_path, WRONG)
    agrees = tree.implementation("agrees", role="witness", set_up=WRONG)
    outcome = tree.run("conformance", "--reference", agrees)
    assert outcome.verdict("::test_good", "agrees") == "unmet"
    assert "agrees no longer does so, as stdlib-py3" in outcome.output


# Suites that find out nothing

BLIND = {
    "compares-nothing": (
        "judge/compare.py",
        "    rules: Counter[str] = Counter()\n",
        "    return Comparison((), Counter(), len(reference.operations))\n",
        ("lies", "crashes", "hangs"),
    ),
    "explains-everything": (
        "judge/equivalence.py",
        "    if identical(ours, theirs):\n        return SAME\n    if not languages",
        "    return SAME\n    if not languages",
        ("lies",),
    ),
    "takes-losses-for-drift": (
        "judge/judge.py",
        "                judgement.role,\n",
        "                'witness',\n",
        ("lies",),
    ),
    "has-no-canary": (
        "run/canaries.py",
        '"return None", "NEW"',
        '"return True", "NEW"',
        ("lies",),
    ),
}
"""What is wrong with a suite: a file of conformance/, what is replaced, which canaries escape."""


@pytest.mark.parametrize("name", BLIND)
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_suite_that_finds_out_nothing_is_red(tmp_path: Path, name: str, workers: str) -> None:
    tree = two_files(tmp_path, SOUND)
    file, old, new, free = BLIND[name]
    path = tree.folder / "conformance" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    outcome = tree.run("conformance", "-n", workers, "--report", "REPORT.md")
    assert outcome.status != 0, outcome.output
    assert outcome.written["passed"] is False
    for how in free:
        assert f"canary-that-{how}" in outcome.problems()


def test_the_canaries_are_caught_whatever_is_selected(tmp_path: Path) -> None:
    tree = two_files(tmp_path, SOUND)
    outcome = tree.run("topic/test_good.py::test_good[mine]", "-k", "good", "-x")
    assert outcome.status == 0, outcome.output
    assert [(one["id"], one["verdict"]) for one in outcome.written["canaries"]] == [
        ("canary-that-crashes", "CRASH"),
        ("canary-that-hangs", "HANG"),
        ("canary-that-lies", "NEW"),
    ]
    assert outcome.verdicts() == {"same": 1}
    assert "canaries   3 of 3 caught" in outcome.output


# Known divergences and declarations that are not true

PENDING = ("MemoryBIO.pending", "value", "0", "1")

KNOWN_CASES: dict[str, tuple[tuple[str, str, str, str] | None, dict[str, Any], str]] = {
    "known": (PENDING, {}, "known"),
    "changed": (("MemoryBIO.pending", "value", "0", "7"), {}, "CHANGED"),
    "expired": (PENDING, {"review_by": datetime.date(2020, 1, 31)}, "EXPIRED"),
    "fixed": (("MemoryBIO.eof", "value", "False", "True"), {}, "FIXED"),
    "duplicate": (PENDING, {}, "FIXED"),
    "none": (None, {}, "NEW"),
    "other-implementation": (PENDING, {"implementation": "sound"}, "NEW"),
}
"""The fingerprint that a file pins, what else is in it, and the verdict on who differs so."""


def run_known(folder: Path) -> Outcome:
    tree = Tree(folder / "tree")
    for name in KNOWN_CASES:
        text = GOOD.replace("pending == 0", "eof is False") if name == "fixed" else LOOKS
        tree.scenario(f"topic/test_{name.replace('-', '_')}.py", text)
    for name, (fingerprint, keys, _) in KNOWN_CASES.items():
        if fingerprint is None:
            continue
        given = {
            "scenario": f"topic/test_{name.replace('-', '_')}.py::test_good",
            "implementation": "wrong",
            **keys,
        }
        tree.known(name, fingerprint, **given)
        if name == "duplicate":
            tree.known("duplicate-2", fingerprint, **given)
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    tree.implementation(
        "sound",
        drop_in=True,
        set_up=SOUND,
        unsupported=[
            {"member": "MemoryBIO", "reason": "Said to be absent, and there."},
            {"member": "SSLContext.wrap_bio", "reason": "Nobody asks."},
            {"scenario": "topic/test_none.py::*", "reason": "Said to fail, and passes."},
        ],
    )
    return tree.run()


@pytest.fixture
def known(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """One run with a known-divergence file for each case."""
    return once(tmp_path_factory, "known", run_known, worker_id)


@pytest.mark.parametrize("name", KNOWN_CASES)
def test_what_a_known_divergence_file_amounts_to(known: Outcome, name: str) -> None:
    scenario = f"test_{name.replace('-', '_')}.py::test_good"
    pair = known.pair(scenario, "wrong")
    assert pair["verdict"] == KNOWN_CASES[name][2]
    if name == "fixed":
        assert "fixed.toml" in pair["note"]
    if name == "duplicate":
        told = "duplicate.toml, pin 1 pins the same as duplicate-2.toml, pin 1: delete one."
        assert pair["note"] == told


def test_files_that_are_not_true_turn_the_run_red(known: Outcome) -> None:
    assert known.status == 1
    assert known.written["passed"] is False
    assert known.written["complete"] is True


def test_a_declared_absence_that_is_there(known: Outcome) -> None:
    pair = known.pair("test_known.py::test_good", "sound")
    assert pair["verdict"] == "FIXED"
    assert "MemoryBIO is declared UNSUPPORTED, and it is there" in pair["note"]
    told = "declares SSLContext.wrap_bio UNSUPPORTED, and no scenario found it absent"
    assert told in known.problems()


def test_a_known_divergence_alone_is_green_until_it_matches_nothing(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("topic/test_good.py", LOOKS)
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    tree.known("pending", PENDING, implementation="wrong")
    outcome = tree.run()
    assert outcome.status == 0, outcome.output
    assert outcome.verdict("::test_good", "wrong") == "known"

    tree.known("stale", PENDING, scenario="gone/test_gone.py::*", implementation="wrong")
    outcome = tree.run()
    assert outcome.status == 1
    assert (
        "stale.toml, pin 1: scenario 'gone/test_gone.py::*' matches nothing." in outcome.problems()
    )


def test_a_known_divergence_excuses_no_failed_assertion(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("topic/test_good.py", GOOD)
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    tree.known("pending", PENDING, implementation="wrong")
    outcome = tree.run()
    assert outcome.status == 1
    assert outcome.verdict("::test_good", "wrong") == "NEW"
    assert "the scenario goes another way" in outcome.output


def test_a_wrong_known_divergence_file_stops_the_run(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("topic/test_good.py", GOOD)
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    tree.known("typo", PENDING, reasons="Misspelt.")
    outcome = tree.run()
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert 'typo.toml: unknown key "reasons"; did you mean "reason"?' in outcome.output
    assert outcome.results is None


def test_a_scenario_declared_unsupported_must_differ(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("topic/test_good.py", GOOD)
    declared = [{"scenario": "topic/test_good.py::*", "reason": "Counts otherwise."}]
    files = [
        tree.implementation("wrong", set_up=WRONG, unsupported=declared),
        tree.implementation("sound", set_up=SOUND, unsupported=declared),
    ]
    outcome = tree.run(implementations=files)
    assert outcome.status == 1
    assert outcome.verdict("::test_good", "wrong") == "UNSUPPORTED"
    assert outcome.verdict("::test_good", "sound") == "FIXED"


def test_the_host_is_the_reference() -> None:
    """The runs above find no other Python: were it otherwise, they would take minutes."""
    assert REFERENCE == f"stdlib-py{sys.version_info[0]}.{sys.version_info[1]}"
