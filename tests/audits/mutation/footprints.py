"""Which lines of the backport a scenario runs: where a change is in none of them, it shows nothing.

gcc marks every block that runs, and a trace function every line of the Python half, in a file that
the agent and this process share. gcov says in the end which lines of C ran at all.
"""

from __future__ import annotations

import dataclasses
import json
import mmap
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from impls.host.declarations import Implementation
from tests.audits.mutation.workshop import PYTHON_HALF

SIZE = 1 << 20
PYTHON_LINES = SIZE - (1 << 14)
"""Where in the file the lines of the Python half begin."""

MARK = re.compile(rb"[^\0]")
"""Finds the marks. A loop over all bytes of the file takes longer than most scenarios."""

FLAGS = "-g -fsanitize-coverage=trace-pc --coverage"
SOURCE = Path(__file__).with_suffix(".c")

TRACE = """
def trace(path, file, first):
    import mmap, sys
    with open(path, "r+b") as shared:
        marks = mmap.mmap(shared.fileno(), 0)
    def line(frame, event, argument):
        marks[first + frame.f_lineno] = "1"
        return line
    def call(frame, event, argument):
        if frame.f_code.co_filename.endswith(file):
            return line(frame, event, argument)
    sys.settrace(call)
"""
"""Python 2.7: marks the lines of one file from now on."""

Line = tuple[str, int]
"""A file and a line of it, from 1."""


class Footprints:
    """The shared file, and what its marks mean."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.write_bytes(bytes(SIZE))
        with open(self.path, "r+b") as file:
            self._marks = mmap.mmap(file.fileno(), SIZE)

    def taken(self) -> frozenset[int]:
        """The places marked since the last time."""
        found = self._marks[:]
        self._marks[:] = bytes(SIZE)
        return frozenset(mark.start() for mark in MARK.finditer(found))


def library(folder: Path) -> Path:
    """Build what gcc's calls end up in."""
    made = folder / "footprints.so"
    command = ["gcc", "-shared", "-fPIC", "-O2", str(SOURCE), "-o", str(made), "-ldl"]
    subprocess.run(command, check=True)
    return made


def leaving(implementation: Implementation, preloaded: Path, marks: Path) -> Implementation:
    """The implementation, built with FLAGS, so that it leaves footprints in a file."""
    call = f"trace({str(marks)!r}, {PYTHON_HALF!r}, {PYTHON_LINES})"
    return dataclasses.replace(
        implementation,
        set_up=(*implementation.set_up, TRACE, call),
        environment=(
            *implementation.environment,
            ("LD_PRELOAD", str(preloaded)),
            ("FOOTPRINTS", str(marks)),
        ),
    )


def lines_of(places: Sequence[int], extension: Path) -> dict[int, Line]:
    """The line of each marked place."""
    blocks = [place for place in places if place < PYTHON_LINES]
    asked = "".join(f"{place - 1:#x}\n" for place in blocks)  # it is where the call returns to
    told = subprocess.run(
        ["addr2line", "-e", str(extension)], input=asked, capture_output=True, text=True, check=True
    )
    found = {
        place: (PYTHON_HALF, place - PYTHON_LINES) for place in places if place >= PYTHON_LINES
    }
    for place, line in zip(blocks, told.stdout.splitlines(), strict=True):
        file, _, number = line.partition(" ")[0].rpartition(":")
        if number.isdigit():
            found[place] = (Path(file).name, int(number))
    return found


def reached(objects: Path) -> dict[Line, bool]:
    """Whether each line of C that has code ever ran, when all agents have ended."""
    found: dict[Line, bool] = {}
    for counters in sorted(objects.rglob("*.gcda")):
        command = ["gcov", "--json-format", "--stdout", str(counters)]
        told = subprocess.run(command, cwd=objects, capture_output=True, text=True, check=True)
        for file in json.loads(told.stdout)["files"]:
            for line in file["lines"]:
                place = Path(file["file"]).name, line["line_number"]
                found[place] = found.get(place, False) or line["count"] > 0
    return found
