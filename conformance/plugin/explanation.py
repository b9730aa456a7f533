"""What a failing test prints, and the script that shows it without the suite."""

from __future__ import annotations

from conformance.explain import failure
from conformance.explain.reproducer.script import Reproducers
from conformance.judge.judge import Judged


def explained(judged: Judged, test_id: str, reproducers: Reproducers | None) -> str | None:
    """Why a test fails, for a person; None where it passes. Leaves a script where one is wanted."""
    command = None if reproducers is None else reproducers.write(judged, test_id)
    return failure.explain(judged, test_id, command)
