"""Whether a mutant is noticed by a case of the graft: tests/unit/switched_on_in_python27.py.

Scenarios run the graft's objects; the cases also have stock sockets, threads and imports.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from impls.host.declarations import Implementation
from tests.support.switched_on import CASES, HOLDS, told

PREFIX = "case "
"""What the killer of a mutant begins with that a case noticed."""


def noticed(
    mutant: Implementation,
    sound: Implementation,
    certificates: Path,
    among: Sequence[str] | None = None,
) -> str | None:
    """The first case that does not hold with the mutant, twice, and holds without.

    `among` are names of cases with PREFIX; None for all.
    """
    for case in CASES:
        if among is not None and PREFIX + case not in among:
            continue
        if all(not holds(mutant, certificates, case) for _ in range(2)) and holds(
            sound, certificates, case
        ):
            return PREFIX + case
    return None


def holds(patched: Implementation, certificates: Path, case: str) -> bool:
    try:
        return told(patched, certificates, case) == HOLDS
    except subprocess.TimeoutExpired:
        return False
