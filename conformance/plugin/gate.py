"""The end of a run: its results, its report, and the last word on the exit status."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from conformance.coverage import contract
from conformance.coverage.origins import Use
from conformance.coverage.states import Cell, Member
from conformance.plugin import junit
from conformance.report import (
    ci,
    html,
    summary,
    transcripts,
    write_json,
)
from conformance.report.baseline import not_comparable, path_of, stale
from conformance.report.earlier_results import earlier_of, forget, set_aside
from conformance.report.journal import Earlier, Entry, Journal
from conformance.report.overview import Overview
from conformance.report.page import render
from conformance.report.results import Results
from conformance.report.reviewed import lists
from conformance.report.terminal import result
from conformance.report.write_report import existing, written
from conformance.run.canaries import CANARIES
from conformance.run.scenarios import SCENARIOS
from conformance.run.written_for import is_main
from impls.host.session import RemoteAgent
from impls.host.toml_reader import TomlError

RESULTS = pytest.StashKey[Results]()

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run as Ctrl-C does."""


def lines_of_gate(results: Results) -> list[str]:
    """What the test case of the gate says: what it comes to, and why it fails."""
    plain = results.to_plain()
    counts = Counter(one.verdict for one in results.judgements.values() if not one.passed)
    failed = [f"{count} tests are {verdict}." for verdict, count in sorted(counts.items())]
    return [result(plain), *results.problems, *failed]


def leave(number: int, frame: FrameType | None) -> None:
    """End at once, where a run that was interrupted is only waiting for its processes."""
    os.write(2, b"\nStopped at once: what was found so far is written.\n")
    os._exit(128 + number)


def judged_of(report: pytest.TestReport) -> dict[str, Any] | None:
    """What came of a scenario on a target, if that is what a report is of; read once."""
    told = report.__dict__
    if "judged" not in told:
        return None
    if "read" not in told:
        told["read"] = json.loads(told["judged"])
    read: dict[str, Any] = told["read"]
    return read


class Gate:
    """Gathers the verdicts in the controlling process and decides whether the run passes."""

    def __init__(
        self,
        config: pytest.Config,
        results: Results,
        journal: Journal | None,
        earlier: Earlier | None = None,
        kept_transcripts: Path | None = None,
    ) -> None:
        """`journal` is beside the file that results are written to, if they are; `earlier` what a
        run left that this one goes on with; `kept_transcripts` a file of what verdicts that are
        kept came of."""
        self.config = config
        self.results = results
        self.journal = journal
        self.earlier = earlier
        self.kept_transcripts = kept_transcripts
        self.begun = False
        self.interrupted = False
        self.written = False
        """Whether the file of results has been written: not where there is none to be written."""
        self.notes: list[str] = []
        """What cannot be held against this run: it is shown."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.results.leave_out(f"{report.nodeid} could not be collected.")

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.results.whole = self.results.every_scenario = False
        self.results.shard_of_whole = False

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say what will fail the run before hours have gone into the rest."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and not self.results.allow_missing:
            for name in self.results.missing:
                complaint = " ".join(self.results.plan.started[name].complaint.split())
                sentence = (
                    f"This run will fail: {name} is MISSING ({complaint}). --allow-missing allows "
                    "that."
                )
                for line in (sentence, *ci.missing(sentence)):
                    terminal.write_line(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        stops = session.testsfailed and not self.config.option.continue_on_collection_errors
        if session.items and not stops and not self.config.option.collectonly:
            self._begin()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        if ids:
            self._begin()

    def _begin(self) -> None:
        """The plan stands: only now does what an earlier run wrote give its place."""
        if self.begun or self.journal is None:
            return
        self.begun = True
        self.journal.begin(self.results.header(), self.earlier)
        set_aside(self.journal.results, resumes=self.earlier is not None)
        if self.kept_transcripts is not None:
            folder = transcripts.folder_of(self.journal.results)
            with contextlib.suppress(OSError):
                folder.mkdir(exist_ok=True)
                shutil.move(self.kept_transcripts, folder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Let no second Ctrl-C come between what was found and its file."""
        self.interrupted = True
        for number in (signal.SIGINT, *ENDINGS):
            signal.signal(number, signal.SIG_IGN)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        judged = judged_of(report)
        if judged is None:
            return
        junit.record(self.config, report)
        judgement = judged["judgement"]
        self.results.add(judgement, judged["claim"])
        self.results.cells.update(Cell(*cell) for cell in judged["cells"])
        self.results.uses.update(Use(*use) for use in judged["uses"])
        self.results.problems += judged["problems"]
        if self.journal is not None and judgement["implementation"] not in CANARIES:
            text = str(report.longrepr) if report.failed else None
            entry = Entry(report.__dict__["judged"], text)
            self.journal.add(report.nodeid, judgement["verdict"], entry)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.config.option.collectonly:
            return
        if self._is_refused(session.exitstatus):
            junit.add_gate(self.config, False, ["The command line is wrong: nothing was run."])
            return
        results = self.results
        files = SCENARIOS.rglob("test_*.py")
        results.finish([path.relative_to(SCENARIOS).as_posix() for path in files])
        if results.shard_of_whole and results.complete and contract.FILE.exists():
            results.members = self._members()
        if results.whole and results.complete and contract.FILE.exists():
            self._judge_contract()
        self._write()
        self._close_journal()
        self._write_html()
        if self.interrupted:
            signal.signal(signal.SIGINT, leave)
        junit.add_gate(self.config, results.passed, lines_of_gate(results))
        if not results.passed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _is_refused(self, status: int) -> bool:
        """Whether the command line was wrong, so that nothing was planned: pytest says why."""
        return (
            status == pytest.ExitCode.USAGE_ERROR and not self.begun and not self.results.judgements
        )

    def _members(self) -> list[Member]:
        """All that there is to cover of the contract."""
        agent = RemoteAgent(self.results.plan.selection.reference)
        members = contract.members_of(agent)
        agent.close()
        return members

    def _judge_contract(self) -> None:
        results = self.results
        try:
            reasons = contract.load()
        except contract.ContractError as error:
            results.problems.append(str(error))
            return
        members = self._members()
        results.contract = contract.coverage_of(members, results.cells, results.uses, reasons)
        # Another Python has other members, and contract.toml was not written for it.
        self._add_problems_of_main(results.contract.problems)

    def _add_problems_of_main(self, sentences: Iterable[str]) -> None:
        """Problems of what was written for the main reference: with another one, notes."""
        plan = self.results.plan
        known = is_main(plan.about(plan.selection.reference.id))
        (self.results.problems if known else self.notes).extend(sentences)

    def _close_journal(self) -> None:
        """Write the results, and remove the journal where they hold all of it."""
        journal, results = self.journal, self.results
        if journal is None:
            return
        if results.complete:
            journal.finish()
        if journal.trouble is not None:
            results.problems.append(journal.trouble)
        if self.begun or not journal.results.exists():
            try:
                write_json(results.to_plain(), journal.results)
                self.written = True
            except OSError as error:
                results.problems.append(
                    f"{journal.results} could not be written ({error.strerror})"
                    + (
                        f"; {journal.path} has every verdict: run again with --resume."
                        if journal.trouble is None
                        else "."
                    )
                )
        else:
            self.notes.append(f"{journal.results} is left as an earlier run wrote it.")
        gone = self.written and results.complete
        if gone:
            forget(journal.results)
        elif self.begun and earlier_of(journal.results).exists():
            self.notes.append(f"What an earlier run wrote is in {earlier_of(journal.results)}.")
        if self.begun and not gone and journal.trouble is None:
            self.notes.append(f"The verdicts so far are in {journal.path}: --resume goes on there.")
        journal.close(remove=gone or not self.begun and journal.is_empty)

    def _write(self) -> None:
        """Write the report, or compare a committed one."""
        results = self.results
        option = self.config.option
        if option.report is None and option.check_report is None:
            return
        if not results.complete:
            results.problems.append("The run is not complete, so there is no report of it.")
            return
        if not results.whole:
            results.problems.append("Some scenarios were left out, so there is no report.")
            return
        try:
            beside = lists()
        except TomlError as error:
            results.problems.append(str(error))
            return
        overview = Overview(results.to_plain(), results.known, *beside)
        # Elsewhere an older patch level may have got what the list says of a newer Python.
        self._add_problems_of_main(overview.stale_entries)
        made = render(overview, existing(option.report or option.check_report))
        committed = option.check_report
        if committed is not None:
            found = existing(committed)
            if found is None:
                results.problems.append(
                    f"{committed} or {path_of(committed)} is not there: write both with --report."
                )
            else:
                results.problems += stale(found, made)
                self.notes += not_comparable(found, made)
        if option.report is not None:
            try:
                written(made, option.report)
            except OSError as error:
                results.problems.append(f"{option.report} could not be written ({error.strerror}).")

    def _write_html(self) -> None:
        """Write what was run as HTML, whether it is whole or not."""
        folder: Path | None = self.config.option.html
        if folder is None or self.journal is None:
            return
        plain, known = self.results.to_plain(), self.results.known
        try:
            overview = Overview(plain, known, *lists())
            html.write(overview, folder, [transcripts.folder_of(self.journal.results)])
        except (TomlError, html.FolderError) as error:
            self.add_late(str(error))
        except OSError as error:
            self.add_late(f"{folder} could not be written ({error.strerror}).")

    def add_late(self, problem: str) -> None:
        """Add a problem that came up once the results were written: they have it, too."""
        self.results.problems.append(problem)
        if self.written and self.journal is not None:
            with contextlib.suppress(OSError):  # it is told in any case
                write_json(self.results.to_plain(), self.journal.results)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        if self.config.option.collectonly or self._is_refused(exitstatus):
            return
        terminalreporter.section("conformance")
        for note in self.notes:
            terminalreporter.write_line(note)
        option = self.config.option
        plain = self.results.to_plain()
        terminalreporter.write_line(summary(plain, option.report))
        try:
            for line in ci.told(plain):
                terminalreporter.write_line(line)
        except OSError as error:
            terminalreporter.write_line(
                f"The CI could not be told: {error.filename} cannot be written ({error.strerror})."
            )
