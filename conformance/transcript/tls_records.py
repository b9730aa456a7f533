"""The TLS record view: which records and alerts came out of an SSLObject, not their random bytes.

Layout: RFC 8446 section 5.1 (record layer), section 6 (alerts), section 4 (handshake types).

The class and the tables also travel in reproducers: they are in the common subset of Python 2.7
and 3.
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

    def __init__(self):
        # type: () -> None
        self._rest = bytearray()
        self._encrypted = False

    def feed(self, data, show_lengths):
        # type: (bytes, bool) -> list[str]
        """Describe the records that `data` completes.

        Lengths of application data are shown where the caller knows that nothing random in
        length (a signature, a session ticket) is among it.
        """
        self._rest += bytearray(data)
        found = []
        while len(self._rest) >= HEADER:
            kind, major = self._rest[0], self._rest[1]
            if kind not in CONTENT_TYPES or major != 3:
                found.append("NOT TLS: b" + repr(bytes(self._rest)).lstrip("b"))
                self._rest = bytearray()
                break
            length = self._rest[3] * 256 + self._rest[4]
            if len(self._rest) < HEADER + length:
                break
            payload = self._rest[HEADER : HEADER + length]
            self._rest = self._rest[HEADER + length :]
            found.append(self._describe(kind, payload, show_lengths))
        return found

    @property
    def is_inside_record(self):
        # type: () -> bool
        return bool(self._rest)

    def _describe(self, kind, payload, show_lengths):
        # type: (int, bytearray, bool) -> str
        name = CONTENT_TYPES[kind]
        if name == "change_cipher_spec":
            self._encrypted = True
        elif name == "alert":
            if len(payload) != ALERT_LENGTH:
                return "alert encrypted"
            level, alert = payload[0], payload[1]
            return (
                "alert " + ALERT_LEVELS.get(level, str(level)) + " " + ALERTS.get(alert, str(alert))
            )
        elif name == "handshake":
            return "handshake encrypted" if self._encrypted else self._messages(payload)
        elif show_lengths:
            return "application_data " + str(len(payload))
        return name

    def _messages(self, payload):
        # type: (bytearray) -> str
        """The types of the handshake messages of an unencrypted record."""
        names = []
        while len(payload) >= 4:
            names.append(HANDSHAKE_TYPES.get(payload[0], str(payload[0])))
            payload = payload[4 + payload[1] * 65536 + payload[2] * 256 + payload[3] :]
        return "handshake " + " ".join(names)
