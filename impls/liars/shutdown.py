# mypy: ignore-errors
"""Liars about the end of a connection, orderly and not."""

from impls.liars.tools import as_another, bios, errors_become, instead_of, raised


def close_notify_is_sent_twice(ssl):
    """unwrap() sends its alert twice."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        outgoing = of[self][1]
        before = outgoing.pending
        try:
            return true(self)
        finally:
            if outgoing.pending > before == 0:
                alert = outgoing.read()
                outgoing.write(alert + alert)


def close_notify_is_not_sent(ssl):
    """unwrap() sends nothing."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        before = of[self][1].read()
        try:
            return true(self)
        finally:
            of[self][1].read()
            of[self][1].write(before)


def unwrap_returns_self(ssl):
    """unwrap() returns the SSLObject when it is done."""

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        true(self)
        return self


def unwrap_does_not_wait(ssl):
    """unwrap() returns None without the answer of the other side."""

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        try:
            return true(self)
        except ssl.SSLWantReadError:
            return None


def unwrap_before_the_handshake_is_done(ssl):
    """unwrap() before the handshake returns None."""

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        return true(self) if self.version() else None


def unwrap_drops_unread_data(ssl):
    """unwrap() goes past data that was not read."""

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        while True:
            try:
                return true(self)
            except ssl.SSLError as error:
                if error.reason != "APPLICATION_DATA_AFTER_CLOSE_NOTIFY":
                    raise


def read_after_the_goodbye_is_a_zero_return(ssl):
    """read() after close_notify raises SSLZeroReturnError, this side's own not yet sent."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        got = true(self, len, buffer)
        if not got and len and buffer is None:
            raise raised(ssl.SSLZeroReturnError, 6, "TLS/SSL connection has been closed (EOF)")
        return got


def read_after_both_goodbyes_is_empty(ssl):
    """read() after both close_notify returns b""."""

    @instead_of(ssl.SSLObject)
    def read(true, self, *args):
        try:
            return true(self, *args)
        except ssl.SSLZeroReturnError:
            return b""


def read_into_after_the_goodbye_is_empty_bytes(ssl):
    """read(n, buffer) after close_notify returns b"" rather than 0."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        got = true(self, len, buffer)
        return b"" if got == 0 else got


def write_after_the_goodbye_is_accepted(ssl):
    """write() after this side's close_notify returns the count, and nothing is sent."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        try:
            return true(self, data)
        except ssl.SSLError as error:
            if error.reason != "PROTOCOL_IS_SHUTDOWN":
                raise
            return len(data)


def write_answers_a_goodbye(ssl):
    """write() after the other side's close_notify is refused."""
    heard = set()

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        got = true(self, len, buffer)
        if not got and len:
            heard.add(self)
        return got

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        if self in heard:
            raise raised(ssl.SSLZeroReturnError, 6, "TLS/SSL connection has been closed (EOF)")
        return true(self, data)


def version_outlives_a_ragged_end(ssl):
    """version() is still known after a ragged end was met."""
    known = {}

    @instead_of(ssl.SSLObject)
    def version(true, self):
        found = true(self)
        if found:
            known[self] = found
        return found or known.get(self)


def ragged_end_is_suppressed(ssl):
    """read() at a ragged end returns b"", as wrap_socket() does by default."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        try:
            return true(self, len, buffer)
        except ssl.SSLEOFError:
            return b"" if buffer is None else 0


def ragged_end_wants_to_read(ssl):
    """read() at a ragged end wants to read."""

    def patient(error):
        if isinstance(error, ssl.SSLEOFError):
            return as_another(error, ssl.SSLWantReadError)
        return error

    errors_become(patient, ["read"])


def ragged_end_has_no_reason(ssl):
    """The error of a ragged end has no reason."""

    def without(error):
        if isinstance(error, ssl.SSLEOFError):
            error.reason = None
        return error

    errors_become(without, ["read"])


def ragged_end_sends_no_alert(ssl):
    """A side that meets a ragged end sends no alert."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def read(true, self, *args):
        before = of[self][1].pending
        try:
            return true(self, *args)
        except ssl.SSLEOFError:
            if not before:
                of[self][1].read()
            raise


def ragged_end_is_never_ignored(ssl):
    """OP_IGNORE_UNEXPECTED_EOF does nothing."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        self.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        return true(self, *args, **kwargs)


def fatal_error_is_forgotten(ssl):
    """read() after a fatal error wants to read."""
    failed = set()

    @instead_of(ssl.SSLObject)
    def read(true, self, *args):
        if self in failed:
            raise raised(
                ssl.SSLWantReadError, ssl.SSL_ERROR_WANT_READ, "The operation did not complete"
            )
        try:
            return true(self, *args)
        except ssl.SSLError as error:
            if error.errno == ssl.SSL_ERROR_SSL:
                failed.add(self)
            raise
