"""Comparing and judging: nothing hides what comes after it, and nothing is told twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from conformance.judge.compare import Difference, compare
from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import (
    ACCEPTED,
    VERDICTS,
    Circumstances,
    Divergence,
    Judgement,
    Verdict,
    judge,
)
from conformance.run.plan import Role
from conformance.transcript.model import Operation, Transcript
from impls.host.declarations import Unsupported
from impls.host.wire import ByteString, LongInteger

TODAY = datetime.date(2026, 1, 1)


def value(member: str, result: Any, verb: str = "call", **more: Any) -> Operation:
    return Operation(verb, member, f"{member}()", "value", {"value": result, **more})


def error(member: str, name: str = "SSLError", verb: str = "call", **fields: Any) -> Operation:
    text = f"no attribute '{member.rpartition('.')[2]}'" if name == "AttributeError" else "m"
    given: dict[str, Any] = {
        "exception": name,
        "bases": ["OSError"],
        "message": text,
        "argument_count": 1,
    }
    return Operation(verb, member, f"{member}()", "exception", {**given, **fields})


def lost(member: str, how: Any = "CRASH", what: str = "It died.") -> Operation:
    return Operation("call", member, f"{member}()", how, {"lost": what})


def run(*operations: Operation, end: str = "completed", of_python_2: bool = False) -> Transcript:
    return Transcript(operations, end, of_python_2=of_python_2)


def texts(difference: Difference) -> tuple[str, str]:
    found = Divergence.of(difference)
    return found.reference, found.candidate


def fields(divergences: Sequence[Difference | Divergence]) -> list[tuple[str, str, int]]:
    return [(item.member, item.field, item.position) for item in divergences]


def no(_: int) -> bool:
    return False


def judged(
    ours: Transcript,
    theirs: Transcript,
    *,
    role: Role = "candidate",
    known: Sequence[Pin] = (),
    unsupported: Sequence[Unsupported] = (),
    inherited: Callable[[int], bool] = no,
) -> tuple[Verdict, tuple[Divergence, ...], str | None]:
    return judge(
        compare(ours, theirs, "forward"),
        Circumstances(theirs, role, tuple(known), unsupported, inherited, no, TODAY),
    )


def file(
    name: str, *fingerprint: str, review_by: datetime.date | None = None, axis: str = "forward"
) -> Pin:
    """The only pin of a file of this name."""
    member, field, reference, candidate = fingerprint
    decision = Decision(
        name=name,
        title="It differs",
        reason="So it is.",
        workaround="None.",
        category="deliberate",
        decided_by="A test",
        tracker=("None",),
        review_by=review_by,
    )
    return Pin(decision, 1, ("*",), ("*",), axis, (member, field, reference, candidate))


# Comparing


def test_the_same_is_the_same() -> None:
    comparison = compare(run(value("a", 1)), run(value("a", 1)), "forward")
    assert comparison.differences == () and not comparison.rules and comparison.compared == 1


def test_the_first_difference_does_not_hide_later_ones() -> None:
    ours = run(value("a", 1), value("b", 2), value("c", 3), error("d"))
    theirs = run(value("a", 9), value("b", 2), value("c", 8), value("d", None))
    comparison = compare(ours, theirs, "forward")
    assert fields(comparison.differences) == [
        ("a", "value", 0),
        ("c", "value", 2),
        ("d", "outcome", 3),
    ]
    assert comparison.compared == 4


@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [
        ("message", "argument 1 must be str", "a str is required"),
        ("argument_count", 1, 2),
        ("bases", ["OSError"], ["OSError", "StandardError"]),
    ],
)
def test_texts_and_types_count_between_pythons_3(field: str, ours: Any, theirs: Any) -> None:
    one = run(error("f", "TypeError", **{field: ours}))
    other = run(error("f", "TypeError", **{field: theirs}))
    assert fields(compare(one, other).differences) == [("f", field, 0)]
    on_2 = run(*other.operations, of_python_2=True)
    comparison = compare(one, on_2)
    assert not comparison.differences and comparison.rules
    assert not compare(on_2, one).differences or field == "bases", "2.7 on the other side"
    ours_on_2, theirs_on_2 = (run(*each.operations, of_python_2=True) for each in (one, other))
    assert fields(compare(ours_on_2, theirs_on_2).differences) == [("f", field, 0)]


def test_another_operation_ends_the_comparison() -> None:
    ours, theirs = run(value("a", 1), value("b", 1)), run(value("a", 1), value("c", 1))
    comparison = compare(ours, theirs, "forward")
    assert fields(comparison.differences) == [("scenario", "operation", 1)]
    assert texts(comparison.differences[0]) == ("b", "c")


def test_another_operation_after_a_difference_is_one_more() -> None:
    ours, theirs = run(value("a", 1), value("b", 1)), run(value("a", 2), value("c", 1))
    assert fields(compare(ours, theirs, "forward").differences) == [
        ("a", "value", 0),
        ("scenario", "operation", 1),
    ]


@pytest.mark.parametrize("more", ["reference", "candidate"])
def test_a_transcript_that_goes_on_is_a_difference(more: str) -> None:
    short, long = run(value("a", 1)), run(value("a", 1), value("b", 1))
    ours, theirs = (long, short) if more == "reference" else (short, long)
    assert fields(compare(ours, theirs, "forward").differences) == [("scenario", "operation", 1)]


def test_another_end_is_a_difference() -> None:
    ours, theirs = run(value("a", 1)), run(value("a", 1), end="stopped")
    (found,) = compare(ours, theirs, "forward").differences
    assert texts(found) == ("completed", "stopped")


def test_nothing_at_all_against_something() -> None:
    assert compare(run(value("a", 1)), run(end="stopped"), "forward").differences


def test_details_of_another_exception_are_its_consequences() -> None:
    ours = error("a", "SSLError", errno=1, reason="X")
    theirs = error("a", "ValueError", errno=None, reason="Y", message="other")
    assert fields(compare(run(ours), run(theirs), "forward").differences) == [("a", "exception", 0)]


def test_each_detail_of_the_same_exception_is_told() -> None:
    ours = error("a", errno=1, reason="X", library="SSL", verify_code=1)
    theirs = error("a", errno=2, reason="Y", verify_code=2)
    found = [name for _, name, _ in fields(compare(run(ours), run(theirs), "forward").differences)]
    assert found == ["errno", "library", "reason", "verify_code"]


def test_warnings_and_filled_buffers_are_compared() -> None:
    ours = value("a", 1, warnings=["DeprecationWarning: old"], mutated=[ByteString("bytes", b"x")])
    found = compare(run(ours), run(value("a", 1)), "forward").differences
    assert [item.field for item in found] == ["mutated", "warnings"]
    assert [texts(item)[1] for item in found] == ["absent", "absent"]


def test_arguments_of_a_callback_are_compared() -> None:
    def called(argument: Any) -> Operation:
        return Operation("callback", "callback f", "f()", "value", {"arguments": [argument]})

    found = compare(run(called("a")), run(called(None)), "forward").differences
    assert [item.field for item in found] == ["arguments"]


def test_a_lost_agent_is_one_difference_and_the_end() -> None:
    ours = run(value("a", 1), value("b", 1))
    comparison = compare(ours, run(lost("a")), "forward")
    assert fields(comparison.differences) == [("a", "outcome", 0)]
    assert texts(comparison.differences[0])[1] == "CRASH: It died."
    assert comparison.differences[0].call == "a()"


def test_a_bool_is_not_an_int() -> None:
    found = compare(run(value("a", True)), run(value("a", 1)), "forward").differences
    assert [texts(item) for item in found] == [("True", "1")]


def test_a_new_name_on_the_backward_axis() -> None:
    stock = run(value("a", 1), error("ssl.MemoryBIO", "AttributeError"))
    patched = run(value("a", 1), value("ssl.MemoryBIO", 1), value("b", 2))
    comparison = compare(stock, patched, "backward")
    assert comparison.differences == () and dict(comparison.rules) == {"new-name": 1}
    assert compare(stock, patched, "forward").differences


@pytest.mark.parametrize(
    ("stock", "patched"),
    [
        (value("a", 1), error("a", "AttributeError")),
        (error("a", "TypeError"), value("a", 1)),
        (error("a", "AttributeError", message="'b' is not set"), value("a", 1)),
    ],
    ids=["name-lost", "another-error", "another-name"],
)
def test_what_is_no_new_name_on_the_backward_axis(stock: Operation, patched: Operation) -> None:
    comparison = compare(run(stock), run(patched), "backward")
    assert len(comparison.differences) == 1 and not comparison.rules


# Judging

ONE = (run(value("a", 1), value("b", 1)), run(value("a", 2), value("b", 1)))
TWO = (run(value("a", 1), value("b", 1)), run(value("a", 2), value("b", 2)))


def test_without_a_difference() -> None:
    assert judged(run(value("a", 1)), run(value("a", 1)))[0] == "same"
    theirs = run(value("a", LongInteger(1)), of_python_2=True)
    assert judged(run(value("a", 1)), theirs)[0] == "equivalent"


def test_nobody_knows_of_it() -> None:
    assert judged(*ONE)[0] == "NEW"
    assert judged(*ONE, role="witness")[0] == "drift"


def test_a_file_knows_of_it() -> None:
    verdict, (found,), note = judged(*ONE, known=[file("f.toml", "a", "value", "1", "2")])
    assert (verdict, found.verdict, found.file, found.reason) == (
        "known",
        "known",
        "f.toml",
        "So it is.",
    )
    assert note is None


def test_what_one_file_knows_does_not_hide_another_difference() -> None:
    verdict, found, _ = judged(*TWO, known=[file("f.toml", "a", "value", "1", "2")])
    assert verdict == "NEW"
    assert [item.verdict for item in found] == ["known", "NEW"]


def test_a_file_pins_another_value() -> None:
    verdict, (found,), note = judged(*ONE, known=[file("f.toml", "a", "value", "1", "3")])
    assert (verdict, found.verdict, found.file) == ("CHANGED", "CHANGED", "f.toml")
    assert note is None, "a file that CHANGED is not stale"


def test_a_file_pins_another_field() -> None:
    assert judged(*ONE, known=[file("f.toml", "a", "errno", "1", "2")])[0] == "NEW"


@pytest.mark.parametrize(("days", "verdict"), [(-1, "EXPIRED"), (0, "known"), (1, "known")])
def test_a_review_is_due_the_day_after(days: int, verdict: str) -> None:
    until = TODAY + datetime.timedelta(days=days)
    found = judged(*ONE, known=[file("f.toml", "a", "value", "1", "2", review_by=until)])
    assert found[0] == verdict


def test_a_file_that_is_no_longer_true() -> None:
    verdict, _, note = judged(
        run(value("a", 1)), run(value("a", 1)), known=[file("f.toml", "a", "value", "1", "2")]
    )
    assert verdict == "FIXED"
    assert note == (
        "f.toml, pin 1 (a, value: '1' became '2') says this differs, and it no longer does: delete "
        "it. Nothing differs here."
    )


def test_two_files_that_pin_the_same() -> None:
    files = [file(name, "a", "value", "1", "2") for name in ("f.toml", "g.toml")]
    verdict, (found,), note = judged(*ONE, known=files)
    assert (verdict, found.verdict, found.file) == ("FIXED", "known", "f.toml")
    assert note == "g.toml, pin 1 pins the same as f.toml, pin 1: delete one."


def test_one_pin_of_a_file_that_is_true_does_not_excuse_another() -> None:
    true = file("f.toml", "a", "value", "1", "2")
    stale = Pin(true.decision, 2, ("*",), ("*",), "forward", ("b", "value", "1", "2"))
    verdict, (found,), note = judged(*ONE, known=[true, stale])
    assert (verdict, found.verdict, found.file) == ("FIXED", "known", "f.toml")
    assert note is not None and note.startswith("f.toml, pin 2 (b, value: '1' became '2') says")
    assert note.endswith("Nearest is a, value: '1' became '2'.")


def test_the_pin_that_is_true_comes_before_one_of_the_same_member() -> None:
    other = file("f.toml", "a", "value", "1", "3")
    true = Pin(other.decision, 2, ("*",), ("*",), "forward", ("a", "value", "1", "2"))
    verdict, (found,), note = judged(*ONE, known=[other, true])
    assert (verdict, found.verdict) == ("FIXED", "known")
    assert note is not None and note.startswith("f.toml, pin 1 ")


def test_a_lost_agent_makes_no_file_stale() -> None:
    verdict, _, note = judged(
        run(value("a", 1), value("b", 1)),
        run(lost("a", "HANG")),
        known=[file("f.toml", "b", "value", "1", "2")],
    )
    assert (verdict, note) == ("HANG", None)


@pytest.mark.parametrize("how", ["CRASH", "HANG", "GARBAGE"])
@pytest.mark.parametrize("role", ["candidate", "witness"])
def test_a_lost_agent_cannot_be_known_or_inherited(how: str, role: Role) -> None:
    known = [file("f.toml", "a", "outcome", "returns 1", f"{how}: It died.")]
    verdict, _, _ = judged(
        run(value("a", 1)),
        run(lost("a", how)),
        role=role,
        known=known,
        inherited=lambda _: True,
        unsupported=[Unsupported("No.", member="a")],
    )
    assert verdict == how


def test_inherited() -> None:
    verdict, (found,), _ = judged(*ONE, inherited=lambda _: True)
    assert (verdict, found.verdict) == ("inherited", "inherited")
    verdict, found_two, _ = judged(*TWO, inherited=lambda position: position == 0)
    assert verdict == "NEW"
    assert [item.verdict for item in found_two] == ["inherited", "NEW"]


def test_an_absence_is_not_inherited() -> None:
    theirs = run(error("ssl.MemoryBIO", "AttributeError"))
    verdict = judged(run(value("ssl.MemoryBIO", 1)), theirs, inherited=lambda _: True)[0]
    assert verdict == "NEW"


def test_a_declared_absence() -> None:
    ours = run(value("ssl.MemoryBIO", 1))
    declared = [Unsupported("Not there.", member="MemoryBIO")]
    absent = run(error("ssl.MemoryBIO", "AttributeError"))
    verdict, (found,), _ = judged(ours, absent, unsupported=declared)
    assert (verdict, found.reason) == ("UNSUPPORTED", "Not there.")
    assert judged(ours, run(error("ssl.MemoryBIO", "TypeError")), unsupported=declared)[0] != (
        "UNSUPPORTED"
    )
    assert judged(ours, ours, unsupported=declared)[0] == "FIXED"
    other = run(error("ssl.SSLObject", "AttributeError"))
    assert judged(run(value("ssl.SSLObject", 1)), other, unsupported=declared)[0] == "NEW"


def test_the_gravest_counts() -> None:
    order = list(VERDICTS)
    assert order.index("known") < order.index("NEW") < order.index("CRASH") < order.index("ERROR")
    accepted = {"same", "equivalent", "inherited", "known", "drift", "unmet", "UNSUPPORTED"}
    assert set(ACCEPTED) == accepted


# Pairs


@pytest.mark.parametrize("verdict", VERDICTS)
def test_what_may_stay(verdict: Verdict) -> None:
    def passed(role: Role) -> bool:
        return Judgement("s", "i", "forward", role, verdict).passed

    assert passed("candidate") is (verdict in ACCEPTED)
    assert passed("witness") is (verdict not in ("ERROR", "MISSING"))
    assert passed("reference") is (verdict not in ("ERROR", "MISSING"))


def test_a_pair_survives_the_way_to_the_controller() -> None:
    found = Divergence("a", "value", "1", "2", 3, "known", "f.toml", "So it is.")
    pair = Judgement(
        "s", "i", "forward", "candidate", "known", (found,), {"r": 1}, {"m": 2}, 4, 3, "n"
    )
    plain = pair.to_plain()
    assert plain["divergences"][0]["fingerprint"] == found.fingerprint
    assert Judgement.from_plain(plain) == pair


def test_a_fingerprint_is_made_of_how_and_not_of_where() -> None:
    one = Divergence("a", "value", "1", "2", 3)
    assert one.fingerprint == Divergence("a", "value", "1", "2", 99, "known").fingerprint
    assert one.fingerprint != Divergence("a", "value", "1", "3", 3).fingerprint
    assert one.fingerprint != Divergence("a", "value1", "", "2", 3).fingerprint


def test_what_differs_is_recorded_whole_and_pinned_in_short() -> None:
    ours = [f"NAME_{number}" for number in range(400)]
    transcripts = run(value("a", ours)), run(value("a", ours[:-1]))
    (found,) = compare(*transcripts, "forward").differences
    assert "'NAME_399'" in texts(found)[0] and "'NAME_398'" in texts(found)[1]
    assert max(map(len, found.pinned)) < 240 and found.pinned[2] != found.pinned[3]
    verdict, _, _ = judged(*transcripts, known=[file("f.toml", *found.pinned)])
    assert verdict == "known"
    again = Divergence(*found.pinned, position=0)
    assert again.pinned == found.pinned and again.fingerprint == found.fingerprint
