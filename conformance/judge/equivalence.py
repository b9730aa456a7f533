"""What the languages explain: the only differences between outcomes that are none.

Two Pythons 3 speak one language, and so do two Pythons 2.7: between them nothing is explained, and
texts count.
Each rule has a name, a reason, and as narrow a test as it can have; its uses are counted in every
result. `explain` compares one field of two outcomes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.transcript.model import (
    ABSENT,
    ExceptionValue,
    Minted,
    Operation,
    Records,
    Thing,
    Value,
)
from conformance.transcript.render import neutral_text
from impls.host.wire import ByteString, LongInteger, UnicodeText

RULES = {
    "native-string": "2.7's `str` is both Python 3's `str` (ASCII text) and its `bytes`; the "
    "content is the same",
    "unicode-string": "2.7's `unicode` is Python 3's `str` (PEP 3137); the text is the same",
    "long-integer": "2.7's `int` and `long` are one type in Python 3 (PEP 237); the number is the "
    "same",
    "exception-hierarchy": "PEP 3151 merged socket.error, IOError and EnvironmentError into "
    "OSError, and Python 3 has no StandardError; the other bases are the same",
    "certificate-error": "since 3.7 CertificateError is another name of SSLCertVerificationError; "
    "2.7 has a class of that name, which is one more base here so that it catches the error too",
    "os-error-subclass": "PEP 3151 gave errno values classes of their own "
    "(FileNotFoundError, ...); the errno is the same",
    "timeout": "since 3.10 socket.timeout is another name of TimeoutError; the text is the same",
    "interpreter-wording": "the text of a TypeError, AttributeError, OverflowError or "
    "NotImplementedError is each interpreter's own; the class is the same",
    "repr-spelling": "repr() spells literals differently (u'', b'', 1L, <type>, module of a "
    "class); the rest is the same",
    "type-names": "2.7 calls bytes `str`, text `unicode` and a large int `long`",
    "strided-memoryview": "2.7's memoryview cannot be sliced with a step, so the argument cannot "
    "be made there",
    "no-chain": "2.7 does not note which exception another one was raised from, or while handling "
    "(PEP 3134)",
    "new-name": "backward axis: the name is new, stock 2.7 cannot be asked",
}
"""Every rule by name, with the reason a maintainer would give."""

WORDING = ("TypeError", "AttributeError", "OverflowError", "NotImplementedError")
MERGED_ERRORS = ("error", "IOError", "EnvironmentError")
OS_ERRORS = (
    "OSError",
    "FileNotFoundError",
    "FileExistsError",
    "IsADirectoryError",
    "NotADirectoryError",
    "PermissionError",
    "ConnectionResetError",
    "ConnectionAbortedError",
    "ConnectionRefusedError",
    "BrokenPipeError",
    "BlockingIOError",
    "TimeoutError",
)
TYPE_NAMES = {"bytes": "str", "str": "unicode", "int": "long"}
STRING_TYPES = {
    ("bytes", "str"): "native-string",
    ("text", "str"): "native-string",
    ("text", "unicode"): "unicode-string",
}
Explanation = frozenset[str] | None
"""The names of the rules that make two values the same (none where they are), or None."""

SAME: Explanation = frozenset()


def explain(
    name: str, reference: Operation, candidate: Operation, languages: bool = True
) -> Explanation:
    """Which rules make a field of two outcomes the same; None where it differs.

    `languages` is whether there are two of them, so that rules apply.
    """
    ours, theirs = reference.fields.get(name, ABSENT), candidate.fields.get(name, ABSENT)
    if identical(ours, theirs):
        return SAME
    if not languages:
        return None
    special = FIELDS.get(name)
    if special is not None:
        found = special(ours, theirs, reference, candidate)
        if found is not None:
            return found
    return explain_value(ours, theirs)


def identical(ours: Any, theirs: Any) -> bool:
    """Equality that tells True from 1, all the way down."""
    kind = type(ours)
    if kind is not type(theirs):
        return False
    if kind in SIMPLE:
        return bool(ours == theirs)
    if kind is list or kind is tuple:
        return len(ours) == len(theirs) and all(map(identical, ours, theirs))
    if kind is dict:
        return ours.keys() == theirs.keys() and all(
            identical(value, theirs[key]) for key, value in ours.items()
        )
    return all(map(identical, parts(ours), parts(theirs)))


SIMPLE = frozenset((type(None), bool, int, str, bytes))


def parts(value: Any) -> list[Any]:
    """What an instance of one of the classes of values consists of."""
    kind = type(value)
    if kind not in _NAMES:
        _NAMES[kind] = [field.name for field in dataclasses.fields(kind)]
    return [getattr(value, name) for name in _NAMES[kind]]


_NAMES: dict[type, list[str]] = {}
"""The names of the fields of classes of values, those of their bases too: __slots__ lacks these."""


def explain_value(ours: Any, theirs: Any) -> Explanation:
    """Compare two normalised values, or parts of them, item by item."""
    if identical(ours, theirs):
        return SAME
    if isinstance(ours, (list, tuple)) and type(ours) is type(theirs):
        return explain_items(ours, theirs)
    if isinstance(ours, str):
        return explain_text(ours, theirs)
    if type(ours) is int and isinstance(theirs, LongInteger) and theirs.number == ours:
        return frozenset({"long-integer"})
    return None if type(ours) in SIMPLE else explain_typed(ours, theirs)


def explain_items(ours: Sequence[Any], theirs: Sequence[Any]) -> Explanation:
    if len(ours) != len(theirs):
        return None
    rules: frozenset[str] = frozenset()
    for one, other in zip(ours, theirs, strict=True):
        found = explain_value(one, other)
        if found is None:
            return None
        rules |= found
    return rules


def explain_text(ours: str, theirs: Any) -> Explanation:
    if isinstance(theirs, UnicodeText) and theirs.text == ours:
        return frozenset({"unicode-string"})
    if isinstance(theirs, ByteString) and theirs.kind == "str" and ours.isascii():
        if theirs.content == ours.encode("ascii"):
            return frozenset({"native-string"})
    return None


def explain_typed(ours: Any, theirs: Any) -> Explanation:
    """Compare two instances of the classes of values."""
    if type(ours) is not type(theirs):
        return None
    if isinstance(ours, ByteString) and (ours.kind, theirs.kind) == ("bytes", "str"):
        return frozenset({"native-string"}) if ours.content == theirs.content else None
    if isinstance(ours, (Minted, Records)):
        rule = STRING_TYPES.get((ours.of, theirs.of))
        alike = rule is not None and replace(ours, of="") == replace(theirs, of="")
        return frozenset({rule}) if rule is not None and alike else None
    if isinstance(ours, ExceptionValue):
        return explain_exception_value(ours.fields, theirs.fields)
    if isinstance(ours, Thing) and ours.kind == theirs.kind == "object":
        # The module itself has a name and no number.
        own_name, _, own_number = ours.label.rpartition(" ")
        name, _, number = theirs.label.rpartition(" ")
        alike = TYPE_NAMES.get(own_name) == name and own_number == number
        return frozenset({"type-names"}) if alike else None
    return explain_items(parts(ours), parts(theirs))


def explain_exception_value(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> Explanation:
    """An exception that is a value is compared as one that is raised."""
    one, other = (Operation("get", "", "", "exception", fields) for fields in (ours, theirs))
    rules: frozenset[str] = frozenset()
    for name in {**ours, **theirs}:
        found = explain(name, one, other)
        if found is None:
            return None
        rules |= found
    return rules


# Rules for single fields


def explain_bases(
    ours: Value, theirs: Value, reference: Operation, candidate: Operation
) -> Explanation:
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return None
    if not of_python_2(candidate):
        return None
    if merged_bases(ours) == merged_bases(theirs):
        return frozenset({"exception-hierarchy"})
    if reference.fields["exception"] == "SSLCertVerificationError":
        if merged_bases([*ours, "CertificateError"]) == merged_bases(theirs):
            return frozenset({"exception-hierarchy", "certificate-error"})
    if is_os_error_subclass(reference, candidate):
        return frozenset({"os-error-subclass"})
    if is_timeout(reference, candidate):
        return frozenset({"timeout"})
    return explain_strided(reference, candidate)


def explain_strided(reference: Operation, candidate: Operation) -> Explanation:
    """The whole exception is another one where its argument could not be made."""
    classes = (reference.fields["exception"], candidate.fields["exception"])
    if classes == ("BufferError", "NotImplementedError"):
        return frozenset({"strided-memoryview"})
    return None


def merged_bases(bases: list[str]) -> list[str]:
    """Base classes as PEP 3151 names them."""
    merged: list[str] = []
    for name in bases:
        name = "OSError" if name in MERGED_ERRORS else name
        if name != "StandardError" and name not in merged:
            merged.append(name)
    return sorted(merged)


def explain_exception(
    ours: Value, theirs: Value, reference: Operation, candidate: Operation
) -> Explanation:
    if is_os_error_subclass(reference, candidate):
        return frozenset({"os-error-subclass"})
    if is_timeout(reference, candidate):
        return frozenset({"timeout"})
    return explain_strided(reference, candidate)


def is_timeout(reference: Operation, candidate: Operation) -> bool:
    """Whether both are what a socket raises when its time is over, the candidate's as 2.7's."""
    kinds = (reference.fields["exception"], candidate.fields["exception"])
    return kinds == ("TimeoutError", "timeout") and of_python_2(candidate)


def is_os_error_subclass(reference: Operation, candidate: Operation) -> bool:
    errno = reference.fields.get("errno")
    return (
        reference.fields["exception"] in OS_ERRORS
        and candidate.fields["exception"] in (*MERGED_ERRORS, "OSError")
        and of_python_2(candidate)
        and errno is not None
        and errno == candidate.fields.get("errno")
    )


def of_python_2(raised: Operation) -> bool:
    """Whether an exception is one of 2.7's: only there has it the base StandardError."""
    return "StandardError" in raised.bases


def is_absence(operation: Operation) -> bool:
    """Whether an operation found that there is no such member."""
    if operation.kind != "exception" or operation.fields["exception"] != "AttributeError":
        return False
    message = str(operation.fields["message"])
    name = operation.member.rpartition(".")[2]
    if operation.verb in ("set", "del", "probe"):  # may also be there and read-only
        return "has no attribute" in message
    return operation.verb in ("get", "call") and f"'{name}'" in message


def explain_message(
    ours: Value, theirs: Value, reference: Operation, candidate: Operation
) -> Explanation:
    if reference.fields["exception"] in WORDING:
        return frozenset({"interpreter-wording"})
    if isinstance(ours, str) and isinstance(theirs, str) and of_python_2(candidate):
        if neutral_text(ours) == neutral_text(theirs):
            return frozenset({"repr-spelling"})
    return explain_strided(reference, candidate)


def explain_chained(
    ours: Value, theirs: Value, reference: Operation, candidate: Operation
) -> Explanation:
    if of_python_2(candidate) and theirs is ABSENT:
        return frozenset({"no-chain"})
    return explain_strided(reference, candidate)


def explain_result(
    ours: Value, theirs: Value, reference: Operation, candidate: Operation
) -> Explanation:
    if reference.member not in ("native.repr", "native.str", "native.type_name"):
        return None
    own_text, their_text = native_text(ours), native_text(theirs)
    if own_text is None or their_text is None or isinstance(theirs, str):
        return None  # a plain text is Python 3's, which spells and names things as the reference
    if reference.member == "native.type_name":
        return frozenset({"type-names"}) if TYPE_NAMES.get(own_text) == their_text else None
    if own_text != their_text and neutral_text(own_text) == neutral_text(their_text):
        return frozenset({"repr-spelling"})
    return None


def explain_wording_of_arguments(
    ours: Value, theirs: Value, reference: Operation, candidate: Operation
) -> Explanation:
    """How many arguments an exception of the interpreter's own wording keeps is its own too."""
    if reference.fields["exception"] in WORDING:
        return frozenset({"interpreter-wording"})
    return explain_strided(reference, candidate)


def native_text(value: Value) -> str | None:
    """The text of a `str` of either language."""
    if isinstance(value, ByteString) and value.kind == "str":
        return value.content.decode("latin-1")
    return value if isinstance(value, str) else None


FieldRule = Callable[[Value, Value, Operation, Operation], Explanation]

FIELDS: Mapping[str, FieldRule] = {
    "bases": explain_bases,
    "exception": explain_exception,
    "message": explain_message,
    "argument_count": explain_wording_of_arguments,
    "chained": explain_chained,
    "value": explain_result,
}
