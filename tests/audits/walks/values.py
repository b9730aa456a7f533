"""What walks are made up from: lines with places for values, and values, the simplest first.

A place is "$" and a name. What the languages mean differently (text where bytes are wanted, and the
other way round) is not here, since every divergence is to be one of ssl.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.audits.walks.walk import Walk

Values = dict[str, "tuple[str, ...] | st.SearchStrategy[str]"]
"""Sources of what may stand in a place, by its name."""
Lines = tuple[str, ...]

PLACE = re.compile(r"\$(\w+)")


def sources(*values: object) -> tuple[str, ...]:
    return tuple(map(repr, values))


@dataclass(frozen=True)
class Kind:
    """A kind of walk: how it begins, and the groups of lines that it goes on with."""

    name: str
    openings: tuple[Lines, ...]
    """One line of each comes first."""
    settings: Lines
    """Then some of these, ..."""
    then: tuple[Lines, ...]
    """... one line of each of these, ..."""
    legs: tuple[Lines, ...]
    """... a few legs, each of some lines of one of these, ..."""
    endings: tuple[Lines, ...] = ()
    """... and one line of each of these."""
    values: Values = field(default_factory=dict)
    last: tuple[int | str, ...] = ()
    """See Walk.last."""

    def walks(self) -> st.SearchStrategy[Walk]:
        """All walks of this kind. They shrink to fewer lines, and to the first values."""
        values = COMMON | self.values

        def some(lines: Lines, least: int, most: int) -> st.SearchStrategy[list[str]]:
            return st.lists(line_of(lines, values), min_size=least, max_size=most)

        leg = st.sampled_from(self.legs).flatmap(lambda lines: some(lines, 1, 8))
        parts: list[st.SearchStrategy[list[str]]] = [
            *(some(lines, 1, 1) for lines in self.openings),
            *(some(lines, 0, 3) for lines in [self.settings] if lines),
            *(some(lines, 1, 1) for lines in self.then),
            st.lists(leg, max_size=8).map(lambda legs: [line for leg in legs for line in leg]),
            *(some(lines, 1, 1) for lines in self.endings),
        ]
        return st.tuples(*parts).map(
            lambda found: Walk(tuple(line for part in found for line in part if line), self.last)
        )


def line_of(lines: Lines, values: Values) -> st.SearchStrategy[str]:
    """One of the lines, a value in each place."""

    @st.composite
    def line(draw: st.DrawFn) -> str:
        def value(place: re.Match[str]) -> str:
            found = values[place[1]]
            chosen = st.sampled_from(found) if isinstance(found, tuple) else found
            drawn: str = draw(chosen)
            return drawn

        text: str = draw(st.sampled_from(lines))
        while PLACE.search(text):
            text = PLACE.sub(value, text)
        return text

    return line()


NUMBERS = (0, 1, -1, 2, 3, 5, 255, 256, 65535, 2**31 - 1, 2**31, -(2**31), 2**32, 2**63, -(2**63))
OTHERS: tuple[object, ...] = (
    None, True, False, 1.5, 2.0, [], ["h2"], ["http/1.1", "h2"], (), (1, 2), {}, bytearray(b"a"),
)  # fmt: skip
TEXTS = ("", "x", "localhost", "example.com", "127.0.0.1", "::1", "xn--a", "\0", "a\0b", "'")
BYTES = (b"", b"x", b"localhost", b"a\0b")

COMMON: Values = {
    "side": ("client", "server"),
    "context": ("client_context", "server_context"),
    "number": sources(*NUMBERS),
    "any": sources(*OTHERS, *NUMBERS),
    "text_or_any": sources(*TEXTS, *OTHERS, *NUMBERS),
    "bytes_or_any": sources(*BYTES, *OTHERS, *NUMBERS),
    "version": sources("TLSv1.3", "TLSv1.2"),
    "identity": sources(
        "localhost_rsa", "localhost", "other_host", "addresses", "wildcard", "several_names",
        "through_intermediate", "wrong_host", "expired", "untrusted", "self_signed", "idna",
        "common_name_only", "client_usage_only", "incomplete_chain", "rich", "revoked",
    ),
    # A key that is refused leaves half an identity in 3.13: that is reviewed, and what follows from
    # it is no news. So here each either is right or has no certificate at all.
    "files": (
        "certificates.localhost.chain, certificates.localhost.key",
        "certificates.localhost_rsa.chain, certificates.localhost_rsa.key",
        "certificates.other_host.chain, certificates.other_host.key",
        "certificates.client.chain, certificates.client.key", "certificates.localhost.combined",
        "certificates.garbage, certificates.localhost.key", "certificates.empty",
        "'/nonexistent/file.pem'", "certificates.localhost.key",
        "certificates.broken, certificates.localhost.key",
    ),
    "password": (
        "certificates.password", "certificates.password.encode('ascii')",
        "lambda: certificates.password", "5", "'x' * 2000",
    ),
    "ciphers": sources(
        "ALL", "DEFAULT", "ECDHE", "HIGH:!aNULL", "AES128", "nonsense", "", "PSK", "!ALL",
        "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256", "DEFAULT:@SECLEVEL=0",
        "@SECLEVEL=2:ALL", "AESGCM+ECDHE", "TLS_AES_128_GCM_SHA256", "ALL:COMPLEMENTOFALL",
    ),
    "curve": sources("prime256v1", "secp384r1", "X25519", "nope", "", "P-256", "ü", None, 5),
    "protocols": sources(
        ["h2"], ["h2", "http/1.1"], [], ["http/1.1"], [""], ["x" * 255], ["x" * 256],
    ),
    "option": (
        "OP_NO_TICKET", "OP_NO_TLSv1_3", "OP_NO_TLSv1_2", "OP_NO_COMPRESSION",
        "OP_NO_RENEGOTIATION", "OP_IGNORE_UNEXPECTED_EOF", "OP_CIPHER_SERVER_PREFERENCE",
        "OP_ENABLE_MIDDLEBOX_COMPAT", "OP_LEGACY_SERVER_CONNECT",
    ),
    "verify_flags": sources(0, 0x20, 0x8000, 0x80000, 0x8020, 4, 12, 2**31, -1, 64),
    "limit": ("minimum_version", "maximum_version"),
    "tls": ("TLSv1_2", "TLSv1_3", "TLSv1", "MINIMUM_SUPPORTED", "MAXIMUM_SUPPORTED", "SSLv3"),
    "truth": ("True", "False"),
    "switch": ("check_hostname", "hostname_checks_common_name", "post_handshake_auth"),
    "switched": ("True", "False", "0", "1", "'x'", "None"),
    "mode": ("0", "1", "2", "3", "-1", "None", "'x'"),
    "tickets": ("0", "1", "2", "5", "-1", "'x'", "None"),
    "authority_data": (
        "certificates.authority.der", "certificates.authority.pem", "''", "'xxx'",
        "certificates.authority.der + b'x'", "certificates.authority.der * 2",
        "certificates.authority.pem * 2", "certificates.other_authority.pem",
    ),
    "file": (
        "certificates.authority.certificate", "None", "'/none'", "certificates.localhost.key",
        "certificates.bundle", "certificates.revocations", "certificates.broken",
        "certificates.empty",
    ),
    "folder": ("None", "certificates.capath", "'/none'"),
    "purpose": ("SERVER_AUTH", "CLIENT_AUTH"),
    "path": ("'/none/there'", "None", "5", "native.new_path('keys')", "'/'"),
    "setting": (
        "options", "verify_flags", "verify_mode", "minimum_version", "maximum_version", "protocol",
        "check_hostname", "hostname_checks_common_name", "post_handshake_auth", "num_tickets",
        "sni_callback", "security_level", "keylog_filename",
    ),
    # More tickets than the system keeps for a peer that does not read are no use.
    "settable": (
        "options", "verify_flags", "verify_mode", "minimum_version", "maximum_version", "protocol",
        "check_hostname", "hostname_checks_common_name", "post_handshake_auth", "sni_callback",
    ),
    "context_question": ("cert_store_stats", "get_ca_certs", "get_ciphers", "session_stats"),
    "context_method": (
        "set_ciphers", "set_alpn_protocols", "cert_store_stats", "get_ca_certs", "get_ciphers",
        "set_servername_callback", "load_default_certs", "set_default_verify_paths",
        "session_stats", "set_npn_protocols", "load_dh_params", "set_ecdh_curve",
    ),
}  # fmt: skip
"""Places that several kinds of walks have."""

CONTEXTS: Lines = (
    "client_context = peers.client_context()\n"
    "server_context = peers.server_context('localhost_rsa')",
    "client_context = peers.client_context()\n"
    "server_context = peers.server_context('localhost_rsa')",
    "client_context, server_context = peers.contexts()",
    "client_context = peers.client_context(version=$version)\n"
    "server_context = peers.server_context('localhost_rsa')",
    "client_context = peers.client_context(version=$version)\n"
    "server_context = peers.server_context('localhost_rsa')",
    "client_context = peers.client_context()\nserver_context = peers.server_context($identity)",
    "client_context = ssl.create_default_context()\n"
    "client_context.check_hostname = False\n"
    "client_context.verify_mode = ssl.CERT_NONE\n"
    "server_context = peers.server_context($identity)",
    "client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
    "client_context.load_verify_locations(certificates.authority.certificate)\n"
    "server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    "server_context.load_cert_chain($files)",
)

SETTINGS: Lines = (
    "$context.set_ciphers($ciphers)",
    "$context.set_alpn_protocols($protocols)",
    "$context.$limit = ssl.TLSVersion.$tls",
    "$context.$limit = ssl.TLSVersion.$tls",
    "$context.$switch = $switched",
    "$context.verify_mode = $mode",
    "$context.verify_flags = $verify_flags",
    "$context.options |= ssl.$option",
    "$context.options = native.integer(ssl.$option)",
    "$context.num_tickets = $tickets",
    "$context.set_ecdh_curve($curve)",
    "$context.load_verify_locations(cadata=$authority_data)",
    "$context.load_verify_locations($file, $folder)",
    "$context.load_default_certs(ssl.Purpose.$purpose)",
    "$context.load_cert_chain($files)",
    "$context.load_cert_chain(certificates.encrypted_key.chain, certificates.encrypted_key.key, "
    "$password)",
    "$context.$settable = $text_or_any",
    "$context.$setting",
    "$context.$context_question()",
    "$context.$context_method($text_or_any)",
    "$context.$context_method($text_or_any, $text_or_any)",
)
