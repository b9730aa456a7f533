"""Paths that a person gives, in whatever way they are written."""

from __future__ import annotations

import argparse
import errno
import os
from pathlib import Path


def a_path(text: str) -> Path:
    """The value of an option that names a file or a folder, with a "~" as a shell reads it."""
    if not text:
        raise argparse.ArgumentTypeError("an empty text is not a path: give one.")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(
            f"{Path(text).parts[0]} is nobody's home: give the whole path."
        ) from None


def real(path: Path) -> Path:
    """The path without links, as far as they can be followed; the same file has the same one."""
    return Path(os.path.realpath(path))


def leads_in_a_circle(path: Path) -> bool:
    """Whether links of a path lead to each other, so that nothing can ever be there."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False
