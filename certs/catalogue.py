"""The catalogue of certificates: the files of a run, by name.

Minted once per run into a folder with ``mint`` and read back by other processes with ``load``;
nothing of it is ever committed. ``table()`` gives all identities as Markdown.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from certs import identities, odd_authorities
from certs.identities import PASSWORD
from certs.minting import PAST, Workshop, certificate_of, subject_hash
from certs.recipes import RECIPES

DECLARING = (identities, odd_authorities)
"""The modules that declare identities, in the order in which these are shown."""


class _Certified:
    """A folder with ``certificate.pem``."""

    def __init__(self, directory: Path) -> None:
        self.name = directory.name
        self.certificate = directory / "certificate.pem"

    @cached_property
    def pem(self) -> str:
        """The certificate as text."""
        return self.certificate.read_text(encoding="ascii")

    @cached_property
    def der(self) -> bytes:
        """The certificate as DER, however odd it is."""
        return ssl.PEM_cert_to_DER_cert(self.pem)


class Authority(_Certified):
    """A certificate that others are signed with."""


class Identity(_Certified):
    """A certificate somebody shows, its key, and the files one may load it from."""

    def __init__(self, directory: Path, defect: str | None) -> None:
        super().__init__(directory)
        self.defect = defect
        """What is wrong with it, in one sentence, or ``None``."""
        self.chain = directory / "chain.pem"
        """The certificate, then its intermediates."""
        self.key = directory / "key.pem"
        self.combined = directory / "combined.pem"
        """The key, then the chain, in one file."""


class Catalogue:
    """All certificates of a run.

    Identities are attributes by name (``catalogue.localhost``), authorities and other files too.
    """

    password = PASSWORD

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        authorities = directory / "authorities"
        self.authority = Authority(authorities / "authority")
        """The root that clients trust."""
        self.intermediate = Authority(authorities / "intermediate")
        """Signed by ``authority``."""
        self.other_authority = Authority(authorities / "other_authority")
        """A root that nobody trusts unless told; name, serial number and dates never change."""
        self.bundle = directory / "bundle.pem"
        """Both roots in one PEM file."""
        self.capath = directory / "capath"
        """A folder with ``authority`` under its hashed name, as ``openssl rehash`` makes it."""
        self.revocations = directory / "revocations.pem"
        """The revocation list of ``authority``: it names ``revoked``."""
        self.old_revocations = directory / "old_revocations.pem"
        """A revocation list of ``authority`` that names nobody and was valid until 2001."""
        self.intermediate_revocations = directory / "intermediate_revocations.pem"
        """The revocation list of ``intermediate``: it names nobody."""
        self.garbage = directory / "garbage.pem"
        """A file without any PEM in it."""
        self.empty = directory / "empty.pem"
        """A file of no bytes."""
        self.broken = directory / "broken.pem"
        """A PEM certificate whose base64 is no certificate."""

    def __getattr__(self, name: str) -> Identity:
        recipe = RECIPES.get(name)
        if recipe is None:
            raise AttributeError(f"no certificate is called {name!r}")
        identity = Identity(self.directory / "identities" / name, recipe.defect)
        setattr(self, name, identity)
        return identity

    def identities(self) -> Iterator[Identity]:
        """Every identity, in the order of their declaration."""
        for name in RECIPES:
            yield getattr(self, name)

    def everything(self) -> Iterator[Authority | Identity]:
        """Every authority, then every identity."""
        yield from (self.authority, self.intermediate, self.other_authority)
        yield from self.identities()


def mint(directory: Path) -> Catalogue:
    """Make fresh certificates in ``directory``, which is created if need be."""
    workshop = Workshop()
    catalogue = Catalogue(directory)
    for authority, made in (
        (catalogue.authority, workshop.authority),
        (catalogue.intermediate, workshop.intermediate),
        (catalogue.other_authority, workshop.other_authority),
    ):
        _write(authority.certificate, made.cert_pem.bytes())
    for identity in catalogue.identities():
        minted = RECIPES[identity.name].make(workshop)
        chain = minted.certificate + minted.intermediates
        _write(identity.certificate, minted.certificate)
        _write(identity.chain, chain)
        _write(identity.key, minted.key)
        _write(identity.combined, minted.key + chain)
    root = workshop.authority.cert_pem.bytes()
    _write(catalogue.capath / f"{subject_hash(certificate_of(workshop.authority))}.0", root)
    _write(catalogue.bundle, root + workshop.other_authority.cert_pem.bytes())
    _write(catalogue.revocations, workshop.revoke(catalogue.revoked.pem.encode("ascii")))
    _write(catalogue.old_revocations, workshop.revoke(validity=PAST))
    _write(catalogue.intermediate_revocations, workshop.revoke(authority=workshop.intermediate))
    _write(catalogue.garbage, b"This is not a certificate.\n")
    _write(catalogue.empty, b"")
    _write(
        catalogue.broken,
        b"-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n",
    )
    return catalogue


def load(directory: Path) -> Catalogue:
    """The catalogue that ``mint`` wrote into ``directory``, perhaps in another process."""
    catalogue = Catalogue(directory)
    for path in (catalogue.broken, *(identity.combined for identity in catalogue.identities())):
        if not path.is_file():
            raise FileNotFoundError(f"{directory} has no complete catalogue: no {path.name}")
    return catalogue


def table() -> str:
    """All identities as a Markdown table."""
    rows = ["| name | what it is | defect |", "| --- | --- | --- |"]
    for name, recipe in RECIPES.items():
        rows.append(f"| `{name}` | {recipe.about} | {recipe.defect or ''} |")
    return "\n".join(rows) + "\n"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
