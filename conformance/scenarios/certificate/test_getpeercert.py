"""getpeercert(): when there is a certificate, and in which form."""

import pytest

from conformance.peers import both_sides, both_versions, deliver


def shown(peers, identity):
    """The client's object of a done connection with a server of that identity."""
    client = peers.client_context()
    connected = peers.connect(client, peers.server_context(identity))
    connected.handshake()
    return connected.client.tls


@both_sides
@pytest.mark.parametrize("binary", [False, True], ids=["dictionary", "binary"])
def test_there_is_none_before_the_handshake(peers, side, binary):
    """getpeercert() before the handshake raises ValueError.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    fresh = peers.pair()
    with pytest.raises(ValueError, match="handshake not done yet"):
        getattr(fresh, side).tls.getpeercert(binary)


def test_there_is_none_while_the_handshake_goes_on(peers):
    """getpeercert() raises ValueError on a TLS 1.2 client that has verified but is not done.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    fresh = peers.pair("TLSv1.2")
    fresh.client.step()
    deliver(fresh.client, fresh.server)
    fresh.server.step()
    deliver(fresh.server, fresh.client)
    fresh.client.step()
    with pytest.raises(ValueError, match="handshake not done yet"):
        fresh.client.tls.getpeercert()


@both_versions
def test_binary_form_is_the_certificate_itself(peers, certificates, version):
    """getpeercert(True) is the DER of the server's certificate, by position or keyword.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = peers.established(version).client.tls
    assert client.getpeercert(True) == certificates.localhost.der
    assert client.getpeercert(binary_form=True) == certificates.localhost.der


def test_server_has_none_of_a_client_without_certificate(peers):
    """getpeercert() is None, in both forms, on a server whose client sent no certificate.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    server = peers.established().server.tls
    assert server.getpeercert() is None
    assert server.getpeercert(True) is None


def test_unverified_certificate_is_an_empty_dictionary(ssl, peers, certificates):
    """With CERT_NONE the dictionary is empty, and the DER is there all the same.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = peers.client_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    assert connected.client.tls.getpeercert() == {}
    assert connected.client.tls.getpeercert(True) == certificates.localhost.der


def test_mode_of_the_context_decides_later_too(ssl, peers, certificates):
    """The dictionary is empty while the context's verify_mode is CERT_NONE, and not otherwise.

    What it was in the handshake, when the certificate was verified or not, does not count.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    context = peers.client_context()
    connected = peers.connect(context, peers.server_context())
    connected.handshake()
    client = connected.client.tls
    assert client.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert client.getpeercert() == {}
    assert client.getpeercert(True) == certificates.localhost.der
    context.verify_mode = ssl.CERT_OPTIONAL
    assert client.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)


@pytest.mark.parametrize("mode", ["CERT_NONE", "CERT_REQUIRED"])
def test_mode_of_another_context_decides(ssl, peers, mode):
    """An object that is given another context follows that context's verify_mode.

    library/ssl.html#ssl.SSLObject.context
    """
    modes = {name: peers.client_context() for name in ("CERT_NONE", "CERT_REQUIRED")}
    modes["CERT_NONE"].check_hostname = False
    modes["CERT_NONE"].verify_mode = ssl.CERT_NONE
    first = modes.pop(mode)
    connected = peers.connect(first, peers.server_context())
    connected.handshake()
    client = connected.client.tls
    before = client.getpeercert()
    (client.context,) = modes.values()
    assert (before == {}, client.getpeercert() == {}) == (mode == "CERT_NONE", mode != "CERT_NONE")


def test_any_truth_value_asks_for_the_binary_form(peers, certificates):
    """binary_form accepts any object with a truth value.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = peers.established().client.tls
    assert client.getpeercert(1) == certificates.localhost.der
    assert client.getpeercert("yes") == certificates.localhost.der
    assert client.getpeercert(0)["subjectAltName"] == (("DNS", "localhost"),)


def test_plain_certificate_has_no_more_than_it_needs(peers, certificates):
    """The dictionary has keys only for fields of the certificate.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    assert shown(peers, certificates.plain).getpeercert() == {
        "subject": ((("commonName", "localhost"),),),
        "issuer": (
            (("organizationName", "Conformance"),),
            (("organizationalUnitName", "Authority"),),
        ),
        "version": 3,
        "serialNumber": "01",
        "notBefore": "Jan  1 00:00:00 2000 GMT",
        "notAfter": "Jan  1 00:00:00 3000 GMT",
        "subjectAltName": (("DNS", "localhost"),),
    }


def test_certificate_without_alternative_names_has_no_key_for_them(peers, certificates):
    """The dictionary of a certificate without subject alternative names lacks subjectAltName.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.common_name_only).getpeercert()
    assert "subjectAltName" not in described
    assert described["subject"] == ((("commonName", "localhost"),),)


@both_versions
def test_resumed_connection_tells_it_too(ssl, peers, version):
    """getpeercert() of a resumed connection is what it was of the first.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client, server = peers.contexts(version)
    connected = peers.connect(client, server)
    connected.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        connected.client.tls.read(1)
    described = connected.client.tls.getpeercert()
    again = peers.connect(client, server, session=connected.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True
    assert again.client.tls.getpeercert() == described != {}


def test_empty_subject_is_an_empty_tuple(peers, certificates):
    """The dictionary of a certificate whose subject is empty has an empty tuple for it.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.empty_subject).getpeercert()
    assert described["subject"] == ()
    assert described["subjectAltName"] == (("DNS", "localhost"),)


def test_subject_keeps_order_and_groups(peers, certificates):
    """The subject is a tuple of RDNs in their order; one RDN may hold several pairs.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.rich).getpeercert()
    assert described["subject"] == (
        (("countryName", "XY"),),
        (("stateOrProvinceName", "Zürich"),),
        (("localityName", "Somewhere, far away"),),
        (("organizationName", "Conformance"),),
        (("organizationalUnitName", "First unit"),),
        (("organizationalUnitName", "Second unit"),),
        (("serialNumber", "42"), ("commonName", "localhost")),
        (("emailAddress", "rich@conformance.example"),),
        (("1.3.6.1.4.1.55555.1", "unnamed"),),
    )


def test_alternative_names_show_every_kind(peers, certificates):
    """subjectAltName has one pair per name, in order, whatever its kind.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.rich).getpeercert()
    assert described["subjectAltName"] == (
        ("DNS", "localhost"),
        ("DNS", "*.rich.example"),
        ("email", "rich@conformance.example"),
        ("URI", "https://conformance.example/rich"),
        ("IP Address", "192.0.2.1"),
        ("IP Address", "2001:DB8:12:345:6789:ABCD:EF01:23"),
        (
            "DirName",
            ((("countryName", "XY"),), (("organizationName", "Directory"),)),
        ),
        ("Registered ID", "1.3.6.1.4.1.55555.2"),
        ("Registered ID", "TLS Web Server Authentication"),
        ("othername", "<unsupported>"),
    )


@pytest.mark.parametrize(
    "key, value",
    [
        ("OCSP", ("http://ocsp.example/1", "http://ocsp.example/2")),
        ("caIssuers", ("http://issuers.example/1.crt", "http://issuers.example/2.crt")),
        (
            "crlDistributionPoints",
            ("http://crl.example/1.crl", "http://crl.example/2.crl", "ldap://crl.example/2"),
        ),
    ],
)
def test_addresses_of_services_are_listed(peers, certificates, key, value):
    """OCSP, caIssuers and crlDistributionPoints are tuples of URIs in their order.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.rich).getpeercert()
    assert described[key] == value


@pytest.mark.parametrize(
    "key, value",
    [
        ("OCSP", ("http://ocsp.example/1", "http://ocsp.example/2")),
        ("caIssuers", ("http://issuers.example/1.crt",)),
        ("crlDistributionPoints", ("http://crl.example/1.crl", "http://crl.example/2.crl")),
    ],
)
def test_what_has_no_uri_is_left_out(peers, certificates, key, value):
    """Services and points that have no URI are left out of the tuples, and no others.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.services_without_uris).getpeercert()
    assert described[key] == value


def test_serial_number_is_upper_case_hexadecimal(peers, certificates):
    """serialNumber is hexadecimal in upper case with an even number of digits.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    described = shown(peers, certificates.rich).getpeercert()
    assert described["serialNumber"] == "0102030405060708090A0B0C0D0E0F10"


def test_dates_are_text_that_can_be_converted(ssl, peers, certificates):
    """notBefore and notAfter are text in the form that cert_time_to_seconds() takes.

    library/ssl.html#ssl.cert_time_to_seconds
    """
    described = shown(peers, certificates.rich).getpeercert()
    assert described["notBefore"] == "Feb  3 04:05:06 2001 GMT"
    assert described["notAfter"] == "Dec 31 23:59:59 2999 GMT"
    assert ssl.cert_time_to_seconds(described["notBefore"]) == 981173106


def test_address_names_are_shown_in_openssl_s_form(peers):
    """An IPv6 address in subjectAltName is shown with all of its groups.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = peers.client_context()
    server = peers.server_context("addresses")
    connected = peers.connect(client, server, server_hostname="::1")
    connected.handshake()
    assert connected.client.tls.getpeercert()["subjectAltName"] == (
        ("IP Address", "127.0.0.1"),
        ("IP Address", "0:0:0:0:0:0:0:1"),
    )


def test_nul_in_a_name_is_kept(peers):
    """A NUL byte in a DNS name is part of the text, nothing is cut off.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = peers.client_context()
    client.check_hostname = False
    connected = peers.connect(client, peers.server_context("nul_name"))
    connected.handshake()
    assert connected.client.tls.getpeercert()["subjectAltName"] == (
        ("DNS", "localhost\0.evil.example"),
    )


def test_binary_form_survives_the_round_trip_through_pem(ssl, peers, certificates):
    """DER_cert_to_PEM_cert() and PEM_cert_to_DER_cert() turn the certificate to text and back.

    library/ssl.html#ssl.DER_cert_to_PEM_cert
    """
    der = peers.established().client.tls.getpeercert(True)
    pem = ssl.DER_cert_to_PEM_cert(der)
    assert pem == certificates.localhost.pem
    assert ssl.PEM_cert_to_DER_cert(pem) == der


def test_verified_chain_ends_in_the_authority(peers, certificates):
    """get_verified_chain() lists the certificate, its intermediate and the authority as DER.

    library/ssl.html#ssl.SSLSocket.get_verified_chain
    """
    client = shown(peers, certificates.through_intermediate)
    assert client.get_verified_chain() == [
        certificates.through_intermediate.der,
        certificates.intermediate.der,
        certificates.authority.der,
    ]


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "unknown"])
def test_verified_chain_where_nothing_is_verified(ssl, peers, certificates, trusted):
    """With CERT_NONE get_verified_chain() lists what OpenSSL could build, an authority too.

    The documentation says that it is as get_unverified_chain() there.

    man:SSL_get0_verified_chain(3)
    """
    authority = certificates.authority if trusted else certificates.other_authority
    client = peers.client_context(authority=authority.certificate)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    connected = peers.connect(client, peers.server_context("through_intermediate"))
    connected.handshake()
    known = [certificates.through_intermediate.der, certificates.intermediate.der]
    chain = connected.client.tls.get_verified_chain()
    assert chain == (known + [authority.der] if trusted else known)


def test_unverified_chain_is_what_was_sent(peers, certificates):
    """get_unverified_chain() lists the certificates the server sent, without the authority.

    library/ssl.html#ssl.SSLSocket.get_unverified_chain
    """
    client = shown(peers, certificates.through_intermediate)
    assert client.get_unverified_chain() == [
        certificates.through_intermediate.der,
        certificates.intermediate.der,
    ]


def test_certificate_does_not_change_when_asked_again(peers):
    """getpeercert() gives equal but new dictionaries.

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    client = peers.established().client.tls
    first = client.getpeercert()
    first["subject"] = "changed"
    assert client.getpeercert()["subject"] != "changed"
