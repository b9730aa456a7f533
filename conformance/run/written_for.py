"""The references for which the scenarios were written: there every claim is known to hold.

Anywhere else a claim that does not hold is a finding about that Python or OpenSSL, and not a fault
of the suite.
"""

from __future__ import annotations

from impls.host.versions import About, Numbers

PYTHONS: tuple[Numbers, ...] = ((2, 7), (3, 13))
"""2.7 for the claims of the backward axis."""
OPENSSL: Numbers = (3, 0)
DEFAULT_SUITES = "python"
"""Distributors may choose OpenSSL's: see `impls.host.versions.DEFAULT_SUITES`."""

NEWEST = About(PYTHONS[-1], OPENSSL, DEFAULT_SUITES)
"""The newest reference of these."""


def is_known_to_hold(reference: About) -> bool:
    """Whether a claim that fails on this reference is an ERROR of the suite."""
    python, openssl = reference.python[:2], reference.openssl[: len(OPENSSL)]
    suites = reference.default_suites
    return python in PYTHONS and openssl == OPENSSL and suites == DEFAULT_SUITES
