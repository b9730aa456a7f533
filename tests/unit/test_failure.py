"""The story of a failing pair: all that a person needs, in the right order."""

from __future__ import annotations

import pytest

from conformance.explain.failure import OPERATIONS_SHOWN, Advice, explain
from conformance.explain.titles import title
from conformance.judge.judge import Judged
from conformance.judge.known import toml_text
from conformance.judge.verdict import Divergence, Judgement, Verdict
from conformance.run.plan import Target
from conformance.run.runner import Run, Runs, Scenario
from conformance.transcript.model import ObservedKind, Operation, Transcript, Value
from impls.host import toml_reader
from tests.support.agents import implementation

SCENARIO = "memory_bio/test_eof.py::test_a[-1]"
TEST_ID = "memory_bio/test_eof.py::test_a[-1-mine]"


def value(name: str, result: Value) -> Operation:
    return Operation("call", f"X.{name}", f"X #1.{name}()", "value", {"value": result})


def claiming() -> None:
    """It is so.

    library/ssl.html#x
    """


def run(last: Value, stopped: str | None = None, stderr: str = "") -> Run:
    same = [value(f"step{number}", number) for number in range(8)]
    transcript = Transcript((*same, value("last", last)), "completed")
    return Run(transcript, (), {}, stopped, stderr=stderr)


REFERENCE = implementation("stdlib-py3.13")
MINE = implementation("mine", role="candidate")


def story(
    divergences: list[Divergence],
    *,
    verdict: Verdict = "NEW",
    stopped: str | None = None,
    stderr: str = "",
    note: str | None = None,
    reproducer: str | None = None,
) -> str:
    judged = Judged(
        Judgement(SCENARIO, "mine", "forward", "candidate", verdict, tuple(divergences), note=note),
        Scenario(SCENARIO, claiming),
        Target((MINE,), REFERENCE),
        {"alone": run(True)},
        {"alone": run(1, stopped, stderr)},
    )
    return explain(judged, Advice(TEST_ID, reproducer=reproducer)) or ""


LAST = Divergence("X.last", "value", "True", "1", 8)


def test_the_whole_story() -> None:
    lines = story([LAST], stopped="test_eof.py:9: AssertionError", stderr="Oh\nno\n").splitlines()
    text = "\n".join(lines)
    assert lines[0].startswith(f"NEW: {SCENARIO} on mine, compared with stdlib-py3.13")
    order = [
        "It is so.",
        "library/ssl.html#x",
        "The last operations before it:",
        "X #1.step7()  ->  7",
        "The first that differs:",
        "   8  X #1.last()",
        "stdlib-py3.13  ->  True",
        "mine           ->  1",
        "and there it stopped: test_eof.py:9: AssertionError",
        "To accept it",
        "What mine printed last:",
        "    no",
        f"pytest '{TEST_ID}'",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.count("  ->  ") == OPERATIONS_SHOWN + 2


def test_what_is_accepted_is_not_the_first_that_differs() -> None:
    known = Divergence("X.step1", "value", "0", "9", 1, "known")
    text = story([known, LAST])
    assert "X.step1'" not in text and "member = 'X.last'" in text
    assert "   8  X #1.last()" in text


def test_a_note_is_told() -> None:
    assert "f.toml says this differs" in story([], note="f.toml says this differs")


def test_where_one_side_has_ended() -> None:
    text = story([Divergence("scenario", "operation", "completed", "X.more", 9)])
    assert "(the scenario ended)" in text


def test_pins_can_be_pasted_into_a_file() -> None:
    for text in (
        "plain",
        "it's",
        "both ' and \"",
        "back\\slash 'x'",
        "line\n'x'",
        "\\n",
        "tab\t'x'",
    ):
        assert toml_reader.loads(f"x = {toml_text(text)}") == {"x": text}
    nasty = Divergence("X.last", "value", "b'\\x00'", "tab\t and 'quote'", 8)
    told = story([nasty]).partition("would have:\n")[2].partition("\n\n")[0]
    (pin,) = toml_reader.loads(told)["pin"]
    assert pin["candidate"] == "tab\t and 'quote'"
    assert (pin["scenario"], pin["implementation"]) == (SCENARIO, "mine")
    told = story([nasty, LAST]).partition("would have:\n")[2].partition("\n\n")[0]
    assert len(toml_reader.loads(told)["pin"]) == 2


def test_nothing_accepts_that_an_agent_is_lost() -> None:
    lost = Divergence("X.last", "outcome", "returns 1", "CRASH: It died.", 8, "CRASH")
    assert "[[pin]]" not in story([lost], verdict="CRASH")
    assert story([lost, LAST], verdict="CRASH").count("[[pin]]") == 1


def test_the_script_is_named_last() -> None:
    assert story([LAST], reproducer="python script.py").endswith(
        f"pytest '{TEST_ID}'\nWithout the suite:  python script.py"
    )


def test_what_passes_is_not_explained() -> None:
    assert story([], verdict="same") == ""


def test_a_client_and_a_server_are_told_with_whose_fault_it_is() -> None:
    found = Divergence(
        "X.last", "value", "True", "1", 8, side="server", at_fault="server", culprits=("mine",)
    )
    own = Divergence("X.step1", "value", "1", "2", 1, "inherited", side="client")
    runs: Runs = {"client": run(True), "server": run(True)}
    judged = Judged(
        Judgement(
            SCENARIO,
            "stdlib-py3.13",
            "forward",
            "candidate",
            "NEW",
            (own, found),
            server="mine",
        ),
        Scenario(SCENARIO, claiming),
        Target((REFERENCE, MINE), REFERENCE),
        runs,
        {"client": run(True, "test_talk.py:9: AssertionError"), "server": run(1, stderr="Oh\nno")},
    )
    assert explain(judged, Advice(TEST_ID)) == (
        "stdlib-py3.13 as client, mine as server, compared with stdlib-py3.13 as both.\n"
        "\n"
        "Claim:          It is so.\n"
        "Documentation:  library/ssl.html#x\n"
        "\n"
        "NEW in the server, operation 8; at fault: server (mine)\n"
        "    X #1.last()\n"
        "    stdlib-py3.13  ->  True\n"
        "    mine  ->  1\n"
        "    value: True\n"
        "    instead: 1\n"
        "    Oh\n"
        "    no\n"
        "\n"
        "The scenario stopped: test_talk.py:9: AssertionError\n"
        "\n"
        f"Rerun just this:  pytest '{TEST_ID}'"
    )


@pytest.mark.parametrize(
    ("member", "field", "kind", "told"),
    [
        ("X.read", "value", "field", "X.read returns another value"),
        ("X.read", "errno", "field", "X.read raises an error with another errno"),
        ("X.read", "outcome", "returns", "X.read returns where the reference raises"),
        ("X.read", "outcome", "raises", "X.read raises where the reference returns"),
        ("X.read", "outcome", "CRASH", "X.read crashes"),
        ("X.read", "outcome", "HANG", "X.read does not answer"),
        ("X.read", "outcome", "GARBAGE", "X.read gives an invalid answer"),
        ("X.read", "operation", "course", "X.read is used in another way"),
        ("scenario", "operation", "course", "the scenario goes another way"),
    ],
)
def test_a_difference_as_a_phrase(member: str, field: str, kind: ObservedKind, told: str) -> None:
    assert title(member, field, kind) == told
