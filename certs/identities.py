"""The identities: every certificate that somebody shows, by name and defect.

Each is declared by one function: its name is the entry's name, its docstring describes it, and the
argument of ``@identity`` says in one sentence what is wrong with it. Authorities with odd fields
are in `certs.odd_authorities`.
"""

from __future__ import annotations

import datetime
import ipaddress

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from certs.minting import ALWAYS, FUTURE, PAST, Issuer, Minted, Specification, Workshop, key_pem
from certs.recipes import identity

PASSWORD = "correct horse"
"""What the key of ``encrypted_key`` is encrypted with."""


@identity()
def _localhost(workshop: Workshop) -> Minted:
    """ECDSA P-256 for `localhost`: what a server shows unless a scenario says otherwise."""
    return workshop.certify("localhost")


@identity()
def _localhost_rsa(workshop: Workshop) -> Minted:
    """RSA 2048 for `localhost`."""
    return workshop.certify("localhost", key_type=trustme.KeyType.RSA)


@identity()
def _other_host(workshop: Workshop) -> Minted:
    """For `other.example`, to be told from `localhost` when contexts are switched."""
    return workshop.certify("other.example")


@identity()
def _addresses(workshop: Workshop) -> Minted:
    """For the IP addresses `127.0.0.1` and `::1`, no host name."""
    return workshop.certify("127.0.0.1", "::1")


@identity()
def _wildcard(workshop: Workshop) -> Minted:
    """For `*.wild.example`."""
    return workshop.certify("*.wild.example")


@identity("A wildcard covers only a part of the left-most label.")
def _partial_wildcard(workshop: Workshop) -> Minted:
    """For `www*.wild.example`."""
    return workshop.issue(Specification("Partial wildcard", [x509.DNSName("www*.wild.example")]))


@identity("The wildcard is not the left-most label.")
def _inner_wildcard(workshop: Workshop) -> Minted:
    """For `www.*.example`."""
    return workshop.issue(Specification("Inner wildcard", [x509.DNSName("www.*.example")]))


@identity()
def _several_names(workshop: Workshop) -> Minted:
    """For `first.example`, `second.example` and `192.0.2.1`."""
    return workshop.certify("first.example", "second.example", "192.0.2.1")


@identity()
def _idna(workshop: Workshop) -> Minted:
    """For `bücher.example` (as `xn--bcher-kva.example`) and `strasse.example`."""
    return workshop.certify("bücher.example", "strasse.example")


@identity()
def _through_intermediate(workshop: Workshop) -> Minted:
    """For `localhost`, signed by the intermediate, which is in the chain."""
    return workshop.certify("localhost", authority=workshop.intermediate)


@identity()
def _client(workshop: Workshop) -> Minted:
    """For a client, `client@conformance.example`."""
    return workshop.certify("client@conformance.example")


@identity()
def _rich(workshop: Workshop) -> Minted:
    """For `localhost`, with something in every field `getpeercert()` shows; nothing random."""
    subject = x509.Name(
        [
            x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COUNTRY_NAME, "XY")]),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Zürich")]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.LOCALITY_NAME, "Somewhere, far away")]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Conformance")]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "First unit")]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Second unit")]
            ),
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
                    x509.NameAttribute(NameOID.SERIAL_NUMBER, "42"),
                ]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.EMAIL_ADDRESS, "rich@conformance.example")]
            ),
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), "unnamed")]
            ),
        ]
    )
    directory_name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XY"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Directory"),
        ]
    )
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(uri))
            for method, uri in (
                (AuthorityInformationAccessOID.OCSP, "http://ocsp.example/1"),
                (AuthorityInformationAccessOID.OCSP, "http://ocsp.example/2"),
                (AuthorityInformationAccessOID.CA_ISSUERS, "http://issuers.example/1.crt"),
                (AuthorityInformationAccessOID.CA_ISSUERS, "http://issuers.example/2.crt"),
            )
        ]
    )
    points = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier(uri) for uri in uris], None, None, None
            )
            for uris in (
                ("http://crl.example/1.crl",),
                ("http://crl.example/2.crl", "ldap://crl.example/2"),
            )
        ]
    )
    return workshop.issue(
        Specification(
            subject,
            [
                x509.DNSName("localhost"),
                x509.DNSName("*.rich.example"),
                x509.RFC822Name("rich@conformance.example"),
                x509.UniformResourceIdentifier("https://conformance.example/rich"),
                x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
                x509.IPAddress(ipaddress.ip_address("2001:db8:12:345:6789:abcd:ef01:23")),
                x509.DirectoryName(directory_name),
                x509.RegisteredID(x509.ObjectIdentifier("1.3.6.1.4.1.55555.2")),
                x509.RegisteredID(ExtendedKeyUsageOID.SERVER_AUTH),
                x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.55555.3"), b"\x0c\x05other"),
            ],
            serial_number=0x0102030405060708090A0B0C0D0E0F10,
            validity=(
                datetime.datetime(2001, 2, 3, 4, 5, 6),
                datetime.datetime(2999, 12, 31, 23, 59, 59),
            ),
            extensions=(access, points),
        )
    )


@identity("Some of its services and distribution points have names that are no URIs, or none.")
def _services_without_uris(workshop: Workshop) -> Minted:
    """For `localhost`."""
    directory = x509.DirectoryName(
        x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Directory")])
    )
    uri = x509.UniformResourceIdentifier
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(method, place)
            for method, place in (
                (AuthorityInformationAccessOID.CA_ISSUERS, directory),
                (AuthorityInformationAccessOID.OCSP, directory),
                (AuthorityInformationAccessOID.OCSP, uri("http://ocsp.example/1")),
                (AuthorityInformationAccessOID.CA_ISSUERS, uri("http://issuers.example/1.crt")),
                (AuthorityInformationAccessOID.OCSP, uri("http://ocsp.example/2")),
            )
        ]
    )
    points = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(None, None, None, [directory]),
            x509.DistributionPoint([directory], None, None, None),
            x509.DistributionPoint([directory, uri("http://crl.example/1.crl")], None, None, None),
            x509.DistributionPoint([uri("http://crl.example/2.crl")], None, None, None),
        ]
    )
    return workshop.issue(
        Specification(
            "Services without URIs", [x509.DNSName("localhost")], extensions=(access, points)
        )
    )


@identity()
def _plain(workshop: Workshop) -> Minted:
    """For `localhost`, with a subject of one common name and nothing random, to be compared."""
    return workshop.issue(
        Specification("localhost", [x509.DNSName("localhost")], serial_number=0x01)
    )


@identity("The host name is in the common name only.")
def _common_name_only(workshop: Workshop) -> Minted:
    """Common name `localhost`, no subject alternative name."""
    return workshop.issue(Specification("localhost"))


@identity()
def _address_and_common_name(workshop: Workshop) -> Minted:
    """For the IP address `127.0.0.1`; common name `localhost`."""
    return workshop.certify("127.0.0.1", common_name="localhost")


@identity("The address is in the common name only.")
def _address_as_common_name(workshop: Workshop) -> Minted:
    """Common name `127.0.0.1`, no subject alternative name."""
    return workshop.issue(Specification("127.0.0.1"))


@identity("It is for another host than `localhost`, whatever its common name says.")
def _wrong_host(workshop: Workshop) -> Minted:
    """For `wrong.example`; common name `localhost`."""
    return workshop.certify("wrong.example", common_name="localhost")


@identity("A NUL byte follows the host name it pretends to have.")
def _nul_name(workshop: Workshop) -> Minted:
    r"""For `localhost\0.evil.example`."""
    return workshop.issue(Specification("NUL", [x509.DNSName("localhost\x00.evil.example")]))


@identity("Its validity has ended, in 2001.")
def _expired(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.certify("localhost", validity=PAST)


@identity("Its validity begins in 2999.")
def _not_yet_valid(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.certify("localhost", validity=FUTURE)


def _between(
    workshop: Workshop, begin: datetime.datetime, end: datetime.datetime, number: int
) -> Minted:
    """A certificate for `localhost` that is valid from the one time to the other."""
    wanted = Specification(
        "localhost", [x509.DNSName("localhost")], serial_number=number, validity=(begin, end)
    )
    return workshop.issue(wanted)


@identity()
def _to_the_last_second(workshop: Workshop) -> Minted:
    """For `localhost`, from a year's last second to the last before a leap day that is none."""
    begin = datetime.datetime(1999, 12, 31, 23, 59, 59)
    return _between(workshop, begin, datetime.datetime(2100, 2, 28, 23, 59, 59), 0x2001)


@identity()
def _from_midnight(workshop: Workshop) -> Minted:
    """For `localhost`, from the midnight before a leap day to another such midnight."""
    begin = datetime.datetime(2000, 2, 29)
    return _between(workshop, begin, datetime.datetime(2400, 2, 29), 0x2002)


@identity()
def _to_the_last_utc_time(workshop: Workshop) -> Minted:
    """For `localhost`, from the hour that summer time leaves out to the last UTCTime."""
    begin = datetime.datetime(2018, 3, 25, 2, 30)
    return _between(workshop, begin, datetime.datetime(2049, 12, 31, 23, 59, 59), 0x2003)


@identity()
def _to_the_first_generalized_time(workshop: Workshop) -> Minted:
    """For `localhost`, from the hour that comes twice to the first GeneralizedTime."""
    begin = datetime.datetime(2018, 10, 28, 2, 30)
    return _between(workshop, begin, datetime.datetime(2050, 1, 1), 0x2004)


def _hours_ago(hours: int) -> datetime.datetime:
    """The time of so many hours ago, in UTC and without saying so, to the second."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
    return now - datetime.timedelta(hours=hours)


@identity()
def _begun_today(workshop: Workshop) -> Minted:
    """For `localhost`, valid since six hours: fewer than some time zones are from UTC."""
    return _between(workshop, _hours_ago(6), ALWAYS[1], 0x2005)


@identity("Its validity ended six hours ago.")
def _ended_today(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return _between(workshop, PAST[0], _hours_ago(6), 0x2006)


@identity("Nobody trusts the authority that signed it.")
def _untrusted(workshop: Workshop) -> Minted:
    """For `localhost`, signed by the other authority."""
    return workshop.certify("localhost", authority=workshop.other_authority)


@identity("Nobody trusts the authority that signed it.")
def _untrusted_client(workshop: Workshop) -> Minted:
    """For a client, signed by the other authority."""
    return workshop.certify("mallory@conformance.example", authority=workshop.other_authority)


@identity("It is an authority's, but of that only its key usage tells.")
def _authority_by_usage(workshop: Workshop) -> Minted:
    """Self-signed, without basic constraints."""
    return workshop.issue(
        Specification("Authority by usage", self_signed=True, constraints=None, usages=())
    )


@identity("It is signed with its own key.")
def _self_signed(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.issue(
        Specification("Self-signed", [x509.DNSName("localhost")], self_signed=True)
    )


@identity("The intermediate is missing from the chain.")
def _incomplete_chain(workshop: Workshop) -> Minted:
    """For `localhost`, signed by the intermediate."""
    return _through_intermediate(workshop)._replace(intermediates=b"")


@identity("The authority's revocation list names it.")
def _revoked(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.certify("localhost")


@identity("Its extended key usage is for clients only.")
def _client_usage_only(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.issue(
        Specification(
            "Client only",
            [x509.DNSName("localhost")],
            usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        )
    )


@identity("Its extended key usage is for servers only, and a client shows it.")
def _server_usage_only(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.issue(
        Specification(
            "Server only",
            [x509.DNSName("localhost")],
            usages=(ExtendedKeyUsageOID.SERVER_AUTH,),
        )
    )


@identity("It lacks the key identifiers that VERIFY_X509_STRICT demands.")
def _no_key_identifiers(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return workshop.issue(
        Specification("No key identifiers", [x509.DNSName("localhost")], key_identifiers=False)
    )


@identity("A critical extension of it is one that nobody knows.")
def _unknown_critical(workshop: Workshop) -> Minted:
    """For `localhost`."""
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.4"), b"\x05\x00")
    return workshop.issue(
        Specification("Unknown critical", [x509.DNSName("localhost")], critical=(unknown,))
    )


@identity("It is signed with the key of a certificate that is no authority's.")
def _signed_by_leaf(workshop: Workshop) -> Minted:
    """For `localhost`; the leaf that signed it is in the chain."""
    leaf = workshop.issue(
        Specification(
            "No authority",
            [x509.DNSName("localhost")],
            key=ec.generate_private_key(ec.SECP256R1()),
        )
    )
    return workshop.issue_below(leaf, "localhost", common_name="Signed by a leaf")


@identity("The authority above its issuer may have no authority below it.")
def _too_deep(workshop: Workshop) -> Minted:
    """For `localhost`; both authorities are in the chain."""
    upper = _authority_below(workshop, "Upper", path_length=0)
    certificate = x509.load_pem_x509_certificate(upper.certificate)
    key = serialization.load_pem_private_key(upper.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    lower = _authority_below(workshop, "Lower", issuer=Issuer(certificate.subject, key))
    lower = lower._replace(intermediates=upper.certificate)
    return workshop.issue_below(lower, "localhost", common_name="Too deep")


@identity()
def _within_constraints(workshop: Workshop) -> Minted:
    """For `www.permitted.example`, the names of which its issuer is permitted."""
    return _constrained(workshop, "www.permitted.example")


@identity("Its issuer is permitted names of `permitted.example` only.")
def _outside_constraints(workshop: Workshop) -> Minted:
    """For `localhost`."""
    return _constrained(workshop, "localhost")


@identity("Its issuer is excluded from names of `secret.permitted.example`.")
def _excluded_by_constraints(workshop: Workshop) -> Minted:
    """For `www.secret.permitted.example`."""
    return _constrained(workshop, "www.secret.permitted.example")


def _constrained(workshop: Workshop, name: str) -> Minted:
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName("permitted.example")],
        excluded_subtrees=[x509.DNSName("secret.permitted.example")],
    )
    issuer = _authority_below(workshop, "Constrained", critical=(constraints,))
    return workshop.issue_below(issuer, name, common_name="Constrained identity")


def _authority_below(
    workshop: Workshop,
    common_name: str,
    *,
    path_length: int | None = None,
    issuer: Issuer | None = None,
    critical: tuple[x509.ExtensionType, ...] = (),
) -> Minted:
    """An authority signed by ``issuer``, or by the catalogue's."""
    return workshop.issue(
        Specification(
            common_name,
            key=ec.generate_private_key(ec.SECP256R1()),
            usages=(),
            constraints=x509.BasicConstraints(ca=True, path_length=path_length),
            issuer=issuer,
            critical=critical,
        )
    )


@identity("Its RSA key has 1024 bits, too few for OpenSSL's security level 2.")
def _weak_key(workshop: Workshop) -> Minted:
    """For `localhost`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return workshop.issue(Specification("Weak key", [x509.DNSName("localhost")], key=key))


@identity("Its key is encrypted with the catalogue's `password`.")
def _encrypted_key(workshop: Workshop) -> Minted:
    """For `localhost`."""
    minted = workshop.issue(Specification("Encrypted key", [x509.DNSName("localhost")]))
    return minted._replace(key=key_pem(workshop.key, PASSWORD))


@identity("The key belongs to another certificate.")
def _mismatched_key(workshop: Workshop) -> Minted:
    """For `localhost`; certificate and key are both ECDSA P-256."""
    return workshop.certify("localhost")._replace(key=key_pem(workshop.key))


@identity("The key is of another kind (ECDSA) than the certificate's (RSA).")
def _mismatched_key_type(workshop: Workshop) -> Minted:
    """For `localhost`."""
    minted = workshop.certify("localhost", key_type=trustme.KeyType.RSA)
    return minted._replace(key=key_pem(workshop.key))


@identity()
def _empty_subject(workshop: Workshop) -> Minted:
    """For `localhost`, by a name that is critical as there is no other: RFC 5280, 4.1.2.6."""
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    return workshop.issue(Specification(x509.Name([]), critical=(names,)))
