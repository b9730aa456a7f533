"""Runs the whole suite on a build with AddressSanitizer, LeakSanitizer and UBSan.

usage: python impls/backport/checks/sanitize.py FOLDER [pytest arguments]

What they report is left in FOLDER. Exit status 0 means that nothing was reported, nothing died
and nothing hung.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import variants

FLAGS = "-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"


def library() -> str:
    """gcc's libasan, which must be loaded before everything else."""
    command = ["gcc", "-print-file-name=libasan.so"]
    path = Path(subprocess.check_output(command, text=True).strip())
    if not path.is_absolute():
        sys.exit("gcc has no libasan: install libgcc's sanitizers (Debian: libgcc-N-dev).")
    return str(path.resolve())


def is_ours(block: str) -> bool:
    """Whether a leak is of memory that the backport asked for, or it is no leak at all.

    The sanitizer cannot look into 2.7's own arenas, so whatever only an object in them points to
    counts as leaked. What Python code allocated, also in a callback of ours, must be told apart.
    """
    if " leak of " not in block:
        return not block.startswith("SUMMARY: ") or "leaked in" not in block
    for line in block.splitlines():
        if "PyEval_EvalFrameEx" in line:
            return False
        if f" {variants.SOURCE}/" in line:
            return True
    return False


def complaints(report: Path) -> str:
    blocks = report.read_text("utf-8", "replace").split("\n\n")
    kept = [block.strip() for block in blocks if is_ours(block.strip())]
    if "ERROR: LeakSanitizer" in kept[0] and len(kept) == 1:
        return ""
    return "\n\n".join(kept)


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("report.*"):
        old.unlink()
    suppressions = Path(__file__).resolve().parent / "python27.supp"
    environment = {
        "LD_PRELOAD": library(),
        "ASAN_OPTIONS": f"log_path={folder}/report:detect_leaks=1:exitcode=99"
        ":detect_stack_use_after_return=1:strict_string_checks=1:fast_unwind_on_malloc=0",
        "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0",
        "UBSAN_OPTIONS": f"log_path={folder}/report:print_stacktrace=1",
    }
    flags = {"CFLAGS": FLAGS, "LDFLAGS": "-fsanitize=address,undefined"}
    files = variants.describe(folder, "sanitized", flags, environment)
    trouble = variants.run(files, folder / "results.json", sys.argv[2:])
    for report in sorted(folder.glob("report.*")):
        text = complaints(report)
        if text:
            trouble.append(f"{report}:\n{text}")
    if trouble:
        sys.exit("\n".join(trouble))
    print("Sanitizers: what was asked ran on both modules, and nothing was reported.")


if __name__ == "__main__":
    main()
