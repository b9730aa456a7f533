"""Python literals that mean the same in Python 2.7 and 3."""

from __future__ import annotations

import base64
import re
import textwrap

LONGEST_LITERAL = 72
"""Bytes of a literal that is written as it is, where it neither repeats itself nor is text."""


def literal_text(text: str) -> str:
    """A literal of a native string in both languages; `unicode` where it is not ASCII."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    escaped = "".join(
        char if " " <= char <= "~" else escape(char, text.isascii()) for char in quoted
    )
    repeated = periodic(text)
    if len(text) > LONGEST_LITERAL and repeated is not None:
        unit, times, tail = repeated
        words = [f"{literal_text(unit)} * {times}", *([literal_text(tail)] if tail else [])]
        return " + ".join(words)
    return escaped if text.isascii() else "u" + escaped


def escape(char: str, native: bool) -> str:
    number = ord(char)
    if native or number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def literal_bytes(content: bytes) -> str | None:
    """A literal that is the same in both languages; None where it would be too long."""
    if len(content) <= LONGEST_LITERAL:
        return short_bytes(content)
    every = bytes(range(256))
    if content == every * (len(content) // 256):
        return f"bytes(bytearray(range(256))) * {len(content) // 256}"
    repeated = periodic(content.decode("latin-1"))
    if repeated is None:
        return None
    unit, times, tail = repeated[0].encode("latin-1"), repeated[1], repeated[2].encode("latin-1")
    text = f"{short_bytes(unit)} * {times}"
    return f"{text} + {short_bytes(tail)}" if tail else text


def short_bytes(content: bytes) -> str:
    return "b" + literal_text(content.decode("latin-1")).removeprefix("u")


def periodic(text: str) -> tuple[str, int, str] | None:
    """(unit, times, tail) of a text that repeats its first few characters; None for any other."""
    for size in range(1, 33):
        unit = text[:size]
        times = len(text) // size
        if times > 1 and unit * times == text[: size * times]:
            return unit, times, text[size * times :]
    if text and len(text.rstrip(text[-1])) <= 32:  # a few characters, then one many times
        return None
    head = len(text) - len(text.lstrip(text[0])) if text else 0
    if head > 32 and len(text) - head <= 32:
        return text[0], head, text[head:]
    return None


def literal_file(content: bytes) -> str:
    """The bytes of a file: text stays readable, all else goes through the prelude's unbase64()."""
    text = content.decode("ascii") if content.isascii() else "\0"
    if re.search(r'[\\\r\0]|"""', text) is None:
        return f'b"""\\\n{text}"""'
    encoded = "\n".join(textwrap.wrap(base64.b64encode(content).decode("ascii"), 76))
    return f'unbase64("""\n{encoded}\n""")'
