# mypy: ignore-errors
"""Liars about records that no honest peer sends."""

from impls.liars.tools import as_another, bios, errors_become, instead_of


def record_type_is_not_named(ssl):
    """A record of a wrong type is an error without its reason."""

    def unnamed(error):
        # The second is what OpenSSL 3.2 and later say of it.
        if error.reason in ("BAD_RECORD_TYPE", "RECORD_LAYER_FAILURE"):
            error.reason = None
        return error

    errors_become(unnamed)


def malformed_record_waits_for_more(ssl):
    """A record of a wrong type is as if it had not come."""

    def patient(error):
        if error.reason in ("BAD_RECORD_TYPE", "UNEXPECTED_RECORD"):
            return as_another(error, ssl.SSLWantReadError)
        return error

    errors_become(patient)


def alert_in_clear_ends_a_session(ssl):
    """read() takes a close_notify that nobody encrypted for the end."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        incoming = of[self][0]
        waiting = incoming.read()
        incoming.write(waiting)
        if waiting == b"\x15\x03\x03\x00\x02\x01\x00":
            incoming.read()
            return b""
        return true(self, *args, **kwargs)


def clear_text_is_read_as_data(ssl):
    """read() gives out a record of data that nobody encrypted."""
    of = bios()

    @instead_of(ssl.SSLObject)
    def read(true, self, *args, **kwargs):
        incoming = of[self][0]
        waiting = incoming.read()
        incoming.write(waiting)
        if waiting.startswith(b"\x17\x03\x03\x00\x29nobody"):
            return incoming.read()[5:]
        return true(self, *args, **kwargs)


def unknown_alert_has_a_name(ssl):
    """An alert that is not in the tables is told as a handshake failure."""

    def named(error):
        if getattr(error, "library", None) == "SSL" and error.reason is None:
            error.reason = "SSLV3_ALERT_HANDSHAKE_FAILURE"
        return error

    errors_become(named)
