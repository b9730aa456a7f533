"""Bad input is one clear sentence that says where it is, what is wrong and what to do."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.__main__ import main
from conformance.coverage import guards
from conformance.judge import known
from conformance.report import audits
from conformance.report.results_file import CommandError
from conformance.report.reviewed import reviewed
from conformance.report.write_json import write_json
from impls.host import declarations, interpreters, selection
from impls.host.toml_reader import TomlError
from tests.support.declared import MACHINE
from tests.support.results import results_of


def sentence(text: str) -> None:
    """What every one of them is."""
    assert text.rstrip().endswith((".", "?")), text
    assert "\n" not in text.strip() and "Traceback" not in text
    assert len(text) < 700


# Files that declare implementations

IMPLEMENTATION = {"id": '"mine"', "describe": '"Mine"', "role": '"candidate"', "argv": '["python"]'}
FOUND = {"argv": None, "interpreter": '"cpython 3.9"'}


def declared(tables: str = "", **keys: str | None) -> str:
    lines = {**IMPLEMENTATION, **keys}
    text = "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)
    return text + tables


ABSENT = "[[unsupported]]\n"
DECLARATIONS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", 'the key "id" is missing'),
    "utf-16": (declared().encode("utf-16"), "is not UTF-8 text"),
    "no TOML": ("id: mine\n", "is not valid TOML"),
    "nested without end": (declared(describe="[" * 9999 + "]" * 9999), "is not valid TOML"),
    "a number without end": (declared(operation_timeout="1" * 9999), "is not valid TOML"),
    "with a byte order mark": (b"\xef\xbb\xbf" + declared(id="7").encode(), '"id" must be a'),
    "a key twice": (declared() + 'id = "x"\n', "is not valid TOML"),
    "number as id": (declared(id="7"), '"id" must be a string with something in it'),
    "space in id": (declared(id='"my one"'), "has something else"),
    "id of a canary": (declared(id='"canary-that-lies"'), 'must not have "canary-" in it'),
    "id of an axis": (declared(id='"mine-backward"'), 'must not have "-backward" in it'),
    "id of two": (declared(id='"a-to-b"'), 'must not have "-to-" in it'),
    "id of a lane": (declared(id='"a-openssl3.6"'), 'must not have "-openssl" in it'),
    "role": (declared(role='"reference"'), '"role" must be candidate or witness'),
    "misspelt key": (declared(enviroment='{A = "1"}'), 'did you mean "environment"?'),
    "argv as text": (declared(argv='"python -I"'), '"argv" must be a list of strings'),
    "argv with a number": (declared(argv='["python", 3]'), "and the number 3 is in it"),
    "argv without command": (declared(argv='["", "x"]'), "its first word is empty"),
    "null character": (declared(argv='["python\\u0000"]'), "has a null character in it"),
    "argv and interpreter": (declared(interpreter='"cpython 3.9"'), 'give either "interpreter"'),
    "placeholder": (declared(argv='["{her}/python"]'), "did you mean {here}?"),
    "relative path": (declared(path='["lib"]'), 'a "path" must be absolute'),
    "jython": (declared(argv=None, interpreter='"jython 2.7"'), "is like"),
    "two kinds": (
        declared(argv=None, interpreter='["cpython 3.9", "pypy 3.9"]', id='"a{version}"'),
        "mixes CPython and PyPy",
    ),
    "quoted for nobody": (declared("", **FOUND, shell_quoted="true"), "which is not given"),
    "module": (declared(module='"not a module"'), "must be the name of a module"),
    "variable": (declared(environment='{"A=B" = "1"}'), "cannot be the name of a variable"),
    "variable's value": (declared(environment="{A = 1}"), 'and "A" is the number 1'),
    "timeout": (declared(operation_timeout="0"), "above 0 and below 86400"),
    "site": (declared(site='"yes"'), '"site" must be true or false'),
    "same class": (declared(same_class='{A = "ssl.B"}'), "give the name of a class of ssl"),
    "misspelt class": (declared(same_class='{A = "SSLContextt"}'), 'mean "SSLContext"?'),
    "class of another module": (declared(same_class='{A = "Path"}'), "ssl has no such class"),
    "no minor version": (declared(argv=None, interpreter='"cpython 3"'), '"cpython 3.*" for any'),
    "no folder": (declared(divergences='"nowhere"'), '"divergences" must be a folder'),
    "like itself": (declared(like='"mine"'), "names mine itself: name another one"),
    "like nobody": (declared(like='"stdlib-py3.14"'), "did you mean"),
    "no reason": (declared(f'{ABSENT}member = "x"\n'), 'the key "reason" is missing'),
    "both kinds of absence": (
        declared(f'{ABSENT}member = "x"\nscenario = "y"\nreason = "z"\n'),
        'give either "member" or "scenario"',
    ),
    "bounds": (
        declared(f'{ABSENT}member = "x"\nreason = "z"\npython = "3.14"\n'),
        '"python" must be bounds on a version',
    ),
    "build to nowhere": (
        declared('[build]\nsource = "."\ncommand = ["make"]\n', **FOUND),
        "must say where the result goes with {output}",
    ),
    "null byte": (declared().encode() + b"\0", "is not valid TOML"),
    "another encoding": (declared(describe='"é"').encode("latin-1"), "is not UTF-8 text"),
    "JSON": ('{"id": "mine"}', "is not valid TOML"),
    "half a character": (declared(id='"\\ud800"'), "is not valid TOML"),
    "date as id": (declared(id="2020-01-01"), "not the date"),
    "empty id": (declared(id='""'), "not the string ''"),
    "id with brackets": (declared(id='"a[b]"'), "has something else"),
    "id like an option": (declared(id='"-n"'), "must begin with a letter or a digit"),
    "id of dots": (declared(id='"."'), "must begin with a letter or a digit"),
    "long id": (declared(id=f'"{"a" * 400}"'), "at most 100 characters"),
    "colours": (declared(describe='"\\u001b[31m"'), "which cannot be printed"),
    "role in a list": (declared(role='["candidate"]'), "not the list ['candidate']"),
    "argv in argv": (declared(argv='[["python"]]'), "and the list ['python'] is in it"),
    "version in argv": (declared(argv='["python{version}"]'), '"argv" cannot have {version}'),
    "comparison": (declared(argv=None, interpreter='"cpython >=3.9"'), "is like"),
    "several without version": (
        declared(argv=None, interpreter='"cpython 3.*"'),
        'and "id" needs {version}',
    ),
    "set-up as text": (declared(set_up='"import x"'), '"set_up" must be a list of strings'),
    "variables as a list": (declared(environment='["A=1"]'), "must be a table of strings"),
    "no number": (declared(operation_timeout="nan"), "not the number nan"),
    "backward to itself": (declared(backward_reference='"mine"'), "names mine itself"),
    "backward to nobody": (declared(backward_reference='"nobody"'), 'names "nobody"'),
    "file of decisions": (declared(divergences='"mine.toml"'), "must be a folder"),
    "build with argv": (
        declared('[build]\nsource = "."\ncommand = ["{output}"]\n'),
        '[build] needs "interpreter"',
    ),
    "one absence too simple": (
        declared('[unsupported]\nmember = "x"\nreason = "y"\n'),
        "each under its own [[unsupported]]",
    ),
    "no such suites": (
        declared(f'{ABSENT}member = "x"\nreason = "y"\ndefault_suites = "none"\n'),
        '"default_suites" must be python, openssl or other',
    ),
    "bounds on nothing": (
        declared(f'{ABSENT}member = "x"\nreason = "y"\npython = ">=3.14, <3"\n'),
        "no version is within '>=3.14, <3'",
    ),
    "absence twice": (
        declared(2 * f'{ABSENT}member = "x"\nreason = "y"\n'),
        "[[unsupported]] number 2 is the same as number 1",
    ),
    "build of nothing": (
        declared('[build]\nsource = "x"\ncommand = ["{output}"]\n', **FOUND),
        '"source" must be a folder',
    ),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_file_that_declares_an_implementation(tmp_path: Path, name: str) -> None:
    text, told = DECLARATIONS[name]
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TomlError) as caught:
        selection.resolve(declarations.load([path]), MACHINE)
    sentence(str(caught.value))
    assert told in str(caught.value) and "mine.toml" in str(caught.value)


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_could_be_read_without_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path / "mine.toml"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    for read in (lambda: declarations.load([path]), lambda: known.load(tmp_path)):
        with pytest.raises(TomlError, match="is a device or a pipe") as caught:
            read()
        sentence(str(caught.value))
    assert "is a device or a pipe" in refused(capsys, "compare", path, path)


def test_links_in_a_circle(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.symlink_to(path)
    with pytest.raises(TomlError, match="mine.toml cannot be read") as caught:
        declarations.load([path])
    sentence(str(caught.value))


# Files of decisions

DECISION = {
    **{key: f'"{key}"' for key in ("title", "reason", "workaround", "decided_by", "tracker")},
    "category": '"language"',
}
PIN = {
    **{key: '"x"' for key in ("scenario", "implementation", "member")},
    **{"field": '"value"', "reference": '"1"', "candidate": '"2"'},
}


def decided(pin: dict[str, str | None] | None = None, pins: int = 1, **keys: str | None) -> str:
    def lines(table: dict[str, Any]) -> str:
        return "".join(f"{key} = {value}\n" for key, value in table.items() if value is not None)

    return lines({**DECISION, **keys}) + ("[[pin]]\n" + lines({**PIN, **(pin or {})})) * pins


DECISIONS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", 'the key "title" is missing'),
    "binary": (b"\xff\xfe\x00", "is not UTF-8 text"),
    "null characters": ("\0\0", "is not valid TOML"),
    "unterminated": (decided(title='"T'), "is not valid TOML"),
    "two lines in quotes": (decided(reason='"a\nb"'), "is not valid TOML"),
    "no day": (decided(review_by="2030-02-30"), "is not valid TOML"),
    "day in quotes": (decided(review_by='"2030-01-31"'), "without quotes"),
    "no pin": (decided(pins=0), 'the key "pin" is missing'),
    "one pin too simple": (decided(pins=0) + "[pin]\n", "each under its own [[pin]]"),
    "no reason": (decided(reason=None), 'the key "reason" is missing'),
    "empty reason": (decided(reason='" "'), '"reason" must be a string with something in it'),
    "category": (decided(category='"langauge"'), '"category" must be language, openssl,'),
    "misspelt key": (decided(reasn='"x"'), 'did you mean "reason"?'),
    "misspelt key of a pin": (decided({"scenarios": '"x"'}), 'did you mean "scenario"?'),
    "axis": (decided({"axis": '"back"'}), '"axis" must be forward or backward'),
    "misspelt field": (decided({"field": '"valeu"'}), 'did you mean "value"?'),
    "field of nothing": (decided({"field": '"wibble"'}), "there are outcome, operation, lost"),
    "no scenario": (decided({"scenario": None}), 'the key "scenario" is missing'),
    "no scenarios": (decided({"scenario": "[]"}), '"scenario" must be a string, or a list'),
    "scenario as a number": (decided({"scenario": "[1]"}), "and the number 1 is in it"),
    "no implementation": (decided({"implementation": None}), '"implementation" is missing'),
    "value as a number": (decided({"reference": "1"}), '"reference" must be a string'),
    "nothing differs": (decided({"candidate": '"1"'}), "so nothing differs"),
    "the same twice": (decided(pins=2), "[[pin]] number 2: it is the same as number 1"),
    "bounds": (decided({"python": '"3.14+"'}), '"python" must be bounds on a version'),
    "bounds as a number": (decided({"openssl": "3.2"}), '"openssl" must be bounds on a version'),
    "merge conflict": (f"<<<<<<< HEAD\n{decided()}", "is not valid TOML"),
    "title as a list": (decided(title='["a"]'), '"title" must be a string with something in it'),
    "bell": (decided(title='"a\\u0007"'), "'\\x07' is in it, which cannot be printed"),
    "written backwards": (decided(reason='"a\u202eb"'), "'\\u202e' is in it, which cannot"),
    "no workaround": (decided(workaround=None), 'the key "workaround" is missing'),
    "nobody decided": (decided(decided_by=None), 'the key "decided_by" is missing'),
    "category in capitals": (decided(category='"Language"'), "not the string 'Language'"),
    "time of day": (decided(review_by="2030-01-01T00:00:00"), '"review_by" must be a date like'),
    "year": (decided(review_by="2030"), '"review_by" must be a date like'),
    "bug without words": (decided(python_bug="true"), '"python_bug" must be a string'),
    "tracker as a number": (decided(tracker="148594"), "not the number 148594"),
    "pins as texts": (decided(pins=0) + 'pin = ["x"]\n', "each under its own [[pin]]"),
    "misspelt pin": (decided(pins=0) + '[[pins]]\nscenario = "x"\n', 'did you mean "pin"?'),
    "empty pin": (decided(pins=0) + "[[pin]]\n", '[[pin]] number 1: the key "member" is missing'),
    "scenario in a list in a list": (decided({"scenario": '[["x"]]'}), "the list ['x'] is in it"),
    "empty implementation": (decided({"implementation": '""'}), "not the string ''"),
    "member as a list": (decided({"member": "[]"}), '"member" must be a string'),
    "value as a date": (decided({"candidate": "2020-01-01"}), "not the date"),
    "axis of OpenSSL": (decided({"axis": '"openssl"'}), "not the string 'openssl'"),
    "another kind of bounds": (decided({"python": '"~=3.14"'}), "not the string '~=3.14'"),
    "bounds on nothing": (decided({"openssl": '">3.2, <3.2.9"'}), "no version is within"),
    "bounds of everything": (decided(python='">=3.14"'), 'unknown key "python"'),
    "tracker": (decided(tracker="[]"), '"tracker" must be a string, or a list of strings'),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_a_file_of_a_decision(tmp_path: Path, name: str) -> None:
    text, told = DECISIONS[name]
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(known.KnownDivergenceError) as caught:
        known.load(tmp_path)
    sentence(str(caught.value))
    assert told in str(caught.value) and "mine.toml" in str(caught.value)


def test_a_folder_of_decisions_whose_files_would_not_be_read(tmp_path: Path) -> None:
    assert known.load(tmp_path, own=True) == []
    (tmp_path / "mine.tml").write_text(decided(), "utf-8")
    with pytest.raises(known.KnownDivergenceError, match="has no TOML file") as caught:
        known.load(tmp_path, own=True)
    sentence(str(caught.value))


@pytest.mark.parametrize("name", ["mine.TOML", "inner/mine.toml"])
def test_a_file_of_decisions_that_would_not_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "read.toml").write_text(decided(), "utf-8")
    assert known.load(tmp_path)
    (tmp_path / name).write_text(decided(), "utf-8")
    with pytest.raises(known.KnownDivergenceError, match="is not read: decisions are") as caught:
        known.load(tmp_path)
    sentence(str(caught.value))


def test_a_list_of_what_scenarios_guard_is_read_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards.trackers, "__defaults__", (tmp_path / "trackers.toml",))
    with pytest.raises(CommandError, match=r"trackers\.toml cannot be read") as caught:
        reviewed()
    sentence(str(caught.value))


def test_a_list_of_audits_that_is_gone_or_of_tomorrow(tmp_path: Path) -> None:
    path = tmp_path / "audits.toml"
    with pytest.raises(audits.AuditsError, match="cannot be read"):
        audits.load(path)
    text = '[[audit]]\nname = "html"\noutcome = "passed"\ncommit = "1"\ndate = 2999-01-01\n'
    path.write_text(text, "utf-8")
    with pytest.raises(audits.AuditsError, match="which is yet to come") as caught:
        audits.load(path)
    sentence(str(caught.value))


# Files of results, and what is done with them

Change = Callable[[dict[str, Any]], object]


def first(results: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = results["judgements"][0]
    return found


SHARD = {"number": 1, "of": 2, "whole": True, "cells": [], "uses": [], "members": [], "pins": []}
STORED: dict[str, tuple[str | bytes | Change, str]] = {
    "empty": ("", "is empty"),
    "binary": (b"\xff\x00", "it is not text"),
    "with a byte order mark": (b'\xef\xbb\xbf{"a": 1}', "it has no judgements"),
    "cut off": ('{"judgements": [', "is not JSON, or was cut off"),
    "nested without end": ("[" * 100000, "is not JSON, or was cut off"),
    "a list": ("[1]", "it has no judgements"),
    "something else": ('{"a": 1}', "it has no judgements"),
    "a journal": ('{"suite":"x","journal":1}\n', "go on with it with --resume"),
    "old": (lambda one: one.update(schema=2), "has schema 2, and this version"),
    "to come": (lambda one: one.update(schema=99), "has schema 99, and this version"),
    "no schema": (lambda one: one.pop("schema"), "has schema None"),
    "key missing": (lambda one: one.pop("lanes"), "must contain ['lanes'] properties"),
    "key too many": (lambda one: one.update(more=1), "must not contain {'more'} properties"),
    "number for a text": (lambda one: one.update(reference=1), "reference must be string"),
    "verdict": (lambda one: first(one).update(verdict="fine"), "judgements[0].verdict must be one"),
    "no axis": (lambda one: first(one).pop("axis"), "judgements[0] must contain ['axis']"),
    "date": (lambda one: one["run"].update(date="today"), "run.date must match pattern"),
    "stranger": (
        lambda one: first(one).update(implementation="x"),
        "a judgement of x, which is not among its implementations",
    ),
    "no such scenario": (
        lambda one: first(one).update(scenario="x"),
        "a judgement of x, which is not among its scenarios",
    ),
    "no such reference": (
        lambda one: one.update(reference="x"),
        "names the reference x, which is not among",
    ),
    "implementation twice": (
        lambda one: one["implementations"].append(one["implementations"][0]),
        "has mine twice in implementations",
    ),
    "scenario twice": (
        lambda one: one["scenarios"].append(one["scenarios"][0]),
        "twice in scenarios",
    ),
    "reference of a lane": (
        lambda one: one["lanes"][0].update(reference="x"),
        "names the reference x, which is not among",
    ),
    "reference of a judgement": (
        lambda one: first(one).update(reference="x"),
        "names the reference x, which is not among",
    ),
    "stranger in a lane": (
        lambda one: one["lanes"][0]["implementations"].append("x"),
        "has x on OpenSSL 3.0, which is not among",
    ),
    "contract": (
        lambda one: one.update(contract={"members": []}),
        "contract must contain ['reasons'] properties",
    ),
    "twice": (lambda one: one["judgements"].append(first(one)), "has two judgements of"),
    "null": ("null", "it has no judgements"),
    "no number": ("NaN", "it has no judgements"),
    "two documents": ('{"judgements": []}{}', "is not JSON, or was cut off"),
    "a comment": ('// x\n{"judgements": []}', "is not JSON, or was cut off"),
    "utf-16": ("{}".encode("utf-16"), "it is not text"),
    "compressed": (b"\x1f\x8b\x08\x00\x00", "it is not text"),
    "objects without end": ('{"judgements":' * 50000, "is not JSON, or was cut off"),
    "a number without end": ('{"schema":' + "9" * 9999, "is not JSON, or was cut off"),
    "another tool's": ('{"version": "2.1.0", "runs": []}', "it has no judgements"),
    "schema as text": (lambda one: one.update(schema="3"), "has schema '3'"),
    "judgements by name": (lambda one: one.update(judgements={}), "judgements must be array"),
    "nothing among them": (
        lambda one: one["judgements"].append(None),
        "judgements[2] must be object",
    ),
    "complete, of nothing": (
        lambda one: one.update(judgements=[]),
        "says that it is complete, and has no judgements",
    ),
    "passed, and did not": (
        lambda one: (one.update(passed=True), first(one).update(role="candidate", verdict="CRASH")),
        "says that it passed, and has CRASH for",
    ),
    "passed as text": (lambda one: one.update(passed="yes"), "passed must be boolean"),
    "no run": (lambda one: one.update(run=None), "run must be object"),
    "problem": (lambda one: one.update(problems=[1]), "problems[0] must be string"),
    "no lane": (lambda one: one.update(lanes=[]), "lanes must contain at least 1 items"),
    "OpenSSL": (lambda one: one["lanes"][0].update(openssl=7), "lanes[0].openssl must be string"),
    "below zero": (
        lambda one: first(one).update(operations=-1),
        "operations must be bigger than or equal to 0",
    ),
    "half": (lambda one: first(one).update(operations=1.5), "operations must be integer"),
    "role": (lambda one: one["implementations"][0].update(role="boss"), "role must be one of"),
    "no claim": (lambda one: one["scenarios"][0].update(claim=None), "claim must be string"),
    "no day": (
        lambda one: one["run"].update(date="2026-13-45T99:99:99Z"),
        "began on 2026-13-45T99:99:99Z, which is not a date",
    ),
    "shard beyond": (
        lambda one: one.update(shard={**SHARD, "number": 3}),
        "says that it is shard 3 of 2",
    ),
    "server": (lambda one: first(one).update(server="x"), "has a judgement of x, which is not"),
}


def stored(path: Path, change: str | bytes | Change) -> Path:
    """Results with a fault, in a file."""
    if isinstance(change, str | bytes):
        path.write_bytes(change if isinstance(change, bytes) else change.encode())
    else:
        results = copy.deepcopy(results_of())
        change(results)
        path.write_text(json.dumps(results), "utf-8")
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """What a command says that cannot be carried out."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert not said.out
    sentence(said.err)
    return said.err


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("command", ["compare", "merge", "accept"])
def test_a_file_of_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    change, told = STORED[name]
    good, bad = (
        stored(tmp_path / "good.json", lambda one: None),
        stored(tmp_path / "x.json", change),
    )
    files: dict[str, list[str | Path]] = {
        "compare": [good, bad],
        "merge": [good, bad, "-o", tmp_path / "out.json"],
        "accept": [bad, "-o", tmp_path / "out.toml"],
    }
    said = refused(capsys, command, *files[command])
    assert told in said and "x.json" in said
    assert not (tmp_path / "out.json").exists() and not (tmp_path / "out.toml").exists()


UNLIKE: dict[str, tuple[Change, str]] = {
    "suite": (lambda one: one["run"].update(suite="0" * 16), "are of different suites"),
    "shard": (lambda one: one.update(shard=SHARD), "is a shard and"),
    "verdict": (lambda one: first(one).update(verdict="drift"), "which is true must be found out"),
    "same verdict": (lambda one: first(one).update(operations=9), "but not in the same way"),
    "version": (
        lambda one: one["implementations"][0].update(python="9.9.9"),
        "one id is one implementation",
    ),
    "reference": (
        lambda one: one["lanes"][0].update(reference="mine"),
        "compares with stdlib-py3.13 and",
    ),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_files_that_do_not_fit_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    change, told = UNLIKE[name]
    good, other = stored(tmp_path / "a.json", lambda one: None), stored(tmp_path / "b.json", change)
    output = tmp_path / "out.json"
    output.write_text("Old.\n")
    said = refused(capsys, "merge", good, other, "-o", output)
    assert told in said and "b.json" in said
    assert output.read_text() == "Old.\n"


def test_places_to_write_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, other = (stored(tmp_path / name, lambda one: None) for name in ("a.json", "b.json"))
    before = good.read_bytes()
    for output, told in (
        (tmp_path, "give the path of a file"),
        (tmp_path / "no" / "x.json", "give the path of a file"),
        (good, "is one of the files to merge"),
    ):
        assert told in refused(capsys, "merge", good, other, "-o", output)
    assert good.read_bytes() == before
    package = tmp_path / "package.json"
    package.write_text('{"name": "my-app"}', "utf-8")
    (tmp_path / "loop").symlink_to("loop")
    for output, told in (
        (package, "is there and is not a file of results: give another path with -o."),
        (tmp_path / "loop", "its links lead in a circle; give another path with -o."),
    ):
        assert told in refused(capsys, "merge", good, other, "-o", output)
    assert package.read_text("utf-8") == '{"name": "my-app"}'
    for name, told in (("x.txt", "must end with .toml"), ("a.json", "is there already")):
        assert told in refused(capsys, "accept", good, "-o", tmp_path / name)
    arguments = ("accept", good, "-o", tmp_path / "x.toml", "--implementation", "nobody")
    assert "--implementation nobody matches nothing" in refused(capsys, *arguments)
    assert "There is no" in refused(capsys, "compare", good, tmp_path / "absent.json")
    assert "cannot be read" in refused(capsys, "compare", good, tmp_path)


def test_a_path_may_begin_at_home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("a.json", "b.json"):
        stored(tmp_path / name, lambda one: None)
    assert main(["merge", "~/a.json", "~/b.json", "--output=~/c.json"]) == 0
    assert (tmp_path / "c.json").exists()
    assert main(["compare", "~/a.json", "~/c.json"]) == 0
    with pytest.raises(SystemExit):
        main(["compare", "~nobody-of-that-name/a.json", "~/c.json"])
    assert "~nobody-of-that-name is nobody's home" in capsys.readouterr().err


def test_what_is_long_is_shown_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = stored(tmp_path / "a.json", lambda one: None)
    assert "x ... x" in refused(capsys, "compare", good, "x" * 9999)
    long = stored(tmp_path / "b.json", lambda one: one.update(reference="y" * 9999))
    assert "y ... y" in refused(capsys, "compare", good, long)


def test_an_interpreter_that_is_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent", Path("/etc/passwd")):
        with pytest.raises(interpreters.InterpreterError) as caught:
            interpreters.find([path], {"PATH": "", "HOME": str(tmp_path)})
        sentence(str(caught.value))


def test_what_is_written_is_whole_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json({"a": object()}, tmp_path / "x.json")
    assert [*tmp_path.iterdir()] == []
