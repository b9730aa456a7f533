"""What must be installed on this machine before anything is built, and how to install it.

`missing` looks for programs and headers without building anything (about 20 ms); `complaint` is
the one sentence that names all that is missing, with the line that installs it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Prerequisite:
    """Something that a machine must have: a program, a header of C or a module of Python."""

    what: str
    """As a sentence names it."""
    package: str
    """Debian's package with it."""
    program: str = ""
    header: str = ""
    module: str = ""


FLAGS = ("CPPFLAGS", "CFLAGS")
"""Variables with what a compiler is given."""

COMPILER = Prerequisite("a C compiler", "gcc", program="cc")
C_LIBRARY = Prerequisite("the C library's headers", "libc6-dev", header="stdio.h")
OPENSSL = Prerequisite("OpenSSL's headers", "libssl-dev", header="openssl/ssl.h")

BACKPORT = (COMPILER, C_LIBRARY, OPENSSL)
"""To build the backport for a Python 2.7 that is there."""

PYTHON27 = (
    Prerequisite("make", "make", program="make"),
    Prerequisite("zlib's headers", "zlib1g-dev", header="zlib.h"),
    Prerequisite("libffi's headers", "libffi-dev", header="ffi.h"),
)
"""What building CPython 2.7 needs besides: fetched for the build where it is missing."""

SOURCE_PACKAGE = (
    Prerequisite("dpkg-source", "dpkg-dev", program="dpkg-source"),
    Prerequisite("patch", "patch", program="patch"),
)
"""To unpack a source package with Debian's patches."""

VIRTUALENV = (Prerequisite("Python's venv with pip", "python3-venv", module="ensurepip"),)
"""To make the virtualenv in which the suite itself runs."""


def missing(wanted: Sequence[Prerequisite]) -> tuple[Prerequisite, ...]:
    """Those of ``wanted`` that this machine lacks, in order, each once."""
    compiler = _compiler()
    is_there = shutil.which(compiler[0]) is not None
    works = is_there and _works(compiler)
    headers = {each.header for each in wanted if each.header}
    lacking = set[str]() if is_there and not works else headers - _headers_found(compiler, headers)
    return tuple(
        each
        for each in dict.fromkeys(wanted)
        if (each.program == "cc" and not works)
        or (each.program not in ("", "cc") and shutil.which(each.program) is None)
        or each.header in lacking
        or (each.module and importlib.util.find_spec(each.module) is None)
    )


def complaint(lacking: Sequence[Prerequisite], purpose: str) -> str:
    """One sentence: what ``purpose`` ("to build ...") needs and is missing; empty for nothing."""
    if not lacking:
        return ""
    chosen = os.environ.get("CC")
    compiler = _compiler()
    is_there = shutil.which(compiler[0]) is not None
    flags = " and ".join(name for name in FLAGS if os.environ.get(name))
    fault = f"compiles nothing{f' with the {flags} that are set' if flags else ''}"
    which = f"CC names {chosen}, which" if chosen else "cc"
    named_compiler = f"{COMPILER.what} ({which} {fault if is_there else 'is not there'})"
    told = chosen or is_there and not _works(compiler)
    names = [named_compiler if each is COMPILER and told else each.what for each in lacking]
    named = ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
    verb = "are" if names[1:] or names[0].endswith("s") else "is"
    packages = " ".join(dict.fromkeys(each.package for each in lacking))
    how = (
        f"install with: apt-get install {packages}"
        if shutil.which("apt-get")
        else f"install what Debian calls {packages}"
    )
    return f"{named[0].upper()}{named[1:]} {verb} missing {purpose}; {how}"


def openssl_headers() -> str | None:
    """The version of the OpenSSL that a build here uses, such as ``3.0.19``, by its headers."""
    text = _preprocess("#include <openssl/opensslv.h>\nfound OPENSSL_VERSION_TEXT\n")
    found = re.search(r'^found "OpenSSL (\d+\.\d+\.\d+\w*)', text, re.MULTILINE)
    return found[1] if found else None


def _compiler() -> list[str]:
    """The command that CC names; the whole text where its quotes do not match."""
    text = os.environ.get("CC") or "cc"
    try:
        return shlex.split(text) or ["cc"]
    except ValueError:
        return [text]


def _works(compiler: Sequence[str]) -> bool:
    """Whether a compiler that is there compiles anything."""
    return "works" in _preprocess("works\n", compiler)


def _headers_found(compiler: Sequence[str], headers: set[str]) -> set[str]:
    lines = [f"#if __has_include(<{name}>)\nfound {name}\n#endif" for name in sorted(headers)]
    return set(re.findall(r"^found (\S+)$", _preprocess("\n".join(lines), compiler), re.MULTILINE))


def _preprocess(text: str, compiler: Sequence[str] | None = None) -> str:
    """What the compiler's preprocessor makes of a text; nothing where that fails."""
    command = compiler or _compiler()
    try:
        flags = [flag for name in FLAGS for flag in shlex.split(os.environ.get(name) or "")]
        done = subprocess.run(
            [*command, *flags, "-E", "-P", "-x", "c", "-"],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout
