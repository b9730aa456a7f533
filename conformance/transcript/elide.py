"""Long text, shortened. Every cut of a text that somebody reads or compares is made here.

For people a text keeps its start and its end, or, beside others, what differs. What is compared or
pinned keeps its start and the digest of its content, so that two contents never become one text.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence

VALUE = 300
"""Characters of one string among the values that an operation shows."""
RECORDED = 100_000
"""Characters of a value in results.json."""
FINGERPRINT = 240
"""Characters of a value in a fingerprint."""
OUTCOME = 1000
"""Characters of an outcome in what a failing test prints."""
SCRIPT = 500
"""Characters of a value in what a reproducer says of itself."""
REPORT = 240
"""Characters of a value in the report."""
CELL = 100
"""Characters of a value in the report's table of interop, and of a value on the terminal."""
LINE = 300
"""Characters of a line on the terminal."""

WORD = 200
"""Characters of a word in a sentence: an id or a path that a person gave."""

GAP = "..."

_BORDER = re.compile(r"(?<=, )|(?<=\|)")
"""Where the items of a list, the parameters of a signature and the names of flags end."""
_WORD = re.compile(rf"\S{{{WORD + 1},}}")
_BRACKETS = "[](){}, |"


def elide(text: str, longest: int) -> str:
    """A text of at most `longest` characters: its start and its end where it is longer."""
    if len(text) <= longest:
        return text
    return f"{text[: longest * 3 // 4]} {GAP} {text[-longest // 5 :]}"


def elide_words(sentence: str) -> str:
    """A sentence with its long words shortened: what a person gave may be of any length."""
    return _WORD.sub(lambda found: elide(found[0], WORD), sentence)


def elide_with_digest(text: str, longest: int, content: bytes | str | None = None) -> str:
    """A text, or its first third with the size and digest of its content where it is longer.

    `content` is what the text shows, where that is not the text itself.
    """
    if len(text) <= longest:
        return text
    return f"{text[: longest // 3]}{GAP} {_measure(text if content is None else content)}"


def _measure(content: bytes | str) -> str:
    content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return f"({len(content)} long, sha256 {hashlib.sha256(content).hexdigest()[:8]})"


def contrast(values: Sequence[str], longest: int) -> list[str]:
    """The values in their order, each of at most `longest` characters.

    One that is longer is shown without the items that all lists among the values have; where that
    tells nothing apart, from shortly before the first letter that differs.
    """
    if max(map(len, values), default=0) <= longest:
        return list(values)
    for attempt in (_without_common_items, _from_the_difference):
        found = [
            elide(shown, longest) if len(value) > longest else value
            for value, shown in zip(values, attempt(values, longest), strict=True)
        ]
        if len(set(found)) == len(set(values)):
            return found
    return [elide(value, longest) for value in values]


def contrast_with_digest(values: Sequence[str], longest: int) -> list[str]:
    """The same, where one that was cut has the size and digest of its content behind it."""
    return [
        shown if len(value) <= longest else f"{shown} {_measure(value)}"
        for value, shown in zip(values, contrast(values, longest), strict=True)
    ]


def _without_common_items(values: Sequence[str], longest: int) -> list[str]:
    items = {value: _BORDER.split(value) for value in values}
    lists = [
        {_bare(item) for item in found}
        for value, found in items.items()
        if len(found) > 1 or value.startswith(("[", "(", "{"))
    ]
    common = set.intersection(*lists) if len(lists) > 1 else set()
    return [_collapsed(items[value], common) for value in values]


def _bare(item: str) -> str:
    return item.strip(_BRACKETS)


def _collapsed(items: Sequence[str], common: set[str]) -> str:
    """The items, with one gap for each run of those that are common, and the outer brackets."""
    shown: list[str] = []
    for item in items:
        border = item[len(item.rstrip(", |")) :]
        if _bare(item) not in common:
            shown.append(item)
        elif shown and shown[-1].startswith(GAP):
            shown[-1] = GAP + border
        else:
            shown.append(GAP + border)
    text, first, last = "".join(shown), items[0][:1], items[-1][-1:]
    if text.startswith(GAP) and first in "[({":
        text = first + text
    return text + last if text.endswith(GAP) and last in "])}" else text


def _from_the_difference(values: Sequence[str], longest: int) -> list[str]:
    long = sorted({value for value in values if len(value) > longest})
    start = max(0, len(os.path.commonprefix(long)) - longest // 4)
    if len(long) < 2 or start <= longest // 4:
        return list(values)
    return [f"{value[: longest // 4]} {GAP} {value[start:]}" for value in values]
