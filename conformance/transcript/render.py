"""Values as text, for people, for results.json and for fingerprints."""

from __future__ import annotations

import base64
import re
from typing import Any

from conformance.transcript.elide import RECORDED, VALUE, elide_with_digest
from conformance.transcript.model import ABSENT, Observed, Operation, Value

SPELLINGS = (
    (re.compile(r"\b[ub](?=['\"])"), ""),
    (re.compile(r"\b(\d+)L\b"), r"\1"),
    (re.compile(r"<type '"), "<class '"),
    (re.compile(r"\b(?:_?ssl|_?_tls_bootstrap)\."), ""),
)
"""What each language's repr() spells in its own way, and what stands for both."""


def render(value: Value) -> str:
    """A normalised value as its language would print it, shortened where it is long."""
    if isinstance(value, str):
        return elide_with_digest(repr(value), VALUE, value)
    if isinstance(value, list):
        return "[" + ", ".join(render(item) for item in value) + "]"
    if not isinstance(value, dict):
        return repr(value)
    return _render_tagged(value["t"], value)


def _render_tagged(kind: str, value: dict[str, Any]) -> str:
    if kind in ("bytes", "str", "bytearray", "memoryview", "array"):
        content = base64.b64decode(value["v"])
        text = repr(content)
        if kind == "str":
            text = text[1:]
        elif kind != "bytes":
            text = f"{kind}({text})"
        return elide_with_digest(text, VALUE, content)
    if kind == "unicode":
        return "u" + repr(value["v"])
    if kind == "long":
        return f"{value['v']}L"
    if kind == "float":
        return str(value["v"])
    if kind == "tuple":
        inner = ", ".join(render(item) for item in value["v"])
        return f"({inner},)" if len(value["v"]) == 1 else f"({inner})"
    if kind in ("set", "frozenset"):
        return f"{kind}({render(value['v'])})"
    if kind == "dict":
        return "{" + ", ".join(f"{render(k)}: {render(v)}" for k, v in value["v"]) + "}"
    if kind == "enum":
        name = value["n"]["v"] if isinstance(value["n"], dict) else value["n"]
        if isinstance(value["n"], dict) and value["n"]["t"] == "str":
            name = base64.b64decode(name).decode("ascii")
        return (
            f"{value['class']}({render(value['v'])})"
            if name is None
            else f"{value['class']}.{name}"
        )
    if kind == "namedtuple":
        pairs = zip(value["f"], value["v"], strict=True)
        return f"{value['class']}({', '.join(f'{name}={render(item)}' for name, item in pairs)})"
    if kind == "exception":
        return f"{value['fields']['exception']}({render(value['fields']['message'])})"
    if kind == "records":
        return "records[" + ", ".join(value["v"] + ["..."] * value["inside"]) + "]"
    return f"<{value['label']}>"


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
    for name in ("mutated", "warnings"):
        if name in operation.fields:
            text += f"; {name} {render(operation.fields[name])}"
    return text


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
