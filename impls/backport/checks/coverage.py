"""Measures how much of the C the suite runs, with gcov and gcovr.

usage: python impls/backport/checks/coverage.py FOLDER [pytest arguments]

Leaves coverage.txt and lines.html in FOLDER; exit status 0 means at least 95 % of the lines.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import variants

WANTED = "95"


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    build = folder / "build"
    build.mkdir(parents=True)
    # The counters lie beside the objects, so every run builds anew, into a place of its own.
    stamp = f"-DRUN={time.time_ns()}"
    flags = {"CFLAGS": f"-O0 -g --coverage {stamp}", "LDFLAGS": "--coverage"}
    files = variants.describe(folder, "covered", flags, {}, str(build))
    trouble = variants.run(files, folder / "results.json", sys.argv[2:])
    if trouble:
        sys.exit("\n".join(trouble))
    command = [sys.executable, "-m", "gcovr", "--root", str(variants.SOURCE)]
    command += ["--object-directory", str(build), "--txt", str(folder / "coverage.txt")]
    command += ["--html-details", str(folder / "lines.html"), "--fail-under-line", WANTED]
    status = subprocess.run([*command, str(build)]).returncode
    print((folder / "coverage.txt").read_text("utf-8"))
    sys.exit(status)


if __name__ == "__main__":
    main()
