"""Lanes: which interpreters share an OpenSSL, with releases and Pythons that are scripts here."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from impls.host import interpreters, lanes, prerequisites
from impls.host import prefix as prefix_module
from impls.host.debian import DebianError
from impls.host.interpreters import Interpreter
from impls.host.lanes import ALL, MACHINE, Lane, Unavailable, lanes_available, newest_first
from impls.host.prefix import NEWEST, Prefix
from tests.support.declared import interpreter
from tests.support.fake_debian import FakeDebian, debian

__all__ = ["debian"]


def machine(debian: FakeDebian, *minors: str) -> list[Interpreter]:
    return [interpreters.probe(debian.machine_python(minor), "PATH") for minor in minors]


def lane(found: Sequence[Lane | Unavailable]) -> Lane:
    (only,) = found
    assert isinstance(only, Lane)
    return only


def minors(found: Lane) -> list[str]:
    return [each.minor for each in found.interpreters]


@pytest.fixture(autouse=True)
def unready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot build a 2.7."""
    monkeypatch.setattr(prerequisites, "missing", lambda wanted: tuple(wanted[:1]))
    monkeypatch.setattr(prerequisites, "_works", lambda compiler: True)
    monkeypatch.setattr(prerequisites, "openssl_headers", lambda: None)


@pytest.mark.parametrize(
    ("word", "series"), [("4", ["4.0"]), ("4.x", ["4.0"]), ("1", ["1.1.1"]), ("5.x", ["5.x"])]
)
def test_major_version_is_all_its_series(debian: FakeDebian, word: str, series: list[str]) -> None:
    found = lanes_available(machine(debian, "2.7"), [word], debian.cache)
    assert [each.openssl for each in found] == series


def test_the_machines_own_lane_needs_no_network(debian: FakeDebian) -> None:
    own = machine(debian, "2.7", "3.9", "3.13")
    found = lane(lanes_available(own, [MACHINE], debian.cache))
    assert (found.openssl, found.origin, found.prefix) == ("3.0", "this machine", None)
    assert found.interpreters == tuple(own)
    assert found.notes == ()
    assert lanes_available(own, ["3.0"], debian.cache) == [found]
    assert debian.called == ""


def test_the_newest_release_with_the_machines_pythons_on_it(debian: FakeDebian) -> None:
    own = machine(debian, "2.7", "3.9", "3.14")
    found = lane(lanes_available(own, [NEWEST], debian.cache))
    assert (found.openssl, found.origin) == ("3.6", "Debian forky")
    assert minors(found) == ["2.7", "3.9", "3.14", "3.15"]
    assert {each.lane for each in found.interpreters} == {"3.6"}
    assert [each.base for each in found.interpreters] == [*(one.executable for one in own), None]
    assert [each.base for each in found.others] == [None]  # the release's own 3.14
    assert found.notes == ()


def test_no_launcher_is_written_while_interpreters_start(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = machine(debian, "2.7", "3.9", "3.14")
    steps: list[str] = []
    write, ask = prefix_module._write_launcher, lanes.launched_on

    def written(path: Path, *others: object) -> None:
        if not path.exists():
            steps.append("written")
        write(path, *others)  # type: ignore[arg-type]

    def started(prefix: Prefix, base: Interpreter) -> Interpreter | str:
        steps.append("started")
        return ask(prefix, base)

    monkeypatch.setattr(prefix_module, "_write_launcher", written)
    monkeypatch.setattr(lanes, "launched_on", started)
    lane(lanes_available(own, [NEWEST], debian.cache))
    assert steps[-3:] == ["started"] * 3
    assert steps.count("started") == 3
    assert steps.count("written") >= 3


def test_each_lane_once_however_it_is_wanted(debian: FakeDebian) -> None:
    own = machine(debian, "2.7", "3.9")
    found = lanes_available(own, ["3.6", NEWEST, MACHINE, "3.0"], debian.cache)
    assert [each.openssl for each in found] == ["3.6", "3.0"]


def test_all_of_them(debian: FakeDebian) -> None:
    debian.set("broken-trixie")
    found = lanes_available(machine(debian, "2.7", "3.9"), [ALL], debian.cache)
    assert [each.openssl for each in found] == ["3.6", "3.0", "3.5", "1.1.1", "4.0"]
    assert [each for each in found if isinstance(each, Unavailable)] == [
        Unavailable(
            "3.5",
            "OpenSSL 3.5 cannot be had today (Debian trixie: apt-get: The mirror is gone).",
        )
    ]


def test_another_name_of_the_library_takes_no_python_of_the_machine(debian: FakeDebian) -> None:
    found = lane(lanes_available(machine(debian, "2.7", "3.9"), ["1.1.1"], debian.cache))
    assert minors(found) == ["2.7", "3.9"]
    assert {each.lane for each in found.interpreters} == {"1.1.1"}
    assert {each.base for each in found.interpreters} == {None}
    assert found.extension_only is None
    (note,) = found.notes
    assert note.startswith("No Python 3.13 or newer is on OpenSSL 1.1.1w: A C compiler is missing")


def test_a_release_with_old_pythons_gets_one_that_is_built(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(prefix: Prefix) -> Interpreter:
        assert prefix.lane == "1.1.1"
        return interpreter("3.13", openssl="OpenSSL 1.1.1w")

    monkeypatch.setattr(lanes, "python3_on", built)
    found = lane(lanes_available(machine(debian, "2.7", "3.9"), ["1.1.1"], debian.cache))
    assert minors(found) == ["2.7", "3.9", "3.13"]
    assert found.notes == ()


def test_the_newest_patch_level_is_the_reference() -> None:
    own = [interpreter(minor) for minor in ("2.7", "3.9", "3.13")]
    release = dataclasses.replace(own[-1], version_info=(3, 13, 15, "final", 0))
    assert newest_first([*own, release]) == [release, *own]
    preview = dataclasses.replace(release, version_info=(3, 16, 0, "alpha", 1))
    assert newest_first([*own, preview]) == [own[-1], *own[:-1], preview]


def test_where_no_python_fits_the_backport_alone_can_be_tried(debian: FakeDebian) -> None:
    own = machine(debian, "2.7", "3.9")
    found = lane(lanes_available(own, ["4.0"], debian.cache))
    assert found.interpreters == ()
    assert found.extension_only is not None
    assert found.extension_only.base == own[0].executable
    assert found.extension_only.prefix == found.prefix
    assert found.notes[1:] == (
        "No Python 3.13 or newer is on OpenSSL 4.0.3: No CPython 3.13 against OpenSSL 4.0.3 can be "
        "built: Debian experimental has another C library.",
        "No CPython 2.7 is on OpenSSL 4.0 as a whole: the backport alone is, beside an ssl on "
        "OpenSSL 3.0.",
        "No Python 3 is on OpenSSL 4.0: build one against it and name it with --interpreter.",
    )


def test_one_that_does_not_run_there_is_a_note(debian: FakeDebian) -> None:
    own = machine(debian, "2.7", "3.9")
    debian.set("no-ssl-3.9")
    found = lane(lanes_available(own, ["3.6"], debian.cache))
    assert minors(found) == ["2.7", "3.14", "3.15"]
    assert found.notes == (
        "CPython 3.9.18, OpenSSL 3.0.19 1 Jan 2026 does not run on OpenSSL 3.6.5 of Debian forky "
        "(it cannot import ssl: None).",
    )


def test_what_cannot_be_had_is_a_value_with_a_sentence(debian: FakeDebian) -> None:
    debian.set("broken")
    assert lanes_available(machine(debian, "2.7", "3.9"), ["3.6", "2.0"], debian.cache) == [
        Unavailable(
            wanted,
            f"OpenSSL {wanted} cannot be had today ("
            + "; ".join(
                f"Debian {suite}: apt-get: Failed to fetch InRelease gone"
                for suite in ("forky", "sid", "experimental")
            )
            + ").",
        )
        for wanted in ("3.6", "2.0")
    ]


def test_a_lane_without_a_27_says_why(debian: FakeDebian) -> None:
    found = lane(lanes_available(machine(debian, "3.9"), [MACHINE], debian.cache))
    assert minors(found) == ["3.9"]
    (note,) = found.notes
    assert note.startswith(
        "No CPython 2.7 is on OpenSSL 3.0: A C compiler is missing to build CPython 2.7; install"
    )


def built(monkeypatch: pytest.MonkeyPatch, openssl: str = "OpenSSL 3.0.19") -> Interpreter:
    made = interpreter("2.7", openssl=openssl, source="fetched")
    monkeypatch.setattr(lanes, "python27", lambda cache: made)
    return made


@pytest.mark.parametrize(
    ("own", "builds"),
    [
        ((), True),
        ((interpreter("2.7"),), False),
        ((interpreter("2.7", headers=False),), True),
        ((interpreter("2.7", openssl=None),), True),
        ((interpreter("2.7", openssl="OpenSSL 1.1.1w  11 Sep 2023"),), True),
        ((interpreter("2.7", openssl="OpenSSL 1.1.1w", source="option"),), False),
    ],
)
def test_a_27_is_built_where_none_is_on_the_openssl_of_the_newest_3(
    own: tuple[Interpreter, ...], builds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = built(monkeypatch)
    old = interpreter("3.8", openssl="OpenSSL 1.1.1w")
    pool, trouble = lanes.with_python27((*own, old, interpreter("3.13")))
    assert (made in pool, trouble) == (builds, "")


def test_headers_of_another_openssl_than_the_newest_3_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built(monkeypatch, "OpenSSL 3.5.9")
    pool, trouble = lanes.with_python27((interpreter("3.13"),))
    assert len(pool) == 1
    assert trouble.startswith("The newest Python 3 here is on OpenSSL 3.0 and the headers that")


def test_a_27_that_cannot_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(cache: object) -> Interpreter:
        raise DebianError("The mirror is gone.")

    monkeypatch.setattr(lanes, "python27", fail)
    assert lanes.with_python27((interpreter("3.13"),)) == (
        (interpreter("3.13"),),
        "The mirror is gone.",
    )
