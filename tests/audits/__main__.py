"""Run one audit, or say which there are.

usage: python -m tests.audits --list
       python -m tests.audits NAME [ARGUMENT ...]     (`tox -e audit-NAME -- ARGUMENT ...`)

The arguments go to the audit; `NAME --help` describes them. Leaves report/audits/NAME.log and
report/audits/NAME.json. Exit status 0 means that the audit passed, 77 that it cannot be run on this
machine, 3 that it was ended early and goes on there when it is run again, 2 that the command is
wrong; anything else that it failed.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from tests.audits.registry import AUDITS, BY_NAME, Audit
from tests.audits.run import UsageError, run

OF_EVERY_ENVIRONMENT = (
    *("cryptography", "fastjsonschema", "hypothesis", "jinja2", "pytest", "pytest-xdist"),
    "trustme",
)
"""What the suite itself needs: tox.ini has the bounds."""

PREFIX = "audit-"
"""What tox's names of audits begin with."""


def table(audits: Sequence[Audit] = AUDITS) -> str:
    """The audits as text, a line each."""
    width = max(len(audit.name) for audit in audits)
    lines = [f"{'audit':{width}}  minutes  what it does", f"{'-' * width}  -------  ------------"]
    lines += [f"{each.name:{width}}  {each.minutes:7}  {each.sentence}" for each in audits]
    total = sum(audit.minutes for audit in audits)
    lines.append(
        f"Together they take about {total / 60:.0f} hours: `tox -e release` runs them all."
    )
    return "\n".join(lines)


def find(name: str) -> Audit:
    """The audit of this name. Raises UsageError with the nearest name where there is none."""
    plain = name.removeprefix(PREFIX)
    if plain in BY_NAME:
        return BY_NAME[plain]
    near = difflib.get_close_matches(plain, BY_NAME, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "`python -m tests.audits --list` has all."
    raise UsageError(f"There is no audit called {plain!r}. {hint}")


def sentence_of(audit: Audit) -> str:
    """What `--help` says of an audit that takes no arguments."""
    return f"usage: python -m tests.audits {audit.name}\n\n{audit.name}: {audit.sentence}."


def lacking(audit: Audit) -> list[str]:
    """What the audit needs and this environment has not."""
    wanted = (*OF_EVERY_ENVIRONMENT, *audit.extras)
    names = [re.split(r"[<>=!~ ]", extra, maxsplit=1)[0] for extra in wanted]
    return [name for name in names if not (is_installed(name) or shutil.which(name))]


def is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit status."""
    if arguments[:1] in (["--help"], ["-h"]):
        print(__doc__)
        return 0
    if not arguments:
        raise UsageError("Name an audit; `python -m tests.audits --list` says which there are.")
    if arguments[0] == "--list":
        print(table())
        return 0
    audit = find(arguments[0])
    help_is_wanted = bool({"-h", "--help"} & {*arguments[1:]})
    if arguments[1:] and not audit.takes_arguments:
        if help_is_wanted:
            print(sentence_of(audit))
            return 0
        raise UsageError(f"{audit.name} takes no arguments, and {arguments[1]!r} is one.")
    missing = lacking(audit)
    if missing:
        raise UsageError(
            f"{audit.name} needs {' and '.join(missing)}: run `tox -e {PREFIX}{audit.name}`, which "
            "installs what is needed."
        )
    if help_is_wanted:  # what the audit last came to is not touched
        return subprocess.call([sys.executable, "-m", f"tests.audits.{audit.module}", "--help"])
    return run(audit, arguments[1:]).status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UsageError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
