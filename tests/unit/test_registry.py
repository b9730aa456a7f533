"""Implementations: what their files may say, whom they fit, and what a run is about."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from impls.host import fetch as debian
from impls.host import registry
from impls.host.interpreters import Interpreter
from impls.host.registry import Registry, RegistryError, Selection

GOOD = """
id = "mine"
describe = "Mine"
role = "candidate"
interpreter = "cpython 2.7"
"""


def interpreter(
    minor: str,
    implementation: str = "cpython",
    *,
    level: str = "final",
    openssl: str | None = "OpenSSL 3.0.1",
    headers: bool = True,
    source: str = "PATH",
) -> Interpreter:
    major, small = map(int, minor.split("."))
    return Interpreter(
        implementation=implementation,
        version_info=(major, small, 1, level, 0),
        executable=Path(f"/opt/{implementation}{minor}"),
        openssl=openssl,
        trouble=None if openssl else "ImportError: No module named _ssl",
        headers=headers,
        free_threaded=False,
        source=source,
    )


MACHINE = tuple(interpreter(minor) for minor in ("2.7", "3.9", "3.10", "3.13"))


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def resolved(folder: Path, *texts: str, machine: tuple[Interpreter, ...] = MACHINE) -> Registry:
    """The implementations of this project and those of these texts, on a machine."""
    files = [write(folder, text, f"{number}.toml") for number, text in enumerate(texts)]
    return registry.resolve(registry.load(files), machine)


def ids(selection: Selection) -> list[str]:
    return [each.id for each in selection.implementations]


# What comes with the project


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
    again = registry.resolve(registry.load(), [Interpreter.from_plain(each) for each in sent])
    assert again == first
    assert pickle.loads(pickle.dumps(first.select())) == first.select()


def test_stock_says_what_it_lacks(tmp_path: Path) -> None:
    (stock,) = resolved(tmp_path).select(["stock-*"]).implementations
    for member in ("MemoryBIO", "MemoryBIO.read", "SSLObject", "SSLContext.wrap_bio"):
        assert stock.unsupported_member(member)
    for member in ("SSLContext", "MemoryBIOs", "SSLContext.wrap_socket"):
        assert stock.unsupported_member(member) is None


# Files


def test_every_key(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    write(
        tmp_path,
        """
        id = "mine-py{version}"
        describe = "Mine on {version}"
        role = "witness"
        interpreter = ["cpython 3.9", "cpython 3.1*"]
        module = "my_ssl"
        set_up = ["import my_ssl", "my_ssl.patch()"]
        path = ["lib", "/abs"]
        environment = { LD_LIBRARY_PATH = "{here}/lib" }
        backward_reference = "stdlib-py{version}"
        operation_timeout = 3
        optional = true
        [build]
        source = "src"
        command = ["{python}", "setup.py", "{output}", "{temporary}"]
        [[unsupported]]
        scenario = "graft/test_*.py::*"
        reason = "No graft."
        """,
    )
    known = registry.resolve(registry.load([tmp_path / "mine.toml"]), MACHINE)
    mine = [each for each in known.known if each.module == "my_ssl"]
    assert [each.id for each in mine] == ["mine-py3.9", "mine-py3.10", "mine-py3.13"]
    first = mine[0]
    assert first.describe == "Mine on 3.9"
    assert first.set_up == ("import my_ssl", "my_ssl.patch()")
    assert first.path == (str(tmp_path / "lib"), "/abs")
    assert dict(first.environment) == {"LD_LIBRARY_PATH": f"{tmp_path}/lib"}
    assert first.backward_reference == "stdlib-py3.9"
    assert first.operation_timeout == 3.0
    assert first.build is not None and first.build.source == tmp_path / "src"
    assert first.unsupported_scenario("graft/test_a.py::test_b") == "No graft."
    assert first.unsupported_scenario("other/test_a.py::test_b") is None
    assert not first.plain_stdlib


def test_any_command_will_do(tmp_path: Path) -> None:
    text = 'id="far"\ndescribe="Far"\nrole="candidate"\nargv=["ssh","host","{here}/python3"]\n'
    (far,) = resolved(tmp_path, text + "shell_quoted=true").select(["far"]).implementations
    assert far.argv == ("ssh", "host", f"{tmp_path}/python3")
    assert far.shell_quoted and far.interpreter is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('interpeter = "cpython 3.9"', 'unknown key "interpeter"; did you mean "interpreter"?'),
        ("zzz = 1", 'unknown key "zzz"; there are '),
        (
            "operation_timeout = true",
            '"operation_timeout" must be a number of seconds, not the bool',
        ),
        ("operation_timeout = 0", '"operation_timeout" must be a number of seconds'),
        ('set_up = "import x"', '"set_up" must be a list of strings with something in it, not the'),
        ("path = [1]", '"path" must be a list of strings'),
        ("module = 3", '"module" must be a string with something in it, not the number 3'),
        ("environment = { A = 1 }", '"environment" must be a table of strings, not a table'),
        ("optional = 'yes'", '"optional" must be true or false'),
        ("build = 1", '"build" must be a table, not the number 1'),
        ('argv = ["x"]', 'give either "interpreter" or "argv"'),
        ("shell_quoted = true", '"shell_quoted" is about "argv"'),
        ("[build]\nsource='.'", ' [build]: the key "command" is missing'),
        ("[build]\nsource='.'\ncommand=['x']", "must say where the result goes with {output}"),
        ("[build]\nsource='.'\ncommand=['{out}']", '"command" has {out}; there are {python}'),
        ("[build]\nsource='no'\ncommand=['{output}']", '"source" must be a folder'),
        ("[[unsupported]]\nmember='x'", '[[unsupported]] number 1: the key "reason" is missing'),
        ("[[unsupported]]\nreason=' '\nmember='x'", '"reason" must be a string with something'),
        ("[[unsupported]]\nreason='x'", 'give either "member" or "scenario"'),
        ("[unsupported]\nreason='x'", '"unsupported" must be tables'),
        ("id = again\n", "is not valid TOML: Invalid value (at line 6, column 6)."),
        ("= 3", "is not valid TOML: "),
    ],
)
def test_a_wrong_file_is_named_with_its_mistake(tmp_path: Path, change: str, message: str) -> None:
    path = write(tmp_path, GOOD + change)
    with pytest.raises(RegistryError) as caught:
        registry.load([path])
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "mine"\n', "", 'the key "id" is missing'),
        ('"mine"', '"my own"', '"id" may have letters, digits'),
        ('"candidate"', '"reference"', '"role" must be candidate or witness, not "reference"'),
        ("cpython 2.7", "python2.7", '"interpreter" is like "cpython 2.7", "pypy 3.*"'),
        ("cpython 2.7", "cpython 3.*", 'several interpreters may fit, and "id" needs {version}'),
        ('"cpython 2.7"', '["cpython 3.9", "pypy 3.9"]', "write a file for each"),
        ('interpreter = "cpython 2.7"', "", 'give either "interpreter" or "argv"'),
        ('interpreter = "cpython 2.7"', 'argv = ["x"]\npath = ["lib"]', "must be absolute"),
        (
            'interpreter = "cpython 2.7"',
            'argv = ["x"]\n[build]\nsource="."\ncommand=["{output}"]',
            '[build] needs "interpreter"',
        ),
    ],
)
def test_keys_that_do_not_go_together(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(RegistryError) as caught:
        registry.load([write(tmp_path, GOOD.replace(old, new))])
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"absent\.toml cannot be read \(No such file"):
        registry.load([tmp_path / "absent.toml"])


def test_a_file_given_twice_counts_once_but_an_id_is_given_once(tmp_path: Path) -> None:
    one = write(tmp_path, GOOD)
    assert len(registry.load([one, one, registry.FOLDER / "stock.toml"])) == len(
        registry.load([one])
    )
    with pytest.raises(RegistryError, match='both have the id "mine"'):
        registry.load([one, write(tmp_path, GOOD, "other.toml")])


def test_ids_that_turn_out_equal(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match='both give the id "stock-py2.7"'):
        resolved(tmp_path, GOOD.replace('"mine"', '"stock-py2.7"'))


def test_a_backward_reference_must_exist(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match='"backward_reference" names "stok".*known are'):
        resolved(tmp_path, GOOD + 'backward_reference = "stok"')


# Interpreters


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
    assert missing["stock-py2.7"].reason.startswith("no CPython 2.7 was found; install one")
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
    raise debian.DebianError("The mirror is gone; install CPython 2.7.")


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
    known = registry.resolve(registry.load(), (*found, interpreter("3.13")), fetched)
    (stock,) = known.select(["stock-*"]).implementations
    assert (stock.interpreter == fetched()) is fetches
    assert len([each for each in known.interpreters if each.minor == "2.7"]) == 1


def test_when_it_cannot_be_fetched_that_is_the_reason() -> None:
    known = registry.resolve(registry.load(), [interpreter("3.13")], unfetchable)
    (stock,) = known.select(["stock-*"]).missing
    assert stock.reason.endswith("none could be fetched: The mirror is gone; install CPython 2.7.")


# Selecting


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


# Starting


def test_an_agent_gets_hardly_any_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "OPENSSL_CONF", "PYTHONPATH", "LD_LIBRARY_PATH", "DOCKER_HOST"):
        monkeypatch.setenv(name, "/x")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("HOME", "/home/me")
    known = resolved(
        tmp_path,
        GOOD + 'environment = { LD_LIBRARY_PATH = "/mine", TZ = "EST" }',
        'id="far"\ndescribe="Far"\nrole="witness"\nargv=["docker"]',
    )
    of = {each.id: registry.agent_environment(each) for each in known.known}
    assert set(of["stock-py2.7"]) <= {"PATH", "HOME", "TMPDIR", "LANG", "TZ", "PYTHONHASHSEED"}
    assert of["stock-py2.7"]["TZ"] == "UTC" and of["stock-py2.7"]["HOME"] == "/home/me"
    assert of["mine"]["LD_LIBRARY_PATH"] == "/mine" and of["mine"]["TZ"] == "EST"
    assert of["far"]["DOCKER_HOST"] == "/x" and "SSL_CERT_FILE" not in of["far"]


def test_what_is_built_comes_first_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    text = GOOD + (
        'path = ["lib"]\n[build]\nsource = "src"\n'
        'command = ["sh", "-c", "echo {python} > {output}/made"]\n'
    )
    machine = (dataclasses.replace(MACHINE[0], executable=Path("/bin/sh").resolve()), *MACHINE[1:])
    (mine,) = resolved(tmp_path, text, machine=machine).select(["mine"]).implementations
    done = registry.built(mine, tmp_path / "cache")
    assert (Path(done.path[0]) / "made").read_text().strip() == str(Path("/bin/sh").resolve())
    assert done.path[1] == str(tmp_path / "lib")
    assert registry.built(done, tmp_path / "cache") == done
