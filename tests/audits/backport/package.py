"""`tox -e audit-package`: the release, installed by pip into virtualenvs of 2.7, and gated there.

usage: python -m tests.audits package [--interpreter PYTHON2.7] [pytest arguments]

The source distribution is built from a copy of impls/backport, with CPython 2.7's setuptools. From
it, from the wheel that pip makes of it, and from the folder itself pip installs into virtualenvs
of their own, without a package index; each must import, tell its version and be gone after
`pip uninstall`. Then the scenarios run on what the source distribution has installed, used
directly and grafted. Making a virtualenv of 2.7 needs virtualenv<20.22 and Python 3.11 or older.

Exit status 0 means that all of this holds; 77 that no virtualenv of 2.7 can be made here.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from impls.host import toml_reader
from impls.host.selection import assemble
from tests.audits.backport import variants
from tests.audits.result import TOP, Result, fail_on, fresh_folder, not_possible, publish

DISTRIBUTION = "tls-bootstrap"
WANTED = (
    "PKG-INFO",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "setup.py",
    "make_error_names.py",
    "_tls_bootstrap.py",
    "_tls_bootstrap.pyi",
    "tls_bootstrap.h",
    "examples/select_loop.py",
    "examples/transport.py",
    "examples/graft_at_start.py",
)
"""What must be in a source distribution, besides all of the C."""

INSTALLED = ("__tls_bootstrap.so", "_tls_bootstrap.py", "_tls_bootstrap-stubs/__init__.pyi")
"""What must be in site-packages."""

LOOK = """
import sys, _tls_bootstrap, __tls_bootstrap, ssl
assert not hasattr(ssl, "MemoryBIO")
for module in _tls_bootstrap, __tls_bootstrap:
    assert module.__file__.startswith(sys.prefix), module.__file__
_tls_bootstrap.monkeypatch_ssl()
assert ssl.MemoryBIO is _tls_bootstrap.MemoryBIO
print(_tls_bootstrap.__version__)
"""


class PackageError(Exception):
    """What does not hold, in one sentence."""


def run(command: Sequence[str | Path], folder: Path) -> str:
    """What a command prints; PackageError with its last lines if it fails."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    found = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    text = found.stdout.decode("utf-8", "replace")
    if found.returncode != 0:
        last = "\n".join(text.splitlines()[-15:])
        raise PackageError(f"`{' '.join(map(str, command))}` failed:\n{last}")
    return text


def copy_of_sources(folder: Path) -> Path:
    """A copy of impls/backport without what builds leave there."""
    target = folder / "sources"
    shutil.copytree(
        variants.SOURCE,
        target,
        ignore=shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__", "*.pyc"),
    )
    return target


def missing_from(archive: Path) -> list[str]:
    """What a source distribution should contain and does not."""
    with tarfile.open(archive) as opened:
        there = {name.partition("/")[2] for name in opened.getnames()}
    wanted = [*WANTED, *(path.name for path in variants.SOURCE.glob("*.c"))]
    return sorted(set(wanted) - there)


def virtualenv(folder: Path, interpreter: Path) -> Path:
    """The Python of a fresh virtualenv, with the setuptools, pip and wheel that 2.7 can use."""
    subprocess.run(
        [sys.executable, "-m", "virtualenv", "-q", "-p", str(interpreter), str(folder)], check=True
    )
    python = folder / "bin" / "python"
    run([python, "-c", "pass"], folder)  # which compiles what virtualenv itself has there
    return python


def site_packages(python: Path) -> Path:
    return python.parents[1] / "lib" / "python2.7" / "site-packages"


def check_installation(python: Path, what: Path, version: str) -> None:
    """Install something by pip, look at it, and remove it."""
    folder = site_packages(python)
    before = set(os.listdir(folder))
    run([python, "-m", "pip", "install", "-q", what], python.parent)
    absent = [name for name in INSTALLED if not (folder / name).is_file()]
    if absent:
        raise PackageError(f"pip install {what.name} leaves out {', '.join(absent)}.")
    told = run([python, "-c", LOOK], python.parent).strip()
    if told != version:
        raise PackageError(f"What {what.name} installs says that it is version {told}.")
    run([python, "-m", "pip", "uninstall", "-q", "-y", DISTRIBUTION], python.parent)
    left = set(os.listdir(folder)) - before
    if left:
        raise PackageError(f"pip uninstall leaves {', '.join(sorted(left))} behind.")


def check_refusal(sources: Path) -> None:
    """Python 3 must not get further than one clear sentence."""
    found = subprocess.run(
        [sys.executable, "setup.py", "--version"], cwd=sources, capture_output=True, text=True
    )
    if found.returncode == 0 or not found.stderr.startswith("tls-bootstrap needs CPython 2.7"):
        raise PackageError(f"Python 3 is not refused by setup.py: {found.stderr or found.stdout}")


def describe(folder: Path, python: Path) -> list[Path]:
    """The two implementations as they are, but with what is installed instead of a build."""
    files = []
    for plain in variants.PLAIN:
        table = toml_reader.loads((TOP / "impls" / f"{plain}.toml").read_text("utf-8"))
        del table["build"]
        table["id"] = f"installed-{table['id']}"
        table["interpreter"] = str(python)
        table["site"] = True  # by which a virtualenv of 2.7 finds even the standard library
        files.append(folder / f"installed-{plain}.toml")
        files[-1].write_text(variants.as_toml(table), "utf-8")
    return files


def prepare(folder: Path, interpreter: Path) -> tuple[Path, str]:
    """Everything but the scenarios: the Python that has the release installed, and its version."""
    sources = copy_of_sources(folder)
    check_refusal(sources)
    python = virtualenv(folder / "from-sdist", interpreter)
    run([python, "setup.py", "-q", "sdist", "--formats=gztar"], sources)
    (archive,) = (sources / "dist").glob("*.tar.gz")
    version = archive.name.removesuffix(".tar.gz").rpartition("-")[2]
    missing = missing_from(archive)
    if missing:
        raise PackageError(f"{archive.name} leaves out {', '.join(missing)}.")
    run([python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, archive], folder)
    (wheel,) = folder.glob("*.whl")
    check_installation(python, archive, version)
    for name, what in (("from-wheel", wheel), ("from-folder", copy_of_sources(folder / "again"))):
        check_installation(virtualenv(folder / name, interpreter), what, version)
    run([python, "-m", "pip", "install", "-q", archive], folder)
    return python, version


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits package")
    parser.add_argument("--interpreter", type=Path, action="append", default=[])
    options, arguments = parser.parse_known_args()
    _, selection = assemble(["backport-py2.7"], interpreter=options.interpreter)
    if selection.missing:
        sys.exit(selection.missing[0].reason)
    interpreter = selection.implementations[0].interpreter
    assert interpreter is not None
    folder = fresh_folder("package")
    try:
        python, version = prepare(folder, interpreter.executable)
    except PackageError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError:
        not_possible("No virtualenv of 2.7: it takes virtualenv<20.22 and Python 3.11.")
    found = variants.run(describe(folder, python), folder, "installed", arguments)
    fail_on(found.trouble)
    sentence = (
        f"{DISTRIBUTION} {version} installs by pip from its source distribution, a wheel and its "
        "folder, without a package index, imports and is gone after `pip uninstall`."
    )
    details = [
        "The suite ran on what the source distribution installed, used directly and grafted: "
        f"{found.pairs} pairs ({found.told()})."
    ]
    publish("package", Result(sentence, {"pairs": found.pairs}, details))


if __name__ == "__main__":
    main()
