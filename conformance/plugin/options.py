"""The command line, and what follows from it before anything is collected."""

from __future__ import annotations

import argparse
import base64
import contextlib
import datetime
import os
import pickle
import re
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.mark.expression import Expression

import certs
from conformance.coverage import contract
from conformance.judge import known
from conformance.judge.known import Kin, Pin
from conformance.plugin import junit, outputs, progress, schema, show
from conformance.plugin.gate import ENDINGS, RESULTS, Gate
from conformance.report import inputs, transcripts
from conformance.report.journal import Earlier, Journal, JournalError
from conformance.report.origin import described
from conformance.report.paths import a_path, real
from conformance.report.results import Results
from conformance.report.results_file import CommandError, read
from conformance.report.reviewed import lists
from conformance.run.ids import Shard
from conformance.run.plan import Plan, PlanError, make_plan
from conformance.run.scenarios import SCENARIOS
from conformance.transcript.elide import elide_words
from impls.host import declarations, prerequisites
from impls.host.declarations import Implementation
from impls.host.toml_reader import TomlError

ROOT = Path(__file__).parents[2]
DIVERGENCES = ROOT / "conformance" / "divergences"

OPEN_FILES = 128
"""How many files a run must be able to have open: three for each implementation, and its own."""

PLAN = pytest.StashKey[Plan]()
KNOWN = pytest.StashKey[Sequence[Pin]]()
TODAY = pytest.StashKey[datetime.date]()
BEGAN = pytest.StashKey[float]()
"""When the run began, in seconds since the epoch."""
EARLIER = pytest.StashKey[Earlier]()
"""What an earlier run left of this one: --resume."""
NOTES = pytest.StashKey[list[str]]()
"""Sentences for the head of a run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "differential conformance of ssl")
    group.addoption(
        "--implementation",
        action="append",
        default=[],
        metavar="ID",
        help="run only on this one: an id, a pattern for ids, or the path of a TOML file that "
        "describes one more (may be repeated; default: every one on this machine)",
    )
    group.addoption(
        "--reference",
        metavar="ID",
        help="compare the others with this one (default: the newest stdlib CPython 3)",
    )
    group.addoption(
        "--allow-missing",
        action="store_true",
        help="do not fail because an implementation is not on this machine",
    )
    group.addoption(
        "--interpreter",
        action="append",
        default=[],
        type=a_path,
        metavar="PATH",
        help="a Python executable to use besides those that are found (may be repeated)",
    )
    group.addoption(
        "--openssl",
        action="append",
        default=[],
        metavar="SERIES",
        help="run only what is on this OpenSSL, such as 3.6 or 4.x, fetched where this machine "
        "lacks it; machine, newest and all stand for several (may be repeated; default: machine)",
    )
    group.addoption(
        "--results",
        type=a_path,
        metavar="PATH",
        help="write every verdict to this JSON file",
    )
    group.addoption(
        "--shard",
        type=shard,
        metavar="N/OF",
        help="run only this part of the scenarios, such as 2/5; `merge` puts all parts together",
    )
    group.addoption(
        "--resume",
        action="store_true",
        help="go on with a run that did not come to its end: its verdicts are beside --results",
    )
    group.addoption(
        "--since",
        type=a_path,
        metavar="PATH",
        help="keep the verdicts of these earlier results of which no input has changed: the "
        "scenario, the agent, the implementation's build, interpreter and OpenSSL, the reference's",
    )
    group.addoption(
        "--report",
        type=a_path,
        metavar="PATH",
        help="write the report of a whole run to this Markdown file",
    )
    group.addoption(
        "--html",
        type=a_path,
        metavar="FOLDER",
        help="write the run as HTML that opens from this folder: every scenario with transcripts",
    )
    group.addoption(
        "--reproducers",
        type=a_path,
        metavar="FOLDER",
        help="leave a script that needs only ssl there for whatever a candidate does differently",
    )
    group.addoption(
        "--check-report",
        type=a_path,
        metavar="PATH",
        help="fail where the findings in this Markdown file are not those of this whole run",
    )
    group.addoption(
        "--live",
        action="store_true",
        help="run everything operation by operation: no implementation runs a scenario at once",
    )
    show.add_option(group)
    schema.add_option(group)


@contextlib.contextmanager
def in_short_words() -> Iterator[None]:
    """Shorten the long words of a UsageError: what a person gave may be of any length."""
    try:
        yield
    except pytest.UsageError as error:
        raise pytest.UsageError(elide_words(str(error))) from None


def pytest_configure(config: pytest.Config) -> None:
    with in_short_words():
        configure(config)


def configure(config: pytest.Config) -> None:
    """Make the plan of a run and register what takes part in it. Raises UsageError."""
    hear_signals()
    config.args[:] = [full_path(str(argument)) for argument in config.args]
    config.addinivalue_line(
        "markers", 'axis("backward"): compare the monkeypatched 2.7 with stock 2.7, and only that'
    )
    if not collects_scenarios(config) or config.option.help or config.option.version:
        return
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[PLAN] = Plan.unpacked(worker["plan"])
        config.stash[KNOWN], config.stash[TODAY] = pickle.loads(base64.b64decode(worker["known"]))
        config.stash[BEGAN] = worker["began"]
        if worker["resume"] is not None:
            config.stash[EARLIER] = Earlier(Path(worker["resume"]))
        return
    config.stash[BEGAN] = time.time()
    try:
        check_options(config)
        check_limits()
    except OSError as error:
        raise pytest.UsageError(
            f"{error.filename} cannot be written ({error.strerror}): give another path."
        ) from None
    check_prerequisites(config)
    show.configure(config)
    journal = outputs.open_journal(config)
    for number in ENDINGS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, interrupt)
    folder = minted(config)
    try:
        reviewed = known.load(DIVERGENCES)
        plan = make_plan(
            config.getoption("--implementation"),
            config.getoption("--reference"),
            config.getoption("--interpreter"),
            folder,
            config.getoption("--openssl"),
            named_tests(config),
        )
    except (PlanError, known.KnownDivergenceError) as error:
        raise pytest.UsageError(str(error)) from None
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "thread" not in str(error):
            raise
        raise pytest.UsageError(
            f"This machine has no room to start the implementations ({error or 'out of memory'}): "
            "allow more memory or processes, with ulimit -v and ulimit -u."
        ) from None
    try:
        reviewed += own_decisions(plan)
    except known.KnownDivergenceError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[PLAN] = plan
    config.stash[KNOWN], config.stash[TODAY] = reviewed, datetime.date.today()
    everything, part = is_whole(config), config.getoption("--shard")
    results = Results(
        plan,
        reviewed,
        everything and part is None,
        config.getoption("--allow-missing"),
        every_scenario=has_every_scenario(config) and part is None,
        shard_of_whole=everything and part is not None,
        shard=part,
    )
    for option in ("--report", "--check-report"):
        if config.getoption(option) is not None and not results.whole:
            raise pytest.UsageError(
                f"{option} needs a whole run: every scenario on every implementation."
            )
    check_lists(config, everything)
    config.stash[RESULTS] = results
    results.inputs = inputs.inputs_of(plan, reviewed, config.stash[TODAY])
    earlier = take_up(config, results, journal)
    kept = keep(config, results) if config.getoption("--since") is not None else None
    gate = Gate(config, results, journal, earlier, kept)
    config.pluginmanager.register(gate, "conformance-gate")
    config.pluginmanager.register(junit.Guard(gate.add_late), "conformance-junit")
    if progress.is_wanted(config):
        config.stash[progress.PROGRESS] = progress.Progress(config)
        config.pluginmanager.register(config.stash[progress.PROGRESS], "conformance-progress")


def own_decisions(plan: Plan) -> list[Pin]:
    """The pins of the folders that implementations have for themselves, each folder once."""
    users: dict[Path, list[Implementation]] = {}
    for one in plan.selection.everyone:
        if one.divergences is not None:
            users.setdefault(one.divergences, []).append(one)
    found = []
    for folder, of in users.items():
        pins = known.load(folder, own=True)
        if not has_other_users(folder):
            kin = [Kin.of(one) for one in of]
            for sentence in known.about_nobody(pins, kin, [one.id for one in of]):
                raise known.KnownDivergenceError(sentence)
        found += pins
    return found


def has_other_users(folder: Path) -> bool:
    """Whether several files beside a folder of decisions name it."""
    files = folder.parent.glob("*.toml")
    texts = [file.read_text("utf-8", "replace") for file in files if file.is_file()]
    return sum("divergences" in text and folder.name in text for text in texts) > 1


def shard(text: str) -> Shard:
    """The value of --shard."""
    try:
        return Shard.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(elide_words(str(error))) from None


def hear_signals() -> None:
    """Let no signal be blocked, and children be waited for, whatever this process was started by.

    Agents inherit both.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Take a SIGTERM or a SIGHUP as a Ctrl-C: the run ends, and all that it found is written."""
    for each in ENDINGS:  # who logs out may send both
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Raise UsageError where a test, a file or a folder is named that is not there.

    pytest says so itself, but not where its workers collect.
    """
    if not session.config.option.pyargs and not hasattr(session.config, "workerinput"):
        with in_short_words():
            check_named(session.config)


def check_named(config: pytest.Config) -> None:
    """Raise UsageError where a test, a file or a folder is named that is not there."""
    for argument in map(str, config.args):
        path, _, rest = argument.partition("::")
        if not os.path.exists(path):
            raise pytest.UsageError(
                f"{path} is not there: give a file or a folder; those of scenarios are in "
                f"{SCENARIOS}."
            )
        name = rest.partition("[")[0].rpartition("::")[2]
        if name and Path(path).is_file() and not defines(Path(path), name):
            raise pytest.UsageError(
                f"{path} has no test {name}: `pytest {path} --collect-only -q` lists those "
                "that it has."
            )


def defines(file: Path, name: str) -> bool:
    """Whether a file of Python has a function or a class of that name, as far as can be read."""
    try:
        return (
            re.search(rf"^\s*(?:def|class) {re.escape(name)}\b", file.read_text("utf-8"), re.M)
            is not None
        )
    except (OSError, ValueError):
        return True


def check_options(config: pytest.Config) -> None:
    """Raise UsageError, before anything is run, where an option is wrong. OSError."""
    for name, option in (("--pdb", "usepdb"), ("--trace", "trace")):
        if getattr(config.option, option, False):
            raise pytest.UsageError(
                f"{name} has nowhere to stop: what a scenario calls runs in another process. Use "
                "--show, which prints each operation, or run a script of --reproducers under pdb."
            )
    for series in config.getoption("--openssl"):
        if not re.fullmatch(r"\d+(\.\d+){0,2}\w?|\d+\.x|machine|newest|all", series):
            raise pytest.UsageError(
                f"--openssl {series} is not a series of OpenSSL: give one such as 3.6 or 4.x, or "
                "machine, newest or all."
            )
    check_expressions(config)
    outputs.check(config)
    if config.getoption("--resume"):
        if config.getoption("--results") is None:
            raise pytest.UsageError(
                "--resume goes on with the run whose results were to be in --results PATH: name it."
            )
        if config.getoption("--show"):
            raise pytest.UsageError("--show shows what is run, and --resume runs only the rest.")
        if config.getoption("--since") is not None:
            raise pytest.UsageError(
                "--resume goes on with a run as it was begun: leave --since out, the verdicts that "
                "it kept are in the journal."
            )


def check_limits() -> None:
    """Raise UsageError where so few files may be open that Pythons would seem not to be there."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        raise pytest.UsageError(
            f"Only {soft} files may be open here, and a run needs {OPEN_FILES}: allow more with "
            f"ulimit -n {OPEN_FILES}."
        )


def check_lists(config: pytest.Config, everything: bool) -> None:
    """Raise UsageError where a reviewed list that is read at the end cannot be read."""
    reported = any(config.getoption(name) for name in ("--report", "--check-report", "--html"))
    try:
        if reported:
            lists()
        if everything and contract.FILE.exists():
            contract.load()
    except TomlError as error:
        raise pytest.UsageError(str(error)) from None


def check_expressions(config: pytest.Config) -> None:
    """Raise UsageError, as pytest would once it has collected all, for what -k and -m say."""
    for name, option in (("-k", "keyword"), ("-m", "markexpr")):
        text = getattr(config.option, option, "")
        try:
            if text and not text.startswith("-"):
                Expression.compile(text)
        except Exception as error:  # of another class in each version of pytest
            raise pytest.UsageError(
                f"{name} {text}: {getattr(error, 'msg', error)}; join names by and, or and not."
            ) from None


def take_up(config: pytest.Config, results: Results, journal: Journal | None) -> Earlier | None:
    """What an earlier run left that this one goes on with, and a note about what it does not."""
    notes = config.stash.setdefault(NOTES, [])
    if journal is None:
        return None
    if not config.getoption("--resume"):
        left = journal.earlier()
        if left:
            notes.append(
                f"{journal.path} has {len(left)} verdicts of a run that did not end: they are "
                "replaced. With --resume it would go on."
            )
        return None
    try:
        earlier = journal.fitting(results.header())
    except JournalError as error:
        raise pytest.UsageError(str(error)) from None
    notes.append(f"{len(earlier)} verdicts are taken from {journal.path}.")
    config.stash[EARLIER] = earlier
    return earlier


def keep(config: pytest.Config, results: Results) -> Path | None:
    """Keep those verdicts of earlier results that this run would only find again.

    Returns a file of the transcripts that they came of.
    """
    path: Path = config.getoption("--since")
    try:
        earlier = read(path)
    except CommandError as error:
        raise pytest.UsageError(f"--since: {error}") from None
    assert results.inputs is not None
    found = inputs.kept(earlier, results.inputs, results.plan)
    notes = config.stash.setdefault(NOTES, [])
    if not found:
        notes.append(f"--since keeps nothing of {path}: what every verdict depends on has changed.")
        return None
    results.since = earlier["run"]
    notes.append(
        f"--since keeps up to {len(found)} verdicts of {path} ({described(earlier['run'])}): "
        "nothing that they depend on has changed."
    )
    folder = results.plan.certificates.parent  # the run's own: it is removed with it
    config.stash[EARLIER] = inputs.as_journal(earlier, found, folder / "kept.journal")
    transcripts.keep(transcripts.folder_of(path), found, folder / "kept.jsonl")
    return folder / "kept.jsonl"


def check_prerequisites(config: pytest.Config, folder: Path = declarations.FOLDER) -> None:
    """Raise UsageError where something is to be built and what that needs is not installed.

    One sentence with all that is missing. With --allow-missing nothing must be built.
    """
    if config.getoption("--allow-missing"):
        return
    patterns = config.getoption("--implementation") or ["*"]
    named = [Path(pattern) for pattern in patterns if pattern.endswith(".toml")]
    try:
        declared = declarations.load(named, folder)
    except TomlError as error:
        raise pytest.UsageError(str(error)) from None
    files = [declarations.resolved(path) for path in named]
    building = any(
        each.file in files
        or any(
            declarations.matches(each.id.replace("{version}", version), pattern)
            for version in (text.partition(" ")[2] for text in each.interpreter)
            for pattern in patterns
        )
        for each in declared
        if each.build and is_named(each, named_tests(config))
    )
    # Without venv the suite runs as well, in whatever it runs in; a person who must install
    # something is told of it too.
    if building and prerequisites.missing(prerequisites.BACKPORT):
        lacking = prerequisites.missing((*prerequisites.BACKPORT, *prerequisites.VIRTUALENV))
        raise pytest.UsageError(f"{prerequisites.complaint(lacking, 'to run the suite')}.")


def is_named(declaration: declarations.Declaration, tests: Sequence[str]) -> bool:
    """Whether one of these tests may run on what is declared; where there are none, it does."""
    before, _, after = declaration.id.partition("{version}")
    return not tests or any(before in test and after in test for test in tests)


def full_path(argument: str) -> str:
    """A test id as it is printed, "memory_bio/test_eof.py::...", as an argument of pytest."""
    path, separator, rest = argument.partition("::")
    if not os.path.exists(path) and os.path.exists(SCENARIOS / path):
        return f"{SCENARIOS / path}{separator}{rest}"
    return argument


def minted(config: pytest.Config) -> Path:
    """The folder of this run's certificates. Raises UsageError where there is no room for it.

    Its own name is always the same, because transcripts have it.
    """
    try:
        own = tempfile.mkdtemp(prefix="certificates-")
        config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
        folder = Path(own) / "certificates"
        folder.mkdir()
        certs.mint(folder)
    except OSError as error:
        raise pytest.UsageError(
            f"Certificates cannot be written to {tempfile.gettempdir()} ({error.strerror}): make "
            "room there, or name another folder with TMPDIR."
        ) from None
    return folder


def named_tests(config: pytest.Config) -> list[str]:
    """The ids of tests where nothing else was named: "memory_bio/test_eof.py::test_x[y]"."""
    named = []
    for argument in map(str, config.args):
        path, _, rest = argument.partition("::")
        if not rest.endswith("]") or SCENARIOS not in real(Path(path)).parents:
            return []
        named.append(f"{real(Path(path)).relative_to(SCENARIOS).as_posix()}::{rest}")
    return named


def collects_scenarios(config: pytest.Config) -> bool:
    """Whether scenarios are among what is collected; the suite's own tests need no plan."""
    places = [real(Path(str(argument).partition("::")[0])) for argument in config.args]
    return any(
        place == SCENARIOS or SCENARIOS in place.parents or place in SCENARIOS.parents
        for place in places
    )


def is_whole(config: pytest.Config) -> bool:
    """Whether a run leaves out no scenario and no implementation."""
    return not config.getoption("--implementation") and has_every_scenario(config)


def has_every_scenario(config: pytest.Config) -> bool:
    """Whether a run leaves out no scenario, on whatever implementations it runs."""
    options = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf")
    narrowed = any(getattr(config.option, name, None) for name in options)
    places = [real(Path(str(argument))) for argument in config.args]
    everything = any(place == SCENARIOS or place in SCENARIOS.parents for place in places)
    return everything and not narrowed


def pytest_report_header(config: pytest.Config) -> list[str]:
    plan = config.stash.get(PLAN, None)
    if plan is None:
        return []
    lines = []
    for name, started in plan.started.items():
        role = "reference" if name in plan.references else plan.describe[name][1]
        what = f"MISSING: {started.missing}"
        if started.missing is None:
            what = f"{started.interpreter} {started.python}, {started.openssl}"
        lines.append(f"{role:10} {name:22} {what}")
    for name, reason in plan.optional.items():
        lines.append(f"{'optional':10} {name:22} left out: {reason}")
    for lane in plan.lanes if len(plan.lanes) > 1 else ():
        against = "nothing to compare with" if lane.reference is None else lane.reference.id
        names = ", ".join(one.id for one in lane.implementations)
        lines.append(f"{'lane':10} {lane.name:22} reference: {against}; compared: {names or '-'}")
    lines += [f"{'left out':10} {sentence}" for sentence in plan.left_out]
    return lines + config.stash.get(NOTES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the plan and what is known to an xdist worker."""
    stash = node.config.stash
    plan = stash.get(PLAN, None)
    if plan is not None:
        reviewed = pickle.dumps((stash[KNOWN], stash[TODAY]))
        node.workerinput["plan"] = plan.packed()
        node.workerinput["known"] = base64.b64encode(reviewed).decode("ascii")
        node.workerinput["began"] = stash[BEGAN]
        earlier = stash.get(EARLIER, None)
        node.workerinput["resume"] = None if earlier is None else str(earlier.path.absolute())
