"""What a run tells a CI: the JUnit file, GitHub's annotations and summary, GitLab's report."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from pathlib import Path

import pytest

from conformance.report import ci
from tests.support.results import results_of
from tests.support.trees import REFERENCE, Outcome, Tree, once

SCENARIOS = '''
def test_right(ssl):
    """An empty MemoryBIO has nothing pending.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    assert ssl.MemoryBIO().pending == 0


def test_seeded(ssl):
    """The generator is seeded."""
    ssl.RAND_status()


def test_absent(ssl):
    """There is a function."""
    ssl.RAND_bytes(0)
'''
LINE = 10
"""Of test_seeded()."""
SEEDED = ["import ssl", "ssl.RAND_status = lambda: 'a\\nb:,%'"]
ABSENT = ["import ssl", "del ssl.RAND_bytes"]


def run_all(folder: Path) -> Outcome:
    tree = Tree(folder / "tree")
    tree.scenario("first/test_first.py", SCENARIOS)
    tree.implementation("wrong", drop_in=True, set_up=SEEDED)
    tree.implementation("known", drop_in=True, set_up=SEEDED)
    absent = [{"member": "RAND_bytes", "reason": "It has no generator."}]
    tree.implementation("absent", drop_in=True, set_up=ABSENT, unsupported=absent)
    tree.implementation("gone", drop_in=True, argv=["/bin/false"])
    value = ("ssl.RAND_status", "value", "True", "'a\\nb:,%'")
    tree.known("seed", value, implementation="known", scenario="first/test_first.py::test_seeded")
    ci = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_WORKSPACE": str(tree.folder),
        "GITLAB_CI": "true",
    }
    outcome = tree.run("conformance", "-n", "1", "--junitxml", "junit.xml", environment=ci)
    written = {
        "junit": (tree.folder / "junit.xml").read_text("utf-8"),
        "summary": (folder / "summary.md").read_text("utf-8"),
        "quality": (tree.folder / "gl-code-quality-report.json").read_text("utf-8"),
    }
    assert outcome.results is not None, outcome.output
    return Outcome(outcome.status, outcome.output, {**outcome.results, "written": written})


@pytest.fixture
def told(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    return once(tmp_path_factory, "ci", run_all, worker_id)


def case(told: Outcome, name: str) -> ElementTree.Element:
    root = ElementTree.fromstring(told.written["written"]["junit"])
    (found,) = [one for one in root.iter("testcase") if one.get("name") == name]
    return found


def properties(element: ElementTree.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in element.iter("property")}


def test_a_case_says_what_was_claimed_and_found(told: Outcome) -> None:
    wrong = case(told, "test_seeded[wrong]")
    assert wrong.find("failure") is not None
    found = told.pair("::test_seeded", "wrong")["divergences"][0]
    assert properties(wrong) == {
        "verdict": "NEW",
        "implementation": "wrong",
        "role": "candidate",
        "reference": REFERENCE,
        "claim": "The generator is seeded.",
        "citation": "",
        "finding": found["fingerprint"],
    }
    right = properties(case(told, "test_right[wrong]"))
    assert right["citation"] == "library/ssl.html#ssl.MemoryBIO.pending"


def test_what_neither_passed_nor_failed_is_skipped_with_its_reason(told: Outcome) -> None:
    known = case(told, "test_seeded[known]")
    (skipped,) = known.iter("skipped")
    assert skipped.get("message") == "known: A test wants it so."
    assert properties(known)["file"] == "seed.toml"
    (skipped,) = case(told, "test_absent[absent]").iter("skipped")
    assert skipped.get("message") == "UNSUPPORTED: It has no generator."
    assert told.verdict("::test_seeded", "known") == "known"
    assert " 1 known" in told.output.splitlines()[-1]


def test_the_gate_is_a_case_that_fails_with_all_that_is_wrong(told: Outcome) -> None:
    (failure,) = case(told, "gate").iter("failure")
    assert failure.text is not None
    assert "FAILED." in failure.text and "MISSING gone: " in failure.text
    assert "1 tests are NEW." in failure.text


def test_the_gate_passes_where_a_run_does(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SCENARIOS)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    outcome = tree.run("conformance", "--junitxml", "junit.xml")
    assert outcome.status == 0
    text = (tree.folder / "junit.xml").read_text("utf-8")
    gate = case(Outcome(0, "", {**asdict(outcome), "written": {"junit": text}}), "gate")
    assert gate.find("failure") is None
    assert "::error" not in outcome.output and "section_start" not in outcome.output
    assert not (tree.folder / "gl-code-quality-report.json").exists()


@pytest.mark.parametrize("how", ["incomplete", "stale file", "lost canary"])
def test_the_gate_fails_where_no_test_does(tmp_path: Path, how: str) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SCENARIOS)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    told = "matches nothing"
    if how == "stale file":
        tree.known("x", ("a", "value", "b", "c"), scenario="no/*", implementation="nobody")
    elif how == "lost canary":
        path = tree.folder / "conformance" / "run" / "canaries.py"
        path.write_text(path.read_text("utf-8").replace('"return None"', '"return True"'))
        told = "was to be found NEW and is same"
    else:
        told = "was planned and has no verdict"
        tree.scenario(
            "second/test_kill.py", "import os\n\n\ndef test_kill(ssl):\n    os._exit(9)\n"
        )
    tree.run("conformance", "-n", "1", "--junitxml", "junit.xml")
    root = ElementTree.fromstring((tree.folder / "junit.xml").read_text("utf-8"))
    (gate,) = [one for one in root.iter("testcase") if one.get("name") == "gate"]
    (failure,) = gate.iter("failure")
    assert told in str(failure.text)


def test_the_gate_fails_where_the_command_line_names_nothing(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SCENARIOS)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    path = tmp_path / "junit.xml"
    outcome = tree.run("first/test_first.py::test_none", f"--junitxml={path}")
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert "INCOMPLETE" not in outcome.output and outcome.results is None
    assert path.exists(), outcome.output
    root = ElementTree.fromstring(path.read_text("utf-8"))
    (gate,) = root.iter("testcase")
    assert gate.get("name") == "gate" and gate.find("failure") is not None


def test_github_is_told_in_lines_that_it_reads(told: Outcome) -> None:
    lines = [line for line in told.output.splitlines() if line.startswith("::")]
    file = "conformance/scenarios/first/test_first.py"
    assert any(
        line.startswith(f"::error title=ssl conformance%3A NEW,file={file},line={LINE}::")
        for line in lines
    ), lines
    (first,) = [
        line for line in lines if line.startswith("::error title=ssl conformance%3A MISSING")
    ]
    assert told.output.index(first) < told.output.index("FAILURES"), "told only at the end"
    assert lines[-1] == "::notice title=ssl conformance::FAILED."
    assert all("\r" not in line for line in lines)
    summary = told.written["written"]["summary"]
    assert summary.startswith("### ssl conformance: ❌ FAILED.\n")
    assert "| candidate | wrong | FAILS 2 alike, 1 NEW |" in summary
    assert "MISSING gone" in summary


def test_gitlab_has_a_section_and_a_report(told: Outcome) -> None:
    assert ":conformance[collapsed=true]\r\x1b[0KAll that is not accepted: " in told.output
    entries = json.loads(told.written["written"]["quality"])
    (new,) = [one for one in entries if one["check_name"] == "NEW"]
    assert new["location"]["path"].endswith("scenarios/first/test_first.py")
    assert new["location"]["lines"]["begin"] == LINE and new["severity"] == "major"
    assert any("MISSING gone" in one["description"] for one in entries)
    assert len({one["fingerprint"] for one in entries}) == len(entries)


@pytest.mark.parametrize(
    ("variables", "path", "why"),
    [
        (("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"), "/dev/full", "No space left on device"),
        (("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"), "/dev/full/x", "Not a directory"),
        (("GITLAB_CI", ""), "gl-code-quality-report.json", "Is a directory"),
        (("GITLAB_CI", ""), "gl-code-quality-report.json", "No space left on device"),
    ],
)
def test_what_cannot_be_told_names_its_file(
    tmp_path: Path,
    variables: tuple[str, str],
    path: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if why == "Is a directory":
        Path(path).mkdir()
    elif not path.startswith("/"):
        Path(path).symlink_to("/dev/full")
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variables[0], "true")
    if variables[1]:
        monkeypatch.setenv(variables[1], path)
    with pytest.raises(OSError, match=why) as caught:
        list(ci.told(results_of()))
    assert caught.value.filename == path
