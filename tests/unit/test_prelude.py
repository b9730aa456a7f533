"""The prelude of reproducers: it shows in every Python what the suite shows."""

from __future__ import annotations

import ast
import builtins
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.explain.reproducer import sources
from conformance.transcript.build import build
from conformance.transcript.elide import VALUE
from conformance.transcript.model import Transcript
from conformance.transcript.render import render, render_outcome
from impls.host import wire
from impls.host.process import AGENT_SOURCES
from impls.host.wire import ClassDescription, Event
from tests.support.agents import interpreter
from tests.unit.test_tls_records import DATA, FLIGHT, HELLO

VERSIONS = ("2.7", "3.6", "3")

PLAIN = (
    "None",
    "True",
    "5",
    "1.5",
    "'text'",
    "'it\\'s'",
    "b'\\x00\\xff'",
    "b'x' * 500",
    "'y' * 500",
    "[1, ['a'], ()]",
    "(1,)",
    "(1, 'a')",
    "('127.0.0.1', 40123)",
    "('127.0.0.2', 40123)",
    "('127.0.0.1', 40123, 0)",
    "{'b': 1, 'a': [2]}",
    "set([2, 1])",
    "frozenset(['b', 'a'])",
    "bytearray(b'abc')",
    "'no (_ssl.c:1007)'",
    "'<x at 0x7f00AB>'",
    "'fd=12, (\\'127.0.0.1\\', 40123)'",
    "'/tmp/conformance-ab12/run/key.pem'",
)
"""Expressions whose values every Python shows alike, each in its own spelling."""


@pytest.fixture(scope="module")
def prelude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole prelude as one file, as a script that needed all of it would have it."""
    own = sources.definitions_in(sources.PRELUDE.read_text("ascii"))
    text = "\n".join(sources.needed(sources.prelude(), "\n".join(own)))
    imports = "\n".join([*sources.imports_for(text), "import ssl"])
    path = tmp_path_factory.mktemp("prelude") / "program.py"
    path.write_text(f"{imports}\n{text}\n", "ascii")
    return path


def printed(prelude: Path, version: str, program: str) -> list[str]:
    """What a program prints after the prelude, on a Python of this version."""
    path = prelude.with_name(f"program-{version}.py")
    path.write_text(f"{prelude.read_text('ascii')}\n{program}\n", "ascii")
    command = [str(interpreter(version).executable), str(path)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()


def at_the_wire(value: Any, version: str) -> wire.Value:
    """A value as the agent of a version sends it."""
    if isinstance(value, str) and version == "2.7":
        return wire.ByteString("str", value.encode("ascii"))
    if isinstance(value, (bytes, bytearray)):
        kind = "str" if version == "2.7" and isinstance(value, bytes) else type(value).__name__
        return wire.ByteString(kind, bytes(value))
    if isinstance(value, float):
        return wire.FloatNumber(repr(value))
    if isinstance(value, list):
        return [at_the_wire(item, version) for item in value]
    if isinstance(value, (tuple, set, frozenset)):
        items = [at_the_wire(item, version) for item in value]
        return wire.Collection(type(value).__name__, items)
    if isinstance(value, dict):
        pairs = [(at_the_wire(k, version), at_the_wire(v, version)) for k, v in value.items()]
        return wire.Dictionary(pairs)
    assert value is None or isinstance(value, int) or isinstance(value, str)
    return value


def transcript(*events: Event) -> Transcript:
    error = ClassDescription("ValueError", "builtins", (1,), True, {})
    base = ClassDescription("Exception", "builtins", (), True, {})
    return build(events, {0: error, 1: base}, "completed", {})


@pytest.mark.parametrize("version", VERSIONS)
def test_values_are_shown_as_the_suite_renders_them(version: str, prelude: Path) -> None:
    program = "\n".join(f"say(show({text}))" for text in PLAIN)
    shown = printed(prelude, version, program)
    for text, line in zip(PLAIN, shown, strict=True):
        value = at_the_wire(eval(text), version)
        event = Event("call", 0, "f", [], {}, wire.Returned(value))
        (operation,) = transcript(event).operations
        assert line == render(operation.fields["value"]), text


@pytest.mark.parametrize("version", VERSIONS)
def test_records_are_shown_as_in_a_transcript(version: str, prelude: Path) -> None:
    program = "records = Records()\n" + "\n".join(
        f"say(records.show({content!r}))" for content in (HELLO[:3], HELLO[3:] + FLIGHT, DATA)
    )
    assert printed(prelude, version, program + f"\nsay(records.show_lengths({DATA!r}))") == [
        "records[...]",
        "records[handshake ClientHello, handshake ServerHello Certificate ServerHelloDone]",
        "records[application_data]",
        "records[application_data 99]",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_operation_is_told_in_one_line(version: str, prelude: Path) -> None:
    program = """
record_warnings()
def wrong():
    raise ValueError("bad (_ssl.c:7)")
def fill(buffer):
    warnings.warn("old", DeprecationWarning)
    buffer[:1] = b"x"
    return 1
buffer = bytearray(b"abc")
assert step(0, lambda: fill(buffer), buffers=[buffer]) == 1
assert step(1, wrong, detail=argument_count) is None
step(2, wrong, detail=attribute("errno"))
step(3, wrong, detail=bases)
called(4, (1, None))
step(5, lambda: 7, part_of(lambda: 7))
step(6, lambda: b"abc", length_of("session id"))
step(7, lambda: 7, a_time)
assert sorted(outcomes) == list(range(8))
"""
    event = Event(
        "call",
        0,
        "f",
        outcome=wire.Returned(1, (("DeprecationWarning", "old"),), {0: b"xbc"}),
    )
    raised = "raises ValueError: bad"
    shown = printed(prelude, version, program)
    assert shown[0] == f"   0  {render_outcome(transcript(event).operations[0])}"
    standard = "'StandardError', " if version == "2.7" else ""
    assert shown[1:] == [
        f"   1  {raised} (argument_count: 1)",
        f"   2  {raised} (errno: absent)",
        f"   3  {raised} (bases: [{standard}'Exception', 'BaseException'])",
        "   4  called with [1, None]",
        "   5  <all bytes>",
        "   6  <session id of 3 bytes>",
        "   7  <a time>",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_objects_have_labels_and_can_be_let_go(version: str, prelude: Path) -> None:
    program = """
class Thing(object):
    pass
one, other = Thing(), Thing()
say(show([one, other, one]))
held = False
third = Thing()
label(third)
gone = weak_reference(third)
forget("third")
collect()
say(show(gone()))
fourth = Thing()
label(fourth)
gone = weak_reference(fourth)
del fourth
collect()
say(show(gone()))
say(show(got(lambda: [][0])))
say(str(is_hashable([])) + str(is_hashable(1)))
say(show(flipped(unbase64("AAE="), 1)))
"""
    empty = "" if version == "2.7" else "b"
    assert printed(prelude, version, program) == [
        "[<Thing #1>, <Thing #2>, <Thing #1>]",
        "None",
        "None",
        "None",
        "FalseTrue",
        f"{empty}'\\x01\\x00'",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_minted_is_shown_by_its_name(version: str, prelude: Path) -> None:
    program = "MINTED[digest(b'DER')] = 'certificate of localhost'\nsay(show(b'DER'))"
    assert printed(prelude, version, program) == ["<certificate of localhost>"]


def test_strings_are_cut_where_the_suite_cuts_them() -> None:
    assert f"LONGEST = {VALUE}" in sources.prelude()["LONGEST"]


def test_a_script_is_given_what_it_needs_and_no_more() -> None:
    found = sources.needed(sources.prelude(), "step(1, lambda: ssl.MemoryBIO())")
    names = {node.name for text in found for node in ast.parse(text).body if hasattr(node, "name")}
    assert {"step", "show", "say", "label"} <= names
    assert not names & {"Records", "RecordStream", "flipped", "called", "own_folder", "Masks"}
    assert "import base64" not in sources.imports_for("\n".join(found))
    records = "\n".join(sources.needed(sources.prelude(), "Records()"))
    assert "class RecordStream" in records and "ALERTS = {" in records


def test_nothing_that_scripts_are_given_means_two_things() -> None:
    """No probe that a script can have uses a name that agent and prelude define."""
    for _, text in AGENT_SOURCES:
        for name in set(sources.definitions_in(text)) & set(sources.prelude()):
            for probe in sources.probes():
                if not sources.needs_the_agent(probe):
                    used = sources.names_in(sources.probe_function(probe))
                    assert name not in used, (name, probe)


@pytest.mark.parametrize("probe", sorted(sources.probes()))
def test_a_probe_finds_in_a_script_all_that_it_uses(probe: str) -> None:
    if sources.needs_the_agent(probe) or probe in sources.OWN_PROBES:
        return
    functions = [sources.probe_function(name) for name in sources.with_others([probe])]
    given = [*sources.needed(sources.agent(), *functions), *functions]
    text = "\n".join([*sources.needed(sources.prelude(), *given), *given])
    imports = "\n".join(sources.imports_for(text))
    known = {*names_bound_in(f"{imports}\n{text}"), "ssl", "unicode", "buffer", "long"}
    assert sources.names_in("\n".join(given)) <= known | set(dir(builtins))


def names_bound_in(text: str) -> set[str]:
    """Names of functions, classes, arguments, imports and all that is assigned."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found
