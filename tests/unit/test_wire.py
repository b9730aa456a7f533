"""The wire: what is made of the agent's JSON, and what of values goes into it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from impls.host import wire
from impls.host.process import ENCODER


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ({"t": "unicode", "v": "x"}, wire.UnicodeText("x")),
        ({"t": "long", "v": 5}, wire.LongInteger(5)),
        ({"t": "str", "v": "YQ=="}, wire.ByteString("str", b"a")),
        ({"t": "array", "c": "H", "v": "YWI="}, wire.ByteString("array", b"ab", "H")),
        ({"t": "tuple", "v": [1, [None]]}, wire.Collection("tuple", [1, [None]])),
        ({"t": "dict", "v": [["a", True]]}, wire.Dictionary([("a", True)])),
        ({"t": "object", "h": 3, "c": 4}, wire.Object(3, 4)),
        ({"t": "class", "c": 4}, wire.Class(4)),
        ({"t": "class", "c": 4, "h": 3}, wire.Class(4, 3)),
        ({"t": "function", "h": 3, "n": "f"}, wire.Function(3, "f")),
        ({"t": "enum", "c": 4, "h": 3, "n": "A", "v": 1}, wire.Enumeration(4, 3, "A", 1)),
        (
            {"t": "namedtuple", "c": 4, "h": 3, "f": ["a"], "v": [1]},
            wire.NamedCollection(4, 3, ("a",), [1]),
        ),
        (
            {"t": "exception", "e": {"c": 1, "args": [2], "str": "2", "attributes": {"errno": 2}}},
            wire.Error(1, [2], "2", {"errno": 2}),
        ),
        ({"t": "callback", "id": 0}, wire.Callback(0)),
    ],
    ids=lambda value: value["t"] if isinstance(value, dict) else "",
)
def test_what_an_agent_sends(sent: dict[str, Any], value: wire.Value) -> None:
    assert wire.read_value(sent) == value


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (wire.FloatNumber("0.1"), {"t": "float", "v": "0.1"}),
        (wire.ByteString("bytes", b"a"), {"t": "bytes", "v": "YQ=="}),
        (
            wire.Buffer("memoryview", b"abc", 1, False, part=(0, 3, 2)),
            {"t": "memoryview", "k": 1, "m": False, "v": "YWJj", "start": 0, "stop": 3, "step": 2},
        ),
        (
            wire.Buffer("array", b"ab", 0, typecode="H"),
            {"t": "array", "k": 0, "m": True, "v": "YWI=", "c": "H"},
        ),
        (
            wire.Collection("set", [wire.Reference(7), wire.Class(1)]),
            {"t": "set", "v": [{"t": "handle", "h": 7}, {"t": "class", "c": 1}]},
        ),
        (
            wire.Dictionary([("a", wire.Callback(2))]),
            {"t": "dict", "v": [["a", {"t": "callback", "id": 2}]]},
        ),
        (
            wire.File("folder", "x/y", "/x/y", {"z": b"a"}),
            {"t": "folder", "name": "x/y", "path": "/x/y", "v": {"z": "YQ=="}},
        ),
        (
            wire.Request("call", 0, "f", [1], {"k": [wire.Reference(1)]}, [5]),
            {
                "op": "call",
                "name": "f",
                "args": [1],
                "kwargs": {"k": [{"t": "handle", "h": 1}]},
                "on": 0,
                "free": [5],
            },
        ),
        (wire.CallbackReturns(None), {"op": "return", "value": None}),
        (
            wire.CallbackRaises(wire.Class(3), []),
            {"op": "raise", "class": {"t": "class", "c": 3}, "args": []},
        ),
        (wire.EndOfScenario(), {"op": "end"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_agent_is_sent(value: object, sent: dict[str, Any]) -> None:
    assert json.loads(ENCODER.encode(value)) == sent


def test_answers() -> None:
    error = {"c": 1, "args": [], "str": "", "attributes": {}}
    assert wire.read_answer({"value": 1}) == wire.Returned(1)
    assert wire.read_answer(
        {"value": 1, "warnings": [["A", "b"]], "mutated": {"0": "YQ=="}}
    ) == wire.Returned(1, (("A", "b"),), {0: b"a"})
    assert wire.read_answer({"error": error}) == wire.Raised(wire.Error(1, [], "", {}))
    assert wire.read_answer({"failure": "it broke"}) == wire.Failure("it broke")
    assert wire.read_answer(
        {"callback": 2, "args": [{"t": "unicode", "v": "x"}], "kwargs": {"a": 1}}
    ) == wire.CallbackRequest(2, [wire.UnicodeText("x")], {"a": 1})
    assert wire.read_answer({"nothing": 1}) is None


def test_versions_in_every_string_of_2() -> None:
    def openssl(sent: object) -> str | None:
        return wire.read_hello(
            {
                "python": "2.7.18",
                "implementation": "CPython",
                "openssl": sent,
                "default_ciphers": None,
                "executable": "python",
                "module": "ssl",
                "members": {},
            }
        ).openssl

    assert openssl("OpenSSL") == "OpenSSL"
    assert openssl({"t": "str", "v": "T3BlblNTTA=="}) == "OpenSSL"
    assert openssl({"t": "unicode", "v": "OpenSSL"}) == "OpenSSL"
    assert openssl(None) is None


def test_handles_are_found_wherever_they_are() -> None:
    value = wire.Collection(
        "tuple",
        [
            wire.Object(1, 0),
            [wire.Reference(2), wire.Class(0), 3],
            wire.Dictionary([(wire.Function(3, "f"), wire.NamedCollection(0, 4, ("a",), ["x"]))]),
            wire.Enumeration(0, 5, "A", "a"),
        ],
    )
    assert list(wire.handles_in(value)) == [1, 2, 3, 4, 5]


def test_lengths_are_of_what_is_shown() -> None:
    assert wire.ByteString("bytes", b"abc").length == 3
    assert wire.buffer_of(bytearray(b"abcd"), 0).length == 4
    assert wire.buffer_of(memoryview(b"abcdef")[1:6:2], 0).length == 3
