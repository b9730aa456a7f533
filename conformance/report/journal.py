"""The journal of a run: every verdict written down as it comes, so that nothing is lost.

It is beside the file of the results, PATH.journal, and is locked while a run writes it. Its lines
are JSON: the first says what is run on what, then there is one line a test, `[id, verdict, entry]`,
and the last, `"complete"`, says that every planned test is there. A line that was cut off is
ignored. A run that comes to its end removes the journal; after one that did not, --resume goes on
with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from conformance.report.paths import leads_in_a_circle
from impls.host.toml_reader import is_endless

VERSION = 1
COMPLETE = "complete"

AGAIN = ("CRASH", "HANG", "GARBAGE", "MISSING", "ERROR")
"""Verdicts that what stopped a run may have caused: these tests run once more."""


class JournalError(Exception):
    """Results cannot be written, or not be gone on with: one sentence that says why."""


class Entry(NamedTuple):
    """What a journal has of one test."""

    judged: str
    """The judgement as it travels: see plugin/run_one.py."""
    text: str | None
    """What the test printed where it fails."""


def journal_of(results: Path) -> Path:
    """Where the journal of a file of results is."""
    return results.with_name(f"{results.name}.journal")


def _is_header(line: object) -> bool:
    return isinstance(line, dict) and isinstance(line.get("implementations"), dict)


def _is_entry(line: Any) -> bool:
    """Whether a line is a test with its verdict; one that is not is as good as not there."""
    match line:
        case [str(), str(), [str(judged), str() | None]]:
            return judged.startswith('{"judgement": {') and judged.endswith("}")
    return False


_HEAD = b'{\n "canaries": '
"""What results begin with, as write_json writes them."""


def _is_results(path: Path) -> bool:
    """Whether a file of results is there, of whatever version, the beginning of one, or nothing.

    Raises OSError.
    """
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start or start.startswith(_HEAD) or _HEAD.startswith(start):
        return True
    try:
        read = json.loads(path.read_bytes()) if start.startswith(b"{") else None
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and "schema" in read and "judgements" in read


def _is_journal(path: Path) -> bool:
    """Whether a journal is there, the beginning of one, or nothing. Raises OSError."""
    if not path.exists():
        return True
    with open(path, "rb") as file:
        start = file.readline(4096).lstrip()
    is_header = start.startswith(b"{") and b'"implementations":' in start
    return not start or is_header or start.startswith(b'{"suite"')


class Earlier:
    """The tests of a journal that a run left behind, each read when it is needed."""

    def __init__(self, path: Path) -> None:
        """Raises JournalError where there is no journal."""
        self.path = path
        self.header: Mapping[str, Any] = {}
        self.end = 0
        """Bytes up to the end of the last whole line."""
        self._places: dict[str, int] = {}
        try:
            with open(path, "rb") as file:
                self._index(file)
        except OSError as error:
            raise JournalError(
                f"There is nothing to resume: {path} cannot be read ({error.strerror})."
            ) from None

    def _index(self, file: IO[bytes]) -> None:
        for line in file:
            if not line.endswith(b"\n"):
                break
            try:
                read = json.loads(line)
            except ValueError:
                break  # what follows a torn line belongs to it
            if not self.end:
                self.header = read if _is_header(read) else {}
            elif _is_entry(read) and read[1] not in AGAIN:
                self._places[read[0]] = self.end
            self.end += len(line)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, test: str) -> bool:
        return test in self._places

    def get(self, test: str) -> Entry | None:
        """What it has of a test."""
        place = self._places.get(test)
        if place is None:
            return None
        with open(self.path, "rb") as file:
            file.seek(place)
            return Entry(*json.loads(file.readline())[2])


class Journal:
    """The journal that this run writes, locked from the beginning."""

    def __init__(self, results: Path) -> None:
        """Lock it; what an earlier run left stays until `begin`.

        Raises JournalError where another run has it, or no results can be written there.
        """
        self.results = results
        try:
            if results.is_dir():
                raise JournalError(
                    f"Results cannot be written to {results}: it is a folder; give the path of a "
                    "file."
                )
            if leads_in_a_circle(results):
                raise JournalError(
                    f"Results cannot be written to {results}: its links lead in a circle; give "
                    "another path with --results."
                )
            if results.exists() and not _is_results(results):
                raise JournalError(
                    f"{results} is there and is not a file of results: give another path with "
                    "--results."
                )
            self.path = journal_of(results)
            if is_endless(self.path):
                raise JournalError(
                    f"{self.path} is a device or a pipe: remove it, or give another path with "
                    "--results."
                )
            if not _is_journal(self.path):
                raise JournalError(
                    f"{self.path} is there and is not the journal of a run: remove it, or give "
                    "another path with --results."
                )
            results.parent.mkdir(parents=True, exist_ok=True)
            if results.exists() and not os.access(results, os.W_OK):
                raise PermissionError(13, "Permission denied")
            self._file = self._locked()
        except OSError as error:
            raise JournalError(
                f"Results cannot be written to {results} ({error.strerror}): give another path "
                "with --results."
            ) from None
        self.trouble: str | None = None
        """Why it could not be written any further."""
        self._known: Earlier | None = None

    def _locked(self) -> io.FileIO:
        while True:
            file = open(self.path, "ab", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                raise JournalError(
                    f"Another run is writing to {self.results}: wait for it, or give another path "
                    "with --results."
                ) from None
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), os.stat(self.path)):
                    return file
            file.close()  # its run has just ended and removed it

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to be lost."""
        return os.fstat(self._file.fileno()).st_size == 0

    def earlier(self) -> Earlier | None:
        """What a run that did not come to its end left there."""
        found = Earlier(self.path)
        return found if found.header else None

    def fitting(self, header: Mapping[str, Any]) -> Earlier:
        """What is there to be gone on with by a run with this header. Raises JournalError."""
        found = self.earlier()
        if found is None:
            raise JournalError(
                f"There is nothing to resume: {self.path} holds no verdict of an earlier run."
            )
        told = next(iter(differing(found.header, header)), None)
        if told is not None:
            raise JournalError(
                f"{self.path} cannot be resumed: {told}. Run without --resume to begin anew."
            )
        return found

    def begin(self, header: Mapping[str, Any], known: Earlier | None = None) -> None:
        """Begin anew, or go on behind what is known."""
        self._known = known
        try:
            self._file.truncate(0 if known is None else known.end)
        except OSError as error:
            self._stop(error)
        if known is None:
            self._write({**header, "journal": VERSION})

    def add(self, test: str, verdict: str, entry: Entry) -> None:
        """Write down what came of a test, where it is not there already."""
        if self._known is None or test not in self._known:
            self._write([test, verdict, entry])

    def finish(self) -> None:
        """Say that every planned test is there."""
        self._write(COMPLETE)

    def close(self, remove: bool) -> None:
        """Let go of it; `remove` it where the results hold all of it, or it holds nothing."""
        if self._file.closed:
            return
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self._file.close()

    def abandon(self) -> None:
        """Let go of it where a run could not even begin: an earlier run's stays."""
        self.close(remove=not self._file.closed and self.is_empty)

    def _write(self, line: object) -> None:
        if self.trouble is not None:
            return
        try:
            data = memoryview(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self._stop(error)

    def _stop(self, error: OSError) -> None:
        self.trouble = f"{self.path} could not be written any further ({error.strerror})."


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Phrases about what two headers do not agree in."""
    if old.get("journal") != VERSION:
        yield "it was written by another version of the suite"
    for key, what in (
        ("suite", "the suite's files have changed since then"),
        ("shard", "it is of another --shard"),
        ("reference", "it compares with another reference"),
    ):
        if old.get(key) != new.get(key):
            yield what
    before, now = old.get("implementations", {}), new.get("implementations", {})
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            had, has = (side.get(name) or ["not there"] for side in (before, now))
            if had[0] == has[0]:
                yield f"what declares {name} has changed since then"
            else:
                yield f"{name} was {had[0]} then, and is {has[0]} now"
