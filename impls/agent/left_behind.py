"""What a scenario leaves behind: objects, buffers, descriptors, files, exceptions, errors.

Runs in one namespace with `agent.py`, see there.
"""

import array
import gc
import os
import re
import sys
import threading
import time
import weakref

CLASSES_OF_SSL = ("SSLSocket", "SSLObject", "SSLContext", "SSLSession", "MemoryBIO")
DESCRIPTORS = "/proc/self/fd"
LOOKS = 7
"""How often to look again: a moment later, where a thread of the scenario may be ending."""

LONGEST_CHAIN = 8

LINKED_TO_OPENSSL = ("_ssl", "__tls_bootstrap")
"""The modules of C that ssl is made of."""

KEPT_FOR_GOOD = re.compile(r"^/(dev|proc|sys|memfd:)|\.so(\.\d+)*$| \(deleted\)$")
"""Files that are no scenario's: of the system, and code that libffi maps when it first needs it."""

REPORTED_BY_2 = re.compile(r"^Exception (?:[\w.]+\.)?(\w+)(?::.*)? in .* ignored$")
"""What 2.7 writes of an exception that it cannot raise, in one line if its text is one."""
REPORTED = "Exception ignored in"
"""What 3.6 and 3.7 begin it with; a traceback follows."""
RAISED = re.compile(r"^(?:[\w.]+\.)?(\w+)(?::|$)")


class LeftBehind(object):
    """Watches a process from scenario to scenario.

    What is kept for good by whoever needs it first, such as the descriptor of a random number
    generator or of an event loop, is nobody's: descriptors count only of sockets and plain files.
    """

    def __init__(self):
        self.references = []
        self.buffers = []
        self.paths = []
        self.names = {}
        self.counts_objects = "__pypy__" not in sys.builtin_module_names
        self.descriptors = descriptors()
        self.queues = []
        self.exceptions = []
        self.stream = Stream(sys.stderr)
        sys.stderr = self.stream
        self.hooked = hasattr(sys, "unraisablehook")
        if self.hooked:
            sys.unraisablehook = self.report

    def report(self, told):
        """Note an exception that could not be raised, and report it as ever."""
        self.exceptions.append(told.exc_type.__name__)
        self.stream.notes = False
        try:
            sys.__unraisablehook__(told)
        finally:
            self.stream.notes = True

    def object(self, value):
        """Note an object that the host has met, if it is one of ssl's classes."""
        cls = type(value)
        if cls not in self.names:
            of_ssl = [each.__name__ for each in getattr(cls, "__mro__", ())]
            self.names[cls] = next((name for name in CLASSES_OF_SSL if name in of_ssl), None)
        if self.names[cls] is not None and self.counts_objects:
            try:
                self.references.append((self.names[cls], weakref.ref(value)))
            except TypeError:  # some classes of some Pythons have no weak references
                pass

    def end(self):
        """What is left of a scenario of which nothing is held any longer: [[of what, how], ..]."""
        left = self.objects() + self.used_buffers() + self.open_descriptors() + self.unheard()
        left += written_files(self.paths) + self.queued_errors()
        self.references, self.buffers, self.paths, self.exceptions = [], [], [], []
        return sorted(left)

    def objects(self):
        def alive():
            return [name for name, reference in self.references if reference() is not None]

        return counted(look_again(alive), "alive")

    def used_buffers(self):
        """Buffers that cannot be resized, as somebody still uses their memory."""
        used = []
        for buffer in self.buffers:
            try:
                if isinstance(buffer, bytearray):
                    buffer.append(0)
                elif isinstance(buffer, array.array):
                    buffer.extend(buffer[:1])
            except BufferError:
                used.append(type(buffer).__name__)
        return counted(used, "in use")

    def open_descriptors(self):
        looks = []

        def new():
            looks.append(descriptors())
            return new_ones(looks[-1], self.descriptors)

        left = look_again(new)
        self.descriptors = looks[-1]
        return counted(left, "open")

    def queued_errors(self):
        """Whether this thread's queue of OpenSSL's errors has any, which it then has no longer."""
        full = [queue for queue in self.queues if queue.ERR_peek_error()]
        for queue in full:
            queue.ERR_clear_error()
        return [["OpenSSL's error queue", "not empty"]] if full else []

    def dropping_errors(self, perform):
        """The function `perform`, leaving no error in the queue that was not there before."""

        def performed(*args):
            for queue in self.queues:
                queue.ERR_set_mark()
            try:
                return perform(*args)
            finally:
                for queue in self.queues:
                    queue.ERR_pop_to_mark()

        return performed

    def unheard(self):
        """Exceptions that were reported because they could not be raised, and all else written."""
        reported, written = self.exceptions, self.stream.take()
        if not self.hooked:
            reported, written = reported_in(written)
        left = []
        if reported:
            left.append(["exceptions", "%s reported and not raised" % ", ".join(reported)])
        if written:
            left.append(["sys.stderr", "%d lines" % len(written)])
        return left


class Stream(object):
    """Standard error, as Python code finds it, which notes what is written to it."""

    def __init__(self, stream):
        self.stream = stream
        self.notes = True
        self.text = ""

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        if self.notes:
            self.text += text
        return self.stream.write(text)

    def take(self):
        """The lines that were written since the last time."""
        text, self.text = self.text, ""
        return text.splitlines()


def look_again(find):
    """What `find` finds even when cycles are gone and other threads had time to end."""
    found = find()
    for look in range(LOOKS if found else 0):
        others = threading.active_count() > 1  # asked first: one that ends now lets go before that
        gc.collect()
        found = find()
        if not found or (look and not others):
            break
        time.sleep(0.01 * 2 ** look)
    return found


def counted(names, how):
    """[[name, "2 alive"], ..] of names that stand there as often as there are such things."""
    return [[name, "%d %s" % (names.count(name), how)] for name in sorted(set(names))]


def written_files(paths):
    """[[name, "5 lines"], ..] of the paths at which a file is now."""
    found = []
    for path in sorted(set(paths)):
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                lines = len(stream.read().splitlines())
            found.append([os.path.basename(path), "%d lines" % lines])
    return found


def chained_to(error):
    """The exceptions that a traceback shows before this one, nearest first (PEP 3134, PEP 415)."""
    found = []
    while len(found) < LONGEST_CHAIN:
        how, earlier = "raised from ", getattr(error, "__cause__", None)
        if earlier is None and not getattr(error, "__suppress_context__", True):
            how, earlier = "raised while handling ", error.__context__
        if earlier is None:
            break
        found.append(how + type(earlier).__name__)
        error = earlier
    return found


def pending_exception(nothing=frozenset()):
    """What C code left set although it returned: the end of a loop is the first step to look.

    Not that of a loop over a tuple: newer Pythons know its end by its length.
    """
    try:
        for _ in nothing:
            pass
    except BaseException as error:
        return error
    return None


def reported_in(lines):
    """The classes of exceptions that lines report as ignored, and the lines that are none of it."""
    classes, others = [], []
    begun = False
    for line in lines:
        found = REPORTED_BY_2.match(line)
        if found:
            classes.append(found.group(1))
        elif line.startswith(REPORTED):
            begun = True
        elif begun:
            found = RAISED.match(line)
            if found and not line.startswith("Traceback "):
                classes.append(found.group(1))
                begun = False
        else:
            others.append(line)
    return classes, others


def descriptors():
    """What is open, where the system tells: {number: what it is}."""
    found = {}
    try:
        numbers = os.listdir(DESCRIPTORS)
    except OSError:
        return found
    for number in numbers:
        try:
            found[number] = os.readlink(os.path.join(DESCRIPTORS, number))
        except OSError:  # the one with which the folder was listed
            pass
    return found


def error_queues():
    """The queues of OpenSSL's errors, one for each library in use, where ctypes gets to them.

    Each is a library of ctypes with the functions that LeftBehind calls, see ERR_get_error(3),
    ERR_clear_error(3) and ERR_set_mark(3).
    """
    queues = []
    try:
        import ctypes
    except ImportError:
        return queues
    for name in LINKED_TO_OPENSSL:
        path = getattr(sys.modules.get(name), "__file__", None)
        try:
            queue = ctypes.PyDLL(path)  # with the GIL: errno stays as it is
            queue.ERR_peek_error.restype = ctypes.c_ulong
            queue.ERR_clear_error.restype = None
        except (AttributeError, OSError):  # one that is not of C, or has an OpenSSL of its own
            continue
        queues.append(queue)
    return queues


def new_ones(found, before):
    """Of what is open and was not, the kinds that count: "socket" or "file" for each."""
    kinds = []
    for number, path in found.items():
        if before.get(number) == path:
            continue
        if path.startswith("socket:"):
            kinds.append("socket")
        elif path.startswith("/") and not KEPT_FOR_GOOD.search(path):
            kinds.append("file")
    return kinds
