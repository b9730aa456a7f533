"""What a run is going to run on what, fixed before it begins."""

from __future__ import annotations

import base64
import difflib
import functools
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from conformance.run import canaries, ids
from impls.host.build import BuildError
from impls.host.cache import CACHE_VARIABLE, cache_folder
from impls.host.declarations import Implementation, RegistryError
from impls.host.interpreters import InterpreterError
from impls.host.process import AgentFailure, AgentLost, AgentStartError
from impls.host.selection import Registry, Selection, age, assemble, built
from impls.host.session import RemoteAgent, Session
from impls.host.versions import About, lane_of, numbers

Axis = Literal["forward", "backward", "openssl"]
"""With a reference of the same lane; with stock 2.7; with the same Python on an older OpenSSL."""
Role = Literal["reference", "candidate", "witness"]
Side = Literal["alone", "client", "server"]


class PlanError(Exception):
    """A run cannot begin; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Target:
    """What a scenario runs on: an implementation, or a client and a server, and their reference."""

    implementations: tuple[Implementation, ...]
    """One, or the client and the server."""
    reference: Implementation
    axis: Axis = "forward"

    @property
    def id(self) -> str:
        if len(self.implementations) == 1:
            return ids.target_id(self.implementations[0].id, self.axis)
        return ids.interop_id(*(one.id for one in self.implementations))

    @property
    def sides(self) -> tuple[Side, ...]:
        return ("alone",) if len(self.implementations) == 1 else ("client", "server")

    @property
    def implementation(self) -> Implementation:
        """The one that a scenario of any other topic than interop runs on."""
        (only,) = self.implementations
        return only

    def on(self, side: Side) -> Implementation:
        return self.implementations[self.sides.index(side)]

    def with_side(self, side: Side, other: Implementation) -> Target:
        """The same target with another implementation on one side."""
        found = tuple(other if one == side else self.on(one) for one in self.sides)
        return replace(self, implementations=found)

    @property
    def of_reference(self) -> Target:
        """The target that this one is compared with: the reference on every side."""
        return replace(self, implementations=(self.reference,) * len(self.implementations))

    @property
    def is_reference(self) -> bool:
        return all(one.id == self.reference.id for one in self.implementations)

    @property
    def role(self) -> Role:
        """The role of what the scenario runs on; a client and a server have the graver one."""
        if self.is_reference:
            return "reference"
        candidates = any(one.role == "candidate" for one in self.implementations)
        return "candidate" if candidates else "witness"


@dataclass(frozen=True)
class Started:
    """What an implementation said of itself when it was started, or why it was not."""

    python: str = ""
    interpreter: str = ""
    openssl: str | None = None
    missing: str | None = None
    file: str = ""
    """The TOML file that declares it, relative to the project where it is inside."""
    default_suites: str = "python"
    """Of the Python: one of `impls.host.versions.DEFAULT_SUITES`, or "unknown"."""

    @property
    def complaint(self) -> str:
        """Why it is missing, and where that is to be put right."""
        missing = str(self.missing)
        return f"{missing.rstrip('.')} ({self.file})" if self.file else missing


@dataclass(frozen=True)
class PlannedLane:
    """The implementations of a run on one OpenSSL; only these are compared with each other."""

    openssl: str | None
    """As `lane_of` has it; None where no implementation says on which it runs."""
    reference: Implementation | None
    """None where there is no Python 3 to compare with."""
    implementations: tuple[Implementation, ...]
    """What is compared with it, candidates first."""

    @property
    def name(self) -> str:
        """For a sentence: "OpenSSL 3.0"."""
        if self.openssl is None:
            return "an unknown OpenSSL"
        return self.openssl if self.openssl[0].isalpha() else f"OpenSSL {self.openssl}"


@dataclass(frozen=True)
class Plan:
    """All that every process of a run must agree on."""

    selection: Selection
    """With every implementation built; those that could not be started are not in it."""
    started: Mapping[str, Started]
    """By id, every implementation that was wanted."""
    describe: Mapping[str, tuple[str, str]]
    """By id: what it is, and its role."""
    optional: Mapping[str, str]
    """By id, what would have been compared too if it were on this machine, and why it is not."""
    certificates: Path

    @property
    def backward(self) -> Mapping[str, Implementation]:
        """By the id of an implementation, its reference on the backward axis."""
        return self.selection.backward

    # Lanes

    @functools.cached_property
    def lanes(self) -> tuple[PlannedLane, ...]:
        """The lanes of this run: that of the selection's reference first, then by OpenSSL.

        What does not say on which OpenSSL it runs is in the first.
        """
        selection = self.selection
        first = self.lane_of(selection.reference.id)
        groups: dict[str | None, dict[str, Implementation]] = {}
        for one in (selection.reference, *selection.references, *selection.implementations):
            lane = self.lane_of(one.id) or first
            groups.setdefault(lane, {})[one.id] = one
        names = sorted(groups, key=lambda name: (name != first, numbers(name), name or ""))
        return tuple(self._lane(name, groups[name]) for name in names)

    def _lane(self, name: str | None, members: Mapping[str, Implementation]) -> PlannedLane:
        reference: Implementation | None = members.get(self.selection.reference.id)
        if reference is None:
            plain = [one for one in members.values() if one.plain_stdlib]
            reference = max(plain, key=age, default=None)
        compared = [one for one in self.selection.implementations if one.id in members]
        if reference is not None:
            about = self.about(reference.id)
            compared = [one.opposite(about) for one in compared if one.id != reference.id]
        return PlannedLane(name, reference, tuple(compared))

    def lane_of(self, name: str) -> str | None:
        """The lane of an implementation, by its run-time OpenSSL."""
        started = self.started.get(name)
        return None if started is None else lane_of(started.openssl)

    @property
    def references(self) -> Mapping[str, PlannedLane]:
        """The lanes that have a reference, by its id."""
        return {lane.reference.id: lane for lane in self.lanes if lane.reference is not None}

    def about(self, name: str) -> About:
        """The Python and OpenSSL of an implementation, and how it was built."""
        started = self.started.get(name, Started())
        return About.of(started.python, started.openssl, started.default_suites)

    def others_than(self, reference: Implementation) -> list[Implementation]:
        """The plain Python 3s of the reference's lane of no newer minor version, newest first."""
        selection, lane = self.selection, self.lane_of(reference.id)
        than = self.about(reference.id).python[:2]
        plain = [
            one
            for one in (*selection.implementations, *selection.references, *selection.arbiters)
            if one.plain_stdlib and one.id != reference.id and self.lane_of(one.id) == lane
        ]
        older = [one for one in plain if self.about(one.id).python[:2] <= than]
        return sorted(older, key=age, reverse=True)

    def is_named(self, one: Implementation) -> bool:
        """Whether it is something that a person gave: not a Python as this machine has it."""
        found = one.interpreter
        return not one.plain_stdlib or found is None or found.source == "option"

    def reference_of(self, target: Target) -> Implementation:
        """The reference of the lane that a target is in."""
        names = {one.id for one in target.implementations}
        for lane in self.lanes:
            members = {one.id for one in lane.implementations}
            if lane.reference is not None and names <= members | {lane.reference.id}:
                return lane.reference
        return target.reference

    @property
    def alone(self) -> list[str]:
        """Sentences about candidates that nothing is compared with: none passes so."""
        return [
            f"{one.id} runs on {lane.name}, and no CPython 3 of this run does: it was not "
            f"compared. {self._remedy(lane)}"
            for lane in self.lanes
            if lane.reference is None
            for one in lane.implementations
            if one.role == "candidate"
        ]

    @property
    def left_out(self) -> list[str]:
        """Sentences about what nothing is compared with, or cannot be had, to be announced."""
        found = [*self.selection.unavailable]
        for lane in self.lanes:
            names = [one.id for one in lane.implementations if one.role != "candidate"]
            if lane.reference is None and names:
                found.append(
                    f"{', '.join(names)} on {lane.name}: no CPython 3 of this run is on it."
                )
        return found

    def _remedy(self, lane: PlannedLane) -> str:
        first = self.lanes[0]
        other = f"or build the candidate's Python against {first.name}, and name it with"
        return f"Name a CPython 3 on {lane.name} with --interpreter, {other} --interpreter."

    # Targets

    def targets(self, axis: Axis) -> list[Target]:
        """What a scenario runs on: one marked "backward" on the targets of that axis alone.

        Those of the axis "openssl" come last: they need what ran before.
        """
        lanes = [(lane.reference, lane) for lane in self.lanes]
        together = [(found, lane) for found, lane in lanes if found is not None]
        backward = [
            Target((implementation,), self.backward[implementation.id], "backward")
            for _, lane in together
            for implementation in lane.implementations
            if implementation.id in self.backward
        ]
        if axis == "backward":
            return backward
        forward = [
            Target((implementation,), reference)
            for reference, lane in together
            for implementation in (reference, *lane.implementations)
        ]
        return forward + backward + [*self.across]

    @functools.cached_property
    def across(self) -> tuple[Target, ...]:
        """One Python in two lanes, compared with itself: what differs is OpenSSL's doing.

        For each lane the newest Python 3 that is in an older lane too, to the patch level, and the
        nearest lane that has it.
        """
        lanes = sorted(
            (lane for lane in self.lanes if (lane.openssl or "")[:1].isdigit()),
            key=lambda lane: numbers(lane.openssl),
        )
        found = []
        for position, lane in enumerate(lanes):
            ours = self._plain_by_version(lane)
            for older in reversed(lanes[:position]):
                theirs = self._plain_by_version(older)
                shared = ours.keys() & theirs.keys()
                if shared:
                    newest = max(shared, key=lambda one: (age(ours[one]), one))
                    found.append(Target((ours[newest],), theirs[newest], "openssl"))
                    break
        return tuple(found)

    def _plain_by_version(self, lane: PlannedLane) -> dict[tuple[str, str], Implementation]:
        """The plain Python 3s of a lane, by interpreter and exact version."""
        members = [] if lane.reference is None else [lane.reference]
        return {
            (self.started[one.id].interpreter, self.started[one.id].python): one
            for one in (*lane.implementations, *members)
            if one.plain_stdlib
        }

    @functools.cached_property
    def interop_targets(self) -> list[Target]:
        """Every implementation as client of every other one of its lane, of itself and of the
        reference.

        One that is declared to have no SSLContext.wrap_bio is left out.
        """
        found = []
        for lane in self.lanes:
            if lane.reference is None:
                continue
            able = [
                one
                for one in (lane.reference, *lane.implementations)
                if one.unsupported_member("SSLContext.wrap_bio") is None
            ]
            found += [Target((one, other), lane.reference) for one in able for other in able]
        return found

    @functools.cached_property
    def canaries(self) -> list[Target]:
        """What the scenario of canaries.py runs on in every run."""
        reference = self.selection.reference
        return [Target((one,), reference) for one in canaries.implementations(reference)]

    def knows(self, test: str) -> bool:
        """Whether a test id is that of a scenario on a target of this plan."""
        return ids.split(test, self._targets_of(test)) is not None

    def split(self, test: str) -> tuple[str, Target]:
        """The scenario and the target of a test id. Raises ValueError for one not `known`."""
        targets = self._targets_of(test)
        found = ids.split(test, targets)
        if found is None:
            raise ValueError(f"{test} runs on no target of this plan.")
        return found[0], targets[found[1]]

    def _targets_of(self, test: str) -> Mapping[str, Target]:
        return self._interop_by_id if ids.is_interop(test) else self._by_id

    @functools.cached_property
    def _by_id(self) -> Mapping[str, Target]:
        return {one.id: one for one in self.targets("forward") + self.canaries}

    @functools.cached_property
    def _interop_by_id(self) -> Mapping[str, Target]:
        return {one.id: one for one in self.interop_targets}

    def packed(self) -> str:
        """For a worker process of the same run."""
        return base64.b64encode(pickle.dumps(self)).decode("ascii")

    @staticmethod
    def unpacked(text: str) -> Plan:
        plan = pickle.loads(base64.b64decode(text))
        assert isinstance(plan, Plan)
        return plan


def named_in(tests: Sequence[str], registry: Registry, selection: Selection) -> Selection:
    """The selection without what none of these tests runs on. Raises RegistryError.

    An id may name one that is known and was not selected: then it is, too.
    """
    known = {one.id for one in registry.known} | {one.id for one in registry.missing}
    wanted: set[str] = set()
    for test in tests:
        targets: dict[str, tuple[str, ...]]
        if ids.is_interop(test):
            targets = {ids.interop_id(one, other): (one, other) for one in known for other in known}
        else:
            targets = {ids.target_id(one, axis): (one,) for one in known for axis in get_args(Axis)}
        found = ids.split(test, targets)
        if found is None:
            last = test.rpartition("[")[2].rstrip("]")
            near = difflib.get_close_matches(last, targets, 1)
            if near:
                hint = f"did you mean {near[0]}?"
            else:
                names = sorted(known)
                hint = f"an id ends like [{last}-{names[0]}]; known are {', '.join(names)}."
            raise RegistryError(f"{test} names no implementation that is known; {hint}")
        wanted.update(targets[found[1]])
    return replace(
        selection,
        implementations=tuple(one for one in selection.implementations if one.id in wanted),
        missing=tuple(one for one in selection.missing if one.id in wanted),
        backward={name: one for name, one in selection.backward.items() if name in wanted},
        references=tuple(
            one
            for one in selection.references
            if any(
                in_same_lane(one, other)
                for other in selection.implementations
                if other.id in wanted
            )
        ),
        unavailable=(),
        arbiters=(),
    )


def in_same_lane(one: Implementation, other: Implementation) -> bool:
    """Whether two run on one OpenSSL, as far as is known before they are started."""
    if one.interpreter is None or other.interpreter is None:
        return True
    first, second = (each.loaded or each.openssl for each in (one.interpreter, other.interpreter))
    return lane_of(first) == lane_of(second)


NEEDED = ("MemoryBIO", "SSLObject", "SSLContext.wrap_bio")
"""What a reference must have: without it no scenario's claim holds, and nothing is compared."""


def lacking(agent: RemoteAgent) -> list[str]:
    """Which of NEEDED an implementation does not have, or has and cannot call."""
    session = Session(agent)
    found = []
    for name in NEEDED:
        try:
            value = functools.reduce(getattr, name.split("."), session.module)
        except AttributeError:
            value = None
        if not callable(value):
            found.append(name)
    del value
    session.end()
    return found


def check_reference(one: Implementation, agent: RemoteAgent) -> None:
    """Raise PlanError where nothing can be compared with a reference."""
    names = lacking(agent)
    if names:
        listed = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        raise PlanError(
            f"{one.id} has no {listed}, so nothing can be compared with it: name a reference that "
            "has, such as a Python 3, with --reference."
        )


def said(error: OSError) -> str:
    """What an error of the operating system says, with the path that it is about."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def hint(implementation: Implementation, why: str) -> str:
    """A sentence about what may put right that an implementation did not start."""
    unmapped = re.search(r"(/[^:\n]+): failed to map segment from shared object", why)
    if unmapped is not None:
        folder = Path(unmapped[1]).parent
        is_built = folder.is_relative_to(cache_folder())
        cure = f"another folder with {CACHE_VARIABLE}" if is_built else "one where code may run"
        return f" Its file system does not allow code (it is mounted noexec): name {cure}."
    if not implementation.site and re.search(r"(ModuleNotFound|Import)Error|No module named", why):
        return (
            " Site-packages are not visible to it: write site = true if what it needs is "
            "installed there."
        )
    quoting = re.search(r"[Ss]yntax error|unexpected|not found|expected", why)
    launchers = ("ssh", "sh", "bash", "su", "sudo", "doas")
    if not implementation.shell_quoted and implementation.interpreter is None and quoting:
        if any(Path(word).name in launchers for word in implementation.argv):
            return (
                " If argv hands its arguments to a shell, as ssh does, write shell_quoted = true."
            )
    return ""


def shown_path(path: Path) -> str:
    """A path relative to the project where it is inside."""
    root = Path(__file__).resolve().parents[2]
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def make_plan(
    implementations: Sequence[str],
    reference: str | None,
    interpreters: Sequence[Path],
    certificates: Path,
    openssl: Sequence[str] = (),
    tests: Sequence[str] = (),
) -> Plan:
    """Find, build and start every implementation once. Raises PlanError.

    Where `tests` are given, ids of tests, only those that they run on.

    One that cannot be built or started is MISSING, with the reason; without a reference there is
    nothing to compare with, and no run.
    """
    try:
        registry, selection = assemble(implementations, reference, interpreters, openssl=openssl)
        if tests:
            selection = named_in(tests, registry, selection)
    except (RegistryError, InterpreterError) as error:
        raise PlanError(str(error)) from None
    except OSError as error:  # of what is fetched, built or only looked at on the way
        raise PlanError(f"The run cannot begin: {said(error)}.") from None
    started = {
        one.id: Started(missing=one.reason, file=shown_path(one.file))
        for one in selection.missing
        if not one.optional
    }
    optional = {one.id: one.reason for one in selection.missing if one.optional}
    describe = {one.id: ("not on this machine", one.role) for one in selection.missing}
    ready: dict[str, Implementation] = {}
    references = {one.id for one in (selection.reference, *selection.references)}
    for one in selection.everyone:
        describe[one.id] = (one.describe, one.role)
        try:
            made = built(one)
            agent = RemoteAgent(made)
        except (BuildError, AgentStartError) as error:
            why = f"{str(error).rstrip('.')}.{hint(one, str(error))}"
            started[one.id] = Started(missing=why, file=shown_path(one.file))
            continue
        hello = agent.hello
        try:
            if one.id in references:
                check_reference(made, agent)
        except (AgentFailure, AgentLost) as error:
            raise PlanError(f"The reference {one.id} did not answer: {error}") from None
        finally:
            agent.close()
        runs_on = hello.openssl
        if made.interpreter is not None and made.interpreter.implementation == "pypy":
            runs_on = made.interpreter.loaded or runs_on  # it names what it was compiled with
        started[one.id] = Started(
            hello.python,
            hello.implementation,
            runs_on,
            file=shown_path(one.file),
            default_suites=hello.default_suites,
        )
        ready[one.id] = made
    if selection.reference.id not in ready:
        reason = started[selection.reference.id].missing
        raise PlanError(f"The reference {selection.reference.id} did not start: {reason}")
    selection = replace(
        selection,
        references=tuple(ready[one.id] for one in selection.references if one.id in ready),
        reference=ready[selection.reference.id],
        implementations=tuple(
            ready[one.id] for one in selection.implementations if one.id in ready
        ),
        arbiters=tuple(ready[one.id] for one in selection.arbiters if one.id in ready),
        backward={
            name: ready[one.id]
            for name, one in selection.backward.items()
            if name in ready and one.id in ready
        },
    )
    return Plan(selection, started, describe, optional, certificates)
