"""Python 3's ssl.MemoryBIO and ssl.SSLObject for Python 2.7.

Used directly, this module's names follow Python 3.15's ssl. Importing it
changes nothing elsewhere; monkeypatch_ssl() adds what is new to the stock ssl
module and its SSLContext class, and replaces nothing they have.
"""
from __future__ import absolute_import

import sys as _sys

if _sys.version_info[:2] != (2, 7) or hasattr(_sys, "pypy_version_info"):
    raise ImportError("_tls_bootstrap is for CPython 2.7: Python 3 has all of "
                      "it in its own ssl.")
if "monkeypatch_ssl" in globals():
    raise ImportError("_tls_bootstrap cannot be reloaded: objects and contexts "
                      "in use would be left with classes that are no longer "
                      "its own. Start a new process.")

import _socket
import _ssl
import errno as _errno
import fcntl as _fcntl
import os as _os
import re as _re
import select as _select
import socket as _socketmodule
import ssl as _stock
import stringprep as _stringprep
import time as _time
import unicodedata as _unicodedata
import warnings as _warnings
import weakref as _weakref
from collections import OrderedDict as _OrderedDict

import __tls_bootstrap as _core
from __tls_bootstrap import (
    HAS_ALPN, HAS_ECDH, HAS_NEVER_CHECK_COMMON_NAME, HAS_NPN, HAS_PHA, HAS_PSK,
    HAS_PSK_TLS13, HAS_SNI, HAS_SSLv2, HAS_SSLv3, HAS_TLSv1, HAS_TLSv1_1,
    HAS_TLSv1_2, HAS_TLSv1_3, OPENSSL_VERSION, OPENSSL_VERSION_INFO,
    OPENSSL_VERSION_NUMBER, MemoryBIO, RAND_add, RAND_bytes, SSLSession,
    _SSLContext, get_sigalgs)
from ssl import (
    CHANNEL_BINDING_TYPES, PEM_FOOTER, PEM_HEADER, CertificateError,
    DefaultVerifyPaths, SSLEOFError, SSLError, SSLSyscallError,
    SSLWantReadError, SSLWantWriteError, SSLZeroReturnError,
    get_default_verify_paths, _nid2obj, _txt2obj)


__version__ = "0.3.0"

# What there is once in a process, also where this module is dropped from
# sys.modules and imported again: the class of the error, the grafts, the class
# that was patched and what it got. And while anything of this module is in
# use, the module is.
_process = vars(_core).setdefault("process", {})
_this_module = _sys.modules.get(__name__)


class _VerificationErrorMeta(type):
    """In Python 3 CertificateError is another name of SSLCertVerificationError.
    Here it is 2.7's own class, which cannot be replaced, and what a stock
    socket raises for a wrong name. So that `except SSLCertVerificationError`
    misses none, it takes those as well: 2.7's except goes by this method."""

    # Without globals, for an except may come when they are gone.
    def __subclasscheck__(cls, other, stock=_stock, process=_process,
                          first=CertificateError):
        if type.__subclasscheck__(cls, other):
            return True
        return (cls is process["SSLCertVerificationError"]
                and issubclass(other, stock.CertificateError or first))

    # As type's own: of a proxy or a mock, what it says it is counts too.
    def __instancecheck__(cls, instance):
        if cls.__subclasscheck__(type(instance)):
            return True
        claimed = getattr(instance, "__class__", None)
        return isinstance(claimed, type) and cls.__subclasscheck__(claimed)


class SSLCertVerificationError(SSLError, CertificateError):
    """A certificate could not be verified."""

    __metaclass__ = _VerificationErrorMeta

    # Mixed bases would show EnvironmentError's "[Errno 1] ...".
    def __str__(self):
        if isinstance(self.strerror, basestring):
            return str(self.strerror)
        return str(self.args)


SSLCertVerificationError = _process.setdefault(
    "SSLCertVerificationError", SSLCertVerificationError)
_core.register_verification_error(SSLCertVerificationError)


# ---- enumerations: what Python 3's IntEnum and IntFlag show of themselves

class _EnumMeta(type):
    """The class of enumerations; calling one looks a member up by value."""

    def __new__(mcs, name, bases, namespace):
        for base in bases:
            if isinstance(base, _EnumMeta):
                raise TypeError("<enum %r> cannot extend %r" % (name, base))
        return type.__new__(mcs, name, bases, namespace)

    def __call__(cls, *arguments, **keywords):
        if "value" in keywords and not arguments:
            arguments = keywords.pop("value"),
        if keywords or not arguments:
            raise TypeError("%s() takes a value" % cls.__name__)
        # Several are the tuple that they make.
        value = arguments if len(arguments) > 1 else arguments[0]
        try:
            return cls._by_value[value]
        except (KeyError, TypeError):
            return cls._missing_value(value)

    def __iter__(cls):
        return iter(cls._canonical)

    def __reversed__(cls):
        return reversed(cls._canonical)

    def __len__(cls):
        return len(cls._canonical)

    def __contains__(cls, value):
        try:
            cls(value)
        except ValueError:
            return False
        return True

    def __getitem__(cls, name):
        return cls._by_name[name]

    @property
    def __members__(cls):
        return cls._by_name.copy()

    def __setattr__(cls, name, value):
        if name in cls.__dict__.get("_by_name", ()):
            raise AttributeError("cannot reassign member %r" % name)
        type.__setattr__(cls, name, value)

    def __delattr__(cls, name):
        if name in cls.__dict__.get("_by_name", ()):
            raise AttributeError("%r cannot delete member %r."
                                 % (cls.__name__, name))
        type.__delattr__(cls, name)

    def __repr__(cls):
        return "<%s %r>" % (cls._kind, cls.__name__)


def _enumeration(name, base, members):
    """A new enumeration: members is a sequence of (name, value)."""
    cls = _EnumMeta.__new__(_EnumMeta, name, (base,), {
        "__doc__": "An enumeration.", "__module__": __name__})
    by_name, by_value, distinct = _OrderedDict(), {}, []
    for member_name, value in members:
        member = by_value.get(value)
        if member is None:
            member = cls._make(member_name, value)
            by_value[value] = member
            distinct.append(member)
        by_name[member_name] = member
        type.__setattr__(cls, member_name, member)
    cls._by_value = by_value
    cls._distinct = distinct
    cls._canonical = cls._choose_canonical(distinct)
    cls._by_name = by_name
    return cls


class _Member(object):
    """What members of every kind have."""

    _kind = "enum"

    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    @staticmethod
    def _choose_canonical(members):
        return members

    @classmethod
    def _missing_value(cls, value):
        raise ValueError("%r is not a valid %s" % (value, cls.__name__))

    def __repr__(self):
        return "<%s.%s: %r>" % (type(self).__name__, self._name_, self._value_)

    def __reduce_ex__(self, protocol):
        return type(self), (self._value_,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class _IntEnum(_Member, int):
    """Integers with names; they print as integers."""

    @classmethod
    def _make(cls, name, value):
        member = int.__new__(cls, value)
        member._name_ = name
        member._value_ = int(value)
        return member

    def __str__(self):
        return int.__repr__(self)

    def __format__(self, specification):
        return format(self._value_, specification)


class _IntFlag(_Member, int):
    """Sets of bits with names. Unknown bits are kept, as in Python 3."""

    _kind = "flag"

    @classmethod
    def _make(cls, name, value):
        member = int.__new__(cls, value)
        member._name_ = name
        member._value_ = int(value)
        return member

    @staticmethod
    def _choose_canonical(members):
        return [m for m in members if m._value_ and
                not m._value_ & (m._value_ - 1)]

    @classmethod
    def _mask(cls):
        mask = 0
        for member in cls._distinct:
            mask |= member._value_
        return mask

    @classmethod
    def _missing_value(cls, value):
        if not isinstance(value, (int, long)):
            raise ValueError("%r is not a valid %s" % (value, cls.__name__))
        if value < 0:
            width = 1 << cls._mask().bit_length()
            if value < -width:
                width = 1 << value.bit_length()
            return cls(width + value)
        if value > _sys.maxint:
            return value          # an int cannot be that large in 2.7
        return cls._make(cls._compose_name(value), value)

    @classmethod
    def _compose_name(cls, value):
        # Single bits first, then the combinations they make up.
        ordered = cls._canonical + [m for m in cls._distinct
                                    if m not in cls._canonical]
        found = [m for m in ordered
                 if m._value_ and m._value_ & value == m._value_]
        rest = value
        for member in found:
            rest &= ~member._value_
        if not found:
            return None
        names = [m._name_ for m in found]
        if rest:
            names.append(str(int(rest)))
        return "|".join(names)

    def __repr__(self):
        if self._name_ is None:
            return "<%s: %d>" % (type(self).__name__, self._value_)
        return "<%s.%s: %d>" % (type(self).__name__, self._name_, self._value_)

    def __str__(self):
        return str(self._value_)

    def __format__(self, specification):
        return format(self._value_, specification)

    def __hash__(self):
        return hash(self._value_)

    def __iter__(self):
        bits = self._value_ & self._mask()
        while bits:
            bit = bits & -bits
            yield self._by_value.get(bit)
            bits ^= bit

    def __len__(self):
        return bin(self._value_).count("1")

    def __contains__(self, other):
        if not isinstance(other, type(self)):
            raise TypeError("unsupported operand type(s) for 'in': %r and %r"
                            % (type(other).__name__, type(self).__name__))
        return other._value_ & self._value_ == other._value_

    def __nonzero__(self):
        return bool(self._value_)

    def __or__(self, other):
        if not isinstance(other, (int, long)):
            return NotImplemented
        return type(self)(self._value_ | int(other))

    def __and__(self, other):
        if not isinstance(other, (int, long)):
            return NotImplemented
        return type(self)(self._value_ & int(other))

    def __xor__(self, other):
        if not isinstance(other, (int, long)):
            return NotImplemented
        return type(self)(self._value_ ^ int(other))

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

    def __invert__(self):
        return type(self)(~self._value_)


def _constants(prefix):
    """The extension's constants of that prefix, by value and then name."""
    return sorted(((name, value) for name, value in vars(_core).items()
                   if name.startswith(prefix)),
                  key=lambda item: (item[1], _ALIASES.get(item[0], 0),
                                    item[0]))


# Names that are another one's second name wherever OpenSSL made both 0.
_ALIASES = {"OP_SINGLE_DH_USE": 1, "OP_SINGLE_ECDH_USE": 2}

_SSLMethod = _enumeration("_SSLMethod", _IntEnum, [
    ("PROTOCOL_TLS", 2), ("PROTOCOL_TLSv1", 3), ("PROTOCOL_TLSv1_1", 4),
    ("PROTOCOL_TLSv1_2", 5), ("PROTOCOL_TLS_CLIENT", 16),
    ("PROTOCOL_TLS_SERVER", 17)])
Options = _enumeration("Options", _IntFlag, _constants("OP_"))
VerifyFlags = _enumeration("VerifyFlags", _IntFlag, _constants("VERIFY_"))
VerifyMode = _enumeration("VerifyMode", _IntEnum, [
    ("CERT_NONE", 0), ("CERT_OPTIONAL", 1), ("CERT_REQUIRED", 2)])
TLSVersion = _enumeration("TLSVersion", _IntEnum, [
    ("MINIMUM_SUPPORTED", -2), ("SSLv3", 768), ("TLSv1", 769),
    ("TLSv1_1", 770), ("TLSv1_2", 771), ("TLSv1_3", 772),
    ("MAXIMUM_SUPPORTED", -1)])
SSLErrorNumber = _enumeration("SSLErrorNumber", _IntEnum, [
    ("SSL_ERROR_SSL", 1), ("SSL_ERROR_WANT_READ", 2),
    ("SSL_ERROR_WANT_WRITE", 3), ("SSL_ERROR_WANT_X509_LOOKUP", 4),
    ("SSL_ERROR_SYSCALL", 5), ("SSL_ERROR_ZERO_RETURN", 6),
    ("SSL_ERROR_WANT_CONNECT", 7), ("SSL_ERROR_EOF", 8),
    ("SSL_ERROR_INVALID_ERROR_CODE", 10)])
AlertDescription = _enumeration("AlertDescription", _IntEnum, sorted(
    ((name, value) for name, value in vars(_stock).items()
     if name.startswith("ALERT_DESCRIPTION_")), key=lambda item: item[1]))

_TLSContentType = _enumeration("_TLSContentType", _IntEnum, [
    ("CHANGE_CIPHER_SPEC", 20), ("ALERT", 21), ("HANDSHAKE", 22),
    ("APPLICATION_DATA", 23), ("HEADER", 256), ("INNER_CONTENT_TYPE", 257)])
_TLSMessageType = _enumeration("_TLSMessageType", _IntEnum, [
    ("HELLO_REQUEST", 0), ("CLIENT_HELLO", 1), ("SERVER_HELLO", 2),
    ("HELLO_VERIFY_REQUEST", 3), ("NEWSESSION_TICKET", 4),
    ("END_OF_EARLY_DATA", 5), ("HELLO_RETRY_REQUEST", 6),
    ("ENCRYPTED_EXTENSIONS", 8), ("CERTIFICATE", 11),
    ("SERVER_KEY_EXCHANGE", 12), ("CERTIFICATE_REQUEST", 13),
    ("SERVER_DONE", 14), ("CERTIFICATE_VERIFY", 15),
    ("CLIENT_KEY_EXCHANGE", 16), ("FINISHED", 20), ("CERTIFICATE_URL", 21),
    ("CERTIFICATE_STATUS", 22), ("SUPPLEMENTAL_DATA", 23), ("KEY_UPDATE", 24),
    ("NEXT_PROTO", 67), ("MESSAGE_HASH", 254), ("CHANGE_CIPHER_SPEC", 257)])
_TLSAlertType = _enumeration("_TLSAlertType", _IntEnum, [
    ("CLOSE_NOTIFY", 0), ("UNEXPECTED_MESSAGE", 10), ("BAD_RECORD_MAC", 20),
    ("DECRYPTION_FAILED", 21), ("RECORD_OVERFLOW", 22),
    ("DECOMPRESSION_FAILURE", 30), ("HANDSHAKE_FAILURE", 40),
    ("NO_CERTIFICATE", 41), ("BAD_CERTIFICATE", 42),
    ("UNSUPPORTED_CERTIFICATE", 43), ("CERTIFICATE_REVOKED", 44),
    ("CERTIFICATE_EXPIRED", 45), ("CERTIFICATE_UNKNOWN", 46),
    ("ILLEGAL_PARAMETER", 47), ("UNKNOWN_CA", 48), ("ACCESS_DENIED", 49),
    ("DECODE_ERROR", 50), ("DECRYPT_ERROR", 51), ("EXPORT_RESTRICTION", 60),
    ("PROTOCOL_VERSION", 70), ("INSUFFICIENT_SECURITY", 71),
    ("INTERNAL_ERROR", 80), ("INAPPROPRIATE_FALLBACK", 86),
    ("USER_CANCELED", 90), ("NO_RENEGOTIATION", 100),
    ("MISSING_EXTENSION", 109), ("UNSUPPORTED_EXTENSION", 110),
    ("CERTIFICATE_UNOBTAINABLE", 111), ("UNRECOGNIZED_NAME", 112),
    ("BAD_CERTIFICATE_STATUS_RESPONSE", 113),
    ("BAD_CERTIFICATE_HASH_VALUE", 114), ("UNKNOWN_PSK_IDENTITY", 115),
    ("CERTIFICATE_REQUIRED", 116), ("NO_APPLICATION_PROTOCOL", 120)])
_MESSAGE_TYPES = {_TLSContentType.HEADER: _TLSContentType,
                  _TLSContentType.ALERT: _TLSAlertType}

_ENUMERATIONS = (_SSLMethod, Options, VerifyFlags, VerifyMode, SSLErrorNumber,
                 AlertDescription)
for _enum in _ENUMERATIONS:
    globals().update(_enum.__members__)
del _enum
# Once more by name, for those who read and for checkers.
PROTOCOL_SSLv23 = PROTOCOL_TLS = _SSLMethod.PROTOCOL_TLS
PROTOCOL_TLS_CLIENT = _SSLMethod.PROTOCOL_TLS_CLIENT
PROTOCOL_TLS_SERVER = _SSLMethod.PROTOCOL_TLS_SERVER
CERT_NONE = VerifyMode.CERT_NONE
CERT_REQUIRED = VerifyMode.CERT_REQUIRED
_PROTOCOL_NAMES = dict((member, member.name) for member in _SSLMethod)


class _ASN1Object(_stock._ASN1Object):
    """An object identifier with its names and OpenSSL's number."""

    __slots__ = ()

    def __repr__(self):
        return ("_ASN1Object(nid=%r, shortname=%r, longname=%r, oid=%r)"
                % tuple(self))


class _PurposeMember(_Member, _ASN1Object):
    @classmethod
    def _make(cls, name, value):
        member = tuple.__new__(cls, tuple(value))
        member._name_ = name
        member._value_ = value
        return member

    def __str__(self):
        return "%s.%s" % (type(self).__name__, self._name_)

    def __format__(self, specification):
        return format(str(self), specification)


Purpose = _enumeration("Purpose", _PurposeMember, [
    ("SERVER_AUTH", _ASN1Object("1.3.6.1.5.5.7.3.1")),
    ("CLIENT_AUTH", _ASN1Object("1.3.6.1.5.5.7.3.2"))])


def _check_purpose(value):
    # By name: each reload(ssl) makes the class of the stock purposes anew.
    if not any((cls.__module__, cls.__name__) == ("ssl", "_ASN1Object")
               for cls in type(value).__mro__):
        raise TypeError(value)


def _check_side(purpose):
    """Refuses what is no purpose, and one that is for neither side."""
    _check_purpose(purpose)
    if purpose not in (Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH):
        raise ValueError(purpose)


# ---- host names

def _invalid_label(hostname):
    """The UnicodeEncodeError Python 3 raises for a host name that cannot be
    one; 2.7's codec says neither where nor which of several reasons."""
    labels, start = [], 0
    for position, character in enumerate(hostname + u"."):
        if character in u".\u3002\uff0e\uff61":
            labels.append((start, hostname[start:position]))
            start = position + 1
    if len(labels) > 1 and not labels[-1][1]:
        labels.pop()              # a dot at the end is in order
    found = [(start, label) + fault for start, label in labels
             for fault in [_fault_of(label)] if fault]
    if _is_ascii(hostname):       # what is empty is found before what is long
        found.sort(key=lambda each: each[4] != "label empty")
    for start, label, first, last, reason in found:
        return UnicodeEncodeError("idna", hostname, start + first,
                                  start + last, reason)
    return None


def _is_ascii(text):
    return all(character < u"\x80" for character in text)


def _fault_of(label):
    """What keeps a label from being one, as (first, last, reason); or None.
    RFC 3490, section 4.1, with the tables of RFC 3454 and RFC 3491."""
    if not _is_ascii(label):
        label = _unicodedata.ucd_3_2_0.normalize("NFKC", u"".join(
            _stringprep.map_table_b2(character) for character in label
            if not _stringprep.in_table_b1(character)))
        fault = _prohibited_in(label) or _wrong_direction_in(label)
        if fault:
            return fault
    if _is_ascii(label):
        size = len(label)
    elif label.startswith(u"xn--"):
        return 0, 4, "Label starts with ACE prefix"
    else:
        size = len("xn--" + label.encode("punycode"))
    if not size:
        return 0, 1, "label empty"
    return (0, len(label), "label too long") if size > 63 else None


_PROHIBITED = (
    _stringprep.in_table_c12, _stringprep.in_table_c22,
    _stringprep.in_table_c3, _stringprep.in_table_c4, _stringprep.in_table_c5,
    _stringprep.in_table_c6, _stringprep.in_table_c7, _stringprep.in_table_c8,
    _stringprep.in_table_c9)


def _prohibited_in(label):
    for position, character in enumerate(label):
        if any(table(character) for table in _PROHIBITED):
            return position, position + 1, "Invalid character %s" % (
                _shown(character))
    return None


def _shown(character):
    """A character as Python 3's repr() has it, in UTF-8."""
    if _unicodedata.category(character)[0] in "CZ":
        return repr(character)[1:]
    return "'%s'" % character.encode("utf-8")


def _wrong_direction_in(label):
    """RFC 3454, section 6: from the right, or from the left."""
    from_right = [_stringprep.in_table_d1(character) for character in label]
    if any(from_right):
        for position, character in enumerate(label):
            if _stringprep.in_table_d2(character):
                return position, position + 1, "Violation of BIDI requirement 2"
        for position in 0, len(label) - 1:
            if not from_right[position]:
                return (position, position + 1,
                        "Violation of BIDI requirement 3")
    return None


# Host names that the codec leaves as they are: it takes five times as long to
# find that out.
_is_encoded = _re.compile(
    r"(?:[^.\0\x80-\xff]{1,63}\.)*[^.\0\x80-\xff]{1,63}\.?\Z").match


def _encode_hostname(hostname):
    """The A-label form of a host name as a native str; None stays None."""
    if hostname is None or (type(hostname) is str and _is_encoded(hostname)):
        return hostname
    if isinstance(hostname, str):
        hostname = hostname.decode("ascii")
    if isinstance(hostname, unicode):
        try:
            encoded = hostname.encode("idna")
        except UnicodeError:
            raise _invalid_label(hostname) or ValueError(
                "invalid host name %r" % hostname)
    else:
        encoded = str(hostname.decode("ascii"))
    if "\0" in encoded:
        raise TypeError(
            "argument must be encoded string without null bytes, not str")
    return encoded


# ---- contexts

_DEPRECATED_PROTOCOLS = (2, 3, 4, 5)


class SSLContext(_SSLContext):
    """A TLS configuration, with Python 3.15's defaults and behaviour."""

    sslobject_class = sslsocket_class = None      # set once they exist

    def __new__(cls, protocol=None, *args, **kwargs):
        if protocol is None:
            _warnings.warn(
                "ssl.SSLContext() without protocol argument is deprecated.",
                DeprecationWarning, stacklevel=2)
            protocol = PROTOCOL_TLS
        self = _SSLContext.__new__(cls, protocol)
        number = _SSLContext.protocol.__get__(self)
        if number in _DEPRECATED_PROTOCOLS:
            _warnings.warn("ssl.%s is deprecated" % _SSLMethod(number).name,
                           DeprecationWarning, stacklevel=2)
        return self

    def __init__(self, *args, **kwargs):
        # As if it were not here, which is how Python 3 has it: what comes next
        # is a mixin's, or object's, which takes nothing from an override.
        following = super(SSLContext, self).__init__
        if getattr(following, "__objclass__", None) is not object:
            following(*args, **kwargs)
        elif (args or kwargs) and type(self).__init__ != SSLContext.__init__:
            raise TypeError("object.__init__() takes exactly one argument (the "
                            "instance to initialize)")

    def wrap_bio(self, incoming, outgoing, server_side=False,
                 server_hostname=None, session=None):
        """An SSLObject between two MemoryBIOs."""
        return self.sslobject_class._create(
            incoming, outgoing, server_side=server_side,
            server_hostname=self._encode_hostname(server_hostname),
            session=session, context=self)

    def wrap_socket(self, sock, server_side=False,
                    do_handshake_on_connect=True, suppress_ragged_eofs=True,
                    server_hostname=None, session=None):
        """An SSLSocket over a connected or still unconnected socket."""
        return self.sslsocket_class._create(
            sock, server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            suppress_ragged_eofs=suppress_ragged_eofs,
            server_hostname=server_hostname, session=session, context=self)

    def _encode_hostname(self, hostname):
        return _encode_hostname(hostname)

    def set_servername_callback(self, server_name_callback):
        """Calls back with (object, server name, context) for SNI."""
        if server_name_callback is None:
            self.sni_callback = None
            return
        if not callable(server_name_callback):
            raise TypeError("not a callable object")

        def shim_cb(sslobj, servername, sslctx):
            return server_name_callback(
                sslobj, sslctx._encode_hostname(servername), sslctx)
        self.sni_callback = shim_cb

    def set_alpn_protocols(self, alpn_protocols):
        """The protocols to offer or choose from, the best first."""
        self._set_alpn_protocols(
            _length_prefixed(alpn_protocols, "ALPN"))

    def set_npn_protocols(self, npn_protocols):
        """Deprecated: OpenSSL's successors to NPN have no such thing."""
        _warnings.warn("ssl NPN is deprecated, use ALPN instead",
                       DeprecationWarning, stacklevel=2)
        _length_prefixed(npn_protocols, "NPN")
        raise AttributeError("%r object has no attribute '_set_npn_protocols'"
                             % type(self).__name__)

    def load_default_certs(self, purpose=Purpose.SERVER_AUTH):
        """Trusts what the platform's OpenSSL trusts."""
        _check_purpose(purpose)
        self.set_default_verify_paths()

    @property
    def _msg_callback(self):
        """Called with (object, "read" or "write", version, content type,
        message type, bytes) for each TLS message but data; for debugging."""
        inner = _SSLContext._msg_callback.__get__(self)
        return inner and inner.user_function

    @_msg_callback.setter
    def _msg_callback(self, callback):
        if callback is None:
            _SSLContext._msg_callback.__set__(self, None)
            return
        if not hasattr(callback, "__call__"):
            raise TypeError("%s is not callable." % (callback,))

        def inner(conn, direction, version, content_type, msg_type, data):
            version = _member(TLSVersion, version)
            content_type = _member(_TLSContentType, content_type)
            kinds = _MESSAGE_TYPES.get(content_type, _TLSMessageType)
            return callback(conn, direction, version, content_type,
                            _member(kinds, msg_type), data)
        inner.user_function = callback
        _SSLContext._msg_callback.__set__(self, inner)

    @property
    def protocol(self):
        return _SSLMethod(_SSLContext.protocol.__get__(self))

    @property
    def options(self):
        return Options(int(_SSLContext.options.__get__(self)))

    @options.setter
    def options(self, value):
        _SSLContext.options.__set__(self, value)

    @property
    def verify_flags(self):
        return VerifyFlags(int(_SSLContext.verify_flags.__get__(self)))

    @verify_flags.setter
    def verify_flags(self, value):
        _SSLContext.verify_flags.__set__(self, value)

    @property
    def verify_mode(self):
        return VerifyMode(_SSLContext.verify_mode.__get__(self))

    @verify_mode.setter
    def verify_mode(self, value):
        _SSLContext.verify_mode.__set__(self, value)

    @property
    def minimum_version(self):
        return TLSVersion(_SSLContext.minimum_version.__get__(self))

    @minimum_version.setter
    def minimum_version(self, value):
        _SSLContext.minimum_version.__set__(self, value)
        if value == TLSVersion.SSLv3:
            self.options &= ~Options.OP_NO_SSLv3

    @property
    def maximum_version(self):
        return TLSVersion(_SSLContext.maximum_version.__get__(self))

    @maximum_version.setter
    def maximum_version(self, value):
        _SSLContext.maximum_version.__set__(self, value)

    @property
    def hostname_checks_common_name(self):
        return not self._host_flags & _core.HOSTFLAG_NEVER_CHECK_SUBJECT

    @hostname_checks_common_name.setter
    def hostname_checks_common_name(self, value):
        _set_common_name_check(self, value)


def _member(enum, value):
    """The member of that value, or the value where there is none."""
    return enum(value) if value in enum else value


def _set_common_name_check(core, value):
    if value:
        core._host_flags &= ~_core.HOSTFLAG_NEVER_CHECK_SUBJECT
    else:
        core._host_flags |= _core.HOSTFLAG_NEVER_CHECK_SUBJECT


def _length_prefixed(protocols, what):
    """The wire form of a list of protocol names."""
    joined = bytearray()
    for protocol in protocols:
        if isinstance(protocol, unicode):
            protocol = protocol.encode("ascii")
        elif not isinstance(protocol, str):
            raise TypeError("encoding without a string argument")
        if not 1 <= len(protocol) <= 255:
            raise SSLError("%s protocols must be 1 to 255 in length" % what)
        joined.append(len(protocol))
        joined.extend(protocol)
    return joined


# ---- objects

def _check_channel_binding(cb_type):
    if not isinstance(cb_type, basestring):
        raise TypeError("get_channel_binding() argument 'cb_type' must be "
                        "str, not %s" % type(cb_type).__name__)
    if "\0" in cb_type:
        raise ValueError("embedded null character")
    if cb_type not in CHANNEL_BINDING_TYPES:
        raise ValueError("'%s' channel binding type not implemented"
                         % _in_utf8(cb_type))


def _check_wrapping(context, server_side, server_hostname, session):
    """What wrap_socket() and wrap_bio() want of their arguments together.
    Without a name there would be nothing to check, and any certificate that is
    trusted would do."""
    if server_side:
        if server_hostname:
            raise ValueError("server_hostname can only be specified in client "
                             "mode")
        if session is not None:
            raise ValueError("session can only be specified in client mode")
    if context.check_hostname and not server_hostname:
        raise ValueError("check_hostname requires server_hostname")


def _in_utf8(value):
    return value.encode("utf-8") if isinstance(value, unicode) else value


class SSLObject(object):
    """A TLS connection whose bytes somebody else moves, through MemoryBIOs."""

    def __new__(cls, *args, **kwargs):
        # Python 3.5 and 3.6 had a constructor for the C object of a
        # connection. eventlet calls it where the name exists and, where a
        # TypeError comes of that, is left with a plain socket. The methods it
        # goes on to call are those of 2.7's C object.
        if args and type(args[0]) is _ssl._SSLSocket:
            return args[0]
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        raise TypeError(
            "%s does not have a public constructor. Instances are "
            "returned by SSLContext.wrap_bio()." % type(self).__name__)

    @classmethod
    def _create(cls, incoming, outgoing, server_side=False,
                server_hostname=None, session=None, context=None):
        self = cls.__new__(cls)
        if isinstance(server_hostname, str):
            hostname = server_hostname       # encoded, as wrap_bio() hands it on
            hostname.decode("ascii")
        else:
            hostname = _encode_hostname(server_hostname)
        _check_wrapping(context, server_side, hostname, session)
        if isinstance(context, _SSLContext):
            self._sslobj = context._wrap_bio(incoming, outgoing, server_side,
                                             hostname, self, session)
        else:
            self._sslobj = _core_of(context)._wrap_bio(
                incoming, outgoing, server_side, hostname, self, session,
                context, context.check_hostname)
        return self

    @property
    def context(self):
        """The SSLContext; a servername callback may set another one."""
        return self._sslobj.context

    @context.setter
    def context(self, context):
        if isinstance(context, _SSLContext):
            core = context
        elif isinstance(context, _ssl._SSLContext):
            core = _core_of(context)
        else:
            raise TypeError("The value must be a SSLContext")
        self._sslobj._set_context(context, core)

    @property
    def session(self):
        return self._sslobj.session

    @session.setter
    def session(self, session):
        self._sslobj.session = session

    @property
    def session_reused(self):
        return self._sslobj.session_reused

    @property
    def server_side(self):
        return self._sslobj.server_side

    @property
    def server_hostname(self):
        return self._sslobj.server_hostname

    def get_verified_chain(self):
        """The chain that was verified, in DER form, the peer's own first."""
        return self._sslobj.get_verified_chain()

    def get_unverified_chain(self):
        """The chain the peer sent, in DER form."""
        return self._sslobj.get_unverified_chain()

    def selected_npn_protocol(self):
        """Deprecated, always None."""
        _warnings.warn("ssl NPN is deprecated, use ALPN instead",
                       DeprecationWarning, stacklevel=2)

    def selected_alpn_protocol(self):
        return self._sslobj.selected_alpn_protocol()

    def cipher(self):
        """(name, protocol, secret bits) of the cipher in use."""
        return self._sslobj.cipher()

    def shared_ciphers(self):
        """On a server: the client's ciphers that are ours as well."""
        return self._sslobj.shared_ciphers()

    def compression(self):
        return self._sslobj.compression()

    def group(self):
        """The name of the group that keys were agreed in."""
        return self._sslobj.group()

    def client_sigalg(self):
        """The signature algorithm with which the client has shown who it is."""
        return self._sslobj.client_sigalg()

    def server_sigalg(self):
        """The signature algorithm with which the server has."""
        return self._sslobj.server_sigalg()

    def pending(self):
        """How many decrypted bytes can be read at once."""
        return self._sslobj.pending()

    def unwrap(self):
        """Sends close_notify and wants the peer's."""
        return self._sslobj.shutdown()

    def get_channel_binding(self, cb_type="tls-unique"):
        """Bytes both sides know and nobody between them."""
        _check_channel_binding(cb_type)
        return self._sslobj.get_channel_binding()

    def version(self):
        return self._sslobj.version()

    def verify_client_post_handshake(self):
        return self._sslobj.verify_client_post_handshake()


# do_handshake(), read(), write() and getpeercert()
_core.add_methods(SSLObject)


def _want_write():
    return _without_reason(SSLWantWriteError(
        3, "The operation did not complete (write)"))


def _closed():
    return _without_reason(SSLZeroReturnError(
        6, "TLS/SSL connection has been closed (EOF)"))


def _eof():
    return _without_reason(SSLEOFError(
        8, "EOF occurred in violation of protocol"))


def _is_broken(error):
    """Whether the socket has failed: not TLS, and not for want of time."""
    return not isinstance(error, (_socket.timeout, SSLError))


def _elapsed():
    """Seconds on a clock that nobody sets."""
    return _os.times()[4]


_TICK = 1.0 / _os.sysconf("SC_CLK_TCK")   # of that clock: nothing ends early


class _Deadline(object):
    """When an operation has to be done: its time-out is that of all it waits
    for together."""
    __slots__ = "timeout", "end"

    def __init__(self, timeout):
        self.timeout = timeout
        self.end = _elapsed() + timeout + _TICK if timeout else None

    def milliseconds(self):
        """As poll(2) wants them: -1 is for ever."""
        if self.end is None:
            return -1 if self.timeout is None else 0
        return _milliseconds(max(0, self.end - _elapsed()))

    def is_over(self):
        return self.end is not None and _elapsed() >= self.end


def _milliseconds(seconds):
    return int(min(seconds * 1000 + 1, 2 ** 31 - 1))


def _timed_out(what):
    return _socket.timeout("The %s operation timed out" % what)


def _reason_given(reason, text, number=1):
    error = SSLError(number, "[SSL: %s] %s" % (reason, text))
    error.library, error.reason = "SSL", reason
    return error


def _without_reason(error):
    error.library = error.reason = None
    return error


# ---- sockets: an SSLObject and the two loops that move its bytes

class _FileEnd(object):
    """What a file object of an SSLSocket reads and writes. 2.7's need no more
    than this; closing the last one closes a socket that was to be closed."""

    def __init__(self, sock):
        self._owner = sock
        for name in "recv", "sendall", "fileno":
            setattr(self, name, getattr(sock, name))

    def close(self):
        owner, self._owner = self._owner, None
        if owner is not None:
            owner._drop_file()


class _File(_socketmodule._fileobject):
    """2.7's file object, but one that may be closed more than once, as any
    other of Python."""

    __slots__ = ()

    def close(self):
        if not self.closed:
            super(_File, self).close()


# Of errors that leave a connection as it was.
_HARMLESS_REASONS = "SHUTDOWN_WHILE_IN_INIT", "PROTOCOL_IS_SHUTDOWN"
_UNCONNECTED = _errno.ENOTCONN, _errno.EINVAL
# What BIO_should_retry(3) has a socket try again; the second kind only where
# it does not block: no time makes it better.
_WOULD_BLOCK = _errno.EAGAIN, _errno.EWOULDBLOCK
_MOMENT = 0.01                        # seconds: for another thread to move bytes
_NOT_YET = (_errno.ENOTCONN, _errno.EPROTO, _errno.EINPROGRESS,
            _errno.EALREADY)
_WANTS = SSLWantReadError, SSLWantWriteError
_FULL_RECORD = 16384                  # bytes of data: RFC 8446, section 5.1
_ALERT_SIZE = 2                       # the same, section 6

# SSLSocket._output, (state, what belongs to it): how far the last thing that
# was to be sent has come.
_CLEAR = "clear", None
"""Nothing is owed. Records in _outgoing go with whatever is sent next."""
_UNFINISHED = "unfinished"
"""and a size: TLS took as much of a write(), the socket not all of its records.
The same data must be written again."""
_LOST = "lost"
"""and a size: the connection failed meanwhile. Less data has a bad length."""
_GOODBYE = "goodbye", None
"""unwrap()'s close_notify, which the socket did not take, is in _outgoing. It
is for the next unwrap() alone: nothing else sends it or waits for it."""
_TOO_LATE = "too late", None
"""unwrap() came while a write() was unfinished. The next one breaks TLS."""
_SPOILED = "spoiled"
"""and an error: broken so. It is what reading says, until something is
written."""


class SSLSocket(_socketmodule.socket):
    """A socket that speaks TLS; made by SSLContext.wrap_socket().

    One thread may read while another one writes. Only unwrap() leads to plain
    text. What has to be sent or was received is in the two MemoryBIOs and
    nowhere else, and moves between them and the socket in one step each, in C:
    an exception of a signal handler finds nothing half done. No lock is held.
    """

    def __init__(self, *args, **kwargs):
        raise TypeError(
            "%s does not have a public constructor. Instances are "
            "returned by SSLContext.wrap_socket()." % type(self).__name__)

    @classmethod
    def _create(cls, sock, server_side=False, do_handshake_on_connect=True,
                suppress_ragged_eofs=True, server_hostname=None, context=None,
                session=None):
        kind = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_TYPE)
        if kind != _socket.SOCK_STREAM:
            raise NotImplementedError("only stream sockets are supported")
        _check_wrapping(context, server_side, server_hostname, session)
        self = cls.__new__(cls)
        _socketmodule.socket.__init__(self, _sock=sock._sock)
        # As Python 3's detach(): from here on the socket is this one's.
        if isinstance(sock, SSLSocket):
            sock._let_go()
        else:
            sock.close()
        self._forget_methods()
        self._kind = self._sock.family, kind, self._sock.proto
        self._context = context
        self._wanted_session = session
        self.server_side = server_side
        self.server_hostname = None
        self.do_handshake_on_connect = do_handshake_on_connect
        self.suppress_ragged_eofs = suppress_ragged_eofs
        self._sslobj = None
        self._connected = False
        self._closed = False
        self._files = 0
        self._unwrapped = False       # the one way to plain text
        self._established = False     # and the handshake's last message sent
        self._output = _CLEAR
        self._refusal = None          # the socket's, to the last operation
        try:
            self.server_hostname = context._encode_hostname(server_hostname)
            self._connected = self._find_connection()
            if self._connected:
                self._begin_tls()
                if do_handshake_on_connect:
                    if self.gettimeout() == 0.0:
                        raise ValueError("do_handshake_on_connect should not "
                                         "be specified for non-blocking "
                                         "sockets")
                    self.do_handshake()
        except BaseException:
            self.close()
            raise
        return self

    def _find_connection(self):
        """Whether there is one. A socket that was connected and is not any
        more may have something to read, which never was TLS."""
        try:
            self._sock.getpeername()
            return True
        except _socket.error as error:
            if error.errno not in _UNCONNECTED:
                raise
            unconnected = error.errno
        timeout = self.gettimeout()
        self.settimeout(0.0)
        try:
            found = self._sock.recv(1)
        except _socket.error as error:
            if error.errno not in _UNCONNECTED:
                raise
            found = b""
        finally:
            self.settimeout(timeout)
        if found:
            error = SSLError(unconnected, "Closed before TLS handshake with "
                             "data in recv buffer.")
            error.library, error.reason = None, error.strerror
            raise error
        return False

    def _forget_methods(self):
        # 2.7's sockets put the C methods before those of the class.
        for name in _socketmodule._delegate_methods:
            self.__dict__.pop(name, None)

    def _begin_tls(self):
        self._incoming, self._outgoing = MemoryBIO(), MemoryBIO()
        arguments = dict(server_side=self.server_side, owner=self,
                         server_hostname=self.server_hostname,
                         session=self._wanted_session)
        self._sslobj = self._context._wrap_bio(
            self._incoming, self._outgoing, **arguments)

    def __repr__(self):
        told = "%s.%s%s fd=%d, family=%d, type=%d, proto=%d" % (
            (type(self).__module__, type(self).__name__,
             " [closed]" if self._closed else "", self.fileno()) + self._kind)
        for name, ask in (("laddr", self.getsockname),
                          ("raddr", self.getpeername)):
            try:
                address = ask()
            except _socket.error:
                continue
            if address:
                told += ", %s=%s" % (name, address)
        return "<%s>" % told

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        if not self._closed:
            self.close()

    # -- moving bytes

    def _flush(self, what, deadline, wait=True):
        """Sends what TLS has made; SSLWantWriteError where that would block.
        Where another thread is sending, that one sends this as well: without
        wait it is left to it. A reader, whose wait is None, also stops where
        there is something to receive: the peer may send no less than it reads,
        and neither would go on."""
        while self._outgoing.pending and self._output != _GOODBYE:
            sent = self._move(_core.send_from, self._outgoing, what, deadline,
                              wait)
            if sent is None and not wait:
                return
        if not self._established:
            self._is_established()

    def _is_established(self):
        """Whether the handshake is done, and its last message sent."""
        if not (self._established or self._outgoing.pending):
            self._established = self._ask("version") is not None
        return self._established

    def _fill(self, what, deadline, want_read):
        """Receives for TLS, or lets another thread do so; it is for TLS to say
        whether that was enough. Raises want_read where it would block."""
        self._move(_core.receive_into, self._incoming, what, deadline, True,
                   want_read)

    def _move(self, step, bio, what, deadline, wait, want=None):
        """The number of bytes that one step has moved; None where another
        thread, or a signal's handler, may have moved some."""
        number = step(bio, self._sock,
                      0 if wait is None else deadline.milliseconds())
        if number >= 0:               # None is less than any number
            return number
        if (number is not None and -number in _WOULD_BLOCK and wait is None
                and deadline.timeout != 0.0):
            return 0 if self._is_first_writable(what, deadline) else None
        if number is None or number == -_errno.EBUSY:
            if number is not None and not wait:
                return None
            if deadline.is_over():
                self._refused(want or _want_write())
                raise _timed_out(what)
            if deadline.timeout == 0.0:
                raise self._refused(want or _want_write())
            if number is not None:
                _time.sleep(_MOMENT)
            return None
        if number == -_errno.EINTR:   # PEP 475: it goes on
            return None
        raise self._refused(self._error(-number, want))

    def _is_first_writable(self, what, deadline):
        """Waits until the socket can be written to, or only read."""
        try:
            ready = self._wait_until(deadline.end,
                                     _select.POLLIN | _select.POLLOUT)
        except _socket.timeout:
            self._refused(_want_write())
            raise _timed_out(what)
        return ready != _select.POLLIN

    def _error(self, number, want):
        if number in _WOULD_BLOCK or (
                number in _NOT_YET and self.gettimeout() == 0.0):
            return want or _want_write()
        return _socket.error(number, _os.strerror(number))

    def _deadline(self):
        return _Deadline(self.gettimeout())

    def _wait_until(self, end, readiness):
        """What is ready; socket.timeout where nothing is until then; None is
        never."""
        poll = _select.poll()
        poll.register(self._sock.fileno(), readiness)
        while True:
            left = None if end is None else max(0, end - _elapsed())
            try:
                ready = poll.poll(None if left is None
                                  else _milliseconds(left))
                if ready:
                    return ready[0][1]
            except _select.error as error:
                if error.args[0] != _errno.EINTR:
                    raise
            if end is not None and _elapsed() >= end:
                raise _socket.timeout("timed out")

    def _refused(self, error):
        self._refusal = error
        return error

    def _run(self, what, deadline, operation, *arguments):
        """Repeats an operation of the SSLObject until its bytes have moved."""
        reading = what == "read"
        while True:
            try:
                result = operation(*arguments)
            except SSLWantReadError as want_read:
                if not (reading and self._output[0] == _UNFINISHED):
                    self._flush_tickets(what, deadline,
                                        None if reading else True)
                self._fill(what, deadline, want_read)
            except SSLZeroReturnError:
                raise
            except SSLError as error:
                if error.reason not in _HARMLESS_REASONS:
                    self._end_by_alert(deadline)
                state, wanted = self._output
                if state == _SPOILED and what == "write":
                    self._output = _CLEAR
                    if isinstance(error, SSLEOFError):
                        raise _reason_given("PROTOCOL_IS_SHUTDOWN",
                                            "protocol is shutdown")
                elif state == _SPOILED and isinstance(error, SSLEOFError):
                    if arguments == (0,):         # to read nothing
                        return b""
                    raise wanted
                raise
            else:
                if reading and (result or self._ask("is_closed_by_peer")):
                    self._refusal = None
                return result

    def _flush_tickets(self, what, deadline, wait=True):
        """What a server sends once the handshake is done is session tickets:
        a client that is gone does not want them."""
        try:
            self._flush(what, deadline, wait)
        except _socket.error as error:
            if (error.errno not in (_errno.EPIPE, _errno.ECONNRESET)
                    or not self.server_side
                    or self._ask("version") != "TLSv1.3"):
                raise
            self._abandon()
            self._is_established()

    def _end_by_alert(self, deadline):
        """The reason of a failure matters more than that of its report, which
        cannot be sent in the middle of a write()."""
        state, _ = self._output
        if state == _UNFINISHED:
            self._abandon()
            return
        if self._output in (_GOODBYE, _TOO_LATE):
            self._output = _CLEAR
        try:
            self._flush("write", deadline, False)
        except _socket.error as error:
            if _is_broken(error):
                self._abandon()
                if self._established:
                    self._output = _LOST, _ALERT_SIZE

    def _abandon(self):
        """What cannot be sent any more is not tried again."""
        state, size = self._output
        if state == _UNFINISHED:
            self._output = _LOST, size
        elif state == _LOST:
            self._output = _CLEAR
        self._outgoing.read()

    def _require(self, message):
        """The SSLObject's C half, for all of an operation: another thread may
        take it away meanwhile, with shutdown() or close()."""
        tls = self._sslobj
        if tls is None:
            raise ValueError(message)
        return tls

    # -- TLS

    def do_handshake(self, block=False):
        self._check_connected()
        self._sock.fileno()           # raises where it is closed
        timeout = self.gettimeout()
        try:
            if timeout == 0.0 and block:
                self.settimeout(None)
            deadline = self._deadline()
            self._run("handshake", deadline, self._sslobj.do_handshake)
            if self._output[0] != _UNFINISHED:     # that is the writer's
                self._flush_tickets("handshake", deadline)
        finally:
            if timeout == 0.0 and block:
                self.settimeout(timeout)

    def _check_connected(self):
        if not self._connected:
            self.getpeername()        # raises, and says why

    def read(self, len=1024, buffer=None):
        tls = self._require("Read on closed or unwrapped SSL socket.")
        arguments = (len,) if buffer is None else (len, buffer)
        try:
            return self._run("read", self._deadline(), tls.read, *arguments)
        except SSLEOFError:
            if not self.suppress_ragged_eofs:
                raise
            return b"" if buffer is None else 0

    def write(self, data):
        """As OpenSSL wants it: a call that could not send everything must be
        repeated with the same data."""
        return self._write(data)

    def _write(self, data):
        tls = self._require("Write on closed or unwrapped SSL socket.")
        state, least = self._output
        if state in (_UNFINISHED, _LOST) and _size_of(data) < least:
            self._spoil()
            self._output = _LOST, least
            raise _reason_given("BAD_LENGTH", "bad length")
        deadline = self._deadline()
        if deadline.end is not None:
            self._wait_until_ready("write", deadline)
        if (not self._established and not self._is_established()
                and _is_buffer(data)):
            # Before the handshake's last message no data is taken.
            self._run("write", deadline, tls.write, b"")
            self._flush_tickets("write", deadline)
        size = _size_of(data) if _is_buffer(data) else 0
        state, taken = self._output
        if state == _UNFINISHED:
            self._flush_write(deadline, taken, size)
        else:
            taken = 0
        while not taken or taken < size:
            written = self._run("write", deadline, tls.write,
                                _record_of(data, taken))
            if not written:           # but the end of a handshake, perhaps
                self._flush_tickets("write", deadline)
                break
            taken += written
            self._flush_write(deadline, taken, size)
        return taken

    def _flush_write(self, deadline, taken, size):
        try:
            if self._output[0] == _UNFINISHED:
                self._output = _CLEAR
            self._flush("write", deadline)
        except _socket.error as error:
            self._output = _UNFINISHED, taken
            if _is_broken(error):
                self._refuse_after_goodbye()
            raise
        except BaseException:         # of a signal's handler: call again
            if taken < size or self._outgoing.pending:
                self._output = _UNFINISHED, taken
            raise

    def unwrap(self):
        """Ends TLS; returns the socket, for plain text from then on."""
        tls = self._require("No SSL wrapper around %s" % self)
        if self.fileno() == -1:
            raise _without_reason(SSLError(
                0, "Underlying socket connection gone"))
        if not self._established and tls.version():
            raise _reason_given("SHUTDOWN_WHILE_IN_INIT",
                                "shutdown while in init")
        if self._output[0] == _UNFINISHED or self._output == _TOO_LATE:
            self._say_goodbye_too_late()
        deadline = self._deadline()
        try:
            if self._output == _GOODBYE:
                self._output = _CLEAR
                self._flush("write", deadline)
            if not self._run("read", deadline, tls.shutdown_half):
                self._flush("write", deadline)
                self._run("read", deadline, tls.shutdown_half)
            self._flush("write", deadline)
        except _socket.error as error:
            if not isinstance(error, SSLError) or isinstance(error, _WANTS):
                self._output = _GOODBYE if self._outgoing.pending else _CLEAR
            if _is_broken(error):
                self._refuse_after_goodbye()
            raise
        self._unwrapped = True
        self._sslobj = None
        return self

    def _say_goodbye_too_late(self):
        """OpenSSL sends nothing before a write that it could not finish has
        been repeated: SSL_write(3). A goodbye then is told what the socket
        said last; the next attempt breaks the connection."""
        refusal = self._refusal
        wanting = isinstance(refusal, _WANTS)
        if self._output != _TOO_LATE:
            self._ask("shutdown_half")
            self._outgoing.read()
            self._output = _TOO_LATE
            if not wanting:
                self._refuse_after_goodbye()
            if not wanting or not self.gettimeout():
                raise refusal or _eof()
            self._wait_until_ready(
                "read" if isinstance(refusal, SSLWantReadError) else "write",
                self._deadline())
        self._spoil()
        if wanting and not self.gettimeout():
            self._output = _SPOILED, refusal
        raise _reason_given("BAD_WRITE_RETRY", "bad write retry")

    def _wait_until_ready(self, what, deadline):
        """Without asking the socket: what it has to say it says only once."""
        readiness = _select.POLLIN if what == "read" else _select.POLLOUT
        try:
            self._wait_until(deadline.end, readiness)
        except _socket.timeout:
            raise _timed_out(what)

    def _spoil(self):
        """Breaks TLS, as OpenSSL 3 does where a write is not repeated as it
        has to be: by what is no record."""
        self._abandon()
        if self._output == _TOO_LATE:
            self._output = _CLEAR
        try:
            # The rest of the longest record, and a header.
            self._incoming.write(b"\xff" * (65535 + 5))
            while self._ask("read", 16384):
                pass
        except SSLError:
            self._outgoing.read()

    def _refuse_after_goodbye(self):
        """To a peer that said goodbye before, nothing is broken: it is gone."""
        if self._ask("is_closed_by_peer"):
            raise _closed()

    def verify_client_post_handshake(self):
        tls = self._require("No SSL wrapper around %s" % self)
        if (self.server_side and tls.version() == "TLSv1.3"
                and not self._is_established()):
            raise _reason_given("STILL_IN_INIT", "still in init", 121)
        return tls.verify_client_post_handshake()

    @property
    def context(self):
        return self._context

    @context.setter
    def context(self, context):
        self._context = context       # even one that is refused now
        if self._sslobj is None:
            raise AttributeError("'NoneType' object has no attribute "
                                 "'context'")
        if not isinstance(context, _SSLContext):
            raise TypeError("The value must be a SSLContext")
        self._sslobj._set_context(context, context)

    @property
    def session(self):
        tls = self._sslobj
        return tls and tls.session

    @session.setter
    def session(self, session):
        self._wanted_session = session
        tls = self._sslobj
        if tls is not None:
            tls.session = session

    @property
    def session_reused(self):
        tls = self._sslobj
        return tls and tls.session_reused

    def _ask(self, name, *arguments):
        """None where there is no TLS, or no longer."""
        tls = self._sslobj            # which another thread may take away
        return None if tls is None else getattr(tls, name)(*arguments)

    def pending(self):
        return self._ask("pending") or 0

    def getpeercert(self, binary_form=False):
        self._check_connected()
        if self._sslobj is not None and not self._is_established():
            raise ValueError("handshake not done yet")
        return self._sslobj.getpeercert(binary_form)

    def get_verified_chain(self):
        return self._sslobj.get_verified_chain()

    def get_unverified_chain(self):
        return self._sslobj.get_unverified_chain()

    def cipher(self):
        return self._ask("cipher")

    def shared_ciphers(self):
        return self._ask("shared_ciphers")

    def compression(self):
        return self._ask("compression")

    def group(self):
        return self._ask("group")

    def client_sigalg(self):
        return self._ask("client_sigalg")

    def server_sigalg(self):
        return self._ask("server_sigalg")

    def version(self):
        if self._sslobj is None or not self._is_established():
            return None
        return self._ask("version")

    def selected_alpn_protocol(self):
        return self._ask("selected_alpn_protocol")

    selected_npn_protocol = SSLObject.__dict__["selected_npn_protocol"]

    def get_channel_binding(self, cb_type="tls-unique"):
        if self._sslobj is None and cb_type not in CHANNEL_BINDING_TYPES:
            raise ValueError("%s channel binding type not implemented"
                             % (_in_utf8(cb_type),))
        _check_channel_binding(cb_type)
        return self._ask("get_channel_binding")

    # -- the socket

    family = property(lambda self: self._kind[0])
    type = property(lambda self: self._kind[1])
    proto = property(lambda self: self._kind[2])

    def _refuse_flags(self, flags, name):
        if flags != 0:
            raise ValueError("non-zero flags not allowed in calls to %s() on "
                             "%s" % (name, type(self)))

    def _in_plain(self, readiness):
        """The socket, for plain text: only unwrap() leads to that. An end that
        came otherwise, by shutdown() or a connect() that failed, does not:
        what the application means for TLS, or takes for it, is not. What a
        socket refuses by itself (not connected, shut down) it still does."""
        if self._unwrapped:
            return self._sock
        poll = _select.poll()
        poll.register(self._sock.fileno(), readiness)
        if poll.poll(0):              # so that nothing here waits
            if readiness == _select.POLLOUT:
                self._sock.send(b"")
            elif not self._sock.recv(1, _socket.MSG_PEEK):
                return self._sock     # at its end there is no data
        raise _without_reason(SSLError(
            1, "TLS has not been ended by unwrap(): plain text is refused"))

    def send(self, data, flags=0):
        if self._sslobj is None:
            return self._in_plain(_select.POLLOUT).send(data, flags)
        self._refuse_flags(flags, "send")
        return self._write(data)

    def sendall(self, data, flags=0):
        if self._sslobj is None:
            return self._in_plain(_select.POLLOUT).sendall(data, flags)
        self._refuse_flags(flags, "sendall")
        for _ in self._sent_parts(data):
            pass

    def _sent_parts(self, data):
        """Sends all by send(), and yields how much each call took: everything,
        unless a subclass overrides it. To that an item is a byte."""
        if _has_wide_items(_buffer_of(data)):
            data = _bytes_of(data)
        size, done = _size_of(data), 0
        while done < size:
            sent = self.send(_rest_of(data, done) if done else data)
            done += sent
            yield sent

    def sendfile(self, file, offset=0, count=None):
        """Sends what is in a file from offset on, at most count bytes;
        returns how many that were."""
        if "b" not in getattr(file, "mode", "b"):
            raise ValueError("file should be opened in binary mode")
        if count is not None:
            if not isinstance(count, (int, long)):
                raise TypeError("count must be a positive integer (got %r)"
                                % (count,))
            if count <= 0:
                raise ValueError("count must be a positive integer (got %r)"
                                 % (count,))
        if self.gettimeout() == 0:
            raise ValueError("non-blocking sockets are not supported")
        if offset:
            file.seek(offset)
        total = 0
        try:
            while count is None or total < count:
                size = 8192 if count is None else min(8192, count - total)
                data = file.read(size)
                if not data:
                    break
                for sent in self._sent_parts(data):
                    total += sent
        finally:                      # also where it is not all that was read
            if total and hasattr(file, "seek"):
                file.seek(offset + total)
        return total

    def recv(self, buflen=1024, flags=0):
        if self._sslobj is None:
            return self._in_plain(_select.POLLIN).recv(buflen, flags)
        self._refuse_flags(flags, "recv")
        return self.read(buflen)

    def recv_into(self, buffer, nbytes=None, flags=0):
        if nbytes is None:
            nbytes = (0 if buffer is None else _size_of(buffer)) or 1024
        if self._sslobj is None:
            return self._in_plain(_select.POLLIN).recv_into(buffer, nbytes,
                                                            flags)
        self._refuse_flags(flags, "recv_into")
        return self.read(nbytes, buffer)

    def _not_on_tls(self, readiness, name, *arguments):
        if self._sslobj is None:
            return getattr(self._in_plain(readiness), name)(*arguments)
        raise ValueError("%s not allowed on instances of %s"
                         % (name, type(self)))

    def sendto(self, data, flags_or_addr, addr=None):
        arguments = (flags_or_addr,) if addr is None else (flags_or_addr, addr)
        return self._not_on_tls(_select.POLLOUT, "sendto", data, *arguments)

    def recvfrom(self, buflen=1024, flags=0):
        return self._not_on_tls(_select.POLLIN, "recvfrom", buflen, flags)

    def recvfrom_into(self, buffer, nbytes=None, flags=0):
        return self._not_on_tls(_select.POLLIN, "recvfrom_into", buffer,
                                nbytes, flags)

    def _not_at_all(self, name):
        raise NotImplementedError("%s not allowed on instances of %s"
                                  % (name, type(self)))

    def recvmsg(self, *args, **kwargs):
        self._not_at_all("recvmsg")

    def recvmsg_into(self, *args, **kwargs):
        self._not_at_all("recvmsg_into")

    def sendmsg(self, *args, **kwargs):
        self._not_at_all("sendmsg")

    def sendmsg_afalg(self, *args, **kwargs):
        raise _socket.error("algset is only supported for AF_ALG")

    def dup(self):
        raise NotImplementedError("Can't dup() %s instances"
                                  % type(self).__name__)

    def connect(self, addr):
        self._connect("connect", addr)

    def connect_ex(self, addr):
        return self._connect("connect_ex", addr)

    def _connect(self, name, address):
        if self.server_side:
            raise ValueError("can't connect in server-side mode")
        if self._connected or self._sslobj is not None:
            raise ValueError("attempt to connect already-connected SSLSocket!")
        if name == "connect_ex" and self.fileno() == -1:
            return _errno.EBADF
        # The context may have been changed or replaced since wrap_socket().
        _check_wrapping(self._context, False, self.server_hostname,
                        self._wanted_session)
        # Before it connects: nothing that is sent may be in plain text, also
        # where the connection comes later than this returns.
        self._begin_tls()
        try:
            result = self._connect_patiently(name, address)
            if not result:
                self._connected = True
                if self.do_handshake_on_connect:
                    self.do_handshake()
        except (_socket.error, ValueError):
            self._sslobj = None
            raise
        return result

    def _connect_patiently(self, name, address):
        """A signal does not end connecting: PEP 475. Over AF_UNIX it does,
        where nothing comes about in the background."""
        goes_on = self.family != _socket.AF_UNIX
        timeout, began = self.gettimeout(), _elapsed()
        try:
            number = getattr(self._sock, name)(address)
            if number != _errno.EINTR or not goes_on:
                return number
        except _socket.error as error:
            if error.errno != _errno.EINTR or not goes_on:
                raise
        try:
            self._wait_until(None if timeout is None else began + timeout,
                             _select.POLLOUT)
        except _socket.timeout:
            if name == "connect":
                raise
            return _errno.EAGAIN
        number = self._sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        if number and name == "connect":
            raise _socket.error(number, _os.strerror(number))
        return number

    def accept(self):
        sock, address = self._accept_patiently()
        wrapped = self._context.wrap_socket(
            _socketmodule.socket(_sock=sock), server_side=True,
            do_handshake_on_connect=self.do_handshake_on_connect,
            suppress_ragged_eofs=self.suppress_ragged_eofs)
        return wrapped, address

    def _accept_patiently(self):
        end = self._deadline().end
        while True:
            try:
                return self._sock.accept()
            except _socket.error as error:
                if error.errno != _errno.EINTR:
                    raise
            self._wait_until(end, _select.POLLIN)

    def shutdown(self, how):
        self._sslobj = None
        self._sock.shutdown(how)

    def fileno(self):
        if isinstance(self._sock, _socket.socket):
            return self._sock.fileno()
        return -1

    def detach(self):
        """Closes the socket and returns its descriptor, still open."""
        descriptor = self.fileno()
        if descriptor != -1:
            own = descriptor          # which 2.7's socket closes
            flags = _fcntl.fcntl(own, _fcntl.F_GETFD)
            descriptor = _os.dup(own)
            _fcntl.fcntl(descriptor, _fcntl.F_SETFD, flags)
        self._let_go()
        return descriptor

    def close(self):
        self._closed = True
        if self._files <= 0:
            self._close()

    def _close(self):
        self._sslobj = None
        self._let_go()

    def _let_go(self):
        """The socket; what is known of its TLS stays."""
        self._closed = True
        self._last_timeout = self.gettimeout()
        _socketmodule.socket.close(self)
        self._forget_methods()

    def _drop_file(self):
        self._files -= 1
        if self._closed:
            self.close()

    def gettimeout(self):
        if isinstance(self._sock, _socket.socket):
            return self._sock.gettimeout()
        return self._last_timeout     # as it was when the socket was closed

    @property
    def timeout(self):
        return self.gettimeout()

    def getblocking(self):
        return self.gettimeout() != 0.0

    def get_inheritable(self):
        flags = _fcntl.fcntl(self._sock.fileno(), _fcntl.F_GETFD)
        return not flags & _fcntl.FD_CLOEXEC

    def set_inheritable(self, inheritable):
        flags = _fcntl.fcntl(self._sock.fileno(), _fcntl.F_GETFD)
        flags &= ~_fcntl.FD_CLOEXEC
        if not inheritable:
            flags |= _fcntl.FD_CLOEXEC
        _fcntl.fcntl(self._sock.fileno(), _fcntl.F_SETFD, flags)

    def makefile(self, mode="r", bufsize=-1):
        """A file object of 2.7's kind. The socket stays open until its last
        one is closed."""
        self._files += 1
        return _File(_FileEnd(self), mode, bufsize, close=True)


def _buffer_of(data):
    """What is in any buffer, of the old kind too; TypeError for what is none."""
    try:
        return memoryview(data)
    except TypeError:
        if isinstance(data, unicode):
            raise
        return buffer(data)


def _is_buffer(data):
    try:
        _buffer_of(data)
    except TypeError:
        return False
    return True


def _bytes_of(data):
    found = _buffer_of(data)
    return found.tobytes() if isinstance(found, memoryview) else str(found)


def _has_wide_items(found):
    return (isinstance(found, memoryview)
            and not found.itemsize == found.ndim == 1)


def _size_of(data):
    found = _buffer_of(data)
    return len(found.tobytes() if _has_wide_items(found) else found)


def _rest_of(data, start):
    found = _buffer_of(data)
    if isinstance(found, memoryview):
        found = found.tobytes()
    return found[start:]


def _record_of(data, start):
    """What one record takes of data from start on, as OpenSSL divides it; data
    itself where that is all, and where it is for the SSLObject to refuse."""
    if not start and (not _is_buffer(data) or _size_of(data) <= _FULL_RECORD):
        return data
    found = _buffer_of(data)
    if isinstance(found, memoryview):
        if (found.ndim != 1
                or found.strides not in (None, (found.itemsize,))):
            return data
        if found.itemsize != 1:
            found = found.tobytes()
    record = found[start:start + _FULL_RECORD]
    return record.tobytes() if isinstance(record, memoryview) else record


SSLContext.sslobject_class = SSLObject
SSLContext.sslsocket_class = SSLSocket


# ---- conveniences

def create_default_context(purpose=Purpose.SERVER_AUTH, *extra, **authorities):
    """A context with good defaults for the purpose; trusts the authorities in
    cafile, capath and cadata or, without any, the platform's."""
    _check_keywords("create_default_context", extra, authorities,
                    ("cafile", "capath", "cadata"))
    _check_side(purpose)
    if purpose == Purpose.SERVER_AUTH:
        context = SSLContext(PROTOCOL_TLS_CLIENT)
        context.verify_mode = CERT_REQUIRED
        context.check_hostname = True
    else:
        context = SSLContext(PROTOCOL_TLS_SERVER)
    context.verify_flags |= (VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
                             | VerifyFlags.VERIFY_X509_STRICT)
    _load_authorities(context, purpose, **authorities)
    _log_keys(context)
    return context


def _check_keywords(function, extra, keywords, known):
    """Keyword-only arguments, which 2.7's syntax does not have."""
    if extra:
        raise TypeError("%s() takes from 0 to 1 positional arguments but %d "
                        "were given" % (function, 1 + len(extra)))
    for name in keywords:
        if name not in known:
            raise TypeError("%s() got an unexpected keyword argument %r"
                            % (function, name))


def _create_unverified_context(protocol=None, *extra, **keywords):
    """A context that by default verifies nothing."""
    _check_keywords("_create_unverified_context", extra, keywords,
                    ("cert_reqs", "check_hostname", "purpose", "certfile",
                     "keyfile", "cafile", "capath", "cadata"))
    return _new_unverified_context(protocol, **keywords)


def _new_unverified_context(protocol, cert_reqs=CERT_NONE,
                            check_hostname=False, purpose=Purpose.SERVER_AUTH,
                            certfile=None, keyfile=None, **authorities):
    _check_side(purpose)
    if protocol is None:
        protocol = (PROTOCOL_TLS_CLIENT if purpose == Purpose.SERVER_AUTH
                    else PROTOCOL_TLS_SERVER)
    context = SSLContext(protocol)
    context.check_hostname = check_hostname
    if cert_reqs is not None:
        context.verify_mode = cert_reqs
    if check_hostname:
        context.check_hostname = True
    if keyfile and not certfile:
        raise ValueError("certfile must be specified")
    if certfile or keyfile:
        context.load_cert_chain(certfile, keyfile)
    _load_authorities(context, purpose, **authorities)
    _log_keys(context)
    return context


_create_default_https_context = create_default_context
_create_stdlib_context = _create_unverified_context


def _load_authorities(context, purpose, cafile=None, capath=None,
                      cadata=None):
    if cafile or capath or cadata:
        context.load_verify_locations(cafile, capath, cadata)
    elif context.verify_mode != CERT_NONE:
        context.load_default_certs(purpose)


def _log_keys(context):
    path = _os.environ.get("SSLKEYLOGFILE")
    if path and not _sys.flags.ignore_environment:
        context.keylog_filename = path


_DEFAULT_CIPHERS = _RESTRICTED_SERVER_CIPHERS = (
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:"
    "!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM")


_NO_TIMEOUT_GIVEN = object()


def get_server_certificate(addr, ssl_version=PROTOCOL_TLS_CLIENT,
                           ca_certs=None, timeout=_NO_TIMEOUT_GIVEN):
    """The certificate of the server at (host, port), in PEM form. It is
    verified if there are ca_certs, the path of a file with authorities."""
    context = _create_unverified_context(
        ssl_version, cafile=ca_certs,
        cert_reqs=CERT_NONE if ca_certs is None else CERT_REQUIRED)
    if timeout is _NO_TIMEOUT_GIVEN:
        sock = _socketmodule.create_connection(addr)
    else:
        sock = _socketmodule.create_connection(addr, timeout)
    try:
        tls = context.wrap_socket(sock, server_hostname=addr[0])
        try:
            certificate = tls.getpeercert(True)
        finally:
            tls.close()
    finally:
        sock.close()
    return DER_cert_to_PEM_cert(certificate)


def get_protocol_name(protocol_code):
    return _PROTOCOL_NAMES.get(protocol_code, "<unknown>")


def RAND_status():
    """Whether OpenSSL's random generator has been seeded."""
    return bool(_stock.RAND_status())


from ssl import (  # noqa: E402
    DER_cert_to_PEM_cert, PEM_cert_to_DER_cert, cert_time_to_seconds)


# ---- the graft

class _Graft(object):
    """What a stock context has beside itself."""

    __slots__ = "reference", "core", "sni_callback", "sslobject_class"


class _SniCallback(object):
    """A Python 3 style callback in the place of the stock one, which keeps it:
    so it goes with the stock context, or when the stock one is set anew."""

    __slots__ = "callback", "context", "__weakref__"

    def __init__(self, callback, context):
        self.callback = callback
        self.context = _weakref.ref(context)

    # The stock context wants a callable; the C context calls its callback.
    def __call__(self, sslobj, name, context):
        return self.callback(sslobj, name, context)


# By id(), for a subclass may have opinions on hashing. An entry goes with its
# stock context; nothing in it must refer to that (PSK callbacks can). There is
# no lock: a finalizer or a signal's handler may come here at any moment.
_grafts = _process.setdefault("grafts", {})
_verified = False


def _core_of(stock_context):
    """The C context over a stock context's SSL_CTX."""
    return _graft_of(stock_context).core


def _graft_of(stock_context):
    key = id(stock_context)
    graft = _grafts.get(key)
    if graft is not None and graft.reference() is stock_context:
        return graft
    if not isinstance(stock_context, _ssl._SSLContext):
        raise TypeError("The value must be a SSLContext")
    _verify_stock()
    made = _Graft()
    # Without globals, for it may run when they are gone.
    made.reference = _weakref.ref(
        stock_context, lambda dead, forget=_forget, grafts=_grafts:
        forget(grafts, key, dead))
    # Whoever comes first, there is one core: adopt() finds it.
    made.core = _core.adopt(stock_context, _ssl._SSLContext,
                            _protocol_of(stock_context))
    made.sni_callback = None
    made.sslobject_class = SSLObject
    while True:
        present = _grafts.setdefault(key, made)
        if present.core is made.core:
            return present
        # A dead context's, of another SSL_CTX: a weak reference that its own
        # finalizer made was cleared without a word.
        _forget(_grafts, key, present.reference)


def _forget(grafts, key, reference):
    graft = grafts.get(key)
    if graft is not None and graft.reference is reference:
        grafts.pop(key, None)


def _protocol_of(stock_context):
    """Of a subclass too, without running code of that."""
    for cls in type(stock_context).__mro__:
        if _ssl._SSLContext in cls.__bases__ and "protocol" in cls.__dict__:
            return int(cls.__dict__["protocol"].__get__(stock_context))
    return int(stock_context.protocol)


def _stock_context_class():
    """The original SSLContext, also where gevent or eventlet have put a
    subclass in its place."""
    for cls in getattr(_stock.SSLContext, "__mro__", ()):
        if _ssl._SSLContext in cls.__bases__:
            return cls
    raise ImportError("ssl.SSLContext is not based on _ssl._SSLContext")


def _verify_stock():
    """Raises ImportError unless the stock module is laid out as 2.7's is and
    uses the same libssl. Nothing is shared before this has passed."""
    global _verified
    if _verified:
        return
    same = _core.same_libssl(getattr(_ssl, "__file__", None), _core.__file__)
    if not same:
        raise ImportError("_ssl and __tls_bootstrap do not use the same "
                          "libssl: their contexts cannot be shared")
    try:
        sound = _context_layout_is_known() and _socket_layout_is_known()
    except (ValueError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise ImportError("the stock _ssl module is not laid out as CPython "
                          "2.7's: its contexts cannot be shared")
    _verified = True


def _context_layout_is_known():
    """Sets things through Python and finds them through the pointer."""
    pointer = object.__basicsize__ // 2
    if not (3 * pointer <= _ssl._SSLContext.__basicsize__ <= 32 * pointer):
        return False
    scratch = _stock_context_class()(_stock.PROTOCOL_SSLv23)
    for mode, expected in ((_stock.CERT_NONE, 0), (_stock.CERT_OPTIONAL, 1),
                           (_stock.CERT_REQUIRED, 3)):
        scratch.verify_mode = mode
        scratch.options ^= _stock.OP_CIPHER_SERVER_PREFERENCE
        found_mode, found_options = _core.read_shared(scratch)
        if found_mode & 3 != expected:
            return False
        # 2.7 shows options as a signed long.
        if (found_options ^ scratch.options) & 0xffffffff:
            return False
    return True


def _socket_layout_is_known():
    """The servername callback of 2.7 depends on these fields."""
    class Owner(object):
        pass
    owner = Owner()
    scratch = _stock_context_class()(_stock.PROTOCOL_SSLv23)
    sock = _socket.socket()
    try:
        stock = scratch._wrap_socket(sock, False, None, ssl_sock=owner)
        reference, context, points_back = _core.read_stock_socket(stock)
    finally:
        sock.close()
    return (isinstance(reference, _weakref.ref) and reference() is owner
            and context is scratch and points_back)


def _delegated(name, doc=None):
    """A property of stock contexts kept by their C context."""
    def get(self):
        return getattr(_core_of(self), name)

    def put(self, value):
        setattr(_core_of(self), name, value)

    def delete(self):
        delattr(_core_of(self), name)        # refused, as in Python 3
    return property(get, put, delete, doc)


def _delegated_version(name):
    def get(self):
        return TLSVersion(getattr(_core_of(self), name))

    def put(self, value):
        setattr(_core_of(self), name, value)
        if name == "minimum_version" and value == TLSVersion.SSLv3:
            self.options &= ~_stock.OP_NO_SSLv3
    return property(get, put)


def _grafted_wrap_bio(self, incoming, outgoing, server_side=False,
                      server_hostname=None, session=None):
    """An SSLObject between two MemoryBIOs."""
    return self.sslobject_class._create(
        incoming, outgoing, server_side=server_side,
        server_hostname=_encode_hostname(server_hostname), session=session,
        context=self)


def _get_sni_callback(self):
    reference = _graft_of(self).sni_callback
    callback = reference and reference()
    return callback and callback.callback


def _set_sni_callback(self, callback):
    graft = _graft_of(self)
    # As in Python 3, a refused callback leaves none behind.
    wanted = callback if callable(callback) else None
    present = graft.sni_callback and graft.sni_callback()
    if present is not None:
        # Not by the stock setter: a stock handshake may be about to call what
        # that takes out.
        present.callback = wanted
    elif wanted is None:
        graft.core._share_sni_callback(self, None)
    if callback is not wanted:
        raise TypeError("not a callable object")
    if present is not None or wanted is None:
        return
    wrapper = _SniCallback(callback, self)
    graft.core._share_sni_callback(self, wrapper)
    graft.sni_callback = _weakref.ref(wrapper)


def _delete_sni_callback(self):
    _set_sni_callback(self, NotImplemented)


class _ObjectClass(object):
    """sslobject_class of stock contexts: one for each, else SSLObject. Stock
    contexts have no __dict__, instances of their subclasses have one."""

    def __get__(self, context, cls):
        if context is None:
            return SSLObject
        own = getattr(context, "__dict__", {})
        if "sslobject_class" in own:
            return own["sslobject_class"]
        return _graft_of(context).sslobject_class

    def __set__(self, context, value):
        own = getattr(context, "__dict__", None)
        if own is not None:
            own["sslobject_class"] = value
        else:
            _graft_of(context).sslobject_class = value

    def __delete__(self, context):
        graft = _graft_of(context)
        own = getattr(context, "__dict__", {})
        if "sslobject_class" in own:
            del own["sslobject_class"]
        elif graft.sslobject_class is not SSLObject:
            graft.sslobject_class = SSLObject
        else:
            raise AttributeError("sslobject_class")


def _grafted_method(name):
    def method(self, *args, **kwargs):
        return getattr(_core_of(self), name)(*args, **kwargs)
    method.__name__ = name
    return method


def _class_additions():
    """What the stock SSLContext class gains."""
    additions = {
        "sslobject_class": _ObjectClass(),
        "minimum_version": _delegated_version("minimum_version"),
        "maximum_version": _delegated_version("maximum_version"),
        "security_level": property(
            lambda self: _core_of(self).security_level),
        # Read-only, and HAS_NEVER_CHECK_COMMON_NAME says so: wrap_socket()
        # checks names in Python, and cannot be kept from common names.
        "hostname_checks_common_name": property(lambda self: True),
    }
    wrap_bio = _grafted_wrap_bio
    wrap_bio.__name__ = "wrap_bio"
    additions["wrap_bio"] = wrap_bio
    additions["sni_callback"] = property(
        _get_sni_callback, _set_sni_callback, _delete_sni_callback)
    for name in ("num_tickets", "keylog_filename", "post_handshake_auth"):
        additions[name] = _delegated(name)
    for name in ("get_ciphers", "get_groups", "set_ciphersuites",
                 "set_client_sigalgs", "set_groups", "set_psk_client_callback",
                 "set_psk_server_callback", "set_server_sigalgs"):
        additions[name] = _grafted_method(name)
    return additions


# New names of the module. PROTOCOL_TLS_CLIENT and _SERVER are not among them:
# the stock constructor refuses them, and replacing it is out of the question.
_NEW_NAMES = ("MemoryBIO", "SSLObject", "SSLSession",
                "SSLCertVerificationError", "TLSVersion", "Options",
                "VerifyFlags", "VerifyMode", "SSLErrorNumber",
                "AlertDescription", "RAND_bytes", "get_sigalgs")
_NEW_CONSTANTS = (
    "HAS_NEVER_CHECK_COMMON_NAME", "HAS_PHA", "HAS_PSK", "HAS_PSK_TLS13",
    "HAS_SSLv2", "HAS_SSLv3", "HAS_TLSv1", "HAS_TLSv1_1", "HAS_TLSv1_2",
    "HAS_TLSv1_3")


def _module_additions():
    """What the stock module gains; names it had before stay its own."""
    names = list(_NEW_CONSTANTS)
    names += [name for enum in (Options, VerifyFlags)
              for name in enum.__members__]
    additions = dict((name, globals()[name]) for name in _NEW_NAMES)
    for name in names:
        if not hasattr(_stock, name):
            additions[name] = globals()[name]
    additions["HAS_NEVER_CHECK_COMMON_NAME"] = False
    return additions


# Made once: whoever patches, from whatever thread, sets the same values; and
# in a process the first ones stay, as reload(ssl) keeps those of the module.
_ADDITIONS = _module_additions(), _class_additions()


def monkeypatch_ssl():
    """Adds MemoryBIO, SSLObject and what belongs to them to the stock ssl
    module and its SSLContext class: all of it or, with an exception, nothing.
    Calling it again does nothing, except after reload(ssl): that has made the
    class anew and kept the names of the module."""
    cls = _stock_context_class()
    if cls is _process.get("patched"):
        return
    _verify_stock()
    additions = _process.get("additions", _ADDITIONS)
    plan = [(_stock, name, value) for name, value in additions[0].items()]
    plan += [(cls, name, value) for name, value in additions[1].items()]
    for target, name, value in plan:
        # hasattr() first: what another thread adds after it is in vars().
        if (vars(target).get(name, value) is not value
                or hasattr(target, name) and name not in vars(target)):
            raise ImportError("%s.%s exists already: it would have to be "
                              "replaced" % (target.__name__, name))
    _apply(plan)
    _process["additions"] = additions
    _process["patched"] = cls


def _apply(plan):
    """Sets all of it or, with an exception, nothing. There is no lock, which a
    finalizer or a signal's handler could wait for: map() is one step for both,
    and for other threads one that they may do as well."""
    new = [(target, name) for target, name, _ in plan
           if name not in vars(target)]
    try:
        map(setattr, *zip(*plan))
    except BaseException:
        for target, name in new:
            if name in vars(target):
                delattr(target, name)
        raise


del absolute_import               # it is no name of Python 3's ssl
