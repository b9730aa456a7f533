"""Liars (impls/liars) as implementations."""

from __future__ import annotations

import dataclasses

from conformance.judge.equivalence import WORDING
from conformance.judge.verdict import Divergence
from conformance.transcript.model import Transcript
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


def is_of_the_wrapper(divergence: Divergence, transcript: Transcript) -> bool:
    """Whether a liar words an error of the interpreter's otherwise than the C it stands for.

    A liar is written in Python around the reference's own functions: which arguments were wrong is
    said in the name of the wrapper. That is no lie.
    """
    if divergence.field not in ("message", "argument_count"):
        return False
    raised = transcript.operations[divergence.position].fields.get("exception")
    return raised in WORDING
