"""Declarations: what the files of implementations may say, and what an agent gets of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from impls.host import toml_reader
from impls.host.declarations import FOLDER, SCHEMA, RegistryError, agent_environment, load
from impls.host.selection import resolve
from tests.support.declared import GOOD, MACHINE, resolved, write


def test_stock_says_what_it_lacks(tmp_path: Path) -> None:
    (stock,) = resolved(tmp_path).select(["stock-*"]).implementations
    for member in ("MemoryBIO", "MemoryBIO.read", "SSLObject", "SSLContext.wrap_bio"):
        assert stock.unsupported_member(member)
    for member in ("SSLContext", "MemoryBIOs", "SSLContext.wrap_socket"):
        assert stock.unsupported_member(member) is None


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
    known = resolve(load([tmp_path / "mine.toml"]), MACHINE)
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
            '"operation_timeout" must be a number of seconds above 0 and below 86400, not the bool',
        ),
        ("operation_timeout = 0", '"operation_timeout" must be a number of seconds'),
        ('set_up = "import x"', '"set_up" must be a list of strings with something in it, not the'),
        ("path = [1]", '"path" must be a list of strings'),
        ("module = 3", '"module" must be a string with something in it, not the number 3'),
        (
            "environment = { A = 1 }",
            '"environment" must be a table of strings, and "A" is the number 1',
        ),
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
        load([path])
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "mine"\n', "", 'the key "id" is missing'),
        ('"mine"', '"my own"', '"id" may have letters, digits'),
        (
            '"candidate"',
            '"reference"',
            "\"role\" must be candidate or witness, not the string 'reference'",
        ),
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
        load([write(tmp_path, GOOD.replace(old, new))])
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"absent\.toml cannot be read \(No such file"):
        load([tmp_path / "absent.toml"])


def test_a_file_given_twice_counts_once_but_an_id_is_given_once(tmp_path: Path) -> None:
    one = write(tmp_path, GOOD)
    assert len(load([one, one, FOLDER / "stock.toml"])) == len(load([one]))
    with pytest.raises(RegistryError, match='both have the id "mine"'):
        load([one, write(tmp_path, GOOD, "other.toml")])


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
    of = {each.id: agent_environment(each) for each in known.known}
    own = {"LANG", "OPENSSL_CONF", "TZ"}
    assert set(of["stock-py2.7"]) <= {"PATH", "HOME", "TMPDIR"} | own
    assert of["stock-py2.7"]["OPENSSL_CONF"] == os.devnull
    assert of["stock-py2.7"]["TZ"] == "UTC" and of["stock-py2.7"]["HOME"] == "/home/me"
    assert of["mine"]["LD_LIBRARY_PATH"] == "/mine" and of["mine"]["TZ"] == "EST"
    assert of["far"]["DOCKER_HOST"] == "/x" and "SSL_CERT_FILE" not in of["far"]


def test_help_for_who_writes_a_file_names_every_key_that_is_used() -> None:
    described = toml_reader.describe([SCHEMA], "implementation")
    used: set[str] = set()
    for file in FOLDER.glob("*.toml"):
        used |= set(toml_reader.loads(file.read_text("utf-8")))
    assert used and all(f"\n{key}  (" in described for key in used)
    assert "\n[build]\n" in described and "\n[[unsupported]]\n" in described
    assert "operation_timeout  (optional; a number of seconds above 0" in described
