"""Clients and servers that meet: what is wrong is laid at the right door, and nothing is missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.judge.verdict import Judgement
from tests.support.trees import REFERENCE as HOST_REFERENCE
from tests.support.trees import Outcome, Tree, once

MODULE = "interop/test_talk.py"
SCENARIO = f"{MODULE}::test_talk[TLSv1.3]"
TALK = '''
"""A scenario of a test."""

import pytest

from conformance.peers import deliver


@pytest.mark.parametrize("version", ["TLSv1.3"])
def test_talk(peers, version):
    """What each side writes the other reads.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.established(version)
    for source, target in ((pair.client, pair.server), (pair.server, pair.client)):
        source.tls.write(b"words")
        deliver(source, target)
        assert target.tls.read(20) == b"words"
    assert pair.client.tls.version() == version
'''
FALSE = '''
"""A scenario that is wrong itself."""


def test_claim(client_ssl, server_ssl):
    """Nothing is pending, says one side; the other is wrongly said to have something.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    assert client_ssl.MemoryBIO().pending == 0
    assert server_ssl.MemoryBIO().pending == 1
'''

WRONG = """
import os
def wrong_as(server_side, change, true=ssl.SSLContext.wrap_bio, write=ssl.SSLObject.write):
    chosen = []
    def wrap_bio(self, *args, **kwargs):
        made = true(self, *args, **kwargs)
        if kwargs.get("server_side", False) is server_side:
            chosen.append(made)
        return made
    def changed(self, data):
        return write(self, change(data) if self in chosen else data)
    ssl.SSLContext.wrap_bio, ssl.SSLObject.write = wrap_bio, changed
"""
LIES = {
    "client-sends-other-words": ("client", "wrong_as(False, lambda data: data[::-1])"),
    "server-sends-other-words": ("server", "wrong_as(True, lambda data: data[::-1])"),
    "server-dies": ("server", "wrong_as(True, lambda data: os._exit(3))"),
}
"""By name: on which side it is wrong, and what makes it so."""


def run_liars(folder: Path) -> Outcome:
    tree = Tree(folder / "tree")
    tree.scenario(MODULE, TALK)
    files = [
        tree.implementation(name, set_up=["import ssl", WRONG, wrong])
        for name, (_, wrong) in LIES.items()
    ]
    files.append(tree.implementation("sound", set_up=["import ssl"]))
    old = tree.implementation(
        "old", role="witness", set_up=["import ssl", WRONG, LIES["server-sends-other-words"][1]]
    )
    return tree.run("-n", "2", implementations=[*files, old])


@pytest.fixture
def liars(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    return once(tmp_path_factory, "interop-liars", run_liars, worker_id)


def meeting(outcome: Outcome, client: str, server: str) -> dict[str, Any]:
    (found,) = [
        one
        for one in outcome.written["judgements"]
        if (one["implementation"], one["server"]) == (client, server)
    ]
    return dict(found)


def passed(plain: dict[str, Any]) -> bool:
    return Judgement.from_plain(plain).passed


def test_everyone_meets_everyone(liars: Outcome) -> None:
    everyone = [*LIES, "sound", "old", HOST_REFERENCE]
    assert {
        (one["implementation"], one["server"], one["scenario"])
        for one in liars.written["judgements"]
    } == {(client, server, SCENARIO) for client in everyone for server in everyone}
    assert liars.written["complete"] is True
    assert liars.status == 1


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("partner", ["sound", HOST_REFERENCE])
def test_who_is_wrong_on_one_side_is_at_fault_there(
    liars: Outcome, name: str, partner: str
) -> None:
    side, _ = LIES[name]
    couple = (name, partner) if side == "client" else (partner, name)
    judged = meeting(liars, *couple)
    assert not passed(judged)
    assert {one["at_fault"] for one in judged["divergences"]} == {side}
    assert {tuple(one["culprits"]) for one in judged["divergences"]} == {(name,)}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("partner", ["sound", HOST_REFERENCE])
def test_the_other_way_round_nothing_is_wrong(liars: Outcome, name: str, partner: str) -> None:
    side, _ = LIES[name]
    couple = (partner, name) if side == "client" else (name, partner)
    judged = meeting(liars, *couple)
    assert (judged["verdict"], judged["divergences"]) == ("same", [])


def test_the_fault_shows_where_it_is_suffered(liars: Outcome) -> None:
    judged = meeting(liars, "client-sends-other-words", HOST_REFERENCE)
    told = [(one["side"], one["member"]) for one in judged["divergences"]]
    assert ("server", "SSLObject.read") in told


def test_two_that_are_wrong_are_each_at_fault_for_their_own(liars: Outcome) -> None:
    judged = meeting(liars, "client-sends-other-words", "server-dies")
    by_member = {one["member"]: one for one in judged["divergences"]}
    assert by_member["SSLObject.read"]["culprits"] == ["client-sends-other-words"]


def test_who_dies_is_at_fault_for_that_and_its_partner_for_nothing(liars: Outcome) -> None:
    judged = meeting(liars, "sound", "server-dies")
    assert judged["verdict"] == "CRASH"
    assert [(one["side"], one["culprits"]) for one in judged["divergences"]] == [
        ("server", ["server-dies"])
    ]


ONCE = """
import os
def die_once(write=ssl.SSLObject.write):
    def once(self, data):
        try:
            os.close(os.open(FLAG, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return write(self, data)
        DEATH
    ssl.SSLObject.write = once
die_once()
"""


@pytest.mark.parametrize(
    ("death", "verdict", "status"),
    [("os._exit(3)", "CRASH", 1), ("__import__('time').sleep(60)", "same", 0)],
    ids=["dies", "hangs"],
)
def test_what_was_lost_once_is_told(tmp_path: Path, death: str, verdict: str, status: int) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario(MODULE, TALK)
    body = ONCE.replace("FLAG", repr(str(tmp_path / "flag"))).replace("DEATH", death)
    flaky = tree.implementation("flaky", set_up=["import ssl", body], operation_timeout=1)
    outcome = tree.run(implementations=[flaky])
    (noted,) = [one for one in outcome.written["judgements"] if one["note"]]
    assert noted["verdict"] == verdict
    assert noted["note"].endswith("once; a second run in a fresh agent completed.")
    assert outcome.status == status


def test_a_witness_at_fault_fails_nobody(liars: Outcome) -> None:
    judged = meeting(liars, "sound", "old")
    assert passed(judged)
    assert {one["verdict"] for one in judged["divergences"]} == {"drift"}
    assert {tuple(one["culprits"]) for one in judged["divergences"]} == {("old",)}


def test_the_story_names_the_side_at_fault(liars: Outcome) -> None:
    assert "at fault: client (client-sends-other-words)" in liars.output
    assert "pytest 'interop/test_talk.py::test_talk[TLSv1.3-" in liars.output


def test_a_claim_that_does_not_hold_is_an_error(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("interop/test_false.py", FALSE)
    outcome = tree.run(implementations=[tree.implementation("sound", set_up=["import ssl"])])
    assert outcome.status == 1
    judged = meeting(outcome, "sound", HOST_REFERENCE)
    assert judged["verdict"] == "ERROR"
    assert "test_false.py:11: AssertionError" in judged["note"]


def test_a_run_that_stops_early_is_red(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario(MODULE, TALK)
    liar = tree.implementation("liar", set_up=["import ssl", WRONG, LIES["server-dies"][1]])
    outcome = tree.run("--maxfail=1", implementations=[liar])
    assert outcome.status != 0
    assert outcome.written["complete"] is False
    assert outcome.written["passed"] is False
    assert "was planned and has no verdict" in outcome.problems()
