"""What must hold while the graft is switched on and after it, each in a 2.7 process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import certs
from impls.host.declarations import Implementation, agent_environment
from impls.host.selection import assemble, built
from tests.support.switched_on import CASES, HOLDS, told


@pytest.fixture(scope="module")
def patched() -> Implementation:
    _, selection = assemble(["monkeypatched-py2.7"])
    return built(selection.implementations[0])


@pytest.mark.parametrize("case", CASES)
def test_case_holds(patched: Implementation, certificates: certs.Catalogue, case: str) -> None:
    assert told(patched, certificates.directory, case) == HOLDS


LIES_ABOUT_POLL = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>
int poll(struct pollfd *all, nfds_t count, int milliseconds) {
    static char told[1024];
    if (milliseconds && count == 1 && !__sync_lock_test_and_set(&told[all->fd % 1024], 1)) {
        write(2, "lie", 3);
        all->revents = all->events;
        return 1;
    }
    return ((int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll"))(
        all, count, milliseconds);
}
"""


PRELOADED = """
#define _GNU_SOURCE
#include <dlfcn.h>
void *SSL_CTX_new(const void *method) {
    return ((void *(*)(const void *))dlsym(RTLD_NEXT, "SSL_CTX_new"))(method);
}
"""


def test_a_preloaded_library_is_no_other_libssl(
    patched: Implementation, certificates: certs.Catalogue, tmp_path: Path
) -> None:
    """As tools do that look on: both modules call it, and through it the same libssl."""
    library = preloaded(tmp_path, PRELOADED)
    case = "default_contexts_of_before"
    assert told(patched, certificates.directory, case, LD_PRELOAD=library) == HOLDS


def test_a_socket_that_is_ready_for_nothing_waits_on(
    patched: Implementation, certificates: certs.Catalogue, tmp_path: Path
) -> None:
    """The first poll() of every descriptor says that it is ready, and that it has lied."""
    library = preloaded(tmp_path, LIES_ABOUT_POLL)
    case = "socket_that_is_ready_for_nothing_waits_on"
    status, written = told(patched, certificates.directory, case, LD_PRELOAD=library)
    assert (status, written.replace("lie", "")) == HOLDS
    assert written.count("lie") >= 2


def preloaded(folder: Path, source: str) -> str:
    """The path of a library of that source, for LD_PRELOAD."""
    library = folder / "preloaded.so"
    library.with_suffix(".c").write_text(source)
    build = ["gcc", "-shared", "-fPIC", "-Wl,--no-as-needed", "-o", str(library)]
    build += [str(library.with_suffix(".c")), "-lssl", "-ldl"]
    subprocess.run(build, check=True)
    return str(library)


REFUSED = """
import ctypes, ssl, _ssl, sys
other = ctypes.CDLL(sys.argv[1])
_ssl.__file__ = sys.argv[1]
before = dict(vars(ssl))
import _tls_bootstrap
for _ in range(2):
    try:
        _tls_bootstrap.monkeypatch_ssl()
    except ImportError as error:
        print(error)
print(dict(vars(ssl)) == before)
"""


def test_no_library_takes_the_place_of_a_function_of_ours(patched: Implementation) -> None:
    """Whatever the extension exports may be called in another library that was loaded before."""
    extension = Path(patched.path[0]) / "__tls_bootstrap.so"
    listed = subprocess.run(
        ["nm", "--dynamic", "--defined-only", str(extension)], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    functions = [line.split()[-1] for line in listed.splitlines() if line.split()[-2] == "T"]
    assert functions == ["init__tls_bootstrap"]


def test_an_ssl_on_another_openssl_is_left_alone(patched: Implementation, tmp_path: Path) -> None:
    """An SSL_CTX of one libssl means nothing to another one."""
    (tmp_path / "other.c").write_text("void *SSL_CTX_new(const void *method) { return 0; }\n")
    library = str(tmp_path / "other.so")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", library, str(tmp_path / "other.c")], check=True
    )
    environment = {**agent_environment(patched), "PYTHONPATH": patched.path[0]}
    said = subprocess.check_output(
        [*patched.argv, "-B", "-c", REFUSED, library], env=environment, text=True, timeout=60
    )
    refusal = "_ssl and __tls_bootstrap do not use the same libssl: their contexts cannot be shared"
    assert said.splitlines() == [refusal, refusal, "True"]
