"""A CPython 3 that is built where the machine's are too old to be a reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.run.written_for import MAIN
from impls.host import prerequisites, python3
from impls.host.debian import DebianError
from impls.host.interpreters import Interpreter
from tests.support.declared import interpreter
from tests.support.fake_debian import FakeDebian, debian

__all__ = ["debian"]

BUILT = interpreter("3.13", source="fetched")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The caches for which a Python was built."""
    caches: list[Path | None] = []

    def build(cache: Path | None) -> Interpreter:
        caches.append(cache)
        return BUILT

    monkeypatch.setattr(python3, "python3", build)
    return caches


def test_it_is_the_one_that_the_claims_were_written_for() -> None:
    assert MAIN.python[:2] == python3.OLDEST_REFERENCE
    assert python3.SOURCE.name == "python{}.{}".format(*python3.OLDEST_REFERENCE)


@pytest.mark.parametrize("newest", ["3.13", "3.15"])
def test_a_new_enough_one_will_do(newest: str, built: list[Path | None]) -> None:
    machine = (interpreter("2.7"), interpreter("3.9"), interpreter(newest))
    assert python3.with_python3(machine) == (machine, "") and not built


def test_an_old_one_that_a_person_named_will_do(built: list[Path | None]) -> None:
    machine = (interpreter("3.11", source="option"),)
    assert python3.with_python3(machine) == (machine, "") and not built


@pytest.mark.parametrize("threes", [(), ("3.9",), ("3.11", "3.12")])
def test_one_is_built_where_all_are_older(
    threes: tuple[str, ...], built: list[Path | None], tmp_path: Path
) -> None:
    machine = (interpreter("2.7"), *map(interpreter, threes))
    assert python3.with_python3(machine, tmp_path) == ((*machine, BUILT), "")
    assert built == [tmp_path]


def test_it_is_built_from_source(debian: FakeDebian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites, "missing", lambda wanted: ())
    monkeypatch.setattr(prerequisites, "openssl_headers", lambda: "3.0.19")
    debian.set("source-of-python3.13")
    found = python3.python3(debian.cache)
    assert (found.minor, found.lane, found.source) == ("3.13", "3.0", "fetched")
    assert debian.suites == ["trixie"] and "configured with -std=gnu11\n" in debian.called


def test_why_none_could_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(cache: Path | None) -> Interpreter:
        raise DebianError("There is no network.")

    monkeypatch.setattr(python3, "python3", fail)
    machine = (interpreter("3.11"),)
    found, trouble = python3.with_python3(machine)
    assert found == machine
    assert trouble.startswith("Python 3.11.") and trouble.endswith("There is no network.")
    assert "Python 3.13" in trouble
