"""Calls in threads of their own."""

import os
import threading
import time


class ThreadProbes(object):
    """Probes that call something in a thread of its own."""

    def thread(self, function, *args, **kwargs):
        """A call in a thread of its own, started; its `result()` waits and returns or raises."""
        return Thread(function, args, kwargs)

    def waiting_thread(self, function, *args, **kwargs):
        """The same, handed out when the call waits for a socket."""
        others = threads_of_system()
        thread = Thread(function, args, kwargs)
        thread.let_it_wait(threads_of_system() - others)
        return thread

    def held_callback(self):
        """A HeldCallback."""
        return HeldCallback()

    def all_at_once(self, count, function, *args):
        """What a call returned in each of so many threads, sorted; for what it raised a text."""
        start = threading.Event()

        def call():
            start.wait()
            return function(*args)

        threads = [Thread(call, (), {}) for _ in range(count)]
        start.set()
        outcomes = []
        for thread in threads:
            try:
                outcomes.append(thread.result())
            except Exception as error:
                reason = to_text(getattr(error, "reason", None) or u"")
                outcomes.append(str(" ".join([type(error).__name__, reason]).strip()))
        return sorted(outcomes, key=repr)


class Thread(object):
    """A call in a thread of its own. It must neither warn nor call the host: that has no order."""

    PATIENCE = 8.0
    """Seconds after which `result()` gives up: fewer than an operation may take."""

    def __init__(self, function, args, kwargs=()):
        self.returned = self.raised = None
        kwargs = dict(kwargs)
        self.thread = threading.Thread(target=self.run, args=(function, args, kwargs))
        self.thread.daemon = True
        self.thread.start()

    def let_it_wait(self, numbers):
        """Return when it waits for a descriptor, or may be taken to where nobody can tell.

        `numbers` are what the system calls it.
        """
        deadline = time.time() + self.PATIENCE
        while self.thread.is_alive() and time.time() < deadline:
            waiting = [waits_for_descriptor(number) for number in numbers]
            if not waiting or None in waiting:
                time.sleep(0.2)
                return
            if all(waiting):
                return
            time.sleep(0.001)

    def run(self, function, args, kwargs):
        try:
            self.returned = function(*args, **kwargs)
        except Exception as error:  # whatever it is, it is the call's outcome
            self.raised = error

    def result(self):
        self.thread.join(self.PATIENCE)
        if self.thread.is_alive():
            raise RuntimeError("The call in a thread has not returned.")
        raised, self.raised = self.raised, None
        if raised is None:
            return self.returned
        try:
            raise raised
        finally:
            del raised  # what its traceback leads to would lead to it, and be kept


class HeldCallback(object):
    """A callback of any arguments that does not return before it is let go."""

    def __init__(self):
        self.begun, self.released = threading.Event(), threading.Event()

    def __call__(self, *args):
        self.begun.set()
        self.released.wait(Thread.PATIENCE)

    def wait(self):
        """Return when it has been called."""
        self.begun.wait(Thread.PATIENCE)
        if not self.begun.is_set():
            raise RuntimeError("The callback has not been called.")

    def let_go(self):
        """Let it return."""
        self.released.set()


WAITING = (
    "poll select unix_stream sock_alloc_send wait_woken sk_wait_data csk_accept wait_for_more"
).split()
"""Parts of the names of the places in Linux where a thread waits for a descriptor."""


def threads_of_system():
    """The numbers that the system has for the threads of this process; none if it does not tell."""
    try:
        return set(os.listdir("/proc/self/task"))
    except OSError:
        return set()


def waits_for_descriptor(number):
    """Whether a thread waits for a descriptor of its own; None if the system does not tell."""
    try:
        with open("/proc/self/task/%s/wchan" % number) as stream:
            place = stream.read()
    except EnvironmentError:
        return None
    return None if place in ("", "0") else any(name in place for name in WAITING)
