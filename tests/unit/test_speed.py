"""The benchmark: its arithmetic, and that nobody is measured who does other work."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from impls.host.declarations import Implementation
from tests.audits.speed import participants
from tests.audits.speed.accounting import WORK
from tests.audits.speed.arithmetic import Spread, ratios, spread
from tests.audits.speed.bench_suite import WAITING, Cost, accounted, growth, least, times_bare
from tests.audits.speed.cases import (
    ACCEPTED,
    CASES,
    TLS12,
    Case,
    Refusal,
    check_hello,
    check_proof,
    check_same,
)
from tests.audits.speed.participants import Participant
from tests.audits.speed.rounds import Rates, Start, measure, rotated
from tests.audits.speed.tables import figure, ratio_table, speed_table, told

BY_NAME = {case.name: case for case in CASES}
FULL = BY_NAME["handshake_tls12"]
RESUMED = BY_NAME["resumed_tls12"]
PIPE = BY_NAME["pipe_64"]
HELLO = {"openssl": "OpenSSL 3.0.0", "accepts": ACCEPTED}


# Arithmetic


def test_a_spread_is_the_median_and_the_quartiles() -> None:
    assert spread([5, 1, 4, 2, 3]) == Spread(3, 2, 4)
    assert spread([7]) == Spread(7, 7, 7)
    assert spread([5, 1, 4, 2, 3]).percent == pytest.approx(100 / 3)


def test_a_ratio_is_made_within_each_round() -> None:
    """A machine that is slower in one round is so for both."""
    assert ratios([10, 100, 1000], [20, 200, 2000]) == Spread(0.5, 0.5, 0.5)


def test_a_ratio_needs_the_same_rounds() -> None:
    with pytest.raises(ValueError, match="same rounds"):
        ratios([1, 2], [1])


def test_everyone_begins_a_round_once() -> None:
    everyone: list[Participant] = [object(), object(), object()]  # type: ignore[list-item]
    orders = [rotated(everyone, number) for number in range(4)]
    assert [order[0] for order in orders[:3]] == everyone
    assert orders[3] == everyone
    assert all(sorted(map(id, order)) == sorted(map(id, everyone)) for order in orders)


def test_growth_is_the_line_through_the_runs() -> None:
    costs = [Cost("", 1, count, 0, 10 + 0.002 * count) for count in (100, 500, 2000)]
    fixed, each = growth(costs)
    assert fixed == pytest.approx(10)
    assert each == pytest.approx(2)
    assert costs[0].each == pytest.approx(102)


@pytest.mark.parametrize(
    ("value", "shown"), [(1234.5, "1,234"), (99.94, "99.9"), (9.876, "9.88"), (0.5, "0.50")]
)
def test_figures_have_three_digits(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_tables_and_sentences_tell_the_same() -> None:
    rates = {
        "reference": Rates((100, 110, 90), (50, 50, 50)),
        "ours": Rates((120, 132, 108), (60, 60, 60)),
        "C loop": Rates((200, 220, 180), (99, 99, 99)),
    }
    measured = {"pipe_64": rates, "handshake_tls12": rates}
    cases = [PIPE, FULL]
    assert speed_table(cases, measured, "wall").rows[0] == (
        "MemoryBIO, 64 B at a time (MB/s)",
        "50.0 ± 0 %",
        "60.0 ± 0 %",
        "99.0 ± 0 %",
    )
    assert ratio_table(cases, measured, ["ours"], "reference").rows[1] == (
        "full handshake, TLS 1.2",
        "1.20 (1.20 to 1.20)",
        "0.60 (0.60 to 0.60)",
    )
    below = told(cases, measured, ["ours"], "reference", 3)[1]
    assert below.endswith("in: full handshake, TLS 1.2 (0.60 of C loop).")
    fast = told([PIPE], measured, ["ours"], "reference", 3)[1]
    assert "at least 1.20 times as fast as reference in every case" in fast


# Refusals


def test_another_openssl_is_refused() -> None:
    check_hello("one", HELLO, "OpenSSL 3.0.0")
    with pytest.raises(Refusal, match="^one runs on OpenSSL 3.0.0 and not on OpenSSL 1.1.1"):
        check_hello("one", HELLO, "OpenSSL 1.1.1")


@pytest.mark.parametrize("what", ACCEPTED)
def test_who_does_not_verify_is_refused(what: str) -> None:
    accepts = {**ACCEPTED, what: not ACCEPTED[what]}
    with pytest.raises(Refusal, match=f"^one .* a certificate \\({what}\\)"):
        check_hello("one", {**HELLO, "accepts": accepts}, "OpenSSL 3.0.0")


def test_another_cipher_is_refused() -> None:
    with pytest.raises(Refusal, match="^one did other work in handshake_tls12: its cipher is NULL"):
        check_proof("one", FULL, 5, {**TLS12, "cipher": "NULL", "resumed": 0})


@pytest.mark.parametrize(("case", "resumed"), [(FULL, 1), (RESUMED, 4)])
def test_other_handshakes_are_refused(case: Case, resumed: int) -> None:
    with pytest.raises(Refusal, match=f"resumed a session in {resumed} of 5 handshakes, not in"):
        check_proof("one", case, 5, {**TLS12, "resumed": resumed})


def test_a_few_bytes_of_a_signature_are_no_other_work() -> None:
    check_same("one", {"wire": 1000.9}, "two", {"wire": 1000.0}, FULL)
    with pytest.raises(Refusal, match="its wire is 1030.0, not 1000.0"):
        check_same("one", {"wire": 1030.0}, "two", {"wire": 1000.0}, FULL)


def test_whatever_one_does_not_tell_is_refused() -> None:
    with pytest.raises(Refusal, match="its bytes is None, not 5"):
        check_same("one", {}, "two", {"bytes": 5}, PIPE)


# With a real Python: the one this runs in


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return participants.lay_out_certificates(tmp_path_factory.mktemp("benchmark"))


@pytest.fixture
def honest(directory: Path) -> Start:
    return partial(participants.python, this_python("honest"), directory)


def this_python(name: str, *set_up: str) -> Implementation:
    return Implementation(
        id=name,
        describe="",
        role="witness",
        argv=(sys.executable,),
        shell_quoted=False,
        interpreter=None,
        module="ssl",
        set_up=set_up,
        path=(),
        environment=(),
        backward_reference=None,
        operation_timeout=10,
        unsupported=(),
        build=None,
        file=Path(__file__),
    )


def test_the_same_work_is_measured(honest: Start, directory: Path) -> None:
    other = partial(participants.python, this_python("other"), directory)
    found = measure([honest, other], CASES, 2, 0.002)
    assert list(found) == [case.name for case in CASES]
    for rates in found.values():
        assert list(rates) == ["honest", "other"]
        assert all(len(one.cpu) == len(one.wall) == 2 for one in rates.values())
        assert all(rate > 0 for one in rates.values() for rate in (*one.cpu, *one.wall))


def test_each_round_has_processes_of_its_own(honest: Start) -> None:
    started = []

    def start() -> Participant:
        started.append(honest())
        return started[-1]

    measure([start], [PIPE], 3, 0.002)
    assert len({id(one) for one in started}) == 3


LIARS = {
    "accepts a certificate .unknown authority": (
        "import ssl",
        "ssl.PROTOCOL_TLS_CLIENT = ssl.PROTOCOL_TLS",
        "ssl.SSLContext.verify_mode = property(lambda self: 2, lambda self, value: None)",
        "ssl.SSLContext.check_hostname = property(lambda self: False, lambda self, value: None)",
    ),
    "did other work in handshake_tls12: its cipher is": (
        "import ssl",
        "set_ciphers = ssl.SSLContext.set_ciphers",
        "other = 'ECDHE-ECDSA-AES128-GCM-SHA256'",
        "ssl.SSLContext.set_ciphers = lambda self, ciphers: set_ciphers(self, other)",
    ),
    "did other work than honest in handshake_tls12: its curve is": (
        "import ssl",
        "ssl.SSLContext.set_ecdh_curve = lambda self, name: None",
    ),
    "did other work in resumed_tls12: it resumed a session in 0 of": (
        "import ssl",
        "wrap_bio = ssl.SSLContext.wrap_bio",
        "def never(*args, session=None, **kwargs): return wrap_bio(*args, **kwargs)",
        "ssl.SSLContext.wrap_bio = never",
    ),
    "did other work than honest in bulk_16384: its received is": (
        "import ssl",
        "read = ssl.SSLObject.read",
        "def zeros(self, *args): return bytes(len(read(self, *args)))",
        "ssl.SSLObject.read = zeros",
    ),
    "cannot be measured. It died of SIGKILL": (
        "import os, signal, ssl",
        "ssl.SSLObject.getpeercert = lambda *args: os.kill(os.getpid(), signal.SIGKILL)",
    ),
}


@pytest.mark.parametrize("sentence", LIARS)
def test_whoever_does_other_work_is_refused(sentence: str, honest: Start, directory: Path) -> None:
    liar = partial(participants.python, this_python("liar", *LIARS[sentence]), directory)
    with pytest.raises(Refusal, match=f"^liar {sentence}"):
        measure([honest, liar], CASES, 1, 0.002)


def test_the_loop_in_c_does_its_cases(directory: Path, tmp_path: Path) -> None:
    cases = [case for case in CASES if case.in_c]
    start = partial(participants.limit, participants.compile_limit(tmp_path), directory)
    assert list(measure([start], cases, 1, 0.002)) == [case.name for case in cases]
    with start() as loop:
        assert [loop.does(case) for case in CASES] == [case.in_c for case in CASES]


def test_where_the_time_of_a_run_goes(tmp_path: Path) -> None:
    account = accounted(["message_callback"], tmp_path)
    trips = {f"{work} trips" for work in WAITING}
    assert account.keys() == {*WORK, *trips, "asking", "round_trips", "verdicts"}
    assert all(account.values())
    assert sum(account[name] for name in trips) == account["round_trips"]


def test_what_openssl_does_is_the_least() -> None:
    """Without what it takes to ask for it: 1 ms, as for most else."""
    seconds_of = {"contexts": 3.0, "handshakes": 2.0, "operations": 7.0, "scenarios": 50.0}
    trips = {"contexts trips": 600, "handshakes trips": 400, "operations trips": 7000}
    account = {**seconds_of, **trips, "asking": 0.001, "verdicts": 1000}
    whole, own = Cost("", 100, 10_000, 99, 99), Cost("", 10, 10, 5, 1)
    assert times_bare(account, whole) == pytest.approx(9.9 / 4)
    told = least(account, whole, own)
    assert "is 4.0 ms of a verdict, and a verdict takes 2.48 times that." in told
    seconds = 40 / (os.cpu_count() or 1)
    assert f"{seconds:.0f} s for the matrix, {seconds / 5:.1f} times as long" in told
