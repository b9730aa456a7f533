"""CPython 2.7 built from Debian's source package, once, for a machine that has none.

Newer releases no longer have Python 2.7, but their mirror still carries the source of an older
one. It is built against the OpenSSL whose headers are installed, which is the one that this
machine's Python 3 uses too.
"""

from __future__ import annotations

from pathlib import Path

from impls.host.from_source import SourcePackage, on_this_openssl
from impls.host.interpreters import Interpreter

SOURCE = SourcePackage(
    "python2.7",
    ("bullseye", "jammy", "focal"),
    "about a minute",
    "install CPython 2.7 with its headers and name it (pyenv install 2.7.18 builds one)",
)
"""The releases with the source of a Python 2.7 that knows OpenSSL 3."""

OPTIONS = ("--without-ensurepip", "--enable-unicode=ucs4", "--with-system-ffi")


def python27(cache: Path | None = None) -> Interpreter:
    """A CPython 2.7 with headers on this machine's OpenSSL, built when not yet in ``cache``.

    Raises DebianError, which says in one sentence why there is none.
    """
    return on_this_openssl(SOURCE, OPTIONS, cache)
