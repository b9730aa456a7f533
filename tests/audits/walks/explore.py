"""`tox -e audit-walks`: random walks through ssl, on the reference and on a candidate.

usage: python -m tests.audits walks [--walks N] [--first SEED] [--seconds N] [--processes N]
                                    [--implementation ID]

Hypothesis makes up the walks of each kind (Bytes, Sockets, Functions) from a seed, so that what one
found is found again, and shrinks what is found to the fewest lines and the first values. What is
found is told once, looked for no more, and written as a scenario into report/audits/walks/. Exit
status 0 means that there is none; what a reviewed file in conformance/divergences/ says, wherever
it says it, counts as none, and a walk is judged up to the place where such a thing makes only one
of the two raise. Walks that do not come to the same twice are left out and counted.
"""

from __future__ import annotations

import argparse
import builtins
import itertools
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Flaky

import certs
from conformance.explain.failure import explain_first, explain_pins
from conformance.explain.recording import Recording
from conformance.judge import known
from conformance.judge.judge import Judge, Judged
from conformance.judge.known import Kin, Pin
from conformance.judge.verdict import ACCEPTED, Divergence
from conformance.run.plan import Target
from conformance.run.runner import OBJECT_NUMBER, Runner, Scenario
from conformance.transcript.certificate_names import names_of
from conformance.transcript.model import Operation, Transcript
from impls.host.declarations import Implementation
from impls.host.process import AgentFailure
from impls.host.selection import assemble, built
from tests.audits.result import TOP, Result, fail_on, fresh_folder, publish
from tests.audits.walks.functions import FUNCTIONS
from tests.audits.walks.memory import MEMORY
from tests.audits.walks.sockets import SOCKETS
from tests.audits.walks.values import Kind
from tests.audits.walks.walk import Walk
from tests.support.forks import forked
from tests.support.liars import is_of_the_wrapper

KINDS = (MEMORY, SOCKETS, FUNCTIONS)
WALKED = 1000
"""Walks of each kind where nobody says how many."""
BATCH = 50
"""Walks that are made up from one seed."""
ALIVE = re.compile(r"^\d+ alive$")
"""How many objects of a class are left of a walk."""
AGAIN = re.compile(r"\b(\w+)(?:, \1\b)+")
"""What happened more than once: exceptions that were reported and not raised."""
FLAGS = re.compile(r"\w+\((\d+)\)")
LARGEST = 2**63 - 1
"""2.7's largest int."""
NOT_RAISED = " reported and not raised"
KINDS_OF_A_SEED = 20
"""Different things that are looked for with one seed."""

REFUSING = frozenset({"SSLContext.load_cert_chain", "SSLContext.set_ciphers"})
"""Calls that leave a context half-changed where the standard library refuses them."""
REFUSING_IN_A_THREAD = tuple(f"native.thread(<{name.partition('.')[2]}>" for name in REFUSING)
STRICTER = frozenset({"SSLContext.check_hostname", "SSLContext.verify_mode"})
"""What a session from before must not go round."""

OF_SESSIONS = frozenset({"SSLObject.session", "SSLSocket.session"})

OF_ITS_CALLBACK = "called from its own callback"
"""Of what the backport says where a connection is driven by its own callback."""
WITHOUT_QUEUED_ERRORS = ("AGENT_DROPS_QUEUED_ERRORS", "1")
"""For the reference: what one operation left in OpenSSL's queue, no other one reports."""

What = tuple[str, ...]
"""What is the same in all walks that find the same: member, field, both values."""


@dataclass(frozen=True)
class Parties:
    reference: Implementation
    candidate: Implementation
    reviewed: tuple[Pin, ...] = ()
    """Known divergences."""
    stock: Implementation | None = None
    """What the candidate inherits from."""
    wrapped: bool = False
    """Whether the candidate is a liar: see is_of_the_wrapper()."""


@dataclass(frozen=True)
class Found:
    """What one walk came to."""

    walk: Walk
    what: What = ()
    """Empty where nothing was found."""
    story: str = ""
    file: str = ""
    """The walk as a scenario."""
    left_out: bool = False
    """Whether it cannot be judged: the two, or one of them, do not do the same twice."""
    cut: bool = False
    """Whether it was judged only up to a reviewed difference."""


@dataclass
class Tally:
    """How much was walked."""

    walks: int = 0
    lines: int = 0
    left_out: int = 0
    cut: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        self.walks += other.walks
        self.lines += other.lines
        self.left_out += other.left_out
        self.cut += other.cut
        return self


class Explorer:
    """Walks, on the reference and on a candidate."""

    def __init__(self, parties: Parties, catalogue: certs.Catalogue) -> None:
        self.parties, self.catalogue = parties, catalogue
        self.tally = Tally()
        self._runner = Runner(names_of(catalogue))
        stock = parties.stock
        # Wherever it says so: so no pin is missed where its scenario is not walked.
        pins = [replace(pin, scenarios=()) for pin in parties.reviewed]
        self._judge = Judge(
            self._runner, pins, {} if stock is None else {parties.candidate.id: stock}
        )
        kin = Kin.of(parties.candidate)
        about = [
            unnumbered(pin.fingerprint)
            for pin in parties.reviewed
            if pin.is_about(parties.candidate.id, "forward", kin)
        ]
        everywhere = [*about, *map(of_sockets, about)]
        self.reviewed = {*everywhere, *map(of_threads, everywhere)}
        """Fingerprints that are not news: those of decisions, and what was found before."""
        self._occasions = itertools.count()

    def close(self) -> None:
        self._runner.close()

    def explored(self, walk: Walk) -> Found:
        """Run a walk on both, and say what the candidate does differently, each time."""
        self.tally.walks += 1
        self.tally.lines += len(walk.lines)
        found = self._judged(walk)
        if found.what and not any(self._judged(walk).what == found.what for _ in range(2)):
            found = Found(walk, left_out=True)
        self.tally.left_out += found.left_out
        self.tally.cut += found.cut
        return found

    def _judged(self, walk: Walk) -> Found:
        raised: dict[int, str] = {}
        scenario = walk.scenario(self.catalogue, raised, f", {next(self._occasions)}")
        try:
            self._runner.run(scenario, self.parties.reference)
        except AgentFailure:
            return Found(walk, left_out=True)
        on_reference = dict(raised)
        judged = self._judge.judge(scenario, Target((self.parties.candidate,), self.reference))
        judgement = judged.judgement
        if judgement.verdict == "MISSING":
            sys.exit(f"{judgement.implementation}: {judgement.note}")
        if judgement.verdict == "ERROR":
            return self._wrong(walk, judged, on_reference)
        first, cut = self._first_new(judged)
        if first is None:
            return Found(walk, cut=cut)
        what = unnumbered(first.pinned)
        return Found(walk, what, *self._told(walk, first, judged, on_reference))

    def _wrong(self, walk: Walk, judged: Judged, raised: Mapping[int, str]) -> Found:
        """What comes of a walk that cannot be judged: nothing where it is the reference's fault."""
        note = judged.judgement.note or ""
        if not judged.ours or judged.ours["alone"].lost is not None:
            return Found(walk, left_out=True)
        what = unnumbered(("the suite", "error", "", note))
        file = walk.written("what leads to an error of the suite.", note, raised)
        return Found(walk, what, f"{walk.name}: {note}\n\n{file}", file)

    def is_shown_by_file(self, found: Found) -> bool:
        """Whether the scenario that was written shows what the walk does."""
        module: dict[str, Any] = {}
        exec(compile(found.file, "<scenario>", "exec"), module)
        (function,) = (one for name, one in module.items() if name.startswith("test_"))
        arguments = found.walk.arguments(self.catalogue)
        wanted = function.__code__.co_varnames[: function.__code__.co_argcount]
        name = f"{found.walk.name}, written, {next(self._occasions)}"
        scenario = Scenario(name, function, {each: arguments[each] for each in wanted})
        judged = self._judge.judge(scenario, Target((self.parties.candidate,), self.reference))
        if judged.judgement.verdict == "ERROR":
            return found.what[3:] == unnumbered([judged.judgement.note or ""])
        first, _ = self._first_new(judged)
        return first is not None and is_alike(unnumbered(first.pinned), found.what)

    @property
    def reference(self) -> Implementation:
        return self.parties.reference

    def is_reviewed(self, what: What) -> bool:
        """Whether a decision says so, wherever it says it."""
        if is_stale_errno(what) or is_plain_number(what):
            return True
        return what in self.reviewed or self.reviewed.issuperset(one_by_one(what))

    def _first_new(self, judged: Judged) -> tuple[Divergence | None, bool]:
        """The first divergence that nobody reviewed, and whether a reviewed one comes before all.

        Where only one of the two raised, they have not done the same, and what follows is no news.
        """
        transcript = judged.theirs["alone"].transcript
        parted = end_of_likeness(transcript.operations)
        for one in judged.judgement.divergences:
            if self.parties.wrapped and is_of_the_wrapper(one, transcript):
                continue
            if one.position > parted:
                return None, True
            refused = is_refused_in_its_callback(one, transcript)
            reviewed = self.is_reviewed(unnumbered(one.pinned)) or refused
            if one.verdict not in ACCEPTED and not reviewed:
                return one, False
            if one.field == "outcome" or refused:
                return None, True
        return None, False

    def _told(
        self, walk: Walk, first: Divergence, judged: Judged, raised: Mapping[int, str]
    ) -> tuple[str, str]:
        """What differs, for a person, and the file that shows it."""
        sides = (
            Recording(self.reference.id, judged.ours["alone"]),
            Recording(self.parties.candidate.id, judged.theirs["alone"]),
        )
        lines = explain_first(first, *sides)
        what = f"what {first.member} does here ({first.field})."
        file = walk.written(what, "\n".join(lines).strip(), raised)
        pins = explain_pins([first], walk.name, self.parties.candidate.id, "forward")
        return "\n".join([f"{walk.name}:", *lines, *pins, "", file]), file


def end_of_likeness(operations: Sequence[Operation]) -> int:
    """The position after which the two are unlike, as is reviewed, although nothing shows it yet.

    From there on the reference has a context that is half-changed, or a session for a connection
    that its peer has not verified.
    """
    stricter, in_a_thread = False, False
    for position, one in enumerate(operations):
        in_a_thread |= one.call.startswith(REFUSING_IN_A_THREAD)
        refuses = one.member in REFUSING or (in_a_thread and one.member == "Thread.result")
        if refuses and one.kind == "exception":
            return position
        stricter |= one.verb == "set" and one.member in STRICTER
        resumes = "session=<" in one.call or (one.verb == "set" and one.member in OF_SESSIONS)
        if stricter and resumes:
            return position
    return len(operations)


def is_refused_in_its_callback(divergence: Divergence, transcript: Transcript) -> bool:
    """Whether the candidate refuses to drive a connection in the middle of a callback.

    connections-are-not-used-by-their-own-callbacks.toml says so, whatever the reference does.
    """
    if divergence.position >= len(transcript.operations):
        return False
    operation = transcript.operations[divergence.position]
    told = str(operation.fields.get("message"))
    return operation.inside is not None and OF_ITS_CALLBACK in told


def unnumbered(fingerprint: Sequence[str]) -> What:
    """A fingerprint without numbers: which and how many objects a walk has, is chance.

    So is how many failures alike were reported and not raised.
    """
    texts = tuple(ALIVE.sub("alive", OBJECT_NUMBER.sub("", text)) for text in fingerprint)
    if "left behind" not in texts:
        return texts
    return tuple(AGAIN.sub(r"\1", text) for text in texts)


def is_plain_number(what: What) -> bool:
    """Whether flags that 2.7 has no int for are the same number: which, is chance.

    flags-above-the-largest-int-are-plain-numbers.toml says so.
    """
    _, field, theirs, ours = what
    flags = FLAGS.fullmatch(theirs)
    if flags is None:
        return False
    return field == "value" and int(flags[1]) > LARGEST and ours == f"{flags[1]}L"


def one_by_one(what: What) -> list[What]:
    """The same of each failure that was reported and not raised; itself where it is none."""
    member, field, theirs, ours = what
    lists = [text.removesuffix(NOT_RAISED).split(", ") for text in (theirs, ours)]
    listed = field == "left behind" and theirs.endswith(NOT_RAISED) and ours.endswith(NOT_RAISED)
    if not listed or len(lists[0]) != len(lists[1]):
        return [what]
    return [
        (member, field, one + NOT_RAISED, other + NOT_RAISED)
        for one, other in zip(*lists, strict=True)
        if one != other
    ]


def is_stale_errno(what: What) -> bool:
    """Whether the reference raises what no connection is about: an errno that another call left.

    errors-belong-to-their-connection.toml says so; which errno it is, is chance.
    """
    member, field, theirs, ours = what
    own = vars(builtins).get(theirs)
    of_the_system = isinstance(own, type) and issubclass(own, OSError)
    touches_nothing = member.startswith("SSLObject.") or member == "Thread.result"
    return field == "exception" and touches_nothing and of_the_system and ours == "SSLEOFError"


def of_threads(what: What) -> What:
    """The same of a call in a thread, which raises or returns there what it does."""
    return ("Thread.result", *what[1:])


def of_sockets(what: What) -> What:
    """The same of an SSLSocket: the backport's is made of an SSLObject."""
    return (what[0].replace("SSLObject.", "SSLSocket."), *what[1:])


class Different(AssertionError):
    """A walk found what is looked for."""


def hunted(explorer: Explorer, kind: Kind, number: int, deadline: float) -> Found | None:
    """The smallest walk that finds something which is news; None where none does.

    `number` is the seed, `deadline` what time.monotonic() says when nobody walks any more.
    """
    smallest: list[Found] = []

    @hypothesis.seed(number)
    @hypothesis.settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(kind.walks())
    def nothing_new(walk: Walk) -> None:
        if time.monotonic() > deadline:
            return
        found = explorer.explored(walk)
        if not found.what:
            return
        if smallest and not is_alike(found.what, smallest[0].what):
            return
        smallest.append(found)
        raise Different

    try:
        nothing_new()
    except (Different, Flaky):  # flaky: there was no more time, or it is not found every time
        pass
    if not smallest:
        return None
    found = without_idle_lines(explorer, min(smallest, key=size_of), deadline)
    notes = []
    if time.monotonic() > deadline:
        notes.append("There was no time to shrink it to the end.")
    if not explorer.is_shown_by_file(found):
        notes.append("Written as a scenario it does not show this: what it depends on is left out.")
    explorer.reviewed.update(one.what for one in (*smallest, found))
    return replace(found, story="\n".join([*notes, found.story]))


def is_alike(one: What, other: What) -> bool:
    """Whether two things found are the same to who shrinks: where values differ, any values."""
    return one[:2] == other[:2] if one[1] == "value" else one == other


def size_of(found: Found) -> tuple[int, int]:
    return len(found.walk.lines), sum(map(len, found.walk.lines))


def without_idle_lines(explorer: Explorer, found: Found, deadline: float) -> Found:
    """The same statement by statement, with none that it is found without."""

    def tried(walk: Walk) -> Found:
        other = explorer.explored(walk) if time.monotonic() < deadline else found
        return other if other.what and is_alike(other.what, found.what) else found

    found = tried(found.walk.in_statements())
    for number in reversed(range(len(found.walk.lines))):
        found = tried(found.walk.without(number))
    return found


def explored(
    kind: Kind, number: int, parties: Parties, catalogue: certs.Catalogue, deadline: float
) -> tuple[list[Found], Tally]:
    """All that the walks of one seed find, and how much was walked."""
    every: list[Found] = []
    if time.monotonic() > deadline:
        return every, Tally()
    explorer = Explorer(parties, catalogue)
    try:
        while len(every) < KINDS_OF_A_SEED and time.monotonic() < deadline:
            found = hunted(explorer, kind, number, deadline)
            if found is None:
                break
            every.append(found)
    finally:
        explorer.close()
    return every, explorer.tally


def parties_of(name: str) -> Parties:
    """Whom to ask: the newest standard library, and the implementation of this id, built."""
    _, selection = assemble([name])
    candidates = [one for one in selection.implementations if one != selection.reference]
    if len(candidates) != 1:
        told = selection.missing[0].reason if selection.missing else f"{name} names not just one."
        sys.exit(told)
    (candidate,) = candidates
    stock = selection.backward.get(candidate.id)
    reference = built(selection.reference)
    return Parties(
        replace(reference, environment=(*reference.environment, WITHOUT_QUEUED_ERRORS)),
        built(candidate),
        tuple(known.load(TOP / "conformance" / "divergences")),
        None if stock is None else built(stock),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits walks")
    parser.add_argument("--walks", type=int, default=WALKED, help="of each kind")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--implementation", default="backport-*")
    parser.add_argument("--kind", choices=[kind.name for kind in KINDS], help="only this one")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    parties = parties_of(options.implementation)
    folder = fresh_folder("walks")
    seeds = range(options.first, options.first + -(-options.walks // BATCH))
    kinds = [kind for kind in KINDS if options.kind in (None, kind.name)]
    jobs = [(kind, seed) for seed in seeds for kind in kinds]
    tally = Tally()
    seen: set[What] = set()
    with tempfile.TemporaryDirectory() as temporary:
        certs.mint(Path(temporary))
        catalogue = certs.load(Path(temporary))

        def explore(job: int) -> tuple[list[Found], Tally]:
            return explored(*jobs[job], parties, catalogue, deadline)

        for _, (results, walked) in forked(explore, len(jobs), options.processes):
            tally += walked
            for one in results:
                if one.what not in seen:
                    seen.add(one.what)
                    print(f"{one.story}\n", flush=True)
                    name = f"test_{one.walk.name.replace(' ', '_')}.py"
                    (folder / name).write_text(one.file, "utf-8")
    if not tally.walks:
        sys.exit("There was no time for a single walk.")
    if tally.left_out + tally.cut > tally.walks / 2:
        sys.exit(f"Most of what was walked was not judged to its end: {tally}")
    told = (
        f"{tally.walks} random walks of {tally.lines} lines through ssl; {tally.left_out} were "
        "left out, as they do not come to the same twice or end the reference, and "
        f"{tally.cut} ended early, at a reviewed difference"
    )
    if seen:
        fail_on(
            [
                f"{len(seen)} different things were found in {told}.",
                f"Each is told above, and is a scenario that is missing: {folder} has it.",
            ]
        )
    sentence = (
        f"Nothing was found that `{parties.candidate.id}` does and `{parties.reference.id}` does "
        f"not in {told}."
    )
    numbers = {"walks": tally.walks, "lines": tally.lines, "left out": tally.left_out}
    publish("walks", Result(sentence, {**numbers, "ended early": tally.cut}))


if __name__ == "__main__":
    main()
