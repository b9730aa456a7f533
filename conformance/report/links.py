"""Links to what reviewed files and scenarios name: issues, PEPs, pages, manuals, RFCs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from conformance.report.markdown import link, prose

DOCUMENTATION = "https://docs.python.org/3/"
TRACKER = "https://github.com/python/cpython/issues/"
OLD_TRACKER = "https://bugs.python.org/issue"
OPENSSL_MANUAL = "https://docs.openssl.org/master/man{section}/{name}/"
RFCS = "https://www.rfc-editor.org/rfc/"
PEPS = "https://peps.python.org/pep-{number:04}/"


def address_of(reference: str) -> str | None:
    """Where an issue or a page of Python's documentation is; None where it is neither."""
    kind, _, number = reference.partition("-")
    if kind == "gh" and number.isdigit():
        return TRACKER + number
    if kind == "bpo" and number.isdigit():
        return OLD_TRACKER + number
    if ".html" in reference and not reference.startswith(("http:", "https:", "/")):
        return DOCUMENTATION + reference
    return None


class Link(NamedTuple):
    """Where a reference leads. Texts are plain, with `code`."""

    text: str
    address: str | None
    """None where it is only text."""
    rest: str = ""
    """What follows the link."""

    @property
    def markdown(self) -> str:
        if self.address is None:
            return prose(self.text)
        return link(prose(self.text), self.address) + prose(self.rest)


def links(references: Sequence[str]) -> str:
    """Links to several references in Markdown, with commas between."""
    return ", ".join(map(link_to_reference, references))


def link_to_reference(reference: str) -> str:
    """A link in Markdown to what `resolved` makes of a reference."""
    return resolved(reference).markdown


def link_to_source(anchor: str) -> str:
    """A link in Markdown to what `resolved_source` makes of where a claim is documented."""
    return resolved_source(anchor).markdown


def resolved(reference: str) -> Link:
    """Where an issue, a PEP, a page or a manual is; other text is shown as it is."""
    address = address_of(reference)
    page = re.match(r"whatsnew/([\d.]+)\.html", reference)
    if page is not None and address is not None:
        return Link(f"What's New in {page[1]}", address)
    if address is not None and re.fullmatch(r"(gh|bpo)-\d+", reference):
        return Link(reference, address)
    pep = re.match(r"PEP (\d+)", reference)
    if pep is not None:
        return Link(pep[0], PEPS.format(number=int(pep[1])), reference[pep.end() :])
    if reference.startswith(("https://", "http://")):
        return Link(reference, reference)
    member = re.match(r"library/\w+\.html#(?:ssl\.)?(.+)", reference)
    if member is not None:
        return Link(f"`{member[1]}`", DOCUMENTATION + reference)
    if re.match(r"man:|rfc\d|\S+\.html", reference):
        return resolved_source(reference)
    return Link(reference, None)


def resolved_source(anchor: str) -> Link:
    """Where the documentation, a manual page of OpenSSL or an RFC says what a scenario claims."""
    manual = re.fullmatch(r"man:([\w-]+)\((\w+)\)", anchor)
    if manual is not None:
        address = OPENSSL_MANUAL.format(name=manual[1], section=manual[2])
        return Link(f"OpenSSL's `{manual[1]}`", address)
    rfc = re.match(r"rfc(\d+)", anchor)
    if rfc is not None:
        return Link(f"RFC {rfc[1]}", RFCS + anchor)
    return Link("documentation", DOCUMENTATION + anchor)
