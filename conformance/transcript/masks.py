"""What a transcript hides: what is random, or says where a scenario ran, by named masks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from conformance.transcript.model import Label, Minted

MASKS = {
    "c-location": "the C source file and line at the end of an OpenSSL error's text, or before "
    "that of a timeout",
    "agent-file": "the folder in which an agent keeps its copies of the suite's files",
    "object-address": "the address in the default repr of an object",
    "descriptor": "the number of the descriptor in the repr of a socket",
    "port": "the number of a port of the loopback interface, in an address",
    "tls-records": "bytes read from a BIO of an SSLObject: shown as records and alerts",
    "tls-byte-count": "how many bytes of TLS a BIO of an SSLObject holds or took: none, some, all",
    "record-length": "lengths of application_data records while handshake messages, whose "
    "signatures, tickets and compressed certificates vary in length, may be among them",
    "channel-binding": "the value of tls-unique: its length is shown",
    "session-id": "the id of an SSLSession: its length is shown",
    "session-time": "when an SSLSession was made: that it is a number is shown",
    "minted": "a certificate, serial number or date minted for this run: shown by its name",
}
"""Every mask by name, with all that it hides."""

LOOPBACK = "127.0.0.1"

TEXT_MASKS = (
    ("c-location", " (", re.compile(r" \([\w./-]*\.[ch]:\d+\)"), ""),
    ("c-location", "_ssl.c:", re.compile(r"^_ssl\.c:\d+: "), ""),
    (
        "agent-file",
        "/conformance-",
        re.compile(r"[^\s'\"]*/conformance-[^/\s'\"]+/([\w.@-]+/[\w.@-]+)"),
        r"<file \1>",
    ),
    ("object-address", " at 0x", re.compile(r" at 0x[0-9A-Fa-f]+"), " at ..."),
    ("descriptor", "fd=", re.compile(r"\bfd=\d+"), "fd=..."),
    ("port", LOOPBACK, re.compile(r"(\('127\.0\.0\.1', )\d+"), r"\1..."),
)
"""(mask, what a text must contain, pattern, replacement): the masks of parts of a text."""


class Masks:
    """The masks of one transcript, and how often each was used."""

    def __init__(self, minted: Mapping[str | bytes, str]) -> None:
        """`minted` names this run's certificates, serial numbers and dates."""
        self.hits: Counter[str] = Counter()
        self._minted = minted

    def hide(self, mask: str, label: str) -> Label:
        """What is shown in place of a value that a mask hides altogether."""
        self.hits[mask] += 1
        return Label(label)

    def text(self, text: str, of: str = "text") -> str | Minted:
        """A text without what masks hide; `of` is its type, where it was minted."""
        minted = self.minted(text, of)
        return self.parts(text) if minted is None else minted

    def minted(self, value: str | bytes, of: str) -> Minted | None:
        """The name of a value that was minted for this run; None where it was not."""
        name = self._minted.get(value)
        if name is None:
            return None
        self.hits["minted"] += 1
        return Minted(of, name)

    def name_of(self, value: str | bytes) -> str | None:
        """The name of a minted value that is not shown but compared: no use of the mask."""
        return self._minted.get(value)

    def parts(self, text: str) -> str:
        """A text with its parts masked."""
        for mask, needed, pattern, replacement in TEXT_MASKS:
            if needed in text:  # much cheaper than a pattern, and most texts have nothing to mask
                text, hits = pattern.subn(replacement, text)
                self.hits[mask] += hits
        return text
