"""Long values next to each other, cut so that what differs is what is seen."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

_BORDER = re.compile(r"(?<=, )|(?<=\|)")
"""Where the items of a list, the parameters of a signature and the names of flags end."""
_BRACKETS = "[](){}, |"
GAP = "..."


def contrast(values: Sequence[str], longest: int) -> list[str]:
    """The values in their order, each of at most `longest` characters.

    One that is longer is shown without the items that all lists among the values have; where that
    tells nothing apart, from shortly before the first letter that differs.
    """
    if max(map(len, values), default=0) <= longest:
        return list(values)
    for attempt in (_without_common_items, _from_the_difference):
        found = [
            _cut(shown, longest) if len(value) > longest else value
            for value, shown in zip(values, attempt(values, longest), strict=True)
        ]
        if len(set(found)) == len(set(values)):
            return found
    return [_cut(value, longest) for value in values]


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
    text, first, last = "".join(shown), items[0][0], items[-1][-1]
    if text.startswith(GAP) and first in "[({":
        text = first + text
    return text + last if text.endswith(GAP) and last in "])}" else text


def _from_the_difference(values: Sequence[str], longest: int) -> list[str]:
    long = sorted({value for value in values if len(value) > longest})
    start = max(0, len(os.path.commonprefix(long)) - longest // 4)
    if len(long) < 2 or start <= longest // 4:
        return list(values)
    return [f"{value[: longest // 4]} {GAP} {value[start:]}" for value in values]


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[: longest * 3 // 4]} {GAP} {text[-longest // 5 :]}"
