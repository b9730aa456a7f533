"""One scenario on one target: run, judged, and reported to pytest."""

from __future__ import annotations

import json
import pickle
from collections.abc import Generator
from dataclasses import asdict
from typing import Any

import pytest

from conformance.coverage.origins import Use, uses_in
from conformance.coverage.states import Cell, cells_of
from conformance.explain import failure
from conformance.judge.canaries import uncaught
from conformance.judge.judge import Judged
from conformance.judge.verdict import Judgement
from conformance.peers import UnboundPeers
from conformance.plugin import junit
from conformance.plugin.collect import axis_of, parameters, target_of
from conformance.plugin.options import EARLIER, KNOWN, PLAN
from conformance.plugin.progress import PROGRESS
from conformance.plugin.show import show
from conformance.plugin.worker import Worker, worker_of
from conformance.run import canaries, ids
from conformance.run.claim import Claim
from conformance.run.plan import Target, said
from conformance.run.runner import REMOTE, Scenario

JUDGEMENT = pytest.StashKey[Judgement]()
CELLS = pytest.StashKey[list[Cell]]()
USES = pytest.StashKey[list[Use]]()
PROBLEMS = pytest.StashKey[list[str]]()
"""What went wrong beside the judgement: sentences."""
TRAVELLED = pytest.StashKey[str]()
"""What an earlier run had of a test, as it travels."""
HELD = pytest.StashKey[list[pytest.TestReport]]()
"""Of a worker: the reports of the scenario that runs, until it is done."""

LETTERS = {
    "same": ".",
    "equivalent": ".",
    "known": "k",
    "inherited": "i",
    "drift": "d",
    "unmet": "d",
}


class Diverged(Exception):
    """What a failing test raises; pytest shows its text, not a traceback of the suite."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a scenario with one report instead of pytest's three: no set-up and no teardown.

    A worker sends the reports of a scenario in one message.
    """
    target = target_of(item)
    if target is None:
        return None
    assert isinstance(item, pytest.Function)
    scenario_item = item
    item.__dict__["location"] = location_of(item)
    hook = item.ihook
    # To the main process each would be a message of its own, and nothing there hears it.
    is_worker = hasattr(item.config, "workerinput")
    if not is_worker:
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    interrupts = (pytest.exit.Exception, KeyboardInterrupt)
    call = pytest.CallInfo.from_call(
        lambda: run_one(scenario_item, target), when="call", reraise=interrupts
    )
    report = hook.pytest_runtest_makereport(item=item, call=call)
    if not is_worker or not held_back(item, nextitem, report):
        hook.pytest_runtest_logreport(report=report)
    if not is_worker:
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.stash = pytest.Stash()  # the report has all of it, and a run has many items
    return True


def held_back(item: pytest.Item, nextitem: pytest.Item | None, report: pytest.TestReport) -> bool:
    """Whether a report waits for a later one of its scenario; one that does not takes them along.

    Failures wait for nothing: pytest counts them.
    """
    held = item.config.stash.setdefault(HELD, [])
    if not report.failed and nextitem is not None and target_of(nextitem) is not None:
        split = item.config.stash[PLAN].split
        if split(item.nodeid)[0] == split(nextitem.nodeid)[0]:
            held.append(report)
            return True
    if held:
        report.__dict__["held"] = pickle.dumps(held)
        held.clear()
    return False


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the main process: hear first what waited for this report in its worker."""
    node = getattr(report, "node", None)
    if node is None or "held" not in report.__dict__:
        return
    for earlier in pickle.loads(report.__dict__.pop("held")):
        earlier.node = node
        node.config.hook.pytest_runtest_logreport(report=earlier)


LOCATIONS: dict[tuple[str, str], tuple[str, int | None]] = {}


def location_of(item: pytest.Function) -> tuple[str, int | None, str]:
    """What pytest has as `item.location`, looked up once for all targets of a function."""
    key = (item.parent.nodeid if item.parent else "", item.originalname)
    if key not in LOCATIONS:
        LOCATIONS[key] = item.location[:2]
    return (*LOCATIONS[key], item.name)


def arguments_of(item: pytest.Function, worker: Worker, target: Target) -> dict[str, object]:
    """What a scenario is called with: its parameters, and of these what it names.

    `ssl`: the remote module; `native`: the agent's probes (both are put in for each
    implementation); `certificates`: this run's catalogue, see certs/; `peers`: what
    makes clients and servers of all three, see peers/fixture.py; `about`: the Python and OpenSSL of
    the reference, see impls/host/versions.py. A scenario of the topic interop has the first two for
    each side: `client_ssl`, `server_native`, ...
    """
    marks = {mark.name for mark in item.iter_markers()} - {"axis", "parametrize"}
    if marks:
        raise Diverged(
            f"A scenario cannot be marked {min(marks)}: it runs on every target, always."
        )
    there: dict[str, Any] = {"certificates": worker.certificates}
    plan = worker.plan
    reference = target.reference if axis_of(item) == "backward" else plan.reference_of(target)
    there["about"] = plan.about(reference.id)
    there["peers"] = UnboundPeers(worker.certificates)
    prefixes = ("client_", "server_") if ids.is_interop(item.nodeid) else ("",)
    there.update((prefix + name, None) for prefix in prefixes for name in REMOTE)
    there.update(parameters(item))
    names = item._fixtureinfo.argnames
    unknown = [name for name in names if name not in there]
    if unknown:
        raise Diverged(f"A scenario cannot have the argument {unknown[0]}: see arguments_of().")
    return {name: there[name] for name in names if name != "target"}


def run_one(item: pytest.Function, target: Target) -> None:
    """Run and judge a scenario on a target. Raises Diverged where the verdict is not accepted."""
    if resumed(item):
        return
    worker = worker_of(item.config)
    name, _ = item.config.stash[PLAN].split(item.nodeid)
    scenario = Scenario(name, item.obj, arguments_of(item, worker, target))
    try:
        judged = worker.judge.judge(scenario, target, axis_of(item))
    except OSError as error:
        raise Diverged(
            f"This machine could not run {item.nodeid} ({said(error)}): it has no verdict."
        ) from None
    judgement = judged.judgement
    item.stash[JUDGEMENT] = judgement
    if judgement.implementation in canaries.CANARIES:
        sentence = uncaught(judgement)
        if sentence is not None:
            raise Diverged(sentence)
        return
    show(item.config, judged)
    if worker.transcripts is not None:
        worker.transcripts.add(judged)
    main = worker.plan.selection.reference
    if judgement.server is None and judgement.role == "reference" and target.on("alone") == main:
        run = worker.judge.runner.run(scenario, target.reference)
        item.stash[CELLS] = cells_of(run.events, run.classes)
        item.stash[USES] = uses_in(run.events, run.classes)
    command = reproducer(item, worker, judged)
    stash = item.config.stash
    advice = failure.Advice(item.nodeid, own_options(item.config), command, stash[KNOWN])
    explanation = failure.explain(judged, advice)
    if explanation is not None:
        raise Diverged(explanation)


def own_options(config: pytest.Config) -> list[str]:
    """The options of this run without which a test would run on something else.

    The id names its implementation, unless a file of its own declares it.
    """
    option = config.option
    found = [f"--implementation={one}" for one in option.implementation if one.endswith(".toml")]
    found += [] if option.reference is None else [f"--reference={option.reference}"]
    found += [f"--interpreter={path}" for path in option.interpreter]
    return found + [f"--openssl={series}" for series in option.openssl]


def resumed(item: pytest.Item) -> bool:
    """Whether an earlier run judged this test already; raises Diverged where it failed there."""
    earlier = item.config.stash.get(EARLIER, None)
    entry = None if earlier is None else earlier.get(item.nodeid)
    if entry is None:
        return False
    item.stash[TRAVELLED] = entry.judged
    item.stash[JUDGEMENT] = Judgement.from_plain(json.loads(entry.judged)["judgement"])
    if entry.text is not None:
        raise Diverged(entry.text)
    return True


def reproducer(item: pytest.Item, worker: Worker, judged: Judged) -> str | None:
    """The command that runs the script of a difference, where one was wanted and could be made.

    The verdict stands whatever becomes of the script.
    """
    if worker.reproducers is None:
        return None
    try:
        return worker.reproducers.write(judged, item.nodeid)
    except Exception as error:
        told = " ".join(str(error).split())
        item.stash[PROBLEMS] = [
            f"No script could be written for {item.nodeid} ({type(error).__name__}: {told}): its "
            "verdict stands."
        ]
        return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    made = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, Diverged):
        made.longrepr = str(call.excinfo.value)
    judgement = item.stash.get(JUDGEMENT, None)
    if judgement is None or call.when != "call":
        return made
    assert isinstance(item, pytest.Function)
    claim = Claim.of(item.obj)
    made.user_properties += junit.properties(judgement, claim)
    junit.skip(made, judgement)
    judged = {
        "judgement": judgement.to_plain(),
        "claim": asdict(claim),
        "cells": [tuple(cell) for cell in item.stash.get(CELLS, ())],
        "uses": [tuple(use) for use in item.stash.get(USES, ())],
        "problems": item.stash.get(PROBLEMS, []),
    }
    # An attribute of its own travels to the controller whole and stays out of the JUnit file. As
    # one text: xdist takes each value of a report apart, at the cost of a handshake.
    made.__dict__["judged"] = item.stash.get(TRAVELLED, None) or json.dumps(judged)
    return made


def pytest_report_teststatus(
    report: pytest.TestReport, config: pytest.Config
) -> tuple[str, str, str] | None:
    """Show a verdict as what it is, not as "passed"; where there is a line of progress, nothing."""
    shown = shown_status(report)
    if shown is None or PROGRESS not in config.stash:
        return shown
    return shown[0], "", ""


def shown_status(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """The category, the letter and the word of a verdict; None for what is not one."""
    verdict = dict(getattr(report, "user_properties", ())).get("verdict")
    if verdict is None or report.when != "call":
        return None
    if report.failed:
        return "failed", "F", verdict
    if report.nodeid.startswith(f"{canaries.FILE.name}::"):
        return "caught", "c", f"{verdict}, as it must be"
    return verdict, LETTERS.get(verdict, "u"), verdict
