"""Minting: what makes keys, certificates and revocation lists.

trustme mints whatever it can (`Workshop.certify`); `Workshop.issue` (cryptography) mints what it
cannot: names that trustme refuses, missing extensions, odd key usages, fixed serial numbers.
Whatever has no defect satisfies VERIFY_X509_STRICT. Dates are absolute, far in the past or the
future, so no clock matters: 2000 to 3000 for what is valid.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Validity = tuple[datetime.datetime, datetime.datetime]

ALWAYS = (datetime.datetime(2000, 1, 1), datetime.datetime(3000, 1, 1))
PAST = (datetime.datetime(2000, 1, 1), datetime.datetime(2001, 1, 1))
FUTURE = (datetime.datetime(2999, 1, 1), datetime.datetime(3000, 1, 1))

_NO_AUTHORITY = x509.BasicConstraints(ca=False, path_length=None)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Minted(NamedTuple):
    """What a recipe returns, all as PEM."""

    key: bytes
    certificate: bytes
    intermediates: bytes = b""


class Issuer(NamedTuple):
    """Whose name and key a certificate is signed with."""

    name: x509.Name
    key: PrivateKey


@dataclass(frozen=True)
class Specification:
    """A certificate that is not trustme's; what is not said has no defect."""

    subject: x509.Name | str
    """A name, or a common name."""
    names: Sequence[x509.GeneralName] = ()
    """Without any there is no subject alternative name."""
    key: PrivateKey | None = None
    """Its own key; without one, the key that identities share."""
    issuer: Issuer | None = None
    """Without one, the catalogue's authority."""
    self_signed: bool = False
    serial_number: int = 0x1001
    validity: Validity = ALWAYS
    usages: tuple[x509.ObjectIdentifier, ...] = (
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    )
    key_identifiers: bool = True
    constraints: x509.BasicConstraints | None = _NO_AUTHORITY
    """None is for an authority of which only the key usage says that it is one."""
    extensions: tuple[x509.ExtensionType, ...] = ()
    critical: tuple[x509.ExtensionType, ...] = ()
    """Extensions that are marked as critical."""


class Workshop:
    """Authorities and keys that identities share."""

    def __init__(self) -> None:
        self.key: PrivateKey = ec.generate_private_key(ec.SECP256R1())
        self.authority = trustme.CA(
            organization_name="Conformance", organization_unit_name="Authority"
        )
        self.intermediate = trustme.CA(
            parent_cert=self.authority,
            path_length=0,
            organization_name="Conformance",
            organization_unit_name="Intermediate",
        )
        self.other_authority = self._fixed_authority()

    def certify(
        self,
        *names: str,
        authority: trustme.CA | None = None,
        validity: Validity = ALWAYS,
        key_type: trustme.KeyType = trustme.KeyType.ECDSA,
        common_name: str | None = None,
    ) -> Minted:
        """A certificate of trustme for ``names``, signed by ``authority``."""
        leaf = (authority or self.authority).issue_cert(
            *names,
            organization_name="Conformance",
            organization_unit_name="Identity",
            common_name=common_name,
            not_before=validity[0],
            not_after=validity[1],
            key_type=key_type,
        )
        certificate, *rest = (blob.bytes() for blob in leaf.cert_chain_pems)
        return Minted(leaf.private_key_pem.bytes(), certificate, b"".join(rest))

    def issue(self, wanted: Specification) -> Minted:
        """A certificate of cryptography, signed by its issuer, by ``authority`` or by itself."""
        subject = wanted.subject
        if isinstance(subject, str):
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        key = wanted.key or self.key
        issuer = wanted.issuer or Issuer(
            certificate_of(self.authority).subject, key_of(self.authority)
        )
        if wanted.self_signed:
            issuer = Issuer(subject, key)
        is_authority = wanted.constraints is None or wanted.constraints.ca
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.name)
            .public_key(key.public_key())
            .serial_number(wanted.serial_number)
            .not_valid_before(wanted.validity[0])
            .not_valid_after(wanted.validity[1])
        )
        if wanted.constraints is not None:
            builder = builder.add_extension(wanted.constraints, critical=True)
        builder = builder.add_extension(
            _key_usage(digital_signature=not is_authority, key_cert_sign=is_authority),
            critical=True,
        )
        if wanted.usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(wanted.usages), critical=False)
        if wanted.key_identifiers:
            builder = builder.add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            ).add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
                critical=False,
            )
        if wanted.names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(wanted.names), critical=False
            )
        for extension in wanted.extensions:
            builder = builder.add_extension(extension, critical=False)
        for extension in wanted.critical:
            builder = builder.add_extension(extension, critical=True)
        return Minted(key_pem(key), _pem(builder.sign(issuer.key, hashes.SHA256())))

    def issue_below(self, above: Minted, *names: str, common_name: str) -> Minted:
        """A certificate for ``names`` signed by what ``issue`` made, with that in its chain."""
        certificate = x509.load_pem_x509_certificate(above.certificate)
        key = serialization.load_pem_private_key(above.key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        own = self.issue(
            Specification(
                common_name,
                [x509.DNSName(name) for name in names],
                serial_number=0x1002,
                issuer=Issuer(certificate.subject, key),
            )
        )
        return own._replace(intermediates=above.certificate + above.intermediates)

    def revoke(
        self,
        *certificates: bytes,
        authority: trustme.CA | None = None,
        validity: Validity = ALWAYS,
    ) -> bytes:
        """The revocation list of ``authority`` that names ``certificates``, as PEM."""
        authority = authority or self.authority
        signer = key_of(authority)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(certificate_of(authority).subject)
            .last_update(validity[0])
            .next_update(validity[1])
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        )
        for certificate in certificates:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(x509.load_pem_x509_certificate(certificate).serial_number)
                .revocation_date(ALWAYS[0])
                .build()
            )
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _fixed_authority(self) -> trustme.CA:
        """A root of which nothing but the key and the signature is random."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "XY"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Conformance"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Other Authority"),
            ]
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(0x0BADCAFE)
            .not_valid_before(ALWAYS[0])
            .not_valid_after(ALWAYS[1])
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        return trustme.CA.from_pem(_pem(certificate), key_pem(key))


def certificate_of(authority: trustme.CA) -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.cert_pem.bytes())


def key_of(authority: trustme.CA) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: PrivateKey, password: str | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password.encode("ascii"))
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def subject_hash(certificate: x509.Certificate) -> str:
    """The name under which OpenSSL looks a certificate up in a ``capath`` folder.

    X509_NAME_hash(3): the first four bytes, little-endian, of the SHA-1 of the canonical subject,
    that is of its RDNs without the SEQUENCE around them, each value a UTF8String in lower case
    with single spaces. cryptography encodes a plain attribute as UTF8String already; a country
    would not be, so this is for names without one.
    """
    canonical = x509.Name(
        x509.NameAttribute(attribute.oid, " ".join(str(attribute.value).lower().split()))
        for attribute in certificate.subject
    ).public_bytes()
    assert canonical[1] < 0x80, "a longer name has a longer SEQUENCE header"
    return hashlib.sha1(canonical[2:]).digest()[3::-1].hex()
