"""What a run says to the CI that it runs in, and only there: annotations, summaries, sections.

GitHub and GitLab each set a variable that says so. Other systems read the JUnit file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.judge.verdict import Judgement
from conformance.report.findings import Reading
from conformance.report.terminal import (
    failing,
    failures,
    implementation_rows,
    ordered,
    result,
    ways_to_fail,
    why,
)
from conformance.run.ids import file_of, test_id
from conformance.run.scenarios import SCENARIOS

ANNOTATIONS = 10
"""As many as GitHub shows of one step."""
LISTED = 200
"""Failing tests in a summary, which may have one megabyte."""
CODE_QUALITY = "gl-code-quality-report.json"
TITLE = "ssl conformance"

_SEVERITY = {"CRASH": "blocker", "HANG": "blocker", "GARBAGE": "blocker", "ERROR": "critical"}


def is_github(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"


def is_gitlab(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("GITLAB_CI") == "true"


def missing(sentence: str) -> Iterator[str]:
    """Lines about an implementation that is missing, before anything is run."""
    if is_github():
        yield annotation("error", f"{TITLE}: MISSING", sentence)


def told(results: Mapping[str, Any]) -> Iterator[str]:
    """Lines for the log at the end of a run. Raises OSError where a file cannot be written.

    On GitHub the summary of the step is written, too, and on GitLab a report of code quality.
    """
    if is_github():
        yield from errors_and_notice(results)
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path:
            _write(path, "\n".join(step_summary(results)) + "\n", "a")
    if is_gitlab():
        yield from section("conformance", "All that is not accepted", all_failures(results))
        _write(CODE_QUALITY, json.dumps(code_quality(results), indent=1) + "\n", "w")


def _write(path: str, text: str, mode: str) -> None:
    """Write a text to a file. Raises OSError, which always names it: a full disk's does not."""
    try:
        with open(path, mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def all_failures(results: Mapping[str, Any]) -> list[str]:
    return [*results["problems"], *failures(all_failing(Reading(results)))]


def all_failing(reading: Reading) -> list[Judgement]:
    interop = [one for one in reading.interop if not one.passed]
    return [*failing(reading), *interop]


# GitHub


def errors_and_notice(results: Mapping[str, Any]) -> Iterator[str]:
    """The errors, the gravest first, and a notice of what it comes to."""
    lines = [annotation("error", TITLE, problem) for problem in results["problems"]]
    for one, *_ in ways_to_fail(all_failing(Reading(results))):
        file, line = place_of(one.scenario)
        text = f"{test_id(one.scenario, one.target)}: {why(one)}"
        lines.append(annotation("error", f"{TITLE}: {one.verdict}", text, file, line))
    yield from lines[:ANNOTATIONS]
    if len(lines) > ANNOTATIONS:
        more = len(lines) - ANNOTATIONS
        yield annotation("notice", TITLE, f"... and {more} more: see the summary of this step.")
    yield annotation("notice", TITLE, result(results))


def annotation(
    level: str, title: str, message: str, file: str | None = None, line: int | None = None
) -> str:
    """A line that GitHub shows beside the code."""
    properties = {"title": title, "file": file, "line": line}
    found = ",".join(
        f"{name}={_escaped(str(value), more=':,')}"
        for name, value in properties.items()
        if value is not None
    )
    return f"::{level} {found}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(letter):02X}" if letter in "%\r\n" + more else letter for letter in text)


def step_summary(results: Mapping[str, Any]) -> Iterator[str]:
    """What a run comes to, in Markdown."""
    reading = Reading(results)
    yield f"### {TITLE}: {'✅' if results['passed'] else '❌'} {result(results)}"
    yield from ("", "| role | implementation | verdicts |", "| --- | --- | --- |")
    for name in ordered(reading):
        for role, shown, text in implementation_rows(reading, name):
            yield f"| {role} | {shown} | {_cell(text)} |"
    if results["problems"]:
        yield from ("", "**Problems**", "")
        yield from (f"- {_cell(problem)}" for problem in results["problems"][:LISTED])
    lines = failures(all_failing(reading))
    if lines:
        yield from ("", f"<details open><summary>Not accepted: {len(lines)}</summary>", "")
        yield from (f"- {_cell(line)}" for line in lines[:LISTED])
        if len(lines) > LISTED:
            yield f"- ... and {len(lines) - LISTED} more"
        yield from ("", "</details>")


def _cell(text: str) -> str:
    return re.sub(r"([|<*_`\\])", r"\\\1", " ".join(text.split()))


# GitLab


def section(name: str, title: str, lines: Sequence[str]) -> Iterator[str]:
    """Lines in a section that is shut until somebody opens it."""
    if not lines:
        return
    now = int(time.time())
    yield f"\x1b[0Ksection_start:{now}:{name}[collapsed=true]\r\x1b[0K{title}: {len(lines)}"
    yield from lines
    yield f"\x1b[0Ksection_end:{now}:{name}\r\x1b[0K"


def code_quality(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A report of code quality, of which GitLab shows what is new in a merge request."""
    entries = [
        {
            "description": problem,
            "check_name": "gate",
            "fingerprint": digest("gate", problem),
            "severity": "critical",
            "location": {"path": "conformance", "lines": {"begin": 1}},
        }
        for problem in results["problems"]
    ]
    for one in all_failing(Reading(results)):
        file, line = place_of(one.scenario)
        test = test_id(one.scenario, one.target)
        entries.append(
            {
                "description": f"{one.verdict} {test}: {why(one)}",
                "check_name": one.verdict,
                "fingerprint": digest(test, one.verdict, why(one)),
                "severity": _SEVERITY.get(one.verdict, "major"),
                "location": {"path": file, "lines": {"begin": line}},
            }
        )
    return entries


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


# Both


def place_of(scenario: str) -> tuple[str, int]:
    """The file of a scenario, as the CI's checkout has it, and its line."""
    path = SCENARIOS / file_of(scenario)
    line = 1
    if path.is_file():
        name = re.escape(scenario.partition("::")[2].partition("[")[0])
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.match(rf"def {name}\(", text):
                line = number
    checkout = os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or os.getcwd()
    return os.path.relpath(path, checkout), line
