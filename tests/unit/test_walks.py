"""Random walks: what a liar does is found, shrunk and written."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

import certs
from conformance.judge.judge import Judge
from conformance.judge.known import Decision, Pin
from conformance.judge.verdict import Divergence
from conformance.peers import UnboundPeers
from conformance.run.plan import Target
from conformance.run.runner import Runner
from conformance.run.scenarios import expanded, loaded
from conformance.transcript.certificate_names import names_of
from conformance.transcript.model import Operation, OutcomeKind, Transcript
from impls.host.declarations import Implementation
from impls.liars import Liar, liars
from tests.audits.walks.explore import (
    KINDS,
    Explorer,
    Found,
    Parties,
    Tally,
    end_of_likeness,
    hunted,
    is_plain_number,
    is_refused_in_its_callback,
    is_stale_errno,
    one_by_one,
    unnumbered,
)
from tests.audits.walks.functions import FUNCTIONS
from tests.audits.walks.memory import MEMORY
from tests.audits.walks.values import COMMON, PLACE, Kind
from tests.audits.walks.walk import Walk, compiled
from tests.support.liars import implementation

PATIENCE = 3600.0
"""Seconds: shrinking must be done when they are over, on however busy a machine."""
FOUND_OUT = {
    "pending_counts_one_fewer": (MEMORY, "SSLObject.pending", "value", 8),
    "eof_of_an_empty_one_is_true": (FUNCTIONS, "MemoryBIO.eof", "value", 2),
}
"""Liars, the kind of walk that finds each out, what, and in how many statements at most."""
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def named(name: str) -> Liar:
    (liar,) = (one for one in liars() if one.name == name)
    return liar


def parties(reference: Implementation, liar: Liar, *reviewed: Pin) -> Parties:
    return Parties(reference, implementation(liar, reference), reviewed, wrapped=True)


def deadline() -> float:
    return time.monotonic() + PATIENCE


@pytest.mark.parametrize("name", FOUND_OUT)
def test_what_a_liar_does_is_found_in_few_lines_and_written(
    name: str, certificates: certs.Catalogue, reference: Implementation, tmp_path: Path
) -> None:
    kind, member, field, most = FOUND_OUT[name]
    asked = parties(reference, named(name))
    found = first_found(kind, asked, certificates)
    assert found.what[:2] == (member, field), found.story
    assert len(found.walk.lines) <= most, found.story
    assert found.story.startswith(f"{found.walk.name}:"), "it was shrunk to the end, and shows it"
    assert "The first that differs:" in found.story
    assert shown_by(found.file, tmp_path, asked, certificates)[:2] == (member, field)


def first_found(kind: Kind, asked: Parties, certificates: certs.Catalogue) -> Found:
    """What the first seed finds that finds something."""
    explorer = Explorer(asked, certificates)
    try:
        found = (hunted(explorer, kind, seed, deadline()) for seed in range(20))
        return next(one for one in found if one is not None)
    finally:
        explorer.close()


def shown_by(
    text: str, folder: Path, asked: Parties, certificates: certs.Catalogue
) -> tuple[str, ...]:
    """The first thing that a file of a scenario shows, run as every scenario is."""
    file = folder / "test_found.py"
    file.write_text(text, "utf-8")
    module = loaded(file)
    (function,) = (one for name, one in vars(module).items() if name.startswith("test_"))
    fixtures = Walk.arguments(certificates) | {"peers": UnboundPeers(certificates)}
    (scenario,) = expanded("found", module, function, fixtures, "forward")
    runner = Runner(names_of(certificates))
    try:
        judged = Judge(runner).judge(scenario, Target((asked.candidate,), asked.reference))
    finally:
        runner.close()
    assert judged.judgement.verdict == "NEW", judged.judgement.note
    return unnumbered(judged.judgement.divergences[0].pinned)


def reviewed(what: tuple[str, ...], name: str) -> Pin:
    """A pin of this fingerprint, in another place than any walk."""
    decision = Decision("x.toml", "Title", "Reason", "None", "language", "Somebody", (), None)
    member, field, ours, theirs = what
    scenarios = ("another/test_one.py::test",)
    return Pin(decision, 1, scenarios, (name,), "forward", (member, field, ours, theirs))


EOF = ("MemoryBIO.eof", "value", "False", "True")
PROTOCOLS = ("SSLContext.set_alpn_protocols", "outcome", "returns None", "raises ValueError")
WALK = Walk(
    (
        "context = peers.client_context()",
        "context.set_alpn_protocols([])",
        "bio = ssl.MemoryBIO()",
        "bio.eof",
    )
)


@pytest.mark.parametrize(
    ("known", "what", "cut"),
    [((), PROTOCOLS, 0), ((EOF,), PROTOCOLS, 0), ((PROTOCOLS,), (), 1)],
    ids=["nothing", "the second", "that one raises"],
)
def test_what_a_reviewed_file_says_anywhere_is_not_found(
    known: tuple[tuple[str, ...], ...],
    what: tuple[str, ...],
    cut: int,
    certificates: certs.Catalogue,
    reference: Implementation,
) -> None:
    found, tally = walked(WALK, known, certificates, reference)
    assert found.what == what
    assert tally == Tally(walks=1, lines=4, cut=cut)


def test_a_walk_goes_on_after_a_reviewed_value(
    certificates: certs.Catalogue, reference: Implementation
) -> None:
    walk = Walk((*WALK.lines[2:], *WALK.lines[:2]))
    assert walked(walk, (), certificates, reference)[0].what == EOF
    assert walked(walk, (EOF,), certificates, reference)[0].what == PROTOCOLS


def walked(
    walk: Walk,
    known: tuple[tuple[str, ...], ...],
    certificates: certs.Catalogue,
    reference: Implementation,
) -> tuple[Found, Tally]:
    """What a walk comes to where two lies are told and these fingerprints are reviewed."""
    asked = parties(reference, named("eof_of_an_empty_one_is_true"))
    more = named("empty_list_is_refused").set_up[1:]
    both = replace(asked.candidate, set_up=(*asked.candidate.set_up, *more))
    pins = tuple(reviewed(what, both.id) for what in known)
    explorer = Explorer(replace(asked, candidate=both, reviewed=pins), certificates)
    try:
        return explorer.explored(walk), explorer.tally
    finally:
        explorer.close()


@EVERY_KIND
def test_a_seed_decides_all_of_a_walk(kind: Kind) -> None:
    assert made_up(kind, 1) == made_up(kind, 1)
    assert made_up(kind, 1) != made_up(kind, 2)


@EVERY_KIND
def test_walks_are_lines_that_python_has(kind: Kind) -> None:
    values = COMMON | kind.values
    groups = (*kind.openings, kind.settings, *kind.then, *kind.legs, *kind.endings)
    lines = [line for group in groups for line in group]
    assert {place for line in lines for place in PLACE.findall(line)} <= set(values)
    for walk in made_up(kind, 3):
        for line in walk.lines:
            assert "$" not in line
            compiled(line)


def made_up(kind: Kind, seed: int) -> list[Walk]:
    walks: list[Walk] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=30,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(kind.walks())
    def keep(walk: Walk) -> None:
        walks.append(walk)

    keep()
    return walks


def test_what_follows_a_refusal_or_a_stricter_context_is_no_news() -> None:
    """The two are unlike from a refused set_ciphers() on, and from a session on that is older."""

    def set_ciphers(kind: OutcomeKind) -> Operation:
        return Operation("call", "SSLContext.set_ciphers", "SSLContext #1.set_ciphers()", kind, {})

    stricter = Operation(
        "set", "SSLContext.verify_mode", "SSLContext #1.verify_mode = 2", "value", {}
    )
    resumed = Operation(
        "call", "SSLContext.wrap_bio", "wrap_bio(session=<SSLSession #1>)", "value", {}
    )
    looked = Operation("get", "SSLObject.session", "SSLObject #1.session", "value", {})
    assert end_of_likeness([set_ciphers("value"), resumed, stricter, looked]) == 4
    assert end_of_likeness([looked, set_ciphers("exception"), resumed]) == 1
    assert end_of_likeness([stricter, looked, resumed, looked]) == 2
    threaded = Operation("probe", "native.thread", "native.thread(<set_ciphers>, 'x')", "value", {})
    joined = Operation("call", "Thread.result", "Thread #1.result()", "exception", {})
    assert end_of_likeness([joined, threaded, joined, looked]) == 2


@pytest.mark.parametrize(
    ("what", "stale"),
    [
        (("SSLObject.do_handshake", "exception", "FileNotFoundError", "SSLEOFError"), True),
        (("Thread.result", "exception", "BlockingIOError", "SSLEOFError"), True),
        (("SSLSocket.do_handshake", "exception", "ConnectionResetError", "SSLEOFError"), False),
        (("SSLObject.do_handshake", "exception", "SSLError", "SSLEOFError"), False),
        (("SSLObject.do_handshake", "exception", "FileNotFoundError", "SSLError"), False),
        (("SSLObject.do_handshake", "outcome", "FileNotFoundError", "SSLEOFError"), False),
    ],
)
def test_an_errno_of_another_call_is_no_news(what: tuple[str, ...], stale: bool) -> None:
    assert is_stale_errno(what) is stale


@pytest.mark.parametrize(
    ("message", "inside", "refused"),
    [
        ("this object is busy: called from its own callback", 0, True),
        ("this object is busy: called from its own callback", None, False),
        ("another reason", 0, False),
    ],
)
def test_a_connection_driven_in_its_own_callback_is_no_news(
    message: str, inside: int | None, refused: bool
) -> None:
    fields = {"exception": "SSLError", "message": message}
    outer = Operation("call", "SSLObject.do_handshake", "", "value", {"value": None})
    inner = Operation("call", "SSLObject.write", "", "exception", fields, inside)
    transcript = Transcript((outer, inner), "completed")
    found = [
        Divergence("SSLObject.write", "outcome", "returns 5", "raises SSLError", position)
        for position in range(3)
    ]
    told = [is_refused_in_its_callback(each, transcript) for each in found]
    assert told == [False, refused, False]


def test_how_often_the_same_was_left_behind_is_chance() -> None:
    left = ("exceptions", "left behind", "SystemError, SystemError reported", "TypeError reported")
    assert unnumbered(left) == ("exceptions", "left behind", "SystemError reported", left[3])
    value = ("SSLObject.read", "value", "[5, 5]", "[5]")
    assert unnumbered(value) == value


def test_failures_that_were_not_raised_are_looked_at_one_by_one() -> None:
    left = ("exceptions", "left behind", "KeyError, A{0}", "KeyError, B{0}")
    both = (*left[:2], *(text.format(" reported and not raised") for text in left[2:]))
    alone = ("exceptions", "left behind", "A reported and not raised", "B reported and not raised")
    assert one_by_one(both) == [alone]
    fewer = (*both[:3], "B reported and not raised")
    assert one_by_one(fewer) == [fewer]


def test_which_flag_is_too_large_is_chance() -> None:
    def read(theirs: int, ours: int) -> bool:
        return is_plain_number(("SSLContext.options", "value", f"Options({theirs})", f"{ours}L"))

    assert read(2**63, 2**63)
    assert not read(2**63, 2**63 + 1)
    assert not read(2**63 - 1, 2**63 - 1)
