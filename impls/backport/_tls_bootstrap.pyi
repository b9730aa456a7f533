"""Types of _tls_bootstrap, which follow those of Python 3's ssl.

str is 2.7's: both of Python 3's str and bytes. Buffers are what memoryview or buffer() take.
"""
import enum
import socket
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Text, Tuple, Type, Union
from typing_extensions import Self

_Text = Union[str, Text]
_Password = Union[_Text, bytearray, Callable[[], Union[_Text, bytearray]]]
_Buffer = Any
_Certificate = Dict[str, Any]
_Address = Any

__version__: str

def monkeypatch_ssl() -> None: ...

class CertificateError(ValueError): ...

class SSLError(socket.error):
    library: Optional[str]
    reason: Optional[str]

class SSLCertVerificationError(SSLError, CertificateError):
    verify_code: int
    verify_message: str

class SSLEOFError(SSLError): ...
class SSLSyscallError(SSLError): ...
class SSLWantReadError(SSLError): ...
class SSLWantWriteError(SSLError): ...
class SSLZeroReturnError(SSLError): ...

class Options(enum.IntFlag):
    OP_NO_SSLv2 = 0
    OP_SINGLE_DH_USE = 0
    OP_SINGLE_ECDH_USE = 0
    OP_LEGACY_SERVER_CONNECT = 4
    OP_ENABLE_KTLS = 8
    OP_IGNORE_UNEXPECTED_EOF = 128
    OP_NO_TICKET = 16384
    OP_NO_COMPRESSION = 131072
    OP_ENABLE_MIDDLEBOX_COMPAT = 1048576
    OP_CIPHER_SERVER_PREFERENCE = 4194304
    OP_NO_SSLv3 = 33554432
    OP_NO_TLSv1 = 67108864
    OP_NO_TLSv1_2 = 134217728
    OP_NO_TLSv1_1 = 268435456
    OP_NO_TLSv1_3 = 536870912
    OP_NO_RENEGOTIATION = 1073741824
    OP_ALL = 2147483728

class VerifyFlags(enum.IntFlag):
    VERIFY_DEFAULT = 0
    VERIFY_CRL_CHECK_LEAF = 4
    VERIFY_CRL_CHECK_CHAIN = 12
    VERIFY_X509_STRICT = 32
    VERIFY_ALLOW_PROXY_CERTS = 64
    VERIFY_X509_TRUSTED_FIRST = 32768
    VERIFY_X509_PARTIAL_CHAIN = 524288

class VerifyMode(enum.IntEnum):
    CERT_NONE = 0
    CERT_OPTIONAL = 1
    CERT_REQUIRED = 2

class TLSVersion(enum.IntEnum):
    MINIMUM_SUPPORTED = -2
    MAXIMUM_SUPPORTED = -1
    SSLv3 = 768
    TLSv1 = 769
    TLSv1_1 = 770
    TLSv1_2 = 771
    TLSv1_3 = 772

class SSLErrorNumber(enum.IntEnum):
    SSL_ERROR_SSL = 1
    SSL_ERROR_WANT_READ = 2
    SSL_ERROR_WANT_WRITE = 3
    SSL_ERROR_WANT_X509_LOOKUP = 4
    SSL_ERROR_SYSCALL = 5
    SSL_ERROR_ZERO_RETURN = 6
    SSL_ERROR_WANT_CONNECT = 7
    SSL_ERROR_EOF = 8
    SSL_ERROR_INVALID_ERROR_CODE = 10

class AlertDescription(enum.IntEnum):
    ALERT_DESCRIPTION_CLOSE_NOTIFY = 0
    ALERT_DESCRIPTION_UNEXPECTED_MESSAGE = 10
    ALERT_DESCRIPTION_BAD_RECORD_MAC = 20
    ALERT_DESCRIPTION_RECORD_OVERFLOW = 22
    ALERT_DESCRIPTION_DECOMPRESSION_FAILURE = 30
    ALERT_DESCRIPTION_HANDSHAKE_FAILURE = 40
    ALERT_DESCRIPTION_BAD_CERTIFICATE = 42
    ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE = 43
    ALERT_DESCRIPTION_CERTIFICATE_REVOKED = 44
    ALERT_DESCRIPTION_CERTIFICATE_EXPIRED = 45
    ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN = 46
    ALERT_DESCRIPTION_ILLEGAL_PARAMETER = 47
    ALERT_DESCRIPTION_UNKNOWN_CA = 48
    ALERT_DESCRIPTION_ACCESS_DENIED = 49
    ALERT_DESCRIPTION_DECODE_ERROR = 50
    ALERT_DESCRIPTION_DECRYPT_ERROR = 51
    ALERT_DESCRIPTION_PROTOCOL_VERSION = 70
    ALERT_DESCRIPTION_INSUFFICIENT_SECURITY = 71
    ALERT_DESCRIPTION_INTERNAL_ERROR = 80
    ALERT_DESCRIPTION_USER_CANCELLED = 90
    ALERT_DESCRIPTION_NO_RENEGOTIATION = 100
    ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION = 110
    ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE = 111
    ALERT_DESCRIPTION_UNRECOGNIZED_NAME = 112
    ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE = 113
    ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE = 114
    ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY = 115

class _SSLMethod(enum.IntEnum):
    PROTOCOL_TLS = 2
    PROTOCOL_TLSv1 = 3
    PROTOCOL_TLSv1_1 = 4
    PROTOCOL_TLSv1_2 = 5
    PROTOCOL_TLS_CLIENT = 16
    PROTOCOL_TLS_SERVER = 17

class _ASN1Object(NamedTuple):
    nid: int
    shortname: str
    longname: str
    oid: str
    @classmethod
    def fromnid(cls, nid: int) -> Self: ...
    @classmethod
    def fromname(cls, name: str) -> Self: ...

class Purpose(_ASN1Object, enum.Enum):
    SERVER_AUTH = ...
    CLIENT_AUTH = ...

class DefaultVerifyPaths(NamedTuple):
    cafile: Optional[str]
    capath: Optional[str]
    openssl_cafile_env: str
    openssl_cafile: str
    openssl_capath_env: str
    openssl_capath: str

OP_NO_SSLv2: Options
OP_SINGLE_DH_USE: Options
OP_SINGLE_ECDH_USE: Options
OP_LEGACY_SERVER_CONNECT: Options
OP_ENABLE_KTLS: Options
OP_IGNORE_UNEXPECTED_EOF: Options
OP_NO_TICKET: Options
OP_NO_COMPRESSION: Options
OP_ENABLE_MIDDLEBOX_COMPAT: Options
OP_CIPHER_SERVER_PREFERENCE: Options
OP_NO_SSLv3: Options
OP_NO_TLSv1: Options
OP_NO_TLSv1_2: Options
OP_NO_TLSv1_1: Options
OP_NO_TLSv1_3: Options
OP_NO_RENEGOTIATION: Options
OP_ALL: Options

VERIFY_DEFAULT: VerifyFlags
VERIFY_CRL_CHECK_LEAF: VerifyFlags
VERIFY_CRL_CHECK_CHAIN: VerifyFlags
VERIFY_X509_STRICT: VerifyFlags
VERIFY_ALLOW_PROXY_CERTS: VerifyFlags
VERIFY_X509_TRUSTED_FIRST: VerifyFlags
VERIFY_X509_PARTIAL_CHAIN: VerifyFlags

CERT_NONE: VerifyMode
CERT_OPTIONAL: VerifyMode
CERT_REQUIRED: VerifyMode

SSL_ERROR_SSL: SSLErrorNumber
SSL_ERROR_WANT_READ: SSLErrorNumber
SSL_ERROR_WANT_WRITE: SSLErrorNumber
SSL_ERROR_WANT_X509_LOOKUP: SSLErrorNumber
SSL_ERROR_SYSCALL: SSLErrorNumber
SSL_ERROR_ZERO_RETURN: SSLErrorNumber
SSL_ERROR_WANT_CONNECT: SSLErrorNumber
SSL_ERROR_EOF: SSLErrorNumber
SSL_ERROR_INVALID_ERROR_CODE: SSLErrorNumber

ALERT_DESCRIPTION_CLOSE_NOTIFY: AlertDescription
ALERT_DESCRIPTION_UNEXPECTED_MESSAGE: AlertDescription
ALERT_DESCRIPTION_BAD_RECORD_MAC: AlertDescription
ALERT_DESCRIPTION_RECORD_OVERFLOW: AlertDescription
ALERT_DESCRIPTION_DECOMPRESSION_FAILURE: AlertDescription
ALERT_DESCRIPTION_HANDSHAKE_FAILURE: AlertDescription
ALERT_DESCRIPTION_BAD_CERTIFICATE: AlertDescription
ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE: AlertDescription
ALERT_DESCRIPTION_CERTIFICATE_REVOKED: AlertDescription
ALERT_DESCRIPTION_CERTIFICATE_EXPIRED: AlertDescription
ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN: AlertDescription
ALERT_DESCRIPTION_ILLEGAL_PARAMETER: AlertDescription
ALERT_DESCRIPTION_UNKNOWN_CA: AlertDescription
ALERT_DESCRIPTION_ACCESS_DENIED: AlertDescription
ALERT_DESCRIPTION_DECODE_ERROR: AlertDescription
ALERT_DESCRIPTION_DECRYPT_ERROR: AlertDescription
ALERT_DESCRIPTION_PROTOCOL_VERSION: AlertDescription
ALERT_DESCRIPTION_INSUFFICIENT_SECURITY: AlertDescription
ALERT_DESCRIPTION_INTERNAL_ERROR: AlertDescription
ALERT_DESCRIPTION_USER_CANCELLED: AlertDescription
ALERT_DESCRIPTION_NO_RENEGOTIATION: AlertDescription
ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION: AlertDescription
ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE: AlertDescription
ALERT_DESCRIPTION_UNRECOGNIZED_NAME: AlertDescription
ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE: AlertDescription
ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE: AlertDescription
ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY: AlertDescription

PROTOCOL_TLS: _SSLMethod
PROTOCOL_TLSv1: _SSLMethod
PROTOCOL_TLSv1_1: _SSLMethod
PROTOCOL_TLSv1_2: _SSLMethod
PROTOCOL_TLS_CLIENT: _SSLMethod
PROTOCOL_TLS_SERVER: _SSLMethod
PROTOCOL_SSLv23: _SSLMethod

HAS_ALPN: bool
HAS_ECDH: bool
HAS_NEVER_CHECK_COMMON_NAME: bool
HAS_NPN: bool
HAS_PHA: bool
HAS_PSK: bool
HAS_PSK_TLS13: bool
HAS_SNI: bool
HAS_SSLv2: bool
HAS_SSLv3: bool
HAS_TLSv1: bool
HAS_TLSv1_1: bool
HAS_TLSv1_2: bool
HAS_TLSv1_3: bool

OPENSSL_VERSION: str
OPENSSL_VERSION_INFO: Tuple[int, int, int, int, int]
OPENSSL_VERSION_NUMBER: int
PEM_HEADER: str
PEM_FOOTER: str
CHANNEL_BINDING_TYPES: List[str]

def create_default_context(purpose: Purpose = ..., *, cafile: Optional[_Text] = ..., capath: Optional[_Text] = ..., cadata: Optional[_Buffer] = ...) -> SSLContext: ...
def get_default_verify_paths() -> DefaultVerifyPaths: ...
def get_protocol_name(protocol_code: int) -> str: ...
def get_server_certificate(addr: Tuple[str, int], ssl_version: int = ..., ca_certs: Optional[_Text] = ..., timeout: Optional[float] = ...) -> str: ...
def cert_time_to_seconds(cert_time: str) -> int: ...
def DER_cert_to_PEM_cert(der_cert_bytes: str) -> str: ...
def PEM_cert_to_DER_cert(pem_cert_string: str) -> str: ...
def RAND_add(string: _Buffer, entropy: float) -> None: ...
def get_sigalgs() -> List[str]: ...
def RAND_bytes(num: int) -> str: ...
def RAND_status() -> bool: ...

class MemoryBIO(object):
    @property
    def eof(self) -> bool: ...
    @property
    def pending(self) -> int: ...
    def read(self, size: int = ...) -> str: ...
    def write(self, data: _Buffer) -> int: ...
    def write_eof(self) -> None: ...

class SSLSession(object):
    @property
    def has_ticket(self) -> bool: ...
    @property
    def id(self) -> str: ...
    @property
    def ticket_lifetime_hint(self) -> int: ...
    @property
    def time(self) -> int: ...
    @property
    def timeout(self) -> int: ...

class SSLContext(object):
    sslobject_class: Type[SSLObject]
    sslsocket_class: Type[SSLSocket]
    check_hostname: bool
    hostname_checks_common_name: bool
    keylog_filename: Optional[str]
    maximum_version: TLSVersion
    minimum_version: TLSVersion
    num_tickets: int
    options: Options
    post_handshake_auth: bool
    sni_callback: Optional[Callable[[Union[SSLObject, SSLSocket], Optional[str], SSLContext], Optional[int]]]
    verify_flags: VerifyFlags
    verify_mode: VerifyMode
    def __new__(cls, protocol: int = ..., *args: Any, **kwargs: Any) -> Self: ...
    @property
    def protocol(self) -> _SSLMethod: ...
    @property
    def security_level(self) -> int: ...
    def cert_store_stats(self) -> Dict[str, int]: ...
    def get_ca_certs(self, binary_form: bool = ...) -> List[Any]: ...
    def get_ciphers(self) -> List[Dict[str, Any]]: ...
    def load_cert_chain(self, certfile: _Text, keyfile: Optional[_Text] = ..., password: Optional[_Password] = ...) -> None: ...
    def load_default_certs(self, purpose: Purpose = ...) -> None: ...
    def load_dh_params(self, path: _Text) -> None: ...
    def load_verify_locations(self, cafile: Optional[_Text] = ..., capath: Optional[_Text] = ..., cadata: Optional[_Buffer] = ...) -> None: ...
    def session_stats(self) -> Dict[str, int]: ...
    def set_alpn_protocols(self, alpn_protocols: Iterable[_Text]) -> None: ...
    def set_ciphers(self, cipherlist: _Text) -> None: ...
    def set_default_verify_paths(self) -> None: ...
    def set_ecdh_curve(self, name: _Text) -> None: ...
    def set_ciphersuites(self, ciphersuites: _Text) -> None: ...
    def set_groups(self, grouplist: _Text) -> None: ...
    def get_groups(self, *, include_aliases: bool = False) -> List[str]: ...
    def set_client_sigalgs(self, sigalgslist: _Text) -> None: ...
    def set_server_sigalgs(self, sigalgslist: _Text) -> None: ...
    def set_npn_protocols(self, npn_protocols: Iterable[_Text]) -> None: ...
    def set_psk_client_callback(self, callback: Optional[Callable[[Optional[str]], Tuple[Optional[str], str]]]) -> None: ...
    def set_psk_server_callback(self, callback: Optional[Callable[[Optional[str]], str]], identity_hint: Optional[str] = ...) -> None: ...
    def set_servername_callback(self, server_name_callback: Optional[Callable[..., Optional[int]]]) -> None: ...
    def wrap_bio(self, incoming: MemoryBIO, outgoing: MemoryBIO, server_side: bool = ..., server_hostname: Optional[_Text] = ..., session: Optional[SSLSession] = ...) -> SSLObject: ...
    def wrap_socket(self, sock: socket.socket, server_side: bool = ..., do_handshake_on_connect: bool = ..., suppress_ragged_eofs: bool = ..., server_hostname: Optional[_Text] = ..., session: Optional[SSLSession] = ...) -> SSLSocket: ...

class _Connection(object):
    context: SSLContext
    session: Optional[SSLSession]
    @property
    def session_reused(self) -> Optional[bool]: ...
    def cipher(self) -> Optional[Tuple[str, str, int]]: ...
    def compression(self) -> Optional[str]: ...
    def group(self) -> Optional[str]: ...
    def client_sigalg(self) -> Optional[str]: ...
    def server_sigalg(self) -> Optional[str]: ...
    def get_channel_binding(self, cb_type: str = ...) -> Optional[str]: ...
    def get_unverified_chain(self) -> List[str]: ...
    def get_verified_chain(self) -> List[str]: ...
    def getpeercert(self, binary_form: bool = ...) -> Any: ...
    def pending(self) -> int: ...
    def selected_alpn_protocol(self) -> Optional[str]: ...
    def selected_npn_protocol(self) -> None: ...
    def shared_ciphers(self) -> Optional[List[Tuple[str, str, int]]]: ...
    def verify_client_post_handshake(self) -> None: ...
    def version(self) -> Optional[str]: ...
    def read(self, len: int = ..., buffer: Optional[_Buffer] = ...) -> Any: ...
    def write(self, data: _Buffer) -> int: ...

class SSLObject(_Connection):
    @property
    def server_hostname(self) -> Optional[str]: ...
    @property
    def server_side(self) -> bool: ...
    def do_handshake(self) -> None: ...
    def unwrap(self) -> None: ...

class SSLSocket(_Connection, socket.socket):
    server_hostname: Optional[str]
    server_side: bool
    do_handshake_on_connect: bool
    suppress_ragged_eofs: bool
    @property
    def timeout(self) -> Optional[float]: ...
    def do_handshake(self, block: bool = ...) -> None: ...
    def unwrap(self) -> SSLSocket: ...
    def accept(self) -> Tuple[SSLSocket, _Address]: ...
    def connect(self, addr: _Address) -> None: ...
    def connect_ex(self, addr: _Address) -> int: ...
    def detach(self) -> int: ...
    def getblocking(self) -> bool: ...
    def get_inheritable(self) -> bool: ...
    def set_inheritable(self, inheritable: bool) -> None: ...
    def sendfile(self, file: Any, offset: int = ..., count: Optional[int] = ...) -> int: ...
