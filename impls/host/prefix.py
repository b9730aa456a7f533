"""A prefix: the OpenSSL and the Pythons of another release, unpacked in a folder of the cache.

Everything in it is started through a launcher, a shell script of one line that runs a program with
the dynamic loader and the libraries of the prefix. So an interpreter of this machine runs on the
prefix's OpenSSL as well, and nothing is patched or built. The C library is the newer of the two:
the prefix's own where it is newer than the machine's, and otherwise the machine's, for extensions
that are built here need at least that.

A prefix has a manifest, written last: a folder without one is what a killed process left.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impls.host import interpreters
from impls.host.cache import CACHE_VARIABLE, cache_folder, locked, progress
from impls.host.debian import (
    SUITES,
    Archive,
    CommandError,
    DebianError,
    Source,
    Suite,
    is_debian,
    system_sources,
    unpack,
)
from impls.host.interpreters import BASE, MANIFEST, Interpreter, lane_of
from impls.host.relink import relink, source_of

RECIPE = 1
"""Goes into a prefix's name: raise it when what is made here changes."""

NEWEST = "newest"
"""In place of an OpenSSL series: that of the newest release that can be had."""

STALE_SECONDS = 24 * 3600.0
"""After this long a prefix that lacks something is made again."""

_LIBC = re.compile(r"libc6|libgcc-s1")
_NEEDLESS = re.compile(
    # What installing runs, and data that is taken from the machine.
    r"debconf|dpkg|tar|perl.*|libperl.*|libgdbm.*|libselinux1|libacl1|libpcre2?-.*|libmd0"
    r"|gcc-.*-base|libc-gconv-modules-extra|readline-common|tzdata|netbase|mailcap|media-types"
    r"|mime-support"
    # What is loaded only from /usr: OpenSSL's modules.
    r"|openssl-provider-legacy"
    # What nis needs.
    r"|libnsl2|libtirpc.*|libgssapi-krb5-2|libkrb5.*|libk5crypto3|libkeyutils1|libcom-err2"
)
"""What the packages depend on and no agent uses."""

_HEADERS = {"2.7": ("python2.7-dev", "libpython2.7-dev")}
"""Fetched without what they depend on, which is the headers of the C library and more."""

_NEWEST = ("forky", "sid", "resolute", "questing")
_MOVING = ("forky", "sid", "experimental")
"""Releases whose OpenSSL may be a newer one by now."""

_OLDEST_LIBC = (2, 33)
"""The first glibc with a loader that has ``--argv0``."""


@dataclass(frozen=True)
class Prefix:
    """An unpacked OpenSSL, with the Pythons of its release."""

    folder: Path
    suite: str
    """Where it comes from: ``Debian forky``."""
    openssl: str
    """``3.6.5``, by the package's version."""
    loader: str
    """The dynamic loader that its programs are started with: its own, or the machine's."""
    libraries: tuple[str, ...]
    """The folders of its libraries."""
    triplet: str
    pythons: tuple[str, ...]
    """The minor versions of its Pythons: ``3.14``."""
    packages: Mapping[str, str]
    """The file of each package."""
    notes: tuple[str, ...]
    """What of it could not be had: sentences."""

    @property
    def lane(self) -> str:
        """The OpenSSL series: ``3.6``."""
        return lane_of([int(number) for number in re.findall(r"\d+", self.openssl)[:3]])

    @property
    def own_libc(self) -> bool:
        """Whether its programs run on its own C library."""
        return Path(self.loader).is_relative_to(self.folder)

    @property
    def compile_flags(self) -> dict[str, str]:
        """Variables for a build against its OpenSSL, which both distutils and configure read."""
        include = self.folder / "usr" / "include"
        # -isystem, because these are not the headers of who builds: no warnings in them.
        return {
            "CPPFLAGS": f'-isystem "{include}" -isystem "{include / self.triplet}"',
            "LDFLAGS": " ".join(f'-L"{folder}"' for folder in self.libraries),
        }

    def python(self, minor: str) -> Path:
        """The launcher of one of its own Pythons."""
        return self.folder / "usr" / "bin" / f"python{minor}"

    def launcher(self, base: Interpreter) -> Path:
        """The launcher, written now or before, of a Python of this machine on this OpenSSL."""
        digest = hashlib.sha256(os.fsencode(base.executable)).hexdigest()[:8]
        name = f"{base.implementation}-{base.version}-{digest}"
        place = self.folder / "machine" / name
        place.joinpath("bin").mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (place / BASE).symlink_to(base.executable)
        # The machine's own C library goes with the machine's own libraries, except OpenSSL.
        libraries = self.libraries if self.own_libc else (str(self.folder / "openssl"),)
        path = place / "bin" / f"python{base.minor}"
        _write_launcher(path, self.loader, libraries, base.executable)
        return path

    @classmethod
    def read(cls, folder: Path) -> Prefix | None:
        """The prefix in a folder; None where there is none, or half of one."""
        try:
            plain: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        except OSError:
            return None
        for name in ("libraries", "pythons", "notes"):
            plain[name] = tuple(plain[name])
        return cls(folder=folder, **plain)

    def write(self) -> None:
        """Make the folder a prefix: the last step."""
        plain = dataclasses.asdict(self)
        del plain["folder"]
        new = self.folder / f"{MANIFEST}.new"
        new.write_text(json.dumps(plain, indent=1), "utf-8")
        os.replace(new, self.folder / MANIFEST)


def prefix_with(openssl: str, cache: Path | None = None) -> Prefix:
    """The prefix of an OpenSSL series such as ``3.6``, or of the NEWEST release there is.

    It is fetched when it is not yet in ``cache``; one release is tried after the other, because an
    index can be ahead of its pool and what a release has changes. One that lacks something is
    tried again after a day, and kept where that fails. Several processes may want one at once: one
    fetches. Raises DebianError, which says in one sentence why there is none.
    """
    root = cache_folder() if cache is None else cache
    wanted = "A newer OpenSSL" if openssl == NEWEST else f"OpenSSL {openssl}"
    if not is_debian():
        raise DebianError(
            f"{wanted} is fetched only on Debian and its kin, and this is not; "
            "build Pythons on it and name them with --interpreter."
        )
    try:
        sources = system_sources()
    except CommandError as error:
        raise DebianError(f"The configuration of apt cannot be read ({error}).") from error
    choices = [
        (source, suite)
        for suite in _in_order(openssl)
        for source in sources
        if source.family == suite.family
    ]
    for _, suite in choices:
        found = Prefix.read(_folder(root, suite))
        if found is not None and openssl in (NEWEST, found.lane) and not _is_stale(found):
            return found
    if not choices:
        why = "no release on a mirror that apt here is configured for has it"
        raise DebianError(f"{wanted} cannot be had: {why}.")
    trouble: dict[str, str] = {}
    for source, suite in choices:
        try:
            return _made(root, source, suite, openssl)
        except CommandError as error:
            trouble.setdefault(str(suite), str(error))
        except OSError as error:
            raise DebianError(
                f"The folder {root} cannot be used for what is fetched "
                f"({error.strerror or error}); set {CACHE_VARIABLE} to one that can."
            ) from error
    reasons = "; ".join(f"{suite}: {reason}" for suite, reason in trouble.items())
    raise DebianError(f"{wanted} cannot be had today ({reasons}).")


def _in_order(openssl: str) -> list[Suite]:
    """The releases to look into for an OpenSSL series, the likely ones first."""
    if openssl == NEWEST:
        return [suite for suite in SUITES if suite.name in _NEWEST]
    likely = [suite for suite in SUITES if suite.openssl == openssl]
    moved = [suite for suite in SUITES if suite.name in _MOVING and suite not in likely]
    old = any(suite.openssl == openssl and suite.name not in _MOVING for suite in SUITES)
    return likely if old else [*likely, *moved]


def _folder(root: Path, suite: Suite) -> Path:
    return root / f"{suite.family}-{suite.name}-{os.uname().machine}-{RECIPE}"


def _made(root: Path, source: Source, suite: Suite, openssl: str) -> Prefix:
    """The prefix of one release, made now or, meanwhile, by another process."""
    final = _folder(root, suite)
    if ":" in str(final):
        raise DebianError(
            f"The cache folder {root} has a colon in its name, which no path of a library may "
            f"have; set {CACHE_VARIABLE} to another one."
        )
    with locked(root / f"{final.name}.lock"):
        found = Prefix.read(final)
        if found is None or _is_stale(found):
            for orphan in root.glob(f"{final.name}-*"):  # of one that was killed
                shutil.rmtree(orphan, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=root, prefix=f"{final.name}-") as scratch:
                try:
                    found = _make(Path(scratch), final, source, suite, openssl)
                except CommandError:
                    if found is None:
                        raise
                    os.utime(found.folder / MANIFEST)
    if openssl not in (NEWEST, found.lane):
        raise CommandError(f"it has OpenSSL {found.openssl}")
    return found


def _is_stale(prefix: Prefix) -> bool:
    """Whether it lacks something that can perhaps be had by now."""
    made = (prefix.folder / MANIFEST).stat().st_mtime
    return bool(prefix.notes) and time.time() - made > STALE_SECONDS


def _make(scratch: Path, final: Path, source: Source, suite: Suite, openssl: str) -> Prefix:
    """Fetch and unpack in ``scratch``, move to ``final``, see that it runs, write the manifest."""
    wanted = "the newest Python" if openssl == NEWEST else f"OpenSSL {openssl}"
    progress(f"Looking for {wanted} in {suite}.")
    archive = Archive(scratch / "apt", source, suite)
    version = archive.version("libssl-dev")
    if version is None:
        raise CommandError("it has no OpenSSL")
    lane = lane_of([int(number) for number in re.findall(r"\d+", version)[:3]])
    if openssl not in (NEWEST, lane):
        raise CommandError(f"it has OpenSSL {version}")
    own_libc = _libc(archive.version("libc6") or "") > _libc(_machine_libc())
    if not own_libc and _libc(_machine_libc()) < _OLDEST_LIBC:
        raise CommandError(f"it needs glibc 2.33 or newer here, and this is {_machine_libc()}")
    other = re.compile(r"libssl3.*") if suite.rest else re.compile(r"(?!)")
    without = [_NEEDLESS, other, *(() if own_libc else (_LIBC,))]
    minors = _pythons(archive)
    pythons_too = f" and Python {', '.join(minors)}" if minors and not suite.rest else ""
    progress(f"Fetching OpenSSL {version}{pythons_too} from {suite}.")
    libraries = ["libssl-dev", "libc6"] if own_libc else ["libssl-dev"]
    packages = _download(archive, libraries, without)
    notes: list[str] = []
    trees: dict[str, Path] = {}
    if suite.rest:
        # No Python is built for the OpenSSL of a partial release: the newest is made to be.
        trees = _newest_with_source(archive, scratch, source, suite, notes)
        minors = list(trees)
    pythons: list[str] = []
    for minor in minors:
        try:
            python = [f"python{minor}-minimal", f"libpython{minor}-stdlib"]
            packages += _download(archive, python, without, _HEADERS.get(minor, ()))
        except CommandError as error:
            notes.append(f"Python {minor} of {suite} cannot be had today ({error}).")
        else:
            pythons.append(minor)
    folder = scratch / "prefix"
    unpack(dict.fromkeys(packages), folder)
    prefix = _arranged(folder, final, suite, version, own_libc)
    for minor in pythons:
        _put_behind_launcher(folder, prefix, minor)
    if final.exists():  # stale, or half a prefix
        os.rename(final, scratch / "old")
    os.rename(folder, final)
    for minor, tree in trees.items():
        progress(f"Compiling the ssl of Python {minor} with OpenSSL {version}.")
        dynamic = final / "usr" / "lib" / f"python{minor}" / "lib-dynload"
        try:
            (dev,) = archive.download([f"libpython{minor}-dev"])
            relink(tree, dev, dynamic, prefix.compile_flags, version)
        except CommandError as error:
            notes.append(f"Python {minor} cannot be compiled with OpenSSL {version} ({error}).")
            pythons.remove(minor)
    working = [minor for minor in pythons if _works(prefix, minor, notes)]
    prefix = dataclasses.replace(
        prefix,
        pythons=tuple(working),
        packages={path.name.partition("_")[0]: path.name for path in packages},
        notes=tuple(notes),
    )
    prefix.write()
    return prefix


def _newest_with_source(
    archive: Archive, scratch: Path, source: Source, suite: Suite, notes: list[str]
) -> dict[str, Path]:
    """The newest Python of a release whose source can be had, with that; older ones are not tried.

    Notes say why newer ones are not it.
    """
    rest = Suite(suite.family, suite.rest, "", suite.component)
    try:
        sources = Archive(scratch / "apt-source", source, rest, "deb-src")
    except CommandError as error:
        notes.append(f"The sources of {rest} cannot be had today ({error}).")
        return {}
    for minor in reversed(_pythons(archive)):
        version = archive.version(f"python{minor}-minimal") or ""
        try:
            return {minor: source_of(sources, minor, version, scratch)}
        except CommandError as error:
            notes.append(f"The source of Python {minor} of {rest} cannot be had today ({error}).")
    return {}


def _pythons(archive: Archive) -> list[str]:
    """The minor versions of a release's Pythons, older before newer."""
    found = (re.fullmatch(r"python(2\.7|3\.\d+)-minimal", name) for name in archive.names("python"))
    return sorted(
        (match[1] for match in found if match),
        key=lambda minor: [int(number) for number in minor.split(".")],
    )


def _download(
    archive: Archive,
    packages: Sequence[str],
    without: Sequence[re.Pattern[str]],
    alone: Sequence[str] = (),
) -> list[Path]:
    """The files of packages and of what they depend on, and of ``alone`` without that."""
    names = [
        name
        for name in archive.with_dependencies(packages)
        if not any(pattern.fullmatch(name) for pattern in without)
    ]
    return archive.download([*names, *alone])


def _arranged(folder: Path, final: Path, suite: Suite, version: str, own_libc: bool) -> Prefix:
    """What lies in ``folder``, described as it will be when it is at ``final``."""
    found = [path.parent for path in folder.glob("usr/lib/*/libssl.so")]
    if len(found) != 1:
        raise CommandError("its packages do not hold an OpenSSL")
    triplet = found[0].name
    libraries = [path for path in (found[0], folder / "lib" / triplet) if path.is_dir()]
    openssl = folder / "openssl"
    openssl.mkdir()
    loader = _machine_loader()
    for place in libraries:
        for path in sorted(place.iterdir()):
            if re.match(r"lib(ssl|crypto)\.so\.", path.name):
                (openssl / path.name).symlink_to(os.path.relpath(path, openssl))
            if own_libc and re.match(r"ld-linux.*\.so\.", path.name):
                loader = str(final / path.relative_to(folder))
    if own_libc and not loader.startswith(str(final)):
        raise CommandError("its C library holds no dynamic loader")
    for needless in ("doc", "man", "lintian", "bug"):
        shutil.rmtree(folder / "usr" / "share" / needless, ignore_errors=True)
    return Prefix(
        folder=final,
        suite=str(suite),
        openssl=version,
        loader=loader,
        libraries=tuple(str(final / path.relative_to(folder)) for path in libraries),
        triplet=triplet,
        pythons=(),
        packages={},
        notes=(),
    )


def _put_behind_launcher(folder: Path, prefix: Prefix, minor: str) -> None:
    """Start a Python of the prefix, by its usual name, with the prefix's libraries."""
    usr = folder / "usr"
    program = usr / "libexec" / f"python{minor}"
    program.parent.mkdir(exist_ok=True)
    try:
        os.rename(usr / "bin" / program.name, program)
    except OSError as error:
        raise CommandError(f"its packages do not hold a Python {minor}") from error
    _write_launcher(
        usr / "bin" / program.name,
        prefix.loader,
        prefix.libraries,
        prefix.folder / program.relative_to(folder),
    )
    sysconfigdata = usr / "lib" / f"python{minor}" / "_sysconfigdata.py"
    if minor == "2.7" and sysconfigdata.exists():
        _teach_distutils(sysconfigdata, prefix.triplet)


def _works(prefix: Prefix, minor: str, notes: list[str]) -> bool:
    """Whether a Python of a new prefix runs on the prefix's OpenSSL; if not, a note says why."""
    try:
        found = interpreters.probe(prefix.python(minor), "fetched")
        check_runtime(found, prefix)
    except (interpreters.InterpreterError, CommandError) as error:
        reason = str(error).rstrip(".")
        notes.append(f"Python {minor} of {prefix.suite} does not work here ({reason}).")
        return False
    return True


def check_runtime(found: Interpreter, prefix: Prefix) -> None:
    """Raise CommandError unless an interpreter really runs on the prefix's OpenSSL."""
    if found.openssl is None:
        raise CommandError(f"it cannot import ssl: {found.trouble}")
    said, loaded = found.openssl, found.loaded or found.openssl
    if not (said == loaded and re.match(rf"OpenSSL {re.escape(prefix.openssl)}\b", loaded)):
        names = said if said == loaded else f"{said} and {loaded}"
        raise CommandError(f"it runs on {names} in place of OpenSSL {prefix.openssl}")
    if found.library is None or not found.library.resolve().is_relative_to(prefix.folder.resolve()):
        raise CommandError(f"it has loaded {found.library or 'no libssl that could be seen'}")


def _write_launcher(path: Path, loader: str, libraries: Sequence[str], program: Path) -> None:
    """A script that is started like the program, and that the program takes for itself."""
    words = [loader, "--argv0", '"$0"', "--library-path", ":".join(libraries), str(program)]
    line = " ".join(word if word == '"$0"' else shlex.quote(word) for word in words)
    text = f'#!/bin/sh\nexec {line} "$@"\n'
    with contextlib.suppress(OSError):
        if path.read_text("utf-8") == text:
            return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o755)
    os.replace(file.name, path)


def _teach_distutils(sysconfigdata: Path, triplet: str) -> None:
    """Make every build with this Python 2.7 look for headers and libraries beside it first."""
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


def _machine_libc() -> str:
    return (os.confstr("CS_GNU_LIBC_VERSION") or "").rpartition(" ")[2]


def _libc(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _machine_loader() -> str:
    """The dynamic loader that this machine's programs name."""
    shell = Path("/bin/sh").read_bytes()
    found = re.search(rb"/lib[^\0]*/ld-linux[^\0]*", shell[:4096])
    if found is None:
        raise CommandError("the dynamic loader of this machine has an unknown name")
    return found[0].decode()
