"""`tox -e audit-mutants`: make mutants, ask them, and say which survive.

usage: python -m tests.audits mutants [--share N] [--meaning] [--only TEXT] [--seconds N]
       [--questions N] [--processes N] [--folder FOLDER]

What was found out is kept in the folder, which is one of the cache, with digests of all it depends
on: a run that ended early, by --seconds or by hand, goes on there. Who was noticed is asked again
only where more changed than other files of scenarios, and who was not is asked by the files that
are new or changed. With --questions the first mutant is asked at once; without, the backport as it
is has to tell first which lines each scenario runs, which takes a quarter of an hour.

Exit status 0 means that at least 97 % of those that could be noticed were, 95 % of those by hand,
and that equivalent.toml is true.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import certs
from conformance.report.paths import a_path
from impls.host import toml_reader
from impls.host.cache import cache_folder
from impls.host.selection import Selection, assemble
from impls.host.toml_reader import PROSE, TEXTS, Key, Schema, Several
from tests.audits import sources
from tests.audits.backport.debug_python import NoDebugPython
from tests.audits.mutation import footprints, graft_cases, meaning, situations
from tests.audits.mutation.footprints import Line
from tests.audits.mutation.jury import (
    PATIENCE,
    SURVIVES,
    WAYS,
    Answer,
    Jury,
    Parties,
    Sentence,
    answer,
    digests,
    file_of,
    is_of_the_graft,
    lines_of_marks,
    marks_of_start,
    nearest,
)
from tests.audits.mutation.memory import Memory
from tests.audits.mutation.operators import (
    MEANING,
    OPERATORS,
    Mutation,
    chosen,
    mutations,
    place_of,
    shows_in_memory,
    span_of,
)
from tests.audits.mutation.workshop import EXTENSION, PYTHON_HALF, Stillborn, Workshop, using
from tests.audits.result import UNFINISHED, Result, Table, publish
from tests.support.forks import forked

WANTED = 97.0
WANTED_WITH_MEANING = 95.0
"""Percent of the mutants that are not equivalent: those by operators, those by hand."""

SHARE = 2
"""Mutants of each operator in each file."""

COUNTS = "counts"
"""The killer of a mutant that was found out by what it leaves behind."""

SLOW = 60.0
"""Seconds until the backport as it is hangs: it does not."""

STILLBORN, NEVER_RUNS = "stillborn", "never runs"
TO_BE_COUNTED = "to be counted"
"""Of a mutant that no question noticed, and that may show in the memory: no last word."""

GOES_ON = ("(", ",", "[", "{", "and", "or", "\\")
"""Ends of lines of Python after which the statement goes on."""

LARGEST = 4 << 30
"""Bytes of memory that a mutant may ask for: one that does so for ever must not have it all."""

MANY = 2000
"""Questions that take longer than the situations do: then these are asked first."""

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
OF_EQUIVALENT = 300
"""Questions, the likeliest, that a mutant of equivalent.toml is asked: none can notice it, if the
reason is true."""
ENTRY = Schema(
    "equivalent",
    "Mutants that do what the backport does.",
    (Key("ids", TEXTS, "Their ids, as a run prints them."), Key("reason", PROSE, "Why.")),
)
FILE = Schema(
    "equivalent.toml",
    "Mutants that no scenario can notice.",
    (Key("equivalent", Several(ENTRY), "Mutants with one reason.", ()),),
)
DEPENDS_ON = (
    "certs",
    "conformance/judge",
    "conformance/peers",
    "conformance/run",
    "conformance/transcript",
    "impls/agent",
    "impls/backport",
    "impls/host",
    "tests/audits/mutation/footprints.py",
    "tests/audits/mutation/jury.py",
    "tests/audits/mutation/memory.py",
    "tests/audits/backport/callbacks_in_python27.py",
    "tests/audits/backport/pair_in_python27.py",
    "tests/audits/backport/reconfigure_in_python27.py",
    "tests/audits/backport/situations_in_python27.py",
    "tests/audits/backport/threads.py",
    "tests/audits/backport/threads_in_python27.py",
    "tests/audits/mutation/graft_cases.py",
    "tests/audits/mutation/situations.py",
    "tests/audits/mutation/workshop.py",
    "tests/support/switched_on.py",
    "tests/unit/switched_on_in_python27.py",
)
"""What a mutant's fate depends on besides the change itself and the scenarios."""


@dataclass(frozen=True)
class Found:
    """What came of one mutant."""

    killer: str | None
    how: str
    """SURVIVES, NEVER_RUNS, STILLBORN, TO_BE_COUNTED, or what was noticed."""
    asked: int
    stamp: str
    """The digest of all it depends on but scenarios."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The digests of the files of scenarios it depends on: the killer's, or all."""


class Record:
    """What was found out so far, in a file."""

    def __init__(self, path: Path, stamp: str, files: Mapping[str, str]) -> None:
        """`files` are the digests of the files of scenarios, as they are now."""
        self.path = path
        self.stamp = stamp
        self.files = files
        self.found: dict[str, Found] = {}
        if path.exists():
            for name, one in json.loads(path.read_text("utf-8")).items():
                self.found[name] = Found(**one)

    def last(self, mutation: Mutation) -> str | None:
        """Who noticed it last time."""
        found = self.found.get(mutation.id)
        return None if found is None else found.killer

    def current(self, mutation: Mutation) -> Found | None:
        """What holds still, as nothing has changed that it depends on."""
        found = self.found.get(mutation.id)
        if found is None or found.stamp != self.stamp:
            return None
        return found if found.files == self._relevant(found.killer, found.how) else None

    def waits(self, mutation: Mutation) -> bool:
        """Whether all that is still to be done is to count what it leaves behind."""
        found = self.current(mutation)
        return found is not None and found.how == TO_BE_COUNTED

    def spared(self, mutation: Mutation) -> frozenset[str]:
        """The files of scenarios that did not notice it and are as they were."""
        found = self.found.get(mutation.id)
        if found is None or found.stamp != self.stamp or found.how != SURVIVES:
            return frozenset()
        return frozenset(
            file for file, digest in found.files.items() if self.files.get(file) == digest
        )

    def add(self, mutation: Mutation, sentence: Sentence) -> None:
        files = self._relevant(sentence.killer, sentence.how)
        self.found[mutation.id] = Found(**asdict(sentence), stamp=self.stamp, files=files)
        fresh = self.path.with_suffix(".new")
        plain = {name: asdict(one) for name, one in sorted(self.found.items())}
        fresh.write_text(json.dumps(plain, indent=1), "utf-8")
        fresh.replace(self.path)

    def _relevant(self, killer: str | None, how: str) -> dict[str, str]:
        """The files of scenarios that a fate depends on, with their digests."""
        if killer is None:
            return {} if how == STILLBORN else dict(self.files)
        if killer == COUNTS or killer.startswith((graft_cases.PREFIX, situations.PREFIX)):
            return {}
        file = file_of(killer)
        return {file: self.files.get(file, "")}


def parties(selection: Selection, place: Path, name: str, timeout: float) -> Parties:
    """The backport in each way, built in `place`, and whom it is compared with."""
    backports = {one.id.partition("-")[0]: one for one in selection.implementations}
    grafted = next(one for name, one in backports.items() if name == WAYS[1])
    return Parties(
        {way: using(backports[way], place, name, timeout) for way in WAYS},
        {"forward": selection.reference, "backward": selection.backward[grafted.id]},
    )


def possible(workshop: Workshop) -> list[Mutation]:
    """Every mutant that there could be, each in the text as the workshop has it."""
    files = [*sorted(path.name for path in workshop.sources.glob("*.c")), PYTHON_HALF]
    made = [one for file in files for one in mutations(file, workshop.text(file))]
    return [*made, *meaning.mutants(workshop.text)]


def ran(mutation: Mutation, workshop: Workshop, lines: Mapping[Line, bool]) -> bool:
    """Whether anything ran the line that is changed: the one on which its statement begins."""
    if not mutation.function:
        return True
    text = workshop.text(mutation.file)
    number = place_of(mutation, text)
    if mutation.file == PYTHON_HALF:
        before = text.splitlines()[: number - 1]
        while (mutation.file, number) not in lines and before and before[-1].endswith(GOES_ON):
            before.pop()
            number -= 1
        return (mutation.file, number) in lines
    span = span_of(mutation, text)
    known = [at for at in span if (mutation.file, at) in lines and at <= number]
    return bool(known) and lines[mutation.file, known[-1]]


def ran_in_situations(
    mutation: Mutation,
    text: str,
    situations: Mapping[str, frozenset[Line]],
    by_questions: Sequence[int],
) -> bool:
    """Whether a situation alone ran the line that is changed: gcov knows nothing of its processes.

    `text` is the file as it was, `situations` has the lines of each program, `by_questions` those
    of the file that any question marks. A situation ran the line if it alone marks it, or the last
    line marked before it.
    """
    span, line = span_of(mutation, text), place_of(mutation, text)
    marked = {at for lines in situations.values() for file, at in lines if file == mutation.file}
    every = sorted(at for at in marked.union(by_questions) if at in span)
    near = every if mutation.operator == MEANING else nearest(line, every)
    return not marked.isdisjoint(near) and not set(by_questions).issuperset(near)


@dataclass
class Kept:
    """What is the same for all mutants, as long as nothing that they depend on changes."""

    stamp: str
    folder: Path
    plain: Workshop
    traced: Workshop
    answers: dict[str, Answer]
    files: dict[str, str]
    """The digests of the files of scenarios that the answers are to."""
    situations: dict[str, frozenset[int]] = field(default_factory=dict)
    """By program of situations, the marks it leaves; empty before it is known."""

    @property
    def certificates(self) -> certs.Catalogue:
        return certs.load(self.folder / "certificates")

    @classmethod
    def at(cls, folder: Path, stamp: str, files: dict[str, str], python: Path) -> Kept:
        """What an earlier run left that holds still, or a new one without any answer."""
        path = folder / "kept.pickle"
        try:
            kept = pickle.loads(path.read_bytes()) if path.exists() else None
        except (AttributeError, ImportError):  # left by modules that had other names
            kept = None
        if isinstance(kept, Kept) and kept.stamp == stamp:
            same = {file for file, digest in kept.files.items() if files.get(file) == digest}
            kept.answers = {id: one for id, one in kept.answers.items() if file_of(id) in same}
            kept.files = files
            return kept
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "certificates").mkdir(parents=True)
        certs.mint(folder / "certificates")
        plain = Workshop(folder / "plain", python)
        traced = Workshop(folder / "traced", python, footprints.FLAGS)
        made = cls(stamp, folder, plain, traced, {}, files)
        made.save()
        return made

    def save(self) -> None:
        fresh = self.folder / "kept.new"
        fresh.write_bytes(pickle.dumps(self))
        fresh.replace(self.folder / "kept.pickle")


def empanelled(
    kept: Kept, selection: Selection, processes: int, deadline: float
) -> tuple[Jury, dict[Line, bool], dict[str, frozenset[Line]]]:
    """Ask the backport as it is what it was not asked before.

    Returns the jury, of each line whether any question ran it, and by program of situations the
    lines that it marks.
    """
    built, objects = kept.traced.built, kept.traced.folder / "objects"
    asked = parties(selection, built, "traced", SLOW)
    for batch in answer(kept.certificates, asked, kept.folder, processes, kept.answers):
        kept.answers.update(batch)
        kept.save()
        if time.monotonic() > deadline:
            print(f"{len(kept.answers)} questions were asked so far: run this again.")
            sys.exit(UNFINISHED)
    if not kept.situations:
        direct = asked.backports[WAYS[0]]
        kept.situations = situations.marks_of(direct, kept.folder, kept.certificates.directory)
        kept.save()
    started = marks_of_start(asked, kept.folder)
    lines = lines_of_marks(kept.answers, started, built / EXTENSION)
    ran = footprints.reached(objects)
    ran.update({line: True for line in lines.values() if line[0] == PYTHON_HALF})
    plain = parties(selection, kept.plain.built, "plain", SLOW)
    places = sorted(frozenset().union(*kept.situations.values()))
    marked = footprints.lines_of(places, built / EXTENSION)
    of_situations = {
        program: frozenset(marked[place] for place in marks if place in marked)
        for program, marks in kept.situations.items()
    }
    return Jury(kept.certificates, kept.answers, lines, started, plain), ran, of_situations


def counting(kept: Kept, selection: Selection) -> Memory | None:
    """What counts references and memory; None, and a word about it, where that cannot be had."""
    folder = kept.folder / "counting"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return Memory(folder, kept.folder / "certificates", selection.implementations[0])
    except NoDebugPython as error:
        print(f"Leaks are not looked for: {error}", flush=True)
        return None


@dataclass(frozen=True)
class Terms:
    """How many questions a mutant is asked, and which of them first."""

    most: int | None
    """So many of the likeliest, and at once; None for all that it may be noticed by."""
    likely: Mapping[str, tuple[str, ...]]
    """See meaning.likely()."""
    equivalent: Container[str]
    """The ids of equivalent.toml: these are asked OF_EQUIVALENT questions, and survive them."""
    situations: Mapping[str, frozenset[Line]] = field(default_factory=dict)
    """By program of situations, the lines that it marks."""


def try_one(
    mutation: Mutation,
    workshop: Workshop,
    jury: Jury,
    selection: Selection,
    record: Record,
    terms: Terms,
) -> Sentence | None:
    """Build a mutant and ask it what it was not asked before, what noticed it last time first.

    None where `terms.most` questions were too few to notice it.
    """
    most, equivalent = terms.most, mutation.id in terms.equivalent
    try:
        place = workshop.make(mutation)
    except Stillborn:
        return Sentence(None, STILLBORN, 0)
    if most is None:
        text = workshop.text(mutation.file)
        order = jury.in_order(mutation, span_of(mutation, text), place_of(mutation, text))
    else:
        order = jury.likeliest(mutation)
    last, spared = record.last(mutation), record.spared(mutation)
    fresh = [one for one in order if one.file not in spared]
    hints = terms.likely.get(mutation.line, ())
    fresh.sort(key=lambda one: (one.id != last, not one.id.startswith(hints)))
    if equivalent:
        fresh = fresh[:OF_EQUIVALENT]
    mutants = parties(selection, place, f"mutant-{mutation.id}", PATIENCE).backports
    grafts = mutants[WAYS[1]], jury.sound[WAYS[1]]
    direct = mutants[WAYS[0]], jury.sound[WAYS[0]]
    programs: set[str] = set()
    if most is None and mutation.file.endswith(".c") and not equivalent:
        programs = programs_near(mutation, workshop.text(mutation.file), terms.situations)
    first = len(fresh) > MANY
    try:
        case = graft_cases.noticed(*grafts, jury.certificates, hints)
        if case is not None:
            return Sentence(case, "case", 0)
        if first:
            situation = situations.noticed(*direct, jury.certificates, last, programs)
            if situation is not None:
                return Sentence(situation, "situation", 0)
        sentence = jury.judge(fresh[:most], mutants)
        if sentence.killer is None and (most is None or is_of_the_graft(mutation)):
            case = graft_cases.noticed(*grafts, jury.certificates)
            if case is not None:
                return Sentence(case, "case", sentence.asked)
        if sentence.killer is None and not first:
            situation = situations.noticed(*direct, jury.certificates, last, programs)
            if situation is not None:
                return Sentence(situation, "situation", sentence.asked)
    finally:
        workshop.clear(mutation)
    if sentence.killer is None and sentence.asked < len(fresh):
        return None
    return sentence


def programs_near(mutation: Mutation, text: str, marked: Mapping[str, frozenset[Line]]) -> set[str]:
    """The names of the programs of situations that may notice a mutant in C.

    `text` is the changed file as it was, `marked` has the lines that each program marks. As with
    questions, see Jury.in_order(), a program that does not come near cannot notice.
    """
    if not mutation.function:
        return set(marked)
    span, line = span_of(mutation, text), place_of(mutation, text)
    own = {
        program: {at for file, at in lines if file == mutation.file and at in span}
        for program, lines in marked.items()
    }
    every = sorted(set().union(*own.values()))
    near = every if mutation.operator == MEANING else nearest(line, every)
    return {program for program, lines in own.items() if lines & set(near)}


def reviewed() -> dict[str, str]:
    """equivalent.toml: the reason for each id."""
    found: dict[str, str] = {}
    for entry in toml_reader.read(EQUIVALENT, FILE)["equivalent"]:
        for name in entry["ids"]:
            if name in found:
                sys.exit(f"{EQUIVALENT.name} names {name} twice.")
            found[name] = entry["reason"]
    return found


def conclude(
    found: Mapping[Mutation, Found], reasons: Mapping[str, str], others: Container[str] = ()
) -> list[str]:
    """Sentences about what is wrong: too many survive, or equivalent.toml is not true.

    `others` are ids of mutants that were not chosen this time.
    """
    by_id = {one.id: one for one in found}
    trouble = []
    for name in reasons:
        if name in by_id:
            how = found[by_id[name]].how
            if how != SURVIVES:
                trouble.append(f"{EQUIVALENT.name} names {by_id[name]}, which is none ({how}).")
        elif name not in others:
            trouble.append(f"{EQUIVALENT.name} names {name}, and there is no such mutant.")
    survivors = surviving(found, reasons)
    for one in survivors:
        print(f"survives: {one}\n          {one.line}")
    for what, by_hand, wanted in (
        ("mutants", False, WANTED),
        ("mutants with meaning", True, WANTED_WITH_MEANING),
    ):
        noticed, total = score(found, survivors, by_hand)
        percent = 100 * noticed / max(total, 1)
        print(f"{noticed} of {total} {what} were noticed: {percent:.1f} %")
        if total and percent < wanted:
            trouble.append(f"{percent:.1f} % of the {what} were noticed: {wanted:g} % are wanted.")
    return trouble


def score(
    found: Mapping[Mutation, Found], survivors: Collection[Mutation], by_hand: bool
) -> tuple[int, int]:
    """How many were noticed, of how many that could be."""
    noticed = sum(
        (one.operator == MEANING) == by_hand
        for one, result in found.items()
        if result.killer is not None
    )
    return noticed, noticed + sum((one.operator == MEANING) == by_hand for one in survivors)


def surviving(found: Mapping[Mutation, Found], reasons: Mapping[str, str]) -> list[Mutation]:
    """Those that nobody noticed and that no reason explains."""
    return [one for one in found if found[one].how == SURVIVES and one.id not in reasons]


def result_of(found: Mapping[Mutation, Found], reasons: Mapping[str, str]) -> Result:
    survivors = surviving(found, reasons)
    killed, total = score(found, survivors, by_hand=False)
    killed_by_hand, by_hand = score(found, survivors, by_hand=True)
    counts = Counter(one.how for one in found.values())
    equivalent = sum(one.id in reasons for one in found)
    sentence = (
        f"Of {total} versions of the backport that are wrong in one small way the suite notices "
        f"{killed}: {100 * killed / max(total, 1):.1f} %; of {by_hand} with a fault by hand "
        f"{killed_by_hand}: {100 * killed_by_hand / max(by_hand, 1):.1f} %."
    )
    details = [
        f"{equivalent} more do what the backport does, for the reasons in "
        f"`{EQUIVALENT.name}`; {counts[NEVER_RUNS]} changes are in lines that no scenario runs, "
        "which is the business of `tox -e audit-coverage`; "
        f"{counts[STILLBORN]} do not compile.",
    ]
    details += [f"Nobody notices `{one}`." for one in survivors]
    rows = []
    for name, what in OPERATORS.items():
        mine = [one for one in found if one.operator == name]
        noticed = sum(found[one].killer is not None for one in mine)
        alive = sum(one.operator == name for one in survivors)
        equal = sum(one.id in reasons for one in mine)
        rows.append((f"{name}: {what}", str(noticed), str(alive), str(equal)))
    table = Table(
        "Mutants by operator", ("operator", "noticed", "survive", "equivalent"), tuple(rows)
    )
    numbers = {
        "mutants": total,
        "noticed": killed,
        "equivalent": equivalent,
        "by hand": by_hand,
        "noticed by hand": killed_by_hand,
    }
    return Result(sentence, numbers, details, [table])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.audits mutants")
    parser.add_argument("--share", type=int, default=SHARE)
    parser.add_argument("--meaning", action="store_true", help="only those with meaning, by hand")
    parser.add_argument("--only", default="", help="those whose line contains this")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument(
        "--questions",
        type=int,
        help="ask so many of the likeliest, at once, and leave who is not noticed for another run",
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=a_path, default=cache_folder() / "mutants")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    deadline = began + options.seconds
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, selection = assemble([f"{way}-*" for way in WAYS])
    python = selection.implementations[0].interpreter
    if selection.missing or python is None:
        sys.exit(selection.missing[0].reason if selection.missing else "There is no CPython 2.7.")
    files = digests()
    stamp = sources.digest(DEPENDS_ON)
    kept = Kept.at(options.folder / "kept", stamp, files, python.executable)
    workshop = kept.plain
    record = Record(options.folder / "found.json", stamp, files)
    every = possible(workshop)
    wanted = [
        one
        for one in chosen(every, options.share)
        if options.only in str(one) and (one.operator == MEANING or not options.meaning)
    ]
    open_ones = [one for one in wanted if record.current(one) is None]
    quiet_ones = [one for one in wanted if record.waits(one)]
    print(
        f"{len(wanted)} mutants, {len(open_ones)} of them to be asked, {len(quiet_ones)} to be "
        "counted",
        flush=True,
    )
    if open_ones or quiet_ones:
        lines: dict[Line, bool] = {}
        of_situations: dict[str, frozenset[Line]] = {}
        if options.questions is None:
            jury, lines, of_situations = empanelled(kept, selection, options.processes, deadline)
            print(f"the backport as it is was asked: {time.monotonic() - began:.0f} s", flush=True)
        else:
            plain = parties(selection, kept.plain.built, "plain", SLOW)
            jury = Jury(kept.certificates, kept.answers, {}, frozenset(), plain)

        terms = Terms(options.questions, meaning.likely(), reviewed(), of_situations)

        def work_on(number: int) -> Sentence | None:
            one = open_ones[number]
            if time.monotonic() > deadline:
                return None
            if (
                options.questions is None
                and not ran(one, workshop, lines)
                and not ran_in_situations(
                    one, workshop.text(one.file), of_situations, jury.marked(one.file)
                )
            ):
                return Sentence(None, NEVER_RUNS, 0)
            return try_one(one, workshop, jury, selection, record, terms)

        def conclude_on(one: Mutation, sentence: Sentence) -> None:
            record.add(one, sentence)
            print(f"{sentence.how:16} {sentence.asked:5} {one}", flush=True)

        for number, sentence in forked(work_on, len(open_ones), options.processes):
            one = open_ones[number]
            if sentence is not None and sentence.how == SURVIVES and shows_in_memory(one):
                record.add(one, replace(sentence, how=TO_BE_COUNTED))
                quiet_ones.append(one)
            elif sentence is not None:
                conclude_on(one, sentence)

        memory = counting(kept, selection) if quiet_ones else None

        def count(number: int) -> Sentence:
            noticed = memory.notice(quiet_ones[number]) if memory is not None else None
            return Sentence(None, SURVIVES, 0) if noticed is None else Sentence(COUNTS, noticed, 0)

        for number, sentence in forked(count, len(quiet_ones), options.processes):
            conclude_on(quiet_ones[number], sentence)
    left = [one for one in wanted if record.current(one) is None or record.waits(one)]
    if left:
        print(f"{len(left)} mutants are left: run this again.")
        sys.exit(UNFINISHED)
    found = {one: record.found[one.id] for one in wanted}
    reasons = reviewed()
    trouble = conclude(found, reasons, {one.id for one in every})
    publish("mutants", result_of(found, reasons))
    sys.exit("\n".join(trouble) or 0)


if __name__ == "__main__":
    main()
