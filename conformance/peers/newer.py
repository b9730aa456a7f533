"""What scenarios claim of names that a newer Python brought, where the reference is older."""

from __future__ import annotations

from typing import Any

import pytest

NEWEST_NAMES = (3, 15)
"""The Python that brought groups, cipher suites and signature algorithms."""


def lacks(
    about: Any,
    owner: Any,
    name: str,
    *arguments: Any,
    since: tuple[int, ...] = NEWEST_NAMES,
    **keywords: Any,
) -> bool:
    """Whether the reference is older than a name; that it raises AttributeError is claimed then.

    `about` is what the scenario knows of the reference.
    `owner` is what has the name, called with the arguments. Where this is true, a scenario has no
    more to claim of the reference, and what a candidate does in that call is the one difference.
    """
    if about.python >= since:
        return False
    with pytest.raises(AttributeError):
        getattr(owner, name)(*arguments, **keywords)
    return True
