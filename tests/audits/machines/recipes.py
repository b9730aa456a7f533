"""`tox -e audit-recipes`: a topic runs on every implementation that impls/recipes/ describes.

usage: python -m tests.audits recipes [--only NAME]... [--topic TOPIC] [--cpython FOLDER]

Each file is copied into a folder of its own; what it says must be beside it is made there: a
virtualenv with what it needs, a link to a PyPy or to a build directory, an ssh server that nobody
else reaches. What this machine cannot have is left out, with the reason. A recipe holds when every
scenario of the topic ran on it; how many came to the same is told.

Exit status 0 means that every recipe holds that could be tried; 77 that none could.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from conformance.judge.verdict import ACCEPTED, LOST
from conformance.report.results_file import CommandError, read
from impls.host import interpreters
from tests.audits.result import TOP, Result, fail_on, fresh_folder, not_possible, publish

RECIPES = TOP / "impls" / "recipes"
TOPIC = "memory_bio"


class NotHere(Exception):
    """Why this machine cannot try a recipe."""


class Broken(Exception):
    """Why a recipe does not hold, in one sentence."""


def carry_out(*command: str | Path, folder: Path) -> None:
    """Run a command that prepares a recipe. Raises NotHere with its last line where it fails."""
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
        raise NotHere(f"`{Path(command[0]).name} {command[1]}` failed: {last[0]}")


def with_package(*packages: str) -> Callable[[Path, argparse.Namespace], None]:
    """Makes the virtualenv of a recipe, with these packages."""

    def prepare(folder: Path, options: argparse.Namespace) -> None:
        carry_out(sys.executable, "-m", "venv", "venv", folder=folder)
        carry_out("venv/bin/pip", "install", "-q", *packages, folder=folder)
        (folder / "truststore-divergences").mkdir()

    return prepare


def packaged_backport(folder: Path, options: argparse.Namespace) -> None:
    python27 = [one for one in interpreters.find() if one.minor == "2.7" and one.openssl]
    if not python27:
        raise NotHere("no CPython 2.7 was found.")
    path = str(python27[0].executable)
    carry_out(sys.executable, "-m", "virtualenv", "-q", "-p", path, "venv", folder=folder)
    sources = folder / "sources"
    ignored = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__", "*.pyc")
    shutil.copytree(TOP / "impls" / "backport", sources, ignore=ignored)
    carry_out("venv/bin/python", "-m", "pip", "install", "-q", "--no-index", sources, folder=folder)


def pypy(folder: Path, options: argparse.Namespace) -> None:
    found = [one for one in interpreters.find() if one.implementation == "pypy" and one.openssl]
    if not found:
        raise NotHere("no PyPy 3 was found: put one on PATH.")
    (folder / "pypy" / "bin").mkdir(parents=True)
    (folder / "pypy" / "bin" / "pypy3").symlink_to(found[-1].executable)


def cpython_build(folder: Path, options: argparse.Namespace) -> None:
    if options.cpython is None:
        raise NotHere("name a build directory of CPython with --cpython.")
    (folder / "cpython-build").symlink_to(options.cpython.resolve())


def container(folder: Path, options: argparse.Namespace) -> None:
    runtime = next((name for name in ("docker", "podman") if answers(name, "info")), None)
    if runtime is None:
        raise NotHere("neither docker nor podman runs containers here.")
    recipe = folder / "container.toml"
    recipe.write_text(recipe.read_text("utf-8").replace('"docker"', f'"{runtime}"'), "utf-8")
    carry_out(runtime, "pull", "python:3.13", folder=folder)


def answers(*command: str) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, timeout=20).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


SSHD = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
StrictModes no
PidFile none
"""
SSH = """Host *
HostName 127.0.0.1
Port {port}
IdentityFile {folder}/key
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
"""
AS_ROOT = """cp /etc/passwd passwd
grep -q ^sshd: passwd || echo sshd:x:105:65534::/run/sshd:/usr/sbin/nologin >> passwd
mount --bind passwd /etc/passwd && mount -t tmpfs tmpfs /run && mkdir -p /run/sshd
exec "$@"
"""
"""What a server of root needs, where this process and what it starts see it, and nobody else."""


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[None]:
    """An ssh server that this machine has, or Debian has for it, while the recipe runs."""
    server = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    variables = dict(os.environ)
    if server is None:
        carry_out("apt-get", "download", "openssh-server", "libwrap0", folder=folder)
        for package in folder.glob("*.deb"):
            carry_out("dpkg", "-x", package, "server", folder=folder)
        server = str(folder / "server" / "usr" / "sbin" / "sshd")
        libraries = {str(path.parent) for path in folder.glob("server/**/libwrap.so.0")}
        variables["LD_LIBRARY_PATH"] = ":".join(sorted(libraries))
    for name in ("host", "key"):
        carry_out("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name, folder=folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(SSHD.format(port=port, folder=folder))
    (folder / "ssh_config").write_text(SSH.format(port=port, folder=folder))
    command = [server, "-D", "-e", "-f", str(folder / "sshd_config")]
    if os.getuid() == 0:
        command = ["unshare", "--mount", "sh", "-ec", AS_ROOT, "sh", *command]
    with open(folder / "sshd.log", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stderr=log)
    try:
        login = ("ssh", "-F", str(folder / "ssh_config"), "-o", "BatchMode=yes", "machine", "true")
        deadline = time.monotonic() + 20
        while not answers(*login):
            if time.monotonic() > deadline or process.poll() is not None:
                lines = (folder / "sshd.log").read_text("utf-8", "replace").strip().splitlines()
                raise NotHere(f"no ssh server can be had: {(lines or ['no answer'])[-1]}")
            time.sleep(0.5)
        recipe = folder / "ssh.toml"
        config = json.dumps(str(folder / "ssh_config"))
        text = recipe.read_text("utf-8").replace('["ssh", ', f'["ssh", "-F", {config}, ')
        recipe.write_text(text, "utf-8")
        yield
    finally:
        process.terminate()
        process.wait(20)


Prepare = Callable[[Path, argparse.Namespace], None]
PREPARED: Mapping[str, Prepare | None] = {
    "gevent": with_package("gevent"),
    "eventlet": with_package("eventlet"),
    "truststore": with_package("truststore"),
    "pypy": pypy,
    "cpython-build": cpython_build,
    "container": container,
    "ssh": None,  # it needs a server while it runs
    "packaged-backport": packaged_backport,
}


def scenarios_on(name: str, folder: Path, topic: str) -> str:
    """Run a topic on a recipe's implementation; return what came of it. Raises Broken."""
    results = folder / "results.json"
    command = [sys.executable, "-m", "pytest", topic, f"--implementation={folder / name}.toml"]
    done = subprocess.run(
        [*command, f"--results={results}", "-q", "-n", "2"], cwd=TOP, capture_output=True, text=True
    )
    log = folder / "run.log"
    log.write_text(done.stdout + done.stderr, "utf-8")
    try:
        found = read(results)
    except CommandError as error:
        raise Broken(f"{name}: {error} See {log}.") from None
    own = [one for one in found["judgements"] if one["implementation"] == name]
    broken = [one for one in own if one["verdict"] in (*LOST, "ERROR", "MISSING")]
    if not own or broken or not found["complete"]:
        raise Broken(f"{name}: the topic {topic} did not run on it: see {log}.")
    new = sum(one["verdict"] not in ACCEPTED for one in own)
    return f"{name} ({len(own) - new} of {len(own)} as the reference or decided)"


def try_out(name: str, folder: Path, options: argparse.Namespace) -> str:
    """Prepare and run one recipe; return what came of it. Raises NotHere, Broken."""
    folder.mkdir()
    shutil.copy(RECIPES / f"{name}.toml", folder)
    prepare = PREPARED[name]
    if prepare is None:
        with ssh_server(folder):
            return scenarios_on(name, folder, options.topic)
    prepare(folder, options)
    return scenarios_on(name, folder, options.topic)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits recipes")
    parser.add_argument("--only", action="append", choices=PREPARED, default=[])
    parser.add_argument("--topic", default=TOPIC)
    parser.add_argument("--cpython", type=Path, help="a build directory of CPython 3")
    options = parser.parse_args()
    work = fresh_folder("recipes")
    wrong: list[str] = []
    held: list[str] = []
    left_out: list[str] = []
    for name in options.only or PREPARED:
        try:
            told = try_out(name, work / name, options)
        except NotHere as reason:
            left_out.append(f"{name} was left out: {reason}")
            print(left_out[-1])
            continue
        except Broken as error:
            wrong.append(str(error))
            print(error)
            continue
        print(told)
        held.append(told)
    fail_on(wrong)
    if not held:
        not_possible(" ".join(left_out))
    sentence = f"The topic {options.topic} runs on {len(held)} recipes: {', '.join(held)}."
    publish("recipes", Result(sentence, {"recipes": len(held)}, left_out))


if __name__ == "__main__":
    main()
