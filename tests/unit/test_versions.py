"""Versions, lanes, and conditions on a reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.judge.known import KnownDivergenceError, load, unmatched
from conformance.run.written_for import is_known_to_hold, is_written_for
from impls.host.declarations import RegistryError, read
from impls.host.versions import (
    About,
    Condition,
    default_suites_of,
    exact_openssl,
    in_lane,
    is_condition,
    lane_of,
    met,
    numbers,
    without_lane,
)
from tests.support.declared import GOOD as DECLARED
from tests.unit.test_known import GOOD as DECIDED

TODAY = About.of("3.13.0", "OpenSSL 3.0.19 27 Jan 2026")
NEWER = About.of("3.15.0", "OpenSSL 3.6.5 1 Nov 2026")


@pytest.mark.parametrize(
    ("text", "lane"),
    [
        ("OpenSSL 3.0.19 27 Jan 2026", "3.0"),
        ("OpenSSL 1.1.1w  11 Sep 2023", "1.1.1"),
        ("OpenSSL 4.0.0 14 Apr 2026", "4.0"),
        ("LibreSSL 3.8.2", "LibreSSL 3.8"),
        ("BoringSSL", None),
        (None, None),
    ],
)
def test_the_lane_of_an_openssl(text: str | None, lane: str | None) -> None:
    assert lane_of(text) == lane


def test_versions_are_read() -> None:
    assert numbers("3.16.0a1") == (3, 16, 0)
    assert numbers("none") == numbers(None) == ()
    assert exact_openssl("OpenSSL 1.1.1w  11 Sep 2023") == "OpenSSL 1.1.1w"
    assert NEWER.python >= (3, 14) and NEWER.openssl >= (3, 2)
    assert not About.of("3.13.0", None).openssl >= (3,)


@pytest.mark.parametrize(
    ("python", "has"),
    [
        ("3.6.15", False),
        ("3.12.7", False),
        ("3.12.8", True),
        ("3.13.0", False),
        ("3.13.1", True),
        ("3.14.0", True),
    ],
)
def test_a_change_that_several_releases_brought(python: str, has: bool) -> None:
    assert About.of(python, None).has("3.12.8", "3.13.1") is has


@pytest.mark.parametrize(
    ("number", "suites"),
    [(1, "python"), (None, "python"), (2, "openssl"), (0, "other"), ("unknown", "unknown")],
)
def test_how_a_python_was_built(number: int | str | None, suites: str) -> None:
    assert default_suites_of(number) == suites
    about = About.of("3.13.0", "OpenSSL 3.0.19", suites)
    assert Condition(default_suites="openssl").holds(about) is (suites == "openssl")
    assert is_known_to_hold(about) is (suites == "python")


def test_an_id_in_another_lane() -> None:
    assert in_lane("stock-py2.7", "3.6") == "stock-py2.7-openssl3.6"
    assert without_lane("stock-py2.7-openssl3.6") == without_lane("stock-py2.7") == "stock-py2.7"


@pytest.mark.parametrize(
    ("condition", "version", "holds"),
    [
        (">=3.14", (3, 14, 0), True),
        (">=3.14", (3, 13, 9), False),
        (">3.14", (3, 14, 8), False),
        ("<=3.14", (3, 14, 8), True),
        ("<3.2", (3, 0, 19), True),
        (">=3.2, <3.6", (3, 5, 9), True),
        (">=3.2, <3.6", (3, 6, 0), False),
        ("==3.13", (3, 13, 5), True),
        ("==3.13.0", (3, 13, 5), False),
        (">=3.2", (), False),
        (None, (), True),
    ],
)
def test_a_condition(condition: str | None, version: tuple[int, ...], holds: bool) -> None:
    assert met(condition, version) is holds


@pytest.mark.parametrize("text", ["3.14", ">=3.14,", "=>3.14", "", ">= three", ">=3.14 <3.15"])
def test_what_is_no_condition(text: str) -> None:
    assert not is_condition(text)


def test_where_claims_are_known_to_hold() -> None:
    assert is_known_to_hold(TODAY)
    assert is_known_to_hold(About.of("2.7.18", "OpenSSL 3.0.2"))
    assert is_known_to_hold(About.of("3.13.0", "OpenSSL 3.0.99"))
    assert is_known_to_hold(About.of("3.15.0", "OpenSSL 3.6.9", "openssl"))
    assert not is_known_to_hold(About.of("3.15.0", "OpenSSL 3.6.9"))
    for python, openssl in (("3.99.0", "3.0.19"), ("3.13.0", "3.99.0"), ("3.11.2", "3.0.19")):
        for known in (is_known_to_hold, is_written_for):
            assert not known(About.of(python, openssl))


def test_a_newer_patch_level_is_written_for_and_not_known() -> None:
    for python in ("3.13.99", "3.13.0+", "3.13.0rc1"):
        about = About.of(python, "OpenSSL 3.0.19")
        assert is_written_for(about) and not is_known_to_hold(about)


def test_a_python_without_a_known_openssl() -> None:
    assert not is_known_to_hold(About.of("3.13.0", None))


def test_a_pin_that_holds_from_a_version_on(tmp_path: Path) -> None:
    text = DECIDED.replace('candidate = "1"', 'candidate = "1"\npython = ">=3.14"\nopenssl = "<4"')
    (tmp_path / "a.toml").write_text(text, "utf-8")
    pin, other = load(tmp_path)
    assert pin.condition == Condition(">=3.14", "<4") and not other.is_conditional
    assert pin.holds(NEWER) and not pin.holds(TODAY) and other.holds(TODAY)
    assert str(pin.condition) == "Python >=3.14 and OpenSSL <4"
    assert pin.speaks_of("memory_bio/x", "backport-py2.7-openssl3.6", "forward")


def test_a_pin_for_what_a_distributor_chose(tmp_path: Path) -> None:
    text = DECIDED.replace('candidate = "1"', 'candidate = "1"\ndefault_suites = "openssl"')
    (tmp_path / "a.toml").write_text(text, "utf-8")
    pin, _ = load(tmp_path)
    chosen = About.of("3.13.5", "OpenSSL 3.5.9", "openssl")
    assert pin.is_conditional and pin.holds(chosen) and not pin.holds(NEWER)
    assert str(pin.condition) == "default suites of openssl"
    (tmp_path / "a.toml").write_text(text.replace('"openssl"', '"debian"'), "utf-8")
    with pytest.raises(KnownDivergenceError, match='"default_suites" must be python, openssl or'):
        load(tmp_path)


def test_a_pin_whose_condition_holds_nowhere_need_not_match(tmp_path: Path) -> None:
    text = DECIDED.replace('candidate = "1"', 'candidate = "1"\npython = ">=3.14"')
    (tmp_path / "a.toml").write_text(text, "utf-8")
    (pin, _) = load(tmp_path)
    assert unmatched([pin], [], [TODAY]) == []
    assert unmatched([pin], [], [TODAY, NEWER])


def test_a_declared_absence_that_holds_on_some_openssls(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    table = '[[unsupported]]\nmember = "MemoryBIO"\nreason = "No."\nopenssl = "{}"\n'
    file.write_text(DECLARED + table.format(">=3.2"), "utf-8")
    (declared,) = read(file).unsupported
    assert declared.condition.holds(NEWER) and not declared.condition.holds(TODAY)
    file.write_text(DECLARED + table.format("3.2"), "utf-8")
    with pytest.raises(RegistryError, match='"openssl" must be bounds on a version'):
        read(file)
