"""`--schema NAME`: what a TOML file of this project may say, for a person who writes one."""

from __future__ import annotations

import pytest

from conformance.coverage import contract, guards
from conformance.judge import known
from conformance.report import audits, openssl, python_changes
from conformance.report.results_file import SCHEMA_FILE
from impls.host import declarations, toml_reader

SCHEMAS = (
    declarations.SCHEMA,
    known.DIVERGENCE,
    contract.SCHEMA,
    *guards.SCHEMAS,
    python_changes.PYTHON_CHANGES,
    openssl.OPENSSL_CHANGES,
    audits.FILE,
)

RESULTS = "results"
"""The one that is no TOML file."""


def add_option(group: pytest.OptionGroup) -> None:
    names = ", ".join(schema.name for schema in SCHEMAS)
    group.addoption(
        "--schema",
        metavar="NAME",
        help=f"say what a TOML file may say, and run nothing: {names}; or, as JSON Schema, what "
        f"--results writes: {RESULTS}",
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    name = config.getoption("--schema")
    if name is None:
        return None
    if name == RESULTS:
        print(SCHEMA_FILE.read_text("utf-8"), end="")
        return 0
    try:
        print(toml_reader.describe(SCHEMAS, name))
    except toml_reader.TomlError as error:
        raise pytest.UsageError(str(error)) from None
    return 0
