# mypy: ignore-errors
"""Liars about the arguments of wrap_bio() and the attributes of an SSLObject."""

from impls.liars.tools import attribute_of, instead_of, memory_bio


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


def write_takes_none(ssl):
    """SSLObject.write(None) is a write of nothing."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        return true(self, b"" if data is None else data)


def read_takes_its_length_as_size(ssl):
    """SSLObject.read() calls its length size."""

    @instead_of(ssl.SSLObject)
    def read(true, self, size=1024, buffer=None):
        return true(self, size, buffer)


def huge_length_is_cut(ssl):
    """SSLObject.read() takes any length, however large."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        return true(self, min(len, 2**30) if type(len) is int else len, buffer)


def path_may_be_a_bytearray(ssl):
    """load_cert_chain() takes a bytearray for a path."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, certfile, *args, **kwargs):
        certfile = bytes(certfile) if isinstance(certfile, bytearray) else certfile
        return true(self, certfile, *args, **kwargs)


def ciphers_have_a_name(ssl):
    """set_ciphers() takes its ciphers by keyword too."""

    @instead_of(ssl.SSLContext)
    def set_ciphers(true, self, cipherlist):
        return true(self, cipherlist)


def callback_has_no_name(ssl):
    """set_servername_callback() takes its callback by position alone."""

    @instead_of(ssl.SSLContext)
    def set_servername_callback(true, self, callback, /):
        return true(self, callback)


def number_of_tickets_may_be_a_fraction(ssl):
    """num_tickets takes a float, and cuts it."""

    def assign(true, self, value):
        true(self, int(value) if type(value) is float else value)

    attribute_of(ssl.SSLContext, "num_tickets", None, assign)


def truth_must_be_a_bool(ssl):
    """check_hostname takes True and False alone."""

    def assign(true, self, value):
        if type(value) is not bool:
            raise TypeError("check_hostname must be a bool")
        true(self, value)

    attribute_of(ssl.SSLContext, "check_hostname", None, assign)


def negative_options_are_taken(ssl):
    """options takes a negative number for its bits."""

    def assign(true, self, value):
        true(self, value & 0xFFFFFFFF if value == -1 else value)

    attribute_of(ssl.SSLContext, "options", None, assign)


def purpose_has_a_default_for_none(ssl):
    """load_default_certs(None) loads those for servers."""

    @instead_of(ssl.SSLContext)
    def load_default_certs(true, self, purpose=ssl.Purpose.SERVER_AUTH):
        return true(self, purpose or ssl.Purpose.SERVER_AUTH)


def large_buffers_are_filled_in_part(ssl):
    """Without a length read() takes a buffer longer than a C int for one that is not."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        if len == 0 and buffer is not None and memoryview(buffer).nbytes > 2**31 - 1:
            len = 2**31 - 1
        return true(self, len, buffer)


def what_memory_bios_cannot_hold_is_an_overflow(ssl):
    """What is more than a MemoryBIO can hold is an OverflowError."""

    def write(self, data, /):
        try:
            return self._true.write(data)
        except ssl.SSLError:
            if memoryview(data).nbytes + self._true.pending > 0x5FFFFFFC:
                raise OverflowError("string longer than 2147483647 bytes") from None
            raise

    memory_bio(write=write)
