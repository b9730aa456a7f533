"""Whether two transcripts do the same at a position: the same verb, member and arguments.

A scenario is the same program everywhere, so arguments differ for two reasons only. Either the
scenario passes on what an earlier operation gave, which differs there already: it does the same
with another value. Or it went another way, and the operations have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.judge.equivalence import explain_value, identical, is_absence
from conformance.transcript.masks import Masks
from conformance.transcript.model import (
    EnumerationMember,
    ExceptionValue,
    Items,
    NamedItems,
    Operation,
    Pairs,
    Transcript,
    Value,
)
from conformance.transcript.render import neutral_text, render
from impls.host.wire import ByteString, LongInteger, UnicodeText


def do_the_same(reference: Transcript, candidate: Transcript, position: int) -> bool:
    """Whether the operations at a position do the same, whatever comes of them."""
    ours, theirs = reference.operations[position], candidate.operations[position]
    if ours.member != theirs.member:
        return False
    if ours.verb != theirs.verb:
        return is_missing_method(ours, theirs) or is_missing_method(theirs, ours)
    return same_arguments(ours.arguments, theirs.arguments, (reference, candidate), position)


def is_missing_method(called: Operation, read: Operation) -> bool:
    """Whether one calls what the other did not find when it looked up the name to call it."""
    return called.verb == "call" and read.verb == "get" and is_absence(read)


def same_arguments(
    ours: Sequence[Value],
    theirs: Sequence[Value],
    transcripts: tuple[Transcript, Transcript],
    position: int,
) -> bool:
    """Whether two operations pass the same, or what came of the same earlier operation."""
    if len(ours) != len(theirs):
        return False
    return all(
        same_argument(one, other, transcripts, position)
        for one, other in zip(ours, theirs, strict=True)
    )


def passes_another(reference: Transcript, candidate: Transcript, position: int) -> bool:
    """Whether operations that do the same pass different values, which an earlier one gave.

    Python 2 may spell the same value in another way: there it is not known, and so False. Flags of
    one number are one value, whatever name a version has for it.
    """
    if reference.of_python_2 or candidate.of_python_2:
        return False
    ours, theirs = (each.operations[position].arguments for each in (reference, candidate))
    return not all(map(is_the_same_value, ours, theirs))


def is_the_same_value(one: Value, other: Value) -> bool:
    """Whether two arguments are one value, wherever the scenario ran."""
    if identical(one, other) or identical(masked(one), masked(other)):
        return True
    if isinstance(one, EnumerationMember) and isinstance(other, EnumerationMember):
        return identical(replace(one, name=None), replace(other, name=None))
    parts, others = list(parts_of(one)), list(parts_of(other))
    alike = type(one) is type(other) and bool(parts) and len(parts) == len(others)
    return alike and all(map(is_the_same_value, parts, others))


def same_argument(
    ours: Value, theirs: Value, transcripts: tuple[Transcript, Transcript], position: int
) -> bool:
    languages = any(each.of_python_2 for each in transcripts)
    if alike(ours, theirs, languages) or alike(masked(ours), masked(theirs), languages):
        return True
    if handed_on(ours, theirs, transcripts, position):
        return True
    if type(ours) is not type(theirs):
        return False
    one, other = list(parts_of(ours)), list(parts_of(theirs))
    return bool(one) and same_arguments(one, other, transcripts, position)


def alike(ours: Value, theirs: Value, languages: bool) -> bool:
    return explain_value(ours, theirs) is not None if languages else identical(ours, theirs)


def masked(value: Value) -> Value:
    """A text without what says where a scenario ran; what has nothing of it as it is."""
    masks = Masks({})
    text = value.text if isinstance(value, UnicodeText) else value
    if isinstance(value, ByteString) and value.kind in ("bytes", "str"):
        text = value.content.decode("latin-1")
    hidden = masks.parts(text) if isinstance(text, str) else None
    return hidden if any(masks.hits.values()) else value


def handed_on(
    ours: Value, theirs: Value, transcripts: tuple[Transcript, Transcript], position: int
) -> bool:
    """Whether both come of the same earlier operation, which is compared there.

    Either they are what it gave, or numbers of which the scenario changed the same bits.
    """
    one, other = shown(ours), shown(theirs)
    pairs = zip(*(each.operations[:position] for each in transcripts), strict=True)
    for before, after in pairs:
        if one in map(shown, given(before)) and other in map(shown, given(after)):
            return True
        if same_bits(ours, theirs, before.fields.get("value"), after.fields.get("value")):
            return True
    return False


def given(operation: Operation) -> Iterator[Value]:
    """All that an operation gave, with what is in it."""
    waiting = list(operation.fields.values())
    while waiting:
        value = waiting.pop()
        yield value
        waiting += parts_of(value)


def parts_of(value: Value) -> Iterator[Value]:
    """What a value directly consists of."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, (Items, NamedItems)):
        yield from value.items
    elif isinstance(value, Pairs):
        for pair in value.pairs:
            yield from pair
    elif isinstance(value, ExceptionValue):
        yield from value.fields.values()


def shown(value: Value) -> str:
    """The text by which an argument and what an operation gave are the same."""
    return neutral_text(render(value)).removeprefix("<").removesuffix(">")


def same_bits(ours: Value, theirs: Value, before: Value, after: Value) -> bool:
    """Whether two numbers differ only in bits in which two earlier ones differ already."""
    one, other = number_of(ours), number_of(theirs)
    first, second = number_of(before), number_of(after)
    if one is None or other is None or first is None or second is None:
        return False
    return (one ^ other) & ~(first ^ second) == 0


def number_of(value: Value) -> int | None:
    if isinstance(value, EnumerationMember):
        value = value.value
    if isinstance(value, LongInteger):
        return value.number
    return value if type(value) is int else None
