"""`tox -e audit-sanitize`: the suite on a build with AddressSanitizer, LeakSanitizer, UBSan.

usage: python -m tests.audits sanitize [pytest arguments]

What they report is left in report/audits/sanitize/. Exit status 0 means that nothing was reported
and every verdict is one that the plain build may have.
"""

from __future__ import annotations

import sys
from pathlib import Path

from impls.host.declarations import Implementation
from tests.audits.backport import variants
from tests.audits.result import Result, fail_on, fresh_folder, publish

FLAGS = "-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
SUPPRESSIONS = Path(__file__).resolve().parent / "python27.supp"


def environment(folder: Path, leaks: bool = True) -> dict[str, str]:
    """The variables of a process that runs the build; its reports go to FOLDER/report.*.

    Without `leaks` it does not look for them at its end, which takes long for many processes.
    """
    library = variants.compiler_path("libasan.so")
    if library is None:
        sys.exit("gcc has no libasan: install gcc's sanitizers (Debian: libgcc-N-dev).")
    return {
        "LD_PRELOAD": str(library),
        "ASAN_OPTIONS": f"log_path={folder}/report:detect_leaks={leaks:d}:exitcode=99"
        ":detect_stack_use_after_return=1:strict_string_checks=1"
        # libssl is not sanitized: it fails at what it finds in freed memory, if that is filled.
        ":max_free_fill_size=65536:free_fill_byte=165"
        # Twelve frames tell whose memory it is; unwinding all of the interpreter's takes for ever.
        f":fast_unwind_on_malloc={not leaks:d}:malloc_context_size=12",
        "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:print_suppressions=0",
        "UBSAN_OPTIONS": f"log_path={folder}/report:print_stacktrace=1",
    }


def build_flags() -> dict[str, str]:
    return {"CFLAGS": FLAGS, "LDFLAGS": "-fsanitize=address,undefined"}


def is_ours(block: str) -> bool:
    """Whether a paragraph of a report is about memory that the backport asked for, or no leak.

    The sanitizer cannot look into 2.7's own arenas, so whatever only an object in them points to
    counts as leaked. What Python code allocated, also in a callback of ours, must be told apart:
    what an evaluation asked for, and the frame that each code object keeps for its next call.
    """
    if " leak of " not in block:
        return bool(block) and not (block.startswith("SUMMARY: ") and "leaked in" in block)
    for line in block.splitlines():
        if " in PyEval_EvalFrameEx " in line or " in PyFrame_New " in line:
            return False
        if f" {variants.SOURCE}/" in line:
            return True
    return False


def complaints(report: str) -> str:
    """What of a sanitizer's report is not the interpreter's own doing."""
    kept = [block.strip() for block in report.split("\n\n") if is_ours(block.strip())]
    if len(kept) == 1 and "ERROR: LeakSanitizer" in kept[0]:
        return ""
    return "\n\n".join(kept)


def reported(folder: Path) -> list[str]:
    """Every complaint below FOLDER, with the file it is in."""
    found = []
    for report in sorted(folder.glob("report.*")):
        text = complaints(report.read_text("utf-8", "replace"))
        if text:
            found.append(f"{report}:\n{text}")
    return found


def start(folder: Path) -> Implementation:
    """The direct implementation, built with the sanitizers, to run a program of one's own on."""
    return variants.built(build_flags(), folder, "sanitized", environment(folder, leaks=False))


def main() -> None:
    folder = fresh_folder("sanitize")
    files = variants.describe(folder, "sanitized", build_flags(), environment(folder))
    run = variants.run(files, folder, "sanitized", sys.argv[1:])
    fail_on([*run.trouble, *reported(folder)])
    sentence = (
        "AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer report nothing in "
        f"{run.pairs} pairs of the backport, used directly and grafted."
    )
    publish("sanitize", Result(sentence, {"pairs": run.pairs}, [f"`{FLAGS}`", run.told()]))


if __name__ == "__main__":
    main()
