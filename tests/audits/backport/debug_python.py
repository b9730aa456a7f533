"""A CPython 2.7 that counts references and hides no memory from malloc's tools, built once.

It is made from Debian's source package with `--with-pydebug --without-pymalloc`, against the
OpenSSL of this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from impls.host import fetch as debian
from impls.host.cache import cache_folder, locked

OPTIONS = ("--with-pydebug", "--without-pymalloc", "--without-ensurepip", "--enable-unicode=ucs4")
BUILD_SECONDS = 1800.0


class NoDebugPython(Exception):
    """Why there is none here, in one sentence."""


def executable() -> Path:
    """The interpreter, from the cache or made now. Raises NoDebugPython.

    Several processes may ask at once; one makes it.
    """
    root = cache_folder()
    final = root / f"cpython2.7-debug-{os.uname().machine}"
    found = final / "bin" / "python2.7"
    for tool in ("gcc", "make"):
        if shutil.which(tool) is None:
            raise NoDebugPython(f"A debugging CPython 2.7 cannot be built without {tool}.")
    with locked(root / f"{final.name}.lock"):
        if found.exists():
            return found
        shutil.rmtree(final, ignore_errors=True)  # of one that was killed
        with tempfile.TemporaryDirectory(dir=root, prefix=f"{final.name}-") as scratch:
            try:
                tree = debian.fetch_python27_source(Path(scratch))
            except debian.DebianError as error:
                raise NoDebugPython(str(error)) from None
            log = root / f"{final.name}.log"
            make = ["make", f"-j{os.cpu_count()}"]
            for command in (
                ["./configure", f"--prefix={final}", *OPTIONS],
                make,
                ["make", "install"],
            ):
                _run(command, tree, log)
    ask = "import sys, ssl; assert sys.gettotalrefcount()"
    if subprocess.run([found, "-c", ask], capture_output=True).returncode != 0:
        shutil.rmtree(final)
        raise NoDebugPython(
            "The debugging CPython 2.7 was built without ssl: install OpenSSL's headers."
        )
    return found


def _run(command: list[str], folder: Path, log: Path) -> None:
    try:
        with open(log, "wb") as file:
            subprocess.run(
                command,
                cwd=folder,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                timeout=BUILD_SECONDS,
            )
    except (subprocess.SubprocessError, OSError) as error:
        end = " ".join(log.read_text("utf-8", "replace").splitlines()[-3:])
        reason = f"{command[0]}: {type(error).__name__}"
        raise NoDebugPython(
            f"The debugging CPython 2.7 could not be built ({reason}); {log} ends: {end}"
        ) from None
