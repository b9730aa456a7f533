"""The values of this run's certificates, by name: fresh ones must not look different."""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Iterator

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

import certs

CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


def names_of(catalogue: certs.Catalogue) -> dict[str | bytes, str]:
    """{value as an implementation returns it: name}, for what differs from run to run."""
    names: dict[str | bytes, str] = {}
    authorities = (catalogue.authority, catalogue.intermediate, catalogue.other_authority)
    for entry in (*authorities, *catalogue.identities()):
        for value, what in values_of(entry.der):
            names.setdefault(value, f"{what} of {entry.name}")
        names.setdefault(entry.pem, f"PEM of {entry.name}")
    for identity in catalogue.identities():
        above = CERTIFICATE.findall(identity.chain.read_text("ascii"))[1:]
        for distance, certificate in enumerate(above, 1):
            for value, what in values_of(ssl.PEM_cert_to_DER_cert(certificate)):
                names.setdefault(value, f"{what} {distance} above {identity.name}")
    return names


def values_of(der: bytes) -> Iterator[tuple[str | bytes, str]]:
    """What implementations return of a certificate and no other has, each with what it is."""
    yield der, "certificate"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            serial_number = x509.load_der_x509_certificate(der).serial_number
    except ValueError:
        return
    if serial_number <= 0:  # an odd one's, the same in every run
        return
    number = f"{serial_number:X}"
    yield number.zfill(len(number) + len(number) % 2), "serial number"
