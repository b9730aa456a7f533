"""Runs CPython 2.7's own tests without the graft and with it, and compares them test by test.

usage: python -m tests.audits stocktests [--interpreter PATH] [MODULE ...]

Many of these tests fail on a modern OpenSSL, with or without the graft: what counts is that each
comes to the same. Exit status 0 means just that.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host.declarations import Implementation, agent_environment
from impls.host.selection import assemble, built
from tests.audits.graft.comparison import Judged, Outcome, Run, compare
from tests.audits.result import Result, Table, fail_on, publish

MODULES = (
    "test_ssl",
    "test_httplib",
    "test_urllib",
    "test_urllib2",
    "test_urllib2_localnet",
    "test_robotparser",
    "test_xmlrpc",
    "test_docxmlrpc",
    "test_httpservers",
    "test_ftplib",
    "test_poplib",
    "test_imaplib",
    "test_nntplib",
    "test_smtplib",
    "test_telnetlib",
    "test_asyncore",
    "test_asynchat",
    "test_socket",
    "test_hashlib",
    "test___all__",
)
"""Those that use ssl, whatever imports it, or what lies under it, and need no network."""

ISOLATED = frozenset({"test_ftplib"})
"""Modules with a process for each test: when a server thread dies there, all later tests time
out."""

LEVELS: Mapping[str, str] = {
    "the system's settings": "",
    "security level 0": """\
openssl_conf = defaults
[defaults]
ssl_conf = modules
[modules]
system_default = settings
[settings]
CipherString = DEFAULT@SECLEVEL=0
""",
}
"""OpenSSL's settings: most of test_ssl's keys are too small for today's defaults, and handshake
only at level 0."""

SECONDS = 300.0
"""How long one process may run (normally at most 20)."""

PROGRAM = Path(__file__).parent / "tests_in_python27.py"


class RunnerError(Exception):
    """A run that says nothing about the tests, in one sentence."""


def read(lines: Sequence[str], status: int | None, side: str, module: str) -> dict[str, Outcome]:
    """What the runner wrote; `status` is its exit status, None where it ran out of time.

    A process that died or hung in a test is that test's outcome. Where it did so outside of one,
    or wrote that it ran on the other side, or ran nothing, that is a RunnerError.
    """
    outcomes: dict[str, Outcome] = {}
    running: str | None = None
    finished: dict[str, bool] | None = None
    for line in lines:
        document = json.loads(line)
        if "started" in document:
            running = document["started"]
        elif "ended" in document:
            outcomes[document["ended"]] = Outcome.of(document["outcome"], document["detail"])
            running = None
        elif "finished" in document:
            finished = document["finished"]
    if status is None:
        death = f"did not end within {SECONDS:g} seconds"
    elif status < 0:
        death = f"died of {signal.Signals(-status).name}"
    else:
        death = f"ended with exit status {status}"
    if running is not None and (status is None or status < 0):
        outcomes[running] = Outcome("hung" if status is None else "died", death)
    elif status != 0 or finished is None:
        raise RunnerError(f"{module}, {side}: the runner {death}, but in no test")
    elif finished["patched"] != (side == "patched"):
        raise RunnerError(f"{module}, {side}: at the end ssl was {finished}")
    if not outcomes:
        raise RunnerError(f"{module}, {side}: not one test ran")
    return outcomes


@dataclass(frozen=True)
class Runner:
    """Runs modules with one interpreter under one of the LEVELS."""

    patched: Implementation
    """The monkeypatched 2.7, built; its interpreter runs the stock side too."""
    folder: Path
    environment: Mapping[str, str]

    def run(self, side: str, module: str, tests: Collection[str] = ()) -> Run:
        """Run a module's tests, or those of these ids."""
        if module not in ISOLATED:
            return self._process(side, module, tests)
        outcomes: dict[str, Outcome] = {}
        for test in sorted(tests or self._listed(module)):
            outcomes.update(self._process(side, module, (test,)))
        return outcomes

    def _process(self, side: str, module: str, tests: Collection[str]) -> dict[str, Outcome]:
        lines, status = self._ask(side, module, tests)
        return read(lines, status, side, module)

    def _listed(self, module: str) -> set[str]:
        lines, status = self._ask("list", module)
        documents = [json.loads(line) for line in lines]
        listed = {document["listed"] for document in documents if "listed" in document}
        if status != 0 or not listed:
            raise RunnerError(f"{module}: its tests could not be listed (exit status {status})")
        return listed

    def _ask(
        self, side: str, module: str, tests: Collection[str] = ()
    ) -> tuple[list[str], int | None]:
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            output = Path(scratch, "output")
            working = Path(scratch, "working")
            working.mkdir()
            command = [*self.patched.argv, "-B", "-s", str(PROGRAM), side, module, str(output)]
            with open(self.folder / f"{module}.{side}.log", "ab") as log:
                try:
                    status: int | None = subprocess.run(
                        [*command, *sorted(tests)],
                        cwd=working,
                        env={**self.environment, "TMPDIR": str(working)},
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        timeout=SECONDS,
                    ).returncode
                except subprocess.TimeoutExpired:
                    status = None
            text = output.read_text("ascii") if output.exists() else ""
            return text.splitlines(), status


def lacks_tests(python: Sequence[str]) -> str:
    """Why an interpreter has no tests of its own to run; nothing where it has."""
    command = [*python, "-B", "-s", "-c", "import test.test_ssl"]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
        return ""
    return (
        f"{python[0]} has not CPython's own tests (`import test.test_ssl` fails): install them "
        "(on Debian: libpython2.7-testsuite), or name a 2.7 that has them with --interpreter."
    )


def row(module: str, judged: Sequence[Judged]) -> tuple[str, ...]:
    """A module's line in the table."""
    kinds = Counter(each.stock[0].kind for each in judged if each.stock[0].kind != "absent")
    verdicts = Counter(each.verdict for each in judged)
    passed = kinds["passed"]
    failed = kinds.total() - passed - kinds["skipped"]
    numbers = len(judged), passed, failed, kinds["skipped"]
    return (
        module,
        *map(str, numbers),
        str(verdicts["unsteady"]),
        str(verdicts["different"]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits stocktests")
    parser.add_argument("--interpreter", type=Path, action="append", default=[])
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    options = parser.parse_args()
    _, selection = assemble(["monkeypatched-py2.7"], interpreter=options.interpreter)
    if selection.missing:
        sys.exit(selection.missing[0].reason)
    patched = built(selection.implementations[0])
    trouble = lacks_tests(patched.argv)
    if trouble:
        sys.exit(trouble)
    modules = options.modules or MODULES
    tables = []
    judged: dict[str, list[Judged]] = {}
    with tempfile.TemporaryDirectory(prefix="stock-tests-") as scratch:
        for level, settings in LEVELS.items():
            runner = _runner(patched, Path(scratch), settings)
            rows = []
            for module in modules:
                judged[f"{module}, {level}"] = found = _module(runner, module, level)
                rows.append(row(module, found))
            columns = ("module", "tests", "passed", "failed", "skipped", "unsteady", "different")
            tables.append(Table(f"With {level}, as stock 2.7 has it", columns, tuple(rows)))
    wrong = [f"{where}: {each}" for where, each in _all(judged, "different")]
    if wrong:
        fail_on(["With the graft these tests come to something else:", *wrong])
    sentence, *details = _sentences(patched, judged)
    numbers = {"outcomes": sum(map(len, judged.values()))}
    publish("stocktests", Result(sentence, numbers, details, tables))


def _runner(patched: Implementation, folder: Path, settings: str) -> Runner:
    environment = {
        **agent_environment(patched),
        "PYTHONPATH": patched.path[0],
    }
    if settings:
        file = folder / "openssl.cnf"
        file.write_text(settings, "ascii")
        environment["OPENSSL_CONF"] = str(file)
    return Runner(patched, folder, environment)


def _module(runner: Runner, module: str, level: str) -> list[Judged]:
    begin = time.monotonic()
    try:
        judged = compare(
            lambda tests: runner.run("stock", module, tests),
            lambda tests: runner.run("patched", module, tests),
        )
    except RunnerError as error:
        sys.exit(str(error))
    verdicts = Counter(each.verdict for each in judged)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    print(f"{module}, {level}: {counts} ({time.monotonic() - begin:.0f} s)", flush=True)
    return judged


def _all(judged: Mapping[str, Sequence[Judged]], verdict: str) -> list[tuple[str, Judged]]:
    return [
        (where, each)
        for where, found in judged.items()
        for each in found
        if each.verdict == verdict
    ]


def _sentences(patched: Implementation, judged: Mapping[str, Sequence[Judged]]) -> list[str]:
    count = sum(map(len, judged.values()))
    unsteady = [f"{each.test} ({where})" for where, each in _all(judged, "unsteady")]
    sentences = [
        f"{patched.interpreter}: all {count} outcomes of its own tests, under two settings of "
        "OpenSSL, are the same before and after `monkeypatch_ssl()`, test by test, in the way "
        "they fail too."
    ]
    if unsteady:
        sentences.append(
            "Of these the following waver without the graft, and show nothing else with it: "
            + ", ".join(unsteady)
            + "."
        )
    return sentences


if __name__ == "__main__":
    main()
