"""The canaries: three implementations that every run must catch, or it is red.

Each is the reference's own module with one function changed: one lies, one crashes, one hangs.
One scenario runs on them beside all others, in the same processes and in the same way, and what
is wrong with them must come out at the end. A run that can find nothing finds no canary either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from impls.host.declarations import Implementation

FILE = Path(__file__).resolve()
"""pytest collects the scenario from here, whatever else was selected."""

HANGS_AFTER = 0.3
"""Seconds without an answer; the one that hangs costs every run twice as many."""


@dataclass(frozen=True)
class Canary:
    """A way to be wrong."""

    describe: str
    body: str
    """Of the function that takes the place of RAND_status()."""
    verdict: Literal["NEW", "CRASH", "HANG"]
    """What it must be found to be."""


CANARIES: Mapping[str, Canary] = {
    "canary-that-lies": Canary("RAND_status() returns None", "return None", "NEW"),
    "canary-that-crashes": Canary("RAND_status() ends the process", "os._exit(7)", "CRASH"),
    "canary-that-hangs": Canary("RAND_status() does not return", "time.sleep(3600)", "HANG"),
}
"""By the id of the implementation."""


def test_canary(ssl: Any) -> None:
    """OpenSSL's generator of random numbers has been seeded.

    It asserts nothing: the comparison alone is to find out who lies.

    library/ssl.html#ssl.RAND_status
    """
    ssl.RAND_status()


def implementations(reference: Implementation) -> list[Implementation]:
    """The canaries, made of the reference."""
    made = []
    for name, canary in CANARIES.items():
        function = f"def RAND_status():\n    import os, time\n    {canary.body}"
        more = (f"import {reference.module} as ssl", function, "ssl.RAND_status = RAND_status")
        made.append(
            replace(
                reference,
                id=name,
                describe=canary.describe,
                role="candidate",
                set_up=(*reference.set_up, *more),
                operation_timeout=HANGS_AFTER
                if canary.verdict == "HANG"
                else reference.operation_timeout,
                unsupported=(),
            )
        )
    return made
