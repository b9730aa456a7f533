"""Calls that signals interrupt."""

import signal
import threading


class SignalProbes(object):
    """Probes that call something while signals come."""

    def after_signals(self, function, *args):
        """A call in a thread of its own, when some signals have come to the next operation."""
        begun, some = threading.Event(), threading.Event()
        Signals.WAITING.append((begun, some))

        def call():
            begun.wait(Thread.PATIENCE)
            some.wait(Signals.LONGEST)
            return function(*args)

        return Thread(call, (), {})

    def under_signals(self, function, *args):
        """What a call returns that signals interrupt all the time; their handler does nothing."""
        return Signals(failing=False).interrupt(function, args)

    def under_failing_signals(self, function, *args):
        """The same, but their handler raises KeyError."""
        return Signals(failing=True).interrupt(function, args)


class Signals(object):
    """Signals that come all the time while the main thread is in a call."""

    INTERVAL = 0.01
    SOME = 5
    LONGEST = 0.5
    """Seconds that after_signals() waits for them: some operations run none until they end."""
    MOST = 200

    WAITING = []
    """Events of those who wait for the next: that it has begun, that some signals have come."""

    def __init__(self, failing):
        self.waiting = Signals.WAITING[:]
        del Signals.WAITING[:]
        self.failing = failing
        self.came = 0

    def interrupt(self, function, args):
        """What the call returns; RuntimeError where it takes longer than they come."""
        for begun, _ in self.waiting:
            begun.set()
        signal.signal(signal.SIGALRM, self.handle)
        signal.setitimer(signal.ITIMER_REAL, self.INTERVAL, self.INTERVAL)
        try:
            result = function(*args)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            # Not what was there before: one may have come that has not been handled.
            signal.signal(signal.SIGALRM, lambda *ignored: None)
            self.wake()
            if self.came >= self.MOST:
                raise RuntimeError("The call has outlasted all signals.")
        return result

    def handle(self, number, frame):
        """Another may come in the middle of this."""
        self.came += 1
        if self.came >= self.SOME:
            self.wake()
        if self.failing or self.came >= self.MOST:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self.failing:
            raise KeyError("a handler that fails")

    def wake(self):
        waiting, self.waiting = self.waiting, []
        for _, some in waiting:
            some.set()
