"""Audits: which there are, how one is run, what a release keeps of it, what REPORT.md shows."""

from __future__ import annotations

import configparser
import datetime
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.report.audits import AUDITS_FILE, AuditRecord, AuditsError, load
from tests.audits import __main__ as command
from tests.audits import run as running
from tests.audits import sources
from tests.audits.registry import AUDITS, BY_NAME, Audit
from tests.audits.release import Passed, record_of, release, text_of
from tests.audits.result import FOLDER, MOST_NUMBERS, TOP, Result, Table, publish
from tests.audits.run import Done, UsageError

# Which there are


def test_every_audit_is_a_program() -> None:
    assert len(BY_NAME) == len(AUDITS)
    for audit in AUDITS:
        assert importlib.util.find_spec(f"tests.audits.{audit.module}") is not None, audit.name
        assert audit.minutes > 0 and audit.sentence[-1] not in ".;"


def test_tox_has_an_environment_for_every_audit_and_installs_what_it_needs() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(TOP / "tox.ini", "utf-8")
    (section_name,) = [name for name in tox.sections() if name.startswith("testenv:audit-")]
    names = section_name.removeprefix("testenv:audit-{").removesuffix("}").split(",")
    assert names == [audit.name for audit in AUDITS]
    factors = {
        name: extra
        for names, colon, extra in (
            line.partition(": ") for line in tox[section_name]["deps"].splitlines()
        )
        if colon and not names.startswith("#")
        for name in names.split(",")
    }
    assert factors == {
        audit.name.replace("bench", "bench-!suite"): extra
        for audit in AUDITS
        for extra in audit.extras
    }
    every = {*tox["testenv:release"]["deps"].splitlines()} - {"", "{[testenv]deps}"}
    assert every == {*factors.values()}


def test_the_list_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    listed = capsys.readouterr().out
    for audit in AUDITS:
        assert f"{audit.minutes:7}  {audit.sentence}" in listed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name an audit; `python -m tests.audits --list` says which there are."),
        (["mutant"], "There is no audit called 'mutant'. Did you mean 'mutants'?"),
        (
            ["audit-fuzz"],
            "There is no audit called 'fuzz'. `python -m tests.audits --list` has all.",
        ),
        (["liars", "-k", "x"], "liars takes no arguments, and '-k' is one."),
    ],
)
def test_a_wrong_command_is_told_in_one_sentence(arguments: Sequence[str], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        command.main(arguments)
    assert str(caught.value) == told


def test_what_is_not_installed_is_told_before_anything_runs() -> None:
    audit = Audit("odd", "odd", "odd", 1, ("no-such-package<3", "pytest"))
    assert command.lacking(audit) == ["no-such-package"]


def test_help_leaves_what_an_audit_came_to(capsys: pytest.CaptureFixture[str]) -> None:
    def kept() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in FOLDER.glob("liars.*")}

    before = kept()
    assert command.main(["liars", "--help"]) == 0
    assert "usage: python -m tests.audits liars" in capsys.readouterr().out
    assert command.main(["mutants", "--help"]) == 0
    assert kept() == before


@pytest.mark.parametrize("place", ["a file", "below a file", "a folder for the log"])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "report"
    if place == "a folder for the log":
        (folder / "liars.log").mkdir(parents=True)
    else:
        folder.touch()
        folder = folder / "audits" if place == "below a file" else folder
    monkeypatch.setattr(command, "run", lambda audit, rest: running.run(audit, rest, folder))
    with pytest.raises(UsageError, match=r"^\S+ cannot be written \(.*\), .*\.$") as caught:
        command.main(["liars"])
    assert str(folder) in str(caught.value)


# Running one

PROGRAM = """
import sys
from pathlib import Path
from tests.audits.result import Result, publish
print("working")
if {publishes}:
    publish("odd", Result("All is well.", {{"things": 3}}), Path({folder!r}))
print({last!r}, file=sys.stderr)
sys.exit({status})
"""


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Audit:
    """An audit whose program a test writes."""
    (tmp_path / "odd_audit.py").write_text("", "utf-8")
    monkeypatch.setattr(
        running,
        "copied",
        lambda command, log, copied=running.copied: copied(
            [sys.executable, str(tmp_path / "odd_audit.py")], log
        ),
    )
    monkeypatch.setenv("PYTHONPATH", str(TOP))
    return Audit("odd", "odd_audit", "odd", 1)


def ran(audit: Audit, folder: Path, status: int, publishes: bool = True, last: str = "end") -> Done:
    text = PROGRAM.format(publishes=publishes, folder=str(folder), last=last, status=status)
    (folder / "odd_audit.py").write_text(text, "utf-8")
    return running.run(audit, (), folder)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0, "passed"), (1, "failed"), (3, "unfinished"), (77, "not possible"), (42, "failed")],
)
def test_the_exit_status_says_how_it_ended(
    odd: Audit, tmp_path: Path, status: int, outcome: str
) -> None:
    done = ran(odd, tmp_path, status)
    assert (done.outcome, done.status, done.last_line) == (outcome, status, "end")
    assert (tmp_path / "odd.log").read_text("utf-8").splitlines() == [
        "working",
        "All is well.",
        "end",
    ]
    written = json.loads((tmp_path / "odd.json").read_text("utf-8"))
    assert written["outcome"] == outcome and written["result"]["numbers"] == {"things": 3}


def test_one_that_publishes_nothing_has_not_passed(odd: Audit, tmp_path: Path) -> None:
    ran(odd, tmp_path, 0)
    done = ran(odd, tmp_path, 0, publishes=False)
    assert (done.outcome, done.status, done.result) == ("failed", 1, None)


def test_one_that_dies_has_failed(odd: Audit, tmp_path: Path) -> None:
    text = "import os\nprint('so far', flush=True)\nos.kill(os.getpid(), 9)\n"
    (tmp_path / "odd_audit.py").write_text(text, "utf-8")
    done = running.run(odd, (), tmp_path)
    assert (done.outcome, done.status, done.last_line) == ("failed", -9, "so far")


def test_a_result_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table("Things", ("name",), (("one",),))
    path = publish("odd", Result("It is so.", {"things": 1}, ["And more."], [table]), tmp_path)
    assert capsys.readouterr().out == "It is so.\nAnd more.\n"
    assert json.loads(path.read_text("utf-8"))["tables"][0]["rows"] == [["one"]]
    with pytest.raises(ValueError, match="at most 10 numbers"):
        Result("", {str(number): number for number in range(MOST_NUMBERS + 1)})


def test_digests_of_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sources, "TOP", tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "module.c").write_text("int one;\n")
    before = sources.digest(["folder"])
    (tmp_path / "folder" / "module.o").write_bytes(b"built")
    assert sources.digest(["folder"]) == before
    (tmp_path / "folder" / "module.c").write_text("int two;\n")
    assert sources.digest(["folder"]) != before
    with pytest.raises(FileNotFoundError, match="gone is not in the project"):
        sources.digest(["folder", "gone"])


# A release


def done(audit: Audit, outcome: str = "passed", commit: str = "abc") -> Done:
    result = {"sentence": f"{audit.name} is well.", "numbers": {"a thing": 1.5, "things": 2}}
    return Done(audit.name, (), outcome, 0, 5, commit, "2026-01-02", "Linux", "The end.", result)


ONE, TWO = AUDITS[:2]
EXPECTED = AuditRecord(
    ONE.name,
    "passed",
    "abc",
    datetime.date(2026, 1, 2),
    "Linux",
    f"{ONE.name} is well.",
    {"a thing": 1.5, "things": 2},
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "audits.toml"
    failed = record_of(done(TWO, "failed"))
    path.write_text(text_of({ONE.name: EXPECTED, TWO.name: failed}), "utf-8")
    first, second, *others = load(path)
    assert first == record_of(done(ONE)) == EXPECTED
    assert second == failed and (failed.sentence, failed.numbers) == ("The end.", {})
    assert {one.outcome for one in others} == {"not run"} and len(others) == len(AUDITS) - 2


def test_a_release_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    file, ran = tmp_path / "audits.toml", []

    def interrupted(audit: Audit) -> Done:
        ran.append(audit.name)
        if audit is TWO and ran.count(TWO.name) == 1:
            raise KeyboardInterrupt
        return done(audit)

    with pytest.raises(KeyboardInterrupt):
        release([ONE, TWO], Passed(tmp_path, "abc"), file, interrupted)
    assert [one.outcome for one in load(file)[:2]] == ["passed", "not run"]
    records = release([ONE, TWO], Passed(tmp_path, "abc"), file, interrupted)
    assert ran == [ONE.name, TWO.name, TWO.name]
    assert [one.outcome for one in records] == ["passed", "passed"] and load(file)[:2] == records
    release([ONE], Passed(tmp_path, "another"), file, interrupted)
    assert ran[3:] == [ONE.name], "what passed on another commit counts for nothing"


def test_what_failed_is_written_and_run_again(tmp_path: Path) -> None:
    file, passed = tmp_path / "audits.toml", Passed(tmp_path, "abc")
    file.write_text(text_of({ONE.name: EXPECTED}), "utf-8")
    (first,) = release([ONE], passed, file, lambda audit: done(audit, "failed", "def"))
    assert (first.outcome, first.commit) == ("failed", "def") and load(file)[0] == first
    (again,) = release([ONE], passed, file, done)
    assert again.outcome == "passed"


def test_the_committed_file_speaks_of_every_audit() -> None:
    found = load()
    assert [one.name for one in found] == [audit.name for audit in AUDITS]
    assert text_of({one.name: one for one in found}) == AUDITS_FILE.read_text("utf-8")
    assert all(len(one.numbers) <= MOST_NUMBERS for one in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[[audit]]\nname = 'odd'",
            r'audits.toml \[\[audit\]\] number 1: the key "outcome" is missing',
        ),
        ("[[audit]]\nname = 'odd'\noutcome = 'well'", '"outcome" must be passed, failed, '),
        ("[[audit]]\nname = 'odd'\noutcome = 'passed'", '"commit" and "date" are missing'),
        ("[[audit]]\nname = 'odd'\noutcome = 'failed'\nnumber = {}", 'did you mean "numbers"'),
        ("[[audit]]\nname = 'odd'\noutcome = 'failed'\nnumbers = { a = '' }", "a table of numbers"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "audits.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(AuditsError, match=told):
        load(path)


# The report
