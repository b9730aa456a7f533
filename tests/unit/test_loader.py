"""The agent's code is compiled once for each Python, and what is kept is used by no other."""

from __future__ import annotations

import json
import marshal
import os
import stat
import sys
from binascii import crc32
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from runpy import run_path
from types import CodeType
from typing import Any

import pytest

from impls.host import process as process_module
from impls.host.cache import CACHE_VARIABLE
from impls.host.process import AGENT_ARGUMENTS, AGENT_FOLDER, AgentProcess, folder_for_code
from impls.host.session import RemoteAgent
from tests.support.agents import found, implementation, interpreter

LOADER: dict[str, Any] = run_path(str(AGENT_FOLDER / "loader.py"))
SOURCE = json.dumps([["one.py", "made.append(1)"], ["two.py", "made.append(2)"]])
OTHER = json.dumps([["one.py", "made.append(3)"]])


def run(digest: str, folder: Path | None, line: str = SOURCE) -> list[int]:
    """What the code that the loader gives for some files makes when it runs."""
    made: list[int] = []
    for part in LOADER["code_of_agent"](digest, None if folder is None else str(folder), line):
        assert isinstance(part, CodeType)
        exec(part, {"made": made})
    return made


def only(folder: Path) -> Path:
    """The one file in a folder."""
    (path,) = folder.iterdir()
    return path


def test_files_are_compiled_under_their_names(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path):
        parts = LOADER["code_of_agent"]("x", folder and str(folder), SOURCE)
        assert [part.co_filename for part in parts] == ["one.py", "two.py"]


def test_code_is_kept_and_used_again(tmp_path: Path) -> None:
    assert run("x", tmp_path) == [1, 2]
    assert run("x", tmp_path, "not even JSON") == [1, 2]


def test_nothing_is_kept_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("x", None) == [1, 2]
    assert not list(tmp_path.iterdir())


def test_files_with_another_digest_are_compiled(tmp_path: Path) -> None:
    run("x", tmp_path)
    assert run("y", tmp_path, OTHER) == [3]
    assert run("x", tmp_path, "not even JSON") == [1, 2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "3.99.0 (another, at this very path)"),
        ("flags", (*sys.flags[:3], 2)),
        ("executable", "/bin/sh"),
    ],
)
def test_another_python_does_not_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    run("x", tmp_path)
    monkeypatch.setattr(sys, name, value)
    assert run("x", tmp_path, OTHER) == [3]


def test_the_same_checksum_does_not_make_it_the_same(tmp_path: Path) -> None:
    """The name of a file is short: what it is of is in it."""
    run("x", tmp_path)
    path = only(tmp_path)
    kept = path.read_bytes()
    assert kept.startswith(b"('x', ")
    path.write_bytes(kept.replace(b"('x', ", b"('y', ", 1))
    assert run("x", tmp_path, OTHER) == [3]
    assert run("x", tmp_path, "not even JSON") == [3], "it was not replaced"


def test_an_executable_that_was_replaced_does_not_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_bytes(b"a Python")
    os.utime(python, (1, 1))
    monkeypatch.setattr(sys, "executable", str(python))
    folder = tmp_path / "kept"
    folder.mkdir()
    run("x", folder)
    assert run("x", folder, "not even JSON") == [1, 2]
    os.utime(python, (2, 2))
    assert run("x", folder, OTHER) == [3]
    python.write_bytes(b"another Python")
    os.utime(python, (2, 2))
    assert run("x", folder) == [1, 2]


@pytest.mark.parametrize("length", [0, 10, -1, -200])
def test_a_file_that_is_cut_off_is_not_used(tmp_path: Path, length: int) -> None:
    run("x", tmp_path)
    path = only(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert run("x", tmp_path, OTHER) == [3]
    assert run("x", tmp_path, "not even JSON") == [3], "it was not replaced"


def test_a_damaged_file_is_not_used(tmp_path: Path) -> None:
    run("x", tmp_path)
    path = only(tmp_path)
    kept = bytearray(path.read_bytes())
    kept[-3] ^= 1
    path.write_bytes(kept)
    assert run("x", tmp_path, OTHER) == [3]


@pytest.mark.parametrize("place", ["is not there", "is a file", "beyond-äscii"])
def test_a_place_where_nothing_can_be_kept_costs_nothing_else(tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    if place == "is a file":
        folder.touch()
    elif place != "is not there":
        folder.mkdir()
        (folder / "x").symlink_to(folder / "x")
    assert run("x", folder) == [1, 2]
    assert run("x", folder) == [1, 2]


def test_what_could_not_be_written_whole_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    assert run("x", tmp_path) == [1, 2]
    assert not list(tmp_path.iterdir())


# Real agents


def start(python: Path, folder: Path | None) -> dict[str, Any]:
    process = AgentProcess([str(python), *AGENT_ARGUMENTS], {"LANG": "C.UTF-8"})
    try:
        return process.start("ssl", [], [], folder)[0]
    finally:
        process.close()


@pytest.mark.parametrize("version", sorted({one.minor for one in found()}))
def test_an_agent_starts_from_what_it_kept(tmp_path: Path, version: str) -> None:
    python = interpreter(version).executable
    folder = tmp_path / "beyond-äscii"
    folder.mkdir()
    first = start(python, folder)
    path = only(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert start(python, folder) == first
    assert path.read_bytes() == before
    assert process_module.SOURCES_DIGEST.encode() in before.partition(b"\n")[0]


def test_what_an_agent_kept_is_what_it_runs(tmp_path: Path) -> None:
    """Code that says something else, in its place, is what the next agent says."""
    python = Path(sys.executable).resolve()
    start(python, tmp_path)
    path = only(tmp_path)
    head, _, rest = path.read_bytes().partition(b"\n")
    code = marshal.loads(rest[8:])
    assert [part.co_filename for part in code] == [name for name, _ in process_module.AGENT_SOURCES]
    body = marshal.dumps([compile("print('{}')", "x", "exec")])
    path.write_bytes(head + b"\n" + f"{crc32(body):08x}".encode() + body)
    with pytest.raises(process_module.AgentStartError, match="printed something else"):
        start(python, tmp_path)
    assert start(python, None)["module"] == "ssl"


def test_many_at_once_keep_one_file(tmp_path: Path) -> None:
    python = Path(sys.executable).resolve()
    with ThreadPoolExecutor(4) as pool:
        hellos = list(pool.map(lambda _: start(python, tmp_path), range(4)))
    assert hellos == [hellos[0]] * 4
    only(tmp_path)


def test_only_a_python_of_this_machine_keeps_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    python = interpreter("3")
    command = (str(python.executable),)
    for elsewhere in (
        implementation(argv=command),
        implementation(python=python, site=True),
    ):
        RemoteAgent(elsewhere).process.close()
        assert not list(tmp_path.rglob("*"))
    RemoteAgent(implementation(python=python)).process.close()
    assert only(tmp_path).name == "agents" and only(tmp_path / "agents").is_file()


def test_a_cache_that_cannot_be_made_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert folder_for_code() is None
