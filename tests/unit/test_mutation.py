"""Mutants: what the operators change, that a choice stays the same, when a run of them fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.run.runner import Run, Scenario
from conformance.run.scenarios import likeliest_first
from conformance.transcript.model import Operation, Transcript
from impls.host.declarations import Implementation
from tests.audits import sources
from tests.audits.backport import steady
from tests.audits.backport.steady import Kept, compared, differences
from tests.audits.mutation import graft_cases, meaning
from tests.audits.mutation.footprints import Footprints
from tests.audits.mutation.jury import (
    SURVIVES,
    Answer,
    Jury,
    Parties,
    Question,
    Sentence,
    digests,
    file_of,
    nearest,
)
from tests.audits.mutation.mutants import (
    COUNTS,
    DEPENDS_ON,
    NEVER_RUNS,
    STILLBORN,
    Found,
    Record,
    conclude,
    programs_near,
    ran_in_situations,
    result_of,
    reviewed,
)
from tests.audits.mutation.operators import (
    MEANING,
    OPERATORS,
    PYTHON,
    C,
    Mutation,
    chosen,
    mutations,
    place_of,
    span_of,
)
from tests.audits.mutation.workshop import PYTHON_HALF, SOURCE
from tests.support.agents import implementation
from tests.support.forks import forked
from tests.support.switched_on import CASES

IN_C = """\
/* if (commented) return 0; */
static PyObject *
example(Object *self, int size)
{
    if (size < 0 && self->data == NULL) {
        PyErr_SetString(PyExc_ValueError, "if (quoted) return -1;");
        return NULL;
    }
    self->length = size + 2;
    SSL_set_options(self->ssl,
                    flags(self));
    Py_INCREF(self);
    PyMem_Free(self->data);
    PyThread_release_lock(self->lock);
    if (failed())
        return -1;
    return 0;
}

static PyMethodDef methods[] = {
    {"read", (PyCFunction)read, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
"""
FROM_C = {
    ("inverted-condition", "size < 0 && self->data == NULL", "!(size < 0 && self->data == NULL)"),
    ("inverted-condition", "failed()", "!(failed())"),
    ("dropped-check", "failed()", "0 && (failed())"),
    (
        "dropped-check",
        "size < 0 && self->data == NULL",
        "0 && (size < 0 && self->data == NULL)",
    ),
    ("boundary", "<", "<="),
    ("other-logic", "&&", "||"),
    ("other-comparison", "==", "!="),
    ("wrong-constant", "0", "1"),
    ("wrong-constant", "2", "3"),
    ("wrong-arithmetic", "+", "-"),
    ("dropped-raise", 'PyErr_SetString(PyExc_ValueError, "if (quoted) return -1;")', "(void)0"),
    ("swallowed-error", "return NULL", "Py_RETURN_NONE"),
    ("swallowed-error", "return -1", "return 0"),
    ("wrong-result", "0", "1"),
    ("dropped-assignment", "self->length = size + 2", "(void)0"),
    (
        "dropped-call",
        "SSL_set_options(self->ssl,\n                    flags(self))",
        "(void)0",
    ),
    ("dropped-reference", "Py_INCREF(self)", "(void)0"),
    ("dropped-release", "PyMem_Free(self->data)", "(void)0"),
    ("dropped-entry", '    {"read", (PyCFunction)read, METH_NOARGS, NULL},', ""),
}

IN_PYTHON = '''\
class Example(object):
    """if documented: return True"""

    def method(self, size):
        if size > 1 and not self.closed:  # if commented:
            raise ValueError("if quoted: %d" % size)
        self.size = size
        self._flush("all")
        try:
            self.work()
        except Error:
            raise
        return False
'''
FROM_PYTHON = {
    (
        "inverted-condition",
        "size > 1 and not self.closed",
        "not (size > 1 and not self.closed)",
    ),
    ("boundary", ">", ">="),
    ("other-logic", "and", "or"),
    ("wrong-constant", "1", "2"),
    ("dropped-raise", 'raise ValueError("if quoted: %d" % size)', "pass"),
    ("dropped-assignment", "self.size = size", "pass"),
    ("dropped-call", 'self._flush("all")', "pass"),
    ("dropped-call", "self.work()", "pass"),
    ("swallowed-error", "raise", "pass"),
    ("wrong-result", "False", "True"),
}


def changes(file: str, text: str) -> set[tuple[str, str, str]]:
    return {(one.operator, one.old, one.new) for one in mutations(file, text)}


def test_what_is_changed_in_c() -> None:
    assert changes("example.c", IN_C) == FROM_C
    assert {one.function for one in mutations("example.c", IN_C)} == {"example", ""}


def test_what_is_changed_in_python() -> None:
    plain = IN_PYTHON.replace("  # if commented:", "")
    found = changes("example.py", plain)
    dropped = ("dropped-check", "size > 1 and not self.closed")
    assert found == FROM_PYTHON | {(*dropped, "False and (size > 1 and not self.closed)")}


def test_every_operator_is_used_and_told() -> None:
    assert {*C.operators} | {*PYTHON.operators} | {MEANING} == {*OPERATORS}
    used = {operator for operator, _, _ in FROM_C | FROM_PYTHON}
    assert used | {MEANING} == {*OPERATORS}


def test_a_mutation_is_one_change() -> None:
    for one in mutations("example.c", IN_C):
        changed = one.applied(IN_C)
        assert changed != IN_C
        assert changed.count("\n") == IN_C.count("\n") - one.old.count("\n") + one.new.count("\n")
        assert one.new in changed


def test_a_text_that_is_no_longer_there_fails_clearly() -> None:
    one = mutations("example.c", IN_C)[0]
    with pytest.raises(ValueError, match="example.c is not what it was"):
        one.applied("\n" + IN_C)


def test_ids_stay_where_something_else_changes() -> None:
    before = {one.id for one in mutations("example.c", IN_C)}
    after = {one.id for one in mutations("example.c", "/* New. */\n" + IN_C.replace("+ 2", "+ 4"))}
    assert len(before) == len(mutations("example.c", IN_C))
    gone = [one for one in mutations("example.c", IN_C) if one.id not in after]
    assert {one.line for one in gone} == {"self->length = size + 2;"}


def test_the_line_that_must_run() -> None:
    places = {(one.operator, one.old): place_of(one, IN_C) for one in mutations("example.c", IN_C)}
    assert places["inverted-condition", "failed()"] == 15
    assert places["dropped-check", "failed()"] == 16
    assert (
        places["dropped-call", "SSL_set_options(self->ssl,\n                    flags(self))"] == 10
    )
    one = mutations("example.c", IN_C)[0]
    assert {3, 18} <= {*span_of(one, IN_C)} and 20 not in span_of(one, IN_C)


def test_a_choice_is_the_same_every_time_and_has_every_operator() -> None:
    files = [*sorted(path.name for path in SOURCE.glob("*.c")), PYTHON_HALF]
    found = [one for file in files for one in mutations(file, text_of(file))]
    found += meaning.mutants(text_of)
    some = chosen(found, 3)
    assert some == chosen(list(reversed(found)), 3)
    assert {one.operator for one in some} == {*OPERATORS}
    assert {one.file for one in some} == {*files}
    assert len(some) >= 130
    assert {one.id for one in chosen(found, 2)} <= {one.id for one in some}
    assert len({one.id for one in found}) == len(found)


# With meaning


def text_of(file: str) -> str:
    return (SOURCE / file).read_text("utf-8")


def test_every_mutant_with_meaning_is_in_its_file_and_changes_something() -> None:
    made = [*meaning.mutants(text_of)]
    assert len(made) >= 150
    assert len({one.line for one in made}) == len(made)
    for one in made:
        assert one.applied(text_of(one.file)) != text_of(one.file)
    assert {*chosen(made, 0)} == {*made}
    assert len({(one.file, one.applied(text_of(one.file))) for one in made}) == len(made)


def test_what_is_likely_to_notice_a_mutant_is_there() -> None:
    there = [*digests(), *(graft_cases.PREFIX + case for case in CASES)]
    for wrong, hints in meaning.likely().items():
        for hint in hints:
            assert any(one.startswith(hint) for one in there), f"{wrong}: {hint} is not there"


def entry(before: str, after: str) -> str:
    texts = f"before = '''{before}'''\nafter = '''{after}'''\n"
    return f'[[mutant]]\nfile = "x.c"\nwrong = "It is wrong."\n{texts}'


def test_a_mutant_with_meaning_is_the_lines_that_change(tmp_path: Path) -> None:
    text = "int\nf(void)\n{\n    a();\n    b();\n    c();\n}\n"
    path = tmp_path / "meaning.toml"
    path.write_text(entry("    a();\n    b();\n    c();", "    a();\n    c();"))
    (one,) = meaning.mutants(lambda file: text, path)
    assert (one.function, one.line) == ("f", "It is wrong.")
    assert one.start == text.index("    b();")
    assert one.applied(text) == text.replace("    b();\n", "")
    assert str(one) == f"{one.id} meaning in x.c, f(): It is wrong."


@pytest.mark.parametrize(("text", "count"), [("b();\n", 0), ("a();\na();\n", 2)])
def test_a_mutant_whose_text_is_not_there_once_fails_clearly(
    tmp_path: Path, text: str, count: int
) -> None:
    path = tmp_path / "meaning.toml"
    path.write_text(entry("a();", "c();"))
    with pytest.raises(meaning.Outdated, match=f"is {count} times in x.c, and once is wanted"):
        [*meaning.mutants(lambda file: text, path)]


# Who is asked first


def about_tickets(ssl: Any, version: str) -> None:
    """num_tickets is a number."""
    ssl.num_tickets = 3


def about_much(ssl: Any) -> None:
    """Much is looked at, and num_tickets is one of many names."""
    ssl.num_tickets = ssl.options, ssl.verify_mode, ssl.verify_flags, ssl.protocol
    ssl.security_level = ssl.cert_store_stats, ssl.get_ca_certs, ssl.session_stats


def about_names(ssl: Any) -> None:
    """A server name is sent."""
    ssl.wrap_bio(1, 2, server_hostname="localhost")


def test_few_rare_words_come_before_many_and_other_parameters_later() -> None:
    asked = [
        Scenario("names", about_names, {}),
        Scenario("much", about_much, {}),
        Scenario("tickets[0]", about_tickets, {"version": "earlier"}),
        Scenario("tickets[1]", about_tickets, {"version": "later"}),
    ]
    found = [one.id for one in likeliest_first(asked, "context_set_num_tickets(num_tickets)")]
    assert found == ["tickets[0]", "much", "names", "tickets[1]"]


# What is asked again


BEFORE = {"a/test_x.py": "1", "a/test_y.py": "2"}
KILLER = "a/test_x.py::test_it[0] backport forward"


def recorded(path: Path, sentence: Sentence) -> Mutation:
    (one,) = mutants(1)
    Record(path, "stamp", BEFORE).add(one, sentence)
    return one


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        (Sentence(KILLER, "CRASH", 1), [True, True, False]),
        (Sentence(None, SURVIVES, 9), [False, False, False]),
        (Sentence(None, NEVER_RUNS, 0), [False, False, False]),
        (Sentence(COUNTS, "leak", 9), [True, True, True]),
        (Sentence(graft_cases.PREFIX + CASES[0], "case", 9), [True, True, True]),
        (Sentence(None, STILLBORN, 0), [True, True, True]),
    ],
)
def test_a_fate_stands_until_a_file_of_scenarios_changes_that_it_depends_on(
    tmp_path: Path, sentence: Sentence, stands: list[bool]
) -> None:
    path = tmp_path / "found.json"
    one = recorded(path, sentence)
    assert Record(path, "stamp", BEFORE).current(one) is not None
    assert Record(path, "other", BEFORE).current(one) is None
    more, other, mine = (
        {**BEFORE, "b/test_z.py": "3"},
        {**BEFORE, "a/test_y.py": "4"},
        {**BEFORE, "a/test_x.py": "5"},
    )
    found = [Record(path, "stamp", files).current(one) for files in (more, other, mine)]
    assert [each is not None for each in found] == stands


def test_a_survivor_is_asked_by_what_is_new_or_changed(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    now = {"a/test_x.py": "1", "a/test_y.py": "4", "b/test_z.py": "3"}
    one = recorded(path, Sentence(None, SURVIVES, 9))
    assert Record(path, "stamp", now).spared(one) == {"a/test_x.py"}
    assert Record(path, "other", now).spared(one) == frozenset()
    for sentence in (Sentence(None, NEVER_RUNS, 0), Sentence(KILLER, "CRASH", 1)):
        one = recorded(path, sentence)
        assert Record(path, "stamp", now).spared(one) == frozenset()


def test_files_of_scenarios_have_digests_that_show_their_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert file_of(KILLER) == "a/test_x.py"
    found = digests()
    assert "memory_bio/test_eof.py" in found
    whole = found["fragmentation/test_invariance.py"]
    assert whole not in {found[name] for name in found if not name.startswith("fragmentation/")}
    monkeypatch.setattr(sources, "digest", lambda paths: " ".join(paths))
    changed = digests()
    assert changed["memory_bio/test_eof.py"] == "conformance/scenarios/memory_bio/test_eof.py"
    assert changed["fragmentation/test_invariance.py"] == "conformance/scenarios"


def test_marks_are_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "marks"
    shared = Footprints(path)
    with open(path, "r+b") as file:
        for place, mark in ((0, b"1"), (7, b"\x01"), (10, b"\n")):
            file.seek(place)
            file.write(mark)
    assert shared.taken() == {0, 7, 10}
    assert shared.taken() == frozenset()


# What a run comes to


def found(how: str, killer: str | None = None) -> Found:
    return Found(killer, how, 1, "now")


def mutants(count: int) -> list[Mutation]:
    return mutations("example.c", IN_C)[:count]


def test_everything_noticed_is_good() -> None:
    assert conclude({one: found("CRASH", "x") for one in mutants(5)}, {}) == []


def test_too_many_survive() -> None:
    one, *others = mutants(10)
    result = {one: found(SURVIVES), **{other: found("CRASH", "x") for other in others}}
    assert conclude(result, {}) == ["90.0 % of the mutants were noticed: 97 % are wanted."]
    assert conclude(result, {one.id: "It makes no difference."}) == []
    by_hand = [replace(one, operator=MEANING, number=number) for number in range(10)]
    noticed = {other: found("CRASH", "x") for other in [*others, *by_hand[1:]]}
    assert conclude({**noticed, by_hand[0]: found(SURVIVES)}, {}) == [
        "90.0 % of the mutants with meaning were noticed: 95 % are wanted."
    ]


def test_what_never_runs_is_not_counted() -> None:
    one, other = mutants(2)
    assert conclude({one: found(NEVER_RUNS), other: found("HANG", "x")}, {}) == []


def test_a_stale_reason_fails() -> None:
    one, other = mutants(2)
    result = {one: found("CRASH", "x"), other: found("HANG", "x")}
    (told,) = conclude(result, {one.id: "It makes no difference."})
    assert told.endswith("which is none (CRASH).") and one.id in told
    assert conclude(result, {"ffffff": "Gone."}) == [
        "equivalent.toml names ffffff, and there is no such mutant."
    ]
    assert conclude(result, {"ffffff": "Not chosen."}, {"ffffff"}) == []


def test_what_it_came_to_is_told_and_counted() -> None:
    one, other, equal, idle = mutants(4)
    result = {
        one: found("CRASH", "x"),
        other: found(SURVIVES),
        equal: found(SURVIVES),
        idle: found(NEVER_RUNS),
    }
    told = result_of(result, {equal.id: "It makes no difference."})
    assert "Of 2 versions" in told.sentence and "notices 1: 50.0 %;" in told.sentence
    assert told.numbers == {
        "mutants": 2,
        "noticed": 1,
        "equivalent": 1,
        "by hand": 0,
        "noticed by hand": 0,
    }
    assert told.details[0].startswith("1 more do what the backport does")
    assert "; 1 changes are in lines that no scenario runs" in told.details[0]
    assert told.details[1:] == [f"Nobody notices `{other}`."]
    (table,) = told.tables
    numbers = [tuple(map(int, row[1:])) for row in table.rows]
    assert tuple(map(sum, zip(*numbers, strict=True))) == (1, 1, 1)


class Slow:
    """A runner of a scenario that takes its time, whoever is asked; or the mutant's alone."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    def run(self, scenario: Scenario, implementation: Implementation) -> Run:
        one = Operation("call", "f", "f()", "value", {})
        if self.seconds[implementation.id] > implementation.operation_timeout:
            one = Operation("call", "f", "f()", "HANG", {"lost": "no answer"})
        return Run(Transcript((one,), "completed"), (), {})

    run_again = run


@pytest.mark.parametrize("sound, how", [(1.0, "HANG"), (9.0, None)])
def test_a_mutant_hangs_only_where_the_backport_does_not(sound: float, how: str | None) -> None:
    mine, mutant = implementation("sound"), implementation("mutant", operation_timeout=8.0)
    question = Question(Scenario("a", print), "backport", "forward")
    jury = Jury.__new__(Jury)
    jury._answers = {question.id: Answer(Transcript((), ""), Transcript((), ""), (), frozenset())}
    jury._parties = Parties({"backport": mine}, {})
    runner: Any = Slow({"mutant": 99.0, "hasty-backport": sound})
    jury._runner = runner
    assert jury._notice(runner, question, mutant) == how


def test_what_a_mutant_leaves_behind_is_noticed() -> None:
    one = Operation("call", "f", "f()", "value", {})
    sound = Transcript((one,), "completed")
    answer = Answer(sound, sound, (), frozenset())
    assert answer.is_like(sound, "forward")
    assert not answer.is_like(replace(sound, left={"bytearray": "1 in use"}), "forward")
    assert not answer.is_like(replace(sound, end="stopped"), "forward")


def test_work_in_processes() -> None:
    assert dict(forked(lambda number: number * number, 5, 2)) == {n: n * n for n in range(5)}

    def fails(number: int) -> int:
        raise LookupError(f"number {number}")

    with pytest.raises(RuntimeError, match="LookupError: number 0"):
        list(forked(fails, 1, 1))


# The same every time


def test_results_that_are_the_same() -> None:
    results = {"judgements": [{"scenario": "a", "verdict": "same"}], "passed": True}
    assert list(differences(results, {**results})) == []


def test_runs_are_compared_with_the_first(tmp_path: Path) -> None:
    same, other = {"judgements": [1, 2]}, {"judgements": [1, 3]}
    runs = [compared([], 0, same, tmp_path)]
    assert compared(runs, 0, same, tmp_path) == runs[0]
    assert "2 in the first run, 3 in this one" in compared(runs, 0, other, tmp_path).differences
    assert "exit status 0" in compared(runs, 1, same, tmp_path).differences
    assert "has not kept" in compared(runs, 0, other, tmp_path / "elsewhere").differences


def test_what_fates_and_results_depend_on_is_there() -> None:
    assert sources.digest(DEPENDS_ON) != sources.digest(steady.SOURCES)


def test_kept_runs_count_as_long_as_the_sources_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [compared([], 0, {"judgements": []}, tmp_path)] * 3
    results = {"implementations": [{"interpreter": "CPython", "python": "2", "openssl": "3"}] * 2}
    Kept(tmp_path).save(runs, steady.asked(results))
    assert Kept(tmp_path).load() == (runs, "Asked were CPython 2 on 3.")
    assert Kept(tmp_path / "elsewhere").load() == ([], "")
    monkeypatch.setattr(sources, "digest", lambda paths: "other")
    assert Kept(tmp_path).load() == ([], "")


def test_results_that_differ() -> None:
    first = {
        "judgements": [{"scenario": "a", "implementation": "b", "verdict": "same"}],
        "problems": [],
    }
    other = {
        "judgements": [{"scenario": "a", "implementation": "b", "verdict": "NEW"}],
        "problems": [1],
    }
    assert list(differences(first, other)) == [
        ' judgements a b verdict: "same" in the first run, "NEW" in this one',
        " problems: 0 entries in the first run, 1 entries in this one",
    ]
    assert list(differences({}, {"x": 1})) == [" x: absent in the first run"]


def test_every_reviewed_id_is_of_a_mutant_that_there_could_be() -> None:
    files = [*SOURCE.glob("*.c"), SOURCE / PYTHON_HALF]
    ids = {one.id for file in files for one in mutations(file.name, file.read_text("utf-8"))}
    ids |= {one.id for one in meaning.mutants(lambda name: (SOURCE / name).read_text("utf-8"))}
    assert set(reviewed()) <= ids


@pytest.mark.parametrize(
    "line, found",
    [(5, []), (10, [10]), (11, [10]), (20, [10, 20]), (99, [20])],
    ids=["before all", "first", "inside", "second", "behind all"],
)
def test_who_runs_a_line_has_marked_it_or_the_one_before(line: int, found: list[int]) -> None:
    assert nearest(line, [10, 20]) == found


@pytest.mark.parametrize(
    ("marked", "by_questions", "ran"),
    [
        ({5, 9}, (), True),
        ({5, 9}, (5,), True),
        ({5, 9}, (5, 9), False),
        ({5}, (5,), False),
        ({5}, (5, 9), False),
        ({5}, (), True),
        (set(), (5,), False),
        ({15}, (5,), False),
    ],
)
def test_a_situation_alone_ran_a_line(
    marked: set[int], by_questions: tuple[int, ...], ran: bool
) -> None:
    found = mutations("example.c", IN_C)
    (one,) = (each for each in found if each.operator == "dropped-assignment")
    assert place_of(one, IN_C) == 9
    situations = {"threads": frozenset(("example.c", at) for at in marked), "other": frozenset()}
    assert ran_in_situations(one, IN_C, situations, by_questions) is ran
    near = bool(marked) and min(marked) <= 9
    assert programs_near(one, IN_C, situations) == ({"threads"} if near else set())
