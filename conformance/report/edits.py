"""How one text becomes another, so that the same edit of many texts is told once."""

from __future__ import annotations

import os
import re

TEXTS = ("message", "strerror", "verify_message", "reason", "value", "warnings")
"""Fields in which texts differ by an edit."""


def edit(reference: str, candidate: str) -> tuple[str, str]:
    """The words of both texts that differ: all but what they begin and end with alike."""
    ours, theirs = (re.findall(r"\w+|\W", text) for text in (reference, candidate))
    before = len(os.path.commonprefix([ours, theirs]))
    rest = [ours[before:], theirs[before:]]
    after = len(os.path.commonprefix([side[::-1] for side in rest]))
    mine, other = ("".join(side[: len(side) - after]) for side in rest)
    return mine, other


def same_edit(field: str, reference: str, candidate: str) -> tuple[str, str, str]:
    """What findings have in common whose texts were edited alike: told as one.

    Where nothing of the texts stays, each is a finding of its own.
    """
    if field in TEXTS:
        ours, theirs = edit(reference, candidate)
        if (ours, theirs) != (reference, candidate) and ours + theirs:
            return "text", ours, theirs
    return field, reference, candidate
