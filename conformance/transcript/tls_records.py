"""The TLS record view: which records and alerts came out of an SSLObject, not their random bytes.

Layout: RFC 8446 section 5.1 (record layer), section 6 (alerts), section 4 (handshake types).
"""

from __future__ import annotations

HEADER = 5
CONTENT_TYPES = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}
ALERT_LEVELS = {1: "warning", 2: "fatal"}
ALERT_LENGTH = 2
HANDSHAKE_TYPES = {
    0: "HelloRequest",
    1: "ClientHello",
    2: "ServerHello",
    4: "NewSessionTicket",
    8: "EncryptedExtensions",
    11: "Certificate",
    12: "ServerKeyExchange",
    13: "CertificateRequest",
    14: "ServerHelloDone",
    15: "CertificateVerify",
    16: "ClientKeyExchange",
    20: "Finished",
    22: "CertificateStatus",
}
ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}


class RecordStream:
    """What one outgoing BIO has given so far, cut into records as they become complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._encrypted = False

    def feed(self, data: bytes, *, show_lengths: bool) -> list[str]:
        """Describe the records that `data` completes.

        Lengths of application data are shown where the caller knows that nothing random in
        length (a signature, a session ticket) is among it.
        """
        self._rest += data
        found = []
        while len(self._rest) >= HEADER:
            kind, major = self._rest[0], self._rest[1]
            if kind not in CONTENT_TYPES or major != 3:
                found.append(f"NOT TLS: {self._rest!r}")
                self._rest = b""
                break
            length = int.from_bytes(self._rest[3:HEADER], "big")
            if len(self._rest) < HEADER + length:
                break
            payload = self._rest[HEADER : HEADER + length]
            self._rest = self._rest[HEADER + length :]
            found.append(self._describe(kind, payload, show_lengths))
        return found

    @property
    def is_inside_record(self) -> bool:
        return bool(self._rest)

    def _describe(self, kind: int, payload: bytes, show_lengths: bool) -> str:
        name = CONTENT_TYPES[kind]
        if name == "change_cipher_spec":
            self._encrypted = True
        elif name == "alert":
            if len(payload) == ALERT_LENGTH:
                level = ALERT_LEVELS.get(payload[0], str(payload[0]))
                return f"alert {level} {ALERTS.get(payload[1], payload[1])}"
            return "alert encrypted"
        elif name == "handshake":
            return "handshake encrypted" if self._encrypted else self._messages(payload)
        elif show_lengths:
            return f"application_data {len(payload)}"
        return name

    @staticmethod
    def _messages(payload: bytes) -> str:
        """The types of the handshake messages of an unencrypted record."""
        names = []
        while len(payload) >= 4:
            names.append(HANDSHAKE_TYPES.get(payload[0], str(payload[0])))
            payload = payload[4 + int.from_bytes(payload[1:4], "big") :]
        return "handshake " + " ".join(names)
