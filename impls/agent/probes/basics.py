"""What can be said of any value, in the words of the language: types, identity, operators, life."""

import errno
import functools
import gc
import json
import operator
import os
import socket
import sys
import weakref


class BasicProbes(object):
    """Probes about any value: types, identity, operators, what keeps it alive."""

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

    def proxy_is_instance(self, claimed, cls):
        """The same of an object that says that its class is `claimed`, as proxies and mocks do."""
        return isinstance(type("Proxy", (object,), {"__class__": claimed})(), cls)

    def is_subclass(self, cls, base):
        return issubclass(cls, base)

    def subclass(self, cls, name):
        """A new subclass that adds nothing."""
        return type(cls)(name, (cls,), {})

    def counting_subclass(self, cls, methods):
        """A subclass whose methods of these names count their calls and do the parent's work.

        `counts` of it is a list of "NAME: NUMBER", sorted.
        """
        counts = []

        def counting(method):
            def call(this, *args, **kwargs):
                calls.append(method)
                counts[:] = ["%s: %d" % (name, calls.count(name)) for name in sorted(set(calls))]
                return getattr(super(made, this), method)(*args, **kwargs)

            return call

        calls = []
        made = type(cls)("Counting" + cls.__name__, (cls,), dict((name, counting(name)) for name in methods))
        made.counts = counts
        return made

    def limiting_subclass(self, cls, method, most, times=None):
        """A subclass whose method of that name hands on so many items of its argument at most.

        It may do so a number of times only: then the connection is reset.
        """
        left = [times]

        def limited(this, data, *args):
            if left[0] == 0:
                raise socket.error(errno.ECONNRESET, "reset by the suite")
            left[0] = left[0] and left[0] - 1
            return getattr(super(made, this), method)(data[:most], *args)

        made = type(cls)("Limiting" + cls.__name__, (cls,), {method: limited})
        return made

    def watching_subclass(self, cls, name):
        """A subclass whose attribute of that name is the parent's, by its descriptor.

        `seen` of it says what was done with it: a Notes of "get" and "set".
        """
        seen = Notes()
        parent = getattr(cls, name)

        def get(this):
            seen.add("get")
            return parent.__get__(this, type(this))

        def put(this, value):
            seen.add("set")
            parent.__set__(this, value)

        made = type(cls)("Watching" + cls.__name__, (cls,), {name: property(get, put)})
        made.seen = seen
        return made

    def constructing_subclass(self, cls, protocol):
        """A subclass of SSLContext that is made of any arguments, which `told` keeps as texts."""

        def new(kind, *args, **kwargs):
            context = super(made, kind).__new__(kind, protocol)
            given = ["%s=%s" % item for item in sorted(kwargs.items())]
            context.told = [str(value) for value in args] + given
            return context

        made = type(cls)("Constructing" + cls.__name__, (cls,), {"__new__": new, "__init__": ignore_arguments})
        return made

    def empty_subclass(self, cls):
        """A subclass whose instances count as false, as empty containers do."""
        return type(cls)("Empty" + cls.__name__, (cls,), {"__len__": lambda this: 0})

    def initialized_subclass(self, cls, passed_on):
        """A subclass with an `__init__` that hands on the first of its arguments, or none."""

        def initialize(this, *args):
            super(made, this).__init__(*args[:passed_on])

        made = type(cls)("Initialized" + cls.__name__, (cls,), {"__init__": initialize})
        return made

    def mixed_subclass(self, cls, own):
        """A subclass with a mixin behind its parent, whose `__init__` notes what it is given.

        With an `__init__` of its `own`, which hands on all that it gets.
        """

        def note(this, *args):
            this.told = ["%d by position" % len(args)]

        def hand_on(this, *args):
            super(made, this).__init__(*args)

        mixin = type("Mixin", (object,), {"__init__": note})
        made = type(cls)("Mixed" + cls.__name__, (cls, mixin), {"__init__": hand_on} if own else {})
        return made

    def uninitialized_subclass(self, cls):
        """A subclass with an `__init__` that does not call its parent's."""
        return type(cls)("Uninitialized" + cls.__name__, (cls,), {"__init__": ignore_arguments})

    def replacing_subclass(self, cls, name, function):
        """A subclass whose method of that name calls a function with its arguments."""

        def method(this, *args, **kwargs):
            return function(*args, **kwargs)

        return type(cls)("Replacing" + cls.__name__, (cls,), {name: method})

    def subclass_noting_create(self, cls):
        """A subclass whose `_create()`, which makes its instances, has the keywords in `told`."""

        def create(kind, *args, **kwargs):
            told = ["%s=%s" % (name, kwargs[name]) for name in ("server_hostname", "server_side")]
            made.told = ["%d by position" % len(args)] + told
            return super(made, kind)._create(*args, **kwargs)

        made = type(cls)("Noting" + cls.__name__, (cls,), {"_create": classmethod(create)})
        return made

    def takes_attribute(self, cls):
        """Whether a class can be given an attribute, which it loses again, as patches do."""
        cls.of_the_suite = True
        found = cls.of_the_suite
        del cls.of_the_suite
        return found

    def reduced(self, value):
        """What a value is pickled as: a name of its module, or a call of a class or function."""
        found = value.__reduce_ex__(2)
        if isinstance(found, str):
            return found
        return "%s(%s)" % (found[0].__name__, ", ".join(json.dumps(one) for one in found[1]))

    def made_subclass(self, cls):
        """A subclass whose instances have `told`: what `__new__` was given, and then `__init__`."""

        def new(kind, *args, **kwargs):
            self = super(made, kind).__new__(kind, *args, **kwargs)
            self.told = [str(value) for value in args] + sorted(kwargs)
            return self

        def initialize(this, *args, **kwargs):
            this.told.append("__init__")

        made = type(cls)("Made" + cls.__name__, (cls,), {"__new__": new, "__init__": initialize})
        return made

    def told_arguments(self, value):
        return value.told

    def construct(self, cls, *args, **kwargs):
        """A new instance; for exception classes, which are the host's own over there."""
        return cls(*args, **kwargs)

    def answering(self, name, function, looked_up=False, old_style=False):
        """An object of a class of its own whose special method of that name calls a function.

        With `looked_up` to look the method up does, and what it returns is the method. Its class
        says which: a transcript shows what is passed by that. With `old_style` it is one of 2.7's
        old-style classes, where there are such.
        """

        def method(this):
            return function()

        methods = {"__%s__" % name: property(method) if looked_up else method}
        if name == "bool":  # its name in 2.7
            methods["__nonzero__"] = methods["__bool__"]
        kind = str("object_with_%s" % name)
        if old_style and PY2:
            return types.ClassType(kind, (), methods)()
        return type(kind, (object,), methods)()

    def callable_of(self, kind, function):
        """What passes its arguments on to a function, and is a callable of that kind.

        An "instance" has `__call__` as an attribute, not by its class: that is no callable.
        "empty" is one that counts as false, as an empty container does.
        """
        if kind == "partial":
            return functools.partial(call_behind, function, None)
        if kind == "object":
            return Caller(function)
        if kind == "empty":
            return EmptyCaller(function)
        if kind == "bound method":
            return Caller(function).__call__
        if kind == "class":
            behind = [function]
            Changed.FUNCTIONS.append(behind)
            return type("Made", (object,), {"__new__": lambda cls, *args: behind[0](*args)})
        made = type("Instance", (object,), {})()
        made.__call__ = function
        return made

    def function_of(self, count):
        """A function of exactly so many parameters, which returns None."""
        return eval("lambda %s: None" % ", ".join("p%d" % number for number in range(count)))

    def in_bytes(self, path):
        """A path as bytes, held by handle so that it stays that."""
        return ByHandle(path if isinstance(path, bytes) else os.fsencode(path))

    def returning(self, value):
        """A function of any arguments that returns a value, and of whose calls no transcript tells."""
        return lambda *args: value

    def deep_copy(self, value):
        import copy  # here, as only this needs it

        return copy.deepcopy(value)

    def copy(self, value):
        import copy

        return copy.copy(value)

    def pickled(self, value):
        """A value that was pickled and read back."""
        import pickle

        return pickle.loads(pickle.dumps(value, 2))

    def described(self, cls, *args):
        """What an exception made here has: its text, its arguments, and its attributes by name."""
        return self.told_of(cls(*args))

    def described_once_pickled(self, cls, *args):
        """The same of one that was pickled and read back."""
        return self.told_of(self.pickled(cls(*args)))

    def told_of(self, made):
        told = [type(made).__name__, str(made), list(made.args)]
        for name in ("errno", "strerror", "filename", "library", "reason", "verify_code"):
            if hasattr(made, name):
                told.append("%s: %s" % (name, getattr(made, name)))
        return told

    def raised_again(self, function, *args):
        """Raise what a call raises, pickled and read back."""
        try:
            function(*args)
        except Exception as error:
            again = self.pickled(error)
        else:
            raise RuntimeError("The call has not failed.")
        raise again

    def format(self, value, form):
        return format(value, form)

    def formatted(self, form, *values):
        """A text with places for values, filled."""
        return form.format(*values)

    def attribute_text(self, value, name):
        """An attribute, as text."""
        return str(getattr(value, name))

    def in_order(self, value):
        """The names of what iterating over an enumeration, or over a flag, gives."""
        return [each.name for each in value]

    def in_reverse(self, value):
        return [each.name for each in reversed(value)]

    def extend(self, enumeration):
        """A subclass by a class statement."""

        class More(enumeration):
            pass

        return More

    def clear_members(self, enumeration):
        """Take all away from `__members__` where it is something that can be changed."""
        members = enumeration.__members__
        if hasattr(members, "clear"):  # a view has no such method
            members.clear()

    def is_consistent(self, enumeration):
        """Whether an enumeration's length, order, reverse order and members fit each other."""
        members = list(enumeration)
        return {
            "length": len(enumeration) == len(members),
            "reverse": list(reversed(enumeration)) == members[::-1],
            "contains": all(member in enumeration for member in members),
            "names": all(enumeration[member.name] is member for member in members),
            "values": all(enumeration(member.value) is member for member in members),
            "aliases": len(enumeration.__members__) >= len(members),
            "true": bool(enumeration),
        }

    def has_hash_of(self, value, other):
        return hash(value) == hash(other)

    def lying_buffer(self, content, length):
        """A bytearray whose `__len__` says something else."""
        return ByHandle(type("Lying", (bytearray,), {"__len__": lambda self: length})(content))

    def module(self, name):
        """An imported module, for what ssl is to share with it."""
        __import__(name)
        return sys.modules[name]

    def standard(self, name):
        """A member of the standard library's ssl, which may not be the module under test."""
        return getattr(self.module("ssl"), name)

    def references_kept(self, value, function):
        """How many more references to a value there are after a call, and what it raised or None."""
        gc.collect()
        before = sys.getrefcount(value)
        raised = self.class_raised(function)
        gc.collect()
        return [sys.getrefcount(value) - before, raised]

    def class_raised(self, function):
        try:
            function()
        except Exception as error:
            return type(error).__name__

    def set_and_take_away(self, target, name, value):
        """Set an attribute, and then None."""
        setattr(target, name, value)
        setattr(target, name, None)

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

    def number_at(self, value, name):
        """An attribute as a plain int, for what is a member of an enumeration in Python 3 alone."""
        return int(getattr(value, name))

    def operate(self, name, *operands):
        """The function of that name in the operator module ("or" stands for "or_")."""
        function = getattr(operator, name, None) or getattr(operator, name + "_")
        return function(*operands)

    def unicode(self, text):
        """The text as 2.7's `unicode` (3's `str`), held by handle so that it stays one."""
        return ByHandle(to_text(text))

    def kept(self, function, *args, **kwargs):
        """What a call returns, held by handle: for a value that is another one in every run."""
        return ByHandle(function(*args, **kwargs))

    def zeros(self, size, mapped=False):
        """A writable buffer of so many zeros; what nobody writes to takes no memory.

        As mapped it is, on 2.7, one of the old interface.
        """
        import ctypes  # here, as only this needs them
        import mmap

        memory = mmap.mmap(-1, size)
        return ByHandle(memory if mapped else (ctypes.c_char * size).from_buffer(memory))

    def buffer(self, content):
        """A bytearray of that content, held by handle so that it stays one and the same."""
        return ByHandle(bytearray(content))

    def resize(self, buffer):
        """Make a bytearray longer: BufferError while somebody still uses its memory."""
        buffer.extend(b"x")

    def left_behind(self, times, function, *args):
        """What so many calls, raising or not, leave alive: classes of ssl, each with its number.

        Only what the garbage collector knows, in the order of the names.
        """
        self.attempts(1, function, args)  # what it makes once and for all
        before = self.alive()
        self.attempts(times, function, args)
        after = self.alive()
        return ["%s: %d" % (name, after[name] - before.get(name, 0)) for name in sorted(after)
                if after[name] > before.get(name, 0)]

    def attempts(self, times, function, args):
        for _ in range(times):
            try:
                function(*args)
            except Exception:
                pass
        if PY2:
            sys.exc_clear()

    def alive(self):
        gc.collect()
        found = {}
        for value in gc.get_objects():
            module = getattr(type(value), "__module__", None)
            if module in ("ssl", "_ssl", "_tls_bootstrap", "__tls_bootstrap"):
                name = type(value).__name__
                found[name] = found.get(name, 0) + 1
        return found

    def beginning(self, buffer, size):
        return buffer[:size]

    def set_attribute(self, value, name, new):
        setattr(value, name, new)

    def delete_attribute(self, value, name):
        delattr(value, name)

    def enter_and_leave(self, manager):
        """Whether a `with` statement over an object gives that object."""
        with manager as entered:
            return entered is manager

    def error_number(self, name):
        """The number of an error of the system by name."""
        return getattr(errno, name)

    def probe(self, name):
        """A probe, as a function for another: what the host hands over itself calls back."""
        return getattr(self, name)

    def while_handling(self, then, argument, function, *args, **kwargs):
        """What `then(argument)` returns while the exception of a call is being handled.

        So long the exception keeps what the call still held.
        """
        try:
            function(*args, **kwargs)
        except Exception:
            return then(argument)
        raise RuntimeError("The call has not failed.")

    def repeated(self, times, function, *args):
        """A function that makes one call so many times and returns the last result."""

        def repeat():
            for _ in range(times):
                result = function(*args)
            return result

        return repeat


class Caller(object):
    """An object that passes its arguments on."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)


class EmptyCaller(Caller):
    def __len__(self):
        return 0


def call_behind(function, ignored, *args):
    return function(*args)


def ignore_arguments(self, *args, **kwargs):
    pass


class Notes(object):
    """Words in their order."""

    def __init__(self):
        self.words = []

    def add(self, word):
        self.words.append(word)

    def take(self):
        """The words since the last take()."""
        words, self.words = self.words, []
        return words
