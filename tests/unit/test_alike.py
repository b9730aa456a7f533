"""Who needs no run of a scenario: what answers as another did, where nobody looks behind masks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from conformance.judge.judge import Judge
from conformance.run.plan import Target
from conformance.run.runner import Runner, Scenario
from impls.host.declarations import Implementation
from tests.support.agents import implementation, interpreter
from tests.support.programs import (
    ALIKE,
    COMPARED,
    WENT_ANOTHER_WAY,
    Body,
    made,
    shown,
)

# Random bytes, which no two runs have alike


def hello_of(ssl: Any) -> Any:
    """The first bytes of a client, which are random, and the BIO that gave them."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read(), outgoing


def hands_on(ssl: Any) -> None:
    hello, outgoing = hello_of(ssl)
    other = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(other, outgoing, server_hostname="localhost")
    assert hello
    for piece in (hello[:1], hello[1:5], hello[5:], hello + hello, b"x" + hello):
        other.write(piece)
    del client


LOOKS: dict[str, Callable[[Any], object]] = {
    "length": len,
    "number": lambda hello: hello[5],
    "content": lambda hello: hello == b"",
    "membership": lambda hello: 22 in hello,
    "hash": hash,
    "numbers": list,
    "copy": bytearray,
    "view": memoryview,
    "joined": lambda hello: b"".join([hello]),
    "type": lambda hello: isinstance(hello, bytes),
    "text": str,
    "method": lambda hello: hello.startswith(b"x"),
}

LOOKS_AT_NUMBERS: dict[str, Callable[[Any], object]] = {
    "value": lambda pending: pending == 517,
    "more": lambda pending: pending > 1,
    "sum": lambda pending: pending + 1,
    "range": range,
    "text": str,
    "hash": hash,
    "whole": int,
    "index": lambda pending: [1][pending:],
}

LONGER = """
make = ssl.create_default_context
def create_default_context(*arguments, **named):
    context = make(*arguments, **named)
    context.set_alpn_protocols(["protocol-%d" % number for number in range(600)])
    return context
ssl.create_default_context = create_default_context
"""


def of_ssl(name: str, lie: str = "", version: str = "3") -> Implementation:
    return implementation(name, interpreter(version), set_up=("import ssl\n" + lie,))


def judged_of_ssl(runners: tuple[Runner, Runner], body: Body, lie: str = "") -> tuple[str, str]:
    """The way and the verdict of an implementation of ssl."""
    reference = of_ssl("reference")
    scenario = Scenario(f"{body.__name__} {lie}", lambda ssl: body(ssl), {"ssl": None})
    target = Target((of_ssl("liar" if lie else "other", lie),), reference)
    judges = [Judge(runner) for runner in runners]
    for judge in judges:
        assert judge.judge(scenario, target.of_reference).judgement.verdict == "same"
    before = Counter(runners[1].counts)
    live, program = (judge.judge(scenario, target).judgement for judge in judges)
    assert live == program
    return " ".join(sorted((runners[1].counts - before).elements())), program.verdict


def test_bytes_that_are_handed_on_are_not_looked_at(runners: tuple[Runner, Runner]) -> None:
    assert judged_of_ssl(runners, hands_on) == (ALIKE, "same")
    assert judged_of_ssl(runners, hands_on, LONGER)[0] == COMPARED  # pieces depend on lengths


@pytest.mark.parametrize("look", LOOKS)
def test_who_looks_runs_against_the_own_bytes(runners: tuple[Runner, Runner], look: str) -> None:
    def looks(ssl: Any) -> None:
        hello, _ = hello_of(ssl)
        LOOKS[look](hello)

    assert judged_of_ssl(runners, looks) == (COMPARED, "same")


@pytest.mark.parametrize("look", LOOKS_AT_NUMBERS)
def test_who_looks_at_a_hidden_number_runs(runners: tuple[Runner, Runner], look: str) -> None:
    def looks(ssl: Any) -> None:
        _, outgoing = hello_of(ssl)
        outgoing.write(b"x")
        LOOKS_AT_NUMBERS[look](outgoing.pending)

    assert judged_of_ssl(runners, looks) == (COMPARED, "same")


def test_a_number_may_be_compared_with_nought(runners: tuple[Runner, Runner]) -> None:
    def looks(ssl: Any) -> None:
        _, outgoing = hello_of(ssl)
        assert outgoing.pending == 0
        outgoing.write(b"x")
        assert outgoing.pending > 0

    assert judged_of_ssl(runners, looks) == (ALIKE, "same")


def test_only_the_length_that_is_looked_at_differs(runners: tuple[Runner, Runner]) -> None:
    def looks(ssl: Any) -> None:
        hello, outgoing = hello_of(ssl)
        for _ in range(len(hello) // 50):
            ssl.RAND_status()

    assert judged_of_ssl(runners, looks, LONGER) == (WENT_ANOTHER_WAY, "NEW")


def test_only_the_part_that_is_there_differs(runners: tuple[Runner, Runner]) -> None:
    def looks(ssl: Any) -> None:
        hello, outgoing = hello_of(ssl)
        if hello[4000:]:
            ssl.RAND_status()

    assert judged_of_ssl(runners, looks, LONGER) == (WENT_ANOTHER_WAY, "NEW")


def test_text_of_which_a_part_is_masked_may_not_be_looked_at(
    runners: tuple[Runner, Runner],
) -> None:
    def looks(ssl: Any) -> None:
        client = ssl.create_default_context().wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost"
        )
        with pytest.raises(ssl.SSLWantReadError) as caught:
            client.do_handshake()
        if len(str(caught.value)) > 60:
            ssl.RAND_status()

    def does_not(ssl: Any) -> None:
        hello_of(ssl)

    assert judged_of_ssl(runners, does_not)[0] == ALIKE
    lie = """
class WantRead(ssl.SSLWantReadError): pass
real = ssl.SSLObject.do_handshake
def do_handshake(self):
    try:
        return real(self)
    except ssl.SSLWantReadError as error:
        error.strerror = error.strerror.replace("_ssl.c:", "_ssl.c:12345678901234567890")
        error.args = (error.errno, error.strerror)
        raise
ssl.SSLObject.do_handshake = do_handshake
"""
    assert judged_of_ssl(runners, does_not, lie) == (ALIKE, "same")
    assert judged_of_ssl(runners, looks, lie) == (WENT_ANOTHER_WAY, "NEW")


def judged_in_turn(
    runners: tuple[Runner, Runner],
    body: Body,
    *others: Implementation,
    reference: Implementation | None = None,
) -> list[tuple[str, str]]:
    """The way and the verdict of each, asked one after the other; live they have the same."""
    reference = reference or made("reference")
    scenario = Scenario("topic/test_file.py::test_it", lambda ssl: body(ssl), {"ssl": None})
    judges = [Judge(runner) for runner in runners]
    for judge in judges:
        judge.judge(scenario, Target((reference,), reference))
    found: list[tuple[str, str]] = []
    for other in others:
        before = Counter(runners[1].counts)
        live, program = (judge.judge(scenario, Target((other,), reference)) for judge in judges)
        assert live.judgement == program.judgement
        transcripts = [one.theirs["alone"].transcript for one in (live, program)]
        assert shown(transcripts[0]) == shown(transcripts[1])
        ways = " ".join(sorted((runners[1].counts - before).elements()))
        found.append((ways, program.judgement.verdict))
    return found


def sees_a_value(ssl: Any) -> None:
    first = ssl.given()
    ssl.used(first, ssl.also())


OTHER_VALUE = "module.given = lambda: b'ABCDEF'"


@pytest.mark.parametrize("version", ["3", "3.6"])
def test_the_run_of_one_that_differs_serves_the_next_that_does_so_too(
    runners: tuple[Runner, Runner], version: str
) -> None:
    one, two = made("one", OTHER_VALUE), made("two", OTHER_VALUE, version=version)
    plain, more = made("plain"), made("more", OTHER_VALUE + "\nmodule.also = lambda: b'ALSO'")
    assert judged_in_turn(runners, sees_a_value, one, two, plain, more) == [
        (COMPARED, "NEW"),
        (ALIKE, "NEW"),
        (ALIKE, "same"),
        (COMPARED, "NEW"),
    ]


def test_one_of_another_language_is_run(runners: tuple[Runner, Runner]) -> None:
    others = [
        made(name, OTHER_VALUE, version=version)
        for name, version in (("one", "3"), ("two", "2.7"), ("three", "2.7"))
    ]
    ways = [way for way, _ in judged_in_turn(runners, sees_a_value, *others)]
    assert ways == [COMPARED, COMPARED, ALIKE]


ALPN = """
make = ssl.create_default_context
def create_default_context(*arguments, **named):
    context = make(*arguments, **named)
    context.set_alpn_protocols(["protocol-%d" % number for number in range({})])
    return context
ssl.create_default_context = create_default_context
ssl.RAND_status = lambda: 2
"""


def test_who_looks_at_the_bytes_of_one_that_differs_is_run(
    runners: tuple[Runner, Runner],
) -> None:
    def hands_on_what_it_has(ssl: Any) -> None:
        ssl.RAND_status()
        hands_on(ssl)

    def looks_at_a_length(ssl: Any) -> None:
        hello, _ = hello_of(ssl)
        if ssl.RAND_status() == 2 and len(hello) > 4000:
            ssl.RAND_bytes(1)

    long, longer = of_ssl("long", ALPN.format(400)), of_ssl("longer", ALPN.format(600))
    again = of_ssl("again", ALPN.format(400))
    ways = judged_in_turn(
        runners, hands_on_what_it_has, long, again, longer, reference=of_ssl("it")
    )
    assert [way for way, _ in ways] == [COMPARED, ALIKE, COMPARED]
    ways = judged_in_turn(runners, looks_at_a_length, long, again, longer, reference=of_ssl("it"))
    assert ALIKE not in [way for way, _ in ways]


def test_a_call_between_two_operations_is_one_that_others_lack(
    runners: tuple[Runner, Runner],
) -> None:
    """It is told with the next answer, which is no other without it."""

    def body(ssl: Any) -> None:
        ssl.kept(lambda number: number)
        time.sleep(0.4)
        ssl.also()

    late = """
import threading
module.kept = lambda function: threading.Timer(0.1, function, (1,)).start()
"""
    ((way, verdict),) = judged_in_turn(runners, body, made("honest"), reference=made("late", late))
    assert verdict == "NEW" and way != ALIKE
