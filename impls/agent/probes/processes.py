"""Calls in a child process."""

import json
import os
import signal
import warnings


class ProcessProbes(object):
    """Probes that call something in a child of fork()."""

    def in_child(self, function, *args):
        """What a call returns in a child of fork(), as JSON has it; "raises X" where it raises X.

        It must neither warn nor call the host.
        """
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there may be threads
            child = os.fork()
        if child == 0:
            os.close(reader)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(int(Thread.PATIENCE))  # whatever it hangs in
            write_outcome(writer, function, args)
            leave_process()
        os.close(writer)
        try:
            with os.fdopen(reader, "rb") as stream:
                told = stream.read()
        finally:
            os.waitpid(child, 0)
        if not told:
            raise RuntimeError("The child has not said what the call came to.")
        return native_values(json.loads(told.decode("ascii")))


def write_outcome(descriptor, function, args):
    """Write what a call returns or raises to a pipe."""
    try:
        outcome = function(*args)
        if isinstance(outcome, bytes):
            outcome = outcome.decode("latin-1")
        told = json.dumps(outcome)
    except Exception as error:
        told = json.dumps("raises " + type(error).__name__)
    os.write(descriptor, told.encode("ascii"))


def leave_process():
    """End the process as C programs end: what counts lines writes that.

    Leaks are not looked for: a child has lost what only the other threads referred to.
    """
    import ctypes  # here, as only this needs it

    program = ctypes.CDLL(None)
    if hasattr(program, "__lsan_do_leak_check"):
        os._exit(0)
    program.exit(0)


def native_values(value):
    """What JSON was read from, with texts in the language's `str`."""
    if isinstance(value, list):
        return [native_values(each) for each in value]
    return native_name(value) if isinstance(value, TEXT) else value
