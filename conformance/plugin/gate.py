"""The end of a run: its results, its report, and the last word on the exit status."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.coverage import contract
from conformance.coverage.states import Cell
from conformance.report import (
    audits,
    not_comparable,
    openssl,
    python_changes,
    render,
    stale,
    summary,
    write_json,
)
from conformance.report.drift import drift_of
from conformance.report.findings import Reading
from conformance.report.results import Results
from conformance.run.scenarios import SCENARIOS
from conformance.run.written_for import is_known_to_hold
from impls.host.session import RemoteAgent
from impls.host.toml_reader import TomlError

RESULTS = pytest.StashKey[Results]()


class Gate:
    """Gathers the verdicts in the controlling process and decides whether the run passes."""

    def __init__(self, config: pytest.Config, results: Results, file: Path) -> None:
        """`file` is where results are written."""
        self.config = config
        self.results = results
        self.file = file
        self.notes: list[str] = []
        """What cannot be held against this run: it is shown."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.results.leave_out(f"{report.nodeid} could not be collected.")

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.results.whole = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        travelled = getattr(report, "judged", None)
        if travelled is not None:
            judged = json.loads(travelled)
            self.results.add(judged["judgement"], judged["claim"])
            self.results.cells.update(Cell(*cell) for cell in judged["cells"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.config.option.collectonly:
            return
        results = self.results
        files = SCENARIOS.rglob("test_*.py")
        results.finish([path.relative_to(SCENARIOS).as_posix() for path in files])
        if results.whole and results.complete and contract.FILE.exists():
            self._judge_contract()
        self._write()
        if not results.passed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _judge_contract(self) -> None:
        results = self.results
        try:
            reasons = contract.load()
        except contract.ContractError as error:
            results.problems.append(str(error))
            return
        agent = RemoteAgent(results.plan.selection.reference)
        members = contract.members_of(agent)
        agent.close()
        results.contract = contract.coverage_of(members, results.cells, reasons)
        if is_known_to_hold(results.plan.about(results.plan.selection.reference.id)):
            results.problems += results.contract.problems
        else:  # another Python has other members, and contract.toml was not written for it
            self.notes += results.contract.problems

    def _write(self) -> None:
        results = self.results
        option = self.config.option
        if option.results is not None or option.report is not None:
            write_json(results.to_plain(), self.file)
        if option.report is None and option.check_report is None:
            return
        if not results.complete:
            results.problems.append("The run is not complete, so there is no report of it.")
            return
        if not results.whole:
            results.problems.append("Some scenarios were left out, so there is no report.")
            return
        try:
            audited, changes = audits.load(), python_changes.load()
            documented = openssl.load()
        except TomlError as error:
            results.problems.append(str(error))
            return
        plain = results.to_plain()
        reading = Reading(plain)
        results.problems += python_changes.stale(changes, drift_of(reading), reading.line)
        results.problems += openssl.stale(documented, plain)
        text = render(plain, results.known, audited, changes, documented)
        if option.report is not None:
            option.report.write_text(text, encoding="utf-8")
        if option.check_report is not None:
            committed = option.check_report
            if not committed.exists():
                results.problems.append(f"{committed} is not there: write it with --report.")
                return
            found = committed.read_text(encoding="utf-8")
            results.problems += stale(found, text)
            self.notes += not_comparable(found, text)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.config.option.collectonly:
            return
        terminalreporter.section("conformance")
        for note in self.notes:
            terminalreporter.write_line(note)
        option = self.config.option
        terminalreporter.write_line(summary(self.results.to_plain(), option.report))
