"""Each rule of equivalence: what it explains, and what comes close and is a difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.judge.equivalence import RULES, explain, explain_value
from conformance.transcript.model import (
    EnumerationMember,
    ExceptionValue,
    Items,
    Minted,
    NamedItems,
    Operation,
    Pairs,
    Records,
    Thing,
)
from impls.host.wire import ByteString, FloatNumber, LongInteger, UnicodeText


def str2(content: bytes) -> ByteString:
    return ByteString("str", content)


def bytes3(content: bytes) -> ByteString:
    return ByteString("bytes", content)


def unicode2(text: str) -> UnicodeText:
    return UnicodeText(text)


def long2(number: int) -> LongInteger:
    return LongInteger(number)


def raised(name: str, **fields: Any) -> Operation:
    given: dict[str, Any] = {
        "exception": name,
        "bases": ["Exception"],
        "message": "m",
        "argument_count": 1,
    }
    return Operation("call", "x.y", "x.y()", "exception", {**given, **fields})


def returned(value: Any, member: str = "x.y", verb: str = "call") -> Operation:
    return Operation(verb, member, member + "()", "value", {"value": value})


VALUES = [
    ("native-string", "abc", str2(b"abc")),
    ("native-string", bytes3(b"\xff"), str2(b"\xff")),
    ("native-string", [1, Items("tuple", ["a"])], [1, Items("tuple", [str2(b"a")])]),
    ("unicode-string", "\xe9", unicode2("\xe9")),
    ("long-integer", 5, long2(5)),
]


@pytest.mark.parametrize(("rule", "ours", "theirs"), VALUES)
def test_values_that_languages_explain(rule: str, ours: Any, theirs: Any) -> None:
    assert explain_value(ours, theirs) == frozenset({rule})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("abc", str2(b"abd")),
        ("\xe9", str2("\xe9".encode())),
        ("\xe9", str2(b"\xe9")),
        ("abc", bytes3(b"abc")),
        ("abc", unicode2("abd")),
        (bytes3(b"abc"), unicode2("abc")),
        (bytes3(b"abc"), str2(b"abd")),
        (bytes3(b"abc"), ByteString("bytearray", b"abc")),
        (str2(b"abc"), "abc"),
        (str2(b"abc"), bytes3(b"abc")),
        (long2(5), 5),
        (5, long2(6)),
        (5, True),
        (1, True),
        (0, False),
        (True, long2(1)),
        (True, 1),
        (5, FloatNumber("5.0")),
        (None, 0),
        (None, False),
        ([1, 2], [1]),
        ([1, 2], Items("tuple", [1, 2])),
        ([True], [1]),
        (Items("tuple", [0]), Items("tuple", [False])),
        (Pairs([("a", True)]), Pairs([(str2(b"a"), 1)])),
        (Items("set", [1]), Items("frozenset", [1])),
        (Thing("object", "MemoryBIO #1"), Thing("object", "MemoryBIO #2")),
        (Thing("object", "ssl"), Thing("object", "module #1")),
    ],
)
def test_values_that_are_near_and_differ(ours: Any, theirs: Any) -> None:
    assert explain_value(ours, theirs) is None
    assert explain("value", returned(ours), returned(theirs)) is None


def test_bytes_and_numbers_are_not_mixed_up_where_python_says_they_are_equal() -> None:
    """1 == True in Python; a field that went from one to the other is a difference."""
    for ours, theirs in ((1, True), (False, 0), ([1], [True])):
        assert explain("value", returned(ours), returned(theirs)) is None


FIELDS = [
    (
        "exception-hierarchy",
        "bases",
        {"bases": ["OSError"]},
        {"bases": ["error", "IOError", "StandardError"]},
    ),
    (
        "exception-hierarchy",
        "bases",
        {"bases": ["OSError", "Exception"]},
        {"bases": ["error", "EnvironmentError", "StandardError", "Exception"]},
    ),
]


@pytest.mark.parametrize(("rule", "name", "ours", "theirs"), FIELDS)
def test_fields_that_languages_explain(rule: str, name: str, ours: Any, theirs: Any) -> None:
    assert explain(name, raised("SSLError", **ours), raised("SSLError", **theirs)) == frozenset(
        {rule}
    )


def test_another_base_is_a_difference() -> None:
    ours = raised("SSLError", bases=["OSError", "ValueError"])
    theirs = raised("SSLError", bases=["error", "IOError", "StandardError"])
    assert explain("bases", ours, theirs) is None


def test_bases_of_a_python_3_are_compared_as_they_are() -> None:
    ours = raised("SSLError", bases=["OSError", "ValueError"])
    for bases in (["ValueError", "OSError"], ["IOError", "ValueError"]):
        assert explain("bases", ours, raised("SSLError", bases=bases)) is None


def test_time_outs() -> None:
    ours = raised("TimeoutError", bases=["OSError", "Exception"])
    theirs = raised("timeout", bases=["error", "IOError", "StandardError"])
    for field in ("exception", "bases"):
        assert explain(field, ours, theirs) == frozenset({"timeout"})
    on_python_3 = raised("timeout", bases=["OSError"])
    assert explain("exception", ours, on_python_3) is None
    assert explain("exception", raised("OSError"), theirs) is None
    assert explain("message", ours, raised("timeout", message="another")) is None


def test_os_error_subclasses() -> None:
    ours = raised("FileNotFoundError", errno=2, bases=["OSError"])
    theirs = raised("IOError", errno=2, bases=["EnvironmentError", "StandardError"])
    assert explain("exception", ours, theirs) == frozenset({"os-error-subclass"})
    on_python_3 = raised("OSError", errno=2, bases=["Exception"])
    assert explain("exception", ours, on_python_3) is None
    assert explain("exception", ours, raised("IOError", errno=13)) is None
    assert explain("exception", ours, raised("SSLError", errno=2)) is None
    assert explain("exception", raised("FileNotFoundError"), raised("IOError")) is None
    assert explain("exception", raised("SSLError", errno=2), raised("IOError", errno=2)) is None


@pytest.mark.parametrize(
    "name", ["TypeError", "AttributeError", "OverflowError", "NotImplementedError"]
)
def test_wording_is_each_interpreters_own(name: str) -> None:
    ours, theirs = raised(name, message="one"), raised(name, message="other", argument_count=2)
    assert explain("message", ours, theirs) == frozenset({"interpreter-wording"})
    assert explain("argument_count", ours, theirs) == frozenset({"interpreter-wording"})


@pytest.mark.parametrize("name", ["ValueError", "SSLError", "OSError"])
def test_other_wording_is_a_difference(name: str) -> None:
    ours, theirs = raised(name, message="one"), raised(name, message="other", argument_count=2)
    assert explain("message", ours, theirs) is None
    assert explain("argument_count", ours, theirs) is None


def test_spelling_of_literals() -> None:
    ours = raised("ValueError", message="b'x' 1 <class 'int'> ssl.SSLError")
    spelt = "u'x' 1L <type 'int'> _tls_bootstrap.SSLError"
    in_2 = ["StandardError", "Exception"]
    theirs = raised("ValueError", message=spelt, bases=in_2)
    assert explain("message", ours, theirs) == frozenset({"repr-spelling"})
    other = raised("ValueError", message=spelt.replace("x", "y"), bases=in_2)
    assert explain("message", ours, other) is None
    assert explain("message", ours, raised("ValueError", message=spelt)) is None


def test_repr_is_spelt_in_probes_alone() -> None:
    ours, theirs = "b'x'", str2(b"'x'")
    probe = ("native.repr", "probe")
    assert explain("value", returned(ours, *probe), returned(theirs, *probe)) == frozenset(
        {"repr-spelling"}
    )
    assert explain("value", returned(ours), returned(theirs)) is None
    assert explain("value", returned(ours, *probe), returned("'x'", *probe)) is None


def test_names_of_types() -> None:
    probe = ("native.type_name", "probe")
    for ours, theirs in (("bytes", b"str"), ("str", b"unicode"), ("int", b"long")):
        one, other = returned(ours, *probe), returned(str2(theirs), *probe)
        assert explain("value", one, other) == frozenset({"type-names"})
        on_python_3 = returned(theirs.decode(), *probe)
        assert explain("value", one, on_python_3) is None
    assert explain("value", returned("int", *probe), returned(str2(b"bool"), *probe)) is None
    assert explain("value", returned("bytes"), returned(str2(b"str"))) is None


def test_a_memoryview_with_a_step() -> None:
    ours, theirs = raised("BufferError"), raised("NotImplementedError")
    for name in ("exception", "bases", "message"):
        assert explain(name, ours, theirs) in (frozenset({"strided-memoryview"}), frozenset())
    assert explain("exception", raised("BufferError"), raised("TypeError")) is None
    assert explain("exception", raised("TypeError"), raised("NotImplementedError")) is None


def test_fields_without_a_rule_of_their_own() -> None:
    for name, ours, theirs in (
        ("errno", 1, None),
        ("errno", 2, 3),
        ("reason", "A", "B"),
        ("reason", "A", None),
        ("library", "SSL", "X509"),
        ("verify_code", 10, 20),
    ):
        one, other = raised("SSLError", **{name: ours}), raised("SSLError", **{name: theirs})
        assert explain(name, one, other) is None
    assert explain("errno", raised("SSLError", errno=None), raised("SSLError")) is None


def test_records_are_compared_whole() -> None:
    ours = Records("bytes", ["alert"], inside=False, empty=False)
    assert explain_value(ours, replace(ours, of="str")) == frozenset({"native-string"})
    assert explain_value(ours, replace(ours, of="str", found=[])) is None
    assert explain_value(ours, replace(ours, of="str", inside=True)) is None
    assert explain_value(ours, replace(ours, of="bytearray")) is None


def test_every_rule_has_a_reason() -> None:
    for name, reason in RULES.items():
        assert name == name.lower() and len(reason) > 20


def test_true_is_not_one_wherever_it_is() -> None:
    for wrap in (
        lambda value: Items("tuple", [value]),
        lambda value: Pairs([("a", value)]),
        lambda value: NamedItems("Named", ("a",), [value]),
        lambda value: EnumerationMember("Options", None, value),
        lambda value: ExceptionValue({"exception": "E", "errno": value}),
    ):
        assert explain_value(wrap(1), wrap(1)) == frozenset()
        assert explain_value(wrap(True), wrap(1)) is None


def test_what_was_minted_is_compared_by_its_name() -> None:
    ours = Minted("bytes", "certificate of localhost")
    assert explain_value(ours, replace(ours, of="str")) == frozenset({"native-string"})
    assert explain_value(ours, Minted("str", "certificate of other")) is None
    assert explain_value(ours, ByteString("str", b"certificate of localhost")) is None


def test_only_2_may_lack_the_exceptions_before_an_exception() -> None:
    ours = raised("ValueError", chained=["raised while handling TypeError"])
    in_2 = ["StandardError", "Exception", "BaseException"]
    assert explain("chained", ours, raised("ValueError", bases=in_2)) == frozenset({"no-chain"})
    assert explain("chained", ours, raised("ValueError")) is None
    other = raised("ValueError", bases=in_2, chained=["raised from TypeError"])
    assert explain("chained", ours, other) is None
    assert explain("chained", raised("ValueError"), other) is None
    both = raised("ValueError", chained=["raised while handling TypeError"])
    assert explain("chained", ours, both, languages=False) == frozenset()
