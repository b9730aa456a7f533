"""Where results come from: the suite's commit and files, the day, the platform."""

from __future__ import annotations

import datetime
import functools
import hashlib
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = ("certs", "conformance", "impls")
ENDINGS = (".py", ".c", ".h", ".toml")


def origin() -> dict[str, Any]:
    """What report/results.json says of itself, under "run"; `date` is that of its beginning."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "commit": commit(),
        "suite": suite(),
        "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": platform.platform(),
        "host": f"{platform.python_implementation()} {platform.python_version()}",
    }


@functools.cache
def suite(root: Path = ROOT) -> str:
    """Sixteen digits that stand for the files that decide on verdicts.

    Not for what declares implementations: each has digits of its own.
    """
    return digest_of(files(root), root)


def digest_of(paths: Iterable[Path], root: Path = ROOT) -> str:
    """Sixteen digits that stand for files, in their order, with where they are below `root`."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def files(root: Path = ROOT) -> Iterator[Path]:
    """The files that decide on verdicts, sorted, without what declares implementations."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in ENDINGS or "__pycache__" in path.parts or not path.is_file():
                continue
            if path.suffix != ".toml" or path.parent != root / "impls":
                yield path


def commit(root: Path = ROOT) -> str | None:
    """The commit of the suite, with "+" where files differ from it; None outside of a clone."""
    head = _git(root, "rev-parse", "HEAD")
    if head is None or _git(root, "rev-parse", "--show-toplevel") != str(root.resolve()):
        return None
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *FOLDERS)
    return head + ("+" if changed else "")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def described(run: Mapping[str, Any]) -> str:
    """A phrase: "commit 44397a3 on 2026-11-29"."""
    found = run.get("commit")
    return (
        f"{'commit ' + found[:12] if found else 'no commit'}, {run.get('date', 'an unknown day')}"
    )
