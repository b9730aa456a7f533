"""The suite: scenarios, and what runs them, compares, judges and reports."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036
    raise SystemExit(
        f"The suite needs Python 3.10 or newer, and this is {sys.version.split()[0]}: run it with "
        "a newer one. Older Pythons are found and compared all the same."
    )
if not __debug__:
    raise SystemExit(
        "The suite does nothing without its assertions: leave out -O, and unset PYTHONOPTIMIZE."
    )
