"""Links to what reviewed files and scenarios name: issues, PEPs, pages, manuals, RFCs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.report.markdown import code, link, prose

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


def links(references: Sequence[str]) -> str:
    """Links to several references, with commas between."""
    return ", ".join(map(link_to_reference, references))


def link_to_reference(reference: str) -> str:
    """A link to an issue, a PEP, a page or a manual; other text is shown as it is."""
    address = address_of(reference)
    page = re.match(r"whatsnew/([\d.]+)\.html", reference)
    if page is not None and address is not None:
        return link(f"What's New in {page[1]}", address)
    if address is not None and re.fullmatch(r"(gh|bpo)-\d+", reference):
        return link(reference, address)
    pep = re.match(r"PEP (\d+)", reference)
    if pep is not None:
        return link(pep[0], PEPS.format(number=int(pep[1]))) + prose(reference[pep.end() :])
    if reference.startswith(("https://", "http://")):
        return link(prose(reference), reference)
    member = re.match(r"library/\w+\.html#(?:ssl\.)?(.+)", reference)
    if member is not None:
        return link(code(member[1]), DOCUMENTATION + reference)
    if re.match(r"man:|rfc\d|\S+\.html", reference):
        return link_to_source(reference)
    return prose(reference)


def link_to_source(anchor: str) -> str:
    """A link to where the documentation, a manual page of OpenSSL or an RFC says so."""
    manual = re.fullmatch(r"man:([\w-]+)\((\w+)\)", anchor)
    if manual is not None:
        address = OPENSSL_MANUAL.format(name=manual[1], section=manual[2])
        return link(f"OpenSSL's {code(manual[1])}", address)
    rfc = re.match(r"rfc(\d+)", anchor)
    if rfc is not None:
        return link(f"RFC {rfc[1]}", RFCS + anchor)
    return link("documentation", DOCUMENTATION + anchor)
