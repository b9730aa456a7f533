"""The values of this run's certificates, by name: fresh ones must not look different."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import certs


def names_of(catalogue: certs.Catalogue) -> dict[str | bytes, str]:
    """{value as an implementation returns it: name}, for what differs from run to run."""
    names: dict[str | bytes, str] = {}
    authorities = (catalogue.authority, catalogue.intermediate, catalogue.other_authority)
    for entry in (*authorities, *catalogue.identities()):
        for value, what in values_of(entry.der):
            names.setdefault(value, f"{what} of {entry.name}")
        names.setdefault(entry.pem, f"PEM of {entry.name}")
    for identity in catalogue.identities():
        above = x509.load_pem_x509_certificates(identity.chain.read_bytes())[1:]
        for distance, certificate in enumerate(above, 1):
            for value, what in values_of(certificate.public_bytes(Encoding.DER)):
                names.setdefault(value, f"{what} {distance} above {identity.name}")
    return names


def values_of(der: bytes) -> Iterator[tuple[str | bytes, str]]:
    """What implementations return of a certificate and no other has, each with what it is."""
    certificate = x509.load_der_x509_certificate(der)
    yield der, "certificate"
    number = f"{certificate.serial_number:X}"
    yield number.zfill(len(number) + len(number) % 2), "serial number"
