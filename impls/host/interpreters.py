"""Finds the Python interpreters on this machine, by running each one.

A name proves nothing: ``python3.9`` may be a shim for a version that is not installed, or the
``bin/python`` of a virtualenv. So every candidate is started once, with a time limit, and says
itself what it is. Only what answered is an interpreter.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROBE_SECONDS = 30.0
"""How long one interpreter may take to say what it is (normally 0.05 to 0.1)."""

_NAME = re.compile(r"(?:python2\.7|python3(?:\.\d+)?|pypy3(?:\.\d+)?)\Z")

# The markers keep the answer apart from anything a wrapper prints. Python 2.7 and 3.
_PROBE = r"""
import json, os, sys, sysconfig
try:
    import ssl
    openssl, trouble = ssl.OPENSSL_VERSION, None
except Exception as error:
    openssl, trouble = None, "%s: %s" % (type(error).__name__, error)
if "__pypy__" in sys.builtin_module_names:
    implementation = "pypy"
else:
    implementation = sys.implementation.name if hasattr(sys, "implementation") else "cpython"
paths = sysconfig.get_paths()
headers = any(
    os.path.isfile(os.path.join(paths[name], "Python.h"))
    for name in ("include", "platinclude") if name in paths
)
# What the dynamic loader really gave: only Linux has this file.
library = loaded = None
try:
    with open("/proc/self/maps") as maps:
        files = [line.split(None, 5)[-1].strip() for line in maps if "/lib" in line]
    names = dict((os.path.basename(file).partition(".")[0], file) for file in files)
    library = names.get("libssl")
    if "libcrypto" in names:
        import ctypes
        version = ctypes.CDLL(names["libcrypto"]).OpenSSL_version
        version.restype = ctypes.c_char_p
        loaded = version(0).decode("ascii")
except Exception:
    pass
print("<<<" + json.dumps({
    "implementation": implementation,
    "version": list(sys.version_info),
    "executable": sys.executable,
    "openssl": openssl,
    "loaded": loaded,
    "library": library,
    "trouble": trouble,
    "headers": headers,
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
}) + ">>>")
"""


_PATHS = ("executable", "library", "prefix", "base", "given")

MANIFEST = "prefix.json"
"""The file that makes a folder a prefix of another release."""

BASE = "base"
"""The symbolic link, two folders above a launcher's name, to the interpreter that it starts."""


class InterpreterError(Exception):
    """A named interpreter that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Interpreter:
    """One Python that really runs, as it described itself."""

    implementation: str
    """``cpython`` or ``pypy``."""
    version_info: tuple[int, int, int, str, int]
    """As ``sys.version_info``; for PyPy the version of the language."""
    executable: Path
    """The real file: no symbolic link, shim or virtualenv."""
    openssl: str | None
    """``ssl.OPENSSL_VERSION`` at run time, or None where ``import ssl`` fails.

    PyPy gives the one it was compiled with: see ``loaded``.
    """
    trouble: str | None
    """Why ``import ssl`` fails, or None."""
    headers: bool
    """Whether Python.h is there, so that extensions can be built."""
    free_threaded: bool
    """Whether this is a build without the global interpreter lock."""
    source: str
    """Where it was found: ``option``, ``PATH``, ``pyenv``, ``uv``, ``host`` or ``fetched``."""
    loaded: str | None = None
    """What the libcrypto in its process says that it is; None where that cannot be found out."""
    library: Path | None = None
    """The libssl in its process; None where that is not known, or there is no such file."""
    prefix: Path | None = None
    """The prefix of another release that ``executable`` is in, or is a launcher in."""
    base: Path | None = None
    """For a launcher, the interpreter that it starts on the prefix's OpenSSL; else None."""
    extension_openssl: str | None = None
    """The OpenSSL that an extension built for it runs on, where that is not the one of its own
    ``_ssl``: then nothing but such an extension belongs to that lane."""
    given: Path | None = None
    """The path that a person gave, where it is another: that of a virtualenv's Python."""

    @property
    def minor(self) -> str:
        """``3.13``: what implementations are named by."""
        return f"{self.version_info[0]}.{self.version_info[1]}"

    @property
    def version(self) -> str:
        """``3.13.0`` or ``3.15.0a1``."""
        major, minor, micro, level, serial = self.version_info
        suffix = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(level)
        return f"{major}.{minor}.{micro}" + (f"{suffix}{serial}" if suffix else "")

    @property
    def command(self) -> tuple[str, ...]:
        """What starts it; arguments are added."""
        return (str(self.given or self.executable),)

    @property
    def openssl_version(self) -> tuple[int, int, int] | None:
        """``(3, 6, 5)`` at run time; None without ssl or with a library that is not OpenSSL."""
        found = re.match(r"OpenSSL (\d+)\.(\d+)\.(\d+)", self.loaded or self.openssl or "")
        return (int(found[1]), int(found[2]), int(found[3])) if found and self.openssl else None

    @property
    def lane(self) -> str | None:
        """The OpenSSL series that its own ``_ssl`` runs on, as ``lane_of`` names it."""
        return None if self.openssl_version is None else lane_of(self.openssl_version)

    @property
    def final(self) -> bool:
        """Whether this is a released Python, not an alpha, beta or candidate."""
        return self.version_info[3] == "final"

    def __str__(self) -> str:
        name = {"cpython": "CPython", "pypy": "PyPy"}.get(self.implementation, self.implementation)
        return f"{name} {self.version}, {self.openssl or 'no ssl'}"

    def to_plain(self) -> dict[str, Any]:
        """A dictionary of plain values, for another process (a pytest-xdist worker)."""
        return {
            **asdict(self),
            "version_info": list(self.version_info),
            **{name: None if path is None else str(path) for name, path in self._paths().items()},
        }

    def _paths(self) -> dict[str, Path | None]:
        return {name: getattr(self, name) for name in _PATHS}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Interpreter:
        """What ``to_plain`` made of an interpreter, turned back."""
        return cls(
            **{
                **plain,
                "version_info": tuple(plain["version_info"]),
                **{name: None if plain.get(name) is None else Path(plain[name]) for name in _PATHS},
            }
        )


def lane_of(version: Sequence[int]) -> str:
    """The name of an OpenSSL series: ``3.6``, and ``1.1.1``, where the letter was the patch."""
    return ".".join(str(number) for number in version[: 2 if version[0] >= 3 else 3])


def find(
    explicit: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    timeout: float = PROBE_SECONDS,
) -> tuple[Interpreter, ...]:
    """The interpreters of this machine: one for each implementation and minor version.

    Where a person names a CPython 3, the one that is found beside it comes next: a build can be
    compared with what it was made from.

    Looked for in ``explicit`` (paths a person gave: each must run, else InterpreterError), PATH,
    pyenv's and uv's folders, and the Python this runs in. Of several with one minor version the
    explicit one wins; then one with a working ssl, one with the usual lock, the newest patch, one
    with headers, and last the one found first. Sorted: CPython before PyPy, older before newer.
    """
    variables = os.environ if environment is None else environment
    found = [
        _real(("option", Path(os.path.abspath(path.expanduser())))) for path in explicit
    ] + _without_repeats(_real(candidate) for candidate in _candidates(variables))
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda item: _ask(item[1], item[0], variables, timeout), found))
    for (source, path), answer in zip(found, answers, strict=True):
        if source != "option":
            continue
        if isinstance(answer, str):
            raise InterpreterError(
                f"{path} was named as an interpreter and is not one ({answer}); "
                "give the path of a Python executable that runs."
            )
    named_paths = zip(explicit, answers, strict=False)
    answers[: len(explicit)] = [
        answer if isinstance(answer, str) else _as_given(answer, path)
        for path, answer in named_paths
    ]
    best: dict[tuple[str, tuple[int, ...]], tuple[tuple[Any, ...], Interpreter]] = {}
    beside = dict(best)
    for position, answer in enumerate(answers):
        if isinstance(answer, str):
            continue
        key = (answer.implementation, answer.version_info[:2])
        named = best[key][1] if key in best and answer.source == "option" else answer
        if named.executable != answer.executable:
            raise InterpreterError(
                f"{named.executable} and {answer.executable} are both named, and a run has "
                f"one interpreter for each minor version: leave one of the two {answer.minor} out, "
                "or describe it in a TOML file of its own."
            )
        rank = (
            answer.source == "option",
            answer.openssl is not None,
            not answer.free_threaded,
            answer.version_info,
            answer.headers,
            -position,
        )
        if key not in best or rank > best[key][0]:
            best[key] = (rank, answer)
        other = best[key][1].executable != answer.executable
        if other and answer.source != "option" and (key not in beside or rank > beside[key][0]):
            beside[key] = (rank, answer)
    chosen = []
    for kind in sorted(best):
        _, first = best[kind]
        chosen.append(first)
        is_named = first.source == "option" and kind[0] == "cpython" and kind[1] >= (3,)
        _, second = beside.get(kind, best[kind])
        if is_named and second is not first and second.openssl:
            chosen.append(second)
    return tuple(chosen)


def probe(path: Path, source: str = "option", timeout: float = PROBE_SECONDS) -> Interpreter:
    """Ask the one interpreter at ``path`` what it is; InterpreterError says why it cannot tell."""
    _, real = _real((source, Path(os.path.abspath(path.expanduser()))))
    answer = _ask(real, source, os.environ, timeout)
    if isinstance(answer, str):
        raise InterpreterError(
            f"{path} is not a Python interpreter that runs ({answer}); "
            "give the path of one that does."
        )
    return _as_given(answer, path)


def _as_given(found: Interpreter, path: Path) -> Interpreter:
    """An interpreter that is started by the path that a person gave, unless that is a script.

    A script, as pyenv's shims are, needs variables that agents do not get.
    """
    given = Path(os.path.abspath(path.expanduser()))
    with open(given, "rb") as file:
        is_script = file.read(2) == b"#!"
    if is_script or given == found.executable:
        return found
    return dataclasses.replace(found, given=given)


def _candidates(variables: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Every place worth asking, in order, with the name of its source.

    pyenv's shims start what is in its own folder or elsewhere on PATH: to ask those takes a tenth
    of a second for each, and tells nothing new.
    """
    home = variables.get("HOME") or os.path.expanduser("~")
    pyenv = Path(variables.get("PYENV_ROOT") or Path(home, ".pyenv"))
    for folder in variables.get("PATH", "").split(os.pathsep):
        if folder and Path(folder) != pyenv / "shims":
            names = _names(Path(folder))
            yield from (("PATH", Path(folder, name)) for name in names if _NAME.match(name))
    versions = pyenv / "versions"
    yield from (("pyenv", versions / name / "bin" / "python") for name in _names(versions))
    data = variables.get("XDG_DATA_HOME") or Path(home, ".local", "share")
    uv = Path(variables.get("UV_PYTHON_INSTALL_DIR") or Path(data, "uv", "python"))
    yield from (("uv", uv / name / "bin" / "python") for name in _names(uv))
    if sys.executable:
        yield "host", Path(sys.executable)


def _names(folder: Path) -> list[str]:
    """The names in a folder, 3.9 before 3.10; none where it cannot be read."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(
        names,
        key=lambda name: [
            (int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)
        ],
    )


def _real(candidate: tuple[str, Path]) -> tuple[str, Path]:
    """The candidate with the virtualenvs and symbolic links around it taken off."""
    source, path = candidate
    for _ in range(4):
        outside = _outside_virtualenv(path)
        if outside is None or outside == path:
            break
        path = outside
    return source, Path(os.path.realpath(path))


def _outside_virtualenv(path: Path) -> Path | None:
    """The interpreter that a virtualenv's ``bin/python`` was made from; None for any other."""
    for folder in (path.parent, path.parent.parent):
        try:
            lines = (folder / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        pairs = (line.partition("=") for line in lines)
        settings = {name.strip().lower(): value.strip() for name, _, value in pairs}
        for name in ("base-executable", "executable"):
            if os.path.isfile(settings.get(name, "")):
                return Path(settings[name])
        home = settings.get("home", "")
        minor = ".".join(settings.get("version", settings.get("version_info", "")).split(".")[:2])
        for base in (path.name, f"python{minor}", "python3", "python", "pypy3"):
            if home and os.path.isfile(os.path.join(home, base)):
                return Path(home, base)
    return None


def _without_repeats(candidates: Iterable[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Each executable file once, where it was found first."""
    seen: dict[Path, str] = {}
    for source, path in candidates:
        if os.access(path, os.X_OK) and path.is_file():
            seen.setdefault(path, source)
    return [(source, path) for path, source in seen.items()]


def _ask(
    path: Path, source: str, variables: Mapping[str, str], timeout: float
) -> Interpreter | str:
    """Run the probe in one interpreter; a string says why it is not one."""
    # What an agent gets, so that the OpenSSL is the one an agent will see, and pyenv's own
    # variables, without which its shims do not work.
    kept = {
        name: value
        for name, value in variables.items()
        if name in ("PATH", "HOME", "TMPDIR") or name.startswith("PYENV_")
    }
    try:
        process = subprocess.Popen(
            [str(path), "-S", "-E", "-s", "-B", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**kept, "LANG": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as error:
        return f"it does not start: {error.strerror or error}"
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        # The group, because a shim's child may hold the pipes; nobody else is in its session.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"no answer within {timeout:g} seconds"
    _, begin, rest = output.decode("utf-8", "replace").partition("<<<")
    answer, end, _ = rest.partition(">>>")
    if process.returncode == 0 and not (begin and end):
        return "it does not do what Python does"
    if process.returncode != 0:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        return f"exit status {process.returncode}" + (f": {lines[-1].strip()}" if lines else "")
    try:
        return _interpreter(json.loads(answer), source)
    except (ValueError, KeyError, TypeError):
        return "its answer makes no sense"


def _interpreter(said: dict[str, Any], source: str) -> Interpreter:
    major, minor, micro, level, serial = said["version"]
    executable = _real(("", Path(said["executable"])))[1]
    library, base = said.get("library"), executable.parent.parent / BASE
    prefixes = [each for each in executable.parents if (each / MANIFEST).is_file()]
    return Interpreter(
        implementation=str(said["implementation"]),
        version_info=(int(major), int(minor), int(micro), str(level), int(serial)),
        executable=executable,
        openssl=said["openssl"],
        trouble=said["trouble"],
        headers=bool(said["headers"]),
        free_threaded=bool(said["free_threaded"]),
        source=source,
        loaded=said.get("loaded"),
        library=Path(library) if library else None,
        prefix=prefixes[0] if prefixes else None,
        base=Path(os.path.realpath(base)) if prefixes and base.is_symlink() else None,
    )
