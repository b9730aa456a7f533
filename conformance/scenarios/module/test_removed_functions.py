"""Functions that Python 3.12 removed: what they did is in one text, so that it shows as drift."""

import pytest


def assert_gone(about, told):
    """There is one before Python 3.12, and none since."""
    assert (told == "there is none") is about.has("3.12")


def names(*pairs):
    """A certificate with these alternative names, as getpeercert() gives it."""
    return {"subject": ((("commonName", "common.example"),),), "subjectAltName": pairs}


PARTIAL, INNER = names(("DNS", "f*.example")), names(("DNS", "www.*.example"))
ADDRESS = names(("IP Address", "127.0.0.1"), ("IP Address", "0:0:0:0:0:0:0:1"))
NO_NAMES = {"subject": ((("commonName", "common.example"),),)}

MATCHES = {
    "same": (names(("DNS", "a.example")), "a.example"),
    "upper case": (names(("DNS", "A.example")), "a.EXAMPLE"),
    "other": (names(("DNS", "a.example")), "b.example"),
    "others": (names(("DNS", "a.example"), ("DNS", "b.example")), "c.example"),
    "bytes": (names(("DNS", "a.example")), b"a.example"),
    "dot at the end": (names(("DNS", "a.example")), "a.example."),
    "wildcard": (names(("DNS", "*.example")), "a.example"),
    "wildcard of two labels": (names(("DNS", "*.example")), "a.b.example"),
    "wildcard of no label": (names(("DNS", "*.example")), ".example"),
    "wildcard alone": (names(("DNS", "*")), "localhost"),
    "wildcards": (names(("DNS", "*.*.example")), "a.b.example"),
    "partial wildcard": (PARTIAL, "foo.example"),
    "partial wildcard of another": (PARTIAL, "bar.example"),
    "inner wildcard": (INNER, "www.a.example"),
    "wildcard for an A-label": (names(("DNS", "*.example")), "xn--bcher-kva.example"),
    "partial wildcard for an A-label": (names(("DNS", "x*.example")), "xn--bcher-kva.example"),
    "U-label": (names(("DNS", "b\xfccher.example")), "b\xfccher.example"),
    "address": (ADDRESS, "127.0.0.1"),
    "address of IPv6": (ADDRESS, "::1"),
    "other address": (ADDRESS, "127.0.0.2"),
    "address and more": (ADDRESS, "127.0.0.1 and more"),
    "short address": (ADDRESS, "127.1"),
    "address as a name": (names(("DNS", "127.0.0.1")), "127.0.0.1"),
    "name that is no address": (names(("IP Address", "nonsense")), "127.0.0.1"),
    "common name": (NO_NAMES, "common.example"),
    "other than the common name": (NO_NAMES, "other.example"),
    "common name beside names": (names(("DNS", "a.example")), "common.example"),
    "common name beside addresses": (ADDRESS, "common.example"),
    "common name beside others": (names(("email", "a@b.example")), "common.example"),
    "no names at all": ({"subject": ()}, "a.example"),
    "no certificate": ({}, "a.example"),
    "None": (None, "a.example"),
}


@pytest.mark.parametrize("case", MATCHES)
def test_match_hostname_is_gone(ssl, native, about, case):
    """match_hostname() is gone since Python 3.12.

    whatsnew/3.12.html#ssl
    """
    assert_gone(about, native.told_where_there(ssl, "match_hostname", *MATCHES[case]))


def test_wrap_socket_is_gone(ssl, native, about):
    """wrap_socket() of the module is gone since Python 3.12.

    whatsnew/3.12.html#ssl
    """
    sock = native.unconnected_socket()
    assert_gone(about, native.told_where_there(ssl, "wrap_socket", sock))


@pytest.mark.parametrize("keyword", ["keyfile", "certfile", "ca_certs", "ciphers"])
def test_wrap_socket_with_files_is_gone(ssl, native, about, keyword):
    """wrap_socket() of the module, which took files and ciphers, is gone since Python 3.12.

    whatsnew/3.12.html#ssl
    """
    arguments = {keyword: "nonsense"}
    sock = native.unconnected_socket()
    assert_gone(about, native.told_where_there(ssl, "wrap_socket", sock, **arguments))


@pytest.mark.parametrize(
    "attribute", ["keyfile", "certfile", "cert_reqs", "ssl_version", "ca_certs", "ciphers"]
)
def test_socket_tells_no_argument_of_wrap_socket(peers, native, attribute):
    """An SSLSocket has no attribute for what wrap_socket() of the module took.

    library/ssl.html#ssl.SSLSocket
    """
    sock = peers.client_context().wrap_socket(
        native.unconnected_socket(), server_hostname="localhost"
    )
    assert native.has(sock, attribute) is False


@pytest.mark.parametrize("count", [0, 4, -1, "4"], ids=repr)
def test_rand_pseudo_bytes_is_gone(ssl, native, about, count):
    """RAND_pseudo_bytes() is gone since Python 3.12.

    whatsnew/3.12.html#ssl
    """
    assert_gone(about, native.told_where_there(ssl, "RAND_pseudo_bytes", count))


@pytest.mark.parametrize("path", ["/nonsense", b"/nonsense", 5], ids=repr)
def test_rand_egd_is_gone(ssl, native, path):
    """RAND_egd(), which asked a daemon for random bytes, is not there with OpenSSL 1.1.1 or newer.

    library/ssl.html#random-generation
    """
    assert native.told_where_there(ssl, "RAND_egd", path) == "there is none"
