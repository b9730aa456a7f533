# mypy: ignore-errors
"""Liars about identity, and who keeps whom alive."""

from impls.liars.tools import attribute_of, bios, instead_of


def objects_live_for_ever(ssl):
    """An SSLObject is never let go."""
    kept = []

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        kept.append(true(self, *args, **kwargs))
        return kept[-1]


def unfinished_objects_live_for_ever(ssl):
    """An SSLObject that began its handshake is never let go."""
    kept = []

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        kept.append(self)
        return true(self)


def contexts_live_for_ever(ssl):
    """A context is never let go."""
    kept = []

    @instead_of(ssl)
    def create_default_context(true, *args, **kwargs):
        kept.append(true(*args, **kwargs))
        return kept[-1]


def replaced_contexts_live_on(ssl):
    """An SSLObject that is given another context keeps the old one too."""

    def assign(true, self, value):
        old = true(self)
        true(self, value)
        self._old = old

    attribute_of(ssl.SSLObject, "context", None, assign)


def objects_need_their_bios(ssl):
    """An SSLObject whose BIOs the caller dropped has none."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        if ssl.sys.getrefcount(of[self][0]) <= 2:
            raise ssl.SSLError("Underlying BIO is gone")
        return true(self)


def bios_end_with_their_object(ssl):
    """When an SSLObject is gone its outgoing BIO is empty."""
    of = bios()

    def __del__(self):
        if self in of:
            of[self][1].read()

    ssl.SSLObject.__del__ = __del__


def context_is_a_new_object_each_time(ssl):
    """The context of an SSLObject is another object each time it is asked for."""
    attribute_of(ssl.SSLObject, "context", lambda true, self: ssl.create_default_context())


def objects_are_equal_by_context(ssl):
    """Two SSLObjects of one context are equal."""
    ssl.SSLObject.__eq__ = lambda self, other: self.context is getattr(other, "context", None)
    ssl.SSLObject.__hash__ = lambda self: 1


def contexts_are_equal_by_protocol(ssl):
    """Two contexts of one protocol are equal."""
    ssl.SSLContext.__eq__ = lambda self, other: self.protocol == getattr(other, "protocol", None)
    ssl.SSLContext.__hash__ = lambda self: 1


def contexts_can_be_copied(ssl):
    """copy.copy() of a context gives a new one without its certificates."""
    ssl.SSLContext.__copy__ = lambda self: type(self)(self.protocol)


def subclass_makes_plain_objects(ssl):
    """The objects of a subclass of SSLContext ignore its sslobject_class."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        wrapped = true(self, *args, **kwargs)
        if type(self) is not ssl.SSLContext:
            wrapped.__class__ = ssl.SSLObject
        return wrapped


def subclass_becomes_a_plain_context(ssl):
    """Calling a subclass of SSLContext gives a plain SSLContext."""

    @instead_of(ssl.SSLContext)
    def __new__(true, cls, *args, **kwargs):
        return true(ssl.SSLContext, *args, **kwargs)

    ssl.SSLContext.__new__ = staticmethod(ssl.SSLContext.__new__)


def session_is_shown_once(ssl):
    """The session of an SSLObject is None when it is asked for again."""
    asked = set()

    def once(true, self):
        if self in asked:
            return None
        asked.add(self)
        return true(self)

    attribute_of(ssl.SSLObject, "session", once)
