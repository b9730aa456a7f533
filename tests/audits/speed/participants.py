"""Who is measured: a process each, told over its pipe which work to do and how often."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certs
from impls.host.declarations import Implementation, agent_environment
from impls.host.process import AgentLost, AgentProcess, AgentStartError
from tests.audits.speed.cases import Case, Refusal

HERE = Path(__file__).resolve().parent
LIMIT = "C loop"
"""The name of limit.c among the participants."""
MEMORY = {
    "GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1048576",
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_TOP_PAD_": "1048576",
}
"""What takes chance out of moving 16 KiB. Some processors copy six times as slowly with one
instruction where the two places happen to lie badly to each other: nobody uses that one. And where
such a block happens to be at the end of the heap, it would be given back each time."""
START_SECONDS = 60.0
BATCH_SECONDS = 300.0
"""How long one batch may take before its process counts as hung."""


@dataclass(frozen=True)
class Sample:
    """One batch of one case."""

    wall: float
    """Seconds by the clock on the wall."""
    cpu: float
    """Seconds of CPU that the process had."""
    proof: dict[str, Any]


class Participant:
    """A running process that does the work; use it as a context manager."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], in_c: bool
    ) -> None:
        self.name = name
        self.in_c = in_c
        try:
            self._process = AgentProcess(command, environment)
        except AgentStartError as error:
            raise Refusal(f"{name} did not start: {error}") from None
        try:
            self.hello = self._receive(START_SECONDS)
        except Refusal:
            self._process.close()
            raise

    def does(self, case: Case) -> bool:
        return case.in_c or not self.in_c

    def measure(self, case: Case, iterations: int) -> Sample:
        """Have one batch done. Raises Refusal when the process does not survive it."""
        self._process.send({"case": case.name, "iterations": iterations})
        answer = self._receive(BATCH_SECONDS)
        return Sample(answer["wall"], answer["cpu"], answer["proof"])

    def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            return self._process.receive(seconds)
        except AgentLost as error:
            last = error.lost.stderr.strip().splitlines()[-1:]
            told = f" Its last words: {last[0]}" if last else ""
            raise Refusal(f"{self.name} cannot be measured. {error.lost.what}{told}") from None

    def __enter__(self) -> Participant:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()


def python(implementation: Implementation, directory: Path) -> Participant:
    """workload.py in an implementation that is built already."""
    settings = {
        "module": implementation.module,
        "set_up": implementation.set_up,
        "path": implementation.path,
        "directory": str(directory),
    }
    command = [*implementation.argv, "-S", "-E", "-s", "-B", "-W", "ignore"]
    command += [str(HERE / "workload.py"), json.dumps(settings)]
    environment = {**agent_environment(implementation), **MEMORY}
    return Participant(implementation.id, command, environment, False)


def compile_limit(folder: Path) -> Path:
    """limit.c as a program in a folder, made with the compiler and flags that the backport has.

    Raises Refusal with the compiler's words when it does not compile.
    """
    program = folder / "limit"
    command = [*shlex.split(os.environ.get("CC") or "cc"), "-O3", "-Wall", "-Wextra", "-Werror"]
    command += shlex.split(os.environ.get("CFLAGS", ""))
    command += ["-o", str(program), str(HERE / "limit.c")]
    command += [*shlex.split(os.environ.get("LDFLAGS", "")), "-lssl", "-lcrypto"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise Refusal(f"limit.c was not compiled ({command[0]}: {error.strerror}).") from None
    if done.returncode:
        raise Refusal(f"limit.c was not compiled:\n{done.stdout}")
    return program


def limit(program: Path, directory: Path) -> Participant:
    """The loop in C, compiled already."""
    return Participant(LIMIT, [str(program), str(directory)], MEMORY, True)


def lay_out_certificates(folder: Path) -> Path:
    """Mint certificates and put those that the work needs where it looks for them."""
    minted, directory = folder / "minted", folder / "certificates"
    directory.mkdir(parents=True)
    certs.mint(minted)
    catalogue = certs.load(minted)
    for authority in (catalogue.authority, catalogue.other_authority):
        shutil.copy(authority.certificate, directory / f"{authority.name}.pem")
    for identity in (catalogue.localhost, catalogue.rich):
        shutil.copy(identity.chain, directory / f"{identity.name}-chain.pem")
        shutil.copy(identity.key, directory / f"{identity.name}-key.pem")
    return directory
