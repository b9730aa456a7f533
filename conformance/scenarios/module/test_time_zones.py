"""The time of a certificate is UTC, wherever the process is."""

import pytest

ZONES = ["UTC0", "EAST-14", "WEST+12", "CET-1CEST,M3.5.0,M10.5.0/3"]
"""As in TZ: hours are those to add for UTC. The last has summer time from March to October."""

TIMES = {
    "Jan  5 09:34:43 2018 GMT": 1515144883,
    "Mar 25 01:30:00 2018 GMT": 1521941400,
    "Oct 28 01:30:00 2018 GMT": 1540690200,
    "Dec 31 23:59:59 2049 GMT": 2524607999,
    "Jan  1 00:00:00 1970 GMT": 0,
}
"""Around midnight, and around the hours that summer time leaves out and repeats."""


@pytest.mark.parametrize("zone", ZONES)
def test_time_of_a_certificate_is_utc(ssl, native, zone):
    """cert_time_to_seconds() is the same in every time zone.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    native.live_in(zone)
    assert {text: ssl.cert_time_to_seconds(text) for text in TIMES} == TIMES


@pytest.mark.parametrize("zone", ZONES[1:3])
def test_dates_of_a_certificate_are_utc(peers, native, zone):
    """notBefore and notAfter are the same in every time zone, and so is what is valid.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    native.live_in(zone)
    client, server = peers.client_context(), peers.server_context("rich")
    connected = peers.connect(client, server)
    connected.handshake()
    shown = connected.client.tls.getpeercert()
    assert shown["notBefore"] == "Feb  3 04:05:06 2001 GMT"
    assert shown["notAfter"] == "Dec 31 23:59:59 2999 GMT"
    for identity in ("expired", "not_yet_valid"):
        refused = peers.connect(client, peers.server_context(identity))
        assert refused.handshake_outcomes().client is not None
