"""Text of any content as Markdown that shows just that text, in prose and in tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.transcript.elide import REPORT, contrast, elide

_CODE = re.compile(r"``(.+?)``|`([^`]+)`")
_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<!\w)_+|_+(?!\w)")
_CONTROL = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def code(value: str, longest: int = REPORT) -> str:
    """A value as a code span, on one line and safe in a table; a long one is shortened."""
    text = "".join(_CONTROL.get(letter, letter) for letter in value)
    text = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    text = elide(text, longest)
    if not text:
        return "(nothing)"
    if not text.strip():
        return f"({len(text)} spaces)"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def contrasted(values: Sequence[str], longest: int = REPORT) -> list[str]:
    """Values next to each other as code spans, long ones cut so that their difference shows."""
    return [code(value, longest) for value in contrast(values, longest)]


def prose(value: str) -> str:
    """A sentence on one line, safe in a table. What it has in backticks stays code."""
    text = " ".join(value.split())
    found, start = [], 0
    for match in _CODE.finditer(text):
        found += [_escaped(text[start : match.start()]), code(match[1] or match[2])]
        start = match.end()
    return "".join([*found, _escaped(text[start:])])


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda match: "".join("\\" + one for one in match.group()), text)


def link(text: str, address: str) -> str:
    """A link; `text` is Markdown already."""
    safe = re.sub(r"[\s<>()|]", lambda match: f"%{ord(match.group()):02X}", address)
    return f"[{text}]({safe})"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 place", "2 places"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
