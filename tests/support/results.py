"""The results of a small run, as --results writes them."""

from __future__ import annotations

from typing import Any

from conformance.judge.verdict import Divergence, Judgement
from conformance.report.results import SCHEMA
from conformance.run.plan import Role

SCENARIO = "memory_bio/test_eof.py::test_turns_true_once_drained"
REFERENCE = "stdlib-py3.13"


def implementation(name: str, role: str, lane: str = "3.0") -> dict[str, Any]:
    return {
        "id": name,
        "describe": f"What {name} is",
        "role": role,
        "lane": lane,
        "python": "3.13.0",
        "interpreter": "CPython",
        "openssl": f"OpenSSL {lane}.19 27 Jan 2026",
        "default_suites": "python",
        "backward_reference": None,
        "missing": None,
        "file": f"impls/{name}.toml",
        "like": None,
        "divergences": None,
        "unsupported": [],
    }


def judgement(name: str, role: Role, *divergences: Divergence) -> dict[str, Any]:
    verdict = divergences[0].verdict if divergences else "same"
    made = Judgement(SCENARIO, name, "forward", role, verdict, divergences, reference=REFERENCE)
    plain = made.to_plain()
    plain["divergences"] = [{**one, "culprits": []} for one in plain["divergences"]]
    return {**plain, "rules": {}, "masks": {}}


def results_of(*divergences: Divergence) -> dict[str, Any]:
    """A run of one scenario on a reference and on "mine", which differs so."""
    return {
        "schema": SCHEMA,
        "run": {
            "commit": None,
            "suite": "0123456789abcdef",
            "date": "2026-11-29T00:00:00Z",
            "platform": "Linux",
            "host": "CPython 3.13.0",
        },
        "shard": None,
        "complete": True,
        "whole": True,
        "passed": not divergences,
        "reference": REFERENCE,
        "lanes": [{"openssl": "3.0", "reference": REFERENCE, "implementations": ["mine"]}],
        "left_out": [],
        "implementations": [
            implementation("mine", "candidate"),
            implementation(REFERENCE, "reference"),
        ],
        "scenarios": [{"id": SCENARIO, "claim": "It turns true.", "anchor": "library/ssl.html"}],
        "judgements": [
            judgement("mine", "candidate", *divergences),
            judgement(REFERENCE, "reference"),
        ],
        "canaries": [],
        "contract": None,
        "problems": [],
    }
