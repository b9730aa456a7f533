"""What the module and its classes offer, and what the set-up changed of it."""

import operator
import sys
import types


class IntrospectionProbes(object):
    """Probes about what the module offers, and what its set-up changed."""

    def public_names(self, initial):
        """What the module itself offers under names that begin so: "NAME KIND" or with a value."""
        module = self.tested_module()
        own = set(["ssl", "_ssl", module.__name__, "_" + module.__name__])
        lines = []
        for name, value in sorted(vars(module).items()):
            if not name.startswith(initial) or isinstance(value, types.ModuleType):
                continue
            if name.startswith(("AF_", "SOCK_", "SOL_", "SO_")):  # of the socket module
                continue
            if isinstance(value, CLASS_TYPES + FUNCTION_TYPES):
                of = getattr(value, "__module__", None)
                if of in own:
                    lines.append("%s %s" % (name, kind_of(value)))
                elif of == "<unknown>":  # of a class that was made by a call, before 3.11
                    lines.append("%s %s of %s" % (name, kind_of(value), of))
            elif isinstance(value, (int, LONG)):
                lines.append("%s %s %d" % (name, type(value).__name__, value))
            else:
                lines.append("%s %s %r" % (name, type(value).__name__, value))
        return lines

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
        lines = []
        for name, member in cls.__members__.items():
            value = member.value
            lines.append("%s %s" % (name, int(value) if isinstance(value, int) else value.oid))
        return lines

    def told_where_there(self, owner, name, *args, **kwargs):
        """What a call returns or raises, as one text; "there is none" of a name that is lacking.

        What it returns is told by its class, but for None and truth values, and closed.
        """
        function = getattr(owner, name, None)
        if function is None:
            return "there is none"
        try:
            value = function(*args, **kwargs)
        except Exception as error:
            return "raises %s: %s" % (type(error).__name__, error)
        if hasattr(value, "close"):
            value.close()
        plain = value is None or isinstance(value, bool)
        return "returns %s" % (value if plain else type(value).__name__)

    def signature(self, function):
        """The parameters of a Python function or method that may be positional, with defaults.

        A "*" at the end stands for what may not. Of a C function it is what its documentation
        begins with, and None where that does not tell.
        """
        while hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        function = getattr(function, "__func__", function)
        if not isinstance(function, types.FunctionType):
            first_line = (function.__doc__ or "").partition("\n")[0]
            name, _, parameters = first_line.partition("(")
            return "(" + parameters if name == function.__name__ else None
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        lines = list(names[: len(names) - len(defaults)])
        for parameter, default in zip(names[len(names) - len(defaults) :], defaults):
            lines.append("%s=%s" % (parameter, default_text(default)))
        others = getattr(code, "co_kwonlyargcount", 0) or code.co_flags & 0x0C
        return "(%s)" % ", ".join(lines + ["*"] * bool(others))

    def names_changed(self, after):
        """Names of the ssl modules that the set-up replaced: after="import": by its first line."""
        surfaces = self.agent.surfaces
        return surfaces[0].changed(surfaces[min(1, len(surfaces) - 1) if after == "import" else -1])

    def names_added(self, after):
        surfaces = self.agent.surfaces
        return surfaces[0].added(surfaces[min(1, len(surfaces) - 1) if after == "import" else -1])

    def set_up_again(self):
        """Run the set-up lines once more; return the names that this changed or added."""
        before = Surface(self.tested_module())
        namespace = {}
        for line in self.agent.set_up:
            exec(line, namespace)
        after = Surface(self.tested_module())
        return before.changed(after) + before.added(after)


def class_of(value):
    """The class of an object; in 2.7 the type of an instance of an old-style class is no class."""
    return value.__class__ if PY2 and type(value) is types.InstanceType else type(value)


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

    def __init__(self, own):
        self.names = {}
        self.owners = []
        for module in [sys.modules.get(name) for name in ("ssl", "_ssl", "socket")] + [own]:
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


def name_of_python():
    """As platform.python_implementation() has it; to import that would take long."""
    if hasattr(sys, "subversion"):
        return sys.subversion[0]
    name = sys.implementation.name
    return {"cpython": "CPython", "pypy": "PyPy"}.get(name, name)


def how_default_ciphers_were_chosen():
    """What ./configure noted of --with-ssl-default-suites: a number, None, or "unknown"."""
    try:
        import sysconfig

        return sysconfig.get_config_var("PY_SSL_DEFAULT_CIPHERS")
    except Exception:  # the files that say how this Python was built are not there
        return "unknown"
