"""The agent: runs inside an implementation and executes one operation at a time for the host.

One file, standard library alone, CPython 2.7 to 3.15 and PyPy. The host starts the interpreter
with a one-line bootstrap, sends this source as one line on standard input, and talks to it from
then on in lines of ASCII JSON. The agent moves the protocol to private descriptors first, so
whatever the implementation prints goes to standard error (the host's log), never into an answer.

    host                                                agent
    "<this file as a JSON string>"                  ->
                                                    <-  {"agent": 1}
    {"op": "start", "module": M, "set_up": [..], "path": [..]}
                                                    ->  <-  {"hello": {...}} | {"failure": "..."}
    {"op": "get",   "on": H, "name": N}             ->  <-  outcome
    {"op": "set",   "on": H, "name": N, "args": [V]}
    {"op": "del",   "on": H, "name": N}
    {"op": "call",  "on": H, "name": N | null, "args": [V..], "kwargs": {N: V}}
    {"op": "probe", "name": N, "args": [V..], "kwargs": {N: V}}
    {"op": "end"}                                   ->  <-  {"value": {"changed": [..], "alive": n}}

H is a handle (0 is the module asked). Every request may carry "free": [H..]. An outcome is
{"value": V} or {"error": E}, with "warnings", "mutated" (buffer arguments the operation filled)
and "classes" (descriptions of the types met for the first time) where there are any. Where an
operation calls back, the agent sends {"callback": ID, "args": [V..], "kwargs": {..}} instead of
the outcome and serves requests until it is given {"op": "return", "value": V} or
{"op": "raise", "class": V, "args": [V..]}; the outcome follows. A request the agent cannot
carry out is answered with {"failure": "..."}: the agent's fault, never the implementation's.

V: null, true, 1, "text" (the language's `str`), [list], and {"t": TYPE, ...} for all else.
"""

import array
import binascii
import copy
import errno
import gc
import inspect
import itertools
import json
import operator
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
import weakref

try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import faulthandler
except ImportError:
    faulthandler = None
try:
    from enum import Enum
except ImportError:
    Enum = None

PY2 = sys.version_info[0] == 2
TEXT = type(u"")
LONG = long if PY2 else int  # noqa: F821
CLASS_TYPES = (type, types.ClassType) if PY2 else (type,)
FUNCTION_TYPES = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type(list.append),
    type(object.__init__),
)
ERROR_ATTRIBUTES = (
    "errno",
    "strerror",
    "filename",
    "library",
    "reason",
    "verify_code",
    "verify_message",
)


class AgentError(Exception):
    """The host asked for something the agent does not know: a defect of the suite."""


def to_base64(data):
    return binascii.b2a_base64(bytes(data)).decode("ascii").strip()


def from_base64(text):
    return binascii.a2b_base64(text.encode("ascii"))


def to_text(value):
    """The text of a native string, whatever 2.7 put into it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def native_name(text):
    """A name as 2.7 wants it for attributes and keywords: `str`, not `unicode`."""
    return text.encode("ascii") if PY2 else text


def buffer_bytes(value):
    return value.tostring() if PY2 and isinstance(value, array.array) else bytes(bytearray(value))


class Channel(object):
    """The private pipe to the host: one JSON document a line."""

    def __init__(self):
        self.reader = os.fdopen(self._private(0), "rb")
        self.writer = os.fdopen(self._private(1), "wb")
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)

    @staticmethod
    def _private(descriptor):
        copy = os.dup(descriptor)
        if fcntl is not None:
            flags = fcntl.fcntl(copy, fcntl.F_GETFD)
            fcntl.fcntl(copy, fcntl.F_SETFD, flags | fcntl.FD_CLOEXEC)
        return copy

    def send(self, message):
        line = json.dumps(message, separators=(",", ":"))
        self.writer.write(line.encode("ascii") + b"\n")
        self.writer.flush()

    def receive(self):
        line = self.reader.readline()
        if not line:
            raise EOFError
        return json.loads(line.decode("ascii"))


class Objects(object):
    """What the host holds by handle, and the codec between Python values and the wire."""

    def __init__(self, call_back):
        self.call_back = call_back
        self.by_handle = {}
        self.handle_of = {}
        self.last_handle = 0
        self.classes = {}
        self.class_number = {}
        self.new_classes = {}
        self.callbacks = {}
        self.callback_number = {}
        self.folder = None
        self.files = {}

    # Handles

    def hold(self, value):
        """The handle of a value; the same object has the same handle for as long as it is held."""
        handle = self.handle_of.get(id(value))
        if handle is None:
            self.last_handle += 1
            handle = self.last_handle
            self.by_handle[handle] = value
            self.handle_of[id(value)] = handle
        return handle

    def free(self, handles):
        for handle in handles:
            value = self.by_handle.pop(handle)
            del self.handle_of[id(value)]

    def end(self):
        """Forget every handle and callback of the scenario; return how many were still held."""
        alive = len(self.by_handle) - 1
        for handle in [handle for handle in self.by_handle if handle]:
            self.free([handle])
        self.callbacks.clear()
        self.callback_number.clear()
        return alive

    # Python -> wire

    def number_of_class(self, cls):
        """The number of a class; its description goes along with the next answer if it is new."""
        number = self.class_number.get(cls)
        if number is None:
            number = len(self.classes)
            self.classes[number] = cls
            self.class_number[cls] = number
            self.new_classes[number] = self.describe_class(cls)
        return number

    def describe_class(self, cls):
        is_exception = isinstance(cls, type) and issubclass(cls, BaseException)
        return {
            # 2.7 has another name for what it offers as socket.socket.
            "name": "socket" if cls is socket.socket else cls.__name__,
            "module": to_text(getattr(cls, "__module__", None)),
            "bases": [self.number_of_class(base) for base in cls.__bases__],
            "exception": is_exception,
            "members": {} if is_exception else class_members(cls),
        }

    def encode(self, value):
        kind = type(value)
        if value is None or kind is bool or kind is int:
            return value
        if kind is TEXT:
            return {"t": "unicode", "v": value} if PY2 else value
        if kind is bytes:
            return {"t": "str" if PY2 else "bytes", "v": to_base64(value)}
        if kind is LONG:
            return {"t": "long", "v": value}
        if kind is float:
            return {"t": "float", "v": repr(value)}
        if kind is list:
            return [self.encode(item) for item in value]
        if kind is tuple:
            return {"t": "tuple", "v": [self.encode(item) for item in value]}
        if kind is dict:
            pairs = [[self.encode(key), self.encode(item)] for key, item in value.items()]
            return {"t": "dict", "v": sorted(pairs, key=json.dumps)}
        if kind is set or kind is frozenset:
            items = [self.encode(item) for item in value]
            return {"t": kind.__name__, "v": sorted(items, key=json.dumps)}
        if kind is bytearray:
            return {"t": "bytearray", "v": to_base64(value)}
        if kind is memoryview:
            return {"t": "memoryview", "v": to_base64(value.tobytes())}
        if kind is array.array:
            return {"t": "array", "c": value.typecode, "v": to_base64(buffer_bytes(value))}
        return self.encode_object(value, kind)

    def encode_object(self, value, kind):
        if id(value) in self.callback_number:
            return {"t": "callback", "id": self.callback_number[id(value)]}
        if isinstance(value, CLASS_TYPES):
            number = self.number_of_class(value)
            if isinstance(value, type) and issubclass(value, BaseException):
                return {"t": "class", "c": number}
            return {"t": "class", "c": number, "h": self.hold(value)}
        if isinstance(value, FUNCTION_TYPES):
            name = getattr(value, "__name__", kind.__name__)
            return {"t": "function", "h": self.hold(value), "n": name}
        if isinstance(value, BaseException):
            return {"t": "exception", "e": self.encode_error(value)}
        if kind is ByHandle:
            value, kind = value.value, type(value.value)
            return {"t": "object", "h": self.hold(value), "c": self.number_of_class(kind)}
        number = self.number_of_class(kind)
        if is_enumeration(kind):
            return {
                "t": "enum",
                "c": number,
                "h": self.hold(value),
                "n": self.encode(value.name),
                "v": self.encode(value.value),
            }
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return {
                "t": "namedtuple",
                "c": number,
                "h": self.hold(value),
                "f": list(kind._fields),
                "v": [self.encode(item) for item in value],
            }
        return {"t": "object", "h": self.hold(value), "c": number}

    def encode_error(self, error):
        try:
            text = to_text(str(error))
        except Exception as broken:  # a broken __str__ is the implementation's answer too
            text = u"<str() raised %s>" % type(broken).__name__
        attributes = {}
        for name in ERROR_ATTRIBUTES:
            if hasattr(error, name):
                attributes[name] = self.encode(getattr(error, name))
        return {
            "c": self.number_of_class(type(error)),
            "args": [self.encode(argument) for argument in error.args],
            "str": text,
            "attributes": attributes,
        }

    # Wire -> Python

    def decode(self, value, buffers):
        """The Python value; mutable buffers are noted in `buffers` as (key, object, content)."""
        if isinstance(value, list):
            return [self.decode(item, buffers) for item in value]
        if isinstance(value, TEXT):
            return self.native_text(value)
        if not isinstance(value, dict):
            return value
        kind = value["t"]
        if kind == "bytes":
            return from_base64(value["v"])
        if kind == "handle":
            return self.by_handle[value["h"]]
        if kind == "class":
            return self.classes[value["c"]]
        if kind == "float":
            return float(value["v"])
        if kind == "tuple":
            return tuple(self.decode(item, buffers) for item in value["v"])
        if kind == "set":
            return set(self.decode(item, buffers) for item in value["v"])
        if kind == "dict":
            return dict(
                (self.decode(key, buffers), self.decode(item, buffers)) for key, item in value["v"]
            )
        if kind == "callback":
            return self.callback(value["id"])
        if kind in ("file", "folder"):
            return self.file(value)
        if kind in ("bytearray", "array", "memoryview"):
            return self.decode_buffer(value, buffers)
        raise AgentError("a value of the unknown type %r" % kind)

    @staticmethod
    def native_text(text):
        if PY2:
            try:
                return text.encode("ascii")
            except UnicodeEncodeError:
                return text
        return text

    @staticmethod
    def decode_buffer(value, buffers):
        content = from_base64(value["v"])
        if value["t"] == "array":
            result = array.array(native_name(value["c"]))
            (result.fromstring if PY2 else result.frombytes)(content)
            base = result
        else:
            base = bytearray(content) if value["m"] else content
            result = base
            if value["t"] == "memoryview":
                result = memoryview(base)[value["start"] : value["stop"] : value["step"]]
        if value["m"]:
            buffers.append((value["k"], base, content))
        return result

    def callback(self, number):
        """The function that stands for a function of the host."""
        if number not in self.callbacks:
            call_back = self.call_back

            def callback(*args, **kwargs):
                return call_back(number, args, kwargs)

            self.callbacks[number] = callback
            self.callback_number[id(callback)] = number
        return self.callbacks[number]

    def file(self, value):
        """The path of this machine's copy of a file or folder of the host."""
        name = native_name(value["name"])
        if name not in self.files:
            path = os.path.join(self.own_folder(), name)
            if value["t"] == "folder":
                os.makedirs(path)
                for entry, content in value["v"].items():
                    write_file(os.path.join(path, native_name(entry)), content)
            else:
                if not os.path.isdir(os.path.dirname(path)):
                    os.makedirs(os.path.dirname(path))
                write_file(path, value["v"])
            self.files[name] = path
        return self.files[name]

    def own_folder(self):
        """The folder of what this agent writes, made when it is first wanted."""
        if self.folder is None:
            self.folder = tempfile.mkdtemp(prefix="conformance-")
        return self.folder

    def new_folder(self):
        """An empty folder in that."""
        return tempfile.mkdtemp(dir=self.own_folder())

    def new_path(self, name):
        """The same path in every scenario."""
        path = os.path.join(self.own_folder(), "new", name)
        if os.path.exists(path):
            os.remove(path)
        elif not os.path.isdir(os.path.dirname(path)):
            os.mkdir(os.path.dirname(path))
        return path

    def remove_files(self):
        if self.folder is not None:
            import shutil

            shutil.rmtree(self.folder, ignore_errors=True)


def write_file(path, content):
    with open(path, "wb") as stream:
        stream.write(from_base64(content))


def is_enumeration(kind):
    return (Enum is not None and issubclass(kind, Enum)) or (
        hasattr(kind, "__members__") and hasattr(kind, "name") and hasattr(kind, "value")
    )


def is_method(attribute):
    """True for what a class holds to be called on its instances, read without calling anything."""
    if isinstance(attribute, (staticmethod, classmethod)):
        return True
    kind = type(attribute)
    return (
        hasattr(kind, "__call__")
        and hasattr(kind, "__get__")
        and not hasattr(kind, "__set__")
        and not isinstance(attribute, CLASS_TYPES)
    )


def class_members(cls):
    """{name: "method" | "data"} of a class, its bases included, dunder names left out."""
    members = {}
    for base in reversed(getattr(cls, "__mro__", (cls,))):
        for name, attribute in vars(base).items():
            if not name.startswith("__"):
                members[name] = "method" if is_method(attribute) else "data"
        if PY2 and base is socket._socketobject:  # keeps its methods in slots of each instance
            members.update((name, "method") for name in socket._delegate_methods)
    return members


def module_members(module):
    """{name: "method" | "class" | "data"} of a module; exception classes are data."""
    members = {}
    for name, value in vars(module).items():
        if isinstance(value, FUNCTION_TYPES):
            members[name] = "method"
        elif isinstance(value, CLASS_TYPES):
            is_exception = isinstance(value, type) and issubclass(value, BaseException)
            members[name] = "data" if is_exception else "class"
        else:
            members[name] = "data"
    return members


def kind_of(value):
    if not isinstance(value, CLASS_TYPES):
        return "function"
    return "exception" if issubclass(value, BaseException) else "class"


def default_text(value):
    """A default of a parameter, in words that all languages have."""
    if is_enumeration(type(value)):
        return "%s.%s" % (type(value).__name__, value.name)
    if value is None or isinstance(value, (bool, int, float, str, tuple)):
        return repr(value)
    return type(value).__name__


class Surface(object):
    """Which object stands behind each name of the ssl modules, to see what a step changes."""

    CLASSES = ("SSLContext", "SSLSocket", "SSLObject", "MemoryBIO", "SSLSession", "SSLError")

    def __init__(self, asked):
        self.names = {}
        self.owners = []
        for module in [sys.modules.get(name) for name in ("ssl", "_ssl", "socket")] + [asked]:
            if module is None:
                continue
            self.add(module.__name__, module)
            for name in self.CLASSES:
                cls = vars(module).get(name)
                if isinstance(cls, type):
                    self.add("%s.%s" % (module.__name__, name), cls)

    def add(self, prefix, owner):
        self.owners.append((owner, list(vars(owner)), list(vars(owner).values())))
        for name, value in vars(owner).items():
            self.names["%s.%s" % (prefix, name)] = value

    def is_current(self):
        """Whether every name still stands for the same object, and none came or went."""
        return all(
            list(vars(owner)) == names
            and all(map(operator.is_, vars(owner).values(), values))
            for owner, names, values in self.owners
        )

    def changed(self, later):
        """Sorted names that were there and are gone or another object in `later`."""
        gone = object()
        return sorted(
            name for name, value in self.names.items() if later.names.get(name, gone) is not value
        )

    def added(self, later):
        return sorted(name for name in later.names if name not in self.names)


class Flags(object):
    """What sys.flags says, but that the environment counts: agents run with -E."""

    ignore_environment = 0

    def __init__(self, flags):
        self.flags = flags

    def __getattr__(self, name):
        return getattr(self.flags, name)


class Probes(object):
    """What a scenario cannot say through the proxies, by name. Each is called like an operation."""

    def __init__(self, agent):
        self.agent = agent
        self.flags = sys.flags
        self.variables = {}
        self.waiting_for_signals = []

    def restore(self):
        """What a scenario changed of the process, as it was."""
        for name, value in self.variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.variables = {}
        sys.flags = self.flags

    def set_environment(self, name, value):
        """Give a variable of the environment a value until the scenario ends."""
        self.variables.setdefault(name, os.environ.get(name))
        os.environ[name] = value

    def heed_environment(self):
        """Let sys.flags say until the scenario ends that the environment counts."""
        sys.flags = Flags(self.flags)

    def new_path(self, name):
        """Where a scenario may write a file of that name; nothing is there yet."""
        return self.agent.objects.new_path(name)

    def key_log(self, path):
        """What is in a key log, line by line, but for the secrets: "LABEL (length, length)"."""
        with open(path) as stream:
            lines = stream.read().splitlines()
        told = []
        for line in lines:
            words = line.split(" ")
            sizes = ", ".join(str(len(word)) for word in words[1:])
            told.append(line if line.startswith("#") else "%s (%s)" % (words[0], sizes))
        return told

    def type_name(self, value):
        return type(value).__name__

    def repr(self, value):
        return repr(value)

    def str(self, value):
        return str(value)

    def has(self, value, name):
        return hasattr(value, name)

    def is_same(self, one, other):
        return one is other

    def is_equal(self, one, other):
        return one == other

    def is_hashable(self, value):
        try:
            hash(value)
        except TypeError:
            return False
        return True

    def is_instance(self, value, cls):
        return isinstance(value, cls)

    def is_subclass(self, cls, base):
        return issubclass(cls, base)

    def subclass(self, cls, name):
        """A new subclass that adds nothing."""
        return type(cls)(name, (cls,), {})

    def construct(self, cls, *args, **kwargs):
        """A new instance; for exception classes, which are the host's own over there."""
        return cls(*args, **kwargs)

    def answering(self, name, function):
        """An object of a class of its own whose special method of that name calls a function."""
        methods = {"__%s__" % name: lambda self: function()}
        if name == "bool":  # its name in 2.7
            methods["__nonzero__"] = methods["__bool__"]
        return type("Answering", (object,), methods)()

    def copy(self, value):
        return copy.copy(value)

    def module(self, name):
        """An imported module, for what ssl is to share with it."""
        __import__(name)
        return sys.modules[name]

    def standard(self, name):
        """A member of the standard library's ssl, which may not be the module asked."""
        return getattr(self.module("ssl"), name)

    def weak_reference(self, value):
        """A function that returns the object, or None once it is gone."""
        reference = weakref.ref(value)

        def referent():
            return reference()

        return referent

    def refers(self, one, other):
        """Whether the garbage collector knows the one as a referrer of the other."""
        return any(found is one for found in gc.get_referrers(other))

    def collect(self):
        """One full garbage collection."""
        gc.collect()

    def length(self, value):
        return len(value)

    def integer(self, value):
        return int(value)

    def operate(self, name, *operands):
        """The function of that name in the operator module ("or" stands for "or_")."""
        function = getattr(operator, name, None) or getattr(operator, name + "_")
        return function(*operands)

    def unicode(self, text):
        """The text as 2.7's `unicode` (3's `str`), held by handle so that it stays one."""
        return ByHandle(to_text(text))

    def zeros(self, size, mapped=False):
        """A writable buffer of so many zeros; what nobody writes to takes no memory.

        As mapped it is, on 2.7, one of the old interface.
        """
        import ctypes  # here, as only this needs them
        import mmap

        memory = mmap.mmap(-1, size)
        return ByHandle(memory if mapped else (ctypes.c_char * size).from_buffer(memory))

    def beginning(self, buffer, size):
        return buffer[:size]

    def limit_versions(self, context, minimum=None, maximum=None):
        """Set up the TLS versions of a context, named as `version()` returns them.

        Only for set-up, so it uses the options that every Python has, 2.7 too, and drops the
        warnings of those that would rather have minimum_version and maximum_version.
        """
        names = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
        first = 0 if minimum is None else names.index(minimum)
        last = len(names) - 1 if maximum is None else names.index(maximum)
        self.agent.warnings_off = True
        try:
            for position, name in enumerate(names):
                if not first <= position <= last:
                    option = "OP_NO_" + name.replace(".", "_")
                    context.options |= getattr(self.agent.module, option)
        finally:
            self.agent.warnings_off = False

    def delete_attribute(self, value, name):
        delattr(value, name)

    def arrival(self, bio, wants_read):
        """An Arrival at this BIO, for operations that want to read by that exception."""
        return Arrival(bio, wants_read)

    def socketpair(self, family="AF_UNIX"):
        """Two stream sockets that are connected with each other."""
        if family != "AF_UNIX":
            listener = self.listening_socket(family)
            near = self.connecting_socket(listener)
            far = listener.accept()[0]
            listener.close()
            return near, far
        ends = socket.socketpair()
        if PY2:  # there it returns what socket.socket is made around
            ends = tuple(socket.socket(_sock=end) for end in ends)
        return ends

    def unconnected_socket(self, kind="SOCK_STREAM", family="AF_UNIX"):
        """A new socket of the family and kind that socketpair() makes, or of others."""
        sock = socket.socket(getattr(socket, family), getattr(socket, kind))
        if (family, kind) == ("AF_INET", "SOCK_STREAM"):
            # What is sent is there at once, as with AF_UNIX; accept() passes it on.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def listening_socket(self, family="AF_UNIX"):
        """A socket that listens, at an address of its own."""
        listener = self.unconnected_socket(family=family)
        if family == "AF_UNIX":
            listener.bind(os.path.join(self.agent.objects.new_folder(), "socket"))
        else:
            listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        return listener

    def deaf_socket(self):
        """A TCP socket with an address, at which nobody listens."""
        sock = self.unconnected_socket(family="AF_INET")
        sock.bind(("127.0.0.1", 0))
        return sock

    def full_listener(self, family):
        """A socket that listens, without room for another than the one that waits, and that one."""
        listener = self.listening_socket(family)
        listener.listen(0)
        return listener, self.connecting_socket(listener)

    def connecting_socket(self, listener):
        """A new socket that is connected to one that listens; nobody has accepted it yet."""
        sock = self.unconnected_socket(family="AF_UNIX" if listener.family == 1 else "AF_INET")
        sock.connect(listener.getsockname())
        return sock

    def reset_socket(self, words=b""):
        """A TCP socket whose peer said something, not in TLS, and has reset the connection."""
        near, far = self.socketpair("AF_INET")
        self.reset(far, words)
        self.wait_for_reset(near)
        return near

    def wait_for_reset(self, sock):
        """Return when the peer's reset has come."""
        poll = select.poll()
        poll.register(sock.fileno(), 0)
        if not poll.poll(Thread.PATIENCE * 1000):
            raise RuntimeError("The connection was not reset.")

    def reset(self, sock, words=b""):
        """Say something on a TCP socket and reset its connection."""
        sock.sendall(words)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()  # without lingering: that resets

    def first_words(self, listener, words):
        """A Thread that accepts one connection, says something there, not in TLS, and returns it."""
        listener.settimeout(Thread.PATIENCE)

        def speak():
            sock = listener.accept()[0]
            sock.sendall(words)
            return sock

        return Thread(speak, (), {})

    def error_number(self, name):
        """The number of an error of the system by name."""
        return getattr(errno, name)

    def open(self, path):
        """A File, opened to read bytes."""
        return File(open(path, "rb"))

    def file_of(self, end, mode):
        """What makefile() returns, whose class is each language's own, as a File."""
        return File(end.makefile(mode))

    def number_at(self, value, name):
        """An attribute as a plain int, for what is a member of an enumeration in Python 3 alone."""
        return int(getattr(value, name))

    def enter_and_leave(self, manager):
        """Whether a `with` statement over an object gives that object."""
        with manager as entered:
            return entered is manager

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
        encode = self.agent.objects.encode
        return sorted(outcomes, key=lambda value: json.dumps(encode(value), sort_keys=True))

    def conversation(self, client, server, hostname, session=None):
        """A function that connects the two contexts in memory, says hello and returns what it got."""
        bio, wants_read = self.agent.module.MemoryBIO, self.agent.module.SSLWantReadError

        def talk():
            to_client, to_server = bio(), bio()
            near = client.wrap_bio(to_client, to_server, server_hostname=hostname, session=session)
            far = server.wrap_bio(to_server, to_client, server_side=True)
            waiting = [near, far]
            while waiting:
                for end in list(waiting):
                    try:
                        end.do_handshake()
                    except wants_read:
                        continue
                    waiting.remove(end)
            for number in range(20):
                near.write(b"hello")
                far.write(far.read(5))
                answer = near.read(5)
            subject = dict(item for name in near.getpeercert()["subject"] for item in name)
            told = (near.version(), answer.decode("ascii"), near.session_reused, len(subject))
            return "%s %s, reused: %s, names: %d" % told

        return talk

    def switching_callback(self, context):
        """A callback for server names that gives the connection another context."""

        def switch(connection, name, original):
            connection.context = context

        return switch

    def repeated(self, times, function, *args):
        """A function that makes one call so many times and returns the last result."""

        def repeat():
            for _ in range(times):
                result = function(*args)
            return result

        return repeat

    def serving(self, context):
        """A Server of one connection on the loopback interface."""
        return Server(context)

    def message_log(self, failing_at=None):
        """A MessageLog; its call number `failing_at`, counted from 0, raises KeyError."""
        return MessageLog(failing_at)

    def socket_number(self, name):
        """A number of the socket module by name."""
        return int(getattr(socket, name))

    def kept(self, function, *args, **kwargs):
        """What a call returns, held by handle: for a value that is another one in every run."""
        return ByHandle(function(*args, **kwargs))

    def thread(self, function, *args, **kwargs):
        """A call in a thread of its own, started; its `result()` waits and returns or raises."""
        return Thread(function, args, kwargs)

    def pour(self, source, target):
        """Send on one socket what another has received."""
        target.sendall(source.recv(65536))

    def drip(self, source, target, pause):
        """The same in a thread, in two dozen pieces or more, until the other end is closed."""
        data = source.recv(65536)
        size = max(1, len(data) // 24)
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        return Thread(self.slowly, (pause, target.send, pieces))

    def sip(self, sock, size, pause):
        """A thread that reads so many bytes at a time until the other end is closed."""
        return Thread(self.slowly, (pause, sock.recv, itertools.repeat(size)))

    def slowly(self, pause, operation, arguments):
        try:
            for argument in arguments:
                if not operation(argument):
                    return
                time.sleep(pause)
        except socket.error:
            pass

    def duplicate(self, sock):
        """Another socket for the same connection; dup() of 2.7 has the same time-out."""
        return socket.fromfd(sock.fileno(), sock.family, sock.type)

    def clog(self, sock):
        """Send on a socket, not in TLS, until it takes no more; what that was, for unclog()."""
        sent = 0
        sock.setblocking(False)
        try:
            while True:
                sent += sock.send(b"x" * 4096)
        except socket.error as error:
            if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
                raise
        return ByHandle(sent)

    def unclog(self, sock, sent):
        """Read it at the other end."""
        sock.setblocking(False)
        while sent:
            read = len(sock.recv(sent))
            if not read:
                raise RuntimeError("It is not there any more.")
            sent -= read

    def probe(self, name):
        """A probe, as a function for another: what the host hands over itself calls back."""
        return getattr(self, name)

    def after_signals(self, function, *args):
        """A call in a thread of its own, when some signals have come to the next operation."""
        begun, some = threading.Event(), threading.Event()
        self.waiting_for_signals.append((begun, some))

        def call():
            begun.wait(Thread.PATIENCE)
            some.wait(Signals.LONGEST)
            return function(*args)

        return Thread(call, (), {})

    def under_signals(self, function, *args):
        """What a call returns that signals interrupt all the time; their handler does nothing."""
        return self.interrupted(function, args, failing=False)

    def under_failing_signals(self, function, *args):
        """The same, but their handler raises KeyError."""
        return self.interrupted(function, args, failing=True)

    def interrupted(self, function, args, failing):
        waiting, self.waiting_for_signals = self.waiting_for_signals, []
        return Signals(waiting, failing).interrupt(function, args)

    def waiting_thread(self, function, *args, **kwargs):
        """The same, handed out when the call waits for a socket."""
        others = threads_of_system()
        thread = Thread(function, args, kwargs)
        thread.let_it_wait(threads_of_system() - others)
        return thread

    def public_names(self, initial):
        """What the module itself offers under names that begin so: "NAME KIND" or with a value."""
        module = self.agent.module
        own = set(["ssl", "_ssl", module.__name__, "_" + module.__name__])
        told = []
        for name, value in sorted(vars(module).items()):
            if not name.startswith(initial) or isinstance(value, types.ModuleType):
                continue
            if name.startswith(("AF_", "SOCK_", "SOL_", "SO_")):  # of the socket module
                continue
            if isinstance(value, CLASS_TYPES + FUNCTION_TYPES):
                if getattr(value, "__module__", None) in own:
                    told.append("%s %s" % (name, kind_of(value)))
            elif isinstance(value, (int, LONG)):
                told.append("%s %s %d" % (name, type(value).__name__, value))
            else:
                told.append("%s %s %r" % (name, type(value).__name__, value))
        return told

    def public_members(self, cls, initial):
        """The names of a class that begin so, its bases' too, each with what it is."""
        members = class_members(cls)
        names = [name for name in sorted(members) if name.startswith(initial)]
        return ["%s %s" % (name, members[name]) for name in names]

    def own_bases(self, cls):
        """The names of a class and its bases, as far as they are of ssl."""
        others = ("builtins", "__builtin__", "exceptions", "socket", "_socket")
        return [base.__name__ for base in cls.__mro__ if base.__module__ not in others]

    def enumeration_members(self, cls):
        """The members of an enumeration, aliases too, as "NAME VALUE"; None for another class."""
        if not hasattr(cls, "__members__"):
            return None
        told = []
        for name, member in cls.__members__.items():
            value = member.value
            told.append("%s %s" % (name, int(value) if isinstance(value, int) else value.oid))
        return told

    def signature(self, function):
        """The parameters of a Python function or method that may be positional, with defaults.

        A "*" at the end stands for what may not. Of a C function it is what its documentation
        begins with, and None where that does not tell.
        """
        if not PY2:
            function = inspect.unwrap(function)
        function = getattr(function, "__func__", function)
        if not isinstance(function, types.FunctionType):
            first_line = (function.__doc__ or "").partition("\n")[0]
            name, _, parameters = first_line.partition("(")
            return "(" + parameters if name == function.__name__ else None
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        told = list(names[: len(names) - len(defaults)])
        for parameter, default in zip(names[len(names) - len(defaults) :], defaults):
            told.append("%s=%s" % (parameter, default_text(default)))
        others = getattr(code, "co_kwonlyargcount", 0) or code.co_flags & 0x0C
        return "(%s)" % ", ".join(told + ["*"] * bool(others))

    def names_changed(self, after):
        """Names of the ssl modules that set-up replaced: "import" is its first line, "setup" all."""
        surfaces = self.agent.surfaces
        return surfaces[0].changed(surfaces[min(1, len(surfaces) - 1) if after == "import" else -1])

    def names_added(self, after):
        surfaces = self.agent.surfaces
        return surfaces[0].added(surfaces[min(1, len(surfaces) - 1) if after == "import" else -1])

    def set_up_again(self):
        """Run the set-up lines once more; return the names that this changed or added."""
        before = Surface(self.agent.module)
        namespace = {}
        for line in self.agent.set_up:
            exec(line, namespace)
        after = Surface(self.agent.module)
        return before.changed(after) + before.added(after)


class Arrival(object):
    """Bytes on their way into a BIO: a piece arrives whenever an operation wants to read."""

    def __init__(self, bio, wants_read):
        self.bio = bio
        self.wants_read = wants_read
        self.pieces = []
        self.ends = False

    def send(self, data, lengths):
        """Put bytes on their way, cut into pieces of these lengths; 1 stands for single bytes."""
        for length in [1] * len(data) if lengths == 1 else lengths:
            self.pieces.append(data[:length])
            data = data[length:]

    def send_end(self):
        """Let the end of the bytes, write_eof(), arrive with the last of them."""
        self.ends = True
        self.end()

    def call(self, target, name, *args, **kwargs):
        """Call a method until it does something else than wanting what is under way."""
        while True:
            try:
                return getattr(target, name)(*args, **kwargs)
            except self.wants_read:
                if not self.pieces:
                    raise
            self.arrive()

    def arrive(self):
        self.bio.write(self.pieces.pop(0))
        self.end()

    def end(self):
        if self.ends and not self.pieces:
            self.bio.write_eof()
            self.ends = False

    def arrive_all(self):
        while self.pieces:
            self.arrive()


class Thread(object):
    """A call in a thread of its own. It must not warn nor call back: neither would have an order."""

    PATIENCE = 5.0
    """Seconds after which `result()` gives up."""

    def __init__(self, function, args, kwargs=()):
        self.returned = self.raised = None
        kwargs = dict(kwargs)
        self.thread = threading.Thread(target=self.run, args=(function, args, kwargs))
        self.thread.daemon = True
        self.thread.start()

    def let_it_wait(self, numbers):
        """Return when it waits in poll() or select(), or may be taken to where nobody can tell.

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
        if self.raised is not None:
            raise self.raised
        return self.returned


def threads_of_system():
    """The numbers that the system has for the threads of this process; empty if it does not tell."""
    try:
        return set(os.listdir("/proc/self/task"))
    except OSError:
        return set()


def waits_for_descriptor(number):
    """Whether a thread is in poll() or select(); None if the system does not tell."""
    try:
        with open("/proc/self/task/%s/wchan" % number) as stream:
            place = stream.read()
    except EnvironmentError:
        return None
    return None if place in ("", "0") else "poll" in place or "select" in place


class Signals(object):
    """Signals that come all the time while the main thread is in a call."""

    INTERVAL = 0.01
    SOME = 5
    LONGEST = 0.5
    """Seconds that after_signals() waits for them: some operations run no handlers until they end."""
    MOST = 200

    def __init__(self, waiting, failing):
        self.waiting = waiting
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


class Server(object):
    """Accepts one connection on the loopback interface, does its handshake and closes it."""

    def __init__(self, context):
        self.context = context
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.listener.settimeout(Thread.PATIENCE)
        self.thread = Thread(self.serve, (), {})

    def address(self):
        return self.listener.getsockname()

    def serve(self):
        connection, _ = self.listener.accept()
        try:
            connection.settimeout(Thread.PATIENCE)
            self.context.wrap_socket(connection, server_side=True).close()
        finally:
            connection.close()

    def close(self):
        """Wait until the connection is over; what the handshake raised is the client's to tell."""
        socket.create_connection(self.address()).close()  # the one to wait for, where no other came
        self.thread.thread.join(Thread.PATIENCE)
        self.listener.close()


class MessageLog(object):
    """A callback for TLS messages that keeps of them what is not random."""

    def __init__(self, failing_at):
        self.failing_at = failing_at
        self.calls = 0
        self.told = []
        self.connections = []

    def __call__(self, connection, direction, version, content_type, message_type, data):
        self.connections.append(connection)
        size = str(len(data)) if len(data) <= 5 else "more"
        self.told.append(
            "%s %s %s %s %s: %s of %s"
            % (
                (type(connection).__name__, direction)
                + tuple(default_text(value) for value in (version, content_type, message_type))
                + (size, "bytes" if isinstance(data, bytes) else type(data).__name__)
            )
        )
        self.calls += 1
        if self.calls - 1 == self.failing_at:
            raise KeyError("a callback that fails")

    def take(self):
        """What it was told since it was last asked, and forget it."""
        told, self.told = self.told, []
        return told

    def was_told_of(self, connection):
        """Whether every call was about that object; forget them."""
        connections, self.connections = self.connections, []
        return bool(connections) and all(each is connection for each in connections)


class File(object):
    """A file object, under the same name whatever its class is."""

    def __init__(self, file):
        self.file = file

    def read(self, size):
        return self.file.read(size)

    def readline(self):
        return self.file.readline()

    def seek(self, position):
        self.file.seek(position)

    def write(self, data):
        self.file.write(data)

    def flush(self):
        self.file.flush()

    def close(self):
        self.file.close()


class ByHandle(object):
    """A value that travels by handle although it could travel by value."""

    def __init__(self, value):
        self.value = value


class Agent(object):
    """Serves the host's requests until the pipe closes."""

    def __init__(self):
        self.channel = Channel()
        self.objects = Objects(self.call_back)
        self.probes = Probes(self)
        self.warnings = []
        self.warnings_off = False
        self.module = None
        self.set_up = []
        self.surfaces = []

    def serve(self):
        self.channel.send({"agent": 1})
        try:
            self.answer(self.channel.receive(), self.start)
            while True:
                self.answer(self.channel.receive(), self.execute)
        except EOFError:
            pass
        finally:
            self.objects.remove_files()

    def answer(self, request, handler):
        try:
            answer = handler(request)
        except EOFError:
            raise
        except BaseException:  # everything an implementation raises is caught in perform()
            answer = {"failure": to_text(traceback.format_exc())}
        if self.objects.new_classes:
            answer["classes"] = self.objects.new_classes
            self.objects.new_classes = {}
        self.channel.send(answer)

    # Start

    def start(self, request):
        sys.path[:0] = [native_name(entry) for entry in request["path"]]
        self.set_up = request["set_up"]
        if self.set_up:
            __import__("ssl")
        self.surfaces.append(Surface(None))
        namespace = {}
        here = sys._getframe().f_code.co_filename
        for line in self.set_up + ["import " + request["module"]]:
            try:
                # As from here: what it puts in the place of others is the caller, for warnings.
                exec(compile(line, here, "exec"), namespace)
            except BaseException as error:
                raised = u"%s: %s" % (type(error).__name__, to_text(str(error)))
                text = u"%s raised %s" % (" ".join(line.split()), raised)
                traceback.print_exc()
                return {"failure": text}
            self.surfaces.append(Surface(sys.modules.get(request["module"])))
        del self.surfaces[-1]
        self.module = sys.modules[request["module"]]
        self.objects.by_handle[0] = self.module
        self.objects.handle_of[id(self.module)] = 0
        self.pristine = Surface(self.module)
        self.watch_warnings()
        gc.disable()  # so that objects die at the same operation in every run; end() collects
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()
        import platform

        return {
            "hello": {
                "python": platform.python_version(),
                "implementation": platform.python_implementation(),
                "openssl": getattr(self.module, "OPENSSL_VERSION", None),
                "executable": sys.executable,
                "module": request["module"],
                "members": module_members(self.module),
            }
        }

    def watch_warnings(self):
        def show_warning(message, category, filename, lineno, file=None, line=None):
            if not self.warnings_off:
                self.warnings.append([category.__name__, to_text(str(message))])

        warnings.simplefilter("always")
        warnings.showwarning = show_warning

    # Operations

    def execute(self, request):
        self.objects.free(request.pop("free", ()))
        if request["op"] == "end":
            return self.end()
        buffers = []
        decode = self.objects.decode
        try:
            args = [decode(value, buffers) for value in request.get("args", ())]
            kwargs = dict(
                (native_name(name), decode(value, buffers))
                for name, value in request.get("kwargs", {}).items()
            )
        except NotImplementedError as error:  # 2.7 cannot make a strided memoryview
            return {"error": self.objects.encode_error(error)}
        name = request.get("name")
        if name is not None:
            name = native_name(name)
        if request["op"] == "probe":
            target = self.probes
        else:
            target = self.objects.by_handle[request["on"]]
        outer_warnings, self.warnings = self.warnings, []
        answer = self.perform(request["op"], target, name, args, kwargs)
        if self.warnings:
            answer["warnings"] = self.warnings
        self.warnings = outer_warnings
        mutated = dict(
            (key, to_base64(buffer_bytes(buffer)))
            for key, buffer, content in buffers
            if buffer_bytes(buffer) != content
        )
        if mutated:
            answer["mutated"] = mutated
        return answer

    def perform(self, operation, target, name, args, kwargs):
        """Carry out one operation; whatever it raises is its outcome."""
        try:
            if operation == "get":
                result = getattr(target, name)
            elif operation == "set":
                result = setattr(target, name, args[0])
            elif operation == "del":
                result = delattr(target, name)
            elif operation in ("call", "probe"):
                function = target if name is None else getattr(target, name)
                result = function(*args, **kwargs)
            else:
                raise AgentError("the unknown operation %r" % operation)
        except (AgentError, EOFError):
            raise
        except BaseException as error:
            return {"error": self.objects.encode_error(error)}
        return {"value": self.objects.encode(result)}

    def call_back(self, number, args, kwargs):
        """Ask the host's function, serving what it asks in between."""
        encode = self.objects.encode
        message = {
            "callback": number,
            "args": [encode(value) for value in args],
            "kwargs": dict((name, encode(value)) for name, value in kwargs.items()),
        }
        if self.objects.new_classes:
            message["classes"] = self.objects.new_classes
            self.objects.new_classes = {}
        self.channel.send(message)
        while True:
            request = self.channel.receive()
            if request["op"] == "return":
                self.objects.free(request.pop("free", ()))
                return self.objects.decode(request["value"], [])
            if request["op"] == "raise":
                raise self.callback_error(request)
            self.answer(request, self.execute)

    def callback_error(self, request):
        cls = request["class"]
        if isinstance(cls, dict):
            cls = self.objects.decode(cls, [])
        else:  # the name of a built-in exception
            cls = getattr(sys.modules["exceptions" if PY2 else "builtins"], native_name(cls))
        return cls(*[self.objects.decode(value, []) for value in request["args"]])

    def end(self):
        """Leave the scenario: say what it left behind, and start the next one clean."""
        self.probes.restore()
        alive = self.objects.end()
        gc.collect(0)  # with automatic collection off, all that a scenario made is still young
        self.warnings = []
        changed = []
        if not self.pristine.is_current():  # comparing by name takes as long as a handshake
            later = Surface(self.module)
            changed = sorted(
                name
                for name in self.pristine.changed(later) + self.pristine.added(later)
                if not name.endswith("__")
            )
        return {"value": {"changed": changed, "alive": alive}}


if __name__ == "__main__":
    if faulthandler is not None:
        faulthandler.enable()
    Agent().serve()
