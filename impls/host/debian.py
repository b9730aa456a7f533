"""Debian's packages, and those of its kin, without touching the system.

Other releases than the machine's own lie on the same mirror. An `Archive` asks apt for one of them
with a state of its own (lists, cache, no dpkg database): nothing of the system's is read but its
sources, keys and proxy settings, and nothing of it changes. apt resolves what depends on what,
downloads and verifies; `unpack` is `dpkg-deb -x` into a folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NETWORK_SECONDS = 300.0
"""How long one apt command may take (normally 1 to 5)."""

TOOLS = ("apt-get", "apt-cache", "apt-config", "dpkg-deb")


class DebianError(Exception):
    """Why something cannot be had and what to do, in one sentence."""


class CommandError(Exception):
    """A command failed: its name and the last thing it printed."""


@dataclass(frozen=True)
class Suite:
    """One release, and how to look it up."""

    family: str
    """``debian`` or ``ubuntu``."""
    name: str
    openssl: str
    """The OpenSSL that it had when this was written: where to look first, never believed."""
    component: str = "main"
    rest: str = ""
    """Another suite with what a partial one, such as experimental, does not have."""

    def __str__(self) -> str:
        return f"{self.family.capitalize()} {self.name}"


SUITES: tuple[Suite, ...] = (
    Suite("debian", "forky", "3.6"),
    Suite("debian", "sid", "3.6"),
    Suite("debian", "trixie", "3.5"),
    Suite("debian", "bookworm", "3.0"),
    Suite("debian", "bullseye", "1.1.1"),
    Suite("debian", "experimental", "4.0", rest="forky"),
    Suite("ubuntu", "resolute", "3.5", "universe"),
    Suite("ubuntu", "questing", "3.5", "universe"),
    Suite("ubuntu", "noble", "3.0", "universe"),
    Suite("ubuntu", "jammy", "3.0", "universe"),
    Suite("ubuntu", "focal", "1.1.1", "universe"),
)
"""Every release that is looked into, in the order in which "the newest" is tried."""

_FAMILIES = {
    "debian": "stable|oldstable|oldoldstable|testing|unstable|sid|"
    "bullseye|bookworm|trixie|forky|duke",
    "ubuntu": "focal|jammy|noble|oracular|plucky|questing|resolute|devel",
}


def is_debian() -> bool:
    """Whether this machine has the tools that packages are fetched with."""
    return sys.platform.startswith("linux") and all(map(shutil.which, TOOLS))


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
            ("Suites", f"{suite.name} {suite.rest}".strip()),
            ("Components", " ".join(components)),
            *self.options,
        )
        return "".join(f"{name}: {value}\n" for name, value in fields)


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
    output = run(
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


def machine_suite() -> Suite:
    """The release that this machine runs; raises CommandError where its name is unknown."""
    found = {}
    with contextlib.suppress(OSError):
        for line in Path("/etc/os-release").read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition("=")
            found[name] = value.strip("\"'")
    # A derivative names what it derives from in a key of its own.
    for family, key in (("debian", "DEBIAN_CODENAME"), ("ubuntu", "UBUNTU_CODENAME")):
        own = found.get("VERSION_CODENAME") if found.get("ID") == family else None
        codename = found.get(key) or own
        if codename:
            return Suite(family, codename, "")
    raise CommandError("the release of this machine has no name that is known")


# How: apt with a state of its own


class Archive:
    """The packages of one suite on one mirror, through an apt of its own in ``folder``."""

    def __init__(self, folder: Path, source: Source, suite: Suite, kind: str = "deb") -> None:
        """Fetch the index, of binary ("deb") or source ("deb-src") packages.

        Raises CommandError.
        """
        for name in ("state/lists/partial", "cache/archives/partial", "sources", "packages"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources" / "own.sources").write_text(source.stanza(suite, kind), "utf-8")
        # Read last by apt, so it wins over the system's settings; those for proxies stay.
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
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Default-Release "{suite.name}";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
APT::Sandbox::User "";
Debug::NoLocking "true";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
""",
            "utf-8",
        )
        self._packages = folder / "packages"
        self._options = ["-q", "-c", str(folder / "apt.conf")]
        self._apt("update")

    def _apt(self, *words: str) -> str:
        return run(["apt-get", *self._options, *words], self._packages, NETWORK_SECONDS)

    def version(self, package: str) -> str | None:
        """The version that the suite has of a package, without epoch and revision."""
        try:
            shown = run(["apt-cache", *self._options, "show", "--no-all-versions", package])
        except CommandError:
            return None
        found = re.search(r"^Version: (?:\d+:)?([^-+~\s]+)", shown, re.MULTILINE)
        return found[1] if found else None

    def names(self, start: str) -> list[str]:
        """The packages whose names begin so."""
        return sorted(run(["apt-cache", *self._options, "pkgnames", start]).split())

    def with_dependencies(self, packages: Sequence[str]) -> list[str]:
        """The packages and all that they depend on, by apt; raises CommandError."""
        lines = self._apt("install", "--yes", "--print-uris", *packages).splitlines()
        words = [line.split() for line in lines if line.startswith("'")]
        return [file.partition("_")[0] for _, file, *_ in words]

    def download(self, packages: Sequence[str]) -> list[Path]:
        """The files of these packages, verified by apt; raises CommandError."""
        self._apt("download", *packages)
        found = {path.name.partition("_")[0]: path for path in self._packages.glob("*.deb")}
        lacking = [name for name in packages if name not in found]
        if lacking:
            raise CommandError(f"apt-get download left {lacking[0]} out")
        return [found[name] for name in packages]

    def download_source(self, package: str) -> Path:
        """The ``.dsc`` file of a source package, with what belongs to it; raises CommandError."""
        self._apt("source", "--download-only", package)
        found = sorted(self._packages.glob(f"{package}_*.dsc"))
        if len(found) != 1:
            raise CommandError(f"apt-get source left {package} out")
        return found[0]


def unpack(packages: Iterable[Path], folder: Path) -> None:
    """Lay the packages' files into ``folder``, and run nothing of theirs; raises CommandError."""
    for package in packages:
        run(["dpkg-deb", "-x", str(package), str(folder)])


def run(command: Sequence[str], folder: Path | None = None, timeout: float = 60.0) -> str:
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
        raise CommandError(f"{name} took more than {timeout:g} seconds") from error
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror or error}") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        # apt's errors begin so, and the first is the cause; others end with what matters.
        errors = [line for line in lines if line.startswith("E: ")] or lines[-1:]
        complaint = errors[0].removeprefix("E: ").rstrip(". ") if errors else ""
        # Of an address only the file's name: reports that people keep name no host.
        complaint = re.sub(r" *\[IP: [^]]*\]", "", re.sub(r"\w+://\S*/(\S)", r"\1", complaint))
        raise CommandError(f"{name}: {complaint}" if complaint else f"{name} failed")
    return done.stdout
