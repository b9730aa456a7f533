"""`tox -e audit-recipes`: a topic runs on every implementation that impls/recipes/ describes.

usage: python -m tests.audits recipes [--only NAME]... [--topic TOPIC] [--cpython FOLDER]

Each file is copied into a folder of its own; what it says must be beside it is made there: a
virtualenv with what it needs, a PyPy of Debian's, a CPython built from Debian's source (or the
build directory that --cpython names), an image of a fresh Debian, an ssh server that nobody else
reaches. Nothing of it is installed. What this machine cannot have is left out, with the reason. A
recipe holds when every scenario of the topic ran on it; how many came to the same is told.

Where no container can run, the recipe's command runs its program in the image's folder instead,
and the result says so.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.judge.verdict import ACCEPTED, LOST
from conformance.report.paths import a_path
from conformance.report.results_file import CommandError, read
from impls.host import debian, interpreters
from impls.host.cache import cache_folder
from impls.host.from_source import check_prerequisites, fetch_source
from impls.host.python3 import SOURCE
from tests.audits.machines.debian import MachineError, base, check_possible
from tests.audits.result import TOP, Result, fail_on, fresh_folder, not_possible, publish

RECIPES = TOP / "impls" / "recipes"
TOPIC = "memory_bio"


class NotHere(Exception):
    """Why this machine cannot try a recipe."""


class Broken(Exception):
    """Why a recipe does not hold, in one sentence."""


@dataclass
class Bench:
    """Where a recipe is prepared and run."""

    folder: Path
    """Its own, with a copy of its file."""
    at_end: contextlib.ExitStack
    """What is to be undone once it has run."""
    cpython: Path | None = None
    """The build directory of CPython that a person named."""
    instead: str = ""
    """What took the place of what the recipe says, for a sentence."""


def carry_out(*command: str | Path, folder: Path) -> None:
    """Run a command that prepares a recipe. Raises NotHere with its last line where it fails."""
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
        raise NotHere(f"`{Path(command[0]).name} {command[1]}` failed: {last[0]}")


def with_package(*packages: str) -> Callable[[Bench], None]:
    """Makes the virtualenv of a recipe, with these packages."""

    def prepare(bench: Bench) -> None:
        folder = bench.folder
        carry_out(sys.executable, "-m", "venv", "venv", folder=folder)
        carry_out("venv/bin/pip", "install", "-q", *packages, folder=folder)
        (folder / "truststore-divergences").mkdir()

    return prepare


def packaged_backport(bench: Bench) -> None:
    folder = bench.folder
    python27 = [one for one in interpreters.find() if one.minor == "2.7" and one.openssl]
    if not python27:
        raise NotHere("no CPython 2.7 was found.")
    path = str(python27[0].executable)
    carry_out(sys.executable, "-m", "virtualenv", "-q", "-p", path, "venv", folder=folder)
    sources = folder / "sources"
    ignored = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__", "*.pyc")
    shutil.copytree(TOP / "impls" / "backport", sources, ignore=ignored)
    carry_out("venv/bin/python", "-m", "pip", "install", "-q", "--no-index", sources, folder=folder)


def from_debian(folder: Path, *packages: str) -> Path:
    """These packages of this machine's release, unpacked in a folder; raises NotHere.

    What else they depend on is to be installed, as it mostly is.
    """
    place = folder / "debian"
    if not debian.is_debian():
        raise NotHere(f"{packages[0]} is fetched only on Debian and its kin.")
    try:
        suite = debian.machine_suite()
        (source, *_) = [one for one in debian.system_sources() if one.family == suite.family]
        debian.unpack(debian.Archive(folder / "apt", source, suite).download(packages), place)
    except (debian.CommandError, ValueError) as error:
        raise NotHere(f"Debian's {packages[0]} cannot be had ({error}).") from None
    return place


def pypy(bench: Bench) -> None:
    """A PyPy 3 of this machine or, where none is on PATH, Debian's beside the recipe."""
    found = [one for one in interpreters.find() if one.implementation == "pypy" and one.openssl]
    if found:
        executable = found[-1].executable
    else:
        usr = from_debian(bench.folder, "pypy3", "pypy3-lib") / "usr"
        executable = usr / "bin" / "pypy3"
        for library in usr.glob("lib/*/libpypy3*.so"):  # looked for beside the program
            (usr / "bin" / library.name).symlink_to(library)
        carry_out(executable, "-c", "import ssl", folder=bench.folder)
    (bench.folder / "pypy" / "bin").mkdir(parents=True)
    (bench.folder / "pypy" / "bin" / "pypy3").symlink_to(executable)


def cpython_build(bench: Bench) -> None:
    """The build directory that a person named or, built now, that of Debian's source."""
    if bench.cpython is not None:
        tree = bench.cpython.resolve()
    else:
        try:
            check_prerequisites("CPython 3.13", SOURCE.by_hand)
            tree = fetch_source(bench.folder, SOURCE)
        except debian.DebianError as error:
            raise NotHere(str(error)) from None
        carry_out("./configure", "-q", "OPT=-DNDEBUG -O1", folder=tree)
        carry_out("make", f"-j{os.cpu_count() or 1}", folder=tree)
    (bench.folder / "cpython-build").symlink_to(tree)


IMAGE = "tls-bootstrap-conformance-recipe"
ULIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096")
"""What podman would raise, and a root that is in a container itself may not."""

RUNTIMES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("docker",), ()),
    (("podman",), ()),
    (("podman",), ULIMITS),
    (("podman", "--runtime=runc"), ULIMITS),
)
"""Commands that run containers, the usual one first, and what each is given after `run`."""


def container(bench: Bench) -> None:
    """An image of this machine's release of Debian, and a runtime that runs it here.

    Where there is none, the program runs in the image's folder.
    """
    try:
        check_possible()
        machines = cache_folder() / "machines"
        machines.mkdir(parents=True, exist_ok=True)
        made = base(debian.machine_suite().name, machines)
    except (debian.CommandError, MachineError) as error:
        raise NotHere(f"no image can be made: {error}") from None
    recipe, why = bench.folder / "container.toml", "there is no docker or podman"
    imported: set[str] = set()
    for command, more in RUNTIMES:
        if not answers(*command, "info"):
            continue
        start = (*command, "run", "--interactive", "--rm", "--network=none", *more, IMAGE)
        try:
            if command[0] not in imported:
                packed = f'tar -C "$1" -c . | {command[0]} import - {IMAGE}'
                carry_out("sh", "-c", packed, "sh", made, folder=bench.folder)
                bench.at_end.callback(answers, command[0], "rmi", IMAGE)
                imported.add(command[0])
            carry_out(*start, "python3", "-c", "import ssl", folder=bench.folder)
        except NotHere as error:
            why = str(error)
            continue
        rewrite(recipe, CONTAINER, start)
        return
    enter = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private")
    script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    rewrite(recipe, CONTAINER, (*enter, "sh", "-c", script, str(made)))
    bench.instead = f"in a chroot in place of a container: {why.rstrip('.')}"


def rewrite(recipe: Path, begins: Sequence[str], words: Sequence[str]) -> None:
    """Put other words in place of those that a recipe's `argv` begins with."""
    text = recipe.read_text("utf-8")
    old, new = (json.dumps([*some])[:-1] for some in (begins, words))
    assert old in text, f"{recipe.name} does not begin its argv with {begins}"
    recipe.write_text(text.replace(old, new), "utf-8")


CONTAINER = ("docker", "run", "--interactive", "--rm", "--network=none", "python:3.13")
"""What the recipe has before its Python."""


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
        fetched = from_debian(folder, "openssh-server", "libwrap0")
        server = str(fetched / "usr" / "sbin" / "sshd")
        libraries = {str(path.parent) for path in fetched.glob("**/lib*.so.*")}
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
        rewrite(folder / "ssh.toml", ["ssh"], ["ssh", "-F", str(folder / "ssh_config")])
        yield
    finally:
        process.terminate()
        process.wait(20)


def ssh(bench: Bench) -> None:
    """A server to log in to, for as long as the recipe runs."""
    bench.at_end.enter_context(ssh_server(bench.folder))


Prepare = Callable[[Bench], None]
PREPARED: Mapping[str, Prepare] = {
    "gevent": with_package("gevent"),
    "eventlet": with_package("eventlet"),
    "truststore": with_package("truststore"),
    "pypy": pypy,
    "cpython-build": cpython_build,
    "container": container,
    "ssh": ssh,
    "packaged-backport": packaged_backport,
}


def scenarios_on(name: str, folder: Path, topic: str) -> str:
    """Run a topic on a recipe's implementation; return what came of it. Raises Broken."""
    results = folder / "results.json"
    command = [sys.executable, "-m", "pytest", topic, f"--implementation={folder / name}.toml"]
    done = subprocess.run(
        [*command, f"--results={results}", "-q", "-n", "auto"],
        cwd=TOP,
        capture_output=True,
        text=True,
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
    with contextlib.ExitStack() as at_end:
        bench = Bench(folder, at_end, options.cpython)
        PREPARED[name](bench)
        told = scenarios_on(name, folder, options.topic)
    return f"{told}, {bench.instead}" if bench.instead else told


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits recipes")
    parser.add_argument("--only", action="append", choices=PREPARED, default=[])
    parser.add_argument("--topic", default=TOPIC)
    parser.add_argument("--cpython", type=a_path, help="a build directory of CPython 3")
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
