"""What is missing on a machine is named at once, with the line that installs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from impls.host import prerequisites
from impls.host.prerequisites import BACKPORT, PYTHON27, VIRTUALENV, Prerequisite, missing

NOWHERE = Prerequisite("nothing's headers", "libnothing-dev", header="nothing/at/all.h")


def script(path: Path, text: str = "") -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_what_is_here_is_not_missing() -> None:
    this = Prerequisite("a shell", "dash", program="sh")
    header = Prerequisite("the C library's headers", "libc6-dev", header="stdio.h")
    module = Prerequisite("json", "python3", module="json")
    assert missing([this, header, module]) == ()


def test_each_kind_is_found_missing() -> None:
    program = Prerequisite("nothing", "nothing", program="no-such-program")
    module = Prerequisite("no module", "python3-nothing", module="no_such_module")
    assert missing([program, NOWHERE, module, program]) == (program, NOWHERE, module)


def test_a_bare_machine_is_named_all_that_it_lacks(bare: Path) -> None:
    assert missing(BACKPORT) == BACKPORT
    script(bare / "apt-get")
    lacking = missing((*BACKPORT, *PYTHON27))
    assert prerequisites.complaint(lacking, "to build CPython 2.7") == (
        "A C compiler, the C library's headers, OpenSSL's headers, make, zlib's headers and "
        "libffi's headers are missing to build CPython 2.7; install with: "
        "apt-get install gcc libc6-dev libssl-dev make zlib1g-dev libffi-dev"
    )


def test_elsewhere_debians_names_are_a_hint(bare: Path) -> None:
    assert prerequisites.complaint(VIRTUALENV, "to run the suite") == (
        "Python's venv with pip is missing to run the suite; install what Debian calls python3-venv"
    )


def test_nothing_missing_is_no_complaint() -> None:
    assert prerequisites.complaint((), "to build") == ""


def test_the_compiler_is_the_one_that_a_build_uses(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(bare / "mine", 'echo works; echo "found stdio.h"; echo "found openssl/ssl.h"')
    monkeypatch.setenv("CC", "mine -m64")
    assert missing(BACKPORT) == ()


@pytest.mark.parametrize(
    "variables, told",
    [
        ({"CC": "broken"}, "A C compiler (CC names broken, which compiles nothing) is missing"),
        ({"CC": "gone"}, "A C compiler (CC names gone, which is not there), the C library's"),
        ({"CC": 'cc "'}, "A C compiler (CC names cc \", which is not there), the C library's"),
        ({}, "A C compiler (cc compiles nothing) is missing"),
        ({"CFLAGS": "-x"}, "A C compiler (cc compiles nothing with the CFLAGS that are set) is"),
        ({"CPPFLAGS": '"'}, "A C compiler (cc compiles nothing with the CPPFLAGS that are set) is"),
    ],
)
def test_a_compiler_that_does_not_work_is_what_is_missing(
    bare: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    for name in prerequisites.FLAGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("cc", "broken"):
        script(bare / name, "exit 1")
    assert prerequisites.complaint(missing(BACKPORT), "to build").startswith(told)


def test_the_openssl_of_a_build(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prerequisites.openssl_headers() is None
    script(bare / "cc", """echo 'found "OpenSSL 1.1.1w  11 Sep 2023"'""")
    assert prerequisites.openssl_headers() == "1.1.1w"
    script(bare / "cc", """echo 'found "LibreSSL 3.9"'""")
    assert prerequisites.openssl_headers() is None


def test_headers_in_folders_that_a_build_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing(BACKPORT[:1]):
        pytest.skip("no C compiler")
    monkeypatch.delenv("CPPFLAGS", raising=False)
    (tmp_path / "nothing" / "at").mkdir(parents=True)
    (tmp_path / "nothing" / "at" / "all.h").touch()
    assert missing([NOWHERE])
    monkeypatch.setenv("CPPFLAGS", f"-I{os.fspath(tmp_path)}")
    assert not missing([NOWHERE])
