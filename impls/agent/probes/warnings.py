"""Warnings: whose line they point at, what comes of them as errors; and exceptions nobody gets."""

import re
import sys
import warnings


class WarningProbes(object):
    """Probes about the warnings of one operation, and what it reports instead of raising."""

    def reported(self, function, *args):
        """The classes of the exceptions that a call, which may fail, reported and did not raise.

        They go to sys.unraisablehook, or to sys.stderr where Python has no such hook.
        """
        found, written = [], Written()
        stream, hook = sys.stderr, getattr(sys, "unraisablehook", None)
        sys.stderr = written
        if hook is not None:
            sys.unraisablehook = lambda told: found.append(told.exc_type.__name__)
        try:
            function(*args)
        except Exception:
            pass
        finally:
            sys.stderr = stream
            if hook is not None:
                sys.unraisablehook = hook
        return found + re.findall(r"^(?:Exception )?(\w+Error): ", written.text, re.MULTILINE)

    def blamed(self, operation, target, name, *args):
        """The warnings of one operation ("get", "set", "call"), and whose line they point at."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn("here")
            if operation == "set":
                setattr(target, name, *args)
            elif operation == "get":
                getattr(target, name)
            else:
                getattr(target, name)(*args)
        here = caught.pop(0).filename
        return [
            "%s: %s (the line is %s)"
            % (
                each.category.__name__,
                each.message,
                "the caller's" if each.filename == here else "another",
            )
            for each in caught
        ]

    def set_amid_warning(self, target, name, value, handler):
        """Set an attribute; the handler of its first warning is a function without arguments."""
        outer, waiting = warnings.showwarning, [handler]

        def show(*args, **kwargs):
            if waiting:
                waiting.pop()()

        warnings.showwarning = show
        try:
            setattr(target, name, value)
        finally:
            warnings.showwarning = outer

    def strictly(self, operation, target, name, *args):
        """One operation ("set" or "call") while warnings are errors."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if operation == "set":
                return setattr(target, name, *args)
            return getattr(target, name)(*args)


class Written(object):
    """A text stream that keeps what is written to it."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass
