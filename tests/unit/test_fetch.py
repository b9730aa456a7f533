"""Fetching CPython 2.7: with an apt that is a script here, and for real where that is asked for.

The real one: ``TLS_BOOTSTRAP_TEST_FETCH=1 pytest tests/unit/test_fetch.py`` on Debian or its kin.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from impls.host import fetch, interpreters
from impls.host.fetch import DebianError

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

UBUNTU = """
# deb http://commented.test/ubuntu noble main
deb [arch=amd64 signed-by=/keys/ubuntu.gpg] http://mirror.test/ubuntu noble main universe # why not
deb http://mirror.test/ubuntu noble-security main
deb http://third.test/tool stable-ish main
deb cdrom:[Disk]/ noble main
"""

APT_CONFIG = """#!/bin/sh
echo "L='{etc}/sources.list'"
echo "P='{etc}/sources.list.d'"
"""

# Counts what it is asked, and "downloads" packages that are folders' names.
APT_GET = """#!/bin/sh
echo "$@" >> {log}
while [ "$1" != update ] && [ "$1" != download ]; do
    [ "$1" = -c ] && cp "$2" {base}/last.conf && cat "$(dirname "$2")"/sources/* >> {log}
    shift
done
test -e {base}/broken && echo "W: odd" >&2 && echo "E: The mirror is gone." >&2 && exit 100
[ "$1" = download ] && shift && for name; do touch "${{name}}_1_all.deb"; done
sleep 0.1
"""

DPKG_DEB = """#!/bin/sh
mkdir -p "$3/usr/bin" "$3/usr/lib/python2.7" "$3/usr/lib/some-linux-gnu" "$3/usr/share/doc/x"
touch "$3/usr/lib/some-linux-gnu/libssl.so"
case "$2" in
*/python2.7-minimal_*) cp {base}/python2.7 "$3/usr/bin/python2.7" ;;
*/libpython2.7-stdlib_*) echo "import sys" > "$3/usr/lib/python2.7/_sysconfigdata.py" ;;
esac
"""

PYTHON = """#!/bin/sh
echo '<<<{{"implementation": "cpython", "version": [2, 7, 18, "final", 0], "executable": "'$0'",
"openssl": {openssl}, "trouble": null, "headers": true, "free_threaded": false}}>>>'
"""


class FakeSystem:
    """A Debian whose tools are scripts, first on PATH."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.log = base / "log"
        self.cache = base / "cache"
        self.etc = base / "etc"
        (self.etc / "sources.list.d").mkdir(parents=True)
        (base / "bin").mkdir()
        for name, text in (
            ("bin/apt-config", APT_CONFIG),
            ("bin/apt-get", APT_GET),
            ("bin/dpkg-deb", DPKG_DEB),
            ("bin/patchelf", "#!/bin/sh\necho patchelf $@ >> {log}\n"),
        ):
            self.script(name, text.format(base=base, etc=self.etc, log=self.log))
        self.python('"OpenSSL 1.1.1w"')
        self.sources("debian.sources", DEBIAN)

    def script(self, name: str, text: str) -> None:
        (self.base / name).write_text(text, "utf-8")
        (self.base / name).chmod(0o755)

    def python(self, openssl: str) -> None:
        self.script("python2.7", PYTHON.format(openssl=openssl))

    def sources(self, name: str, text: str) -> None:
        (self.etc / "sources.list.d" / name).write_text(text, "utf-8")

    @property
    def asked(self) -> str:
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def left(self) -> list[str]:
        """What is in the cache, lock files aside."""
        return [each.name for each in self.cache.iterdir() if each.suffix != ".lock"]


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    fake = FakeSystem(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(fetch, "_patchelf", lambda: str(tmp_path / "bin" / "patchelf"))
    return fake


def test_the_mirrors_of_the_system(system: FakeSystem) -> None:
    system.sources("ubuntu.list", UBUNTU)
    system.sources("ignored.list.disabled", "deb http://disabled.test/debian trixie main")
    debian_mirror, ubuntu_mirror = fetch.system_sources()
    assert (debian_mirror.family, debian_mirror.uri) == ("debian", "http://mirror.test/debian")
    assert (ubuntu_mirror.family, ubuntu_mirror.uri) == ("ubuntu", "http://mirror.test/ubuntu")
    assert ubuntu_mirror.options == (("Signed-By", "/keys/ubuntu.gpg"),)


def test_the_suite_is_exchanged_and_the_key_is_not(system: FakeSystem) -> None:
    (mirror,) = fetch.system_sources()
    assert mirror.stanza(fetch.SUITES["debian"][0], "deb") == (
        "Types: deb\n"
        "URIs: http://mirror.test/debian\n"
        "Suites: bullseye\n"
        "Components: main\n"
        "Signed-By: \n"
        " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
        " .\n"
        " abc\n"
    )


def test_fetched_once(system: FakeSystem) -> None:
    executable = fetch.fetch_python27(system.cache)
    assert interpreters.probe(executable).version == "2.7.18"
    assert system.left() == [executable.parent.parent.parent.name]
    asked = system.asked
    assert "Suites: bullseye" in asked and "libssl-dev libssl1.1 libffi7" in asked
    assert "--force-rpath --set-rpath $ORIGIN/../lib/some-linux-gnu" in asked
    assert fetch.fetch_python27(system.cache) == executable
    assert system.asked == asked


def test_apt_is_kept_to_a_state_of_its_own(system: FakeSystem) -> None:
    fetch.fetch_python27(system.cache)
    settings = (system.base / "last.conf").read_text().splitlines()
    for name in ("Dir::State", "Dir::State::status", "Dir::Cache", "Dir::Etc::sourceparts"):
        (value,) = [line.split(" ", 1)[1] for line in settings if line.startswith(f"{name} ")]
        assert value.startswith(f'"{system.cache}/')
    assert "#clear APT::Update::Post-Invoke;" in settings
    assert not [line for line in settings if "Insecure" in line or "Verify" in line]


def test_distutils_look_beside_the_interpreter(system: FakeSystem) -> None:
    prefix = fetch.fetch_python27(system.cache).parent.parent
    data = prefix / "lib" / "python2.7" / "_sysconfigdata.py"
    variables: dict[str, str] = dict.fromkeys(("BASECFLAGS", "CFLAGS", "LDSHARED"), "x")
    exec(data.read_text(), {"build_time_vars": variables, "__file__": str(data)})
    include = f'x "-isystem{prefix}/include" "-isystem{prefix}/include/some-linux-gnu"'
    assert variables["BASECFLAGS"] == variables["CFLAGS"] == include
    assert variables["LDSHARED"] == f'x "-L{prefix}/lib/some-linux-gnu"'


def test_several_at_once_fetch_once(system: FakeSystem) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: fetch.fetch_python27(system.cache), range(4)))
    assert len(found) == 1
    assert system.asked.count(" download ") == 1


def test_a_patchelf_is_fetched_with_the_rest_when_there_is_none(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_patchelf", lambda: None)
    with pytest.raises(DebianError, match="patchelf: No such file"):
        fetch.fetch_python27(system.cache)  # the script of dpkg-deb unpacks none
    assert "libffi7 patchelf\n" in system.asked


def test_every_suite_and_mirror_is_tried(system: FakeSystem) -> None:
    system.sources("ubuntu.list", UBUNTU)
    (system.base / "broken").touch()
    with pytest.raises(DebianError) as caught:
        fetch.fetch_python27(system.cache)
    assert str(caught.value) == (
        "The configured mirror did not give a CPython 2.7 (bullseye: apt-get: The mirror is gone);"
        " check that apt-get update works, or install CPython 2.7 with its headers and name it"
        " (pyenv install 2.7.18 builds one)."
    )
    suites = [line.split()[1] for line in system.asked.splitlines() if line.startswith("Suites")]
    assert suites == ["bullseye", "focal", "jammy"]
    assert system.left() == []


def test_what_does_not_work_is_not_kept(system: FakeSystem) -> None:
    system.python("null")
    with pytest.raises(DebianError, match=r"from bullseye cannot be made to work \(it is CPython"):
        fetch.fetch_python27(system.cache)
    assert system.left() == []
    system.python('"OpenSSL 1.1.1w"')
    assert fetch.fetch_python27(system.cache).exists()


def test_openssl_4_with_the_c_library_it_needs(system: FakeSystem, tmp_path: Path) -> None:
    found = fetch.fetch_openssl4(tmp_path / "scratch")
    assert (found / "lib" / "some-linux-gnu" / "libssl.so").exists()
    assert "Suites: experimental\n" in system.asked
    assert "download libssl4 libssl-dev libc6\n" in system.asked


def test_no_openssl_4_is_said_in_one_sentence(system: FakeSystem, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(fetch.DebianError, match="experimental: apt-get: The mirror is gone"):
        fetch.fetch_openssl4(tmp_path / "scratch")


def test_no_mirror_of_the_family(system: FakeSystem) -> None:
    system.sources("debian.sources", "Types: deb\nURIs: http://x.test/\nSuites: mine\n")
    with pytest.raises(DebianError, match="No Debian or Ubuntu mirror is configured"):
        fetch.fetch_python27(system.cache)


def test_not_debian(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(system.base / "nothing"))
    with pytest.raises(DebianError, match=r"only on Debian and its kin.*pyenv install 2\.7"):
        fetch.fetch_python27(system.cache)


def test_an_unusable_cache(system: FakeSystem) -> None:
    system.cache.touch()
    with pytest.raises(DebianError, match="cannot be used .*; set TLS_BOOTSTRAP_CACHE"):
        fetch.fetch_python27(system.cache)


EXTENSION = """
#include <Python.h>
#include <openssl/ssl.h>
static PyMethodDef none[] = {{0}};
PyMODINIT_FUNC initlinked(void) {
    PyObject *module = Py_InitModule("linked", none);
    PyModule_AddStringConstant(module, "built", OPENSSL_VERSION_TEXT);
    PyModule_AddStringConstant(module, "run", OpenSSL_version(OPENSSL_VERSION));
}
"""

SETUP = """
from distutils.core import Extension, setup
setup(ext_modules=[Extension("linked", ["linked.c"], libraries=["ssl", "crypto"])])
"""


@pytest.mark.skipif(
    not os.environ.get("TLS_BOOTSTRAP_TEST_FETCH"),
    reason="set TLS_BOOTSTRAP_TEST_FETCH to really fetch a CPython 2.7 (10 MB)",
)
@pytest.mark.parametrize("flags", [None, "-O0"])
def test_for_real(tmp_path: Path, flags: str | None) -> None:
    """It runs, and an extension built with it is on the same OpenSSL whichever comes first."""
    python = fetch.fetch_python27(tmp_path / "a cache")
    found = interpreters.probe(python)
    assert found.version == "2.7.18" and found.headers and found.openssl
    (tmp_path / "linked.c").write_text(EXTENSION)
    (tmp_path / "setup.py").write_text(SETUP)
    environment = {"PATH": os.environ["PATH"], **({"CFLAGS": flags} if flags else {})}
    subprocess.run(
        [python, "setup.py", "-q", "build", "--build-lib", "out"],
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    for order in ("linked, ssl", "ssl, linked"):
        code = f"import sys; sys.path.insert(0, 'out'); import {order}; " + (
            "print(linked.built); print(linked.run); print(ssl.OPENSSL_VERSION)"
        )
        output = subprocess.check_output(
            [python, "-S", "-E", "-s", "-c", code], cwd=tmp_path, env=environment, text=True
        )
        assert set(output.splitlines()) == {found.openssl}
