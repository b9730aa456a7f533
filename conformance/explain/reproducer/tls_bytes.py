"""Bytes of TLS in a script: they are random, so they are written as what an earlier read returned.

What a scenario writes into a BIO is found again in what was read from one: the whole, a slice,
several of them, or a flight in which few bytes were changed on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.explain.reproducer.literals import literal_bytes

SHORTEST_PIECE = 16
"""Bytes that must be alike to be taken for a piece of TLS, where they need not be all of it."""
MOST_FLIPPED = 4
"""Bytes in which a flight that was tampered with may differ from what was sent."""


@dataclass
class Source:
    """Bytes that an operation returned, and how many of them were passed on."""

    variable: str
    content: bytes
    passed: int = 0


class TlsBytes:
    """What was read so far, to write later bytes as references to it."""

    def __init__(self) -> None:
        self.sources: list[Source] = []

    def add(self, variable: str, content: bytes) -> None:
        """Note that an operation returned these bytes, and the variable they are in."""
        self.sources.append(Source(variable, content))

    def piece(self, content: bytes, *, take: bool, short: bool = True) -> str | None:
        """Bytes as what an earlier read returned, a piece of it or several; None if they are not.

        `short` allows for pieces of any length, where they are the next that were not passed on;
        `take` notes that they are now.
        """
        if not content:
            return None
        for source in reversed(self.sources):
            if source.content == content:
                if take:
                    source.passed = len(content)
                return source.variable
        for source in reversed(self.sources):
            flipped = self.tampered(source, content)
            if flipped is not None:
                return flipped
        found: list[str] = []
        rest = content
        while rest:
            best = self.longest(rest, short)
            if best is None:
                break
            source, start, length = best
            found.append(slice_of(source, start, start + length))
            if take:
                source.passed = start + length
            rest = rest[length:]
        if not found:
            return None
        if rest:
            found.append(literal_bytes(rest) or repr(rest))
        return " + ".join(found)

    def tampered(self, source: Source, content: bytes) -> str | None:
        """A flight in which few bytes were changed, whatever they were."""
        if len(content) != len(source.content) or len(content) < SHORTEST_PIECE:
            return None
        pairs = enumerate(zip(source.content, content, strict=True))
        changed = [(index, one ^ other) for index, (one, other) in pairs if one != other]
        if len(changed) > MOST_FLIPPED:
            return None
        words, start = [], 0
        for index, mask in changed:
            if index > start:
                words.append(slice_of(source, start, index))
            words.append(f"flipped({slice_of(source, index, index + 1)}, {mask})")
            start = index + 1
        if start < len(content):
            words.append(slice_of(source, start, len(content)))
        return " + ".join(words)

    def longest(self, rest: bytes, short: bool) -> tuple[Source, int, int] | None:
        """The longest piece of TLS that these bytes begin with."""
        best: tuple[Source, int, int] | None = None
        for source in reversed(self.sources):
            following = source.content[source.passed :]
            length = common(rest, following)
            whole = length == len(rest) or length == len(following)
            start = source.passed
            if not (length and short and whole) and length < SHORTEST_PIECE:
                start = source.content.find(rest[:SHORTEST_PIECE])
                if start < 0 or len(rest) < SHORTEST_PIECE:
                    continue
                length = common(rest, source.content[start:])
            if best is None or length > best[2]:
                best = (source, start, length)
        return best


def common(one: bytes, other: bytes) -> int:
    """How many bytes two byte strings begin with alike."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(index for index in range(length) if one[index] != other[index])


def slice_of(source: Source, start: int, stop: int) -> str:
    """A slice; what is in the second half is counted from the end, for lengths may vary."""
    size = len(source.content)

    def place(index: int) -> str:
        return str(index) if index <= size // 2 else str(index - size)

    first = "" if start == 0 else place(start)
    last = "" if stop == size else place(stop)
    return source.variable if not first + last else f"{source.variable}[{first}:{last}]"
