"""The names of OpenSSL's errors that the backport knows: those that Python's own table has."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "impls" / "backport" / "make_error_names.py"
REASONS = """\
#define ERR_LIB_SSL 20
#define SSL_R_HTTP_REQUEST 156
#define SSL_R_TLSV1_ALERT_UNKNOWN_PSK_IDENTITY 1115
#define OTHER_R_IS_NO_LIBRARY 1
"""


@pytest.fixture
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_error_names", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def version(text: str) -> str:
    major, minor = text.split(".")
    return f"#define OPENSSL_VERSION_MAJOR  {major}\n#define OPENSSL_VERSION_MINOR  {minor}\n"


@pytest.mark.parametrize(
    ("macros", "named"),
    [("", False), (version("3.0"), False), (version("3.4"), True), (version("4.0"), True)],
    ids=["1.1.1", "3.0", "3.4", "4.0"],
)
def test_pythons_table_for_openssl_3_4_has_all_names(
    maker: ModuleType, macros: str, named: bool
) -> None:
    libraries, reasons = maker.tables((REASONS + macros).splitlines())
    later = [(20, 1115, "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY")] if named else []
    assert libraries == [(20, "SSL")]
    assert reasons == [(20, 156, "HTTP_REQUEST"), *later]
