"""What the scenario's functions answered, as statements of a script."""

from __future__ import annotations

import ast
import builtins
import contextlib

from conformance.explain.recording import Recording
from conformance.explain.reproducer.literals import literal_text
from impls.host import wire
from impls.host.wire import Event


def first_answer(number: int, side: Recording) -> str:
    """What a function did on that side when it was first called; "pass" where it is no literal.

    For one that the other side never called.
    """
    for event in side.events:
        if event.verb == "callback" and event.function == number:
            if isinstance(event.outcome, wire.CallbackRaised):
                return raising(event, event.outcome.exception, side)
            if event.value is None or isinstance(event.value, int):
                return f"return {event.value!r}"
    return "pass"


def raising(event: Event, name: str, side: Recording) -> str:
    """The exception that a function raised; its text is known where it went on from there."""
    own = name if hasattr(builtins, name) else f"ssl.{name}"
    assert event.parent is not None
    error = side.events[event.parent].error
    fields = side.operations[event.parent].fields
    if error is None or fields.get("exception") != name or not error.text:
        return f"raise {own}"
    text = error.text
    if name == "KeyError":  # whose text is the repr of its argument
        with contextlib.suppress(ValueError, SyntaxError):
            text = str(ast.literal_eval(text))
    return f"raise {own}({literal_text(text)})"
