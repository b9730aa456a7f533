# mypy: ignore-errors
"""Liars about bytes that arrive a few at a time."""

from impls.liars.tools import as_another, instead_of


def handshake_has_no_patience(ssl):
    """do_handshake() fails when it has wanted to read forty times."""
    wanted = {}

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            return true(self)
        except ssl.SSLWantReadError as error:
            wanted[self] = wanted.get(self, 0) + 1
            if wanted[self] > 40:
                raise as_another(error, ssl.SSLEOFError) from None
            raise


def read_takes_half_a_record_for_the_end(ssl):
    """read() that has wanted to read a third time in a row returns nothing, as at the end."""
    wanted = {}

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        try:
            got = true(self, *args, **kwargs)
        except ssl.SSLWantReadError:
            wanted[self] = wanted.get(self, 0) + 1
            if wanted[self] < 3:
                raise
            got = b""
        wanted[self] = 0
        return got


def unwrap_has_no_patience(ssl):
    """unwrap() that has wanted to read a third time takes the input for ended."""
    wanted = {}

    @instead_of(ssl.SSLObject)
    def unwrap(true, self):
        try:
            return true(self)
        except ssl.SSLWantReadError as error:
            wanted[self] = wanted.get(self, 0) + 1
            if wanted[self] > 2:
                raise as_another(error, ssl.SSLEOFError) from None
            raise
