"""What pytest's JUnit file (--junitxml) says of verdicts, and of the gate."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import pytest
from _pytest.junitxml import xml_key

from conformance.judge.verdict import Judgement
from conformance.run.claim import Claim

SKIPPED = ("known", "UNSUPPORTED")
"""Verdicts that are shown as skipped, with the reason: the test neither passed nor failed."""


def properties(judgement: Judgement, claim: Claim) -> Iterator[tuple[str, str]]:
    """The properties of a test case."""
    yield "verdict", judgement.verdict
    yield "implementation", judgement.implementation
    if judgement.server is not None:
        yield "server", judgement.server
    yield "role", judgement.role
    yield "reference", judgement.reference
    yield "claim", claim.text
    yield "citation", claim.anchor
    for finding in dict.fromkeys(one.fingerprint for one in judgement.divergences):
        yield "finding", finding
    for file in dict.fromkeys(one.file for one in judgement.divergences if one.file):
        yield "file", file


def skip(report: pytest.TestReport, judgement: Judgement) -> None:
    """Show a test that neither passed nor failed as skipped, with the reason."""
    if judgement.verdict in SKIPPED and report.passed:
        file, line, _ = report.location
        report.outcome = "skipped"
        report.longrepr = (file, line or 0, f"{judgement.verdict}: {reason(judgement)}")


def reason(judgement: Judgement) -> str:
    """Why a difference may stay."""
    reasons = [one.reason for one in judgement.divergences if one.verdict in SKIPPED and one.reason]
    return " ".join(dict.fromkeys([*reasons, *filter(None, [judgement.note])]))


def record(config: pytest.Config, report: pytest.TestReport) -> None:
    """Give a test case its properties, as pytest does at a teardown: scenarios have none."""
    xml = config.stash.get(xml_key, None)
    if xml is not None:
        case = xml.node_reporter(report)
        for name, value in report.user_properties:
            case.add_property(name, str(value))


class Guard:
    """Tells in a sentence that the JUnit file could not be written, where pytest would raise."""

    def __init__(self) -> None:
        self.trouble = ""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        try:
            yield
        except OSError as error:
            xml = session.config.stash.get(xml_key, None)
            if xml is None:
                raise
            self.trouble = f"{xml.logfile} could not be written ({error.strerror})."
            del session.config.stash[xml_key]
            session.config.pluginmanager.unregister(xml)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.trouble:
            terminalreporter.write_line(self.trouble)


def add_gate(config: pytest.Config, passed: bool, lines: Sequence[str]) -> None:
    """Add the test case "gate", which fails where a run does, whatever its tests say."""
    xml = config.stash.get(xml_key, None)
    if xml is None:
        return
    report = pytest.TestReport(
        nodeid="gate",
        location=("gate", None, "gate"),
        keywords={},
        outcome="passed" if passed else "failed",
        longrepr=None if passed else "\n".join(lines),
        when="call",
    )
    report.user_properties.append(("verdict", lines[0]))
    xml.pytest_runtest_logreport(report)
    record(config, report)
