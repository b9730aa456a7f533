"""Digests of sources: an audit that goes on where it was ended does so only on the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tests.audits.result import TOP

SUFFIXES = (".c", ".h", ".pem", ".py", ".toml")
"""Ends of the names of files that count as sources; what a build leaves beside them does not."""


def digest(paths: Iterable[str]) -> str:
    """The digest of all sources at or below these paths of the project.

    Raises FileNotFoundError for a path that is not there: it would count as unchanged for ever.
    """
    total = hashlib.sha256()
    for path in paths:
        place = TOP / path
        if not place.exists():
            raise FileNotFoundError(f"{path} is not in the project: correct the list of sources.")
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and (file == place or file.suffix in SUFFIXES):
                total.update(file.relative_to(TOP).as_posix().encode() + b"\0")
                total.update(file.read_bytes() + b"\0")
    return total.hexdigest()[:16]
