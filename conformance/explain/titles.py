"""What differs, in words."""

from __future__ import annotations

_TITLES = {
    "value": "returns another value",
    "exception": "raises another class of exception",
    "bases": "raises an exception with other base classes",
    "message": "words its error differently",
    "argument_count": "raises an exception with another number of arguments",
    "arguments": "is called with other arguments",
    "mutated": "leaves something else in a buffer it was given",
    "warnings": "warns differently",
    "lost": "is lost in another way",
}


def explain_title(member: str, field: str, candidate: str) -> str:
    """A divergence as a phrase, in plain text: "MemoryBIO.read returns another value"."""
    if member == "scenario":
        return "the scenario goes another way"
    if field == "operation":
        return f"{member} is used in another way"
    if field == "outcome":
        how = candidate.partition(" ")[0]
        told = {
            "returns": "returns where the reference raises",
            "raises": "raises where the reference returns",
            "CRASH:": "crashes",
            "HANG:": "does not answer",
            "GARBAGE:": "gives an answer that is none",
        }
        return f"{member} {told.get(how, 'comes to another end')}"
    return f"{member} {_TITLES.get(field, f'raises an error with another {field}')}"
