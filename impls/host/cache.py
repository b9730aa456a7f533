"""The cache: the folder of what is built and fetched once, and the locks on it.

Nothing here imports anything of the project outside this package.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

CACHE_VARIABLE = "TLS_BOOTSTRAP_CACHE"


def cache_folder() -> Path:
    """The folder for what is fetched and built; it may be deleted at any time between runs.

    ``TLS_BOOTSTRAP_CACHE`` names it; otherwise it is a folder in the platform's place for caches.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(xdg):
        base = Path(xdg)
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "tls-bootstrap-conformance"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file ``path`` locked against other processes and threads; waits for its turn.

    The lock file stays: deleting it would let two holders in.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def progress(sentence: str) -> None:
    """Say on standard error what is about to take a while."""
    print(f"[cache] {sentence}", file=sys.stderr, flush=True)
