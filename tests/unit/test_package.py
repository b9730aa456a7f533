"""What a release of the backport is made of: its type stubs, its examples, its texts."""

from __future__ import annotations

import ast
import json
import re
import socket
import ssl
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import certs
from impls.host.declarations import Implementation, agent_environment
from impls.host.selection import assemble, built
from tests.audits.backport import package, variants
from tests.audits.result import TOP

NAMES = """
import json, _tls_bootstrap as module
def members(cls):
    return sorted(n for n in dir(cls) if not n.startswith("_") and not hasattr(int, n))
names = dict((n, members(v) if isinstance(v, type) else None) for n, v in vars(module).items()
             if not n.startswith("_"))
print(json.dumps(names))
"""
INHERITED = {"args", "errno", "filename", "message", "strerror", "count", "index", "name", "value"}
"""Of exceptions, tuples and enumerations; not repeated in a stub."""


@pytest.fixture(scope="module")
def backport() -> Implementation:
    _, selection = assemble(["backport-py2.7"])
    return built(selection.implementations[0])


def run(backport: Implementation, *arguments: str | Path) -> str:
    """What a program prints on 2.7 that finds the backport."""
    found = subprocess.run(
        [*backport.argv, "-B", *map(str, arguments)],
        env={**agent_environment(backport), "PYTHONPATH": backport.path[0]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    text = found.stdout.decode("utf-8", "replace")
    assert found.returncode == 0, text
    return text


# The type stubs


def stub_names() -> dict[str, set[str]]:
    """The public names of the stub; of each class, those of its members and its bases'."""
    tree = ast.parse((variants.SOURCE / "_tls_bootstrap.pyi").read_text("utf-8"))
    names: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = {name for child in node.body for name in bound(child)}
            for base in node.bases:
                names[node.name] |= names.get(ast.unparse(base), set())
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((name, set()) for name in bound(node))
    return names


def bound(node: ast.stmt) -> list[str]:
    """The public names that a statement of a stub binds."""
    if isinstance(node, ast.FunctionDef):
        names = [node.name]
    elif isinstance(node, ast.AnnAssign):
        names = [ast.unparse(node.target)]
    elif isinstance(node, ast.Assign):
        names = [ast.unparse(target) for target in node.targets]
    else:
        names = []
    return [name for name in names if not name.startswith("_")]


def test_stub_has_the_names_of_the_module(backport: Implementation) -> None:
    there = json.loads(run(backport, "-c", NAMES))
    stub = {name for name in stub_names() if not name.startswith("_")}
    assert stub == set(there)


def test_stub_has_the_members_of_the_classes(backport: Implementation) -> None:
    there = json.loads(run(backport, "-c", NAMES))
    stub = stub_names()
    socket_members = set(dir(socket.socket)) | {"error", "sendmsg_afalg"}
    for name, members in there.items():
        if members is None:
            continue
        missing = set(members) - stub[name] - INHERITED
        if name == "SSLSocket":
            missing -= socket_members
        assert not missing, f"{name} in the stub lacks {sorted(missing)}"


# The texts


def test_license_is_that_of_the_project() -> None:
    whole = (TOP / "LICENSE").read_text("utf-8")
    assert (variants.SOURCE / "LICENSE").read_text("utf-8") == whole


def test_changelog_begins_with_this_version() -> None:
    source = (variants.SOURCE / "_tls_bootstrap.py").read_text("utf-8")
    version = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    changes = (variants.SOURCE / "CHANGELOG.md").read_text("utf-8")
    assert version is not None
    assert re.findall(r"^## (\S+)", changes, re.MULTILINE)[0] == version.group(1)


def test_every_source_is_in_the_release(tmp_path: Path) -> None:
    archive = tmp_path / "tls-bootstrap-1.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        for path in variants.SOURCE.rglob("*"):
            if path.name != "README.md":
                opened.add(path, f"tls-bootstrap-1/{path.relative_to(variants.SOURCE)}")
    assert package.missing_from(archive) == ["PKG-INFO", "README.md"]


# The examples


@pytest.fixture
def echo(certificates: certs.Catalogue) -> Iterator[tuple[str, str]]:
    """Host and port of a server that sends back what it gets, connection by connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.directory / "identities" / "localhost" / "combined.pem")
    listener = socket.create_server(("localhost", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                plain.settimeout(10)
                with suppress(OSError), context.wrap_socket(plain, server_side=True) as tls:
                    while data := tls.recv(1000):
                        tls.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    yield "localhost", str(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def authority(certificates: certs.Catalogue) -> Path:
    return certificates.directory / "authorities" / "authority" / "certificate.pem"


def test_select_loop(
    backport: Implementation, certificates: certs.Catalogue, echo: tuple[str, str]
) -> None:
    program = variants.SOURCE / "examples" / "select_loop.py"
    assert run(backport, program, *echo, authority(certificates)) == "TLSv1.3 hello\n"


def test_transport(backport: Implementation, certificates: certs.Catalogue) -> None:
    program = variants.SOURCE / "examples" / "transport.py"
    identity = certificates.directory / "identities" / "localhost" / "combined.pem"
    told = run(backport, program, identity, authority(certificates))
    assert told == "the server says HELLO\nthe server is gone: None\n"


def test_graft_at_start(
    backport: Implementation, certificates: certs.Catalogue, echo: tuple[str, str]
) -> None:
    program = variants.SOURCE / "examples" / "graft_at_start.py"
    told = run(backport, program, *echo, authority(certificates))
    assert told == "over_a_socket: hello\nthrough_memory: hello\n"
