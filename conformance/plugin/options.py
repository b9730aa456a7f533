"""The command line, and what follows from it before anything is collected."""

from __future__ import annotations

import base64
import datetime
import pickle
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import certs
from conformance.judge import known
from conformance.judge.known import Pin
from conformance.plugin import schema, show
from conformance.plugin.gate import RESULTS, Gate
from conformance.report.results import Results
from conformance.run.plan import Plan, PlanError, make_plan
from conformance.run.scenarios import SCENARIOS
from impls.host import declarations, prerequisites
from impls.host.toml_reader import TomlError

ROOT = Path(__file__).parents[2]
DIVERGENCES = ROOT / "conformance" / "divergences"
RESULTS_FILE = ROOT / "report" / "results.json"

PLAN = pytest.StashKey[Plan]()
KNOWN = pytest.StashKey[Sequence[Pin]]()
TODAY = pytest.StashKey[datetime.date]()


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
        type=Path,
        metavar="PATH",
        help="a Python executable to use besides those that are found (may be repeated)",
    )
    group.addoption(
        "--openssl",
        action="append",
        default=[],
        metavar="SERIES",
        help="run only what is on this OpenSSL, such as 3.6, fetched where this machine lacks it; "
        "machine, newest and all stand for several (may be repeated; default: machine)",
    )
    group.addoption(
        "--results",
        type=Path,
        metavar="PATH",
        help="write every verdict to this JSON file",
    )
    group.addoption(
        "--report",
        type=Path,
        metavar="PATH",
        help="write the report of a whole run to this Markdown file",
    )
    group.addoption(
        "--reproducers",
        type=Path,
        metavar="FOLDER",
        help="leave a script that needs only ssl there for whatever a candidate does differently",
    )
    group.addoption(
        "--check-report",
        type=Path,
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


def pytest_configure(config: pytest.Config) -> None:
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
        return
    check_prerequisites(config)
    show.configure(config)
    for written in (config.option.results, config.option.report and RESULTS_FILE):
        if written:
            written.unlink(missing_ok=True)  # an earlier run's would pass for this one's
    folder = Path(tempfile.mkdtemp(prefix="certificates-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    try:
        certs.mint(folder)
        reviewed = known.load(DIVERGENCES)
        plan = make_plan(
            config.getoption("--implementation"),
            config.getoption("--reference"),
            config.getoption("--interpreter"),
            folder,
            config.getoption("--openssl"),
        )
    except (PlanError, known.KnownDivergenceError) as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[PLAN] = plan
    config.stash[KNOWN], config.stash[TODAY] = reviewed, datetime.date.today()
    results = Results(plan, reviewed, is_whole(config), config.getoption("--allow-missing"))
    for option in ("--report", "--check-report"):
        if config.getoption(option) is not None and not results.whole:
            raise pytest.UsageError(
                f"{option} needs a whole run: every scenario on every implementation."
            )
    config.stash[RESULTS] = results
    gate = Gate(config, results, config.option.results or RESULTS_FILE)
    config.pluginmanager.register(gate, "conformance-gate")


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
        if each.build
    )
    # Without venv the suite runs as well, in whatever it runs in; a person who must install
    # something is told of it too.
    if building and prerequisites.missing(prerequisites.BACKPORT):
        lacking = prerequisites.missing((*prerequisites.BACKPORT, *prerequisites.VIRTUALENV))
        raise pytest.UsageError(f"{prerequisites.complaint(lacking, 'to run the suite')}.")


def full_path(argument: str) -> str:
    """A test id as it is printed, "memory_bio/test_eof.py::...", as an argument of pytest."""
    path, separator, rest = argument.partition("::")
    if not Path(path).exists() and (SCENARIOS / path).exists():
        return f"{SCENARIOS / path}{separator}{rest}"
    return argument


def collects_scenarios(config: pytest.Config) -> bool:
    """Whether scenarios are among what is collected; the suite's own tests need no plan."""
    places = [Path(str(argument).partition("::")[0]).resolve() for argument in config.args]
    return any(
        place == SCENARIOS or SCENARIOS in place.parents or place in SCENARIOS.parents
        for place in places
    )


def is_whole(config: pytest.Config) -> bool:
    """Whether a run leaves out no scenario and no implementation."""
    options = ("keyword", "markexpr", "deselect", "implementation", "ignore", "ignore_glob", "lf")
    narrowed = any(getattr(config.option, name, None) for name in options)
    places = [Path(str(argument)).resolve() for argument in config.args]
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
    return lines


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the plan and what is known to an xdist worker."""
    stash = node.config.stash
    plan = stash.get(PLAN, None)
    if plan is not None:
        reviewed = pickle.dumps((stash[KNOWN], stash[TODAY]))
        node.workerinput["plan"] = plan.packed()
        node.workerinput["known"] = base64.b64encode(reviewed).decode("ascii")
