"""Where two transcripts no longer do the same, and what only looks so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.judge.compare import compare
from conformance.judge.verdict import considered, followed
from conformance.run.plan import Role
from conformance.transcript.model import (
    EnumerationMember,
    Items,
    Keyword,
    Operation,
    Pairs,
    Thing,
    Transcript,
    Value,
)
from impls.host.wire import ByteString, LongInteger, UnicodeText
from tests.unit.test_verdict import error, run, texts, value


def passing(member: str, *arguments: Value, verb: str = "call", result: Value = None) -> Operation:
    call = f"{member}({', '.join(map(str, arguments))})"
    return replace(value(member, result, verb), arguments=arguments, call=call)


def ends(ours: Transcript, theirs: Transcript) -> list[tuple[str, str, str]]:
    """The last difference, where it is that they no longer do the same."""
    found = compare(ours, theirs).differences
    return [(one.field, *texts(one)) for one in found if one.member == "scenario"]


def test_a_get_is_not_a_set() -> None:
    ours = run(error("X.n", "ValueError", verb="set"), value("X.m", 1))
    theirs = run(value("X.n", 3, "get"), value("X.m", 2))
    comparison = compare(ours, theirs)
    assert comparison.compared == 0
    assert ends(ours, theirs) == [("operation", "set X.n", "get X.n")]
    assert len(comparison.differences) == 1, "nothing after it is compared"


def test_another_argument_is_another_operation() -> None:
    ours, theirs = run(passing("X.f", 3), value("X.m", 1)), run(passing("X.f", -1))
    assert ends(ours, theirs) == [("operation", "X.f(3)", "X.f(-1)")]


@pytest.mark.parametrize("theirs", [(), (1, 2)])
def test_another_number_of_arguments_is_another_operation(theirs: tuple[int, ...]) -> None:
    assert ends(run(passing("X.f", 1)), run(passing("X.f", *theirs)))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("text", UnicodeText("text")),
        ("text", ByteString("str", b"text")),
        (2**40, LongInteger(2**40)),
        (Thing("object", "str #1"), Thing("object", "unicode #1")),
        (
            "/tmp/conformance-a/new/keys.log",
            ByteString("bytes", b"/tmp/conformance-b/new/keys.log"),
        ),
    ],
    ids=["unicode", "native", "long", "name of a type", "path"],
)
def test_what_languages_and_masks_explain_is_the_same_argument(ours: Value, theirs: Value) -> None:
    reference = run(passing("X.f", ours))
    comparison = compare(reference, run(passing("X.f", theirs), of_python_2=True))
    assert not comparison.differences and comparison.compared == 1
    path = isinstance(ours, str) and "/" in ours
    assert compare(reference, run(passing("X.f", theirs))).compared == path, "no Python 2"


@pytest.mark.parametrize("role", ["candidate", "witness"])
def test_what_is_made_of_another_value_is_no_finding_of_its_own(role: Role) -> None:
    ours = run(value("X.a", 1), passing("X.f", 1, result=10), passing("X.f", 3, result=30))
    theirs = run(value("X.a", 2), passing("X.f", 2, result=20), passing("X.f", 3, result=31))
    found = [texts(one) for one in considered(compare(ours, theirs), role)]
    made = [("10", "20")] if role == "candidate" else []
    assert found == [("1", "2"), *made, ("30", "31")]


@pytest.mark.parametrize(
    ("theirs", "field", "made"),
    [
        (EnumerationMember("F", None, 3), "name", [("10", "20")]),
        (EnumerationMember("F", None, 2), "value", []),
        (EnumerationMember("G", "A|B", 3), "value", []),
    ],
    ids=["another name", "another number", "another class"],
)
def test_flags_of_one_number_differ_in_their_name_alone(
    theirs: EnumerationMember, field: str, made: list[tuple[str, str]]
) -> None:
    named = EnumerationMember("F", "A|B", 3)
    ours = run(value("X.a", named), passing("X.f", named, result=10))
    comparison = compare(ours, run(value("X.a", theirs), passing("X.f", theirs, result=20)))
    first, *rest = considered(comparison, "witness")
    assert (first.field, [texts(one) for one in rest]) == (field, made)
    if field == "name":
        assert texts(first) == ("'A|B'", "None")
        assert first.words["value"].value == theirs
    assert followed(comparison, "witness") == ({} if made else {1: "20"})
    assert not followed(comparison, "candidate")


@pytest.mark.parametrize("wrap", [lambda it: [it], lambda it: Keyword([("n", it)])])
def test_flags_of_one_number_are_one_value_wherever_they_stand(
    wrap: Callable[[Value], Value],
) -> None:
    named, bare, other = (EnumerationMember("F", *it) for it in (("A|B", 3), (None, 3), (None, 4)))
    ours = run(value("X.a", named), passing("X.f", wrap(named), result=10))
    for given, made in ((bare, {}), (other, {1: "20"})):
        theirs = run(value("X.a", given), passing("X.f", wrap(given), result=20))
        assert followed(compare(ours, theirs), "witness") == made


def test_arguments_by_keyword_count_with_their_names() -> None:
    one, two, other = (Keyword([pair]) for pair in (("n", 1), ("n", 2), ("m", 1)))
    assert ends(run(passing("X.f", one)), run(passing("X.f", two)))
    assert ends(run(passing("X.f", one)), run(passing("X.f", other)))
    assert not ends(run(passing("X.f", one)), run(passing("X.f", Keyword([("n", 1)]))))


def test_what_raises_for_another_value_is_a_finding() -> None:
    ours = run(value("X.a", 1), passing("X.f", 1, result=10))
    raises = replace(error("X.f", "ValueError"), arguments=(2,), call="X.f(2)")
    found = considered(compare(ours, run(value("X.a", 2), raises)), "witness")
    assert [one.field for one in found] == ["value", "outcome"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(1, 2), ("a", ByteString("str", b"b")), (EnumerationMember("E", "A", 1), LongInteger(1))],
)
def test_what_an_earlier_operation_gave_is_the_same_argument(ours: Value, theirs: Value) -> None:
    as_argument = Thing("object", "E.A") if isinstance(ours, EnumerationMember) else ours
    number = theirs.number if isinstance(theirs, LongInteger) else theirs
    comparison = compare(
        run(value("X.a", ours), passing("X.f", as_argument), value("X.b", 1)),
        run(value("X.a", theirs), passing("X.f", number), value("X.b", 2)),
    )
    assert comparison.compared == 3 and "X.b" in [one.member for one in comparison.differences]


def test_what_two_different_operations_gave_is_another_argument() -> None:
    ours = run(value("X.a", 1), value("X.b", 5), passing("X.f", 1))
    theirs = run(value("X.a", 1), value("X.b", 6), passing("X.f", 9))
    assert compare(ours, theirs).compared == 2


def test_the_same_bits_changed_in_numbers_that_differ_are_the_same_argument() -> None:
    ours = run(value("X.options", 0b0100), passing("X.options", 0b0111, verb="set"))
    theirs = run(value("X.options", 0b1000), passing("X.options", 0b1011, verb="set"))
    assert compare(ours, theirs).compared == 2
    theirs = run(value("X.options", 0b1000), passing("X.options", 0b1010, verb="set"))
    assert compare(ours, theirs).compared == 1, "one bit is another one"


def test_a_missing_method_is_a_difference_of_the_call() -> None:
    ours = run(value("X.f", 1), value("X.m", 1))
    theirs = run(error("X.f", "AttributeError", verb="get"), value("X.m", 2))
    found = compare(ours, theirs).differences
    assert [(one.member, one.field) for one in found] == [("X.f", "outcome"), ("X.m", "value")]


def test_a_method_that_raises_attribute_error_is_not_a_missing_one() -> None:
    ours = run(error("X.f", "AttributeError"))
    theirs = run(error("X.f", "AttributeError", verb="get", message="'f' is not there"))
    assert [one.field for one in compare(ours, theirs).differences] == ["operation"]


@pytest.mark.parametrize(
    ("operation", "use"),
    [
        (passing("X.f", 1, "a"), "X.f(1, 'a')"),
        (passing("X.f", 5, verb="set"), "X.f = 5"),
        (passing("X.f"), "X.f()"),
        (passing("X.f", verb="get"), None),
        (passing("X.f", verb="del"), "del X.f"),
        (passing("X.f", 1, Keyword([("size", 2)])), "X.f(1, size=2)"),
        (passing("X.f", Pairs([("size", 2)])), "X.f({'size': 2})"),
        (passing("X.f", Items("tuple", [1])), "X.f((1,))"),
        (passing("X.f", ByteString("bytes", b"short")), "X.f(b'short')"),
        (passing("X.f", ByteString("bytes", b"0123456789")), "X.f(<bytes>)"),
        (passing("X.f", "/tmp/conformance-a/new/keys.log"), "X.f(<text>)"),
        (passing("X.f", ["a" * 200]), "X.f([<text>])"),
    ],
)
def test_a_difference_has_the_arguments_that_every_run_has(
    operation: Operation, use: str | None
) -> None:
    (difference,) = compare(
        run(operation), run(replace(operation, fields={"value": 2}))
    ).differences
    assert difference.call == use
