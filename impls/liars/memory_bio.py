# mypy: ignore-errors
"""Liars about MemoryBIO alone."""

from impls.liars.tools import attribute_of, instead_of, memory_bio


def pending_counts_one_more(ssl):
    """MemoryBIO.pending is one more than there are bytes."""
    attribute_of(memory_bio(), "pending", lambda true, self: true(self) + 1)


def eof_flag_is_dropped(ssl):
    """MemoryBIO.write_eof() does nothing."""

    @instead_of(memory_bio())
    def write_eof(true, self):
        return None


def eof_comes_before_the_bytes_are_read(ssl):
    """MemoryBIO.eof is true from write_eof() on, whatever is left to be read."""

    @instead_of(memory_bio(__slots__=("_true", "_ended")))
    def write_eof(true, self):
        self._ended = True
        return true(self)

    attribute_of(ssl.MemoryBIO, "eof", lambda true, self: hasattr(self, "_ended"))


def eof_of_an_empty_one_is_true(ssl):
    """MemoryBIO.eof is true whenever there is nothing to be read."""
    attribute_of(memory_bio(), "eof", lambda true, self: self.pending == 0)


def eof_is_a_number(ssl):
    """MemoryBIO.eof is 0 or 1 rather than a bool."""
    attribute_of(memory_bio(), "eof", lambda true, self: int(true(self)))


def write_eof_returns_true(ssl):
    """MemoryBIO.write_eof() returns True."""

    @instead_of(memory_bio())
    def write_eof(true, self):
        true(self)
        return True


def write_after_eof_is_accepted(ssl):
    """MemoryBIO.write() after write_eof() returns the count, and the bytes are lost."""

    @instead_of(memory_bio())
    def write(true, self, content):
        try:
            return true(self, content)
        except ssl.SSLError:
            return len(content)


def write_after_eof_is_a_value_error(ssl):
    """MemoryBIO.write() after write_eof() is a ValueError, as for a closed file."""

    @instead_of(memory_bio())
    def write(true, self, content):
        try:
            return true(self, content)
        except ssl.SSLError as error:
            raise ValueError(*error.args) from None


def write_after_eof_has_a_number(ssl):
    """The error of a write() after write_eof() has an errno."""

    @instead_of(memory_bio())
    def write(true, self, content):
        try:
            return true(self, content)
        except ssl.SSLError as error:
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, *error.args) from None


def bio_write_accepts_text(ssl):
    """MemoryBIO.write() takes ASCII text for its bytes."""

    @instead_of(memory_bio())
    def write(true, self, content):
        return true(self, content.encode("ascii") if isinstance(content, str) else content)


def write_takes_bytes_only(ssl):
    """MemoryBIO.write() refuses a memoryview."""

    @instead_of(memory_bio())
    def write(true, self, content):
        if isinstance(content, memoryview):
            raise TypeError("a bytes-like object is required, not 'memoryview'")
        return true(self, content)


def write_counts_items(ssl):
    """MemoryBIO.write() returns the number of items rather than of bytes."""

    @instead_of(memory_bio())
    def write(true, self, content):
        true(self, content)
        return len(content)


def write_stops_at_a_nul(ssl):
    """MemoryBIO.write() takes what comes before the first NUL byte."""

    @instead_of(memory_bio())
    def write(true, self, content):
        count = true(self, content if type(content) is not bytes else content.split(b"\0")[0])
        return len(content) if type(content) is bytes else count


def write_keeps_64_kibibytes(ssl):
    """MemoryBIO.write() takes at most 65536 bytes of what it is given."""

    @instead_of(memory_bio())
    def write(true, self, content):
        return true(self, content[:65536] if type(content) is bytes else content)


def read_returns_one_byte_fewer(ssl):
    """MemoryBIO.read(n) returns at most n - 1 bytes."""

    @instead_of(memory_bio())
    def read(true, self, size=-1, /):
        return true(self, size - 1 if isinstance(size, int) and size > 1 else size)


def read_of_zero_returns_everything(ssl):
    """MemoryBIO.read(0) returns all bytes, as if no size had been given."""

    @instead_of(memory_bio())
    def read(true, self, size=-1, /):
        return true(self, -1 if size == 0 else size)


def read_takes_its_size_by_keyword(ssl):
    """MemoryBIO.read(size=1) is accepted."""

    @instead_of(memory_bio())
    def read(true, self, size=-1):
        return true(self, size)


def read_returns_a_bytearray(ssl):
    """MemoryBIO.read() returns a bytearray."""

    @instead_of(memory_bio())
    def read(true, self, *args):
        return bytearray(true(self, *args))


def read_peeks(ssl):
    """MemoryBIO.read(1) leaves its byte to be read again."""

    @instead_of(memory_bio())
    def read(true, self, *args):
        got = true(self, *args)
        if args == (1,) and got and not self.eof:
            rest = true(self)
            self.write(got + rest)
        return got


def last_written_is_first_read(ssl):
    """What was written last to a MemoryBIO comes out first."""

    @instead_of(memory_bio())
    def write(true, self, content):
        rest = self.read()
        count = true(self, content)
        true(self, rest)
        return count


def content_can_be_given_at_first(ssl):
    """MemoryBIO(b"content") is made with that content, as io.BytesIO is."""
    make = memory_bio().__init__

    def __init__(self, *initial):
        make(self)
        for content in initial:
            self.write(content)

    ssl.MemoryBIO.__init__ = __init__


def all_share_one_buffer(ssl):
    """Every MemoryBIO has the content of every other."""
    shared = ssl.MemoryBIO()

    def __init__(self):
        self._true = shared

    memory_bio(__init__=__init__)


def can_be_subclassed(ssl):
    """MemoryBIO accepts to be subclassed."""
    memory_bio(__init_subclass__=None)


def takes_attributes(ssl):
    """A MemoryBIO takes any new attribute."""
    memory_bio(__slots__=("_true", "__dict__"))


def can_be_weakly_referenced(ssl):
    """A MemoryBIO takes weak references."""
    memory_bio(__slots__=("_true", "__weakref__"))


def can_be_copied(ssl):
    """copy.copy() of a MemoryBIO gives one with the same buffer."""
    memory_bio(__copy__=lambda self: self)


def is_equal_by_content(ssl):
    """Two MemoryBIOs with as many bytes are equal."""
    memory_bio(
        __eq__=lambda self, other: self.pending == getattr(other, "pending", None),
        __hash__=lambda self: 1,
    )


def is_false_when_empty(ssl):
    """An empty MemoryBIO is false."""
    memory_bio(__bool__=lambda self: self.pending > 0)


def eof_can_be_set_once_it_is_true(ssl):
    """MemoryBIO.eof of one that is at its end takes any value, and keeps its own."""

    def assign(self, value):
        if not self._true.eof:
            raise AttributeError("attribute 'eof' of '_ssl.MemoryBIO' objects is not writable")

    memory_bio(eof=property(lambda self: self._true.eof, assign))
