"""Other releases' packages, with an apt that is a script here."""

from __future__ import annotations

from pathlib import Path

import pytest

from impls.host.debian import SUITES, Archive, CommandError, system_sources
from tests.support.fake_debian import FakeDebian, debian

__all__ = ["debian"]

UBUNTU = """
# deb http://commented.test/ubuntu noble main
deb [arch=amd64 signed-by=/keys/ubuntu.gpg] http://mirror.test/ubuntu noble main universe # why not
deb http://mirror.test/ubuntu noble-security main
deb http://third.test/tool stable-ish main
deb cdrom:[Disk]/ noble main
"""

BULLSEYE, EXPERIMENTAL = (
    next(suite for suite in SUITES if suite.name == name) for name in ("bullseye", "experimental")
)


def archive(debian: FakeDebian, folder: str = "apt") -> Archive:
    return Archive(debian.base / folder, system_sources()[0], BULLSEYE)


def test_the_mirrors_of_the_system(debian: FakeDebian) -> None:
    debian.sources("ubuntu.list", UBUNTU)
    debian.sources("ignored.list.disabled", "deb http://disabled.test/debian trixie main")
    debian_mirror, ubuntu_mirror = system_sources()
    assert (debian_mirror.family, debian_mirror.uri) == ("debian", "http://mirror.test/debian")
    assert (ubuntu_mirror.family, ubuntu_mirror.uri) == ("ubuntu", "http://mirror.test/ubuntu")
    assert ubuntu_mirror.options == (("Signed-By", "/keys/ubuntu.gpg"),)


def test_the_suite_is_exchanged_and_the_key_is_not(debian: FakeDebian) -> None:
    (mirror,) = system_sources()
    assert mirror.stanza(BULLSEYE, "deb") == (
        "Types: deb\n"
        "URIs: http://mirror.test/debian\n"
        "Suites: bullseye\n"
        "Components: main\n"
        "Signed-By: \n"
        " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
        " .\n"
        " abc\n"
    )
    assert "\nSuites: experimental forky\n" in mirror.stanza(EXPERIMENTAL, "deb")


def test_apt_is_kept_to_a_state_of_its_own(debian: FakeDebian) -> None:
    archive(debian)
    settings = (debian.base / "last.conf").read_text().splitlines()
    for name in ("Dir::State", "Dir::State::status", "Dir::Cache", "Dir::Etc::sourceparts"):
        (value,) = [line.split(" ", 1)[1] for line in settings if line.startswith(f"{name} ")]
        assert value.startswith(f'"{debian.base}/apt/')
    assert "#clear APT::Update::Post-Invoke;" in settings
    assert not [line for line in settings if "Insecure" in line or "Verify" in line]


def test_packages_are_looked_up_resolved_and_downloaded(debian: FakeDebian) -> None:
    found = archive(debian)
    assert found.version("libssl-dev") == "1.1.1w"
    assert found.version("nothing") is None
    assert "python3.9-minimal" in found.names("python")
    names = found.with_dependencies(["libssl-dev"])
    assert names == ["libssl-dev", "libssl1.1", "libc6", "debconf", "gcc-16-base"]
    files = found.download(["libc6", "libssl-dev"])
    assert [path.name for path in files] == ["libc6_1%3a2_all.deb", "libssl-dev_1%3a2_all.deb"]


def test_an_index_ahead_of_its_pool_is_an_error_that_names_no_host(debian: FakeDebian) -> None:
    found = archive(debian)
    debian.set("gone-libc6")
    with pytest.raises(CommandError) as caught:
        found.download(["libssl-dev", "libc6"])
    assert str(caught.value) == "apt-get: Failed to fetch libc6.deb  404"


def test_what_apt_leaves_out_is_an_error(debian: FakeDebian, tmp_path: Path) -> None:
    found = archive(debian)
    (debian.base / "bin" / "apt-get").write_text("#!/bin/sh\n")
    with pytest.raises(CommandError, match="apt-get download left libc6 out"):
        found.download(["libc6"])
