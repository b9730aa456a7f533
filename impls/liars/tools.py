# mypy: ignore-errors
"""What liars are made with. This text runs inside the agent, before a liar's own function.

Everything here is honest: what it puts in the place of a member of ssl answers as that did.
"""

import enum  # noqa: F401 - for liars
import functools
import operator
import os  # noqa: F401 - for liars
import socket  # noqa: F401 - for liars
import ssl
import sys  # noqa: F401 - for liars
import threading  # noqa: F401 - for liars
import warnings  # noqa: F401 - for liars
import weakref


def instead_of(owner):
    """Decorate a function to take the place of the member of `owner` that has its name.

    It is called with the true member first, then with what the member was called with.
    """

    def put(function):
        name = function.__name__
        true = getattr(owner, name)

        @functools.wraps(true)
        def member(*args, **kwargs):
            return function(true, *args, **kwargs)

        setattr(owner, name, member)
        return member

    return put


def attribute_of(owner, name, get=None, set=None):
    """Replace an attribute of the class `owner`: `get(true, self)`, `set(true, self, value)`.

    `true(self)` is the true value, and `true(self, value)` sets it.
    """
    true = getattr(owner, name)

    def access(self, *value):
        return true.__set__(self, *value) if value else true.__get__(self, type(self))

    setattr(
        owner,
        name,
        property(
            functools.partial(get, access) if get else access,
            functools.partial(set, access) if set else access,
            lambda self: true.__delete__(self),
        ),
    )


METHODS = (
    "compression do_handshake get_channel_binding get_unverified_chain get_verified_chain "
    "getpeercert pending read shared_ciphers unwrap verify_client_post_handshake version write"
).split()


def errors_become(change, methods=METHODS):
    """Let `change(error)` say what is raised in the place of an SSLError of an SSLObject."""
    for name in methods:

        def method(true, self, *args, **kwargs):
            try:
                return true(self, *args, **kwargs)
            except ssl.SSLError as error:
                changed = change(error)
                if changed is error:
                    raise  # with those that it was raised while handling
                raise changed from None

        method.__name__ = name
        instead_of(ssl.SSLObject)(method)


def as_another(error, kind):
    """An error like the one given, of another class."""
    other = kind(*error.args)
    for name, value in vars(error).items():
        setattr(other, name, value)
    return other


def raised(kind, number, text):
    """An error of that class and number as an SSLObject raises it."""
    error = kind(number, text)
    error.reason = error.library = None
    return error


length_of = len
"""For functions with a parameter of that name, as SSLObject.read() has."""


def bios():
    """A mapping from every SSLObject that is alive to its (incoming, outgoing)."""
    found = weakref.WeakKeyDictionary()

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, *args, **kwargs):
        wrapped = true(self, incoming, outgoing, *args, **kwargs)
        found[wrapped] = incoming, outgoing
        return wrapped

    return found


def changed_certificate(**changes):
    """Let each of `changes` say what getpeercert() has under its name; None for nothing."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        found = true(self, binary_form)
        if found and not binary_form:
            for name, change in changes.items():
                value = change(found.pop(name)) if name in found else None
                if value is not None:
                    found[name] = value
        return found


def servers_made_with(mode, other):
    """Let servers of a context with that verify_mode be made as if it had the other."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if not kwargs.get("server_side") or self.verify_mode != mode:
            return true(self, *args, **kwargs)
        self.verify_mode = other
        try:
            return true(self, *args, **kwargs)
        finally:
            self.verify_mode = mode


def unchecked_names(which):
    """Let no certificate be refused for the host names for which `which(name)` is true."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        name, check = kwargs.get("server_hostname"), self.check_hostname
        if not isinstance(name, str) or not check or not which(name):
            return true(self, *args, **kwargs)
        self.check_hostname = False
        try:
            return true(self, *args, **kwargs)
        finally:
            self.check_hostname = check


def sni_callbacks_become(wrap):
    """Let `wrap(callback)` be called in the place of every callback for server names."""

    def assign(true, self, callback):
        if not callable(callback):
            return true(self, callback)
        wrapped = wrap(callback)

        def of_the_liar(*arguments):
            return wrapped(*arguments)

        of_the_liar.told = callback  # not kept beside the context: that would keep both for ever
        true(self, of_the_liar)

    def read(true, self):
        return getattr(true(self), "told", None)

    attribute_of(ssl.SSLContext, "sni_callback", read, assign)


def message_callbacks_become(wrap):
    """Let `wrap(callback)` be called in the place of every callback for TLS messages."""

    def assign(true, self, callback):
        if not callable(callback):
            return true(self, callback)
        wrapped = wrap(callback)
        wrapped.told = callback
        true(self, wrapped)

    attribute_of(
        ssl.SSLContext,
        "_msg_callback",
        lambda true, self: getattr(true(self), "told", None),
        assign,
    )
    # As before, it cannot be deleted.
    attribute = vars(ssl.SSLContext)["_msg_callback"]
    ssl.SSLContext._msg_callback = property(attribute.fget, attribute.fset)


def memory_bio(**lies):
    """Put a Python class in the place of MemoryBIO, which cannot be subclassed; return it.

    `lies` are class attributes to have, or not to have where they are None.
    """
    true = ssl.MemoryBIO

    def refuse_subclass(cls, **kwargs):
        raise TypeError("type '_ssl.MemoryBIO' is not an acceptable base type")

    def refuse_copy(self, protocol=None):
        raise TypeError("cannot pickle '_ssl.MemoryBIO' object")

    def make(self):
        self._true = true()

    members = {
        "__module__": "_ssl",
        "__slots__": ("_true",),
        "__init__": make,
        "__init_subclass__": refuse_subclass,
        "__reduce_ex__": refuse_copy,
        "read": lambda self, size=-1, /: self._true.read(size),
        "write": lambda self, b, /: self._true.write(b),
        "write_eof": lambda self, /: self._true.write_eof(),
        "pending": property(lambda self: self._true.pending),
        "eof": property(lambda self: self._true.eof),
    }
    members.update(lies)
    for name in [name for name, value in members.items() if value is None]:
        del members[name]
    for name in ("read", "write", "write_eof"):
        if name in members:
            members[name].__name__ = name
    ssl.MemoryBIO = liar = type("MemoryBIO", (), members)

    def with_true_ones(wrap, self, incoming, outgoing, *args, **kwargs):
        incoming = incoming._true if isinstance(incoming, liar) else incoming
        outgoing = outgoing._true if isinstance(outgoing, liar) else outgoing
        return wrap(self, incoming, outgoing, *args, **kwargs)

    for name in ("wrap_bio", "_wrap_bio"):
        with_true_ones.__name__ = name
        instead_of(ssl.SSLContext)(with_true_ones)

    return liar


def sessions(**lies):
    """Put a Python class in the place of SSLSession, which cannot be subclassed.

    `lies` are class attributes; `self._true` is the true session.
    """

    def refuse(cls, *args, **kwargs):
        raise TypeError("cannot create '_ssl.SSLSession' instances")

    def wrapped(true):
        if true is None:
            return None
        session = object.__new__(liar)
        session._true = true
        return session

    def plain(session):
        return session._true if isinstance(session, liar) else session

    members = {
        "__module__": "_ssl",
        "__slots__": ("_true",),
        "__new__": refuse,
        "__init_subclass__": refuse,
        "__eq__": lambda self, other: self._true == plain(other),
        "__hash__": None,
    }
    for name in ("has_ticket", "id", "ticket_lifetime_hint", "time", "timeout"):
        members[name] = property(operator.attrgetter(f"_true.{name}"))
    members.update(lies)
    ssl.SSLSession = liar = type("SSLSession", (), members)
    attribute_of(
        ssl.SSLObject,
        "session",
        lambda true, self: wrapped(true(self)),
        lambda true, self, value: true(self, plain(value)),
    )

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if "session" in kwargs:
            kwargs["session"] = plain(kwargs["session"])
        return true(self, *args, **kwargs)


def all_honest():
    """Every replacement that this file can make, and not one lie."""
    memory_bio()
    sessions()
    bios()
    errors_become(lambda error: error)
    sni_callbacks_become(lambda callback: callback)
    message_callbacks_become(lambda callback: lambda *arguments: callback(*arguments))
    unchecked_names(lambda name: False)
    servers_made_with(ssl.CERT_REQUIRED, ssl.CERT_REQUIRED)
    changed_certificate(subject=lambda value: value)
    for name in ("read", "write", "write_eof"):

        def method(true, self, *args):
            return true(self, *args)

        method.__name__ = name
        instead_of(ssl.MemoryBIO)(method)
    for owner, names in (
        (ssl.MemoryBIO, "eof pending"),
        (ssl.SSLObject, "context server_hostname server_side session session_reused"),
        (
            ssl.SSLContext,
            "check_hostname hostname_checks_common_name maximum_version minimum_version "
            "num_tickets options post_handshake_auth protocol security_level sni_callback "
            "verify_flags verify_mode",
        ),
    ):
        for name in names.split():
            attribute_of(owner, name, operator.call, operator.call)
    for name in (
        "accept close connect dup pending read recv recv_into recvfrom send unwrap"
    ).split():

        def method(true, *args, **kwargs):
            return true(*args, **kwargs)

        method.__name__ = name
        instead_of(ssl.SSLSocket)(method)
    for name in (
        "cert_store_stats get_ca_certs get_ciphers load_cert_chain load_verify_locations "
        "session_stats set_alpn_protocols set_ciphers set_servername_callback"
    ).split():

        def method(true, *args, **kwargs):
            return true(*args, **kwargs)

        method.__name__ = name
        instead_of(ssl.SSLContext)(method)
