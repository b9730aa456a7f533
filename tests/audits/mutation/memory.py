"""Whether a mutant leaks, where nothing that it does shows it.

A CPython 2.7 that counts references (tests/audits/backport/debug_python.py) repeats every kind of
operation, once counting references and once counting the bytes that malloc has given out.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from impls.host.declarations import Implementation, agent_environment
from tests.audits.backport import debug_python
from tests.audits.mutation.operators import Mutation
from tests.audits.mutation.workshop import Workshop

PROGRAM = Path(debug_python.__file__).with_name("references_in_python27.py")
REPETITIONS = 60
SLACK = {"references": 20, "memory": 600}
"""How far beyond what it is without the change a count may be. A reference that leaks leaves
REPETITIONS; memory is counted in sixteens of bytes, which also tell how the heap is cut up."""
SOUND = 3
"""Times that the backport as it is is counted: how the heap is cut up differs from run to run."""
SECONDS = 300.0

COUNT_BYTES = """
import ctypes, os, sys

class Allocated(ctypes.Structure):
    _fields_ = [("field%d" % number, ctypes.c_size_t) for number in range(10)]

mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Allocated
sys.gettotalrefcount = lambda: mallinfo().field7 // 16
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
__file__ = sys.argv[0]
execfile(sys.argv[0])
"""
"""Python 2.7: run the program with the bytes in use, as sixteens, in the place of references."""


class Memory:
    """Counts what mutants leave behind, and knows what the backport as it is does."""

    def __init__(self, folder: Path, certificates: Path, backport: Implementation) -> None:
        """Build the backport for that interpreter. Raises debug_python.NoDebugPython."""
        self._python = debug_python.executable()
        self._certificates = certificates
        self._environment = agent_environment(backport)
        self._workshop = Workshop(folder, self._python)
        sound = [self._counts(self._workshop.built) for _ in range(SOUND)]
        self._sound = [one for one in sound if one is not None]
        if len(self._sound) < SOUND:
            raise RuntimeError(f"{PROGRAM.name} does not end well on the backport as it is.")

    def notice(self, mutation: Mutation) -> str | None:
        """How a mutant is found out, in a few words, if it is. Raises Stillborn."""
        try:
            place = self._workshop.make(mutation)
            first = self._odd(place)
            again = self._odd(place) if first else first
        finally:
            self._workshop.clear(mutation)
        if first is None or again is None:
            return "CRASH of the counts"
        return next((f"leak: {kind}" for kind in first if kind in again), None)

    def _odd(self, build: Path) -> list[str] | None:
        """The kinds of operations whose counts are not as they are without a change."""
        found = self._counts(build)
        if found is None:
            return None
        odd = []
        for kind, count in found.items():
            usual = [one[kind] for one in self._sound]
            slack = SLACK[kind.partition(",")[0]]
            if not min(usual) - slack <= count <= max(usual) + slack:
                odd.append(kind)
        return odd

    def _counts(self, build: Path) -> dict[str, int] | None:
        """By how much each kind of operation lets each count grow; None where it did not end."""
        counts = {}
        for what, start in (("references", ()), ("memory", ("-c", COUNT_BYTES))):
            command = [str(self._python), *start, str(PROGRAM), str(build)]
            try:
                answer = subprocess.run(
                    [*command, str(self._certificates), str(REPETITIONS)],
                    env=self._environment,
                    capture_output=True,
                    text=True,
                    timeout=SECONDS,
                )
            except subprocess.TimeoutExpired:
                return None
            if answer.returncode != 0:
                return None
            found = json.loads(answer.stdout.splitlines()[0])
            counts.update({f"{what}, {kind}": count for kind, count in found.items()})
        return counts
