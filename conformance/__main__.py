"""`python -m conformance COMMAND`: what can be done with the results of runs that are over.

A command is a module with a SUMMARY, add_arguments() for its parser and run(), which gets the
arguments and returns an exit status. What it raises as CommandError is told in one sentence.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from conformance.report import accept, compare, merge, write_html, write_report
from conformance.report.results_file import CommandError
from conformance.transcript.elide import elide_words

COMMANDS: Mapping[str, ModuleType] = {
    "accept": accept,
    "compare": compare,
    "html": write_html,
    "merge": merge,
    "report": write_report,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status, 2 where its input is wrong."""
    parser = argparse.ArgumentParser("python -m conformance", description=__doc__.split(":")[1])
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, module in COMMANDS.items():
        own = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(own)
        own.set_defaults(run=module.run)
    found = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = int(found.run(found))
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except CommandError as error:
        print(f"python -m conformance {found.command}: {elide_words(str(error))}", file=sys.stderr)
        return 2
    except OSError as error:
        # What is buffered still must not be tried again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):
            return 1
        print(
            f"python -m conformance {found.command}: what it says could not be printed "
            f"({error.strerror}).",
            file=sys.stderr,
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
