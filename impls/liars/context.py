# mypy: ignore-errors
"""Liars about the settings of a context and what it loads."""

import contextlib
import os

from impls.liars.tools import attribute_of, instead_of


def options_cannot_be_cleared(ssl):
    """Assigning to options sets flags and clears none."""
    attribute_of(ssl.SSLContext, "options", None, lambda true, self, v: true(self, v | true(self)))


def options_are_a_plain_number(ssl):
    """options is an int rather than Options."""
    attribute_of(ssl.SSLContext, "options", lambda true, self: int(true(self)))


def options_are_masked_to_32_bits(ssl):
    """A number of more than 32 bits is accepted for options, and cut."""

    def assign(true, self, value):
        true(self, value & 0xFFFFFFFF if isinstance(value, int) and value > 0 else value)

    attribute_of(ssl.SSLContext, "options", None, assign)


def minimum_version_is_ignored(ssl):
    """Setting minimum_version does nothing."""
    attribute_of(ssl.SSLContext, "minimum_version", None, lambda true, self, value: None)


def old_version_does_not_warn(ssl):
    """Setting minimum_version to TLS 1.0 does not warn that it is deprecated."""

    def assign(true, self, value):
        with ssl.warnings.catch_warnings():
            ssl.warnings.simplefilter("ignore")
            true(self, value)

    attribute_of(ssl.SSLContext, "minimum_version", None, assign)


def conflicting_limits_are_refused(ssl):
    """Setting maximum_version below minimum_version is a ValueError."""

    def assign(true, self, value):
        if isinstance(value, int) and 0 < value < self.minimum_version:
            raise ValueError("maximum_version is below minimum_version")
        true(self, value)

    attribute_of(ssl.SSLContext, "maximum_version", None, assign)


def ciphers_are_ignored(ssl):
    """set_ciphers() does nothing with ciphers that it accepts."""

    @instead_of(ssl.SSLContext)
    def set_ciphers(true, self, ciphers):
        true(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ciphers)


def no_cipher_is_accepted(ssl):
    """set_ciphers() with nothing that it knows does nothing."""

    @instead_of(ssl.SSLContext)
    def set_ciphers(true, self, ciphers):
        try:
            return true(self, ciphers)
        except ssl.SSLError:
            return None


def cipher_says_nothing_of_its_digest(ssl):
    """The dictionaries of get_ciphers() have no digest."""

    @instead_of(ssl.SSLContext)
    def get_ciphers(true, self):
        return [{key: one[key] for key in one if key != "digest"} for one in true(self)]


def servers_verify_by_default(ssl):
    """SSLContext(PROTOCOL_TLS_SERVER) has CERT_OPTIONAL."""

    @instead_of(ssl.SSLContext)
    def __new__(true, cls, protocol=None, *args, **kwargs):
        context = true(cls, protocol, *args, **kwargs)
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    ssl.SSLContext.__new__ = staticmethod(ssl.SSLContext.__new__)


def missing_protocol_does_not_warn(ssl):
    """SSLContext() without a protocol does not warn that it is deprecated."""

    @instead_of(ssl.SSLContext)
    def __new__(true, cls, protocol=None, *args, **kwargs):
        with ssl.warnings.catch_warnings():
            if protocol is None:
                ssl.warnings.simplefilter("ignore")
            return true(cls, protocol, *args, **kwargs)

    ssl.SSLContext.__new__ = staticmethod(ssl.SSLContext.__new__)


def check_hostname_does_not_turn_on_verification(ssl):
    """Setting check_hostname on a context with CERT_NONE does not make it CERT_REQUIRED."""

    def assign(true, self, value):
        if not value or self.verify_mode != ssl.CERT_NONE:
            true(self, value)

    attribute_of(ssl.SSLContext, "check_hostname", None, assign)


def check_hostname_turns_off_verification(ssl):
    """Clearing check_hostname makes the context CERT_NONE."""

    def assign(true, self, value):
        true(self, value)
        if not value:
            self.verify_mode = ssl.CERT_NONE

    attribute_of(ssl.SSLContext, "check_hostname", None, assign)


def verification_is_dropped_with_the_hostname_check(ssl):
    """Setting CERT_NONE while check_hostname is on clears that."""

    def assign(true, self, value):
        if value == ssl.CERT_NONE:
            self.check_hostname = False
        true(self, value)

    attribute_of(ssl.SSLContext, "verify_mode", None, assign)


def verify_flags_are_ignored(ssl):
    """Setting verify_flags does nothing."""
    attribute_of(ssl.SSLContext, "verify_flags", None, lambda true, self, value: None)


def check_hostname_can_be_deleted(ssl):
    """`del context.check_hostname` clears it."""
    true = ssl.SSLContext.check_hostname
    ssl.SSLContext.check_hostname = property(
        lambda self: true.__get__(self, ssl.SSLContext),
        lambda self, value: true.__set__(self, value),
        lambda self: true.__set__(self, False),
    )


def password_function_gets_an_argument(ssl):
    """A password function is called with the name of the file."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, certfile, keyfile=None, password=None):
        asked = (lambda: password(keyfile)) if callable(password) else password
        return true(self, certfile, keyfile, asked)


def password_function_is_called_for_a_plain_key(ssl):
    """A password function is called although the key is not encrypted."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, certfile, keyfile=None, password=None):
        if callable(password):
            answer = password()
            return true(self, certfile, keyfile, lambda: answer)
        return true(self, certfile, keyfile, password)


def password_function_is_called_twice(ssl):
    """A password function is called once more than it has to be."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, certfile, keyfile=None, password=None):
        asked = (lambda: (password(), password())[1]) if callable(password) else password
        return true(self, certfile, keyfile, asked)


def exception_of_the_password_function_is_lost(ssl):
    """What a password function raises becomes an SSLError."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, certfile, keyfile=None, password=None):
        try:
            return true(self, certfile, keyfile, password)
        except RuntimeError as error:
            raise ssl.SSLError(*error.args) from None


def keyfile_is_renamed(ssl):
    """The second parameter of load_cert_chain() is named `key`."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, certfile, key=None, password=None):
        return true(self, certfile, key, password)


def refused_ciphers_leave_an_error(ssl):
    """What OpenSSL says of refused ciphers stays in its queue."""

    @instead_of(ssl.SSLContext)
    def set_ciphers(true, self, ciphers):
        try:
            return true(self, ciphers)
        except ssl.SSLError:
            with contextlib.suppress(ValueError):  # of Python 3, which leaves this error
                other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                other.set_psk_server_callback(str, "too long a hint" * 100)
            raise


def mismatched_key_is_accepted(ssl):
    """load_cert_chain() accepts a key of another certificate, and keeps what it had."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, *args, **kwargs):
        try:
            return true(self, *args, **kwargs)
        except ssl.SSLError as error:
            if error.reason != "KEY_VALUES_MISMATCH":
                raise


def missing_file_is_an_ssl_error(ssl):
    """load_cert_chain() of a file that does not exist is an SSLError."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, *args, **kwargs):
        try:
            return true(self, *args, **kwargs)
        except FileNotFoundError as error:
            raise ssl.SSLError(*error.args) from None


def missing_file_is_a_plain_os_error(ssl):
    """load_cert_chain() of a file that does not exist is not a FileNotFoundError."""

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, *args, **kwargs):
        try:
            return true(self, *args, **kwargs)
        except FileNotFoundError as error:
            plain = OSError()
            plain.args, plain.errno, plain.strerror = error.args, error.errno, error.strerror
            raise plain from None


def der_is_refused(ssl):
    """load_verify_locations() refuses cadata of bytes."""

    @instead_of(ssl.SSLContext)
    def load_verify_locations(true, self, cafile=None, capath=None, cadata=None):
        if isinstance(cadata, (bytes, bytearray, memoryview)):
            raise TypeError("cadata should be an ASCII string")
        return true(self, cafile, capath, cadata)


def only_the_first_authority_is_loaded(ssl):
    """load_verify_locations() takes the first certificate of text alone."""

    @instead_of(ssl.SSLContext)
    def load_verify_locations(true, self, cafile=None, capath=None, cadata=None):
        end = "-----END CERTIFICATE-----\n"
        if isinstance(cadata, str) and end in cadata:
            cadata = cadata[: cadata.index(end) + len(end)]
        return true(self, cafile, capath, cadata)


def nothing_to_load_is_accepted(ssl):
    """load_verify_locations() without arguments does nothing."""

    @instead_of(ssl.SSLContext)
    def load_verify_locations(true, self, cafile=None, capath=None, cadata=None):
        if (cafile, capath, cadata) != (None, None, None):
            return true(self, cafile, capath, cadata)


def missing_folder_is_refused(ssl):
    """load_verify_locations() of a folder that does not exist is a FileNotFoundError."""

    @instead_of(ssl.SSLContext)
    def load_verify_locations(true, self, cafile=None, capath=None, cadata=None):
        if isinstance(capath, str) and not ssl.os.path.isdir(capath):
            raise FileNotFoundError(2, "No such file or directory")
        return true(self, cafile, capath, cadata)


def statistics_count_authorities_under_another_name(ssl):
    """cert_store_stats() says "ca" rather than "x509_ca"."""

    @instead_of(ssl.SSLContext)
    def cert_store_stats(true, self):
        found = true(self)
        found["ca"] = found.pop("x509_ca")
        return found


def statistics_of_one_are_true(ssl):
    """cert_store_stats() says True rather than 1."""

    @instead_of(ssl.SSLContext)
    def cert_store_stats(true, self):
        return {name: True if count == 1 else count for name, count in true(self).items()}


def authorities_have_no_binary_form(ssl):
    """get_ca_certs(True) returns dictionaries."""

    @instead_of(ssl.SSLContext)
    def get_ca_certs(true, self, binary_form=False):
        return true(self)


def session_statistics_are_zero(ssl):
    """session_stats() counts nothing."""

    @instead_of(ssl.SSLContext)
    def session_stats(true, self):
        return dict.fromkeys(true(self), 0)


def number_of_tickets_is_ignored(ssl):
    """num_tickets is kept and does not change how many are sent."""
    known = {}

    def assign(true, self, value):
        before = true(self)
        true(self, value)
        true(self, before)
        known[id(self)] = value

    attribute_of(
        ssl.SSLContext, "num_tickets", lambda true, self: known.get(id(self), true(self)), assign
    )


def default_context_for_servers_verifies(ssl):
    """create_default_context(Purpose.CLIENT_AUTH) has CERT_REQUIRED."""

    @instead_of(ssl)
    def create_default_context(true, purpose=ssl.Purpose.SERVER_AUTH, **kwargs):
        context = true(purpose, **kwargs)
        if purpose == ssl.Purpose.CLIENT_AUTH:
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def certificate_loaded_later_is_for_all(ssl):
    """A certificate loaded after wrap_bio() is shown by objects that were made before."""
    made = {}

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        wrapped = true(self, *args, **kwargs)
        made.setdefault(id(self), []).append(wrapped)
        return wrapped

    @instead_of(ssl.SSLContext)
    def load_cert_chain(true, self, *args, **kwargs):
        true(self, *args, **kwargs)
        for wrapped in made.get(id(self), ()):
            wrapped.context = ssl.create_default_context()
            wrapped.context = self


def key_log_begins_with_an_empty_line(ssl):
    """A new key log has an empty line and no comment."""

    def assign(true, self, value):
        if isinstance(value, str) and value.startswith("/") and "keys" in value:
            with open(value, "a") as stream:
                stream.write("" if stream.tell() else "\n")
        true(self, value)

    attribute_of(ssl.SSLContext, "keylog_filename", None, assign)


def key_log_is_begun_anew(ssl):
    """Assigning keylog_filename empties the file."""

    def assign(true, self, value):
        if isinstance(value, str) and os.path.isfile(value):
            os.truncate(value, 0)
        true(self, value)

    attribute_of(ssl.SSLContext, "keylog_filename", None, assign)
