"""A run that must build something says at once, and in one sentence, what is not installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.plugin.options import check_prerequisites
from impls.host import prerequisites
from impls.host.prerequisites import BACKPORT, VIRTUALENV, Prerequisite


class Config:
    """As much of pytest's as the check reads."""

    args: Sequence[str] = ()

    def __init__(self, patterns: Sequence[str], allow_missing: bool = False) -> None:
        self._options = {"--implementation": list(patterns), "--allow-missing": allow_missing}

    def getoption(self, name: str) -> object:
        return self._options[name]


def complaint(*patterns: str, allow_missing: bool = False) -> str:
    try:
        check_prerequisites(Config(patterns, allow_missing))  # type: ignore[arg-type]
    except pytest.UsageError as error:
        return str(error)
    return ""


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with apt-get and nothing else."""
    (tmp_path / "apt-get").write_text("#!/bin/sh\n")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(
        prerequisites,
        "missing",
        lambda wanted, missing=prerequisites.missing: (
            *missing([each for each in wanted if not each.module]),
            *(each for each in wanted if each.module),
        ),
    )


BARE = (
    "A C compiler, the C library's headers, OpenSSL's headers and Python's venv with pip are "
    "missing to run the suite; install with: apt-get install gcc libc6-dev libssl-dev python3-venv."
)


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize(
    "patterns", [(), ("backport-py2.7",), ("stdlib-*", "monkeypatched-*")], ids=" ".join
)
def test_all_that_is_missing_is_named_with_the_line_that_installs_it(patterns: list[str]) -> None:
    assert complaint(*patterns) == BARE


@pytest.mark.usefixtures("lacking")
def test_what_builds_nothing_needs_nothing() -> None:
    assert complaint("stdlib-py3.11", "stock-py2.7") == ""
    assert complaint(allow_missing=True) == ""


@pytest.mark.usefixtures("lacking")
def test_a_file_of_the_users_own_that_builds_is_one_more(tmp_path: Path) -> None:
    text = 'id = "mine"\ndescribe = "Mine"\nrole = "candidate"\ninterpreter = "cpython 2.7"\n'
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    assert complaint(str(file)) == ""
    file.write_text(f'{text}[build]\nsource = "."\ncommand = ["make", "{{output}}"]\n', "utf-8")
    assert complaint(str(file)) == BARE


@pytest.mark.parametrize(
    ("absent", "told"), [(BACKPORT[2], "OpenSSL's headers are missing"), (VIRTUALENV[0], "")]
)
def test_without_venv_alone_it_runs(
    monkeypatch: pytest.MonkeyPatch, absent: Prerequisite, told: str
) -> None:
    monkeypatch.setattr(
        prerequisites, "missing", lambda wanted: tuple(each for each in wanted if each == absent)
    )
    assert complaint().partition(" to run")[0] == told
