"""Room for other people's implementations: what they expect lives with what they declare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.judge.known import Kin, about_nobody, load
from impls.host import interpreters
from impls.host.declarations import Implementation
from impls.host.declarations import load as declared
from impls.host.process import AgentStartError
from impls.host.selection import resolve
from impls.host.session import RemoteAgent
from tests.support.declared import GOOD, MACHINE, resolved, write

OTHER = 'id = "{}"\ndescribe = "Other"\nrole = "candidate"\nargv = ["python"]\n'


def one(folder: Path, text: str) -> Implementation:
    known = resolved(folder, text)
    return next(each for each in known.known if each.file.parent == folder)


@pytest.mark.parametrize("name", ["backport-py2.7", "stock-py{version}"])
def test_a_file_may_replace_one_that_comes_with_the_project(tmp_path: Path, name: str) -> None:
    text = OTHER.format(name)
    if "{" in name:
        text = text.replace('argv = ["python"]', 'interpreter = "cpython 2.7"')
    registry = resolve(declared([write(tmp_path, text)]), MACHINE)
    (found,) = [each for each in registry.known if each.id == name.replace("{version}", "2.7")]
    assert found.file.parent == tmp_path
    assert not [each for each in registry.missing if each.id == found.id]


def test_what_it_is_like_lends_its_absences(tmp_path: Path) -> None:
    found = one(tmp_path, GOOD + 'like = "monkeypatched-py2.7"\n')
    assert found.unsupported_member("PROTOCOL_TLS_CLIENT")
    assert all(each.borrowed for each in found.unsupported)


PIN = """
title = "T"
reason = "R"
workaround = "W"
category = "deliberate"
decided_by = "D"
tracker = "PEP 1"
[[pin]]
member = "M.read"
field = "value"
reference = "1"
candidate = "2"
"""


def test_decisions_of_its_own_speak_of_it_alone(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    write(folder, PIN, "read.toml")
    found = one(tmp_path, GOOD + 'divergences = "own"\n')
    (pin,) = load(folder, own=True)
    assert pin.decision.name == "own/read.toml" and pin.holds_wherever
    assert pin.speaks_of("a/test_b.py::test_c", "mine", "forward", Kin.of(found))
    assert not pin.speaks_of("a/test_b.py::test_c", "other", "forward", Kin())
    with pytest.raises(Exception, match='the key "scenario" is missing'):
        load(folder)


def test_decisions_of_its_own_that_name_another_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    write(folder, PIN.replace("[[pin]]", '[[pin]]\nimplementation = "yours"'), "read.toml")
    kin = Kin.of(one(tmp_path, GOOD + 'divergences = "own"\n'))
    pins = load(folder, own=True)
    (told,) = about_nobody(pins, [kin], ["mine"])
    assert told.startswith("own/read.toml, pin 1: it is about 'yours', and the folder is that of")
    assert about_nobody(pins, [kin], ["mine", "yours"]) == []
    assert about_nobody(pins, [Kin(like="yours")], ["mine"]) == []


def test_what_it_is_like_lends_its_decisions(tmp_path: Path) -> None:
    text = PIN.replace("[[pin]]", '[[pin]]\nscenario = "a/*"\nimplementation = "backport-*"')
    write(tmp_path, text, "read.toml")
    (pin,) = load(tmp_path)
    assert pin.speaks_of("a/b", "mine", "forward", Kin(like="backport-py2.7"))
    assert not pin.speaks_of("a/b", "mine", "forward", Kin())


def test_a_class_of_its_own_may_stand_for_one_of_ssl(reference: Implementation) -> None:
    set_up = ("import ssl", "class MyBIO(ssl.MemoryBIO.__base__): pass", "ssl.X = MyBIO")
    from dataclasses import replace

    agent = RemoteAgent(replace(reference, set_up=set_up, same_class=(("MyBIO", "MemoryBIO"),)))
    try:
        agent.learn(
            {"9": {"name": "MyBIO", "module": "m", "bases": [], "exception": False, "members": {}}}
        )
        assert agent.classes[9].name == "MemoryBIO"
    finally:
        agent.close()


@pytest.fixture(scope="module")
def virtualenv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtualenv in which a module is installed."""
    folder = tmp_path_factory.mktemp("virtualenv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (site,) = (folder / "venv").glob("lib/python3*/site-packages")
    (site / "installed.py").write_text("import ssl\n")
    return folder


SITE = """
id = "mine"
describe = "Mine"
role = "candidate"
set_up = ["import installed"]
"""


def test_a_variable_of_python_is_heard_where_the_file_has_it(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "ssl.py").write_text("raise RuntimeError('mine')\n")
    text = SITE.replace('set_up = ["import installed"]\n', "") + f'argv = ["{sys.executable}"]\n'
    RemoteAgent(one(tmp_path, text)).close()
    with pytest.raises(AgentStartError, match="RuntimeError: mine"):
        RemoteAgent(one(tmp_path, text + 'environment = {PYTHONPATH = "{here}/lib"}\n'))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("exit 0", r"status 0\. It said nothing: what is started must take arguments as a Python"),
        ("echo 'x: command not found\nNote: y' >&2; exit 127", "last words: x: command not found"),
        ("echo 'first\nlast' >&2; exit 1", "Its last words: last"),
    ],
)
def test_what_never_answers_is_told_by_what_it_said(tmp_path: Path, words: str, told: str) -> None:
    text = SITE.replace('set_up = ["import installed"]\n', "")
    (tmp_path / "start").write_text(words)
    with pytest.raises(AgentStartError, match=told):
        RemoteAgent(one(tmp_path, text + 'argv = ["sh", "{here}/start"]\n'))


def test_what_is_wrong_with_a_statement_is_told_without_a_place(tmp_path: Path) -> None:
    text = SITE.replace("import installed", "def f(:") + f'argv = ["{sys.executable}"]\n'
    with pytest.raises(AgentStartError, match=r"SyntaxError: [\w ]+$"):
        RemoteAgent(one(tmp_path, text))


def test_what_is_installed_where_argv_points_is_there(virtualenv: Path) -> None:
    text = SITE + 'argv = ["{here}/venv/bin/python"]\n'
    RemoteAgent(one(virtualenv, text)).close()
    with pytest.raises(AgentStartError, match="No module named"):
        RemoteAgent(one(virtualenv, text + "site = false\n"))


def test_the_interpreter_that_is_given_is_the_one_that_runs(virtualenv: Path) -> None:
    path = virtualenv / "venv" / "bin" / "python"
    assert interpreters.probe(path).command == (str(path),)
    (named,) = (
        each
        for each in interpreters.find([path], {"PATH": "", "HOME": str(virtualenv)})
        if each.source == "option"
    )
    assert named.command == (str(path),)
    assert interpreters.Interpreter.from_plain(named.to_plain()) == named
    RemoteAgent(one(virtualenv, SITE + f'interpreter = "{path}"\nsite = true\n')).close()
