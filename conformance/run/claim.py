"""What a scenario claims, as its docstring says it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """The claim of one scenario."""

    text: str
    """One sentence."""
    anchor: str
    """Where the documentation says so."""

    @classmethod
    def of(cls, function: Callable[..., object]) -> Claim:
        lines = [line.strip() for line in (inspect.getdoc(function) or "").splitlines()]
        paragraphs = "\n".join(lines).split("\n\n")
        anchor = paragraphs[-1].strip() if len(paragraphs) > 1 else ""
        return cls(" ".join(paragraphs[0].split()), anchor)
