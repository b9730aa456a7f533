"""Fatal alerts: how each of them is reported."""

import pytest

REASONS = {
    10: "SSLV3_ALERT_UNEXPECTED_MESSAGE",
    20: "SSLV3_ALERT_BAD_RECORD_MAC",
    21: "TLSV1_ALERT_DECRYPTION_FAILED",
    22: "TLSV1_ALERT_RECORD_OVERFLOW",
    30: "SSLV3_ALERT_DECOMPRESSION_FAILURE",
    40: "SSLV3_ALERT_HANDSHAKE_FAILURE",
    41: "SSLV3_ALERT_NO_CERTIFICATE",
    42: "SSLV3_ALERT_BAD_CERTIFICATE",
    43: "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    44: "SSLV3_ALERT_CERTIFICATE_REVOKED",
    45: "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    46: "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    47: "SSLV3_ALERT_ILLEGAL_PARAMETER",
    48: "TLSV1_ALERT_UNKNOWN_CA",
    49: "TLSV1_ALERT_ACCESS_DENIED",
    50: "TLSV1_ALERT_DECODE_ERROR",
    51: "TLSV1_ALERT_DECRYPT_ERROR",
    60: "TLSV1_ALERT_EXPORT_RESTRICTION",
    70: "TLSV1_ALERT_PROTOCOL_VERSION",
    71: "TLSV1_ALERT_INSUFFICIENT_SECURITY",
    80: "TLSV1_ALERT_INTERNAL_ERROR",
    86: "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
    90: "TLSV1_ALERT_USER_CANCELLED",
    100: "TLSV1_ALERT_NO_RENEGOTIATION",
    109: "TLSV13_ALERT_MISSING_EXTENSION",
    110: "TLSV1_UNSUPPORTED_EXTENSION",
    111: "TLSV1_CERTIFICATE_UNOBTAINABLE",
    112: "TLSV1_UNRECOGNIZED_NAME",
    113: "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE",
    114: "TLSV1_BAD_CERTIFICATE_HASH_VALUE",
    116: "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    115: None,
    120: None,
    255: None,
}
"""By its number, the reason of the error that an alert becomes; None where Python has no name."""

LATER = {115: "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY", 120: "TLSV1_ALERT_NO_APPLICATION_PROTOCOL"}
"""Named by Python's table for OpenSSL 3.4 (gh-127330): in 3.14, and in Debian's 3.13.5."""


@pytest.mark.parametrize("number", list(REASONS))
def test_alert_is_told_by_its_name(ssl, peers, about, number):
    """A client that gets a fatal alert instead of an answer raises SSLError with its name.

    library/ssl.html#ssl.SSLError.reason
    """
    client = peers.make_peer(peers.client_context(), server_hostname="localhost")
    client.step()
    client.outgoing.read()
    client.incoming.write(bytes([21, 3, 3, 0, 2, 2, number]))
    with pytest.raises(ssl.SSLError) as caught:
        client.tls.do_handshake()
    named = LATER if about.python >= (3, 13, 5) and about.openssl >= (3, 4) else {}
    assert caught.value.reason == named.get(number, REASONS[number])
    assert client.outgoing.pending == 0
