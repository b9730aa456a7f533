"""A released Python on an OpenSSL that it was not built for: its two modules that use OpenSSL are
compiled again, from the source of just that version.

This is how a Python comes onto an OpenSSL whose library has another name, and which no Python of
any release uses yet. Everything but these two modules stays as it was released.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from impls.host import prerequisites
from impls.host.debian import Archive, CommandError, run, unpack

MODULES = {"_ssl": "_ssl.c", "_hashlib": "_hashopenssl.c"}
"""The modules, and the files below Modules/ that they are compiled from."""

NEEDED = (prerequisites.COMPILER, prerequisites.C_LIBRARY, *prerequisites.SOURCE_PACKAGE)
"""A C compiler with headers, and what unpacks a source package."""

_REMOVED = ("SSL3", "SSL3_METHOD", "TLS1_METHOD", "TLS1_1_METHOD", "TLS1_2_METHOD")
"""What OpenSSL 4 no longer has, without saying so to a Python that came before it."""

_FIRST = """
#include <pyconfig.h>
#undef HAVE_BLUETOOTH_BLUETOOTH_H
#undef HAVE_BLUETOOTH_H
"""
"""Included before all else: no headers are wanted that only socket's module needs."""


def source_of(sources: Archive, minor: str, version: str, scratch: Path) -> Path:
    """The unpacked source of the Python of exactly this version; raises CommandError."""
    lacking = prerequisites.missing(NEEDED)
    if lacking:
        raise CommandError(prerequisites.complaint(lacking, "to compile its modules"))
    description = sources.download_source(f"python{minor}")
    if not description.name.startswith(f"python{minor}_{version}-"):
        raise CommandError(f"the source is {description.name}, and the Python is {version}")
    tree = scratch / f"python{minor}"
    run(["dpkg-source", "--no-check", "-x", str(description), str(tree)])
    return tree


def relink(tree: Path, dev: Path, place: Path, flags: Mapping[str, str], openssl: str) -> None:
    """Compile the modules from the source ``tree`` over those in the folder ``place``.

    ``dev`` is the package with this Python's headers, ``flags`` are the variables for a build with
    the OpenSSL of the version ``openssl``. Raises CommandError.
    """
    scratch = tree.parent / f"{tree.name}-headers"
    unpack([dev], scratch)
    include = scratch / "usr" / "include"
    own = include / tree.name
    first = scratch / "first.h"
    first.write_text(_FIRST, "ascii")
    removed = _REMOVED if int(openssl.split(".")[0]) >= 4 else ()
    for module, file in MODULES.items():
        found = sorted(place.glob(f"{module}.*.so"))
        if len(found) != 1:
            raise CommandError(f"its module {module} is not where it was")
        command = [
            *shlex.split(os.environ.get("CC") or "cc"),
            *("-shared", "-fPIC", "-O2", "-w", "-DNDEBUG", "-DPy_BUILD_CORE_MODULE"),
            *(f"-DOPENSSL_NO_{name}" for name in removed),
            *("-include", str(first), f"-I{tree / 'Modules'}"),
            *(f"-I{folder}" for folder in (own, own / "internal", include)),
            *shlex.split(flags["CPPFLAGS"]),
            str(tree / "Modules" / file),
            *("-o", f"{found[0]}.new"),
            *shlex.split(flags["LDFLAGS"]),
            *("-lssl", "-lcrypto"),
        ]
        run(command, timeout=300)
        os.replace(f"{found[0]}.new", found[0])
