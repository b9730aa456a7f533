"""Asks a mutant scenario after scenario, until one is judged otherwise than before the change."""

from __future__ import annotations

import functools
import gc
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import certs
from conformance.judge.compare import Difference, compare
from conformance.run.plan import Axis
from conformance.run.runner import Runner, Scenario
from conformance.run.scenarios import (
    LOADS_OTHERS,
    SCENARIOS,
    about_of,
    likeliest_first,
    scenarios,
    topics,
    words,
)
from conformance.transcript.certificate_names import names_of
from conformance.transcript.model import Transcript
from impls.host.declarations import Implementation
from impls.host.process import AgentFailure, AgentStartError
from impls.host.session import RemoteAgent
from impls.host.versions import About
from tests.audits import sources
from tests.audits.mutation import footprints
from tests.audits.mutation.footprints import Footprints, Line
from tests.audits.mutation.operators import MEANING, Mutation
from tests.audits.result import TOP
from tests.support.forks import forked

PATIENCE = 8.0
"""Seconds until an operation of a mutant that gives no answer hangs: more than the agent's own."""

BATCH = 150
"""Questions whose answers are kept at once."""

SURVIVES = "survives"

WAYS = ("backport", "monkeypatched")
"""How the backport is asked: directly, and grafted on 2.7's ssl. Ids begin with these."""

OF_THE_GRAFT = {"graft", "stock", "shared"}
"""Words of changes that are likely to show in the graft."""

OTHER_WAY = 30
"""How many scenarios are asked in the likely way before the first is in the other."""


@dataclass(frozen=True)
class Question:
    """One scenario, in one way, on one axis."""

    scenario: Scenario
    way: str
    axis: Axis

    @property
    def id(self) -> str:
        return f"{self.scenario.id} {self.way} {self.axis}"

    @property
    def file(self) -> str:
        return file_of(self.id)


def file_of(question: str) -> str:
    """The file of scenarios, below the folder of them all, that a question's id begins with."""
    return question.partition("::")[0]


def source_of(mutation: Mutation) -> str:
    """All that a mutation says about itself."""
    told = (mutation.function, mutation.line, mutation.old, mutation.new)
    return " ".join([*told, Path(mutation.file).stem])


def is_of_the_graft(mutation: Mutation) -> bool:
    """Whether its words are those of a change that shows in the graft."""
    return not OF_THE_GRAFT.isdisjoint(words(source_of(mutation)))


def digests() -> dict[str, str]:
    """The digest of each file of scenarios; those that load others have the digest of all."""
    files = {
        path.relative_to(SCENARIOS).as_posix(): path
        for topic in topics()
        for path in sorted((SCENARIOS / topic).glob("test_*.py"))
    }
    whole = sources.digest([SCENARIOS.relative_to(TOP).as_posix()])
    return {
        name: whole
        if LOADS_OTHERS in path.read_text("utf-8")
        else sources.digest([path.relative_to(TOP).as_posix()])
        for name, path in files.items()
    }


@dataclass(frozen=True)
class Answer:
    """What the backport does without any change, and what it is compared with."""

    reference: Transcript
    transcript: Transcript
    differences: tuple[Difference, ...]
    places: frozenset[int]
    """The marks it left, see footprints.py."""

    def is_like(self, transcript: Transcript, axis: Axis) -> bool:
        """Whether another transcript gets the same judgement: every divergence is the same."""
        own, its = self.transcript, transcript
        if (its.operations, its.end, its.left) == (own.operations, own.end, own.left):
            return True
        return compare(self.reference, transcript, axis).differences == self.differences


@dataclass(frozen=True)
class Parties:
    """Who is asked: the backport in each way, and what each axis compares it with."""

    backports: Mapping[str, Implementation]
    references: Mapping[Axis, Implementation]

    @functools.cached_property
    def about(self) -> Mapping[Axis, About]:
        """What the scenarios of each axis make their claims about."""
        return {axis: about_of(reference) for axis, reference in self.references.items()}


@dataclass(frozen=True)
class Sentence:
    """What a mutant was found out by, or that it was not."""

    killer: str | None
    """The question; None for one that survives."""
    how: str
    asked: int


def questions(certificates: certs.Catalogue, about: Mapping[Axis, About]) -> Iterator[Question]:
    """Every scenario in each way; those of the backward axis are asked of the graft alone.

    On the forward axis the graft is mostly as stock 2.7 is: the comparison shows that as a
    divergence, which must then stay the same.
    """
    for topic in topics():
        for scenario in scenarios(topic, certificates, about["forward"], "forward"):
            for way in WAYS:
                yield Question(scenario, way, "forward")
        for scenario in scenarios(topic, certificates, about["backward"], "backward"):
            yield Question(scenario, "monkeypatched", "backward")


def nearest(line: int, marked: Sequence[int]) -> list[int]:
    """The line, and the last one before it, as far as they are `marked`, a sorted list."""
    before = [at for at in marked if at < line]
    return [*before[-1:], *(at for at in marked if at == line)]


def quiet() -> None:
    """Let collections between scenarios look at nothing but scenarios."""
    gc.collect()
    gc.freeze()


def answers(
    asked: Sequence[Question], minted: Mapping[str | bytes, str], parties: Parties, marks: Path
) -> dict[str, Answer]:
    """Ask everything of the backport as it is, and of those it is compared with."""
    runner = Runner(minted)
    shared = Footprints(marks)
    found: dict[str, Answer] = {}
    quiet()
    try:
        for question in asked:
            ours = runner.run(question.scenario, parties.references[question.axis]).transcript
            backport = parties.backports[question.way]
            if not found:
                runner.run(question.scenario, backport)
            shared.taken()
            theirs = runner.run_again(question.scenario, backport).transcript
            differences = compare(ours, theirs, question.axis).differences
            found[question.id] = Answer(ours, theirs, differences, shared.taken())
    finally:
        runner.close()
    return found


class Jury:
    """The questions, and the answers of the backport as it is."""

    def __init__(
        self,
        certificates: certs.Catalogue,
        answered: Mapping[str, Answer],
        lines: Mapping[int, Line],
        started: frozenset[int],
        parties: Parties,
    ) -> None:
        """`lines` are what the marks in the answers mean, and those that an agent's start leaves.

        `parties` are what mutants are made of; they give what answers are wanted and not there.
        """
        asked = list(questions(certificates, parties.about))
        self._asked = asked
        self._answers = dict(answered)
        self._minted = names_of(certificates)
        self._parties = parties
        self._runner = Runner(self._minted)
        self.certificates = certificates.directory
        self.sound = parties.backports
        self._lines = {
            one.id: {lines[place] for place in answered[one.id].places if place in lines}
            for one in asked
            if one.id in answered
        }
        self._started = {lines[place] for place in started if place in lines}
        self._marked_lines: dict[str, Sequence[int]] = {}

    def likeliest(self, mutation: Mutation) -> list[Question]:
        """All questions, those first whose words are the mutant's."""
        return self._sorted(self._asked, mutation)

    def _sorted(
        self, asked: Sequence[Question], mutation: Mutation, first: Container[str] = ()
    ) -> list[Question]:
        """The questions in the order in which they are likely to notice; `first` are ids."""
        found = {one.scenario.id: one.scenario for one in asked}
        source = source_of(mutation)
        place = {
            scenario.id: number
            for number, scenario in enumerate(likeliest_first([*found.values()], source))
        }
        likely = WAYS[1] if is_of_the_graft(mutation) else WAYS[0]

        def key(one: Question) -> tuple[bool, int]:
            later = 0 if one.way == likely else OTHER_WAY
            return one.id not in first, place[one.scenario.id] + later

        return sorted(asked, key=key)

    def in_order(self, mutation: Mutation, span: range, line: int) -> list[Question]:
        """The questions that may notice: those that run the function, and come near the line.

        All may notice what is outside of one, or in one that runs when an agent starts. A mark is
        where a block begins, and with -O0 (workshop.FLAGS) every join of branches begins one: a
        question that runs a line has marked it, or the last line marked before it. Only mutants by
        operators are narrowed so; those by hand change several lines.

        First those that run just this line, and of those and the others first those whose words
        are the mutant's.
        """

        def among(lines: Iterable[Line]) -> bool:
            return any(file == mutation.file and at in span for file, at in lines)

        everyone = not mutation.function or among(self._started)
        running = [one for one in self._asked if everyone or among(self._lines[one.id])]
        if not everyone and mutation.operator != MEANING:
            near = nearest(line, [at for at in self.marked(mutation.file) if at in span])
            running = [
                one for one in running if self._lines[one.id] & {(mutation.file, at) for at in near}
            ]
        exact = {one.id for one in running if (mutation.file, line) in self._lines[one.id]}
        return self._sorted(running, mutation, exact)

    def marked(self, file: str) -> Sequence[int]:
        """The lines of a file that any question marks."""
        if file not in self._marked_lines:
            every = {at for lines in self._lines.values() for name, at in lines if name == file}
            self._marked_lines[file] = sorted(every)
        return self._marked_lines[file]

    def judge(self, order: Sequence[Question], mutants: Mapping[str, Implementation]) -> Sentence:
        """Ask until something is found out.

        It must be so a second time, and the backport as it is must still answer as it did.
        """
        runner = Runner(self._minted)
        quiet()
        try:
            for number, question in enumerate(order, 1):
                how = self._notice(runner, question, mutants[question.way])
                if how is not None:
                    return Sentence(question.id, how, number)
        finally:
            runner.close()
        return Sentence(None, SURVIVES, len(order))

    def _notice(self, runner: Runner, question: Question, mutant: Implementation) -> str | None:
        """How a mutant is found out by a question, in a few words, if it is."""
        answer = self._answer(question)
        try:
            run = runner.run(question.scenario, mutant)
            if run.lost is not None:
                slow = run.lost.kind == "HANG" and self._is_slow(question, mutant)
                return None if slow else str(run.lost.kind)
            if answer.is_like(run.transcript, question.axis):
                return None
            again = runner.run_again(question.scenario, mutant).transcript
        except AgentStartError:
            return "does not start"
        except AgentFailure:
            return "breaks the agent"
        sound = self._runner.run_again(question.scenario, self._parties.backports[question.way])
        if not answer.is_like(sound.transcript, question.axis):
            return None
        return None if answer.is_like(again, question.axis) else "another verdict"

    def _answer(self, question: Question) -> Answer:
        """What the backport as it is does: known, or found out now."""
        if question.id not in self._answers:
            ours = self._runner.run(question.scenario, self._parties.references[question.axis])
            sound = self._runner.run(question.scenario, self._parties.backports[question.way])
            differences = compare(ours.transcript, sound.transcript, question.axis).differences
            self._answers[question.id] = Answer(
                ours.transcript, sound.transcript, differences, frozenset()
            )
        return self._answers[question.id]

    def _is_slow(self, question: Question, mutant: Implementation) -> bool:
        """Whether the backport as it is gives no answer either in the time that a mutant has."""
        sound = replace(
            self._parties.backports[question.way],
            id=f"hasty-{question.way}",
            operation_timeout=mutant.operation_timeout,
        )
        return self._runner.run_again(question.scenario, sound).lost is not None


def answer(
    certificates: certs.Catalogue,
    parties: Parties,
    folder: Path,
    processes: int,
    known: Mapping[str, Answer],
) -> Iterator[dict[str, Answer]]:
    """Ask the backport as it is, built to leave footprints, what is not known; batch by batch."""
    asked = [one for one in questions(certificates, parties.about) if one.id not in known]
    minted = names_of(certificates)
    preloaded = footprints.library(folder)
    starts = range(0, len(asked), BATCH)

    def answered(number: int) -> dict[str, Answer]:
        marks = folder / f"footprints-{number}"
        leaving = {
            way: footprints.leaving(one, preloaded, marks) for way, one in parties.backports.items()
        }
        batch = asked[starts[number] : starts[number] + BATCH]
        try:
            return answers(batch, minted, Parties(leaving, parties.references), marks)
        finally:
            marks.unlink()

    for _, batch in forked(answered, len(starts), processes):
        yield batch


def marks_of_start(parties: Parties, folder: Path) -> frozenset[int]:
    """What the backport leaves when an agent starts, before it is asked anything."""
    marks = folder / "footprints-start"
    shared, preloaded = Footprints(marks), footprints.library(folder)
    for backport in parties.backports.values():
        RemoteAgent(footprints.leaving(backport, preloaded, marks)).close()
    marks.unlink()
    return shared.taken()


def lines_of_marks(
    answered: Mapping[str, Answer], started: frozenset[int], extension: Path
) -> dict[int, Line]:
    """The lines that the marks in the answers and of the start stand for."""
    places = started.union(*(one.places for one in answered.values()))
    return footprints.lines_of(sorted(places), extension)
