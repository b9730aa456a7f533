"""The references for which the scenarios were written: there every claim is known to hold.

Anywhere else a claim that does not hold is a finding about that Python or OpenSSL, and not a fault
of the suite.
"""

from __future__ import annotations

from impls.host.versions import About, lane_of

MAIN = About((3, 13, 0), (3, 0, 19))
"""The reference that the claims are first of all about."""

WRITTEN_FOR: tuple[About, ...] = (
    MAIN,
    About((3, 15, 0), (3, 6, 5), default_suites="openssl"),
    About((2, 7, 18), (3, 0, 19)),
    About((2, 7, 18), (3, 6, 5)),
)
"""The patch levels that every claim was run on, the main one first; 2.7 for the backward axis."""


def is_written_for(reference: About) -> bool:
    """Whether the scenarios were written for a reference, whatever its patch levels."""
    return any(_is_alike(reference, one) for one in WRITTEN_FOR)


def is_main(reference: About) -> bool:
    """Whether it is the patch level that the contract's list of members was written for."""
    return _is_exactly(reference, WRITTEN_FOR[0])


def is_known_to_hold(reference: About) -> bool:
    """Whether every claim was seen to hold on a reference: on this patch level of a Python."""
    return any(_is_exactly(reference, one) for one in WRITTEN_FOR)


def _is_exactly(one: About, known: About) -> bool:
    return one.released and one.python == known.python and _is_alike(one, known)


def _is_alike(one: About, other: About) -> bool:
    return (
        one.python[:2] == other.python[:2]
        and _series(one) == _series(other)
        and one.default_suites == other.default_suites
    )


def _series(about: About) -> str | None:
    """The OpenSSL series of a reference: "3.0"."""
    return lane_of("OpenSSL " + ".".join(map(str, about.openssl))) if about.openssl else None
