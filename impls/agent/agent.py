"""The agent: runs inside an implementation and executes one operation at a time for the host.

Standard library alone, CPython 2.7 to 3.15 and PyPy. This file is the protocol and the codec; the
files in `probes/` hold what scenarios call by name, `program.py` is the pipe, `left_behind.py` sees
what a scenario does not clean up. The host joins them when they travel: it starts the interpreter
with a one-line bootstrap, and `loader.py` runs them one after the other in ONE namespace, this file
last, each compiled under its own name. The host talks to it from then on in lines of ASCII JSON. So
a probe uses what is defined here without importing it, but only inside its functions.
The agent moves the protocol to private descriptors first, so whatever the implementation prints
goes to standard error (the host's log), never into an answer.

    host                                                agent
    "<source of loader.py>"                         ->
    ["<digest of the next line>", "<folder for compiled code>" | null]
                                                    ->
    [["probes/...", "<source>"], .., ["agent.py", "<source>"]]
                                                    ->
                                                    <-  {"agent": 1}
    {"op": "start", "module": M, "set_up": [..], "path": [..]}
                                                    ->  <-  {"hello": {...}} | {"failure": "..."}
    {"op": "get",   "on": H, "name": N}             ->  <-  outcome
    {"op": "set",   "on": H, "name": N, "args": [V]}
    {"op": "del",   "on": H, "name": N}
    {"op": "call",  "on": H, "name": N | null, "args": [V..], "kwargs": {N: V}}
    {"op": "probe", "name": N, "args": [V..], "kwargs": {N: V}}
    {"op": "end"}                                   ->  <-  {"value": {"changed": [..], "left": [..]}}
    {"op": "program", "messages": [..], "files": [..], "timeout": S, "goes_on": false,
     "careful": false}
                                                    ->  <-  {"answers": [..]}, the last "over"

H is a handle (0 is the module under test). Every request may carry "free": [H..]. An outcome is
{"value": V} or {"error": E}, with "warnings", "mutated" (buffer arguments the operation filled)
and "classes" (descriptions of the types met for the first time) where there are any, and with
"pending": E where C code returned although it had set an exception. Where an operation calls back,
the agent sends {"callback": ID, "args": [V..], "kwargs": {..}} instead of the outcome and serves
requests until it is given {"op": "return", "value": V} or {"op": "raise", "class": V, "args":
[V..]}; the outcome follows. Such a message also has "pending": E where the implementation called
with an exception pending, and "notes": [text..] on what else is wrong with the call; ID is null for
a function of an earlier scenario. What is called while the host waits for nothing is in "strays":
[message..] of the next outcome. A request the agent cannot carry out is answered with
{"failure": "..."}: the agent's fault, never the implementation's.

V: null, true, 1, "text" (the language's `str`), [list], and {"t": TYPE, ...} for all else.
"""

import array
import binascii
import gc
import json
import os
import socket
import sys
import threading
import types
import warnings

try:
    import faulthandler
except ImportError:
    faulthandler = None
try:
    from enum import Enum
except ImportError:
    Enum = None

PY2 = sys.version_info[0] == 2
PATHS = sys.getfilesystemencoding() or "utf-8"
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
ERROR_ATTRIBUTES = "errno strerror filename library reason verify_code verify_message".split()

NOTHING = frozenset()
number_of_thread = threading._get_ident if PY2 else threading.get_ident

DROPS_ERRORS = "AGENT_DROPS_QUEUED_ERRORS"
"""A variable of the environment: no operation finds in OpenSSL's queue what another left there."""

ANOTHER_THREAD = u"in another thread"
NO_OPERATION = u"while no operation was going on"
AFTER_THE_END = u"after the end of its scenario"


class AgentError(Exception):
    """The host requested something that the agent does not know: a defect of the suite."""


def to_base64(data):
    return binascii.b2a_base64(bytes(data)).decode("ascii").strip()


def from_base64(text):
    return binascii.a2b_base64(text.encode("ascii"))


def to_text(value):
    """The text of a native string, whatever 2.7 put into it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def native_name(text, encoding="ascii"):
    """A name as 2.7 wants it for attributes, keywords and paths: `str`, not `unicode`."""
    return text.encode(encoding) if PY2 else text


def buffer_bytes(value):
    return value.tostring() if PY2 and isinstance(value, array.array) else bytes(bytearray(value))


class Objects(object):
    """What the host holds by handle, and the codec between Python values and the wire."""

    def __init__(self, call_back, left):
        self.call_back = call_back
        self.left = left
        self.by_handle = {}
        self.handle_of = {}
        self.last_handle = 0
        self.classes = {}
        self.class_number = {}
        self.new_classes = {}
        self.members_of = {}
        self.members_of_module = {}
        self.callbacks = {}
        self.callback_number = {}
        self.scenario = 0
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
            self.left.object(value)
        return handle

    def free(self, handles):
        for handle in handles:
            value = self.by_handle.pop(handle)
            del self.handle_of[id(value)]

    def end(self):
        """Forget every handle and callback of the scenario."""
        for handle in [handle for handle in self.by_handle if handle]:
            self.free([handle])
        self.callbacks.clear()
        self.callback_number.clear()
        self.scenario += 1

    # Python -> wire

    def number_of_class(self, cls):
        """The number of a class; its description goes along with the next answer if it is new."""
        number = self.class_number.get(cls)
        if number is None:
            number = len(self.classes)
            self.classes[number] = cls
            self.class_number[cls] = number
            self.new_classes[number] = self.describe_class(cls)
            self.members_of[number] = self.new_classes[number]["members"]
        return number

    def members(self, value):
        """The members that the host knows of what a handle stands for: {name: kind}."""
        if value is self.by_handle[0]:
            return self.members_of_module
        cls = value if isinstance(value, CLASS_TYPES) else class_of(value)
        return self.members_of[self.class_number[cls]]

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
        kind = class_of(value)
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
        known = [name for name in ERROR_ATTRIBUTES if hasattr(error, name)]
        attributes = dict((name, self.encode(getattr(error, name))) for name in known)
        chained = chained_to(error)
        if chained:
            attributes["chained"] = [self.encode(text) for text in chained]
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
            call_back, scenario, nothing = self.call_back, self.scenario, NOTHING

            def callback(*args, **kwargs):
                # C code may call with an exception pending: the next step that looks for one then
                # raises it. The end of this loop is the first that looks, so the call is not lost.
                pending = None
                try:
                    for _ in nothing:
                        pass
                except BaseException as error:
                    pending = error
                try:
                    return call_back((scenario, number), args, kwargs, pending)
                finally:
                    del pending  # its traceback holds this frame

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
                    write_file(os.path.join(path, native_name(entry, PATHS)), content)
            else:
                if not os.path.isdir(os.path.dirname(path)):
                    os.makedirs(os.path.dirname(path))
                write_file(path, value["v"])
            self.files[name] = path
        return self.files[name]

    def own_folder(self):
        """The folder of what this agent writes, made when it is first wanted."""
        if self.folder is None:
            import tempfile

            self.folder = tempfile.mkdtemp(prefix="conformance-")
        return self.folder

    def new_folder(self):
        """An empty folder in that."""
        import tempfile

        return tempfile.mkdtemp(dir=self.own_folder())

    def new_path(self, name):
        """The same path in every scenario."""
        path = os.path.join(self.own_folder(), "new", name)
        if os.path.lexists(path):
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


class Probes(
    BasicProbes,
    EnvironmentProbes,
    ForgedRecords,
    IntrospectionProbes,
    ProcessProbes,
    ScenarioBodies,
    SignalProbes,
    SocketProbes,
    ThreadProbes,
    TlsProbes,
    WarningProbes,
):
    """What a scenario cannot say through the proxies, by name. Each is called like an operation."""

    def __init__(self, agent):
        self.agent = agent

    def tested_module(self):
        return self.agent.module

    def unused_path(self, name):
        return self.agent.objects.new_path(name)


class ByHandle(object):
    """A value that travels by handle although it could travel by value."""

    def __init__(self, value):
        self.value = value


class Agent(object):
    """Serves the host's requests until the pipe closes."""

    def __init__(self):
        self.channel = Channel()
        self.left = LeftBehind()
        self.objects = Objects(self.call_back, self.left)
        self.probes = Probes(self)
        self.warnings = []
        self.warnings_off = False
        self.module = None
        self.set_up = []
        self.surfaces = []
        if DROPS_ERRORS in os.environ:
            self.perform = self.left.dropping_errors(self.perform)
        self.serving = []
        """The threads that carry out an operation, the outermost first."""
        self.strays = []
        self.program = None

    def serve(self):
        self.channel.send({"agent": 1})
        try:
            self.answer(self.channel.receive(), self.start)
            while True:
                request = self.channel.receive()
                if request["op"] != "program":
                    self.answer(request, self.execute)
                elif request["goes_on"]:
                    self.program.go_on(request)
                else:
                    self.program = Program(self, request)
        except EOFError:
            pass
        finally:
            # A scenario that was left in the middle leaks nothing: the sanitizers look at the end.
            self.program = None
            if PY2:
                sys.exc_clear()
            self.objects.end()
            gc.collect()
            self.objects.remove_files()

    def answer(self, request, handler):
        self.serving.append(number_of_thread())
        try:
            answer = handler(request)
        except EOFError:
            raise
        except BaseException:  # everything an implementation raises is caught in perform()
            import traceback

            answer = {"failure": to_text(traceback.format_exc())}
        self.serving.pop()
        if self.strays:
            answer["strays"], self.strays = self.strays, []
        if self.objects.new_classes:
            answer["classes"] = self.objects.new_classes
            self.objects.new_classes = {}
        self.channel.send(answer)

    # Start

    def start(self, request):
        sys.path[:0] = [native_name(entry, PATHS) for entry in request["path"]]
        self.set_up = request["set_up"]
        if self.set_up:
            __import__("ssl")
        self.surfaces.append(Surface(None))
        namespace = {}
        here = self.probes.blamed.__code__.co_filename
        for line in self.set_up + ["import " + request["module"]]:
            try:
                # What it puts in the place of others is the caller, for the warnings of blamed().
                exec(compile(line, here, "exec"), namespace)
            except BaseException as error:
                told = error.msg if isinstance(error, SyntaxError) else str(error)
                raised = u"%s: %s" % (type(error).__name__, to_text(told))
                text = u"%s raised %s" % (" ".join(line.split()), raised)
                import traceback

                traceback.print_exc()
                return {"failure": text}
            self.surfaces.append(Surface(sys.modules.get(request["module"])))
        del self.surfaces[-1]
        self.module = sys.modules[request["module"]]
        self.objects.by_handle[0] = self.module
        self.objects.handle_of[id(self.module)] = 0
        self.pristine = Surface(self.module)
        self.watch_warnings()
        self.left.queues = error_queues()
        gc.disable()  # so that objects die at the same operation in every run; end() collects
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()
        members = self.objects.members_of_module = module_members(self.module)
        self.left.end()
        return {
            "hello": {
                "python": sys.version.split()[0],
                "implementation": name_of_python(),
                "openssl": getattr(self.module, "OPENSSL_VERSION", None),
                "default_ciphers": how_default_ciphers_were_chosen(),
                "executable": sys.executable,
                "module": request["module"],
                "members": members,
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
        self.left.buffers += [buffer for _, buffer, _ in buffers]
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
        pending = pending_exception()
        answer = {"value": self.objects.encode(result)}
        if pending is not None:
            answer["pending"] = self.objects.encode_error(pending)
        return answer

    def call_back(self, function, args, kwargs, pending):
        """Call the host's function, serving what it requests in between.

        `function` is the number of its scenario and its own. What was `pending` when it was called
        is raised in the end, unless the function itself raises.
        """
        encode = self.objects.encode
        scenario, number = function
        message = {
            "callback": number if scenario == self.objects.scenario else None,
            "args": [encode(value) for value in args],
            "kwargs": dict((name, encode(value)) for name, value in kwargs.items()),
        }
        if pending is not None:
            message["pending"] = self.objects.encode_error(pending)
        notes = self.notes_on_call(scenario)
        if notes:
            message["notes"] = notes
        if not self.serving:
            self.strays.append(message)
            raise RuntimeError("The host waits for no operation.")
        if self.objects.new_classes:
            message["classes"] = self.objects.new_classes
            self.objects.new_classes = {}
        self.channel.send(message)
        while True:
            request = self.channel.receive()
            if request["op"] == "return":
                self.objects.free(request.pop("free", ()))
                if pending is not None:
                    raise pending
                return self.objects.decode(request["value"], [])
            if request["op"] == "raise":
                raise self.callback_error(request)
            self.answer(request, self.execute)

    def notes_on_call(self, scenario):
        """What is wrong with a call of a function of the host, whatever it is called with."""
        notes = []
        if scenario != self.objects.scenario:
            notes.append(AFTER_THE_END)
        if not self.serving:
            notes.append(NO_OPERATION)
        elif number_of_thread() != self.serving[-1]:
            notes.append(ANOTHER_THREAD)
        return notes

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
        self.objects.end()
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
        return {"value": {"changed": changed, "left": self.left.end()}}


if __name__ == "__main__":
    if faulthandler is not None:
        faulthandler.enable()
    Agent().serve()
