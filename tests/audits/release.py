"""`tox -e release`: run every audit on this commit and write audits.toml.

usage: python -m tests.audits.release [NAME ...]

What was passed on this commit is kept in the cache: a release that was interrupted goes on there.
With names, only those audits run; the others keep what audits.toml has of them, which names the
commit of each. The checkout must have no uncommitted changes. Exit status 0 means that every audit
passed or, where the last column says why, cannot be run on this machine.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from conformance.report.audits import AUDITS_FILE, AuditRecord, load
from impls.host.cache import cache_folder
from tests.audits import __main__ as command
from tests.audits.registry import AUDITS, Audit
from tests.audits.result import write
from tests.audits.run import Done, UsageError, changed_files, commit_of_checkout, run

HEAD = """\
# What each audit came to when it last ran for a release: `tox -e release` writes this file.
# `python -m tests.audits --list` says what they do.
"""


class Passed:
    """The audits that passed on one commit, in the cache."""

    def __init__(self, folder: Path, commit: str) -> None:
        self._path = folder / f"{commit}.json"

    def records(self) -> dict[str, AuditRecord]:
        if not self._path.exists():
            return {}
        kept = json.loads(self._path.read_text("utf-8"))
        return {
            name: AuditRecord(**{**one, "date": datetime.date.fromisoformat(one["date"])})
            for name, one in kept.items()
        }

    def add(self, record: AuditRecord) -> None:
        kept = {**self.records(), record.name: record}
        plain = {name: {**vars(one), "date": str(one.date)} for name, one in kept.items()}
        write(self._path, plain)

    def forget(self) -> None:
        """Once the release is made, nothing goes on."""
        self._path.unlink(missing_ok=True)


def record_of(done: Done) -> AuditRecord:
    """One run of an audit, as audits.toml has it."""
    found = done.result if done.outcome == "passed" else None
    return AuditRecord(
        done.audit,
        done.outcome,
        done.commit,
        datetime.date.fromisoformat(done.date),
        done.machine,
        found["sentence"] if found else done.last_line,
        found["numbers"] if found else {},
    )


def text_of(records: Mapping[str, AuditRecord], audits: Iterable[Audit] = AUDITS) -> str:
    """audits.toml: a table for each audit, of those without a record too."""
    blocks = [HEAD]
    for audit in audits:
        one = records.get(audit.name)
        lines = ["[[audit]]", f"name = {json.dumps(audit.name)}"]
        if one is None or one.date is None:
            lines.append('outcome = "not run"')
        else:
            numbers = ", ".join(f"{key(name)} = {value}" for name, value in one.numbers.items())
            lines += [
                f"outcome = {json.dumps(one.outcome)}",
                f"commit = {json.dumps(one.commit)}",
                f"date = {one.date}",
                f"machine = {json.dumps(one.machine)}",
                f"sentence = {json.dumps(one.sentence, ensure_ascii=False)}",
                f"numbers = {{ {numbers} }}" if numbers else "numbers = {}",
            ]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def key(name: str) -> str:
    """A name as a key of TOML: in quotes where it must be."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)


def release(
    wanted: Sequence[Audit],
    passed: Passed,
    file: Path,
    run: Callable[[Audit], Done] = run,
) -> list[AuditRecord]:
    """Run what has not passed yet, one after the other; write the file after each.

    Returns the records of all that were wanted.
    """
    kept = passed.records()
    records = {one.name: one for one in load(file)} if file.exists() else {}
    for number, audit in enumerate(wanted, 1):
        title = f"{number} of {len(wanted)}, {audit.name}"
        if audit.name in kept:
            print(f"== {title}: passed on this commit already", flush=True)
            records[audit.name] = kept[audit.name]
        else:
            print(f"== {title}: about {audit.minutes} minutes", flush=True)
            records[audit.name] = one = record_of(run(audit))
            print(f"== {title}: {one.outcome}", flush=True)
            if one.outcome == "passed":
                passed.add(one)
        file.write_text(text_of(records), "utf-8")
    return [records[audit.name] for audit in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.audits.release", description="Run every audit; write audits.toml."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these audits")
    options = parser.parse_args()
    try:
        wanted = [command.find(name) for name in options.names] or list(AUDITS)
    except UsageError as error:
        parser.error(str(error))
    lacking = {name: None for audit in wanted for name in command.lacking(audit)}
    if lacking:
        parser.error(f"{', '.join(lacking)} must be installed: run `tox -e release`.")
    commit = commit_of_checkout()
    if not commit:
        parser.error("a release names its commit, and this is no checkout of git.")
    if commit.endswith("+"):
        changed = "\n".join(changed_files())
        parser.error(f"commit these files first, for audits.toml names the commit:\n{changed}")
    passed = Passed(cache_folder() / "release", commit)
    try:
        records = release(wanted, passed, AUDITS_FILE)
    except UsageError as error:
        parser.error(str(error))
    print(f"\naudits.toml, commit {commit}:")
    columns = shutil.get_terminal_size().columns
    for one in records:
        print(f"{one.name:12} {one.outcome:12} {one.sentence}"[:columns])
    unfinished = [one.name for one in records if one.outcome in ("failed", "unfinished")]
    if unfinished:
        sys.exit(f"Not passed: {', '.join(unfinished)}. report/audits/NAME.log says why.")
    if not options.names:
        passed.forget()


if __name__ == "__main__":
    main()
