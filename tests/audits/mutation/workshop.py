"""Builds mutants: the changed file is compiled anew, everything else is there already."""

from __future__ import annotations

import dataclasses
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from impls.host.declarations import Implementation
from tests.audits.mutation.operators import Mutation

SOURCE = Path(__file__).resolve().parents[3] / "impls" / "backport"
PYTHON_HALF = "_tls_bootstrap.py"
EXTENSION = "__tls_bootstrap.so"
FLAGS = ("-w", "-O0")
"""Added to every compilation: a change need not be free of warnings, and must be made fast."""


class Stillborn(Exception):
    """A mutant that no compiler takes: no mutant at all."""


@dataclass(frozen=True)
class Command:
    """One of the commands with which setup.py builds."""

    words: tuple[str, ...]

    def run(self, folder: Path, more: tuple[str, ...] = ()) -> None:
        done = subprocess.run([*self.words, *more], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Stillborn(done.stderr.strip())

    def with_words(self, **changes: str) -> Command:
        """The same with some words replaced."""
        return Command(tuple(changes.get(word, word) for word in self.words))


class Workshop:
    """A copy of the sources with its objects, and a folder for each mutant beside it."""

    def __init__(self, folder: Path, python: Path, flags: str = "") -> None:
        """`flags` are the compiler's and the linker's too, besides those of setup.py."""
        self.folder = folder
        self.python = python
        self.sources = folder / "sources"
        shutil.copytree(SOURCE, self.sources, ignore=shutil.ignore_patterns("__pycache__"))
        environment = {**os.environ, "CFLAGS": f"{flags} {' '.join(FLAGS)}", "LDFLAGS": flags}
        command = [str(python), "setup.py", "build", "--build-base", str(folder / "objects")]
        done = subprocess.run(
            [*command, "--build-lib", str(folder / "built")],
            cwd=self.sources,
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"The backport cannot be built: {done.stderr.strip()[-400:]}")
        self.built = folder / "built"
        self._compile: dict[str, Command] = {}
        for line in done.stdout.splitlines():
            words = tuple(shlex.split(line))
            files = [word for word in words if word.endswith(".c")]
            if "-c" in words and len(files) == 1:
                self._compile[files[0]] = Command(words)
            elif "-shared" in words:
                self._link = Command(words)

    def text(self, file: str) -> str:
        return (self.sources / file).read_text("utf-8")

    def make(self, mutation: Mutation) -> Path:
        """Build a mutant; the folder to put on sys.path. Raises Stillborn."""
        place = self.folder / mutation.id
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.built, place, ignore=shutil.ignore_patterns("*.pyc"))
        changed = mutation.applied(self.text(mutation.file))
        if mutation.file == PYTHON_HALF:
            (place / PYTHON_HALF).write_text(changed, "utf-8")
            return place
        (place / mutation.file).write_text(changed, "utf-8")
        compiling = self._compile[mutation.file]
        known = compiling.words[compiling.words.index("-o") + 1]
        fresh = str(place / "changed.o")
        source = str(place / mutation.file)
        more = ("-I", str(self.sources), *FLAGS)
        compiling.with_words(**{mutation.file: source, known: fresh}).run(self.sources, more)
        linked = self._link.words[self._link.words.index("-o") + 1]
        library = str(place / EXTENSION)
        self._link.with_words(**{known: fresh, linked: library}).run(self.sources)
        return place

    def clear(self, mutation: Mutation) -> None:
        shutil.rmtree(self.folder / mutation.id, ignore_errors=True)


def using(implementation: Implementation, place: Path, name: str, timeout: float) -> Implementation:
    """An implementation as it is, but built elsewhere."""
    return dataclasses.replace(
        implementation,
        id=f"{name}-{implementation.id}",
        role="candidate",
        path=(str(place),),
        build=None,
        operation_timeout=timeout,
    )
