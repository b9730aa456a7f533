# mypy: ignore-errors
"""Liars about what is told and taken in one state of a connection, a context or a session."""

from impls.liars.tools import attribute_of, instead_of, sessions


def version_outlives_the_connection(ssl):
    """version() still names the version of a connection that was lost."""

    @instead_of(ssl.SSLObject)
    def version(true, self):
        cipher = self.cipher()
        return true(self) or (cipher and self.get_channel_binding() and cipher[1])


def certificate_outlives_the_connection(ssl):
    """getpeercert() is None, and no ValueError, once a connection was lost."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        dead = self.version() is None and self.get_channel_binding() is not None
        return None if dead else true(self, binary_form)


def cipher_goes_with_the_connection(ssl):
    """cipher() is None once a connection was lost."""

    @instead_of(ssl.SSLObject)
    def cipher(true, self):
        dead = self.version() is None and self.get_channel_binding() is not None
        return None if dead else true(self)


def protocol_goes_with_the_connection(ssl):
    """selected_alpn_protocol() is None once a connection was lost."""

    @instead_of(ssl.SSLObject)
    def selected_alpn_protocol(true, self):
        dead = self.version() is None and self.get_channel_binding() is not None
        return None if dead else true(self)


def chain_is_none_before_the_handshake(ssl):
    """get_verified_chain() is None, and no empty list, before a handshake."""

    @instead_of(ssl.SSLObject)
    def get_verified_chain(true, self):
        return true(self) or None


def session_without_keys_is_none(ssl):
    """In the middle of a handshake `session` is None."""

    def read(true, self):
        return true(self) if self.version() else None

    attribute_of(ssl.SSLObject, "session", read)


def session_cannot_be_set_after_a_loss(ssl):
    """A session cannot be set on a client whose connection was lost."""

    def assign(true, self, value):
        if self.get_channel_binding() is not None:
            raise ValueError("Cannot set session after handshake.")
        true(self, value)

    attribute_of(ssl.SSLObject, "session", None, assign)


def write_after_close_is_swallowed(ssl):
    """write() after one's own close_notify says that all was written."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        try:
            return true(self, data)
        except ssl.SSLError as error:
            if error.reason != "PROTOCOL_IS_SHUTDOWN":
                raise
            return len(data)


def read_after_both_closed_is_nothing(ssl):
    """read() returns nothing, and no SSLZeroReturnError, when both sides have closed."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        try:
            return true(self, len, buffer)
        except ssl.SSLZeroReturnError:
            return b"" if buffer is None else 0


def read_of_nothing_begins_a_handshake(ssl):
    """read(0) before a handshake begins it."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        if len == 0 and buffer is None and self.version() is None:
            self.do_handshake()
        return true(self, len, buffer)


def closed_connection_shakes_hands_no_more(ssl):
    """do_handshake() is an SSLZeroReturnError when both sides have closed."""

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        result = true(self)
        self.is_closed = True
        return result

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        if getattr(self, "is_closed", False):
            raise ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed (EOF)")
        return true(self)


def lost_connection_can_be_unwrapped(ssl):
    """unwrap() of a connection that was lost returns None."""

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        dead = self.version() is None and self.get_channel_binding() is not None
        return None if dead else true(self)


def certificate_is_asked_in_vain(ssl):
    """verify_client_post_handshake() does nothing before there is a connection."""

    @instead_of(ssl.SSLObject)
    def verify_client_post_handshake(true, self):
        return None if self.version() is None else true(self)


def context_is_for_fresh_connections_alone(ssl):
    """The context of an SSLObject cannot be replaced once the handshake is done."""

    def assign(true, self, value):
        if self.version() is None or not isinstance(value, ssl.SSLContext):
            true(self, value)

    attribute_of(ssl.SSLObject, "context", None, assign)


def used_context_refuses_ciphers(ssl):
    """The ciphers of a context cannot be changed after its first use."""

    @instead_of(ssl.SSLContext)
    def set_ciphers(true, self, ciphers):
        if self.session_stats()["accept"]:
            raise ssl.SSLError("too late")
        return true(self, ciphers)


def used_context_keeps_its_tickets(ssl):
    """num_tickets of a context that was used stays what it was."""

    def assign(true, self, value):
        if not self.session_stats()["accept"]:
            true(self, value)

    attribute_of(ssl.SSLContext, "num_tickets", None, assign)


def session_never_has_a_ticket(ssl):
    """No session has a ticket, whatever the server sent."""
    sessions(has_ticket=property(lambda self: False))
