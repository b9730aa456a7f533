"""Builds an implementation for one interpreter, once.

What is built is kept under a key made of everything that went into it: the content of every
source file, the command, the interpreter, the compiler and its flags. Another key is another
folder, so nothing stale is ever reused; and the build sees no other variables than those in the
key, so nothing outside it can make a difference. Beside each folder are the digests of its files:
where these no longer fit, it is built anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host.cache import CACHE_VARIABLE, locked, progress
from impls.host.interpreters import Interpreter
from impls.host.prefix import Prefix

PLACEHOLDERS = ("python", "output", "temporary")
"""What a command's words may contain in braces: the executable, where the result must go, and a
folder for what comes between."""

FLAGS = [
    "CC",
    "CXX",
    "CPP",
    "AR",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "LDSHARED",
    "BASECFLAGS",
    "ARFLAGS",
    "ARCHFLAGS",
    "CPATH",
    "C_INCLUDE_PATH",
    "LIBRARY_PATH",
    "PKG_CONFIG",
    "PKG_CONFIG_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "SDKROOT",
]
"""The variables that a build is given besides PATH, HOME and TMPDIR, and that are in its key."""

BUILD_SECONDS = 600.0
"""How long one build may take."""

_DROPPINGS = ("__pycache__", "build", "dist", "*.egg-info", "*.pyc", "*.o", "*.so", ".*")
_REPEATS = 3
_LAST_LINES = 15
_ERROR = re.compile(r"\berror\b", re.IGNORECASE)


class BuildError(Exception):
    """A build that failed: one sentence, then where the log is and how it ends."""


@dataclass(frozen=True)
class BuildTable:
    """How an implementation is built: the ``[build]`` table of its TOML file."""

    source: Path
    """The folder it is built from and in which the command runs."""
    command: tuple[str, ...]
    """Words, with the PLACEHOLDERS in braces."""


def build(
    table: BuildTable,
    interpreter: Interpreter,
    cache_root: Path,
    timeout: float = BUILD_SECONDS,
) -> Path:
    """The folder to put on ``sys.path``, built now or, from just the same things, before.

    Several processes may ask at once: one builds and the others wait for it. A failed build is
    not kept, except for those who waited for it: they get the same BuildError.
    """
    requested = time.time_ns()
    root = cache_root / "builds"
    for _ in range(_REPEATS):
        try:
            key = _key(table, interpreter)
        except OSError as error:
            raise BuildError(
                f"The files to build {table.source.name} from cannot be read "
                f"({error.filename}: {error.strerror}); check [build] source."
            ) from error
        final = root / f"{table.source.name}-{interpreter.minor}-{key}"
        digests = root / f"{final.name}.digests"
        if _is_whole(final, digests):
            return final
        failure = root / f"{final.name}.failed"
        log = root / f"{final.name}.log"
        try:
            with locked(root / f"{final.name}.lock"):
                if _is_whole(final, digests):
                    return final
                if failure.exists() and failure.stat().st_mtime_ns > requested:
                    raise BuildError(failure.read_text("utf-8"))
                unfinished = f"unfinished-{final.name}-"
                for orphan in root.glob(f"{unfinished}*"):  # of one that was killed
                    shutil.rmtree(orphan, ignore_errors=True)
                if final.is_dir():
                    why = "is damaged" if digests.exists() else "has no digests"
                    progress(f"The build {final.name} {why}: it is built anew.")
                with tempfile.TemporaryDirectory(dir=root, prefix=unfinished) as scratch:
                    output = Path(scratch, "output")
                    trouble = _run(table, interpreter, output, Path(scratch), log, timeout)
                    if _key(table, interpreter) != key:
                        continue  # somebody edited the source meanwhile: nobody knows what this is
                    if trouble:
                        failure.write_text(trouble, "utf-8")
                        raise BuildError(trouble)
                    failure.unlink(missing_ok=True)
                    # The digests come first: a folder without any would be built once more.
                    fresh = Path(scratch, "digests")
                    fresh.write_text(json.dumps(_digests(output), indent=1), "utf-8")
                    if final.is_dir():
                        os.rename(final, Path(scratch, "damaged"))
                    os.replace(fresh, digests)
                    os.rename(output, final)
                    return final
        except OSError as error:
            raise BuildError(
                f"{table.source.name} cannot be built in the cache folder {root} "
                f"({error.strerror or error}); name another one with "
                f"{CACHE_VARIABLE}."
            ) from error
    raise BuildError(
        f"The files in {table.source} changed during each of {_REPEATS} builds; "
        "run again when they are at rest."
    )


def _digests(folder: Path) -> dict[str, str]:
    """The digest of every file in a folder, except bytecode: Python itself writes that."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def _is_whole(folder: Path, digests: Path) -> bool:
    """Whether every file of a build is there as it was built; more may have come beside them."""
    try:
        wanted: dict[str, str] = json.loads(digests.read_text("utf-8"))
        return wanted.items() <= _digests(folder).items()
    except (OSError, ValueError, AttributeError):
        return False


def _run(
    table: BuildTable,
    interpreter: Interpreter,
    output: Path,
    scratch: Path,
    log: Path,
    timeout: float,
) -> str | None:
    """Run the command; what went wrong, or None when ``output`` holds the result."""
    temporary = scratch / "temporary"
    home = scratch / "tmp"
    for folder in (output, temporary, home):
        folder.mkdir()
    places = {
        "python": str(interpreter.executable),
        "output": str(output),
        "temporary": str(temporary),
    }
    command = [_filled(word, places) for word in table.command]
    what = f"Building {table.source.name} for {interpreter}"
    variables = {"TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    with open(log, "wb") as file:
        file.write(f"in {table.source}: {json.dumps(command)}\n\n".encode())
        file.flush()
        try:
            status = subprocess.run(
                command,
                cwd=table.source,
                env={**_environment(interpreter), **variables},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=timeout,
            ).returncode
        except subprocess.TimeoutExpired:
            return _with_log(f"{what} took more than {timeout:g} seconds.", log)
        except OSError as error:
            reason = f"{command[0]}: {error.strerror or error}"
            return _with_log(f"{what} could not start its command ({reason}).", log)
    if status != 0:
        hint = "" if interpreter.headers else ", and this Python has no Python.h: install it"
        return _with_log(f"{what} failed with exit status {status}{hint}.", log)
    if not any(output.iterdir()):
        return _with_log(f"{what} went well but left {{output}} empty; check its command.", log)
    return None


def _with_log(sentence: str, log: Path) -> str:
    """The sentence, with the place and the end of the log, and the first error before it."""
    lines = log.read_text("utf-8", "replace").rstrip().splitlines()
    last = lines[-_LAST_LINES:]
    early = [line for line in lines[1:-_LAST_LINES] if _ERROR.search(line)]  # after the command
    shown = [early[0], "...", *last] if early else last
    return "\n".join([sentence, f"The log is {log} and ends:", *(f"  {line}" for line in shown)])


def _filled(word: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        word = word.replace("{" + name + "}", value)
    return word


def _environment(interpreter: Interpreter) -> dict[str, str]:
    """The variables that a build is given from the caller's.

    For an interpreter on the OpenSSL of a prefix, that OpenSSL's headers and libraries come first.
    """
    kept = ("PATH", "HOME", *FLAGS)
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    prefix = Prefix.read(interpreter.prefix) if interpreter.prefix else None
    for name, flags in prefix.compile_flags.items() if prefix else ():
        variables[name] = f"{flags} {variables.get(name, '')}".strip()
    return {**variables, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def _key(table: BuildTable, interpreter: Interpreter) -> str:
    """A hash of everything that a build depends on."""
    digest = hashlib.sha256()

    def add(*parts: object) -> None:
        digest.update(json.dumps([str(part) for part in parts]).encode() + b"\n")

    environment = _environment(interpreter)
    add("command", *table.command)
    add("interpreter", interpreter, interpreter.implementation, *_file(interpreter.executable))
    compiler = shutil.which((environment.get("CC") or "cc").split(" ")[0])
    add("compiler", *(_file(Path(os.path.realpath(compiler))) if compiler else ()))
    for name in FLAGS:
        add(name, environment.get(name, ""))
    # The source's own place goes into debugging information.
    add("source", table.source)
    for path in _sources(table.source):
        add(path.relative_to(table.source), hashlib.sha256(path.read_bytes()).hexdigest())
    return digest.hexdigest()[:20]


def _file(path: Path) -> Sequence[object]:
    """A file as another version of it would differ."""
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns


def _sources(folder: Path) -> list[Path]:
    """Every file under ``folder`` that somebody wrote, in a fixed order."""
    found: list[Path] = []
    for path in folder.iterdir():
        if any(path.match(pattern) for pattern in _DROPPINGS):
            continue
        if path.is_dir():
            found += _sources(path)
        else:
            found.append(path)
    return sorted(found)
