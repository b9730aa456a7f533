"""What pytest's JUnit file (--junitxml) says of verdicts, and of the gate."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import pytest
from _pytest.junitxml import xml_key

from conformance.judge.verdict import Judgement
from conformance.report.paths import real
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
    """Has the JUnit file written whole or not at all; where pytest would raise, it is a problem."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """`tell` takes the problem, in one sentence."""
        self._tell = tell

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        xml = session.config.stash.get(xml_key, None)
        if xml is None:
            yield
            return
        place = Path(xml.logfile)
        made = beside(place)
        xml.logfile = str(made)
        try:
            yield
            if made != place:
                os.replace(made, real(place))
        except OSError as error:
            if made != place:
                with contextlib.suppress(OSError):
                    made.unlink()
            del session.config.stash[xml_key]
            session.config.pluginmanager.unregister(xml)
            self._tell(f"{place} could not be written ({error.strerror}).")
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        finally:
            xml.logfile = str(place)


def beside(place: Path) -> Path:
    """Where a file is written before it takes its place; the place itself where it cannot be.

    A device or a pipe is never replaced.
    """
    target = real(place)
    if target.exists() and not target.is_file() or not os.access(target.parent, os.W_OK):
        return place
    return target.with_name(f".junit-{os.getpid()}.xml")


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
