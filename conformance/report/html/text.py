"""Plain texts as HTML: sentences with `code`, references, long values next to each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from conformance.report.links import Link, resolved, resolved_source
from conformance.report.markdown import count

_CODE = re.compile(r"``(.+?)``|`([^`]+)`")


def prose(text: str) -> Markup:
    """A sentence; what it has in backticks is code."""
    made, start = Markup(""), 0
    for match in _CODE.finditer(text):
        made += escape(text[start : match.start()]) + code(match[1] or match[2])
        start = match.end()
    return made + escape(text[start:])


def code(text: str) -> Markup:
    """A value, whole, and safe to look at."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
    return Markup("<code>{}</code>").format(shown or "(nothing)")


def reference(name: str) -> Markup:
    """A link to what a reviewed file names."""
    return _link(resolved(name))


def source(anchor: str) -> Markup:
    """A link to where a claim is documented."""
    return _link(resolved_source(anchor)) if anchor else Markup("")


def references(names: Sequence[str]) -> Markup:
    return Markup(", ").join(map(reference, names))


def _link(found: Link) -> Markup:
    if found.address is None:
        return prose(found.text)
    made = Markup('<a href="{}">{}</a>').format(found.address, prose(found.text))
    return made + prose(found.rest)


FILTERS = {
    "code": code,
    "count": count,
    "prose": prose,
    "reference": reference,
    "references": references,
    "source": source,
}
