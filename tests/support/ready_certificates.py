"""A plugin of the runs in a copy of the suite, see trees.py: their certificates are made already.

Minting is a quarter of such a run. Here every run of a process of tests has the same ones.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import certs

FOLDER = "READY_CERTIFICATES"
"""The variable of the environment that names the folder of what was minted."""


def mint(directory: Path) -> certs.Catalogue:
    """Put the ready certificates there, in place of `certs.mint`. Raises OSError."""
    shutil.copytree(os.environ[FOLDER], directory, dirs_exist_ok=True)
    return certs.load(directory)


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    certs.mint = mint
