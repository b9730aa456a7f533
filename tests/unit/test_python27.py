"""CPython 2.7 built from Debian's source: with an apt, a configure and a make that are scripts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from impls.host import from_source, prerequisites, python27
from impls.host.debian import SUITES, DebianError
from tests.support.fake_debian import FakeDebian, debian

__all__ = ["debian"]


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with all that the build needs, and the headers of the OpenSSL it runs on."""
    monkeypatch.setattr(prerequisites, "missing", lambda wanted: ())
    monkeypatch.setattr(prerequisites, "_works", lambda compiler: True)
    monkeypatch.setattr(prerequisites, "openssl_headers", lambda: "3.0.19")


def test_built_once(debian: FakeDebian, capsys: pytest.CaptureFixture[str]) -> None:
    found = python27.python27(debian.cache)
    assert (found.minor, found.lane, found.source) == ("2.7", "3.0", "fetched")
    assert found.executable.is_relative_to(debian.cache)
    assert debian.left() == [found.executable.parent.parent.name]
    assert "Types: deb-src\n" in debian.called and debian.suites == ["bullseye"]
    assert "Building CPython 2.7 against OpenSSL 3.0.19" in capsys.readouterr().err
    called = debian.called
    assert python27.python27(debian.cache) == found
    assert debian.called == called


def test_several_at_once_build_once(debian: FakeDebian) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = {
            each.executable for each in pool.map(lambda _: python27.python27(debian.cache), "1234")
        }
    assert len(found) == 1
    assert debian.called.count("make install") == 1


def test_another_openssl_is_another_build(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = python27.python27(debian.cache)
    (debian.base / "system" / "version").write_text("3.5.9\n")
    monkeypatch.setattr(prerequisites, "openssl_headers", lambda: "3.5.9")
    second = python27.python27(debian.cache)
    assert (second.lane, second.executable == first.executable) == ("3.5", False)


def lack(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """Let the machine lack what Debian has in these packages."""
    monkeypatch.setattr(
        prerequisites,
        "missing",
        lambda wanted: tuple(each for each in wanted if each.package in programs),
    )


def test_what_is_missing_is_said_before_anything_runs(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch
) -> None:
    lack(monkeypatch, "gcc", "libssl-dev", "make")
    with pytest.raises(DebianError) as caught:
        python27.python27(debian.cache)
    assert str(caught.value) == (
        "A C compiler and OpenSSL's headers are missing to build CPython 2.7 against OpenSSL "
        "3.0.19; install with: apt-get install gcc libssl-dev (or install CPython 2.7 with its "
        "headers and name it (pyenv install 2.7.18 builds one))."
    )
    assert debian.called == ""


@pytest.fixture
def trixie(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that runs Debian trixie."""
    (suite,) = [each for each in SUITES if each.name == "trixie"]
    monkeypatch.setattr(from_source, "machine_suite", lambda: suite)


def test_make_and_small_headers_are_fetched_for_the_build(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch, trixie: None
) -> None:
    lack(monkeypatch, "make", "zlib1g-dev")
    monkeypatch.setenv("LDFLAGS", "-Lmine")
    found = python27.python27(debian.cache)
    assert found.lane == "3.0"
    assert debian.suites == ["bullseye", "trixie"]
    assert " download make zlib1g-dev\n" in debian.called
    (line, *_) = [line for line in debian.called.splitlines() if line.startswith("with ")]
    flags, libraries, path = line.removeprefix("with ").split(", ")
    assert [word.rpartition("/tools/")[2] for word in flags.split()] == [
        "usr/include",
        "usr/include/some-linux-gnu",
    ]
    assert libraries.split()[0].endswith("/tools/usr/lib/some-linux-gnu")
    assert libraries.split()[1] == "-Lmine"
    assert path.split(":")[0].endswith("/tools/usr/bin")
    assert debian.left() == [found.executable.parent.parent.name]


def test_what_cannot_be_fetched_for_the_build_is_to_be_installed(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch, trixie: None
) -> None:
    lack(monkeypatch, "make", "libffi-dev")
    debian.set("broken-trixie")
    with pytest.raises(DebianError) as caught:
        python27.python27(debian.cache)
    assert str(caught.value) == (
        "Make and libffi's headers are missing to build CPython 2.7 against OpenSSL 3.0.19; "
        "install with: apt-get install make libffi-dev (apt-get: The mirror is gone)."
    )


def test_one_that_is_built_needs_nothing_more(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = python27.python27(debian.cache)
    lack(monkeypatch, "gcc", "make")
    assert python27.python27(debian.cache) == found


def test_no_headers_at_all(debian: FakeDebian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites, "openssl_headers", lambda: None)
    with pytest.raises(DebianError, match="headers of OpenSSL here are not those of an OpenSSL"):
        python27.python27(debian.cache)


def test_a_failed_build_is_not_kept_and_says_how_its_log_ends(debian: FakeDebian) -> None:
    debian.set("broken-make")
    with pytest.raises(DebianError, match=r"make: CalledProcessError.*ends: cc: it is broken"):
        python27.python27(debian.cache)
    assert debian.left() == []
    debian.unset("broken-make")
    assert python27.python27(debian.cache).lane == "3.0"


def test_what_is_on_another_openssl_than_it_was_built_for(debian: FakeDebian) -> None:
    debian.set("wrong")
    (debian.base / "system" / "version").write_text("3.2.0\n")
    debian.unset("wrong")
    with pytest.raises(DebianError, match=r"is not one on OpenSSL 3\.0 .*delete that folder"):
        python27.python27(debian.cache)


def test_no_source(debian: FakeDebian) -> None:
    debian.set("broken")
    with pytest.raises(DebianError) as caught:
        python27.python27(debian.cache)
    assert str(caught.value).startswith(
        "The source of CPython 2.7 cannot be fetched (Debian bullseye: apt-get: Failed to fetch "
        "InRelease gone); install CPython 2.7"
    )


def test_not_debian(debian: FakeDebian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(debian.base / "nothing"))
    with pytest.raises(DebianError, match=r"only on Debian and its kin.*pyenv install 2\.7"):
        python27.python27(debian.cache)


def test_an_unusable_cache(debian: FakeDebian) -> None:
    debian.cache.touch()
    with pytest.raises(DebianError, match="cannot be used .*; set TLS_BOOTSTRAP_CACHE"):
        python27.python27(debian.cache)
    with pytest.raises(DebianError, match="cannot be built in a folder with a space"):
        python27.python27(debian.base / "a cache")
