"""Prefixes of other releases: with an apt that is a script here, and for real where wanted.

The real ones: ``TLS_BOOTSTRAP_TEST_FETCH=1 pytest tests/unit/test_prefix.py`` on Debian or its kin.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from impls.host import interpreters, prefix, prerequisites
from impls.host.debian import DebianError
from impls.host.prefix import NEWEST, Prefix, prefix_with
from impls.host.session import RemoteAgent
from tests.support.agents import implementation
from tests.support.fake_debian import FakeDebian, debian

__all__ = ["debian"]


def test_the_newest_release_with_its_pythons(debian: FakeDebian) -> None:
    found = prefix_with(NEWEST, debian.cache)
    assert (found.suite, found.openssl, found.lane) == ("Debian forky", "3.6.5", "3.6")
    assert (found.pythons, found.notes, found.own_libc) == (("3.14", "3.15"), (), True)
    assert sorted(found.packages) == [
        *("libc6", "libpython3.14-stdlib", "libpython3.15-stdlib", "libssl-dev", "libssl3t64"),
        *("python3.14-minimal", "python3.15-minimal"),
    ]
    python = interpreters.probe(found.python("3.15"))
    assert (python.version, python.lane, python.prefix) == ("3.15.18", "3.6", found.folder)
    assert python.executable == found.python("3.15")
    assert python.command == (str(found.python("3.15")),)


def test_fetched_once(debian: FakeDebian) -> None:
    found = prefix_with("3.6", debian.cache)
    assert debian.left() == [found.folder.name]
    called = debian.called
    assert prefix_with("3.6", debian.cache) == prefix_with(NEWEST, debian.cache) == found
    assert debian.called == called


def test_several_at_once_fetch_once(debian: FakeDebian) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: prefix_with("3.5", debian.cache).folder, range(4)))
    assert len(found) == 1
    assert debian.called.count(" update") == 1


def test_half_a_prefix_is_never_found(debian: FakeDebian) -> None:
    found = prefix_with("3.6", debian.cache)
    (found.folder / "prefix.json").unlink()  # as of one that was killed before the last step
    (found.folder / "half").touch()
    (debian.cache / f"{found.folder.name}-killed").mkdir()
    assert prefix_with("3.6", debian.cache) == found
    assert not (found.folder / "half").exists()
    assert debian.left() == [found.folder.name]


def test_the_next_release_is_tried(debian: FakeDebian) -> None:
    debian.set("broken-forky")
    found = prefix_with("3.6", debian.cache)
    assert found.suite == "Debian sid"
    assert debian.suites == ["forky", "sid"]


def test_a_pool_behind_its_index_goes_to_the_next_release(debian: FakeDebian) -> None:
    debian.set("gone-libssl3t64")
    with pytest.raises(DebianError) as caught:
        prefix_with("3.6", debian.cache)
    assert str(caught.value) == (
        "OpenSSL 3.6 cannot be had today ("
        "Debian forky: apt-get: Failed to fetch libssl3t64.deb  404; "
        "Debian sid: apt-get: Failed to fetch libssl3t64.deb  404; "
        "Debian experimental: it has OpenSSL 4.0.3)."
    )
    assert debian.left() == []


def test_a_release_that_moved_on_is_not_believed(debian: FakeDebian) -> None:
    debian.set("openssl-of-forky", "3.7.0-1")
    assert prefix_with("3.6", debian.cache).suite == "Debian sid"
    assert prefix_with("3.7", debian.cache).suite == "Debian forky"


def test_a_python_that_cannot_be_had_is_a_note(debian: FakeDebian) -> None:
    debian.set("gone-python3.15-minimal")
    found = prefix_with("3.6", debian.cache)
    assert found.pythons == ("3.14",)
    (note,) = found.notes
    assert note.startswith("Python 3.15 of Debian forky cannot be had today (apt-get: Failed to")


def test_one_that_lacks_something_is_made_again_after_a_day(debian: FakeDebian) -> None:
    debian.set("gone-python3.15-minimal")
    found = prefix_with("3.6", debian.cache)
    called = debian.called
    debian.unset("gone-python3.15-minimal")
    assert prefix_with("3.6", debian.cache) == found
    assert debian.called == called
    yesterday = time.time() - 25 * 3600
    os.utime(found.folder / "prefix.json", (yesterday, yesterday))
    anew = prefix_with("3.6", debian.cache)
    assert (anew.pythons, anew.notes) == (("3.14", "3.15"), ())
    assert debian.left() == [found.folder.name]
    os.utime(found.folder / "prefix.json", (yesterday, yesterday))
    called = debian.called
    assert prefix_with("3.6", debian.cache) == anew
    assert debian.called == called


def test_what_lacks_something_stays_when_no_better_can_be_had(debian: FakeDebian) -> None:
    debian.set("gone-python3.15-minimal")
    found = prefix_with("3.6", debian.cache)
    yesterday = time.time() - 25 * 3600
    os.utime(found.folder / "prefix.json", (yesterday, yesterday))
    debian.set("broken")
    assert prefix_with("3.6", debian.cache) == found
    called = debian.called
    assert prefix_with("3.6", debian.cache) == found
    assert debian.called == called
    assert interpreters.probe(found.python("3.14")).lane == "3.6"


def test_a_python_on_another_openssl_than_the_prefix_is_a_note(debian: FakeDebian) -> None:
    debian.set("wrong")
    found = prefix_with("3.6", debian.cache)
    assert found.pythons == ()
    assert found.notes[0] == (
        "Python 3.14 of Debian forky does not work here (it runs on OpenSSL 3.0.1 1 Jan 2026 in "
        "place of OpenSSL 3.6.5)."
    )


def test_an_older_release_keeps_the_loader_and_c_library_of_the_machine(
    debian: FakeDebian,
) -> None:
    found = prefix_with("1.1.1", debian.cache)
    assert (found.openssl, found.pythons) == ("1.1.1w", ("2.7", "3.9"))
    assert found.loader == str(debian.base / "loader") and not found.own_libc
    assert "libc6" not in found.packages
    assert {"python2.7-dev", "libpython2.7-dev"} <= set(found.packages)
    python = interpreters.probe(found.python("2.7"))
    assert (python.lane, python.openssl_version) == ("1.1.1", (1, 1, 1))


def test_a_loader_that_is_too_old(debian: FakeDebian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefix, "_machine_libc", lambda: "2.31")
    with pytest.raises(DebianError, match=r"bullseye: it needs glibc 2\.33 or newer here.*2\.31"):
        prefix_with("1.1.1", debian.cache)


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with all that compiling a module needs."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(prerequisites, "missing", lambda wanted: ())
    monkeypatch.setattr(prerequisites, "_works", lambda compiler: True)


def test_a_partial_release_gives_its_openssl_alone(debian: FakeDebian, compiler: None) -> None:
    found = prefix_with("4.0", debian.cache)
    assert (found.suite, found.openssl, found.pythons) == ("Debian experimental", "4.0.3", ())
    assert "libssl4" in found.packages
    assert "Suites: experimental forky\n" in debian.called
    assert found.notes == (
        "The source of Python 3.15 of Debian forky cannot be had today "
        "(apt-get: Failed to fetch python3.15.dsc  404).",
    )


def test_a_python_is_compiled_with_the_openssl_of_a_partial_release(
    debian: FakeDebian, compiler: None
) -> None:
    debian.set("source-of-python3.15")
    found = prefix_with("4.0", debian.cache)
    assert (found.pythons, found.notes) == (("3.15",), ())
    assert interpreters.probe(found.python("3.15")).lane == "4.0"
    dynamic = found.folder / "usr" / "lib" / "python3.15" / "lib-dynload"
    assert {path.read_text() for path in dynamic.iterdir()} == {"compiled\n"}
    commands = [line for line in debian.called.splitlines() if line.startswith("cc ")]
    assert [line.split("/Modules/")[1].split()[0] for line in commands] == [
        "_ssl.c",
        "_hashopenssl.c",
    ]
    for line in commands:
        assert f"-isystem {found.folder}/usr/include " in line
        assert f"-L{found.folder}/usr/lib/some-linux-gnu" in line
        assert "-DOPENSSL_NO_TLS1_METHOD" in line


def test_a_python_that_does_not_compile_is_a_note(debian: FakeDebian, compiler: None) -> None:
    debian.set("source-of-python3.15")
    debian.set("broken-cc")
    found = prefix_with("4.0", debian.cache)
    assert (found.pythons, found.notes) == (
        (),
        ("Python 3.15 cannot be compiled with OpenSSL 4.0.3 (cc: it is broken).",),
    )


def test_without_a_compiler_the_note_says_what_to_install(
    debian: FakeDebian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prerequisites, "missing", lambda wanted: tuple(wanted[:1]))
    monkeypatch.setattr(prerequisites, "_works", lambda compiler: True)
    (note,) = prefix_with("4.0", debian.cache).notes
    assert note == (
        "The source of Python 3.15 of Debian forky cannot be had today (A C compiler is missing "
        "to compile its modules; install with: apt-get install gcc)."
    )


def test_a_python_of_the_machine_runs_on_the_prefix(debian: FakeDebian) -> None:
    found = prefix_with("3.6", debian.cache)
    base = interpreters.probe(debian.machine_python("3.9"))
    assert (base.lane, base.prefix, base.base) == ("3.0", None, None)
    launched = interpreters.probe(found.launcher(base))
    assert (launched.version, launched.lane) == (base.version, "3.6")
    assert (launched.prefix, launched.base) == (found.folder, base.executable)
    assert launched.executable == found.launcher(base)
    assert interpreters.Interpreter.from_plain(launched.to_plain()) == launched


def test_beside_an_older_release_it_keeps_all_libraries_but_openssl(debian: FakeDebian) -> None:
    found = prefix_with("3.0", debian.cache)
    base = interpreters.probe(debian.machine_python("3.9"))
    launched = interpreters.probe(found.launcher(base))
    assert launched.openssl == "OpenSSL 3.0.20 1 Jan 2026"
    assert launched.library == found.folder / "openssl" / "libssl.so.3"


def test_distutils_look_beside_the_python27(debian: FakeDebian) -> None:
    usr = prefix_with("1.1.1", debian.cache).folder / "usr"
    data = usr / "lib" / "python2.7" / "_sysconfigdata.py"
    variables: dict[str, str] = dict.fromkeys(("BASECFLAGS", "CFLAGS", "LDSHARED"), "x")
    exec(data.read_text(), {"build_time_vars": variables, "__file__": str(data)})
    include = f'x "-isystem{usr}/include" "-isystem{usr}/include/some-linux-gnu"'
    assert variables["BASECFLAGS"] == variables["CFLAGS"] == include
    assert variables["LDSHARED"] == f'x "-L{usr}/lib/some-linux-gnu"'


def test_no_mirror_of_the_family(debian: FakeDebian) -> None:
    debian.sources("debian.sources", "Types: deb\nURIs: http://x.test/\nSuites: mine\n")
    with pytest.raises(DebianError, match="OpenSSL 3.6 cannot be had: no release on a mirror"):
        prefix_with("3.6", debian.cache)


def test_not_debian(debian: FakeDebian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(debian.base / "nothing"))
    with pytest.raises(DebianError, match=r"OpenSSL 3\.6 is fetched only on Debian and its kin"):
        prefix_with("3.6", debian.cache)


def test_an_unusable_cache(debian: FakeDebian) -> None:
    debian.cache.touch()
    with pytest.raises(DebianError, match="cannot be used .*; set TLS_BOOTSTRAP_CACHE"):
        prefix_with("3.6", debian.cache)
    with pytest.raises(DebianError, match="has a colon in its name"):
        prefix_with("3.6", debian.base / "a:b")


def test_progress_is_told_on_standard_error(
    debian: FakeDebian, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix_with("3.6", debian.cache)
    output, errors = capsys.readouterr()
    assert output == ""
    assert "Fetching OpenSSL 3.6.5 and Python 3.14, 3.15 from Debian forky." in errors


# For real

EXTENSION = """
#include <Python.h>
#include <openssl/ssl.h>
static PyMethodDef none[] = {{0}};
PyMODINIT_FUNC initlinked(void) {
    PyObject *module = Py_InitModule("linked", none);
    PyModule_AddStringConstant(module, "built", OPENSSL_VERSION_TEXT);
    PyModule_AddStringConstant(module, "run", OpenSSL_version(OPENSSL_VERSION));
}
"""

SETUP = """
from distutils.core import Extension, setup
setup(ext_modules=[Extension("linked", ["linked.c"], libraries=["ssl", "crypto"])])
"""

CHILD = (
    "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', %r]).decode())"
)

for_real = pytest.mark.skipif(
    not os.environ.get("TLS_BOOTSTRAP_TEST_FETCH"),
    reason="set TLS_BOOTSTRAP_TEST_FETCH to really fetch other releases (10 to 20 MB each)",
)


@pytest.fixture(scope="module")
def a_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fetched") / "a cache"


def python27_in(found: Prefix) -> interpreters.Interpreter:
    """The CPython 2.7 of a prefix, or the machine's on it."""
    if "2.7" in found.pythons:
        return interpreters.probe(found.python("2.7"))
    for base in interpreters.find():
        if base.minor == "2.7" and base.headers:
            return interpreters.probe(found.launcher(base))
    pytest.skip("no CPython 2.7 with headers on this machine")


@for_real
@pytest.mark.parametrize("openssl", [NEWEST, "3.5", "1.1.1", "4.0"])
def test_for_real(a_cache: Path, openssl: str) -> None:
    """Its Pythons run on its OpenSSL, and so do the processes that they start."""
    found = prefix_with(openssl, a_cache)
    if openssl != "4.0":  # where a source that is not there today is a note
        assert not found.notes
    assert found.pythons
    for minor in found.pythons:
        python = interpreters.probe(found.python(minor))
        prefix.check_runtime(python, found)
        code = "import ssl; print(ssl.OPENSSL_VERSION)"
        output = subprocess.check_output([*python.command, "-c", CHILD % code], text=True)
        assert output.strip() == python.openssl


@for_real
@pytest.mark.parametrize("openssl", [NEWEST, "3.5", "1.1.1", "4.0"])
@pytest.mark.parametrize("flags", [None, "-O0"])
def test_an_extension_for_real(
    a_cache: Path, tmp_path: Path, openssl: str, flags: str | None
) -> None:
    """One that is built for a 2.7 on the prefix is on its OpenSSL, at build time and at run time,
    whether it or the 2.7's own ssl is imported first."""
    found = prefix_with(openssl, a_cache)
    python = python27_in(found)
    (tmp_path / "linked.c").write_text(EXTENSION)
    (tmp_path / "setup.py").write_text(SETUP)
    subprocess.run(
        [*python.command, "setup.py", "-q", "build", "--build-lib", "out"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            **found.compile_flags,
            **({"CFLAGS": flags} if flags else {}),
        },
        check=True,
    )
    own = {python.openssl} if python.lane == found.lane else set()
    for order in ("linked, ssl", "ssl, linked"):
        code = f"import sys; sys.path.insert(0, 'out'); import {order}; " + (
            "print(linked.built); print(linked.run)" + ("; print(ssl.OPENSSL_VERSION)" * len(own))
        )
        output = subprocess.check_output(
            [*python.command, "-S", "-E", "-s", "-c", code], cwd=tmp_path, text=True
        )
        said = set(output.splitlines())
        assert len(said) == 1 and said >= own
        assert said.pop().split()[1] == found.openssl


@for_real
def test_a_python_of_the_machine_for_real(a_cache: Path) -> None:
    found = prefix_with(NEWEST, a_cache)
    base = interpreters.probe(Path(sys.executable))
    launched = interpreters.probe(found.launcher(base))
    prefix.check_runtime(launched, found)
    code = "import ssl; print(ssl.OPENSSL_VERSION)"
    output = subprocess.check_output([*launched.command, "-c", CHILD % code], text=True)
    assert output.strip() == launched.openssl


@for_real
def test_an_agent_for_real(a_cache: Path) -> None:
    found = prefix_with(NEWEST, a_cache)
    python = interpreters.probe(found.python(found.pythons[-1]))
    agent = RemoteAgent(implementation(python=python))
    try:
        assert agent.hello.openssl == python.openssl
        assert agent.hello.executable == str(python.executable)
    finally:
        agent.close()
