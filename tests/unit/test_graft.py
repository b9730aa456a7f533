"""The comparators of graft/: what differs is seen, what wavers is named, what is dead is told."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

import certs
from tests.audits.graft import consumers, stock_tests
from tests.audits.graft.comparison import Judged, Outcome, Run, Verdict, compare, judge
from tests.audits.graft.consumers import Bench, Case, CaseError, Consumer
from tests.audits.graft.servers import CLIENT_SECRET, SERVER_SECRET, Recording
from tests.audits.graft.stock_tests import RunnerError

PASSED = Outcome("passed")
FAILED = Outcome("failed", "AssertionError: 1 != 2")


class Side:
    """Runs a module whose tests come to the given outcomes, one after the other, over and over."""

    def __init__(self, **tests: list[Outcome]) -> None:
        self._tests = {test: itertools.cycle(outcomes) for test, outcomes in tests.items()}
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, tests: Collection[str]) -> Run:
        self.asked.append(tuple(sorted(tests)))
        return {test: next(self._tests[test]) for test in tests or self._tests}


def only(judged: list[Judged]) -> Verdict:
    assert len(judged) == 1
    return judged[0].verdict


# Test by test


def test_what_is_the_same_is_run_once() -> None:
    stock, patched = Side(a=[PASSED], b=[FAILED]), Side(a=[PASSED], b=[FAILED])
    assert [each.verdict for each in compare(stock, patched)] == ["same", "same"]
    assert stock.asked == patched.asked == [()]


DIFFERENT = {
    "it fails now": ([PASSED], [FAILED]),
    "it passes now": ([FAILED], [PASSED]),
    "it fails in another way": ([FAILED], [Outcome("failed", "AssertionError: 1 != 3")]),
    "it is skipped now": ([PASSED], [Outcome("skipped", "no reason")]),
    "it dies now": ([PASSED], [Outcome("died", "died of SIGSEGV")]),
    "it wavers now": ([PASSED], [FAILED, PASSED, PASSED]),
    "it wavers to something else": ([PASSED, FAILED], [Outcome("raised"), PASSED]),
    "it wavered and fails otherwise now": ([PASSED, FAILED], [Outcome("raised")]),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_planted_difference_is_seen(case: str) -> None:
    stock, patched = DIFFERENT[case]
    assert only(compare(Side(a=stock), Side(a=patched))) == "different"


@pytest.mark.parametrize("gone", ["stock", "patched"])
def test_a_test_that_one_side_lacks_is_different(gone: str) -> None:
    sides = {"stock": Side(a=[PASSED], b=[PASSED]), "patched": Side(a=[PASSED], b=[PASSED])}
    sides[gone] = Side(a=[PASSED])
    verdicts = {each.test: each.verdict for each in compare(sides["stock"], sides["patched"])}
    assert verdicts == {"a": "same", "b": "different"}


def test_a_test_that_wavers_on_both_sides_is_unsteady() -> None:
    assert only(compare(Side(a=[PASSED, FAILED]), Side(a=[FAILED, PASSED]))) == "unsteady"


def test_stock_may_try_often_to_show_what_only_the_other_side_showed() -> None:
    stock = Side(a=[PASSED] * 20 + [FAILED], b=[PASSED])
    judged = compare(stock, Side(a=[FAILED, PASSED], b=[PASSED]))
    assert [each.verdict for each in judged] == ["unsteady", "same"]
    assert stock.asked == [(), (), ()] + [("a",)] * 18


def test_an_unsteady_test_hides_no_other() -> None:
    stock = Side(a=[PASSED, FAILED], b=[PASSED])
    judged = compare(stock, Side(a=[FAILED, PASSED], b=[FAILED]))
    assert [each.verdict for each in judged] == ["unsteady", "different"]


def test_a_text_that_wavers_is_no_difference() -> None:
    ports = [Outcome("failed", f"port {port}") for port in range(6)]
    assert only(compare(Side(a=ports[:3]), Side(a=ports[3:]))) == "same"


def test_addresses_are_no_difference() -> None:
    one, other = Outcome.of("raised", "<x at 0x7f01>"), Outcome.of("raised", "<x at 0x7fff>")
    assert only(judge([{"a": one}], [{"a": other}])) == "same"


# The runner's words


def words(*documents: Mapping[str, Any]) -> list[str]:
    return [json.dumps(document) for document in documents]


START = {"started": "a"}
END = {"ended": "a", "outcome": "passed", "detail": ""}
FINISH = {"finished": {"patched": False}}


def test_outcomes_are_read() -> None:
    assert stock_tests.read(words(START, END, FINISH), 0, "stock", "m") == {"a": PASSED}


@pytest.mark.parametrize(
    ("status", "kind"), [(-11, "died"), (None, "hung")], ids=["signal", "time-out"]
)
def test_a_test_that_kills_the_runner_has_that_outcome(status: int | None, kind: str) -> None:
    outcomes = stock_tests.read(words(START, END, {"started": "b"}), status, "stock", "m")
    assert (outcomes["a"], outcomes["b"].kind) == (PASSED, kind)


DEAD: dict[str, tuple[list[Mapping[str, Any]], int, str]] = {
    "it wrote nothing": ([], 0, "in no test"),
    "it could not import the module": ([], 1, "exit status 1, but in no test"),
    "it died before the first test": ([], -11, "died of SIGSEGV, but in no test"),
    "it died after the last test": ([START, END], -6, "died of SIGABRT, but in no test"),
    "it failed after the last test": ([START, END, FINISH], 1, "exit status 1, but in no test"),
    "it left a test unfinished": ([START], 0, "in no test"),
    "it ran no test": ([FINISH], 0, "not one test ran"),
    "it was not patched": ([START, END, FINISH], 0, "at the end ssl was"),
}


@pytest.mark.parametrize("case", DEAD)
def test_a_dead_runner_is_told(case: str) -> None:
    documents, status, message = DEAD[case]
    side = "patched" if case == "it was not patched" else "stock"
    with pytest.raises(RunnerError, match=message):
        stock_tests.read(words(*documents), status, side, "m")


def test_a_python_without_tests_is_told(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert "--interpreter" in stock_tests.lacks_tests([str(python)])


# Consumers


def test_a_name_that_nobody_has_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["consumers", "httplib", "nonsense"])
    with pytest.raises(SystemExit) as caught:
        consumers.main()
    assert caught.value.code == 2
    assert "no consumer called nonsense" in capsys.readouterr().err


HELLO = b"\x16\x03\x01\x02\x00\x01"


def tls(sent: bytes = b"", received: bytes = b"") -> Recording:
    return Recording(bytearray(HELLO + sent), bytearray(HELLO + received))


def case(**changed: Any) -> Case:
    said = {"data": SERVER_SECRET, "objects": 0, "patched": True, **changed}
    return Case(said, (CLIENT_SECRET,), (tls(),))


def refused(**changed: Any) -> Case:
    said = {"raised": "SSLError", "text": "no", "caught as": ["ssl.SSLError", "IOError"]}
    return Case({**said, "objects": 0, "patched": True, **changed}, ("SSLError",), (tls(),))


PLAIN = Consumer("plain", "plain")
STOCK = case(patched=False)


def complaints(found: Case, stock: Case = STOCK, consumer: Consumer = PLAIN) -> str:
    return "\n".join(consumers.complaints(consumer, "patch first", found, stock))


def test_what_is_alike_has_no_complaints() -> None:
    assert complaints(case()) == ""
    assert complaints(refused(), refused()) == ""


CONSUMER_DIFFERENCES = {
    "it fails now": (refused(), STOCK, "it came to raised 'SSLError'"),
    "it goes through now": (case(), refused(), "it came to data"),
    "it fails in another way": (refused(text="yes"), refused(), "it came to"),
    "it is caught by fewer": (refused(**{"caught as": ["ValueError"]}), refused(), "it came to"),
    "it was not patched": (case(patched=False), STOCK, "patched is False"),
    "it goes through an SSLObject": (case(objects=1), STOCK, "1 SSLObjects were made"),
    "it got nothing": (case(data=""), STOCK, "it got ''"),
}


@pytest.mark.parametrize("what", CONSUMER_DIFFERENCES)
def test_a_planted_difference_of_a_consumer_is_seen(what: str) -> None:
    found, stock, message = CONSUMER_DIFFERENCES[what]
    assert message in complaints(found, stock)


def test_whoever_goes_through_objects_may_word_failures_otherwise_but_not_raise_less() -> None:
    consumer = Consumer("objects", "objects", over_objects=True)
    narrow = refused(**{"caught as": ["ssl.CertificateError"]}, raised="CertificateError")
    wide = refused(**{"caught as": ["ssl.CertificateError", "ssl.SSLError"]}, objects=1)
    assert complaints(wide, narrow, consumer) == ""
    assert "it came to" in complaints(refused(objects=1), narrow, consumer)
    assert "it came to" in complaints(refused(objects=1), STOCK, consumer)
    assert "0 SSLObjects" in complaints(case(), STOCK, consumer)


WIRES = {
    "the client's secret": (tls(sent=CLIENT_SECRET.encode()), "went over the wire in plain text"),
    "the server's secret": (tls(received=SERVER_SECRET.encode()), "went over the wire in plain"),
    "no TLS": (Recording(bytearray(b"GET /"), bytearray()), "no TLS: it began with b'GET /'"),
    "nothing at all": (Recording(), "no TLS: it began with b''"),
    "no TLS after STARTTLS": (
        Recording(bytearray(b"STARTTLS\r\nMAIL FROM:<a>\r\n"), bytearray()),
        "no TLS: it began with b'MAIL",
    ),
}


@pytest.mark.parametrize("what", WIRES)
def test_what_must_not_be_on_the_wire_is_seen(what: str) -> None:
    recording, message = WIRES[what]
    assert message in "\n".join(consumers.wire_complaints([recording]))


def test_starttls_may_begin_in_plain_text() -> None:
    recording = Recording(bytearray(b"EHLO x\r\nSTARTTLS\r\n" + HELLO), bytearray())
    assert list(consumers.wire_complaints([recording])) == []


def test_nobody_connected_is_told() -> None:
    assert list(consumers.wire_complaints([])) == ["nobody connected"]


def bench(folder: Path, certificates: certs.Catalogue, program: str) -> Bench:
    """A bench whose Python is a shell script."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    return Bench(python, {"PATH": "/usr/bin:/bin"}, certificates, folder)


@pytest.mark.parametrize("protocol", ["http", ""], ids=["client", "server"])
@pytest.mark.parametrize("program", ["exit 3", "kill -9 $$"], ids=["fails", "is killed"])
def test_a_dead_consumer_is_told(
    tmp_path: Path, certificates: certs.Catalogue, program: str, protocol: str
) -> None:
    with pytest.raises(CaseError, match="said nothing|says no port"):
        bench(tmp_path, certificates, program).run(Consumer("x", "x", protocol), "trusted", "stock")


def test_a_consumer_that_hangs_is_told(
    tmp_path: Path, certificates: certs.Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "SECONDS", 0.5)
    with pytest.raises(CaseError, match="did not end"):
        bench(tmp_path, certificates, "exec sleep 60").run(PLAIN, "trusted", "stock")


def test_a_consumer_in_plain_text_is_seen(tmp_path: Path, certificates: certs.Catalogue) -> None:
    """The recorder between them sees what really travels."""
    program = """\
port=$(echo "$5" | sed 's/.*"port": \\([0-9]*\\).*/\\1/')
exec 3<>/dev/tcp/127.0.0.1/$port
echo "POST / the-clients-secret" >&3
cat <&3 >/dev/null
echo '{"data": "", "objects": 0, "patched": false}'
"""
    told = bench(tmp_path, certificates, program)
    told.python.write_text(f"#!/bin/bash\n{program}")
    found = told.run(PLAIN, "trusted", "stock")
    said = "\n".join(consumers.complaints(PLAIN, "stock", found, found))
    assert "'the-clients-secret' went over the wire in plain text" in said
    assert "no TLS" in said
