"""Whether a mutant is noticed by a situation of audit-threads: threads, callbacks and forks.

Scenarios run one operation after the other; what happens between two threads, or in the child of a
fork, only a situation can see.
"""

from __future__ import annotations

import subprocess
from collections.abc import Container, Mapping
from pathlib import Path

from impls.host.declarations import Implementation
from tests.audits.backport.threads import PROGRAMS, of_program
from tests.audits.mutation import footprints
from tests.audits.mutation.footprints import Footprints

PREFIX = "situation "
"""What the killer of a mutant begins with that a situation noticed."""

PATIENCE = 150.0
"""Seconds for all situations of a program: the backport as it is takes a tenth of that."""

WELL = "ok"


def marks_of(traced: Implementation, folder: Path, certificates: Path) -> dict[str, frozenset[int]]:
    """The marks that each program of situations leaves, by its name: see footprints.py.

    Raises RuntimeError where one does not come to its end: its marks would be too few.
    """
    path = folder / "footprints-situations"
    shared = Footprints(path)
    leaving = footprints.leaving(traced, footprints.library(folder), path)
    found = {}
    try:
        for program in PROGRAMS:
            ended = outcomes(leaving, program, certificates)
            if any(how != WELL for how in ended.values()):
                raise RuntimeError(f"{program.name} does not come to its end: {ended}.")
            found[program.stem] = shared.taken()
    finally:
        path.unlink()
    return found


def noticed(
    mutant: Implementation,
    sound: Implementation,
    certificates: Path,
    last: str | None = None,
    among: Container[str] | None = None,
) -> str | None:
    """The first situation that ends otherwise with the mutant, twice, and well without.

    `last` is the killer of an earlier run, with PREFIX: its program is asked first. `among` are
    names of programs; None for all.
    """
    programs = sorted(PROGRAMS, key=lambda one: not (last or "").startswith(PREFIX + one.stem))
    for program in programs:
        if among is not None and program.stem not in among:
            continue
        found = outcomes(mutant, program, certificates)
        if all(how == WELL for how in found.values()):
            continue
        again = outcomes(mutant, program, certificates)
        well = outcomes(sound, program, certificates)
        for name, how in found.items():
            if how != WELL and again.get(name, how) != WELL and well.get(name, WELL) == WELL:
                return f"{PREFIX}{program.stem}: {name}"
    return None


def outcomes(backport: Implementation, program: Path, certificates: Path) -> Mapping[str, str]:
    """How each situation ended; "all" where the program itself did not come to its end."""
    try:
        return of_program(backport, program, certificates, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return {"all": "they took too long"}
    except RuntimeError as error:
        return {"all": str(error)}
