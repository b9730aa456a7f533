"""A Debian whose tools are shell scripts: releases with packages, and Pythons that say what they
are without being any."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from impls.host import prefix

DEBIAN = """
# The comment of a tool
Types: deb deb-src
URIs: http://mirror.test/debian
Suites: trixie trixie-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://mirror.test/debian-security
Suites: trixie-security
Components: main

Types: deb
URIs: http://off.test/debian
Suites: trixie
Components: main
Enabled: no

Types: deb-src
URIs: http://source.test/debian
Suites: trixie
Components: main
"""

# Each release: the version of libssl-dev, of libc6, and the Pythons.
_RELEASES = """
case "$suite" in
forky) openssl=3.6.5-1 libc=99.1-2 pythons="3.14 3.15" library=libssl3t64 ;;
sid) openssl=3.6.5-1 libc=99.1-2 pythons="3.15" library=libssl3t64 ;;
trixie) openssl=3.5.9-1~deb13u1 libc=99.0-1 pythons=3.13 library=libssl3t64 ;;
bookworm) openssl=3.0.20-1~deb12u1 libc=2.0-9 pythons=3.11 library=libssl3 ;;
bullseye) openssl=1.1.1w-0+deb11u9 libc=2.0-13 pythons="2.7 3.9" library=libssl1.1 ;;
experimental) openssl=4.0.3-1 libc=99.2-1 pythons=3.15 library=libssl4 ;;
*) openssl= libc=2.0 pythons= library= ;;
esac
test -e {base}/openssl-of-$suite && openssl=$(cat {base}/openssl-of-$suite)
"""

_APT_GET = (
    """#!/bin/sh
echo "apt-get $@" >> {log}
while [ "$1" != update ] && [ "$1" != download ] && [ "$1" != install ] && [ "$1" != source ]; do
    if [ "$1" = -c ]; then
        cp "$2" {base}/last.conf
        cat "$(dirname "$2")"/sources/* >> {log}
        suite=$(sed -n 's/^Suites: *\\([a-z]*\\).*/\\1/p' "$(dirname "$2")"/sources/*)
    fi
    shift
done
"""
    + _RELEASES
    + """
fail() {{ echo "W: odd" >&2; echo "E: $1." >&2; exit 100; }}
test -e {base}/broken && fail "Failed to fetch http://mirror.test/debian/InRelease gone"
test -e {base}/broken-$suite && fail "The mirror is gone"
task=$1
shift
case "$task" in
install)
    for name in "$@" "$library" libc6 debconf gcc-16-base; do
        case "$name" in
        -*) ;;
        *) echo "'http://mirror.test/$name.deb' ${{name}}_1%3a2_all.deb 9 SHA256:0" ;;
        esac
    done ;;
download)
    for name; do
        test -e {base}/gone-$name &&
            fail "Failed to fetch http://mirror.test/$name.deb  404 [IP: 192.0.2.1 80]"
        touch "${{name}}_1%3a2_all.deb"
    done ;;
source)
    name=$2
    test $name = python2.7 || test -e {base}/source-of-$name ||
        fail "Failed to fetch http://mirror.test/$name.dsc  404"
    touch ${{name}}_${{name#python}}.18-1.dsc
    mkdir source
    cp {base}/configure source/configure
    tar -czf ${{name}}_${{name#python}}.18.orig.tar.gz source
    touch ${{name}}_${{name#python}}.18.orig.tar.gz.asc ;;
esac
sleep 0.1
"""
)

_APT_CACHE = (
    """#!/bin/sh
while [ "$1" != show ] && [ "$1" != pkgnames ]; do
    if [ "$1" = -c ]; then
        suite=$(sed -n 's/^Suites: *\\([a-z]*\\).*/\\1/p' "$(dirname "$2")"/sources/*)
    fi
    shift
done
"""
    + _RELEASES
    + """
case "$*" in
*" libssl-dev") test "$openssl" || exit 100; echo "Package: libssl-dev"; echo "Version: $openssl" ;;
*-minimal) echo "Version: $(echo "$*" | sed 's/.* python\\(.*\\)-minimal/\\1/').18-1" ;;
*" libc6") echo "Package: libc6"; echo "Version: $libc" ;;
pkgnames*) for minor in $pythons; do echo python$minor-minimal; echo python$minor-doc; done ;;
esac
"""
)

# What a package holds; a libssl says in a file beside it which version it is.
_DPKG_DEB = (
    """#!/bin/sh
suite=$(sed -n 's/^Suites: *\\([a-z]*\\).*/\\1/p' "$(dirname "$2")"/../sources/*)
"""
    + _RELEASES
    + """
name=$(basename "$2")
name=${{name%%_*}}
usr=$3/usr
libraries=$usr/lib/some-linux-gnu
mkdir -p $usr/bin $libraries $usr/share/doc/x
case "$name" in
libssl-dev) touch $libraries/libssl.so ;;
libssl3*) touch $libraries/libssl.so.3 ;;
libssl1.1) touch $libraries/libssl.so.1.1 ;;
libssl4) touch $libraries/libssl.so.4 ;;
libc6) cp {base}/loader $libraries/ld-linux-fake.so.2 ;;
python*-minimal) minor=${{name#python}}; minor=${{minor%-minimal}}
    cp {base}/python $usr/bin/python$minor
    dynamic=$usr/lib/python$minor/lib-dynload
    mkdir -p $dynamic
    touch $dynamic/_ssl.x.so $dynamic/_hashlib.x.so ;;
libpython2.7-stdlib)
    mkdir -p $usr/lib/python2.7; echo "import sys" > $usr/lib/python2.7/_sysconfigdata.py ;;
esac
case "$name" in libssl[0-9]*) echo ${{openssl%%-*}} > $libraries/version ;; esac
exit 0
"""
)

_LOADER = """#!/bin/sh
ARGV0=$2 LIBRARIES=$4
export ARGV0 LIBRARIES
shift 4
exec "$@"
"""

# Its minor version is in its name. Without a loader, or where the folder that it is given has no
# libssl.so.3, a Python of the machine is on the machine's OpenSSL.
_PYTHON = """#!/bin/sh
minor=$(basename "$0")
minor=${{minor#python}}
folder=${{LIBRARIES:-{base}/system}}
folder=${{folder%%:*}}
case "$0" in {base}/system/*) test -e $folder/libssl.so.3 || folder={base}/system ;; esac
library=$(echo $folder/libssl.so.*)
version=$(cat $(dirname $(readlink -f $library))/version)
test -e {base}/wrong && version=3.0.1
test -e {base}/no-ssl-$minor && openssl=null || openssl="\\"OpenSSL $version 1 Jan 2026\\""
echo '<<<{{"implementation": "cpython",
"version": ['${{minor%.*}}', '${{minor#*.}}', 18, "final", 0],
"executable": "'${{ARGV0:-$0}}'", "openssl": '$openssl', "loaded": "OpenSSL '$version' 1 Jan 2026",
"library": "'$library'", "trouble": null, "headers": true, "free_threaded": false}}>>>'
"""

_APT_CONFIG = """#!/bin/sh
echo "L='{etc}/sources.list'"
echo "P='{etc}/sources.list.d'"
"""

_DPKG_SOURCE = """#!/bin/sh
for tree; do :; done
mkdir -p $tree
"""

_CONFIGURE = """#!/bin/sh
echo $1 > prefix
echo "configured with $CFLAGS" >> {log}
"""

_CC = """#!/bin/sh
echo "cc $@" >> {log}
test -e {base}/broken-cc && echo "it is broken" >&2 && exit 1
while [ "$1" != -o ]; do shift; done
echo compiled > "$2"
"""

_MAKE = """#!/bin/sh
echo "make $@" >> {log}
echo "with $CPPFLAGS, $LDFLAGS, $PATH" >> {log}
test -e {base}/broken-make && echo "cc: it is broken" && exit 2
[ "$1" = install ] || exit 0
prefix=$(sed s/--prefix=// prefix)
mkdir -p "${{2#DESTDIR=}}$prefix/bin"
name=${{prefix##*/c}}
cp {base}/python "${{2#DESTDIR=}}$prefix/bin/${{name%%-*}}"
"""


class FakeDebian:
    """A folder with the tools, first on PATH, and the Pythons of a machine on OpenSSL 3.0.19."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.log = base / "log"
        self.cache = base / "cache"
        self.etc = base / "etc"
        for folder in (self.etc / "sources.list.d", base / "bin", base / "system"):
            folder.mkdir(parents=True)
        (base / "system" / "libssl.so.3").touch()
        (base / "system" / "version").write_text("3.0.19\n", "utf-8")
        for name, text in (
            ("bin/apt-config", _APT_CONFIG),
            ("bin/apt-get", _APT_GET),
            ("bin/apt-cache", _APT_CACHE),
            ("bin/dpkg-deb", _DPKG_DEB),
            ("bin/dpkg-source", _DPKG_SOURCE),
            ("bin/make", _MAKE),
            ("bin/cc", _CC),
            ("configure", _CONFIGURE),
            ("loader", _LOADER),
            ("python", _PYTHON),
        ):
            self._script(base / name, text.format(base=base, etc=self.etc, log=self.log))
        self.sources("debian.sources", DEBIAN)

    def _script(self, path: Path, text: str) -> Path:
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        return path

    def machine_python(self, minor: str) -> Path:
        """One more Python of the machine."""
        text = (self.base / "python").read_text("utf-8")
        return self._script(self.base / "system" / f"python{minor}", text)

    def set(self, name: str, text: str = "") -> None:
        """Change how the tools behave: "broken-forky", "gone-PACKAGE", "openssl-of-SUITE"."""
        (self.base / name).write_text(text, "utf-8")

    def unset(self, name: str) -> None:
        (self.base / name).unlink()

    def sources(self, name: str, text: str) -> None:
        (self.etc / "sources.list.d" / name).write_text(text, "utf-8")

    @property
    def called(self) -> str:
        """What apt-get and make were called with, and the sources that apt-get was given."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    @property
    def suites(self) -> list[str]:
        """The releases that were looked into, in order, each once."""
        lines = self.called.splitlines()
        return list(dict.fromkeys(line.split()[1] for line in lines if line.startswith("Suites")))

    def left(self) -> list[str]:
        """What is in the cache, lock files and logs aside."""
        return sorted(
            each.name for each in self.cache.iterdir() if each.suffix not in (".lock", ".log")
        )


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDebian:
    fake = FakeDebian(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(prefix, "_machine_loader", lambda: str(tmp_path / "loader"))
    return fake
