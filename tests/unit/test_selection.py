"""Selection: whom the declarations fit, and what a run is about."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from impls.host.debian import DebianError
from impls.host.declarations import RegistryError, load
from impls.host.interpreters import Interpreter
from impls.host.selection import Selection, built, resolve
from tests.support.declared import GOOD, MACHINE, interpreter, resolved


def ids(selection: Selection) -> list[str]:
    return [each.id for each in selection.implementations]


def test_what_comes_with_the_project(tmp_path: Path) -> None:
    known = resolved(tmp_path, machine=(*MACHINE, interpreter("3.10", "pypy")))
    assert not known.missing
    selection = known.select()
    assert selection.reference.id == "stdlib-py3.13"
    assert selection.reference.role == "reference"
    assert [(each.id, each.role) for each in selection.implementations] == [
        ("backport-py2.7", "candidate"),
        ("monkeypatched-py2.7", "candidate"),
        ("stdlib-pypy3.10", "witness"),
        ("stdlib-py3.9", "witness"),
        ("stdlib-py3.10", "witness"),
        ("stock-py2.7", "witness"),
    ]
    assert {key: one.id for key, one in selection.backward.items()} == {
        "monkeypatched-py2.7": "stock-py2.7"
    }
    backport, monkeypatched = selection.implementations[:2]
    assert (backport.module, monkeypatched.module) == ("_tls_bootstrap", "ssl")
    assert backport.build == monkeypatched.build and backport.build is not None
    assert backport.argv == ("/opt/cpython2.7",)
    assert "3.9" in selection.implementations[3].describe


def test_the_same_in_another_process(tmp_path: Path) -> None:
    """What a worker of pytest-xdist does with what it is sent."""
    first = resolved(tmp_path)
    sent = [each.to_plain() for each in first.interpreters]
    again = resolve(load(), [Interpreter.from_plain(each) for each in sent])
    assert again == first
    assert pickle.loads(pickle.dumps(first.select())) == first.select()


def test_ids_that_turn_out_equal(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match='both give the id "my-py2.7"'):
        texts = [GOOD.replace('"mine"', f'"{name}"') for name in ("my-py2.7", "my-py{version}")]
        resolved(tmp_path, *texts)


def test_a_backward_reference_must_exist(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match='"backward_reference" names "stok".*known are'):
        resolved(tmp_path, GOOD + 'backward_reference = "stok"')


def test_nothing_declared_is_dropped_in_silence(tmp_path: Path) -> None:
    known = resolved(tmp_path, machine=(interpreter("3.13"),))
    missing = {each.id: each for each in known.missing}
    assert list(missing) == [
        "backport-py2.7",
        "monkeypatched-py2.7",
        "stdlib-pypy3.*",
        "stock-py2.7",
    ]
    assert [each.optional for each in missing.values()] == [False, False, True, False]
    assert missing["stock-py2.7"].reason.startswith(
        "no CPython 2.7 was found (there is CPython 3.13); install one"
    )
    assert known.select().missing == known.missing


def test_an_interpreter_that_will_not_do_is_missing_with_its_reason(tmp_path: Path) -> None:
    machine = (
        interpreter("2.7", headers=False),
        interpreter("3.8", openssl=None),
        interpreter("3.13"),
    )
    known = resolved(tmp_path, machine=machine)
    reasons = {each.id: each.reason for each in known.missing}
    assert "has no Python.h to build with" in reasons["backport-py2.7"]
    assert "cannot import ssl (ImportError: No module named _ssl)" in reasons["stdlib-py3.8"]
    assert "stock-py2.7" in [each.id for each in known.known]


def test_an_interpreter_by_its_path(tmp_path: Path) -> None:
    by_path = GOOD.replace("cpython 2.7", "bin/python")
    known = resolved(tmp_path, by_path)
    (missing,) = known.select(["mine"]).missing
    assert "is not a Python interpreter that runs" in missing.reason

    import sys

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (mine,) = resolved(tmp_path, by_path).select(["mine"]).implementations
    assert mine.interpreter is not None
    assert mine.interpreter.version_info == sys.version_info


def fetched() -> Interpreter:
    return dataclasses.replace(interpreter("2.7", source="fetched"), executable=Path("/cache/2.7"))


def unfetchable() -> Interpreter:
    raise DebianError("The mirror is gone; install CPython 2.7.")


@pytest.mark.parametrize(
    ("found", "fetches"),
    [
        ((), True),
        ((interpreter("2.7", headers=False),), True),
        ((interpreter("2.7", openssl=None),), True),
        ((interpreter("2.7"),), False),
        ((interpreter("2.7", headers=False, source="option"),), False),
    ],
)
def test_a_python27_is_fetched_only_when_none_will_do(
    found: tuple[Interpreter, ...], fetches: bool
) -> None:
    known = resolve(load(), (*found, interpreter("3.13")), fetched)
    (stock,) = known.select(["stock-*"]).implementations
    assert (stock.interpreter == fetched()) is fetches
    assert len([each for each in known.interpreters if each.minor == "2.7"]) == 1


def test_when_it_cannot_be_fetched_that_is_the_reason() -> None:
    known = resolve(load(), [interpreter("3.13")], unfetchable)
    (stock,) = known.select(["stock-*"]).missing
    assert stock.reason.endswith("none could be built: The mirror is gone; install CPython 2.7.")


def test_patterns_ids_and_files(tmp_path: Path) -> None:
    known = resolved(tmp_path, GOOD)
    assert ids(known.select(["stdlib-*"])) == ["stdlib-py3.9", "stdlib-py3.10"]
    assert ids(known.select(["stdlib-py3.9", "mine"])) == ["mine", "stdlib-py3.9"]
    assert ids(known.select([str(tmp_path / "0.toml")])) == ["mine"]


def test_a_pattern_that_matches_nothing(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"--implementation nope matches nothing; known are "):
        resolved(tmp_path).select(["stock-*", "nope"])


def test_one_that_would_be_known_but_is_not_here_is_missing(tmp_path: Path) -> None:
    (missing,) = resolved(tmp_path).select(["stdlib-py3.14"]).missing
    assert missing.reason.startswith("no CPython 3.14 was found")
    assert not missing.optional


def test_the_backward_reference_comes_along(tmp_path: Path) -> None:
    selection = resolved(tmp_path).select(["monkeypatched-*"])
    assert ids(selection) == ["monkeypatched-py2.7"]
    assert [each.id for each in selection.everyone] == [
        "stdlib-py3.13",
        "monkeypatched-py2.7",
        "stock-py2.7",
    ]


def test_the_reference_is_the_newest_released_cpython(tmp_path: Path) -> None:
    machine = (
        *MACHINE,
        interpreter("3.14", "pypy"),
        interpreter("3.15", level="alpha"),
        interpreter("3.14", openssl=None),
    )
    assert resolved(tmp_path, machine=machine).select().reference.id == "stdlib-py3.13"
    only = (interpreter("3.15", level="alpha"), interpreter("2.7"))
    assert resolved(tmp_path, machine=only).select().reference.id == "stdlib-py3.15"


@pytest.mark.parametrize(
    ("extra", "plain"),
    [("", True), ('set_up = ["1"]', False), ('module = "x"', False), ("path = ['x']", False)],
)
def test_only_a_plain_ssl_becomes_the_reference(tmp_path: Path, extra: str, plain: bool) -> None:
    text = GOOD.replace("cpython 2.7", "cpython 3.14").replace("candidate", "witness") + extra
    known = resolved(tmp_path, text, machine=(*MACHINE, interpreter("3.14")))
    mine = next(each for each in known.known if each.id == "mine")
    assert mine.plain_stdlib is plain


def test_another_reference(tmp_path: Path) -> None:
    known = resolved(tmp_path)
    selection = known.select(["stdlib-*"], reference="stdlib-py3.9")
    assert selection.reference.role == "reference"
    assert (selection.reference.id, ids(selection)) == (
        "stdlib-py3.9",
        ["stdlib-py3.10", "stdlib-py3.13"],
    )


@pytest.mark.parametrize(
    ("patterns", "reference", "message"),
    [
        ([], "nope", "--reference nope matches nothing; known are"),
        ([], "stdlib-*", r"--reference stdlib-\* matches several \(stdlib-py3.9, .*name one"),
        ([], "stdlib-py3.14", "--reference stdlib-py3.14 is missing: no CPython 3.14"),
        (["stdlib-py3.13"], None, "Only stdlib-py3.13 was selected, and it is the reference"),
    ],
)
def test_selections_that_make_no_run(
    tmp_path: Path, patterns: list[str], reference: str | None, message: str
) -> None:
    with pytest.raises(RegistryError, match=message):
        resolved(tmp_path).select(patterns, reference)


def test_no_reference_at_all(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="No CPython 3 with a working ssl was found"):
        resolved(tmp_path, machine=(interpreter("2.7"),)).select()


def test_what_is_built_comes_first_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    text = GOOD + (
        'path = ["lib"]\n[build]\nsource = "src"\n'
        'command = ["sh", "-c", "echo {python} > {output}/made"]\n'
    )
    machine = (dataclasses.replace(MACHINE[0], executable=Path("/bin/sh").resolve()), *MACHINE[1:])
    (mine,) = resolved(tmp_path, text, machine=machine).select(["mine"]).implementations
    done = built(mine, tmp_path / "cache")
    assert (Path(done.path[0]) / "made").read_text().strip() == str(Path("/bin/sh").resolve())
    assert done.path[1] == str(tmp_path / "lib")
    assert built(done, tmp_path / "cache") == done
