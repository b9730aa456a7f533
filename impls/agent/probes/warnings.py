"""Warnings: whose line they point at, and what comes of them as errors."""

import warnings


class WarningProbes(object):
    """Probes about the warnings of one operation."""

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

    def strictly(self, operation, target, name, *args):
        """One operation ("set" or "call") while warnings are errors."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if operation == "set":
                return setattr(target, name, *args)
            return getattr(target, name)(*args)
