"""Finding interpreters: only what runs counts, and each Python counts once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from impls.host import interpreters
from impls.host.interpreters import Interpreter, InterpreterError


def fake(path: Path, minor: str = "3.9", micro: int = 1, **said: object) -> Path:
    """A script that answers the probe as an interpreter would."""
    major, small = minor.split(".")
    answer = {
        "implementation": "cpython",
        "version": [int(major), int(small), micro, "final", 0],
        "executable": str(path),
        "openssl": "OpenSSL 3.0.0",
        "trouble": None,
        "headers": True,
        "free_threaded": False,
        **said,
    }
    text = repr(answer).replace("'", '"').replace("None", "null")
    text = text.replace("True", "true").replace("False", "false")
    return script(path, f"echo '<<<{text}>>>'")


def script(path: Path, line: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(0o755)
    return path


def found_on(path: Path, *explicit: Path, **variables: str) -> list[Interpreter]:
    """What is found with only ``path`` on PATH, without the Python that runs the tests."""
    environment = {"PATH": f"{path}", "HOME": f"{path}/nobody", **variables}
    with mock.patch.object(sys, "executable", ""):
        return list(interpreters.find(explicit, environment, timeout=2))


def test_a_real_one_describes_itself() -> None:
    this = interpreters.probe(Path(sys.executable))
    import ssl

    assert this.version_info == tuple(sys.version_info)
    assert this.openssl == ssl.OPENSSL_VERSION
    assert not this.executable.is_symlink()
    assert this.minor == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert str(this).startswith(("CPython 3.", "PyPy 3."))


def test_the_python_that_asks_is_always_there(tmp_path: Path) -> None:
    found = interpreters.find((), {"PATH": "", "HOME": str(tmp_path)})
    assert [each.source for each in found] == ["host"]


def test_a_virtualenv_is_left_for_what_it_was_made_from(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    inside = interpreters.probe(tmp_path / "v" / "bin" / "python")
    assert inside.executable == interpreters.probe(Path(sys.executable)).executable


def test_a_virtualenv_with_a_copied_executable_is_left_too(tmp_path: Path) -> None:
    base = fake(tmp_path / "base" / "python3")
    fake(tmp_path / "v" / "bin" / "python3")
    (tmp_path / "v" / "pyvenv.cfg").write_text(f"home = {base.parent}\nversion = 3.9.1\n")
    assert interpreters.probe(tmp_path / "v" / "bin" / "python3").executable == base


def test_a_shim_that_fails_is_no_interpreter(tmp_path: Path) -> None:
    script(tmp_path / "python3.8", "echo 'python3.8: command not found' >&2; exit 127")
    script(tmp_path / "python3.7", "echo Hello")
    script(tmp_path / "python3.6", "echo '<<<{}>>>'")
    (tmp_path / "python3.5").write_text("not executable")
    fake(tmp_path / "python3.9")
    assert [each.minor for each in found_on(tmp_path)] == ["3.9"]


def test_one_that_hangs_is_given_up(tmp_path: Path) -> None:
    script(tmp_path / "python3.8", "sleep 60 & sleep 60")
    begin = time.monotonic()
    with pytest.raises(InterpreterError, match="no answer within 0.3 seconds"):
        interpreters.probe(tmp_path / "python3.8", timeout=0.3)
    assert time.monotonic() - begin < 5


def test_a_shim_gives_the_executable_behind_it(tmp_path: Path) -> None:
    real = fake(tmp_path / "real" / "python3.9")
    fake(tmp_path / "python3.9", executable=str(real))
    assert [each.executable for each in found_on(tmp_path)] == [real]


def test_only_names_of_pythons_are_run(tmp_path: Path) -> None:
    for name in ("python3.9-config", "python", "python2", "pypy", "python3.9t", "xpython3.9"):
        fake(tmp_path / name)
    fake(tmp_path / "pypy3.10", minor="3.10", implementation="pypy")
    found = found_on(tmp_path)
    assert [(each.implementation, each.minor) for each in found] == [("pypy", "3.10")]


def test_places_of_pyenv_and_uv(tmp_path: Path) -> None:
    fake(tmp_path / "pyenv" / "versions" / "3.8.20" / "bin" / "python", "3.8")
    fake(tmp_path / "uv" / "cpython-3.12.1-linux" / "bin" / "python", "3.12")
    fake(tmp_path / "data" / "uv" / "python" / "cpython-3.11" / "bin" / "python", "3.11")
    pyenv, uv, data = (str(tmp_path / name) for name in ("pyenv", "uv", "data"))
    found = found_on(tmp_path, PYENV_ROOT=pyenv, UV_PYTHON_INSTALL_DIR=uv)
    assert [(each.source, each.minor) for each in found] == [("pyenv", "3.8"), ("uv", "3.12")]
    assert [each.minor for each in found_on(tmp_path, XDG_DATA_HOME=data)] == ["3.11"]


def test_shims_of_pyenv_are_not_run(tmp_path: Path) -> None:
    """What they could start is looked for where it is."""
    real = fake(tmp_path / "pyenv" / "versions" / "3.8.20" / "bin" / "python", "3.8")
    shims = tmp_path / "pyenv" / "shims"
    script(shims / "python3.8", f": > {tmp_path}/was-run; exec {real}")
    found = found_on(shims, PYENV_ROOT=str(tmp_path / "pyenv"))
    assert [each.executable for each in found] == [real]
    assert not (tmp_path / "was-run").exists()
    assert [each.executable for each in found_on(shims)] == [real]  # another's are as any script
    assert (tmp_path / "was-run").exists()


def test_one_of_each_minor_the_newest_patch(tmp_path: Path) -> None:
    fake(tmp_path / "python3.9", micro=1)
    for micro in (9, 10):
        fake(tmp_path / "root" / "versions" / f"3.9.{micro}" / "bin" / "python", micro=micro)
    found = found_on(tmp_path, PYENV_ROOT=str(tmp_path / "root"))
    assert [each.version for each in found] == ["3.9.10"]


@pytest.mark.parametrize(
    "worse",
    [
        {"openssl": None, "trouble": "ImportError", "micro": 7},
        {"free_threaded": True, "micro": 7},
        {"headers": False},
        {},
    ],
)
def test_of_equals_the_fitter_and_then_the_first(tmp_path: Path, worse: dict[str, object]) -> None:
    best = fake(tmp_path / "a" / "python3.9")
    other = fake(tmp_path / "b" / "python3.9", **worse)  # type: ignore[arg-type]
    places = [best.parent, other.parent] if not worse else [other.parent, best.parent]
    path = Path(os.pathsep.join(map(str, places)))
    assert [each.executable for each in found_on(path)] == [best]


def test_what_a_person_names_wins(tmp_path: Path) -> None:
    fake(tmp_path / "python2.7", "2.7", micro=18)
    mine = fake(tmp_path / "mine" / "whatever", "2.7", micro=1)
    (found,) = found_on(tmp_path, mine)
    assert (found.executable, found.source) == (mine, "option")


def test_beside_a_python_3_that_a_person_names_is_the_one_that_is_there(tmp_path: Path) -> None:
    fake(tmp_path / "older" / "python3.9", micro=19)
    usual = fake(tmp_path / "python3.9", micro=20)
    mine = fake(tmp_path / "mine" / "whatever", micro=1)
    path = Path(f"{tmp_path}/older:{tmp_path}")
    assert [(one.executable, one.source) for one in found_on(path, mine)] == [
        (mine, "option"),
        (usual, "PATH"),
    ]
    assert [one.source for one in found_on(path, usual)] == ["option", "PATH"]
    assert [one.source for one in found_on(tmp_path, usual)] == ["option"]


def test_what_a_person_names_must_run(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"absent was named .* does not start"):
        interpreters.find([tmp_path / "absent"], {})


def test_a_person_names_one_of_each_minor(tmp_path: Path) -> None:
    first, second = (fake(tmp_path / name / "python3.9") for name in "ab")
    with pytest.raises(InterpreterError, match="both named.* leave one of the two 3.9 out"):
        found_on(tmp_path / "nowhere", first, second)
    assert len(found_on(tmp_path / "a", first, first)) == 1


def test_order_is_that_of_versions(tmp_path: Path) -> None:
    for minor in ("3.10", "2.7", "3.9"):
        fake(tmp_path / f"python{minor}", minor)
    fake(tmp_path / "pypy3.9", "3.9", implementation="pypy")
    found = [f"{each.implementation} {each.minor}" for each in found_on(tmp_path)]
    assert found == ["cpython 2.7", "cpython 3.9", "cpython 3.10", "pypy 3.9"]


def test_a_prerelease_says_so_and_is_older_than_its_release(tmp_path: Path) -> None:
    fake(tmp_path / "a" / "python3.15", version=[3, 15, 0, "alpha", 2])
    (alpha,) = found_on(tmp_path / "a")
    assert (alpha.version, alpha.final) == ("3.15.0a2", False)
    fake(tmp_path / "b" / "python3.15", version=[3, 15, 0, "final", 0])
    (final,) = found_on(Path(f"{tmp_path}/a:{tmp_path}/b"))
    assert final.version == "3.15.0"


def test_the_environment_of_the_caller_does_not_reach_the_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/somewhere")
    script(tmp_path / "python3.9", 'echo "$LD_LIBRARY_PATH" >&2; exit 3')
    with pytest.raises(InterpreterError, match=r"\(exit status 3\)"):
        interpreters.probe(tmp_path / "python3.9")


def test_an_interpreter_travels_to_another_process() -> None:
    this = interpreters.probe(Path(sys.executable))
    assert Interpreter.from_plain(this.to_plain()) == this


@pytest.mark.parametrize(
    ("openssl", "loaded", "lane"),
    [
        ("OpenSSL 3.6.5 29 Sep 2026", None, "3.6"),
        ("OpenSSL 3.0.1", "OpenSSL 3.6.5 29 Sep 2026", "3.6"),  # PyPy's is of when it was built
        ("OpenSSL 1.1.1w  11 Sep 2023", None, "1.1.1"),
        ("OpenSSL 4.0.3", None, "4.0"),
        ("LibreSSL 3.9.2", None, None),
        (None, "OpenSSL 3.6.5", None),
    ],
)
def test_a_lane_is_that_of_the_library_at_run_time(
    tmp_path: Path, openssl: str | None, loaded: str | None, lane: str | None
) -> None:
    python = fake(tmp_path / "python3.9", openssl=openssl, loaded=loaded)
    assert interpreters.probe(python).lane == lane


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_library_in_the_process_is_seen() -> None:
    this = interpreters.probe(Path(sys.executable))
    if this.library is None:
        pytest.skip("this Python has OpenSSL inside")
    assert this.library.name.startswith("libssl.so.")
    assert this.loaded == this.openssl


def test_a_prefix_is_known_by_its_manifest(tmp_path: Path) -> None:
    base = fake(tmp_path / "base" / "python3.9")
    launcher = fake(tmp_path / "prefix" / "machine" / "mine" / "bin" / "python3.9")
    (launcher.parent.parent / "base").symlink_to(base)
    found = interpreters.probe(launcher)
    assert (found.prefix, found.base) == (None, None)
    (tmp_path / "prefix" / "prefix.json").touch()
    found = interpreters.probe(launcher)
    assert (found.prefix, found.base) == (tmp_path / "prefix", base)
    assert Interpreter.from_plain(found.to_plain()) == found
