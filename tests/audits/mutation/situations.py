"""Whether a mutant is noticed by a situation of audit-threads: threads, callbacks and forks.

Scenarios run one operation after the other; what happens between two threads, or in the child of a
fork, only a situation can see.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from impls.host.declarations import Implementation
from tests.audits.backport.threads import PROGRAMS, of_program

PREFIX = "situation "
"""What the killer of a mutant begins with that a situation noticed."""

PATIENCE = 150.0
"""Seconds for all situations of a program: the backport as it is takes a tenth of that."""

WELL = "ok"


def noticed(
    mutant: Implementation, sound: Implementation, certificates: Path, last: str | None = None
) -> str | None:
    """The first situation that ends otherwise with the mutant, twice, and well without.

    `last` is the killer of an earlier run, with PREFIX: its program is asked first.
    """
    programs = sorted(PROGRAMS, key=lambda one: not (last or "").startswith(PREFIX + one.stem))
    for program in programs:
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
