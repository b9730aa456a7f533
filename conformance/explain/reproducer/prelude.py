"""What reproducers have in common: they carry out operations and show outcomes as the suite does.

A reproducer gets the parts of this file that it needs, by source (see sources.py), so all of it
is in the common subset of Python 2.7 and 3. What the suite does in the same way is not repeated
here: it comes by source from conformance/transcript, which Python 2.7 cannot import as it is, and
from the agent.
"""

import array
import atexit
import base64
import gc
import hashlib
import os
import re
import shutil
import socket
import sys
import tempfile
import types
import warnings
import weakref

import ssl

from conformance.transcript.masks import LOOPBACK, TEXT_MASKS
from conformance.transcript.tls_records import RecordStream

LONGEST = 300
"""Characters of one string that are shown: elide.VALUE."""

TEXT = type(u"")
FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type(list.append),
    type(object.__init__),
)
MINTED = {}  # what certificates alone have: sha256 -> name
outcomes = {}  # number of an operation -> its outcome, in one line
warned = []  # warnings of the operation that is going on
met = {}  # id -> label and object, for all that has no better name
numbers = {}  # class name -> how many of it were met
held = True  # whether `met` keeps its objects, so that no id can mean another one
files = {}  # name -> path


def own_folder():
    """A folder that is gone when this ends."""
    made = tempfile.mkdtemp(prefix="conformance-")
    atexit.register(shutil.rmtree, made, True)
    return made


folder = own_folder()  # of what the scenario was given as files


# Values as text


def say(text):
    """Print a line, whatever it holds."""
    if isinstance(text, TEXT):
        text = text.encode("ascii", "backslashreplace")
        text = text if isinstance(text, str) else text.decode("ascii")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def plain(text):
    """A text without what differs from place to place."""
    if not isinstance(text, str):
        text = text.encode("ascii", "backslashreplace")
    for _, part, pattern, replacement in TEXT_MASKS:
        if part in text:  # a pattern may take the square of a long text's length
            text = pattern.sub(replacement, text)
    return text


def encoded(content):
    return content.encode("utf-8", "replace") if isinstance(content, TEXT) else content


def digest(content):
    return hashlib.sha256(encoded(content)).hexdigest()


def short(text, content):
    """A text, or its start with the digest of its content where it is long."""
    if len(text) <= LONGEST:
        return text
    size = len(encoded(content))
    return "%s... (%d long, sha256 %s)" % (text[: LONGEST // 3], size, digest(content)[:8])


def label(value):
    """The class of an object, and which one of its class it is."""
    if id(value) not in met:
        name = type(value).__name__.replace("_socketobject", "socket")  # 2.7's socket.socket
        numbers[name] = numbers.get(name, 0) + 1
        met[id(value)] = ("<%s #%d>" % (name, numbers[name]), value if held else None)
    return met[id(value)][0]


def show(value):
    """A value as the suite shows it."""
    kind = type(value)
    if kind in (str, bytes, TEXT) and MINTED and digest(value) in MINTED:
        return "<%s>" % MINTED[digest(value)]
    if kind is TEXT and kind is not str:
        return repr(value)
    if kind is str:
        value = plain(value)
    if kind in (str, bytes):
        return short(repr(value), value)
    if kind in (bytearray, memoryview, array.array):
        content = value.tobytes() if hasattr(value, "tobytes") else bytes(bytearray(value))
        return short("%s(b%s)" % (kind.__name__, repr(content).lstrip("b")), content)
    if kind is list:
        return "[%s]" % ", ".join(show(item) for item in value)
    if kind is tuple:
        if len(value) == 2 and type(value[1]) is int and show(value[0]) == repr(LOOPBACK):
            value = (value[0], "...")  # an address: its port is another one every time
        return "(%s%s)" % (", ".join(show(item) for item in value), "," * (len(value) == 1))
    if kind in (set, frozenset):
        items = sorted((show(item) for item in value), key=lambda text: text.lstrip("bu"))
        return "%s([%s])" % (kind.__name__, ", ".join(items))
    if kind is dict:
        pairs = sorted(((show(key), show(value[key])) for key in value), key=by_key)
        return "{%s}" % ", ".join("%s: %s" % pair for pair in pairs)
    if isinstance(value, BaseException):
        return "%s(%s)" % (kind.__name__, show(message(value)))
    if isinstance(value, (type, type(re.Scanner))):
        return "<class %s>" % value.__name__
    if isinstance(value, FUNCTIONS):
        return "<%s>" % value.__name__
    if hasattr(kind, "__members__") and hasattr(value, "name") and hasattr(value, "value"):
        if value.name is None:
            return "%s(%s)" % (kind.__name__, show(value.value))
        return "%s.%s" % (kind.__name__, value.name)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        pairs = ["%s=%s" % (name, show(item)) for name, item in zip(kind._fields, value)]
        return "%s(%s)" % (kind.__name__, ", ".join(pairs))
    if value is None or kind in (bool, int, float, type(1 << 64)):
        return repr(value)
    return label(value)


def by_key(pair):
    return pair[0].lstrip("bu")


def message(error):
    try:
        return plain(str(error))
    except Exception as broken:
        return "<str() raised %s>" % type(broken).__name__


# What an outcome in one line does not tell of an exception


def bases(error):
    def names(cls):
        found = []
        for base in cls.__bases__:
            own = [base.__name__] if base is not object else []
            found += [name for name in own + names(base) if name not in found]
        return found

    return " (bases: %s)" % show(names(type(error)))


def argument_count(error):
    return " (argument_count: %d)" % len(error.args)


def chained(error):
    found = chained_to(error)  # noqa: F821 - the agent's, by source: nothing imports that
    return " (chained: %s)" % (show(found) if found else "absent")


def attribute(name):
    def told(error):
        value = show(getattr(error, name)) if hasattr(error, name) else "absent"
        return " (%s: %s)" % (name, value)

    return told


# Operations


def content_of(buffer):
    if isinstance(buffer, array.array):
        return buffer.tobytes() if hasattr(buffer, "tobytes") else buffer.tostring()
    return bytes(buffer)


def step(number, action, render=show, buffers=(), detail=None, call=None):
    """Carry out one operation and print what came of it; return its value.

    `buffers` are those that it may fill; `detail` tells more of an exception; `call` is printed
    before the outcome.
    """
    outer = warned[:]
    del warned[:]
    contents = [content_of(buffer) for buffer in buffers]
    value = None
    try:
        value = action()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        text = "raises %s: %s" % (type(error).__name__, message(error))
        if detail is not None:
            text += detail(error)
    else:
        pending = pending_exception()  # noqa: F821 - the agent's, by source
        text = render(value)
        if pending is not None:
            text += "; pending %s" % show(pending)
    filled = [content_of(buffer) for buffer in buffers]
    changed = [new for new, old in zip(filled, contents) if new != old]
    if changed:
        shown = ["b" + repr(content).lstrip("b") for content in changed]
        text += "; mutated [%s]" % ", ".join(short(*pair) for pair in zip(shown, changed))
    if warned:
        text += "; warnings [%s]" % ", ".join(warned)
    warned[:] = outer
    outcomes[number] = text
    say("%4d  %s" % (number, text if call is None else "%s  ->  %s" % (call, text)))
    return value


def exit_status(here, reference, recorded):
    """1 while it differs from the reference, 0 where it no longer does; says which."""
    texts = [str(here), reference, recorded]
    spelled = [re.sub(r"\b[bu](?=['\"])", "", text) for text in texts]
    if spelled[1] != spelled[2]:  # else the spelling is what differs
        texts = spelled
    if texts[0] == texts[1]:
        say("It does not differ here.")
        return 0
    say("It differs here." if texts[0] == texts[2] else "It differs here, in another way.")
    return 1


def course_status(differs):
    """1 while the scenario goes on as it was recorded to, 0 where it goes on as the reference."""
    say("It differs here." if differs else "It does not differ here.")
    return int(differs)


def show_warning(text, category, filename, lineno, file=None, line=None):
    warned.append(show("%s: %s" % (category.__name__, plain(str(text)))))


def record_warnings():
    warnings.simplefilter("always")
    warnings.showwarning = show_warning


def called(number, args):
    """Print what a function was called with."""
    outcomes[number] = show(list(args))
    say("%4d  called with %s" % (number, outcomes[number]))


def got(action):
    """A part of what an operation returned, where there is that part."""
    try:
        return action()
    except Exception:
        return None


def only_the_suite(name):
    """End the script: what comes next cannot be had outside of the suite."""
    say("Only the suite has native.%s: run the scenario to see whether it differs." % name)
    sys.exit(2)


# Outcomes that are random


def part_of(length=lambda: None):
    """Shows how many bytes of TLS there were: that number is random."""

    def render(value):
        if type(value) is not int:
            return show(value)
        if value == length():
            return "<all bytes>"
        return "<no bytes>" if value == 0 else "<some bytes>" if value > 0 else "<%d bytes>" % value

    return render


def length_of(what):
    """Shows how long something random is."""

    def render(value):
        return "<%s of %d bytes>" % (what, len(value)) if type(value) is bytes else show(value)

    return render


def a_time(value):
    return "<a time>" if type(value) is int else show(value)


class Records(object):
    """Shows which TLS records came out of a BIO."""

    def __init__(self):
        self.stream = RecordStream()

    def show(self, value, lengths=False):
        if type(value) is not bytes:
            return show(value)
        found = self.stream.feed(value, lengths)
        return "records[%s]" % ", ".join(found + ["..."] * self.stream.is_inside_record)

    def show_lengths(self, value):
        return self.show(value, True)


# Bytes


def unbase64(text):
    return base64.b64decode(text.encode("ascii"))


def flipped(data, mask):
    """Bytes of TLS that were tampered with on their way."""
    return bytes(bytearray(byte ^ mask for byte in bytearray(data)))


# Objects


def forget(*names):
    """Let go of objects, as the scenario had done by now."""
    for name in names:
        met.pop(id(globals().pop(name, None)), None)


def weak_reference(value):
    """A function that returns the object, or None once it is gone."""
    reference = weakref.ref(value)

    def referent():
        return reference()

    return referent


def is_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def collect():
    gc.collect()


def tested_module():
    return ssl


def unused_path(name):
    """Where a file of that name may be written; nothing is there yet."""
    path = os.path.join(folder, "new", name)
    if os.path.lexists(path):
        os.remove(path)
    elif not os.path.isdir(os.path.dirname(path)):
        os.mkdir(os.path.dirname(path))
    return path


new_path = unused_path


def listening_socket(family="AF_UNIX"):
    """A socket that listens, at an address of its own."""
    listener = socket.socket(getattr(socket, family), socket.SOCK_STREAM)
    if family == "AF_UNIX":
        listener.bind(os.path.join(own_folder(), "socket"))
    else:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    return listener


def limit_versions(context, minimum=None, maximum=None):
    """Set the TLS versions of a context with the options that every Python has."""
    names = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
    first = 0 if minimum is None else names.index(minimum)
    last = len(names) - 1 if maximum is None else names.index(maximum)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for position, name in enumerate(names):
            if not first <= position <= last:
                context.options |= getattr(ssl, "OP_NO_" + name.replace(".", "_"))
