"""SSLContext.load_verify_locations() and the store's content after it."""

import pytest

from conformance.peers import attempt_any


def empty(ssl):
    """A client context that trusts no authority, made portably."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def trusts(peers, certificates, context):
    """Assert that the context accepts what the catalogue's authority signed."""
    connected = peers.connect(context, peers.server_context())
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.localhost.der


def test_authorities_come_from_a_file(ssl, peers, certificates):
    """cafile, by position or keyword, adds the authorities in the file.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    assert context.load_verify_locations(certificates.authority.certificate) is None
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    trusts(peers, certificates, context)
    by_keyword = empty(ssl)
    by_keyword.load_verify_locations(cafile=certificates.authority.certificate)
    trusts(peers, certificates, by_keyword)


def test_folder_is_looked_up_when_needed(ssl, peers, certificates):
    """capath adds nothing at once; the authority shows in the store after it was used.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = empty(ssl)
    context.load_verify_locations(capath=certificates.capath)
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
    assert context.get_ca_certs() == []
    trusts(peers, certificates, context)
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    assert context.get_ca_certs(True) == [certificates.authority.der]


@pytest.mark.parametrize("form", ["pem", "der"])
def test_authorities_come_from_data(ssl, peers, certificates, form):
    """cadata takes PEM as text or DER as bytes.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(cadata=getattr(certificates.authority, form))
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    trusts(peers, certificates, context)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_der_may_be_any_buffer(ssl, certificates, kind):
    """cadata takes DER as any bytes-like object.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(cadata=kind(certificates.authority.der))
    assert context.get_ca_certs(binary_form=True) == [certificates.authority.der]


def test_der_must_lie_together(ssl, certificates):
    """cadata of which the bytes lie apart is a BufferError.

    library/stdtypes.html#memoryview
    """
    context = empty(ssl)
    with pytest.raises(BufferError):
        context.load_verify_locations(cadata=memoryview(2 * certificates.authority.der)[::2])
    assert context.cert_store_stats()["x509"] == 0


def test_authority_in_data_is_there_whatever_is_said(ssl, certificates):
    """Once cadata has been read its authority is trusted, also where Python raises (3.6, 3.7).

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    attempt_any(context.load_verify_locations, None, None, certificates.authority.der)
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}


@pytest.mark.parametrize("form", ["pem", "der"])
def test_data_may_hold_several_authorities(ssl, certificates, form):
    """cadata takes several certificates, one after the other.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(
        cadata=getattr(certificates.authority, form) + getattr(certificates.other_authority, form)
    )
    assert context.cert_store_stats() == {"x509": 2, "crl": 0, "x509_ca": 2}


@pytest.mark.parametrize(
    "label", ["TRUSTED CERTIFICATE", "X509 CERTIFICATE", "CERTIFICATE REQUEST"]
)
def test_label_of_data(ssl, certificates, label):
    """cadata has certificates of either plain label, and nothing else is taken for one.

    man:PEM_read_bio_X509(3)
    """
    context = empty(ssl)
    data = certificates.authority.pem.replace("CERTIFICATE", label)
    if label == "X509 CERTIFICATE":
        context.load_verify_locations(cadata=data)
        assert context.cert_store_stats()["x509"] == 1
        return
    with pytest.raises(ssl.SSLError):
        context.load_verify_locations(cadata=data)
    context.load_verify_locations(cadata=certificates.other_authority.pem + data)
    assert context.cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("first", ["0 my authority\n", "0", "00\n\n", "-"], ids=ascii)
def test_text_before_a_certificate_is_no_der(ssl, certificates, first):
    """Text of cadata is PEM whatever it begins with, also with the digit that begins DER.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(cadata=first + "\n" + certificates.authority.pem)
    assert context.cert_store_stats()["x509"] == 1


def test_text_around_the_certificates_is_ignored(ssl, certificates):
    """PEM cadata may have other text before, between and behind the certificates.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(
        cadata="head\n"
        + certificates.authority.pem
        + "between\n"
        + certificates.other_authority.pem
        + "tail\n"
    )
    assert context.cert_store_stats()["x509_ca"] == 2


def test_file_may_hold_several_authorities(ssl, certificates):
    """cafile takes all certificates of a bundle.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(certificates.bundle)
    assert context.cert_store_stats() == {"x509": 2, "crl": 0, "x509_ca": 2}


def test_the_same_authority_counts_once(ssl, certificates):
    """Loading an authority again, whatever the way, adds nothing and raises nothing.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(cadata=certificates.authority.pem)
    context.load_verify_locations(cadata=certificates.authority.der)
    context.load_verify_locations(cadata=certificates.authority.pem * 2)
    context.load_verify_locations(cafile=certificates.authority.certificate)
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}


def test_all_three_sources_add_up(ssl, peers, certificates):
    """cafile, capath and cadata may be given together.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    context.load_verify_locations(
        certificates.other_authority.certificate,
        certificates.capath,
        certificates.intermediate.pem,
    )
    assert context.cert_store_stats() == {"x509": 2, "crl": 0, "x509_ca": 2}
    trusts(peers, certificates, context)


@pytest.mark.parametrize("lacking", ["cafile", "capath", "cadata"])
def test_two_sources_add_up(ssl, peers, certificates, lacking):
    """Of cafile, capath and cadata any two may be given together.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    sources = {
        "cafile": certificates.other_authority.certificate,
        "capath": certificates.capath,
        "cadata": certificates.intermediate.pem,
    }
    if lacking == "capath":
        sources["cafile"] = certificates.authority.certificate
    del sources[lacking]
    context = empty(ssl)
    context.load_verify_locations(**sources)
    assert context.cert_store_stats()["x509"] == 1 + (lacking == "capath")
    trusts(peers, certificates, context)


def test_nothing_at_all_is_refused(ssl):
    """load_verify_locations() without any source raises TypeError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    with pytest.raises(TypeError, match="cannot be all omitted"):
        context.load_verify_locations()
    with pytest.raises(TypeError, match="cannot be all omitted"):
        context.load_verify_locations(None, None, None)


@pytest.mark.parametrize(
    "data",
    ["", b"", "broken", b"broken", b"br\xf6ken", "-----BEGIN CERTIFICATE-----\n"],
    ids=["empty text", "empty bytes", "text", "bytes", "bytes beyond ASCII", "only a header"],
)
def test_data_without_a_certificate_is_refused(ssl, data):
    """cadata without any certificate raises.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    with pytest.raises((ssl.SSLError, ValueError)):
        context.load_verify_locations(cadata=data)
    assert context.cert_store_stats()["x509"] == 0


def test_garbage_behind_der_is_refused(ssl, certificates):
    """DER cadata with other bytes behind the certificate raises SSLError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    with pytest.raises(ssl.SSLError):
        context.load_verify_locations(cadata=certificates.authority.der + b"A")
    context.cert_store_stats()


@pytest.mark.parametrize("form", ["pem", "der"])
def test_broken_certificate_behind_two_is_refused(ssl, certificates, form):
    """cadata whose third certificate is broken raises SSLError, after two that are not.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    good = [getattr(certificates.authority, form), getattr(certificates.other_authority, form)]
    broken = good[0][: len(good[0]) // 2]
    if form == "pem":
        broken += "\n-----END CERTIFICATE-----\n"
    with pytest.raises(ssl.SSLError):
        empty(ssl).load_verify_locations(cadata=good[0] + good[1] + broken)


def test_data_beyond_ascii_is_refused(ssl):
    """Text cadata beyond ASCII raises TypeError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    with pytest.raises(TypeError, match="ASCII string or a bytes-like object"):
        empty(ssl).load_verify_locations(cadata="é")


@pytest.mark.parametrize("data", [1, 1.5, ["x"]], ids=["int", "float", "list"])
def test_data_of_a_wrong_type_is_refused(ssl, data):
    """cadata that is neither text nor bytes-like raises TypeError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    with pytest.raises(TypeError):
        empty(ssl).load_verify_locations(cadata=data)


@pytest.mark.parametrize("file", ["garbage", "empty", "broken"])
def test_file_without_a_certificate_is_refused(ssl, certificates, file):
    """A cafile that holds no certificate raises SSLError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    with pytest.raises(ssl.SSLError):
        empty(ssl).load_verify_locations(getattr(certificates, file))


def test_missing_file_is_not_found(ssl):
    """A cafile that does not exist raises FileNotFoundError, not SSLError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    with pytest.raises(FileNotFoundError) as caught:
        empty(ssl).load_verify_locations("/nonexistent/file.pem")
    assert caught.value.errno == 2


def test_missing_folder_is_accepted(ssl):
    """A capath that does not exist is accepted: it is looked at only when needed.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    assert context.load_verify_locations(capath="/nonexistent/folder") is None
    assert context.cert_store_stats()["x509"] == 0


@pytest.mark.parametrize("source", ["cafile", "capath"])
def test_paths_must_be_paths(ssl, source):
    """A cafile or capath that is not a path raises TypeError.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    with pytest.raises(TypeError):
        empty(ssl).load_verify_locations(**{source: 1})


def test_leaf_certificates_are_stored_but_are_no_authorities(ssl, certificates):
    """A certificate that is not an authority counts as x509 only and is not in get_ca_certs().

    library/ssl.html#ssl.SSLContext.cert_store_stats
    """
    context = empty(ssl)
    context.load_verify_locations(certificates.localhost.certificate)
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 0}
    assert context.get_ca_certs() == []


def test_revocation_lists_are_counted(ssl, certificates):
    """A CRL in a cafile counts as crl.

    library/ssl.html#ssl.SSLContext.cert_store_stats
    """
    context = empty(ssl)
    context.load_verify_locations(certificates.revocations)
    assert context.cert_store_stats() == {"x509": 0, "crl": 1, "x509_ca": 0}


def test_revocation_list_is_no_authority(ssl, certificates):
    """cadata takes certificates only: a CRL alone is an error, and none is loaded.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    context = empty(ssl)
    text = certificates.revocations.read_text("ascii")
    with pytest.raises(ssl.SSLError):
        context.load_verify_locations(cadata=text)
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
    context.load_verify_locations(cadata=certificates.authority.pem + text)
    assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}


def test_authorities_are_shown_as_dictionaries(ssl, certificates):
    """get_ca_certs() shows each authority as getpeercert() would.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = empty(ssl)
    context.load_verify_locations(cadata=certificates.other_authority.pem)
    name = (
        (("countryName", "XY"),),
        (("organizationName", "Conformance"),),
        (("commonName", "Other Authority"),),
    )
    assert context.get_ca_certs() == [
        {
            "subject": name,
            "issuer": name,
            "version": 3,
            "serialNumber": "0BADCAFE",
            "notBefore": "Jan  1 00:00:00 2000 GMT",
            "notAfter": "Jan  1 00:00:00 3000 GMT",
        }
    ]


def test_authorities_are_shown_as_der(ssl, certificates):
    """get_ca_certs(True) shows each authority as DER bytes.

    library/ssl.html#ssl.SSLContext.get_ca_certs
    """
    context = empty(ssl)
    context.load_verify_locations(cadata=certificates.other_authority.pem)
    assert context.get_ca_certs(True) == [certificates.other_authority.der]
    assert context.get_ca_certs(binary_form=True) == [certificates.other_authority.der]
