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


each_zone = pytest.mark.parametrize("zone", ZONES)

SUMMER_TIME = ZONES[3]

DATES = {
    "to_the_last_second": ("Dec 31 23:59:59 1999 GMT", "Feb 28 23:59:59 2100 GMT"),
    "from_midnight": ("Feb 29 00:00:00 2000 GMT", "Feb 29 00:00:00 2400 GMT"),
    "to_the_last_utc_time": ("Mar 25 02:30:00 2018 GMT", "Dec 31 23:59:59 2049 GMT"),
    "to_the_first_generalized_time": ("Oct 28 02:30:00 2018 GMT", "Jan  1 00:00:00 2050 GMT"),
}
"""notBefore and notAfter of certificates."""

SECONDS = {
    "to_the_last_second": (946684799, 4107542399),
    "from_midnight": (951782400, 13574563200),
    "to_the_last_utc_time": (1521945000, 2524607999),
    "to_the_first_generalized_time": (1540693800, 2524608000),
}
"""The same as seconds since 1970."""

DAYS = {
    "Feb 29 00:00:00 2100 GMT": 4107542400,
    "Feb 30 23:59:59 2018 GMT": 1520035199,
    "Apr 31 00:00:00 2018 GMT": 1525132800,
    "Feb 28 23:59:59 1900 GMT": -2203891201,
    "Dec 31 23:59:59 1969 GMT": -1,
    "Jan  1 00:00:00 0001 GMT": -62135596800,
    "Dec 31 23:59:61 2016 GMT": 1483228801,
    "Jan 1 0:0:0 2018 GMT": 1514764800,
    "JAN 01 00:00:00 2018 GMT": 1514764800,
}
"""Days and seconds that a month or minute does not have count as those that follow it."""


@each_zone
def test_time_of_a_certificate_is_utc(ssl, native, zone):
    """cert_time_to_seconds() is the same in every time zone.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    native.live_in(zone)
    assert {text: ssl.cert_time_to_seconds(text) for text in TIMES} == TIMES


@pytest.mark.parametrize("zone", ["UTC0", SUMMER_TIME])
def test_day_that_no_month_has(ssl, native, zone):
    """cert_time_to_seconds() counts a day that a month lacks as one of the next month.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    native.live_in(zone)
    assert {text: ssl.cert_time_to_seconds(text) for text in DAYS} == DAYS


@each_zone
@pytest.mark.parametrize("identity", DATES)
def test_dates_around_midnight(ssl, peers, native, zone, identity):
    """Dates around midnight, leap days and summer time are told as the certificate has them.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    native.live_in(zone)
    connected = peers.connect(peers.client_context(), peers.server_context(identity))
    connected.handshake()
    shown = connected.client.tls.getpeercert()
    dates = shown["notBefore"], shown["notAfter"]
    assert dates == DATES[identity]
    assert tuple(ssl.cert_time_to_seconds(text) for text in dates) == SECONDS[identity]


@each_zone
def test_dates_of_an_authority_around_midnight(ssl, native, certificates, zone):
    """get_ca_certs() tells the dates of an authority in UTC, in every time zone.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    native.live_in(zone)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates.other_authority.certificate)
    utc = context.get_ca_certs()
    assert utc[0]["notBefore"] == "Jan  1 00:00:00 2000 GMT"


@each_zone
def test_validity_is_in_utc(ssl, peers, native, zone):
    """What began or ended today is valid and expired in every time zone, whatever day that has.

    rfc5280#section-4.1.2.5
    """
    native.live_in(zone)
    client = peers.client_context()
    begun = peers.connect(client, peers.server_context("begun_today"))
    begun.handshake()
    assert begun.client.tls.version() == "TLSv1.3"
    ended = peers.connect(client, peers.server_context("ended_today"))
    outcomes = ended.handshake_outcomes()
    assert isinstance(outcomes.client, ssl.SSLCertVerificationError)
    assert outcomes.client.verify_message == "certificate has expired"


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
