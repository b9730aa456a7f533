"""CPython built from Debian's source package, once, against the OpenSSL that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from impls.host import interpreters, prerequisites
from impls.host.cache import CACHE_VARIABLE, cache_folder, locked, progress
from impls.host.debian import (
    SUITES,
    Archive,
    CommandError,
    DebianError,
    is_debian,
    machine_suite,
    system_sources,
    unpack,
)
from impls.host.interpreters import Interpreter

RECIPE = 1
"""Goes into the folder's name: raise it when what is made here changes."""

STANDARD = "-std=gnu11"
"""The C that these sources are in: 2.7's are not in that of 2023, which newer compilers take."""

_BUILD_SECONDS = 1800.0


@dataclass(frozen=True)
class SourcePackage:
    """A source package of CPython, and where it is to be had."""

    name: str
    """Of the package and of the executable: ``python2.7``."""
    releases: tuple[str, ...]
    """Those that have it, in the order in which they are tried."""
    takes: str
    """How long a build takes: "about a minute"."""
    by_hand: str
    """What a person can do instead, for a sentence."""


def on_this_openssl(
    source: SourcePackage, options: Sequence[str], cache: Path | None
) -> Interpreter:
    """A CPython with headers on this machine's OpenSSL, built when not yet in ``cache``.

    Raises DebianError, which says in one sentence why there is none.
    """
    root = cache_folder() if cache is None else cache
    name = f"CPython {source.name.removeprefix('python')}"
    if not is_debian():
        raise DebianError(
            f"{name} is built only on Debian and its kin, and this is not; {source.by_hand}."
        )
    openssl = prerequisites.openssl_headers()
    if openssl is None:
        check_prerequisites(name, source.by_hand)
        raise DebianError(
            f"The headers of OpenSSL here are not those of an OpenSSL, so no {name} can be "
            f"built against it; {source.by_hand}."
        )
    series = interpreters.lane_of([int(number) for number in re.findall(r"\d+", openssl)])
    final = root / f"c{source.name}-openssl{series}-{os.uname().machine}-{RECIPE}"
    executable = built(final, options, f"{name} against OpenSSL {openssl}", source)
    found = interpreters.probe(executable, "fetched")
    if found.openssl is None or found.lane != series or not found.headers:
        raise DebianError(
            f"The {name} that was built in {final} is not one on OpenSSL {series} "
            f"({found}, {found.trouble}); delete that folder, or {source.by_hand}."
        )
    return found


def built(
    final: Path,
    options: Sequence[str],
    what: str,
    source: SourcePackage,
    further: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """The executable of a CPython configured with ``options``, in the folder ``final``.

    ``further`` has variables that the build gets besides those of this process, such as where
    another OpenSSL is; their words come before what is there. Several processes may want it at
    once; one builds. Raises DebianError in one sentence.
    """
    final = final.absolute()
    root, executable = final.parent, final / "bin" / source.name
    if re.search(r"\s", str(final)):
        raise DebianError(
            f"{what} cannot be built in a folder with a space in its name, such as {root}; "
            f"set {CACHE_VARIABLE} to another one, or {source.by_hand}."
        )
    log = root / f"{final.name}.log"
    try:
        with locked(root / f"{final.name}.lock"):
            if executable.exists():
                return executable
            check_prerequisites(what, source.by_hand)
            for orphan in root.glob(f"{final.name}-*"):  # of one that was killed
                shutil.rmtree(orphan, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=root, prefix=f"{final.name}-") as scratch:
                progress(f"Fetching the source of {what}.")
                tree = fetch_source(Path(scratch), source)
                variables = _with_tools(Path(scratch), what)
                for name, words in further.items():
                    variables[name] = f"{words} {variables.get(name, '')}".rstrip()
                variables["CFLAGS"] = f"{STANDARD} {variables.get('CFLAGS', '')}".rstrip()
                progress(f"Building {what}, which takes {source.takes}; the log is {log}.")
                installed = Path(scratch, "installed")
                for command in (
                    ["./configure", f"--prefix={final}", *options],
                    ["make", f"-j{os.cpu_count() or 1}"],
                    ["make", "install", f"DESTDIR={installed}"],
                ):
                    _logged(command, tree, log, variables, what)
                place = installed / final.relative_to("/")
                if not (place / "bin" / executable.name).exists():
                    raise DebianError(f"{what} was built and is not where it belongs; see {log}.")
                os.rename(place, final)
    except OSError as error:
        raise DebianError(
            f"The folder {root} cannot be used to build {what} ({error.strerror or error}); "
            f"set {CACHE_VARIABLE} to one that can, or {source.by_hand}."
        ) from error
    return executable


def check_prerequisites(what: str, by_hand: str) -> None:
    """Raise DebianError, one sentence, where this machine lacks what building ``what`` needs."""
    lacking = prerequisites.missing(prerequisites.BACKPORT)
    if lacking:
        raise DebianError(f"{prerequisites.complaint(lacking, f'to build {what}')} (or {by_hand}).")


def _with_tools(scratch: Path, what: str) -> dict[str, str]:
    """The variables for a build: those of this process, and what the machine lacks for it.

    That is fetched from the machine's own release and unpacked below ``scratch``.
    """
    variables = dict(os.environ)
    lacking = prerequisites.missing(prerequisites.PYTHON27)
    if not lacking:
        return variables
    wanted = [each.package for each in lacking]
    folder = scratch / "tools"
    try:
        suite = machine_suite()
        (source, *_) = [one for one in system_sources() if one.family == suite.family]
        archive = Archive(scratch / "apt-tools", source, suite)
        # With the libraries that the headers are of, but not with the C library's headers.
        names = [
            name
            for name in archive.with_dependencies(wanted)
            if re.fullmatch(r"make|zlib1g.*|libffi.*", name)
        ]
        unpack(archive.download(names), folder)
    except (CommandError, ValueError) as error:
        sentence = prerequisites.complaint(lacking, f"to build {what}")
        raise DebianError(f"{sentence} ({error}).") from error
    usr = folder / "usr"
    libraries = [path for path in usr.glob("lib/*-linux-*") if path.is_dir()]
    headers = [usr / "include", *(usr / "include" / path.name for path in libraries)]
    for name, added, separator in (
        ("PATH", [str(usr / "bin")], ":"),
        ("CPPFLAGS", [f"-I{path}" for path in headers], " "),
        ("LDFLAGS", [f"-L{path}" for path in libraries], " "),
    ):
        before = [variables[name]] if variables.get(name) else []
        variables[name] = separator.join([*added, *before])
    return variables


def fetch_source(scratch: Path, wanted: SourcePackage) -> Path:
    """The unpacked source of a release's CPython, as it was released, below ``scratch``.

    DebianError says in one sentence why there is none.
    """
    trouble = "no Debian or Ubuntu mirror is configured for apt"
    try:
        choices = [
            (source, suite)
            for name in wanted.releases
            for suite in SUITES
            for source in system_sources()
            if suite.name == name and suite.family == source.family
        ]
        for number, (source, suite) in enumerate(choices):
            folder = scratch / f"{number}-{suite.name}"
            try:
                archive = Archive(folder, source, suite, "deb-src")
                description = archive.download_source(wanted.name)
            except CommandError as error:
                trouble = f"{suite}: {error}"
                continue
            return _unpacked(description, folder / "tree")
    except CommandError as error:
        trouble = str(error)
    name = wanted.name.removeprefix("python")
    raise DebianError(
        f"The source of CPython {name} cannot be fetched ({trouble}); {wanted.by_hand}."
    )


def _unpacked(description: Path, folder: Path) -> Path:
    """The upstream part of a source package, unpacked: the only folder in it."""
    try:
        pattern = f"{description.name.partition('_')[0]}_*.orig.tar.*"
        found = description.parent.glob(pattern)
        (archive,) = (each for each in found if each.suffix != ".asc")  # its signature
        with tarfile.open(archive) as file:
            if hasattr(tarfile, "data_filter"):
                file.extractall(folder, filter="data")
            else:
                file.extractall(folder)
        (tree,) = folder.iterdir()
    except (ValueError, tarfile.TarError) as error:
        raise CommandError(f"the source package is not as expected: {error}") from error
    return tree


def _logged(
    command: Sequence[str], folder: Path, log: Path, variables: Mapping[str, str], what: str
) -> None:
    """Run one command of a build; raises DebianError with the last lines that it printed."""
    try:
        with open(log, "wb") as file:
            subprocess.run(
                command,
                cwd=folder,
                env=dict(variables),
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                timeout=_BUILD_SECONDS,
            )
    except (subprocess.SubprocessError, OSError) as error:
        end = " ".join(log.read_text("utf-8", "replace").split("\n")[-4:]).strip()
        raise DebianError(
            f"{what} could not be built ({command[0]}: {type(error).__name__}); {log} ends: {end}"
        ) from None
