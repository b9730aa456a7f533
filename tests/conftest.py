"""What several files of tests need."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

import certs
from conformance.run.runner import Runner
from impls.host.declarations import Implementation
from impls.host.selection import assemble


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> certs.Catalogue:
    """A freshly minted catalogue."""
    return certs.mint(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def runners() -> Iterator[tuple[Runner, Runner]]:
    """One that runs live, and one that runs programs."""
    both = Runner({}, live=True), Runner({})
    yield both
    for one in both:
        one.close()
    gc.unfreeze()


@pytest.fixture(scope="module")
def reference() -> Implementation:
    """What a run here compares with: where all Pythons are too old for that, one that is built."""
    _, selection = assemble()
    return selection.reference
