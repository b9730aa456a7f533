"""`python -m conformance accept`: which differences it writes a pin for."""

from __future__ import annotations

import pytest

from conformance.judge.verdict import Divergence, Judgement, Verdict
from conformance.report.accept import fresh
from conformance.run.plan import Role

NEW = Divergence("SSLObject.read", "value", "b'a'", "b'b'", 3)


@pytest.mark.parametrize(
    ("role", "verdict", "offered"),
    [
        ("candidate", "NEW", True),
        ("candidate", "CHANGED", True),
        # Its declaration excuses it: a pin would be the second.
        ("candidate", "UNSUPPORTED", False),
        # What the suite does wrong is nobody's decision.
        ("candidate", "ERROR", False),
        ("witness", "drift", False),
    ],
)
def test_only_what_fails_a_candidate_is_offered(
    role: Role, verdict: Verdict, offered: bool
) -> None:
    one = Judgement("memory_bio/test_eof.py::test_x", "mine", "forward", role, verdict, (NEW,))
    results = {"judgements": [one.to_plain()]}
    assert bool(fresh(results, "*", interop=False)) is offered
