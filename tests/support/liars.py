"""Liars (impls/liars) as implementations."""

from __future__ import annotations

import dataclasses

from impls.host.declarations import Implementation
from impls.liars import Liar


def implementation(liar: Liar, reference: Implementation) -> Implementation:
    """The liar as a candidate in the interpreter of the reference."""
    return dataclasses.replace(
        reference,
        id=f"liar-{liar.name}",
        describe=liar.lie,
        role="candidate",
        set_up=liar.set_up,
        file=liar.file,
    )
