"""The reviewed files that a report of results shows beside them."""

from __future__ import annotations

from pathlib import Path

from conformance.coverage import guards
from conformance.judge import known
from conformance.judge.known import Pin
from conformance.report import audits, openssl, python_changes
from conformance.report.audits import AuditRecord
from conformance.report.openssl import DocumentedChange
from conformance.report.python_changes import PythonChanges
from conformance.report.results_file import CommandError
from impls.host.toml_reader import TomlError

DIVERGENCES = Path(__file__).parents[1] / "divergences"


def lists() -> tuple[list[AuditRecord], PythonChanges, list[DocumentedChange]]:
    """Audits, and what is known of Python's and OpenSSL's changes. Raises TomlError.

    What a report says of what the scenarios guard is read as well, to be refused here if at all.
    """
    guards.summaries()
    return audits.load(), python_changes.load(), openssl.load()


def reviewed() -> tuple[list[Pin], list[AuditRecord], PythonChanges, list[DocumentedChange]]:
    """Decisions, audits, and what is known of Python's and OpenSSL's changes.

    They are what Overview takes beside results. Raises CommandError.
    """
    try:
        return known.load(DIVERGENCES), *lists()
    except TomlError as error:
        raise CommandError(str(error)) from None
