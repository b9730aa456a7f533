"""What makes two texts one finding: all that differs in a number, a label or the type passed."""

from __future__ import annotations

import re

from conformance.report.subjects import SUBCLASSES

FLAGS = re.compile(r"\b(Options|VerifyFlags)(?:\.[A-Z][\w|]*|\(-?N\))")
NUMBER = re.compile(r"-?\b(?:0x[0-9A-Fa-f]+|\d+(?:_\d+)*)\b")
UNCLOSED = re.compile(r"unclosed <ssl\.SSLSocket[^>]*>")
LABEL = re.compile(r"<(file|text|bytes)[^>]*>")
SUBCLASS = re.compile(rf"(?<![\w.])({'|'.join(SUBCLASSES)})(?![\w.])")
TYPES = r"(?:NoneType|bool|bytearray|bytes|dict|float|int|list|object|object_with_\w+|str|tuple)"
PASSED = re.compile(
    rf"(?<=got type ){TYPES}\b|(?<= not ){TYPES}$|(?<='){TYPES}(?=' object cannot be interpreted)"
    rf"|(?<=for 'in': '){TYPES}(?=' and )"
)
"""The type of what was passed, where the text of an error names it: 'str' object cannot be ..."""
CLOSED = re.compile(r"(?<=<ssl\.SSLSocket )(?:\[closed\] )?fd=(?:-1|\.\.\.)")
DEPRECATED = re.compile(r"ssl\.(?:PROTOCOL_|TLSVersion\.|OP_)[\w*/.]+")
TABLE = re.compile(r"\[[({].*", re.DOTALL)


def neutral(text: str) -> str:
    """A text without numbers, labels, the names of flags and types, and what is in tables."""
    text = SUBCLASS.sub(lambda match: SUBCLASSES[match[1]], text)
    text = CLOSED.sub("fd=...", PASSED.sub("TYPE", text))
    text = DEPRECATED.sub("ssl.NAME", TABLE.sub("[...]", text))
    text = UNCLOSED.sub("unclosed <ssl.SSLSocket>", LABEL.sub(r"<\1>", text))
    return FLAGS.sub(r"\1.FLAGS", NUMBER.sub("N", text))
