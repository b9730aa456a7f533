"""Every implementation as client against every implementation as server, and who is at fault.

A scenario of the topic `product` takes two remote modules, `client_ssl` and `server_ssl`, each in
a process of its own, and carries the bytes between them. What each side does is a transcript of
its own. Both are compared with those of the reference that talks to itself, and what differs is
laid at the door of a side by looking at other meetings of the same scenario:

- the client differs from the reference's as well when the reference is its server: it is the
  client's own doing; and the other way round for the server;
- the reference in its place, opposite the same partner, differs too: the partner made it so;
- only the two together differ: whichever side shows the same when it talks to itself, and both
  where neither or each of them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from conformance.explain.failure import LONGEST_OUTCOME, Claim, call_at, outcomes_at
from conformance.explain.failure import Side as Shown
from conformance.judge.verdict import (
    ACCEPTED,
    VERDICTS,
    Comparison,
    Divergence,
    Verdict,
    compare,
    judge_divergence,
)
from conformance.peers import UnboundPeers
from conformance.run.plan import Plan, split_test_id
from conformance.run.runner import Run, Runner, Scenario, carry_out, confirmed, recorded
from conformance.transcript.build import Operation
from conformance.transcript.elide import contrast
from impls.host.process import AgentFailure, AgentStartError
from impls.host.registry import Implementation
from impls.host.remote import RemoteAgent, Session

TOPIC = "interop"
"""The folder of the scenarios that are asked of two implementations at once."""

Side = Literal["client", "server"]
SIDES: tuple[Side, Side] = ("client", "server")

REMOTE = tuple(f"{side}_{what}" for side in SIDES for what in ("ssl", "native"))
"""Arguments of a scenario that are put in when it is run."""

Fault = Literal["client", "server", "both"]


@dataclass(frozen=True)
class Meeting:
    """A client and a server: what a scenario of this topic is parametrised with."""

    client: Implementation
    server: Implementation

    @property
    def id(self) -> str:
        return f"{self.client.id}-to-{self.server.id}"

    def on(self, side: Side) -> Implementation:
        return self.client if side == "client" else self.server


def meetings_of(plan: Plan) -> list[Meeting]:
    """Everyone with everyone, the reference and each with itself among them.

    Who declares that it has no SSLContext.wrap_bio has nothing to meet anybody with.
    """
    selection = plan.selection
    everyone = [
        one
        for one in (selection.reference, *selection.implementations)
        if one.unsupported_member("SSLContext.wrap_bio") is None
    ]
    return [Meeting(client, server) for client in everyone for server in everyone]


def is_of_product(test_id: str) -> bool:
    """Whether a test id is that of a scenario of this topic."""
    return test_id.startswith(f"{TOPIC}/")


@dataclass(frozen=True)
class Finding:
    """One difference in what one side did, and whose fault it is."""

    side: Side
    """Where it shows."""
    at_fault: Fault
    culprits: tuple[str, ...]
    """The implementations at fault, by id."""
    divergence: Divergence
    gated: bool
    """Whether a candidate is among the culprits."""

    @property
    def passed(self) -> bool:
        return not self.gated or self.divergence.verdict in ACCEPTED


@dataclass(frozen=True)
class Judgement:
    """What came of one scenario in one meeting."""

    scenario: str
    client: str
    server: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    operations: tuple[int, int] = (0, 0)
    """How many the client and the server did."""
    note: str | None = None
    story: str | None = None

    @property
    def passed(self) -> bool:
        if self.verdict in ("ERROR", "MISSING"):
            return False
        return all(finding.passed for finding in self.findings)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it, without the story."""
        plain = asdict(replace(self, story=None))
        del plain["story"]
        for written, finding in zip(plain["findings"], self.findings, strict=True):
            written["divergence"]["fingerprint"] = finding.divergence.fingerprint
        plain["passed"] = self.passed
        return plain


@dataclass(frozen=True)
class Met:
    """What both sides did."""

    client: Run
    server: Run
    note: str | None = None
    """One sentence about a loss that was not confirmed."""

    def on(self, side: Side) -> Run:
        return self.client if side == "client" else self.server

    @property
    def lost(self) -> Operation | None:
        """The operation at which a side was lost, if one was."""
        lost = [self.on(side).transcript.lost for side in SIDES]
        return lost[0] or lost[1]


class Table:
    """The agents of one process, a client and a server of each, and what became of one scenario."""

    def __init__(self, minted: Mapping[str | bytes, str]) -> None:
        """`minted` names the certificates, serial numbers and dates of this run."""
        self._minted = minted
        self._agents: dict[tuple[Side, str], RemoteAgent] = {}
        self._scenario = ""
        self._met: dict[tuple[str, str], Met] = {}

    def meet(self, scenario: Scenario, meeting: Meeting) -> Met:
        """What becomes of a scenario, done once. Raises AgentStartError and AgentFailure."""
        if scenario.id != self._scenario:  # all meetings of one come one after the other
            self._scenario, self._met = scenario.id, {}
        key = (meeting.client.id, meeting.server.id)
        if key not in self._met:
            self._met[key] = confirmed(lambda: self.meet_again(scenario, meeting))
        return self._met[key]

    def meet_again(self, scenario: Scenario, meeting: Meeting) -> Met:
        """The same once more, in fresh agents where the last ones were lost."""
        agents = {side: self._agent(side, meeting.on(side)) for side in SIDES}
        sessions = {side: Session(agents[side]) for side in SIDES}
        arguments = dict(scenario.arguments)
        for side, session in sessions.items():
            remote = {f"{side}_ssl": session.module, f"{side}_native": session.native}
            arguments.update((name, value) for name, value in remote.items() if name in arguments)
        remote.clear()
        peers = arguments.get("peers")
        if isinstance(peers, UnboundPeers):
            client, server = (sessions[side] for side in SIDES)
            arguments["peers"] = peers.bind_sides(
                (client.module, client.native), (server.module, server.native)
            )
        try:
            end, stopped = carry_out(scenario.function, arguments)
        except (AgentFailure, KeyboardInterrupt, SystemExit):
            for side in SIDES:
                self._discard(side, meeting.on(side))
            raise
        runs = {}
        for side, session in sessions.items():
            error = self._end(side, session, meeting.on(side))
            runs[side] = recorded(session, end, stopped, error, self._minted)
        return Met(runs["client"], runs["server"])

    def close(self) -> None:
        for agent in self._agents.values():
            agent.close()
        self._agents.clear()

    def _agent(self, side: Side, implementation: Implementation) -> RemoteAgent:
        key = (side, implementation.id)
        if key not in self._agents:
            self._agents[key] = RemoteAgent(implementation)
        return self._agents[key]

    def _discard(self, side: Side, implementation: Implementation) -> None:
        agent = self._agents.pop((side, implementation.id), None)
        if agent is not None:
            agent.close()

    def _end(self, side: Side, session: Session, implementation: Implementation) -> str | None:
        """End a side's session; return what the scenario left behind there, as one sentence."""
        end = session.end()
        if session.lost is not None or end.changed:
            self._discard(side, implementation)
        if session.lost is None and (end.changed or end.leaked):
            return f"The scenario left {', '.join(end.changed + end.leaked)} behind."
        return None


def judge_meeting(
    table: Table,
    runner: Runner,
    plan: Plan,
    test_id: str,
    scenario: Scenario,
    meeting: Meeting,
) -> Judgement:
    """The judgement on a scenario in a meeting, which may be that of the reference with itself.

    `runner` asks stock 2.7 what a side asked that it may have handed down.
    """
    judgement = Judgement(scenario.id, meeting.client.id, meeting.server.id, "ERROR")
    judge = _Judge(table, runner, plan, scenario, meeting)
    try:
        wrong = judge.what_is_wrong()
        if wrong is not None:
            return replace(judgement, note=wrong, story=wrong)
        findings = tuple(judge.findings())
    except AgentStartError as error:
        return replace(judgement, verdict="MISSING", note=str(error), story=str(error))
    except AgentFailure as error:
        note = f"The suite's own fault: {error}"
        return replace(judgement, note=note, story=note)
    verdicts: list[Verdict] = [finding.divergence.verdict for finding in findings]
    order = list(VERDICTS)
    verdicts.append("equivalent" if judge.rules else "same")
    judgement = replace(
        judgement,
        verdict=max(verdicts, key=order.index),
        findings=findings,
        operations=judge.operations(),
        note=judge.met(meeting).note,
    )
    if judgement.passed:
        return judgement
    return replace(judgement, story=judge.tell(test_id, findings))


class _Judge:
    """Compares the two transcripts of one meeting."""

    def __init__(
        self, table: Table, runner: Runner, plan: Plan, scenario: Scenario, meeting: Meeting
    ) -> None:
        self.table = table
        self.runner = runner
        self.plan = plan
        self.scenario = scenario
        self.meeting = meeting
        self.reference = plan.selection.reference
        self.own = Meeting(self.reference, self.reference)
        self.rules = 0
        """How often languages explained a difference."""

    def met(self, meeting: Meeting) -> Met:
        return self.table.meet(self.scenario, meeting)

    def operations(self) -> tuple[int, int]:
        met = self.met(self.meeting)
        return len(met.client.transcript.operations), len(met.server.transcript.operations)

    def what_is_wrong(self) -> str | None:
        """Why the scenario or the suite is wrong, in one sentence, whoever meets."""
        ours = self.met(self.own)
        name = self.reference.id
        if ours.client.stopped is not None:
            return f"The claim does not hold on the reference {name}: {ours.client.stopped}"
        for side in SIDES:
            run = ours.on(side)
            if run.transcript.lost is not None:
                lost = run.transcript.lost
                return f"The reference {name} was lost as {side}: {lost.call}: {lost.outcome()}"
            if not run.transcript.operations:
                return f"The scenario asks nothing of the {side}."
        if self.meeting == self.own:
            again = self.table.meet_again(self.scenario, self.own)
            for side in SIDES:
                found = compare(ours.on(side).transcript, again.on(side).transcript)
                if found.divergences or found.rules:
                    return f"Two runs on the reference {name} differ in the {side}: it is flaky."
        for side in SIDES:
            error = self.met(self.meeting).on(side).error
            if error is not None:
                return f"On {self.meeting.on(side).id} as {side}: {error}"
        return None

    def findings(self) -> Iterable[Finding]:
        met = self.met(self.meeting)
        for side in SIDES:
            comparison = self.compared(self.meeting, side)
            self.rules += sum(comparison.rules.values())
            run = met.on(side)
            for divergence in comparison.divergences:
                lost_here = run.transcript.lost is not None
                if met.lost is not None and not lost_here and divergence.member == "scenario":
                    continue  # the course ends here because the other side was lost
                fault: Fault = side if lost_here else self.fault(side, divergence)
                yield self.judged(side, fault, divergence)

    def compared(self, meeting: Meeting, side: Side) -> Comparison:
        """How a side differs from the reference that talks to itself."""
        ours, theirs = self.met(self.own), self.met(meeting)
        return compare(ours.on(side).transcript, theirs.on(side).transcript)

    def shows(self, meeting: Meeting, side: Side, divergence: Divergence) -> bool:
        """Whether a side differs in the same way in another meeting."""
        found = self.compared(meeting, side).divergences
        return any(one.fingerprint == divergence.fingerprint for one in found)

    def fault(self, side: Side, divergence: Divergence) -> Fault:
        """Whose doing a difference is."""
        other: Side = "server" if side == "client" else "client"
        here, there = self.meeting.on(side), self.meeting.on(other)
        if self.shows(self.placed(side, here, self.reference), side, divergence):
            return side
        if self.shows(self.placed(side, self.reference, there), side, divergence):
            return other
        alone = self.shows(self.placed(side, here, here), side, divergence)
        if alone == self.shows(self.placed(side, there, there), side, divergence):
            return "both"
        return side if alone else other

    @staticmethod
    def placed(side: Side, here: Implementation, there: Implementation) -> Meeting:
        """The meeting in which one takes that side and the other its opposite."""
        return Meeting(here, there) if side == "client" else Meeting(there, here)

    def judged(self, side: Side, fault: Fault, divergence: Divergence) -> Finding:
        at_fault = [self.meeting.on(one) for one in SIDES if fault in (one, "both")]
        culprits = [one for one in at_fault if one.id != self.reference.id] or at_fault
        gated = any(one.role == "candidate" for one in culprits)
        run = self.met(self.meeting).on(side)
        stock = self.plan.selection.backward.get(self.meeting.on(side).id)

        def inherited(found: Divergence) -> bool:
            if stock is None or fault != side:
                return False
            return self.runner.answers_alike(run, found.position, stock)

        divergence = judge_divergence(
            divergence,
            run.transcript,
            "candidate" if gated else "witness",
            (),
            self.meeting.on(side).unsupported,
            inherited,
            self.plan.today,
        )
        names = tuple(dict.fromkeys(one.id for one in culprits))
        return Finding(side, fault, names, divergence, gated)

    def tell(self, test_id: str, findings: Sequence[Finding]) -> str:
        """The story of a meeting that fails, for a person at a terminal."""
        claim = Claim.of(self.scenario.function)
        lines = [
            f"{self.meeting.client.id} as client, {self.meeting.server.id} as server, compared "
            f"with {self.reference.id} as both.",
            "",
            f"Claim:          {claim.text}",
            f"Documentation:  {claim.anchor}",
        ]
        for finding in findings:
            if finding.passed:
                continue
            side, divergence = finding.side, finding.divergence
            shown = [
                Shown(one.on(side).id, met.transcript.operations, met.stopped, met.stderr)
                for one in (self.own, self.meeting)
                for met in (self.met(one).on(side),)
            ]
            lines += [
                "",
                f"{divergence.verdict} in the {side}, operation {divergence.position}; at fault: "
                f"{finding.at_fault} ({', '.join(finding.culprits)})",
                f"    {call_at(shown[0], divergence.position)}",
            ]
            outcomes = outcomes_at(shown, divergence.position)
            for one, outcome in zip(shown, outcomes, strict=True):
                lines.append(f"    {one.name}  ->  {outcome}")
            ours, theirs = contrast([divergence.reference, divergence.candidate], LONGEST_OUTCOME)
            lines += [f"    {divergence.field}: {ours}", f"    instead: {theirs}"]
            lines += ["    " + line for line in shown[1].stderr.splitlines()[-15:]]
        stopped = self.met(self.meeting).client.stopped
        if stopped is not None:
            lines += ["", f"The scenario stopped: {stopped}"]
        return "\n".join([*lines, "", f"Rerun just this:  pytest '{test_id}'"])


Key = tuple[str, str, str]
"""(scenario, client, server)"""


@dataclass
class Meetings:
    """What was planned of this topic, and what came of it."""

    expected: Mapping[str, Meeting]
    """By the last parameter of their test ids."""
    planned: set[Key] = field(default_factory=set)
    judged: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def plan_test(self, test_id: str) -> None:
        found = split_test_id(test_id, self.expected)
        if found is None:
            raise ValueError(f"{test_id} is asked of nobody in this plan.")
        meeting = self.expected[found[1]]
        self.planned.add((found[0], meeting.client.id, meeting.server.id))

    def add(self, plain: Mapping[str, Any], claim: Mapping[str, str]) -> None:
        """Take one judgement, as it travelled from the process that made it."""
        key = (plain["scenario"], plain["client"], plain["server"])
        if key in self.judged:
            self.problems.append(f"{test_id(key)} was judged twice.")
        self.judged[key] = plain
        self.claims[key[0]] = Claim(**claim)

    def finish(self) -> None:
        """Compare what was judged with what was planned."""
        for key in sorted(self.planned - set(self.judged)):
            self.problems.append(f"{test_id(key)} was planned and has no verdict.")
        for key in sorted(set(self.judged) - self.planned):
            self.problems.append(f"{test_id(key)} has a verdict and was not planned.")

    @property
    def complete(self) -> bool:
        return set(self.judged) == self.planned

    @property
    def passed(self) -> bool:
        return self.complete and all(one["passed"] for one in self.judged.values())

    def to_plain(self) -> dict[str, Any]:
        """As report/results.json has it; the same for the same verdicts in whatever order."""
        return {
            "scenarios": [
                {"id": name, "claim": claim.text, "anchor": claim.anchor}
                for name, claim in sorted(self.claims.items())
            ],
            "meetings": [self.judged[key] for key in sorted(self.judged)],
        }


def test_id(key: Key) -> str:
    """A meeting's test id, as pytest prints it."""
    scenario, client, server = key
    asked = f"{client}-to-{server}"
    return f"{scenario[:-1]}-{asked}]" if scenario.endswith("]") else f"{scenario}[{asked}]"
