"""`--schema NAME`: what a TOML file of this project may say, for a person who writes one."""

from __future__ import annotations

import pytest

from conformance.coverage import contract
from conformance.judge import known
from conformance.report import audits, openssl, python_changes
from impls.host import declarations, toml_reader

SCHEMAS = (
    declarations.SCHEMA,
    known.DIVERGENCE,
    contract.SCHEMA,
    python_changes.PYTHON_CHANGES,
    openssl.OPENSSL_CHANGES,
    audits.FILE,
)


def add_option(group: pytest.OptionGroup) -> None:
    names = ", ".join(schema.name for schema in SCHEMAS)
    group.addoption(
        "--schema",
        metavar="NAME",
        help=f"say what a TOML file may say, and run nothing: {names}",
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    name = config.getoption("--schema")
    if name is None:
        return None
    try:
        print(toml_reader.describe(SCHEMAS, name))
    except toml_reader.TomlError as error:
        raise pytest.UsageError(str(error)) from None
    return 0
