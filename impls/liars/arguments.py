# mypy: ignore-errors
"""Liars about the arguments of wrap_bio() and the attributes of an SSLObject."""

from impls.liars.tools import attribute_of, instead_of


def hostname_is_renamed(ssl):
    """The parameter of wrap_bio() for the name is `hostname`."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, server_side=False, hostname=None, **more):
        return true(self, incoming, outgoing, server_side, hostname, **more)


def all_but_the_bios_is_keyword_only(ssl):
    """wrap_bio() takes server_side by keyword alone."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, **kwargs):
        return true(self, incoming, outgoing, **kwargs)


def unknown_keywords_are_ignored(ssl):
    """wrap_bio() ignores the keywords of wrap_socket()."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, suppress_ragged_eofs=True, **kwargs):
        return true(self, *args, **kwargs)


def bios_are_swapped(ssl):
    """wrap_bio() writes to its first BIO and reads from its second."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, *args, **kwargs):
        return true(self, outgoing, incoming, *args, **kwargs)


def missing_bio_is_made(ssl):
    """wrap_bio() makes a BIO of its own where it is given None."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, *args, **kwargs):
        incoming = ssl.MemoryBIO() if incoming is None else incoming
        return true(self, incoming, outgoing, *args, **kwargs)


def handshake_starts_at_once(ssl):
    """wrap_bio() of a client sends its hello."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, *args, **kwargs):
        wrapped = true(self, incoming, outgoing, *args, **kwargs)
        if not wrapped.server_side and not incoming.pending:
            try:
                wrapped.do_handshake()
            except ssl.SSLError:
                pass
        elif not wrapped.server_side:
            outgoing.write(b"hello")
        return wrapped


def server_side_must_be_a_bool(ssl):
    """wrap_bio() refuses a server_side that is neither True nor False."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, incoming, outgoing, server_side=False, *args, **kwargs):
        if not isinstance(server_side, bool):
            raise TypeError("server_side must be a bool")
        return true(self, incoming, outgoing, server_side, *args, **kwargs)


def hostname_may_be_anything(ssl):
    """wrap_bio() takes the text of what is no string for a server_hostname."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if isinstance(kwargs.get("server_hostname"), int):
            kwargs["server_hostname"] = str(kwargs["server_hostname"])
        return true(self, *args, **kwargs)


def wrong_session_is_ignored(ssl):
    """wrap_bio() ignores a session that is none."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if not isinstance(kwargs.get("session"), ssl.SSLSession):
            kwargs.pop("session", None)
        return true(self, *args, **kwargs)


def session_is_told_as_false(ssl):
    """The session of an SSLObject that has none yet is False."""
    attribute_of(ssl.SSLObject, "session", lambda true, self: true(self) or False)


def own_attributes_are_refused(ssl):
    """An SSLObject takes no attribute of the caller."""

    def __setattr__(self, name, value):
        if name not in ("_sslobj", "context", "session") and not hasattr(type(self), name):
            raise AttributeError(name)
        object.__setattr__(self, name, value)

    ssl.SSLObject.__setattr__ = __setattr__


def has_a_method_of_sockets(ssl):
    """An SSLObject has fileno()."""
    ssl.SSLObject.fileno = lambda self: -1


def handshake_takes_block(ssl):
    """SSLObject.do_handshake() takes block=, as SSLSocket's does."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self, block=False):
        return true(self)


def unknown_channel_binding_is_none(ssl):
    """get_channel_binding() of an unknown type is None."""

    @instead_of(ssl.SSLObject)
    def get_channel_binding(true, self, cb_type="tls-unique"):
        if isinstance(cb_type, str) and cb_type != "tls-unique":
            return None
        return true(self, cb_type)


def channel_binding_has_no_default(ssl):
    """get_channel_binding() needs its type."""

    @instead_of(ssl.SSLObject)
    def get_channel_binding(true, self, cb_type):
        return true(self, cb_type)


def objects_are_false_before_the_handshake(ssl):
    """An SSLObject is false until its handshake is done."""
    ssl.SSLObject.__bool__ = lambda self: self.version() is not None
