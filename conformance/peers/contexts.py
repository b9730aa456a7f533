"""Contexts of one implementation, for a client and for a server that know each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Contexts:
    """Makes contexts of one implementation from the catalogue of certificates.

    Remote objects have no static type, hence the many ``Any``. This holds no object that a
    scenario makes: what the scenario drops is dropped in the implementation too.
    """

    ssl: Any
    """The remote module."""
    native: Any
    """The probes of its agent."""
    certificates: Any
    """The catalogue of ``certs``."""

    def client_context(self, *, authority: Path | None = None, version: str | None = None) -> Any:
        """A verifying client context that trusts the catalogue's authority, or the one given.

        ``version`` ("TLSv1.2", "TLSv1.3") makes it the only one.
        """
        authority = authority or self.certificates.authority.certificate
        with self.native._preparing():
            context = self.ssl.create_default_context(cafile=authority)
        return self._limited(context, version)

    def server_context(
        self,
        identity: Any = "localhost",
        *,
        authority: Path | None = None,
        version: str | None = None,
    ) -> Any:
        """A server context that shows ``identity``: an entry of the catalogue, or its name.

        ``authority`` is the one it trusts for client certificates; whether it requests them is
        for the scenario to say with ``verify_mode``.
        """
        if isinstance(identity, str):
            identity = getattr(self.certificates, identity)
        with self.native._preparing():
            purpose = self.ssl.Purpose.CLIENT_AUTH
            context = self.ssl.create_default_context(purpose, cafile=authority)
            del purpose  # so that it is dropped at the same operation as in a plain call
            context.load_cert_chain(identity.chain, identity.key)
        return self._limited(context, version)

    def contexts(self, version: str | None = None) -> tuple[Any, Any]:
        """A client's and a server's default context; ``version`` is the client's only one."""
        client = self.client_context()
        server = self.server_context()
        return self._limited(client, version), server

    def _limited(self, context: Any, version: str | None) -> Any:
        if version is not None:
            self.native.limit_versions(context, minimum=version, maximum=version)
        return context
