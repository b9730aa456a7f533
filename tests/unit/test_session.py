"""Sessions: what goes to an implementation and comes back, on Python 2.7 and 3."""

from __future__ import annotations

import array
import ast
import gc
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.transcript.build import build
from impls.host import wire
from impls.host.process import AGENT_SOURCES, AgentFailure, AgentLost
from impls.host.proxies import NativeString, RemoteNamedTuple
from impls.host.session import RemoteAgent, Session, SessionEnd
from tests.support.agents import found, implementation, interpreter

FOLDER = str(Path(__file__).parents[1] / "support")
MODULE = "module_under_test"
BOTH = ("2.7", "3")


@pytest.fixture(scope="module", params=BOTH)
def agent(request: pytest.FixtureRequest) -> Iterator[RemoteAgent]:
    python = interpreter(request.param)
    running = RemoteAgent(implementation(python=python, module=MODULE, path=(FOLDER,)))
    yield running
    running.close()


@pytest.fixture
def session(agent: RemoteAgent) -> Iterator[Session]:
    one = Session(agent)
    yield one
    one.end()


@pytest.fixture
def asked(session: Session) -> Any:
    return session.module


def is_2(session: Session) -> bool:
    return str(session.agent.hello.python).startswith("2.")


def wire_type(session: Session) -> object:
    """The name of a value's type in the agent, or the class that it travelled as."""
    value = session.events[-1].value
    if isinstance(value, (wire.ByteString, wire.Collection)):
        return value.kind
    return type(value)


def outcome_of(session: Session) -> wire.Returned:
    outcome = session.events[-1].outcome
    assert isinstance(outcome, wire.Returned)
    return outcome


def test_the_module_asked_is_one_object_however_it_came(agent: RemoteAgent) -> None:
    one = Session(agent)
    assert one.native.module(MODULE) is one.module
    assert not one.end().leaked
    again = Session(agent)
    assert again.module.data == "data"
    again.end()


@pytest.mark.parametrize(
    ("name", "value", "in_2", "in_3"),
    [
        ("none", None, type(None), type(None)),
        ("true", True, bool, bool),
        ("int", 5, int, int),
        ("huge", 2**70, wire.LongInteger, int),
        ("float", 0.1, wire.FloatNumber, wire.FloatNumber),
        ("text", "\xe9", wire.UnicodeText, str),
        ("bytes", b"\x00\xff", "str", "bytes"),
        ("bytearray", bytearray(b"ab"), "bytearray", "bytearray"),
        ("memoryview", memoryview(b"ab"), "memoryview", "memoryview"),
        ("array", array.array("i", [1, 2]), "array", "array"),
        ("list", [1, [2, None]], list, list),
        ("tuple", (1, (2,)), "tuple", "tuple"),
        ("dict", {"a": 1, "b": (2,)}, wire.Dictionary, wire.Dictionary),
        ("set", {1, 2}, "set", "set"),
        ("frozenset", frozenset([1]), "frozenset", "frozenset"),
    ],
)
def test_a_value_comes_back_with_its_type(
    session: Session, name: str, value: object, in_2: object, in_3: object
) -> None:
    result = session.module.value(name)
    assert result == value
    assert wire_type(session) == (in_2 if is_2(session) else in_3)
    if not (is_2(session) and name == "bytes"):
        assert type(result) is type(value)


def test_a_native_string_of_2_is_text_and_bytes(session: Session) -> None:
    result = session.module.value("native")
    if is_2(session):
        assert type(result) is NativeString
        assert result == "abc" and result == b"abc" and result != "abd" and result != b"abd"
        mapping: dict[Any, int] = {result: 1}
        assert mapping["abc"] == 1 and mapping[b"abc"] == 1
        parts: list[Any] = ["b", b"b"]
        assert all(part in result for part in parts)
    else:
        assert type(result) is str and result == "abc"


@pytest.mark.parametrize(
    ("value", "in_2", "in_3"),
    [
        (None, "NoneType", "NoneType"),
        (True, "bool", "bool"),
        (7, "int", "int"),
        (2**70, "long", "int"),
        (1.5, "float", "float"),
        ("ascii", "str", "str"),
        ("\xe9", "unicode", "str"),
        (b"bytes", "str", "bytes"),
        (bytearray(b"b"), "bytearray", "bytearray"),
        (memoryview(b"b"), "memoryview", "memoryview"),
        (array.array("H", [1]), "array", "array"),
        ([1], "list", "list"),
        ((1,), "tuple", "tuple"),
        ({1: 2}, "dict", "dict"),
        ({1}, "set", "set"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_argument_arrives_with_its_type(
    session: Session, value: object, in_2: str, in_3: str
) -> None:
    assert session.module.type_of(value) == (in_2 if is_2(session) else in_3)


def test_a_slice_of_a_memoryview_travels_as_what_it_shows(asked: Any) -> None:
    whole = memoryview(bytearray(b"0123456789"))
    assert asked.as_bytes(whole[2:5]) == b"234"
    assert asked.as_bytes(whole[4:4]) == b""
    assert asked.as_bytes(whole[9:]) == b"9"


def test_a_slice_with_a_step_is_made_where_that_can_be_done(session: Session) -> None:
    stepped = memoryview(bytearray(b"0123456789"))[1:8:3]
    if is_2(session):
        with pytest.raises(NotImplementedError):
            session.module.as_bytes(stepped)
    else:
        assert session.module.as_bytes(stepped) == b"147"


def test_what_cannot_travel_is_the_suites_fault(asked: Any) -> None:
    with pytest.raises(AgentFailure, match="complex cannot travel"):
        asked.identity(1j)
    with pytest.raises(AgentFailure, match="memoryview"):
        asked.identity(memoryview(b"abc")[::-1])


def test_buffers_that_were_filled_are_filled_here(session: Session) -> None:
    buffer = bytearray(b"....")
    assert session.module.fill(buffer) == 4
    assert buffer == b"ZZ.."
    assert list(outcome_of(session).mutated) == [0]
    whole = bytearray(b"......")
    assert session.module.fill(memoryview(whole)[2:4]) == 2
    assert whole == b"..ZZ.."
    numbers = array.array("i", [1, 2, 3])
    session.module.fill(numbers)
    assert numbers.tolist() == [7, 8, 3]


def test_buffers_that_were_not_filled_are_not_reported(session: Session) -> None:
    session.module.identity(bytearray(b"...."))
    assert not outcome_of(session).mutated


def test_exceptions_have_their_names_bases_and_arguments(session: Session) -> None:
    asked = session.module
    with pytest.raises(asked.Sub) as caught:
        asked.fail()
    assert [cls.__name__ for cls in type(caught.value).__mro__][:3] == ["Sub", "Base", "ValueError"]
    assert isinstance(caught.value, asked.Base) and isinstance(caught.value, ValueError)
    assert caught.value.args == (7, "text")
    assert type(caught.value) is asked.Sub
    with pytest.raises(OSError) as gone:
        asked.fail("OSError")
    assert (gone.value.errno, gone.value.strerror, gone.value.filename) == (2, "gone", "f")


def test_a_class_is_chosen_by_errno_as_it_was_over_there(session: Session) -> None:
    with pytest.raises(OSError) as plain:
        session.module.fail("plain OSError")
    assert type(plain.value) is (FileNotFoundError if is_2(session) else OSError)
    assert (plain.value.errno, plain.value.strerror) == (2, "gone")
    with pytest.raises(FileNotFoundError):
        session.module.fail("OSError")


def test_an_exception_of_a_class_that_says_it_is_built_in(session: Session) -> None:
    with pytest.raises(Exception, match="text") as made:
        session.module.fail("Made")
    assert type(made.value).__name__ == "Made"
    function: list[Any] = []

    def raises() -> None:
        raise made.value

    function.append(raises)
    with pytest.raises(type(made.value)):
        session.module.call(function[0])


def test_an_exception_that_cannot_be_printed(session: Session) -> None:
    with pytest.raises(session.module.Broken) as caught:
        session.module.fail("Broken")
    assert str(caught.value) == "<str() raised RuntimeError>"


def test_an_exception_may_be_a_value(asked: Any) -> None:
    inner = asked.value("exception")
    assert type(inner) is ValueError and inner.args == ("inner",)


def test_enumerations_and_named_tuples(session: Session) -> None:
    asked = session.module
    pair = asked.Pair(1, (2,))
    assert isinstance(pair, RemoteNamedTuple)
    assert (pair.one, pair.two) == (1, (2,)) and pair == (1, (2,))
    assert session.native.type_name(pair) == "Pair"
    if is_2(session):
        return
    assert asked.Level.HIGH == 2
    assert (asked.Level.HIGH.name, asked.Level.HIGH.value) == ("HIGH", 2)
    assert asked.type_of(asked.Level.HIGH) == "Level"
    assert asked.Kind.RED.value == "red"


def test_the_same_object_is_the_same_proxy(session: Session) -> None:
    thing = session.module.Thing()
    assert thing.me() is thing
    other = session.module.Thing()
    assert other is not thing
    thing.child = other
    assert thing.child is other
    assert session.native.is_same(thing.child, other) is True


def test_what_is_dropped_here_is_dropped_there(session: Session) -> None:
    asked = session.module
    before = asked.Thing.made
    thing = asked.Thing()
    weak = session.native.weak_reference(thing)
    assert weak() is thing
    assert asked.Thing.made == before + 1
    del thing
    gc.collect()
    assert weak() is None
    assert asked.Thing.made == before


def test_a_result_that_nobody_takes_is_dropped_at_once(session: Session) -> None:
    asked = session.module
    before = asked.Thing.made
    asked.Thing()
    assert asked.Thing.made == before


def test_methods_are_called_by_name_and_data_is_read(session: Session) -> None:
    thing = session.module.Thing()
    session.events.clear()
    assert thing.method() == "called"
    assert thing.static() == "static"
    assert thing.of_class() == "Thing"
    assert [event.verb for event in session.events] == ["call", "call", "call"]
    assert thing.reads == 0, "something was read to find out what it is"
    assert thing.attribute == "read"
    assert thing.reads == 1
    assert thing.plain == 1
    assert thing.an_instance() == "instance called"
    assert [event.verb for event in session.events[-2:]] == ["get", "call"]


def test_an_attribute_that_is_not_there(asked: Any) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        asked.Thing().nonsense  # noqa: B018
    with pytest.raises(AttributeError, match="nonsense"):
        asked.nonsense()


def test_attributes_are_set_and_deleted(session: Session) -> None:
    thing = session.module.Thing()
    thing.colour = "red"
    assert thing.colour == "red"
    del thing.colour
    with pytest.raises(AttributeError):
        thing.colour  # noqa: B018
    with pytest.raises(AttributeError):
        thing.attribute = 1
    assert [event.verb for event in session.events[1:5]] == ["set", "get", "del", "get"]


def test_attributes_of_a_class_are_set_and_deleted_over_there(session: Session) -> None:
    session.module.Thing.colour = "red"
    assert session.module.Thing().colour == "red"
    del session.module.Thing.colour
    with pytest.raises(AttributeError):
        session.module.Thing().colour  # noqa: B018


def test_a_callback_gets_and_gives_values(session: Session) -> None:
    seen = []

    def callback(*arguments: object) -> object:
        seen.append(arguments)
        return (1, b"x", "y")

    thing = session.module.Thing()
    assert session.module.call(callback, thing, 2, b"z") == (1, b"x", "y")
    assert seen == [(thing, 2, b"z")] and seen[0][0] is thing
    called = session.events[-1]
    assert (called.verb, called.name, called.parent) == ("callback", "callback", 1)


def test_a_callback_may_ask_too(session: Session) -> None:
    asked = session.module

    def inner() -> int:
        return int(asked.value("int"))

    def outer() -> int:
        return int(asked.call(inner)) + 1

    assert asked.call(outer) == 6
    assert [(event.verb, event.parent) for event in session.events] == [
        ("call", None),
        ("callback", 0),
        ("call", 1),
        ("callback", 2),
        ("call", 3),
    ]


def test_what_a_callback_raises_is_raised_over_there(session: Session) -> None:
    asked = session.module
    remote = asked.Sub

    def builtin() -> None:
        raise ValueError("mine", 1)

    def theirs() -> None:
        raise remote(3)

    assert asked.call_and_catch(builtin) == ("ValueError", ("mine", 1))
    assert asked.call_and_catch(theirs) == ("Sub", (3,))
    with pytest.raises(ValueError, match="mine"):
        asked.call(builtin)


def test_an_assertion_in_a_callback_fails_the_scenario(session: Session) -> None:
    def wrong() -> None:
        raise AssertionError("claimed too much")

    with pytest.raises(AssertionError, match="claimed too much"):
        session.module.call_and_catch(wrong)
    assert session.module.value("int") == 5


def test_warnings_are_part_of_the_outcome(session: Session) -> None:
    assert session.module.warn() == "warned"
    assert outcome_of(session).warnings == (("DeprecationWarning", "careful"),)
    session.module.warn()
    assert outcome_of(session).warnings, "only the first time"
    session.module.value("int")
    assert not outcome_of(session).warnings


def test_printing_disturbs_nothing(session: Session) -> None:
    assert session.module.shout() == ""
    assert session.module.value("int") == 5
    log = session.agent.process.log()
    assert "printed" in log and '{"value": 666}' in log and '{"value": 667}' in log


def test_files_and_folders_travel(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "capath"
    folder.mkdir()
    (folder / "one.pem").write_bytes(b"1\x00")
    assert session.module.read_file(folder / "one.pem") == b"1\x00"
    assert session.module.folder(folder) == ["one.pem"]
    there = session.module.identity(folder / "one.pem")
    assert str(there).endswith("capath/one.pem")
    assert not str(there).startswith(str(tmp_path))
    sent = session.events[0].arguments[0]
    assert isinstance(sent, wire.File) and sent.content is None, "the content is kept"


def test_the_end_says_what_was_left_and_changed(agent: RemoteAgent) -> None:
    session = Session(agent)
    kept = session.module.Thing()
    session.module.data = "changed"
    end = session.end()
    assert end.leaked == ("Thing",)
    assert end.changed == (f"{MODULE}.data",)
    del kept
    again = Session(agent)
    again.module.data = "data"
    again.end()


def test_nothing_of_an_ended_session_can_be_used(agent: RemoteAgent) -> None:
    """What it did would be in nobody's transcript."""
    session = Session(agent)
    module, kept = session.module, session.module.Thing()
    session.end()
    again = Session(agent)
    for use in (kept.method, lambda: module.value("int"), lambda: again.module.identity(kept)):
        with pytest.raises(AgentFailure, match="earlier scenario|another agent"):
            use()
    again.end()


def test_the_end_says_what_was_added(agent: RemoteAgent) -> None:
    session = Session(agent)
    session.module.brand_new = 1
    end = session.end()
    again = Session(agent)
    del again.module.brand_new
    again.end()
    assert f"{MODULE}.brand_new" in end.changed


@pytest.fixture
def expendable() -> Iterator[RemoteAgent]:
    """An agent of one test alone."""
    running = RemoteAgent(implementation(python=interpreter("3"), module=MODULE, path=(FOLDER,)))
    yield running
    running.close()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": {"t": "nonsense"}},
        {"value": {"t": "object", "h": 1, "c": 4711}},
        {"value": {"t": "bytes", "v": 1}},
        {"error": {"c": 4711, "args": [], "str": "", "attributes": {}}},
        {"error": None},
        {"value": None, "mutated": {"0": "YWJj"}},
        {"value": None, "classes": {"4711": {}}},
        {"value": None, "classes": []},
        {"callback": 0, "args": [], "kwargs": {}},
        {"callback": None},
    ],
    ids=json.dumps,
)
def test_an_answer_that_cannot_be_taken_in_is_garbage(
    answer: dict[str, Any], expendable: RemoteAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every operation has an outcome then, so that the transcript can be judged."""
    session, process = Session(expendable), expendable.process
    with monkeypatch.context() as patched:
        patched.setattr(process, "receive", lambda timeout: json.loads(json.dumps(answer)))
        with pytest.raises(AgentLost) as caught:
            session.module.value("int")
    assert caught.value.lost.how == "GARBAGE"
    assert session.end() == SessionEnd((), ())
    transcript = build(session.events, expendable.classes, "lost", {})
    assert [operation.kind for operation in transcript.operations] == ["GARBAGE"]


def test_an_end_that_cannot_be_taken_in_is_garbage(
    expendable: RemoteAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(expendable)
    with monkeypatch.context() as patched:
        patched.setattr(expendable.process, "receive", lambda timeout: {"value": None})
        session.end()
    assert session.lost is not None and session.lost.how == "GARBAGE"


def test_the_agent_runs_under_every_interpreter() -> None:
    assert len(found()) >= 1
    for python in found():
        running = RemoteAgent(implementation(python=python, module=MODULE, path=(FOLDER,)))
        try:
            assert running.hello.python.startswith(python.minor)
            session = Session(running)
            assert session.module.value("list") == [1, [2, None]]
            assert session.module.call(lambda: 4) == 4
            with pytest.raises(session.module.Sub):
                session.module.fail()
            session.end()
        finally:
            running.close()


def test_a_line_number_belongs_to_a_file_of_the_agent(session: Session) -> None:
    probe = session.native.probe("type_name")
    code = session.request("get", probe._handle, "__code__")
    assert code.co_filename == "probes/basics.py"


def test_the_agent_imports_the_standard_library_alone() -> None:
    imported: set[str] = set()
    for _, text in AGENT_SOURCES:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                imported.update(each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or ".")
    assert "json" in imported and imported <= sys.stdlib_module_names


def test_every_probe_has_one_place() -> None:
    """In the first class of its file, and no other: the last file would win in silence."""
    names: Counter[str] = Counter()
    *probes, left_behind, program, agent = AGENT_SOURCES
    assert [left_behind[0], program[0], agent[0]] == ["left_behind.py", "program.py", "agent.py"]
    for file, text in probes:
        first = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
        assert file.startswith("probes/") and f"    {first.name},\n" in agent[1]
        names.update(node.name for node in first.body if isinstance(node, ast.FunctionDef))
    assert not [name for name, count in names.items() if count > 1]


# The codec, with anything

simple = (
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.binary(max_size=20)
    | st.binary(max_size=20).map(bytearray)
)
hashable = st.booleans() | st.integers(-(2**100), 2**100) | st.text("abc\xe9\u20ac", max_size=5)
values = st.recursive(
    simple,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(hashable, inner, max_size=4)
    ),
    max_leaves=12,
)


def alike(one: object, other: object, same_types: bool) -> bool:
    """Equal, with the same types all the way down; a 2.7's `str` may stand for text and bytes."""
    if isinstance(other, NativeString):
        return not same_types and isinstance(one, (str, bytes)) and other == one
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        assert isinstance(other, float)
        both = math.isnan(one) and math.isnan(other)
        return both or (one == other and math.copysign(1, one) == math.copysign(1, other))
    if isinstance(one, (list, tuple)):
        assert isinstance(other, (list, tuple))
        return len(one) == len(other) and all(
            alike(a, b, same_types) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, dict):
        assert isinstance(other, dict)
        return set(one) == set(other) and all(
            alike(one[key], other[key], same_types) for key in one
        )
    return one == other


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(values)
def test_a_value_survives_the_way_there_and_back(session: Session, value: Any) -> None:
    result = session.module.identity(value)
    assert alike(value, result, same_types=not is_2(session))
