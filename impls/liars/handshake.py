# mypy: ignore-errors
"""Liars about the handshake, its errors, and what it negotiates."""

from impls.liars.tools import as_another, attribute_of, bios, errors_become, instead_of, raised


def want_read_is_want_write(ssl):
    """do_handshake() raises SSLWantWriteError where it wants to read."""

    def swapped(error):
        if isinstance(error, ssl.SSLWantReadError):
            return as_another(error, ssl.SSLWantWriteError)
        return error

    errors_become(swapped, ["do_handshake"])


def want_read_is_a_plain_error(ssl):
    """What is raised when bytes are missing is SSLError itself, with the right errno."""

    def plain(error):
        if isinstance(error, ssl.SSLWantReadError):
            return as_another(error, ssl.SSLError)
        return error

    errors_become(plain, ["do_handshake"])


def eof_is_a_plain_error(ssl):
    """The error of an end in the handshake is SSLError itself, with the right errno."""

    def plain(error):
        return as_another(error, ssl.SSLError) if isinstance(error, ssl.SSLEOFError) else error

    errors_become(plain, ["do_handshake"])


def errno_is_lost(ssl):
    """Errors of the handshake have no errno."""

    def without(error):
        error.errno = None
        return error

    errors_become(without, ["do_handshake"])


def reason_is_lost(ssl):
    """Errors of the handshake have no reason."""

    def without(error):
        error.reason = None
        return error

    errors_become(without, ["do_handshake"])


def library_is_lost(ssl):
    """Errors of the handshake have no library."""

    def without(error):
        error.library = None
        return error

    errors_become(without, ["do_handshake"])


def message_is_only_the_reason(ssl):
    """The text of an error is its reason alone, without library and description."""

    def short(error):
        if error.reason is None:
            return error
        other = type(error)(error.args[0], error.reason)
        vars(other).update(vars(error))
        return other

    errors_become(short, ["do_handshake"])


def handshake_returns_true(ssl):
    """do_handshake() returns True when it is done."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        true(self)
        return True


def handshake_returns_before_it_is_done(ssl):
    """do_handshake() returns None where it wants to read."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            true(self)
        except ssl.SSLWantReadError:
            pass


def handshake_happens_only_once(ssl):
    """do_handshake() after the handshake is a ValueError."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        if self.version():
            raise ValueError("handshake already done")
        return true(self)


def failed_handshake_waits_for_more(ssl):
    """do_handshake() after a failed handshake wants to read."""
    failed = set()

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        if self in failed:
            raise raised(
                ssl.SSLWantReadError, ssl.SSL_ERROR_WANT_READ, "The operation did not complete"
            )
        try:
            return true(self)
        except ssl.SSLWantReadError:
            raise
        except ssl.SSLError:
            failed.add(self)
            raise


def failure_sends_no_alert(ssl):
    """A side that fails in the handshake sends no alert."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            return true(self)
        except ssl.SSLWantReadError:
            raise
        except ssl.SSLError:
            of[self][1].read()
            raise


def first_flight_is_sent_twice(ssl):
    """do_handshake() sends the hello of a client twice."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        outgoing = of[self][1]
        first = not self.server_side and outgoing.pending == of[self][0].pending == 0
        try:
            return true(self)
        finally:
            if first and outgoing.pending and not self.version() and not hasattr(self, "_sent"):
                self._sent = True
                sent = outgoing.read()
                outgoing.write(sent + sent)


def version_is_none_after_the_handshake(ssl):
    """version() is None always."""

    @instead_of(ssl.SSLObject)
    def version(true, self):
        return None


def cipher_is_a_list(ssl):
    """cipher() is a list."""

    @instead_of(ssl.SSLObject)
    def cipher(true, self):
        found = true(self)
        return found and list(found)


def cipher_names_the_version_of_the_connection(ssl):
    """The second field of cipher() is the version of the connection."""

    @instead_of(ssl.SSLObject)
    def cipher(true, self):
        found = true(self)
        return found and (found[0], self.version(), found[2])


def shared_ciphers_of_a_client_are_a_list(ssl):
    """shared_ciphers() of a client is an empty list rather than None."""

    @instead_of(ssl.SSLObject)
    def shared_ciphers(true, self):
        return true(self) or []


def shared_ciphers_are_sorted(ssl):
    """shared_ciphers() is in alphabetical order."""

    @instead_of(ssl.SSLObject)
    def shared_ciphers(true, self):
        found = true(self)
        return found and sorted(found)


def compression_is_an_empty_text(ssl):
    """compression() is "" where nothing is compressed."""

    @instead_of(ssl.SSLObject)
    def compression(true, self):
        return true(self) or ""


def channel_binding_is_each_sides_own(ssl):
    """get_channel_binding() of the server is not that of the client."""

    @instead_of(ssl.SSLObject)
    def get_channel_binding(true, self, *args, **kwargs):
        found = true(self, *args, **kwargs)
        return found[::-1] if found and self.server_side else found


def server_side_is_a_number(ssl):
    """server_side is 0 or 1 rather than a bool."""
    attribute_of(ssl.SSLObject, "server_side", lambda true, self: int(true(self)))


def server_hostname_is_lost(ssl):
    """server_hostname is None for a client too."""
    attribute_of(ssl.SSLObject, "server_hostname", lambda true, self: None)


def server_hostname_can_be_assigned(ssl):
    """Assigning to server_hostname is accepted, and does nothing."""
    attribute_of(ssl.SSLObject, "server_hostname", None, lambda true, self, value: None)


def new_context_is_ignored(ssl):
    """Assigning another context to an SSLObject does nothing."""
    attribute_of(ssl.SSLObject, "context", None, lambda true, self, value: None)


def class_of_objects_is_fixed(ssl):
    """wrap_bio() makes an SSLObject whatever sslobject_class is."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        wrapped = true(self, *args, **kwargs)
        wrapped.__class__ = ssl.SSLObject
        return wrapped


def objects_can_be_made_directly(ssl):
    """SSLObject() makes an object that has nothing behind it."""
    ssl.SSLObject.__init__ = lambda self, *args, **kwargs: None


def protocol_may_be_of_the_other_side(ssl):
    """A client context that is to make a server makes a client."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if self.protocol == ssl.PROTOCOL_TLS_CLIENT:
            kwargs["server_side"] = False
            args = args[:2]
        return true(self, *args, **kwargs)


def errors_are_chained(ssl):
    """Errors of the handshake are raised while another exception is handled."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            true(self)
        except ssl.SSLError as error:
            error.__context__, error.__suppress_context__ = LookupError(), False
            raise
