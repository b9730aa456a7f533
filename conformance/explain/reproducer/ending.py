"""How a script ends: with an exit status that says whether it still differs."""

from __future__ import annotations

from conformance.explain.recording import Recording
from conformance.explain.reproducer.literals import literal_text
from conformance.transcript.render import render_outcome

UNKNOWN = 'say("How the scenario goes on differs: only the suite can tell whether it does here.")'
"""The line where no outcome of an operation tells whether it still differs."""


def last_unlike(reference: Recording, recorded: Recording, end: int) -> int | None:
    """The last operation before they part, at `end`, whose outcomes already differ."""
    sides = zip(reference.operations[:end], recorded.operations[:end], strict=False)
    unlike = [
        position
        for position, (ours, theirs) in enumerate(sides)
        if render_outcome(ours) != render_outcome(theirs)
    ]
    return unlike[-1] if unlike else None


def ending(position: int, reference: str, recorded: str) -> list[str]:
    """The lines that compare an operation's outcome with both that were recorded."""
    texts = [
        literal_text(text.encode("ascii", "backslashreplace").decode("ascii"))
        for text in (reference, recorded)
    ]
    return [
        f"sys.exit(exit_status(outcomes.get({position}), {texts[0]},",
        f"                     {texts[1]}))",
    ]
