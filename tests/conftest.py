"""What several files of tests need."""

from __future__ import annotations

import pytest

import certs
from impls.host.declarations import Implementation
from impls.host.selection import assemble


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> certs.Catalogue:
    """A freshly minted catalogue."""
    return certs.mint(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def reference() -> Implementation:
    """What a run here compares with: where all Pythons are too old for that, one that is built."""
    _, selection = assemble()
    return selection.reference
