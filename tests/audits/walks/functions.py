"""Walks through the functions of the module, its enumerations and constructors."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.audits.walks.values import Kind, Lines, Values, sources

DATES = (
    "Jan  5 09:34:43 2018 GMT", "May  9 00:00:00 2007 GMT", "Feb 29 12:00:00 2024 GMT",
    "Dec 31 23:59:60 2016 GMT", "Jan 01 00:00:00 1970 GMT",
)  # fmt: skip


@st.composite
def misspelled(draw: st.DrawFn) -> str:
    """The source of a date with up to two letters dropped, doubled or replaced."""
    text: str = draw(st.sampled_from(DATES))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text) - 1))
        letter = text[place]
        new = draw(st.sampled_from(["", letter * 2, " ", "0", "9", "Z", letter.swapcase(), "\n"]))
        text = text[:place] + new + text[place + 1 :]
    return repr(text)


VALUES: Values = {
    "date": misspelled(),
    "small": sources(*(number for number in range(130))),
    "fitting": sources(0, 1, -1, 2, 3, 5, 255, 256, 65535, 2**31 - 1, 2**31, -(2**31), 2**32),
    "numbered": (
        "TLSVersion", "Options", "VerifyFlags", "VerifyMode", "AlertDescription", "SSLContext",
    ),
    "enumeration": ("TLSVersion", "Options", "VerifyFlags", "AlertDescription"),
    "method": ("read", "write", "write_eof"),
    "times": ("1", "10", "100"),
    "bytes": sources(b"", b"x", b"localhost", b"a\0b"),
    "text": sources("", "x", "localhost", "\0", "'", None),
    "first": sources("", "x", None, 0, 1, -1, 2**31),
    "told": sources("", "x", "localhost", "\0", "'"),
    "function": (
        "Purpose", "create_default_context", "RAND_status", "get_default_verify_paths",
        "SSLSession", "RAND_bytes", "get_protocol_name",
    ),
    "error": (
        "SSLError", "SSLZeroReturnError", "SSLWantReadError", "SSLEOFError", "SSLSyscallError",
        "SSLCertVerificationError",
    ),
}  # fmt: skip

CALLS: Lines = (
    "ssl.cert_time_to_seconds($date)",
    "ssl.PEM_cert_to_DER_cert(certificates.authority.pem[$small:])",
    "ssl.DER_cert_to_PEM_cert($bytes * $times)",
    "ssl.$numbered($fitting)",
    "ssl.$numbered($text)",
    "ssl.MemoryBIO($bytes_or_any)",
    "ssl.RAND_add($any, $any)",
    "ssl.$function($text_or_any)",
    "native.repr(ssl.$enumeration($small))",
    "native.described(ssl.$error, $first, $told)",
)
BUFFERS: Lines = (
    "bio = ssl.MemoryBIO()",
    "bio.write($bytes)",
    "bio.write($bytes_or_any)",
    "bio.read($any)",
    "bio.read()",
    "bio.write_eof()",
    "bio.$method($bytes_or_any, $bytes_or_any)",
    "bio.pending",
    "bio.eof",
)

FUNCTIONS = Kind(
    "Functions",
    openings=(("bio = ssl.MemoryBIO()",),),
    settings=(),
    then=(),
    legs=(CALLS, BUFFERS),
    values=VALUES,
)
