"""Runs one audit in a process of its own, with its log and what it came to."""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.audits.registry import Audit
from tests.audits.result import FOLDER, NOT_POSSIBLE, TOP, UNFINISHED, write

OUTCOMES = {0: "passed", UNFINISHED: "unfinished", NOT_POSSIBLE: "not possible"}
"""What exit statuses mean; every other one is "failed"."""


class UsageError(Exception):
    """A command that is wrong, or a folder that cannot be written, in one sentence."""


@dataclass(frozen=True)
class Done:
    """What running an audit came to. It is what NAME.json has."""

    audit: str
    arguments: tuple[str, ...]
    outcome: str
    status: int
    seconds: int
    commit: str
    """Of the checkout, with "+" where that had changes."""
    date: str
    machine: str
    last_line: str
    """The last that it printed: the reason, where it did not pass."""
    result: Mapping[str, Any] | None
    """What it published, see tests.audits.result; None where it did not get so far."""


def run(audit: Audit, arguments: Sequence[str] = (), folder: Path = FOLDER) -> Done:
    """Run an audit. Its output goes to the terminal and NAME.log, what it came to to NAME.json.

    Raises UsageError where nothing can be written there.
    """
    try:
        return _run(audit, arguments, folder)
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written ({error.strerror}), and audits leave "
            f"what they find in {folder}: let it be a folder that can be written, with room in it."
        ) from None


def _run(audit: Audit, arguments: Sequence[str], folder: Path) -> Done:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{audit.name}.json"
    path.unlink(missing_ok=True)
    commit, begun = commit_of_checkout(), time.monotonic()
    command = [sys.executable, "-u", "-m", f"tests.audits.{audit.module}", *arguments]
    status, last_line = copied(command, folder / f"{audit.name}.log")
    outcome = OUTCOMES.get(status, "failed")
    result = json.loads(path.read_text("utf-8")) if path.exists() else None
    if outcome == "passed" and result is None:
        outcome, status = "failed", 1
        print(f"{audit.name} ended well, but published no result.", file=sys.stderr)
    done = Done(
        audit.name,
        tuple(arguments),
        outcome,
        status,
        round(time.monotonic() - begun),
        commit,
        datetime.date.today().isoformat(),
        f"{platform.system()} {platform.machine()}",
        last_line,
        result,
    )
    write(path, asdict(done))
    return done


def copied(command: Sequence[str], log: Path) -> tuple[int, str]:
    """Run a command with its output copied to a file; its exit status and its last line."""
    last_line = ""
    with (
        open(log, "w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            cwd=TOP,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            file.write(line)
            file.flush()
            last_line = line.strip() or last_line
    return process.returncode, last_line


def commit_of_checkout() -> str:
    """The commit of the checkout, "+" after it where files differ; "" where there is no git."""
    try:
        commit = git("rev-parse", "--short=10", "HEAD")
        return f"{commit}+" if changed_files() else commit
    except (OSError, subprocess.CalledProcessError):
        return ""


def changed_files() -> list[str]:
    """The files of the checkout that differ from its commit, but for what a release writes."""
    written = (":!audits.toml", ":!REPORT.md", ":!REPORT.findings.txt")
    return git("status", "--porcelain", "--", ".", *written).splitlines()


def git(*arguments: str) -> str:
    return subprocess.check_output(
        ["git", *arguments], cwd=TOP, stderr=subprocess.DEVNULL, text=True
    ).strip()
