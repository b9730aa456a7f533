"""The identities that are odd: authorities with fields that are rare, forbidden or not readable.

Nothing in them but the key and the signature is random. See `certs.identities` for the others.
"""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtensionOID,
    NameOID,
)

from certs.minting import Minted, Specification, Workshop
from certs.recipes import identity


@identity("What its fields hold is rare or not allowed, and can be shown all the same.")
def _odd_authority(workshop: Workshop) -> Minted:
    """An authority with an object identifier of 128 letters, an address of 17 bytes and so on."""
    addresses = b"\x87\x05\x01\x02\x03\x04\x05"
    addresses += b"\x87\x10\x12\x34\x56\x78\x9a\xbc\xde\xf0\x0f\xed\xcb\xa9\x87\x65\x43\x21"
    addresses += b"\x87\x10\x1a\x2b\x3c\x4d\x5e\x6f\x70\x81\x92\xa3\xb4\xc5\xd6\xe7\xf8\x09"
    addresses += b"\x87\x11" + 17 * b"\x01"
    registered_id = b"\x88\x46" + 70 * b"\x7f"
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Odd authority"),
            x509.NameAttribute(x509.ObjectIdentifier("1.3" + 30 * ".127" + ".1270"), "long"),
        ]
    )
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier("http://issuers.example/1.crt"),
            )
        ]
    )
    points = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                None,
                x509.RelativeDistinguishedName(
                    [x509.NameAttribute(NameOID.COMMON_NAME, "relative to the issuer")]
                ),
                None,
                None,
            )
        ]
    )
    return _odd(
        workshop,
        subject,
        x509.UnrecognizedExtension(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x81\x86" + addresses + registered_id
        ),
        access,
        points,
    )


@identity("One letter is another than the one that was signed.")
def _every_kind_of_text(workshop: Workshop) -> Minted:
    """An authority: its subject has an attribute in each kind of text that OpenSSL takes.

    Besides these one that is empty, one with a NUL and a long one.
    """
    kinds = _ASN1Type
    subject = x509.Name(
        [
            x509.NameAttribute(oid, text, kind, _validate=False)
            for oid, text, kind in (
                (NameOID.COMMON_NAME, "Bücher 書", kinds.BMPString),
                (NameOID.ORGANIZATION_NAME, "Schlüssel 🔑", kinds.UniversalString),
                (NameOID.SERIAL_NUMBER, "0123 456", kinds.NumericString),
                (NameOID.LOCALITY_NAME, "M?ller", kinds.T61String),
                (NameOID.EMAIL_ADDRESS, "texts@conformance.example", kinds.IA5String),
                (NameOID.STREET_ADDRESS, "printable", kinds.PrintableString),
                (NameOID.GIVEN_NAME, "", kinds.UTF8String),
                (NameOID.SURNAME, "before\0after", kinds.UTF8String),
                (NameOID.PSEUDONYM, 1000 * "long", kinds.UTF8String),
            )
        ]
    )
    return _with_other_bytes(_odd(workshop, subject), b"M?ller", b"M\xfcller")


@identity("It is of version 1, and has an extension all the same. (Its signature fits version 3.)")
def _of_version_1(workshop: Workshop) -> Minted:
    """An authority, as its own issuer."""
    minted = workshop.issue(
        Specification(
            "Of version 1", usages=(), key_identifiers=False, constraints=None, self_signed=True
        )
    )
    certificate = x509.load_pem_x509_certificate(minted.certificate)
    whole = certificate.public_bytes(serialization.Encoding.DER)
    signed = certificate.tbs_certificate_bytes
    version = b"\xa0\x03\x02\x01\x02"
    after_version = signed[signed.index(version) + len(version) :]
    after_signed = whole[whole.index(signed) + len(signed) :]
    return minted._replace(
        certificate=_armoured(_sequence(_sequence(after_version) + after_signed))
    )


def _sequence(content: bytes) -> bytes:
    """An ASN.1 SEQUENCE of at most 65535 bytes: its DER."""
    size = len(content)
    if size < 128:
        length = bytes([size])
    else:
        length = b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    return b"\x30" + length + content


@identity("Its serial number is 0. (Its signature fits another one.)")
def _serial_zero(workshop: Workshop) -> Minted:
    """An authority."""
    minted = workshop.issue(_specification("Serial zero", serial_number=1))
    return _with_other_bytes(minted, b"\x02\x01\x02\x02\x01\x01", b"\x02\x01\x02\x02\x01\x00")


@identity("Its serial number is below 0. (Its signature fits another one.)")
def _serial_negative(workshop: Workshop) -> Minted:
    """An authority."""
    return _with_other_bytes(
        _odd(workshop, "Serial negative"),
        b"\x02\x01\x02\x02\x02\x10\x01",
        b"\x02\x01\x02\x02\x02\x90\x01",
    )


@identity("It has two lists of services, where RFC 5280, section 4.2 allows one.")
def _services_twice(workshop: Workshop) -> Minted:
    """An authority; its signature fits another extension in the place of the second."""
    places = [
        b"\x30\x10\x30\x0e\x06\x08\x2b\x06\x01\x05\x05\x07\x30" + kind + b"\x86\x02" + place
        for kind, place in ((b"\x01", b"a:"), (b"\x02", b"b:"))
    ]
    services = ExtensionOID.AUTHORITY_INFORMATION_ACCESS
    other = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.99")
    minted = _odd(
        workshop,
        "Services twice",
        *(
            x509.UnrecognizedExtension(oid, place)
            for oid, place in zip((services, other), places, strict=True)
        ),
    )
    return _with_other_bytes(minted, b"\x05\x05\x07\x01\x63", b"\x05\x05\x07\x01\x01")


@identity("Its services and its policies are no ASN.1 that anybody could read.")
def _unreadable_services(workshop: Workshop) -> Minted:
    """An authority."""
    return _odd(
        workshop,
        "Unreadable services",
        x509.UnrecognizedExtension(ExtensionOID.AUTHORITY_INFORMATION_ACCESS, b"\x30\x03\x02\x01"),
        x509.UnrecognizedExtension(ExtensionOID.CERTIFICATE_POLICIES, b"nothing at all"),
    )


@identity("Its alternative names are an empty list, which RFC 5280, section 4.2.1.6 forbids.")
def _no_names(workshop: Workshop) -> Minted:
    """An authority."""
    return _with_names(workshop, "No names", b"\x30\x00")


@identity("Its alternative names are of kinds that have names of their own, with colons.")
def _other_names(workshop: Workshop) -> Minted:
    """An authority: a user principal name, a name of a service (RFC 4985), a mailbox (RFC 8398)."""
    return _odd(
        workshop,
        "Other names",
        x509.SubjectAlternativeName(
            [
                x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x06u:v@xy"),
                x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"), b"\x16\x06_s.a:b"),
                x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), b"\x0c\x06u:v@xy"),
            ]
        ),
    )


@identity("The registered identifier among its names has 2052 letters.")
def _long_identifier(workshop: Workshop) -> Minted:
    """An authority."""
    return _registered(workshop, "Long identifier", 513)


@identity("The registered identifier among its names is longer than OpenSSL reads.")
def _longest_identifier(workshop: Workshop) -> Minted:
    """An authority."""
    return _registered(workshop, "Longest identifier", 600)


def _registered(workshop: Workshop, common_name: str, size: int) -> Minted:
    """An authority with an identifier of so many bytes, which cryptography does not make."""
    name = b"\x88\x82" + size.to_bytes(2, "big") + size * b"\x7f"
    names = b"\x30\x82" + len(name).to_bytes(2, "big") + name
    return _with_names(workshop, common_name, names)


@identity("Its name is no text. (Its signature fits the name it had before.)")
def _unreadable_name(workshop: Workshop) -> Minted:
    """An authority; its common name is a BIT STRING."""
    name = b"?Unreadable name"
    size = bytes([len(name)])
    return _with_other_bytes(
        _odd(workshop, name.decode("ascii")),
        b"\x0c" + size + name,
        b"\x03" + size + b"\x00" + name[1:],
    )


@identity("Its alternative name has a byte that is not ASCII.")
def _unreadable_alternative_name(workshop: Workshop) -> Minted:
    """An authority."""
    return _with_names(workshop, "Unreadable alternative name", b"\x30\x03\x82\x01\xff")


@identity("Its alternative name has half a character, encoded as UTF-8 must not.")
def _unreadable_half(workshop: Workshop) -> Minted:
    """An authority."""
    return _with_names(workshop, "Unreadable half", b"\x30\x05\x82\x03\xed\xa0\x80")


@identity("The address of its issuer's certificate has a byte that is not ASCII.")
def _unreadable_access(workshop: Workshop) -> Minted:
    """An authority."""
    method = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02"  # caIssuers
    return _odd(
        workshop,
        "Unreadable access",
        x509.UnrecognizedExtension(
            ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
            b"\x30\x0f\x30\x0d" + method + b"\x86\x01\xff",
        ),
    )


@identity("The address of its revocation list has a byte that is not ASCII.")
def _unreadable_distribution_point(workshop: Workshop) -> Minted:
    """An authority."""
    return _odd(
        workshop,
        "Unreadable distribution point",
        x509.UnrecognizedExtension(
            ExtensionOID.CRL_DISTRIBUTION_POINTS,
            b"\x30\x09\x30\x07\xa0\x05\xa0\x03\x86\x01\xff",
        ),
    )


def _with_other_bytes(minted: Minted, before: bytes, after: bytes) -> Minted:
    """A certificate of which some bytes are others, as many, wherever they are in its DER."""
    der = ssl.PEM_cert_to_DER_cert(minted.certificate.decode("ascii"))
    assert der.count(before) == 1
    return minted._replace(certificate=_armoured(der.replace(before, after)))


def _armoured(der: bytes) -> bytes:
    """A certificate in PEM, whatever it is."""
    return ssl.DER_cert_to_PEM_cert(der).encode("ascii")


def _odd(workshop: Workshop, subject: x509.Name | str, *extensions: x509.ExtensionType) -> Minted:
    """An authority's certificate of which nothing but the key and the signature is random."""
    return workshop.issue(_specification(subject, *extensions))


def _specification(
    subject: x509.Name | str, *extensions: x509.ExtensionType, serial_number: int = 0x1001
) -> Specification:
    """Of such an authority."""
    return Specification(
        subject,
        usages=(),
        key_identifiers=False,
        constraints=x509.BasicConstraints(ca=True, path_length=None),
        extensions=extensions,
        serial_number=serial_number,
    )


def _with_names(workshop: Workshop, common_name: str, names: bytes) -> Minted:
    """An authority with alternative names that cryptography does not make: their DER."""
    extension = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, names)
    return _odd(workshop, common_name, extension)
