# mypy: ignore-errors
"""Liars about sessions and their resumption."""

from impls.liars.tools import attribute_of, instead_of, sessions


def session_is_always_reused(ssl):
    """session_reused is True for every connection."""
    attribute_of(ssl.SSLObject, "session_reused", lambda true, self: True)


def session_is_reused_by_clients_alone(ssl):
    """session_reused is False on the server."""
    attribute_of(
        ssl.SSLObject, "session_reused", lambda true, self: true(self) and not self.server_side
    )


def session_of_wrap_bio_is_ignored(ssl):
    """A session given to wrap_bio() is not resumed."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, session=None, **kwargs):
        return true(self, *args, **kwargs)


def assigned_session_is_ignored(ssl):
    """A session that is assigned to an SSLObject is not resumed."""

    def assign(true, self, value):
        if not isinstance(value, ssl.SSLSession) or self.version():
            true(self, value)

    attribute_of(ssl.SSLObject, "session", None, assign)


def session_may_be_set_at_any_time(ssl):
    """Assigning a session after the handshake is accepted, and does nothing."""

    def assign(true, self, value):
        if not self.version():
            true(self, value)

    attribute_of(ssl.SSLObject, "session", None, assign)


def session_may_be_of_another_context(ssl):
    """Assigning a session of another context is accepted, and does nothing."""

    def assign(true, self, value):
        try:
            true(self, value)
        except ValueError as error:
            if "SSLContext" not in str(error):
                raise

    attribute_of(ssl.SSLObject, "session", None, assign)


def server_takes_a_session(ssl):
    """Assigning a session to a server is accepted, and does nothing."""

    def assign(true, self, value):
        if not self.server_side:
            true(self, value)

    attribute_of(ssl.SSLObject, "session", None, assign)


def session_is_reset_by_none(ssl):
    """Assigning None to the session of an SSLObject is accepted, and does nothing."""

    def assign(true, self, value):
        if value is not None:
            true(self, value)

    attribute_of(ssl.SSLObject, "session", None, assign)


def session_is_the_same_object_each_time(ssl):
    """The session of an SSLObject is one object, however often it is asked for."""
    known = {}

    def read(true, self):
        found = true(self)
        return None if found is None else known.setdefault((id(self), found.id), found)

    attribute_of(ssl.SSLObject, "session", read)


def session_has_no_ticket(ssl):
    """has_ticket of a session is False."""
    sessions(has_ticket=property(lambda self: False))


def session_lasts_five_minutes(ssl):
    """timeout of a session is 300."""
    sessions(timeout=property(lambda self: 300))


def session_has_no_lifetime_hint(ssl):
    """ticket_lifetime_hint of a session is None."""
    sessions(ticket_lifetime_hint=property(lambda self: None))


def session_has_a_short_id(ssl):
    """id of a session is cut to 16 bytes."""
    sessions(id=property(lambda self: self._true.id[:16]))


def session_time_is_a_float(ssl):
    """time of a session is a float."""
    sessions(time=property(lambda self: float(self._true.time)))


def session_timeout_can_be_set(ssl):
    """Assigning to timeout of a session is accepted, and does nothing."""
    sessions(timeout=property(lambda self: self._true.timeout, lambda self, value: None))


def sessions_are_equal_by_identity(ssl):
    """Two askings for one session are not equal."""
    sessions(__eq__=lambda self, other: self is other)


def sessions_can_be_hashed(ssl):
    """A session can be a key of a dictionary."""
    sessions(__hash__=lambda self: hash(self._true.id))


def resumption_is_not_counted(ssl):
    """session_stats() counts no hits."""

    @instead_of(ssl.SSLContext)
    def session_stats(true, self):
        return {**true(self), "hits": 0}
