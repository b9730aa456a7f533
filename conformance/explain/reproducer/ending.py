"""How a script ends: with an exit status that says whether it still differs."""

from __future__ import annotations

from conformance.explain.recording import Recording
from conformance.explain.reproducer.literals import literal_text
from conformance.judge.compare import EXCEPTION_DETAILS
from conformance.judge.verdict import Divergence
from conformance.transcript.model import Observed
from conformance.transcript.render import render_observed, render_outcome
from impls.host.wire import Event, handles_in

UNKNOWN = 'say("How the scenario goes on differs: only the suite can tell whether it does here.")'
"""The line where no outcome of an operation tells whether it still differs."""


def last_unlike(reference: Recording, recorded: Recording, end: int) -> int | None:
    """The last operation before they part, at `end`, whose outcomes already differ."""
    sides = zip(reference.operations[:end], recorded.operations[:end], strict=False)
    unlike = [
        position
        for position, (ours, theirs) in enumerate(sides)
        if render_outcome(ours) != render_outcome(theirs)
        and (recorded.events[position].verb != "probe" or holds_objects(recorded.events[position]))
    ]
    return unlike[-1] if unlike else None


def holds_objects(event: Event) -> bool:
    """Whether any argument is what an earlier operation returned, and not the copy of a value."""
    return any(True for value in event.arguments for _ in handles_in(value))


def course_ending(position: int, reference: Recording, recorded: Recording) -> list[str]:
    """The lines that tell whether a function of the scenario is called as it was recorded."""
    if recorded.events[position].verb == "callback":
        return [f"sys.exit(course_status({position} in outcomes))"]
    if position < len(reference.events) and reference.events[position].verb == "callback":
        return ["sys.exit(course_status(-1 not in outcomes))"]
    return [UNKNOWN, "sys.exit(1)"]


def side_text(divergence: Divergence, side: Recording, is_reference: bool) -> str:
    """What one side did there, in a line."""
    own = divergence.reference if is_reference else divergence.candidate
    if divergence.position >= len(side.operations) or divergence.field == "operation":
        return own if side.stopped is None else f"{own}: {side.stopped}"
    operation = side.operations[divergence.position]
    text = render_outcome(operation)
    if operation.kind == "exception" and wants_detail(divergence.field):
        value = Observed.of_field(operation, divergence.field)
        text += f" ({divergence.field}: {render_observed(divergence.field, value)})"
    return text


def wants_detail(field: str) -> bool:
    """Whether an outcome in one line does not tell this field of an exception."""
    return field in EXCEPTION_DETAILS and field != "message"


def detail(field: str) -> str:
    """The function of the prelude that tells this field of an exception."""
    return field if field in ("bases", "argument_count", "chained") else f'attribute("{field}")'


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
