"""What a context trusts: get_ca_certs(), cert_store_stats(), load_default_certs()."""

import re

import pytest


def empty(ssl):
    """A context that trusts no authority."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS)


def test_authorities_are_listed(peers, certificates):
    """get_ca_certs() lists authorities as dictionaries, or in DER form.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = peers.client_context()
    (listed,) = context.get_ca_certs()
    assert listed["subject"] == listed["issuer"]
    assert context.get_ca_certs(True) == [certificates.authority.der]
    assert context.get_ca_certs(binary_form=True) == [certificates.authority.der]


def test_leaf_is_counted_but_not_listed(ssl, certificates):
    """A certificate that is not an authority's counts in cert_store_stats(), not in get_ca_certs().

    library/ssl.html#ssl.SSLContext.cert_store_stats
    """
    context = empty(ssl)
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
    context.load_verify_locations(certificates.localhost.certificate)
    context.load_verify_locations(certificates.bundle)
    assert context.cert_store_stats() == {"x509": 3, "crl": 0, "x509_ca": 2}
    assert len(context.get_ca_certs(True)) == 2


def test_authority_by_its_usage_is_counted_and_listed(ssl, certificates):
    """A certificate whose key usage alone says that it signs others is an authority's.

    man:X509_check_ca(3)
    """
    context = empty(ssl)
    context.load_verify_locations(certificates.authority_by_usage.certificate)
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    assert context.get_ca_certs(binary_form=True) == [certificates.authority_by_usage.der]


def test_revocation_list_is_counted(ssl, certificates):
    """A revocation list counts as one, and is not a certificate.

    library/ssl.html#ssl.SSLContext.cert_store_stats
    """
    context = empty(ssl)
    context.load_verify_locations(certificates.revocations)
    assert context.cert_store_stats() == {"x509": 0, "crl": 1, "x509_ca": 0}
    assert context.get_ca_certs() == []


def test_folder_is_listed_once_it_was_used(ssl, peers, certificates):
    """Certificates of a capath are listed only after a connection needed them.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = ssl.create_default_context(capath=certificates.capath)
    assert context.get_ca_certs(True) == []
    peers.connect(context, peers.server_context()).handshake()
    assert context.get_ca_certs(True) == [certificates.authority.der]


def test_default_places_are_nobody_at_first(ssl):
    """set_default_verify_paths() and load_default_certs() return None, whatever is installed.

    library/ssl.html#ssl.SSLContext.set_default_verify_paths
    """
    context = empty(ssl)
    assert context.set_default_verify_paths() is None
    assert context.load_default_certs() is None
    assert context.load_default_certs(ssl.Purpose.CLIENT_AUTH) is None


def test_purpose_must_be_one(ssl):
    """load_default_certs() raises TypeError for what is not a purpose.

    library/ssl.html#ssl.SSLContext.load_default_certs
    """
    with pytest.raises(TypeError):
        empty(ssl).load_default_certs("serverAuth")


@pytest.mark.parametrize("form", [0, None], ids=["0", "None"])
def test_form_is_told_by_truth(peers, certificates, form):
    """binary_form of get_ca_certs() is any object with a truth value.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = peers.client_context()
    assert context.get_ca_certs(form)[0]["version"] == 3
    assert context.get_ca_certs("yes") == [certificates.authority.der]


def as_listed(ssl, authority):
    """What get_ca_certs() of a context shows that knows this authority alone."""
    context = empty(ssl)
    context.load_verify_locations(authority.certificate)
    (listed,) = context.get_ca_certs()
    return listed


@pytest.mark.parametrize("name", ["odd_authority", "long_identifier"])
def test_rare_fields_are_shown(ssl, certificates, name):
    """Parts of an authority's names that cannot be shown are marked as invalid, or left out.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, getattr(certificates, name))
    assert listed.get("caIssuers", ()) == (
        ("http://issuers.example/1.crt",) if name == "odd_authority" else ()
    )
    assert "OCSP" not in listed
    assert "crlDistributionPoints" not in listed
    first, shown = listed["subjectAltName"][0]
    assert (first, shown) == (
        ("IP Address", "<invalid>") if name == "odd_authority" else ("Registered ID", "<INVALID>")
    )


def test_extension_that_cannot_be_read_is_left_out(ssl, certificates):
    """An authority whose extension is no ASN.1 is listed without it.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, certificates.unreadable_services)
    assert "OCSP" not in listed
    assert "caIssuers" not in listed


def test_every_kind_of_text_in_a_name_is_text(ssl, certificates):
    """An attribute of a name is text, whichever of ASN.1's kinds of text it is.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, certificates.every_kind_of_text)
    assert listed["subject"] == (
        (("commonName", "Bücher 書"),),
        (("organizationName", "Schlüssel 🔑"),),
        (("serialNumber", "0123 456"),),
        (("localityName", "Müller"),),
        (("emailAddress", "texts@conformance.example"),),
        (("streetAddress", "printable"),),
        (("givenName", ""),),
        (("surname", "before\0after"),),
        (("pseudonym", 1000 * "long"),),
    )


@pytest.mark.parametrize(
    "name, version, serial_number",
    [("of_version_1", 1, "1001"), ("serial_zero", 3, "00"), ("serial_negative", 3, "-6FFF")],
)
def test_odd_numbers_are_shown(ssl, certificates, name, version, serial_number):
    """Version and serial number of an authority are shown as they are, also 0 and below.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, getattr(certificates, name))
    assert listed["version"] == version
    assert listed["serialNumber"] == serial_number


def test_services_that_are_there_twice_are_left_out(ssl, certificates):
    """An authority with two extensions for services is listed without any of these.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, certificates.services_twice)
    assert "OCSP" not in listed
    assert "caIssuers" not in listed


def test_list_of_no_names_is_shown(ssl, certificates):
    """An authority whose extension for alternative names has none of them has an empty tuple.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, certificates.no_names)
    assert listed["subjectAltName"] == ()


def test_names_of_other_kinds_are_told_as_openssl_prints_them(ssl, certificates):
    """A name of another kind is shown as such, with what OpenSSL prints of it.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, certificates.other_names)
    kinds = [kind for kind, _ in listed["subjectAltName"]]
    assert kinds == ["othername"] * 3


def test_name_that_is_no_text_is_bytes(ssl, certificates):
    """A name that is a BIT STRING is shown as bytes.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    listed = as_listed(ssl, certificates.unreadable_name)
    assert listed["subject"] == ((("commonName", b"Unreadable name"),),)


@pytest.mark.parametrize("field", ["alternative_name", "half", "access", "distribution_point"])
def test_field_that_is_no_text_is_an_error(ssl, certificates, field):
    """An authority with a field that is not UTF-8 can be shown in DER form only.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    unreadable = getattr(certificates, f"unreadable_{field}")
    context = empty(ssl)
    context.load_verify_locations(unreadable.certificate)
    with pytest.raises(UnicodeDecodeError):
        context.get_ca_certs()
    assert context.get_ca_certs(True) == [unreadable.der]


def test_identifier_that_openssl_does_not_read_is_an_error(ssl, certificates):
    """An authority with too long an object identifier raises SSLError, but in DER form.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = empty(ssl)
    context.load_verify_locations(certificates.longest_identifier.certificate)
    with pytest.raises(ssl.SSLError):
        context.get_ca_certs()
    assert context.get_ca_certs(True) == [certificates.longest_identifier.der]


def test_invalid_time_is_shown_as_bad(ssl, certificates):
    """An authority whose time has a thirteenth month is listed, with a bad time value.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    der = certificates.authority.der
    time = re.search(rb"\x17\x0d\d{12}Z", der)  # a UTCTime: X.690, section 11.8
    assert time is not None
    odd = der[: time.start() + 4] + b"13" + der[time.start() + 6 :]
    context = empty(ssl)
    context.load_verify_locations(cadata=odd)
    (listed,) = context.get_ca_certs()
    assert listed["notBefore"] == "Bad time value"
    assert context.get_ca_certs(True) == [odd]
