"""Implementations declared for a test, and a machine with interpreters that nobody starts."""

from __future__ import annotations

from pathlib import Path

from impls.host.declarations import load
from impls.host.interpreters import Interpreter
from impls.host.selection import Registry, resolve

GOOD = """
id = "mine"
describe = "Mine"
role = "candidate"
interpreter = "cpython 2.7"
"""


def interpreter(
    minor: str,
    implementation: str = "cpython",
    *,
    level: str = "final",
    openssl: str | None = "OpenSSL 3.0.1",
    headers: bool = True,
    source: str = "PATH",
) -> Interpreter:
    major, small = map(int, minor.split("."))
    return Interpreter(
        implementation=implementation,
        version_info=(major, small, 1, level, 0),
        executable=Path(f"/opt/{implementation}{minor}"),
        openssl=openssl,
        trouble=None if openssl else "ImportError: No module named _ssl",
        headers=headers,
        free_threaded=False,
        source=source,
    )


MACHINE = tuple(interpreter(minor) for minor in ("2.7", "3.9", "3.10", "3.13"))


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def resolved(folder: Path, *texts: str, machine: tuple[Interpreter, ...] = MACHINE) -> Registry:
    """The implementations of this project and those of these texts, on a machine."""
    files = [write(folder, text, f"{number}.toml") for number, text in enumerate(texts)]
    return resolve(load(files), machine)
