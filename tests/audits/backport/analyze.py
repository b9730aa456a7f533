"""`tox -e audit-analyze`: the backport's C read by gcc's analyzer and by clang-tidy.

usage: python -m tests.audits analyze

Exit status 0 means that gcc -fanalyzer, with warnings as errors, is silent, and that clang-tidy
says only what unheeded.toml names, and all of that; 77 that there is no clang-tidy.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from impls.host import toml_reader
from impls.host.build import BuildError
from impls.host.interpreters import Interpreter
from impls.host.toml_reader import PROSE, TEXT, Key, Schema, Several
from tests.audits.backport import variants
from tests.audits.result import Result, Table, fail_on, fresh_folder, not_possible, publish

UNHEEDED = Path(__file__).resolve().parent / "unheeded.toml"

ENTRY = Schema(
    "unheeded",
    "What clang-tidy says and nobody follows.",
    (Key("check", TEXT, "The name of the check."), Key("why", PROSE, "Why nobody follows it.")),
)
FILE = Schema(
    "unheeded.toml",
    "What clang-tidy says of the backport and nobody follows.",
    (Key("unheeded", Several(ENTRY), "One check.", ()),),
)

CHECKS = "-*,bugprone-*,cert-*,clang-analyzer-*,concurrency-*,misc-*,performance-*,portability-*"
"""clang-tidy's groups of checks that look for defects, not for style."""

GCC = "-O2 -g -fanalyzer"
_WARNING = re.compile(r"^(?P<file>/[^:]+):(?P<line>\d+):\d+: \w+: (?P<text>.*) \[(?P<check>\S+)\]$")


@dataclass(frozen=True)
class Remark:
    """One warning of clang-tidy."""

    file: str
    line: int
    text: str
    checks: tuple[str, ...]
    """Its names: some checks have several."""


def read_warnings(output: str) -> list[Remark]:
    """What clang-tidy printed, each warning once."""
    found = {
        Remark(
            Path(match["file"]).name,
            int(match["line"]),
            match["text"],
            tuple(match["check"].split(",")),
        ): None
        for match in map(_WARNING.match, output.splitlines())
        if match
    }
    return [*found]


def disagreements(warnings: Iterable[Remark], unheeded: Mapping[str, str]) -> list[str]:
    """Sentences: warnings that nobody has excused, and excuses for what nothing warns of."""
    said: Counter[str] = Counter()
    sentences = []
    for warning in warnings:
        excused = [name for name in warning.checks if name in unheeded]
        said.update(excused)
        if not excused:
            names = ",".join(warning.checks)
            sentences.append(f"{warning.file}:{warning.line}: {warning.text} [{names}]")
    sentences += [
        f"{UNHEEDED.name}: clang-tidy no longer says {name}; delete the entry."
        for name in unheeded
        if not said[name]
    ]
    return sentences


def clang_tidy() -> str | None:
    """The program: of this Python's environment, or on PATH."""
    own = shutil.which("clang-tidy", path=str(Path(sys.executable).parent))
    return own or shutil.which("clang-tidy")


def tidy(program: str, folder: Path, interpreter: Interpreter) -> str:
    """clang-tidy's output about all the C files, compiled for this Python."""
    python = str(interpreter.executable)
    names = [python, "make_error_names.py", str(folder / "error_names.h")]
    subprocess.run(names, cwd=variants.SOURCE, check=True)
    ask = [python, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])"]
    headers = subprocess.check_output(ask, text=True).strip()
    files = sorted(map(str, variants.SOURCE.glob("*.c")))
    command = [program, "--quiet", f"--checks={CHECKS}", *files, "--"]
    command += ["-std=gnu11", "-isystem", headers, f"-I{folder}", "-Wall", "-Wextra", "-Wshadow"]
    command += ["-Wno-missing-field-initializers", "-Wno-cast-function-type"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1) or "error: " in done.stdout:
        sys.exit(f"clang-tidy could not read the sources:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    program = clang_tidy()
    if program is None:
        not_possible("There is no clang-tidy: `tox -e audit-analyze` installs it, or use pip.")
    folder = fresh_folder("analyze")
    try:
        built = variants.built({"CC": "gcc", "CFLAGS": GCC}, folder, "analyzed", {})
    except BuildError as error:
        sys.exit(str(error))
    assert built.interpreter is not None
    entries = toml_reader.read(UNHEEDED, FILE)["unheeded"]
    unheeded = {entry["check"]: entry["why"] for entry in entries}
    output = tidy(program, folder, built.interpreter)
    (folder / "clang-tidy.txt").write_text(output, "utf-8")
    warnings = read_warnings(output)
    fail_on(disagreements(warnings, unheeded))
    version = subprocess.check_output([program, "--version"], text=True)
    number = re.search(r"version (\S+)", version)
    gcc = subprocess.check_output(["gcc", "-dumpfullversion"], text=True).strip()
    sentence = (
        f"gcc {gcc} with `{GCC}` and warnings as errors says nothing about the backport's C, and "
        f"clang-tidy {number[1] if number else ''} nothing but what `{UNHEEDED.name}` explains."
    )
    rows = tuple((name, why) for name, why in unheeded.items())
    table = Table("What clang-tidy says and nobody follows", ("check", "why"), rows)
    publish("analyze", Result(sentence, {"checks not followed": len(rows)}, (), [table]))


if __name__ == "__main__":
    main()
