# mypy: ignore-errors
"""Liars about the names, enumerations and exception classes of the module."""

import enum
import os

from impls.liars.tools import as_another, errors_become


def required_and_optional_are_swapped(ssl):
    """CERT_REQUIRED is 1 and CERT_OPTIONAL is 2."""
    ssl.CERT_OPTIONAL, ssl.CERT_REQUIRED = ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL


def want_read_and_want_write_are_swapped(ssl):
    """SSL_ERROR_WANT_READ is 3 and SSL_ERROR_WANT_WRITE is 2."""
    ssl.SSL_ERROR_WANT_READ, ssl.SSL_ERROR_WANT_WRITE = (
        ssl.SSL_ERROR_WANT_WRITE,
        ssl.SSL_ERROR_WANT_READ,
    )


def constant_is_a_plain_number(ssl):
    """CERT_REQUIRED is an int rather than a VerifyMode."""
    ssl.CERT_REQUIRED = 2


def option_is_missing(ssl):
    """There is no OP_NO_RENEGOTIATION."""
    del ssl.OP_NO_RENEGOTIATION


def option_has_another_bit(ssl):
    """OP_NO_TICKET is OP_NO_COMPRESSION."""
    ssl.OP_NO_TICKET = ssl.OP_NO_COMPRESSION


def alert_has_another_number(ssl):
    """ALERT_DESCRIPTION_UNKNOWN_CA is 49."""
    ssl.ALERT_DESCRIPTION_UNKNOWN_CA = ssl.ALERT_DESCRIPTION_ACCESS_DENIED


def capability_is_a_number(ssl):
    """HAS_SNI is 1 rather than True."""
    ssl.HAS_SNI = 1


def removed_function_is_back(ssl):
    """match_hostname() is there."""
    ssl.match_hostname = lambda cert, hostname: None


def str_of_a_constant_is_its_name(ssl):
    """str() of a VerifyMode is its name."""
    ssl.VerifyMode.__str__ = lambda self: f"VerifyMode.{self.name}"


def combined_options_are_a_plain_number(ssl):
    """Options combined with | are an int."""
    ssl.Options.__or__ = lambda self, other: int(self) | int(other)


def enumeration_lacks_a_member(ssl):
    """TLSVersion has no MAXIMUM_SUPPORTED."""
    known = {one.name: one.value for one in ssl.TLSVersion if one.name != "MAXIMUM_SUPPORTED"}
    ssl.TLSVersion = enum.IntEnum("TLSVersion", known, module="ssl")


def zero_return_is_an_eof_error(ssl):
    """SSLZeroReturnError is SSLEOFError."""
    ssl.SSLZeroReturnError = ssl.SSLEOFError


def syscall_error_is_an_os_error_alone(ssl):
    """SSLSyscallError is no SSLError."""
    ssl.SSLSyscallError = type("SSLSyscallError", (OSError,), {"__module__": "ssl"})


def want_write_is_a_want_read(ssl):
    """SSLWantWriteError is a subclass of SSLWantReadError."""
    ssl.SSLWantWriteError = type(
        "SSLWantWriteError", (ssl.SSLWantReadError,), {"__module__": "ssl"}
    )


def verification_error_is_no_value_error(ssl):
    """SSLCertVerificationError is no ValueError."""
    ssl.SSLCertVerificationError = ssl.CertificateError = type(
        "SSLCertVerificationError", (ssl.SSLError,), {"__module__": "ssl"}
    )


def raised_want_read_is_a_blocking_error(ssl):
    """What is raised for a want-read is a BlockingIOError too."""
    both = type("SSLWantReadError", (ssl.SSLWantReadError, BlockingIOError), {"__module__": "ssl"})
    errors_become(
        lambda error: as_another(error, both) if isinstance(error, ssl.SSLWantReadError) else error
    )


def arguments_of_an_error_are_lost(ssl):
    """A raised SSLError keeps its text alone in args."""

    def shorter(error):
        error.args = error.args[1:]
        return error

    errors_become(shorter)


def protocol_is_a_plain_number(ssl):
    """PROTOCOL_TLS_CLIENT is an int rather than an _SSLMethod."""
    ssl.PROTOCOL_TLS_CLIENT = 16


def module_has_a_name_more(ssl):
    """There is a function ssl.wrap_bio."""

    def wrap_bio():
        pass

    wrap_bio.__module__ = "ssl"
    ssl.wrap_bio = wrap_bio


def class_has_a_method_more(ssl):
    """SSLObject has a method peek()."""
    ssl.SSLObject.peek = lambda self: None


def class_lacks_a_method(ssl):
    """SSLObject has no compression()."""
    del ssl.SSLObject.compression


def parameter_has_another_name(ssl):
    """The parameter of SSLObject.getpeercert() is called binary."""
    true = ssl.SSLObject.getpeercert

    def getpeercert(self, binary=False):
        return true(self, binary)

    ssl.SSLObject.getpeercert = getpeercert


def default_is_another(ssl):
    """SSLObject.read() reads 16384 bytes unless told otherwise."""
    true = ssl.SSLObject.read

    def read(self, len=16384, buffer=None):
        return true(self, len, buffer)

    ssl.SSLObject.read = read


def enumeration_member_has_another_number(ssl):
    """TLSVersion.TLSv1_3 is 773."""
    known = {one.name: one.value for one in ssl.TLSVersion}
    known["TLSv1_3"] = 773
    ssl.TLSVersion = enum.IntEnum("TLSVersion", known, module="ssl")


def unknown_protocol_has_no_name(ssl):
    """get_protocol_name() of an unknown number is a KeyError."""
    true = ssl.get_protocol_name

    def get_protocol_name(protocol_code):
        name = true(protocol_code)
        if name == "<unknown>":
            raise KeyError(protocol_code)
        return name

    get_protocol_name.__module__ = "ssl"
    ssl.get_protocol_name = get_protocol_name


def armour_has_its_line_end(ssl):
    """PEM_HEADER ends with a line end."""
    ssl.PEM_HEADER += "\n"


def generator_is_ready_as_a_number(ssl):
    """RAND_status() returns 1 rather than True."""
    true = ssl.RAND_status

    def RAND_status():
        return int(true())

    RAND_status.__module__ = "ssl"
    ssl.RAND_status = RAND_status


def secrets_are_never_logged_by_default(ssl):
    """create_default_context() does not heed SSLKEYLOGFILE."""
    true = ssl.create_default_context

    def create_default_context(*args, **kwargs):
        context = true(*args, **kwargs)
        context.keylog_filename = None
        return context

    create_default_context.__module__ = "ssl"
    create_default_context.__wrapped__ = true
    ssl.create_default_context = create_default_context


def secrets_are_logged_whatever_the_interpreter_was_told(ssl):
    """create_default_context() heeds SSLKEYLOGFILE also where the environment does not count."""
    true = ssl.create_default_context

    def create_default_context(*args, **kwargs):
        context = true(*args, **kwargs)
        context.keylog_filename = os.environ.get("SSLKEYLOGFILE") or None
        return context

    create_default_context.__module__ = "ssl"
    create_default_context.__wrapped__ = true
    ssl.create_default_context = create_default_context


def default_paths_are_those_of_the_build(ssl):
    """get_default_verify_paths() does not look at SSL_CERT_FILE and SSL_CERT_DIR."""
    true = ssl.get_default_verify_paths

    def get_default_verify_paths():
        paths = true()
        file, folder = paths.openssl_cafile, paths.openssl_capath
        file = file if os.path.isfile(file) else None
        return paths._replace(cafile=file, capath=folder if os.path.isdir(folder) else None)

    get_default_verify_paths.__module__ = "ssl"
    get_default_verify_paths.__wrapped__ = true
    ssl.get_default_verify_paths = get_default_verify_paths
