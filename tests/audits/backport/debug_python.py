"""A CPython 2.7 that counts references and hides no memory from malloc's tools, built once.

It is made from Debian's source package with `--with-pydebug --without-pymalloc`, against the
OpenSSL of this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from impls.host.cache import cache_folder
from impls.host.debian import DebianError
from impls.host.from_source import built
from impls.host.python27 import SOURCE

OPTIONS = ("--with-pydebug", "--without-pymalloc", "--without-ensurepip", "--enable-unicode=ucs4")


class NoDebugPython(Exception):
    """Why there is none here, in one sentence."""


def executable() -> Path:
    """The interpreter, from the cache or made now. Raises NoDebugPython.

    Several processes may ask at once; one makes it.
    """
    final = cache_folder() / f"cpython2.7-debug-{os.uname().machine}"
    try:
        found = built(final, OPTIONS, "a debugging CPython 2.7", SOURCE)
    except DebianError as error:
        raise NoDebugPython(str(error)) from None
    check = "import sys, ssl; assert sys.gettotalrefcount()"
    if subprocess.run([found, "-c", check], capture_output=True).returncode != 0:
        shutil.rmtree(final)
        raise NoDebugPython(
            "The debugging CPython 2.7 was built without ssl: install OpenSSL's headers."
        )
    return found
