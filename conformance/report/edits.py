"""How one text becomes another, so that the same edit of many texts is told once."""

from __future__ import annotations

import os
import re

TEXTS = ("message", "strerror", "verify_message", "reason", "warnings")
"""Fields whose texts many members share: the same edit of them is told once for all members."""


def edit(reference: str, candidate: str) -> tuple[str, str]:
    """The words of both texts that differ: all but what they begin and end with alike."""
    ours, theirs = (re.findall(r"\w+|\W", text) for text in (reference, candidate))
    before = len(os.path.commonprefix([ours, theirs]))
    rest = [ours[before:], theirs[before:]]
    after = len(os.path.commonprefix([side[::-1] for side in rest]))
    mine, other = ("".join(side[: len(side) - after]) for side in rest)
    return mine, other


def same_edit(
    member: str, field: str, reference: str, candidate: str
) -> tuple[str, str, str, str] | None:
    """What findings have in common whose texts were edited alike: told as one.

    Values are so only within one member. None where nothing of the texts stays, or the field is of
    another kind: then each is a finding of its own.
    """
    if field not in (*TEXTS, "value"):
        return None
    ours, theirs = edit(reference, candidate)
    if (ours, theirs) == (reference, candidate) or not ours + theirs:
        return None
    return ("", "text", ours, theirs) if field in TEXTS else (member, field, ours, theirs)
