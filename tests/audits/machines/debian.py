"""`tox -e audit-debian`: the README's two commands on fresh machines of Debian.

usage: python -m tests.audits debian [--end-to-end] [--command COMMAND] [SUITE ...]

A machine is what debootstrap makes of a suite, in a folder: Debian's smallest set of packages, what
the README says must be installed, and git. It is made once, in the cache; each command runs on a
copy of it, in a fresh clone of this checkout's commit, in namespaces of its own for mounts and
processes. The machine has its own Python and nothing of this one but the settings of the network:
apt's configuration, certificates, pip's index, proxies. Of the suite's own tests the second command
runs those in tests/unit; `--end-to-end` runs it as it stands, with those that drive whole runs of
their own. `--command` runs something else in place of the README's commands, such as
`... .venv/bin/tox exec -e gate -- pytest conformance -k eof`.

What passed on a commit is kept, so an audit that was ended early goes on there. Exit status 0 means
that every command ended well on every machine; 77 that a machine cannot be made here.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host.cache import cache_folder, locked, progress
from impls.host.debian import TOOLS, CommandError, run, system_sources
from tests.audits.result import (
    TOP,
    Result,
    Table,
    fail_on,
    fresh_folder,
    not_possible,
    publish,
    write,
)
from tests.audits.run import commit_of_checkout, copied

SUITES = ("bookworm", "trixie", "testing")
PACKAGES = ("python3", "python3-venv", "gcc", "libc6-dev", "libssl-dev", "git", "ca-certificates")
"""What the README asks for, and git and certificates to get a clone and packages with."""

DEBOOTSTRAP_SECONDS = 1800.0
COPIED = (
    "etc/apt/apt.conf.d",
    "etc/hosts",
    "etc/pip.conf",
    "etc/resolv.conf",
    "usr/local/share/ca-certificates",
)
"""Files and folders of this machine that say how the network is reached."""

PASSED_ON = re.compile(
    r"(?i)(https?|ftp|all|no)_proxy|PIP_(CERT|(EXTRA_)?INDEX_URL|TRUSTED_HOST|PROXY|DEFAULT_TIMEOUT)"
)
"""Variables of this machine's environment that say the same."""

ENTER = """
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --rbind /sys "$1/sys"
exec chroot "$1" /usr/bin/env -i "$@" 2>&1
"""

LOOK = """
import platform, ssl
print("%s, Python %s, %s" % (
    platform.freedesktop_os_release()["PRETTY_NAME"], platform.python_version(),
    " ".join(ssl.OPENSSL_VERSION.split()[:2])))
"""


class MachineError(Exception):
    """Why a machine cannot be made here, in one sentence."""


@dataclass(frozen=True)
class Outcome:
    """What one command came to on one machine."""

    suite: str
    machine: str
    """Its system, its Python and its OpenSSL."""
    command: str
    status: int
    seconds: int
    last_line: str

    @property
    def sentence(self) -> str:
        took = f"{self.seconds // 60} min {self.seconds % 60} s"
        if self.status == 0:
            return f"{self.machine}: `{self.command}` passes in {took}."
        return (
            f"{self.machine}: `{self.command}` ends with exit status {self.status} after {took}: "
            f"{self.last_line}"
        )


def readme_commands(text: str) -> tuple[str, ...]:
    """The commands of the README's first block, as they stand there, without the comments."""
    block = text.split("```sh\n", 1)[1].split("```", 1)[0]
    return tuple(line.partition("  #")[0].rstrip() for line in block.splitlines())


def without_end_to_end(command: str) -> str:
    """The README's second command, but only the unit tests of the suite's own tests."""
    tox = short(command)
    limited = f"{tox} -e lint,gate && {tox} -e tests -- --ignore=tests/end_to_end"
    return command.removesuffix(tox) + limited


def short(command: str) -> str:
    """A command without what makes its virtualenv, as a table shows it."""
    return command.partition(" tox && ")[2] or command


def check_possible() -> None:
    """Raise MachineError where no machine can be made, whatever the suite."""
    if os.geteuid() != 0:
        raise MachineError("Only root can make a machine in a folder (mount, chroot).")
    lacking = [name for name in (*TOOLS, "debootstrap", "unshare", "git") if not shutil.which(name)]
    if lacking:
        raise MachineError(f"{lacking[0]} is not here; on Debian: apt-get install {lacking[0]}")
    try:
        run(["unshare", "--mount", "--pid", "--fork", "true"])
    except CommandError as error:
        raise MachineError(f"No namespaces can be made here ({error}).") from None


def mirror() -> str:
    """The mirror of Debian that apt uses here; raises MachineError where there is none."""
    for source in system_sources():
        if source.family == "debian":
            return source.uri
    raise MachineError("apt on this machine knows no mirror of Debian.")


def base(suite: str, cache: Path) -> Path:
    """The folder with a machine of this suite as debootstrap made it, once; raises MachineError."""
    folder = cache / suite
    with locked(cache / f"{suite}.lock"):
        if folder.exists():
            return folder
        progress(f"debootstrap makes a machine of Debian {suite}, about a minute")
        fresh = cache / f"{suite}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        included = f"--include={','.join(PACKAGES)}"
        command = ["debootstrap", "--variant=minbase", included, suite, str(fresh), mirror()]
        try:
            run(command, timeout=DEBOOTSTRAP_SECONDS)
        except CommandError as error:
            raise MachineError(f"No machine of Debian {suite} can be made today: {error}") from None
        return fresh.rename(folder)


class Machine:
    """A copy of a base in a folder, with this machine's way to the network."""

    def __init__(self, made: Path, folder: Path) -> None:
        self.folder = folder
        run(["cp", "-a", "--reflink=auto", str(made), str(folder)], timeout=600)
        for name in COPIED:
            source, target = Path("/", name), folder / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif source.exists():
                target.unlink(missing_ok=True)
                shutil.copyfile(source, target)
        subprocess.run(
            self.command("update-ca-certificates >/dev/null 2>&1"),
            check=True,
            stdin=subprocess.DEVNULL,
        )
        look = self.command(f"python3 -c '{LOOK}'")
        self.description = subprocess.check_output(look, text=True).strip()

    def command(self, command: str, directory: str = "/") -> list[str]:
        """How to run a shell's command on this machine; all that it starts ends with it."""
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"]
        variables = [f"{name}={value}" for name, value in environment(os.environ).items()]
        shell = ["/bin/sh", "-c", f"cd {directory} && {command}"]
        script = ENTER.replace('"$@"', '"${@:2}"')
        return [*enter, "bash", "-euc", script, "bash", str(self.folder), *variables, *shell]

    def clone(self) -> str:
        """A fresh clone of this checkout's commit on the machine: its path there."""
        place = self.folder / "root" / "checkout"
        shutil.rmtree(place, ignore_errors=True)
        run(["git", "clone", "-q", "--no-hardlinks", str(TOP), str(place)], timeout=300)
        return "/root/checkout"


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command on a machine: a fresh one's, and the way to the network."""
    fresh = {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "TERM": "dumb",
    }
    return fresh | {name: ours[name] for name in sorted(ours) if PASSED_ON.fullmatch(name)}


class Kept:
    """What passed on one commit, in the cache."""

    def __init__(self, folder: Path, commit: str) -> None:
        # What has uncommitted changes is not what runs: the clone is of the commit.
        self._path = folder / f"passed-{commit.rstrip('+')}.json"

    def find(self, suite: str, command: str) -> Outcome | None:
        for outcome in self._all():
            if (outcome.suite, outcome.command) == (suite, short(command)):
                return outcome
        return None

    def add(self, outcome: Outcome) -> None:
        kept = [dataclasses.asdict(one) for one in (*self._all(), outcome)]
        write(self._path, {"passed": kept})

    def _all(self) -> list[Outcome]:
        if not self._path.exists():
            return []
        return [Outcome(**one) for one in json.loads(self._path.read_text("utf-8"))["passed"]]


def ran(suite: str, command: str, machines: Path, logs: Path) -> Outcome:
    """Run one command on a fresh machine of a suite; its log and what it wrote stay in ``logs``."""
    made = base(suite, machines)
    name = re.sub(r"\W+", "-", short(command)).strip("-")
    folder = machines / f"{suite}-{os.getpid()}"
    begun = time.monotonic()
    try:
        machine = Machine(made, folder)
        print(f"== {machine.description}: {command}", flush=True)
        place = machine.clone()
        status, last_line = copied(machine.command(command, place), logs / f"{suite}-{name}.log")
        for left in ("REPORT.md", "report/results.json"):
            if (folder / place[1:] / left).exists():
                kept = logs / f"{suite}-{name}-{Path(left).name}"
                shutil.copyfile(folder / place[1:] / left, kept)
        seconds = round(time.monotonic() - begun)
        return Outcome(suite, machine.description, short(command), status, seconds, last_line)
    finally:
        # Nothing is mounted below: the mounts were in the namespaces of what has ended.
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.audits debian", description="The README's commands on fresh Debians."
    )
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"default: {' '.join(SUITES)}")
    parser.add_argument("--command", help="run this on each machine, not the README's commands")
    parser.add_argument(
        "--end-to-end", action="store_true", help="run the suite's end-to-end tests there too"
    )
    options = parser.parse_args()
    try:
        check_possible()
    except MachineError as error:
        not_possible(error)
    report, gate = readme_commands((TOP / "README.md").read_text("utf-8"))
    commands = [report, gate if options.end_to_end else without_end_to_end(gate)]
    if options.command:
        commands = [options.command]
    machines, logs = cache_folder() / "machines", fresh_folder("debian")
    machines.mkdir(parents=True, exist_ok=True)
    outcomes, impossible = outcomes_of(options.suites or SUITES, commands, machines, logs)
    fail_on([one.sentence for one in outcomes if one.status != 0])
    if impossible:
        not_possible("\n".join(impossible))
    names = list(dict.fromkeys(one.machine for one in outcomes))
    sentence = f"{' and '.join(f'`{short(one)}`' for one in commands)} pass on fresh machines of "
    sentence += f"{'; '.join(names)}."
    minutes = {f"{one.suite}: {one.command}": round(one.seconds / 60, 1) for one in outcomes}
    publish(
        "debian", Result(sentence, minutes, [one.sentence for one in outcomes], [table(outcomes)])
    )


def outcomes_of(
    suites: Sequence[str], commands: Sequence[str], machines: Path, logs: Path
) -> tuple[list[Outcome], list[str]]:
    """What every command comes to on every machine, and why some machines cannot be made."""
    kept = Kept(machines, commit_of_checkout())
    outcomes, impossible = [], []
    for suite in suites:
        for command in commands:
            outcome = kept.find(suite, command)
            try:
                outcome = outcome or ran(suite, command, machines, logs)
            except MachineError as error:
                impossible.append(str(error))
                break
            outcomes.append(outcome)
            print(outcome.sentence, file=sys.stderr, flush=True)
            if outcome.status == 0 and kept.find(suite, command) is None:
                kept.add(outcome)
    return outcomes, impossible


def table(outcomes: Sequence[Outcome]) -> Table:
    rows = [(one.machine, one.command, str(one.status), str(one.seconds)) for one in outcomes]
    return Table("Fresh machines", ("machine", "command", "exit status", "seconds"), tuple(rows))


if __name__ == "__main__":
    main()
