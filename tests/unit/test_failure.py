"""The story of a failing pair: all that a person needs, in the right order."""

from __future__ import annotations

import sys

from conformance.explain.failure import OPERATIONS_SHOWN, Claim, Side, tell, toml
from conformance.judge.verdict import Divergence
from conformance.transcript.model import Operation

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCENARIO = "memory_bio/test_eof.py::test_a[-1]"
TEST_ID = "memory_bio/test_eof.py::test_a[-1-mine]"


def value(name: str, result: object) -> Operation:
    return Operation("call", f"X.{name}", f"X #1.{name}()", "value", {"value": result})


def story(divergences: list[Divergence], **more: str | None) -> str:
    same = [value(f"step{number}", number) for number in range(8)]
    return tell(
        TEST_ID,
        SCENARIO,
        Claim("It is so.", "library/ssl.html#x"),
        "NEW",
        divergences,
        Side("stdlib-py3.13", [*same, value("last", True)], None),
        Side("mine", [*same, value("last", 1)], more.get("stopped"), more.get("stderr") or ""),
        more.get("note"),
    )


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
        "Fingerprint",
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


def test_a_fingerprint_can_be_pasted_into_a_file() -> None:
    for text in (
        "plain",
        "it's",
        "both ' and \"",
        "back\\slash 'x'",
        "line\n'x'",
        "\\n",
        "tab\t'x'",
    ):
        assert tomllib.loads(f"x = {toml(text)}") == {"x": text}
    nasty = Divergence("X.last", "value", "b'\\x00'", "tab\t and 'quote'", 8)
    told = story([nasty]).partition("would pin it:\n")[2].partition("\n\n")[0]
    assert tomllib.loads(told)["candidate"] == "tab\t and 'quote'"
