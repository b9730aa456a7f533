"""A pytest plugin that tells where the time of a run in one process goes.

usage: ACCOUNT=FILE pytest -p tests.audits.speed.accounting -n 0 conformance ...

Leaves a JSON object in FILE: the seconds of each kind of work, as WORK names them, how often the
host waited for an agent, and for how long the median time. A second belongs to the innermost of
what is going on: the time in which the host waits for an agent's handshake is no time of the
scenario's.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import pytest

from conformance.judge.judge import Judge
from conformance.run import runner
from impls.host.process import AgentProcess
from impls.host.wire import CallbackRaises, CallbackReturns, Request

VARIABLE = "ACCOUNT"

WORK = {
    "start": "starting agents",
    "contexts": "waiting for agents: making contexts",
    "handshakes": "waiting for agents: handshakes",
    "operations": "waiting for agents: all other operations",
    "scenarios": "the scenarios and the proxies they use",
    "transcripts": "making transcripts",
    "judging": "comparing and judging",
    "pytest": "pytest, and what of a run is not asking",
}

_CONTEXTS = {
    "SSLContext",
    "create_default_context",
    "_create_unverified_context",
    "load_cert_chain",
    "load_default_certs",
    "load_verify_locations",
    "set_ciphers",
}

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Account:
    """Seconds by kind of work, of which one at a time is going on."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.trips: defaultdict[str, list[float]] = defaultdict(list)
        """How many seconds each time the host waited for an agent, by what it had asked for."""
        self._going_on = ["pytest"]
        self._since = time.perf_counter()

    def begin(self, work: str) -> None:
        self._settle()
        self._going_on.append(work)

    def end(self) -> None:
        self._settle()
        self._going_on.pop()

    def _settle(self) -> None:
        now = time.perf_counter()
        self.seconds[self._going_on[-1]] += now - self._since
        self._since = now

    def to_plain(self) -> dict[str, Any]:
        self._settle()
        return {
            "seconds": dict(self.seconds),
            "trips": {work: len(all_of_it) for work, all_of_it in self.trips.items()},
            "medians": {work: median(all_of_it) for work, all_of_it in self.trips.items()},
        }


ACCOUNT = Account()


def counted(work: str, function: _Function) -> _Function:
    """The function, with its time put down to a kind of work."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        ACCOUNT.begin(work)
        try:
            return function(*args, **kwargs)
        finally:
            ACCOUNT.end()

    return wrapper  # type: ignore[return-value]


def watch(where: object, name: str, work: str) -> None:
    """Count a function from now on, wherever it is looked up in `where`."""
    setattr(where, name, counted(work, getattr(where, name)))


def kind_of(message: object) -> str:
    """Which work an agent is asked for."""
    name = message.name if isinstance(message, Request) else None
    if name == "do_handshake":
        return "handshakes"
    return "contexts" if name in _CONTEXTS else "operations"


def watch_pipes() -> None:
    """Count the time in which the host waits, by what it has asked for."""
    send, receive = AgentProcess.send, AgentProcess.receive
    asked: dict[int, str] = {}

    def sending(self: AgentProcess, message: object) -> None:
        # What a callback gave goes on with the work that called it.
        if not isinstance(message, CallbackReturns | CallbackRaises):
            asked[id(self)] = kind_of(message)
        send(self, message)

    def receiving(self: AgentProcess, timeout: float) -> dict[str, Any]:
        starts = ACCOUNT._going_on[-1] == "start"
        work = "start" if starts else asked[id(self)]
        ACCOUNT.begin(work)
        began = time.perf_counter()
        try:
            return receive(self, timeout)
        finally:
            if not starts:
                ACCOUNT.trips[work].append(time.perf_counter() - began)
            ACCOUNT.end()

    AgentProcess.send = sending  # type: ignore[method-assign]
    AgentProcess.receive = receiving  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Watch everything, before conftest.py takes its names."""
    watch_pipes()
    watch(AgentProcess, "__init__", "start")
    watch(AgentProcess, "start", "start")
    watch(runner.Runner, "runs_again", "scenarios")
    watch(runner, "build", "transcripts")
    watch(Judge, "judge", "judging")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_unconfigure() -> Generator[None]:
    yield
    Path(os.environ[VARIABLE]).write_text(json.dumps(ACCOUNT.to_plain()), "utf-8")
