"""What differs, as a phrase."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.judge.compare import LEFT_BEHIND, NAME
from conformance.transcript.model import ObservedKind

_OUTCOMES: Mapping[ObservedKind, str] = {
    "returns": "returns where the reference raises",
    "raises": "raises where the reference returns",
    "CRASH": "crashes",
    "HANG": "does not answer",
    "GARBAGE": "gives an invalid answer",
}
_FIELDS = {
    "value": "returns another value",
    "exception": "raises another class of exception",
    "bases": "raises an exception with other base classes",
    "message": "words its error differently",
    "argument_count": "raises an exception with another number of arguments",
    "chained": "raises an exception that is chained to others",
    "arguments": "is called with other arguments",
    "keywords": "is called with other keywords",
    "pending": "is called, or returns, with another exception pending",
    "notes": "is called at another time or in another thread",
    "mutated": "leaves something else in a buffer it was given",
    "warnings": "warns differently",
    "lost": "is lost in another way",
    NAME: "gives flags of another name",
    LEFT_BEHIND: "is not left behind in the end as on the reference",
}


def title(member: str, field: str, candidate: ObservedKind) -> str:
    """A difference as a phrase, in plain text: "MemoryBIO.read returns another value".

    `candidate` is the kind of what the candidate did; it matters where whole outcomes differ.
    """
    if member == "scenario":
        return "the scenario goes another way"
    if field == "operation":
        return f"{member} is used in another way"
    if field == "outcome":
        return f"{member} {_OUTCOMES.get(candidate, 'comes to another end')}"
    return f"{member} {_FIELDS.get(field, f'raises an error with another {field}')}"
