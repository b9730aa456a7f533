# mypy: ignore-errors
"""Liars about reading and writing on an SSLObject."""

from impls.liars.tools import as_another, bios, errors_become, instead_of, length_of, raised


def read_loses_its_last_byte(ssl):
    """read() decrypts as many bytes as asked for and returns one fewer."""

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        got = true(self, *args, **kwargs)
        return got[:-1] if isinstance(got, bytes) else got


def read_length_is_2048_by_default(ssl):
    """read() without a length returns up to 2048 bytes."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=2048, buffer=None):
        return true(self, len, buffer)


def read_of_zero_wants_to_read(ssl):
    """read(0) takes in a record, or wants to read one."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        return true(self, len or 1, buffer)


def read_of_a_negative_length_reads_everything(ssl):
    """read(-1) returns what there is, as a file does."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        negative = isinstance(len, int) and len < 0 and buffer is None
        return true(self, 65536 if negative else len, buffer)


def read_joins_records(ssl):
    """read() goes on into the next record while there is one."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        got = true(self, len, buffer)
        if buffer is None and got and len > 1000:
            try:
                got += true(self, len)
            except ssl.SSLError:
                pass
        return got


def read_returns_nothing_for_want_read(ssl):
    """read() returns b"" where it should raise SSLWantReadError."""

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        try:
            return true(self, *args, **kwargs)
        except ssl.SSLWantReadError:
            return b""


def read_into_returns_the_size_of_the_buffer(ssl):
    """read(n, buffer) returns the size of the buffer rather than the count."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        got = true(self, len, buffer)
        return got if buffer is None else length_of(memoryview(buffer).cast("B"))


def read_into_overruns_the_length_by_one(ssl):
    """read(n, buffer) fills up to n + 1 bytes of a buffer that has room for them."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        more = buffer is not None and isinstance(len, int) and len > 0
        return true(self, len + 1 if more else len, buffer)


def read_into_clears_the_rest(ssl):
    """read(n, buffer) sets the rest of the buffer to zero."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        got = true(self, len, buffer)
        if buffer is not None and got < length_of(buffer):
            memoryview(buffer).cast("B")[got:] = bytes(length_of(buffer) - got)
        return got


def read_into_clears_before_it_wants(ssl):
    """read(n, buffer) sets the buffer to zero before it raises SSLWantReadError."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        try:
            return true(self, len, buffer)
        except ssl.SSLWantReadError:
            if buffer is not None:
                buffer[:] = bytes(length_of(buffer))
            raise


def read_into_ignores_where_a_slice_begins(ssl):
    """read(n, memoryview) fills the object behind the memoryview from its start."""

    @instead_of(ssl.SSLObject)
    def read(true, self, len=1024, buffer=None):
        if isinstance(buffer, memoryview) and not buffer.readonly:
            return true(self, min(len, length_of(buffer)), memoryview(buffer.obj))
        return true(self, len, buffer)


def pending_counts_one_fewer(ssl):
    """pending() does not count the last byte."""

    @instead_of(ssl.SSLObject)
    def pending(true, self):
        return max(0, true(self) - 1)


def pending_counts_what_is_encrypted(ssl):
    """pending() counts what waits in the incoming BIO too."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def pending(true, self):
        return true(self) + of[self][0].pending


def write_returns_none(ssl):
    """SSLObject.write() returns None."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        true(self, data)


def write_accepts_text(ssl):
    """SSLObject.write() takes ASCII text for its bytes."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        return true(self, data.encode("ascii") if isinstance(data, str) else data)


def write_renames_its_parameter(ssl):
    """The parameter of SSLObject.write() is named `buffer`."""

    @instead_of(ssl.SSLObject)
    def write(true, self, buffer):
        return true(self, buffer)


def write_of_nothing_sends_a_record(ssl):
    """write(b"") sends one NUL byte."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        if data == b"":
            true(self, b"\0")
            return 0
        return true(self, data)


def write_takes_one_record_at_a_time(ssl):
    """write() takes at most 16384 bytes."""

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        return true(self, data[:16384] if isinstance(data, bytes) else data)


def write_stops_at_the_outgoing_end(ssl):
    """write() raises SSLEOFError when the outgoing BIO has its end."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def write(true, self, data):
        if of[self][1].eof:
            raise raised(
                ssl.SSLEOFError, ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol"
            )
        return true(self, data)


def tampered_record_is_dropped(ssl):
    """A record that cannot be decrypted is as if it had not come."""

    def quietly(error):
        # The second is what OpenSSL 3.2 and later say of it.
        if error.reason in ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "RECORD_LAYER_FAILURE"):
            return as_another(error, ssl.SSLWantReadError)
        return error

    errors_become(quietly, ["read"])


def read_keeps_the_buffer(ssl):
    """read() goes on using the buffer that it was given."""
    kept = []

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        kept.extend(memoryview(one) for one in args if isinstance(one, bytearray))
        return true(self, *args, **kwargs)


def read_keeps_its_object(ssl):
    """read() keeps the connection alive for good."""
    kept = []

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        kept.append(self)
        return true(self, *args, **kwargs)
