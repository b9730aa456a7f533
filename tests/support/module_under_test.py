# fmt: off
# ruff: noqa
# mypy: ignore-errors
"""The module that tests of sessions and replays drive in place of ssl, on Python 2.7 and 3."""

import _ssl
import array
import collections
import ctypes
import os
import sys
import threading
import time
import warnings

try:
    import enum
except ImportError:
    enum = None

PY2 = sys.version_info[0] == 2
OPENSSL = ctypes.PyDLL(_ssl.__file__)

VALUES = {
    "none": None,
    "true": True,
    "int": 5,
    "huge": 2**70,
    "float": 0.1,
    "native": "abc",
    "text": b"\xc3\xa9".decode("utf-8"),
    "bytes": b"\x00\xff",
    "bytearray": bytearray(b"ab"),
    "memoryview": memoryview(b"ab"),
    "array": array.array("i", [1, 2]),
    "list": [1, [2, None]],
    "tuple": (1, (2,)),
    "dict": {"a": 1, "b": (2,)},
    "set": set([1, 2]),
    "frozenset": frozenset([1]),
    "exception": ValueError("inner"),
}

KEPT = []
data = "data"


class Base(Exception):
    pass


class Sub(Base, ValueError):
    pass


class Broken(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Pair(collections.namedtuple("Pair", "one two")):
    __slots__ = ()


if enum is not None:

    class Level(enum.IntEnum):
        LOW = 1
        HIGH = 2

    class Kind(enum.Enum):
        RED = "red"


class Callable(object):
    def __call__(self):
        return "instance called"


class Thing(object):
    made = 0
    plain = 1
    an_instance = Callable()

    def __init__(self):
        type(self).made += 1
        self.reads = 0
        self.child = None

    def __del__(self):
        type(self).made -= 1

    def method(self):
        return "called"

    @property
    def attribute(self):
        self.reads += 1
        return "read"

    @staticmethod
    def static():
        return "static"

    @classmethod
    def of_class(cls):
        return cls.__name__

    def me(self):
        return self


def value(name):
    return VALUES[name]


def type_of(value):
    return type(value).__name__


def as_bytes(value):
    return bytes(bytearray(value))


def identity(value):
    return value


def fill(buffer):
    buffer[0:2] = array.array("i", [7, 8]) if type(buffer) is array.array else b"ZZ"
    return len(buffer)


def fail(name="Sub"):
    plain = OSError()
    plain.args, plain.errno, plain.strerror = (2, "gone"), 2, "gone"  # no class chosen by errno
    made = {}
    exec("class Made(Exception): pass", made)  # its module is that of the built-in ones
    raise {
        "Sub": Sub(7, "text"),
        "Broken": Broken(),
        "OSError": OSError(2, "gone", "f"),
        "plain OSError": plain,
        "Made": made["Made"]("text"),
    }[name]


def call(function, *arguments):
    return function(*arguments)


def call_and_catch(function):
    try:
        return function()
    except BaseException as error:
        return type(error).__name__, error.args


def warn():
    warnings.warn("careful", DeprecationWarning)
    return "warned"


def shout():
    print("printed")
    sys.stdout.flush()
    os.write(1, b'{"value": 666}\n')
    os.write(2, b'{"value": 667}\n')
    return sys.stdin.read()


def read_file(path):
    with open(path, "rb") as stream:
        return stream.read()


def folder(path):
    return sorted(os.listdir(path))


def call_times(count, function, *arguments):
    return [function(*arguments) for _ in range(count)]


def call_with_exception_pending(library, function):
    call = ctypes.PyDLL(library).call_with_exception_pending
    call.argtypes, call.restype = [ctypes.py_object], ctypes.py_object
    return call(function)


def new_function(library):
    new = ctypes.PyDLL(library).new_function
    new.argtypes, new.restype = [], ctypes.py_object
    return new()


def call_in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def call_soon(function):
    def run():
        time.sleep(0.1)
        call_and_catch(function)
        KEPT.append("called")

    thread = threading.Thread(target=run)
    thread.daemon = True
    thread.start()


def is_called():
    return "called" in KEPT


def keep(function):
    KEPT.append(function)


def call_kept():
    return call_and_catch(KEPT.pop())


class CallsWhenDropped(object):
    def __init__(self, function):
        self.function = function

    def __del__(self):
        call_and_catch(self.function)


class SSLContext(object):
    """What a scenario may leave alive, as if it were ssl's."""


class FailsWhenDropped(object):
    def __del__(self):
        raise LookupError("nobody gets this")


def report(count):
    for _ in range(count):
        FailsWhenDropped()


def hold(*values):
    KEPT.extend(values)


def use(buffer):
    KEPT.append(memoryview(buffer))


def open_for_good(what):
    import socket

    KEPT.append(socket.socket() if what == "socket" else open(__file__))


def write_file(path, text):
    with open(path, "w") as stream:
        stream.write(text)


def fail_while_handling():
    try:
        raise LookupError()
    except LookupError:
        raise Sub()


def fail_because_of():
    error = Sub()
    error.__cause__ = LookupError()
    error.__suppress_context__ = True
    raise error


def write_to_stderr(text):
    sys.stderr.write(text)


def queue_an_error():
    """Ask OpenSSL for an object identifier that it does not know: its error stays in the queue."""
    find = OPENSSL.OBJ_txt2obj
    find.restype = ctypes.c_void_p
    assert find(b"nonsense", 1) is None


def has_queued_errors():
    return bool(OPENSSL.ERR_peek_error())


def queue_an_error_and_call(function):
    """As OpenSSL does where it calls back in the middle of what fails; the error is there after."""
    global error_was_kept
    queue_an_error()
    function()
    error_was_kept = has_queued_errors()
