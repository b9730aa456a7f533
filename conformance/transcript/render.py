"""Values as text, for people, for results.json and for fingerprints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.transcript.elide import RECORDED, VALUE, elide_with_digest
from conformance.transcript.model import (
    ABSENT,
    EnumerationMember,
    ExceptionValue,
    Items,
    Keyword,
    Label,
    Minted,
    NamedItems,
    Observed,
    Operation,
    Pairs,
    Records,
    Thing,
    Value,
)
from impls.host.wire import ByteString, FloatNumber, LongInteger, UnicodeText

SPELLINGS = (
    (re.compile(r"\b[ub](?=['\"])"), ""),
    (re.compile(r"\b(\d+)L\b"), r"\1"),
    (re.compile(r"<type '"), "<class '"),
    (re.compile(r"\b(?:_?ssl|_?_tls_bootstrap)\."), ""),
)
"""What each language's repr() spells in its own way, and what stands for both."""


SHORT, LONG = 8, 100
"""How many bytes, and how much of a text, are shown of an argument."""


def render(value: Value) -> str:
    """A normalised value as its language would print it, shortened where it is long."""
    if isinstance(value, str):
        return elide_with_digest(repr(value), VALUE, value)
    if isinstance(value, list):
        return f"[{_listed(value)}]"
    return _RENDERERS.get(type(value), repr)(value)


def _listed(values: Iterable[Value]) -> str:
    return ", ".join(map(render, values))


def _byte_string(value: ByteString) -> str:
    text = repr(value.content)
    if value.kind == "str":
        text = text[1:]
    elif value.kind != "bytes":
        text = f"{value.kind}({text})"
    return elide_with_digest(text, VALUE, value.content)


def _items(value: Items) -> str:
    if value.kind != "tuple":
        return f"{value.kind}([{_listed(value.items)}])"
    return f"({_listed(value.items)}{',' * (len(value.items) == 1)})"


def _pairs(value: Pairs) -> str:
    return "{" + ", ".join(f"{render(key)}: {render(item)}" for key, item in value.pairs) + "}"


def _keyword(value: Keyword) -> str:
    return ", ".join(f"{name}={render(item)}" for name, item in value.pairs)


def _enumeration_member(value: EnumerationMember) -> str:
    name = value.name
    if name is None:
        return f"{value.class_name}({render(value.value)})"
    if isinstance(name, ByteString):
        name = name.content.decode("ascii")
    return f"{value.class_name}.{name.text if isinstance(name, UnicodeText) else name}"


def _named_items(value: NamedItems) -> str:
    pairs = zip(value.names, value.items, strict=True)
    return f"{value.class_name}({', '.join(f'{name}={render(item)}' for name, item in pairs)})"


def _exception(value: ExceptionValue) -> str:
    return f"{value.fields['exception']}({render(value.fields['message'])})"


_RENDERERS: Mapping[type, Callable[[Any], str]] = {
    ByteString: _byte_string,
    UnicodeText: lambda value: f"u{value.text!r}",
    LongInteger: lambda value: f"{value.number}L",
    FloatNumber: lambda value: str(value.text),
    Items: _items,
    Pairs: _pairs,
    Keyword: _keyword,
    EnumerationMember: _enumeration_member,
    NamedItems: _named_items,
    ExceptionValue: _exception,
    Records: lambda value: f"records[{', '.join(value.found + ['...'] * value.inside)}]",
    Label: lambda value: f"<{value.text}>",
    Thing: lambda value: f"<{value.label}>",
    Minted: lambda value: f"<{value.name}>",
}


def sort_key(value: Value) -> str:
    """Orders what has no order of its own the same way in every language."""
    return render(value).lstrip("bu")


def render_outcome(operation: Operation) -> str:
    """The outcome of an operation in one line."""
    if operation.kind == "value":
        text = render(operation.fields.get("value", operation.fields.get("arguments")))
    elif operation.kind == "exception":
        text = f"raises {operation.fields['exception']}: {operation.fields['message']}"
    else:
        text = f"{operation.kind}: {operation.fields['lost']}"
    for name in ("keywords", "pending", "notes", "mutated", "warnings"):
        if name in operation.fields:
            text += f"; {name} {render(operation.fields[name])}"
    return text


def render_use(operation: Operation) -> str | None:
    """How a member is used, with arguments that every run has; None where it is only read."""
    if operation.verb in ("get", "callback", "end"):
        return None
    if operation.verb == "del":
        return f"del {operation.member}"
    arguments = ", ".join(map(_argument, operation.arguments))
    if operation.verb == "set":
        return f"{operation.member} = {arguments}"
    return f"{operation.member}({arguments})"


def _argument(value: Value) -> str:
    if isinstance(value, ByteString) and len(value.content) > SHORT:
        return "<bytes>"  # of TLS, or minted: others in each run
    if isinstance(value, list):
        return f"[{', '.join(map(_argument, value))}]"
    if isinstance(value, Items) and value.kind == "tuple":
        return f"({', '.join(map(_argument, value.items))}{',' * (len(value.items) == 1)})"
    if isinstance(value, Keyword):
        return ", ".join(f"{name}={_argument(item)}" for name, item in value.pairs)
    text = render(value)
    return text if len(text) <= LONG and "/conformance-" not in text else "<text>"


def render_end(end: str, left: Mapping[str, str]) -> str:
    """How a scenario ended, with what it left behind."""
    told = ", ".join(f"{what}: {how}" for what, how in left.items())
    return f"{end}; left behind: {told}" if told else end


def render_observed(field: str, observed: Observed) -> str:
    """What one side of a difference in a field did, as results.json and fingerprints have it."""
    value = observed.value
    if observed.kind == "raises":
        return f"raises {observed.exception}" + ("" if value is None else f" {render(value)}")
    if observed.kind == "returns":
        return "returns " + elide_with_digest(render(value), RECORDED)
    if observed.kind == "course":
        return str(value)
    if observed.kind != "field":
        return f"{observed.kind}: {value}"
    if value == ABSENT:
        return "absent"
    if field in ("exception", "message"):
        return str(value)
    return elide_with_digest(render(value), RECORDED)


def render_neutral(field: str, observed: Observed) -> str:
    """The same as no language spells it: two languages that do the same have the same text."""
    return neutral_text(render_observed(field, observed))


def neutral_text(text: str) -> str:
    """A text with the literals, types and modules of repr() spelled as no language does."""
    for pattern, replacement in SPELLINGS:
        text = pattern.sub(replacement, text)
    return text
