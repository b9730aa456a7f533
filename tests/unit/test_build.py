"""Building once: the same things give the same folder, anything else gives another."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from impls.host import build as build_module
from impls.host import interpreters
from impls.host.build import BuildError, BuildTable, build
from impls.host.interpreters import Interpreter
from impls.host.prefix import Prefix

COPY = "cp thing.txt {output}/ && echo run >> ../runs"
"""A build that counts itself, outside of its source."""


@pytest.fixture(scope="module")
def python() -> Interpreter:
    return interpreters.probe(Path(sys.executable))


@pytest.fixture
def table(tmp_path: Path) -> BuildTable:
    source = tmp_path / "source"
    source.mkdir()
    (source / "thing.txt").write_text("first")
    return shell(source, COPY)


def shell(source: Path, command: str) -> BuildTable:
    return BuildTable(source, ("sh", "-c", command))


def runs(table: BuildTable) -> int:
    file = table.source.parent / "runs"
    return len(file.read_text().split()) if file.exists() else 0


def test_built_once_and_found_again(table: BuildTable, python: Interpreter, tmp_path: Path) -> None:
    first = build(table, python, tmp_path / "cache")
    assert (first / "thing.txt").read_text() == "first"
    assert build(table, python, tmp_path / "cache") == first
    assert runs(table) == 1


def truncated(folder: Path) -> None:
    (folder / "thing.txt").write_bytes(b"fir")


def emptied(folder: Path) -> None:
    (folder / "thing.txt").write_bytes(b"")


def with_other_content(folder: Path) -> None:
    (folder / "thing.txt").write_bytes(b"worst")


def without_a_file(folder: Path) -> None:
    (folder / "thing.txt").unlink()


def without_digests(folder: Path) -> None:
    folder.with_name(f"{folder.name}.digests").unlink()


def with_torn_digests(folder: Path) -> None:
    folder.with_name(f"{folder.name}.digests").write_text('{"thing')


def with_other_digests(folder: Path) -> None:
    folder.with_name(f"{folder.name}.digests").write_text("[1]")


@pytest.mark.parametrize(
    "damage",
    [
        truncated,
        emptied,
        with_other_content,
        without_a_file,
        without_digests,
        with_torn_digests,
        with_other_digests,
    ],
)
def test_a_damaged_build_is_built_anew_and_told(
    table: BuildTable,
    python: Interpreter,
    tmp_path: Path,
    damage: Callable[[Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = build(table, python, tmp_path / "cache")
    assert not capsys.readouterr().err
    damage(first)
    assert build(table, python, tmp_path / "cache") == first
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("it is built anew.") and first.name in line
    assert (first / "thing.txt").read_text() == "first"
    assert build(table, python, tmp_path / "cache") == first
    assert runs(table) == 2
    assert not capsys.readouterr().err


def test_bytecode_beside_a_build_is_no_damage(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    compiling = shell(table.source, f"{COPY}; echo x > {{output}}/old.pyc")
    folder = build(compiling, python, tmp_path / "cache")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "thing.pyc").touch()
    (folder / "old.pyc").write_text("compiled by another")
    assert build(compiling, python, tmp_path / "cache") == folder
    assert runs(table) == 1


def test_changed_source_is_built_anew_and_the_old_one_stays(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    first = build(table, python, tmp_path / "cache")
    (table.source / "thing.txt").write_text("other")
    second = build(table, python, tmp_path / "cache")
    assert (second / "thing.txt").read_text() == "other"
    assert (first / "thing.txt").read_text() == "first"
    (table.source / "thing.txt").write_text("first")
    assert build(table, python, tmp_path / "cache") == first


def test_a_file_more_renamed_or_in_a_folder_is_a_change(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    folders = [build(table, python, tmp_path / "cache")]
    (table.source / "include").mkdir()
    (table.source / "include" / "a.h").write_text("")
    folders.append(build(table, python, tmp_path / "cache"))
    (table.source / "include" / "a.h").rename(table.source / "include" / "b.h")
    folders.append(build(table, python, tmp_path / "cache"))
    assert len(set(folders)) == 3


def test_what_a_build_leaves_behind_in_the_source_is_no_change(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    first = build(table, python, tmp_path / "cache")
    for name in ("__pycache__", "build"):
        (table.source / name).mkdir()
        (table.source / name / "x").write_text("")
    (table.source / "x.o").write_text("")
    assert build(table, python, tmp_path / "cache") == first


@pytest.mark.parametrize(
    "change",
    [
        {"openssl": "OpenSSL 9.9"},
        {"version_info": (3, 99, 0, "final", 0)},
        {"executable": Path("/bin/sh").resolve()},
    ],
)
def test_another_interpreter_has_its_own(
    table: BuildTable, python: Interpreter, tmp_path: Path, change: dict[str, object]
) -> None:
    other = dataclasses.replace(python, **change)  # type: ignore[arg-type]
    assert build(table, python, tmp_path / "cache") != build(table, other, tmp_path / "cache")


def test_flags_count_and_reach_the_build_and_nothing_else_does(
    table: BuildTable, python: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = shell(table.source, 'echo "$CFLAGS/$OTHER" > {output}/said')
    monkeypatch.setenv("OTHER", "x")
    monkeypatch.setenv("CFLAGS", "-g")
    plain = build(told, python, tmp_path / "cache")
    assert (plain / "said").read_text() == "-g/\n"
    monkeypatch.setenv("OTHER", "y")
    assert build(told, python, tmp_path / "cache") == plain
    monkeypatch.setenv("CFLAGS", "-fsanitize=address")
    assert build(told, python, tmp_path / "cache") != plain


def test_of_many_at_once_exactly_one_builds(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    slow = shell(table.source, f"sleep 0.2; {COPY}")
    here = str(Path(build_module.__file__).parent.parent)
    code = f"""
import sys; sys.path.insert(0, {here!r})
from pathlib import Path
from impls.host import build
from impls.host import interpreters
python = interpreters.Interpreter.from_plain({python.to_plain()!r})
table = build.BuildTable(Path({str(slow.source)!r}), {slow.command!r})
print(build.build(table, python, Path({str(tmp_path / "cache")!r})))
"""
    others = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    with ThreadPoolExecutor(3) as pool:
        ours = list(pool.map(lambda _: build(slow, python, tmp_path / "cache"), range(3)))
    theirs = {other.communicate(timeout=30)[0].strip() for other in others}
    assert {str(folder) for folder in ours} == theirs
    assert len(theirs) == 1 and runs(table) == 1


def test_a_failed_build_says_where_and_why(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    bad = shell(table.source, "echo 'thing.c:3: error: expected ;' >&2; exit 4")
    with pytest.raises(BuildError) as caught:
        build(bad, python, tmp_path / "cache")
    first, log, *rest = str(caught.value).splitlines()
    without_headers = ", and this Python has no Python.h: install it"
    assert first.startswith("Building source for ")
    assert first.replace(without_headers, "").endswith(" exit status 4.")
    assert rest[-1] == "  thing.c:3: error: expected ;"
    assert "expected ;" in Path(log.split()[3]).read_text()


def test_the_first_error_is_shown_however_long_the_rest(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    bad = shell(table.source, "echo 'a.c:1: error: first'; seq 90; echo 'error: last'; exit 1")
    with pytest.raises(BuildError) as caught:
        build(bad, python, tmp_path / "cache")
    told = str(caught.value).splitlines()
    assert told[2:4] == ["  a.c:1: error: first", "  ..."]
    assert told[-2:] == ["  90", "  error: last"]
    assert len(told) == 19


def test_a_failed_build_leaves_nothing_and_is_tried_again(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    table = shell(table.source, f"test -e ../cured || exit 1; {COPY}")
    with pytest.raises(BuildError):
        build(table, python, tmp_path / "cache")
    assert not [each for each in (tmp_path / "cache" / "builds").iterdir() if each.is_dir()]
    (tmp_path / "cured").touch()
    assert (build(table, python, tmp_path / "cache") / "thing.txt").exists()


def test_what_a_killed_build_left_is_removed(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    killed = shell(table.source, f"test -e ../cured && {COPY} || kill -9 $PPID")
    here = str(Path(build_module.__file__).parent.parent)
    code = f"""
import sys; sys.path.insert(0, {here!r})
from pathlib import Path
from impls.host import build
from impls.host import interpreters
python = interpreters.Interpreter.from_plain({python.to_plain()!r})
table = build.BuildTable(Path({str(killed.source)!r}), {killed.command!r})
build.build(table, python, Path({str(tmp_path / "cache")!r}))
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    assert list((tmp_path / "cache" / "builds").glob("unfinished-*"))
    (tmp_path / "cured").touch()
    assert (build(killed, python, tmp_path / "cache") / "thing.txt").exists()
    assert not list((tmp_path / "cache" / "builds").glob("unfinished-*"))


def test_those_who_waited_for_a_failed_build_do_not_repeat_it(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    bad = shell(table.source, "echo run >> ../runs; sleep 0.3; exit 1")
    barrier = threading.Barrier(3)

    def attempt(_: int) -> str:
        barrier.wait()
        with pytest.raises(BuildError) as caught:
            build(bad, python, tmp_path / "cache")
        return str(caught.value)

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(attempt, range(3)))) == 1
    assert runs(bad) == 1


def test_source_edited_during_the_build_is_built_again(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    edited = shell(table.source, f"{COPY}; test -e new.txt || echo x > new.txt")
    folder = build(edited, python, tmp_path / "cache")
    assert folder == build(edited, python, tmp_path / "cache")
    assert runs(table) == 2


def test_source_that_never_rests_is_not_built(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    edited = shell(table.source, f"{COPY}; echo x >> new.txt")
    with pytest.raises(BuildError, match="changed during each of 3 builds"):
        build(edited, python, tmp_path / "cache")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("sh", "-c", "true"), "left {output} empty"),
        (("sh", "-c", "sleep 9"), "took more than 0.2 seconds"),
        (("no-such-compiler",), r"could not start its command \(no-such-compiler"),
    ],
)
def test_other_ways_to_fail(
    table: BuildTable, python: Interpreter, tmp_path: Path, command: tuple[str, ...], message: str
) -> None:
    with pytest.raises(BuildError, match=message):
        build(BuildTable(table.source, command), python, tmp_path / "cache", timeout=0.2)


def test_missing_source_and_unusable_cache(
    table: BuildTable, python: Interpreter, tmp_path: Path
) -> None:
    with pytest.raises(BuildError, match=r"cannot be read .*check \[build\] source"):
        build(shell(tmp_path / "absent", "true"), python, tmp_path / "cache")
    (tmp_path / "file").touch()
    with pytest.raises(BuildError, match="cannot be built in the cache folder"):
        build(table, python, tmp_path / "file")


@pytest.mark.skipif(
    not Path(sysconfig.get_paths()["include"], "Python.h").exists(), reason="no Python.h here"
)
def test_a_real_extension(tmp_path: Path, python: Interpreter) -> None:
    """The command line that the backport's own TOML uses, in effect."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "answer.c").write_text(
        "#include <Python.h>\n"
        'static struct PyModuleDef it = {PyModuleDef_HEAD_INIT, "answer", NULL, 42, NULL};\n'
        "PyMODINIT_FUNC PyInit_answer(void) { return PyModule_Create(&it); }\n"
    )
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    include = sysconfig.get_paths()["include"]
    command = (
        "cc",
        "-shared",
        "-fPIC",
        f"-I{include}",
        "answer.c",
        "-o",
        f"{{output}}/answer{suffix}",
    )
    folder = build(BuildTable(source, command), python, tmp_path / "cache")
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import answer; print(answer.__name__)"
    done = subprocess.run(
        [str(python.executable), "-S", "-E", "-s", "-c", code], capture_output=True, text=True
    )
    assert done.stdout == "answer\n", done.stderr
    with pytest.raises(BuildError, match="error"):
        (source / "answer.c").write_text("nonsense")
        build(BuildTable(source, command), python, tmp_path / "cache")


def test_on_a_prefix_its_headers_and_libraries_come_first(
    python: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = Prefix(
        folder=tmp_path / "a prefix",
        suite="Debian forky",
        openssl="3.6.5",
        loader="/ld.so",
        libraries=("/a prefix/lib",),
        triplet="some-linux-gnu",
        pythons=(),
        packages={},
        notes=(),
    )
    prefix.folder.mkdir()
    prefix.write()
    monkeypatch.setenv("LDFLAGS", "-Lmine")
    monkeypatch.delenv("CPPFLAGS", raising=False)
    (tmp_path / "source").mkdir()
    table = shell(tmp_path / "source", 'echo "$CPPFLAGS; $LDFLAGS" > {output}/flags')
    plain = build(table, python, tmp_path / "cache")
    assert (plain / "flags").read_text() == "; -Lmine\n"
    there = dataclasses.replace(python, prefix=prefix.folder)
    built = build(table, there, tmp_path / "cache")
    include = f"{prefix.folder}/usr/include"
    assert (built / "flags").read_text() == (
        f'-isystem "{include}" -isystem "{include}/some-linux-gnu"; -L"/a prefix/lib" -Lmine\n'
    )
