"""pytest wiring: options, which scenario is asked of whom, and how a verdict becomes an outcome.

What is judged, and how, is in conformance/; who is asked is in impls/.
"""

from __future__ import annotations

import datetime
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import certs
from conformance.coverage import contract
from conformance.coverage.states import Cell, cells_of
from conformance.explain.failure import Claim
from conformance.explain.reproducer.script import Reproducers
from conformance.judge import interop as product
from conformance.judge import known
from conformance.judge.interop import Judgement, Meeting, Table, judge_meeting, meetings_of
from conformance.judge.pair import judge_pair
from conformance.judge.verdict import Axis, Pair
from conformance.plugin.schedule import ScenarioScheduling
from conformance.report import audits, not_comparable, render, stale, summary, write_json
from conformance.report import python_changes as history
from conformance.report.findings import Reading
from conformance.report.results import Results
from conformance.run import canaries as canary
from conformance.run.plan import Asked, Plan, PlanError, make_plan, split_test_id
from conformance.run.runner import Runner, Scenario
from conformance.transcript.certificate_names import names_of
from impls.host.remote import RemoteAgent

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "conformance" / "scenarios"
DIVERGENCES = ROOT / "conformance" / "divergences"
REMOTE = ("ssl", "native")
"""Arguments of a scenario that are put in when it is run."""
RESULTS_FILE = ROOT / "report" / "results.json"

PLAN = pytest.StashKey[Plan]()
RUNNER = pytest.StashKey[Runner]()
TABLE = pytest.StashKey[Table]()
REPRODUCERS = pytest.StashKey[Reproducers]()
RESULTS = pytest.StashKey[Results]()
CERTIFICATES = pytest.StashKey[certs.Catalogue]()
PAIR = pytest.StashKey[Pair]()
JUDGEMENT = pytest.StashKey[Judgement]()
CELLS = pytest.StashKey[list[Cell]]()


class Diverged(Exception):
    """What a failing pair raises; pytest shows its story, not a traceback of the suite."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "differential conformance of ssl")
    group.addoption(
        "--implementation",
        action="append",
        default=[],
        metavar="ID",
        help="ask only this one: an id, a pattern for ids, or the path of a TOML file that "
        "describes one more (may be repeated; default: every one on this machine)",
    )
    group.addoption(
        "--reference",
        metavar="ID",
        help="whom the others are compared with (default: the newest stdlib CPython 3)",
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


# The start of a run


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
        return
    for written in (config.option.results, config.option.report and RESULTS_FILE):
        if written:
            written.unlink(missing_ok=True)  # an earlier run's would pass for this one's
    folder = Path(tempfile.mkdtemp(prefix="certificates-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    try:
        certs.mint(folder)
        plan = make_plan(
            config.getoption("--implementation"),
            config.getoption("--reference"),
            config.getoption("--interpreter"),
            folder,
            known.load(DIVERGENCES),
            datetime.date.today(),
        )
    except PlanError as error:
        raise pytest.UsageError(str(error)) from None
    except known.KnownDivergenceError as error:
        raise pytest.UsageError(f"In conformance/divergences/: {error}") from None
    config.stash[PLAN] = plan
    results = Results(plan, is_whole(config), config.getoption("--allow-missing"))
    for option in ("--report", "--check-report"):
        if config.getoption(option) is not None and not results.whole:
            raise pytest.UsageError(f"{option} needs a whole run: ask everyone every scenario.")
    config.stash[RESULTS] = results
    config.pluginmanager.register(Gate(config, results), "conformance-gate")


def full_path(argument: str) -> str:
    """A test id as it is printed, "memory_bio/test_eof.py::...", as an argument of pytest."""
    path, separator, rest = argument.partition("::")
    if not Path(path).exists() and (SCENARIOS / path).exists():
        return f"{SCENARIOS / path}{separator}{rest}"
    return argument


def collects_scenarios(config: pytest.Config) -> bool:
    """Whether scenarios are among what is collected; the suite's own tests need nobody to ask."""
    places = [Path(str(argument).partition("::")[0]).resolve() for argument in config.args]
    return any(
        place == SCENARIOS or SCENARIOS in place.parents or place in SCENARIOS.parents
        for place in places
    )


def is_whole(config: pytest.Config) -> bool:
    """Whether a run leaves out no scenario and nobody."""
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
        role = "reference" if name == plan.selection.reference.id else plan.describe[name][1]
        told = f"MISSING: {started.missing}"
        if started.missing is None:
            told = f"{started.interpreter} {started.python}, {started.openssl}"
        lines.append(f"{role:10} {name:22} {told}")
    for name, reason in plan.optional.items():
        lines.append(f"{'optional':10} {name:22} not asked: {reason}")
    return lines


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the plan to an xdist worker."""
    plan = node.config.stash.get(PLAN, None)
    if plan is not None:
        node.workerinput["plan"] = plan.packed()


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Make `-n auto` three workers for two cores: half of the time each waits for an agent."""
    cores = yield
    return cores if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores + (cores + 1) // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a scenario's implementations in one worker: they share the reference's transcript."""
    plan = config.stash.get(PLAN, None)
    return None if plan is None else ScenarioScheduling(config, plan, log)


# What is collected


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    place = metafunc.definition.path
    if place != canary.FILE and SCENARIOS not in place.parents:
        return
    plan = metafunc.config.stash[PLAN]
    asked: Sequence[Asked | Meeting]
    if place == canary.FILE:
        asked = plan.canaries
    elif product.is_of_product(metafunc.definition.nodeid):
        asked = meetings_of(plan)
    else:
        asked = plan.asked(axis_of(metafunc.definition))
    metafunc.fixturenames.append("asked")
    metafunc.parametrize("asked", asked, ids=[one.id for one in asked])


def axis_of(item: pytest.Item) -> Axis:
    """The axis whose reference a scenario makes its claim about."""
    marker = item.get_closest_marker("axis")
    axis: Axis = marker.args[0] if marker else "forward"
    return axis


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Test ids begin with the topic: "memory_bio/test_eof.py::test_...[backport-py2.7]"."""
    if SCENARIOS not in module_path.parents:
        return None
    name = module_path.relative_to(SCENARIOS).as_posix()
    return pytest.Module.from_parent(parent, path=module_path, nodeid=name)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Put the canaries before what is left when everybody has selected and sorted."""
    yield
    if not config.option.collectonly and any(map(is_scenario, items)):
        module = pytest.Module.from_parent(session, path=canary.FILE, nodeid=canary.FILE.name)
        items[:0] = session.genitems(module)


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.collect()
    gc.freeze()  # so that a collection between scenarios looks at nothing but scenarios
    results = session.config.stash.get(RESULTS, None)
    if results is not None and session.items:
        results.plan_tests(item.nodeid for item in session.items if is_scenario(item))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    results = node.config.stash.get(RESULTS, None)
    if results is not None:
        results.plan_tests(name for name in ids if results.plan.knows(name))


def is_scenario(item: pytest.Item) -> bool:
    # Where nobody is to be asked, pytest makes one skipped item without an Asked.
    return isinstance(item, pytest.Function) and isinstance(
        parameters(item).get("asked"), (Asked, Meeting)
    )


def parameters(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


# One pair


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run a pair with one report instead of pytest's three: it has no set-up and no teardown."""
    if not is_scenario(item):
        return None
    assert isinstance(item, pytest.Function)
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    interrupts = (pytest.exit.Exception, KeyboardInterrupt)
    call = pytest.CallInfo.from_call(lambda: run_pair(item), when="call", reraise=interrupts)
    report = hook.pytest_runtest_makereport(item=item, call=call)
    hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def arguments_of(item: pytest.Function) -> dict[str, object]:
    """What a scenario is called with: its parameters, and of these what it names.

    `ssl`: the remote module; `native`: the agent's probes (both are put in for each
    implementation); `certificates`: this run's catalogue, see certs/catalogue.py. A scenario of
    the topic `product` has the former two for each side: `client_ssl`, `server_native`, ...
    """
    marks = {mark.name for mark in item.iter_markers()} - {"axis", "parametrize"}
    if marks:
        raise Diverged(
            f"A scenario cannot be marked {min(marks)}: it is asked of everyone, always."
        )
    there: dict[str, Any] = {"certificates": certificates_of(item.config)}
    there.update(dict.fromkeys(product.REMOTE if product.is_of_product(item.nodeid) else REMOTE))
    there.update(parameters(item))
    names = item._fixtureinfo.argnames
    unknown = [name for name in names if name not in there]
    if unknown:
        raise Diverged(f"A scenario cannot have the argument {unknown[0]}: see arguments_of().")
    return {name: there[name] for name in names if name != "asked"}


def run_pair(item: pytest.Function) -> None:
    """Ask and judge one pair. Raises Diverged where its verdict is not accepted."""
    config = item.config
    plan = config.stash[PLAN]
    one: Asked | Meeting = parameters(item)["asked"]
    if isinstance(one, Meeting):
        run_meeting(item, one)
        return
    is_canary = one.implementation.id in canary.CANARIES
    scenario = Scenario(plan.split(item.nodeid)[0], item.obj, arguments_of(item))
    pair = judge_pair(
        runner_of(config),
        item.nodeid,
        scenario,
        one.implementation,
        one.reference,
        plan.selection.backward.get(one.implementation.id) if one.axis == "forward" else None,
        one.axis,
        () if is_canary else plan.known,
        plan.today,
        one.axis == axis_of(item),
        None if is_canary else reproducers_of(config),
    )
    item.stash[PAIR] = pair
    if pair.role == "reference" and pair.axis == "forward":
        run = runner_of(config).run(scenario, one.reference)
        item.stash[CELLS] = cells_of(run.events, run.classes)
    if is_canary:
        uncaught = canary.uncaught(pair)
        if uncaught is not None:
            raise Diverged(uncaught)
    elif not pair.passed:
        raise Diverged(pair.story or pair.note)


def run_meeting(item: pytest.Function, one: Meeting) -> None:
    """Let a client and a server meet, and judge them. Raises Diverged."""
    table, runner, plan = table_of(item.config), runner_of(item.config), item.config.stash[PLAN]
    found = split_test_id(item.nodeid, {one.id})
    assert found is not None
    scenario = Scenario(found[0], item.obj, arguments_of(item))
    judgement = judge_meeting(table, runner, plan, item.nodeid, scenario, one)
    item.stash[JUDGEMENT] = judgement
    if not judgement.passed:
        raise Diverged(judgement.story or judgement.note)


def certificates_of(config: pytest.Config) -> certs.Catalogue:
    """This run's certificates, read when they are first needed."""
    if CERTIFICATES not in config.stash:
        config.stash[CERTIFICATES] = certs.load(config.stash[PLAN].certificates)
    return config.stash[CERTIFICATES]


def runner_of(config: pytest.Config) -> Runner:
    """This process's runner, made when it is first needed."""
    if RUNNER not in config.stash:
        config.stash[RUNNER] = Runner(names_of(certificates_of(config)))
    return config.stash[RUNNER]


def table_of(config: pytest.Config) -> Table:
    """This process's table where clients and servers meet, made when it is first needed."""
    if TABLE not in config.stash:
        config.stash[TABLE] = Table(names_of(certificates_of(config)))
    return config.stash[TABLE]


def reproducers_of(config: pytest.Config) -> Reproducers | None:
    """Where scripts are to be left, if anywhere."""
    folder = config.getoption("--reproducers")
    if folder is not None and REPRODUCERS not in config.stash:
        names = names_of(certificates_of(config))
        config.stash[REPRODUCERS] = Reproducers(folder, names)
    return config.stash.get(REPRODUCERS, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    made = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, Diverged):
        made.longrepr = str(call.excinfo.value)
    judgement = item.stash.get(JUDGEMENT, None)
    if judgement is not None and call.when == "call":
        assert isinstance(item, pytest.Function)
        made.user_properties.append(("verdict", judgement.verdict))
        claim = asdict(Claim.of(item.obj))
        made.__dict__["met"] = json.dumps({"judgement": judgement.to_plain(), "claim": claim})
    pair = item.stash.get(PAIR, None)
    if pair is None or call.when != "call":
        return made
    made.user_properties.append(("verdict", pair.verdict))
    assert isinstance(item, pytest.Function)
    # An attribute of its own travels to the controller whole and stays out of the JUnit file.
    cells = [tuple(cell) for cell in item.stash.get(CELLS, ())]
    judged = {"pair": pair.to_plain(), "claim": asdict(Claim.of(item.obj)), "cells": cells}
    # As one text: xdist takes each value of a report apart, at the cost of a handshake.
    made.__dict__["judged"] = json.dumps(judged)
    return made


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show a verdict as what it is, not as "passed"."""
    verdict = dict(getattr(report, "user_properties", ())).get("verdict")
    if verdict is None or report.when != "call":
        return None
    if report.failed:
        return "failed", "F", verdict
    if report.nodeid.startswith(f"{canary.FILE.name}::"):
        return "caught", "c", f"{verdict}, as it must be"
    letters = {"same": ".", "equivalent": ".", "known": "k", "inherited": "i", "drift": "d"}
    return verdict, letters.get(verdict, "u"), verdict


# The end of a run


class Gate:
    """Gathers the verdicts in the controlling process, and has the last word on the exit status."""

    def __init__(self, config: pytest.Config, results: Results) -> None:
        self.config = config
        self.results = results
        self.notes: list[str] = []
        """What the check of the committed report had to leave out."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.results.leave_out(f"{report.nodeid} could not be collected.")

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.results.whole = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        travelled = getattr(report, "judged", None)
        if travelled is not None:
            judged = json.loads(travelled)
            self.results.add(judged["pair"], judged["claim"])
            self.results.cells.update(Cell(*cell) for cell in judged["cells"])
        travelled = getattr(report, "met", None)
        if travelled is not None:
            met = json.loads(travelled)
            self.results.meetings.add(met["judgement"], met["claim"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.config.option.collectonly:
            return
        results = self.results
        files = SCENARIOS.rglob("test_*.py")
        results.finish([path.relative_to(SCENARIOS).as_posix() for path in files])
        if results.whole and results.complete and contract.FILE.exists():
            self._judge_contract()
        self._write()
        if not results.passed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _judge_contract(self) -> None:
        results = self.results
        try:
            reasons = contract.load()
        except contract.ContractError as error:
            results.problems.append(str(error))
            return
        agent = RemoteAgent(results.plan.selection.reference)
        members = contract.members_of(agent)
        agent.close()
        results.contract = contract.judge(members, results.cells, reasons)
        results.problems += results.contract.problems

    def _write(self) -> None:
        results = self.results
        option = self.config.option
        if option.results is not None or option.report is not None:
            write_json(results.to_plain(), option.results or RESULTS_FILE)
        if option.report is None and option.check_report is None:
            return
        if not results.complete:
            results.problems.append("The run is not complete, so there is no report of it.")
            return
        if not results.whole:
            results.problems.append("Some scenarios were left out, so there is no report.")
            return
        try:
            audited, known_changes = audits.load(), history.load()
        except (audits.AuditsError, history.HistoryError) as error:
            results.problems.append(str(error))
            return
        plain = results.to_plain()
        reading = Reading(plain)
        results.problems += history.stale(known_changes, reading.drift(), reading.line)
        text = render(plain, results.plan.known, audited, known_changes)
        if option.report is not None:
            option.report.write_text(text, encoding="utf-8")
        if option.check_report is not None:
            committed = option.check_report
            if not committed.exists():
                results.problems.append(f"{committed} is not there: write it with --report.")
                return
            found = committed.read_text(encoding="utf-8")
            results.problems += stale(found, text)
            self.notes = not_comparable(found, text)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.config.option.collectonly:
            return
        terminalreporter.section("conformance")
        for note in self.notes:
            terminalreporter.write_line(note)
        option = self.config.option
        terminalreporter.write_line(summary(self.results.to_plain(), option.report))


def pytest_unconfigure(config: pytest.Config) -> None:
    for agents in (config.stash.get(RUNNER, None), config.stash.get(TABLE, None)):
        if agents is not None:
            agents.close()
