"""What scenarios did, operation by operation, beside the results: for reports that show it.

A folder beside results.json has a file of JSON lines for each process of the run; each line is
written as its scenario ends. A reference's transcript is there whole, those compared with it as far
as they read differently, and nothing at all where the verdict is "same". Files of several
processes, shards or lanes can lie in one folder.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from conformance.judge.judge import Judged
from conformance.run.ids import file_of, renamed, test_id
from conformance.transcript.elide import OUTCOME, elide
from conformance.transcript.model import Operation, Transcript
from conformance.transcript.render import render_end, render_outcome

Line = tuple[str, str]
"""An operation: how it reads, and what came of it."""

_IDS = ("id", "of")
"""Keys of a line whose values are ids of targets."""

_TORN = (AttributeError, KeyError, TypeError, ValueError)
"""What reading a line raises that was cut off."""

IN_CALLBACK = "\u21b3 "
"""What a call begins with that happened in a callback."""


def folder_of(results: Path) -> Path:
    """Where the transcripts of a file of results are."""
    return results.with_name(f"{results.name}.transcripts")


def clear(folder: Path) -> None:
    """Remove what an earlier run left there. Raises OSError."""
    for path in _files(folder):
        path.unlink()


def trouble(folder: Path) -> str:
    """Why nothing can be written there, in a word or two; empty where it can."""
    try:
        if not folder.exists():
            return ""
    except OSError as error:
        return str(error.strerror)
    if not folder.is_dir():
        return "it is not a folder"
    return "" if os.access(folder, os.W_OK) else "permission denied"


def gather(sources: Sequence[tuple[Path, Mapping[str, str]]], folder: Path) -> None:
    """Put what lies in several folders into one, each with the ids that change. Raises OSError.

    What an earlier run left there is replaced. A line that was cut off is left out.
    """
    clear(folder)
    for number, (source, names) in enumerate(sources, 1):
        for path in _files(source):
            folder.mkdir(exist_ok=True)
            with (
                open(path, encoding="utf-8", errors="replace") as file,
                open(folder / f"{number}-{path.name}", "w", encoding="utf-8", newline="\n") as made,
            ):
                for text in file:
                    with contextlib.suppress(*_TORN):
                        line = json.loads(text)
                        changed = {key: renamed(line[key], names) for key in _IDS if key in line}
                        made.write(_text_of({**line, **changed}))


def keep(source: Path, tests: Container[str], file: Path) -> None:
    """Write to one file what lies in a folder of these tests. Raises OSError.

    A line that was cut off is left out.
    """
    with open(file, "w", encoding="utf-8", newline="\n") as made:
        for path in _files(source):
            with open(path, encoding="utf-8", errors="replace") as lines:
                for text in lines:
                    with contextlib.suppress(*_TORN):
                        line = json.loads(text)
                        kept = line["part"] == "target" and test_id(line["scenario"], line["id"])
                        if kept and kept in tests:
                            made.write(text)


def _files(folder: Path) -> list[Path]:
    """The files with transcripts in a folder, which need not be there."""
    found = folder.glob("*.jsonl") if folder.is_dir() else ()
    return sorted(path for path in found if path.is_file())


def line_of(operation: Operation) -> Line:
    """An operation for a reader: long outcomes are cut, and callbacks are marked."""
    call = " ".join(operation.call.split())
    if operation.inside is not None:
        call = IN_CALLBACK + call
    return elide(call, OUTCOME), elide(" ".join(render_outcome(operation).split()), OUTCOME)


def _text_of(line: Mapping[str, Any]) -> str:
    return json.dumps(line, separators=(",", ":")) + "\n"


class TranscriptWriter:
    """Writes what one process runs."""

    def __init__(self, folder: Path, process: str = "main") -> None:
        path = folder / f"{process}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = open(path, "a", encoding="utf-8", newline="\n")
        except OSError:  # as in _write()
            self._file = open(os.devnull, "w", encoding="utf-8")
        self._scenario = ""
        self._references: dict[tuple[str, str], list[Line]] = {}
        self._sources: set[str] = set()

    def add(self, judged: Judged) -> None:
        """Write what a scenario did on a target."""
        scenario = judged.scenario.id
        if scenario != self._scenario:
            self._scenario, self._references = scenario, {}
        function = scenario.partition("[")[0]
        if function not in self._sources:
            self._sources.add(function)
            with contextlib.suppress(OSError, TypeError):
                source = inspect.getsource(judged.scenario.function)
                self._write({"part": "source", "function": function, "text": source})
        reference = judged.target.of_reference.id
        for side, run in judged.ours.items():
            key = (reference, side)
            if key not in self._references:
                lines = [line_of(one) for one in run.transcript.operations]
                self._references[key] = lines
                made = {"part": "reference", "scenario": scenario, "side": side, "id": reference}
                self._write({**made, "lines": lines, "end": end_of(run.transcript)})
        if judged.target.is_reference or judged.judgement.verdict == "same":
            return
        for side, run in judged.theirs.items():
            ours = judged.ours[side].transcript
            lines = self._references[reference, side]
            made = {"part": "target", "scenario": scenario, "side": side, "id": judged.target.id}
            differing = dict(other_lines(lines, ours, run.transcript))
            count = len(run.transcript.operations)
            told = {**made, "of": reference, "lines": differing, "count": count}
            self._write({**told, "end": end_of(run.transcript)})

    def _write(self, line: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # a full disk costs what people look at, and no verdict
            self._file.write(_text_of(line))
            self._file.flush()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


def end_of(transcript: Transcript) -> str:
    """How a scenario ended, for a reader."""
    return render_end(transcript.end, transcript.left)


def other_lines(
    lines: list[Line], ours: Transcript, theirs: Transcript
) -> Iterator[tuple[int, Line]]:
    """The positions at which a transcript reads otherwise than the reference's, and how."""
    for position, operation in enumerate(theirs.operations):
        if position < len(lines):
            one = ours.operations[position]
            if one.call == operation.call and one.fields == operation.fields:
                continue
        line = line_of(operation)
        if position >= len(lines) or line != lines[position]:
            yield position, line


def process_name() -> str:
    """The name of this process among those of a run."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@dataclass
class Recorded:
    """What one target did in one scenario on one side."""

    end: str
    lines: dict[int, Line]
    """All of a reference's; of others those that read differently."""
    count: int
    of: str = ""
    """The target that it is compared with; empty for a reference."""


@dataclass
class Transcripts:
    """What a folder has: read once, by topic."""

    runs: dict[str, dict[tuple[str, str], Recorded]] = field(default_factory=dict)
    """By scenario, then by target and side."""
    sources: dict[str, str] = field(default_factory=dict)
    """By scenario without its parameters."""

    @classmethod
    def read(cls, folder: Path, topic: str | None = None) -> Transcripts:
        """What is there of one topic, or of all; nothing where there is no folder.

        A line that was cut off is left out.
        """
        made = cls()
        for path in _files(folder):
            with open(path, encoding="utf-8", errors="replace") as file:
                for text in file:
                    with contextlib.suppress(*_TORN):
                        made._take(json.loads(text), topic)
        return made

    def _take(self, line: Mapping[str, Any], topic: str | None) -> None:
        if line["part"] == "source":
            self.sources.setdefault(str(line["function"]), str(line["text"]))
            return
        scenario = str(line["scenario"])
        if topic is not None and file_of(scenario).partition("/")[0] != topic:
            return
        lines = line["lines"]
        numbered = enumerate(lines) if isinstance(lines, list) else lines.items()
        found = {int(number): (str(call), str(came)) for number, (call, came) in numbered}
        recorded = Recorded(
            str(line["end"]), found, int(line.get("count", len(found))), str(line.get("of", ""))
        )
        self.runs.setdefault(scenario, {})[str(line["id"]), str(line["side"])] = recorded
