"""Every certificate the scenarios show to an implementation, by name and defect."""

from certs.catalogue import Authority, Catalogue, Identity, load, mint, table

__all__ = ["Authority", "Catalogue", "Identity", "load", "mint", "table"]
